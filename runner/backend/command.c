/* The command backend: a job is one attempt at one trial. Its steps are what the command reports;
 * its end is the end of the command, whatever the budget: a script that knows its budget ends there
 * by itself, any other is asked to. */
#include "runner/backend/command.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "engine/base/mem.h"
#include "runner/command/folder.h"
#include "runner/command/spawn.h"
#include "runner/command/supervisor.h"
#include "runner/metrics/replay.h"
#include "runner/metrics/series.h"
#include "runner/process/host.h"

#define EXIT_AGAIN      75 /* EX_TEMPFAIL of sysexits.h: a checkpoint is written, run me again */
#define EXIT_IMPOSSIBLE 77 /* these parameters cannot work */

/* How far a file system's clock may lag behind. */
#define CLOCK_SLACK_S 0.02

struct run_trainer {
    const run_backend_setup *setup;
    char **gpus; /* (n_gpus) */
    size_t n_gpus;
};

struct run_training {
    run_trainer *trainer;
    const run_command *command;
    run_folder folder;
    run_invocation invocation;
    run_series *series;
    run_process *process;
    size_t attempt;
    size_t budget;     /* that it was started with */
    size_t steps_done; /* when it began */
    size_t known;      /* the last step of any attempt before this one */
    size_t replayed;   /* the same of those whose lines were read again */
    run_replay replay; /* of lines that those left */
    bool is_replaying;
    int kept; /* takes lines of standard output for attempts to come; -1: none yet */
    char state[RUN_SERIES_STATE_SIZE]; /* that the last step left */
    bool reads_file;    /* metric lines are those of the file; standard output is text */
    bool is_over;       /* all lines were read */
    double begun;       /* seconds since 1970 */
    double step_begun;  /* likewise, of the step under way */
    double step_clock;  /* run_clock at that instant */
    size_t n_malformed; /* lines of the file */
    bool was_mixed;     /* steps came from standard output before the file had a line */
    bool said_malformed, said_mixed;
};

/* --- in the parent -------------------------------------------------------------------------------
 */

static double command_cost(const cfg_settings *params, size_t n_rows, size_t length)
{
    (void)params;
    (void)n_rows;
    (void)length;
    return 1;
}

static int command_compare(const cfg_settings *a, const cfg_settings *b)
{
    (void)a;
    (void)b;
    return 0;
}

static size_t command_together(const run_backend_setup *setup, const cfg_settings *params,
                               size_t split)
{
    (void)setup;
    (void)params;
    (void)split;
    return 1;
}

/* --- a worker ------------------------------------------------------------------------------------
 */

static void command_close(run_trainer *trainer)
{
    if (!trainer)
        return;
    run_supervisor_deinit();
    run_gpus_free(trainer->gpus, trainer->n_gpus);
    swp_free(trainer);
}

static swp_status command_open(const run_backend_setup *setup, run_trainer **out, swp_err *err)
{
    run_trainer *trainer = *out = swp_alloc(1, sizeof *trainer);
    if (!trainer)
        return swp_fail(err, SWP_NOMEM, "out of memory for a supervisor");
    trainer->setup = setup;
    swp_status status = run_supervisor_init(err);
    if (status == SWP_OK)
        status = run_command_gpus(setup->command, &trainer->gpus, &trainer->n_gpus, err);
    return status;
}

/* The GPU of this worker's slot; NULL: the same GPUs as this process. */
static const char *gpu_of(const run_trainer *trainer)
{
    if (strcmp(trainer->setup->command->gpus, "none") == 0)
        return "";
    return trainer->n_gpus > 0 ? trainer->gpus[trainer->setup->slot % trainer->n_gpus] : NULL;
}

static size_t command_list_devices(const run_trainer *trainer, eng_info *out, size_t most)
{
    const char *gpu = gpu_of(trainer);
    if (most == 0)
        return 1;
    *out = (eng_info){.engine = "command"};
    snprintf(out->device, sizeof out->device, "%s%s", gpu && *gpu ? "GPU " : "cpu", gpu ? gpu : "");
    return 1;
}

/* --- an attempt ----------------------------------------------------------------------------------
 */

