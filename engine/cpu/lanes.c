/* lane_ops, compiled once per instruction set like pass.c. */
#include "engine/cpu/lanes.h"

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#ifdef __SSE__
#include <immintrin.h>
#endif

#include "engine/cpu/tanh_pieces.h"

#define ALWAYS_INLINE __attribute__((always_inline))

#if defined(__AVX512F__) && !defined(ENG_DOUBLE)
#define VW 16
#elif defined(__AVX2__) && !defined(ENG_DOUBLE)
#define VW 8
#else
#define VW 4
#endif
#define VEC_CLAMP_FIRST /* other cells hide a latency */
#include "engine/cpu/vec.h"

#include "engine/cpu/act.h"

#include "engine/cpu/cell.h"

#define LANES2(name, width) name##_##width
#define LANES1(name, width) LANES2(name, width)
#define V(name)             LANES1(name, VW)

typedef V(v) vec;

/* Columns of a product whose sums fit the registers: of W^T d (4 sums each), of d h^T (4 rows). */
#if VW == 16
#define BLOCK_COLUMNS 4
#define TILE_COLUMNS  6
#else
#define BLOCK_COLUMNS 2
#define TILE_COLUMNS  2
#endif

#define CHUNK_BYTES 32768 /* of history that are summed up at a time, in the first-level cache */

/* What the forward pass of one LSTM leaves for the backward pass, a row for each time step; one
 * stream of memory each way. Vectors over lanes. */
typedef struct row {
    vec *gates;  /* (4 H) i f g o; then the gradients of their pre-activations */
    vec *tanh_c; /* (H) of the state after the step; then h after it, which is made again */
    vec *c;      /* (H) before the step */
} row;

#define ROW 6 /* vectors of a row for each unit */

typedef struct workspace {
    vec *encoder, *decoder;        /* (T, ROW H) */
    vec *x, *dy, *terms;           /* (T) */
    vec *gradient;                 /* (total) */
    vec code[LANES_MOST_E];        /* what the encoder ends with */
    vec read_out[LANES_MOST_E][4]; /* gradient of w_out, as sum_over_time leaves it */
} workspace;

static row row_at(vec *history, int H, size_t t)
{
    vec *at = history + t * ROW * (size_t)H;
    return (row){at, at + 4 * H, at + 5 * H};
}

static size_t work_size(const eng_layout *layout, size_t T)
{
    size_t vectors = 2 * T * ROW * layout->shape.embedding_dim + 3 * T + layout->total;
    return vectors * VW;
}

static void place(workspace *out, const eng_layout *layout, size_t T, eng_real *block)
{
    size_t history = T * ROW * layout->shape.embedding_dim;
    out->encoder = (vec *)block;
    out->decoder = out->encoder + history;
    out->x = out->decoder + history;
    out->dy = out->x + T;
    out->terms = out->dy + T;
    out->gradient = out->terms + T;
}

/* One tensor of a block. Where the pointer comes from is hidden: knowing it, gcc computes the
 * address of every element before a loop and runs out of registers. */
static const vec *tensor(const eng_real *block, size_t offset)
{
    const vec *out = (const vec *)(block + offset * VW);
    __asm__("" : "+r"(out));
    return out;
}

static vec *tensor_of(eng_real *block, size_t offset)
{
    return (vec *)(block + offset * VW);
}

/* a . b over H units, in the order of V(row_dots): products, then halves added to halves. */
static inline ALWAYS_INLINE vec dot(const int H, const vec *a, const vec *b)
{
    const int padded = H <= 4 ? 4 : 8;
    vec part[8];
    for (int j = 0; j < padded; j++)
        part[j] = j < H ? V(fma)(a[j], b[j], V(splat)(0)) : V(splat)(0);
    for (int half = padded / 2; half > 0; half /= 2)
        for (int j = 0; j < half; j++)
            part[j] += part[j + half];
    return part[0];
}

/* Pre-activations of unit j, in the order of the sums of narrow.h. x is NULL for an input that is
 * all in `base`. */
static inline ALWAYS_INLINE void preactivate(const int H, int j, const vec *w_ih, const vec *w_hh,
                                             const vec *base, const vec *x, const vec *h,
                                             vec gate[4])
{
    vec odd[4] = {{0}};
    for (int g = 0; g < 4; g++) {
        int r = g * H + j;
        gate[g] = x ? V(fma)(w_ih[r], *x, base[r]) : base[r];
    }
#pragma GCC unroll 8
    for (int k = 0; k < H; k++)
        for (int g = 0; g < 4; g++) {
            vec w = w_hh[(g * H + j) * H + k];
            if (k % 2 == 0)
                gate[g] = V(fma)(w, h[k], gate[g]);
            else
                odd[g] = V(fma)(w, h[k], odd[g]);
        }
    for (int g = 0; H > 1 && g < 4; g++)
        gate[g] += odd[g];
}

