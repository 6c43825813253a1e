/* Threads of a team: all parts of every job are done, and a barrier shows all that was written
 * before it. */
#include "engine/cpu/team.h"

#include <stdint.h>
#include <time.h>

#include "tests/support/cmocka_all.h"

#define MEETINGS 20
#define PARTS    4 /* more than many machines have cores */

/* Each part writes its number, waits at the barrier, and adds up what all have written. */
typedef struct sums {
    uint64_t written[TEAM_MOST], sum[TEAM_MOST];
} sums;

static void add_up(void *context, const team_share *share)
{
    sums *s = context;
    for (uint64_t i = 1; i <= MEETINGS; i++) {
        s->written[share->part] = i * (share->part + 1);
        team_meet(share);
        for (size_t k = 0; k < share->parts; k++)
            s->sum[share->part] += s->written[k];
        team_arrive(share);
        team_await(share);
    }
}

static void run_and_check(team *t, size_t parts)
{
    sums s = {{0}, {0}};
    assert_int_equal(team_enlist(t, parts), parts);
    team_run(t, parts, add_up, &s);
    const uint64_t steps = (uint64_t)MEETINGS * (MEETINGS + 1) / 2;
    for (size_t k = 0; k < TEAM_MOST; k++)
        assert_int_equal(s.sum[k], k < parts ? steps * parts * (parts + 1) / 2 : 0);
}

static void test_meetings_show_what_came_before(void **state)
{
    (void)state;
    swp_err err;
    team *t;
    assert_int_equal(team_create(&t, &err), SWP_OK);
    for (size_t i = 0; i < 4; i++) {
        run_and_check(t, 1);
        run_and_check(t, PARTS);
        run_and_check(t, 2); /* those left out must not fall behind */
    }
    team_destroy(t);
}

/* After some time without work a helper sleeps; it must wake for the next job, and at the end. */
static void test_a_helper_that_sleeps_wakes(void **state)
{
    (void)state;
    swp_err err;
    team *t;
    assert_int_equal(team_create(&t, &err), SWP_OK);
    run_and_check(t, PARTS);
    nanosleep(&(struct timespec){.tv_nsec = 200000000}, NULL);
    run_and_check(t, PARTS);
    nanosleep(&(struct timespec){.tv_nsec = 200000000}, NULL);
    team_destroy(t);
}

/* No more threads than the limit, whatever is asked for. */
static void test_a_team_has_a_limit(void **state)
{
    (void)state;
    swp_err err;
    team *t;
    assert_int_equal(team_create(&t, &err), SWP_OK);
    assert_int_equal(team_enlist(t, 2 * TEAM_MOST), TEAM_MOST);
    assert_int_equal(team_enlist(t, 2), 2);
    team_destroy(t);
}

static void test_a_team_without_work_ends(void **state)
{
    (void)state;
    swp_err err;
    team *t;
    assert_int_equal(team_create(&t, &err), SWP_OK);
    team_destroy(t);
    team_destroy(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_meetings_show_what_came_before),
        cmocka_unit_test(test_a_helper_that_sleeps_wakes),
        cmocka_unit_test(test_a_team_has_a_limit),
        cmocka_unit_test(test_a_team_without_work_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
