#include "plots/axes_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"
#include "plots/text_priv.h"

#define SWEEP "sweep."

static swp_status out_of_memory(swp_err *err)
{
    return swp_fail(err, SWP_NOMEM, "out of memory");
}

/* What the values of an axis are read from. */
typedef struct settings {
    res_pair **of; /* (trainings of the study) */
    size_t *n;     /* (trainings of the study) */
} settings;

static swp_status load_settings(const plot_task *task, settings *out, swp_err *err)
{
    size_t n = task->study.n;
    *out = (settings){.of = swp_alloc(n, sizeof *out->of), .n = swp_alloc(n, sizeof *out->n)};
    swp_status status = out->of && out->n ? SWP_OK : out_of_memory(err);
    for (size_t t = 0; t < n && status == SWP_OK; t++)
        status = res_training_settings_list(task->store, task->study.trainings[t].id, &out->of[t],
                                            &out->n[t], err);
    return status;
}

static void settings_deinit(const plot_task *task, settings *s)
{
    for (size_t t = 0; s->of && s->n && t < task->study.n; t++)
        res_pairs_free(s->of[t], s->n[t]);
    swp_free(s->of);
    swp_free(s->n);
}

/* Add the value of a setting in a trial. */
static void add_value(const plot_task *task, const settings *s, const res_trial *trial,
                      const char *key, swp_buf *out)
{
    char threshold[RES_THRESHOLD_TEXT_SIZE];
    swp_buf_puts(out, "");
    if (strcmp(key, "train.epochs") == 0) {
        swp_buf_printf(out, "%zu", trial->epochs);
    } else if (strcmp(key, "eval.threshold") == 0) {
        swp_buf_puts(out, res_threshold_format(trial->threshold, threshold));
    } else {
        size_t t = 0;
        while (t + 1 < task->study.n && task->study.trainings[t].id != trial->training)
            t++;
        for (size_t i = 0; i < s->n[t]; i++)
            if (strcmp(s->of[t][i].key, key) == 0)
                swp_buf_puts(out, s->of[t][i].value);
    }
}

/* Index of a value among those of the axis, to which it is added when it is new. */
static swp_status find_value(plot_axis *axis, const char *value, size_t *out, swp_err *err)
{
    for (*out = 0; *out < axis->n; ++*out)
        if (strcmp(axis->values[*out], value) == 0)
            return SWP_OK;
    char **grown = swp_resize(axis->values, axis->n + 1, sizeof *grown);
    if (!grown)
        return out_of_memory(err);
    axis->values = grown;
    grown[axis->n] = swp_strdup(value);
    return grown[axis->n++] ? SWP_OK : out_of_memory(err);
}

static int compare_values(const void *a, const void *b)
{
    const char *x = *(char *const *)a, *y = *(char *const *)b;
    double p, q;
    bool x_is_number = swp_parse_double(x, &p), y_is_number = swp_parse_double(y, &q);
    if (x_is_number && y_is_number)
        return (p > q) - (p < q);
    if (x_is_number != y_is_number)
        return x_is_number ? -1 : 1;
    return strcmp(x, y);
}

/* Put the values in order, and with them the indices of the trials. */
static swp_status sort_values(plot_axis *axis, size_t n_trials, swp_err *err)
{
    char **found = swp_alloc(axis->n, sizeof *found);
    size_t *place = swp_alloc(axis->n, sizeof *place);
    bool ok = found && place;
    if (ok && axis->n > 0) {
        memcpy(found, axis->values, axis->n * sizeof *found);
        qsort(axis->values, axis->n, sizeof *axis->values, compare_values);
    }
    for (size_t i = 0; i < axis->n && ok; i++)
        while (axis->values[place[i]] != found[i])
            place[i]++;
    for (size_t i = 0; i < n_trials && ok; i++)
        axis->of[i] = place[axis->of[i]];
    swp_free(found);
    swp_free(place);
    return ok ? SWP_OK : out_of_memory(err);
}

