#include "cuda/gradient.cuh"

static const unsigned THREADS = 128;

/* A range of the sums and its place in the gradient; there is a second place where two tensors have
 * the same gradient, as b_ih and b_hh do. */
struct run {
    uint32_t begin, end; /* in the sums */
    size_t to, also_to;
};

struct vector_gradients {
    run runs[ENG_MAX_LAYERS + 3];
    uint32_t n_sums, batch;
    size_t stride, work_stride;
    bool add;
    const float *sums;
    float *gradient;
};

/* Thread: one of the sums; block (sums, model). */
__global__ void __launch_bounds__(THREADS) vector_gradients_kernel(const vector_gradients p)
{
    const unsigned i = blockIdx.x * THREADS + threadIdx.x, m = blockIdx.y;
    if (i >= p.n_sums)
        return;
    const float *sums = p.sums + m * p.work_stride + i;
    float total = 0.0f;
    for (unsigned b = 0; b < p.batch; b++)
        total += sums[(size_t)b * p.n_sums];
    unsigned n = 0;
    while (i >= p.runs[n].end)
        n++;
    float *gradient = p.gradient + m * p.stride + (i - p.runs[n].begin);
    if (p.add)
        total += gradient[p.runs[n].to];
    gradient[p.runs[n].to] = total;
    gradient[p.runs[n].also_to] = total;
}

static run run_of(uint32_t begin, size_t n, size_t to, size_t also_to)
{
    return {begin, begin + (uint32_t)n, to, also_to};
}

void engcu_vector_gradients(engcu_queue *queue, const engcu_net *net, const engcu_work *work,
                            size_t n_models, size_t batch, bool add, float *gradient)
{
    const eng_layout *layout = &net->layout;
    vector_gradients p = {};
    p.n_sums = net->n_sums;
    p.batch = (uint32_t)batch;
    p.stride = net->stride;
    p.work_stride = work->stride;
    p.add = add;
    p.sums = work->sums;
    p.gradient = gradient;
    size_t n = 0;
    for (size_t l = 0; l < net->n_layers; l++) {
        const eng_layer *layer = &layout->layers[l];
        p.runs[n++] = run_of(net->layers[l].sum_at, 4 * layer->hidden, layer->b_ih, layer->b_hh);
    }
    size_t w_ih = layout->layers[0].w_ih;
    p.runs[n++] = run_of(net->sum_samples, 4 * layout->layers[0].hidden, w_ih, w_ih);
    p.runs[n++] = run_of(net->sum_readout, layout->out_features, layout->w_out, layout->w_out);
    p.runs[n++] = run_of(net->sum_readout_bias, 1, layout->b_out, layout->b_out);
    engcu_launch(queue, "vector gradients", vector_gradients_kernel, p,
                 dim3((net->n_sums + THREADS - 1) / THREADS, (unsigned)n_models), dim3(THREADS), 0);
}
