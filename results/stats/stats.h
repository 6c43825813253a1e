/* Statistics over seeds: intervals of a mean, a paired test, a count test. Pure functions; nothing
 * here knows what the numbers stand for. */
#ifndef RES_STATS_H
#define RES_STATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/err.h"

/* A 95 % confidence interval; NAN where it is not known. */
typedef struct res_interval {
    double low, high;
} res_interval;

/* Mean and spread of the values that are known. */
typedef struct res_spread {
    size_t n;              /* values that are not NAN */
    double mean;           /* NAN without any */
    double sd;             /* n - 1; NAN below two */
    double ci95;           /* half of the interval by Student's t; NAN where there is none */
    res_interval interval; /* of the mean: none below two values, and none if all are equal */
} res_spread;

/* source   Student (1908): mean +- t(0.975, n - 1) sd / sqrt(n) */
res_spread res_spread_of(const double *values, size_t n);

/* The same of values that lie within [least, most]: the interval of the mean's logit, so that it
 * stays inside.
 * source   delta method with Student's quantile: logit(m) +- t sd / (sqrt(n) m (1 - m)), m being
 *          the mean's place between least and most */
res_spread res_spread_within(const double *values, size_t n, double least, double most);

/* Means of splits whose training sets overlap depend on each other: widen the interval of the mean
 * over them. `share` is the test rows of a split over its training rows; equal bounds are none.
 * source   Nadeau & Bengio (2003), Machine Learning 52: the variance of the mean is
 *          (1 / n + share) sd^2 */
void res_spread_overlap(res_spread *spread, double share, double least, double most);

/* Values that come in clusters: seeds of several splits. */
typedef struct res_clusters {
    const uint32_t *of; /* (values) cluster of each value, below n */
    size_t n;
    double overlap; /* as res_spread_overlap; 0: the clusters are independent */
    double *room;   /* (2 n) */
} res_clusters;

/* As res_spread_within, but the interval is that of the mean of clusters: each counts once. There
 * is none if fewer than two clusters have values. */
res_spread res_spread_clustered(const double *values, size_t n, const res_clusters *clusters,
                                double least, double most);

/* The interval of a share of `correct` out of `total` independent rows; NAN for no row.
 * source   Wilson (1927), JASA 22, without correction for continuity */
res_interval res_share_interval(size_t correct, size_t total);

/* The 0.975 quantile of Student's t distribution, within 2e-8 of it and in constant time; NAN for
 * 0. source   Abramowitz & Stegun (1964), 26.7.5 above 40 degrees of freedom */
double res_t_quantile(size_t degrees);

/* The quantile p of Student's t distribution, 0.5 <= p < 1, within 1e-12 relative; NAN for 0.
 * source   Abramowitz & Stegun (1964), 26.7.3 and 26.7.4, inverted by bisection */
double res_t_quantile_at(double p, size_t degrees);

/* Wilcoxon's signed-rank test of differences between pairs, two-sided. */
typedef struct res_signed_rank {
    size_t n;                   /* differences that are not 0: those that are, are left out */
    size_t n_zeros, n_positive; /* n_positive of n */
    size_t n_tied;              /* of n: as large as another one; ties share their mean rank */
    double w_plus, w_minus;     /* sums of the ranks of positive and negative differences */
    double effect;  /* matched-pairs rank-biserial correlation, -1 to 1; NAN when n is 0 */
    double p;       /* NAN when n is 0 */
    double least_p; /* the smallest p that these sizes can give, all of one sign; NAN when n is 0 */
    bool exact;     /* p is of the exact distribution, given the ties; else normal */
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

/* The smallest number of differences above n with which one of `n_tests` signed-rank tests can give
 * p < level after Holm's correction over all of them, when all differences have one sign and none
 * are tied. n_tests > 0, 0 < level < 1 */
size_t res_signed_rank_needed(size_t n, size_t n_tests, double level);

/* Wilcoxon's signed-rank test that differences are greater than 0, one-sided and exact: the sum of
 * the positive ranks (`w_plus`, may be NULL), to which zeros, which keep their ranks, count half,
 * and its p. Ties are taken as they are.
 * errors   NOMEM */
SWP_CHECKED swp_status res_signed_rank_greater(const double *differences, size_t n, double *w_plus,
                                               double *p, swp_err *err);

/* Whether positive numbers are spread more evenly on a logarithmic scale than on a linear one.
 * shapes   ascending (n), distinct */
bool res_grows_by_factors(const double *ascending, size_t n);

/* Holm's correction of m p values in place: the smallest times m, the next times m - 1 ..., none
 * above 1 and none below a smaller one. What is NAN stays, and does not count.
 * errors   NOMEM   source   Holm (1979), Scandinavian Journal of Statistics 6(2) */
SWP_CHECKED swp_status res_holm(double *p, size_t m, swp_err *err);

/* Probability that a value of b is larger than one of a, equal ones counting half; NAN if either
 * is empty.
 * source   Vargha & Delaney (2000), JEBS 25(2) */
double res_probability_larger(const double *a, size_t n_a, const double *b, size_t n_b);

/* Correlation of two series of n values; NAN if either does not vary.
 * source   Pearson (1895) */
double res_correlation(const double *a, const double *b, size_t n);

/* Two-sided p of a split a : b where both sides are equally likely; 1 for 0 : 0.
 * source   McNemar (1947), Psychometrika 12, in its exact binomial form */
double res_even_split_p(size_t a, size_t b);

#endif
