/* Loss curves: all trials in one picture, and the first ones each by itself. */
#include <stdio.h>

#include "engine/base/mem.h"
#include "plots/charts_priv.h"
#include "plots/moments_priv.h"
#include "plots/text_priv.h"

static void add_subheading(const plot_study *study, const char *more, swp_buf *out)
{
    swp_buf text = {0};
    plot_text_add(&text, study->experiment.data_name, PLOT_DATA_CHARS);
    swp_buf_printf(&text, ": %zu training and %zu validation sequences%s",
                   study->experiment.n_train, study->experiment.n_val, more);
    plot_text_assign(out, "subheading", &text);
    swp_buf_puts(out, "unit = ");
    plot_text_quote(out, study->unit, SIZE_MAX);
    swp_buf_puts(out, "\n");
}

/* Epochs that every trial of a group has recorded. */
static size_t common_epochs(const plot_study *study, const plot_groups *groups, size_t g)
{
    size_t least = SIZE_MAX;
    for (size_t i = 0; i < study->n; i++)
        if (groups->of[i] == g && study->trials[i].n_epochs < least)
            least = study->trials[i].n_epochs;
    return least;
}

/* One block of the data: the mean curve of a group. */
static void add_curve(const plot_study *study, const plot_groups *groups, size_t g, swp_buf *out)
{
    size_t epochs = common_epochs(study, groups, g);
    plot_groups_label(groups, g, "epoch, train loss, validation loss, their sd", out);
    for (size_t e = 0; e < epochs; e++) {
        plot_moments train = {0}, val = {0};
        for (size_t i = 0; i < study->n; i++) {
            if (groups->of[i] != g)
                continue;
            plot_moments_add(&train, study->trials[i].train_loss[e]);
            plot_moments_add(&val, study->trials[i].val_loss[e]);
        }
        swp_buf_printf(out, "%zu", e + 1);
        plot_number_add(out, train.mean);
        plot_number_add(out, val.mean);
        plot_number_add(out, plot_moments_sd(&train));
        plot_number_add(out, plot_moments_sd(&val));
        swp_buf_puts(out, "\n");
    }
    swp_buf_puts(out, "\n\n");
}

/* Means leave failed trials out, which would cut them short, unless there is nothing else. */
static size_t choose_curves(const plot_study *study, bool means, bool *use)
{
    size_t n = 0;
    for (size_t i = 0; i < study->n; i++) {
        const res_trial *t = &study->trials[i];
        use[i] = t->n_epochs > 0 && !(means && t->status == RES_FAILED);
        n += use[i];
    }
    return n;
}

static swp_status group_curves(const plot_study *study, plot_groups *out, swp_err *err)
{
    bool *use = swp_alloc(study->n, sizeof *use);
    if (!use) {
        *out = (plot_groups){0};
        return swp_fail(err, SWP_NOMEM, "out of memory");
    }
    choose_curves(study, false, use);
    swp_status status = plot_groups_make(study, use, PLOT_EACH, PLOT_CURVES, out, err);
    if (status == SWP_OK && out->level > PLOT_EACH && choose_curves(study, true, use) > 0) {
        plot_level level = out->level;
        plot_groups_deinit(out);
        status = plot_groups_make(study, use, level, PLOT_CURVES, out, err);
    }
    swp_free(use);
    return status;
}

/* The line "array selected[n] = ...": the selected epoch of a group that is one trial, else 0.
 */
static void add_selected(const plot_study *study, const plot_groups *groups, swp_buf *out)
{
    swp_buf_printf(out, "array selected[%zu] = [", groups->n);
    for (size_t g = 0; g < groups->n; g++) {
        const res_trial *only = study->trials;
        while (groups->of[only - study->trials] != g)
            only++;
        size_t selected =
            groups->sizes[g] > 1 ? 0 : res_selected_epoch(only->val_loss, only->n_epochs);
        swp_buf_printf(out, "%s%zu", g > 0 ? ", " : "", selected);
    }
    swp_buf_puts(out, "]\n");
}

