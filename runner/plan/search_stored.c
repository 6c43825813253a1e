/* Reads a search from the store, and checks that it proposes the same points again. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/json.h"
#include "engine/base/mem.h"
#include "engine/base/str.h"
#include "runner/metrics/metric_line.h"
#include "runner/plan/search_study_priv.h"

static swp_status out_of_memory(swp_err *err)
{
    return swp_fail(err, SWP_NOMEM, "out of memory for a search");
}

/* --- names ------------------------------------------------------------------------------------ */

char *run_search_label(const cfg *config, const double *point, const uint32_t *seed)
{
    const run_space *space = cfg_space(config);
    swp_buf text = {0};
    for (size_t i = 0; i < space->n; i++) {
        bool of_command = cfg_command_of(config) != NULL; /* whose names are literal */
        const char *dot = of_command ? NULL : strchr(space->dims[i].name, '.');
        swp_buf_printf(&text, "%s%s=", i > 0 ? " " : "", dot ? dot + 1 : space->dims[i].name);
        if (space->dims[i].kind == RUN_FLOAT)
            swp_buf_printf(&text, "%.4g", point[i]);
        else
            cfg_coordinate_format(config, i, point[i], &text);
    }
    if (seed)
        swp_buf_printf(&text, " seed=%lu", (unsigned long)*seed);
    if (text.failed)
        swp_buf_deinit(&text);
    return text.text;
}

/* --- records for the store ------------------------------------------------------------------- */

static const char *kind_name(run_dim_kind kind)
{
    static const char *const names[] = {[RUN_FLOAT] = "float",
                                        [RUN_INT] = "int",
                                        [RUN_ORDINAL] = "ordinal",
                                        [RUN_CATEGORICAL] = "categorical"};
    return names[kind];
}

/* The values of a list as JSON. owns out->text */
static void list_choices(const cfg *config, size_t dim, const run_dim *of, swp_json *out)
{
    out->compact = true;
    swp_json_list(out, NULL);
    for (size_t i = 0; i < of->n; i++) {
        swp_buf text = {0};
        double number;
        cfg_coordinate_format(config, dim, (double)i, &text);
        if (of->kind == RUN_ORDINAL && !text.failed && swp_parse_double(text.text, &number))
            swp_json_real(out, NULL, number);
        else
            swp_json_text(out, NULL, text.text);
        swp_buf_deinit(&text);
    }
    swp_json_end_list(out);
}

swp_status run_search_record(run_study *study, size_t *slots, swp_err *err)
{
    const cfg *config = study->plan->config;
    const cfg_search *search = cfg_search_of(config);
    const run_space *space = cfg_space(config);
    res_dimension *dims = swp_alloc(space->n, sizeof *dims);
    swp_json *lists = swp_alloc(space->n, sizeof *lists);
    swp_status status = dims && lists ? SWP_OK : out_of_memory(err);
    for (size_t i = 0; i < space->n && status == SWP_OK; i++) {
        const run_dim *of = &space->dims[i];
        bool is_list = of->kind == RUN_ORDINAL || of->kind == RUN_CATEGORICAL;
        if (is_list)
            list_choices(config, i, of, &lists[i]);
        if (lists[i].text.failed)
            status = out_of_memory(err);
        dims[i] = (res_dimension){of->name,
                                  kind_name(of->kind),
                                  of->log,
                                  of->low,
                                  of->high,
                                  of->step,
                                  is_list ? lists[i].text.text : NULL};
    }
    const res_search_spec spec = {.strategy = search->strategy,
                                  .objective = search->objective,
                                  .stop = search->stop,
                                  .maximize = search->goal == CFG_MAXIMIZE,
                                  .seed = search->seed,
                                  .slots = *slots,
                                  .min_steps = search->min_steps,
                                  .max_steps = search->max_steps,
                                  .trials = search->trials,
                                  .confirm_best = search->confirm.n_best,
                                  .confirm_seeds = search->confirm.n_seeds,
                                  .dimensions = dims,
                                  .n_dimensions = space->n};
    if (status == SWP_OK)
        status = res_search_ensure(study->store, study->revision, &spec, slots, err);
    for (size_t i = 0; lists && i < space->n; i++)
        swp_buf_deinit(&lists[i].text);
    swp_free(lists);
    swp_free(dims);
    return status;
}

/* --- stored proposals --------------------------------------------------------------------------
 */

static bool is_same(const run_dim *dim, double a, double b)
{
    if (dim->kind != RUN_FLOAT)
        return a == b;
    return fabs(a - b) <= 1e-9 * fmax(fabs(a), fabs(b));
}

