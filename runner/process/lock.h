/* The lock for running an experiment of a store: one process at a time holds it. */
#ifndef RUN_LOCK_H
#define RUN_LOCK_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/err.h"

typedef struct run_lock {
    bool held;
    int fd;
} run_lock;

/* Take the lock of an experiment, without waiting. It is a lock on the experiment's line of the
 * file STORE-run, made when missing; the line names its last holder. Other experiments of the store
 * are other lines. The lock ends with the process, however that ends, and is not inherited by the
 * processes that it forks. A process may hold one lock of a store.
 * errors   BUSY naming the holder, IO   owns   *out: run_lock_release */
SWP_CHECKED swp_status run_lock_take(run_lock *out, const char *store, const char *experiment,
                                     swp_err *err);
/* Write who runs the experiment, "process 7 on host since 2026-01-01T00:00:00Z", or "" when no
 * process does. Takes no lock. errors IO */
SWP_CHECKED swp_status run_lock_look(const char *store, const char *experiment, char *holder,
                                     size_t size, swp_err *err);
void run_lock_release(run_lock *lock); /* a lock that is not held is allowed */

#endif
