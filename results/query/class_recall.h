/* How many sequences of each abnormal class an evaluation detects. */
#ifndef RES_CLASS_RECALL_H
#define RES_CLASS_RECALL_H

#include "results/query/study.h"

typedef struct res_class_count {
    size_t correct, total; /* anomalies of the class with error > threshold; all of them */
} res_class_count;

typedef struct res_class_recalls {
    char **labels; /* (n) classes among the anomalies, in the data set's order */
    size_t n;
    res_class_count *counts; /* (evaluations, stride), of which the first n are used */
    size_t stride;
} res_class_recalls;

/* Counts of n evaluations; those that are not finished have none.
 * errors   CONFIG (an older program did not record the classes), DB, NOMEM
 * owns     *out: res_class_recalls_deinit */
SWP_CHECKED swp_status res_class_recalls_load(res_store *store, const res_study *study,
                                              const res_evaluation *evaluations,
                                              size_t n_evaluations, res_class_recalls *out,
                                              swp_err *err);
void res_class_recalls_deinit(res_class_recalls *recalls);

#endif
