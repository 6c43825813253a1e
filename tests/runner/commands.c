#include "tests/runner/commands.h"

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "runner/backend/command.h"
#include "runner/process/host.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/data.h"

run_command commands_shell(const char *text)
{
    return (run_command){
        .run = text,
        .args = RUN_ARGS_ARGPARSE,
        .shell = true,
        .step = "epoch",
        .objective = "val_loss",
        .grace_s = 0.3,
        .gpus = "auto",
        .per_gpu = 1,
    };
}

static void open_worker(commands *c, const run_command *command, size_t slot, bool keeps_steps)
{
    swp_err err;
    *c = (commands){.command = *command};
    const run_worker_spec spec = {
        .backend = run_backend_command(),
        .setup = {.command = &c->command, .slot = slot, .threads = 2, .keeps_steps = keeps_steps},
    };
    assert_int_equal(run_worker_fork(&spec, NULL, 0, &c->pid, &c->fd, &err), SWP_OK);
}

void commands_open(commands *c, const run_command *command, size_t slot)
{
    open_worker(c, command, slot, false);
}

void commands_open_keeping(commands *c, const run_command *command)
{
    open_worker(c, command, 0, true);
}

void commands_close(commands *c)
{
    int wait_status;
    close(c->fd);
    while (waitpid(c->pid, &wait_status, 0) < 0 && errno == EINTR)
        continue;
    run_inbox_deinit(&c->inbox);
    assert_int_equal(wait_status, 0);
    assert_int_equal(commands_alive(), 0);
}

static run_message receive(commands *c)
{
    run_message message;
    bool eof;
    swp_err err;
    assert_int_equal(run_inbox_wait(&c->inbox, c->fd, &message, &eof, &err), SWP_OK);
    assert_false(eof);
    return message;
}

void commands_send(commands *c, const run_job_item *item, size_t steps_done)
{
    assert_int_equal(receive(c).kind, RUN_READY);
    swp_buf frames = {0}, params = {0};
    swp_err err;
    run_job_item full = *item;
    const run_param x = {"x", "1", RUN_PARAM_NUMBER};
    run_params_put(&x, 1, &params);
    full.params = params.text;
    full.folder = item->folder ? item->folder : "trial";
    full.number = item->trial + 1;
    full.attempt = item->attempt > 0 ? item->attempt : 1;
    full.clears_folder = full.attempt == 1;
    full.steps = item->steps > 0 ? item->steps : RUN_UNLIMITED;
    run_put_job(&frames, steps_done, &full, 1);
    assert_int_equal(run_send(c->fd, &frames, &err), SWP_OK);
    swp_buf_deinit(&params);
}

static void on_step(outcome *out, const res_step *step)
{
    if (out->n_steps >= COMMANDS_MOST) {
        out->n_steps++;
        return;
    }
    char *text = out->values[out->n_steps], number[SWP_NUMBER_SIZE];
    size_t n = 0;
    text[0] = '\0';
    for (size_t i = 0; i < step->n_values && n < sizeof out->values[0]; i++)
        n += (size_t)snprintf(text + n, sizeof out->values[0] - n, "%s%s=%s", i > 0 ? " " : "",
                              step->values[i].name,
                              swp_format_double(step->values[i].value, number));
    out->steps[out->n_steps++] = step->step;
    snprintf(out->state, sizeof out->state, "%.*s", (int)step->state_bytes,
             (const char *)step->state);
}

void commands_receive(commands *c, outcome *out, void (*stepped)(commands *, const outcome *))
{
    double began = run_clock();
    *out = (outcome){.n_steps = 0};
    for (bool over = false; !over;) {
        run_message m = receive(c);
        over = m.kind == RUN_ENDED || m.kind == RUN_FAILED;
        if (over)
            snprintf(out->text, sizeof out->text, "%s", m.text);
        out->failed = m.kind == RUN_FAILED;
        out->status = m.status;
        out->end = m.end;
        if (m.kind == RUN_NOTE)
            snprintf(out->notes + strlen(out->notes), sizeof out->notes - strlen(out->notes),
                     "%s\n", m.text);
        if (m.kind == RUN_STEP) {
            on_step(out, &m.step);
            out->last_step_s = run_clock() - began;
            if (stepped)
                stepped(c, out);
        }
    }
    out->seconds = run_clock() - began;
}

outcome commands_run(const run_command *command)
{
    commands c;
    outcome out;
    commands_open(&c, command, 0);
    commands_send(&c, &(run_job_item){.trial = 0}, 0);
    commands_receive(&c, &out, NULL);
    assert_int_equal(commands_alive(), 0);
    commands_close(&c);
    return out;
}

/* Whether a process was started by a command of this test and is alive. */
static bool is_ours(const char *pid, const char *mark)
{
    static char text[1 << 17];
    char path[300];
    snprintf(path, sizeof path, "/proc/%s/environ", pid);
    FILE *file = fopen(path, "r");
    size_t n = file ? fread(text, 1, sizeof text - 1, file) : 0;
    if (file)
        fclose(file);
    text[n] = '\0';
    for (const char *line = text; line < text + n; line += strlen(line) + 1) {
        if (strncmp(line, mark, strlen(mark)) == 0)
            return true;
    }
    return false;
}

size_t commands_alive(void)
{
    char folder[2048], mark[2100];
    size_t n = 0;
    assert_non_null(getcwd(folder, sizeof folder));
    snprintf(mark, sizeof mark, "SWEEP_DIR=%s/", folder);
    DIR *dir = opendir("/proc");
    for (const struct dirent *e; dir && (e = readdir(dir));)
        n += e->d_name[0] >= '1' && e->d_name[0] <= '9' && is_ours(e->d_name, mark);
    closedir(dir);
    return n;
}

void commands_expect_done(const outcome *o)
{
    if (o->failed || o->end != RUN_END_DONE)
        fail_msg("%s", o->text);
}

char *commands_read(const char *path)
{
    size_t size;
    return test_read_file(path, &size);
}

void commands_sleep(double seconds)
{
    const struct timespec time = {.tv_sec = (time_t)seconds,
                                  .tv_nsec = (long)((seconds - (double)(time_t)seconds) * 1e9)};
    nanosleep(&time, NULL);
}
