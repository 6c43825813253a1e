/* A study in a fresh store, scheduled on the toy engine: for the tests of the scheduler. */
#ifndef TEST_BENCH_H
#define TEST_BENCH_H

#include "results/query/study.h"
#include "runner/process/sched.h"

/* Three trials (embedding_dim 2, 3, 4) of five epochs. */
#define BENCH_INI                                                                                  \
    "[experiment]\nname = t\n[data]\npath = builtin:ecg?rows=60\n[sweep]\n"                        \
    "model.embedding_dim = 2, 3, 4\ntrain.epochs = 5\neval.threshold = 41, p90\n"

/* Three trials of one shape, which may share a cohort. */
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
    int screen; /* where progress is written; -1 before the first run */
} bench;

/* Begin a test: the engine has no faults, the working folder is empty. Each program needs a folder
 * of its own, since tests run in parallel. */
void bench_enter(const char *folder);

/* Enrol BENCH_INI, or another text of three trials, in the store file `db`, which is made or
 * continued. Caller: bench_close. */
void bench_open(bench *b, const char *db);
void bench_open_retrying(bench *b, const char *db); /* failed trials wait again */
void bench_open_ini(bench *b, const char *ini, const char *db);
void bench_close(bench *b);

/* Run the scheduler; the result is in b->result. */
swp_status bench_run(bench *b, swp_err *err);

/* The same; the run must succeed and leave no child process. */
void bench_run_well(bench *b);

/* The progress shown, NUL-terminated. The caller frees with free(). */
char *bench_shown(const bench *b);

/* The study of three trials, as loaded from the store. Caller: res_study_deinit. */
res_study bench_load(const bench *b);

/* All steps (without seconds), errors, evaluations and kept models of the store as text. The
 * caller frees it. */
char *bench_export(const bench *b);

/* Assert that one of the three trials, by its place in the plan, failed for this reason after this
 * many steps, and that the others are done. */
void bench_expect_failure(const bench *b, size_t trial, size_t n_steps, const char *reason);

/* Assert that the text was shown. */
void bench_expect_shown(const bench *b, const char *part);

/* Whether this process has a child, running or a zombie. */
bool bench_has_children(void);

#endif
