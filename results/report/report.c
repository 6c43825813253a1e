#include "results/report/report.h"

#include <string.h>

#include "results/report/report_priv.h"
#include "results/report/table_priv.h"

#define MOST_TERMINAL_ROWS 60
#define MOST_PAGE_ROWS     2000

swp_status res_format_parse(const char *text, res_format last, res_format *out, swp_err *err)
{
    static const char *const names[] = {
        [RES_TABLE] = "table", [RES_MD] = "md",       [RES_CSV] = "csv",
        [RES_JSON] = "json",   [RES_LATEX] = "latex", [RES_HTML] = "html"};
    swp_buf allowed = {0};
    for (size_t i = 0; i <= (size_t)last; i++) {
        if (strcmp(text, names[i]) == 0) {
            *out = (res_format)i;
            return SWP_OK;
        }
    }
    for (size_t i = 0; i <= (size_t)last; i++)
        swp_buf_printf(&allowed, "%s%s", i == 0 ? "" : i < (size_t)last ? ", " : " or ", names[i]);
    swp_status status = swp_fail(err, SWP_USAGE, "expected the format %s, found '%s'",
                                 allowed.failed ? "table" : allowed.text, text);
    swp_buf_deinit(&allowed);
    return status;
}

/* What the options name, looked up. */
typedef struct choice {
    bool sorted, descending;
    res_figure sort, best;
} choice;

static swp_status read_sort(const char *text, choice *out, swp_err *err)
{
    static const char ending[] = ":desc";
    char name[64];
    size_t length = strlen(text), tail = strlen(ending);
    out->sorted = true;
    out->descending = length > tail && strcmp(text + length - tail, ending) == 0;
    snprintf(name, sizeof name, "%.*s", (int)(out->descending ? length - tail : length), text);
    return res_figure_find(name, &out->sort, err);
}

/* Wrap with the option's name, which the command line has too. */
static swp_status read_choice(const res_report_options *options, choice *out, swp_err *err)
{
    *out = (choice){0};
    if (options->best && res_figure_find(options->best, &out->best, err) != SWP_OK)
        return swp_wrap(err, "--best");
    if (options->sort && read_sort(options->sort, out, err) != SWP_OK)
        return swp_wrap(err, "--sort");
    return SWP_OK;
}

static swp_status arrange(res_report *report, const res_report_options *options, const choice *c,
                          swp_err *err)
{
    for (size_t f = 0; f < RES_FIGURES; f++)
        report->shown[f] = options->wide || !res_figure_at((res_figure)f)->wide;
    if (options->best) {
        report->shown[c->best] = true;
        res_report_pick_best(report, c->best);
    }
    if (options->format == RES_TABLE && !options->all)
        res_report_condense(report, &options->filter, MOST_TERMINAL_ROWS);
    if (options->format == RES_HTML && !options->all)
        res_report_condense(report, &options->filter, MOST_PAGE_ROWS);
    if (!c->sorted)
        return SWP_OK;
    report->shown[c->sort] = true;
    return res_report_sort(report, c->sort, c->descending, err);
}

swp_status res_report_write(res_store *store, const char *experiment,
                            const res_report_options *options, FILE *out, swp_err *err)
{
    choice c;
    res_report report;
    swp_status status = read_choice(options, &c, err);
    if (status == SWP_OK)
        status = res_report_load(store, experiment, options, &report, err);
    if (status != SWP_OK)
        return status;
    status = arrange(&report, options, &c, err);
    if (status == SWP_OK && (options->format == RES_CSV || options->format == RES_JSON))
        status = res_report_write_rows(&report, options->format, out, err);
    else if (status == SWP_OK && options->format == RES_HTML)
        status = res_report_write_html(&report, options, out, err);
    else if (status == SWP_OK)
        status = res_report_write_text(&report, options, out, err);
    res_report_deinit(&report);
    return status == SWP_OK ? res_out_check(out, err) : status;
}
