#include "runner/process/sched.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/mem.h"
#include "engine/base/str.h"
#include "runner/process/host.h"
#include "runner/process/share.h"
#include "runner/process/slot.h"
#include "runner/process/stop.h"
#include "runner/process/wire.h"

#define MEMORY_CHECK_S 0.1
#define LONGEST_WAIT_S 1.0 /* a signal just before poll is noticed this late */
#define REASON_SIZE    320

/* A trial to be tried again, and with whom: others of the job that it was in, while they are no
 * more than `most`. */
typedef struct retry {
    size_t trial, job, most;
} retry;

typedef struct sched {
    run_study *study;
    const run_sched_options *options;
    run_sched_result *result;
    run_slot *slots; /* (options->workers) */
    struct pollfd *polls;
    run_share *share;  /* of cores among the workers in the slots */
    size_t n_helpers;  /* cores that help busy workers */
    run_cohort *queue; /* (n_queue), of which the first `taken` were handed out */
    size_t n_queue, taken;
    retry *again; /* (n_again) last in, first out */
    size_t n_again;
    size_t n_jobs;          /* handed out so far */
    size_t *attempts;       /* (n_trials) workers that died of it */
    size_t failures_in_row; /* trials that failed since one was done */
    size_t idle_deaths;     /* workers that died without a job */
    double memory_checked;  /* clock */
    bool short_of_workers;  /* one could not be started, and that was said */
    bool stopping;          /* no more jobs; workers finish their epoch */
} sched;

/* Signals */

static void stop(sched *s)
{
    s->stopping = true;
    for (size_t i = 0; i < s->options->workers; i++) {
        if (s->slots[i].pid)
            run_slot_close(&s->slots[i]);
    }
}

static void kill_all(sched *s)
{
    for (size_t i = 0; i < s->options->workers; i++) {
        if (s->slots[i].pid)
            run_slot_kill(&s->slots[i], SWP_CANCELLED, "");
    }
}

static void answer_signals(sched *s)
{
    if (run_stop_count() > 0 && !s->result->interrupted) {
        s->result->interrupted = true;
        run_progress_note(s->options->progress,
                          "interrupted: finishing the epochs that run (again: end at once)");
        stop(s);
    }
    if (run_stop_count() > 1)
        kill_all(s);
}

/* The end of a trial, or of an attempt at it */

/* `worker` is the number of the one that met it. */
static swp_status add_event(sched *s, const char *kind, size_t trial, size_t worker,
                            const char *reason, swp_err *err)
{
    char text[REASON_SIZE + 32];
    snprintf(text, sizeof text, "trial %zu: %s", trial + 1, reason);
    const res_event_spec event = {
        .kind = kind,
        .text = text,
        .trial = s->study->trials[trial].id,
        .worker = worker,
    };
    return res_event_add(s->study->store, s->study->revision, &event, err);
}

static void finish_trial(sched *s, size_t trial)
{
    s->study->trials[trial].status = RES_DONE;
    s->result->n_done++;
    s->failures_in_row = 0;
    run_progress_end(s->options->progress, trial);
}

static swp_status fail_trial(sched *s, size_t trial, size_t worker, const char *reason,
                             swp_err *err)
{
    res_trial_state *state = &s->study->trials[trial];
    char note[REASON_SIZE + 32];
    snprintf(note, sizeof note, "failed: %s", reason);
    state->status = RES_FAILED;
    s->result->n_failed++;
    s->failures_in_row++;
    run_progress_end(s->options->progress, trial);
    run_progress_note_trial(s->options->progress, trial, note);
    if (s->failures_in_row == s->options->max_failures) {
        s->result->stopped = true;
        stop(s);
    }
    swp_status status = res_trial_fail(s->study->store, state->id, reason, err);
    return status == SWP_OK ? add_event(s, "failed", trial, worker, reason, err) : status;
}

/* An attempt ended before its trial was done. Whose worker or device is gone is tried again
 * while there are attempts left; what had too little memory beside others is tried again beside
 * half as many, at no cost; all else would end like this again. A run that is stopping leaves to
 * the next run what can be tried again. */
