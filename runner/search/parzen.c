/* Kernels, draws and densities. All of a mixture lies in one block; arrays of kernels are those of
 * one dimension after the other. */
#include "runner/search/parzen.h"

#include <math.h>
#include <stdlib.h>

#include "engine/base/mem.h"
#include "runner/search/normal.h"
#include "runner/search/random.h"

/* This many of the newest observations have full weight. */
#define NEWEST 25u

static const run_dim *dim_of(const run_parzen *p, size_t d)
{
    return &p->space->dims[p->dims.which[d]];
}

/* --- kernels ---------------------------------------------------------------------------------- */

/* Weights of n observations: older ones rise linearly from 1/n to 1. */
static double weight_of(size_t index, size_t n)
{
    if (n < NEWEST || index + NEWEST >= n)
        return 1;
    size_t older = n - NEWEST;
    double first = 1 / (double)n;
    return older == 1 ? first : first + (double)index * ((1 - first) / (double)(older - 1));
}

static void set_weights(run_parzen *p)
{
    double sum = 0;
    for (size_t k = 0; k < p->n; k++)
        sum += p->weight[k] = k + 1 < p->n ? weight_of(k, p->n - 1) : 1;
    double running = 0;
    for (size_t k = 0; k < p->n; k++)
        p->cumulative[k] = running += p->weight[k] /= sum;
    for (size_t k = 0; k < p->n; k++)
        p->cumulative[k] /= running;
}

typedef struct placed {
    double mu;
    size_t kernel;
} placed;

static int compare_placed(const void *a, const void *b)
{
    const placed *x = a, *y = b;
    if (x->mu != y->mu)
        return x->mu < y->mu ? -1 : 1;
    return x->kernel < y->kernel ? -1 : 1;
}

/* Bandwidths: the larger gap to a neighbour, or to the bounds for a point without one; at least a
 * hundredth of the width, at most all of it. */
static void set_sigmas(const double *mu, double *sigma, size_t n, run_bounds bounds, placed *order)
{
    double width = bounds.high - bounds.low;
    double least = width / fmin(100, (double)n + 2);
    for (size_t k = 0; k < n; k++)
        order[k] = (placed){mu[k], k};
    qsort(order, n, sizeof *order, compare_placed);
    for (size_t i = 0; i < n; i++) {
        double left = order[i].mu - (i > 0 ? order[i - 1].mu : bounds.low);
        double right = (i + 1 < n ? order[i + 1].mu : bounds.high) - order[i].mu;
        double gap = fmax(left, right);
        if (n > 1 && (i == 0 || i + 1 == n))
            gap = i == 0 ? right : left;
        sigma[order[i].kernel] = fmin(fmax(gap, least), width);
    }
}

/* Whether a kernel equals the one before it in the order of a dimension: with steps, values repeat.
 */
static bool is_repeated(const run_parzen *p, size_t d, size_t place)
{
    const size_t *order = &p->order[d * (p->n - 1)];
    const double *mu = &p->mu[d * p->n], *sigma = &p->sigma[d * p->n];
    return place > 0 && mu[order[place]] == mu[order[place - 1]] &&
           sigma[order[place]] == sigma[order[place - 1]];
}

static void set_numeric(run_parzen *p, size_t d, placed *order)
{
    run_bounds bounds = run_dim_bounds(dim_of(p, d));
    double *mu = &p->mu[d * p->n], *sigma = &p->sigma[d * p->n], *norm = &p->log_norm[d * p->n];
    for (size_t k = 0; k + 1 < p->n; k++)
        mu[k] = run_dim_scale(dim_of(p, d), mu[k]);
    set_sigmas(mu, sigma, p->n - 1, bounds, order);
    mu[p->n - 1] = 0.5 * (bounds.low + bounds.high);
    sigma[p->n - 1] = bounds.high - bounds.low;
    size_t *kernels = &p->order[d * (p->n - 1)];
    for (size_t i = 0; i + 1 < p->n; i++)
        kernels[i] = order[i].kernel;
    for (size_t i = 0; i < p->n; i++) {
        size_t k = i + 1 < p->n ? kernels[i] : i;
        if (i + 1 < p->n && is_repeated(p, d, i)) {
            norm[k] = norm[kernels[i - 1]];
            continue;
        }
        norm[k] =
            run_normal_log_mass((bounds.low - mu[k]) / sigma[k], (bounds.high - mu[k]) / sigma[k]);
        if (dim_of(p, d)->step == 0)
            norm[k] += RUN_LOG_SQRT_2PI + log(sigma[k]);
    }
}

