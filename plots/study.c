#include "plots/study_priv.h"

#include <stdio.h>
#include <string.h>

#include "engine/base/mem.h"
#include "plots/text_priv.h"

/* " (L1, summed over 140 samples)"; "" where the loss is an axis, since the curves differ in unit.
 */
static void add_loss(const plot_study *study, swp_buf *out)
{
    const char *loss = plot_settings_fixed(&study->settings, "train.loss");
    bool is_l1 = loss && strcmp(loss, "l1") == 0, is_mse = loss && strcmp(loss, "mse") == 0;
    if (is_l1 || is_mse)
        swp_buf_printf(out, " (%s, summed over %zu samples)", is_l1 ? "L1" : "squared error",
                       study->experiment.length);
}

static swp_status name_units(plot_study *study, swp_err *err)
{
    swp_buf unit = {0}, error_unit = {0};
    swp_buf_puts(&unit, "mean loss per sequence");
    swp_buf_puts(&error_unit, "reconstruction error");
    add_loss(study, &unit);
    add_loss(study, &error_unit);
    study->unit = unit.text;
    study->error_unit = error_unit.text;
    bool failed = unit.failed || error_unit.failed;
    return failed ? swp_fail(err, SWP_NOMEM, "out of memory") : SWP_OK;
}

static swp_status check_recorded(const plot_study *study, swp_err *err)
{
    for (size_t i = 0; i < study->n; i++)
        if (study->trials[i].n_epochs > 0)
            return SWP_OK;
    swp_status status = swp_fail(err, SWP_CONFIG, "experiment %s: no epoch is recorded yet",
                                 study->experiment.name);
    swp_hint(err, "`sweep run` records them");
    return status;
}

swp_status plot_study_load(res_store *store, const char *experiment, plot_study *out, swp_err *err)
{
    *out = (plot_study){0};
    swp_status status = res_experiment_find(store, experiment, &out->experiment, err);
    if (status == SWP_OK)
        status = res_trials_list(store, out->experiment.revision_id, &out->trials, &out->n, err);
    if (status == SWP_OK)
        status = check_recorded(out, err);
    if (status == SWP_OK)
        status = plot_settings_load(store, out->experiment.revision_id, out->trials, out->n,
                                    &out->settings, err);
    if (status == SWP_OK)
        status = plot_settings_label(&out->settings, out->trials, err);
    if (status == SWP_OK && out->experiment.data_set != 0)
        status =
            res_classes_list(store, out->experiment.data_set, &out->classes, &out->n_classes, err);
    if (status == SWP_OK)
        status = name_units(out, err);
    return status;
}

void plot_study_deinit(plot_study *study)
{
    res_experiment_deinit(&study->experiment);
    plot_settings_deinit(&study->settings);
    res_trials_free(study->trials, study->n);
    res_classes_free(study->classes, study->n_classes);
    swp_free(study->unit);
    swp_free(study->error_unit);
    *study = (plot_study){0};
}

void plot_study_heading(const plot_study *study, const char *what, swp_buf *out)
{
    swp_buf text = {0};
    swp_buf_printf(&text, "%s: ", what);
    plot_text_add(&text, study->experiment.name, PLOT_HEADING_CHARS);
    if (study->experiment.synthetic)
        swp_buf_puts(&text, " (synthetic data)");
    plot_text_assign(out, "heading", &text);
}

bool plot_study_is_normal(const plot_study *study, size_t c)
{
    const char *normal = plot_settings_fixed(&study->settings, "data.normal_class");
    return normal && strcmp(normal, study->classes[c].label) == 0;
}

void plot_study_class(const plot_study *study, size_t c, swp_buf *out)
{
    swp_buf_puts(out, "class ");
    plot_text_add(out, study->classes[c].label, PLOT_VALUE_CHARS);
    if (plot_study_is_normal(study, c))
        swp_buf_puts(out, " (normal)");
}
