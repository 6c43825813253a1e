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
#include "runner/backend/snapshot.h"
#include "runner/backend/state.h"
#include "runner/process/host.h"
#include "runner/process/wire.h"

typedef struct worker {
    const run_worker_spec *spec;
    int fd;
    eng_engine *engine;
    run_inbox inbox;
    bool over; /* the parent is gone, or the device is not usable any more */
} worker;

/* A job being done: a cohort and the buffers of its epochs. */
typedef struct task {
    size_t epochs_done, n;
    size_t *trials; /* (n) indexes into the plan */
    bool *ended;    /* (n) failed, or done */
    double *best;   /* (n) smallest validation loss so far */
    const eng_split *split;
    eng_cohort *cohort;
    run_state state; /* of one model at a time */
    void *packed;    /* the same as bytes */
    double *loss;    /* (n) */
    float *errors;   /* (n, n_val), (n, n_test), (n, n_anomaly), one after the other */
} task;

/* Tell the parent; a parent that cannot be told is gone. */
static void tell_failed(worker *w, size_t trial, const swp_err *failure)
{
    if (run_send_failed(w->fd, trial, failure, NULL) != SWP_OK)
        w->over = true;
}

static const run_trial *trial_of(const worker *w, const task *t, size_t k)
{
    return &w->spec->plan->trials[t->trials[k]];
}

static void task_deinit(const worker *w, task *t)
{
    w->spec->api->cohort_destroy(t->cohort);
    run_state_deinit(&t->state);
    swp_free(t->trials);
    swp_free(t->ended);
    swp_free(t->best);
    swp_free(t->packed);
    swp_free(t->loss);
    swp_free(t->errors);
}

/* The trials of a job; their states come later, once there is a cohort to hold them. */
static swp_status read_trials(const worker *w, run_job job, task *t, swp_err *err)
{
    t->epochs_done = job.epochs_done;
    t->trials = swp_alloc(job.n, sizeof *t->trials);
    t->ended = swp_alloc(job.n, sizeof *t->ended);
    t->best = swp_alloc(job.n, sizeof *t->best);
    if (!t->trials || !t->ended || !t->best)
        return swp_fail(err, SWP_NOMEM, "out of memory for a job of %zu trials", job.n);
    for (; t->n < job.n; t->n++) {
        run_job_item item;
        swp_status status = run_job_next(&job, &item, err);
        if (status != SWP_OK)
            return status;
        if (item.trial >= w->spec->plan->n_trials)
            return swp_fail(err, SWP_INTERNAL, "no trial %zu in the plan", item.trial);
        t->trials[t->n] = item.trial;
        t->best[t->n] = item.best_val_loss;
    }
    const run_trial *first = trial_of(w, t, 0);
    t->split = &w->spec->plan->splits[first->split].split;
    return SWP_OK;
}

static swp_status create_cohort(worker *w, task *t, swp_err *err)
{
    const run_plan *plan = w->spec->plan;
    const run_trial *first = trial_of(w, t, 0);
    const eng_dataset *set = plan->data[plan->splits[first->split].data].set;
    eng_adam *adam = swp_alloc(t->n, sizeof *adam);
    if (!adam)
        return swp_fail(err, SWP_NOMEM, "out of memory for %zu models", t->n);
    for (size_t k = 0; k < t->n; k++)
        adam[k].learning_rate = trial_of(w, t, k)->settings.learning_rate;
    eng_cohort_spec spec = {
        .shape = first->settings.shape,
        .loss = first->settings.loss,
        .batch_size = first->settings.batch_size,
        .n_models = t->n,
        .adam = adam,
        .series = {.values = set->values, .n_rows = set->n_rows, .length = set->length},
        .cores = w->spec->cores,
    };
    size_t need = w->spec->api->cohort_bytes(w->engine, &spec);
    swp_status status;
    if (w->spec->memory && need > w->spec->memory)
        status = swp_fail(err, SWP_NOMEM, "out of memory: needs %zu bytes, run.memory is %llu",
                          need, (unsigned long long)w->spec->memory);
    else
        status = w->spec->api->cohort_create(w->engine, &spec, &t->cohort, err);
    swp_free(adam);
    return status;
}

