#include "results/stats/detection.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"
#include "engine/base/str.h"

swp_status res_threshold_parse(const char *text, res_threshold *out, swp_err *err)
{
    res_threshold read = {.kind = RES_THRESHOLD_VALUE};
    if (strcmp(text, "best_f1") == 0) {
        read.kind = RES_THRESHOLD_BEST_F1;
    } else if (strcmp(text, "youden") == 0) {
        read.kind = RES_THRESHOLD_YOUDEN;
    } else {
        if (*text == 'p')
            read.kind = RES_THRESHOLD_PERCENTILE;
        const char *number = read.kind == RES_THRESHOLD_PERCENTILE ? text + 1 : text;
        double most = read.kind == RES_THRESHOLD_PERCENTILE ? 100 : HUGE_VAL;
        if (!swp_parse_double(number, &read.value) || read.value < 0 || read.value > most)
            return swp_fail(err, SWP_CONFIG,
                            "expected a threshold (a number from 0, p0 to p100, best_f1 or "
                            "youden), found '%s'",
                            text);
        read.value += 0.0; /* "-0" is 0, so that equal thresholds have one text */
    }
    *out = read;
    return SWP_OK;
}

char *res_threshold_format(res_threshold threshold, char out[RES_THRESHOLD_TEXT_SIZE])
{
    char number[SWP_NUMBER_SIZE];
    switch (threshold.kind) {
    case RES_THRESHOLD_VALUE:
        snprintf(out, RES_THRESHOLD_TEXT_SIZE, "%s", swp_format_double(threshold.value, number));
        break;
    case RES_THRESHOLD_PERCENTILE:
        snprintf(out, RES_THRESHOLD_TEXT_SIZE, "p%s", swp_format_double(threshold.value, number));
        break;
    case RES_THRESHOLD_BEST_F1:
        snprintf(out, RES_THRESHOLD_TEXT_SIZE, "best_f1");
        break;
    case RES_THRESHOLD_YOUDEN:
        snprintf(out, RES_THRESHOLD_TEXT_SIZE, "youden");
        break;
    }
    return out;
}

