/* Tails are computed on the left, where small probabilities keep their precision. */
#include "runner/search/normal.h"

#include <float.h>
#include <math.h>
#include <stddef.h>

#define SQRT_HALF 0.70710678118654752440

/* Below this the cumulative distribution is computed by its asymptotic series. */
#define FAR_LEFT (-20.0)

/* Intervals of at most this width are computed by a series, which is faster. */
#define NARROW 0.25

static double cdf(double x)
{
    return 0.5 * erfc(-x * SQRT_HALF);
}

/* log(p + q) and log(p - q), p > q, of logarithms. */
static double log_sum(double p, double q)
{
    double larger = fmax(p, q);
    return isinf(larger) ? larger : larger + log1p(exp(fmin(p, q) - larger));
}

static double log_difference(double p, double q)
{
    return p + log1p(-exp(q - p));
}

/* source   Abramowitz & Stegun (1964), 26.2.12 */
static double log_cdf_far_left(double x)
{
    double sum = 1, term = 1, squared = x * x;
    for (double odd = 1; fabs(term) > DBL_EPSILON; odd += 2) {
        term *= -odd / squared;
        sum += term;
    }
    return -0.5 * squared - log(-x) - RUN_LOG_SQRT_2PI + log(sum);
}

double run_normal_log_cdf(double x)
{
    if (x > 6)
        return -cdf(-x);
    return x > FAR_LEFT ? log(cdf(x)) : log_cdf_far_left(x);
}

/* Of a narrow interval: the density's Taylor series about the middle m, integrated; its even
 * derivatives are Hermite's polynomials of m times the density. */
static double log_mass_narrow(double a, double b)
{
    double m = 0.5 * (a + b), half = 0.5 * (b - a), squared = half * half;
    double even = 1, odd = m, power = 1, sum = 1;
    for (double k = 2; k <= 24; k += 2) {
        even = m * odd - (k - 1) * even;
        odd = m * even - k * odd;
        power *= squared / (k * (k + 1));
        sum += even * power;
        if (fabs(even) * power < 0.25 * DBL_EPSILON)
            break;
    }
    return -0.5 * m * m - RUN_LOG_SQRT_2PI + log(2 * half * sum);
}

double run_normal_log_mass(double a, double b)
{
    if (b - a < NARROW && fabs(a + b) * (b - a) < 4)
        return log_mass_narrow(a, b);
    if (a > 0)
        return run_normal_log_mass(-b, -a);
    if (b > 0)
        return log1p(-cdf(a) - cdf(-b));
    if (b > FAR_LEFT)
        return log(cdf(b) - cdf(a));
    return log_difference(log_cdf_far_left(b), log_cdf_far_left(a));
}

/* Where the search for the inverse begins.
 * source   the tail's leading term; the logistic approximation of the centre */
static double first_guess(double y)
{
    const double logistic = 0.55132889542179204; /* sqrt(3) / pi */
    return y < -5 ? -sqrt(-2 * (y + RUN_LOG_SQRT_2PI)) : -logistic * log(expm1(-y));
}

double run_normal_log_cdf_inverse(double y)
{
    if (y > -0.01) /* far right: use the left tail */
        return -run_normal_log_cdf_inverse(log(-expm1(y)));
    double x = first_guess(y);
    for (size_t i = 0; i < 100; i++) {
        double at = run_normal_log_cdf(x);
        double step = (at - y) * exp(at + 0.5 * x * x + RUN_LOG_SQRT_2PI);
        x -= step;
        if (fabs(step) < 1e-8 * fabs(x))
            break;
    }
    return x;
}

double run_normal_quantile_within(double q, double a, double b)
{
    if (a >= 0)
        return -run_normal_quantile_within(1 - q, -b, -a);
    if (q <= 0 || q >= 1)
        return q <= 0 ? a : b;
    double y = log_sum(run_normal_log_cdf(a), log(q) + run_normal_log_mass(a, b));
    return fmin(fmax(run_normal_log_cdf_inverse(y), a), b);
}
