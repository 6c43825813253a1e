/* Other programs, run with their arguments as they are: no shell is involved. */
#ifndef SWP_CHILD_H
#define SWP_CHILD_H

#include <stdbool.h>

#include "engine/base/str.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct swp_child {
    char *const *argv;  /* ended by NULL; the program is looked up in PATH */
    const char *folder; /* where it runs; NULL: where this process does */
    bool dies_with_us;  /* Linux: kill it when this process is killed */
    swp_buf *out;       /* receives its standard output: swp_buf_deinit; NULL: dropped */
    bool is_missing;    /* set when there is no such program */
    int pid, ends[3];   /* set while it runs: read ends of its streams and of its failure report */
} swp_child;

/* Run a program to its end. It reads nothing; what it prints on standard error becomes part of the
 * error when it fails.
 * errors   UNAVAILABLE (no such program, failed, died of a signal), IO, NOMEM */
SWP_CHECKED swp_status swp_child_run(swp_child *child, swp_err *err);

/* The same in two steps, for several programs at once: each one started must be waited for, and its
 * `argv` and `folder` must stay until then.
 * errors   IO (nothing runs, and there is nothing to wait for) */
SWP_CHECKED swp_status swp_child_start(swp_child *child, swp_err *err);
SWP_CHECKED swp_status swp_child_wait(swp_child *child, swp_err *err);

#ifdef __cplusplus
}
#endif
#endif
