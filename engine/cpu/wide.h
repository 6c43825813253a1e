/* Recurrences of layers wider than one narrow vector. A template like vec.h, included once with the
 * widest vector of the instruction set; `padded` is a multiple of it.
 *
 * Forward copy of W_hh: (blocks, padded, 4, block): units in blocks as wide as the registers can
 * accumulate, so that one pass over k streams through memory in order.
 *
 * A product goes piece by piece (see piece_of). Two threads each take the blocks of half the units,
 * and begin with what their own half sends to itself: the other half's news arrives meanwhile. */

#define VEC_PASTE2(name, width) name##_##width
#define VEC_PASTE(name, width)  VEC_PASTE2(name, width)
#define V(name)                 VEC_PASTE(name, VW)

/* One piece of a product forward, over `count` units k: UV vectors for each gate, in CHAINS
 * independent sums that hide the latency of an addition. `down` walks the weights backwards: what
 * the step before read last is read first, while it is still in the first-level cache. */
static inline ALWAYS_INLINE void V(wide_piece)(const int UV, const int CHAINS, size_t count,
                                               bool on_top, bool down, const eng_real *w,
                                               const eng_real *h, eng_real *out, size_t padded)
{
    V(v) sum[2][4][UV_MOST];
    for (int g = 0; g < 4; g++)
        for (int u = 0; u < UV; u++) {
            const eng_real *at = out + (size_t)g * padded + (size_t)u * VW;
            sum[0][g][u] = on_top ? V(load)(at) : V(splat)(0);
            sum[1][g][u] = V(splat)(0);
        }
    const size_t step = 4 * (size_t)UV * VW;
    for (size_t n = 0; n < count; n += (size_t)CHAINS)
        for (size_t chain = 0; chain < (size_t)CHAINS; chain++) {
            size_t k = down ? count - 1 - n - chain : n + chain;
            V(v) hk = V(splat)(h[k]);
            for (int g = 0; g < 4; g++)
                for (int u = 0; u < UV; u++)
                    sum[chain][g][u] = V(fma)(V(load)(w + k * step + (size_t)(g * UV + u) * VW), hk,
                                              sum[chain][g][u]);
        }
    for (int g = 0; g < 4; g++)
        for (int u = 0; u < UV; u++)
            V(store)(out + (size_t)g * padded + (size_t)u * VW, sum[0][g][u] + sum[1][g][u]);
}

/* The cells of one time step, for this thread's units. */
static inline ALWAYS_INLINE void V(wide_cells)(const size_t HALVES, size_t padded, size_t t,
                                               const recurrence *r)
{
    eng_real *at = r->gates + t * 4 * padded;
    const bool beside = t > 0 && HALVES > 1;
    for (size_t j = r->own.from; j < r->own.to; j += VW) {
        V(v) gate[4], tanh_c, c = V(load)(r->c + t * padded + j);
        for (size_t g = 0; g < 4; g++) {
            gate[g] = V(load)(at + g * padded + j);
            if (beside)
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
    const size_t pieces = piece_count(r, block, HALVES);
    for (size_t t = 0; t < r->length; t++) {
        bool down = t % 2 != 0;
        for (size_t i = 0; t > 0 && i < pieces; i++) {
            const piece part = piece_of(r, block, HALVES, middle, i, down);
            const size_t from = part.upper ? middle : 0;
            if (2 * i == pieces)
                team_await(r->share);
            eng_real *out = (part.on_top ? r->gates + t * 4 * padded : r->beside) + part.unit;
            V(wide_piece)
            (UV, UV == 1 ? 2 : 1, part.upper ? even - middle : middle, part.on_top, down,
             r->w_fwd + (part.unit * padded + from * block) * 4, r->h + t * padded + from, out,
             padded);
        }
        V(wide_cells)(HALVES, padded, t, r);
        team_arrive(r->share);
    }
    team_await(r->share);
}

/* One piece of W_hh^T d, over `count` units: UV vectors; CHAINS independent sums hide the latency
 * of an addition. */
static inline ALWAYS_INLINE void V(wide_piece_transposed)(const int UV, const int CHAINS,
                                                          size_t count, bool on_top, bool down,
                                                          const eng_real *w, const eng_real *d,
                                                          eng_real *out, size_t padded)
{
    V(v) sum[4][UV_MOST];
    for (int chain = 0; chain < CHAINS; chain++)
        for (int u = 0; u < UV; u++)
            sum[chain][u] = chain == 0 && on_top ? V(load)(out + u * VW) : V(splat)(0);
    for (size_t n = 0; n < count; n++) {
        size_t j = down ? count - 1 - n : n;
        for (size_t g = 0; g < 4; g++) {
            size_t row = g * padded + j, chain = g % (size_t)CHAINS;
            V(v) dj = V(splat)(d[row]);
            for (int u = 0; u < UV; u++)
                sum[chain][u] =
                    V(fma)(V(load)(w + row * padded + (size_t)u * VW), dj, sum[chain][u]);
        }
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
    const bool beside = t + 1 < r->length && HALVES > 1;
    for (size_t j = r->own.from; j < r->own.to; j += VW) {
        V(v) gate[4], dc = V(load)(r->dc + j);
        for (size_t g = 0; g < 4; g++)
            gate[g] = V(load)(at + g * padded + j);
        size_t unit = t * padded + j;
        V(v) before = V(load)(r->c + unit), tanh_c = V(load)(r->tanh_c + unit);
        V(v) dh = V(load)(r->dh + unit);
        if (beside)
            dh += V(load)(r->beside + j);
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
    const size_t pieces = piece_count(r, block, HALVES);
    memset(r->dc + r->own.from, 0, (r->own.to - r->own.from) * sizeof *r->dc);
    for (size_t t = r->length; t-- > 0;) {
        bool down = t % 2 != 0;
        V(wide_adjoints)(HALVES, padded, t, r);
        team_arrive(r->share);
        for (size_t i = 0; t > 0 && i < pieces; i++) {
            const piece part = piece_of(r, block, HALVES, middle, i, down);
            const size_t from = part.upper ? middle : 0;
            if (2 * i == pieces)
                team_await(r->share);
            eng_real *out = (part.on_top ? r->dh + (t - 1) * padded : r->beside) + part.unit;
            V(wide_piece_transposed)
            (UV, CHAINS, part.upper ? H - middle : middle, part.on_top, down,
             r->w_hh + from * padded + part.unit, r->gates + t * 4 * padded + from, out, padded);
        }
    }
    team_await(r->share);
}

#undef V
#undef VEC_PASTE
#undef VEC_PASTE2
