/* The passes of net_ops. Compiled once per instruction set: CMake sets PASS_ISA and the flags. */
#include <math.h>
#include <stdint.h>
#include <string.h>

#include <cblas.h>
#ifdef __SSE__
#include <immintrin.h>
#endif

#include "engine/cpu/net.h"

#define ALWAYS_INLINE __attribute__((always_inline))
#define UV_MOST       4 /* vectors that a block of units takes for each gate, at most */

/* Widest vector; vectors of a block of units for each gate and rows of a gradient tile, both by the
 * number of registers: 32 with AVX-512, 16 else. */
#if defined(__AVX512F__) && !defined(ENG_DOUBLE)
#define WIDEST        16
#define BLOCK_VECTORS 4
#define OUTER_ROWS    8
#elif defined(__AVX2__) && !defined(ENG_DOUBLE)
#define WIDEST        8
#define BLOCK_VECTORS 2
#define OUTER_ROWS    4
#else
#define WIDEST        4
#define BLOCK_VECTORS 2
#define OUTER_ROWS    4
#endif

/* One layer's recurrence over one sequence. */
typedef struct recurrence {
    size_t length;         /* T */
    const eng_real *w_hh;  /* (4 padded, padded) */
    const eng_real *w_fwd; /* its forward copy */
    eng_real *gates;       /* (T, 4 padded): forward pre-activations in, i f g o out; backward
                              those in, gradients of the pre-activations out */
    eng_real *c, *h;       /* (T + 1, padded) */
    eng_real *tanh_c;      /* (T, padded) */
    eng_real *dh;          /* (T, padded), destroyed by the backward recurrence */
    eng_real *dc;          /* (padded) scratch */
} recurrence;

#define VW 4
#include "engine/cpu/vec.h"

#include "engine/cpu/rows.h"

#include "engine/cpu/narrow.h"
#if WIDEST == 4
#include "engine/cpu/wide.h"
#endif
#undef VW

#define VW 8
#include "engine/cpu/vec.h"

#include "engine/cpu/rows.h"

#include "engine/cpu/narrow.h"
#if WIDEST == 8
#include "engine/cpu/wide.h"
#endif
#undef VW

#if WIDEST == 16
#define VW 16
#include "engine/cpu/vec.h"

#include "engine/cpu/rows.h"

#include "engine/cpu/wide.h"
#undef VW
#endif

#define WIDE2(name, width) name##_##width
#define WIDE1(name, width) WIDE2(name, width)
#define WIDE(name)         WIDE1(name, WIDEST)

/* Call the template of the width that fits `padded` units. */
#define BY_WIDTH(padded, name, ...)                                                                \
    do {                                                                                           \
        if ((padded) == 4)                                                                         \
            name##_4(__VA_ARGS__);                                                                 \
        else if ((padded) == 8)                                                                    \
            name##_8(__VA_ARGS__);                                                                 \
        else                                                                                       \
            WIDE(name)(__VA_ARGS__);                                                               \
    } while (0)

/* c (m, n) = a b + beta c, row-major, with a or b transposed when asked. */
static void gemm(bool a_transposed, bool b_transposed, size_t m, size_t n, size_t k,
                 const eng_real *a, size_t lda, const eng_real *b, size_t ldb, eng_real beta,
                 eng_real *c, size_t ldc)
{
#ifdef ENG_DOUBLE
#define CBLAS_GEMM cblas_dgemm
#else
#define CBLAS_GEMM cblas_sgemm
#endif
    CBLAS_GEMM(CblasRowMajor, a_transposed ? CblasTrans : CblasNoTrans,
               b_transposed ? CblasTrans : CblasNoTrans, (int)m, (int)n, (int)k, 1, a, (int)lda, b,
               (int)ldb, beta, c, (int)ldc);
}

/* Vectors of a block of units for each gate; the forward copy is laid out in such blocks. */
static size_t block_vectors(size_t padded)
{
    size_t vectors = padded / WIDEST;
    if (vectors % BLOCK_VECTORS == 0)
        return BLOCK_VECTORS;
    return vectors % 2 == 0 ? 2 : 1;
}

