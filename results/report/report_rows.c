/* From evaluations to the rows of a report. Rows are ranges of one list of evaluations, which is
 * sorted so that the evaluations of a group, and in it those of a trial, stand side by side. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"
#include "results/query/select.h"
#include "results/report/report_priv.h"

const res_evaluation *res_report_first(const res_report *report, const res_report_row *row)
{
    return report->members[row->first];
}

static double read_class(const res_report *report, const res_evaluation *e, size_t class)
{
    const res_class_recalls *classes = &report->classes;
    const res_class_count *count =
        &classes->counts[(size_t)(e - report->evaluations) * classes->stride + class];
    return count->total > 0 ? (double)count->correct / (double)count->total : (double)NAN;
}

/* The room takes the mean of the known readings of each trial that has one. */
res_spread res_report_spread(const res_report *report, const res_report_row *row, size_t index)
{
    const res_evaluation *const *members = report->members + row->first;
    size_t n_trials = 0;
    for (size_t from = 0, to; from < row->n; from = to) {
        double sum = 0;
        size_t n = 0;
        for (to = from; to < row->n && members[to]->trial == members[from]->trial; to++) {
            double value = index < report->n_metrics
                               ? res_metric_of(&report->study, members[to], index)
                               : read_class(report, members[to], index - report->n_metrics);
            if (isnan(value))
                continue;
            sum += value;
            n++;
        }
        if (n > 0)
            report->room[n_trials++] = sum / (double)n;
    }
    return res_spread_of(report->room, n_trials);
}

double res_report_mean(const res_report *report, const res_report_row *row, size_t metric)
{
    return row->n == 1 ? res_metric_of(&report->study, res_report_first(report, row), metric)
                       : res_report_spread(report, row, metric).mean;
}

size_t res_report_n(const res_report *report, const res_report_row *row)
{
    const res_evaluation *const *members = report->members + row->first;
    size_t n = 0, counted = SIZE_MAX;
    for (size_t i = 0; i < row->n; i++) {
        if (members[i]->selected_epoch == 0 || members[i]->trial == counted)
            continue;
        counted = members[i]->trial;
        n++;
    }
    return n;
}

/* An evaluation with what it is sorted by. */
typedef struct member {
    const res_evaluation *evaluation;
    uint32_t group;
    bool by_epochs, by_threshold; /* the report's */
} member;

/* Evaluations of a row: same group, and same epochs and threshold if rows are told apart by these.
 */
static int compare_points(const member *a, const member *b)
{
    const res_evaluation *x = a->evaluation, *y = b->evaluation;
    if (a->group != b->group)
        return a->group < b->group ? -1 : 1;
    if (a->by_epochs && x->epochs != y->epochs)
        return x->epochs < y->epochs ? -1 : 1;
    if (!a->by_threshold)
        return 0;
    if (x->threshold.kind != y->threshold.kind)
        return x->threshold.kind < y->threshold.kind ? -1 : 1;
    return (x->threshold.value > y->threshold.value) - (x->threshold.value < y->threshold.value);
}

static int compare_members(const void *a, const void *b)
{
    const member *x = a, *y = b;
    int order = compare_points(x, y);
    if (order == 0)
        order = (x->evaluation->trial > y->evaluation->trial) -
                (x->evaluation->trial < y->evaluation->trial);
    return order ? order : (x->evaluation > y->evaluation) - (x->evaluation < y->evaluation);
}

/* A row with the place of its first evaluation. */
typedef struct placed {
    res_report_row row;
    uint32_t place;
} placed;

static int compare_places(const void *a, const void *b)
{
    const placed *x = a, *y = b;
    return (x->place > y->place) - (x->place < y->place);
}

/* Rows in the order of their first evaluations. `sorted` (n_evaluations) is of one group after the
 * other; `list` is room for as many rows. */
static void set_rows(res_report *report, const member *sorted, placed *list)
{
    size_t n = report->n_evaluations;
    for (size_t from = 0, to; from < n; from = to) {
        for (to = from; to < n && compare_points(&sorted[from], &sorted[to]) == 0; to++) {
            report->members[to] = sorted[to].evaluation;
            report->pooled |=
                to > from && sorted[to].evaluation->trial == sorted[to - 1].evaluation->trial;
        }
        list[report->n_rows++] =
            (placed){.row = {(uint32_t)from, (uint32_t)(to - from), sorted[from].group},
                     .place = (uint32_t)(sorted[from].evaluation - report->evaluations)};
    }
    qsort(list, report->n_rows, sizeof *list, compare_places);
    for (size_t i = 0; i < report->n_rows; i++)
        report->rows[i] = list[i].row;
}

static swp_status group_rows(res_report *report, swp_err *err)
{
    size_t n = report->n_evaluations;
    res_groups groups;
    member *sorted = swp_alloc(n, sizeof *sorted);
    placed *list = swp_alloc(n, sizeof *list);
    swp_status status = res_groups_make(&report->study, report->keys, report->n_keys, &groups, err);
    if (status == SWP_OK && (!sorted || !list))
        status = swp_fail(err, SWP_NOMEM, "out of memory for %zu evaluations", n);
    if (status == SWP_OK) {
        for (size_t i = 0; i < n; i++)
            sorted[i] = (member){.evaluation = &report->evaluations[i],
                                 .group = (uint32_t)groups.of[report->evaluations[i].trial],
                                 .by_epochs = report->by_epochs,
                                 .by_threshold = report->by_threshold};
        qsort(sorted, n, sizeof *sorted, compare_members);
        set_rows(report, sorted, list);
    }
    swp_free(sorted);
    swp_free(list);
    res_groups_deinit(&groups);
    return status;
}

