/* The plan: a configuration's grid points as evaluations, the trials that they share, and the data
 * sets and splits that those need.
 *
 * Evaluations that differ in epochs or threshold only share one trial, which runs once to the
 * largest epoch count asked for. */
#ifndef RUN_PLAN_H
#define RUN_PLAN_H

#include "runner/backend/backend.h"
#include "runner/backend/stream.h"
#include "runner/config/cfg.h"
#include "runner/plan/inputs.h"

typedef struct run_trial {
    cfg_settings settings; /* of its first evaluation; epochs and threshold do not matter */
    size_t split;          /* index into plan.splits; of a command 0 */
    size_t max_epochs;
    size_t number;          /* within the study, where the plan is a part of it; else 0 */
    run_start start;        /* where its initial weights come from; unused for a command */
    char key[RES_KEY_SIZE]; /* SHA-256 over all that determines its bits */
    double cost;            /* of one epoch, for longest first: see run_backend.cost */
} run_trial;

typedef struct run_evaluation {
    size_t trial; /* index into plan.trials */
    size_t epochs;
    res_threshold threshold;
} run_evaluation;

typedef struct run_plan {
    const cfg *config; /* borrowed */
    const run_backend *backend;
    run_data *data; /* data sets and splits: none of a command */
    size_t n_data;
    run_split *splits;
    size_t n_splits;
    run_trial *trials; /* grid order */
    size_t n_trials;
    run_evaluation *evaluations; /* grid order */
    size_t n_evaluations;
    run_streams **streams; /* (n_streams) what trials' starts point into */
    size_t n_streams;
    bool is_part; /* after run_plan_restrict */
} run_plan;

/* Take all points of a grid, load the data sets and cut the splits. Each distinct content is loaded
 * once, each distinct split cut once; trials are found by hashing, so large grids are cheap. The
 * plan of a search begins without trials: they are added as they are proposed.
 * errors   CONFIG, IO, FORMAT, NOMEM   owns   *out is the caller's: run_plan_deinit */
SWP_CHECKED swp_status run_plan_init(run_plan *out, const cfg *config, swp_err *err);
void run_plan_deinit(run_plan *plan);

/* Append a trial of a search, and its readings, which differ in epochs and threshold only. Pointers
 * to trials become invalid. shapes readings (n) errors NOMEM */
SWP_CHECKED swp_status run_plan_add(run_plan *plan, const cfg_settings *readings, size_t n,
                                    swp_err *err);

/* Add all trials of a search that does not depend on results; nothing for a grid.
 * errors   CONFIG (it does depend on them, with the reason), NOMEM */
SWP_CHECKED swp_status run_plan_propose(run_plan *plan, swp_err *err);

/* Add the first trial of a search, as an example to show; nothing for a grid. errors NOMEM */
SWP_CHECKED swp_status run_plan_propose_first(run_plan *plan, swp_err *err);

/* Keep only these trials (ascending indexes) and their evaluations. */
void run_plan_restrict(run_plan *plan, const size_t *trials, size_t n);

/* The data sets and splits of a plan; borrowed. */
run_inputs run_plan_inputs(const run_plan *plan);

#endif
