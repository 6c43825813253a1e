/* sweep show: one trial with all its epochs. */
#include <stdint.h>

#include "engine/base/str.h"
#include "runner/cli/cmds.h"
#include "runner/cli/inputs.h"

static swp_status run(cli_call *call, swp_err *err)
{
    res_format format;
    res_store *store = NULL;
    int64_t trial;
    if (!swp_parse_int(call->operands[0], 1, INT64_MAX, &trial)) {
        swp_status status = swp_fail(
            err, SWP_USAGE, "show: expected a trial's number, found \"%s\"", call->operands[0]);
        swp_hint(err, "`sweep export --what evaluations` lists the trials");
        return status;
    }
    swp_status status = cli_format(call, RES_TABLE, RES_LATEX, &format, err);
    if (status == SWP_OK)
        status = cli_open_store(call, &store, err);
    if (status == SWP_OK)
        status = res_show_write(store, trial, format, stdout, err);
    res_store_close(store);
    return status;
}

static const cli_option options[] = {
    CLI_OPTION_DB, CLI_OPTION_FORMAT("table, md, latex, csv or json"), CLI_OPTION_END};

const cli_command cmd_show = {
    .name = "show",
    .operands = "TRIAL",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "Print one trial: settings, status, epochs",
    .options = options,
    .run = run,
};
