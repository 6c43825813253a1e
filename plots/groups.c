/* Which trials share a curve, a bar or a panel, and what it is called.
 *
 * Groups begin as one that holds every trial in use, and are split by one parameter after the
 * other, in the order of the study. A parameter that splits nothing follows from those before it
 * and is passed over; seeds are left for means. The first that would give more groups than can be
 * read ends it: it and all that come after are pooled, and the chart names them. Every step is
 * linear in the trials. */
#include "plots/groups_priv.h"

#include <math.h>
#include <string.h>

#include "engine/base/mem.h"
#include "plots/charts_priv.h"
#include "plots/text_priv.h"

const plot_limits plot_curves = {.most = 12, .values = 32, .ranges = 12};
const plot_limits plot_bars = {.most = 120, .values = 120, .ranges = 60};
const plot_limits plot_lines = {.most = 6, .values = 6};

/* Parameters that a note names. */
enum { NAMED = 5 };

size_t plot_place(size_t value, size_t n_values, size_t n_places)
{
    return value * n_places / n_values;
}

size_t plot_place_first(size_t place, size_t n_values, size_t n_places)
{
    return (place * n_values + n_places - 1) / n_places;
}

size_t plot_group_size(const plot_groups *groups, size_t g)
{
    return groups->begin[g + 1] - groups->begin[g];
}

bool plot_is_numeric(const res_param *param)
{
    return param->scale != RES_CATEGORICAL && !isnan(param->values[0].number);
}

bool plot_is_logarithmic(const res_param *param)
{
    return plot_is_numeric(param) && param->scale == RES_LOG && param->values[0].number > 0;
}

/* Whether trials that agree in `within` (NULL: all of them) differ in a parameter. */
static swp_status find_difference(const res_study *study, const bool *use, const res_param *p,
                                  const res_param *within, bool *out, swp_err *err)
{
    size_t n = within ? within->n_values : 1;
    size_t *seen = swp_alloc(n, sizeof *seen); /* value + 1 of the first trial */
    *out = false;
    if (!seen)
        return swp_fail(err, SWP_NOMEM, "out of memory");
    for (size_t t = 0; t < study->n_trials && !*out; t++) {
        size_t *value = &seen[within ? within->of[t] : 0];
        *out = use[t] && *value != 0 && *value != p->of[t] + (size_t)1;
        *value = use[t] ? p->of[t] + (size_t)1 : *value;
    }
    swp_free(seen);
    return SWP_OK;
}

swp_status plot_axes_find(const res_study *study, const bool *use, plot_axes *out, swp_err *err)
{
    *out = (plot_axes){.list = swp_alloc(study->n_params, sizeof *out->list)};
    swp_status status = out->list ? SWP_OK : swp_fail(err, SWP_NOMEM, "out of memory");
    for (int seeds = 0; seeds < 2; seeds++) {
        for (size_t p = 0; p < study->n_params && status == SWP_OK; p++) {
            const res_param *param = &study->params[p];
            bool differs = param->differs && param->is_seed == (seeds == 1);
            if (differs)
                status = find_difference(study, use, param, NULL, &differs, err);
            for (size_t i = 0; i < out->n_all && differs && status == SWP_OK; i++)
                status =
                    find_difference(study, use, param, &study->params[out->list[i]], &differs, err);
            if (differs)
                out->list[out->n_all++] = p;
        }
        out->n = seeds == 0 ? out->n_all : out->n;
    }
    return status;
}

void plot_axes_deinit(plot_axes *axes)
{
    swp_free(axes->list);
    *axes = (plot_axes){0};
}

/* Split the groups by the places of a parameter, in their order, unless that gives more than
 * `most`; *done tells whether they are split so. */
static swp_status split(const res_study *study, const res_param *p, size_t n_places, size_t most,
                        plot_groups *g, bool *done, swp_err *err)
{
    *done = n_places <= most;
    if (!*done)
        return SWP_OK;
    size_t *numbers = swp_alloc(g->n * n_places, sizeof *numbers), n = 0;
    if (!numbers)
        return swp_fail(err, SWP_NOMEM, "out of memory");
    for (size_t t = 0; t < study->n_trials; t++)
        if (g->of[t] != PLOT_NO_GROUP)
            numbers[g->of[t] * n_places + plot_place(p->of[t], p->n_values, n_places)] = 1;
    for (size_t k = 0; k < g->n * n_places; k++)
        if (numbers[k])
            numbers[k] = n++;
    *done = n <= most;
    for (size_t t = 0; t < study->n_trials && *done; t++)
        if (g->of[t] != PLOT_NO_GROUP)
            g->of[t] = numbers[g->of[t] * n_places + plot_place(p->of[t], p->n_values, n_places)];
    if (*done)
        g->n = n;
    swp_free(numbers);
    return SWP_OK;
}

