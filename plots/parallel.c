/* All trials over all parameters in which they differ: one line a trial, coloured by how well it
 * does at the chosen threshold and epoch count, or by the objective of a command.
 *
 * Few values stand one above the other, each with a span of its own, in which lines fan out by
 * score; many numbers stand on their scale. Of many trials the best are drawn. */
#include <math.h>
#include <stdlib.h>

#include "engine/base/mem.h"
#include "plots/charts_priv.h"
#include "plots/text_priv.h"

/* More lines hide one another; more axes make the page too wide; more values have no span each, and
 * of them as many are named. */
enum { MOST_LINES = 300, MOST_AXES = 16, MOST_VALUES = 24 };

typedef struct line {
    size_t trial;
    double score; /* as it is shown */
    double merit; /* the larger, the better */
} line;

/* Worst first, so that the best are drawn over the others; of equal ones the later first. */
static int compare_lines(const void *a, const void *b)
{
    const line *x = a, *y = b;
    if (x->merit < y->merit || x->merit > y->merit)
        return x->merit < y->merit ? -1 : 1;
    return (x->trial < y->trial) - (x->trial > y->trial);
}

/* Place of a value on its axis, 0 to 1; `fan` is where a line lies in the value's span. */
static double place_of(const res_param *p, size_t value, double fan)
{
    const res_value *first = &p->values[0], *last = &p->values[p->n_values - 1],
                    *v = &p->values[value];
    if (p->n_values <= MOST_VALUES || !plot_is_numeric(p))
        return ((double)value + 0.5 + 0.7 * (fan - 0.5)) / (double)p->n_values;
    double share = (v->number - first->number) / (last->number - first->number);
    if (plot_is_logarithmic(p))
        share = log(v->number / first->number) / log(last->number / first->number);
    return 0.02 + 0.96 * share;
}

/* Names of the axes, and the labels of their values: axis, place, text. */
static void add_axes(const res_study *study, const size_t *axes, size_t n, swp_buf *out)
{
    swp_buf label_axes = {0}, places = {0}, labels = {0};
    size_t n_labels = 0;
    swp_buf_printf(out, "n = %zu\n", n);
    plot_array_begin(out, "names", n);
    for (size_t a = 0; a < n; a++) {
        const res_param *p = &study->params[axes[a]];
        swp_buf title = {0};
        plot_text_add(&title, p->title, PLOT_DATA_CHARS);
        plot_array_text(out, a, &title);
        double last = -1;
        for (size_t v = 0; v < p->n_values; v++) {
            double at = place_of(p, v, 0.5);
            if (at - last < 1.0 / (MOST_VALUES + 1))
                continue;
            last = at;
            swp_buf label = {0};
            plot_text_add(&label, p->values[v].label, PLOT_VALUE_CHARS);
            swp_buf_printf(&label_axes, "%s%zu", n_labels > 0 ? ", " : "", a + 1);
            swp_buf_printf(&places, "%s%.5g", n_labels > 0 ? ", " : "", at);
            plot_array_text(&labels, n_labels++, &label);
        }
    }
    out->failed |= label_axes.failed || places.failed || labels.failed;
    if (!out->failed)
        swp_buf_printf(out,
                       "]\nn_values = %zu\narray axes[%zu] = [%s]\narray places[%zu] = [%s]\n"
                       "array values[%zu] = [%s]\n",
                       n_labels, n_labels, label_axes.text, n_labels, places.text, n_labels,
                       labels.text);
    swp_buf_deinit(&label_axes);
    swp_buf_deinit(&places);
    swp_buf_deinit(&labels);
}

/* A command has an objective instead of labels. */
static void add_objective(const plot_task *task, swp_buf *out)
{
    const res_step_metric *objective = &task->study.step_metrics[task->study.objective];
    swp_buf text = {0};
    swp_buf_printf(&text, "%zu trial%s; objective ", task->recalls.n,
                   task->recalls.n == 1 ? "" : "s");
    plot_text_add(&text, objective->name, PLOT_LABEL_CHARS);
    swp_buf_puts(&text, objective->maximize ? ", maximised" : ", minimised");
    plot_text_assign(out, "subheading", &text);
}

