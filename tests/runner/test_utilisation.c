/* Virtual time wastes little real time: 8 slots on 4 workers keep them busy for at least 95 % of a
 * search of 200 trials whose costs spread a hundredfold and are predicted within 10 %, whether
 * random or proposed by tpe, which learns to prefer cheap, average or expensive trials. */
#include <math.h>

#include "runner/search/course.h"
#include "tests/runner/functions.h"
#include "tests/support/cmocka_all.h"

#define N_TRIALS  200u
#define N_SLOTS   8u
#define N_WORKERS 4u
#define NO_TRIAL  SIZE_MAX

/* A search and the workers that train it, in simulated real time. */
typedef struct simulation {
    run_course *course;
    uint32_t seed;
    double best;           /* cost of the best trials for tpe, 0 to 1; NAN: random proposals */
    double real[N_TRIALS]; /* seconds that a trial takes */
    double value[N_TRIALS];
    bool started[N_TRIALS];
    size_t at[N_WORKERS]; /* the trial of a worker, or NO_TRIAL */
    double until[N_WORKERS];
    double now, worked;
} simulation;

/* Predicted and real cost of a trial: over two powers of ten, evenly or as its first parameter. */
static double draw_cost(simulation *s, size_t trial, const double *point)
{
    double share = 0.5 * erfc(-function_normal(s->seed * 4096 + (uint32_t)trial) / sqrt(2));
    if (!isnan(s->best)) {
        share = point[0];
        s->value[trial] = pow(point[0] - s->best, 2) + pow(point[1] - 0.5, 2);
    }
    double cost = pow(100, share);
    double error = 0.1 * function_normal(s->seed * 4096 + 2048 + (uint32_t)trial);
    s->real[trial] = cost * fmax(0.1, 1 + error);
    return cost;
}

/* Handle all events that need no new value. */
static bool pump(simulation *s)
{
    swp_err err;
    run_course_event event = {.kind = RUN_COURSE_DECIDED};
    while (event.kind != RUN_COURSE_WAITS && event.kind != RUN_COURSE_ENDED) {
        assert_int_equal(run_course_next(s->course, &event, &err), SWP_OK);
        if (event.kind != RUN_COURSE_PROPOSES)
            continue;
        const run_enrolled trial = {.point = event.point,
                                    .cost = draw_cost(s, event.trial, event.point),
                                    .budget = 1,
                                    .failed_after = RUN_COURSE_NEVER,
                                    .visible = RUN_COURSE_NEVER};
        assert_int_equal(run_course_enrol(s->course, &trial, &err), SWP_OK);
    }
    return event.kind != RUN_COURSE_ENDED;
}

/* Free workers take the trials that may run, the smallest number first. */
static void assign(simulation *s)
{
    for (size_t w = 0; w < N_WORKERS; w++) {
        size_t trial = 0, n = run_course_count(s->course);
        while (trial < n && (s->started[trial] || run_course_limit(s->course, trial) == 0))
            trial++;
        if (s->at[w] != NO_TRIAL || trial == n)
            continue;
        s->at[w] = trial;
        s->started[trial] = true;
        s->until[w] = s->now + s->real[trial];
        s->worked += s->real[trial];
    }
}

/* The worker that finishes first reports. */
static void finish_first(simulation *s)
{
    size_t first = NO_TRIAL;
    swp_err err;
    for (size_t w = 0; w < N_WORKERS; w++) {
        if (s->at[w] != NO_TRIAL && (first == NO_TRIAL || s->until[w] < s->until[first]))
            first = w;
    }
    assert_true(first != NO_TRIAL);
    s->now = s->until[first];
    const double *value = &s->value[s->at[first]];
    assert_int_equal(run_course_report(s->course, s->at[first], value, 1, &err), SWP_OK);
    s->at[first] = NO_TRIAL;
}

static double simulate(uint32_t seed, double best)
{
    static const run_dim dims[] = {{.name = "size", .kind = RUN_FLOAT, .low = 0, .high = 1},
                                   {.name = "rate", .kind = RUN_FLOAT, .low = 0, .high = 1}};
    static const run_space space = {dims, 2};
    const run_searcher *searcher;
    swp_err err;
    assert_int_equal(run_searcher_find(isnan(best) ? "random" : "tpe", &searcher, &err), SWP_OK);
    const run_course_rules rules = {.space = &space,
                                    .searcher = searcher,
                                    .seed = seed,
                                    .slots = N_SLOTS,
                                    .n_trials = N_TRIALS};
    simulation s = {.seed = seed, .best = best};
    for (size_t w = 0; w < N_WORKERS; w++)
        s.at[w] = NO_TRIAL;
    assert_int_equal(run_course_create(&rules, &s.course, &err), SWP_OK);
    for (assert_true(pump(&s)); run_course_count(s.course) > 0;) {
        assign(&s);
        finish_first(&s);
        if (!pump(&s))
            break;
    }
    assert_int_equal(run_course_count(s.course), N_TRIALS);
    run_course_destroy(s.course);
    return s.worked / (N_WORKERS * s.now);
}

static void expect_busy(const char *what, uint32_t n_seeds, double best, double least)
{
    double sum = 0;
    for (uint32_t seed = 0; seed < n_seeds; seed++)
        sum += simulate(seed, best) / n_seeds;
    print_message("%s: %u workers are busy for %.1f %% of the time\n", what, N_WORKERS, 100 * sum);
    assert_true(sum >= least);
}

/* If tpe proposes almost only cheap trials, one that costs as much as eighty others may end last: 5
 * % of the time passes when nothing is left to propose, whatever the order. */
static void workers_are_busy(void **state)
{
    (void)state;
    expect_busy("random", 50, (double)NAN, 0.95);
    expect_busy("tpe, the dearest are best", 10, 1, 0.95);
    expect_busy("tpe, middling ones are best", 10, 0.5, 0.95);
    expect_busy("tpe, the cheapest are best", 10, 0, 0.93);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(workers_are_busy)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
