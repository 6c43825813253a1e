/* The stopping rules against tables of Optuna 5.0.0's pruners: 27 trials of 27 epochs, one after
 * the other; the epoch at which each was stopped, C = it ran to the end. Steps count from `first`:
 * the tables of 0..26 and of 1..27 differ where a rule counts reports by their step. */
#include "runner/search/rules.h"

#include <math.h>
#include <stdio.h>

#include <zlib.h>

#include "tests/support/cmocka_all.h"

#define N    27u
#define NONE SIZE_MAX /* ran to the end: C in the tables */
#define C    NONE

/* The value of trial i after epoch t. */
static double value_of(size_t i, size_t t)
{
    size_t millionths = (7919 * i + 13) % 101 * 10000 + (104729 * i + 7) % 97 * 10000 / (t + 1) +
                        (31 * i + 17 * t) % 23 * 2000;
    return (double)millionths / 1e6;
}

/* The state of one pass of all trials through a rule. */
typedef struct pass {
    size_t first; /* step of the first report */
    size_t steps[N];
    double values[N][N];
    size_t n[N];  /* reports of each trial */
    bool done[N]; /* ran to the end */
} pass;

static run_curve curve_of(const pass *p, size_t trial)
{
    return (run_curve){p->steps, p->values[trial], p->n[trial]};
}

/* Run all trials through a rule and compare where each stopped. */
typedef bool decide(pass *p, size_t trial, void *context);

static void expect_stops(decide *rule, void *context, size_t first, const size_t want[N])
{
    static pass p;
    p = (pass){.first = first};
    for (size_t k = 0; k < N; k++)
        p.steps[k] = first + k;
    for (size_t i = 0; i < N; i++) {
        size_t stopped = NONE;
        while (p.n[i] < N && stopped == NONE) {
            size_t step = p.steps[p.n[i]];
            p.values[i][p.n[i]++] = value_of(i, step);
            if (rule(&p, i, context))
                stopped = step;
        }
        p.done[i] = stopped == NONE;
        if (stopped != want[i])
            fail_msg("trial %zu: expected %zd, found %zd", i, (ssize_t)want[i], (ssize_t)stopped);
    }
}

static bool decide_percentile(pass *p, size_t trial, void *context)
{
    double at_step[N];
    size_t n = 0, n_complete = 0;
    run_curve own = curve_of(p, trial);
    for (size_t i = 0; i < trial; i++) {
        n_complete += p->done[i];
        if (p->done[i])
            at_step[n++] = p->values[i][own.n - 1];
    }
    return run_percentile_stops(context, &own, n_complete, at_step, n);
}

static void percentiles_are_optunas(void **state)
{
    (void)state;
    run_percentile median = {50, 5, 0, 1, 1}, late = {50, 5, 3, 4, 1}, quarter = {25, 5, 0, 1, 1};
    expect_stops(decide_percentile, &median, 0,
                 (const size_t[N]){C, C, C, C, C, C, 1, 0, C, 0, 0, 0, C, 0,
                                   0, C, 0, 0, 0, 0, 0, 0, C, 0, 0, C, 0});
    expect_stops(decide_percentile, &late, 0,
                 (const size_t[N]){C, C, C, C, C, C, 3, 3, C, 3, C, 3,  C, 3,
                                   3, C, 3, C, 3, 3, 3, 3, C, 3, 3, 11, 3});
    expect_stops(decide_percentile, &quarter, 0,
                 (const size_t[N]){C, C, C, C, C, 0, 0, 0, 0, 0, 0, 0, C, 0,
                                   0, 0, 0, 0, 0, 0, 0, 0, C, 0, 0, 0, 0});
    expect_stops(decide_percentile, &median, 1,
                 (const size_t[N]){C, C, C, C, C, C, 1, 1, C, 1, C, 1, C, 1,
                                   1, C, 1, C, 1, 1, 1, 1, C, 1, 1, 8, 1});
    expect_stops(decide_percentile, &quarter, 1,
                 (const size_t[N]){C, C, C, C, C, C, 1, 1, 1, 1, 1, 1, C, 1,
                                   1, 1, 1, 1, 1, 1, 1, 1, C, 1, 1, 1, 1});
}

/* Asynchronous halving: one, or one for each bracket of hyperband. */
typedef struct halving {
    run_rungs brackets[4];
    size_t n_brackets;
    size_t rung[N];
} halving;

