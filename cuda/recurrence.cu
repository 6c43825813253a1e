/* Resident recurrences: one block per model and sequence runs all T steps in one launch. Thread
 * (gate g, unit j) owns the sum for its pre-activation, forwards, or the share of gate g in the
 * gradient of unit j, backwards. Either takes H weights, which stay in its registers (the first R)
 * and in shared memory (the rest). */
#include "cuda/recurrence.cuh"

/* Registers for weights where some weights go to shared memory: a block of 512 threads has 128
 * registers per thread, of which this many are left for weights. */
static constexpr unsigned SHARING = 56;

static constexpr unsigned most_threads(unsigned R)
{
    return 4 * (R == SHARING ? ENGCU_RESIDENT_MOST : R);
}

/* Groups of four weights of each thread that are kept in shared memory. */
__host__ __device__ static inline unsigned rest_of(unsigned hidden, unsigned R)
{
    return hidden > R ? (hidden - R + 3) / 4 : 0;
}

/* H, up to the number of weights that a thread holds; vectors are zero from H on. */
__host__ __device__ static inline unsigned padded_of(unsigned hidden, unsigned R)
{
    return R + 4 * rest_of(hidden, R);
}

/* A block's view of its shared memory. */
struct resident {
    engcu_quad *rest; /* (rest_of, 4H) weights k = R + 4 i .. of every thread */
    float *x;         /* the vector that is multiplied: h (padded), or (4, padded) gradients */
    float *out;       /* (4H): one number of every thread */
};

__device__ static inline resident resident_of(unsigned hidden, unsigned R, unsigned n_vectors)
{
    resident s;
    s.rest = engcu_shared<engcu_quad>();
    s.x = reinterpret_cast<float *>(s.rest + rest_of(hidden, R) * 4 * hidden);
    s.out = s.x + n_vectors * padded_of(hidden, R);
    return s;
}

static size_t shared_bytes(unsigned hidden, unsigned R, unsigned n_vectors)
{
    return rest_of(hidden, R) * 4 * hidden * sizeof(engcu_quad) +
           (n_vectors * padded_of(hidden, R) + 4 * hidden) * sizeof(float);
}

static unsigned registers_for(size_t hidden)
{
    return hidden <= 8 ? 8 : hidden <= 16 ? 16 : hidden <= 32 ? 32 : hidden <= 64 ? 64 : SHARING;
}

size_t engcu_resident_bytes(size_t hidden)
{
    return shared_bytes((unsigned)hidden, registers_for(hidden), 4);
}

/* H weights of this thread, `step` apart from `from` on: the first R to registers, the rest to
 * shared memory, zeros from H on. */
template <unsigned R>
__device__ static inline void load_weights(const float *from, size_t step, unsigned hidden,
                                           bool active, float (&w)[R], engcu_quad *rest)
{
#pragma unroll
    for (unsigned k = 0; k < R; k++)
        w[k] = active && k < hidden ? from[k * step] : 0.0f;
    for (unsigned i = 0; active && i < rest_of(hidden, R); i++) {
        const unsigned k = R + 4 * i;
        engcu_quad quad;
        quad.x = from[k * step];
        quad.y = k + 1 < hidden ? from[(k + 1) * step] : 0.0f;
        quad.z = k + 2 < hidden ? from[(k + 2) * step] : 0.0f;
        quad.w = k + 3 < hidden ? from[(k + 3) * step] : 0.0f;
        rest[i * 4 * hidden + threadIdx.x] = quad;
    }
}

__device__ static inline void add_products(engcu_quad *sum, engcu_quad a, engcu_quad b)
{
    sum->x = fmaf(a.x, b.x, sum->x);
    sum->y = fmaf(a.y, b.y, sum->y);
    sum->z = fmaf(a.z, b.z, sum->z);
    sum->w = fmaf(a.w, b.w, sum->w);
}

/* Sum of the thread's weights times x, in four sums that hide the latency of an addition. */
template <unsigned R>
__device__ static inline float dot(const float (&w)[R], const engcu_quad *rest, unsigned hidden,
                                   const float *x)
{
    const engcu_quad *quads = reinterpret_cast<const engcu_quad *>(x);
    engcu_quad sum = {0.0f, 0.0f, 0.0f, 0.0f};
#pragma unroll
    for (unsigned i = 0; i < R / 4; i++) {
        const engcu_quad own = {w[4 * i], w[4 * i + 1], w[4 * i + 2], w[4 * i + 3]};
        add_products(&sum, own, quads[i]);
    }
#pragma unroll 2
    for (unsigned i = 0; i < rest_of(hidden, R); i++)
        add_products(&sum, rest[i * 4 * hidden + threadIdx.x], quads[R / 4 + i]);
    return (sum.x + sum.y) + (sum.z + sum.w);
}

