/* sweep list: the experiments of a store. */
#include "runner/cli/cmds.h"
#include "runner/cli/inputs.h"

static swp_status run(cli_call *call, swp_err *err)
{
    res_format format;
    res_store *store = NULL;
    swp_status status = cli_format(call, RES_TABLE, RES_LATEX, &format, err);
    if (status == SWP_OK)
        status = cli_open_store(call, &store, err);
    if (status == SWP_OK)
        status = res_list_write(store, format, stdout, err);
    res_store_close(store);
    return status;
}

static const cli_option options[] = {
    CLI_OPTION_DB, CLI_OPTION_FORMAT("table, md, latex, csv or json"), CLI_OPTION_END};

const cli_command cmd_list = {
    .name = "list",
    .operands = "",
    .summary = "List the experiments of the store",
    .options = options,
    .run = run,
};
