/* Bootstrap over rows and models. Rows of a model are sorted once; a resample is how often each row
 * was drawn, so that its areas take one pass over the sorted rows. */
#include "results/stats/bootstrap.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "engine/base/mem.h"

/* A row in the order of a model's errors. */
typedef struct ordered_row {
    float error;
    uint32_t row; /* normal rows first, then anomalies */
} ordered_row;

/* Everything that resampling needs. */
typedef struct sampler {
    size_t n_normal, n_anomaly, n_models, n_sides, n;
    ordered_row *rows; /* (n_sides, n_models, n_normal + n_anomaly) by error */
    uint32_t *drawn;   /* (n_normal + n_anomaly) how often each row is in the resample */
    double *areas;     /* (2, n) of all resamples */
    uint64_t state;    /* of the random numbers */
} sampler;

/* source   Vigna (2014): splitmix64 */
static uint64_t next_random(sampler *s)
{
    uint64_t z = s->state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static size_t draw_below(sampler *s, size_t n)
{
    return (size_t)((next_random(s) >> 32) * (uint64_t)n >> 32);
}

static int compare_rows(const void *a, const void *b)
{
    const ordered_row *x = a, *y = b;
    return (x->error > y->error) - (x->error < y->error);
}

static void sort_model(const res_errors *errors, ordered_row *out)
{
    size_t n = errors->n_test + errors->n_anomaly;
    for (size_t i = 0; i < n; i++)
        out[i] = (ordered_row){i < errors->n_test ? errors->test[i]
                                                  : errors->anomaly[i - errors->n_test],
                               (uint32_t)i};
    qsort(out, n, sizeof *out, compare_rows);
}

static void draw_rows(sampler *s)
{
    size_t n = s->n_normal + s->n_anomaly;
    for (size_t i = 0; i < n; i++)
        s->drawn[i] = 0;
    for (size_t i = 0; i < s->n_normal; i++)
        s->drawn[draw_below(s, s->n_normal)]++;
    for (size_t i = 0; i < s->n_anomaly; i++)
        s->drawn[s->n_normal + draw_below(s, s->n_anomaly)]++;
}

/* The areas of a resample of one model, from its largest error down. */
static void add_areas(const sampler *s, const ordered_row *rows, double sign, double areas[2])
{
    double hits = 0, alarms = 0, auroc = 0, auprc = 0;
    for (size_t i = s->n_normal + s->n_anomaly; i > 0;) {
        double more_hits = 0, more_alarms = 0;
        const float error = rows[i - 1].error;
        for (; i > 0 && rows[i - 1].error == error; i--)
            *(rows[i - 1].row < s->n_normal ? &more_alarms : &more_hits) +=
                s->drawn[rows[i - 1].row];
        auroc += more_alarms * (hits + more_hits / 2);
        hits += more_hits;
        alarms += more_alarms;
        auprc += more_hits > 0 ? more_hits * hits / (hits + alarms) : 0;
    }
    areas[0] += sign * auroc / (hits * alarms);
    areas[1] += sign * auprc / hits;
}

static void resample(sampler *s, size_t at)
{
    size_t n_rows = s->n_normal + s->n_anomaly;
    double areas[2] = {0, 0};
    draw_rows(s);
    for (size_t k = 0; k < s->n_models; k++) {
        size_t model = draw_below(s, s->n_models);
        for (size_t side = 0; side < s->n_sides; side++)
            add_areas(s, s->rows + (side * s->n_models + model) * n_rows, side == 0 ? 1 : -1,
                      areas);
    }
    for (size_t i = 0; i < 2; i++)
        s->areas[i * s->n + at] = areas[i] / (double)s->n_models;
}

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double quantile(const double *sorted, size_t n, double level)
{
    double rank = level * (double)(n - 1);
    size_t below = (size_t)rank;
    size_t above = below + 1 < n ? below + 1 : below;
    return sorted[below] + (rank - (double)below) * (sorted[above] - sorted[below]);
}

static res_interval interval_of(double *areas, size_t n_areas, size_t n_models)
{
    double level = 0.025, n = (double)n_models;
    if (n_models > 1)
        level = erfc(sqrt(n / (n - 1)) * res_t_quantile(n_models - 1) / sqrt(2.0)) / 2;
    qsort(areas, n_areas, sizeof *areas, compare_doubles);
    return (res_interval){quantile(areas, n_areas, level), quantile(areas, n_areas, 1 - level)};
}

swp_status res_bootstrap_areas(const res_errors *models, const res_errors *minus, size_t n,
                               size_t resamples, res_areas *out, swp_err *err)
{
    const res_interval unknown = {(double)NAN, (double)NAN};
    *out = (res_areas){unknown, unknown};
    if (n == 0 || resamples == 0 || models[0].n_test == 0 || models[0].n_anomaly == 0)
        return SWP_OK;
    sampler s = {.n_normal = models[0].n_test,
                 .n_anomaly = models[0].n_anomaly,
                 .n_models = n,
                 .n_sides = minus ? 2 : 1,
                 .n = resamples,
                 .state = 1};
    size_t n_rows = s.n_normal + s.n_anomaly;
    s.rows = swp_alloc(s.n_sides * n * n_rows, sizeof *s.rows);
    s.drawn = swp_alloc(n_rows, sizeof *s.drawn);
    s.areas = swp_alloc(2 * resamples, sizeof *s.areas);
    swp_status status = SWP_OK;
    if (!s.rows || !s.drawn || !s.areas)
        status = swp_fail(err, SWP_NOMEM, "out of memory for %zu resamples", resamples);
    for (size_t k = 0; k < s.n_sides * n && status == SWP_OK; k++)
        sort_model(k < n ? &models[k] : &minus[k - n], s.rows + k * n_rows);
    for (size_t at = 0; at < resamples && status == SWP_OK; at++)
        resample(&s, at);
    if (status == SWP_OK)
        *out = (res_areas){interval_of(s.areas, resamples, n),
                           interval_of(s.areas + resamples, resamples, n)};
    swp_free(s.rows);
    swp_free(s.drawn);
    swp_free(s.areas);
    return status;
}
