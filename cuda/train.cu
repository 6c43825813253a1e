/* Training steps as graphs, evaluation in wide batches, gradients and reconstructions. */
#include "cuda/cohort_priv.cuh"
#include "cuda/pass.cuh"

/* Most launches of a step that is recorded: a larger graph takes memory, and longer to make than it
 * saves, and its kernels are long enough to be launched one by one. */
static const size_t MOST_RECORDED = 20000;

/* A pass of `n_models` models from `first` on, on B rows that lie `offset` after the cursor. With
 * `keep` the backward pass will follow. */
static engcu_pass pass_of(const eng_cohort *cohort, bool keep, size_t first, size_t n_models,
                          size_t offset, size_t B)
{
    const size_t at = first * cohort->net.stride;
    engcu_pass pass = {};
    pass.net = &cohort->net;
    pass.keep = keep;
    (void)engcu_work_of(&cohort->net, B, keep, cohort->work, &pass.work);
    pass.n_models = (uint32_t)n_models;
    pass.batch = (uint32_t)B;
    pass.rows = {cohort->series, cohort->order, cohort->cursor, (uint32_t)offset,
                 (uint32_t)cohort->net.length};
    pass.loss = cohort->loss;
    pass.weights = cohort->weights + at;
    pass.gradient = cohort->gradient + at;
    return pass;
}

/* Queue the gradient of a batch, part by part, and the losses of its sequences. */
static void queue_gradient(eng_cohort *cohort, size_t first, size_t n_models, size_t batch)
{
    for (size_t at = 0; at < batch; at += cohort->part) {
        const size_t B = batch - at < cohort->part ? batch - at : cohort->part;
        engcu_pass pass = pass_of(cohort, true, first, n_models, at, B);
        pass.losses = cohort->losses + first * cohort->batch_size + at;
        pass.loss_stride = cohort->batch_size;
        engcu_forward(cohort->queue, &pass);
        engcu_backward(cohort->queue, &pass, at > 0);
    }
}

/* Queue one training step of all models on `batch` sequences. */
static void queue_step(eng_cohort *cohort, size_t batch)
{
    queue_gradient(cohort, 0, cohort->n_models, batch);
    engcu_training training = {};
    training.n_models = (uint32_t)cohort->n_models;
    training.batch = (uint32_t)batch;
    training.total = cohort->net.layout.total;
    training.stride = cohort->net.stride;
    training.settings = cohort->settings;
    training.numbers = cohort->numbers;
    training.steps = cohort->steps;
    training.cursor = cohort->cursor;
    training.losses = cohort->losses;
    training.loss_stride = cohort->batch_size;
    training.epoch_loss = cohort->epoch_loss;
    training.gradient = cohort->gradient;
    training.weights = cohort->weights;
    training.m = cohort->m;
    training.v = cohort->v;
    engcu_adam(cohort->queue, &training);
}

/* The first step on a batch size is queued without recording: it makes the runtime and cuBLAS load
 * their kernels, which should not happen while recording, and counts the launches. */
static void begin_steps(eng_cohort *cohort, engcu_step *step, size_t batch)
{
    const size_t before = cohort->queue->launches;
    engcu_graph_deinit(&step->graph);
    queue_step(cohort, batch);
    step->launches = cohort->queue->launches - before;
    step->batch = cohort->queue->status == SWP_OK ? batch : 0;
}

/* One training step on `batch` sequences: the second is recorded, and replayed from then on. */
static void do_step(eng_cohort *cohort, size_t batch)
{
    engcu_step *step = batch == cohort->batch_size ? &cohort->whole : &cohort->rest;
    if (step->batch != batch) {
        begin_steps(cohort, step, batch);
        return;
    }
    if (step->launches > MOST_RECORDED) {
        queue_step(cohort, batch);
        return;
    }
    if (!step->graph.exec) {
        engcu_graph_begin(cohort->queue);
        queue_step(cohort, batch);
        engcu_graph_end(cohort->queue, &step->graph);
    }
    engcu_graph_replay(cohort->queue, &step->graph);
}

/* Row numbers to the device, and the cursor to the first of them. */
static void put_rows(eng_cohort *cohort, const uint32_t *rows, size_t n)
{
    engcu_upload(cohort->queue, cohort->order, rows, n * sizeof *rows);
    engcu_zero(cohort->queue, cohort->cursor, sizeof *cohort->cursor);
}

