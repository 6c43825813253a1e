#include "plots/axes_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"
#include "plots/text_priv.h"

static swp_status out_of_memory(swp_err *err)
{
    return swp_fail(err, SWP_NOMEM, "out of memory");
}

/* Add the value of a setting in an evaluation. */
static void add_value(const plot_task *task, const res_evaluation *evaluation, const char *key,
                      swp_buf *out)
{
    char threshold[RES_THRESHOLD_TEXT_SIZE];
    size_t t = 0;
    swp_buf_puts(out, "");
    while (t + 1 < task->study.n && task->study.trials[t].id != evaluation->trial)
        t++;
    if (strcmp(key, "train.epochs") == 0)
        swp_buf_printf(out, "%zu", evaluation->epochs);
    else if (strcmp(key, "eval.threshold") == 0)
        swp_buf_puts(out, res_threshold_format(evaluation->threshold, threshold));
    else
        swp_buf_puts(out, plot_settings_of(&task->study.settings, t, key));
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

/* Put the values in order, and with them the indices of the evaluations. */
static swp_status sort_values(plot_axis *axis, size_t n_evaluations, swp_err *err)
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
    for (size_t i = 0; i < n_evaluations && ok; i++)
        axis->of[i] = place[axis->of[i]];
    swp_free(found);
    swp_free(place);
    return ok ? SWP_OK : out_of_memory(err);
}

static swp_status fill_axis(const plot_task *task, const res_evaluation *const *evaluations,
                            size_t n, plot_axis *axis, swp_err *err)
{
    swp_status status = SWP_OK;
    for (size_t i = 0; i < n && status == SWP_OK; i++) {
        swp_buf value = {0};
        add_value(task, evaluations[i], axis->key, &value);
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

static swp_status add_axis(const plot_task *task, const res_evaluation *const *evaluations,
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
    swp_status status = fill_axis(task, evaluations, n, axis, err);
    if (status == SWP_OK && axis->n < 2) {
        axis_deinit(axis);
        out->n--;
    }
    return status;
}

swp_status plot_axes_load(const plot_task *task, const res_evaluation *const *evaluations, size_t n,
                          plot_axes *out, swp_err *err)
{
    const plot_settings *settings = &task->study.settings;
    *out = (plot_axes){0};
    swp_status status = SWP_OK;
    for (size_t i = 0; i < settings->n_plan && status == SWP_OK; i++) {
        const char *key = plot_settings_axis(settings, i);
        if (key)
            status = add_axis(task, evaluations, n, key, out, err);
    }
    return status;
}

void plot_axes_deinit(plot_axes *axes)
{
    for (size_t i = 0; i < axes->n; i++)
        axis_deinit(&axes->list[i]);
    swp_free(axes->list);
    *axes = (plot_axes){0};
}

bool plot_axis_is(const plot_axis *axis, const char *key)
{
    return strcmp(axis->key, key) == 0;
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
