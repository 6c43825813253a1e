/* Lists and ranges, tested by the axes that they make. */
#include <stdio.h>
#include <string.h>

#include "tests/runner/config.h"
#include "tests/support/cmocka_all.h"

/* The canonical values of an axis that is set by an override. */
static void expect_axis(const char *key, const char *list, const char *values)
{
    char override[512], name[64];
    snprintf(override, sizeof override, "sweep.%s=%s", key, list);
    snprintf(name, sizeof name, "sweep.%s", key);
    cfg *config = config_make(CONFIG_MINIMAL, override);
    const res_pair *pairs;
    size_t n;
    cfg_canonical(config, &pairs, &n);
    assert_string_equal(pairs[n - 1].key, name);
    assert_string_equal(pairs[n - 1].value, values);
    cfg_destroy(config);
}

static void whole_ranges(void **state)
{
    (void)state;
    expect_axis("model.embedding_dim", "2..8", "2, 3, 4, 5, 6, 7, 8");
    expect_axis("model.embedding_dim", "2..8..2", "2, 4, 6, 8");
    expect_axis("model.embedding_dim", "2..8..4", "2, 6");
    expect_axis("model.embedding_dim", "2..8, 64, 128", "2, 3, 4, 5, 6, 7, 8, 64, 128");
    expect_axis("model.embedding_dim", " 2 .. 4 , 64 ", "2, 3, 4, 64");
    expect_axis("model.embedding_dim", "64, 2..4, 1", "64, 2, 3, 4, 1");
    expect_axis("model.embedding_dim", "8..5", "8, 7, 6, 5");
    expect_axis("model.embedding_dim", "8..2..2", "8, 6, 4, 2");
    expect_axis("model.embedding_dim", "8..2..-3", "8, 5, 2");
    expect_axis("model.embedding_dim", "5..5", "5");
    expect_axis("model.embedding_dim", "7", "7");
    expect_axis("train.seed", "4294967294..4294967295", "4294967294, 4294967295");
    expect_axis("train.epochs", "999999..1000000", "999999, 1000000");
    expect_axis("eval.threshold", "20..70..5", "20, 25, 30, 35, 40, 45, 50, 55, 60, 65, 70");
    expect_axis("data.shuffle_seed", "none, 1..3", "none, 1, 2, 3");
    expect_axis("data.anomalies", "match, all, 10..30..10", "match, all, 10, 20, 30");
}

/* Printed by NumPy 2.4 for the calls above them. */
static const struct {
    const char *list;
    size_t n;
    double values[9];
} numpy[] = {
    /* clang-format off */
    {"0.1..0.5..0.1", /* numpy.linspace(0.1, 0.5, 5) */
     5,
     {0.10000000000000001, 0.20000000000000001, 0.30000000000000004, 0.40000000000000002, 0.5}},
    {"0.1..0.7..0.1", /* numpy.linspace(0.1, 0.7, 7) */
     7,
     {0.10000000000000001, 0.20000000000000001, 0.29999999999999999, 0.40000000000000002, 0.5, 0.59999999999999998, 0.69999999999999996}},
    {"0.05..0.3..0.05", /* numpy.linspace(0.05, 0.3, 6) */
     6,
     {0.050000000000000003, 0.10000000000000001, 0.15000000000000002, 0.20000000000000001, 0.25, 0.29999999999999999}},
    {"5e-4..1e-4..1e-4", /* numpy.linspace(0.0005, 0.0001, 5) */
     5,
     {0.00050000000000000001, 0.00040000000000000002, 0.00030000000000000003, 0.00019999999999999998, 0.0001}},
    {"1e-30..3e-30..1e-30", /* numpy.linspace(1e-30, 3e-30, 3) */
     3,
     {1.0000000000000001e-30, 2.0000000000000002e-30, 2.9999999999999999e-30}},
    {"0.5..2.5", /* numpy.linspace(0.5, 2.5, 3) */
     3,
     {0.5, 1.5, 2.5}},
    {"0.1..0.95..0.3", /* 0.1 + numpy.arange(3) * 0.3 */
     3,
     {0.10000000000000001, 0.40000000000000002, 0.69999999999999996}},
    {"log(0.0001, 0.01, 5)", /* numpy.geomspace(0.0001, 0.01, 5) */
     5,
     {0.0001, 0.00031622776601683794, 0.001, 0.0031622776601683794, 0.01}},
    {"log(1e-05, 0.1, 9)", /* numpy.geomspace(1e-05, 0.1, 9) */
     9,
     {1.0000000000000001e-05, 3.1622776601683795e-05, 0.0001, 0.00031622776601683794, 0.001, 0.0031622776601683794, 0.01, 0.031622776601683791, 0.10000000000000001}},
    {"log(0.01, 3, 7)", /* numpy.geomspace(0.01, 3, 7) */
     7,
     {0.01, 0.025873402367724459, 0.066943295008216955, 0.17320508075688776, 0.4481404746557166, 1.159491881803038, 3}},
    {"log(1, 0.01, 4)", /* numpy.geomspace(1, 0.01, 4) */
     4,
     {1, 0.21544346900318839, 0.046415888336127795, 0.01}},
    {"log(2, 128, 4)", /* numpy.geomspace(2, 128, 4) */
     4,
     {2, 7.9999999999999991, 32.000000000000007, 128}},
    /* clang-format on */
};

