/* The course of a search: a discrete simulation whose events wait for real values.
 *
 * With slots, the running trial whose next decision is the earliest is judged next, even if others
 * are known already. A failure is noticed at that decision, too, so that its place in virtual time
 * does not depend on when it becomes known. A failure stays in the history until a retry succeeds,
 * which the proposals after the stored ones know. */
#include "runner/search/course.h"

#include <math.h>
#include <string.h>

#include "engine/base/digest.h"
#include "engine/base/mem.h"
#include "runner/search/numbers.h"

typedef struct node {
    run_enrolled as; /* its point is unused: see `points` */
    run_course_state state;
    run_outcome outcome; /* what was reported to the searcher */
    double *values;      /* (n_values) minimised */
    size_t n_values;
    size_t decided, target; /* steps: judged so far, and the next to judge */
    double time;            /* the virtual time of that; unused unless it runs */
    double best;            /* of the decided steps; NAN if there is none */
    bool has_failed;        /* and no retry is wanted */
    bool has_ended;         /* it ended by itself: there will be no more values */
    bool is_queued;         /* in `ready` */
} node;

struct run_course {
    run_course_rules rules;
    run_search *search;
    run_stopping *stopping; /* NULL without a stopper */
    node *nodes;            /* (n) */
    double *points;         /* (n, space->n) */
    size_t n, room;
    double *proposed;  /* (space->n) as proposed by the searcher */
    double *candidate; /* (space->n) with search.start applied */
    bool is_asked;     /* run_course_enrol must follow */
    bool is_exhausted; /* the space has no more points */
    double now;        /* virtual time */
    size_t n_running;
    run_numbers promoted; /* paused trials that wait for a slot */
    run_numbers ready;    /* without slots: trials that can be judged */
    run_numbers retried;  /* trials that failed and have or had a retry; never removed */
    run_numbers running;  /* with slots: trials that have one, in any order */
    swp_digest history;   /* of the outcomes of the first n_hashed trials, see run_course_hash */
    size_t n_hashed;
};

static swp_status out_of_memory(swp_err *err)
{
    return swp_fail(err, SWP_NOMEM, "out of memory for a search");
}

static bool has_slots(const run_course *course)
{
    return course->rules.slots > 0;
}

static size_t dims_of(const run_course *course)
{
    return course->rules.space->n;
}

static double *point_of(const run_course *course, size_t trial)
{
    return course->points + trial * dims_of(course);
}

/* --- the searcher ----------------------------------------------------------------------------- */

/* Open the searcher with all trials so far as its history. */
static swp_status open_search(run_course *course, swp_err *err)
{
    const run_course_rules *rules = &course->rules;
    run_proposal *history = swp_alloc(course->n, sizeof *history);
    if (!history)
        return out_of_memory(err);
    for (size_t i = 0; i < course->n; i++)
        history[i] = (run_proposal){point_of(course, i), course->nodes[i].outcome};
    if (course->search)
        rules->searcher->close(course->search);
    course->search = NULL;
    swp_status status =
        rules->searcher->open(rules->space, rules->seed, history, course->n, &course->search, err);
    swp_free(history);
    return status;
}

static swp_status tell(run_course *course, size_t trial, run_outcome outcome, swp_err *err)
{
    course->nodes[trial].outcome = outcome;
    if (trial < course->n_hashed)
        course->n_hashed = 0;
    return course->rules.searcher->observe(course->search, trial, &outcome, err);
}

/* --- the stopper ------------------------------------------------------------------------------ */

static swp_status collect_promotions(run_course *course, swp_err *err)
{
    size_t trial;
    swp_status status = SWP_OK;
    while (status == SWP_OK && course->stopping &&
           course->rules.stopper->promote(course->stopping, &trial))
        status = run_numbers_add(&course->promoted, trial, err);
    return status;
}

/* The step at which a trial is judged next. */
static size_t next_target(const run_course *course, const node *of)
{
    size_t step = of->as.budget;
    if (course->stopping)
        step = course->rules.stopper->next(course->stopping, of->decided);
    return step < of->as.budget ? step : of->as.budget;
}

