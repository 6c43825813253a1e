/* Evaluations: planned in bulk, finished as soon as their trial has recorded enough epochs. */
#include "engine/base/mem.h"
#include "results/query/query.h"
#include "results/store/sql.h"

/* An evaluation without a result whose trial has the epochs for one. */
typedef struct waiting {
    int64_t id;
    size_t epochs;
    res_threshold threshold;
} waiting;

static swp_status list_waiting(res_store *store, int64_t trial, waiting **out, size_t *n,
                               swp_err *err)
{
    res_sql sql =
        res_sql_open(store, "SELECT id, epochs, threshold FROM evaluation WHERE trial_id = ?1 "
                            "AND epochs <= (SELECT count(*) FROM epoch WHERE trial_id = ?1) "
                            "AND NOT EXISTS (SELECT 1 FROM evaluation_result WHERE evaluation_id = "
                            "evaluation.id) ORDER BY epochs");
    res_sql_int(&sql, trial);
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

static swp_status find_selected(res_store *store, int64_t trial, size_t epochs, int64_t *selected,
                                swp_err *err)
{
    res_sql sql = res_sql_open(store, "SELECT epoch FROM epoch WHERE trial_id = ? AND "
                                      "epoch <= ? ORDER BY val_loss, epoch LIMIT 1");
    res_sql_int(&sql, trial);
    res_sql_size(&sql, epochs);
    return res_sql_one(&sql, selected, err);
}

static swp_status insert_result(res_store *store, int64_t evaluation, size_t selected,
                                double threshold, const res_counts *counts, swp_err *err)
{
    res_sql sql = res_sql_open(
        store, "INSERT INTO evaluation_result (evaluation_id, selected_epoch, threshold_value, "
               "normal_correct, normal_total, anomaly_correct, anomaly_total) "
               "VALUES (?, ?, ?, ?, ?, ?, ?)");
    res_sql_int(&sql, evaluation);
    res_sql_size(&sql, selected);
    res_sql_real(&sql, threshold);
    res_sql_size(&sql, counts->normal_correct);
    res_sql_size(&sql, counts->normal_total);
    res_sql_size(&sql, counts->anomaly_correct);
    res_sql_size(&sql, counts->anomaly_total);
    return res_sql_run(&sql, err);
}

/* Finish evaluations that ask for the same number of epochs and so read the same errors. */
static swp_status finish_group(res_store *store, int64_t trial, const waiting *evaluations,
                               size_t n, swp_err *err)
{
    int64_t selected = 0;
    swp_status status = find_selected(store, trial, evaluations[0].epochs, &selected, err);
    if (status != SWP_OK)
        return status;
    res_errors errors;
    void *block = NULL;
    status = res_errors_load(store, trial, (size_t)selected, &errors, &block, err);
    for (size_t i = 0; i < n && status == SWP_OK; i++) {
        double threshold;
        status = res_threshold_resolve(evaluations[i].threshold, &errors, &threshold, err);
        if (status != SWP_OK)
            break;
        res_counts counts = res_count(&errors, threshold);
        status = insert_result(store, evaluations[i].id, (size_t)selected, threshold, &counts, err);
    }
    swp_free(block);
    return status;
}

swp_status res_evaluations_finish(res_store *store, int64_t trial, swp_err *err)
{
    waiting *evaluations = NULL;
    size_t n = 0;
    swp_status status = list_waiting(store, trial, &evaluations, &n, err);
    for (size_t from = 0, to; from < n && status == SWP_OK; from = to) {
        for (to = from + 1; to < n && evaluations[to].epochs == evaluations[from].epochs;)
            to++;
        status = finish_group(store, trial, evaluations + from, to - from, err);
    }
    swp_free(evaluations);
    return status;
}

static swp_status insert_evaluation(res_store *store, int64_t revision,
                                    const res_evaluation_spec *evaluation, swp_err *err)
{
    res_sql sql = res_sql_open(
        store, "INSERT INTO evaluation (revision_id, number, trial_id, epochs, threshold) "
               "VALUES (?, ?, ?, ?, ?) ON CONFLICT (revision_id, number) DO NOTHING");
    res_sql_int(&sql, revision);
    res_sql_size(&sql, evaluation->number);
    res_sql_int(&sql, evaluation->trial);
    res_sql_size(&sql, evaluation->epochs);
    res_sql_threshold(&sql, evaluation->threshold);
    return res_sql_run(&sql, err);
}

static swp_status list_linked(res_store *store, int64_t revision, int64_t **out, size_t *n,
                              swp_err *err)
{
    res_sql sql = res_sql_open(store, "SELECT trial_id FROM revision_trial WHERE revision_id = ?");
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
    int64_t *trials = NULL;
    size_t n = 0;
    swp_status status = list_linked(store, revision, &trials, &n, err);
    for (size_t i = 0; i < n && status == SWP_OK; i++)
        status = res_evaluations_finish(store, trials[i], err);
    swp_free(trials);
    return status;
}

static swp_status count_done(res_store *store, int64_t revision, size_t *n_done, swp_err *err)
{
    res_sql sql = res_sql_open(store, "SELECT count(*) FROM evaluation JOIN evaluation_result "
                                      "ON evaluation_id = evaluation.id WHERE revision_id = ?");
    res_sql_int(&sql, revision);
    int64_t n = 0;
    swp_status status = res_sql_one(&sql, &n, err);
    *n_done = (size_t)n;
    return status;
}

swp_status res_evaluations_ensure(res_store *store, int64_t revision,
                                  const res_evaluation_spec *evaluations, size_t n_evaluations,
                                  size_t *n_done, swp_err *err)
{
    swp_status status = res_write_begin(store, err);
    if (status != SWP_OK)
        return status;
    for (size_t i = 0; i < n_evaluations && status == SWP_OK; i++)
        status = insert_evaluation(store, revision, &evaluations[i], err);
    if (status == SWP_OK)
        status = finish_revision(store, revision, err);
    if (status == SWP_OK)
        status = count_done(store, revision, n_done, err);
    return res_write_end(store, status, err);
}
