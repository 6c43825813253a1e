/* Thresholds, counts and detection metrics. All that needs errors in order works on a ranking,
 * which sorts the errors of one step once; thresholds chosen on the test set are compared in whole
 * numbers. */
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
        else if (*text == 'c')
            read.kind = RES_THRESHOLD_CONFORMAL;
        bool share = read.kind != RES_THRESHOLD_VALUE;
        bool conformal = read.kind == RES_THRESHOLD_CONFORMAL;
        if (!swp_parse_double(share ? text + 1 : text, &read.value) || read.value < 0 ||
            (share && read.value > 100) || (conformal && (read.value == 0 || read.value == 100)))
            return swp_fail(err, SWP_CONFIG,
                            "expected a threshold (a number from 0, p0 to p100, c between 0 and "
                            "100, best_f1 or youden), found '%s'",
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
    case RES_THRESHOLD_CONFORMAL:
        snprintf(out, RES_THRESHOLD_TEXT_SIZE, "%c%s",
                 threshold.kind == RES_THRESHOLD_PERCENTILE ? 'p' : 'c',
                 swp_format_double(threshold.value, number));
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

static float *sorted_copy(float *to, const float *from, size_t n)
{
    if (n > 0)
        memcpy(to, from, n * sizeof *to);
    qsort(to, n, sizeof *to, compare_floats);
    return to;
}

swp_status res_ranking_init(res_ranking *out, const res_errors *errors, swp_err *err)
{
    *out = (res_ranking){.n_val = errors->n_val,
                         .n_normal = errors->n_test,
                         .n_anomaly = errors->n_anomaly,
                         .n_tune = errors->n_tune};
    float *block = swp_alloc(errors->n_val + errors->n_test + errors->n_anomaly + errors->n_tune,
                             sizeof *block);
    if (!block)
        return swp_fail(err, SWP_NOMEM, "out of memory");
    out->val = sorted_copy(block, errors->val, errors->n_val);
    out->normal = sorted_copy(out->val + errors->n_val, errors->test, errors->n_test);
    out->anomaly = sorted_copy(out->normal + errors->n_test, errors->anomaly, errors->n_anomaly);
    out->tune = sorted_copy(out->anomaly + errors->n_anomaly, errors->tune, errors->n_tune);
    return SWP_OK;
}

void res_ranking_deinit(res_ranking *ranking)
{
    swp_free(ranking->val);
    *ranking = (res_ranking){0};
}

/* Linear interpolation in the form that numpy uses, so that float64 results agree to the bit. */
static double lerp(double a, double b, double t)
{
    return t < 0.5 ? a + (b - a) * t : b - (b - a) * (1 - t);
}

static swp_status percentile(const res_ranking *r, double percent, double *out, swp_err *err)
{
    if (r->n_val == 0)
        return swp_fail(err, SWP_CONFIG,
                        "a percentile threshold needs validation errors, there are none");
    double rank = (double)(r->n_val - 1) * (percent / 100);
    size_t below = (size_t)rank;
    size_t above = below + 1 < r->n_val ? below + 1 : below;
    *out = lerp((double)r->val[below], (double)r->val[above], rank - (double)below);
    return SWP_OK;
}

double res_percentile_alarms(double percent, size_t n)
{
    double rank = (double)(n - 1) * (percent / 100) + 1;
    return n > 0 ? 1 - rank / (double)(n + 1) : (double)NAN;
}

/* The rank from 1; what is whole on paper need not be so in binary. */
static double conformal_rank(double percent, size_t n)
{
    return ceil((double)(n + 1) * percent / 100 - 1e-9);
}

bool res_conformal_possible(double percent, size_t n, size_t *needed)
{
    *needed = (size_t)ceil(percent / (100 - percent) - 1e-9);
    return conformal_rank(percent, n) <= (double)n;
}

static swp_status conformal(const res_ranking *r, double percent, double *out, swp_err *err)
{
    size_t needed;
    if (!res_conformal_possible(percent, r->n_val, &needed))
        return swp_fail(err, SWP_CONFIG, "c%g needs %zu validation errors, there are %zu", percent,
                        needed, r->n_val);
    *out = (double)r->val[(size_t)conformal_rank(percent, r->n_val) - 1];
    return SWP_OK;
}

/* The rows that labels may be looked at: the tuning part with the validation rows, or for want of
 * one the test set. */
static res_ranking chosen_by(const res_ranking *r)
{
    if (r->n_tune == 0)
        return *r;
    return (res_ranking){
        .normal = r->val, .n_normal = r->n_val, .anomaly = r->tune, .n_anomaly = r->n_tune};
}

/* A quality of a threshold as a fraction of whole numbers, so that equal ones are found equal.
 * Their products fit: a blob of SQLite holds less than 2^28 errors. */
typedef struct fraction {
    uint64_t over, under;
} fraction;

static bool at_least(fraction a, fraction b)
{
    return a.over * b.under >= b.over * a.under;
}

static size_t false_alarms(const res_counts *counts)
{
    return counts->normal_total - counts->normal_correct;
}

/* Without a denominator 0. */
static fraction f1_fraction(const res_counts *c)
{
    uint64_t under = c->anomaly_correct + c->anomaly_total + false_alarms(c);
    return under > 0 ? (fraction){2 * c->anomaly_correct, under} : (fraction){0, 1};
}

/* Youden's index plus 1, over a common denominator; without one 0. */
static fraction youden_fraction(const res_counts *c)
{
    if (c->normal_total == 0 || c->anomaly_total == 0)
        return (fraction){0, 1};
    return (fraction){c->normal_correct * c->anomaly_total + c->anomaly_correct * c->normal_total,
                      1};
}

/* The next larger error of either set after the first `i` and `j`. */
static float next_error(const res_ranking *r, size_t i, size_t j)
{
    if (i == r->n_normal)
        return r->anomaly[j];
    if (j == r->n_anomaly)
        return r->normal[i];
    return r->normal[i] < r->anomaly[j] ? r->normal[i] : r->anomaly[j];
}

/* Halfway between an error and the next larger one, of which a double always has a number. Beyond
 * the largest error it is halfway to the next float. */
static double halfway(float error, float next)
{
    double from = (double)error, to = (double)next;
    if (isinf(next)) /* beyond the largest float: as far away as the one before it */
        to = from + (from - (double)nextafterf(error, 0));
    return from + (to - from) / 2;
}

/* Of all thresholds the one with the best quality; the header says which are tried. */
static double best_threshold(const res_ranking *r, fraction (*quality)(const res_counts *))
{
    res_counts counts = {.normal_total = r->n_normal, .anomaly_total = r->n_anomaly};
    counts.anomaly_correct = r->n_anomaly;
    float least = next_error(r, 0, 0);
    double best = halfway(nextafterf(least, -HUGE_VALF), least);
    fraction best_quality = quality(&counts);
    size_t i = 0, j = 0;
    while (i < r->n_normal || j < r->n_anomaly) {
        float error = next_error(r, i, j);
        while (i < r->n_normal && r->normal[i] <= error)
            i++;
        while (j < r->n_anomaly && r->anomaly[j] <= error)
            j++;
        counts.normal_correct = i;
        counts.anomaly_correct = r->n_anomaly - j;
        fraction found = quality(&counts);
        if (at_least(found, best_quality)) {
            bool last = i == r->n_normal && j == r->n_anomaly;
            best_quality = found;
            best = halfway(error, last ? nextafterf(error, HUGE_VALF) : next_error(r, i, j));
        }
    }
    return best;
}

swp_status res_ranking_threshold(const res_ranking *ranking, res_threshold threshold, double *out,
                                 swp_err *err)
{
    if (threshold.kind == RES_THRESHOLD_VALUE) {
        *out = threshold.value;
        return SWP_OK;
    }
    if (threshold.kind == RES_THRESHOLD_PERCENTILE)
        return percentile(ranking, threshold.value, out, err);
    if (threshold.kind == RES_THRESHOLD_CONFORMAL)
        return conformal(ranking, threshold.value, out, err);
    const res_ranking labelled = chosen_by(ranking);
    if (labelled.n_normal + labelled.n_anomaly == 0)
        return swp_fail(err, SWP_CONFIG, "a threshold cannot be chosen on an empty test set");
    *out = best_threshold(&labelled,
                          threshold.kind == RES_THRESHOLD_BEST_F1 ? f1_fraction : youden_fraction);
    return SWP_OK;
}

swp_status res_threshold_resolve(res_threshold threshold, const res_errors *errors, double *out,
                                 swp_err *err)
{
    res_ranking ranking;
    swp_status status = res_ranking_init(&ranking, errors, err);
    if (status == SWP_OK)
        status = res_ranking_threshold(&ranking, threshold, out, err);
    res_ranking_deinit(&ranking);
    return status;
}

/* How many of the sorted errors are at most the threshold. */
static size_t count_up_to(const float *sorted, size_t n, double threshold)
{
    size_t from = 0;
    while (n > 0) {
        size_t half = n / 2;
        bool up_to = (double)sorted[from + half] <= threshold;
        from += up_to ? half + 1 : 0;
        n = up_to ? n - half - 1 : half;
    }
    return from;
}

res_counts res_ranking_count(const res_ranking *r, double threshold)
{
    return (res_counts){
        .normal_correct = count_up_to(r->normal, r->n_normal, threshold),
        .normal_total = r->n_normal,
        .anomaly_correct = r->n_anomaly - count_up_to(r->anomaly, r->n_anomaly, threshold),
        .anomaly_total = r->n_anomaly,
    };
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

double res_ranking_auroc(const res_ranking *r)
{
    /* Pairs in halves, so that ties stay whole numbers. */
    uint64_t halves = 0;
    size_t below = 0, not_above = 0;
    for (size_t j = 0; j < r->n_anomaly; j++) {
        while (below < r->n_normal && r->normal[below] < r->anomaly[j])
            below++;
        while (not_above < r->n_normal && r->normal[not_above] <= r->anomaly[j])
            not_above++;
        halves += below + not_above;
    }
    double pairs = (double)r->n_normal * (double)r->n_anomaly;
    return pairs > 0 ? (double)halves / (2 * pairs) : (double)NAN;
}

double res_ranking_tune_auroc(const res_ranking *ranking)
{
    const res_ranking labelled = chosen_by(ranking);
    return ranking->n_tune > 0 ? res_ranking_auroc(&labelled) : (double)NAN;
}

double res_ranking_tune_balanced_accuracy(const res_ranking *ranking)
{
    const res_ranking labelled = chosen_by(ranking);
    if (ranking->n_tune == 0 || ranking->n_val == 0)
        return (double)NAN;
    const res_counts counts =
        res_ranking_count(&labelled, best_threshold(&labelled, youden_fraction));
    return res_balanced_accuracy(&counts);
}

/* The largest error of either set below the last `i` and `j`, counted from the top. */
static float previous_error(const res_ranking *r, size_t i, size_t j)
{
    if (i == 0)
        return r->anomaly[j - 1];
    if (j == 0)
        return r->normal[i - 1];
    return r->normal[i - 1] > r->anomaly[j - 1] ? r->normal[i - 1] : r->anomaly[j - 1];
}

double res_ranking_auprc(const res_ranking *r)
{
    double area = r->n_anomaly > 0 ? 0 : (double)NAN;
    size_t i = r->n_normal, j = r->n_anomaly; /* rows that are not flagged yet */
    while (j > 0) {
        float error = previous_error(r, i, j);
        size_t unflagged = j;
        while (i > 0 && r->normal[i - 1] >= error)
            i--;
        while (j > 0 && r->anomaly[j - 1] >= error)
            j--;
        size_t hits = r->n_anomaly - j, alarms = r->n_normal - i;
        area += share(unflagged - j, r->n_anomaly) * share(hits, hits + alarms);
    }
    return area;
}

static swp_status area(double (*of)(const res_ranking *), const res_errors *errors, double *out,
                       swp_err *err)
{
    res_ranking ranking;
    swp_status status = res_ranking_init(&ranking, errors, err);
    if (status == SWP_OK)
        *out = of(&ranking);
    res_ranking_deinit(&ranking);
    return status;
}

swp_status res_auroc(const res_errors *errors, double *out, swp_err *err)
{
    return area(res_ranking_auroc, errors, out, err);
}

swp_status res_auprc(const res_errors *errors, double *out, swp_err *err)
{
    return area(res_ranking_auprc, errors, out, err);
}
