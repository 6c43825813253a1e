/* Metrics over two settings that vary, as heat maps. */
#include <string.h>

#include "engine/base/mem.h"
#include "plots/axes_priv.h"
#include "plots/moments_priv.h"
#include "plots/text_priv.h"

typedef enum metric {
    VAL_LOSS,
    TRAIN_LOSS,
    SELECTED_EPOCH,
    NORMAL_RECALL,
    ANOMALY_RECALL,
    PRECISION,
    F1,
    BALANCED_ACCURACY,
    MCC,
    AUROC,
    AUPRC,
    TRAIN_S,
    METRICS
} metric;

/* Named as the report names them. */
static const struct {
    const char *name, *title;
} metrics[METRICS] = {
    [VAL_LOSS] = {"val_loss", "validation loss"},
    [TRAIN_LOSS] = {"train_loss", "training loss"},
    [SELECTED_EPOCH] = {"selected_epoch", "selected epoch"},
    [NORMAL_RECALL] = {"normal_recall", "normal recall (%)"},
    [ANOMALY_RECALL] = {"anomaly_recall", "anomaly recall (%)"},
    [PRECISION] = {"precision", "precision (%)"},
    [F1] = {"f1", "F1 (%)"},
    [BALANCED_ACCURACY] = {"balanced_accuracy", "balanced accuracy (%)"},
    [MCC] = {"mcc", "Matthews correlation"},
    [AUROC] = {"auroc", "area under ROC"},
    [AUPRC] = {"auprc", "area under precision and recall"},
    [TRAIN_S] = {"train_s", "seconds of training"},
};

/* What is shown unless it is asked for otherwise: where the threshold is an axis, what it decides.
 */
static const char usual[] = "val_loss,auroc,normal_recall,anomaly_recall";
static const char usual_of_thresholds[] = "normal_recall,anomaly_recall,balanced_accuracy,mcc";

/* The two axes and the means over all evaluations of a cell. */
typedef struct grid {
    const plot_axis *x, *y;
    plot_moments *cells;    /* (y->n, x->n, METRICS) of the evaluations that have such a number */
    size_t *n_evaluations;  /* (y->n, x->n) */
    bool varies;            /* a cell holds more than one evaluation */
    bool known[METRICS];    /* some cell has it */
    bool epochs, threshold; /* whether these are axes; if not, the chosen ones are shown */
} grid;

/* Areas under the curves of one trial after one epoch; evaluations that follow each other share
 * them.
 */
typedef struct areas {
    int64_t trial;
    size_t epoch; /* 0: of none yet */
    double roc, precision_recall;
} areas;

static swp_status out_of_memory(swp_err *err)
{
    return swp_fail(err, SWP_NOMEM, "out of memory");
}

/* Length of the first name of a comma-separated list. */
static size_t name_length(const char *list)
{
    return strcspn(list, ",");
}

static const char *next_name(const char *list)
{
    list += name_length(list);
    return *list == ',' ? list + 1 : NULL;
}

static bool is_name(const char *at, const char *name)
{
    return strlen(name) == name_length(at) && strncmp(at, name, name_length(at)) == 0;
}

static metric find_metric(const char *at)
{
    metric m = 0;
    while (m < METRICS && !is_name(at, metrics[m].name))
        m++;
    return m;
}

swp_status plot_heatmap_check(const plot_options *options, swp_err *err)
{
    for (const char *at = options->metrics; at; at = next_name(at)) {
        if (find_metric(at) < METRICS)
            continue;
        swp_status status =
            swp_fail(err, SWP_USAGE, "there is no metric '%.*s' to draw", (int)name_length(at), at);
        swp_hint(err, "`sweep help plot` lists the metrics");
        return status;
    }
    const char *second = options->axes ? next_name(options->axes) : NULL;
    if (options->axes && (!second || next_name(second)))
        return swp_fail(err, SWP_USAGE, "axes: expected two settings as X,Y, found '%s'",
                        options->axes);
    return SWP_OK;
}

