/* sweep status: how far a submitted experiment has come. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/mem.h"
#include "engine/base/path.h"
#include "runner/cli/cmds.h"
#include "runner/cli/output.h"
#include "runner/cluster/attempt.h"
#include "runner/cluster/script.h"
#include "runner/cluster/survey.h"

#define MOST_NAMED 20 /* of each kind of trouble, in the text */

typedef struct counts {
    size_t epochs, epochs_published;
    size_t done, failed, missing; /* trials */
    size_t tasks_done, tasks_running, tasks_queued, tasks_idle;
} counts;

/* The job of an attempt's name: TASK-JOB-rN-RANDOM. */
static bool is_of_job(const run_survey_attempt *attempt, const char *job)
{
    const char *at = strchr(attempt->name, '-');
    size_t n = strlen(job);
    return at && strncmp(at + 1, job, n) == 0 && at[1 + n] == '-';
}

/* Under Slurm an attempt whose job is not running has died, and so has one whose process was killed
 * on this machine. For others, the heartbeat tells. */
static bool is_lost(const run_survey *survey, const run_survey_attempt *attempt, bool has_queue)
{
    const char *at = strchr(attempt->name, '-');
    if (run_attempt_is_gone(attempt->who))
        return true;
    if (!has_queue || !at || strncmp(at, "-local-", 7) == 0)
        return attempt->silent_s >= RUN_SILENT_S;
    for (size_t i = 0; i < survey->n_queue; i++)
        if (survey->queue[i].running && is_of_job(attempt, survey->queue[i].job))
            return false;
    return true;
}

static bool has_attempt(const run_survey *survey, size_t task, bool has_queue)
{
    for (size_t i = 0; i < survey->n_attempts; i++)
        if (survey->attempts[i].task == task && !is_lost(survey, &survey->attempts[i], has_queue))
            return true;
    return false;
}

static counts count(const run_survey *survey, bool has_queue)
{
    const run_manifest *manifest = survey->manifest;
    counts c = {0};
    for (size_t i = 0; i < manifest->plan.n_trials; i++) {
        size_t most = manifest->plan.trials[i].max_epochs, there = survey->trials[i].epochs;
        there = there < most ? there : most;
        if (most == RES_UNLIMITED || run_survey_is_done(survey, i)) /* a command ends by itself */
            most = there;
        c.epochs += most;
        c.epochs_published += there;
        if (run_survey_is_done(survey, i))
            c.done++;
        else if (run_survey_has_failed(survey, i))
            c.failed++;
        else
            c.missing++;
    }
    for (size_t task = 0; task < manifest->n_tasks; task++) {
        const run_slurm_task *queued = run_survey_queued(survey, task);
        if (has_attempt(survey, task, has_queue) || (queued && queued->running))
            c.tasks_running++;
        else if (queued)
            c.tasks_queued++;
        else if (run_survey_is_open(survey, task, false))
            c.tasks_idle++;
        else
            c.tasks_done++;
    }
    return c;
}

/* --- text ------------------------------------------------------------------------------------- */

static void print_failures(const run_survey *survey)
{
    size_t n = 0;
    for (size_t i = 0; i < survey->manifest->plan.n_trials; i++) {
        if (!run_survey_has_failed(survey, i) || n++ >= MOST_NAMED)
            continue;
        printf("failed      trial %zu after epoch %zu: %s\n", i + 1, survey->trials[i].epochs,
               survey->trials[i].failure);
    }
    if (n > MOST_NAMED)
        printf("            ... and %zu more\n", n - MOST_NAMED);
}

static void print_lost(const run_survey *survey, bool has_queue)
{
    size_t n = 0;
    for (size_t i = 0; i < survey->n_attempts; i++) {
        const run_survey_attempt *attempt = &survey->attempts[i];
        if (!is_lost(survey, attempt, has_queue) || n++ >= MOST_NAMED)
            continue;
        const char *dash = strchr(attempt->name, '-'), *job = dash ? dash + 1 : "";
        char how[64] = "ended without a message";
        if (attempt->silent_s >= RUN_SILENT_S && !run_attempt_is_gone(attempt->who))
            snprintf(how, sizeof how, "no heartbeat for %.0f minutes", attempt->silent_s / 60);
        printf("lost        task %zu, %s: %s; see log/%.*s.log\n", attempt->task, attempt->who, how,
               (int)strcspn(job, "-"), job);
    }
    if (n > MOST_NAMED)
        printf("            ... and %zu more\n", n - MOST_NAMED);
}

static void print_text(const run_survey *survey, const counts *c, bool has_queue)
{
    printf("trials      %zu: %zu published, %zu failed, %zu to come\n"
           "epochs      %zu of %zu published, in %zu shards\n"
           "tasks       %zu: %zu done, %zu running, %zu queued, %zu neither\n",
           survey->manifest->plan.n_trials, c->done, c->failed, c->missing, c->epochs_published,
           c->epochs, survey->n_shards, survey->manifest->n_tasks, c->tasks_done, c->tasks_running,
           c->tasks_queued, c->tasks_idle);
    print_failures(survey);
    print_lost(survey, has_queue);
    for (size_t i = 0; i < survey->n_queue; i++)
        if (survey->queue[i].held)
            printf("held        task %zu, job %s: Slurm could not start it; `sweep submit` does it "
                   "anew\n",
                   survey->queue[i].task, survey->queue[i].job);
    for (size_t i = 0; i < survey->n_bad; i++)
        printf("unusable    %s\n", survey->bad[i]);
}

