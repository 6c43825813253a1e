/* Baselines in double precision. PCA takes the smaller of two symmetric matrices, that of time
 * steps or that of training sequences, reduces it to tridiagonal form by Householder reflections,
 * and takes its eigenvectors by implicit QL steps. The nearest neighbour stops summing a distance
 * once it exceeds the smallest so far, which saves most of the work. */
#include "engine/data/baseline.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "engine/base/mem.h"

/* Multiply-adds that a baseline may take: about a second. */
#define MOST_WORK 3e9

enum { MOST_STEPS = 100 }; /* most QL steps for one eigenvalue: it takes two or three */

static const float *row_of(const eng_dataset *set, size_t row)
{
    return set->values + row * set->length;
}

size_t eng_baseline_count(const eng_split *split)
{
    return split->n_val + split->n_test + split->n_anomaly + split->n_tune;
}

bool eng_baseline_possible(const eng_dataset *set, const eng_split *split, eng_baseline baseline)
{
    double n = (double)split->n_train, length = (double)set->length;
    double held_out = (double)eng_baseline_count(split), side = n < length ? n : length;
    double most = n < length ? length : n;
    switch (baseline.method) {
    case ENG_BASELINE_MEAN:
        return true;
    case ENG_BASELINE_PCA:
        return baseline.components > 0 && (double)baseline.components < side &&
               side * side * (most + 4 * side) + held_out * length * (double)baseline.components <=
                   MOST_WORK;
    case ENG_BASELINE_NEIGHBOUR:
        break;
    }
    return held_out * n * length <= MOST_WORK;
}

/* Row i of the held-out sequences. */
static const float *held_out_at(const eng_dataset *set, const eng_split *s, size_t i)
{
    if (i < s->n_val)
        return row_of(set, s->val[i]);
    i -= s->n_val;
    if (i < s->n_test)
        return row_of(set, s->test[i]);
    i -= s->n_test;
    if (i < s->n_anomaly)
        return row_of(set, s->anomaly[i]);
    return row_of(set, s->tune[i - s->n_anomaly]);
}

static swp_status put_error(double square, float *out, swp_err *err)
{
    double error = sqrt(square);
    if (!(error <= (double)FLT_MAX))
        return swp_fail(err, SWP_NUMERIC, "a distance is too large for a number");
    *out = (float)error;
    return SWP_OK;
}

/* --- the mean --------------------------------------------------------------------------------- */

/* mean (length) */
static void find_mean(const eng_dataset *set, const eng_split *s, double *mean)
{
    memset(mean, 0, set->length * sizeof *mean);
    for (size_t i = 0; i < s->n_train; i++)
        for (size_t t = 0; t < set->length; t++)
            mean[t] += (double)row_of(set, s->train[i])[t];
    for (size_t t = 0; t < set->length; t++)
        mean[t] /= (double)s->n_train;
}

static swp_status by_mean(const eng_dataset *set, const eng_split *s, const double *mean,
                          float *out, swp_err *err)
{
    swp_status status = SWP_OK;
    for (size_t i = 0; i < eng_baseline_count(s) && status == SWP_OK; i++) {
        const float *x = held_out_at(set, s, i);
        double square = 0;
        for (size_t t = 0; t < set->length; t++)
            square += ((double)x[t] - mean[t]) * ((double)x[t] - mean[t]);
        status = put_error(square, &out[i], err);
    }
    return status;
}

/* --- the nearest neighbour -------------------------------------------------------------------- */

/* The smallest squared distance of x to a training sequence. */
static double nearest(const eng_dataset *set, const eng_split *s, const float *x)
{
    enum { CHUNK = 16 }; /* terms between two checks of the sum */
    double least = HUGE_VAL;
    for (size_t i = 0; i < s->n_train; i++) {
        const float *y = row_of(set, s->train[i]);
        double square = 0;
        for (size_t from = 0; from < set->length && square < least; from += CHUNK) {
            size_t to = set->length - from < CHUNK ? set->length : from + CHUNK;
            for (size_t t = from; t < to; t++)
                square += ((double)x[t] - (double)y[t]) * ((double)x[t] - (double)y[t]);
        }
        if (square < least)
            least = square;
    }
    return least;
}

