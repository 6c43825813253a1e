/* The interface of stoppers, which stop trials early.
 *
 * A stopper gets every report of every trial, in the order of virtual time, and says whether the
 * trial continues. Stopping is pausing: a stopped trial keeps its state and may be promoted later.
 * What is decided depends on the rules and on the calls made before only, so a study repeats its
 * calls after a restart instead of storing decisions. Steps count from 1, trials from 0. */
#ifndef RUN_STOPPER_H
#define RUN_STOPPER_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/err.h"

#define RUN_STOPPER_VERSION 1

typedef struct run_stop_rules {
    size_t min_steps; /* no trial is stopped before this step; >= 1 */
    size_t max_steps; /* of a trial that is never stopped; >= min_steps */
    size_t eta;       /* halving: one of this many trials is promoted; >= 2 */
    size_t n_trials;  /* trials that are compared: those of the search stage */
} run_stop_rules;

/* errors   CONFIG, saying what was expected of min_steps and max_steps and found */
SWP_CHECKED swp_status run_stop_rules_check(const run_stop_rules *rules, swp_err *err);

typedef enum run_decision { RUN_GO_ON, RUN_STOP } run_decision;

typedef struct run_stopping run_stopping; /* an open stopper */

/* A rule: every function is required; run_stopper_validate checks that. */
typedef struct run_stopper {
    unsigned version; /* RUN_STOPPER_VERSION */
    const char *name; /* the word of [search] stop */

    /* errors   CONFIG (rules that contradict each other), NOMEM
     * owns     *out: close */
    swp_status (*open)(const run_stop_rules *rules, run_stopping **out, swp_err *err);

    /* The first step after `step` at which decide may stop a trial; max_steps when there is none.
     * Until then a trial may run without a decision. */
    size_t (*next)(const run_stopping *stopping, size_t step);

    /* Take the report of a trial after a step and decide. Values are minimised; NAN: the objective
     * was not reported. Steps of a trial ascend and may leave some out. No trial is stopped at
     * max_steps.
     * errors   INTERNAL (an impossible trial or step), NOMEM */
    swp_status (*decide)(run_stopping *stopping, size_t trial, size_t step, double value,
                         run_decision *out, swp_err *err);

    /* A trial has ended, at its last step or because it failed: it is no longer promoted or waited
     * for. A failed one is no longer compared, either. errors   INTERNAL (an impossible trial),
     * NOMEM */
    swp_status (*finish)(run_stopping *stopping, size_t trial, bool failed, swp_err *err);

    /* There will be only `n` trials: the space has no more points. */
    void (*limit)(run_stopping *stopping, size_t n);

    /* The next paused trial that may continue, smallest number first, once for each rung that it
     * passes. Call after every decide, finish and limit until it returns false. */
    bool (*promote)(run_stopping *stopping, size_t *trial);
    void (*close)(run_stopping *stopping); /* NULL allowed */
} run_stopper;

/* errors   INTERNAL, naming the missing function or the version */
SWP_CHECKED swp_status run_stopper_validate(const run_stopper *stopper, swp_err *err);

/* The registered stopper of this name, validated.
 * errors   INTERNAL (no such stopper, or as validate) */
SWP_CHECKED swp_status run_stopper_find(const char *name, const run_stopper **out, swp_err *err);

/* The registered stoppers by index; NULL after the last. */
const run_stopper *run_stopper_at(size_t index);

#endif
