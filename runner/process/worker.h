/* A worker: the process that owns a backend and trains the trials that its parent sends. */
#ifndef RUN_WORKER_H
#define RUN_WORKER_H

#include <stdbool.h>
#include <sys/types.h>

#include "runner/backend/backend.h"

#define RUN_MOST_DEVICES 16u /* that a probe reports */

typedef struct run_worker_spec {
    const run_backend *backend;
    run_backend_setup setup;
    bool is_probe; /* sends READY once for each device, and ends */
} run_worker_spec;

/* Fork a worker. It opens the backend, says READY, and takes jobs until the parent half-closes the
 * socket or dies; the current step is finished and delivered first. Between steps it reads the
 * parent's messages about its trials: to stop one, or to change its budget. Terminal signals are
 * left to the parent. The child closes `others` (n_others), the parent's ends of its siblings'
 * sockets. errors   IO   out   *pid, *fd (the parent's end)   owns   fd: close; pid: waitpid */
SWP_CHECKED swp_status run_worker_fork(const run_worker_spec *spec, const int *others,
                                       size_t n_others, pid_t *pid, int *fd, swp_err *err);

/* Open the engine and ask for its devices, in a process of its own: an engine must not be opened in
 * a process that forks afterwards. It is ended after `timeout_s`; 0 = never.
 * shapes   out (most), the device that would be trained on first; *n <= most
 * errors   as eng_api.open; DEVICE when that process died or was ended */
SWP_CHECKED swp_status run_worker_probe(const eng_api *api, bool tf32, double timeout_s,
                                        eng_info *out, size_t most, size_t *n, swp_err *err);

/* "signal 11 (Segmentation fault)" or "exit code 1" of a wait status. Returns `out`. */
char *run_worker_exit_text(int wait_status, char *out, size_t size);

#endif
