/* The emulated GPU engine beside the CPU engine on random shapes, and with every call of the
 * runtime made to fail in turn. */
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "cuda/api.h"
#include "engine/base/mem.h"
#include "standin.h"
#include "tests/support/cmocka_all.h"

enum { ROWS = 12, LONGEST = 24, MOST_MODELS = 4, CASES = 60 };

static uint32_t seed;
static float values[ROWS * LONGEST];

static uint32_t draw(uint32_t below)
{
    seed = seed * 1664525u + 1013904223u;
    return (uint32_t)(((uint64_t)seed * below) >> 32);
}

static float noise(void)
{
    return (float)draw(1u << 20) * 0x1p-19f - 1.0f;
}

/* One engine with a cohort on it. */
typedef struct side {
    const eng_api *api;
    eng_engine *engine;
    eng_cohort *cohort;
} side;

static side side_open(const eng_api *api, const eng_cohort_spec *spec)
{
    side s = {.api = api};
    swp_err err;
    assert_int_equal(api->open(NULL, &s.engine, &err), SWP_OK);
    assert_int_equal(api->cohort_create(s.engine, spec, &s.cohort, &err), SWP_OK);
    return s;
}

static side side_open_tf32(const eng_cohort_spec *spec)
{
    side s = {.api = sweep_cuda_api()};
    swp_err err;
    assert_int_equal(s.api->open(&(eng_options){.tf32 = true}, &s.engine, &err), SWP_OK);
    assert_int_equal(s.api->cohort_create(s.engine, spec, &s.cohort, &err), SWP_OK);
    return s;
}

static void side_close(side *s)
{
    s->api->cohort_destroy(s->cohort);
    s->api->close(s->engine);
}

static eng_state state_create(size_t total)
{
    float *block = swp_alloc(total, 3 * sizeof *block);
    assert_non_null(block);
    return (eng_state){.weights = block, .m = block + total, .v = block + 2 * total};
}

static void assert_near(const char *what, const float *got, const float *want, size_t n,
                        double scale, double limit)
{
    for (size_t i = 0; i < n; i++)
        if (!(fabs((double)got[i] - (double)want[i]) <= limit * scale))
            fail_msg("%s[%zu]: cuda %.9g, cpu %.9g, limit %.3g of %.3g", what, i, (double)got[i],
                     (double)want[i], limit, scale);
}

static double largest(const float *a, size_t n)
{
    double most = 0;
    for (size_t i = 0; i < n; i++)
        most = fmax(most, fabs((double)a[i]));
    return most > 0 ? most : 1;
}

typedef struct trial {
    eng_cohort_spec spec;
    eng_adam adam[MOST_MODELS];
    size_t total, n;      /* weights of a model; rows of an epoch */
    uint32_t order[ROWS]; /* (n) */
} trial;

static void draw_trial(trial *t)
{
    uint32_t wide = draw(8) == 0;
    t->spec = (eng_cohort_spec){
        .shape = {draw(3) ? ENG_SINGLE : ENG_STACKED, 1 + draw(wide ? 70 : 18)},
        .loss = draw(2) ? ENG_L1 : ENG_MSE,
        .batch_size = 1 + draw(5),
        .n_models = 1 + draw(MOST_MODELS),
        .adam = t->adam,
        .series = {values, ROWS, 1 + draw(LONGEST)},
    };
    for (size_t k = 0; k < t->spec.n_models; k++)
        t->adam[k].learning_rate = 1e-4 * (double)(1 + draw(10));
    t->total = eng_layout_of(t->spec.shape).total;
    t->n = 1 + draw(ROWS);
    for (size_t i = 0; i < t->n; i++)
        t->order[i] = draw(ROWS);
}

static void give_weights(const trial *t, const side *a, const side *b)
{
    swp_err err;
    eng_layout layout = eng_layout_of(t->spec.shape);
    eng_state state = state_create(t->total);
    eng_rng rng;
    eng_rng_seed(&rng, draw(1000000));
    for (size_t k = 0; k < t->spec.n_models; k++) {
        eng_init_weights(&layout, &rng, state.weights);
        assert_int_equal(a->api->set_state(a->cohort, k, &state, &err), SWP_OK);
        assert_int_equal(b->api->set_state(b->cohort, k, &state, &err), SWP_OK);
    }
    swp_free(state.weights);
}

