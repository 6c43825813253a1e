/* Loads a study: trials with the values of their steps, and the parameters in which they may
 * differ. Everything comes from a few statements over the whole revision, and texts are looked up
 * by hash, so the time is linear in trials and steps. Labels for people are in labels.c. */
#include "results/query/study.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "engine/base/mem.h"
#include "results/query/params.h"
#include "results/query/readings.h"
#include "results/query/study_priv.h"
#include "results/store/sql.h"

const double *res_series(const res_trial *trial, size_t step_metric)
{
    return trial->values + step_metric * trial->n_steps;
}

size_t res_step_number(const res_trial *trial, size_t place)
{
    return trial->steps ? trial->steps[place - 1] : place;
}

size_t res_last_step(const res_trial *trial)
{
    return trial->n_steps > 0 ? res_step_number(trial, trial->n_steps) : 0;
}

size_t res_steps_up_to(const res_trial *trial, size_t number)
{
    if (!trial->steps)
        return number < trial->n_steps ? number : trial->n_steps;
    size_t from = 0, to = trial->n_steps;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (trial->steps[middle] <= number)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

const char *res_step_name(const res_study *study, size_t n)
{
    if (study->of_command)
        return n == 1 ? "step" : "steps";
    return n == 1 ? "epoch" : "epochs";
}

size_t res_study_trial(const res_study *study, size_t number)
{
    size_t from = 0, to = study->n_trials;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (study->trials[middle].number < number)
            from = middle + 1;
        else
            to = middle;
    }
    return from < study->n_trials && study->trials[from].number == number ? from : SIZE_MAX;
}

size_t res_study_param(const res_study *study, const char *name)
{
    for (size_t p = 0; p < study->n_params; p++)
        if (strcmp(study->params[p].key, name) == 0)
            return p;
    for (size_t p = 0; p < study->n_params; p++)
        if (strcasecmp(study->params[p].name, name) == 0)
            return p;
    return SIZE_MAX;
}

const res_value *res_study_value(const res_study *study, size_t param, size_t trial)
{
    const res_param *p = &study->params[param];
    return &p->values[p->of[trial]];
}

static swp_status out_of_memory(swp_err *err)
{
    return swp_fail(err, SWP_NOMEM, "out of memory");
}

/* Trials */

res_state res_state_at(res_sql *sql, int column)
{
    enum { N_STATES = RES_FAILED + 1 };
    const char *names[N_STATES];
    for (size_t i = 0; i < N_STATES; i++)
        names[i] = res_state_name((res_state)i);
    return (res_state)res_sql_word_at(sql, column, names, N_STATES);
}

/* Columns: number, id, stage, state, reason, budget, steps, data set, split, weights, its two
 * numbers of held-out sequences, its id once more, the split's data set, its
 * sequences to train on, whether it has a tuning part, the trial that it repeats, code. A data set
 * that is not there, and a split of another one, are damage; NULL is the data set of a command, of
 * which all are 0. */
static res_trial read_trial(res_sql *sql)
{
    static const char *const stages[] = {"search", "confirm"};
    bool of_data = !res_sql_null_at(sql, 7);
    size_t number = res_sql_count_at(sql, 0, 1, UINT32_MAX);
    size_t data_set = of_data ? (size_t)res_sql_id_at(sql, 12) : 0;
    if (!res_sql_null_at(sql, 8))
        (void)res_sql_count_at(sql, 13, data_set, data_set);
    return (res_trial){
        .number = number,
        .id = res_sql_id_at(sql, 1),
        .is_confirm = res_sql_word_at(sql, 2, stages, 2) == 1,
        .state = res_state_at(sql, 3),
        .reason = res_sql_optional_text_at(sql, 4),
        .budget = res_sql_size_at(sql, 5),
        .n_steps = res_sql_count_at(sql, 6, 0, RES_MOST_STEPS),
        .data_set = of_data ? res_sql_id_at(sql, 7) : 0,
        .split = res_sql_null_at(sql, 8) ? 0 : res_sql_id_at(sql, 8),
        .weights = res_sql_size_at(sql, 9),
        .n_normal = of_data ? (uint32_t)res_sql_count_at(sql, 10, 0, UINT32_MAX) : 0,
        .n_anomaly = of_data ? (uint32_t)res_sql_count_at(sql, 11, 0, UINT32_MAX) : 0,
        .n_train = of_data ? (uint32_t)res_sql_count_at(sql, 14, 0, UINT32_MAX) : 0,
        .has_tune = res_sql_flag_at(sql, 15),
        .confirms = res_sql_null_at(sql, 16) ? 0 : res_sql_count_at(sql, 16, 1, number - 1),
        .code = res_sql_size_at(sql, 17),
    };
}

