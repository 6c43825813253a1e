/* Evaluations, trials, data sets, splits, keys and cohorts of a plan. */
#include "runner/backend/lstm.h"
#include "runner/plan/queue.h"

#include <stdio.h>
#include <string.h>

#include "engine/base/mem.h"
#include "tests/runner/config.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/data.h"

#define SMALL "[experiment]\nname = t\n[data]\npath = small.txt\n"

/* 40 rows of 4 samples: 30 of class 1, 10 of class 2. */
static void write_small(const char *path, int shift)
{
    swp_buf text = {0};
    for (int i = 0; i < 40; i++)
        swp_buf_printf(&text, "%d,%d,%d.5,%d,-%d\n", i % 4 == 3 ? 2 : 1, i, i, i + shift, i);
    assert_false(text.failed);
    test_write_text(path, text.text);
    swp_buf_deinit(&text);
}

typedef struct planned {
    cfg *config;
    run_plan plan;
} planned;

static planned make_plan(const char *text, const char *override)
{
    planned p = {.config = config_make(text, override)};
    swp_err err;
    if (run_plan_init(&p.plan, p.config, &err) != SWP_OK)
        fail_msg("%s", err.text);
    return p;
}

static void drop_plan(planned *p)
{
    run_plan_deinit(&p->plan);
    cfg_destroy(p->config);
}

/* --- evaluations and trials ---------------------------------------------------------------------
 */

static void epochs_and_thresholds_share_a_trial(void **state)
{
    (void)state;
    planned p = make_plan(SMALL "[sweep]\ntrain.epochs = 5, 20, 10\nmodel.embedding_dim = 2, 4\n"
                                "eval.threshold = 45, p99\n",
                          NULL);
    assert_int_equal(p.plan.n_evaluations, 12);
    assert_int_equal(p.plan.n_trials, 2);
    static const size_t epochs[] = {5, 20, 10};
    for (size_t i = 0; i < 12; i++) {
        const run_evaluation *evaluation = &p.plan.evaluations[i];
        assert_int_equal(evaluation->trial, i / 2 % 2);
        assert_int_equal(evaluation->epochs, epochs[i / 4]);
        assert_int_equal(evaluation->threshold.kind,
                         i % 2 ? RES_THRESHOLD_PERCENTILE : RES_THRESHOLD_VALUE);
    }
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(p.plan.trials[i].settings.shape.embedding_dim, i ? 4 : 2);
        assert_int_equal(p.plan.trials[i].max_epochs, 20);
    }
    drop_plan(&p);
}

static void when_sections_may_part_trials(void **state)
{
    (void)state;
    planned p = make_plan(SMALL "[sweep]\ntrain.epochs = 5, 6, 7\n[when train.epochs = 6]\n"
                                "train.learning_rate = 0.5\n[when train.epochs = 7]\n"
                                "train.learning_rate = 0.0010\n",
                          NULL);
    assert_int_equal(p.plan.n_evaluations, 3);
    assert_int_equal(p.plan.n_trials, 2);
    assert_int_equal(p.plan.evaluations[0].trial, 0);
    assert_int_equal(p.plan.evaluations[1].trial, 1);
    assert_int_equal(p.plan.evaluations[2].trial, 0);
    assert_int_equal(p.plan.trials[0].max_epochs, 7);
    assert_int_equal(p.plan.trials[1].max_epochs, 6);
    drop_plan(&p);
}

static void large_grids_keep_their_order(void **state)
{
    (void)state;
    planned p = make_plan(SMALL "[sweep]\ntrain.seed = 1..500\neval.threshold = 1..5\n"
                                "train.batch_size = 1..4\n",
                          NULL);
    assert_int_equal(p.plan.n_evaluations, 10000);
    assert_int_equal(p.plan.n_trials, 2000);
    for (size_t i = 0; i < 10000; i++) {
        const run_evaluation *evaluation = &p.plan.evaluations[i];
        const cfg_settings *s = &p.plan.trials[evaluation->trial].settings;
        assert_int_equal(s->seed, 1 + i / 20);
        assert_int_equal(s->batch_size, 1 + i % 4);
        assert_true(evaluation->threshold.value == (double)(1 + i / 4 % 5));
    }
    drop_plan(&p);
}

