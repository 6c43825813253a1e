/* One line of the file STORE-run for each experiment; the lock is a POSIX record lock on that line.
 *
 * Such a lock ends with its process, however that ends, and when the process closes the file: so
 * the file is not the database, which SQLite opens and closes. The line's text names the holder. */
/* For realpath, which glibc declares among the XSI functions only. */
#define _XOPEN_SOURCE 700

#include "runner/process/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/path.h"

/* A line: the experiment's name, padded; its holder, padded; a newline. */
#define NAME_SIZE  64
#define LINE_SIZE  512
#define MOST_LINES ((off_t)1 << 16)

/* This byte, after all lines, is locked while a process searches for a line and writes it. */
#define DOOR ((off_t)1 << 30)

static bool set_lock(int fd, int command, short type, off_t start, off_t length)
{
    struct flock lock = {.l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = length};
    return fcntl(fd, command, &lock) == 0;
}

/* The place of the experiment's line, or of a new one. `line` receives its text. MOST_LINES bounds
 * the search, so that an endless file is not read. */
static off_t find_line(int fd, const char *experiment, char line[LINE_SIZE + 1])
{
    char name[NAME_SIZE + 1];
    snprintf(name, sizeof name, "%-*s", NAME_SIZE, experiment);
    off_t at = 0;
    while (at < MOST_LINES * LINE_SIZE && pread(fd, line, LINE_SIZE, at) == LINE_SIZE &&
           memcmp(line, name, NAME_SIZE) != 0)
        at += LINE_SIZE;
    line[LINE_SIZE] = '\0';
    return at;
}

/* The holder in a line, without the padding, which is cut in place. */
static const char *holder_of(char *line)
{
    char *holder = line + NAME_SIZE;
    size_t length = strlen(holder);
    while (length > 0 && (holder[length - 1] == ' ' || holder[length - 1] == '\n'))
        length--;
    holder[length] = '\0';
    return holder;
}

static swp_status refuse(const char *experiment, char *line, swp_err *err)
{
    swp_status status = swp_fail(err, SWP_BUSY, "experiment \"%s\" is being run by %s", experiment,
                                 holder_of(line));
    swp_hint(err, "wait for it, or stop it");
    return status;
}

static swp_status write_line(int fd, off_t at, const char *experiment, swp_err *err)
{
    char host[256] = "", since[32], holder[LINE_SIZE - NAME_SIZE], line[LINE_SIZE + 1];
    time_t now = time(NULL);
    struct tm utc;
    gethostname(host, sizeof host - 1);
    strftime(since, sizeof since, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
    snprintf(holder, sizeof holder, "process %ld on %s since %s", (long)getpid(), host, since);
    snprintf(line, sizeof line, "%-*.*s%-*s\n", NAME_SIZE, NAME_SIZE, experiment,
             LINE_SIZE - NAME_SIZE - 1, holder);
    errno = 0;
    if (pwrite(fd, line, LINE_SIZE, at) != LINE_SIZE)
        return swp_fail_errno(err, SWP_IO, errno ? errno : ENOSPC,
                              "cannot record which process runs it");
    return SWP_OK;
}

/* Called with the file's lock byte held, so that a locked line names its holder. */
static swp_status take_line(int fd, const char *experiment, swp_err *err)
{
    char line[LINE_SIZE + 1];
    off_t at = find_line(fd, experiment, line);
    if (set_lock(fd, F_SETLK, F_WRLCK, at, LINE_SIZE))
        return write_line(fd, at, experiment, err);
    if (errno == EACCES || errno == EAGAIN)
        return refuse(experiment, line, err);
    return swp_fail_errno(err, SWP_IO, errno, "cannot lock experiment \"%s\"", experiment);
}

/* Other users may be able to write to the file's folder. */
static swp_status fail_open(const char *path, swp_err *err)
{
    struct stat info;
    int failure = errno;
    bool odd = lstat(path, &info) == 0 && !S_ISREG(info.st_mode);
    if (!odd)
        return swp_fail_errno(err, SWP_IO, failure, "%s: cannot open", path);
    swp_status status = swp_fail(err, SWP_IO, "%s: expected a file, found %s", path,
                                 S_ISLNK(info.st_mode) ? "a link" : "something else");
    swp_hint(err, "remove it if it is not yours: the program creates it again");
    return status;
}

static swp_status open_lock(const char *path, int *fd, swp_err *err)
{
    *fd = swp_open_regular(path, O_RDWR | O_CREAT | O_NOFOLLOW);
    return *fd >= 0 ? SWP_OK : fail_open(path, err);
}

/* Closes the file after a failure. */
static swp_status lock_file(int fd, const char *experiment, swp_err *err)
{
    swp_status status;
    if (set_lock(fd, F_SETLKW, F_WRLCK, DOOR, 1))
        status = take_line(fd, experiment, err);
    else
        status = swp_fail_errno(err, SWP_IO, errno, "cannot lock");
    if (status != SWP_OK)
        close(fd);
    else
        set_lock(fd, F_SETLK, F_UNLCK, DOOR, 1);
    return status;
}

/* Two names of one store, through links, share one lock file. */
static swp_status name_file(const char *store, char path[PATH_MAX + 4], swp_err *err)
{
    char real[PATH_MAX];
    if (!realpath(store, real))
        return swp_fail_errno(err, SWP_IO, errno, "%s: cannot lock", store);
    snprintf(path, PATH_MAX + 4, "%s-run", real);
    return SWP_OK;
}

swp_status run_lock_take(run_lock *out, const char *store, const char *experiment, swp_err *err)
{
    char path[PATH_MAX + 4];
    *out = (run_lock){0};
    swp_status status = name_file(store, path, err);
    if (status == SWP_OK)
        status = open_lock(path, &out->fd, err);
    if (status != SWP_OK)
        return status;
    status = lock_file(out->fd, experiment, err);
    if (status == SWP_BUSY)
        return swp_wrap(err, "%s", store);
    if (status != SWP_OK)
        return swp_wrap(err, "%s", path);
    out->held = true;
    return SWP_OK;
}

/* Whether another process holds the line of the experiment, which `line` takes. */
static bool is_held(int fd, const char *experiment, char line[LINE_SIZE + 1])
{
    off_t at = find_line(fd, experiment, line);
    struct flock lock = {
        .l_type = F_RDLCK, .l_whence = SEEK_SET, .l_start = at, .l_len = LINE_SIZE};
    return fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

swp_status run_lock_look(const char *store, const char *experiment, char *holder, size_t size,
                         swp_err *err)
{
    char path[PATH_MAX + 4], line[LINE_SIZE + 1];
    holder[0] = '\0';
    swp_status status = name_file(store, path, err);
    if (status != SWP_OK)
        return status;
    int fd = swp_open_regular(path, O_RDONLY | O_NOFOLLOW);
    if (fd < 0 && errno == ENOENT)
        return SWP_OK;
    if (fd < 0)
        return fail_open(path, err);
    if (is_held(fd, experiment, line))
        snprintf(holder, size, "%s", holder_of(line));
    close(fd);
    return SWP_OK;
}

void run_lock_release(run_lock *lock)
{
    if (lock->held)
        close(lock->fd);
    *lock = (run_lock){0};
}
