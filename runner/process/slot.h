/* A worker process as its parent sees it. */
#ifndef RUN_SLOT_H
#define RUN_SLOT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "runner/process/wire.h"
#include "runner/process/worker.h"

#define RUN_REASON_SIZE 160

typedef struct run_slot {
    pid_t pid;       /* 0 = no process: the rest is void */
    int fd;          /* non-blocking */
    size_t number;   /* of the worker, from 1: the one that takes its place has the same */
    bool supervises; /* it ends what it started before it goes */
    run_inbox inbox;
    run_outbox outbox;
    size_t *trials; /* (n) of its job that are not over yet */
    size_t n;
    size_t n_job;        /* trials that its job began with; 0 = it never had one */
    size_t job;          /* number of that job in this run */
    double started;      /* the scheduler's clock when it was forked or got the job */
    bool ready;          /* has asked for work and got none yet */
    bool closing;        /* is told that there is no more work once the outbox is empty */
    swp_status kill_why; /* it was killed; void without a reason */
    char kill_reason[RUN_REASON_SIZE]; /* the same in words; empty = it was not, or its work is not
                                          the cause */
} run_slot;

/* Fork a worker into an empty slot of `slots` (n_slots). errors IO, NOMEM */
SWP_CHECKED swp_status run_slot_start(run_slot *slot, const run_slot *slots, size_t n_slots,
                                      const run_worker_spec *spec, swp_err *err);

/* Send what the worker takes now of its outbox. A worker that cannot be written to is killed: its
 * closed socket will tell. errors NOMEM */
SWP_CHECKED swp_status run_slot_flush(run_slot *slot, swp_err *err);

/* No more work: the worker ends as soon as the step that it is at is delivered. */
void run_slot_close(run_slot *slot);

/* End the worker now; one that supervises ends what it started at once, and then itself. */
void run_slot_kill(run_slot *slot, swp_status why, const char *reason);

/* Reap a worker whose socket is closed or that was killed, and empty its slot. Returns its wait
 * status. */
int run_slot_reap(run_slot *slot);

/* Whether a trial is part of the worker's job and not over. */
bool run_slot_has(const run_slot *slot, size_t trial);

/* Take a trial off the worker's job. Returns false when it is not part of it. */
bool run_slot_forget(run_slot *slot, size_t trial);

#endif