/* --- data sets and splits --------------------------------------------------------------------- */

static void contents_are_loaded_and_cut_once(void **state)
{
    (void)state;
    write_small("copy.txt", 0);
    write_small("other.txt", 1);
    planned p = make_plan("[experiment]\nname = t\n[sweep]\n"
                          "data.path = small.txt, copy.txt, other.txt\n"
                          "data.split_seed = 1, 2\ntrain.seed = 1, 2, 3\n",
                          NULL);
    assert_int_equal(p.plan.n_evaluations, 18);
    assert_int_equal(p.plan.n_data, 2);
    assert_int_equal(p.plan.n_splits, 4);
    assert_int_equal(p.plan.n_trials, 12);
    assert_string_equal(p.plan.data[0].path, "small.txt");
    assert_string_equal(p.plan.data[1].path, "other.txt");
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(p.plan.evaluations[i].trial, p.plan.evaluations[6 + i].trial);
    for (size_t i = 0; i < 12; i++) {
        const run_trial *trial = &p.plan.trials[i];
        const run_split *split = &p.plan.splits[trial->split];
        assert_int_equal(split->data, i / 6);
        assert_int_equal(split->spec.split_seed, trial->settings.split.split_seed);
        assert_int_equal(split->split.n_train + split->split.n_val + split->split.n_test, 30);
    }
    drop_plan(&p);
}

static void expect_failure(const char *body, const char *override, swp_status status,
                           const char *part)
{
    char text[512];
    swp_err err;
    run_plan plan;
    snprintf(text, sizeof text, "%s%s", SMALL, body);
    cfg *config = config_make(text, override);
    assert_int_equal(run_plan_init(&plan, config, &err), status);
    if (strncmp(err.text, part, strlen(part)) != 0)
        fail_msg("expected \"%s\" first in: %s", part, err.text);
    assert_null(plan.evaluations);
    cfg_destroy(config);
}

/* Row i of 400 has class 0 in its first half; the other half has classes 1 to `n_odd` in turn. */
static void write_classes(const char *path, int n_odd)
{
    swp_buf text = {0};
    for (int i = 0; i < 400; i++)
        swp_buf_printf(&text, "%d,%d.5,1\n", i < 200 ? 0 : 1 + (i - 200) % n_odd, i);
    assert_false(text.failed);
    test_write_text(path, text.text);
    swp_buf_deinit(&text);
}

#define CLASSES                                                                                    \
    "[experiment]\nname = t\n[data]\npath = classes.txt\nnormal_class = 0\n"                       \
    "shuffle_seed = none\nanomalies = all\n"

static void expect_sample(const run_split *split, size_t at, size_t index)
{
    const run_sample *sample = &split->samples[at];
    bool is_anomaly = at >= 3;
    assert_int_equal(sample->is_anomaly, is_anomaly);
    assert_int_equal(sample->index, index);
    assert_int_equal(sample->row,
                     is_anomaly ? split->split.anomaly[index] : split->split.test[index]);
}

static void first_of_each_class_are_samples(void **state)
{
    (void)state;
    write_classes("classes.txt", 4);
    planned p = make_plan(CLASSES, NULL);
    const run_split *split = &p.plan.splits[0];
    assert_int_equal(split->n_samples, 3 + 4 * 3);
    for (size_t at = 0; at < 3; at++)
        expect_sample(split, at, at);
    for (size_t class = 0; class < 4; class ++)
        for (size_t i = 0; i < 3; i++)
            expect_sample(split, 3 + 3 * class + i, class + 4 * i);
    drop_plan(&p);
}

static void many_classes_share_the_samples(void **state)
{
    (void)state;
    write_classes("classes.txt", 40);
    planned p = make_plan(CLASSES, NULL);
    const run_split *split = &p.plan.splits[0];
    assert_int_equal(split->n_samples, 3 + 48); /* two of the first eight classes, one of others */
    expect_sample(split, 3, 0);
    expect_sample(split, 4, 40);
    expect_sample(split, 3 + 2 * 8, 8);
    expect_sample(split, 3 + 47, 39);
    drop_plan(&p);
    write_classes("classes.txt", 100);
    p = make_plan(CLASSES, NULL);
    assert_int_equal(p.plan.splits[0].n_samples, 3 + 48);
    expect_sample(&p.plan.splits[0], 3 + 47, 47);
    drop_plan(&p);
}