/* The part of a thread's pre-activation that is not recurrent: base + scale input[t]. */
struct feed {
    float base, scale;
    const float *input; /* NULL: nothing changes with time */
    size_t step;        /* floats from one time to the next */
};

__device__ static inline feed feed_of(const engcu_recurrence &p, unsigned row, unsigned b,
                                      unsigned m, const float *gates)
{
    const size_t model = m * p.stride;
    feed f = {p.b_ih[model + row] + p.b_hh[model + row], 1.0f, NULL, 0};
    if (p.input == ENGCU_SAMPLES) {
        f.scale = p.w_ih[model + row];
        f.input = engcu_sequence(p.rows, b);
        f.step = 1;
    } else if (p.input == ENGCU_STATES) {
        f.input = gates + (size_t)b * 4 * p.hidden + row;
        f.step = (size_t)p.batch * 4 * p.hidden;
    } else {
        const float *w = p.w_ih + model + (size_t)row * p.hidden;
        const float *code = p.code + m * p.work_stride + (size_t)b * p.hidden;
        float sum = 0.0f;
        for (unsigned k = 0; k < p.hidden; k++)
            sum = fmaf(w[k], code[k], sum);
        f.base += sum;
    }
    return f;
}

template <unsigned R>
__global__ void __launch_bounds__(most_threads(R)) forward_kernel(const engcu_recurrence p)
{
    const unsigned H = p.hidden, row = threadIdx.x, b = blockIdx.x, m = blockIdx.y;
    const bool active = row < 4 * H, is_unit = row < H, is_tanh = row / H == 2;
    const size_t work = m * p.work_stride;
    float *gates = p.history.gates ? p.history.gates + work : NULL;
    const resident s = resident_of(H, R, 1);
    float w[R];
    load_weights<R>(p.w_hh + m * p.stride + (size_t)row * H, 1, H, active, w, s.rest);
    for (unsigned k = row; k < padded_of(H, R); k += blockDim.x)
        s.x[k] = 0.0f;
    const feed f = active ? feed_of(p, row, b, m, gates) : feed{0.0f, 0.0f, NULL, 0};
    float next = f.input ? f.input[0] : 0.0f;
    engcu_cell cell = {0.0f, 0.0f, 0.0f, 0.0f, 0.0f};
    __syncthreads();
    for (unsigned t = 0; t < p.length; t++) {
        const float input = next;
        if (f.input && t + 1 < p.length) /* loaded early, to hide its latency */
            next = f.input[(t + 1) * f.step];
        if (active) {
            const float sum = dot<R>(w, s.rest, H, s.x) + fmaf(f.scale, input, f.base);
            const float gate = engcu_activate(sum, is_tanh);
            s.out[row] = gate;
            if (p.keep)
                gates[((size_t)t * p.batch + b) * 4 * H + row] = gate;
        }
        __syncthreads();
        if (is_unit) {
            cell.i = s.out[row];
            cell.f = s.out[H + row];
            cell.g = s.out[2 * H + row];
            cell.o = s.out[3 * H + row];
            const float h = engcu_cell_forward(&cell);
            const size_t at = work + ((size_t)t * p.batch + b) * H + row;
            s.x[row] = h;
            p.history.h[at] = h;
            if (p.keep)
                p.history.c[at] = cell.c;
        }
        __syncthreads();
    }
}

/* What one unit needs at one step of the backward pass. */
struct backward_step {
    engcu_cell cell;
    float c_before, above;
};

__device__ static inline backward_step load_step(const engcu_recurrence &p, unsigned t, unsigned j,
                                                 unsigned b, size_t work)
{
    const size_t H = p.hidden, item = (size_t)t * p.batch + b, at = work + item * H + j;
    const float *gates = p.history.gates + work + item * 4 * H + j;
    backward_step step;
    step.cell = {gates[0], gates[H], gates[2 * H], gates[3 * H], p.history.c[at]};
    step.c_before = t > 0 ? p.history.c[at - p.batch * H] : 0.0f;
    step.above = p.above == ENGCU_FROM_READOUT  ? p.dy[work + item]
                 : p.above == ENGCU_FROM_STATES ? p.history.dh[at]
                                                : 0.0f;
    return step;
}

/* The share of gate g in the code's gradient of unit k, from the decoder's sums over time. */
__device__ static inline float code_share(const engcu_recurrence &p, unsigned row, unsigned m,
                                          const float *sums)
{
    const unsigned H = p.hidden, begin = row / H * H, k = row % H;
    const float *w = p.w_above + m * p.stride + (size_t)begin * H + k;
    float sum = 0.0f;
    for (unsigned j = 0; j < H; j++)
        sum = fmaf(w[(size_t)j * H], sums[p.sum_above + begin + j], sum);
    return sum;
}

