/* Drives the course of a search with the values of the store.
 *
 * Between runs only the store's rows are kept: proposals with their points, costs and failures, and
 * the values of steps. A stored proposal must equal the one that the course makes again, except
 * after a change of the strategy's version or of max_steps: then later proposals know other values,
 * and the stored ones are used unchanged. */
#include "runner/plan/search_study.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"
#include "runner/plan/search_study_priv.h"
#include "runner/search/course.h"
#include "runner/search/history.h"

/* State of a trial of the plan. */
typedef struct entry {
    size_t proposal; /* its index in the course; CONFIRMS for a fit of the confirm stage */
    char *label;
    bool is_touched; /* its values or its failure must be read again */
    bool is_open;    /* listed for run_search_study_take_open */
    bool is_decided; /* its state in the store may have to change */
} entry;

#define CONFIRMS SIZE_MAX

struct run_search_study {
    run_study *study;
    run_plan *plan;
    const cfg_search *config;
    run_course *course;
    const run_searcher *searcher;
    size_t n_dims, slots;
    bool retry_failed;
    res_proposal *proposals; /* (n_proposals) stored, then made */
    size_t n_proposals, n_stored;
    res_confirmation *confirmations;    /* (n_confirmations) likewise */
    size_t n_confirmations, n_enrolled; /* of the latter in the plan */
    entry *entries;                     /* (plan->n_trials) */
    size_t n_entries;
    size_t *open; /* (n_open) trials from `first_open` on */
    size_t first_open, n_open;
    size_t *touched; /* (n_touched) */
    size_t n_touched;
    size_t *decided; /* (n_decided) */
    size_t n_decided;
    bool has_ended;         /* the course has ended */
    bool is_chosen;         /* the confirm stage is enrolled */
    cfg_settings *readings; /* scratch, (cfg_reading_count) */
};

static swp_status out_of_memory(swp_err *err)
{
    return swp_fail(err, SWP_NOMEM, "out of memory for a search");
}

/* Append a number to n others. */
static swp_status push(size_t **list, size_t *n, size_t value, swp_err *err)
{
    size_t *grown = swp_grow(*list, *n, sizeof *grown);
    if (!grown)
        return out_of_memory(err);
    *list = grown;
    grown[(*n)++] = value;
    return SWP_OK;
}

/* --- trials of the plan ----------------------------------------------------------------------- */

static swp_status set_state(run_search_study *s, size_t trial, res_state state, const char *reason,
                            swp_err *err)
{
    res_trial_status *known = &s->study->trials[trial];
    known->state = state;
    return res_trial_set_state(s->study->store, s->study->revision, known->id, state, reason, err);
}

/* Put the trial at a point into the plan and the store, as the next number. */
static swp_status add_trial(run_search_study *s, const double *point, const uint32_t *seed,
                            size_t proposal, swp_err *err)
{
    size_t n = cfg_reading_count(s->plan->config), trial = s->plan->n_trials;
    for (size_t i = 0; i < n; i++) {
        cfg_reading_at(s->plan->config, point, i, &s->readings[i]);
        if (seed) {
            s->readings[i].seed = *seed;
            s->readings[i].is_repetition = true;
        }
    }
    entry *entries = swp_resize(s->entries, trial + 1, sizeof *entries);
    if (!entries)
        return out_of_memory(err);
    s->entries = entries;
    entries[trial] =
        (entry){.proposal = proposal, .label = run_search_label(s->plan->config, point, seed)};
    if (!entries[trial].label)
        return out_of_memory(err);
    s->n_entries = trial + 1;
    swp_status status = run_plan_add(s->plan, s->readings, n, err);
    return status == SWP_OK ? run_study_enrol_last(s->study, seed != NULL, err) : status;
}

swp_status run_search_study_open(run_search_study *s, size_t trial, swp_err *err)
{
    entry *of = &s->entries[trial];
    bool has_more = run_search_study_limit(s, trial) > s->study->trials[trial].steps_done;
    res_state state = s->study->trials[trial].state;
    if (of->is_open || !has_more || state == RES_FAILED || state == RES_DONE)
        return SWP_OK;
    of->is_open = true;
    return push(&s->open, &s->n_open, trial, err);
}

