/* Times a few optimiser steps and evaluated rows of each kind of trial, and multiplies. Kinds share
 * a budget of a second or two, so that an estimate of any plan takes about as long. */
#include "runner/plan/estimate.h"

#include <math.h>
#include <stdlib.h>

#include "engine/base/mem.h"
#include "runner/backend/state.h"
#include "runner/plan/queue.h"
#include "runner/process/host.h"

#define KIND_BUDGET_S 0.05 /* of timed work for one kind of trial */
#define ALL_BUDGET_S  2.0  /* for all kinds together */
#define CHUNK         16u  /* rows of one timed evaluation */

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* A cohort, and buffers for what its models return. */
typedef struct evaluation_run {
    const eng_api *api;
    eng_cohort *cohort;
    const eng_split *split;
    double *losses; /* (K) */
    float *errors;  /* (K, CHUNK) */
} evaluation_run;

/* Mean seconds of one row in training. The first step only warms up. */
static swp_status time_trial(const evaluation_run *r, size_t batch, double budget, double *out,
                             swp_err *err)
{
    size_t n = smaller(batch, r->split->n_train), rows = 0;
    double elapsed = 0;
    swp_status status = r->api->train_epoch(r->cohort, r->split->train, n, r->losses, err);
    double start = run_clock();
    while (status == SWP_OK && (rows == 0 || elapsed < budget)) {
        status = r->api->train_epoch(r->cohort, r->split->train, n, r->losses, err);
        rows += n;
        elapsed = run_clock() - start;
    }
    *out = elapsed / (double)rows;
    return status;
}

static swp_status time_evaluation(const evaluation_run *r, double budget, double *out, swp_err *err)
{
    size_t n = smaller(CHUNK, r->split->n_train), rows = 0;
    double elapsed = 0, start = run_clock();
    swp_status status = SWP_OK;
    while (status == SWP_OK && (rows == 0 || elapsed < budget)) {
        status = r->api->evaluate(r->cohort, r->split->train, n, r->errors, err);
        rows += n;
        elapsed = run_clock() - start;
    }
    *out = elapsed / (double)rows;
    return status;
}

static swp_status set_initial_states(const evaluation_run *r, const run_plan *plan,
                                     const run_cohort *job, swp_err *err)
{
    run_state state;
    const eng_info nobody = {0};
    const run_trial *first = &plan->trials[job->trials[0]];
    swp_status status =
        run_state_init(&state, eng_layout_of(first->settings.shape).total, &nobody, err);
    for (size_t k = 0; k < job->n && status == SWP_OK; k++) {
        const run_trial *trial = &plan->trials[job->trials[k]];
        run_start_draw(&trial->start, trial->settings.seed, trial->settings.shape,
                       state.values.weights);
        status = r->api->set_state(r->cohort, k, &state.values, err);
    }
    run_state_deinit(&state);
    return status;
}

static swp_status create_cohort(evaluation_run *r, const run_plan *plan, const run_cohort *job,
                                eng_engine *engine, swp_err *err)
{
    const run_trial *first = &plan->trials[job->trials[0]];
    const cfg_settings *settings = &first->settings;
    const eng_dataset *set = plan->data[plan->splits[first->split].data].set;
    eng_adam *adam = swp_alloc(job->n, sizeof *adam);
    r->losses = swp_alloc(job->n, sizeof *r->losses);
    r->errors = swp_alloc(job->n * CHUNK, sizeof *r->errors);
    swp_status status = SWP_OK;
    if (!adam || !r->losses || !r->errors)
        status = swp_fail(err, SWP_NOMEM, "out of memory for %zu models", job->n);
    for (size_t k = 0; status == SWP_OK && k < job->n; k++)
        adam[k].learning_rate = plan->trials[job->trials[k]].settings.learning_rate;
    const eng_cohort_spec spec = {
        .shape = settings->shape,
        .loss = settings->loss,
        .batch_size = settings->batch_size,
        .n_models = job->n,
        .adam = adam,
        .series = {.values = set->values, .n_rows = set->n_rows, .length = set->length},
    };
    if (status == SWP_OK)
        status = r->api->cohort_create(engine, &spec, &r->cohort, err);
    swp_free(adam);
    return status;
}

/* Seconds of one epoch of a cohort, evaluation included. */
static swp_status time_epoch(const run_plan *plan, const run_cohort *job, const eng_api *api,
                             eng_engine *engine, double budget, double *out, swp_err *err)
{
    const run_trial *first = &plan->trials[job->trials[0]];
    evaluation_run r = {.api = api, .split = &plan->splits[first->split].split};
    double train_s = 0, eval_s = 0;
    swp_status status = create_cohort(&r, plan, job, engine, err);
    if (status == SWP_OK)
        status = set_initial_states(&r, plan, job, err);
    if (status == SWP_OK)
        status = time_trial(&r, first->settings.batch_size, 0.8 * budget, &train_s, err);
    if (status == SWP_OK)
        status = time_evaluation(&r, 0.2 * budget, &eval_s, err);
    size_t held_out = r.split->n_val + r.split->n_test + r.split->n_anomaly + r.split->n_tune;
    *out = train_s * (double)r.split->n_train + eval_s * (double)held_out;
    api->cohort_destroy(r.cohort);
    swp_free(r.losses);
    swp_free(r.errors);
    return status;
}

static int compare_longest_first(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x < y) - (x > y);
}

