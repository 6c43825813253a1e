/* Loading the real data set and planning a large grid. */
#define _DEFAULT_SOURCE /* mkstemps */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "engine/base/mem.h"
#include "engine/base/path.h"
#include "engine/base/str.h"
#include "runner/plan/plan.h"
#include "tests/bench/bench.h"
#include "tests/bench/study.h"

static swp_status load(void *context, swp_err *err)
{
    eng_dataset *set;
    swp_status status = eng_dataset_load(context, &set, err);
    if (status == SWP_OK)
        eng_dataset_destroy(set);
    return status;
}

static swp_status measure_load(const bench_options *options, bench_table *table, const cfg *config,
                               swp_err *err)
{
    bench_row row = {
        .kind = BENCH_RATE, .name = "load ECG5000", .count = 5000, .thing = "sequences"};
    if (!bench_wants(options, row.name))
        return SWP_OK;
    char *path;
    swp_status status = cfg_find_data(config, "ECG5000", &path, err);
    if (status == SWP_IO) {
        printf("loading ECG5000 is skipped: it is not here\n");
        return SWP_OK;
    }
    if (status == SWP_OK) {
        status = bench_measure(load, path, bench_budget(options), &row.times, err);
        swp_free(path);
    }
    if (status == SWP_OK)
        bench_table_add(table, &row);
    return status;
}

/* A table of 100,000 rows of 140 values with six decimals and a label, as pandas writes it. */
static swp_status write_table(const char *path, size_t *size, swp_err *err)
{
    enum { ROWS = 100000, LENGTH = 140 };
    swp_file file;
    swp_buf line = {0};
    uint32_t random = 1;
    swp_status status = swp_file_create(path, &file, err);
    if (status != SWP_OK)
        return status;
    *size = 0;
    for (size_t row = 0; row < ROWS && file.failure == 0; row++) {
        line.length = 0;
        for (size_t i = 0; i < LENGTH; i++) {
            random = random * 1664525u + 1013904223u;
            swp_buf_printf(&line, "%.6f,", (double)(int32_t)random / 1e9);
        }
        swp_buf_printf(&line, "%zu\n", row % 2);
        if (line.failed)
            break;
        swp_file_write(&file, line.text, line.length);
        *size += line.length;
    }
    if (line.failed)
        status = swp_fail(err, SWP_NOMEM, "out of memory");
    swp_buf_deinit(&line);
    return swp_file_close(&file, status, err);
}

static swp_status measure_table(const bench_options *options, bench_table *table, swp_err *err)
{
    bench_row row = {.kind = BENCH_RATE, .name = "read CSV of 100,000 x 140", .thing = "MB"};
    if (!bench_wants(options, row.name))
        return SWP_OK;
    char path[] = "/tmp/sweep-bench-XXXXXX.csv";
    size_t size = 0;
    int made = mkstemps(path, 4);
    if (made < 0)
        return swp_fail(err, SWP_IO, "cannot make a temporary file");
    close(made);
    swp_status status = write_table(path, &size, err);
    if (status == SWP_OK)
        status = bench_measure(load, path, bench_budget(options), &row.times, err);
    row.count = (double)size / 1e6;
    if (status == SWP_OK)
        bench_table_add(table, &row);
    unlink(path);
    return status;
}

static swp_status plan(void *context, swp_err *err)
{
    run_plan out;
    swp_status status = run_plan_init(&out, context, err);
    if (status == SWP_OK)
        run_plan_deinit(&out);
    return status;
}

static swp_status measure_plan(const bench_options *options, bench_table *table, cfg *config,
                               swp_err *err)
{
    bench_row row = {.kind = BENCH_RATE,
                     .name = "plan 100,000 evaluations",
                     .count = (double)cfg_evaluation_count(config),
                     .thing = "evaluations"};
    if (!bench_wants(options, row.name))
        return SWP_OK;
    swp_status status = bench_measure(plan, config, bench_budget(options), &row.times, err);
    if (status == SWP_OK)
        bench_table_add(table, &row);
    return status;
}

swp_status bench_data(const bench_options *options, bench_table *table, swp_err *err)
{
    cfg *config;
    swp_status status = study_config(STUDY_WIDE, &config, err);
    if (status != SWP_OK)
        return status;
    status = measure_load(options, table, config, err);
    if (status == SWP_OK)
        status = measure_table(options, table, err);
    if (status == SWP_OK)
        status = measure_plan(options, table, config, err);
    cfg_destroy(config);
    return status;
}