/* Train on as many rows as `order` holds on the device. */
static void train_rows(eng_cohort *cohort, const uint32_t *order, size_t n)
{
    put_rows(cohort, order, n);
    for (size_t at = 0; at < n && cohort->queue->status == SWP_OK; at += cohort->batch_size) {
        const size_t batch = n - at < cohort->batch_size ? n - at : cohort->batch_size;
        do_step(cohort, batch);
    }
}

swp_status engcu_train_epoch(eng_cohort *cohort, const uint32_t *order, size_t n, double *loss,
                             swp_err *err)
{
    engcu_queue *queue = cohort->queue;
    const size_t losses = cohort->n_models * sizeof *loss;
    /* Whole batches only, so that results do not depend on the memory there is. */
    const size_t most = cohort->most_order / cohort->batch_size * cohort->batch_size;
    engcu_queue_begin(queue, err);
    engcu_zero(queue, cohort->epoch_loss, losses);
    for (size_t at = 0; at < n; at += most)
        train_rows(cohort, order + at, n - at < most ? n - at : most);
    engcu_download(queue, loss, cohort->epoch_loss, losses);
    swp_status status = engcu_wait(queue);
    for (size_t k = 0; status == SWP_OK && k < cohort->n_models; k++)
        loss[k] /= (double)n;
    return status;
}

/* Errors of some models on B rows from `at` on: (n_models, B) of them. */
static void evaluate_piece(eng_cohort *cohort, size_t first, size_t n_models, size_t at, size_t B,
                           float *errors)
{
    engcu_pass pass = pass_of(cohort, false, first, n_models, at, B);
    pass.errors = cohort->errors;
    engcu_forward(cohort->queue, &pass);
    engcu_download(cohort->queue, errors, cohort->errors, n_models * B * sizeof *errors);
}

/* How many models fit when each works on B sequences. */
static size_t models_at_once(const eng_cohort *cohort, size_t B)
{
    engcu_work unused;
    size_t fit = cohort->work_bytes / engcu_work_of(&cohort->net, B, false, NULL, &unused);
    return fit < cohort->items / B ? fit : cohort->items / B;
}

/* Errors of all models on rows that are on the device; model k's begin at errors + k stride. Either
 * all rows fit and several models go at once, or one model goes in pieces. */
static void evaluate_rows(eng_cohort *cohort, size_t n, size_t stride, float *errors)
{
    const size_t B = n < cohort->items ? n : cohort->items;
    const size_t models = n == stride ? models_at_once(cohort, B) : 1;
    for (size_t k = 0, count; k < cohort->n_models; k += count) {
        count = cohort->n_models - k < models ? cohort->n_models - k : models;
        for (size_t at = 0; at < n && cohort->queue->status == SWP_OK; at += B)
            evaluate_piece(cohort, k, count, at, n - at < B ? n - at : B, errors + k * stride + at);
    }
}

swp_status engcu_evaluate(eng_cohort *cohort, const uint32_t *rows, size_t n, float *errors,
                          swp_err *err)
{
    engcu_queue_begin(cohort->queue, err);
    for (size_t at = 0; at < n; at += cohort->most_order) {
        const size_t some = n - at < cohort->most_order ? n - at : cohort->most_order;
        put_rows(cohort, rows + at, some);
        evaluate_rows(cohort, some, n, errors + at);
    }
    return engcu_wait(cohort->queue);
}

swp_status engcu_gradient(eng_cohort *cohort, size_t model, const uint32_t *rows, size_t n,
                          eng_real *gradient, swp_err *err)
{
    engcu_queue_begin(cohort->queue, err);
    put_rows(cohort, rows, n);
    queue_gradient(cohort, model, 1, n);
    engcu_download(cohort->queue, gradient, cohort->gradient + model * cohort->net.stride,
                   cohort->net.layout.total * sizeof *gradient);
    return engcu_wait(cohort->queue);
}

swp_status engcu_reconstruct(eng_cohort *cohort, size_t model, uint32_t row, eng_real *y,
                             swp_err *err)
{
    engcu_queue_begin(cohort->queue, err);
    put_rows(cohort, &row, 1);
    const engcu_pass pass = pass_of(cohort, false, model, 1, 0, 1);
    engcu_forward(cohort->queue, &pass);
    engcu_download(cohort->queue, y, pass.work.y, cohort->net.length * sizeof *y);
    return engcu_wait(cohort->queue);
}
