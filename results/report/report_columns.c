/* The columns of a report. The same list makes the table for people and the rows for machines:
 * people see what differs between rows, and a mean with its spread in one column; machines get
 * every axis and every metric, with a column each for mean, standard deviation, half the confidence
 * interval and number of trials, whether rows are evaluations or groups. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/mem.h"
#include "results/report/report_priv.h"

/* What a row is known by: these, then the study's parameters. A group may differ in it. */
enum { TRIAL, EPOCHS, THRESHOLD, CHOSEN_ON, PARAMS };

static bool agree(const res_study *study, const res_evaluation *a, const res_evaluation *b,
                  size_t what)
{
    switch (what) {
    case TRIAL:
        return a->trial == b->trial;
    case EPOCHS:
        return a->epochs == b->epochs;
    case THRESHOLD:
    case CHOSEN_ON:
        return a->threshold.kind == b->threshold.kind && a->threshold.value == b->threshold.value;
    default:
        return study->params[what - PARAMS].of[a->trial] ==
               study->params[what - PARAMS].of[b->trial];
    }
}

/* The last step of a command's trials whose mean a row is; 0 where they differ. */
static size_t last_step_of(const res_report *report, const res_report_row *row)
{
    size_t last = 0;
    for (size_t i = 0; i < row->n; i++) {
        const res_evaluation *e = report->members[row->first + i];
        size_t step = res_last_step(&report->study.trials[e->trial]);
        if (e->selected_epoch > 0 && last > 0 && step != last)
            return 0;
        last = e->selected_epoch > 0 ? step : last;
    }
    return last;
}

/* How far the trials of a command's row came; nothing where they differ. */
static void fill_last_step(const res_report_cursor *c, res_cell *cell)
{
    const res_trial *t = &c->report->study.trials[res_report_first(c->report, c->row)->trial];
    size_t last = res_last_step(t);
    bool is_paused = cell->people && res_report_row_is_paused(c->report, c->row);
    if (is_paused && t->budget < RES_UNLIMITED)
        res_cell_printf(cell, "%zu/%zu stopped", last, t->budget);
    else if (is_paused)
        res_cell_printf(cell, "%zu stopped", last);
    if (cell->people)
        last = last_step_of(c->report, c->row);
    if (!is_paused && last > 0 && (cell->people || c->row->n == 1))
        res_cell_whole(cell, last);
}

/* Nothing where the evaluations of a group differ. */
static void fill_key(const void *rows, size_t what, res_cell *cell)
{
    const res_report_cursor *c = rows;
    const res_study *study = &c->report->study;
    const res_evaluation *first = res_report_first(c->report, c->row);
    const res_trial *t = &study->trials[first->trial];
    bool same = true;
    for (size_t i = 1; i < c->row->n && same; i++)
        same = agree(study, first, c->report->members[c->row->first + i], what);
    if (!same || ((what == THRESHOLD || what == CHOSEN_ON) && t->data_set == 0))
        return; /* a command's trial has no threshold */
    if (what == TRIAL)
        res_cell_whole(cell, t->number);
    else if (what == EPOCHS && first->epochs == RES_ALL_STEPS)
        fill_last_step(c, cell);
    else if (what == EPOCHS && cell->people && res_report_row_is_paused(c->report, c->row))
        res_cell_printf(cell, "%zu/%u stopped", t->n_steps, (unsigned)first->epochs);
    else if (what == EPOCHS)
        res_cell_whole(cell, first->epochs);
    else if (what == THRESHOLD)
        res_cell_threshold(cell, first->threshold);
    else if (what == CHOSEN_ON)
        res_cell_words(cell,
                       c->report->best_by_labels ? "test" : res_chosen_on(study, first->threshold));
    else if (cell->people)
        res_cell_words(cell, res_study_value(study, what - PARAMS, first->trial)->label);
    else
        res_cell_value(cell, res_study_value(study, what - PARAMS, first->trial));
}

