/* What every engine must do. One executable per engine and instruction set. */
#include "tests/engine/conformance.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"
#include "tests/support/cmocka_all.h"

#define ROWS 50

static const eng_api *api;
static eng_engine *engine;
static float *values; /* (ROWS, longest length used) */

static float noise(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return (float)(*seed >> 8) * 0x1p-23f - 1.0f;
}

static eng_cohort_spec spec_of(eng_arch arch, size_t embedding_dim, size_t T, size_t batch,
                               size_t n_models, const eng_adam *adam)
{
    return (eng_cohort_spec){
        .shape = {arch, embedding_dim},
        .loss = ENG_L1,
        .batch_size = batch,
        .n_models = n_models,
        .adam = adam,
        .series = {values, ROWS, T},
    };
}

static eng_state state_create(size_t total)
{
    eng_state state = {.weights = swp_alloc(total, sizeof(eng_real)),
                       .m = swp_alloc(total, sizeof(eng_real)),
                       .v = swp_alloc(total, sizeof(eng_real))};
    assert_true(state.weights && state.m && state.v);
    return state;
}

static void state_destroy(eng_state *state)
{
    swp_free(state->weights);
    swp_free(state->m);
    swp_free(state->v);
}

static eng_cohort *cohort_create(const eng_cohort_spec *spec)
{
    eng_cohort *cohort;
    swp_err err;
    assert_int_equal(api->cohort_create(engine, spec, &cohort, &err), SWP_OK);
    return cohort;
}

/* Weights drawn with the given seed, moments zero. */
static void seed_model(eng_cohort *cohort, size_t model, eng_shape shape, uint32_t seed)
{
    swp_err err;
    eng_layout layout = eng_layout_of(shape);
    eng_state state = state_create(layout.total);
    eng_rng rng;
    eng_rng_seed(&rng, seed);
    eng_init_weights(&layout, &rng, state.weights);
    assert_int_equal(api->set_state(cohort, model, &state, &err), SWP_OK);
    state_destroy(&state);
}

static eng_state state_of(eng_cohort *cohort, size_t model, eng_shape shape)
{
    swp_err err;
    eng_state state = state_create(eng_layout_of(shape).total);
    assert_int_equal(api->get_state(cohort, model, &state, &err), SWP_OK);
    return state;
}

static void assert_states_equal(const eng_state *a, const eng_state *b, size_t total)
{
    assert_int_equal(a->step, b->step);
    assert_memory_equal(a->weights, b->weights, total * sizeof(eng_real));
    assert_memory_equal(a->m, b->m, total * sizeof(eng_real));
    assert_memory_equal(a->v, b->v, total * sizeof(eng_real));
}

static void train(eng_cohort *cohort, size_t n, double *loss)
{
    swp_err err;
    uint32_t order[ROWS];
    for (uint32_t i = 0; i < n; i++)
        order[i] = (i * 7) % ROWS;
    assert_int_equal(api->train_epoch(cohort, order, n, loss, &err), SWP_OK);
}

/* The number of cores comes from the context. */
static size_t some_cores(const void *context)
{
    return *(const size_t *)context;
}

/* A model in a cohort gives the bits of the model alone, on any number of cores. */
static void check_cohort(eng_shape shape, eng_loss loss, size_t batch, size_t K, size_t cores)
{
    enum { K_MOST = 20, N = 13 }; /* 20 models fill more than one vector */
    eng_adam adam[K_MOST];
    for (size_t k = 0; k < K; k++)
        adam[k] = (eng_adam){.learning_rate = 1e-4 * (double)(k + 1)};
    eng_cohort_spec together = spec_of(shape.arch, shape.embedding_dim, 21, batch, K, adam);
    together.loss = loss;
    together.cores = (eng_cores){some_cores, &cores};
    eng_cohort *all = cohort_create(&together);
    double losses[K_MOST], alone_loss;
    for (size_t k = 0; k < K; k++)
        seed_model(all, k, shape, (uint32_t)k);
    train(all, N, losses);
    for (size_t k = 0; k < K; k++) {
        eng_cohort_spec alone = together;
        alone.n_models = 1;
        alone.adam = &adam[k];
        alone.cores = (eng_cores){NULL, NULL};
        eng_cohort *one = cohort_create(&alone);
        seed_model(one, 0, shape, (uint32_t)k);
        train(one, N, &alone_loss);
        assert_memory_equal(&alone_loss, &losses[k], sizeof alone_loss);
        eng_state a = state_of(one, 0, shape), b = state_of(all, k, shape);
        assert_states_equal(&a, &b, eng_layout_of(shape).total);
        state_destroy(&a);
        state_destroy(&b);
        api->cohort_destroy(one);
    }
    api->cohort_destroy(all);
}

