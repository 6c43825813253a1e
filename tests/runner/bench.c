#include "tests/runner/bench.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/mem.h"
#include "engine/base/str.h"
#include "results/report/report.h"
#include "tests/runner/config.h"
#include "tests/runner/fake_engine.h"
#include "tests/support/cmocka_all.h"

static void must(swp_status status, const swp_err *err)
{
    if (status != SWP_OK)
        fail_msg("%s", err->text);
}

static void open_study(bench *b, const char *ini, const char *db, bool retry_failed)
{
    swp_err err;
    *b = (bench){.screen = -1};
    b->config = config_make(ini, NULL);
    must(run_plan_init(&b->plan, b->config, &err), &err);
    must(res_store_open(db, RES_WRITE, &b->store, &err), &err);
    const res_pair environment = {"program", "test"};
    const run_study_spec spec = {
        .environment = &environment, .n_environment = 1, .retry_failed = retry_failed};
    must(run_study_init(&b->study, &b->plan, b->store, &spec, &err), &err);
    b->options = (run_sched_options){.api = fake_api(), .workers = 2, .retries = 1};
}

void bench_open(bench *b, const char *db)
{
    open_study(b, BENCH_INI, db, false);
}

void bench_open_retrying(bench *b, const char *db)
{
    open_study(b, BENCH_INI, db, true);
}

void bench_open_ini(bench *b, const char *ini, const char *db)
{
    open_study(b, ini, db, false);
}

void bench_close(bench *b)
{
    run_study_deinit(&b->study);
    res_store_close(b->store);
    run_plan_deinit(&b->plan);
    cfg_destroy(b->config);
    if (b->screen >= 0)
        close(b->screen);
}

swp_status bench_run(bench *b, swp_err *err)
{
    char name[] = "screen-XXXXXX";
    b->screen = mkstemp(name);
    assert_true(b->screen >= 0);
    unlink(name);
    res_study study = bench_load(b);
    run_progress_item items[3];
    for (size_t i = 0; i < 3; i++)
        items[i] = (run_progress_item){
            .label = study.trials[i].label,
            .max_epochs = b->plan.trials[i].max_epochs,
            .epochs_done = b->study.trials[i].steps_done,
            .cost = b->plan.trials[i].cost,
        };
    const run_progress_look look = {.fd = b->screen, .mode = RUN_PROGRESS_PLAIN};
    must(run_progress_create(&look, items, 3, &b->options.progress, err), err);
    swp_status status = run_sched(&b->study, &b->options, &b->result, err);
    run_progress_destroy(b->options.progress);
    res_study_deinit(&study);
    return status;
}

bool bench_has_children(void)
{
    return waitpid(-1, NULL, WNOHANG) != -1 || errno != ECHILD;
}

void bench_run_well(bench *b)
{
    swp_err err;
    must(bench_run(b, &err), &err);
    assert_false(bench_has_children());
}

char *bench_shown(const bench *b)
{
    off_t size = lseek(b->screen, 0, SEEK_END);
    char *text = calloc((size_t)size + 1, 1);
    assert_int_equal(pread(b->screen, text, (size_t)size, 0), size);
    return text;
}

res_study bench_load(const bench *b)
{
    swp_err err;
    res_study study;
    must(res_study_load(b->store, "t", &study, &err), &err);
    assert_int_equal(study.n_trials, 3);
    return study;
}

static void add_steps(const bench *b, FILE *out)
{
    res_study study = bench_load(b);
    for (size_t i = 0; i < 3; i++) {
        const double *train = res_series(&study.trials[i], RES_STEP_TRAIN_LOSS);
        const double *val = res_series(&study.trials[i], RES_STEP_VAL_LOSS);
        for (size_t e = 0; e < study.trials[i].n_steps; e++)
            fprintf(out, "%zu %zu %a %a\n", i, e, train[e], val[e]);
    }
    res_study_deinit(&study);
}

/* A hash of each stored model: of its weights and reconstructions. */
static void add_models(const bench *b, FILE *out)
{
    for (size_t i = 0; i < 3; i++)
        for (size_t epoch = 1; epoch <= 5; epoch++) {
            void *weights;
            float *series = NULL;
            size_t n_bytes, n;
            swp_err err;
            swp_status status =
                res_weights_load(b->store, b->study.trials[i].id, epoch, &weights, &n_bytes, &err);
            if (status == SWP_CONFIG)
                continue;
            must(status, &err);
            must(
                res_reconstructions_load(b->store, b->study.trials[i].id, epoch, &series, &n, &err),
                &err);
            uint64_t hash = swp_hash(weights, n_bytes, SWP_HASH_START);
            hash = swp_hash(series, n * sizeof *series, hash);
            fprintf(out, "model of trial %zu, epoch %zu: %zu bytes, %zu numbers, %llx\n", i + 1,
                    epoch, n_bytes, n, (unsigned long long)hash);
            swp_free(weights);
            swp_free(series);
        }
}

char *bench_export(const bench *b)
{
    char *text;
    size_t size;
    swp_err err;
    FILE *out = open_memstream(&text, &size);
    add_steps(b, out);
    add_models(b, out);
    must(res_export_write(b->store, NULL, RES_EXPORT_ERRORS, RES_CSV, out, &err), &err);
    must(res_export_write(b->store, NULL, RES_EXPORT_EVALUATIONS, RES_CSV, out, &err), &err);
    fclose(out);
    return text;
}

void bench_enter(const char *folder)
{
    fake_reset();
    config_enter_folder(folder);
}

void bench_expect_failure(const bench *b, size_t trial, size_t n_steps, const char *reason)
{
    res_study study = bench_load(b);
    const res_trial *list = study.trials;
    for (size_t i = 0; i < 3; i++) {
        if (i == trial) {
            assert_int_equal(list[i].state, RES_FAILED);
            assert_string_equal(list[i].reason, reason);
            assert_int_equal(list[i].n_steps, n_steps);
        } else {
            assert_int_equal(list[i].state, RES_DONE);
        }
    }
    res_study_deinit(&study);
    assert_int_equal(b->result.n_failed, 1);
    assert_int_equal(b->result.n_done, 2);
}

void bench_expect_shown(const bench *b, const char *part)
{
    char *text = bench_shown(b);
    if (!strstr(text, part))
        fail_msg("\"%s\" is not in:\n%s", part, text);
    free(text);
}
