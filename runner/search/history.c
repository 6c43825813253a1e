/* The history of a search. A hash table over the bytes of points answers whether one is known;
 * points are rounded to their steps, so that equal points have equal bytes. */
#include "runner/search/history.h"

#include <math.h>
#include <string.h>

#include "engine/base/mem.h"
#include "engine/base/str.h"

bool run_outcome_is_finished(const run_outcome *outcome)
{
    return outcome->state == RUN_OUTCOME_DONE || outcome->state == RUN_OUTCOME_STOPPED;
}

/* The value to compare: a missing one is the worst. */
static double value_of(const run_outcome *outcome)
{
    return isnan(outcome->value) ? (double)INFINITY : outcome->value;
}

int run_outcome_compare(const run_outcome *a, const run_outcome *b)
{
    bool stopped[] = {a->state == RUN_OUTCOME_STOPPED, b->state == RUN_OUTCOME_STOPPED};
    if (stopped[0] != stopped[1])
        return stopped[0] ? 1 : -1;
    if (stopped[0] && a->last_step != b->last_step)
        return a->last_step > b->last_step ? -1 : 1;
    if (stopped[0] && a->last_step == 0)
        return 0;
    return (value_of(a) > value_of(b)) - (value_of(a) < value_of(b));
}

/* The slot of a point, or the empty one where it belongs. */
static size_t *slot_of(const run_history *history, const double *point)
{
    size_t size = history->space->n * sizeof *point;
    uint64_t hash = swp_hash(point, size, SWP_HASH_START);
    for (size_t at = (size_t)(hash ^ hash >> 32) & history->mask;; at = (at + 1) & history->mask) {
        size_t *slot = &history->slots[at];
        if (*slot == 0 || memcmp(run_history_point(history, *slot - 1), point, size) == 0)
            return slot;
    }
}

/* Make room for one more proposal; at most half of the slots are used. */
static bool reserve(run_history *history)
{
    if (history->n < history->room)
        return true;
    size_t room = history->room ? 2 * history->room : 16, width = history->space->n;
    double *points = swp_resize(history->points, room, (width ? width : 1) * sizeof *points);
    if (points)
        history->points = points;
    run_outcome *outcomes = swp_resize(history->outcomes, room, sizeof *outcomes);
    if (outcomes)
        history->outcomes = outcomes;
    size_t *slots = swp_alloc(2 * room, sizeof *slots);
    if (!points || !outcomes || !slots) {
        swp_free(slots);
        return false;
    }
    swp_free(history->slots);
    history->slots = slots, history->mask = 2 * room - 1, history->room = room;
    for (size_t i = 0; i < history->n; i++) {
        size_t *slot = slot_of(history, run_history_point(history, i));
        if (*slot == 0)
            *slot = i + 1;
    }
    return true;
}

swp_status run_history_add(run_history *history, const double *point, swp_err *err)
{
    if (!reserve(history))
        return swp_fail(err, SWP_NOMEM, "out of memory for the history of a search");
    size_t *slot = slot_of(history, point), n = history->n++, width = history->space->n;
    for (size_t i = 0; i < width; i++)
        history->points[n * width + i] = point[i] + 0.0; /* -0 and 0 are one value */
    history->outcomes[n] = (run_outcome){.state = RUN_OUTCOME_RUNNING};
    if (*slot == 0) {
        *slot = n + 1;
        history->n_known++;
    }
    return SWP_OK;
}

swp_status run_history_observe(run_history *history, size_t index, const run_outcome *outcome,
                               swp_err *err)
{
    if (index >= history->n)
        return swp_fail(err, SWP_INTERNAL, "point %zu was not proposed", index);
    if (outcome->state == RUN_OUTCOME_DONE && !isfinite(outcome->value))
        return swp_fail(err, SWP_INTERNAL, "point %zu: expected a finite value, found %g", index,
                        outcome->value);
    history->outcomes[index] = *outcome;
    return SWP_OK;
}

swp_status run_history_init(run_history *out, const run_space *space, const run_proposal *proposals,
                            size_t n, swp_err *err)
{
    *out = (run_history){.space = space};
    swp_status status = reserve(out) ? SWP_OK : swp_fail(err, SWP_NOMEM, "out of memory");
    for (size_t i = 0; i < n && status == SWP_OK; i++) {
        if (!run_space_holds(space, proposals[i].point))
            return swp_fail(err, SWP_CONFIG, "point %zu lies outside the searched space", i);
        status = run_history_add(out, proposals[i].point, err);
        if (status == SWP_OK)
            status = run_history_observe(out, i, &proposals[i].outcome, err);
    }
    return status;
}

void run_history_deinit(run_history *history)
{
    swp_free(history->points);
    swp_free(history->outcomes);
    swp_free(history->slots);
    *history = (run_history){0};
}

const double *run_history_point(const run_history *history, size_t index)
{
    return &history->points[index * history->space->n];
}

size_t run_history_find(const run_history *history, const double *point)
{
    size_t slot = *slot_of(history, point);
    return slot ? slot - 1 : history->n;
}

bool run_history_is_full(const run_history *history)
{
    return (double)history->n_known >= run_space_count(history->space);
}

/* The next point in grid order. */
static void advance(const run_space *space, double *point)
{
    for (size_t i = space->n; i-- > 0;) {
        const run_dim *dim = &space->dims[i];
        double next = rint((point[i] - dim->low) / dim->step) + 1;
        if (next < run_dim_count(dim)) {
            point[i] = run_dim_at(dim, (size_t)next);
            return;
        }
        point[i] = dim->low;
    }
}

void run_history_first_unknown(const run_history *history, double *point)
{
    for (size_t i = 0; i < history->space->n; i++)
        point[i] = history->space->dims[i].low;
    while (run_history_find(history, point) < history->n)
        advance(history->space, point);
}
