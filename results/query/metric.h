/* Metrics of an evaluation: what they are called, how they are computed, how people read them. One
 * row of one table each: adding a metric is a row and a function. */
#ifndef RES_METRIC_H
#define RES_METRIC_H

#include "results/query/study.h"
#include "results/stats/stats.h"

/* The metrics that every study can have. Those that a command records follow them. Shares are in
 * 0..1; NAN is unknown or not defined. */
typedef enum res_metric {
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
    RES_METRICS
} res_metric;

typedef enum res_style {
    RES_STYLE_COUNT,
    RES_STYLE_FIXED, /* a count that does not depend on luck */
    RES_STYLE_LOSS,
    RES_STYLE_RECALL, /* percent */
    RES_STYLE_SHARE,
    RES_STYLE_SECONDS
} res_style;

typedef struct res_metric_info {
    const char *name;  /* for machines: the column of exports */
    const char *title; /* for people */
    const char *unit;  /* of a chart's axis: "%", "s", "" */
    res_style style;
    bool wide;            /* only in a wide report */
    bool minimize;        /* the smaller, the better */
    bool needs_threshold; /* differs between the thresholds of one trial */
    bool is_quality;      /* tells how good a model is: worth a heat map, a test, a best row */
    bool on_test;         /* looks at the labels of the test rows: choosing by it flatters */
    double least, most;   /* between which all values lie; equal when there are no bounds */
    double (*of)(const res_study *study, const res_evaluation *evaluation);
    double (*of_counts)(const res_counts *counts); /* instead, where counts are all it takes */
} res_metric_info;

/* All metrics of a study: the built-in ones, then those that its command records.
 * shapes   res_metric_count() rows; names are borrowed from the study */
size_t res_metric_count(const res_study *study);
res_metric_info res_metric_at(const res_study *study, size_t metric);

/* The metric of this name or title. errors USAGE with the nearest name */
SWP_CHECKED swp_status res_metric_find(const res_study *study, const char *name, size_t *out,
                                       swp_err *err);

/* The metric that ranks evaluations by default: balanced accuracy, or the objective of a
 * command. */
size_t res_metric_ranking(const res_study *study);

/* The metric that a metric of steps is. */
size_t res_metric_of_step(size_t step_metric);

/* The value of a metric, NAN where it is not known. */
double res_metric_of(const res_study *study, const res_evaluation *evaluation, size_t metric);

/* The same of counts alone: NAN of a metric that needs more than them. */
double res_metric_of_counts(size_t metric, const res_counts *counts);

/* What a threshold was chosen by: "given" (a number), "val" (validation errors), "tune"
 * (the labels of the tuning part), "test" (the labels that it is judged by, which flatters it). */
const char *res_chosen_on(const res_study *study, res_threshold threshold);

/* "12.34%", or "-" for NAN. A mean over trials is shown with fewer digits: its spread says that the
 * rest is noise. */
char *res_metric_format(res_style style, double value, bool mean, char out[SWP_NUMBER_SIZE]);

/* "12.3 +- 4.5%", with a real plus-minus sign; the mean alone when the spread is not known. Where
 * an interval is known its width says how many digits mean anything: two of half of it. */
#define RES_SPREAD_SIZE (2 * SWP_NUMBER_SIZE + 8)
char *res_metric_format_spread(res_style style, const res_spread *spread,
                               char out[RES_SPREAD_SIZE]);

/* "[7.8, 16.8]", the interval of a mean, or "" when it is not known. */
char *res_metric_format_interval(res_style style, const res_spread *spread,
                                 char out[RES_SPREAD_SIZE]);

/* Whether the interval of a mean says something: not of constants, and not of the seconds of
 * trials that shared a clock. */
bool res_style_has_interval(res_style style);

#endif
