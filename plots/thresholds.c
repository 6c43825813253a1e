/* Recall against the threshold, from the stored errors. */
#include <math.h>
#include <string.h>

#include "engine/base/mem.h"
#include "plots/charts_priv.h"
#include "plots/text_priv.h"

/* Steps of a curve: about one a pixel. */
enum { STEPS = 400 };

/* Equal ratios from first to last: one far outlier shall not squeeze all that matters into a
 * corner. In float32, as the errors are, which keeps the numbers short. */
static double threshold_at(const plot_errors *errors, int step)
{
    double share = (double)step / STEPS;
    return (double)(float)(errors->first * pow(errors->last / errors->first, share));
}

/* Mean recalls of a group over the whole range of errors. */
static void add_curve(const plot_study *study, const plot_errors *errors, const plot_groups *groups,
                      size_t g, swp_buf *out)
{
    plot_groups_label(groups, g, "threshold, normal recall (%), anomaly recall (%)", out);
    for (int step = 0; step <= STEPS; step++) {
        double threshold = threshold_at(errors, step), normal = 0, anomaly = 0;
        for (size_t i = 0; i < study->n; i++) {
            if (groups->of[i] != g)
                continue;
            res_counts counts = res_count(&errors->of[i], threshold);
            normal += res_normal_recall(&counts);
            anomaly += res_anomaly_recall(&counts);
        }
        double size = (double)groups->sizes[g];
        char text[SWP_NUMBER_SIZE];
        swp_buf_puts(out, swp_format_float((float)threshold, text));
        plot_number_add(out, 100 * normal / size);
        plot_number_add(out, 100 * anomaly / size);
        swp_buf_puts(out, "\n");
    }
    swp_buf_puts(out, "\n\n");
}

/* The first trial of a group that has `trial`, PLOT_NO_GROUP if it has not. */
static size_t first_member(const plot_study *study, const plot_groups *groups, size_t g,
                           int64_t trial)
{
    size_t first = PLOT_NO_GROUP;
    for (size_t i = 0; i < study->n; i++) {
        if (groups->of[i] != g)
            continue;
        first = i < first ? i : first;
        if (study->trials[i].id == trial)
            return first;
    }
    return PLOT_NO_GROUP;
}

/* Where the planned thresholds lie. A number is the same for all trials and named once. */
static void add_planned(const plot_study *study, const plot_recalls *recalls,
                        const plot_groups *groups, size_t g, swp_buf *out)
{
    plot_groups_label(groups, g, "planned threshold, 1 if it is the one of recall_bars.gp", out);
    for (size_t i = 0; i < recalls->n_evaluations; i++) {
        const res_evaluation *evaluation = &recalls->evaluations[i];
        if (!plot_evaluation_compared(recalls, evaluation))
            continue;
        size_t first = first_member(study, groups, g, evaluation->trial);
        if (first == PLOT_NO_GROUP || (evaluation->threshold.kind == RES_THRESHOLD_VALUE &&
                                       study->trials[first].id != evaluation->trial))
            continue;
        plot_number_add(out, evaluation->threshold_value);
        swp_buf_printf(out, " %d\n", plot_evaluation_chosen(recalls, evaluation));
    }
    swp_buf_puts(out, "\n\n");
}

static void add_head(const plot_study *study, const plot_recalls *recalls,
                     const plot_groups *groups, const plot_errors *errors, swp_buf *out)
{
    plot_study_heading(study, "Recall by threshold", out);
    plot_recalls_subheading(recalls, study, groups, "mean", out);
    plot_groups_head(groups, out);
    swp_buf_puts(out, "first =");
    plot_number_add(out, errors->first);
    swp_buf_puts(out, "\nlast =");
    plot_number_add(out, errors->last);
    swp_buf_puts(out, "\nunit = ");
    plot_text_quote(out, study->error_unit, SIZE_MAX);
    swp_buf_puts(out, "\n");
    plot_recalls_chosen(recalls, out);
    swp_buf_printf(out, "planned = %zu\n", recalls->n_thresholds);
}

static swp_status add_panels(plot_task *task, const plot_groups *groups, swp_err *err)
{
    const plot_study *study = &task->study;
    plot_chart chart = {.name = "recall_threshold", .script = plot_recall_threshold_gp};
    add_head(study, &task->recalls, groups, &task->errors, &chart.head);
    for (size_t g = 0; g < groups->n; g++)
        add_curve(study, &task->errors, groups, g, &chart.data);
    for (size_t g = 0; g < groups->n; g++)
        add_planned(study, &task->recalls, groups, g, &chart.data);
    return plot_sheet_add(&task->sheet, &chart, err);
}

swp_status plot_recall_threshold(plot_task *task, swp_err *err)
{
    plot_groups groups;
    swp_status status =
        plot_groups_make(&task->study, task->recalls.use, PLOT_SEEDS, PLOT_CURVES, &groups, err);
    if (status == SWP_OK)
        status = add_panels(task, &groups, err);
    plot_groups_deinit(&groups);
    return status;
}
