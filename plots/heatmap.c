/* Metrics over two settings that vary, as heat maps. */
#include <string.h>

#include "engine/base/mem.h"
#include "plots/axes_priv.h"
#include "plots/moments_priv.h"
#include "plots/text_priv.h"

/* The two axes: more values go from left to right. */
typedef struct grid {
    const plot_axis *x, *y;
    const res_trial **trials; /* (n) of the chosen epoch count and threshold */
    size_t n;
} grid;

enum { N_METRICS = 8 };

static const char columns[] =
    "validation loss, train loss, normal recall (%), anomaly recall (%), "
    "balanced accuracy (%), F1 (%), AUROC, area under precision and recall";

static size_t training_of(const plot_task *task, const res_trial *trial)
{
    size_t t = 0;
    while (task->recalls.of[t] != trial)
        t++;
    return t;
}

static swp_status measure(const plot_task *task, const res_trial *trial, double out[N_METRICS],
                          swp_err *err)
{
    const res_errors *errors = &task->errors.of[training_of(task, trial)];
    out[0] = trial->val_loss;
    out[1] = trial->train_loss;
    out[2] = 100 * res_normal_recall(&trial->counts);
    out[3] = 100 * res_anomaly_recall(&trial->counts);
    out[4] = 100 * res_balanced_accuracy(&trial->counts);
    out[5] = 100 * res_f1(&trial->counts);
    swp_status status = res_auroc(errors, &out[6], err);
    return status == SWP_OK ? res_auprc(errors, &out[7], err) : status;
}

/* One row: a cell and the means of its trials. */
static swp_status add_cell(const plot_task *task, const grid *g, size_t x, size_t y, swp_buf *out,
                           swp_err *err)
{
    plot_moments means[N_METRICS] = {{0}};
    swp_status status = SWP_OK;
    for (size_t i = 0; i < g->n && status == SWP_OK; i++) {
        double values[N_METRICS];
        if (g->x->of[i] != x || g->y->of[i] != y)
            continue;
        status = measure(task, g->trials[i], values, err);
        for (size_t m = 0; m < N_METRICS && status == SWP_OK; m++)
            plot_moments_add(&means[m], values[m]);
    }
    if (status != SWP_OK || means[0].n == 0)
        return status;
    swp_buf_printf(out, "%zu %zu %zu", x + 1, y + 1, means[0].n);
    for (size_t m = 0; m < N_METRICS; m++)
        swp_buf_printf(out, " %.6g", means[m].mean);
    swp_buf_puts(out, "\n");
    return SWP_OK;
}

static void add_name(const char *variable, const plot_axis *axis, swp_buf *out)
{
    swp_buf_printf(out, "%s = ", variable);
    plot_text_quote(out, plot_axis_name(axis), PLOT_LABEL_CHARS);
    swp_buf_puts(out, "\n");
}

static void add_head(const plot_task *task, const grid *g, size_t n_axes, swp_buf *out)
{
    const res_experiment *e = &task->study.experiment;
    char threshold[RES_THRESHOLD_TEXT_SIZE];
    swp_buf text = {0};
    plot_text_add(&text, e->data_name, PLOT_DATA_CHARS);
    swp_buf_printf(&text, ": threshold %s; %zu epochs",
                   res_threshold_format(task->recalls.threshold, threshold), task->recalls.epochs);
    if (n_axes > 2 || g->n > g->x->n * g->y->n)
        swp_buf_puts(&text, "; means over all other settings");
    plot_study_heading(&task->study, "Metrics by two settings", out);
    plot_text_assign(out, "subheading", &text);
    add_name("x_name", g->x, out);
    plot_axes_values(g->x, 1, "x_values", out);
    add_name("y_name", g->y, out);
    plot_axes_values(g->y, 1, "y_values", out);
    swp_buf_printf(out, "nx = %zu\nny = %zu\n", g->x->n, g->y->n);
}

static swp_status add_chart(plot_task *task, const grid *g, size_t n_axes, swp_err *err)
{
    plot_chart chart = {.name = "heatmap", .script = plot_heatmap_gp};
    swp_status status = SWP_OK;
    add_head(task, g, n_axes, &chart.head);
    swp_buf_printf(&chart.data, "# x, y, trials, %s\n", columns);
    for (size_t y = 0; y < g->y->n && status == SWP_OK; y++)
        for (size_t x = 0; x < g->x->n && status == SWP_OK; x++)
            status = add_cell(task, g, x, y, &chart.data, err);
    if (status == SWP_OK)
        return plot_sheet_add(&task->sheet, &chart, err);
    plot_chart_deinit(&chart);
    return status;
}

/* The first two axes that decide trainings, the seed aside; *n counts all such axes. */
static void choose_axes(const plot_axes *axes, grid *g, size_t *n)
{
    *n = 0;
    for (size_t a = 0; a < axes->n; a++) {
        const plot_axis *axis = &axes->list[a];
        if (strcmp(axis->key, "train.seed") == 0)
            continue;
        ++*n;
        if (*n == 1)
            g->x = axis;
        else if (*n == 2)
            g->y = axis;
    }
    if (*n >= 2 && g->y->n > g->x->n) {
        const plot_axis *wider = g->y;
        g->y = g->x;
        g->x = wider;
    }
}

swp_status plot_heatmap(plot_task *task, swp_err *err)
{
    plot_axes axes = {0};
    grid g = {.trials = swp_alloc(task->study.n, sizeof *g.trials)};
    size_t n_axes = 0;
    if (!g.trials)
        return swp_fail(err, SWP_NOMEM, "out of memory");
    for (size_t t = 0; t < task->study.n; t++)
        if (task->recalls.use[t])
            g.trials[g.n++] = task->recalls.of[t];
    swp_status status = plot_axes_load(task, g.trials, g.n, &axes, err);
    if (status == SWP_OK)
        choose_axes(&axes, &g, &n_axes);
    if (status == SWP_OK && n_axes < 2)
        plot_leave_out(task, "heatmap", "fewer than two settings of trainings vary");
    else if (status == SWP_OK)
        status = add_chart(task, &g, n_axes, err);
    plot_axes_deinit(&axes);
    swp_free(g.trials);
    return status;
}
