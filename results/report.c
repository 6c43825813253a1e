#include <math.h>
#include <string.h>

#include "engine/base/mem.h"
#include "engine/base/str.h"
#include "results/report_priv.h"
#include "results/rows_priv.h"
#include "results/table_priv.h"

#define MOST_TERMINAL_ROWS 60

swp_status res_format_parse(const char *text, res_format *out, swp_err *err)
{
    static const char *const names[] = {
        [RES_TABLE] = "table", [RES_MD] = "md", [RES_CSV] = "csv", [RES_JSON] = "json"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(text, names[i]) == 0) {
            *out = (res_format)i;
            return SWP_OK;
        }
    }
    return swp_fail(err, SWP_USAGE, "expected the format table, md, csv or json, found '%s'", text);
}

/* How a figure is called by machines and people, and how people read it. */
typedef enum style { STYLE_COUNT, STYLE_LOSS, STYLE_RECALL, STYLE_SHARE, STYLE_SECONDS } style;

static const struct figure_info {
    const char *name, *mean_name, *sd_name;
    const char *title;
    style style;
    bool wide; /* for people; machines always get the threshold's value */
} infos[RES_FIGURES] = {
    [RES_SELECTED_EPOCH] = {"selected_epoch", "selected_epoch_mean", "selected_epoch_sd",
                            "selected", STYLE_COUNT, false},
    [RES_TRAIN_LOSS] = {"train_loss", "train_loss_mean", "train_loss_sd", "train loss", STYLE_LOSS,
                        false},
    [RES_VAL_LOSS] = {"val_loss", "val_loss_mean", "val_loss_sd", "val loss", STYLE_LOSS, false},
    [RES_THRESHOLD_NUMBER] = {"threshold_value", "threshold_value_mean", "threshold_value_sd",
                              "value", STYLE_LOSS, true},
    [RES_NORMAL_RECALL] = {"normal_recall", "normal_recall_mean", "normal_recall_sd",
                           "normal recall", STYLE_RECALL, false},
    [RES_ANOMALY_RECALL] = {"anomaly_recall", "anomaly_recall_mean", "anomaly_recall_sd",
                            "anomaly recall", STYLE_RECALL, false},
    [RES_PRECISION] = {"precision", "precision_mean", "precision_sd", "precision", STYLE_SHARE,
                       true},
    [RES_F1] = {"f1", "f1_mean", "f1_sd", "F1", STYLE_SHARE, true},
    [RES_BALANCED_ACCURACY] = {"balanced_accuracy", "balanced_accuracy_mean",
                               "balanced_accuracy_sd", "balanced acc", STYLE_SHARE, true},
    [RES_AUROC] = {"auroc", "auroc_mean", "auroc_sd", "AUROC", STYLE_SHARE, true},
    [RES_AUPRC] = {"auprc", "auprc_mean", "auprc_sd", "AUPRC", STYLE_SHARE, true},
    [RES_TRAIN_S] = {"train_s", "train_s_mean", "train_s_sd", "seconds", STYLE_SECONDS, true},
};

/* ---- for machines ---- */

/* A sink takes the names of all columns first, then the values of row after row: the functions that
 * feed it name and fill a column in one place, so that the two cannot drift apart. */
typedef struct sink {
    const char **names; /* NULL once rows are written */
    size_t n_names;
    res_rows rows;
} sink;

static bool takes_name(sink *s, const char *name)
{
    if (!s->names)
        return false;
    s->names[s->n_names++] = name;
    return true;
}

static void sink_size(sink *s, const char *name, size_t value)
{
    if (!takes_name(s, name))
        res_rows_size(&s->rows, value);
}

static void sink_real(sink *s, const char *name, double value)
{
    if (!takes_name(s, name))
        res_rows_real(&s->rows, value);
}

static void sink_threshold(sink *s, res_threshold threshold)
{
    if (!takes_name(s, "threshold"))
        res_rows_threshold(&s->rows, threshold);
}

static void sink_count(sink *s, const char *name, const res_trial *trial, size_t value)
{
    sink_real(s, name, trial->done ? (double)value : (double)NAN);
}

