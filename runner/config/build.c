/* From the file's entries and the overrides to a configuration. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"
#include "runner/config/cfg_priv.h"

/* Where an entry comes from: a line of the file, or an override. */
typedef struct place {
    const char *path;
    size_t line;
    const char *override; /* NULL in the file */
} place;

/* Reads entries one by one; the section's fields change as sections begin. */
typedef struct builder {
    cfg *config;
    char section[CFG_MAX_SECTION + 1];
    const cfg_option *when_axis; /* inside [when AXIS = VALUE], else NULL */
    bool has_command;            /* [command] stands somewhere, or an override begins with it */
    size_t command_line;         /* where; 0 = in an override */
    cfg_value when_value;
} builder;

static swp_status out_of_memory(swp_err *err)
{
    return swp_fail(err, SWP_NOMEM, "out of memory");
}

/* Put the place in front of a recorded failure of the configuration. Others, like a lack of memory,
 * have nothing to do with the place. */
static swp_status at_place(const place *at, swp_err *err)
{
    if (!err || (err->status != SWP_CONFIG && err->status != SWP_USAGE))
        return err ? err->status : SWP_CONFIG;
    if (at->path)
        return swp_wrap(err, "%s:%zu", at->path, at->line);
    return swp_wrap(err, "--set %s", cfg_quote(at->override).text);
}

static bool is_repeated(size_t line, const place *at)
{
    return !at->override && line > 0;
}

static swp_status refuse_repeated(const char *key, size_t line, swp_err *err)
{
    return swp_fail(err, SWP_CONFIG, "%s: expected once, first set in line %zu", key, line);
}

/* --- fixed settings --------------------------------------------------------------------------- */

/* Users often try a list where one value belongs. */
static void hint_axis(const cfg_option *option, const char *text, swp_err *err)
{
    if (option->info.can_be_axis && (strchr(text, ',') || strstr(text, "..")))
        swp_hint(err, "several values go under [sweep]: %s = %s", option->info.key,
                 cfg_quote(text).text);
}

static swp_status parse_value(builder *b, const cfg_option *option, const char *text,
                              cfg_value *value, swp_err *err)
{
    swp_status status = cfg_value_parse(&b->config->pool, option, text, value, err);
    if (status != SWP_CONFIG)
        return status;
    status = swp_wrap(err, "%s", option->info.key);
    hint_axis(option, text, err);
    return status;
}

/* An override of an axis leaves it with this one value. */
static swp_status narrow_axis(cfg_axis *axis, const cfg_value *value, swp_err *err)
{
    cfg_value *values = swp_alloc(1, sizeof *values);
    if (!values)
        return out_of_memory(err);
    values[0] = *value;
    swp_free(axis->values);
    axis->values = values;
    axis->n = 1;
    axis->is_range = false;
    axis->overridden = true;
    return SWP_OK;
}

static swp_status set_fixed(builder *b, const cfg_option *option, const char *text, const place *at,
                            swp_err *err)
{
    cfg *config = b->config;
    size_t index = cfg_option_index(option);
    if (is_repeated(config->lines[index], at))
        return refuse_repeated(option->info.key, config->lines[index], err);
    cfg_value value;
    swp_status status = parse_value(b, option, text, &value, err);
    if (status != SWP_OK)
        return status;
    cfg_axis *axis = cfg_axis_of(config, option);
    if (at->override && axis)
        return narrow_axis(axis, &value, err);
    cfg_value_store(option, &value, cfg_group_of(config, option));
    config->given[index] = true;
    config->lines[index] = at->line;
    return SWP_OK;
}

/* --- axes ------------------------------------------------------------------------------------- */

static int compare_values(const void *a, const void *b)
{
    const cfg_value *const *x = a;
    const cfg_value *const *y = b;
    return cfg_value_compare(*x, *y);
}

static swp_status refuse_equal_values(const cfg_option *option, const cfg_value *values, size_t n,
                                      swp_err *err)
{
    const cfg_value **sorted = swp_alloc(n, sizeof(cfg_value *));
    if (!sorted)
        return out_of_memory(err);
    for (size_t i = 0; i < n; i++)
        sorted[i] = &values[i];
    qsort(sorted, n, sizeof(cfg_value *), compare_values);

    swp_buf text = {0};
    for (size_t i = 1; i < n && !text.text; i++) {
        if (cfg_value_compare(sorted[i - 1], sorted[i]) == 0)
            cfg_value_format(option, sorted[i], &text);
    }
    swp_status status = SWP_OK;
    if (text.failed)
        status = out_of_memory(err);
    else if (text.text)
        status = swp_fail(err, SWP_CONFIG, "expected each value once, found %s again",
                          cfg_quote(text.text).text);
    swp_buf_deinit(&text);
    swp_free(sorted);
    return status;
}

