/* Evaluations of a command's trials, for evaluations.c. */
#ifndef RES_READINGS_H
#define RES_READINGS_H

#include "results/query/study.h"

/* Select the best steps by the objective of the revision, which is read from the store.
 * errors   DB, NOMEM */
SWP_CHECKED swp_status res_objective_load(res_store *store, res_study *study, swp_err *err);

/* As res_evaluations_list of a command's study. */
SWP_CHECKED swp_status res_readings_list(const res_study *study,
                                         const res_evaluation_filter *filter, res_evaluation **out,
                                         size_t *n, swp_err *err);

#endif
