/* Commands: the parameters that their users name, what is checked of the whole, and the description
 * by which they are run. */
#include "runner/config/cfg_priv.h"

#include <stdio.h>
#include <string.h>

#include "engine/base/mem.h"

#define SEED "seed" /* the parameter that tells repetitions apart */

static swp_status out_of_memory(swp_err *err)
{
    return swp_fail(err, SWP_NOMEM, "out of memory");
}

/* --- parameters ------------------------------------------------------------------------------- */

/* A number as JSON writes them: it can be passed on as the file has it. */
static bool is_json_number(const char *text)
{
    static const char digits[] = "0123456789";
    text += *text == '-';
    size_t n = strspn(text, digits);
    if (n == 0 || (n > 1 && *text == '0'))
        return false;
    text += n;
    if (*text == '.') {
        n = strspn(text + 1, digits);
        text += n + 1;
    }
    if (n > 0 && (*text == 'e' || *text == 'E')) {
        text += 1 + (text[1] == '+' || text[1] == '-');
        n = strspn(text, digits);
        text += n;
    }
    return n > 0 && *text == '\0';
}

cfg_value cfg_param_value(const cfg_named *named)
{
    cfg_value value = {.kind = 1, .numbers = {named->number}, .text = named->text};
    if (named->text) {
        value.kind = is_json_number(named->text) && swp_parse_double(named->text, value.numbers);
        value.numbers[0] = value.kind ? value.numbers[0] : 0;
    }
    return value;
}

cfg_param *cfg_param_find(const cfg *config, const char *name)
{
    for (size_t i = 0; i < config->command.n_params; i++) {
        if (strcmp(config->command.params[i]->option.info.key, name) == 0)
            return config->command.params[i];
    }
    return NULL;
}

/* Dots and dashes are the user's; what would not come through a template or a line is refused. */
static swp_status check_name(const char *name, swp_err *err)
{
    swp_status status = SWP_OK;
    if (*name == '\0' || strpbrk(name, " \t${}\"'\\=") || strcmp(name, "args") == 0) {
        status = swp_fail(err, SWP_CONFIG,
                          "expected a name without blanks, quotes, $ and braces, found \"%s\"",
                          cfg_quote(name).text);
        if (strcmp(name, "args") == 0)
            swp_hint(err, "${args} stands for all parameters");
    }
    return status;
}

swp_status cfg_param_ensure(cfg *config, const char *name, cfg_param **out, swp_err *err)
{
    cfg_command *command = &config->command;
    *out = cfg_param_find(config, name);
    if (*out)
        return SWP_OK;
    swp_status status = check_name(name, err);
    if (status != SWP_OK)
        return status;
    cfg_param **params = swp_resize(command->params, command->n_params + 1, sizeof(cfg_param *));
    if (!params)
        return out_of_memory(err);
    command->params = params;
    cfg_param *param = cfg_pool_alloc(&config->pool, 1, sizeof *param);
    if (!param)
        return out_of_memory(err);
    param->option = (cfg_option){.info = {.key = cfg_pool_text(&config->pool, name),
                                          .allowed = "any text",
                                          .can_be_axis = true},
                                 .type = CFG_PARAM,
                                 .group = CFG_IN_SETTINGS};
    if (!param->option.info.key)
        return out_of_memory(err);
    params[command->n_params++] = param;
    *out = param;
    return SWP_OK;
}

swp_status cfg_param_vary(cfg *config, cfg_param *param, swp_err *err)
{
    if (param->is_varied)
        return SWP_OK;
    if (config->n_varied == CFG_MAX_VARIED)
        return swp_fail(err, SWP_CONFIG, "%s: expected at most %d axes of a command",
                        param->option.info.key, CFG_MAX_VARIED);
    param->is_varied = true;
    param->option.offset = offsetof(cfg_settings, varied) + config->n_varied++ * sizeof(cfg_named);
    return SWP_OK;
}

const cfg_named *cfg_param_of(const cfg_settings *settings, const cfg_param *param)
{
    if (!param->is_varied)
        return &param->fixed;
    return (const cfg_named *)(const void *)((const char *)settings + param->option.offset);
}

/* The parameter that tells repetitions of a command apart, or NULL. */
static const cfg_param *find_seed(const cfg_command *command)
{
    for (size_t i = 0; i < command->n_params; i++) {
        if (strcmp(command->params[i]->option.info.key, SEED) == 0)
            return command->params[i];
    }
    return NULL;
}

