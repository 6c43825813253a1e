/* A log is one text, of which the middle may be missing. Its parts are files that begin at known
 * offsets: when the last part is full, the part before it is removed unless it is the first. */
#include "runner/command/log.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/mem.h"
#include "engine/base/path.h"
#include "engine/base/str.h"

#define MOST_PARTS 16 /* a folder that holds more was not written by us */

struct run_log {
    char *folder;
    int fd;               /* of the last part */
    uint64_t begin, size; /* of the last part */
    uint64_t before;      /* where the part before it begins; 0: it is the first, which stays */
    bool has_failed;
};

typedef struct parts {
    uint64_t begins[MOST_PARTS]; /* (n), ascending */
    size_t n;
} parts;

static char *part_path(const char *folder, uint64_t begin)
{
    char name[32] = "log";
    if (begin > 0)
        snprintf(name, sizeof name, "log.%llu", (unsigned long long)begin);
    return swp_path_join(folder, name);
}

static void add_part(parts *p, uint64_t begin)
{
    if (p->n == MOST_PARTS)
        return;
    size_t at = p->n++;
    for (; at > 0 && p->begins[at - 1] > begin; at--)
        p->begins[at] = p->begins[at - 1];
    p->begins[at] = begin;
}

/* Where the parts in a folder begin. */
static parts list_parts(const char *folder)
{
    parts found = {.n = 0};
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    if (!dir && fd >= 0)
        close(fd);
    for (const struct dirent *e; dir && (e = readdir(dir));) {
        int64_t begin;
        if (strcmp(e->d_name, "log") == 0)
            add_part(&found, 0);
        else if (strncmp(e->d_name, "log.", 4) == 0 &&
                 swp_parse_int(e->d_name + 4, 1, INT64_MAX, &begin))
            add_part(&found, (uint64_t)begin);
    }
    if (dir)
        closedir(dir);
    return found;
}

/* Open the part that begins here to append to it. */
static swp_status open_part(run_log *log, uint64_t begin, swp_err *err)
{
    struct stat info = {.st_size = 0};
    char *path = part_path(log->folder, begin);
    if (!path)
        return swp_fail(err, SWP_NOMEM, "out of memory for a log");
    int fd = swp_open_regular(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW);
    swp_status status = SWP_OK;
    if (fd < 0 || fstat(fd, &info) != 0)
        status = swp_fail_errno(err, SWP_IO, errno, "writing %s", path);
    swp_free(path);
    if (status != SWP_OK)
        return status;
    if (log->fd >= 0)
        close(log->fd);
    log->fd = fd;
    log->begin = begin;
    log->size = (uint64_t)info.st_size;
    return SWP_OK;
}

swp_status run_log_open(const char *folder, run_log **out, swp_err *err)
{
    parts found = list_parts(folder);
    run_log *log = *out = swp_alloc(1, sizeof *log);
    if (!log)
        return swp_fail(err, SWP_NOMEM, "out of memory for a log");
    log->fd = -1;
    log->folder = swp_strdup(folder);
    if (!log->folder)
        return swp_fail(err, SWP_NOMEM, "out of memory for a log");
    log->before = found.n > 1 ? found.begins[found.n - 2] : 0;
    return open_part(log, found.n > 0 ? found.begins[found.n - 1] : 0, err);
}

void run_log_close(run_log *log)
{
    if (log && log->fd >= 0)
        close(log->fd);
    if (log)
        swp_free(log->folder);
    swp_free(log);
}

/* Go on in a part of its own, and drop the one before unless it is the first. */
static bool begin_part(run_log *log)
{
    uint64_t before = log->before;
    log->before = log->begin;
    if (open_part(log, log->begin + log->size, NULL) != SWP_OK)
        return false;
    char *path = before > 0 ? part_path(log->folder, before) : NULL;
    if (path)
        unlink(path);
    swp_free(path);
    return true;
}

bool run_log_write(run_log *log, const char *text, size_t length)
{
    if (log->has_failed)
        return true;
    while (length > 0) {
        if (log->size >= RUN_LOG_PART && !begin_part(log))
            break;
        uint64_t room = RUN_LOG_PART - log->size;
        ssize_t n = write(log->fd, text, length < room ? length : (size_t)room);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        log->size += (uint64_t)n;
        text += n;
        length -= (size_t)n;
    }
    log->has_failed = length > 0;
    return !log->has_failed;
}

/* Copy a file, of which no more is read than we write to one. *n: its bytes. */
static swp_status print_part(const char *folder, uint64_t begin, FILE *out, uint64_t *n,
                             swp_err *err)
{
    char bytes[16384];
    char *path = part_path(folder, begin);
    int fd = path ? swp_open_regular(path, O_RDONLY | O_NOFOLLOW) : -1;
    FILE *in = fd >= 0 ? fdopen(fd, "rb") : NULL;
    swp_status status = SWP_OK;
    *n = 0;
    if (!path)
        status = swp_fail(err, SWP_NOMEM, "out of memory for a log");
    else if (!in)
        status = swp_fail_errno(err, SWP_IO, errno, "reading %s", path);
    if (!in && fd >= 0)
        close(fd);
    for (size_t part; in && *n < RUN_LOG_PART && (part = fread(bytes, 1, sizeof bytes, in)) > 0;
         *n += part)
        fwrite(bytes, 1, part, out);
    if (in && *n >= RUN_LOG_PART && getc(in) != EOF)
        fprintf(out, "\n[the rest of %s is left out]\n", path);
    if (in)
        fclose(in);
    swp_free(path);
    return status;
}

bool run_log_is_there(const char *folder)
{
    return list_parts(folder).n > 0;
}

swp_status run_log_print(const char *folder, FILE *out, swp_err *err)
{
    parts found = list_parts(folder);
    uint64_t at = 0, n;
    swp_status status = SWP_OK;
    if (found.n == 0) {
        status = swp_fail(err, SWP_IO,
                          "there is no log in %s: nothing was printed, or it was moved", folder);
        swp_hint(err, "logs of a submitted study stay in the folder `trials` that its tasks share");
        return status;
    }
    for (size_t i = 0; i < found.n && status == SWP_OK; i++) {
        if (found.begins[i] > at)
            fprintf(out, "\n[%llu bytes are left out here]\n",
                    (unsigned long long)(found.begins[i] - at));
        status = print_part(folder, found.begins[i], out, &n, err);
        at = found.begins[i] + n;
    }
    return status;
}
