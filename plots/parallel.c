/* All trials over all axes: one line a trial, coloured by how well it does. */
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
    const res_trial *x = *(const res_trial *const *)a, *y = *(const res_trial *const *)b;
    double p = plot_score(&x->counts), q = plot_score(&y->counts);
    if (p < q || p > q)
        return p < q ? -1 : 1;
    return (x->number < y->number) - (x->number > y->number);
}

/* A line: a row for each axis, and the score as the last one. Lines of one value fan out by their
 * score, so that each value shows how its trials do. */
static void add_line(const plot_axes *axes, size_t trial, double score, double share, swp_buf *out)
{
    for (size_t a = 0; a < axes->n; a++) {
        const plot_axis *axis = &axes->list[a];
        double at = ((double)axis->of[trial] + 0.5 + 0.7 * (share - 0.5)) / (double)axis->n;
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
    swp_buf_printf(&text, ": %zu trials", n);
    if (left_out > 0)
        swp_buf_printf(&text, ", the best of %zu", n + left_out);
    swp_buf_printf(&text, "; %zu normal, %zu abnormal", e->n_test, e->n_anomaly);
    plot_study_heading(&task->study, "All trials", out);
    plot_text_assign(out, "subheading", &text);
    swp_buf_printf(out, "score = '%s (%%)'\n", both ? "balanced accuracy" : "recall");
    add_axes(axes, out);
}

static swp_status add_chart(plot_task *task, const plot_axes *axes, const res_trial **trials,
                            size_t n, size_t left_out, swp_err *err)
{
    plot_chart chart = {.name = "parallel", .script = plot_parallel_gp};
    double least = plot_score(&trials[0]->counts), most = plot_score(&trials[n - 1]->counts);
    add_head(task, axes, n, left_out, &chart.head);
    swp_buf_printf(&chart.head, "least = %.6g\nmost = %.6g\n", 100 * least, 100 * most);
    swp_buf_puts(&chart.data, "# axis, place on it, score (%); a line for each trial\n");
    for (size_t i = 0; i < n; i++) {
        double score = plot_score(&trials[i]->counts);
        add_line(axes, i, score, most > least ? (score - least) / (most - least) : 0.5,
                 &chart.data);
    }
    return plot_sheet_add(&task->sheet, &chart, err);
}

swp_status plot_parallel(plot_task *task, swp_err *err)
{
    plot_axes axes = {0};
    size_t n;
    const res_trial **trials = plot_trials_done(&task->recalls, &n);
    if (!trials)
        return swp_fail(err, SWP_NOMEM, "out of memory");
    qsort(trials, n, sizeof *trials, compare_scores);
    size_t left_out = n > MOST_LINES ? n - MOST_LINES : 0;
    swp_status status = plot_axes_load(task, trials + left_out, n - left_out, &axes, err);
    if (status == SWP_OK && axes.n < 2)
        plot_leave_out(task, "parallel", "fewer than two settings vary");
    else if (status == SWP_OK)
        status = add_chart(task, &axes, trials + left_out, n - left_out, left_out, err);
    plot_axes_deinit(&axes);
    swp_free(trials);
    return status;
}