static swp_status load_trials(res_store *store, res_study *study, swp_err *err)
{
    res_sql sql = res_sql_open(
        store, "SELECT number, trial.id, stage, state, reason, budget, "
               "(SELECT count(*) FROM step WHERE step.trial_id = trial.id AND step <= budget) "
               "AS step, data_set_id, split_id, weights, n_test, n_anomaly, "
               "data_set.id AS data_set_id, "
               "(SELECT data_set_id FROM split WHERE split.id = split_id) AS split_id, n_train, "
               "EXISTS (SELECT 1 FROM tune_part WHERE tune_part.split_id = trial.split_id), "
               "(SELECT confirms FROM confirmation AS c WHERE c.revision_id = "
               "revision_trial.revision_id AND c.number = revision_trial.number) AS confirms, code "
               "FROM revision_trial JOIN trial ON trial.id = trial_id LEFT JOIN data_set ON "
               "data_set.id = data_set_id WHERE revision_id = ? ORDER BY number");
    res_sql_int(&sql, study->experiment.revision_id);
    res_sql_rows_of(&sql, "trial", 1);
    while (res_sql_row(&sql)) {
        res_trial *grown = swp_grow(study->trials, study->n_trials, sizeof *grown);
        if (!grown) {
            res_sql_out_of_memory(&sql);
            break;
        }
        study->trials = grown;
        grown[study->n_trials++] = read_trial(&sql);
    }
    return res_sql_close(&sql, err);
}

static swp_status allocate_steps(res_study *study, swp_err *err)
{
    for (size_t i = 0; i < study->n_trials; i++) {
        res_trial *t = &study->trials[i];
        size_t n_series = study->n_step_metrics + 2;
        t->values = swp_alloc(n_series * t->n_steps, sizeof *t->values);
        t->best_steps = swp_alloc(t->n_steps, sizeof *t->best_steps);
        if (!t->values || !t->best_steps)
            return out_of_memory(err);
        t->train_s = t->values + study->n_step_metrics * t->n_steps;
        t->eval_s = t->train_s + t->n_steps;
        for (size_t k = 0; k < study->n_step_metrics * t->n_steps; k++)
            t->values[k] = (double)NAN;
    }
    return SWP_OK;
}

bool res_study_set_step(res_trial *t, size_t place, size_t number)
{
    if (!t->steps && number == place + 1)
        return true;
    size_t before = place > 0 ? res_step_number(t, place) : 0;
    if (t->data_set != 0 || number <= before || number > UINT32_MAX)
        return false;
    if (!t->steps) {
        t->steps = swp_alloc(t->n_steps, sizeof *t->steps);
        for (size_t k = 0; t->steps && k < place; k++)
            t->steps[k] = (uint32_t)k + 1;
    }
    if (t->steps)
        t->steps[place] = (uint32_t)number;
    return t->steps != NULL;
}

/* Steps come by trial. */
static swp_status load_steps(res_store *store, res_study *study, swp_err *err)
{
    res_sql sql =
        res_sql_open(store, "SELECT number, step, best_step, train_s, eval_s FROM revision_trial "
                            "JOIN step USING (trial_id) WHERE revision_id = ? AND step <= budget "
                            "ORDER BY number, step");
    res_sql_int(&sql, study->experiment.revision_id);
    res_sql_rows_of(&sql, "step", 2);
    size_t i = 0, step = 0;
    while (res_sql_row(&sql)) {
        while (i < study->n_trials && step == study->trials[i].n_steps) {
            i++;
            step = 0;
        }
        size_t number = res_sql_size_at(&sql, 1);
        if (i == study->n_trials || res_sql_size_at(&sql, 0) != study->trials[i].number ||
            !res_study_set_step(&study->trials[i], step, number)) {
            res_sql_damaged_at(&sql, 1);
            break;
        }
        res_trial *t = &study->trials[i];
        t->best_steps[step] = (uint32_t)res_sql_count_at(&sql, 2, 1, number);
        t->train_s[step] = res_sql_number_at(&sql, 3);
        t->eval_s[step] = res_sql_number_at(&sql, 4);
        step++;
    }
    while (i < study->n_trials && step == study->trials[i].n_steps) {
        i++;
        step = 0;
    }
    if (i < study->n_trials)
        res_sql_missing(&sql, study->trials[i].number, step + 1);
    return res_sql_close(&sql, err);
}

