/* Several threads on one model, for ThreadSanitizer, which ends the program when it finds a race.
 */
#include <stdint.h>

#include "engine/base/mem.h"
#include "engine/engine.h"
#include "tests/support/cmocka_all.h"

#define ROWS   40
#define LENGTH 5

static size_t three_cores(const void *context)
{
    (void)context;
    return 3;
}

static void train(eng_engine *engine, eng_shape shape, size_t batch_size)
{
    const eng_api *api = eng_cpu_api();
    static float values[ROWS * LENGTH];
    uint32_t order[ROWS];
    for (size_t i = 0; i < ROWS * LENGTH; i++)
        values[i] = (float)(i * 37 % 100) / 50 - 1;
    for (uint32_t i = 0; i < ROWS; i++)
        order[i] = i;
    const eng_adam adam = {.learning_rate = 1e-3};
    const eng_cohort_spec spec = {
        .shape = shape,
        .batch_size = batch_size,
        .n_models = 1,
        .adam = &adam,
        .series = {values, ROWS, LENGTH},
        .cores = {three_cores, NULL},
    };
    swp_err err;
    eng_cohort *cohort;
    assert_int_equal(api->cohort_create(engine, &spec, &cohort, &err), SWP_OK);
    double loss;
    assert_int_equal(api->train_epoch(cohort, order, ROWS, &loss, &err), SWP_OK);
    assert_true(loss > 0);
    float errors[ROWS];
    assert_int_equal(api->evaluate(cohort, order, ROWS, errors, &err), SWP_OK);
    assert_true(errors[0] > 0);
    api->cohort_destroy(cohort);
}

static void test_no_race_in_shared_work(void **state)
{
    (void)state;
    swp_err err;
    eng_engine *engine;
    assert_int_equal(eng_cpu_api()->open(&(eng_options){.isa = "portable"}, &engine, &err), SWP_OK);
    train(engine, (eng_shape){ENG_SINGLE, 128}, 1);
    train(engine, (eng_shape){ENG_STACKED, 48}, 1);
    train(engine, (eng_shape){ENG_SINGLE, 20}, ROWS);
    train(engine, (eng_shape){ENG_STACKED, 3}, ROWS);
    eng_cpu_api()->close(engine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_race_in_shared_work),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
