/* The objective of all trials over each parameter: a panel for each that differs. Numbers stand on
 * their scale, words side by side; a trial is the same point in every panel. */
#include <stdio.h>

#include "engine/base/mem.h"
#include "plots/results_priv.h"
#include "plots/text_priv.h"

/* More panels are too small to read; more values have no room for a tick each. */
enum { MOST_PANELS = 12, MOST_TICS = 8, LEAST = 5 };

/* Words are spread to both sides of their place by trial number, so that few hide others. */
static double place_of(const res_study *study, const res_param *p, size_t trial)
{
    if (plot_is_numeric(p))
        return p->values[p->of[trial]].number;
    double share = study->n_trials > 1 ? (double)trial / (double)(study->n_trials - 1) : 0.5;
    return (double)p->of[trial] + 1 + 0.5 * (share - 0.5);
}

/* The ticks of all panels. */
typedef struct tics {
    swp_buf panels, places, labels;
    size_t n;
} tics;

static void add_tic(tics *to, size_t panel, double place, const char *text)
{
    swp_buf label = {0};
    plot_text_add(&label, text, PLOT_VALUE_CHARS);
    plot_array_text(&to->labels, to->n, &label);
    swp_buf_printf(&to->panels, "%s%zu", to->n > 0 ? ", " : "", panel);
    swp_buf_puts(&to->places, to->n > 0 ? "," : "");
    plot_number_add(&to->places, place);
    to->n++;
}

/* Powers of ten within the range. */
static void add_decades(tics *to, size_t panel, double low, double high)
{
    int first = (int)ceil(log10(low) - 1e-9), last = (int)floor(log10(high) + 1e-9);
    int every = (last - first) / MOST_TICS + 1;
    for (int k = first; k <= last; k += every) {
        char text[SWP_NUMBER_SIZE];
        if (k < -2 || k > 3)
            snprintf(text, sizeof text, "1e%d", k);
        else
            snprintf(text, sizeof text, "%.6g", pow(10, k));
        add_tic(to, panel, pow(10, k), text);
    }
}

/* About five round numbers within the range. */
static void add_round(tics *to, size_t panel, double low, double high)
{
    double power = pow(10, floor(log10((high - low) / 4)));
    double share = (high - low) / 4 / power, step = share < 2 ? 1 : share < 5 ? 2 : 5;
    for (double k = ceil(low / (step * power) - 1e-9); k * step * power <= high + 1e-9 * power;
         k++) {
        char text[SWP_NUMBER_SIZE];
        snprintf(text, sizeof text, "%.6g", k * step * power);
        add_tic(to, panel, k * step * power, text);
    }
}

static void add_tics_of(const res_param *p, size_t panel, tics *to)
{
    double low = p->values[0].number, high = p->values[p->n_values - 1].number;
    if (!plot_is_numeric(p) || p->n_values <= MOST_TICS) {
        for (size_t v = 0; v < p->n_values; v++)
            add_tic(to, panel, plot_is_numeric(p) ? p->values[v].number : (double)v + 1,
                    p->values[v].label);
    } else if (plot_is_logarithmic(p) && high >= 100 * low) {
        add_decades(to, panel, low, high);
    } else {
        add_round(to, panel, low, high);
    }
}

static void add_tics(const res_study *study, const res_axes *axes, size_t n, swp_buf *out)
{
    tics all = {0};
    for (size_t a = 0; a < n; a++)
        add_tics_of(&study->params[axes->list[a]], a + 1, &all);
    out->failed |= all.panels.failed || all.places.failed || all.labels.failed;
    if (!out->failed)
        swp_buf_printf(out,
                       "n_tics = %zu\narray tic_panel[%zu] = [%s]\narray tic_place[%zu] = [%s]\n"
                       "array tic_label[%zu] = [%s]\n",
                       all.n, all.n, all.panels.text, all.n, all.places.text, all.n,
                       all.labels.text);
    swp_buf_deinit(&all.panels);
    swp_buf_deinit(&all.places);
    swp_buf_deinit(&all.labels);
}