size_t cfg_param_count(const cfg_settings *settings)
{
    if (!settings->command)
        return 0;
    bool has_own = find_seed(settings->command) != NULL;
    return settings->command->n_params + (settings->is_repetition && !has_own);
}

cfg_value cfg_param_value_of(const cfg_settings *settings, const cfg_param *param)
{
    bool is_seed = settings->is_repetition && param == find_seed(settings->command);
    return is_seed ? cfg_param_value(&(cfg_named){.number = settings->seed})
                   : cfg_param_value(cfg_param_of(settings, param));
}

uint32_t cfg_seed_of(const cfg_settings *settings)
{
    const cfg_param *seed = settings->command ? find_seed(settings->command) : NULL;
    if (!settings->command || settings->is_repetition)
        return settings->seed;
    const cfg_value value = seed ? cfg_param_value_of(settings, seed) : (cfg_value){0};
    bool is_seed = value.numbers[0] >= 0 && value.numbers[0] <= UINT32_MAX;
    return is_seed ? (uint32_t)value.numbers[0] : 0;
}

static run_param_kind kind_of(const cfg_param *param, const cfg_value *value)
{
    if (param->is_flag)
        return RUN_PARAM_FLAG;
    if (value->kind == 1)
        return RUN_PARAM_NUMBER;
    return strcmp(value->text, "true") == 0 || strcmp(value->text, "false") == 0 ? RUN_PARAM_BOOL
                                                                                 : RUN_PARAM_TEXT;
}

swp_status cfg_params_list(const cfg_settings *settings, run_param **out, swp_err *err)
{
    typedef char number[SWP_NUMBER_SIZE];
    size_t n = cfg_param_count(settings);
    run_param *list = *out = swp_alloc(1, n * (sizeof *list + sizeof(number)) + 1);
    if (!list)
        return out_of_memory(err);
    number *numbers = (number *)(void *)(list + n);
    for (size_t i = 0; i < settings->command->n_params; i++) {
        const cfg_param *param = settings->command->params[i];
        const cfg_value value = cfg_param_value_of(settings, param);
        list[i] = (run_param){.name = param->option.info.key,
                              .value = value.text ? value.text
                                                  : swp_format_double(value.numbers[0], numbers[i]),
                              .kind = kind_of(param, &value)};
    }
    if (n > settings->command->n_params)
        list[n - 1] = (run_param){.name = SEED,
                                  .value = swp_format_double(settings->seed, numbers[n - 1]),
                                  .kind = RUN_PARAM_SEED};
    return SWP_OK;
}

/* --- what runs it ----------------------------------------------------------------------------- */

const char *cfg_objective_metric(const char *objective, size_t *length)
{
    const char *name = objective;
    if (strncmp(name, "min(", 4) == 0 || strncmp(name, "max(", 4) == 0)
        name += 4;
    *length = strcspn(name, name == objective ? "" : ")");
    return name;
}

/* Cut "a, b" into names. list: room for one per two characters */
static size_t cut_names(char *names, const char **list)
{
    size_t n = 0;
    for (;;) {
        names += strspn(names, ", \t");
        if (*names == '\0')
            return n;
        list[n++] = names;
        names += strcspn(names, ", \t");
        if (*names)
            *names++ = '\0';
    }
}

swp_status cfg_describe(const cfg *config, cfg_description *out, swp_err *err)
{
    const cfg_command *command = &config->command;
    const cfg_run *run = &config->run;
    size_t length;
    const char *objective = cfg_objective_metric(config->head.search.objective, &length);
    const char *watch = command->watch ? command->watch : "";
    *out = (cfg_description){.names = swp_strdup(watch),
                             .list = swp_alloc(strlen(watch) + 1, sizeof *out->list),
                             .objective = swp_strdup(objective)};
    if (!out->names || !out->list || !out->objective)
        return out_of_memory(err);
    out->objective[length] = '\0';
    out->command = (run_command){
        .run = command->run,
        .args = command->args,
        .shell = command->shell == CFG_ON,
        .metrics = command->metrics,
        .step = command->step,
        .watch = out->list,
        .n_watch = cut_names(out->names, out->list),
        .objective = out->objective,
        .stop_by_file = command->stop == CFG_STOP_FILE,
        .grace_s = command->grace_s,
        .timeout_s = run->timeout_s,
        .idle_s = run->idle_s,
        .memory = run->memory,
        .gpus = run->gpus,
        .per_gpu = run->per_gpu,
    };
    return SWP_OK;
}

