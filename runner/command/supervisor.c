/* One loop of poll: the command's output, its metrics file, signals, limits. All time is measured
 * by a clock that stands still while the run itself is stopped. */
#include "runner/command/supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

#include "engine/base/mem.h"
#include "engine/base/path.h"
#include "runner/command/log.h"
#include "runner/command/spawn.h"
#include "runner/command/tree.h"
#include "runner/metrics/lines.h"
#include "runner/process/host.h"
#include "runner/process/worker.h"

#define FILE_CHECK_S  0.1 /* the metrics file is looked at so often */
#define LIMIT_CHECK_S 1.0 /* the memory of the tree, and whether the parent is stopped */
#define KILL_CHECK_S  0.002
#define LONG_PAUSE_S  1.0 /* a turn this much longer than its wait: this process was stopped */
#define REASON_SIZE   160

typedef enum phase {
    RUNNING,
    ASKED,   /* by the stop file */
    TERMED,  /* by SIGTERM */
    KILLING, /* until nothing is left */
    GONE
} phase;

struct run_process {
    run_process_spec spec;
    phase phase;
    run_child child;
    int metrics; /* the file of metric lines; -1: it is not there yet */
    bool reads_file, reads_output;
    run_lines file, output;
    run_log *log;
    bool parent_speaks, is_drained;

    bool was_asked, leader_is_gone;
    int wait_status;
    swp_status limit;
    char reason[REASON_SIZE];

    double started, touched, deadline; /* clock; the deadline is of the phase */
    double turn_began, paused_s;       /* run_clock */
    double file_checked, limits_checked;
    bool log_has_failed;
    bool said_log, said_long, said_half;
    bool has_half_line;
};

/* --- the supervisor ------------------------------------------------------------------------------
 */

static int wakeup[2] = {-1, -1}; /* handlers write to it, poll reads from it */
static volatile sig_atomic_t at_once;

static void wake(int number)
{
    int saved = errno;
    if (number == RUN_AT_ONCE)
        at_once = 1;
    (void)!write(wakeup[1], "", 1);
    errno = saved;
}

