/* The scheduler's loop: answer signals, hand out work, wait for messages, check limits.
 *
 * A worker:  none -> forked -> READY -> JOB, busy -> READY -> ... -> closing -> socket ends
 *
 * A trial:   waiting -> in a worker's job -> STEP, recorded -> STEP ... and then one of
 *   done     its last step in the plan is recorded
 *   stopped  the source wants no more steps of it: the worker is told STOP and answers ENDED
 *   failed   by itself (a loss that is not finite), or its attempts are used up
 *   again    its worker died or its device broke (costs an attempt), its cohort had too little
 *            memory (goes out beside half as many), or a larger budget came too late
 *   waiting  the run is stopping; the next run goes on from the last step
 *
 * Workers are forked while there are more jobs than free workers. Sockets do not block: what a
 * worker does not read waits in its outbox. A message may be out of date when it arrives: a STEP
 * is recorded whatever its trial was told meanwhile, an ENDED of a trial that is over is ignored.
 * Decisions about trials are made in on_step, run_trial_fail_attempt and dispatch, nowhere else. */
#include "runner/process/sched_priv.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/mem.h"
#include "runner/process/host.h"
#include "runner/process/job.h"
#include "runner/process/share.h"
#include "runner/process/slot.h"
#include "runner/process/stop.h"
#include "runner/process/wire.h"

#define LONGEST_WAIT_S 1.0 /* a signal just before poll is noticed after this time */
#define LONG_PAUSE_S                                                                               \
    1.0 /* if a round is longer than its wait by this much, the run was stopped                    \
         */

/* Signals */

void run_sched_stop(run_scheduler *s)
{
    s->stopping = true;
    for (size_t i = 0; i < s->options->workers; i++) {
        if (s->slots[i].pid)
            run_slot_close(&s->slots[i]);
    }
}

/* The time of --for is over: treated as one signal. */
static void check_limit(run_scheduler *s, double began)
{
    if (s->options->limit_s == 0 || s->result->interrupted ||
        run_clock() - began < s->options->limit_s)
        return;
    s->result->interrupted = s->result->out_of_time = true;
    run_progress_note(s->options->progress, "time is over: finishing the running epochs");
    run_sched_stop(s);
}

static void answer_signals(run_scheduler *s)
{
    if (run_stop_count() > 0 && !s->result->interrupted) {
        s->result->interrupted = true;
        run_progress_note(s->options->progress,
                          "interrupted: finishing the running epochs (again: end at once)");
        run_sched_stop(s);
    }
    for (size_t i = 0; i < s->options->workers && run_stop_count() > 1; i++) {
        if (s->slots[i].pid)
            run_slot_kill(&s->slots[i], SWP_CANCELLED, "");
    }
}

/* Messages */

static swp_status on_step(run_scheduler *s, run_slot *slot, const run_message *message,
                          swp_err *err)
{
    size_t trial = message->trial;
    if (!run_slot_has(slot, trial))
        return swp_fail(err, SWP_INTERNAL, "a worker sent a step of trial %zu, not its own",
                        trial + 1);
    res_trial_status *known = &s->study->trials[trial];
    const run_tracked *t = &s->trials[trial];
    res_step step = message->step;
    bool is_again = slot->supervises && step.step <= known->steps_done;
    swp_status status = SWP_OK;
    step.worker = slot->number;
    /* A command may report steps until it has ended. */
    if (slot->supervises && (t->is_stopping || (is_again && s->spec.setup.keeps_steps)))
        return SWP_OK;
    if (is_again) /* it was run again, and continued from an earlier step */
        status = res_steps_drop(s->study->store, known->id, step.step - 1, err);
    if (status == SWP_OK && s->attempts)
        status = run_attempts_declare(s->attempts, s->study->revision, &step, err);
    if (status == SWP_OK)
        status = res_step_record(s->study->store, known->id, &step, err);
    if (status != SWP_OK)
        return swp_wrap(err, "trial %zu: step %zu", trial + 1, step.step);
    known->steps_done = step.step;
    for (size_t i = 0; i < step.n_values; i++) {
        if (strcmp(step.values[i].name, "val_loss") == 0)
            known->best_val_loss = fmin(known->best_val_loss, step.values[i].value);
    }
    run_progress_epoch(s->options->progress, trial, &step);
    if (s->source->observe)
        s->source->observe(s->source->context, trial, &step);
    if (slot->supervises || t->is_stopping || t->budget > step.step ||
        s->source->budget(s->source->context, trial) > step.step)
        return SWP_OK;
    run_slot_forget(slot, trial);
    return run_trial_finish(s, trial, err);
}

