/* Loads a study: trials with the values of their steps, and the parameters in which they may
 * differ. Everything comes from a few statements over the whole revision, and texts are looked up
 * by hash, so the time is linear in trials and steps. Labels for people are in labels.c. */
#include "results/query/study.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "engine/base/mem.h"
#include "results/query/labels.h"
#include "results/store/sql.h"

const double *res_series(const res_trial *trial, size_t step_metric)
{
    return trial->values + step_metric * trial->n_steps;
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

static res_state read_state(res_sql *sql, int column)
{
    char *text = res_sql_text_at(sql, column);
    res_state state = RES_WAITING;
    while (text && state <= RES_FAILED && strcmp(text, res_state_name(state)) != 0)
        state++;
    if (text && state > RES_FAILED) {
        res_sql_damaged(sql);
        state = RES_FAILED;
    }
    swp_free(text);
    return state;
}

static swp_status load_trials(res_store *store, res_study *study, swp_err *err)
{
    res_sql sql = res_sql_open(
        store, "SELECT trial.id, number, stage = 'confirm', state, reason, budget, "
               "coalesce((SELECT max(step) FROM step WHERE step.trial_id = trial.id AND "
               "step <= budget), 0), data_set_id, split_id, weights, n_test, n_anomaly "
               "FROM revision_trial JOIN trial ON trial.id = trial_id LEFT JOIN data_set ON "
               "data_set.id = data_set_id WHERE revision_id = ? ORDER BY number");
    res_sql_int(&sql, study->experiment.revision_id);
    while (res_sql_row(&sql)) {
        res_trial *grown = res_grow(study->trials, study->n_trials, sizeof *grown);
        if (!grown) {
            res_sql_out_of_memory(&sql);
            break;
        }
        study->trials = grown;
        res_trial *t = &grown[study->n_trials++];
        *t = (res_trial){
            .id = res_sql_int_at(&sql, 0),
            .number = res_sql_size_at(&sql, 1),
            .is_confirm = res_sql_int_at(&sql, 2) != 0,
            .state = read_state(&sql, 3),
            .reason = res_sql_optional_text_at(&sql, 4),
            .budget = res_sql_size_at(&sql, 5),
            .n_steps = res_sql_size_at(&sql, 6),
            .data_set = res_sql_int_at(&sql, 7), /* NULL reads as 0 */
            .split = res_sql_int_at(&sql, 8),
            .weights = res_sql_size_at(&sql, 9),
            .n_normal = (uint32_t)res_sql_int_at(&sql, 10),
            .n_anomaly = (uint32_t)res_sql_int_at(&sql, 11),
        };
        if (t->number < 1 || t->number > UINT32_MAX || t->n_steps > RES_MOST_STEPS)
            res_sql_damaged(&sql);
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

/* Steps come by trial and without gaps: anything else is damage. */
static swp_status load_steps(res_store *store, res_study *study, swp_err *err)
{
    res_sql sql =
        res_sql_open(store, "SELECT number, step, best_step, train_s, eval_s FROM revision_trial "
                            "JOIN step USING (trial_id) WHERE revision_id = ? AND step <= budget "
                            "ORDER BY number, step");
    res_sql_int(&sql, study->experiment.revision_id);
    size_t i = 0, step = 0;
    while (res_sql_row(&sql)) {
        while (i < study->n_trials && step == study->trials[i].n_steps) {
            i++;
            step = 0;
        }
        size_t best = res_sql_size_at(&sql, 2);
        if (i == study->n_trials || res_sql_size_at(&sql, 0) != study->trials[i].number ||
            res_sql_size_at(&sql, 1) != step + 1 || best < 1 || best > step + 1) {
            res_sql_damaged(&sql);
            break;
        }
        res_trial *t = &study->trials[i];
        t->best_steps[step] = (uint32_t)best;
        t->train_s[step] = res_sql_real_at(&sql, 3);
        t->eval_s[step] = res_sql_real_at(&sql, 4);
        step++;
    }
    while (i < study->n_trials && step == study->trials[i].n_steps) {
        i++;
        step = 0;
    }
    if (i < study->n_trials)
        res_sql_damaged(&sql);
    return res_sql_close(&sql, err);
}

/* Metrics of steps */

static swp_status add_step_metric(res_study *study, const char *name, bool maximize, swp_err *err)
{
    res_step_metric *grown = res_grow(study->step_metrics, study->n_step_metrics, sizeof *grown);
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

/* Ids of the store's metrics with the index that each has in the study. */
typedef struct metric_ids {
    struct {
        int64_t id;
        size_t index;
    } * list; /* (n) */
    size_t n;
} metric_ids;

static swp_status load_step_metrics(res_store *store, res_study *study, metric_ids *ids,
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
    res_sql sql = res_sql_open(store, "SELECT metric.id, name, direction = 'maximize' FROM metric "
                                      "JOIN revision USING (experiment_id) WHERE revision.id = ? "
                                      "ORDER BY name");
    res_sql_int(&sql, study->experiment.revision_id);
    while (status == SWP_OK && res_sql_row(&sql)) {
        char *name = res_sql_text_at(&sql, 1);
        void *grown = res_grow(ids->list, ids->n, sizeof *ids->list);
        if (grown)
            ids->list = grown;
        if (!grown)
            res_sql_out_of_memory(&sql);
        if (!name || !grown) {
            swp_free(name);
            break;
        }
        size_t index = find_step_metric(study, name);
        if (index == study->n_step_metrics)
            status = add_step_metric(study, name, res_sql_int_at(&sql, 2) != 0, err);
        ids->list[ids->n].id = res_sql_int_at(&sql, 0);
        ids->list[ids->n++].index = index;
        swp_free(name);
    }
    swp_status closed = res_sql_close(&sql, status == SWP_OK ? err : NULL);
    return status == SWP_OK ? closed : status;
}

static swp_status load_values(res_store *store, res_study *study, const metric_ids *ids,
                              swp_err *err)
{
    res_sql sql = res_sql_open(
        store, "SELECT number, step, metric_id, value FROM revision_trial JOIN value USING "
               "(trial_id) WHERE revision_id = ? AND step <= budget ORDER BY number, step");
    res_sql_int(&sql, study->experiment.revision_id);
    size_t i = 0;
    while (res_sql_row(&sql)) {
        size_t number = res_sql_size_at(&sql, 0), step = res_sql_size_at(&sql, 1), m = 0;
        int64_t id = res_sql_int_at(&sql, 2);
        while (i < study->n_trials && study->trials[i].number < number)
            i++;
        while (m < ids->n && ids->list[m].id != id)
            m++;
        double value = res_sql_real_at(&sql, 3);
        if (i == study->n_trials || m == ids->n || step < 1 || step > study->trials[i].n_steps ||
            !isfinite(value)) {
            res_sql_damaged(&sql);
            break;
        }
        res_trial *t = &study->trials[i];
        t->values[ids->list[m].index * t->n_steps + step - 1] = value;
    }
    return res_sql_close(&sql, err);
}

/* Parameters */

/* Distinct texts of one parameter, found by hash while trials are read. */
typedef struct param_builder {
    res_param param;
    uint32_t *table; /* (capacity) index of a value + 1, 0 = free */
    size_t capacity; /* a power of two, or 0 */
} param_builder;

/* Distinct parameters by key, in the order of the dump. */
typedef struct params_builder {
    param_builder *list; /* (n) */
    size_t n;
} params_builder;

static bool grow_table(param_builder *b)
{
    size_t capacity = b->capacity ? 2 * b->capacity : 16;
    uint32_t *table = swp_alloc(capacity, sizeof *table);
    if (!table)
        return false;
    for (size_t v = 0; v < b->param.n_values; v++) {
        const char *text = b->param.values[v].text;
        size_t at = swp_hash(text, strlen(text), SWP_HASH_START) & (capacity - 1);
        while (table[at])
            at = (at + 1) & (capacity - 1);
        table[at] = (uint32_t)v + 1;
    }
    swp_free(b->table);
    b->table = table;
    b->capacity = capacity;
    return true;
}

/* Index of a value with this text, a new one if need be; UINT32_MAX without memory. */
static uint32_t intern(param_builder *b, const char *text)
{
    res_param *p = &b->param;
    if (2 * (p->n_values + 1) > b->capacity && !grow_table(b))
        return UINT32_MAX;
    size_t at = swp_hash(text, strlen(text), SWP_HASH_START) & (b->capacity - 1);
    for (; b->table[at]; at = (at + 1) & (b->capacity - 1))
        if (strcmp(p->values[b->table[at] - 1].text, text) == 0)
            return b->table[at] - 1;
    res_value *grown = res_grow(p->values, p->n_values, sizeof *grown);
    if (grown)
        p->values = grown;
    char *copy = grown ? swp_strdup(text) : NULL;
    if (!copy)
        return UINT32_MAX;
    grown[p->n_values] = (res_value){.text = copy};
    b->table[at] = (uint32_t)++p->n_values;
    return (uint32_t)p->n_values - 1;
}

/* The parameter with this key, a new one if need be; NULL without memory. Trials list their
 * parameters in one order, so the one after the last is tried first. */
static param_builder *find_param(params_builder *all, const char *key, size_t guess,
                                 size_t n_trials)
{
    if (guess < all->n && strcmp(all->list[guess].param.key, key) == 0)
        return &all->list[guess];
    for (size_t p = 0; p < all->n; p++)
        if (strcmp(all->list[p].param.key, key) == 0)
            return &all->list[p];
    param_builder *grown = res_grow(all->list, all->n, sizeof *grown);
    if (!grown)
        return NULL;
    all->list = grown;
    param_builder *b = &grown[all->n];
    *b = (param_builder){
        .param = {.key = swp_strdup(key), .of = swp_alloc(n_trials, sizeof *b->param.of)}};
    all->n++;
    /* Value 0 is that of trials without the parameter, until it turns out that there are none. */
    return b->param.key && b->param.of && intern(b, "") == 0 ? b : NULL;
}

static swp_status read_params(res_store *store, const res_study *study, params_builder *all,
                              swp_err *err)
{
    res_sql sql = res_sql_open(store, "SELECT number, key, value FROM revision_trial JOIN "
                                      "trial_param USING (trial_id) WHERE revision_id = ? "
                                      "ORDER BY number, position");
    res_sql_int(&sql, study->experiment.revision_id);
    size_t i = 0, guess = 0;
    while (res_sql_row(&sql)) {
        size_t number = res_sql_size_at(&sql, 0);
        if (i < study->n_trials && study->trials[i].number != number)
            guess = 0;
        while (i < study->n_trials && study->trials[i].number < number)
            i++;
        char *key = res_sql_text_at(&sql, 1), *value = res_sql_text_at(&sql, 2);
        if (key && value && i < study->n_trials) {
            param_builder *b = find_param(all, key, guess, study->n_trials);
            uint32_t index = b ? intern(b, value) : UINT32_MAX;
            if (index == UINT32_MAX)
                res_sql_out_of_memory(&sql);
            else
                b->param.of[i] = index;
            guess = b ? (size_t)(b - all->list) + 1 : 0;
        } else if (key && value) {
            res_sql_damaged(&sql);
        }
        swp_free(key);
        swp_free(value);
    }
    return res_sql_close(&sql, err);
}

static void free_param(res_param *p)
{
    for (size_t v = 0; v < p->n_values; v++) {
        swp_free(p->values[v].text);
        swp_free(p->values[v].label);
    }
    swp_free(p->values);
    swp_free(p->of);
    swp_free(p->key);
    swp_free(p->name);
    swp_free(p->title);
    *p = (res_param){0};
}

/* A value and the place where it was first seen. */
typedef struct placed_value {
    res_value value;
    uint32_t place;
} placed_value;

static int compare_values(const void *a, const void *b)
{
    const placed_value *x = a, *y = b;
    int order = (x->value.number > y->value.number) - (x->value.number < y->value.number);
    return order ? order : (x->place > y->place) - (x->place < y->place);
}

/* Drop the value of no trial, order the others and look at what they are. */
static bool finish_param(res_param *p, size_t n_trials)
{
    bool numbers = true, absent = false;
    for (size_t i = 0; i < n_trials; i++)
        absent |= p->of[i] == 0;
    size_t n = 0, first = absent ? 0 : 1;
    placed_value *sorted = swp_alloc(p->n_values, sizeof *sorted);
    uint32_t *moved = swp_alloc(p->n_values, sizeof *moved);
    bool ok = sorted && moved;
    if (ok && !absent)
        swp_free(p->values[0].text);
    for (size_t v = first; ok && v < p->n_values; v++) {
        res_value *value = &p->values[v];
        if (!swp_parse_double(value->text, &value->number))
            value->number = (double)NAN;
        numbers &= !isnan(value->number) || v == 0;
        sorted[n++] = (placed_value){.value = *value, .place = (uint32_t)v};
    }
    if (ok) {
        /* Trials without the parameter come first. */
        for (size_t v = 0; v < n && numbers; v++)
            if (sorted[v].place == 0)
                sorted[v].value.number = (double)-INFINITY;
        if (numbers)
            qsort(sorted, n, sizeof *sorted, compare_values);
        for (size_t v = 0; v < n; v++) {
            moved[sorted[v].place] = (uint32_t)v;
            p->values[v] = sorted[v].value;
            if (sorted[v].place == 0)
                p->values[v].number = (double)NAN;
        }
        for (size_t i = 0; i < n_trials; i++)
            p->of[i] = moved[p->of[i]];
        p->n_values = n;
        p->differs = n > 1;
        if (!numbers)
            p->scale = RES_CATEGORICAL;
        else if (p->scale == RES_LINEAR)
            p->scale = res_scale_of(p->values, p->n_values);
        ok = res_param_label(p);
    }
    swp_free(sorted);
    swp_free(moved);
    return ok;
}

/* Move the revision's axes, in their order, before the other parameters. */
static swp_status load_axes(res_store *store, res_study *study, swp_err *err)
{
    res_sql sql =
        res_sql_open(store, "SELECT key, name, scale = 'log', scale = 'categorical', is_seed FROM "
                            "axis WHERE revision_id = ? ORDER BY position");
    res_sql_int(&sql, study->experiment.revision_id);
    while (res_sql_row(&sql)) {
        char *key = res_sql_text_at(&sql, 0), *name = res_sql_text_at(&sql, 1);
        size_t p = study->n_axes;
        while (key && p < study->n_params && strcmp(study->params[p].key, key) != 0)
            p++;
        if (key && name && p < study->n_params) {
            res_param axis = study->params[p];
            memmove(&study->params[study->n_axes + 1], &study->params[study->n_axes],
                    (p - study->n_axes) * sizeof axis);
            axis.name = name;
            name = NULL;
            axis.scale = res_sql_int_at(&sql, 2)   ? RES_LOG
                         : res_sql_int_at(&sql, 3) ? RES_CATEGORICAL
                                                   : RES_LINEAR;
            axis.is_seed = res_sql_int_at(&sql, 4) != 0;
            study->params[study->n_axes++] = axis;
        } else if (key && name && study->n_trials > 0) {
            res_sql_damaged(&sql);
        }
        swp_free(key);
        swp_free(name);
    }
    return res_sql_close(&sql, err);
}

/* Names of the parameters that are no axes: without the section where that is unique. */
static bool name_params(res_study *study)
{
    for (size_t p = study->n_axes; p < study->n_params; p++) {
        const char *key = study->params[p].key, *dot = strchr(key, '.');
        const char *name = dot ? dot + 1 : key;
        for (size_t q = 0; q < study->n_params; q++) {
            const char *other = study->params[q].key, *its_dot = strchr(other, '.');
            if (q != p && strcasecmp(its_dot ? its_dot + 1 : other, name) == 0)
                name = key;
        }
        study->params[p].name = swp_strdup(name);
        if (!study->params[p].name)
            return false;
    }
    return true;
}

static swp_status load_params(res_store *store, res_study *study, swp_err *err)
{
    params_builder all = {0};
    swp_status status = read_params(store, study, &all, err);
    study->params = swp_alloc(all.n, sizeof *study->params);
    if (status == SWP_OK && !study->params)
        status = out_of_memory(err);
    for (size_t p = 0; p < all.n; p++) {
        swp_free(all.list[p].table);
        if (study->params)
            study->params[study->n_params++] = all.list[p].param;
        else
            free_param(&all.list[p].param);
    }
    swp_free(all.list);
    if (status == SWP_OK)
        status = load_axes(store, study, err);
    if (status == SWP_OK && !name_params(study))
        status = out_of_memory(err);
    for (size_t p = 0; p < study->n_params && status == SWP_OK; p++)
        if (!finish_param(&study->params[p], study->n_trials))
            status = out_of_memory(err);
    return status;
}

/* The whole */

void res_study_label(const res_study *study, const size_t *params, size_t n_params, size_t trial,
                     swp_buf *out)
{
    for (size_t i = 0; i < n_params; i++)
        swp_buf_printf(out, "%s%s=%s", i ? " " : "", study->params[params[i]].name,
                       res_study_value(study, params[i], trial)->label);
}

/* Labels name what differs: the axes, or, in a study whose store lists none, any parameter. */
static swp_status label_trials(res_study *study, swp_err *err)
{
    size_t *differ = swp_alloc(study->n_params, sizeof *differ), n = 0;
    if (!differ)
        return out_of_memory(err);
    for (size_t p = 0; p < study->n_params; p++)
        if (study->params[p].differs && (p < study->n_axes || study->n_axes == 0))
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
    metric_ids ids = {0};
    swp_status status = load_trials(store, out, err);
    if (status == SWP_OK)
        status = load_step_metrics(store, out, &ids, err);
    if (status == SWP_OK)
        status = allocate_steps(out, err);
    if (status == SWP_OK)
        status = load_steps(store, out, err);
    if (status == SWP_OK)
        status = load_values(store, out, &ids, err);
    if (status == SWP_OK)
        status = load_params(store, out, err);
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
    }
    for (size_t p = 0; p < study->n_params; p++)
        free_param(&study->params[p]);
    for (size_t m = 0; m < study->n_step_metrics; m++)
        swp_free(study->step_metrics[m].name);
    swp_free(study->trials);
    swp_free(study->params);
    swp_free(study->step_metrics);
    *study = (res_study){0};
}
