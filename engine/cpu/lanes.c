/* lane_ops, compiled once per instruction set like pass.c. */
#include "engine/cpu/lanes.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#ifdef __SSE__
#include <immintrin.h>
#endif

#define ALWAYS_INLINE __attribute__((always_inline))

#if defined(__AVX512F__) && !defined(ENG_DOUBLE)
#define VW 16
#elif defined(__AVX2__) && !defined(ENG_DOUBLE)
#define VW 8
#else
#define VW 4
#endif
#include "engine/cpu/vec.h"

#define LANES2(name, width) name##_##width
#define LANES1(name, width) LANES2(name, width)
#define V(name)             LANES1(name, VW)

typedef V(v) vec;

/* What the forward pass of one LSTM leaves for the backward pass; vectors over lanes. */
typedef struct history {
    vec *gates;  /* (T, 4 H) */
    vec *c, *h;  /* (T + 1, H), row 0 zero */
    vec *tanh_c; /* (T, H) */
} history;

typedef struct workspace {
    history encoder, decoder;
    vec *x, *dy, *terms; /* (T) */
    vec *gradient;       /* (total) */
} workspace;

static size_t history_size(size_t H, size_t T)
{
    return T * 4 * H + 2 * (T + 1) * H + T * H;
}

static size_t work_size(const eng_layout *layout, size_t T)
{
    size_t vectors = 2 * history_size(layout->shape.embedding_dim, T) + 3 * T + layout->total;
    return vectors * VW;
}

static vec *place_history(history *out, size_t H, size_t T, vec *at)
{
    out->gates = at;
    out->c = out->gates + T * 4 * H;
    out->h = out->c + (T + 1) * H;
    out->tanh_c = out->h + (T + 1) * H;
    memset(out->c, 0, H * sizeof *out->c);
    memset(out->h, 0, H * sizeof *out->h);
    return out->tanh_c + T * H;
}

static workspace place(const eng_layout *layout, size_t T, eng_real *block)
{
    size_t H = layout->shape.embedding_dim;
    workspace out;
    vec *at = place_history(&out.encoder, H, T, (vec *)block);
    at = place_history(&out.decoder, H, T, at);
    out.x = at;
    out.dy = out.x + T;
    out.terms = out.dy + T;
    out.gradient = out.terms + T;
    return out;
}

