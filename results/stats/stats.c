/* Means with their intervals, Wilcoxon's signed-rank test (exact for few pairs, normal beyond), and
 * the exact test of an even split. */
#include "results/stats/stats.h"

#include <math.h>
#include <stdlib.h>

#include "engine/base/mem.h"

/* Quantiles for 1 to 40 degrees of freedom: a report asks for one in every cell. */
static const double t_quantiles[] = {
    12.706204736174694, 4.302652729749462,  3.1824463052837078, 2.7764451051977934,
    2.5705818356363146, 2.4469118511449786, 2.364624251592784,  2.306004135204166,
    2.262157162798205,  2.228138851986274,  2.200985160091639,  2.1788128296672284,
    2.1603686564627913, 2.144786687917804,  2.131449545559776,  2.1199052992212546,
    2.1098155778333156, 2.1009220402410382, 2.0930240544083087, 2.085963447265864,
    2.0796138447276795, 2.0738730679040254, 2.0686576104190486, 2.0638985616280245,
    2.0595385527532972, 2.0555294386428735, 2.0518305164802846, 2.0484071417952454,
    2.045229642132703,  2.0422724563012378, 2.0395134463964082, 2.0369333434601016,
    2.0345152974493383, 2.0322445093177186, 2.0301079282503429, 2.0280940009804502,
    2.0261924630291093, 2.0243941639119694, 2.0226909200367609, 2.0210753903062728};

#define NORMAL_QUANTILE 1.959963984540054

#define N_QUANTILES (sizeof t_quantiles / sizeof t_quantiles[0])

double res_t_quantile(size_t degrees)
{
    const double z = NORMAL_QUANTILE;
    if (degrees == 0)
        return (double)NAN;
    if (degrees <= N_QUANTILES)
        return t_quantiles[degrees - 1];
    const double z2 = z * z, v = (double)degrees;
    const double g1 = (z2 + 1) / 4;
    const double g2 = ((5 * z2 + 16) * z2 + 3) / 96;
    const double g3 = (((3 * z2 + 19) * z2 + 17) * z2 - 15) / 384;
    const double g4 = ((((79 * z2 + 776) * z2 + 1482) * z2 - 1920) * z2 - 945) / 92160;
    return z * (1 + (g1 + (g2 + (g3 + g4 / v) / v) / v) / v);
}

/* P(|T| <= t) by its finite sum. */
static double t_between(double t, size_t degrees)
{
    const double pi = 3.14159265358979323846;
    double angle = atan(t / sqrt((double)degrees)), square = cos(angle) * cos(angle);
    bool is_odd = degrees % 2 == 1;
    double term = is_odd ? cos(angle) : 1, sum = degrees == 1 ? 0 : term;
    for (size_t k = is_odd ? 3 : 2; k < degrees; k += 2) {
        term *= square * (double)(k - 1) / (double)k;
        sum += term;
    }
    return is_odd ? 2 / pi * (angle + sin(angle) * sum) : sin(angle) * sum;
}

double res_t_quantile_at(double p, size_t degrees)
{
    double low = 0, high = 1;
    if (degrees == 0)
        return (double)NAN;
    while (t_between(high, degrees) < 2 * p - 1)
        high *= 2;
    for (size_t i = 0; i < 60; i++) {
        double middle = (low + high) / 2;
        *(t_between(middle, degrees) < 2 * p - 1 ? &low : &high) = middle;
    }
    return high;
}

static const res_interval unknown_interval = {(double)NAN, (double)NAN};

static double logistic(double x)
{
    return 1 / (1 + exp(-x));
}

/* Set the interval; `factor` times sd is the standard error of the mean. */
static void set_interval(res_spread *spread, double factor, double least, double most)
{
    double half = res_t_quantile(spread->n - 1) * spread->sd * factor;
    spread->ci95 = half;
    spread->interval = (res_interval){spread->mean - half, spread->mean + half};
    if (least == most)
        return;
    double place = (spread->mean - least) / (most - least);
    double logit = log(place / (1 - place)), width = half / (most - least);
    double logit_half = width / (place * (1 - place));
    spread->interval = (res_interval){least + (most - least) * logistic(logit - logit_half),
                                      least + (most - least) * logistic(logit + logit_half)};
}

