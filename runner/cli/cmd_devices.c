/* sweep devices: the engines and what they run on. */
#include <stdio.h>

#include "runner/cli/cmds.h"
#include "runner/cli/inputs.h"
#include "runner/cli/output.h"
#include "runner/process/host.h"
#include "runner/process/worker.h"

/* What is known of an engine: the devices that it sees, or why it cannot be used. */
typedef struct device_list {
    const char *name;
    bool is_processor;
    eng_info devices[RUN_MOST_DEVICES];
    size_t n; /* 0: not available */
    swp_err failure;
} device_list;

/* A plug-in that is missing is an answer, not a failure. */
static void ask(const cli_call *call, const cli_engine *engine, device_list *out)
{
    const eng_api *api;
    *out = (device_list){.name = engine->name, .is_processor = engine->api != NULL};
    if (cli_find_engine(call, engine->name, &api, &out->failure) != SWP_OK ||
        run_worker_probe(api, false, 0, out->devices, RUN_MOST_DEVICES, &out->n, &out->failure) !=
            SWP_OK)
        out->n = 0;
}

static void add_failure(swp_json *json, const device_list *list)
{
    swp_json_object(json, NULL);
    swp_json_text(json, "name", list->name);
    swp_json_bool(json, "available", false);
    swp_json_text(json, "reason", list->failure.text);
    swp_json_text(json, "hint", list->failure.hint);
    swp_json_end_object(json);
}

static void add_device(swp_json *json, const device_list *list, size_t index)
{
    const eng_info *device = &list->devices[index];
    swp_json_object(json, NULL);
    swp_json_text(json, "name", list->name);
    swp_json_bool(json, "available", true);
    swp_json_text(json, "device", device->device);
    swp_json_text(json, "isa", device->isa);
    swp_json_text(json, "blas", device->blas);
    if (list->is_processor) {
        swp_json_size(json, "cores", run_cores());
    } else {
        swp_json_size(json, "index", index);
        swp_json_size(json, "memory_bytes", (size_t)device->memory);
        swp_json_text(json, "compute_capability", device->capability);
        swp_json_text(json, "driver", device->driver);
    }
    swp_json_end_object(json);
}

static void print_entry(const device_list *list, size_t index)
{
    const eng_info *device = &list->devices[index];
    if (list->is_processor)
        printf("%-4s  %s, %zu cores, %s, %s\n", list->name, device->device, run_cores(),
               device->isa, device->blas);
    else
        printf("%-4s  GPU %zu: %s, %.1f GiB, compute capability %s, driver for %s, %s\n",
               list->name, index, device->device, (double)device->memory / (1 << 30),
               device->capability, device->driver, device->blas);
}

static void print_failure(const device_list *list)
{
    const char *hint = list->failure.hint;
    printf("%-4s  not available: %s%s%s%s\n", list->name, list->failure.text, *hint ? " (" : "",
           hint, *hint ? ")" : "");
}

static swp_status run(cli_call *call, swp_err *err)
{
    bool json;
    swp_status status = cli_wants_json(call, &json, err);
    if (status != SWP_OK)
        return status;
    swp_json text = {0};
    swp_json_list(&text, NULL);
    for (size_t i = 0; call->engines[i].name; i++) {
        device_list found;
        ask(call, &call->engines[i], &found);
        if (found.n == 0 && json)
            add_failure(&text, &found);
        else if (found.n == 0)
            print_failure(&found);
        for (size_t k = 0; k < found.n; k++) {
            if (json)
                add_device(&text, &found, k);
            else
                print_entry(&found, k);
        }
    }
    swp_json_end_list(&text);
    if (json)
        return cli_print_json(&text, err);
    swp_buf_deinit(&text.text);
    return SWP_OK;
}

static const cli_option options[] = {CLI_OPTION_FORMAT("table or json"), CLI_OPTION_END};

const cli_command cmd_devices = {
    .name = "devices",
    .operands = "",
    .summary = "List what this machine can train on",
    .notes = "--device cuda trains on GPU 0; CUDA_VISIBLE_DEVICES=N makes another one GPU 0.",
    .options = options,
    .run = run,
};
