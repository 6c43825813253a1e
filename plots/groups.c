/* Which trials share a curve, a bar or a panel, and what it is called.
 *
 * A group is one combination of all parameters that differ but seeds, or of those that were asked
 * for: what is averaged differs in the seed alone, unless the user says otherwise. Of more
 * combinations than can be read the best are shown, by what needs no test labels: the validation
 * loss, or the objective of a command. A chart says what it pools and what it leaves out. Every
 * step is linear in the trials but for a sort. */
#include "plots/groups_priv.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"
#include "plots/charts_priv.h"
#include "plots/text_priv.h"

const plot_limits plot_panels = {.most = 12};
const plot_limits plot_curves = {.most = 12, .facets = 6};
const plot_limits plot_bars = {.most = 60};
const plot_limits plot_colours = {.most = 12, .pools = true};

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

/* A trial under what its new group is numbered by. */
typedef struct keyed {
    size_t key, trial;
} keyed;

static int compare_keyed(const void *a, const void *b)
{
    const keyed *x = a, *y = b;
    return (x->key > y->key) - (x->key < y->key);
}

/* Split the groups by the places of a parameter, in their order, unless that gives more than
 * `most`; *done tells whether they are split so. */
static swp_status split(const res_study *study, const res_param *p, size_t n_places, size_t most,
                        plot_groups *g, bool *done, swp_err *err)
{
    *done = n_places <= most;
    if (!*done)
        return SWP_OK;
    keyed *list = swp_alloc(study->n_trials, sizeof *list);
    size_t n = 0, n_groups = 0;
    if (!list)
        return swp_fail(err, SWP_NOMEM, "out of memory");
    for (size_t t = 0; t < study->n_trials; t++) {
        size_t place = plot_place(p->of[t], p->n_values, n_places);
        if (g->of[t] != PLOT_NO_GROUP)
            list[n++] = (keyed){g->of[t] * n_places + place, t};
    }
    qsort(list, n, sizeof *list, compare_keyed);
    for (size_t i = 0; i < n; i++)
        n_groups += i == 0 || list[i].key != list[i - 1].key;
    *done = n_groups <= most;
    for (size_t i = 0, number = 0; i < n && *done; i++) {
        number += i > 0 && list[i].key != list[i - 1].key;
        g->of[list[i].trial] = number;
    }
    if (*done)
        g->n = n_groups;
    swp_free(list);
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
static swp_status finish(const res_study *study, const res_axes *axes, size_t besides,
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
    *out = (plot_groups){
        .n = 1, .of = swp_alloc(study->n_trials, sizeof *out->of), .ranked_by = SIZE_MAX};
    if (!out->of)
        return swp_fail(err, SWP_NOMEM, "out of memory");
    for (size_t t = 0; t < study->n_trials; t++)
        out->of[t] = use[t] ? 0 : PLOT_NO_GROUP;
    return SWP_OK;
}

/* The parameters that a chart is by: those asked for, else all that differ but seeds. */
static swp_status choose_params(const plot_task *task, const bool *use, size_t besides,
                                plot_groups *out, swp_err *err)
{
    res_axes axes = {0};
    swp_status status = res_axes_find(&task->study, use, &axes, err);
    const size_t *list = task->n_by > 0 ? task->by : axes.list;
    size_t n = task->n_by > 0 ? task->n_by : axes.n;
    for (size_t i = 0; i < n && status == SWP_OK && out->n_by < PLOT_BY; i++)
        if (list[i] != besides)
            out->by[out->n_by++] = list[i];
    res_axes_deinit(&axes);
    return status;
}

/* Number the groups of `all` that have trials in use, in their order. */
static swp_status number_groups(const res_study *study, const bool *use, const res_groups *all,
                                size_t *n, size_t *of, swp_err *err)
{
    size_t *numbers = swp_alloc(all->n, sizeof *numbers);
    if (!numbers)
        return swp_fail(err, SWP_NOMEM, "out of memory");
    for (size_t t = 0; t < study->n_trials; t++)
        if (use[t])
            numbers[all->of[t]] = 1;
    *n = 0;
    for (size_t k = 0; k < all->n; k++)
        if (numbers[k])
            numbers[k] = (*n)++;
    for (size_t t = 0; t < study->n_trials; t++)
        of[t] = use[t] ? numbers[all->of[t]] : PLOT_NO_GROUP;
    swp_free(numbers);
    return SWP_OK;
}

/* Partition the trials in use by parameters. */
static swp_status partition(const res_study *study, const bool *use, const size_t *params,
                            size_t n_params, size_t *n, size_t *of, swp_err *err)
{
    res_groups all = {0};
    swp_status status = res_groups_make(study, params, n_params, &all, err);
    if (status == SWP_OK)
        status = number_groups(study, use, &all, n, of, err);
    res_groups_deinit(&all);
    return status;
}

/* Index of the metric that decides which combinations are best, SIZE_MAX if there is none. */
static size_t ranking_metric(const res_study *study)
{
    size_t metric = study->of_command ? study->objective : RES_STEP_VAL_LOSS;
    return metric < study->n_step_metrics ? metric : SIZE_MAX;
}

double plot_rank(const plot_task *task, size_t trial)
{
    size_t metric = ranking_metric(&task->study);
    const res_trial *t = &task->study.trials[trial];
    size_t step = plot_selected(task, trial);
    if (metric == SIZE_MAX || step == 0)
        return (double)INFINITY;
    double value = res_series(t, metric)[step - 1];
    if (isnan(value))
        return (double)INFINITY;
    return task->study.step_metrics[metric].maximize ? -value : value;
}

/* A group with its mean rank. */
typedef struct ranked {
    size_t group, size;
    double rank;
} ranked;

static int compare_ranked(const void *a, const void *b)
{
    const ranked *x = a, *y = b;
    if (x->rank < y->rank || x->rank > y->rank)
        return x->rank < y->rank ? -1 : 1;
    return (x->group > y->group) - (x->group < y->group);
}

/* Of more groups than `most` keep the best, in their order. */
static swp_status keep_best(const plot_task *task, size_t most, plot_groups *g, swp_err *err)
{
    g->n_all = g->n;
    g->ranked_by = ranking_metric(&task->study);
    if (g->n <= most)
        return SWP_OK;
    ranked *list = swp_alloc(g->n, sizeof *list);
    size_t *numbers = swp_alloc(g->n, sizeof *numbers), n = 0;
    for (size_t k = 0; list && k < g->n; k++)
        list[k].group = k;
    for (size_t t = 0; list && t < task->study.n_trials; t++) {
        if (g->of[t] == PLOT_NO_GROUP)
            continue;
        list[g->of[t]].rank += plot_rank(task, t);
        list[g->of[t]].size++;
    }
    for (size_t k = 0; list && k < g->n; k++)
        list[k].rank /= (double)list[k].size;
    if (list)
        qsort(list, g->n, sizeof *list, compare_ranked);
    for (size_t k = 0; list && numbers && k < most; k++)
        numbers[list[k].group] = 1;
    for (size_t k = 0; numbers && k < g->n; k++)
        numbers[k] = numbers[k] ? n++ : PLOT_NO_GROUP;
    for (size_t t = 0; numbers && t < task->study.n_trials; t++)
        g->of[t] = g->of[t] == PLOT_NO_GROUP ? PLOT_NO_GROUP : numbers[g->of[t]];
    bool ok = list && numbers;
    g->n = n;
    swp_free(list);
    swp_free(numbers);
    return ok ? SWP_OK : swp_fail(err, SWP_NOMEM, "out of memory");
}

/* Give each group a tone, by one parameter, and a facet, by the others. The first parameter whose
 * values can be told apart by colour while the others make few facets is the tone's. */
static swp_status choose_facets(const plot_task *task, const bool *use, const plot_limits *limits,
                                plot_groups *g, swp_err *err)
{
    size_t *tones = swp_alloc(task->study.n_trials, sizeof *tones);
    size_t *facets = swp_alloc(task->study.n_trials, sizeof *facets);
    swp_status status = tones && facets ? SWP_OK : swp_fail(err, SWP_NOMEM, "out of memory");
    for (size_t k = 0; k < g->n_by && g->n_by > 1 && status == SWP_OK; k++) {
        size_t others[PLOT_BY], n = 0, n_tones = 0, n_facets = 0;
        for (size_t i = 0; i < g->n_by; i++)
            if (i != k)
                others[n++] = g->by[i];
        status = partition(&task->study, use, &g->by[k], 1, &n_tones, tones, err);
        if (status == SWP_OK)
            status = partition(&task->study, use, others, n, &n_facets, facets, err);
        if (status != SWP_OK || n_tones > limits->most || n_facets > limits->facets)
            continue;
        g->tone_by = k;
        g->n_tones = n_tones;
        g->n_facets = n_facets;
        g->tones = tones;
        g->facets = facets;
        return SWP_OK;
    }
    swp_free(tones);
    swp_free(facets);
    return status;
}

/* Of what can be pooled drop the last parameters until there are few groups. */
static swp_status pool(const plot_task *task, const bool *use, size_t most, plot_groups *g,
                       swp_err *err)
{
    swp_status status = SWP_OK;
    while (status == SWP_OK && g->n > most)
        status = partition(&task->study, use, g->by, --g->n_by, &g->n, g->of, err);
    return status;
}

swp_status plot_groups_make(const plot_task *task, const bool *use, const plot_limits *limits,
                            size_t besides, plot_groups *out, swp_err *err)
{
    const res_study *study = &task->study;
    res_axes axes = {0};
    swp_status status = begin(study, use, out, err);
    if (status == SWP_OK)
        status = choose_params(task, use, besides, out, err);
    if (status == SWP_OK)
        status = partition(study, use, out->by, out->n_by, &out->n, out->of, err);
    if (status == SWP_OK && limits->pools)
        status = pool(task, use, limits->most, out, err);
    if (status == SWP_OK && limits->facets > 0 && out->n > limits->most / 2)
        status = choose_facets(task, use, limits, out, err);
    if (status == SWP_OK)
        status = keep_best(task, out->n_facets > 0 ? SIZE_MAX : limits->most, out, err);
    if (status == SWP_OK)
        status = res_axes_find(study, use, &axes, err);
    if (status == SWP_OK)
        status = finish(study, &axes, besides, out, err);
    res_axes_deinit(&axes);
    return status;
}

swp_status plot_groups_by(const res_study *study, const bool *use, const size_t *params,
                          const size_t *places, size_t n, plot_groups *out, swp_err *err)
{
    res_axes axes = {0};
    bool done;
    swp_status status = begin(study, use, out, err);
    if (status == SWP_OK)
        status = res_axes_find(study, use, &axes, err);
    for (size_t i = 0; i < n && status == SWP_OK; i++)
        status = split(study, &study->params[params[i]], places[i], SIZE_MAX, out, &done, err);
    out->n_all = out->n;
    if (status == SWP_OK)
        status = finish(study, &axes, SIZE_MAX, out, err);
    res_axes_deinit(&axes);
    return status;
}

swp_status plot_groups_split(const res_study *study, const plot_groups *lines, size_t axis,
                             size_t n_places, plot_groups *out, swp_err *err)
{
    size_t by[PLOT_BY + 1], places[PLOT_BY + 1];
    bool *drawn = swp_alloc(study->n_trials, sizeof *drawn);
    if (!drawn)
        return swp_fail(err, SWP_NOMEM, "out of memory");
    for (size_t t = 0; t < study->n_trials; t++)
        drawn[t] = lines->of[t] != PLOT_NO_GROUP;
    for (size_t i = 0; i < lines->n_by; i++) {
        by[i] = lines->by[i];
        places[i] = study->params[by[i]].n_values;
    }
    by[lines->n_by] = axis;
    places[lines->n_by] = n_places;
    swp_status status = plot_groups_by(study, drawn, by, places, lines->n_by + 1, out, err);
    swp_free(drawn);
    return status;
}

void plot_groups_deinit(plot_groups *groups)
{
    swp_free(groups->of);
    swp_free(groups->members);
    swp_free(groups->begin);
    swp_free(groups->pooled);
    swp_free(groups->tones);
    swp_free(groups->facets);
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
        swp_buf_puts(out, i > 0 ? ", " : "");
        plot_place_label(p, p->of[trial], p->n_values, out);
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
    size_t begin = out->length;
    if (groups->n_by > 0) {
        swp_buf_puts(out, "by ");
        plot_groups_title(study, groups, out);
    }
    for (size_t i = 0; i < groups->n_pooled; i++) {
        const res_param *p = &study->params[groups->pooled[i]];
        if (i == 0)
            swp_buf_printf(out, "%s%s over ", groups->n_by > 0 ? "; " : "", what);
        if (i == NAMED)
            swp_buf_printf(out, " and %zu more", groups->n_pooled - NAMED);
        if (i >= NAMED)
            continue;
        swp_buf_puts(out, i > 0 ? ", " : "");
        plot_text_add(out, p->name, PLOT_DATA_CHARS);
        swp_buf_printf(out, " (%zu)", p->n_values);
    }
    if (groups->n == groups->n_all)
        return;
    swp_buf_printf(out, "%sthe best %zu of %zu combinations", out->length > begin ? "; " : "",
                   groups->n, groups->n_all);
    if (groups->ranked_by != SIZE_MAX)
        swp_buf_printf(out, " by %s", study->step_metrics[groups->ranked_by].name);
}

/* Names of the tones or of the facets: of the first trial of each. */
static void add_names(const plot_task *task, const plot_groups *groups, const char *variable,
                      bool tone, size_t n, swp_buf *out)
{
    const size_t *of = tone ? groups->tones : groups->facets;
    plot_array_begin(out, variable, n);
    for (size_t k = 0; k < n; k++) {
        swp_buf name = {0};
        size_t t = 0;
        while (of[t] != k)
            t++;
        for (size_t i = 0; i < groups->n_by; i++) {
            const res_param *p = &task->study.params[groups->by[i]];
            if ((i == groups->tone_by) != tone)
                continue;
            if (!tone) {
                swp_buf_puts(&name, name.length > 0 ? ", " : "");
                plot_text_add(&name, p->title, PLOT_DATA_CHARS);
                swp_buf_puts(&name, " = ");
            }
            plot_place_label(p, p->of[t], p->n_values, &name);
        }
        plot_array_text(out, k, &name);
    }
    swp_buf_puts(out, "]\n");
}

void plot_facets_head(const plot_task *task, const plot_groups *groups, swp_buf *out)
{
    swp_buf_printf(out, "n_facets = %zu\n", groups->n_facets);
    if (groups->n_facets == 0)
        return;
    swp_buf title = {0};
    plot_text_add(&title, task->study.params[groups->by[groups->tone_by]].title, PLOT_DATA_CHARS);
    plot_text_assign(out, "tones_title", &title);
    swp_buf_printf(out, "n_tones = %zu\n", groups->n_tones);
    add_names(task, groups, "tones", true, groups->n_tones, out);
    add_names(task, groups, "facets", false, groups->n_facets, out);
    for (int tone = 1; tone >= 0; tone--) {
        const size_t *of = tone ? groups->tones : groups->facets;
        plot_array_begin(out, tone ? "tone_of" : "facet_of", groups->n);
        for (size_t g = 0; g < groups->n; g++)
            swp_buf_printf(out, "%s%zu", g > 0 ? ", " : "",
                           of[groups->members[groups->begin[g]]] + 1);
        swp_buf_puts(out, "]\n");
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
