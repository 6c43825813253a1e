/* How well errors tell anomalies from normal sequences at every threshold: the ROC curve and the
 * curve of precision against recall. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"
#include "plots/charts_priv.h"
#include "plots/moments_priv.h"
#include "plots/text_priv.h"

/* Steps of a curve, where there are as many sequences: about one a pixel. */
enum { STEPS = 500 };

/* The errors of one trial, largest first. */
typedef struct ranked {
    float *normal, *anomaly; /* (n_normal) (n_anomaly) one block, which `normal` begins */
    size_t n_normal, n_anomaly;
} ranked;

static int compare_descending(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x < y) - (x > y);
}

static swp_status rank(const res_errors *errors, ranked *out, swp_err *err)
{
    *out = (ranked){.n_normal = errors->n_test, .n_anomaly = errors->n_anomaly};
    out->normal = swp_alloc(out->n_normal + out->n_anomaly, sizeof *out->normal);
    if (!out->normal)
        return swp_fail(err, SWP_NOMEM, "out of memory");
    out->anomaly = out->normal + out->n_normal;
    memcpy(out->normal, errors->test, out->n_normal * sizeof *out->normal);
    memcpy(out->anomaly, errors->anomaly, out->n_anomaly * sizeof *out->anomaly);
    qsort(out->normal, out->n_normal, sizeof *out->normal, compare_descending);
    qsort(out->anomaly, out->n_anomaly, sizeof *out->anomaly, compare_descending);
    return SWP_OK;
}