static void sink_trial(sink *s, const res_report_row *row, bool wide)
{
    const res_trial *t = row->trial;
    for (size_t f = 0; f < RES_FIGURES; f++) {
        if (f == RES_THRESHOLD_NUMBER)
            sink_threshold(s, t->threshold);
        if (f == RES_NORMAL_RECALL) {
            sink_count(s, "normal_correct", t, t->counts.normal_correct);
            sink_count(s, "normal_total", t, t->counts.normal_total);
        }
        if (f == RES_ANOMALY_RECALL) {
            sink_count(s, "anomaly_correct", t, t->counts.anomaly_correct);
            sink_count(s, "anomaly_total", t, t->counts.anomaly_total);
        }
        if (wide || !infos[f].wide || f == RES_THRESHOLD_NUMBER)
            sink_real(s, infos[f].name, row->mean[f]);
    }
    sink_size(s, "trial", t->number);
    sink_size(s, "training", (size_t)t->training);
}

static void sink_group(sink *s, const res_report_row *row, bool wide)
{
    sink_size(s, "n", row->n);
    for (size_t f = 0; f < RES_FIGURES; f++) {
        if (f == RES_THRESHOLD_NUMBER)
            sink_threshold(s, row->trial->threshold);
        if (!wide && infos[f].wide && f != RES_THRESHOLD_NUMBER)
            continue;
        sink_real(s, infos[f].mean_name, row->mean[f]);
        sink_real(s, infos[f].sd_name, row->sd[f]);
    }
}

static void sink_row(sink *s, const res_report *report, const res_report_row *row, bool wide)
{
    sink_size(s, "embedding_dim", row->trial->embedding_dim);
    for (size_t a = 0; a < report->axes.n; a++)
        if (res_report_shows_axis(report, a) && !takes_name(s, report->axes.names[a]))
            res_rows_value(&s->rows, res_axes_value(&report->axes, a, row->training));
    sink_size(s, "epochs", row->trial->epochs);
    if (report->grouped)
        sink_group(s, row, wide);
    else
        sink_trial(s, row, wide);
}

static swp_status write_rows(const res_report *report, const res_report_options *options, FILE *out,
                             swp_err *err)
{
    const size_t most_fixed = 16 + 2 * RES_FIGURES;
    const char **names = swp_alloc(report->axes.n + most_fixed, sizeof *names);
    if (!names)
        return swp_fail(err, SWP_NOMEM, "out of memory");
    sink s = {.names = names};
    const res_trial no_trial = {0};
    const res_report_row no_row = {.trial = &no_trial};
    sink_row(&s, report, &no_row, options->wide);
    s.names = NULL;
    res_rows_begin(&s.rows, options->format, names, s.n_names, out);
    for (size_t i = 0; i < report->n_rows; i++)
        sink_row(&s, report, &report->rows[i], options->wide);
    swp_status status = res_rows_end(&s.rows, err);
    swp_free(names);
    return status;
}

static swp_status write_experiment_object(const res_experiment *e, FILE *out, swp_err *err)
{
    static const char *const names[] = {
        "name",        "revision",  "created",   "ini_path",       "data_name",        "source",
        "fingerprint", "synthetic", "n_rows",    "length",         "n_train",          "n_val",
        "n_test",      "n_anomaly", "trainings", "trainings_done", "trainings_failed", "trials",
        "trials_done"};
    res_rows object;
    res_rows_begin_object(&object, names, sizeof names / sizeof names[0], out);
    res_rows_text(&object, e->name);
    res_rows_size(&object, e->revision);
    res_rows_text(&object, e->created);
    res_rows_text(&object, e->ini_path);
    res_rows_text(&object, e->data_name);
    res_rows_text(&object, e->data_source);
    res_rows_text(&object, e->fingerprint);
    res_rows_bool(&object, e->synthetic);
    const size_t counts[] = {e->n_rows,      e->length,           e->n_train,
                             e->n_val,       e->n_test,           e->n_anomaly,
                             e->n_trainings, e->n_trainings_done, e->n_trainings_failed,
                             e->n_trials,    e->n_trials_done};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
        res_rows_size(&object, counts[i]);
    return res_rows_end(&object, err);
}

static swp_status write_failures(const res_report *report, FILE *out, swp_err *err)
{
    static const char *const names[] = {"training", "settings", "epochs", "reason"};
    res_rows rows;
    res_rows_begin(&rows, RES_JSON, names, 4, out);
    for (size_t i = 0; i < report->n_trainings; i++) {
        const res_training *t = &report->trainings[i];
        if (t->status != RES_FAILED)
            continue;
        res_rows_int(&rows, t->id);
        res_rows_text(&rows, t->label);
        res_rows_size(&rows, t->n_epochs);
        res_rows_text(&rows, t->failure);
    }
    return res_rows_end(&rows, err);
}

