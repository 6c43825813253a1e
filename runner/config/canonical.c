/* The canonical texts of a configuration: the dump that decides whether two revisions are the same,
 * and the text that decides whether two evaluations share a trial.
 *
 * Stores keep SHA-256 sums of both, so a value's text must never change. Options that were added
 * after the first version are written only when they differ from their default: the sums of
 * configurations that do not use them stay what they were. */
#include <string.h>

#include "engine/base/mem.h"
#include "runner/config/cfg_priv.h"

bool cfg_value_is_written(const cfg_option *option, const cfg_value *value)
{
    cfg_pool pool = {0};
    cfg_value usual;
    bool written = !option->is_new;
    if (!written) /* one that cannot be parsed for lack of memory is written */
        written =
            cfg_value_parse(&pool, option, option->info.default_value, &usual, NULL) != SWP_OK ||
            cfg_value_compare(value, &usual) != 0;
    cfg_pool_deinit(&pool);
    return written;
}

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

/* Whether a search goes on when this option changes. */
static bool may_grow(const cfg *config, const cfg_option *option)
{
    return option->may_grow && cfg_is_search(config);
}

static void add_fixed(dump *d)
{
    for (size_t i = 0; i < cfg_option_count(); i++) {
        const cfg_option *option = cfg_option_get(i);
        if (option->group == CFG_IN_RUN || cfg_axis_of(d->config, option) ||
            !cfg_group_applies(option->group, d->config->command.run != NULL) ||
            may_grow(d->config, option))
            continue;
        cfg_value value = cfg_value_load(option, cfg_group_of(d->config, option));
        if (!cfg_value_is_written(option, &value))
            continue;
        swp_buf_puts(&d->key, option->info.key);
        cfg_value_format(option, &value, &d->value);
        add_pair(d);
    }
}

/* What a command is given, and what is in it. */
static void add_command(dump *d)
{
    const cfg_command *command = &d->config->command;
    for (size_t i = 0; i < command->n_params; i++) {
        const cfg_param *param = command->params[i];
        if (!param->fixed.text || cfg_axis_of(d->config, &param->option))
            continue;
        swp_buf_printf(&d->key, "params.%s", param->option.info.key);
        swp_buf_puts(&d->value, param->is_flag ? "flag" : param->fixed.text);
        add_pair(d);
    }
    for (size_t i = 0; i < command->n_scripts; i++) {
        swp_buf_printf(&d->key, RES_SCRIPT_KEY "%s", command->scripts[i].path);
        swp_buf_puts(&d->value, command->scripts[i].digest);
        add_pair(d);
    }
}