static size_t trial_of(const plot_task *task, const res_evaluation *evaluation)
{
    size_t t = 0;
    while (task->study.trials[t].id != evaluation->trial)
        t++;
    return t;
}

static swp_status measure_areas(const plot_task *task, const res_evaluation *evaluation, areas *out,
                                swp_err *err)
{
    if (out->trial == evaluation->trial && out->epoch == evaluation->selected_epoch)
        return SWP_OK;
    size_t t = trial_of(task, evaluation);
    bool at_hand =
        task->recalls.use[t] && task->recalls.of[t]->selected_epoch == evaluation->selected_epoch;
    res_errors errors = task->errors.of[t];
    void *block = NULL;
    swp_status status = SWP_OK;
    if (!at_hand)
        status = res_errors_load(task->store, evaluation->trial, evaluation->selected_epoch,
                                 &errors, &block, err);
    *out = (areas){.trial = evaluation->trial, .epoch = evaluation->selected_epoch};
    if (status == SWP_OK)
        status = res_auroc(&errors, &out->roc, err);
    if (status == SWP_OK)
        status = res_auprc(&errors, &out->precision_recall, err);
    swp_free(block);
    return status;
}

static void measure(const res_evaluation *evaluation, const areas *a, double out[METRICS])
{
    const res_counts *counts = &evaluation->counts;
    out[VAL_LOSS] = evaluation->val_loss;
    out[TRAIN_LOSS] = evaluation->train_loss;
    out[SELECTED_EPOCH] = (double)evaluation->selected_epoch;
    out[NORMAL_RECALL] = 100 * res_normal_recall(counts);
    out[ANOMALY_RECALL] = 100 * res_anomaly_recall(counts);
    out[PRECISION] = 100 * res_precision(counts);
    out[F1] = 100 * res_f1(counts);
    out[BALANCED_ACCURACY] = 100 * res_balanced_accuracy(counts);
    out[MCC] = res_mcc(counts);
    out[AUROC] = a->roc;
    out[AUPRC] = a->precision_recall;
    out[TRAIN_S] = evaluation->train_s;
}

/* Whether a finished evaluation belongs in the picture. */
static bool is_shown(const plot_task *task, const grid *g, const res_evaluation *evaluation)
{
    return (g->epochs || evaluation->epochs == task->recalls.epochs) &&
           (g->threshold || plot_same_threshold(evaluation->threshold, task->recalls.threshold));
}

static void take(grid *g, size_t cell, const double values[METRICS])
{
    g->varies |= g->n_evaluations[cell]++ > 0;
    for (size_t m = 0; m < METRICS; m++) {
        if (values[m] != values[m]) /* not defined */
            continue;
        plot_moments_add(&g->cells[cell * METRICS + m], values[m]);
        g->known[m] = true;
    }
}

static swp_status fill(const plot_task *task, const res_evaluation *const *evaluations, size_t n,
                       grid *g, swp_err *err)
{
    size_t n_cells = g->x->n * g->y->n;
    g->cells = swp_alloc(n_cells, METRICS * sizeof *g->cells);
    g->n_evaluations = swp_alloc(n_cells, sizeof *g->n_evaluations);
    if (!g->cells || !g->n_evaluations)
        return out_of_memory(err);
    areas under = {0};
    swp_status status = SWP_OK;
    for (size_t i = 0; i < n && status == SWP_OK; i++) {
        double values[METRICS];
        if (!is_shown(task, g, evaluations[i]))
            continue;
        status = measure_areas(task, evaluations[i], &under, err);
        measure(evaluations[i], &under, values);
        take(g, g->y->of[i] * g->x->n + g->x->of[i], values);
    }
    return status;
}

static void add_name(const char *variable, const plot_axis *axis, swp_buf *out)
{
    swp_buf_printf(out, "%s = ", variable);
    plot_text_quote(out, plot_axis_name(axis), PLOT_LABEL_CHARS);
    swp_buf_puts(out, "\n");
}