/* --- running ---------------------------------------------------------------------------------- */

/* Whether all values are known for the next decision about a running trial. */
static bool is_failing(const run_course *course, const node *of)
{
    if (has_slots(course))
        return of->as.failed_after < of->target;
    return of->has_failed && of->n_values < of->target;
}

static bool is_ready(const run_course *course, const node *of)
{
    return of->n_values >= of->target || of->has_ended || is_failing(course, of);
}

/* The value after step i, from 0; NAN after the end of a trial that ended by itself. */
static double value_at(const node *of, size_t step)
{
    return step < of->n_values ? of->values[step] : (double)NAN;
}

/* Without slots: queue a trial that can be judged. */
static swp_status queue_if_ready(run_course *course, size_t trial, swp_err *err)
{
    node *of = &course->nodes[trial];
    if (has_slots(course) || of->state != RUN_COURSE_RUNS || of->is_queued || !is_ready(course, of))
        return SWP_OK;
    of->is_queued = true;
    return run_numbers_add(&course->ready, trial, err);
}

/* Give a trial a slot. */
static swp_status let_run(run_course *course, size_t trial, swp_err *err)
{
    node *of = &course->nodes[trial];
    of->state = RUN_COURSE_RUNS;
    of->target = next_target(course, of);
    of->time = course->now + of->as.cost * (double)(of->target - of->decided);
    course->n_running++;
    if (has_slots(course))
        return run_numbers_add(&course->running, trial, err);
    return queue_if_ready(course, trial, err);
}

static void stop_running(run_course *course, size_t trial)
{
    course->n_running--;
    if (has_slots(course))
        run_numbers_remove(&course->running, trial);
}

static swp_status leave_slot(run_course *course, size_t trial, run_course_state state,
                             run_outcome outcome, swp_err *err)
{
    course->nodes[trial].state = state;
    stop_running(course, trial);
    return tell(course, trial, outcome, err);
}

/* Finish a trial whose steps are all decided. */
static run_outcome final_outcome(const node *of)
{
    return (run_outcome){.state = isnan(of->best) ? RUN_OUTCOME_FAILED : RUN_OUTCOME_DONE,
                         .value = of->best};
}

static swp_status finish(run_course *course, size_t trial, swp_err *err)
{
    swp_status status = SWP_OK;
    if (course->stopping)
        status = course->rules.stopper->finish(course->stopping, trial, false, err);
    run_outcome outcome = final_outcome(&course->nodes[trial]);
    return status == SWP_OK ? leave_slot(course, trial, RUN_COURSE_DONE, outcome, err) : status;
}

/* Judge the steps up to the target. */
static swp_status judge_steps(run_course *course, size_t trial, run_decision *decision,
                              swp_err *err)
{
    node *of = &course->nodes[trial];
    swp_status status = SWP_OK;
    *decision = RUN_GO_ON;
    while (of->decided < of->target && status == SWP_OK) {
        double value = value_at(of, of->decided++);
        of->best = fmin(of->best, value); /* fmin ignores a NAN */
        if (course->stopping)
            status = course->rules.stopper->decide(course->stopping, trial, of->decided, value,
                                                   decision, err);
    }
    return status;
}

static swp_status judge(run_course *course, size_t trial, swp_err *err)
{
    node *of = &course->nodes[trial];
    run_decision decision;
    swp_status status = judge_steps(course, trial, &decision, err);
    if (status != SWP_OK)
        return status;
    if (of->decided >= of->as.budget || of->decided > of->n_values)
        return finish(course, trial, err);
    if (decision == RUN_STOP) {
        run_outcome outcome = {RUN_OUTCOME_STOPPED, of->best, of->decided};
        return leave_slot(course, trial, RUN_COURSE_PAUSED, outcome, err);
    }
    stop_running(course, trial);
    return let_run(course, trial, err);
}

