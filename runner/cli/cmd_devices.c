/* sweep devices: the engines of this build and what they run on. */
#include <cJSON.h>
#include <stdio.h>

#include "runner/cli/cmds.h"
#include "runner/cli/output.h"
#include "runner/host.h"
#include "runner/worker.h"

static cJSON *make_entry(const eng_api *api, const eng_info *info, const swp_err *failure)
{
    cJSON *entry = cJSON_CreateObject();
    cJSON_AddStringToObject(entry, "name", api->name);
    cJSON_AddBoolToObject(entry, "available", info != NULL);
    if (info) {
        cJSON_AddStringToObject(entry, "device", info->device);
        cJSON_AddStringToObject(entry, "isa", info->isa);
        cJSON_AddStringToObject(entry, "blas", info->blas);
        cJSON_AddNumberToObject(entry, "cores", (double)run_cores());
    } else {
        cJSON_AddStringToObject(entry, "reason", failure->text);
    }
    return entry;
}

static void print_entry(const eng_api *api, const eng_info *info, const swp_err *failure)
{
    if (info)
        printf("%s  %s, %zu cores, %s, %s\n", api->name, info->device, run_cores(), info->isa,
               info->blas);
    else
        printf("%s  not available: %s\n", api->name, failure->text);
}

static swp_status run(cli_call *call, swp_err *err)
{
    bool json;
    swp_status status = cli_wants_json(call, &json, err);
    if (status != SWP_OK)
        return status;
    cJSON *list = json ? cJSON_CreateArray() : NULL;
    for (size_t i = 0; call->engines[i]; i++) {
        const eng_api *api = call->engines[i];
        eng_info info;
        swp_err failure = {0};
        bool opens = run_worker_probe(api, 0, &info, &failure) == SWP_OK;
        if (json)
            cJSON_AddItemToArray(list, make_entry(api, opens ? &info : NULL, &failure));
        else
            print_entry(api, opens ? &info : NULL, &failure);
    }
    return json ? cli_print_json(list, err) : SWP_OK;
}

static const cli_option options[] = {CLI_OPTION_FORMAT("table or json"), CLI_OPTION_END};

const cli_command cmd_devices = {
    .name = "devices",
    .operands = "",
    .summary = "List what this build can train on",
    .options = options,
    .run = run,
};
