/* The CPU engine: cohorts, batches and state over the passes of net_ops. A batch and an evaluation
 * are cut into parts, which idle cores take; a step on one sequence may be shared by two threads.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "engine/base/mem.h"
#include "engine/cpu/cohort.h"

/* A batch is processed in parts, so that memory stays flat: as many sequences as have no more than
 * a few second-level caches of history, within these limits. */
#define PART_LEAST 8
#define PART_BYTES ((size_t)5 << 20)

/* Threads that may evaluate side by side however small a batch is. */
#define SLOTS_LEAST 4

#define EVALUATE_MOST 32 /* sequences that a thread evaluates at once; more are not faster */

static const team_share alone = {.parts = 1};

struct eng_engine {
    const net_ops *ops;
    eng_info info;
};

static swp_status cpu_open(const eng_options *options, eng_engine **out, swp_err *err)
{
    const net_ops *ops;
    swp_status status = net_ops_find(options ? options->isa : NULL, &ops, err);
    if (status != SWP_OK)
        return status;
    eng_engine *engine = swp_alloc(1, sizeof *engine);
    if (!engine)
        return swp_fail(err, SWP_NOMEM, "no memory for the CPU engine");

    engine->ops = ops;
    eng_info *info = &engine->info;
    snprintf(info->engine, sizeof info->engine, "cpu");
    snprintf(info->isa, sizeof info->isa, "%s", ops->isa);
    eng_cpu_name(info->device, sizeof info->device);
    snprintf(info->blas, sizeof info->blas, "own kernels");
    *out = engine;
    return SWP_OK;
}

static void cpu_close(eng_engine *engine)
{
    swp_free(engine);
}

static void cpu_get_info(const eng_engine *engine, eng_info *out)
{
    *out = engine->info;
}

static size_t cpu_list_devices(const eng_engine *engine, eng_info *out, size_t most)
{
    if (most > 0)
        *out = engine->info;
    return 1;
}

/* Sequences that are worked on at once. */
static size_t part_size(const net *n)
{
    size_t part = PART_BYTES / net_work_bytes(n, 1);
    if (part > COHORT_PART_MOST)
        return COHORT_PART_MOST;
    return part > PART_LEAST ? part : PART_LEAST;
}

/* Threads that may work side by side: as many as a batch has parts. */
static size_t most_slots(const net *n, size_t batch_size)
{
    size_t part = part_size(n), parts = (batch_size + part - 1) / part;
    if (parts < SLOTS_LEAST)
        return SLOTS_LEAST;
    return parts < TEAM_MOST ? parts : TEAM_MOST;
}

static size_t cpu_cohort_width(eng_shape shape, size_t batch_size)
{
    const net_ops *ops;
    if (batch_size != 1 || net_ops_find(NULL, &ops, NULL) != SWP_OK)
        return 1;
    if (cohort_fits_lanes(shape) && ops->lanes->width >= cohort_fewest_in_lanes(shape))
        return ops->lanes->width;
    const net n = net_of(shape, 1);
    return ops->fits_pairs(&n) ? NET_PAIR : 1;
}

static size_t cpu_cohort_bytes(const eng_engine *engine, const eng_cohort_spec *spec)
{
    net n = net_of(spec->shape, spec->series.length);
    const net_ops *ops = engine ? engine->ops : NULL;
    size_t lanes = 0, pair = 0, copy = n.total_fwd;
    if (ops || net_ops_find(NULL, &ops, NULL) == SWP_OK) {
        lanes = cohort_lanes_size(ops, &n);
        pair = cohort_pair_size(ops, &n, spec->batch_size, spec->n_models);
        copy = ops->copy_size(&n);
    }
    size_t blocks = (3 * spec->n_models + 1) * n.total + copy + lanes;
    size_t slot = net_work_bytes(&n, part_size(&n)) + pair * sizeof(eng_real);
    if (spec->batch_size > 1)
        slot += n.total * sizeof(eng_real);
    return blocks * sizeof(eng_real) + most_slots(&n, spec->batch_size) * slot +
           sizeof(eng_cohort) + spec->n_models * sizeof(cohort_model);
}

static void cpu_cohort_destroy(eng_cohort *cohort)
{
    if (!cohort)
        return;
    team_destroy(cohort->team);
    for (size_t i = 0; i < TEAM_MOST; i++) {
        net_work_deinit(&cohort->slots[i].work);
        swp_free(cohort->slots[i].gradient);
        swp_free(cohort->slots[i].pair);
    }
    swp_free(cohort->lanes.weights);
    swp_free(cohort->block);
    swp_free(cohort->models);
    swp_free(cohort);
}

