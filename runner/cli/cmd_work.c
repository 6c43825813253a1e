/* sweep work: train one task of a submitted plan in a store of its own on this machine, and publish
 * that store in the shared folder from time to time and at the end. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/base/mem.h"
#include "engine/base/path.h"
#include "runner/backend/state.h"
#include "runner/cli/cmds.h"
#include "runner/cli/inputs.h"
#include "runner/cli/schedule.h"
#include "runner/cluster/attempt.h"
#include "runner/cluster/slurm.h"
#include "runner/command/folder.h"
#include "runner/metrics/series.h"
#include "runner/process/environment.h"
#include "runner/process/host.h"
#include "runner/process/stop.h"
#include "runner/process/worker.h"

#define MOST_REQUEUES 50

typedef struct task {
    cli_call *call;
    run_manifest manifest;
    size_t number;
    const eng_api *api;          /* NULL: a command trains */
    cfg_description description; /* of a command */
    char *folders;               /* of its trials, in the shared folder */
    size_t workers;
    run_attempt attempt;
    res_store *store;
    run_study study;
} task;

static swp_status find_task(task *t, swp_err *err)
{
    const char *plan = cli_value(t->call, "plan", NULL), *number = cli_value(t->call, "task", NULL);
    if (!plan || !number)
        return swp_fail(err, SWP_USAGE, "work: expected --plan and --task");
    swp_status status = run_manifest_load(&t->manifest, plan, err);
    if (status == SWP_OK)
        status = run_manifest_check_program(&t->manifest, err);
    if (status == SWP_OK)
        status = cli_number(t->call, "task", 0, t->manifest.n_tasks - 1, 0, &t->number, err);
    return status;
}

/* Checkpoints and logs lie in the shared folder, so that the next attempt continues from there on
 * any machine. */
static swp_status set_up_command(task *t, swp_err *err)
{
    t->folders = swp_path_join(t->manifest.folder, RUN_TRIAL_FOLDERS);
    if (!t->folders)
        return swp_fail(err, SWP_NOMEM, "out of memory for a task");
    return cli_prepare_command(t->call, t->manifest.config, &t->description, &t->workers, err);
}

static swp_status set_up_engine(task *t, swp_err *err)
{
    swp_status status = cli_find_engine(t->call, t->manifest.device, &t->api, err);
    return status == SWP_OK ? cli_find_workers(t->call, cfg_run_of(t->manifest.config)->workers,
                                               t->api, &t->workers, err)
                            : status;
}

/* All tasks use the instruction set that the plan names, so that their bits agree. */
static swp_status set_up(task *t, swp_err *err)
{
    swp_status status = find_task(t, err);
    if (status == SWP_OK && cfg_command_of(t->manifest.config))
        status = set_up_command(t, err);
    else if (status == SWP_OK)
        status = set_up_engine(t, err);
    if (status == SWP_OK && *t->manifest.isa)
        setenv("SWEEP_ISA", t->manifest.isa, 1);
    if (status == SWP_OK)
        run_plan_restrict(&t->manifest.plan, t->manifest.members + t->manifest.first[t->number],
                          t->manifest.first[t->number + 1] - t->manifest.first[t->number]);
    return status;
}

/* --- what others have done -------------------------------------------------------------------- */

static void name_clash(void *context, const char *key, const char *what)
{
    (void)context;
    fprintf(stderr, "trial %.12s: %s: it is left out\n", key, what);
}

static void name_bad(void *context, const char *text)
{
    (void)context;
    fprintf(stderr, "left out: %s\n", text);
}

static swp_status take_over(void *context, const res_shard *shard, swp_err *err)
{
    task *t = context;
    res_merge merge = {.clash = name_clash,
                       .is_model = run_shard_is_model,
                       .is_state = run_state_is_whole,
                       .is_command_state = run_series_is_state};
    return res_shard_merge(t->store, t->study.revision, shard, &merge, err);
}

/* Begin where earlier attempts stopped. */
static swp_status enrol(task *t, const eng_info *info, swp_err *err)
{
    run_environment environment;
    if (t->api)
        run_environment_init(&environment, info);
    else
        run_environment_init_command(&environment, t->description.command.run);
    const run_study_spec spec = {.environment = environment.pairs, .n_environment = environment.n};
    const run_shard_visitor visitor = {take_over, name_bad, t};
    swp_status status = run_study_init(&t->study, &t->manifest.plan, t->store, &spec, err);
    if (status == SWP_OK)
        status = run_shards_visit(&t->manifest, t->number, &visitor, err);
    run_attempt_mark(&t->attempt);
    if (status == SWP_OK)
        status = run_study_refresh(&t->study, cli_flag(t->call, "retry-failed"), err);
    return status;
}

/* --- training --------------------------------------------------------------------------------- */

static size_t count(const run_study *study, res_state state)
{
    size_t n = 0;
    for (size_t i = 0; i < study->plan->n_trials; i++)
        n += study->trials[i].state == state;
    return n;
}

static size_t count_open(const run_study *study)
{
    return count(study, RES_WAITING) + count(study, RES_RUNNING);
}