/* Take a line. *complete: there is a step to be read. */
static swp_status on_line(run_training *t, const run_news *news, bool *complete, swp_err *err)
{
    run_metric_line line;
    bool is_file = news->kind == RUN_NEWS_FILE;
    const char *step = t->command->step;
    *complete = false;
    if (is_file && !t->reads_file) {
        t->was_mixed = run_series_steps(t->series) > 0;
        t->reads_file = true;
        run_series_restart(t->series);
    }
    if (is_file != t->reads_file)
        return SWP_OK;
    if (is_file ? !run_metric_line_of_file(news->line, step, &line)
                : !run_metric_line_of_output(news->line, step, &line)) {
        t->n_malformed += is_file;
        return SWP_OK;
    }
    run_process_touch(t->process);
    if (!is_file)
        run_replay_keep(&t->kept, t->folder.path, t->attempt, news->line);
    return run_series_add(t->series, &line, complete, err);
}

/* End what still runs. Its reports from now on are for the next attempt. */
static void finish_process(run_training *t)
{
    run_news news = {.kind = RUN_NEWS_PARENT};
    bool complete;
    if (t->process && !t->is_over)
        run_process_stop(t->process);
    while (t->process && !t->is_over && news.kind != RUN_NEWS_OVER) {
        run_process_wait(t->process, &news);
        if (news.kind == RUN_NEWS_OUTPUT && on_line(t, &news, &complete, NULL) != SWP_OK)
            break;
    }
    run_process_destroy(t->process);
}

static void command_end(run_training *t)
{
    if (!t)
        return;
    finish_process(t);
    run_replay_deinit(&t->replay);
    run_close(&t->kept);
    run_invocation_deinit(&t->invocation);
    run_series_destroy(t->series);
    run_folder_close(&t->folder);
    swp_free(t);
}

/* Start the command for a trial whose parameters were read. */
static swp_status launch(run_training *t, const run_job_item *item, const run_param *params,
                         size_t n_params, swp_err *err)
{
    char header[64];
    const run_command_attempt attempt = {
        .trial = item->number,
        .number = item->attempt,
        .folder = t->folder.path,
        .steps_done = t->steps_done,
        .budget = item->steps,
        .gpu = gpu_of(t->trainer),
        .threads = t->trainer->setup->threads,
    };
    swp_status status =
        run_command_expand(t->command, params, n_params, &attempt, &t->invocation, err);
    if (status == SWP_OK)
        status = run_folder_put(&t->folder, "params.json", t->invocation.params, err);
    if (status != SWP_OK)
        return status;
    snprintf(header, sizeof header, "[attempt %zu]\n", item->attempt);
    const run_process_spec spec = {
        .command = t->command,
        .invocation = &t->invocation,
        .folder = t->folder.path,
        .header = header,
        .metrics = run_invocation_get(&t->invocation, "SWEEP_METRICS"),
        .stop = run_invocation_get(&t->invocation, "SWEEP_STOP"),
        .parent = t->trainer->setup->parent,
    };
    t->begun = t->step_begun = run_now();
    t->step_clock = run_clock();
    return run_process_start(&spec, &t->process, err);
}

static bool keeps_steps(const run_training *t)
{
    return t->trainer->setup->keeps_steps;
}

/* Lines of another attempt follow, with the state that the previous one left. A script that has
 * written no checkpoint starts over, and so does the count of lines. Where recorded steps stay, a
 * step that was cut off is put together from both attempts. */
static swp_status begin_series(run_training *t, const void *state, size_t state_bytes, swp_err *err)
{
    bool goes_on = t->series && keeps_steps(t);
    size_t last = t->is_replaying ? t->replayed : t->known;
    if (goes_on && run_series_pending(t->series) > last)
        last = run_series_pending(t->series);
    size_t counted = run_folder_has_checkpoint(&t->folder, 0) ? last : 0;
    if (goes_on) {
        run_series_follow(t->series, counted);
        return SWP_OK;
    }
    run_series_destroy(t->series);
    t->series = NULL;
    return run_series_create(t->command, counted, state, state_bytes, &t->series, err);
}

