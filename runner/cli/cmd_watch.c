/* sweep watch: the progress of an experiment, read from the store: redrawn on a terminal until no
 * process runs the experiment any more, printed once elsewhere. */
#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/str.h"
#include "results/query/metric.h"
#include "runner/cli/cmds.h"
#include "runner/cli/inputs.h"
#include "runner/cli/output.h"
#include "runner/terminal/screen.h"
#include "runner/terminal/watch.h"

#define MOST_INTERVAL 3600
#define ROWS_PRINTED  40

static volatile sig_atomic_t stop_seen;

static void note_stop(int number)
{
    (void)number;
    stop_seen = 1;
}

static void add_trial(swp_json *json, const run_watch *w, size_t i)
{
    const res_study *s = &w->study;
    const res_trial *t = &s->trials[i];
    size_t best_step;
    double best = run_watch_best(w, i, &best_step);
    swp_json_object(json, NULL);
    swp_json_size(json, "trial", t->number);
    swp_json_text(json, "state", w->is_under_way[i] ? "running" : res_state_name(t->state));
    swp_json_object(json, "params");
    for (size_t p = 0; p < s->n_axes; p++)
        swp_json_text(json, s->params[p].name, res_study_value(s, p, i)->text);
    swp_json_end_object(json);
    swp_json_size(json, "epochs_done", t->n_steps);
    swp_json_size(json, "epochs", t->budget);
    for (size_t k = 0; k < w->n_shown; k++)
        swp_json_real(json, s->step_metrics[w->shown[k]].name,
                      t->n_steps > 0 ? res_series(t, w->shown[k])[t->n_steps - 1] : (double)NAN);
    swp_json_real(json, "best", best);
    swp_json_size(json, "best_epoch", best_step);
    swp_json_text(json, "reason", t->reason);
    swp_json_end_object(json);
}

static void add_best(swp_json *json, const run_watch *w)
{
    const res_study *s = &w->study;
    const res_evaluation *e = &w->best;
    char threshold[RES_THRESHOLD_TEXT_SIZE];
    if (!w->has_best) {
        swp_json_null(json, "best_evaluation");
        return;
    }
    const res_metric_info ranking = res_metric_at(s, w->ranking);
    swp_json_object(json, "best_evaluation");
    swp_json_text(json, "by", ranking.name);
    swp_json_size(json, "evaluation", e->number);
    swp_json_size(json, "trial", s->trials[e->trial].number);
    swp_json_size(json, "epochs", e->epochs);
    if (ranking.needs_threshold) {
        swp_json_text(json, "threshold", res_threshold_format(e->threshold, threshold));
        swp_json_text(json, "chosen_on", res_chosen_on(s, e->threshold));
    }
    for (size_t m = 0; m < res_metric_count(s); m++) {
        const res_metric_info info = res_metric_at(s, m);
        if (m == w->ranking || (ranking.needs_threshold && info.needs_threshold && !info.wide))
            swp_json_real(json, info.name, res_metric_of(s, e, m));
    }
    swp_json_end_object(json);
}

static swp_status print_json(const run_watch *w, swp_err *err)
{
    const res_experiment *e = &w->study.experiment;
    swp_json json = {0};
    swp_json_object(&json, NULL);
    swp_json_text(&json, "experiment", e->name);
    swp_json_size(&json, "revision", e->revision);
    swp_json_bool(&json, "running", w->running);
    swp_json_size(&json, "trials", e->n_trials);
    swp_json_size(&json, "trials_done", e->n_trials_done);
    swp_json_size(&json, "trials_failed", e->n_trials_failed);
    swp_json_size(&json, "evaluations", e->n_evaluations);
    swp_json_size(&json, "evaluations_done", e->n_evaluations_done);
    swp_json_real(&json, "share_done", w->share);
    swp_json_real(&json, "elapsed_s", w->elapsed_s);
    swp_json_real(&json, "left_s", w->left_s);
    swp_json_text(&json, "objective", w->study.step_metrics[w->study.objective].name);
    add_best(&json, w);
    swp_json_list(&json, "list");
    for (size_t i = 0; i < w->study.n_trials; i++)
        add_trial(&json, w, i);
    swp_json_end_list(&json);
    swp_json_end_object(&json);
    return cli_print_json(&json, err);
}

static void print_line(const char *text, void *context)
{
    (void)context;
    puts(text);
}

/* One frame on a terminal. */
typedef struct frame {
    run_screen screen;
    swp_buf text;
} frame;

