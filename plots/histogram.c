/* Histogram and density of the errors, normal and abnormal. */
#include <math.h>
#include <string.h>

#include "engine/base/mem.h"
#include "plots/charts_priv.h"
#include "plots/text_priv.h"

/* Bars over the whole axis, and cells of the finer grid that the density is computed on. */
enum { BINS = 48, CELLS = 10 * BINS };

/* Cells of equal ratios, in which the errors are counted to find where the axis ends. */
enum { RATIOS = 4096 };

/* The axis: errors beyond its end are counted and left out. */
typedef struct axis {
    double first, last;
    size_t beyond;
} axis;

/* One class of a group: its errors by cell, from all trials together. */
typedef struct sample {
    size_t cells[CELLS];
    size_t n; /* errors on the axis */
} sample;

/* From the least to the largest error; where a few lie far out, to half as much again as all but
 * one in a hundred reach. */
static axis choose_axis(const plot_task *task)
{
    axis out = {.first = task->errors.first, .last = task->errors.last};
    size_t cells[RATIOS] = {0}, n = 0, reached = 0, k = 0;
    double scale = RATIOS / log(out.last / out.first);
    for (size_t t = 0; t < task->study.n_trials; t++) {
        const res_errors *e = &task->errors.of[t];
        for (size_t i = 0; i < e->n_test + e->n_anomaly; i++) {
            double at = scale * log((double)task->errors.sorted[t][i] / out.first);
            cells[!(at > 0) ? 0 : at < RATIOS ? (size_t)at : RATIOS - 1]++;
            n++;
        }
    }
    while (k < RATIOS - 1 && (double)(reached += cells[k]) < 0.99 * (double)n)
        k++;
    double most = out.first * exp(((double)k + 0.5) / scale);
    if (n > 0 && out.last > 2 * most)
        out.last = 1.5 * most;
    for (size_t t = 0; t < task->study.n_trials; t++) {
        const res_errors *e = &task->errors.of[t];
        const float *sorted = task->errors.sorted[t];
        if (e->n_test + e->n_anomaly > 0)
            out.beyond += e->n_test + e->n_anomaly -
                          plot_errors_up_to(sorted, e->n_test, out.last) -
                          plot_errors_up_to(sorted + e->n_test, e->n_anomaly, out.last);
    }
    return out;
}

static void take(sample *s, const axis *a, const float *errors, size_t n)
{
    double cell = (a->last - a->first) / CELLS;
    for (size_t i = 0; i < n; i++) {
        double at = fmax(0, ((double)errors[i] - a->first) / cell);
        if ((double)errors[i] > a->last)
            continue;
        s->cells[at < CELLS ? (size_t)at : CELLS - 1]++;
        s->n++;
    }
}

/* Width of the kernel, from the errors as their cells have them.
 * source   Silverman 1986, "normal reference", 1.06 sd n^(-1/5) */
static double bandwidth(const sample *s, double cell)
{
    double mean = 0, squares = 0, n = (double)s->n;
    for (size_t k = 0; k < CELLS; k++)
        mean += (double)s->cells[k] * (double)k / fmax(n, 1);
    for (size_t k = 0; k < CELLS; k++)
        squares += (double)s->cells[k] * ((double)k - mean) * ((double)k - mean);
    double sd = cell * sqrt(squares / fmax(n - 1, 1));
    return fmax(1.06 * sd * pow(fmax(n, 1), -0.2), cell);
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
    return s->n > 0 ? sum / ((double)s->n * width * sqrt(two_pi)) : 0;
}

/* Share of the sequences in a bar, per unit of error: the area of all bars is 1. */
static double bar(const sample *s, double cell, size_t bin)
{
    size_t n = 0, first = bin * (CELLS / BINS);
    for (size_t k = first; k < first + CELLS / BINS; k++)
        n += s->cells[k];
    double width = cell * (CELLS / BINS);
    return s->n > 0 ? (double)n / ((double)s->n * width) : 0;
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
    for (size_t i = groups->begin[g]; i < groups->begin[g + 1]; i++) {
        const res_errors *e = &task->errors.of[groups->members[i]];
        take(&samples[0], a, e->test, e->n_test);
        take(&samples[1], a, e->anomaly, e->n_anomaly);
    }
    plot_groups_comment(&task->study, groups, g, "middle of a bar, normal, abnormal", out);
    for (size_t b = 0; b < BINS; b++)
        add_row(a->first + ((double)b + 0.5) * cell * (CELLS / BINS), bar(&samples[0], cell, b),
                bar(&samples[1], cell, b), out);
    swp_buf_puts(out, "\n\n");
    double widths[2] = {bandwidth(&samples[0], cell), bandwidth(&samples[1], cell)};
    plot_groups_comment(&task->study, groups, g, "error, density of normal, of abnormal", out);
    for (size_t k = 0; k < CELLS; k += 2)
        add_row(a->first + ((double)k + 0.5) * cell, density(&samples[0], cell, widths[0], k),
                density(&samples[1], cell, widths[1], k), out);
    swp_buf_puts(out, "\n\n");
}

/* The mean threshold of a group's trials, of which a number has the same in each. */
static void add_threshold(const plot_task *task, const plot_groups *groups, size_t g, swp_buf *out)
{
    double sum = 0;
    plot_groups_comment(&task->study, groups, g, "threshold", out);
    for (size_t i = groups->begin[g]; i < groups->begin[g + 1]; i++)
        sum += task->recalls.of[groups->members[i]]->threshold_value;
    plot_number_add(out, sum / (double)plot_group_size(groups, g));
    swp_buf_puts(out, "\n\n\n");
}

swp_status plot_error_histogram(plot_task *task, swp_err *err)
{
    const res_study *study = &task->study;
    plot_groups groups;
    plot_chart chart = {.name = "error_histogram", .script = plot_error_histogram_gp};
    swp_status status =
        plot_groups_make(task, task->recalls.use, &plot_panels, SIZE_MAX, &groups, err);
    sample *samples = swp_alloc(2, sizeof *samples);
    if (status == SWP_OK && !samples)
        status = swp_fail(err, SWP_NOMEM, "out of memory");
    if (status == SWP_OK) {
        axis a = choose_axis(task);
        plot_heading(task, "Reconstruction errors", &chart.head);
        plot_recalls_head(task, &chart.head);
        plot_groups_head(study, &groups, "mean density", &chart.head);
        plot_number_set(&chart.head, "first", a.first);
        plot_number_set(&chart.head, "last", a.last);
        swp_buf_printf(&chart.head, "bins = %d\nbeyond = %zu\n", BINS, a.beyond);
        plot_text_set(&chart.head, "unit", task->error_unit, SIZE_MAX);
        for (size_t g = 0; g < groups.n; g++)
            add_panel(task, &groups, g, &a, samples, &chart.data);
        for (size_t g = 0; g < groups.n; g++)
            add_threshold(task, &groups, g, &chart.data);
        status = plot_sheet_add(&task->sheet, &chart, err);
    }
    swp_free(samples);
    plot_groups_deinit(&groups);
    return status;
}
