/* Stored models: weights and reconstructions after the steps that evaluations select. */
#include "results/store/sql.h"

static swp_status insert_weights(res_store *store, int64_t trial, const res_step *step,
                                 swp_err *err)
{
    res_sql sql = res_sql_open(store, "INSERT INTO weights (trial_id, step, safetensors) "
                                      "VALUES (?, ?, ?)");
    res_sql_int(&sql, trial);
    res_sql_size(&sql, step->step);
    res_sql_blob(&sql, step->weights, step->weights_bytes);
    return res_sql_run(&sql, err);
}

static swp_status insert_reconstructions(res_store *store, int64_t trial, const res_step *step,
                                         swp_err *err)
{
    res_sql sql = res_sql_open(store, "INSERT INTO reconstruction (trial_id, step, series) "
                                      "VALUES (?, ?, ?)");
    res_sql_int(&sql, trial);
    res_sql_size(&sql, step->step);
    res_sql_floats(&sql, step->reconstructions, step->n_reconstructions);
    return res_sql_run(&sql, err);
}

/* A step that was the best until this one is still selected by evaluations that end between the
 * two, and by no others. The two statements differ in the table only. */
static swp_status drop_surpassed(res_store *store, int64_t trial, size_t step, swp_err *err)
{
    res_sql sql = res_sql_open(
        store, "DELETE FROM weights WHERE trial_id = ?1 AND step < ?2 AND NOT EXISTS ("
               "SELECT 1 FROM evaluation WHERE evaluation.trial_id = ?1 AND evaluation.epochs >= "
               "weights.step AND evaluation.epochs < ?2)");
    res_sql_int(&sql, trial);
    res_sql_size(&sql, step);
    swp_status status = res_sql_run(&sql, err);
    if (status != SWP_OK)
        return status;
    sql = res_sql_open(store,
                       "DELETE FROM reconstruction WHERE trial_id = ?1 AND step < ?2 AND "
                       "NOT EXISTS (SELECT 1 FROM evaluation WHERE evaluation.trial_id = ?1 AND "
                       "evaluation.epochs >= reconstruction.step AND evaluation.epochs < ?2)");
    res_sql_int(&sql, trial);
    res_sql_size(&sql, step);
    return res_sql_run(&sql, err);
}

swp_status res_model_keep(res_store *store, int64_t trial, const res_step *step, swp_err *err)
{
    swp_status status = SWP_OK;
    if (step->weights || step->reconstructions)
        status = drop_surpassed(store, trial, step->step, err);
    if (status == SWP_OK && step->weights)
        status = insert_weights(store, trial, step, err);
    if (status == SWP_OK && step->reconstructions)
        status = insert_reconstructions(store, trial, step, err);
    return status;
}