/* Metrics of steps */

static swp_status add_step_metric(res_study *study, const char *name, bool maximize, swp_err *err)
{
    res_step_metric *grown = swp_grow(study->step_metrics, study->n_step_metrics, sizeof *grown);
    char *copy = swp_strdup(name);
    if (grown)
        study->step_metrics = grown;
    if (!grown || !copy) {
        swp_free(copy);
        return out_of_memory(err);
    }
    grown[study->n_step_metrics++] = (res_step_metric){.name = copy, .maximize = maximize};
    return SWP_OK;
}

static size_t find_step_metric(const res_study *study, const char *name)
{
    size_t m = 0;
    while (m < study->n_step_metrics && strcmp(study->step_metrics[m].name, name) != 0)
        m++;
    return m;
}

swp_status res_step_metrics_load(res_store *store, res_study *study, res_metric_ids *ids,
                                 swp_err *err)
{
    static const struct {
        const char *name;
        bool maximize;
    } built_in[RES_STEP_BUILT_IN] = {[RES_STEP_TRAIN_LOSS] = {"train_loss", false},
                                     [RES_STEP_VAL_LOSS] = {"val_loss", false},
                                     [RES_STEP_AUROC] = {"auroc", true},
                                     [RES_STEP_AUPRC] = {"auprc", true}};
    swp_status status = SWP_OK;
    for (size_t i = 0; i < RES_STEP_BUILT_IN && status == SWP_OK; i++)
        status = add_step_metric(study, built_in[i].name, built_in[i].maximize, err);
    if (status != SWP_OK)
        return status;
    static const char *const directions[] = {"minimize", "maximize"};
    res_sql sql = res_sql_open(store, "SELECT metric.id, name, direction FROM metric "
                                      "JOIN revision USING (experiment_id) WHERE revision.id = ? "
                                      "ORDER BY name");
    res_sql_int(&sql, study->experiment.revision_id);
    res_sql_rows_of(&sql, "metric", 1);
    while (status == SWP_OK && res_sql_row(&sql)) {
        char *name = res_sql_text_at(&sql, 1);
        void *grown = swp_grow(ids->list, ids->n, sizeof *ids->list);
        if (grown)
            ids->list = grown;
        if (!grown)
            res_sql_out_of_memory(&sql);
        if (!name || !grown) {
            swp_free(name);
            break;
        }
        size_t index = find_step_metric(study, name);
        bool maximize = res_sql_word_at(&sql, 2, directions, 2) == 1;
        if (index == study->n_step_metrics)
            status = add_step_metric(study, name, maximize, err);
        ids->list[ids->n].id = res_sql_id_at(&sql, 0);
        ids->list[ids->n++].index = index;
        swp_free(name);
    }
    swp_status closed = res_sql_close(&sql, status == SWP_OK ? err : NULL);
    return status == SWP_OK ? closed : status;
}

/* Columns: trial id, step, metric, value. */
static bool set_value(res_sql *sql, const res_metric_ids *ids, res_trial *t)
{
    size_t step = res_sql_size_at(sql, 1), m = 0;
    int64_t id = res_sql_int_at(sql, 2);
    double value = res_sql_number_at(sql, 3);
    while (m < ids->n && ids->list[m].id != id)
        m++;
    size_t place = res_steps_up_to(t, step);
    bool has_step = place > 0 && res_step_number(t, place) == step;
    if (!has_step || m == ids->n) {
        res_sql_damaged_at(sql, has_step ? 2 : 1);
        return false;
    }
    t->values[ids->list[m].index * t->n_steps + place - 1] = value;
    return true;
}

