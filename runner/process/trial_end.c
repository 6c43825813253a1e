/* The end of a trial, or of an attempt at it: counted, shown, recorded. */
#include <stdio.h>

#include "runner/process/sched_priv.h"

swp_status run_trial_add_event(run_scheduler *s, const char *kind, size_t trial, size_t worker,
                               const char *reason, swp_err *err)
{
    char text[RUN_SCHED_REASON_SIZE + 32];
    snprintf(text, sizeof text, "trial %zu: %s", trial + 1, reason);
    const res_event_spec event = {
        .kind = kind,
        .text = text,
        .trial = s->study->trials[trial].id,
        .worker = worker,
    };
    return res_event_add(s->study->store, s->study->revision, &event, err);
}

swp_status run_trial_set_state(run_scheduler *s, size_t trial, res_state state, const char *reason,
                               swp_err *err)
{
    s->study->trials[trial].state = state;
    run_progress_decide(s->options->progress, trial, state);
    return res_trial_set_state(s->study->store, s->study->revision, s->study->trials[trial].id,
                               state, reason, err);
}

swp_status run_trial_end_attempt(run_scheduler *s, size_t trial, const char *outcome, swp_err *err)
{
    return s->spec.backend->supervises
               ? res_attempt_end(s->study->store, s->study->trials[trial].id, outcome, err)
               : SWP_OK;
}

/* No worker has the trial any more; its state is known. */
static swp_status leave_worker(run_scheduler *s, size_t trial, swp_err *err)
{
    const res_trial_status *known = &s->study->trials[trial];
    if (s->attempts && known->state == RES_DONE)
        run_attempts_finish(s->attempts, known->id);
    return s->source->leave ? s->source->leave(s->source->context, trial, err) : SWP_OK;
}

/* Give up a trial. `is_trouble` counts it among the failures in a row that stop the run. */
static swp_status fail_trial(run_scheduler *s, size_t trial, size_t worker, const char *reason,
                             bool is_trouble, swp_err *err)
{
    char note[RUN_SCHED_REASON_SIZE + 32];
    snprintf(note, sizeof note, "failed: %s", reason);
    s->result->n_failed++;
    run_progress_end(s->options->progress, trial);
    if (s->source->observe)
        s->source->observe(s->source->context, trial, NULL);
    if (is_trouble && ++s->failures_in_row == s->options->max_failures) {
        s->result->stopped = true;
        run_sched_stop(s);
    }
    swp_status status = run_trial_set_state(s, trial, RES_FAILED, reason, err);
    if (status == SWP_OK)
        status = run_trial_add_event(s, "failed", trial, worker, reason, err);
    if (status != SWP_OK)
        return status;
    run_progress_note_trial(s->options->progress, trial, note);
    return leave_worker(s, trial, err);
}

swp_status run_trial_complete(run_scheduler *s, size_t trial, swp_err *err)
{
    run_progress_end(s->options->progress, trial);
    s->result->n_done++;
    s->failures_in_row = 0;
    const res_step last = {.step = s->study->plan->trials[trial].max_epochs};
    swp_status status = run_trial_set_state(s, trial, RES_DONE, NULL, err);
    if (s->source->observe) /* treated as if all its steps were done */
        s->source->observe(s->source->context, trial, &last);
    return status == SWP_OK ? leave_worker(s, trial, err) : status;
}

swp_status run_trial_finish(run_scheduler *s, size_t trial, swp_err *err)
{
    res_trial_status *known = &s->study->trials[trial];
    swp_status status = SWP_OK;
    run_progress_end(s->options->progress, trial);
    s->failures_in_row = 0;
    if (known->steps_done >= s->study->plan->trials[trial].max_epochs) {
        known->state = RES_DONE; /* recorded in the store with the step */
        s->result->n_done++;
    } else if (s->source->advance) { /* the source decides about the trial */
        s->result->n_stopped++;
        if (known->state != RES_STOPPED) /* else it has decided already */
            status = run_trial_set_state(s, trial, RES_WAITING, NULL, err);
    } else {
        char reason[64];
        snprintf(reason, sizeof reason, "stopped after step %zu", known->steps_done);
        s->result->n_stopped++;
        status = run_trial_set_state(s, trial, RES_STOPPED, reason, err);
    }
    return status == SWP_OK ? leave_worker(s, trial, err) : status;
}

swp_status run_trial_fail_attempt(run_scheduler *s, const run_slot *slot, size_t trial,
                                  swp_status why, const char *reason, swp_err *err)
{
    bool is_crowded = (why == SWP_NOMEM || why == SWP_CANCELLED) && slot->n_job > 1;
    size_t most = is_crowded ? slot->n_job / 2 : 1;
    if (s->trials[trial].is_stopping)
        return run_trial_finish(s, trial, err);
    if (why != SWP_DEVICE && !is_crowded)
        return fail_trial(s, trial, slot->number, reason, true, err);
    run_progress_end(s->options->progress, trial);
    if (s->stopping)
        return run_trial_set_state(s, trial, RES_WAITING, NULL, err);
    if (!is_crowded && s->trials[trial].n_deaths++ >= s->options->retries)
        return fail_trial(s, trial, slot->number, reason, true, err);
    char note[RUN_SCHED_REASON_SIZE + 32];
    snprintf(note, sizeof note, "%s; trying again%s", reason,
             !is_crowded ? ""
             : most > 1  ? " beside fewer"
                         : " alone");
    s->again[s->n_again++] = (run_retry){trial, slot->job, most};
    swp_status status = run_trial_add_event(s, "retried", trial, slot->number, reason, err);
    if (status == SWP_OK)
        run_progress_note_trial(s->options->progress, trial, note);
    return status;
}

swp_status run_trial_give_up(run_scheduler *s, const run_slot *slot, size_t trial, const char *text,
                             swp_err *err)
{
    char reason[RUN_SCHED_REASON_SIZE];
    snprintf(reason, sizeof reason, "infeasible: %s", text);
    s->result->n_impossible++;
    return fail_trial(s, trial, slot->number, reason, false, err);
}

swp_status run_trials_drop_decided(run_scheduler *s, swp_err *err)
{
    size_t n_left = 0;
    swp_status status = SWP_OK;
    for (size_t i = 0; i < s->n_again; i++) {
        size_t trial = s->again[i].trial;
        bool has_more =
            s->source->budget(s->source->context, trial) > s->study->trials[trial].steps_done;
        if (has_more || status != SWP_OK)
            s->again[n_left++] = s->again[i];
        else
            status = run_trial_finish(s, trial, err);
    }
    s->n_again = n_left;
    return status;
}
