/* All evaluations over all axes: one line an evaluation, coloured by how well it does. */
#include <stdlib.h>

#include "engine/base/mem.h"
#include "plots/axes_priv.h"
#include "plots/text_priv.h"

/* More lines than this hide one another. */
enum { MOST_LINES = 3000 };

/* Worst first, so that the best are drawn over the others; of equal ones the later planned first.
 */
static int compare_scores(const void *a, const void *b)
{
    const res_evaluation *x = *(const res_evaluation *const *)a,
                         *y = *(const res_evaluation *const *)b;
    double p = plot_score(&x->counts), q = plot_score(&y->counts);
    if (p < q || p > q)
        return p < q ? -1 : 1;
    return (x->number < y->number) - (x->number > y->number);
}

/* A line: a row for each axis, and the score as the last one. Lines of one value fan out by their
 * score, so that each value shows how its evaluations do. */
static void add_line(const plot_axes *axes, size_t evaluation, double score, double share,
                     swp_buf *out)
{
    for (size_t a = 0; a < axes->n; a++) {
        const plot_axis *axis = &axes->list[a];
        double at = ((double)axis->of[evaluation] + 0.5 + 0.7 * (share - 0.5)) / (double)axis->n;
        swp_buf_printf(out, "%zu %.5g %.6g\n", a + 1, at, 100 * score);
    }
    swp_buf_printf(out, "%zu %.5g %.6g\n\n", axes->n + 1, share, 100 * score);
}

/* Names of the axes, how many values each has, and all these values. */
static void add_axes(const plot_axes *axes, swp_buf *out)
{
    swp_buf_printf(out, "n = %zu\narray names[%zu] = [", axes->n, axes->n);
    for (size_t a = 0; a < axes->n; a++) {
        swp_buf_puts(out, a > 0 ? ", " : "");
        plot_text_quote(out, plot_axis_name(&axes->list[a]), PLOT_LABEL_CHARS);
    }
    swp_buf_printf(out, "]\narray counts[%zu] = [", axes->n);
    for (size_t a = 0; a < axes->n; a++)
        swp_buf_printf(out, "%s%zu", a > 0 ? ", " : "", axes->list[a].n);
    swp_buf_puts(out, "]\n");
    plot_axes_values(axes->list, axes->n, "values", out);
}

static void add_head(const plot_task *task, const plot_axes *axes, size_t n, size_t left_out,
                     swp_buf *out)
{
    const res_experiment *e = &task->study.experiment;
    bool both = e->n_test > 0 && e->n_anomaly > 0;
    swp_buf text = {0};
    plot_text_add(&text, e->data_name, PLOT_DATA_CHARS);
    swp_buf_printf(&text, ": %zu evaluations", n);
    if (left_out > 0)
        swp_buf_printf(&text, ", the best of %zu", n + left_out);
    swp_buf_printf(&text, "; %zu normal, %zu abnormal", e->n_test, e->n_anomaly);
    plot_study_heading(&task->study, "All evaluations", out);
    plot_text_assign(out, "subheading", &text);
    swp_buf_printf(out, "score = '%s (%%)'\n", both ? "balanced accuracy" : "recall");
    add_axes(axes, out);
}

static swp_status add_chart(plot_task *task, const plot_axes *axes,
                            const res_evaluation **evaluations, size_t n, size_t left_out,
                            swp_err *err)
{
    plot_chart chart = {.name = "parallel", .script = plot_parallel_gp};
    double least = plot_score(&evaluations[0]->counts),
           most = plot_score(&evaluations[n - 1]->counts);
    add_head(task, axes, n, left_out, &chart.head);
    swp_buf_printf(&chart.head, "least = %.6g\nmost = %.6g\n", 100 * least, 100 * most);
    swp_buf_puts(&chart.data, "# axis, place on it, score (%); a line for each evaluation\n");
    for (size_t i = 0; i < n; i++) {
        double score = plot_score(&evaluations[i]->counts);
        add_line(axes, i, score, most > least ? (score - least) / (most - least) : 0.5,
                 &chart.data);
    }
    return plot_sheet_add(&task->sheet, &chart, err);
}

swp_status plot_parallel(plot_task *task, swp_err *err)
{
    plot_axes axes = {0};
    size_t n;
    const res_evaluation **evaluations = plot_evaluations_done(&task->recalls, &n);
    if (!evaluations)
        return swp_fail(err, SWP_NOMEM, "out of memory");
    qsort(evaluations, n, sizeof *evaluations, compare_scores);
    size_t left_out = n > MOST_LINES ? n - MOST_LINES : 0;
    swp_status status = plot_axes_load(task, evaluations + left_out, n - left_out, &axes, err);
    if (status == SWP_OK && axes.n < 2)
        plot_leave_out(task, "parallel", "fewer than two settings vary");
    else if (status == SWP_OK)
        status = add_chart(task, &axes, evaluations + left_out, n - left_out, left_out, err);
    plot_axes_deinit(&axes);
    swp_free(evaluations);
    return status;
}