static swp_status give_up(run_course *course, size_t trial, swp_err *err)
{
    swp_status status = SWP_OK;
    if (course->stopping)
        status = course->rules.stopper->finish(course->stopping, trial, true, err);
    if (status != SWP_OK)
        return status;
    run_outcome outcome = {.state = RUN_OUTCOME_FAILED, .value = (double)NAN};
    return leave_slot(course, trial, RUN_COURSE_FAILED, outcome, err);
}

static swp_status decide_trial(run_course *course, size_t trial, swp_err *err)
{
    node *of = &course->nodes[trial];
    of->is_queued = false;
    course->now = has_slots(course) ? of->time : 0;
    swp_status status =
        is_failing(course, of) ? give_up(course, trial, err) : judge(course, trial, err);
    return status == SWP_OK ? collect_promotions(course, err) : status;
}

/* The trial that is judged next; false when none can be. */
static bool find_next(run_course *course, size_t *trial)
{
    if (!has_slots(course)) {
        bool is_there = course->ready.first < course->ready.end;
        if (is_there) /* in any order */
            *trial = course->ready.list[course->ready.first++];
        return is_there;
    }
    const node *next = NULL;
    for (size_t i = 0; i < course->running.end; i++) {
        const node *of = &course->nodes[course->running.list[i]];
        if (!next || of->time < next->time || (of->time == next->time && of < next))
            next = of;
    }
    *trial = next ? (size_t)(next - course->nodes) : 0;
    return next && is_ready(course, next);
}

/* --- retries ---------------------------------------------------------------------------------- */

static bool is_retrying(const node *of)
{
    return of->as.is_retried && of->as.visible == RUN_COURSE_NEVER;
}

/* The next retry whose result later proposals know; false when there is none. */
static bool find_retry(run_course *course, size_t *trial)
{
    for (size_t i = 0; i < course->retried.end; i++) {
        node *of = &course->nodes[course->retried.list[i]];
        if (of->state != RUN_COURSE_FAILED || (of->n_values < of->as.budget && !of->has_ended))
            continue;
        if (is_retrying(of) && course->n >= course->rules.n_stored)
            of->as.visible = course->n;
        if (of->as.visible > course->n)
            continue;
        *trial = course->retried.list[i];
        return true;
    }
    return false;
}

static swp_status take_retry(run_course *course, size_t trial, swp_err *err)
{
    node *of = &course->nodes[trial];
    for (; of->decided < of->as.budget; of->decided++)
        of->best = fmin(of->best, value_at(of, of->decided));
    of->state = RUN_COURSE_DONE;
    return tell(course, trial, final_outcome(of), err);
}

/* Whether the next proposal is one that waits for a retry. Virtual time does not advance meanwhile,
 * so that the proposal is the same when the result is stored. */
static bool is_held_up(const run_course *course)
{
    if (course->n < course->rules.n_stored)
        return false;
    for (size_t i = 0; i < course->retried.end; i++) {
        const node *of = &course->nodes[course->retried.list[i]];
        if (is_retrying(of) && of->state == RUN_COURSE_FAILED)
            return true;
    }
    return false;
}

/* --- proposals -------------------------------------------------------------------------------- */

static swp_status propose(run_course *course, run_course_event *out, swp_err *err)
{
    const run_course_rules *rules = &course->rules;
    bool found;
    swp_status status = rules->searcher->propose(course->search, course->proposed, &found, err);
    if (status != SWP_OK)
        return status;
    if (!found) {
        course->is_exhausted = true;
        if (course->stopping)
            rules->stopper->limit(course->stopping, course->n);
        return collect_promotions(course, err);
    }
    for (size_t i = 0; i < dims_of(course); i++) {
        bool is_given = course->n == 0 && rules->start && !isnan(rules->start[i]);
        course->candidate[i] = is_given ? rules->start[i] : course->proposed[i];
    }
    course->is_asked = true;
    *out = (run_course_event){RUN_COURSE_PROPOSES, course->n, course->candidate};
    return SWP_OK;
}

static bool has_free_slot(const run_course *course)
{
    return !has_slots(course) || course->n_running < course->rules.slots;
}

