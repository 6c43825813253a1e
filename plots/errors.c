/* The stored errors that charts of finished evaluations are drawn from, read and sorted once. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"
#include "plots/charts_priv.h"

static int compare_floats(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

size_t plot_errors_up_to(const float *sorted, size_t n, double threshold)
{
    size_t low = 0;
    while (low < n) {
        size_t middle = low + (n - low) / 2;
        if ((double)sorted[middle] <= threshold)
            low = middle + 1;
        else
            n = middle;
    }
    return low;
}

static swp_status sort(const res_errors *e, float **out, swp_err *err)
{
    float *sorted = swp_alloc(e->n_test + e->n_anomaly, sizeof *sorted);
    *out = sorted;
    if (!sorted)
        return swp_fail(err, SWP_NOMEM, "out of memory");
    if (e->n_test > 0)
        memcpy(sorted, e->test, e->n_test * sizeof *sorted);
    if (e->n_anomaly > 0)
        memcpy(sorted + e->n_test, e->anomaly, e->n_anomaly * sizeof *sorted);
    qsort(sorted, e->n_test, sizeof *sorted, compare_floats);
    qsort(sorted + e->n_test, e->n_anomaly, sizeof *sorted, compare_floats);
    return SWP_OK;
}

/* Widen the range, which begins as 0, 0, to hold ascending errors. An error of 0 has no place on a
 * logarithmic axis. */
static void widen(const float *sorted, size_t n, double *least, double *most)
{
    size_t first = plot_errors_up_to(sorted, n, 0);
    if (first == n)
        return;
    if (*least <= 0 || (double)sorted[first] < *least)
        *least = (double)sorted[first];
    *most = fmax(*most, (double)sorted[n - 1]);
}

/* What is damaged, by the number of the trial. */
static swp_status tell_damage(const plot_task *task, const swp_err *first, swp_err *err)
{
    const bool *damaged = task->errors.damaged;
    size_t n = 0, trial = 0;
    for (size_t t = task->study.n_trials; t-- > 0;) {
        n += damaged[t];
        trial = damaged[t] ? t : trial;
    }
    if (n == 0)
        return SWP_OK;
    swp_err_copy(err, first);
    const size_t number = task->study.trials[trial].number;
    return n == 1 ? swp_wrap(err, "errors of trial %zu", number)
                  : swp_wrap(err, "errors of trial %zu and %zu more", number, n - 1);
}

swp_status plot_errors_load(plot_task *task, swp_err *err)
{
    const res_study *study = &task->study;
    const plot_recalls *recalls = &task->recalls;
    plot_errors *out = &task->errors;
    *out = (plot_errors){
        .of = swp_alloc(study->n_trials, sizeof *out->of),
        .blocks = swp_alloc(study->n_trials, sizeof *out->blocks),
        .damaged = swp_alloc(study->n_trials, sizeof *out->damaged),
        .sorted = swp_alloc(study->n_trials, sizeof *out->sorted),
    };
    swp_err first = {0};
    if (!out->of || !out->blocks || !out->damaged || !out->sorted)
        return swp_fail(err, SWP_NOMEM, "out of memory");
    double least = 0, most = 0;
    for (size_t t = 0; t < study->n_trials; t++) {
        res_errors *e = &out->of[t];
        if (!recalls->use[t])
            continue;
        swp_status status =
            res_errors_load(task->store, study->trials[t].id, recalls->of[t]->selected_epoch, e,
                            &out->blocks[t], err);
        if (status == SWP_DB) {
            out->damaged[t] = true;
            first = first.status == SWP_OK ? *err : first;
            continue;
        }
        if (status == SWP_OK)
            status = sort(e, &out->sorted[t], err);
        if (status != SWP_OK)
            return status;
        widen(out->sorted[t], e->n_test, &least, &most);
        widen(out->sorted[t] + e->n_test, e->n_anomaly, &least, &most);
    }
    /* Chosen thresholds are to be seen as well, unless they lie far off. */
    double low = least, high = most;
    for (size_t t = 0; t < study->n_trials && most > 0; t++) {
        double threshold = recalls->use[t] ? recalls->of[t]->threshold_value : least;
        low = threshold > least / 4 ? fmin(low, threshold) : low;
        high = threshold < most * 2 ? fmax(high, threshold) : high;
    }
    out->first = most > 0 ? 0.95 * low : 0.1;
    out->last = most > 0 ? 1.05 * high : 1;
    return tell_damage(task, &first, err);
}

void plot_errors_deinit(plot_errors *errors, size_t n_trials)
{
    for (size_t t = 0; t < n_trials; t++) {
        swp_free(errors->blocks ? errors->blocks[t] : NULL);
        swp_free(errors->sorted ? errors->sorted[t] : NULL);
    }
    swp_free(errors->blocks);
    swp_free(errors->damaged);
    swp_free(errors->sorted);
    swp_free(errors->of);
    *errors = (plot_errors){0};
}
