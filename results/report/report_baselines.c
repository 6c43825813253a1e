/* Below the rows of a report: methods without training on the same test sequences, with the same
 * rules for the threshold. A row is a method at a threshold, its mean over the splits of the trials
 * that are shown. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/mem.h"
#include "results/report/report_priv.h"

enum { FIRST = RES_THRESHOLD_NUMBER, LAST = RES_AUPRC, METRICS = LAST - FIRST + 1 };

/* The table while it is written: row k is of group k / n_thresholds. */
typedef struct cursor {
    const res_report *report;
    size_t begin, end; /* of the report's baselines */
    res_threshold threshold;
    res_counts counts; /* of the first split */
    res_spread spreads[METRICS];
    double *values; /* (METRICS, n_baselines) */
    bool intervals; /* people see those of means over splits ... */
    bool of_rows;   /* ... and those of recalls over test sequences */
} cursor;

/* The thresholds that rows have; or only the default one, if no others were asked for. */
static swp_status list_thresholds(res_report *report, bool asked, swp_err *err)
{
    size_t n = asked ? report->n_evaluations : 1;
    report->baseline_thresholds = swp_alloc(n, sizeof *report->baseline_thresholds);
    if (!report->baseline_thresholds)
        return swp_fail(err, SWP_NOMEM, "out of memory for thresholds");
    for (size_t i = 0; i < n; i++) {
        const res_threshold t = res_baseline_threshold(asked ? report->evaluations[i].threshold
                                                             : report->usual.threshold);
        size_t k = 0;
        while (k < report->n_baseline_thresholds &&
               !res_threshold_equal(report->baseline_thresholds[k], t))
            k++;
        if (k == report->n_baseline_thresholds)
            report->baseline_thresholds[report->n_baseline_thresholds++] = t;
    }
    return SWP_OK;
}

swp_status res_report_load_baselines(res_store *store, res_report *report, bool asked, swp_err *err)
{
    const res_study *study = &report->study;
    bool *use = swp_alloc(study->n_trials, sizeof *use);
    if (!use)
        return swp_fail(err, SWP_NOMEM, "out of memory for baselines");
    for (size_t i = 0; i < report->n_evaluations; i++)
        use[report->evaluations[i].trial] = true;
    swp_status status =
        res_baselines_load(store, study, use, &report->baselines, &report->n_baselines, err);
    swp_free(use);
    return status == SWP_OK ? list_thresholds(report, asked, err) : status;
}

/* --- rows ------------------------------------------------------------------------------------- */

static void read_row(cursor *c)
{
    const res_report *report = c->report;
    size_t n = c->end - c->begin;
    for (size_t i = c->begin; i < c->end; i++) {
        const res_baseline *b = &report->baselines[i];
        double threshold = (double)NAN;
        res_counts counts = {0};
        swp_err unsaid; /* too few errors for the rule: nothing is known */
        if (res_baseline_count(b, c->threshold, &threshold, &counts, &unsaid) != SWP_OK)
            counts = (res_counts){0};
        if (i == c->begin)
            c->counts = counts;
        for (size_t m = 0; m < METRICS; m++)
            c->values[m * n + i - c->begin] = res_baseline_metric(b, threshold, &counts, FIRST + m);
    }
    for (size_t m = 0; m < METRICS; m++) {
        const res_metric_info info = res_metric_at(&report->study, FIRST + m);
        c->spreads[m] = res_spread_within(c->values + m * n, n, info.least, info.most);
        if (n > 1)
            res_spread_overlap(&c->spreads[m], report->splits.overlap, info.least, info.most);
    }
}

static bool go_to_row(void *rows, size_t row)
{
    cursor *c = rows;
    const res_report *report = c->report;
    size_t group = row / report->n_baseline_thresholds;
    c->threshold = report->baseline_thresholds[row % report->n_baseline_thresholds];
    c->end = 0;
    for (size_t g = 0; g <= group; g++) {
        c->begin = c->end;
        if (c->begin == report->n_baselines)
            return false;
        c->end = res_baselines_end(report->baselines, report->n_baselines, c->begin);
    }
    read_row(c);
    return true;
}

