/* Loss at the selected epoch over each numeric parameter, a line for each combination of the
 * others. Where these are more than can be told apart, every combination is a point. */
#include <math.h>
#include <stdio.h>

#include "engine/base/mem.h"
#include "plots/charts_priv.h"
#include "plots/text_priv.h"

/* Places of the axis, at most: beyond, neighbouring values share one. Pictures, one for each
 * parameter. Points of a picture without lines. */
enum { PLACES = 120, MOST_PICTURES = 4, MOST_POINTS = 2000 };

/* Where a place stands: at the middle one of its values, or words one after the other. */
static double at_of(const res_param *x, size_t place, size_t n_places)
{
    size_t middle = (plot_place_first(place, x->n_values, n_places) +
                     plot_place_first(place + 1, x->n_values, n_places) - 1) /
                    2;
    return plot_is_numeric(x) ? x->values[middle].number : (double)place + 1;
}

/* A point: where it stands, and what the trials there came to. `values` (largest) */
static void add_point(const plot_task *task, const res_param *x, size_t n_places,
                      const plot_groups *points, size_t g, double *values, plot_range *range,
                      swp_buf *out)
{
    static const size_t losses[] = {RES_STEP_TRAIN_LOSS, RES_STEP_VAL_LOSS};
    const size_t *members = points->members + points->begin[g];
    size_t size = plot_group_size(points, g);
    plot_number_add(out, at_of(x, plot_place(x->of[members[0]], x->n_values, n_places), n_places));
    for (size_t k = 0; k < 2; k++) {
        for (size_t i = 0; i < size; i++) {
            const res_trial *t = &task->study.trials[members[i]];
            values[i] = res_series(t, losses[k])[plot_selected(task, members[i]) - 1];
        }
        plot_spread_add(values, size, range, out);
    }
    swp_buf_printf(out, " %zu\n", size);
}

/* The names of the places, and the axis they stand on. */
static void add_axis(const res_param *x, size_t n_places, swp_buf *out)
{
    swp_buf_printf(out, "logarithmic = %d\nn_places = %zu\n", plot_is_logarithmic(x), n_places);
    plot_array_begin(out, "places", n_places);
    for (size_t k = 0; k < n_places; k++) {
        swp_buf label = {0};
        plot_place_label(x, k, n_places, &label);
        plot_array_text(out, k, &label);
    }
    swp_buf_puts(out, "]\n");
    plot_array_begin(out, "x_of", n_places);
    for (size_t k = 0; k < n_places; k++) {
        swp_buf_puts(out, k > 0 ? "," : "");
        plot_number_add(out, at_of(x, k, n_places));
    }
    swp_buf_puts(out, "]\n");
    plot_text_set(out, "x_title", x->title, PLOT_LABEL_CHARS);
}

static void add_heads(const plot_task *task, const res_param *x, const plot_groups *lines,
                      const plot_groups *points, swp_buf *out)
{
    const res_study *study = &task->study;
    swp_buf what = {0}, text = {0}, note = {0};
    swp_buf_puts(&what, "Loss by ");
    plot_text_add(&what, x->title, PLOT_DATA_CHARS);
    plot_heading(task, what.failed ? "" : what.text, out);
    plot_text_add(&text, study->experiment.data_name, PLOT_DATA_CHARS);
    swp_buf_puts(&text, ": loss at the epoch with the smallest validation loss");
    if (lines->n_by > 0) {
        swp_buf_puts(&note, "lines by ");
        plot_groups_title(study, lines, &note);
    }
    plot_groups_note(study, points, lines->n_by > 0 ? "; mean and sd" : "mean and sd", &note);
    plot_text_assign(out, "subheading", &text);
    plot_text_assign(out, "note", &note);
    plot_text_set(out, "unit", task->unit, SIZE_MAX);
    out->failed |= what.failed;
    swp_buf_deinit(&what);
}

/* One series, in which every combination is a point. */
static swp_status scatter(const plot_task *task, const bool *use, plot_groups *lines,
                          plot_groups *points, swp_err *err)
{
    static const plot_limits many = {.most = MOST_POINTS};
    plot_groups_deinit(lines);
    swp_status status = plot_groups_by(&task->study, use, NULL, NULL, 0, lines, err);
    return status == SWP_OK ? plot_groups_make(task, use, &many, SIZE_MAX, points, err) : status;
}

