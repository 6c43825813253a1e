/* Folders and whole files. A file is written under "PATH.PID.HOST.part" and renamed when it is
 * complete and on the disk, so that no reader sees half of it, even after a crash or a power cut.
 * Parts of writers that were killed are removed by the next writer of the same path on the same
 * host. */
#include "engine/base/path.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/mem.h"
#include "engine/base/str.h"

#define PART_ENDING_SIZE 24

char *swp_path_join(const char *folder, const char *name)
{
    swp_buf path = {0};
    bool slash = folder[0] && folder[strlen(folder) - 1] == '/';
    swp_buf_printf(&path, "%s%s%s", folder, slash ? "" : "/", name);
    if (path.failed)
        swp_buf_deinit(&path);
    return path.text;
}

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

int swp_open_regular(const char *path, int flags)
{
    struct stat info;
    int fd = open(path, flags | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0666);
    if (fd < 0 || (fstat(fd, &info) == 0 && S_ISREG(info.st_mode)))
        return fd;
    close(fd);
    errno = S_ISDIR(info.st_mode) ? EISDIR : EINVAL;
    return -1;
}

/* --- reading ---------------------------------------------------------------------------------- */

static swp_status read_all(int fd, const char *path, size_t most, swp_buf *out, swp_err *err)
{
    char part[65536];
    struct stat info;
    if (fstat(fd, &info) != 0)
        return swp_fail_errno(err, SWP_IO, errno, "%s: cannot read", path);
    if (!S_ISREG(info.st_mode))
        return swp_fail(err, SWP_IO, "%s: expected a file, found %s", path,
                        S_ISDIR(info.st_mode) ? "a folder" : "a pipe or device");
    if ((uintmax_t)info.st_size > most)
        return swp_fail(err, SWP_IO, "%s: expected at most %zu bytes, found %lld", path, most,
                        (long long)info.st_size);
    swp_buf_puts(out, "");
    for (ssize_t n = 1; n != 0 && out->length <= most && !out->failed;) {
        n = read(fd, part, sizeof part);
        if (n < 0 && errno != EINTR)
            return swp_fail_errno(err, SWP_IO, errno, "%s: cannot read", path);
        if (n > 0)
            swp_buf_add(out, part, (size_t)n);
    }
    if (out->failed)
        return swp_fail(err, SWP_NOMEM, "%s: out of memory for %lld bytes", path,
                        (long long)info.st_size);
    if (out->length > most)
        return swp_fail(err, SWP_IO, "%s: expected at most %zu bytes, found more", path, most);
    return SWP_OK;
}

