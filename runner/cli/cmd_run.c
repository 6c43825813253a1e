/* sweep run: enrol the plan of an INI file in the store, train what the store lacks, report. Runs
 * of one experiment exclude each other by a lock; what was recorded stays, however the run ends. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/mem.h"
#include "engine/base/str.h"
#include "results/query/study.h"
#include "runner/backend/plugin.h"
#include "runner/cli/cmds.h"
#include "runner/cli/inputs.h"
#include "runner/cli/output.h"
#include "runner/cli/schedule.h"
#include "runner/process/environment.h"
#include "runner/process/lock.h"
#include "runner/process/sched.h"
#include "runner/process/worker.h"

#define MOST_NAMED 10 /* failed trials */
#define PATIENCE_S 60 /* another run may be enrolling a million evaluations */

typedef struct run_setup {
    cfg *config;
    run_plan plan;
    const eng_api *api;
    size_t workers; /* most that may be started */
    res_format format;
} run_setup;

/* The device that is asked for; the command line comes before the file. */
static const char *device_of(const cli_call *call, const cfg_run *run)
{
    return cli_value(call, "device", run->device);
}

/* `auto` never means a GPU: a sweep gives the same bits on every machine, and a trial continues
 * only on the device on which it began. This is said to users who may expect a GPU: those who wrote
 * auto on the command line, and those who have the plug-in. */
static void tell_auto(const cli_call *call, const char *device)
{
    bool has_plugin = run_plugin_exists("cuda");
    if (call->quiet || strcmp(device, "auto") != 0)
        return;
    if (has_plugin)
        fprintf(stderr, "device auto: training on the processor; --device cuda uses a GPU\n");
    else if (cli_value(call, "device", NULL))
        fprintf(stderr, "device auto: training on the processor; there is no GPU engine\n");
}

static swp_status set_up(const cli_call *call, run_setup *setup, swp_err *err)
{
    swp_status status = cli_format(call, RES_TABLE, RES_LATEX, &setup->format, err);
    if (status == SWP_OK)
        status = cli_load_config(call, &setup->config, err);
    if (status != SWP_OK)
        return status;
    const cfg_run *run = cfg_run_of(setup->config);
    status = cli_find_engine(call, device_of(call, run), &setup->api, err);
    if (status == SWP_OK)
        status = cli_find_workers(call, run->workers, setup->api, &setup->workers, err);
    if (status == SWP_OK)
        status = run_plan_init(&setup->plan, setup->config, err);
    return status;
}

static swp_status dry_run(const cli_call *call, const run_setup *setup, swp_err *err)
{
    bool json;
    run_estimate estimate;
    swp_status status = cli_wants_json(call, &json, err);
    if (status == SWP_OK)
        status = run_estimate_make(&setup->plan, setup->api, setup->workers, &estimate, err);
    if (status == SWP_OK)
        status = cli_print_plan(&setup->plan, &estimate, json, err);
    return status;
}

static const char *plural(size_t n)
{
    return n == 1 ? "" : "s";
}

static const char *them(size_t n)
{
    return n == 1 ? "it" : "them";
}

/* Say what is about to be done, and which of the data sets are not real. */
static void announce(const run_study *study, const char *start)
{
    const run_plan *plan = study->plan;
    for (size_t i = 0; i < plan->n_data; i++) {
        const eng_dataset *set = plan->data[i].set;
        if (set->synthetic)
            fprintf(stderr, "%s: %s\n", set->name, set->source);
    }
    fprintf(stderr, "%zu evaluation%s: %zu done%s%s\n", plan->n_evaluations,
            plural(plan->n_evaluations), study->n_evaluations_done, *start ? "; " : "", start);
}

static void describe(const run_study *study, const run_environment *environment)
{
    fprintf(stderr, "store: %s\n", res_store_path(study->store));
    for (size_t i = 0; i < environment->n; i++)
        fprintf(stderr, "%s: %s\n", environment->pairs[i].key, environment->pairs[i].value);
    const res_pair *pairs;
    size_t n;
    cfg_canonical(study->plan->config, &pairs, &n);
    for (size_t i = 0; i < n; i++)
        fprintf(stderr, "%s = %s\n", pairs[i].key, pairs[i].value);
}

