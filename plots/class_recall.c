/* How many sequences of each class are judged rightly at the chosen threshold. */
#include "engine/base/mem.h"
#include "plots/charts_priv.h"
#include "plots/text_priv.h"

/* Sequences of one class in the evaluations of one group. */
typedef struct tally {
    size_t right, total;
} tally;

/* Of one evaluation. Normal ones are right up to the threshold, abnormal ones above it. */
static void count(const float *errors, const res_held_out *held_out, double threshold, bool normal,
                  tally *row)
{
    for (size_t i = 0; i < held_out->n; i++) {
        tally *t = &row[held_out->classes[i]];
        t->total++;
        t->right += ((double)errors[i] <= threshold) == normal;
    }
}

/* shapes   tallies (groups, classes) */
static swp_status count_all(const plot_task *task, const plot_groups *groups, tally *tallies,
                            swp_err *err)
{
    const plot_study *study = &task->study;
    swp_status status = SWP_OK;
    for (size_t i = 0; i < study->n && status == SWP_OK; i++) {
        if (groups->of[i] == PLOT_NO_GROUP)
            continue;
        res_held_out held_out[RES_SUBSETS];
        void *block = NULL;
        status = res_held_out_load(task->store, study->trials[i].split, held_out, &block, err);
        if (status != SWP_OK)
            break;
        tally *row = &tallies[groups->of[i] * study->n_classes];
        double threshold = task->recalls.of[i]->threshold_value;
        count(task->errors.of[i].test, &held_out[RES_TEST], threshold, true, row);
        count(task->errors.of[i].anomaly, &held_out[RES_ANOMALY], threshold, false, row);
        swp_free(block);
    }
    return status;
}

/* Classes that have held-out sequences, in their order. */
static size_t find_tested(const tally *tallies, size_t n_groups, size_t n_classes, size_t *tested)
{
    size_t n = 0;
    for (size_t c = 0; c < n_classes; c++) {
        size_t total = 0;
        for (size_t g = 0; g < n_groups; g++)
            total += tallies[g * n_classes + c].total;
        if (total > 0)
            tested[n++] = c;
    }
    return n;
}

static void add_classes(const plot_study *study, const tally *tallies, const size_t *tested,
                        size_t n_tested, swp_buf *out)
{
    swp_buf_printf(out, "n_classes = %zu\narray classes[%zu] = [", n_tested, n_tested);
    for (size_t k = 0; k < n_tested; k++) {
        swp_buf name = {0};
        plot_study_class(study, tested[k], &name);
        swp_buf_puts(out, k > 0 ? ", " : "");
        plot_text_quote(out, name.failed ? "" : name.text, SIZE_MAX);
        out->failed |= name.failed;
        swp_buf_deinit(&name);
    }
    swp_buf_printf(out, "]\narray totals[%zu] = [", n_tested);
    for (size_t k = 0; k < n_tested; k++)
        swp_buf_printf(out, "%s%zu", k > 0 ? ", " : "", tallies[tested[k]].total);
    swp_buf_puts(out, "]\n");
}

static swp_status add_chart(plot_task *task, const plot_groups *groups, const tally *tallies,
                            const size_t *tested, size_t n_tested, swp_err *err)
{
    const plot_study *study = &task->study;
    plot_chart chart = {.name = "class_recall", .script = plot_class_recall_gp};
    plot_study_heading(study, "Recall by class", &chart.head);
    plot_recalls_subheading(&task->recalls, study, groups, "all sequences", &chart.head);
    plot_groups_head(groups, &chart.head);
    add_classes(study, tallies, tested, n_tested, &chart.head);
    swp_buf_puts(&chart.data, "# series, class, judged rightly (%), how many, of how many\n");
    for (size_t g = 0; g < groups->n; g++) {
        for (size_t k = 0; k < n_tested; k++) {
            const tally *t = &tallies[g * study->n_classes + tested[k]];
            swp_buf_printf(&chart.data, "%zu %zu", g + 1, k + 1);
            if (t->total > 0)
                swp_buf_printf(&chart.data, " %.6g", 100 * (double)t->right / (double)t->total);
            else
                swp_buf_puts(&chart.data, " nan");
            swp_buf_printf(&chart.data, " %zu %zu\n", t->right, t->total);
        }
    }
    return plot_sheet_add(&task->sheet, &chart, err);
}

/* Why there is nothing to count, or NULL. */
static const char *why_not(const plot_task *task)
{
    const plot_study *study = &task->study;
    for (size_t i = 0; i < study->n; i++) {
        if (!task->recalls.use[i])
            continue;
        if (study->trials[i].split == 0)
            return PLOT_OLD;
        if (study->trials[i].data_set != study->experiment.data_set)
            return "the trials differ in their data";
    }
    return NULL;
}

swp_status plot_class_recall(plot_task *task, swp_err *err)
{
    const plot_study *study = &task->study;
    const char *why = why_not(task);
    if (why) {
        plot_leave_out(task, "class_recall", why);
        return SWP_OK;
    }
    plot_groups groups;
    swp_status status =
        plot_groups_make(study, task->recalls.use, PLOT_SEEDS, PLOT_CURVES, &groups, err);
    tally *tallies = swp_alloc(groups.n * study->n_classes, sizeof *tallies);
    size_t *tested = swp_alloc(study->n_classes, sizeof *tested);
    if (status == SWP_OK && (!tallies || !tested))
        status = swp_fail(err, SWP_NOMEM, "out of memory");
    if (status == SWP_OK)
        status = count_all(task, &groups, tallies, err);
    if (status == SWP_OK)
        status = add_chart(task, &groups, tallies, tested,
                           find_tested(tallies, groups.n, study->n_classes, tested), err);
    swp_free(tallies);
    swp_free(tested);
    plot_groups_deinit(&groups);
    return status;
}
