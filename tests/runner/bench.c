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
    size_t n;
    res_trial *trials;
    run_progress_item items[3];
    must(res_trials_list(b->store, b->study.revision, &trials, &n, err), err);
    assert_int_equal(n, 3);
    for (size_t i = 0; i < n; i++)
        items[i] = (run_progress_item){
            .label = trials[i].label,
            .max_epochs = b->plan.trials[i].max_epochs,
            .epochs_done = b->study.trials[i].epochs_done,
            .cost = b->plan.trials[i].cost,
        };
    const run_progress_look look = {.fd = b->screen, .mode = RUN_PROGRESS_PLAIN};
    must(run_progress_create(&look, items, n, &b->options.progress, err), err);
    swp_status status = run_sched(&b->study, &b->options, &b->result, err);
    run_progress_destroy(b->options.progress);
    res_trials_free(trials, n);
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

res_trial *bench_trials(const bench *b)
{
    swp_err err;
    size_t n;
    res_trial *list;
    must(res_trials_list(b->store, b->study.revision, &list, &n, &err), &err);
    assert_int_equal(n, 3);
    return list;
}

static void add_epochs(const bench *b, FILE *out)
{
    res_trial *list = bench_trials(b);
    for (size_t i = 0; i < 3; i++) {
        for (size_t e = 0; e < list[i].n_epochs; e++)
            fprintf(out, "%zu %zu %a %a\n", i, e, list[i].train_loss[e], list[i].val_loss[e]);
    }
    res_trials_free(list, 3);
}

/* A hash of each kept model: of its weights and reconstructions. */
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
    add_epochs(b, out);
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

void bench_expect_failure(const bench *b, size_t trial, size_t n_epochs, const char *reason)
{
    res_trial *list = bench_trials(b);
    for (size_t i = 0; i < 3; i++) {
        if (i == trial) {
            assert_int_equal(list[i].status, RES_FAILED);
            assert_string_equal(list[i].failure, reason);
            assert_int_equal(list[i].n_epochs, n_epochs);
        } else {
            assert_int_equal(list[i].status, RES_DONE);
        }
    }
    res_trials_free(list, 3);
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