static swp_status add_end(const run_study *study, const run_sched_result *result, swp_err *err)
{
    char text[80];
    const char *kind = result->interrupted ? "interrupted" : result->stopped ? "stopped" : "ended";
    snprintf(text, sizeof text, "%zu trials done, %zu failed", result->n_done, result->n_failed);
    const res_event_spec event = {.kind = kind, .text = text};
    return res_event_add(study->store, study->revision, &event, err);
}

/* Say how the work ended. errors CANCELLED when it was interrupted */
static swp_status conclude(cli_call *call, const run_study *study, const run_sched_result *result,
                           size_t n_pending, swp_err *err)
{
    const cfg *config = study->plan->config;
    res_experiment experiment;
    swp_status status = res_experiment_find(study->store, cfg_name(config), &experiment, err);
    if (status == SWP_OK && !call->quiet)
        fprintf(stderr, "%zu evaluation%s: %zu done\n", experiment.n_evaluations,
                plural(experiment.n_evaluations), experiment.n_evaluations_done);
    if (status != SWP_OK)
        return status;
    res_experiment_deinit(&experiment);

    call->some_failed |= result->n_failed > result->n_impossible;
    if (result->stopped)
        fprintf(stderr, "stopped after %zu failure%s in a row\n", cfg_run_of(config)->max_failures,
                plural(cfg_run_of(config)->max_failures));
    if (result->n_failed > 0)
        fprintf(stderr, "%zu of %zu trial%s failed; --retry-failed tries %s again\n",
                result->n_failed, n_pending, plural(n_pending), them(result->n_failed));
    bool is_all_over = result->n_done + result->n_failed == n_pending;
    if (!result->interrupted || is_all_over)
        return SWP_OK;
    status = swp_fail(err, SWP_CANCELLED, "interrupted; every finished epoch is stored");
    swp_hint(err, "the same command continues");
    return status;
}

static swp_status count_work(const run_study *study, const run_sched_options *options,
                             size_t *n_pending, size_t *n_cohorts, swp_err *err)
{
    run_cohort *cohorts;
    swp_status status =
        run_study_cohorts(study, options->api, options->cohort, &cohorts, n_cohorts, err);
    *n_pending = 0;
    for (size_t i = 0; i < *n_cohorts; i++)
        *n_pending += cohorts[i].n;
    run_cohorts_free(cohorts, *n_cohorts);
    return status;
}

static size_t count_failed(const run_study *study)
{
    size_t n = 0;
    for (size_t i = 0; i < study->plan->n_trials; i++)
        n += study->trials[i].state == RES_FAILED;
    return n;
}

/* Say which trials an earlier run gave up, and why. */
static swp_status name_failed(const run_study *study, size_t n_failed, swp_err *err)
{
    res_study stored;
    size_t n_named = 0;
    swp_status status = res_study_load(study->store, cfg_name(study->plan->config), &stored, err);
    for (size_t i = 0; status == SWP_OK && i < stored.n_trials && n_named < MOST_NAMED; i++) {
        const res_trial *t = &stored.trials[i];
        if (t->state != RES_FAILED)
            continue;
        fprintf(stderr, "trial %zu/%zu%s%s: failed before: %s\n", t->number, stored.n_trials,
                *t->label ? " " : "", t->label, t->reason ? t->reason : "");
        n_named++;
    }
    res_study_deinit(&stored);
    if (status != SWP_OK)
        return status;
    if (n_failed > n_named)
        fprintf(stderr, "... and %zu more\n", n_failed - n_named);
    fprintf(stderr, "%zu trial%s failed before; --retry-failed tries %s again\n", n_failed,
            plural(n_failed), them(n_failed));
    return SWP_OK;
}