swp_status swp_file_read(const char *path, size_t most, void **bytes, size_t *n, swp_err *err)
{
    swp_buf text = {0};
    *bytes = NULL;
    *n = 0;
    /* A blocking open of a pipe without a writer would wait. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return swp_fail_errno(err, SWP_IO, errno, "%s: cannot read", path);
    swp_status status = read_all(fd, path, most, &text, err);
    close(fd);
    if (status != SWP_OK) {
        swp_buf_deinit(&text);
        return status;
    }
    *bytes = text.text;
    *n = text.length;
    return SWP_OK;
}

/* --- writing ---------------------------------------------------------------------------------- */

static bool is_replaceable(const char *path, bool own)
{
    struct stat info;
    if (lstat(path, &info) != 0)
        return errno == ENOENT;
    return S_ISREG(info.st_mode) || (own && S_ISLNK(info.st_mode));
}

/* ".HOST.part": marks this host, since hosts that share a folder do not see each other's processes.
 */
static void name_ending(char out[PART_ENDING_SIZE])
{
    char host[256] = "";
    gethostname(host, sizeof host - 1);
    snprintf(out, PART_ENDING_SIZE, ".%016llx.part",
             (unsigned long long)swp_hash(host, strlen(host), SWP_HASH_START));
}

/* Whether a file's name is BASE.PID.HOST.part or BASE.PID-N.HOST.part of this host, and no process
 * has that number. */
static bool is_stale_part(const char *name, const char *base)
{
    size_t n = strlen(base), length = strlen(name);
    char digits[16], ending[PART_ENDING_SIZE];
    int64_t pid;
    name_ending(ending);
    size_t n_ending = strlen(ending);
    if (length <= n + 1 + n_ending || strncmp(name, base, n) != 0 || name[n] != '.' ||
        strcmp(name + length - n_ending, ending) != 0)
        return false;
    size_t n_digits = strspn(name + n + 1, "0123456789");
    char after = name[n + 1 + n_digits];
    if (n_digits >= sizeof digits || (after != '.' && after != '-'))
        return false;
    memcpy(digits, name + n + 1, n_digits);
    digits[n_digits] = '\0';
    return swp_parse_int(digits, 1, INT32_MAX, &pid) && kill((pid_t)pid, 0) != 0 && errno == ESRCH;
}

/* Remove temporary files that killed writers of this path left. Failures do no harm and are
 * ignored. */
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

/* Open a new file under a temporary name. The counter avoids clashes between hosts of one name, and
 * between equal process numbers in containers. Returns -1 with errno, 0 length without memory. */
static int open_part(const char *path, swp_buf *name)
{
    enum { MOST_PARTS = 100 };
    char ending[PART_ENDING_SIZE];
    int fd = -1;
    name_ending(ending);
    remove_stale_parts(path);
    for (int i = 0; i < MOST_PARTS && fd < 0; i++) {
        name->length = 0;
        swp_buf_printf(name, "%s.%ld", path, (long)getpid());
        if (i > 0)
            swp_buf_printf(name, "-%d", i);
        swp_buf_puts(name, ending);
        if (name->failed)
            return -1;
        fd = open(name->text, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
        if (fd < 0 && errno != EEXIST)
            break;
    }
    return fd;
}

/* Open a path that can only be written in place; files of this program's own are never written so.
 */
static FILE *open_in_place(const char *path, bool own)
{
    if (!own)
        return fopen(path, "wb");
    errno = EEXIST;
    return NULL;
}

static swp_status create(const char *path, bool own, swp_file *out, swp_err *err)
{
    swp_buf name = {0};
    bool replaces = is_replaceable(path, own);
    *out = (swp_file){.path = swp_strdup(path)};
    errno = 0;
    int fd = replaces && out->path ? open_part(path, &name) : -1;
    int failure = errno;
    out->temporary = name.text;
    out->fd = fd;
    swp_status status = SWP_OK;
    if (!out->path || name.failed) {
        status = swp_fail(err, SWP_NOMEM, "no memory to write %s", path);
    } else if (replaces ? fd < 0 : !(out->stream = open_in_place(path, own))) {
        status = swp_fail_errno(err, SWP_IO, replaces ? failure : errno, "cannot write %s", path);
    } else if (replaces && !(out->stream = fdopen(fd, "wb"))) {
        status = swp_fail_errno(err, SWP_IO, errno, "cannot write %s", path);
        unlink(out->temporary);
        close(fd);
    }
    if (status != SWP_OK)
        release(out);
    return status;
}

swp_status swp_file_create(const char *path, swp_file *out, swp_err *err)
{
    return create(path, false, out, err);
}

swp_status swp_file_create_own(const char *path, swp_file *out, swp_err *err)
{
    return create(path, true, out, err);
}

void swp_file_write(swp_file *file, const char *text, size_t length)
{
    if (file->failure == 0 && fwrite(text, 1, length, file->stream) != length)
        file->failure = errno;
}

/* Put the new name on the disk as well. Not every file system can do that. Allocates nothing: what
 * is written must not depend on free memory. `path` is as it was afterwards. */
static void sync_folder_of(char *path)
{
    char *slash = strrchr(path, '/'), *end = slash ? slash + 1 : path, first = *end;
    *end = '\0';
    int fd = open(slash ? path : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    *end = first;
    if (fd >= 0) {
        (void)fsync(fd);
        close(fd);
    }
}

swp_status swp_file_close(swp_file *file, swp_status status, swp_err *err)
{
    if (!file->stream)
        return status;
    /* A failed direct write to the stream has left no errno, unless the rest fails too. */
    bool failed = ferror(file->stream) != 0, replaces = file->temporary != NULL;
    bool sync = replaces && status == SWP_OK && file->failure == 0;
    if ((fflush(file->stream) != 0 || (sync && fsync(file->fd) != 0)) && file->failure == 0)
        file->failure = errno;
    if (fclose(file->stream) != 0 && file->failure == 0)
        file->failure = errno; /* NFS may report only now that the disk is full */
    if (failed && file->failure == 0)
        file->failure = EIO;
    bool whole = status == SWP_OK && file->failure == 0;
    if (whole && replaces && rename(file->temporary, file->path) != 0)
        file->failure = errno;
    else if (whole && replaces)
        sync_folder_of(file->path);
    if (status == SWP_OK && file->failure != 0) {
        status = swp_fail_errno(err, SWP_IO, file->failure, "cannot write %s", file->path);
        if (file->failure == ENOSPC || file->failure == EDQUOT)
            swp_hint(err, "the disk is full: free some space and run the same command again");
    }
    if (status != SWP_OK && replaces)
        unlink(file->temporary);
    release(file);
    return status;
}

swp_status swp_file_put(const char *path, const void *bytes, size_t n, swp_err *err)
{
    swp_file file = {0};
    swp_status status = swp_file_create_own(path, &file, err);
    if (status != SWP_OK)
        return status;
    swp_file_write(&file, bytes, n);
    return swp_file_close(&file, SWP_OK, err);
}

int swp_stream_flush(FILE *stream)
{
    errno = 0;
    if (fflush(stream) == 0 && !ferror(stream))
        return 0;
    if (errno == 0) { /* write again to learn the errno of an earlier failure */
        clearerr(stream);
        fputc('\n', stream);
        fflush(stream);
    }
    return errno ? errno : EIO;
}
