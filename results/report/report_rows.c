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

static double read_value(const res_report *report, const res_evaluation *e, size_t index)
{
    return index < report->n_metrics ? res_metric_of(&report->study, e, index)
                                     : read_class(report, e, index - report->n_metrics);
}

/* Index of the split of each trial of a row, in the order of its evaluations, from 0 in order of
 * appearance; returns how many there are. The second half of `room` maps a split to its index. */
static size_t find_splits(const res_report *report, const res_report_row *row)
{
    const res_report_splits *splits = &report->splits;
    size_t n = 0;
    for (size_t k = 0; k < splits->n; k++)
        splits->room[k] = -1;
    for (size_t i = 0; i < row->n; i++) {
        double *index = &splits->room[splits->of[report->members[row->first + i]->trial]];
        *index = *index < 0 ? (double)n++ : *index;
        splits->present[i] = (uint32_t)*index;
    }
    return n;
}

size_t res_report_row_splits(const res_report *report, const res_report_row *row)
{
    return report->splits.n == 0 ? 0 : find_splits(report, row);
}

/* Every row has one evaluation of each of its trials. */
res_spread res_report_spread(const res_report *report, const res_report_row *row, size_t index)
{
    static const res_metric_info of_class = {.least = 0, .most = 1};
    const res_metric_info info =
        index < report->n_metrics ? res_metric_at(&report->study, index) : of_class;
    for (size_t i = 0; i < row->n; i++)
        report->room[i] = read_value(report, report->members[row->first + i], index);
    size_t n_splits = res_report_row_splits(report, row);
    if (n_splits < 2) {
        res_spread spread = res_spread_within(report->room, row->n, info.least, info.most);
        if (index == RES_AUROC && !isnan(row->areas.auroc.low))
            spread.interval = row->areas.auroc;
        if (index == RES_AUPRC && !isnan(row->areas.auprc.low))
            spread.interval = row->areas.auprc;
        return spread;
    }
    const res_clusters clusters = {.of = report->splits.present,
                                   .n = n_splits,
                                   .overlap = report->splits.overlap,
                                   .room = report->splits.room};
    return res_spread_clustered(report->room, row->n, &clusters, info.least, info.most);
}

double res_report_mean(const res_report *report, const res_report_row *row, size_t metric)
{
    return row->n == 1 ? res_metric_of(&report->study, res_report_first(report, row), metric)
                       : res_report_spread(report, row, metric).mean;
}

