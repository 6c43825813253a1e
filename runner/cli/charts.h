/* An experiment's charts as texts, for a page that holds them. */
#ifndef CLI_CHARTS_H
#define CLI_CHARTS_H

#include "results/report/report.h"

typedef struct cli_charts {
    res_chart *list; /* (n) */
    size_t n;
    char **texts;   /* (n, 2) what they point to */
    char *missing;  /* why there are none, or which damage left out and why; NULL: all are there */
    swp_err damage; /* the same as a failure; its status is OK: none */
} cli_charts;

/* Draw the charts (of the last run for NULL), at the report's first threshold and epoch count and
 * of what its `where` leaves, in a temporary folder, which is removed again. Without gnuplot, or
 * with nothing to draw, `missing` says so and all is well. Damage leaves charts out, and is in
 * `damage`: the page fails of it when it is written. errors   as plot_experiment but UNAVAILABLE,
 * DB; IO   owns   *out: cli_charts_deinit, also on failure */
SWP_CHECKED swp_status cli_charts_draw(res_store *store, const char *experiment,
                                       const res_report_options *report, cli_charts *out,
                                       swp_err *err);
void cli_charts_deinit(cli_charts *charts);

#endif
