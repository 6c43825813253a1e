/* How the trials of a study stand by its objective: what the report of a search, its charts and
 * `watch` show. */
#ifndef RES_STANDING_H
#define RES_STANDING_H

#include "results/query/study.h"

typedef struct res_standing {
    double *of; /* (trials of the study) the objective at a trial's best step so far; NAN without a
                   step, and of failed trials */
    size_t *at; /* (trials of the study) that step; 0: none */
    size_t *order; /* (n) trials with such a value, the best first, of equals the first; without
                      those that only confirm others */
    size_t n;
    size_t *path; /* (n_path) of them, by number, those that are better than all before */
    size_t n_path;
} res_standing;

/* Of the trials whose `use` is set (NULL: all). errors   NOMEM   owns   *out: res_standing_deinit,
 * after a failure too */
SWP_CHECKED swp_status res_standing_make(const res_study *study, const bool *use, res_standing *out,
                                         swp_err *err);
void res_standing_deinit(res_standing *standing);

/* The name of the objective, and whether one of its values is better than another. */
const char *res_objective_name(const res_study *study);
bool res_objective_better(const res_study *study, double a, double b);

#endif
