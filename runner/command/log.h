/* What a trial printed, kept in its folder: the first 4 MiB in `log`, and at least the last 4 MiB
 * in files `log.OFFSET` that are named by how much was printed before them. Whatever is printed,
 * that is 12 MiB at most, and no memory. */
#ifndef RUN_LOG_H
#define RUN_LOG_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "engine/base/err.h"

#define RUN_LOG_PART ((uint64_t)4 << 20) /* bytes */

typedef struct run_log run_log;

/* Go on with the log of a trial's folder. errors IO, NOMEM   owns *out: run_log_close */
SWP_CHECKED swp_status run_log_open(const char *folder, run_log **out, swp_err *err);

/* A log that cannot be written (a full disk) stops growing. Returns false the first time. */
bool run_log_write(run_log *log, const char *text, size_t length);
void run_log_close(run_log *log); /* NULL allowed */

/* Whether a trial's folder, which is no link, has a log. */
bool run_log_is_there(const char *folder);

/* Print the log of a trial's folder, and in a line of its own how much of it was left out. Links
 * are not followed, and of a file that is longer than ours no more is printed.
 * errors   IO (there is none), NOMEM */
SWP_CHECKED swp_status run_log_print(const char *folder, FILE *out, swp_err *err);

#endif
