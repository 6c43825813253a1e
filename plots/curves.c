/* Curves by epoch: losses and recalls of all trials in one picture each, and the losses of
 * some trials each in its own.
 *
 * A curve is the mean of its group at each epoch, over the trials that have come so far, with a
 * band of one standard deviation. Values of one group at a time are held, one row for each epoch
 * that is drawn: of many epochs only every n-th is, as many as a panel has room for. */
#include <math.h>
#include <stdio.h>

#include "engine/base/mem.h"
#include "plots/charts_priv.h"
#include "plots/text_priv.h"

/* Epochs that are drawn, at most; and of a trial that has a page of its own. */
enum { DRAWN = 400, DRAWN_ALONE = 1000 };

/* What the two panels show of one trial: `of` fills rows of `stride` numbers, one for each epoch
 * that is drawn, where they are known. */
typedef struct curves {
    const char *name, *heading;
    const char *panels[2];
    const char *unit;
    bool shares; /* 0 to 100 */
    const bool *use;
    bool *spoils; /* (trials of the study) left out of means */
    swp_status (*fill)(const plot_task *task, size_t trial, size_t every, size_t stride,
                       double *left, double *right, swp_err *err);
} curves;

/* Row of an epoch that is drawn: 1, 1 + every, ... */
static size_t row_of(size_t epoch, size_t every)
{
    return (epoch - 1) / every;
}

static swp_status fill_losses(const plot_task *task, size_t trial, size_t every, size_t stride,
                              double *left, double *right, swp_err *err)
{
    const res_trial *t = &task->study.trials[trial];
    (void)err;
    for (size_t e = 1; e <= t->n_steps; e += every) {
        left[row_of(e, every) * stride] = res_series(t, RES_STEP_TRAIN_LOSS)[e - 1];
        right[row_of(e, every) * stride] = res_series(t, RES_STEP_VAL_LOSS)[e - 1];
    }
    return SWP_OK;
}

/* Recalls at a threshold that was not planned, from the errors of each step that is drawn. */
static swp_status fill_from_errors(const plot_task *task, size_t trial, size_t every, size_t stride,
                                   double *left, double *right, swp_err *err)
{
    const res_trial *t = &task->study.trials[trial];
    swp_status status = SWP_OK;
    for (size_t e = 1; e <= t->n_steps && status == SWP_OK; e += every) {
        res_errors errors = {0};
        void *block = NULL;
        double threshold;
        status = res_errors_load(task->store, t->id, e, &errors, &block, err);
        if (status != SWP_OK)
            return swp_wrap(err, "errors of trial %zu", t->number);
        status = res_threshold_resolve(task->recalls.threshold, &errors, &threshold, err);
        if (status == SWP_OK) {
            res_counts counts = res_count(&errors, threshold);
            left[row_of(e, every) * stride] =
                100 * (double)counts.normal_correct / (double)counts.normal_total;
            right[row_of(e, every) * stride] =
                100 * (double)counts.anomaly_correct / (double)counts.anomaly_total;
        }
        swp_free(block);
    }
    return status;
}

static swp_status fill_recalls(const plot_task *task, size_t trial, size_t every, size_t stride,
                               double *left, double *right, swp_err *err)
{
    const res_trial *t = &task->study.trials[trial];
    res_score *scores = NULL;
    size_t n = 0;
    swp_status status = res_scores_list(task->store, &task->study, trial, &task->recalls.threshold,
                                        &scores, &n, err);
    if (status == SWP_OK && n == 0)
        status = fill_from_errors(task, trial, every, stride, left, right, err);
    for (size_t i = 0; i < n && status == SWP_OK; i++) {
        const res_score *s = &scores[i];
        if (s->step == 0 || (s->step - 1) % every != 0)
            continue;
        size_t at = row_of(s->step, every) * stride;
        left[at] = 100 * (double)s->normal_correct / (double)t->n_normal;
        right[at] = 100 * (double)s->anomaly_correct / (double)t->n_anomaly;
    }
    swp_free(scores);
    return status;
}

/* Mark failed trials, which end early and often badly, where they would spoil the mean of others.
 */