/* A parameter of a command that differs between grid points. */
static swp_status vary_param(builder *b, const char *key, const cfg_option **out, swp_err *err)
{
    cfg_param *param;
    swp_status status = cfg_param_ensure(b->config, key, &param, err);
    if (status != SWP_OK)
        return status;
    *out = &param->option;
    return cfg_param_vary(b->config, param, err);
}

/* The option of a full key whose value may differ between grid points. */
static swp_status find_setting(builder *b, const char *key, const cfg_option **out, swp_err *err)
{
    swp_status status = SWP_OK;
    if (b->has_command)
        return vary_param(b, key, out, err);
    *out = cfg_option_find(key);
    if (!*out) {
        status = swp_fail(err, SWP_CONFIG, "unknown key \"%s\"", cfg_quote(key).text);
        cfg_hint_key(NULL, key, err);
    } else if ((*out)->group != CFG_IN_SETTINGS) {
        status = swp_fail(err, SWP_CONFIG, "%s is the same in all grid points", key);
        swp_hint(err, "only keys of [data], [model], [train] and [eval] differ between them");
    }
    return status;
}

static swp_status find_axis_option(builder *b, const char *key, const cfg_option **out,
                                   swp_err *err)
{
    swp_status status = find_setting(b, key, out, err);
    if (status == SWP_OK && !(*out)->info.can_be_axis) {
        status = swp_fail(err, SWP_CONFIG, "%s cannot be an axis: its value is a list", key);
        swp_hint(err, "give it in its section, or in [when KEY = VALUE] for single grid points");
    }
    return status;
}

/* The axis of an option, made when there is none. */
static cfg_axis *ensure_axis(cfg *config, const cfg_option *option)
{
    cfg_axis *axis = cfg_axis_of(config, option);
    if (!axis) {
        axis = &config->axes[config->n_axes++];
        *axis = (cfg_axis){.option = option};
    }
    return axis;
}

/* One that is present or absent: as an axis both, as a parameter the former. */
static const char *read_flag(cfg_param *param, const char *text, const char *meaning)
{
    param->is_flag |= strcmp(text, "flag") == 0;
    return strcmp(text, "flag") == 0 ? meaning : text;
}

/* Whether [params] sets it in another line of the file. */
static swp_status check_not_fixed(const cfg_param *param, const place *at, swp_err *err)
{
    if (at->override || param->line == 0)
        return SWP_OK;
    return swp_fail(err, SWP_CONFIG, "%s: expected an axis or a parameter, found both (line %zu)",
                    param->option.info.key, param->line);
}

static swp_status set_axis(builder *b, const char *key, const char *text, const place *at,
                           swp_err *err)
{
    cfg *config = b->config;
    const cfg_option *option;
    swp_status status = find_axis_option(b, key, &option, err);
    if (status == SWP_OK && option->type == CFG_PARAM) {
        cfg_param *param = cfg_param_find(config, key);
        status = check_not_fixed(param, at, err);
        text = read_flag(param, text, "false, true");
    }
    if (status != SWP_OK)
        return status;
    const cfg_axis *present = cfg_axis_of(config, option);
    if (present && is_repeated(present->line, at))
        return refuse_repeated(key, present->line, err);

    cfg_value *values = NULL;
    size_t n = 0;
    run_dim range = {0};
    bool is_range = cfg_is_range(option, text);
    status = cfg_list_check_form(text, err);
    if (status == SWP_OK)
        status = is_range ? cfg_range_parse(option, text, &range, err)
                          : cfg_list_parse(&config->pool, option, text, CFG_MAX_AXIS_VALUES,
                                           &values, &n, err);
    if (status == SWP_OK)
        status = refuse_equal_values(option, values, n, err);
    if (status != SWP_OK) {
        swp_free(values);
        return status == SWP_CONFIG ? swp_wrap(err, "%s", key) : status;
    }
    cfg_axis *axis = ensure_axis(config, option);
    swp_free(axis->values);
    axis->values = values;
    axis->n = n;
    axis->is_range = is_range;
    axis->range = range;
    axis->line = at->line;
    axis->overridden = at->override != NULL;
    return SWP_OK;
}

/* --- [params] --------------------------------------------------------------------------------- */

