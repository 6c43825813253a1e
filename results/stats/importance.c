/* Shares of variance: exact on a full grid, from an additive model otherwise. */
#include "results/stats/importance.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"

/* --- combinations of values ------------------------------------------------------------------- */

/* Trials of one combination. */
typedef struct cell {
    size_t first, n; /* of the sorted trials */
    double mean;
} cell;

typedef struct cells {
    size_t *sorted; /* (trials) by combination */
    cell *list;     /* (n) */
    size_t n;
    double inner; /* sum of squares within combinations */
} cells;

static bool is_same(const res_factor *factors, size_t n_factors, size_t a, size_t b)
{
    for (size_t f = 0; f < n_factors; f++)
        if (factors[f].level[a] != factors[f].level[b])
            return false;
    return true;
}

/* Sort trials by combination: by counting, the last parameter first. `room` (trials) */
static bool sort_trials(const res_factor *factors, size_t n_factors, size_t n, size_t *sorted,
                        size_t *room)
{
    for (size_t i = 0; i < n; i++)
        sorted[i] = i;
    for (size_t f = n_factors; f-- > 0;) {
        size_t *begin = swp_alloc(factors[f].n_levels + 1, sizeof *begin);
        if (!begin)
            return false;
        for (size_t i = 0; i < n; i++)
            begin[factors[f].level[i] + 1]++;
        for (size_t l = 0; l < factors[f].n_levels; l++)
            begin[l + 1] += begin[l];
        for (size_t i = 0; i < n; i++)
            room[begin[factors[f].level[sorted[i]]]++] = sorted[i];
        memcpy(sorted, room, n * sizeof *sorted);
        swp_free(begin);
    }
    return true;
}

static swp_status make_cells(const double *values, size_t n, const res_factor *factors,
                             size_t n_factors, cells *out, swp_err *err)
{
    size_t *room = swp_alloc(n, sizeof *room);
    *out = (cells){.sorted = swp_alloc(n, sizeof *out->sorted),
                   .list = swp_alloc(n, sizeof *out->list)};
    bool ok =
        room && out->sorted && out->list && sort_trials(factors, n_factors, n, out->sorted, room);
    swp_free(room);
    if (!ok)
        return swp_fail(err, SWP_NOMEM, "out of memory for %zu trials", n);
    for (size_t i = 0; i < n; i++) {
        size_t t = out->sorted[i];
        if (i == 0 || !is_same(factors, n_factors, out->sorted[i - 1], t))
            out->list[out->n++].first = i;
        out->list[out->n - 1].n++;
        out->list[out->n - 1].mean += values[t];
    }
    for (size_t c = 0; c < out->n; c++) {
        cell *one = &out->list[c];
        one->mean /= (double)one->n;
        for (size_t i = one->first; i < one->first + one->n; i++)
            out->inner += pow(values[out->sorted[i]] - one->mean, 2);
    }
    return SWP_OK;
}

static void cells_deinit(cells *c)
{
    swp_free(c->sorted);
    swp_free(c->list);
}

static bool is_full(const cells *c, const res_factor *factors, size_t n_factors)
{
    size_t product = 1;
    for (size_t f = 0; f < n_factors; f++) {
        if (product > c->n)
            return false;
        product *= factors[f].n_levels;
    }
    return product == c->n;
}

/* --- a full grid ------------------------------------------------------------------------------ */

/* Variance of the means of a parameter's values around `mean`. `sums` (levels) is scratch. */
static double main_effect(const cells *c, const res_factor *factor, double mean, double *sums)
{
    double each = (double)c->n / (double)factor->n_levels, variance = 0;
    memset(sums, 0, factor->n_levels * sizeof *sums);
    for (size_t i = 0; i < c->n; i++)
        sums[factor->level[c->sorted[c->list[i].first]]] += c->list[i].mean;
    for (size_t l = 0; l < factor->n_levels; l++)
        variance += pow(sums[l] / each - mean, 2);
    return variance / (double)factor->n_levels;
}

/* Noise of variance s2 in each trial gives the means of k values a variance of s2 (k - 1) / cells,
 * times the mean of 1 / repeats, and the interactions what is left of its degrees of freedom. */
static void split_grid(const cells *c, const res_factor *factors, size_t n_factors, double *sums,
                       res_share *shares, res_importance *out)
{
    double n_cells = (double)c->n, mean = 0, total = 0, inverse = 0, degrees = n_cells - 1;
    for (size_t i = 0; i < c->n; i++) {
        mean += c->list[i].mean / n_cells;
        inverse += 1 / ((double)c->list[i].n * n_cells);
    }
    for (size_t i = 0; i < c->n; i++)
        total += pow(c->list[i].mean - mean, 2) / n_cells;
    total = total > 0 ? total : 1; /* combinations that differ in nothing but noise */
    double of_one = out->noise * out->noise * inverse / (n_cells * total);
    out->rest = 1;
    for (size_t f = 0; f < n_factors; f++) {
        double own = (double)factors[f].n_levels - 1;
        shares[f].share = main_effect(c, &factors[f], mean, sums) / total;
        shares[f].floor = of_one * own;
        out->rest -= shares[f].share;
        degrees -= own;
    }
    out->rest = degrees > 0 ? fmax(out->rest, 0) : 0;
    out->floor = of_one * degrees;
}

