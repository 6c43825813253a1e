/* The figures of many trials, the areas under the curves among them. */
#include <stdlib.h>

#include "engine/base/mem.h"
#include "results/query/metric.h"

/* A trial that needs the errors of its training's selected epoch. */
typedef struct reading {
    const res_trial *trial;
    double *figures;
} reading;

static int compare_readings(const void *a, const void *b)
{
    const res_trial *x = ((const reading *)a)->trial, *y = ((const reading *)b)->trial;
    if (x->training != y->training)
        return x->training < y->training ? -1 : 1;
    return (x->selected_epoch > y->selected_epoch) - (x->selected_epoch < y->selected_epoch);
}

static swp_status set_areas(res_store *store, const reading *r, swp_err *err)
{
    res_errors errors;
    void *block;
    swp_status status =
        res_errors_load(store, r->trial->training, r->trial->selected_epoch, &errors, &block, err);
    if (status == SWP_OK)
        status = res_auroc(&errors, &r->figures[RES_AUROC], err);
    if (status == SWP_OK)
        status = res_auprc(&errors, &r->figures[RES_AUPRC], err);
    swp_free(block);
    return status;
}

/* The areas depend on training and selected epoch only: read each errors once. */
static swp_status add_areas(res_store *store, const res_trial *trials, size_t n, double *figures,
                            swp_err *err)
{
    size_t n_done = 0;
    reading *list = swp_alloc(n, sizeof *list);
    if (!list)
        return swp_fail(err, SWP_NOMEM, "out of memory");
    for (size_t i = 0; i < n; i++)
        if (trials[i].done)
            list[n_done++] = (reading){&trials[i], figures + i * RES_FIGURES};
    if (n_done > 0)
        qsort(list, n_done, sizeof *list, compare_readings);
    swp_status status = SWP_OK;
    for (size_t i = 0; i < n_done && status == SWP_OK; i++) {
        if (i == 0 || compare_readings(&list[i - 1], &list[i]) != 0) {
            status = set_areas(store, &list[i], err);
            continue;
        }
        list[i].figures[RES_AUROC] = list[i - 1].figures[RES_AUROC];
        list[i].figures[RES_AUPRC] = list[i - 1].figures[RES_AUPRC];
    }
    swp_free(list);
    return status;
}

swp_status res_figures_load(res_store *store, const res_trial *trials, size_t n,
                            res_parameters *parameters, bool areas, double **out, swp_err *err)
{
    *out = swp_alloc(n * RES_FIGURES, sizeof **out);
    if (!*out)
        return swp_fail(err, SWP_NOMEM, "out of memory for the figures of %zu trials", n);
    for (size_t i = 0; i < n; i++) {
        const res_trial *t = &trials[i];
        res_figures_of(t, parameters ? parameters(t->arch, t->embedding_dim) : 0,
                       *out + i * RES_FIGURES);
    }
    swp_status status = areas ? add_areas(store, trials, n, *out, err) : SWP_OK;
    if (status != SWP_OK) {
        swp_free(*out);
        *out = NULL;
    }
    return status;
}
