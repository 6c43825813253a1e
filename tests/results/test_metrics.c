#include "results/stats/detection.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "tests/support/cmocka_all.h"

#define MOST 64

#define assert_near(got, want, tolerance) assert_true(fabs((got) - (want)) <= (tolerance))

/* Errors with many ties: multiples of 1/8 (or of 4, when coarse). */
typedef struct sample {
    float val[MOST], test[MOST], anomaly[MOST];
    res_errors errors;
} sample;

static unsigned draw(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 24;
}

static void fill(float *values, size_t n, uint32_t *state, bool coarse, float shift)
{
    for (size_t i = 0; i < n; i++)
        values[i] = (coarse ? (float)(draw(state) / 32 * 4) : (float)draw(state) / 8) + shift;
}

static void make_sample(sample *s, size_t n_val, size_t n_test, size_t n_anomaly, uint32_t seed)
{
    uint32_t state = seed;
    bool coarse = seed % 2 == 0;
    fill(s->val, n_val, &state, coarse, 0);
    fill(s->test, n_test, &state, coarse, 0);
    fill(s->anomaly, n_anomaly, &state, coarse, coarse ? 4 : 6);
    s->errors = (res_errors){.val = s->val,
                             .test = s->test,
                             .anomaly = s->anomaly,
                             .n_val = n_val,
                             .n_test = n_test,
                             .n_anomaly = n_anomaly};
}

static double resolve(const sample *s, const char *text)
{
    res_threshold threshold;
    double value;
    assert_int_equal(res_threshold_parse(text, &threshold, NULL), SWP_OK);
    assert_int_equal(res_threshold_resolve(threshold, &s->errors, &value, NULL), SWP_OK);
    return value;
}

static void test_parse_and_format(void **state)
{
    (void)state;
    static const char *const good[] = {"45",   "0",     "0.1", "1e+300", "p99",     "p0",
                                       "p100", "p99.5", "c95", "c99.5",  "best_f1", "youden"};
    static const char *const bad[] = {"",    "-1",  "p",   "p101",    "p-1", "inf", "nan",
                                      "45 ", " 45", "99%", "Best_F1", "f1",  "0x10"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        res_threshold threshold;
        char text[RES_THRESHOLD_TEXT_SIZE];
        assert_int_equal(res_threshold_parse(good[i], &threshold, NULL), SWP_OK);
        assert_string_equal(res_threshold_format(threshold, text), good[i]);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        res_threshold threshold;
        swp_err err;
        assert_int_equal(res_threshold_parse(bad[i], &threshold, &err), SWP_CONFIG);
        assert_non_null(strstr(err.text, "best_f1"));
    }
}

static void test_equal_thresholds_have_one_text(void **state)
{
    (void)state;
    res_threshold threshold;
    char text[RES_THRESHOLD_TEXT_SIZE];
    assert_int_equal(res_threshold_parse("-0.0", &threshold, NULL), SWP_OK);
    assert_string_equal(res_threshold_format(threshold, text), "0");
    assert_int_equal(res_threshold_parse("p099.50", &threshold, NULL), SWP_OK);
    assert_string_equal(res_threshold_format(threshold, text), "p99.5");
}

/* Values of numpy 2 percentile and scikit-learn roc_auc_score and average_precision_score. */
static void test_against_numpy_and_sklearn(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        double want;
    } percentiles[] = {{"p0", 1.5},     {"p1", 1.545},   {"p12.5", 3.125},  {"p50", 15.375},
                       {"p90", 29.325}, {"p99", 31.375}, {"p99.5", 31.375}, {"p100", 31.375}};
    sample s;
    make_sample(&s, 37, 41, 23, 7);
    for (size_t i = 0; i < sizeof percentiles / sizeof percentiles[0]; i++)
        assert_near(resolve(&s, percentiles[i].text), percentiles[i].want, 1e-14);
    double auroc, auprc;
    assert_int_equal(res_auroc(&s.errors, &auroc, NULL), SWP_OK);
    assert_int_equal(res_auprc(&s.errors, &auprc, NULL), SWP_OK);
    assert_near(auroc, 0.6431601272534464, 1e-15);
    assert_near(auprc, 0.549705532967341, 1e-15);
}

