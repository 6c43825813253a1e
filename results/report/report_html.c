/* A report as one page that needs nothing else: results, charts, settings, how to get them again.
 */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "results/report/report_priv.h"
#include "results/report/table_priv.h"

extern const char res_report_css[]; /* report.css */
extern const char res_report_js[];  /* report.js */

/* What a page shows beside the report's rows. */
typedef struct page {
    const res_report *report;
    const res_report *full; /* with all rows; NULL: those of `report` are all */
    const res_experiment *experiment;
    const res_report_options *options;
    res_pair *settings, *environment; /* (n_settings) (n_environment) */
    size_t n_settings, n_environment;
    FILE *out;
} page;

static void put(const page *p, const char *text)
{
    res_put_text(text, RES_HTML, p->out);
}

/* An element with nothing but text in it. */
static void put_element(const page *p, const char *open, const char *text, const char *close)
{
    fputs(open, p->out);
    put(p, text);
    fputs(close, p->out);
}

static void write_top(const page *p)
{
    const res_experiment *e = p->experiment;
    /* The policy: whatever a name may hold, nothing is fetched from anywhere. */
    fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
          "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
          "style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n"
          "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
          "<meta name=\"color-scheme\" content=\"light dark\">\n<title>",
          p->out);
    put(p, e->name);
    fprintf(p->out, "@%zu</title>\n<style>\n", e->revision);
    fputs(res_report_css, p->out);
    fputs("</style>\n</head>\n<body>\n<header>\n<h1>", p->out);
    put(p, e->name);
    fprintf(p->out, " <small>revision %zu</small></h1>\n<p class=\"soft\">made ", e->revision);
    put_element(p, "", e->created, " from ");
    put_element(p, "", e->ini_path, "</p>\n");
    if (e->synthetic)
        fputs("<p class=\"notice\"><strong>Synthetic data.</strong> It was made by the program, "
              "and says nothing about hearts.</p>\n",
              p->out);
}

static void write_contents(const page *p)
{
    fputs("<nav aria-label=\"Contents\">\n<ul>\n", p->out);
    if (p->experiment->n_trials_failed > 0)
        fputs("<li><a href=\"#failures\">Failures</a></li>\n", p->out);
    if (res_report_is_search(&p->report->study))
        fputs("<li><a href=\"#search\">Search</a></li>\n", p->out);
    fputs("<li><a href=\"#results\">Results</a></li>\n<li><a href=\"#charts\">Charts</a></li>\n"
          "<li><a href=\"#trials\">Trials</a></li>\n"
          "<li><a href=\"#settings\">Settings</a></li>\n"
          "<li><a href=\"#again\">How to reproduce</a></li>\n</ul>\n</nav>\n</header>\n<main>\n",
          p->out);
}

SWP_PRINTF(4, 5)
static void put_fact(const page *p, const char *name, const char *more, const char *fmt, ...)
{
    char text[512];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    put_element(p, "<div><dt>", name, "</dt><dd>");
    put(p, text);
    if (more && *more)
        put_element(p, "<span>", more, "</span>");
    fputs("</dd></div>\n", p->out);
}

/* The row with the best mean of a metric, or NULL. */
static const res_report_row *find_best(const res_report *report, size_t metric, double *value)
{
    const res_report_row *best = NULL;
    bool minimize = res_metric_at(&report->study, metric).minimize;
    for (size_t i = 0; i < report->n_rows; i++) {
        double mean = res_report_mean(report, &report->rows[i], metric);
        if (isnan(mean) || res_report_row_is_paused(report, &report->rows[i]) ||
            (best && (minimize ? mean >= *value : mean <= *value)))
            continue;
        best = &report->rows[i];
        *value = mean;
    }
    return best;
}

