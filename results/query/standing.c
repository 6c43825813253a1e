/* The trials by their objective. Linear in steps, and sorted once. */
#include "results/query/standing.h"

#include <math.h>
#include <stdlib.h>

#include "engine/base/mem.h"

const char *res_objective_name(const res_study *study)
{
    return study->step_metrics[study->objective].name;
}

bool res_objective_better(const res_study *study, double a, double b)
{
    return study->step_metrics[study->objective].maximize ? a > b : a < b;
}

/* A trial while it is sorted. */
typedef struct entry {
    double value; /* negated where the largest is best */
    size_t trial;
} entry;

static int compare_entries(const void *a, const void *b)
{
    const entry *x = a, *y = b;
    if (x->value < y->value || x->value > y->value)
        return x->value < y->value ? -1 : 1;
    return (x->trial > y->trial) - (x->trial < y->trial);
}

static swp_status sort_trials(const res_study *study, res_standing *out, swp_err *err)
{
    double sign = study->step_metrics[study->objective].maximize ? -1 : 1;
    entry *list = swp_alloc(study->n_trials, sizeof *list);
    if (!list)
        return swp_fail(err, SWP_NOMEM, "out of memory for %zu trials", study->n_trials);
    for (size_t t = 0; t < study->n_trials; t++) {
        if (isnan(out->of[t]) || study->trials[t].is_confirm)
            continue;
        list[out->n++] = (entry){sign * out->of[t], t};
        if (out->n_path == 0 ||
            res_objective_better(study, out->of[t], out->of[out->path[out->n_path - 1]]))
            out->path[out->n_path++] = t;
    }
    qsort(list, out->n, sizeof *list, compare_entries);
    for (size_t i = 0; i < out->n; i++)
        out->order[i] = list[i].trial;
    swp_free(list);
    return SWP_OK;
}

swp_status res_standing_make(const res_study *study, const bool *use, res_standing *out,
                             swp_err *err)
{
    size_t n = study->n_trials;
    *out = (res_standing){.of = swp_alloc(n, sizeof *out->of),
                          .at = swp_alloc(n, sizeof *out->at),
                          .order = swp_alloc(n, sizeof *out->order),
                          .path = swp_alloc(n, sizeof *out->path)};
    if (!out->of || !out->at || !out->order || !out->path)
        return swp_fail(err, SWP_NOMEM, "out of memory for %zu trials", n);
    for (size_t t = 0; t < n; t++) {
        const res_trial *trial = &study->trials[t];
        out->of[t] = (double)NAN;
        if (trial->state != RES_FAILED && (!use || use[t]))
            out->of[t] =
                res_trial_best(study, trial, study->objective, trial->n_steps, &out->at[t]);
    }
    return sort_trials(study, out, err);
}

void res_standing_deinit(res_standing *standing)
{
    swp_free(standing->of);
    swp_free(standing->at);
    swp_free(standing->order);
    swp_free(standing->path);
    *standing = (res_standing){0};
}
