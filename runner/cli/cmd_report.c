/* sweep report: how well each evaluation tells normal sequences from anomalies, as a table or as a
 * page with charts. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/str.h"
#include "runner/cli/charts.h"
#include "runner/cli/choice.h"
#include "runner/cli/cmds.h"
#include "runner/cli/inputs.h"
#include "runner/cli/output.h"

static void read_look(const cli_call *call, res_report_options *out)
{
    *out = (res_report_options){
        .wide = cli_flag(call, "wide"),
        .columns = cli_value(call, "columns", NULL),
        .classes = cli_flag(call, "classes"),
        .all = cli_flag(call, "all"),
        .ci = cli_flag(call, "ci"),
        .group_by = cli_value(call, "group-by", NULL),
        .best = cli_value(call, "best", NULL),
        .sort = cli_value(call, "sort", NULL),
    };
}

/* --step: which step of a command's trials is read. */
static swp_status read_step(const cli_call *call, res_reading *out, swp_err *err)
{
    const char *text = cli_value(call, "step", "best");
    int64_t step = 0;
    *out = (res_reading){.at = RES_AT_STEP};
    if (strcmp(text, "best") == 0)
        out->at = RES_AT_BEST;
    else if (strcmp(text, "last") == 0)
        out->at = RES_AT_LAST;
    else if (!swp_parse_int(text, 1, UINT32_MAX, &step))
        return swp_fail(err, SWP_USAGE,
                        "--step: expected best, last or a whole number from 1, found \"%s\"", text);
    out->step = (size_t)step;
    return SWP_OK;
}

/* The page and its charts show one moment, whatever is recorded meanwhile. *damage is what left out
 * charts, of a page that is whole otherwise. */
static swp_status write_page(const cli_call *call, res_store *store, res_report_options *look,
                             FILE *out, swp_err *damage, swp_err *err)
{
    cli_charts charts = {0};
    swp_status status = res_snapshot_begin(store, err);
    if (status != SWP_OK)
        return status;
    status = cli_charts_draw(store, cli_operand(call, 0), look, &charts, err);
    look->wide = true;
    look->charts = charts.list;
    look->n_charts = charts.n;
    look->no_charts = charts.missing;
    if (status == SWP_OK)
        status = res_report_write(store, cli_operand(call, 0), look, out, err);
    if (status == SWP_OK && charts.missing && !call->quiet)
        fprintf(stderr, "%s%s\n", charts.n > 0 ? "" : "no charts: ", charts.missing);
    swp_err_copy(damage, &charts.damage);
    res_snapshot_end(store);
    cli_charts_deinit(&charts);
    return status;
}

static swp_status write_report(const cli_call *call, res_store *store, res_report_options *look,
                               swp_err *err)
{
    cli_output output;
    swp_err damage = {0};
    swp_status status = cli_output_open(&output, cli_value(call, "output", NULL), err);
    if (status == SWP_OK && look->format == RES_HTML)
        status = write_page(call, store, look, output.file, &damage, err);
    else if (status == SWP_OK && cli_flag(call, "importance"))
        status = res_importance_write(store, cli_operand(call, 0), cli_value(call, "metric", NULL),
                                      look->format, output.file, err);
    else if (status == SWP_OK)
        status = res_report_write(store, cli_operand(call, 0), look, output.file, err);
    status = cli_output_close(&output, status, err);
    if (status != SWP_OK || damage.status == SWP_OK)
        return status;
    swp_err_copy(err, &damage);
    return damage.status;
}

static swp_status check_options(const cli_call *call, swp_err *err)
{
    const char *metric = cli_value(call, "metric", NULL);
    if (!metric || cli_flag(call, "importance"))
        return SWP_OK;
    swp_status status = swp_fail(err, SWP_USAGE, "report: --metric belongs to --importance");
    swp_hint(err, "--columns %s shows this metric only, --sort %s orders the rows by it", metric,
             metric);
    return status;
}