/* A trial left its job: at its budget, told to stop, at a budget that was raised too late, or by
 * itself. */
static swp_status on_ended(run_scheduler *s, run_slot *slot, const run_message *message,
                           swp_err *err)
{
    size_t trial = message->trial;
    if (!run_slot_forget(slot, trial))
        return SWP_OK; /* it was already finished, with its last step */
    swp_status status = run_trial_end_attempt(s, trial, message->text, err);
    if (status != SWP_OK)
        return status;
    bool is_further = s->study->trials[trial].steps_done >= s->trials[trial].budget;
    if (s->trials[trial].is_stopping) /* however the trial responded */
        return run_trial_finish(s, trial, err);
    if (message->end == RUN_END_IMPOSSIBLE)
        return run_trial_give_up(s, slot, trial, message->text, err);
    if (message->end == RUN_END_BROKEN)
        return run_trial_fail_attempt(s, slot, trial, SWP_DEVICE, message->text, err);
    if (message->end == RUN_END_DONE && !is_further)
        return run_trial_complete(s, trial, err);
    if (slot->supervises && is_further)
        return run_trial_finish(s, trial, err);
    run_progress_end(s->options->progress, trial);
    if (s->stopping)
        return run_trial_set_state(s, trial, RES_WAITING, NULL, err);
    s->again[s->n_again++] = (run_retry){trial, slot->job, slot->n_job};
    return SWP_OK;
}

static swp_status on_failed(run_scheduler *s, run_slot *slot, const run_message *message,
                            swp_err *err)
{
    if (message->trial == RUN_NO_TRIAL)
        return run_failure_of(message, err);
    if (!run_slot_forget(slot, message->trial))
        return swp_fail(err, SWP_INTERNAL, "a worker gave up trial %zu, not its own: %s",
                        message->trial + 1, message->text);
    swp_status status = run_trial_end_attempt(s, message->trial, message->text, err);
    if (status != SWP_OK)
        return status;
    return run_trial_fail_attempt(s, slot, message->trial, message->status, message->text, err);
}

/* A note for the user. */
static swp_status on_note(run_scheduler *s, const run_slot *slot, const run_message *message,
                          swp_err *err)
{
    if (!run_slot_has(slot, message->trial))
        return swp_fail(err, SWP_INTERNAL, "a worker has a note on trial %zu, not its own",
                        message->trial + 1);
    run_progress_note_trial(s->options->progress, message->trial, message->text);
    return run_trial_add_event(s, "note", message->trial, slot->number, message->text, err);
}

static swp_status on_message(run_scheduler *s, run_slot *slot, const run_message *message,
                             swp_err *err)
{
    switch (message->kind) {
    case RUN_READY:
        if (slot->n > 0)
            return swp_fail(err, SWP_INTERNAL, "a worker left trial %zu unfinished",
                            slot->trials[0] + 1);
        slot->ready = true;
        return SWP_OK;
    case RUN_STEP:
        return on_step(s, slot, message, err);
    case RUN_ENDED:
        return on_ended(s, slot, message, err);
    case RUN_NOTE:
        return on_note(s, slot, message, err);
    case RUN_FAILED:
        return on_failed(s, slot, message, err);
    case RUN_JOB:
    case RUN_STOP:
    case RUN_BUDGET:
        break;
    }
    return swp_fail(err, SWP_INTERNAL, "a worker sent a message of kind %d", (int)message->kind);
}

