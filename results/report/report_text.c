/* A report for people: a table on the terminal, in Markdown, in LaTeX. */
#include <ctype.h>
#include <math.h>
#include <stdio.h>

#include "results/report/report_priv.h"
#include "results/report/table_priv.h"

typedef struct layout {
    const res_report *report;
    const res_report_options *options;
    res_table table;
    size_t n;       /* of all rows, or 0 when they differ */
    bool show_n;    /* and so need a column */
    bool intervals; /* some row shows one */
} layout;

static void add_recall(res_table *table, size_t correct, size_t total)
{
    if (total == 0)
        res_table_cell(table, "-");
    else
        res_table_cell(table, "%zu/%zu %.2f%%", correct, total,
                       100 * (double)correct / (double)total);
}

static void add_spread(layout *l, res_style style, const res_spread *spread)
{
    char text[RES_SPREAD_SIZE], interval[RES_SPREAD_SIZE] = "";
    if (l->options->ci && l->options->format != RES_LATEX)
        res_figure_format_interval(style, spread->mean, spread->ci95, interval);
    res_figure_format_spread(style, spread->mean, spread->sd, text);
    res_table_cell(&l->table, "%s%s%s", text, *interval ? " " : "", interval);
}

static void add_figure(layout *l, const res_report_row *row, res_figure figure)
{
    const res_counts *counts = &row->evaluation->counts;
    res_style style = res_figure_at(figure)->style;
    char text[SWP_NUMBER_SIZE];
    if (l->report->grouped)
        add_spread(l, style, &row->figures[figure]);
    else if (figure == RES_NORMAL_RECALL)
        add_recall(&l->table, counts->normal_correct, counts->normal_total);
    else if (figure == RES_ANOMALY_RECALL)
        add_recall(&l->table, counts->anomaly_correct, counts->anomaly_total);
    else
        res_table_cell(&l->table, "%s",
                       res_figure_format(style, row->figures[figure].mean, false, text));
}

static void add_titles(layout *l)
{
    const res_report *report = l->report;
    if (!report->by_keys)
        res_table_title(&l->table, RES_RIGHT, "embedding_dim");
    for (size_t a = 0; a < report->axes.n; a++)
        if (res_report_shows_axis(report, a))
            res_table_title(&l->table, RES_RIGHT, report->axes.names[a]);
    if (report->by_epochs)
        res_table_title(&l->table, RES_RIGHT, "epochs");
    for (size_t f = 0; f < RES_FIGURES; f++) {
        if (f == RES_THRESHOLD_NUMBER && report->by_threshold)
            res_table_title(&l->table, RES_RIGHT, "threshold");
        if (report->shown[f])
            res_table_title(&l->table, RES_RIGHT, res_figure_at((res_figure)f)->title);
    }
    for (size_t c = 0; c < report->classes.n; c++) {
        char title[128];
        snprintf(title, sizeof title, "class %s", report->classes.labels[c]);
        res_table_title(&l->table, RES_RIGHT, title);
    }
    if (l->show_n)
        res_table_title(&l->table, RES_RIGHT, "n");
}

static void add_classes(layout *l, const res_report_row *row)
{
    const res_class_recalls *classes = &l->report->classes;
    size_t evaluation = (size_t)(row->evaluation - l->report->evaluations);
    for (size_t c = 0; c < classes->n; c++) {
        const res_class_count *count = &classes->counts[evaluation * classes->stride + c];
        if (l->report->grouped)
            add_spread(l, RES_STYLE_RECALL, &row->classes[c]);
        else
            add_recall(&l->table, count->correct, count->total);
    }
}

static void add_row(layout *l, const res_report_row *row)
{
    const res_report *report = l->report;
    char threshold[RES_THRESHOLD_TEXT_SIZE];
    if (!report->by_keys)
        res_table_cell(&l->table, "%zu", row->evaluation->embedding_dim);
    for (size_t a = 0; a < report->axes.n; a++)
        if (res_report_shows_axis(report, a))
            res_table_cell(&l->table, "%s", res_axes_value(&report->axes, a, row->trial));
    if (report->by_epochs)
        res_table_cell(&l->table, "%zu", row->evaluation->epochs);
    for (size_t f = 0; f < RES_FIGURES; f++) {
        if (f == RES_THRESHOLD_NUMBER && report->by_threshold)
            res_table_cell(&l->table, "%s",
                           res_threshold_format(row->evaluation->threshold, threshold));
        if (report->shown[f])
            add_figure(l, row, (res_figure)f);
    }
    add_classes(l, row);
    if (l->show_n)
        res_table_cell(&l->table, "%zu", row->n);
}

