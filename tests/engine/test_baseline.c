/* Errors of held-out sequences by methods that are not trained. */
#include "engine/data/baseline.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "engine/base/mem.h"
#include "tests/support/cmocka_all.h"

enum { MOST_ROWS = 400, LENGTH = 12 };

typedef struct example {
    float values[MOST_ROWS * LENGTH];
    uint32_t rows[MOST_ROWS];
    eng_dataset set;
    eng_split split;
} example;

/* The rows of a set in their order: training, then 2 validation rows, 2 of test, 2 anomalies, 1 of
 * the tuning part. */
static void cut(example *e, size_t n_rows, size_t length)
{
    for (uint32_t i = 0; i < n_rows; i++)
        e->rows[i] = i;
    uint32_t *held_out = e->rows + n_rows - 7;
    e->set = (eng_dataset){.n_rows = n_rows, .length = length, .values = e->values};
    e->split = (eng_split){.train = e->rows,
                           .n_train = n_rows - 7,
                           .val = held_out,
                           .n_val = 2,
                           .test = held_out + 2,
                           .n_test = 2,
                           .anomaly = held_out + 4,
                           .n_anomaly = 2,
                           .tune = held_out + 6,
                           .n_tune = 1};
}

static void draw(example *e, size_t n_rows, size_t length)
{
    uint32_t bits = 1;
    for (size_t i = 0; i < n_rows * length; i++) {
        bits = bits * 1664525u + 1013904223u;
        /* Directions of different spread, so that components differ. */
        e->values[i] = ((float)(bits >> 8) / 16777216.0f - 0.5f) / (float)(1 + i % length);
    }
    cut(e, n_rows, length);
}

static void test_distances_by_hand(void **state)
{
    (void)state;
    example e = {.values = {0, 0, 2, 0, 0, 2, 2, 2, /* around 1, 1 */
                            1, 1, 4, 5, 0, 0, 2, 1, 1, 2, -2, 1, 1, 11}};
    const eng_baseline all[] = {{ENG_BASELINE_MEAN, 0}, {ENG_BASELINE_NEIGHBOUR, 0}};
    float out[2][7];
    swp_err err;
    cut(&e, 11, 2);
    assert_int_equal(eng_baseline_count(&e.split), 7);
    assert_int_equal(eng_baselines_compute(&e.set, &e.split, all, 2, out[0], &err), SWP_OK);
    const double mean[] = {0, 25, 2, 1, 1, 9, 100}, nearest[] = {2, 13, 0, 1, 1, 5, 82};
    for (size_t i = 0; i < 7; i++) {
        assert_true(fabs((double)out[0][i] - sqrt(mean[i])) < 1e-6);
        assert_true(fabs((double)out[1][i] - sqrt(nearest[i])) < 1e-6);
    }
}

/* Training rows spread along (3, 4): one component leaves the distance to that line. */
static void test_one_component_by_hand(void **state)
{
    (void)state;
    example e = {.values = {-3, -4, 3, 4,  -6, -8, 6, 8, /* mean 0 */
                            30, 40, 4, -3, 0,  5,  5, 0, -8, 6, 0, 0, 1, 7}};
    const eng_baseline one = {ENG_BASELINE_PCA, 1};
    const double expected[] = {0, 5, 3, 4, 10, 0};
    float out[7];
    swp_err err;
    cut(&e, 11, 2);
    assert_int_equal(eng_baselines_compute(&e.set, &e.split, &one, 1, out, &err), SWP_OK);
    for (size_t i = 0; i < 6; i++)
        assert_true(fabs((double)out[i] - expected[i]) < 1e-5);
    assert_true(fabs((double)out[6] - 3.4) < 1e-5);
}

/* The number of sequences decides by which method components are found; repeating rows changes none
 * of them. */
