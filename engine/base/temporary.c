/* A folder belongs to the process that holds a lock on its file "owner": the kernel ends the lock
 * with the process, so the folder of a killed process differs from one in use, even where process
 * numbers are reused. A folder without that file has no owner, and stays. */
#define _DEFAULT_SOURCE /* for flock */

#include "engine/base/temporary.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/mem.h"
#include "engine/base/str.h"

#define OWNER "owner"

/* Remove the files of an open folder; "owner" last, since only a folder with it may be removed. */
static void empty_folder(int folder)
{
    int again = dup(folder);
    DIR *dir = again >= 0 ? fdopendir(again) : NULL;
    for (const struct dirent *entry; dir && (entry = readdir(dir)) != NULL;)
        if (strcmp(entry->d_name, OWNER) != 0)
            unlinkat(folder, entry->d_name, 0); /* fails for "." and "..", as it should */
    unlinkat(folder, OWNER, 0);
    if (dir)
        closedir(dir);
}

/* Remove a folder of this user's whose owner is gone. */
static void remove_if_stale(int parent, const char *name)
{
    struct stat info;
    int folder = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    int owner =
        folder < 0 ? -1 : openat(folder, OWNER, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    bool stale = owner >= 0 && fstat(folder, &info) == 0 && info.st_uid == geteuid() &&
                 flock(owner, LOCK_EX | LOCK_NB) == 0;
    if (stale) {
        empty_folder(folder);
        unlinkat(parent, name, AT_REMOVEDIR);
    }
    if (owner >= 0)
        close(owner);
    if (folder >= 0)
        close(folder);
}

static void remove_stale(const char *parent, const char *prefix)
{
    DIR *dir = opendir(parent);
    size_t n = strlen(prefix);
    for (const struct dirent *entry; dir && (entry = readdir(dir)) != NULL;)
        if (strncmp(entry->d_name, prefix, n) == 0 && entry->d_name[n] == '-')
            remove_if_stale(dirfd(dir), entry->d_name);
    if (dir)
        closedir(dir);
}

static swp_status take(swp_temporary *folder, swp_err *err)
{
    swp_buf name = {0};
    swp_buf_printf(&name, "%s/" OWNER, folder->path);
    if (!name.failed)
        folder->owner = open(name.text, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool failed = name.failed;
    swp_buf_deinit(&name);
    if (failed)
        return swp_fail(err, SWP_NOMEM, "out of memory");
    if (folder->owner < 0 || flock(folder->owner, LOCK_EX | LOCK_NB) != 0)
        return swp_fail_errno(err, SWP_IO, errno, "cannot write in %s", folder->path);
    return SWP_OK;
}

swp_status swp_temporary_make(const char *parent, const char *prefix, swp_temporary *out,
                              swp_err *err)
{
    swp_buf path = {0};
    *out = (swp_temporary){.owner = -1};
    remove_stale(parent, prefix);
    swp_buf_printf(&path, "%s/%s-XXXXXX", parent, prefix);
    if (path.failed) {
        swp_buf_deinit(&path);
        return swp_fail(err, SWP_NOMEM, "out of memory");
    }
    if (!mkdtemp(path.text)) {
        swp_status status = swp_fail_errno(err, SWP_IO, errno, "cannot make %s", path.text);
        swp_buf_deinit(&path);
        return status;
    }
    out->path = path.text;
    swp_status status = take(out, err);
    if (status != SWP_OK)
        swp_temporary_remove(out);
    return status;
}

static void release(swp_temporary *folder)
{
    if (folder->owner >= 0)
        close(folder->owner);
    swp_free(folder->path);
    *folder = (swp_temporary){.owner = -1};
}

void swp_temporary_remove(swp_temporary *folder)
{
    if (!folder->path)
        return;
    int open_folder = open(folder->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (open_folder >= 0) {
        empty_folder(open_folder);
        close(open_folder);
    }
    rmdir(folder->path);
    release(folder);
}

void swp_temporary_keep(swp_temporary *folder)
{
    if (!folder->path)
        return;
    int open_folder = open(folder->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (open_folder >= 0) {
        unlinkat(open_folder, OWNER, 0);
        close(open_folder);
    }
    release(folder);
}