static void data_errors_name_their_place(void **state)
{
    (void)state;
    expect_failure("normal_class = 7\n", NULL, SWP_CONFIG, "t.ini:5: data.normal_class: ");
    expect_failure("normal_class = 7\nanomalies = 11\n", "data.normal_class=1", SWP_CONFIG,
                   "t.ini:6: data.anomalies: expected 11 rows");
    expect_failure("", "data.normal_class=7", SWP_CONFIG, "--set data.normal_class: ");
    expect_failure("[sweep]\ndata.path = small.txt, gone.txt\n", NULL, SWP_CONFIG,
                   "t.ini:6: data.path: found no \"gone.txt\"");
    expect_failure("[sweep]\ndata.path = small.txt, x\n", "data.path=gone.txt", SWP_CONFIG,
                   "--set data.path: found no \"gone.txt\"");
    test_write_text("broken.txt", "1,2,3\n1,2\n");
    expect_failure("[sweep]\ndata.path = broken.txt\n", NULL, SWP_FORMAT,
                   "t.ini:6: data.path: broken.txt:2: ");
}

/* A default has no line, and if a setting has exceptions in [when], the error names no line. */
static void data_errors_name_the_file_when_no_line_is_to_blame(void **state)
{
    (void)state;
    expect_failure("normal_class = 7\n[sweep]\nmodel.embedding_dim = 2, 3\n"
                   "[when model.embedding_dim = 3]\ndata.normal_class = 8\n",
                   NULL, SWP_CONFIG, "t.ini: data.normal_class: ");
}

/* --- keys ------------------------------------------------------------------------------------- */

static void expect_key(const char *text, const char *override, const char *key, bool same)
{
    planned p = make_plan(text, override);
    if ((strcmp(p.plan.trials[0].key, key) == 0) != same)
        fail_msg("%s: key %s", override ? override : "as it is", p.plan.trials[0].key);
    drop_plan(&p);
}

/* The key finds a stored trial again: if this value changes, no store is usable any more. */
static const char small_key[] = "4b87bd367882298f7a6c9b4f88e401b0cb217546981c49dafa31808c18105732";

static void a_key_is_stable(void **state)
{
    (void)state;
    expect_key(SMALL, NULL, small_key, true);
}

static void keys_see_what_decides_the_bits(void **state)
{
    (void)state;
    static const char *const same[] = {"run.workers=2",
                                       "run.device=cpu",
                                       "experiment.name=other",
                                       "train.epochs=3",
                                       "eval.threshold=5",
                                       "data.path=./small.txt",
                                       "train.learning_rate=1e-3",
                                       "sweep.train.epochs=1..5",
                                       "data.normal_class=1.0",
                                       "sweep.model.embedding_dim=8, 2"};
    static const char *const different[] = {
        "data.path=other.txt",    "data.normal_class=2",   "data.shuffle_seed=none",
        "data.shuffle_seed=0",    "data.split=test_val",   "data.cuts=0.15, 0.34",
        "data.split_seed=43",     "data.anomalies=all",    "data.anomalies=1",
        "model.arch=stacked",     "model.embedding_dim=9", "train.learning_rate=0.0011",
        "train.batch_size=2",     "train.loss=mse",        "train.seed=43",
        "train.init_stream=grid", "train.init_after=8"};
    write_small("other.txt", 1);
    for (size_t i = 0; i < sizeof same / sizeof *same; i++)
        expect_key(SMALL, same[i], small_key, true);
    for (size_t i = 0; i < sizeof different / sizeof *different; i++)
        expect_key(SMALL, different[i], small_key, false);
}

static void keys_of_a_grid_differ(void **state)
{
    (void)state;
    planned p = make_plan(SMALL "[train]\ninit_stream = grid\n[sweep]\n"
                                "train.learning_rate = 1e-3, 1e-2\ntrain.seed = 1, 2\n"
                                "train.loss = l1, mse\nmodel.embedding_dim = 2..4\n",
                          NULL);
    assert_int_equal(p.plan.n_trials, 24);
    for (size_t i = 0; i < 24; i++) {
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(p.plan.trials[i].key, p.plan.trials[k].key);
    }
    drop_plan(&p);
}