static swp_status alloc_buffers(const worker *w, task *t, swp_err *err)
{
    size_t total = eng_layout_of(trial_of(w, t, 0)->settings.shape).total;
    eng_info info;
    w->spec->api->get_info(w->engine, &info);
    swp_status status = run_state_init(&t->state, total, &info, err);
    if (status != SWP_OK)
        return status;
    t->packed = swp_alloc(run_state_size(total), 1);
    t->loss = swp_alloc(t->n, sizeof *t->loss);
    t->errors = swp_alloc(t->n * (t->split->n_val + t->split->n_test + t->split->n_anomaly),
                          sizeof *t->errors);
    if (!t->packed || !t->loss || !t->errors)
        return swp_fail(err, SWP_NOMEM, "out of memory for the results of %zu models", t->n);
    return SWP_OK;
}

/* Give every model its state: the one that was stored, or the weights that it begins with, and what
 * is zero from run_state_init. */
static swp_status set_states(worker *w, task *t, run_job job, swp_err *err)
{
    for (size_t k = 0; k < t->n; k++) {
        run_job_item item;
        swp_status status = run_job_next(&job, &item, err);
        if (status != SWP_OK)
            return status;
        if (t->epochs_done > 0) {
            status = run_state_unpack(&t->state, item.state, item.state_bytes, err);
        } else {
            run_trial_init(trial_of(w, t, k), t->state.values.weights);
        }
        if (status == SWP_OK)
            status = w->spec->api->set_state(t->cohort, k, &t->state.values, err);
        if (status != SWP_OK)
            return status;
    }
    return SWP_OK;
}

static double mean(const float *values, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (double)values[i];
    return sum / (double)n;
}

/* What of an epoch is not a finite number, or NULL. */
static const char *find_non_finite(const res_epoch *epoch)
{
    const res_errors *e = &epoch->errors;
    if (!isfinite(epoch->train_loss))
        return "train loss";
    if (!isfinite(epoch->val_loss))
        return "validation loss";
    if (!isfinite(mean(e->test, e->n_test)) || !isfinite(mean(e->anomaly, e->n_anomaly)))
        return "test error";
    return NULL;
}

/* The best epoch so far brings its model along, as the task's state has it. */
static swp_status take_snapshot(const worker *w, task *t, size_t k, res_epoch *epoch,
                                run_snapshot *snapshot, swp_err *err)
{
    const run_model model = {
        .api = w->spec->api, .cohort = t->cohort, .index = k, .weights = t->state.values.weights};
    t->best[k] = epoch->val_loss;
    swp_status status =
        run_snapshot_init(snapshot, w->spec->plan, trial_of(w, t, k), &model, epoch, err);
    epoch->weights = snapshot->weights;
    epoch->weights_bytes = snapshot->weights_bytes;
    epoch->reconstructions = snapshot->reconstructions;
    epoch->n_reconstructions = snapshot->n_reconstructions;
    return status;
}

/* Send one model's epoch, or its failure. `epoch` lacks what differs between models. */
static swp_status deliver(worker *w, task *t, size_t k, res_epoch epoch, swp_err *err)
{
    const eng_split *split = t->split;
    float *test = t->errors + t->n * split->n_val;
    float *anomaly = test + t->n * split->n_test;
    epoch.errors = (res_errors){
        .val = t->errors + k * split->n_val,
        .test = test + k * split->n_test,
        .anomaly = anomaly + k * split->n_anomaly,
        .n_val = split->n_val,
        .n_test = split->n_test,
        .n_anomaly = split->n_anomaly,
    };
    epoch.train_loss = t->loss[k];
    epoch.val_loss = mean(epoch.errors.val, split->n_val);
    const char *broken = find_non_finite(&epoch);
    if (broken) {
        swp_err failure;
        t->ended[k] = swp_fail(&failure, SWP_NUMERIC, "non-finite %s at epoch %zu", broken,
                               epoch.epoch) != SWP_OK;
        tell_failed(w, t->trials[k], &failure);
        return SWP_OK;
    }
    swp_status status = w->spec->api->get_state(t->cohort, k, &t->state.values, err);
    if (status != SWP_OK)
        return status;
    run_state_pack(&t->state, t->packed);
    epoch.state = t->packed;
    epoch.state_bytes = run_state_size(t->state.total);
    run_snapshot snapshot = {0};
    if (epoch.val_loss < t->best[k])
        status = take_snapshot(w, t, k, &epoch, &snapshot, err);
    if (status == SWP_OK && run_send_epoch(w->fd, t->trials[k], &epoch, NULL) != SWP_OK)
        w->over = true;
    t->ended[k] = status == SWP_OK && epoch.epoch == trial_of(w, t, k)->max_epochs;
    run_snapshot_deinit(&snapshot);
    return status;
}