static void add_line(const char *text, void *context)
{
    frame *f = context;
    run_screen_add(&f->screen, &f->text, text);
}

static swp_status draw(const run_watch *w, frame *f, swp_err *err)
{
    run_screen_begin(&f->screen, &f->text);
    const run_watch_look look = {.columns = f->screen.columns,
                                 .rows = run_screen_room(&f->screen),
                                 .ascii = !cli_has_utf8()};
    swp_status status = run_watch_draw(w, &look, add_line, f, err);
    run_screen_end(&f->screen, &f->text);
    return status;
}

static swp_status look_once(res_store *store, const char *name, bool json, swp_err *err)
{
    run_watch watch = {0};
    const run_watch_look look = {.columns = 100, .rows = ROWS_PRINTED, .ascii = !cli_has_utf8()};
    swp_status status = run_watch_look_at(store, name, &watch, err);
    if (status == SWP_OK)
        status =
            json ? print_json(&watch, err) : run_watch_draw(&watch, &look, print_line, NULL, err);
    run_watch_deinit(&watch);
    return status;
}

static void pause_for(size_t seconds)
{
    const struct timespec time = {.tv_sec = (time_t)seconds};
    nanosleep(&time, NULL); /* a signal ends it early, as it should */
}

/* Frame after frame, until no process runs the experiment any more. */
static swp_status keep_looking(res_store *store, const char *name, size_t interval, swp_err *err)
{
    frame f = {.screen = {.fd = STDOUT_FILENO}};
    swp_status status = SWP_OK;
    run_watch watch = {0};
    for (bool running = true; running && status == SWP_OK;) {
        status = run_watch_look_at(store, name, &watch, err);
        if (status == SWP_OK)
            status = draw(&watch, &f, err);
        running = status == SWP_OK && watch.running;
        if (running && !stop_seen)
            pause_for(interval);
        if (running && stop_seen)
            status = swp_fail(err, SWP_CANCELLED, "stopped watching; the run goes on");
    }
    run_watch_deinit(&watch);
    return status;
}

static swp_status watch_terminal(res_store *store, const char *name, size_t interval, swp_err *err)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction action = {.sa_handler = note_stop};
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
        sigaction(signals[i], &action, NULL);
    swp_buf hide = {0}, show = {0};
    swp_buf_puts(&hide, "\x1b[?25l");
    swp_buf_puts(&show, "\x1b[?25h");
    run_screen_write(STDOUT_FILENO, &hide);
    swp_status status = keep_looking(store, name, interval, err);
    run_screen_write(STDOUT_FILENO, &show);
    return status;
}

static swp_status run(cli_call *call, swp_err *err)
{
    bool json;
    size_t interval;
    res_store *store = NULL;
    const char *name = cli_operand(call, 0);
    swp_status status = cli_wants_json(call, &json, err);
    if (status == SWP_OK)
        status = cli_number(call, "interval", 1, MOST_INTERVAL, 1, &interval, err);
    if (status == SWP_OK)
        status = cli_open_store(call, &store, err);
    if (status == SWP_OK) {
        bool once = json || cli_flag(call, "once") || !isatty(STDOUT_FILENO);
        status =
            once ? look_once(store, name, json, err) : watch_terminal(store, name, interval, err);
    }
    res_store_close(store);
    return status;
}

static const cli_option options[] = {
    CLI_OPTION_DB,
    {.name = "once", .help = "print once and exit, also on a terminal"},
    {.name = "interval", .argument = "SECONDS", .help = "between updates (1)"},
    {.name = "format",
     .argument = "FORMAT",
     .help = "table, or json, which prints once",
     .values = "table, json"},
    CLI_OPTION_END,
};

const cli_command cmd_watch = {
    .name = "watch",
    .operands = "[EXPERIMENT]",
    .max_operands = 1,
    .summary = "Show the progress of an experiment",
    .notes = "Trials with a curve of the objective (> is under way, - was stopped), the best\n"
             "evaluation so far, failures and the time left, once a second until the run ends or\n"
             "Ctrl-C. It only reads the store and does not disturb the run, which may be another\n"
             "user's. If standard output is not a terminal, it prints once and exits.\n\n"
             "A browser shows more: optuna-dashboard (from PyPI) reads the same file, also beside\n"
             "a run, with a study NAME@N for each revision:\n"
             "  optuna-dashboard \"sqlite:///file:results/sweep.db?mode=ro&uri=true\"",
    .options = options,
    .run = run,
};
