/* The settings of an experiment's plan and of each of its trials. */
#ifndef PLOT_SETTINGS_PRIV_H
#define PLOT_SETTINGS_PRIV_H

#include "results/query/query.h"

typedef struct plot_settings {
    res_pair *plan; /* (n_plan) fixed settings, and axes as "sweep.KEY" */
    size_t n_plan;
    res_pair **of; /* (n) of each trial */
    size_t *n_of;  /* (n) */
    size_t n;
} plot_settings;

/* shapes   trials (n)   errors   DB, NOMEM
 * owns     *out: plot_settings_deinit, after a failure too */
SWP_CHECKED swp_status plot_settings_load(res_store *store, int64_t revision,
                                          const res_trial *trials, size_t n, plot_settings *out,
                                          swp_err *err);
void plot_settings_deinit(plot_settings *settings);

/* The value of a fixed setting, or NULL. */
const char *plot_settings_fixed(const plot_settings *settings, const char *key);

/* The key of the i-th setting of the plan if that is an axis ("train.seed"), or NULL. */
const char *plot_settings_axis(const plot_settings *settings, size_t i);

/* The value of a trial's setting; "" if it has none. */
const char *plot_settings_of(const plot_settings *settings, size_t trial, const char *key);

/* Label the trials by the axes in which they differ. What follows from these, as settings of
 * [when] do, is left out.
 * errors   NOMEM */
SWP_CHECKED swp_status plot_settings_label(const plot_settings *settings, res_trial *trials,
                                           swp_err *err);

#endif
