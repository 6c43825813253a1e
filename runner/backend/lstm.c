/* The lstm backend: trials that share a job are the models of one cohort of an engine.
 *
 * All models of a cohort are advanced together; one that stopped (at its budget, told to, or with a
 * loss that is not finite) is left out: before the next step the cohort is rebuilt from the states
 * of the others, whose bits do not depend on who shares their cohort. After a step the errors of
 * all held-out sequences are there; `read` computes a model's losses from them, packs its state,
 * and adds weights and reconstructions when its validation loss is the smallest so far. */
#include "runner/backend/lstm.h"

#include <math.h>
#include <string.h>

#include "engine/base/mem.h"
#include "runner/backend/snapshot.h"
#include "runner/backend/state.h"
#include "runner/backend/stream.h"
#include "runner/process/host.h"

struct run_trainer {
    const run_backend_setup *setup;
    eng_engine *engine;
    eng_info info;
};

/* A trial of the job. */
typedef struct model {
    cfg_trial_settings settings;
    double best; /* smallest validation loss so far */
    size_t at;   /* index into the cohort */
    bool stopped;
} model;

struct run_training {
    run_trainer *trainer;
    const run_split *split;
    const eng_dataset *set;
    model *models; /* (n) in the order of the job's items */
    size_t n, n_running;
    eng_cohort *cohort;
    size_t n_cohort; /* models in it: those that ran when it was made */
    res_step record; /* what all models of the last step have in common */
    run_state state; /* of one model at a time */
    void *packed;    /* the same as bytes */
    double *loss;    /* (n) */
    float *errors;   /* (n_cohort, n_val), then likewise test, anomaly, tune */
    /* What `read` returned last. */
    res_named_value values[4]; /* (n_values) */
    size_t n_values;
    res_errors held_out;
    run_snapshot snapshot;
};

/* --- in the parent ------------------------------------------------------------------------------
 */

/* Multiply-adds: per row, time step and layer 3 * 4H(in + H) (forward and, twice as much, backward)
 * and 4,000 for what does not depend on H: the latency of the activations, measured as about 40 ns
 * where 100 multiply-adds take 1 ns. */
static double lstm_cost(const cfg_settings *params, size_t n_rows, size_t length)
{
    const double fixed = 4000;
    eng_layout layout = eng_layout_of(params->shape);
    double step = 0;
    for (size_t i = 0; i < layout.n_layers; i++) {
        double h = (double)layout.layers[i].hidden, in = (double)layout.layers[i].in;
        step += 3 * 4 * h * (in + h) + fixed;
    }
    return step * (double)n_rows * (double)length;
}

static int order_of(size_t a, size_t b)
{
    return (a > b) - (a < b);
}

static int lstm_compare(const cfg_settings *a, const cfg_settings *b)
{
    int order = order_of(a->shape.arch, b->shape.arch);
    if (order == 0)
        order = order_of(a->shape.embedding_dim, b->shape.embedding_dim);
    if (order == 0)
        order = order_of(a->loss, b->loss);
    return order != 0 ? order : order_of(a->batch_size, b->batch_size);
}

/* As many models as the engine wants side by side and memory has room for; at least one, so that it
 * can report what it lacks. */
static size_t lstm_together(const run_backend_setup *setup, const cfg_settings *params,
                            size_t split)
{
    const eng_dataset *set = setup->inputs.data[setup->inputs.splits[split].data].set;
    size_t most = setup->engine->cohort_width(params->shape, params->batch_size), fits = 1;
    eng_cohort_spec spec = {
        .shape = params->shape,
        .loss = params->loss,
        .batch_size = params->batch_size,
        .n_models = most,
        .series = {.n_rows = set->n_rows, .length = set->length},
    };
    if (!setup->cohort || setup->engine->cohort_bytes(NULL, &spec) <= setup->cohort)
        return most;
    while (most - fits > 1) {
        spec.n_models = fits + (most - fits) / 2;
        if (setup->engine->cohort_bytes(NULL, &spec) <= setup->cohort)
            fits = spec.n_models;
        else
            most = spec.n_models;
    }
    return fits;
}

/* --- a worker's engine ---------------------------------------------------------------------------
 */

static swp_status lstm_open(const run_backend_setup *setup, run_trainer **out, swp_err *err)
{
    const eng_options options = {.isa = run_isa(), .tf32 = setup->tf32};
    run_trainer *trainer = *out = swp_alloc(1, sizeof *trainer);
    if (!trainer)
        return swp_fail(err, SWP_NOMEM, "out of memory for an engine");
    trainer->setup = setup;
    swp_status status = setup->engine->open(&options, &trainer->engine, err);
    if (status == SWP_OK)
        setup->engine->get_info(trainer->engine, &trainer->info);
    return status;
}

