/* sweep export: rows of the store as CSV or JSON for other programs, or models as .safetensors
 * files. */
#include <string.h>

#include "engine/base/mem.h"
#include "runner/cli/cmds.h"
#include "runner/cli/export_weights.h"
#include "runner/cli/inputs.h"
#include "runner/cli/output.h"

#define MODELS "results/models/"

static swp_status export_weights(const cli_call *call, swp_err *err)
{
    res_store *store = NULL;
    char *folder = NULL;
    const char *name = cli_operand(call, 0), *chosen = cli_value(call, "output", NULL);
    if (cli_value(call, "format", NULL))
        return swp_fail(err, SWP_USAGE, "export: --format: weights are .safetensors files");
    if (chosen && strcmp(chosen, "-") == 0)
        return swp_fail(err, SWP_USAGE, "export: -o: expected a folder for weights, found \"-\"");
    swp_status status = cli_open_store(call, &store, err);
    if (status == SWP_OK && !chosen)
        status = cli_default_folder(store, name, MODELS, &folder, err);
    if (status == SWP_OK)
        status = cli_export_weights(store, name, chosen ? chosen : folder, err);
    swp_free(folder);
    res_store_close(store);
    return status;
}

static swp_status export_rows(const cli_call *call, const char *text, swp_err *err)
{
    res_export_what what;
    res_format format;
    res_store *store = NULL;
    cli_output output;
    swp_status status = res_export_parse(text, &what, err);
    if (status == SWP_OK)
        status = cli_format(call, RES_CSV, RES_LATEX, &format, err);
    if (status == SWP_OK)
        status = cli_open_store(call, &store, err);
    if (status != SWP_OK)
        goto done;
    status = cli_output_open(&output, cli_value(call, "output", NULL), err);
    if (status == SWP_OK)
        status = res_export_write(store, cli_operand(call, 0), what, format, output.file, err);
    status = cli_output_close(&output, status, err);
done:
    res_store_close(store);
    return status;
}

static swp_status export_best(const cli_call *call, swp_err *err)
{
    res_store *store = NULL;
    cli_output output;
    const char *format = cli_value(call, "format", "ini");
    if (strcmp(format, "ini") != 0)
        return swp_fail(err, SWP_USAGE,
                        "export: --format: the best trial is written as ini, not "
                        "as '%s'",
                        format);
    swp_status status = cli_open_store(call, &store, err);
    if (status != SWP_OK)
        return status;
    status = cli_output_open(&output, cli_value(call, "output", NULL), err);
    if (status == SWP_OK)
        status = res_export_best(store, cli_operand(call, 0), output.file, err);
    status = cli_output_close(&output, status, err);
    res_store_close(store);
    return status;
}

static swp_status run(cli_call *call, swp_err *err)
{
    const char *what = cli_value(call, "what", "evaluations");
    if (strcmp(what, "best") == 0)
        return export_best(call, err);
    return strcmp(what, "weights") == 0 ? export_weights(call, err) : export_rows(call, what, err);
}

#define WHATS "trials, evaluations (default), epochs, scores, errors, baselines, weights, best"

static const cli_option options[] = {
    CLI_OPTION_DB,
    {.name = "what", .argument = "WHAT", .help = WHATS, .values = WHATS},
    {.name = "format",
     .argument = "FORMAT",
     .help = "csv (default) or json; of best: ini",
     .values = "csv, json, ini"},
    {.name = "output",
     .letter = 'o',
     .argument = "FILE",
     .help = "write to FILE instead of standard output; weights: folder"},
    CLI_OPTION_END,
};

const cli_command cmd_export = {
    .name = "export",
    .operands = "[EXPERIMENT]",
    .max_operands = 1,
    .summary = "Write exact rows for other programs, or models",
    .notes =
        "Every row has the number of its trial and one column for each axis.\n"
        "  trials       state, epochs done, selected epoch and its losses\n"
        "  evaluations  each trial at each epoch count and threshold: counts and metrics\n"
        "  epochs       losses and seconds of every epoch\n"
        "  scores       recall after every epoch at every planned threshold\n"
        "  errors       reconstruction error of every held-out sequence after every epoch\n"
        "  baselines    methods that are not trained, on every split at every planned rule for\n"
        "               the threshold: counts and metrics; their rows have no trial\n"
        "  weights      a .safetensors file for every model that an evaluation selects,\n"
        "               trial_NNN_epoch_NNN in the folder that -o names (" MODELS "\n"
        "               EXPERIMENT), with PyTorch's names, parameters and thresholds\n"
        "  best         the trial with the best objective as an INI file that trains it again",
    .options = options,
    .run = run,
};
