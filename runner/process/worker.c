/* The worker's side: jobs in, steps out.
 *
 *   open the backend -> READY -> JOB -> step, step, ... -> READY -> JOB ... until the socket ends
 *
 * After a step each trial of the job is delivered (STEP), or given up (FAILED); one that has
 * reached its budget or was told to stop leaves the job (ENDED) while the others go on. A device
 * that failed ends the process, since nothing can be trained with it any more. */
#include "runner/process/worker.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

#include "engine/base/mem.h"
#include "runner/process/host.h"
#include "runner/process/wire.h"

typedef struct worker {
    const run_worker_spec *spec;
    int fd;
    run_trainer *trainer;
    run_inbox inbox;
    bool closing; /* the parent has no more jobs: commands are ended properly */
    bool over;    /* the parent is gone or has no more jobs, or the device is unusable */
} worker;

/* A trial of the current job. */
typedef struct member {
    size_t trial, budget;
    bool over; /* ended or failed */
} member;

typedef struct job {
    member *members; /* (n) in the order of the job's items */
    size_t n, n_running;
    size_t steps_done;
    run_training *training;
} job;

/* Send what was put; if that fails, the parent is gone. */
static void tell(worker *w, swp_buf *frame)
{
    if (run_send(w->fd, frame, NULL) != SWP_OK)
        w->over = true;
}

static void tell_failed(worker *w, size_t trial, const swp_err *failure)
{
    swp_buf frame = {0};
    run_put_failed(&frame, trial, failure);
    tell(w, &frame);
}

static void leave(const worker *w, job *j, size_t k)
{
    j->members[k].over = true;
    j->n_running--;
    w->spec->backend->stop(j->training, k);
}

static void tell_ended(worker *w, size_t trial, run_end end, const char *text)
{
    swp_buf frame = {0};
    run_put_ended(&frame, trial, end, text);
    tell(w, &frame);
}

/* A trial has reached its budget or was told to stop. With a backend that supervises, it leaves the
 * job when its command has ended. */
static void end_member(worker *w, job *j, size_t k)
{
    if (w->spec->backend->supervises) {
        w->spec->backend->stop(j->training, k);
        return;
    }
    leave(w, j, k);
    tell_ended(w, j->members[k].trial, RUN_END_TOLD, NULL);
}

/* The trials ended by themselves. */
static void leave_all(worker *w, job *j, const run_advance *advance)
{
    for (size_t k = 0; k < j->n; k++) {
        if (j->members[k].over)
            continue;
        j->members[k].over = true;
        j->n_running--;
        tell_ended(w, j->members[k].trial, advance->end, advance->text);
    }
}

/* Send notes about a trial. */
static void tell_notes(worker *w, job *j, size_t k)
{
    const run_backend *backend = w->spec->backend;
    const char *note;
    while (backend->note && !w->over && (note = backend->note(j->training, k))) {
        swp_buf frame = {0};
        run_put_note(&frame, j->members[k].trial, note);
        tell(w, &frame);
    }
}

/* Read the items of a job and start its trials. */
static swp_status begin(worker *w, run_job received, job *j, swp_err *err)
{
    run_job_item *items = swp_alloc(received.n, sizeof *items);
    j->members = swp_alloc(received.n, sizeof *j->members);
    j->steps_done = received.steps_done;
    swp_status status = SWP_OK;
    if (!items || !j->members)
        status = swp_fail(err, SWP_NOMEM, "out of memory for a job of %zu trials", received.n);
    for (size_t k = 0; k < received.n && status == SWP_OK; k++) {
        status = run_job_next(&received, &items[k], err);
        if (status != SWP_OK)
            break;
        if (items[k].steps <= j->steps_done)
            status = swp_fail(err, SWP_INTERNAL, "a budget of %zu steps, of which %zu are done",
                              items[k].steps, j->steps_done);
        j->members[j->n++] = (member){.trial = items[k].trial, .budget = items[k].steps};
    }
    j->n_running = j->n;
    if (status == SWP_OK)
        status = w->spec->backend->start(w->trainer, items, j->n, j->steps_done, &j->training, err);
    swp_free(items);
    return status;
}

/* Handle a message of the parent about a trial; trials that have left the job are ignored. */
static void apply_order(worker *w, job *j, const run_message *message)
{
    for (size_t k = 0; k < j->n; k++) {
        member *m = &j->members[k];
        if (m->trial != message->trial || m->over)
            continue;
        if (message->kind == RUN_BUDGET)
            m->budget = message->steps;
        if (message->kind == RUN_STOP || m->budget <= j->steps_done)
            end_member(w, j, k);
    }
}

