/* sweep submit: write an experiment's manifest to a shared folder, and give its tasks to Slurm, or
 * print the commands that run them. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/mem.h"
#include "engine/base/path.h"
#include "engine/base/str.h"
#include "runner/cli/cmds.h"
#include "runner/cli/inputs.h"
#include "runner/cli/output.h"
#include "runner/cluster/script.h"
#include "runner/cluster/survey.h"
#include "runner/process/host.h"
#include "runner/process/lock.h"
#include "runner/process/worker.h"

#define DEFAULT_FOLDER "results/cluster/"
#define TASK_S         300.0 /* of work for each core of a task */
#define MOST_CPUS      1024
#define MOST_TASKS     1000000

typedef struct submission {
    cli_call *call;
    bool to_slurm, dry_run, retry_failed;
    size_t at_once, per_task;
    size_t array_size; /* most indexes of a job array */
    run_resources resources;
    const char **overrides, **sbatch_args;
    size_t n_overrides;
    char *folder;
    cfg *config; /* of the file as it is now */
    run_plan plan;
    bool is_new; /* the folder had no plan yet */
    run_manifest manifest;
    run_survey survey;
    size_t *open; /* (n_open) tasks to submit */
    size_t n_open, n_waiting;
} submission;

/* --- the command line ------------------------------------------------------------------------- */

static swp_status read_target(submission *s, swp_err *err)
{
    const char *on = cli_value(s->call, "on", NULL);
    s->to_slurm = on && strcmp(on, "slurm") == 0;
    if (s->to_slurm || (on && strcmp(on, "none") == 0))
        return SWP_OK;
    swp_status status =
        swp_fail(err, SWP_USAGE, "submit: --on: expected slurm or none, found %s%s%s",
                 on ? "\"" : "", on ? on : "nothing", on ? "\"" : "");
    swp_hint(err, "`--on none` prints one command for each task, to be run by whatever you have");
    return status;
}

/* 30m as everywhere, or what Slurm takes: minutes, HH:MM:SS, D-HH:MM:SS. */
static swp_status read_time(submission *s, swp_err *err)
{
    const char *text = cli_value(s->call, "time", NULL);
    run_resources *r = &s->resources;
    if (!text || cfg_parse_duration(text, &r->time_s))
        return SWP_OK;
    if (*text && text[strspn(text, "0123456789:-")] == '\0') {
        r->time = text;
        return SWP_OK;
    }
    return swp_fail(err, SWP_USAGE,
                    "submit: --time: expected a duration as 30m or HH:MM:SS, found "
                    "\"%s\"",
                    text);
}

static swp_status list_values(const cli_call *call, const char *name, const char ***out, size_t *n,
                              swp_err *err)
{
    *out = swp_alloc(call->n_given, sizeof **out);
    if (!*out)
        return swp_fail(err, SWP_NOMEM, "out of memory for %zu options", call->n_given);
    for (const char *value; (value = cli_value_at(call, name, *n)) != NULL; ++*n)
        (*out)[*n] = value;
    return SWP_OK;
}

static swp_status read_options(submission *s, swp_err *err)
{
    cli_call *call = s->call;
    run_resources *r = &s->resources;
    s->dry_run = cli_flag(call, "dry-run");
    s->retry_failed = cli_flag(call, "retry-failed");
    r->mem = cli_value(call, "mem", NULL);
    r->partition = cli_value(call, "partition", NULL);
    r->account = cli_value(call, "account", NULL);
    swp_status status = read_target(s, err);
    if (status == SWP_OK)
        status = read_time(s, err);
    if (status == SWP_OK)
        status = cli_number(call, "cpus", 1, MOST_CPUS, 1, &r->cpus, err);
    if (status == SWP_OK)
        status = cli_number(call, "gpus", 0, MOST_CPUS, 0, &r->gpus, err);
    if (status == SWP_OK)
        status = cli_number(call, "tasks-at-once", 1, MOST_TASKS, 0, &s->at_once, err);
    if (status == SWP_OK)
        status = cli_number(call, "per-task", 1, MOST_TASKS, 0, &s->per_task, err);
    if (status == SWP_OK)
        status = list_values(call, "set", &s->overrides, &s->n_overrides, err);
    if (status == SWP_OK)
        status = list_values(call, "sbatch-arg", &s->sbatch_args, &r->n_sbatch_args, err);
    r->sbatch_args = s->sbatch_args;
    return status;
}

