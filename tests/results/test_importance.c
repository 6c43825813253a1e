/* Shares of variance against numbers of statsmodels (anova_lm) and NumPy (lstsq, legval), computed
 * by tests/reference/make_importance.py from the same made-up results. */
#include "results/stats/importance.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/cmocka_all.h"

enum { MOST = 64, FACTORS = 3 };

/* Pseudo-random whole numbers below 101, as `chance` of the generator. */
static double chance(const size_t *of, size_t n)
{
    size_t x = 0;
    for (size_t i = 0; i < n; i++)
        x = (x * 31 + of[i] * of[i] * 7 + of[i] * 13 + 5) % 101;
    return (double)x / 101;
}

static void check(double got, double want)
{
    assert_true(fabs(got - want) < 1e-12 + 1e-10 * fabs(want));
}

/* 3 x 2 x 4 combinations with two seeds each. */
static void test_full_grid(void **state)
{
    (void)state;
    double values[48];
    size_t level[FACTORS][48], n = 0;
    for (size_t a = 0; a < 3; a++)
        for (size_t b = 0; b < 2; b++)
            for (size_t c = 0; c < 4; c++)
                for (size_t s = 0; s < 2; s++, n++) {
                    const size_t all[] = {a, b, c, s};
                    for (size_t f = 0; f < FACTORS; f++)
                        level[f][n] = all[f];
                    values[n] = ((double)a - 1) * ((double)a - 1) * 0.5 + (double)b * 0.7 +
                                0.3 * (double)(c * b) + 0.2 * chance(all, 4);
                }
    const res_factor factors[] = {{level[0], 3, NULL}, {level[1], 2, NULL}, {level[2], 4, NULL}};
    static const double want[] = {0.11428607156516091, 0.7437282461073412, 0.07128907640368233},
                        floors[] = {0.00025796006500376686, 0.00012898003250188343,
                                    0.00038694009750565026};
    res_share shares[FACTORS];
    res_importance out;
    swp_err err;
    assert_int_equal(res_importance_of(values, n, factors, FACTORS, shares, &out, &err), SWP_OK);
    assert_true(out.exact);
    assert_int_equal(out.n_cells, 24);
    for (size_t f = 0; f < FACTORS; f++) {
        check(shares[f].share, want[f]);
        check(shares[f].floor, floors[f]);
    }
    check(out.rest, 1 - want[0] - want[1] - want[2]);
    check(out.floor, 0.0021926605525320183);
    check(out.noise, 0.052890813565850445);
}

/* One seed: the same shares, and no noise. Numbers on a grid count like words. */
static void test_grid_without_seeds(void **state)
{
    (void)state;
    static const size_t first[] = {0, 0, 1, 1, 2, 2}, second[] = {0, 1, 0, 1, 0, 1};
    static const double places[] = {1, 2, 3}, values[] = {1, 2, 3, 4, 5, 6};
    const res_factor factors[] = {{first, 3, places}, {second, 2, NULL}};
    res_share shares[2];
    res_importance out;
    swp_err err;
    assert_int_equal(res_importance_of(values, 6, factors, 2, shares, &out, &err), SWP_OK);
    assert_true(out.exact);
    check(shares[0].share, 32.0 / 35);
    check(shares[1].share, 3.0 / 35);
    assert_true(fabs(out.rest) < 1e-12);
    assert_true(isnan(out.noise) && isnan(shares[0].floor));
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Levels of numbers, in place of the values themselves. */
static size_t find_levels(const double *numbers, size_t n, double *places, size_t *level)
{
    size_t n_places = 0;
    double sorted[MOST];
    for (size_t i = 0; i < n; i++)
        sorted[i] = numbers[i];
    qsort(sorted, n, sizeof *sorted, compare);
    for (size_t i = 0; i < n; i++)
        if (n_places == 0 || sorted[i] > places[n_places - 1])
            places[n_places++] = sorted[i];
    for (size_t i = 0; i < n; i++)
        for (level[i] = 0; places[level[i]] < numbers[i]; level[i]++)
            ;
    return n_places;
}

/* Two numbers and three words, scattered: degree 3, 2 and 1, as the trials allow. */
static void test_scattered(void **state)
{
    (void)state;
    static const struct {
        size_t n;
        double shares[FACTORS], floors[FACTORS], rest;
    } cases[] = {
        {40,
         {0.30403726272043435, 0.22867756448892815, 0.46470446186819225},
         {0.002028038217758273, 0.0020353715237249196, 0.0001763359385119096},
         0.002580710922445248},
        {12,
         {0.38860558587157656, 0.13574371981238373, 0.4719032810498182},
         {0.00170233018756135, 0.002335323127159505, 0.0019307875373848677},
         0.0037474132662215303},
        {9,
         {0.07406220163311732, 0.17477945899472927, 0.18711136557758665},
         {0.08639531303644016, 0.3434814965556959, 0.3572092019105556},
         0.5640469737945668},
    };
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
        double number[2][MOST], places[2][MOST], values[MOST];
        size_t level[FACTORS][MOST], n = cases[k].n;
        for (size_t i = 0; i < n; i++) {
            const size_t u[] = {i, 1}, v[] = {i, 2}, noise[] = {i, 3};
            number[0][i] = chance(u, 2);
            number[1][i] = chance(v, 2);
            level[2][i] = i % 3;
            values[i] = sin(3 * number[0][i]) + 0.4 * number[1][i] + (i % 3 == 1 ? 0.5 : 0) +
                        0.1 * chance(noise, 2);
        }
        res_factor factors[FACTORS] = {[2] = {level[2], 3, NULL}};
        for (size_t f = 0; f < 2; f++)
            factors[f] =
                (res_factor){level[f], find_levels(number[f], n, places[f], level[f]), places[f]};
        res_share shares[FACTORS];
        res_importance out;
        swp_err err;
        assert_int_equal(res_importance_of(values, n, factors, FACTORS, shares, &out, &err),
                         SWP_OK);
        assert_false(out.exact);
        for (size_t f = 0; f < FACTORS; f++) {
            check(shares[f].share, cases[k].shares[f]);
            check(shares[f].floor, cases[k].floors[f]);
        }
        check(out.rest, cases[k].rest);
    }
}

/* What cannot be computed is refused with a message. */
static void test_too_little(void **state)
{
    (void)state;
    static const size_t level[] = {0, 1, 2, 3, 4, 5}, half[] = {0, 1, 1, 0, 1, 0};
    static const double places[] = {0, 1, 2, 3, 4, 5}, equal[6] = {0},
                        values[] = {1, 3, 2, 5, 4, 7};
    const res_factor factors[] = {{level, 6, places}, {half, 2, NULL}, {level, 6, NULL}};
    res_share shares[FACTORS];
    res_importance out;
    swp_err err;
    assert_int_equal(res_importance_of(equal, 6, factors, 2, shares, &out, &err), SWP_CONFIG);
    assert_int_equal(res_importance_of(values, 6, factors, 0, shares, &out, &err), SWP_CONFIG);
    assert_int_equal(res_importance_of(values, 6, factors, 3, shares, &out, &err), SWP_CONFIG);
    assert_non_null(strstr(err.text, "6 trials are too few"));
    assert_int_equal(res_importance_of(values, 6, factors, 2, shares, &out, &err), SWP_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_full_grid),
        cmocka_unit_test(test_grid_without_seeds),
        cmocka_unit_test(test_scattered),
        cmocka_unit_test(test_too_little),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