static double auroc_by_pairs(const res_errors *e)
{
    double wins = 0;
    for (size_t i = 0; i < e->n_test; i++)
        for (size_t j = 0; j < e->n_anomaly; j++)
            wins += e->anomaly[j] > e->test[i] ? 1 : e->anomaly[j] == e->test[i] ? 0.5 : 0;
    return wins / ((double)e->n_test * (double)e->n_anomaly);
}

/* Sum over distinct scores, from the top, of the gain in recall times the precision there. */
static double auprc_by_definition(const res_errors *e)
{
    double area = 0, recall_before = 0;
    for (int k = 8 * 300; k >= 0; k--) {
        double at = k / 8.0;
        double hits = 0, alarms = 0;
        for (size_t j = 0; j < e->n_anomaly; j++)
            hits += (double)e->anomaly[j] >= at;
        for (size_t i = 0; i < e->n_test; i++)
            alarms += (double)e->test[i] >= at;
        double recall = hits / (double)e->n_anomaly;
        if (recall > recall_before)
            area += (recall - recall_before) * hits / (hits + alarms);
        recall_before = recall;
    }
    return area;
}

static void test_areas_match_their_definitions(void **state)
{
    (void)state;
    for (uint32_t seed = 1; seed <= 200; seed++) {
        sample s;
        make_sample(&s, 1, 1 + seed % 50, 1 + seed * 7 % 40, seed);
        double auroc, auprc;
        assert_int_equal(res_auroc(&s.errors, &auroc, NULL), SWP_OK);
        assert_int_equal(res_auprc(&s.errors, &auprc, NULL), SWP_OK);
        assert_near(auroc, auroc_by_pairs(&s.errors), 1e-12);
        assert_near(auprc, auprc_by_definition(&s.errors), 1e-12);
    }
}

static void test_areas_survive_monotone_maps(void **state)
{
    (void)state;
    for (uint32_t seed = 1; seed <= 50; seed++) {
        sample s;
        make_sample(&s, 1, 40, 30, seed);
        double before[2], after[2];
        assert_int_equal(res_auroc(&s.errors, &before[0], NULL), SWP_OK);
        assert_int_equal(res_auprc(&s.errors, &before[1], NULL), SWP_OK);
        for (size_t i = 0; i < 40; i++)
            s.test[i] = s.test[i] * s.test[i] * 3 + 1;
        for (size_t i = 0; i < 30; i++)
            s.anomaly[i] = s.anomaly[i] * s.anomaly[i] * 3 + 1;
        assert_int_equal(res_auroc(&s.errors, &after[0], NULL), SWP_OK);
        assert_int_equal(res_auprc(&s.errors, &after[1], NULL), SWP_OK);
        assert_true(before[0] == after[0] && before[1] == after[1]);
    }
}

/* The quality of a threshold in whole numbers: over / under; 0 without a denominator. */
typedef struct quality {
    uint64_t over, under;
} quality;

static quality quality_of(const res_errors *e, double threshold, bool f1)
{
    res_counts c = res_count(e, threshold);
    size_t alarms = c.normal_total - c.normal_correct;
    quality q = {c.normal_correct * c.anomaly_total + c.anomaly_correct * c.normal_total,
                 c.normal_total * c.anomaly_total};
    if (f1)
        q = (quality){2 * c.anomaly_correct, c.anomaly_correct + c.anomaly_total + alarms};
    return q.under > 0 ? q : (quality){0, 1};
}

/* -1, 0, 1 */
static int compare(quality a, quality b)
{
    uint64_t x = a.over * b.under, y = b.over * a.under;
    return (x > y) - (x < y);
}

/* No threshold is better, and no larger one is as good. The threshold is halfway between the errors
 * below and above it. */