static void add_axes(dump *d)
{
    for (size_t i = 0; i < d->config->n_axes; i++) {
        const cfg_axis *axis = &d->config->axes[i];
        if (may_grow(d->config, axis->option))
            continue;
        swp_buf_printf(&d->key, "sweep.%s", axis->option->info.key);
        if (axis->is_range)
            cfg_range_format(&axis->range, &d->value);
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
    add_command(&d);
    if (strcmp(config->head.search.strategy, "grid") ==
        0) { /* as the first version wrote it here */
        swp_buf_puts(&d.key, "sweep.strategy");
        swp_buf_puts(&d.value, "grid");
        add_pair(&d);
    }
    add_axes(&d);
    add_whens(&d);
    return d.failed ? swp_fail(err, SWP_NOMEM, "out of memory") : SWP_OK;
}

void cfg_canonical(const cfg *config, const res_pair **pairs, size_t *n)
{
    *pairs = config->pairs;
    *n = config->n_pairs;
}

/* The parameter whose name comes next after `last` (NULL: the first), bytewise; NULL: none. */
static const cfg_param *next_param(const cfg_command *command, const char *last)
{
    const cfg_param *next = NULL;
    for (size_t i = 0; i < command->n_params; i++) {
        const cfg_param *param = command->params[i];
        if ((!last || strcmp(param->option.info.key, last) > 0) &&
            (!next || strcmp(param->option.info.key, next->option.info.key) < 0))
            next = param;
    }
    return next;
}

/* A command's parameters by name: neither their order nor which of them vary decides a trial. */
static void put_params(const cfg_settings *settings, swp_buf *out)
{
    const char *last = NULL;
    for (const cfg_param *param;
         settings->command && (param = next_param(settings->command, last)) != NULL;
         last = param->option.info.key) {
        const cfg_value value = cfg_param_value_of(settings, param);
        swp_buf_printf(out, "%s = ", param->option.info.key);
        cfg_value_format(&param->option, &value, out);
        swp_buf_puts(out, param->is_flag ? " (flag)\n" : "\n");
    }
    if (settings->command && cfg_param_count(settings) > settings->command->n_params)
        swp_buf_printf(out, "SWEEP_SEED = %lu\n", (unsigned long)settings->seed);
}

void cfg_trial_text(const cfg_settings *settings, swp_buf *out)
{
    const void *group = settings->command ? (const void *)settings->command : settings;
    for (size_t i = 0; i < cfg_option_count(); i++) {
        const cfg_option *option = cfg_option_get(i);
        if (!option->decides_trial || !cfg_group_applies(option->group, settings->command != NULL))
            continue;
        cfg_value value = cfg_value_load(option, group);
        if (!cfg_value_is_written(option, &value))
            continue;
        swp_buf_printf(out, "%s = ", option->info.key);
        cfg_value_format(option, &value, out);
        swp_buf_puts(out, "\n");
    }
    put_params(settings, out);
}

static swp_status parse_setting(cfg_pool *pool, const char *key, const char *text,
                                cfg_settings *out, swp_err *err)
{
    const cfg_option *option = cfg_option_find(key);
    if (!option || option->group != CFG_IN_SETTINGS)
        return swp_fail(err, SWP_CONFIG, "unknown parameter \"%s\"", cfg_quote(key).text);
    cfg_value value;
    swp_status status = cfg_value_parse(pool, option, text, &value, err);
    if (status != SWP_OK)
        return swp_wrap(err, "%s", key);
    cfg_value_store(option, &value, out);
    return SWP_OK;
}

swp_status cfg_trial_parse(const char *text, cfg_trial_settings *out, swp_err *err)
{
    cfg_pool pool = {0};
    swp_err unseen = {0}; /* wrapping an error needs a record */
    swp_status status = SWP_OK;
    err = err ? err : &unseen;
    *out = (cfg_trial_settings){.memory = NULL};
    for (size_t i = 0; i < cfg_option_count() && status == SWP_OK; i++) {
        const cfg_option_info *info = &cfg_option_get(i)->info;
        if (cfg_option_get(i)->group == CFG_IN_SETTINGS && info->default_value)
            status = parse_setting(&pool, info->key, info->default_value, &out->values, err);
    }
    char *copy = swp_strdup(text);
    if (!copy && status == SWP_OK)
        status = swp_fail(err, SWP_NOMEM, "out of memory");
    for (char *line = copy, *end; status == SWP_OK && (end = strchr(line, '\n')); line = end + 1) {
        *end = '\0';
        char *equals = strstr(line, " = ");
        if (!equals)
            status = swp_fail(err, SWP_CONFIG, "expected key = value, found \"%s\"",
                              cfg_quote(line).text);
        else {
            *equals = '\0';
            status = parse_setting(&pool, line, equals + 3, &out->values, err);
        }
    }
    swp_free(copy);
    out->memory = pool.last;
    return status;
}

void cfg_trial_settings_deinit(cfg_trial_settings *settings)
{
    cfg_pool_deinit(&(cfg_pool){settings->memory});
    *settings = (cfg_trial_settings){.memory = NULL};
}

static bool are_params_same(const cfg_settings *a, const cfg_settings *b)
{
    for (size_t i = 0; i < a->command->n_params; i++) {
        const cfg_param *param = a->command->params[i];
        const cfg_value x = cfg_param_value_of(a, param), y = cfg_param_value_of(b, param);
        if (cfg_value_compare(&x, &y) != 0)
            return false;
    }
    return true;
}

static uint64_t hash_params(const cfg_settings *settings)
{
    uint64_t hash = SWP_HASH_START;
    for (size_t i = 0; i < settings->command->n_params; i++) {
        const cfg_value value = cfg_param_value_of(settings, settings->command->params[i]);
        hash = cfg_value_hash(&value, hash);
    }
    return hash;
}

bool cfg_trial_same(const cfg_settings *a, const cfg_settings *b)
{
    if (a->command || b->command)
        return a->command == b->command && are_params_same(a, b);
    for (size_t i = 0; i < cfg_option_count(); i++) {
        const cfg_option *option = cfg_option_get(i);
        if (!option->decides_trial || option->group != CFG_IN_SETTINGS)
            continue;
        cfg_value x = cfg_value_load(option, a), y = cfg_value_load(option, b);
        if (cfg_value_compare(&x, &y) != 0)
            return false;
    }
    return true;
}

uint64_t cfg_trial_hash(const cfg_settings *settings)
{
    uint64_t hash = SWP_HASH_START;
    if (settings->command)
        return hash_params(settings);
    for (size_t i = 0; i < cfg_option_count(); i++) {
        const cfg_option *option = cfg_option_get(i);
        if (!option->decides_trial || option->group != CFG_IN_SETTINGS)
            continue;
        cfg_value value = cfg_value_load(option, settings);
        hash = cfg_value_hash(&value, hash);
    }
    return hash;
}