/* Handle the next event, if there is one (*happened). */
static swp_status advance(run_course *course, run_course_event *out, bool *happened, swp_err *err)
{
    size_t trial;
    *happened = true;
    *out = (run_course_event){.kind = RUN_COURSE_DECIDED};
    if (find_retry(course, &trial)) {
        out->trial = trial;
        return take_retry(course, trial, err);
    }
    bool is_free = has_free_slot(course);
    if (is_free && course->promoted.first < course->promoted.end) {
        out->trial = run_numbers_take_smallest(&course->promoted);
        return let_run(course, out->trial, err);
    }
    if (is_free && course->n < course->rules.n_trials && !course->is_exhausted) {
        out->kind = RUN_COURSE_WAITS; /* unless a proposal follows */
        *happened = !is_held_up(course);
        return *happened ? propose(course, out, err) : SWP_OK;
    }
    *happened = find_next(course, &trial);
    if (!*happened)
        return SWP_OK;
    out->trial = trial;
    return decide_trial(course, trial, err);
}

swp_status run_course_next(run_course *course, run_course_event *out, swp_err *err)
{
    bool happened = true;
    swp_status status = SWP_OK;
    if (course->is_asked)
        return swp_fail(err, SWP_INTERNAL, "proposal %zu was not enrolled", course->n + 1);
    do
        status = advance(course, out, &happened, err);
    while (status == SWP_OK && happened && out->kind == RUN_COURSE_WAITS);
    if (!happened)
        out->kind =
            course->n_running > 0 || is_held_up(course) ? RUN_COURSE_WAITS : RUN_COURSE_ENDED;
    return status;
}

/* --- trials ----------------------------------------------------------------------------------- */

static swp_status reserve(run_course *course, swp_err *err)
{
    if (course->n < course->room)
        return SWP_OK;
    size_t room = course->room ? 2 * course->room : 16;
    node *nodes = swp_resize(course->nodes, room, sizeof *nodes);
    course->nodes = nodes ? nodes : course->nodes;
    double *points = swp_resize(course->points, room * dims_of(course), sizeof *points);
    course->points = points ? points : course->points;
    if (!nodes || !points)
        return out_of_memory(err);
    course->room = room;
    return SWP_OK;
}

swp_status run_course_enrol(run_course *course, const run_enrolled *trial, swp_err *err)
{
    size_t number = course->n, bytes = dims_of(course) * sizeof(double);
    if (!course->is_asked)
        return swp_fail(err, SWP_INTERNAL, "trial %zu was not proposed", number + 1);
    swp_status status = reserve(course, err);
    if (status != SWP_OK)
        return status;
    course->is_asked = false;
    course->nodes[number] =
        (node){.as = *trial,
               .best = (double)NAN,
               .outcome = {.state = RUN_OUTCOME_RUNNING, .value = (double)NAN},
               .has_failed = trial->failed_after != RUN_COURSE_NEVER && !trial->is_retried &&
                             trial->visible == RUN_COURSE_NEVER};
    memcpy(point_of(course, number), trial->point, bytes);
    course->n++;
    if (has_slots(course) && trial->failed_after != RUN_COURSE_NEVER)
        status = run_numbers_add(&course->retried, number, err);
    if (status == SWP_OK && memcmp(trial->point, course->proposed, bytes) != 0)
        status = open_search(course, err);
    return status == SWP_OK ? let_run(course, number, err) : status;
}

swp_status run_course_report(run_course *course, size_t trial, const double *values, size_t n,
                             swp_err *err)
{
    node *of = &course->nodes[trial];
    if (n == 0)
        return SWP_OK;
    double *grown = swp_resize(of->values, of->n_values + n, sizeof *grown);
    if (!grown)
        return out_of_memory(err);
    of->values = grown;
    for (size_t i = 0; i < n; i++)
        grown[of->n_values++] = course->rules.maximize ? -values[i] : values[i];
    return queue_if_ready(course, trial, err);
}

swp_status run_course_end(run_course *course, size_t trial, swp_err *err)
{
    course->nodes[trial].has_ended = true;
    return queue_if_ready(course, trial, err);
}