/* Optuna's bracket of a trial: a hash of its study and number, in the shares of the brackets. */
static size_t bracket_of(const halving *h, size_t trial)
{
    char name[16];
    int length = snprintf(name, sizeof name, "fix_%zu", trial);
    size_t shares[4], total = 0, b = 0;
    for (size_t i = 0; i < h->n_brackets; i++)
        total += shares[i] = run_hyperband_share(h->n_brackets, 3, i);
    size_t at = crc32(0, (const unsigned char *)name, (unsigned)length) % total;
    for (; at >= shares[b]; b++)
        at -= shares[b];
    return b;
}

static bool decide_halving(pass *p, size_t trial, void *context)
{
    halving *h = context;
    swp_err err;
    bool stops;
    size_t b = h->n_brackets > 1 ? bracket_of(h, trial) : 0;
    run_curve own = curve_of(p, trial);
    assert_int_equal(run_rungs_report(&h->brackets[b], &h->rung[trial], own.steps[own.n - 1],
                                      own.values[own.n - 1], &stops, &err),
                     SWP_OK);
    return stops;
}

static void expect_halving(const halving *begin, const size_t want[N])
{
    for (size_t first = 0; first <= 1; first++) {
        halving h = *begin;
        expect_stops(decide_halving, &h, first, want);
        for (size_t b = 0; b < h.n_brackets; b++)
            run_rungs_deinit(&h.brackets[b]);
    }
}

static void asynchronous_halving_is_optunas(void **state)
{
    (void)state;
    expect_halving(&(halving){{{.min_steps = 1, .eta = 3}}, 1, {0}},
                   (const size_t[N]){C, 1, 1, 1, 1, 3, 1, 1, 1, 1, 1, 1, C, 1,
                                     1, 3, 1, 3, 1, 1, 1, 1, 9, 1, 1, 3, 1});
    expect_halving(&(halving){{{.min_steps = 1, .eta = 3, .bootstrap = 3}}, 1, {0}},
                   (const size_t[N]){1, 1, 1, 1, 1, 3, 1, 1, 1, 1, 1, 1, 3, 1,
                                     1, 3, 1, 3, 1, 1, 1, 1, 3, 1, 1, 3, 1});
    expect_halving(&(halving){{{.min_steps = 2, .eta = 2, .rate = 1}}, 1, {0}},
                   (const size_t[N]){C, 4, 4, 8,  4, 8, 4, 4, 8, 4, 8, 4, C, 4,
                                     4, 8, 4, 16, 8, 4, 8, 4, C, 4, 4, 8, 4});
    expect_halving(&(halving){{{.min_steps = 1, .eta = 3},
                               {.min_steps = 1, .eta = 3, .rate = 1},
                               {.min_steps = 1, .eta = 3, .rate = 2},
                               {.min_steps = 1, .eta = 3, .rate = 3}},
                              run_hyperband_brackets(27, 1, 3),
                              {0}},
                   (const size_t[N]){C, 1, 1, 1, C, 1, C, 3, 1, 1, 1, 3, C, 1,
                                     1, 3, 1, 9, 1, 1, 1, 1, C, 1, 3, 3, 1});
}

static void brackets_are_counted_in_integers(void **state)
{
    (void)state;
    static const struct {
        size_t most, least, eta, n, shares[6];
    } cases[] = {{9, 1, 3, 3, {9, 5, 3}},
                 {81, 1, 3, 5, {81, 34, 15, 8, 5}},
                 {64, 1, 4, 4, {64, 22, 8, 4}},
                 {125, 1, 5, 4, {125, 34, 10, 4}},
                 {1000, 1, 10, 4, {1000, 134, 20, 4}}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(run_hyperband_brackets(cases[i].most, cases[i].least, cases[i].eta),
                         cases[i].n);
        for (size_t b = 0; b < cases[i].n; b++)
            assert_int_equal(run_hyperband_share(cases[i].n, cases[i].eta, b), cases[i].shares[b]);
    }
    assert_int_equal(run_hyperband_brackets(243, 1, 3), 6);
}

static bool decide_patient(pass *p, size_t trial, void *context)
{
    (void)context;
    run_curve own = curve_of(p, trial);
    return run_patience_ends(&own, 2, 0);
}