/* --- JSON ------------------------------------------------------------------------------------- */

static void add_failures(swp_json *json, const run_survey *survey)
{
    swp_json_list(json, "failed");
    for (size_t i = 0; i < survey->manifest->plan.n_trials; i++) {
        if (!run_survey_has_failed(survey, i))
            continue;
        swp_json_object(json, NULL);
        swp_json_size(json, "trial", i + 1);
        swp_json_size(json, "epochs", survey->trials[i].epochs);
        swp_json_text(json, "reason", survey->trials[i].failure);
        swp_json_end_object(json);
    }
    swp_json_end_list(json);
}

static void add_attempts(swp_json *json, const run_survey *survey, bool has_queue, bool lost)
{
    swp_json_list(json, lost ? "lost" : "running");
    for (size_t i = 0; i < survey->n_attempts; i++) {
        const run_survey_attempt *attempt = &survey->attempts[i];
        if (is_lost(survey, attempt, has_queue) != lost)
            continue;
        swp_json_object(json, NULL);
        swp_json_size(json, "task", attempt->task);
        swp_json_text(json, "attempt", attempt->name);
        swp_json_text(json, "who", attempt->who);
        swp_json_end_object(json);
    }
    swp_json_end_list(json);
}

static swp_status print_json(const run_survey *survey, const counts *c, bool has_queue,
                             swp_err *err)
{
    swp_json json = {0};
    swp_json_object(&json, NULL);
    swp_json_text(&json, "experiment", cfg_name(survey->manifest->config));
    swp_json_size(&json, "trials", survey->manifest->plan.n_trials);
    swp_json_size(&json, "trials_published", c->done);
    swp_json_size(&json, "trials_failed", c->failed);
    swp_json_size(&json, "trials_to_come", c->missing);
    swp_json_size(&json, "epochs", c->epochs);
    swp_json_size(&json, "epochs_published", c->epochs_published);
    swp_json_size(&json, "shards", survey->n_shards);
    swp_json_size(&json, "tasks", survey->manifest->n_tasks);
    swp_json_size(&json, "tasks_done", c->tasks_done);
    swp_json_size(&json, "tasks_running", c->tasks_running);
    swp_json_size(&json, "tasks_queued", c->tasks_queued);
    swp_json_size(&json, "tasks_idle", c->tasks_idle);
    add_failures(&json, survey);
    add_attempts(&json, survey, has_queue, false);
    add_attempts(&json, survey, has_queue, true);
    swp_json_list(&json, "unusable");
    for (size_t i = 0; i < survey->n_bad; i++)
        swp_json_text(&json, NULL, survey->bad[i]);
    swp_json_end_list(&json);
    swp_json_end_object(&json);
    return cli_print_json(&json, err);
}

/* --- the command ------------------------------------------------------------------------------ */

/* Slurm is a hint: where it cannot be asked, the folder alone tells. Without a batch script it was
 * never asked to do anything. */
static bool ask_queue(run_survey *survey)
{
    swp_err cause = {0};
    char *script = swp_path_join(survey->manifest->folder, RUN_SCRIPT_NAME);
    bool has_script = script && access(script, F_OK) == 0;
    swp_free(script);
    if (!has_script)
        return false;
    if (run_slurm_queue(survey->manifest->id, &survey->queue, &survey->n_queue, &cause) == SWP_OK)
        return true;
    fprintf(stderr, "without Slurm's queue: %s\n", cause.text);
    return false;
}

static swp_status run(cli_call *call, swp_err *err)
{
    bool json;
    run_manifest manifest = {0};
    run_survey survey = {0};
    swp_status status = cli_wants_json(call, &json, err);
    if (status == SWP_OK)
        status = run_manifest_load(&manifest, call->operands[0], err);
    if (status == SWP_OK)
        status = run_survey_init(&survey, &manifest, err);
    if (status == SWP_OK) {
        bool has_queue = ask_queue(&survey);
        counts c = count(&survey, has_queue);
        if (json)
            status = print_json(&survey, &c, has_queue, err);
        else
            print_text(&survey, &c, has_queue);
    }
    run_survey_deinit(&survey);
    run_manifest_deinit(&manifest);
    return status;
}

static const cli_option options[] = {CLI_OPTION_FORMAT("table or json"), CLI_OPTION_END};

const cli_command cmd_status = {
    .name = "status",
    .operands = "FOLDER",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "Tell how far a submitted experiment has come",
    .notes = "From the shared folder, and from Slurm's queue where there is one.",
    .options = options,
    .run = run,
};
