/* `sweep report`: reads what the options name, chooses and orders the rows, and hands them to the
 * layout of the format. */
#include "results/report/report.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/mem.h"
#include "results/query/select.h"
#include "results/report/report_priv.h"

#define MOST_TERMINAL_ROWS 60
#define MOST_PAGE_ROWS     60     /* that a page opens with */
#define MOST_FULL_ROWS     100000 /* that it holds to be asked for */

/* "class 2" or "class_2_recall", as tables for people and for machines name a column. */
static bool find_class(const res_report *report, const char *name, size_t *metric)
{
    for (size_t k = 0; k < report->classes.n; k++) {
        char shown[RES_CELL_SIZE], column[RES_CELL_SIZE];
        snprintf(shown, sizeof shown, "class %s", report->classes.labels[k]);
        snprintf(column, sizeof column, "class_%s_recall", report->classes.labels[k]);
        *metric = report->n_metrics + k;
        if (strcmp(name, shown) == 0 || strcmp(name, column) == 0)
            return true;
    }
    return false;
}

/* "NAME" or "NAME:desc": a column of the report, or what evaluations are chosen by. */
static swp_status read_sort(const res_report *report, const char *text, res_report_order *out,
                            swp_err *err)
{
    static const char ending[] = ":desc";
    const res_study *study = &report->study;
    char name[256];
    swp_err unknown;
    size_t length = strlen(text), tail = strlen(ending);
    *out = (res_report_order){.descending =
                                  length > tail && strcmp(text + length - tail, ending) == 0};
    length -= out->descending ? tail : 0;
    snprintf(name, sizeof name, "%.*s", (int)length, text);
    swp_status status = res_metric_find(study, name, &out->metric, err);
    out->by_metric = status == SWP_OK || find_class(report, name, &out->metric);
    out->by_n = status != SWP_OK && strcmp(name, "n") == 0;
    if (out->by_metric || out->by_n)
        return SWP_OK;
    if (status == SWP_USAGE && strncmp(name, "class", strlen("class")) == 0 &&
        report->classes.n == 0)
        swp_hint(err, "recalls of classes are columns with --classes");
    if (status == SWP_USAGE && res_key_find(study, name, length, &out->key, &unknown) == SWP_OK)
        return SWP_OK;
    return swp_wrap(err, "--sort");
}

/* The metrics that people see. A command's study shows what it recorded. */
static void set_shown(res_report *report, bool wide)
{
    const res_study *study = &report->study;
    for (size_t m = 0; m < report->n_metrics; m++) {
        const res_metric_info info = res_metric_at(study, m);
        report->shown[m] = wide || !info.wide || (study->of_command && info.is_quality);
        if (!study->of_command || m >= RES_METRICS || !report->shown[m])
            continue;
        bool known = false;
        for (size_t i = 0; i < report->n_rows && !known; i++)
            known = !isnan(res_report_mean(report, &report->rows[i], m));
        report->shown[m] = known;
    }
}

/* Where there is a tuning part it chooses, and the test set is judged once. */
static size_t on_tuning_part(const res_study *study, size_t metric)
{
    const char *twin = metric == RES_AUROC               ? "tune_auroc"
                       : metric == RES_BALANCED_ACCURACY ? "tune_balanced_accuracy"
                                                         : NULL;
    size_t found;
    swp_err unknown;
    bool has_twin =
        twin && !study->of_command && res_metric_find(study, twin, &found, &unknown) == SWP_OK;
    return has_twin ? found : metric;
}

/* The metrics that a list names, by name or title. */
static swp_status choose_shown(res_report *report, const char *list, swp_err *err)
{
    char *copy = swp_strdup(list);
    swp_status status = copy ? SWP_OK : swp_fail(err, SWP_NOMEM, "out of memory");
    for (size_t m = 0; m < report->n_metrics; m++)
        report->shown[m] = false;
    for (char *at = copy; at && status == SWP_OK;) {
        size_t metric;
        char *comma = strchr(at, ',');
        if (comma)
            *comma = '\0';
        status = res_metric_find(&report->study, at, &metric, err);
        if (status == SWP_OK)
            report->shown[metric] = true;
        at = comma ? comma + 1 : NULL;
    }
    swp_free(copy);
    return status == SWP_OK || status == SWP_NOMEM ? status : swp_wrap(err, "--columns");
}