static void fill_n(const void *rows, size_t index, res_cell *cell)
{
    const res_report_cursor *c = rows;
    (void)index;
    res_cell_whole(cell, c->n);
}

static const res_class_count *class_count(const res_report *report, const res_evaluation *e,
                                          size_t class)
{
    return &report->classes
                .counts[(size_t)(e - report->evaluations) * report->classes.stride + class];
}

/* Counts of a single evaluation; those of classes follow. */
enum { NUMBER, NORMAL_CORRECT, NORMAL_TOTAL, ANOMALY_CORRECT, ANOMALY_TOTAL, CLASSES };

static void fill_count(const void *rows, size_t index, res_cell *cell)
{
    const res_report_cursor *c = rows;
    const res_evaluation *e = res_report_first(c->report, c->row);
    const uint32_t counts[] = {e->number, e->normal_correct, e->normal_total, e->anomaly_correct,
                               e->anomaly_total};
    bool known = e->selected_epoch > 0 && c->report->study.trials[e->trial].data_set != 0;
    if (c->row->n > 1 || (index == NUMBER ? e->number == 0 : !known))
        return;
    if (index < CLASSES) {
        res_cell_whole(cell, counts[index]);
        return;
    }
    const res_class_count *count = class_count(c->report, e, (index - CLASSES) / 2);
    res_cell_whole(cell, (index - CLASSES) % 2 ? count->total : count->correct);
}

static res_style style_of(const res_report *report, size_t index)
{
    return index < report->n_metrics ? res_metric_at(&report->study, index).style
                                     : RES_STYLE_RECALL;
}

/* Metrics, then the recalls of classes. */
enum { PART_MEAN, PART_SD, PART_CI95, PART_LOW, PART_HIGH, PART_N, PARTS };

static void fill_part(const void *rows, size_t index, res_cell *cell)
{
    const res_report_cursor *c = rows;
    const res_spread *spread = &c->spreads[index / PARTS];
    const double parts[] = {spread->mean, spread->sd, spread->ci95, spread->interval.low,
                            spread->interval.high};
    size_t part = index % PARTS;
    if (part == PART_N)
        res_cell_whole(cell, spread->n);
    else if (part < PART_CI95 || res_style_has_interval(style_of(c->report, index / PARTS)))
        res_cell_real(cell, parts[part]);
}

/* A mean with what is known of its spread; its own n where some trials of the row have no value. */
static void fill_mean(const void *rows, size_t index, res_cell *cell)
{
    const res_report_cursor *c = rows;
    const res_spread *spread = &c->spreads[index];
    res_style style = style_of(c->report, index);
    char text[RES_SPREAD_SIZE], interval[RES_SPREAD_SIZE] = "", n[32] = "";
    if (c->intervals)
        res_metric_format_interval(style, spread, interval);
    if (spread->n > 0 && spread->n != c->n && style != RES_STYLE_FIXED)
        snprintf(n, sizeof n, " (n=%zu)", spread->n);
    res_metric_format_spread(style, spread, text);
    res_cell_printf(cell, "%s%s%s%s", text, n, *interval ? " " : "", interval);
}

/* A metric of a single evaluation; recalls with their counts. */
static void fill_value(const void *rows, size_t index, res_cell *cell)
{
    const res_report_cursor *c = rows;
    const res_evaluation *e = res_report_first(c->report, c->row);
    size_t correct = 0, total = 0;
    char text[SWP_NUMBER_SIZE];
    if (index >= c->report->n_metrics) {
        const res_class_count *count = class_count(c->report, e, index - c->report->n_metrics);
        correct = count->correct;
        total = count->total;
    } else if (index == RES_NORMAL_RECALL && e->selected_epoch > 0) {
        correct = e->normal_correct;
        total = e->normal_total;
    } else if (index == RES_ANOMALY_RECALL && e->selected_epoch > 0) {
        correct = e->anomaly_correct;
        total = e->anomaly_total;
    }
    res_metric_format(style_of(c->report, index), c->spreads[index].mean, false, text);
    res_spread of_rows = c->spreads[index];
    char interval[RES_SPREAD_SIZE] = "";
    if (total > 0)
        of_rows.interval = res_share_interval(correct, total);
    if (c->of_rows)
        res_metric_format_interval(style_of(c->report, index), &of_rows, interval);
    if (total > 0)
        res_cell_printf(cell, "%zu/%zu %s%s%s", correct, total, text, *interval ? " " : "",
                        interval);
    else
        res_cell_printf(cell, "%s%s%s", text, *interval ? " " : "", interval);
}