static swp_status add_chart(plot_task *task, const bool *use, size_t axis, const char *name,
                            swp_err *err)
{
    const res_study *study = &task->study;
    const res_param *x = &study->params[axis];
    size_t n_places = x->n_values < PLACES ? x->n_values : PLACES;
    plot_groups lines, points = {0};
    plot_range range = PLOT_NO_RANGE;
    plot_chart chart = {.script = plot_final_loss_gp};
    snprintf(chart.name, sizeof chart.name, "%s", name);
    swp_status status = plot_groups_make(task, use, &plot_panels, axis, &lines, err);
    bool scattered = lines.n_all > lines.n;
    if (status == SWP_OK && scattered)
        status = scatter(task, use, &lines, &points, err);
    else if (status == SWP_OK)
        status = plot_groups_split(&task->study, &lines, axis, n_places, &points, err);
    if (scattered)
        n_places = x->n_values;
    double *values = swp_alloc(points.largest, sizeof *values);
    if (status == SWP_OK && !values)
        status = swp_fail(err, SWP_NOMEM, "out of memory");
    if (status == SWP_OK) {
        add_heads(task, x, &lines, &points, &chart.head);
        plot_groups_head(study, &lines, NULL, &chart.head);
        swp_buf_printf(&chart.head, "scattered = %d\n", scattered);
        add_axis(x, n_places, &chart.head);
        for (size_t g = 0, line = SIZE_MAX; g < points.n; g++) {
            size_t of = lines.of[points.members[points.begin[g]]];
            if (of != line) {
                swp_buf_puts(&chart.data, line == SIZE_MAX ? "" : "\n\n");
                plot_groups_comment(study, &lines, of,
                                    "place, training loss, its sd, validation loss, its sd, trials",
                                    &chart.data);
            }
            line = of;
            add_point(task, x, n_places, &points, g, values, &range, &chart.data);
        }
        plot_range_head(&range, &chart.head);
        status = plot_sheet_add(&task->sheet, &chart, err);
    }
    swp_free(values);
    plot_groups_deinit(&lines);
    plot_groups_deinit(&points);
    return status;
}

/* A picture for the first parameter, whatever it is, and for further ones with numbers. */
static swp_status add_charts(plot_task *task, const bool *use, const size_t *list, size_t n,
                             swp_err *err)
{
    size_t n_drawn = 0;
    swp_status status = SWP_OK;
    for (size_t i = 0; i < n && status == SWP_OK && n_drawn < MOST_PICTURES; i++) {
        char name[32] = "final_loss";
        if (n_drawn > 0 && !plot_is_numeric(&task->study.params[list[i]]))
            continue;
        if (++n_drawn > 1)
            snprintf(name, sizeof name, "final_loss_%zu", n_drawn);
        status = add_chart(task, use, list[i], name, err);
    }
    return status;
}

/* Only finished trials have a final loss. */
swp_status plot_final_loss(plot_task *task, swp_err *err)
{
    const res_study *study = &task->study;
    bool *use = swp_alloc(study->n_trials, sizeof *use);
    if (!use)
        return swp_fail(err, SWP_NOMEM, "out of memory");
    for (size_t t = 0; t < study->n_trials; t++)
        use[t] = task->wanted[t] && study->trials[t].state == RES_DONE &&
                 plot_selected(task, t) > 0 &&
                 !isnan(res_series(&study->trials[t], RES_STEP_VAL_LOSS)[0]);
    res_axes axes;
    swp_status status = res_axes_find(study, use, &axes, err);
    if (status == SWP_OK && axes.n == 0)
        plot_leave_out(task, "final_loss", "finished trials do not differ in a parameter");
    else if (status == SWP_OK && task->n_by > 0)
        status = add_charts(task, use, task->by, task->n_by, err);
    else if (status == SWP_OK)
        status = add_charts(task, use, axes.list, axes.n, err);
    res_axes_deinit(&axes);
    swp_free(use);
    return status;
}