/* The row with the best objective of a command. */
static void write_best_objective(const page *p)
{
    const res_report *report = p->report;
    size_t metric = res_metric_ranking(&report->study);
    double value;
    const res_report_row *best = find_best(report, metric, &value);
    if (!best)
        return;
    char name[RES_CELL_SIZE], text[SWP_NUMBER_SIZE];
    swp_buf label = {0};
    const res_metric_info info = res_metric_at(&report->study, metric);
    res_study_label(&report->study, report->keys, report->n_keys,
                    res_report_first(report, best)->trial, &label);
    snprintf(name, sizeof name, "best %s", info.title);
    put_fact(p, name, label.failed ? "" : label.text, "%s",
             res_metric_format(info.style, value, best->n > 1, text));
    swp_buf_deinit(&label);
}

/* The row with the best balanced accuracy. */
static void write_best(const page *p)
{
    const res_report *report = p->report;
    double most;
    const res_report_row *best = find_best(report, RES_BALANCED_ACCURACY, &most);
    if (!best)
        return;
    const res_evaluation *e = res_report_first(report, best);
    swp_buf more = {0};
    char text[RES_THRESHOLD_TEXT_SIZE + SWP_NUMBER_SIZE];
    for (size_t m = RES_NORMAL_RECALL; m <= RES_ANOMALY_RECALL; m++)
        swp_buf_printf(&more, "%s %s%s", res_metric_at(&report->study, m).title,
                       res_metric_format(RES_STYLE_RECALL, res_report_mean(report, best, m),
                                         best->n > 1, text),
                       m == RES_NORMAL_RECALL ? ", " : "; ");
    res_study_label(&report->study, report->keys, report->n_keys, e->trial, &more);
    if (report->by_epochs)
        swp_buf_printf(&more, " epochs=%u", (unsigned)e->epochs);
    if (report->by_threshold)
        swp_buf_printf(&more, " threshold=%s", res_threshold_format(e->threshold, text));
    put_fact(p, "best balanced accuracy, chosen on the test set", more.failed ? "" : more.text,
             "%s", res_metric_format(RES_STYLE_SHARE, most, best->n > 1, text));
    swp_buf_deinit(&more);
}

static double seconds_of(const res_trial *t)
{
    double seconds = 0;
    for (size_t k = 0; k < t->n_steps; k++)
        seconds += t->train_s[k] + t->eval_s[k];
    return seconds;
}

static void write_facts(const page *p)
{
    const res_report *report = p->report;
    const res_experiment *e = p->experiment;
    char more[256], failed[48] = "";
    double seconds = 0;
    for (size_t i = 0; i < report->study.n_trials; i++)
        seconds += seconds_of(&report->study.trials[i]);
    fputs("<dl class=\"facts\">\n", p->out);
    if (report->study.of_command) {
        const res_step_metric *objective = &report->study.step_metrics[report->study.objective];
        put_fact(p, "objective", objective->maximize ? "maximised" : "minimised", "%s",
                 objective->name);
    } else {
        snprintf(more, sizeof more, "%zu sequences of %zu steps%s", e->n_rows, e->length,
                 e->n_data_sets > 1 ? "; the first of several sets" : "");
        put_fact(p, "data", more, "%s%s", e->data_name, e->synthetic ? " (synthetic)" : "");
        snprintf(more, sizeof more, "%zu validation, %zu test, %zu anomalies", e->n_val, e->n_test,
                 e->n_anomaly);
        put_fact(p, "split", more, "%zu train", e->n_train);
    }
    if (e->n_trials_failed > 0)
        snprintf(failed, sizeof failed, ", %zu failed", e->n_trials_failed);
    snprintf(more, sizeof more, "%.1f s of work", seconds);
    put_fact(p, "trials", more, "%zu of %zu done%s", e->n_trials_done, e->n_trials, failed);
    if (report->study.of_command) {
        write_best_objective(p);
    } else {
        put_fact(p, "evaluations", "", "%zu of %zu done", e->n_evaluations_done, e->n_evaluations);
        write_best(p);
    }
    fputs("</dl>\n", p->out);
}

