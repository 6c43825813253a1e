/* TPE against Optuna 5.0.0 on one history: kernels, densities and suggestions, to 1e-9. The numbers
 * come from its TPESampler; tests/reference/compare_optuna.py compares whole searches. */
#include "runner/search/tpe.h"

#include <math.h>

#include "runner/search/parzen.h"
#include "tests/support/cmocka_all.h"

#define N_DIMS   5u
#define N_TRIALS 12u

enum { RELU, TANH, GELU };

static run_dim dims[] = {{.name = "act", .kind = RUN_CATEGORICAL, .n = 3},
                         {.name = "drop", .kind = RUN_FLOAT, .low = 0, .high = 0.5},
                         {.name = "hidden", .kind = RUN_INT, .low = 2, .high = 128, .log = true},
                         {.name = "layers", .kind = RUN_INT, .low = 1, .high = 3},
                         {.name = "lr", .kind = RUN_FLOAT, .low = 1e-5, .high = 1e-1, .log = true}};
static const run_space space = {dims, N_DIMS};
static const size_t all_dims[] = {0, 1, 2, 3, 4};

static const double points[N_TRIALS][N_DIMS] = {
    {RELU, .10, 4, 1, 1e-4},  {TANH, .25, 32, 2, 3e-3}, {GELU, .40, 100, 3, 5e-2},
    {TANH, .05, 16, 2, 1e-3}, {RELU, .33, 8, 1, 2e-5},  {GELU, .15, 64, 3, 8e-3},
    {TANH, .45, 2, 1, 6e-4},  {RELU, .20, 48, 2, 2e-3}, {TANH, .12, 24, 3, 4e-3},
    {GELU, .28, 12, 2, 9e-5}, {RELU, .02, 90, 1, 3e-2}, {TANH, .30, 40, 2, 1.5e-3}};
static const double values[N_TRIALS] = {.90, .40, .80, .35, .95, .55, .70, .30, .45, .75, .85, .25};

/* The history, and the same with trials 1 and 3 exchanged. Both have two layers, and numpy's sort
 * is not stable: of ten values it puts trial 3 before trial 1, which decides their bandwidths. */
static run_proposal history[N_TRIALS], swapped[N_TRIALS];

static void assert_near(double got, double want, double tolerance)
{
    if (!(fabs(got - want) <= tolerance))
        fail_msg("expected %.15g, found %.15g", want, got);
}

static run_parzen make_parzen(run_history *h, const size_t *members, size_t n)
{
    swp_err err;
    run_parzen out;
    assert_int_equal(run_history_init(h, &space, swapped, N_TRIALS, &err), SWP_OK);
    assert_int_equal(run_parzen_init(&out, h, (run_dims){all_dims, N_DIMS}, members, n, &err),
                     SWP_OK);
    return out;
}

static const size_t below[] = {7, 11}, above[] = {0, 1, 2, 3, 4, 5, 6, 8, 9, 10};

static void kernels_are_optunas(void **state)
{
    (void)state;
    static const double mu[][3] = {[1] = {.2, .3, .25},
                                   [2] = {3.871201011, 3.688879454, 2.630697006},
                                   [3] = {2, 2, 2},
                                   [4] = {-6.214608098, -6.502290171, -6.907755279}};
    static const double sigma[][3] = {[1] = {.125, .125, .5},
                                      [2] = {1.112615949, 1.112615949, 4.450463796},
                                      [3] = {.75, .75, 3},
                                      [4] = {2.302585093, 2.302585093, 9.210340372}};
    run_history h;
    run_parzen p = make_parzen(&h, below, 2);
    assert_int_equal(p.n, 3);
    for (size_t d = 1; d < N_DIMS; d++) {
        for (size_t k = 0; k < 3; k++) {
            assert_near(p.mu[d * 3 + k], mu[d][k], 1e-9);
            assert_near(p.sigma[d * 3 + k], sigma[d][k], 1e-9);
        }
    }
    run_parzen_deinit(&p);
    run_history_deinit(&h);
}