/* A worker's socket is closed: fail or retry its trials. */
static swp_status handle_exit(run_scheduler *s, run_slot *slot, swp_err *err)
{
    run_slot was = *slot;
    slot->trials = NULL;
    int wait_status = run_slot_reap(slot);

    char exit_text[128], reason[RUN_SCHED_REASON_SIZE];
    run_worker_exit_text(wait_status, exit_text, sizeof exit_text);
    if (*was.kill_reason)
        snprintf(reason, sizeof reason, "%s", was.kill_reason);
    else
        snprintf(reason, sizeof reason, "worker died: %s", exit_text);
    swp_status why = *was.kill_reason ? was.kill_why : SWP_DEVICE, status = SWP_OK;
    for (size_t i = 0; i < was.n && status == SWP_OK; i++) {
        status = run_trial_end_attempt(s, was.trials[i], reason, err);
        if (status == SWP_OK)
            status = run_trial_fail_attempt(s, &was, was.trials[i], why, reason, err);
    }
    /* A worker that was killed for its job, or that ends as told, is not a sign of trouble; one
     * that never had a job is, however it ended. */
    bool is_odd =
        was.n == 0 && !was.closing && (was.n_job == 0 || (wait_status != 0 && !*was.kill_reason));
    if (status == SWP_OK && is_odd && s->idle_deaths++ >= s->options->retries)
        status = swp_fail(err, SWP_DEVICE, "a worker without work died: %s",
                          *was.kill_reason ? was.kill_reason : exit_text);
    swp_free(was.trials);
    return status;
}

static swp_status read_messages(run_scheduler *s, run_slot *slot, swp_err *err)
{
    bool found = true;
    swp_status status = SWP_OK;
    while (status == SWP_OK && found) {
        run_message message;
        status = run_inbox_next(&slot->inbox, &message, &found, err);
        if (status == SWP_OK && found)
            status = on_message(s, slot, &message, err);
    }
    return status;
}

/* A command may report thousands of steps a second: what was read at once is one transaction, and
 * nothing of it is shown as recorded before it is. */
static swp_status read_together(run_scheduler *s, run_slot *slot, swp_err *err)
{
    res_store *store = s->study->store;
    swp_status status = res_store_begin(store, err);
    if (status != SWP_OK)
        return status;
    run_progress_hold(s->options->progress);
    status = read_messages(s, slot, err);
    /* What was recorded before a failure stays. */
    swp_status committed = res_store_commit(store, status == SWP_OK ? err : NULL);
    run_progress_release(s->options->progress, committed == SWP_OK);
    return status == SWP_OK ? committed : status;
}

static swp_status read_slot(run_scheduler *s, run_slot *slot, swp_err *err)
{
    bool eof;
    swp_status status = run_inbox_fill(&slot->inbox, slot->fd, &eof, err);
    if (status == SWP_OK)
        status = slot->supervises ? read_together(s, slot, err) : read_messages(s, slot, err);
    if (status == SWP_OK && eof)
        status = handle_exit(s, slot, err);
    return status;
}

/* Jobs */

static size_t count_waiting(const run_scheduler *s)
{
    return s->stopping ? 0 : s->source->count(s->source->context) + s->n_again;
}

/* The last trials to be tried again, as many as share a job: those of a cohort have done equally
 * many steps. */
static swp_status take_again(run_scheduler *s, run_cohort *out, swp_err *err)
{
    const run_retry *last = &s->again[s->n_again - 1];
    size_t steps = s->study->trials[last->trial].steps_done, n = 1;
    while (n < last->most && n < s->n_again && last[-(ptrdiff_t)n].job == last->job &&
           s->study->trials[last[-(ptrdiff_t)n].trial].steps_done == steps)
        n++;
    *out = (run_cohort){.trials = swp_alloc(n, sizeof *out->trials), .n = n};
    if (!out->trials)
        return swp_fail(err, SWP_NOMEM, "out of memory for a job of %zu trials", n);
    for (size_t i = 0; i < n; i++)
        out->trials[i] = s->again[--s->n_again].trial;
    return SWP_OK;
}

