/* Stored samples beside their reconstructions, a picture for some trials. */
#include <stdio.h>

#include "engine/base/mem.h"
#include "plots/charts_priv.h"
#include "plots/text_priv.h"

/* All that a picture needs. */
typedef struct view {
    size_t index; /* of the trial in the study */
    const res_trial *trial;
    const res_evaluation *evaluation; /* the chosen one */
    const res_errors *errors;
    res_samples samples;
    res_held_out held_out[RES_SUBSETS];
    void *block;   /* of held_out */
    float *series; /* (samples, length) reconstructed */
} view;

static void view_deinit(view *v)
{
    res_samples_deinit(&v->samples);
    swp_free(v->block);
    swp_free(v->series);
}

static swp_status load(const plot_task *task, size_t t, view *out, swp_err *err)
{
    size_t n = 0;
    *out = (view){
        .index = t,
        .trial = &task->study.trials[t],
        .evaluation = task->recalls.of[t],
        .errors = &task->errors.of[t],
    };
    swp_status status = res_samples_load(task->store, out->trial->split, &out->samples, err);
    if (status == SWP_OK)
        status = res_held_out_load(task->store, out->trial->split, out->held_out, &out->block, err);
    if (status == SWP_OK)
        status = res_reconstructions_load(task->store, out->trial->id,
                                          out->evaluation->selected_epoch, &out->series, &n, err);
    if (status == SWP_OK && n != out->samples.n * out->samples.length)
        status = swp_fail(err, SWP_DB, "trial %zu: %zu reconstructed values for %zu samples",
                          out->trial->number, n, out->samples.n);
    for (size_t i = 0; i < out->samples.n && status == SWP_OK; i++) {
        const res_sample *sample = &out->samples.list[i];
        const res_held_out *held_out = &out->held_out[sample->subset];
        size_t n_errors = sample->subset == RES_TEST ? out->errors->n_test : out->errors->n_anomaly;
        if (sample->index >= held_out->n || sample->index >= n_errors ||
            held_out->classes[sample->index] >= task->n_classes)
            status = swp_fail(err, SWP_DB, "trial %zu: its samples do not fit its split",
                              out->trial->number);
    }
    return status;
}

static size_t class_of(const view *v, const res_sample *sample)
{
    return v->held_out[sample->subset].classes[sample->index];
}

static double error_of(const view *v, const res_sample *sample)
{
    const float *errors = sample->subset == RES_TEST ? v->errors->test : v->errors->anomaly;
    return (double)errors[sample->index];
}

/* "class 2: error 61.3", and how the threshold fails, if it does. */
static void add_title(const plot_task *task, const view *v, size_t i, swp_buf *out)
{
    const res_sample *sample = &v->samples.list[i];
    double error = error_of(v, sample);
    bool flagged = error > v->evaluation->threshold_value;
    swp_buf title = {0};
    plot_class_name(task, class_of(v, sample), &title);
    swp_buf_printf(&title, error < 10 ? ": error %.3g" : ": error %.1f", error);
    if (flagged && sample->subset == RES_TEST)
        swp_buf_puts(&title, ", false alarm");
    if (!flagged && sample->subset == RES_ANOMALY)
        swp_buf_puts(&title, ", missed");
    plot_array_text(out, i, &title);
}

/* Titles, and the place of each sample: its row, which is a class, and its column. */
static void add_places(const plot_task *task, const view *v, swp_buf *out)
{
    size_t row = 0, column = 0, columns = 1;
    swp_buf rows = {0}, places = {0};
    swp_buf_printf(out, "n = %zu\n", v->samples.n);
    plot_array_begin(out, "titles", v->samples.n);
    for (size_t i = 0; i < v->samples.n; i++) {
        const res_sample *sample = &v->samples.list[i];
        bool same = i > 0 && class_of(v, sample) == class_of(v, sample - 1);
        row += same ? 0 : 1;
        column = same ? column + 1 : 1;
        columns = column > columns ? column : columns;
        add_title(task, v, i, out);
        swp_buf_printf(&rows, "%s%zu", i > 0 ? ", " : "", row);
        swp_buf_printf(&places, "%s%zu", i > 0 ? ", " : "", column);
    }
    swp_buf_printf(out, "]\narray rows_of[%zu] = [%s]\narray columns_of[%zu] = [%s]\n",
                   v->samples.n, rows.failed ? "" : rows.text, v->samples.n,
                   places.failed ? "" : places.text);
    swp_buf_printf(out, "n_rows = %zu\nn_columns = %zu\nlength = %zu\n", row, columns,
                   v->samples.length);
    out->failed |= rows.failed || places.failed;
    swp_buf_deinit(&rows);
    swp_buf_deinit(&places);
}

