/* Brings a study up to date for `watch`, which polls it: states of trials, and steps after those
 * known. If its trials, metrics or parameters changed, all must be loaded again. */
#include <math.h>
#include <string.h>

#include "engine/base/mem.h"
#include "results/query/span.h"
#include "results/query/study_priv.h"

/* The state, reason and budget of every trial; *changed (trials) where it is another state. */
static swp_status update_trials(res_store *store, res_study *study, bool *changed, bool *same,
                                swp_err *err)
{
    res_sql sql = res_sql_open(store, "SELECT number, trial_id, state, reason, budget "
                                      "FROM revision_trial WHERE revision_id = ? ORDER BY number");
    res_sql_int(&sql, study->experiment.revision_id);
    res_sql_rows_of(&sql, "revision_trial", 1);
    size_t i = 0, n_done = 0, n_failed = 0;
    while (*same && res_sql_row(&sql)) {
        res_trial *t = &study->trials[i];
        size_t budget = res_sql_size_at(&sql, 4);
        *same = i < study->n_trials && res_sql_size_at(&sql, 0) == t->number &&
                res_sql_int_at(&sql, 1) == t->id && budget >= t->budget;
        if (!*same)
            break;
        res_state state = res_state_at(&sql, 2);
        changed[i++] = state != t->state || budget > t->budget;
        t->state = state;
        t->budget = budget;
        swp_free(t->reason);
        t->reason = res_sql_optional_text_at(&sql, 3);
        n_done += state == RES_DONE;
        n_failed += state == RES_FAILED;
    }
    *same = *same && i == study->n_trials;
    study->experiment.n_trials_done = n_done;
    study->experiment.n_trials_failed = n_failed;
    return res_sql_close(&sql, err);
}

/* The metrics' ids; *same: the study has them all. */
static swp_status update_metrics(res_store *store, const res_study *study, res_metric_ids *ids,
                                 bool *same, swp_err *err)
{
    res_study now = {.experiment.revision_id = study->experiment.revision_id};
    swp_status status = res_step_metrics_load(store, &now, ids, err);
    *same = *same && now.n_step_metrics == study->n_step_metrics;
    for (size_t m = 0; m < now.n_step_metrics; m++) {
        *same = *same && strcmp(now.step_metrics[m].name, study->step_metrics[m].name) == 0;
        swp_free(now.step_metrics[m].name);
    }
    swp_free(now.step_metrics);
    return status;
}

/* Steps that a trial has got since. */
typedef struct new_steps {
    struct {
        size_t number;
        uint32_t best;
        double train_s, eval_s;
    } * list; /* (n) */
    size_t n;
} new_steps;

/* Columns: trial id, step, best step, both times, worker, both instants. */
static bool read_new_step(res_sql *sql, new_steps *out)
{
    void *grown = swp_grow(out->list, out->n, sizeof *out->list);
    if (!grown) {
        res_sql_out_of_memory(sql);
        return false;
    }
    out->list = grown;
    size_t number = res_sql_size_at(sql, 1);
    out->list[out->n].number = number;
    out->list[out->n].best = (uint32_t)res_sql_count_at(sql, 2, 1, number);
    out->list[out->n].train_s = res_sql_number_at(sql, 3);
    out->list[out->n++].eval_s = res_sql_number_at(sql, 4);
    return true;
}

/* Read the steps after the last known one. That one is read too: if an attempt that started again
 * has replaced it, *same is false. */
