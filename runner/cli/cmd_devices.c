/* sweep devices: the engines and what they run on. */
#include <cJSON.h>
#include <stdio.h>

#include "runner/cli/cmds.h"
#include "runner/cli/inputs.h"
#include "runner/cli/output.h"
#include "runner/host.h"
#include "runner/worker.h"

/* What is known of an engine: what it says of itself, or why it cannot be used. */
typedef struct device {
    const char *name;
    bool is_processor, available;
    eng_info info;
    swp_err failure;
} device;

/* A plug-in that is missing is an answer, not a failure. */
static device ask(const cli_call *call, const cli_engine *engine)
{
    device d = {.name = engine->name, .is_processor = engine->api != NULL};
    const eng_api *api;
    d.available = cli_find_engine(call, engine->name, &api, &d.failure) == SWP_OK &&
                  run_worker_probe(api, 0, &d.info, &d.failure) == SWP_OK;
    return d;
}

static cJSON *make_entry(const device *d)
{
    cJSON *entry = cJSON_CreateObject();
    cJSON_AddStringToObject(entry, "name", d->name);
    cJSON_AddBoolToObject(entry, "available", d->available);
    if (!d->available) {
        cJSON_AddStringToObject(entry, "reason", d->failure.text);
        cJSON_AddStringToObject(entry, "hint", d->failure.hint);
        return entry;
    }
    cJSON_AddStringToObject(entry, "device", d->info.device);
    cJSON_AddStringToObject(entry, "isa", d->info.isa);
    cJSON_AddStringToObject(entry, "blas", d->info.blas);
    if (d->is_processor)
        cJSON_AddNumberToObject(entry, "cores", (double)run_cores());
    return entry;
}

static void print_entry(const device *d)
{
    printf("%-4s  ", d->name);
    if (!d->available)
        printf("not available: %s\n", d->failure.text);
    else if (d->is_processor)
        printf("%s, %zu cores, %s, %s\n", d->info.device, run_cores(), d->info.isa, d->info.blas);
    else
        printf("%s, %s, %s\n", d->info.device, d->info.isa, d->info.blas);
}

static swp_status run(cli_call *call, swp_err *err)
{
    bool json;
    swp_status status = cli_wants_json(call, &json, err);
    if (status != SWP_OK)
        return status;
    cJSON *list = json ? cJSON_CreateArray() : NULL;
    for (size_t i = 0; call->engines[i].name; i++) {
        device d = ask(call, &call->engines[i]);
        if (json)
            cJSON_AddItemToArray(list, make_entry(&d));
        else
            print_entry(&d);
    }
    return json ? cli_print_json(list, err) : SWP_OK;
}

static const cli_option options[] = {CLI_OPTION_FORMAT("table or json"), CLI_OPTION_END};

const cli_command cmd_devices = {
    .name = "devices",
    .operands = "",
    .summary = "List what this machine can train on",
    .options = options,
    .run = run,
};