static swp_status note_decided(run_search_study *s, size_t trial, swp_err *err)
{
    if (s->entries[trial].is_decided)
        return SWP_OK;
    s->entries[trial].is_decided = true;
    return push(&s->decided, &s->n_decided, trial, err);
}

/* --- proposals -------------------------------------------------------------------------------- */

/* Number of the trial that is proposal i, which is its place in the plan and 1. */
static size_t trial_of(const run_search_study *s, size_t proposal)
{
    return s->proposals[proposal].number - 1;
}

/* Make room for one more proposal and its point. */
static swp_status add_proposal(run_search_study *s, const double *point, swp_err *err)
{
    res_proposal *grown = swp_resize(s->proposals, s->n_proposals + 1, sizeof *grown);
    double *copy = swp_alloc(s->n_dims, sizeof *copy);
    s->proposals = grown ? grown : s->proposals;
    if (!grown || !copy) {
        swp_free(copy);
        return out_of_memory(err);
    }
    memcpy(copy, point, s->n_dims * sizeof *copy);
    res_proposal *made = &grown[s->n_proposals++];
    *made = (res_proposal){.number = s->plan->n_trials + 1,
                           .version = s->searcher->algorithm,
                           .max_steps = s->config->max_steps,
                           .failed_after = RES_NEVER,
                           .visible = RES_NEVER,
                           .point = copy};
    snprintf(made->strategy, sizeof made->strategy, "%s", s->searcher->name);
    run_course_hash(s->course, made->history);
    return SWP_OK;
}

/* Record after which step a stored trial failed, and let it wait again if retries are wanted. */
static swp_status record_failure(run_search_study *s, res_proposal *of, swp_err *err)
{
    res_trial_status *known = &s->study->trials[of->number - 1];
    swp_status status = SWP_OK;
    if (known->state != RES_FAILED)
        return SWP_OK;
    if (of->failed_after == RES_NEVER) {
        of->failed_after = known->steps_done;
        status = res_proposal_set_outcome(s->study->store, s->study->revision, of, err);
    }
    if (status == SWP_OK && s->retry_failed)
        status = set_state(s, of->number - 1, RES_WAITING, NULL, err);
    return status;
}

/* Values that the course does not have yet. */
static swp_status report_values(run_search_study *s, size_t trial, swp_err *err)
{
    double *values;
    size_t n, proposal = s->entries[trial].proposal;
    swp_status status = run_search_values(s->study, trial, run_course_reported(s->course, proposal),
                                          &values, &n, err);
    if (status == SWP_OK)
        status = run_course_report(s->course, proposal, values, n, err);
    swp_free(values);
    if (status == SWP_OK && s->study->trials[trial].state == RES_DONE)
        status = run_course_end(s->course, proposal, err);
    return status;
}

static swp_status enrol_proposal(run_search_study *s, size_t proposal, bool is_stored, swp_err *err)
{
    res_proposal *of = &s->proposals[proposal];
    swp_status status = add_trial(s, of->point, NULL, proposal, err);
    size_t trial = of->number - 1;
    if (status == SWP_OK && !is_stored) {
        of->cost = s->plan->trials[trial].cost;
        status = res_proposal_add(s->study->store, s->study->revision, of, s->n_dims, err);
    }
    if (status == SWP_OK)
        status = record_failure(s, of, err);
    if (status != SWP_OK)
        return status;
    const run_enrolled enrolled = {
        .point = of->point,
        .cost = of->cost,
        .budget = run_search_judges_once(s->study) ? 1 : s->plan->trials[trial].max_epochs,
        .failed_after = of->failed_after,
        .visible = of->visible,
        .is_retried = of->failed_after != RES_NEVER && of->visible == RES_NEVER &&
                      s->study->trials[trial].state != RES_FAILED,
    };
    status = run_course_enrol(s->course, &enrolled, err);
    if (status == SWP_OK)
        status = report_values(s, trial, err);
    if (status == SWP_OK)
        status = note_decided(s, trial, err);
    return status == SWP_OK ? run_search_study_open(s, trial, err) : status;
}