static void compare_errors(const trial *t, const side *cuda, const side *cpu)
{
    swp_err err;
    float got[MOST_MODELS * ROWS], want[MOST_MODELS * ROWS];
    size_t n = t->spec.n_models * t->n;
    assert_int_equal(cuda->api->evaluate(cuda->cohort, t->order, t->n, got, &err), SWP_OK);
    assert_int_equal(cpu->api->evaluate(cpu->cohort, t->order, t->n, want, &err), SWP_OK);
    assert_near("error", got, want, n, largest(want, n), 1e-5);
}

static void compare_gradients(const trial *t, const side *cuda, const side *cpu)
{
    swp_err err;
    float *got = swp_alloc(t->total, sizeof *got), *want = swp_alloc(t->total, sizeof *want);
    size_t n = t->n < t->spec.batch_size ? t->n : t->spec.batch_size;
    for (size_t k = 0; k < t->spec.n_models; k++) {
        assert_int_equal(cuda->api->gradient(cuda->cohort, k, t->order, n, got, &err), SWP_OK);
        assert_int_equal(cpu->api->gradient(cpu->cohort, k, t->order, n, want, &err), SWP_OK);
        assert_near("gradient", got, want, t->total, largest(want, t->total), 1e-4);
    }
    swp_free(got);
    swp_free(want);
}

/* Weights after an epoch. Adam's first step takes only the sign of a gradient, so where a gradient
 * is zero but for rounding, a weight may be off by up to the learning rate. `first`: weights after
 * that step. */
static void compare_weights(const eng_state *cuda, const eng_state *cpu, const float *first,
                            size_t total, double learning_rate)
{
    double rounding = 1e-6 * largest(first, total);
    assert_near("first moment", cuda->m, cpu->m, total, largest(cpu->m, total), 1e-4);
    for (size_t i = 0; i < total; i++) {
        double limit = fabs((double)first[i]) > rounding ? 1e-4 : 1e-4 + 2 * learning_rate;
        if (!(fabs((double)cuda->weights[i] - (double)cpu->weights[i]) <= limit))
            fail_msg("weight[%zu]: cuda %.9g, cpu %.9g, limit %.3g, first gradient %.3g", i,
                     (double)cuda->weights[i], (double)cpu->weights[i], limit, (double)first[i]);
    }
}

static void compare_epochs(const trial *t, const side *cuda, const side *cpu)
{
    swp_err err;
    double got[MOST_MODELS], want[MOST_MODELS];
    size_t batch = t->n < t->spec.batch_size ? t->n : t->spec.batch_size;
    float *first = swp_alloc(t->spec.n_models * t->total, sizeof *first);
    for (size_t k = 0; k < t->spec.n_models; k++)
        assert_int_equal(
            cpu->api->gradient(cpu->cohort, k, t->order, batch, first + k * t->total, &err),
            SWP_OK);
    assert_int_equal(cuda->api->train_epoch(cuda->cohort, t->order, t->n, got, &err), SWP_OK);
    assert_int_equal(cpu->api->train_epoch(cpu->cohort, t->order, t->n, want, &err), SWP_OK);
    eng_state a = state_create(t->total), b = state_create(t->total);
    for (size_t k = 0; k < t->spec.n_models; k++) {
        if (!(fabs(got[k] - want[k]) <= 1e-5 * want[k]))
            fail_msg("loss of model %zu: cuda %.9g, cpu %.9g", k, got[k], want[k]);
        assert_int_equal(cuda->api->get_state(cuda->cohort, k, &a, &err), SWP_OK);
        assert_int_equal(cpu->api->get_state(cpu->cohort, k, &b, &err), SWP_OK);
        assert_int_equal(a.step, b.step);
        compare_weights(&a, &b, first + k * t->total, t->total, t->adam[k].learning_rate);
    }
    swp_free(a.weights);
    swp_free(b.weights);
    swp_free(first);
}