static swp_status by_neighbour(const eng_dataset *set, const eng_split *s, float *out, swp_err *err)
{
    swp_status status = SWP_OK;
    for (size_t i = 0; i < eng_baseline_count(s) && status == SWP_OK; i++)
        status = put_error(nearest(set, s, held_out_at(set, s, i)), &out[i], err);
    return status;
}

/* --- principal components --------------------------------------------------------------------- */

/* hypot: that of glibc 2.35 has a symbol version that older systems lack. */
static double hypotenuse(double x, double y)
{
    double long_side = fmax(fabs(x), fabs(y));
    if (!(long_side > 0))
        return long_side;
    double ratio = fmin(fabs(x), fabs(y)) / long_side;
    return long_side * sqrt(1 + ratio * ratio);
}

/* Reduce a symmetric matrix to tridiagonal form: diagonal and the numbers below it (n - 1). Column
 * k of `a` keeps the k-th reflection below its diagonal; its `scale` (n) is 2 over the square of
 * the reflection's length, 0 where there is nothing to reflect. shapes a (n, n), p (n) */
static void make_tridiagonal(double *a, size_t n, double *diagonal, double *below, double *scale,
                             double *p)
{
    for (size_t k = 0; k + 1 < n; k++) {
        double length = 0, along = 0;
        for (size_t i = k + 1; i < n; i++)
            length = hypotenuse(length, a[i * n + k]);
        diagonal[k] = a[k * n + k];
        below[k] = a[(k + 1) * n + k] > 0 ? -length : length;
        scale[k] = 0;
        if (!(length > 0))
            continue;
        a[(k + 1) * n + k] -= below[k];
        double square = 0;
        for (size_t i = k + 1; i < n; i++)
            square += a[i * n + k] * a[i * n + k];
        scale[k] = 2 / square;
        for (size_t i = k + 1; i < n; i++) { /* a is symmetric: rows are columns */
            p[i] = 0;
            for (size_t j = k + 1; j < n; j++)
                p[i] += a[i * n + j] * a[j * n + k];
            p[i] *= scale[k];
            along += p[i] * a[i * n + k];
        }
        for (size_t i = k + 1; i < n; i++)
            p[i] -= along * scale[k] / 2 * a[i * n + k];
        for (size_t i = k + 1; i < n; i++)
            for (size_t j = k + 1; j < n; j++)
                a[i * n + j] -= a[i * n + k] * p[j] + p[i] * a[j * n + k];
    }
    diagonal[n - 1] = a[n * n - 1];
    below[n - 1] = 0;
    scale[n - 1] = 0;
}

static void rotate(double *x, double *y, size_t n, double s, double c)
{
    for (size_t k = 0; k < n; k++) {
        double f = y[k];
        y[k] = s * x[k] + c * f;
        x[k] = c * x[k] - s * f;
    }
}

/* One implicit QL step on rows l to m. */
static void ql_step(double *d, double *e, size_t l, size_t m, double *rows, size_t n)
{
    double g = (d[l + 1] - d[l]) / (2 * e[l]), r = hypotenuse(g, 1), s = 1, c = 1, p = 0;
    g = d[m] - d[l] + e[l] / (g + copysign(r, g));
    for (size_t i = m; i-- > l;) {
        double f = s * e[i], b = c * e[i];
        r = e[i + 1] = hypotenuse(f, g);
        if (!(r > 0)) {
            d[i + 1] -= p;
            e[m] = 0;
            return;
        }
        s = f / r;
        c = g / r;
        g = d[i + 1] - p;
        r = (d[i] - g) * s + 2 * c * b;
        p = s * r;
        d[i + 1] = g + p;
        g = c * r - b;
        rotate(rows + i * n, rows + (i + 1) * n, n, s, c);
    }
    d[l] -= p;
    e[l] = g;
    e[m] = 0;
}

/* Eigenvalues of a tridiagonal matrix, in place of its diagonal, and eigenvectors as `rows` (n, n),
 * which come as those of the identity. */