static void lstm_close(run_trainer *trainer)
{
    if (trainer)
        trainer->setup->engine->close(trainer->engine);
    swp_free(trainer);
}

static size_t lstm_list_devices(const run_trainer *trainer, eng_info *out, size_t most)
{
    return trainer->setup->engine->list_devices(trainer->engine, out, most);
}

/* --- a job ---------------------------------------------------------------------------------------
 */

static const eng_api *api_of(const run_training *t)
{
    return t->trainer->setup->engine;
}

/* A cohort of the models that still run. */
static swp_status create_cohort(run_training *t, swp_err *err)
{
    const run_backend_setup *setup = t->trainer->setup;
    const cfg_settings *first = &t->models[0].settings.values;
    eng_adam *adam = swp_alloc(t->n_running, sizeof *adam);
    if (!adam)
        return swp_fail(err, SWP_NOMEM, "out of memory for %zu models", t->n_running);
    t->n_cohort = 0;
    for (size_t k = 0; k < t->n; k++) {
        if (t->models[k].stopped)
            continue;
        t->models[k].at = t->n_cohort;
        adam[t->n_cohort++].learning_rate = t->models[k].settings.values.learning_rate;
    }
    const eng_cohort_spec spec = {
        .shape = first->shape,
        .loss = first->loss,
        .batch_size = first->batch_size,
        .n_models = t->n_cohort,
        .adam = adam,
        .series = {.values = t->set->values, .n_rows = t->set->n_rows, .length = t->set->length},
        .cores = setup->cores,
    };
    size_t need = api_of(t)->cohort_bytes(t->trainer->engine, &spec);
    swp_status status;
    if (setup->memory && need > setup->memory)
        status = swp_fail(err, SWP_NOMEM, "out of memory: needs %zu bytes, run.memory is %llu",
                          need, (unsigned long long)setup->memory);
    else
        status = api_of(t)->cohort_create(t->trainer->engine, &spec, &t->cohort, err);
    swp_free(adam);
    return status;
}

static swp_status alloc_buffers(run_training *t, swp_err *err)
{
    size_t total = eng_layout_of(t->models[0].settings.values.shape).total;
    const eng_split *s = &t->split->split;
    swp_status status = run_state_init(&t->state, total, &t->trainer->info, err);
    if (status != SWP_OK)
        return status;
    t->packed = swp_alloc(run_state_size(total), 1);
    t->loss = swp_alloc(t->n, sizeof *t->loss);
    t->errors =
        swp_alloc(t->n * (s->n_val + s->n_test + s->n_anomaly + s->n_tune), sizeof *t->errors);
    if (!t->packed || !t->loss || !t->errors)
        return swp_fail(err, SWP_NOMEM, "out of memory for the results of %zu models", t->n);
    return SWP_OK;
}

/* Give every model its state: the one that was stored, or the weights that it begins with, and what
 * is zero from run_state_init. */
static swp_status set_states(run_training *t, const run_job_item *items, swp_err *err)
{
    swp_status status = SWP_OK;
    for (size_t k = 0; k < t->n && status == SWP_OK; k++) {
        const cfg_settings *settings = &t->models[k].settings.values;
        if (t->record.step > 0)
            status = run_state_unpack(&t->state, items[k].state, items[k].state_bytes, err);
        else
            status = run_start_draw_packed(items[k].start, items[k].start_bytes, settings->seed,
                                           settings->shape, t->state.values.weights, err);
        if (status == SWP_OK)
            status = api_of(t)->set_state(t->cohort, k, &t->state.values, err);
    }
    return status;
}

static void lstm_end(run_training *t)
{
    if (!t)
        return;
    api_of(t)->cohort_destroy(t->cohort);
    run_snapshot_deinit(&t->snapshot);
    run_state_deinit(&t->state);
    for (size_t k = 0; t->models && k < t->n; k++)
        cfg_trial_settings_deinit(&t->models[k].settings);
    swp_free(t->models);
    swp_free(t->packed);
    swp_free(t->loss);
    swp_free(t->errors);
    swp_free(t);
}

static swp_status read_items(run_training *t, const run_job_item *items, swp_err *err)
{
    swp_status status = SWP_OK;
    t->models = swp_alloc(t->n, sizeof *t->models);
    if (!t->models)
        return swp_fail(err, SWP_NOMEM, "out of memory for %zu models", t->n);
    for (size_t k = 0; k < t->n && status == SWP_OK; k++) {
        t->models[k].best = items[k].best_val_loss;
        status = cfg_trial_parse(items[k].params, &t->models[k].settings, err);
        if (status == SWP_OK &&
            (items[k].split != items[0].split ||
             lstm_compare(&t->models[0].settings.values, &t->models[k].settings.values) != 0))
            status = swp_fail(err, SWP_INTERNAL, "trials of different kinds share a job");
    }
    return status;
}

