/* A study in a fresh store, scheduled on the toy engine: for the tests of the scheduler. */
#ifndef TEST_BENCH_H
#define TEST_BENCH_H

#include "results/query/study.h"
#include "runner/process/sched.h"

/* Three trials (embedding_dim 2, 3, 4) of five epochs. */
#define BENCH_INI                                                                                  \
    "[experiment]\nname = t\n[data]\npath = builtin:ecg?rows=60\n[sweep]\n"                        \
    "model.embedding_dim = 2, 3, 4\ntrain.epochs = 5\neval.threshold = 41, p90\n"

/* Three trials of one shape, which may go side by side. */
#define BENCH_INI_SEEDS                                                                            \
    "[experiment]\nname = t\n[data]\npath = builtin:ecg?rows=60\n[model]\nembedding_dim = 2\n"     \
    "[sweep]\ntrain.seed = 1, 2, 3\ntrain.epochs = 5\neval.threshold = 41, p90\n"

typedef struct bench {
    cfg *config;
    run_plan plan;
    res_store *store;
    run_study study;
    run_sched_options options; /* 2 workers, 1 retry, no limits */
    run_sched_result result;
    int screen; /* where progress was shown; -1 before the first run */
} bench;

/* Begin a test: the engine has no faults, the working folder is empty. No two programs may name the
 * same one, since tests run side by side. */
void bench_enter(const char *folder);

/* Enrol BENCH_INI, or another text of three trials, in the store file `db`, which is made or
 * continued. Caller: bench_close. */
void bench_open(bench *b, const char *db);
void bench_open_retrying(bench *b, const char *db); /* trials that failed wait again */
void bench_open_ini(bench *b, const char *ini, const char *db);
void bench_close(bench *b);

/* Run the scheduler; the result is in b->result. */
swp_status bench_run(bench *b, swp_err *err);

/* The same; it must succeed, and no child process may be left. */
void bench_run_well(bench *b);

/* What was shown, NUL-terminated. The caller frees with free(). */
char *bench_shown(const bench *b);

/* The study of three trials as the store has it. Caller: res_study_deinit. */
res_study bench_load(const bench *b);

/* All steps (without seconds), errors, evaluations and kept models of the store as text. The
 * caller frees it. */
char *bench_export(const bench *b);

/* Of the three trials this one, by its place in the plan, failed for that reason after so many
 * steps; the others are done. */
void bench_expect_failure(const bench *b, size_t trial, size_t n_steps, const char *reason);

/* The text is part of what was shown. */
void bench_expect_shown(const bench *b, const char *part);

/* Whether this process has a child, running or not. */
bool bench_has_children(void);

#endif