static swp_status write_json(const res_report *report, const res_report_options *options, FILE *out,
                             swp_err *err)
{
    fputs("{\"experiment\": ", out);
    swp_status status = write_experiment_object(&report->experiment, out, err);
    fputs(",\n\"rows\": ", out);
    if (status == SWP_OK)
        status = write_rows(report, options, out, err);
    fputs(",\n\"failures\": ", out);
    if (status == SWP_OK)
        status = write_failures(report, out, err);
    fputs("}\n", out);
    return status;
}

/* ---- for people ---- */

/* A mean over seeds is shown with fewer digits: its spread says that the rest is noise. */
static int decimals_of(style how, double value, bool grouped)
{
    switch (how) {
    case STYLE_COUNT:
        return grouped ? 1 : 0;
    case STYLE_LOSS:
        if (fabs(value) < 1)
            return 5;
        return grouped && fabs(value) >= 10 ? 1 : 2;
    case STYLE_RECALL:
        return grouped ? 1 : 2;
    case STYLE_SHARE:
        return grouped ? 3 : 4;
    case STYLE_SECONDS:
        break;
    }
    return 2;
}

#define LARGEST_IN_FULL 1e7

/* A loss that ran away would push the other columns off the screen. */
static void format_figure(double value, int decimals, char out[SWP_NUMBER_SIZE])
{
    if (fabs(value) < LARGEST_IN_FULL)
        snprintf(out, SWP_NUMBER_SIZE, "%.*f", decimals, value);
    else
        snprintf(out, SWP_NUMBER_SIZE, "%.4g", value);
}

static void add_spread(res_table *table, const struct figure_info *info, double mean, double sd,
                       bool grouped)
{
    bool percent = info->style == STYLE_RECALL;
    const char *unit = percent ? "%" : "";
    double scale = percent ? 100 : 1;
    int decimals = decimals_of(info->style, mean, grouped);
    char figure[SWP_NUMBER_SIZE], spread[SWP_NUMBER_SIZE];
    format_figure(scale * mean, decimals, figure);
    format_figure(scale * sd, decimals, spread);
    if (isnan(mean))
        res_table_cell(table, "-");
    else if (isnan(sd))
        res_table_cell(table, "%s%s", figure, unit);
    else
        res_table_cell(table, "%s ± %s%s", figure, spread, unit);
}

static void add_recall(res_table *table, size_t correct, size_t total)
{
    if (total == 0)
        res_table_cell(table, "-");
    else
        res_table_cell(table, "%zu/%zu %.2f%%", correct, total,
                       100 * (double)correct / (double)total);
}

static void add_figure(res_table *table, const res_report *report, const res_report_row *row,
                       res_figure figure)
{
    const res_counts *counts = &row->trial->counts;
    if (!report->grouped && figure == RES_NORMAL_RECALL)
        add_recall(table, counts->normal_correct, counts->normal_total);
    else if (!report->grouped && figure == RES_ANOMALY_RECALL)
        add_recall(table, counts->anomaly_correct, counts->anomaly_total);
    else
        add_spread(table, &infos[figure], row->mean[figure], row->sd[figure], report->grouped);
}

static bool is_shown(res_figure figure, bool wide)
{
    return wide || !infos[figure].wide;
}

static void add_titles(res_table *table, const res_report *report, bool wide, bool show_n)
{
    res_table_title(table, RES_RIGHT, "embedding_dim");
    for (size_t a = 0; a < report->axes.n; a++)
        if (res_report_shows_axis(report, a))
            res_table_title(table, RES_RIGHT, report->axes.names[a]);
    res_table_title(table, RES_RIGHT, "epochs");
    for (size_t f = 0; f < RES_FIGURES; f++) {
        if (f == RES_THRESHOLD_NUMBER)
            res_table_title(table, RES_RIGHT, "threshold");
        if (is_shown((res_figure)f, wide))
            res_table_title(table, RES_RIGHT, infos[f].title);
    }
    if (show_n)
        res_table_title(table, RES_RIGHT, "n");
}

static void add_row(res_table *table, const res_report *report, const res_report_row *row,
                    bool wide, bool show_n)
{
    char threshold[RES_THRESHOLD_TEXT_SIZE];
    res_table_cell(table, "%zu", row->trial->embedding_dim);
    for (size_t a = 0; a < report->axes.n; a++)
        if (res_report_shows_axis(report, a))
            res_table_cell(table, "%s", res_axes_value(&report->axes, a, row->training));
    res_table_cell(table, "%zu", row->trial->epochs);
    for (size_t f = 0; f < RES_FIGURES; f++) {
        if (f == RES_THRESHOLD_NUMBER)
            res_table_cell(table, "%s", res_threshold_format(row->trial->threshold, threshold));
        if (is_shown((res_figure)f, wide))
            add_figure(table, report, row, (res_figure)f);
    }
    if (show_n)
        res_table_cell(table, "%zu", row->n);
}

