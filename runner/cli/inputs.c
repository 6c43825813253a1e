/* What commands begin with: the INI file with its overrides, the engine of a device, the store. */
#include "runner/cli/inputs.h"

#include <stdio.h>
#include <string.h>

#include "engine/base/mem.h"
#include "runner/backend/plugin.h"

swp_status cli_load_config(const cli_call *call, cfg **out, swp_err *err)
{
    *out = NULL;
    cfg_override *overrides = swp_alloc(call->n_given, sizeof *overrides);
    if (!overrides)
        return swp_fail(err, SWP_NOMEM, "out of memory for %zu options", call->n_given);
    size_t n = 0;
    for (const char *value; (value = cli_value_at(call, "set", n)) != NULL; n++)
        overrides[n] = value;
    swp_status status = cfg_load(call->operands[0], overrides, n, out, err);
    swp_free(overrides);
    const char *warning = status == SWP_OK ? cfg_search_warning(*out) : NULL;
    if (warning && !call->quiet)
        fprintf(stderr, "%s: %s\n", cfg_path(*out), warning);
    return status;
}

swp_status cli_find_engine(const cli_call *call, const char *device, const eng_api **out,
                           swp_err *err)
{
    const cli_engine *engine = call->engines;
    if (strcmp(device, "auto") != 0)
        while (engine->name && strcmp(device, engine->name) != 0)
            engine++;
    if (!engine->name)
        return swp_fail(err, SWP_USAGE, "--device: expected auto, cpu or cuda, found \"%s\"",
                        device);
    *out = engine->api;
    return *out ? eng_api_validate(*out, err) : run_plugin_load(engine->name, out, err);
}

swp_status cli_open_store(const cli_call *call, res_store **out, swp_err *err)
{
    return res_store_open(cli_value(call, "db", CLI_DEFAULT_DB), RES_READ, out, err);
}

swp_status cli_format(const cli_call *call, res_format otherwise, res_format last, res_format *out,
                      swp_err *err)
{
    const char *text = cli_value(call, "format", NULL);
    *out = otherwise;
    return text ? res_format_parse(text, last, out, err) : SWP_OK;
}
