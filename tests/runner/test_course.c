/* The course of a search: the same for any order in which results come, after any restart, and
 * workers are kept busy. Results are a function of point and step, so nothing is trained. */
#include "runner/search/course.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"
#include "engine/base/str.h"
#include "tests/support/cmocka_all.h"

#define DIMS  3
#define STEPS 27
#define MOST  200

static run_dim dims[DIMS] = {
    {.name = "lr", .kind = RUN_FLOAT, .log = true, .low = 1e-5, .high = 1e-1},
    {.name = "width", .kind = RUN_INT, .low = 2, .high = 128},
    {.name = "act", .kind = RUN_CATEGORICAL, .n = 3}};
static run_space space = {dims, DIMS};

static uint64_t next_random(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return *state >> 33;
}

/* A loss that falls with the steps, and is smaller near lr 1e-3, width 32, act 1. */
static double loss(const double *point, size_t step)
{
    double a = log10(point[0]) + 3, b = (point[1] - 32) / 64;
    double end = a * a + b * b + (point[2] == 1 ? 0 : 0.3);
    return end + 2.0 / (double)step * (1 + 0.3 * sin(40 * a + 7 * b));
}

static double cost_of(const double *point)
{
    return point[1] * point[1]; /* spread over a factor of 4096 */
}

typedef struct setting {
    const char *strategy, *stop;
    size_t slots, trials, min_steps;
} setting;

static const setting settings[] = {
    {"random", NULL, 0, 30, 1},   {"sobol", "halving", 0, 30, 1}, {"random", "median", 4, 40, 3},
    {"tpe", NULL, 1, 30, 1},      {"tpe", NULL, 6, 40, 1},        {"tpe", "median", 5, 40, 2},
    {"tpe", "halving", 4, 40, 1},
};
#define N_SETTINGS (sizeof settings / sizeof settings[0])

static run_course *open_course(const setting *of, size_t n_stored)
{
    swp_err err;
    run_course *course;
    run_course_rules rules = {.space = &space,
                              .stop = {.min_steps = of->min_steps, .max_steps = STEPS, .eta = 3},
                              .seed = 5,
                              .slots = of->slots,
                              .n_trials = of->trials,
                              .n_stored = n_stored};
    assert_int_equal(run_searcher_find(of->strategy, &rules.searcher, &err), SWP_OK);
    if (of->stop)
        assert_int_equal(run_stopper_find(of->stop, &rules.stopper, &err), SWP_OK);
    assert_int_equal(run_course_create(&rules, &course, &err), SWP_OK);
    return course;
}

/* What a store would know of the trials. */
typedef struct trials {
    double points[MOST][DIMS];
    size_t steps[MOST]; /* recorded */
    size_t n;
} trials;

static void report(run_course *course, trials *t, size_t trial, size_t n)
{
    swp_err err;
    double values[STEPS];
    size_t from = run_course_reported(course, trial);
    for (size_t i = 0; i < n; i++)
        values[i] = loss(t->points[trial], from + i + 1);
    assert_int_equal(run_course_report(course, trial, values, n, &err), SWP_OK);
    if (t->steps[trial] < from + n)
        t->steps[trial] = from + n;
}

static void enrol_failed(run_course *course, trials *t, const run_course_event *event,
                         bool has_failed, bool is_retried, size_t visible)
{
    swp_err err;
    run_enrolled enrolled = {.point = event->point,
                             .cost = cost_of(event->point),
                             .budget = STEPS,
                             .failed_after = has_failed ? 3 : RUN_COURSE_NEVER,
                             .visible = has_failed ? visible : RUN_COURSE_NEVER,
                             .is_retried = has_failed && is_retried};
    if (event->trial < t->n) /* proposed before a restart */
        for (size_t i = 0; i < DIMS; i++)
            assert_true(t->points[event->trial][i] == event->point[i]);
    else
        t->n++;
    assert_true(t->n <= MOST);
    memcpy(t->points[event->trial], event->point, sizeof t->points[0]);
    assert_int_equal(run_course_enrol(course, &enrolled, &err), SWP_OK);
    report(course, t, event->trial, t->steps[event->trial]); /* its stored values */
}

static void enrol(run_course *course, trials *t, const run_course_event *event)
{
    enrol_failed(course, t, event, false, false, RUN_COURSE_NEVER);
}

