/* The choice of the number of threads for training steps, tested with made-up times. */
#include "engine/cpu/pace.h"

#include "tests/support/cmocka_all.h"

/* A training whose steps take the times that the test sets. */
typedef struct training {
    pace pace;
    double now;
    double step_s[NET_HALVES + 1]; /* by the number of threads */
    size_t taken[NET_HALVES + 1];  /* steps so far */
} training;

static void take_steps(training *t, size_t n, size_t cores)
{
    for (size_t i = 0; i < n; i++) {
        size_t threads = pace_next(&t->pace, cores, t->now);
        assert_in_range(threads, 1, cores);
        t->taken[threads]++;
        t->now += t->step_s[threads];
    }
}

/* Share of the next n steps that are taken on all threads. */
static double shared_of(training *t, size_t n)
{
    t->taken[NET_HALVES] = 0;
    take_steps(t, n, NET_HALVES);
    return (double)t->taken[NET_HALVES] / (double)n;
}

static void test_the_faster_way_is_taken(void **state)
{
    (void)state;
    training fast = {.step_s = {0, 1.5e-3, 1.0e-3}}, slow = {.step_s = {0, 1.5e-3, 2.0e-3}};
    take_steps(&fast, 200, NET_HALVES);
    take_steps(&slow, 200, NET_HALVES);
    assert_true(shared_of(&fast, 20000) > 0.9);
    assert_true(shared_of(&slow, 20000) < 0.05);
}

static void test_one_core_is_used_at_once(void **state)
{
    (void)state;
    training t = {.step_s = {0, 1.5e-3, 1.0e-3}};
    take_steps(&t, 1003, NET_HALVES);
    take_steps(&t, 1003, 1); /* asserts 1 */
    assert_true(shared_of(&t, 1000) > 0.8);
}

/* Threads waking up, or one disturbance, do not change the choice. */
static void test_a_slow_moment_changes_nothing(void **state)
{
    (void)state;
    training t = {.step_s = {0, 1.5e-3, 1.0e-3}};
    while (t.taken[NET_HALVES] == 0)
        take_steps(&t, 1, NET_HALVES);
    t.now += 0.1; /* the first step on all threads */
    take_steps(&t, 200, NET_HALVES);
    assert_true(shared_of(&t, 1000) > 0.8);
    t.now += 0.1;
    assert_true(shared_of(&t, 500) > 0.8);
}

/* A disturbance in the only run that decided the choice is soon corrected. */
static void test_a_slow_first_moment_is_soon_found_out(void **state)
{
    (void)state;
    training t = {.step_s = {0, 1.5e-3, 1.0e-3}};
    while (t.taken[NET_HALVES] < 20)
        take_steps(&t, 1, NET_HALVES);
    t.now += 0.1;
    take_steps(&t, 250, NET_HALVES);
    assert_true(shared_of(&t, 1000) > 0.8);
}

static void test_a_change_of_speed_is_found(void **state)
{
    (void)state;
    training t = {.step_s = {0, 1.5e-3, 1.0e-3}};
    take_steps(&t, 5000, NET_HALVES);
    t.step_s[NET_HALVES] = 3e-3; /* the second core is taken by another program */
    take_steps(&t, 500, NET_HALVES);
    assert_true(shared_of(&t, 5000) < 0.1);
    t.step_s[NET_HALVES] = 1e-3; /* and is free again */
    take_steps(&t, 30000, NET_HALVES);
    assert_true(shared_of(&t, 5000) > 0.9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_faster_way_is_taken),
        cmocka_unit_test(test_one_core_is_used_at_once),
        cmocka_unit_test(test_a_slow_moment_changes_nothing),
        cmocka_unit_test(test_a_slow_first_moment_is_soon_found_out),
        cmocka_unit_test(test_a_change_of_speed_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
