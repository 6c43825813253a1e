/* Models that are kept: weights and reconstructions after the epochs that trials select. */
#include "results/store/sql.h"

static swp_status insert_weights(res_store *store, int64_t training, const res_epoch *epoch,
                                 swp_err *err)
{
    res_sql sql = res_sql_open(store, "INSERT INTO weights (training_id, epoch, safetensors) "
                                      "VALUES (?, ?, ?)");
    res_sql_int(&sql, training);
    res_sql_size(&sql, epoch->epoch);
    res_sql_blob(&sql, epoch->weights, epoch->weights_bytes);
    return res_sql_run(&sql, err);
}

static swp_status insert_reconstructions(res_store *store, int64_t training, const res_epoch *epoch,
                                         swp_err *err)
{
    res_sql sql = res_sql_open(store, "INSERT INTO reconstruction (training_id, epoch, series) "
                                      "VALUES (?, ?, ?)");
    res_sql_int(&sql, training);
    res_sql_size(&sql, epoch->epoch);
    res_sql_floats(&sql, epoch->reconstructions, epoch->n_reconstructions);
    return res_sql_run(&sql, err);
}

/* An epoch that was the best until this one did is still selected by trials that end between the
 * two, and by no others. The two statements differ in the table only. */
static swp_status drop_surpassed(res_store *store, int64_t training, size_t epoch, swp_err *err)
{
    res_sql sql = res_sql_open(
        store, "DELETE FROM weights WHERE training_id = ?1 AND epoch < ?2 AND NOT EXISTS ("
               "SELECT 1 FROM trial WHERE trial.training_id = ?1 AND trial.epochs >= weights.epoch "
               "AND trial.epochs < ?2)");
    res_sql_int(&sql, training);
    res_sql_size(&sql, epoch);
    swp_status status = res_sql_run(&sql, err);
    if (status != SWP_OK)
        return status;
    sql =
        res_sql_open(store, "DELETE FROM reconstruction WHERE training_id = ?1 AND epoch < ?2 AND "
                            "NOT EXISTS (SELECT 1 FROM trial WHERE trial.training_id = ?1 AND "
                            "trial.epochs >= reconstruction.epoch AND trial.epochs < ?2)");
    res_sql_int(&sql, training);
    res_sql_size(&sql, epoch);
    return res_sql_run(&sql, err);
}

swp_status res_model_keep(res_store *store, int64_t training, const res_epoch *epoch, swp_err *err)
{
    swp_status status = SWP_OK;
    if (epoch->weights || epoch->reconstructions)
        status = drop_surpassed(store, training, epoch->epoch, err);
    if (status == SWP_OK && epoch->weights)
        status = insert_weights(store, training, epoch, err);
    if (status == SWP_OK && epoch->reconstructions)
        status = insert_reconstructions(store, training, epoch, err);
    return status;
}
