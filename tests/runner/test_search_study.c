/* A search in its store, with made-up results instead of workers: enrolling a trial after hundreds
 * of others costs as much as after a few. SQLite's operations are counted, not time. */
#include "runner/plan/search_study.h"

#include "results/store/sql.h"
#include "tests/runner/bench.h"
#include "tests/runner/config.h"
#include "tests/support/cmocka_all.h"

#define OK(call) assert_int_equal((call), SWP_OK)

/* Two values of `steps`, which is not a dimension but set by [when]. */
#define SEARCH                                                                                     \
    "[experiment]\nname = t\n[command]\nrun = true\n[params]\nsteps = 1\n"                         \
    "[search]\nstrategy = tpe\ntrials = 400\nslots = 4\nobjective = loss\ngoal = minimize\n"       \
    "[sweep]\nlr = log(1e-5 .. 1e-1)\nopt = a, b\n[when opt = b]\nsteps = 2\n"

static size_t n_operations;

static int count_operation(void *context)
{
    (void)context;
    n_operations++;
    return 0;
}

static void finish(bench *b, size_t trial)
{
    swp_err err;
    res_trial_status *known = &b->study.trials[trial];
    const res_named_value value = {"loss", (double)(trial * 37 % 101)};
    const res_step step = {.step = 1, .values = &value, .n_values = 1};
    OK(res_step_record(b->store, known->id, &step, &err));
    OK(res_trial_set_state(b->store, b->study.revision, known->id, RES_DONE, NULL, &err));
    known->steps_done = 1;
    known->state = RES_DONE;
    run_search_study_touch(b->study.search, trial);
}

/* Finish the open trials, one after the other, up to the n-th. */
static void finish_up_to(bench *b, size_t n, size_t *n_finished)
{
    swp_err err;
    size_t trial;
    while (*n_finished < n) {
        assert_true(run_search_study_take_open(b->study.search, &trial));
        finish(b, trial);
        ++*n_finished;
        OK(run_search_study_advance(b->study.search, &err));
    }
}

static size_t operations_up_to(bench *b, size_t n, size_t *n_finished)
{
    n_operations = 0;
    finish_up_to(b, n, n_finished);
    return n_operations;
}

static void enrolling_costs_the_same_behind_many_trials(void **state)
{
    (void)state;
    bench b;
    size_t n = 0;
    bench_open_ini(&b, SEARCH, "enrol.db");
    finish_up_to(&b, 40, &n);
    sqlite3_progress_handler(b.store->db, 1, count_operation, NULL);
    size_t early = operations_up_to(&b, 60, &n);
    finish_up_to(&b, 340, &n);
    size_t late = operations_up_to(&b, 360, &n);
    print_message("20 trials: %zu operations behind 40, %zu behind 340\n", early, late);
    assert_true(early > 1000 && late < early + early / 4);
    bench_close(&b);
}

/* The domain of a key of [when] grows with the first trial that has another value. */
static void a_new_value_of_when_is_in_its_domain(void **state)
{
    (void)state;
    bench b;
    size_t n = 0;
    bench_open_ini(&b, SEARCH, "domain.db");
    finish_up_to(&b, 30, &n);
    res_sql sql = res_sql_open(b.store, "SELECT distribution LIKE '%\"low\":1,\"high\":2%' "
                                        "FROM axis WHERE key = 'steps'");
    int64_t is_whole = 0;
    swp_err err;
    OK(res_sql_one(&sql, &is_whole, &err));
    assert_int_equal(is_whole, 1);
    bench_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(enrolling_costs_the_same_behind_many_trials),
        cmocka_unit_test(a_new_value_of_when_is_in_its_domain),
    };
    bench_enter("search_study");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
