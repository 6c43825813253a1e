#include "engine/base/path.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/mem.h"
#include "engine/base/str.h"

swp_status swp_make_folders(const char *path, swp_err *err)
{
    char *folder = swp_strdup(path);
    if (!folder)
        return swp_fail(err, SWP_NOMEM, "out of memory");
    swp_status status = SWP_OK;
    char *slash = *folder ? strchr(folder + 1, '/') : NULL;
    for (; slash && status == SWP_OK; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(folder, 0777) != 0 && errno != EEXIST)
            status =
                swp_fail_errno(err, SWP_IO, errno, "%s: cannot make the folder %s", path, folder);
        *slash = '/';
    }
    swp_free(folder);
    return status;
}

static bool is_replaceable(const char *path)
{
    struct stat info;
    if (lstat(path, &info) != 0)
        return errno == ENOENT;
    return S_ISREG(info.st_mode);
}

/* Whether a file's name is BASE.PID.part, and no process has that number any more. */
static bool is_stale_part(const char *name, const char *base)
{
    size_t n = strlen(base), length = strlen(name);
    char digits[16];
    int64_t pid;
    if (length <= n + 6 || length - n - 6 >= sizeof digits || strncmp(name, base, n) != 0 ||
        name[n] != '.' || strcmp(name + length - 5, ".part") != 0)
        return false;
    memcpy(digits, name + n + 1, length - n - 6);
    digits[length - n - 6] = '\0';
    return swp_parse_int(digits, 1, INT32_MAX, &pid) && kill((pid_t)pid, 0) != 0 && errno == ESRCH;
}

/* Remove what writers of this path that were killed have left beside it. What cannot be removed, or
 * looked for, is in nobody's way. */
static void remove_stale_parts(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *base = slash ? slash + 1 : path;
    char folder[4096];
    int n = snprintf(folder, sizeof folder, "%.*s.", (int)(base - path), path);
    DIR *dir = n < (int)sizeof folder ? opendir(folder) : NULL;
    for (struct dirent *entry; dir && (entry = readdir(dir)) != NULL;) {
        if (is_stale_part(entry->d_name, base))
            unlinkat(dirfd(dir), entry->d_name, 0);
    }
    if (dir)
        closedir(dir);
}

static void release(swp_file *file)
{
    swp_free(file->path);
    swp_free(file->temporary);
    *file = (swp_file){0};
}

swp_status swp_file_create(const char *path, swp_file *out, swp_err *err)
{
    swp_buf name = {0};
    /* The process id keeps two writers of one file apart. */
    if (is_replaceable(path)) {
        remove_stale_parts(path);
        swp_buf_printf(&name, "%s.%ld.part", path, (long)getpid());
    }
    *out = (swp_file){.path = swp_strdup(path), .temporary = name.text};
    swp_status status = SWP_OK;
    if (!out->path || name.failed)
        status = swp_fail(err, SWP_NOMEM, "no memory to write %s", path);
    else if (!(out->stream = fopen(out->temporary ? out->temporary : path, "wb")))
        status = swp_fail_errno(err, SWP_IO, errno, "cannot write %s", path);
    if (status != SWP_OK)
        release(out);
    return status;
}

void swp_file_write(swp_file *file, const char *text, size_t length)
{
    if (file->failure == 0 && fwrite(text, 1, length, file->stream) != length)
        file->failure = errno;
}

swp_status swp_file_close(swp_file *file, swp_status status, swp_err *err)
{
    if (!file->stream)
        return status;
    /* A write straight to the stream that failed has left no errno, unless the rest fails alike. */
    bool failed = ferror(file->stream) != 0;
    if (fclose(file->stream) != 0 && file->failure == 0)
        file->failure = errno;
    if (failed && file->failure == 0)
        file->failure = EIO;
    bool whole = status == SWP_OK && file->failure == 0;
    if (whole && file->temporary && rename(file->temporary, file->path) != 0)
        file->failure = errno;
    if (status == SWP_OK && file->failure != 0)
        status = swp_fail_errno(err, SWP_IO, file->failure, "cannot write %s", file->path);
    if (status != SWP_OK && file->temporary)
        unlink(file->temporary);
    release(file);
    return status;
}
