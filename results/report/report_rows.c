/* From evaluations to the rows of a report: figures, groups of evaluations. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"
#include "results/query/select.h"
#include "results/report/report_priv.h"

bool res_report_shows_axis(const res_report *report, size_t axis)
{
    const char *name = report->axes.names[axis];
    if (report->by_keys)
        return true;
    return strcmp(name, "embedding_dim") != 0 && !(report->grouped && strcmp(name, "seed") == 0);
}

/* One evaluation on its way into a row. */
typedef struct member {
    const res_report *report;
    const res_evaluation *evaluation;
    size_t trial, group, position;
    const double *figures; /* (RES_FIGURES) */
} member;

/* A trial with the values that must agree within a group. */
typedef struct candidate {
    const res_report *report;
    size_t trial;
} candidate;

static bool divides(const res_report *report, size_t axis)
{
    return report->by_keys || !report->grouped || strcmp(report->axes.names[axis], "seed") != 0;
}

static int compare_candidates(const void *a, const void *b)
{
    const candidate *x = a, *y = b;
    const res_report *report = x->report;
    for (size_t axis = 0; axis < report->axes.n; axis++) {
        if (!divides(report, axis))
            continue;
        int order = strcmp(res_axes_value(&report->axes, axis, x->trial),
                           res_axes_value(&report->axes, axis, y->trial));
        if (order != 0)
            return order;
    }
    return 0;
}

/* Group number of each trial. owns the result: swp_free; NULL without memory */
static size_t *make_groups(const res_report *report)
{
    size_t n = report->n_trials;
    size_t *groups = swp_alloc(n, sizeof *groups);
    candidate *sorted = swp_alloc(n, sizeof *sorted);
    if (!groups || !sorted) {
        swp_free(groups);
        swp_free(sorted);
        return NULL;
    }
    for (size_t i = 0; i < n; i++)
        sorted[i] = (candidate){.report = report, .trial = i};
    qsort(sorted, n, sizeof *sorted, compare_candidates);
    size_t group = 0;
    for (size_t i = 0; i < n; i++) {
        if (i > 0 && compare_candidates(&sorted[i - 1], &sorted[i]) != 0)
            group++;
        groups[sorted[i].trial] = group;
    }
    swp_free(sorted);
    return groups;
}

static int compare_sizes(size_t a, size_t b)
{
    return (a > b) - (a < b);
}

static int compare_thresholds(res_threshold a, res_threshold b)
{
    if (a.kind != b.kind)
        return a.kind < b.kind ? -1 : 1;
    return (a.value > b.value) - (a.value < b.value);
}

/* Evaluations of a row: same group, and same epochs and threshold if rows differ in these. */
static int compare_points(const member *a, const member *b)
{
    const res_report *report = a->report;
    int order = compare_sizes(a->group, b->group);
    if (order == 0 && report->by_epochs)
        order = compare_sizes(a->evaluation->epochs, b->evaluation->epochs);
    if (order == 0 && report->by_threshold)
        order = compare_thresholds(a->evaluation->threshold, b->evaluation->threshold);
    return order;
}

static int compare_members(const void *a, const void *b)
{
    const member *x = a, *y = b;
    int order = compare_points(x, y);
    return order ? order : compare_sizes(x->position, y->position);
}

/* Readings of one trial at several epochs or thresholds are no sample: no interval of them. */
static bool are_independent(const member *members, size_t n)
{
    for (size_t i = 1; i < n; i++)
        if (members[i].trial == members[i - 1].trial)
            return false;
    return true;
}

/* `members` are in grid order. */
static void set_spreads(const member *members, size_t n, double *values, res_spread *out)
{
    bool sample = are_independent(members, n);
    for (size_t f = 0; f < RES_FIGURES; f++) {
        for (size_t i = 0; i < n; i++)
            values[i] = members[i].figures[f];
        out[f] = res_spread_of(values, n);
        if (!sample)
            out[f].ci95 = (double)NAN;
    }
}

