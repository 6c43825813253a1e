/* What a report shows, before it is laid out: one row per trial, or per group of trials that differ
 * in the seed only. */
#ifndef RES_REPORT_PRIV_H
#define RES_REPORT_PRIV_H

#include "results/query_priv.h"
#include "results/report.h"

/* The numbers of a row. Shares are in 0..1; NAN is unknown. */
typedef enum res_figure {
    RES_SELECTED_EPOCH,
    RES_TRAIN_LOSS,
    RES_VAL_LOSS,
    RES_THRESHOLD_NUMBER,
    RES_NORMAL_RECALL,
    RES_ANOMALY_RECALL,
    RES_PRECISION,
    RES_F1,
    RES_BALANCED_ACCURACY,
    RES_AUROC,
    RES_AUPRC,
    RES_TRAIN_S,
    RES_FIGURES
} res_figure;

typedef struct res_report_row {
    const res_trial *trial; /* the first of the group in grid order */
    size_t training;        /* index of its training */
    size_t group;           /* same for trainings that differ in the seed only */
    size_t position;        /* of the trial in the list: the order of rows */
    size_t n;               /* finished trials of the group */
    double mean[RES_FIGURES];
    double sd[RES_FIGURES]; /* n - 1; NAN below two */
} res_report_row;

typedef struct res_report {
    res_experiment experiment;
    res_training *trainings;
    size_t n_trainings;
    res_trial *trials;
    size_t n_trials;
    res_axes axes;
    bool grouped; /* seeds differ: rows are groups */
    res_report_row *rows;
    size_t n_rows;
    size_t n_hidden;  /* rows left out by res_report_condense */
    bool last_epochs; /* ... among them all but the largest epoch counts */
} res_report;

/* errors   as res_experiment_find and res_trials_list   owns     res_report_deinit */
SWP_CHECKED swp_status res_report_load(res_store *store, const char *experiment,
                                       const res_report_options *options, res_report *out,
                                       swp_err *err);
void res_report_deinit(res_report *report);

/* Leave out rows until at most `most` are left, or nothing more can go: of each training and epoch
 * count all thresholds but the one with the best balanced accuracy, then of each training all epoch
 * counts but the largest. What the filter names stays. */
void res_report_condense(res_report *report, const res_trial_filter *filter, size_t most);

/* The axes that a report shows as columns of their own: not the dimension, which always has one,
 * and not the seed of a grouped report. */
bool res_report_shows_axis(const res_report *report, size_t axis);

#endif
