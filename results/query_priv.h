/* Shared by the readers: the training settings that differ within a revision. */
#ifndef RES_QUERY_PRIV_H
#define RES_QUERY_PRIV_H

#include "results/query.h"

typedef struct res_axes {
    size_t n;           /* settings that differ between trainings of the revision */
    size_t n_trainings; /* in grid order, as res_trainings_list */
    char **names;       /* (n) without the section: "learning_rate" */
    char **values;      /* (n, n_trainings) */
} res_axes;

/* owns     res_axes_deinit */
SWP_CHECKED swp_status res_axes_load(res_store *store, int64_t revision, size_t n_trainings,
                                     res_axes *out, swp_err *err);
void res_axes_deinit(res_axes *axes);
const char *res_axes_value(const res_axes *axes, size_t axis, size_t training);

/* One training without a revision: number 0, no label, all its epochs.
 * errors   CONFIG (no such training), DB, NOMEM   owns     res_trainings_free(*out, 1) */
SWP_CHECKED swp_status res_training_find(res_store *store, int64_t training, res_training **out,
                                         swp_err *err);

#endif