static void bandwidths_are_optunas(void **state)
{
    (void)state;
    static const double sigma[][11] = {
        [1] = {.05, .05, .07, .1, .07, .1, .05, .0416666667, .05, .0416666667, .5},
        [2] = {.6931471806, .4054651081, .370871983, .6931471806, .6931471806, .6931471806,
               .6931471806, .4054651081, .4054651081, .370871983, 4.450463796},
        [3] = {.25, 1, 1, .25, .25, .25, .25, .25, 1, 1, 3},
        [4] = {1.791759469, 1.098612289, .7675283643, 1.098612289, 1.504077397, 1.32175584,
               1.791759469, .7675283643, 1.504077397, 1.32175584, 9.210340372}};
    run_history h;
    run_parzen p = make_parzen(&h, above, 10);
    for (size_t d = 1; d < N_DIMS; d++) {
        for (size_t k = 0; k < 11; k++)
            assert_near(p.sigma[d * 11 + k], sigma[d][k], 1e-9);
    }
    run_parzen_deinit(&p);
    run_history_deinit(&h);
}

/* An observed category has 1 more than the others: two kernels and the prior. */
static void categories_are_optunas(void **state)
{
    (void)state;
    static const double expected[] = {(2. / 3 + 1. / 6 + 1. / 3) / 3,
                                      (1. / 6 + 2. / 3 + 1. / 3) / 3,
                                      (1. / 6 + 1. / 6 + 1. / 3) / 3};
    static const size_t act[] = {0};
    run_history h;
    run_parzen p;
    swp_err err;
    assert_int_equal(run_history_init(&h, &space, history, N_TRIALS, &err), SWP_OK);
    assert_int_equal(run_parzen_init(&p, &h, (run_dims){act, 1}, below, 2, &err), SWP_OK);
    double out[3] = {0};
    const double choices[] = {RELU, TANH, GELU};
    assert_int_equal(run_parzen_add_log_density(&p, choices, 3, 1, out, &err), SWP_OK);
    for (size_t i = 0; i < 3; i++)
        assert_near(exp(out[i]), expected[i], 1e-12);
    run_parzen_deinit(&p);
    run_history_deinit(&h);
}

static void densities_are_optunas(void **state)
{
    (void)state;
    static const double at[] = {TANH, .2, 32, 2, 1e-3, RELU, .45, 3, 1, 5e-2};
    static const double want_below[] = {-6.96255238286, -7.48972717434};
    static const double want_above[] = {-6.80292461228, -8.09131393419};
    run_history h, same;
    run_parzen good = make_parzen(&h, below, 2), bad = make_parzen(&same, above, 10);
    double out[2] = {0}, difference[2] = {0};
    swp_err err;
    assert_int_equal(run_parzen_add_log_density(&good, at, 2, 1, out, &err), SWP_OK);
    for (size_t i = 0; i < 2; i++) {
        assert_near(out[i], want_below[i], 1e-9);
        difference[i] = out[i];
    }
    assert_int_equal(run_parzen_add_log_density(&bad, at, 2, -1, difference, &err), SWP_OK);
    for (size_t i = 0; i < 2; i++)
        assert_near(difference[i], want_below[i] - want_above[i], 1e-9);
    run_parzen_deinit(&good);
    run_parzen_deinit(&bad);
    run_history_deinit(&h);
    run_history_deinit(&same);
}

/* Propose `n` points after the history, all of them running, and compare the last. */
static void expect_proposal(uint32_t seed, run_tpe_optuna options, const run_proposal *trials,
                            size_t n, const double *want)
{
    swp_err err;
    run_search *search;
    double point[N_DIMS];
    bool found;
    assert_int_equal(run_tpe_open_as_optuna(&space, seed, options, trials, N_TRIALS, &search, &err),
                     SWP_OK);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(run_searcher_tpe()->propose(search, point, &found, &err), SWP_OK);
    for (size_t d = 0; d < N_DIMS; d++)
        assert_near(point[d], want[d], 1e-9 * fmax(1e-3, fabs(want[d])));
    run_searcher_tpe()->close(search);
}