/* --- cohorts ---------------------------------------------------------------------------------- */

static void costs_grow_with_the_work(void **state)
{
    (void)state;
    const run_backend *lstm = run_backend_lstm();
    const cfg_settings small = {.shape = {ENG_SINGLE, 2}}, stacked = {.shape = {ENG_STACKED, 2}};
    /* 3 * 4H(in + H) for 1 -> 2 and 2 -> 2, plus 4,000 for each layer. */
    assert_true(lstm->cost(&small, 1, 1) == 72 + 96 + 8000);
    assert_true(lstm->cost(&small, 100, 140) == 14000 * lstm->cost(&small, 1, 1));
    assert_true(lstm->cost(&stacked, 1, 1) > lstm->cost(&small, 1, 1));
}

static size_t at_most_3(eng_shape shape, size_t batch_size)
{
    (void)shape;
    (void)batch_size;
    return 3;
}

static void cohorts_share_loss_and_split(void **state)
{
    (void)state;
    planned p = make_plan(SMALL "[sweep]\ntrain.loss = l1, mse\ndata.split_seed = 1, 2\n"
                                "train.seed = 1, 2\n",
                          NULL);
    size_t pending[8], n_cohorts;
    const eng_api engine = {.cohort_width = at_most_3};
    const run_backend_setup setup = {.engine = &engine, .inputs = run_plan_inputs(&p.plan)};
    run_cohort *cohorts;
    swp_err err;
    for (size_t i = 0; i < 8; i++)
        pending[i] = i;
    assert_int_equal(
        run_cohorts_form(&p.plan, pending, 8, &setup, NULL, &cohorts, &n_cohorts, &err), SWP_OK);
    assert_int_equal(n_cohorts, 4);
    for (size_t i = 0; i < n_cohorts; i++) {
        assert_int_equal(cohorts[i].n, 2);
        const run_trial *a = &p.plan.trials[cohorts[i].trials[0]];
        const run_trial *b = &p.plan.trials[cohorts[i].trials[1]];
        assert_int_equal(a->settings.loss, b->settings.loss);
        assert_int_equal(a->split, b->split);
    }
    run_cohorts_free(cohorts, n_cohorts);
    drop_plan(&p);
}

static void cohorts_hold_equal_shapes_longest_first(void **state)
{
    (void)state;
    planned p = make_plan(SMALL "[sweep]\nmodel.embedding_dim = 2, 64\ntrain.batch_size = 1, 2\n"
                                "train.seed = 1..5\n[when train.batch_size = 2]\n"
                                "train.epochs = 50\n",
                          NULL);
    size_t pending[19], n = 0, seen[20] = {0}, n_cohorts;
    const eng_api engine = {.cohort_width = at_most_3};
    const run_backend_setup setup = {.engine = &engine, .inputs = run_plan_inputs(&p.plan)};
    run_cohort *cohorts;
    swp_err err;
    for (size_t i = 0; i < 20; i++) {
        if (i != 12)
            pending[n++] = 19 - i; /* in any order */
    }
    assert_int_equal(
        run_cohorts_form(&p.plan, pending, n, &setup, NULL, &cohorts, &n_cohorts, &err), SWP_OK);
    static const struct {
        size_t dim, batch, n;
    } expected[] = {{64, 2, 3}, {64, 2, 2}, {64, 1, 3}, {64, 1, 2},
                    {2, 2, 3},  {2, 1, 3},  {2, 1, 2},  {2, 2, 1}};
    assert_int_equal(n_cohorts, 8);
    for (size_t i = 0; i < n_cohorts; i++) {
        double cost = 0;
        assert_int_equal(cohorts[i].n, expected[i].n);
        for (size_t k = 0; k < cohorts[i].n; k++) {
            const run_trial *trial = &p.plan.trials[cohorts[i].trials[k]];
            assert_int_equal(trial->settings.shape.embedding_dim, expected[i].dim);
            assert_int_equal(trial->settings.batch_size, expected[i].batch);
            assert_true(k == 0 || cohorts[i].trials[k] > cohorts[i].trials[k - 1]);
            cost += trial->cost;
            seen[cohorts[i].trials[k]]++;
        }
        assert_true(cohorts[i].cost == cost);
    }
    for (size_t i = 0; i < 20; i++)
        assert_int_equal(seen[i], i == 7 ? 0 : 1);
    run_cohorts_free(cohorts, n_cohorts);

    /* Trials at different epochs cannot share a cohort. */
    const size_t epochs_done[20] = {[0] = 5, [2] = 5};
    const size_t mixed[] = {0, 1, 2, 3, 4};
    assert_int_equal(
        run_cohorts_form(&p.plan, mixed, 5, &setup, epochs_done, &cohorts, &n_cohorts, &err),
        SWP_OK);
    assert_int_equal(n_cohorts, 2);
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(epochs_done[cohorts[i].trials[0]], epochs_done[cohorts[i].trials[1]]);
    run_cohorts_free(cohorts, n_cohorts);

    assert_int_equal(
        run_cohorts_form(&p.plan, pending, 0, &setup, NULL, &cohorts, &n_cohorts, &err), SWP_OK);
    assert_int_equal(n_cohorts, 0);
    run_cohorts_free(cohorts, n_cohorts);
    drop_plan(&p);
}