/* Wall time if every free worker takes the longest remaining job. */
static double pack(double *jobs, size_t n, double *workers, size_t n_workers)
{
    double last = 0;
    qsort(jobs, n, sizeof *jobs, compare_longest_first);
    for (size_t i = 0; i < n; i++) {
        size_t free = 0;
        for (size_t w = 1; w < n_workers; w++) {
            if (workers[w] < workers[free])
                free = w;
        }
        workers[free] += jobs[i];
        last = fmax(last, workers[free]);
    }
    return last;
}

/* Cohorts that take equally long for an epoch. */
static bool is_alike(const run_plan *plan, const run_cohort *a, const run_cohort *b)
{
    const run_trial *x = &plan->trials[a->trials[0]];
    const run_trial *y = &plan->trials[b->trials[0]];
    return a->n == b->n && x->split == y->split &&
           plan->backend->compare(&x->settings, &y->settings) == 0;
}

/* Seconds of every job; equal ones, which stand together, are measured once. */
static swp_status time_all(const run_plan *plan, const run_cohort *jobs, size_t n,
                           const eng_api *api, eng_engine *engine, double *seconds, swp_err *err)
{
    size_t n_kinds = 0;
    for (size_t i = 0; i < n; i++)
        n_kinds += i == 0 || !is_alike(plan, &jobs[i - 1], &jobs[i]);
    double budget = fmin(KIND_BUDGET_S, ALL_BUDGET_S / (double)(n_kinds ? n_kinds : 1));
    double epoch_s = 0;
    swp_status status = SWP_OK;
    for (size_t i = 0; i < n && status == SWP_OK; i++) {
        if (i == 0 || !is_alike(plan, &jobs[i - 1], &jobs[i]))
            status = time_epoch(plan, &jobs[i], api, engine, budget, &epoch_s, err);
        size_t epochs = 0;
        for (size_t k = 0; k < jobs[i].n; k++)
            if (plan->trials[jobs[i].trials[k]].max_epochs > epochs)
                epochs = plan->trials[jobs[i].trials[k]].max_epochs;
        seconds[i] = epoch_s * (double)epochs;
    }
    return status;
}

static swp_status form_jobs(const run_plan *plan, const eng_api *api, uint64_t memory,
                            run_cohort **jobs, size_t *n, swp_err *err)
{
    const run_backend_setup setup = {
        .engine = api, .inputs = run_plan_inputs(plan), .cohort = memory};
    size_t *all = swp_alloc(plan->n_trials, sizeof *all);
    if (!all)
        return swp_fail(err, SWP_NOMEM, "out of memory for %zu trials", plan->n_trials);
    for (size_t i = 0; i < plan->n_trials; i++)
        all[i] = i;
    swp_status status = run_cohorts_form(plan, all, plan->n_trials, &setup, NULL, jobs, n, err);
    swp_free(all);
    return status;
}

/* Jobs, and how long each takes. */
typedef struct measured {
    eng_info info;
    run_cohort *jobs;
    double *seconds; /* (n) */
    size_t n;
} measured;

static void measured_deinit(measured *m)
{
    run_cohorts_free(m->jobs, m->n);
    swp_free(m->seconds);
}

/* Open the engine, form the jobs that it takes and measure each.
 * owns   *out: measured_deinit, also on failure */
static swp_status measure(const run_plan *plan, const eng_api *api, size_t workers, measured *out,
                          swp_err *err)
{
    const cfg_run *run = cfg_run_of(plan->config);
    const eng_options options = {.isa = run_isa(), .tf32 = run->tf32 == CFG_ON};
    eng_engine *engine = NULL;
    *out = (measured){.n = 0};
    swp_status status = api->open(&options, &engine, err);
    if (status == SWP_OK) {
        api->get_info(engine, &out->info);
        uint64_t memory = run_cohort_memory(&out->info, workers, run->memory);
        status = form_jobs(plan, api, memory, &out->jobs, &out->n, err);
    }
    if (status == SWP_OK && !(out->seconds = swp_alloc(out->n, sizeof *out->seconds)))
        status = swp_fail(err, SWP_NOMEM, "out of memory for %zu cohorts", out->n);
    if (status == SWP_OK)
        status = time_all(plan, out->jobs, out->n, api, engine, out->seconds, err);
    api->close(engine);
    return status;
}

swp_status run_estimate_make(const run_plan *plan, const eng_api *api, size_t workers,
                             run_estimate *out, swp_err *err)
{
    *out = (run_estimate){0};
    measured m;
    double *loads = NULL;
    swp_status status = measure(plan, api, workers, &m, err);
    if (status != SWP_OK)
        goto done;
    out->engine = m.info;
    out->n_cohorts = m.n;
    out->workers = smaller(workers, m.n);
    loads = swp_alloc(out->workers, sizeof *loads);
    if (!loads) {
        status = swp_fail(err, SWP_NOMEM, "out of memory for %zu workers", out->workers);
        goto done;
    }
    for (size_t i = 0; i < m.n; i++)
        out->work_s += m.seconds[i];
    out->wall_s = pack(m.seconds, m.n, loads, out->workers);
done:
    measured_deinit(&m);
    swp_free(loads);
    return status;
}

swp_status run_estimate_trials(const run_plan *plan, const eng_api *api, double *seconds,
                               size_t *order, swp_err *err)
{
    measured m;
    size_t n = 0;
    swp_status status = measure(plan, api, 1, &m, err);
    for (size_t i = 0; i < m.n && status == SWP_OK; i++) {
        for (size_t k = 0; k < m.jobs[i].n; k++) {
            order[n++] = m.jobs[i].trials[k];
            seconds[m.jobs[i].trials[k]] = m.seconds[i] / (double)m.jobs[i].n;
        }
    }
    measured_deinit(&m);
    return status;
}
