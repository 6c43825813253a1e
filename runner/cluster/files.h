/* Files of the shared folder: read whole, and put there whole or not at all. */
#ifndef RUN_FILES_H
#define RUN_FILES_H

#include <stddef.h>

#include "engine/base/err.h"

/* FOLDER/NAME, or NULL without memory. The caller frees with swp_free. */
char *run_file_path(const char *folder, const char *name);

/* A NUL follows the bytes. errors IO, NOMEM   owns *bytes: swp_free */
SWP_CHECKED swp_status run_file_read(const char *path, void **bytes, size_t *n, swp_err *err);

/* Written under another name, forced to the disk, then renamed: readers on other machines see all
 * of it or nothing. errors IO, NOMEM */
SWP_CHECKED swp_status run_file_put(const char *folder, const char *name, const void *bytes,
                                    size_t n, swp_err *err);

/* Names in FOLDER that end in `suffix` and do not begin with a dot, in order.
 * errors IO, NOMEM   owns *names: run_names_free */
SWP_CHECKED swp_status run_names_list(const char *folder, const char *suffix, char ***names,
                                      size_t *n, swp_err *err);
void run_names_free(char **names, size_t n);

#define RUN_RANDOM_SIZE 9 /* 8 hexadecimal digits */

/* Digits that nobody else has drawn. errors IO */
SWP_CHECKED swp_status run_random_hex(char out[RUN_RANDOM_SIZE], swp_err *err);

#endif