/* --- the plan --------------------------------------------------------------------------------- */

static swp_status name_folder(submission *s, swp_err *err)
{
    const char *given = cli_value(s->call, "dir", NULL);
    swp_buf folder = {0};
    swp_buf_puts(&folder, given ? given : DEFAULT_FOLDER);
    size_t n = folder.length;
    if (!given)
        swp_buf_puts(&folder, cfg_name(s->config));
    if (folder.failed) {
        swp_buf_deinit(&folder);
        return swp_fail(err, SWP_NOMEM, "out of memory");
    }
    cli_make_safe(folder.text + n);
    s->folder = folder.text;
    return SWP_OK;
}

static swp_status refuse_device(const submission *s, const char *device, swp_err *err)
{
    swp_status status =
        swp_fail(err, SWP_USAGE, "--device: expected auto for the command of %s, found \"%s\"",
                 cfg_path(s->config), device);
    swp_hint(err, "a command chooses its device itself; --gpus asks Slurm for GPUs");
    return status;
}

/* The instruction set of all tasks is that of this machine, or the one that SWEEP_ISA names. What
 * only a compute node has, a GPU, is asked for there. */
static swp_status make_plan(submission *s, swp_err *err)
{
    eng_info info = {0};
    size_t n_devices;
    const char *device = cli_value(s->call, "device", cfg_run_of(s->config)->device);
    bool of_command = cfg_command_of(s->config) != NULL;
    if (of_command && strcmp(device, "auto") != 0)
        return refuse_device(s, device, err);
    if (of_command)
        device = RUN_BACKEND_COMMAND;
    else if (strcmp(device, "auto") == 0)
        device = s->call->engines[0].name;
    run_manifest_spec spec = {
        .folder = s->folder,
        .ini = cfg_path(s->config),
        .overrides = s->overrides,
        .n_overrides = s->n_overrides,
        .device = device,
        .packing = {.per_task = s->per_task, .task_s = TASK_S * (double)s->resources.cpus},
    };
    swp_status status = SWP_OK;
    if (strcmp(device, s->call->engines[0].name) == 0) {
        status = cli_find_engine(s->call, device, &spec.packing.api, err);
        if (status == SWP_OK)
            status = run_worker_probe(spec.packing.api, false, 0, &info, 1, &n_devices, err);
    } else if (s->per_task == 0) { /* nobody knows how long a command takes */
        spec.packing.per_task = of_command ? s->resources.cpus : 1;
    }
    spec.isa = info.isa;
    return status == SWP_OK ? run_manifest_make(&s->manifest, &spec, err) : status;
}

static swp_status refuse_other(const submission *s, swp_err *err)
{
    swp_status status =
        swp_fail(err, SWP_CONFIG, "%s: holds the plan of other settings", s->folder);
    swp_hint(err, "name another folder with --dir; what this one has stays there");
    return status;
}

/* A plan that is there stays as it is: its tasks may be running. */
static swp_status find_plan(submission *s, swp_err *err)
{
    char *json = swp_path_join(s->folder, "plan.json");
    if (!json)
        return swp_fail(err, SWP_NOMEM, "out of memory");
    s->is_new = access(json, F_OK) != 0;
    swp_free(json);
    if (s->is_new)
        return make_plan(s, err);
    swp_status status = run_manifest_load(&s->manifest, s->folder, err);
    if (status == SWP_OK)
        status = run_manifest_check_program(&s->manifest, err);
    if (status == SWP_OK)
        status = run_plan_init(&s->plan, s->config, err);
    if (status == SWP_OK)
        status = run_plan_propose(&s->plan, err);
    if (status == SWP_OK && !run_manifest_same(&s->manifest, &s->plan))
        status = refuse_other(s, err);
    return status;
}

/* Only one process submits to a folder at a time, from the check whether it has a plan. The lock is
 * beside the folder of shards, under one name whatever the experiment. */
static swp_status take_lock(const submission *s, run_lock *lock, swp_err *err)
{
    char *shards = swp_path_join(s->folder, "shards/");
    swp_status status =
        shards ? swp_make_folders(shards, err) : swp_fail(err, SWP_NOMEM, "out of memory");
    if (status == SWP_OK)
        status = run_lock_take(lock, shards, "submit", err);
    swp_free(shards);
    return status;
}

