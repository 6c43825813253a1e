/* Gradients of weights from those of the pre-activations, and Adam's step. For one sequence they
 * are computed by strips of columns, over all of time, with Adam's step at once; for several by
 * chunks of time steps that the backward pass has just left in the cache. */
#ifndef NET_GRADIENT_H
#define NET_GRADIENT_H

#include <string.h>

#include "engine/cpu/pass.h"

/* Adam's step for n weights with a finished gradient, unless the step is left to the end. Weights
 * of narrow layers are rounded as in lanes.c, so they do not use the widest vector. */
static inline void settle(const net_descent *to, size_t padded, size_t at, size_t n)
{
    if (!to->adam)
        return;
    if (padded <= 8)
        adam_8(n, to->adam, to->gradient + at, to->weights + at, to->m + at, to->v + at);
    else
        WIDE(adam)(n, to->adam, to->gradient + at, to->weights + at, to->m + at, to->v + at);
}

/* Some columns of the gradients of a layer's pre-activations, in rows `ld` long. */
typedef struct strip {
    span columns;
    const eng_real *at;
    size_t ld;
} strip;

/* Go on to this thread's next columns of a layer's gates, from none; false after the last. */
static inline bool next_columns(const pass *p, size_t padded, span *columns)
{
    const bool alone = p->share->parts == 1;
    const size_t gate = alone ? 4 * padded : padded, most = padded > 16 ? NET_STRIP : 4 * padded;
    const span own = alone ? (span){0, gate} : own_units(p, padded);
    size_t from = columns->to;
    if (from % gate < own.from)
        from += own.from - from % gate;
    else if (from % gate >= own.to)
        from += gate - from % gate + own.from;
    const size_t end = from / gate * gate + own.to;
    *columns = (span){from, from + most < end ? from + most : end};
    return from < 4 * padded;
}

/* Columns of d (n, 4 padded). Those of one sequence in a wide layer are copied: in their long rows
 * they would drive each other out of the first-level cache, where several products need them. */
static inline strip strip_of(const pass *p, size_t padded, size_t n, const eng_real *d,
                             span columns)
{
    const size_t width = columns.to - columns.from, ld = 4 * padded;
    if (padded <= 16 || n == 1)
        return (strip){columns, d + columns.from, ld};
    eng_real *copy = p->work->strip + p->share->part * n * NET_STRIP;
    WIDE(copy_columns)(n, width, d + columns.from, ld, copy, NET_STRIP);
    return (strip){columns, copy, NET_STRIP};
}

/* Rows of the gradient d^T b (4 padded, columns) of the tensor at offset `at`, for n rows of d and
 * b (n, columns). */
static inline void strip_gradient(const strip *d, size_t n, size_t columns, const eng_real *b,
                                  const net_descent *to, size_t at)
{
    BY_WIDTH(columns, outer_sum, n, d->columns.to - d->columns.from, columns, d->at, d->ld, b, to,
             at + d->columns.from * columns);
}

/* Gradient of some biases: that of both is the same. */
static inline void bias_gradient(const strip *d, size_t n, const net_layer *layer,
                                 const net_descent *to)
{
    const size_t width = d->columns.to - d->columns.from;
    const size_t b_ih = layer->b_ih + d->columns.from, b_hh = layer->b_hh + d->columns.from;
    WIDE(column_sums)(n, d->ld, width, d->at, NULL, false, to->gradient + b_ih);
    memcpy(to->gradient + b_hh, to->gradient + b_ih, width * sizeof *to->gradient);
    settle(to, layer->padded, b_ih, width);
    settle(to, layer->padded, b_hh, width);
}

/* Gradient of some weights of the scalar input x. */
static inline void scalar_gradient(const strip *d, size_t n, const net_layer *layer,
                                   const eng_real *x, const net_descent *to)
{
    const size_t width = d->columns.to - d->columns.from, w_ih = layer->w_ih + d->columns.from;
    WIDE(column_sums)(n, d->ld, width, d->at, x, false, to->gradient + w_ih);
    settle(to, layer->padded, w_ih, width);
}