static void add_subheading(const plot_task *task, const grid *g, swp_buf *out)
{
    char threshold[RES_THRESHOLD_TEXT_SIZE];
    swp_buf text = {0};
    plot_text_add(&text, task->study.experiment.data_name, PLOT_DATA_CHARS);
    const char *sign = ": ";
    if (!g->threshold) {
        swp_buf_printf(&text, "%sthreshold %s", sign,
                       res_threshold_format(task->recalls.threshold, threshold));
        sign = "; ";
    }
    if (!g->epochs) {
        swp_buf_printf(&text, "%s%zu epochs", sign, task->recalls.epochs);
        sign = "; ";
    }
    if (g->varies)
        swp_buf_printf(&text, "%smeans over all other settings", sign);
    plot_text_assign(out, "subheading", &text);
}

static const char *shown(const plot_task *task, const grid *g)
{
    if (task->options->metrics)
        return task->options->metrics;
    return g->threshold ? usual_of_thresholds : usual;
}

/* Titles of all metrics, and the numbers of those that are shown: what was asked for, or the usual
 * ones as far as they are known. */
static void add_metrics(const plot_task *task, const grid *g, swp_buf *out)
{
    swp_buf_printf(out, "array metrics[%d] = [", METRICS);
    for (size_t m = 0; m < METRICS; m++)
        swp_buf_printf(out, "%s'%s'", m > 0 ? ", " : "", metrics[m].title);
    swp_buf_puts(out, "]\nif (!exists(\"shown\")) shown = '");
    for (const char *at = shown(task, g); at; at = next_name(at)) {
        metric m = find_metric(at);
        if (g->known[m])
            swp_buf_printf(out, "%d ", m + 1);
    }
    swp_buf_puts(out, "'\n");
}

static void add_head(const plot_task *task, const grid *g, swp_buf *out)
{
    plot_study_heading(&task->study, "Metrics by two settings", out);
    add_subheading(task, g, out);
    add_metrics(task, g, out);
    add_name("x_name", g->x, out);
    plot_axes_values(g->x, 1, "x_values", out);
    add_name("y_name", g->y, out);
    plot_axes_values(g->y, 1, "y_values", out);
    swp_buf_printf(out, "nx = %zu\nny = %zu\n", g->x->n, g->y->n);
}

static void add_cells(const grid *g, swp_buf *out)
{
    swp_buf_puts(out, "# x, y, evaluations");
    for (size_t m = 0; m < METRICS; m++)
        swp_buf_printf(out, ", %s", metrics[m].name);
    for (size_t cell = 0; cell < g->x->n * g->y->n; cell++) {
        if (g->n_evaluations[cell] == 0)
            continue;
        swp_buf_printf(out, "\n%zu %zu %zu", cell % g->x->n + 1, cell / g->x->n + 1,
                       g->n_evaluations[cell]);
        for (size_t m = 0; m < METRICS; m++) {
            const plot_moments *mean = &g->cells[cell * METRICS + m];
            if (mean->n > 0)
                swp_buf_printf(out, " %.6g", mean->mean);
            else
                swp_buf_puts(out, " nan");
        }
    }
    swp_buf_puts(out, "\n");
}

/* Whether anything that is to be shown is known. */
static bool has_metric(const plot_task *task, const grid *g)
{
    for (const char *at = shown(task, g); at; at = next_name(at))
        if (g->known[find_metric(at)])
            return true;
    return false;
}