/* A value of a command is any word, so that a range would be passed on as one. */
static swp_status refuse_range(const cfg_option *option, const char *text, swp_err *err)
{
    const char *key = option->info.key;
    const bool has_ends = strstr(text, "..") || strchr(text, ',');
    if (!has_ends || !(cfg_is_range(option, text) || cfg_is_progression(option, text)))
        return SWP_OK;
    swp_status status = swp_fail(err, SWP_CONFIG, "%s: expected one value, found the range \"%s\"",
                                 key, cfg_quote(text).text);
    swp_hint(err, "write %s = %s under [sweep], or --set sweep.%s=\"%s\"", key,
             cfg_quote(text).text, key, cfg_quote(text).text);
    return status;
}

/* A parameter of the command with one value; an override takes the place of an axis. */
static swp_status set_param(builder *b, const char *key, const char *text, const place *at,
                            swp_err *err)
{
    cfg_param *param;
    swp_status status = cfg_param_ensure(b->config, key, &param, err);
    if (status != SWP_OK)
        return status;
    cfg_axis *axis = cfg_axis_of(b->config, &param->option);
    if (is_repeated(param->line, at))
        return refuse_repeated(key, param->line, err);
    if (axis && !at->override)
        return swp_fail(err, SWP_CONFIG,
                        "%s: expected a parameter or an axis, found both (line %zu)", key,
                        axis->line);
    cfg_value value;
    status = refuse_range(&param->option, text, err);
    if (status == SWP_OK)
        status = parse_value(b, &param->option, read_flag(param, text, "true"), &value, err);
    if (status != SWP_OK)
        return status;
    if (axis)
        return narrow_axis(axis, &value, err);
    param->fixed = (cfg_named){.text = value.text};
    param->line = at->line;
    return SWP_OK;
}

/* --- [when KEY = VALUE] ----------------------------------------------------------------------- */

static swp_status begin_when(builder *b, const char *condition, swp_err *err)
{
    char copy[sizeof b->section];
    snprintf(copy, sizeof copy, "%s", condition);
    char *equals = strchr(copy, '=');
    if (!equals)
        return swp_fail(err, SWP_CONFIG, "expected [when KEY = VALUE], found [%s]", b->section);
    *equals = '\0';
    swp_status status = find_axis_option(b, cfg_trim(copy), &b->when_axis, err);
    if (status != SWP_OK)
        return status;
    return parse_value(b, b->when_axis, cfg_trim(equals + 1), &b->when_value, err);
}

static bool same_place(const cfg_when *when, const builder *b, const cfg_option *option)
{
    return when->option == option && when->axis_option == b->when_axis &&
           cfg_value_compare(&when->axis_value, &b->when_value) == 0;
}

static swp_status add_when(builder *b, const char *key, const char *text, size_t line, swp_err *err)
{
    cfg *config = b->config;
    const cfg_option *option;
    swp_status status = find_setting(b, key, &option, err);
    if (status != SWP_OK)
        return status;
    for (size_t i = 0; i < config->n_whens; i++) {
        if (same_place(&config->whens[i], b, option))
            return refuse_repeated(key, config->whens[i].line, err);
    }
    cfg_when when = {
        .axis_option = b->when_axis, .axis_value = b->when_value, .option = option, .line = line};
    status = parse_value(b, option, text, &when.value, err);
    if (status != SWP_OK)
        return status;
    cfg_when *whens = swp_resize(config->whens, config->n_whens + 1, sizeof *whens);
    if (!whens)
        return out_of_memory(err);
    config->whens = whens;
    config->whens[config->n_whens++] = when;
    return SWP_OK;
}

/* --- entries ---------------------------------------------------------------------------------- */

/* With a command only its own parameters decide a trial, and without one there are none. */
static swp_status refuse_beside(const builder *b, const char *section, swp_err *err)
{
    swp_status status;
    if (!b->has_command) {
        status = swp_fail(err, SWP_CONFIG, "[%s] needs [command]", section);
        swp_hint(err, "write what trains: run = python3 train.py ${args} under [command]");
        return status;
    }
    char line[32] = "--set";
    if (b->command_line > 0)
        snprintf(line, sizeof line, "line %zu", b->command_line);
    status = swp_fail(err, SWP_CONFIG,
                      "[%s] is of the built-in backend, and [command] (%s) trains instead", section,
                      line);
    swp_hint(err, "give the command's own parameters under [params] and [sweep]");
    return status;
}

