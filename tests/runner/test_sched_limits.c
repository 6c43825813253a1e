/* The limits that a run may have: time, memory, failures in a row. */
#include "runner/process/sched.h"

#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "runner/process/host.h"
#include "tests/runner/bench.h"
#include "tests/runner/fake_engine.h"
#include "tests/support/cmocka_all.h"

static int set_up(void **state)
{
    (void)state;
    bench_enter("sched_limits");
    return 0;
}

static void test_time_out(void **state)
{
    (void)state;
    bench b;
    fake_expect(2, 3, FAKE_HANG, FAKE_ALWAYS);
    bench_open(&b, "a.db");
    b.options.timeout_s = 0.5;
    double start = run_clock();
    bench_run_well(&b);
    bench_expect_failure(&b, 0, 2, "timeout after 0.5 s");
    assert_true(run_clock() - start < 5.0);
    bench_close(&b);
}

/* A stopped worker neither reads nor writes, and does not end when its socket is closed. */
static void test_stopped_worker_times_out(void **state)
{
    (void)state;
    bench b;
    fake_expect(2, 3, FAKE_STOP, FAKE_ALWAYS);
    bench_open(&b, "a.db");
    b.options.timeout_s = 0.5;
    double start = run_clock();
    bench_run_well(&b);
    bench_expect_failure(&b, 0, 2, "timeout after 0.5 s");
    assert_true(run_clock() - start < 5.0);
    bench_close(&b);
}

static void wait_s(double seconds)
{
    nanosleep(&(struct timespec){.tv_sec = (time_t)seconds,
                                 .tv_nsec = (long)((seconds - (double)(time_t)seconds) * 1e9)},
              NULL);
}

/* The whole run is stopped, as by Ctrl-Z, for longer than a trial may take: no trial fails. */
static void test_time_for_which_the_run_is_stopped_is_free(void **state)
{
    (void)state;
    for (size_t epoch = 1; epoch <= 3; epoch++)
        fake_expect(2, epoch, FAKE_SLEEP, 1);
    pid_t child = fork();
    if (child == 0) {
        bench b;
        setpgid(0, 0);
        bench_open(&b, "a.db");
        b.options.workers = 1;
        b.options.timeout_s = 2;
        bench_run_well(&b);
        _exit(b.result.n_done == 3 ? 0 : 1);
    }
    setpgid(child, child);
    wait_s(0.7);
    int wait_status = 0;
    assert_int_equal(waitpid(child, &wait_status, WNOHANG), 0); /* the worker still runs */
    assert_int_equal(kill(-child, SIGSTOP), 0);
    wait_s(4);
    assert_int_equal(kill(-child, SIGCONT), 0);
    assert_int_equal(waitpid(child, &wait_status, 0), child);
    assert_int_equal(wait_status, 0);
}

static void test_memory_that_is_claimed(void **state)
{
    (void)state;
    bench b;
    fake_claim_bytes((size_t)1 << 40);
    bench_open(&b, "a.db");
    b.options.memory = (uint64_t)1 << 39;
    bench_run_well(&b);
    assert_int_equal(b.result.n_failed, 3);
    bench_expect_shown(
        &b, "failed: out of memory: needs 1099511627776 bytes, run.memory is 549755813888");
    bench_close(&b);
}

static void test_memory_that_is_taken(void **state)
{
    (void)state;
    bench b;
    fake_expect(3, 2, FAKE_GROW, FAKE_ALWAYS);
    bench_open(&b, "a.db");
    b.options.memory = run_resident_bytes(getpid()) + FAKE_GROWS_BY / 2;
    bench_run_well(&b);
    assert_int_equal(b.result.n_failed, 1);
    bench_expect_shown(&b, "trial 2/3 embedding_dim=3: failed: out of memory: ");
    bench_close(&b);
}

static void test_cohort_that_claims_too_much_is_taken_apart(void **state)
{
    (void)state;
    bench b;
    fake_set_width(3);
    fake_claim_bytes((size_t)1 << 38);
    bench_open_ini(&b, BENCH_INI_SEEDS, "a.db");
    b.options.memory = (uint64_t)1 << 39;
    b.options.retries = 0;
    bench_run_well(&b);
    assert_int_equal(b.result.n_done, 3);
    assert_int_equal(b.result.n_failed, 0);
    bench_expect_shown(
        &b, "out of memory: needs 824633720832 bytes, run.memory is 549755813888; trying "
            "again alone");
    bench_close(&b);
}

static void test_cohort_that_takes_too_much_is_taken_apart(void **state)
{
    (void)state;
    bench b;
    fake_set_width(3);
    fake_expect(2, 2, FAKE_GROW, 1);
    bench_open_ini(&b, BENCH_INI_SEEDS, "a.db");
    b.options.memory = run_resident_bytes(getpid()) + FAKE_GROWS_BY / 2;
    b.options.retries = 0;
    bench_run_well(&b);
    assert_int_equal(b.result.n_done, 3);
    assert_int_equal(b.result.n_failed, 0);
    bench_close(&b);
}

/* The limit is for one trial: the others of its cohort do not fail. */
static void test_cohort_that_takes_too_long_is_taken_apart(void **state)
{
    (void)state;
    bench b;
    fake_set_width(3);
    fake_expect(2, 2, FAKE_HANG, 1);
    bench_open_ini(&b, BENCH_INI_SEEDS, "a.db");
    b.options.timeout_s = 1;
    b.options.retries = 0;
    bench_run_well(&b);
    assert_int_equal(b.result.n_done, 3);
    assert_int_equal(b.result.n_failed, 0);
    bench_expect_shown(&b, "timeout after 1 s; trying again alone");
    bench_close(&b);
}

static void test_failures_in_a_row_stop(void **state)
{
    (void)state;
    bench b;
    fake_expect(4, 1, FAKE_DIVERGE, 1);
    fake_expect(3, 1, FAKE_DIVERGE, 1);
    bench_open(&b, "a.db");
    b.options.workers = 1;
    b.options.max_failures = 2;
    bench_run_well(&b);
    assert_true(b.result.stopped);
    assert_int_equal(b.result.n_failed, 2);
    assert_int_equal(b.result.n_done, 0);
    bench_close(&b);
}

static void test_failures_with_a_success_between(void **state)
{
    (void)state;
    bench b;
    fake_expect(4, 1, FAKE_DIVERGE, 1);
    fake_expect(2, 1, FAKE_DIVERGE, 1);
    bench_open(&b, "a.db");
    b.options.workers = 1;
    b.options.max_failures = 2;
    bench_run_well(&b);
    assert_false(b.result.stopped);
    assert_int_equal(b.result.n_failed, 2);
    assert_int_equal(b.result.n_done, 1);
    bench_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_time_out, set_up),
        cmocka_unit_test_setup(test_stopped_worker_times_out, set_up),
        cmocka_unit_test_setup(test_time_for_which_the_run_is_stopped_is_free, set_up),
        cmocka_unit_test_setup(test_memory_that_is_claimed, set_up),
        cmocka_unit_test_setup(test_memory_that_is_taken, set_up),
        cmocka_unit_test_setup(test_cohort_that_claims_too_much_is_taken_apart, set_up),
        cmocka_unit_test_setup(test_cohort_that_takes_too_much_is_taken_apart, set_up),
        cmocka_unit_test_setup(test_cohort_that_takes_too_long_is_taken_apart, set_up),
        cmocka_unit_test_setup(test_failures_in_a_row_stop, set_up),
        cmocka_unit_test_setup(test_failures_with_a_success_between, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
