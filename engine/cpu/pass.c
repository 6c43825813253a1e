/* The passes of net_ops. Compiled once per instruction set: CMake sets PASS_ISA and the flags. One
 * sequence goes through recurrences (recur.h), several through tiles (batch.h). */
#include <string.h>

#include "engine/cpu/gradient.h"
#include "engine/cpu/net.h"
#include "engine/cpu/pass.h"
#include "engine/cpu/recur.h"
#include "engine/cpu/tiles.h"

/* Rows of W_ih (4 padded, in) into its forward copy, in blocks of one vector. The input may be
 * narrower than the vector: then by single numbers. */
static void reorder_input(size_t padded, size_t in, span rows, const eng_real *w, eng_real *out)
{
    const size_t block = padded <= 8 ? padded : WIDEST;
    if (in % block == 0) {
        BY_WIDTH(padded, reorder, padded, in, block, rows, w, out);
        return;
    }
    for (size_t row = rows.from; row < rows.to; row++)
        for (size_t k = 0; k < in; k++) {
            const size_t gate = row / padded, unit = row % padded;
            out[((unit / block * in + k) * 4 + gate) * block + unit % block] = w[row * in + k];
        }
}

static void refresh_layer(const pass *p, size_t l, const eng_real *weights, eng_real *fwd,
                          bool side_by_side)
{
    const net_layer *layer = &p->n->layers[l];
    const size_t padded = layer->padded, in = layer->in_padded;
    const size_t block = side_by_side && padded > 8 ? WIDEST : block_units(padded);
    span rows[4];
    size_t pieces = own_gates(p, padded, rows);
    for (size_t i = 0; i < pieces; i++) {
        BY_WIDTH(padded, reorder, padded, padded, block, rows[i], weights + layer->w_hh,
                 fwd + layer->w_fwd);
        if (net_has_inner_input(p->n, l))
            reorder_input(padded, in, rows[i], weights + layer->w_ih, fwd + layer->w_in);
    }
}

static void refresh(const net *n, const eng_real *weights, eng_real *fwd, bool side_by_side,
                    bool keep, const team_share *share)
{
    const pass p = {.n = n, .share = share};
    for (size_t l = 0; l < n->n_layers; l++)
        if (side_by_side && !keep && tile_fits(n, l))
            tile_layer(n, l, weights, fwd + tile_copy_at(n, l));
        else
            refresh_layer(&p, l, weights, fwd, side_by_side);
}

/* Numbers of a forward copy. */
static size_t copy_size(const net *n)
{
    return tile_copy_at(n, n->n_layers);
}

static recurrence recurrence_of(const pass *p, size_t l, const eng_real *weights,
                                const eng_real *fwd)
{
    const net_layer *layer = &p->n->layers[l];
    const struct net_history *history = &p->layers[l];
    const bool varies = net_has_inner_input(p->n, l);
    const bool codes = l + 1 == p->n->n_encoder, last = l + 1 == p->n->n_layers;
    const bool listens = !codes && !last; /* to a layer above, at every step */
    return (recurrence){
        .length = p->n->length,
        .w_hh = weights + layer->w_hh,
        .w_fwd = fwd ? fwd + layer->w_fwd : NULL,
        .base = varies ? history->gates : history->base,
        .w = l == 0 ? weights + layer->w_ih : p->work->zeros,
        .x = p->work->x,
        .stride = varies ? 4 * layer->padded : 0,
        .gates = history->gates,
        .c = history->c,
        .h = history->h,
        .tanh_c = history->tanh_c,
        .above = listens ? history->dh : p->work->zeros,
        .w_out = last ? weights + p->n->w_out : p->work->zeros,
        .dy = p->work->dy,
        .above_stride = listens ? layer->padded : 0,
        .last = codes ? history->dh + (p->n->length - 1) * layer->padded : p->work->zeros,
        .dh = history->dh_now,
        .dc = history->dc,
        .beside = history->beside,
        .own = own_units(p, layer->padded),
        .share = p->share,
    };
}

