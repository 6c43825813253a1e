/* Recurrences of layers wider than one narrow vector. A template like vec.h, included once with the
 * widest vector of the instruction set; `padded` is a multiple of it.
 *
 * Forward copy of W_hh: (blocks, padded, 4, block): units in blocks as wide as the registers can
 * accumulate, so that one pass over k streams through memory in order.
 *
 * A product goes piece by piece (see piece). Two threads each own the units of one half and the
 * rows of weights that make them, which thus stay in their core's cache from one step to the next.
 * Forward a thread receives: first from its own half, while the other half's news arrives. Back it
 * sends: first to the other half, whose own work then covers the way. */

#define VEC_PASTE2(name, width) name##_##width
#define VEC_PASTE(name, width)  VEC_PASTE2(name, width)
#define V(name)                 VEC_PASTE(name, VW)

/* One piece of a product forward at time t, over the units `from`: UV vectors for each gate, in
 * CHAINS independent sums that hide the latency of an addition. `down` walks the weights backwards:
 * what the step before read last is read first, while it is still in the first-level cache. */
static inline ALWAYS_INLINE void V(wide_receive)(const int UV, const int CHAINS, size_t padded,
                                                 size_t t, const recurrence *r, piece part,
                                                 span from, bool down)
{
    const size_t step = 4 * (size_t)UV * VW, count = from.to - from.from;
    const ptrdiff_t way = down ? -1 : 1;
    const size_t first = down ? from.to - 1 : from.from;
    const eng_real *w = r->w_fwd + part.unit * padded * 4 + first * step;
    const eng_real *h = r->h + t * padded + first;
    eng_real *out = (part.on_top ? r->gates + t * 4 * padded : r->beside) + part.unit;
    V(v) sum[2][4][UV_MOST];
    for (size_t g = 0; g < 4; g++)
        for (size_t u = 0; u < (size_t)UV; u++) {
            size_t at = g * padded + part.unit + u * VW;
            sum[0][g][u] = part.on_top ? V(given)(r, t, at) : V(splat)(0);
            sum[1][g][u] = V(splat)(0);
        }
    for (size_t n = 0; n < count; n += (size_t)CHAINS)
        for (int chain = 0; chain < CHAINS; chain++, w += way * (ptrdiff_t)step, h += way) {
            V(v) hk = V(splat)(*h);
            for (int g = 0; g < 4; g++)
                for (int u = 0; u < UV; u++)
                    sum[chain][g][u] = V(fma)(V(load)(w + (g * UV + u) * VW), hk, sum[chain][g][u]);
        }
    for (size_t g = 0; g < 4; g++)
        for (size_t u = 0; u < (size_t)UV; u++) {
            V(v) total = CHAINS > 1 ? sum[0][g][u] + sum[1][g][u] : sum[0][g][u];
            V(store)(out + g * padded + u * VW, total);
        }
}

/* The cells of one time step, for this thread's units. */
static inline ALWAYS_INLINE void V(wide_cells)(const size_t HALVES, size_t padded, size_t t,
                                               const recurrence *r)
{
    eng_real *at = r->gates + t * 4 * padded;
    for (size_t j = r->own.from; j < r->own.to; j += VW) {
        V(v) gate[4], tanh_c, c = V(load)(r->c + t * padded + j);
        for (size_t g = 0; g < 4; g++) {
            gate[g] = t > 0 ? V(load)(at + g * padded + j) : V(given)(r, t, g * padded + j);
            if (t > 0 && HALVES > 1)
                gate[g] += V(load)(r->beside + g * padded + j);
        }
        V(v) h = V(cell)(gate, &c, &tanh_c);
        for (size_t g = 0; g < 4; g++)
            V(store)(at + g * padded + j, gate[g]);
        V(store)(r->c + (t + 1) * padded + j, c);
        V(store)(r->tanh_c + t * padded + j, tanh_c);
        V(store)(r->h + (t + 1) * padded + j, h);
    }
}

static inline ALWAYS_INLINE void V(wide_forward)(const int UV, const size_t HALVES, size_t H,
                                                 size_t padded, const recurrence *r)
{
    const size_t even = H + H % 2; /* two sums take two units at a time; padding counts nothing */
    const size_t block = (size_t)UV * VW, middle = HALVES == 1 ? even : half_of(padded, block);
    const size_t pieces = (r->own.to - r->own.from) / block * HALVES;
    for (size_t t = 0; t < r->length; t++) {
        const bool down = t % 2 != 0;
        for (size_t i = 0; t > 0 && i < pieces; i++) {
            if (2 * i == pieces)
                team_await(r->share);
            const piece part = piece_in(r, block, HALVES, middle, i, pieces, down);
            const span from = {part.upper ? middle : 0, part.upper ? even : middle};
            V(wide_receive)(UV, UV == 1 ? 2 : 1, padded, t, r, part, from, down);
        }
        V(wide_cells)(HALVES, padded, t, r);
        team_arrive(r->share);
    }
    team_await(r->share);
}

