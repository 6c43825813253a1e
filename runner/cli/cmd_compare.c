/* sweep compare: two sets of evaluations side by side. */
#include "results/report/compare.h"
#include "runner/cli/choice.h"
#include "runner/cli/cmds.h"
#include "runner/cli/inputs.h"
#include "runner/cli/output.h"

/* A and B, or with --all at most an experiment. */
static swp_status check_operands(const cli_call *call, swp_err *err)
{
    bool all = cli_flag(call, "all");
    const char *first = cli_operand(call, 0);
    if (!all && !cli_operand(call, 1)) {
        swp_status status = swp_fail(err, SWP_USAGE, "compare: expected A B or --all, found %s%s",
                                     first ? first : "nothing", first ? " only" : "");
        swp_hint(err, "usage: sweep compare [OPTION]... A B");
        return status;
    }
    if (all && cli_operand(call, 1))
        return swp_fail(err, SWP_USAGE, "compare: --all takes one experiment, found \"%s\" too",
                        cli_operand(call, 1));
    if (!all && cli_value(call, "metric", NULL))
        return swp_fail(err, SWP_USAGE, "compare: --metric belongs to --all");
    return SWP_OK;
}

static swp_status run(cli_call *call, swp_err *err)
{
    cli_choice choice;
    cli_output output;
    res_store *store = NULL;
    res_compare_options look = {0};
    swp_status status = cli_choice_read(call, &choice, err);
    if (status == SWP_OK)
        status = check_operands(call, err);
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
    if (status == SWP_OK && cli_flag(call, "all"))
        status = res_compare_all_write(store, cli_operand(call, 0), cli_value(call, "metric", NULL),
                                       &look, output.file, err);
    else if (status == SWP_OK)
        status = res_compare_write(store, cli_operand(call, 0), cli_operand(call, 1), &look,
                                   output.file, err);
    status = cli_output_close(&output, status, err);
done:
    res_store_close(store);
    cli_choice_deinit(&choice);
    return status;
}

static const cli_option options[] = {
    CLI_OPTION_DB,
    CLI_OPTION_FORMAT("table, md, latex, csv or json"),
    CLI_OPTIONS_CHOICE,
    {.name = "all", .help = "all pairs of configurations of one experiment"},
    {.name = "metric", .argument = "METRIC", .help = "of --all (the one that ranks)"},
    CLI_OPTION_OUTPUT,
    CLI_OPTION_END,
};

const cli_command cmd_compare = {
    .name = "compare",
    .operands = "A B",
    .max_operands = 2,
    .summary = "Print two evaluations, groups or experiments side by side",
    .notes =
        "A and B are each EXPERIMENT, EXPERIMENT:EVALUATION (a number as in `export --what\n"
        "evaluations`) or EXPERIMENT:KEY=VALUE,...; without EXPERIMENT it is the one that ran\n"
        "last, and NAME@REVISION is an earlier revision of it. Keys are those of `report\n"
        "--where`.\n\n"
        "Evaluations are paired by every setting of which the sides share values, first of all\n"
        "the seed; settings without a common value are what the sides differ in. If there are\n"
        "several thresholds or epoch counts, the default ones count, as in `report --group-by`.\n"
        "Each split of the data is one pair, a mean over seeds. p is from Wilcoxon's signed-rank\n"
        "test, p Holm corrects it for all metrics, effect is the rank-biserial correlation,\n"
        "P(B > A) the chance that a trial of B has the larger value. Two single evaluations on\n"
        "the same sequences are also compared sequence by sequence (McNemar).\n"
        "\n"
        "--all compares every two configurations (trials that differ only in seeds or split seeds\n"
        "are one configuration) by one metric; p Holm corrects for all pairs.\n\n"
        "examples:\n"
        "  sweep compare mine:batch_size=1 mine:batch_size=8 --threshold p95\n"
        "  sweep compare mine@1 mine@2\n"
        "  sweep compare --all mine --metric auroc\n"
        "  sweep compare :7 :12",
    .options = options,
    .run = run,
};
