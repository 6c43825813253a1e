#include "runner/process/sched.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "runner/process/host.h"
#include "runner/process/worker.h"
#include "tests/runner/bench.h"
#include "tests/runner/config.h"
#include "tests/runner/fake_engine.h"
#include "tests/support/cmocka_all.h"

static int set_up(void **state)
{
    (void)state;
    bench_enter("sched");
    return 0;
}

/* The store of an undisturbed run on one worker, as text. The caller frees it. */
static char *run_undisturbed(void)
{
    bench b;
    bench_open(&b, "undisturbed.db");
    b.options.workers = 1;
    bench_run_well(&b);
    char *text = bench_export(&b);
    bench_close(&b);
    return text;
}

static void expect_undisturbed(const bench *b)
{
    char *want = run_undisturbed(), *got = bench_export(b);
    assert_string_equal(got, want);
    free(want);
    free(got);
}

static void test_trains_everything(void **state)
{
    (void)state;
    bench b;
    bench_open(&b, "a.db");
    bench_run_well(&b);
    assert_int_equal(b.result.n_done, 3);
    assert_int_equal(b.result.n_failed, 0);
    assert_false(b.result.interrupted);
    res_study study = bench_load(&b);
    const res_trial *list = study.trials;
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(list[i].state, RES_DONE);
        assert_int_equal(list[i].n_steps, 5);
    }
    res_study_deinit(&study);
    bench_expect_shown(&b, "trial 2/3 embedding_dim=3: epoch 5/5 ");
    bench_close(&b);
}

static void test_longest_first(void **state)
{
    (void)state;
    bench b;
    bench_open(&b, "a.db");
    b.options.workers = 1;
    bench_run_well(&b);
    char *text = bench_shown(&b);
    const char *two = strstr(text, "trial 1/3"), *four = strstr(text, "trial 3/3");
    assert_true(four && two && four < two);
    free(text);
    bench_close(&b);
}

static void test_results_do_not_depend_on_workers(void **state)
{
    (void)state;
    for (size_t workers = 2; workers <= 5; workers++) {
        bench b;
        char name[32];
        snprintf(name, sizeof name, "%zu.db", workers);
        bench_open(&b, name);
        b.options.workers = workers;
        bench_run_well(&b);
        expect_undisturbed(&b);
        bench_close(&b);
        remove("undisturbed.db");
    }
}

static void test_results_do_not_depend_on_cohorts(void **state)
{
    (void)state;
    char *exports[3];
    for (size_t width = 1; width <= 3; width++) {
        bench b;
        char name[16];
        snprintf(name, sizeof name, "width%zu.db", width);
        fake_set_width(width);
        bench_open_ini(&b, BENCH_INI_SEEDS, name);
        bench_run_well(&b);
        assert_int_equal(b.result.n_done, 3);
        exports[width - 1] = bench_export(&b);
        bench_close(&b);
    }
    assert_string_equal(exports[0], exports[1]);
    assert_string_equal(exports[0], exports[2]);
    for (size_t i = 0; i < 3; i++)
        free(exports[i]);
}

static void test_cohort_that_dies_is_tried_again_one_by_one(void **state)
{
    (void)state;
    bench b;
    fake_set_width(3);
    fake_expect(2, 3, FAKE_DIE, 1);
    bench_open_ini(&b, BENCH_INI_SEEDS, "a.db");
    bench_run_well(&b);
    assert_int_equal(b.result.n_done, 3);
    assert_int_equal(b.result.n_failed, 0);
    bench_close(&b);
}

static void test_nothing_to_do(void **state)
{
    (void)state;
    bench b;
    bench_open(&b, "a.db");
    bench_run_well(&b);
    bench_close(&b);
    bench_open(&b, "a.db");
    assert_int_equal(b.study.n_evaluations_done, b.plan.n_evaluations);
    fake_die_in_open();
    bench_run_well(&b);
    assert_int_equal(b.result.n_done, 0);
    bench_close(&b);
}

static void test_dead_worker_is_replaced(void **state)
{
    (void)state;
    bench b;
    fake_expect(3, 4, FAKE_DIE, 1);
    bench_open(&b, "a.db");
    bench_run_well(&b);
    assert_int_equal(b.result.n_done, 3);
    bench_expect_shown(&b,
                       "trial 2/3 embedding_dim=3: worker died: signal 9 (Killed); trying again");
    expect_undisturbed(&b);
    bench_close(&b);
}

