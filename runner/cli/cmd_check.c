/* sweep check: is an INI file right, and how large is its plan? */
#include "runner/cli/cmds.h"
#include "runner/cli/inputs.h"
#include "runner/cli/output.h"

static swp_status run(cli_call *call, swp_err *err)
{
    bool json;
    cfg *config = NULL;
    run_plan plan = {0};
    swp_status status = cli_wants_json(call, &json, err);
    if (status == SWP_OK)
        status = cli_load_config(call, &config, err);
    if (status == SWP_OK)
        status = run_plan_init(&plan, config, err);
    if (status == SWP_OK)
        status = cli_print_plan(&plan, NULL, NULL, json, err);
    run_plan_deinit(&plan);
    cfg_destroy(config);
    return status;
}

static const cli_option options[] = {CLI_OPTION_SET, CLI_OPTION_FORMAT("table or json"),
                                     CLI_OPTION_END};

const cli_command cmd_check = {
    .name = "check",
    .operands = "FILE.ini",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "Check an INI file and print the size of its plan",
    .options = options,
    .run = run,
};