/* The n that all rows have, or 0 when they differ and need a column. */
static size_t common_n(const res_report *report)
{
    size_t n = report->n_rows > 0 ? report->rows[0].n : 0;
    for (size_t i = 1; i < report->n_rows; i++)
        if (report->rows[i].n != n)
            return 0;
    return n;
}

static void write_head(const res_report *report, size_t n, const char *bullet, FILE *out)
{
    const res_experiment *e = &report->experiment;
    fprintf(out, "%s%s: ", bullet, e->synthetic ? "SYNTHETIC data" : "data");
    if (e->n_data_sets > 1)
        fprintf(out, "%zu sets, the first is ", e->n_data_sets);
    fprintf(out, "%s, %zu sequences of %zu steps, fingerprint %.12s\n", e->data_name, e->n_rows,
            e->length, e->fingerprint);
    fprintf(out, "%ssplit: %zu train, %zu validation, %zu test, %zu anomalies\n", bullet,
            e->n_train, e->n_val, e->n_test, e->n_anomaly);
    fprintf(out, "%strainings: %zu of %zu done", bullet, e->n_trainings_done, e->n_trainings);
    if (e->n_trainings_failed > 0)
        fprintf(out, ", %zu FAILED", e->n_trainings_failed);
    fprintf(out, "; trials: %zu of %zu done\n", e->n_trials_done, e->n_trials);
    if (report->grouped && n > 0)
        fprintf(out, "%sfigures: mean ± standard deviation of n = %zu seeds\n", bullet, n);
    else if (report->grouped)
        fprintf(out, "%sfigures: mean ± standard deviation of n seeds\n", bullet);
}

static void write_hidden(const res_report *report, FILE *out)
{
    if (report->n_hidden == 0)
        return;
    fprintf(out,
            "\n%zu of %zu rows: of each training%s the planned threshold with the best\n"
            "balanced accuracy, chosen on the test set itself, which flatters it.\n"
            "All rows: --all or --format csv. One threshold: --threshold T.\n",
            report->n_rows, report->n_rows + report->n_hidden,
            report->last_epochs ? ", at its largest epoch count," : " and epoch count");
}

static void write_failed(const res_report *report, const char *bullet, FILE *out)
{
    if (report->experiment.n_trainings_failed == 0)
        return;
    fputs("\nfailed trainings:\n", out);
    fputs(*bullet ? "\n" : "", out);
    for (size_t i = 0; i < report->n_trainings; i++) {
        const res_training *t = &report->trainings[i];
        if (t->status != RES_FAILED)
            continue;
        fprintf(out, "%straining %lld (%s) after %zu epochs: %s\n", *bullet ? bullet : "  ",
                (long long)t->id, *t->label ? t->label : t->arch, t->n_epochs, t->failure);
    }
}

static swp_status write_text(const res_report *report, const res_report_options *options, FILE *out,
                             swp_err *err)
{
    bool md = options->format == RES_MD;
    const char *bullet = md ? "- " : "";
    size_t n = common_n(report);
    bool show_n = report->grouped && n == 0;
    res_table table = {0};
    add_titles(&table, report, options->wide, show_n);
    for (size_t i = 0; i < report->n_rows; i++)
        add_row(&table, report, &report->rows[i], options->wide, show_n);

    fprintf(out, "%s%s@%zu\n%s", md ? "## " : "", report->experiment.name,
            report->experiment.revision, md ? "\n" : "");
    write_head(report, n, bullet, out);
    fputc('\n', out);
    swp_status status = res_table_write(&table, options->format, out, err);
    res_table_deinit(&table);
    write_hidden(report, out);
    write_failed(report, bullet, out);
    return status;
}

swp_status res_report_write(res_store *store, const char *experiment,
                            const res_report_options *options, FILE *out, swp_err *err)
{
    res_report report;
    swp_status status = res_report_load(store, experiment, options, &report, err);
    if (status != SWP_OK)
        return status;
    if (options->format == RES_TABLE && !options->all)
        res_report_condense(&report, &options->filter, MOST_TERMINAL_ROWS);
    if (options->format == RES_CSV)
        status = write_rows(&report, options, out, err);
    else if (options->format == RES_JSON)
        status = write_json(&report, options, out, err);
    else
        status = write_text(&report, options, out, err);
    res_report_deinit(&report);
    return status == SWP_OK ? res_out_check(out, err) : status;
}