/* The parent has closed its end, or is gone. */
static void close_job(worker *w, job *j)
{
    w->closing = w->spec->backend->supervises;
    w->over = !w->closing;
    for (size_t k = 0; k < j->n && w->closing; k++)
        end_member(w, j, k);
}

/* Read pending messages of the parent, without waiting for more. */
static void read_orders(worker *w, job *j)
{
    struct pollfd in = {.fd = w->fd, .events = POLLIN};
    run_message message;
    bool found, eof = false;
    while (!w->over && !w->closing) {
        if (run_inbox_next(&w->inbox, &message, &found, NULL) != SWP_OK)
            w->over = true;
        else if (found)
            apply_order(w, j, &message);
        else if (poll(&in, 1, 0) <= 0)
            return;
        else if (run_inbox_fill(&w->inbox, w->fd, &eof, NULL) != SWP_OK || eof)
            close_job(w, j);
    }
}

/* Send one trial's step, or its failure. */
static swp_status deliver(worker *w, job *j, size_t k, swp_err *err)
{
    res_step step;
    swp_buf frame = {0};
    swp_status status = w->spec->backend->read(j->training, k, &step, err);
    if (status == SWP_NUMERIC && !w->spec->backend->supervises) {
        tell_failed(w, j->members[k].trial, err);
        leave(w, j, k);
        return SWP_OK;
    }
    if (status != SWP_OK)
        return status;
    /* A command that was told to end may do steps until it has ended. */
    if (w->spec->backend->supervises && j->steps_done >= j->members[k].budget)
        return SWP_OK;
    run_put_step(&frame, j->members[k].trial, &step);
    tell(w, &frame);
    j->steps_done = step.step;
    if (!w->over && j->steps_done >= j->members[k].budget)
        end_member(w, j, k);
    return SWP_OK;
}

static swp_status advance(worker *w, job *j, swp_err *err)
{
    swp_status status = SWP_OK;
    for (read_orders(w, j); !w->over && j->n_running > 0 && status == SWP_OK; read_orders(w, j)) {
        run_advance advance;
        status = w->spec->backend->step(j->training, &advance, err);
        for (size_t k = 0; k < j->n && !w->over; k++) {
            if (status == SWP_OK && advance.what == RUN_STEPPED && !j->members[k].over)
                status = deliver(w, j, k, err);
            tell_notes(w, j, k);
        }
        if (status == SWP_OK && advance.what == RUN_OVER)
            leave_all(w, j, &advance);
    }
    return status;
}

/* Nothing was trained: all trials of a job fail, also those that there was no memory to list. */
static void fail_all(worker *w, run_job received, const swp_err *failure)
{
    run_job_item item;
    for (size_t k = 0; k < received.n && run_job_next(&received, &item, NULL) == SWP_OK; k++)
        tell_failed(w, item.trial, failure);
}

static void end_job(const worker *w, job *j)
{
    w->spec->backend->end(j->training);
    j->training = NULL;
}

static void do_job(worker *w, run_job received)
{
    swp_err err = {0};
    job j = {0};
    swp_status status = begin(w, received, &j, &err);
    if (status != SWP_OK) {
        fail_all(w, received, &err);
    } else {
        status = advance(w, &j, &err);
        /* Its command has ended before its failure is sent. */
        if (w->spec->backend->supervises)
            end_job(w, &j);
        for (size_t k = 0; k < j.n && status != SWP_OK; k++) {
            if (!j.members[k].over)
                tell_failed(w, j.members[k].trial, &err);
        }
    }
    w->over |= status == SWP_DEVICE;
    end_job(w, &j);
    swp_free(j.members);
}

/* Send READY for the device in use, or (a probe) for each. */
static void tell_devices(worker *w)
{
    eng_info devices[RUN_MOST_DEVICES];
    size_t most = w->spec->is_probe ? RUN_MOST_DEVICES : 1;
    size_t n = w->spec->backend->list_devices(w->trainer, devices, most);
    for (size_t i = 0; i < n && i < most; i++) {
        swp_buf frame = {0};
        run_put_ready(&frame, &devices[i]);
        tell(w, &frame);
    }
}

/* Do jobs until the parent has no more. */
static void serve(worker *w)
{
    while (!w->over && !w->closing) {
        run_message message = {.kind = RUN_STOP};
        bool eof = false;
        tell_devices(w);
        /* Messages about finished trials are ignored. */
        while (!w->over && !eof && message.kind != RUN_JOB)
            w->over = run_inbox_wait(&w->inbox, w->fd, &message, &eof, NULL) != SWP_OK || eof;
        if (!w->over)
            do_job(w, message.job);
    }
}

