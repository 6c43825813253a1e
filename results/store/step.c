/* Steps with their values, errors, scores and the state after them: the only way to advance a
 * trial. All of a step is one transaction. */
#include <math.h>
#include <string.h>

#include "engine/base/mem.h"
#include "results/store/sql.h"

static bool all_finite(const float *values, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!isfinite(values[i]))
            return false;
    return true;
}

static swp_status check_finite(const res_step *step, swp_err *err)
{
    const res_errors *e = step->errors;
    for (size_t i = 0; i < step->n_values; i++)
        if (!isfinite(step->values[i].value))
            return swp_fail(err, SWP_NUMERIC, "non-finite %s at step %zu", step->values[i].name,
                            step->step);
    if (!e || (all_finite(e->val, e->n_val) && all_finite(e->test, e->n_test) &&
               all_finite(e->anomaly, e->n_anomaly) && all_finite(e->tune, e->n_tune)))
        return SWP_OK;
    return swp_fail(err, SWP_NUMERIC, "non-finite error of a held-out sequence at step %zu",
                    step->step);
}

/* The last step of a trial: 0 when there is none. */
typedef struct last_step {
    bool of_command;
    size_t step, best;
    double best_val_loss; /* NAN when none was recorded */
} last_step;

static swp_status load_last(res_store *store, int64_t trial, last_step *out, swp_err *err)
{
    res_sql sql = res_sql_open(
        store, "SELECT trial.id, last.step, best_step, (SELECT value FROM value AS at "
               "JOIN metric ON metric.id = at.metric_id WHERE at.trial_id = last.trial_id AND "
               "at.step = last.best_step "
               "AND metric.name = 'val_loss') AS value, data_set_id IS NULL FROM trial "
               "LEFT JOIN step AS last ON last.trial_id = trial.id AND last.step = "
               "(SELECT max(step) FROM step WHERE step.trial_id = trial.id) WHERE trial.id = ?");
    res_sql_int(&sql, trial);
    res_sql_rows_of(&sql, "step", 2);
    *out = (last_step){.best_val_loss = (double)NAN};
    if (res_sql_row(&sql)) {
        if (!res_sql_null_at(&sql, 1)) {
            out->step = res_sql_count_at(&sql, 1, 1, INT32_MAX);
            out->best = res_sql_count_at(&sql, 2, 1, out->step);
        }
        if (!res_sql_null_at(&sql, 3))
            out->best_val_loss = res_sql_number_at(&sql, 3);
        out->of_command = res_sql_flag_at(&sql, 4);
    }
    return res_sql_close(&sql, err);
}

/* Steps come in order, a command's perhaps with gaps; one that exists already was recorded by
 * another process. */
static swp_status check_order(const res_store *store, int64_t trial, size_t step,
                              const last_step *last, swp_err *err)
{
    if (step == last->step + 1 || (last->of_command && step > last->step))
        return SWP_OK;
    if (step > last->step)
        return swp_fail(err, SWP_INTERNAL, "trial %lld: expected step %zu, found %zu",
                        (long long)trial, last->step + 1, step);
    swp_status status =
        swp_fail(err, SWP_BUSY, "%s: step %zu of trial %lld has been recorded already",
                 res_store_path(store), step, (long long)trial);
    swp_hint(err, "another `sweep run` works on the same experiment: wait until it is done");
    return status;
}

/* The best step of the trial, this one included; without validation losses, this one. */
static size_t best_with(const last_step *last, const res_step *step)
{
    for (size_t i = 0; i < step->n_values; i++)
        if (strcmp(step->values[i].name, "val_loss") == 0)
            return step->values[i].value >= last->best_val_loss ? last->best : step->step;
    return step->step;
}