static swp_status work(cli_call *call, run_study *study, const run_setup *setup,
                       const eng_info *info, swp_err *err)
{
    const cfg_run *run = cfg_run_of(setup->config);
    size_t n_pending, n_cohorts;
    run_sched_options options = {
        .api = setup->api,
        .cores = setup->workers,
        .timeout_s = run->timeout_s,
        .memory = run->memory,
        .cohort = run_cohort_memory(info, setup->workers, run->memory),
        .tf32 = run->tf32 == CFG_ON,
        .retries = run->retries,
        .max_failures = run->max_failures,
    };
    swp_status status = count_work(study, &options, &n_pending, &n_cohorts, err);
    if (status != SWP_OK)
        return status;
    options.workers = setup->workers < n_pending ? setup->workers : n_pending;
    char start[128] = "";
    size_t used = options.workers < n_cohorts ? options.workers : n_cohorts;
    if (n_pending > 0)
        snprintf(start, sizeof start, "%zu trial%s to run on %zu worker%s (%s %s)", n_pending,
                 plural(n_pending), used, plural(used), info->engine, info->isa);
    if (!call->quiet)
        announce(study, start);
    if (n_pending > 0)
        tell_auto(call, device_of(call, run));
    size_t n_failed = count_failed(study);
    call->some_failed = n_failed > 0;
    if (n_failed > 0)
        status = name_failed(study, n_failed, err);
    if (n_pending == 0 || status != SWP_OK)
        return status;
    run_sched_result result;
    const res_event_spec event = {.kind = "started", .text = start};
    status = res_event_add(study->store, study->revision, &event, err);
    if (status == SWP_OK)
        status = cli_schedule(call, study, &options, &result, err);
    if (status == SWP_OK)
        status = add_end(study, &result, err);
    return status == SWP_OK ? conclude(call, study, &result, n_pending, err) : status;
}

static swp_status train(cli_call *call, const run_setup *setup, swp_err *err)
{
    eng_info info;
    run_environment environment;
    run_study study = {0};
    run_lock lock = {0};
    res_store *store = NULL;
    size_t n_devices;
    const cfg_run *run = cfg_run_of(setup->config);
    swp_status status = run_worker_probe(setup->api, run->tf32 == CFG_ON, run->timeout_s, &info, 1,
                                         &n_devices, err);
    if (status == SWP_OK)
        status = res_store_open(cli_value(call, "db", CLI_DEFAULT_DB), RES_WRITE, &store, err);
    if (status == SWP_OK) {
        res_store_set_patience(store, PATIENCE_S);
        status = run_lock_take(&lock, res_store_path(store), cfg_name(setup->config), err);
    }
    if (status != SWP_OK)
        goto done;
    run_environment_init(&environment, &info);
    const run_study_spec spec = {
        .environment = environment.pairs,
        .n_environment = environment.n,
        .fresh = cli_flag(call, "fresh"),
        .retry_failed = cli_flag(call, "retry-failed"),
    };
    status = run_study_init(&study, &setup->plan, store, &spec, err);
    if (status == SWP_OK && call->verbose)
        describe(&study, &environment);
    if (status == SWP_OK)
        status = work(call, &study, setup, &info, err);
    if (status == SWP_OK && !call->quiet) {
        const res_report_options options = {.format = setup->format};
        status = res_report_write(store, cfg_name(setup->config), &options, stdout, err);
    }
done:
    run_study_deinit(&study);
    res_store_close(store);
    run_lock_release(&lock);
    return status;
}

static swp_status run(cli_call *call, swp_err *err)
{
    run_setup setup = {0};
    swp_status status = set_up(call, &setup, err);
    if (status == SWP_OK)
        status = cli_flag(call, "dry-run") ? dry_run(call, &setup, err) : train(call, &setup, err);
    run_plan_deinit(&setup.plan);
    cfg_destroy(setup.config);
    return status;
}

static const cli_option options[] = {
    CLI_OPTION_DB,
    CLI_OPTION_SET,
    {.name = "workers",
     .argument = "N",
     .help = "worker processes; auto is one per core, one in all for cuda"},
    {.name = "device", .argument = "DEVICE", .help = "auto, cpu or cuda"},
    {.name = "dry-run", .help = "print the plan and how long it takes; touch no store"},
    {.name = "fresh", .help = "start over: use nothing that is stored"},
    {.name = "retry-failed", .help = "try trials again that failed in an earlier run"},
    CLI_OPTION_FORMAT("of the report: table, md, latex, csv or json"),
    CLI_OPTION_END,
};

const cli_command cmd_run = {
    .name = "run",
    .operands = "FILE.ini",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "Train what an experiment needs, then report",
    .notes = "What the store already has is used again; an interrupted run is continued by the\n"
             "same command, to the same bits. What failed stays failed until --retry-failed.\n"
             "Ctrl-C or SIGTERM finishes the running epochs first, a second one ends at once.",
    .options = options,
    .run = run,
};
