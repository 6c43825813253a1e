/* The scheduler: pulls jobs from a source, hands them to worker processes, and records their steps.
 * It survives workers that crash, hang, are stopped or take too much memory.
 *
 * The first SIGINT, SIGTERM, SIGHUP or SIGUSR1 lets every worker finish and deliver its step; the
 * second ends them at once. Either way the store is at a step boundary. */
#ifndef RUN_SCHED_H
#define RUN_SCHED_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/engine.h"
#include "runner/plan/study.h"
#include "runner/process/source.h"
#include "runner/terminal/progress.h"

typedef struct run_sched_options {
    const eng_api *api;
    const run_source *source; /* NULL: all waiting trials of the study */
    size_t workers;           /* >= 1 */
    size_t cores;     /* that workers may keep busy together; fewer than workers: one each */
    double timeout_s; /* for one attempt at one trial, without the time for which the run itself
                         was stopped; 0 = none */
    uint64_t memory;  /* bytes of one worker; 0 = none */
    uint64_t cohort;  /* most bytes of a cohort, as planned; 0 = any */
    bool tf32;        /* see eng_options */
    const run_command *command; /* of that backend, which has its own limits */
    const char *folders;        /* folders of trials, named by their keys; NULL: beside the store */
    size_t retries;             /* of a trial whose worker died */
    size_t max_failures;        /* failures in a row that stop the run; 0 = never */
    double limit_s;             /* after which the run is paused as by a signal; 0 = none */
    run_progress *progress;
    void (*after_round)(void *context); /* called about once a second, and after steps are recorded;
                                         * or NULL */
    void *context;
} run_sched_options;

typedef struct run_sched_result {
    size_t n_done, n_failed; /* trials that ended in this run */
    size_t n_stopped;        /* trials that the source stopped before their budget in the plan */
    size_t n_impossible;     /* of those that failed: their parameters cannot work */
    bool interrupted;        /* by a signal, or after limit_s */
    bool out_of_time;        /* after limit_s */
    bool stopped;            /* after max_failures */
} run_sched_result;

/* Train until the source has no more trials. A failed trial is not an error: it is counted and
 * recorded.
 * errors   UNAVAILABLE (no worker can open the engine), what the store fails with, IO, NOMEM,
 *          INTERNAL (a worker sent an invalid message); workers are ended, what is stored stays */
SWP_CHECKED swp_status run_sched(run_study *study, const run_sched_options *options,
                                 run_sched_result *out, swp_err *err);

#endif