static void test_cohorts_change_nothing(void **state)
{
    (void)state;
    for (size_t e = 1; e <= 9; e++) {
        check_cohort((eng_shape){ENG_SINGLE, e}, ENG_L1, 1, 20, 1);
        check_cohort((eng_shape){ENG_SINGLE, e}, ENG_MSE, 1, 20, 2);
    }
    check_cohort((eng_shape){ENG_SINGLE, 4}, ENG_L1, 4, 20, 1);
    check_cohort((eng_shape){ENG_STACKED, 3}, ENG_L1, 1, 20, 1);
    const eng_shape shapes[] = {{ENG_SINGLE, 7},  {ENG_SINGLE, 12}, {ENG_SINGLE, 16},
                                {ENG_SINGLE, 17}, {ENG_STACKED, 2}, {ENG_STACKED, 8}};
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++)
        for (size_t cores = 1; cores <= 3; cores++)
            check_cohort(shapes[i], ENG_L1, 1, 5, cores);
}

static void evaluate_all(eng_cohort *cohort, float errors[ROWS])
{
    uint32_t rows[ROWS];
    for (uint32_t r = 0; r < ROWS; r++)
        rows[r] = r;
    swp_err err;
    assert_int_equal(api->evaluate(cohort, rows, ROWS, errors, &err), SWP_OK);
}

/* More cores change no bit, and neither does an evaluation between two epochs. */
static void test_cores_change_nothing(void **state)
{
    (void)state;
    const eng_adam adam = {.learning_rate = 1e-3};
    const struct {
        eng_shape shape;
        size_t batch;
    } cases[] = {{{ENG_SINGLE, 8}, 1},   {{ENG_SINGLE, 64}, 1},  {{ENG_SINGLE, 128}, 1},
                 {{ENG_STACKED, 20}, 1}, {{ENG_STACKED, 80}, 1}, {{ENG_SINGLE, 8}, 40},
                 {{ENG_SINGLE, 20}, 40}, {{ENG_SINGLE, 64}, 33}, {{ENG_STACKED, 3}, 40},
                 {{ENG_STACKED, 20}, 40}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const eng_shape shape = cases[i].shape;
        eng_state after[3];
        double losses[3];
        float errors[3][ROWS];
        for (size_t k = 0; k < 3; k++) {
            const size_t cores = k + 1;
            eng_cohort_spec spec =
                spec_of(shape.arch, shape.embedding_dim, 5, cases[i].batch, 1, &adam);
            if (k > 0)
                spec.cores = (eng_cores){some_cores, &cores};
            eng_cohort *cohort = cohort_create(&spec);
            seed_model(cohort, 0, shape, 5);
            train(cohort, 40, &losses[k]);
            if (k)
                evaluate_all(cohort, errors[k]);
            train(cohort, 40, &losses[k]);
            evaluate_all(cohort, errors[k]);
            after[k] = state_of(cohort, 0, shape);
            api->cohort_destroy(cohort);
        }
        for (size_t k = 1; k < 3; k++) {
            assert_memory_equal(&losses[0], &losses[k], sizeof losses[0]);
            assert_memory_equal(errors[0], errors[k], sizeof errors[0]);
            assert_states_equal(&after[0], &after[k], eng_layout_of(shape).total);
            state_destroy(&after[k]);
        }
        state_destroy(&after[0]);
    }
}

/* Two epochs at once equal one epoch, saving the state, loading it into a new cohort, and another
 * epoch. The last batch may be a smaller one. */
