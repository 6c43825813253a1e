/* sweep compare: two sets of evaluations side by side. */
#include "results/report/compare.h"
#include "runner/cli/choice.h"
#include "runner/cli/cmds.h"
#include "runner/cli/inputs.h"
#include "runner/cli/output.h"

static swp_status run(cli_call *call, swp_err *err)
{
    cli_choice choice;
    cli_output output;
    res_store *store = NULL;
    res_compare_options look = {0};
    swp_status status = cli_choice_read(call, &choice, err);
    if (status == SWP_OK)
        status = cli_format(call, RES_TABLE, RES_LATEX, &look.format, err);
    if (status == SWP_OK)
        status = cli_open_store(call, &store, err);
    if (status != SWP_OK)
        goto done;
    look.filter = choice.filter;
    look.where = choice.where;
    look.n_where = choice.n_where;
    status = cli_output_open(&output, cli_value(call, "output", NULL), err);
    if (status == SWP_OK)
        status = res_compare_write(store, cli_operand(call, 0), cli_operand(call, 1), &look,
                                   output.file, err);
    status = cli_output_close(&output, status, err);
done:
    res_store_close(store);
    cli_choice_deinit(&choice);
    return status;
}

static const cli_option options[] = {
    CLI_OPTION_DB,      CLI_OPTION_FORMAT("table, md, latex, csv or json"),
    CLI_OPTIONS_CHOICE, CLI_OPTION_OUTPUT,
    CLI_OPTION_END,
};

const cli_command cmd_compare = {
    .name = "compare",
    .operands = "A B",
    .min_operands = 2,
    .max_operands = 2,
    .summary = "Print two evaluations, groups or experiments side by side",
    .notes =
        "A and B are each EXPERIMENT, EXPERIMENT:EVALUATION (its number in `export --what "
        "evaluations`)\n"
        "or EXPERIMENT:KEY=VALUE,...; without EXPERIMENT it is the one that ran last, and\n"
        "NAME@REVISION is an earlier revision of it. Keys are those of `report --where`.\n\n"
        "Evaluations are paired by every setting of which both sides have a value, the seed first\n"
        "of all; what the sides have no value of in common is what they differ in. Readings of\n"
        "one trial at several epochs or thresholds are one pair: their mean. p is that of\n"
        "Wilcoxon's signed-rank test, effect the rank-biserial correlation. Two single "
        "evaluations\n"
        "on the same sequences are also compared sequence by sequence (McNemar).\n\n"
        "examples:\n"
        "  sweep compare mine:batch_size=1 mine:batch_size=8 --threshold p95\n"
        "  sweep compare mine@1 mine@2\n"
        "  sweep compare :7 :12",
    .options = options,
    .run = run,
};