static swp_status fail_attempt(sched *s, const run_slot *slot, size_t trial, swp_status why,
                               const char *reason, swp_err *err)
{
    bool is_crowded = why == SWP_NOMEM && slot->n_job > 1;
    size_t most = is_crowded ? slot->n_job / 2 : 1;
    if (why != SWP_DEVICE && !is_crowded)
        return fail_trial(s, trial, slot->number, reason, err);
    run_progress_end(s->options->progress, trial);
    if (s->stopping)
        return SWP_OK;
    if (!is_crowded && s->attempts[trial]++ >= s->options->retries)
        return fail_trial(s, trial, slot->number, reason, err);
    char note[REASON_SIZE + 32];
    snprintf(note, sizeof note, "%s; trying again%s", reason,
             !is_crowded ? ""
             : most > 1  ? " beside fewer"
                         : " alone");
    run_progress_note_trial(s->options->progress, trial, note);
    s->again[s->n_again++] = (retry){trial, slot->job, most};
    return add_event(s, "retried", trial, slot->number, reason, err);
}

/* Messages */

static swp_status take_epoch(sched *s, run_slot *slot, const run_message *message, swp_err *err)
{
    size_t trial = message->trial;
    bool is_ours = false;
    for (size_t i = 0; i < slot->n; i++)
        is_ours |= slot->trials[i] == trial;
    if (!is_ours)
        return swp_fail(err, SWP_INTERNAL, "a worker sent an epoch of trial %zu, not its own",
                        trial + 1);
    res_trial_state *state = &s->study->trials[trial];
    res_epoch epoch = message->epoch;
    epoch.worker = slot->number;
    swp_status status = res_epoch_record(s->study->store, state->id, &epoch, err);
    if (status != SWP_OK)
        return swp_wrap(err, "trial %zu: epoch %zu", trial + 1, epoch.epoch);
    state->epochs_done = epoch.epoch;
    state->best_val_loss = fmin(state->best_val_loss, epoch.val_loss);
    run_progress_epoch(s->options->progress, trial, &epoch);
    if (state->epochs_done == s->study->plan->trials[trial].max_epochs) {
        run_slot_forget(slot, trial);
        finish_trial(s, trial);
    }
    return SWP_OK;
}

static swp_status take_failure(sched *s, run_slot *slot, const run_message *message, swp_err *err)
{
    if (message->trial == RUN_NO_TRIAL)
        return run_fail_as_told(message, err);
    if (!run_slot_forget(slot, message->trial))
        return swp_fail(err, SWP_INTERNAL, "a worker gave up trial %zu, not its own: %s",
                        message->trial + 1, message->text);
    return fail_attempt(s, slot, message->trial, message->status, message->text, err);
}

static swp_status take_message(sched *s, run_slot *slot, const run_message *message, swp_err *err)
{
    switch (message->kind) {
    case RUN_READY:
        /* A worker that was told to stop leaves its job unfinished. */
        if (slot->n > 0 && !slot->closing)
            return swp_fail(err, SWP_INTERNAL, "a worker left trial %zu unfinished",
                            slot->trials[0] + 1);
        slot->ready = true;
        return SWP_OK;
    case RUN_EPOCH:
        return take_epoch(s, slot, message, err);
    case RUN_FAILED:
        return take_failure(s, slot, message, err);
    case RUN_JOB:
        break;
    }
    return swp_fail(err, SWP_INTERNAL, "a worker sent a message of kind %d", (int)message->kind);
}

/* A worker's socket is closed: what becomes of its trials. */
static swp_status bury(sched *s, run_slot *slot, swp_err *err)
{
    run_slot was = *slot;
    slot->trials = NULL;
    int wait_status = run_slot_reap(slot);

    char fate[128], reason[REASON_SIZE];
    run_worker_fate(wait_status, fate, sizeof fate);
    if (*was.verdict)
        snprintf(reason, sizeof reason, "%s", was.verdict);
    else
        snprintf(reason, sizeof reason, "worker died: %s", fate);
    swp_status why = *was.verdict ? was.why : SWP_DEVICE, status = SWP_OK;
    for (size_t i = 0; i < was.n && status == SWP_OK; i++)
        status = fail_attempt(s, &was, was.trials[i], why, reason, err);
    /* One that was killed for its work, or ends as told, is no sign of trouble; one that never came
     * to have any, however it ended, is. */
    bool is_odd =
        was.n == 0 && !was.closing && (was.n_job == 0 || (wait_status != 0 && !*was.verdict));
    if (status == SWP_OK && is_odd && s->idle_deaths++ >= s->options->retries)
        status = swp_fail(err, SWP_DEVICE, "a worker without work died: %s",
                          *was.verdict ? was.verdict : fate);
    swp_free(was.trials);
    return status;
}

