/* The charts. Each function writes the scripts and data of one kind of picture. */
#ifndef PLOT_CHARTS_PRIV_H
#define PLOT_CHARTS_PRIV_H

#include "plots/sheet_priv.h"
#include "plots/study_priv.h"

/* One finished evaluation of each trial: all at the largest epoch count that any has reached, and
 * at one threshold. */
typedef struct plot_recalls {
    res_evaluation *evaluations; /* (n_evaluations) all of the plan */
    size_t n_evaluations;
    const res_evaluation **of; /* (trials of the study) NULL where there is no such evaluation */
    bool *use;                 /* (trials of the study) whether there is one */
    size_t n;                  /* of them */
    size_t epochs;
    res_threshold threshold;
    size_t n_thresholds; /* planned ones at this epoch count */
} plot_recalls;

/* The errors of these evaluations' selected epochs. */
typedef struct plot_errors {
    res_errors *of; /* (trials of the study) empty where there is no evaluation */
    void **blocks;  /* (trials of the study) what they point into */
    /* The range of the test and anomaly errors and of the chosen threshold, a little widened;
     * first > 0. */
    double first, last;
} plot_errors;

/* Kinds of charts, at most. */
enum { PLOT_KINDS = 32 };

/* What the charts are made of and go to. */
typedef struct plot_task {
    res_store *store;
    const plot_options *options;
    plot_study study;
    plot_recalls recalls;
    plot_errors errors;
    plot_sheet sheet;
    const char *left_out[PLOT_KINDS][2]; /* (n_left_out) chart and why */
    size_t n_left_out;
} plot_task;

/* Whether the heat map can be what the options ask for. errors USAGE */
SWP_CHECKED swp_status plot_heatmap_check(const plot_options *options, swp_err *err);

/* Say that a kind of chart makes no sense for this experiment. Both texts are constants. */
void plot_leave_out(plot_task *task, const char *chart, const char *why);

/* Why, where an older program recorded the experiment. */
#define PLOT_OLD "an older program recorded this experiment without what they show"

/* Choose what the recall charts compare: of the thresholds that most trials have an evaluation at,
 * the one with the best mean balanced accuracy. out      n = 0 when no evaluation is done yet owns
 * *out: plot_recalls_deinit, after a failure too */
SWP_CHECKED swp_status plot_recalls_choose(res_store *store, const plot_study *study,
                                           plot_recalls *out, swp_err *err);
void plot_recalls_deinit(plot_recalls *recalls);

/* All finished evaluations, in the order of the plan. The caller frees with swp_free; NULL without
 * memory. */
const res_evaluation **plot_evaluations_done(const plot_recalls *recalls, size_t *n);

bool plot_same_threshold(res_threshold a, res_threshold b);

/* Balanced accuracy, or the one recall that there is, where a split holds one kind only. */
double plot_score(const res_counts *counts);

/* Whether an evaluation is finished at the chosen epoch count, and at the chosen threshold too. */
bool plot_evaluation_compared(const plot_recalls *recalls, const res_evaluation *evaluation);
bool plot_evaluation_chosen(const plot_recalls *recalls, const res_evaluation *evaluation);

/* Add the line "subheading = '...'": threshold, epochs, sequences, and what is shown of several
 * trials ("mean"). */
void plot_recalls_subheading(const plot_recalls *recalls, const plot_study *study,
                             const plot_groups *groups, const char *mean, swp_buf *out);

/* Add the line "chosen = 'threshold ...'". */
void plot_recalls_chosen(const plot_recalls *recalls, swp_buf *out);

/* owns     *out: plot_errors_deinit, after a failure too */
SWP_CHECKED swp_status plot_errors_load(res_store *store, const plot_study *study,
                                        const plot_recalls *recalls, plot_errors *out,
                                        swp_err *err);
void plot_errors_deinit(plot_errors *errors, size_t n_trials);

/* From the data set and its split. */
SWP_CHECKED swp_status plot_split(plot_task *task, swp_err *err);
SWP_CHECKED swp_status plot_class_counts(plot_task *task, swp_err *err);
SWP_CHECKED swp_status plot_class_means(plot_task *task, swp_err *err);

/* From losses alone. */
SWP_CHECKED swp_status plot_loss_curves(plot_task *task, swp_err *err);
SWP_CHECKED swp_status plot_trials(plot_task *task, swp_err *err);
SWP_CHECKED swp_status plot_final_loss(plot_task *task, swp_err *err);

/* From what the workers recorded. */
SWP_CHECKED swp_status plot_timeline(plot_task *task, swp_err *err);

/* From finished evaluations and their errors; recalls.n > 0. */
SWP_CHECKED swp_status plot_recall_bars(plot_task *task, swp_err *err);
SWP_CHECKED swp_status plot_recall_threshold(plot_task *task, swp_err *err);
SWP_CHECKED swp_status plot_roc(plot_task *task, swp_err *err);
SWP_CHECKED swp_status plot_precision_recall(plot_task *task, swp_err *err);
SWP_CHECKED swp_status plot_error_histogram(plot_task *task, swp_err *err);
SWP_CHECKED swp_status plot_confusion(plot_task *task, swp_err *err);
SWP_CHECKED swp_status plot_class_recall(plot_task *task, swp_err *err);
SWP_CHECKED swp_status plot_reconstructions(plot_task *task, swp_err *err);
SWP_CHECKED swp_status plot_heatmap(plot_task *task, swp_err *err);
SWP_CHECKED swp_status plot_parallel(plot_task *task, swp_err *err);

#endif
