/* Making the folders of a path, reading whole files, and writing files that appear whole or not at
 * all. */
#ifndef SWP_PATH_H
#define SWP_PATH_H

#include <stddef.h>
#include <stdio.h>

#include "engine/base/err.h"

#ifdef __cplusplus
extern "C" {
#endif

/* "FOLDER/NAME", or NULL without memory. The caller frees with swp_free. */
char *swp_path_join(const char *folder, const char *name);

/* Make the folders of `path`: all before its last slash.
 * errors   IO, NOMEM */
SWP_CHECKED swp_status swp_make_folders(const char *path, swp_err *err);

/* Open a regular file with the flags of open, closed on exec. Never blocks on a pipe, socket or
 * device. Returns -1 with errno: EISDIR for a folder, EINVAL for anything else that is not a
 * regular file. */
int swp_open_regular(const char *path, int flags);

/* Read a regular file of at most `most` bytes. Folders, pipes, sockets and devices are refused
 * without blocking. A NUL follows the bytes.
 * errors   IO (missing, unreadable, not a regular file, larger), NOMEM
 * owns     *bytes: swp_free; NULL after a failure */
SWP_CHECKED swp_status swp_file_read(const char *path, size_t most, void **bytes, size_t *n,
                                     swp_err *err);

/* A file that is being written under a temporary name beside its own. Zero-initialise. */
typedef struct swp_file {
    FILE *stream; /* may also be written to directly */
    char *path;
    char *temporary; /* NULL when written in place */
    int fd;          /* of the temporary file */
    int failure;     /* errno of the first failed write; later ones do nothing */
} swp_file;

/* A file that the user names. A device, pipe or link cannot be replaced by renaming, and is written
 * in place. Temporary files of this path whose writers were killed are removed. The temporary file
 * is new: one that is there already, or a link, is not opened. errors   IO, NOMEM   owns     *out:
 * swp_file_close, after success only */
SWP_CHECKED swp_status swp_file_create(const char *path, swp_file *out, swp_err *err);

/* A file whose name this program chose, in a folder that others may write to: a link is replaced
 * and never followed; anything but a file or a link is refused. errors, owns as above */
SWP_CHECKED swp_status swp_file_create_own(const char *path, swp_file *out, swp_err *err);

void swp_file_write(swp_file *file, const char *text, size_t length);

/* Flush the file to the disk and rename it when `status` is OK and all writes succeeded; else
 * remove it, and an older file of that name stays.
 * errors   `status` if that is a failure; IO */
SWP_CHECKED swp_status swp_file_close(swp_file *file, swp_status status, swp_err *err);

/* swp_file_create_own, write and close in one call: readers see the whole file or the previous one.
 * errors   IO, NOMEM */
SWP_CHECKED swp_status swp_file_put(const char *path, const void *bytes, size_t n, swp_err *err);

/* Write what a stream has buffered. Returns 0, or the errno of the first write that failed. */
int swp_stream_flush(FILE *stream);

#ifdef __cplusplus
}
#endif
#endif