static void write_failures(const page *p)
{
    if (p->experiment->n_trials_failed == 0)
        return;
    fputs("<h2 id=\"failures\">Failed trials</h2>\n<ul class=\"failures\">\n", p->out);
    for (size_t i = 0; i < p->report->study.n_trials; i++) {
        const res_trial *t = &p->report->study.trials[i];
        if (t->state != RES_FAILED)
            continue;
        fprintf(p->out, "<li>trial %zu", t->number);
        if (*t->label)
            put_element(p, " (", t->label, ")");
        fprintf(p->out, " after %zu %s: <b>", t->n_steps,
                res_step_name(&p->report->study, t->n_steps));
        put_element(p, "", t->reason ? t->reason : "", "</b></li>\n");
    }
    fputs("</ul>\n", p->out);
}

/* A table that scrolls by itself where the window is narrow. */
static swp_status put_table(const page *p, const res_table *table, swp_err *err)
{
    fputs("<div class=\"scroll wide\" tabindex=\"0\">\n", p->out);
    swp_status status = res_table_write(table, p->out, err);
    fputs("</div>\n", p->out);
    return status;
}

static void write_notes(const page *p)
{
    swp_buf notes = {0};
    res_report_notes(p->report, p->options, &notes);
    for (char *line = notes.failed ? NULL : notes.text; line && *line;) {
        char *end = strchr(line, '\n');
        *end = '\0';
        put_element(p, "<p class=\"soft\">", line, "</p>\n");
        line = end + 1;
    }
    swp_buf_deinit(&notes);
    if (p->report->n_hidden > 0)
        fprintf(p->out, "<p class=\"notice\">%zu of %zu rows%s.</p>\n", p->report->n_rows,
                p->report->n_rows + p->report->n_hidden,
                p->report->last_epochs ? ": each trial at its largest epoch count" : "");
}

static swp_status write_search(const page *p, swp_err *err)
{
    if (!res_report_is_search(&p->report->study))
        return SWP_OK;
    fputs("<h2 id=\"search\">Search</h2>\n<div class=\"scroll wide\" tabindex=\"0\">\n", p->out);
    swp_status status = res_report_write_search(&p->report->study, RES_HTML, p->out, err);
    fputs("</div>\n", p->out);
    return status;
}

/* Tell report.js which columns are parameters, and which end of a metric is the better one. */
static void set_roles(const res_report *report, res_table *table)
{
    for (size_t c = 0; c < table->n; c++) {
        res_column *column = &table->columns[c];
        for (size_t k = 0; k < report->n_keys; k++)
            if (strcmp(column->name, report->study.params[report->keys[k]].title) == 0)
                column->role = RES_ROLE_KEY;
        for (size_t m = 0; m < report->n_metrics; m++) {
            res_metric_info info = res_metric_at(&report->study, m);
            if (strcmp(column->name, info.title) == 0 && (info.is_quality || info.minimize))
                column->role = info.minimize ? RES_ROLE_LOW : RES_ROLE_HIGH;
        }
    }
}

/* All rows, which a click shows. */
static swp_status write_full(const page *p, swp_err *err)
{
    res_report_cursor cursor;
    res_table table;
    swp_status status = res_report_columns(p->full, p->options, &cursor, &table, err);
    if (status == SWP_OK && table.failed)
        status = swp_fail(err, SWP_NOMEM, "out of memory for the columns of a report");
    if (status == SWP_OK)
        status = res_table_write_packed(&table, p->out, err);
    res_report_columns_deinit(&cursor, &table);
    return status;
}

static swp_status write_results(const page *p, swp_err *err)
{
    res_report_cursor cursor;
    res_table table;
    swp_buf means = {0};
    const res_study *study = &p->report->study;
    fputs("<h2 id=\"results\">Results</h2>\n", p->out);
    if (study->of_command) {
        fputs("<p class=\"soft\">Metrics of a trial are those of its selected step, the one with "
              "the best ",
              p->out);
        put_element(p, "<i>", study->step_metrics[study->objective].name, "</i>.</p>\n");
    } else {
        fputs(
            "<p class=\"soft\">Normal recall: the share of normal test sequences with an error up "
            "to the threshold. Anomaly recall: that of anomalies above it. <i>selected</i> is the "
            "epoch with the smallest validation loss.</p>\n",
            p->out);
    }
    write_notes(p);
    swp_status status = res_report_columns(p->report, p->options, &cursor, &table, err);
    if (p->report->grouped)
        res_report_describe(&cursor, &means);
    if (means.text && !means.failed)
        put_element(p, "<p class=\"soft\">Metrics: ", means.text, ".</p>\n");
    if (status == SWP_OK) {
        set_roles(p->report, &table);
        status = put_table(p, &table, err);
    }
    res_report_columns_deinit(&cursor, &table);
    swp_buf_deinit(&means);
    if (status == SWP_OK && p->full)
        status = write_full(p, err);
    return status == SWP_OK ? res_report_write_baselines_html(p->report, p->options, p->out, err)
                            : status;
}

