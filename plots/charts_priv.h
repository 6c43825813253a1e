/* The charts. Each function writes the scripts and data of one kind of picture. */
#ifndef PLOT_CHARTS_PRIV_H
#define PLOT_CHARTS_PRIV_H

#include "plots/groups_priv.h"
#include "plots/sheet_priv.h"
#include "results/query/baseline.h"

/* Longest texts in a picture, in characters. */
enum {
    PLOT_HEADING_CHARS = 40,
    PLOT_LABEL_CHARS = 48,
    PLOT_DATA_CHARS = 24,
    PLOT_VALUE_CHARS = 16
};

/* One finished evaluation of each trial: all at one epoch count and one threshold. */
typedef struct plot_recalls {
    res_evaluation *evaluations; /* (n_evaluations) all of the plan, or of what was asked for */
    size_t n_evaluations;
    const res_evaluation **of; /* (trials of the study) NULL where there is no such evaluation */
    bool *use;                 /* (trials of the study) whether there is one */
    size_t n;                  /* of them */
    size_t epochs;
    res_threshold threshold;   /* the one of `thresholds` that is compared */
    bool asked;                /* for this one */
    res_threshold *thresholds; /* (n_thresholds) at this epoch count */
    size_t n_thresholds;
    bool both; /* the splits hold normal and abnormal sequences */
} plot_recalls;

/* The errors of these evaluations' selected epochs. */
typedef struct plot_errors {
    res_errors *of; /* (trials of the study) in the split's order; empty without an evaluation */
    void **blocks;  /* (trials of the study) what they point into */
    bool *damaged;  /* (trials of the study) they are in use, and cannot be read */
    float **sorted; /* (trials of the study) ascending: n_test normal ones, then n_anomaly */
    /* The range of the test and anomaly errors and of the chosen threshold, a little widened;
     * first > 0. */
    double first, last;
} plot_errors;

/* Kinds of charts, at most. */
enum { PLOT_KINDS = 32 };

/* What charts are drawn from beside the study, each read at once for all of them. */
typedef enum plot_source {
    PLOT_EVALUATIONS, /* finished ones */
    PLOT_BASELINES,
    PLOT_ERRORS, /* of all these evaluations */
    PLOT_SOURCES
} plot_source;

/* Input and output of the charts. */
typedef struct plot_task {
    res_store *store;
    const plot_options *options;
    res_study study;
    bool *wanted;       /* (trials of the study) what `where` leaves */
    size_t by[PLOT_BY]; /* (n_by) what charts are to be by; n_by 0: what differs */
    size_t n_by;
    res_class *classes; /* (n_classes) of the experiment's data set */
    size_t n_classes;
    char *unit;       /* of the losses, for an axis */
    char *error_unit; /* of the errors */
    plot_recalls recalls;
    res_baseline *baselines; /* (n_baselines) on the splits of the trials that are compared */
    size_t n_baselines;
    plot_errors errors;
    plot_sheet sheet;
    const char *left_out[PLOT_KINDS][2]; /* (n_left_out) chart and why */
    size_t n_left_out;
    swp_err damage;                           /* the first that was met; its status is OK: none */
    char *reasons[PLOT_KINDS + PLOT_SOURCES]; /* (n_reasons) texts of damage */
    size_t n_reasons;
    const char *damaged[PLOT_SOURCES]; /* how a source is; NULL: it is whole */
} plot_task;

/* Read the study and what charts add to it.
 * errors   CONFIG (no such experiment, nothing recorded yet), DB, NOMEM
 * owns     plot_study_deinit, after a failure too */
SWP_CHECKED swp_status plot_study_load(plot_task *task, const char *experiment, swp_err *err);
void plot_study_deinit(plot_task *task);

/* The epoch whose weights are used, at the epoch count that was asked for: 0 where none is. */
size_t plot_selected(const plot_task *task, size_t trial);

/* Add the line "heading = 'WHAT: NAME'"; synthetic data is named as such in every heading. */
void plot_heading(const plot_task *task, const char *what, swp_buf *out);

/* Add "class 2", or "class 1 (normal)" where it is known which is. */
void plot_class_name(const plot_task *task, size_t c, swp_buf *out);

/* Whether a class is the one that is trained on; false where that is an axis. */
bool plot_class_is_normal(const plot_task *task, size_t c);

/* Choose trials of those in use that get a picture of their own: roles[t] is then "best", "median"
 * or "worst" of its setting, "" of a setting with few seeds, NULL without a picture. shapes   use,
 * roles (trials of the study)   errors   NOMEM */
SWP_CHECKED swp_status plot_singles_choose(const plot_task *task, const bool *use,
                                           const char **roles, swp_err *err);

/* Its name: "trial_003", with seeds "trial_003_seed_42". */
void plot_single_name(const plot_task *task, const char *what, size_t trial, char out[64]);

/* Distance of the samples of a series that are drawn: there are more than a panel has pixels. */
size_t plot_every(size_t length);

/* Note that a kind of chart does not apply to this experiment. Both texts are constants. */
void plot_leave_out(plot_task *task, const char *chart, const char *why);