/* --- the confirm stage ------------------------------------------------------------------------ */

static swp_status enrol_confirmation(run_search_study *s, const res_confirmation *fit, swp_err *err)
{
    if (fit->number != s->plan->n_trials + 1 || fit->confirms >= fit->number ||
        s->entries[fit->confirms - 1].proposal == CONFIRMS)
        return swp_fail(err, SWP_DB, "%s: damaged: table confirmation, row %zu",
                        res_store_path(s->study->store), fit->number);
    const double *point = s->proposals[s->entries[fit->confirms - 1].proposal].point;
    swp_status status = add_trial(s, point, &fit->seed, CONFIRMS, err);
    if (status == SWP_OK && s->study->trials[fit->number - 1].state == RES_FAILED &&
        s->retry_failed)
        status = set_state(s, fit->number - 1, RES_WAITING, NULL, err);
    return status == SWP_OK ? run_search_study_open(s, fit->number - 1, err) : status;
}

/* Enrol stored fits whose numbers come before `next`. */
static swp_status enrol_confirmations(run_search_study *s, size_t next, swp_err *err)
{
    swp_status status = SWP_OK;
    while (status == SWP_OK && s->n_enrolled < s->n_confirmations &&
           s->confirmations[s->n_enrolled].number < next)
        status = enrol_confirmation(s, &s->confirmations[s->n_enrolled++], err);
    return status;
}

/* The proposals that are confirmed, the best first: done ones by value, then paused ones by how far
 * they came. Returns how many there are. shapes out (most) */
static size_t pick_best(const run_search_study *s, size_t most, size_t *out)
{
    size_t n = 0;
    for (size_t i = 0; i < run_course_count(s->course) && most > 0; i++) {
        run_outcome outcome = run_course_outcome(s->course, i);
        if (!run_outcome_is_finished(&outcome))
            continue;
        size_t at = n < most ? n++ : most;
        for (; at > 0; at--) {
            run_outcome before = run_course_outcome(s->course, out[at - 1]);
            if (run_outcome_compare(&outcome, &before) >= 0)
                break;
            if (at < most)
                out[at] = out[at - 1];
        }
        if (at < most)
            out[at] = i;
    }
    return n;
}

static bool is_confirmed(const run_search_study *s, size_t confirms, uint32_t seed)
{
    for (size_t i = 0; i < s->n_confirmations; i++) {
        if (s->confirmations[i].confirms == confirms && s->confirmations[i].seed == seed)
            return true;
    }
    return false;
}

static swp_status confirm(run_search_study *s, size_t proposal, uint32_t seed, swp_err *err)
{
    size_t confirms = s->proposals[proposal].number;
    if (is_confirmed(s, confirms, seed))
        return SWP_OK;
    res_confirmation *grown = swp_resize(s->confirmations, s->n_confirmations + 1, sizeof *grown);
    if (!grown)
        return out_of_memory(err);
    s->confirmations = grown;
    grown[s->n_confirmations++] = (res_confirmation){s->plan->n_trials + 1, confirms, seed};
    const res_confirmation *fit = &grown[s->n_enrolled++];
    swp_status status = enrol_confirmation(s, fit, err);
    return status == SWP_OK ? res_confirmation_add(s->study->store, s->study->revision, fit, err)
                            : status;
}

/* All is decided: repeat the best trials with the seeds that follow theirs, the same for all. */
static swp_status choose(run_search_study *s, swp_err *err)
{
    const cfg_confirm plan = s->config->confirm;
    size_t *best = swp_alloc(plan.n_best + 1, sizeof *best), n = 0;
    swp_status status = best ? enrol_confirmations(s, SIZE_MAX, err) : out_of_memory(err);
    if (status == SWP_OK)
        n = pick_best(s, plan.n_best, best);
    for (size_t i = 0; i < n; i++) {
        uint32_t seed = cfg_seed_of(&s->plan->trials[trial_of(s, best[i])].settings);
        for (uint32_t k = 1; k <= plan.n_seeds && status == SWP_OK; k++)
            status = confirm(s, best[i], seed + k, err);
    }
    swp_free(best);
    s->is_chosen = true;
    return status;
}