static swp_status draw(plot_task *task, const res_evaluation *const *evaluations, size_t n, grid *g,
                       swp_err *err)
{
    g->epochs = plot_axis_is(g->x, "train.epochs") || plot_axis_is(g->y, "train.epochs");
    g->threshold = plot_axis_is(g->x, "eval.threshold") || plot_axis_is(g->y, "eval.threshold");
    swp_status status = fill(task, evaluations, n, g, err);
    if (status == SWP_OK && !has_metric(task, g)) {
        plot_leave_out(task, "heatmap", "what it is to show is not defined without anomalies");
    } else if (status == SWP_OK) {
        plot_chart chart = {.name = "heatmap", .script = plot_heatmap_gp};
        add_head(task, g, &chart.head);
        add_cells(g, &chart.data);
        status = plot_sheet_add(&task->sheet, &chart, err);
    }
    swp_free(g->cells);
    swp_free(g->n_evaluations);
    return status;
}

/* "axes: no finished evaluations differ in ...", and in what they do. */
static swp_status no_such_axis(const plot_axes *axes, const char *name, swp_err *err)
{
    swp_buf varied = {0};
    for (size_t a = 0; a < axes->n; a++)
        swp_buf_printf(&varied, "%s%s", a > 0 ? ", " : "", plot_axis_name(&axes->list[a]));
    swp_status status = swp_fail(err, SWP_CONFIG, "axes: no finished evaluations differ in '%.*s'",
                                 (int)name_length(name), name);
    if (axes->n > 0 && !varied.failed)
        swp_hint(err, "they differ in %s", varied.text);
    swp_buf_deinit(&varied);
    return status;
}

/* The two that `options` names. */
static swp_status take_axes(const plot_axes *axes, const char *names, grid *g, swp_err *err)
{
    const plot_axis **places[2] = {&g->x, &g->y};
    const char *at = names;
    for (size_t k = 0; k < 2; k++, at = next_name(at)) {
        for (size_t a = 0; a < axes->n; a++)
            if (is_name(at, axes->list[a].key) || is_name(at, plot_axis_name(&axes->list[a])))
                *places[k] = &axes->list[a];
        if (!*places[k])
            return no_such_axis(axes, at, err);
    }
    return g->x == g->y ? swp_fail(err, SWP_USAGE, "axes: the same setting twice: %s", names)
                        : SWP_OK;
}

/* The first two in which trials differ. Where there are no two, these help out, in this order.
 * More values go from left to right. */
static void choose_axes(const plot_axes *axes, grid *g)
{
    static const char *const last[] = {"eval.threshold", "train.epochs", "train.seed"};
    enum { N_LAST = sizeof last / sizeof last[0] };
    for (size_t a = 0; a < axes->n && !g->y; a++) {
        bool waits = false;
        for (size_t k = 0; k < N_LAST; k++)
            waits |= plot_axis_is(&axes->list[a], last[k]);
        if (!waits)
            *(g->x ? &g->y : &g->x) = &axes->list[a];
    }
    for (size_t k = 0; k < N_LAST; k++)
        for (size_t a = 0; a < axes->n && !g->y; a++)
            if (plot_axis_is(&axes->list[a], last[k]))
                *(g->x ? &g->y : &g->x) = &axes->list[a];
    if (g->y && g->y->n > g->x->n) {
        const plot_axis *wider = g->y;
        g->y = g->x;
        g->x = wider;
    }
}

swp_status plot_heatmap(plot_task *task, swp_err *err)
{
    plot_axes axes = {0};
    grid g = {0};
    size_t n;
    const res_evaluation **evaluations = plot_evaluations_done(&task->recalls, &n);
    if (!evaluations)
        return out_of_memory(err);
    swp_status status = plot_axes_load(task, evaluations, n, &axes, err);
    if (status == SWP_OK && task->options->axes)
        status = take_axes(&axes, task->options->axes, &g, err);
    else if (status == SWP_OK)
        choose_axes(&axes, &g);
    if (status == SWP_OK && !g.y)
        plot_leave_out(task, "heatmap", "fewer than two settings vary");
    else if (status == SWP_OK)
        status = draw(task, evaluations, n, &g, err);
    plot_axes_deinit(&axes);
    swp_free(evaluations);
    return status;
}