static int compare_floats(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

/* Sorted copies of both test sets in one block, which the caller frees through `normal`. */
typedef struct ranking {
    float *normal, *anomaly; /* (n_normal) (n_anomaly) ascending */
    size_t n_normal, n_anomaly;
} ranking;

static float *sorted_copy(float *to, const float *from, size_t n)
{
    if (n > 0)
        memcpy(to, from, n * sizeof *to);
    qsort(to, n, sizeof *to, compare_floats);
    return to;
}

static swp_status ranking_init(ranking *out, const res_errors *errors, swp_err *err)
{
    float *block = swp_alloc(errors->n_test + errors->n_anomaly, sizeof *block);
    if (!block)
        return swp_fail(err, SWP_NOMEM, "out of memory");
    *out = (ranking){.n_normal = errors->n_test, .n_anomaly = errors->n_anomaly};
    out->normal = sorted_copy(block, errors->test, errors->n_test);
    out->anomaly = sorted_copy(block + errors->n_test, errors->anomaly, errors->n_anomaly);
    return SWP_OK;
}

/* Linear interpolation in the form that numpy uses, so that float64 results agree to the bit. */
static double lerp(double a, double b, double t)
{
    return t < 0.5 ? a + (b - a) * t : b - (b - a) * (1 - t);
}

static swp_status percentile(const float *values, size_t n, double percent, double *out,
                             swp_err *err)
{
    if (n == 0)
        return swp_fail(err, SWP_CONFIG,
                        "a percentile threshold needs validation errors, there are none");
    float *sorted = swp_alloc(n, sizeof *sorted);
    if (!sorted)
        return swp_fail(err, SWP_NOMEM, "out of memory");
    sorted_copy(sorted, values, n);
    double rank = (double)(n - 1) * (percent / 100);
    size_t below = (size_t)rank;
    size_t above = below + 1 < n ? below + 1 : below;
    *out = lerp((double)sorted[below], (double)sorted[above], rank - (double)below);
    swp_free(sorted);
    return SWP_OK;
}

static double f1_or_0(const res_counts *counts)
{
    double f1 = res_f1(counts);
    return isnan(f1) ? 0 : f1;
}

static double youden_or_0(const res_counts *counts)
{
    double youden = res_normal_recall(counts) + res_anomaly_recall(counts) - 1;
    return isnan(youden) ? 0 : youden;
}

/* The next larger error of either set after the first `i` and `j`. */
static float next_error(const ranking *r, size_t i, size_t j)
{
    if (i == r->n_normal)
        return r->anomaly[j];
    if (j == r->n_anomaly)
        return r->normal[i];
    return r->normal[i] < r->anomaly[j] ? r->normal[i] : r->anomaly[j];
}

/* Of all thresholds the one with the best score; the header says which are tried. */
static double best_threshold(const ranking *r, double (*score)(const res_counts *))
{
    res_counts counts = {.normal_total = r->n_normal, .anomaly_total = r->n_anomaly};
    counts.anomaly_correct = r->n_anomaly;
    double best = nextafter((double)next_error(r, 0, 0), -HUGE_VAL);
    double best_score = score(&counts);
    size_t i = 0, j = 0;
    while (i < r->n_normal || j < r->n_anomaly) {
        float error = next_error(r, i, j);
        while (i < r->n_normal && r->normal[i] <= error)
            i++;
        while (j < r->n_anomaly && r->anomaly[j] <= error)
            j++;
        counts.normal_correct = i;
        counts.anomaly_correct = r->n_anomaly - j;
        double s = score(&counts);
        if (s >= best_score) {
            best_score = s;
            best = (double)error;
        }
    }
    return best;
}

swp_status res_threshold_resolve(res_threshold threshold, const res_errors *errors, double *out,
                                 swp_err *err)
{
    if (threshold.kind == RES_THRESHOLD_VALUE) {
        *out = threshold.value;
        return SWP_OK;
    }
    if (threshold.kind == RES_THRESHOLD_PERCENTILE)
        return percentile(errors->val, errors->n_val, threshold.value, out, err);
    if (errors->n_test + errors->n_anomaly == 0)
        return swp_fail(err, SWP_CONFIG, "a threshold cannot be chosen on an empty test set");

    ranking r;
    swp_status status = ranking_init(&r, errors, err);
    if (status != SWP_OK)
        return status;
    *out = best_threshold(&r, threshold.kind == RES_THRESHOLD_BEST_F1 ? f1_or_0 : youden_or_0);
    swp_free(r.normal);
    return SWP_OK;
}

static size_t count_above(const float *errors, size_t n, double threshold)
{
    size_t above = 0;
    for (size_t i = 0; i < n; i++)
        above += (double)errors[i] > threshold;
    return above;
}

res_counts res_count(const res_errors *errors, double threshold)
{
    return (res_counts){
        .normal_correct = errors->n_test - count_above(errors->test, errors->n_test, threshold),
        .normal_total = errors->n_test,
        .anomaly_correct = count_above(errors->anomaly, errors->n_anomaly, threshold),
        .anomaly_total = errors->n_anomaly,
    };
}

static double share(size_t part, size_t whole)
{
    return whole > 0 ? (double)part / (double)whole : (double)NAN;
}

double res_normal_recall(const res_counts *counts)
{
    return share(counts->normal_correct, counts->normal_total);
}

double res_anomaly_recall(const res_counts *counts)
{
    return share(counts->anomaly_correct, counts->anomaly_total);
}

static size_t false_alarms(const res_counts *counts)
{
    return counts->normal_total - counts->normal_correct;
}

double res_precision(const res_counts *counts)
{
    return share(counts->anomaly_correct, counts->anomaly_correct + false_alarms(counts));
}

double res_f1(const res_counts *counts)
{
    return share(2 * counts->anomaly_correct,
                 counts->anomaly_correct + counts->anomaly_total + false_alarms(counts));
}

double res_balanced_accuracy(const res_counts *counts)
{
    return (res_normal_recall(counts) + res_anomaly_recall(counts)) / 2;
}

double res_mcc(const res_counts *counts)
{
    double hits = (double)counts->anomaly_correct, passes = (double)counts->normal_correct;
    double misses = (double)counts->anomaly_total - hits, alarms = (double)false_alarms(counts);
    double product = (hits + alarms) * (hits + misses) * (passes + alarms) * (passes + misses);
    return product > 0 ? (hits * passes - alarms * misses) / sqrt(product) : (double)NAN;
}

swp_status res_auroc(const res_errors *errors, double *out, swp_err *err)
{
    ranking r;
    swp_status status = ranking_init(&r, errors, err);
    if (status != SWP_OK)
        return status;
    /* Pairs in halves, so that ties stay whole numbers. */
    uint64_t halves = 0;
    size_t below = 0, not_above = 0;
    for (size_t j = 0; j < r.n_anomaly; j++) {
        while (below < r.n_normal && r.normal[below] < r.anomaly[j])
            below++;
        while (not_above < r.n_normal && r.normal[not_above] <= r.anomaly[j])
            not_above++;
        halves += below + not_above;
    }
    double pairs = (double)r.n_normal * (double)r.n_anomaly;
    *out = pairs > 0 ? (double)halves / (2 * pairs) : (double)NAN;
    swp_free(r.normal);
    return SWP_OK;
}

/* The largest error of either set below the last `i` and `j`, counted from the top. */
static float previous_error(const ranking *r, size_t i, size_t j)
{
    if (i == 0)
        return r->anomaly[j - 1];
    if (j == 0)
        return r->normal[i - 1];
    return r->normal[i - 1] > r->anomaly[j - 1] ? r->normal[i - 1] : r->anomaly[j - 1];
}

swp_status res_auprc(const res_errors *errors, double *out, swp_err *err)
{
    ranking r;
    swp_status status = ranking_init(&r, errors, err);
    if (status != SWP_OK)
        return status;
    double area = r.n_anomaly > 0 ? 0 : (double)NAN;
    size_t i = r.n_normal, j = r.n_anomaly; /* rows that are not flagged yet */
    while (j > 0) {
        float error = previous_error(&r, i, j);
        size_t unflagged = j;
        while (i > 0 && r.normal[i - 1] >= error)
            i--;
        while (j > 0 && r.anomaly[j - 1] >= error)
            j--;
        size_t hits = r.n_anomaly - j, alarms = r.n_normal - i;
        area += share(unflagged - j, r.n_anomaly) * share(hits, hits + alarms);
    }
    *out = area;
    swp_free(r.normal);
    return SWP_OK;
}
