/* The remaining time, from made-up times. */
#include "runner/terminal/forecast.h"

#include <math.h>

#include "tests/support/cmocka_all.h"

static void near(double got, double want)
{
    if (!(fabs(got - want) <= 1e-9 * fabs(want)))
        fail_msg("got %.17g, want %.17g", got, want);
}

static void test_nothing_measured(void **state)
{
    (void)state;
    const run_pace list[] = {{.cost = 1, .left = 4}};
    assert_true(isnan(run_forecast(list, 1, 2)));
    assert_true(isnan(run_forecast(NULL, 0, 2)));
}

/* 4 epochs of 2 s and 6 of 3 s on two workers. */
static void test_work_is_shared(void **state)
{
    (void)state;
    const run_pace list[] = {{.cost = 1, .left = 4, .epoch_s = 2},
                             {.cost = 1, .left = 6, .epoch_s = 3}};
    near(run_forecast(list, 2, 1), 26);
    near(run_forecast(list, 2, 2), 18); /* not 13: the second cannot be shared */
    near(run_forecast(list, 2, 0), 26);
}

/* With other workers, an epoch takes longer than its share. */
static void test_running_trial_is_waited_for(void **state)
{
    (void)state;
    const run_pace list[] = {{.cost = 1, .left = 10, .epoch_s = 1, .wall_s = 3},
                             {.cost = 1, .left = 0, .epoch_s = 1}};
    near(run_forecast(list, 2, 4), 30);
}

/* Trials that were not measured are estimated from the nearest cost, not from the mean. */
static void test_nearest_cost(void **state)
{
    (void)state;
    const run_pace list[] = {{.cost = 1, .left = 0, .epoch_s = 1},
                             {.cost = 1, .left = 0, .epoch_s = 3},
                             {.cost = 100, .left = 0, .epoch_s = 20},
                             {.cost = 200, .left = 1},
                             {.cost = 1, .left = 10}};
    near(run_forecast(list, 5, 1), 40 + 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_measured),
        cmocka_unit_test(test_work_is_shared),
        cmocka_unit_test(test_running_trial_is_waited_for),
        cmocka_unit_test(test_nearest_cost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