/* Whether trials of one group differ in a parameter. `seen` (groups) is scratch. */
static bool differs_within(const res_study *study, const res_param *p, const plot_groups *g,
                           size_t *seen)
{
    for (size_t k = 0; k < g->n; k++)
        seen[k] = SIZE_MAX;
    for (size_t t = 0; t < study->n_trials; t++) {
        if (g->of[t] == PLOT_NO_GROUP)
            continue;
        size_t *value = &seen[g->of[t]];
        if (*value != SIZE_MAX && *value != p->of[t])
            return true;
        *value = p->of[t];
    }
    return false;
}

/* List the members group by group, and find what differs among them. */
static swp_status finish(const res_study *study, const plot_axes *axes, size_t besides,
                         plot_groups *g, swp_err *err)
{
    size_t *seen = swp_alloc(g->n, sizeof *seen);
    g->begin = swp_alloc(g->n + 1, sizeof *g->begin);
    g->members = swp_alloc(study->n_trials, sizeof *g->members);
    g->pooled = swp_alloc(axes->n_all, sizeof *g->pooled);
    bool ok = seen && g->begin && g->members && g->pooled;
    for (size_t t = 0; t < study->n_trials && ok; t++)
        if (g->of[t] != PLOT_NO_GROUP)
            g->begin[g->of[t] + 1]++;
    for (size_t k = 0; k < g->n && ok; k++) {
        g->largest = g->begin[k + 1] > g->largest ? g->begin[k + 1] : g->largest;
        g->begin[k + 1] += g->begin[k];
        seen[k] = g->begin[k];
    }
    for (size_t t = 0; t < study->n_trials && ok; t++)
        if (g->of[t] != PLOT_NO_GROUP)
            g->members[seen[g->of[t]]++] = t;
    for (size_t i = 0; i < axes->n_all && ok; i++)
        if (axes->list[i] != besides &&
            differs_within(study, &study->params[axes->list[i]], g, seen))
            g->pooled[g->n_pooled++] = axes->list[i];
    swp_free(seen);
    return ok ? SWP_OK : swp_fail(err, SWP_NOMEM, "out of memory");
}

/* One group of all trials in use. */
static swp_status begin(const res_study *study, const bool *use, plot_groups *out, swp_err *err)
{
    *out = (plot_groups){.n = 1, .of = swp_alloc(study->n_trials, sizeof *out->of)};
    if (!out->of)
        return swp_fail(err, SWP_NOMEM, "out of memory");
    for (size_t t = 0; t < study->n_trials; t++)
        out->of[t] = use[t] ? 0 : PLOT_NO_GROUP;
    return SWP_OK;
}

swp_status plot_groups_make(const res_study *study, const bool *use, const plot_limits *limits,
                            size_t besides, plot_groups *out, swp_err *err)
{
    plot_axes axes = {0};
    bool done = true;
    swp_status status = begin(study, use, out, err);
    if (status == SWP_OK)
        status = plot_axes_find(study, use, &axes, err);
    for (size_t i = 0; i < axes.n && status == SWP_OK && done && out->n_by < PLOT_BY; i++) {
        const res_param *param = &study->params[axes.list[i]];
        size_t most = limits->most, n = param->n_values, before = out->n;
        if (axes.list[i] == besides)
            continue;
        if (out->n_by == 0) {
            n = n > limits->values ? limits->ranges : n;
            done = n > 0;
            out->n_places = n;
            most = limits->values;
        }
        if (done)
            status = split(study, param, n, most, out, &done, err);
        if (done && out->n > before)
            out->by[out->n_by++] = axes.list[i];
    }
    if (status == SWP_OK)
        status = finish(study, &axes, besides, out, err);
    plot_axes_deinit(&axes);
    return status;
}

swp_status plot_groups_by(const res_study *study, const bool *use, const size_t *params,
                          const size_t *places, size_t n, plot_groups *out, swp_err *err)
{
    plot_axes axes = {0};
    bool done;
    swp_status status = begin(study, use, out, err);
    if (status == SWP_OK)
        status = plot_axes_find(study, use, &axes, err);
    for (size_t i = 0; i < n && status == SWP_OK; i++)
        status = split(study, &study->params[params[i]], places[i], SIZE_MAX, out, &done, err);
    if (status == SWP_OK)
        status = finish(study, &axes, SIZE_MAX, out, err);
    plot_axes_deinit(&axes);
    return status;
}

void plot_groups_deinit(plot_groups *groups)
{
    swp_free(groups->of);
    swp_free(groups->members);
    swp_free(groups->begin);
    swp_free(groups->pooled);
    *groups = (plot_groups){0};
}

