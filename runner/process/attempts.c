/* What all attempts of a run share is read once: git, the machine, and the digests of scripts,
 * which are read again when a file changed. */
#define _XOPEN_SOURCE 700 /* realpath */

#include "runner/process/attempts.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "engine/base/child.h"
#include "engine/base/json.h"
#include "engine/base/mem.h"
#include "engine/base/path.h"
#include "runner/command/folder.h"
#include "runner/metrics/metric_line.h"
#include "runner/metrics/replay.h"

struct run_attempts {
    const run_command *command;
    res_store *store;
    const char *folders;
    char folder[PATH_MAX]; /* where commands run */
    struct utsname machine;
    swp_buf commit; /* of git; empty: none */
    bool is_dirty;
    run_script *scripts; /* (n_scripts) */
    size_t n_scripts;
    struct timespec looked; /* their newest change when they were read */
    char **metrics;         /* (n_metrics) declared metrics */
    size_t n_metrics;
    char **finished; /* (n_finished) folders of done trials, still to be tidied */
    size_t n_finished;
};

/* The output of a git command, without its line end. False without git or a repository. */
static bool ask_git(const run_attempts *a, const char *const *words, swp_buf *out)
{
    char *argv[8] = {NULL};
    for (size_t i = 0; i < 7 && words[i]; i++)
        argv[i] = swp_strdup(words[i]);
    swp_child git = {.argv = argv, .folder = a->folder, .dies_with_us = true, .out = out};
    bool is_known = swp_child_run(&git, NULL) == SWP_OK && !out->failed;
    for (size_t i = 0; argv[i]; i++)
        swp_free(argv[i]);
    while (is_known && out->length > 0 && out->text[out->length - 1] == '\n')
        out->text[--out->length] = '\0';
    return is_known;
}

static void find_commit(run_attempts *a)
{
    static const char *const head[] = {"git", "rev-parse", "HEAD", NULL};
    static const char *const changes[] = {"git", "status", "--porcelain", "-uno", NULL};
    swp_buf changed = {0};
    if (!ask_git(a, head, &a->commit)) {
        swp_buf_deinit(&a->commit);
        return;
    }
    a->is_dirty = !ask_git(a, changes, &changed) || changed.length > 0;
    swp_buf_deinit(&changed);
}

/* The last change of a script; zero without scripts. */
static struct timespec last_change(const run_attempts *a)
{
    struct timespec last = {0};
    for (size_t i = 0; i < a->n_scripts; i++) {
        struct stat info;
        const char *name = a->scripts[i].path;
        char *path = *name == '/' ? swp_strdup(name) : swp_path_join(a->folder, name);
        if (path && stat(path, &info) == 0 &&
            (info.st_mtim.tv_sec > last.tv_sec ||
             (info.st_mtim.tv_sec == last.tv_sec && info.st_mtim.tv_nsec > last.tv_nsec)))
            last = info.st_mtim;
        swp_free(path);
    }
    return last;
}

/* Read the scripts, unless none changed since. */
static swp_status load_scripts(run_attempts *a, swp_err *err)
{
    struct timespec last = last_change(a);
    if (a->scripts && last.tv_sec == a->looked.tv_sec && last.tv_nsec == a->looked.tv_nsec)
        return SWP_OK;
    run_scripts_free(a->scripts, a->n_scripts);
    a->scripts = NULL;
    swp_status status = run_command_scripts(a->command, &a->scripts, &a->n_scripts, err);
    a->looked = last_change(a);
    return status;
}

swp_status run_attempts_create(const run_command *command, res_store *store, const char *folders,
                               run_attempts **out, swp_err *err)
{
    run_attempts *a = *out = swp_alloc(1, sizeof *a);
    if (!a)
        return swp_fail(err, SWP_NOMEM, "out of memory for attempts");
    a->command = command;
    a->store = store;
    a->folders = folders;
    if (!realpath(command->folder ? command->folder : ".", a->folder))
        return swp_fail_errno(err, SWP_IO, errno, "command: finding the folder %s",
                              command->folder ? command->folder : ".");
    if (uname(&a->machine) < 0)
        a->machine.nodename[0] = '\0';
    find_commit(a);
    return SWP_OK;
}

