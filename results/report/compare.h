/* Two sets of evaluations side by side: what `sweep compare` prints. */
#ifndef RES_COMPARE_H
#define RES_COMPARE_H

#include "results/report/report.h"

/* Zero is the plain comparison. */
typedef struct res_compare_options {
    res_format format;
    res_evaluation_filter filter; /* thresholds and epoch counts instead of the planned ones */
    const char *const
        *where; /* (n_where) clauses "key=value" that evaluations of both sides must meet */
    size_t n_where;
} res_compare_options;

/* Every metric of the finished evaluations of `a` and `b`, their differences b - a, and Wilcoxon's
 * signed-rank test over pairs with its effect size. A side is written EXPERIMENT,
 * EXPERIMENT:EVALUATION (a number) or EXPERIMENT:KEY=VALUE,...; an empty EXPERIMENT is the one that
 * was run last. The clauses mean what they do in res_report_write.
 *
 * Of several thresholds or epoch counts that were not named, the default reading counts
 * (query/defaults.h). Parameters, epochs and thresholds of which the sides have no value in common
 * are what they differ in. The others pair: an evaluation of `a` belongs to the evaluations of `b`
 * that agree in them, and evaluations without such a partner are left out. With several splits of
 * the data each is one pair, a mean over its seeds, and the interval is widened for training sets
 * that overlap. Two single evaluations that judge the same sequences are also compared sequence by
 * sequence (McNemar). errors   as res_experiment_find and
 * res_evaluations_list; USAGE for an unknown key, or for several thresholds or
 * epoch counts of one trial that were named; CONFIG when a side has no finished evaluation or
 * no evaluation has a partner; IO when out cannot be written */
SWP_CHECKED swp_status res_compare_write(res_store *store, const char *a, const char *b,
                                         const res_compare_options *options, FILE *out,
                                         swp_err *err);

/* All pairs of configurations of one experiment by one metric (NULL: the one that ranks), with
 * Holm's correction over all of them. A configuration is what trials share that differ in seeds and
 * splits only; each trial is read once, as res_compare_write does.
 * errors   as res_compare_write; USAGE for an unknown metric; CONFIG for fewer than two
 *          configurations, or more than 200 */
SWP_CHECKED swp_status res_compare_all_write(res_store *store, const char *experiment,
                                             const char *metric, const res_compare_options *options,
                                             FILE *out, swp_err *err);

#endif
