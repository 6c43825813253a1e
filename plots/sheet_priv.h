/* A folder of charts: NAME.gp and NAME.dat for each, drawn together at the end. */
#ifndef PLOT_SHEET_PRIV_H
#define PLOT_SHEET_PRIV_H

#include <stdbool.h>

#include "engine/base/str.h"
#include "plots/plot.h"

/* The scripts of this folder, compiled in. */
extern const char plot_style_gp[];
extern const char plot_curves_gp[];
extern const char plot_trial_curve_gp[];
extern const char plot_recall_bars_gp[];
extern const char plot_recall_threshold_gp[];
extern const char plot_final_loss_gp[];
extern const char plot_roc_gp[];
extern const char plot_precision_recall_gp[];
extern const char plot_error_histogram_gp[];
extern const char plot_confusion_gp[];
extern const char plot_split_gp[];
extern const char plot_class_counts_gp[];
extern const char plot_class_means_gp[];
extern const char plot_class_recall_gp[];
extern const char plot_reconstruction_gp[];
extern const char plot_timeline_gp[];
extern const char plot_heatmap_gp[];
extern const char plot_parallel_gp[];
extern const char plot_history_gp[];
extern const char plot_slice_gp[];
extern const char plot_importance_gp[];
extern const char plot_rungs_gp[];
extern const char plot_metric_curves_gp[];
extern const char plot_metric_axis_gp[];

typedef struct plot_sheet {
    const plot_options *options;
    const char *suffix; /* of the pictures: "png" */
    bool own_style;     /* style.gp was there before, and is not this program's */
    char **names;       /* (n) */
    size_t n;
} plot_sheet;

/* What a chart consists of. The head assigns the variables that the script expects. */
typedef struct plot_chart {
    char name[64];
    const char *script;
    swp_buf head; /* lines "variable = value" */
    swp_buf data; /* NAME.dat */
} plot_chart;

void plot_chart_deinit(plot_chart *chart);

/* Make the folder, and style.gp in it unless there is one that was changed by hand.
 * errors   IO, NOMEM   owns     *out, which keeps `options`: plot_sheet_deinit */
SWP_CHECKED swp_status plot_sheet_open(const plot_options *options, plot_sheet *out, swp_err *err);
void plot_sheet_deinit(plot_sheet *sheet);

/* Write NAME.gp and NAME.dat; the buffers of the chart are released, whatever happens.
 * errors   IO, NOMEM */
SWP_CHECKED swp_status plot_sheet_add(plot_sheet *sheet, plot_chart *chart, swp_err *err);

/* Draw all charts that were added. Pictures appear whole or not at all.
 * errors   UNAVAILABLE, IO, NOMEM */
SWP_CHECKED swp_status plot_sheet_draw(const plot_sheet *sheet, swp_err *err);

#endif
