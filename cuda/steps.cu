/* Recurrences of layers whose weights do not fit one block: at each step a product through cuBLAS
 * for each model, and a kernel over the units of all models. */
#include "cuda/product.cuh"
#include "cuda/recurrence.cuh"

static const unsigned THREADS = 128;

/* Thread: unit j of sequence b of model m. */
struct place {
    unsigned j, b, m;
    size_t row;   /* of this step: t B + b */
    size_t model; /* where the model's weights begin */
    size_t work;  /* where its working memory begins */
};

__device__ static inline place place_of(const engcu_recurrence &p)
{
    place at;
    at.j = blockIdx.x * blockDim.x + threadIdx.x;
    at.b = blockIdx.y;
    at.m = blockIdx.z;
    at.row = (size_t)p.t * p.batch + at.b;
    at.model = at.m * p.stride;
    at.work = at.m * p.work_stride;
    return at;
}

/* Pre-activation of one gate; the product has left its recurrent part in `gates`. */
__device__ static inline float pre_activation(const engcu_recurrence &p, const place &at,
                                              unsigned gate, float input)
{
    const size_t H = p.hidden, row = gate * H + at.j;
    float sum = p.b_ih[at.model + row] + p.b_hh[at.model + row];
    if (p.input == ENGCU_SAMPLES)
        sum = fmaf(p.w_ih[at.model + row], input, sum);
    else if (p.input == ENGCU_CODE)
        sum += p.history.code[at.work + at.b * 4 * H + row];
    if (p.t > 0 || p.input == ENGCU_STATES)
        sum += p.history.gates[at.work + at.row * 4 * H + row];
    return engcu_activate(sum, gate == 2);
}

__global__ void __launch_bounds__(THREADS) step_forward_kernel(const engcu_recurrence p)
{
    const place at = place_of(p);
    const size_t H = p.hidden, unit = at.work + at.row * H + at.j;
    if (at.j >= H)
        return;
    const float input = p.input == ENGCU_SAMPLES ? engcu_sequence(p.rows, at.b)[p.t] : 0.0f;
    engcu_cell cell;
    cell.i = pre_activation(p, at, 0, input);
    cell.f = pre_activation(p, at, 1, input);
    cell.g = pre_activation(p, at, 2, input);
    cell.o = pre_activation(p, at, 3, input);
    cell.c = p.t > 0 ? p.history.c[unit - p.batch * H] : 0.0f;
    p.history.h[unit] = engcu_cell_forward(&cell);
    p.history.c[unit] = cell.c;
    float *gates = p.history.gates + at.work + at.row * 4 * H + at.j;
    gates[0] = cell.i;
    gates[H] = cell.f;
    gates[2 * H] = cell.g;
    gates[3 * H] = cell.o;
}

/* sums[0] += x, begun at the last step, which comes first. */
__device__ static inline void accumulate(const engcu_recurrence &p, float *sum, float x)
{
    *sum = p.t + 1 == p.length ? x : *sum + x;
}

__global__ void __launch_bounds__(THREADS) step_backward_kernel(const engcu_recurrence p)
{
    const place at = place_of(p);
    const size_t H = p.hidden, unit = at.work + at.row * H + at.j;
    if (at.j >= H)
        return;
    const bool last = p.t + 1 == p.length, readout = p.above == ENGCU_FROM_READOUT;
    float *gates = p.history.gates + at.work + at.row * 4 * H + at.j;
    float *sums = p.sums + at.work + (size_t)at.b * p.n_sums;
    float *dc_at = p.history.dc + at.work + at.b * H + at.j;
    const float dy = readout ? p.dy[at.work + at.row] : 0.0f;
    engcu_cell cell = {gates[0], gates[H], gates[2 * H], gates[3 * H], p.history.c[unit]};
    const float c_before = p.t > 0 ? p.history.c[unit - p.batch * H] : 0.0f;
    float dh = readout && last ? 0.0f : p.history.dh[unit];
    if (readout)
        dh = fmaf(dy, p.w_above[at.model + at.j], dh);
    float dc = last ? 0.0f : *dc_at;
    const float h = engcu_cell_adjoint(&cell, c_before, dh, &dc);
    *dc_at = dc;
    const float d[4] = {cell.i, cell.f, cell.g, cell.o};
    const float input = p.input == ENGCU_SAMPLES ? engcu_sequence(p.rows, at.b)[p.t] : 0.0f;
    for (unsigned gate = 0; gate < 4; gate++) {
        gates[gate * H] = d[gate];
        accumulate(p, sums + p.sum_at + gate * H + at.j, d[gate]);
        if (p.input == ENGCU_SAMPLES)
            accumulate(p, sums + p.sum_samples + gate * H + at.j, d[gate] * input);
    }
    if (readout)
        accumulate(p, sums + p.sum_above + at.j, dy * h);
}

