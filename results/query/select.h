/* Choosing evaluations by what they were made with: "learning_rate=1e-3", "epochs=25". */
#ifndef RES_SELECT_H
#define RES_SELECT_H

#include "results/query/study.h"

/* "did you mean NAME?" if a name is near, else all of them. */
void res_hint_nearest(const char *found, const char *const *names, size_t n, swp_err *err);

#define RES_KEY_EPOCHS     "train.epochs"
#define RES_KEY_THRESHOLD  "eval.threshold"
#define RES_KEY_SPLIT_SEED "data.split_seed" /* trials that differ in it repeat a configuration */

/* What evaluations may be chosen or grouped by: a parameter of the study, or one of these. */
enum { RES_BY_EPOCHS = -1, RES_BY_THRESHOLD = -2 };

/* The parameter (its index), RES_BY_EPOCHS or RES_BY_THRESHOLD that `name` of this length stands
 * for: a key, or the name of a column. errors   USAGE with the nearest name */
SWP_CHECKED swp_status res_key_find(const res_study *study, const char *name, size_t length,
                                    int *out, swp_err *err);

/* Keep the evaluations that agree with clauses "key=value": with one of those that name the same
 * key, with all keys. A value is meant as it is stored or as it is shown; numbers agree by value.
 * errors   USAGE (no such key, no value), CONFIG (no evaluation agrees; the hint tells the values),
 *          NOMEM */
SWP_CHECKED swp_status res_select(const res_study *study, const char *const *clauses,
                                  size_t n_clauses, res_evaluation *evaluations, size_t *n,
                                  swp_err *err);

/* The threshold that tables, charts and the page show where none is asked for: the only one that is
 * planned; of several the percentile of the validation errors nearest to p95; p95 where none of
 * them is a percentile, since a number that fits one model does not fit another. `planned`
 * (n) may hold a threshold more than once. */
res_threshold res_threshold_default(const res_threshold *planned, size_t n);

#endif
