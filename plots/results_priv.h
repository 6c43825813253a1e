/* The objective of every trial at its best step so far: what charts of a search compare. */
#ifndef PLOT_RESULTS_PRIV_H
#define PLOT_RESULTS_PRIV_H

#include "plots/charts_priv.h"
#include "results/query/standing.h"

/* How a trial stands; its marker in charts. */
typedef enum plot_trial_kind {
    PLOT_TRIAL_DONE,
    PLOT_TRIAL_STOPPED,
    PLOT_TRIAL_UNDER_WAY,
    PLOT_TRIAL_CONFIRMS, /* a fresh seed of one of the best */
    PLOT_TRIAL_KINDS
} plot_trial_kind;

plot_trial_kind plot_kind_of(const res_trial *trial);

typedef struct plot_results {
    res_standing standing;
    size_t n; /* trials that have a result */
    size_t n_of_kind[PLOT_TRIAL_KINDS];
    size_t best; /* trial; SIZE_MAX: none has a result */
    plot_range range;
    bool logarithmic;     /* better drawn so */
    unsigned char *taken; /* squares of a panel: a bit for each kind that has a point there */
} plot_results;

/* errors   NOMEM   owns   *out: plot_results_deinit, after a failure too */
SWP_CHECKED swp_status plot_results_make(const plot_task *task, plot_results *out, swp_err *err);
void plot_results_deinit(plot_results *results);

/* Begin a panel, and tell whether the point of a trial is to be drawn there: where trials are more
 * than PLOT_CROWDED, only the first of those that would hide each other, and the best. `x` is where
 * it stands in the panel, 0 to 1. */
enum { PLOT_CROWDED = 500 };
void plot_results_begin_panel(plot_results *results);
bool plot_results_take(const plot_task *task, plot_results *results, size_t trial, double x);

/* Add that points are left out, if there is a crowd. */
void plot_crowd_note(const plot_results *results, swp_buf *out);

/* Add the lines "subheading", "value_title", "logarithmic", "found" (trials of each kind) and the
 * range of values. */
void plot_results_head(const plot_task *task, const plot_results *results, swp_buf *out);

/* Add "best: trial 17, 12.2 at learning_rate=1e-3"; there is one. */
void plot_best_note(const plot_task *task, const plot_results *results, swp_buf *out);

#endif
