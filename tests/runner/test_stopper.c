/* The rules for every stopper, and the decisions of halving and the median rule. */
#include "runner/search/stopper.h"

#include <math.h>
#include <string.h>

#include "engine/base/mem.h"
#include "runner/search/halving.h"
#include "runner/search/median.h"
#include "tests/support/cmocka_all.h"

#define OK(call) assert_int_equal(call, SWP_OK)
#define MOST     100u

/* A falling, noisy curve; trials cross each other, and some tie. */
static double value_of(size_t trial, size_t step)
{
    return (double)((7919 * trial + 13) % 31) + (double)((31 * trial) % 7) / (double)step +
           (double)((29 * trial + 17 * step) % 5);
}

static run_stopping *opened(const run_stopper *stopper, run_stop_rules rules)
{
    run_stopping *stopping = NULL;
    swp_err err;
    OK(stopper->open(&rules, &stopping, &err));
    return stopping;
}

static void a_table_without_a_function_is_refused(void **state)
{
    (void)state;
    const run_stopper *whole;
    swp_err err;
    for (size_t i = 0; (whole = run_stopper_at(i)); i++) {
        const run_stopper *found;
        OK(run_stopper_find(whole->name, &found, &err));
        assert_ptr_equal(found, whole);
        run_stopper part;
#define EXPECT_REFUSED(slot)                                                                       \
    part = *whole;                                                                                 \
    part.slot = 0;                                                                                 \
    assert_int_equal(run_stopper_validate(&part, &err), SWP_INTERNAL);                             \
    assert_non_null(strstr(err.text, #slot))
        EXPECT_REFUSED(version);
        EXPECT_REFUSED(name);
        EXPECT_REFUSED(open);
        EXPECT_REFUSED(next);
        EXPECT_REFUSED(decide);
        EXPECT_REFUSED(finish);
        EXPECT_REFUSED(limit);
        EXPECT_REFUSED(promote);
        EXPECT_REFUSED(close);
    }
    assert_int_equal(run_stopper_find("racing", &whole, &err), SWP_INTERNAL);
}

static void bad_rules_are_refused(void **state)
{
    (void)state;
    const run_stopper *stopper;
    for (size_t i = 0; (stopper = run_stopper_at(i)); i++) {
        run_stopping *stopping = NULL;
        swp_err err;
        const run_stop_rules endless = {1, 0, 3, 9}, late = {28, 27, 3, 9}, never = {0, 27, 3, 9};
        assert_int_equal(stopper->open(&endless, &stopping, &err), SWP_CONFIG);
        assert_int_equal(stopper->open(&late, &stopping, &err), SWP_CONFIG);
        assert_non_null(strstr(err.text, "28"));
        assert_int_equal(stopper->open(&never, &stopping, &err), SWP_CONFIG);
    }
    run_stopping *stopping = NULL;
    swp_err err;
    assert_int_equal(run_stopper_halving()->open(&(run_stop_rules){1, 27, 1, 9}, &stopping, &err),
                     SWP_CONFIG);
}

/* Steps ascend to max_steps; between two steps that next returns, nothing is stopped. */
static void trials_stop_only_where_next_says(void **state)
{
    (void)state;
    const run_stopper *stopper;
    for (size_t i = 0; (stopper = run_stopper_at(i)); i++) {
        run_stopping *s = opened(stopper, (run_stop_rules){2, 20, 3, 12});
        size_t n_stopped = 0;
        swp_err err;
        run_decision decision = RUN_GO_ON;
        for (size_t trial = 0; trial < 12; trial++) {
            size_t due = stopper->next(s, 0);
            for (size_t step = 1; step <= 20; step++) {
                OK(stopper->decide(s, trial, step, (double)trial + 1 / (double)step, &decision,
                                   &err));
                assert_true(decision == RUN_GO_ON || (step == due && step >= 2 && step < 20));
                if (decision == RUN_STOP)
                    break;
                due = step == due ? stopper->next(s, step) : due;
            }
            n_stopped += decision == RUN_STOP;
            if (decision == RUN_GO_ON)
                OK(stopper->finish(s, trial, false, &err));
            assert_int_equal(stopper->decide(s, trial, 1, 0, &decision, &err), SWP_INTERNAL);
        }
        assert_true(n_stopped > 0);
        assert_int_equal(stopper->next(s, 20), 20);
        assert_int_equal(stopper->decide(s, 12, 1, 0, &decision, &err), SWP_INTERNAL);
        assert_int_equal(stopper->finish(s, 12, true, &err), SWP_INTERNAL);
        stopper->close(s);
    }
}

static void failing_memory_is_reported(void **state)
{
    (void)state;
    const run_stopper *stopper;
    for (size_t i = 0; (stopper = run_stopper_at(i)); i++) {
        swp_status status = SWP_NOMEM;
        for (unsigned long n = 1; status == SWP_NOMEM; n++) {
            const run_stop_rules rules = {1, 40, 3, 2};
            run_stopping *s = NULL;
            run_decision decision;
            swp_err err;
            swp_mem_fail_at(n);
            status = stopper->open(&rules, &s, &err);
            for (size_t step = 1; step < 40 && status == SWP_OK; step++)
                status = stopper->decide(s, 0, step, 1, &decision, &err);
            swp_mem_fail_at(0);
            stopper->close(s);
        }
        OK(status);
    }
}

/* --- halving ---------------------------------------------------------------------------------- */

static void rungs_are_counted_in_integers(void **state)
{
    (void)state;
    const run_stop_rules rules = {1, 243, 3, 100}, odd = {2, 25, 3, 28}, single = {5, 5, 3, 9};
    static const size_t steps[] = {1, 3, 9, 27, 81, 243, 243}, odd_steps[] = {2, 6, 18, 25, 25};
    static const size_t survivors[] = {100, 34, 12, 4, 2, 1, 1};
    for (size_t k = 0; k < 7; k++) {
        assert_int_equal(run_halving_rung(&rules, k), steps[k]);
        assert_int_equal(run_halving_survivors(&rules, k), survivors[k]);
    }
    for (size_t k = 0; k < 5; k++)
        assert_int_equal(run_halving_rung(&odd, k), odd_steps[k]);
    assert_int_equal(run_halving_rung(&single, 0), 5);
}

/* Run a cohort to its end, trials in the order of `from` upwards or downwards, and say how far each
 * came. Returns the sum of all steps. */
static size_t run_cohort(run_stop_rules rules, bool downwards, size_t reached[MOST])
{
    const run_stopper *halving = run_stopper_halving();
    run_stopping *s = opened(halving, rules);
    bool may_run[MOST];
    size_t total = 0, trial;
    swp_err err;
    for (size_t i = 0; i < rules.n_trials; i++)
        may_run[i] = true, reached[i] = 0;
    for (bool any = true; any;) {
        any = false;
        for (size_t k = 0; k < rules.n_trials; k++) {
            size_t i = downwards ? rules.n_trials - 1 - k : k;
            while (may_run[i] && reached[i] < rules.max_steps) {
                run_decision decision;
                any = true, total++, reached[i]++;
                OK(halving->decide(s, i, reached[i], value_of(i, reached[i]), &decision, &err));
                may_run[i] = decision == RUN_GO_ON;
            }
        }
        while (halving->promote(s, &trial))
            assert_false(may_run[trial]), may_run[trial] = true, any = true;
    }
    halving->close(s);
    return total;
}

/* The best `n` of the trials still in after `step`, by the full curves. */
static void keep_best(bool in[MOST], size_t n_trials, size_t step, size_t n)
{
    bool kept[MOST] = {false};
    for (; n > 0; n--) {
        size_t best = MOST;
        double least = (double)INFINITY;
        for (size_t i = 0; i < n_trials; i++) {
            double value = (double)INFINITY;
            for (size_t t = 1; t <= step; t++)
                value = fmin(value, value_of(i, t));
            if (in[i] && !kept[i] && value < least)
                best = i, least = value;
        }
        if (best < MOST)
            kept[best] = true;
    }
    memcpy(in, kept, sizeof kept);
}

static void promoted_trials_are_those_of_a_replay(void **state)
{
    (void)state;
    static const struct {
        run_stop_rules rules;
        size_t cost;                    /* steps of all; 0 = not checked */
    } cases[] = {{{1, 27, 3, 27}, 81},  /* 3 R instead of 27 R */
                 {{1, 81, 3, 81}, 297}, /* 3.67 R instead of 81 R */
                 {{1, 25, 3, 40}, 0},
                 {{3, 10, 2, 17}, 0},
                 {{4, 4, 3, 5}, 20}};
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        const run_stop_rules *rules = &cases[c].rules;
        size_t up[MOST], down[MOST];
        size_t total = run_cohort(*rules, false, up);
        assert_int_equal(run_cohort(*rules, true, down), total);
        assert_memory_equal(up, down, rules->n_trials * sizeof *up);
        assert_true(cases[c].cost == 0 || total == cases[c].cost);
        bool in[MOST];
        for (size_t i = 0; i < MOST; i++)
            in[i] = i < rules->n_trials;
        size_t step = 0;
        for (size_t k = 0; step < rules->max_steps; k++) {
            step = run_halving_rung(rules, k);
            if (k > 0)
                keep_best(in, rules->n_trials, run_halving_rung(rules, k - 1),
                          run_halving_survivors(rules, k));
            for (size_t i = 0; i < rules->n_trials; i++)
                assert_int_equal(up[i] >= step, in[i]);
        }
    }
}

/* More trials, or more steps, only add: a trial that was promoted before may lose its place, but
 * its steps would be needed again. */
static void a_larger_budget_promotes_more(void **state)
{
    (void)state;
    size_t small[MOST], large[MOST], n_small = 0, n_large = 0;
    run_cohort((run_stop_rules){1, 27, 3, 24}, false, small);
    run_cohort((run_stop_rules){1, 27, 3, 40}, false, large);
    for (size_t i = 0; i < 40; i++) {
        n_small += i < 24 && small[i] >= 3;
        n_large += large[i] >= 3;
    }
    assert_int_equal(n_small, 8);
    assert_int_equal(n_large, 14);
    run_cohort((run_stop_rules){1, 9, 3, 24}, false, small);
    run_cohort((run_stop_rules){1, 81, 3, 24}, false, large);
    for (size_t i = 0; i < 24; i++)
        assert_true(large[i] >= small[i]);
}

static run_decision report(run_stopping *s, size_t trial, size_t step, double value)
{
    run_decision decision;
    swp_err err;
    OK(run_stopper_halving()->decide(s, trial, step, value, &decision, &err));
    return decision;
}

static void expect_promoted(run_stopping *s, size_t n, const size_t *trials)
{
    size_t trial;
    for (size_t i = 0; i < n; i++) {
        assert_true(run_stopper_halving()->promote(s, &trial));
        assert_int_equal(trial, trials[i]);
    }
    assert_false(run_stopper_halving()->promote(s, &trial));
}

static void ties_go_to_the_smaller_number(void **state)
{
    (void)state;
    run_stopping *s = opened(run_stopper_halving(), (run_stop_rules){1, 9, 3, 6});
    for (size_t i = 6; i-- > 0;)
        assert_int_equal(report(s, i, 1, i == 4 ? 0 : 1), RUN_STOP);
    expect_promoted(s, 2, (const size_t[]){0, 4});
    run_stopper_halving()->close(s);
}

/* A failed trial is not waited for; one without a value is not promoted; one that ended by itself
 * keeps its place but has no more steps to do; steps may be left out. */
static void ended_trials_hold_nobody_up(void **state)
{
    (void)state;
    const run_stopper *halving = run_stopper_halving();
    run_stopping *s = opened(halving, (run_stop_rules){2, 18, 3, 6});
    swp_err err;
    report(s, 0, 1, 0.5);
    OK(halving->finish(s, 0, true, &err)); /* the best so far fails */
    report(s, 1, 1, 0.9);
    OK(halving->finish(s, 1, false, &err));         /* ends early */
    assert_int_equal(report(s, 2, 5, 2), RUN_STOP); /* jumps over the rung */
    assert_int_equal(report(s, 3, 2, (double)NAN), RUN_STOP);
    assert_int_equal(report(s, 4, 2, 3), RUN_STOP);
    expect_promoted(s, 0, NULL);
    assert_int_equal(report(s, 5, 2, 4), RUN_STOP);
    expect_promoted(s, 1, (const size_t[]){2});
    assert_int_equal(report(s, 0, 2, 0.1), RUN_STOP); /* a retry comes too late */
    expect_promoted(s, 0, NULL);
    assert_int_equal(report(s, 2, 6, 1), RUN_STOP); /* 1 and 2 at the rung, one place */
    expect_promoted(s, 0, NULL);                    /* trial 1 has the better value and has ended */
    halving->close(s);
}

/* A retry that reports before its rung is decided takes part. */
static void a_retry_in_time_takes_part(void **state)
{
    (void)state;
    const run_stopper *halving = run_stopper_halving();
    run_stopping *s = opened(halving, (run_stop_rules){2, 6, 3, 3});
    swp_err err;
    report(s, 0, 1, 0.5);
    OK(halving->finish(s, 0, true, &err));
    report(s, 1, 2, 1);
    report(s, 0, 2, 0.4);
    expect_promoted(s, 0, NULL);
    report(s, 2, 2, 2);
    expect_promoted(s, 1, (const size_t[]){0});
    OK(halving->finish(s, 0, true, &err)); /* no trial is left */
    halving->close(s);
}

static void a_space_that_ends_shrinks_the_cohort(void **state)
{
    (void)state;
    const run_stopper *halving = run_stopper_halving();
    run_stopping *s = opened(halving, (run_stop_rules){1, 9, 3, 50});
    for (size_t i = 0; i < 6; i++)
        report(s, i, 1, (double)(10 - i));
    expect_promoted(s, 0, NULL);
    halving->limit(s, 6);
    expect_promoted(s, 2, (const size_t[]){4, 5});
    halving->close(s);
}

/* --- median ----------------------------------------------------------------------------------- */

static void the_median_waits_for_five_trials(void **state)
{
    (void)state;
    const run_stopper *median = run_stopper_median();
    run_stopping *s = opened(median, (run_stop_rules){2, 4, 3, 20});
    run_decision decision;
    swp_err err;
    for (size_t i = 0; i < 5; i++) { /* values of 0, 1, 2, 3, 4 at every step */
        for (size_t step = 1; step <= 4; step++) {
            OK(median->decide(s, i, step, (double)i, &decision, &err));
            assert_int_equal(decision, RUN_GO_ON);
        }
        if (i == 4) { /* the fifth has not finished yet */
            OK(median->decide(s, 10, 1, 9, &decision, &err));
            OK(median->decide(s, 10, 2, 9, &decision, &err));
            assert_int_equal(decision, RUN_GO_ON);
        }
        OK(median->finish(s, i, false, &err));
    }
    OK(median->decide(s, 10, 3, 9, &decision, &err));
    assert_int_equal(decision, RUN_STOP);
    OK(median->decide(s, 11, 1, 9, &decision, &err)); /* before min_steps */
    assert_int_equal(decision, RUN_GO_ON);
    OK(median->decide(s, 11, 2, 2, &decision, &err)); /* as good as the median */
    assert_int_equal(decision, RUN_GO_ON);
    OK(median->decide(s, 11, 3, 9, &decision, &err)); /* its best so far counts */
    assert_int_equal(decision, RUN_GO_ON);
    OK(median->finish(s, 0, true, &err)); /* four are left */
    OK(median->decide(s, 12, 2, 9, &decision, &err));
    assert_int_equal(decision, RUN_GO_ON);
    median->close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_table_without_a_function_is_refused),
        cmocka_unit_test(bad_rules_are_refused),
        cmocka_unit_test(trials_stop_only_where_next_says),
        cmocka_unit_test(failing_memory_is_reported),
        cmocka_unit_test(rungs_are_counted_in_integers),
        cmocka_unit_test(promoted_trials_are_those_of_a_replay),
        cmocka_unit_test(a_larger_budget_promotes_more),
        cmocka_unit_test(ties_go_to_the_smaller_number),
        cmocka_unit_test(ended_trials_hold_nobody_up),
        cmocka_unit_test(a_retry_in_time_takes_part),
        cmocka_unit_test(a_space_that_ends_shrinks_the_cohort),
        cmocka_unit_test(the_median_waits_for_five_trials),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
