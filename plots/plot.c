/* The order of the work: the options are checked, the study is read, every wanted chart writes its
 * script and data, and gnuplot draws them all. */
#include "plots/plot.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/mem.h"
#include "plots/charts_priv.h"
#include "plots/text_priv.h"

/* A kind of chart, as `only` names it. */
typedef struct kind {
    const char *name;
    swp_status (*add)(plot_task *task, swp_err *err);
    unsigned needs;                          /* sources, each a bit */
    enum { OF_DATA, OF_COMMAND, OF_ANY } of; /* which studies have it */
} kind;

enum {
    NOTHING = 0,
    EVALUATIONS = 1 << PLOT_EVALUATIONS,
    BARS = EVALUATIONS | 1 << PLOT_BASELINES,
    ERRORS = EVALUATIONS | 1 << PLOT_ERRORS,
    CURVES = BARS | ERRORS
};

/* In the order in which they are drawn; PLOT_CHARTS lists the same. */
static const kind kinds[] = {
    {"split", plot_split, NOTHING, OF_DATA},
    {"class_counts", plot_class_counts, NOTHING, OF_DATA},
    {"class_means", plot_class_means, NOTHING, OF_DATA},
    {"loss_curves", plot_loss_curves, NOTHING, OF_DATA},
    {"trials", plot_trials, NOTHING, OF_DATA},
    {"final_loss", plot_final_loss, NOTHING, OF_DATA},
    {"recall_curves", plot_recall_curves, EVALUATIONS, OF_DATA},
    {"recall_bars", plot_recall_bars, BARS, OF_DATA},
    {"class_recall", plot_class_recall, ERRORS, OF_DATA},
    {"recall_threshold", plot_recall_threshold, ERRORS, OF_DATA},
    {"roc", plot_roc, CURVES, OF_DATA},
    {"precision_recall", plot_precision_recall, CURVES, OF_DATA},
    {"error_histogram", plot_error_histogram, ERRORS, OF_DATA},
    {"confusion", plot_confusion, EVALUATIONS, OF_DATA},
    {"reconstructions", plot_reconstructions, ERRORS, OF_DATA},
    {"metric_curves", plot_metric_curves, NOTHING, OF_COMMAND},
    {"metric_axis", plot_metric_axis, NOTHING, OF_COMMAND},
    {"heatmap", plot_heatmap, EVALUATIONS, OF_ANY},
    {"parallel", plot_parallel, EVALUATIONS, OF_ANY},
    {"history", plot_history, NOTHING, OF_ANY},
    {"slice", plot_slice, NOTHING, OF_ANY},
    {"importance", plot_importance, NOTHING, OF_ANY},
    {"rungs", plot_rungs, NOTHING, OF_ANY},
    {"timeline", plot_timeline, NOTHING, OF_ANY},
};

enum { N_KINDS = sizeof kinds / sizeof kinds[0] };
_Static_assert((int)N_KINDS <= (int)PLOT_KINDS, "each kind is left out once at most");

swp_status plot_format_parse(const char *text, plot_format *out, swp_err *err)
{
    if (strcmp(text, "png") == 0)
        *out = PLOT_PNG;
    else if (strcmp(text, "svg") == 0)
        *out = PLOT_SVG;
    else if (strcmp(text, "pdf") == 0)
        *out = PLOT_PDF;
    else
        return swp_fail(err, SWP_USAGE, "format: expected png, svg or pdf, found '%s'", text);
    return SWP_OK;
}

swp_status plot_font_parse(const char *text, plot_font *out, swp_err *err)
{
    *out = (plot_font){0};
    size_t n = strcspn(text, ",");
    bool sized = text[n] == ',';
    if (n >= sizeof out->name || (n == 0 && !sized))
        return swp_fail(err, SWP_USAGE, "font: expected NAME, NAME,SIZE or ,SIZE, found '%s'",
                        text);
    memcpy(out->name, text, n);
    if (sized && (!swp_parse_double(text + n + 1, &out->size) || out->size < 4 || out->size > 200))
        return swp_fail(err, SWP_USAGE, "font: expected a size from 4 to 200 points, found '%s'",
                        text + n + 1);
    return SWP_OK;
}

/* Pixels in an inch: a PDF's unit is 1/160 in (style.gp), a browser's 1/96; print has 300. */
static double density(plot_format format)
{
    return format == PLOT_PDF ? 160 : format == PLOT_SVG ? 96 : 300;
}