static void solve_tridiagonal(double *d, double *e, size_t n, double *rows)
{
    for (size_t l = 0; l < n; l++)
        for (int step = 0; step < MOST_STEPS; step++) {
            size_t m = l;
            while (m + 1 < n && fabs(e[m]) > DBL_EPSILON * (fabs(d[m]) + fabs(d[m + 1])))
                m++;
            if (m == l)
                break;
            ql_step(d, e, l, m, rows, n);
        }
}

/* Turn an eigenvector of the tridiagonal matrix into one of `a`. */
static void reflect_back(const double *a, const double *scale, size_t n, double *x)
{
    for (size_t k = n - 1; k-- > 0;) {
        double along = 0;
        for (size_t i = k + 1; i < n; i++)
            along += a[i * n + k] * x[i];
        for (size_t i = k + 1; i < n; i++)
            x[i] -= scale[k] * along * a[i * n + k];
    }
}

/* The eigenvectors of a symmetric matrix with the largest eigenvalues, largest first, as rows.
 * shapes   a (n, n), overwritten; values (most), vectors (most, n) out, most <= n */
static swp_status find_eigenvectors(double *a, size_t n, size_t most, double *values,
                                    double *vectors, swp_err *err)
{
    double *room = swp_alloc(4 * n, sizeof *room), *rows = swp_alloc(n * n, sizeof *rows);
    if (!room || !rows) {
        swp_free(room);
        swp_free(rows);
        return swp_fail(err, SWP_NOMEM, "out of memory for principal components");
    }
    double *d = room, *e = d + n, *scale = e + n, *p = scale + n;
    make_tridiagonal(a, n, d, e, scale, p);
    for (size_t i = 0; i < n; i++)
        rows[i * n + i] = 1;
    solve_tridiagonal(d, e, n, rows);
    for (size_t k = 0; k < most; k++) {
        size_t best = 0;
        for (size_t i = 1; i < n; i++)
            best = d[i] > d[best] ? i : best;
        values[k] = d[best];
        d[best] = -(double)INFINITY;
        memcpy(vectors + k * n, rows + best * n, n * sizeof *rows);
        reflect_back(a, scale, n, vectors + k * n);
    }
    swp_free(rows);
    swp_free(room);
    return SWP_OK;
}

/* The centred training sequences as rows (n_train, length). owns it: swp_free; NULL without memory
 */
static double *centre(const eng_dataset *set, const eng_split *s, const double *mean)
{
    double *rows = swp_alloc(s->n_train * set->length, sizeof *rows);
    for (size_t i = 0; rows && i < s->n_train; i++)
        for (size_t t = 0; t < set->length; t++)
            rows[i * set->length + t] = (double)row_of(set, s->train[i])[t] - mean[t];
    return rows;
}

/* a (length, length): sum over rows x (n, length) of their outer products. */
static void add_products(const double *x, size_t n, size_t length, double *a)
{
    for (size_t i = 0; i < n; i++, x += length)
        for (size_t t = 0; t < length; t++)
            for (size_t u = 0; u <= t; u++)
                a[t * length + u] += x[t] * x[u];
    for (size_t t = 0; t < length; t++)
        for (size_t u = t + 1; u < length; u++)
            a[t * length + u] = a[u * length + t];
}

/* a (n, n): scalar products of rows x (n, length). */
static void multiply_rows(const double *x, size_t n, size_t length, double *a)
{
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j <= i; j++) {
            double sum = 0;
            for (size_t t = 0; t < length; t++)
                sum += x[i * length + t] * x[j * length + t];
            a[i * n + j] = a[j * n + i] = sum;
        }
}

/* Components from weights of sequences: sums of rows, scaled to length 1. Components without
 * variance are zero. shapes weights (most, n), x (n, length), out (most, length) */
static void combine(const double *weights, const double *values, size_t most, const double *x,
                    size_t n, size_t length, double *out)
{
    for (size_t k = 0; k < most; k++, out += length) {
        memset(out, 0, length * sizeof *out);
        if (!(values[k] > DBL_EPSILON * (double)n * values[0]))
            continue;
        for (size_t i = 0; i < n; i++)
            for (size_t t = 0; t < length; t++)
                out[t] += weights[k * n + i] / sqrt(values[k]) * x[i * length + t];
    }
}