/* One time step: h and c (H) are replaced, and all that the backward pass needs is left in `past`.
 * In three rounds over the units: a product, the cells' states, their outputs. So
 * independent units are interleaved, as many as the processor can look ahead, to hide latency. */
static inline ALWAYS_INLINE void step(const int H, const vec *w_ih, const vec *w_hh,
                                      const vec *base, const vec *x, vec *h, vec *c, row past)
{
    vec gates[LANES_MOST_E][4];
    for (int j = 0; j < H; j++)
        past.c[j] = c[j];
#pragma GCC unroll 8
    for (int j = 0; j < H; j++)
        preactivate(H, j, w_ih, w_hh, base, x, h, gates[j]);
#pragma GCC unroll 2
    for (int j = 0; j < H; j++) {
        V(cell_state)(gates[j], &c[j]);
        for (int g = 0; g < 3; g++)
            past.gates[g * H + j] = gates[j][g];
    }
#pragma GCC unroll 2
    for (int j = 0; j < H; j++) {
        h[j] = V(cell_output)(&gates[j][3], c[j], &past.tanh_c[j]);
        past.gates[3 * H + j] = gates[j][3];
    }
}

static void sum_biases(const eng_layer *layer, const eng_real *weights, vec *base)
{
    const vec *b_ih = tensor(weights, layer->b_ih), *b_hh = tensor(weights, layer->b_hh);
    for (size_t r = 0; r < 4 * layer->hidden; r++)
        base[r] = b_ih[r] + b_hh[r];
}

/* Share of time step t in the losses, and their gradient, for the prediction y. */
static inline ALWAYS_INLINE void judge(eng_loss loss, size_t t, vec y, workspace *work)
{
    vec d = y - work->x[t];
    if (loss == ENG_L1) {
        vec sign = V(sign)(d);
        work->dy[t] = sign;
        work->terms[t] = d * sign;
    } else {
        work->dy[t] = 2 * d;
        work->terms[t] = d * d;
    }
}

static inline ALWAYS_INLINE void encode(const int H, const eng_layer *layer,
                                        const eng_real *weights, size_t T, bool keep,
                                        workspace *work)
{
    const vec *w_ih = tensor(weights, layer->w_ih), *w_hh = tensor(weights, layer->w_hh);
    vec base[4 * LANES_MOST_E], h[LANES_MOST_E] = {{0}}, c[LANES_MOST_E] = {{0}};
    sum_biases(layer, weights, base);
    for (size_t t = 0; t < T; t++)
        step(H, w_ih, w_hh, base, work->x + t, h, c, row_at(work->encoder, H, keep ? t : 0));
    memcpy(work->code, h, sizeof h);
}

/* Losses of all lanes in work->terms and their gradient in work->dy. x in work->x. Without `keep`
 * the history is one row, overwritten. */
static inline ALWAYS_INLINE void forward(const int H, const eng_layout *layout,
                                         const eng_real *weights, eng_loss loss, size_t T,
                                         bool keep, workspace *work)
{
    encode(H, &layout->layers[0], weights, T, keep, work);
    const eng_layer *decoder = &layout->layers[1];
    const vec *w_hh = tensor(weights, decoder->w_hh), *w_out = tensor(weights, layout->w_out);
    vec base[4 * LANES_MOST_E], h[LANES_MOST_E] = {{0}}, c[LANES_MOST_E] = {{0}};
    sum_biases(decoder, weights, base);
    for (int r = 0; r < 4 * H; r++)
        base[r] = dot(H, tensor(weights, decoder->w_ih) + r * H, work->code) + base[r];
    memset(work->read_out, 0, sizeof work->read_out);
    vec b_out = *tensor(weights, layout->b_out);
    for (size_t t = 0; t < T; t++) {
        step(H, NULL, w_hh, base, NULL, h, c, row_at(work->decoder, H, keep ? t : 0));
        judge(loss, t, dot(H, h, w_out) + b_out, work);
        size_t quarter = t < T / 4 * 4 ? t % 4 : 0; /* as sum_over_time */
        for (int j = 0; keep && j < H; j++)
            work->read_out[j][quarter] = V(fma)(h[j], work->dy[t], work->read_out[j][quarter]);
    }
}

