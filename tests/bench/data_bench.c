/* Loading the real data set and planning a large grid. */
#include <stdio.h>

#include "engine/base/mem.h"
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
        status = measure_plan(options, table, config, err);
    cfg_destroy(config);
    return status;
}