enum { TITLE, METHOD, COMPONENTS, THRESHOLD, CHOSEN_ON, SPLITS };

static void fill_key(const void *rows, size_t index, res_cell *cell)
{
    const cursor *c = rows;
    const res_baseline *b = &c->report->baselines[c->begin];
    char title[RES_BASELINE_TITLE_SIZE];
    if (index == TITLE)
        res_cell_printf(cell, "%s", res_baseline_title(b, title));
    else if (index == METHOD)
        res_cell_words(cell, res_baseline_word(b->method));
    else if (index == COMPONENTS && b->components > 0)
        res_cell_whole(cell, b->components);
    else if (index == THRESHOLD)
        res_cell_threshold(cell, c->threshold);
    else if (index == CHOSEN_ON)
        res_cell_words(cell, res_chosen_on(&c->report->study, c->threshold));
    else if (index == SPLITS)
        res_cell_whole(cell, c->end - c->begin);
}

static void fill_count(const void *rows, size_t index, res_cell *cell)
{
    const cursor *c = rows;
    const size_t counts[] = {c->counts.normal_correct, c->counts.normal_total,
                             c->counts.anomaly_correct, c->counts.anomaly_total};
    if (c->end - c->begin == 1)
        res_cell_whole(cell, counts[index]);
}

enum { MEAN, SD, CI95, LOW, HIGH, N, PARTS };

static void fill_part(const void *rows, size_t index, res_cell *cell)
{
    const cursor *c = rows;
    const res_spread *s = &c->spreads[index / PARTS];
    const double parts[] = {s->mean, s->sd, s->ci95, s->interval.low, s->interval.high};
    if (index % PARTS == N)
        res_cell_whole(cell, s->n);
    else
        res_cell_real(cell, parts[index % PARTS]);
}

/* As the rows of models have it: counts of one split, else mean and standard deviation. */
static void fill_metric(const void *rows, size_t metric, res_cell *cell)
{
    const cursor *c = rows;
    const res_spread *spread = &c->spreads[metric - FIRST];
    const res_style style = res_metric_at(&c->report->study, metric).style;
    bool is_mean = c->end - c->begin > 1;
    char text[RES_SPREAD_SIZE], interval[RES_SPREAD_SIZE] = "";
    if (is_mean)
        res_metric_format_spread(style, spread, text);
    else
        res_metric_format(style, spread->mean, c->report->grouped, text);
    size_t correct = 0, total = 0;
    if (!is_mean && !c->report->grouped && metric == RES_NORMAL_RECALL) {
        correct = c->counts.normal_correct;
        total = c->counts.normal_total;
    } else if (!is_mean && !c->report->grouped && metric == RES_ANOMALY_RECALL) {
        correct = c->counts.anomaly_correct;
        total = c->counts.anomaly_total;
    }
    res_spread shown = *spread;
    if (total > 0 && c->of_rows)
        shown.interval = res_share_interval(correct, total);
    if ((is_mean && c->intervals) || (total > 0 && c->of_rows))
        res_metric_format_interval(style, &shown, interval);
    if (total > 0)
        res_cell_printf(cell, "%zu/%zu %s%s%s", correct, total, text, *interval ? " " : "",
                        interval);
    else
        res_cell_printf(cell, "%s%s%s", text, *interval ? " " : "", interval);
}

/* --- columns ---------------------------------------------------------------------------------- */

static void add_for_people(const res_report *report, res_table *table)
{
    bool by_labels = false;
    for (size_t i = 0; i < report->n_baseline_thresholds; i++)
        by_labels |= res_threshold_by_labels(report->baseline_thresholds[i]);
    res_table_add(table, NULL, "baseline", RES_LEFT, fill_key, TITLE);
    if (report->n_baseline_thresholds > 1 || by_labels)
        res_table_add(table, NULL, "threshold", RES_RIGHT, fill_key, THRESHOLD);
    res_table_add(table, NULL, by_labels ? "chosen on" : NULL, RES_RIGHT, fill_key, CHOSEN_ON);
    for (size_t m = FIRST; m <= LAST; m++)
        if (report->shown[m])
            res_table_add(table, NULL, res_metric_at(&report->study, m).title, RES_RIGHT,
                          fill_metric, m);
}

