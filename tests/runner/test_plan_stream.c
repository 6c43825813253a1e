/* Positions of trials in their streams of initial weights, and what they draw there. */
#include <stdio.h>
#include <string.h>

#include "engine/base/mem.h"
#include "runner/plan/plan.h"
#include "tests/runner/config.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/data.h"

#define SYNTH "[experiment]\nname = t\n[data]\npath = builtin:ecg?rows=200\n"

typedef struct planned {
    cfg *config;
    run_plan plan;
} planned;

static planned plan_of(cfg *config)
{
    planned p = {.config = config};
    swp_err err;
    if (run_plan_init(&p.plan, config, &err) != SWP_OK)
        fail_msg("%s", err.text);
    return p;
}

static void drop_plan(planned *p)
{
    run_plan_deinit(&p->plan);
    cfg_destroy(p->config);
}

/* The trial draws after n models of these dimensions, and its weights equal those of a stream that
 * has drawn them all. */
static void expect_place(const run_trial *trial, const size_t *dims, size_t n)
{
    const cfg_settings *s = &trial->settings;
    eng_rng rng;
    eng_rng_seed(&rng, s->seed);
    assert_int_equal(trial->start.n_before, n);
    for (size_t i = 0; i < n; i++) {
        eng_shape shape = {s->shape.arch, dims[i]};
        eng_layout before = eng_layout_of(shape);
        assert_int_equal(trial->start.before[i].embedding_dim, dims[i]);
        assert_int_equal(trial->start.before[i].arch, shape.arch);
        eng_init_weights(&before, &rng, NULL);
    }
    eng_layout layout = eng_layout_of(s->shape);
    eng_real *expected = swp_alloc(layout.total, sizeof *expected);
    eng_real *weights = swp_alloc(layout.total, sizeof *weights);
    assert_non_null(expected);
    assert_non_null(weights);
    eng_init_weights(&layout, &rng, expected);
    run_start_draw(&trial->start, s->seed, s->shape, weights);
    assert_memory_equal(weights, expected, layout.total * sizeof *weights);

    /* The same from the bytes that are sent to a worker. */
    swp_buf packed = {0};
    swp_err err;
    memset(weights, 0, layout.total * sizeof *weights);
    run_start_pack(&trial->start, &packed);
    assert_false(packed.failed);
    assert_int_equal(
        run_start_draw_packed(packed.text, packed.length, s->seed, s->shape, weights, &err),
        SWP_OK);
    assert_memory_equal(weights, expected, layout.total * sizeof *weights);
    if (packed.length > 0)
        assert_int_equal(
            run_start_draw_packed(packed.text, packed.length - 1, s->seed, s->shape, weights, &err),
            SWP_INTERNAL);
    swp_buf_deinit(&packed);
    swp_free(expected);
    swp_free(weights);
}

static void each_trial_starts_afresh(void **state)
{
    (void)state;
    planned p = plan_of(config_make(SYNTH "[sweep]\nmodel.embedding_dim = 2, 4\n"
                                          "[when model.embedding_dim = 4]\n"
                                          "train.init_after = 6, 8\n",
                                    NULL));
    static const size_t after[] = {6, 8};
    expect_place(&p.plan.trials[0], NULL, 0);
    expect_place(&p.plan.trials[1], after, 2);
    drop_plan(&p);
}

static void a_grid_stream_goes_on_per_seed(void **state)
{
    (void)state;
    planned p = plan_of(config_make(SYNTH "[train]\ninit_stream = grid\n[sweep]\n"
                                          "model.embedding_dim = 2, 4, 3\ntrain.seed = 7, 5\n"
                                          "train.epochs = 5, 10\n",
                                    NULL));
    static const size_t dims[] = {2, 4, 3};
    assert_int_equal(p.plan.n_trials, 6);
    for (size_t i = 0; i < 6; i++)
        expect_place(&p.plan.trials[i], dims, i / 2);
    /* One list per stream, however many trials use it. */
    assert_ptr_equal(p.plan.trials[2].start.before, p.plan.trials[4].start.before);
    drop_plan(&p);
}

