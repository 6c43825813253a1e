/* Charts of an experiment: writes a .dat and a .gp beside each picture and runs gnuplot on it, so
 * that a user can restyle a picture and rerun gnuplot by hand. */
#ifndef PLOT_PLOT_H
#define PLOT_PLOT_H

#include <stddef.h>

#include "results/query.h"

typedef enum plot_format { PLOT_PNG, PLOT_SVG } plot_format;

/* "png", "svg". errors USAGE */
SWP_CHECKED swp_status plot_format_parse(const char *text, plot_format *out, swp_err *err);

typedef struct plot_options {
    const char *folder; /* made when missing */
    plot_format format;
    void (*written)(const char *path, void *context); /* called for each picture; may be NULL */
    void (*note)(const char *text, void *context);    /* what was left out, one line; may be NULL */
    void *context;
} plot_options;

/* Trainings that get a picture of their own: the first ones, in grid order. */
enum { PLOT_SINGLES = 40 };

/* Render all charts of one experiment (NULL = the last run).
 * errors   UNAVAILABLE (gnuplot missing or failing, with what to install or what it printed),
 *          IO (folder), CONFIG (no such experiment, nothing recorded yet), DB, NOMEM */
SWP_CHECKED swp_status plot_experiment(res_store *store, const char *experiment,
                                       const plot_options *options, swp_err *err);

#endif
