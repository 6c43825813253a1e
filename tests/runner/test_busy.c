/* Real workers are kept busy by a search that decides in virtual time: 4 of them at 8 slots, on an
 * engine that sleeps as long as its trials are predicted to cost, within 10 %, with costs that
 * differ a hundredfold. Random proposals spread costs evenly to the end; tpe learns to prefer cheap
 * ones here, and ends in a confirm stage, which waits for all trials. It measures time, so it is
 * one of the long tests: on a loaded machine a sleep of 50 ms is followed by a wait for the
 * processor, and the mostly short trials of tpe take three times as long. */
#include "results/store/sql.h"
#include "runner/process/source.h"
#include "tests/runner/bench.h"
#include "tests/runner/fake_engine.h"
#include "tests/support/cmocka_all.h"

#define N_TRIALS  200u
#define N_WORKERS 4

/* An embedding dimension of 160 costs 113 times as much as one of 2. */
#define SEARCH(strategy)                                                                           \
    "[experiment]\nname = t\n[data]\npath = builtin:ecg?rows=60\n[train]\nepochs = 1\n"            \
    "[search]\nstrategy = " strategy "\ntrials = 200\nslots = 8\nstop = median\n"                  \
    "[sweep]\nmodel.embedding_dim = int_log(2 .. 160)\ntrain.learning_rate = log(1e-4 .. 1e-2)\n"

static double ask(const bench *b, const char *text)
{
    swp_err err;
    res_sql sql = res_sql_open(b->store, text);
    assert_true(res_sql_row(&sql));
    double value = res_sql_real_at(&sql, 0);
    assert_int_equal(res_sql_close(&sql, &err), SWP_OK);
    return value;
}

static void run(bench *b)
{
    swp_err err;
    const run_progress_look look = {.fd = 2, .mode = RUN_PROGRESS_QUIET};
    static const run_progress_item items[N_TRIALS];
    const run_backend_setup setup = {.engine = fake_api(), .inputs = run_plan_inputs(&b->plan)};
    run_source source;
    b->options.workers = N_WORKERS;
    assert_int_equal(run_source_of_search(&b->study, &setup, N_WORKERS, &source, &err), SWP_OK);
    b->options.source = &source;
    assert_int_equal(run_progress_create(&look, items, N_TRIALS, &b->options.progress, &err),
                     SWP_OK);
    swp_status status = run_sched(&b->study, &b->options, &b->result, &err);
    run_progress_destroy(b->options.progress);
    run_source_of_search_free(&source);
    if (status != SWP_OK)
        fail_msg("%s", err.text);
    assert_int_equal(b->result.n_done, N_TRIALS);
}

static void expect_busy(const char *ini, double pace)
{
    bench b;
    fake_reset();
    fake_set_pace(pace);
    bench_open_ini(&b, ini, "busy.db");
    run(&b);
    double least = ask(&b, "SELECT min(train_s) FROM step"),
           most = ask(&b, "SELECT max(train_s) FROM step"),
           busy = ask(&b, "SELECT sum(ended_s - begun_s) / (4 * (max(ended_s) - min(begun_s))) "
                          "FROM step");
    print_message("trials of %.3f to %.2f s: busy %.3f\n", least, most, busy);
    assert_true(most > 80 * least);
    assert_true(busy >= 0.85);
    bench_close(&b);
}

static void four_workers_are_busy_with_random_trials(void **state)
{
    (void)state;
    expect_busy(SEARCH("random"), 6);
}

static void four_workers_are_busy_with_tpe(void **state)
{
    (void)state;
    expect_busy(SEARCH("tpe"), 18);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(four_workers_are_busy_with_random_trials),
        cmocka_unit_test(four_workers_are_busy_with_tpe),
    };
    bench_enter("busy");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