static void set_class_spreads(const res_report *report, const member *members, size_t n,
                              double *values, res_spread *out)
{
    bool sample = are_independent(members, n);
    for (size_t c = 0; c < report->classes.n; c++) {
        for (size_t i = 0; i < n; i++) {
            const res_class_count *count =
                &report->classes.counts[members[i].position * report->classes.stride + c];
            values[i] =
                count->total > 0 ? (double)count->correct / (double)count->total : (double)NAN;
        }
        out[c] = res_spread_of(values, n);
        if (!sample)
            out[c].ci95 = (double)NAN;
    }
}

static int compare_rows(const void *a, const void *b)
{
    const res_report_row *x = a, *y = b;
    return compare_sizes(x->position, y->position);
}

static swp_status set_members(const res_report *report, const double *figures, member *members,
                              swp_err *err)
{
    size_t *groups = make_groups(report);
    if (!groups)
        return swp_fail(err, SWP_NOMEM, "out of memory");
    for (size_t i = 0; i < report->n_evaluations; i++) {
        const res_evaluation *evaluation = &report->evaluations[i];
        size_t trial = res_trial_index(report->trials, report->n_trials, evaluation->trial_number);
        members[i] = (member){.report = report,
                              .evaluation = evaluation,
                              .trial = trial,
                              .group = groups[trial],
                              .position = i,
                              .figures = figures + i * RES_FIGURES};
    }
    swp_free(groups);
    return SWP_OK;
}

/* `values` is room for a figure of every evaluation. */
static void set_rows(res_report *report, member *members, double *values)
{
    size_t n = report->n_evaluations;
    qsort(members, n, sizeof *members, compare_members);
    for (size_t from = 0, to; from < n; from = to) {
        to = from + 1;
        while (report->grouped && to < n && compare_points(&members[from], &members[to]) == 0)
            to++;
        res_spread *figures = report->spreads + report->n_rows * RES_FIGURES;
        res_spread *classes = report->class_spreads + report->n_rows * report->classes.n;
        set_spreads(&members[from], to - from, values, figures);
        set_class_spreads(report, &members[from], to - from, values, classes);
        res_report_row *row = &report->rows[report->n_rows++];
        *row = (res_report_row){.evaluation = members[from].evaluation,
                                .trial = members[from].trial,
                                .group = members[from].group,
                                .position = members[from].position,
                                .figures = figures,
                                .classes = classes};
        for (size_t i = from; i < to; i++)
            row->n += members[i].evaluation->done;
    }
    qsort(report->rows, report->n_rows, sizeof *report->rows, compare_rows);
}

static swp_status make_rows(res_store *store, res_report *report, res_parameters *parameters,
                            bool areas, swp_err *err)
{
    size_t n = report->n_evaluations;
    member *members = swp_alloc(n, sizeof *members);
    double *values = swp_alloc(n, sizeof *values), *figures = NULL;
    report->rows = swp_alloc(n, sizeof *report->rows);
    report->spreads = swp_alloc(n * RES_FIGURES, sizeof *report->spreads);
    report->class_spreads = swp_alloc(n * report->classes.n, sizeof *report->class_spreads);
    swp_status status = SWP_OK;
    if (!members || !values || !report->rows || !report->spreads || !report->class_spreads)
        status = swp_fail(err, SWP_NOMEM, "out of memory");
    if (status == SWP_OK)
        status = res_figures_load(store, report->evaluations, n, parameters, areas, &figures, err);
    if (status == SWP_OK)
        status = set_members(report, figures, members, err);
    if (status == SWP_OK)
        set_rows(report, members, values);
    swp_free(figures);
    swp_free(values);
    swp_free(members);
    return status;
}

/* Take the settings of group_by for the axes. */
static swp_status read_group_by(res_store *store, const char *text, res_report *out, swp_err *err)
{
    const char *keys[64];
    size_t n = 0;
    res_names names;
    swp_status status = res_names_load(store, out->experiment.revision_id, &names, err);
    out->by_keys = out->grouped = true;
    out->by_epochs = out->by_threshold = false;
    while (status == SWP_OK && n < sizeof keys / sizeof keys[0]) {
        size_t length = strcspn(text, ",");
        status = res_names_find(&names, text, length, &keys[n], err);
        if (status != SWP_OK)
            break;
        if (strcmp(keys[n], RES_KEY_EPOCHS) == 0)
            out->by_epochs = true;
        else if (strcmp(keys[n], RES_KEY_THRESHOLD) == 0)
            out->by_threshold = true;
        else
            n++;
        if (text[length] == '\0')
            break;
        text += length + 1;
    }
    if (status == SWP_OK)
        status = res_axes_load_keys(store, out->experiment.revision_id, out->n_trials, keys, n,
                                    &out->axes, err);
    res_names_deinit(&names);
    return status == SWP_USAGE ? swp_wrap(err, "--group-by") : status;
}

