/* Trials that an engine may advance side by side, longest first. */
#include <stdlib.h>

#include "engine/base/mem.h"
#include "runner/plan/plan.h"

typedef struct member {
    const run_trial *trial;
    size_t index;
    size_t epochs_done;
} member;

static int order_of(size_t a, size_t b)
{
    return (a > b) - (a < b);
}

/* Zero for trials that fit into one cohort. */
static int compare_kinds(const member *a, const member *b)
{
    const cfg_settings *x = &a->trial->settings, *y = &b->trial->settings;
    int order = order_of(x->shape.arch, y->shape.arch);
    if (order == 0)
        order = order_of(x->shape.embedding_dim, y->shape.embedding_dim);
    if (order == 0)
        order = order_of(x->loss, y->loss);
    if (order == 0)
        order = order_of(x->batch_size, y->batch_size);
    if (order == 0)
        order = order_of(a->trial->split, b->trial->split);
    return order != 0 ? order : order_of(a->epochs_done, b->epochs_done);
}

static int compare_members(const void *a, const void *b)
{
    const member *x = a, *y = b;
    int order = compare_kinds(x, y);
    return order != 0 ? order : order_of(x->index, y->index);
}

/* A cohort with the work that it has left at most. */
typedef struct ranked {
    run_cohort cohort;
    double work;
} ranked;

static int compare_ranks(const void *a, const void *b)
{
    const ranked *x = a, *y = b;
    if (x->work != y->work)
        return x->work > y->work ? -1 : 1;
    return order_of(x->cohort.trials[0], y->cohort.trials[0]);
}

/* Number of members, from the first on, that make one cohort. */
static size_t cohort_length(const member *members, size_t n, size_t most)
{
    size_t length = 1;
    while (length < n && length < most && compare_kinds(&members[0], &members[length]) == 0)
        length++;
    return length;
}

/* As many of `most` models as fit into the memory; one in any case, so that it can say what it
 * lacks. */
static size_t fit(const run_plan *plan, const run_trial *trial, const run_cohort_rules *rules,
                  size_t most)
{
    const eng_dataset *set = plan->data[plan->splits[trial->split].data].set;
    eng_cohort_spec spec = {
        .shape = trial->settings.shape,
        .loss = trial->settings.loss,
        .batch_size = trial->settings.batch_size,
        .n_models = most,
        .series = {.n_rows = set->n_rows, .length = set->length},
    };
    size_t fits = 1;
    if (!rules->memory || rules->bytes(NULL, &spec) <= rules->memory)
        return most;
    while (most - fits > 1) {
        spec.n_models = fits + (most - fits) / 2;
        if (rules->bytes(NULL, &spec) <= rules->memory)
            fits = spec.n_models;
        else
            most = spec.n_models;
    }
    return fits;
}

static bool make_cohort(const member *members, size_t n, ranked *out)
{
    *out = (ranked){.cohort.trials = swp_alloc(n, sizeof(size_t)), .cohort.n = n};
    for (size_t i = 0; out->cohort.trials && i < n; i++) {
        const run_trial *trial = members[i].trial;
        out->cohort.trials[i] = members[i].index;
        out->cohort.cost += trial->cost;
        out->work += trial->cost * (double)(trial->max_epochs - members[i].epochs_done);
    }
    return out->cohort.trials != NULL;
}

swp_status run_cohorts_form(const run_plan *plan, const size_t *trials, size_t n,
                            const run_cohort_rules *rules, run_cohort **out, size_t *n_cohorts,
                            swp_err *err)
{
    swp_status status = SWP_OK;
    size_t made = 0;
    member *members = swp_alloc(n, sizeof *members);
    ranked *ranks = swp_alloc(n, sizeof *ranks);
    run_cohort *cohorts = swp_alloc(n, sizeof *cohorts);
    bool complete = members && ranks && cohorts;
    for (size_t i = 0; complete && i < n; i++)
        members[i] = (member){&plan->trials[trials[i]], trials[i],
                              rules->epochs_done ? rules->epochs_done[trials[i]] : 0};
    if (complete)
        qsort(members, n, sizeof *members, compare_members);
    for (size_t i = 0; complete && i < n; made++) {
        const cfg_settings *settings = &members[i].trial->settings;
        size_t width = rules->width(settings->shape, settings->batch_size);
        size_t most = fit(plan, members[i].trial, rules, width);
        size_t length = cohort_length(members + i, n - i, most);
        complete = make_cohort(members + i, length, &ranks[made]);
        i += length;
    }
    if (complete)
        qsort(ranks, made, sizeof *ranks, compare_ranks);
    for (size_t i = 0; cohorts && i < made; i++)
        cohorts[i] = ranks[i].cohort;
    if (!complete) {
        run_cohorts_free(cohorts, made);
        cohorts = NULL;
        made = 0;
        status = swp_fail(err, SWP_NOMEM, "out of memory");
    }
    *out = cohorts;
    *n_cohorts = made;
    swp_free(members);
    swp_free(ranks);
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
    /* A tenth is left for graphs and for what others come to need. */
    uint64_t share = device->free_memory / workers / 10 * 9;
    if (!share || (worker_memory && worker_memory < share))
        return worker_memory;
    return share;
}
