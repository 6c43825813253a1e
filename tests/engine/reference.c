/* Engines against PyTorch 1.13: every case of tests/reference (made by make_reference.py).
 *
 * Tolerances. A forward pass and a gradient are single evaluations and agree tightly. The steps of
 * Adam amplify rounding: where a gradient entry is near 0, m / sqrt(v) is a quotient of two small
 * numbers whose sign can depend on the order of a sum, which moves a weight by up to twice the
 * learning rate a step. Measured over all cases and instruction sets (OpenBLAS 0.3.21): losses 2e-7
 * relative, weights 5.0e-5 absolute; the limits leave room for other processors and BLAS kernels.
 */
#include "tests/engine/reference.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/tensors.h"

#define T 140

static const struct limits {
    double y0, loss0; /* relative to the largest entry, relative */
    double gradient;  /* relative to the tensor's largest entry */
    double step_loss; /* relative */
    double weights;   /* absolute */
} limits = {1e-5, 1e-5, 1e-4, 1e-5, 1e-4};

static struct worst {
    double y0, loss0, gradient, step_loss, weights;
} worst;

static const eng_api *api;
static const char *isa; /* NULL = the engine's best */

typedef struct fixture {
    tensors file;
    eng_engine *engine;
    eng_cohort *cohort;
    eng_layout layout;
    eng_state state;
    size_t n_rows, batch, steps;
} fixture;

/* 1 for a tensor of zeros (the signs of an L1 loss can cancel): its differences are absolute. */
static double largest(const float *a, size_t n)
{
    double most = 0;
    for (size_t i = 0; i < n; i++)
        most = fmax(most, fabs((double)a[i]));
    return most > 0 ? most : 1;
}

/* Index of the first element whose distance is not within the limit (a NaN is not), or n. */
static size_t first_off(const float *got, const float *want, size_t n, double scale, double limit,
                        double *most)
{
    for (size_t i = 0; i < n; i++) {
        double off = fabs((double)got[i] - (double)want[i]) / scale;
        if (!(off <= limit))
            return i;
        *most = fmax(*most, off);
    }
    return n;
}

static void compare(const char *name, const float *got, const float *want, size_t n, double scale,
                    double limit, double *most)
{
    size_t i = first_off(got, want, n, scale, limit, most);
    if (i < n)
        fail_msg("%s[%zu]: got %.9g, want %.9g, limit %.3g of %.3g", name, i, (double)got[i],
                 (double)want[i], limit, scale);
}

static eng_state state_create(size_t total)
{
    eng_state state = {.weights = swp_alloc(total, sizeof(eng_real)),
                       .m = swp_alloc(total, sizeof(eng_real)),
                       .v = swp_alloc(total, sizeof(eng_real))};
    assert_true(state.weights && state.m && state.v);
    return state;
}

static void load_params(const fixture *f, const char *prefix, float *out)
{
    for (size_t p = 0; p < f->layout.n_params; p++) {
        const eng_param *param = &f->layout.params[p];
        char name[64];
        snprintf(name, sizeof name, "%s/%s", prefix, param->name);
        size_t n = param->rows * param->cols;
        memcpy(out + param->offset, tensors_get(&f->file, name, n), n * sizeof *out);
    }
}

static void open_case(fixture *f, const char *name)
{
    char path[512];
    swp_err err;
    snprintf(path, sizeof path, "%s/tests/reference/%s.safetensors", TEST_SOURCE_DIR, name);
    *f = (fixture){0};
    tensors_open(&f->file, path);
    f->n_rows = tensors_size(&f->file, "x") / T;
    f->batch = strtoul(tensors_meta(&f->file, "batch_size"), NULL, 10);
    f->steps = strtoul(tensors_meta(&f->file, "steps"), NULL, 10);
    eng_adam adam = {.learning_rate = strtod(tensors_meta(&f->file, "learning_rate"), NULL)};
    eng_cohort_spec spec = {
        .shape = {strcmp(tensors_meta(&f->file, "arch"), "single") == 0 ? ENG_SINGLE : ENG_STACKED,
                  strtoul(tensors_meta(&f->file, "embedding_dim"), NULL, 10)},
        .loss = strcmp(tensors_meta(&f->file, "loss"), "l1") == 0 ? ENG_L1 : ENG_MSE,
        .batch_size = f->batch,
        .n_models = 1,
        .adam = &adam,
        .series = {tensors_get(&f->file, "x", f->n_rows * T), f->n_rows, T},
    };
    f->layout = eng_layout_of(spec.shape);
    f->state = state_create(f->layout.total);
    load_params(f, "init", f->state.weights);
    assert_int_equal(api->open(&(eng_options){.isa = isa}, &f->engine, &err), SWP_OK);
    assert_int_equal(api->cohort_create(f->engine, &spec, &f->cohort, &err), SWP_OK);
    assert_int_equal(api->set_state(f->cohort, 0, &f->state, &err), SWP_OK);
}

static void close_case(fixture *f)
{
    api->cohort_destroy(f->cohort);
    api->close(f->engine);
    swp_free(f->state.weights);
    swp_free(f->state.m);
    swp_free(f->state.v);
    tensors_close(&f->file);
}

