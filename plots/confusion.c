/* Confusion matrices at the chosen threshold: counts of one test set, and shares of a class. Trials
 * of a group judge the same sequences, or others of their own split: their mean and standard
 * deviation are shown, never sums. */
#include "engine/base/mem.h"
#include "plots/charts_priv.h"
#include "plots/text_priv.h"

/* What a cell holds of an evaluation: how many, of how many. */
typedef struct cell {
    const char *actual, *judged; /* 0 normal, 1 abnormal */
    bool right;
} cell;

static const cell cells[] = {
    {"0", "0", true}, {"0", "1", false}, {"1", "0", false}, {"1", "1", true}};

static size_t count_of(const cell *c, const res_counts *counts, size_t *total)
{
    bool normal = *c->actual == '0';
    size_t right = normal ? counts->normal_correct : counts->anomaly_correct;
    *total = normal ? counts->normal_total : counts->anomaly_total;
    return c->right ? right : *total - right;
}

/* `values` (2, largest) */
static void add_matrix(const plot_task *task, const plot_groups *groups, size_t g, double *values,
                       swp_buf *out)
{
    size_t size = plot_group_size(groups, g);
    plot_groups_comment(&task->study, groups, g,
                        "actual and judged (0 normal, 1 abnormal), count, its sd, % of the actual, "
                        "its sd",
                        out);
    for (size_t k = 0; k < sizeof cells / sizeof cells[0]; k++) {
        for (size_t i = 0; i < size; i++) {
            size_t trial = groups->members[groups->begin[g] + i], total;
            res_counts counts = res_evaluation_counts(task->recalls.of[trial]);
            values[i] = (double)count_of(&cells[k], &counts, &total);
            values[size + i] = total > 0 ? 100 * values[i] / (double)total : (double)NAN;
        }
        swp_buf_printf(out, "%s %s", cells[k].actual, cells[k].judged);
        plot_spread_add(values, size, NULL, out);
        plot_spread_add(values + size, size, NULL, out);
        swp_buf_puts(out, "\n");
    }
    swp_buf_puts(out, "\n\n");
}

swp_status plot_confusion(plot_task *task, swp_err *err)
{
    plot_groups groups;
    plot_chart chart = {.name = "confusion", .script = plot_confusion_gp};
    swp_status status =
        plot_groups_make(task, task->recalls.use, &plot_panels, SIZE_MAX, &groups, err);
    double *values = swp_alloc(groups.largest, 2 * sizeof *values);
    if (status == SWP_OK && !values)
        status = swp_fail(err, SWP_NOMEM, "out of memory");
    if (status == SWP_OK) {
        plot_heading(task, groups.n == 1 ? "Confusion matrix" : "Confusion matrices", &chart.head);
        plot_recalls_head(task, &chart.head);
        plot_groups_head(&task->study, &groups, "mean and sd", &chart.head);
        swp_buf_printf(&chart.head, "spread = %d\n", groups.largest > 1);
        for (size_t g = 0; g < groups.n; g++)
            add_matrix(task, &groups, g, values, &chart.data);
        status = plot_sheet_add(&task->sheet, &chart, err);
    }
    swp_free(values);
    plot_groups_deinit(&groups);
    return status;
}