static size_t block_units(size_t padded)
{
    return padded <= 8 ? padded : block_vectors(padded) * WIDEST;
}

static void refresh(const net *n, const eng_real *weights, eng_real *fwd)
{
    for (const net_layer *layer = n->layers; layer < n->layers + n->n_layers; layer++)
        BY_WIDTH(layer->padded, reorder, layer->padded, block_units(layer->padded),
                 weights + layer->w_hh, fwd + layer->w_fwd);
}

/* Sizes that the studies use get their own code, with the size known to the compiler. */
static void wide_forward(size_t hidden, size_t padded, const recurrence *r)
{
    if (hidden == 16)
        WIDE(wide_forward)(16 / WIDEST < BLOCK_VECTORS ? 1 : BLOCK_VECTORS, 16, 16, r);
    else if (hidden == 64)
        WIDE(wide_forward)(BLOCK_VECTORS, 64, 64, r);
    else if (hidden == 128)
        WIDE(wide_forward)(BLOCK_VECTORS, 128, 128, r);
    else if (block_vectors(padded) == BLOCK_VECTORS)
        WIDE(wide_forward)(BLOCK_VECTORS, hidden, padded, r);
    else if (block_vectors(padded) == 2)
        WIDE(wide_forward)(2, hidden, padded, r);
    else
        WIDE(wide_forward)(1, hidden, padded, r);
}

static void recur_forward(size_t hidden, size_t padded, const recurrence *r)
{
    switch (hidden) {
    case 1:
        narrow_forward_4(1, r);
        break;
    case 2:
        narrow_forward_4(2, r);
        break;
    case 3:
        narrow_forward_4(3, r);
        break;
    case 4:
        narrow_forward_4(4, r);
        break;
    case 5:
        narrow_forward_8(5, r);
        break;
    case 6:
        narrow_forward_8(6, r);
        break;
    case 7:
        narrow_forward_8(7, r);
        break;
    case 8:
        narrow_forward_8(8, r);
        break;
    default:
        wide_forward(hidden, padded, r);
    }
}

static void wide_backward(size_t hidden, size_t padded, const recurrence *r)
{
    if (hidden == 16)
        WIDE(wide_backward)(16 / WIDEST < BLOCK_VECTORS ? 1 : BLOCK_VECTORS, 4, 16, 16, r);
    else if (hidden == 64)
        WIDE(wide_backward)(BLOCK_VECTORS, 2, 64, 64, r);
    else if (hidden == 128)
        WIDE(wide_backward)(BLOCK_VECTORS, 2, 128, 128, r);
    else if (block_vectors(padded) == BLOCK_VECTORS)
        WIDE(wide_backward)(BLOCK_VECTORS, 2, hidden, padded, r);
    else if (block_vectors(padded) == 2)
        WIDE(wide_backward)(2, 4, hidden, padded, r);
    else
        WIDE(wide_backward)(1, 4, hidden, padded, r);
}

static void recur_backward(size_t hidden, size_t padded, const recurrence *r)
{
    switch (hidden) {
    case 1:
        narrow_backward_4(1, r);
        break;
    case 2:
        narrow_backward_4(2, r);
        break;
    case 3:
        narrow_backward_4(3, r);
        break;
    case 4:
        narrow_backward_4(4, r);
        break;
    case 5:
        narrow_backward_8(5, r);
        break;
    case 6:
        narrow_backward_8(6, r);
        break;
    case 7:
        narrow_backward_8(7, r);
        break;
    case 8:
        narrow_backward_8(8, r);
        break;
    default:
        wide_backward(hidden, padded, r);
    }
}

static recurrence recurrence_of(const net *n, const net_layer *layer, const eng_real *weights,
                                const eng_real *fwd, const struct net_history *history)
{
    return (recurrence){
        .length = n->length,
        .w_hh = weights + layer->w_hh,
        .w_fwd = fwd ? fwd + layer->w_fwd : NULL,
        .gates = history->gates,
        .c = history->c,
        .h = history->h,
        .tanh_c = history->tanh_c,
        .dh = history->dh,
        .dc = history->dc,
    };
}