/* --- deciding --------------------------------------------------------------------------------- */

static swp_status on_proposal(run_search_study *s, const run_course_event *event, swp_err *err)
{
    bool is_stored = event->trial < s->n_stored;
    size_t next = is_stored ? s->proposals[event->trial].number : SIZE_MAX;
    swp_status status = enrol_confirmations(s, next, err);
    if (status == SWP_OK && is_stored) {
        char history[SWP_DIGEST_SIZE];
        run_course_hash(s->course, history);
        status = run_search_check(s->study, s->searcher, &s->proposals[event->trial], event->point,
                                  history, err);
    } else if (status == SWP_OK) {
        status = add_proposal(s, event->point, err);
    }
    return status == SWP_OK ? enrol_proposal(s, event->trial, is_stored, err) : status;
}

/* The retry of a failed trial has a result, or a trial failed. */
static swp_status record_outcome(run_search_study *s, size_t proposal, swp_err *err)
{
    res_proposal *of = &s->proposals[proposal];
    size_t failed_after = run_course_failed_after(s->course, proposal);
    size_t visible = run_course_visible(s->course, proposal);
    if (of->failed_after == failed_after && of->visible == visible)
        return SWP_OK;
    of->failed_after = failed_after;
    of->visible = visible;
    return res_proposal_set_outcome(s->study->store, s->study->revision, of, err);
}

static swp_status on_decision(run_search_study *s, size_t proposal, swp_err *err)
{
    size_t trial = trial_of(s, proposal);
    swp_status status = record_outcome(s, proposal, err);
    if (status == SWP_OK)
        status = note_decided(s, trial, err);
    return status == SWP_OK ? run_search_study_open(s, trial, err) : status;
}

static swp_status follow_course(run_search_study *s, swp_err *err)
{
    run_course_event event = {.kind = RUN_COURSE_DECIDED};
    swp_status status = SWP_OK;
    while (status == SWP_OK && event.kind != RUN_COURSE_WAITS && event.kind != RUN_COURSE_ENDED) {
        status = run_course_next(s->course, &event, err);
        if (status == SWP_OK && event.kind == RUN_COURSE_PROPOSES)
            status = on_proposal(s, &event, err);
        else if (status == SWP_OK && event.kind == RUN_COURSE_DECIDED)
            status = on_decision(s, event.trial, err);
    }
    s->has_ended = status == SWP_OK && event.kind == RUN_COURSE_ENDED;
    return status;
}

/* Pause a trial in the store. Steps that it ran ahead of the decision are dropped, whether it
 * continued, ended or failed there. */
static swp_status pause(run_search_study *s, size_t trial, swp_err *err)
{
    size_t proposal = s->entries[trial].proposal;
    size_t decided = run_course_decided(s->course, proposal);
    res_trial_status *known = &s->study->trials[trial];
    res_proposal *of = &s->proposals[proposal];
    char reason[64];
    snprintf(reason, sizeof reason, "paused by %s after step %zu", s->config->stop, decided);
    swp_status status = set_state(s, trial, RES_STOPPED, reason, err);
    if (status == SWP_OK && run_search_runs_ahead(s->study) && known->steps_done > decided)
        status = res_steps_take_back(s->study->store, known->id, decided, &known->steps_done, err);
    if (status != SWP_OK || of->failed_after == RES_NEVER || of->failed_after < decided)
        return status;
    of->failed_after = RES_NEVER;
    return res_proposal_set_outcome(s->study->store, s->study->revision, of, err);
}