static swp_status read_slot(sched *s, run_slot *slot, swp_err *err)
{
    bool eof, found = true;
    swp_status status = run_inbox_fill(&slot->inbox, slot->fd, &eof, err);
    while (status == SWP_OK && found) {
        run_message message;
        status = run_inbox_next(&slot->inbox, &message, &found, err);
        if (status == SWP_OK && found)
            status = take_message(s, slot, &message, err);
    }
    if (status == SWP_OK && eof)
        status = bury(s, slot, err);
    return status;
}

/* Jobs */

static size_t count_waiting(const sched *s)
{
    return s->stopping ? 0 : s->n_queue - s->taken + s->n_again;
}

/* How many of the last trials to be tried again go together: a cohort's have done as many
 * epochs. */
static size_t count_together(const sched *s)
{
    const retry *last = &s->again[s->n_again - 1];
    size_t epochs = s->study->trials[last->trial].epochs_done, n = 1;
    while (n < last->most && n < s->n_again && last[-(ptrdiff_t)n].job == last->job &&
           s->study->trials[last[-(ptrdiff_t)n].trial].epochs_done == epochs)
        n++;
    return n;
}

/* Put the next job's trials on a worker. */
static swp_status assign_next(sched *s, run_slot *slot, swp_err *err)
{
    const run_cohort *cohort = NULL;
    if (s->n_again == 0)
        cohort = &s->queue[s->taken];
    size_t n = cohort ? cohort->n : count_together(s);
    swp_free(slot->trials);
    slot->trials = swp_alloc(n, sizeof *slot->trials);
    if (!slot->trials)
        return swp_fail(err, SWP_NOMEM, "out of memory for a job of %zu trials", n);
    slot->n = slot->n_job = n;
    slot->job = s->n_jobs++;
    if (cohort) {
        memcpy(slot->trials, cohort->trials, n * sizeof *slot->trials);
        s->taken++;
    } else {
        for (size_t i = 0; i < n; i++)
            slot->trials[i] = s->again[--s->n_again].trial;
    }
    return SWP_OK;
}

/* A worker that cannot be written to is lost, and waits in vain: its closed socket will tell. */
static swp_status send_or_kill(const sched *s, run_slot *slot, const run_job_item *items,
                               swp_err *err)
{
    size_t epochs_done = s->study->trials[slot->trials[0]].epochs_done;
    swp_status status = run_send_job(slot->fd, epochs_done, items, slot->n, err);
    if (status != SWP_IO)
        return status;
    run_slot_kill(slot, SWP_DEVICE, "");
    return SWP_OK;
}

static swp_status send_job(sched *s, run_slot *slot, swp_err *err)
{
    run_job_item *items = swp_alloc(slot->n, sizeof *items);
    void **states = swp_alloc(slot->n, sizeof *states);
    swp_status status = SWP_OK;
    if (!items || !states)
        status = swp_fail(err, SWP_NOMEM, "out of memory for a job of %zu trials", slot->n);
    for (size_t i = 0; i < slot->n && status == SWP_OK; i++) {
        size_t trial = slot->trials[i];
        items[i].trial = trial;
        items[i].best_val_loss = s->study->trials[trial].best_val_loss;
        status = res_state_load(s->study->store, s->study->trials[trial].id, &states[i],
                                &items[i].state_bytes, err);
        items[i].state = states[i];
        run_progress_start(s->options->progress, trial);
    }
    slot->ready = false;
    slot->started = run_clock();
    if (status == SWP_OK)
        status = send_or_kill(s, slot, items, err);
    for (size_t i = 0; states && i < slot->n; i++)
        swp_free(states[i]);
    swp_free(states);
    swp_free(items);
    return status;
}

/* Too many processes or files, for the moment: it is tried again whenever somebody says anything.
 */
static void note_shortage(sched *s, const swp_err *err)
{
    char note[sizeof err->text + 64];
    snprintf(note, sizeof note, "%s; going on with fewer workers", err->text);
    if (!s->short_of_workers)
        run_progress_note(s->options->progress, note);
    s->short_of_workers = true;
}