/* Of errors in descending order, how many exceed `threshold`, or reach it too. */
static size_t count_beyond(const float *errors, size_t n, float threshold, bool reach)
{
    size_t low = 0, high = n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        bool beyond = errors[middle] > threshold || (reach && errors[middle] >= threshold);
        if (beyond)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Largest anomaly recall with up to `share` of the normal sequences flagged. */
static double recall_at(const ranked *r, double share)
{
    size_t alarms = (size_t)(share * (double)r->n_normal + 0.5);
    if (alarms >= r->n_normal)
        return 1;
    return (double)count_beyond(r->anomaly, r->n_anomaly, r->normal[alarms], false) /
           (double)r->n_anomaly;
}

/* Precision once `share` of the anomalies, at least one, are flagged. */
static double precision_at(const ranked *r, double share)
{
    size_t hits = (size_t)(share * (double)r->n_anomaly + 0.5);
    hits = hits > 0 ? hits : 1;
    float threshold = r->anomaly[hits - 1];
    size_t alarms = count_beyond(r->normal, r->n_normal, threshold, true);
    hits = count_beyond(r->anomaly, r->n_anomaly, threshold, true);
    return (double)hits / (double)(hits + alarms);
}

static double false_alarm_rate(const res_counts *counts)
{
    return 1 - res_normal_recall(counts);
}

/* One of the two charts. */
typedef struct curve {
    const char *name, *script, *heading, *columns;
    double (*y_at)(const ranked *r, double x);
    double (*x)(const res_counts *counts); /* where an evaluation lies on it */
    double (*y)(const res_counts *counts);
    swp_status (*area)(const res_errors *errors, double *out, swp_err *err);
} curve;

static size_t steps_of(const plot_task *task, const curve *c)
{
    const res_experiment *e = &task->study.experiment;
    size_t n = c->y_at == recall_at ? e->n_test : e->n_anomaly;
    return n < STEPS ? n : STEPS;
}

/* The mean curve of a group: at each x the mean of y, so that the area below is the mean area. */
static swp_status add_curve(const plot_task *task, const plot_groups *groups, size_t g,
                            const curve *c, swp_buf *out, swp_err *err)
{
    size_t steps = steps_of(task, c);
    swp_status status = SWP_OK;
    double *sums = swp_alloc(steps + 1, sizeof *sums);
    if (!sums)
        return swp_fail(err, SWP_NOMEM, "out of memory");
    for (size_t i = 0; i < task->study.n && status == SWP_OK; i++) {
        if (groups->of[i] != g)
            continue;
        ranked r;
        status = rank(&task->errors.of[i], &r, err);
        for (size_t step = 0; step <= steps && status == SWP_OK; step++)
            sums[step] += c->y_at(&r, (double)step / (double)steps);
        swp_free(r.normal);
    }
    plot_groups_label(groups, g, c->columns, out);
    for (size_t step = 0; step <= steps; step++) {
        plot_number_add(out, 100 * (double)step / (double)steps);
        plot_number_add(out, 100 * sums[step] / (double)groups->sizes[g]);
        swp_buf_puts(out, "\n");
    }
    swp_buf_puts(out, "\n\n");
    swp_free(sums);
    return status;
}

/* Where the chosen threshold puts a group, a row for each trial. */
static void add_points(const plot_task *task, const plot_groups *groups, size_t g, const curve *c,
                       swp_buf *out)
{
    plot_groups_label(groups, g, "the evaluations of recall_bars.gp", out);
    for (size_t i = 0; i < task->study.n; i++) {
        if (groups->of[i] != g)
            continue;
        plot_number_add(out, 100 * c->x(&task->recalls.of[i]->counts));
        plot_number_add(out, 100 * c->y(&task->recalls.of[i]->counts));
        swp_buf_puts(out, "\n");
    }
    swp_buf_puts(out, "\n\n");
}

/* The line "array areas[n] = ['0.987', ...]", with standard deviations over seeds. */
static swp_status add_areas(const plot_task *task, const plot_groups *groups, const curve *c,
                            swp_buf *out, swp_err *err)
{
    swp_buf_printf(out, "array areas[%zu] = [", groups->n);
    for (size_t g = 0; g < groups->n; g++) {
        plot_moments moments = {0};
        for (size_t i = 0; i < task->study.n; i++) {
            double area;
            if (groups->of[i] != g)
                continue;
            swp_status status = c->area(&task->errors.of[i], &area, err);
            if (status != SWP_OK)
                return status;
            plot_moments_add(&moments, area);
        }
        swp_buf_printf(out, "%s'%.3f", g > 0 ? ", " : "", moments.mean);
        if (groups->largest > 1)
            swp_buf_printf(out, " ± %.3f", plot_moments_sd(&moments));
        swp_buf_puts(out, "'");
    }
    swp_buf_puts(out, "]\n");
    return SWP_OK;
}

static swp_status fill(const plot_task *task, const plot_groups *groups, const curve *c,
                       plot_chart *chart, swp_err *err)
{
    const res_experiment *e = &task->study.experiment;
    plot_study_heading(&task->study, c->heading, &chart->head);
    plot_recalls_subheading(&task->recalls, &task->study, groups, "mean", &chart->head);
    plot_groups_head(groups, &chart->head);
    plot_recalls_chosen(&task->recalls, &chart->head);
    swp_buf_printf(&chart->head,
                   "labels_title = '%s'\nabnormal =", groups->by_dim ? "dimension E" : "setting");
    plot_number_add(&chart->head, 100 * (double)e->n_anomaly / (double)(e->n_anomaly + e->n_test));
    swp_buf_puts(&chart->head, " # share of the sequences, %\n");
    swp_status status = add_areas(task, groups, c, &chart->head, err);
    for (size_t g = 0; g < groups->n && status == SWP_OK; g++)
        status = add_curve(task, groups, g, c, &chart->data, err);
    for (size_t g = 0; g < groups->n; g++)
        add_points(task, groups, g, c, &chart->data);
    return status;
}

static bool has_both_classes(const plot_task *task)
{
    for (size_t i = 0; i < task->study.n; i++) {
        const res_errors *errors = &task->errors.of[i];
        if (task->recalls.use[i] && (errors->n_test == 0 || errors->n_anomaly == 0))
            return false;
    }
    return true;
}

static swp_status add_chart(plot_task *task, const curve *c, swp_err *err)
{
    if (!has_both_classes(task)) {
        plot_leave_out(task, c->name, "there are no normal or no abnormal test sequences");
        return SWP_OK;
    }
    plot_groups groups;
    plot_chart chart = {.script = c->script};
    swp_status status =
        plot_groups_make(&task->study, task->recalls.use, PLOT_SEEDS, PLOT_CURVES, &groups, err);
    memcpy(chart.name, c->name, strlen(c->name) + 1);
    if (status == SWP_OK)
        status = fill(task, &groups, c, &chart, err);
    if (status == SWP_OK)
        status = plot_sheet_add(&task->sheet, &chart, err);
    else
        plot_chart_deinit(&chart);
    plot_groups_deinit(&groups);
    return status;
}

swp_status plot_roc(plot_task *task, swp_err *err)
{
    static const curve roc = {
        .name = "roc",
        .script = plot_roc_gp,
        .heading = "ROC curves",
        .columns = "false alarms (% of normal), anomaly recall (%)",
        .y_at = recall_at,
        .x = false_alarm_rate,
        .y = res_anomaly_recall,
        .area = res_auroc,
    };
    return add_chart(task, &roc, err);
}

swp_status plot_precision_recall(plot_task *task, swp_err *err)
{
    static const curve precision_recall = {
        .name = "precision_recall",
        .script = plot_precision_recall_gp,
        .heading = "Precision and recall",
        .columns = "anomaly recall (%), precision (%)",
        .y_at = precision_at,
        .x = res_anomaly_recall,
        .y = res_precision,
        .area = res_auprc,
    };
    return add_chart(task, &precision_recall, err);
}