static void batch_backward(const net *n, const net_layer *layer, const eng_real *weights,
                           const struct net_history *history, size_t B)
{
    size_t padded = layer->padded;
    memset(history->dc, 0, B * padded * sizeof *history->dc);
    for (size_t t = n->length; t-- > 0;) {
        eng_real *gates = history->gates + t * B * 4 * padded;
        BY_WIDTH(padded, cell_rows_adjoint, B, padded, gates, history->c + t * B * padded,
                 history->tanh_c + t * B * padded, history->dh + t * B * padded, history->dc);
        if (t > 0)
            gemm(false, false, B, padded, 4 * padded, gates, 4 * padded, weights + layer->w_hh,
                 padded, 1, history->dh + (t - 1) * B * padded, padded);
    }
}

/* Both biases; PyTorch trains both. */
static void sum_biases(const net_layer *layer, const eng_real *weights, eng_real *out)
{
    const eng_real *b_ih = weights + layer->b_ih, *b_hh = weights + layer->b_hh;
    for (size_t r = 0; r < 4 * layer->padded; r++)
        out[r] = b_ih[r] + b_hh[r];
}

/* Hidden states of a layer, without the zero rows before the first step. */
static eng_real *hidden_states(const net_layer *layer, const struct net_history *history, size_t B)
{
    return history->h + B * layer->padded;
}

/* What of a layer's pre-activations does not change with time, in history->base: the biases, and
 * for the first decoder layer, which sees the code (B, in_padded) at every step, its share too. */
static void input_begin(const net *n, size_t l, const eng_real *weights, net_work *work, size_t B)
{
    const net_layer *layer = &n->layers[l];
    struct net_history *history = &work->layers[l];
    size_t columns = 4 * layer->padded;
    if (l != n->n_encoder) {
        sum_biases(layer, weights, history->base);
        return;
    }
    const eng_real *code =
        hidden_states(layer - 1, history - 1, B) + (n->length - 1) * B * layer->in_padded;
    eng_real *bias = history->gates; /* free until the recurrence begins */
    sum_biases(layer, weights, bias);
    for (size_t b = 0; b < B; b++) {
        eng_real *base = history->base + b * columns;
        BY_WIDTH(layer->in_padded, row_dots, columns, layer->in_padded, weights + layer->w_ih,
                 code + b * layer->in_padded, base);
        for (size_t r = 0; r < columns; r++)
            base[r] += bias[r];
    }
}

/* Pre-activations of `steps` time steps from t on, but for the recurrent part. */
static void input_fill(const net *n, size_t l, const eng_real *weights, const net_work *work,
                       size_t B, size_t t, size_t steps, eng_real *gates)
{
    const net_layer *layer = &n->layers[l];
    const struct net_history *history = &work->layers[l];
    size_t rows = steps * B, columns = 4 * layer->padded, in = layer->in_padded;
    if (l == 0) {
        WIDE(affine_rows)
        (rows, columns, work->x + t * B, weights + layer->w_ih, history->base, gates);
    } else if (l == n->n_encoder) {
        for (size_t s = 0; s < steps; s++)
            memcpy(gates + s * B * columns, history->base, B * columns * sizeof *gates);
    } else {
        for (size_t row = 0; row < rows; row++)
            memcpy(gates + row * columns, history->base, columns * sizeof *gates);
        gemm(false, true, rows, columns, in, hidden_states(layer - 1, history - 1, B) + t * B * in,
             in, weights + layer->w_ih, in, 1, gates, columns);
    }
}

/* The recurrence of B sequences side by side: one product per time step. Without `keep` only the
 * hidden states are, and the rest stays in the cache. */