static swp_status read_axes(res_store *store, const char *group_by, res_report *out, swp_err *err)
{
    out->by_epochs = out->by_threshold = true;
    if (group_by)
        return read_group_by(store, group_by, out, err);
    swp_status status =
        res_axes_load(store, out->experiment.revision_id, out->n_trials, &out->axes, err);
    for (size_t i = 1; status == SWP_OK && i < out->n_evaluations; i++)
        out->grouped |= out->evaluations[i].seed != out->evaluations[0].seed;
    return status;
}

static bool is_area(const char *metric)
{
    return metric && (strncmp(metric, "auroc", 5) == 0 || strncmp(metric, "auprc", 5) == 0);
}

/* A page shows the classes where they are known. */
static swp_status read_classes(res_store *store, const res_report_options *options, res_report *out,
                               swp_err *err)
{
    bool known = out->experiment.n_data_sets == 1;
    for (size_t i = 0; i < out->n_trials; i++)
        known &= out->trials[i].split != 0;
    if (!options->classes && !(options->format == RES_HTML && known))
        return SWP_OK;
    if (out->experiment.n_data_sets > 1)
        return swp_fail(err, SWP_CONFIG, "--classes: the trials have %zu data sets",
                        out->experiment.n_data_sets);
    swp_status status =
        res_class_recalls_load(store, out->experiment.data_set, out->trials, out->n_trials,
                               out->evaluations, out->n_evaluations, &out->classes, err);
    return status == SWP_CONFIG ? swp_wrap(err, "--classes") : status;
}

static swp_status read_origin(res_store *store, res_report *out, swp_err *err)
{
    int64_t revision = out->experiment.revision_id;
    swp_status status = res_settings_list(store, revision, &out->settings, &out->n_settings, err);
    if (status == SWP_OK)
        status = res_environment_list(store, revision, &out->environment, &out->n_environment, err);
    return status;
}

static swp_status load(res_store *store, const char *experiment, const res_report_options *options,
                       res_report *out, swp_err *err)
{
    swp_status status = res_experiment_find(store, experiment, &out->experiment, err);
    if (status != SWP_OK)
        return status;
    int64_t revision = out->experiment.revision_id;
    status = res_trials_list(store, revision, &out->trials, &out->n_trials, err);
    if (status == SWP_OK)
        status = res_evaluations_list(store, revision, &options->filter, &out->evaluations,
                                      &out->n_evaluations, err);
    if (status == SWP_OK)
        status = res_select(store, revision, options->where, options->n_where, out->trials,
                            out->n_trials, out->evaluations, &out->n_evaluations, err);
    if (status == SWP_USAGE || status == SWP_CONFIG)
        return options->n_where > 0 ? swp_wrap(err, "--where") : status;
    if (status == SWP_OK)
        status = read_axes(store, options->group_by, out, err);
    if (status == SWP_OK && options->format == RES_HTML)
        status = read_origin(store, out, err);
    if (status == SWP_OK)
        status = read_classes(store, options, out, err);
    bool areas = options->wide || is_area(options->best) || is_area(options->sort);
    return status == SWP_OK ? make_rows(store, out, options->parameters, areas, err) : status;
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
    if (status != SWP_OK)
        res_report_deinit(out);
    return status;
}

void res_report_deinit(res_report *report)
{
    res_experiment_deinit(&report->experiment);
    res_trials_free(report->trials, report->n_trials);
    res_evaluations_free(report->evaluations, report->n_evaluations);
    res_axes_deinit(&report->axes);
    res_pairs_free(report->settings, report->n_settings);
    res_pairs_free(report->environment, report->n_environment);
    swp_free(report->rows);
    swp_free(report->spreads);
    swp_free(report->class_spreads);
    res_class_recalls_deinit(&report->classes);
    *report = (res_report){0};
}
