/* A worker process, as seen by its parent. */
#ifndef RUN_SLOT_H
#define RUN_SLOT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "runner/process/wire.h"
#include "runner/process/worker.h"

#define RUN_REASON_SIZE 160

typedef struct run_slot {
    pid_t pid;       /* 0 = no process: the rest is unused */
    int fd;          /* non-blocking */
    size_t number;   /* of the worker, from 1: its replacement has the same */
    bool supervises; /* it ends what it started before it exits */
    run_inbox inbox;
    run_outbox outbox;
    size_t *trials; /* (n) of its job that have not ended */
    size_t n;
    size_t n_job;        /* trials that its job began with; 0 = it never had one */
    size_t job;          /* number of that job in this run */
    double started;      /* the scheduler's clock when it was forked or got the job */
    bool ready;          /* has asked for a job and got none yet */
    bool closing;        /* gets no more jobs; the socket is half-closed once the outbox is empty */
    swp_status kill_why; /* when it was killed; unused without a reason */
    char kill_reason[RUN_REASON_SIZE]; /* why it was killed; empty = not killed, or not because of
                                        * its job */
} run_slot;

/* Fork a worker into an empty slot of `slots` (n_slots). errors IO, NOMEM */
SWP_CHECKED swp_status run_slot_start(run_slot *slot, const run_slot *slots, size_t n_slots,
                                      const run_worker_spec *spec, swp_err *err);

/* Send as much of the outbox as the socket takes now. A worker that cannot be written to is killed,
 * and its closed socket is handled later. errors NOMEM */
SWP_CHECKED swp_status run_slot_flush(run_slot *slot, swp_err *err);

/* No more jobs: the worker ends as soon as it has delivered its current step. */
void run_slot_close(run_slot *slot);

/* End the worker now; one that supervises ends what it started at once, and then itself. */
void run_slot_kill(run_slot *slot, swp_status why, const char *reason);

/* Reap a worker whose socket is closed or that was killed, and empty its slot. Returns its wait
 * status. */
int run_slot_reap(run_slot *slot);

/* Whether a trial is part of the worker's job and has not ended. */
bool run_slot_has(const run_slot *slot, size_t trial);

/* Remove a trial from the worker's job. Returns false when it is not part of it. */
bool run_slot_forget(run_slot *slot, size_t trial);

#endif