static void mark_spoiling(const res_study *study, const plot_groups *groups, bool *spoils)
{
    for (size_t g = 0; g < groups->n; g++) {
        bool others = false;
        for (size_t i = groups->begin[g]; i < groups->begin[g + 1]; i++)
            others |= study->trials[groups->members[i]].state != RES_FAILED;
        for (size_t i = groups->begin[g]; i < groups->begin[g + 1]; i++)
            spoils[groups->members[i]] =
                others && study->trials[groups->members[i]].state == RES_FAILED;
    }
}

/* A block: the mean curve of a group. `values` (2, rows, largest) */
static swp_status add_curve(const plot_task *task, const curves *c, const plot_groups *groups,
                            size_t g, size_t every, size_t rows, double *values, plot_range *range,
                            swp_buf *out, swp_err *err)
{
    size_t size = plot_group_size(groups, g);
    double *left = values, *right = values + rows * groups->largest;
    for (size_t k = 0; k < 2 * rows * groups->largest; k++)
        values[k] = (double)NAN;
    for (size_t i = 0; i < size; i++) {
        size_t trial = groups->members[groups->begin[g] + i];
        if (c->spoils[trial])
            continue;
        swp_status status = c->fill(task, trial, every, groups->largest, left + i, right + i, err);
        if (status != SWP_OK)
            return status;
    }
    plot_groups_comment(&task->study, groups, g, "epoch, left, its sd, right, its sd", out);
    for (size_t row = 0; row < rows; row++) {
        const double *l = left + row * groups->largest, *r = right + row * groups->largest;
        if (res_spread_of(l, size).n + res_spread_of(r, size).n == 0)
            continue;
        swp_buf_printf(out, "%zu", 1 + row * every);
        plot_spread_add(l, size, range, out);
        plot_spread_add(r, size, range, out);
        swp_buf_puts(out, "\n");
    }
    swp_buf_puts(out, "\n\n");
    return SWP_OK;
}

/* The selected epochs of groups of one trial; *n counts them. */
static swp_status add_selected(const plot_task *task, const curves *c, const plot_groups *groups,
                               size_t *n, swp_buf *out, swp_err *err)
{
    swp_buf_puts(out, "# selected epochs: curve, epoch, left, right\nnan nan nan nan\n");
    for (size_t g = 0; g < groups->n; g++) {
        size_t trial = groups->members[groups->begin[g]];
        const res_trial *t = &task->study.trials[trial];
        const double *val = res_series(t, RES_STEP_VAL_LOSS);
        size_t selected = plot_selected(task, trial);
        if (plot_group_size(groups, g) > 1 || selected == 0 || isnan(val[0]))
            continue;
        double *values = swp_alloc(2 * t->n_steps, sizeof *values);
        if (!values)
            return swp_fail(err, SWP_NOMEM, "out of memory");
        for (size_t k = 0; k < 2 * t->n_steps; k++)
            values[k] = (double)NAN;
        swp_status status = c->fill(task, trial, 1, 1, values, values + t->n_steps, err);
        swp_buf_printf(out, "%zu %zu", g + 1, selected);
        plot_number_add(out, values[selected - 1]);
        plot_number_add(out, values[t->n_steps + selected - 1]);
        swp_buf_puts(out, "\n");
        ++*n;
        swp_free(values);
        if (status != SWP_OK)
            return status;
    }
    return SWP_OK;
}

/* What the note says beside the axes: where curves are not of all that there is. */
static void add_limits(const res_study *study, const curves *c, const plot_groups *groups,
                       size_t every, swp_buf *out)
{
    bool uneven = false, failed = false;
    for (size_t g = 0; g < groups->n; g++) {
        const res_trial *first = &study->trials[groups->members[groups->begin[g]]];
        for (size_t i = groups->begin[g]; i < groups->begin[g + 1]; i++) {
            bool left_out = c->spoils[groups->members[i]];
            failed |= left_out;
            uneven |= !left_out && study->trials[groups->members[i]].n_steps != first->n_steps;
        }
    }
    swp_buf_puts(out, uneven ? "; each epoch of those that reached it" : "");
    swp_buf_puts(out, failed ? "; without failed trials" : "");
    if (every > 1)
        swp_buf_printf(out, "; 1 in %zu epochs drawn", every);
}