static void test_state_continues_bit_for_bit(void **state)
{
    (void)state;
    const eng_adam adam = {.learning_rate = 1e-3};
    const struct {
        eng_arch arch;
        size_t dim, batch;
    } cases[] = {{ENG_SINGLE, 3, 1},  {ENG_SINGLE, 8, 1},  {ENG_SINGLE, 20, 1},
                 {ENG_STACKED, 5, 1}, {ENG_STACKED, 9, 8}, {ENG_SINGLE, 64, 1}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        eng_cohort_spec spec = spec_of(cases[i].arch, cases[i].dim, 15, cases[i].batch, 1, &adam);
        size_t total = eng_layout_of(spec.shape).total;
        double loss;
        eng_cohort *whole = cohort_create(&spec), *first = cohort_create(&spec);
        seed_model(whole, 0, spec.shape, 5);
        seed_model(first, 0, spec.shape, 5);
        train(whole, 41, &loss);
        train(whole, 41, &loss);
        train(first, 41, &loss);
        eng_state middle = state_of(first, 0, spec.shape);
        eng_cohort *second = cohort_create(&spec);
        swp_err err;
        assert_int_equal(api->set_state(second, 0, &middle, &err), SWP_OK);
        train(second, 41, &loss);
        eng_state a = state_of(whole, 0, spec.shape), b = state_of(second, 0, spec.shape);
        assert_states_equal(&a, &b, total);
        state_destroy(&middle);
        state_destroy(&a);
        state_destroy(&b);
        api->cohort_destroy(whole);
        api->cohort_destroy(first);
        api->cohort_destroy(second);
    }
}

/* The steps of one epoch are those of epochs of one step each: every step begins with the weights
 * of the one before. */
static void test_steps_follow_each_other(void **state)
{
    (void)state;
    enum { STEPS = 4, MOST_BATCH = 8 };
    const eng_adam adam = {.learning_rate = 1e-2};
    const struct {
        eng_arch arch;
        size_t dim, batch;
    } cases[] = {{ENG_SINGLE, 3, 1},  {ENG_SINGLE, 3, 2},  {ENG_SINGLE, 20, 1},
                 {ENG_SINGLE, 20, 3}, {ENG_STACKED, 5, 4}, {ENG_STACKED, 12, MOST_BATCH}};
    uint32_t order[STEPS * MOST_BATCH];
    for (uint32_t i = 0; i < STEPS * MOST_BATCH; i++)
        order[i] = (i * 7) % ROWS;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t batch = cases[i].batch;
        eng_cohort_spec spec = spec_of(cases[i].arch, cases[i].dim, 15, batch, 1, &adam);
        double loss;
        swp_err err;
        eng_cohort *whole = cohort_create(&spec), *single = cohort_create(&spec);
        seed_model(whole, 0, spec.shape, 5);
        seed_model(single, 0, spec.shape, 5);
        assert_int_equal(api->train_epoch(whole, order, STEPS * batch, &loss, &err), SWP_OK);
        for (size_t k = 0; k < STEPS; k++)
            assert_int_equal(api->train_epoch(single, order + k * batch, batch, &loss, &err),
                             SWP_OK);
        eng_state a = state_of(whole, 0, spec.shape), b = state_of(single, 0, spec.shape);
        assert_states_equal(&a, &b, eng_layout_of(spec.shape).total);
        state_destroy(&a);
        state_destroy(&b);
        api->cohort_destroy(whole);
        api->cohort_destroy(single);
    }
}

/* The gradient of a batch is the sum of its sequences' gradients; 45 rows exceed the size of any
 * internal part. */
static void test_batch_gradient_is_a_sum(void **state)
{
    (void)state;
    const eng_adam adam = {.learning_rate = 1e-3};
    const eng_shape shapes[] = {
        {ENG_SINGLE, 2}, {ENG_SINGLE, 7}, {ENG_SINGLE, 16}, {ENG_SINGLE, 33}, {ENG_STACKED, 6}};
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        eng_cohort_spec spec = spec_of(shapes[i].arch, shapes[i].embedding_dim, 12, 45, 1, &adam);
        size_t total = eng_layout_of(spec.shape).total;
        eng_cohort *cohort = cohort_create(&spec);
        seed_model(cohort, 0, spec.shape, 9);
        uint32_t rows[45];
        swp_err err;
        double *sum = swp_alloc(total, sizeof *sum);
        eng_real *one = swp_alloc(total, sizeof *one), *all = swp_alloc(total, sizeof *all);
        for (uint32_t r = 0; r < 45; r++) {
            rows[r] = r;
            assert_int_equal(api->gradient(cohort, 0, &r, 1, one, &err), SWP_OK);
            for (size_t p = 0; p < total; p++)
                sum[p] += (double)one[p];
        }
        assert_int_equal(api->gradient(cohort, 0, rows, 45, all, &err), SWP_OK);
        double most = 0;
        for (size_t p = 0; p < total; p++)
            most = fmax(most, fabs(sum[p]));
        for (size_t p = 0; p < total; p++)
            if (!(fabs((double)all[p] - sum[p]) <= 2e-5 * most))
                fail_msg("shape %zu, weight %zu: %g, sum %g", i, p, (double)all[p], sum[p]);
        swp_free(sum);
        swp_free(one);
        swp_free(all);
        api->cohort_destroy(cohort);
    }
}

