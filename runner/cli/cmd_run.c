/* sweep run: enrol the plan of an INI file in the store, train what the store lacks, report. Runs
 * of one experiment exclude each other by a lock; what was recorded stays, however the run ends. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/mem.h"
#include "engine/base/str.h"
#include "results/query/study.h"
#include "runner/backend/plugin.h"
#include "runner/cli/cmds.h"
#include "runner/cli/inputs.h"
#include "runner/cli/output.h"
#include "runner/cli/schedule.h"
#include "runner/plan/baselines.h"
#include "runner/plan/search_study.h"
#include "runner/process/environment.h"
#include "runner/process/host.h"
#include "runner/process/lock.h"
#include "runner/process/sched.h"
#include "runner/process/worker.h"

#define MOST_NAMED 10 /* failed trials */
#define PATIENCE_S 60 /* another run may be enrolling a million evaluations */

typedef struct run_setup {
    cfg *config;
    run_plan plan;
    const eng_api *api;          /* NULL: a command trains */
    cfg_description description; /* of a command */
    size_t workers;              /* most that may be started */
    double limit_s;              /* of --for; 0 = none */
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

/* --same-script: take the files of the command for those of the experiment's latest revision. */
static swp_status take_scripts(const cli_call *call, cfg *config, swp_err *err)
{
    res_store *store = NULL;
    res_experiment experiment;
    res_pair *settings = NULL;
    size_t n = 0;
    const char *path = cli_value(call, "db", CLI_DEFAULT_DB);
    if (!cli_flag(call, "same-script") || access(path, F_OK) != 0)
        return SWP_OK;
    swp_status status = res_store_open(path, RES_READ, &store, err);
    if (status == SWP_OK)
        status = res_experiment_find(store, cfg_name(config), &experiment, err);
    if (status == SWP_OK) {
        status = res_settings_list(store, experiment.revision_id, &settings, &n, err);
        res_experiment_deinit(&experiment);
    }
    if (status == SWP_OK)
        status = cfg_take_stored_scripts(config, settings, n, err);
    res_pairs_free(settings, n);
    res_store_close(store);
    return status == SWP_CONFIG ? SWP_OK : status; /* there is no such experiment yet */
}

static swp_status set_up_command(const cli_call *call, run_setup *setup, swp_err *err)
{
    const char *device = cli_value(call, "device", "auto");
    if (strcmp(device, "auto") != 0) {
        swp_status status =
            swp_fail(err, SWP_USAGE, "--device: expected auto for the command of %s, found \"%s\"",
                     cfg_path(setup->config), device);
        swp_hint(err, "a command chooses its device itself; run.gpus says which GPUs it sees");
        return status;
    }
    swp_status status = take_scripts(call, setup->config, err);
    return status == SWP_OK
               ? cli_prepare_command(call, setup->config, &setup->description, &setup->workers, err)
               : status;
}

static swp_status set_up_engine(const cli_call *call, run_setup *setup, swp_err *err)
{
    const cfg_run *run = cfg_run_of(setup->config);
    swp_status status = cli_find_engine(call, device_of(call, run), &setup->api, err);
    return status == SWP_OK ? cli_find_workers(call, run->workers, setup->api, &setup->workers, err)
                            : status;
}

static swp_status parse_limit(const cli_call *call, double *limit_s, swp_err *err)
{
    const char *text = cli_value(call, "for", NULL);
    if (!text || cfg_parse_duration(text, limit_s))
        return SWP_OK;
    return swp_fail(err, SWP_USAGE, "--for: expected a duration (90s, 10m, 2h), found \"%s\"",
                    text);
}

static swp_status set_up(const cli_call *call, run_setup *setup, swp_err *err)
{
    swp_status status = cli_format(call, RES_TABLE, RES_LATEX, &setup->format, err);
    if (status == SWP_OK)
        status = parse_limit(call, &setup->limit_s, err);
    if (status == SWP_OK)
        status = cli_load_config(call, &setup->config, err);
    if (status != SWP_OK)
        return status;
    status = cfg_command_of(setup->config) ? set_up_command(call, setup, err)
                                           : set_up_engine(call, setup, err);
    if (status == SWP_OK)
        status = run_plan_init(&setup->plan, setup->config, err);
    return status;
}

/* The first step at which a trial may be stopped for a while, else its last. */
static size_t first_budget(const run_plan *plan)
{
    const cfg_search *search = cfg_search_of(plan->config);
    size_t last = plan->trials[0].max_epochs;
    bool pauses = strcmp(search->stop, "halving") == 0; /* under median it runs ahead */
    return pauses && search->min_steps < last ? search->min_steps : last;
}

/* What the first trial would execute. */
static swp_status show_command(const cli_call *call, run_setup *setup, bool json, swp_err *err)
{
    swp_status status = run_plan_propose_first(&setup->plan, err);
    if (status != SWP_OK)
        return status;
    run_invocation first = {0};
    run_param *params = NULL;
    swp_buf folder = {0};
    const cfg_settings *settings = &setup->plan.trials[0].settings;
    swp_buf_printf(&folder, "%s-trials/1", cli_value(call, "db", CLI_DEFAULT_DB));
    const run_command_attempt attempt = {.trial = 1,
                                         .number = 1,
                                         .folder = folder.failed ? "" : folder.text,
                                         .budget = first_budget(&setup->plan),
                                         .threads = 1};
    status = cfg_params_list(settings, &params, err);
    if (status == SWP_OK)
        status = run_command_expand(&setup->description.command, params, cfg_param_count(settings),
                                    &attempt, &first, err);
    if (status == SWP_OK)
        status = cli_print_plan(&setup->plan, NULL, &first, json, err);
    run_invocation_deinit(&first);
    swp_buf_deinit(&folder);
    swp_free(params);
    return status;
}

static swp_status dry_run(const cli_call *call, run_setup *setup, swp_err *err)
{
    bool json, is_search = cfg_is_search(setup->config);
    run_estimate estimate;
    swp_status status = cli_wants_json(call, &json, err);
    if (status == SWP_OK && !setup->api)
        return show_command(call, setup, json, err);
    if (status == SWP_OK && !is_search) /* a search does not know yet what it will train */
        status = run_estimate_make(&setup->plan, setup->api, setup->workers, &estimate, err);
    if (status == SWP_OK)
        status = cli_print_plan(&setup->plan, is_search ? NULL : &estimate, NULL, json, err);
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

/* What is counted: a command's trial has one evaluation, and is called a trial. */
static size_t count_rows(const run_study *study)
{
    return cfg_command_of(study->plan->config) ? study->plan->n_trials : study->plan->n_evaluations;
}

static const char *row_name(const run_study *study)
{
    return cfg_command_of(study->plan->config) ? "trial" : "evaluation";
}

static size_t count_done(const run_study *study)
{
    size_t n = 0;
    if (!cfg_command_of(study->plan->config))
        return study->n_evaluations_done;
    for (size_t i = 0; i < study->plan->n_trials; i++)
        n += study->trials[i].state == RES_DONE;
    return n;
}

/* Say what is about to be done, and which of the data sets are not real. */
static void announce(const run_study *study, const char *start)
{
    const run_plan *plan = study->plan;
    for (size_t i = 0; i < plan->n_data; i++) {
        const eng_dataset *set = plan->data[i].set;
        if (set->synthetic)
            fprintf(stderr, "%s: %s\n", set->name, set->source);
        if (plan->data[i].also)
            fprintf(stderr, "%s holds the same data as %s: trained once, for both\n",
                    plan->data[i].also, plan->data[i].path);
    }
    size_t n = count_rows(study);
    fprintf(stderr, "%zu %s%s: %zu done%s%s\n", n, row_name(study), plural(n), count_done(study),
            *start ? "; " : "", start);
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

/* Say how many trials failed, and of a command where its own words are. */
static void tell_failed(const run_study *study, size_t n_failed, size_t n_tried)
{
    size_t i = 0;
    fprintf(stderr, "%zu of %zu trial%s failed; --retry-failed tries %s again\n", n_failed, n_tried,
            plural(n_tried), them(n_failed));
    while (i < study->plan->n_trials && study->trials[i].state != RES_FAILED)
        i++;
    if (cfg_command_of(study->plan->config) && i < study->plan->n_trials)
        fprintf(stderr, "`sweep show %zu --log` prints what trial %zu wrote\n", i + 1, i + 1);
}

/* Say how the work ended. errors CANCELLED when it was interrupted */
static swp_status conclude(cli_call *call, const run_study *study, const run_sched_result *result,
                           size_t n_pending, swp_err *err)
{
    bool is_all_over = study->search ? run_search_study_is_over(study->search)
                                     : result->n_done + result->n_failed == n_pending;
    const cfg *config = study->plan->config;
    res_experiment experiment;
    swp_status status = res_experiment_find(study->store, cfg_name(config), &experiment, err);
    if (status == SWP_OK && !call->quiet)
        fprintf(stderr, "%zu %s%s: %zu done\n", experiment.n_evaluations, row_name(study),
                plural(experiment.n_evaluations), experiment.n_evaluations_done);
    if (status != SWP_OK)
        return status;
    res_experiment_deinit(&experiment);

    call->some_failed |= result->n_failed > result->n_impossible;
    if (result->stopped)
        fprintf(stderr, "stopped after %zu failure%s in a row\n", cfg_run_of(config)->max_failures,
                plural(cfg_run_of(config)->max_failures));
    if (result->n_failed > 0)
        tell_failed(study, result->n_failed, n_pending);
    if (!result->interrupted || is_all_over)
        return SWP_OK;
    status = swp_fail(err, SWP_CANCELLED, "%s; every finished epoch is stored",
                      result->out_of_time ? "time is over" : "interrupted");
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

/* Trials that the run may yet train: of a search, those that are not over or not proposed yet. */
static size_t count_pending(const run_study *study)
{
    const run_search_counts counts = run_search_study_count(study->search);
    if (run_search_study_is_over(study->search))
        return 0;
    return counts.trials - counts.done - counts.paused - counts.failed;
}

/* "3 trials to run on 2 workers", or how far a search is. */
static void describe_start(const run_study *study, size_t n_pending, size_t workers,
                           const eng_info *info, swp_buf *out)
{
    if (study->search && n_pending > 0) {
        const run_search_counts counts = run_search_study_count(study->search);
        swp_buf_printf(out, "%s: %zu of %zu trials proposed, ",
                       cfg_search_of(study->plan->config)->strategy,
                       counts.proposed + counts.confirming, counts.trials);
        if (counts.slots > 0)
            swp_buf_printf(out, "%zu slots, ", counts.slots);
    }
    if (n_pending > 0)
        swp_buf_printf(out, "%zu trial%s to run on %zu worker%s (%s%s%s)", n_pending,
                       plural(n_pending), workers, plural(workers), info->engine,
                       *info->isa ? " " : "", info->isa);
}

static swp_status schedule(cli_call *call, run_study *study, const run_sched_options *usual,
                           run_sched_result *result, swp_err *err)
{
    run_source source = {.context = NULL};
    run_sched_options options = *usual;
    const run_backend_setup setup = {
        .engine = options.api, .inputs = run_plan_inputs(study->plan), .cohort = options.cohort};
    swp_status status = SWP_OK;
    if (study->search) {
        status = run_source_of_search(study, &setup, options.workers, &source, err);
        options.source = &source;
    }
    if (status == SWP_OK)
        status = cli_schedule(call, study, &options, result, err);
    run_source_of_search_free(&source);
    return status;
}

static swp_status work(cli_call *call, run_study *study, const run_setup *setup,
                       const eng_info *info, swp_err *err)
{
    const cfg_run *run = cfg_run_of(setup->config);
    size_t n_pending, n_cohorts;
    run_sched_options options = {
        .api = setup->api,
        .cores = setup->api ? setup->workers : run_cores(),
        .timeout_s = run->timeout_s,
        .memory = run->memory,
        .cohort = setup->api ? run_cohort_memory(info, setup->workers, run->memory) : 0,
        .tf32 = run->tf32 == CFG_ON,
        .command = setup->api ? NULL : &setup->description.command,
        .retries = run->retries,
        .max_failures = run->max_failures,
        .limit_s = setup->limit_s,
    };
    swp_status status = count_work(study, &options, &n_pending, &n_cohorts, err);
    if (status != SWP_OK)
        return status;
    if (study->search)
        n_pending = n_cohorts = count_pending(study);
    options.workers = setup->workers < n_pending ? setup->workers : n_pending;
    swp_buf line = {0};
    describe_start(study, n_pending, options.workers < n_cohorts ? options.workers : n_cohorts,
                   info, &line);
    const char *start = line.text && !line.failed ? line.text : "";
    if (!call->quiet)
        announce(study, start);
    if (n_pending > 0 && setup->api)
        tell_auto(call, device_of(call, run));
    size_t n_failed = count_failed(study);
    call->some_failed = n_failed > 0;
    if (n_failed > 0)
        status = name_failed(study, n_failed, err);
    run_sched_result result;
    const res_event_spec event = {.kind = "started", .text = start};
    if (status == SWP_OK && n_pending > 0)
        status = res_event_add(study->store, study->revision, &event, err);
    swp_buf_deinit(&line);
    if (n_pending == 0 || status != SWP_OK)
        return status;
    status = schedule(call, study, &options, &result, err);
    if (status == SWP_OK)
        status = add_end(study, &result, err);
    return status == SWP_OK ? conclude(call, study, &result, n_pending, err) : status;
}

static swp_status train(cli_call *call, run_setup *setup, swp_err *err)
{
    eng_info info;
    run_environment environment;
    run_study study = {0};
    run_lock lock = {0};
    res_store *store = NULL;
    size_t n_devices;
    const cfg_run *run = cfg_run_of(setup->config);
    swp_status status = SWP_OK;
    info = (eng_info){.engine = "command"};
    if (setup->api)
        status = run_worker_probe(setup->api, run->tf32 == CFG_ON, run->timeout_s, &info, 1,
                                  &n_devices, err);
    if (status == SWP_OK)
        status = res_store_open(cli_value(call, "db", CLI_DEFAULT_DB), RES_WRITE, &store, err);
    if (status == SWP_OK) {
        res_store_set_patience(store, PATIENCE_S);
        status = run_lock_take(&lock, res_store_path(store), cfg_name(setup->config), err);
    }
    if (status != SWP_OK)
        goto done;
    if (setup->api)
        run_environment_init(&environment, &info);
    else
        run_environment_init_command(&environment, setup->description.command.run);
    const run_study_spec spec = {
        .environment = environment.pairs,
        .n_environment = environment.n,
        .fresh = cli_flag(call, "fresh"),
        .retry_failed = cli_flag(call, "retry-failed"),
    };
    status = run_study_init(&study, &setup->plan, store, &spec, err);
    if (status == SWP_OK)
        status = run_baselines_record(&study, err);
    if (status == SWP_OK && call->verbose)
        describe(&study, &environment);
    if (status == SWP_OK)
        status = work(call, &study, setup, &info, err);
    if (status == SWP_OK && study.search) /* of the trials that it has proposed */
        status = run_baselines_record(&study, err);
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
    cfg_description_deinit(&setup.description);
    cfg_destroy(setup.config);
    return status;
}

#define RUN_FORMATS "table, md, latex, csv or json"

static const cli_option options[] = {
    CLI_OPTION_DB,
    CLI_OPTION_SET,
    {.name = "workers",
     .argument = "N",
     .help = "worker processes; auto is one per core, one in all for cuda"},
    CLI_OPTION_DEVICE,
    {.name = "dry-run", .help = "print the plan and an estimate of its time; touch no store"},
    {.name = "for", .argument = "TIME", .help = "pause after this time (90s, 10m, 2h)"},
    {.name = "fresh", .help = "start over: use nothing that is stored"},
    {.name = "retry-failed", .help = "try trials again that failed in an earlier run"},
    {.name = "same-script", .help = "treat a command's files as unchanged since the last run"},
    {.name = "format",
     .argument = "FORMAT",
     .help = "of the report: " RUN_FORMATS,
     .values = RUN_FORMATS},
    CLI_OPTION_END,
};

const cli_command cmd_run = {
    .name = "run",
    .operands = "FILE.ini",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "Train what an experiment needs, then report",
    .notes =
        "Results that the store already has are used again. The same command continues an\n"
        "interrupted run, to the same bits. Failed trials are tried again only with\n"
        "--retry-failed. Ctrl-C or SIGTERM finishes the running epochs first, and so does --for\n"
        "when its time is over; a second signal ends at once. Nothing is lost; the exit code is\n"
        "then 130 unless everything was done.\n"
        "A search ([search] strategy or stop) continues with more trials, another confirm or\n"
        "larger train.epochs; any other change is a new revision.",
    .options = options,
    .run = run,
};