swp_status run_parzen_init(run_parzen *out, const run_history *history, run_dims dims,
                           const size_t *members, size_t n, swp_err *err)
{
    size_t kernels = n + 1;
    *out = (run_parzen){.space = history->space, .dims = dims, .n = kernels};
    placed *order = swp_alloc(kernels, sizeof *order);
    out->block = swp_alloc(kernels, (2 + 3 * dims.n) * sizeof(double));
    out->order = swp_alloc(kernels, dims.n * sizeof *out->order);
    if (!order || !out->block || !out->order) {
        swp_free(order);
        return swp_fail(err, SWP_NOMEM, "out of memory for %zu kernels", kernels);
    }
    out->weight = out->block;
    out->cumulative = out->weight + kernels;
    out->mu = out->cumulative + kernels;
    out->sigma = out->mu + dims.n * kernels;
    out->log_norm = out->sigma + dims.n * kernels;
    set_weights(out);
    for (size_t d = 0; d < dims.n; d++) {
        for (size_t k = 0; k < n; k++)
            out->mu[d * kernels + k] = run_history_point(history, members[k])[dims.which[d]];
        if (dim_of(out, d)->kind == RUN_CATEGORICAL)
            out->mu[d * kernels + n] = -1;
        else
            set_numeric(out, d, order);
    }
    swp_free(order);
    return SWP_OK;
}

void run_parzen_deinit(run_parzen *parzen)
{
    swp_free(parzen->block);
    swp_free(parzen->order);
    *parzen = (run_parzen){0};
}

/* --- draws ------------------------------------------------------------------------------------ */

/* The probability of a category in a kernel: the prior's are even, an observed one has 1 more than
 * the others. */
static double category_share(const run_parzen *p, size_t d, size_t kernel, double category)
{
    double c = (double)dim_of(p, d)->n, base = 1 / (double)p->n;
    if (kernel + 1 == p->n)
        return 1 / c;
    return (base + (p->mu[d * p->n + kernel] == category)) / (1 + c * base);
}

static double draw_category(const run_parzen *p, size_t d, size_t kernel, double u)
{
    size_t n = dim_of(p, d)->n, below = 0;
    double cumulative = 0;
    for (size_t i = 0; i + 1 < n; i++) {
        cumulative += category_share(p, d, kernel, (double)i);
        below += cumulative < u;
    }
    return (double)below;
}

static double draw_number(const run_parzen *p, size_t d, size_t kernel, double u)
{
    run_bounds bounds = run_dim_bounds(dim_of(p, d));
    double mu = p->mu[d * p->n + kernel], sigma = p->sigma[d * p->n + kernel];
    double z = run_normal_quantile_within(u, (bounds.low - mu) / sigma, (bounds.high - mu) / sigma);
    return run_dim_unscale(dim_of(p, d), z * sigma + mu);
}

swp_status run_parzen_draw(const run_parzen *parzen, eng_rng *rng, double *points, size_t n,
                           swp_err *err)
{
    size_t *kernels = swp_alloc(n, sizeof *kernels), width = parzen->dims.n;
    if (!kernels)
        return swp_fail(err, SWP_NOMEM, "out of memory for %zu candidates", n);
    for (size_t i = 0; i < n; i++) {
        double u = run_draw(rng);
        while (parzen->cumulative[kernels[i]] <= u)
            kernels[i]++;
    }
    for (int categories = 1; categories >= 0; categories--) {
        for (size_t d = 0; d < width; d++) {
            if ((dim_of(parzen, d)->kind == RUN_CATEGORICAL) != categories)
                continue;
            for (size_t i = 0; i < n; i++) {
                double u = run_draw(rng);
                points[i * width + d] = categories ? draw_category(parzen, d, kernels[i], u)
                                                   : draw_number(parzen, d, kernels[i], u);
            }
        }
    }
    swp_free(kernels);
    return SWP_OK;
}

/* --- densities -------------------------------------------------------------------------------- */

/* By how much, at least, the log density of a kernel must be lower than the prior's to change no
 * digit of the sum: in other dimensions it can be higher by log(100) and a little more each. */
static double negligible(const run_parzen *p)
{
    return 60 + 8 * (double)p->dims.n;
}

/* The log probability of one step in one kernel; none if it is surely below `least`, since
 * computing the tails of distant kernels would take most of the time. */
static double step_log_mass(const run_parzen *p, size_t d, size_t kernel, run_bounds step,
                            double least)
{
    double mu = p->mu[d * p->n + kernel], sigma = p->sigma[d * p->n + kernel];
    double a = (step.low - mu) / sigma, b = (step.high - mu) / sigma;
    double near = b < 0 ? b : fmax(a, 0);
    if (-0.5 * near * near < least)
        return (double)-INFINITY;
    return run_normal_log_mass(a, b) - p->log_norm[d * p->n + kernel];
}

