/* The columns of a report. The same list makes the table for people and the rows for machines:
 * people see what differs between rows, and a mean with its spread in one column; machines get
 * every axis and every metric, with a column each for mean, standard deviation, half the confidence
 * interval and number of trials, whether rows are evaluations or groups. */
#include <math.h>
#include <stdio.h>

#include "engine/base/mem.h"
#include "results/report/report_priv.h"

enum { PART_MEAN, PART_SD, PART_CI95, PART_N, PARTS };

/* Whether a row's evaluations agree in what `same` compares. */
static bool agree(const res_report_cursor *c,
                  bool (*same)(const res_report *report, const res_evaluation *a,
                               const res_evaluation *b, size_t index),
                  size_t index)
{
    const res_evaluation *first = res_report_first(c->report, c->row);
    for (size_t i = 1; i < c->row->n; i++)
        if (!same(c->report, first, c->report->members[c->row->first + i], index))
            return false;
    return true;
}

static bool same_param(const res_report *report, const res_evaluation *a, const res_evaluation *b,
                       size_t param)
{
    const uint32_t *of = report->study.params[param].of;
    return of[a->trial] == of[b->trial];
}

static bool same_trial(const res_report *report, const res_evaluation *a, const res_evaluation *b,
                       size_t index)
{
    (void)report;
    (void)index;
    return a->trial == b->trial;
}

static bool same_epochs(const res_report *report, const res_evaluation *a, const res_evaluation *b,
                        size_t index)
{
    (void)report;
    (void)index;
    return a->epochs == b->epochs;
}

static bool same_threshold(const res_report *report, const res_evaluation *a,
                           const res_evaluation *b, size_t index)
{
    (void)report;
    (void)index;
    return a->threshold.kind == b->threshold.kind && a->threshold.value == b->threshold.value;
}

/* The trial of the row's first evaluation. */
static const res_trial *trial_of(const res_report_cursor *c)
{
    return &c->report->study.trials[res_report_first(c->report, c->row)->trial];
}

static void fill_trial(const void *rows, size_t index, res_cell *cell)
{
    const res_report_cursor *c = rows;
    if (agree(c, same_trial, index))
        res_cell_whole(cell, trial_of(c)->number);
}

static void fill_evaluation(const void *rows, size_t index, res_cell *cell)
{
    const res_report_cursor *c = rows;
    (void)index;
    if (c->row->n == 1 && res_report_first(c->report, c->row)->number > 0)
        res_cell_whole(cell, res_report_first(c->report, c->row)->number);
}

static void fill_param(const void *rows, size_t index, res_cell *cell)
{
    const res_report_cursor *c = rows;
    if (c->below || !agree(c, same_param, index))
        return;
    const res_value *value =
        res_study_value(&c->report->study, index, res_report_first(c->report, c->row)->trial);
    if (cell->people)
        res_cell_words(cell, value->label);
    else
        res_cell_value(cell, value->text);
}

static void fill_epochs(const void *rows, size_t index, res_cell *cell)
{
    const res_report_cursor *c = rows;
    if (!c->below && agree(c, same_epochs, index))
        res_cell_whole(cell, res_report_first(c->report, c->row)->epochs);
}

static void fill_threshold(const void *rows, size_t index, res_cell *cell)
{
    const res_report_cursor *c = rows;
    if (!c->below && trial_of(c)->data_set != 0 && agree(c, same_threshold, index))
        res_cell_threshold(cell, res_report_first(c->report, c->row)->threshold);
}

static void fill_chosen_on(const void *rows, size_t index, res_cell *cell)
{
    const res_report_cursor *c = rows;
    if (!c->below && trial_of(c)->data_set != 0 && agree(c, same_threshold, index))
        res_cell_words(cell, res_chosen_on(res_report_first(c->report, c->row)->threshold));
}

