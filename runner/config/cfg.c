/* A whole configuration: its grid and its life. */
#include "runner/config/cfg.h"

#include <math.h>
#include <string.h>

#include "engine/base/mem.h"
#include "runner/config/cfg_priv.h"

swp_status cfg_load_copy(const char *path, const char *copy, const cfg_override *overrides,
                         size_t n_overrides, cfg **out, swp_err *err)
{
    swp_err unseen = {0}; /* the files of this folder wrap errors, so they need a record */
    err = err ? err : &unseen;
    *out = NULL;
    cfg *config = swp_alloc(1, sizeof *config);
    if (!config)
        return swp_fail(err, SWP_NOMEM, "out of memory");
    config->path = cfg_pool_text(&config->pool, path);
    swp_status status = config->path ? cfg_build(config, copy, overrides, n_overrides, err)
                                     : swp_fail(err, SWP_NOMEM, "out of memory");
    if (status == SWP_OK)
        status = cfg_canonical_make(config, err);
    if (status != SWP_OK) {
        cfg_destroy(config);
        return status;
    }
    *out = config;
    return SWP_OK;
}

swp_status cfg_load(const char *path, const cfg_override *overrides, size_t n_overrides, cfg **out,
                    swp_err *err)
{
    return cfg_load_copy(path, path, overrides, n_overrides, out, err);
}

void cfg_destroy(cfg *config)
{
    if (!config)
        return;
    for (size_t i = 0; i < config->n_axes; i++)
        swp_free(config->axes[i].values);
    swp_free(config->whens);
    swp_free(config->pairs);
    swp_free(config->command.params);
    run_scripts_free(config->command.scripts, config->command.n_scripts);
    cfg_pool_deinit(&config->pool);
    swp_free(config);
}

void *cfg_group_of(cfg *config, const cfg_option *option)
{
    switch (option->group) {
    case CFG_IN_HEAD:
        return &config->head;
    case CFG_IN_COMMAND:
        return &config->command;
    case CFG_IN_RUN:
        return &config->run;
    case CFG_IN_SETTINGS:
        break;
    }
    return &config->settings;
}

cfg_axis *cfg_axis_of(cfg *config, const cfg_option *option)
{
    for (size_t i = 0; i < config->n_axes; i++) {
        if (config->axes[i].option == option)
            return &config->axes[i];
    }
    return NULL;
}

/* The line that gives an option one value; 0 = none does. *is_given: something does. */
static size_t value_line(const cfg *config, const cfg_option *option, bool *is_given)
{
    if (option->type == CFG_PARAM) {
        const cfg_param *param = cfg_param_find(config, option->info.key);
        *is_given = param && param->fixed.text;
        return param ? param->line : 0;
    }
    *is_given = config->given[cfg_option_index(option)];
    return config->lines[cfg_option_index(option)];
}

/* The line that sets an option; 0 = none does, or several do. */
static size_t line_of(const cfg *config, const cfg_option *option)
{
    bool is_given;
    size_t line = value_line(config, option, &is_given);
    for (size_t i = 0; i < config->n_axes; i++) {
        if (config->axes[i].option == option)
            line = config->axes[i].line;
    }
    for (size_t i = 0; i < config->n_whens; i++) {
        if (config->whens[i].option == option && config->whens[i].used)
            return 0;
    }
    return line;
}

static bool is_overridden(const cfg *config, const cfg_option *option)
{
    for (size_t i = 0; i < config->n_axes; i++) {
        if (config->axes[i].option == option)
            return config->axes[i].overridden;
    }
    bool is_given;
    return value_line(config, option, &is_given) == 0 && is_given;
}

swp_status cfg_error_at(const cfg *config, const char *key, swp_err *err)
{
    const cfg_param *param = cfg_param_find(config, key); /* its name may be any */
    const cfg_option *option = param ? &param->option : cfg_option_find(key);
    size_t line = option ? line_of(config, option) : 0;
    if (!err || err->status == SWP_NOMEM)
        return err ? err->status : SWP_CONFIG;
    if (option && is_overridden(config, option))
        return swp_wrap(err, "--set %s", key);
    if (line > 0)
        return swp_wrap(err, "%s:%zu: %s", config->path, line, key);
    return swp_wrap(err, "%s: %s", config->path, key);
}

const char *cfg_path(const cfg *config)
{
    return config->path;
}

const char *cfg_name(const cfg *config)
{
    return config->head.name;
}

const cfg_run *cfg_run_of(const cfg *config)
{
    return &config->run;
}

const cfg_command *cfg_command_of(const cfg *config)
{
    return config->command.run ? &config->command : NULL;
}

const cfg_search *cfg_search_of(const cfg *config)
{
    return &config->search;
}

size_t cfg_axis_count(const cfg *config)
{
    return config->n_axes;
}

const char *cfg_axis_key(const cfg *config, size_t axis)
{
    return config->axes[axis].option->info.key;
}

size_t cfg_axis_length(const cfg *config, size_t axis)
{
    return config->axes[axis].is_range ? 0 : config->axes[axis].n;
}

