/* Metrics over two axes of the evaluations, as heat maps.
 *
 * An axis is a parameter, the epoch counts, or the thresholds. Each cell holds the mean of every
 * metric over the finished evaluations that fall into it; where epochs or thresholds are no axis,
 * only the chosen ones are shown. Of many values, neighbours share a row or column. Unless the axes
 * were chosen, trials that differ in other parameters than seeds have facets of their own. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"
#include "plots/charts_priv.h"
#include "plots/text_priv.h"
#include "results/query/select.h"

/* Columns and rows, and metrics that are shown unless it is asked for others, at most. */
enum { MOST_X = 60, MOST_Y = 40, MOST_SHOWN = 4, MOST_FACETS = 6, MOST_SHOWN_IN_FACETS = 2 };

typedef struct axis {
    int by;             /* index of a parameter, RES_BY_EPOCHS or RES_BY_THRESHOLD */
    res_threshold *met; /* (n_values) of these two: ascending; epoch counts as numbers */
    size_t n_values, n; /* values and places */
} axis;

typedef struct grid {
    axis axes[2]; /* x and y */
    size_t n_axes;
    size_t others[PLOT_BY]; /* (n_others) parameters that facets go by */
    size_t n_others;
    plot_groups facets; /* of the trials; one where there are no others */
    size_t n_metrics;
    double *sums;          /* (facet, y, x, n_metrics) over the evaluations with such a number */
    size_t *counts;        /* (facet, y, x, n_metrics) */
    size_t *n_evaluations; /* (facet, y, x) */
    bool *known;           /* (n_metrics) some cell has it */
} grid;

/* The next name of a comma-separated list, or NULL. */
static const char *next_name(const char *list)
{
    list += strcspn(list, ",");
    return *list == ',' ? list + 1 : NULL;
}

swp_status plot_heatmap_check(const plot_options *options, swp_err *err)
{
    const char *second = options->axes ? next_name(options->axes) : NULL;
    if (options->axes && (!second || next_name(second)))
        return swp_fail(err, SWP_USAGE, "axes: expected two parameters as X,Y, found '%s'",
                        options->axes);
    return SWP_OK;
}

static res_threshold value_of(const axis *a, const res_evaluation *e)
{
    if (a->by == RES_BY_THRESHOLD)
        return e->threshold;
    return (res_threshold){RES_THRESHOLD_VALUE, (double)e->epochs};
}

/* Numbers first, then percentiles. */
static int compare_values(const void *a, const void *b)
{
    const res_threshold *x = a, *y = b;
    if (x->kind != y->kind)
        return x->kind < y->kind ? -1 : 1;
    return (x->value > y->value) - (x->value < y->value);
}

/* Add an axis unless finished evaluations do not differ in it. */
static swp_status add_axis(const plot_task *task, int by, grid *g, swp_err *err)
{
    const plot_recalls *r = &task->recalls;
    axis *a = &g->axes[g->n_axes];
    *a = (axis){.by = by};
    if (by >= 0) {
        bool differs = false;
        const res_param *p = &task->study.params[by];
        for (size_t i = 0, first = SIZE_MAX; i < r->n_evaluations && p->differs; i++) {
            if (r->evaluations[i].selected_epoch == 0)
                continue;
            differs |= first != SIZE_MAX && first != p->of[r->evaluations[i].trial];
            first = p->of[r->evaluations[i].trial];
        }
        a->n_values = differs ? p->n_values : 0;
    } else {
        size_t n = 0;
        a->met = swp_alloc(r->n_evaluations, sizeof *a->met);
        if (!a->met)
            return swp_fail(err, SWP_NOMEM, "out of memory");
        for (size_t i = 0; i < r->n_evaluations; i++)
            if (r->evaluations[i].selected_epoch > 0)
                a->met[n++] = value_of(a, &r->evaluations[i]);
        qsort(a->met, n, sizeof *a->met, compare_values);
        for (size_t i = 0; i < n; i++)
            if (i == 0 || compare_values(&a->met[i], &a->met[i - 1]) != 0)
                a->met[a->n_values++] = a->met[i];
    }
    if (a->n_values > 1) {
        g->n_axes++;
    } else {
        swp_free(a->met);
        *a = (axis){0};
    }
    return SWP_OK;
}

