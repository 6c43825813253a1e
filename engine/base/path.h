/* Folders made on the way to a file, and files that appear whole or not at all. */
#ifndef SWP_PATH_H
#define SWP_PATH_H

#include <stddef.h>
#include <stdio.h>

#include "engine/base/err.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Make the folders that `path` lies in: all that is before its last slash.
 * errors   IO, NOMEM */
SWP_CHECKED swp_status swp_make_folders(const char *path, swp_err *err);

/* A file in the making, under a temporary name beside its own. A device, pipe or link has no other
 * name that could replace it, and is written in place. Zero-initialise. */
typedef struct swp_file {
    FILE *stream; /* may also be written to straight */
    char *path;
    char *temporary; /* NULL when written in place */
    int failure;     /* errno of the first write that failed; all after it do nothing */
} swp_file;

/* Files in the making of this path whose writers were killed are removed.
 * errors   IO, NOMEM   owns     *out: swp_file_close, after success only */
SWP_CHECKED swp_status swp_file_create(const char *path, swp_file *out, swp_err *err);

void swp_file_write(swp_file *file, const char *text, size_t length);

/* Give the file its name when `status` is OK and all that was written has arrived; else remove it,
 * and what had the name before stays as it was.
 * errors   `status` if that is a failure; IO */
SWP_CHECKED swp_status swp_file_close(swp_file *file, swp_status status, swp_err *err);

#ifdef __cplusplus
}
#endif
#endif
