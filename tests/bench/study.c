#include "tests/bench/study.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#define INI BENCH_WORK_FOLDER "/bench.ini"
#define DB  BENCH_WORK_FOLDER "/bench.db"

swp_status study_config(const char *text, cfg **out, swp_err *err)
{
    FILE *file = fopen(INI, "w");
    bool written = file && fputs(text, file) >= 0;
    if (file && fclose(file) != 0)
        written = false;
    if (!written)
        return swp_fail_errno(err, SWP_IO, errno, "writing %s", INI);
    swp_status status = cfg_load(INI, NULL, 0, out, err);
    unlink(INI);
    return status;
}

swp_status study_init(bench_study *s, const char *text, swp_err *err)
{
    *s = (bench_study){0};
    swp_status status = study_config(text, &s->config, err);
    return status == SWP_OK ? run_plan_init(&s->plan, s->config, err) : status;
}

void study_deinit(bench_study *s)
{
    study_close(s);
    run_plan_deinit(&s->plan);
    cfg_destroy(s->config);
}

swp_status study_enrol(bench_study *s, swp_err *err)
{
    study_close(s);
    swp_status status = res_store_open(DB, RES_WRITE, &s->store, err);
    if (status != SWP_OK)
        return status;
    const res_pair environment = {"program", "bench"};
    const run_study_spec spec = {.environment = &environment, .n_environment = 1};
    return run_study_init(&s->study, &s->plan, s->store, &spec, err);
}

void study_close(bench_study *s)
{
    run_study_deinit(&s->study);
    res_store_close(s->store);
    s->store = NULL;
    unlink(DB);
    unlink(DB "-wal");
    unlink(DB "-shm");
}
