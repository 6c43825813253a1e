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
    size_t right[2] = {0}, total[2] = {0};
    for (size_t i = groups->begin[g]; i < groups->begin[g + 1]; i++) {
        res_counts counts = res_evaluation_counts(task->recalls.of[groups->members[i]]);
        right[0] += counts.normal_correct;
        total[0] += counts.normal_total;
        right[1] += counts.anomaly_correct;
        total[1] += counts.anomaly_total;
    }
    plot_groups_comment(&task->study, groups, g,
                        "actual and judged (0 normal, 1 abnormal), count, % of the actual", out);
    add_cell("0", "0", right[0], total[0], out);
    add_cell("0", "1", total[0] - right[0], total[0], out);
    add_cell("1", "0", total[1] - right[1], total[1], out);
    add_cell("1", "1", right[1], total[1], out);
    swp_buf_puts(out, "\n\n");
}

swp_status plot_confusion(plot_task *task, swp_err *err)
{
    plot_groups groups;
    plot_chart chart = {.name = "confusion", .script = plot_confusion_gp};
    swp_status status =
        plot_groups_make(&task->study, task->recalls.use, &plot_curves, SIZE_MAX, &groups, err);
    if (status == SWP_OK) {
        plot_heading(task, "Confusion matrices", &chart.head);
        plot_recalls_head(task, &chart.head);
        plot_groups_head(&task->study, &groups, "sums", &chart.head);
        for (size_t g = 0; g < groups.n; g++)
            add_matrix(task, &groups, g, &chart.data);
        status = plot_sheet_add(&task->sheet, &chart, err);
    }
    plot_groups_deinit(&groups);
    return status;
}
