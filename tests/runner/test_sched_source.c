/* What a source may decide while a run is in progress. */
#include "runner/process/source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"
#include "tests/runner/bench.h"
#include "tests/runner/fake_engine.h"
#include "tests/support/cmocka_all.h"

/* A source for three trials: jobs of one or all of them, and budgets that steps may change. */
typedef struct script {
    bool together;          /* all in one job, or each in its own */
    size_t budgets[3];      /* at first */
    size_t watched, at;     /* when this trial has done `at` steps ... */
    size_t changed, budget; /* ... this trial gets this budget */
    size_t promoted;        /* trials that are handed out again once all have stopped; 3 = none */
    /* the calls so far */
    size_t n_taken, n_promoted, n_failures;
    size_t steps[3];
} script;

static bool all_have_stopped(const script *s)
{
    for (size_t i = 0; i < 3; i++) {
        if (s->steps[i] < s->budgets[i])
            return false;
    }
    return true;
}

static size_t count(void *context)
{
    const script *s = context;
    if (s->n_taken < 3)
        return s->together ? 1 : 3 - s->n_taken;
    return s->promoted < 3 && s->n_promoted == 0 && all_have_stopped(s);
}

static swp_status take(void *context, run_cohort *out, swp_err *err)
{
    script *s = context;
    bool is_promotion = s->n_taken == 3;
    size_t n = s->together && !is_promotion ? 3 : 1;
    (void)err;
    *out = (run_cohort){.trials = swp_alloc(n, sizeof *out->trials), .n = n};
    assert_non_null(out->trials);
    if (is_promotion) {
        out->trials[0] = s->promoted;
        s->budgets[s->promoted] = 5;
        s->n_promoted++;
    }
    for (size_t i = 0; i < n && !is_promotion; i++)
        out->trials[i] = s->n_taken++;
    return SWP_OK;
}

static size_t budget(void *context, size_t trial)
{
    return ((script *)context)->budgets[trial];
}

static void observe(void *context, size_t trial, const res_step *step)
{
    script *s = context;
    s->n_failures += step == NULL;
    if (!step)
        return;
    assert_int_equal(step->step, s->steps[trial] + 1);
    s->steps[trial] = step->step;
    if (trial == s->watched && step->step == s->at)
        s->budgets[s->changed] = s->budget;
}

static int set_up(void **state)
{
    (void)state;
    bench_enter("sched_source");
    return 0;
}

/* Run a script on BENCH_INI_SEEDS in a store of this name. */
static void run(bench *b, script *s, const char *db)
{
    run_source source = {
        .context = s, .count = count, .take = take, .budget = budget, .observe = observe};
    fake_set_width(3);
    bench_open_ini(b, BENCH_INI_SEEDS, db);
    b->options.source = &source;
    bench_run_well(b);
    b->options.source = NULL;
}

static void expect_trial(const bench *b, size_t trial, res_state state, size_t n_steps)
{
    res_study study = bench_load(b);
    assert_int_equal(study.trials[trial].state, state);
    assert_int_equal(study.trials[trial].n_steps, n_steps);
    res_study_deinit(&study);
}

/* The steps of a trial equal those of an undisturbed run. */
static void expect_undisturbed(const bench *b)
{
    bench whole;
    bench_open_ini(&whole, BENCH_INI_SEEDS, "undisturbed.db");
    bench_run_well(&whole);
    res_study got = bench_load(b), want = bench_load(&whole);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(want.trials[i].n_steps, 5);
        assert_memory_equal(res_series(&got.trials[i], RES_STEP_VAL_LOSS),
                            res_series(&want.trials[i], RES_STEP_VAL_LOSS),
                            got.trials[i].n_steps * sizeof(double));
    }
    res_study_deinit(&got);
    res_study_deinit(&want);
    bench_close(&whole);
}

static void test_smaller_budgets_stop(void **state)
{
    (void)state;
    for (int together = 0; together < 2; together++) {
        bench b;
        script s = {.together = together, .budgets = {2, 5, 4}, .watched = 3, .promoted = 3};
        run(&b, &s, together ? "a.db" : "b.db");
        assert_int_equal(b.result.n_done, 1);
        assert_int_equal(b.result.n_stopped, 2);
        assert_int_equal(b.result.n_failed, 0);
        expect_trial(&b, 0, RES_STOPPED, 2);
        expect_trial(&b, 1, RES_DONE, 5);
        expect_trial(&b, 2, RES_STOPPED, 4);
        bench_close(&b);
    }
}

