#include "cuda/pass.cuh"

#include "cuda/gradient.cuh"
#include "cuda/loss.cuh"
#include "cuda/product.cuh"
#include "cuda/recurrence.cuh"

static size_t rows_of(const engcu_pass *pass)
{
    return pass->net->length * pass->batch;
}

/* The encoder's last hidden states (B, H). */
static float *code_of(const engcu_pass *pass)
{
    const size_t below = pass->net->n_encoder - 1;
    const size_t hidden = pass->net->layers[below].at.hidden;
    return pass->work.layers[below].h + (rows_of(pass) - pass->batch) * hidden;
}

static void set_above(const engcu_pass *pass, size_t l, engcu_recurrence *r)
{
    const engcu_net *net = pass->net;
    if (r->above == ENGCU_FROM_READOUT) {
        r->w_above = pass->weights + net->layout.w_out;
        r->sum_above = net->sum_readout;
    } else if (r->above == ENGCU_FROM_CODE) {
        r->w_above = pass->weights + net->layers[l + 1].at.w_ih;
        r->sum_above = net->layers[l + 1].sum_at;
    }
}

static engcu_recurrence recurrence_of(const engcu_pass *pass, size_t l)
{
    const engcu_net *net = pass->net;
    const engcu_layer *layer = &net->layers[l];
    engcu_recurrence r = {};
    r.length = (uint32_t)net->length;
    r.batch = pass->batch;
    r.hidden = (uint32_t)layer->at.hidden;
    r.n_models = pass->n_models;
    r.input = layer->input;
    r.above = layer->above;
    r.keep = pass->keep;
    r.stride = net->stride;
    r.w_ih = pass->weights + layer->at.w_ih;
    r.w_hh = pass->weights + layer->at.w_hh;
    r.b_ih = pass->weights + layer->at.b_ih;
    r.b_hh = pass->weights + layer->at.b_hh;
    r.rows = pass->rows;
    if (layer->input == ENGCU_CODE)
        r.code = code_of(pass);
    r.history = pass->work.layers[l];
    r.work_stride = pass->work.stride;
    r.dy = pass->work.dy;
    r.sums = pass->work.sums;
    r.n_sums = net->n_sums;
    r.sum_at = layer->sum_at;
    r.sum_samples = net->sum_samples;
    set_above(pass, l, &r);
    return r;
}

/* A tensor of every model; row-major (n, ld) reads as a matrix of n columns. */
static engcu_matrix tensor(const engcu_pass *pass, const float *block, size_t offset, size_t ld,
                           cublasOperation_t op)
{
    /* Products write to c alone, but have one type for all three. */
    return {const_cast<float *>(block) + offset, pass->net->stride, (uint32_t)ld, op};
}

/* A history (T B, width) without its first `skip` steps. */
static engcu_matrix history(const engcu_pass *pass, float *at, size_t width, size_t skip,
                            cublasOperation_t op)
{
    return {at + skip * pass->batch * width, pass->work.stride, (uint32_t)width, op};
}

/* Pre-activations of a layer whose input is the layer below, all steps at once. */
static void feed_states(engcu_queue *queue, const engcu_pass *pass, size_t l)
{
    const eng_layer *at = &pass->net->layers[l].at;
    const engcu_work *work = &pass->work;
    engcu_product product = {};
    product.m = (uint32_t)(4 * at->hidden);
    product.n = (uint32_t)rows_of(pass);
    product.k = (uint32_t)at->in;
    product.a = tensor(pass, pass->weights, at->w_ih, at->in, CUBLAS_OP_T);
    product.b = history(pass, work->layers[l - 1].h, at->in, 0, CUBLAS_OP_N);
    product.c = history(pass, work->layers[l].gates, 4 * at->hidden, 0, CUBLAS_OP_N);
    engcu_products(queue, &product, 1, pass->n_models);
}

static void read_out(engcu_queue *queue, const engcu_pass *pass)
{
    const engcu_net *net = pass->net;
    engcu_readout r = {};
    r.length = (uint32_t)net->length;
    r.batch = pass->batch;
    r.hidden = (uint32_t)net->layout.out_features;
    r.n_models = pass->n_models;
    r.loss = pass->loss;
    r.rows = pass->rows;
    r.w_out = pass->weights + net->layout.w_out;
    r.b_out = pass->weights + net->layout.b_out;
    r.stride = net->stride;
    r.h = pass->work.layers[net->n_layers - 1].h;
    r.y = pass->work.y;
    r.dy = pass->keep ? pass->work.dy : NULL;
    r.losses = pass->losses;
    r.loss_stride = pass->loss_stride;
    r.errors = pass->errors;
    r.sums = pass->work.sums;
    r.work_stride = pass->work.stride;
    r.n_sums = net->n_sums;
    r.sum_bias = net->sum_readout_bias;
    engcu_read_out(queue, &r);
}