static size_t place_of(const plot_task *task, const axis *a, const res_evaluation *e)
{
    size_t value;
    if (a->by >= 0) {
        value = task->study.params[a->by].of[e->trial];
    } else {
        res_threshold wanted = value_of(a, e);
        const res_threshold *found =
            bsearch(&wanted, a->met, a->n_values, sizeof wanted, compare_values);
        value = (size_t)(found - a->met);
    }
    return plot_place(value, a->n_values, a->n);
}

/* "axes: finished evaluations do not differ in ...", and in what they do. */
static swp_status no_such_axis(const plot_task *task, const char *name, swp_err *err)
{
    swp_buf varied = {0};
    for (size_t p = 0; p < task->study.n_params; p++)
        if (task->study.params[p].differs)
            swp_buf_printf(&varied, "%s%s", varied.length > 0 ? ", " : "",
                           task->study.params[p].name);
    swp_status status =
        swp_fail(err, SWP_CONFIG, "axes: finished evaluations do not differ in '%.*s'",
                 (int)strcspn(name, ","), name);
    if (varied.length > 0 && !varied.failed)
        swp_hint(err, "trials differ in %s", varied.text);
    swp_buf_deinit(&varied);
    return status;
}

/* The two that `names` names. */
static swp_status take_axes(const plot_task *task, const char *names, grid *g, swp_err *err)
{
    for (const char *at = names; at; at = next_name(at)) {
        int by;
        size_t before = g->n_axes;
        swp_status status = res_key_find(&task->study, at, strcspn(at, ","), &by, err);
        if (status == SWP_OK && before == 1 && g->axes[0].by == by)
            status = swp_fail(err, SWP_USAGE, "axes: the same parameter twice: %s", names);
        if (status == SWP_OK)
            status = add_axis(task, by, g, err);
        if (status == SWP_OK && g->n_axes == before)
            status = no_such_axis(task, at, err);
        if (status != SWP_OK)
            return status;
    }
    return SWP_OK;
}

/* The first two parameters that charts are by, or in which trials differ; where there are no two,
 * thresholds, epochs and seeds help out, in this order. More values go from left to right. */
static swp_status choose_axes(const plot_task *task, grid *g, swp_err *err)
{
    res_axes axes;
    swp_status status = res_axes_find(&task->study, task->recalls.use, &axes, err);
    for (size_t i = 0; i < task->n_by && g->n_axes < 2 && status == SWP_OK; i++)
        status = add_axis(task, (int)task->by[i], g, err);
    for (size_t i = 0; i < axes.n && task->n_by == 0 && g->n_axes < 2 && status == SWP_OK; i++)
        status = add_axis(task, (int)axes.list[i], g, err);
    for (size_t i = 0; i < axes.n && task->n_by == 0 && g->n_axes == 2; i++)
        if (g->axes[0].by != (int)axes.list[i] && g->axes[1].by != (int)axes.list[i] &&
            g->n_others < PLOT_BY)
            g->others[g->n_others++] = axes.list[i];
    if (g->n_axes < 2 && status == SWP_OK)
        status = add_axis(task, RES_BY_THRESHOLD, g, err);
    if (g->n_axes < 2 && status == SWP_OK)
        status = add_axis(task, RES_BY_EPOCHS, g, err);
    for (size_t i = axes.n; i < axes.n_all && g->n_axes < 2 && status == SWP_OK; i++)
        status = add_axis(task, (int)axes.list[i], g, err);
    res_axes_deinit(&axes);
    if (g->n_axes == 2 && g->axes[1].n_values > g->axes[0].n_values) {
        axis wider = g->axes[1];
        g->axes[1] = g->axes[0];
        g->axes[0] = wider;
    }
    return status;
}

static bool is_axis(const grid *g, int by)
{
    return g->axes[0].by == by || g->axes[1].by == by;
}

