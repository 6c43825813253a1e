/* The source of a search. Trials that it opens wait here until a worker is free.
 *
 * With slots, few trials are open at once: the smallest number goes first, since the others wait
 * for its results, with as many of its kind as leave work for the other workers. Without slots all
 * trials of a rung are open, and are handed out as those of a grid. */
#include <string.h>

#include "engine/base/mem.h"
#include "runner/plan/search_study.h"
#include "runner/process/source.h"

typedef struct searched {
    run_study *study;
    const run_backend_setup *setup;
    size_t workers;
    run_queue *queue; /* without slots; else NULL */
    size_t *open;     /* (n_open) with slots: ascending */
    size_t n_open;
    bool *is_out; /* (n_known) by trial: a worker has it, or it waits for a retry */
    size_t n_known;
} searched;

static swp_status out_of_memory(swp_err *err)
{
    return swp_fail(err, SWP_NOMEM, "out of memory for the trials of a search");
}

static swp_status insert_open(searched *s, size_t trial, swp_err *err)
{
    size_t *grown = swp_resize(s->open, s->n_open + 1, sizeof *grown), at = s->n_open;
    if (!grown)
        return out_of_memory(err);
    s->open = grown;
    while (at > 0 && grown[at - 1] > trial) {
        grown[at] = grown[at - 1];
        at--;
    }
    grown[at] = trial;
    s->n_open++;
    return SWP_OK;
}

/* Add the trials that may do more steps. */
static swp_status refill(searched *s, swp_err *err)
{
    size_t trial, n = s->study->plan->n_trials;
    bool *grown = swp_resize(s->is_out, n > 0 ? n : 1, sizeof *grown);
    if (!grown)
        return out_of_memory(err);
    s->is_out = grown;
    for (; s->n_known < n; s->n_known++)
        grown[s->n_known] = false;
    swp_status status = SWP_OK;
    while (status == SWP_OK && run_search_study_take_open(s->study->search, &trial)) {
        if (grown[trial])
            continue;
        grown[trial] = true;
        status = s->queue ? run_queue_add(s->queue, trial, s->study->trials[trial].steps_done, err)
                          : insert_open(s, trial, err);
    }
    return status;
}

/* Whether a trial may do more steps than it has done. */
static bool may_go_on(const searched *s, size_t trial)
{
    return run_search_study_limit(s->study->search, trial) > s->study->trials[trial].steps_done;
}

/* A command that ran ahead may be decided before it is run again. */
static void drop_decided(searched *s)
{
    size_t n_left = 0;
    for (size_t i = 0; i < s->n_open; i++) {
        size_t trial = s->open[i];
        s->is_out[trial] = may_go_on(s, trial);
        if (s->is_out[trial])
            s->open[n_left++] = trial;
    }
    s->n_open = n_left;
}

static swp_status advance(void *context, swp_err *err)
{
    searched *s = context;
    swp_status status = run_search_study_advance(s->study->search, err);
    if (status == SWP_OK)
        status = refill(s, err);
    if (status == SWP_OK)
        drop_decided(s);
    return status;
}

static size_t count(void *context)
{
    const searched *s = context;
    return s->queue ? run_queue_count(s->queue) : s->n_open;
}

/* Whether two trials may share a job. */
static bool go_together(const searched *s, size_t a, size_t b)
{
    const run_plan *plan = s->study->plan;
    return s->study->trials[a].steps_done == s->study->trials[b].steps_done &&
           plan->backend->compare(&plan->trials[a].settings, &plan->trials[b].settings) == 0;
}

static swp_status take_open(searched *s, run_cohort *out, swp_err *err)
{
    const run_plan *plan = s->study->plan;
    size_t first = s->open[0], n_left = 0;
    size_t share = (s->n_open + s->workers - 1) / s->workers;
    size_t most = plan->backend->together(s->setup, &plan->trials[first].settings, 0);
    most = most < share ? most : share;
    *out = (run_cohort){.trials = swp_alloc(most, sizeof *out->trials)};
    if (!out->trials)
        return out_of_memory(err);
    for (size_t i = 0; i < s->n_open; i++) {
        size_t trial = s->open[i];
        if (out->n < most && go_together(s, first, trial)) {
            out->trials[out->n++] = trial;
            out->cost += plan->trials[trial].cost;
        } else {
            s->open[n_left++] = trial;
        }
    }
    s->n_open = n_left;
    return SWP_OK;
}

static swp_status take(void *context, run_cohort *out, swp_err *err)
{
    searched *s = context;
    return s->queue ? run_queue_take(s->queue, out, err) : take_open(s, out, err);
}

static size_t budget(void *context, size_t trial)
{
    return run_search_study_limit(((searched *)context)->study->search, trial);
}

static void observe(void *context, size_t trial, const res_step *step)
{
    (void)step;
    run_search_study_touch(((searched *)context)->study->search, trial);
}

static swp_status leave(void *context, size_t trial, swp_err *err)
{
    searched *s = context;
    s->is_out[trial] = false;
    return run_search_study_open(s->study->search, trial, err);
}

static const char *label(void *context, size_t trial)
{
    return run_search_study_label(((searched *)context)->study->search, trial);
}

static bool is_over(void *context)
{
    return run_search_study_is_over(((searched *)context)->study->search);
}

swp_status run_source_of_search(run_study *study, const run_backend_setup *setup, size_t workers,
                                run_source *out, swp_err *err)
{
    searched *s = swp_alloc(1, sizeof *s);
    *out = (run_source){.context = s,
                        .count = count,
                        .take = take,
                        .budget = budget,
                        .observe = observe,
                        .advance = advance,
                        .leave = leave,
                        .label = label,
                        .is_over = is_over};
    if (!s)
        return out_of_memory(err);
    *s = (searched){.study = study, .setup = setup, .workers = workers};
    swp_status status = SWP_OK;
    if (!run_search_study_has_slots(study->search))
        status = run_queue_create(study->plan, setup, &s->queue, err);
    return status == SWP_OK ? refill(s, err) : status;
}

void run_source_of_search_free(run_source *source)
{
    searched *s = source->context;
    if (s) {
        run_queue_destroy(s->queue);
        swp_free(s->open);
        swp_free(s->is_out);
    }
    swp_free(s);
    *source = (run_source){.context = NULL};
}