/* gnuplot's picture without its prolog and the title that a browser would show at the pointer. */
static void put_picture(const page *p, const res_chart *chart)
{
    const char *svg = strstr(chart->svg, "<svg");
    if (!svg)
        return;
    const char *title = strstr(svg, "<title>"), *group = strstr(svg, "<g");
    const char *rest = title && group && title < group ? strstr(title, "</title>") : NULL;
    put_element(p, "<figure role=\"img\" aria-label=\"chart: ", chart->name, "\">\n");
    if (rest) {
        fwrite(svg, 1, (size_t)(title - svg), p->out);
        svg = rest + strlen("</title>");
    }
    fputs(svg, p->out);
    fputs("</figure>\n", p->out);
}

/* Whether it is one of many of its kind. */
static bool is_of_one_trial(const res_chart *chart)
{
    return strncmp(chart->name, "trial_", strlen("trial_")) == 0 ||
           strncmp(chart->name, "reconstruction_", strlen("reconstruction_")) == 0;
}

static void write_charts(const page *p)
{
    const res_report_options *o = p->options;
    size_t n_single = 0;
    fputs("<h2 id=\"charts\">Charts</h2>\n", p->out);
    if (o->no_charts)
        put_element(p,
                    o->n_charts > 0 ? "<p class=\"notice\">The store is damaged; "
                                    : "<p class=\"notice\">There are no charts: ",
                    o->no_charts, ".</p>\n");
    for (size_t i = 0; i < o->n_charts; i++) {
        n_single += is_of_one_trial(&o->charts[i]);
        if (!is_of_one_trial(&o->charts[i]))
            put_picture(p, &o->charts[i]);
    }
    if (n_single == 0)
        return;
    fprintf(p->out,
            "<details>\n<summary>The best trials one by one (%zu); `sweep plot` draws more"
            "</summary>\n",
            n_single);
    fputs("<div class=\"columns\">\n", p->out);
    for (size_t i = 0; i < o->n_charts; i++)
        if (is_of_one_trial(&o->charts[i]))
            put_picture(p, &o->charts[i]);
    fputs("</div>\n</details>\n", p->out);
}

/* The list of trials. */
typedef struct trial_rows {
    const res_study *study;
    size_t at;
} trial_rows;

static bool go_to_trial(void *rows, size_t row)
{
    trial_rows *r = rows;
    r->at = row;
    return row < r->study->n_trials;
}

enum { TRIAL, PARAMETERS, STATE, EPOCHS, SECONDS };

static void fill_trial(const void *rows, size_t index, res_cell *cell)
{
    const trial_rows *r = rows;
    const res_trial *t = &r->study->trials[r->at];
    if (index == TRIAL)
        res_cell_whole(cell, t->number);
    else if (index == PARAMETERS)
        res_cell_words(cell, t->label);
    else if (index == STATE)
        res_cell_words(cell, res_state_name(t->state));
    else if (index == EPOCHS && t->budget < RES_UNLIMITED)
        res_cell_printf(cell, "%zu/%zu", t->n_steps, t->budget);
    else if (index == EPOCHS)
        res_cell_printf(cell, "%zu", t->n_steps);
    else
        res_cell_printf(cell, "%.2f", seconds_of(t));
}

