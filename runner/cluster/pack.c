/* Groups trials into tasks: a fixed number in each, or as many as are estimated to take some
 * minutes. */
#include "runner/cluster/pack.h"

#include "engine/base/mem.h"
#include "runner/plan/estimate.h"

/* By counting: within a task the trials stay in grid order. */
swp_status run_unpack(const size_t *task_of, size_t n, size_t **members, size_t **first,
                      size_t *n_tasks, swp_err *err)
{
    *n_tasks = 0;
    for (size_t i = 0; i < n; i++)
        if (task_of[i] >= *n_tasks)
            *n_tasks = task_of[i] + 1;
    *members = swp_alloc(n, sizeof **members);
    *first = swp_alloc(*n_tasks + 1, sizeof **first);
    size_t *next = swp_alloc(*n_tasks + 1, sizeof *next);
    swp_status status = SWP_OK;
    if (!*members || !*first || !next) {
        status = swp_fail(err, SWP_NOMEM, "out of memory for %zu tasks", *n_tasks);
        goto done;
    }
    for (size_t i = 0; i < n; i++)
        (*first)[task_of[i] + 1]++;
    for (size_t task = 0; task < *n_tasks; task++) {
        (*first)[task + 1] += (*first)[task];
        next[task] = (*first)[task];
    }
    for (size_t i = 0; i < n; i++)
        (*members)[next[task_of[i]]++] = i;
done:
    swp_free(next);
    return status;
}

static void pack_by_count(const run_plan *plan, size_t per_task, size_t *task_of)
{
    for (size_t i = 0; i < plan->n_trials; i++)
        task_of[i] = i / per_task;
}

static swp_status pack_by_time(const run_plan *plan, const run_packing *packing, size_t *task_of,
                               swp_err *err)
{
    size_t n = plan->n_trials, task = 0, n_in_task = 0;
    double *seconds = swp_alloc(n, sizeof *seconds), work = 0;
    size_t *order = swp_alloc(n, sizeof *order);
    swp_status status = SWP_OK;
    if (!seconds || !order)
        status = swp_fail(err, SWP_NOMEM, "out of memory for %zu trials", n);
    else
        status = run_estimate_trials(plan, packing->api, seconds, order, err);
    for (size_t i = 0; i < n && status == SWP_OK; i++) {
        double more = seconds[order[i]];
        bool full = work + more > packing->task_s || n_in_task == RUN_MOST_PER_TASK;
        if (n_in_task > 0 && full) {
            task++;
            work = 0;
            n_in_task = 0;
        }
        task_of[order[i]] = task;
        work += more;
        n_in_task++;
    }
    swp_free(order);
    swp_free(seconds);
    return status;
}

swp_status run_pack(const run_plan *plan, const run_packing *packing, size_t **members,
                    size_t **first, size_t *n_tasks, swp_err *err)
{
    swp_status status = SWP_OK;
    size_t *task_of = swp_alloc(plan->n_trials, sizeof *task_of);
    if (!task_of)
        return swp_fail(err, SWP_NOMEM, "out of memory for %zu trials", plan->n_trials);
    if (packing->per_task > 0)
        pack_by_count(plan, packing->per_task, task_of);
    else
        status = pack_by_time(plan, packing, task_of, err);
    if (status == SWP_OK)
        status = run_unpack(task_of, plan->n_trials, members, first, n_tasks, err);
    swp_free(task_of);
    return status;
}
