/* The normal distribution cut off at both ends, in logarithms where its tails need them.
 *
 * All numbers are standardised: mean 0, standard deviation 1. */
#ifndef RUN_NORMAL_H
#define RUN_NORMAL_H

/* log sqrt(2 pi) */
#define RUN_LOG_SQRT_2PI 0.91893853320467274178

/* log P(Z <= x), and its inverse for y < 0 (Newton's method, to 1e-8 and one step more). */
double run_normal_log_cdf(double x);
double run_normal_log_cdf_inverse(double y);

/* log P(a <= Z <= b), a < b. */
double run_normal_log_mass(double a, double b);

/* Quantile q, 0 <= q <= 1, of Z given a <= Z <= b. */
double run_normal_quantile_within(double q, double a, double b);

#endif
