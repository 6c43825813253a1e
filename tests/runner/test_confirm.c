/* The confirm stage: its plan, its candidates, its interval; and by simulation that the interval
 * covers the truth and that the chosen trial is the better one. */
#include "runner/search/confirm.h"

#include <math.h>
#include <string.h>

#include "results/stats/stats.h"
#include "tests/runner/functions.h"
#include "tests/support/cmocka_all.h"

#define DONE(v)                                                                                    \
    {                                                                                              \
        .state = RUN_OUTCOME_DONE, .value = (v)                                                    \
    }
#define STOPPED(v, s)                                                                              \
    {                                                                                              \
        .state = RUN_OUTCOME_STOPPED, .value = (v), .last_step = (s)                               \
    }

static void the_stage_is_for_long_adaptive_searches(void **state)
{
    (void)state;
    const run_confirm large = run_confirm_auto(60, true), none = run_confirm_auto(59, true);
    assert_true(large.n_best == 5 && large.n_seeds == 4);
    assert_true(none.n_best == 0 && none.n_seeds == 0);
    assert_int_equal(run_confirm_auto(1000, false).n_best, 0);
}

static void fits_are_counted_in_trials(void **state)
{
    (void)state;
    swp_err err;
    size_t fits = 9;
    assert_int_equal(run_confirm_fits((run_confirm){5, 4}, 60, &fits, &err), SWP_OK);
    assert_int_equal(fits, 20);
    assert_int_equal(run_confirm_fits((run_confirm){5, 4}, 25, &fits, &err), SWP_OK);
    assert_int_equal(run_confirm_fits((run_confirm){5, 4}, 24, &fits, &err), SWP_CONFIG);
    assert_non_null(strstr(err.text, "24"));
    assert_int_equal(run_confirm_fits((run_confirm){5, 4}, 3, &fits, &err), SWP_CONFIG);
    assert_int_equal(run_confirm_fits((run_confirm){5, SIZE_MAX / 2}, 100, &fits, &err),
                     SWP_CONFIG);
    assert_int_equal(run_confirm_fits((run_confirm){0, 0}, 0, &fits, &err), SWP_OK);
    assert_int_equal(fits, 0);
}

static void the_best_are_candidates(void **state)
{
    (void)state;
    const run_outcome outcomes[] = {STOPPED(0, 3),
                                    DONE(4),
                                    {.state = RUN_OUTCOME_FAILED},
                                    DONE(2),
                                    DONE(4),
                                    DONE(2),
                                    STOPPED(9, 8),
                                    {.state = RUN_OUTCOME_RUNNING},
                                    STOPPED(1, 8),
                                    STOPPED((double)NAN, 8)};
    static const size_t order[] = {3, 5, 1, 4, 8, 6, 9, 0};
    for (size_t n = 1; n <= 10; n++) {
        size_t found[10];
        size_t count = run_confirm_candidates((run_confirm){n, 4}, outcomes, 10, found);
        assert_int_equal(count, n < 8 ? n : 8);
        assert_memory_equal(found, order, count * sizeof *order);
    }
    assert_int_equal(run_confirm_candidates((run_confirm){5, 4}, NULL, 0, NULL), 0);
}

static void the_interval_is_corrected_for_the_choice(void **state)
{
    (void)state;
    const double values[] = {1,           3,           2, 2, 4, (double)NAN,
                             (double)NAN, (double)NAN, 5, 6}; /* five candidates of two */
    run_confirmed c;
    assert_true(run_confirm_judge(values, 5, 2, &c));
    assert_int_equal(c.winner, 0); /* the first of equals */
    assert_int_equal(c.n, 2);
    assert_true(c.mean == 2);
    /* known candidates 4; squares 2 + 0 + .5 over 3 degrees; the winner's own sd is larger */
    double half = res_t_quantile_at(1 - 0.025 / 4, 3) * sqrt(2) / sqrt(2);
    assert_true(fabs(c.high - 2 - half) < 1e-12 && fabs(2 - c.low - half) < 1e-12);
    assert_true(run_confirm_judge((const double[]){1, 5, 2, 2}, 2, 2, &c));
    assert_int_equal(c.winner, 1);
    half = res_t_quantile_at(1 - 0.025 / 2, 2) * 2 / sqrt(2); /* the pooled sd is larger */
    assert_true(fabs(c.high - 2 - half) < 1e-12);
    assert_true(run_confirm_judge((const double[]){3, (double)NAN}, 1, 2, &c));
    assert_true(c.mean == 3 && c.n == 1 && isnan(c.low) && isnan(c.high));
    assert_false(run_confirm_judge((const double[]){(double)NAN, (double)NAN}, 1, 2, &c));
}

