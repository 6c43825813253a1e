/* The bootstrap intervals of AUROC and AUPRC of a report's rows, from the stored errors. */
#include <math.h>

#include "engine/base/mem.h"
#include "results/report/report_priv.h"

/* Whether two rows read the same models: they differ in the threshold only. */
static bool same_models(const res_report *report, const res_report_row *a, const res_report_row *b)
{
    for (size_t i = 0; i < a->n && a->n == b->n; i++) {
        const res_evaluation *x = report->members[a->first + i];
        const res_evaluation *y = report->members[b->first + i];
        if (x->trial != y->trial || x->selected_epoch != y->selected_epoch)
            return false;
    }
    return a->n == b->n;
}

static bool is_finished(const res_report *report, const res_report_row *row)
{
    return res_report_n(report, row) == row->n;
}

static swp_status sample_row(res_store *store, const res_report *report, res_report_row *row,
                             swp_err *err)
{
    res_errors *errors = swp_alloc(row->n, sizeof *errors);
    void **blocks = swp_alloc(row->n, sizeof *blocks);
    swp_status status = SWP_OK;
    if (!errors || !blocks)
        status =
            swp_fail(err, SWP_NOMEM, "out of memory for the errors of %u trials", (unsigned)row->n);
    for (size_t i = 0; i < row->n && status == SWP_OK; i++) {
        const res_evaluation *e = report->members[row->first + i];
        status = res_errors_load(store, report->study.trials[e->trial].id, e->selected_epoch,
                                 &errors[i], &blocks[i], err);
    }
    if (status == SWP_OK)
        status = res_bootstrap_areas(errors, NULL, row->n, RES_RESAMPLES, &row->areas, err);
    for (size_t i = 0; blocks && i < row->n; i++)
        swp_free(blocks[i]);
    swp_free(errors);
    swp_free(blocks);
    return status;
}

swp_status res_report_sample_areas(res_store *store, res_report *report, swp_err *err)
{
    swp_status status = SWP_OK;
    for (size_t r = 0; r < report->n_rows && status == SWP_OK; r++) {
        res_report_row *row = &report->rows[r];
        const res_report_row *before = r > 0 ? row - 1 : NULL;
        if (res_report_row_splits(report, row) != 1 || !is_finished(report, row))
            continue;
        if (before && same_models(report, before, row))
            row->areas = before->areas;
        else
            status = sample_row(store, report, row, err);
    }
    return status;
}