/* Told to stop during its third step: that step is delivered, and the others continue. */
static void test_stop_while_it_runs(void **state)
{
    (void)state;
    bench b;
    script s = {.together = true,
                .budgets = {5, 5, 5},
                .watched = 2,
                .at = 2,
                .changed = 0,
                .budget = 2,
                .promoted = 3};
    fake_expect(2, 3, FAKE_SLEEP, 1);
    run(&b, &s, "a.db");
    expect_trial(&b, 0, RES_STOPPED, 3);
    expect_trial(&b, 1, RES_DONE, 5);
    expect_trial(&b, 2, RES_DONE, 5);
    expect_undisturbed(&b);
    bench_close(&b);
}

/* A worker dies with a trial that was told to stop: the trial is stopped, not tried again. */
static void test_stop_of_one_whose_worker_dies(void **state)
{
    (void)state;
    bench b;
    script s = {.budgets = {5, 5, 5}, .watched = 0, .at = 2, .budget = 1, .promoted = 3};
    fake_expect(2, 3, FAKE_SLEEP, 1);
    fake_expect(2, 3, FAKE_DIE, 1); /* a fault of one of the other two */
    run(&b, &s, "a.db");
    assert_int_equal(b.result.n_done + b.result.n_stopped, 3);
    assert_int_equal(b.result.n_failed, 0);
    assert_int_equal(b.study.trials[0].state, RES_STOPPED);
    expect_undisturbed(&b);
    bench_close(&b);
}

/* All stop at two steps; one continues from there, bit for bit. */
static void test_promotion(void **state)
{
    (void)state;
    bench b;
    script s = {.together = true, .budgets = {2, 2, 2}, .watched = 3, .promoted = 1};
    run(&b, &s, "a.db");
    assert_int_equal(b.result.n_done, 1);
    assert_int_equal(b.result.n_stopped, 3); /* the promoted one did, too */
    expect_trial(&b, 0, RES_STOPPED, 2);
    expect_trial(&b, 1, RES_DONE, 5);
    expect_trial(&b, 2, RES_STOPPED, 2);
    expect_undisturbed(&b);
    bench_close(&b);
}

/* A budget that is raised while the trial runs, with its last step, and with the last but one. */
static void test_raised_budgets(void **state)
{
    (void)state;
    for (size_t at = 1; at <= 3; at++) {
        bench b;
        char name[16];
        snprintf(name, sizeof name, "%zu.db", at);
        script s = {.together = true,
                    .budgets = {3, 5, 5},
                    .watched = 0,
                    .at = at,
                    .changed = 0,
                    .budget = 5,
                    .promoted = 3};
        if (at == 1)
            fake_expect(2, 2, FAKE_SLEEP, 3);
        run(&b, &s, name);
        assert_int_equal(b.result.n_done, 3);
        assert_int_equal(b.result.n_stopped, 0);
        expect_undisturbed(&b);
        bench_close(&b);
        remove("undisturbed.db");
    }
}

static void test_failures_are_told(void **state)
{
    (void)state;
    bench b;
    script s = {.budgets = {5, 5, 5}, .watched = 3, .promoted = 3};
    fake_expect(2, 3, FAKE_DIVERGE, 1);
    run(&b, &s, "a.db");
    assert_int_equal(s.n_failures, 1);
    assert_int_equal(b.result.n_failed, 1);
    assert_int_equal(b.result.n_done, 2);
    bench_close(&b);
}

/* A stopped trial continues in the next run if the source raises its budget. */
static void test_next_run_goes_on(void **state)
{
    (void)state;
    bench b;
    script s = {.together = true, .budgets = {2, 2, 2}, .watched = 3, .promoted = 3};
    run(&b, &s, "a.db");
    bench_close(&b);
    script more = {
        .together = true, .budgets = {5, 5, 5}, .steps = {2, 2, 2}, .watched = 3, .promoted = 3};
    run(&b, &more, "a.db");
    assert_int_equal(b.result.n_done, 3);
    expect_undisturbed(&b);
    bench_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_smaller_budgets_stop, set_up),
        cmocka_unit_test_setup(test_stop_while_it_runs, set_up),
        cmocka_unit_test_setup(test_stop_of_one_whose_worker_dies, set_up),
        cmocka_unit_test_setup(test_promotion, set_up),
        cmocka_unit_test_setup(test_raised_budgets, set_up),
        cmocka_unit_test_setup(test_failures_are_told, set_up),
        cmocka_unit_test_setup(test_next_run_goes_on, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
