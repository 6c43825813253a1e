/* Trials: found or added by key, linked to revisions, failed, resumed. */
#include <math.h>

#include "results/store/sql.h"

swp_status res_trial_find_key(res_store *store, int64_t revision, const char *key, int64_t *id,
                              swp_err *err)
{
    res_sql sql = res_sql_open(
        store, "SELECT trial.id FROM revision "
               "JOIN trial USING (experiment_id, generation) WHERE revision.id = ? AND key = ?");
    res_sql_int(&sql, revision);
    res_sql_text(&sql, key);
    *id = 0;
    return res_sql_one(&sql, id, err);
}

static swp_status add_trial(res_store *store, int64_t revision, const res_trial_spec *spec,
                            int64_t *id, swp_err *err)
{
    res_sql sql =
        res_sql_open(store, "INSERT INTO trial (experiment_id, generation, key, data_set_id, arch, "
                            "embedding_dim, seed, split_id) "
                            "SELECT experiment_id, generation, ?, ?, ?, ?, ?, nullif(?, 0) "
                            "FROM revision WHERE id = ? RETURNING id");
    res_sql_text(&sql, spec->key);
    res_sql_int(&sql, spec->data);
    res_sql_text(&sql, spec->arch);
    res_sql_size(&sql, spec->embedding_dim);
    res_sql_int(&sql, spec->seed);
    res_sql_int(&sql, spec->split);
    res_sql_int(&sql, revision);
    swp_status status = res_sql_one(&sql, id, err);
    if (status != SWP_OK)
        return status;
    return res_pairs_add(store,
                         "INSERT INTO trial_param (trial_id, position, key, value) "
                         "VALUES (?, ?, ?, ?)",
                         *id, spec->settings, spec->n_settings, err);
}

/* What an older program has recorded without its split. */
static swp_status complete_trial(res_store *store, int64_t trial, int64_t split, swp_err *err)
{
    res_sql sql = res_sql_open(
        store, "UPDATE trial SET split_id = nullif(?, 0) WHERE id = ? AND split_id IS NULL");
    res_sql_int(&sql, split);
    res_sql_int(&sql, trial);
    return res_sql_run(&sql, err);
}

/* Under one number a revision keeps its trial for good: its evaluations point there. */
static swp_status check_link(res_store *store, int64_t revision, size_t number, int64_t trial,
                             swp_err *err)
{
    res_sql sql = res_sql_open(store, "SELECT trial_id FROM revision_trial "
                                      "WHERE revision_id = ? AND number = ?");
    res_sql_int(&sql, revision);
    res_sql_size(&sql, number);
    int64_t present = trial;
    swp_status status = res_sql_one(&sql, &present, err);
    if (status != SWP_OK || present == trial)
        return status;
    status =
        swp_fail(err, SWP_CONFIG,
                 "trial %zu: its data is not what was recorded under the same settings", number);
    swp_hint(err, "--fresh starts over and keeps the old results as an older revision");
    return status;
}

static swp_status link_trial(res_store *store, int64_t revision, size_t number, int64_t trial,
                             size_t max_epochs, swp_err *err)
{
    swp_status status = check_link(store, revision, number, trial, err);
    if (status != SWP_OK)
        return status;
    res_sql sql = res_sql_open(
        store, "INSERT INTO revision_trial (revision_id, number, trial_id, max_epochs) "
               "VALUES (?, ?, ?, ?) ON CONFLICT (revision_id, number) DO NOTHING");
    res_sql_int(&sql, revision);
    res_sql_size(&sql, number);
    res_sql_int(&sql, trial);
    res_sql_size(&sql, max_epochs);
    return res_sql_run(&sql, err);
}

static swp_status read_state(res_store *store, int64_t trial, size_t max_epochs,
                             res_trial_state *out, swp_err *err)
{
    res_sql sql =
        res_sql_open(store, "SELECT failure IS NOT NULL, count(epoch), min(val_loss) FROM trial "
                            "LEFT JOIN epoch ON trial_id = trial.id WHERE trial.id = ?");
    res_sql_int(&sql, trial);
    bool failed = false;
    *out = (res_trial_state){.id = trial, .status = RES_PENDING, .best_val_loss = (double)INFINITY};
    if (res_sql_row(&sql)) {
        failed = res_sql_int_at(&sql, 0) != 0;
        out->epochs_done = res_sql_size_at(&sql, 1);
        if (out->epochs_done > 0)
            out->best_val_loss = res_sql_real_at(&sql, 2);
    }
    if (out->epochs_done >= max_epochs)
        out->status = RES_DONE;
    else if (failed)
        out->status = RES_FAILED;
    return res_sql_close(&sql, err);
}

static swp_status ensure_trial(res_store *store, int64_t revision, size_t number,
                               const res_trial_spec *spec, res_trial_state *out, swp_err *err)
{
    int64_t id;
    swp_status status = res_trial_find_key(store, revision, spec->key, &id, err);
    if (status == SWP_OK && id == 0)
        status = add_trial(store, revision, spec, &id, err);
    else if (status == SWP_OK)
        status = complete_trial(store, id, spec->split, err);
    if (status == SWP_OK)
        status = link_trial(store, revision, number, id, spec->max_epochs, err);
    return status == SWP_OK ? read_state(store, id, spec->max_epochs, out, err) : status;
}

swp_status res_trial_ensure(res_store *store, int64_t revision, size_t number,
                            const res_trial_spec *spec, res_trial_state *out, swp_err *err)
{
    swp_status status = res_write_begin(store, err);
    if (status != SWP_OK)
        return status;
    return res_write_end(store, ensure_trial(store, revision, number, spec, out, err), err);
}

static swp_status set_failure(res_store *store, int64_t trial, const char *reason, swp_err *err)
{
    swp_status status = res_write_begin(store, err);
    if (status != SWP_OK)
        return status;
    int64_t found = 0;
    res_sql sql = res_sql_open(store, "UPDATE trial SET failure = ? WHERE id = ? RETURNING id");
    res_sql_text(&sql, reason); /* NULL binds NULL */
    res_sql_int(&sql, trial);
    status = res_sql_one(&sql, &found, err);
    if (status == SWP_OK && found != trial)
        status = swp_fail(err, SWP_INTERNAL, "%s: there is no trial %lld", res_store_path(store),
                          (long long)trial);
    return res_write_end(store, status, err);
}

swp_status res_trial_fail(res_store *store, int64_t trial, const char *reason, swp_err *err)
{
    return set_failure(store, trial, reason, err);
}

swp_status res_trial_retry(res_store *store, int64_t trial, swp_err *err)
{
    return set_failure(store, trial, NULL, err);
}

swp_status res_state_load(res_store *store, int64_t trial, void **state, size_t *state_bytes,
                          swp_err *err)
{
    *state = NULL;
    *state_bytes = 0;
    res_sql sql = res_sql_open(store, "SELECT state FROM state WHERE trial_id = ?1 AND epoch = "
                                      "(SELECT count(*) FROM epoch WHERE trial_id = ?1)");
    res_sql_int(&sql, trial);
    if (res_sql_row(&sql))
        *state = res_sql_bytes_at(&sql, 0, state_bytes);
    return res_sql_close(&sql, err);
}
