/* Histogram and density of the errors, normal and abnormal. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"
#include "plots/charts_priv.h"
#include "plots/moments_priv.h"
#include "plots/text_priv.h"

/* Bars over the whole axis, and cells of the finer grid that the density is computed on. */
enum { BINS = 48, CELLS = 10 * BINS };

/* The axis: errors beyond its end are counted and left out. */
typedef struct axis {
    double first, last;
    size_t beyond;
} axis;

/* One class of a group: its errors by cell, from all trials together. */
typedef struct sample {
    size_t cells[CELLS];
    plot_moments moments; /* of the errors on the axis */
} sample;

static int compare_floats(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

static size_t copy_errors(const plot_task *task, float *to)
{
    size_t n = 0;
    for (size_t i = 0; i < task->study.n; i++) {
        const res_errors *e = &task->errors.of[i];
        if (!task->recalls.use[i])
            continue;
        for (size_t k = 0; k < e->n_test; k++)
            to[n++] = e->test[k];
        for (size_t k = 0; k < e->n_anomaly; k++)
            to[n++] = e->anomaly[k];
    }
    return n;
}

/* From the least to the largest error; where a few lie far out, to half as much again as all but
 * one in a hundred reach. */
static swp_status choose_axis(const plot_task *task, axis *out, swp_err *err)
{
    size_t n = 0;
    for (size_t i = 0; i < task->study.n; i++)
        n += task->errors.of[i].n_test + task->errors.of[i].n_anomaly;
    *out = (axis){.first = task->errors.first, .last = task->errors.last};
    if (n == 0)
        return SWP_OK;
    float *sorted = swp_alloc(n, sizeof *sorted);
    if (!sorted)
        return swp_fail(err, SWP_NOMEM, "out of memory");
    n = copy_errors(task, sorted);
    qsort(sorted, n, sizeof *sorted, compare_floats);
    double most = (double)sorted[(size_t)(0.99 * (double)(n - 1))];
    if (out->last > 2 * most && most > 0)
        out->last = 1.5 * most;
    while (out->beyond < n && (double)sorted[n - 1 - out->beyond] > out->last)
        out->beyond++;
    swp_free(sorted);
    return SWP_OK;
}

static void take(sample *s, const axis *a, const float *errors, size_t n)
{
    double cell = (a->last - a->first) / CELLS;
    for (size_t i = 0; i < n; i++) {
        double error = (double)errors[i];
        if (error > a->last)
            continue;
        double at = fmax(0, (error - a->first) / cell);
        s->cells[at < CELLS ? (size_t)at : CELLS - 1]++;
        plot_moments_add(&s->moments, error);
    }
}

/* Width of the kernel.
 * source   Silverman 1986, "normal reference", 1.06 sd n^(-1/5) */
static double bandwidth(const sample *s, double cell)
{
    double width = 1.06 * plot_moments_sd(&s->moments) * pow((double)s->moments.n, -0.2);
    return fmax(width, cell);
}

/* Density at the middle of a cell, by a Gaussian kernel on the counts of the cells. */
static double density(const sample *s, double cell, double width, size_t at)
{
    double sum = 0;
    for (size_t k = 0; k < CELLS; k++) {
        double distance = ((double)at - (double)k) * cell / width;
        if (s->cells[k] > 0 && fabs(distance) < 5)
            sum += (double)s->cells[k] * exp(-0.5 * distance * distance);
    }
    static const double two_pi = 6.283185307179586;
    return s->moments.n > 0 ? sum / ((double)s->moments.n * width * sqrt(two_pi)) : 0;
}

/* Share of the sequences in a bar, per unit of error: the area of all bars is 1. */
static double bar(const sample *s, double cell, size_t bin)
{
    size_t n = 0, first = bin * (CELLS / BINS);
    for (size_t k = first; k < first + CELLS / BINS; k++)
        n += s->cells[k];
    double width = cell * (CELLS / BINS);
    return s->moments.n > 0 ? (double)n / ((double)s->moments.n * width) : 0;
}

static void add_row(double at, double normal, double anomaly, swp_buf *out)
{
    swp_buf_printf(out, "%.6g %.6g %.6g\n", at, normal, anomaly);
}

/* Two blocks of a group: its bars, and its densities. */
static void add_panel(const plot_task *task, const plot_groups *groups, size_t g, const axis *a,
                      sample samples[2], swp_buf *out)
{
    double cell = (a->last - a->first) / CELLS;
    memset(samples, 0, 2 * sizeof *samples);
    for (size_t i = 0; i < task->study.n; i++) {
        if (groups->of[i] != g)
            continue;
        take(&samples[0], a, task->errors.of[i].test, task->errors.of[i].n_test);
        take(&samples[1], a, task->errors.of[i].anomaly, task->errors.of[i].n_anomaly);
    }
    plot_groups_label(groups, g, "middle of a bar, normal, abnormal", out);
    for (size_t b = 0; b < BINS; b++)
        add_row(a->first + ((double)b + 0.5) * cell * (CELLS / BINS), bar(&samples[0], cell, b),
                bar(&samples[1], cell, b), out);
    swp_buf_puts(out, "\n\n");
    double widths[2] = {bandwidth(&samples[0], cell), bandwidth(&samples[1], cell)};
    plot_groups_label(groups, g, "error, density of normal, of abnormal", out);
    for (size_t k = 0; k < CELLS; k += 2)
        add_row(a->first + ((double)k + 0.5) * cell, density(&samples[0], cell, widths[0], k),
                density(&samples[1], cell, widths[1], k), out);
    swp_buf_puts(out, "\n\n");
}

/* The thresholds of a group's evaluations; a number is the same for all and named once. */
static void add_thresholds(const plot_task *task, const plot_groups *groups, size_t g, swp_buf *out)
{
    plot_groups_label(groups, g, "threshold", out);
    bool same = task->recalls.threshold.kind == RES_THRESHOLD_VALUE;
    bool named = false;
    for (size_t i = 0; i < task->study.n; i++) {
        if (groups->of[i] != g || (same && named))
            continue;
        plot_number_add(out, task->recalls.of[i]->threshold_value);
        swp_buf_puts(out, "\n");
        named = true;
    }
    swp_buf_puts(out, "\n\n");
}

static void add_head(const plot_task *task, const plot_groups *groups, const axis *a, swp_buf *out)
{
    plot_study_heading(&task->study, "Reconstruction errors", out);
    plot_recalls_subheading(&task->recalls, &task->study, groups, "all errors", out);
    plot_groups_head(groups, out);
    plot_recalls_chosen(&task->recalls, out);
    swp_buf_puts(out, "first =");
    plot_number_add(out, a->first);
    swp_buf_puts(out, "\nlast =");
    plot_number_add(out, a->last);
    swp_buf_printf(out, "\nbins = %d\nbeyond = %zu\nunit = ", BINS, a->beyond);
    plot_text_quote(out, task->study.error_unit, SIZE_MAX);
    swp_buf_puts(out, "\n");
}

static swp_status add_chart(plot_task *task, const plot_groups *groups, swp_err *err)
{
    axis a;
    swp_status status = choose_axis(task, &a, err);
    if (status != SWP_OK)
        return status;
    sample *samples = swp_alloc(2, sizeof *samples);
    if (!samples)
        return swp_fail(err, SWP_NOMEM, "out of memory");
    plot_chart chart = {.name = "error_histogram", .script = plot_error_histogram_gp};
    add_head(task, groups, &a, &chart.head);
    for (size_t g = 0; g < groups->n; g++)
        add_panel(task, groups, g, &a, samples, &chart.data);
    for (size_t g = 0; g < groups->n; g++)
        add_thresholds(task, groups, g, &chart.data);
    swp_free(samples);
    return plot_sheet_add(&task->sheet, &chart, err);
}

swp_status plot_error_histogram(plot_task *task, swp_err *err)
{
    plot_groups groups;
    swp_status status =
        plot_groups_make(&task->study, task->recalls.use, PLOT_SEEDS, PLOT_CURVES, &groups, err);
    if (status == SWP_OK)
        status = add_chart(task, &groups, err);
    plot_groups_deinit(&groups);
    return status;
}