static swp_status fill(const plot_task *task, grid *g, swp_err *err)
{
    const plot_recalls *r = &task->recalls;
    size_t of_facet = g->axes[0].n * g->axes[1].n, n_cells = g->facets.n * of_facet;
    size_t chosen = plot_threshold_index(r, r->threshold, 0);
    g->n_metrics = res_metric_count(&task->study);
    g->sums = swp_alloc(n_cells, g->n_metrics * sizeof *g->sums);
    g->counts = swp_alloc(n_cells, g->n_metrics * sizeof *g->counts);
    g->n_evaluations = swp_alloc(n_cells, sizeof *g->n_evaluations);
    g->known = swp_alloc(g->n_metrics, sizeof *g->known);
    if (!g->sums || !g->counts || !g->n_evaluations || !g->known)
        return swp_fail(err, SWP_NOMEM, "out of memory");
    for (size_t i = 0; i < r->n_evaluations; i++) {
        const res_evaluation *e = &r->evaluations[i];
        if (e->selected_epoch == 0 || (!is_axis(g, RES_BY_EPOCHS) && e->epochs != r->epochs) ||
            (!is_axis(g, RES_BY_THRESHOLD) &&
             plot_threshold_index(r, e->threshold, chosen) != chosen) ||
            g->facets.of[e->trial] == PLOT_NO_GROUP)
            continue;
        size_t cell = g->facets.of[e->trial] * of_facet +
                      place_of(task, &g->axes[1], e) * g->axes[0].n +
                      place_of(task, &g->axes[0], e);
        g->n_evaluations[cell]++;
        for (size_t m = 0; m < g->n_metrics; m++) {
            double value = res_metric_of(&task->study, e, m);
            if (value != value) /* not defined */
                continue;
            g->sums[cell * g->n_metrics + m] += value;
            g->counts[cell * g->n_metrics + m]++;
            g->known[m] = true;
        }
    }
    return SWP_OK;
}

static void add_axis_lines(const plot_task *task, const axis *a, const char *which, swp_buf *out)
{
    char variable[16];
    const res_param *p = a->by >= 0 ? &task->study.params[a->by] : NULL;
    snprintf(variable, sizeof variable, "%s_name", which);
    plot_text_set(out, variable,
                  p                        ? p->title
                  : a->by == RES_BY_EPOCHS ? "epochs"
                                           : "threshold",
                  PLOT_LABEL_CHARS);
    snprintf(variable, sizeof variable, "%s_values", which);
    plot_array_begin(out, variable, a->n);
    for (size_t k = 0; k < a->n; k++) {
        char text[RES_THRESHOLD_TEXT_SIZE];
        swp_buf label = {0};
        if (p)
            plot_place_label(p, k, a->n, &label);
        else
            swp_buf_puts(
                &label, res_threshold_format(a->met[plot_place_first(k, a->n_values, a->n)], text));
        plot_array_text(out, k, &label);
    }
    swp_buf_printf(out, "]\nn%s = %zu\n", which, a->n);
}

/* What is shown: what was asked for, or the usual metrics as far as they are known; where the
 * threshold is an axis, what it decides. Numbers of metrics, from 1, go to `out`. */
static swp_status choose_metrics(const plot_task *task, const grid *g, swp_buf *out, swp_err *err)
{
    swp_buf name = {0};
    swp_status status = SWP_OK;
    swp_buf_puts(out, "");
    for (const char *at = task->options->metrics; at && status == SWP_OK; at = next_name(at)) {
        size_t m;
        swp_buf_deinit(&name);
        name = (swp_buf){0};
        swp_buf_add(&name, at, strcspn(at, ","));
        swp_buf_puts(&name, "");
        status = name.failed ? swp_fail(err, SWP_NOMEM, "out of memory")
                             : res_metric_find(&task->study, name.text, &m, err);
        if (status == SWP_OK && g->known[m])
            swp_buf_printf(out, "%zu ", m + 1);
    }
    swp_buf_deinit(&name);
    if (task->options->metrics || status != SWP_OK)
        return status;
    static const res_metric usual[][MOST_SHOWN] = {
        {RES_VAL_LOSS, RES_AUROC, RES_NORMAL_RECALL, RES_ANOMALY_RECALL},
        {RES_NORMAL_RECALL, RES_ANOMALY_RECALL, RES_BALANCED_ACCURACY, RES_MCC}};
    size_t n = 0, most = g->facets.n > 1 ? MOST_SHOWN_IN_FACETS : MOST_SHOWN;
    size_t first = task->study.of_command ? res_metric_ranking(&task->study) : RES_METRICS;
    if (task->study.of_command && g->known[first] && ++n)
        swp_buf_printf(out, "%zu ", first + 1);
    for (size_t k = 0; k < MOST_SHOWN && n < most; k++) {
        size_t m = usual[is_axis(g, RES_BY_THRESHOLD)][k];
        if (g->known[m] && m != first && ++n)
            swp_buf_printf(out, "%zu ", m + 1);
    }
    for (size_t m = RES_METRICS; m < g->n_metrics && n < most; m++) /* of a command */
        if (g->known[m] && m != first && ++n)
            swp_buf_printf(out, "%zu ", m + 1);
    return SWP_OK;
}

