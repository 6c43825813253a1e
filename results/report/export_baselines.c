/* `sweep export --what baselines`: each baseline on each split, at every planned threshold. */
#include "results/query/baseline.h"

#include <math.h>

#include "engine/base/mem.h"
#include "results/query/defaults.h"
#include "results/report/table_priv.h"

typedef struct cursor {
    res_study study;
    res_baseline *list; /* (n) */
    size_t n;
    res_threshold *thresholds; /* (n_thresholds) */
    size_t n_thresholds;
    size_t at, split; /* the present baseline, and the number of its split from 1 */
    res_threshold threshold;
    double threshold_value; /* NAN where the rule has too few errors */
    res_counts counts;
} cursor;

/* The planned thresholds as baselines are read at them, each once. */
static swp_status list_thresholds(res_store *store, cursor *c, swp_err *err)
{
    const res_evaluation_filter as_planned = {0};
    res_evaluation *planned;
    size_t n;
    swp_status status = res_evaluations_list(store, &c->study, &as_planned, &planned, &n, err);
    if (status == SWP_OK && !(c->thresholds = swp_alloc(n, sizeof *c->thresholds)))
        status = swp_fail(err, SWP_NOMEM, "out of memory for thresholds");
    for (size_t i = 0; status == SWP_OK && i < n; i++) {
        const res_threshold t = res_baseline_threshold(planned[i].threshold);
        size_t k = 0;
        while (k < c->n_thresholds && !res_threshold_equal(c->thresholds[k], t))
            k++;
        if (k == c->n_thresholds)
            c->thresholds[c->n_thresholds++] = t;
    }
    swp_free(planned);
    return status;
}

static bool go_to_row(void *rows, size_t row)
{
    cursor *c = rows;
    swp_err unsaid;
    if (c->n_thresholds == 0 || row / c->n_thresholds >= c->n)
        return false;
    c->at = row / c->n_thresholds;
    const res_baseline *b = &c->list[c->at];
    c->split = 1;
    for (size_t i = c->at; i > 0; i--)
        c->split +=
            c->list[i - 1].method == b->method && c->list[i - 1].components == b->components;
    c->threshold = c->thresholds[row % c->n_thresholds];
    if (res_baseline_count(b, c->threshold, &c->threshold_value, &c->counts, &unsaid) != SWP_OK) {
        c->threshold_value = (double)NAN;
        c->counts = (res_counts){0};
    }
    return true;
}

enum { EXPERIMENT, BASELINE, COMPONENTS, SPLIT, THRESHOLD, CHOSEN_ON };

static void fill_key(const void *rows, size_t index, res_cell *cell)
{
    const cursor *c = rows;
    const res_baseline *b = &c->list[c->at];
    if (index == EXPERIMENT)
        res_cell_words(cell, c->study.experiment.name);
    else if (index == BASELINE)
        res_cell_words(cell, res_baseline_word(b->method));
    else if (index == COMPONENTS && b->components > 0)
        res_cell_whole(cell, b->components);
    else if (index == SPLIT)
        res_cell_whole(cell, c->split);
    else if (index == THRESHOLD)
        res_cell_threshold(cell, c->threshold);
    else if (index == CHOSEN_ON)
        res_cell_words(cell, res_chosen_on(&c->study, c->threshold));
}

static void fill_count(const void *rows, size_t index, res_cell *cell)
{
    const cursor *c = rows;
    const size_t counts[] = {c->counts.normal_correct, c->counts.normal_total,
                             c->counts.anomaly_correct, c->counts.anomaly_total};
    if (!isnan(c->threshold_value))
        res_cell_whole(cell, counts[index]);
}

static void fill_metric(const void *rows, size_t metric, res_cell *cell)
{
    const cursor *c = rows;
    res_cell_real(cell,
                  res_baseline_metric(&c->list[c->at], c->threshold_value, &c->counts, metric));
}

static void add(res_table *table, const char *name, res_fill *fill, size_t index)
{
    res_table_add(table, name, NULL, RES_LEFT, fill, index);
}

static swp_status write_table(cursor *c, res_format format, FILE *out, swp_err *err)
{
    static const char *const counts[] = {"normal_correct", "normal_total", "anomaly_correct",
                                         "anomaly_total"};
    res_table table = {.format = format, .rows = c, .at = go_to_row};
    add(&table, "experiment", fill_key, EXPERIMENT);
    add(&table, "baseline", fill_key, BASELINE);
    add(&table, "components", fill_key, COMPONENTS);
    add(&table, "split", fill_key, SPLIT);
    add(&table, "threshold", fill_key, THRESHOLD);
    add(&table, res_metric_at(&c->study, RES_THRESHOLD_NUMBER).name, fill_metric,
        RES_THRESHOLD_NUMBER);
    add(&table, "chosen_on", fill_key, CHOSEN_ON);
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
        add(&table, counts[i], fill_count, i);
    for (size_t m = RES_NORMAL_RECALL; m <= RES_AUPRC; m++)
        add(&table, res_metric_at(&c->study, m).name, fill_metric, m);
    swp_status status = res_table_write(&table, out, err);
    fputs(format == RES_JSON ? "\n" : "", out);
    res_table_deinit(&table);
    return status;
}

swp_status res_export_baselines(res_store *store, const char *experiment, res_format format,
                                FILE *out, swp_err *err)
{
    cursor c = {.n = 0};
    swp_status status = res_snapshot_begin(store, err);
    if (status != SWP_OK)
        return status;
    status = res_study_load(store, experiment, &c.study, err);
    if (status == SWP_OK)
        status = res_baselines_load(store, &c.study, NULL, &c.list, &c.n, err);
    if (status == SWP_OK && c.n > 0)
        status = list_thresholds(store, &c, err);
    if (status == SWP_OK)
        status = write_table(&c, format, out, err);
    res_snapshot_end(store);
    swp_free(c.thresholds);
    res_baselines_free(c.list, c.n);
    res_study_deinit(&c.study);
    return status == SWP_OK ? res_out_check(out, err) : status;
}
