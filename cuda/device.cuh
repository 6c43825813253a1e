/* What all kernels share: shared memory, activations, the rows that a pass works on. */
#ifndef ENGCU_DEVICE_CUH
#define ENGCU_DEVICE_CUH

#include <stdint.h>
#include <string.h>

#include <cuda_runtime.h>

#define ENGCU_WARP 32u

/* Four floats that move as one 16-byte word. */
struct alignas(16) engcu_quad {
    float x, y, z, w;
};

#ifdef SWEEP_CUDA_STANDIN
void *cuda_standin_shared(void);
#endif

/* The block's shared memory, all of it dynamic, 16-byte aligned. */
template <typename T> __device__ __forceinline__ T *engcu_shared()
{
#ifdef SWEEP_CUDA_STANDIN
    return static_cast<T *>(cuda_standin_shared());
#else
    extern __shared__ __align__(16) unsigned char bytes[];
    return reinterpret_cast<T *>(bytes);
#endif
}

/* Which rows of the series a pass works on. The cursor lies on the device, so that one captured
 * graph trains on row after row without a change. */
struct engcu_rows {
    const float *series;    /* (n_rows, length) */
    const uint32_t *order;  /* row numbers */
    const uint32_t *cursor; /* (1) index in `order` where the batch begins */
    uint32_t offset;        /* of this part within the batch */
    uint32_t length;        /* T */
};

/* Sequence b of the pass. */
__device__ __forceinline__ const float *engcu_sequence(const engcu_rows &rows, unsigned b)
{
    return rows.series + (size_t)rows.order[*rows.cursor + rows.offset + b] * rows.length;
}

/* sigmoid(x), or tanh(x) when asked: the same operations for both, so that the lanes of a warp stay
 * together. exp(y) = power (1 + r + r^2 q) with power = 2^n and |r| <= ln 2 / 2, as in
 * engine/cpu/vec.h; a NaN stays one. At most 3e-7 relative. */
__device__ __forceinline__ float engcu_activate(float x, bool tanh)
{
    const float most = tanh ? 10.0f : 87.0f, scale = tanh ? 2.0f : -1.0f;
    x = x > most ? most : x < -most ? -most : x;
    const float magic = 12582912.0f; /* 1.5 * 2^23: adding it rounds to a whole number */
    const float shifted = fmaf(x, scale * 1.44269504f, magic);
    const float r = fmaf(shifted - magic, -0.693147182f, x * scale);
    const float r2 = r * r;
    const float low = fmaf(r, 0.166665435f, 0.49999997f);
    const float middle = fmaf(r, 0.00836654752f, 0.0416672006f);
    const float q = fmaf(r2, fmaf(r2, 0.00138825167f, middle), low);
    uint32_t bits;
    memcpy(&bits, &shifted, sizeof bits);
    bits = (bits << 23) + 0x3f800000u;
    float power;
    memcpy(&power, &bits, sizeof power);
    const float first = fmaf(power, r, tanh ? power - 1.0f : power + 1.0f);
    const float second = power * r2;
    const float exact = fmaf(second, q, first); /* expm1(2x), or 1 + exp(-x) */
    return tanh ? exact / fmaf(second, q, first + 2.0f) : 1.0f / exact;
}

/* Activations of one unit at one step; what the backward pass needs of the forward pass. */
struct engcu_cell {
    float i, f, g, o, c;
};

/* Hidden state from activated gates; `c` is the state before in, after out. */
__device__ __forceinline__ float engcu_cell_forward(engcu_cell *cell)
{
    cell->c = fmaf(cell->i, cell->g, cell->f * cell->c);
    return cell->o * engcu_activate(cell->c, true);
}

/* The adjoint: gradients of the four pre-activations in place of the gates. dc carries the cell's
 * gradient from one step to the one before. Returns the hidden state, for the read-out's gradient.
 */
__device__ __forceinline__ float engcu_cell_adjoint(engcu_cell *cell, float c_before, float dh,
                                                    float *dc)
{
    const float i = cell->i, f = cell->f, g = cell->g, o = cell->o;
    const float tanh_c = engcu_activate(cell->c, true);
    const float dct = fmaf(dh, o * fmaf(-tanh_c, tanh_c, 1.0f), *dc);
    cell->i = dct * (g * (i * (1.0f - i)));
    cell->f = dct * (c_before * (f * (1.0f - f)));
    cell->g = dct * (i * fmaf(-g, g, 1.0f));
    cell->o = dh * (tanh_c * (o * (1.0f - o)));
    *dc = dct * f;
    return o * tanh_c;
}

#endif
