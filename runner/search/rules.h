/* The rules of early stopping by themselves: numbers in, a decision out. They decide as Optuna
 * 5.0.0's pruners do, but for brackets, which are counted in integers. Steps may begin at 0. */
#ifndef RUN_RULES_H
#define RUN_RULES_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/err.h"

/* The reports of one trial in the order of steps, the last one is the current. */
typedef struct run_curve {
    const size_t *steps;  /* (n) ascending */
    const double *values; /* (n) minimised; may be NAN */
    size_t n;             /* >= 1 */
} run_curve;

/* At which steps a rule decides: the first report at or after warmup + k * interval. */
bool run_rule_is_due(const run_curve *own, size_t warmup, size_t interval);

/* The percentile rule; the median rule is that of 50. */
typedef struct run_percentile {
    double percentile; /* 0..100: 25 keeps the best quarter */
    size_t n_startup;  /* complete trials before it decides */
    size_t warmup, interval;
    size_t n_min; /* of them that must have reported this step */
} run_percentile;

/* Whether a trial's best value is worse than the percentile, linear between closest ranks, of the
 * complete trials' values at the current step. shapes at_step (n), is sorted */
bool run_percentile_stops(const run_percentile *rule, const run_curve *own, size_t n_complete,
                          double *at_step, size_t n);

/* Whether the last patience + 1 reports improved by no more than min_gain. */
bool run_patience_ends(const run_curve *own, size_t patience, double min_gain);

/* Whether the current value is outside [lower, upper] or not a number, at the steps where the rule
 * is due. */
bool run_threshold_stops(const run_curve *own, double lower, double upper, size_t warmup,
                         size_t interval);

/* Whether a trial is worse than the best one on the instances (steps) that both have reported:
 * Wilcoxon's one-sided signed-rank test, zeros split, says so with a smaller p, and its mean is the
 * worse one.
 * errors   NOMEM */
SWP_CHECKED swp_status run_wilcoxon_stops(const run_curve *own, const run_curve *best, double p,
                                          bool *stops, swp_err *err);

/* Asynchronous halving: every trial that reaches a rung is compared with those that reached it
 * before. source   Li et al. 2018 (arXiv 1810.05934), without pausing */
typedef struct run_rung {
    double *values; /* (n) of all trials that reached it, in their order */
    size_t n;
} run_rung;

typedef struct run_rungs {
    size_t min_steps, eta;
    size_t rate;      /* rungs lie at min_steps * eta^(rate + k) */
    size_t bootstrap; /* this many of the first at a rung are stopped */
    run_rung *rungs;  /* (n_rungs) begins as NULL */
    size_t n_rungs;
} run_rungs;

/* Take a report of a trial that has passed *rung rungs; says whether it stops.
 * errors   NOMEM */
SWP_CHECKED swp_status run_rungs_report(run_rungs *all, size_t *rung, size_t step, double value,
                                        bool *stops, swp_err *err);
void run_rungs_deinit(run_rungs *all);

/* Hyperband's brackets of asynchronous halving, bracket b with rate b: their number, and the share
 * of trials in each.
 * source   Li et al. 2016 (arXiv 1603.06560) */
size_t run_hyperband_brackets(size_t max_steps, size_t min_steps, size_t eta);
size_t run_hyperband_share(size_t brackets, size_t eta, size_t bracket);

#endif
