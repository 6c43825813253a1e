/* The metrics of a command: every one by step, and at the step at which trials are read over the
 * first parameter that is a number. Each metric has a panel and a scale of its own. */
#include <math.h>
#include <stdlib.h>

#include "engine/base/mem.h"
#include "plots/charts_priv.h"
#include "plots/text_priv.h"

/* Metrics that are shown, and steps that are drawn, at most. */
enum { PANELS = 12, DRAWN = 400 };

/* Step metrics that some trial in use recorded: the objective, then the others by name. */
typedef struct shown {
    size_t list[PANELS];
    size_t n, n_all;
} shown;

static bool is_recorded(const res_study *study, size_t metric)
{
    for (size_t t = 0; t < study->n_trials; t++)
        for (size_t k = 0; k < study->trials[t].n_steps; k++)
            if (!isnan(res_series(&study->trials[t], metric)[k]))
                return true;
    return false;
}

static shown choose_metrics(const res_study *study)
{
    shown s = {.n = 0};
    for (size_t i = 0; i <= study->n_step_metrics; i++) {
        size_t m = i == 0 ? study->objective : i - 1;
        if ((i > 0 && m == study->objective) || !is_recorded(study, m))
            continue;
        if (s.n < PANELS)
            s.list[s.n++] = m;
        s.n_all++;
    }
    return s;
}

/* Whether a metric is positive and goes over so many powers of ten that a linear axis would show
 * the largest values only. */
static bool wants_log(const res_study *study, size_t metric)
{
    const double wide = 1e3;
    double least = (double)INFINITY, most = 0;
    for (size_t t = 0; t < study->n_trials; t++)
        for (size_t k = 0; k < study->trials[t].n_steps; k++) {
            double value = res_series(&study->trials[t], metric)[k];
            least = value < least ? value : least;
            most = value > most ? value : most;
        }
    return least > 0 && most > wide * least;
}

static void add_panels(const res_study *study, const shown *s, swp_buf *out)
{
    plot_array_begin(out, "panels", s->n);
    for (size_t i = 0; i < s->n; i++) {
        swp_buf title = {0};
        plot_text_add(&title, study->step_metrics[s->list[i]].name, PLOT_LABEL_CHARS);
        plot_array_text(out, i, &title);
    }
    swp_buf_printf(out, "]\nn_panels = %zu\n", s->n);
    plot_array_begin(out, "is_log", s->n);
    for (size_t i = 0; i < s->n; i++)
        swp_buf_printf(out, "%s%d", i > 0 ? ", " : "", wants_log(study, s->list[i]));
    swp_buf_puts(out, "]\n");
}

static void add_subheading(const plot_task *task, const shown *s, size_t n_trials, swp_buf *out)
{
    const res_step_metric *objective = &task->study.step_metrics[task->study.objective];
    swp_buf text = {0};
    swp_buf_printf(&text, "%zu trial%s; objective ", n_trials, n_trials == 1 ? "" : "s");
    plot_text_add(&text, objective->name, PLOT_LABEL_CHARS);
    swp_buf_puts(&text, objective->maximize ? ", maximised" : ", minimised");
    if (s->n < s->n_all)
        swp_buf_printf(&text, "; %zu of %zu metrics", s->n, s->n_all);
    plot_text_assign(out, "subheading", &text);
}

/* --- by step ---------------------------------------------------------------------------------- */