/* The first components of the training sequences, as rows. shapes out (most, length) */
static swp_status find_components(const eng_dataset *set, const eng_split *s, const double *mean,
                                  size_t most, double *out, swp_err *err)
{
    size_t n = s->n_train, length = set->length, side = n < length ? n : length;
    double *x = centre(set, s, mean), *a = swp_alloc(side * side, sizeof *a);
    double *values = swp_alloc(most, sizeof *values),
           *weights = swp_alloc(most * side, sizeof *weights);
    swp_status status = SWP_OK;
    if (!x || !a || !values || !weights)
        status = swp_fail(err, SWP_NOMEM, "out of memory for principal components");
    if (status == SWP_OK && n < length)
        multiply_rows(x, n, length, a);
    else if (status == SWP_OK)
        add_products(x, n, length, a);
    if (status == SWP_OK)
        status = find_eigenvectors(a, side, most, values, n < length ? weights : out, err);
    if (status == SWP_OK && n < length)
        combine(weights, values, most, x, n, length, out);
    swp_free(weights);
    swp_free(values);
    swp_free(a);
    swp_free(x);
    return status;
}

/* Errors of one sequence for every number of components asked for: what is left when one component
 * after the other is subtracted. rest (length) */
static swp_status take_away(const eng_baseline *list, size_t n, const double *components,
                            size_t most, double *rest, size_t length, float *out, size_t stride,
                            swp_err *err)
{
    swp_status status = SWP_OK;
    for (size_t k = 1; k <= most && status == SWP_OK; k++, components += length) {
        double along = 0, square = 0;
        for (size_t t = 0; t < length; t++)
            along += rest[t] * components[t];
        for (size_t t = 0; t < length; t++) {
            rest[t] -= along * components[t];
            square += rest[t] * rest[t];
        }
        for (size_t b = 0; b < n && status == SWP_OK; b++)
            if (list[b].method == ENG_BASELINE_PCA && list[b].components == k)
                status = put_error(square, &out[b * stride], err);
    }
    return status;
}

static swp_status by_components(const eng_dataset *set, const eng_split *s, const double *mean,
                                const eng_baseline *list, size_t n, float *out, swp_err *err)
{
    size_t most = 0, n_rows = eng_baseline_count(s);
    for (size_t b = 0; b < n; b++)
        most = list[b].components > most ? list[b].components : most;
    if (most == 0)
        return SWP_OK;
    double *components = swp_alloc(most * set->length, sizeof *components);
    double *rest = swp_alloc(set->length, sizeof *rest);
    swp_status status = components && rest
                            ? find_components(set, s, mean, most, components, err)
                            : swp_fail(err, SWP_NOMEM, "out of memory for principal components");
    for (size_t i = 0; i < n_rows && status == SWP_OK; i++) {
        const float *x = held_out_at(set, s, i);
        for (size_t t = 0; t < set->length; t++)
            rest[t] = (double)x[t] - mean[t];
        status = take_away(list, n, components, most, rest, set->length, out + i, n_rows, err);
    }
    swp_free(rest);
    swp_free(components);
    return status;
}

swp_status eng_baselines_compute(const eng_dataset *set, const eng_split *split,
                                 const eng_baseline *baselines, size_t n, float *out, swp_err *err)
{
    double *mean = swp_alloc(set->length, sizeof *mean);
    if (!mean)
        return swp_fail(err, SWP_NOMEM, "out of memory for the mean of a split");
    find_mean(set, split, mean);
    swp_status status = by_components(set, split, mean, baselines, n, out, err);
    for (size_t b = 0; b < n && status == SWP_OK; b++) {
        float *errors = out + b * eng_baseline_count(split);
        if (baselines[b].method == ENG_BASELINE_MEAN)
            status = by_mean(set, split, mean, errors, err);
        else if (baselines[b].method == ENG_BASELINE_NEIGHBOUR)
            status = by_neighbour(set, split, errors, err);
    }
    swp_free(mean);
    return status;
}
