#include "results/query/metric.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "results/query/select.h"

static const res_figure_info infos[RES_FIGURES] = {
    [RES_SELECTED_EPOCH] = {"selected_epoch", "selected", RES_STYLE_COUNT, false, true},
    [RES_TRAIN_LOSS] = {"train_loss", "train loss", RES_STYLE_LOSS, false, true},
    [RES_VAL_LOSS] = {"val_loss", "val loss", RES_STYLE_LOSS, false, true},
    [RES_THRESHOLD_NUMBER] = {"threshold_value", "value", RES_STYLE_LOSS, true, true},
    [RES_NORMAL_RECALL] = {"normal_recall", "normal recall", RES_STYLE_RECALL, false, false},
    [RES_ANOMALY_RECALL] = {"anomaly_recall", "anomaly recall", RES_STYLE_RECALL, false, false},
    [RES_PRECISION] = {"precision", "precision", RES_STYLE_SHARE, true, false},
    [RES_F1] = {"f1", "F1", RES_STYLE_SHARE, true, false},
    [RES_BALANCED_ACCURACY] = {"balanced_accuracy", "balanced acc", RES_STYLE_SHARE, true, false},
    [RES_MCC] = {"mcc", "MCC", RES_STYLE_SHARE, true, false},
    [RES_AUROC] = {"auroc", "AUROC", RES_STYLE_SHARE, true, false},
    [RES_AUPRC] = {"auprc", "AUPRC", RES_STYLE_SHARE, true, false},
    [RES_TRAIN_S] = {"train_s", "seconds", RES_STYLE_SECONDS, true, true},
    [RES_PARAMETERS] = {"parameters", "parameters", RES_STYLE_FIXED, true, true},
};

const res_figure_info *res_figure_at(res_figure figure)
{
    return &infos[figure];
}

swp_status res_figure_find(const char *name, res_figure *out, swp_err *err)
{
    const char *names[RES_FIGURES];
    for (size_t f = 0; f < RES_FIGURES; f++) {
        names[f] = infos[f].name;
        if (strcmp(name, names[f]) == 0) {
            *out = (res_figure)f;
            return SWP_OK;
        }
    }
    swp_status status = swp_fail(err, SWP_USAGE, "unknown metric \"%s\"", name);
    res_hint_nearest(name, names, RES_FIGURES, err);
    return status;
}

void res_figures_of(const res_evaluation *evaluation, size_t parameters, double out[RES_FIGURES])
{
    for (size_t f = 0; f < RES_FIGURES; f++)
        out[f] = (double)NAN;
    if (parameters > 0)
        out[RES_PARAMETERS] = (double)parameters;
    if (!evaluation->done)
        return;
    out[RES_SELECTED_EPOCH] = (double)evaluation->selected_epoch;
    out[RES_TRAIN_LOSS] = evaluation->train_loss;
    out[RES_VAL_LOSS] = evaluation->val_loss;
    out[RES_THRESHOLD_NUMBER] = evaluation->threshold_value;
    out[RES_NORMAL_RECALL] = res_normal_recall(&evaluation->counts);
    out[RES_ANOMALY_RECALL] = res_anomaly_recall(&evaluation->counts);
    out[RES_PRECISION] = res_precision(&evaluation->counts);
    out[RES_F1] = res_f1(&evaluation->counts);
    out[RES_BALANCED_ACCURACY] = res_balanced_accuracy(&evaluation->counts);
    out[RES_MCC] = res_mcc(&evaluation->counts);
    out[RES_TRAIN_S] = evaluation->train_s;
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

char *res_figure_format(res_style style, double value, bool mean, char out[SWP_NUMBER_SIZE])
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

char *res_figure_format_spread(res_style style, double mean, double sd, char out[RES_SPREAD_SIZE])
{
    char number[SWP_NUMBER_SIZE], spread[SWP_NUMBER_SIZE];
    if (isnan(mean) || isnan(sd) || (style == RES_STYLE_FIXED && sd == 0)) {
        snprintf(out, RES_SPREAD_SIZE, "%s", res_figure_format(style, mean, true, number));
        return out;
    }
    int decimals = decimals_of(style, mean, true);
    format_number(scale_of(style) * mean, decimals, number);
    format_number(scale_of(style) * sd, decimals, spread);
    snprintf(out, RES_SPREAD_SIZE, "%s ± %s%s", number, spread, unit_of(style));
    return out;
}

char *res_figure_format_interval(res_style style, double mean, double half,
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
