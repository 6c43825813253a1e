/* Adds to a study what charts need: the classes of its data set, the units of its losses,
 * headings. */
#include <string.h>

#include "engine/base/mem.h"
#include "plots/charts_priv.h"
#include "plots/text_priv.h"
#include "results/query/select.h"

/* The value of a parameter that is the same in all trials, or "". */
static const char *fixed_value(const plot_task *task, const char *key)
{
    size_t p = res_study_param(&task->study, key);
    bool fixed = p != SIZE_MAX && !task->study.params[p].differs && task->study.n_trials > 0;
    return fixed ? res_study_value(&task->study, p, 0)->text : "";
}

/* "mean loss per sequence (L1, summed over 140 samples)"; without the brackets where the loss is an
 * axis, since the curves differ in unit. */
static swp_status name_units(plot_task *task, swp_err *err)
{
    const char *loss = fixed_value(task, "train.loss");
    const char *name = strcmp(loss, "l1") == 0    ? "L1"
                       : strcmp(loss, "mse") == 0 ? "squared error"
                                                  : NULL;
    swp_buf how = {0}, unit = {0}, error_unit = {0};
    if (name)
        swp_buf_printf(&how, " (%s, summed over %zu samples)", name, task->study.experiment.length);
    swp_buf_printf(&unit, "mean loss per sequence%s", name && how.text ? how.text : "");
    swp_buf_printf(&error_unit, "reconstruction error%s", name && how.text ? how.text : "");
    bool failed = how.failed || unit.failed || error_unit.failed;
    task->unit = unit.text;
    task->error_unit = error_unit.text;
    swp_buf_deinit(&how);
    return failed ? swp_fail(err, SWP_NOMEM, "out of memory") : SWP_OK;
}

/* Trials that have an evaluation, finished or not, which `where` leaves. */
static swp_status choose_trials(plot_task *task, swp_err *err)
{
    const plot_options *options = task->options;
    res_evaluation *list = NULL;
    size_t n = 0;
    task->wanted = swp_alloc(task->study.n_trials, sizeof *task->wanted);
    if (!task->wanted)
        return swp_fail(err, SWP_NOMEM, "out of memory");
    for (size_t t = 0; t < task->study.n_trials; t++)
        task->wanted[t] = options->n_where == 0;
    if (options->n_where == 0)
        return SWP_OK;
    swp_status status =
        res_evaluations_list(task->store, &task->study, &options->filter, &list, &n, err);
    if (status == SWP_OK)
        status = res_select(&task->study, options->where, options->n_where, list, &n, err);
    for (size_t i = 0; i < n && status == SWP_OK; i++)
        task->wanted[list[i].trial] = true;
    swp_free(list);
    return status;
}

/* The parameters that `by` names. */
static swp_status choose_by(plot_task *task, swp_err *err)
{
    for (const char *at = task->options->by; at;
         at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL) {
        int key, length = (int)strcspn(at, ",");
        swp_status status = res_key_find(&task->study, at, (size_t)length, &key, err);
        if (status != SWP_OK)
            return status;
        if (key < 0 || task->n_by == PLOT_BY)
            return swp_fail(err, SWP_USAGE, "by: expected up to %d parameters, found '%s'", PLOT_BY,
                            task->options->by);
        if (!task->study.params[key].differs) {
            status = swp_fail(err, SWP_CONFIG, "by: trials do not differ in '%.*s'", length, at);
            swp_hint(err, "`sweep help plot` says what charts are by");
            return status;
        }
        task->by[task->n_by++] = (size_t)key;
    }
    return SWP_OK;
}

swp_status plot_study_load(plot_task *task, const char *experiment, swp_err *err)
{
    const res_study *study = &task->study;
    swp_status status = res_study_load(task->store, experiment, &task->study, err);
    if (status != SWP_OK)
        return status;
    size_t t = 0;
    while (t < study->n_trials && study->trials[t].n_steps == 0)
        t++;
    if (t == study->n_trials) {
        status = swp_fail(err, SWP_CONFIG, "experiment %s: no epoch is recorded yet",
                          study->experiment.name);
        swp_hint(err, "`sweep run` records them");
    }
    if (status == SWP_OK)
        status = choose_trials(task, err);
    if (status == SWP_OK)
        status = choose_by(task, err);
    if (status == SWP_OK && study->experiment.data_set != 0)
        status = res_classes_list(task->store, study->experiment.data_set, &task->classes,
                                  &task->n_classes, err);
    return status == SWP_OK ? name_units(task, err) : status;
}

void plot_study_deinit(plot_task *task)
{
    res_study_deinit(&task->study);
    swp_free(task->wanted);
    res_classes_free(task->classes, task->n_classes);
    swp_free(task->unit);
    swp_free(task->error_unit);
}

size_t plot_selected(const plot_task *task, size_t trial)
{
    const res_trial *t = &task->study.trials[trial];
    const res_evaluation_filter *filter = &task->options->filter;
    size_t n = t->n_steps;
    if (filter->n_epochs > 0 && filter->epochs[0] < n)
        n = filter->epochs[0];
    return n > 0 && t->best_steps[n - 1] <= t->n_steps ? t->best_steps[n - 1] : 0;
}

void plot_heading(const plot_task *task, const char *what, swp_buf *out)
{
    swp_buf text = {0};
    swp_buf_printf(&text, "%s: ", what);
    plot_text_add(&text, task->study.experiment.name, PLOT_HEADING_CHARS);
    if (task->study.experiment.synthetic)
        swp_buf_puts(&text, " (synthetic data)");
    plot_text_assign(out, "heading", &text);
}

bool plot_class_is_normal(const plot_task *task, size_t c)
{
    return strcmp(fixed_value(task, "data.normal_class"), task->classes[c].label) == 0;
}

void plot_class_name(const plot_task *task, size_t c, swp_buf *out)
{
    swp_buf_puts(out, "class ");
    plot_text_add(out, task->classes[c].label, PLOT_VALUE_CHARS);
    if (plot_class_is_normal(task, c))
        swp_buf_puts(out, " (normal)");
}