/* This thread's rows of the gradient of a layer's tensor at offset `at`, over one sequence: d^T b
 * for the gradients d (n, 4 padded) of its pre-activations, b (n, columns). */
static inline void gradient_product(const pass *p, const net_layer *layer, size_t n, size_t columns,
                                    const eng_real *d, const eng_real *b, const net_descent *to,
                                    size_t at)
{
    for (span own = {0, 0}; next_columns(p, layer->padded, &own);) {
        const strip some = strip_of(p, layer->padded, n, d, own);
        strip_gradient(&some, n, columns, b, to, at);
    }
}

/* Gradients of a layer's own weights, and of those of a scalar input, after its backward recurrence
 * over one sequence. */
static inline void layer_gradient(const pass *p, size_t l, const net_descent *to)
{
    const net_layer *layer = &p->n->layers[l];
    const struct net_history *history = &p->layers[l];
    const size_t n = p->n->length, padded = layer->padded;
    for (span own = {0, 0}; next_columns(p, padded, &own);) {
        const strip d = strip_of(p, padded, n, history->gates, own);
        strip_gradient(&d, n, padded, history->h, to, layer->w_hh);
        bias_gradient(&d, n, layer, to);
        if (l == 0)
            scalar_gradient(&d, n, layer, p->work->x, to);
    }
}

/* A tensor of weights whose gradient is d^T at, for numbers at (n, columns). */
typedef struct factor {
    const eng_real *at;
    size_t columns, offset; /* of the tensor */
} factor;

/* Rows d (n, 4 padded) of the gradients of a layer's pre-activations, n <= NET_CHUNK, which are
 * those of several sequences: into, or added to, the gradients of up to two tensors; those of the
 * biases; and of the weights of a scalar input x (n), unless x is NULL. */
typedef struct chunk {
    size_t n;
    const eng_real *d, *x;
    factor factors[2];
    size_t n_factors;
    bool biases, add;
} chunk;

static inline void chunk_gradient(const pass *p, const net_layer *layer, const chunk *c,
                                  const net_descent *to)
{
    const size_t ld = 4 * layer->padded;
    eng_real *columns = p->work->pack, *packed[2];
    for (size_t i = 0; i < c->n_factors; i++) {
        const factor *b = &c->factors[i];
        packed[i] = i == 0 ? columns + NET_CHUNK * NET_STRIP
                           : packed[0] + NET_CHUNK * c->factors[0].columns;
        BY_WIDTH(b->columns, pack_columns, c->n, b->columns, b->at, packed[i]);
    }
    for (size_t row = 0; row < ld; row += NET_STRIP) {
        WIDE(copy_columns)(c->n, NET_STRIP, c->d + row, ld, columns, NET_STRIP);
        for (size_t i = 0; i < c->n_factors; i++) {
            const factor *b = &c->factors[i];
            eng_real *out = to->gradient + b->offset + row * b->columns;
            BY_WIDTH(b->columns, strip_product, c->n, b->columns, columns, packed[i], c->add, out);
        }
        eng_real *bias = to->gradient + layer->b_ih + row, *in = to->gradient + layer->w_ih + row;
        if (c->biases)
            WIDE(column_sums)(c->n, NET_STRIP, NET_STRIP, columns, NULL, c->add, bias);
        if (c->x)
            WIDE(column_sums)(c->n, NET_STRIP, NET_STRIP, columns, c->x, c->add, in);
    }
}

/* Gradient of the read-out. */
static inline void readout_gradient(const pass *p, const net_descent *to)
{
    size_t l = p->n->n_layers - 1, padded = p->n->layers[l].padded, rows = p->n->length * p->B;
    span own = own_units(p, padded);
    size_t w_out = p->n->w_out + own.from, units = own.to - own.from;
    BY_WIDTH(padded, column_sums, rows, padded, units, hidden_states(p, l) + own.from, p->work->dy,
             false, to->gradient + w_out);
    settle(to, padded, w_out, units);
    if (p->share->part > 0)
        return;
    to->gradient[p->n->b_out] = (eng_real)sum_of(rows, p->work->dy, 1);
    settle(to, padded, p->n->b_out, p->n->total - p->n->b_out);
}

#endif
