/* Epoch records with their errors and the state after them: the one door through which a trial
 * advances. */
#include <math.h>
#include <string.h>

#include "engine/base/mem.h"
#include "results/query/query.h"
#include "results/store/sql.h"

static bool all_finite(const float *values, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!isfinite(values[i]))
            return false;
    return true;
}

static swp_status check_finite(const res_epoch *epoch, swp_err *err)
{
    const char *what = NULL;
    if (!isfinite(epoch->train_loss))
        what = "train loss";
    else if (!isfinite(epoch->val_loss))
        what = "validation loss";
    else if (!all_finite(epoch->errors.val, epoch->errors.n_val) ||
             !all_finite(epoch->errors.test, epoch->errors.n_test) ||
             !all_finite(epoch->errors.anomaly, epoch->errors.n_anomaly))
        what = "error of a held-out sequence";
    if (!what)
        return SWP_OK;
    return swp_fail(err, SWP_NUMERIC, "non-finite %s at epoch %zu", what, epoch->epoch);
}

/* Epochs come one after the other; one that is there already was recorded by somebody else. */
static swp_status check_order(res_store *store, int64_t trial, size_t epoch, swp_err *err)
{
    res_sql sql = res_sql_open(store, "SELECT count(*) FROM epoch WHERE trial_id = ?");
    res_sql_int(&sql, trial);
    int64_t done = 0;
    swp_status status = res_sql_one(&sql, &done, err);
    if (status != SWP_OK || epoch == (size_t)done + 1)
        return status;
    if (epoch > (size_t)done)
        return swp_fail(err, SWP_INTERNAL, "trial %lld: expected epoch %zu, found %zu",
                        (long long)trial, (size_t)done + 1, epoch);
    status = swp_fail(err, SWP_BUSY, "%s: epoch %zu of trial %lld has been recorded already",
                      res_store_path(store), epoch, (long long)trial);
    swp_hint(err, "another `sweep run` works on the same experiment: wait until it is done");
    return status;
}

static swp_status insert_epoch(res_store *store, int64_t trial, const res_epoch *epoch,
                               swp_err *err)
{
    res_sql sql = res_sql_open(
        store, "INSERT INTO epoch (trial_id, epoch, train_loss, val_loss, train_s, eval_s, "
               "worker, begun_s, ended_s) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
    res_sql_int(&sql, trial);
    res_sql_size(&sql, epoch->epoch);
    res_sql_real(&sql, epoch->train_loss);
    res_sql_real(&sql, epoch->val_loss);
    res_sql_real(&sql, epoch->train_s);
    res_sql_real(&sql, epoch->eval_s);
    if (epoch->worker > 0) { /* else they stay NULL */
        res_sql_size(&sql, epoch->worker);
        res_sql_real(&sql, epoch->begun_s);
        res_sql_real(&sql, epoch->ended_s);
    }
    return res_sql_run(&sql, err);
}

static swp_status insert_errors(res_store *store, int64_t trial, size_t epoch, res_subset subset,
                                const float *errors, size_t n, swp_err *err)
{
    res_sql sql = res_sql_open(store, "INSERT INTO error_blob (trial_id, epoch, subset, "
                                      "errors) VALUES (?, ?, ?, ?)");
    res_sql_int(&sql, trial);
    res_sql_size(&sql, epoch);
    res_sql_text(&sql, res_subset_name(subset));
    res_sql_floats(&sql, errors, n);
    return res_sql_run(&sql, err);
}

static swp_status replace_state(res_store *store, int64_t trial, const res_epoch *epoch,
                                swp_err *err)
{
    res_sql sql =
        res_sql_open(store, "INSERT INTO state (trial_id, epoch, state) VALUES (?1, ?2, ?3) "
                            "ON CONFLICT DO UPDATE SET epoch = ?2, state = ?3");
    res_sql_int(&sql, trial);
    res_sql_size(&sql, epoch->epoch);
    res_sql_blob(&sql, epoch->state, epoch->state_bytes);
    return res_sql_run(&sql, err);
}

static swp_status record(res_store *store, int64_t trial, const res_epoch *epoch, swp_err *err)
{
    const res_errors *e = &epoch->errors;
    size_t n = epoch->epoch;
    swp_status status = check_order(store, trial, n, err);
    if (status == SWP_OK)
        status = insert_epoch(store, trial, epoch, err);
    if (status == SWP_OK)
        status = insert_errors(store, trial, n, RES_VAL, e->val, e->n_val, err);
    if (status == SWP_OK)
        status = insert_errors(store, trial, n, RES_TEST, e->test, e->n_test, err);
    if (status == SWP_OK)
        status = insert_errors(store, trial, n, RES_ANOMALY, e->anomaly, e->n_anomaly, err);
    if (status == SWP_OK)
        status = replace_state(store, trial, epoch, err);
    if (status == SWP_OK)
        status = res_model_keep(store, trial, epoch, err);
    if (status == SWP_OK)
        status = res_evaluations_finish(store, trial, err);
    return status;
}

swp_status res_epoch_record(res_store *store, int64_t trial, const res_epoch *epoch, swp_err *err)
{
    swp_status status = check_finite(epoch, err);
    if (status == SWP_OK)
        status = res_write_begin(store, err);
    if (status != SWP_OK)
        return status;
    return res_write_end(store, record(store, trial, epoch, err), err);
}

size_t res_selected_epoch(const double *val_loss, size_t epochs)
{
    size_t best = 0;
    for (size_t i = 1; i < epochs; i++)
        if (val_loss[i] < val_loss[best])
            best = i;
    return best + 1;
}

swp_status res_errors_load(res_store *store, int64_t trial, size_t epoch, res_errors *out,
                           void **block, swp_err *err)
{
    *out = (res_errors){0};
    *block = NULL;
    res_numbers numbers = {0};
    size_t n_subsets = 0;
    size_t *const sizes[] = {&out->n_val, &out->n_test, &out->n_anomaly};
    res_sql sql =
        res_sql_open(store, "SELECT errors FROM error_blob WHERE trial_id = ? AND epoch = ? "
                            "ORDER BY CASE subset WHEN 'val' THEN 1 WHEN 'test' THEN 2 ELSE 3 END");
    res_sql_int(&sql, trial);
    res_sql_size(&sql, epoch);
    while (n_subsets < RES_SUBSETS && res_sql_row(&sql))
        res_sql_append(&sql, 0, &numbers, sizes[n_subsets++]);
    swp_status status = res_sql_close(&sql, err);
    if (status == SWP_OK && n_subsets < RES_SUBSETS)
        status = swp_fail(err, SWP_CONFIG, "%s: no errors of trial %lld at epoch %zu",
                          res_store_path(store), (long long)trial, epoch);
    if (status != SWP_OK) {
        swp_free(numbers.values);
        *out = (res_errors){0};
        return status;
    }
    *block = numbers.values;
    out->val = numbers.values;
    out->test = out->val + out->n_val;
    out->anomaly = out->test + out->n_test;
    return SWP_OK;
}