static void streams_may_be_mixed(void **state)
{
    (void)state;
    planned p = plan_of(config_make(SYNTH "[sweep]\ntrain.init_stream = grid, each\n"
                                          "model.embedding_dim = 2, 4\n",
                                    NULL));
    static const size_t dims[] = {2};
    expect_place(&p.plan.trials[0], NULL, 0);
    expect_place(&p.plan.trials[1], dims, 1);
    expect_place(&p.plan.trials[2], NULL, 0);
    expect_place(&p.plan.trials[3], NULL, 0);
    drop_plan(&p);
}

/* A trial that starts its own stream still keeps its place in the grid's stream. */
static void expect_published(const run_plan *plan)
{
    static const size_t grid[] = {2, 4, 6}, rerun[] = {2, 4, 6, 8};
    assert_int_equal(plan->n_trials, 4);
    expect_place(&plan->trials[0], NULL, 0);
    expect_place(&plan->trials[1], rerun, 4);
    expect_place(&plan->trials[2], grid, 2);
    expect_place(&plan->trials[3], grid, 3);
}

static void the_published_study_draws_as_its_notebook(void **state)
{
    (void)state;
    cfg_override synthetic = "data.path=builtin:ecg";
    cfg *config;
    swp_err err;
    assert_int_equal(
        cfg_load(TEST_SOURCE_DIR "/experiments/published.ini", &synthetic, 1, &config, &err),
        SWP_OK);
    planned p = plan_of(config);
    expect_published(&p.plan);
    drop_plan(&p);
}

static void the_published_study_cuts_real_data(void **state)
{
    (void)state;
    const char *folder = test_data_folder("ECG5000");
    if (!folder) {
        print_message("ECG5000 is not here\n");
        skip();
    }
    char path[4200];
    snprintf(path, sizeof path, "data.path=%s", folder);
    cfg_override real = path;
    cfg *config;
    swp_err err;
    assert_int_equal(
        cfg_load(TEST_SOURCE_DIR "/experiments/published.ini", &real, 1, &config, &err), SWP_OK);
    planned p = plan_of(config);
    expect_published(&p.plan);
    assert_int_equal(p.plan.n_splits, 1);
    assert_int_equal(p.plan.splits[0].split.n_train, 2481);
    assert_int_equal(p.plan.splits[0].split.n_val, 293);
    assert_int_equal(p.plan.splits[0].split.n_test, 145);
    assert_int_equal(p.plan.splits[0].split.n_anomaly, 145);
    drop_plan(&p);
}

/* Late in a long stream a trial starts from a checkpoint, and draws the same. */
static void checkpoints_change_nothing(void **state)
{
    (void)state;
    planned p = plan_of(config_make(SYNTH "[train]\ninit_stream = grid\n[sweep]\n"
                                          "train.learning_rate = 0.01..0.12..0.01\n"
                                          "model.embedding_dim = 128, 64\n",
                                    NULL));
    size_t dims[24], n_checkpoints = 0;
    for (size_t i = 0; i < 24; i++)
        dims[i] = i % 2 ? 64 : 128;
    for (size_t i = 0; i < 24; i++)
        expect_place(&p.plan.trials[i], dims, i);
    const run_start *last = &p.plan.trials[23].start;
    for (size_t i = 1; i < 24; i++)
        n_checkpoints += p.plan.trials[i].start.rng != p.plan.trials[i - 1].start.rng;
    assert_in_range(n_checkpoints, 2, 23);
    assert_non_null(last->rng);
    assert_in_range(last->n_skipped, 1, 23);
    drop_plan(&p);
}

static int enter_folder(void **state)
{
    (void)state;
    config_enter_folder("plan_stream");
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_trial_starts_afresh),
        cmocka_unit_test(a_grid_stream_goes_on_per_seed),
        cmocka_unit_test(streams_may_be_mixed),
        cmocka_unit_test(the_published_study_draws_as_its_notebook),
        cmocka_unit_test(the_published_study_cuts_real_data),
        cmocka_unit_test(checkpoints_change_nothing),
    };
    return cmocka_run_group_tests(tests, enter_folder, NULL);
}
