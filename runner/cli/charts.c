/* The charts of an experiment as texts: gnuplot draws them as SVG in a temporary folder. */
#include "runner/cli/charts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"
#include "engine/base/path.h"
#include "engine/base/str.h"
#include "engine/base/temporary.h"
#include "plots/plot.h"
#include "runner/process/host.h"

#define MOST_BYTES   ((size_t)256 << 20) /* of one chart */
#define PAGE_SINGLES 2                   /* trials with pictures of their own */

void cli_charts_deinit(cli_charts *charts)
{
    for (size_t i = 0; i < 2 * charts->n; i++)
        swp_free(charts->texts[i]);
    swp_free(charts->texts);
    swp_free(charts->list);
    swp_free(charts->missing);
    *charts = (cli_charts){0};
}

/* Charts while they are drawn; the first failure is kept. */
typedef struct gathering {
    cli_charts *charts;
    char *left_out; /* the line about charts that are not drawn */
    swp_status status;
    swp_err *err;
} gathering;

/* "folder/roc.svg" to "roc". owns the result: swp_free */
static char *name_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *name = swp_strdup(slash ? slash + 1 : path);
    char *dot = name ? strrchr(name, '.') : NULL;
    if (dot)
        *dot = '\0';
    return name;
}

static swp_status add_chart(cli_charts *charts, const char *path, swp_err *err)
{
    size_t n = charts->n;
    res_chart *list = swp_resize(charts->list, n + 1, sizeof *list);
    if (list)
        charts->list = list;
    char **texts = swp_resize(charts->texts, 2 * (n + 1), sizeof *texts);
    if (texts)
        charts->texts = texts;
    char *name = name_of(path);
    if (!list || !texts || !name) {
        swp_free(name);
        return swp_fail(err, SWP_NOMEM, "out of memory for chart %zu", n + 1);
    }
    charts->n++;
    texts[2 * n] = name;
    texts[2 * n + 1] = NULL;
    void *svg;
    size_t n_bytes;
    swp_status status = swp_file_read(path, MOST_BYTES, &svg, &n_bytes, err);
    texts[2 * n + 1] = svg;
    list[n] = (res_chart){.name = name, .svg = texts[2 * n + 1]};
    return status;
}

static void take_chart(const char *path, void *context)
{
    gathering *g = context;
    if (g->status == SWP_OK)
        g->status = add_chart(g->charts, path, g->err);
}

/* Of several notes the last is about what is left out. */
static void take_note(const char *text, void *context)
{
    gathering *g = context;
    swp_free(g->left_out);
    g->left_out = swp_strdup(text);
    if (!g->left_out && g->status == SWP_OK)
        g->status = swp_fail(g->err, SWP_NOMEM, "out of memory");
}

/* No charts are a page with less on it, not a failure of the report. */
static swp_status explain(const swp_err *failure, cli_charts *out, swp_err *err)
{
    out->missing = swp_strdup(failure->text);
    return out->missing ? SWP_OK : swp_fail(err, SWP_NOMEM, "out of memory");
}

/* Damage, which leaves out charts that need what is damaged. Without a note no chart was begun. */
static swp_status explain_damage(const swp_err *failure, gathering *g, swp_err *err)
{
    swp_err_copy(&g->charts->damage, failure);
    if (!g->left_out)
        return explain(failure, g->charts, err);
    g->charts->missing = g->left_out;
    g->left_out = NULL;
    return SWP_OK;
}

swp_status cli_charts_draw(res_store *store, const char *experiment,
                           const res_report_options *report, cli_charts *out, swp_err *err)
{
    swp_temporary folder;
    const char *parent = getenv("TMPDIR");
    *out = (cli_charts){0};
    swp_status status =
        swp_temporary_make(parent && *parent ? parent : "/tmp", "sweep-charts", &folder, err);
    if (status != SWP_OK)
        return swp_wrap(err, "a folder for the charts");
    swp_err failure = {0};
    gathering g = {.charts = out, .status = SWP_OK, .err = err};
    plot_options options = {.folder = folder.path,
                            .format = PLOT_SVG,
                            .filter = report->filter,
                            .where = report->where,
                            .n_where = report->n_where,
                            .singles = PAGE_SINGLES,
                            .samples = 1,
                            .processes = run_cores(),
                            .written = take_chart,
                            .note = take_note,
                            .context = &g};
    if (options.filter.n_thresholds > 1)
        options.filter.n_thresholds = 1;
    if (options.filter.n_epochs > 1)
        options.filter.n_epochs = 1;
    status = plot_experiment(store, experiment, &options, &failure);
    swp_temporary_remove(&folder);
    if (status == SWP_UNAVAILABLE || status == SWP_CONFIG)
        status = explain(&failure, out, err);
    else if (status == SWP_DB)
        status = explain_damage(&failure, &g, err);
    else if (status != SWP_OK)
        swp_err_copy(err, &failure);
    swp_free(g.left_out);
    return status == SWP_OK ? g.status : status;
}