static swp_status save(submission *s, swp_err *err)
{
    swp_buf script = {0};
    swp_status status = SWP_OK;
    if (s->to_slurm)
        status = run_script_format(&s->manifest, &s->resources, &script, err);
    if (status == SWP_OK && s->is_new)
        status = run_manifest_save(&s->manifest, err);
    char *batch = swp_path_join(s->manifest.folder, RUN_SCRIPT_NAME);
    if (status == SWP_OK && !batch)
        status = swp_fail(err, SWP_NOMEM, "out of memory");
    if (status == SWP_OK && s->to_slurm)
        status = swp_file_put(batch, script.text, script.length, err);
    swp_free(batch);
    swp_buf_deinit(&script);
    return status;
}

/* The plan less what is published, less what is queued. */
static swp_status choose_tasks(submission *s, swp_err *err)
{
    swp_status status = SWP_OK;
    s->open = swp_alloc(s->manifest.n_tasks, sizeof *s->open);
    if (!s->open)
        return swp_fail(err, SWP_NOMEM, "out of memory for %zu tasks", s->manifest.n_tasks);
    if (!s->is_new)
        status = run_survey_init(&s->survey, &s->manifest, err);
    if (status == SWP_OK && s->to_slurm && !s->dry_run)
        status = run_slurm_queue(s->manifest.id, &s->survey.queue, &s->survey.n_queue, err);
    if (status != SWP_OK)
        return status;
    for (size_t task = 0; task < s->manifest.n_tasks; task++) {
        if (!s->is_new && !run_survey_is_open(&s->survey, task, s->retry_failed))
            continue;
        if (run_survey_queued(&s->survey, task))
            s->n_waiting++;
        else
            s->open[s->n_open++] = task;
    }
    return SWP_OK;
}

/* --- submitting ------------------------------------------------------------------------------- */

/* Tasks that Slurm could not start stay held; they are submitted again. */
static swp_status cancel_held(const submission *s, swp_err *err)
{
    swp_status status = SWP_OK;
    for (size_t i = 0; i < s->survey.n_queue && status == SWP_OK; i++)
        if (s->survey.queue[i].held)
            status = run_slurm_cancel(&s->survey.queue[i], err);
    return status;
}

/* One array for as many tasks as the site's limit on indexes lets into one. With a limit on tasks
 * at once, an array waits for the one before it. */
static swp_status submit_arrays(submission *s, swp_err *err)
{
    size_t n_arrays = 0;
    char job[32] = "", before[32] = "";
    swp_status status = cancel_held(s, err);
    for (size_t from = 0, to; from < s->n_open && status == SWP_OK; from = to) {
        for (to = from + 1; to < s->n_open && s->open[to] - s->open[from] < s->array_size;)
            to++;
        const run_slurm_array array = {
            .folder = s->manifest.folder,
            .id = s->manifest.id,
            .tasks = s->open + from,
            .n = to - from,
            .offset = s->open[from],
            .at_once = s->at_once,
            .after = s->at_once && n_arrays > 0 ? before : NULL,
            .retry_failed = s->retry_failed,
        };
        status = run_slurm_submit(&array, job, err);
        if (status != SWP_OK)
            break;
        printf("job %s: %zu task%s, from task %zu on\n", job, array.n, array.n == 1 ? "" : "s",
               array.offset);
        memcpy(before, job, sizeof before);
        n_arrays++;
    }
    return status;
}

static swp_status print_commands(const submission *s, swp_err *err)
{
    swp_buf text = {0};
    swp_status status = SWP_OK;
    for (size_t i = 0; i < s->n_open && status == SWP_OK; i++)
        status = run_script_command(&s->manifest, s->open[i], s->retry_failed, &text, err);
    if (status == SWP_OK && text.text)
        fputs(text.text, stdout);
    swp_buf_deinit(&text);
    return status;
}

static swp_status print_script(const submission *s, swp_err *err)
{
    swp_buf script = {0};
    swp_status status = run_script_format(&s->manifest, &s->resources, &script, err);
    if (status == SWP_OK)
        fputs(script.text, stdout);
    swp_buf_deinit(&script);
    return status;
}

