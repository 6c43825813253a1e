/* Trainings: found or added by key, linked to revisions, failed, resumed. */
#include <math.h>

#include "results/store/sql.h"

swp_status res_training_find_key(res_store *store, int64_t revision, const char *key, int64_t *id,
                                 swp_err *err)
{
    res_sql sql = res_sql_open(
        store, "SELECT training.id FROM revision "
               "JOIN training USING (experiment_id, generation) WHERE revision.id = ? AND key = ?");
    res_sql_int(&sql, revision);
    res_sql_text(&sql, key);
    *id = 0;
    return res_sql_one(&sql, id, err);
}

static swp_status add_training(res_store *store, int64_t revision, const res_training_spec *spec,
                               int64_t *id, swp_err *err)
{
    res_sql sql = res_sql_open(
        store, "INSERT INTO training (experiment_id, generation, key, data_set_id, arch, "
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
                         "INSERT INTO training_setting (training_id, position, key, value) "
                         "VALUES (?, ?, ?, ?)",
                         *id, spec->settings, spec->n_settings, err);
}

/* What an older program has recorded without its split. */
static swp_status complete_training(res_store *store, int64_t training, int64_t split, swp_err *err)
{
    res_sql sql = res_sql_open(
        store, "UPDATE training SET split_id = nullif(?, 0) WHERE id = ? AND split_id IS NULL");
    res_sql_int(&sql, split);
    res_sql_int(&sql, training);
    return res_sql_run(&sql, err);
}

/* Under one number a revision keeps its training for good: its trials point there. */
static swp_status check_link(res_store *store, int64_t revision, size_t number, int64_t training,
                             swp_err *err)
{
    res_sql sql = res_sql_open(store, "SELECT training_id FROM revision_training "
                                      "WHERE revision_id = ? AND number = ?");
    res_sql_int(&sql, revision);
    res_sql_size(&sql, number);
    int64_t present = training;
    swp_status status = res_sql_one(&sql, &present, err);
    if (status != SWP_OK || present == training)
        return status;
    status =
        swp_fail(err, SWP_CONFIG,
                 "training %zu: its data is not what was recorded under the same settings", number);
    swp_hint(err, "--fresh starts over and keeps the old results as an older revision");
    return status;
}

static swp_status link_training(res_store *store, int64_t revision, size_t number, int64_t training,
                                size_t max_epochs, swp_err *err)
{
    swp_status status = check_link(store, revision, number, training, err);
    if (status != SWP_OK)
        return status;
    res_sql sql = res_sql_open(
        store, "INSERT INTO revision_training (revision_id, number, training_id, max_epochs) "
               "VALUES (?, ?, ?, ?) ON CONFLICT (revision_id, number) DO NOTHING");
    res_sql_int(&sql, revision);
    res_sql_size(&sql, number);
    res_sql_int(&sql, training);
    res_sql_size(&sql, max_epochs);
    return res_sql_run(&sql, err);
}

static swp_status read_state(res_store *store, int64_t training, size_t max_epochs,
                             res_training_state *out, swp_err *err)
{
    res_sql sql =
        res_sql_open(store, "SELECT failure IS NOT NULL, count(epoch), min(val_loss) FROM training "
                            "LEFT JOIN epoch ON training_id = training.id WHERE training.id = ?");
    res_sql_int(&sql, training);
    bool failed = false;
    *out = (res_training_state){
        .id = training, .status = RES_PENDING, .best_val_loss = (double)INFINITY};
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

static swp_status ensure_training(res_store *store, int64_t revision, size_t number,
                                  const res_training_spec *spec, res_training_state *out,
                                  swp_err *err)
{
    int64_t id;
    swp_status status = res_training_find_key(store, revision, spec->key, &id, err);
    if (status == SWP_OK && id == 0)
        status = add_training(store, revision, spec, &id, err);
    else if (status == SWP_OK)
        status = complete_training(store, id, spec->split, err);
    if (status == SWP_OK)
        status = link_training(store, revision, number, id, spec->max_epochs, err);
    return status == SWP_OK ? read_state(store, id, spec->max_epochs, out, err) : status;
}

swp_status res_training_ensure(res_store *store, int64_t revision, size_t number,
                               const res_training_spec *spec, res_training_state *out, swp_err *err)
{
    swp_status status = res_write_begin(store, err);
    if (status != SWP_OK)
        return status;
    return res_write_end(store, ensure_training(store, revision, number, spec, out, err), err);
}

static swp_status set_failure(res_store *store, int64_t training, const char *reason, swp_err *err)
{
    swp_status status = res_write_begin(store, err);
    if (status != SWP_OK)
        return status;
    int64_t found = 0;
    res_sql sql = res_sql_open(store, "UPDATE training SET failure = ? WHERE id = ? RETURNING id");
    res_sql_text(&sql, reason); /* NULL binds NULL */
    res_sql_int(&sql, training);
    status = res_sql_one(&sql, &found, err);
    if (status == SWP_OK && found != training)
        status = swp_fail(err, SWP_INTERNAL, "%s: there is no training %lld", res_store_path(store),
                          (long long)training);
    return res_write_end(store, status, err);
}

swp_status res_training_fail(res_store *store, int64_t training, const char *reason, swp_err *err)
{
    return set_failure(store, training, reason, err);
}

swp_status res_training_retry(res_store *store, int64_t training, swp_err *err)
{
    return set_failure(store, training, NULL, err);
}

swp_status res_state_load(res_store *store, int64_t training, void **state, size_t *state_bytes,
                          swp_err *err)
{
    *state = NULL;
    *state_bytes = 0;
    res_sql sql = res_sql_open(store, "SELECT state FROM state WHERE training_id = ?1 AND epoch = "
                                      "(SELECT count(*) FROM epoch WHERE training_id = ?1)");
    res_sql_int(&sql, training);
    if (res_sql_row(&sql))
        *state = res_sql_bytes_at(&sql, 0, state_bytes);
    return res_sql_close(&sql, err);
}