static int compare_numbers(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* The numbers of the steps that members of a group recorded, each once and ascending, thinned to
 * those that are drawn. owns the list: swp_free; NULL without memory */
static uint32_t *list_steps(const res_study *study, const plot_groups *groups, size_t g, size_t *n)
{
    size_t room = 0, kept = 0;
    for (size_t i = groups->begin[g]; i < groups->begin[g + 1]; i++)
        room += study->trials[groups->members[i]].n_steps;
    uint32_t *list = swp_alloc(room, sizeof *list);
    if (!list)
        return NULL;
    *n = 0;
    for (size_t i = groups->begin[g]; i < groups->begin[g + 1]; i++) {
        const res_trial *t = &study->trials[groups->members[i]];
        for (size_t place = 1; place <= t->n_steps; place++)
            list[(*n)++] = (uint32_t)res_step_number(t, place);
    }
    qsort(list, *n, sizeof *list, compare_numbers);
    for (size_t i = 0; i < *n; i++)
        if (kept == 0 || list[kept - 1] != list[i])
            list[kept++] = list[i];
    size_t every = (kept + DRAWN - 1) / DRAWN;
    for (*n = 0; *n * every < kept; ++*n)
        list[*n] = list[*n * every];
    return list;
}

/* The metric of a trial at the step with this number, NAN where it has none. */
static double value_at(const res_trial *t, size_t metric, size_t number)
{
    size_t place = res_steps_up_to(t, number);
    bool has = place > 0 && res_step_number(t, place) == number;
    return has ? res_series(t, metric)[place - 1] : (double)NAN;
}

/* A block: one metric of one group. `values` (largest) */
static void add_curve(const res_study *study, const plot_groups *groups, size_t g, size_t metric,
                      const uint32_t *steps, size_t n_steps, double *values, swp_buf *out)
{
    size_t size = plot_group_size(groups, g);
    plot_groups_comment(study, groups, g, "step, mean, its sd", out);
    swp_buf_puts(out, "nan nan nan\n");
    for (size_t k = 0; k < n_steps; k++) {
        for (size_t i = 0; i < size; i++)
            values[i] =
                value_at(&study->trials[groups->members[groups->begin[g] + i]], metric, steps[k]);
        if (res_spread_of(values, size).n == 0)
            continue;
        swp_buf_printf(out, "%u", (unsigned)steps[k]);
        plot_spread_add(values, size, NULL, out);
        swp_buf_puts(out, "\n");
    }
    swp_buf_puts(out, "\n\n");
}

static swp_status add_curves(const plot_task *task, const shown *s, const plot_groups *groups,
                             size_t *last, swp_buf *out, swp_err *err)
{
    const res_study *study = &task->study;
    double *values = swp_alloc(groups->largest, sizeof *values);
    bool failed = !values;
    *last = 1;
    for (size_t g = 0; g < groups->n && !failed; g++) {
        size_t n = 0;
        uint32_t *steps = list_steps(study, groups, g, &n);
        failed = !steps;
        for (size_t m = 0; m < s->n && !failed; m++)
            add_curve(study, groups, g, s->list[m], steps, n, values, out);
        if (steps && n > 0 && steps[n - 1] > *last)
            *last = steps[n - 1];
        swp_free(steps);
    }
    swp_free(values);
    return failed ? swp_fail(err, SWP_NOMEM, "out of memory for curves") : SWP_OK;
}

static size_t count(const bool *use, size_t n)
{
    size_t used = 0;
    for (size_t i = 0; i < n; i++)
        used += use[i];
    return used;
}

static swp_status draw_curves(plot_task *task, const bool *use, swp_err *err)
{
    const res_study *study = &task->study;
    const shown s = choose_metrics(study);
    plot_groups groups;
    plot_chart chart = {.name = "metric_curves", .script = plot_metric_curves_gp};
    swp_buf note = {0};
    size_t last = 1;
    swp_status status = plot_groups_make(task, use, &plot_panels, SIZE_MAX, &groups, err);
    if (status == SWP_OK) {
        plot_heading(task, "Metrics by step", &chart.head);
        add_subheading(task, &s, count(use, study->n_trials), &chart.head);
        plot_groups_note(study, &groups, "mean and band of one sd", &note);
        plot_text_assign(&chart.head, "note", &note);
        plot_groups_head(study, &groups, NULL, &chart.head);
        add_panels(study, &s, &chart.head);
        status = add_curves(task, &s, &groups, &last, &chart.data, err);
        swp_buf_printf(&chart.head, "last = %zu\nbands = %d\n", last, groups.largest > 1);
    }
    if (status == SWP_OK)
        status = plot_sheet_add(&task->sheet, &chart, err);
    plot_chart_deinit(&chart);
    plot_groups_deinit(&groups);
    return status;
}

/* Wanted trials that have recorded something. owns the list: swp_free; NULL without memory */
static bool *list_begun(const plot_task *task)
{
    const res_study *study = &task->study;
    bool *use = swp_alloc(study->n_trials, sizeof *use);
    for (size_t t = 0; use && t < study->n_trials; t++)
        use[t] = task->wanted[t] && study->trials[t].n_steps > 0;
    return use;
}

swp_status plot_metric_curves(plot_task *task, swp_err *err)
{
    bool *use = list_begun(task);
    if (!use)
        return swp_fail(err, SWP_NOMEM, "out of memory");
    swp_status status = draw_curves(task, use, err);
    swp_free(use);
    return status;
}

/* --- over a parameter ------------------------------------------------------------------------- */

static double read_trial(const res_study *study, size_t trial, size_t step_metric)
{
    const res_trial *t = &study->trials[trial];
    const res_evaluation whole = {.trial = (uint32_t)trial,
                                  .epochs = RES_ALL_STEPS,
                                  .selected_epoch = t->best_steps[t->n_steps - 1]};
    return res_metric_of(study, &whole, res_metric_of_step(step_metric));
}

/* A row: what the trials of one value and one line came to. `values` (largest) */
static void add_point(const res_study *study, const res_param *x, const plot_groups *points,
                      size_t g, size_t metric, double *values, swp_buf *out)
{
    const size_t *members = points->members + points->begin[g];
    size_t size = plot_group_size(points, g);
    for (size_t i = 0; i < size; i++)
        values[i] = read_trial(study, members[i], metric);
    plot_number_add(out, x->values[x->of[members[0]]].number);
    plot_spread_add(values, size, NULL, out);
    swp_buf_printf(out, " %zu\n", size);
}

/* Blocks by line, then by metric. `points` are sorted by line. */
static swp_status add_lines(const plot_task *task, const shown *s, const res_param *x,
                            const plot_groups *lines, const plot_groups *points, swp_buf *out,
                            swp_err *err)
{
    double *values = swp_alloc(points->largest, sizeof *values);
    if (!values)
        return swp_fail(err, SWP_NOMEM, "out of memory");
    for (size_t from = 0, to; from < points->n; from = to) {
        size_t line = lines->of[points->members[points->begin[from]]];
        for (to = from; to < points->n; to++)
            if (lines->of[points->members[points->begin[to]]] != line)
                break;
        for (size_t m = 0; m < s->n; m++) {
            plot_groups_comment(&task->study, lines, line, "value, mean, its sd, trials", out);
            for (size_t g = from; g < to; g++)
                add_point(&task->study, x, points, g, s->list[m], values, out);
            swp_buf_puts(out, "\n\n");
        }
    }
    swp_free(values);
    return SWP_OK;
}

static void add_axis_heads(const plot_task *task, const shown *s, const bool *use, size_t axis,
                           const plot_groups *lines, const plot_groups *points, swp_buf *out)
{
    const res_study *study = &task->study;
    const res_param *x = &study->params[axis];
    swp_buf what = {0}, note = {0};
    swp_buf_puts(&what, "Metrics by ");
    plot_text_add(&what, x->title, PLOT_DATA_CHARS);
    plot_heading(task, what.failed ? "" : what.text, out);
    out->failed |= what.failed;
    swp_buf_deinit(&what);
    add_subheading(task, s, count(use, study->n_trials), out);
    if (lines->n_by > 0) {
        swp_buf_puts(&note, "lines by ");
        plot_groups_title(study, lines, &note);
    }
    plot_groups_note(study, points, lines->n_by > 0 ? "; mean and sd" : "mean and sd", &note);
    plot_text_assign(out, "note", &note);
    plot_groups_head(study, lines, NULL, out);
    add_panels(study, s, out);
    swp_buf_printf(out, "logarithmic = %d\n", plot_is_logarithmic(x));
    plot_text_set(out, "x_title", x->title, PLOT_LABEL_CHARS);
    plot_number_set(out, "x_low", x->values[0].number);
    plot_number_set(out, "x_high", x->values[x->n_values - 1].number);
}

static swp_status draw_axis(plot_task *task, const bool *use, size_t axis, swp_err *err)
{
    const res_study *study = &task->study;
    const shown s = choose_metrics(study);
    plot_groups lines, points = {0};
    plot_chart chart = {.name = "metric_axis", .script = plot_metric_axis_gp};
    swp_status status = plot_groups_make(task, use, &plot_panels, axis, &lines, err);
    if (status == SWP_OK)
        status = plot_groups_split(study, &lines, axis, study->params[axis].n_values, &points, err);
    if (status == SWP_OK) {
        add_axis_heads(task, &s, use, axis, &lines, &points, &chart.head);
        status = add_lines(task, &s, &study->params[axis], &lines, &points, &chart.data, err);
    }
    if (status == SWP_OK)
        status = plot_sheet_add(&task->sheet, &chart, err);
    plot_chart_deinit(&chart);
    plot_groups_deinit(&lines);
    plot_groups_deinit(&points);
    return status;
}

/* Failed trials have no result. */
static bool *list_results(const plot_task *task)
{
    const res_study *study = &task->study;
    bool *use = list_begun(task);
    for (size_t t = 0; use && t < study->n_trials; t++)
        use[t] = use[t] && study->trials[t].state != RES_FAILED;
    return use;
}

swp_status plot_metric_axis(plot_task *task, swp_err *err)
{
    const res_study *study = &task->study;
    bool *use = list_results(task);
    res_axes axes = {0};
    swp_status status =
        use ? res_axes_find(study, use, &axes, err) : swp_fail(err, SWP_NOMEM, "out of memory");
    size_t i = 0;
    while (i < axes.n && !plot_is_numeric(&study->params[axes.list[i]]))
        i++;
    if (status == SWP_OK && i == axes.n)
        plot_leave_out(task, "metric_axis", "trials do not differ in a number");
    else if (status == SWP_OK)
        status = draw_axis(task, use, axes.list[i], err);
    res_axes_deinit(&axes);
    swp_free(use);
    return status;
}
