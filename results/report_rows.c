/* From trials to the rows of a report: figures, groups over seeds, condensing. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"
#include "results/report_priv.h"

bool res_report_shows_axis(const res_report *report, size_t axis)
{
    const char *name = report->axes.names[axis];
    return strcmp(name, "embedding_dim") != 0 && !(report->grouped && strcmp(name, "seed") == 0);
}

/* One trial on its way into a row. */
typedef struct member {
    const res_trial *trial;
    size_t training, group, position;
    double figures[RES_FIGURES];
} member;

static void set_figures(member *m)
{
    for (size_t f = 0; f < RES_FIGURES; f++)
        m->figures[f] = (double)NAN;
    const res_trial *t = m->trial;
    if (!t->done)
        return;
    m->figures[RES_SELECTED_EPOCH] = (double)t->selected_epoch;
    m->figures[RES_TRAIN_LOSS] = t->train_loss;
    m->figures[RES_VAL_LOSS] = t->val_loss;
    m->figures[RES_THRESHOLD_NUMBER] = t->threshold_value;
    m->figures[RES_NORMAL_RECALL] = res_normal_recall(&t->counts);
    m->figures[RES_ANOMALY_RECALL] = res_anomaly_recall(&t->counts);
    m->figures[RES_PRECISION] = res_precision(&t->counts);
    m->figures[RES_F1] = res_f1(&t->counts);
    m->figures[RES_BALANCED_ACCURACY] = res_balanced_accuracy(&t->counts);
    m->figures[RES_TRAIN_S] = t->train_s;
}

/* A training with the values that must agree within a group. */
typedef struct candidate {
    const res_report *report;
    size_t training;
} candidate;

static int compare_candidates(const void *a, const void *b)
{
    const candidate *x = a, *y = b;
    const res_report *report = x->report;
    for (size_t axis = 0; axis < report->axes.n; axis++) {
        if (report->grouped && strcmp(report->axes.names[axis], "seed") == 0)
            continue;
        int order = strcmp(res_axes_value(&report->axes, axis, x->training),
                           res_axes_value(&report->axes, axis, y->training));
        if (order != 0)
            return order;
    }
    return 0;
}

