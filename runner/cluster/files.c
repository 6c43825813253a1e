/* Listing the shared folder, and names that no other process has drawn. */
#include "runner/cluster/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/mem.h"
#include "engine/base/str.h"

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
