#include "runner/estimate.h"

#include <math.h>
#include <stdlib.h>

#include "engine/base/mem.h"
#include "runner/host.h"
#include "runner/state.h"

#define KIND_BUDGET_S 0.05 /* of timed work for one kind of training */
#define ALL_BUDGET_S  2.0  /* for all kinds together */
#define CHUNK         16u  /* rows of one timed evaluation */

static size_t lesser(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Mean seconds of one row in training. The first step only warms up. */
static swp_status time_training(const eng_api *api, eng_cohort *cohort, const eng_split *split,
                                size_t batch, double budget, double *out, swp_err *err)
{
    size_t n = lesser(batch, split->n_train), rows = 0;
    double loss, elapsed = 0;
    swp_status status = api->train_epoch(cohort, split->train, n, &loss, err);
    double start = run_clock();
    while (status == SWP_OK && (rows == 0 || elapsed < budget)) {
        status = api->train_epoch(cohort, split->train, n, &loss, err);
        rows += n;
        elapsed = run_clock() - start;
    }
    *out = elapsed / (double)rows;
    return status;
}

static swp_status time_evaluation(const eng_api *api, eng_cohort *cohort, const eng_split *split,
                                  double budget, double *out, swp_err *err)
{
    float errors[CHUNK];
    size_t n = lesser(CHUNK, split->n_train), rows = 0;
    double elapsed = 0, start = run_clock();
    swp_status status = SWP_OK;
    while (status == SWP_OK && (rows == 0 || elapsed < budget)) {
        status = api->evaluate(cohort, split->train, n, errors, err);
        rows += n;
        elapsed = run_clock() - start;
    }
    *out = elapsed / (double)rows;
    return status;
}

static swp_status set_initial_state(const eng_api *api, eng_cohort *cohort,
                                    const run_training *training, swp_err *err)
{
    run_state state;
    swp_status status = run_state_init(&state, eng_layout_of(training->settings.shape).total, err);
    if (status != SWP_OK)
        return status;
    run_training_init(training, state.values.weights);
    status = api->set_state(cohort, 0, &state.values, err);
    run_state_deinit(&state);
    return status;
}

/* Seconds of one epoch of a training, evaluation included. */
static swp_status time_epoch(const run_plan *plan, const run_training *training, const eng_api *api,
                             eng_engine *engine, double budget, double *out, swp_err *err)
{
    const cfg_settings *settings = &training->settings;
    const run_split *split = &plan->splits[training->split];
    const eng_dataset *set = plan->data[split->data].set;
    const eng_adam adam = {.learning_rate = settings->learning_rate};
    eng_cohort_spec spec = {
        .shape = settings->shape,
        .loss = settings->loss,
        .batch_size = settings->batch_size,
        .n_models = 1,
        .adam = &adam,
        .series = {.values = set->values, .n_rows = set->n_rows, .length = set->length},
    };
    eng_cohort *cohort = NULL;
    double train_s, eval_s;
    swp_status status = api->cohort_create(engine, &spec, &cohort, err);
    if (status == SWP_OK)
        status = set_initial_state(api, cohort, training, err);
    if (status == SWP_OK)
        status = time_training(api, cohort, &split->split, settings->batch_size, 0.8 * budget,
                               &train_s, err);
    if (status == SWP_OK)
        status = time_evaluation(api, cohort, &split->split, 0.2 * budget, &eval_s, err);
    if (status == SWP_OK) {
        const eng_split *parts = &split->split;
        size_t held_out = parts->n_val + parts->n_test + parts->n_anomaly;
        *out = train_s * (double)parts->n_train + eval_s * (double)held_out;
    }
    api->cohort_destroy(cohort);
    return status;
}

static int compare_longest_first(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x < y) - (x > y);
}

/* Wall time when every worker that gets free takes the longest job that is left. */
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

/* Fill seconds (n_trainings), measuring each kind of training once. */
static swp_status time_all(const run_plan *plan, const eng_api *api, eng_engine *engine,
                           double *seconds, swp_err *err)
{
    size_t *all = swp_alloc(plan->n_trainings, sizeof *all);
    if (!all)
        return swp_fail(err, SWP_NOMEM, "out of memory for %zu trainings", plan->n_trainings);
    for (size_t i = 0; i < plan->n_trainings; i++)
        all[i] = i;
    run_cohort *kinds = NULL;
    size_t n_kinds = 0;
    swp_status status =
        run_cohorts_form(plan, all, plan->n_trainings, plan->n_trainings, &kinds, &n_kinds, err);
    double budget = fmin(KIND_BUDGET_S, ALL_BUDGET_S / (double)(n_kinds ? n_kinds : 1));
    for (size_t i = 0; i < n_kinds && status == SWP_OK; i++) {
        const run_training *first = &plan->trainings[kinds[i].trainings[0]];
        double epoch_s = 0;
        status = time_epoch(plan, first, api, engine, budget, &epoch_s, err);
        for (size_t k = 0; k < kinds[i].n; k++) {
            size_t training = kinds[i].trainings[k];
            seconds[training] = epoch_s * (double)plan->trainings[training].max_epochs;
        }
    }
    run_cohorts_free(kinds, n_kinds);
    swp_free(all);
    return status;
}

swp_status run_estimate_make(const run_plan *plan, const eng_api *api, size_t workers,
                             run_estimate *out, swp_err *err)
{
    *out = (run_estimate){.workers = lesser(workers, plan->n_trainings)};
    eng_engine *engine = NULL;
    double *loads = NULL, *seconds = NULL;
    swp_status status = api->open(NULL, &engine, err);
    if (status != SWP_OK)
        goto done;
    api->get_info(engine, &out->engine);
    seconds = swp_alloc(plan->n_trainings, sizeof *seconds);
    loads = swp_alloc(out->workers, sizeof *loads);
    if (!seconds || !loads) {
        status = swp_fail(err, SWP_NOMEM, "out of memory for %zu trainings", plan->n_trainings);
        goto done;
    }
    status = time_all(plan, api, engine, seconds, err);
    for (size_t i = 0; i < plan->n_trainings && status == SWP_OK; i++)
        out->work_s += seconds[i];
    if (status == SWP_OK)
        out->wall_s = pack(seconds, plan->n_trainings, loads, out->workers);
done:
    swp_free(loads);
    swp_free(seconds);
    api->close(engine);
    return status;
}