/* Record in the store which trials are paused, and which continue. */
static swp_status record_states(run_search_study *s, swp_err *err)
{
    swp_status status = SWP_OK;
    for (size_t i = 0; i < s->n_decided && status == SWP_OK; i++) {
        size_t trial = s->decided[i], proposal = s->entries[trial].proposal;
        res_state now = s->study->trials[trial].state;
        run_course_state state = run_course_state_of(s->course, proposal);
        s->entries[trial].is_decided = false;
        bool is_over = now == RES_DONE || now == RES_FAILED;
        if (state == RUN_COURSE_PAUSED && (!is_over || run_search_runs_ahead(s->study))) {
            status = pause(s, trial, err);
        } else if (state != RUN_COURSE_PAUSED && now == RES_STOPPED) {
            status = set_state(s, trial, RES_WAITING, NULL, err);
        }
    }
    s->n_decided = 0;
    return status;
}

/* Read what was recorded for touched trials. */
static swp_status read_touched(run_search_study *s, swp_err *err)
{
    swp_status status = SWP_OK;
    for (size_t i = 0; i < s->n_touched && status == SWP_OK; i++) {
        size_t trial = s->touched[i], proposal = s->entries[trial].proposal;
        s->entries[trial].is_touched = false;
        if (proposal == CONFIRMS)
            continue;
        status = report_values(s, trial, err);
        if (status == SWP_OK && s->study->trials[trial].state == RES_FAILED) {
            status = run_course_fail(s->course, proposal, err);
            if (status == SWP_OK)
                status = record_outcome(s, proposal, err);
        }
    }
    s->n_touched = 0;
    return status;
}

static swp_status advance(run_search_study *s, swp_err *err)
{
    swp_status status = read_touched(s, err);
    if (status == SWP_OK && !s->has_ended)
        status = follow_course(s, err);
    if (status == SWP_OK)
        status = record_states(s, err);
    if (status == SWP_OK && s->has_ended && !s->is_chosen)
        status = choose(s, err);
    return status == SWP_OK ? run_study_update_axes(s->study, err) : status;
}

swp_status run_search_study_advance(run_search_study *search, swp_err *err)
{
    if (search->n_touched == 0)
        return SWP_OK;
    swp_status status = res_store_begin(search->study->store, err);
    if (status != SWP_OK)
        return status;
    status = advance(search, err);
    if (status == SWP_OK)
        return res_store_commit(search->study->store, err);
    res_store_rollback(search->study->store);
    return status;
}

void run_search_study_touch(run_search_study *search, size_t trial)
{
    if (search->entries[trial].is_touched)
        return;
    search->entries[trial].is_touched = true;
    search->touched[search->n_touched++] = trial;
}

/* --- questions -------------------------------------------------------------------------------- */

size_t run_search_study_limit(const run_search_study *search, size_t trial)
{
    size_t proposal = search->entries[trial].proposal;
    const run_trial *of = &search->plan->trials[trial];
    if (proposal == CONFIRMS)
        return of->max_epochs;
    size_t limit = run_course_limit(search->course, proposal);
    size_t done = search->study->trials[trial].steps_done;
    if (!of->settings.command)
        return limit;
    if (limit <= run_course_decided(search->course, proposal)) /* a command may leave out steps */
        return limit < done ? limit : done;
    return run_search_runs_ahead(search->study) ? of->max_epochs : limit;
}

bool run_search_study_take_open(run_search_study *search, size_t *trial)
{
    if (search->first_open == search->n_open) {
        search->first_open = search->n_open = 0;
        return false;
    }
    *trial = search->open[search->first_open++];
    search->entries[*trial].is_open = false;
    return true;
}

bool run_search_study_has_slots(const run_search_study *search)
{
    return search->slots > 0;
}

bool run_search_study_is_over(const run_search_study *search)
{
    bool is_over = search->is_chosen;
    for (size_t i = 0; i < search->n_entries && is_over; i++) {
        const res_trial_status *known = &search->study->trials[i];
        is_over = known->state == RES_FAILED || known->state == RES_DONE ||
                  known->steps_done >= run_search_study_limit(search, i);
    }
    return is_over;
}