void cfg_description_deinit(cfg_description *description)
{
    swp_free(description->names);
    swp_free(description->list);
    swp_free(description->objective);
    *description = (cfg_description){0};
}

/* --- the whole -------------------------------------------------------------------------------- */

/* Parameters are there, and those that differ begin with what [params] says. */
static swp_status settle_params(cfg *config, swp_err *err)
{
    for (size_t i = 0; i < config->command.n_params; i++) {
        cfg_param *param = config->command.params[i];
        if (!param->fixed.text && !cfg_axis_of(config, &param->option)) {
            swp_status status = swp_fail(
                err, SWP_CONFIG, "%s: %s: expected a value under [params], found only [when]",
                config->path, param->option.info.key);
            swp_hint(err, "write %s = VALUE under [params], for the trials that [when] leaves out",
                     param->option.info.key);
            return status;
        }
        if (param->is_varied && param->fixed.text) {
            const cfg_value value = cfg_param_value(&param->fixed);
            cfg_value_store(&param->option, &value, &config->settings);
        }
    }
    size_t max_steps = config->head.search.max_steps;
    config->settings.command = &config->command;
    config->settings.epochs = max_steps > 0 ? max_steps : RES_UNLIMITED;
    return SWP_OK;
}

/* The run line, its program and its files, by what runs it. */
static swp_status check_run(cfg *config, const run_param *params, const run_command *command,
                            swp_err *err)
{
    size_t n = config->command.n_params;
    swp_status status = run_command_check(command, params, n, err);
    if (status == SWP_OK)
        status = run_command_find(command, err);
    if (status == SWP_OK)
        status =
            run_command_scripts(command, &config->command.scripts, &config->command.n_scripts, err);
    return status == SWP_OK || status == SWP_NOMEM ? status
                                                   : cfg_error_at(config, "command.run", err);
}

static swp_status refuse_device(const cfg *config, swp_err *err)
{
    if (strcmp(config->run.device, "auto") == 0)
        return SWP_OK;
    swp_status status =
        swp_fail(err, SWP_CONFIG, "expected auto beside [command], found %s", config->run.device);
    swp_hint(err, "a command chooses its device itself; run.gpus says which GPUs it sees");
    status = cfg_error_at(config, "run.device", err);
    return status;
}

swp_status cfg_command_check(cfg *config, size_t line, swp_err *err)
{
    if (!config->given[cfg_option_index(cfg_option_find("search.objective"))]) {
        swp_status status =
            swp_fail(err, SWP_CONFIG, "%s:%zu: [command] needs an objective, found none",
                     config->path, line);
        swp_hint(err, "name a metric that it prints: objective = val_loss under [search]");
        return status;
    }
    swp_status status = refuse_device(config, err);
    if (status == SWP_OK)
        status = settle_params(config, err);
    run_param *params = NULL;
    cfg_description description = {0};
    if (status == SWP_OK)
        status = cfg_params_list(&config->settings, &params, err);
    if (status == SWP_OK)
        status = cfg_describe(config, &description, err);
    if (status == SWP_OK)
        status = check_run(config, params, &description.command, err);
    cfg_description_deinit(&description);
    swp_free(params);
    return status;
}

static void take_script(cfg *config, const char *path, const char *digest)
{
    for (size_t k = 0; k < config->command.n_scripts; k++) {
        run_script *script = &config->command.scripts[k];
        if (strcmp(path, script->path) == 0)
            snprintf(script->digest, sizeof script->digest, "%s", digest);
    }
}

static swp_status dump_anew(cfg *config, swp_err *err)
{
    config->n_pairs = 0;
    return cfg_canonical_make(config, err);
}

swp_status cfg_take_scripts(cfg *config, const run_script *scripts, size_t n, swp_err *err)
{
    for (size_t i = 0; i < n; i++)
        take_script(config, scripts[i].path, scripts[i].digest);
    return dump_anew(config, err);
}

swp_status cfg_take_stored_scripts(cfg *config, const res_pair *settings, size_t n, swp_err *err)
{
    for (size_t i = 0; i < n; i++) {
        if (strncmp(settings[i].key, RES_SCRIPT_KEY, strlen(RES_SCRIPT_KEY)) == 0)
            take_script(config, settings[i].key + strlen(RES_SCRIPT_KEY), settings[i].value);
    }
    return dump_anew(config, err);
}