static void announce(const submission *s)
{
    const run_manifest *manifest = &s->manifest;
    if (s->call->quiet)
        return;
    for (size_t i = 0; i < manifest->plan.n_data; i++)
        if (manifest->plan.data[i].set->synthetic)
            fprintf(stderr, "%s: %s\n", manifest->plan.data[i].set->name,
                    manifest->plan.data[i].set->source);
    fprintf(stderr, "%s: %zu trial%s in %zu task%s (%s%s%s); %zu to submit, %zu in the queue\n",
            manifest->folder, manifest->plan.n_trials, manifest->plan.n_trials == 1 ? "" : "s",
            manifest->n_tasks, manifest->n_tasks == 1 ? "" : "s", manifest->device,
            *manifest->isa ? " " : "", manifest->isa, s->n_open, s->n_waiting);
    for (size_t i = 0; i < s->survey.n_bad; i++)
        fprintf(stderr, "left out: %s\n", s->survey.bad[i]);
}

static swp_status carry_out(submission *s, swp_err *err)
{
    swp_status status = s->dry_run ? SWP_OK : save(s, err);
    if (status == SWP_OK)
        status = choose_tasks(s, err);
    if (status == SWP_OK)
        announce(s);
    if (status == SWP_OK && !s->to_slurm)
        status = print_commands(s, err);
    else if (status == SWP_OK && s->dry_run)
        status = print_script(s, err);
    else if (status == SWP_OK)
        status = submit_arrays(s, err);
    return status;
}

static swp_status run(cli_call *call, swp_err *err)
{
    submission s = {.call = call};
    run_lock lock = {0};
    swp_status status = read_options(&s, err);
    if (status == SWP_OK && s.to_slurm && !s.dry_run)
        status = run_slurm_array_size(&s.array_size, err);
    if (status == SWP_OK)
        status = cli_load_config(call, &s.config, err);
    if (status == SWP_OK)
        status = name_folder(&s, err);
    if (status == SWP_OK && !s.dry_run)
        status = take_lock(&s, &lock, err);
    if (status == SWP_OK)
        status = find_plan(&s, err);
    if (status == SWP_OK)
        status = carry_out(&s, err);
    run_lock_release(&lock);
    run_survey_deinit(&s.survey);
    run_manifest_deinit(&s.manifest);
    run_plan_deinit(&s.plan);
    cfg_destroy(s.config);
    swp_free(s.open);
    swp_free(s.folder);
    swp_free(s.overrides);
    swp_free(s.sbatch_args);
    return status;
}

static const cli_option options[] = {
    {.name = "on", .argument = "ENGINE", .help = "slurm, or none: print the commands"},
    {.name = "dir",
     .argument = "FOLDER",
     .help = "shared by all machines (" DEFAULT_FOLDER "NAME)"},
    CLI_OPTION_SET,
    CLI_OPTION_DEVICE,
    {.name = "per-task",
     .argument = "N",
     .help = "trials of one task; else as many as take some minutes"},
    {.name = "tasks-at-once", .argument = "N", .help = "most tasks that run at a time"},
    {.name = "time", .argument = "TIME", .help = "of a task, as 30m or 1-12:00:00"},
    {.name = "mem", .argument = "SIZE", .help = "of a task, as 2G"},
    {.name = "cpus", .argument = "N", .help = "of a task, a worker on each (1)"},
    {.name = "gpus", .argument = "N", .help = "of a task; with --device cuda"},
    {.name = "partition", .argument = "NAME", .help = "Slurm's partition"},
    {.name = "account", .argument = "NAME", .help = "Slurm's account"},
    {.name = "sbatch-arg",
     .argument = "ARG",
     .help = "another option for sbatch, as --sbatch-arg --qos=long; may be repeated"},
    {.name = "retry-failed", .help = "try trials again that failed"},
    {.name = "dry-run", .help = "print the batch script or the commands; touch nothing"},
    CLI_OPTION_END,
};

const cli_command cmd_submit = {
    .name = "submit",
    .operands = "FILE.ini",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "Give an experiment to a cluster, in tasks",
    .notes =
        "The first time, the plan is written to a folder that all machines see. Later the same\n"
        "command submits what is neither published there nor in the queue. `sweep status`\n"
        "tells how far it has come, `sweep collect` merges it into the store.",
    .options = options,
    .run = run,
};