/* The busy worker with the first job from number `job` on, or SIZE_MAX. */
static size_t next_busy(const sched *s, size_t job)
{
    size_t found = SIZE_MAX;
    for (size_t i = 0; i < s->options->workers; i++) {
        const run_slot *slot = &s->slots[i];
        if (slot->pid && slot->n > 0 && slot->job >= job &&
            (found == SIZE_MAX || slot->job < s->slots[found].job))
            found = i;
    }
    return found;
}

/* Threads of other programs that run or want to, as far as can be told: neither this process, nor
 * workers and their helpers, of which those at a meeting may sleep. */
static size_t count_others(const sched *s, size_t n_busy)
{
    size_t runnable = run_runnable(), ours = 1 + n_busy + s->n_helpers;
    return runnable > ours ? runnable - ours : 0;
}

/* Cores that nobody needs help those workers that have work, the longest job first. */
static void share_cores(sched *s)
{
    size_t n_busy = 0;
    for (size_t i = 0; i < s->options->workers; i++)
        n_busy += s->slots[i].pid && s->slots[i].n > 0;
    size_t n_free = s->options->workers - n_busy, waiting = count_waiting(s);
    size_t wanted = n_busy + (waiting < n_free ? waiting : n_free) + count_others(s, n_busy);
    size_t cores = s->options->cores < run_cores() ? s->options->cores : run_cores();
    size_t idle = cores > wanted ? cores - wanted : 0;
    s->n_helpers = n_busy > 0 ? idle : 0;
    for (size_t job = 0, slot; (slot = next_busy(s, job)) != SIZE_MAX; n_busy--) {
        size_t helpers = (idle + n_busy - 1) / n_busy;
        run_share_set(s->share, slot, 1 + helpers);
        idle -= helpers;
        job = s->slots[slot].job + 1;
    }
}

/* Give work to those who ask; start workers while there is more work than workers. */
static swp_status dispatch(sched *s, swp_err *err)
{
    swp_status status = SWP_OK;
    size_t n_spare = 0, n_busy = 0;
    for (size_t i = 0; i < s->options->workers && status == SWP_OK; i++) {
        run_slot *slot = &s->slots[i];
        if (slot->pid && slot->ready && !slot->closing && count_waiting(s) > 0) {
            status = assign_next(s, slot, err);
            if (status == SWP_OK)
                status = send_job(s, slot, err);
        }
        n_busy += slot->pid && slot->n > 0;
        n_spare += slot->pid && slot->n == 0;
    }
    run_worker_spec spec = {
        .api = s->options->api,
        .plan = s->study->plan,
        .memory = s->options->memory,
        .tf32 = s->options->tf32,
    };
    for (size_t i = 0; i < s->options->workers && status == SWP_OK; i++) {
        if (s->slots[i].pid || n_spare >= count_waiting(s))
            continue;
        spec.cores = run_share_of(s->share, i);
        status = run_slot_start(&s->slots[i], s->slots, s->options->workers, &spec, err);
        if (status != SWP_OK && n_busy + n_spare > 0) {
            note_shortage(s, err);
            return SWP_OK;
        }
        n_spare++;
    }
    /* Idle workers stay while a busy one may yet leave them a trial to be tried again. */
    if (status == SWP_OK && n_busy == 0 && count_waiting(s) == 0)
        stop(s);
    return status;
}

/* Limits */

/* Whether the time of a worker is limited: it opens its engine or has a job. */
static bool is_timed(const run_slot *slot)
{
    return slot->pid && !slot->ready && !*slot->verdict;
}

static void check_time(sched *s, double now)
{
    char verdict[RUN_VERDICT_SIZE];
    snprintf(verdict, sizeof verdict, "timeout after %g s", s->options->timeout_s);
    for (size_t i = 0; i < s->options->workers; i++) {
        run_slot *slot = &s->slots[i];
        if (is_timed(slot) && now - slot->started >= s->options->timeout_s)
            run_slot_kill(slot, SWP_CANCELLED, verdict);
    }
}

static void check_memory(sched *s)
{
    for (size_t i = 0; i < s->options->workers; i++) {
        run_slot *slot = &s->slots[i];
        size_t bytes = slot->pid && slot->n > 0 ? run_resident_bytes(slot->pid) : 0;
        if (bytes <= s->options->memory || *slot->verdict)
            continue;
        char verdict[RUN_VERDICT_SIZE];
        snprintf(verdict, sizeof verdict, "out of memory: %zu bytes, run.memory is %llu", bytes,
                 (unsigned long long)s->options->memory);
        run_slot_kill(slot, SWP_NOMEM, verdict);
    }
}

