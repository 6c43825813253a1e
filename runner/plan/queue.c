/* Waiting trials by kind, and the kinds in a heap by the work of their next cohort.
 *
 * A kind is what the backend compares, plus the split and the steps done. Kinds are kept sorted, so
 * that a trial finds its own by bisection; the heap's top is the next job: longest first, and among
 * equals the one with the smallest trial number. */
#include "runner/plan/queue.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"

typedef struct kind {
    size_t like; /* one of them */
    size_t steps_done;
    size_t most;     /* trials of a job */
    size_t *trials;  /* those from `first` on wait */
    size_t first, n; /* n: end of what is filled */
    double work;     /* work left of the next cohort */
    size_t place;    /* in the heap; unused when none waits */
} kind;

struct run_queue {
    const run_plan *plan;
    const run_backend_setup *setup;
    kind **kinds; /* (n_kinds) sorted */
    kind **heap;  /* (n_heap) those with waiting trials */
    size_t n_kinds, n_heap, room;
    size_t n_jobs;
};

static swp_status out_of_memory(swp_err *err)
{
    return swp_fail(err, SWP_NOMEM, "out of memory for the trials that wait");
}

static int order_of(size_t a, size_t b)
{
    return (a > b) - (a < b);
}

static int compare(const run_plan *plan, const run_trial *a, size_t a_steps, const run_trial *b,
                   size_t b_steps)
{
    int order = plan->backend->compare(&a->settings, &b->settings);
    if (order == 0)
        order = order_of(a->split, b->split);
    return order != 0 ? order : order_of(a_steps, b_steps);
}

/* --- the heap ------------------------------------------------------------------------------------
 */

static bool goes_before(const kind *a, const kind *b)
{
    if (a->work != b->work)
        return a->work > b->work;
    return a->trials[a->first] < b->trials[b->first];
}

static void put(run_queue *queue, size_t place, kind *k)
{
    queue->heap[place] = k;
    k->place = place;
}

