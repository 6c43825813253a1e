/* The charts. Each function writes the scripts and data of one kind of picture. */
#ifndef PLOT_CHARTS_PRIV_H
#define PLOT_CHARTS_PRIV_H

#include "plots/sheet_priv.h"
#include "plots/study_priv.h"

/* Loss curves of all trainings in one picture, and one picture for each of the first PLOT_SINGLES.
 * out   *left_out counts the trainings beyond these */
SWP_CHECKED swp_status plot_losses(const plot_study *study, plot_sheet *sheet, size_t *left_out,
                                   swp_err *err);

/* One finished trial of each training: all at the largest epoch count that any has reached, and at
 * one threshold. */
typedef struct plot_recalls {
    res_trial *trials; /* (n_trials) all of the plan */
    size_t n_trials;
    const res_trial **of; /* (trainings of the study) NULL where there is no such trial */
    bool *use;            /* (trainings of the study) whether there is one */
    size_t n;             /* of them */
    size_t epochs;
    res_threshold threshold;
    size_t n_thresholds; /* planned ones at this epoch count */
} plot_recalls;

/* Choose what the recall charts compare: of the thresholds that most trainings have a trial at, the
 * one with the best mean balanced accuracy.
 * out      n = 0 when no trial is done yet
 * owns     *out: plot_recalls_deinit, after a failure too */
SWP_CHECKED swp_status plot_recalls_choose(res_store *store, const plot_study *study,
                                           plot_recalls *out, swp_err *err);
void plot_recalls_deinit(plot_recalls *recalls);

/* Whether a trial is finished at the chosen epoch count, and at the chosen threshold too. */
bool plot_trial_compared(const plot_recalls *recalls, const res_trial *trial);
bool plot_trial_chosen(const plot_recalls *recalls, const res_trial *trial);

/* Add the line "subheading = '...'": threshold, epochs, sequences, and what is shown of several
 * trainings ("mean"). */
void plot_recalls_subheading(const plot_recalls *recalls, const plot_study *study,
                             const plot_groups *groups, const char *mean, swp_buf *out);

SWP_CHECKED swp_status plot_recall_bars(const plot_study *study, const plot_recalls *recalls,
                                        plot_sheet *sheet, swp_err *err);
SWP_CHECKED swp_status plot_recall_threshold(res_store *store, const plot_study *study,
                                             const plot_recalls *recalls, plot_sheet *sheet,
                                             swp_err *err);

#endif