static double scale_of(res_metric_info info)
{
    return strcmp(info.unit, "%") == 0 ? 100 : 1;
}

/* What is averaged in a cell: trials that differ in neither axis. */
static swp_status add_note(const plot_task *task, const grid *g, swp_buf *out, swp_err *err)
{
    size_t params[2 + PLOT_BY], places[2 + PLOT_BY], n = 0;
    for (; n < g->n_others; n++) {
        params[n] = g->others[n];
        places[n] = task->study.params[g->others[n]].n_values;
    }
    for (size_t k = 0; k < 2; k++) {
        if (g->axes[k].by < 0)
            continue;
        params[n] = (size_t)g->axes[k].by;
        places[n++] = g->axes[k].n;
    }
    plot_groups cells;
    swp_status status =
        plot_groups_by(&task->study, task->recalls.use, params, places, n, &cells, err);
    swp_buf note = {0};
    if (status == SWP_OK)
        plot_groups_note(&task->study, &cells, "means", &note);
    plot_text_assign(out, "note", &note);
    plot_groups_deinit(&cells);
    return status;
}

static void add_head(const plot_task *task, const grid *g, const swp_buf *shown, swp_buf *out)
{
    const plot_recalls *r = &task->recalls;
    swp_buf text = {0};
    plot_heading(task, "Metrics by two parameters", out);
    bool of_command = task->study.of_command;
    plot_text_add(&text, task->study.experiment.data_name, PLOT_DATA_CHARS);
    swp_buf_printf(&text, "%s%zu trial%s", of_command ? "" : ": ", r->n, r->n == 1 ? "" : "s");
    if (!is_axis(g, RES_BY_THRESHOLD) && !of_command) {
        swp_buf_puts(&text, "; ");
        plot_chosen_add(task, &text);
    }
    if (!is_axis(g, RES_BY_EPOCHS) && !of_command)
        swp_buf_printf(&text, "; %zu epochs", r->epochs);
    plot_text_assign(out, "subheading", &text);
    plot_array_begin(out, "metrics", g->n_metrics);
    for (size_t m = 0; m < g->n_metrics; m++) {
        res_metric_info info = res_metric_at(&task->study, m);
        swp_buf title = {0};
        plot_text_add(&title, info.title, PLOT_DATA_CHARS);
        if (*info.unit)
            swp_buf_printf(&title, " (%s)", info.unit);
        plot_array_text(out, m, &title);
    }
    swp_buf_printf(out, "]\nif (!exists(\"shown\")) shown = '%s'\n", shown->text);
    add_axis_lines(task, &g->axes[0], "x", out);
    add_axis_lines(task, &g->axes[1], "y", out);
}

/* "batch_size=16 loss=mse", what the trials of each facet agree in. */
static void add_facets(const plot_task *task, const grid *g, swp_buf *out)
{
    swp_buf_printf(out, "n_facets = %zu\n", g->facets.n);
    plot_array_begin(out, "facet_titles", g->facets.n);
    for (size_t f = 0; f < g->facets.n; f++) {
        swp_buf label = {0}, title = {0};
        swp_buf_puts(&label, "");
        res_study_label(&task->study, g->others, g->n_others, g->facets.members[g->facets.begin[f]],
                        &label);
        plot_text_add(&title, label.failed ? "" : label.text, PLOT_LABEL_CHARS);
        title.failed |= label.failed;
        plot_array_text(out, f, &title);
        swp_buf_deinit(&label);
    }
    swp_buf_puts(out, "]\n");
}