/* Move a kind whose work changed to its place in the heap. */
static void sift(run_queue *queue, kind *k)
{
    size_t at = k->place;
    while (at > 0 && goes_before(k, queue->heap[(at - 1) / 2])) {
        put(queue, at, queue->heap[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    for (size_t child; (child = 2 * at + 1) < queue->n_heap; at = child) {
        if (child + 1 < queue->n_heap && goes_before(queue->heap[child + 1], queue->heap[child]))
            child++;
        if (!goes_before(queue->heap[child], k))
            break;
        put(queue, at, queue->heap[child]);
    }
    put(queue, at, k);
}

static size_t jobs_of(const kind *k)
{
    return (k->n - k->first + k->most - 1) / k->most;
}

static size_t next_length(const kind *k)
{
    return k->n - k->first < k->most ? k->n - k->first : k->most;
}

/* The work of the next cohort, after a kind's waiting trials changed. */
static void measure(const run_queue *queue, kind *k)
{
    k->work = 0;
    for (size_t i = 0; i < next_length(k); i++) {
        const run_trial *trial = &queue->plan->trials[k->trials[k->first + i]];
        k->work += trial->cost * (double)(trial->max_epochs - k->steps_done);
    }
}

/* --- the queue -----------------------------------------------------------------------------------
 */

swp_status run_queue_create(const run_plan *plan, const run_backend_setup *setup, run_queue **out,
                            swp_err *err)
{
    *out = swp_alloc(1, sizeof **out);
    if (!*out)
        return out_of_memory(err);
    **out = (run_queue){.plan = plan, .setup = setup};
    return SWP_OK;
}

void run_queue_destroy(run_queue *queue)
{
    if (!queue)
        return;
    for (size_t i = 0; i < queue->n_kinds; i++) {
        swp_free(queue->kinds[i]->trials);
        swp_free(queue->kinds[i]);
    }
    swp_free(queue->kinds);
    swp_free(queue->heap);
    swp_free(queue);
}

/* Make room for one more kind. */
static bool reserve(run_queue *queue)
{
    if (queue->n_kinds < queue->room)
        return true;
    size_t room = queue->room ? 2 * queue->room : 16;
    kind **kinds = swp_resize(queue->kinds, room, sizeof(kind *));
    queue->kinds = kinds ? kinds : queue->kinds;
    kind **heap = swp_resize(queue->heap, room, sizeof(kind *));
    queue->heap = heap ? heap : queue->heap;
    if (kinds && heap)
        queue->room = room;
    return kinds && heap;
}

/* The kind of a trial, made when there is none. NULL without memory. */
static kind *ensure_kind(run_queue *queue, size_t trial, size_t steps_done)
{
    size_t low = 0, high = queue->n_kinds;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        kind *k = queue->kinds[middle];
        int order = compare(queue->plan, &queue->plan->trials[k->like], k->steps_done,
                            &queue->plan->trials[trial], steps_done);
        if (order == 0)
            return k;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    kind *k = reserve(queue) ? swp_alloc(1, sizeof *k) : NULL;
    if (!k)
        return NULL;
    *k = (kind){.like = trial, .steps_done = steps_done};
    const run_trial *like = &queue->plan->trials[trial];
    k->most = queue->plan->backend->together(queue->setup, &like->settings, like->split);
    memmove(queue->kinds + low + 1, queue->kinds + low, (queue->n_kinds - low) * sizeof(kind *));
    queue->kinds[low] = k;
    queue->n_kinds++;
    return k;
}

swp_status run_queue_add(run_queue *queue, size_t trial, size_t steps_done, swp_err *err)
{
    kind *k = ensure_kind(queue, trial, steps_done);
    if (!k)
        return out_of_memory(err);
    size_t *trials = swp_grow(k->trials, k->n, sizeof *trials);
    if (!trials)
        return out_of_memory(err);
    k->trials = trials;
    queue->n_jobs -= jobs_of(k);
    if (k->first == k->n)
        put(queue, queue->n_heap++, k);
    k->trials[k->n++] = trial;
    queue->n_jobs += jobs_of(k);
    if (k->n - k->first <= k->most)
        measure(queue, k);
    sift(queue, k);
    return SWP_OK;
}

typedef struct waiting {
    const run_plan *plan;
    size_t trial, steps_done;
} waiting;

static int compare_waiting(const void *a, const void *b)
{
    const waiting *x = a, *y = b;
    int order = compare(x->plan, &x->plan->trials[x->trial], x->steps_done,
                        &y->plan->trials[y->trial], y->steps_done);
    return order != 0 ? order : order_of(x->trial, y->trial);
}

swp_status run_queue_add_all(run_queue *queue, const size_t *trials, size_t n,
                             const size_t *steps_done, swp_err *err)
{
    waiting *sorted = swp_alloc(n, sizeof *sorted);
    if (!sorted)
        return out_of_memory(err);
    for (size_t i = 0; i < n; i++)
        sorted[i] = (waiting){queue->plan, trials[i], steps_done ? steps_done[trials[i]] : 0};
    qsort(sorted, n, sizeof *sorted, compare_waiting);
    swp_status status = SWP_OK;
    for (size_t i = 0; i < n && status == SWP_OK; i++)
        status = run_queue_add(queue, sorted[i].trial, sorted[i].steps_done, err);
    swp_free(sorted);
    return status;
}

size_t run_queue_count(const run_queue *queue)
{
    return queue->n_jobs;
}

swp_status run_queue_take(run_queue *queue, run_cohort *out, swp_err *err)
{
    kind *k = queue->heap[0];
    size_t n = next_length(k);
    *out = (run_cohort){.trials = swp_alloc(n, sizeof *out->trials), .n = n};
    if (!out->trials)
        return out_of_memory(err);
    queue->n_jobs--;
    for (size_t i = 0; i < n; i++) {
        out->trials[i] = k->trials[k->first++];
        out->cost += queue->plan->trials[out->trials[i]].cost;
    }
    if (k->first < k->n) {
        measure(queue, k);
        sift(queue, k);
        return SWP_OK;
    }
    k->first = k->n = 0;
    kind *last = queue->heap[--queue->n_heap];
    if (last != k) {
        put(queue, 0, last);
        sift(queue, last);
    }
    return SWP_OK;
}

/* --- all jobs at once ----------------------------------------------------------------------------
 */

swp_status run_cohorts_form(const run_plan *plan, const size_t *trials, size_t n,
                            const run_backend_setup *setup, const size_t *steps_done,
                            run_cohort **out, size_t *n_cohorts, swp_err *err)
{
    run_queue *queue;
    *out = NULL;
    *n_cohorts = 0;
    swp_status status = run_queue_create(plan, setup, &queue, err);
    if (status == SWP_OK)
        status = run_queue_add_all(queue, trials, n, steps_done, err);
    if (status == SWP_OK && !(*out = swp_alloc(run_queue_count(queue), sizeof **out)))
        status = out_of_memory(err);
    while (status == SWP_OK && run_queue_count(queue) > 0) {
        status = run_queue_take(queue, &(*out)[*n_cohorts], err);
        *n_cohorts += status == SWP_OK;
    }
    if (status != SWP_OK) {
        run_cohorts_free(*out, *n_cohorts);
        *out = NULL;
        *n_cohorts = 0;
    }
    run_queue_destroy(queue);
    return status;
}

void run_cohorts_free(run_cohort *cohorts, size_t n)
{
    for (size_t i = 0; i < n; i++)
        swp_free(cohorts[i].trials);
    swp_free(cohorts);
}

uint64_t run_cohort_memory(const eng_info *device, size_t workers, uint64_t worker_memory)
{
    /* A tenth is kept free for graphs and other programs. */
    uint64_t share = device->free_memory / workers / 10 * 9;
    if (!share || (worker_memory && worker_memory < share))
        return worker_memory;
    return share;
}