void engcu_forward(engcu_queue *queue, const engcu_pass *pass)
{
    for (size_t l = 0; l < pass->net->n_layers; l++) {
        const engcu_recurrence r = recurrence_of(pass, l);
        if (r.input == ENGCU_STATES)
            feed_states(queue, pass, l);
        if (pass->net->layers[l].resident)
            engcu_recur_forward(queue, &r);
        else
            engcu_steps_forward(queue, &r);
    }
    read_out(queue, pass);
}

/* The gradient of the states that are a layer's input. */
static void send_down(engcu_queue *queue, const engcu_pass *pass, size_t l)
{
    const eng_layer *at = &pass->net->layers[l].at;
    const engcu_work *work = &pass->work;
    engcu_product product = {};
    product.m = (uint32_t)at->in;
    product.n = (uint32_t)rows_of(pass);
    product.k = (uint32_t)(4 * at->hidden);
    product.a = tensor(pass, pass->weights, at->w_ih, at->in, CUBLAS_OP_N);
    product.b = history(pass, work->layers[l].gates, 4 * at->hidden, 0, CUBLAS_OP_N);
    product.c = history(pass, work->layers[l - 1].dh, at->in, 0, CUBLAS_OP_N);
    engcu_products(queue, &product, 1, pass->n_models);
}

/* Gradient of W_hh: states of one step times gradients of the next. */
static engcu_product recurrent_gradient(const engcu_pass *pass, size_t l, bool add)
{
    const eng_layer *at = &pass->net->layers[l].at;
    const engcu_work::engcu_history *own = &pass->work.layers[l];
    engcu_product product = {};
    product.m = (uint32_t)at->hidden;
    product.n = (uint32_t)(4 * at->hidden);
    product.k = (uint32_t)(rows_of(pass) - pass->batch);
    product.beta = add ? 1.0f : 0.0f;
    product.a = history(pass, own->h, at->hidden, 0, CUBLAS_OP_N);
    product.b = history(pass, own->gates, 4 * at->hidden, 1, CUBLAS_OP_T);
    product.c = tensor(pass, pass->gradient, at->w_hh, at->hidden, CUBLAS_OP_N);
    return product;
}

/* Gradient of W_ih. The code is the same at every step: its gradients are summed over time. */
static engcu_product input_gradient(const engcu_pass *pass, size_t l, bool add)
{
    const engcu_net *net = pass->net;
    const engcu_layer *layer = &net->layers[l];
    const engcu_work *work = &pass->work;
    const size_t in = layer->at.in, rows = 4 * layer->at.hidden;
    engcu_product product = {};
    product.m = (uint32_t)in;
    product.n = (uint32_t)rows;
    product.beta = add ? 1.0f : 0.0f;
    product.c = tensor(pass, pass->gradient, layer->at.w_ih, in, CUBLAS_OP_N);
    if (layer->input == ENGCU_CODE) {
        product.k = pass->batch;
        product.a = {code_of(pass), work->stride, (uint32_t)in, CUBLAS_OP_N};
        product.b = {work->sums + layer->sum_at, work->stride, net->n_sums, CUBLAS_OP_T};
    } else {
        product.k = (uint32_t)rows_of(pass);
        product.a = history(pass, work->layers[l - 1].h, in, 0, CUBLAS_OP_N);
        product.b = history(pass, work->layers[l].gates, rows, 0, CUBLAS_OP_T);
    }
    return product;
}

static void matrix_gradients(engcu_queue *queue, const engcu_pass *pass, bool add)
{
    engcu_product products[ENGCU_MOST_PRODUCTS];
    size_t n = 0;
    for (size_t l = 0; l < pass->net->n_layers; l++) {
        products[n++] = recurrent_gradient(pass, l, add);
        if (pass->net->layers[l].input != ENGCU_SAMPLES)
            products[n++] = input_gradient(pass, l, add);
    }
    engcu_products(queue, products, n, pass->n_models);
}

void engcu_backward(engcu_queue *queue, const engcu_pass *pass, bool add)
{
    for (size_t l = pass->net->n_layers; l-- > 0;) {
        const engcu_recurrence r = recurrence_of(pass, l);
        if (pass->net->layers[l].resident)
            engcu_recur_backward(queue, &r);
        else
            engcu_steps_backward(queue, &r);
        if (r.input == ENGCU_STATES)
            send_down(queue, pass, l);
    }
    matrix_gradients(queue, pass, add);
    engcu_vector_gradients(queue, pass->net, &pass->work, pass->n_models, pass->batch, add,
                           pass->gradient);
}