static swp_status insert_step(res_store *store, int64_t trial, const res_step *step,
                              size_t best_step, swp_err *err)
{
    res_sql sql = res_sql_open(
        store, "INSERT INTO step (trial_id, step, best_step, train_s, eval_s, worker, begun_s, "
               "ended_s) VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
    res_sql_int(&sql, trial);
    res_sql_size(&sql, step->step);
    res_sql_size(&sql, best_step);
    res_sql_real(&sql, step->train_s);
    res_sql_real(&sql, step->eval_s);
    if (step->worker > 0) { /* without a worker they stay NULL */
        res_sql_size(&sql, step->worker);
        res_sql_real(&sql, step->begun_s);
        res_sql_real(&sql, step->ended_s);
    }
    return res_sql_run(&sql, err);
}

swp_status res_value_add(res_store *store, int64_t trial, size_t step, const char *name,
                         double value, swp_err *err)
{
    res_sql sql = res_sql_open(store, "INSERT INTO value (trial_id, step, metric_id, value) "
                                      "SELECT ?1, ?2, metric.id, ?3 FROM trial JOIN metric "
                                      "USING (experiment_id) WHERE trial.id = ?1 AND name = ?4 "
                                      "RETURNING metric_id");
    res_sql_int(&sql, trial);
    res_sql_size(&sql, step);
    res_sql_real(&sql, value);
    res_sql_text(&sql, name);
    int64_t metric = 0;
    swp_status status = res_sql_one(&sql, &metric, err);
    if (status == SWP_OK && metric == 0)
        status = swp_fail(err, SWP_INTERNAL, "trial %lld: its experiment has no metric %s",
                          (long long)trial, name);
    return status;
}

static swp_status insert_errors(res_store *store, int64_t trial, size_t step, res_subset subset,
                                const float *errors, size_t n, swp_err *err)
{
    res_sql sql = res_sql_open(store, "INSERT INTO error_blob (trial_id, step, subset, "
                                      "errors) VALUES (?, ?, ?, ?)");
    res_sql_int(&sql, trial);
    res_sql_size(&sql, step);
    res_sql_text(&sql, res_subset_name(subset));
    res_sql_floats(&sql, errors, n);
    return res_sql_run(&sql, err);
}

static swp_status insert_tune(res_store *store, int64_t trial, size_t step, const res_errors *e,
                              swp_err *err)
{
    res_sql sql =
        res_sql_open(store, "INSERT INTO tune_error (trial_id, step, errors) VALUES (?, ?, ?)");
    res_sql_int(&sql, trial);
    res_sql_size(&sql, step);
    res_sql_floats(&sql, e->tune, e->n_tune);
    return res_sql_run(&sql, err);
}

/* Compute what depends on the errors of a step. */
static swp_status record_scores(res_store *store, int64_t trial, size_t step, const res_errors *e,
                                const res_threshold *thresholds, size_t n, swp_err *err)
{
    res_ranking ranking;
    swp_status status = res_ranking_init(&ranking, e, err);
    if (status == SWP_OK)
        status = res_areas_add(store, trial, step, &ranking, err);
    if (status == SWP_OK)
        status = res_scores_add(store, trial, step, &ranking, thresholds, n, err);
    res_ranking_deinit(&ranking);
    return status;
}

static swp_status record_errors(res_store *store, int64_t trial, const res_step *step, swp_err *err)
{
    const res_errors *e = step->errors;
    res_threshold *thresholds;
    size_t n;
    swp_status status = res_thresholds_planned(store, trial, &thresholds, &n, err);
    if (status == SWP_OK && n > 0 && !e)
        status = swp_fail(err, SWP_CONFIG,
                          "a threshold needs errors of held-out sequences, there are none");
    if (status == SWP_OK && e)
        status = insert_errors(store, trial, step->step, RES_VAL, e->val, e->n_val, err);
    if (status == SWP_OK && e)
        status = insert_errors(store, trial, step->step, RES_TEST, e->test, e->n_test, err);
    if (status == SWP_OK && e)
        status =
            insert_errors(store, trial, step->step, RES_ANOMALY, e->anomaly, e->n_anomaly, err);
    if (status == SWP_OK && e && e->n_tune > 0)
        status = insert_tune(store, trial, step->step, e, err);
    if (status == SWP_OK && e)
        status = record_scores(store, trial, step->step, e, thresholds, n, err);
    swp_free(thresholds);
    return status;
}

static swp_status replace_state(res_store *store, int64_t trial, const res_step *step, swp_err *err)
{
    res_sql sql =
        res_sql_open(store, "INSERT INTO state (trial_id, step, state) VALUES (?1, ?2, ?3) "
                            "ON CONFLICT DO UPDATE SET step = ?2, state = ?3");
    res_sql_int(&sql, trial);
    res_sql_size(&sql, step->step);
    res_sql_blob(&sql, step->state, step->state_bytes);
    return res_sql_run(&sql, err);
}

static swp_status record(res_store *store, int64_t trial, const res_step *step, swp_err *err)
{
    last_step last;
    swp_status status = load_last(store, trial, &last, err);
    if (status == SWP_OK)
        status = check_order(store, trial, step->step, &last, err);
    if (status == SWP_OK)
        status = insert_step(store, trial, step, best_with(&last, step), err);
    for (size_t i = 0; i < step->n_values && status == SWP_OK; i++)
        status = res_value_add(store, trial, step->step, step->values[i].name,
                               step->values[i].value, err);
    if (status == SWP_OK)
        status = record_errors(store, trial, step, err);
    if (status == SWP_OK && step->state)
        status = replace_state(store, trial, step, err);
    if (status == SWP_OK)
        status = res_model_keep(store, trial, step, err);
    return status == SWP_OK ? res_trial_mark_done(store, trial, err) : status;
}

swp_status res_step_record(res_store *store, int64_t trial, const res_step *step, swp_err *err)
{
    swp_status status = check_finite(step, err);
    if (status == SWP_OK)
        status = res_write_begin(store, err);
    if (status != SWP_OK)
        return status;
    return res_write_end(store, record(store, trial, step, err), err);
}

/* Run statements of a trial and a step. */
static swp_status run_each(res_store *store, const char *const *statements, size_t n, int64_t trial,
                           size_t step, swp_err *err)
{
    swp_status status = res_write_begin(store, err);
    if (status != SWP_OK)
        return status;
    for (size_t i = 0; i < n && status == SWP_OK; i++) {
        res_sql sql = res_sql_open(store, statements[i]);
        res_sql_int(&sql, trial);
        res_sql_size(&sql, step);
        status = res_sql_run(&sql, err);
    }
    return res_write_end(store, status, err);
}

swp_status res_steps_drop(res_store *store, int64_t trial, size_t after, swp_err *err)
{
    static const char *const statements[] = {"DELETE FROM value WHERE trial_id = ?1 AND step > ?2",
                                             "DELETE FROM step WHERE trial_id = ?1 AND step > ?2",
                                             "DELETE FROM state WHERE trial_id = ?1 AND step > ?2"};
    return run_each(store, statements, sizeof statements / sizeof statements[0], trial, after, err);
}

/* The state of a command is the form of its metric lines, which holds for all steps. */
swp_status res_steps_take_back(res_store *store, int64_t trial, size_t after, size_t *last,
                               swp_err *err)
{
#define BEGUN_ANEW " AND trial_id IN (SELECT trial_id FROM all_begun_anew WHERE trial_id = ?1)"
    static const char *const statements[] = {
        "DELETE FROM value WHERE trial_id = ?1 AND step > ?2" BEGUN_ANEW,
        "DELETE FROM step WHERE trial_id = ?1 AND step > ?2" BEGUN_ANEW,
        "UPDATE state SET step = (SELECT max(step) FROM step WHERE trial_id = ?1) "
        "WHERE trial_id = ?1 AND step > ?2 AND EXISTS (SELECT 1 FROM step WHERE trial_id = ?1)",
        "DELETE FROM state WHERE trial_id = ?1 AND step > ?2 "
        "AND NOT EXISTS (SELECT 1 FROM step WHERE trial_id = ?1)"};
#undef BEGUN_ANEW
    int64_t found = 0;
    swp_status status =
        run_each(store, statements, sizeof statements / sizeof statements[0], trial, after, err);
    res_sql sql = res_sql_open(store, "SELECT coalesce(max(step), 0) FROM step WHERE trial_id = ?");
    res_sql_int(&sql, trial);
    swp_status read = res_sql_one(&sql, &found, status == SWP_OK ? err : NULL);
    *last = (size_t)found;
    return status == SWP_OK ? read : status;
}

/* Append the errors of the tuning part; a split without one has none. */
static swp_status load_tune(res_store *store, int64_t trial, size_t epoch, res_numbers *numbers,
                            size_t *n, swp_err *err)
{
    res_sql sql = res_sql_open(
        store, "SELECT tune_error.trial_id, tune_error.step, errors, length(rows) / 4 FROM "
               "tune_error JOIN trial ON trial.id = trial_id JOIN tune_part USING (split_id) "
               "WHERE trial_id = ? AND step = ?");
    res_sql_int(&sql, trial);
    res_sql_size(&sql, epoch);
    res_sql_rows_of(&sql, "tune_error", 2);
    if (res_sql_row(&sql)) {
        res_sql_append_finite(&sql, 2, numbers, n);
        if (*n != res_sql_size_at(&sql, 3))
            res_sql_damaged_at(&sql, 2);
    }
    return res_sql_close(&sql, err);
}

swp_status res_errors_load(res_store *store, int64_t trial, size_t epoch, res_errors *out,
                           void **block, swp_err *err)
{
    *out = (res_errors){0};
    *block = NULL;
    res_numbers numbers = {0};
    size_t n_subsets = 0;
    size_t *const sizes[] = {&out->n_val, &out->n_test, &out->n_anomaly};
    res_sql sql = res_sql_open(
        store, "SELECT trial_id, step, subset, errors, CASE subset WHEN 'val' THEN n_val "
               "WHEN 'test' THEN n_test ELSE n_anomaly END FROM error_blob "
               "JOIN trial ON trial.id = trial_id JOIN data_set ON data_set.id = data_set_id "
               "WHERE trial_id = ? AND step = ? "
               "ORDER BY CASE subset WHEN 'val' THEN 1 WHEN 'test' THEN 2 ELSE 3 END");
    res_sql_int(&sql, trial);
    res_sql_size(&sql, epoch);
    res_sql_rows_of(&sql, "error_blob", 3);
    while (n_subsets < RES_SUBSETS && res_sql_row(&sql)) {
        size_t *n = sizes[n_subsets++];
        res_sql_append_finite(&sql, 3, &numbers, n);
        if (*n != res_sql_size_at(&sql, 4))
            res_sql_damaged_at(&sql, 3);
    }
    if (n_subsets < RES_SUBSETS)
        res_sql_missing(&sql, (size_t)trial, epoch);
    swp_status status = res_sql_close(&sql, err);
    if (status == SWP_OK)
        status = load_tune(store, trial, epoch, &numbers, &out->n_tune, err);
    if (status != SWP_OK) {
        swp_free(numbers.values);
        *out = (res_errors){0};
        return status;
    }
    *block = numbers.values;
    out->val = numbers.values;
    out->test = out->val + out->n_val;
    out->anomaly = out->test + out->n_test;
    out->tune = out->anomaly + out->n_anomaly;
    return SWP_OK;
}