static void add_head(const plot_task *task, const curves *c, const plot_groups *groups,
                     size_t epochs, size_t every, swp_buf *out)
{
    const res_experiment *e = &task->study.experiment;
    swp_buf text = {0}, note = {0};
    plot_heading(task, c->heading, out);
    if (c->shares) {
        plot_recalls_head(task, out);
    } else {
        plot_text_add(&text, e->data_name, PLOT_DATA_CHARS);
        swp_buf_printf(&text, ": %zu training and %zu validation sequences", e->n_train, e->n_val);
        plot_text_assign(out, "subheading", &text);
    }
    plot_groups_note(&task->study, groups, "mean and band of one sd", &note);
    add_limits(&task->study, c, groups, every, &note);
    plot_text_assign(out, "note", &note);
    plot_groups_head(&task->study, groups, NULL, out);
    plot_facets_head(task, groups, out);
    plot_text_set(out, "unit", c->unit, SIZE_MAX);
    plot_array_begin(out, "panels", 2);
    plot_text_quote(out, c->panels[0], SIZE_MAX);
    swp_buf_puts(out, ", ");
    plot_text_quote(out, c->panels[1], SIZE_MAX);
    swp_buf_printf(out, "]\nshares = %d\nepochs = %zu\nbands = %d\n", c->shares, epochs,
                   groups->largest > 1);
}

static swp_status add_chart(plot_task *task, curves *c, swp_err *err)
{
    const res_study *study = &task->study;
    plot_groups groups;
    plot_chart chart = {.script = plot_curves_gp};
    plot_range range = PLOT_NO_RANGE;
    size_t epochs = 0, n_selected = 0;
    snprintf(chart.name, sizeof chart.name, "%s", c->name);
    swp_status status = plot_groups_make(task, c->use, &plot_curves, SIZE_MAX, &groups, err);
    for (size_t t = 0; t < study->n_trials; t++)
        if (c->use[t] && study->trials[t].n_steps > epochs)
            epochs = study->trials[t].n_steps;
    size_t every = epochs > 0 ? (epochs + DRAWN - 1) / DRAWN : 1;
    size_t rows = epochs > 0 ? row_of(epochs, every) + 1 : 0;
    double *values = swp_alloc(2 * rows, groups.largest * sizeof *values);
    c->spoils = swp_alloc(study->n_trials, sizeof *c->spoils);
    if (status == SWP_OK && (!values || !c->spoils))
        status = swp_fail(err, SWP_NOMEM, "out of memory");
    if (status == SWP_OK) {
        mark_spoiling(study, &groups, c->spoils);
        add_head(task, c, &groups, epochs, every, &chart.head);
    }
    for (size_t g = 0; g < groups.n && status == SWP_OK; g++)
        status = add_curve(task, c, &groups, g, every, rows, values, &range, &chart.data, err);
    if (status == SWP_OK)
        status = add_selected(task, c, &groups, &n_selected, &chart.data, err);
    swp_buf_printf(&chart.head, "n_selected = %zu\n", n_selected);
    plot_range_head(&range, &chart.head);
    if (status == SWP_OK && range.low > range.high)
        plot_leave_out(task, c->name, "what it shows was not recorded");
    else if (status == SWP_OK)
        status = plot_sheet_add(&task->sheet, &chart, err);
    plot_chart_deinit(&chart);
    swp_free(c->spoils);
    swp_free(values);
    plot_groups_deinit(&groups);
    return status;
}

static bool has_losses(const res_trial *t)
{
    return t->n_steps > 0 && !(isnan(res_series(t, RES_STEP_TRAIN_LOSS)[0]) &&
                               isnan(res_series(t, RES_STEP_VAL_LOSS)[0]));
}

swp_status plot_loss_curves(plot_task *task, swp_err *err)
{
    const res_study *study = &task->study;
    bool *use = swp_alloc(study->n_trials, sizeof *use);
    if (!use)
        return swp_fail(err, SWP_NOMEM, "out of memory");
    for (size_t t = 0; t < study->n_trials; t++)
        use[t] = task->wanted[t] && has_losses(&study->trials[t]);
    curves losses = {
        .name = "loss_curves",
        .heading = "Loss by epoch",
        .panels = {"training", "validation"},
        .unit = task->unit,
        .use = use,
        .fill = fill_losses,
    };
    swp_status status = add_chart(task, &losses, err);
    swp_free(use);
    return status;
}

