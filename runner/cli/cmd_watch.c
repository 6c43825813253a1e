/* sweep watch: how an experiment goes, from the store. */
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
#include "runner/cli/cmds.h"
#include "runner/cli/inputs.h"
#include "runner/cli/output.h"
#include "runner/terminal/screen.h"
#include "runner/terminal/watch.h"

#define MOST_INTERVAL 3600
#define ROWS_OF_ONCE  40

static volatile sig_atomic_t stop_seen;

static void note_stop(int number)
{
    (void)number;
    stop_seen = 1;
}

/* As the locale of the environment has it: the program itself keeps to the C locale. */
static bool has_utf8(void)
{
    static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *value = getenv(names[i]);
        if (!value || !*value)
            continue;
        const char *charset = strchr(value, '.');
        return charset &&
               (strncasecmp(charset, ".utf-8", 6) == 0 || strncasecmp(charset, ".utf8", 5) == 0);
    }
    return false;
}

static void add_real(cJSON *object, const char *name, double value)
{
    char text[SWP_NUMBER_SIZE];
    if (isfinite(value))
        cJSON_AddRawToObject(object, name, swp_format_double(value, text));
    else
        cJSON_AddNullToObject(object, name);
}

static void add_size(cJSON *object, const char *name, size_t value)
{
    char text[SWP_NUMBER_SIZE];
    snprintf(text, sizeof text, "%zu", value);
    cJSON_AddRawToObject(object, name, text);
}

static const char *state_of(const run_watch *w, size_t i)
{
    switch (w->trials[i].status) {
    case RES_DONE:
        return "done";
    case RES_FAILED:
        return "failed";
    case RES_PENDING:
        break;
    }
    return w->is_under_way[i] ? "under way" : "pending";
}

static void add_trial(cJSON *list, const run_watch *w, size_t i)
{
    const res_trial *t = &w->trials[i];
    size_t n = t->n_epochs, best = n > 0 ? res_selected_epoch(t->val_loss, n) : 0;
    cJSON *object = cJSON_CreateObject();
    add_size(object, "trial", (size_t)t->id);
    cJSON_AddStringToObject(object, "settings", t->label);
    cJSON_AddStringToObject(object, "status", state_of(w, i));
    add_size(object, "epochs_done", n);
    add_size(object, "epochs", t->max_epochs);
    add_real(object, "train_loss", n > 0 ? t->train_loss[n - 1] : (double)NAN);
    add_real(object, "val_loss", n > 0 ? t->val_loss[n - 1] : (double)NAN);
    add_real(object, "least_val_loss", best > 0 ? t->val_loss[best - 1] : (double)NAN);
    add_size(object, "selected_epoch", best);
    if (t->status == RES_FAILED)
        cJSON_AddStringToObject(object, "reason", t->failure);
    cJSON_AddItemToArray(list, object);
}

static void add_best(cJSON *object, const run_watch *w)
{
    const res_evaluation *t = &w->best;
    char threshold[RES_THRESHOLD_TEXT_SIZE];
    if (!w->has_best) {
        cJSON_AddNullToObject(object, "best_evaluation");
        return;
    }
    cJSON *best = cJSON_AddObjectToObject(object, "best_evaluation");
    add_size(best, "evaluation", t->number);
    add_size(best, "trial", (size_t)t->trial);
    cJSON_AddStringToObject(best, "settings", t->label);
    add_size(best, "epochs", t->epochs);
    cJSON_AddStringToObject(best, "threshold", res_threshold_format(t->threshold, threshold));
    add_real(best, "balanced_accuracy", res_balanced_accuracy(&t->counts));
    add_real(best, "normal_recall", res_normal_recall(&t->counts));
    add_real(best, "anomaly_recall", res_anomaly_recall(&t->counts));
}

static swp_status print_json(const run_watch *w, swp_err *err)
{
    const res_experiment *e = &w->experiment;
    cJSON *object = cJSON_CreateObject();
    cJSON_AddStringToObject(object, "experiment", e->name);
    add_size(object, "revision", e->revision);
    cJSON_AddBoolToObject(object, "running", w->running);
    add_size(object, "trials", e->n_trials);
    add_size(object, "trials_done", e->n_trials_done);
    add_size(object, "trials_failed", e->n_trials_failed);
    add_size(object, "evaluations", e->n_evaluations);
    add_size(object, "evaluations_done", e->n_evaluations_done);
    add_real(object, "share_done", w->share);
    add_real(object, "elapsed_s", w->elapsed_s);
    add_real(object, "left_s", w->left_s);
    add_best(object, w);
    cJSON *list = cJSON_AddArrayToObject(object, "list");
    for (size_t i = 0; i < w->n; i++)
        add_trial(list, w, i);
    return cli_print_json(object, err);
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
    const run_watch_look look = {
        .columns = f->screen.columns, .rows = run_screen_room(&f->screen), .ascii = !has_utf8()};
    swp_status status = run_watch_draw(w, &look, add_line, f, err);
    run_screen_end(&f->screen, &f->text);
    return status;
}

static swp_status look_once(res_store *store, const char *name, bool json, swp_err *err)
{
    run_watch watch;
    const run_watch_look look = {.columns = 100, .rows = ROWS_OF_ONCE, .ascii = !has_utf8()};
    swp_status status = run_watch_load(store, name, &watch, err);
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

/* Frame after frame, until nobody runs the experiment any more. */
static swp_status keep_looking(res_store *store, const char *name, size_t interval, swp_err *err)
{
    frame f = {.screen = {.fd = STDOUT_FILENO}};
    swp_status status = SWP_OK;
    for (bool running = true; running && status == SWP_OK;) {
        run_watch watch;
        status = run_watch_load(store, name, &watch, err);
        if (status == SWP_OK)
            status = draw(&watch, &f, err);
        running = status == SWP_OK && watch.running;
        run_watch_deinit(&watch);
        if (running && !stop_seen)
            pause_for(interval);
        if (running && stop_seen)
            return swp_fail(err, SWP_CANCELLED, "stopped looking; the run goes on");
    }
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
    {.name = "once", .help = "one look, also on a terminal"},
    {.name = "interval", .argument = "SECONDS", .help = "from one look to the next (1)"},
    CLI_OPTION_FORMAT("table or json, which is one look"),
    CLI_OPTION_END,
};

const cli_command cmd_watch = {
    .name = "watch",
    .operands = "[EXPERIMENT]",
    .max_operands = 1,
    .summary = "Show how an experiment goes",
    .notes = "Losses, curves of the validation loss, what is best so far, failures and the time\n"
             "left, once a second until nobody runs the experiment any more, or Ctrl-C. It only\n"
             "reads the store: the run, which may be another user's, does not notice. Where\n"
             "standard output is no terminal it is one look.",
    .options = options,
    .run = run,
};
