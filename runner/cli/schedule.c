/* Scheduling a study with progress on standard error. */
#include "runner/cli/schedule.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/mem.h"
#include "results/query/standing.h"
#include "runner/command/tree.h"
#include "runner/plan/search_study.h"
#include "runner/process/host.h"

#define MAX_WORKERS 1024

/* A worker for each core; a GPU engine, whose GPU is shared by all workers, is kept busy by one.
 * Without an engine commands train. */
static size_t workers_for(const cli_call *call, const eng_api *api)
{
    return !api || api == call->engines[0].api ? run_cores() : 1;
}

/* Whether the number of workers is left open; the command line comes before the file. */
static bool is_auto(const cli_call *call, size_t configured)
{
    const char *text = cli_value(call, "workers", NULL);
    return text ? strcmp(text, "auto") == 0 : configured == 0;
}

swp_status cli_find_workers(const cli_call *call, size_t configured, const eng_api *api,
                            size_t *out, swp_err *err)
{
    const char *text = cli_value(call, "workers", NULL);
    if (is_auto(call, configured))
        configured = 0;
    else if (text) {
        swp_status status =
            cli_number(call, "workers", 1, MAX_WORKERS, configured, &configured, err);
        if (status != SWP_OK)
            return status;
    }
    *out = configured ? configured : workers_for(call, api);
    return SWP_OK;
}

/* Nothing of a command is left behind only where what it starts can be found. */
static swp_status check_proc(swp_err *err)
{
    if (run_tree_is_known())
        return SWP_OK;
    swp_status status = swp_fail(err, SWP_UNAVAILABLE,
                                 "[command] needs /proc, which says what a "
                                 "command has started; it is not there");
    swp_hint(err, "mount it, for a container with: mount -t proc proc /proc");
    return status;
}

swp_status cli_prepare_command(const cli_call *call, const cfg *config, cfg_description *out,
                               size_t *workers, swp_err *err)
{
    const cfg_run *run = cfg_run_of(config);
    char **gpus = NULL;
    size_t n_gpus = 0;
    swp_status status = check_proc(err);
    if (status == SWP_OK)
        status = cfg_describe(config, out, err);
    if (status == SWP_OK)
        status = cli_find_workers(call, run->workers, NULL, workers, err);
    if (status == SWP_OK)
        status = run_command_gpus(&out->command, &gpus, &n_gpus, err);
    if (status != SWP_OK)
        return status;
    run_gpus_free(gpus, n_gpus);
    size_t most = n_gpus * run->per_gpu;
    if (n_gpus > 0 && (is_auto(call, run->workers) || *workers > most))
        *workers = most;
    return SWP_OK;
}

static run_progress_mode progress_mode(const cli_call *call)
{
    if (call->quiet)
        return RUN_PROGRESS_QUIET;
    return isatty(STDERR_FILENO) ? RUN_PROGRESS_TERMINAL : RUN_PROGRESS_PLAIN;
}

/* One that failed before is over: no epoch of it is still to come. */
static size_t epochs_to_show(const run_study *study, size_t trial)
{
    const res_trial_status *status = &study->trials[trial];
    bool is_over = status->state == RES_FAILED || status->state == RES_DONE;
    return is_over ? status->steps_done : study->plan->trials[trial].max_epochs;
}

/* Trials that there may come to be. */
static size_t trials_of(const run_study *study)
{
    return study->search ? run_search_study_count(study->search).trials : study->plan->n_trials;
}

static swp_status open_progress(const cli_call *call, const run_study *study,
                                const res_study *stored, size_t workers, run_progress **out,
                                swp_err *err)
{
    res_standing standing;
    swp_status status = res_standing_make(stored, NULL, &standing, err);
    if (status != SWP_OK)
        return status;
    const res_step_metric *objective = &stored->step_metrics[stored->objective];
    const run_progress_look look = {
        .fd = STDERR_FILENO,
        .mode = progress_mode(call),
        .colour = call->colour,
        .workers = workers,
        .total = trials_of(study),
        .objective = objective->name,
        .maximize = objective->maximize,
        .best = standing.n > 0 ? standing.of[standing.order[0]] : (double)NAN,
        .best_trial = standing.n > 0 ? stored->trials[standing.order[0]].number - 1 : 0,
    };
    res_standing_deinit(&standing);
    size_t n = study->search ? 0 : study->plan->n_trials; /* a search adds its own */
    run_progress_item *items = swp_alloc(n, sizeof *items);
    if (!items)
        return swp_fail(err, SWP_NOMEM, "out of memory for %zu trials", n);
    for (size_t i = 0; i < n; i++) {
        size_t at = res_study_trial(stored, i + 1);
        items[i] = (run_progress_item){
            .label = at != SIZE_MAX ? stored->trials[at].label : "",
            .max_epochs = epochs_to_show(study, i),
            .epochs_done = study->trials[i].steps_done,
            .cost = study->plan->trials[i].cost,
            .state = study->trials[i].state,
        };
    }
    status = run_progress_create(&look, items, n, out, err);
    swp_free(items);
    return status;
}

/* A limit that is not enforced must not look like one. */
static void check_memory_is_known(const run_sched_options *options)
{
    if (options->memory > 0 && run_resident_bytes(getpid()) == 0)
        fprintf(stderr, "run.memory is not enforced: /proc does not say what processes take\n");
}

swp_status cli_schedule(const cli_call *call, run_study *study, run_sched_options *options,
                        run_sched_result *result, swp_err *err)
{
    res_study stored = {0}; /* for the labels of trials */
    run_progress *progress = NULL;
    swp_status status = res_study_load(study->store, cfg_name(study->plan->config), &stored, err);
    if (status == SWP_OK)
        status = open_progress(call, study, &stored, options->workers, &progress, err);
    if (status == SWP_OK) {
        check_memory_is_known(options);
        options->progress = progress;
        status = run_sched(study, options, result, err);
    }
    run_progress_destroy(progress);
    res_study_deinit(&stored);
    return status;
}