const char *run_search_study_label(const run_search_study *search, size_t trial)
{
    return search->entries[trial].label;
}

run_search_counts run_search_study_count(const run_search_study *search)
{
    size_t n = run_course_count(search->course);
    size_t fits =
        search->n_entries > search->config->trials ? search->n_entries : search->config->trials;
    run_search_counts counts = {
        .trials = fits, .proposed = n, .confirming = search->n_enrolled, .slots = search->slots};
    for (size_t i = 0; i < search->n_entries; i++) {
        res_state state = search->study->trials[i].state;
        size_t proposal = search->entries[i].proposal;
        counts.done += state == RES_DONE;
        counts.failed += state == RES_FAILED;
        counts.paused += state != RES_DONE && state != RES_FAILED && proposal != CONFIRMS &&
                         run_course_state_of(search->course, proposal) == RUN_COURSE_PAUSED;
    }
    return counts;
}

/* --- the whole -------------------------------------------------------------------------------- */

static swp_status open_course(run_search_study *s, swp_err *err)
{
    const cfg *config = s->plan->config;
    const cfg_search *of = s->config;
    size_t n_fits = of->confirm.n_best * of->confirm.n_seeds, n_search = of->trials - n_fits;
    run_course_rules rules = {
        .space = cfg_space(config),
        .searcher = s->searcher,
        .stop = {.min_steps = of->min_steps, .max_steps = of->max_steps, .eta = CFG_ETA},
        .seed = of->seed,
        .slots = s->slots,
        .n_trials = n_search > s->n_stored ? n_search : s->n_stored,
        .n_stored = s->n_stored,
        .maximize = of->goal == CFG_MAXIMIZE,
        .start = cfg_start_point(config),
    };
    swp_status status = SWP_OK;
    if (strcmp(of->stop, "none") != 0)
        status = run_stopper_find(of->stop, &rules.stopper, err);
    return status == SWP_OK ? run_course_create(&rules, &s->course, err) : status;
}

swp_status run_search_study_create(run_study *study, bool retry_failed, run_search_study **out,
                                   swp_err *err)
{
    const cfg *config = study->plan->config;
    run_search_study *s = *out = swp_alloc(1, sizeof *s);
    if (!s)
        return out_of_memory(err);
    *s = (run_search_study){.study = study,
                            .plan = study->plan,
                            .config = cfg_search_of(config),
                            .n_dims = cfg_space(config)->n,
                            .retry_failed = retry_failed};
    s->readings = swp_alloc(cfg_reading_count(config), sizeof *s->readings);
    swp_status status = s->readings ? run_searcher_find(s->config->strategy, &s->searcher, err)
                                    : out_of_memory(err);
    if (status == SWP_OK) {
        s->slots = cfg_has_slots(config) ? s->config->slots : 0;
        status = run_search_record(study, &s->slots, err);
    }
    if (status == SWP_OK)
        status = res_proposals_load(study->store, study->revision, s->n_dims, &s->proposals,
                                    &s->n_proposals, err);
    if (status == SWP_OK)
        status = res_confirmations_load(study->store, study->revision, &s->confirmations,
                                        &s->n_confirmations, err);
    s->n_stored = s->n_proposals;
    size_t most = s->n_stored + s->n_confirmations + s->config->trials;
    if (status == SWP_OK && !(s->touched = swp_alloc(most, sizeof *s->touched)))
        status = out_of_memory(err);
    if (status == SWP_OK)
        status = open_course(s, err);
    return status == SWP_OK ? advance(s, err) : status;
}

void run_search_study_destroy(run_search_study *search)
{
    if (!search)
        return;
    run_course_destroy(search->course);
    for (size_t i = 0; i < search->n_entries; i++)
        swp_free(search->entries[i].label);
    res_proposals_free(search->proposals, search->n_proposals);
    swp_free(search->confirmations);
    swp_free(search->entries);
    swp_free(search->open);
    swp_free(search->touched);
    swp_free(search->decided);
    swp_free(search->readings);
    swp_free(search);
}
