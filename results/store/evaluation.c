/* Trials: planned in bulk, finished as soon as their training has recorded enough epochs. */
#include "engine/base/mem.h"
#include "results/query/query.h"
#include "results/store/sql.h"

/* A trial without a result whose training has the epochs for one. */
typedef struct waiting {
    int64_t id;
    size_t epochs;
    res_threshold threshold;
} waiting;

static swp_status list_waiting(res_store *store, int64_t training, waiting **out, size_t *n,
                               swp_err *err)
{
    res_sql sql = res_sql_open(
        store,
        "SELECT id, epochs, threshold FROM trial WHERE training_id = ?1 "
        "AND epochs <= (SELECT count(*) FROM epoch WHERE training_id = ?1) "
        "AND NOT EXISTS (SELECT 1 FROM trial_result WHERE trial_id = trial.id) ORDER BY epochs");
    res_sql_int(&sql, training);
    while (res_sql_row(&sql)) {
        waiting *grown = res_grow(*out, *n, sizeof **out);
        if (!grown) {
            res_sql_out_of_memory(&sql);
            break;
        }
        *out = grown;
        grown[(*n)++] = (waiting){
            .id = res_sql_int_at(&sql, 0),
            .epochs = res_sql_size_at(&sql, 1),
            .threshold = res_sql_threshold_at(&sql, 2),
        };
    }
    return res_sql_close(&sql, err);
}

static swp_status find_selected(res_store *store, int64_t training, size_t epochs,
                                int64_t *selected, swp_err *err)
{
    res_sql sql = res_sql_open(store, "SELECT epoch FROM epoch WHERE training_id = ? AND "
                                      "epoch <= ? ORDER BY val_loss, epoch LIMIT 1");
    res_sql_int(&sql, training);
    res_sql_size(&sql, epochs);
    return res_sql_one(&sql, selected, err);
}

static swp_status insert_result(res_store *store, int64_t trial, size_t selected, double threshold,
                                const res_counts *counts, swp_err *err)
{
    res_sql sql =
        res_sql_open(store, "INSERT INTO trial_result (trial_id, selected_epoch, threshold_value, "
                            "normal_correct, normal_total, anomaly_correct, anomaly_total) "
                            "VALUES (?, ?, ?, ?, ?, ?, ?)");
    res_sql_int(&sql, trial);
    res_sql_size(&sql, selected);
    res_sql_real(&sql, threshold);
    res_sql_size(&sql, counts->normal_correct);
    res_sql_size(&sql, counts->normal_total);
    res_sql_size(&sql, counts->anomaly_correct);
    res_sql_size(&sql, counts->anomaly_total);
    return res_sql_run(&sql, err);
}

/* Finish trials that ask for the same number of epochs and so read the same errors. */
static swp_status finish_group(res_store *store, int64_t training, const waiting *trials, size_t n,
                               swp_err *err)
{
    int64_t selected = 0;
    swp_status status = find_selected(store, training, trials[0].epochs, &selected, err);
    if (status != SWP_OK)
        return status;
    res_errors errors;
    void *block = NULL;
    status = res_errors_load(store, training, (size_t)selected, &errors, &block, err);
    for (size_t i = 0; i < n && status == SWP_OK; i++) {
        double threshold;
        status = res_threshold_resolve(trials[i].threshold, &errors, &threshold, err);
        if (status != SWP_OK)
            break;
        res_counts counts = res_count(&errors, threshold);
        status = insert_result(store, trials[i].id, (size_t)selected, threshold, &counts, err);
    }
    swp_free(block);
    return status;
}

swp_status res_trials_finish(res_store *store, int64_t training, swp_err *err)
{
    waiting *trials = NULL;
    size_t n = 0;
    swp_status status = list_waiting(store, training, &trials, &n, err);
    for (size_t from = 0, to; from < n && status == SWP_OK; from = to) {
        for (to = from + 1; to < n && trials[to].epochs == trials[from].epochs;)
            to++;
        status = finish_group(store, training, trials + from, to - from, err);
    }
    swp_free(trials);
    return status;
}

static swp_status insert_trial(res_store *store, int64_t revision, const res_trial_spec *trial,
                               swp_err *err)
{
    res_sql sql = res_sql_open(
        store, "INSERT INTO trial (revision_id, number, training_id, epochs, threshold) "
               "VALUES (?, ?, ?, ?, ?) ON CONFLICT (revision_id, number) DO NOTHING");
    res_sql_int(&sql, revision);
    res_sql_size(&sql, trial->number);
    res_sql_int(&sql, trial->training);
    res_sql_size(&sql, trial->epochs);
    res_sql_threshold(&sql, trial->threshold);
    return res_sql_run(&sql, err);
}

static swp_status list_linked(res_store *store, int64_t revision, int64_t **out, size_t *n,
                              swp_err *err)
{
    res_sql sql =
        res_sql_open(store, "SELECT training_id FROM revision_training WHERE revision_id = ?");
    res_sql_int(&sql, revision);
    while (res_sql_row(&sql)) {
        int64_t *grown = res_grow(*out, *n, sizeof **out);
        if (!grown) {
            res_sql_out_of_memory(&sql);
            break;
        }
        *out = grown;
        grown[(*n)++] = res_sql_int_at(&sql, 0);
    }
    return res_sql_close(&sql, err);
}

static swp_status finish_revision(res_store *store, int64_t revision, swp_err *err)
{
    int64_t *trainings = NULL;
    size_t n = 0;
    swp_status status = list_linked(store, revision, &trainings, &n, err);
    for (size_t i = 0; i < n && status == SWP_OK; i++)
        status = res_trials_finish(store, trainings[i], err);
    swp_free(trainings);
    return status;
}

static swp_status count_done(res_store *store, int64_t revision, size_t *n_done, swp_err *err)
{
    res_sql sql = res_sql_open(store, "SELECT count(*) FROM trial JOIN trial_result "
                                      "ON trial_id = trial.id WHERE revision_id = ?");
    res_sql_int(&sql, revision);
    int64_t n = 0;
    swp_status status = res_sql_one(&sql, &n, err);
    *n_done = (size_t)n;
    return status;
}

swp_status res_trials_ensure(res_store *store, int64_t revision, const res_trial_spec *trials,
                             size_t n_trials, size_t *n_done, swp_err *err)
{
    swp_status status = res_write_begin(store, err);
    if (status != SWP_OK)
        return status;
    for (size_t i = 0; i < n_trials && status == SWP_OK; i++)
        status = insert_trial(store, revision, &trials[i], err);
    if (status == SWP_OK)
        status = finish_revision(store, revision, err);
    if (status == SWP_OK)
        status = count_done(store, revision, n_done, err);
    return res_write_end(store, status, err);
}