/* One block: gradient, forward copy, then weights, m and v of each model. */
static swp_status allocate_models(eng_cohort *cohort, const eng_adam *adam, swp_err *err)
{
    const size_t total = cohort->net.total, copy = cohort->ops->copy_size(&cohort->net);
    cohort->models = swp_alloc(cohort->n_models, sizeof *cohort->models);
    cohort->block = swp_alloc((3 * cohort->n_models + 1) * total + copy, sizeof *cohort->block);
    if (!cohort->models || !cohort->block)
        return swp_fail(err, SWP_NOMEM, "no memory for %zu models of %zu weights", cohort->n_models,
                        total);
    cohort->gradient = cohort->block;
    cohort->fwd = cohort->gradient + total;
    eng_real *at = cohort->fwd + copy;
    for (size_t k = 0; k < cohort->n_models; k++) {
        cohort_model *one = &cohort->models[k];
        one->adam = adam[k];
        one->adam.beta1 = adam[k].beta1 > 0 ? adam[k].beta1 : 0.9;
        one->adam.beta2 = adam[k].beta2 > 0 ? adam[k].beta2 : 0.999;
        one->adam.eps = adam[k].eps > 0 ? adam[k].eps : 1e-8;
        one->weights = at;
        one->m = at + total;
        one->v = at + 2 * total;
        at += 3 * total;
    }
    return SWP_OK;
}

/* Memory of one thread. */
static swp_status init_slot(eng_cohort *cohort, size_t i, swp_err *err)
{
    cohort_slot *slot = &cohort->slots[i];
    const net *n = &cohort->net;
    const size_t pair = cohort_pair_size(cohort->ops, n, cohort->batch_size, cohort->n_models);
    const size_t gradient = cohort->batch_size > 1 ? n->total : 0;
    swp_status status = net_work_init(&slot->work, n, part_size(n), err);
    if (status != SWP_OK)
        return status;
    slot->gradient = gradient ? swp_alloc(gradient, sizeof *slot->gradient) : NULL;
    slot->pair = pair ? swp_alloc(pair, sizeof *slot->pair) : NULL;
    if ((slot->gradient || !gradient) && (slot->pair || !pair))
        return SWP_OK;
    net_work_deinit(&slot->work);
    swp_free(slot->gradient);
    swp_free(slot->pair);
    slot->gradient = slot->pair = NULL;
    return swp_fail(err, SWP_NOMEM, "no memory for gradients of %zu numbers", n->total);
}

static swp_status cpu_cohort_create(eng_engine *engine, const eng_cohort_spec *spec,
                                    eng_cohort **out, swp_err *err)
{
    eng_cohort *cohort = swp_alloc(1, sizeof *cohort);
    if (!cohort)
        return swp_fail(err, SWP_NOMEM, "no memory for a cohort");
    cohort->ops = engine->ops;
    cohort->net = net_of(spec->shape, spec->series.length);
    cohort->loss = spec->loss;
    cohort->batch_size = spec->batch_size;
    cohort->n_models = spec->n_models;
    cohort->series = spec->series;
    cohort->cores = spec->cores;
    swp_status status = allocate_models(cohort, spec->adam, err);
    if (status == SWP_OK)
        status = init_slot(cohort, 0, err);
    if (status == SWP_OK)
        status = cohort_allocate_lanes(cohort, err);
    if (status == SWP_OK)
        status = team_create(&cohort->team, err);
    if (status != SWP_OK) {
        cpu_cohort_destroy(cohort);
        return status;
    }
    *out = cohort;
    return SWP_OK;
}

static swp_status cpu_set_state(eng_cohort *cohort, size_t k, const eng_state *state, swp_err *err)
{
    (void)err;
    cohort_model *one = &cohort->models[k];
    one->step = state->step;
    net_pack(&cohort->net, state->weights, one->weights);
    net_pack(&cohort->net, state->m, one->m);
    net_pack(&cohort->net, state->v, one->v);
    return SWP_OK;
}

static swp_status cpu_get_state(eng_cohort *cohort, size_t k, eng_state *state, swp_err *err)
{
    (void)err;
    const cohort_model *one = &cohort->models[k];
    state->step = one->step;
    net_unpack(&cohort->net, one->weights, state->weights);
    net_unpack(&cohort->net, one->m, state->m);
    net_unpack(&cohort->net, one->v, state->v);
    return SWP_OK;
}