void plot_place_label(const res_param *param, size_t place, size_t n_places, swp_buf *out)
{
    size_t first = plot_place_first(place, param->n_values, n_places);
    size_t last = plot_place_first(place + 1, param->n_values, n_places) - 1;
    plot_text_add(out, param->values[first].label, PLOT_VALUE_CHARS);
    if (last > first) {
        swp_buf_puts(out, " .. ");
        plot_text_add(out, param->values[last].label, PLOT_VALUE_CHARS);
    }
}

void plot_group_label(const res_study *study, const plot_groups *groups, size_t g, swp_buf *out)
{
    size_t trial = groups->members[groups->begin[g]], size = plot_group_size(groups, g);
    for (size_t i = 0; i < groups->n_by; i++) {
        const res_param *p = &study->params[groups->by[i]];
        size_t n_places = i == 0 ? groups->n_places : p->n_values;
        swp_buf_puts(out, i > 0 ? ", " : "");
        plot_place_label(p, plot_place(p->of[trial], p->n_values, n_places), n_places, out);
    }
    if (groups->n_by == 0 && size == 1)
        swp_buf_printf(out, "trial %zu", study->trials[trial].number);
    else if (groups->n_by == 0)
        swp_buf_printf(out, "%zu trials", size);
}

void plot_groups_title(const res_study *study, const plot_groups *groups, swp_buf *out)
{
    for (size_t i = 0; i < groups->n_by; i++) {
        swp_buf_puts(out, i > 0 ? ", " : "");
        plot_text_add(out, study->params[groups->by[i]].title, PLOT_DATA_CHARS);
    }
}

void plot_groups_note(const res_study *study, const plot_groups *groups, const char *what,
                      swp_buf *out)
{
    if (groups->n_by > 0) {
        const res_param *first = &study->params[groups->by[0]];
        swp_buf_puts(out, "by ");
        plot_groups_title(study, groups, out);
        if (groups->n_places < first->n_values)
            swp_buf_printf(out, " (%zu values in %zu ranges)", first->n_values, groups->n_places);
    }
    for (size_t i = 0; i < groups->n_pooled; i++) {
        const res_param *p = &study->params[groups->pooled[i]];
        bool counted = groups->n_by > 0 && groups->pooled[i] == groups->by[0];
        if (i == 0)
            swp_buf_printf(out, "%s%s over ", groups->n_by > 0 ? "; " : "", what);
        if (i == NAMED)
            swp_buf_printf(out, " and %zu more", groups->n_pooled - NAMED);
        if (i >= NAMED)
            continue;
        swp_buf_puts(out, i > 0 ? ", " : "");
        plot_text_add(out, p->name, PLOT_DATA_CHARS);
        if (!counted)
            swp_buf_printf(out, " (%zu)", p->n_values);
    }
}

void plot_groups_head(const res_study *study, const plot_groups *groups, const char *what,
                      swp_buf *out)
{
    swp_buf_printf(out, "n = %zu\n", groups->n);
    plot_array_begin(out, "labels", groups->n);
    for (size_t g = 0; g < groups->n; g++) {
        swp_buf label = {0};
        plot_group_label(study, groups, g, &label);
        plot_array_text(out, g, &label);
    }
    swp_buf_puts(out, "]\n");
    swp_buf title = {0}, prefix = {0}, note = {0};
    plot_groups_title(study, groups, &title);
    if (groups->n_by == 1) {
        plot_groups_title(study, groups, &prefix);
        swp_buf_puts(&prefix, " = ");
    }
    plot_text_assign(out, "labels_title", &title);
    plot_text_assign(out, "labels_prefix", &prefix);
    if (!what)
        return;
    plot_groups_note(study, groups, what, &note);
    plot_text_assign(out, "note", &note);
}

void plot_groups_comment(const res_study *study, const plot_groups *groups, size_t g,
                         const char *what, swp_buf *out)
{
    swp_buf_puts(out, "# ");
    plot_group_label(study, groups, g, out);
    swp_buf_printf(out, ": %s\n", what);
}

void plot_spread_add(const double *values, size_t n, plot_range *range, swp_buf *out)
{
    res_spread spread = res_spread_of(values, n);
    double sd = spread.n > 1 ? spread.sd : 0;
    plot_number_add(out, spread.mean);
    plot_number_add(out, sd);
    if (range && spread.n > 0) {
        range->low = fmin(range->low, spread.mean - sd);
        range->high = fmax(range->high, spread.mean + sd);
    }
}

void plot_range_head(const plot_range *range, swp_buf *out)
{
    plot_number_set(out, "value_low", range->low);
    plot_number_set(out, "value_high", range->high);
}
