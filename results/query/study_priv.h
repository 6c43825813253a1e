/* What reading a study and bringing it up to date share. */
#ifndef RES_STUDY_PRIV_H
#define RES_STUDY_PRIV_H

#include "results/query/study.h"
#include "results/store/sql.h"

res_state res_state_at(res_sql *sql, int column);

/* Note the number of the step at `place`, from 0. Steps come without gaps but for a command's:
 * anything else is damage. errors false: damage, or no memory */
bool res_study_set_step(res_trial *t, size_t place, size_t number);

/* Ids of the store's metrics with the index that each has in the study. */
typedef struct res_metric_ids {
    struct {
        int64_t id;
        size_t index;
    } * list; /* (n) */
    size_t n;
} res_metric_ids;

/* Append the metrics of steps to a study without any, and their ids. owns ids->list: swp_free */
SWP_CHECKED swp_status res_step_metrics_load(res_store *store, res_study *study,
                                             res_metric_ids *ids, swp_err *err);

/* Read the values of a trial's steps behind the step `after` (0: all). errors DB (damaged: the
 * trial has no such step, or the study no such metric), NOMEM */
SWP_CHECKED swp_status res_study_values_load(res_store *store, res_trial *t, size_t after,
                                             const res_metric_ids *ids, swp_err *err);

#endif
