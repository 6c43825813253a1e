/* The percentile rule at the median, over the reports of all trials. */
#include "runner/search/median.h"

#include <math.h>

#include "engine/base/mem.h"
#include "runner/search/rules.h"

/* The reports of one trial, in the order of steps. */
typedef struct reports {
    size_t *steps;  /* (n) */
    double *values; /* (n) */
    size_t n, room;
    bool is_complete;
} reports;

struct run_stopping {
    run_stop_rules rules;
    reports *trials; /* (n_room) */
    size_t n_room;   /* rules.n_trials when it was opened */
    double *work;    /* (n_room) */
    size_t n_complete;
};

static void median_close(run_stopping *stopping)
{
    if (!stopping)
        return;
    for (size_t i = 0; stopping->trials && i < stopping->n_room; i++) {
        swp_free(stopping->trials[i].steps);
        swp_free(stopping->trials[i].values);
    }
    swp_free(stopping->trials);
    swp_free(stopping->work);
    swp_free(stopping);
}

static swp_status median_open(const run_stop_rules *rules, run_stopping **out, swp_err *err)
{
    swp_status status = run_stop_rules_check(rules, err);
    if (status != SWP_OK)
        return status;
    run_stopping *stopping = swp_alloc(1, sizeof *stopping);
    if (stopping) {
        *stopping = (run_stopping){.rules = *rules, .n_room = rules->n_trials};
        stopping->trials = swp_alloc(rules->n_trials, sizeof *stopping->trials);
        stopping->work = swp_alloc(rules->n_trials, sizeof *stopping->work);
    }
    if (!stopping || !stopping->trials || !stopping->work) {
        median_close(stopping);
        return swp_fail(err, SWP_NOMEM, "out of memory for %zu trials", rules->n_trials);
    }
    *out = stopping;
    return SWP_OK;
}

static size_t median_next(const run_stopping *stopping, size_t step)
{
    size_t next = step + 1;
    if (next < stopping->rules.min_steps)
        next = stopping->rules.min_steps;
    return next < stopping->rules.max_steps ? next : stopping->rules.max_steps;
}

static swp_status find_reports(const run_stopping *stopping, size_t trial, reports **out,
                               swp_err *err)
{
    if (trial >= stopping->rules.n_trials)
        return swp_fail(err, SWP_INTERNAL, "median: expected a trial below %zu, found %zu",
                        stopping->rules.n_trials, trial);
    *out = &stopping->trials[trial];
    return SWP_OK;
}

static swp_status add_report(reports *r, size_t step, double value, swp_err *err)
{
    if (r->n == r->room) {
        size_t room = r->room ? 2 * r->room : 16;
        size_t *steps = swp_resize(r->steps, room, sizeof *steps);
        if (steps)
            r->steps = steps;
        double *values = swp_resize(r->values, room, sizeof *values);
        if (values)
            r->values = values;
        if (!steps || !values)
            return swp_fail(err, SWP_NOMEM, "out of memory for %zu reports", room);
        r->room = room;
    }
    r->steps[r->n] = step;
    r->values[r->n++] = value;
    return SWP_OK;
}

/* The value after a step, if there was a report. */
static bool value_at(const reports *r, size_t step, double *out)
{
    size_t low = 0, high = r->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (r->steps[middle] < step)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == r->n || r->steps[low] != step)
        return false;
    *out = r->values[low];
    return true;
}

static swp_status median_decide(run_stopping *stopping, size_t trial, size_t step, double value,
                                run_decision *out, swp_err *err)
{
    reports *own = NULL;
    swp_status status = find_reports(stopping, trial, &own, err);
    if (status != SWP_OK)
        return status;
    size_t before = own->n ? own->steps[own->n - 1] : 0;
    if (step <= before || step > stopping->rules.max_steps)
        return swp_fail(err, SWP_INTERNAL, "median: trial %zu reports step %zu after %zu", trial,
                        step, before);
    status = add_report(own, step, value, err);
    if (status != SWP_OK)
        return status;
    size_t n = 0;
    for (size_t i = 0; i < stopping->rules.n_trials; i++) {
        if (stopping->trials[i].is_complete &&
            value_at(&stopping->trials[i], step, stopping->work + n))
            n++;
    }
    const run_percentile rule = {.percentile = 50,
                                 .n_startup = 5,
                                 .warmup = stopping->rules.min_steps,
                                 .interval = 1,
                                 .n_min = 1};
    const run_curve curve = {own->steps, own->values, own->n};
    bool stops = step < stopping->rules.max_steps &&
                 run_percentile_stops(&rule, &curve, stopping->n_complete, stopping->work, n);
    *out = stops ? RUN_STOP : RUN_GO_ON;
    return SWP_OK;
}

static swp_status median_finish(run_stopping *stopping, size_t trial, bool failed, swp_err *err)
{
    reports *own = NULL;
    swp_status status = find_reports(stopping, trial, &own, err);
    if (status != SWP_OK)
        return status;
    stopping->n_complete += !failed;
    stopping->n_complete -= own->is_complete;
    own->is_complete = !failed;
    return SWP_OK;
}

static void median_limit(run_stopping *stopping, size_t n)
{
    if (n < stopping->rules.n_trials)
        stopping->rules.n_trials = n;
}

static bool median_promote(run_stopping *stopping, size_t *trial)
{
    (void)stopping, (void)trial;
    return false;
}

const run_stopper *run_stopper_median(void)
{
    static const run_stopper median = {
        .version = RUN_STOPPER_VERSION,
        .name = "median",
        .open = median_open,
        .next = median_next,
        .decide = median_decide,
        .finish = median_finish,
        .limit = median_limit,
        .promote = median_promote,
        .close = median_close,
    };
    return &median;
}
