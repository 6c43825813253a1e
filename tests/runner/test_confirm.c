/* The confirm stage: its winner and interval; and, by simulation, that the interval covers the true
 * value and that the winner is better than without the stage. */
#include "results/stats/confirm.h"

#include <math.h>

#include "results/stats/stats.h"
#include "tests/runner/functions.h"
#include "tests/support/cmocka_all.h"

static void the_interval_is_corrected_for_the_choice(void **state)
{
    (void)state;
    const double values[] = {1,           3,           2, 2, 4, (double)NAN,
                             (double)NAN, (double)NAN, 5, 6}; /* five candidates of two */
    res_confirmed c;
    assert_true(res_confirm(values, 5, 2, &c));
    assert_int_equal(c.candidate, 0); /* the first of equal ones */
    assert_int_equal(c.n, 2);
    assert_true(c.mean == 2);
    /* known candidates 4; squares 2 + 0 + .5 over 3 degrees; the winner's own sd is larger */
    double half = res_t_quantile_at(1 - 0.025 / 4, 3) * sqrt(2) / sqrt(2);
    assert_true(fabs(c.high - 2 - half) < 1e-12 && fabs(2 - c.low - half) < 1e-12);
    assert_true(res_confirm((const double[]){1, 5, 2, 2}, 2, 2, &c));
    assert_int_equal(c.candidate, 1);
    half = res_t_quantile_at(1 - 0.025 / 2, 2) * 2 / sqrt(2); /* the pooled sd is larger */
    assert_true(fabs(c.high - 2 - half) < 1e-12);
    assert_true(res_confirm((const double[]){3, (double)NAN}, 1, 2, &c));
    assert_true(c.mean == 3 && c.n == 1 && isnan(c.low) && isnan(c.high));
    assert_false(res_confirm((const double[]){(double)NAN, (double)NAN}, 1, 2, &c));
}

#define N_RUNS  1000u
#define N_FITS  100u
#define N_BEST  5u
#define N_SEEDS 4u

/* The trials with the smallest values, the best first. */
static void choose(const double *seen, size_t n, size_t n_best, size_t *chosen)
{
    for (size_t k = 0; k < n_best; k++) {
        chosen[k] = SIZE_MAX;
        for (size_t i = 0; i < n; i++) {
            bool is_taken = false;
            for (size_t j = 0; j < k; j++)
                is_taken |= chosen[j] == i;
            if (!is_taken && (chosen[k] == SIZE_MAX || seen[i] < seen[chosen[k]]))
                chosen[k] = i;
        }
    }
}

/* One search of N_FITS fits in all on mixed5, with and without the stage. */
typedef struct comparison {
    double best_of_all; /* true value of the trial that looks best of N_FITS */
    double confirmed;   /* of the winner of the stage after N_FITS - 20 fits */
    bool is_covered;    /* by the winner's interval */
} comparison;

static comparison compare(uint32_t run, double noise)
{
    const function *f = function_find("mixed5");
    const run_searcher *random;
    run_search *search;
    double seen[N_FITS], truth[N_FITS], fresh[N_BEST * N_SEEDS];
    size_t candidates[N_BEST];
    swp_err err;
    assert_int_equal(run_searcher_find("random", &random, &err), SWP_OK);
    assert_int_equal(random->open(&f->space, run, NULL, 0, &search, &err), SWP_OK);
    for (size_t i = 0; i < N_FITS; i++) {
        double point[FUNCTION_MOST_DIMS];
        bool found;
        assert_int_equal(random->propose(search, point, &found, &err), SWP_OK);
        truth[i] = f->value(point);
        double error = noise * function_normal((uint32_t)(run * 1000 + i));
        seen[i] = truth[i] + error;
    }
    random->close(search);
    choose(seen, N_FITS, 1, candidates);
    double best_of_all = truth[candidates[0]];
    choose(seen, N_FITS - N_BEST * N_SEEDS, N_BEST, candidates);
    for (size_t i = 0; i < N_BEST * N_SEEDS; i++)
        fresh[i] = truth[candidates[i / N_SEEDS]] +
                   noise * function_normal((uint32_t)(run * 1000 + 500 + i));
    res_confirmed c;
    assert_true(res_confirm(fresh, N_BEST, N_SEEDS, &c));
    double winner = truth[candidates[c.candidate]];
    return (comparison){best_of_all, winner, winner >= c.low && winner <= c.high};
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
        cmocka_unit_test(the_interval_is_corrected_for_the_choice),
        cmocka_unit_test(the_interval_covers_and_the_choice_is_better),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