/* LaTeX only: the intervals stand below the means, since a page is narrower than a screen. */
static void add_intervals(layout *l, const res_report_row *row)
{
    const res_report *report = l->report;
    char text[RES_SPREAD_SIZE];
    size_t n_keys = (size_t)!report->by_keys + report->by_epochs;
    for (size_t a = 0; a < report->axes.n; a++)
        n_keys += res_report_shows_axis(report, a);
    for (size_t i = 0; i < n_keys; i++)
        res_table_cell(&l->table, "%s", "");
    for (size_t f = 0; f < RES_FIGURES; f++) {
        const res_spread *spread = &row->figures[f];
        if (f == RES_THRESHOLD_NUMBER && report->by_threshold)
            res_table_cell(&l->table, "%s", "");
        if (report->shown[f])
            res_table_cell(&l->table, "%s",
                           res_figure_format_interval(res_figure_at((res_figure)f)->style,
                                                      spread->mean, spread->ci95, text));
    }
    for (size_t c = 0; c < report->classes.n; c++)
        res_table_cell(&l->table, "%s",
                       res_figure_format_interval(RES_STYLE_RECALL, row->classes[c].mean,
                                                  row->classes[c].ci95, text));
    if (l->show_n)
        res_table_cell(&l->table, "%s", "");
}

static void fill(layout *l)
{
    const res_report *report = l->report;
    l->n = report->n_rows > 0 ? report->rows[0].n : 0;
    for (size_t i = 1; i < report->n_rows; i++)
        if (report->rows[i].n != l->n)
            l->n = 0;
    l->show_n = report->grouped && l->n == 0;
    bool latex = l->options->format == RES_LATEX;
    add_titles(l);
    for (size_t i = 0; i < report->n_rows; i++) {
        bool known = report->grouped && !isnan(report->rows[i].figures[RES_VAL_LOSS].ci95);
        l->intervals |= known && (latex || l->options->ci);
        add_row(l, &report->rows[i]);
        if (known && latex)
            add_intervals(l, &report->rows[i]);
    }
}

void res_report_name_row(const res_report *report, const res_report_row *row, swp_buf *out)
{
    char threshold[RES_THRESHOLD_TEXT_SIZE];
    const char *comma = "";
    if (!report->by_keys)
        swp_buf_printf(out, "embedding_dim %zu", row->evaluation->embedding_dim);
    for (size_t a = 0; a < report->axes.n; a++) {
        comma = out->length > 0 ? ", " : "";
        if (res_report_shows_axis(report, a))
            swp_buf_printf(out, "%s%s %s", comma, report->axes.names[a],
                           res_axes_value(&report->axes, a, row->trial));
    }
    comma = out->length > 0 ? ", " : "";
    if (report->by_epochs)
        swp_buf_printf(out, "%sepochs %zu", comma, row->evaluation->epochs);
    comma = out->length > 0 ? ", " : "";
    if (report->by_threshold)
        swp_buf_printf(out, "%sthreshold %s", comma,
                       res_threshold_format(row->evaluation->threshold, threshold));
}

/* What a row is the mean of. */
static void describe_figures(const layout *l, swp_buf *out)
{
    swp_buf_puts(out, "mean ± standard deviation of n ");
    if (l->n > 0)
        swp_buf_printf(out, "= %zu ", l->n);
    swp_buf_puts(out, l->report->by_keys ? "evaluations" : "seeds");
    if (l->intervals)
        swp_buf_puts(out, ", in brackets the 95% confidence interval of the mean (Student's t)");
}

static void write_head(const layout *l, FILE *out)
{
    const res_experiment *e = &l->report->experiment;
    res_format format = l->options->format;
    char sets[64] = "";
    if (e->n_data_sets > 1)
        snprintf(sets, sizeof sets, "%zu sets, the first is ", e->n_data_sets);
    res_put_line(format, out, "%s: %s%s, %zu sequences of %zu steps, fingerprint %.12s",
                 e->synthetic ? "SYNTHETIC data" : "data", sets, e->data_name, e->n_rows, e->length,
                 e->fingerprint);
    res_put_line(format, out, "split: %zu train, %zu validation, %zu test, %zu anomalies",
                 e->n_train, e->n_val, e->n_test, e->n_anomaly);
    char failed[64] = "";
    if (e->n_trials_failed > 0)
        snprintf(failed, sizeof failed, ", %zu FAILED", e->n_trials_failed);
    res_put_line(format, out, "trials: %zu of %zu done%s; evaluations: %zu of %zu done",
                 e->n_trials_done, e->n_trials, failed, e->n_evaluations_done, e->n_evaluations);
}