static bool go_to_row(void *rows, size_t row)
{
    res_report_cursor *c = rows;
    const res_report *report = c->report;
    if (row == 0)
        c->next = 0;
    if (c->next == report->n_rows)
        return false;
    c->row = &report->rows[c->next++];
    c->n = res_report_n(report, c->row);
    for (size_t i = 0; i < report->n_metrics + report->classes.n; i++)
        if (c->for_machines || i >= report->n_metrics || report->shown[i])
            c->spreads[i] = res_report_spread(report, c->row, i);
    return true;
}

/* Rows of a command say how far they came where some came less far. */
static bool is_paused_somewhere(const res_report *report)
{
    for (size_t r = 0; r < report->n_rows; r++)
        if (res_report_row_is_paused(report, &report->rows[r]))
            return true;
    return false;
}

static void add_for_people(const res_report_cursor *c, res_table *table)
{
    const res_report *report = c->report;
    res_fill *fill = report->grouped ? fill_mean : fill_value;
    bool has_data = report->study.n_trials == 0, by_labels = report->best_by_labels;
    for (size_t i = 0; i < report->study.n_trials; i++)
        has_data |= report->study.trials[i].data_set != 0;
    for (size_t i = 0; i < report->n_evaluations; i++)
        by_labels |= res_threshold_by_labels(report->evaluations[i].threshold);
    bool threshold = report->by_threshold && has_data;
    for (size_t k = 0; k < report->n_keys; k++)
        res_table_add(table, NULL, report->study.params[report->keys[k]].title, RES_RIGHT, fill_key,
                      PARAMS + report->keys[k]);
    if (report->by_epochs && !report->whole)
        res_table_add(table, NULL, "epochs", RES_RIGHT, fill_key, EPOCHS);
    else if (report->by_epochs && is_paused_somewhere(report))
        res_table_add(table, NULL, "steps", RES_RIGHT, fill_key, EPOCHS);
    for (size_t m = 0; m < report->n_metrics; m++) {
        const res_metric_info info = res_metric_at(&report->study, m);
        if (info.needs_threshold && threshold) {
            res_table_add(table, NULL, "threshold", RES_RIGHT, fill_key, THRESHOLD);
            res_table_add(table, NULL, by_labels ? "chosen on" : NULL, RES_RIGHT, fill_key,
                          CHOSEN_ON);
            threshold = false;
        }
        res_table_add(table, NULL, report->shown[m] ? info.title : NULL, RES_RIGHT, fill, m);
    }
    for (size_t k = 0; k < report->classes.n; k++) {
        char title[RES_CELL_SIZE];
        snprintf(title, sizeof title, "class %s", report->classes.labels[k]);
        res_table_add(table, NULL, title, RES_RIGHT, fill, report->n_metrics + k);
    }
    if (report->grouped && c->n_all == 0)
        res_table_add(table, NULL, "n", RES_RIGHT, fill_n, 0);
}

static void add(res_table *table, const char *name, res_fill *fill, size_t index)
{
    res_table_add(table, name, NULL, RES_RIGHT, fill, index);
}

/* What has a mean over trials. */
static void add_parts(res_table *table, const char *name, size_t index)
{
    static const char *const endings[PARTS] = {"", "_sd", "_ci95", "_low", "_high", "_n"};
    char text[RES_CELL_SIZE];
    for (size_t part = 0; part < PARTS; part++) {
        snprintf(text, sizeof text, "%s%s", name, endings[part]);
        add(table, text, fill_part, index * PARTS + part);
    }
}