swp_status res_study_values_load(res_store *store, res_trial *t, size_t after,
                                 const res_metric_ids *ids, swp_err *err)
{
    res_sql sql = res_sql_open(store, "SELECT trial_id, step, metric_id, value FROM value WHERE "
                                      "trial_id = ? AND step > ? AND step <= ?");
    res_sql_int(&sql, t->id);
    res_sql_int(&sql, after > 0 ? (int64_t)after : INT64_MIN); /* a step below 1 is damage */
    res_sql_size(&sql, t->budget);
    res_sql_rows_of(&sql, "value", 3);
    while (res_sql_row(&sql))
        if (!set_value(&sql, ids, t))
            break;
    return res_sql_close(&sql, err);
}

double res_trial_best(const res_study *study, const res_trial *trial, size_t step_metric, size_t n,
                      size_t *at)
{
    const double *values = res_series(trial, step_metric);
    double best = (double)NAN;
    size_t place = 0;
    for (size_t k = 0; k < trial->n_steps && k < n; k++) {
        bool better =
            study->step_metrics[step_metric].maximize ? values[k] > best : values[k] < best;
        if (better || (place == 0 && !isnan(values[k]))) {
            best = values[k];
            place = k + 1;
        }
    }
    if (at)
        *at = place > 0 ? res_step_number(trial, place) : 0;
    return best;
}

/* The whole */

void res_study_label(const res_study *study, const size_t *params, size_t n_params, size_t trial,
                     swp_buf *out)
{
    for (size_t i = 0; i < n_params; i++) {
        swp_buf_puts(out, i ? " " : "");
        swp_buf_puts(out, study->params[params[i]].name);
        swp_buf_puts(out, "=");
        swp_buf_puts(out, res_study_value(study, params[i], trial)->label);
    }
}

/* Labels name what differs: the axes, or, in a study whose store lists none, any parameter. */
static swp_status label_trials(res_study *study, swp_err *err)
{
    size_t *differ = swp_alloc(study->n_params, sizeof *differ), n = 0;
    if (!differ)
        return out_of_memory(err);
    for (size_t p = 0; p < study->n_params; p++)
        if ((p < study->n_axes || study->n_axes == 0) && study->params[p].differs)
            differ[n++] = p;
    swp_status status = SWP_OK;
    for (size_t i = 0; i < study->n_trials && status == SWP_OK; i++) {
        swp_buf label = {0};
        swp_buf_puts(&label, "");
        res_study_label(study, differ, n, i, &label);
        study->trials[i].label = label.text;
        if (label.failed)
            status = out_of_memory(err);
    }
    swp_free(differ);
    return status;
}

static swp_status load_study(res_store *store, res_study *out, swp_err *err)
{
    res_metric_ids ids = {0};
    swp_status status = load_trials(store, out, err);
    if (status == SWP_OK)
        status = res_step_metrics_load(store, out, &ids, err);
    if (status == SWP_OK)
        status = allocate_steps(out, err);
    if (status == SWP_OK)
        status = load_steps(store, out, err);
    for (size_t i = 0; i < out->n_trials && status == SWP_OK; i++)
        status = res_study_values_load(store, &out->trials[i], 0, &ids, err);
    if (status == SWP_OK)
        status = res_objective_load(store, out, err);
    if (status == SWP_OK)
        status = res_params_load(store, out, err);
    if (status == SWP_OK)
        status = label_trials(out, err);
    swp_free(ids.list);
    return status;
}

swp_status res_study_load(res_store *store, const char *experiment, res_study *out, swp_err *err)
{
    *out = (res_study){0};
    swp_status status = res_snapshot_begin(store, err);
    if (status != SWP_OK)
        return status;
    status = res_experiment_find(store, experiment, &out->experiment, err);
    if (status == SWP_OK)
        status = load_study(store, out, err);
    res_snapshot_end(store);
    return status;
}

void res_study_deinit(res_study *study)
{
    res_experiment_deinit(&study->experiment);
    for (size_t i = 0; i < study->n_trials; i++) {
        swp_free(study->trials[i].label);
        swp_free(study->trials[i].reason);
        swp_free(study->trials[i].values); /* the block of all series */
        swp_free(study->trials[i].best_steps);
        swp_free(study->trials[i].steps);
    }
    for (size_t p = 0; p < study->n_params; p++)
        res_param_deinit(&study->params[p]);
    for (size_t m = 0; m < study->n_step_metrics; m++)
        swp_free(study->step_metrics[m].name);
    swp_free(study->trials);
    swp_free(study->params);
    swp_free(study->step_metrics);
    *study = (res_study){0};
}
