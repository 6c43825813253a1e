/* Recall against the threshold, from the stored errors. */
#include <math.h>

#include "engine/base/mem.h"
#include "plots/charts_priv.h"
#include "plots/text_priv.h"

/* Steps of a curve: about one for two pixels. */
enum { STEPS = 240 };

/* Equal ratios from first to last, so that one far outlier does not squeeze the rest into a corner.
 * In float32, as the errors are, which keeps the numbers short. */
static double threshold_at(const plot_errors *errors, size_t step)
{
    double share = (double)step / STEPS;
    return (double)(float)(errors->first * pow(errors->last / errors->first, share));
}

/* Mean recalls of a group over the whole range of errors. */
static void add_curve(const plot_task *task, const plot_groups *groups, size_t g, swp_buf *out)
{
    double normal[STEPS + 1] = {0}, anomaly[STEPS + 1] = {0};
    double size = (double)plot_group_size(groups, g);
    for (size_t i = groups->begin[g]; i < groups->begin[g + 1]; i++) {
        const res_errors *e = &task->errors.of[groups->members[i]];
        const float *sorted = task->errors.sorted[groups->members[i]];
        for (size_t step = 0; step <= STEPS; step++) {
            double threshold = threshold_at(&task->errors, step);
            normal[step] +=
                (double)plot_errors_up_to(sorted, e->n_test, threshold) / (double)e->n_test;
            anomaly[step] +=
                1 - (double)plot_errors_up_to(sorted + e->n_test, e->n_anomaly, threshold) /
                        (double)e->n_anomaly;
        }
    }
    plot_groups_comment(&task->study, groups, g, "threshold, normal (%), abnormal (%)", out);
    for (size_t step = 0; step <= STEPS; step++) {
        char text[SWP_NUMBER_SIZE];
        swp_buf_puts(out, swp_format_float((float)threshold_at(&task->errors, step), text));
        plot_number_add(out, 100 * normal[step] / size);
        plot_number_add(out, 100 * anomaly[step] / size);
        swp_buf_puts(out, "\n");
    }
    swp_buf_puts(out, "\n\n");
}

/* Where the planned thresholds lie: means over the trials of a group, of which a number has the
 * same in each. */
static swp_status add_planned(const plot_task *task, const plot_groups *groups, swp_buf *out,
                              swp_err *err)
{
    const plot_recalls *r = &task->recalls;
    size_t n_cells = groups->n * r->n_thresholds, hint = 0;
    double *sums = swp_alloc(n_cells, sizeof *sums);
    size_t *counts = swp_alloc(n_cells, sizeof *counts);
    for (size_t i = 0; i < r->n_evaluations && sums && counts; i++) {
        const res_evaluation *e = &r->evaluations[i];
        if (!plot_is_compared(r, e) || groups->of[e->trial] == PLOT_NO_GROUP)
            continue;
        hint = plot_threshold_index(r, e->threshold, hint);
        size_t cell = groups->of[e->trial] * r->n_thresholds + hint++;
        sums[cell] += e->threshold_value;
        counts[cell]++;
    }
    size_t chosen = plot_threshold_index(r, r->threshold, 0);
    for (size_t g = 0; g < groups->n && sums && counts; g++) {
        plot_groups_comment(&task->study, groups, g,
                            "planned threshold, 1 if it is the one of recall_bars.gp", out);
        for (size_t k = 0; k < r->n_thresholds; k++) {
            size_t cell = g * r->n_thresholds + k;
            if (counts[cell] == 0)
                continue;
            plot_number_add(out, sums[cell] / (double)counts[cell]);
            swp_buf_printf(out, " %d\n", k == chosen);
        }
        swp_buf_puts(out, "\n\n");
    }
    bool ok = sums && counts;
    swp_free(sums);
    swp_free(counts);
    return ok ? SWP_OK : swp_fail(err, SWP_NOMEM, "out of memory");
}

swp_status plot_recall_threshold(plot_task *task, swp_err *err)
{
    const res_study *study = &task->study;
    plot_groups groups;
    plot_chart chart = {.name = "recall_threshold", .script = plot_recall_threshold_gp};
    swp_status status =
        plot_groups_make(task, task->recalls.use, &plot_panels, SIZE_MAX, &groups, err);
    if (status == SWP_OK) {
        plot_heading(task, "Recall by threshold", &chart.head);
        plot_recalls_head(task, &chart.head);
        plot_groups_head(study, &groups, "mean", &chart.head);
        plot_number_set(&chart.head, "first", task->errors.first);
        plot_number_set(&chart.head, "last", task->errors.last);
        plot_text_set(&chart.head, "unit", task->error_unit, SIZE_MAX);
        swp_buf_printf(&chart.head, "planned = %zu\n", task->recalls.n_thresholds);
        for (size_t g = 0; g < groups.n; g++)
            add_curve(task, &groups, g, &chart.data);
        status = add_planned(task, &groups, &chart.data, err);
    }
    if (status == SWP_OK)
        status = plot_sheet_add(&task->sheet, &chart, err);
    plot_chart_deinit(&chart);
    plot_groups_deinit(&groups);
    return status;
}
