/* sweep plot: the charts of an experiment, drawn by gnuplot into a folder of its name. */
#include <stdio.h>
#include <string.h>

#include "engine/base/mem.h"
#include "plots/plot.h"
#include "runner/cli/choice.h"
#include "runner/cli/cmds.h"
#include "runner/cli/inputs.h"
#include "runner/cli/output.h"
#include "runner/process/host.h"

#define CHARTS "results/charts/"

static void print_path(const char *path, void *context)
{
    (void)context;
    puts(path);
}

static void print_note(const char *text, void *context)
{
    (void)context;
    fprintf(stderr, "%s\n", text);
}

/* Charts compare one evaluation of each trial. */
static swp_status check_one(const char *option, size_t n, swp_err *err)
{
    return n <= 1 ? SWP_OK
                  : swp_fail(err, SWP_USAGE, "plot: --%s: expected one, found %zu", option, n);
}

/* What the pictures are to be, without the folder. */
static swp_status read_look(const cli_call *call, const cli_choice *choice, plot_options *out,
                            swp_err *err)
{
    *out = (plot_options){
        .filter = choice->filter,
        .where = choice->where,
        .n_where = choice->n_where,
        .by = cli_value(call, "by", NULL),
        .only = cli_value(call, "only", NULL),
        .axes = cli_value(call, "axes", NULL),
        .metrics = cli_value(call, "metric", NULL),
        .processes = run_cores(),
        .untitled = cli_flag(call, "no-title"),
        .written = print_path,
        .note = call->quiet ? NULL : print_note,
    };
    const char *font = cli_value(call, "font", NULL), *width = cli_value(call, "width", NULL);
    swp_status status = check_one("threshold", choice->filter.n_thresholds, err);
    if (status == SWP_OK)
        status = check_one("epochs", choice->filter.n_epochs, err);
    if (status == SWP_OK)
        status = plot_format_parse(cli_value(call, "format", "png"), &out->format, err);
    if (status == SWP_OK)
        status = cli_number(call, "height", PLOT_LEAST_SIDE, PLOT_MOST_SIDE, 0, &out->height, err);
    if (status == SWP_OK)
        status = cli_number(call, "samples", 1, PLOT_MOST_SAMPLES, 0, &out->samples, err);
    if (status == SWP_OK && font)
        status = plot_font_parse(font, &out->font, err);
    if (status == SWP_OK && width)
        status = plot_width_parse(width, out, err);
    return status;
}

static swp_status run(cli_call *call, swp_err *err)
{
    plot_options look;
    cli_choice choice;
    res_store *store = NULL;
    char *folder = NULL;
    const char *name = cli_operand(call, 0);
    const char *chosen = cli_value(call, "output", NULL);
    if (chosen && strcmp(chosen, "-") == 0)
        return swp_fail(err, SWP_USAGE, "plot: -o: expected a folder, found \"-\"");
    swp_status status = cli_choice_read(call, &choice, err);
    if (status == SWP_OK)
        status = read_look(call, &choice, &look, err);
    if (status == SWP_OK)
        status = cli_open_store(call, &store, err);
    if (status == SWP_OK && !chosen)
        status = cli_default_folder(store, name, CHARTS, &folder, err);
    if (status == SWP_OK) {
        look.folder = chosen ? chosen : folder;
        status = plot_experiment(store, name, &look, err);
    }
    swp_free(folder);
    res_store_close(store);
    cli_choice_deinit(&choice);
    return status;
}

static const cli_option options[] = {
    CLI_OPTION_DB,
    {.name = "output",
     .letter = 'o',
     .argument = "DIR",
     .help = "folder of the charts (" CHARTS "EXPERIMENT)"},
    {.name = "only", .argument = "NAME[,NAME]", .help = "draw these charts", .values = PLOT_CHARTS},
    {.name = "threshold",
     .argument = "T",
     .help = "of every chart: a number, pNN, best_f1 or youden (see below)"},
    {.name = "epochs", .argument = "N", .help = "read trials at N epochs (all that there are)"},
    {.name = "where", .argument = "KEY=VALUE", .help = "only trials with this value"},
    {.name = "by",
     .argument = "KEY[,KEY]",
     .help = "parameters that charts tell apart; others are pooled"},
    {.name = "axes", .argument = "KEY,KEY", .help = "parameters of the heat map (the first two)"},
    {.name = "metric", .argument = "NAME[,NAME]", .help = "what the heat map shows"},
    {.name = "samples", .argument = "N", .help = "of each class among the reconstructions (3)"},
    CLI_OPTION_FORMAT("png (default), svg or pdf"),
    {.name = "width",
     .argument = "WIDTH",
     .help = "pixels (text grows with it), or for papers 3.5in, 89mm"},
    {.name = "height", .argument = "PIXELS", .help = "of the pictures"},
    {.name = "no-title", .help = "without heading and notes, for a caption to say"},
    {.name = "font",
     .argument = "NAME[,SIZE]",
     .help = "of all text (DejaVu Sans,17 at a width of 1600)"},
    CLI_OPTION_END,
};

const cli_command cmd_plot = {
    .name = "plot",
    .operands = "[EXPERIMENT]",
    .max_operands = 1,
    .summary = "Draw an experiment's charts with gnuplot",
    .notes =
        "Without --threshold, charts show what the report shows: the only planned threshold, or\n"
        "of several the percentile of each model's validation errors nearest to p95, or p95.\n"
        "Without --by there is a curve, bar or panel for each combination of the parameters that\n"
        "differ, averaged over seeds; if there are too many to read, the best by validation loss.\n"
        "Several --where of one key are alternatives.\n"
        "\n"
        "Prints the path of every picture. Its data and its script are beside it. With more than\n"
        "40 trials, only the first 12 get a picture of their own. Charts that do not apply to\n"
        "an experiment, or need what is damaged in the store (exit code 4), are left out, and a\n"
        "note says so.\n\ncharts:\n" PLOT_CHARTS
        "\n\nMetrics of the heat map are columns of exports, as for `sweep report --sort`.",
    .options = options,
    .run = run,
};