/* Rows of one step of a history (T B, width). */
static engcu_matrix rows_at(const engcu_recurrence *r, float *history, uint32_t width, uint32_t t)
{
    return {history + (size_t)t * r->batch * width, r->work_stride, width, CUBLAS_OP_N};
}

static engcu_matrix weights_of(const engcu_recurrence *r, const float *w, cublasOperation_t op)
{
    /* Products write to c alone, but have one type for all three. */
    return {const_cast<float *>(w), r->stride, r->hidden, op};
}

static void launch(engcu_queue *queue, const engcu_recurrence *r, const char *name,
                   void (*kernel)(engcu_recurrence))
{
    engcu_launch(queue, name, kernel, *r,
                 dim3((r->hidden + THREADS - 1) / THREADS, r->batch, r->n_models), dim3(THREADS),
                 0);
}

/* The code's share of the pre-activations (M, B, 4H). */
static void feed_code(engcu_queue *queue, const engcu_recurrence *r)
{
    const uint32_t rows = 4 * r->hidden;
    engcu_product product = {};
    product.m = rows;
    product.n = r->batch;
    product.k = r->hidden;
    product.a = weights_of(r, r->w_ih, CUBLAS_OP_T);
    product.b = {const_cast<float *>(r->code), r->work_stride, r->hidden, CUBLAS_OP_N};
    product.c = {r->history.code, r->work_stride, rows, CUBLAS_OP_N};
    engcu_products(queue, &product, 1, r->n_models);
}

/* Add the recurrent part of the pre-activations at step t to what is there for ENGCU_STATES. */
static void feed_back(engcu_queue *queue, const engcu_recurrence *r, uint32_t t)
{
    engcu_product product = {};
    product.m = 4 * r->hidden;
    product.n = r->batch;
    product.k = r->hidden;
    product.beta = r->input == ENGCU_STATES ? 1.0f : 0.0f;
    product.a = weights_of(r, r->w_hh, CUBLAS_OP_T);
    product.b = rows_at(r, r->history.h, r->hidden, t - 1);
    product.c = rows_at(r, r->history.gates, 4 * r->hidden, t);
    engcu_blas_product(queue, &product, r->n_models);
}

void engcu_steps_forward(engcu_queue *queue, const engcu_recurrence *r)
{
    engcu_recurrence step = *r;
    if (r->input == ENGCU_CODE)
        feed_code(queue, r);
    for (step.t = 0; step.t < r->length && queue->status == SWP_OK; step.t++) {
        if (step.t > 0)
            feed_back(queue, r, step.t);
        launch(queue, &step, "forward step", step_forward_kernel);
    }
}

/* The code's gradient, where the backward recurrence begins. */
static void begin_at_code(engcu_queue *queue, const engcu_recurrence *r)
{
    engcu_product product = {};
    product.m = r->hidden;
    product.n = r->batch;
    product.k = 4 * r->hidden;
    product.a = weights_of(r, r->w_above, CUBLAS_OP_N);
    product.b = {r->sums + r->sum_above, r->work_stride, r->n_sums, CUBLAS_OP_N};
    product.c = rows_at(r, r->history.dh, r->hidden, r->length - 1);
    engcu_products(queue, &product, 1, r->n_models);
}

/* Add the gradient of the hidden state before step t to what ENGCU_FROM_STATES has left there. */
static void send_back(engcu_queue *queue, const engcu_recurrence *r, uint32_t t)
{
    engcu_product product = {};
    product.m = r->hidden;
    product.n = r->batch;
    product.k = 4 * r->hidden;
    product.beta = r->above == ENGCU_FROM_STATES ? 1.0f : 0.0f;
    product.a = weights_of(r, r->w_hh, CUBLAS_OP_N);
    product.b = rows_at(r, r->history.gates, 4 * r->hidden, t);
    product.c = rows_at(r, r->history.dh, r->hidden, t - 1);
    engcu_blas_product(queue, &product, r->n_models);
}

void engcu_steps_backward(engcu_queue *queue, const engcu_recurrence *r)
{
    engcu_recurrence step = *r;
    if (r->above == ENGCU_FROM_CODE)
        begin_at_code(queue, r);
    for (uint32_t t = r->length; t-- > 0 && queue->status == SWP_OK;) {
        step.t = t;
        launch(queue, &step, "backward step", step_backward_kernel);
        if (t > 0)
            send_back(queue, r, t);
    }
}
