/* Data sets and what models made of them: classes, held-out rows, samples, reconstructions,
 * weights. */
#include <string.h>

#include "engine/base/mem.h"
#include "results/query/query.h"
#include "results/store/sql.h"

void res_classes_free(res_class *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        swp_free(list[i].label);
        swp_free(list[i].mean); /* the block of both arrays */
    }
    swp_free(list);
}

/* Columns: label, count, mean, sd. */
static void take_class(res_sql *sql, res_class *class)
{
    *class = (res_class){.label = res_sql_text_at(sql, 0), .count = res_sql_size_at(sql, 1)};
    if (res_sql_null_at(sql, 2))
        return;
    res_numbers numbers = {0};
    size_t n_sd;
    res_sql_append(sql, 2, &numbers, &class->length);
    res_sql_append(sql, 3, &numbers, &n_sd);
    class->mean = numbers.values;
    if (numbers.n != 2 * class->length)
        res_sql_damaged(sql);
    else
        class->sd = class->mean + class->length;
}

swp_status res_classes_list(res_store *store, int64_t data_set, res_class **out, size_t *n,
                            swp_err *err)
{
    *out = NULL;
    *n = 0;
    res_sql sql = res_sql_open(
        store, "SELECT label, count, mean, sd FROM class LEFT JOIN class_profile "
               "USING (data_set_id, position) WHERE data_set_id = ? ORDER BY position");
    res_sql_int(&sql, data_set);
    while (res_sql_row(&sql)) {
        res_class *grown = res_grow(*out, *n, sizeof **out);
        if (!grown) {
            res_sql_out_of_memory(&sql);
            break;
        }
        *out = grown;
        take_class(&sql, &grown[(*n)++]);
    }
    swp_status status = res_sql_close(&sql, err);
    if (status != SWP_OK) {
        res_classes_free(*out, *n);
        *out = NULL;
        *n = 0;
    }
    return status;
}

/* Whether all positions are those of classes; makes them indexes. */
static bool to_indexes(uint32_t *positions, size_t n, size_t n_classes)
{
    for (size_t i = 0; i < n; i++) {
        if (positions[i] < 1 || positions[i] > n_classes)
            return false;
        positions[i]--;
    }
    return true;
}

/* Read the subsets' rows and classes one after the other. Returns the number of subsets. */
static size_t take_held_out(res_sql *sql, res_numbers *numbers, size_t sizes[RES_SUBSETS])
{
    size_t n = 0, n_classes;
    for (; n < RES_SUBSETS && res_sql_row(sql); n++) {
        res_sql_append(sql, 0, numbers, &sizes[n]);
        res_sql_append(sql, 1, numbers, &n_classes);
        uint32_t *values = numbers->values;
        if (n_classes != sizes[n] ||
            (n_classes > 0 &&
             !to_indexes(values + numbers->n - n_classes, n_classes, res_sql_size_at(sql, 2))))
            res_sql_damaged(sql);
    }
    return n;
}

swp_status res_held_out_load(res_store *store, int64_t split, res_held_out out[RES_SUBSETS],
                             void **block, swp_err *err)
{
    memset(out, 0, RES_SUBSETS * sizeof *out);
    *block = NULL;
    res_numbers numbers = {0};
    size_t sizes[RES_SUBSETS] = {0};
    res_sql sql = res_sql_open(
        store, "SELECT rows, classes, (SELECT count(*) FROM class WHERE class.data_set_id = "
               "split.data_set_id) FROM split JOIN held_out ON split_id = split.id WHERE "
               "split.id = ? "
               "ORDER BY CASE subset WHEN 'val' THEN 1 WHEN 'test' THEN 2 ELSE 3 END");
    res_sql_int(&sql, split);
    size_t n = take_held_out(&sql, &numbers, sizes);
    swp_status status = res_sql_close(&sql, err);
    if (status == SWP_OK && n < RES_SUBSETS) {
        status = swp_fail(err, SWP_CONFIG, "%s: it is not known which rows were held out",
                          res_store_path(store));
        swp_hint(err, "an older sweep recorded this; `sweep run` with the same file adds it");
    }
    if (status != SWP_OK) {
        swp_free(numbers.values);
        return status;
    }
    const uint32_t *at = numbers.values;
    for (int i = 0; i < RES_SUBSETS; at += 2 * sizes[i++])
        out[i] = (res_held_out){.rows = at, .classes = at + sizes[i], .n = sizes[i]};
    *block = numbers.values;
    return SWP_OK;
}

