/* How trials are read by default: at one threshold and one epoch count, so that tables, charts and
 * pages of a study agree. */
#ifndef RES_DEFAULTS_H
#define RES_DEFAULTS_H

#include "results/query/study.h"

typedef struct res_default {
    res_threshold threshold;
    size_t epochs;   /* the largest planned count; 0 without evaluations */
    bool is_planned; /* the threshold is; else it is computed from the stored errors */
} res_default;

/* The reading of planned evaluations; its threshold is res_threshold_default (select.h). */
res_default res_default_of(const res_evaluation *planned, size_t n);

bool res_threshold_equal(res_threshold a, res_threshold b);

/* Whether labels chose it: those of the tuning part, or of the test set. */
bool res_threshold_by_labels(res_threshold threshold);

/* Whether evaluations are of several thresholds, or of several epoch counts. */
bool res_thresholds_differ(const res_evaluation *list, size_t n);
bool res_epochs_differ(const res_evaluation *list, size_t n);

/* Keep the evaluations of each trial with its largest epoch count; returns how many. `room` has
 * a number for each trial of the study. */
size_t res_keep_largest_epochs(res_evaluation *list, size_t n, uint32_t *room, size_t n_trials);

/* Whether a clause "KEY=VALUE" (select.h) chooses by RES_BY_THRESHOLD or RES_BY_EPOCHS. */
bool res_clauses_name(const res_study *study, const char *const *clauses, size_t n, int key);

#endif