static bool decide_threshold(pass *p, size_t trial, void *context)
{
    (void)context;
    run_curve own = curve_of(p, trial);
    return run_threshold_stops(&own, (double)-INFINITY, 0.9, 0, 1);
}

/* The best of the complete trials by their last value. */
static bool decide_wilcoxon(pass *p, size_t trial, void *context)
{
    (void)context;
    size_t best = NONE;
    for (size_t i = 0; i < trial; i++) {
        if (p->done[i] && (best == NONE || p->values[i][N - 1] < p->values[best][N - 1]))
            best = i;
    }
    if (best == NONE)
        return false;
    bool stops;
    swp_err err;
    run_curve own = curve_of(p, trial), other = curve_of(p, best);
    assert_int_equal(run_wilcoxon_stops(&own, &other, 0.1, &stops, &err), SWP_OK);
    return stops;
}

static void other_rules_are_optunas(void **state)
{
    (void)state;
    expect_stops(decide_patient, NULL, 0,
                 (const size_t[N]){6,  19, 13, 7,  16, 13, 11, 20, 13, 11, 20, 17, 11, 20,
                                   14, 11, 20, 18, 11, 5,  18, 11, 5,  18, 12, 9,  18});
    expect_stops(decide_threshold, NULL, 0,
                 (const size_t[N]){C, 0, 0, C, 0, C, C, 0, 0, 0, 0, 0, C, 0,
                                   0, C, 0, C, C, C, 0, 0, C, 0, 0, C, 0});
    expect_stops(decide_wilcoxon, NULL, 0,
                 (const size_t[N]){C, 3, 3, 3, 3, 3, 3, 3, 3,  3, 3, 3, C, 3,
                                   3, 3, 3, 3, 3, 3, 3, 3, 13, 3, 3, 3, 3});
    expect_stops(decide_wilcoxon, NULL, 1,
                 (const size_t[N]){C, 4, 4, 4, 4, 4, 4, 4, 4,  4, 4, 4, C, 4,
                                   4, 4, 4, 4, 4, 4, 4, 4, 10, 4, 4, 4, 4});
}

/* numpy.percentile([1, 2, 4], 25) = 1.5, of 40 = 1.8, of 10 = 1.2. */
static void percentiles_lie_between_values(void **state)
{
    (void)state;
    static const double expected[][2] = {{25, 1.5}, {40, 1.8}, {10, 1.2},
                                         {90, 3.6}, {100, 4},  {0, 1}};
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        const run_percentile rule = {expected[i][0], 3, 0, 1, 1};
        for (int side = -1; side <= 1; side += 2) {
            const size_t step = 1;
            const double value = expected[i][1] + side * 1e-12;
            const run_curve own = {&step, &value, 1};
            double others[] = {4, 1, 2};
            assert_int_equal(run_percentile_stops(&rule, &own, 3, others, 3), side > 0);
        }
    }
}

static void missing_values_are_no_numbers(void **state)
{
    (void)state;
    const run_percentile rule = {50, 1, 0, 1, 1};
    const size_t steps[] = {1, 2};
    const double none[] = {(double)NAN, (double)NAN}, one[] = {(double)NAN, 2};
    double others[] = {(double)NAN, 1, 3};
    const run_curve lost = {steps, none, 2}, late = {steps, one, 2};
    assert_true(run_percentile_stops(&rule, &lost, 3, others, 3));
    assert_false(run_percentile_stops(&rule, &late, 3, others, 3)); /* the median is 2 */
    assert_false(run_percentile_stops(&rule, &late, 3, (double[]){(double)NAN}, 1));
    assert_true(run_threshold_stops(&lost, 0, 1, 0, 1));
    run_rungs rungs = {.min_steps = 1, .eta = 3};
    size_t rung = 0;
    bool stops;
    swp_err err;
    assert_int_equal(run_rungs_report(&rungs, &rung, 1, (double)NAN, &stops, &err), SWP_OK);
    assert_true(stops && rung == 0 && rungs.n_rungs == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(percentiles_are_optunas),
        cmocka_unit_test(asynchronous_halving_is_optunas),
        cmocka_unit_test(brackets_are_counted_in_integers),
        cmocka_unit_test(other_rules_are_optunas),
        cmocka_unit_test(percentiles_lie_between_values),
        cmocka_unit_test(missing_values_are_no_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