void cohort_load_rows(const eng_cohort *cohort, const uint32_t *rows, size_t B, net_work *work)
{
    size_t T = cohort->series.length;
    for (size_t b = 0; b < B; b++) {
        const float *row = cohort->series.values + rows[b] * T;
        for (size_t t = 0; t < T; t++)
            work->x[t * B + b] = (eng_real)row[t];
    }
}

/* The forward copy of a model. */
static void refresh(eng_cohort *cohort, const cohort_model *one, bool side_by_side, bool keep)
{
    cohort->ops->refresh(&cohort->net, one->weights, cohort->fwd, side_by_side, keep, &alone);
}

/* Forward pass over some sequences; the loss of each. */
static void forward(const eng_cohort *cohort, const cohort_model *one, const uint32_t *rows,
                    size_t B, bool side_by_side, bool keep, net_work *work, double *losses)
{
    cohort_load_rows(cohort, rows, B, work);
    cohort->ops->forward(&cohort->net, one->weights, cohort->fwd, work, B, side_by_side, keep,
                         &alone);
    cohort->ops->loss(&cohort->net, cohort->loss, work, B, losses);
}

size_t cohort_free_threads(eng_cohort *cohort, size_t parts)
{
    size_t cores = cohort->cores.count ? cohort->cores.count(cohort->cores.context) : 1;
    size_t most = most_slots(&cohort->net, cohort->batch_size), ready = 1;
    size_t n = cores < parts ? cores : parts;
    n = n < most ? n : most;
    if (n <= 1)
        return 1;
    n = team_enlist(cohort->team, n);
    while (ready < n &&
           (cohort->slots[ready].work.block || init_slot(cohort, ready, NULL) == SWP_OK))
        ready++;
    return ready;
}

/* A batch, whose parts threads work on side by side. */
typedef struct batch {
    eng_cohort *cohort;
    const cohort_model *one;
    const uint32_t *rows; /* (n) */
    size_t n, at;         /* first that is not done */
    size_t part;          /* sequences that a thread takes at a time */
    bool side_by_side;
} batch;

/* The gradient of one part, in the slot of its thread. */
static void differentiate_part(void *context, const team_share *share)
{
    const batch *b = context;
    const net_ops *ops = b->cohort->ops;
    cohort_slot *slot = &b->cohort->slots[share->part];
    const size_t at = b->at + share->part * b->part;
    slot->n = at < b->n ? b->n - at : 0;
    slot->n = slot->n < b->part ? slot->n : b->part;
    if (slot->n == 0)
        return;
    const net_descent to = {.gradient = slot->gradient, .weights = b->one->weights};
    unsigned former = ops->flush_denormals(true, 0);
    forward(b->cohort, b->one, b->rows + at, slot->n, b->side_by_side, true, &slot->work,
            slot->losses);
    ops->backward(&b->cohort->net, &slot->work, slot->n, &to, &alone);
    (void)ops->flush_denormals(false, former);
}

/* Gradient of a batch, in cohort->gradient. Its parts depend on nothing but the shape, and are
 * added in their order: so the bits depend neither on threads nor on their number. Returns the sum
 * of losses. */
static double differentiate(eng_cohort *cohort, const cohort_model *one, const uint32_t *rows,
                            size_t n, bool side_by_side)
{
    double sum = 0;
    batch b = {cohort, one, rows, n, 0, cohort->slots[0].work.capacity, side_by_side};
    memset(cohort->gradient, 0, cohort->net.total * sizeof *cohort->gradient);
    for (size_t parts; b.at < n; b.at += parts * b.part) {
        parts = cohort_free_threads(cohort, (n - b.at + b.part - 1) / b.part);
        team_run(cohort->team, parts, differentiate_part, &b);
        for (const cohort_slot *slot = cohort->slots; slot < cohort->slots + parts; slot++) {
            for (size_t i = 0; i < cohort->net.total; i++)
                cohort->gradient[i] += slot->gradient[i];
            for (size_t i = 0; i < slot->n; i++)
                sum += slot->losses[i];
        }
    }
    return sum;
}

/* One sequence, for eng_api.gradient. */
static void differentiate_one(eng_cohort *cohort, const cohort_model *one, const uint32_t *row)
{
    double loss;
    const net_descent to = {.gradient = cohort->gradient, .weights = one->weights};
    forward(cohort, one, row, 1, false, true, &cohort->slots[0].work, &loss);
    cohort->ops->backward(&cohort->net, &cohort->slots[0].work, 1, &to, &alone);
}

