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

/* Columns: data set, position, label, count, mean, sd, length of the data set, its rows. The sd of
 * a single sequence is NAN. */
static void take_class(res_sql *sql, res_class *class)
{
    *class = (res_class){.label = res_sql_text_at(sql, 2),
                         .count = res_sql_count_at(sql, 3, 0, res_sql_size_at(sql, 7))};
    if (res_sql_null_at(sql, 4))
        return;
    res_numbers numbers = {0};
    size_t length = res_sql_size_at(sql, 6), n_sd;
    res_sql_append_finite(sql, 4, &numbers, &class->length);
    res_sql_append(sql, 5, &numbers, &n_sd);
    class->mean = numbers.values;
    class->sd = class->mean ? class->mean + class->length : NULL;
    if (class->length != length)
        res_sql_damaged_at(sql, 4);
    if (n_sd != length)
        res_sql_damaged_at(sql, 5);
}

swp_status res_classes_list(res_store *store, int64_t data_set, res_class **out, size_t *n,
                            swp_err *err)
{
    *out = NULL;
    *n = 0;
    res_sql sql = res_sql_open(
        store, "SELECT class.data_set_id, class.position, label, count, mean, sd, length, n_rows "
               "FROM class JOIN data_set ON data_set.id = class.data_set_id LEFT JOIN "
               "class_profile ON class_profile.data_set_id = class.data_set_id AND "
               "class_profile.position = class.position WHERE class.data_set_id = ? "
               "ORDER BY class.position");
    res_sql_int(&sql, data_set);
    res_sql_rows_of(&sql, "class", 2);
    while (res_sql_row(&sql)) {
        res_class *grown = swp_grow(*out, *n, sizeof **out);
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

/* Read one column of a subset: n numbers, each one of n_known that count from `first`, and make
 * them indexes. */
static void take_indexes(res_sql *sql, int column, size_t n, uint32_t first, size_t n_known,
                         res_numbers *numbers)
{
    size_t found;
    res_sql_append(sql, column, numbers, &found);
    uint32_t *values = numbers->values;
    bool sound = found == n;
    for (size_t i = numbers->n - found; i < numbers->n; i++) {
        sound &= values[i] >= first && values[i] - first < n_known;
        values[i] -= first;
    }
    if (!sound)
        res_sql_damaged_at(sql, column);
}

/* Read the subsets' rows and classes one after the other. Columns: split, subset, rows, classes,
 * how many there must be, rows and classes of the data set. Returns the number of subsets. */
static size_t take_held_out(res_sql *sql, res_numbers *numbers, size_t sizes[RES_SUBSETS])
{
    size_t n = 0;
    for (; n < RES_SUBSETS && res_sql_row(sql); n++) {
        sizes[n] = res_sql_size_at(sql, 4);
        take_indexes(sql, 2, sizes[n], 0, res_sql_size_at(sql, 5), numbers);
        take_indexes(sql, 3, sizes[n], 1, res_sql_size_at(sql, 6), numbers);
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
        store, "SELECT split.id, subset, rows, classes, CASE subset WHEN 'val' THEN n_val "
               "WHEN 'test' THEN n_test ELSE n_anomaly END, n_rows, "
               "(SELECT count(*) FROM class WHERE class.data_set_id = split.data_set_id) "
               "FROM split JOIN held_out ON split_id = split.id "
               "JOIN data_set ON data_set.id = split.data_set_id WHERE split.id = ? "
               "ORDER BY CASE subset WHEN 'val' THEN 1 WHEN 'test' THEN 2 ELSE 3 END");
    res_sql_int(&sql, split);
    res_sql_rows_of(&sql, "held_out", 2);
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

/* Columns: split, position, subset, index, series, length of the data set, size of the subset. */
static void take_sample(res_sql *sql, res_sample *sample, res_numbers *series)
{
    const char *const subsets[] = {res_subset_name(RES_TEST), res_subset_name(RES_ANOMALY)};
    size_t n = 0, n_held_out = res_sql_count_at(sql, 6, 1, UINT32_MAX);
    *sample = (res_sample){
        .subset = res_sql_word_at(sql, 2, subsets, 2) == 0 ? RES_TEST : RES_ANOMALY,
        .index = res_sql_count_at(sql, 3, 0, n_held_out > 0 ? n_held_out - 1 : 0),
    };
    res_sql_append_finite(sql, 4, series, &n);
    if (n != res_sql_size_at(sql, 5))
        res_sql_damaged_at(sql, 4);
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
        store, "SELECT split.id, position, sample.subset, held_out_index, series, length, "
               "length(rows) / 4 FROM sample JOIN split ON split.id = sample.split_id JOIN "
               "data_set ON data_set.id = data_set_id "
               "LEFT JOIN held_out ON held_out.split_id = split.id AND "
               "held_out.subset = sample.subset WHERE split.id = ? ORDER BY position");
    res_sql_int(&sql, split);
    res_sql_rows_of(&sql, "sample", 2);
    while (res_sql_row(&sql)) {
        res_sample *grown = swp_grow(out->list, out->n, sizeof *grown);
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
    res_sql sql = res_sql_open(
        store, "SELECT trial_id, step, series, (SELECT count(*) FROM sample WHERE "
               "sample.split_id = trial.split_id) * length FROM reconstruction "
               "JOIN trial ON trial.id = trial_id JOIN data_set ON data_set.id = data_set_id "
               "WHERE trial_id = ? AND step = ?");
    res_sql_int(&sql, trial);
    res_sql_size(&sql, epoch);
    res_sql_rows_of(&sql, "reconstruction", 2);
    if (res_sql_row(&sql)) {
        found = true;
        res_numbers numbers = {0};
        res_sql_append_finite(&sql, 2, &numbers, n_numbers);
        if (*n_numbers != res_sql_size_at(&sql, 3))
            res_sql_damaged_at(&sql, 2);
        *out = numbers.values;
    }
    swp_status status = res_sql_close(&sql, err);
    if (status != SWP_OK) {
        swp_free(*out);
        *out = NULL;
        *n_numbers = 0;
    }
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
        res_sql_open(store, "SELECT trial_id, step, safetensors FROM weights WHERE trial_id = ? "
                            "AND step = ?");
    res_sql_int(&sql, trial);
    res_sql_size(&sql, epoch);
    res_sql_rows_of(&sql, "weights", 2);
    if (res_sql_row(&sql)) {
        found = true;
        *out = res_sql_bytes_at(&sql, 2, n_bytes);
    }
    swp_status status = res_sql_close(&sql, err);
    if (status == SWP_OK && !found)
        status = fail_not_kept(store, "weights", trial, epoch, err);
    return status;
}
