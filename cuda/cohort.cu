#include "cuda/cohort_priv.cuh"

#include <string.h>

#include "engine/base/mem.h"

/* A batch is processed in parts, and an evaluation in pieces, of at most this many sequences and
 * bytes. The number of models does not count where it could change the order of a sum. */
#define PART_MOST  256
#define PART_BYTES ((size_t)64 << 20)
#define EVAL_MOST  4096
#define EVAL_BYTES ((size_t)256 << 20)

static size_t items_within(const engcu_net *net, bool keep, size_t bytes, size_t most)
{
    engcu_work unused;
    const size_t many = 64; /* so that alignment hardly matters */
    size_t items = bytes / (engcu_work_of(net, many, keep, NULL, &unused) / many);
    if (items > most)
        return most;
    return items > 0 ? items : 1;
}

static void set_sizes(eng_cohort *cohort, const eng_cohort_spec *spec, size_t shared_most)
{
    cohort->net = engcu_net_of(spec->shape, spec->series.length, shared_most);
    cohort->loss = spec->loss;
    cohort->batch_size = spec->batch_size;
    cohort->n_models = spec->n_models;
    cohort->n_rows = spec->series.n_rows;
    cohort->part = items_within(&cohort->net, true, PART_BYTES, PART_MOST);
    if (cohort->part > spec->batch_size)
        cohort->part = spec->batch_size;
    cohort->items = items_within(&cohort->net, false, EVAL_BYTES, EVAL_MOST);
    cohort->most_order = spec->batch_size > cohort->n_rows ? spec->batch_size : cohort->n_rows;
}

template <typename T> static T *take(unsigned char *block, size_t *used, size_t count)
{
    return static_cast<T *>(engcu_take(block, used, count, sizeof(T)));
}

/* Lay the device memory out; without a block only the bytes are counted. Returns them. */
static size_t lay_out(eng_cohort *cohort, unsigned char *block)
{
    const size_t K = cohort->n_models, all = K * cohort->net.stride;
    size_t used = 0;
    cohort->block = block;
    cohort->weights = take<float>(block, &used, all);
    cohort->m = take<float>(block, &used, all);
    cohort->v = take<float>(block, &used, all);
    cohort->gradient = take<float>(block, &used, all);
    cohort->series = take<float>(block, &used, cohort->n_rows * cohort->net.length);
    cohort->order = take<uint32_t>(block, &used, cohort->most_order);
    cohort->cursor = take<uint32_t>(block, &used, 1);
    cohort->steps = take<uint64_t>(block, &used, K);
    cohort->settings = take<eng_adam>(block, &used, K);
    cohort->numbers = take<engcu_adam_step>(block, &used, K);
    cohort->losses = take<double>(block, &used, K * cohort->batch_size);
    cohort->epoch_loss = take<double>(block, &used, K);
    cohort->errors = take<float>(block, &used, cohort->items);
    engcu_work unused;
    size_t training = K * engcu_work_of(&cohort->net, cohort->part, true, NULL, &unused);
    size_t evaluation = engcu_work_of(&cohort->net, cohort->items, false, NULL, &unused);
    cohort->work_bytes = training > evaluation ? training : evaluation;
    cohort->work = take<unsigned char>(block, &used, cohort->work_bytes);
    return used;
}

size_t engcu_cohort_bytes(const eng_engine *engine, const eng_cohort_spec *spec)
{
    eng_cohort counted = {};
    /* Layers that do not fit into one block take more memory. */
    set_sizes(&counted, spec, engine ? engine->shared_most : 0);
    return lay_out(&counted, NULL);
}

/* Adam's settings, defaults filled in. The caller frees them with swp_free. */
static eng_adam *settings_of(const eng_cohort_spec *spec)
{
    eng_adam *settings = static_cast<eng_adam *>(swp_alloc(spec->n_models, sizeof *settings));
    for (size_t k = 0; settings && k < spec->n_models; k++) {
        const eng_adam *adam = &spec->adam[k];
        settings[k] = {adam->learning_rate, adam->beta1 > 0 ? adam->beta1 : 0.9,
                       adam->beta2 > 0 ? adam->beta2 : 0.999, adam->eps > 0 ? adam->eps : 1e-8};
    }
    return settings;
}