static double sum_of_squares(const double *values, size_t n, double mean)
{
    double squares = 0;
    for (size_t i = 0; i < n; i++)
        squares += isnan(values[i]) ? 0 : (values[i] - mean) * (values[i] - mean);
    return squares;
}

res_spread res_spread_within(const double *values, size_t n, double least, double most)
{
    res_spread spread = {
        .mean = (double)NAN, .sd = (double)NAN, .ci95 = (double)NAN, .interval = unknown_interval};
    double sum = 0, first = (double)NAN;
    bool differ = false;
    for (size_t i = 0; i < n; i++) {
        if (isnan(values[i]))
            continue;
        first = spread.n == 0 ? values[i] : first;
        differ |= values[i] != first;
        sum += values[i];
        spread.n++;
    }
    if (spread.n > 0)
        spread.mean = differ ? sum / (double)spread.n : first;
    if (spread.n < 2)
        return spread;
    spread.sd = sqrt(sum_of_squares(values, n, spread.mean) / (double)(spread.n - 1));
    if (differ)
        set_interval(&spread, 1 / sqrt((double)spread.n), least, most);
    return spread;
}

res_spread res_spread_of(const double *values, size_t n)
{
    return res_spread_within(values, n, 0, 0);
}

void res_spread_overlap(res_spread *spread, double share, double least, double most)
{
    if (!isnan(spread->ci95))
        set_interval(spread, sqrt(1 / (double)spread->n + share), least, most);
}

/* The mean of each cluster that has values, in the room; returns how many. */
static size_t cluster_means(const double *values, size_t n, const res_clusters *clusters)
{
    double *means = clusters->room, *counts = clusters->room + clusters->n;
    size_t known = 0;
    for (size_t k = 0; k < 2 * clusters->n; k++)
        clusters->room[k] = 0;
    for (size_t i = 0; i < n; i++) {
        means[clusters->of[i]] += isnan(values[i]) ? 0 : values[i];
        counts[clusters->of[i]] += !isnan(values[i]);
    }
    for (size_t k = 0; k < clusters->n; k++)
        if (counts[k] > 0)
            means[known++] = means[k] / counts[k];
    return known;
}

res_spread res_spread_clustered(const double *values, size_t n, const res_clusters *clusters,
                                double least, double most)
{
    res_spread spread = res_spread_within(values, n, least, most);
    size_t known = cluster_means(values, n, clusters);
    res_spread between = res_spread_within(clusters->room, known, least, most);
    res_spread_overlap(&between, clusters->overlap, least, most);
    spread.ci95 = between.ci95;
    spread.interval = between.interval;
    return spread;
}

res_interval res_share_interval(size_t correct, size_t total)
{
    const double z2 = NORMAL_QUANTILE * NORMAL_QUANTILE, n = (double)total;
    if (total == 0)
        return unknown_interval;
    double share = (double)correct / n, centre = (share + z2 / (2 * n)) / (1 + z2 / n);
    double half = NORMAL_QUANTILE / (1 + z2 / n) * sqrt(share * (1 - share) / n + z2 / (4 * n * n));
    return (res_interval){correct == 0 ? 0 : centre - half, correct == total ? 1 : centre + half};
}

/* A difference to be ranked; ranks are doubled, so that those of ties are whole. */
typedef struct ranked {
    double size;
    bool positive;
    size_t twice_rank;
} ranked;

static int compare_ranked(const void *a, const void *b)
{
    const ranked *x = a, *y = b;
    return (x->size > y->size) - (x->size < y->size);
}