/* Put the slot's trials into a message for its worker. */
static swp_status put_job(run_scheduler *s, run_slot *slot, swp_err *err)
{
    swp_status status = run_job_put(&slot->outbox.frames, s->study, s->source, s->attempts,
                                    slot->trials, slot->n, err);
    for (size_t i = 0; i < slot->n && status == SWP_OK; i++) {
        size_t trial = slot->trials[i];
        s->trials[trial].budget = s->source->budget(s->source->context, trial);
        s->trials[trial].is_stopping = false;
        run_progress_start(s->options->progress, trial);
        status = run_trial_set_state(s, trial, RES_RUNNING, NULL, err);
    }
    return status;
}

/* Give a free worker the next job. */
static swp_status hand_out(run_scheduler *s, run_slot *slot, swp_err *err)
{
    run_cohort cohort = {0};
    swp_status status = s->n_again > 0 ? take_again(s, &cohort, err)
                                       : s->source->take(s->source->context, &cohort, err);
    if (status != SWP_OK)
        return status;
    swp_free(slot->trials);
    slot->trials = cohort.trials;
    slot->n = slot->n_job = cohort.n;
    slot->job = s->n_jobs++;
    slot->ready = false;
    slot->started = run_sched_now(s);
    status = res_store_begin(s->study->store, err);
    if (status != SWP_OK)
        return status;
    status = put_job(s, slot, err);
    if (status == SWP_OK)
        status = res_store_commit(s->study->store, err);
    else
        res_store_rollback(s->study->store);
    return status == SWP_OK ? run_slot_flush(slot, err) : status;
}

/* Tell workers about changed budgets. A trial that is told to stop answers ENDED; until then it
 * stays in the slot. A closing worker ends anyway, and gets no more messages. */
static swp_status send_budgets(run_scheduler *s, run_slot *slot, swp_err *err)
{
    for (size_t i = 0; i < slot->n; i++) {
        size_t trial = slot->trials[i];
        size_t budget = s->source->budget(s->source->context, trial);
        run_tracked *t = &s->trials[trial];
        if (t->is_stopping || budget == t->budget)
            continue;
        t->is_stopping = budget <= s->study->trials[trial].steps_done;
        t->budget = t->is_stopping ? t->budget : budget;
        if (t->is_stopping && !slot->closing)
            run_put_stop(&slot->outbox.frames, trial);
        else if (!slot->closing)
            run_put_budget(&slot->outbox.frames, trial, budget);
    }
    return run_slot_flush(slot, err);
}

/* Track the trials that were added to the plan, and show what a source decided. */
static swp_status track_trials(run_scheduler *s, swp_err *err)
{
    const run_study *study = s->study;
    size_t n = study->plan->n_trials;
    for (size_t i = 0; i < s->n_known && s->source->advance; i++)
        run_progress_decide(s->options->progress, i, study->trials[i].state);
    if (s->n_known == n && s->trials)
        return SWP_OK;
    run_tracked *trials = swp_resize(s->trials, n + 1, sizeof *trials);
    s->trials = trials ? trials : s->trials;
    run_retry *again = swp_resize(s->again, n + 1, sizeof *again);
    s->again = again ? again : s->again;
    if (!trials || !again)
        return swp_fail(err, SWP_NOMEM, "out of memory for %zu trials", n);
    swp_status status = SWP_OK;
    for (; s->n_known < n && status == SWP_OK; s->n_known++) {
        trials[s->n_known] = (run_tracked){0};
        if (!s->source->label)
            continue;
        const run_progress_item item = {
            .label = s->source->label(s->source->context, s->n_known),
            .max_epochs = study->plan->trials[s->n_known].max_epochs,
            .epochs_done = study->trials[s->n_known].steps_done,
            .cost = study->plan->trials[s->n_known].cost,
            .state = study->trials[s->n_known].state,
        };
        status = run_progress_add(s->options->progress, &item, err);
    }
    return status;
}