template <unsigned R>
__global__ void __launch_bounds__(most_threads(R)) backward_kernel(const engcu_recurrence p)
{
    const unsigned H = p.hidden, row = threadIdx.x, b = blockIdx.x, m = blockIdx.y;
    const unsigned padded = padded_of(H, R), g = row / H, k = row % H;
    const bool active = row < 4 * H, is_unit = row < H, samples = p.input == ENGCU_SAMPLES;
    const bool readout = p.above == ENGCU_FROM_READOUT;
    const size_t work = m * p.work_stride;
    float *sums = p.sums + work + (size_t)b * p.n_sums;
    const resident s = resident_of(H, R, 4);
    float w[R];
    load_weights<R>(p.w_hh + m * p.stride + (size_t)g * H * H + k, H, H, active, w, s.rest);
    for (unsigned i = row; i < 4 * padded; i += blockDim.x)
        s.x[i] = 0.0f;
    if (active)
        s.out[row] = p.above == ENGCU_FROM_CODE ? code_share(p, row, m, sums) : 0.0f;
    const float *x = samples ? engcu_sequence(p.rows, b) : NULL;
    const float weight = is_unit && readout ? p.w_above[m * p.stride + row] : 1.0f;
    backward_step next = {};
    if (is_unit)
        next = load_step(p, p.length - 1, row, b, work);
    float dc = 0.0f, sum = 0.0f, sum_samples = 0.0f, sum_readout = 0.0f;
    __syncthreads();
    for (unsigned t = p.length; t-- > 0;) {
        if (is_unit) {
            backward_step step = next;
            const float below =
                (s.out[row] + s.out[H + row]) + (s.out[2 * H + row] + s.out[3 * H + row]);
            const float dh = fmaf(step.above, weight, below);
            const float h = engcu_cell_adjoint(&step.cell, step.c_before, dh, &dc);
            sum_readout = fmaf(step.above, h, sum_readout);
            float *gates = p.history.gates + work + ((size_t)t * p.batch + b) * 4 * H + row;
            gates[0] = s.x[row] = step.cell.i;
            gates[H] = s.x[padded + row] = step.cell.f;
            gates[2 * H] = s.x[2 * padded + row] = step.cell.g;
            gates[3 * H] = s.x[3 * padded + row] = step.cell.o;
            if (t > 0)
                next = load_step(p, t - 1, row, b, work);
        }
        __syncthreads();
        if (active) {
            const float *own = s.x + g * padded;
            sum += own[k];
            sum_samples = samples ? fmaf(own[k], x[t], sum_samples) : 0.0f;
            s.out[row] = dot<R>(w, s.rest, H, own);
        }
        __syncthreads();
    }
    if (active)
        sums[p.sum_at + row] = sum;
    if (active && samples)
        sums[p.sum_samples + row] = sum_samples;
    if (is_unit && readout)
        sums[p.sum_above + row] = sum_readout;
}

/* The instance of a kernel template for R registers. */
#define BY_REGISTERS(R, kernel)                                                                    \
    ((R) == 8    ? kernel<8>                                                                       \
     : (R) == 16 ? kernel<16>                                                                      \
     : (R) == 32 ? kernel<32>                                                                      \
     : (R) == 64 ? kernel<64>                                                                      \
                 : kernel<SHARING>)

static void launch(engcu_queue *queue, const engcu_recurrence *r, const char *name,
                   void (*kernel)(engcu_recurrence), unsigned n_vectors)
{
    unsigned threads = (4 * r->hidden + ENGCU_WARP - 1) / ENGCU_WARP * ENGCU_WARP;
    engcu_launch(queue, name, kernel, *r, dim3(r->batch, r->n_models), dim3(threads),
                 shared_bytes(r->hidden, registers_for(r->hidden), n_vectors));
}

void engcu_recur_forward(engcu_queue *queue, const engcu_recurrence *r)
{
    launch(queue, r, "forward recurrence", BY_REGISTERS(registers_for(r->hidden), forward_kernel),
           1);
}

void engcu_recur_backward(engcu_queue *queue, const engcu_recurrence *r)
{
    launch(queue, r, "backward recurrence", BY_REGISTERS(registers_for(r->hidden), backward_kernel),
           4);
}

void engcu_recur_prepare(engcu_queue *queue, size_t shared_most)
{
    const char *call = "cudaFuncSetAttribute";
    const cudaFuncAttribute most = cudaFuncAttributeMaxDynamicSharedMemorySize;
    engcu_check(queue, cudaFuncSetAttribute(forward_kernel<SHARING>, most, (int)shared_most), call);
    engcu_check(queue, cudaFuncSetAttribute(backward_kernel<SHARING>, most, (int)shared_most),
                call);
}
