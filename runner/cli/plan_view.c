/* The size of a plan as text or JSON: what `check` and `run --dry-run` print. */
#include <cJSON.h>
#include <stdio.h>

#include "engine/base/mem.h"
#include "engine/base/str.h"
#include "runner/cli/inputs.h"
#include "runner/cli/output.h"
#include "runner/screen.h"

static size_t count_epochs(const run_plan *plan)
{
    size_t n = 0;
    for (size_t i = 0; i < plan->n_trainings; i++)
        n += plan->trainings[i].max_epochs;
    return n;
}

static void print_splits(const run_plan *plan)
{
    for (size_t i = 0; i < plan->n_splits; i++) {
        const eng_split *split = &plan->splits[i].split;
        const eng_dataset *set = plan->data[plan->splits[i].data].set;
        printf("data        %s%s: %zu rows of %zu samples; %zu train, %zu validation, %zu test, "
               "%zu anomalies%s\n",
               set->name, set->synthetic ? " (synthetic)" : "", set->n_rows, set->length,
               split->n_train, split->n_val, split->n_test, split->n_anomaly,
               split->fewer_anomalies ? " (all there are)" : "");
        if (set->left_out)
            printf("left out    %s\n", set->left_out);
    }
}

static void print_text(const run_plan *plan, const char *ini, const run_estimate *estimate)
{
    const cfg *config = plan->config;
    printf("experiment  %s (%s)\n", cfg_name(config), ini);
    print_splits(plan);
    for (size_t a = 0; a < cfg_axis_count(config); a++)
        printf("axis        %s: %zu values\n", cfg_axis_key(config, a), cfg_axis_length(config, a));
    printf("trials      %zu\ntrainings   %zu (%zu epochs)\n", plan->n_trials, plan->n_trainings,
           count_epochs(plan));
    if (!estimate)
        return;
    char work[32], wall[32];
    printf("cohorts     %zu\nworkers     %zu (%s %s)\ntime        about %s, %s of work\n",
           estimate->n_cohorts, estimate->workers, estimate->engine.engine, estimate->engine.isa,
           run_format_duration(estimate->wall_s, wall, sizeof wall),
           run_format_duration(estimate->work_s, work, sizeof work));
}

static cJSON *make_splits(const run_plan *plan)
{
    cJSON *list = cJSON_CreateArray();
    for (size_t i = 0; i < plan->n_splits; i++) {
        const eng_split *split = &plan->splits[i].split;
        const eng_dataset *set = plan->data[plan->splits[i].data].set;
        cJSON *entry = cJSON_CreateObject();
        cJSON_AddStringToObject(entry, "name", set->name);
        cJSON_AddBoolToObject(entry, "synthetic", set->synthetic);
        cJSON_AddNumberToObject(entry, "rows", (double)set->n_rows);
        cJSON_AddNumberToObject(entry, "length", (double)set->length);
        cJSON_AddNumberToObject(entry, "train", (double)split->n_train);
        cJSON_AddNumberToObject(entry, "validation", (double)split->n_val);
        cJSON_AddNumberToObject(entry, "test", (double)split->n_test);
        cJSON_AddNumberToObject(entry, "anomalies", (double)split->n_anomaly);
        cJSON_AddBoolToObject(entry, "fewer_anomalies", split->fewer_anomalies);
        if (set->left_out)
            cJSON_AddStringToObject(entry, "left_out", set->left_out);
        cJSON_AddItemToArray(list, entry);
    }
    return list;
}

static cJSON *make_axes(const cfg *config)
{
    cJSON *axes = cJSON_CreateObject();
    for (size_t a = 0; a < cfg_axis_count(config); a++)
        cJSON_AddNumberToObject(axes, cfg_axis_key(config, a), (double)cfg_axis_length(config, a));
    return axes;
}

static cJSON *make_json(const run_plan *plan, const char *ini, const run_estimate *estimate)
{
    cJSON *root = cJSON_CreateObject();
    cJSON_AddStringToObject(root, "experiment", cfg_name(plan->config));
    cJSON_AddStringToObject(root, "ini", ini);
    cJSON_AddItemToObject(root, "data", make_splits(plan));
    cJSON_AddItemToObject(root, "axes", make_axes(plan->config));
    cJSON_AddNumberToObject(root, "trials", (double)plan->n_trials);
    cJSON_AddNumberToObject(root, "trainings", (double)plan->n_trainings);
    cJSON_AddNumberToObject(root, "epochs", (double)count_epochs(plan));
    if (estimate) {
        cJSON_AddNumberToObject(root, "cohorts", (double)estimate->n_cohorts);
        cJSON_AddNumberToObject(root, "workers", (double)estimate->workers);
        cJSON_AddStringToObject(root, "engine", estimate->engine.engine);
        cJSON_AddStringToObject(root, "isa", estimate->engine.isa);
        cJSON_AddNumberToObject(root, "work_s", estimate->work_s);
        cJSON_AddNumberToObject(root, "wall_s", estimate->wall_s);
    }
    return root;
}

swp_status cli_print_plan(const run_plan *plan, const run_estimate *estimate, bool json,
                          swp_err *err)
{
    swp_status status = SWP_OK;
    char *ini = swp_strdup(cfg_path(plan->config));
    if (!ini)
        return swp_fail(err, SWP_NOMEM, "out of memory");
    swp_make_plain(ini);
    if (json)
        status = cli_print_json(make_json(plan, ini, estimate), err);
    else
        print_text(plan, ini, estimate);
    swp_free(ini);
    return status;
}
