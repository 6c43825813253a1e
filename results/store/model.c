/* Models that are kept: weights and reconstructions after the epochs that evaluations select. */
#include "results/store/sql.h"

static swp_status insert_weights(res_store *store, int64_t trial, const res_epoch *epoch,
                                 swp_err *err)
{
    res_sql sql = res_sql_open(store, "INSERT INTO weights (trial_id, epoch, safetensors) "
                                      "VALUES (?, ?, ?)");
    res_sql_int(&sql, trial);
    res_sql_size(&sql, epoch->epoch);
    res_sql_blob(&sql, epoch->weights, epoch->weights_bytes);
    return res_sql_run(&sql, err);
}

static swp_status insert_reconstructions(res_store *store, int64_t trial, const res_epoch *epoch,
                                         swp_err *err)
{
    res_sql sql = res_sql_open(store, "INSERT INTO reconstruction (trial_id, epoch, series) "
                                      "VALUES (?, ?, ?)");
    res_sql_int(&sql, trial);
    res_sql_size(&sql, epoch->epoch);
    res_sql_floats(&sql, epoch->reconstructions, epoch->n_reconstructions);
    return res_sql_run(&sql, err);
}

/* An epoch that was the best until this one did is still selected by evaluations that end between
 * the two, and by no others. The two statements differ in the table only. */
static swp_status drop_surpassed(res_store *store, int64_t trial, size_t epoch, swp_err *err)
{
    res_sql sql = res_sql_open(
        store, "DELETE FROM weights WHERE trial_id = ?1 AND epoch < ?2 AND NOT EXISTS ("
               "SELECT 1 FROM evaluation WHERE evaluation.trial_id = ?1 AND evaluation.epochs >= "
               "weights.epoch "
               "AND evaluation.epochs < ?2)");
    res_sql_int(&sql, trial);
    res_sql_size(&sql, epoch);
    swp_status status = res_sql_run(&sql, err);
    if (status != SWP_OK)
        return status;
    sql = res_sql_open(store,
                       "DELETE FROM reconstruction WHERE trial_id = ?1 AND epoch < ?2 AND "
                       "NOT EXISTS (SELECT 1 FROM evaluation WHERE evaluation.trial_id = ?1 AND "
                       "evaluation.epochs >= reconstruction.epoch AND evaluation.epochs < ?2)");
    res_sql_int(&sql, trial);
    res_sql_size(&sql, epoch);
    return res_sql_run(&sql, err);
}

swp_status res_model_keep(res_store *store, int64_t trial, const res_epoch *epoch, swp_err *err)
{
    swp_status status = SWP_OK;
    if (epoch->weights || epoch->reconstructions)
        status = drop_surpassed(store, trial, epoch->epoch, err);
    if (status == SWP_OK && epoch->weights)
        status = insert_weights(store, trial, epoch, err);
    if (status == SWP_OK && epoch->reconstructions)
        status = insert_reconstructions(store, trial, epoch, err);
    return status;
}