static void check_best(const sample *s, bool f1)
{
    double chosen = resolve(s, f1 ? "best_f1" : "youden");
    double below = -HUGE_VAL, above = HUGE_VAL;
    quality best = quality_of(&s->errors, chosen, f1);
    assert_true(compare(quality_of(&s->errors, -1, f1), best) <= 0);
    for (size_t i = 0; i < s->errors.n_test + s->errors.n_anomaly; i++) {
        double at = (double)(i < s->errors.n_test ? s->test[i] : s->anomaly[i - s->errors.n_test]);
        int found = compare(quality_of(&s->errors, at, f1), best);
        assert_true(at > chosen ? found < 0 : found <= 0);
        below = at < chosen ? fmax(below, at) : below;
        above = at > chosen ? fmin(above, at) : above;
        assert_true(at != chosen);
    }
    if (isinf(below))
        below = (double)nextafterf((float)above, -HUGE_VALF);
    if (isinf(above))
        above = (double)nextafterf((float)below, HUGE_VALF);
    assert_true(chosen == below + (above - below) / 2);
}

static void test_best_thresholds(void **state)
{
    (void)state;
    for (uint32_t seed = 1; seed <= 200; seed++) {
        sample s;
        make_sample(&s, 3, seed % 30, 1 + seed % 17, seed);
        check_best(&s, true);
        check_best(&s, false);
    }
}

/* Beyond the largest float there is still a double. */
static void test_largest_errors(void **state)
{
    (void)state;
    sample s;
    make_sample(&s, 1, 1, 1, 1);
    s.test[0] = FLT_MAX;
    s.anomaly[0] = 0;
    double chosen = resolve(&s, "youden");
    assert_true(isfinite(chosen) && chosen > (double)FLT_MAX);
    s.test[0] = 0; /* equal errors on both sides: the largest threshold wins */
    chosen = resolve(&s, "youden");
    assert_true(chosen > 0 && chosen < (double)FLT_MIN);
}

static void test_everything_abnormal_can_win(void **state)
{
    (void)state;
    sample s;
    make_sample(&s, 1, 1, 1, 1);
    s.test[0] = 9;
    s.anomaly[0] = 3;
    double chosen = resolve(&s, "best_f1");
    assert_true(chosen < 3);
    res_counts counts = res_count(&s.errors, chosen);
    assert_int_equal(counts.anomaly_correct, 1);
    assert_int_equal(counts.normal_correct, 0);
}

static void test_counts_and_shares(void **state)
{
    (void)state;
    sample s;
    make_sample(&s, 0, 4, 4, 1);
    for (size_t i = 0; i < 4; i++) {
        s.test[i] = (float)i;        /* 0 1 2 3 */
        s.anomaly[i] = (float)i + 2; /* 2 3 4 5 */
    }
    res_counts c = res_count(&s.errors, 2); /* an error equal to the threshold is normal */
    assert_int_equal(c.normal_correct, 3);
    assert_int_equal(c.anomaly_correct, 3);
    assert_near(res_normal_recall(&c), 0.75, 0);
    assert_near(res_anomaly_recall(&c), 0.75, 0);
    assert_near(res_precision(&c), 0.75, 0);
    assert_near(res_f1(&c), 0.75, 0);
    assert_near(res_balanced_accuracy(&c), 0.75, 0);
    assert_near(res_mcc(&c), 0.5, 1e-15); /* (3 * 3 - 1 * 1) / sqrt(4^4) */
    c = res_count(&s.errors, 100);
    assert_true(isnan(res_precision(&c)) && isnan(res_mcc(&c)));
    assert_near(res_f1(&c), 0, 0);
}

static void test_nothing_to_compare(void **state)
{
    (void)state;
    sample s;
    make_sample(&s, 0, 0, 0, 1);
    double area;
    assert_int_equal(res_auroc(&s.errors, &area, NULL), SWP_OK);
    assert_true(isnan(area));
    assert_int_equal(res_auprc(&s.errors, &area, NULL), SWP_OK);
    assert_true(isnan(area));
    res_counts c = res_count(&s.errors, 1);
    assert_true(isnan(res_normal_recall(&c)) && isnan(res_anomaly_recall(&c)));
    assert_true(isnan(res_f1(&c)) && isnan(res_balanced_accuracy(&c)));
    const res_threshold none[] = {
        {RES_THRESHOLD_PERCENTILE, 50}, {RES_THRESHOLD_BEST_F1, 0}, {RES_THRESHOLD_YOUDEN, 0}};
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(res_threshold_resolve(none[i], &s.errors, &area, NULL), SWP_CONFIG);
}