/* Allocate the device memory and fill it. */
static swp_status fill(eng_cohort *cohort, const eng_cohort_spec *spec, const eng_adam *settings,
                       swp_err *err)
{
    engcu_queue *queue = cohort->queue;
    void *block = NULL;
    size_t bytes = lay_out(cohort, NULL);
    engcu_check(queue, cudaMalloc(&block, bytes), "cudaMalloc");
    if (queue->status != SWP_OK)
        return !err ? queue->status
                    : swp_wrap(err, "%zu models need %zu bytes of device memory", spec->n_models,
                               bytes);
    (void)lay_out(cohort, static_cast<unsigned char *>(block));
    const size_t all = cohort->n_models * cohort->net.stride * sizeof(float);
    engcu_zero(queue, cohort->weights, all);
    engcu_zero(queue, cohort->m, all);
    engcu_zero(queue, cohort->v, all);
    engcu_zero(queue, cohort->steps, cohort->n_models * sizeof *cohort->steps);
    engcu_upload(queue, cohort->series, spec->series.values,
                 spec->series.n_rows * spec->series.length * sizeof(float));
    engcu_upload(queue, cohort->settings, settings, cohort->n_models * sizeof *settings);
    return engcu_wait(queue);
}

swp_status engcu_cohort_create(eng_engine *engine, const eng_cohort_spec *spec, eng_cohort **out,
                               swp_err *err)
{
    eng_cohort *cohort = static_cast<eng_cohort *>(swp_alloc(1, sizeof *cohort));
    eng_adam *settings = settings_of(spec);
    swp_status status = SWP_OK;
    if (!cohort || !settings) {
        status = swp_fail(err, SWP_NOMEM, "no memory for a cohort");
    } else {
        cohort->queue = &engine->queue;
        engcu_queue_begin(cohort->queue, err);
        set_sizes(cohort, spec, engine->shared_most);
        status = fill(cohort, spec, settings, err);
    }
    swp_free(settings);
    if (status == SWP_OK)
        *out = cohort;
    else
        engcu_cohort_destroy(cohort);
    return status;
}

void engcu_cohort_destroy(eng_cohort *cohort)
{
    if (!cohort)
        return;
    engcu_graph_deinit(&cohort->whole.graph);
    engcu_graph_deinit(&cohort->rest.graph);
    if (cohort->block)
        (void)cudaFree(cohort->block);
    swp_free(cohort);
}

swp_status engcu_set_state(eng_cohort *cohort, size_t model, const eng_state *state, swp_err *err)
{
    engcu_queue *queue = cohort->queue;
    const size_t at = model * cohort->net.stride;
    const size_t bytes = cohort->net.layout.total * sizeof(float);
    engcu_queue_begin(queue, err);
    engcu_upload(queue, cohort->steps + model, &state->step, sizeof state->step);
    engcu_upload(queue, cohort->weights + at, state->weights, bytes);
    engcu_upload(queue, cohort->m + at, state->m, bytes);
    engcu_upload(queue, cohort->v + at, state->v, bytes);
    return engcu_wait(queue);
}

swp_status engcu_get_state(eng_cohort *cohort, size_t model, eng_state *state, swp_err *err)
{
    engcu_queue *queue = cohort->queue;
    const size_t at = model * cohort->net.stride;
    const size_t bytes = cohort->net.layout.total * sizeof(float);
    engcu_queue_begin(queue, err);
    engcu_download(queue, &state->step, cohort->steps + model, sizeof state->step);
    engcu_download(queue, state->weights, cohort->weights + at, bytes);
    engcu_download(queue, state->m, cohort->m + at, bytes);
    engcu_download(queue, state->v, cohort->v + at, bytes);
    return engcu_wait(queue);
}
