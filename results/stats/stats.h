/* Statistics over seeds: intervals of a mean, a paired test, a count test. Pure functions; nothing
 * here knows what the numbers stand for. */
#ifndef RES_STATS_H
#define RES_STATS_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/err.h"

/* Mean and spread of the values that are known. */
typedef struct res_spread {
    size_t n;    /* values that are not NAN */
    double mean; /* NAN without any */
    double sd;   /* n - 1; NAN below two */
    double ci95; /* half the 95 % confidence interval of the mean; NAN below two */
} res_spread;

/* source   Student (1908): mean +- t(0.975, n - 1) sd / sqrt(n) */
res_spread res_spread_of(const double *values, size_t n);

/* The 0.975 quantile of Student's t distribution, within 2e-8 of it; NAN for 0.
 * source   Abramowitz & Stegun (1964), 26.7.5 above 30 degrees of freedom */
double res_t_quantile(size_t degrees);

/* The quantile p of Student's t distribution, 0.5 <= p < 1, within 1e-12 relative; NAN for 0.
 * source   Abramowitz & Stegun (1964), 26.7.3 and 26.7.4, inverted by bisection */
double res_t_quantile_at(double p, size_t degrees);

/* Wilcoxon's signed-rank test of differences between pairs, two-sided. */
typedef struct res_signed_rank {
    size_t n; /* differences that are not 0: those that are, are left out */
    size_t n_zeros;
    size_t n_tied;          /* of n: as large as another one; ties share their mean rank */
    double w_plus, w_minus; /* sums of the ranks of positive and negative differences */
    double effect;          /* matched-pairs rank-biserial correlation, -1 to 1; NAN when n is 0 */
    double p;               /* NAN when n is 0 */
    double least_p;         /* the smallest p that n differences can give; NAN when n is 0 */
    bool exact;             /* p is of the exact distribution, given the ties; else normal */
} res_signed_rank;

#define RES_EXACT_PAIRS 25

/* Differences within 1e-12 of `scale`, the largest of the values compared, count as equal: two
 * ratios that differ by the same amount on paper need not do so in binary.
 * Up to RES_EXACT_PAIRS differences p is exact, all sign patterns being equally likely and ties
 * taken as they are; beyond, it is normal with the variance corrected for ties and no correction
 * for continuity.
 * errors   NOMEM
 * source   Wilcoxon (1945), Biometrics Bulletin 1(6), for test and zeros; Kerby (2014),
 *          Comprehensive Psychology 3, for the effect size */
SWP_CHECKED swp_status res_signed_rank_test(const double *differences, size_t n, double scale,
                                            res_signed_rank *out, swp_err *err);

/* Wilcoxon's signed-rank test that differences are greater than 0, one-sided and exact: the sum of
 * the positive ranks (`w_plus`, may be NULL), to which zeros, which keep their ranks, count half,
 * and its p. Ties are taken as they are.
 * errors   NOMEM */
SWP_CHECKED swp_status res_signed_rank_greater(const double *differences, size_t n, double *w_plus,
                                               double *p, swp_err *err);

/* Whether positive numbers are spread more evenly on a logarithmic scale than on a linear one.
 * shapes   ascending (n), distinct */
bool res_grows_by_factors(const double *ascending, size_t n);

/* Two-sided p of a split a : b where both sides are equally likely; 1 for 0 : 0.
 * source   McNemar (1947), Psychometrika 12, in its exact binomial form */
double res_even_split_p(size_t a, size_t b);

#endif