/* Go on where the store is damaged, with that as the reason to leave out what needs it; the task
 * fails of it at its end. Once for each kind of chart, and for each source. Other failures stay.
 * errors   as `status`, but DB   owns   *why is the task's */
SWP_CHECKED swp_status plot_pass_damage(plot_task *task, swp_status status, const char **why,
                                        swp_err *err);

/* Why, where an older program recorded the experiment. */
#define PLOT_OLD "an older program recorded this experiment without what they show"

/* Whether the heat map can be what the options ask for. errors USAGE */
SWP_CHECKED swp_status plot_heatmap_check(const plot_options *options, swp_err *err);

/* Choose what the recall charts compare. out n = 0 when no evaluation is done yet
 * owns     plot_recalls_deinit, after a failure too */
SWP_CHECKED swp_status plot_recalls_choose(plot_task *task, swp_err *err);
void plot_recalls_deinit(plot_recalls *recalls);

/* Balanced accuracy, or the one recall that there is, where a split holds one kind only. */
double plot_score(const plot_task *task, const res_evaluation *evaluation);
const char *plot_score_title(const plot_task *task);

/* Whether an evaluation is finished at the chosen epoch count. */
bool plot_is_compared(const plot_recalls *recalls, const res_evaluation *evaluation);

/* Index of a threshold among the planned ones, n_thresholds if it is none. Begins at `hint`:
 * evaluations come in an order in which that is nearly always the right one. */
size_t plot_threshold_index(const plot_recalls *recalls, res_threshold threshold, size_t hint);

/* Add the lines "subheading = '...'" (threshold, epochs, sequences), "chosen = 'threshold 45'", and
 * the titles of both recalls, "normal" and "anomaly". */
void plot_recalls_head(const plot_task *task, swp_buf *out);

/* Add "threshold p95 of each model's validation errors", or "threshold youden (chosen on test
 * labels)". */
void plot_chosen_add(const plot_task *task, swp_buf *out);

/* errors   DB (damaged, with the trial), after all that is whole was read; NOMEM
 * owns     plot_errors_deinit, after a failure too */
SWP_CHECKED swp_status plot_errors_load(plot_task *task, swp_err *err);
void plot_errors_deinit(plot_errors *errors, size_t n_trials);

/* How many of `n` ascending errors are at most `threshold`. */
size_t plot_errors_up_to(const float *sorted, size_t n, double threshold);

/* Add what the bars of recall need of the baselines, read by the "rule" of the models, none where
 * that is a number: "n_lines = ...", "array lines[n_lines]" (anomaly recall, %) with "line_titles",
 * and "array pca[n]", of as many components as the trials of a group have, with "pca_title"; nan
 * where there is none. */
void plot_baseline_lines(const plot_task *task, const plot_groups *groups, swp_buf *out);

/* The baselines that have a curve beside those of models: the mean, the nearest neighbour, and of
 * PCA the one of `best_of` with the largest area, which looks at test labels and flatters it. Each
 * is the splits from [0] to [1]. */
enum { PLOT_BASELINE_CURVES = 3 };
size_t plot_baseline_curves(const plot_task *task, size_t metric,
                            size_t out[PLOT_BASELINE_CURVES][2], size_t *best_of);

/* Add "n_baselines = ..." and "array baseline_titles[n_baselines]", with the areas. */
void plot_baseline_curve_titles(const plot_task *task, size_t metric,
                                size_t curves[PLOT_BASELINE_CURVES][2], size_t n, size_t best_of,
                                swp_buf *out);

/* From the data set and its split. */
SWP_CHECKED swp_status plot_split(plot_task *task, swp_err *err);
SWP_CHECKED swp_status plot_class_counts(plot_task *task, swp_err *err);
SWP_CHECKED swp_status plot_class_means(plot_task *task, swp_err *err);

/* From losses alone. */
SWP_CHECKED swp_status plot_loss_curves(plot_task *task, swp_err *err);
SWP_CHECKED swp_status plot_trials(plot_task *task, swp_err *err);
SWP_CHECKED swp_status plot_final_loss(plot_task *task, swp_err *err);

/* From the metrics of a command. */
SWP_CHECKED swp_status plot_metric_curves(plot_task *task, swp_err *err);
SWP_CHECKED swp_status plot_metric_axis(plot_task *task, swp_err *err);

/* From what the workers recorded. */
SWP_CHECKED swp_status plot_timeline(plot_task *task, swp_err *err);

/* From the objective of all trials. */
SWP_CHECKED swp_status plot_history(plot_task *task, swp_err *err);
SWP_CHECKED swp_status plot_slice(plot_task *task, swp_err *err);
SWP_CHECKED swp_status plot_importance(plot_task *task, swp_err *err);
SWP_CHECKED swp_status plot_rungs(plot_task *task, swp_err *err);

/* From finished evaluations and their errors; recalls.n > 0. */
SWP_CHECKED swp_status plot_recall_curves(plot_task *task, swp_err *err);
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