/* 100 bytes, plus 10 for each model. */
static size_t fake_bytes(const eng_engine *engine, const eng_cohort_spec *spec)
{
    assert_null(engine);
    assert_int_equal(spec->batch_size, 1);
    assert_true(spec->series.n_rows > 0 && spec->series.length > 0);
    return 100 + 10 * spec->n_models;
}

static size_t at_most_40(eng_shape shape, size_t batch_size)
{
    (void)shape;
    (void)batch_size;
    return 40;
}

/* The cohorts of 30 trials with this much memory for a cohort. */
static void check_lengths(const run_plan *plan, uint64_t memory, size_t length)
{
    size_t all[30], n_cohorts;
    run_cohort *cohorts;
    swp_err err;
    for (size_t i = 0; i < 30; i++)
        all[i] = i;
    const eng_api engine = {.cohort_width = at_most_40, .cohort_bytes = fake_bytes};
    const run_backend_setup setup = {
        .engine = &engine, .inputs = run_plan_inputs(plan), .cohort = memory};
    assert_int_equal(run_cohorts_form(plan, all, 30, &setup, NULL, &cohorts, &n_cohorts, &err),
                     SWP_OK);
    assert_int_equal(n_cohorts, (30 + length - 1) / length);
    for (size_t i = 0; i + 1 < n_cohorts; i++)
        assert_int_equal(cohorts[i].n, length);
    run_cohorts_free(cohorts, n_cohorts);
}

static void cohorts_take_what_memory_allows(void **state)
{
    (void)state;
    planned p = make_plan(SMALL "[sweep]\ntrain.seed = 1..30\n", NULL);
    check_lengths(&p.plan, 0, 30);
    check_lengths(&p.plan, 1000, 30);
    check_lengths(&p.plan, 219, 11);
    check_lengths(&p.plan, 220, 12);
    check_lengths(&p.plan, 221, 12);
    check_lengths(&p.plan, 120, 2);
    check_lengths(&p.plan, 119, 1);
    check_lengths(&p.plan, 1, 1); /* the engine will report that it does not fit */
    drop_plan(&p);
}

static void memory_is_shared_by_workers(void **state)
{
    (void)state;
    const eng_info cpu = {.engine = "cpu"}, gpu = {.memory = 9000, .free_memory = 8000};
    assert_int_equal(run_cohort_memory(&cpu, 4, 0), 0);
    assert_int_equal(run_cohort_memory(&cpu, 4, 700), 700);
    assert_int_equal(run_cohort_memory(&gpu, 1, 0), 7200);
    assert_int_equal(run_cohort_memory(&gpu, 4, 0), 1800);
    assert_int_equal(run_cohort_memory(&gpu, 4, 1799), 1799);
    assert_int_equal(run_cohort_memory(&gpu, 4, 1801), 1800);
}

/* --- memory ----------------------------------------------------------------------------------- */

