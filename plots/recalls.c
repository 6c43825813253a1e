/* Recall by dimension: which evaluations are compared, and their bars. */
#include <math.h>
#include <string.h>

#include "engine/base/mem.h"
#include "plots/charts_priv.h"
#include "plots/moments_priv.h"
#include "plots/text_priv.h"

/* A planned threshold and what is known of it at one epoch count. */
typedef struct candidate {
    res_threshold threshold;
    size_t n;   /* finished evaluations */
    double sum; /* of their balanced accuracies */
} candidate;

bool plot_same_threshold(res_threshold a, res_threshold b)
{
    return a.kind == b.kind && a.value == b.value;
}

bool plot_evaluation_compared(const plot_recalls *recalls, const res_evaluation *evaluation)
{
    return evaluation->done && evaluation->epochs == recalls->epochs;
}

bool plot_evaluation_chosen(const plot_recalls *recalls, const res_evaluation *evaluation)
{
    return plot_evaluation_compared(recalls, evaluation) &&
           plot_same_threshold(evaluation->threshold, recalls->threshold);
}

double plot_score(const res_counts *counts)
{
    double normal = res_normal_recall(counts), anomaly = res_anomaly_recall(counts);
    if (isnan(normal))
        return isnan(anomaly) ? 0 : anomaly;
    return isnan(anomaly) ? normal : res_balanced_accuracy(counts);
}

static size_t collect(const plot_recalls *recalls, candidate *list)
{
    size_t n = 0;
    for (size_t i = 0; i < recalls->n_evaluations; i++) {
        const res_evaluation *evaluation = &recalls->evaluations[i];
        if (!plot_evaluation_compared(recalls, evaluation))
            continue;
        size_t c = 0;
        while (c < n && !plot_same_threshold(list[c].threshold, evaluation->threshold))
            c++;
        if (c == n)
            list[n++] = (candidate){.threshold = evaluation->threshold};
        list[c].n++;
        list[c].sum += plot_score(&evaluation->counts);
    }
    return n;
}

/* Most evaluations first, since the bars are to be comparable; then the best mean. */
static swp_status choose_threshold(plot_recalls *recalls, swp_err *err)
{
    candidate *list = swp_alloc(recalls->n_evaluations, sizeof *list);
    if (!list)
        return swp_fail(err, SWP_NOMEM, "out of memory");
    recalls->n_thresholds = collect(recalls, list);
    const candidate *best = list;
    for (size_t c = 1; c < recalls->n_thresholds; c++) {
        bool better = list[c].n == best->n && list[c].sum > best->sum;
        if (list[c].n > best->n || better)
            best = &list[c];
    }
    recalls->threshold = best->threshold;
    swp_free(list);
    return SWP_OK;
}

static void find_evaluations(const plot_study *study, plot_recalls *recalls)
{
    for (size_t t = 0; t < study->n; t++) {
        for (size_t i = 0; i < recalls->n_evaluations && !recalls->use[t]; i++) {
            const res_evaluation *evaluation = &recalls->evaluations[i];
            if (evaluation->trial != study->trials[t].id ||
                !plot_evaluation_chosen(recalls, evaluation))
                continue;
            recalls->of[t] = evaluation;
            recalls->use[t] = true;
            recalls->n++;
        }
    }
}

swp_status plot_recalls_choose(res_store *store, const plot_study *study, plot_recalls *out,
                               swp_err *err)
{
    *out = (plot_recalls){
        .of = swp_alloc(study->n, sizeof *out->of),
        .use = swp_alloc(study->n, sizeof *out->use),
    };
    if (!out->of || !out->use)
        return swp_fail(err, SWP_NOMEM, "out of memory");
    res_evaluation_filter planned = {0};
    swp_status status = res_evaluations_list(store, study->experiment.revision_id, &planned,
                                             &out->evaluations, &out->n_evaluations, err);
    if (status != SWP_OK)
        return status;
    for (size_t i = 0; i < out->n_evaluations; i++)
        if (out->evaluations[i].done && out->evaluations[i].epochs > out->epochs)
            out->epochs = out->evaluations[i].epochs;
    if (out->epochs == 0)
        return SWP_OK;
    status = choose_threshold(out, err);
    if (status == SWP_OK)
        find_evaluations(study, out);
    return status;
}