/* A metric of the trial's selected epoch. */
static void fill_metric(const void *rows, size_t index, res_cell *cell)
{
    const trial_rows *r = rows;
    const res_trial *t = &r->study->trials[r->at];
    const res_evaluation e = {.trial = (uint32_t)r->at,
                              .epochs = r->study->of_command ? RES_ALL_STEPS : (uint32_t)t->n_steps,
                              .selected_epoch = t->n_steps ? t->best_steps[t->n_steps - 1] : 0};
    char text[SWP_NUMBER_SIZE];
    res_cell_printf(cell, "%s",
                    res_metric_format(res_metric_at(r->study, index).style,
                                      res_metric_of(r->study, &e, index), false, text));
}

static swp_status write_trials(const page *p, swp_err *err)
{
    trial_rows rows = {.study = &p->report->study};
    res_table table = {.format = RES_HTML, .rows = &rows, .at = go_to_trial};
    res_table_add(&table, NULL, "trial", RES_RIGHT, fill_trial, TRIAL);
    res_table_add(&table, NULL, "parameters", RES_LEFT, fill_trial, PARAMETERS);
    res_table_add(&table, NULL, "state", RES_LEFT, fill_trial, STATE);
    bool of_command = rows.study->of_command;
    res_table_add(&table, NULL, of_command ? "steps" : "epochs", RES_RIGHT, fill_trial, EPOCHS);
    for (size_t m = RES_SELECTED_EPOCH; m < p->report->n_metrics; m++)
        if (of_command ? p->report->shown[m] : m <= RES_VAL_LOSS)
            res_table_add(&table, NULL, res_metric_at(rows.study, m).title, RES_RIGHT, fill_metric,
                          m);
    res_table_add(&table, NULL, "seconds", RES_RIGHT, fill_trial, SECONDS);
    fputs("<h2 id=\"trials\">Trials</h2>\n", p->out);
    fputs(of_command ? "<p class=\"soft\">Metrics are those of the selected step.</p>\n"
                     : "<p class=\"soft\">Losses are those of the selected epoch.</p>\n",
          p->out);
    swp_status status = put_table(p, &table, err);
    res_table_deinit(&table);
    return status;
}

static void put_pairs(const page *p, const char *title, const res_pair *pairs, size_t n)
{
    put_element(p, "<div>\n<h3>", title, "</h3>\n<table class=\"pairs\">\n");
    for (size_t i = 0; i < n; i++) {
        put_element(p, "<tr><th scope=\"row\">", pairs[i].key, "</th>");
        put_element(p, "<td>", pairs[i].value, "</td></tr>\n");
    }
    fputs("</table>\n</div>\n", p->out);
}

static void write_settings(const page *p)
{
    fputs("<h2 id=\"settings\">Settings and environment</h2>\n<div class=\"columns\">\n", p->out);
    put_pairs(p, "Settings", p->settings, p->n_settings);
    put_pairs(p, "Environment of the last run", p->environment, p->n_environment);
    fputs("</div>\n", p->out);
}

/* Values that an INI file cannot hold are given on the command line. */
static void put_overrides(const page *p)
{
    for (size_t i = 0; i < p->n_settings; i++) {
        const char *key = p->settings[i].key, *value = p->settings[i].value;
        if (res_fits_ini(value) || strncmp(key, RES_SCRIPT_KEY, strlen(RES_SCRIPT_KEY)) == 0)
            continue;
        swp_buf word = {0};
        res_shell_word_add(strncmp(key, "sweep.", 6) == 0 ? key + 6 : key, value, &word);
        put_element(p, " --set ", word.failed ? "" : word.text, "");
        swp_buf_deinit(&word);
    }
}

/* The stored settings as an INI file: "section.key", "sweep.section.key" and "[when KEY = VALUE]
 * section.key" go below their sections. */
static void put_ini(const page *p)
{
    char section[256] = "";
    for (size_t i = 0; i < p->n_settings; i++) {
        const res_pair *pair = &p->settings[i];
        const char *key = pair->key, *close = *key == '[' ? strchr(key, ']') : NULL;
        if (strcmp(key, "sweep.strategy") == 0)
            continue; /* stored for the hash of the first version; no key any more */
        if (strncmp(key, RES_SCRIPT_KEY, strlen(RES_SCRIPT_KEY)) == 0)
            continue; /* a file of a command, not a setting */
        if (!res_fits_ini(pair->value))
            continue;
        const char *end = close ? close : strchr(key, '.');
        const char *name = !end ? key : close ? close + 1 + strspn(close + 1, " ") : end + 1;
        const char *begin = close ? key + 1 : key;
        int length = end ? (int)(end - begin) : 0;
        if (strlen(section) != (size_t)length || strncmp(section, begin, (size_t)length) != 0) {
            snprintf(section, sizeof section, "%.*s", length, begin);
            put_element(p, "[", section, "]\n");
        }
        put_element(p, "", name, " = ");
        put_element(p, "", pair->value, "\n");
    }
}