static void suggestions_are_optunas(void **state)
{
    (void)state;
    static const struct {
        uint32_t seed;
        double next[N_DIMS], liar[N_DIMS], no_liar[N_DIMS], independent[N_DIMS];
    } cases[] = {{0,
                  {RELU, .235796089456, 117, 2, .00517312316153},
                  {TANH, .372410322233, 40, 3, .00125965045319},
                  {RELU, .245420877626, 59, 1, .00214854591317},
                  {RELU, .227064316889, 43, 2, .00049788543907}},
                 {7,
                  {RELU, .263649201441, 39, 2, .000281643485422},
                  {TANH, .372122288871, 79, 2, .000102659577459},
                  {RELU, .254953007016, 71, 2, .000162969620107},
                  {RELU, .209113694083, 41, 2, .000613780810695}},
                 {42,
                  {RELU, .164784733245, 50, 1, .000663947556379},
                  {RELU, .246871460047, 78, 2, .00448764613079},
                  {RELU, .273641442489, 51, 1, .00150203145568},
                  {RELU, .205481035971, 38, 2, .000396893603618}}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const run_tpe_optuna liar = {0}, no_liar = {.ignores_running = true},
                             independent = {true, true};
        expect_proposal(cases[i].seed, liar, swapped, 1, cases[i].next);
        expect_proposal(cases[i].seed, no_liar, swapped, 1, cases[i].next);
        expect_proposal(cases[i].seed, liar, history, 2, cases[i].liar);
        expect_proposal(cases[i].seed, no_liar, swapped, 2, cases[i].no_liar);
        expect_proposal(cases[i].seed, independent, swapped, 1, cases[i].independent);
    }
}

static void the_random_stage_is_optunas(void **state)
{
    (void)state;
    static const double want[][N_DIMS] = {
        {TANH, .2554138025988315, 80, 3, 3.179371243562202e-05},
        {GELU, .014938105439283478, 11, 2, .00013000172966060324}};
    swp_err err;
    run_search *search;
    bool found;
    assert_int_equal(run_tpe_open_as_optuna(&space, 3, (run_tpe_optuna){0}, NULL, 0, &search, &err),
                     SWP_OK);
    for (size_t i = 0; i < 2; i++) {
        double point[N_DIMS];
        assert_int_equal(run_searcher_tpe()->propose(search, point, &found, &err), SWP_OK);
        for (size_t d = 0; d < N_DIMS; d++)
            assert_near(point[d], want[i][d], 1e-15 * fmax(1, fabs(want[i][d])));
    }
    run_searcher_tpe()->close(search);
}

/* Stopped trials count as good only if there are too few done ones, those with the most steps
 * first. A trial that ended without a report is the worst. Tested by the proposals, which are near
 * the good trials. */
static void stopped_trials_rank_behind_done_ones(void **state)
{
    (void)state;
    run_dim line = {.name = "x", .kind = RUN_FLOAT, .low = 0, .high = 1};
    const run_space one = {&line, 1};
    double at[20];
    run_proposal trials[20];
    for (size_t i = 0; i < 20; i++) {
        at[i] = ((double)i + 0.5) / 20;
        run_outcome stopped = {RUN_OUTCOME_STOPPED, 1, i == 15 ? 9 : 3};
        if (i == 4)
            stopped = (run_outcome){RUN_OUTCOME_STOPPED, (double)NAN, 3};
        trials[i] = (run_proposal){&at[i], stopped};
    }
    trials[8].outcome = (run_outcome){.state = RUN_OUTCOME_DONE, .value = 5};
    swp_err err;
    run_search *search;
    size_t near_done = 0, near_farthest = 0;
    for (uint64_t seed = 0; seed < 50; seed++) {
        double x;
        bool found;
        assert_int_equal(run_searcher_tpe()->open(&one, seed, trials, 20, &search, &err), SWP_OK);
        assert_int_equal(run_searcher_tpe()->propose(search, &x, &found, &err), SWP_OK);
        near_done += fabs(x - at[8]) < 0.15;
        near_farthest += fabs(x - at[15]) < 0.15;
        run_searcher_tpe()->close(search);
    }
    assert_true(near_done + near_farthest >= 40);
    assert_true(near_done >= 10 && near_farthest >= 10);
}

static int make_history(void **state)
{
    (void)state;
    swp_err err;
    for (size_t d = 0; d < N_DIMS; d++)
        assert_int_equal(run_dim_check(&dims[d], &err), SWP_OK);
    for (size_t i = 0; i < N_TRIALS; i++)
        history[i] = swapped[i] =
            (run_proposal){points[i], {.state = RUN_OUTCOME_DONE, .value = values[i]}};
    swapped[1] = history[3];
    swapped[3] = history[1];
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kernels_are_optunas),
        cmocka_unit_test(bandwidths_are_optunas),
        cmocka_unit_test(categories_are_optunas),
        cmocka_unit_test(densities_are_optunas),
        cmocka_unit_test(suggestions_are_optunas),
        cmocka_unit_test(the_random_stage_is_optunas),
        cmocka_unit_test(stopped_trials_rank_behind_done_ones),
    };
    return cmocka_run_group_tests(tests, make_history, NULL);
}
