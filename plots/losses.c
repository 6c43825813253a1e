/* Loss curves: all trainings in one picture, and the first ones each by itself. */
#include <stdio.h>

#include "engine/base/mem.h"
#include "plots/charts_priv.h"
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

static void add_epoch(swp_buf *out, size_t epoch, double train, double val)
{
    swp_buf_printf(out, "%zu", epoch);
    plot_number_add(out, train);
    plot_number_add(out, val);
    swp_buf_puts(out, "\n");
}

/* Epochs that every training of a group has recorded. */
static size_t common_epochs(const plot_study *study, const plot_groups *groups, size_t g)
{
    size_t least = SIZE_MAX;
    for (size_t i = 0; i < study->n; i++)
        if (groups->of[i] == g && study->trainings[i].n_epochs < least)
            least = study->trainings[i].n_epochs;
    return least;
}

/* One block of the data: the mean curve of a group. */
static void add_curve(const plot_study *study, const plot_groups *groups, size_t g, swp_buf *out)
{
    size_t epochs = common_epochs(study, groups, g);
    swp_buf_puts(out, "# ");
    plot_text_add(out, groups->labels[g], PLOT_LABEL_CHARS);
    swp_buf_puts(out, "\n");
    for (size_t e = 0; e < epochs; e++) {
        double train = 0, val = 0;
        for (size_t i = 0; i < study->n; i++) {
            if (groups->of[i] != g)
                continue;
            train += study->trainings[i].train_loss[e];
            val += study->trainings[i].val_loss[e];
        }
        double size = (double)groups->sizes[g];
        add_epoch(out, e + 1, train / size, val / size);
    }
    swp_buf_puts(out, "\n\n");
}

/* Means leave failed trainings out, which would cut them short, unless there is nothing else. */
static size_t choose_curves(const plot_study *study, bool means, bool *use)
{
    size_t n = 0;
    for (size_t i = 0; i < study->n; i++) {
        const res_training *t = &study->trainings[i];
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

static swp_status add_all(const plot_study *study, plot_sheet *sheet, swp_err *err)
{
    plot_groups groups;
    swp_status status = group_curves(study, &groups, err);
    if (status != SWP_OK)
        goto done;
    static const char *const more[] = {
        [PLOT_EACH] = "",
        [PLOT_SEEDS] = "; means over seeds",
        [PLOT_DIMS] = "; means over the trainings of a dimension",
    };
    plot_chart chart = {.name = "loss_curves", .script = plot_loss_curves_gp};
    plot_study_heading(study, "Loss by epoch", &chart.head);
    add_subheading(study, more[groups.largest > 1 ? groups.level : PLOT_EACH], &chart.head);
    plot_groups_head(&groups, &chart.head);
    size_t epochs = 0;
    for (size_t g = 0; g < groups.n; g++) {
        size_t common = common_epochs(study, &groups, g);
        epochs = common > epochs ? common : epochs;
        add_curve(study, &groups, g, &chart.data);
    }
    swp_buf_printf(&chart.head, "labels_title = '%s'\nepochs = %zu\n",
                   groups.by_dim ? "dimension E" : "setting", epochs);
    status = plot_sheet_add(sheet, &chart, err);
done:
    plot_groups_deinit(&groups);
    return status;
}

static swp_status add_one(const plot_study *study, const res_training *t, plot_sheet *sheet,
                          swp_err *err)
{
    char *label = plot_training_label(t, true);
    if (!label)
        return swp_fail(err, SWP_NOMEM, "out of memory");
    plot_chart chart = {.script = plot_training_curve_gp};
    snprintf(chart.name, sizeof chart.name, "training_%03zu_e%zu", t->number, t->embedding_dim);
    char what[64];
    snprintf(what, sizeof what, "Loss by epoch, E=%zu", t->embedding_dim);
    swp_buf more = {0};
    swp_buf_printf(&more, "; training %zu%s", t->number, *label ? ": " : "");
    plot_text_add(&more, label, PLOT_LABEL_CHARS);
    if (t->status == RES_FAILED)
        swp_buf_printf(&more, " (failed after epoch %zu)", t->n_epochs);
    plot_study_heading(study, what, &chart.head);
    add_subheading(study, more.failed ? "" : more.text, &chart.head);
    swp_buf_printf(&chart.head, "epochs = %zu\nselected = %zu\n", t->n_epochs,
                   res_selected_epoch(t->val_loss, t->n_epochs));
    swp_buf_puts(&chart.data, "# epoch, training loss, validation loss\n");
    for (size_t e = 0; e < t->n_epochs; e++)
        add_epoch(&chart.data, e + 1, t->train_loss[e], t->val_loss[e]);
    chart.head.failed |= more.failed;
    swp_buf_deinit(&more);
    swp_free(label);
    return plot_sheet_add(sheet, &chart, err);
}

swp_status plot_losses(const plot_study *study, plot_sheet *sheet, size_t *left_out, swp_err *err)
{
    size_t drawn = 0;
    *left_out = 0;
    swp_status status = add_all(study, sheet, err);
    for (size_t i = 0; i < study->n && status == SWP_OK; i++) {
        if (study->trainings[i].n_epochs == 0)
            continue;
        if (drawn == PLOT_SINGLES) {
            ++*left_out;
            continue;
        }
        status = add_one(study, &study->trainings[i], sheet, err);
        drawn++;
    }
    return status;
}