/* --- an additive model ------------------------------------------------------------------------ */

enum { MOST_LEVELS = 4, MOST_DEGREE = 3 };

typedef struct model {
    const res_factor *factors;
    size_t n_factors;
    size_t degree;   /* of polynomials */
    size_t columns;  /* with the constant, which is the first */
    double *matrix;  /* (columns, columns) X'X, then its Cholesky factor (lower) */
    double *right;   /* (columns) X'y, then the coefficients */
    double *row;     /* (columns) */
    double *scratch; /* (columns) */
} model;

static bool is_by_level(const res_factor *factor)
{
    return !factor->place || factor->n_levels <= MOST_LEVELS;
}

static size_t columns_of(const res_factor *factor, size_t degree)
{
    return is_by_level(factor) ? factor->n_levels - 1 : degree;
}

/* Legendre polynomials 1 to degree of a number in -1..1. */
static void add_polynomials(double x, size_t degree, double *out)
{
    double before = 1, now = x;
    for (size_t k = 1; k <= degree; k++) {
        double next = ((2 * (double)k + 1) * x * now - (double)k * before) / ((double)k + 1);
        *out++ = now;
        before = now;
        now = next;
    }
}

/* The row of a trial in the matrix of the model: the constant, then each parameter's columns; the
 * first level is the one without a column. */
static void fill_row(const model *m, size_t trial)
{
    double *to = m->row;
    *to++ = 1;
    for (size_t f = 0; f < m->n_factors; f++) {
        const res_factor *factor = &m->factors[f];
        size_t level = factor->level[trial], own = columns_of(factor, m->degree);
        if (is_by_level(factor)) {
            for (size_t k = 0; k < own; k++)
                to[k] = level == k + 1 ? 1 : 0;
        } else {
            double low = factor->place[0], high = factor->place[factor->n_levels - 1];
            add_polynomials(2 * (factor->place[level] - low) / (high - low) - 1, own, to);
        }
        to += own;
    }
}

/* Cholesky factor in place; false where columns depend on one another. */
static bool decompose(double *a, size_t n)
{
    for (size_t j = 0; j < n; j++) {
        double before = a[j * n + j];
        for (size_t k = 0; k < j; k++)
            a[j * n + j] -= a[j * n + k] * a[j * n + k];
        if (!(a[j * n + j] > 1e-10 * before))
            return false;
        a[j * n + j] = sqrt(a[j * n + j]);
        for (size_t i = j + 1; i < n; i++) {
            for (size_t k = 0; k < j; k++)
                a[i * n + j] -= a[i * n + k] * a[j * n + k];
            a[i * n + j] /= a[j * n + j];
        }
    }
    return true;
}

/* Solve L L' x = b in place. */
static void solve(const double *l, size_t n, double *b)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < i; k++)
            b[i] -= l[i * n + k] * b[k];
        b[i] /= l[i * n + i];
    }
    for (size_t i = n; i-- > 0;) {
        for (size_t k = i + 1; k < n; k++)
            b[i] -= l[k * n + i] * b[k];
        b[i] /= l[i * n + i];
    }
}

static void model_deinit(model *m)
{
    swp_free(m->matrix);
    swp_free(m->right);
    swp_free(m->row);
    swp_free(m->scratch);
}

/* Fit with polynomials of this degree; *ok is false if the trials do not determine them. */
static swp_status fit(const double *values, size_t n, size_t degree, model *m, bool *ok,
                      swp_err *err)
{
    m->degree = degree;
    m->columns = 1;
    for (size_t f = 0; f < m->n_factors; f++)
        m->columns += columns_of(&m->factors[f], degree);
    size_t p = m->columns;
    *ok = 3 * p <= 2 * n;
    if (!*ok)
        return SWP_OK;
    m->matrix = swp_alloc(p * p, sizeof *m->matrix);
    m->right = swp_alloc(p, sizeof *m->right);
    m->row = swp_alloc(p, sizeof *m->row);
    m->scratch = swp_alloc(p, sizeof *m->scratch);
    if (!m->matrix || !m->right || !m->row || !m->scratch)
        return swp_fail(err, SWP_NOMEM, "out of memory for a model of %zu columns", p);
    for (size_t t = 0; t < n; t++) {
        fill_row(m, t);
        for (size_t i = 0; i < p; i++) {
            m->right[i] += m->row[i] * values[t];
            for (size_t j = 0; j <= i; j++)
                m->matrix[i * p + j] += m->row[i] * m->row[j];
        }
    }
    *ok = decompose(m->matrix, p);
    if (*ok)
        solve(m->matrix, p, m->right);
    return SWP_OK;
}