/* Decide all that can be decided. Returns whether the course has ended. */
static bool decide(run_course *course, trials *t)
{
    swp_err err;
    run_course_event event;
    for (;;) {
        assert_int_equal(run_course_next(course, &event, &err), SWP_OK);
        if (event.kind == RUN_COURSE_PROPOSES)
            enrol(course, t, &event);
        else if (event.kind != RUN_COURSE_DECIDED)
            return event.kind == RUN_COURSE_ENDED;
    }
}

/* One of the trials that may continue, at random. */
static size_t pick_open(const run_course *course, uint64_t *random)
{
    size_t open[MOST], n = 0;
    for (size_t i = 0; i < run_course_count(course); i++)
        if (run_course_limit(course, i) > run_course_reported(course, i))
            open[n++] = i;
    assert_true(n > 0);
    return open[next_random(random) % n];
}

/* Train in random order, some steps at a time; now and then restart from what is stored. */
static run_course *run_by_chance(const setting *of, uint64_t seed, trials *t)
{
    uint64_t random = seed;
    *t = (trials){.n = 0};
    run_course *course = open_course(of, 0);
    while (!decide(course, t)) {
        size_t trial = pick_open(course, &random);
        size_t most = run_course_limit(course, trial) - run_course_reported(course, trial);
        report(course, t, trial, 1 + next_random(&random) % most);
        if (next_random(&random) % 40 == 0) {
            run_course_destroy(course);
            course = open_course(of, t->n);
        }
    }
    return course;
}

static void any_order_and_restart_decides_the_same(void **state)
{
    (void)state;
    static trials first, other;
    for (size_t i = 0; i < N_SETTINGS; i++) {
        run_course *a = run_by_chance(&settings[i], 1, &first);
        assert_int_equal(first.n, settings[i].trials);
        for (uint64_t seed = 2; seed < 8; seed++) {
            run_course *b = run_by_chance(&settings[i], seed, &other);
            assert_int_equal(other.n, first.n);
            for (size_t k = 0; k < first.n; k++) {
                assert_memory_equal(other.points[k], first.points[k], sizeof first.points[k]);
                assert_int_equal(other.steps[k], first.steps[k]);
                assert_int_equal(run_course_state_of(b, k), run_course_state_of(a, k));
                assert_true(run_course_outcome(b, k).value == run_course_outcome(a, k).value);
            }
            run_course_destroy(b);
        }
        run_course_destroy(a);
    }
}

/* 24 trials, then 40: the first 24 stay the same, and none of their steps is done again. */
static void more_trials_continue(void **state)
{
    (void)state;
    static trials t, whole;
    setting few = {"tpe", NULL, 2, 24, 1}, many = few;
    many.trials = 40;
    run_course_destroy(run_by_chance(&few, 3, &t));
    assert_int_equal(t.n, 24);
    run_course *course = open_course(&many, t.n);
    uint64_t random = 9;
    while (!decide(course, &t)) {
        size_t trial = pick_open(course, &random);
        assert_true(trial >= 24);
        report(course, &t, trial, 1);
    }
    run_course_destroy(course);
    run_course_destroy(run_by_chance(&many, 4, &whole));
    assert_int_equal(t.n, 40);
    assert_memory_equal(t.points, whole.points, sizeof t.points);
}

typedef struct placed {
    double value;
    size_t trial;
} placed;

static int compare_placed(const void *a, const void *b)
{
    const placed *x = a, *y = b;
    if (x->value != y->value)
        return x->value < y->value ? -1 : 1;
    return (x->trial > y->trial) - (x->trial < y->trial);
}

static double best_so_far(const double *point, size_t steps)
{
    double best = (double)INFINITY;
    for (size_t s = 1; s <= steps; s++)
        best = fmin(best, loss(point, s));
    return best;
}

/* The best ceil(n / 3^k) of each rung are promoted, as on the curves of a full training. */
static void halving_promotes_as_a_replay_of_all(void **state)
{
    (void)state;
    static trials t;
    setting of = {"random", "halving", 0, 50, 1};
    run_course_destroy(run_by_chance(&of, 11, &t));
    placed in[MOST];
    size_t n = 50, share = 1;
    for (size_t i = 0; i < n; i++)
        in[i].trial = i;
    for (size_t rung = 1; rung < STEPS; rung *= 3) {
        for (size_t i = 0; i < n; i++)
            in[i].value = best_so_far(t.points[in[i].trial], rung);
        qsort(in, n, sizeof in[0], compare_placed);
        share *= 3;
        size_t left = (50 + share - 1) / share;
        for (size_t i = left; i < n; i++)
            assert_int_equal(t.steps[in[i].trial], rung);
        n = left;
    }
    for (size_t i = 0; i < n; i++)
        assert_int_equal(t.steps[in[i].trial], STEPS);
}