const res_evaluation **plot_evaluations_done(const plot_recalls *recalls, size_t *n)
{
    const res_evaluation **done = swp_alloc(recalls->n_evaluations, sizeof *done);
    *n = 0;
    for (size_t i = 0; done && i < recalls->n_evaluations; i++)
        if (recalls->evaluations[i].done)
            done[(*n)++] = &recalls->evaluations[i];
    return done;
}

void plot_recalls_deinit(plot_recalls *recalls)
{
    res_evaluations_free(recalls->evaluations, recalls->n_evaluations);
    swp_free(recalls->of);
    swp_free(recalls->use);
    *recalls = (plot_recalls){0};
}

void plot_recalls_subheading(const plot_recalls *recalls, const plot_study *study,
                             const plot_groups *groups, const char *mean, swp_buf *out)
{
    char threshold[RES_THRESHOLD_TEXT_SIZE];
    bool both = study->experiment.n_test > 0 && study->experiment.n_anomaly > 0;
    swp_buf text = {0};
    plot_text_add(&text, study->experiment.data_name, PLOT_DATA_CHARS);
    swp_buf_printf(&text, ": threshold %s", res_threshold_format(recalls->threshold, threshold));
    if (recalls->n_thresholds > 1)
        swp_buf_printf(&text, " (best of %zu by mean %s)", recalls->n_thresholds,
                       both ? "balanced accuracy" : "recall");
    swp_buf_printf(&text, "; %zu epoch%s; %zu normal, %zu abnormal", recalls->epochs,
                   recalls->epochs == 1 ? "" : "s", study->experiment.n_test,
                   study->experiment.n_anomaly);
    if (groups->largest > 1)
        swp_buf_printf(&text, "; %s of %s%zu %s", mean,
                       groups->n * groups->largest > recalls->n ? "up to " : "", groups->largest,
                       groups->level == PLOT_SEEDS ? "seeds" : "trials");
    if (recalls->n < study->n)
        swp_buf_printf(&text, "; %zu of %zu trials", recalls->n, study->n);
    plot_text_assign(out, "subheading", &text);
}

void plot_recalls_chosen(const plot_recalls *recalls, swp_buf *out)
{
    char threshold[RES_THRESHOLD_TEXT_SIZE];
    swp_buf_printf(out, "chosen = 'threshold %s'\n",
                   res_threshold_format(recalls->threshold, threshold));
}

/* Mean and standard deviation in per cent. */
static void add_mean(const plot_study *study, const plot_recalls *recalls,
                     const plot_groups *groups, size_t g, double (*recall)(const res_counts *),
                     swp_buf *out)
{
    plot_moments moments = {0};
    for (size_t i = 0; i < study->n; i++)
        if (groups->of[i] == g)
            plot_moments_add(&moments, 100 * recall(&recalls->of[i]->counts));
    plot_number_add(out, moments.mean);
    plot_number_add(out, plot_moments_sd(&moments));
}

swp_status plot_recall_bars(plot_task *task, swp_err *err)
{
    const plot_study *study = &task->study;
    const plot_recalls *recalls = &task->recalls;
    plot_groups groups;
    swp_status status = plot_groups_make(study, recalls->use, PLOT_SEEDS, PLOT_BARS, &groups, err);
    if (status != SWP_OK)
        goto done;
    plot_chart chart = {.name = "recall_bars", .script = plot_recall_bars_gp};
    plot_study_heading(study, groups.by_dim ? "Recall by embedding dimension" : "Recall by setting",
                       &chart.head);
    plot_recalls_subheading(recalls, study, &groups, "mean and sd", &chart.head);
    plot_groups_head(&groups, &chart.head);
    swp_buf_printf(&chart.head, "labels_title = '%s'\n",
                   groups.by_dim ? "embedding dimension E" : "setting");
    swp_buf_puts(&chart.data, "# normal recall (%), its sd, anomaly recall (%), its sd, trials\n");
    for (size_t g = 0; g < groups.n; g++) {
        add_mean(study, recalls, &groups, g, res_normal_recall, &chart.data);
        add_mean(study, recalls, &groups, g, res_anomaly_recall, &chart.data);
        swp_buf_printf(&chart.data, " %zu # ", groups.sizes[g]);
        plot_text_add(&chart.data, groups.labels[g], PLOT_LABEL_CHARS);
        swp_buf_puts(&chart.data, "\n");
    }
    status = plot_sheet_add(&task->sheet, &chart, err);
done:
    plot_groups_deinit(&groups);
    return status;
}
