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

/* A metric that a command did not report at the selected step has the value that it reported
 * last. */
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

/* What rows have in common: which labels they look at, and bounds. */
#define BY_TEST   .is_quality = true, .on_test = true
#define OF_SHARES .least = 0, .most = 1

static const res_metric_info infos[RES_METRICS] = {
    [RES_SELECTED_EPOCH] = {.name = "selected_epoch",
                            .title = "selected",
                            .unit = "",
                            .style = RES_STYLE_COUNT,
                            .minimize = true,
                            .of = selected_epoch},
    [RES_TRAIN_LOSS] = {.name = "train_loss",
                        .title = "train loss",
                        .unit = "",
                        .style = RES_STYLE_LOSS,
                        .minimize = true,
                        .is_quality = true,
                        .of = train_loss},
    [RES_VAL_LOSS] = {.name = "val_loss",
                      .title = "val loss",
                      .unit = "",
                      .style = RES_STYLE_LOSS,
                      .minimize = true,
                      .is_quality = true,
                      .of = val_loss},
    [RES_THRESHOLD_NUMBER] = {.name = "threshold_value",
                              .title = "value",
                              .unit = "",
                              .style = RES_STYLE_LOSS,
                              .wide = true,
                              .minimize = true,
                              .needs_threshold = true,
                              .of = threshold_value},
    [RES_NORMAL_RECALL] = {.name = "normal_recall",
                           .title = "normal recall",
                           .unit = "%",
                           .style = RES_STYLE_RECALL,
                           .needs_threshold = true,
                           .of_counts = res_normal_recall,
                           BY_TEST,
                           OF_SHARES},
    [RES_ANOMALY_RECALL] = {.name = "anomaly_recall",
                            .title = "anomaly recall",
                            .unit = "%",
                            .style = RES_STYLE_RECALL,
                            .needs_threshold = true,
                            .of_counts = res_anomaly_recall,
                            BY_TEST,
                            OF_SHARES},
    [RES_PRECISION] = {.name = "precision",
                       .title = "precision",
                       .unit = "",
                       .style = RES_STYLE_SHARE,
                       .wide = true,
                       .needs_threshold = true,
                       .of_counts = res_precision,
                       BY_TEST,
                       OF_SHARES},
    [RES_F1] = {.name = "f1",
                .title = "F1",
                .unit = "",
                .style = RES_STYLE_SHARE,
                .wide = true,
                .needs_threshold = true,
                .of_counts = res_f1,
                BY_TEST,
                OF_SHARES},
    [RES_BALANCED_ACCURACY] = {.name = "balanced_accuracy",
                               .title = "balanced acc",
                               .unit = "",
                               .style = RES_STYLE_SHARE,
                               .wide = true,
                               .needs_threshold = true,
                               .of_counts = res_balanced_accuracy,
                               BY_TEST,
                               OF_SHARES},
    [RES_MCC] = {.name = "mcc",
                 .title = "MCC",
                 .unit = "",
                 .style = RES_STYLE_SHARE,
                 .wide = true,
                 .needs_threshold = true,
                 .of_counts = res_mcc,
                 BY_TEST,
                 .least = -1,
                 .most = 1},
    [RES_AUROC] = {.name = "auroc",
                   .title = "AUROC",
                   .unit = "",
                   .style = RES_STYLE_SHARE,
                   .wide = true,
                   .of = auroc,
                   BY_TEST,
                   OF_SHARES},
    [RES_AUPRC] = {.name = "auprc",
                   .title = "AUPRC",
                   .unit = "",
                   .style = RES_STYLE_SHARE,
                   .wide = true,
                   .of = auprc,
                   BY_TEST,
                   OF_SHARES},
    [RES_TRAIN_S] = {.name = "train_s",
                     .title = "seconds",
                     .unit = "s",
                     .style = RES_STYLE_SECONDS,
                     .wide = true,
                     .minimize = true,
                     .of = train_s},
    [RES_PARAMETERS] = {.name = "parameters",
                        .title = "parameters",
                        .unit = "",
                        .style = RES_STYLE_FIXED,
                        .wide = true,
                        .minimize = true,
                        .of = parameters},
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
    bool of_tune = strncmp(recorded->name, "tune_", strlen("tune_")) == 0 && !study->of_command;
    return (res_metric_info){.name = recorded->name,
                             .title = recorded->name,
                             .unit = "",
                             .style = of_tune ? RES_STYLE_SHARE : RES_STYLE_LOSS,
                             .wide = of_tune,
                             .most = of_tune ? 1 : 0,
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
    if (metric >= RES_METRICS)
        return at_selected(study, e, metric - RES_METRICS + RES_STEP_BUILT_IN);
    if (infos[metric].of)
        return infos[metric].of(study, e);
    const res_counts counts = res_evaluation_counts(e);
    return infos[metric].of_counts(&counts);
}

double res_metric_of_counts(size_t metric, const res_counts *counts)
{
    bool is_known = metric < RES_METRICS && infos[metric].of_counts;
    return is_known ? infos[metric].of_counts(counts) : (double)NAN;
}

static bool is_recorded(const res_study *study, size_t step_metric)
{
    for (size_t i = 0; i < study->n_trials; i++)
        for (size_t k = 0; k < study->trials[i].n_steps; k++)
            if (!isnan(res_series(&study->trials[i], step_metric)[k]))
                return true;
    return false;
}

/* Whether a metric is one that may be meant: of a command what it recorded, and its seconds. */
static bool is_offered(const res_study *study, size_t metric)
{
    bool offered = !study->of_command || metric >= RES_METRICS || metric == RES_TRAIN_S;
    for (size_t s = 0; s < RES_STEP_BUILT_IN && !offered; s++)
        offered = res_metric_of_step(s) == metric && is_recorded(study, s);
    return offered;
}

static void hint_metrics(const res_study *study, const char *name, size_t first, swp_err *err)
{
    size_t n = res_metric_count(study), n_names = 0;
    const char **names = swp_alloc(n, sizeof *names);
    for (size_t i = 0; names && i < n; i++)
        if (is_offered(study, (first + i) % n))
            names[n_names++] = res_metric_at(study, (first + i) % n).name;
    if (names)
        res_hint_nearest(name, names, n_names, err);
    swp_free(names);
}

swp_status res_metric_find(const res_study *study, const char *name, size_t *out, swp_err *err)
{
    size_t n = res_metric_count(study), first = study->of_command ? RES_METRICS : 0;
    for (size_t i = 0; i < n; i++) { /* a command's own first, whatever they are called */
        const res_metric_info info = res_metric_at(study, *out = (first + i) % n);
        if (strcmp(name, info.name) == 0 || strcasecmp(name, info.title) == 0)
            return SWP_OK;
    }
    swp_status status = swp_fail(err, SWP_USAGE, "unknown metric \"%s\"", name);
    hint_metrics(study, name, first, err);
    return status;
}

const char *res_chosen_on(const res_study *study, res_threshold threshold)
{
    switch (threshold.kind) {
    case RES_THRESHOLD_VALUE:
        return "given";
    case RES_THRESHOLD_PERCENTILE:
    case RES_THRESHOLD_CONFORMAL:
        return "val";
    case RES_THRESHOLD_BEST_F1:
    case RES_THRESHOLD_YOUDEN:
        break;
    }
    return study->n_trials > 0 && study->trials[0].has_tune ? "tune" : "test";
}

static int decimals_of(res_style style, double value, bool mean)
{
    switch (style) {
    case RES_STYLE_COUNT:
        return mean ? 1 : 0;
    case RES_STYLE_FIXED:
        return 0;
    case RES_STYLE_LOSS:
        if (fabs(value) < 10)
            return fabs(value) < 1 ? 5 : 4 - mean;
        return 2 - mean;
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
#define MOST_DECIMALS   6

/* A diverged loss would push the other columns off the screen. */
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

bool res_style_has_interval(res_style style)
{
    return style != RES_STYLE_FIXED && style != RES_STYLE_SECONDS;
}

/* Decimals of a mean and of what stands beside it. */
static int decimals_of_spread(res_style style, const res_spread *spread)
{
    double half = (spread->interval.high - spread->interval.low) / 2;
    if (!(half > 0) || !res_style_has_interval(style))
        return decimals_of(style, spread->mean, true);
    double decimals = 1 - floor(log10(scale_of(style) * half));
    return (int)fmax(1, fmin(MOST_DECIMALS, decimals));
}

char *res_metric_format_spread(res_style style, const res_spread *spread, char out[RES_SPREAD_SIZE])
{
    char number[SWP_NUMBER_SIZE], sd[SWP_NUMBER_SIZE];
    if (isnan(spread->mean) || isnan(spread->sd) || (style == RES_STYLE_FIXED && spread->sd == 0)) {
        snprintf(out, RES_SPREAD_SIZE, "%s", res_metric_format(style, spread->mean, true, number));
        return out;
    }
    int decimals = decimals_of_spread(style, spread);
    format_number(scale_of(style) * spread->mean, decimals, number);
    format_number(scale_of(style) * spread->sd, decimals, sd);
    snprintf(out, RES_SPREAD_SIZE, "%s ± %s%s", number, sd, unit_of(style));
    return out;
}

char *res_metric_format_interval(res_style style, const res_spread *spread,
                                 char out[RES_SPREAD_SIZE])
{
    char low[SWP_NUMBER_SIZE], high[SWP_NUMBER_SIZE];
    out[0] = '\0';
    if (isnan(spread->interval.low) || !res_style_has_interval(style))
        return out;
    int decimals = decimals_of_spread(style, spread);
    format_number(scale_of(style) * spread->interval.low, decimals, low);
    format_number(scale_of(style) * spread->interval.high, decimals, high);
    snprintf(out, RES_SPREAD_SIZE, "[%s, %s]", low, high);
    return out;
}