static double number_of(cfg_type type, const cfg_value *value)
{
    switch (type) {
    case CFG_WHOLE:
    case CFG_SEED:
    case CFG_BYTES:
        return (double)value->whole;
    case CFG_NUMBER:
    case CFG_DURATION:
        return value->numbers[0];
    case CFG_PARAM:
        if (value->kind == 1)
            return value->numbers[0];
        break;
    case CFG_NAME:
    case CFG_TEXT:
    case CFG_LABEL:
    case CFG_COLUMN:
    case CFG_COLUMNS:
    case CFG_WORD:
    case CFG_CHOICE:
    case CFG_SHUFFLE:
    case CFG_CUTS:
    case CFG_ANOMALIES:
    case CFG_THRESHOLD:
    case CFG_DIMS:
    case CFG_METRIC:
    case CFG_METRICS:
    case CFG_OBJECTIVE:
    case CFG_GPUS:
    case CFG_CONFIRM:
    case CFG_START:
        break;
    }
    return (double)NAN;
}

/* At least three values over at least a factor of 8, each step within a quarter of the mean one. */
static bool is_geometric(const cfg_axis *axis)
{
    cfg_type type = axis->option->type;
    double first = number_of(type, &axis->values[0]);
    double last = number_of(type, &axis->values[axis->n - 1]);
    if (axis->n < 3 || !(first > 0) || !(last > 0) || fabs(log(last / first)) < log(8))
        return false;
    double mean = log(last / first) / (double)(axis->n - 1);
    for (size_t i = 1; i < axis->n; i++) {
        double step =
            log(number_of(type, &axis->values[i]) / number_of(type, &axis->values[i - 1]));
        if (!(fabs(step - mean) <= fabs(mean) / 4))
            return false;
    }
    return true;
}

cfg_scale cfg_axis_scale(const cfg *config, size_t axis)
{
    const cfg_axis *a = &config->axes[axis];
    cfg_type type = a->option->type;
    if (a->is_range)
        return a->range.log ? CFG_LOG : CFG_LINEAR;
    for (size_t i = 0; i < a->n; i++)
        if (isnan(number_of(type, &a->values[i])))
            return CFG_CATEGORICAL;
    bool is_seed =
        type == CFG_SEED || (type == CFG_PARAM && strcmp(a->option->info.key, "seed") == 0);
    return !is_seed && is_geometric(a) ? CFG_LOG : CFG_LINEAR;
}

size_t cfg_evaluation_count(const cfg *config)
{
    return config->n_evaluations;
}

/* Where on an axis an evaluation of a grid, or a reading of a search, lies. */
static size_t index_on(const cfg_axis *axis, size_t evaluation)
{
    return evaluation / axis->stride % axis->n;
}

/* Replace what [when] says, given the place on every axis. */
static void apply_whens(const cfg *config, const size_t *places, cfg_settings *out)
{
    for (size_t i = 0; i < config->n_whens; i++) {
        const cfg_when *when = &config->whens[i];
        if (when->used && places[when->axis] == when->index)
            cfg_value_store(when->option, &when->value, out);
    }
}

void cfg_evaluation_at(const cfg *config, size_t index, cfg_settings *out)
{
    size_t places[CFG_MAX_AXES];
    *out = config->settings;
    for (size_t i = 0; i < config->n_axes; i++) {
        const cfg_axis *axis = &config->axes[i];
        places[i] = index_on(axis, index);
        cfg_value_store(axis->option, &axis->values[places[i]], out);
    }
    apply_whens(config, places, out);
}

size_t cfg_reading_count(const cfg *config)
{
    return config->n_evaluations;
}

/* A number of a range as a value of its option. */
static cfg_value value_in_range(const cfg_axis *axis, double number)
{
    if (axis->option->type == CFG_PARAM)
        return (cfg_value){.kind = 1, .numbers = {number}};
    if (axis->range.kind == RUN_INT)
        return (cfg_value){.whole = (uint64_t)number};
    return (cfg_value){.numbers = {number}};
}

void cfg_reading_at(const cfg *config, const double *point, size_t reading, cfg_settings *out)
{
    size_t places[CFG_MAX_AXES], dim = 0;
    *out = config->settings;
    for (size_t i = 0; i < config->n_axes; i++) {
        const cfg_axis *axis = &config->axes[i];
        places[i] = SIZE_MAX;
        if (axis->is_range) {
            cfg_value value = value_in_range(axis, point[dim++]);
            cfg_value_store(axis->option, &value, out);
            continue;
        }
        bool is_free = cfg_is_free_axis(axis->option);
        places[i] = is_free ? index_on(axis, reading) : (size_t)point[dim++];
        cfg_value_store(axis->option, &axis->values[places[i]], out);
    }
    apply_whens(config, places, out);
}

bool cfg_when_sets(const cfg *config, const char *key)
{
    for (size_t i = 0; i < config->n_whens; i++) {
        if (config->whens[i].used && strcmp(config->whens[i].option->info.key, key) == 0)
            return true;
    }
    return false;
}

void cfg_lowest_reading(const cfg *config, cfg_settings *out)
{
    double point[CFG_MAX_AXES];
    for (size_t i = 0; i < config->space.n; i++)
        point[i] = config->space.dims[i].low;
    cfg_reading_at(config, point, 0, out);
}

void cfg_coordinate_format(const cfg *config, size_t dim, double value, swp_buf *out)
{
    size_t at = 0;
    while (cfg_is_free_axis(config->axes[at].option) || dim-- > 0)
        at++;
    const cfg_axis *axis = &config->axes[at];
    cfg_value in_range = axis->is_range ? value_in_range(axis, value) : (cfg_value){0};
    cfg_value_format(axis->option, axis->is_range ? &in_range : &axis->values[(size_t)value], out);
}