static void test_agrees_with_the_processor(void **unused)
{
    (void)unused;
    for (uint32_t i = 0; i < CASES; i++) {
        trial t = {.total = 0};
        seed = i * 2654435761u;
        draw_trial(&t);
        standin_seed(i);
        print_message("case %u: %s, E = %zu, T = %zu, %s, batches of %zu of %zu, %zu models\n", i,
                      eng_arch_name(t.spec.shape.arch), t.spec.shape.embedding_dim,
                      t.spec.series.length, eng_loss_name(t.spec.loss), t.spec.batch_size, t.n,
                      t.spec.n_models);
        side cuda = side_open(sweep_cuda_api(), &t.spec), cpu = side_open(eng_cpu_api(), &t.spec);
        give_weights(&t, &cuda, &cpu);
        compare_errors(&t, &cuda, &cpu);
        compare_gradients(&t, &cuda, &cpu);
        compare_epochs(&t, &cuda, &cpu);
        side_close(&cuda);
        side_close(&cpu);
        assert_int_equal(standin_leaks(1), 0);
    }
    standin_seed(0);
}

static void test_states_come_back_bit_for_bit(void **unused)
{
    (void)unused;
    swp_err err;
    for (uint32_t i = 0; i < 10; i++) {
        trial t = {.total = 0};
        seed = (1000 + i) * 2654435761u;
        draw_trial(&t);
        side cuda = side_open(sweep_cuda_api(), &t.spec);
        eng_state in = state_create(t.total), out = state_create(t.total);
        for (size_t j = 0; j < 3 * t.total; j++)
            in.weights[j] = noise();
        in.step = ((uint64_t)1 << 33) + i;
        size_t model = draw((uint32_t)t.spec.n_models);
        assert_int_equal(cuda.api->set_state(cuda.cohort, model, &in, &err), SWP_OK);
        assert_int_equal(cuda.api->get_state(cuda.cohort, model, &out, &err), SWP_OK);
        assert_int_equal(in.step, out.step);
        assert_memory_equal(in.weights, out.weights, 3 * t.total * sizeof *in.weights);
        swp_free(in.weights);
        swp_free(out.weights);
        side_close(&cuda);
    }
}

static void seed_model(const side *s, const eng_cohort_spec *spec, size_t model, uint32_t stream)
{
    swp_err err;
    eng_layout layout = eng_layout_of(spec->shape);
    eng_state state = state_create(layout.total);
    eng_rng rng;
    eng_rng_seed(&rng, stream);
    eng_init_weights(&layout, &rng, state.weights);
    assert_int_equal(s->api->set_state(s->cohort, model, &state, &err), SWP_OK);
    swp_free(state.weights);
}

/* Where cuBLAS multiplies, a model in a cohort has the bits of the model alone, wherever it is in
 * memory. */
static void check_cohorts(const eng_cohort_spec *spec, size_t n)
{
    swp_err err;
    uint32_t order[64];
    double losses[MOST_MODELS], loss;
    size_t total = eng_layout_of(spec->shape).total;
    eng_state a = state_create(total), b = state_create(total);
    eng_cohort_spec one = *spec;
    one.n_models = 1;
    for (uint32_t i = 0; i < n; i++)
        order[i] = i % ROWS;
    side all = side_open(sweep_cuda_api(), spec);
    for (size_t k = 0; k < spec->n_models; k++)
        seed_model(&all, spec, k, (uint32_t)k);
    assert_int_equal(all.api->train_epoch(all.cohort, order, n, losses, &err), SWP_OK);
    for (size_t k = 0; k < spec->n_models; k++) {
        side alone = side_open(sweep_cuda_api(), &one);
        seed_model(&alone, spec, 0, (uint32_t)k);
        assert_int_equal(alone.api->train_epoch(alone.cohort, order, n, &loss, &err), SWP_OK);
        assert_memory_equal(&loss, &losses[k], sizeof loss);
        assert_int_equal(alone.api->get_state(alone.cohort, 0, &a, &err), SWP_OK);
        assert_int_equal(all.api->get_state(all.cohort, k, &b, &err), SWP_OK);
        assert_memory_equal(a.weights, b.weights, 3 * total * sizeof *a.weights);
        side_close(&alone);
    }
    side_close(&all);
    swp_free(a.weights);
    swp_free(b.weights);
}