#define N_RUNS  1000u
#define N_FITS  100u
#define N_BEST  5u
#define N_SEEDS 4u

/* One search of N_FITS fits in all on mixed5, with and without the stage. */
typedef struct comparison {
    double best_of_all; /* true value of the trial that looks best of N_FITS */
    double confirmed;   /* of the winner of the stage behind N_FITS - 20 */
    bool is_covered;    /* by the winner's interval */
} comparison;

static comparison compare(uint32_t run, double noise)
{
    const function *f = function_find("mixed5");
    const run_searcher *random;
    run_search *search;
    run_outcome outcomes[N_FITS];
    double truth[N_FITS], fresh[N_BEST * N_SEEDS];
    const run_confirm plan = {N_BEST, N_SEEDS};
    size_t fits, candidates[N_BEST], best = 0;
    swp_err err;
    assert_int_equal(run_searcher_find("random", &random, &err), SWP_OK);
    assert_int_equal(random->open(&f->space, run, NULL, 0, &search, &err), SWP_OK);
    for (size_t i = 0; i < N_FITS; i++) {
        double point[FUNCTION_MOST_DIMS];
        bool found;
        assert_int_equal(random->propose(search, point, &found, &err), SWP_OK);
        truth[i] = f->value(point);
        double error = noise * function_normal((uint32_t)(run * 1000 + i));
        outcomes[i] = (run_outcome)DONE(truth[i] + error);
        best = outcomes[i].value < outcomes[best].value ? i : best;
    }
    random->close(search);
    assert_int_equal(run_confirm_fits(plan, N_FITS, &fits, &err), SWP_OK);
    size_t n = run_confirm_candidates(plan, outcomes, N_FITS - fits, candidates);
    for (size_t i = 0; i < fits; i++)
        fresh[i] = truth[candidates[i / N_SEEDS]] +
                   noise * function_normal((uint32_t)(run * 1000 + 500 + i));
    run_confirmed c;
    assert_true(run_confirm_judge(fresh, n, N_SEEDS, &c));
    double winner = truth[candidates[c.winner]];
    return (comparison){truth[best], winner, winner >= c.low && winner <= c.high};
}

static void check_noise(double noise)
{
    double best_of_all = 0, confirmed = 0;
    size_t n_covered = 0;
    for (uint32_t run = 0; run < N_RUNS; run++) {
        comparison c = compare(run, noise);
        best_of_all += c.best_of_all / N_RUNS;
        confirmed += c.confirmed / N_RUNS;
        n_covered += c.is_covered;
    }
    print_message("noise %g: covered in %zu of %u; true value %.4f, best of all %.4f\n", noise,
                  n_covered, N_RUNS, confirmed, best_of_all);
    assert_true(n_covered >= 935);
    assert_true(confirmed < best_of_all);
}

static void the_interval_covers_and_the_choice_is_better(void **state)
{
    (void)state;
    functions_init();
    check_noise(0.02);
    check_noise(0.05);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_stage_is_for_long_adaptive_searches),
        cmocka_unit_test(fits_are_counted_in_trials),
        cmocka_unit_test(the_best_are_candidates),
        cmocka_unit_test(the_interval_is_corrected_for_the_choice),
        cmocka_unit_test(the_interval_covers_and_the_choice_is_better),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
