/* Which evaluations the charts of recall compare, and bars of their recalls.
 *
 * One evaluation of each trial is compared: at the epoch count that was asked for, or the largest
 * that any trial has reached, and at the threshold that was asked for, or the one that tables and
 * the page use. */
#include <math.h>
#include <string.h>

#include "engine/base/mem.h"
#include "plots/charts_priv.h"
#include "plots/text_priv.h"
#include "results/query/defaults.h"
#include "results/query/select.h"

size_t plot_threshold_index(const plot_recalls *recalls, res_threshold threshold, size_t hint)
{
    for (size_t i = 0; i < recalls->n_thresholds; i++) {
        size_t at = (hint + i) % recalls->n_thresholds;
        if (res_threshold_equal(recalls->thresholds[at], threshold))
            return at;
    }
    return recalls->n_thresholds;
}

bool plot_is_compared(const plot_recalls *recalls, const res_evaluation *evaluation)
{
    return evaluation->selected_epoch > 0 && evaluation->epochs == recalls->epochs;
}

static res_metric score_metric(const plot_task *task)
{
    const res_experiment *e = &task->study.experiment;
    return task->recalls.both ? RES_BALANCED_ACCURACY
           : e->n_test > 0    ? RES_NORMAL_RECALL
                              : RES_ANOMALY_RECALL;
}

double plot_score(const plot_task *task, const res_evaluation *evaluation)
{
    double score = res_metric_of(&task->study, evaluation, score_metric(task));
    return isnan(score) ? 0 : score;
}

const char *plot_score_title(const plot_task *task)
{
    return res_metric_at(&task->study, score_metric(task)).title;
}

/* List the thresholds that are compared. */
static swp_status list_thresholds(plot_recalls *r, swp_err *err)
{
    size_t room = 0, hint = 0;
    r->n_thresholds = 0;
    for (size_t i = 0; i < r->n_evaluations; i++) {
        const res_evaluation *evaluation = &r->evaluations[i];
        if (!plot_is_compared(r, evaluation))
            continue;
        size_t at = plot_threshold_index(r, evaluation->threshold, hint);
        hint = at + 1;
        if (at < r->n_thresholds)
            continue;
        if (at == room) {
            room = 2 * room + 16;
            res_threshold *grown = swp_resize(r->thresholds, room, sizeof *grown);
            if (!grown)
                return swp_fail(err, SWP_NOMEM, "out of memory");
            r->thresholds = grown;
        }
        r->thresholds[r->n_thresholds++] = evaluation->threshold;
    }
    return SWP_OK;
}

/* The evaluations at a threshold, for each planned epoch count or the one that was asked for. */
static swp_status list_evaluations(const plot_task *task, const res_threshold *threshold,
                                   res_evaluation **out, size_t *n, swp_err *err)
{
    const plot_options *options = task->options;
    res_evaluation_filter filter = options->filter;
    if (threshold) {
        filter.thresholds = threshold;
        filter.n_thresholds = 1;
    }
    *out = NULL;
    *n = 0;
    swp_status status = res_evaluations_list(task->store, &task->study, &filter, out, n, err);
    return status == SWP_OK
               ? res_select(&task->study, options->where, options->n_where, *out, n, err)
               : status;
}

/* Add the evaluations at a threshold that is not planned. */
static swp_status add_unplanned(plot_task *task, swp_err *err)
{
    plot_recalls *r = &task->recalls;
    res_evaluation *more = NULL;
    size_t n = 0;
    swp_status status = list_evaluations(task, &r->threshold, &more, &n, err);
    res_evaluation *grown =
        status == SWP_OK ? swp_resize(r->evaluations, r->n_evaluations + n, sizeof *grown) : NULL;
    if (grown) {
        memcpy(grown + r->n_evaluations, more, n * sizeof *more);
        r->evaluations = grown;
        r->n_evaluations += n;
    } else if (status == SWP_OK) {
        status = swp_fail(err, SWP_NOMEM, "out of memory");
    }
    swp_free(more);
    return status == SWP_OK ? list_thresholds(r, err) : status;
}

