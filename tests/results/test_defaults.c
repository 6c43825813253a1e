/* The evaluation that tables, charts and pages show when no threshold is named. */
#include "results/query/defaults.h"

#include "tests/support/cmocka_all.h"

static res_default default_of(const char *const *thresholds, size_t n)
{
    res_evaluation list[8] = {0};
    for (size_t i = 0; i < n; i++) {
        list[i].epochs = (uint32_t)(5 + i % 2);
        assert_int_equal(res_threshold_parse(thresholds[i], &list[i].threshold, NULL), SWP_OK);
    }
    return res_default_of(list, n);
}

static void check(const char *const *thresholds, size_t n, const char *want, bool is_planned)
{
    char text[RES_THRESHOLD_TEXT_SIZE];
    const res_default got = default_of(thresholds, n);
    assert_string_equal(res_threshold_format(got.threshold, text), want);
    assert_true(got.is_planned == is_planned);
    assert_int_equal(got.epochs, n == 0 ? 0 : n == 1 ? 5 : 6);
}

static void test_default(void **state)
{
    (void)state;
    check((const char *const[]){"45"}, 1, "45", true);
    check((const char *const[]){"45", "45"}, 2, "45", true);
    check((const char *const[]){"45", "50"}, 2, "p95", false);
    check((const char *const[]){"45", "p90", "p99", "best_f1"}, 4, "p99", true);
    check((const char *const[]){"p50", "p95", "p99"}, 3, "p95", true);
    check((const char *const[]){"best_f1"}, 1, "best_f1", true);
    check((const char *const[]){"youden", "p100"}, 2, "p100", true);
    check(NULL, 0, "p95", false);
}

static void test_largest_epochs(void **state)
{
    (void)state;
    res_evaluation list[] = {{.trial = 0, .epochs = 2},
                             {.trial = 1, .epochs = 9},
                             {.trial = 0, .epochs = 5},
                             {.trial = 1, .epochs = 3}};
    uint32_t room[2];
    assert_true(res_epochs_differ(list, 4) && !res_thresholds_differ(list, 4));
    assert_int_equal(res_keep_largest_epochs(list, 4, room, 2), 2);
    assert_true(list[0].trial == 1 && list[0].epochs == 9);
    assert_true(list[1].trial == 0 && list[1].epochs == 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_default),
        cmocka_unit_test(test_largest_epochs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