static void fill_n(const void *rows, size_t index, res_cell *cell)
{
    const res_report_cursor *c = rows;
    (void)index;
    if (!c->below)
        res_cell_whole(cell, c->n);
}

enum { NORMAL_CORRECT, NORMAL_TOTAL, ANOMALY_CORRECT, ANOMALY_TOTAL };

static void fill_count(const void *rows, size_t index, res_cell *cell)
{
    const res_report_cursor *c = rows;
    const res_evaluation *e = res_report_first(c->report, c->row);
    if (c->row->n > 1 || e->selected_epoch == 0 || trial_of(c)->data_set == 0)
        return;
    const uint32_t counts[] = {e->normal_correct, e->normal_total, e->anomaly_correct,
                               e->anomaly_total};
    res_cell_whole(cell, counts[index]);
}

static void put_part(const res_spread *spread, size_t part, res_cell *cell)
{
    if (part == PART_N)
        res_cell_whole(cell, spread->n);
    else
        res_cell_real(cell, part == PART_MEAN ? spread->mean
                            : part == PART_SD ? spread->sd
                                              : spread->ci95);
}

static void fill_metric_part(const void *rows, size_t index, res_cell *cell)
{
    const res_report_cursor *c = rows;
    put_part(&c->metrics[index / PARTS], index % PARTS, cell);
}

static void fill_class_part(const void *rows, size_t index, res_cell *cell)
{
    const res_report_cursor *c = rows;
    put_part(&c->classes[index / PARTS], index % PARTS, cell);
}

/* A mean with what is known of its spread; its own n where some trials of the row have no value. */
static void put_spread(const res_report_cursor *c, res_style style, const res_spread *spread,
                       res_cell *cell)
{
    char text[RES_SPREAD_SIZE], interval[RES_SPREAD_SIZE] = "", n[32] = "";
    if (c->intervals)
        res_metric_format_interval(style, spread->mean, spread->ci95, interval);
    if (c->below) {
        res_cell_printf(cell, "%s", interval);
        return;
    }
    if (spread->n > 0 && spread->n != c->n && style != RES_STYLE_FIXED)
        snprintf(n, sizeof n, " (n=%zu)", spread->n);
    if (c->lines_below)
        *interval = '\0';
    res_metric_format_spread(style, spread->mean, spread->sd, text);
    res_cell_printf(cell, "%s%s%s%s", text, n, *interval ? " " : "", interval);
}

static void put_share(size_t correct, size_t total, res_cell *cell)
{
    if (total == 0)
        res_cell_words(cell, "-");
    else
        res_cell_printf(cell, "%zu/%zu %.2f%%", correct, total,
                        100 * (double)correct / (double)total);
}

static void fill_metric(const void *rows, size_t index, res_cell *cell)
{
    const res_report_cursor *c = rows;
    const res_evaluation *e = res_report_first(c->report, c->row);
    const res_style style = res_metric_at(&c->report->study, index).style;
    char text[SWP_NUMBER_SIZE];
    if (c->report->grouped)
        put_spread(c, style, &c->metrics[index], cell);
    else if (index == RES_NORMAL_RECALL && e->selected_epoch > 0)
        put_share(e->normal_correct, e->normal_total, cell);
    else if (index == RES_ANOMALY_RECALL && e->selected_epoch > 0)
        put_share(e->anomaly_correct, e->anomaly_total, cell);
    else
        res_cell_printf(cell, "%s", res_metric_format(style, c->metrics[index].mean, false, text));
}

static const res_class_count *class_count(const res_report_cursor *c, size_t class)
{
    const res_class_recalls *classes = &c->report->classes;
    const res_evaluation *e = res_report_first(c->report, c->row);
    return &classes->counts[(size_t)(e - c->report->evaluations) * classes->stride + class];
}

static void fill_class(const void *rows, size_t index, res_cell *cell)
{
    const res_report_cursor *c = rows;
    if (c->report->grouped)
        put_spread(c, RES_STYLE_RECALL, &c->classes[index], cell);
    else
        put_share(class_count(c, index)->correct, class_count(c, index)->total, cell);
}