static int worker_main(const run_worker_spec *spec, int fd)
{
    worker w = {.spec = spec, .fd = fd};
    run_backend_setup setup = spec->setup;
    swp_err err = {0};
    setup.parent = fd;
    swp_status status = spec->backend->open(&setup, &w.trainer, &err);
    if (status != SWP_OK)
        tell_failed(&w, RUN_NO_TRIAL, &err);
    else if (spec->is_probe)
        tell_devices(&w);
    else
        serve(&w);
    spec->backend->close(w.trainer);
    run_inbox_deinit(&w.inbox);
    return 0;
}

/* Ctrl-C reaches every process of the terminal; only the parent answers it. When the parent dies, a
 * worker dies too, unless it must end commands first: then it sees its socket close. */
static void leave_signals_to_parent(pid_t parent, bool supervises)
{
    signal(SIGINT, SIG_IGN);
    signal(SIGTERM, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    signal(SIGUSR1, SIG_IGN);
#ifdef __linux__
    if (!supervises)
        prctl(PR_SET_PDEATHSIG, SIGKILL);
#else
    (void)supervises;
#endif
    if (getppid() != parent)
        _exit(0);
}

swp_status run_worker_fork(const run_worker_spec *spec, const int *others, size_t n_others,
                           pid_t *pid, int *fd, swp_err *err)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0)
        return swp_fail_errno(err, SWP_IO, errno, "cannot make a socket for a worker");
    pid_t parent = getpid();
    *pid = fork();
    if (*pid < 0) {
        int reason = errno;
        close(ends[0]);
        close(ends[1]);
        return swp_fail_errno(err, SWP_IO, reason, "cannot start a worker");
    }
    if (*pid == 0) {
        leave_signals_to_parent(parent, spec->backend->supervises);
        close(ends[0]);
        for (size_t i = 0; i < n_others; i++)
            close(others[i]);
        /* _exit: the parent's stdio buffers and exit handlers are not the child's. */
        _exit(worker_main(spec, ends[1]));
    }
    close(ends[1]);
    *fd = ends[0];
    return SWP_OK;
}

char *run_worker_exit_text(int wait_status, char *out, size_t size)
{
    if (WIFSIGNALED(wait_status))
        snprintf(out, size, "signal %d (%s)", WTERMSIG(wait_status),
                 strsignal(WTERMSIG(wait_status)));
    else
        snprintf(out, size, "exit code %d", WEXITSTATUS(wait_status));
    return out;
}

/* Whether a process sends something, or ends, before the time is over. */
static bool wait_readable(int fd, double timeout_s)
{
    struct pollfd in = {.fd = fd, .events = POLLIN};
    return timeout_s <= 0 || poll(&in, 1, (int)ceil(fmin(timeout_s, 1e6) * 1000)) != 0;
}

/* Read devices until the probe ends. */
static swp_status read_devices(int fd, eng_info *out, size_t most, size_t *n, swp_err *err)
{
    run_inbox inbox = {0};
    run_message message;
    bool eof = false;
    swp_status status = SWP_OK;
    while (status == SWP_OK && !eof) {
        status = run_inbox_wait(&inbox, fd, &message, &eof, err);
        if (status != SWP_OK || eof)
            break;
        if (message.kind == RUN_FAILED)
            status = run_failure_of(&message, err);
        else if (message.kind == RUN_READY && *n < most)
            out[(*n)++] = message.info;
    }
    run_inbox_deinit(&inbox);
    return status;
}

swp_status run_worker_probe(const eng_api *api, bool tf32, double timeout_s, eng_info *out,
                            size_t most, size_t *n, swp_err *err)
{
    run_worker_spec spec = {.setup = {.engine = api, .tf32 = tf32}, .is_probe = true};
    pid_t pid = 0;
    int fd = -1;
    *n = 0;
    swp_status status = run_backend_find(RUN_BACKEND_LSTM, &spec.backend, err);
    if (status == SWP_OK)
        status = run_worker_fork(&spec, NULL, 0, &pid, &fd, err);
    if (status != SWP_OK)
        return status;
    if (wait_readable(fd, timeout_s)) {
        status = read_devices(fd, out, most, n, err);
    } else {
        kill(pid, SIGKILL);
        status = swp_fail(err, SWP_DEVICE, "the %s engine did not open: timeout after %g s",
                          api->name, timeout_s);
    }
    close(fd);
    int wait_status = 0;
    while (waitpid(pid, &wait_status, 0) < 0 && errno == EINTR)
        continue;
    if (status == SWP_OK && *n == 0) {
        char exit_text[128];
        status =
            swp_fail(err, SWP_DEVICE, "the %s engine did not open: its process died: %s", api->name,
                     run_worker_exit_text(wait_status, exit_text, sizeof exit_text));
    }
    return status;
}
