/* Methods that are not trained, beside the models of a study: what they make of the same test
 * sequences, judged by the same rules. */
#ifndef RES_BASELINE_H
#define RES_BASELINE_H

#include "results/query/metric.h"

/* A baseline on one split. */
typedef struct res_baseline {
    res_baseline_method method;
    size_t components; /* of PCA; else 0 */
    int64_t split;
    res_errors errors;
    res_ranking ranking; /* of these */
    void *block;         /* which the errors point into */
} res_baseline;

/* The baselines of the splits of those trials of a study whose `use` (trials) is set (NULL: of
 * all): the mean, PCA with as many components as a trial compresses a sequence to, ascending, the
 * nearest neighbour; those of one method and number stand together. None of a command, or where an
 * older program recorded the study. errors DB (damaged), NOMEM   owns   *out: res_baselines_free */
SWP_CHECKED swp_status res_baselines_load(res_store *store, const res_study *study, const bool *use,
                                          res_baseline **out, size_t *n, swp_err *err);
void res_baselines_free(res_baseline *list, size_t n);

/* The index after the baselines that are the same as that at `i`, on other splits. */
size_t res_baselines_end(const res_baseline *list, size_t n, size_t i);

/* "mean", "pca", "neighbour" */
const char *res_baseline_word(res_baseline_method method);

/* "distance to the mean", "PCA, 8 components", "nearest neighbour" */
#define RES_BASELINE_TITLE_SIZE 48
char *res_baseline_title(const res_baseline *baseline, char out[RES_BASELINE_TITLE_SIZE]);

/* The threshold that a baseline is read at beside models read at `threshold`: the same rule. A
 * number is in units of the models' errors: p95 instead. */
res_threshold res_baseline_threshold(res_threshold threshold);

/* Judge the test sequences at a threshold. errors CONFIG (too few errors for the rule) */
SWP_CHECKED swp_status res_baseline_count(const res_baseline *baseline, res_threshold threshold,
                                          double *threshold_value, res_counts *out, swp_err *err);

/* A metric from RES_THRESHOLD_NUMBER to RES_AUPRC; NAN of the others. `counts` and value as
 * res_baseline_count has them. */
double res_baseline_metric(const res_baseline *baseline, double threshold_value,
                           const res_counts *counts, size_t metric);

#endif