/* The log probability of one step in all kernels. */
static void fill_stepped(const run_parzen *p, size_t d, double value, double *row)
{
    const run_dim *dim = dim_of(p, d);
    const size_t *order = &p->order[d * (p->n - 1)];
    const run_bounds step = {run_dim_scale(dim, value - dim->step / 2),
                             run_dim_scale(dim, value + dim->step / 2)};
    row[p->n - 1] = step_log_mass(p, d, p->n - 1, step, (double)-INFINITY);
    double least = row[p->n - 1] - negligible(p);
    for (size_t i = 0; i + 1 < p->n; i++)
        row[order[i]] =
            is_repeated(p, d, i) ? row[order[i - 1]] : step_log_mass(p, d, order[i], step, least);
}

/* Likewise of a category. */
static void fill_category(const run_parzen *p, size_t d, double value, double *row)
{
    const double *mu = &p->mu[d * p->n];
    double c = (double)dim_of(p, d)->n, n = (double)p->n;
    double prior = log(category_share(p, d, p->n - 1, value));
    double seen = p->n > 1 ? log((1 / n + 1) / (1 + c / n)) : 0;
    double other = p->n > 1 ? log((1 / n) / (1 + c / n)) : 0;
    for (size_t k = 0; k < p->n; k++)
        row[k] = mu[k] < 0 ? prior : mu[k] == value ? seen : other;
}

/* Add one dimension's log densities to those of all points; values that may be equal are computed
 * once. shapes points (n, dims.n), rows, sums (n, parzen->n) */
static void add_listed(const run_parzen *p, size_t d, const double *points, size_t n, double *rows,
                       double *sums)
{
    size_t width = p->dims.n;
    for (size_t i = 0; i < n; i++) {
        size_t twin = 0;
        while (points[twin * width + d] != points[i * width + d])
            twin++;
        double *row = &rows[twin * p->n];
        if (twin == i && dim_of(p, d)->kind == RUN_CATEGORICAL)
            fill_category(p, d, points[i * width + d], row);
        else if (twin == i)
            fill_stepped(p, d, points[i * width + d], row);
        for (size_t k = 0; k < p->n; k++)
            sums[i * p->n + k] += row[k];
    }
}

/* Likewise where nearly all values differ. */
static void add_continuous(const run_parzen *p, size_t d, const double *points, size_t n,
                           double *sums)
{
    const double *mu = &p->mu[d * p->n], *sigma = &p->sigma[d * p->n];
    const double *norm = &p->log_norm[d * p->n];
    for (size_t i = 0; i < n; i++) {
        double x = run_dim_scale(dim_of(p, d), points[i * p->dims.n + d]);
        for (size_t k = 0; k < p->n; k++) {
            double z = (x - mu[k]) / sigma[k];
            sums[i * p->n + k] += -0.5 * z * z - norm[k];
        }
    }
}

static void add_dim(const run_parzen *p, size_t d, const double *points, size_t n, double *rows,
                    double *sums)
{
    if (dim_of(p, d)->kind != RUN_CATEGORICAL && dim_of(p, d)->step == 0)
        add_continuous(p, d, points, n, sums);
    else
        add_listed(p, d, points, n, rows, sums);
}

/* shapes x (n), n >= 1 */
static double log_sum_exp(const double *x, size_t n)
{
    double largest = x[0];
    for (size_t k = 1; k < n; k++)
        largest = fmax(largest, x[k]);
    double sum = exp(x[0] - largest);
    for (size_t k = 1; k < n; k++)
        sum += exp(x[k] - largest);
    return log(sum) + largest;
}

swp_status run_parzen_add_log_density(const run_parzen *parzen, const double *points, size_t n,
                                      double sign, double *out, swp_err *err)
{
    double *work = swp_alloc(2 * n * parzen->n, sizeof *work);
    if (!work)
        return swp_fail(err, SWP_NOMEM, "out of memory for %zu densities", n);
    double *rows = work, *sums = work + n * parzen->n;
    for (size_t k = 0; k < parzen->n; k++)
        sums[k] = log(parzen->weight[k]);
    for (size_t i = n; i-- > 0;) {
        for (size_t k = 0; k < parzen->n; k++)
            sums[i * parzen->n + k] = sums[k];
    }
    for (size_t d = 0; d < parzen->dims.n; d++)
        add_dim(parzen, d, points, n, rows, sums);
    for (size_t i = 0; i < n; i++)
        out[i] += sign * log_sum_exp(&sums[i * parzen->n], parzen->n);
    swp_free(work);
    return SWP_OK;
}
