/* The state of a plan, from its folder: which epochs shards hold, which attempts have begun, what
 * Slurm's queue says. Nothing is locked and nothing is changed. */
#include "runner/cluster/survey.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "engine/base/mem.h"
#include "engine/base/path.h"
#include "engine/base/str.h"
#include "runner/cluster/attempt.h"
#include "runner/cluster/shards.h"

static swp_status out_of_memory(swp_err *err)
{
    return swp_fail(err, SWP_NOMEM, "out of memory");
}

/* --- shards ----------------------------------------------------------------------------------- */

static void on_trial(run_survey *survey, size_t index, res_shard_trial *found)
{
    run_survey_trial *trial = &survey->trials[index];
    if (found->epochs > trial->epochs)
        trial->epochs = found->epochs;
    trial->is_done |= found->is_done;
    if (found->failure && !trial->failure) {
        trial->failure = found->failure;
        found->failure = NULL;
    }
}

/* A shard's trials are those of its task. */
static swp_status on_shard(void *context, const res_shard *shard, swp_err *err)
{
    run_survey *survey = context;
    const run_manifest *manifest = survey->manifest;
    res_shard_trial *list;
    size_t n, task, n_known = 0;
    if (!run_shard_task(shard->name, &task) || task >= manifest->n_tasks)
        return swp_fail(err, SWP_FORMAT, "%s: no task of this plan", shard->name);
    swp_status status = res_shard_trials_list(shard, &list, &n, err);
    if (status != SWP_OK)
        return status;
    for (size_t i = manifest->first[task]; i < manifest->first[task + 1]; i++) {
        size_t index = manifest->members[i];
        for (size_t k = 0; k < n; k++) {
            if (strcmp(manifest->plan.trials[index].key, list[k].key) != 0)
                continue;
            on_trial(survey, index, &list[k]);
            n_known++;
        }
    }
    res_shard_trials_free(list, n);
    if (n_known == 0)
        return swp_fail(err, SWP_FORMAT, "%s: no trial of this plan", shard->name);
    survey->n_shards++;
    return SWP_OK;
}

static void on_bad(void *context, const char *text)
{
    run_survey *survey = context;
    char **grown = swp_resize(survey->bad, survey->n_bad + 1, sizeof *grown);
    char *copy = swp_strdup(text);
    if (grown)
        survey->bad = grown;
    if (grown && copy)
        grown[survey->n_bad++] = copy;
    else
        swp_free(copy);
}

static void note_odd(run_survey *survey, const char *path)
{
    swp_buf text = {0};
    swp_buf_printf(&text, "%s: expected a file, found something else", path);
    if (!text.failed)
        on_bad(survey, text.text);
    swp_buf_deinit(&text);
}

/* --- attempts --------------------------------------------------------------------------------- */

/* One whose heartbeat was removed meanwhile does not count, and neither does what is no file. */
static swp_status on_attempt(run_survey *survey, const char *folder, const char *name, swp_err *err)
{
    void *text = NULL;
    size_t n, task;
    struct stat info;
    char *path = swp_path_join(folder, name);
    bool is_odd = path && lstat(path, &info) == 0 && !S_ISREG(info.st_mode);
    if (is_odd)
        note_odd(survey, path);
    bool found = path && !is_odd && run_shard_task(name, &task) &&
                 swp_file_read(path, RUN_MOST_WHO, &text, &n, NULL) == SWP_OK;
    double silent_s = found ? run_attempt_silence(path) : 0;
    swp_free(path);
    if (!found)
        return path ? SWP_OK : out_of_memory(err);
    run_survey_attempt *grown = swp_resize(survey->attempts, survey->n_attempts + 1, sizeof *grown);
    if (grown)
        survey->attempts = grown;
    char *stem = swp_strdup(name), *who = swp_strdup(text);
    swp_free(text);
    if (!grown || !stem || !who) {
        swp_free(stem);
        swp_free(who);
        return out_of_memory(err);
    }
    stem[strlen(stem) - strlen(RUN_RUNNING_SUFFIX)] = '\0';
    who[strcspn(who, "\n")] = '\0';
    swp_make_plain(who);
    grown[survey->n_attempts++] = (run_survey_attempt){task, stem, who, silent_s};
    return SWP_OK;
}

static swp_status list_attempts(run_survey *survey, swp_err *err)
{
    char **names = NULL, *folder = swp_path_join(survey->manifest->folder, "running");
    size_t n = 0;
    swp_status status =
        folder ? run_names_list(folder, RUN_RUNNING_SUFFIX, &names, &n, err) : out_of_memory(err);
    for (size_t i = 0; i < n && status == SWP_OK; i++)
        status = on_attempt(survey, folder, names[i], err);
    run_names_free(names, n);
    swp_free(folder);
    return status;
}

/* --- the survey ------------------------------------------------------------------------------- */

swp_status run_survey_init(run_survey *out, const run_manifest *manifest, swp_err *err)
{
    *out = (run_survey){.manifest = manifest};
    out->trials = swp_alloc(manifest->plan.n_trials, sizeof *out->trials);
    if (!out->trials)
        return out_of_memory(err);
    const run_shard_visitor visitor = {on_shard, on_bad, out};
    swp_status status = run_shards_visit(manifest, RUN_ALL_TASKS, &visitor, err);
    return status == SWP_OK ? list_attempts(out, err) : status;
}

void run_survey_deinit(run_survey *survey)
{
    for (size_t i = 0; survey->trials && i < survey->manifest->plan.n_trials; i++)
        swp_free(survey->trials[i].failure);
    for (size_t i = 0; i < survey->n_attempts; i++) {
        swp_free(survey->attempts[i].name);
        swp_free(survey->attempts[i].who);
    }
    run_names_free(survey->bad, survey->n_bad);
    swp_free(survey->trials);
    swp_free(survey->attempts);
    swp_free(survey->queue);
    *survey = (run_survey){0};
}

bool run_survey_is_done(const run_survey *survey, size_t trial)
{
    return survey->trials[trial].is_done ||
           survey->trials[trial].epochs >= survey->manifest->plan.trials[trial].max_epochs;
}

bool run_survey_has_failed(const run_survey *survey, size_t trial)
{
    return survey->trials[trial].failure && !run_survey_is_done(survey, trial);
}

bool run_survey_is_open(const run_survey *survey, size_t task, bool retry_failed)
{
    const run_manifest *manifest = survey->manifest;
    for (size_t i = manifest->first[task]; i < manifest->first[task + 1]; i++) {
        size_t trial = manifest->members[i];
        bool given_up = run_survey_has_failed(survey, trial) && !retry_failed;
        if (!run_survey_is_done(survey, trial) && !given_up)
            return true;
    }
    return false;
}

const run_slurm_task *run_survey_queued(const run_survey *survey, size_t task)
{
    for (size_t i = 0; i < survey->n_queue; i++)
        if (survey->queue[i].task == task && !survey->queue[i].held)
            return &survey->queue[i];
    return NULL;
}
