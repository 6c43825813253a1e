/* Files of a trial. The lock is a POSIX record lock: it is the supervisor's alone, and ends with
 * it.
 */
#define _XOPEN_SOURCE 700 /* realpath */

#include "runner/command/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/mem.h"
#include "engine/base/path.h"
#include "runner/process/host.h"

#define DEEPEST 32 /* folders within folders that are emptied or looked at */

/* Remove what is in a folder, but not `kept`. Links are removed, not followed. */
static void empty_folder(int parent, const char *name, const char *kept, unsigned depth)
{
    int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    if (!dir && fd >= 0)
        close(fd);
    for (const struct dirent *e; dir && (e = readdir(dir));) {
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0 ||
            (kept && strcmp(e->d_name, kept) == 0))
            continue;
        if (unlinkat(fd, e->d_name, 0) == 0 || depth == DEEPEST)
            continue;
        empty_folder(fd, e->d_name, NULL, depth + 1);
        unlinkat(fd, e->d_name, AT_REMOVEDIR);
    }
    if (dir)
        closedir(dir);
}

/* Whether a log holds only the lines about the beginning of attempts. */
static bool is_silent(int parent)
{
    char text[512];
    int fd = openat(parent, "log", O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    ssize_t n = fd >= 0 ? read(fd, text, sizeof text - 1) : -1;
    if (fd >= 0)
        close(fd);
    if (n < 0 || n == sizeof text - 1)
        return false;
    text[n] = '\0';
    for (char *line = text, *end; *line; line = end + 1) {
        int length = 0;
        end = strchr(line, '\n');
        if (!end || sscanf(line, "[attempt %*u]%n", &length) != 0 || line + length != end)
            return false;
    }
    return true;
}

void run_folder_tidy(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    if (!dir && fd >= 0)
        close(fd);
    for (const struct dirent *e; dir && (e = readdir(dir));) {
        bool is_own = strcmp(e->d_name, "lock") == 0 || strcmp(e->d_name, "stop") == 0 ||
                      strcmp(e->d_name, "params.json") == 0 ||
                      strncmp(e->d_name, "output-", 7) == 0;
        if (is_own || (strcmp(e->d_name, "log") == 0 && is_silent(fd)))
            unlinkat(fd, e->d_name, 0);
    }
    if (dir) {
        unlinkat(fd, "checkpoint", AT_REMOVEDIR); /* unless something is in it */
        closedir(dir);
        rmdir(path);
    }
}

void run_folder_remove(const char *path)
{
    empty_folder(AT_FDCWD, path, NULL, 0);
    rmdir(path);
}

static swp_status copy_file(const char *from, const char *to, swp_err *err)
{
    char bytes[65536];
    ssize_t n = -1;
    int in = swp_open_regular(from, O_RDONLY | O_NOFOLLOW);
    int out = in >= 0 ? swp_open_regular(to, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW) : -1;
    bool failed = out < 0;
    while (!failed && (n = read(in, bytes, sizeof bytes)) > 0)
        failed = write(out, bytes, (size_t)n) != n;
    swp_status status = SWP_OK;
    if (failed || n < 0)
        status = swp_fail_errno(err, SWP_IO, errno, "copying %s to %s", from, to);
    if (in >= 0)
        close(in);
    if (out >= 0 && close(out) != 0 && status == SWP_OK)
        status = swp_fail_errno(err, SWP_IO, errno, "writing %s", to);
    return status;
}

static swp_status copy_folder(const char *from, const char *to, unsigned depth, swp_err *err);

static swp_status copy_entry(const char *from, const char *to, const char *name, unsigned depth,
                             swp_err *err)
{
    struct stat info;
    char *source = swp_path_join(from, name), *target = swp_path_join(to, name);
    swp_status status = SWP_OK;
    if (!source || !target)
        status = swp_fail(err, SWP_NOMEM, "out of memory for a folder");
    else if (lstat(source, &info) == 0 && S_ISDIR(info.st_mode) && depth < DEEPEST)
        status = copy_folder(source, target, depth + 1, err);
    else if (lstat(source, &info) == 0 && S_ISREG(info.st_mode))
        status = copy_file(source, target, err);
    swp_free(source);
    swp_free(target);
    return status;
}

static swp_status copy_folder(const char *from, const char *to, unsigned depth, swp_err *err)
{
    DIR *dir = opendir(from);
    swp_status status = SWP_OK;
    if (dir && mkdir(to, 0777) != 0 && errno != EEXIST)
        status = swp_fail_errno(err, SWP_IO, errno, "making %s", to);
    for (const struct dirent *e; dir && status == SWP_OK && (e = readdir(dir));) {
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
            status = copy_entry(from, to, e->d_name, depth, err);
    }
    if (dir)
        closedir(dir);
    return status;
}

swp_status run_folder_copy(const char *from, const char *to, swp_err *err)
{
    return copy_folder(from, to, 0, err);
}

/* Lock the folder's file `lock`, which stays. */
static swp_status take_lock(run_folder *folder, double patience_s, swp_err *err)
{
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    const struct timespec pause = {.tv_nsec = 50000000};
    char *path = swp_path_join(folder->path, "lock");
    if (!path)
        return swp_fail(err, SWP_NOMEM, "out of memory for a folder");
    folder->lock = swp_open_regular(path, O_RDWR | O_CREAT | O_NOFOLLOW);
    double until = run_clock() + patience_s;
    bool is_held = false;
    while (folder->lock >= 0 && !(is_held = fcntl(folder->lock, F_SETLK, &whole) == 0) &&
           (errno == EACCES || errno == EAGAIN) && run_clock() < until)
        nanosleep(&pause, NULL);
    swp_status status = SWP_OK;
    if (!is_held && folder->lock >= 0 && (errno == EACCES || errno == EAGAIN))
        status =
            swp_fail(err, SWP_BUSY, "another process still runs this trial in %s", folder->path);
    else if (!is_held)
        status = swp_fail_errno(err, SWP_IO, errno, "writing %s", path);
    swp_free(path);
    return status;
}

swp_status run_folder_put(const run_folder *folder, const char *name, const char *text,
                          swp_err *err)
{
    char *path = swp_path_join(folder->path, name);
    int fd = path ? swp_open_regular(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW) : -1;
    FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;
    swp_status status = SWP_OK;
    if (!path)
        status = swp_fail(err, SWP_NOMEM, "out of memory for a folder");
    else if (!file || fputs(text, file) < 0)
        status = swp_fail_errno(err, SWP_IO, errno, "writing %s", path);
    if (!file && fd >= 0)
        close(fd);
    if (file && fclose(file) != 0 && status == SWP_OK)
        status = swp_fail_errno(err, SWP_IO, errno, "writing %s", path);
    swp_free(path);
    return status;
}

/* Make the folder with those above it, and its name absolute. */
static swp_status make_folder(const char *path, run_folder *out, swp_err *err)
{
    char *inside = swp_path_join(path, "checkpoint/");
    swp_status status = inside ? swp_make_folders(inside, err)
                               : swp_fail(err, SWP_NOMEM, "out of memory for a folder");
    swp_free(inside);
    if (status != SWP_OK)
        return status;
    char absolute[PATH_MAX];
    if (!realpath(path, absolute))
        return swp_fail_errno(err, SWP_IO, errno, "finding %s", path);
    out->path = swp_strdup(absolute);
    return out->path ? SWP_OK : swp_fail(err, SWP_NOMEM, "out of memory for a folder");
}

swp_status run_folder_open(const char *path, bool clears, double patience_s, run_folder *out,
                           swp_err *err)
{
    *out = (run_folder){.lock = -1};
    swp_status status = make_folder(path, out, err);
    if (status == SWP_OK)
        status = take_lock(out, patience_s, err);
    if (status != SWP_OK)
        return status;
    int fd = open(out->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (clears)
        empty_folder(AT_FDCWD, out->path, "lock", 0);
    if (fd >= 0) {
        mkdirat(fd, "checkpoint", 0777);
        unlinkat(fd, "stop", 0);
        close(fd);
    }
    return SWP_OK;
}

void run_folder_close(run_folder *folder)
{
    if (folder->lock >= 0)
        close(folder->lock);
    swp_free(folder->path);
    *folder = (run_folder){.lock = -1};
}

static bool is_newer(const struct stat *info, double since)
{
    return (double)info->st_mtim.tv_sec + (double)info->st_mtim.tv_nsec * 1e-9 >= since;
}

static bool has_newer(int parent, const char *name, double since, unsigned depth)
{
    bool found = false;
    struct stat info;
    int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    if (!dir && fd >= 0)
        close(fd);
    for (const struct dirent *e; dir && !found && (e = readdir(dir));) {
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0 ||
            fstatat(fd, e->d_name, &info, AT_SYMLINK_NOFOLLOW) != 0)
            continue;
        found = S_ISDIR(info.st_mode)
                    ? depth < DEEPEST && has_newer(fd, e->d_name, since, depth + 1)
                    : is_newer(&info, since);
    }
    if (dir)
        closedir(dir);
    return found;
}

bool run_folder_has_checkpoint(const run_folder *folder, double since)
{
    char *path = swp_path_join(folder->path, "checkpoint");
    bool found = path && has_newer(AT_FDCWD, path, since, 0);
    swp_free(path);
    return found;
}
