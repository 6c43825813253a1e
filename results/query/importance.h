/* How much a study's result depends on each of its parameters. */
#ifndef RES_STUDY_IMPORTANCE_H
#define RES_STUDY_IMPORTANCE_H

#include "results/query/study.h"
#include "results/stats/importance.h"

typedef struct res_importances {
    res_importance whole;
    size_t step_metric; /* whose values these are ... */
    size_t steps;       /* ... the best of each trial in its first steps: as many as all have */
    size_t *params;     /* (n) of the study, the largest share first */
    res_share *shares;  /* (n) */
    size_t n;
} res_importances;

/* Of the trials whose `use` is set (NULL: all) and that are done or stopped, all read after the
 * same number of steps, so that a trial that went on is not better for that alone. Seeds are noise,
 * not parameters. errors   CONFIG (too few such trials, or they differ in nothing), NOMEM owns
 * *out: res_importances_deinit, after a failure too */
SWP_CHECKED swp_status res_importances_make(const res_study *study, size_t step_metric,
                                            const bool *use, res_importances *out, swp_err *err);
void res_importances_deinit(res_importances *importances);

#endif