swp_status plot_loss_curves(plot_task *task, swp_err *err)
{
    const plot_study *study = &task->study;
    plot_groups groups;
    swp_status status = group_curves(study, &groups, err);
    if (status != SWP_OK)
        goto done;
    static const char *const more[] = {
        [PLOT_EACH] = "",
        [PLOT_SEEDS] = "; mean and sd of the seeds",
        [PLOT_DIMS] = "; mean and sd of the trials of a dimension",
    };
    plot_chart chart = {.name = "loss_curves", .script = plot_loss_curves_gp};
    plot_study_heading(study, "Loss by epoch", &chart.head);
    add_subheading(study, more[groups.largest > 1 ? groups.level : PLOT_EACH], &chart.head);
    plot_groups_head(&groups, &chart.head);
    add_selected(study, &groups, &chart.head);
    size_t epochs = 0;
    for (size_t g = 0; g < groups.n; g++) {
        size_t common = common_epochs(study, &groups, g);
        epochs = common > epochs ? common : epochs;
        add_curve(study, &groups, g, &chart.data);
    }
    swp_buf_printf(&chart.head, "labels_title = '%s'\nepochs = %zu\nbands = %d\n",
                   groups.by_dim ? "dimension E" : "setting", epochs, groups.largest > 1);
    status = plot_sheet_add(&task->sheet, &chart, err);
done:
    plot_groups_deinit(&groups);
    return status;
}

static swp_status add_one(const plot_study *study, const res_trial *t, plot_sheet *sheet,
                          swp_err *err)
{
    char *label = plot_trial_label(t, true);
    if (!label)
        return swp_fail(err, SWP_NOMEM, "out of memory");
    plot_chart chart = {.script = plot_trial_curve_gp};
    snprintf(chart.name, sizeof chart.name, "trial_%03zu_e%zu", t->number, t->embedding_dim);
    char what[64];
    snprintf(what, sizeof what, "Loss by epoch, E=%zu", t->embedding_dim);
    swp_buf more = {0};
    swp_buf_printf(&more, "; trial %zu%s", t->number, *label ? ": " : "");
    plot_text_add(&more, label, PLOT_LABEL_CHARS);
    if (t->status == RES_FAILED)
        swp_buf_printf(&more, " (failed after epoch %zu)", t->n_epochs);
    plot_study_heading(study, what, &chart.head);
    add_subheading(study, more.failed ? "" : more.text, &chart.head);
    swp_buf_printf(&chart.head, "epochs = %zu\nselected = %zu\n", t->n_epochs,
                   res_selected_epoch(t->val_loss, t->n_epochs));
    swp_buf_puts(&chart.data, "# epoch, training loss, validation loss\n");
    for (size_t e = 0; e < t->n_epochs; e++) {
        swp_buf_printf(&chart.data, "%zu", e + 1);
        plot_number_add(&chart.data, t->train_loss[e]);
        plot_number_add(&chart.data, t->val_loss[e]);
        swp_buf_puts(&chart.data, "\n");
    }
    chart.head.failed |= more.failed;
    swp_buf_deinit(&more);
    swp_free(label);
    return plot_sheet_add(sheet, &chart, err);
}

static void note_left_out(const plot_options *options, size_t n)
{
    char text[160];
    snprintf(text, sizeof text,
             "%zu trials have no picture of their own: only the first %d get one; "
             "`sweep export --what epochs` has the losses of all",
             n, PLOT_SINGLES);
    if (n > 0 && options->note)
        options->note(text, options->context);
}

swp_status plot_trials(plot_task *task, swp_err *err)
{
    size_t drawn = 0, left_out = 0;
    swp_status status = SWP_OK;
    for (size_t i = 0; i < task->study.n && status == SWP_OK; i++) {
        const res_trial *trial = &task->study.trials[i];
        if (trial->n_epochs == 0)
            continue;
        if (drawn == PLOT_SINGLES) {
            left_out++;
            continue;
        }
        status = add_one(&task->study, trial, &task->sheet, err);
        drawn++;
    }
    if (status == SWP_OK)
        note_left_out(task->options, left_out);
    return status;
}
