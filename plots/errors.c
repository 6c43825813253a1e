/* The stored errors that charts of finished evaluations are drawn from. */
#include <math.h>

#include "engine/base/mem.h"
#include "plots/charts_priv.h"

/* Widen the range, which begins as 0, 0, to hold the errors. An error of 0 has no place on a
 * logarithmic axis. */
static void widen(const float *errors, size_t n, double *least, double *most)
{
    for (size_t i = 0; i < n; i++) {
        double error = (double)errors[i];
        if (error > 0 && (*least <= 0 || error < *least))
            *least = error;
        *most = fmax(*most, error);
    }
}

/* The chosen threshold is to be seen as well, unless it lies far off. */
static void widen_to(double threshold, double *least, double *most)
{
    if (threshold < *least && threshold > *least / 4)
        *least = threshold;
    if (threshold > *most && threshold < *most * 2)
        *most = threshold;
}

swp_status plot_errors_load(res_store *store, const plot_study *study, const plot_recalls *recalls,
                            plot_errors *out, swp_err *err)
{
    *out = (plot_errors){
        .of = swp_alloc(study->n, sizeof *out->of),
        .blocks = swp_alloc(study->n, sizeof *out->blocks),
    };
    if (!out->of || !out->blocks)
        return swp_fail(err, SWP_NOMEM, "out of memory");
    double least = 0, most = 0;
    swp_status status = SWP_OK;
    for (size_t i = 0; i < study->n && status == SWP_OK; i++) {
        if (!recalls->use[i])
            continue;
        status = res_errors_load(store, study->trials[i].id, recalls->of[i]->selected_epoch,
                                 &out->of[i], &out->blocks[i], err);
        widen(out->of[i].test, out->of[i].n_test, &least, &most);
        widen(out->of[i].anomaly, out->of[i].n_anomaly, &least, &most);
    }
    for (size_t i = 0; i < study->n && most > 0; i++)
        if (recalls->use[i])
            widen_to(recalls->of[i]->threshold_value, &least, &most);
    out->first = most > 0 ? 0.95 * least : 0.1;
    out->last = most > 0 ? 1.05 * most : 1;
    return status;
}

void plot_errors_deinit(plot_errors *errors, size_t n_trials)
{
    for (size_t i = 0; errors->blocks && i < n_trials; i++)
        swp_free(errors->blocks[i]);
    swp_free(errors->blocks);
    swp_free(errors->of);
    *errors = (plot_errors){0};
}