/* Sum over time in double, eight sums in the order of sum_of in pass.c. */
static void sum_in_double(size_t T, const vec *x, double *out)
{
    double sums[8][VW] = {{0}};
    for (size_t t = 0; t < T; t++) {
        double *sum = sums[t < T / 8 * 8 ? t % 8 : 0];
        for (int lane = 0; lane < VW; lane++)
            sum[lane] += (double)x[t][lane];
    }
    for (int lane = 0; lane < VW; lane++)
        out[lane] = ((sums[0][lane] + sums[4][lane]) + (sums[1][lane] + sums[5][lane])) +
                    ((sums[2][lane] + sums[6][lane]) + (sums[3][lane] + sums[7][lane]));
}

/* Add x[.] weight[.] of n steps (no weight counts as 1) to four sums, in turn: the order of
 * V(column_sum). n is a multiple of four but at the end of time. */
static inline ALWAYS_INLINE void sum_over_time(size_t n, const vec *x, size_t stride,
                                               const vec *weight, vec out[4])
{
    vec sum[4] = {out[0], out[1], out[2], out[3]};
    size_t t = 0;
    for (; t + 4 <= n; t += 4)
        for (size_t i = 0; i < 4; i++)
            sum[i] = weight ? V(fma)(x[(t + i) * stride], weight[t + i], sum[i])
                            : sum[i] + x[(t + i) * stride];
    for (; t < n; t++)
        sum[0] = weight ? V(fma)(x[t * stride], weight[t], sum[0]) : sum[0] + x[t * stride];
    for (int i = 0; i < 4; i++)
        out[i] = sum[i];
}

