/* Which rows of a report are shown, and in which order. The order of rows as they are loaded is
 * that of the grid. */
#include <math.h>
#include <stdlib.h>

#include "engine/base/mem.h"
#include "results/query/select.h"
#include "results/report/report_priv.h"

/* A row with what it is sorted by. */
typedef struct sorted_row {
    res_report_row row;
    uint32_t epochs, place; /* in the order of the report */
    bool is_paused;         /* read after fewer epochs: behind all others */
    double value;           /* the smallest comes first, unknown ones last */
} sorted_row;

static int compare_rows(const void *a, const void *b)
{
    const sorted_row *x = a, *y = b;
    int order = (int)x->is_paused - (int)y->is_paused;
    if (order == 0)
        order = (isnan(x->value) != 0) - (isnan(y->value) != 0);
    if (order == 0)
        order = (x->value > y->value) - (x->value < y->value);
    return order ? order : (x->place > y->place) - (x->place < y->place);
}

static int compare_epochs(const void *a, const void *b)
{
    const sorted_row *x = a, *y = b;
    if (x->row.group != y->row.group)
        return x->row.group < y->row.group ? -1 : 1;
    if (x->epochs != y->epochs)
        return x->epochs < y->epochs ? -1 : 1;
    return (x->place > y->place) - (x->place < y->place);
}

/* owns the result: swp_free; NULL without memory */
static sorted_row *copy_rows(const res_report *report)
{
    sorted_row *list = swp_alloc(report->n_rows, sizeof *list);
    for (size_t i = 0; list && i < report->n_rows; i++)
        list[i] = (sorted_row){.row = report->rows[i],
                               .epochs = res_report_first(report, &report->rows[i])->epochs,
                               .place = (uint32_t)i};
    return list;
}

static size_t keep_last_epochs(sorted_row *rows, size_t n)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++)
        if (i + 1 == n || rows[i + 1].row.group != rows[i].row.group)
            rows[kept++] = rows[i];
    return kept;
}

swp_status res_report_keep_last_epochs(res_report *report, swp_err *err)
{
    size_t n = report->n_rows;
    sorted_row *list = copy_rows(report);
    if (!list)
        return swp_fail(err, SWP_NOMEM, "out of memory for %zu rows", n);
    qsort(list, n, sizeof *list, compare_epochs);
    n = keep_last_epochs(list, n);
    for (size_t i = 0; i < n; i++)
        list[i].value = 0;
    qsort(list, n, sizeof *list, compare_rows);
    for (size_t i = 0; i < n; i++)
        report->rows[i] = list[i].row;
    report->last_epochs = n < report->n_rows;
    report->n_rows = n;
    swp_free(list);
    return SWP_OK;
}

void res_report_pick_best(res_report *report, size_t metric)
{
    const res_metric_info info = res_metric_at(&report->study, metric);
    bool minimize = info.minimize;
    bool is_paused = true;
    double best = (double)NAN;
    report->best_by = metric;
    report->best_by_labels = info.on_test && !report->study.of_command;
    report->best_by_tune = metric >= RES_METRICS && !report->study.of_command;
    report->n_compared = report->n_rows;
    for (size_t i = 0; i < report->n_compared; i++) {
        double value = res_report_mean(report, &report->rows[i], metric);
        bool comes_less_far = res_report_row_is_paused(report, &report->rows[i]);
        if (isnan(value) || (comes_less_far && !is_paused))
            continue;
        if (isnan(best) || comes_less_far != is_paused ||
            (minimize ? value < best : value > best)) {
            report->rows[0] = report->rows[i];
            best = value;
            is_paused = comes_less_far;
        }
    }
    report->n_rows = report->n_rows > 0 ? 1 : 0;
}

/* Values of a parameter are in order: their index is as good as they are. */
static double value_of(const res_report *report, const res_report_row *row,
                       const res_report_order *order)
{
    const res_evaluation *e = res_report_first(report, row);
    if (order->by_n)
        return (double)res_report_n(report, row);
    if (order->by_metric && order->metric < report->n_metrics)
        return res_report_mean(report, row, order->metric);
    if (order->by_metric)
        return res_report_spread(report, row, order->metric).mean;
    if (order->key == RES_BY_EPOCHS)
        return e->epochs;
    if (order->key == RES_BY_THRESHOLD)
        return res_report_mean(report, row, RES_THRESHOLD_NUMBER);
    return report->study.params[order->key].of[e->trial];
}

swp_status res_report_sort(res_report *report, const res_report_order *order, swp_err *err)
{
    sorted_row *list = copy_rows(report);
    if (!list)
        return swp_fail(err, SWP_NOMEM, "out of memory for %zu rows", report->n_rows);
    for (size_t i = 0; i < report->n_rows; i++) {
        double value = value_of(report, &list[i].row, order);
        list[i].is_paused = order->by_metric && res_report_row_is_paused(report, &list[i].row);
        list[i].value = order->descending ? -value : value;
    }
    qsort(list, report->n_rows, sizeof *list, compare_rows);
    for (size_t i = 0; i < report->n_rows; i++)
        report->rows[i] = list[i].row;
    swp_free(list);
    return SWP_OK;
}