static swp_status lstm_start(run_trainer *trainer, const run_job_item *items, size_t n,
                             size_t steps_done, run_training **out, swp_err *err)
{
    const run_inputs *inputs = &trainer->setup->inputs;
    *out = NULL;
    if (items[0].split >= inputs->n_splits)
        return swp_fail(err, SWP_INTERNAL, "no split %zu was loaded", items[0].split);
    run_training *t = swp_alloc(1, sizeof *t);
    if (!t)
        return swp_fail(err, SWP_NOMEM, "out of memory for a job of %zu trials", n);
    t->trainer = trainer;
    t->split = &inputs->splits[items[0].split];
    t->set = inputs->data[t->split->data].set;
    t->n = t->n_running = n;
    t->record.step = steps_done;
    swp_status status = read_items(t, items, err);
    if (status == SWP_OK)
        status = create_cohort(t, err);
    if (status == SWP_OK)
        status = alloc_buffers(t, err);
    if (status == SWP_OK)
        status = set_states(t, items, err);
    if (status == SWP_OK)
        *out = t;
    else
        lstm_end(t);
    return status;
}

/* Move the models that still run to a cohort of their own. */
static swp_status leave_out_stopped(run_training *t, swp_err *err)
{
    size_t i = 0;
    run_state *states = swp_alloc(t->n_running, sizeof *states);
    swp_status status = states ? SWP_OK : swp_fail(err, SWP_NOMEM, "out of memory for a cohort");
    for (size_t k = 0; k < t->n && status == SWP_OK; k++) {
        if (t->models[k].stopped)
            continue;
        status = run_state_init(&states[i], t->state.total, &t->trainer->info, err);
        if (status == SWP_OK)
            status = api_of(t)->get_state(t->cohort, t->models[k].at, &states[i].values, err);
        i++;
    }
    if (status == SWP_OK) {
        api_of(t)->cohort_destroy(t->cohort);
        t->cohort = NULL;
        status = create_cohort(t, err);
    }
    for (size_t at = 0; at < t->n_cohort && t->cohort && status == SWP_OK; at++)
        status = api_of(t)->set_state(t->cohort, at, &states[at].values, err);
    for (size_t k = 0; states && k < t->n_running; k++)
        run_state_deinit(&states[k]);
    swp_free(states);
    return status;
}

static swp_status evaluate(run_training *t, swp_err *err)
{
    const eng_api *api = api_of(t);
    const eng_split *s = &t->split->split;
    float *test = t->errors + t->n_cohort * s->n_val;
    float *anomaly = test + t->n_cohort * s->n_test;
    swp_status status = api->evaluate(t->cohort, s->val, s->n_val, t->errors, err);
    if (status == SWP_OK)
        status = api->evaluate(t->cohort, s->test, s->n_test, test, err);
    if (status == SWP_OK)
        status = api->evaluate(t->cohort, s->anomaly, s->n_anomaly, anomaly, err);
    if (status == SWP_OK && s->n_tune > 0)
        status =
            api->evaluate(t->cohort, s->tune, s->n_tune, anomaly + t->n_cohort * s->n_anomaly, err);
    return status;
}

static swp_status lstm_step(run_training *t, run_advance *out, swp_err *err)
{
    *out = (run_advance){.what = RUN_STEPPED};
    const eng_split *split = &t->split->split;
    swp_status status = t->n_running < t->n_cohort ? leave_out_stopped(t, err) : SWP_OK;
    double begun = run_now(), start = run_clock();
    if (status == SWP_OK)
        status = api_of(t)->train_epoch(t->cohort, split->train, split->n_train, t->loss, err);
    double trained = run_clock();
    if (status == SWP_OK)
        status = evaluate(t, err);
    double evaluated = run_clock();
    /* Models that ran side by side share the time. */
    t->record = (res_step){
        .step = t->record.step + 1,
        .train_s = (trained - start) / (double)t->n_running,
        .eval_s = (evaluated - trained) / (double)t->n_running,
        .begun_s = begun,
        .ended_s = begun + (evaluated - start), /* even if the clock was set meanwhile */
    };
    return status;
}

static double mean(const float *values, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (double)values[i];
    return sum / (double)n;
}

