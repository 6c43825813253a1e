/* Loss at the selected epoch against the embedding dimension. */
#include <string.h>

#include "engine/base/mem.h"
#include "plots/charts_priv.h"
#include "plots/moments_priv.h"
#include "plots/text_priv.h"

/* One row: a dimension and what its trials came to. */
static void add_row(const plot_study *study, const plot_groups *groups, size_t g, swp_buf *out)
{
    plot_moments train = {0}, val = {0};
    size_t dim = 0;
    for (size_t i = 0; i < study->n; i++) {
        const res_trial *t = &study->trials[i];
        if (groups->of[i] != g)
            continue;
        size_t selected = res_selected_epoch(t->val_loss, t->n_epochs);
        dim = t->embedding_dim;
        plot_moments_add(&train, t->train_loss[selected - 1]);
        plot_moments_add(&val, t->val_loss[selected - 1]);
    }
    swp_buf_printf(out, "%zu", dim);
    plot_number_add(out, train.mean);
    plot_number_add(out, plot_moments_sd(&train));
    plot_number_add(out, val.mean);
    plot_number_add(out, plot_moments_sd(&val));
    swp_buf_printf(out, " %zu\n", train.n);
}

static const char *arch_of(const plot_study *study, const plot_groups *groups, size_t g)
{
    size_t i = 0;
    while (groups->of[i] != g)
        i++;
    return study->trials[i].arch;
}

/* A block for each architecture; groups come by architecture. Their names go to *names. */
static size_t add_blocks(const plot_study *study, const plot_groups *groups, swp_buf *names,
                         swp_buf *out)
{
    size_t n = 0;
    const char *before = "";
    for (size_t g = 0; g < groups->n; g++) {
        const char *arch = arch_of(study, groups, g);
        if (strcmp(arch, before) != 0) {
            swp_buf_puts(names, n > 0 ? ", " : "");
            plot_text_quote(names, arch, PLOT_LABEL_CHARS);
            swp_buf_puts(out, n > 0 ? "\n\n" : "");
            swp_buf_puts(out, "# dimension, train loss, its sd, validation loss, its sd, "
                              "trials\n");
            n++;
        }
        before = arch;
        add_row(study, groups, g, out);
    }
    return n;
}

static void add_subheading(const plot_study *study, const plot_groups *groups, swp_buf *out)
{
    swp_buf text = {0};
    plot_text_add(&text, study->experiment.data_name, PLOT_DATA_CHARS);
    swp_buf_puts(&text, ": loss at the epoch with the smallest validation loss");
    if (groups->largest > 1)
        swp_buf_printf(&text, "; mean and sd of up to %zu trials", groups->largest);
    plot_text_assign(out, "subheading", &text);
    swp_buf_puts(out, "unit = ");
    plot_text_quote(out, study->unit, SIZE_MAX);
    swp_buf_puts(out, "\n");
}

static swp_status add_chart(plot_task *task, const plot_groups *groups, swp_err *err)
{
    plot_chart chart = {.name = "final_loss", .script = plot_final_loss_gp};
    swp_buf names = {0};
    plot_study_heading(&task->study, "Loss by embedding dimension", &chart.head);
    add_subheading(&task->study, groups, &chart.head);
    size_t n = add_blocks(&task->study, groups, &names, &chart.data);
    swp_buf_printf(&chart.head, "n = %zu\narray archs[%zu] = [%s]\n", n, n,
                   names.failed ? "" : names.text);
    chart.head.failed |= names.failed;
    swp_buf_deinit(&names);
    return plot_sheet_add(&task->sheet, &chart, err);
}

/* Only finished trials have a final loss. */
swp_status plot_final_loss(plot_task *task, swp_err *err)
{
    const plot_study *study = &task->study;
    bool *use = swp_alloc(study->n, sizeof *use);
    if (!use)
        return swp_fail(err, SWP_NOMEM, "out of memory");
    for (size_t i = 0; i < study->n; i++)
        use[i] = study->trials[i].status == RES_DONE && study->trials[i].n_epochs > 0;
    plot_groups groups;
    swp_status status = plot_groups_make(study, use, PLOT_DIMS, PLOT_BARS, &groups, err);
    if (status == SWP_OK && groups.n < 2)
        plot_leave_out(task, "final_loss", "fewer than two dimensions are trained");
    else if (status == SWP_OK)
        status = add_chart(task, &groups, err);
    plot_groups_deinit(&groups);
    swp_free(use);
    return status;
}