/* What each panel's axis is: its title, its ends, whether it is logarithmic. */
static void add_panels(const res_study *study, const res_axes *axes, size_t n, swp_buf *out)
{
    swp_buf lows = {0}, highs = {0}, scales = {0};
    swp_buf_printf(out, "n = %zu\n", n);
    plot_array_begin(out, "titles", n);
    for (size_t a = 0; a < n; a++) {
        const res_param *p = &study->params[axes->list[a]];
        bool numeric = plot_is_numeric(p);
        swp_buf title = {0};
        plot_text_add(&title, p->title, PLOT_DATA_CHARS);
        plot_array_text(out, a, &title);
        swp_buf_printf(&lows, "%s", a > 0 ? "," : "");
        plot_number_add(&lows, numeric ? p->values[0].number : 0.5);
        swp_buf_printf(&highs, "%s", a > 0 ? "," : "");
        plot_number_add(&highs,
                        numeric ? p->values[p->n_values - 1].number : (double)p->n_values + 0.5);
        swp_buf_printf(&scales, "%s%d", a > 0 ? ", " : "", numeric ? plot_is_logarithmic(p) : -1);
    }
    swp_buf_puts(out, "]\n");
    out->failed |= lows.failed || highs.failed || scales.failed;
    if (!out->failed)
        swp_buf_printf(
            out, "array lows[%zu] = [%s]\narray highs[%zu] = [%s]\narray scales[%zu] = [%s]\n", n,
            lows.text, n, highs.text, n, scales.text);
    swp_buf_deinit(&lows);
    swp_buf_deinit(&highs);
    swp_buf_deinit(&scales);
}

/* A place within the panel of a parameter, 0 to 1. */
static double share_of(const res_param *p, double place)
{
    double low = p->values[0].number, high = p->values[p->n_values - 1].number;
    if (!plot_is_numeric(p))
        return place / (double)(p->n_values + 1);
    return plot_is_logarithmic(p) ? log(place / low) / log(high / low)
                                  : (place - low) / (high - low);
}

static void add_data(const plot_task *task, plot_results *r, const res_axes *axes, size_t n,
                     swp_buf *out)
{
    const res_study *study = &task->study;
    swp_buf_puts(out, "# place, result, trial, kind; a block for each parameter\n");
    for (size_t a = 0; a < n; a++) {
        const res_param *p = &study->params[axes->list[a]];
        swp_buf_puts(out, a > 0 ? "\n\n" : "");
        plot_results_begin_panel(r);
        for (size_t t = 0; t < study->n_trials; t++) {
            double place = isnan(r->standing.of[t]) ? (double)NAN : place_of(study, p, t);
            if (isnan(place) || !plot_results_take(task, r, t, share_of(p, place)))
                continue;
            plot_number_add(out, place);
            plot_number_add(out, r->standing.of[t]);
            swp_buf_printf(out, " %zu %d\n", study->trials[t].number,
                           plot_kind_of(&study->trials[t]));
        }
    }
}

static swp_status add_chart(plot_task *task, plot_results *r, const res_axes *axes, swp_err *err)
{
    const res_study *study = &task->study;
    plot_chart chart = {.name = "slice", .script = plot_slice_gp};
    size_t n = axes->n < MOST_PANELS ? axes->n : MOST_PANELS;
    swp_buf note = {0};
    plot_heading(task, "Results by parameter", &chart.head);
    plot_results_head(task, r, &chart.head);
    swp_buf_puts(&note, "later trials are lighter; ");
    plot_best_note(task, r, &note);
    plot_crowd_note(r, &note);
    if (n < axes->n)
        swp_buf_printf(&note, "; the first %zu of %zu parameters that differ", n, axes->n);
    plot_text_assign(&chart.head, "note", &note);
    add_panels(study, axes, n, &chart.head);
    add_tics(study, axes, n, &chart.head);
    swp_buf_printf(&chart.head, "best = %zu\nfirst = %zu\nlast = %zu\n",
                   study->trials[r->best].number, study->trials[0].number,
                   study->trials[study->n_trials - 1].number);
    add_data(task, r, axes, n, &chart.data);
    return plot_sheet_add(&task->sheet, &chart, err);
}

swp_status plot_slice(plot_task *task, swp_err *err)
{
    const res_study *study = &task->study;
    plot_results r;
    res_axes axes = {0};
    bool *use = swp_alloc(study->n_trials, sizeof *use);
    swp_status status = plot_results_make(task, &r, err);
    if (status == SWP_OK && !use)
        status = swp_fail(err, SWP_NOMEM, "out of memory");
    for (size_t t = 0; status == SWP_OK && t < study->n_trials; t++)
        use[t] = !isnan(r.standing.of[t]);
    if (status == SWP_OK)
        status = res_axes_find(study, use, &axes, err);
    if (status == SWP_OK && (r.n < LEAST || r.best == SIZE_MAX))
        plot_leave_out(task, "slice", "fewer than five trials have a result");
    else if (status == SWP_OK && axes.n == 0)
        plot_leave_out(task, "slice", "trials with a result do not differ in a parameter");
    else if (status == SWP_OK)
        status = add_chart(task, &r, &axes, err);
    res_axes_deinit(&axes);
    plot_results_deinit(&r);
    swp_free(use);
    return status;
}