static void batch_forward(const net *n, size_t l, const eng_real *weights, net_work *work, size_t B,
                          bool keep)
{
    const net_layer *layer = &n->layers[l];
    struct net_history *history = &work->layers[l];
    size_t padded = layer->padded, units = B * padded;
    for (size_t t = 0; t < n->length; t++) {
        eng_real *gates = history->gates + (keep ? t * 4 * units : 0);
        input_fill(n, l, weights, work, B, t, 1, gates);
        if (t > 0)
            gemm(false, true, B, 4 * padded, padded, history->h + t * units, padded,
                 weights + layer->w_hh, padded, 1, gates, 4 * padded);
        BY_WIDTH(padded, cell_rows, B, padded, gates, history->c + (keep ? t : t % 2) * units,
                 history->c + (keep ? t + 1 : (t + 1) % 2) * units,
                 history->tanh_c + (keep ? t * units : 0), history->h + (t + 1) * units);
    }
}

static void forward(const net *n, const eng_real *weights, const eng_real *fwd, net_work *work,
                    size_t B, bool keep)
{
    size_t rows = n->length * B;
    for (size_t l = 0; l < n->n_layers; l++) {
        const net_layer *layer = &n->layers[l];
        struct net_history *history = &work->layers[l];
        memset(history->c, 0, B * layer->padded * sizeof *history->c);
        memset(history->h, 0, B * layer->padded * sizeof *history->h);
        input_begin(n, l, weights, work, B);
        if (B == 1) {
            recurrence r = recurrence_of(n, layer, weights, fwd, history);
            input_fill(n, l, weights, work, 1, 0, n->length, history->gates);
            recur_forward(layer->hidden, layer->padded, &r);
        } else {
            batch_forward(n, l, weights, work, B, keep);
        }
    }
    const net_layer *last = &n->layers[n->n_layers - 1];
    BY_WIDTH(last->padded, row_dots, rows, last->padded,
             hidden_states(last, &work->layers[n->n_layers - 1], B), weights + n->w_out, work->y);
    for (size_t row = 0; row < rows; row++)
        work->y[row] += weights[n->b_out];
}

/* Sum of every stride-th number, in double; eight sums, so that additions do not wait. */
static double sum_of(size_t n, const eng_real *x, size_t stride)
{
    double sums[8] = {0};
    size_t i = 0;
    for (; i + 8 <= n; i += 8)
        for (size_t k = 0; k < 8; k++)
            sums[k] += (double)x[(i + k) * stride];
    for (; i < n; i++)
        sums[0] += (double)x[i * stride];
    return ((sums[0] + sums[4]) + (sums[1] + sums[5])) +
           ((sums[2] + sums[6]) + (sums[3] + sums[7]));
}

static void loss(const net *n, eng_loss kind, net_work *work, size_t B, double *losses)
{
    for (size_t row = 0; row < n->length * B; row++) {
        eng_real d = work->y[row] - work->x[row];
        work->dy[row] = kind == ENG_L1 ? (eng_real)((d > 0) - (d < 0)) : 2 * d;
        work->terms[row] = kind == ENG_L1 ? (d < 0 ? -d : d) : d * d;
    }
    for (size_t b = 0; b < B; b++)
        losses[b] = sum_of(n->length, work->terms + b, B);
}

/* Gradient of the read-out, and what it sends down to the last layer. */
static void readout_backward(const net *n, const eng_real *weights, net_work *work, size_t B,
                             bool add, eng_real *gradient)
{
    const net_layer *last = &n->layers[n->n_layers - 1];
    struct net_history *history = &work->layers[n->n_layers - 1];
    size_t rows = n->length * B, padded = last->padded;
    BY_WIDTH(padded, column_sums, rows, padded, hidden_states(last, history, B), work->dy, add,
             gradient + n->w_out);
    BY_WIDTH(padded, outer_rows, rows, padded, work->dy, weights + n->w_out, history->dh);
    eng_real sum = (eng_real)sum_of(rows, work->dy, 1);
    gradient[n->b_out] = add ? gradient[n->b_out] + sum : sum;
}

/* out (rows of a, columns of b) (+)= a^T b over n rows: one weight tensor's gradient over time. */
static void gradient_product(size_t n, size_t B, size_t rows, size_t columns, const eng_real *a,
                             const eng_real *b, bool add, eng_real *out)
{
    if (B == 1 && !add)
        BY_WIDTH(columns, outer_sum, n, rows, columns, a, b, out);
    else
        gemm(true, false, rows, columns, n, a, rows, b, columns, add ? 1 : 0, out, columns);
}