swp_status plot_width_parse(const char *text, plot_options *out, swp_err *err)
{
    const double points = 7; /* of text in print */
    char number[32] = "";
    size_t n = strspn(text, "0123456789.");
    double value = 0, inches = 0;
    if (n < sizeof number)
        memcpy(number, text, n);
    bool ok = swp_parse_double(number, &value);
    if (ok && strcmp(text + n, "in") == 0)
        inches = value;
    else if (ok && strcmp(text + n, "mm") == 0)
        inches = value / 25.4;
    else
        ok = ok && text[n] == '\0' && value == floor(value);
    double pixels = inches > 0 ? floor(inches * density(out->format) + 0.5) : value;
    if (!ok || !(pixels >= PLOT_LEAST_SIDE && pixels <= PLOT_MOST_SIDE))
        return swp_fail(err, SWP_USAGE,
                        "width: expected %d to %d pixels, or a length as 3.5in or 89mm that has as "
                        "many at %.0f an inch, found \"%s\"",
                        PLOT_LEAST_SIDE, PLOT_MOST_SIDE, density(out->format), text);
    out->width = (size_t)pixels;
    if (inches > 0 && out->font.size == 0)
        out->font.size = points * density(out->format) / 72;
    return SWP_OK;
}

static bool is_kind(const char *name, size_t length)
{
    for (size_t k = 0; k < N_KINDS; k++)
        if (strlen(kinds[k].name) == length && memcmp(kinds[k].name, name, length) == 0)
            return true;
    return false;
}

static swp_status check_only(const char *only, swp_err *err)
{
    for (const char *name = only; name; name = strchr(name, ',') ? strchr(name, ',') + 1 : NULL) {
        int length = (int)strcspn(name, ",");
        if (is_kind(name, (size_t)length))
            continue;
        swp_status status = swp_fail(err, SWP_USAGE, "there is no chart '%.*s'", length, name);
        swp_hint(err, "`sweep help plot` lists the charts");
        return status;
    }
    return SWP_OK;
}

/* Whether `only`, which was checked, names the kind; it names all when it is NULL. */
static bool is_wanted(const kind *k, const char *only)
{
    size_t n = strlen(k->name);
    for (const char *at = only; at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL)
        if (strcspn(at, ",") == n && memcmp(at, k->name, n) == 0)
            return true;
    return !only;
}

static swp_status check_options(const plot_options *options, swp_err *err)
{
    swp_status status = check_only(options->only, err);
    bool has_heatmap = false;
    for (size_t k = 0; k < N_KINDS && status == SWP_OK; k++)
        has_heatmap |= kinds[k].add == plot_heatmap && is_wanted(&kinds[k], options->only);
    if (status == SWP_OK && !has_heatmap && (options->axes || options->metrics))
        status = swp_fail(err, SWP_USAGE, "%s is for the heatmap, which '%s' leaves out",
                          options->axes ? "axes" : "metric", options->only);
    return status == SWP_OK ? plot_heatmap_check(options, err) : status;
}

size_t plot_every(size_t length)
{
    enum { PIXELS = 1000 };
    return (length + PIXELS - 1) / PIXELS;
}

void plot_leave_out(plot_task *task, const char *chart, const char *why)
{
    task->left_out[task->n_left_out][0] = chart;
    task->left_out[task->n_left_out++][1] = why;
}

/* "NAME, NAME: why; NAME: why" */
static void describe_left_out(const plot_task *task, swp_buf *out)
{
    bool told[PLOT_KINDS] = {false};
    for (size_t i = 0; i < task->n_left_out; i++) {
        const char *why = task->left_out[i][1];
        if (told[i])
            continue;
        swp_buf_printf(out, "%s%s", i > 0 ? "; " : "", task->left_out[i][0]);
        for (size_t k = i + 1; k < task->n_left_out; k++) {
            if (strcmp(task->left_out[k][1], why) != 0)
                continue;
            swp_buf_printf(out, ", %s", task->left_out[k][0]);
            told[k] = true;
        }
        swp_buf_printf(out, ": %s", why);
    }
}

swp_status plot_pass_damage(plot_task *task, swp_status status, const char **why, swp_err *err)
{
    if (status != SWP_DB)
        return status;
    char *text = swp_strdup(err->text);
    if (!text)
        return swp_fail(err, SWP_NOMEM, "out of memory");
    if (task->damage.status == SWP_OK)
        swp_err_copy(&task->damage, err);
    task->reasons[task->n_reasons++] = text;
    *why = text;
    *err = (swp_err){0};
    return SWP_OK;
}

static swp_status load_source(plot_task *task, plot_source source, swp_err *err)
{
    if (source == PLOT_EVALUATIONS)
        return plot_recalls_choose(task, err);
    if (task->study.of_command || task->recalls.n == 0)
        return SWP_OK;
    if (source == PLOT_ERRORS)
        return plot_errors_load(task, err);
    return res_baselines_load(task->store, &task->study, task->recalls.use, &task->baselines,
                              &task->n_baselines, err);
}

