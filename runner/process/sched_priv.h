/* What the files of the scheduler share: its state, and how trials end. */
#ifndef RUN_SCHED_PRIV_H
#define RUN_SCHED_PRIV_H

#include <poll.h>

#include "runner/process/attempts.h"
#include "runner/process/sched.h"
#include "runner/process/share.h"
#include "runner/process/slot.h"

/* Room for the whole text of an error: cutting it could split a character. */
#define RUN_SCHED_REASON_SIZE (sizeof(((const swp_err *)0)->text) + 32)

/* A trial to be tried again, in a job of at most `most` trials, with others of the same job. */
typedef struct run_retry {
    size_t trial, job, most;
} run_retry;

/* The scheduler's state of a trial. */
typedef struct run_tracked {
    size_t n_deaths;  /* workers that died while they trained it */
    size_t budget;    /* steps that its worker was told to do */
    bool is_stopping; /* its worker was told to stop it */
} run_tracked;

typedef struct run_scheduler {
    run_study *study;
    const run_sched_options *options;
    run_sched_result *result;
    run_worker_spec spec;
    run_source own; /* the study's, unless the options have a source */
    const run_source *source;
    run_slot *slots; /* (options->workers) */
    struct pollfd *polls;
    run_share *share;       /* of cores among the workers in the slots */
    run_attempts *attempts; /* of a command; NULL: none are recorded */
    run_retry *again;       /* (n_again) last in, first out */
    size_t n_again;
    size_t n_jobs;          /* handed out so far */
    run_tracked *trials;    /* (n_known) */
    size_t n_known;         /* trials of the plan that are tracked; a source may add to the plan */
    size_t failures_in_row; /* trials that failed since one was done */
    size_t idle_deaths;     /* workers that died without a job */
    double round_began;     /* clock */
    double paused_s;        /* seconds for which this process itself did not run */
    double memory_checked;  /* clock */
    bool short_of_workers;  /* a worker could not be started, and a warning was shown */
    bool stopping;          /* no more jobs: workers finish their step */
} run_scheduler;

#define RUN_MEMORY_CHECK_S 0.1 /* seconds between checks of memory */

/* Seconds of a clock that does not advance while the run is stopped (SIGSTOP, Ctrl-Z). */
double run_sched_now(const run_scheduler *s);

/* Whether the time of a worker is limited: it opens its engine or has a job, and does not supervise
 * a command, whose limits it applies itself. */
bool run_sched_is_timed(const run_slot *slot);

/* Kill workers that take too long, or too much memory. */
void run_sched_check_limits(run_scheduler *s);

/* No more jobs: workers finish their step. */
void run_sched_stop(run_scheduler *s);

SWP_CHECKED swp_status run_trial_set_state(run_scheduler *s, size_t trial, res_state state,
                                           const char *reason, swp_err *err);

/* `worker` is the number of the worker concerned. */
SWP_CHECKED swp_status run_trial_add_event(run_scheduler *s, const char *kind, size_t trial,
                                           size_t worker, const char *reason, swp_err *err);

/* Record how an attempt at a command's trial ended. */
SWP_CHECKED swp_status run_trial_end_attempt(run_scheduler *s, size_t trial, const char *outcome,
                                             swp_err *err);

/* A trial ended by itself before its budget, and is done. */
SWP_CHECKED swp_status run_trial_complete(run_scheduler *s, size_t trial, swp_err *err);

/* A trial has done all steps that the source wants of it. */
SWP_CHECKED swp_status run_trial_finish(run_scheduler *s, size_t trial, swp_err *err);

/* A trial failed because its parameters cannot work, which is not a sign of trouble. */
SWP_CHECKED swp_status run_trial_give_up(run_scheduler *s, const run_slot *slot, size_t trial,
                                         const char *text, swp_err *err);

/* An attempt ended before its trial did. If the worker, device or program is gone, the trial is
 * tried again while attempts are left; if a cohort had too little memory, its trials are tried
 * again in half as large a cohort, which costs no attempt; any other failure would repeat. When a
 * run is stopping, retries are left to the next run. */
SWP_CHECKED swp_status run_trial_fail_attempt(run_scheduler *s, const run_slot *slot, size_t trial,
                                              swp_status why, const char *reason, swp_err *err);

/* Finish trials that wait for a retry but need no more steps: a command that ran ahead of a
 * decision may have been decided meanwhile. */
SWP_CHECKED swp_status run_trials_drop_decided(run_scheduler *s, swp_err *err);

#endif
