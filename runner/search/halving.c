/* A cohort and its current rung. Trials are compared only when a rung is complete, so the order of
 * reports does not matter. */
#include "runner/search/halving.h"

#include <math.h>
#include <stdlib.h>

#include "engine/base/mem.h"

/* A trial of the cohort. */
typedef struct entrant {
    double best;      /* so far; INFINITY without a report */
    size_t last_step; /* reported; 0 = none */
    size_t rung;      /* to which it may run */
    bool is_in;       /* takes part in the current rung */
    bool has_ended, has_failed;
    bool is_promoted; /* and not yet returned */
} entrant;

typedef struct placing {
    double best;
    size_t trial;
} placing;

struct run_stopping {
    run_stop_rules rules;
    entrant *entrants; /* (rules.n_trials) */
    placing *order;    /* (rules.n_trials) for promote_best */
    size_t rung;       /* the current one */
    size_t n_waited;   /* entrants that have not reached it */
    size_t n_promoted; /* not yet returned */
    size_t cursor;     /* where the search for the next of those begins */
};

size_t run_halving_rung(const run_stop_rules *rules, size_t k)
{
    size_t step = rules->min_steps;
    for (; k > 0 && step <= rules->max_steps / rules->eta; k--)
        step *= rules->eta;
    return k > 0 || step > rules->max_steps ? rules->max_steps : step;
}

size_t run_halving_survivors(const run_stop_rules *rules, size_t k)
{
    size_t n = rules->n_trials;
    for (; k > 0 && n > 1; k--)
        n = n / rules->eta + (n % rules->eta != 0);
    return n;
}

/* Whether no more trials are expected at the current rung. */
static bool has_reached(const run_stopping *stopping, const entrant *e)
{
    return e->has_ended || e->last_step >= run_halving_rung(&stopping->rules, stopping->rung);
}

static void halving_close(run_stopping *stopping)
{
    if (!stopping)
        return;
    swp_free(stopping->entrants);
    swp_free(stopping->order);
    swp_free(stopping);
}

static swp_status halving_open(const run_stop_rules *rules, run_stopping **out, swp_err *err)
{
    swp_status status = run_stop_rules_check(rules, err);
    if (status != SWP_OK)
        return status;
    if (rules->eta < 2)
        return swp_fail(err, SWP_CONFIG, "expected eta of at least 2, found %zu", rules->eta);
    size_t n = rules->n_trials;
    run_stopping *stopping = swp_alloc(1, sizeof *stopping);
    if (stopping) {
        stopping->entrants = swp_alloc(n, sizeof *stopping->entrants);
        stopping->order = swp_alloc(n, sizeof *stopping->order);
    }
    if (!stopping || !stopping->entrants || !stopping->order) {
        halving_close(stopping);
        return swp_fail(err, SWP_NOMEM, "out of memory for %zu trials", n);
    }
    stopping->rules = *rules;
    stopping->n_waited = n;
    for (size_t i = 0; i < n; i++)
        stopping->entrants[i] = (entrant){.best = (double)INFINITY, .is_in = true};
    *out = stopping;
    return SWP_OK;
}

static size_t halving_next(const run_stopping *stopping, size_t step)
{
    for (size_t k = 0;; k++) {
        size_t rung = run_halving_rung(&stopping->rules, k);
        if (rung > step || rung == stopping->rules.max_steps)
            return rung;
    }
}

static int compare_placings(const void *a, const void *b)
{
    const placing *x = a, *y = b;
    if (x->best != y->best)
        return x->best < y->best ? -1 : 1;
    return (x->trial > y->trial) - (x->trial < y->trial);
}