static void add_head(const plot_task *task, const res_axes *axes, size_t n_axes, const line *lines,
                     size_t n, swp_buf *out)
{
    const plot_recalls *r = &task->recalls;
    swp_buf note = {0}, score = {0};
    plot_heading(task, "All trials", out);
    const bool of_command = task->study.of_command;
    if (of_command)
        add_objective(task, out);
    else
        plot_recalls_head(task, out);
    swp_buf_printf(&note, "a line for each trial, coloured by %s",
                   of_command ? "its objective" : plot_score_title(task));
    if (!of_command)
        swp_buf_puts(&note, " on the test set");
    if (n < r->n)
        swp_buf_printf(&note, "; the best %zu of %zu", n, r->n);
    if (n_axes < axes->n_all)
        swp_buf_printf(&note, "; the first %zu of %zu parameters that differ", n_axes, axes->n_all);
    plot_text_assign(out, "note", &note);
    if (of_command)
        plot_text_add(&score, task->study.step_metrics[task->study.objective].name,
                      PLOT_DATA_CHARS);
    else
        swp_buf_printf(&score, "%s (%%)", plot_score_title(task));
    plot_text_assign(out, "score", &score);
    add_axes(&task->study, axes->list, n_axes, out);
    swp_buf_printf(out, "worst = %.6g\nbest = %.6g\n", lines[0].score, lines[n - 1].score);
}

static swp_status add_chart(plot_task *task, const res_axes *axes, const line *lines, size_t n,
                            swp_err *err)
{
    const res_study *study = &task->study;
    plot_chart chart = {.name = "parallel", .script = plot_parallel_gp};
    size_t n_axes = axes->n_all < MOST_AXES ? axes->n_all : MOST_AXES;
    double worst = lines[0].merit, best = lines[n - 1].merit;
    add_head(task, axes, n_axes, lines, n, &chart.head);
    swp_buf_puts(&chart.data, "# axis, place on it, score; a line for each trial\n");
    for (size_t i = 0; i < n; i++) {
        double score = lines[i].score;
        double share = best > worst ? (lines[i].merit - worst) / (best - worst) : 0.5;
        for (size_t a = 0; a < n_axes; a++) {
            const res_param *p = &study->params[axes->list[a]];
            swp_buf_printf(&chart.data, "%zu %.5g %.6g\n", a + 1,
                           place_of(p, p->of[lines[i].trial], share), score);
        }
        swp_buf_printf(&chart.data, "%zu %.5g %.6g\n\n", n_axes + 1, share, score);
    }
    return plot_sheet_add(&task->sheet, &chart, err);
}

/* A trial with its score; NAN of a command's that has reported none. */
static line line_of(const plot_task *task, size_t trial)
{
    const res_study *study = &task->study;
    const res_evaluation *e = task->recalls.of[trial];
    if (!study->of_command) {
        double score = 100 * plot_score(task, e);
        return (line){trial, score, score};
    }
    double value = res_metric_of(study, e, res_metric_ranking(study));
    return (line){trial, value, study->step_metrics[study->objective].maximize ? value : -value};
}

swp_status plot_parallel(plot_task *task, swp_err *err)
{
    const res_study *study = &task->study;
    res_axes axes;
    swp_status status = res_axes_find(study, task->recalls.use, &axes, err);
    line *lines = swp_alloc(task->recalls.n, sizeof *lines);
    if (status == SWP_OK && !lines)
        status = swp_fail(err, SWP_NOMEM, "out of memory");
    if (status == SWP_OK && axes.n_all < 2) {
        plot_leave_out(task, "parallel", "fewer than two parameters differ");
    } else if (status == SWP_OK) {
        size_t n = 0;
        for (size_t t = 0; t < study->n_trials; t++)
            if (task->recalls.use[t] && !isnan((lines[n] = line_of(task, t)).score))
                n++;
        qsort(lines, n, sizeof *lines, compare_lines);
        size_t drawn = n < MOST_LINES ? n : MOST_LINES;
        if (drawn == 0)
            plot_leave_out(task, "parallel", "no trial has an objective yet");
        else
            status = add_chart(task, &axes, lines + n - drawn, drawn, err);
    }
    swp_free(lines);
    res_axes_deinit(&axes);
    return status;
}
