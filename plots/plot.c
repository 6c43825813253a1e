#include "plots/plot.h"

#include <stdio.h>
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

static void note_left_out(const plot_options *options, size_t n)
{
    char text[160];
    snprintf(text, sizeof text,
             "%zu trainings have no picture of their own: only the first %d get one; "
             "`sweep export --what epochs` has the losses of all",
             n, PLOT_SINGLES);
    if (n > 0 && options->note)
        options->note(text, options->context);
}

swp_status plot_experiment(res_store *store, const char *experiment, const plot_options *options,
                           swp_err *err)
{
    plot_study study;
    plot_sheet sheet = {0};
    size_t left_out = 0;
    swp_status status = plot_study_load(store, experiment, &study, err);
    if (status == SWP_OK)
        status = plot_sheet_open(options, &sheet, err);
    if (status == SWP_OK)
        status = plot_losses(&study, &sheet, &left_out, err);
    if (status == SWP_OK)
        status = add_recalls(store, &study, &sheet, err);
    if (status == SWP_OK) {
        note_left_out(options, left_out);
        status = plot_sheet_draw(&sheet, options, err);
    }
    plot_sheet_deinit(&sheet);
    plot_study_deinit(&study);
    return status;
}