/* 58 validation errors 1..58: p99 lies where 2.66 % of new ones are expected above; rank
 * ceil(59 * 0.95) = 57 is c95, and c99 would need rank 59. */
static void test_conformal(void **state)
{
    (void)state;
    float val[58];
    for (size_t i = 0; i < 58; i++)
        val[(i * 7) % 58] = (float)(i + 1);
    const res_errors errors = {.val = val, .n_val = 58};
    res_threshold threshold;
    double value;
    size_t needed;
    swp_err err;
    assert_near(res_percentile_alarms(99, 58), 1 - (57 * 0.99 + 1) / 59, 1e-15);
    assert_near(res_percentile_alarms(99, 58), 0.0266, 5e-5);
    assert_true(isnan(res_percentile_alarms(99, 0)));
    assert_int_equal(res_threshold_parse("c95", &threshold, NULL), SWP_OK);
    assert_int_equal(res_threshold_resolve(threshold, &errors, &value, NULL), SWP_OK);
    assert_true(value == 57);
    assert_int_equal(res_threshold_parse("c99", &threshold, NULL), SWP_OK);
    assert_int_equal(res_threshold_resolve(threshold, &errors, &value, &err), SWP_CONFIG);
    assert_non_null(strstr(err.text, "c99 needs 99 validation errors, there are 58"));
    assert_true(res_conformal_possible(99, 99, &needed) && needed == 99);
    assert_false(res_conformal_possible(99, 98, &needed));
    assert_true(res_conformal_possible(95, 19, &needed) && needed == 19);
}

/* With a tuning part, best_f1 and youden use it instead of the test set. */
static void test_tuning_part(void **state)
{
    (void)state;
    static const float val[] = {1, 2, 3, 4}, tune[] = {3.5F, 9, 10}, test[] = {50, 60},
                       anomaly[] = {70, 80};
    const res_errors with = {.val = val,
                             .test = test,
                             .anomaly = anomaly,
                             .n_val = 4,
                             .n_test = 2,
                             .n_anomaly = 2,
                             .tune = tune,
                             .n_tune = 3};
    res_errors without = with;
    without.n_tune = 0;
    const res_threshold youden = {RES_THRESHOLD_YOUDEN, 0};
    double value;
    assert_int_equal(res_threshold_resolve(youden, &with, &value, NULL), SWP_OK);
    assert_true(value == 3.25); /* 3 of 4 and 3 of 3, before 4 of 4 and 2 of 3 */
    assert_int_equal(res_threshold_resolve(youden, &without, &value, NULL), SWP_OK);
    assert_true(value == 65);
    res_ranking ranking;
    assert_int_equal(res_ranking_init(&ranking, &with, NULL), SWP_OK);
    assert_near(res_ranking_tune_auroc(&ranking), 11.0 / 12, 1e-15);
    assert_near(res_ranking_tune_balanced_accuracy(&ranking), 0.875, 1e-15);
    assert_near(res_ranking_auroc(&ranking), 1, 0);
    res_ranking_deinit(&ranking);
    assert_int_equal(res_ranking_init(&ranking, &without, NULL), SWP_OK);
    assert_true(isnan(res_ranking_tune_auroc(&ranking)));
    res_ranking_deinit(&ranking);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_conformal),
        cmocka_unit_test(test_tuning_part),
        cmocka_unit_test(test_parse_and_format),
        cmocka_unit_test(test_equal_thresholds_have_one_text),
        cmocka_unit_test(test_against_numpy_and_sklearn),
        cmocka_unit_test(test_areas_match_their_definitions),
        cmocka_unit_test(test_areas_survive_monotone_maps),
        cmocka_unit_test(test_best_thresholds),
        cmocka_unit_test(test_largest_errors),
        cmocka_unit_test(test_everything_abnormal_can_win),
        cmocka_unit_test(test_counts_and_shares),
        cmocka_unit_test(test_nothing_to_compare),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