/* The constant input's share: gradients of its weights and of the code, which ends the encoder. */
static void constant_backward(const net *n, size_t l, const eng_real *weights, net_work *work,
                              size_t B, bool add, eng_real *gradient)
{
    const net_layer *layer = &n->layers[l], *below = layer - 1;
    struct net_history *history = &work->layers[l], *encoder = history - 1;
    size_t columns = 4 * layer->padded, in = layer->in_padded, T = n->length;
    const eng_real *code = hidden_states(below, encoder, B) + (T - 1) * B * in;
    WIDE(column_sums)(T, B * columns, history->gates, NULL, false, history->base);
    gradient_product(B, B, columns, in, history->base, code, add, gradient + layer->w_ih);
    memset(encoder->dh, 0, (T - 1) * B * in * sizeof *encoder->dh);
    for (size_t b = 0; b < B; b++)
        BY_WIDTH(in, gate_product, layer->hidden, layer->padded, in, history->base + b * columns,
                 weights + layer->w_ih, encoder->dh + ((T - 1) * B + b) * in);
}

static void input_backward(const net *n, size_t l, const eng_real *weights, net_work *work,
                           size_t B, bool add, eng_real *gradient)
{
    const net_layer *layer = &n->layers[l];
    struct net_history *history = &work->layers[l];
    size_t rows = n->length * B, columns = 4 * layer->padded, in = layer->in_padded;
    if (l == 0) {
        WIDE(column_sums)(rows, columns, history->gates, work->x, add, gradient + layer->w_ih);
    } else if (l == n->n_encoder) {
        constant_backward(n, l, weights, work, B, add, gradient);
    } else {
        gradient_product(rows, B, columns, in, history->gates,
                         hidden_states(layer - 1, history - 1, B), add, gradient + layer->w_ih);
        gemm(false, false, rows, in, columns, history->gates, columns, weights + layer->w_ih, in, 0,
             history[-1].dh, in);
    }
}

static void backward(const net *n, const eng_real *weights, net_work *work, size_t B, bool add,
                     eng_real *gradient)
{
    readout_backward(n, weights, work, B, add, gradient);
    for (size_t l = n->n_layers; l-- > 0;) {
        const net_layer *layer = &n->layers[l];
        struct net_history *history = &work->layers[l];
        size_t rows = n->length * B, columns = 4 * layer->padded;
        recurrence r = recurrence_of(n, layer, weights, NULL, history);
        if (B == 1)
            recur_backward(layer->hidden, layer->padded, &r);
        else
            batch_backward(n, layer, weights, history, B);
        gradient_product(rows, B, columns, layer->padded, history->gates, history->h, add,
                         gradient + layer->w_hh);
        WIDE(column_sums)(rows, columns, history->gates, NULL, add, gradient + layer->b_ih);
        memcpy(gradient + layer->b_hh, gradient + layer->b_ih, columns * sizeof *gradient);
        input_backward(n, l, weights, work, B, add, gradient);
    }
}

static unsigned flush_denormals(bool on, unsigned former)
{
#ifdef __SSE__
    unsigned before = _mm_getcsr();
    _mm_setcsr(on ? before | 0x8040 : former); /* flush to zero, denormals are zero */
    return before;
#else
    (void)on;
    return former;
#endif
}

#define PASS_STRING2(text) #text
#define PASS_STRING(text)  PASS_STRING2(text)
#define PASS_OPS           WIDE1(net_ops, PASS_ISA)

#define PASS_LANES WIDE1(lane_ops, PASS_ISA)

extern const lane_ops PASS_LANES;
extern const net_ops PASS_OPS;
const net_ops PASS_OPS = {
    .isa = PASS_STRING(PASS_ISA),
    .lanes = &PASS_LANES,
    .refresh = refresh,
    .forward = forward,
    .loss = loss,
    .backward = backward,
    .adam = WIDE(adam),
    .flush_denormals = flush_denormals,
};