size_t res_report_n(const res_report *report, const res_report_row *row)
{
    size_t n = 0;
    for (size_t i = 0; i < row->n; i++)
        n += report->members[row->first + i]->selected_epoch > 0;
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

static const res_areas no_areas = {{(double)NAN, (double)NAN}, {(double)NAN, (double)NAN}};

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
        for (to = from; to < n && compare_points(&sorted[from], &sorted[to]) == 0; to++)
            report->members[to] = sorted[to].evaluation;
        list[report->n_rows++] =
            (placed){.row = {(uint32_t)from, (uint32_t)(to - from), sorted[from].group, no_areas},
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
    if (!report->members || !report->rows)
        return swp_fail(err, SWP_NOMEM, "out of memory for %zu evaluations", n);
    if (report->grouped)
        return group_rows(report, err);
    for (size_t i = 0; i < n; i++) {
        report->members[i] = &report->evaluations[i];
        report->rows[i] = (res_report_row){(uint32_t)i, 1, report->evaluations[i].trial, no_areas};
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

/* A split with its trial. */
typedef struct split_of_trial {
    int64_t split;
    size_t trial;
} split_of_trial;

static int compare_splits(const void *a, const void *b)
{
    const split_of_trial *x = a, *y = b;
    return (x->split > y->split) - (x->split < y->split);
}

/* Number the splits of the trials; a command's trials have none. Training sets of one data set
 * overlap. */
static void number_splits(const res_study *study, split_of_trial *list, res_report_splits *out)
{
    const res_trial *first = &study->trials[0];
    for (size_t i = 0; i < study->n_trials; i++)
        list[i] = (split_of_trial){study->trials[i].split, i};
    qsort(list, study->n_trials, sizeof *list, compare_splits);
    for (size_t i = 0; i < study->n_trials; i++) {
        out->n += i == 0 || list[i].split != list[i - 1].split;
        out->of[list[i].trial] = (uint32_t)out->n - 1;
    }
    bool one_set = first->n_train > 0;
    for (size_t i = 0; i < study->n_trials; i++)
        one_set &= study->trials[i].data_set == first->data_set;
    out->overlap = one_set ? (double)first->n_normal / (double)first->n_train : 0;
}

static swp_status make_room(res_report *report, swp_err *err)
{
    const res_study *study = &report->study;
    res_report_splits *splits = &report->splits;
    size_t n = study->n_trials;
    split_of_trial *list = swp_alloc(n, sizeof *list);
    report->n_metrics = res_metric_count(study);
    report->keys = swp_alloc(study->n_params, sizeof *report->keys);
    report->shown = swp_alloc(report->n_metrics, sizeof *report->shown);
    report->room = swp_alloc(n, sizeof *report->room);
    splits->of = swp_alloc(n, sizeof *splits->of);
    splits->present = swp_alloc(n, sizeof *splits->present);
    splits->room = swp_alloc(2 * n, sizeof *splits->room);
    bool failed = !list || !report->keys || !report->shown || !report->room || !splits->of ||
                  !splits->present || !splits->room;
    if (!failed && n > 0 && study->trials[0].data_set != 0)
        number_splits(study, list, splits);
    swp_free(list);
    return failed ? swp_fail(err, SWP_NOMEM, "out of memory for %zu trials", n) : SWP_OK;
}

/* The evaluations of a filter that the clauses keep. */
static swp_status list_evaluations(res_store *store, const res_report_options *options,
                                   const res_evaluation_filter *filter, res_report *out,
                                   swp_err *err)
{
    swp_free(out->evaluations);
    swp_status status = res_evaluations_list(store, &out->study, filter, &out->evaluations,
                                             &out->n_evaluations, err);
    if (status != SWP_OK)
        return status;
    if (out->n_evaluations > UINT32_MAX)
        return swp_fail(err, SWP_CONFIG, "more evaluations than a report can have");
    status = res_select(&out->study, options->where, options->n_where, out->evaluations,
                        &out->n_evaluations, err);
    return status == SWP_OK ? SWP_OK : swp_wrap(err, "--where");
}

/* Read every trial at the default threshold. */
static swp_status read_by_default(res_store *store, const res_report_options *options,
                                  res_report *out, swp_err *err)
{
    res_evaluation_filter filter = options->filter;
    filter.thresholds = &out->usual.threshold;
    filter.n_thresholds = 1;
    out->by_default = true;
    return list_evaluations(store, options, &filter, out, err);
}

static bool names(const res_report *report, const res_report_options *options, int key)
{
    size_t n = key == RES_BY_EPOCHS ? options->filter.n_epochs : options->filter.n_thresholds;
    return n > 0 || res_clauses_name(&report->study, options->where, options->n_where, key);
}

/* A mean over several readings of one trial would count it several times: rows that are not told
 * apart by threshold or epoch count have one. */
static swp_status unite_readings(res_store *store, const res_report_options *options,
                                 res_report *out, swp_err *err)
{
    bool thresholds =
        !out->by_threshold && res_thresholds_differ(out->evaluations, out->n_evaluations);
    bool epochs = !out->by_epochs && res_epochs_differ(out->evaluations, out->n_evaluations);
    swp_status status = SWP_OK;
    if (thresholds && names(out, options, RES_BY_THRESHOLD)) {
        status = swp_fail(err, SWP_USAGE, "--group-by: a mean over several thresholds");
        swp_hint(err, "add threshold to --group-by, or name one --threshold");
    } else if (epochs && names(out, options, RES_BY_EPOCHS)) {
        status = swp_fail(err, SWP_USAGE, "--group-by: a mean over several epoch counts");
        swp_hint(err, "add epochs to --group-by, or name one --epochs");
    }
    if (status == SWP_OK && thresholds)
        status = read_by_default(store, options, out, err);
    if (status == SWP_OK && epochs)
        out->n_evaluations = res_keep_largest_epochs(out->evaluations, out->n_evaluations,
                                                     out->splits.present, out->study.n_trials);
    return status;
}

static swp_status set_rows_of(res_store *store, const res_report_options *options, res_report *out,
                              swp_err *err)
{
    swp_free(out->members);
    swp_free(out->rows);
    res_class_recalls_deinit(&out->classes);
    out->n_rows = 0;
    swp_status status = read_classes(store, options, out, err);
    return status == SWP_OK ? make_rows(out, err) : status;
}

/* A table with too many rows has one threshold for all, unless one was named. */
static swp_status condense(res_store *store, const res_report_options *options, size_t most,
                           res_report *out, swp_err *err)
{
    size_t before = out->n_rows;
    if (before <= most || names(out, options, RES_BY_THRESHOLD) || options->best ||
        out->study.of_command)
        return SWP_OK;
    swp_status status = read_by_default(store, options, out, err);
    if (status == SWP_OK)
        status = set_rows_of(store, options, out, err);
    if (status == SWP_OK && out->n_rows > most && options->filter.n_epochs == 0)
        status = res_report_keep_last_epochs(out, err);
    if (status == SWP_OK)
        out->n_hidden = before - out->n_rows;
    return status;
}

static swp_status load(res_store *store, const char *experiment, const res_report_options *options,
                       size_t most, res_report *out, swp_err *err)
{
    swp_status status = res_study_load(store, experiment, &out->study, err);
    out->study.reading = options->reading;
    if (status == SWP_OK)
        status = list_evaluations(store, options, &options->filter, out, err);
    if (status == SWP_OK)
        status = make_room(out, err);
    if (status != SWP_OK)
        return status;
    out->whole = out->study.of_command && options->filter.n_epochs == 0;
    out->usual = res_default_of(out->evaluations, out->n_evaluations);
    if (options->group_by)
        status = read_group_by(out, options->group_by, err);
    else
        set_keys(out);
    if (status == SWP_OK)
        status = unite_readings(store, options, out, err);
    if (status == SWP_OK)
        status = set_rows_of(store, options, out, err);
    if (status == SWP_OK && most > 0)
        status = condense(store, options, most, out, err);
    if (status == SWP_OK)
        status = res_report_load_baselines(store, out, names(out, options, RES_BY_THRESHOLD), err);
    return status;
}

swp_status res_report_load(res_store *store, const char *experiment,
                           const res_report_options *options, size_t most, res_report *out,
                           swp_err *err)
{
    *out = (res_report){0};
    swp_status status = res_snapshot_begin(store, err);
    if (status != SWP_OK)
        return status;
    status = load(store, experiment, options, most, out, err);
    res_snapshot_end(store);
    return status;
}

void res_report_deinit(res_report *report)
{
    res_study_deinit(&report->study);
    res_class_recalls_deinit(&report->classes);
    res_baselines_free(report->baselines, report->n_baselines);
    swp_free(report->baseline_thresholds);
    swp_free(report->evaluations);
    swp_free(report->keys);
    swp_free(report->members);
    swp_free(report->rows);
    swp_free(report->room);
    swp_free(report->shown);
    swp_free(report->splits.of);
    swp_free(report->splits.present);
    swp_free(report->splits.room);
    *report = (res_report){0};
}