/* What the other half sends back to the units at time t. Two threads write it in turn into one of
 * two places, since a thread may be there before the other has read the last. */
static inline eng_real *V(sent_beside)(const recurrence *r, size_t padded, size_t t)
{
    return r->beside + t % 2 * padded;
}

/* One piece of W_hh^T d at time t, of the units `from`: UV vectors; CHAINS independent sums hide
 * the latency of an addition. */
static inline ALWAYS_INLINE void V(wide_send)(const int UV, const int CHAINS, size_t padded,
                                              size_t t, const recurrence *r, piece part, span from,
                                              bool down)
{
    const size_t count = from.to - from.from;
    const eng_real *w = r->w_hh + from.from * padded + part.unit;
    const eng_real *d = r->gates + t * 4 * padded + from.from;
    eng_real *beside = V(sent_beside)(r, padded, t);
    eng_real *out = (part.on_top ? r->dh : beside) + part.unit;
    V(v) sum[4][UV_MOST];
    for (int chain = 0; chain < CHAINS; chain++)
        for (int u = 0; u < UV; u++)
            sum[chain][u] = chain == 0 && part.on_top
                                ? V(given_back)(r, t - 1, part.unit + (size_t)u * VW)
                                : V(splat)(0);
    for (size_t n = 0; n < count; n++)
        for (size_t g = 0; g < 4; g++) {
            size_t row = g * padded + (down ? count - 1 - n : n), chain = g % (size_t)CHAINS;
            V(v) dj = V(splat)(d[row]);
            for (int u = 0; u < UV; u++)
                sum[chain][u] =
                    V(fma)(V(load)(w + row * padded + (size_t)u * VW), dj, sum[chain][u]);
        }
    for (int u = 0; u < UV; u++) {
        V(v) total = sum[0][u];
        for (int chain = 1; chain < CHAINS; chain++)
            total += sum[chain][u];
        V(store)(out + u * VW, total);
    }
}

/* Adjoints of the cells of one time step, for this thread's units. */
static inline ALWAYS_INLINE void V(wide_adjoints)(const size_t HALVES, size_t padded, size_t t,
                                                  const recurrence *r)
{
    eng_real *at = r->gates + t * 4 * padded;
    const eng_real *beside = V(sent_beside)(r, padded, t + 1);
    for (size_t j = r->own.from; j < r->own.to; j += VW) {
        V(v) gate[4], dc = V(load)(r->dc + j);
        for (size_t g = 0; g < 4; g++)
            gate[g] = V(load)(at + g * padded + j);
        size_t unit = t * padded + j;
        V(v) before = V(load)(r->c + unit), tanh_c = V(load)(r->tanh_c + unit);
        V(v) dh = V(load)(r->dh + j);
        if (t + 1 < r->length && HALVES > 1)
            dh += V(load)(beside + j);
        V(cell_adjoint)(gate, before, tanh_c, dh, &dc);
        for (size_t g = 0; g < 4; g++)
            V(store)(at + g * padded + j, gate[g]);
        V(store)(r->dc + j, dc);
    }
}

static inline ALWAYS_INLINE void V(wide_backward)(const int UV, const size_t HALVES,
                                                  const int CHAINS, size_t H, size_t padded,
                                                  const recurrence *r)
{
    const size_t block = (size_t)UV * VW, middle = HALVES == 1 ? H : half_of(padded, block);
    const size_t others = (padded - (r->own.to - r->own.from)) / block;
    const size_t pieces = padded / block * (others > 0 ? 1 : HALVES);
    for (size_t j = r->own.from; j < r->own.to; j += VW) {
        V(store)(r->dh + j, V(load)(r->last + j) + V(given_back)(r, r->length - 1, j));
        V(store)(r->dc + j, V(splat)(0));
    }
    for (size_t t = r->length; t-- > 0;) {
        const bool down = t % 2 != 0;
        V(wide_adjoints)(HALVES, padded, t, r);
        for (size_t i = 0; t > 0 && i < pieces; i++) {
            const piece part = piece_out(r, block, HALVES, middle, i, pieces, down);
            const span from = {part.upper ? middle : 0, part.upper ? H : middle};
            V(wide_send)(UV, CHAINS, padded, t, r, part, from, down);
            if (i + 1 == others)
                team_arrive(r->share);
        }
        if (t > 0)
            team_await(r->share);
    }
}

#undef V
#undef VEC_PASTE
#undef VEC_PASTE2
