/* The domain of an axis in Optuna's words: a JSON text like {"name": "FloatDistribution",
 * "attributes": {"step": null, "low": 1e-05, "high": 0.1, "log": true}}, which its views show with
 * every trial. It is that of the whole revision, since Optuna's plots drop a parameter whose
 * distribution differs between trials. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/json.h"
#include "engine/base/mem.h"
#include "results/stats/stats.h"
#include "results/store/sql.h"

typedef struct words {
    char **list; /* (n) owned */
    size_t n;
} words;

static void words_deinit(words *w)
{
    for (size_t i = 0; i < w->n; i++)
        swp_free(w->list[i]);
    swp_free(w->list);
}

/* The texts in a statement's only column, to its end. */
static swp_status list_texts(res_sql *sql, words *out, swp_err *err)
{
    while (res_sql_row(sql)) {
        char **grown = swp_grow(out->list, out->n, sizeof *grown);
        if (grown)
            out->list = grown;
        char *value = grown ? res_sql_text_at(sql, 0) : NULL;
        if (!value) {
            res_sql_out_of_memory(sql);
            break;
        }
        grown[out->n++] = value;
    }
    return res_sql_close(sql, err);
}

/* Distinct values of the revision's trials, in the order of their first use. */
static swp_status list_values(res_store *store, int64_t revision, const char *key, words *out,
                              swp_err *err)
{
    res_sql sql = res_sql_open(store, "SELECT value FROM revision_trial JOIN trial_param USING "
                                      "(trial_id) WHERE revision_id = ? AND key = ? "
                                      "GROUP BY value ORDER BY min(number)");
    res_sql_int(&sql, revision);
    res_sql_text(&sql, key);
    return list_texts(&sql, out, err);
}

static int compare_numbers(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void write_choices(const words *values, swp_json *json)
{
    swp_json_text(json, "name", "CategoricalDistribution");
    swp_json_object(json, "attributes");
    swp_json_list(json, "choices");
    for (size_t i = 0; i < values->n; i++)
        swp_json_text(json, NULL, values->list[i]);
    swp_json_end_list(json);
    swp_json_end_object(json);
}

/* shapes   ascending (n) */
static void write_range(const double *ascending, size_t n, bool is_whole, bool is_log,
                        swp_json *json)
{
    double low = n > 0 ? ascending[0] : 0, high = n > 0 ? ascending[n - 1] : 0;
    swp_json_text(json, "name", is_whole ? "IntDistribution" : "FloatDistribution");
    swp_json_object(json, "attributes");
    if (is_whole)
        swp_json_size(json, "step", 1);
    else
        swp_json_null(json, "step");
    swp_json_real(json, "low", low);
    swp_json_real(json, "high", high);
    swp_json_bool(json, "log", is_log && low > 0);
    swp_json_end_object(json);
}

static bool is_whole_number(double value)
{
    return value == floor(value) && fabs(value) < 9007199254740992.0;
}

/* Numbers make a range; if a text is not a number, all values are choices, whatever the scale. */
static swp_status write_domain(const char *scale, const words *values, swp_json *json, swp_err *err)
{
    size_t n = values->n;
    double *numbers = swp_alloc(n, sizeof *numbers);
    if (!numbers)
        return swp_fail(err, SWP_NOMEM, "out of memory for %zu values", n);
    bool is_number = strcmp(scale, "categorical") != 0, is_whole = true;
    for (size_t i = 0; i < n && is_number; i++) {
        is_number = swp_parse_double(values->list[i], &numbers[i]);
        is_whole = is_whole && is_number && is_whole_number(numbers[i]);
    }
    if (is_number) {
        qsort(numbers, n, sizeof *numbers, compare_numbers);
        bool is_log = strcmp(scale, "log") == 0 || res_grows_by_factors(numbers, n);
        write_range(numbers, n, is_whole, is_log, json);
    } else {
        write_choices(values, json);
    }
    swp_free(numbers);
    return SWP_OK;
}

/* What a search may propose. *found is false if it does not choose the parameter. */
static swp_status write_dimension(res_store *store, int64_t revision, const char *key,
                                  swp_json *json, bool *found, swp_err *err)
{
    res_sql sql =
        res_sql_open(store, "SELECT revision_id, position, low, high, kind = 'int', is_log, "
                            "choices IS NULL OR json_valid(choices) AS choices, choices IS NULL "
                            "FROM dimension WHERE revision_id = ? AND key = ?");
    res_sql_int(&sql, revision);
    res_sql_text(&sql, key);
    res_sql_rows_of(&sql, "dimension", 2);
    bool is_there = res_sql_row(&sql);
    if (is_there)
        (void)res_sql_count_at(&sql, 6, 1, 1);
    *found = is_there && res_sql_flag_at(&sql, 7);
    if (*found) {
        const double ends[] = {res_sql_number_at(&sql, 2), res_sql_number_at(&sql, 3)};
        if (ends[1] < ends[0])
            res_sql_damaged_at(&sql, 3);
        write_range(ends, 2, res_sql_flag_at(&sql, 4), res_sql_flag_at(&sql, 5), json);
    }
    return res_sql_close(&sql, err);
}

/* The values of a list that a search chooses from, else those of the revision's trials. */
static swp_status list_domain(res_store *store, int64_t revision, const char *key, words *out,
                              swp_err *err)
{
    res_sql sql = res_sql_open(store, "SELECT CAST(choice.value AS TEXT) FROM dimension, "
                                      "json_each(choices) AS "
                                      "choice WHERE revision_id = ? AND dimension.key = ? "
                                      "ORDER BY choice.key");
    res_sql_int(&sql, revision);
    res_sql_text(&sql, key);
    swp_status status = list_texts(&sql, out, err);
    return status == SWP_OK && out->n == 0 ? list_values(store, revision, key, out, err) : status;
}

swp_status res_distribution_make(res_store *store, int64_t revision, const char *key,
                                 const char *scale, char **out, swp_err *err)
{
    words values = {0};
    swp_json json = {.compact = true};
    bool found = false;
    swp_json_object(&json, NULL);
    swp_status status = write_dimension(store, revision, key, &json, &found, err);
    if (status == SWP_OK && !found)
        status = list_domain(store, revision, key, &values, err);
    if (status == SWP_OK && !found)
        status = write_domain(scale, &values, &json, err);
    swp_json_end_object(&json);
    if (status == SWP_OK && json.text.failed)
        status = swp_fail(err, SWP_NOMEM, "out of memory for the values of %s", key);
    words_deinit(&values);
    *out = json.text.text;
    if (status != SWP_OK) {
        swp_buf_deinit(&json.text);
        *out = NULL;
    }
    return status;
}

swp_status res_distribution_update(res_store *store, int64_t revision, const char *key,
                                   swp_err *err)
{
    char *distribution = NULL;
    swp_status status = res_distribution_make(store, revision, key, "linear", &distribution, err);
    if (status != SWP_OK)
        return status;
    res_sql sql = res_sql_open(store, "UPDATE axis SET distribution = ? "
                                      "WHERE revision_id = ? AND key = ?");
    res_sql_text(&sql, distribution);
    res_sql_int(&sql, revision);
    res_sql_text(&sql, key);
    status = res_sql_run(&sql, err);
    swp_free(distribution);
    return status;
}