static void check_limits(sched *s)
{
    double now = run_clock();
    if (s->options->timeout_s > 0)
        check_time(s, now);
    if (s->options->memory > 0 && now - s->memory_checked >= MEMORY_CHECK_S) {
        s->memory_checked = now;
        check_memory(s);
    }
}

/* Milliseconds until something is to be done even if no worker says anything. */
static int wait_ms(const sched *s)
{
    double wait = LONGEST_WAIT_S, interval = run_progress_interval(s->options->progress);
    if (interval > 0)
        wait = fmin(wait, interval);
    if (s->options->memory > 0)
        wait = fmin(wait, MEMORY_CHECK_S);
    double now = run_clock();
    for (size_t i = 0; i < s->options->workers && s->options->timeout_s > 0; i++) {
        const run_slot *slot = &s->slots[i];
        if (is_timed(slot))
            wait = fmin(wait, slot->started + s->options->timeout_s - now);
    }
    return (int)ceil(fmax(wait, 0) * 1000);
}

/* Wait for messages and take them. *n_live counts the workers there were. */
static swp_status attend(sched *s, size_t *n_live, swp_err *err)
{
    size_t n = s->options->workers;
    *n_live = 0;
    for (size_t i = 0; i < n; i++) {
        bool live = s->slots[i].pid != 0;
        s->polls[i] = (struct pollfd){.fd = live ? s->slots[i].fd : -1, .events = POLLIN};
        *n_live += live;
    }
    if (*n_live == 0)
        return SWP_OK;
    if (poll(s->polls, n, wait_ms(s)) < 0 && errno != EINTR)
        return swp_fail_errno(err, SWP_IO, errno, "cannot wait for workers");
    swp_status status = SWP_OK;
    for (size_t i = 0; i < n && status == SWP_OK; i++) {
        if (s->polls[i].fd >= 0 && s->polls[i].revents)
            status = read_slot(s, &s->slots[i], err);
    }
    return status;
}

static swp_status prepare(sched *s, swp_err *err)
{
    size_t n_trials = s->study->plan->n_trials;
    swp_status status = run_study_cohorts(s->study, s->options->api, s->options->cohort, &s->queue,
                                          &s->n_queue, err);
    if (status != SWP_OK)
        return status;
    s->slots = swp_alloc(s->options->workers, sizeof *s->slots);
    s->polls = swp_alloc(s->options->workers, sizeof *s->polls);
    s->again = swp_alloc(n_trials, sizeof *s->again);
    s->attempts = swp_alloc(n_trials, sizeof *s->attempts);
    status = run_share_create(s->options->workers, &s->share, err);
    if (status != SWP_OK)
        return status;
    if (!s->slots || !s->polls || !s->again || !s->attempts)
        return swp_fail(err, SWP_NOMEM, "out of memory for %zu trials on %zu workers", n_trials,
                        s->options->workers);
    return SWP_OK;
}

static void clean_up(sched *s)
{
    for (size_t i = 0; s->slots && i < s->options->workers; i++) {
        if (!s->slots[i].pid)
            continue;
        run_slot_kill(&s->slots[i], SWP_CANCELLED, "");
        run_slot_reap(&s->slots[i]);
    }
    run_cohorts_free(s->queue, s->n_queue);
    run_share_destroy(s->share);
    swp_free(s->slots);
    swp_free(s->polls);
    swp_free(s->again);
    swp_free(s->attempts);
}

swp_status run_sched(run_study *study, const run_sched_options *options, run_sched_result *out,
                     swp_err *err)
{
    sched s = {.study = study, .options = options, .result = out};
    *out = (run_sched_result){0};
    run_stop_catch();
    swp_status status = prepare(&s, err);
    size_t n_live = 1;
    while (status == SWP_OK && n_live > 0) {
        answer_signals(&s);
        status = dispatch(&s, err);
        share_cores(&s);
        if (status == SWP_OK)
            status = attend(&s, &n_live, err);
        check_limits(&s);
        run_progress_draw(options->progress);
        if (options->after_round && status == SWP_OK)
            options->after_round(options->context);
    }
    clean_up(&s);
    run_stop_release();
    return status;
}