static swp_status command_start(run_trainer *trainer, const run_job_item *items, size_t n,
                                size_t steps_done, run_training **out, swp_err *err)
{
    run_param *params = NULL;
    size_t n_params;
    const run_command *command = trainer->setup->command;
    *out = NULL;
    if (n != 1)
        return swp_fail(err, SWP_INTERNAL, "%zu trials share a command", n);
    run_training *t = swp_alloc(1, sizeof *t);
    if (!t)
        return swp_fail(err, SWP_NOMEM, "out of memory for a command");
    t->trainer = trainer;
    t->command = command;
    t->steps_done = t->known = steps_done;
    t->attempt = items->attempt;
    t->budget = items->steps;
    t->is_replaying = true;
    t->kept = t->replay.fd = t->folder.lock = -1;
    t->reads_file = command->metrics == RUN_METRICS_FILE;
    swp_status status = run_params_parse(items->params, &params, &n_params, err);
    if (status == SWP_OK)
        status = run_folder_open(items->folder, items->clears_folder, 2 * command->grace_s + 5,
                                 &t->folder, err);
    if (items->state_bytes > 0 && items->state_bytes < sizeof t->state)
        memcpy(t->state, items->state, items->state_bytes);
    if (status == SWP_OK)
        status = begin_series(t, items->state, items->state_bytes, err);
    if (status == SWP_OK)
        status = run_replay_init(&t->replay, t->folder.path, t->attempt, command->metrics, err);
    if (status == SWP_OK)
        status = launch(t, items, params, n_params, err);
    run_params_free(params);
    if (status == SWP_OK)
        *out = t;
    else
        command_end(t);
    return status;
}

/* The exit code of a command that ended by itself; -1: it did not. */
static int own_exit(const run_process_end *end)
{
    bool is_own = !end->was_asked && end->limit == SWP_OK && WIFEXITED(end->wait_status);
    return is_own ? WEXITSTATUS(end->wait_status) : -1;
}

/* Everything was read: find out how the attempt ended. One that has done its budget has succeeded,
 * whatever it did then: it would have been told to stop. */
static swp_status conclude(const run_training *t, run_advance *out, swp_err *err)
{
    run_process_end end = run_process_end_of(t->process);
    int code = own_exit(&end);
    size_t steps = run_series_steps(t->series);
    bool is_at_budget = (steps > t->known ? steps : t->known) >= t->budget;
    bool is_further =
        steps > t->known || run_folder_has_checkpoint(&t->folder, t->begun - CLOCK_SLACK_S);
    *out = (run_advance){.what = RUN_OVER, .end = RUN_END_BROKEN, .text = end.text};
    if (end.limit != SWP_OK)
        return swp_fail(err, end.limit, "%s", end.text);
    if (end.was_asked || is_at_budget)
        out->end = RUN_END_TOLD;
    else if (code == EXIT_AGAIN && is_further)
        out->end = RUN_END_AGAIN;
    else if (code == EXIT_IMPOSSIBLE)
        out->end = RUN_END_IMPOSSIBLE;
    else if (code == 0)
        out->end = RUN_END_DONE;
    bool owes_objective = out->end == RUN_END_DONE || is_at_budget;
    if (!owes_objective || run_series_has_objective(t->series))
        return SWP_OK;
    swp_buf names = {0};
    run_series_names(t->series, &names);
    swp_status status =
        names.length > 0
            ? swp_fail(err, SWP_FORMAT,
                       "no objective: it ended without a value of %s; it reported %.200s",
                       t->command->objective, names.failed ? "others" : names.text)
            : swp_fail(err, SWP_FORMAT,
                       "no objective: it ended without a value of %s; no metric lines such as `%s: "
                       "0.12` were read",
                       t->command->objective, t->command->objective);
    swp_buf_deinit(&names);
    return status;
}

/* What lines after a step need to know of it. */
static void remember(run_training *t, const res_step *step)
{
    snprintf(t->state, sizeof t->state, "%s", (const char *)step->state);
    if (!t->is_replaying)
        return;
    t->replayed = step->step;
    if (step->step > t->known)
        t->known = step->step;
}