void run_attempts_destroy(run_attempts *attempts)
{
    if (!attempts)
        return;
    run_scripts_free(attempts->scripts, attempts->n_scripts);
    for (size_t i = 0; i < attempts->n_metrics; i++)
        swp_free(attempts->metrics[i]);
    swp_free(attempts->metrics);
    for (size_t i = 0; i < attempts->n_finished; i++)
        swp_free(attempts->finished[i]);
    swp_free(attempts->finished);
    swp_buf_deinit(&attempts->commit);
    swp_free(attempts);
}

static bool knows_metric(const run_attempts *a, const char *name)
{
    for (size_t i = 0; i < a->n_metrics; i++) {
        if (strcmp(a->metrics[i], name) == 0)
            return true;
    }
    return false;
}

static swp_status declare(run_attempts *a, int64_t revision, const char *name, swp_err *err)
{
    char **metrics = swp_resize(a->metrics, a->n_metrics + 1, sizeof(char *));
    if (metrics)
        a->metrics = metrics;
    char *copy = metrics ? swp_strdup(name) : NULL;
    if (!copy)
        return swp_fail(err, SWP_NOMEM, "out of memory for a metric");
    a->metrics[a->n_metrics++] = copy;
    const res_metric_spec metric = {copy, run_metric_grows(copy)};
    return res_metric_declare(a->store, revision, &metric, true, err);
}

swp_status run_attempts_declare(run_attempts *a, int64_t revision, const res_step *step,
                                swp_err *err)
{
    swp_status status = SWP_OK;
    for (size_t i = 0; i < step->n_values && status == SWP_OK; i++) {
        if (!knows_metric(a, step->values[i].name))
            status = declare(a, revision, step->values[i].name, err);
    }
    return status;
}

char *run_trial_folder(const res_store *store, int64_t trial)
{
    char store_path[PATH_MAX];
    swp_buf path = {0};
    if (!realpath(res_store_path(store), store_path))
        return NULL;
    swp_buf_printf(&path, "%s-trials/%lld", store_path, (long long)trial);
    if (!path.failed)
        return path.text;
    swp_buf_deinit(&path);
    return NULL;
}

swp_status run_trial_folders_copy(res_store *store, int64_t revision, const char *to, swp_err *err)
{
    res_trial_copy *copies = NULL;
    size_t n = 0;
    swp_status status = res_trial_copies_list(store, revision, to, &copies, &n, err);
    for (size_t i = 0; i < n && status == SWP_OK; i++) {
        char *from = run_trial_folder(store, copies[i].original);
        char *copy = run_trial_folder(store, copies[i].copy);
        if (!from || !copy)
            status = swp_fail(err, SWP_NOMEM, "out of memory for folders");
        if (status == SWP_OK)
            run_folder_remove(copy); /* a folder of a trial that was deleted */
        if (status == SWP_OK)
            status = run_folder_copy(from, copy, err);
        swp_free(from);
        swp_free(copy);
    }
    swp_free(copies);
    return status;
}

swp_status run_trial_folders_prune(res_store *store, swp_err *err)
{
    char *any = run_trial_folder(store, 0), *slash = any ? strrchr(any, '/') : NULL;
    if (!slash)
        return swp_fail(err, SWP_NOMEM, "out of memory for folders");
    *slash = '\0';
    DIR *dir = opendir(any);
    swp_status status = SWP_OK;
    int64_t id;
    for (const struct dirent *e; dir && status == SWP_OK && (e = readdir(dir));) {
        bool is_there = true;
        if (swp_parse_int(e->d_name, 1, INT64_MAX, &id))
            status = res_trial_find(store, id, &is_there, err);
        char *path = is_there || status != SWP_OK ? NULL : swp_path_join(any, e->d_name);
        if (path)
            run_folder_remove(path);
        swp_free(path);
    }
    if (dir)
        closedir(dir);
    rmdir(any); /* unless there are others */
    swp_free(any);
    return status;
}