/* Both biases; PyTorch trains both. */
static void sum_biases(const net_layer *layer, const eng_real *weights, span own, eng_real *out)
{
    const eng_real *b_ih = weights + layer->b_ih, *b_hh = weights + layer->b_hh;
    for (size_t r = own.from; r < own.to; r++)
        out[r] = b_ih[r] + b_hh[r];
}

/* What of a layer's pre-activations does not change with time, in history->base: the biases, and
 * for the first decoder layer, which sees the code at every step, its share too. */
static void input_begin(const pass *p, size_t l, const eng_real *weights, span own)
{
    const net_layer *layer = &p->n->layers[l];
    const struct net_history *history = &p->layers[l];
    size_t columns = 4 * layer->padded, in = layer->in_padded;
    if (l != p->n->n_encoder) {
        sum_biases(layer, weights, own, history->base);
        return;
    }
    eng_real *bias = history->gates; /* free until the recurrence begins */
    sum_biases(layer, weights, own, bias);
    for (size_t b = 0; b < p->B; b++) {
        eng_real *base = history->base + b * columns;
        BY_WIDTH(in, row_dots, own.to - own.from, in, weights + layer->w_ih + own.from * in,
                 code_of(p) + b * in, base + own.from);
        for (size_t r = own.from; r < own.to; r++)
            base[r] += bias[r];
    }
}

/* What the units of the layer below send at the `steps` time steps from t on. */
static batch_source input_source(const pass *p, size_t l, const eng_real *fwd, size_t t)
{
    const net_layer *layer = &p->n->layers[l];
    if (!net_has_inner_input(p->n, l))
        return (batch_source){0};
    return (batch_source){hidden_states(p, l - 1) + t * p->B * layer->in_padded, layer->in_padded,
                          layer->in, fwd + layer->w_in};
}

/* The rows that a layer works on from time step t on. Without `keep` only the hidden states are
 * kept, and the rest stays in the cache. */
static batch_rows rows_at(const pass *p, size_t l, const eng_real *weights, size_t t, bool keep)
{
    const net_layer *layer = &p->n->layers[l];
    const struct net_history *history = &p->layers[l];
    const size_t units = p->B * layer->padded;
    return (batch_rows){
        .base = history->base,
        .base_stride = l == p->n->n_encoder ? 4 * layer->padded : 0,
        .x = l == 0 ? p->work->x + t * p->B : NULL,
        .w = weights + layer->w_ih,
        .gates = history->gates + (keep ? t * 4 * units : 0),
        .c_before = history->c + (keep ? t : t % 2) * units,
        .c = history->c + (keep ? t + 1 : (t + 1) % 2) * units,
        .h = history->h + (t + 1) * units,
        .tanh_c = history->tanh_c + (keep ? t * units : 0),
        .keep = keep,
    };
}

/* The pre-activations of all time steps of one sequence, but for the recurrent part, of this
 * thread's units: what the recurrence does not work out as it goes. */
static void input_fill(const pass *p, size_t l, const eng_real *weights, const eng_real *fwd)
{
    const size_t padded = p->n->layers[l].padded;
    const batch_source from[2] = {input_source(p, l, fwd, 0), {0}};
    const batch_rows rows = rows_at(p, l, weights, 0, true);
    BY_WIDTH(padded, batch_step, p->n->length, own_units(p, padded), padded, from, false, &rows);
}

/* The recurrence of B sequences side by side. */
static void batch_forward(const pass *p, size_t l, const eng_real *weights, const eng_real *fwd,
                          bool keep)
{
    const net_layer *layer = &p->n->layers[l];
    const size_t padded = layer->padded;
    const eng_real *h = p->layers[l].h;
    for (size_t t = 0; t < p->n->length; t++) {
        const batch_source from[2] = {
            input_source(p, l, fwd, t),
            {h + t * p->B * padded, padded, t > 0 ? layer->hidden : 0, fwd + layer->w_fwd}};
        const batch_rows rows = rows_at(p, l, weights, t, keep);
        BY_WIDTH(padded, batch_step, p->B, ((span){0, padded}), padded, from, true, &rows);
    }
}