static swp_status plan_and_form(const cfg *config, swp_err *err)
{
    run_plan plan;
    run_cohort *cohorts;
    size_t n_cohorts;
    static const size_t all[] = {0, 1, 2, 3};
    const eng_api engine = {.cohort_width = at_most_3};
    swp_status status = run_plan_init(&plan, config, err);
    if (status != SWP_OK)
        return status;
    const run_backend_setup setup = {.engine = &engine, .inputs = run_plan_inputs(&plan)};
    status = run_cohorts_form(&plan, all, 4, &setup, NULL, &cohorts, &n_cohorts, err);
    run_cohorts_free(cohorts, n_cohorts);
    run_plan_deinit(&plan);
    return status;
}

static void memory_may_run_out_anywhere(void **state)
{
    (void)state;
    write_small("other.txt", 1);
    /* Large models, so that a checkpoint is made. */
    cfg *config = config_make("[experiment]\nname = t\n[train]\ninit_stream = grid\n"
                              "[model]\nembedding_dim = 512\n[sweep]\n"
                              "data.path = small.txt, other.txt\ntrain.loss = l1, mse\n"
                              "[when train.loss = mse]\ntrain.init_after = 2\n",
                              NULL);
    swp_status status = SWP_NOMEM;
    for (unsigned long i = 1; status != SWP_OK; i++) {
        swp_err err;
        swp_mem_fail_at(i);
        status = plan_and_form(config, &err);
        swp_mem_fail_at(0);
        if (status != SWP_OK && status != SWP_NOMEM)
            fail_msg("allocation %lu: %s", i, err.text);
        assert_true(i < 10000);
    }
    cfg_destroy(config);
}

static int enter_folder(void **state)
{
    (void)state;
    config_enter_folder("plan");
    write_small("small.txt", 0);
    return 0;
}

/* A part of a plan trains as in the whole plan: keys, streams and evaluations stay the same. */
static void a_part_keeps_its_trials(void **state)
{
    (void)state;
    const char *text =
        SMALL "[train]\ninit_stream = grid\n[sweep]\nmodel.embedding_dim = 2, 3, 4, 5\n"
              "train.epochs = 1, 2\n";
    planned whole = make_plan(text, NULL), part = make_plan(text, NULL);
    static const size_t kept[] = {1, 3};
    run_plan_restrict(&part.plan, kept, 2);
    assert_int_equal(part.plan.n_trials, 2);
    assert_int_equal(part.plan.n_evaluations, 4);
    for (size_t i = 0; i < 2; i++) {
        const run_trial *was = &whole.plan.trials[kept[i]], *is = &part.plan.trials[i];
        assert_string_equal(is->key, was->key);
        assert_int_equal(is->max_epochs, 2);
        assert_int_equal(is->start.n_before, was->start.n_before);
    }
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(part.plan.evaluations[i].trial, i / 2);
    drop_plan(&part);
    drop_plan(&whole);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_part_keeps_its_trials),
        cmocka_unit_test(epochs_and_thresholds_share_a_trial),
        cmocka_unit_test(when_sections_may_part_trials),
        cmocka_unit_test(large_grids_keep_their_order),
        cmocka_unit_test(contents_are_loaded_and_cut_once),
        cmocka_unit_test(first_of_each_class_are_samples),
        cmocka_unit_test(many_classes_share_the_samples),
        cmocka_unit_test(data_errors_name_their_place),
        cmocka_unit_test(data_errors_name_the_file_when_no_line_is_to_blame),
        cmocka_unit_test(a_key_is_stable),
        cmocka_unit_test(keys_see_what_decides_the_bits),
        cmocka_unit_test(keys_of_a_grid_differ),
        cmocka_unit_test(costs_grow_with_the_work),
        cmocka_unit_test(cohorts_share_loss_and_split),
        cmocka_unit_test(cohorts_hold_equal_shapes_longest_first),
        cmocka_unit_test(cohorts_take_what_memory_allows),
        cmocka_unit_test(memory_is_shared_by_workers),
        cmocka_unit_test(memory_may_run_out_anywhere),
    };
    return cmocka_run_group_tests(tests, enter_folder, NULL);
}