/* The files of a command, which decide what it computes. */
static void write_scripts(const page *p)
{
    bool first = true;
    for (size_t i = 0; i < p->n_settings; i++) {
        const char *key = p->settings[i].key;
        if (strncmp(key, RES_SCRIPT_KEY, strlen(RES_SCRIPT_KEY)) != 0)
            continue;
        if (first)
            fputs("<p>The files of its command had these SHA-256 sums:</p>\n<pre><code>", p->out);
        first = false;
        put_element(p, "", p->settings[i].value, "  ");
        put_element(p, "", key + strlen(RES_SCRIPT_KEY), "\n");
    }
    fputs(first ? "" : "</code></pre>\n", p->out);
}

static void write_again(const page *p)
{
    const res_experiment *e = p->experiment;
    fputs("<h2 id=\"again\">How to reproduce</h2>\n<p>Save this as <code>again.ini</code>:</p>\n"
          "<pre><code>",
          p->out);
    put_ini(p);
    fprintf(p->out,
            "</code></pre>\n<p>Then, with the %s in place:</p>\n<pre><code>sweep run again.ini",
            p->report->study.of_command ? "command" : "data set");
    put_overrides(p);
    fputs("\nsweep report --format html -o report.html\n</code></pre>\n", p->out);
    if (p->report->study.of_command) {
        write_scripts(p);
        return;
    }
    fputs("<p>The same program on the same kind of processor gives the same bits; other "
          "instruction sets round differently. The data set that was used has the fingerprint "
          "(SHA-256 of labels and values)</p>\n<pre><code>",
          p->out);
    put_element(p, "", e->fingerprint, "</code></pre>\n");
    put_element(p, "<p>and came from <code>", e->data_source,
                "</code>. <code>sweep data info</code> prints the fingerprint of a set.</p>\n");
}

static void write_bottom(const page *p)
{
    fputs("</main>\n<footer>\n<p>", p->out);
    for (size_t i = 0; i < p->n_environment; i++)
        if (strcmp(p->environment[i].key, "program") == 0)
            put_element(p, "Trained by ", p->environment[i].value, ". ");
    fputs("This page needs no network and may be mailed as it is.</p>\n</footer>\n<script>\n",
          p->out);
    fputs(res_report_js, p->out);
    fputs("</script>\n</body>\n</html>\n", p->out);
}

static swp_status write_page(const page *p, swp_err *err)
{
    write_top(p);
    write_contents(p);
    write_facts(p);
    write_failures(p);
    swp_status status = write_search(p, err);
    if (status == SWP_OK)
        status = write_results(p, err);
    if (status != SWP_OK)
        return status;
    write_charts(p);
    status = write_trials(p, err);
    if (status != SWP_OK)
        return status;
    write_settings(p);
    write_again(p);
    write_bottom(p);
    return SWP_OK;
}

swp_status res_report_write_html(res_store *store, const res_report *report, const res_report *full,
                                 const res_report_options *options, FILE *out, swp_err *err)
{
    page p = {.report = report,
              .full = full,
              .experiment = &report->study.experiment,
              .options = options,
              .out = out};
    int64_t revision = p.experiment->revision_id;
    swp_status status = res_ini_settings_list(store, revision, &p.settings, &p.n_settings, err);
    if (status == SWP_OK)
        status = res_environment_list(store, revision, &p.environment, &p.n_environment, err);
    if (status == SWP_OK)
        status = write_page(&p, err);
    res_pairs_free(p.settings, p.n_settings);
    res_pairs_free(p.environment, p.n_environment);
    return status;
}