static void add_for_machines(const res_report *report, res_table *table)
{
    static const char *const counts[] = {"evaluation", "normal_correct", "normal_total",
                                         "anomaly_correct", "anomaly_total"};
    const res_study *study = &report->study;
    char name[RES_CELL_SIZE];
    add(table, "trial", fill_key, TRIAL);
    add(table, counts[NUMBER], fill_count, NUMBER);
    for (size_t p = 0; p < study->n_axes; p++)
        add(table, study->params[p].name, fill_key, PARAMS + p);
    for (size_t k = 0; k < report->n_keys; k++)
        if (report->keys[k] >= study->n_axes)
            add(table, study->params[report->keys[k]].name, fill_key, PARAMS + report->keys[k]);
    add(table, "epochs", fill_key, EPOCHS);
    if (!study->of_command) {
        add(table, "threshold", fill_key, THRESHOLD);
        add(table, "chosen_on", fill_key, CHOSEN_ON);
    }
    add(table, "n", fill_n, 0);
    for (size_t i = NORMAL_CORRECT; i <= ANOMALY_TOTAL && !study->of_command; i++)
        add(table, counts[i], fill_count, i);
    for (size_t m = 0; m < report->n_metrics; m++)
        if (!study->of_command || m >= RES_METRICS || report->shown[m])
            add_parts(table, res_metric_at(study, m).name, m);
    for (size_t k = 0; k < report->classes.n; k++) {
        for (size_t i = 0; i < 2; i++) {
            snprintf(name, sizeof name, "class_%s_%s", report->classes.labels[k],
                     i == 0 ? "correct" : "total");
            add(table, name, fill_count, CLASSES + 2 * k + i);
        }
        snprintf(name, sizeof name, "class_%s_recall", report->classes.labels[k]);
        add_parts(table, name, report->n_metrics + k);
    }
}

swp_status res_report_columns(const res_report *report, const res_report_options *options,
                              res_report_cursor *cursor, res_table *table, swp_err *err)
{
    bool latex = options->format == RES_LATEX;
    *table = (res_table){.format = options->format, .rows = cursor, .at = go_to_row};
    *cursor = (res_report_cursor){
        .report = report,
        .for_machines = res_format_for_machines(options->format),
        .spreads = swp_alloc(report->n_metrics + report->classes.n, sizeof *cursor->spreads)};
    if (!cursor->spreads)
        return swp_fail(err, SWP_NOMEM, "out of memory for the columns of a report");
    if (cursor->for_machines) {
        add_for_machines(report, table);
        return SWP_OK;
    }
    for (size_t i = 0; report->grouped && i < report->n_rows; i++) {
        size_t n = res_report_n(report, &report->rows[i]);
        cursor->n_all = i == 0 || cursor->n_all == n ? n : 0;
        cursor->intervals |= n > 1 && (latex || options->ci);
    }
    cursor->of_rows = options->ci && !report->grouped;
    add_for_people(cursor, table);
    return SWP_OK;
}

void res_report_columns_deinit(res_report_cursor *cursor, res_table *table)
{
    res_table_deinit(table);
    swp_free(cursor->spreads);
}

/* Whether trials of one row differ in a parameter. */
static bool is_pooled(const res_report *report, size_t param)
{
    const uint32_t *of = report->study.params[param].of;
    for (size_t r = 0; r < report->n_rows && report->study.params[param].differs; r++) {
        const res_evaluation *const *members = report->members + report->rows[r].first;
        for (size_t i = 1; i < report->rows[r].n; i++)
            if (of[members[i]->trial] != of[members[0]->trial])
                return true;
    }
    return false;
}

/* The step at which rows are read. */
static const char *step_of(const res_report_options *o, char room[48])
{
    if (o->reading.at == RES_AT_LAST)
        return "their last step";
    if (o->reading.at == RES_AT_BEST)
        return "the step with the best objective";
    snprintf(room, 48, "step %zu", o->reading.step);
    return room;
}