static void test_worker_that_dies_again_fails_its_trial(void **state)
{
    (void)state;
    bench b;
    fake_expect(3, 4, FAKE_DIE, FAKE_ALWAYS);
    bench_open(&b, "a.db");
    b.options.retries = 2;
    bench_run_well(&b);
    bench_expect_failure(&b, 1, 3, "worker died: signal 9 (Killed)");
    bench_expect_shown(&b, "trial 2/3 embedding_dim=3: failed: worker died: signal 9 (Killed)");
    bench_close(&b);
}

static void test_no_retries(void **state)
{
    (void)state;
    bench b;
    fake_expect(4, 1, FAKE_EXIT, 1);
    bench_open(&b, "a.db");
    b.options.retries = 0;
    b.options.workers = 1;
    bench_run_well(&b);
    bench_expect_failure(&b, 2, 0, "worker died: exit code 3");
    bench_close(&b);
}

static void test_loss_that_is_no_number(void **state)
{
    (void)state;
    bench b;
    fake_expect(2, 3, FAKE_DIVERGE, FAKE_ALWAYS);
    bench_open(&b, "a.db");
    bench_run_well(&b);
    bench_expect_failure(&b, 0, 2, "non-finite train loss at epoch 3");
    bench_close(&b);
}

static void test_broken_device_costs_an_attempt(void **state)
{
    (void)state;
    bench b;
    fake_expect(4, 2, FAKE_BREAK, 1);
    bench_open(&b, "a.db");
    bench_run_well(&b);
    assert_int_equal(b.result.n_done, 3);
    bench_expect_shown(&b, "the device broke; trying again");
    expect_undisturbed(&b);
    bench_close(&b);
}

static void test_device_that_stays_broken(void **state)
{
    (void)state;
    bench b;
    fake_expect(4, 2, FAKE_BREAK, FAKE_ALWAYS);
    bench_open(&b, "a.db");
    bench_run_well(&b);
    bench_expect_failure(&b, 2, 1, "the device broke");
    bench_close(&b);
}

static void test_failed_trial_is_tried_again_when_asked_for(void **state)
{
    (void)state;
    bench b;
    fake_expect(3, 4, FAKE_DIVERGE, 1);
    bench_open(&b, "a.db");
    bench_run_well(&b);
    assert_int_equal(b.result.n_failed, 1);
    bench_close(&b);
    bench_open(&b, "a.db");
    bench_run_well(&b);
    assert_int_equal(b.result.n_done, 0);
    assert_int_equal(b.study.trials[1].state, RES_FAILED);
    assert_int_equal(b.study.trials[1].steps_done, 3);
    bench_close(&b);
    bench_open_retrying(&b, "a.db");
    bench_run_well(&b);
    assert_int_equal(b.result.n_done, 1);
    bench_expect_shown(&b, "trial 2/3 embedding_dim=3: epoch 4/5");
    expect_undisturbed(&b);
    bench_close(&b);
}

static void test_interrupt_finishes_the_epoch(void **state)
{
    (void)state;
    bench b;
    fake_expect(3, 3, FAKE_INTERRUPT, 1);
    bench_open(&b, "a.db");
    b.options.workers = 1;
    bench_run_well(&b);
    assert_true(b.result.interrupted);
    assert_int_equal(b.result.n_failed, 0);
    bench_expect_shown(&b, "interrupted: finishing the running epochs");
    res_study study = bench_load(&b);
    const res_trial *list = study.trials;
    assert_int_equal(list[2].n_steps, 5);
    assert_int_equal(list[1].n_steps, 3);
    assert_int_equal(list[1].state, RES_WAITING);
    assert_int_equal(list[0].n_steps, 0);
    res_study_deinit(&study);
    bench_close(&b);

    bench_open(&b, "a.db");
    bench_run_well(&b);
    assert_false(b.result.interrupted);
    expect_undisturbed(&b);
    bench_close(&b);
}

static void test_second_interrupt_ends_at_once(void **state)
{
    (void)state;
    bench b;
    fake_expect(4, 3, FAKE_INTERRUPT_TWICE, 1);
    bench_open(&b, "a.db");
    b.options.retries = 0; /* a worker that is killed for this is not a failure */
    double start = run_clock();
    bench_run_well(&b);
    assert_true(run_clock() - start < 5.0);
    assert_true(b.result.interrupted);
    assert_int_equal(b.result.n_failed, 0);
    bench_close(&b);

    bench_open(&b, "a.db");
    bench_run_well(&b);
    expect_undisturbed(&b);
    bench_close(&b);
}

