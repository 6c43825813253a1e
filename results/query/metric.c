/* The table of metrics: one row and one function each. Those that a command records follow the rows
 * of the table, and are read from the steps of its trials. */
#include "results/query/metric.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "engine/base/mem.h"
#include "results/query/select.h"

typedef const res_evaluation evaluation;

static double selected_epoch(const res_study *study, evaluation *e)
{
    return (double)res_step_number(&study->trials[e->trial], e->selected_epoch);
}

/* What a command did not report at the selected step is what it reported last. */
static double at_selected(const res_study *study, evaluation *e, size_t step_metric)
{
    const res_trial *t = &study->trials[e->trial];
    const double *values = res_series(t, step_metric);
    double value = values[e->selected_epoch - 1];
    size_t n = study->of_command && isnan(value) ? res_steps_up_to(t, e->epochs) : 0;
    while (n > 0 && isnan(value))
        value = values[--n];
    return value;
}

static double train_loss(const res_study *study, evaluation *e)
{
    return at_selected(study, e, RES_STEP_TRAIN_LOSS);
}

static double val_loss(const res_study *study, evaluation *e)
{
    return at_selected(study, e, RES_STEP_VAL_LOSS);
}

static double threshold_value(const res_study *study, evaluation *e)
{
    (void)study;
    return e->threshold_value;
}

static double normal_recall(const res_study *study, evaluation *e)
{
    (void)study;
    const res_counts counts = res_evaluation_counts(e);
    return res_normal_recall(&counts);
}

static double anomaly_recall(const res_study *study, evaluation *e)
{
    (void)study;
    const res_counts counts = res_evaluation_counts(e);
    return res_anomaly_recall(&counts);
}

static double precision(const res_study *study, evaluation *e)
{
    (void)study;
    const res_counts counts = res_evaluation_counts(e);
    return res_precision(&counts);
}

static double f1(const res_study *study, evaluation *e)
{
    (void)study;
    const res_counts counts = res_evaluation_counts(e);
    return res_f1(&counts);
}

static double balanced_accuracy(const res_study *study, evaluation *e)
{
    (void)study;
    const res_counts counts = res_evaluation_counts(e);
    return res_balanced_accuracy(&counts);
}

static double mcc(const res_study *study, evaluation *e)
{
    (void)study;
    const res_counts counts = res_evaluation_counts(e);
    return res_mcc(&counts);
}

static double auroc(const res_study *study, evaluation *e)
{
    return at_selected(study, e, RES_STEP_AUROC);
}

static double auprc(const res_study *study, evaluation *e)
{
    return at_selected(study, e, RES_STEP_AUPRC);
}

static double train_s(const res_study *study, evaluation *e)
{
    double sum = 0;
    size_t n = res_steps_up_to(&study->trials[e->trial], e->epochs);
    for (size_t k = 0; k < n; k++)
        sum += study->trials[e->trial].train_s[k];
    return sum;
}

static double parameters(const res_study *study, evaluation *e)
{
    size_t weights = study->trials[e->trial].weights;
    return weights > 0 ? (double)weights : (double)NAN;
}

/* Columns: name, title, unit, style, then wide, minimize, needs_threshold, is_quality. */
static const res_metric_info infos[RES_METRICS] = {
    [RES_SELECTED_EPOCH] = {"selected_epoch", "selected", "", RES_STYLE_COUNT, false, true, false,
                            false, selected_epoch},
    [RES_TRAIN_LOSS] = {"train_loss", "train loss", "", RES_STYLE_LOSS, false, true, false, true,
                        train_loss},
    [RES_VAL_LOSS] = {"val_loss", "val loss", "", RES_STYLE_LOSS, false, true, false, true,
                      val_loss},
    [RES_THRESHOLD_NUMBER] = {"threshold_value", "value", "", RES_STYLE_LOSS, true, true, true,
                              false, threshold_value},
    [RES_NORMAL_RECALL] = {"normal_recall", "normal recall", "%", RES_STYLE_RECALL, false, false,
                           true, true, normal_recall},
    [RES_ANOMALY_RECALL] = {"anomaly_recall", "anomaly recall", "%", RES_STYLE_RECALL, false, false,
                            true, true, anomaly_recall},
    [RES_PRECISION] = {"precision", "precision", "", RES_STYLE_SHARE, true, false, true, true,
                       precision},
    [RES_F1] = {"f1", "F1", "", RES_STYLE_SHARE, true, false, true, true, f1},
    [RES_BALANCED_ACCURACY] = {"balanced_accuracy", "balanced acc", "", RES_STYLE_SHARE, true,
                               false, true, true, balanced_accuracy},
    [RES_MCC] = {"mcc", "MCC", "", RES_STYLE_SHARE, true, false, true, true, mcc},
    [RES_AUROC] = {"auroc", "AUROC", "", RES_STYLE_SHARE, true, false, false, true, auroc},
    [RES_AUPRC] = {"auprc", "AUPRC", "", RES_STYLE_SHARE, true, false, false, true, auprc},
    [RES_TRAIN_S] = {"train_s", "seconds", "s", RES_STYLE_SECONDS, true, true, false, false,
                     train_s},
    [RES_PARAMETERS] = {"parameters", "parameters", "", RES_STYLE_FIXED, true, true, false, false,
                        parameters},
};

size_t res_metric_count(const res_study *study)
{
    return RES_METRICS + study->n_step_metrics - RES_STEP_BUILT_IN;
}

res_metric_info res_metric_at(const res_study *study, size_t metric)
{
    if (metric < RES_METRICS)
        return infos[metric];
    const res_step_metric *recorded =
        &study->step_metrics[metric - RES_METRICS + RES_STEP_BUILT_IN];
    return (res_metric_info){.name = recorded->name,
                             .title = recorded->name,
                             .unit = "",
                             .style = RES_STYLE_LOSS,
                             .minimize = !recorded->maximize,
                             .is_quality = true};
}