/* The evaluation of each trial at the chosen threshold and epoch count. */
static void take_evaluations(plot_recalls *r)
{
    for (size_t i = 0; i < r->n_evaluations; i++) {
        const res_evaluation *evaluation = &r->evaluations[i];
        if (r->use[evaluation->trial] || !plot_is_compared(r, evaluation) ||
            !res_threshold_equal(evaluation->threshold, r->threshold))
            continue;
        r->of[evaluation->trial] = evaluation;
        r->use[evaluation->trial] = true;
        r->n++;
    }
}

swp_status plot_recalls_choose(plot_task *task, swp_err *err)
{
    const res_study *study = &task->study;
    const plot_options *options = task->options;
    plot_recalls *r = &task->recalls;
    *r = (plot_recalls){
        .of = swp_alloc(study->n_trials, sizeof *r->of),
        .use = swp_alloc(study->n_trials, sizeof *r->use),
        .both = study->experiment.n_test > 0 && study->experiment.n_anomaly > 0,
    };
    if (!r->of || !r->use)
        return swp_fail(err, SWP_NOMEM, "out of memory");
    swp_status status = list_evaluations(task, NULL, &r->evaluations, &r->n_evaluations, err);
    if (status != SWP_OK)
        return status;
    for (size_t i = 0; i < r->n_evaluations; i++)
        if (r->evaluations[i].selected_epoch > 0 && r->evaluations[i].epochs > r->epochs)
            r->epochs = r->evaluations[i].epochs;
    if (r->epochs == 0)
        return SWP_OK;
    status = list_thresholds(r, err);
    if (status != SWP_OK)
        return status;
    r->asked = options->filter.n_thresholds > 0;
    r->threshold = r->asked ? options->filter.thresholds[0]
                            : res_threshold_default(r->thresholds, r->n_thresholds);
    if (plot_threshold_index(r, r->threshold, 0) == r->n_thresholds)
        status = add_unplanned(task, err);
    if (status == SWP_OK)
        take_evaluations(r);
    return status;
}

void plot_recalls_deinit(plot_recalls *recalls)
{
    swp_free(recalls->evaluations);
    swp_free(recalls->of);
    swp_free(recalls->use);
    swp_free(recalls->thresholds);
    *recalls = (plot_recalls){0};
}

void plot_chosen_add(const plot_task *task, swp_buf *out)
{
    const plot_recalls *r = &task->recalls;
    char text[RES_THRESHOLD_TEXT_SIZE];
    const char *chosen_on = res_chosen_on(&task->study, r->threshold);
    swp_buf_printf(out, "threshold %s", res_threshold_format(r->threshold, text));
    if (strcmp(chosen_on, "val") == 0)
        swp_buf_puts(out, " of each model's validation errors");
    else if (strcmp(chosen_on, "tune") == 0)
        swp_buf_puts(out, " (chosen on the tuning part)");
    else if (strcmp(chosen_on, "test") == 0)
        swp_buf_puts(out, " (chosen on test labels)");
}

void plot_recalls_head(const plot_task *task, swp_buf *out)
{
    const plot_recalls *r = &task->recalls;
    const res_study *study = &task->study;
    char threshold[RES_THRESHOLD_TEXT_SIZE];
    swp_buf text = {0};
    plot_text_add(&text, study->experiment.data_name, PLOT_DATA_CHARS);
    swp_buf_puts(&text, ": ");
    plot_chosen_add(task, &text);
    swp_buf_printf(&text, "; %zu epoch%s; %zu normal, %zu abnormal", r->epochs,
                   r->epochs == 1 ? "" : "s", study->experiment.n_test,
                   study->experiment.n_anomaly);
    if (r->n < study->n_trials)
        swp_buf_printf(&text, "; %zu of %zu trials", r->n, study->n_trials);
    plot_text_assign(out, "subheading", &text);
    swp_buf_printf(
        out, "chosen = 'threshold %s%s'\n", res_threshold_format(r->threshold, threshold),
        strcmp(res_chosen_on(&task->study, r->threshold), "test") == 0 ? " (chosen on test)" : "");
    plot_text_set(out, "normal", res_metric_at(study, RES_NORMAL_RECALL).title, SIZE_MAX);
    plot_text_set(out, "anomaly", res_metric_at(study, RES_ANOMALY_RECALL).title, SIZE_MAX);
}

