/* The figures of an evaluation: what they are called, how they are computed, how people read them.
 */
#ifndef RES_FIGURE_PRIV_H
#define RES_FIGURE_PRIV_H

#include "engine/base/str.h"
#include "results/report/report.h"

/* Shares are in 0..1; NAN is unknown or not defined. */
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
    RES_MCC,
    RES_AUROC,
    RES_AUPRC,
    RES_TRAIN_S,
    RES_PARAMETERS,
    RES_FIGURES
} res_figure;

typedef enum res_style {
    RES_STYLE_COUNT,
    RES_STYLE_FIXED, /* a count that does not depend on luck */
    RES_STYLE_LOSS,
    RES_STYLE_RECALL, /* percent */
    RES_STYLE_SHARE,
    RES_STYLE_SECONDS
} res_style;

typedef struct res_figure_info {
    const char *name;  /* for machines */
    const char *title; /* for people */
    res_style style;
    bool wide;  /* only in a wide report */
    bool least; /* the smaller, the better */
} res_figure_info;

const res_figure_info *res_figure_at(res_figure figure);

/* The figure of this name. errors USAGE with the nearest name */
SWP_CHECKED swp_status res_figure_find(const char *name, res_figure *out, swp_err *err);

/* All figures of an evaluation but the areas under the curves, which need its errors. `parameters`
 * is the number of weights, 0 when it is not known. */
void res_figures_of(const res_evaluation *evaluation, size_t parameters, double out[RES_FIGURES]);

/* The figures of n evaluations, (n, RES_FIGURES); with the areas if asked for: each trial's errors
 * are read once. `parameters` may be NULL. errors DB, NOMEM   owns *out: swp_free */
SWP_CHECKED swp_status res_figures_load(res_store *store, const res_evaluation *evaluations,
                                        size_t n, res_parameters *parameters, bool areas,
                                        double **out, swp_err *err);

/* "12.34%", or "-" for NAN. A mean over evaluations is shown with fewer digits: its spread says
 * that the rest is noise. */
char *res_figure_format(res_style style, double value, bool mean, char out[SWP_NUMBER_SIZE]);

/* "12.3 +- 4.5%", with a real plus-minus sign; the mean alone when the spread is not known. */
#define RES_SPREAD_SIZE (2 * SWP_NUMBER_SIZE + 8)
char *res_figure_format_spread(res_style style, double mean, double sd, char out[RES_SPREAD_SIZE]);

/* "[7.8, 16.8]", the interval of a mean, or "" when it is not known. */
char *res_figure_format_interval(res_style style, double mean, double half,
                                 char out[RES_SPREAD_SIZE]);

#endif