/* Give ranks to sorted differences; returns the sum of t^3 - t over all groups of t ties. */
static double set_ranks(ranked *list, double tolerance, res_signed_rank *out)
{
    double ties = 0;
    for (size_t from = 0, to; from < out->n; from = to) {
        to = from + 1;
        while (to < out->n && list[to].size - list[to - 1].size <= tolerance)
            to++;
        size_t t = to - from;
        out->n_tied += t > 1 ? t : 0;
        ties += (double)t * ((double)t * (double)t - 1);
        for (size_t i = from; i < to; i++)
            list[i].twice_rank = from + 1 + to;
    }
    return ties;
}

/* Share of all sign patterns whose doubled rank sum is at most `most`. */
static swp_status exact_tail(const ranked *list, size_t n, size_t most, double *out, swp_err *err)
{
    double *ways = swp_alloc(most + 1, sizeof *ways);
    if (!ways)
        return swp_fail(err, SWP_NOMEM, "out of memory");
    ways[0] = 1;
    for (size_t i = 0; i < n; i++)
        for (size_t sum = most + 1; sum-- > list[i].twice_rank;)
            ways[sum] += ways[sum - list[i].twice_rank];
    double sum = 0;
    for (size_t i = 0; i <= most; i++)
        sum += ways[i];
    *out = ldexp(sum, -(int)n);
    swp_free(ways);
    return SWP_OK;
}

static double normal_p(size_t n_differences, double smaller_sum, double ties)
{
    double n = (double)n_differences;
    double variance = n * (n + 1) * (2 * n + 1) / 24 - ties / 48;
    double z = (smaller_sum - n * (n + 1) / 4) / sqrt(variance);
    return erfc(-z / sqrt(2.0));
}

/* Of all differences with one sign: one of the two most extreme patterns. */
static double least_p(size_t n, double ties)
{
    return n <= RES_EXACT_PAIRS ? fmin(1, ldexp(2, -(int)n)) : normal_p(n, 0, ties);
}

size_t res_signed_rank_needed(size_t n, size_t n_tests, double level)
{
    do
        n++;
    while (least_p(n, 0) * (double)n_tests >= level);
    return n;
}

static swp_status set_p(const ranked *list, double ties, res_signed_rank *out, swp_err *err)
{
    out->exact = out->n <= RES_EXACT_PAIRS;
    out->least_p = least_p(out->n, ties);
    const double smaller_sum = fmin(out->w_plus, out->w_minus);
    if (!out->exact) {
        out->p = normal_p(out->n, smaller_sum, ties);
        return SWP_OK;
    }
    double tail = 0;
    swp_status status = exact_tail(list, out->n, (size_t)(2 * smaller_sum), &tail, err);
    if (status == SWP_OK)
        out->p = fmin(1, 2 * tail);
    return status;
}

swp_status res_signed_rank_test(const double *differences, size_t n, double scale,
                                res_signed_rank *out, swp_err *err)
{
    const double tolerance = 1e-12 * fabs(scale);
    *out = (res_signed_rank){.effect = (double)NAN, .p = (double)NAN, .least_p = (double)NAN};
    ranked *list = swp_alloc(n, sizeof *list);
    if (!list)
        return swp_fail(err, SWP_NOMEM, "out of memory");
    for (size_t i = 0; i < n; i++) {
        if (fabs(differences[i]) <= tolerance)
            out->n_zeros++;
        else
            list[out->n++] = (ranked){.size = fabs(differences[i]), .positive = differences[i] > 0};
    }
    for (size_t i = 0; i < out->n; i++)
        out->n_positive += list[i].positive;
    swp_status status = SWP_OK;
    if (out->n > 0) {
        qsort(list, out->n, sizeof *list, compare_ranked);
        double ties = set_ranks(list, tolerance, out);
        for (size_t i = 0; i < out->n; i++)
            *(list[i].positive ? &out->w_plus : &out->w_minus) += (double)list[i].twice_rank / 2;
        out->effect = (out->w_plus - out->w_minus) / (out->w_plus + out->w_minus);
        status = set_p(list, ties, out, err);
    }
    swp_free(list);
    return status;
}