static swp_status run(cli_call *call, swp_err *err)
{
    cli_choice choice;
    res_store *store = NULL;
    res_report_options look;
    read_look(call, &look);
    swp_status status = cli_choice_read(call, &choice, err);
    if (status == SWP_OK)
        status = check_options(call, err);
    if (status == SWP_OK)
        status = cli_format(call, RES_TABLE, cli_flag(call, "importance") ? RES_LATEX : RES_HTML,
                            &look.format, err);
    if (status == SWP_OK)
        status = read_step(call, &look.reading, err);
    if (status == SWP_OK)
        status = cli_open_store(call, &store, err);
    look.filter = choice.filter;
    look.where = choice.where;
    look.n_where = choice.n_where;
    if (status == SWP_OK)
        status = write_report(call, store, &look, err);
    res_store_close(store);
    cli_choice_deinit(&choice);
    return status;
}

static const cli_option options[] = {
    CLI_OPTION_DB,
    CLI_OPTION_FORMAT("table, md, latex, html, csv or json"),
    CLI_OPTIONS_CHOICE,
    {.name = "group-by", .argument = "KEY,...", .help = "mean over all but these parameters"},
    {.name = "best", .argument = "METRIC", .help = "the best row only"},
    {.name = "sort",
     .argument = "NAME",
     .help = "a column or n, smallest first; NAME:desc largest first"},
    {.name = "step",
     .argument = "STEP",
     .help = "of a command's trials: best (default), last or N"},
    {.name = "columns",
     .argument = "METRIC,...",
     .help = "only these metrics (csv and json have all)"},
    {.name = "wide", .help = "more columns: precision, F1, MCC, AUROC, seconds ..."},
    {.name = "classes", .help = "recall of every abnormal class, too"},
    {.name = "ci", .help = "95 % confidence intervals too"},
    {.name = "all", .help = "every row of a long table"},
    {.name = "importance", .help = "instead: how much a metric depends on each parameter"},
    {.name = "metric", .argument = "METRIC", .help = "of --importance: of steps (the objective)"},
    CLI_OPTION_OUTPUT,
    CLI_OPTION_END,
};

const cli_command cmd_report = {
    .name = "report",
    .operands = "[EXPERIMENT]",
    .max_operands = 1,
    .summary = "Print the recall of every evaluation",
    .notes =
        "EXPERIMENT is NAME or NAME@REVISION, by default the one that ran last. Thresholds are\n"
        "numbers, pNN or cNN (of the validation errors), best_f1 or youden; trying another one\n"
        "retrains nothing.\n"
        "\n"
        "KEY is a parameter, with or without its section (train.loss, loss), epochs or\n"
        "threshold. Several --where of one key are alternatives; different keys must all match.\n"
        "METRIC is a column of --wide --format csv: val_loss, f1, auroc, train_s ...\n"
        "\n"
        "With several seeds, or --group-by, a row is a mean with its standard deviation and n,\n"
        "the number of trials. A long table, and --group-by without threshold, judge all models\n"
        "at one threshold: the only planned one, or p95 (the planned percentile nearest to 95).\n"
        "Intervals of means are Student's t, of shares by their logit, over splits if\n"
        "split_seed varies; the interval of a single recall is Wilson's.\n"
        "\n"
        "The rows below are baselines: methods without training, judged by the same rule for\n"
        "the threshold (p95 where that is a number); see `sweep help glossary`.\n"
        "\n"
        "`--format latex` is a table to \\input with the package booktabs. `--format html -o\n"
        "FILE` is one page with all tables, charts, settings and how to reproduce them, to open\n"
        "in a browser or to mail.\n"
        "\n"
        "--importance gives shares of the variance of the best value so far: exact if every\n"
        "combination was tried, else by a model without interactions. A share near what chance\n"
        "alone would give says nothing. Failed trials are left out.\n"
        "\n"
        "Trials of a command have no thresholds: a row has their metrics at the step with the\n"
        "best objective. Those that a search stopped are left out of means (not of csv and\n"
        "json) unless --step reads all at one.",
    .options = options,
    .run = run,
};
