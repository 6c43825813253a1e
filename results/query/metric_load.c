/* The figures of many evaluations, the areas under the curves among them. */
#include <stdlib.h>

#include "engine/base/mem.h"
#include "results/query/metric.h"

/* An evaluation that needs the errors of its trial's selected epoch. */
typedef struct reading {
    const res_evaluation *evaluation;
    double *figures;
} reading;

static int compare_readings(const void *a, const void *b)
{
    const res_evaluation *x = ((const reading *)a)->evaluation,
                         *y = ((const reading *)b)->evaluation;
    if (x->trial != y->trial)
        return x->trial < y->trial ? -1 : 1;
    return (x->selected_epoch > y->selected_epoch) - (x->selected_epoch < y->selected_epoch);
}

static swp_status set_areas(res_store *store, const reading *r, swp_err *err)
{
    res_errors errors;
    void *block;
    swp_status status = res_errors_load(store, r->evaluation->trial, r->evaluation->selected_epoch,
                                        &errors, &block, err);
    if (status == SWP_OK)
        status = res_auroc(&errors, &r->figures[RES_AUROC], err);
    if (status == SWP_OK)
        status = res_auprc(&errors, &r->figures[RES_AUPRC], err);
    swp_free(block);
    return status;
}

/* The areas depend on trial and selected epoch only: read each errors once. */
static swp_status add_areas(res_store *store, const res_evaluation *evaluations, size_t n,
                            double *figures, swp_err *err)
{
    size_t n_done = 0;
    reading *list = swp_alloc(n, sizeof *list);
    if (!list)
        return swp_fail(err, SWP_NOMEM, "out of memory");
    for (size_t i = 0; i < n; i++)
        if (evaluations[i].done)
            list[n_done++] = (reading){&evaluations[i], figures + i * RES_FIGURES};
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

swp_status res_figures_load(res_store *store, const res_evaluation *evaluations, size_t n,
                            res_parameters *parameters, bool areas, double **out, swp_err *err)
{
    *out = swp_alloc(n * RES_FIGURES, sizeof **out);
    if (!*out)
        return swp_fail(err, SWP_NOMEM, "out of memory for the figures of %zu evaluations", n);
    for (size_t i = 0; i < n; i++) {
        const res_evaluation *t = &evaluations[i];
        res_figures_of(t, parameters ? parameters(t->arch, t->embedding_dim) : 0,
                       *out + i * RES_FIGURES);
    }
    swp_status status = areas ? add_areas(store, evaluations, n, *out, err) : SWP_OK;
    if (status != SWP_OK) {
        swp_free(*out);
        *out = NULL;
    }
    return status;
}
