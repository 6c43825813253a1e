/* Recall against the threshold, from the stored errors. */
#include <math.h>
#include <string.h>

#include "engine/base/mem.h"
#include "plots/charts_priv.h"
#include "plots/text_priv.h"

/* Steps of a curve: about one a pixel. */
enum { STEPS = 400 };

/* Errors of every training in use, at its selected epoch. */
typedef struct errors_table {
    res_errors *of;     /* (trainings of the study) */
    void **blocks;      /* (trainings of the study) what they point into */
    double first, last; /* ends of the axis, a little beyond the errors */
} errors_table;

/* Widen the range, which begins as 0, 0, to hold the errors. An error of 0 has no place on a
 * logarithmic axis. */
static void widen(const float *errors, size_t n, double *least, double *most)
{
    for (size_t i = 0; i < n; i++) {
        double error = (double)errors[i];
        if (error > 0 && (*least <= 0 || error < *least))
            *least = error;
        *most = fmax(*most, error);
    }
}

static swp_status load_errors(res_store *store, const plot_study *study,
                              const plot_recalls *recalls, errors_table *out, swp_err *err)
{
    out->of = swp_alloc(study->n, sizeof *out->of);
    out->blocks = swp_alloc(study->n, sizeof *out->blocks);
    if (!out->of || !out->blocks)
        return swp_fail(err, SWP_NOMEM, "out of memory");
    double least = 0, most = 0;
    swp_status status = SWP_OK;
    for (size_t i = 0; i < study->n && status == SWP_OK; i++) {
        if (!recalls->use[i])
            continue;
        status = res_errors_load(store, study->trainings[i].id, recalls->of[i]->selected_epoch,
                                 &out->of[i], &out->blocks[i], err);
        widen(out->of[i].test, out->of[i].n_test, &least, &most);
        widen(out->of[i].anomaly, out->of[i].n_anomaly, &least, &most);
    }
    out->first = most > 0 ? 0.95 * least : 0.1;
    out->last = most > 0 ? 1.05 * most : 1;
    return status;
}

static void errors_deinit(const plot_study *study, errors_table *table)
{
    for (size_t i = 0; table->blocks && i < study->n; i++)
        swp_free(table->blocks[i]);
    swp_free(table->blocks);
    swp_free(table->of);
}

static void add_label(const plot_groups *groups, size_t g, const char *what, swp_buf *out)
{
    swp_buf_puts(out, "# ");
    plot_text_add(out, groups->labels[g], PLOT_LABEL_CHARS);
    swp_buf_printf(out, ": %s\n", what);
}

/* Equal ratios from first to last: one far outlier shall not squeeze all that matters into a
 * corner. In float32, as the errors are, which keeps the numbers short. */
static double threshold_at(const errors_table *table, int step)
{
    double share = (double)step / STEPS;
    return (double)(float)(table->first * pow(table->last / table->first, share));
}

/* Mean recalls of a group over the whole range of errors. */
static void add_curve(const plot_study *study, const errors_table *table, const plot_groups *groups,
                      size_t g, swp_buf *out)
{
    add_label(groups, g, "threshold, normal recall (%), anomaly recall (%)", out);
    for (int step = 0; step <= STEPS; step++) {
        double threshold = threshold_at(table, step), normal = 0, anomaly = 0;
        for (size_t i = 0; i < study->n; i++) {
            if (groups->of[i] != g)
                continue;
            res_counts counts = res_count(&table->of[i], threshold);
            normal += res_normal_recall(&counts);
            anomaly += res_anomaly_recall(&counts);
        }
        double size = (double)groups->sizes[g];
        char text[SWP_NUMBER_SIZE];
        swp_buf_puts(out, swp_format_float((float)threshold, text));
        plot_number_add(out, 100 * normal / size);
        plot_number_add(out, 100 * anomaly / size);
        swp_buf_puts(out, "\n");
    }
    swp_buf_puts(out, "\n\n");
}

/* The first training of a group that has `training`, PLOT_NO_GROUP if it has not. */
static size_t first_member(const plot_study *study, const plot_groups *groups, size_t g,
                           int64_t training)
{
    size_t first = PLOT_NO_GROUP;
    for (size_t i = 0; i < study->n; i++) {
        if (groups->of[i] != g)
            continue;
        first = i < first ? i : first;
        if (study->trainings[i].id == training)
            return first;
    }
    return PLOT_NO_GROUP;
}

/* Where the planned thresholds lie. A number is the same for all trainings and named once. */
static void add_planned(const plot_study *study, const plot_recalls *recalls,
                        const plot_groups *groups, size_t g, swp_buf *out)
{
    add_label(groups, g, "planned threshold, 1 if it is the one of recall_bars.gp", out);
    for (size_t i = 0; i < recalls->n_trials; i++) {
        const res_trial *trial = &recalls->trials[i];
        if (!plot_trial_compared(recalls, trial))
            continue;
        size_t first = first_member(study, groups, g, trial->training);
        if (first == PLOT_NO_GROUP || (trial->threshold.kind == RES_THRESHOLD_VALUE &&
                                       study->trainings[first].id != trial->training))
            continue;
        plot_number_add(out, trial->threshold_value);
        swp_buf_printf(out, " %d\n", plot_trial_chosen(recalls, trial));
    }
    swp_buf_puts(out, "\n\n");
}

static void add_head(const plot_study *study, const plot_recalls *recalls,
                     const plot_groups *groups, const errors_table *table, swp_buf *out)
{
    char threshold[RES_THRESHOLD_TEXT_SIZE];
    plot_study_heading(study, "Recall by threshold", out);
    plot_recalls_subheading(recalls, study, groups, "mean", out);
    plot_groups_head(groups, out);
    swp_buf_printf(out, "labels_prefix = '%s'\n", groups->by_dim ? "E = " : "");
    swp_buf_puts(out, "first =");
    plot_number_add(out, table->first);
    swp_buf_puts(out, "\nlast =");
    plot_number_add(out, table->last);
    swp_buf_printf(out, "\nchosen = 'threshold %s'\nplanned = %zu\n",
                   res_threshold_format(recalls->threshold, threshold), recalls->n_thresholds);
}

static swp_status add_panels(const plot_study *study, const plot_recalls *recalls,
                             const plot_groups *groups, const errors_table *table,
                             plot_sheet *sheet, swp_err *err)
{
    plot_chart chart = {.name = "recall_threshold", .script = plot_recall_threshold_gp};
    add_head(study, recalls, groups, table, &chart.head);
    for (size_t g = 0; g < groups->n; g++)
        add_curve(study, table, groups, g, &chart.data);
    for (size_t g = 0; g < groups->n; g++)
        add_planned(study, recalls, groups, g, &chart.data);
    return plot_sheet_add(sheet, &chart, err);
}

swp_status plot_recall_threshold(res_store *store, const plot_study *study,
                                 const plot_recalls *recalls, plot_sheet *sheet, swp_err *err)
{
    errors_table table = {0};
    plot_groups groups;
    swp_status status =
        plot_groups_make(study, recalls->use, PLOT_SEEDS, PLOT_CURVES, &groups, err);
    if (status == SWP_OK)
        status = load_errors(store, study, recalls, &table, err);
    if (status == SWP_OK)
        status = add_panels(study, recalls, &groups, &table, sheet, err);
    errors_deinit(study, &table);
    plot_groups_deinit(&groups);
    return status;
}
