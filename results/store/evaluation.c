/* Evaluations: planned in bulk; and the scores that they read. Every step of a trial is scored at
 * every threshold that any revision plans for it: as it is recorded, or, at thresholds that are
 * planned later, from the stored errors when they are planned. So a threshold has a score at all
 * steps of a trial or, before it is planned, at none. */
#include <math.h>

#include "engine/base/mem.h"
#include "results/store/search.h"
#include "results/store/sql.h"

/* The thresholds in a statement's only column, to its end. */
static swp_status read_thresholds(res_sql *sql, res_threshold **out, size_t *n, swp_err *err)
{
    *out = NULL;
    *n = 0;
    while (res_sql_row(sql)) {
        res_threshold *grown = swp_grow(*out, *n, sizeof **out);
        if (!grown) {
            res_sql_out_of_memory(sql);
            break;
        }
        *out = grown;
        grown[(*n)++] = res_sql_threshold_at(sql, 0);
    }
    swp_status status = res_sql_close(sql, err);
    if (status != SWP_OK) {
        swp_free(*out);
        *out = NULL;
        *n = 0;
    }
    return status;
}

swp_status res_thresholds_planned(res_store *store, int64_t trial, res_threshold **out, size_t *n,
                                  swp_err *err)
{
    res_sql sql =
        res_sql_open(store, "SELECT DISTINCT threshold FROM evaluation WHERE trial_id = ?");
    res_sql_int(&sql, trial);
    res_sql_rows_of(&sql, "evaluation", 0);
    return read_thresholds(&sql, out, n, err);
}

swp_status res_areas_add(res_store *store, int64_t trial, size_t step, const res_ranking *ranking,
                         swp_err *err)
{
    double roc = res_ranking_auroc(ranking), precision_recall = res_ranking_auprc(ranking);
    swp_status status = SWP_OK;
    if (!isnan(roc)) /* undefined without both normal and abnormal sequences */
        status = res_value_add(store, trial, step, "auroc", roc, err);
    if (status == SWP_OK && !isnan(precision_recall))
        status = res_value_add(store, trial, step, "auprc", precision_recall, err);
    return status;
}

swp_status res_scores_add(res_store *store, int64_t trial, size_t step, const res_ranking *ranking,
                          const res_threshold *thresholds, size_t n, swp_err *err)
{
    swp_status status = SWP_OK;
    for (size_t i = 0; i < n && status == SWP_OK; i++) {
        double value;
        status = res_ranking_threshold(ranking, thresholds[i], &value, err);
        if (status != SWP_OK)
            break;
        const res_counts counts = res_ranking_count(ranking, value);
        res_sql sql =
            res_sql_open(store, "INSERT INTO score (trial_id, step, threshold, threshold_value, "
                                "normal_correct, anomaly_correct) VALUES (?, ?, ?, ?, ?, ?)");
        res_sql_int(&sql, trial);
        res_sql_size(&sql, step);
        res_sql_threshold(&sql, thresholds[i]);
        res_sql_real(&sql, value);
        res_sql_size(&sql, counts.normal_correct);
        res_sql_size(&sql, counts.anomaly_correct);
        status = res_sql_run(&sql, err);
    }
    return status;
}

swp_status res_step_score(res_store *store, int64_t trial, size_t step,
                          const res_threshold *thresholds, size_t n, bool areas, swp_err *err)
{
    res_errors errors;
    void *block = NULL;
    res_ranking ranking = {0};
    swp_status status = res_errors_load(store, trial, step, &errors, &block, err);
    if (status == SWP_OK)
        status = res_ranking_init(&ranking, &errors, err);
    if (status == SWP_OK && areas)
        status = res_areas_add(store, trial, step, &ranking, err);
    if (status == SWP_OK)
        status = res_scores_add(store, trial, step, &ranking, thresholds, n, err);
    res_ranking_deinit(&ranking);
    swp_free(block);
    return status;
}

