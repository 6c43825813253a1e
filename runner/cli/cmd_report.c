/* sweep report: how well each training tells normal sequences from anomalies. */
#include <stdint.h>

#include "engine/base/mem.h"
#include "engine/base/str.h"
#include "runner/cli/cmds.h"
#include "runner/cli/inputs.h"
#include "runner/cli/output.h"

#define MAX_EPOCHS 1000000

typedef struct choice {
    res_threshold *thresholds;
    size_t *epochs;
    const char **where;
    res_report_options options;
} choice;

static swp_status read_thresholds(const cli_call *call, choice *c, swp_err *err)
{
    size_t n = 0;
    for (const char *text; (text = cli_value_at(call, "threshold", n)) != NULL; n++) {
        swp_err inner = {0};
        if (res_threshold_parse(text, &c->thresholds[n], &inner) != SWP_OK)
            return swp_fail(err, SWP_USAGE, "report: --threshold: %s", inner.text);
    }
    c->options.filter.thresholds = c->thresholds;
    c->options.filter.n_thresholds = n;
    return SWP_OK;
}

static swp_status read_epochs(const cli_call *call, choice *c, swp_err *err)
{
    size_t n = 0;
    for (const char *text; (text = cli_value_at(call, "epochs", n)) != NULL; n++) {
        int64_t value;
        if (!swp_parse_int(text, 1, MAX_EPOCHS, &value))
            return swp_fail(err, SWP_USAGE,
                            "report: --epochs: expected a whole number from 1 to %d, found \"%s\"",
                            MAX_EPOCHS, text);
        c->epochs[n] = (size_t)value;
    }
    c->options.filter.epochs = c->epochs;
    c->options.filter.n_epochs = n;
    return SWP_OK;
}

static void read_where(const cli_call *call, choice *c)
{
    while ((c->where[c->options.n_where] = cli_value_at(call, "where", c->options.n_where)))
        c->options.n_where++;
    c->options.where = c->where;
}

static swp_status read_choice(const cli_call *call, choice *c, swp_err *err)
{
    c->options.wide = cli_flag(call, "wide");
    c->options.all = cli_flag(call, "all");
    c->options.ci = cli_flag(call, "ci");
    c->options.group_by = cli_value(call, "group-by", NULL);
    c->options.best = cli_value(call, "best", NULL);
    c->options.sort = cli_value(call, "sort", NULL);
    c->options.parameters = cli_parameters;
    c->thresholds = swp_alloc(call->n_given, sizeof *c->thresholds);
    c->epochs = swp_alloc(call->n_given, sizeof *c->epochs);
    c->where = swp_alloc(call->n_given + 1, sizeof *c->where);
    if (!c->thresholds || !c->epochs || !c->where)
        return swp_fail(err, SWP_NOMEM, "out of memory for %zu options", call->n_given);
    read_where(call, c);
    swp_status status = cli_format(call, RES_TABLE, &c->options.format, err);
    if (status == SWP_OK)
        status = read_thresholds(call, c, err);
    return status == SWP_OK ? read_epochs(call, c, err) : status;
}

static swp_status run(cli_call *call, swp_err *err)
{
    choice c = {0};
    res_store *store = NULL;
    cli_output output;
    swp_status status = read_choice(call, &c, err);
    if (status == SWP_OK)
        status = cli_open_store(call, &store, err);
    if (status != SWP_OK)
        goto done;
    status = cli_output_open(&output, cli_value(call, "output", NULL), err);
    if (status == SWP_OK)
        status = res_report_write(store, cli_operand(call, 0), &c.options, output.file, err);
    status = cli_output_close(&output, status, err);
done:
    res_store_close(store);
    swp_free(c.thresholds);
    swp_free(c.epochs);
    swp_free(c.where);
    return status;
}

static const cli_option options[] = {
    CLI_OPTION_DB,
    CLI_OPTION_FORMAT("table, md, latex, csv or json"),
    {.name = "threshold", .argument = "T", .help = "judge at T instead; may be repeated"},
    {.name = "epochs", .argument = "N", .help = "judge after N epochs instead; may be repeated"},
    {.name = "where", .argument = "KEY=VALUE", .help = "only such trials; may be repeated"},
    {.name = "group-by", .argument = "KEY,...", .help = "mean over all but these settings"},
    {.name = "best", .argument = "METRIC", .help = "the best row only"},
    {.name = "sort", .argument = "METRIC", .help = "smallest first; METRIC:desc largest first"},
    {.name = "wide", .help = "more columns: precision, F1, MCC, AUROC, seconds ..."},
    {.name = "ci", .help = "with seeds: 95 % confidence intervals too"},
    {.name = "all", .help = "every row of a long table"},
    CLI_OPTION_OUTPUT,
    CLI_OPTION_END,
};

const cli_command cmd_report = {
    .name = "report",
    .operands = "[EXPERIMENT]",
    .max_operands = 1,
    .summary = "Print the recall of every trial",
    .notes =
        "EXPERIMENT is NAME or NAME@REVISION; without it the one that ran last. Thresholds\n"
        "are numbers, pNN (a percentile of the validation errors), best_f1 or youden;\n"
        "trying another one retrains nothing.\n\n"
        "KEY is a setting, with or without its section (embedding_dim, train.seed), epochs or\n"
        "threshold. Several --where of one key are alternatives, different keys must all\n"
        "agree. METRIC is a column of --wide --format csv: val_loss, anomaly_recall, f1,\n"
        "auroc ... With several seeds, or --group-by, a row is a mean with its standard\n"
        "deviation and n; intervals are Student's t. `--format latex` is a table to \\input\n"
        "with the package booktabs.",
    .options = options,
    .run = run,
};