/* Mean and standard deviation of both recalls of a group, in per cent. `values` (largest) */
static void add_bar(const plot_task *task, const plot_groups *groups, size_t g, double *values,
                    swp_buf *out)
{
    size_t size = plot_group_size(groups, g);
    for (res_metric m = RES_NORMAL_RECALL; m <= RES_ANOMALY_RECALL; m++) {
        for (size_t i = 0; i < size; i++) {
            size_t trial = groups->members[groups->begin[g] + i];
            values[i] = 100 * res_metric_of(&task->study, task->recalls.of[trial], m);
        }
        plot_spread_add(values, size, NULL, out);
    }
}

/* Where bars stand: on the scale of a numeric parameter, else one after the other. */
static void add_places(const res_study *study, const plot_groups *groups, swp_buf *out)
{
    const res_param *p = groups->n_by == 1 ? &study->params[groups->by[0]] : NULL;
    bool scaled = p && plot_is_numeric(p);
    swp_buf_printf(out, "scaled = %d\nlogarithmic = %d\n", scaled,
                   scaled && plot_is_logarithmic(p));
    plot_array_begin(out, "place_of", groups->n);
    for (size_t g = 0; g < groups->n; g++) {
        size_t first = groups->members[groups->begin[g]];
        swp_buf_puts(out, g > 0 ? "," : "");
        plot_number_add(out, scaled ? p->values[p->of[first]].number : (double)g + 1);
    }
    swp_buf_puts(out, "]\n");
}

static void add_bars(const plot_task *task, const plot_groups *groups, double *values, swp_buf *out)
{
    swp_buf_puts(out, "# normal (%), its sd, abnormal (%), its sd, trials\n");
    for (size_t g = 0; g < groups->n; g++) {
        add_bar(task, groups, g, values, out);
        swp_buf_printf(out, " %zu # ", plot_group_size(groups, g));
        plot_group_label(&task->study, groups, g, out);
        swp_buf_puts(out, "\n");
    }
}

/* As many bars as a page of the width that was asked for has room for, with names that can be read:
 * they stand upright, and are 20 units high where text has 17. Without a size of text it shrinks
 * with the page, to half of that at most. */
static plot_limits fitting_bars(const plot_options *options)
{
    plot_limits limits = plot_bars;
    double room = options->font.size > 0 ? (double)options->width * 17 / options->font.size - 160
                                         : 2 * (double)options->width;
    double each = options->font.size > 0 ? 20.4 : 52;
    if (options->width > 0 && room < each * (double)limits.most)
        limits.most = room > each ? (size_t)(room / each) : 1;
    return limits;
}

swp_status plot_recall_bars(plot_task *task, swp_err *err)
{
    const res_study *study = &task->study;
    const plot_limits limits = fitting_bars(task->options);
    plot_groups groups;
    plot_chart chart = {.name = "recall_bars", .script = plot_recall_bars_gp};
    swp_buf heading = {0};
    swp_status status = plot_groups_make(task, task->recalls.use, &limits, SIZE_MAX, &groups, err);
    double *values = swp_alloc(groups.largest, sizeof *values);
    if (status == SWP_OK && !values)
        status = swp_fail(err, SWP_NOMEM, "out of memory");
    if (status == SWP_OK) {
        swp_buf_puts(&heading, groups.n_by > 0 ? "Recall by " : "Recall");
        plot_groups_title(study, &groups, &heading);
        plot_heading(task, heading.failed ? "" : heading.text, &chart.head);
        plot_recalls_head(task, &chart.head);
        plot_groups_head(study, &groups, "mean and sd", &chart.head);
        add_places(study, &groups, &chart.head);
        plot_baseline_lines(task, &groups, &chart.head);
        add_bars(task, &groups, values, &chart.data);
        chart.head.failed |= heading.failed;
        status = plot_sheet_add(&task->sheet, &chart, err);
    }
    swp_buf_deinit(&heading);
    swp_free(values);
    plot_groups_deinit(&groups);
    return status;
}