/* Group number of each training. owns the result: swp_free; NULL without memory */
static size_t *make_groups(const res_report *report)
{
    size_t n = report->n_trainings;
    size_t *groups = swp_alloc(n, sizeof *groups);
    candidate *sorted = swp_alloc(n, sizeof *sorted);
    if (!groups || !sorted) {
        swp_free(groups);
        swp_free(sorted);
        return NULL;
    }
    for (size_t i = 0; i < n; i++)
        sorted[i] = (candidate){.report = report, .training = i};
    qsort(sorted, n, sizeof *sorted, compare_candidates);
    size_t group = 0;
    for (size_t i = 0; i < n; i++) {
        if (i > 0 && compare_candidates(&sorted[i - 1], &sorted[i]) != 0)
            group++;
        groups[sorted[i].training] = group;
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

/* Trials of a row: same group, epochs and threshold. */
static int compare_points(const member *a, const member *b)
{
    int order = compare_sizes(a->group, b->group);
    if (order == 0)
        order = compare_sizes(a->trial->epochs, b->trial->epochs);
    return order ? order : compare_thresholds(a->trial->threshold, b->trial->threshold);
}

static int compare_members(const void *a, const void *b)
{
    const member *x = a, *y = b;
    int order = compare_points(x, y);
    return order ? order : compare_sizes(x->position, y->position);
}

static int compare_readings(const void *a, const void *b)
{
    const member *x = a, *y = b;
    int order = compare_sizes(x->training, y->training);
    return order ? order : compare_sizes(x->trial->selected_epoch, y->trial->selected_epoch);
}

/* The areas under the curves depend on training and selected epoch only: read each errors once. */
static swp_status add_areas(res_store *store, member *members, size_t n, swp_err *err)
{
    swp_status status = SWP_OK;
    qsort(members, n, sizeof *members, compare_readings);
    for (size_t i = 0; i < n && status == SWP_OK; i++) {
        member *m = &members[i];
        if (!m->trial->done)
            continue;
        if (i > 0 && compare_readings(m - 1, m) == 0) {
            m->figures[RES_AUROC] = m[-1].figures[RES_AUROC];
            m->figures[RES_AUPRC] = m[-1].figures[RES_AUPRC];
            continue;
        }
        res_errors errors;
        void *block;
        status = res_errors_load(store, m->trial->training, m->trial->selected_epoch, &errors,
                                 &block, err);
        if (status == SWP_OK)
            status = res_auroc(&errors, &m->figures[RES_AUROC], err);
        if (status == SWP_OK)
            status = res_auprc(&errors, &m->figures[RES_AUPRC], err);
        swp_free(block);
    }
    return status;
}

static void mean_and_sd(const member *members, size_t n, res_figure figure, double *mean,
                        double *sd)
{
    double sum = 0, squares = 0, known = 0;
    for (size_t i = 0; i < n; i++) {
        if (isnan(members[i].figures[figure]))
            continue;
        sum += members[i].figures[figure];
        known++;
    }
    *mean = known > 0 ? sum / known : (double)NAN;
    for (size_t i = 0; i < n; i++) {
        double distance = members[i].figures[figure] - *mean;
        squares += isnan(distance) ? 0 : distance * distance;
    }
    *sd = known > 1 ? sqrt(squares / (known - 1)) : (double)NAN;
}

static res_report_row make_row(const member *members, size_t n)
{
    res_report_row row = {.trial = members[0].trial,
                          .training = members[0].training,
                          .group = members[0].group,
                          .position = members[0].position};
    for (size_t i = 0; i < n; i++)
        row.n += members[i].trial->done;
    for (size_t f = 0; f < RES_FIGURES; f++)
        mean_and_sd(members, n, (res_figure)f, &row.mean[f], &row.sd[f]);
    return row;
}

static int compare_rows(const void *a, const void *b)
{
    const res_report_row *x = a, *y = b;
    return compare_sizes(x->position, y->position);
}

static size_t find_training(const res_report *report, size_t number)
{
    size_t from = 0, to = report->n_trainings;
    while (to - from > 1) {
        size_t middle = from + (to - from) / 2;
        if (report->trainings[middle].number <= number)
            from = middle;
        else
            to = middle;
    }
    return from;
}

static void set_members(const res_report *report, const size_t *groups, member *members)
{
    for (size_t i = 0; i < report->n_trials; i++) {
        const res_trial *trial = &report->trials[i];
        size_t training = find_training(report, trial->training_number);
        members[i] = (member){
            .trial = trial, .training = training, .group = groups[training], .position = i};
        set_figures(&members[i]);
    }
}

static void set_rows(res_report *report, member *members)
{
    size_t n = report->n_trials;
    qsort(members, n, sizeof *members, compare_members);
    for (size_t from = 0, to; from < n; from = to) {
        for (to = from + 1; report->grouped && to < n;) {
            if (compare_points(&members[from], &members[to]) != 0)
                break;
            to++;
        }
        report->rows[report->n_rows++] = make_row(&members[from], to - from);
    }
    qsort(report->rows, report->n_rows, sizeof *report->rows, compare_rows);
}

static swp_status make_rows(res_store *store, res_report *report, bool areas, swp_err *err)
{
    size_t n = report->n_trials;
    swp_status status = SWP_OK;
    size_t *groups = make_groups(report);
    member *members = swp_alloc(n, sizeof *members);
    report->rows = swp_alloc(n, sizeof *report->rows);
    if (!groups || !members || !report->rows) {
        status = swp_fail(err, SWP_NOMEM, "out of memory");
        goto done;
    }
    set_members(report, groups, members);
    if (areas)
        status = add_areas(store, members, n, err);
    if (status == SWP_OK)
        set_rows(report, members);
done:
    swp_free(members);
    swp_free(groups);
    return status;
}

static swp_status load(res_store *store, const char *experiment, const res_report_options *options,
                       res_report *out, swp_err *err)
{
    swp_status status = res_experiment_find(store, experiment, &out->experiment, err);
    if (status != SWP_OK)
        return status;
    int64_t revision = out->experiment.revision_id;
    status = res_trainings_list(store, revision, &out->trainings, &out->n_trainings, err);
    if (status == SWP_OK)
        status =
            res_trials_list(store, revision, &options->filter, &out->trials, &out->n_trials, err);
    if (status == SWP_OK)
        status = res_axes_load(store, revision, out->n_trainings, &out->axes, err);
    if (status != SWP_OK)
        return status;
    for (size_t axis = 0; axis < out->axes.n; axis++)
        out->grouped |= strcmp(out->axes.names[axis], "seed") == 0;
    return make_rows(store, out, options->wide, err);
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
    res_trainings_free(report->trainings, report->n_trainings);
    res_trials_free(report->trials, report->n_trials);
    res_axes_deinit(&report->axes);
    swp_free(report->rows);
    *report = (res_report){0};
}

static int compare_epochs(const void *a, const void *b)
{
    const res_report_row *x = a, *y = b;
    int order = compare_sizes(x->group, y->group);
    if (order == 0)
        order = compare_sizes(x->trial->epochs, y->trial->epochs);
    return order ? order : compare_sizes(x->position, y->position);
}

static bool is_better(const res_report_row *a, const res_report_row *b)
{
    double x = a->mean[RES_BALANCED_ACCURACY], y = b->mean[RES_BALANCED_ACCURACY];
    return isnan(y) ? !isnan(x) : x > y;
}

/* Of rows sorted by group and epochs keep the best per (group, epochs); of equals the first. */
static size_t keep_best_thresholds(res_report_row *rows, size_t n)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        res_report_row *last = kept > 0 ? &rows[kept - 1] : NULL;
        if (!last || last->group != rows[i].group || last->trial->epochs != rows[i].trial->epochs)
            rows[kept++] = rows[i];
        else if (is_better(&rows[i], last))
            *last = rows[i];
    }
    return kept;
}

static size_t keep_last_epochs(res_report_row *rows, size_t n)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++)
        if (i + 1 == n || rows[i + 1].group != rows[i].group)
            rows[kept++] = rows[i];
    return kept;
}

void res_report_condense(res_report *report, const res_trial_filter *filter, size_t most)
{
    size_t n = report->n_rows;
    if (n <= most || filter->n_thresholds > 0)
        return;
    qsort(report->rows, n, sizeof *report->rows, compare_epochs);
    n = keep_best_thresholds(report->rows, n);
    if (n > most && filter->n_epochs == 0) {
        size_t before = n;
        n = keep_last_epochs(report->rows, n);
        report->last_epochs = n < before;
    }
    qsort(report->rows, n, sizeof *report->rows, compare_rows);
    report->n_hidden = report->n_rows - n;
    report->n_rows = n;
}