/* Leave out a step that is recorded already. */
static swp_status skip_recorded(run_training *t, bool *complete, swp_err *err)
{
    res_step step;
    if (!*complete || run_series_next(t->series) > t->steps_done)
        return SWP_OK;
    *complete = false;
    swp_status status = run_series_read(t->series, &step, err);
    if (status == SWP_OK)
        remember(t, &step);
    return status;
}

/* Take the next line of an attempt before this one; after the last, lines of the command follow.
 */
static swp_status replay(run_training *t, bool *complete, swp_err *err)
{
    run_metric_line found;
    const char *step = t->command->step;
    char *line = run_replay_line(&t->replay);
    *complete = false;
    if (line) {
        t->reads_file |= t->replay.is_file;
        bool counts = t->replay.is_file ? run_metric_line_of_file(line, step, &found)
                                        : run_metric_line_of_output(line, step, &found);
        swp_status status = counts ? run_series_add(t->series, &found, complete, err) : SWP_OK;
        return status == SWP_OK ? skip_recorded(t, complete, err) : status;
    }
    if (!keeps_steps(t))
        run_series_end(t->series, complete);
    if (*complete)
        return skip_recorded(t, complete, err);
    t->is_replaying = run_replay_begin(&t->replay);
    return begin_series(t, t->state, strlen(t->state), err);
}

/* This attempt is over. Where recorded steps stay, the step that it broke off in does not count. */
static void end_lines(run_training *t, bool *complete)
{
    run_process_end end = run_process_end_of(t->process);
    int code = own_exit(&end);
    t->is_over = true;
    if (!keeps_steps(t) || code == 0 || code == EXIT_AGAIN)
        run_series_end(t->series, complete);
}

static swp_status command_step(run_training *t, run_advance *out, swp_err *err)
{
    run_news news;
    bool complete = false;
    swp_status status = SWP_OK;
    *out = (run_advance){.what = RUN_STEPPED};
    while (t->is_replaying && status == SWP_OK && !complete)
        status = replay(t, &complete, err);
    while (status == SWP_OK && !complete) {
        if (t->is_over)
            return conclude(t, out, err);
        run_process_wait(t->process, &news);
        if (news.kind == RUN_NEWS_PARENT) {
            out->what = RUN_WOKEN;
            return SWP_OK;
        }
        if (news.kind == RUN_NEWS_OVER)
            end_lines(t, &complete);
        else
            status = on_line(t, &news, &complete, err);
        if (status == SWP_OK && keeps_steps(t))
            status = skip_recorded(t, &complete, err);
    }
    return status;
}

static swp_status command_read(run_training *t, size_t k, res_step *out, swp_err *err)
{
    (void)k;
    swp_status status = run_series_read(t->series, out, err);
    if (status != SWP_OK)
        return status;
    remember(t, out);
    out->train_s = run_clock() - t->step_clock;
    out->begun_s = t->step_begun;
    out->ended_s = t->step_begun + out->train_s;
    t->step_begun = out->ended_s;
    t->step_clock = run_clock();
    return SWP_OK;
}

static void command_stop(run_training *t, size_t k)
{
    (void)k;
    run_process_stop(t->process);
}

static const char *command_note(run_training *t, size_t k)
{
    (void)k;
    if (t->n_malformed > 0 && !t->said_malformed) {
        t->said_malformed = true;
        return "a line of its metrics file is no JSON object";
    }
    if (t->was_mixed && !t->said_mixed) {
        t->said_mixed = true;
        return "it writes metrics to its file and to standard output: `metrics = file` or "
               "`metrics = stdout` says which count";
    }
    const char *note = run_series_note(t->series);
    return note ? note : run_process_note(t->process);
}

const run_backend *run_backend_command(void)
{
    static const run_backend backend = {
        .version = RUN_BACKEND_VERSION,
        .name = RUN_BACKEND_COMMAND,
        .seed = "seed",
        .supervises = true,
        .cost = command_cost,
        .compare = command_compare,
        .together = command_together,
        .open = command_open,
        .close = command_close,
        .list_devices = command_list_devices,
        .start = command_start,
        .step = command_step,
        .read = command_read,
        .stop = command_stop,
        .end = command_end,
        .note = command_note,
    };
    return &backend;
}