/* Tell busy workers what changed, give jobs to free ones, start workers while there are more jobs
 * than workers. */
static swp_status dispatch(run_scheduler *s, swp_err *err)
{
    swp_status status = s->source->advance ? s->source->advance(s->source->context, err) : SWP_OK;
    if (status == SWP_OK)
        status = track_trials(s, err);
    if (status == SWP_OK && s->source->advance)
        status = run_trials_drop_decided(s, err);
    size_t n_spare = 0, n_busy = 0;
    for (size_t i = 0; i < s->options->workers && status == SWP_OK; i++) {
        run_slot *slot = &s->slots[i];
        if (slot->pid && slot->n > 0)
            status = send_budgets(s, slot, err);
        else if (slot->pid && slot->ready && !slot->closing && count_waiting(s) > 0)
            status = hand_out(s, slot, err);
        n_busy += slot->pid && slot->n > 0;
        n_spare += slot->pid && slot->n == 0;
    }
    for (size_t i = 0; i < s->options->workers && status == SWP_OK; i++) {
        if (s->slots[i].pid || n_spare >= count_waiting(s))
            continue;
        s->spec.setup.cores = run_share_of(s->share, i);
        s->spec.setup.slot = i;
        status = run_slot_start(&s->slots[i], s->slots, s->options->workers, &s->spec, err);
        s->slots[i].started = run_sched_now(s);
        if (status != SWP_OK && n_busy + n_spare > 0) {
            /* Too many processes or files at the moment: try again in the next round. */
            char note[sizeof err->text + 64];
            snprintf(note, sizeof note, "%s; continuing with fewer workers", err->text);
            if (!s->short_of_workers)
                run_progress_note(s->options->progress, note);
            s->short_of_workers = true;
            return SWP_OK;
        }
        n_spare++;
    }
    /* Idle workers stay while a busy one may still fail and leave a trial to retry. */
    if (status == SWP_OK && n_busy == 0 && count_waiting(s) == 0)
        run_sched_stop(s);
    return status;
}

/* A round lasts as long as its wait for messages, and a little longer to handle them. If it took
 * much longer, this process was stopped, and the workers with it (SIGSTOP, Ctrl-Z): that time is
 * not counted. */
static void notice_pause(run_scheduler *s, double waited_s)
{
    double at = run_clock(), lost = at - s->round_began - waited_s;
    if (lost >= LONG_PAUSE_S)
        s->paused_s += lost;
    s->round_began = at;
}

/* Seconds until the next action even if no message arrives. */
static double wait_s(const run_scheduler *s)
{
    double wait = LONGEST_WAIT_S, interval = run_progress_interval(s->options->progress);
    if (interval > 0)
        wait = fmin(wait, interval);
    if (s->options->limit_s > 0)
        wait = fmin(wait, s->options->limit_s);
    if (s->options->memory > 0)
        wait = fmin(wait, RUN_MEMORY_CHECK_S);
    for (size_t i = 0; i < s->options->workers && s->options->timeout_s > 0; i++) {
        const run_slot *slot = &s->slots[i];
        if (run_sched_is_timed(slot))
            wait = fmin(wait, slot->started + s->options->timeout_s - run_sched_now(s));
    }
    return fmax(wait, 0);
}

