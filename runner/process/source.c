/* The source of a planned study: a queue of its waiting trials, and the plan's budgets. */
#include "runner/process/source.h"

#include "engine/base/mem.h"

typedef struct planned {
    const run_plan *plan;
    run_queue *queue;
} planned;

static size_t count(void *context)
{
    return run_queue_count(((planned *)context)->queue);
}

static swp_status take(void *context, run_cohort *out, swp_err *err)
{
    return run_queue_take(((planned *)context)->queue, out, err);
}

static size_t budget(void *context, size_t trial)
{
    return ((planned *)context)->plan->trials[trial].max_epochs;
}

swp_status run_source_of_study(const run_study *study, const run_backend_setup *setup,
                               run_source *out, swp_err *err)
{
    size_t n_trials = study->plan->n_trials, n_waiting = 0;
    size_t *waiting = swp_alloc(n_trials, sizeof *waiting);
    size_t *steps_done = swp_alloc(n_trials, sizeof *steps_done);
    planned *p = swp_alloc(1, sizeof *p);
    *out = (run_source){.context = p, .count = count, .take = take, .budget = budget};
    swp_status status = SWP_OK;
    if (!waiting || !steps_done || !p) {
        status = swp_fail(err, SWP_NOMEM, "out of memory for %zu trials", n_trials);
        goto done;
    }
    for (size_t i = 0; i < n_trials; i++) {
        steps_done[i] = study->trials[i].steps_done;
        if (study->trials[i].state == RES_WAITING)
            waiting[n_waiting++] = i;
    }
    p->plan = study->plan;
    status = run_queue_create(study->plan, setup, &p->queue, err);
    if (status == SWP_OK)
        status = run_queue_add_all(p->queue, waiting, n_waiting, steps_done, err);
done:
    swp_free(steps_done);
    swp_free(waiting);
    return status;
}

void run_source_of_study_free(run_source *source)
{
    planned *p = source->context;
    if (p)
        run_queue_destroy(p->queue);
    swp_free(p);
    *source = (run_source){.context = NULL};
}