static swp_status read_new_steps(res_store *store, const res_trial *t, const res_seen *seen,
                                 new_steps *out, bool *same, swp_err *err)
{
    size_t last = res_last_step(t);
    res_sql sql = res_sql_open(store, "SELECT trial_id, step, best_step, train_s, eval_s, worker, "
                                      "begun_s, ended_s FROM step WHERE trial_id = ? AND step >= ? "
                                      "AND step <= ? ORDER BY step");
    res_sql_int(&sql, t->id);
    res_sql_size(&sql, last);
    res_sql_size(&sql, t->budget);
    res_sql_rows_of(&sql, "step", 2);
    bool known = last == 0;
    while (res_sql_row(&sql)) {
        if (!known) {
            known = res_sql_size_at(&sql, 1) == last &&
                    res_sql_number_at(&sql, 3) == t->train_s[t->n_steps - 1] &&
                    res_sql_number_at(&sql, 4) == t->eval_s[t->n_steps - 1];
            if (!known)
                break;
            continue;
        }
        if (!read_new_step(&sql, out))
            break;
        if (seen->step && !res_sql_null_at(&sql, 5)) {
            const res_span span = res_span_at(&sql, t->number, 1, 0, 5);
            seen->step(&span, seen->context);
        }
    }
    *same = *same && known;
    return res_sql_close(&sql, err);
}

/* Room for `n` more steps, with no values yet. */
static bool grow_trial(const res_study *study, res_trial *t, size_t n_more)
{
    size_t old = t->n_steps, n = old + n_more, n_series = study->n_step_metrics + 2;
    double *values = swp_alloc(n_series * n, sizeof *values);
    uint32_t *best_steps = swp_resize(t->best_steps, n, sizeof *best_steps);
    uint32_t *steps = t->steps ? swp_resize(t->steps, n, sizeof *steps) : NULL;
    t->best_steps = best_steps ? best_steps : t->best_steps;
    t->steps = steps ? steps : t->steps;
    if (!values || !best_steps || (t->steps && !steps)) {
        swp_free(values);
        return false;
    }
    for (size_t s = 0; s < n_series; s++)
        for (size_t k = 0; k < n; k++)
            values[s * n + k] = k < old ? t->values[s * old + k] : (double)NAN;
    swp_free(t->values);
    t->values = values;
    t->train_s = values + study->n_step_metrics * n;
    t->eval_s = t->train_s + n;
    t->n_steps = n;
    return true;
}

static swp_status add_steps(const res_study *study, res_trial *t, const new_steps *more, bool *same,
                            swp_err *err)
{
    size_t place = t->n_steps;
    if (!grow_trial(study, t, more->n))
        return swp_fail(err, SWP_NOMEM, "out of memory");
    for (size_t i = 0; i < more->n; i++, place++) {
        *same = *same && res_study_set_step(t, place, more->list[i].number);
        t->best_steps[place] = more->list[i].best;
        t->train_s[place] = more->list[i].train_s;
        t->eval_s[place] = more->list[i].eval_s;
    }
    return SWP_OK;
}

static swp_status update_trial(res_store *store, const res_study *study, res_trial *t,
                               const res_metric_ids *ids, const res_seen *seen, bool *same,
                               swp_err *err)
{
    new_steps more = {0};
    size_t after = res_last_step(t);
    swp_status status = read_new_steps(store, t, seen, &more, same, err);
    if (status == SWP_OK && *same && more.n > 0)
        status = add_steps(study, t, &more, same, err);
    if (status == SWP_OK && *same && more.n > 0)
        status = res_study_values_load(store, t, after, ids, err);
    swp_free(more.list);
    return status;
}

swp_status res_study_update(res_store *store, const char *experiment, res_study *study,
                            const res_seen *seen, bool *same, swp_err *err)
{
    int64_t revision;
    res_metric_ids ids = {0};
    bool *changed = swp_alloc(study->n_trials, sizeof *changed);
    if (!changed)
        return swp_fail(err, SWP_NOMEM, "out of memory");
    swp_status status = res_revision_find(store, experiment, &revision, err);
    *same = revision == study->experiment.revision_id;
    if (status == SWP_OK && *same)
        status = update_trials(store, study, changed, same, err);
    if (status == SWP_OK && *same)
        status = update_metrics(store, study, &ids, same, err);
    for (size_t i = 0; i < study->n_trials && status == SWP_OK && *same; i++) {
        res_trial *t = &study->trials[i];
        if (changed[i] || t->state == RES_WAITING || t->state == RES_RUNNING)
            status = update_trial(store, study, t, &ids, seen, same, err);
    }
    swp_free(ids.list);
    swp_free(changed);
    return status;
}