static bool has_epoch(const worker *w, const task *t, size_t k, size_t epoch)
{
    return !t->ended[k] && epoch <= trial_of(w, t, k)->max_epochs;
}

static size_t count_running(const worker *w, const task *t, size_t epoch)
{
    size_t n = 0;
    for (size_t k = 0; k < t->n; k++)
        n += has_epoch(w, t, k, epoch);
    return n;
}

static swp_status evaluate(const worker *w, const task *t, swp_err *err)
{
    const eng_api *api = w->spec->api;
    const eng_split *s = t->split;
    float *test = t->errors + t->n * s->n_val;
    float *anomaly = test + t->n * s->n_test;
    swp_status status = api->evaluate(t->cohort, s->val, s->n_val, t->errors, err);
    if (status == SWP_OK)
        status = api->evaluate(t->cohort, s->test, s->n_test, test, err);
    if (status == SWP_OK)
        status = api->evaluate(t->cohort, s->anomaly, s->n_anomaly, anomaly, err);
    return status;
}

static swp_status do_epoch(worker *w, task *t, size_t number, size_t n_running, swp_err *err)
{
    double begun = run_now(), start = run_clock();
    swp_status status =
        w->spec->api->train_epoch(t->cohort, t->split->train, t->split->n_train, t->loss, err);
    double trained = run_clock();
    if (status == SWP_OK)
        status = evaluate(w, t, err);
    double evaluated = run_clock();

    /* Models that ran side by side share the time. */
    res_epoch epoch = {
        .epoch = number,
        .train_s = (trained - start) / (double)n_running,
        .eval_s = (evaluated - trained) / (double)n_running,
        .begun_s = begun,
        .ended_s = begun + (evaluated - start), /* whatever was done to the date meanwhile */
    };
    for (size_t k = 0; k < t->n && status == SWP_OK && !w->over; k++) {
        if (has_epoch(w, t, k, number))
            status = deliver(w, t, k, epoch, err);
    }
    return status;
}

/* The parent sends nothing to a busy worker: whatever can be read is the end of the stream. */
static bool is_told_to_stop(const worker *w)
{
    struct pollfd in = {.fd = w->fd, .events = POLLIN};
    return poll(&in, 1, 0) > 0;
}

static swp_status advance(worker *w, task *t, swp_err *err)
{
    for (size_t epoch = t->epochs_done + 1; !w->over && !is_told_to_stop(w); epoch++) {
        size_t n_running = count_running(w, t, epoch);
        if (n_running == 0)
            break;
        swp_status status = do_epoch(w, t, epoch, n_running, err);
        if (status != SWP_OK)
            return status;
    }
    return SWP_OK;
}

/* All trials of a job that have not ended fail: those, too, that there was no memory to list. */
static void fail_job(worker *w, const task *t, run_job job, const swp_err *failure)
{
    run_job_item item;
    for (size_t k = 0; k < job.n && run_job_next(&job, &item, NULL) == SWP_OK; k++) {
        if (k >= t->n || !t->ended[k])
            tell_failed(w, item.trial, failure);
    }
}

