/* A report on the terminal, in Markdown, in LaTeX, CSV and JSON: the table, and what stands around
 * it. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "results/report/report_priv.h"

/* The objective of a command's trials, and which of their steps is shown. */
static void write_objective(const res_report *report, res_format format, FILE *out)
{
    const res_step_metric *objective = &report->study.step_metrics[report->study.objective];
    res_put_line(format, out, "objective: %s, %s", objective->name,
                 objective->maximize ? "maximised" : "minimised");
}

static void write_head(const res_report *report, res_format format, FILE *out)
{
    const res_experiment *e = &report->study.experiment;
    char sets[64] = "", failed[64] = "";
    if (e->n_data_sets > 1)
        snprintf(sets, sizeof sets, "%zu sets, the first is ", e->n_data_sets);
    if (report->study.of_command) {
        write_objective(report, format, out);
    } else {
        res_put_line(format, out, "%s: %s%s, %zu sequences of %zu steps, fingerprint %.12s",
                     e->synthetic ? "SYNTHETIC data" : "data", sets, e->data_name, e->n_rows,
                     e->length, e->fingerprint);
        res_put_line(format, out, "split: %zu train, %zu validation, %zu test, %zu anomalies%s",
                     e->n_train, e->n_val, e->n_test, e->n_anomaly,
                     report->study.n_trials > 0 && report->study.trials[0].has_tune
                         ? "; others are the tuning part"
                         : "");
    }
    if (e->n_trials_failed > 0)
        snprintf(failed, sizeof failed, ", %zu FAILED", e->n_trials_failed);
    if (report->study.of_command)
        res_put_line(format, out, "trials: %zu of %zu done%s", e->n_trials_done, e->n_trials,
                     failed);
    else
        res_put_line(format, out, "trials: %zu of %zu done%s; evaluations: %zu of %zu done",
                     e->n_trials_done, e->n_trials, failed, e->n_evaluations_done,
                     e->n_evaluations);
}

static void write_notes(const res_report *report, const res_report_options *o, FILE *out)
{
    swp_buf notes = {0};
    res_report_notes(report, o, &notes);
    for (char *line = notes.failed ? NULL : notes.text; line && *line;) {
        char *end = strchr(line, '\n');
        *end = '\0';
        res_put_line(o->format, out, "%s", line);
        line = end + 1;
    }
    swp_buf_deinit(&notes);
}

static void write_hidden(const res_report *report, FILE *out)
{
    if (report->n_hidden == 0)
        return;
    fprintf(out, "\n%zu of %zu rows%s. All rows: --all or --format csv.\n", report->n_rows,
            report->n_rows + report->n_hidden,
            report->last_epochs ? ": each trial at its largest epoch count" : "");
}

static void write_failed(const res_report *report, res_format format, FILE *out)
{
    if (report->study.experiment.n_trials_failed == 0)
        return;
    fputs(format == RES_LATEX ? "% failed trials:\n" : "\nfailed trials:\n", out);
    fputs(format == RES_MD ? "\n" : "", out);
    for (size_t i = 0; i < report->study.n_trials; i++) {
        const res_trial *t = &report->study.trials[i];
        if (t->state == RES_FAILED)
            res_put_line(format, out, "%strial %zu%s%s%s after %zu %s: %s",
                         format == RES_TABLE ? "  " : "", t->number, *t->label ? " (" : "",
                         t->label, *t->label ? ")" : "", t->n_steps,
                         res_step_name(&report->study, t->n_steps), t->reason);
    }
}

/* The threshold of rows that do not show one. */
static void put_threshold(const res_report *report, FILE *out)
{
    char threshold[RES_THRESHOLD_TEXT_SIZE];
    const res_threshold t = report->n_rows > 0 ? res_report_first(report, report->rows)->threshold
                                               : report->usual.threshold;
    if (report->study.of_command || report->by_threshold)
        return;
    fprintf(out, "; threshold ");
    res_put_text(res_threshold_format(t, threshold), RES_LATEX, out);
    if (strcmp(res_chosen_on(&report->study, t), "val") == 0)
        fputs(" of each model's own validation errors", out);
}

void res_latex_begin(FILE *out)
{
    fputs("% needs: \\usepackage{booktabs}\n\\begin{table}\n\\centering\n\\caption{", out);
}

void res_latex_label(const char *name, const char *part, FILE *out)
{
    fputs(".}\n\\label{tab:", out);
    for (const char *c = name; *c; c++) /* a reference takes no markup */
        fputc(isalnum((unsigned char)*c) ? *c : '-', out);
    fprintf(out, "%s%s}\n", part ? "-" : "", part ? part : "");
}

static void put_caption(const res_report *report, const char *means, const char *baselines,
                        FILE *out)
{
    const res_experiment *e = &report->study.experiment;
    res_put_text(e->name, RES_LATEX, out);
    if (report->study.of_command) {
        fprintf(out, ": %zu trials", e->n_trials_done);
    } else {
        fputs(": ", out);
        res_put_text(e->data_name, RES_LATEX, out);
        fprintf(out, "%s, %zu normal and %zu abnormal test sequences",
                e->synthetic ? " (synthetic)" : "", e->n_test, e->n_anomaly);
    }
    put_threshold(report, out);
    if (means) {
        fputs("; ", out);
        res_put_text(means, RES_LATEX, out);
    }
    if (baselines) {
        fputs(". Below: ", out);
        res_put_text(baselines, RES_LATEX, out);
    }
    res_latex_label(e->name, NULL, out);
}