/* Losses from the errors of one model; what is not finite of them, or NULL. */
static const char *read_losses(run_training *t, const model *m)
{
    const eng_split *s = &t->split->split;
    const float *test = t->errors + t->n_cohort * s->n_val;
    const float *anomaly = test + t->n_cohort * s->n_test;
    const float *tune = anomaly + t->n_cohort * s->n_anomaly;
    res_errors *e = &t->held_out;
    *e = (res_errors){
        .val = t->errors + m->at * s->n_val,
        .test = test + m->at * s->n_test,
        .anomaly = anomaly + m->at * s->n_anomaly,
        .n_val = s->n_val,
        .n_test = s->n_test,
        .n_anomaly = s->n_anomaly,
        .tune = tune + m->at * s->n_tune,
        .n_tune = s->n_tune,
    };
    t->n_values = 2;
    t->values[0] = (res_named_value){"train_loss", t->loss[m->at]};
    t->values[1] = (res_named_value){"val_loss", mean(e->val, e->n_val)};
    if (!isfinite(t->values[0].value))
        return "train loss";
    if (!isfinite(t->values[1].value))
        return "validation loss";
    if (!isfinite(mean(e->test, e->n_test)) || !isfinite(mean(e->anomaly, e->n_anomaly)))
        return "test error";
    if (e->n_tune > 0 && !isfinite(mean(e->tune, e->n_tune)))
        return "error of the tuning part";
    return NULL;
}

/* The best step so far brings its model along, as t->state has it. */
static swp_status make_snapshot(run_training *t, const model *m, res_step *out, swp_err *err)
{
    const run_model source = {
        .api = api_of(t),
        .cohort = t->cohort,
        .index = m->at,
        .weights = t->state.values.weights,
        .settings = &m->settings.values,
        .set = t->set,
        .split = t->split,
        .step = out->step,
        .train_loss = t->values[0].value,
        .val_loss = t->values[1].value,
    };
    swp_status status = run_snapshot_init(&t->snapshot, &source, err);
    out->weights = t->snapshot.weights;
    out->weights_bytes = t->snapshot.weights_bytes;
    out->reconstructions = t->snapshot.reconstructions;
    out->n_reconstructions = t->snapshot.n_reconstructions;
    return status;
}

/* Objectives of a search that use labels: those of the tuning part. */
static swp_status read_tune(run_training *t, swp_err *err)
{
    res_ranking ranking;
    if (t->held_out.n_tune == 0)
        return SWP_OK;
    swp_status status = res_ranking_init(&ranking, &t->held_out, err);
    if (status == SWP_OK) {
        t->values[t->n_values++] =
            (res_named_value){"tune_auroc", res_ranking_tune_auroc(&ranking)};
        t->values[t->n_values++] = (res_named_value){"tune_balanced_accuracy",
                                                     res_ranking_tune_balanced_accuracy(&ranking)};
    }
    res_ranking_deinit(&ranking);
    return status;
}

static swp_status lstm_read(run_training *t, size_t k, res_step *out, swp_err *err)
{
    model *m = &t->models[k];
    const char *broken = read_losses(t, m);
    if (broken)
        return swp_fail(err, SWP_NUMERIC, "non-finite %s at epoch %zu", broken, t->record.step);
    swp_status status = read_tune(t, err);
    if (status == SWP_OK)
        status = api_of(t)->get_state(t->cohort, m->at, &t->state.values, err);
    if (status != SWP_OK)
        return status;
    run_state_pack(&t->state, t->packed);
    *out = t->record;
    out->values = t->values;
    out->n_values = t->n_values;
    out->errors = &t->held_out;
    out->state = t->packed;
    out->state_bytes = run_state_size(t->state.total);
    run_snapshot_deinit(&t->snapshot);
    if (t->values[1].value >= m->best)
        return SWP_OK;
    m->best = t->values[1].value;
    return make_snapshot(t, m, out, err);
}

static void lstm_stop(run_training *t, size_t k)
{
    t->n_running -= !t->models[k].stopped;
    t->models[k].stopped = true;
}

const run_backend *run_backend_lstm(void)
{
    static const char *const axes[] = {"model.embedding_dim", "train.seed", NULL};
    static const run_backend lstm = {
        .version = RUN_BACKEND_VERSION,
        .name = RUN_BACKEND_LSTM,
        .axes = axes,
        .seed = "train.seed",
        .cost = lstm_cost,
        .compare = lstm_compare,
        .together = lstm_together,
        .open = lstm_open,
        .close = lstm_close,
        .list_devices = lstm_list_devices,
        .start = lstm_start,
        .step = lstm_step,
        .read = lstm_read,
        .stop = lstm_stop,
        .end = lstm_end,
    };
    return &lstm;
}