static void note_default(const res_report *report, swp_buf *out)
{
    char threshold[RES_THRESHOLD_TEXT_SIZE];
    const res_threshold chosen = report->usual.threshold;
    if (report->by_default)
        swp_buf_printf(out, "threshold: %s, %s; another one: --threshold T\n",
                       res_threshold_format(chosen, threshold),
                       chosen.kind == RES_THRESHOLD_PERCENTILE
                           ? "a percentile of each model's own validation errors"
                           : "as planned");
}

static void note_best(const res_report *report, const res_report_options *o, swp_buf *out)
{
    if (report->sorted_by_labels)
        swp_buf_printf(out, "sorted by %s: the order looks at the labels of the test set\n",
                       o->sort);
    if (!o->best)
        return;
    swp_buf_printf(out, "best of %zu rows by %s%s", report->n_compared,
                   res_metric_at(&report->study, report->best_by).name,
                   report->best_by_labels ? ", chosen on the test set"
                   : report->best_by_tune ? ", chosen on the tuning part"
                                          : "");
    if (!report->grouped && report->n_rows > 0)
        swp_buf_printf(out, ": trial %zu",
                       report->study.trials[res_report_first(report, report->rows)->trial].number);
    swp_buf_puts(out, "\n");
}

/* What percentiles promise, and what to expect of them. */
static void note_alarms(const res_report *report, swp_buf *out)
{
    const size_t n = report->study.experiment.n_val;
    double shown[4];
    size_t n_shown = 0;
    for (size_t i = 0; i < report->n_rows && n > 0 && n_shown < 4; i++) {
        const res_threshold t = res_report_first(report, &report->rows[i])->threshold;
        size_t k = 0;
        while (k < n_shown && shown[k] != t.value)
            k++;
        if (t.kind != RES_THRESHOLD_PERCENTILE || k < n_shown || report->splits.n == 0)
            continue;
        swp_buf_printf(out, "%sp%g %.2g%%",
                       n_shown ? ", " : "expected false alarms among normal sequences: ", t.value,
                       100 * res_percentile_alarms(t.value, n));
        shown[n_shown++] = t.value;
    }
    if (n_shown > 0)
        swp_buf_printf(out,
                       " (from %zu validation errors); cNN keeps them at or below 100 - NN%%\n", n);
}

enum { ALL = 1, NONE = 2, SOME = 4 }; /* test sequences that a model flags */

/* Add to `sides` what the models of a row do. */
static void add_sides(const res_report *report, const res_report_row *row, unsigned *sides)
{
    for (size_t i = 0; i < row->n; i++) {
        const res_evaluation *e = report->members[row->first + i];
        if (e->normal_total == 0 || e->anomaly_total == 0)
            continue;
        if (e->normal_correct == 0 && e->anomaly_correct == e->anomaly_total)
            *sides |= ALL;
        else if (e->normal_correct == e->normal_total && e->anomaly_correct == 0)
            *sides |= NONE;
        else
            *sides |= SOME;
    }
}

/* Numbers that are on one side of the errors of all models say nothing of them. */
static void note_one_sided(const res_report *report, swp_buf *out)
{
    unsigned sides = 0;
    double given = (double)NAN;
    bool is_one = true;
    for (size_t i = 0; i < report->n_rows; i++) {
        const res_threshold t = res_report_first(report, &report->rows[i])->threshold;
        if (t.kind != RES_THRESHOLD_VALUE)
            continue;
        add_sides(report, &report->rows[i], &sides);
        is_one &= isnan(given) || t.value == given;
        given = t.value;
    }
    if (sides != ALL && sides != NONE)
        return;
    if (is_one)
        swp_buf_printf(out, "threshold %g is", given);
    else
        swp_buf_puts(out, "the given thresholds are");
    swp_buf_printf(out,
                   " %s all errors: every test sequence is judged %s; --threshold p95 judges by "
                   "the validation errors\n",
                   sides == ALL ? "below" : "above", sides == ALL ? "abnormal" : "normal");
}