static void check_init(const fixture *f)
{
    eng_rng rng;
    eng_rng_seed(&rng, (uint32_t)strtoul(tensors_meta(&f->file, "seed"), NULL, 10));
    float *drawn = swp_alloc(f->layout.total, sizeof *drawn);
    eng_init_weights(&f->layout, &rng, drawn);
    for (size_t i = 0; i < f->layout.total; i++)
        if (memcmp(&drawn[i], &f->state.weights[i], sizeof *drawn) != 0)
            fail_msg("initial weight %zu: drew %.9g, torch drew %.9g", i, (double)drawn[i],
                     (double)f->state.weights[i]);
    swp_free(drawn);
}

static void check_forward(const fixture *f)
{
    swp_err err;
    float y[T], errors[64];
    uint32_t rows[64];
    const float *y0 = tensors_get(&f->file, "y0", f->n_rows * T);
    const float *loss0 = tensors_get(&f->file, "loss0", f->n_rows);
    assert_true(f->n_rows <= 64);
    for (uint32_t row = 0; row < f->n_rows; row++) {
        rows[row] = row;
        assert_int_equal(api->reconstruct(f->cohort, 0, row, y, &err), SWP_OK);
        compare("y0", y, y0 + row * T, T, largest(y0 + row * T, T), limits.y0, &worst.y0);
    }
    assert_int_equal(api->evaluate(f->cohort, rows, f->n_rows, errors, &err), SWP_OK);
    for (size_t row = 0; row < f->n_rows; row++)
        compare("loss0", errors + row, loss0 + row, 1, (double)loss0[row], limits.loss0,
                &worst.loss0);
}

static void check_gradient(const fixture *f)
{
    swp_err err;
    uint32_t rows[64];
    for (uint32_t i = 0; i < f->batch; i++)
        rows[i] = i;
    float *got = swp_alloc(f->layout.total, sizeof *got);
    float *want = swp_alloc(f->layout.total, sizeof *want);
    load_params(f, "grad", want);
    assert_int_equal(api->gradient(f->cohort, 0, rows, f->batch, got, &err), SWP_OK);
    for (size_t p = 0; p < f->layout.n_params; p++) {
        const eng_param *param = &f->layout.params[p];
        size_t n = param->rows * param->cols;
        compare(param->name, got + param->offset, want + param->offset, n,
                largest(want + param->offset, n), limits.gradient, &worst.gradient);
    }
    swp_free(got);
    swp_free(want);
}

static void check_steps(fixture *f)
{
    swp_err err;
    const float *want = tensors_get(&f->file, "step_loss", f->steps);
    for (size_t s = 0; s < f->steps; s++) {
        uint32_t rows[64];
        double mean;
        for (size_t i = 0; i < f->batch; i++)
            rows[i] = (uint32_t)((s * f->batch + i) % f->n_rows);
        assert_int_equal(api->train_epoch(f->cohort, rows, f->batch, &mean, &err), SWP_OK);
        float sum = (float)(mean * (double)f->batch);
        compare("step_loss", &sum, want + s, 1, (double)want[s], limits.step_loss,
                &worst.step_loss);
    }
    float *final = swp_alloc(f->layout.total, sizeof *final);
    load_params(f, "final", final);
    assert_int_equal(api->get_state(f->cohort, 0, &f->state, &err), SWP_OK);
    assert_int_equal(f->state.step, f->steps);
    for (size_t p = 0; p < f->layout.n_params; p++) {
        const eng_param *param = &f->layout.params[p];
        compare(param->name, f->state.weights + param->offset, final + param->offset,
                param->rows * param->cols, 1, limits.weights, &worst.weights);
    }
    swp_free(final);
}

static void test_agrees_with_torch(void **state)
{
    (void)state;
    static const char *const cases[] = {"single_e2",        "single_e8",  "single_e64",
                                        "single_e8_b4_mse", "stacked_e4", "stacked_e32_b8"};
    worst = (struct worst){0};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        fixture f;
        open_case(&f, cases[i]);
        check_init(&f);
        check_forward(&f);
        check_gradient(&f);
        check_steps(&f);
        close_case(&f);
    }
    print_message("%s: worst y0 %.1e, loss0 %.1e, gradient %.1e, step loss %.1e, weights %.1e\n",
                  isa ? isa : api->name, worst.y0, worst.loss0, worst.gradient, worst.step_loss,
                  worst.weights);
}

/* The comparison itself must be able to fail. */
static void test_comparison_sees_a_difference(void **state)
{
    (void)state;
    const float want[] = {1, 2, 3}, changed[] = {1, 2, 3.001f}, with_nan[] = {1, NAN, 3};
    double most = 0;
    assert_int_equal(first_off(want, want, 3, 1, 0, &most), 3);
    assert_int_equal(first_off(changed, want, 3, 1, 1e-4, &most), 2);
    assert_int_equal(first_off(with_nan, want, 3, 1, 1e30, &most), 1);
}

int reference_run(const eng_api *engine_api, const char *wanted_isa)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_agrees_with_torch),
        cmocka_unit_test(test_comparison_sees_a_difference),
    };
    api = engine_api;
    isa = wanted_isa;
    eng_engine *engine;
    swp_err err;
    if (api->open(&(eng_options){.isa = isa}, &engine, &err) != SWP_OK) {
        /* The line by which ctest recognises a skip. */
        printf("[  SKIPPED ] %s\n", err.text);
        return 0;
    }
    api->close(engine);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