#ifdef __AMX_BF16__

/* The same by tiles, for evaluation. Every other step walks the weights backwards, of which the
 * caches then hold some. */
static void tile_forward(const pass *p, size_t l, const eng_real *weights, const eng_real *fwd)
{
    const net_layer *layer = &p->n->layers[l];
    const size_t padded = layer->padded;
    const eng_real *copy = fwd + tile_copy_at(p->n, l);
    tile_rows parts;
    parts.units = tile_units(p->n, l);
    tile_begin();
    for (size_t t = 0; t < p->n->length; t++) {
        const eng_real *h = p->layers[l].h + t * p->B * padded;
        const batch_source from[2] = {input_source(p, l, fwd, t), {h, padded, padded, NULL}};
        const batch_rows rows = rows_at(p, l, weights, t, false);
        for (size_t b = 0; b < p->B; b += TILE_ROWS) {
            const batch_source at[2] = {batch_source_at(&from[0], b), batch_source_at(&from[1], b)};
            const batch_rows to = batch_rows_at(&rows, padded, b, 0);
            const size_t n = p->B - b < TILE_ROWS ? p->B - b : TILE_ROWS;
            tile_sources(n, at, &parts);
            tile_step(n, padded, copy, t % 2 != 0, &to, &parts);
        }
    }
    tile_end();
}

#endif

/* What comes before a layer's recurrence: zero states, and what the input sends. */
static void layer_begin(const pass *p, size_t l, const eng_real *weights)
{
    const net_layer *layer = &p->n->layers[l];
    const struct net_history *history = &p->layers[l];
    span own = own_units(p, layer->padded), gates[4];
    size_t pieces = own_gates(p, layer->padded, gates);
    size_t units = p->B * (own.to - own.from); /* more than one sequence is not shared */
    memset(history->c + own.from, 0, units * sizeof *history->c);
    memset(history->h + own.from, 0, units * sizeof *history->h);
    for (size_t i = 0; i < pieces; i++)
        input_begin(p, l, weights, gates[i]);
}

/* The same, and the recurrence that follows. */
static recurrence recurrence_begin(const pass *p, size_t l, const eng_real *weights,
                                   const eng_real *fwd)
{
    layer_begin(p, l, weights);
    if (net_has_inner_input(p->n, l))
        input_fill(p, l, weights, fwd);
    return recurrence_of(p, l, weights, fwd);
}

static void layer_forward(const pass *p, size_t l, const eng_real *weights, const eng_real *fwd,
                          bool side_by_side, bool keep)
{
    if (side_by_side) {
        layer_begin(p, l, weights);
#ifdef __AMX_BF16__
        if (!keep && tile_fits(p->n, l)) {
            tile_forward(p, l, weights, fwd);
            return;
        }
#endif
        batch_forward(p, l, weights, fwd, keep);
        return;
    }
    const recurrence r = recurrence_begin(p, l, weights, fwd);
    recur_forward(p->n->layers[l].hidden, p->n->layers[l].padded, &r);
}

static void readout_forward(const pass *p, const eng_real *weights)
{
    size_t last = p->n->n_layers - 1, padded = p->n->layers[last].padded;
    span rows = own_rows(p, p->n->length * p->B);
    eng_real *y = p->work->y;
    BY_WIDTH(padded, row_dots, rows.to - rows.from, padded,
             hidden_states(p, last) + rows.from * padded, weights + p->n->w_out, y + rows.from);
    for (size_t row = rows.from; row < rows.to; row++)
        y[row] += weights[p->n->b_out];
}