static swp_status load_sources(plot_task *task, swp_err *err)
{
    unsigned wanted = 0;
    swp_status status = SWP_OK;
    for (size_t k = 0; k < N_KINDS; k++)
        wanted |= is_wanted(&kinds[k], task->options->only) ? kinds[k].needs : NOTHING;
    if (task->study.experiment.data_set == 0 && !task->study.of_command)
        return SWP_OK;
    for (unsigned s = 0; s < PLOT_SOURCES && status == SWP_OK; s++)
        if ((wanted & (1U << s)) != 0)
            status = plot_pass_damage(task, load_source(task, (plot_source)s, err),
                                      &task->damaged[s], err);
    return status;
}

/* Why a chart of such studies cannot be drawn, or NULL. Reconstructions are of one trial each, and
 * find out themselves which errors are damaged. */
static const char *why_not(const plot_task *task, const kind *k)
{
    for (unsigned s = 0; s < PLOT_SOURCES; s++) {
        bool needed = (k->needs & (1U << s)) != 0;
        if (needed && task->damaged[s] && !(s == PLOT_ERRORS && k->add == plot_reconstructions))
            return task->damaged[s];
    }
    return k->needs != NOTHING && task->recalls.n == 0 ? "no evaluation is finished yet" : NULL;
}

static swp_status add_charts(plot_task *task, swp_err *err)
{
    swp_status status = SWP_OK;
    for (size_t k = 0; k < N_KINDS && status == SWP_OK; k++) {
        if (!is_wanted(&kinds[k], task->options->only))
            continue;
        if (kinds[k].of == (task->study.of_command ? OF_DATA : OF_COMMAND)) {
            if (task->options->only)
                plot_leave_out(task, kinds[k].name,
                               task->study.of_command
                                   ? "a command has no held-out sequences"
                                   : "what it shows is recorded by commands only");
            continue;
        }
        const char *why = why_not(task, &kinds[k]);
        if (!why)
            status = plot_pass_damage(task, kinds[k].add(task, err), &why, err);
        if (why)
            plot_leave_out(task, kinds[k].name, why);
    }
    return status;
}

/* One line about the charts that make no sense; an error when there is no other. */
static swp_status note_left_out(plot_task *task, swp_err *err)
{
    swp_buf line = {0};
    swp_buf_puts(&line, "left out: ");
    size_t begin = line.length;
    describe_left_out(task, &line);
    swp_status status = line.failed ? swp_fail(err, SWP_NOMEM, "out of memory") : SWP_OK;
    if (status == SWP_OK && task->sheet.n == 0 && task->damage.status == SWP_OK)
        status = swp_fail(err, SWP_CONFIG, "experiment %s: nothing to draw: %s",
                          task->study.experiment.name, line.text + begin);
    else if (status == SWP_OK && task->n_left_out > 0 && task->options->note)
        task->options->note(line.text, task->options->context);
    swp_buf_deinit(&line);
    return status;
}

static swp_status draw(plot_task *task, const char *experiment, swp_err *err)
{
    swp_status status = check_options(task->options, err);
    if (status == SWP_OK)
        status = plot_study_load(task, experiment, err);
    if (status == SWP_OK)
        status = plot_sheet_open(task->options, &task->sheet, err);
    if (status == SWP_OK)
        status = load_sources(task, err);
    if (status == SWP_OK)
        status = add_charts(task, err);
    if (status == SWP_OK)
        status = note_left_out(task, err);
    if (status == SWP_OK && task->sheet.n > 0)
        status = plot_sheet_draw(&task->sheet, err);
    if (status == SWP_OK && task->damage.status != SWP_OK) {
        swp_err_copy(err, &task->damage);
        status = task->damage.status;
    }
    return status;
}

swp_status plot_experiment(res_store *store, const char *experiment, const plot_options *options,
                           swp_err *err)
{
    plot_task task = {.store = store, .options = options};
    swp_err failure = {0};
    swp_status status = draw(&task, experiment, &failure);
    if (status != SWP_OK)
        swp_err_copy(err, &failure);
    for (size_t i = 0; i < task.n_reasons; i++)
        swp_free(task.reasons[i]);
    plot_sheet_deinit(&task.sheet);
    plot_errors_deinit(&task.errors, task.study.n_trials);
    res_baselines_free(task.baselines, task.n_baselines);
    plot_recalls_deinit(&task.recalls);
    plot_study_deinit(&task);
    return status;
}
