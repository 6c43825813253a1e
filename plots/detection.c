/* How well errors tell anomalies from normal sequences at every threshold: the ROC curve and the
 * curve of precision against recall. Curves come from the errors, areas from the metric table. */
#include <math.h>
#include <string.h>

#include "engine/base/mem.h"
#include "plots/charts_priv.h"
#include "plots/text_priv.h"

/* Steps of a curve, where there are as many sequences: about one a pixel. */
enum { STEPS = 500 };

/* Trials of which each has a point; of more, groups have one. */
enum { MOST_POINTS = 200 };

/* The errors of one trial, ascending. */
typedef struct ranked {
    const float *normal, *anomaly;
    size_t n_normal, n_anomaly;
} ranked;

static ranked rank(const plot_errors *errors, size_t trial)
{
    const res_errors *e = &errors->of[trial];
    return (ranked){errors->sorted[trial], errors->sorted[trial] + e->n_test, e->n_test,
                    e->n_anomaly};
}

/* Of ascending errors, how many reach `threshold`. */
static size_t count_from(const float *sorted, size_t n, float threshold)
{
    return n - plot_errors_up_to(sorted, n, (double)nextafterf(threshold, -INFINITY));
}

/* Largest anomaly recall with up to `share` of the normal sequences flagged. */
static double recall_at(const ranked *r, double share)
{
    size_t alarms = (size_t)(share * (double)r->n_normal + 0.5);
    if (alarms >= r->n_normal)
        return 1;
    double threshold = (double)r->normal[r->n_normal - 1 - alarms];
    return 1 -
           (double)plot_errors_up_to(r->anomaly, r->n_anomaly, threshold) / (double)r->n_anomaly;
}

/* Precision once `share` of the anomalies, at least one, are flagged. */
static double precision_at(const ranked *r, double share)
{
    size_t hits = (size_t)(share * (double)r->n_anomaly + 0.5);
    float threshold = r->anomaly[r->n_anomaly - (hits > 0 ? hits : 1)];
    size_t alarms = count_from(r->normal, r->n_normal, threshold);
    hits = count_from(r->anomaly, r->n_anomaly, threshold);
    return (double)hits / (double)(hits + alarms);
}

/* One of the two charts. */
typedef struct curve {
    const char *name, *script, *heading, *columns;
    double (*y_at)(const ranked *r, double x);
    res_metric x, y; /* where an evaluation lies on it */
    bool mirrored;   /* x is drawn as 1 - x */
    res_metric area;
} curve;

/* The mean curve of some trials or splits and its standard deviation: at each x the mean of y, so
 * that the area below is the mean area. */
static void add_mean_curve(const plot_task *task, const ranked *list, size_t n_list, const curve *c,
                           swp_buf *out)
{
    const res_experiment *e = &task->study.experiment;
    size_t n = c->y_at == recall_at ? e->n_test : e->n_anomaly;
    size_t steps = n < STEPS ? n : STEPS;
    double sums[STEPS + 1] = {0}, squares[STEPS + 1] = {0}, size = (double)n_list;
    for (size_t i = 0; i < n_list; i++)
        for (size_t step = 0; step <= steps; step++) {
            double y = 100 * c->y_at(&list[i], (double)step / (double)steps);
            sums[step] += y;
            squares[step] += y * y;
        }
    for (size_t step = 0; step <= steps; step++) {
        double mean = sums[step] / size, spread = squares[step] - size * mean * mean;
        plot_number_add(out, 100 * (double)step / (double)steps);
        plot_number_add(out, mean);
        swp_buf_printf(out, " %.4g\n", size > 1 && spread > 1e-6 ? sqrt(spread / (size - 1)) : 0);
    }
    swp_buf_puts(out, "\n\n");
}

/* room (largest) */
static void add_curve(const plot_task *task, const plot_groups *groups, size_t g, const curve *c,
                      ranked *room, swp_buf *out)
{
    size_t n = plot_group_size(groups, g);
    for (size_t i = 0; i < n; i++)
        room[i] = rank(&task->errors, groups->members[groups->begin[g] + i]);
    plot_groups_comment(&task->study, groups, g, c->columns, out);
    add_mean_curve(task, room, n, c, out);
}

/* Blocks after those of the groups. */
static swp_status add_baselines(const plot_task *task, const curve *c, plot_chart *chart,
                                swp_err *err)
{
    size_t curves[PLOT_BASELINE_CURVES][2];
    size_t best_of, n = plot_baseline_curves(task, c->area, curves, &best_of);
    ranked *list = swp_alloc(task->n_baselines, sizeof *list);
    if (!list)
        return swp_fail(err, SWP_NOMEM, "out of memory for baselines");
    plot_baseline_curve_titles(task, c->area, curves, n, best_of, &chart->head);
    for (size_t k = 0; k < n; k++) {
        size_t n_splits = curves[k][1] - curves[k][0];
        for (size_t i = 0; i < n_splits; i++) {
            const res_ranking *r = &task->baselines[curves[k][0] + i].ranking;
            list[i] = (ranked){r->normal, r->anomaly, r->n_normal, r->n_anomaly};
        }
        char title[RES_BASELINE_TITLE_SIZE];
        swp_buf_printf(&chart->data, "# %s: %s\n",
                       res_baseline_title(&task->baselines[curves[k][0]], title), c->columns);
        add_mean_curve(task, list, n_splits, c, &chart->data);
    }
    swp_free(list);
    return SWP_OK;
}

static double metric_of(const plot_task *task, size_t trial, res_metric metric)
{
    return res_metric_of(&task->study, task->recalls.of[trial], metric);
}

