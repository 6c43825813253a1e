#include "plots/settings_priv.h"

#include <stdbool.h>
#include <string.h>

#include "engine/base/mem.h"
#include "engine/base/str.h"

#define SWEEP "sweep."

swp_status plot_settings_load(res_store *store, int64_t revision, const res_trial *trials, size_t n,
                              plot_settings *out, swp_err *err)
{
    *out = (plot_settings){
        .of = swp_alloc(n, sizeof *out->of),
        .n_of = swp_alloc(n, sizeof *out->n_of),
        .n = n,
    };
    if (!out->of || !out->n_of)
        return swp_fail(err, SWP_NOMEM, "out of memory");
    swp_status status = res_settings_list(store, revision, &out->plan, &out->n_plan, err);
    for (size_t t = 0; t < n && status == SWP_OK; t++)
        status = res_trial_settings_list(store, trials[t].id, &out->of[t], &out->n_of[t], err);
    return status;
}

void plot_settings_deinit(plot_settings *settings)
{
    for (size_t t = 0; settings->of && settings->n_of && t < settings->n; t++)
        res_pairs_free(settings->of[t], settings->n_of[t]);
    swp_free(settings->of);
    swp_free(settings->n_of);
    res_pairs_free(settings->plan, settings->n_plan);
    *settings = (plot_settings){0};
}

static const char *value_of(const res_pair *pairs, size_t n, const char *key)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(pairs[i].key, key) == 0)
            return pairs[i].value;
    return NULL;
}

const char *plot_settings_fixed(const plot_settings *settings, const char *key)
{
    return value_of(settings->plan, settings->n_plan, key);
}

const char *plot_settings_axis(const plot_settings *settings, size_t i)
{
    const char *key = settings->plan[i].key;
    bool is_axis = strncmp(key, SWEEP, strlen(SWEEP)) == 0 && strchr(key + strlen(SWEEP), '.');
    return is_axis ? key + strlen(SWEEP) : NULL;
}

const char *plot_settings_of(const plot_settings *settings, size_t trial, const char *key)
{
    const char *value = value_of(settings->of[trial], settings->n_of[trial], key);
    return value ? value : "";
}

static bool varies(const plot_settings *settings, const char *key)
{
    for (size_t t = 1; t < settings->n; t++)
        if (strcmp(plot_settings_of(settings, t, key), plot_settings_of(settings, 0, key)) != 0)
            return true;
    return false;
}

static void add_pair(const plot_settings *settings, size_t trial, const char *key, swp_buf *out)
{
    swp_buf_printf(out, "%s%s=%s", out->length > 0 ? " " : "", strchr(key, '.') + 1,
                   plot_settings_of(settings, trial, key));
}

swp_status plot_settings_label(const plot_settings *settings, res_trial *trials, swp_err *err)
{
    for (size_t t = 0; t < settings->n; t++) {
        swp_buf label = {0};
        swp_buf_puts(&label, "");
        for (size_t i = 0; i < settings->n_plan; i++) {
            const char *key = plot_settings_axis(settings, i);
            if (key && varies(settings, key))
                add_pair(settings, t, key, &label);
        }
        if (label.failed) {
            swp_buf_deinit(&label);
            return swp_fail(err, SWP_NOMEM, "out of memory");
        }
        swp_free(trials[t].label);
        trials[t].label = label.text;
    }
    return SWP_OK;
}