/* A step on a batch. Returns the sum of losses. */
static double step_on_batch(eng_cohort *cohort, cohort_model *one, const uint32_t *rows, size_t n)
{
    const net_adam numbers = cohort_next_step(one);
    const net_descent to = {cohort->gradient, one->weights, &numbers, one->m, one->v};
    double sum = differentiate(cohort, one, rows, n, true);
    cohort->ops->descend(&cohort->net, &to);
    return sum;
}

net_adam cohort_next_step(cohort_model *one)
{
    return net_adam_of(&one->adam, ++one->step);
}

/* A step on one sequence, which a team can share. */
typedef struct step {
    eng_cohort *cohort;
    cohort_model *one;
    net_adam adam;
    double loss;
} step;

static void do_step(void *context, const team_share *share)
{
    step *s = context;
    const net_ops *ops = s->cohort->ops;
    const net *n = &s->cohort->net;
    net_work *work = &s->cohort->slots[0].work;
    const net_descent to = {s->cohort->gradient, s->one->weights, &s->adam, s->one->m, s->one->v};
    unsigned former = ops->flush_denormals(true, 0);
    ops->forward(n, to.weights, s->cohort->fwd, work, 1, false, true, share);
    team_meet(share);
    if (share->part == 0)
        ops->loss(n, s->cohort->loss, work, 1, &s->loss);
    team_meet(share);
    ops->backward(n, work, 1, &to, share);
    ops->refresh(n, to.weights, s->cohort->fwd, false, true, share);
    (void)ops->flush_denormals(false, former);
}

static double clock_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* On how many threads the next step is taken. */
static size_t step_threads(eng_cohort *cohort)
{
    size_t cores = cohort->cores.count(cohort->cores.context);
    return team_enlist(cohort->team, pace_next(&cohort->pace, cores, clock_s()));
}

/* Steps on one sequence each. Returns the sum of losses. */
static double train_singly(eng_cohort *cohort, cohort_model *one, const uint32_t *order, size_t n)
{
    step s = {.cohort = cohort, .one = one};
    const bool shares = cohort->cores.count && cohort->ops->can_share(&cohort->net);
    double sum = 0;
    for (size_t at = 0; at < n; at++) {
        cohort_load_rows(cohort, order + at, 1, &cohort->slots[0].work);
        s.adam = cohort_next_step(one);
        team_run(cohort->team, shares ? step_threads(cohort) : 1, do_step, &s);
        sum += s.loss;
    }
    return sum;
}

/* The mean loss. The forward copy is fresh before and after each step. */
static double train_model(eng_cohort *cohort, cohort_model *one, const uint32_t *order, size_t n)
{
    if (cohort_has_wide_batches(cohort, cohort->batch_size))
        return cohort_train_batches(cohort, one, order, n);
    const bool side_by_side = cohort->batch_size > 1;
    double sum = 0;
    refresh(cohort, one, side_by_side, true);
    if (!side_by_side)
        return train_singly(cohort, one, order, n) / (double)n;
    for (size_t at = 0; at < n; at += cohort->batch_size) {
        size_t take = n - at < cohort->batch_size ? n - at : cohort->batch_size;
        sum += step_on_batch(cohort, one, order + at, take);
        refresh(cohort, one, side_by_side, true);
    }
    return sum / (double)n;
}

static swp_status cpu_train_epoch(eng_cohort *cohort, const uint32_t *order, size_t n,
                                  double *mean_loss, swp_err *err)
{
    (void)err;
    unsigned former = cohort->ops->flush_denormals(true, 0);
    for (size_t k = 0, group; k < cohort->n_models; k += group) {
        cohort_model *models = &cohort->models[k];
        group = cohort_group_size(cohort, cohort->n_models - k);
        if (group > 1) {
            cohort_train_group(cohort, models, group, order, n, mean_loss + k);
            continue;
        }
        group = cohort_train_pairs(cohort, models, cohort->n_models - k, order, n, mean_loss + k);
        if (group > 0)
            continue;
        mean_loss[k] = train_model(cohort, models, order, n);
        group = 1;
    }
    (void)cohort->ops->flush_denormals(false, former);
    return SWP_OK;
}

/* An evaluation of one model, on which threads work side by side. */
typedef struct evaluation {
    eng_cohort *cohort;
    const cohort_model *one;
    const uint32_t *rows; /* (n) */
    size_t n, at;         /* first that is not done */
    size_t part;          /* sequences that a thread takes at a time */
    float *errors;        /* (n) */
} evaluation;