/* Metrics that a test set with another share of anomalies would change, all else being equal. */
static void note_prevalence(const res_report *report, swp_buf *out)
{
    static const res_metric depend[] = {RES_PRECISION, RES_F1, RES_MCC, RES_AUPRC};
    const char *comma = "";
    swp_buf names = {0};
    for (size_t i = 0; i < sizeof depend / sizeof depend[0]; i++) {
        if (!report->shown[depend[i]])
            continue;
        swp_buf_printf(&names, "%s%s", comma, res_metric_at(&report->study, depend[i]).title);
        comma = ", ";
    }
    const res_experiment *e = &report->study.experiment;
    if (names.length > 0 && !names.failed && report->splits.n > 0 && e->n_test + e->n_anomaly > 0)
        swp_buf_printf(
            out, "prevalence: %.3g%% of the test sequences are anomalies; %s depend%s on it\n",
            100 * (double)e->n_anomaly / (double)(e->n_test + e->n_anomaly), names.text,
            strchr(names.text, ',') ? "" : "s");
    swp_buf_deinit(&names);
}

void res_report_notes(const res_report *report, const res_report_options *options, swp_buf *out)
{
    const bool of_command = report->study.of_command;
    char room[48];
    for (size_t i = 0; i < options->n_where; i++)
        swp_buf_printf(out, "%s%s%s",
                       i            ? ", "
                       : of_command ? "trials with: "
                                    : "evaluations with: ",
                       options->where[i], i + 1 == options->n_where ? "\n" : "");
    if (of_command)
        swp_buf_printf(out, "metrics of trials: at %s\n", step_of(options, room));
    note_default(report, out);
    note_best(report, options, out);
    note_alarms(report, out);
    note_one_sided(report, out);
    note_prevalence(report, out);
    if (options->ci && !report->grouped && report->splits.n > 0)
        swp_buf_puts(out,
                     "in brackets the 95% confidence interval of a recall over its test "
                     "sequences (Wilson; of AUROC and AUPRC by bootstrap); other seeds and splits "
                     "differ more\n");
}

/* What the intervals are over: that of one split says nothing of others. */
static void describe_intervals(const res_report_cursor *cursor, swp_buf *out)
{
    const res_report *report = cursor->report;
    size_t most = 0;
    for (size_t r = 0; r < report->n_rows; r++) {
        size_t n = res_report_row_splits(report, &report->rows[r]);
        most = n > most ? n : most;
    }
    swp_buf_puts(out, ", in brackets the 95% confidence interval of the mean over ");
    if (most > 1)
        swp_buf_printf(out, "%zu splits%s", most,
                       report->splits.overlap > 0
                           ? ", widened because their training sets overlap (Nadeau, Bengio)"
                           : "");
    else
        swp_buf_puts(out, most == 1 ? "trials on one split of the data; other splits differ more"
                                    : "trials");
    swp_buf_puts(out, " (Student's t; of shares by their logit");
    swp_buf_puts(out, most == 1
                          ? "; of AUROC and AUPRC by a bootstrap over trials and test sequences)"
                          : ")");
}

void res_report_describe(const res_report_cursor *cursor, swp_buf *out)
{
    const res_report *report = cursor->report;
    const char *before = " that differ in ";
    swp_buf_puts(out, "mean ± standard deviation over n ");
    if (cursor->n_all > 0)
        swp_buf_printf(out, "= %zu ", cursor->n_all);
    swp_buf_puts(out, cursor->n_all == 1 ? "trial" : "trials");
    for (size_t p = 0; p < report->study.n_params; p++) {
        if (!is_pooled(report, p))
            continue;
        swp_buf_printf(out, "%s%s", before, report->study.params[p].name);
        before = ", ";
    }
    if (cursor->intervals)
        describe_intervals(cursor, out);
}
