/* The backward pass against central differences, in the engine's double-precision build, where a
 * missing small term shows, which float noise would hide. */
#include <math.h>
#include <stdio.h>

#include "engine/base/mem.h"
#include "engine/engine.h"
#include "tests/support/cmocka_all.h"

#ifndef ENG_DOUBLE
#error "build this test with ENG_DOUBLE"
#endif

enum { ROWS = 4, T = 9 };

static float values[ROWS * T];

static eng_cohort *cohort_create(eng_engine *engine, eng_shape shape, eng_loss loss)
{
    const eng_adam adam = {.learning_rate = 1e-3};
    const eng_cohort_spec spec = {.shape = shape,
                                  .loss = loss,
                                  .batch_size = ROWS,
                                  .n_models = 1,
                                  .adam = &adam,
                                  .series = {values, ROWS, T}};
    eng_cohort *cohort;
    swp_err err;
    assert_int_equal(eng_cpu_api()->cohort_create(engine, &spec, &cohort, &err), SWP_OK);
    return cohort;
}

static double loss_at(eng_cohort *cohort, const eng_state *state, eng_loss loss, size_t n)
{
    swp_err err;
    double y[T], sum = 0;
    assert_int_equal(eng_cpu_api()->set_state(cohort, 0, state, &err), SWP_OK);
    for (uint32_t row = 0; row < n; row++) {
        assert_int_equal(eng_cpu_api()->reconstruct(cohort, 0, row, y, &err), SWP_OK);
        for (size_t t = 0; t < T; t++) {
            double d = y[t] - (double)values[row * T + t];
            sum += loss == ENG_L1 ? fabs(d) : d * d;
        }
    }
    return sum;
}

/* Worst distance between the gradient and central differences, relative to the largest entry. */
static double worst_error(eng_shape shape, eng_loss loss, size_t n)
{
    const double h = 1e-6;
    swp_err err;
    eng_engine *engine;
    assert_int_equal(eng_cpu_api()->open(NULL, &engine, &err), SWP_OK);
    eng_cohort *cohort = cohort_create(engine, shape, loss);
    eng_layout layout = eng_layout_of(shape);
    double *block = swp_alloc(4 * layout.total, sizeof *block), *gradient = block;
    eng_state state = {0, block + layout.total, block + 2 * layout.total, block + 3 * layout.total};
    eng_rng rng;
    eng_rng_seed(&rng, 11);
    eng_init_weights(&layout, &rng, state.weights);
    assert_int_equal(eng_cpu_api()->set_state(cohort, 0, &state, &err), SWP_OK);
    const uint32_t rows[ROWS] = {0, 1, 2, 3};
    assert_int_equal(eng_cpu_api()->gradient(cohort, 0, rows, n, gradient, &err), SWP_OK);
    double largest = 0, worst = 0;
    for (size_t i = 0; i < layout.total; i++)
        largest = fmax(largest, fabs(gradient[i]));
    for (size_t i = 0; i < layout.total; i++) {
        double kept = state.weights[i];
        state.weights[i] = kept + h;
        double above = loss_at(cohort, &state, loss, n);
        state.weights[i] = kept - h;
        double below = loss_at(cohort, &state, loss, n);
        state.weights[i] = kept;
        worst = fmax(worst, fabs((above - below) / (2 * h) - gradient[i]) / largest);
    }
    swp_free(block);
    eng_cpu_api()->cohort_destroy(cohort);
    eng_cpu_api()->close(engine);
    return worst;
}

static void check(eng_arch arch, size_t embedding_dim, eng_loss loss, size_t n)
{
    double worst = worst_error((eng_shape){arch, embedding_dim}, loss, n);
    print_message("%s E=%zu %s batch %zu: %.1e\n", eng_arch_name(arch), embedding_dim,
                  eng_loss_name(loss), n, worst);
    assert_true(worst < 1e-7);
}

static void test_single(void **state)
{
    (void)state;
    for (size_t e = 1; e <= 9; e++) {
        check(ENG_SINGLE, e, ENG_L1, 1);
        check(ENG_SINGLE, e, ENG_MSE, ROWS);
    }
    check(ENG_SINGLE, 17, ENG_L1, 1);
}

static void test_stacked(void **state)
{
    (void)state;
    check(ENG_STACKED, 1, ENG_MSE, 1);
    check(ENG_STACKED, 3, ENG_L1, 1);
    check(ENG_STACKED, 5, ENG_L1, ROWS);
    check(ENG_STACKED, 9, ENG_MSE, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_single),
        cmocka_unit_test(test_stacked),
    };
    uint32_t seed = 3;
    for (size_t i = 0; i < ROWS * T; i++) {
        seed = seed * 1664525u + 1013904223u;
        values[i] = (float)(seed >> 8) * 0x1p-23f - 1.0f;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