swp_status plot_recall_curves(plot_task *task, swp_err *err)
{
    curves recalls = {
        .name = "recall_curves",
        .heading = "Recall by epoch",
        .panels = {res_metric_at(&task->study, RES_NORMAL_RECALL).title,
                   res_metric_at(&task->study, RES_ANOMALY_RECALL).title},
        .unit = "recall (%)",
        .shares = true,
        .use = task->recalls.use,
        .fill = fill_recalls,
    };
    return add_chart(task, &recalls, err);
}

static void add_trial_head(const plot_task *task, const res_trial *t, const char *role,
                           size_t every, swp_buf *out)
{
    const res_experiment *e = &task->study.experiment;
    char what[64];
    swp_buf text = {0};
    snprintf(what, sizeof what, "Loss by epoch, trial %zu", t->number);
    plot_heading(task, what, out);
    plot_text_add(&text, e->data_name, PLOT_DATA_CHARS);
    swp_buf_printf(&text, ": %zu training and %zu validation sequences", e->n_train, e->n_val);
    if (*role)
        swp_buf_printf(&text, "; the %s of its setting", role);
    if (t->state == RES_FAILED)
        swp_buf_printf(&text, "; failed after epoch %zu", t->n_steps);
    if (every > 1)
        swp_buf_printf(&text, "; 1 in %zu epochs drawn", every);
    plot_text_assign(out, "subheading", &text);
    plot_text_set(out, "note", t->label, SIZE_MAX);
    plot_text_set(out, "unit", task->unit, SIZE_MAX);
}

static swp_status add_trial(plot_task *task, size_t trial, const char *role, swp_err *err)
{
    const res_trial *t = &task->study.trials[trial];
    const double *train = res_series(t, RES_STEP_TRAIN_LOSS),
                 *val = res_series(t, RES_STEP_VAL_LOSS);
    size_t every = (t->n_steps + DRAWN_ALONE - 1) / DRAWN_ALONE;
    size_t selected = isnan(val[0]) ? 0 : plot_selected(task, trial);
    plot_range range = PLOT_NO_RANGE;
    plot_chart chart = {.script = plot_trial_curve_gp};
    plot_single_name(task, "trial", trial, chart.name);
    add_trial_head(task, t, role, every, &chart.head);
    swp_buf_printf(&chart.head, "epochs = %zu\nselected = %zu\n", t->n_steps, selected);
    swp_buf_puts(&chart.data, "# epoch, training loss, validation loss\n");
    for (size_t e = 1; e <= t->n_steps; e++) {
        if ((e - 1) % every != 0 && e != selected)
            continue;
        swp_buf_printf(&chart.data, "%zu", e);
        plot_number_add(&chart.data, train[e - 1]);
        plot_number_add(&chart.data, val[e - 1]);
        swp_buf_puts(&chart.data, "\n");
        range.low = fmin(range.low, fmin(train[e - 1], val[e - 1]));
        range.high = fmax(range.high, fmax(train[e - 1], val[e - 1]));
    }
    plot_range_head(&range, &chart.head);
    return plot_sheet_add(&task->sheet, &chart, err);
}

swp_status plot_trials(plot_task *task, swp_err *err)
{
    const res_study *study = &task->study;
    size_t n = 0, drawn = 0;
    bool *use = swp_alloc(study->n_trials, sizeof *use);
    const char **roles = swp_alloc(study->n_trials, sizeof *roles);
    swp_status status = use && roles ? SWP_OK : swp_fail(err, SWP_NOMEM, "out of memory");
    for (size_t t = 0; t < study->n_trials && status == SWP_OK; t++) {
        use[t] = task->wanted[t] && has_losses(&study->trials[t]);
        n += use[t];
    }
    if (status == SWP_OK)
        status = plot_singles_choose(task, use, roles, err);
    for (size_t t = 0; t < study->n_trials && status == SWP_OK; t++) {
        if (!roles[t])
            continue;
        status = add_trial(task, t, roles[t], err);
        drawn++;
    }
    char text[200];
    snprintf(text, sizeof text,
             "%zu of %zu trials have no picture of their own: the best, median and worst of each "
             "setting get one; `sweep export --what epochs` has the losses of all",
             n - drawn, n);
    if (status == SWP_OK && n > drawn && task->options->note)
        task->options->note(text, task->options->context);
    swp_free(use);
    swp_free(roles);
    return status;
}
