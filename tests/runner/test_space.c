/* Spaces: checks, widened scales and the way back. */
#include "runner/search/space.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "tests/support/cmocka_all.h"

static run_dim made(run_dim dim)
{
    swp_err err;
    assert_int_equal(run_dim_check(&dim, &err), SWP_OK);
    return dim;
}

static void bad_ranges_are_refused(void **state)
{
    (void)state;
    const struct {
        run_dim dim;
        const char *found;
    } cases[] = {
        {{.kind = RUN_FLOAT, .low = 2, .high = 1}, "2 .. 1"},
        {{.kind = RUN_FLOAT, .low = 0, .high = 1, .log = true}, "found 0"},
        {{.kind = RUN_FLOAT, .low = 1, .high = 2, .log = true, .step = 1}, "found 1"},
        {{.kind = RUN_FLOAT, .low = 1, .high = (double)INFINITY}, "inf"},
        {{.kind = RUN_FLOAT, .low = 1, .high = 2, .step = -1}, "found -1"},
        {{.kind = RUN_INT, .low = 0, .high = 5, .log = true}, "found 0"},
        {{.kind = RUN_INT, .low = 1, .high = 5, .log = true, .step = 2}, "found 2"},
        {{.kind = RUN_INT, .low = 0.5, .high = 5}, "found 0.5"},
        {{.kind = RUN_INT, .low = 0, .high = 1e17}, "found 1e+17"},
        {{.kind = RUN_CATEGORICAL}, "found none"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        swp_err err;
        run_dim dim = cases[i].dim;
        assert_int_equal(run_dim_check(&dim, &err), SWP_CONFIG);
        assert_non_null(strstr(err.text, cases[i].found));
    }
}

static void checks_complete_a_dimension(void **state)
{
    (void)state;
    assert_true(made((run_dim){.kind = RUN_INT, .low = 1, .high = 10, .step = 4}).high == 9);
    assert_true(made((run_dim){.kind = RUN_INT, .low = 1, .high = 10}).step == 1);
    assert_true(made((run_dim){.kind = RUN_FLOAT, .low = 0, .high = 1, .step = 0.3}).high ==
                3 * 0.3);
    assert_true(made((run_dim){.kind = RUN_ORDINAL, .n = 4}).high == 3);
    assert_true(run_dim_count(&(run_dim){.low = 3, .high = 3}) == 1);
    assert_true(isinf(run_dim_count(&(run_dim){.low = 3, .high = 4})));
}

static void bounds_are_widened_by_half_a_step(void **state)
{
    (void)state;
    run_dim whole = made((run_dim){.kind = RUN_INT, .low = 2, .high = 128, .log = true});
    assert_true(run_dim_bounds(&whole).low == log(1.5));
    assert_true(run_dim_bounds(&whole).high == log(128.5));
    run_dim stepped = made((run_dim){.kind = RUN_FLOAT, .low = 0, .high = 1, .step = 0.5});
    assert_true(run_dim_bounds(&stepped).low == -0.25 && run_dim_bounds(&stepped).high == 1.25);
    run_dim rate = made((run_dim){.kind = RUN_FLOAT, .low = 1e-5, .high = 0.1, .log = true});
    assert_true(run_dim_bounds(&rate).low == log(1e-5) && run_dim_bounds(&rate).high == log(0.1));
}

static void numbers_are_rounded_back(void **state)
{
    (void)state;
    run_dim open = made((run_dim){.kind = RUN_FLOAT, .low = 0, .high = 1});
    assert_true(run_dim_unscale(&open, 1) == 1 - DBL_EPSILON / 2); /* never the upper bound */
    assert_true(run_dim_unscale(&open, 0.25) == 0.25);
    run_dim rate = made((run_dim){.kind = RUN_FLOAT, .low = 1e-5, .high = 0.1, .log = true});
    assert_true(run_dim_unscale(&rate, log(1e-5) - 1e-9) == 1e-5);
    run_dim half = made((run_dim){.kind = RUN_FLOAT, .low = 0, .high = 2, .step = 0.5});
    assert_true(run_dim_unscale(&half, 0.25) == 0); /* half to even */
    assert_true(run_dim_unscale(&half, 0.75) == 1);
    run_dim whole = made((run_dim){.kind = RUN_INT, .low = 1, .high = 9, .step = 2});
    assert_true(run_dim_unscale(&whole, 2) == 3 && run_dim_unscale(&whole, 4) == 5); /* half up */
    assert_true(run_dim_unscale(&whole, 9.99) == 9);
    run_dim grown = made((run_dim){.kind = RUN_INT, .low = 1, .high = 9, .log = true});
    assert_true(run_dim_unscale(&grown, log(9.5)) == 9 && run_dim_unscale(&grown, -1) == 1);
    run_dim single = made((run_dim){.kind = RUN_FLOAT, .low = 3, .high = 3});
    assert_true(run_dim_unscale(&single, 3) == 3);
}

/* Every value of a finite dimension is reached from the unit interval, in equal shares if the scale
 * is even. */
static void the_unit_interval_covers_a_dimension(void **state)
{
    (void)state;
    const run_dim dims[] = {
        made((run_dim){.kind = RUN_CATEGORICAL, .n = 5}),
        made((run_dim){.kind = RUN_ORDINAL, .n = 5}),
        made((run_dim){.kind = RUN_INT, .low = -2, .high = 2}),
        made((run_dim){.kind = RUN_FLOAT, .low = 0, .high = 1, .step = 0.25}),
    };
    for (size_t d = 0; d < sizeof dims / sizeof dims[0]; d++) {
        assert_true(run_dim_count(&dims[d]) == 5);
        size_t hits[5] = {0};
        for (size_t i = 0; i < 1000; i++) {
            double value = run_dim_from_unit(&dims[d], ((double)i + 0.5) / 1000);
            assert_true(run_dim_holds(&dims[d], value));
            for (size_t k = 0; k < 5; k++)
                hits[k] += value == run_dim_at(&dims[d], k);
        }
        for (size_t k = 0; k < 5; k++)
            assert_int_equal(hits[k], 200);
    }
}

static void a_space_knows_its_points(void **state)
{
    (void)state;
    const run_dim dims[] = {made((run_dim){.kind = RUN_INT, .low = 1, .high = 7, .step = 3}),
                            made((run_dim){.kind = RUN_CATEGORICAL, .n = 2})};
    const run_space space = {dims, 2};
    assert_true(run_space_count(&space) == 6);
    assert_true(run_space_holds(&space, (const double[]){4, 1}));
    assert_false(run_space_holds(&space, (const double[]){5, 1}));
    assert_false(run_space_holds(&space, (const double[]){4, 2}));
    assert_false(run_space_holds(&space, (const double[]){4, 0.5}));
    assert_false(run_space_holds(&space, (const double[]){(double)NAN, 0}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_ranges_are_refused),
        cmocka_unit_test(checks_complete_a_dimension),
        cmocka_unit_test(bounds_are_widened_by_half_a_step),
        cmocka_unit_test(numbers_are_rounded_back),
        cmocka_unit_test(the_unit_interval_covers_a_dimension),
        cmocka_unit_test(a_space_knows_its_points),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