static void add_subheading(const plot_task *task, const view *v, swp_buf *out)
{
    swp_buf text = {0};
    plot_text_add(&text, task->study.experiment.data_name, PLOT_DATA_CHARS);
    swp_buf_printf(&text, ": epoch %u; ", (unsigned)v->evaluation->selected_epoch);
    plot_chosen_add(task, &text);
    if (v->evaluation->threshold.kind != RES_THRESHOLD_VALUE)
        swp_buf_printf(&text, "; here %.4g", v->evaluation->threshold_value);
    plot_text_assign(out, "subheading", &text);
    plot_text_set(out, "note", v->trial->label, SIZE_MAX);
}

static void add_data(const view *v, swp_buf *out)
{
    for (size_t i = 0; i < v->samples.n; i++) {
        const res_sample *sample = &v->samples.list[i];
        swp_buf_printf(out, "# row %lu of the data set: sample, original, reconstruction\n",
                       (unsigned long)v->held_out[sample->subset].rows[sample->index]);
        for (size_t k = 0; k < v->samples.length; k += plot_every(v->samples.length))
            swp_buf_printf(out, "%zu %.5g %.5g\n", k + 1, (double)sample->series[k],
                           (double)v->series[i * v->samples.length + k]);
        swp_buf_puts(out, "\n\n");
    }
}

static swp_status add_one(plot_task *task, const view *v, swp_err *err)
{
    plot_chart chart = {.script = plot_reconstruction_gp};
    char what[64];
    plot_single_name(task, "reconstruction", v->index, chart.name);
    snprintf(what, sizeof what, "Reconstructions, trial %zu", v->trial->number);
    plot_heading(task, what, &chart.head);
    add_subheading(task, v, &chart.head);
    add_places(task, v, &chart.head);
    if (task->options->samples > 0)
        swp_buf_printf(&chart.head, "if (!exists(\"most\")) most = %zu\n", task->options->samples);
    add_data(v, &chart.data);
    return plot_sheet_add(&task->sheet, &chart, err);
}

/* An older program kept no split and, of an epoch that it had recorded, no reconstructions. */
static swp_status add_trial(plot_task *task, size_t t, bool *drawn, swp_err *err)
{
    view v;
    swp_status status = load(task, t, &v, err);
    *drawn = status == SWP_OK && v.samples.n > 0;
    if (*drawn)
        status = add_one(task, &v, err);
    view_deinit(&v);
    if (status == SWP_DB)
        return swp_wrap(err, "trial %zu", task->study.trials[t].number);
    return status == SWP_CONFIG ? SWP_OK : status;
}

/* The picture of a trial. One that is damaged is left out, and the first of these is the reason. */
static swp_status try_trial(plot_task *task, size_t t, bool *drawn, const char **why, swp_err *err)
{
    const char *const damaged = task->damaged[PLOT_ERRORS];
    if (task->errors.damaged[t]) {
        *why = *why ? *why : damaged;
        return SWP_OK;
    }
    swp_status status = add_trial(task, t, drawn, err);
    return status == SWP_DB && *why && *why != damaged ? SWP_OK
                                                       : plot_pass_damage(task, status, why, err);
}

swp_status plot_reconstructions(plot_task *task, swp_err *err)
{
    const res_study *study = &task->study;
    size_t n_drawn = 0;
    const char *why = NULL;
    bool *use = swp_alloc(study->n_trials, sizeof *use);
    const char **roles = swp_alloc(study->n_trials, sizeof *roles);
    swp_status status = use && roles ? SWP_OK : swp_fail(err, SWP_NOMEM, "out of memory");
    for (size_t t = 0; t < study->n_trials && status == SWP_OK; t++)
        use[t] = task->recalls.use[t] && study->trials[t].data_set == study->experiment.data_set;
    if (status == SWP_OK)
        status = plot_singles_choose(task, use, roles, err);
    for (size_t t = 0; t < study->n_trials && status == SWP_OK; t++) {
        bool drawn = false;
        if (roles[t])
            status = try_trial(task, t, &drawn, &why, err);
        n_drawn += drawn;
    }
    if (status == SWP_OK && (why || n_drawn == 0))
        plot_leave_out(task, "reconstructions", why ? why : PLOT_OLD);
    swp_free(use);
    swp_free(roles);
    return status;
}
