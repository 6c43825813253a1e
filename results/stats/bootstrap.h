/* Intervals of areas under curves by resampling: the rows that models are judged by, and the models
 * (seeds) themselves. Pure functions; the same numbers give the same interval. */
#ifndef RES_BOOTSTRAP_H
#define RES_BOOTSTRAP_H

#include "results/stats/detection.h"
#include "results/stats/stats.h"

typedef struct res_areas {
    res_interval auroc, auprc; /* NAN where there is nothing to compare */
} res_areas;

#define RES_RESAMPLES 2000 /* enough for two digits of a bound */

/* The 95 % intervals of the mean AUROC and AUPRC of n models that judge the same rows in the same
 * order: `resamples` times normal rows, anomalies and models are each drawn with replacement. With
 * `minus` (n) those of the mean difference models - minus, model by model. Quantiles are widened
 * for few models; one model has the interval over rows only.
 * errors   NOMEM
 * source   Efron & Tibshirani (1993), ch. 13; Hesterberg (2015), The American Statistician 69(4),
 *          for the widening: levels Phi(+-sqrt(n / (n - 1)) t(0.975, n - 1)) */
SWP_CHECKED swp_status res_bootstrap_areas(const res_errors *models, const res_errors *minus,
                                           size_t n, size_t resamples, res_areas *out,
                                           swp_err *err);

#endif
