/* Rows of trials that a search paused before the row's epoch count: they are read at their last
 * step. Tables for people show how far such a row came; where no column does, and in exports, it is
 * empty, and the best row is never one of these, because their numbers are of fewer epochs. A
 * command's trial that was stopped is read as it is, also in exports: there it is left out where
 * people see a mean that does not say how far it came. */
#include "engine/base/mem.h"
#include "results/report/report_priv.h"

/* Whether an evaluation asks for more epochs than the search has let its trial do. Trials of a
 * command that are read at one step came equally far. */
static bool is_paused(const res_report *report, const res_evaluation *e)
{
    const res_trial *t = &report->study.trials[e->trial];
    if (t->state != RES_STOPPED || t->n_steps == 0)
        return false;
    return report->study.of_command ? report->whole && report->study.reading.at != RES_AT_STEP
                                    : t->data_set != 0 && e->epochs > t->n_steps;
}

/* Whether all evaluations of a row are of paused trials that came equally far. */
static bool is_paused_row(const res_report *report, const res_report_row *row)
{
    for (size_t i = 0; i < row->n; i++) {
        const res_evaluation *e = report->members[row->first + i];
        if (!is_paused(report, e) ||
            res_last_step(&report->study.trials[e->trial]) !=
                res_last_step(&report->study.trials[res_report_first(report, row)->trial]))
            return false;
    }
    return true;
}

bool res_report_row_is_paused(const res_report *report, const res_report_row *row)
{
    return res_report_first(report, row)->selected_epoch > 0 && is_paused_row(report, row);
}

void res_report_leave_out_paused(res_report *report)
{
    for (size_t r = 0; report->study.of_command && r < report->n_rows; r++) {
        const res_report_row *row = &report->rows[r];
        if (report->by_epochs && is_paused_row(report, row))
            continue;
        for (size_t i = 0; i < row->n; i++) {
            size_t at = (size_t)(report->members[row->first + i] - report->evaluations);
            if (is_paused(report, &report->evaluations[at]))
                report->evaluations[at].selected_epoch = 0;
        }
    }
}

/* A threshold that was not planned has no score, and the evaluation stays unknown. */
static swp_status read_last_step(res_store *store, const res_report *report, res_evaluation *e,
                                 swp_err *err)
{
    const res_trial *t = &report->study.trials[e->trial];
    res_score *scores;
    size_t n;
    swp_status status =
        res_scores_list(store, &report->study, e->trial, &e->threshold, &scores, &n, err);
    for (size_t i = 0; status == SWP_OK && i < n; i++) {
        if (scores[i].step != t->best_steps[t->n_steps - 1])
            continue;
        e->selected_epoch = (uint32_t)scores[i].step;
        e->threshold_value = scores[i].threshold_value;
        e->normal_correct = (uint32_t)scores[i].normal_correct;
        e->anomaly_correct = (uint32_t)scores[i].anomaly_correct;
        e->normal_total = t->n_normal;
        e->anomaly_total = t->n_anomaly;
    }
    swp_free(scores);
    return status;
}

swp_status res_report_read_paused(res_store *store, res_report *report, swp_err *err)
{
    swp_status status = SWP_OK;
    bool is_read = report->by_epochs && !report->study.of_command; /* a command's are, whole */
    for (size_t r = 0; is_read && r < report->n_rows; r++) {
        const res_report_row *row = &report->rows[r];
        for (size_t i = 0; is_paused_row(report, row) && i < row->n && status == SWP_OK; i++) {
            size_t at = (size_t)(report->members[row->first + i] - report->evaluations);
            status = read_last_step(store, report, &report->evaluations[at], err);
        }
    }
    return status;
}