static void ranges_are_numpys(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof numpy / sizeof numpy[0]; i++) {
        char override[128];
        snprintf(override, sizeof override, "sweep.train.learning_rate=%s", numpy[i].list);
        cfg *config = config_make(CONFIG_MINIMAL, override);
        assert_int_equal(cfg_axis_length(config, 0), numpy[i].n);
        for (size_t k = 0; k < numpy[i].n; k++) {
            cfg_settings s;
            cfg_evaluation_at(config, k, &s);
            if (s.learning_rate != numpy[i].values[k])
                fail_msg("%s: value %zu is %.17g", numpy[i].list, k + 1, s.learning_rate);
        }
        cfg_destroy(config);
    }
}

static void ends_are_as_written(void **state)
{
    (void)state;
    expect_axis("train.learning_rate", "log(0.123456789012345, 3, 2)", "0.123456789012345, 3");
    expect_axis("train.learning_rate", "log(1, 0.01, 3), 5", "1, 0.1, 0.01, 5");
    expect_axis("eval.threshold", "0.3..0..0.1", "0.3, 0.2, 0.1, 0");
    /* Whole numbers stay whole, whatever the last bit of a power is. */
    expect_axis("model.embedding_dim", "log(2, 128, 7)", "2, 4, 8, 16, 32, 64, 128");
    expect_axis("model.embedding_dim", "log(2, 128, 4)", "2, 8, 32, 128");
}

static void words_and_texts(void **state)
{
    (void)state;
    expect_axis("train.loss", "l1, mse", "l1, mse");
    expect_axis("train.loss", "mse,l1", "mse, l1");
    expect_axis("eval.threshold", "45, p99, p99.50, best_f1, youden",
                "45, p99, p99.5, best_f1, youden");
    /* Paths may contain what would be a range among numbers. */
    expect_axis("data.path", "../a, b..c, builtin:ecg?rows=100&seed=1",
                "../a, b..c, builtin:ecg?rows=100&seed=1");
    expect_axis("data.normal_class", "1.0, 2e0, N", "1, 2, N");
}

static void the_largest_axis_is_taken(void **state)
{
    (void)state;
    cfg *config = config_make(CONFIG_MINIMAL, "sweep.train.seed=1..100000");
    assert_int_equal(cfg_axis_length(config, 0), CFG_MAX_AXIS_VALUES);
    assert_int_equal(cfg_evaluation_count(config), CFG_MAX_AXIS_VALUES);
    cfg_settings settings;
    cfg_evaluation_at(config, 99999, &settings);
    assert_int_equal(settings.seed, 100000);
    cfg_destroy(config);
}

/* 100,000 values written one by one: a line of the file may be as long as that. */
static void long_lines_are_whole(void **state)
{
    (void)state;
    swp_buf text = {0};
    swp_buf_puts(&text, CONFIG_MINIMAL "[sweep]\ntrain.seed = 0");
    for (unsigned i = 1; i < CFG_MAX_AXIS_VALUES; i++)
        swp_buf_printf(&text, ", %u", i);
    swp_buf_puts(&text, "\ntrain.loss = l1, mse\n");
    assert_false(text.failed);
    cfg *config = config_make(text.text, NULL);
    assert_int_equal(cfg_axis_length(config, 0), CFG_MAX_AXIS_VALUES);
    assert_int_equal(cfg_axis_length(config, 1), 2);
    cfg_destroy(config);
    swp_buf_deinit(&text);
}

static int enter_folder(void **state)
{
    (void)state;
    config_enter_folder("cfg_list");
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_ranges),
        cmocka_unit_test(ranges_are_numpys),
        cmocka_unit_test(ends_are_as_written),
        cmocka_unit_test(words_and_texts),
        cmocka_unit_test(the_largest_axis_is_taken),
        cmocka_unit_test(long_lines_are_whole),
    };
    return cmocka_run_group_tests(tests, enter_folder, NULL);
}