static void test_signal_handlers_are_put_back(void **state)
{
    (void)state;
    bench b;
    struct sigaction before, now;
    sigaction(SIGINT, NULL, &before); /* a shell starts & commands with SIGINT ignored */
    bench_open(&b, "a.db");
    bench_run_well(&b);
    sigaction(SIGINT, NULL, &now);
    assert_ptr_equal(now.sa_handler, before.sa_handler);
    bench_close(&b);
}

static void test_engine_that_does_not_open(void **state)
{
    (void)state;
    bench b;
    swp_err err;
    eng_info info;
    size_t n;
    fake_refuse_open();
    assert_int_equal(run_worker_probe(fake_api(), false, 20, &info, 1, &n, &err), SWP_UNAVAILABLE);
    bench_open(&b, "a.db");
    assert_int_equal(bench_run(&b, &err), SWP_UNAVAILABLE);
    assert_string_equal(err.text, "no such device");
    assert_string_equal(err.hint, "plug it in");
    assert_false(bench_has_children());
    bench_close(&b);
}

static void test_engine_that_hangs_while_it_opens(void **state)
{
    (void)state;
    bench b;
    swp_err err;
    eng_info info;
    size_t n;
    fake_hang_in_open();
    assert_int_equal(run_worker_probe(fake_api(), false, 0.2, &info, 1, &n, &err), SWP_DEVICE);
    assert_string_equal(err.text, "the fake engine did not open: timeout after 0.2 s");
    bench_open(&b, "a.db");
    b.options.timeout_s = 0.2;
    assert_int_equal(bench_run(&b, &err), SWP_DEVICE);
    assert_string_equal(err.text, "a worker without work died: timeout after 0.2 s");
    assert_false(bench_has_children());
    bench_close(&b);
}

static void test_workers_that_die_without_work(void **state)
{
    (void)state;
    bench b;
    swp_err err;
    eng_info info;
    size_t n;
    fake_die_in_open();
    assert_int_equal(run_worker_probe(fake_api(), false, 20, &info, 1, &n, &err), SWP_DEVICE);
    assert_non_null(strstr(err.text, "signal 9 (Killed)"));
    bench_open(&b, "a.db");
    assert_int_equal(bench_run(&b, &err), SWP_DEVICE);
    assert_string_equal(err.text, "a worker without work died: signal 9 (Killed)");
    assert_false(bench_has_children());
    bench_close(&b);
}

/* Like workers that cannot even send READY. */
static void test_workers_that_leave_without_work(void **state)
{
    (void)state;
    bench b;
    swp_err err;
    fake_leave_in_open();
    bench_open(&b, "a.db");
    assert_int_equal(bench_run(&b, &err), SWP_DEVICE);
    assert_string_equal(err.text, "a worker without work died: exit code 0");
    assert_false(bench_has_children());
    bench_close(&b);
}

static void test_worker_that_tells_of_what_is_not_its_own(void **state)
{
    (void)state;
    bench b;
    swp_err err;
    fake_expect(4, 1, FAKE_INTRUDE, 1);
    bench_open(&b, "a.db");
    b.options.workers = 1;
    assert_int_equal(bench_run(&b, &err), SWP_INTERNAL);
    assert_string_equal(err.text, "a worker sent a step of trial 1, not its own");
    assert_false(bench_has_children());
    res_study study = bench_load(&b);
    const res_trial *list = study.trials;
    assert_int_equal(list[0].n_steps, 0);
    res_study_deinit(&study);
    bench_close(&b);
}

static void test_cohort_of_which_one_fails(void **state)
{
    (void)state;
    bench b;
    fake_set_width(3);
    fake_expect(2, 3, FAKE_DIVERGE, 1); /* a fault of the first model */
    bench_open_ini(&b, BENCH_INI_SEEDS, "a.db");
    bench_run_well(&b);
    bench_expect_failure(&b, 0, 2, "non-finite train loss at epoch 3");
    bench_close(&b);
}