static void add(res_table *table, const char *name, res_fill *fill, size_t index)
{
    res_table_add(table, name, NULL, RES_RIGHT, fill, index);
}

static void add_for_machines(const res_report *report, res_table *table)
{
    static const char *const counts[] = {"normal_correct", "normal_total", "anomaly_correct",
                                         "anomaly_total"};
    static const char *const endings[PARTS] = {"", "_sd", "_ci95", "_low", "_high", "_n"};
    char name[RES_CELL_SIZE];
    add(table, "baseline", fill_key, METHOD);
    add(table, "components", fill_key, COMPONENTS);
    add(table, "threshold", fill_key, THRESHOLD);
    add(table, "chosen_on", fill_key, CHOSEN_ON);
    add(table, "splits", fill_key, SPLITS);
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
        add(table, counts[i], fill_count, i);
    for (size_t i = 0; i < METRICS * PARTS; i++) {
        snprintf(name, sizeof name, "%s%s", res_metric_at(&report->study, FIRST + i / PARTS).name,
                 endings[i % PARTS]);
        add(table, name, fill_part, i);
    }
}

swp_status res_report_baselines_table(const res_report *report, const res_report_options *options,
                                      res_format format, FILE *out, swp_err *err)
{
    cursor c = {
        .report = report, .intervals = format == RES_LATEX || options->ci, .of_rows = options->ci};
    res_table table = {.format = format, .rows = &c, .at = go_to_row};
    c.values = swp_alloc(METRICS * report->n_baselines, sizeof *c.values);
    if (!c.values)
        return swp_fail(err, SWP_NOMEM, "out of memory for baselines");
    if (res_format_for_machines(format))
        add_for_machines(report, &table);
    else
        add_for_people(report, &table);
    swp_status status = res_table_write(&table, out, err);
    res_table_deinit(&table);
    swp_free(c.values);
    return status;
}

bool res_report_has_baselines(const res_report *report)
{
    bool has_metric = false;
    for (size_t m = FIRST; m <= LAST; m++)
        has_metric |= report->shown[m];
    return report->n_baselines > 0 && has_metric;
}

void res_report_describe_baselines(const res_report *report, swp_buf *out)
{
    char text[RES_THRESHOLD_TEXT_SIZE];
    size_t splits = res_baselines_end(report->baselines, report->n_baselines, 0);
    const res_threshold t = report->baseline_thresholds[0];
    swp_buf_puts(out, "not trained, on the same test sequences");
    if (report->n_baseline_thresholds == 1 && strcmp(res_chosen_on(&report->study, t), "val") == 0)
        swp_buf_printf(out, ", at %s of their own validation errors",
                       res_threshold_format(t, text));
    if (splits > 1)
        swp_buf_printf(out, "; mean ± standard deviation over %zu splits", splits);
}

swp_status res_report_write_baselines_html(const res_report *report,
                                           const res_report_options *options, FILE *out,
                                           swp_err *err)
{
    swp_buf told = {0};
    if (!res_report_has_baselines(report))
        return SWP_OK;
    res_report_describe_baselines(report, &told);
    fputs("<h3 id=\"baselines\">Baselines</h3>\n<p class=\"soft\">Here: ", out);
    res_put_text(told.failed ? "" : told.text, RES_HTML, out);
    fputs(".</p>\n<div class=\"scroll\" tabindex=\"0\">\n", out);
    swp_buf_deinit(&told);
    swp_status status = res_report_baselines_table(report, options, RES_HTML, out, err);
    fputs("</div>\n", out);
    return status;
}