/* The quadratic form b' M c that is the variance of a parameter's curve over its range (b = c its
 * coefficients): uniform over the levels, or over -1..1. */
static double variance_form(const res_factor *factor, size_t columns, const double *b,
                            const double *c)
{
    double levels = (double)factor->n_levels, products = 0, sum_b = 0, sum_c = 0;
    if (is_by_level(factor)) {
        for (size_t k = 0; k < columns; k++) {
            products += b[k] * c[k];
            sum_b += b[k];
            sum_c += c[k];
        }
        return products / levels - sum_b * sum_c / (levels * levels);
    }
    for (size_t k = 0; k < columns; k++)
        products += b[k] * c[k] / (2 * (double)k + 3);
    return products;
}

/* The mean of that form over coefficients that are noise of variance 1: the trace of M times their
 * covariance, which is the inverse of X'X. */
static double noise_form(const model *m, const res_factor *factor, size_t first, size_t columns)
{
    double trace = 0, unit[MOST_DEGREE] = {0};
    double *axis = columns <= MOST_DEGREE ? unit : m->row;
    for (size_t k = 0; k < columns; k++) {
        memset(m->scratch, 0, m->columns * sizeof *m->scratch);
        memset(axis, 0, columns * sizeof *axis);
        m->scratch[first + k] = axis[k] = 1;
        solve(m->matrix, m->columns, m->scratch);
        trace += variance_form(factor, columns, axis, m->scratch + first);
    }
    return trace;
}

static double residual_variance(const model *m, const double *values, size_t n)
{
    double squares = 0;
    for (size_t t = 0; t < n; t++) {
        double left = values[t];
        fill_row(m, t);
        for (size_t i = 0; i < m->columns; i++)
            left -= m->row[i] * m->right[i];
        squares += left * left;
    }
    return squares / (double)(n - m->columns);
}

static void split_model(const model *m, const double *values, size_t n, res_share *shares,
                        res_importance *out)
{
    double residual = residual_variance(m, values, n), total = residual;
    for (size_t f = 0, first = 1; f < m->n_factors; f++) {
        const double *own = m->right + first;
        size_t columns = columns_of(&m->factors[f], m->degree);
        shares[f].share = variance_form(&m->factors[f], columns, own, own);
        shares[f].floor = residual * noise_form(m, &m->factors[f], first, columns);
        total += shares[f].share;
        first += columns;
    }
    for (size_t f = 0; f < m->n_factors; f++) {
        shares[f].share /= total;
        shares[f].floor /= total;
    }
    out->rest = residual / total;
    out->floor = (double)NAN;
}

static swp_status split_by_model(const double *values, size_t n, const res_factor *factors,
                                 size_t n_factors, res_share *shares, res_importance *out,
                                 swp_err *err)
{
    bool ok = false;
    swp_status status = SWP_OK;
    for (size_t degree = MOST_DEGREE; degree > 0 && !ok && status == SWP_OK; degree--) {
        model m = {.factors = factors, .n_factors = n_factors};
        status = fit(values, n, degree, &m, &ok, err);
        if (status == SWP_OK && ok)
            split_model(&m, values, n, shares, out);
        model_deinit(&m);
    }
    if (status == SWP_OK && !ok)
        return swp_fail(err, SWP_CONFIG,
                        "%zu trials are too few to tell the effects of %zu parameters apart", n,
                        n_factors);
    return status;
}

/* --- either ----------------------------------------------------------------------------------- */

static bool all_equal(const double *values, size_t n)
{
    for (size_t i = 1; i < n; i++)
        if (values[i] < values[0] || values[i] > values[0])
            return false;
    return true;
}

swp_status res_importance_of(const double *values, size_t n, const res_factor *factors,
                             size_t n_factors, res_share *shares, res_importance *out, swp_err *err)
{
    *out = (res_importance){.n_trials = n, .noise = (double)NAN};
    if (n_factors == 0 || all_equal(values, n))
        return swp_fail(err, SWP_CONFIG, "%zu trials do not differ in %s", n,
                        n_factors == 0 ? "a parameter" : "their result");
    size_t most = 0;
    for (size_t f = 0; f < n_factors; f++)
        most = factors[f].n_levels > most ? factors[f].n_levels : most;
    cells c;
    double *sums = swp_alloc(most, sizeof *sums);
    swp_status status = make_cells(values, n, factors, n_factors, &c, err);
    if (status == SWP_OK && !sums)
        status = swp_fail(err, SWP_NOMEM, "out of memory for %zu values", most);
    if (status == SWP_OK) {
        out->n_cells = c.n;
        out->exact = is_full(&c, factors, n_factors);
        if (n > c.n)
            out->noise = sqrt(c.inner / (double)(n - c.n));
        if (out->exact)
            split_grid(&c, factors, n_factors, sums, shares, out);
        else
            status = split_by_model(values, n, factors, n_factors, shares, out, err);
    }
    swp_free(sums);
    cells_deinit(&c);
    return status;
}
