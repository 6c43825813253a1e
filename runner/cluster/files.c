#include "runner/cluster/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/mem.h"
#include "engine/base/str.h"

char *run_file_path(const char *folder, const char *name)
{
    swp_buf path = {0};
    swp_buf_printf(&path, "%s/%s", folder, name);
    if (!path.failed)
        return path.text;
    swp_buf_deinit(&path);
    return NULL;
}

swp_status run_file_read(const char *path, void **bytes, size_t *n, swp_err *err)
{
    *bytes = NULL;
    *n = 0;
    FILE *file = fopen(path, "rb");
    if (!file)
        return swp_fail_errno(err, SWP_IO, errno, "%s", path);
    struct stat info;
    size_t size = fstat(fileno(file), &info) == 0 ? (size_t)info.st_size : 0;
    char *text = swp_alloc(size + 1, 1);
    swp_status status = SWP_OK;
    errno = 0;
    if (!text)
        status = swp_fail(err, SWP_NOMEM, "%s: out of memory for %zu bytes", path, size);
    else if (fread(text, 1, size, file) != size)
        status = swp_fail_errno(err, SWP_IO, errno ? errno : EIO, "%s", path);
    fclose(file);
    if (status != SWP_OK) {
        swp_free(text);
        return status;
    }
    *bytes = text;
    *n = size;
    return SWP_OK;
}

static int write_all(int fd, const char *bytes, size_t n)
{
    while (n > 0) {
        ssize_t written = write(fd, bytes, n);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return written < 0 ? errno : ENOSPC;
        bytes += written;
        n -= (size_t)written;
    }
    return 0;
}

static int write_file(const char *path, const void *bytes, size_t n)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0)
        return errno;
    int failure = write_all(fd, bytes, n);
    if (failure == 0 && fsync(fd) != 0)
        failure = errno;
    if (close(fd) != 0 && failure == 0)
        failure = errno; /* NFS may only now tell that the disk is full */
    return failure;
}

/* So that the new name, too, is on the disk. Not every file system can do that. */
static void sync_folder(const char *folder)
{
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return;
    (void)fsync(fd);
    close(fd);
}

swp_status run_file_put(const char *folder, const char *name, const void *bytes, size_t n,
                        swp_err *err)
{
    swp_buf part = {0};
    swp_buf_printf(&part, "%s/.%s.part", folder, name);
    char *path = run_file_path(folder, name);
    swp_status status = SWP_OK;
    if (part.failed || !path) {
        status = swp_fail(err, SWP_NOMEM, "out of memory");
        goto done;
    }
    int failure = write_file(part.text, bytes, n);
    if (failure == 0 && rename(part.text, path) != 0)
        failure = errno;
    if (failure != 0) {
        unlink(part.text);
        status = swp_fail_errno(err, SWP_IO, failure, "cannot write %s", path);
    } else {
        sync_folder(folder);
    }
done:
    swp_free(path);
    swp_buf_deinit(&part);
    return status;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool ends_in(const char *name, const char *suffix)
{
    size_t n = strlen(name), m = strlen(suffix);
    return n > m && strcmp(name + n - m, suffix) == 0;
}

swp_status run_names_list(const char *folder, const char *suffix, char ***names, size_t *n,
                          swp_err *err)
{
    *names = NULL;
    *n = 0;
    size_t room = 0;
    DIR *dir = opendir(folder);
    if (!dir)
        return swp_fail_errno(err, SWP_IO, errno, "%s", folder);
    swp_status status = SWP_OK;
    for (struct dirent *entry; status == SWP_OK && (entry = readdir(dir)) != NULL;) {
        if (entry->d_name[0] == '.' || !ends_in(entry->d_name, suffix))
            continue;
        if (*n == room) {
            room = room ? 2 * room : 64;
            char **grown = swp_resize(*names, room, sizeof *grown);
            if (grown)
                *names = grown;
            else
                status = swp_fail(err, SWP_NOMEM, "out of memory");
        }
        if (status == SWP_OK && !((*names)[*n] = swp_strdup(entry->d_name)))
            status = swp_fail(err, SWP_NOMEM, "out of memory");
        else if (status == SWP_OK)
            ++*n;
    }
    closedir(dir);
    if (status == SWP_OK && *n > 0)
        qsort(*names, *n, sizeof **names, compare_names);
    if (status != SWP_OK) {
        run_names_free(*names, *n);
        *names = NULL;
        *n = 0;
    }
    return status;
}

void run_names_free(char **names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        swp_free(names[i]);
    swp_free(names);
}

swp_status run_random_hex(char out[RUN_RANDOM_SIZE], swp_err *err)
{
    uint32_t bits = 0;
    int fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
    bool drawn = fd >= 0 && read(fd, &bits, sizeof bits) == (ssize_t)sizeof bits;
    int failure = errno;
    if (fd >= 0)
        close(fd);
    if (!drawn)
        return swp_fail_errno(err, SWP_IO, failure, "/dev/urandom");
    snprintf(out, RUN_RANDOM_SIZE, "%08lx", (unsigned long)bits);
    return SWP_OK;
}
