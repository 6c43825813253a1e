/* Shared by the readers: the training settings that differ within a revision. */
#ifndef RES_QUERY_PRIV_H
#define RES_QUERY_PRIV_H

#include "results/query/query.h"

typedef struct res_axes {
    size_t n;           /* settings that differ between trainings of the revision */
    size_t n_trainings; /* in grid order, as res_trainings_list */
    char **names;       /* (n) without the section: "learning_rate" */
    char **values;      /* (n, n_trainings) */
} res_axes;

/* owns     res_axes_deinit */
SWP_CHECKED swp_status res_axes_load(res_store *store, int64_t revision, size_t n_trainings,
                                     res_axes *out, swp_err *err);

/* The same of chosen settings "section.key", whether they differ or not; one that a training does
 * not have is "". */
SWP_CHECKED swp_status res_axes_load_keys(res_store *store, int64_t revision, size_t n_trainings,
                                          const char *const *keys, size_t n, res_axes *out,
                                          swp_err *err);
void res_axes_deinit(res_axes *axes);
const char *res_axes_value(const res_axes *axes, size_t axis, size_t training);

/* One training without a revision: number 0, no label, all its epochs.
 * errors   CONFIG (no such training), DB, NOMEM   owns     res_trainings_free(*out, 1) */
SWP_CHECKED swp_status res_training_find(res_store *store, int64_t training, res_training **out,
                                         swp_err *err);

/* Index of the training with this number, which is among them; they are in order. */
size_t res_training_index(const res_training *list, size_t n, size_t number);

/* "pending", "done", "failed" */
const char *res_training_status_name(res_training_status status);

/* Leave out the trials whose `keep` is not set. */
void res_trials_keep(res_trial *list, size_t *n, const bool *keep);

#endif