swp_status run_course_fail(run_course *course, size_t trial, swp_err *err)
{
    node *of = &course->nodes[trial];
    of->has_failed = true;
    of->as.is_retried = false;
    if (of->as.failed_after == RUN_COURSE_NEVER)
        of->as.failed_after = of->n_values;
    return queue_if_ready(course, trial, err);
}

size_t run_course_count(const run_course *course)
{
    return course->n;
}

run_course_state run_course_state_of(const run_course *course, size_t trial)
{
    return course->nodes[trial].state;
}

size_t run_course_limit(const run_course *course, size_t trial)
{
    const node *of = &course->nodes[trial];
    if (has_slots(course) && of->as.is_retried)
        return of->as.budget;
    return of->state == RUN_COURSE_RUNS ? of->target : of->decided;
}

size_t run_course_reported(const run_course *course, size_t trial)
{
    return course->nodes[trial].n_values;
}

size_t run_course_decided(const run_course *course, size_t trial)
{
    return course->nodes[trial].decided;
}

run_outcome run_course_outcome(const run_course *course, size_t trial)
{
    return course->nodes[trial].outcome;
}

size_t run_course_failed_after(const run_course *course, size_t trial)
{
    return course->nodes[trial].as.failed_after;
}

size_t run_course_visible(const run_course *course, size_t trial)
{
    return course->nodes[trial].as.visible;
}

static void hash_trial(const run_course *course, size_t trial, swp_digest *hash)
{
    const run_outcome *outcome = &course->nodes[trial].outcome;
    uint64_t step = outcome->last_step;
    unsigned char state = (unsigned char)outcome->state;
    swp_digest_add(hash, point_of(course, trial), dims_of(course) * sizeof(double));
    swp_digest_add(hash, &state, 1);
    if (!isnan(outcome->value))
        swp_digest_add(hash, &outcome->value, sizeof outcome->value);
    swp_digest_add(hash, &step, sizeof step);
}

/* Each trial that has ended is hashed once. */
void run_course_hash(run_course *course, char out[SWP_DIGEST_SIZE])
{
    size_t n = course->rules.searcher->is_adaptive ? course->n : 0;
    if (course->n_hashed == 0)
        swp_digest_init(&course->history);
    while (course->n_hashed < n &&
           course->nodes[course->n_hashed].outcome.state != RUN_OUTCOME_RUNNING)
        hash_trial(course, course->n_hashed++, &course->history);
    swp_digest hash = course->history;
    for (size_t i = course->n_hashed; i < n; i++)
        hash_trial(course, i, &hash);
    swp_digest_end(&hash, out);
}

/* --- the whole -------------------------------------------------------------------------------- */

swp_status run_course_create(const run_course_rules *rules, run_course **out, swp_err *err)
{
    run_course *course = *out = swp_alloc(1, sizeof *course);
    if (!course)
        return out_of_memory(err);
    *course = (run_course){.rules = *rules};
    course->proposed = swp_alloc(rules->space->n, sizeof *course->proposed);
    course->candidate = swp_alloc(rules->space->n, sizeof *course->candidate);
    swp_status status =
        course->proposed && course->candidate ? open_search(course, err) : out_of_memory(err);
    run_stop_rules stop = rules->stop;
    stop.n_trials = rules->n_trials;
    if (status == SWP_OK && rules->stopper)
        status = rules->stopper->open(&stop, &course->stopping, err);
    if (status == SWP_OK)
        return SWP_OK;
    run_course_destroy(course);
    *out = NULL;
    return status;
}

void run_course_destroy(run_course *course)
{
    if (!course)
        return;
    if (course->search)
        course->rules.searcher->close(course->search);
    if (course->stopping)
        course->rules.stopper->close(course->stopping);
    for (size_t i = 0; i < course->n; i++)
        swp_free(course->nodes[i].values);
    swp_free(course->nodes);
    swp_free(course->points);
    swp_free(course->proposed);
    swp_free(course->candidate);
    swp_free(course->promoted.list);
    swp_free(course->ready.list);
    swp_free(course->retried.list);
    swp_free(course->running.list);
    swp_free(course);
}