/* Wait for messages, or for room for them, and exchange them. *n_live is the number of workers. */
static swp_status poll_workers(run_scheduler *s, size_t *n_live, swp_err *err)
{
    size_t n = s->options->workers;
    *n_live = 0;
    for (size_t i = 0; i < n; i++) {
        const run_slot *slot = &s->slots[i];
        short events = run_outbox_is_empty(&slot->outbox) ? POLLIN : POLLIN | POLLOUT;
        s->polls[i] = (struct pollfd){.fd = slot->pid ? slot->fd : -1, .events = events};
        *n_live += slot->pid != 0;
    }
    if (*n_live == 0)
        return SWP_OK;
    double wait = wait_s(s);
    if (poll(s->polls, n, (int)ceil(wait * 1000)) < 0 && errno != EINTR)
        return swp_fail_errno(err, SWP_IO, errno, "cannot wait for workers");
    notice_pause(s, wait);
    swp_status status = SWP_OK;
    for (size_t i = 0; i < n && status == SWP_OK; i++) {
        if (s->polls[i].fd >= 0 && s->polls[i].revents & POLLOUT)
            status = run_slot_flush(&s->slots[i], err);
        if (s->polls[i].fd >= 0 && s->polls[i].revents & ~POLLOUT && status == SWP_OK)
            status = read_slot(s, &s->slots[i], err);
    }
    return status;
}

/* The cores of one command. */
static size_t threads_of(const run_sched_options *options)
{
    return options->cores > options->workers ? options->cores / options->workers : 1;
}

static swp_status prepare(run_scheduler *s, swp_err *err)
{
    const run_plan *plan = s->study->plan;
    size_t n_trials = plan->n_trials;
    s->spec = (run_worker_spec){
        .backend = plan->backend,
        .setup = {.engine = s->options->api,
                  .inputs = run_plan_inputs(plan),
                  .memory = s->options->memory,
                  .cohort = s->options->cohort,
                  .tf32 = s->options->tf32,
                  .command = s->options->command,
                  .keeps_steps = cfg_has_stopper(plan->config),
                  .threads = threads_of(s->options)},
    };
    s->source = s->options->source;
    if (!s->source) {
        swp_status status = run_source_of_study(s->study, &s->spec.setup, &s->own, err);
        if (status != SWP_OK)
            return status;
        s->source = &s->own;
    }
    s->slots = swp_alloc(s->options->workers, sizeof *s->slots);
    s->polls = swp_alloc(s->options->workers, sizeof *s->polls);
    if (!s->slots || !s->polls)
        return swp_fail(err, SWP_NOMEM, "out of memory for %zu trials on %zu workers", n_trials,
                        s->options->workers);
    if (s->spec.setup.command) {
        swp_status status = run_attempts_create(s->spec.setup.command, s->study->store,
                                                s->options->folders, &s->attempts, err);
        if (status != SWP_OK)
            return status;
    }
    return run_share_create(s->options->workers, &s->share, err);
}

static void clean_up(run_scheduler *s)
{
    for (size_t i = 0; s->slots && i < s->options->workers; i++) {
        if (!s->slots[i].pid)
            continue;
        run_slot_kill(&s->slots[i], SWP_CANCELLED, "");
        run_slot_reap(&s->slots[i]);
    }
    run_source_of_study_free(&s->own);
    run_share_destroy(s->share);
    run_attempts_destroy(s->attempts);
    swp_free(s->slots);
    swp_free(s->polls);
    swp_free(s->again);
    swp_free(s->trials);
}

swp_status run_sched(run_study *study, const run_sched_options *options, run_sched_result *out,
                     swp_err *err)
{
    run_scheduler s = {
        .study = study, .options = options, .result = out, .round_began = run_clock()};
    *out = (run_sched_result){0};
    run_stop_catch();
    swp_status status = prepare(&s, err);
    size_t n_live = 1;
    double began = run_clock();
    while (status == SWP_OK && n_live > 0) {
        answer_signals(&s);
        check_limit(&s, began);
        status = dispatch(&s, err);
        run_share_spread(s.share, s.slots, options->workers, options->cores, count_waiting(&s));
        if (status == SWP_OK)
            status = poll_workers(&s, &n_live, err);
        if (s.attempts && status == SWP_OK)
            run_attempts_tidy(s.attempts);
        run_sched_check_limits(&s);
        run_progress_draw(options->progress);
        if (options->after_round && status == SWP_OK)
            options->after_round(options->context);
    }
    clean_up(&s);
    run_stop_release();
    return status;
}