static void forward(const net *n, const eng_real *weights, const eng_real *fwd, net_work *work,
                    size_t B, bool side_by_side, bool keep, const team_share *share)
{
    const pass p = pass_of(n, work, B, share);
    for (size_t l = 0; l < n->n_layers; l++)
        layer_forward(&p, l, weights, fwd, side_by_side, keep);
    readout_forward(&p, weights);
}

static const team_share alone = {.parts = 1};

static bool fits_pairs(const net *n)
{
    for (size_t l = 0; l < n->n_layers; l++)
        if (!recur_is_narrow(n->layers[l].hidden))
            return false;
    return true;
}

static void forward_pair(const net *n, net_model pair[NET_PAIR])
{
    pass p[NET_PAIR];
    recurrence r[NET_PAIR];
    for (size_t i = 0; i < NET_PAIR; i++)
        p[i] = pass_of(n, &pair[i].work, 1, &alone);
    for (size_t l = 0; l < n->n_layers; l++) {
        for (size_t i = 0; i < NET_PAIR; i++)
            r[i] = recurrence_begin(&p[i], l, pair[i].to.weights, pair[i].fwd);
        recur_forward_pair(n->layers[l].hidden, r);
    }
    for (size_t i = 0; i < NET_PAIR; i++)
        readout_forward(&p[i], pair[i].to.weights);
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

/* What the read-out of a batch sends down to the last layer. One sequence's recurrence works it out
 * as it goes. */
static void readout_backward(const pass *p, const eng_real *weights)
{
    size_t l = p->n->n_layers - 1, padded = p->n->layers[l].padded, rows = p->n->length * p->B;
    if (p->B > 1)
        BY_WIDTH(padded, outer_rows, rows, padded, p->work->dy, weights + p->n->w_out,
                 p->layers[l].dh, padded);
}

/* Sums over time of the gradients of a layer's pre-activations over one sequence, which are the
 * gradient of the biases: that of its constant input. */
static void sum_over_time(const pass *p, size_t l, const net_descent *to)
{
    const net_layer *layer = &p->n->layers[l];
    const struct net_history *history = &p->layers[l];
    span own[4];
    size_t pieces = own_gates(p, layer->padded, own);
    for (size_t i = 0; i < pieces; i++)
        memcpy(history->base + own[i].from, to->gradient + layer->b_ih + own[i].from,
               (own[i].to - own[i].from) * sizeof *history->base);
}

/* Gradient of the code: for each unit the sums over halves of the decoder's units, each thread's or
 * one after the other, where a team could share them. */
static void code_backward(const pass *p, size_t l, const eng_real *weights, eng_real *code)
{
    const net_layer *layer = &p->n->layers[l];
    const struct net_history *decoder = &p->layers[l], *encoder = decoder - 1;
    const size_t in = layer->in_padded, halves = p->B == 1 && can_share(p->n) ? NET_HALVES : 1;
    eng_real *sums = halves > 1 ? encoder->base : code; /* (halves, in) */
    const size_t end = p->share->parts > 1 ? p->share->part + 1 : halves;
    for (size_t b = 0; b < p->B; b++)
        for (size_t i = p->share->part; i < end; i++) {
            const team_share half = {.part = i, .parts = halves};
            BY_WIDTH(in, gate_product, own_units(&(pass){.share = &half}, layer->padded),
                     layer->padded, in, decoder->base + b * 4 * layer->padded,
                     weights + layer->w_ih, sums + (b + i) * in);
        }
    team_meet(p->share);
    const span own = own_units(p, in);
    for (size_t k = own.from; halves > 1 && k < own.to; k++)
        code[k] = sums[k] + sums[in + k];
}

/* The constant input: gradients of its weights and of the code, which ends the encoder. */
static void constant_backward(const pass *p, size_t l, const net_descent *to)
{
    const net_layer *layer = &p->n->layers[l];
    const struct net_history *history = &p->layers[l], *encoder = history - 1;
    size_t B = p->B, in = layer->in_padded, last = (p->n->length - 1) * B;
    if (B == 1) {
        sum_over_time(p, l, to);
        code_backward(p, l, to->weights, encoder->dh + last * in);
        gradient_product(p, layer, 1, in, history->base, code_of(p), to, layer->w_ih);
        return;
    }
    memset(encoder->dh, 0, last * in * sizeof *encoder->dh);
    code_backward(p, l, to->weights, encoder->dh + last * in);
    const chunk all = {
        .n = B, .d = history->base, .factors = {{code_of(p), in, layer->w_ih}}, .n_factors = 1};
    chunk_gradient(p, layer, &all, to);
}

/* Bring the gradients of all gates of one sequence together, and wait for the other's. */
static void share_gates(const pass *p, size_t l)
{
    const size_t columns = 4 * p->n->layers[l].padded;
    eng_real *all = p->work->layers[l].gates;
    span own[4];
    size_t pieces = p->share->part > 0 ? own_gates(p, p->n->layers[l].padded, own) : 0;
    for (size_t i = 0; i < pieces; i++)
        for (size_t t = 0; t < p->n->length; t++)
            memcpy(all + t * columns + own[i].from, p->layers[l].gates + t * columns + own[i].from,
                   (own[i].to - own[i].from) * sizeof *all);
    team_meet(p->share);
}

/* What `steps` time steps from t on send down to the layer below, to this thread's units. */
static void input_backward(const pass *p, size_t l, const eng_real *w_ih, size_t t, size_t steps)
{
    const size_t in = p->n->layers[l].in_padded, columns = 4 * p->n->layers[l].padded;
    const size_t rows = steps * p->B, first = t * p->B;
    const eng_real *gates = p->work->layers[l].gates + first * columns;
    const span own = own_units(p, in);
    eng_real *dh = p->layers[l - 1].dh + first * in;
    for (size_t row = 0; row < rows; row++)
        memset(dh + row * in + own.from, 0, (own.to - own.from) * sizeof *dh);
    BY_WIDTH(in, batch_product, rows, columns, in, own, gates, w_ih, dh);
}

/* The layer below, and the gradient of the weights between, of one sequence. */
static void inner_backward(const pass *p, size_t l, const net_descent *to)
{
    const net_layer *layer = &p->n->layers[l];
    share_gates(p, l);
    input_backward(p, l, to->weights + layer->w_ih, 0, p->n->length);
    team_meet(p->share); /* all have read the weights that now change */
    gradient_product(p, layer, p->n->length, layer->in_padded, p->layers[l].gates,
                     hidden_states(p, l - 1), to, layer->w_ih);
}

/* The gradients of `steps` time steps of several sequences from t on, the last of all first: of the
 * weights, of a constant input, and of the layer below. */
static void batch_gradient(const pass *p, size_t l, size_t t, size_t steps, const net_descent *to)
{
    const net_layer *layer = &p->n->layers[l];
    const struct net_history *history = &p->layers[l];
    const size_t row = t * p->B, columns = 4 * layer->padded;
    chunk c = {.n = steps * p->B,
               .d = history->gates + row * columns,
               .x = l == 0 ? p->work->x + row : NULL,
               .factors = {{history->h + row * layer->padded, layer->padded, layer->w_hh}},
               .n_factors = 1,
               .biases = true,
               .add = t + steps < p->n->length};
    if (net_has_inner_input(p->n, l))
        c.factors[c.n_factors++] = (factor){hidden_states(p, l - 1) + row * layer->in_padded,
                                            layer->in_padded, layer->w_ih};
    chunk_gradient(p, layer, &c, to);
    if (l == p->n->n_encoder)
        WIDE(column_sums)
    (steps, p->B * columns, p->B * columns, c.d, NULL, c.add, history->base);
    else if (l > 0) input_backward(p, l, to->weights + layer->w_ih, t, steps);
}

static void batch_backward(const pass *p, size_t l, const net_descent *to)
{
    const net_layer *layer = &p->n->layers[l];
    const struct net_history *history = &p->layers[l];
    const size_t B = p->B, padded = layer->padded, steps = NET_CHUNK / B;
    const eng_real *w_hh = to->weights + layer->w_hh;
    memset(history->dc, 0, B * padded * sizeof *history->dc);
    for (size_t t = p->n->length, end = t; t-- > 0;) {
        eng_real *gates = history->gates + t * B * 4 * padded;
        BY_WIDTH(padded, cell_rows_adjoint, B, padded, gates, history->c + t * B * padded,
                 history->tanh_c + t * B * padded, history->dh + t * B * padded, history->dc);
        eng_real *dh = history->dh + (t > 0 ? t - 1 : 0) * B * padded;
        if (t > 0)
            BY_WIDTH(padded, batch_product, B, 4 * padded, padded, ((span){0, padded}), gates, w_hh,
                     dh);
        if (end - t < steps && t > 0)
            continue;
        batch_gradient(p, l, t, end - t, to);
        end = t;
    }
    memcpy(to->gradient + layer->b_hh, to->gradient + layer->b_ih,
           4 * padded * sizeof *to->gradient);
}

/* What comes after a layer's recurrence over one sequence has gone back. Adam's step of each weight
 * follows its gradient at once, which of a wide layer never leaves the registers. */
static void layer_finish(const pass *p, size_t l, const net_descent *to)
{
    layer_gradient(p, l, to);
    if (l == p->n->n_encoder)
        constant_backward(p, l, to);
    else if (l > 0)
        inner_backward(p, l, to);
}

static void layer_backward(const pass *p, size_t l, const net_descent *to)
{
    if (p->B == 1) {
        const recurrence r = recurrence_of(p, l, to->weights, NULL);
        recur_backward(p->n->layers[l].hidden, p->n->layers[l].padded, &r);
        layer_finish(p, l, to);
        return;
    }
    batch_backward(p, l, to);
    if (l == p->n->n_encoder)
        constant_backward(p, l, to);
}

static void backward(const net *n, net_work *work, size_t B, const net_descent *to,
                     const team_share *share)
{
    const pass p = pass_of(n, work, B, share);
    readout_backward(&p, to->weights);
    for (size_t l = n->n_layers; l-- > 0;)
        layer_backward(&p, l, to);
    readout_gradient(&p, to);
}

static void backward_pair(const net *n, net_model pair[NET_PAIR])
{
    pass p[NET_PAIR];
    recurrence r[NET_PAIR];
    for (size_t i = 0; i < NET_PAIR; i++)
        p[i] = pass_of(n, &pair[i].work, 1, &alone);
    for (size_t l = n->n_layers; l-- > 0;) {
        for (size_t i = 0; i < NET_PAIR; i++)
            r[i] = recurrence_of(&p[i], l, pair[i].to.weights, NULL);
        recur_backward_pair(n->layers[l].hidden, r);
        for (size_t i = 0; i < NET_PAIR; i++)
            layer_finish(&p[i], l, &pair[i].to);
    }
    for (size_t i = 0; i < NET_PAIR; i++)
        readout_gradient(&p[i], &pair[i].to);
}

static void descend(const net *n, const net_descent *to)
{
    settle(to, n->out_padded, 0, n->total);
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

#ifndef PASS_LANES
#define PASS_LANES WIDE1(lane_ops, PASS_ISA)
#endif

extern const lane_ops PASS_LANES;
extern const net_ops PASS_OPS;
const net_ops PASS_OPS = {
    .isa = PASS_STRING(PASS_ISA),
    .lanes = &PASS_LANES,
    .can_share = can_share,
    .copy_size = copy_size,
    .refresh = refresh,
    .forward = forward,
    .loss = loss,
    .backward = backward,
    .fits_pairs = fits_pairs,
    .forward_pair = forward_pair,
    .backward_pair = backward_pair,
    .descend = descend,
    .flush_denormals = flush_denormals,
};
