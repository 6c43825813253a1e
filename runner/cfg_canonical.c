/* The canonical dump, and what tells one training from another. */
#include <string.h>

#include "engine/base/mem.h"
#include "runner/cfg_priv.h"

/* Collects pairs whose texts the configuration keeps. */
typedef struct dump {
    cfg *config;
    swp_buf key, value; /* of the pair being written */
    bool failed;
} dump;

static void add_pair(dump *d)
{
    cfg *config = d->config;
    res_pair pair = {0};
    if (!d->key.failed && !d->value.failed) {
        pair.key = cfg_pool_text(&config->pool, d->key.text);
        pair.value = cfg_pool_text(&config->pool, d->value.text);
    }
    res_pair *pairs = swp_resize(config->pairs, config->n_pairs + 1, sizeof *pairs);
    d->failed = d->failed || !pairs || !pair.key || !pair.value;
    if (pairs) {
        config->pairs = pairs;
        config->pairs[config->n_pairs++] = pair;
    }
    swp_buf_deinit(&d->key);
    swp_buf_deinit(&d->value);
}

static void add_fixed(dump *d)
{
    for (size_t i = 0; i < cfg_option_count(); i++) {
        const cfg_option *option = cfg_option_get(i);
        if (option->group == CFG_IN_RUN || cfg_axis_of(d->config, option))
            continue;
        cfg_value value = cfg_value_load(option, cfg_group_of(d->config, option));
        cfg_value_format(option, &value, &d->value);
        if (option->later && d->value.text &&
            strcmp(d->value.text, option->info.default_value) == 0) {
            swp_buf_deinit(&d->value);
            continue;
        }
        swp_buf_puts(&d->key, option->info.key);
        add_pair(d);
    }
}

static void add_axes(dump *d)
{
    for (size_t i = 0; i < d->config->n_axes; i++) {
        const cfg_axis *axis = &d->config->axes[i];
        swp_buf_printf(&d->key, "sweep.%s", axis->option->info.key);
        for (size_t k = 0; k < axis->n; k++) {
            swp_buf_puts(&d->value, k > 0 ? ", " : "");
            cfg_value_format(axis->option, &axis->values[k], &d->value);
        }
        add_pair(d);
    }
}

static void add_whens(dump *d)
{
    for (size_t i = 0; i < d->config->n_whens; i++) {
        const cfg_when *when = &d->config->whens[i];
        if (!when->used)
            continue;
        swp_buf_printf(&d->key, "[when %s = ", when->axis_option->info.key);
        cfg_value_format(when->axis_option, &when->axis_value, &d->key);
        swp_buf_printf(&d->key, "] %s", when->option->info.key);
        cfg_value_format(when->option, &when->value, &d->value);
        add_pair(d);
    }
}

swp_status cfg_canonical_make(cfg *config, swp_err *err)
{
    dump d = {.config = config};
    add_fixed(&d);
    add_axes(&d);
    add_whens(&d);
    return d.failed ? swp_fail(err, SWP_NOMEM, "out of memory") : SWP_OK;
}

void cfg_canonical(const cfg *config, const res_pair **pairs, size_t *n)
{
    *pairs = config->pairs;
    *n = config->n_pairs;
}

void cfg_training_text(const cfg_settings *settings, swp_buf *out)
{
    for (size_t i = 0; i < cfg_option_count(); i++) {
        const cfg_option *option = cfg_option_get(i);
        if (!option->decides_training)
            continue;
        cfg_value value = cfg_value_load(option, settings);
        swp_buf_printf(out, "%s = ", option->info.key);
        cfg_value_format(option, &value, out);
        swp_buf_puts(out, "\n");
    }
}

bool cfg_training_same(const cfg_settings *a, const cfg_settings *b)
{
    for (size_t i = 0; i < cfg_option_count(); i++) {
        const cfg_option *option = cfg_option_get(i);
        if (!option->decides_training)
            continue;
        cfg_value x = cfg_value_load(option, a), y = cfg_value_load(option, b);
        if (cfg_value_compare(&x, &y) != 0)
            return false;
    }
    return true;
}

uint64_t cfg_training_hash(const cfg_settings *settings)
{
    uint64_t hash = SWP_HASH_START;
    for (size_t i = 0; i < cfg_option_count(); i++) {
        const cfg_option *option = cfg_option_get(i);
        if (!option->decides_training)
            continue;
        cfg_value value = cfg_value_load(option, settings);
        hash = cfg_value_hash(&value, hash);
    }
    return hash;
}
