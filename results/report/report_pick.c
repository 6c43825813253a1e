/* Which rows of a report are shown, and in which order. */
#include <math.h>
#include <stdlib.h>

#include "engine/base/mem.h"
#include "results/report/report_priv.h"

static int compare_sizes(size_t a, size_t b)
{
    return (a > b) - (a < b);
}

static int compare_rows(const void *a, const void *b)
{
    const res_report_row *x = a, *y = b;
    return compare_sizes(x->position, y->position);
}

static int compare_epochs(const void *a, const void *b)
{
    const res_report_row *x = a, *y = b;
    int order = compare_sizes(x->group, y->group);
    if (order == 0)
        order = compare_sizes(x->evaluation->epochs, y->evaluation->epochs);
    return order ? order : compare_sizes(x->position, y->position);
}

static bool is_better(const res_report_row *a, const res_report_row *b)
{
    double x = a->figures[RES_BALANCED_ACCURACY].mean, y = b->figures[RES_BALANCED_ACCURACY].mean;
    return isnan(y) ? !isnan(x) : x > y;
}

/* Of rows sorted by group and epochs keep the best per (group, epochs); of equals the first. */
static size_t keep_best_thresholds(res_report_row *rows, size_t n)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        res_report_row *last = kept > 0 ? &rows[kept - 1] : NULL;
        if (!last || last->group != rows[i].group ||
            last->evaluation->epochs != rows[i].evaluation->epochs)
            rows[kept++] = rows[i];
        else if (is_better(&rows[i], last))
            *last = rows[i];
    }
    return kept;
}

static size_t keep_last_epochs(res_report_row *rows, size_t n)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++)
        if (i + 1 == n || rows[i + 1].group != rows[i].group)
            rows[kept++] = rows[i];
    return kept;
}

void res_report_condense(res_report *report, const res_evaluation_filter *filter, size_t most)
{
    size_t n = report->n_rows;
    if (n <= most || filter->n_thresholds > 0)
        return;
    qsort(report->rows, n, sizeof *report->rows, compare_epochs);
    n = keep_best_thresholds(report->rows, n);
    if (n > most && filter->n_epochs == 0) {
        size_t before = n;
        n = keep_last_epochs(report->rows, n);
        report->last_epochs = n < before;
    }
    qsort(report->rows, n, sizeof *report->rows, compare_rows);
    report->n_hidden = report->n_rows - n;
    report->n_rows = n;
}

void res_report_pick_best(res_report *report, res_figure figure)
{
    bool least = res_figure_at(figure)->least;
    res_report_row *rows = report->rows;
    report->n_compared = report->n_rows;
    for (size_t i = 1; i < report->n_rows; i++) {
        double best = rows[0].figures[figure].mean, value = rows[i].figures[figure].mean;
        if (isnan(best) ? !isnan(value) : least ? value < best : value > best)
            rows[0] = rows[i];
    }
    report->n_rows = report->n_rows > 0 ? 1 : 0;
}

/* A row on its way to its place. */
typedef struct placed {
    res_report_row row;
    double value; /* the smallest comes first */
} placed;

static int compare_placed(const void *a, const void *b)
{
    const placed *x = a, *y = b;
    int order = (isnan(x->value) != 0) - (isnan(y->value) != 0);
    if (order == 0)
        order = (x->value > y->value) - (x->value < y->value);
    return order ? order : compare_rows(&x->row, &y->row);
}

swp_status res_report_sort(res_report *report, res_figure figure, bool descending, swp_err *err)
{
    placed *list = swp_alloc(report->n_rows, sizeof *list);
    if (!list)
        return swp_fail(err, SWP_NOMEM, "out of memory");
    for (size_t i = 0; i < report->n_rows; i++) {
        double value = report->rows[i].figures[figure].mean;
        list[i] = (placed){.row = report->rows[i], .value = descending ? -value : value};
    }
    qsort(list, report->n_rows, sizeof *list, compare_placed);
    for (size_t i = 0; i < report->n_rows; i++)
        report->rows[i] = list[i].row;
    swp_free(list);
    return SWP_OK;
}