/* Choose columns and rows. *order is what --sort asks for. */
static swp_status arrange(res_report *report, const res_report_options *options,
                          res_report_order *order, swp_err *err)
{
    swp_status status = SWP_OK;
    *order = (res_report_order){0};
    set_shown(report, options->wide);
    if (options->columns)
        status = choose_shown(report, options->columns, err);
    if (status != SWP_OK)
        return status;
    if (!res_format_for_machines(options->format))
        res_report_leave_out_paused(report);
    if (options->best) {
        size_t metric;
        if (res_metric_find(&report->study, options->best, &metric, err) != SWP_OK)
            return swp_wrap(err, "--best");
        metric = on_tuning_part(&report->study, metric);
        report->shown[metric] = true;
        res_report_pick_best(report, metric);
    }
    if (options->sort) {
        status = read_sort(report, options->sort, order, err);
        if (status == SWP_OK && order->by_metric && order->metric < report->n_metrics) {
            report->shown[order->metric] = true;
            report->sorted_by_labels = res_metric_at(&report->study, order->metric).on_test;
        }
        report->sorted_by_labels |= order->by_metric && order->metric >= report->n_metrics;
    }
    return status;
}

/* Rows are sorted by what they show: for people, paused trials are read at their last step. */
static swp_status put_in_order(res_store *store, res_report *report,
                               const res_report_options *options, const res_report_order *order,
                               swp_err *err)
{
    swp_status status = SWP_OK;
    if (!res_format_for_machines(options->format))
        status = res_report_read_paused(store, report, err);
    return status == SWP_OK && options->sort ? res_report_sort(report, order, err) : status;
}

/* A page, with all rows even if it opens with some of them. */
static swp_status write_page(res_store *store, const res_report *report,
                             const res_report_options *options, FILE *out, swp_err *err)
{
    res_report full = {0};
    res_report_options all = *options;
    res_report_order order;
    char name[1024];
    swp_status status = SWP_OK;
    bool wanted = report->n_hidden > 0 && report->n_rows + report->n_hidden <= MOST_FULL_ROWS;
    all.all = true;
    snprintf(name, sizeof name, "%s@%zu", report->study.experiment.name,
             report->study.experiment.revision);
    if (wanted)
        status = res_report_load(store, name, &all, 0, &full, err);
    if (wanted && status == SWP_OK)
        status = arrange(&full, &all, &order, err);
    if (wanted && status == SWP_OK)
        status = put_in_order(store, &full, &all, &order, err);
    if (status == SWP_OK)
        status = res_report_write_html(store, report, wanted ? &full : NULL, options, out, err);
    if (wanted)
        res_report_deinit(&full);
    return status;
}

swp_status res_report_write(res_store *store, const char *experiment,
                            const res_report_options *options, FILE *out, swp_err *err)
{
    res_report report;
    res_report_order order;
    size_t most = options->all                   ? 0
                  : options->format == RES_TABLE ? MOST_TERMINAL_ROWS
                  : options->format == RES_HTML  ? MOST_PAGE_ROWS
                                                 : 0;
    swp_status status = res_report_load(store, experiment, options, most, &report, err);
    if (status == SWP_OK)
        status = arrange(&report, options, &order, err);
    if (status == SWP_OK && options->ci)
        status = res_report_sample_areas(store, &report, err);
    if (status == SWP_OK)
        status = put_in_order(store, &report, options, &order, err);
    if (status == SWP_OK && res_format_for_machines(options->format))
        status = res_report_write_data(&report, options, out, err);
    else if (status == SWP_OK && options->format == RES_HTML)
        status = write_page(store, &report, options, out, err);
    else if (status == SWP_OK)
        status = res_report_write_text(&report, options, out, err);
    res_report_deinit(&report);
    return status == SWP_OK ? res_out_check(out, err) : status;
}