/* Where the chosen threshold puts a group: a row for each trial, or their mean. */
static void add_points(const plot_task *task, const plot_groups *groups, size_t g, const curve *c,
                       bool each, swp_buf *out)
{
    double x_sum = 0, y_sum = 0;
    size_t n = 0;
    plot_groups_comment(&task->study, groups, g, "the evaluations of recall_bars.gp", out);
    for (size_t i = groups->begin[g]; i < groups->begin[g + 1]; i++) {
        double x = metric_of(task, groups->members[i], c->x),
               y = metric_of(task, groups->members[i], c->y);
        x = c->mirrored ? 1 - x : x;
        if (each) {
            plot_number_add(out, 100 * x);
            plot_number_add(out, 100 * y);
            swp_buf_puts(out, "\n");
        } else if (!isnan(x) && !isnan(y)) {
            x_sum += x;
            y_sum += y;
            n++;
        }
    }
    if (!each) {
        plot_number_add(out, n > 0 ? 100 * x_sum / (double)n : (double)NAN);
        plot_number_add(out, n > 0 ? 100 * y_sum / (double)n : (double)NAN);
        swp_buf_puts(out, "\n");
    }
    swp_buf_puts(out, "\n\n");
}

/* The line "array areas[n] = ['0.987', ...]", with standard deviations. `values` (largest) */
static void add_areas(const plot_task *task, const plot_groups *groups, const curve *c,
                      double *values, swp_buf *out)
{
    plot_array_begin(out, "areas", groups->n);
    for (size_t g = 0; g < groups->n; g++) {
        size_t size = plot_group_size(groups, g);
        swp_buf area = {0};
        for (size_t i = 0; i < size; i++)
            values[i] = metric_of(task, groups->members[groups->begin[g] + i], c->area);
        res_spread spread = res_spread_of(values, size);
        swp_buf_printf(&area, spread.n > 0 ? "%.3f" : "n/a", spread.mean);
        if (spread.n > 1)
            swp_buf_printf(&area, " ± %.3f", spread.sd);
        plot_array_text(out, g, &area);
    }
    swp_buf_puts(out, "]\n");
}

static bool has_both_classes(const plot_task *task)
{
    for (size_t t = 0; t < task->study.n_trials; t++) {
        const res_errors *errors = &task->errors.of[t];
        if (task->recalls.use[t] && (errors->n_test == 0 || errors->n_anomaly == 0))
            return false;
    }
    return task->recalls.both;
}

static swp_status add_chart(plot_task *task, const curve *c, swp_err *err)
{
    const res_study *study = &task->study;
    if (!has_both_classes(task)) {
        plot_leave_out(task, c->name, "there are no normal or no abnormal test sequences");
        return SWP_OK;
    }
    const res_experiment *e = &study->experiment;
    bool each = task->recalls.n <= MOST_POINTS;
    plot_groups groups;
    plot_chart chart = {.script = c->script};
    memcpy(chart.name, c->name, strlen(c->name) + 1);
    swp_status status =
        plot_groups_make(task, task->recalls.use, &plot_panels, SIZE_MAX, &groups, err);
    double *values = swp_alloc(groups.largest, sizeof *values);
    ranked *room = swp_alloc(groups.largest, sizeof *room);
    if (status == SWP_OK && (!values || !room))
        status = swp_fail(err, SWP_NOMEM, "out of memory");
    if (status == SWP_OK) {
        plot_heading(task, c->heading, &chart.head);
        plot_recalls_head(task, &chart.head);
        plot_groups_head(study, &groups, "mean and band of one sd", &chart.head);
        swp_buf_printf(&chart.head, "each = %d # trial has a point\n",
                       groups.largest == 1 ? 0
                       : each              ? 1
                                           : 2);
        plot_number_set(&chart.head, "abnormal",
                        100 * (double)e->n_anomaly / (double)(e->n_anomaly + e->n_test));
        add_areas(task, &groups, c, values, &chart.head);
        for (size_t g = 0; g < groups.n; g++)
            add_curve(task, &groups, g, c, room, &chart.data);
        for (size_t g = 0; g < groups.n; g++)
            add_points(task, &groups, g, c, each, &chart.data);
        status = add_baselines(task, c, &chart, err);
    }
    if (status == SWP_OK) {
        status = plot_sheet_add(&task->sheet, &chart, err);
    }
    plot_chart_deinit(&chart);
    swp_free(room);
    swp_free(values);
    plot_groups_deinit(&groups);
    return status;
}

swp_status plot_roc(plot_task *task, swp_err *err)
{
    static const curve roc = {
        .name = "roc",
        .script = plot_roc_gp,
        .heading = "ROC curves",
        .columns = "false alarms (% of normal), flagged (% of abnormal), its sd",
        .y_at = recall_at,
        .x = RES_NORMAL_RECALL,
        .mirrored = true,
        .y = RES_ANOMALY_RECALL,
        .area = RES_AUROC,
    };
    return add_chart(task, &roc, err);
}

swp_status plot_precision_recall(plot_task *task, swp_err *err)
{
    static const curve precision_recall = {
        .name = "precision_recall",
        .script = plot_precision_recall_gp,
        .heading = "Precision and recall",
        .columns = "flagged (% of abnormal), precision (%), its sd",
        .y_at = precision_at,
        .x = RES_ANOMALY_RECALL,
        .y = RES_PRECISION,
        .area = RES_AUPRC,
    };
    return add_chart(task, &precision_recall, err);
}