static void test_cohorts_change_nothing_at_cublas(void **unused)
{
    (void)unused;
    const eng_adam adam[MOST_MODELS] = {{1e-3, 0, 0, 0}, {1e-3, 0, 0, 0}, {1e-3, 0, 0, 0}};
    /* Step by step, and with products that are large in one launch. */
    const eng_cohort_spec wide = {{ENG_SINGLE, 129}, ENG_L1,      1, 3, adam,
                                  {values, ROWS, 3}, {NULL, NULL}};
    const eng_cohort_spec large = {{ENG_SINGLE, 125},  ENG_L1,      42, 2, adam,
                                   {values, ROWS, 24}, {NULL, NULL}};
    check_cohorts(&wide, 3);
    check_cohorts(&large, 42);
}

/* TF32, where it is allowed, changes the products of cuBLAS by at most its rounding, and nothing
 * else. */
static void test_tf32_only_where_asked_for(void **unused)
{
    (void)unused;
    const eng_adam adam = {.learning_rate = 1e-3};
    for (size_t dim = 5; dim <= 130; dim += 125) {
        const eng_cohort_spec spec = {{ENG_SINGLE, dim}, ENG_L1,      1, 1, &adam,
                                      {values, ROWS, 9}, {NULL, NULL}};
        const uint32_t rows[] = {0, 1, 2, 3};
        float exact[4], rounded[4];
        swp_err err;
        eng_info info;
        side with = side_open_tf32(&spec), without = side_open(sweep_cuda_api(), &spec);
        seed_model(&with, &spec, 0, 1);
        seed_model(&without, &spec, 0, 1);
        assert_int_equal(with.api->evaluate(with.cohort, rows, 4, rounded, &err), SWP_OK);
        assert_int_equal(without.api->evaluate(without.cohort, rows, 4, exact, &err), SWP_OK);
        assert_int_equal(memcmp(rounded, exact, sizeof exact) != 0, dim > 128);
        assert_near("error", rounded, exact, 4, largest(exact, 4), 1e-3);
        with.api->get_info(with.engine, &info);
        assert_string_equal(info.isa, "sm_90+tf32");
        without.api->get_info(without.engine, &info);
        assert_string_equal(info.isa, "sm_90");
        side_close(&with);
        side_close(&without);
    }
}

/* A host that waits for the device in every step would lose what training side by side gains. */
static void test_an_epoch_waits_as_often_however_long_it_is(void **unused)
{
    (void)unused;
    const eng_adam adam = {.learning_rate = 1e-3};
    const eng_cohort_spec spec = {.shape = {ENG_SINGLE, 3},
                                  .batch_size = 1,
                                  .n_models = 1,
                                  .adam = &adam,
                                  .series = {values, ROWS, 5}};
    side cuda = side_open(sweep_cuda_api(), &spec);
    uint32_t order[500] = {0};
    unsigned long waits[2];
    double loss;
    swp_err err;
    for (size_t i = 0; i < 2; i++) {
        unsigned long before = standin_calls("cudaStreamSynchronize");
        assert_int_equal(cuda.api->train_epoch(cuda.cohort, order, i ? 500 : 5, &loss, &err),
                         SWP_OK);
        waits[i] = standin_calls("cudaStreamSynchronize") - before;
    }
    assert_int_equal(waits[0], waits[1]);
    side_close(&cuda);
}

