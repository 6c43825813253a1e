/* How many sequences of each class are judged correctly at the chosen threshold: the mean share of
 * a group's trials. Trials of one split share its list of classes, which is read once. */
#include <math.h>
#include <string.h>

#include "engine/base/mem.h"
#include "plots/charts_priv.h"
#include "plots/text_priv.h"

/* More than this would make a picture too wide. */
enum { MOST_CLASSES = 60 };

/* Sequences of one class in one evaluation. */
typedef struct tally {
    size_t right, total;
} tally;

/* Shares of one class in the evaluations of one group, as sums; of how many it had in the last. */
typedef struct shares {
    double sum, squares;
    size_t n, total;
} shares;

/* Of one evaluation. Normal ones are right up to the threshold, abnormal ones above it. False where
 * the split does not fit the errors. */
static bool count(const float *errors, size_t n, const res_held_out *held_out, double threshold,
                  bool normal, size_t n_classes, tally *row)
{
    if (held_out->n != n)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (held_out->classes[i] >= n_classes)
            return false;
        tally *t = &row[held_out->classes[i]];
        t->total++;
        t->right += ((double)errors[i] <= threshold) == normal;
    }
    return true;
}

/* Add an evaluation to its group. shapes   row, out (classes) */
static void add_shares(const tally *row, size_t n_classes, shares *out)
{
    for (size_t c = 0; c < n_classes; c++) {
        double share = 100 * (double)row[c].right / (double)row[c].total;
        if (row[c].total == 0)
            continue;
        out[c].sum += share;
        out[c].squares += share * share;
        out[c].total = row[c].total;
        out[c].n++;
    }
}

/* shapes   row (classes) scratch   out (groups, classes) */
static swp_status count_all(const plot_task *task, const plot_groups *groups, tally *row,
                            shares *out, swp_err *err)
{
    const res_study *study = &task->study;
    res_held_out held_out[RES_SUBSETS] = {0};
    void *block = NULL;
    int64_t split = 0; /* the one that was read last */
    swp_status status = SWP_OK;
    for (size_t t = 0; t < study->n_trials && status == SWP_OK; t++) {
        const res_trial *trial = &study->trials[t];
        if (groups->of[t] == PLOT_NO_GROUP)
            continue;
        if (trial->split != split) {
            swp_free(block);
            block = NULL;
            split = trial->split;
            status = res_held_out_load(task->store, split, held_out, &block, err);
        }
        const res_errors *e = &task->errors.of[t];
        memset(row, 0, task->n_classes * sizeof *row);
        double threshold = task->recalls.of[t]->threshold_value;
        if (status == SWP_OK && (!count(e->test, e->n_test, &held_out[RES_TEST], threshold, true,
                                        task->n_classes, row) ||
                                 !count(e->anomaly, e->n_anomaly, &held_out[RES_ANOMALY], threshold,
                                        false, task->n_classes, row)))
            status =
                swp_fail(err, SWP_DB, "trial %zu: its errors do not fit its split", trial->number);
        if (status == SWP_OK)
            add_shares(row, task->n_classes, &out[groups->of[t] * task->n_classes]);
    }
    swp_free(block);
    return status;
}

/* Classes that have held-out sequences, in their order. */
static size_t find_tested(const shares *all, size_t n_groups, size_t n_classes, size_t *tested)
{
    size_t n = 0;
    for (size_t c = 0; c < n_classes; c++) {
        size_t total = 0;
        for (size_t g = 0; g < n_groups; g++)
            total += all[g * n_classes + c].total;
        if (total > 0)
            tested[n++] = c;
    }
    return n;
}

static void add_head(const plot_task *task, const shares *all, const size_t *tested,
                     size_t n_tested, swp_buf *out)
{
    swp_buf_printf(out, "n_classes = %zu\n", n_tested);
    plot_array_begin(out, "classes", n_tested);
    for (size_t k = 0; k < n_tested; k++) {
        swp_buf name = {0};
        plot_class_name(task, tested[k], &name);
        plot_array_text(out, k, &name);
    }
    swp_buf_puts(out, "]\n");
    plot_array_begin(out, "totals", n_tested);
    for (size_t k = 0; k < n_tested; k++)
        swp_buf_printf(out, "%s%zu", k > 0 ? ", " : "", all[tested[k]].total);
    swp_buf_puts(out, "]\n");
}

/* Mean and standard deviation; without values "nan 0". */
static void add_cell(const shares *s, swp_buf *out)
{
    double n = (double)s->n, mean = s->sum / n;
    double variance = s->n > 1 ? (s->squares - n * mean * mean) / (n - 1) : 0;
    plot_number_add(out, s->n > 0 ? mean : (double)NAN);
    swp_buf_printf(out, " %.6g %zu\n", variance > 1e-9 ? sqrt(variance) : 0, s->total);
}

static swp_status add_chart(plot_task *task, const plot_groups *groups, const shares *all,
                            const size_t *tested, size_t n_tested, swp_err *err)
{
    plot_chart chart = {.name = "class_recall", .script = plot_class_recall_gp};
    plot_heading(task, "Recall by class", &chart.head);
    plot_recalls_head(task, &chart.head);
    plot_groups_head(&task->study, groups, "mean and sd", &chart.head);
    swp_buf_printf(&chart.head, "spread = %d\n", groups->largest > 1);
    add_head(task, all, tested, n_tested, &chart.head);
    swp_buf_puts(&chart.data, "# series, class, judged correctly (%), its sd, of how many\n");
    for (size_t g = 0; g < groups->n; g++) {
        for (size_t k = 0; k < n_tested; k++) {
            swp_buf_printf(&chart.data, "%zu %zu", g + 1, k + 1);
            add_cell(&all[g * task->n_classes + tested[k]], &chart.data);
        }
    }
    return plot_sheet_add(&task->sheet, &chart, err);
}

/* The reason why there is nothing to count, or NULL. */
static const char *why_not(const plot_task *task)
{
    for (size_t t = 0; t < task->study.n_trials; t++) {
        if (!task->recalls.use[t])
            continue;
        if (task->study.trials[t].split == 0)
            return PLOT_OLD;
        if (task->study.trials[t].data_set != task->study.experiment.data_set)
            return "the trials differ in their data";
    }
    return NULL;
}

swp_status plot_class_recall(plot_task *task, swp_err *err)
{
    const char *why = why_not(task);
    if (why) {
        plot_leave_out(task, "class_recall", why);
        return SWP_OK;
    }
    plot_groups groups;
    swp_status status =
        plot_groups_make(task, task->recalls.use, &plot_panels, SIZE_MAX, &groups, err);
    shares *all = swp_alloc(groups.n * task->n_classes, sizeof *all);
    tally *row = swp_alloc(task->n_classes, sizeof *row);
    size_t *tested = swp_alloc(task->n_classes, sizeof *tested), n_tested = 0;
    if (status == SWP_OK && (!all || !row || !tested))
        status = swp_fail(err, SWP_NOMEM, "out of memory");
    if (status == SWP_OK)
        status = count_all(task, &groups, row, all, err);
    if (status == SWP_OK)
        n_tested = find_tested(all, groups.n, task->n_classes, tested);
    if (status == SWP_OK && n_tested > MOST_CLASSES)
        plot_leave_out(task, "class_recall", "there are too many classes");
    else if (status == SWP_OK && n_tested > 0)
        status = add_chart(task, &groups, all, tested, n_tested, err);
    swp_free(all);
    swp_free(row);
    swp_free(tested);
    plot_groups_deinit(&groups);
    return status;
}
