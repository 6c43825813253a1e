/* Shared by the readers: the trial settings that differ within a revision. */
#ifndef RES_QUERY_PRIV_H
#define RES_QUERY_PRIV_H

#include "results/query/query.h"

typedef struct res_axes {
    size_t n;        /* settings that differ between trials of the revision */
    size_t n_trials; /* in grid order, as res_trials_list */
    char **names;    /* (n) without the section: "learning_rate" */
    char **values;   /* (n, n_trials) */
} res_axes;

/* owns     res_axes_deinit */
SWP_CHECKED swp_status res_axes_load(res_store *store, int64_t revision, size_t n_trials,
                                     res_axes *out, swp_err *err);

/* The same of chosen settings "section.key", whether they differ or not; one that a trial does
 * not have is "". */
SWP_CHECKED swp_status res_axes_load_keys(res_store *store, int64_t revision, size_t n_trials,
                                          const char *const *keys, size_t n, res_axes *out,
                                          swp_err *err);
void res_axes_deinit(res_axes *axes);
const char *res_axes_value(const res_axes *axes, size_t axis, size_t trial);

/* One trial without a revision: number 0, no label, all its epochs.
 * errors   CONFIG (no such trial), DB, NOMEM   owns     res_trials_free(*out, 1) */
SWP_CHECKED swp_status res_trial_find(res_store *store, int64_t trial, res_trial **out,
                                      swp_err *err);

/* Index of the trial with this number, which is among them; they are in order. */
size_t res_trial_index(const res_trial *list, size_t n, size_t number);

/* "pending", "done", "failed" */
const char *res_trial_status_name(res_trial_status status);

/* Leave out the evaluations whose `keep` is not set. */
void res_evaluations_keep(res_evaluation *list, size_t *n, const bool *keep);

#endif