/* Whether only configurations of the other kind have this section. */
static bool is_beside(const builder *b, const char *name)
{
    static const char *const built_in[] = {"data", "model", "train", "eval"};
    bool is_built_in = false;
    for (size_t i = 0; i < sizeof built_in / sizeof built_in[0]; i++)
        is_built_in |= strcmp(name, built_in[i]) == 0;
    return b->has_command ? is_built_in : strcmp(name, "params") == 0;
}

static swp_status parse_key(builder *b, const char *section, const char *key, const char *text,
                            const place *at, swp_err *err)
{
    char full[128];
    snprintf(full, sizeof full, "%s.%s", section, key);
    if (b->has_command && strcmp(section, "params") == 0)
        return set_param(b, key, text, at, err);
    if (b->has_command && strcmp(section, "sweep") == 0)
        return set_axis(b, key, text, at, err);
    if (strcmp(full, "sweep.strategy") == 0) {
        swp_status moved = swp_fail(err, SWP_CONFIG, "%s: no such key any more", full);
        swp_hint(err, "the strategy moved: write strategy = grid under [search]");
        return moved;
    }
    const cfg_option *option = cfg_option_find(full);
    if (is_beside(b, section) || (option && !cfg_group_applies(option->group, b->has_command)))
        return refuse_beside(b, section, err);
    if (option)
        return set_fixed(b, option, text, at, err);
    if (strcmp(section, "sweep") == 0)
        return set_axis(b, key, text, at, err);
    swp_status status =
        swp_fail(err, SWP_CONFIG, "unknown key \"%s\" in [%s]", cfg_quote(key).text, section);
    cfg_hint_key(section, key, err);
    return status;
}

static swp_status refuse_section(const char *name, swp_err *err)
{
    swp_status status = swp_fail(err, SWP_CONFIG, "unknown section [%s]", cfg_quote(name).text);
    cfg_hint_section(name, err);
    return status;
}

static swp_status on_section(void *user, size_t line, const char *name, swp_err *err)
{
    builder *b = user;
    place at = {.path = b->config->path, .line = line};
    swp_status status = SWP_OK;
    snprintf(b->section, sizeof b->section, "%s", name);
    b->when_axis = NULL;
    if (strncmp(name, "when ", 5) == 0)
        status = begin_when(b, name + 5, err);
    else if (!cfg_section_exists(name))
        status = refuse_section(name, err);
    else if (is_beside(b, name))
        status = refuse_beside(b, name, err);
    return status == SWP_OK ? status : at_place(&at, err);
}

static swp_status on_entry(void *user, size_t line, const char *key, const char *text, swp_err *err)
{
    builder *b = user;
    place at = {.path = b->config->path, .line = line};
    swp_status status;
    if (b->when_axis)
        status = add_when(b, key, text, line, err);
    else if (b->section[0] == '\0')
        status =
            swp_fail(err, SWP_CONFIG, "expected a [section] before the first key, found \"%s\"",
                     cfg_quote(key).text);
    else
        status = parse_key(b, b->section, key, text, &at, err);
    return status == SWP_OK ? status : at_place(&at, err);
}

/* "section.key=value", which is cut up. */
static swp_status apply_override(builder *b, char *text, const place *at, swp_err *err)
{
    char *equals = strchr(text, '=');
    if (!equals)
        return swp_fail(err, SWP_USAGE, "expected section.key=value");
    *equals = '\0';
    char *section = cfg_trim(text);
    if (cfg_param_find(b->config, section))
        return set_param(b, section, cfg_trim(equals + 1), at, err);
    char *dot = strchr(section, '.');
    if (!dot) {
        swp_status status =
            swp_fail(err, SWP_CONFIG, "unknown key \"%s\"", cfg_quote(section).text);
        cfg_hint_key(NULL, section, err);
        return status;
    }
    *dot = '\0';
    if (!cfg_section_exists(section))
        return refuse_section(section, err);
    return parse_key(b, section, dot + 1, cfg_trim(equals + 1), at, err);
}

static swp_status apply_overrides(builder *b, const cfg_override *overrides, size_t n, swp_err *err)
{
    swp_status status = SWP_OK;
    for (size_t i = 0; i < n && status == SWP_OK; i++) {
        place at = {.override = overrides[i]};
        char *copy = swp_strdup(overrides[i]);
        if (!copy)
            return out_of_memory(err);
        status = apply_override(b, copy, &at, err);
        swp_free(copy);
        if (status != SWP_OK)
            status = at_place(&at, err);
    }
    return status;
}

/* --- the whole -------------------------------------------------------------------------------- */