/* One tensor of a block. */
static const vec *tensor(const eng_real *block, size_t offset)
{
    return (const vec *)(block + offset * VW);
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

/* One time step: h and c (H) are replaced. x is NULL for an input that is all in `base`. The order
 * of the sums is that of narrow.h. `gates` (4 H) and `tanh_c` (H) are left for the backward pass.
 */
static inline ALWAYS_INLINE void step(const int H, const vec *w_ih, const vec *w_hh,
                                      const vec *base, const vec *x, vec *h, vec *c, vec *gates,
                                      vec *tanh_c)
{
    vec next[LANES_MOST_E];
    for (int j = 0; j < H; j++) {
        vec gate[4], odd[4] = {{0}};
        for (int g = 0; g < 4; g++)
            gate[g] = x ? V(fma)(w_ih[g * H + j], *x, base[g * H + j]) : base[g * H + j];
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
        next[j] = V(cell)(gate, &c[j], &tanh_c[j]);
        for (int g = 0; g < 4; g++)
            gates[g * H + j] = gate[g];
    }
    for (int j = 0; j < H; j++)
        h[j] = next[j];
}

/* One time step, kept in the history when a backward pass will follow; else row 0 is overwritten.
 */
static inline ALWAYS_INLINE void step_at(const int H, const eng_layer *layer,
                                         const eng_real *weights, const vec *base, const vec *x,
                                         size_t t, bool keep, history *past, vec *h, vec *c)
{
    size_t row = keep ? t : 0;
    step(H, tensor(weights, layer->w_ih), tensor(weights, layer->w_hh), base, x, h, c,
         past->gates + row * 4 * (size_t)H, past->tanh_c + row * (size_t)H);
    for (int j = 0; keep && j < H; j++) {
        past->c[(t + 1) * (size_t)H + (size_t)j] = c[j];
        past->h[(t + 1) * (size_t)H + (size_t)j] = h[j];
    }
}

static void sum_biases(const eng_layer *layer, const eng_real *weights, vec *base)
{
    const vec *b_ih = tensor(weights, layer->b_ih), *b_hh = tensor(weights, layer->b_hh);
    for (size_t r = 0; r < 4 * layer->hidden; r++)
        base[r] = b_ih[r] + b_hh[r];
}

/* Losses of all lanes in work->terms and their gradient in work->dy. x in work->x. */
static inline ALWAYS_INLINE void forward(const int H, const eng_layout *layout,
                                         const eng_real *weights, eng_loss loss, size_t T,
                                         bool keep, workspace *work)
{
    const eng_layer *encoder = &layout->layers[0], *decoder = &layout->layers[1];
    vec base[4 * LANES_MOST_E], h[LANES_MOST_E] = {{0}}, c[LANES_MOST_E] = {{0}};
    sum_biases(encoder, weights, base);
    for (size_t t = 0; t < T; t++)
        step_at(H, encoder, weights, base, work->x + t, t, keep, &work->encoder, h, c);

    sum_biases(decoder, weights, base);
    for (int r = 0; r < 4 * H; r++)
        base[r] = dot(H, tensor(weights, decoder->w_ih) + r * H, h) + base[r];
    memset(h, 0, sizeof h);
    memset(c, 0, sizeof c);
    vec w_out[LANES_MOST_E], b_out = *tensor(weights, layout->b_out);
    memcpy(w_out, tensor(weights, layout->w_out), (size_t)H * sizeof *w_out);
    for (size_t t = 0; t < T; t++) {
        step_at(H, decoder, weights, base, NULL, t, keep, &work->decoder, h, c);
        vec d = (dot(H, h, w_out) + b_out) - work->x[t];
        if (loss == ENG_L1) {
            vec sign = V(sign)(d);
            work->dy[t] = sign;
            work->terms[t] = d * sign;
        } else {
            work->dy[t] = 2 * d;
            work->terms[t] = d * d;
        }
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

/* Sum over time of x[.] weight[.] (no weight counts as 1), in the order of V(column_sum). */
static inline ALWAYS_INLINE vec sum_over_time(size_t T, const vec *x, size_t stride,
                                              const vec *weight)
{
    vec sum[4] = {{0}};
    size_t t = 0;
    for (; t + 4 <= T; t += 4)
        for (size_t i = 0; i < 4; i++)
            sum[i] = weight ? V(fma)(x[(t + i) * stride], weight[t + i], sum[i])
                            : sum[i] + x[(t + i) * stride];
    for (; t < T; t++)
        sum[0] = weight ? V(fma)(x[t * stride], weight[t], sum[0]) : sum[0] + x[t * stride];
    return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

/* Element k of W^T d, one sum per gate. */
static inline ALWAYS_INLINE vec transposed(const int H, const vec *w, int k, const vec *d)
{
    vec sum[4] = {{0}};
    for (int j = 0; j < H; j++)
        for (int g = 0; g < 4; g++)
            sum[g] = V(fma)(w[(g * H + j) * H + k], d[g * H + j], sum[g]);
    return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

/* Back through time: gates become gradients of the pre-activations. The gradient from above at
 * step t is dy[t] w_out for the decoder, and `last` at the last step for the encoder (dy NULL). */
static inline ALWAYS_INLINE void sequence_backward(const int H, const vec *w_hh, size_t T,
                                                   const vec *dy, const vec *above, history *past)
{
    vec dh[LANES_MOST_E] = {{0}}, dc[LANES_MOST_E] = {{0}};
    for (size_t t = T; t-- > 0;) {
        vec *gates = past->gates + t * 4 * (size_t)H;
        for (int j = 0; j < H; j++) {
            size_t unit = t * (size_t)H + (size_t)j;
            vec gate[4];
            for (int g = 0; g < 4; g++)
                gate[g] = gates[g * H + j];
            if (dy)
                dh[j] += dy[t] * above[j];
            else if (t == T - 1)
                dh[j] += above[j];
            V(cell_adjoint)(gate, past->c[unit], past->tanh_c[unit], dh[j], &dc[j]);
            for (int g = 0; g < 4; g++)
                gates[g * H + j] = gate[g];
        }
        for (int k = 0; k < H; k++)
            dh[k] = transposed(H, w_hh, k, gates);
    }
}

/* Gradients of one LSTM's recurrent weights and biases, as sums over time. */
static inline ALWAYS_INLINE void recurrent_gradient(const int H, const eng_layer *layer, size_t T,
                                                    const history *past, eng_real *gradient)
{
    vec *w_hh = tensor_of(gradient, layer->w_hh);
    for (int r = 0; r < 4 * H; r++) {
        vec sum[LANES_MOST_E] = {{0}};
        for (size_t t = 0; t < T; t++) {
            vec d = past->gates[t * 4 * (size_t)H + (size_t)r];
            for (int k = 0; k < H; k++)
                sum[k] = V(fma)(past->h[t * (size_t)H + (size_t)k], d, sum[k]);
        }
        for (int k = 0; k < H; k++)
            w_hh[r * H + k] = sum[k];
        vec bias = sum_over_time(T, past->gates + r, 4 * (size_t)H, NULL);
        tensor_of(gradient, layer->b_ih)[r] = bias;
        tensor_of(gradient, layer->b_hh)[r] = bias;
    }
}

static inline ALWAYS_INLINE void backward(const int H, const eng_layout *layout,
                                          const eng_real *weights, size_t T, workspace *work)
{
    const eng_layer *encoder = &layout->layers[0], *decoder = &layout->layers[1];
    eng_real *gradient = (eng_real *)work->gradient;
    const vec *w_out = tensor(weights, layout->w_out);
    for (int j = 0; j < H; j++)
        tensor_of(gradient, layout->w_out)[j] =
            sum_over_time(T, work->decoder.h + H + j, (size_t)H, work->dy);
    double sums[VW];
    sum_in_double(T, work->dy, sums);
    for (int lane = 0; lane < VW; lane++)
        (*tensor_of(gradient, layout->b_out))[lane] = (eng_real)sums[lane];

    sequence_backward(H, tensor(weights, decoder->w_hh), T, work->dy, w_out, &work->decoder);
    recurrent_gradient(H, decoder, T, &work->decoder, gradient);

    /* The code fed every step of the decoder: its weights' gradient is an outer product. */
    const vec *code = work->encoder.h + T * (size_t)H, *base = tensor(gradient, decoder->b_ih);
    vec dz[LANES_MOST_E];
    for (int r = 0; r < 4 * H; r++)
        for (int k = 0; k < H; k++)
            tensor_of(gradient, decoder->w_ih)[r * H + k] = V(fma)(code[k], base[r], V(splat)(0));
    for (int k = 0; k < H; k++)
        dz[k] = transposed(H, tensor(weights, decoder->w_ih), k, base);

    sequence_backward(H, tensor(weights, encoder->w_hh), T, NULL, dz, &work->encoder);
    recurrent_gradient(H, encoder, T, &work->encoder, gradient);
    for (int r = 0; r < 4 * H; r++)
        tensor_of(gradient, encoder->w_ih)[r] =
            sum_over_time(T, work->encoder.gates + r, 4 * (size_t)H, work->x);
}

static void gather(const lanes_adam *adam, vec out[6])
{
    for (int lane = 0; lane < VW; lane++) {
        const net_adam *one = &adam->lane[lane];
        out[0][lane] = one->beta1;
        out[1][lane] = one->beta2;
        out[2][lane] = one->one_minus_beta1;
        out[3][lane] = one->one_minus_beta2;
        out[4][lane] = one->step_size;
        out[5][lane] = 1 / one->correction_sqrt;
    }
}

/* V(adam) of rows.h with every lane's own numbers. */
static void adam_step(size_t n, const lanes_adam *adam, const vec *gradient, vec *weights, vec *m,
                      vec *v)
{
    vec number[6], eps;
    gather(adam, number);
    for (int lane = 0; lane < VW; lane++)
        eps[lane] = adam->lane[lane].eps;
    for (size_t i = 0; i < n; i++) {
        vec g = gradient[i];
        m[i] = V(fma)(number[2], g, m[i] * number[0]);
        v[i] = V(fma)(g * number[3], g, v[i] * number[1]);
        weights[i] -= m[i] * number[4] / V(fma)(V(sqrt)(v[i]), number[5], eps);
    }
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

static void train(const eng_layout *layout, eng_loss loss, size_t T, const eng_real *x,
                  const lanes_adam *adam, eng_real *weights, eng_real *m, eng_real *v,
                  eng_real *block, double *losses)
{
    workspace work = place(layout, T, block);
    size_t H = layout->shape.embedding_dim;
    for (size_t t = 0; t < T; t++)
        work.x[t] = V(splat)(x[t]);
    passes[H].forward(layout, weights, loss, T, true, &work);
    passes[H].backward(layout, weights, T, &work);
    sum_in_double(T, work.terms, losses);
    adam_step(layout->total, adam, work.gradient, (vec *)weights, (vec *)m, (vec *)v);
}

static void evaluate(const eng_layout *layout, const eng_real *weights, eng_loss loss, size_t T,
                     const eng_real *x, eng_real *block, double *losses)
{
    workspace work = place(layout, T, block);
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
    .train = train,
};