/* Everything that a worker does with an engine, up to the first failure. */
static swp_status use_all(const eng_cohort_spec *spec, swp_err *err)
{
    const eng_api *api = sweep_cuda_api();
    eng_engine *engine = NULL;
    eng_cohort *cohort = NULL;
    const uint32_t order[] = {0, 1, 2, 3, 4};
    float errors[5], y[LONGEST];
    double loss;
    size_t total = eng_layout_of(spec->shape).total;
    eng_state state = state_create(total);
    swp_status status = api->open(NULL, &engine, err);
    if (status == SWP_OK)
        status = api->cohort_create(engine, spec, &cohort, err);
    if (status == SWP_OK)
        status = api->set_state(cohort, 0, &state, err);
    if (status == SWP_OK)
        status = api->train_epoch(cohort, order, 5, &loss, err);
    if (status == SWP_OK)
        status = api->evaluate(cohort, order, 5, errors, err);
    if (status == SWP_OK)
        status = api->gradient(cohort, 0, order, 2, state.m, err);
    if (status == SWP_OK)
        status = api->reconstruct(cohort, 0, 1, y, err);
    if (status == SWP_OK)
        status = api->get_state(cohort, 0, &state, err);
    api->cohort_destroy(cohort);
    api->close(engine);
    swp_free(state.weights);
    return status;
}

/* Calls whose failure changes nothing: their results are not needed any more. */
static bool may_fail_unseen(const char *call)
{
    return strstr(call, "Free") || strstr(call, "Destroy") || strstr(call, "GetVersion");
}

/* Whether an error says what failed: the call, or which kernel's launch. That no device is usable
 * has a message of its own. */
static bool names(const swp_err *err, const char *call)
{
    return strstr(err->text, call) || err->status == SWP_UNAVAILABLE ||
           (strcmp(call, "cudaLaunchKernel") == 0 && strstr(err->text, ": cudaError"));
}

static void check_failing_calls(const eng_cohort_spec *spec)
{
    unsigned long n = 1;
    for (;; n++) {
        swp_err err = {0};
        standin_fail_at(NULL, n);
        swp_status status = use_all(spec, &err);
        const char *failed = standin_failed_call();
        if (!failed)
            break;
        if (status == SWP_OK && !may_fail_unseen(failed))
            fail_msg("call %lu, %s, failed without an error", n, failed);
        if (status != SWP_OK && !may_fail_unseen(failed) && !names(&err, failed))
            fail_msg("call %lu, %s, failed: '%s' does not name it", n, failed, err.text);
        if (status != SWP_OK)
            assert_true(status == SWP_DEVICE || status == SWP_NOMEM || status == SWP_UNAVAILABLE);
        standin_fail_at(NULL, 0);
        if (standin_leaks(1) > 0)
            fail_msg("call %lu, %s, failed and left memory or handles", n, failed);
    }
    standin_fail_at(NULL, 0);
    print_message("%lu calls\n", n - 1);
    assert_true(n > 30);
}

static void test_every_call_may_fail(void **unused)
{
    (void)unused;
    const eng_adam adam = {.learning_rate = 1e-3};
    eng_cohort_spec spec = {.shape = {ENG_SINGLE, 2},
                            .batch_size = 2,
                            .n_models = 1,
                            .adam = &adam,
                            .series = {values, ROWS, 3},
                            {NULL, NULL}};
    for (int for_good = 0; for_good < 2; for_good++) {
        standin_fail_for_good(for_good);
        check_failing_calls(&spec);
    }
    standin_fail_for_good(0);
    /* Layers that are too wide for one block use another algorithm. */
    spec.shape.embedding_dim = 130;
    check_failing_calls(&spec);
}

static int fill_values(void **unused)
{
    (void)unused;
    seed = 7;
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
        values[i] = noise();
    return 0;
}

/* usage: test_cuda_agreement [FILTER]: only the tests whose names match */
int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_agrees_with_the_processor),
        cmocka_unit_test(test_states_come_back_bit_for_bit),
        cmocka_unit_test(test_cohorts_change_nothing_at_cublas),
        cmocka_unit_test(test_tf32_only_where_asked_for),
        cmocka_unit_test(test_an_epoch_waits_as_often_however_long_it_is),
        cmocka_unit_test(test_every_call_may_fail),
    };
    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    return cmocka_run_group_tests(tests, fill_values, NULL);
}