static swp_status make_rows(res_report *report, swp_err *err)
{
    size_t n = report->n_evaluations;
    report->members = swp_alloc(n, sizeof *report->members);
    report->rows = swp_alloc(n, sizeof *report->rows);
    report->room = swp_alloc(report->study.n_trials, sizeof *report->room);
    if (!report->members || !report->rows || !report->room)
        return swp_fail(err, SWP_NOMEM, "out of memory for %zu evaluations", n);
    if (report->grouped)
        return group_rows(report, err);
    for (size_t i = 0; i < n; i++) {
        report->members[i] = &report->evaluations[i];
        report->rows[i] = (res_report_row){(uint32_t)i, 1, report->evaluations[i].trial};
    }
    report->n_rows = n;
    return SWP_OK;
}

/* Rows are told apart by all that differs; but trials that differ in the seed only are a group,
 * where the chosen evaluations have several seeds. */
static void set_keys(res_report *report)
{
    const res_study *study = &report->study;
    report->by_epochs = true;
    report->by_threshold = !study->of_command;
    for (size_t p = 0; p < study->n_params; p++) {
        const res_param *param = &study->params[p];
        bool pooled = false;
        for (size_t i = 1; param->is_seed && i < report->n_evaluations; i++)
            pooled |=
                param->of[report->evaluations[i].trial] != param->of[report->evaluations[0].trial];
        report->grouped |= pooled;
        if (param->differs && !pooled)
            report->keys[report->n_keys++] = p;
    }
}

/* "KEY,KEY"; a key that is named twice counts once. */
static swp_status read_group_by(res_report *report, const char *text, swp_err *err)
{
    report->by_keys = report->grouped = true;
    for (;;) {
        int key;
        size_t length = strcspn(text, ",");
        swp_status status = res_key_find(&report->study, text, length, &key, err);
        if (status != SWP_OK)
            return swp_wrap(err, "--group-by");
        bool known = false;
        for (size_t i = 0; i < report->n_keys && key >= 0; i++)
            known |= report->keys[i] == (size_t)key;
        if (key == RES_BY_EPOCHS)
            report->by_epochs = true;
        else if (key == RES_BY_THRESHOLD)
            report->by_threshold = true;
        else if (!known)
            report->keys[report->n_keys++] = (size_t)key;
        if (text[length] == '\0')
            return SWP_OK;
        text += length + 1;
    }
}

/* A page shows the classes where they are known. */
static swp_status read_classes(res_store *store, const res_report_options *options, res_report *out,
                               swp_err *err)
{
    bool known = out->study.experiment.n_data_sets == 1;
    for (size_t i = 0; i < out->study.n_trials; i++)
        known &= out->study.trials[i].split != 0;
    if (!options->classes && !(options->format == RES_HTML && known))
        return SWP_OK;
    if (out->study.experiment.n_data_sets > 1)
        return swp_fail(err, SWP_CONFIG, "--classes: the trials have %zu data sets",
                        out->study.experiment.n_data_sets);
    swp_status status = res_class_recalls_load(store, &out->study, out->evaluations,
                                               out->n_evaluations, &out->classes, err);
    return status == SWP_CONFIG ? swp_wrap(err, "--classes") : status;
}

static swp_status load(res_store *store, const char *experiment, const res_report_options *options,
                       res_report *out, swp_err *err)
{
    swp_status status = res_study_load(store, experiment, &out->study, err);
    out->study.reading = options->reading;
    if (status == SWP_OK)
        status = res_evaluations_list(store, &out->study, &options->filter, &out->evaluations,
                                      &out->n_evaluations, err);
    if (status != SWP_OK)
        return status;
    status = res_select(&out->study, options->where, options->n_where, out->evaluations,
                        &out->n_evaluations, err);
    if (status != SWP_OK)
        return swp_wrap(err, "--where");
    if (out->n_evaluations > UINT32_MAX)
        return swp_fail(err, SWP_CONFIG, "more evaluations than a report can have");
    out->keys = swp_alloc(out->study.n_params, sizeof *out->keys);
    out->n_metrics = res_metric_count(&out->study);
    out->whole = out->study.of_command && options->filter.n_epochs == 0;
    out->shown = swp_alloc(out->n_metrics, sizeof *out->shown);
    if (!out->keys || !out->shown)
        return swp_fail(err, SWP_NOMEM, "out of memory");
    if (options->group_by)
        status = read_group_by(out, options->group_by, err);
    else
        set_keys(out);
    if (status == SWP_OK)
        status = read_classes(store, options, out, err);
    return status == SWP_OK ? make_rows(out, err) : status;
}

swp_status res_report_load(res_store *store, const char *experiment,
                           const res_report_options *options, res_report *out, swp_err *err)
{
    *out = (res_report){0};
    swp_status status = res_snapshot_begin(store, err);
    if (status != SWP_OK)
        return status;
    status = load(store, experiment, options, out, err);
    res_snapshot_end(store);
    return status;
}

void res_report_deinit(res_report *report)
{
    res_study_deinit(&report->study);
    res_class_recalls_deinit(&report->classes);
    swp_free(report->evaluations);
    swp_free(report->keys);
    swp_free(report->members);
    swp_free(report->rows);
    swp_free(report->room);
    swp_free(report->shown);
    *report = (res_report){0};
}