/* Trials 2 and 5 end by themselves after two steps. Whether that is known at once or as late as
 * possible, they are done, decisions are the same, and they are ranked with the others. */
static void a_trial_that_ends_by_itself_is_done(void **state)
{
    (void)state;
    static const setting of[] = {{"random", "halving", 0, 9, 1}, {"tpe", "median", 3, 20, 1}};
    static trials t;
    swp_err err;
    size_t steps[2][MOST];
    for (size_t round = 0; round < 4; round++) {
        run_course *course = open_course(&of[round / 2], 0);
        bool has_ended[MOST] = {false};
        t = (trials){.n = 0};
        while (!decide(course, &t)) {
            size_t trial = MOST;
            for (size_t i = 0; i < t.n; i++) {
                bool is_open = run_course_limit(course, i) > run_course_reported(course, i);
                bool is_short = i == 2 || i == 5;
                if (is_open && !has_ended[i] && (trial == MOST || (round % 2 == 1 && !is_short)))
                    trial = i;
            }
            assert_int_not_equal(trial, MOST);
            has_ended[trial] =
                (trial == 2 || trial == 5) && run_course_reported(course, trial) == 2;
            if (has_ended[trial])
                assert_int_equal(run_course_end(course, trial, &err), SWP_OK);
            else
                report(course, &t, trial, 1);
        }
        for (size_t i = 0; i < t.n; i++) {
            steps[round % 2][i] = t.steps[i];
            if (has_ended[i])
                assert_int_equal(run_course_state_of(course, i), RUN_COURSE_DONE);
        }
        if (round % 2 == 1)
            assert_memory_equal(steps[0], steps[1], t.n * sizeof steps[0][0]);
        run_course_destroy(course);
    }
}

/* A failure is known to later proposals, whenever it is noticed; the result of a retry is known to
 * those after the stored ones. */
static void failures_have_their_place_in_time(void **state)
{
    (void)state;
    static trials t;
    swp_err err;
    double points[2][3][DIMS];
    for (size_t round = 0; round < 2; round++) {
        setting of = {"tpe", NULL, 2, 15, 1};
        run_course *course = open_course(&of, 0);
        t = (trials){.n = 0};
        bool has_failed = false;
        while (!decide(course, &t)) {
            /* Trial 4 fails after its third step, which is known at once or as late as possible. */
            size_t trial = 0;
            for (size_t i = 0; i < t.n; i++) {
                bool is_open = run_course_limit(course, i) > run_course_reported(course, i) &&
                               !(i == 4 && has_failed);
                if (is_open && (round == 0 || trial == 0 || i != 4))
                    trial = i;
            }
            bool is_bad = trial == 4 && run_course_reported(course, 4) == 3;
            if (is_bad)
                assert_int_equal(run_course_fail(course, 4, &err), SWP_OK);
            else
                report(course, &t, trial, 1);
            has_failed |= is_bad;
        }
        assert_true(has_failed);
        assert_int_equal(run_course_state_of(course, 4), RUN_COURSE_FAILED);
        assert_int_equal(run_course_failed_after(course, 4), 3);
        memcpy(points[round], t.points + 12, sizeof points[round]);
        run_course_destroy(course);
    }
    assert_memory_equal(points[0], points[1], sizeof points[0]);
}

/* Follow a course in which trial 4 fails after three steps (is_first), or is tried again. */
static run_course *run_with_failure(size_t n_trials, bool is_first, bool is_retried, size_t visible,
                                    trials *t)
{
    swp_err err;
    run_course_event event;
    setting of = {"tpe", NULL, 2, n_trials, 1};
    run_course *course = open_course(&of, is_first ? 0 : t->n);
    for (;;) {
        assert_int_equal(run_course_next(course, &event, &err), SWP_OK);
        if (event.kind == RUN_COURSE_ENDED)
            return course;
        if (event.kind == RUN_COURSE_DECIDED)
            continue;
        if (event.kind == RUN_COURSE_PROPOSES) {
            enrol_failed(course, t, &event, !is_first && event.trial == 4, is_retried, visible);
            continue;
        }
        size_t trial = 0;
        while (run_course_limit(course, trial) <= run_course_reported(course, trial) ||
               (is_first && trial == 4 && run_course_reported(course, trial) == 3))
            if (++trial == run_course_count(course))
                break;
        if (trial == run_course_count(course))
            assert_int_equal(run_course_fail(course, 4, &err), SWP_OK);
        else
            report(course, t, trial, 1);
    }
}

