/* Confusion matrices at the chosen threshold. */
#include "plots/charts_priv.h"
#include "plots/text_priv.h"

static void add_cell(const char *actual, const char *judged, size_t count, size_t total,
                     swp_buf *out)
{
    swp_buf_printf(out, "%s %s %zu", actual, judged, count);
    if (total > 0)
        plot_number_add(out, 100 * (double)count / (double)total);
    else
        swp_buf_puts(out, " nan");
    swp_buf_puts(out, "\n");
}

/* The counts of a group, summed over its trials. */
static void add_matrix(const plot_task *task, const plot_groups *groups, size_t g, swp_buf *out)
{
    res_counts sum = {0};
    for (size_t i = 0; i < task->study.n; i++) {
        if (groups->of[i] != g)
            continue;
        const res_counts *counts = &task->recalls.of[i]->counts;
        sum.normal_correct += counts->normal_correct;
        sum.normal_total += counts->normal_total;
        sum.anomaly_correct += counts->anomaly_correct;
        sum.anomaly_total += counts->anomaly_total;
    }
    plot_groups_label(groups, g, "actual and judged (0 normal, 1 abnormal), count, % of the actual",
                      out);
    add_cell("0", "0", sum.normal_correct, sum.normal_total, out);
    add_cell("0", "1", sum.normal_total - sum.normal_correct, sum.normal_total, out);
    add_cell("1", "0", sum.anomaly_total - sum.anomaly_correct, sum.anomaly_total, out);
    add_cell("1", "1", sum.anomaly_correct, sum.anomaly_total, out);
    swp_buf_puts(out, "\n\n");
}

static swp_status add_chart(plot_task *task, const plot_groups *groups, swp_err *err)
{
    plot_chart chart = {.name = "confusion", .script = plot_confusion_gp};
    plot_study_heading(&task->study, "Confusion matrices", &chart.head);
    plot_recalls_subheading(&task->recalls, &task->study, groups, "sum", &chart.head);
    plot_groups_head(groups, &chart.head);
    for (size_t g = 0; g < groups->n; g++)
        add_matrix(task, groups, g, &chart.data);
    return plot_sheet_add(&task->sheet, &chart, err);
}

swp_status plot_confusion(plot_task *task, swp_err *err)
{
    plot_groups groups;
    swp_status status =
        plot_groups_make(&task->study, task->recalls.use, PLOT_SEEDS, PLOT_CURVES, &groups, err);
    if (status == SWP_OK)
        status = add_chart(task, &groups, err);
    plot_groups_deinit(&groups);
    return status;
}