/* What is read with the rows. */
typedef struct told_texts {
    swp_buf means, baselines; /* empty without */
} told_texts;

static swp_status write_latex(const res_report *report, const res_report_options *options,
                              const res_table *table, const told_texts *told, FILE *out,
                              swp_err *err)
{
    res_latex_begin(out);
    put_caption(report, told->means.text, told->baselines.text, out);
    swp_status status = res_table_write(table, out, err);
    if (status == SWP_OK && told->baselines.text) {
        fputs("\n\\medskip\n", out);
        status = res_report_baselines_table(report, options, RES_LATEX, out, err);
    }
    fputs("\\end{table}\n", out);
    return status;
}

static swp_status write_tables(const res_report *report, const res_report_options *options,
                               const res_table *table, const told_texts *told, FILE *out,
                               swp_err *err)
{
    if (options->format == RES_LATEX)
        return write_latex(report, options, table, told, out, err);
    if (told->means.text)
        res_put_line(table->format, out, "metrics: %s", told->means.text);
    fputc('\n', out);
    swp_status status = res_table_write(table, out, err);
    write_hidden(report, out);
    if (status != SWP_OK || !told->baselines.text)
        return status;
    fputc('\n', out);
    res_put_line(table->format, out, "baselines: %s", told->baselines.text);
    fputs(options->format == RES_MD ? "\n" : "", out);
    return res_report_baselines_table(report, options, options->format, out, err);
}

swp_status res_report_write_text(const res_report *report, const res_report_options *options,
                                 FILE *out, swp_err *err)
{
    res_report_cursor cursor;
    res_table table;
    told_texts told = {{0}, {0}};
    swp_status status = res_report_columns(report, options, &cursor, &table, err);
    if (report->grouped)
        res_report_describe(&cursor, &told.means);
    if (res_report_has_baselines(report))
        res_report_describe_baselines(report, &told.baselines);
    if (status == SWP_OK && (told.means.failed || told.baselines.failed))
        status = swp_fail(err, SWP_NOMEM, "out of memory");
    if (status == SWP_OK) {
        res_put_heading(options->format, out, "%s@%zu", report->study.experiment.name,
                        report->study.experiment.revision);
        write_head(report, options->format, out);
        write_notes(report, options, out);
        if (res_report_is_search(&report->study)) {
            fputc('\n', out);
            status = res_report_write_search(&report->study, options->format, out, err);
            fputc('\n', out);
        }
        if (status == SWP_OK)
            status = write_tables(report, options, &table, &told, out, err);
        write_failed(report, options->format, out);
    }
    res_report_columns_deinit(&cursor, &table);
    swp_buf_deinit(&told.means);
    swp_buf_deinit(&told.baselines);
    return status;
}

static swp_status write_json(const res_report *report, const res_report_options *options,
                             const res_table *table, FILE *out, swp_err *err)
{
    res_experiment_rows experiment = {
        .list = &report->study.experiment, .n = 1, .of_command = report->study.of_command};
    res_table head = res_experiment_table(&experiment, RES_JSON);
    fputs("{\"experiment\": ", out);
    swp_status status = res_table_write_object(&head, out, err);
    res_table_deinit(&head);
    fputs(",\n\"rows\": ", out);
    if (status == SWP_OK)
        status = res_table_write(table, out, err);
    if (status == SWP_OK && !report->study.of_command) {
        fputs(",\n\"baselines\": ", out);
        status = res_report_baselines_table(report, options, RES_JSON, out, err);
    }
    fputs(",\n\"failures\": [", out);
    const char *comma = "";
    for (size_t i = 0; i < report->study.n_trials; i++) {
        const res_trial *t = &report->study.trials[i];
        if (t->state != RES_FAILED)
            continue;
        fprintf(out, "%s\n{\"trial\":%zu,\"params\":", comma, t->number);
        res_put_text(t->label, RES_JSON, out);
        fprintf(out, ",\"epochs_done\":%zu,\"failure\":", t->n_steps);
        res_put_text(t->reason ? t->reason : "", RES_JSON, out);
        fputc('}', out);
        comma = ",";
    }
    fputs("]}\n", out);
    return status;
}

swp_status res_report_write_data(const res_report *report, const res_report_options *options,
                                 FILE *out, swp_err *err)
{
    res_report_cursor cursor;
    res_table table;
    swp_status status = res_report_columns(report, options, &cursor, &table, err);
    if (status == SWP_OK && options->format == RES_JSON)
        status = write_json(report, options, &table, out, err);
    else if (status == SWP_OK)
        status = res_table_write(&table, out, err);
    res_report_columns_deinit(&cursor, &table);
    return status;
}

bool res_fits_ini(const char *value)
{
    bool after_space = true;
    for (; *value && !(*value == ';' && after_space) && swp_unseen_length(value) == 0; value++)
        after_space = *value == ' ' || *value == '\t';
    return *value == '\0';
}

void res_shell_word_add(const char *key, const char *value, swp_buf *out)
{
    swp_buf_printf(out, "'%s=", key);
    for (; *value; value++) {
        size_t unseen = swp_unseen_length(value);
        if (unseen > 0) {
            swp_buf_puts(out, "'\"$(printf '");
            for (size_t i = 0; i < unseen; i++)
                swp_buf_printf(out, "\\%o", (unsigned)(unsigned char)value[i]);
            swp_buf_puts(out, "')\"'");
            value += unseen - 1;
        } else if (*value == '\'') {
            swp_buf_puts(out, "'\\''");
        } else {
            swp_buf_add(out, value, 1);
        }
    }
    swp_buf_puts(out, "'");
}