swp_status run_supervisor_init(swp_err *err)
{
    struct sigaction action = {.sa_handler = wake, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    at_once = 0;
    if (pipe(wakeup) != 0)
        return swp_fail_errno(err, SWP_IO, errno, "making a pipe for signals");
    for (int i = 0; i < 2; i++)
        fcntl(wakeup[i], F_SETFL, O_NONBLOCK);
    run_close_on_exec();
    sigaction(SIGCHLD, &action, NULL);
    sigaction(RUN_AT_ONCE, &action, NULL);
#ifdef __linux__
    if (prctl(PR_SET_CHILD_SUBREAPER, 1) != 0)
        return swp_fail_errno(err, SWP_IO, errno, "becoming the reaper of commands");
#endif
    return SWP_OK;
}

void run_supervisor_deinit(void)
{
    signal(SIGCHLD, SIG_DFL);
    signal(RUN_AT_ONCE, SIG_IGN);
    for (int i = 0; i < 2; i++) {
        if (wakeup[i] >= 0)
            close(wakeup[i]);
        wakeup[i] = -1;
    }
}

/* --- ending --------------------------------------------------------------------------------------
 */

static double now(const run_process *p)
{
    return run_clock() - p->paused_s;
}

/* To the group of the command, and to all that left it: once to each, since some take a second
 * SIGTERM for an order to end at once. */
static void signal_all(const run_process *p, int number)
{
    if (!p->leader_is_gone)
        kill(-p->child.pid, number);
    run_tree_signal(getpid(), number, p->leader_is_gone ? 0 : p->child.pid);
}

static void enter(run_process *p, phase next)
{
    p->phase = next;
    p->deadline = now(p) + p->spec.command->grace_s;
    if (next == TERMED)
        signal_all(p, SIGTERM);
}

/* Begin to end it. */
static void end(run_process *p)
{
    int fd = swp_open_regular(p->spec.stop, O_WRONLY | O_CREAT | O_NOFOLLOW);
    if (fd >= 0)
        close(fd);
    enter(p, p->spec.command->stop_by_file && fd >= 0 ? ASKED : TERMED);
}

/* End it for a limit. */
static void end_for(run_process *p, swp_status limit, const char *reason)
{
    if (p->phase != RUNNING)
        return;
    p->limit = limit;
    snprintf(p->reason, sizeof p->reason, "%s", reason);
    enter(p, TERMED);
}

/* Reap all that ended. The command's first process ends the others; when no child is left, nothing
 * is below us: a process that loses its parent becomes our child. */
static void reap(run_process *p)
{
    int wait_status;
    pid_t pid;
    while ((pid = waitpid(-1, &wait_status, WNOHANG)) > 0) {
        if (pid != p->child.pid)
            continue;
        p->leader_is_gone = true;
        p->wait_status = wait_status;
        if (p->limit == SWP_OK)
            run_worker_exit_text(wait_status, p->reason, sizeof p->reason);
        if (p->phase < KILLING)
            enter(p, KILLING);
    }
    if (pid < 0 && errno == ECHILD)
        p->phase = GONE;
}

/* Go on to the next phase when the time of this one is over. */
static void press(run_process *p)
{
    if (p->phase == GONE)
        return;
    if (at_once && p->phase != KILLING) {
        p->was_asked = true;
        enter(p, KILLING);
    }
    if ((p->phase == ASKED || p->phase == TERMED) && now(p) >= p->deadline)
        enter(p, p->phase + 1);
    if (p->phase == KILLING)
        signal_all(p, SIGKILL);
}

/* --- reading -------------------------------------------------------------------------------------
 */

static void keep(run_process *p, const char *text, size_t length)
{
    p->log_has_failed |= !run_log_write(p->log, text, length);
}

/* Returns false when there is nothing to read now. */
static bool read_output(run_process *p)
{
    const char *part;
    if (p->child.out < 0)
        return false;
    ssize_t n = run_lines_read(&p->output, p->child.out, &part);
    if (n > 0)
        keep(p, part, (size_t)n);
    if (!p->reads_output)
        run_lines_drop(&p->output);
    if (n == 0)
        run_close(&p->child.out);
    return n > 0;
}

static bool read_messages(run_process *p)
{
    char part[16384];
    if (p->child.messages < 0)
        return false;
    ssize_t n = read(p->child.messages, part, sizeof part);
    if (n > 0)
        keep(p, part, (size_t)n);
    if (n == 0)
        run_close(&p->child.messages);
    return n > 0;
}

/* Read on in the metrics file; one that was made shorter is read from its beginning. Returns false
 * when there is nothing new. */
static bool read_file(run_process *p)
{
    const char *part;
    struct stat info;
    if (!p->reads_file)
        return false;
    if (p->metrics < 0)
        p->metrics = open(p->spec.metrics, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (p->metrics < 0)
        return false;
    if (run_lines_read(&p->file, p->metrics, &part) > 0)
        return true;
    if (fstat(p->metrics, &info) == 0 && info.st_size < lseek(p->metrics, 0, SEEK_CUR))
        lseek(p->metrics, 0, SEEK_SET);
    return false;
}

static bool next_line(run_process *p, run_news *out)
{
    out->line = run_lines_next(&p->file);
    out->kind = RUN_NEWS_FILE;
    if (out->line)
        return true;
    out->line = run_lines_next(&p->output);
    out->kind = RUN_NEWS_OUTPUT;
    return out->line != NULL;
}

/* No process is left below: read both to their ends. A process elsewhere that holds a pipe is not
 * waited for. The last line of standard output needs no end when the command ended well. */
static bool drain(run_process *p, run_news *out)
{
    while (read_file(p) || read_output(p)) {
        if (next_line(p, out))
            return true;
    }
    while (read_messages(p))
        continue;
    bool ended_well = WIFEXITED(p->wait_status) && WEXITSTATUS(p->wait_status) == 0;
    p->has_half_line |= run_lines_rest(&p->file) != NULL;
    out->line = run_lines_rest(&p->output);
    out->kind = RUN_NEWS_OUTPUT;
    return out->line && ended_well;
}

/* --- limits --------------------------------------------------------------------------------------
 */

static bool has_limits(const run_command *c)
{
    return c->timeout_s > 0 || c->idle_s > 0 || c->memory > 0;
}

/* A turn lasts as long as it waits, and a little. One that took much longer was stopped; so is the
 * run while its parent is. */
static void notice_pause(run_process *p, double waited_s)
{
    double at = run_clock(), took = at - p->turn_began;
    bool is_due = p->phase == RUNNING && has_limits(p->spec.command) &&
                  at - p->limits_checked >= LIMIT_CHECK_S;
    if (took - waited_s >= LONG_PAUSE_S)
        p->paused_s += took - waited_s;
    else if (is_due && p->spec.parent >= 0 && run_is_stopped(getppid()))
        p->paused_s += at - p->limits_checked;
    p->turn_began = at;
}

static void check_limits(run_process *p)
{
    const run_command *c = p->spec.command;
    char reason[REASON_SIZE];
    double at = now(p);
    if (c->timeout_s > 0 && at - p->started >= c->timeout_s) {
        snprintf(reason, sizeof reason, "timeout after %g s", c->timeout_s);
        end_for(p, SWP_CANCELLED, reason);
    }
    if (c->idle_s > 0 && at - p->touched >= c->idle_s) {
        snprintf(reason, sizeof reason, "no metric line for %g s", c->idle_s);
        end_for(p, SWP_CANCELLED, reason);
    }
    if (run_clock() - p->limits_checked < LIMIT_CHECK_S)
        return;
    p->limits_checked = run_clock();
    size_t bytes = c->memory > 0 ? run_tree_bytes(getpid()) : 0;
    if (bytes > c->memory) {
        snprintf(reason, sizeof reason, "out of memory: %zu bytes, the limit is %llu", bytes,
                 (unsigned long long)c->memory);
        end_for(p, SWP_NOMEM, reason);
    }
}

/* Seconds until something is to be done though nothing happens. */
static double wait_s(const run_process *p)
{
    const run_command *c = p->spec.command;
    double wait = LIMIT_CHECK_S, at = now(p);
    if (p->reads_file)
        wait = FILE_CHECK_S;
    if (p->phase == KILLING)
        wait = KILL_CHECK_S;
    if (p->phase == ASKED || p->phase == TERMED)
        wait = fmin(wait, p->deadline - at);
    if (p->phase == RUNNING && c->timeout_s > 0)
        wait = fmin(wait, p->started + c->timeout_s - at);
    if (p->phase == RUNNING && c->idle_s > 0)
        wait = fmin(wait, p->touched + c->idle_s - at);
    return fmax(wait, 0);
}

/* --- one command ---------------------------------------------------------------------------------
 */

static swp_status init(run_process *p, swp_err *err)
{
    run_metric_source source = p->spec.command->metrics;
    p->reads_file = source != RUN_METRICS_STDOUT;
    p->reads_output = source != RUN_METRICS_FILE;
    p->metrics = p->child.out = p->child.messages = -1;
    p->phase = GONE;
    swp_status status = run_lines_init(&p->file, "\n", err);
    if (status == SWP_OK) /* progress bars go back in their line */
        status = run_lines_init(&p->output, "\n\r\b", err);
    if (status == SWP_OK)
        status = run_log_open(p->spec.folder, &p->log, err);
    if (status == SWP_OK)
        keep(p, p->spec.header, strlen(p->spec.header));
    return status;
}

swp_status run_process_start(const run_process_spec *spec, run_process **out, swp_err *err)
{
    run_process *p = *out = swp_alloc(1, sizeof *p);
    if (!p)
        return swp_fail(err, SWP_NOMEM, "out of memory for a command");
    p->spec = *spec;
    swp_status status = init(p, err);
    if (status == SWP_OK)
        status = run_spawn(spec->invocation, spec->command->folder, &p->child, err);
    p->spec.invocation = NULL;
    p->phase = p->child.pid > 0 ? RUNNING : GONE;
    p->started = p->touched = p->turn_began = p->limits_checked = run_clock();
    if (status != SWP_OK) {
        run_process_destroy(p);
        *out = NULL;
    }
    return status;
}

void run_process_destroy(run_process *p)
{
    run_news news;
    if (!p)
        return;
    run_process_stop(p);
    while (p->phase != GONE) {
        run_process_wait(p, &news);
        if (news.kind == RUN_NEWS_OVER)
            break;
    }
    run_close(&p->child.out);
    run_close(&p->child.messages);
    run_close(&p->metrics);
    run_lines_deinit(&p->file);
    run_lines_deinit(&p->output);
    run_log_close(p->log);
    swp_free(p);
}

/* --- the loop ------------------------------------------------------------------------------------
 */

/* Wait once, read what is there, and see to the phase. */
static void turn(run_process *p)
{
    char bytes[64];
    struct pollfd fds[] = {
        {.fd = wakeup[0], .events = POLLIN},
        {.fd = p->child.out, .events = POLLIN},
        {.fd = p->child.messages, .events = POLLIN},
        {.fd = p->phase == RUNNING ? p->spec.parent : -1, .events = POLLIN},
    };
    double wait = wait_s(p);
    poll(fds, sizeof fds / sizeof fds[0], (int)ceil(wait * 1000));
    notice_pause(p, wait);
    while (fds[0].revents && read(wakeup[0], bytes, sizeof bytes) == (ssize_t)sizeof bytes)
        continue;
    /* The file comes first: when both have lines, it is what counts. */
    if (fds[1].revents || run_clock() - p->file_checked >= FILE_CHECK_S) {
        read_file(p);
        p->file_checked = run_clock();
    }
    if (fds[1].revents)
        read_output(p);
    if (fds[2].revents)
        read_messages(p);
    p->parent_speaks = fds[3].revents != 0;
    reap(p);
    if (p->phase == RUNNING)
        check_limits(p);
    press(p);
}

void run_process_wait(run_process *p, run_news *out)
{
    while (!next_line(p, out)) {
        if (p->phase == GONE) {
            if (p->is_drained || !drain(p, out)) {
                p->is_drained = true;
                *out = (run_news){.kind = RUN_NEWS_OVER};
            }
            return;
        }
        if (p->parent_speaks && p->phase == RUNNING) {
            p->parent_speaks = false;
            *out = (run_news){.kind = RUN_NEWS_PARENT};
            return;
        }
        turn(p);
    }
}

void run_process_touch(run_process *process)
{
    process->touched = now(process);
}

void run_process_stop(run_process *process)
{
    process->was_asked |= process->phase == RUNNING;
    if (process->phase == RUNNING)
        end(process);
}

run_process_end run_process_end_of(const run_process *process)
{
    return (run_process_end){
        .was_asked = process->was_asked,
        .limit = process->limit,
        .wait_status = process->wait_status,
        .text = process->reason,
    };
}

const char *run_process_note(run_process *p)
{
    struct {
        bool is_so, *said;
        const char *text;
    } const notes[] = {
        {p->log_has_failed, &p->said_log, "its log cannot be written any further"},
        {p->file.too_long + p->output.too_long > 0, &p->said_long,
         "lines of more than 64 KiB were left out"},
        {p->has_half_line, &p->said_half,
         "the last line of its metrics file has no end, and was "
         "left out"},
    };
    for (size_t i = 0; i < sizeof notes / sizeof notes[0]; i++) {
        if (notes[i].is_so && !*notes[i].said) {
            *notes[i].said = true;
            return notes[i].text;
        }
    }
    return NULL;
}