static vec total(const vec sum[4])
{
    return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

/* out[k] = element k of W^T d, one sum per gate, for N columns of W: they share the loads of d. */
static inline ALWAYS_INLINE void transposed_block(const int H, const int N, const vec *w,
                                                  const vec *d, vec *out)
{
    vec sum[BLOCK_COLUMNS][4] = {{{0}}};
#pragma GCC unroll 8
    for (int j = 0; j < H; j++)
        for (int g = 0; g < 4; g++)
            for (int k = 0; k < N; k++)
                sum[k][g] = V(fma)(w[(g * H + j) * H + k], d[g * H + j], sum[k][g]);
    for (int k = 0; k < N; k++)
        out[k] = (sum[k][0] + sum[k][1]) + (sum[k][2] + sum[k][3]);
}

static inline ALWAYS_INLINE void transposed(const int H, const vec *w, const vec *d, vec *out)
{
#pragma GCC unroll 8
    for (int k = 0; k < H; k += BLOCK_COLUMNS)
        transposed_block(H, H - k < BLOCK_COLUMNS ? H - k : BLOCK_COLUMNS, w + k, d, out + k);
}

/* Back through time: gates become gradients of the pre-activations, and tanh_c becomes h. The
 * gradient from above at step t is dy[t] w_out for the decoder, and `last` at the last step for the
 * encoder (dy NULL). */
static inline ALWAYS_INLINE void sequence_backward(const int H, const vec *w_hh, size_t T,
                                                   const vec *dy, const vec *above, vec *history)
{
    vec dh[LANES_MOST_E] = {{0}}, dc[LANES_MOST_E] = {{0}};
    for (size_t t = T; t-- > 0;) {
        row past = row_at(history, H, t);
        for (int j = 0; j < H; j++) {
            vec gate[4];
            for (int g = 0; g < 4; g++)
                gate[g] = past.gates[g * H + j];
            if (dy)
                dh[j] += dy[t] * above[j];
            else if (t == T - 1)
                dh[j] += above[j];
            vec tanh_c = past.tanh_c[j];
            past.tanh_c[j] = gate[3] * tanh_c;
            V(cell_adjoint)(gate, past.c[j], tanh_c, dh[j], &dc[j]);
            for (int g = 0; g < 4; g++)
                past.gates[g * H + j] = gate[g];
        }
        transposed(H, w_hh, past.gates, dh);
    }
}

/* Add n rows of d h^T to four rows by N columns of sums: as many as registers hold. */
static inline ALWAYS_INLINE void outer_tile(const int H, const int N, size_t n, const vec *d,
                                            const vec *h, vec *out)
{
    vec sum[4][TILE_COLUMNS];
    for (int r = 0; r < 4; r++)
        for (int k = 0; k < N; k++)
            sum[r][k] = out[r * H + k];
    for (size_t t = 0; t < n; t++, d += ROW * H, h += ROW * H)
        for (int k = 0; k < N; k++)
            for (int r = 0; r < 4; r++)
                sum[r][k] = V(fma)(h[k], d[r], sum[r][k]);
    for (int r = 0; r < 4; r++)
        for (int k = 0; k < N; k++)
            out[r * H + k] = sum[r][k];
}

static inline ALWAYS_INLINE void outer_sum(const int H, size_t n, const vec *d, const vec *h,
                                           vec *out)
{
    const int tiles = (H + TILE_COLUMNS - 1) / TILE_COLUMNS, columns = (H + tiles - 1) / tiles;
    for (int r = 0; r < 4 * H; r += 4)
#pragma GCC unroll 4
        for (int k = 0; k < H; k += columns)
            outer_tile(H, H - k < columns ? H - k : columns, n, d + r, h + k, out + r * H + k);
}

/* Gradients of one LSTM's recurrent weights, biases and, with x, input weights: sums over time,
 * some steps at a time that stay in the first-level cache meanwhile. */
static inline ALWAYS_INLINE void weight_gradient(const int H, const eng_layer *layer, size_t T,
                                                 vec *history, const vec *x, eng_real *gradient)
{
    const size_t fit = CHUNK_BYTES / (ROW * (size_t)H * sizeof(vec)), chunk = fit / 4 * 4;
    vec bias[4 * LANES_MOST_E][4] = {{{0}}}, input[4 * LANES_MOST_E][4] = {{{0}}};
    vec *w_hh = tensor_of(gradient, layer->w_hh);
    memset(w_hh, 0, (size_t)(4 * H * H) * sizeof *w_hh);
    for (size_t t = 0; t < T; t += chunk) {
        const size_t n = T - t < chunk ? T - t : chunk;
        const size_t begin = t > 0 ? t : 1; /* the first step sees no h */
        row first = row_at(history, H, t);
        outer_sum(H, t + n - begin, row_at(history, H, begin).gates,
                  row_at(history, H, begin - 1).tanh_c, w_hh);
        for (int r = 0; r < 4 * H; r++)
            sum_over_time(n, first.gates + r, ROW * (size_t)H, NULL, bias[r]);
        for (int r = 0; x && r < 4 * H; r++)
            sum_over_time(n, first.gates + r, ROW * (size_t)H, x + t, input[r]);
    }
    for (int r = 0; r < 4 * H; r++) {
        tensor_of(gradient, layer->b_ih)[r] = total(bias[r]);
        tensor_of(gradient, layer->b_hh)[r] = total(bias[r]);
        if (x)
            tensor_of(gradient, layer->w_ih)[r] = total(input[r]);
    }
}

static inline ALWAYS_INLINE void backward(const int H, const eng_layout *layout,
                                          const eng_real *weights, size_t T, workspace *work)
{
    const eng_layer *encoder = &layout->layers[0], *decoder = &layout->layers[1];
    eng_real *gradient = (eng_real *)work->gradient;
    for (int j = 0; j < H; j++)
        tensor_of(gradient, layout->w_out)[j] = total(work->read_out[j]);
    double sums[VW];
    sum_in_double(T, work->dy, sums);
    for (int lane = 0; lane < VW; lane++)
        (*tensor_of(gradient, layout->b_out))[lane] = (eng_real)sums[lane];

    sequence_backward(H, tensor(weights, decoder->w_hh), T, work->dy,
                      tensor(weights, layout->w_out), work->decoder);
    weight_gradient(H, decoder, T, work->decoder, NULL, gradient);

    /* The code fed every step of the decoder: its weights' gradient is an outer product. */
    const vec *base = tensor(gradient, decoder->b_ih);
    vec dz[LANES_MOST_E];
    for (int r = 0; r < 4 * H; r++)
        for (int k = 0; k < H; k++)
            tensor_of(gradient, decoder->w_ih)[r * H + k] =
                V(fma)(work->code[k], base[r], V(splat)(0));
    transposed(H, tensor(weights, decoder->w_ih), base, dz);

    sequence_backward(H, tensor(weights, encoder->w_hh), T, NULL, dz, work->encoder);
    weight_gradient(H, encoder, T, work->encoder, work->x, gradient);
}

static void gather(const lanes_adam *adam, vec out[7])
{
    for (int lane = 0; lane < VW; lane++) {
        const net_adam *one = &adam->lane[lane];
        out[0][lane] = one->beta1;
        out[1][lane] = one->beta2;
        out[2][lane] = one->one_minus_beta1;
        out[3][lane] = one->one_minus_beta2;
        out[4][lane] = one->step_size;
        out[5][lane] = 1 / one->correction_sqrt;
        out[6][lane] = one->eps;
    }
}

/* V(adam) of rows.h for one weight of every lane, with every lane's own numbers. */
static inline ALWAYS_INLINE void adam_step(const vec number[7], vec g, vec *weight, vec *m, vec *v)
{
    *m = V(fma)(number[2], g, *m * number[0]);
    *v = V(fma)(g * number[3], g, *v * number[1]);
    *weight -= V(quotient)(*m * number[4], V(fma)(V(root)(*v), number[5], number[6]));
}

/* Each size gets its own code: sums in registers need to know how many there are. */
#define SIZES(X) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8)

#define DEFINE_PASSES(H)                                                                           \
    static void forward_##H(const eng_layout *layout, const eng_real *weights, eng_loss loss,      \
                            size_t T, bool keep, workspace *work)                                  \
    {                                                                                              \
        forward(H, layout, weights, loss, T, keep, work);                                          \
    }                                                                                              \
    static void backward_##H(const eng_layout *layout, const eng_real *weights, size_t T,          \
                             workspace *work)                                                      \
    {                                                                                              \
        backward(H, layout, weights, T, work);                                                     \
    }
