/* A worker: the process that owns an engine and advances the trainings that its parent names. */
#ifndef RUN_WORKER_H
#define RUN_WORKER_H

#include <sys/types.h>

#include "engine/engine.h"
#include "runner/plan.h"

typedef struct run_worker_spec {
    const eng_api *api;
    const run_plan *plan; /* may be NULL for a worker that gets no job */
    uint64_t memory;      /* most bytes that a cohort may take; 0 = no limit */
    eng_cores cores;      /* that the worker may keep busy */
} run_worker_spec;

/* Fork a worker. It opens the engine, says READY, and takes jobs until the parent half-closes the
 * socket or dies; an epoch that has begun is finished and delivered first. Terminal signals are
 * left to the parent. The child closes `others` (n_others), the parent's ends of its siblings'
 * sockets. errors   IO   out   *pid, *fd (the parent's end)   owns   fd: close; pid: waitpid */
SWP_CHECKED swp_status run_worker_fork(const run_worker_spec *spec, const int *others,
                                       size_t n_others, pid_t *pid, int *fd, swp_err *err);

/* What the engine says of itself, asked in a process of its own: an engine must not be opened in a
 * process that forks afterwards. It is ended after `timeout_s`; 0 = never.
 * errors   as eng_api.open; DEVICE when that process died or was ended */
SWP_CHECKED swp_status run_worker_probe(const eng_api *api, double timeout_s, eng_info *out,
                                        swp_err *err);

/* "signal 11 (Segmentation fault)" or "exit code 1" of a wait status. Returns `out`. */
char *run_worker_fate(int wait_status, char *out, size_t size);

#endif