static swp_status fill_axis(const plot_task *task, const settings *s,
                            const res_trial *const *trials, size_t n, plot_axis *axis, swp_err *err)
{
    swp_status status = SWP_OK;
    for (size_t i = 0; i < n && status == SWP_OK; i++) {
        swp_buf value = {0};
        add_value(task, s, trials[i], axis->key, &value);
        status =
            value.failed ? out_of_memory(err) : find_value(axis, value.text, &axis->of[i], err);
        swp_buf_deinit(&value);
    }
    return status == SWP_OK ? sort_values(axis, n, err) : status;
}

static void axis_deinit(plot_axis *axis)
{
    for (size_t i = 0; i < axis->n; i++)
        swp_free(axis->values[i]);
    swp_free(axis->values);
    swp_free(axis->key);
    swp_free(axis->of);
    *axis = (plot_axis){0};
}

static swp_status add_axis(const plot_task *task, const settings *s, const res_trial *const *trials,
                           size_t n, const char *key, plot_axes *out, swp_err *err)
{
    plot_axis *grown = swp_resize(out->list, out->n + 1, sizeof *grown);
    if (!grown)
        return out_of_memory(err);
    out->list = grown;
    plot_axis *axis = &grown[out->n++];
    *axis = (plot_axis){.key = swp_strdup(key), .of = swp_alloc(n, sizeof *axis->of)};
    if (!axis->key || !axis->of)
        return out_of_memory(err);
    swp_status status = fill_axis(task, s, trials, n, axis, err);
    if (status == SWP_OK && axis->n < 2) {
        axis_deinit(axis);
        out->n--;
    }
    return status;
}

swp_status plot_axes_load(const plot_task *task, const res_trial *const *trials, size_t n,
                          plot_axes *out, swp_err *err)
{
    *out = (plot_axes){0};
    res_pair *plan = NULL;
    size_t n_plan = 0;
    settings s = {0};
    swp_status status = load_settings(task, &s, err);
    if (status == SWP_OK)
        status =
            res_settings_list(task->store, task->study.experiment.revision_id, &plan, &n_plan, err);
    for (size_t i = 0; i < n_plan && status == SWP_OK; i++) {
        const char *key = plan[i].key;
        bool is_axis = strncmp(key, SWEEP, strlen(SWEEP)) == 0 && strchr(key + strlen(SWEEP), '.');
        if (is_axis)
            status = add_axis(task, &s, trials, n, key + strlen(SWEEP), out, err);
    }
    res_pairs_free(plan, n_plan);
    settings_deinit(task, &s);
    return status;
}

void plot_axes_deinit(plot_axes *axes)
{
    for (size_t i = 0; i < axes->n; i++)
        axis_deinit(&axes->list[i]);
    swp_free(axes->list);
    *axes = (plot_axes){0};
}

const char *plot_axis_name(const plot_axis *axis)
{
    const char *dot = strchr(axis->key, '.');
    return dot ? dot + 1 : axis->key;
}

/* A number of many digits is cut to four of them, so that it fits beside its axis. */
static void quote_value(const char *value, swp_buf *out)
{
    double number;
    char rounded[32] = "";
    if (strlen(value) > 8 && swp_parse_double(value, &number))
        snprintf(rounded, sizeof rounded, "%.4g", number);
    plot_text_quote(out, rounded[0] ? rounded : value, PLOT_VALUE_CHARS);
}

void plot_axes_values(const plot_axis *axes, size_t n, const char *name, swp_buf *out)
{
    size_t n_values = 0;
    for (size_t a = 0; a < n; a++)
        n_values += axes[a].n;
    swp_buf_printf(out, "array %s[%zu] = [", name, n_values);
    for (size_t a = 0; a < n; a++) {
        for (size_t i = 0; i < axes[a].n; i++) {
            swp_buf_puts(out, a + i > 0 ? ", " : "");
            quote_value(axes[a].values[i], out);
        }
    }
    swp_buf_puts(out, "]\n");
}