static void write_choice(const layout *l, FILE *out)
{
    const res_report_options *o = l->options;
    swp_buf text = {0};
    for (size_t i = 0; i < o->n_where; i++)
        swp_buf_printf(&text, "%s%s", i ? ", " : "", o->where[i]);
    if (o->n_where > 0 && !text.failed)
        res_put_line(o->format, out, "evaluations with: %s", text.text);
    const res_report *report = l->report;
    if (o->best && !report->grouped && report->n_rows > 0)
        res_put_line(o->format, out, "best of %zu rows by %s: evaluation %zu, trial %lld",
                     report->n_compared, o->best, report->rows[0].evaluation->number,
                     (long long)report->rows[0].evaluation->trial);
    else if (o->best)
        res_put_line(o->format, out, "best of %zu rows by %s", report->n_compared, o->best);
    swp_buf_deinit(&text);
}

static void write_hidden(const layout *l, FILE *out)
{
    const res_report *report = l->report;
    if (report->n_hidden == 0)
        return;
    fprintf(out,
            "\n%zu of %zu rows: of each trial%s the planned threshold with the best\n"
            "balanced accuracy, chosen on the test set itself, which flatters it.\n"
            "All rows: --all or --format csv. One threshold: --threshold T.\n",
            report->n_rows, report->n_rows + report->n_hidden,
            report->last_epochs ? ", at its largest epoch count," : " and epoch count");
}

static void write_failed(const layout *l, FILE *out)
{
    const res_report *report = l->report;
    res_format format = l->options->format;
    if (report->experiment.n_trials_failed == 0)
        return;
    fputs(format == RES_LATEX ? "% failed trials:\n" : "\nfailed trials:\n", out);
    fputs(format == RES_MD ? "\n" : "", out);
    for (size_t i = 0; i < report->n_trials; i++) {
        const res_trial *t = &report->trials[i];
        if (t->status != RES_FAILED)
            continue;
        res_put_line(format, out, "%strial %lld (%s) after %zu epochs: %s",
                     format == RES_TABLE ? "  " : "", (long long)t->id,
                     *t->label ? t->label : t->arch, t->n_epochs, t->failure);
    }
}

/* A reference takes no markup. */
static void put_label(const char *name, FILE *out)
{
    fputs("\\label{tab:", out);
    for (; *name; name++)
        fputc(isalnum((unsigned char)*name) ? *name : '-', out);
    fputs("}\n", out);
}

static void put_caption(const layout *l, const char *figures, FILE *out)
{
    const res_experiment *e = &l->report->experiment;
    fputs("\\caption{", out);
    res_put_text(e->name, RES_LATEX, out);
    fputs(": ", out);
    res_put_text(e->data_name, RES_LATEX, out);
    fprintf(out, "%s, %zu normal and %zu abnormal test sequences",
            e->synthetic ? " (synthetic)" : "", e->n_test, e->n_anomaly);
    if (figures) {
        fputs("; ", out);
        res_put_text(figures, RES_LATEX, out);
    }
    fputs(".}\n", out);
}

/* The heading, the table, and what stands around it. */
static swp_status write_parts(const layout *l, const char *figures, FILE *out, swp_err *err)
{
    res_format format = l->options->format;
    const res_experiment *e = &l->report->experiment;
    res_put_heading(format, out, "%s@%zu", e->name, e->revision);
    write_head(l, out);
    write_choice(l, out);
    if (figures && format != RES_LATEX)
        res_put_line(format, out, "figures: %s", figures);
    if (format != RES_LATEX) {
        fputc('\n', out);
        return res_table_write(&l->table, format, out, err);
    }
    fputs("% needs: \\usepackage{booktabs}\n\\begin{table}\n\\centering\n", out);
    put_caption(l, figures, out);
    put_label(e->name, out);
    swp_status status = res_table_write(&l->table, format, out, err);
    fputs("\\end{table}\n", out);
    return status;
}

void res_report_fill_table(const res_report *report, const res_report_options *options,
                           res_table *table, swp_buf *figures)
{
    layout l = {.report = report, .options = options};
    fill(&l);
    if (report->grouped)
        describe_figures(&l, figures);
    *table = l.table;
}

swp_status res_report_write_text(const res_report *report, const res_report_options *options,
                                 FILE *out, swp_err *err)
{
    layout l = {.report = report, .options = options};
    swp_buf figures = {0};
    fill(&l);
    if (report->grouped)
        describe_figures(&l, &figures);
    swp_status status = figures.failed ? swp_fail(err, SWP_NOMEM, "out of memory")
                                       : write_parts(&l, figures.text, out, err);
    write_hidden(&l, out);
    write_failed(&l, out);
    res_table_deinit(&l.table);
    swp_buf_deinit(&figures);
    return status;
}
