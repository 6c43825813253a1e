/* Names in the shared folder. */
#ifndef RUN_FILES_H
#define RUN_FILES_H

#include <stddef.h>

#include "engine/base/err.h"

/* Names in FOLDER that end in `suffix` and do not begin with a dot, in order.
 * errors IO, NOMEM   owns *names: run_names_free */
SWP_CHECKED swp_status run_names_list(const char *folder, const char *suffix, char ***names,
                                      size_t *n, swp_err *err);
void run_names_free(char **names, size_t n);

#define RUN_RANDOM_SIZE 9 /* 8 hexadecimal digits */

/* Digits that no other process has drawn. errors IO */
SWP_CHECKED swp_status run_random_hex(char out[RUN_RANDOM_SIZE], swp_err *err);

#endif