static swp_status train(task *t, const eng_info *info, swp_err *err)
{
    const cfg_run *run = cfg_run_of(t->manifest.config);
    size_t n_pending = count_open(&t->study), n = t->manifest.plan.n_trials;
    fprintf(stderr, "task %zu: %zu trial%s, %zu to run (%s%s%s)\n", t->number, n, n == 1 ? "" : "s",
            n_pending, info->engine, *info->isa ? " " : "", info->isa);
    if (n_pending == 0 || run_stop_count() > 0)
        return SWP_OK;
    run_sched_options options = {
        .api = t->api,
        .workers = t->workers < n_pending ? t->workers : n_pending,
        .cores = t->api ? t->workers : run_cores(),
        .timeout_s = run->timeout_s,
        .memory = run->memory,
        .cohort = t->api ? run_cohort_memory(info, t->workers, run->memory) : 0,
        .tf32 = run->tf32 == CFG_ON,
        .command = t->api ? NULL : &t->description.command,
        .folders = t->folders,
        .retries = run->retries,
        .max_failures = run->max_failures,
        .after_round = run_attempt_tend,
        .context = &t->attempt,
    };
    run_sched_result result;
    swp_status status = cli_schedule(t->call, &t->study, &options, &result, err);
    swp_err undelivered = {0};
    swp_status delivered = run_attempt_deliver(&t->attempt, &undelivered);
    if (status == SWP_OK && delivered != SWP_OK) {
        swp_err_copy(err, &undelivered);
        return delivered;
    }
    return status;
}

/* Folders of done trials keep only what their command wrote: the metric lines are published. */
static void tidy_folders(const task *t)
{
    for (size_t i = 0; t->folders && i < t->study.plan->n_trials; i++) {
        const bool is_done = t->study.trials[i].state == RES_DONE;
        char *path = is_done ? swp_path_join(t->folders, t->study.plan->trials[i].key) : NULL;
        if (path)
            run_folder_tidy(path);
        swp_free(path);
    }
}

/* Before a time limit, Slurm sends SIGUSR1: then the job asks for another turn. */
static swp_status stop(swp_err *err)
{
    const run_slurm_job job = run_slurm_job_get();
    swp_err cause = {0};
    swp_status status = swp_fail(err, SWP_CANCELLED, "interrupted; what was trained is published");
    swp_hint(err, "`sweep submit` again, or this command, continues");
    if (run_stop_signal() != SIGUSR1 || !*job.name)
        return status;
    if (job.restarts >= MOST_REQUEUES)
        fprintf(stderr, "job %s was requeued %d times: it stays out of the queue\n", job.name,
                MOST_REQUEUES);
    else if (run_slurm_requeue(&job, &cause) == SWP_OK)
        fprintf(stderr, "job %s goes back into the queue\n", job.name);
    else
        fprintf(stderr, "job %s cannot go back into the queue: %s\n", job.name, cause.text);
    return status;
}

static swp_status conclude(task *t, swp_err *err)
{
    size_t n_pending = count_open(&t->study), n_failed = count(&t->study, RES_FAILED);
    fprintf(stderr, "task %zu: %zu done, %zu failed, %zu left\n", t->number,
            count(&t->study, RES_DONE), n_failed, n_pending);
    t->call->some_failed |= n_failed > 0;
    return n_pending > 0 && run_stop_count() > 0 ? stop(err) : SWP_OK;
}

static swp_status run(cli_call *call, swp_err *err)
{
    eng_info info;
    size_t n_devices;
    task t = {.call = call};
    run_stop_catch();
    swp_status status = set_up(&t, err);
    info = (eng_info){.engine = RUN_BACKEND_COMMAND};
    if (status == SWP_OK && t.api) {
        const cfg_run *configured = cfg_run_of(t.manifest.config);
        status = run_worker_probe(t.api, configured->tf32 == CFG_ON, configured->timeout_s, &info,
                                  1, &n_devices, err);
    }
    if (status == SWP_OK)
        status = run_attempt_begin(&t.attempt, &t.manifest, t.number,
                                   cli_value(call, "scratch", NULL), err);
    if (status == SWP_OK)
        status = res_store_open(t.attempt.local, RES_SHARD, &t.store, err);
    if (status == SWP_OK)
        status = enrol(&t, &info, err);
    if (status == SWP_OK)
        status = train(&t, &info, err);
    if (status == SWP_OK) {
        tidy_folders(&t);
        status = conclude(&t, err);
    }
    run_study_deinit(&t.study);
    res_store_close(t.store);
    run_attempt_end(&t.attempt);
    cfg_description_deinit(&t.description);
    swp_free(t.folders);
    run_manifest_deinit(&t.manifest);
    run_stop_release();
    return status;
}

static const cli_option options[] = {
    {.name = "plan", .argument = "FOLDER", .help = "the shared folder that `sweep submit` made"},
    {.name = "task", .argument = "N", .help = "which of its tasks, from 0"},
    {.name = "workers",
     .argument = "N",
     .help = "worker processes; auto is one per core, one in all for cuda"},
    {.name = "scratch",
     .argument = "FOLDER",
     .help = "where to work on this machine ($TMPDIR, else /tmp)"},
    {.name = "retry-failed", .help = "try trials again that failed in an earlier attempt"},
    CLI_OPTION_END,
};

const cli_command cmd_work = {
    .name = "work",
    .operands = "",
    .summary = "Train one task of a submitted experiment",
    .notes =
        "Batch scripts and the commands of `sweep submit --on none` call this. It continues from\n"
        "the furthest state that earlier attempts have published, on any machine that sees the\n"
        "folder. SIGTERM publishes what is recorded, finishes the running epochs and publishes\n"
        "those; SIGUSR1 does the same and puts the Slurm job back into the queue.",
    .options = options,
    .run = run,
};