/* Columns: subset, index, series, length of the data set, size of the subset. */
static void take_sample(res_sql *sql, res_sample *sample, res_numbers *series)
{
    size_t n = 0;
    char *subset = res_sql_text_at(sql, 0);
    bool is_test = subset && strcmp(subset, res_subset_name(RES_TEST)) == 0;
    bool is_anomaly = subset && strcmp(subset, res_subset_name(RES_ANOMALY)) == 0;
    swp_free(subset);
    *sample = (res_sample){
        .subset = is_test ? RES_TEST : RES_ANOMALY,
        .index = res_sql_size_at(sql, 1),
    };
    res_sql_append(sql, 2, series, &n);
    if (!(is_test || is_anomaly) || n != res_sql_size_at(sql, 3) ||
        sample->index >= res_sql_size_at(sql, 4))
        res_sql_damaged(sql);
}

void res_samples_deinit(res_samples *samples)
{
    swp_free(samples->list);
    swp_free(samples->block);
    *samples = (res_samples){0};
}

swp_status res_samples_load(res_store *store, int64_t split, res_samples *out, swp_err *err)
{
    *out = (res_samples){0};
    res_numbers series = {0};
    res_sql sql = res_sql_open(
        store,
        "SELECT sample.subset, held_out_index, series, length, length(rows) / 4 FROM sample "
        "JOIN split ON split.id = sample.split_id JOIN data_set ON data_set.id = data_set_id "
        "LEFT JOIN held_out ON held_out.split_id = split.id AND "
        "held_out.subset = sample.subset WHERE split.id = ? ORDER BY position");
    res_sql_int(&sql, split);
    while (res_sql_row(&sql)) {
        res_sample *grown = res_grow(out->list, out->n, sizeof *grown);
        if (!grown) {
            res_sql_out_of_memory(&sql);
            break;
        }
        out->list = grown;
        take_sample(&sql, &grown[out->n++], &series);
    }
    swp_status status = res_sql_close(&sql, err);
    out->block = series.values;
    if (status != SWP_OK) {
        res_samples_deinit(out);
        return status;
    }
    out->length = out->n > 0 ? series.n / out->n : 0;
    for (size_t i = 0; i < out->n; i++)
        out->list[i].series = (const float *)series.values + i * out->length;
    return SWP_OK;
}

static swp_status fail_not_kept(const res_store *store, const char *what, int64_t trial,
                                size_t epoch, swp_err *err)
{
    swp_status status = swp_fail(err, SWP_CONFIG, "%s: no %s of trial %lld at epoch %zu",
                                 res_store_path(store), what, (long long)trial, epoch);
    swp_hint(err,
             "kept are the epochs that planned evaluations select, if this sweep trained them");
    return status;
}

swp_status res_reconstructions_load(res_store *store, int64_t trial, size_t epoch, float **out,
                                    size_t *n_numbers, swp_err *err)
{
    *out = NULL;
    *n_numbers = 0;
    bool found = false;
    res_sql sql =
        res_sql_open(store, "SELECT series FROM reconstruction WHERE trial_id = ? AND step = ?");
    res_sql_int(&sql, trial);
    res_sql_size(&sql, epoch);
    if (res_sql_row(&sql)) {
        found = true;
        res_numbers numbers = {0};
        res_sql_append(&sql, 0, &numbers, n_numbers);
        *out = numbers.values;
    }
    swp_status status = res_sql_close(&sql, err);
    if (status == SWP_OK && !found)
        status = fail_not_kept(store, "reconstructions", trial, epoch, err);
    return status;
}

swp_status res_weights_load(res_store *store, int64_t trial, size_t epoch, void **out,
                            size_t *n_bytes, swp_err *err)
{
    *out = NULL;
    *n_bytes = 0;
    bool found = false;
    res_sql sql =
        res_sql_open(store, "SELECT safetensors FROM weights WHERE trial_id = ? AND step = ?");
    res_sql_int(&sql, trial);
    res_sql_size(&sql, epoch);
    if (res_sql_row(&sql)) {
        found = true;
        *out = res_sql_bytes_at(&sql, 0, n_bytes);
    }
    swp_status status = res_sql_close(&sql, err);
    if (status == SWP_OK && !found)
        status = fail_not_kept(store, "weights", trial, epoch, err);
    return status;
}