static swp_status set_defaults(builder *b, swp_err *err)
{
    for (size_t i = 0; i < cfg_option_count(); i++) {
        const cfg_option *option = cfg_option_get(i);
        if (!option->info.default_value)
            continue;
        cfg_value value;
        swp_status status = parse_value(b, option, option->info.default_value, &value, err);
        if (status != SWP_OK)
            return status;
        cfg_value_store(option, &value, cfg_group_of(b->config, option));
    }
    return SWP_OK;
}

static swp_status check_required(cfg *config, bool has_command, swp_err *err)
{
    for (size_t i = 0; i < cfg_option_count(); i++) {
        const cfg_option *option = cfg_option_get(i);
        if (option->info.default_value || config->given[i] || cfg_axis_of(config, option) ||
            !cfg_group_applies(option->group, has_command))
            continue;
        return swp_fail(err, SWP_CONFIG, "%s: %s: expected %s, found nothing", config->path,
                        option->info.key, option->info.allowed);
    }
    return SWP_OK;
}

/* Find the place of a [when] key on its axis. */
static swp_status resolve_when(cfg *config, cfg_when *when, swp_err *err)
{
    const char *axis_key = when->axis_option->info.key;
    if (cfg_axis_of(config, when->option)) {
        swp_status status = swp_fail(err, SWP_CONFIG, "%s is an axis", when->option->info.key);
        swp_hint(err, "[when] replaces settings that are the same in all other grid points");
        return status;
    }
    const cfg_axis *axis = cfg_axis_of(config, when->axis_option);
    if (!axis)
        return swp_fail(err, SWP_CONFIG, "[when %s] needs an axis sweep.%s", axis_key, axis_key);
    if (axis->is_range) {
        swp_status status =
            swp_fail(err, SWP_CONFIG, "[when %s] needs values, found a range", axis_key);
        swp_hint(err, "write the axis as a list of values");
        return status;
    }
    when->axis = (size_t)(axis - config->axes);
    for (size_t i = 0; i < axis->n; i++) {
        if (cfg_value_compare(&axis->values[i], &when->axis_value) == 0) {
            when->index = i;
            when->used = true;
            return SWP_OK;
        }
    }
    if (axis->overridden)
        return SWP_OK;
    return swp_fail(err, SWP_CONFIG, "[when %s] names a value that the axis does not have",
                    axis_key);
}

static swp_status resolve_whens(cfg *config, swp_err *err)
{
    for (size_t i = 0; i < config->n_whens; i++) {
        place at = {.path = config->path, .line = config->whens[i].line};
        if (resolve_when(config, &config->whens[i], err) != SWP_OK)
            return at_place(&at, err);
    }
    return SWP_OK;
}

static swp_status note_command(void *user, size_t line, const char *name, swp_err *err)
{
    builder *b = user;
    (void)err;
    if (strcmp(name, "command") == 0 && !b->has_command) {
        b->has_command = true;
        b->command_line = line;
    }
    return SWP_OK;
}

static swp_status pass_over(void *user, size_t line, const char *key, const char *value,
                            swp_err *err)
{
    (void)user, (void)line, (void)key, (void)value, (void)err;
    return SWP_OK;
}

/* What keys of [sweep] mean depends on a section that may stand below it. */
static swp_status look_for_command(builder *b, const char *source, const cfg_override *overrides,
                                   size_t n_overrides, swp_err *err)
{
    const cfg_ini_sink sink = {.user = b, .section = note_command, .entry = pass_over};
    for (size_t i = 0; i < n_overrides; i++)
        b->has_command |= strncmp(overrides[i], "command.", 8) == 0;
    return cfg_ini_read(b->config->path, source, &sink, err);
}

swp_status cfg_build(cfg *config, const char *source, const cfg_override *overrides,
                     size_t n_overrides, swp_err *err)
{
    builder b = {.config = config};
    cfg_ini_sink sink = {.user = &b, .section = on_section, .entry = on_entry};
    swp_status status = look_for_command(&b, source, overrides, n_overrides, err);
    if (status == SWP_OK)
        status = set_defaults(&b, err);
    if (status == SWP_OK)
        status = cfg_ini_read(config->path, source, &sink, err);
    if (status == SWP_OK)
        status = apply_overrides(&b, overrides, n_overrides, err);
    if (status == SWP_OK)
        status = check_required(config, b.has_command, err);
    if (status == SWP_OK)
        status = resolve_whens(config, err);
    if (status == SWP_OK && b.has_command)
        status = cfg_command_check(config, b.command_line, err);
    if (status == SWP_OK)
        status = cfg_search_complete(config, err);
    return status == SWP_OK ? cfg_measure_grid(config, err) : status;
}
