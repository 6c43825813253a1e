/* The truncated normal distribution, against published digits and its own inverse. */
#include "runner/search/normal.h"

#include <math.h>

#include "tests/support/cmocka_all.h"

static void assert_near(double got, double want, double relative)
{
    if (!(fabs(got - want) <= relative * fabs(want)))
        fail_msg("expected %.17g, found %.17g", want, got);
}

static void the_cumulative_is_exact_in_both_tails(void **state)
{
    (void)state;
    static const double cases[][2] = {{-40, -804.6084420137539},
                                      {-10, -53.23128515051248},
                                      {-1, -1.8410216450092634},
                                      {0, -0.6931471805599453},
                                      {6, -9.865876e-10}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_near(run_normal_log_cdf(cases[i][0]), cases[i][1], i == 4 ? 1e-6 : 1e-13);
    /* both forms agree at the limit between them */
    assert_near(run_normal_log_cdf(-20 - 1e-9), run_normal_log_cdf(-20 + 1e-9), 1e-9);
}

static void the_inverse_is_exact(void **state)
{
    (void)state;
    static const double cases[][2] = {
        {-5, -2.4709386372615887}, {-800, -39.88469483825668}, {-1e-3, 3.090380786917045}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_near(run_normal_log_cdf_inverse(cases[i][0]), cases[i][1], 1e-13);
    for (double x = -38; x < 6; x += 0.37)
        assert_near(run_normal_log_cdf_inverse(run_normal_log_cdf(x)), x, x < 0 ? 1e-12 : 1e-6);
}

static void masses_add_up(void **state)
{
    (void)state;
    assert_near(run_normal_log_mass(-1, 1), log(0.6826894921370859), 1e-13);
    assert_near(run_normal_log_mass(-1.5, -0.5), run_normal_log_mass(0.5, 1.5), 1e-15);
    /* on each side of the limit of the asymptotic form */
    assert_near(run_normal_log_mass(-21, -19.99),
                log(exp(run_normal_log_cdf(-19.99)) - exp(run_normal_log_cdf(-21))), 1e-12);
    assert_near(run_normal_log_mass(-31, -30), run_normal_log_cdf(-30), 1e-12);
}

/* Narrow intervals are computed by a series, wide ones are not. */
static void narrow_intervals_are_differences_of_wide_ones(void **state)
{
    (void)state;
    for (double a = -14; a < 14; a += 0.31) {
        for (double width = 0.01; width < 0.3; width *= 2) {
            double side = a > 0 ? 1 : -1; /* the wide ones reach into the nearer tail */
            double near = a > 0 ? a : a + width, far = a > 0 ? a + width : a;
            double whole =
                run_normal_log_mass(fmin(near, near + side * 9), fmax(near, near + side * 9));
            double rest = run_normal_log_mass(fmin(far, far + side * 9), fmax(far, far + side * 9));
            assert_near(run_normal_log_mass(a, a + width), whole + log1p(-exp(rest - whole)),
                        1e-11);
        }
    }
}

static void quantiles_stay_within_and_invert_the_mass(void **state)
{
    (void)state;
    static const double intervals[][2] = {{-1, 2}, {0, 3}, {-30, -25}, {40, 41}, {-0.1, 60}};
    for (size_t i = 0; i < sizeof intervals / sizeof intervals[0]; i++) {
        double a = intervals[i][0], b = intervals[i][1], mass = run_normal_log_mass(a, b);
        assert_true(run_normal_quantile_within(0, a, b) == a);
        assert_true(run_normal_quantile_within(1, a, b) == b);
        for (double q = 0.01; q < 1; q += 0.07) {
            double x = run_normal_quantile_within(q, a, b);
            assert_true(x >= a && x <= b);
            assert_near(exp(run_normal_log_mass(a, x) - mass), q, 1e-9);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_cumulative_is_exact_in_both_tails),
        cmocka_unit_test(the_inverse_is_exact),
        cmocka_unit_test(masses_add_up),
        cmocka_unit_test(narrow_intervals_are_differences_of_wide_ones),
        cmocka_unit_test(quantiles_stay_within_and_invert_the_mass),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