static swp_status refuse_proposal(const run_study *study, const res_proposal *stored,
                                  const double *point, size_t dim, const char *history,
                                  swp_err *err)
{
    const cfg *config = study->plan->config;
    swp_buf was = {0}, is = {0};
    cfg_coordinate_format(config, dim, stored->point[dim], &was);
    cfg_coordinate_format(config, dim, point[dim], &is);
    swp_status status = out_of_memory(err);
    if (!was.failed && !is.failed)
        status = swp_fail(err, SWP_DB,
                          "%s: trial %zu: the store has %s = %s, the search proposes %s (%s)",
                          res_store_path(study->store), stored->number,
                          cfg_space(config)->dims[dim].name, was.text, is.text,
                          strcmp(stored->history, history) == 0
                              ? "from the same results"
                              : "the results before it are not those that it was made from");
    swp_hint(err, "the store was changed, or made by another build; --fresh starts over and keeps "
                  "the old results as an older revision");
    swp_buf_deinit(&was);
    swp_buf_deinit(&is);
    return status;
}

/* An index outside of the list of choices cannot be printed. */
static swp_status check_inside(const run_study *study, const res_proposal *stored, swp_err *err)
{
    if (run_space_holds(cfg_space(study->plan->config), stored->point))
        return SWP_OK;
    return swp_fail(err, SWP_DB, "%s: damaged: table coordinate: trial %zu is outside the space",
                    res_store_path(study->store), stored->number);
}

swp_status run_search_check(const run_study *study, const run_searcher *searcher,
                            const res_proposal *stored, const double *point, const char *history,
                            swp_err *err)
{
    const run_space *space = cfg_space(study->plan->config);
    swp_status status = check_inside(study, stored, err);
    if (status == SWP_OK && stored->number != study->plan->n_trials + 1)
        status = swp_fail(err, SWP_DB, "%s: damaged: table proposal: expected trial %zu, found %zu",
                          res_store_path(study->store), study->plan->n_trials + 1, stored->number);
    bool is_comparable = strcmp(stored->strategy, searcher->name) == 0 &&
                         stored->version == searcher->algorithm &&
                         stored->max_steps == cfg_search_of(study->plan->config)->max_steps;
    for (size_t i = 0; i < space->n && is_comparable && status == SWP_OK; i++) {
        if (!is_same(&space->dims[i], stored->point[i], point[i]))
            status = refuse_proposal(study, stored, point, i, history, err);
    }
    return status;
}

/* The result of a command's trial: its last value, or with min(...) and max(...) the smallest or
 * largest; NAN without any. */
static double summarise(const char *objective, const double *values, size_t n)
{
    bool smallest = strncmp(objective, "min(", 4) == 0,
         largest = strncmp(objective, "max(", 4) == 0;
    double value = (double)NAN;
    for (size_t i = 0; i < n; i++) {
        if (isnan(values[i]))
            continue;
        if (isnan(value) || (!smallest && !largest) ||
            (smallest ? values[i] < value : values[i] > value))
            value = values[i];
    }
    return value;
}

bool run_search_judges_once(const run_study *study)
{
    return cfg_command_of(study->plan->config) && !cfg_has_stopper(study->plan->config);
}

bool run_search_runs_ahead(const run_study *study)
{
    const cfg *config = study->plan->config;
    return cfg_command_of(config) && strcmp(cfg_search_of(config)->stop, "halving") != 0;
}

swp_status run_search_values(const run_study *study, size_t trial, size_t from, double **values,
                             size_t *n, swp_err *err)
{
    const char *objective = cfg_search_of(study->plan->config)->objective;
    bool is_one = run_search_judges_once(study);
    size_t length;
    *values = NULL;
    *n = 0;
    if (is_one && (study->trials[trial].state != RES_DONE || from > 0))
        return SWP_OK;
    char metric[RUN_METRIC_NAME_SIZE];
    const char *name = cfg_objective_metric(objective, &length);
    snprintf(metric, sizeof metric, "%.*s", (int)length, name);
    swp_status status =
        res_values_load(study->store, study->trials[trial].id, metric, from, values, n, err);
    if (status != SWP_OK || !is_one)
        return status;
    const double value = summarise(objective, *values, *n);
    double *one = swp_resize(*values, 1, sizeof *one);
    if (!one)
        return out_of_memory(err);
    *one = value;
    *values = one;
    *n = 1;
    return SWP_OK;
}