/* Trials at different epochs do not share a job. */
static void test_cohort_after_an_uneven_stop(void **state)
{
    (void)state;
    bench b;
    bench_open_ini(&b, BENCH_INI_SEEDS, "undisturbed.db");
    bench_run_well(&b);
    char *want = bench_export(&b);
    bench_close(&b);

    fake_expect(2, 3, FAKE_INTERRUPT, 1);
    bench_open_ini(&b, BENCH_INI_SEEDS, "a.db");
    b.options.workers = 1;
    bench_run_well(&b);
    assert_true(b.result.interrupted);
    bench_close(&b);

    fake_set_width(3);
    bench_open_ini(&b, BENCH_INI_SEEDS, "a.db");
    assert_int_equal(b.study.trials[0].steps_done, 3);
    assert_int_equal(b.study.trials[1].steps_done, 0);
    bench_run_well(&b);
    char *got = bench_export(&b);
    assert_string_equal(got, want);
    bench_close(&b);
    free(want);
    free(got);
}

/* Another process has written to the store: this run must end, and leave the store as it is. */
static void test_store_that_refuses(void **state)
{
    (void)state;
    bench b, other;
    swp_err err;
    bench_open(&b, "a.db");
    bench_open(&other, "a.db");
    bench_run_well(&other);
    assert_int_equal(bench_run(&b, &err), SWP_BUSY);
    assert_false(bench_has_children());
    bench_close(&b);
    expect_undisturbed(&other);
    bench_close(&other);
}

/* A worker holds the last write end of a pipe; end of file shows that the worker has ended. */
static void test_workers_die_with_their_parent(void **state)
{
    (void)state;
    int alive[2];
    char byte;
    assert_int_equal(pipe(alive), 0);
    fake_expect(4, 1, FAKE_HANG, 1);
    fake_expect(3, 1, FAKE_HANG, 1);
    pid_t child = fork();
    if (child == 0) {
        bench b;
        swp_err err;
        close(alive[0]);
        bench_open(&b, "a.db");
        swp_status status = bench_run(&b, &err);
        _exit((int)status);
    }
    close(alive[1]);
    nanosleep(&(struct timespec){.tv_nsec = 500000000}, NULL);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    alarm(20);
    assert_int_equal(read(alive[0], &byte, 1), 0);
    alarm(0);
    close(alive[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_trains_everything, set_up),
        cmocka_unit_test_setup(test_longest_first, set_up),
        cmocka_unit_test_setup(test_results_do_not_depend_on_workers, set_up),
        cmocka_unit_test_setup(test_results_do_not_depend_on_cohorts, set_up),
        cmocka_unit_test_setup(test_cohort_that_dies_is_tried_again_one_by_one, set_up),
        cmocka_unit_test_setup(test_nothing_to_do, set_up),
        cmocka_unit_test_setup(test_dead_worker_is_replaced, set_up),
        cmocka_unit_test_setup(test_worker_that_dies_again_fails_its_trial, set_up),
        cmocka_unit_test_setup(test_no_retries, set_up),
        cmocka_unit_test_setup(test_loss_that_is_no_number, set_up),
        cmocka_unit_test_setup(test_broken_device_costs_an_attempt, set_up),
        cmocka_unit_test_setup(test_device_that_stays_broken, set_up),
        cmocka_unit_test_setup(test_failed_trial_is_tried_again_when_asked_for, set_up),
        cmocka_unit_test_setup(test_interrupt_finishes_the_epoch, set_up),
        cmocka_unit_test_setup(test_second_interrupt_ends_at_once, set_up),
        cmocka_unit_test_setup(test_signal_handlers_are_put_back, set_up),
        cmocka_unit_test_setup(test_engine_that_does_not_open, set_up),
        cmocka_unit_test_setup(test_engine_that_hangs_while_it_opens, set_up),
        cmocka_unit_test_setup(test_workers_that_die_without_work, set_up),
        cmocka_unit_test_setup(test_workers_that_leave_without_work, set_up),
        cmocka_unit_test_setup(test_worker_that_tells_of_what_is_not_its_own, set_up),
        cmocka_unit_test_setup(test_cohort_of_which_one_fails, set_up),
        cmocka_unit_test_setup(test_cohort_after_an_uneven_stop, set_up),
        cmocka_unit_test_setup(test_store_that_refuses, set_up),
        cmocka_unit_test_setup(test_workers_die_with_their_parent, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
