/* sweep collect: merge what tasks have published into a store. */
#include <stdio.h>
#include <string.h>

#include "engine/base/str.h"
#include "results/query/query.h"
#include "runner/backend/state.h"
#include "runner/cli/cmds.h"
#include "runner/cli/inputs.h"
#include "runner/cli/output.h"
#include "runner/cluster/shards.h"
#include "runner/metrics/series.h"
#include "runner/plan/baselines.h"
#include "runner/plan/study.h"
#include "runner/process/environment.h"
#include "runner/process/lock.h"

typedef struct collection {
    run_manifest manifest;
    res_store *store;
    run_study study;
    res_merge merge;
    const char *shard; /* which is being merged */
    size_t n_shards, n_bad;
} collection;

/* --- shards ----------------------------------------------------------------------------------- */

static void name_clash(void *context, const char *key, const char *what)
{
    const collection *c = context;
    const run_plan *plan = &c->manifest.plan;
    size_t number = 0;
    while (number < plan->n_trials && strcmp(plan->trials[number].key, key) != 0)
        number++;
    fprintf(stderr, "MISMATCH: %s: trial %zu: %s; none of its epochs were taken\n", c->shard,
            number + 1, what);
}

static void name_bad(void *context, const char *text)
{
    collection *c = context;
    c->n_bad++;
    fprintf(stderr, "left out: %s\n", text);
}

static swp_status take(void *context, const res_shard *shard, swp_err *err)
{
    collection *c = context;
    size_t n_before = c->merge.n_trials + c->merge.n_clashes;
    c->shard = shard->name;
    swp_status status = res_shard_merge(c->store, c->study.revision, shard, &c->merge, err);
    if (status != SWP_OK)
        return status;
    if (c->merge.n_trials + c->merge.n_clashes == n_before)
        return swp_fail(err, SWP_FORMAT, "%s: no trial of this plan", shard->name);
    c->n_shards++;
    return SWP_OK;
}

/* --- the store -------------------------------------------------------------------------------- */

/* The plan says which device was used: this machine may not have it. */
static swp_status enrol(collection *c, swp_err *err)
{
    eng_info info = {.device = "cluster"};
    run_environment environment;
    snprintf(info.engine, sizeof info.engine, "%s", c->manifest.device);
    snprintf(info.isa, sizeof info.isa, "%s", c->manifest.isa);
    const cfg_command *command = cfg_command_of(c->manifest.config);
    if (command) {
        run_environment_init_command(&environment, command->run);
        run_environment_add(&environment, RES_SHARED_KEY, c->manifest.folder);
    } else {
        run_environment_init(&environment, &info);
    }
    const run_study_spec spec = {.environment = environment.pairs, .n_environment = environment.n};
    swp_status status = run_study_init(&c->study, &c->manifest.plan, c->store, &spec, err);
    return status == SWP_OK ? run_baselines_record(&c->study, err) : status;
}

static swp_status print_json(const collection *c, const res_experiment *e, swp_err *err)
{
    swp_json json = {0};
    swp_json_object(&json, NULL);
    swp_json_text(&json, "experiment", e->name);
    swp_json_size(&json, "shards", c->n_shards);
    swp_json_size(&json, "unusable", c->n_bad);
    swp_json_size(&json, "new_epochs", c->merge.n_new);
    swp_json_size(&json, "known_epochs", c->merge.n_known);
    swp_json_size(&json, "mismatches", c->merge.n_clashes);
    swp_json_size(&json, "trials", e->n_trials);
    swp_json_size(&json, "trials_done", e->n_trials_done);
    swp_json_size(&json, "trials_failed", e->n_trials_failed);
    swp_json_size(&json, "evaluations", e->n_evaluations);
    swp_json_size(&json, "evaluations_done", e->n_evaluations_done);
    swp_json_end_object(&json);
    return cli_print_json(&json, err);
}

static void print_text(const collection *c, const res_experiment *e)
{
    printf("shards      %zu merged, %zu left out\n"
           "epochs      %zu new, %zu known already\n"
           "mismatches  %zu\n"
           "trials      %zu: %zu done, %zu failed\n"
           "evaluations %zu: %zu done\n",
           c->n_shards, c->n_bad, c->merge.n_new, c->merge.n_known, c->merge.n_clashes, e->n_trials,
           e->n_trials_done, e->n_trials_failed, e->n_evaluations, e->n_evaluations_done);
}

static swp_status conclude(cli_call *call, const collection *c, bool json, swp_err *err)
{
    res_experiment experiment;
    swp_status status =
        res_experiment_find(c->store, cfg_name(c->manifest.config), &experiment, err);
    if (status != SWP_OK)
        return status;
    if (json)
        status = print_json(c, &experiment, err);
    else
        print_text(c, &experiment);
    call->some_failed = c->n_bad + c->merge.n_clashes + experiment.n_trials_failed > 0;
    res_experiment_deinit(&experiment);
    return status;
}

static swp_status run(cli_call *call, swp_err *err)
{
    bool json;
    collection c = {.merge = {.clash = name_clash,
                              .is_model = run_shard_is_model,
                              .is_state = run_state_is_whole,
                              .is_command_state = run_series_is_state}};
    run_lock lock = {0};
    c.merge.context = &c;
    const run_shard_visitor visitor = {take, name_bad, &c};
    swp_status status = cli_wants_json(call, &json, err);
    if (status == SWP_OK)
        status = run_manifest_load(&c.manifest, call->operands[0], err);
    if (status == SWP_OK)
        status = res_store_open(cli_value(call, "db", CLI_DEFAULT_DB), RES_WRITE, &c.store, err);
    if (status == SWP_OK)
        status = run_lock_take(&lock, res_store_path(c.store), cfg_name(c.manifest.config), err);
    if (status == SWP_OK)
        status = enrol(&c, err);
    if (status == SWP_OK)
        status = run_shards_visit(&c.manifest, RUN_ALL_TASKS, &visitor, err);
    if (status == SWP_OK)
        status = conclude(call, &c, json, err);
    run_study_deinit(&c.study);
    res_store_close(c.store);
    run_lock_release(&lock);
    run_manifest_deinit(&c.manifest);
    return status;
}

static const cli_option options[] = {CLI_OPTION_DB, CLI_OPTION_FORMAT("table or json"),
                                     CLI_OPTION_END};

const cli_command cmd_collect = {
    .name = "collect",
    .operands = "FOLDER",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "Merge what tasks have published into the store",
    .notes =
        "May be repeated at any time, also while tasks run. Results that are already there are\n"
        "compared bit for bit. What differs or cannot be used is named and left out (exit code\n"
        "1).",
    .options = options,
    .run = run,
};