static void do_job(worker *w, run_job job)
{
    swp_err err = {0};
    task t = {0};
    swp_status status = read_trials(w, job, &t, &err);
    if (status == SWP_OK)
        status = create_cohort(w, &t, &err);
    if (status == SWP_OK)
        status = alloc_buffers(w, &t, &err);
    if (status == SWP_OK)
        status = set_states(w, &t, job, &err);
    if (status == SWP_OK)
        status = advance(w, &t, &err);
    if (status != SWP_OK)
        fail_job(w, &t, job, &err);
    w->over |= status == SWP_DEVICE;
    task_deinit(w, &t);
}

/* Jobs until the parent has no more. */
static void serve(worker *w)
{
    eng_info info;
    w->spec->api->get_info(w->engine, &info);
    while (!w->over) {
        run_message message;
        bool eof;
        if (run_send_ready(w->fd, &info, NULL) != SWP_OK ||
            run_inbox_wait(&w->inbox, w->fd, &message, &eof, NULL) != SWP_OK || eof)
            return;
        do_job(w, message.job);
    }
}

/* What a probe says: its devices. */
static void tell_devices(const worker *w)
{
    eng_info devices[RUN_MOST_DEVICES];
    size_t n = w->spec->api->list_devices(w->engine, devices, RUN_MOST_DEVICES);
    for (size_t i = 0; i < n && i < RUN_MOST_DEVICES; i++) {
        if (run_send_ready(w->fd, &devices[i], NULL) != SWP_OK)
            return;
    }
}

static int worker_main(const run_worker_spec *spec, int fd)
{
    worker w = {.spec = spec, .fd = fd};
    swp_err err = {0};
    const eng_options options = {.isa = run_isa(), .tf32 = spec->tf32};
    swp_status status = spec->api->open(&options, &w.engine, &err);
    if (status == SWP_OK && spec->plan)
        serve(&w);
    else if (status == SWP_OK)
        tell_devices(&w);
    else
        tell_failed(&w, RUN_NO_TRIAL, &err);
    spec->api->close(w.engine);
    run_inbox_deinit(&w.inbox);
    return 0;
}

/* Ctrl-C reaches every process of the terminal; only the parent answers it. */
static void leave_signals_to_parent(pid_t parent)
{
    signal(SIGINT, SIG_IGN);
    signal(SIGTERM, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    signal(SIGUSR1, SIG_IGN);
#ifdef __linux__
    prctl(PR_SET_PDEATHSIG, SIGKILL);
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
        leave_signals_to_parent(parent);
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

char *run_worker_fate(int wait_status, char *out, size_t size)
{
    if (WIFSIGNALED(wait_status))
        snprintf(out, size, "signal %d (%s)", WTERMSIG(wait_status),
                 strsignal(WTERMSIG(wait_status)));
    else
        snprintf(out, size, "exit code %d", WEXITSTATUS(wait_status));
    return out;
}

/* Whether a process says anything, or ends, before the time is over. */
static bool answers(int fd, double timeout_s)
{
    struct pollfd in = {.fd = fd, .events = POLLIN};
    return timeout_s <= 0 || poll(&in, 1, (int)ceil(fmin(timeout_s, 1e6) * 1000)) != 0;
}

/* Devices, until the probe has told all it knows. */
static swp_status take_devices(int fd, eng_info *out, size_t most, size_t *n, swp_err *err)
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
            status = run_fail_as_told(&message, err);
        else if (message.kind == RUN_READY && *n < most)
            out[(*n)++] = message.info;
    }
    run_inbox_deinit(&inbox);
    return status;
}

swp_status run_worker_probe(const eng_api *api, bool tf32, double timeout_s, eng_info *out,
                            size_t most, size_t *n, swp_err *err)
{
    run_worker_spec spec = {.api = api, .tf32 = tf32};
    pid_t pid = 0;
    int fd = -1;
    *n = 0;
    swp_status status = run_worker_fork(&spec, NULL, 0, &pid, &fd, err);
    if (status != SWP_OK)
        return status;
    if (answers(fd, timeout_s)) {
        status = take_devices(fd, out, most, n, err);
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
        char fate[128];
        status = swp_fail(err, SWP_DEVICE, "the %s engine did not open: its process died: %s",
                          api->name, run_worker_fate(wait_status, fate, sizeof fate));
    }
    return status;
}