/* Score the steps that lack a threshold, one after the other. */
static swp_status complete_scores(res_store *store, int64_t trial, swp_err *err)
{
    res_threshold *thresholds = NULL;
    size_t n = 0, n_steps = 0;
    int64_t last = 0;
    res_sql sql =
        res_sql_open(store, "SELECT DISTINCT threshold FROM evaluation AS plan WHERE trial_id = ?1 "
                            "AND NOT EXISTS (SELECT 1 FROM score WHERE trial_id = ?1 AND step = 1 "
                            "AND score.threshold = plan.threshold)");
    res_sql_int(&sql, trial);
    res_sql_rows_of(&sql, "evaluation", 0);
    swp_status status = read_thresholds(&sql, &thresholds, &n, err);
    if (status == SWP_OK) {
        sql = res_sql_open(store, "SELECT coalesce(max(step), 0) FROM step WHERE trial_id = ?");
        res_sql_int(&sql, trial);
        status = res_sql_one(&sql, &last, err);
        n_steps = n > 0 ? (size_t)last : 0;
    }
    for (size_t step = 1; step <= n_steps && status == SWP_OK; step++)
        status = res_step_score(store, trial, step, thresholds, n, false, err);
    swp_free(thresholds);
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

/* The revision's trials that have steps. */
static swp_status list_begun(res_store *store, int64_t revision, int64_t **out, size_t *n,
                             swp_err *err)
{
    res_sql sql = res_sql_open(store, "SELECT trial_id FROM revision_trial AS link "
                                      "WHERE revision_id = ? AND EXISTS (SELECT 1 FROM step "
                                      "WHERE step.trial_id = link.trial_id AND step = 1)");
    res_sql_int(&sql, revision);
    res_sql_rows_of(&sql, "revision_trial", 1);
    while (res_sql_row(&sql)) {
        int64_t *grown = swp_grow(*out, *n, sizeof **out);
        if (!grown) {
            res_sql_out_of_memory(&sql);
            break;
        }
        *out = grown;
        grown[(*n)++] = res_sql_id_at(&sql, 0);
    }
    return res_sql_close(&sql, err);
}

static swp_status score_revision(res_store *store, int64_t revision, swp_err *err)
{
    int64_t *trials = NULL;
    size_t n = 0;
    swp_status status = list_begun(store, revision, &trials, &n, err);
    for (size_t i = 0; i < n && status == SWP_OK; i++)
        status = complete_scores(store, trials[i], err);
    swp_free(trials);
    return status;
}

swp_status res_evaluations_count_done(res_store *store, int64_t revision, size_t *n_done,
                                      swp_err *err)
{
    res_sql sql = res_sql_open(store, "SELECT count(*) FROM evaluation JOIN step "
                                      "ON step.trial_id = evaluation.trial_id "
                                      "AND step.step = epochs WHERE revision_id = ?");
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
        status = score_revision(store, revision, err);
    if (status == SWP_OK)
        status = res_evaluations_count_done(store, revision, n_done, err);
    return res_write_end(store, status, err);
}

static swp_status append_evaluation(res_store *store, int64_t revision,
                                    const res_evaluation_spec *evaluation, swp_err *err)
{
    res_sql sql = res_sql_open(
        store, "INSERT INTO evaluation (revision_id, number, trial_id, epochs, threshold) "
               "SELECT ?1, (SELECT coalesce(max(number), 0) + 1 FROM evaluation "
               "WHERE revision_id = ?1), ?2, ?3, ?4 WHERE NOT EXISTS (SELECT 1 FROM evaluation "
               "WHERE revision_id = ?1 AND trial_id = ?2 AND epochs = ?3 AND threshold = ?4)");
    res_sql_int(&sql, revision);
    res_sql_int(&sql, evaluation->trial);
    res_sql_size(&sql, evaluation->epochs);
    res_sql_threshold(&sql, evaluation->threshold);
    return res_sql_run(&sql, err);
}

swp_status res_evaluations_append(res_store *store, int64_t revision,
                                  const res_evaluation_spec *evaluations, size_t n, swp_err *err)
{
    swp_status status = res_write_begin(store, err);
    if (status != SWP_OK)
        return status;
    for (size_t i = 0; i < n && status == SWP_OK; i++)
        status = append_evaluation(store, revision, &evaluations[i], err);
    if (status == SWP_OK && n > 0)
        status = complete_scores(store, evaluations[0].trial, err);
    return res_write_end(store, status, err);
}
