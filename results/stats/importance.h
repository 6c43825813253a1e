/* Which parameters a result depends on: shares of its variance, with what chance alone would give.
 * Pure functions; nothing here knows what the numbers stand for. */
#ifndef RES_IMPORTANCE_H
#define RES_IMPORTANCE_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/err.h"

/* A parameter of the trials below. */
typedef struct res_factor {
    const size_t *level; /* (n) index of each trial's value */
    size_t n_levels;     /* at least 2; each is the level of some trial */
    const double *place; /* (n_levels) where values stand on their axis (the logarithm on a
                            logarithmic one), ascending; NULL: words */
} res_factor;

typedef struct res_share {
    double share; /* of the variance by this parameter alone, 0..1 */
    double floor; /* ... that a parameter without any effect gets on average; NAN: not known */
} res_share;

typedef struct res_importance {
    bool exact;         /* every combination was tried: a decomposition, no model */
    size_t n_trials;    /* that were used */
    size_t n_cells;     /* different combinations among them */
    double rest, floor; /* the share that no parameter has alone, and its floor: interactions; of a
                           fitted model also what it misses, and noise (no floor: NAN) */
    double noise;       /* sd between trials of one combination (seeds); NAN: none was repeated */
} res_importance;

/* Split the variance of `values` between parameters.
 *
 * On a full grid this is the functional analysis of variance of the means of the combinations, each
 * with equal weight: exact main effects, and interactions as the rest. Else an additive model is
 * fitted by least squares: levels of words and of numbers with up to four values, Legendre
 * polynomials of degree 3 (fewer where trials are few) of other numbers; the share is the variance
 * of a parameter's curve over its range, the rest is the residual variance.
 * shapes   values (n), finite; factors (n_factors); shares (n_factors)
 * errors   CONFIG (too few trials for so many parameters, or none differ), NOMEM
 * source   Sobol' (1993) for the decomposition; Fisher (1925) for expected mean squares */
SWP_CHECKED swp_status res_importance_of(const double *values, size_t n, const res_factor *factors,
                                         size_t n_factors, res_share *shares, res_importance *out,
                                         swp_err *err);

#endif