static void fill_class_count(const void *rows, size_t index, res_cell *cell)
{
    const res_report_cursor *c = rows;
    const res_class_count *count = class_count(c, index / 2);
    if (c->row->n == 1 && res_report_first(c->report, c->row)->selected_epoch > 0)
        res_cell_whole(cell, index % 2 ? count->total : count->correct);
}

static bool go_to_row(void *rows, size_t row)
{
    res_report_cursor *c = rows;
    const res_report *report = c->report;
    if (row == 0) {
        c->next = 0;
    } else if (c->lines_below && !c->below && c->n > 1) {
        c->below = true;
        return true;
    }
    c->below = false;
    if (c->next == report->n_rows)
        return false;
    c->row = &report->rows[c->next++];
    c->n = res_report_n(report, c->row);
    size_t n = res_metric_count(&report->study);
    for (size_t m = 0; m < n; m++) {
        if (c->for_machines || report->shown[m])
            c->metrics[m] = res_report_metric(report, c->row, m);
    }
    for (size_t k = 0; k < report->classes.n; k++)
        c->classes[k] = res_report_class(report, c->row, k);
    return true;
}

/* Columns for machines of what has a mean over trials. */
static void add_parts(res_table *table, const char *name, res_fill *fill, size_t index)
{
    static const char *const endings[PARTS] = {"", "_sd", "_ci95", "_n"};
    char text[RES_CELL_SIZE];
    for (size_t part = 0; part < PARTS; part++) {
        snprintf(text, sizeof text, "%s%s", name, endings[part]);
        res_table_add(table, text, NULL, RES_RIGHT, fill, index * PARTS + part);
    }
}

static bool has_thresholds(const res_report *report)
{
    for (size_t i = 0; i < report->study.n_trials; i++)
        if (report->study.trials[i].data_set != 0)
            return true;
    return report->study.n_trials == 0;
}

static bool is_chosen_on_test(const res_report *report)
{
    bool found = false;
    for (size_t i = 0; i < report->n_evaluations; i++) {
        res_threshold_kind kind = report->evaluations[i].threshold.kind;
        found |= kind == RES_THRESHOLD_BEST_F1 || kind == RES_THRESHOLD_YOUDEN;
    }
    return found;
}

static void add_for_people(const res_report_cursor *c, res_table *table)
{
    const res_report *report = c->report;
    bool threshold = report->by_threshold && has_thresholds(report);
    for (size_t k = 0; k < report->n_keys; k++)
        res_table_add(table, NULL, report->study.params[report->keys[k]].title, RES_RIGHT,
                      fill_param, report->keys[k]);
    if (report->by_epochs)
        res_table_add(table, NULL, "epochs", RES_RIGHT, fill_epochs, 0);
    for (size_t m = 0; m < res_metric_count(&report->study); m++) {
        const res_metric_info info = res_metric_at(&report->study, m);
        if (info.needs_threshold && threshold) {
            res_table_add(table, NULL, "threshold", RES_RIGHT, fill_threshold, 0);
            if (is_chosen_on_test(report))
                res_table_add(table, NULL, "chosen on", RES_RIGHT, fill_chosen_on, 0);
            threshold = false;
        }
        if (report->shown[m])
            res_table_add(table, NULL, info.title, RES_RIGHT, fill_metric, m);
    }
    for (size_t k = 0; k < report->classes.n; k++) {
        char title[128];
        snprintf(title, sizeof title, "class %s", report->classes.labels[k]);
        res_table_add(table, NULL, title, RES_RIGHT, fill_class, k);
    }
    if (report->grouped && c->n_all == 0)
        res_table_add(table, NULL, "n", RES_RIGHT, fill_n, 0);
}