static void evaluate_part(void *context, const team_share *share)
{
    const evaluation *e = context;
    const net_ops *ops = e->cohort->ops;
    size_t at = e->at + share->part * e->part;
    size_t B = at < e->n ? e->n - at : 0;
    B = B < e->part ? B : e->part;
    if (B == 0)
        return;
    double losses[EVALUATE_MOST];
    net_work work = net_work_forward(&e->cohort->slots[share->part].work, &e->cohort->net, e->part);
    unsigned former = ops->flush_denormals(true, 0);
    forward(e->cohort, e->one, e->rows + at, B, true, false, &work, losses);
    (void)ops->flush_denormals(false, former);
    for (size_t b = 0; b < B; b++)
        e->errors[at + b] = (float)losses[b];
}

static void evaluate_parts(eng_cohort *cohort, const cohort_model *one, const uint32_t *rows,
                           size_t n, float *errors)
{
    size_t part = net_work_forward(&cohort->slots[0].work, &cohort->net, EVALUATE_MOST).capacity;
    evaluation e = {cohort, one, rows, n, 0, part, errors};
    refresh(cohort, one, true, false);
    for (size_t parts; e.at < n; e.at += parts * e.part) {
        parts = cohort_free_threads(cohort, (n - e.at + e.part - 1) / e.part);
        team_run(cohort->team, parts, evaluate_part, &e);
    }
}

static swp_status cpu_evaluate(eng_cohort *cohort, const uint32_t *rows, size_t n, float *errors,
                               swp_err *err)
{
    (void)err;
    unsigned former = cohort->ops->flush_denormals(true, 0);
    for (size_t k = 0; k < cohort->n_models; k++) {
        if (cohort->lanes.weights)
            cohort_evaluate_lanes(cohort, &cohort->models[k], rows, n, errors + k * n);
        else
            evaluate_parts(cohort, &cohort->models[k], rows, n, errors + k * n);
    }
    (void)cohort->ops->flush_denormals(false, former);
    return SWP_OK;
}

static swp_status cpu_gradient(eng_cohort *cohort, size_t k, const uint32_t *rows, size_t n,
                               eng_real *gradient, swp_err *err)
{
    (void)err;
    cohort_model *one = &cohort->models[k];
    unsigned former = cohort->ops->flush_denormals(true, 0);
    if (cohort_has_wide_batches(cohort, n)) {
        cohort_into_all_lanes(cohort, one->weights, cohort->lanes.weights);
        (void)cohort_batch_gradient(cohort, rows, n);
        memcpy(gradient, cohort->lanes.plain, cohort->net.layout.total * sizeof *gradient);
    } else {
        refresh(cohort, one, n > 1, true);
        if (n > 1)
            (void)differentiate(cohort, one, rows, n, true);
        else
            differentiate_one(cohort, one, rows);
        net_unpack(&cohort->net, cohort->gradient, gradient);
    }
    (void)cohort->ops->flush_denormals(false, former);
    return SWP_OK;
}

static swp_status cpu_reconstruct(eng_cohort *cohort, size_t k, uint32_t row, eng_real *y,
                                  swp_err *err)
{
    (void)err;
    double loss;
    const cohort_model *one = &cohort->models[k];
    unsigned former = cohort->ops->flush_denormals(true, 0);
    refresh(cohort, one, false, false);
    forward(cohort, one, &row, 1, false, false, &cohort->slots[0].work, &loss);
    (void)cohort->ops->flush_denormals(false, former);
    memcpy(y, cohort->slots[0].work.y, cohort->series.length * sizeof *y);
    return SWP_OK;
}

const eng_api *eng_cpu_api(void)
{
    static const eng_api api = {
        .version = ENG_API_VERSION,
        .name = "cpu",
        .open = cpu_open,
        .close = cpu_close,
        .get_info = cpu_get_info,
        .list_devices = cpu_list_devices,
        .cohort_width = cpu_cohort_width,
        .cohort_bytes = cpu_cohort_bytes,
        .cohort_create = cpu_cohort_create,
        .cohort_destroy = cpu_cohort_destroy,
        .set_state = cpu_set_state,
        .get_state = cpu_get_state,
        .train_epoch = cpu_train_epoch,
        .evaluate = cpu_evaluate,
        .gradient = cpu_gradient,
        .reconstruct = cpu_reconstruct,
    };
    return &api;
}
