/* Loads the parameters of a study: which distinct values each has, and which of them a trial has.
 * Texts are looked up by hash, so the time is linear in trials; the axes that the store lists come
 * first, in the order of columns. Labels for people are in labels.c. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "engine/base/mem.h"
#include "results/query/labels.h"
#include "results/query/params.h"
#include "results/stats/stats.h"
#include "results/store/sql.h"

/* Distinct texts of one parameter, found by hash while trials are read. */
typedef struct param_builder {
    res_param param;
    uint32_t *table; /* (capacity) index of a value + 1, 0 = free */
    size_t capacity; /* a power of two, or 0 */
    size_t trial;    /* the first that has it */
    size_t position; /* in its dump */
} param_builder;

/* Distinct parameters by key. */
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
    res_value *grown = swp_grow(p->values, p->n_values, sizeof *grown);
    if (grown)
        p->values = grown;
    char *copy = grown ? swp_strdup(text) : NULL;
    if (!copy)
        return UINT32_MAX;
    grown[p->n_values] = (res_value){.text = copy};
    b->table[at] = (uint32_t)++p->n_values;
    return (uint32_t)p->n_values - 1;
}

/* The parameter with this key, a new one if need be, whose trial and position the caller fills in;
 * NULL without memory. Trials list their parameters in one order, so the one after the last is
 * tried first. */
static param_builder *find_param(params_builder *all, const char *key, size_t guess,
                                 size_t n_trials)
{
    if (guess < all->n && strcmp(all->list[guess].param.key, key) == 0)
        return &all->list[guess];
    for (size_t p = 0; p < all->n; p++)
        if (strcmp(all->list[p].param.key, key) == 0)
            return &all->list[p];
    param_builder *grown = swp_grow(all->list, all->n, sizeof *grown);
    if (!grown)
        return NULL;
    all->list = grown;
    param_builder *b = &grown[all->n];
    *b = (param_builder){
        .param = {.key = swp_strdup(key), .of = swp_alloc(n_trials, sizeof *b->param.of)},
        .trial = SIZE_MAX};
    all->n++;
    /* Value 0 is that of trials without the parameter, until it turns out that there are none. */
    return b->param.key && b->param.of && intern(b, "") == 0 ? b : NULL;
}

/* As a trial lists its parameters, then what other trials have besides. */
static int compare_places(const void *a, const void *b)
{
    const param_builder *x = a, *y = b;
    if (x->trial != y->trial)
        return x->trial < y->trial ? -1 : 1;
    return (x->position > y->position) - (x->position < y->position);
}

/* SQLite would sort the parameters of every trial by their position, which takes as long as reading
 * them: only those that are found are sorted. */
static swp_status read_params(res_store *store, const res_study *study, params_builder *all,
                              swp_err *err)
{
    res_sql sql =
        res_sql_open(store, "SELECT number, key, value, position FROM revision_trial JOIN "
                            "trial_param USING (trial_id) WHERE revision_id = ? "
                            "ORDER BY number");
    res_sql_int(&sql, study->experiment.revision_id);
    res_sql_rows_of(&sql, "trial_param", 2);
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
            if (b && b->trial == SIZE_MAX) {
                b->trial = i;
                b->position = res_sql_size_at(&sql, 3);
            }
            guess = b ? (size_t)(b - all->list) + 1 : 0;
        } else if (key && value) {
            res_sql_damaged_at(&sql, 0);
        }
        swp_free(key);
        swp_free(value);
    }
    if (all->n > 0)
        qsort(all->list, all->n, sizeof *all->list, compare_places);
    return res_sql_close(&sql, err);
}

void res_param_deinit(res_param *p)
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

/* Words are categorical; numbers without a declared scale get the one that suits them. */
static bool find_scale(res_param *p, bool numbers)
{
    if (!numbers)
        p->scale = RES_CATEGORICAL;
    if (p->scale != RES_LINEAR)
        return true;
    double *ascending = swp_alloc(p->n_values, sizeof *ascending);
    size_t n = 0;
    if (!ascending)
        return false;
    for (size_t v = 0; v < p->n_values; v++)
        if (!isnan(p->values[v].number))
            ascending[n++] = p->values[v].number;
    if (res_grows_by_factors(ascending, n))
        p->scale = RES_LOG;
    swp_free(ascending);
    return true;
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
        ok = find_scale(p, numbers) && res_param_label(p);
    }
    swp_free(sorted);
    swp_free(moved);
    return ok;
}

/* Move the revision's axes, in their order, before the other parameters. */
static swp_status load_axes(res_store *store, res_study *study, swp_err *err)
{
    static const char *const scales[] = {
        [RES_CATEGORICAL] = "categorical", [RES_LINEAR] = "linear", [RES_LOG] = "log"};
    res_sql sql = res_sql_open(store, "SELECT key, name, scale, is_seed FROM axis "
                                      "WHERE revision_id = ? ORDER BY position");
    res_sql_int(&sql, study->experiment.revision_id);
    res_sql_rows_of(&sql, "axis", 1);
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
            axis.scale = (res_scale)res_sql_word_at(&sql, 2, scales, 3);
            axis.is_seed = res_sql_flag_at(&sql, 3);
            study->params[study->n_axes++] = axis;
        } else if (key && name && study->n_trials > 0) {
            res_sql_damaged_at(&sql, 0);
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

swp_status res_params_load(res_store *store, res_study *study, swp_err *err)
{
    params_builder all = {0};
    swp_status status = read_params(store, study, &all, err);
    study->params = swp_alloc(all.n, sizeof *study->params);
    if (status == SWP_OK && !study->params)
        status = swp_fail(err, SWP_NOMEM, "out of memory");
    for (size_t p = 0; p < all.n; p++) {
        swp_free(all.list[p].table);
        if (study->params)
            study->params[study->n_params++] = all.list[p].param;
        else
            res_param_deinit(&all.list[p].param);
    }
    swp_free(all.list);
    if (status == SWP_OK)
        status = load_axes(store, study, err);
    if (status == SWP_OK && !name_params(study))
        status = swp_fail(err, SWP_NOMEM, "out of memory");
    for (size_t p = 0; p < study->n_params && status == SWP_OK; p++)
        if (!finish_param(&study->params[p], study->n_trials))
            status = swp_fail(err, SWP_NOMEM, "out of memory");
    return status;
}
