/* Mean and spread of the classes of a data set. */
#include "engine/data/profile.h"

#include <math.h>

#include "engine/base/mem.h"
#include "tests/support/cmocka_all.h"

/* Three rows of class 0, one of class 1. */
static void test_means_and_deviations(void **state)
{
    (void)state;
    float values[] = {1, 100, 3, 5, 8, 100.5f, -2, 7};
    uint32_t labels[] = {0, 0, 0, 1};
    eng_class classes[] = {{.name = "a", .count = 3}, {.name = "b", .count = 1}};
    const eng_dataset set = {.n_rows = 4,
                             .length = 2,
                             .values = values,
                             .labels = labels,
                             .n_classes = 2,
                             .classes = classes};
    eng_profile profile;
    swp_err err;
    assert_int_equal(eng_profile_init(&profile, &set, &err), SWP_OK);
    assert_true(profile.mean[0] == 4);
    assert_true(profile.mean[1] == 68.5f);
    assert_true(profile.sd[0] == (float)sqrt((9 + 1 + 16) / 2.0));
    assert_true(fabs((double)profile.sd[1] - 54.9931813954) < 1e-5);
    assert_true(profile.mean[2] == -2 && profile.mean[3] == 7);
    assert_true(isnan(profile.sd[2]) && isnan(profile.sd[3]));
    eng_profile_deinit(&profile);
}

static void test_memory_may_run_out(void **state)
{
    (void)state;
    float values[] = {1};
    uint32_t labels[] = {0};
    eng_class classes[] = {{.name = "a", .count = 1}};
    const eng_dataset set = {.n_rows = 1,
                             .length = 1,
                             .values = values,
                             .labels = labels,
                             .n_classes = 1,
                             .classes = classes};
    for (unsigned long i = 1; i <= 4; i++) {
        eng_profile profile;
        swp_err err;
        swp_mem_fail_at(i);
        assert_int_equal(eng_profile_init(&profile, &set, &err), SWP_NOMEM);
        swp_mem_fail_at(0);
        eng_profile_deinit(&profile);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_means_and_deviations),
        cmocka_unit_test(test_memory_may_run_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
