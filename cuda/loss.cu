#include "cuda/loss.cuh"

static const unsigned WARPS = 8;

/* The same sum in every lane of a warp. */
__device__ static inline float warp_sum(float x)
{
    for (unsigned lanes = ENGCU_WARP / 2; lanes > 0; lanes /= 2)
        x += __shfl_xor_sync(0xffffffffu, x, lanes);
    return x;
}

/* Sums over the steps that one warp took. */
struct part {
    double loss, dy;
};

__device__ static inline void add_step(const engcu_readout &p, size_t row, float y, float x,
                                       part *sum)
{
    const float d = y - x;
    const bool l1 = p.loss == ENG_L1;
    const float sign = d > 0.0f ? 1.0f : d < 0.0f ? -1.0f : 0.0f;
    const float dy = l1 ? sign : 2.0f * d;
    sum->loss += (double)(l1 ? fabsf(d) : d * d);
    sum->dy += (double)dy;
    if (threadIdx.x % ENGCU_WARP != 0)
        return;
    p.y[row] = y;
    if (p.dy)
        p.dy[row] = dy;
}

__device__ static void store_sums(const engcu_readout &p, const part *parts)
{
    const unsigned b = blockIdx.x, m = blockIdx.y;
    part all = {0, 0};
    for (unsigned warp = 0; warp < WARPS; warp++) {
        all.loss += parts[warp].loss;
        all.dy += parts[warp].dy;
    }
    if (p.losses)
        p.losses[m * p.loss_stride + b] = all.loss;
    if (p.errors)
        p.errors[(size_t)m * p.batch + b] = (float)all.loss;
    if (p.dy)
        p.sums[m * p.work_stride + (size_t)b * p.n_sums + p.sum_bias] = (float)all.dy;
}

/* Block (sequence, model); a warp takes every WARPS-th step. */
__global__ void __launch_bounds__(WARPS *ENGCU_WARP) readout_kernel(const engcu_readout p)
{
    const unsigned b = blockIdx.x, m = blockIdx.y;
    const unsigned warp = threadIdx.x / ENGCU_WARP, lane = threadIdx.x % ENGCU_WARP;
    const float *w = p.w_out + m * p.stride, *x = engcu_sequence(p.rows, b);
    const float *h = p.h + m * p.work_stride;
    const float bias = p.b_out[m * p.stride];
    part *parts = engcu_shared<part>();
    part sum = {0, 0};
    for (unsigned t = warp; t < p.length; t += WARPS) {
        const size_t row = (size_t)t * p.batch + b;
        float y = 0.0f;
        for (unsigned j = lane; j < p.hidden; j += ENGCU_WARP)
            y = fmaf(w[j], h[row * p.hidden + j], y);
        add_step(p, m * p.work_stride + row, warp_sum(y) + bias, x[t], &sum);
    }
    if (lane == 0)
        parts[warp] = sum;
    __syncthreads();
    if (threadIdx.x == 0)
        store_sums(p, parts);
}

void engcu_read_out(engcu_queue *queue, const engcu_readout *r)
{
    engcu_launch(queue, "read-out", readout_kernel, *r, dim3(r->batch, r->n_models),
                 dim3(WARPS * ENGCU_WARP), WARPS * sizeof(part));
}