static void add_words(swp_json *json, char *const *words)
{
    swp_json_list(json, NULL);
    for (; *words; words++)
        swp_json_text(json, NULL, *words);
    swp_json_end_list(json);
}

static void add_scripts(swp_json *json, const run_attempts *a)
{
    swp_json_object(json, NULL);
    for (size_t i = 0; i < a->n_scripts; i++)
        swp_json_text(json, a->scripts[i].path, a->scripts[i].digest);
    swp_json_end_object(json);
}

/* Record the words that will be run. */
static swp_status record(run_attempts *a, int64_t trial, const run_invocation *invocation,
                         size_t number, swp_err *err)
{
    swp_json argv = {.compact = true}, scripts = {.compact = true};
    add_words(&argv, invocation->words);
    add_scripts(&scripts, a);
    const res_attempt_spec spec = {
        .host = a->machine.nodename,
        .folder = a->folder,
        .argv = argv.text.text,
        .scripts = scripts.text.text,
        .commit = a->commit.text,
        .is_dirty = a->is_dirty,
        .number = number,
    };
    swp_status status = argv.text.failed || scripts.text.failed
                            ? swp_fail(err, SWP_NOMEM, "out of memory for an attempt")
                            : res_attempt_begin(a->store, trial, &spec, err);
    swp_buf_deinit(&argv.text);
    swp_buf_deinit(&scripts.text);
    return status;
}

/* NULL without memory. owns: swp_free */
static char *folder_of(const run_attempts *a, int64_t trial, const char *key)
{
    return a->folders ? swp_path_join(a->folders, key) : run_trial_folder(a->store, trial);
}

void run_attempts_finish(run_attempts *a, int64_t trial)
{
    if (a->folders)
        return;
    char **finished = swp_grow(a->finished, a->n_finished, sizeof *finished);
    a->finished = finished ? finished : a->finished;
    char *path = finished ? run_trial_folder(a->store, trial) : NULL;
    if (path) /* without memory the folder stays */
        finished[a->n_finished++] = path;
}

void run_attempts_tidy(run_attempts *a)
{
    while (a->n_finished > 0) {
        run_folder_tidy(a->finished[--a->n_finished]);
        swp_free(a->finished[a->n_finished]);
    }
}

/* A store of a run has a row of every attempt; an attempt that is in no shard has left its file in
 * the shared folder. */
static swp_status find_number(const run_attempts *a, int64_t trial, const char *folder,
                              run_job_item *item, swp_err *err)
{
    swp_status status = res_attempts_last(a->store, trial, &item->attempt, err);
    item->attempt++;
    item->clears_folder = item->attempt == 1 && !a->folders;
    if (status == SWP_OK && a->folders)
        status = run_replay_claim(folder, &item->attempt, err);
    return status;
}

swp_status run_attempts_begin(run_attempts *a, int64_t trial, const char *key, run_job_item *item,
                              char **folder, swp_err *err)
{
    run_param *params = NULL;
    run_invocation invocation = {0};
    size_t n_params;
    *folder = folder_of(a, trial, key);
    if (!*folder)
        return swp_fail(err, SWP_NOMEM, "out of memory for an attempt");
    swp_status status = run_params_parse(item->params, &params, &n_params, err);
    if (status == SWP_OK)
        status = load_scripts(a, err);
    if (status == SWP_OK)
        status = find_number(a, trial, *folder, item, err);
    const run_command_attempt attempt = {.trial = item->number,
                                         .number = item->attempt,
                                         .folder = *folder,
                                         .budget = item->steps,
                                         .threads = 1};
    if (status == SWP_OK)
        status = run_command_expand(a->command, params, n_params, &attempt, &invocation, err);
    if (status == SWP_OK)
        status = record(a, trial, &invocation, item->attempt, err);
    run_invocation_deinit(&invocation);
    run_params_free(params);
    return status;
}
