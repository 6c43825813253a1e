/* Thresholds and detection metrics from reconstruction errors. Pure functions, no storage. */
#ifndef RES_METRICS_H
#define RES_METRICS_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/err.h"

#define RES_THRESHOLD_TEXT_SIZE 40

typedef enum res_threshold_kind {
    RES_THRESHOLD_VALUE,      /* the number itself, in units of the error */
    RES_THRESHOLD_PERCENTILE, /* pNN: that percentile of the validation errors */
    RES_THRESHOLD_CONFORMAL,  /* cNN: at most 100 - NN % false alarms are expected */
    RES_THRESHOLD_BEST_F1,    /* largest F1 on the tuning part; without one on the test set, which
                                 is optimistic: chosen on what it judges */
    RES_THRESHOLD_YOUDEN      /* largest normal recall + anomaly recall - 1, likewise */
} res_threshold_kind;

/* A threshold as the user names it. */
typedef struct res_threshold {
    res_threshold_kind kind;
    double value; /* the number, or the percentile: pNN in 0..100, cNN in (0, 100) */
} res_threshold;

/* "45", "p99", "p99.5", "c95", "best_f1", "youden"; numbers from 0. errors CONFIG, naming what is
 * allowed
 */
SWP_CHECKED swp_status res_threshold_parse(const char *text, res_threshold *out, swp_err *err);

/* The canonical text; parse reads it back to the same threshold. Returns `out`. */
char *res_threshold_format(res_threshold threshold, char out[RES_THRESHOLD_TEXT_SIZE]);

/* The held-out errors of one trial after one epoch; borrowed arrays of finite numbers. */
typedef struct res_errors {
    const float *val, *test, *anomaly; /* (n_val) (n_test) (n_anomaly), the split's row order */
    size_t n_val, n_test, n_anomaly;
    const float *tune; /* (n_tune) anomalies of the tuning part; none: 0 */
    size_t n_tune;
} res_errors;

/* Error at which a beat starts to count as abnormal (error > threshold).
 * Percentiles are linear between closest ranks, as numpy.percentile.
 * cNN is the smallest error that ceil((n + 1) NN / 100) of the n validation errors do not exceed:
 * a new normal sequence exceeds it with a probability of at most 1 - NN / 100.
 * best_f1 and youden put a threshold after every error of the normal rows and of the anomalies that
 * they are chosen by (validation rows and tuning part; without one, the test set), halfway to the
 * next larger one (after the largest: to the next float), and one below them all (everything is
 * abnormal); of equally good ones the largest wins, the fewest alarms. A quality without a
 * denominator counts as 0. errors   CONFIG when there are no errors to choose from, or too few for
 * cNN, NOMEM source   Vovk, Gammerman & Shafer (2005) for cNN: split conformal prediction */
SWP_CHECKED swp_status res_threshold_resolve(res_threshold threshold, const res_errors *errors,
                                             double *out, swp_err *err);

/* The share of normal sequences that pNN is expected to call abnormal, whatever their distribution:
 * with linear interpolation among n errors it lies above 1 - NN / 100. NAN for no error.
 * source   the k-th of n errors is exceeded with the mean probability 1 - k / (n + 1) */
double res_percentile_alarms(double percent, size_t n);

/* Whether cNN can be had from n validation errors; *needed is how many it takes. */
bool res_conformal_possible(double percent, size_t n, size_t *needed);

/* Counts at one threshold. */
typedef struct res_counts {
    size_t normal_correct, normal_total;   /* normal test rows with error <= threshold */
    size_t anomaly_correct, anomaly_total; /* anomalies with error > threshold */
} res_counts;

res_counts res_count(const res_errors *errors, double threshold);

/* The errors of one step in order: sort once, then ask for many thresholds and areas. */
typedef struct res_ranking {
    float *val, *normal, *anomaly, *tune; /* ascending, one block */
    size_t n_val, n_normal, n_anomaly, n_tune;
} res_ranking;

/* errors   NOMEM   owns   *out: res_ranking_deinit, after a failure too */
SWP_CHECKED swp_status res_ranking_init(res_ranking *out, const res_errors *errors, swp_err *err);
void res_ranking_deinit(res_ranking *ranking);

/* As res_threshold_resolve, res_count, res_auroc and res_auprc. */
SWP_CHECKED swp_status res_ranking_threshold(const res_ranking *ranking, res_threshold threshold,
                                             double *out, swp_err *err);
res_counts res_ranking_count(const res_ranking *ranking, double threshold);
double res_ranking_auroc(const res_ranking *ranking);

/* AUROC, and the largest balanced accuracy of any threshold, of the validation rows against the
 * anomalies of the tuning part; NAN without one. */
double res_ranking_tune_auroc(const res_ranking *ranking);
double res_ranking_tune_balanced_accuracy(const res_ranking *ranking);
double res_ranking_auprc(const res_ranking *ranking);

/* Shares in 0..1, the anomaly being the positive class; NAN where a ratio has no denominator. */
double res_normal_recall(const res_counts *counts);
double res_anomaly_recall(const res_counts *counts);
double res_precision(const res_counts *counts);
double res_f1(const res_counts *counts);
double res_balanced_accuracy(const res_counts *counts);

/* Matthews correlation coefficient, -1 to 1; NAN where all rows are judged alike or are alike.
 * source   Matthews (1975), Biochimica et Biophysica Acta 405(2) */
double res_mcc(const res_counts *counts);

/* Area under the ROC curve (probability that an anomaly's error exceeds a normal row's, ties count
 * half) and under the precision-recall curve (average precision, as scikit-learn's). NAN where
 * there is nothing to compare: no anomalies, or for the ROC curve no normal rows. errors   NOMEM */
SWP_CHECKED swp_status res_auroc(const res_errors *errors, double *out, swp_err *err);
SWP_CHECKED swp_status res_auprc(const res_errors *errors, double *out, swp_err *err);

#endif
