/* A report for machines: CSV and JSON. */
#include <math.h>
#include <stdio.h>

#include "engine/base/mem.h"
#include "results/report/report_priv.h"
#include "results/report/rows_priv.h"

/* A sink takes the names of all columns first, then the values of row after row: the functions that
 * feed it name and fill a column in one place, so that the two cannot drift apart. */
typedef struct sink {
    char **names;
    size_t n_names;
    bool naming; /* until the rows are written */
    res_rows rows;
} sink;

static bool takes_name(sink *s, const char *name)
{
    if (s->naming)
        s->names[s->n_names++] = swp_strdup(name);
    return s->naming;
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

static void sink_count(sink *s, const char *name, const res_evaluation *evaluation, size_t value)
{
    sink_real(s, name, evaluation->done ? (double)value : (double)NAN);
}

/* "class_2_correct" and so on; `ending` may be a figure's. */
static const char *class_column(const res_report *report, size_t c, const char *ending,
                                char out[128])
{
    snprintf(out, 128, "class_%s_%s", report->classes.labels[c], ending);
    return out;
}

static void sink_classes(sink *s, const res_report *report, const res_report_row *row)
{
    const res_class_recalls *classes = &report->classes;
    size_t evaluation = s->naming ? 0 : (size_t)(row->evaluation - report->evaluations);
    char name[128];
    for (size_t c = 0; c < classes->n; c++) {
        const res_class_count *count = &classes->counts[evaluation * classes->stride + c];
        sink_count(s, class_column(report, c, "correct", name), row->evaluation, count->correct);
        sink_count(s, class_column(report, c, "total", name), row->evaluation, count->total);
    }
}

static void sink_evaluation(sink *s, const res_report *report, const res_report_row *row)
{
    const res_evaluation *t = row->evaluation;
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
        if (report->shown[f] || f == RES_THRESHOLD_NUMBER)
            sink_real(s, res_figure_at((res_figure)f)->name, row->figures[f].mean);
    }
    sink_classes(s, report, row);
    sink_size(s, "evaluation", t->number);
    sink_size(s, "trial", (size_t)t->trial);
}

static void sink_spread(sink *s, const char *name, const res_spread *spread)
{
    static const char *const endings[] = {"mean", "sd", "ci95"};
    const double values[] = {spread->mean, spread->sd, spread->ci95};
    char text[160];
    for (size_t i = 0; i < 3; i++) {
        if (s->naming)
            snprintf(text, sizeof text, "%s_%s", name, endings[i]);
        sink_real(s, text, values[i]);
    }
}

static void sink_group(sink *s, const res_report *report, const res_report_row *row)
{
    sink_size(s, "n", row->n);
    for (size_t f = 0; f < RES_FIGURES; f++) {
        if (f == RES_THRESHOLD_NUMBER && report->by_threshold)
            sink_threshold(s, row->evaluation->threshold);
        if (report->shown[f] || f == RES_THRESHOLD_NUMBER)
            sink_spread(s, res_figure_at((res_figure)f)->name, &row->figures[f]);
    }
    const res_spread unknown = {.mean = (double)NAN, .sd = (double)NAN, .ci95 = (double)NAN};
    char name[128];
    for (size_t c = 0; c < report->classes.n; c++)
        sink_spread(s, class_column(report, c, "recall", name),
                    s->naming ? &unknown : &row->classes[c]);
}

static void sink_row(sink *s, const res_report *report, const res_report_row *row)
{
    if (!report->by_keys)
        sink_size(s, "embedding_dim", row->evaluation->embedding_dim);
    for (size_t a = 0; a < report->axes.n; a++)
        if (res_report_shows_axis(report, a) && !takes_name(s, report->axes.names[a]))
            res_rows_value(&s->rows, res_axes_value(&report->axes, a, row->trial));
    if (report->by_epochs)
        sink_size(s, "epochs", row->evaluation->epochs);
    if (report->grouped)
        sink_group(s, report, row);
    else
        sink_evaluation(s, report, row);
}

/* Name the columns by feeding a row that does not exist. */
static swp_status name_columns(sink *s, const res_report *report, swp_err *err)
{
    const res_evaluation no_evaluation = {0};
    const res_spread no_figures[RES_FIGURES] = {0};
    const res_report_row no_row = {.evaluation = &no_evaluation, .figures = no_figures};
    s->names =
        swp_alloc(report->axes.n + 16 + 3 * (RES_FIGURES + report->classes.n), sizeof *s->names);
    if (!s->names)
        return swp_fail(err, SWP_NOMEM, "out of memory");
    s->naming = true;
    sink_row(s, report, &no_row);
    s->naming = false;
    for (size_t i = 0; i < s->n_names; i++)
        if (!s->names[i])
            return swp_fail(err, SWP_NOMEM, "out of memory");
    return SWP_OK;
}

static void free_names(sink *s)
{
    for (size_t i = 0; i < s->n_names; i++)
        swp_free(s->names[i]);
    swp_free(s->names);
}

static swp_status write_rows(const res_report *report, res_format format, FILE *out, swp_err *err)
{
    sink s = {0};
    swp_status status = name_columns(&s, report, err);
    if (status == SWP_OK) {
        res_rows_begin(&s.rows, format, (const char *const *)s.names, s.n_names, out);
        for (size_t i = 0; i < report->n_rows; i++)
            sink_row(&s, report, &report->rows[i]);
        status = res_rows_end(&s.rows, err);
    }
    free_names(&s);
    return status;
}

static swp_status write_experiment_object(const res_experiment *e, FILE *out, swp_err *err)
{
    static const char *const names[] = {
        "name",        "revision",      "created",     "ini_path",        "data_name",
        "source",      "fingerprint",   "synthetic",   "n_rows",          "length",
        "n_train",     "n_val",         "n_test",      "n_anomaly",       "trials",
        "trials_done", "trials_failed", "evaluations", "evaluations_done"};
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
    const size_t counts[] = {
        e->n_rows,          e->length,        e->n_train,           e->n_val,
        e->n_test,          e->n_anomaly,     e->n_trials,          e->n_trials_done,
        e->n_trials_failed, e->n_evaluations, e->n_evaluations_done};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
        res_rows_size(&object, counts[i]);
    return res_rows_end(&object, err);
}

static swp_status write_failures(const res_report *report, FILE *out, swp_err *err)
{
    static const char *const names[] = {"trial", "settings", "epochs", "reason"};
    res_rows rows;
    res_rows_begin(&rows, RES_JSON, names, 4, out);
    for (size_t i = 0; i < report->n_trials; i++) {
        const res_trial *t = &report->trials[i];
        if (t->status != RES_FAILED)
            continue;
        res_rows_int(&rows, t->id);
        res_rows_text(&rows, t->label);
        res_rows_size(&rows, t->n_epochs);
        res_rows_text(&rows, t->failure);
    }
    return res_rows_end(&rows, err);
}

static swp_status write_json(const res_report *report, FILE *out, swp_err *err)
{
    fputs("{\"experiment\": ", out);
    swp_status status = write_experiment_object(&report->experiment, out, err);
    fputs(",\n\"rows\": ", out);
    if (status == SWP_OK)
        status = write_rows(report, RES_JSON, out, err);
    fputs(",\n\"failures\": ", out);
    if (status == SWP_OK)
        status = write_failures(report, out, err);
    fputs("}\n", out);
    return status;
}

swp_status res_report_write_rows(const res_report *report, res_format format, FILE *out,
                                 swp_err *err)
{
    if (format == RES_JSON)
        return write_json(report, out, err);
    return write_rows(report, RES_CSV, out, err);
}
