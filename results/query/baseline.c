/* Reading of baselines: which of a split's belong to a study is told by its trials. */
#include "results/query/baseline.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/base/mem.h"
#include "results/store/sql.h"

static bool is_shown(const res_study *study, const bool *use, const res_baseline *b)
{
    for (size_t t = 0; t < study->n_trials; t++)
        if ((!use || use[t]) && study->trials[t].split == b->split &&
            (b->components == 0 || study->trials[t].code == b->components))
            return true;
    return false;
}

/* Columns: split, method, components, val, test, anomaly, tune, and how many there must be of the
 * four. */
static res_baseline read_baseline(res_sql *sql)
{
    res_baseline b = {.split = res_sql_id_at(sql, 0),
                      .method = (res_baseline_method)res_sql_word_at(sql, 1, res_baseline_words,
                                                                     RES_BASELINE_METHODS)};
    bool is_pca = b.method == RES_BASELINE_PCA;
    b.components = res_sql_count_at(sql, 2, is_pca, is_pca ? UINT32_MAX : 0);
    res_numbers numbers = {0};
    size_t *const sizes[] = {&b.errors.n_val, &b.errors.n_test, &b.errors.n_anomaly,
                             &b.errors.n_tune};
    for (int i = 0; i < 4; i++) {
        res_sql_append_finite(sql, 3 + i, &numbers, sizes[i]);
        if (*sizes[i] != res_sql_size_at(sql, 7 + i))
            res_sql_damaged_at(sql, 3 + i);
    }
    b.block = numbers.values;
    b.errors.val = numbers.values;
    b.errors.test = b.errors.val + b.errors.n_val;
    b.errors.anomaly = b.errors.test + b.errors.n_test;
    b.errors.tune = b.errors.anomaly + b.errors.n_anomaly;
    return b;
}

static swp_status load_all(res_store *store, int64_t revision, res_baseline **out, size_t *n,
                           swp_err *err)
{
    res_sql sql = res_sql_open(
        store, "SELECT split_id, method, components, val, test, anomaly, tune, n_val, n_test, "
               "n_anomaly, coalesce((SELECT length(rows) / 4 FROM tune_part WHERE "
               "tune_part.split_id = baseline.split_id), 0) FROM baseline JOIN split ON split.id = "
               "split_id JOIN data_set ON data_set.id = data_set_id WHERE split_id IN "
               "(SELECT split_id FROM revision_trial JOIN trial ON trial.id = trial_id WHERE "
               "revision_id = ?) ORDER BY method <> 'mean', method <> 'pca', components, split_id");
    res_sql_int(&sql, revision);
    res_sql_rows_of(&sql, "baseline", 2);
    while (res_sql_row(&sql)) {
        res_baseline *grown = swp_grow(*out, *n, sizeof *grown);
        if (!grown) {
            res_sql_out_of_memory(&sql);
            break;
        }
        *out = grown;
        grown[(*n)++] = read_baseline(&sql);
    }
    return res_sql_close(&sql, err);
}

static void deinit(res_baseline *b)
{
    res_ranking_deinit(&b->ranking);
    swp_free(b->block);
}

swp_status res_baselines_load(res_store *store, const res_study *study, const bool *use,
                              res_baseline **out, size_t *n, swp_err *err)
{
    size_t n_all = 0, kept = 0;
    *out = NULL;
    *n = 0;
    if (study->of_command)
        return SWP_OK;
    swp_status status = load_all(store, study->experiment.revision_id, out, &n_all, err);
    for (size_t i = 0; i < n_all; i++) {
        res_baseline b = (*out)[i];
        if (status == SWP_OK && is_shown(study, use, &b))
            (*out)[kept++] = b;
        else
            deinit(&b);
    }
    *n = kept;
    for (size_t i = 0; i < kept && status == SWP_OK; i++)
        status = res_ranking_init(&(*out)[i].ranking, &(*out)[i].errors, err);
    return status;
}

void res_baselines_free(res_baseline *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        deinit(&list[i]);
    swp_free(list);
}

size_t res_baselines_end(const res_baseline *list, size_t n, size_t i)
{
    size_t end = i + 1;
    while (end < n && list[end].method == list[i].method &&
           list[end].components == list[i].components)
        end++;
    return end;
}

const char *res_baseline_word(res_baseline_method method)
{
    return res_baseline_words[method];
}

char *res_baseline_title(const res_baseline *baseline, char out[RES_BASELINE_TITLE_SIZE])
{
    static const char *const titles[] = {[RES_BASELINE_MEAN] = "distance to the mean",
                                         [RES_BASELINE_NEIGHBOUR] = "nearest neighbour"};
    if (baseline->method == RES_BASELINE_PCA)
        snprintf(out, RES_BASELINE_TITLE_SIZE, "PCA, %zu component%s", baseline->components,
                 baseline->components == 1 ? "" : "s");
    else
        snprintf(out, RES_BASELINE_TITLE_SIZE, "%s", titles[baseline->method]);
    return out;
}

res_threshold res_baseline_threshold(res_threshold threshold)
{
    if (threshold.kind == RES_THRESHOLD_VALUE)
        return (res_threshold){RES_THRESHOLD_PERCENTILE, 95};
    return threshold;
}

swp_status res_baseline_count(const res_baseline *baseline, res_threshold threshold,
                              double *threshold_value, res_counts *out, swp_err *err)
{
    swp_status status = res_ranking_threshold(&baseline->ranking, threshold, threshold_value, err);
    if (status == SWP_OK)
        *out = res_ranking_count(&baseline->ranking, *threshold_value);
    return status;
}

double res_baseline_metric(const res_baseline *baseline, double threshold_value,
                           const res_counts *counts, size_t metric)
{
    if (metric == RES_THRESHOLD_NUMBER)
        return threshold_value;
    if (metric == RES_AUROC)
        return res_ranking_auroc(&baseline->ranking);
    if (metric == RES_AUPRC)
        return res_ranking_auprc(&baseline->ranking);
    return res_metric_of_counts(metric, counts);
}