/* Errors of all rows at once equal those of each row's reconstruction, and on processors, bit for
 * bit, those of some rows: what lies beside a row changes nothing. */
static void test_errors_are_those_of_reconstructions(void **state)
{
    (void)state;
    const eng_adam adam = {.learning_rate = 1e-3};
    const eng_shape shapes[] = {
        {ENG_SINGLE, 1},   {ENG_SINGLE, 4},  {ENG_SINGLE, 8},
        {ENG_STACKED, 16}, {ENG_SINGLE, 90}, {ENG_STACKED, 72},
    };
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        enum { T = 30, FEW = 5 };
        eng_cohort_spec spec = spec_of(shapes[i].arch, shapes[i].embedding_dim, T, 1, 1, &adam);
        eng_cohort *cohort = cohort_create(&spec);
        seed_model(cohort, 0, spec.shape, 3);
        uint32_t rows[ROWS];
        float errors[ROWS], few[FEW];
        eng_real y[T];
        swp_err err;
        for (uint32_t r = 0; r < ROWS; r++)
            rows[r] = ROWS - 1 - r;
        assert_int_equal(api->evaluate(cohort, rows, ROWS, errors, &err), SWP_OK);
        assert_int_equal(api->evaluate(cohort, rows + ROWS - FEW, FEW, few, &err), SWP_OK);
        if (strcmp(api->name, "cpu") == 0)
            assert_memory_equal(few, errors + ROWS - FEW, sizeof few);
        for (size_t r = 0; r < ROWS; r++) {
            double sum = 0;
            assert_int_equal(api->reconstruct(cohort, 0, rows[r], y, &err), SWP_OK);
            for (size_t t = 0; t < T; t++)
                sum += fabs((double)y[t] - (double)values[rows[r] * T + t]);
            assert_true(fabs((double)errors[r] - sum) <= 1e-5 * sum);
        }
        api->cohort_destroy(cohort);
    }
}

/* The smallest and the largest shapes train, and a batch may be larger than the epoch. Large shapes
 * train for few epochs, since an engine may be emulated. */
static void test_extreme_shapes(void **state)
{
    (void)state;
    const eng_adam adam = {.learning_rate = 1e-3};
    const struct {
        eng_arch arch;
        size_t dim, T, batch, epochs;
    } cases[] = {{ENG_SINGLE, 1, 1, 1, 21},
                 {ENG_STACKED, 1, 1, 3, 21},
                 {ENG_SINGLE, 9, 2, 64, 21},
                 {ENG_SINGLE, 512, 2, 1, 2},
                 {ENG_STACKED, 100, 3, 2, 5}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        eng_cohort_spec spec =
            spec_of(cases[i].arch, cases[i].dim, cases[i].T, cases[i].batch, 1, &adam);
        assert_true(api->cohort_bytes(engine, &spec) > 0);
        assert_true(api->cohort_bytes(NULL, &spec) >= api->cohort_bytes(engine, &spec));
        eng_cohort *cohort = cohort_create(&spec);
        seed_model(cohort, 0, spec.shape, 1);
        double before, after = 0;
        train(cohort, 5, &before);
        for (size_t epoch = 1; epoch < cases[i].epochs; epoch++)
            train(cohort, 5, &after);
        assert_true(isfinite(before) && after < before);
        eng_state end = state_of(cohort, 0, spec.shape);
        assert_int_equal(end.step, cases[i].epochs * ((5 + cases[i].batch - 1) / cases[i].batch));
        state_destroy(&end);
        api->cohort_destroy(cohort);
    }
}