static void add_cells(const plot_task *task, const grid *g, swp_buf *out)
{
    const size_t nx = g->axes[0].n, of_facet = nx * g->axes[1].n;
    swp_buf_puts(out, "# x, y, evaluations");
    for (size_t m = 0; m < g->n_metrics; m++) {
        swp_buf_puts(out, ", ");
        plot_text_add(out, res_metric_at(&task->study, m).name, PLOT_LABEL_CHARS);
    }
    for (size_t cell = 0; cell < g->facets.n * of_facet; cell++) {
        if (cell > 0 && cell % of_facet == 0)
            swp_buf_puts(out, "\n\n");
        if (g->n_evaluations[cell] == 0)
            continue;
        swp_buf_printf(out, "\n%zu %zu %zu", cell % nx + 1, cell % of_facet / nx + 1,
                       g->n_evaluations[cell]);
        for (size_t m = 0; m < g->n_metrics; m++) {
            size_t at = cell * g->n_metrics + m;
            double scale = scale_of(res_metric_at(&task->study, m));
            if (g->counts[at] > 0)
                swp_buf_printf(out, " %.6g", scale * g->sums[at] / (double)g->counts[at]);
            else
                swp_buf_puts(out, " nan");
        }
    }
    swp_buf_puts(out, "\n");
}

static swp_status draw(plot_task *task, grid *g, swp_err *err)
{
    swp_buf shown = {0};
    plot_chart chart = {.name = "heatmap", .script = plot_heatmap_gp};
    g->axes[0].n = g->axes[0].n_values < MOST_X ? g->axes[0].n_values : MOST_X;
    g->axes[1].n = g->axes[1].n_values < MOST_Y ? g->axes[1].n_values : MOST_Y;
    size_t places[PLOT_BY];
    for (size_t k = 0; k < g->n_others; k++)
        places[k] = task->study.params[g->others[k]].n_values;
    swp_status status = plot_groups_by(&task->study, task->recalls.use, g->others, places,
                                       g->n_others, &g->facets, err);
    if (status == SWP_OK && g->facets.n > MOST_FACETS) {
        plot_leave_out(task, "heatmap",
                       "more than two parameters differ, in too many combinations for facets: "
                       "choose two with --axes X,Y, which pools the others, or name some values "
                       "with --where");
        return SWP_OK;
    }
    if (status == SWP_OK)
        status = fill(task, g, err);
    if (status == SWP_OK)
        status = choose_metrics(task, g, &shown, err);
    if (status == SWP_OK && shown.failed)
        status = swp_fail(err, SWP_NOMEM, "out of memory");
    if (status == SWP_OK && shown.length == 0) {
        plot_leave_out(task, "heatmap", "what it would show is not defined without anomalies");
    } else if (status == SWP_OK) {
        add_head(task, g, &shown, &chart.head);
        add_facets(task, g, &chart.head);
        status = add_note(task, g, &chart.head, err);
        add_cells(task, g, &chart.data);
        if (status == SWP_OK)
            status = plot_sheet_add(&task->sheet, &chart, err);
    }
    plot_chart_deinit(&chart);
    swp_buf_deinit(&shown);
    return status;
}

swp_status plot_heatmap(plot_task *task, swp_err *err)
{
    grid g = {0};
    swp_status status = task->options->axes ? take_axes(task, task->options->axes, &g, err)
                                            : choose_axes(task, &g, err);
    if (status == SWP_OK && g.n_axes < 2)
        plot_leave_out(task, "heatmap", "fewer than two parameters differ");
    else if (status == SWP_OK)
        status = draw(task, &g, err);
    plot_groups_deinit(&g.facets);
    swp_free(g.axes[0].met);
    swp_free(g.axes[1].met);
    swp_free(g.sums);
    swp_free(g.counts);
    swp_free(g.n_evaluations);
    swp_free(g.known);
    return status;
}
