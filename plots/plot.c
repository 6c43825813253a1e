#include "plots/plot.h"

#include <string.h>

#include "plots/charts_priv.h"

swp_status plot_format_parse(const char *text, plot_format *out, swp_err *err)
{
    if (strcmp(text, "png") == 0)
        *out = PLOT_PNG;
    else if (strcmp(text, "svg") == 0)
        *out = PLOT_SVG;
    else
        return swp_fail(err, SWP_USAGE, "format: expected png or svg, found '%s'", text);
    return SWP_OK;
}

static swp_status add_recalls(res_store *store, const plot_study *study, plot_sheet *sheet,
                              swp_err *err)
{
    plot_recalls recalls;
    swp_status status = plot_recalls_choose(store, study, &recalls, err);
    if (status == SWP_OK && recalls.n > 0)
        status = plot_recall_bars(study, &recalls, sheet, err);
    if (status == SWP_OK && recalls.n > 0)
        status = plot_recall_threshold(store, study, &recalls, sheet, err);
    plot_recalls_deinit(&recalls);
    return status;
}

swp_status plot_experiment(res_store *store, const char *experiment, const plot_options *options,
                           swp_err *err)
{
    plot_study study;
    plot_sheet sheet = {0};
    swp_status status = plot_study_load(store, experiment, &study, err);
    if (status == SWP_OK)
        status = plot_sheet_open(options, &sheet, err);
    if (status == SWP_OK)
        status = plot_losses(&study, &sheet, err);
    if (status == SWP_OK)
        status = add_recalls(store, &study, &sheet, err);
    if (status == SWP_OK)
        status = plot_sheet_draw(&sheet, options, err);
    plot_sheet_deinit(&sheet);
    plot_study_deinit(&study);
    return status;
}