/* A model whose weights became NaN reports a NaN loss. */
static void test_nan_shows_in_the_loss(void **state)
{
    (void)state;
    const eng_adam adam = {.learning_rate = 1e-3};
    const eng_shape shapes[] = {
        {ENG_SINGLE, 3}, {ENG_SINGLE, 8}, {ENG_SINGLE, 24}, {ENG_SINGLE, 64}, {ENG_STACKED, 4}};
    const uint32_t patterns[] = {0x7fc00000, 0x7fffffff, 0xffffffff};
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        eng_cohort_spec spec = spec_of(shapes[i].arch, shapes[i].embedding_dim, 10, 1, 1, &adam);
        eng_cohort *cohort = cohort_create(&spec);
        eng_layout layout = eng_layout_of(spec.shape);
        eng_state broken = state_create(layout.total);
        swp_err err;
        uint32_t row = 0;
        float error;
        double loss;
        for (size_t k = 0; k < sizeof patterns / sizeof patterns[0]; k++) {
            float not_a_number;
            memcpy(&not_a_number, &patterns[k], sizeof not_a_number);
            broken.weights[layout.layers[0].w_hh] = (eng_real)not_a_number;
            assert_int_equal(api->set_state(cohort, 0, &broken, &err), SWP_OK);
            assert_int_equal(api->evaluate(cohort, &row, 1, &error, &err), SWP_OK);
            assert_true(isnan(error));
        }
        train(cohort, 2, &loss);
        assert_true(isnan(loss));
        state_destroy(&broken);
        api->cohort_destroy(cohort);
    }
}

static void test_allocation_failures_are_reported(void **state)
{
    (void)state;
    const eng_adam adam[2] = {{.learning_rate = 1e-3}, {.learning_rate = 1e-3}};
    eng_cohort_spec spec = spec_of(ENG_STACKED, 4, 10, 2, 2, adam);
    swp_err err;
    unsigned long n = 1;
    for (;; n++) {
        eng_cohort *cohort = NULL;
        swp_mem_fail_at(n);
        swp_status status = api->cohort_create(engine, &spec, &cohort, &err);
        swp_mem_fail_at(0);
        if (status == SWP_OK) {
            api->cohort_destroy(cohort);
            break;
        }
        assert_int_equal(status, SWP_NOMEM);
    }
    assert_true(n > 2);
}

static void test_devices_are_listed(void **state)
{
    (void)state;
    eng_info own, listed[2];
    api->get_info(engine, &own);
    assert_true(api->list_devices(engine, listed, 1) >= 1);
    assert_string_equal(listed[0].engine, api->name);
    assert_string_equal(listed[0].device, own.device);
    assert_string_equal(listed[0].isa, own.isa);
    listed[0].device[0] = '\0';
    (void)api->list_devices(engine, listed, 0);
    assert_string_equal(listed[0].device, "");
}

static void test_closing_nothing_is_fine(void **state)
{
    (void)state;
    api->cohort_destroy(NULL);
    api->close(NULL);
}

int conformance_run(const eng_api *engine_api, const char *isa, bool linked)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cohorts_change_nothing),
        cmocka_unit_test(test_cores_change_nothing),
        cmocka_unit_test(test_state_continues_bit_for_bit),
        cmocka_unit_test(test_steps_follow_each_other),
        cmocka_unit_test(test_batch_gradient_is_a_sum),
        cmocka_unit_test(test_errors_are_those_of_reconstructions),
        cmocka_unit_test(test_extreme_shapes),
        cmocka_unit_test(test_nan_shows_in_the_loss),
        cmocka_unit_test(test_devices_are_listed),
        cmocka_unit_test(test_closing_nothing_is_fine),
    };
    const struct CMUnitTest of_memory[] = {
        cmocka_unit_test(test_allocation_failures_are_reported),
    };
    swp_err err;
    uint32_t seed = 1;
    enum { LONGEST = 30 };
    api = engine_api;
    if (eng_api_validate(api, &err) != SWP_OK) {
        fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    if (api->open(&(eng_options){.isa = isa}, &engine, &err) != SWP_OK) {
        /* The line by which ctest recognises a skip. */
        printf("[  SKIPPED ] %s\n", err.text);
        return 0;
    }
    values = swp_alloc((size_t)ROWS * LONGEST, sizeof *values);
    for (size_t i = 0; i < (size_t)ROWS * LONGEST; i++)
        values[i] = noise(&seed);
    const char *name = isa ? isa : api->name;
    int failed = cmocka_run_group_tests_name(name, tests, NULL, NULL);
    if (linked)
        failed += cmocka_run_group_tests_name(name, of_memory, NULL, NULL);
    swp_free(values);
    api->close(engine);
    return failed;
}
