/* `sweep report --importance`: shares of the variance of a metric that each parameter explains. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/mem.h"
#include "results/query/importance.h"
#include "results/query/select.h"
#include "results/query/standing.h"
#include "results/report/report_priv.h"

/* Rows of the table: the parameters, then the rest. */
typedef struct share_rows {
    const res_study *study;
    const res_importances *of;
    size_t at;
} share_rows;

static bool go_to_row(void *rows, size_t row)
{
    share_rows *r = rows;
    r->at = row;
    return row <= r->of->n;
}

static const char *rest_name(const res_importances *of)
{
    return of->whole.exact ? "interactions" : "all else";
}

enum { PARAMETER, SHARE, FLOOR };

static void fill(const void *rows, size_t index, res_cell *cell)
{
    const share_rows *r = rows;
    const res_importances *of = r->of;
    bool is_rest = r->at == of->n;
    char number[SWP_NUMBER_SIZE];
    res_share share = is_rest ? (res_share){of->whole.rest, of->whole.floor} : of->shares[r->at];
    double value = index == SHARE ? share.share : share.floor;
    if (index == PARAMETER)
        res_cell_words(cell, is_rest ? rest_name(of) : r->study->params[of->params[r->at]].name);
    else if (cell->people)
        res_cell_printf(cell, "%s", res_metric_format(RES_STYLE_RECALL, value, false, number));
    else
        res_cell_real(cell, value);
}

static void write_head(const res_study *study, const res_importances *of, res_format format,
                       FILE *out)
{
    res_put_heading(format, out, "%s@%zu", study->experiment.name, study->experiment.revision);
    res_put_line(format, out, "importance of parameters for the best %s after %zu step%s",
                 study->step_metrics[of->step_metric].name, of->steps, of->steps == 1 ? "" : "s");
    if (of->whole.exact)
        res_put_line(format, out, "shares of the variance, exact over all %zu combinations",
                     of->whole.n_cells);
    else
        res_put_line(format, out, "shares of the variance, by an additive model of %zu trials",
                     of->whole.n_trials);
    if (!isnan(of->whole.noise))
        res_put_line(format, out, "standard deviation between seeds: %.4g", of->whole.noise);
    fputc('\n', out);
}

/* The step metric of this name; the objective for NULL. */
static swp_status find_metric(const res_study *study, const char *name, size_t *out, swp_err *err)
{
    *out = study->objective;
    for (size_t m = 0; name && m < study->n_step_metrics; m++) {
        *out = m;
        if (strcmp(study->step_metrics[m].name, name) == 0)
            return SWP_OK;
    }
    if (!name)
        return SWP_OK;
    swp_status status = swp_fail(err, SWP_USAGE, "--metric: no step records \"%s\"", name);
    const char **names = swp_alloc(study->n_step_metrics, sizeof *names);
    for (size_t m = 0; names && m < study->n_step_metrics; m++)
        names[m] = study->step_metrics[m].name;
    if (names)
        res_hint_nearest(name, names, study->n_step_metrics, err);
    swp_free(names);
    return status;
}

static swp_status write_shares(const res_study *study, const res_importances *of, res_format format,
                               FILE *out, swp_err *err)
{
    share_rows rows = {.study = study, .of = of};
    res_table table = {.format = format, .rows = &rows, .at = go_to_row};
    res_table_add(&table, "parameter", "parameter", RES_LEFT, fill, PARAMETER);
    res_table_add(&table, "share", "share", RES_RIGHT, fill, SHARE);
    res_table_add(&table, "floor", "by chance", RES_RIGHT, fill, FLOOR);
    if (!res_format_for_machines(format))
        write_head(study, of, format, out);
    swp_status status = res_table_write(&table, out, err);
    fputs(format == RES_JSON ? "\n" : "", out);
    res_table_deinit(&table);
    return status;
}

swp_status res_importance_write(res_store *store, const char *experiment, const char *metric,
                                res_format format, FILE *out, swp_err *err)
{
    res_study study;
    res_importances of = {0};
    size_t index = 0;
    swp_status status = res_study_load(store, experiment, &study, err);
    if (status == SWP_OK)
        status = find_metric(&study, metric, &index, err);
    if (status == SWP_OK && res_importances_make(&study, index, NULL, &of, err) != SWP_OK)
        status = swp_wrap(err, "experiment %s", study.experiment.name);
    if (status == SWP_OK)
        status = write_shares(&study, &of, format, out, err);
    res_importances_deinit(&of);
    res_study_deinit(&study);
    return status == SWP_OK ? res_out_check(out, err) : status;
}