/* The current rung is complete: its best trials take part in the next one. */
static void promote_best(run_stopping *stopping)
{
    size_t n = 0, places = run_halving_survivors(&stopping->rules, ++stopping->rung);
    for (size_t i = 0; i < stopping->rules.n_trials; i++) {
        entrant *e = &stopping->entrants[i];
        if (e->is_in && !e->has_failed && isfinite(e->best))
            stopping->order[n++] = (placing){e->best, i};
        e->is_in = false;
    }
    qsort(stopping->order, n, sizeof *stopping->order, compare_placings);
    for (size_t i = 0; i < n && i < places; i++) {
        entrant *e = &stopping->entrants[stopping->order[i].trial];
        e->is_in = true;
        e->rung = stopping->rung;
        e->is_promoted = !has_reached(stopping, e);
        stopping->n_promoted += e->is_promoted;
        stopping->n_waited += e->is_promoted;
    }
    stopping->cursor = 0;
}

/* Decide rungs while none waits for a trial. */
static void advance(run_stopping *stopping)
{
    const run_stop_rules *rules = &stopping->rules;
    while (stopping->n_waited == 0 && run_halving_rung(rules, stopping->rung) < rules->max_steps)
        promote_best(stopping);
}

static swp_status find_entrant(const run_stopping *stopping, size_t trial, entrant **out,
                               swp_err *err)
{
    if (trial >= stopping->rules.n_trials)
        return swp_fail(err, SWP_INTERNAL, "halving: expected a trial below %zu, found %zu",
                        stopping->rules.n_trials, trial);
    *out = &stopping->entrants[trial];
    return SWP_OK;
}

/* A failed trial continues with a retry. */
static void revive(run_stopping *stopping, entrant *e)
{
    e->has_ended = e->has_failed = false;
    stopping->n_waited += e->is_in && !has_reached(stopping, e);
}

static swp_status halving_decide(run_stopping *stopping, size_t trial, size_t step, double value,
                                 run_decision *out, swp_err *err)
{
    entrant *e = NULL;
    swp_status status = find_entrant(stopping, trial, &e, err);
    if (status != SWP_OK)
        return status;
    if (step <= e->last_step || step > stopping->rules.max_steps)
        return swp_fail(err, SWP_INTERNAL, "halving: trial %zu reports step %zu after %zu", trial,
                        step, e->last_step);
    if (e->has_ended)
        revive(stopping, e);
    bool was_waited = e->is_in && !has_reached(stopping, e);
    e->last_step = step;
    e->best = fmin(e->best, value);
    size_t rung = run_halving_rung(&stopping->rules, e->rung);
    *out = step >= rung && rung < stopping->rules.max_steps ? RUN_STOP : RUN_GO_ON;
    if (was_waited && has_reached(stopping, e)) {
        stopping->n_waited--;
        advance(stopping);
    }
    return SWP_OK;
}

static swp_status halving_finish(run_stopping *stopping, size_t trial, bool failed, swp_err *err)
{
    entrant *e = NULL;
    swp_status status = find_entrant(stopping, trial, &e, err);
    if (status != SWP_OK)
        return status;
    if (e->is_in && !has_reached(stopping, e))
        stopping->n_waited--;
    stopping->n_promoted -= e->is_promoted;
    e->is_promoted = false;
    e->has_ended = true;
    e->has_failed = failed;
    advance(stopping);
    return SWP_OK;
}

static void halving_limit(run_stopping *stopping, size_t n)
{
    for (size_t i = n; i < stopping->rules.n_trials; i++) {
        const entrant *e = &stopping->entrants[i];
        stopping->n_waited -= e->is_in && !has_reached(stopping, e);
    }
    if (n < stopping->rules.n_trials)
        stopping->rules.n_trials = n;
    advance(stopping);
}

static bool halving_promote(run_stopping *stopping, size_t *trial)
{
    if (stopping->n_promoted == 0)
        return false;
    while (!stopping->entrants[stopping->cursor].is_promoted)
        stopping->cursor++;
    *trial = stopping->cursor;
    stopping->entrants[*trial].is_promoted = false;
    stopping->n_promoted--;
    return true;
}

const run_stopper *run_stopper_halving(void)
{
    static const run_stopper halving = {
        .version = RUN_STOPPER_VERSION,
        .name = "halving",
        .open = halving_open,
        .next = halving_next,
        .decide = halving_decide,
        .finish = halving_finish,
        .limit = halving_limit,
        .promote = halving_promote,
        .close = halving_close,
    };
    return &halving;
}