static void a_retry_is_known_to_the_proposals_behind_it(void **state)
{
    (void)state;
    static trials t, again;
    t = (trials){.n = 0};
    run_course *course = run_with_failure(15, true, false, RUN_COURSE_NEVER, &t);
    assert_int_equal(t.steps[4], 3);
    run_course_destroy(course);

    course = run_with_failure(22, false, true, RUN_COURSE_NEVER, &t);
    assert_int_equal(t.n, 22);
    assert_int_equal(t.steps[4], STEPS);
    assert_int_equal(run_course_state_of(course, 4), RUN_COURSE_DONE);
    assert_int_equal(run_course_failed_after(course, 4), 3);
    assert_int_equal(run_course_visible(course, 4), 15);
    run_course_destroy(course);

    again = t;
    course = run_with_failure(24, false, false, 15, &again); /* checks every point */
    assert_int_equal(again.n, 24);
    assert_int_equal(run_course_state_of(course, 4), RUN_COURSE_DONE);
    run_course_destroy(course);
}

/* Workers whose speed differs a little from the prediction: the share of their time that is work.
 */
static double utilisation(size_t n_workers, double error)
{
    enum { MOST_WORKERS = 8 };
    static trials t;
    setting of = {"tpe", NULL, 2 * n_workers, 150, 1};
    uint64_t random = 17;
    double busy_until[MOST_WORKERS] = {0}, work = 0, now = 0;
    size_t has[MOST_WORKERS];
    bool is_out[MOST] = {false};
    run_course *course = open_course(&of, 0);
    t = (trials){.n = 0};
    for (size_t w = 0; w < n_workers; w++)
        has[w] = MOST;
    while (!decide(course, &t)) {
        for (size_t w = 0, i = 0; w < n_workers; w++) {
            while (has[w] == MOST && i < t.n &&
                   (is_out[i] || run_course_limit(course, i) <= run_course_reported(course, i)))
                i++;
            if (has[w] != MOST || i == t.n)
                continue;
            double u = 0;
            for (int k = 0; k < 12; k++)
                u += (double)next_random(&random) / 2147483648.0;
            double seconds = cost_of(t.points[i]) * STEPS * fmax(0.1, 1 + error * (u - 6));
            has[w] = i;
            is_out[i] = true;
            busy_until[w] = now + seconds;
            work += seconds;
        }
        size_t first = MOST_WORKERS;
        for (size_t w = 0; w < n_workers; w++)
            if (has[w] != MOST && (first == MOST_WORKERS || busy_until[w] < busy_until[first]))
                first = w;
        assert_true(first < MOST_WORKERS);
        now = busy_until[first];
        report(course, &t, has[first], STEPS);
        has[first] = MOST;
    }
    run_course_destroy(course);
    return work / (now * (double)n_workers);
}

static void half_as_many_workers_as_slots_are_busy(void **state)
{
    (void)state;
    double exact = utilisation(4, 0), within_ten = utilisation(4, 0.1);
    print_message("4 workers, 8 slots: busy %.3f; costs wrong by 10 %%: %.3f\n", exact, within_ten);
    assert_true(exact >= 0.95);
    assert_true(within_ten >= 0.95);
}

static int check_space(void **state)
{
    (void)state;
    swp_err err;
    for (size_t i = 0; i < DIMS; i++)
        if (run_dim_check(&dims[i], &err) != SWP_OK)
            return -1;
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_order_and_restart_decides_the_same),
        cmocka_unit_test(more_trials_continue),
        cmocka_unit_test(halving_promotes_as_a_replay_of_all),
        cmocka_unit_test(a_trial_that_ends_by_itself_is_done),
        cmocka_unit_test(failures_have_their_place_in_time),
        cmocka_unit_test(a_retry_is_known_to_the_proposals_behind_it),
        cmocka_unit_test(half_as_many_workers_as_slots_are_busy),
    };
    return cmocka_run_group_tests(tests, check_space, NULL);
}
