/* The experiments that come with the program load, and are as large as their comments say. */
#include <stdio.h>

#include "runner/plan/plan.h"
#include "tests/runner/config.h"
#include "tests/support/cmocka_all.h"

static void expect_size(const char *name, size_t n_evaluations, size_t n_trials, size_t epochs)
{
    cfg_override synthetic = "data.path=builtin:ecg"; /* instead of ECG5000 */
    char path[4096];
    cfg *config;
    run_plan plan;
    swp_err err;
    snprintf(path, sizeof path, "%s/experiments/%s.ini", TEST_SOURCE_DIR, name);
    if (cfg_load(path, &synthetic, 1, &config, &err) != SWP_OK ||
        run_plan_init(&plan, config, &err) != SWP_OK)
        fail_msg("%s", err.text);
    assert_string_equal(cfg_name(config), name);
    assert_int_equal(plan.n_evaluations, n_evaluations);
    assert_int_equal(plan.n_trials, n_trials);
    assert_int_equal(plan.trials[0].max_epochs, epochs);
    run_plan_deinit(&plan);
    cfg_destroy(config);
}

static void experiments_are_as_large_as_they_say(void **state)
{
    (void)state;
    expect_size("embedding", 495, 9, 25);
    expect_size("published", 4, 4, 25);
    expect_size("published_seeds", 40, 40, 25);
    expect_size("seeds", 112, 112, 25);
    expect_size("heartbeat", 1, 1, 25);
    expect_size("quickstart", 18, 3, 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(experiments_are_as_large_as_they_say),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
