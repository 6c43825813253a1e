/* How long a plan will take, from a few timed steps of each kind of trial. */
#ifndef RUN_ESTIMATE_H
#define RUN_ESTIMATE_H

#include "engine/engine.h"
#include "runner/plan/plan.h"

typedef struct run_estimate {
    eng_info engine;
    size_t workers;
    size_t n_cohorts;
    double work_s; /* of all cohorts, one after the other */
    double wall_s; /* side by side on the workers */
} run_estimate;

/* Opens the engine in this process: do not fork a process that uses an engine afterwards.
 * errors   as eng_api.open and cohort_create, NOMEM */
SWP_CHECKED swp_status run_estimate_make(const run_plan *plan, const eng_api *api, size_t workers,
                                         run_estimate *out, swp_err *err);

/* Seconds of work of every trial, and an order in which neighbours may share a cohort.
 * shapes   seconds, order (plan->n_trials)   errors, forks   as run_estimate_make */
SWP_CHECKED swp_status run_estimate_trials(const run_plan *plan, const eng_api *api,
                                           double *seconds, size_t *order, swp_err *err);

#endif
