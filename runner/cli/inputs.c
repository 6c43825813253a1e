/* What commands begin with: the INI file with its overrides, the engine of a device, the store. */
#include "runner/cli/inputs.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/mem.h"
#include "runner/backend/plugin.h"
#include "runner/process/host.h"

bool cli_share_folder(char *out, size_t size)
{
    static const char share[] = "/../share/sweep";
    if (!run_program_folder(out, size) || strlen(out) + sizeof share > size)
        return false;
    memcpy(out + strlen(out), share, sizeof share);
    return access(out, F_OK) == 0;
}

/* An INI file as written, else one of this name that was installed with the program. */
static const char *find_ini(const char *path, char *out, size_t size)
{
    static const char *const below[] = {"", "/experiments"};
    char share[PATH_MAX];
    if (access(path, F_OK) == 0 || path[0] == '/' || !cli_share_folder(share, sizeof share))
        return path;
    for (size_t i = 0; i < sizeof below / sizeof below[0]; i++) {
        int n = snprintf(out, size, "%s%s/%s", share, below[i], path);
        if (n > 0 && (size_t)n < size && access(out, F_OK) == 0)
            return out;
    }
    return path;
}

swp_status cli_load_config(const cli_call *call, cfg **out, swp_err *err)
{
    *out = NULL;
    cfg_override *overrides = swp_alloc(call->n_given, sizeof *overrides);
    if (!overrides)
        return swp_fail(err, SWP_NOMEM, "out of memory for %zu options", call->n_given);
    size_t n = 0;
    for (const char *value; (value = cli_value_at(call, "set", n)) != NULL; n++)
        overrides[n] = value;
    char installed[2 * PATH_MAX];
    const char *path = find_ini(call->operands[0], installed, sizeof installed);
    swp_status status = cfg_load(path, overrides, n, out, err);
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