static void add_for_machines(const res_report_cursor *c, res_table *table)
{
    static const char *const counts[] = {"normal_correct", "normal_total", "anomaly_correct",
                                         "anomaly_total"};
    const res_report *report = c->report;
    char name[RES_CELL_SIZE];
    res_table_add(table, "trial", NULL, RES_RIGHT, fill_trial, 0);
    for (size_t p = 0; p < report->study.n_axes; p++)
        res_table_add(table, report->study.params[p].name, NULL, RES_RIGHT, fill_param, p);
    for (size_t k = 0; k < report->n_keys; k++)
        if (report->keys[k] >= report->study.n_axes)
            res_table_add(table, report->study.params[report->keys[k]].name, NULL, RES_RIGHT,
                          fill_param, report->keys[k]);
    res_table_add(table, "epochs", NULL, RES_RIGHT, fill_epochs, 0);
    res_table_add(table, "threshold", NULL, RES_RIGHT, fill_threshold, 0);
    res_table_add(table, "chosen_on", NULL, RES_LEFT, fill_chosen_on, 0);
    res_table_add(table, "n", NULL, RES_RIGHT, fill_n, 0);
    for (size_t i = 0; i < 4; i++)
        res_table_add(table, counts[i], NULL, RES_RIGHT, fill_count, i);
    for (size_t m = 0; m < res_metric_count(&report->study); m++)
        add_parts(table, res_metric_at(&report->study, m).name, fill_metric_part, m);
    for (size_t k = 0; k < 2 * report->classes.n; k++) {
        snprintf(name, sizeof name, "class_%s_%s", report->classes.labels[k / 2],
                 k % 2 ? "total" : "correct");
        res_table_add(table, name, NULL, RES_RIGHT, fill_class_count, k);
    }
    for (size_t k = 0; k < report->classes.n; k++) {
        snprintf(name, sizeof name, "class_%s_recall", report->classes.labels[k]);
        add_parts(table, name, fill_class_part, k);
    }
    res_table_add(table, "evaluation", NULL, RES_RIGHT, fill_evaluation, 0);
}

swp_status res_report_columns(const res_report *report, const res_report_options *options,
                              res_report_cursor *cursor, res_table *table, swp_err *err)
{
    bool latex = options->format == RES_LATEX;
    *table = (res_table){.format = options->format, .rows = cursor, .at = go_to_row};
    *cursor = (res_report_cursor){
        .report = report,
        .for_machines = res_format_for_machines(options->format),
        .metrics = swp_alloc(res_metric_count(&report->study), sizeof *cursor->metrics),
        .classes = swp_alloc(report->classes.n, sizeof *cursor->classes)};
    if (!cursor->metrics || !cursor->classes)
        return swp_fail(err, SWP_NOMEM, "out of memory for the columns of a report");
    if (cursor->for_machines) {
        add_for_machines(cursor, table);
        return SWP_OK;
    }
    for (size_t i = 0; report->grouped && i < report->n_rows; i++) {
        size_t n = res_report_n(report, &report->rows[i]);
        cursor->n_all = i == 0 || cursor->n_all == n ? n : 0;
        cursor->intervals |= n > 1 && (latex || options->ci);
    }
    cursor->lines_below = cursor->intervals && latex;
    add_for_people(cursor, table);
    return SWP_OK;
}

void res_report_columns_deinit(res_report_cursor *cursor, res_table *table)
{
    res_table_deinit(table);
    swp_free(cursor->metrics);
    swp_free(cursor->classes);
}

void res_report_describe(const res_report_cursor *cursor, swp_buf *out)
{
    swp_buf_puts(out, "mean ± standard deviation over n ");
    if (cursor->n_all > 0)
        swp_buf_printf(out, "= %zu ", cursor->n_all);
    swp_buf_puts(out, "trials");
    if (cursor->report->pooled)
        swp_buf_puts(out, ", each the mean of its evaluations");
    if (cursor->intervals)
        swp_buf_puts(out, ", in brackets the 95% confidence interval of the mean (Student's t)");
}