swp_status res_signed_rank_greater(const double *differences, size_t n, double *w_plus, double *p,
                                   swp_err *err)
{
    size_t zeros = 0, positive = 0, all = 0, halves = 0; /* sums of doubled ranks */
    res_signed_rank ranks = {.n = n};
    ranked *list = swp_alloc(n, sizeof *list);
    if (!list)
        return swp_fail(err, SWP_NOMEM, "out of memory");
    for (size_t i = 0; i < n; i++)
        list[i] = (ranked){.size = fabs(differences[i]), .positive = differences[i] > 0};
    qsort(list, n, sizeof *list, compare_ranked);
    set_ranks(list, 0, &ranks);
    for (size_t i = 0; i < n; i++) {
        bool is_zero = !(list[i].size > 0);
        zeros += is_zero;
        halves += is_zero ? list[i].twice_rank : 0;
        all += is_zero ? 0 : list[i].twice_rank;
        positive += list[i].positive ? list[i].twice_rank : 0;
    }
    if (w_plus)
        *w_plus = (double)positive / 2 + (double)halves / 4;
    swp_status status = exact_tail(list + zeros, n - zeros, all - positive, p, err);
    swp_free(list);
    return status;
}

/* A p value with its place. */
typedef struct placed_p {
    double p;
    size_t place;
} placed_p;

static int compare_p(const void *a, const void *b)
{
    const placed_p *x = a, *y = b;
    return (x->p > y->p) - (x->p < y->p);
}

swp_status res_holm(double *p, size_t m, swp_err *err)
{
    placed_p *sorted = swp_alloc(m, sizeof *sorted);
    size_t n = 0;
    double least = 0;
    if (!sorted)
        return swp_fail(err, SWP_NOMEM, "out of memory");
    for (size_t i = 0; i < m; i++)
        if (!isnan(p[i]))
            sorted[n++] = (placed_p){p[i], i};
    if (n > 0)
        qsort(sorted, n, sizeof *sorted, compare_p);
    for (size_t i = 0; i < n; i++) {
        least = fmax(least, fmin(1, sorted[i].p * (double)(n - i)));
        p[sorted[i].place] = least;
    }
    swp_free(sorted);
    return SWP_OK;
}

double res_probability_larger(const double *a, size_t n_a, const double *b, size_t n_b)
{
    double halves = 0;
    for (size_t i = 0; i < n_a; i++)
        for (size_t j = 0; j < n_b; j++)
            halves += b[j] > a[i] ? 2 : b[j] == a[i] ? 1 : 0;
    return n_a > 0 && n_b > 0 ? halves / (2 * (double)n_a * (double)n_b) : (double)NAN;
}

double res_correlation(const double *a, const double *b, size_t n)
{
    const res_spread x = res_spread_of(a, n), y = res_spread_of(b, n);
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (a[i] - x.mean) * (b[i] - y.mean);
    return x.sd > 0 && y.sd > 0 ? sum / (double)(n - 1) / (x.sd * y.sd) : (double)NAN;
}

double res_even_split_p(size_t a, size_t b)
{
    double n = (double)(a + b), least = (double)(a < b ? a : b);
    double sum = 0;
    for (double k = 0; k <= least; k++)
        sum += exp(lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1) - n * log(2.0));
    return fmin(1, 2 * sum);
}

bool res_grows_by_factors(const double *ascending, size_t n)
{
    if (n < 3 || ascending[0] <= 0 || ascending[n - 1] < 20 * ascending[0])
        return false;
    /* The largest gap's share of the range tells how uneven the points lie. */
    double first = ascending[0], last = ascending[n - 1], linear = 0, logarithmic = 0;
    for (size_t i = 1; i < n; i++) {
        double a = ascending[i - 1], b = ascending[i];
        linear = fmax(linear, (b - a) / (last - first));
        logarithmic = fmax(logarithmic, log(b / a) / log(last / first));
    }
    return logarithmic < linear;
}
