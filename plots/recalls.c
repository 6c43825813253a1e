/* Recall by dimension: which trials are compared, and their bars. */
#include <math.h>
#include <string.h>

#include "engine/base/mem.h"
#include "plots/charts_priv.h"
#include "plots/moments_priv.h"
#include "plots/text_priv.h"

/* A planned threshold and what is known of it at one epoch count. */
typedef struct candidate {
    res_threshold threshold;
    size_t n;   /* finished trials */
    double sum; /* of their balanced accuracies */
} candidate;

bool plot_same_threshold(res_threshold a, res_threshold b)
{
    return a.kind == b.kind && a.value == b.value;
}

bool plot_trial_compared(const plot_recalls *recalls, const res_trial *trial)
{
    return trial->done && trial->epochs == recalls->epochs;
}

bool plot_trial_chosen(const plot_recalls *recalls, const res_trial *trial)
{
    return plot_trial_compared(recalls, trial) &&
           plot_same_threshold(trial->threshold, recalls->threshold);
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
    for (size_t i = 0; i < recalls->n_trials; i++) {
        const res_trial *trial = &recalls->trials[i];
        if (!plot_trial_compared(recalls, trial))
            continue;
        size_t c = 0;
        while (c < n && !plot_same_threshold(list[c].threshold, trial->threshold))
            c++;
        if (c == n)
            list[n++] = (candidate){.threshold = trial->threshold};
        list[c].n++;
        list[c].sum += plot_score(&trial->counts);
    }
    return n;
}

/* Most trials first, since the bars are to be comparable; then the best mean. */
static swp_status choose_threshold(plot_recalls *recalls, swp_err *err)
{
    candidate *list = swp_alloc(recalls->n_trials, sizeof *list);
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

static void find_trials(const plot_study *study, plot_recalls *recalls)
{
    for (size_t t = 0; t < study->n; t++) {
        for (size_t i = 0; i < recalls->n_trials && !recalls->use[t]; i++) {
            const res_trial *trial = &recalls->trials[i];
            if (trial->training != study->trainings[t].id || !plot_trial_chosen(recalls, trial))
                continue;
            recalls->of[t] = trial;
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
    res_trial_filter planned = {0};
    swp_status status = res_trials_list(store, study->experiment.revision_id, &planned,
                                        &out->trials, &out->n_trials, err);
    if (status != SWP_OK)
        return status;
    for (size_t i = 0; i < out->n_trials; i++)
        if (out->trials[i].done && out->trials[i].epochs > out->epochs)
            out->epochs = out->trials[i].epochs;
    if (out->epochs == 0)
        return SWP_OK;
    status = choose_threshold(out, err);
    if (status == SWP_OK)
        find_trials(study, out);
    return status;
}

const res_trial **plot_trials_done(const plot_recalls *recalls, size_t *n)
{
    const res_trial **done = swp_alloc(recalls->n_trials, sizeof *done);
    *n = 0;
    for (size_t i = 0; done && i < recalls->n_trials; i++)
        if (recalls->trials[i].done)
            done[(*n)++] = &recalls->trials[i];
    return done;
}

void plot_recalls_deinit(plot_recalls *recalls)
{
    res_trials_free(recalls->trials, recalls->n_trials);
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
                       groups->level == PLOT_SEEDS ? "seeds" : "trainings");
    if (recalls->n < study->n)
        swp_buf_printf(&text, "; %zu of %zu trainings", recalls->n, study->n);
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
    swp_buf_puts(&chart.data,
                 "# normal recall (%), its sd, anomaly recall (%), its sd, trainings\n");
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