size_t res_metric_ranking(const res_study *study)
{
    return study->of_command ? res_metric_of_step(study->objective) : RES_BALANCED_ACCURACY;
}

size_t res_metric_of_step(size_t step_metric)
{
    static const res_metric built_in[RES_STEP_BUILT_IN] = {[RES_STEP_TRAIN_LOSS] = RES_TRAIN_LOSS,
                                                           [RES_STEP_VAL_LOSS] = RES_VAL_LOSS,
                                                           [RES_STEP_AUROC] = RES_AUROC,
                                                           [RES_STEP_AUPRC] = RES_AUPRC};
    return step_metric < RES_STEP_BUILT_IN ? built_in[step_metric]
                                           : RES_METRICS + step_metric - RES_STEP_BUILT_IN;
}

double res_metric_of(const res_study *study, const res_evaluation *e, size_t metric)
{
    if (metric == RES_PARAMETERS)
        return parameters(study, e);
    if (e->selected_epoch == 0 ||
        (study->of_command && metric < RES_METRICS && infos[metric].needs_threshold))
        return (double)NAN;
    if (metric < RES_METRICS)
        return infos[metric].of(study, e);
    return at_selected(study, e, metric - RES_METRICS + RES_STEP_BUILT_IN);
}

swp_status res_metric_find(const res_study *study, const char *name, size_t *out, swp_err *err)
{
    size_t n = res_metric_count(study);
    for (*out = 0; *out < n; (*out)++) {
        const res_metric_info info = res_metric_at(study, *out);
        if (strcmp(name, info.name) == 0 || strcasecmp(name, info.title) == 0)
            return SWP_OK;
    }
    swp_status status = swp_fail(err, SWP_USAGE, "unknown metric \"%s\"", name);
    const char **names = swp_alloc(n, sizeof *names);
    for (size_t m = 0; names && m < n; m++)
        names[m] = res_metric_at(study, m).name;
    if (names)
        res_hint_nearest(name, names, n, err);
    swp_free(names);
    return status;
}

const char *res_chosen_on(res_threshold threshold)
{
    switch (threshold.kind) {
    case RES_THRESHOLD_VALUE:
        return "given";
    case RES_THRESHOLD_PERCENTILE:
        return "val";
    case RES_THRESHOLD_BEST_F1:
    case RES_THRESHOLD_YOUDEN:
        break;
    }
    return "test";
}

static int decimals_of(res_style style, double value, bool mean)
{
    switch (style) {
    case RES_STYLE_COUNT:
        return mean ? 1 : 0;
    case RES_STYLE_FIXED:
        return 0;
    case RES_STYLE_LOSS:
        if (fabs(value) < 1)
            return 5;
        return mean && fabs(value) >= 10 ? 1 : 2;
    case RES_STYLE_RECALL:
        return mean ? 1 : 2;
    case RES_STYLE_SHARE:
        return mean ? 3 : 4;
    case RES_STYLE_SECONDS:
        break;
    }
    return 2;
}

#define LARGEST_IN_FULL 1e7

/* A loss that ran away would push the other columns off the screen. */
static void format_number(double value, int decimals, char out[SWP_NUMBER_SIZE])
{
    if (fabs(value) < LARGEST_IN_FULL)
        snprintf(out, SWP_NUMBER_SIZE, "%.*f", decimals, value);
    else
        snprintf(out, SWP_NUMBER_SIZE, "%.4g", value);
}

static double scale_of(res_style style)
{
    return style == RES_STYLE_RECALL ? 100 : 1;
}

static const char *unit_of(res_style style)
{
    return style == RES_STYLE_RECALL ? "%" : "";
}

char *res_metric_format(res_style style, double value, bool mean, char out[SWP_NUMBER_SIZE])
{
    if (isnan(value)) {
        snprintf(out, SWP_NUMBER_SIZE, "-");
        return out;
    }
    format_number(scale_of(style) * value, decimals_of(style, value, mean), out);
    size_t length = strlen(out);
    snprintf(out + length, SWP_NUMBER_SIZE - length, "%s", unit_of(style));
    return out;
}

char *res_metric_format_spread(res_style style, double mean, double sd, char out[RES_SPREAD_SIZE])
{
    char number[SWP_NUMBER_SIZE], spread[SWP_NUMBER_SIZE];
    if (isnan(mean) || isnan(sd) || (style == RES_STYLE_FIXED && sd == 0)) {
        snprintf(out, RES_SPREAD_SIZE, "%s", res_metric_format(style, mean, true, number));
        return out;
    }
    int decimals = decimals_of(style, mean, true);
    format_number(scale_of(style) * mean, decimals, number);
    format_number(scale_of(style) * sd, decimals, spread);
    snprintf(out, RES_SPREAD_SIZE, "%s ± %s%s", number, spread, unit_of(style));
    return out;
}

char *res_metric_format_interval(res_style style, double mean, double half,
                                 char out[RES_SPREAD_SIZE])
{
    char low[SWP_NUMBER_SIZE], high[SWP_NUMBER_SIZE];
    out[0] = '\0';
    if (isnan(mean) || isnan(half) || style == RES_STYLE_FIXED)
        return out;
    int decimals = decimals_of(style, mean, true);
    format_number(scale_of(style) * (mean - half), decimals, low);
    format_number(scale_of(style) * (mean + half), decimals, high);
    snprintf(out, RES_SPREAD_SIZE, "[%s, %s]", low, high);
    return out;
}