SIZES(DEFINE_PASSES)

#define PASSES_OF(H) [H] = {forward_##H, backward_##H},
static const struct {
    void (*forward)(const eng_layout *layout, const eng_real *weights, eng_loss loss, size_t T,
                    bool keep, workspace *work);
    void (*backward)(const eng_layout *layout, const eng_real *weights, size_t T, workspace *work);
} passes[LANES_MOST_E + 1] = {SIZES(PASSES_OF)};

/* Losses of all lanes on work->x, and their gradients in work->gradient. */
static void differentiate(const eng_layout *layout, const eng_real *weights, eng_loss loss,
                          size_t T, workspace *work, double *losses)
{
    size_t H = layout->shape.embedding_dim;
    passes[H].forward(layout, weights, loss, T, true, work);
    passes[H].backward(layout, weights, T, work);
    sum_in_double(T, work->terms, losses);
}

static void train(const eng_layout *layout, eng_loss loss, size_t T, const eng_real *x,
                  const lanes_adam *adam, eng_real *weights, eng_real *m, eng_real *v,
                  eng_real *block, double *losses)
{
    workspace work;
    place(&work, layout, T, block);
    for (size_t t = 0; t < T; t++)
        work.x[t] = V(splat)(x[t]);
    differentiate(layout, weights, loss, T, &work, losses);
    vec number[7], *w_at = (vec *)weights, *m_at = (vec *)m, *v_at = (vec *)v;
    gather(adam, number);
    for (size_t i = 0; i < layout->total; i++)
        adam_step(number, work.gradient[i], &w_at[i], &m_at[i], &v_at[i]);
}

static void gradient_of_lanes(const eng_layout *layout, const eng_real *weights, eng_loss loss,
                              size_t T, const eng_real *x, size_t count, eng_real *block,
                              double *losses, eng_real *gradient)
{
    workspace work;
    place(&work, layout, T, block);
    memcpy(work.x, x, T * sizeof *work.x);
    differentiate(layout, weights, loss, T, &work, losses);
    for (size_t i = 0; i < layout->total; i++)
        for (size_t lane = 0; lane < count; lane++)
            gradient[i] += work.gradient[i][lane];
}

static void descend(const eng_layout *layout, const net_adam *adam, const eng_real *gradient,
                    eng_real *weights, eng_real *m, eng_real *v)
{
    lanes_adam all;
    for (int lane = 0; lane < VW; lane++)
        all.lane[lane] = *adam;
    vec number[7], *w_at = (vec *)weights, *m_at = (vec *)m, *v_at = (vec *)v;
    gather(&all, number);
    for (size_t i = 0; i < layout->total; i++)
        adam_step(number, V(splat)(gradient[i]), &w_at[i], &m_at[i], &v_at[i]);
}

static void evaluate(const eng_layout *layout, const eng_real *weights, eng_loss loss, size_t T,
                     const eng_real *x, eng_real *block, double *losses)
{
    workspace work;
    place(&work, layout, T, block);
    memcpy(work.x, x, T * sizeof *work.x);
    passes[layout->shape.embedding_dim].forward(layout, weights, loss, T, false, &work);
    sum_in_double(T, work.terms, losses);
}

#define LANE_OPS LANES1(lane_ops, PASS_ISA)

extern const lane_ops LANE_OPS;
const lane_ops LANE_OPS = {
    .width = VW,
    .work_size = work_size,
    .evaluate = evaluate,
    .gradient = gradient_of_lanes,
    .descend = descend,
    .train = train,
};
