/* sweep export: trials, epochs or errors for other programs. */
#include "runner/cli/cmds.h"
#include "runner/cli/inputs.h"
#include "runner/cli/output.h"

static swp_status run(cli_call *call, swp_err *err)
{
    res_export_what what;
    res_format format;
    res_store *store = NULL;
    cli_output output;
    swp_status status = res_export_parse(cli_value(call, "what", "trials"), &what, err);
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

static const cli_option options[] = {
    CLI_OPTION_DB,
    {.name = "what", .argument = "WHAT", .help = "trials (default), epochs or errors"},
    CLI_OPTION_FORMAT("csv (default) or json"),
    CLI_OPTION_OUTPUT,
    CLI_OPTION_END,
};

const cli_command cmd_export = {
    .name = "export",
    .operands = "[EXPERIMENT]",
    .max_operands = 1,
    .summary = "Print rows for other programs, every number exact",
    .options = options,
    .run = run,
};