static void test_both_ways_find_the_same_components(void **state)
{
    (void)state;
    static example few, many;
    enum { N = 8, TIMES = 40 };
    const eng_baseline list[] = {
        {ENG_BASELINE_PCA, 5}, {ENG_BASELINE_PCA, 1}, {ENG_BASELINE_PCA, 7}};
    float a[3][7], b[3][7];
    swp_err err;
    draw(&few, N + 7, LENGTH);
    for (size_t i = 0; i < N * TIMES; i++)
        memcpy(many.values + i * LENGTH, few.values + i % N * LENGTH, sizeof(float) * LENGTH);
    memcpy(many.values + N * TIMES * LENGTH, few.values + N * LENGTH, sizeof(float) * 7 * LENGTH);
    cut(&many, N * TIMES + 7, LENGTH);
    assert_int_equal(eng_baselines_compute(&few.set, &few.split, list, 3, a[0], &err), SWP_OK);
    assert_int_equal(eng_baselines_compute(&many.set, &many.split, list, 3, b[0], &err), SWP_OK);
    for (size_t k = 0; k < 3; k++)
        for (size_t i = 0; i < 7; i++)
            assert_true(fabs((double)a[k][i] - (double)b[k][i]) < 1e-5);
    for (size_t i = 0; i < 7; i++) /* one more component never leaves a larger error */
        assert_true(a[1][i] >= a[0][i] && a[0][i] >= a[2][i] && a[2][i] >= 0);
}

static void test_what_is_possible(void **state)
{
    (void)state;
    static example e;
    draw(&e, 27, LENGTH);
    assert_true(eng_baseline_possible(&e.set, &e.split, (eng_baseline){ENG_BASELINE_MEAN, 0}));
    assert_true(eng_baseline_possible(&e.set, &e.split, (eng_baseline){ENG_BASELINE_PCA, 11}));
    assert_false(eng_baseline_possible(&e.set, &e.split, (eng_baseline){ENG_BASELINE_PCA, 12}));
    assert_false(eng_baseline_possible(&e.set, &e.split, (eng_baseline){ENG_BASELINE_PCA, 0}));
    e.split.n_train = 5; /* fewer than time steps */
    assert_true(eng_baseline_possible(&e.set, &e.split, (eng_baseline){ENG_BASELINE_PCA, 4}));
    assert_false(eng_baseline_possible(&e.set, &e.split, (eng_baseline){ENG_BASELINE_PCA, 5}));
    e.split.n_train = 1000000;
    e.set.length = 2000;
    assert_true(eng_baseline_possible(&e.set, &e.split, (eng_baseline){ENG_BASELINE_MEAN, 0}));
    assert_false(eng_baseline_possible(&e.set, &e.split, (eng_baseline){ENG_BASELINE_PCA, 4}));
    assert_false(
        eng_baseline_possible(&e.set, &e.split, (eng_baseline){ENG_BASELINE_NEIGHBOUR, 0}));
}

static void test_distances_that_fit_no_float(void **state)
{
    (void)state;
    static example e;
    const eng_baseline all[] = {
        {ENG_BASELINE_MEAN, 0}, {ENG_BASELINE_NEIGHBOUR, 0}, {ENG_BASELINE_PCA, 1}};
    float out[7];
    swp_err err;
    draw(&e, 27, LENGTH);
    for (size_t t = 0; t < LENGTH; t++)
        e.values[22 * LENGTH + t] = FLT_MAX;
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(eng_baselines_compute(&e.set, &e.split, &all[i], 1, out, &err),
                         SWP_NUMERIC);
}

static void test_memory_may_run_out(void **state)
{
    (void)state;
    static example e;
    const eng_baseline pca = {ENG_BASELINE_PCA, 2};
    float out[7];
    swp_err err;
    unsigned long i = 0;
    draw(&e, 12, LENGTH);
    for (swp_status status = SWP_NOMEM; status != SWP_OK;) {
        swp_mem_fail_at(++i);
        status = eng_baselines_compute(&e.set, &e.split, &pca, 1, out, &err);
        swp_mem_fail_at(0);
        assert_true(status == SWP_OK || status == SWP_NOMEM);
    }
    assert_int_equal(i, 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_distances_by_hand),
        cmocka_unit_test(test_one_component_by_hand),
        cmocka_unit_test(test_both_ways_find_the_same_components),
        cmocka_unit_test(test_what_is_possible),
        cmocka_unit_test(test_distances_that_fit_no_float),
        cmocka_unit_test(test_memory_may_run_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
