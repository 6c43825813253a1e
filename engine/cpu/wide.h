/* Recurrences of layers wider than one narrow vector. A template like vec.h, included once with the
 * widest vector of the instruction set; `padded` is a multiple of it.
 *
 * Forward copy of W_hh: (blocks, padded, 4, block): units in blocks as wide as the registers can
 * accumulate, so that one pass over k streams through memory in order. */

#define VEC_PASTE2(name, width) name##_##width
#define VEC_PASTE(name, width)  VEC_PASTE2(name, width)
#define V(name)                 VEC_PASTE(name, VW)

/* Sums of one block of units: UV vectors for each gate, in CHAINS independent sums over k that hide
 * the latency of an addition. `down` walks the weights backwards: what the step before read last is
 * read first, while it is still in the first-level cache. */
static inline ALWAYS_INLINE void V(wide_block)(const int UV, const int CHAINS, size_t H, bool down,
                                               const eng_real *w, const eng_real *h,
                                               eng_real *gates, size_t padded)
{
    V(v) sum[2][4][UV_MOST];
    for (int g = 0; g < 4; g++)
        for (int u = 0; u < UV; u++) {
            sum[0][g][u] = V(load)(gates + (size_t)g * padded + (size_t)u * VW);
            sum[1][g][u] = V(splat)(0);
        }
    const size_t step = 4 * (size_t)UV * VW;
    for (size_t n = 0; n < H; n += (size_t)CHAINS)
        for (size_t chain = 0; chain < (size_t)CHAINS; chain++) {
            size_t k = down ? H - 1 - n - chain : n + chain;
            V(v) hk = V(splat)(h[k]);
            for (int g = 0; g < 4; g++)
                for (int u = 0; u < UV; u++)
                    sum[chain][g][u] = V(fma)(V(load)(w + k * step + (size_t)(g * UV + u) * VW), hk,
                                              sum[chain][g][u]);
        }
    for (int g = 0; g < 4; g++)
        for (int u = 0; u < UV; u++)
            V(store)(gates + (size_t)g * padded + (size_t)u * VW, sum[0][g][u] + sum[1][g][u]);
}

static inline ALWAYS_INLINE void V(wide_forward)(const int UV, size_t H, size_t padded,
                                                 const recurrence *r)
{
    const size_t block = (size_t)UV * VW, blocks = padded / block;
    const size_t even = H + H % 2; /* two sums take two units at a time; padding counts nothing */
    for (size_t t = 0; t < r->length; t++) {
        eng_real *at = r->gates + t * 4 * padded;
        bool down = t % 2 != 0;
        for (size_t n = 0; t > 0 && n < blocks; n++) {
            size_t b = down ? blocks - 1 - n : n;
            const eng_real *w = r->w_fwd + b * padded * 4 * block, *h = r->h + t * padded;
            V(wide_block)(UV, UV == 1 ? 2 : 1, even, down, w, h, at + b * block, padded);
        }
        for (size_t j = 0; j < padded; j += VW) {
            V(v) gate[4], tanh_c, c = V(load)(r->c + t * padded + j);
            for (size_t g = 0; g < 4; g++)
                gate[g] = V(load)(at + g * padded + j);
            V(v) h = V(cell)(gate, &c, &tanh_c);
            for (size_t g = 0; g < 4; g++)
                V(store)(at + g * padded + j, gate[g]);
            V(store)(r->c + (t + 1) * padded + j, c);
            V(store)(r->tanh_c + t * padded + j, tanh_c);
            V(store)(r->h + (t + 1) * padded + j, h);
        }
    }
}

/* dh += W_hh^T d for UV vectors of dh; CHAINS independent sums hide the latency of an addition. */
static inline ALWAYS_INLINE void V(wide_block_transposed)(const int UV, const int CHAINS, size_t H,
                                                          bool down, const eng_real *w_hh,
                                                          const eng_real *d, eng_real *dh,
                                                          size_t padded)
{
    V(v) sum[4][UV_MOST];
    for (int chain = 0; chain < CHAINS; chain++)
        for (int u = 0; u < UV; u++)
            sum[chain][u] = chain == 0 ? V(load)(dh + u * VW) : V(splat)(0);
    for (size_t n = 0; n < H; n++) {
        size_t j = down ? H - 1 - n : n;
        for (size_t g = 0; g < 4; g++) {
            size_t row = g * padded + j;
            V(v) dj = V(splat)(d[row]);
            for (int u = 0; u < UV; u++) {
                size_t chain = g % (size_t)CHAINS;
                V(v) w = V(load)(w_hh + row * padded + (size_t)u * VW);
                sum[chain][u] = V(fma)(w, dj, sum[chain][u]);
            }
        }
    }
    for (int u = 0; u < UV; u++) {
        V(v) total = sum[0][u];
        for (int chain = 1; chain < CHAINS; chain++)
            total += sum[chain][u];
        V(store)(dh + u * VW, total);
    }
}

static inline ALWAYS_INLINE void V(wide_backward)(const int UV, const int CHAINS, size_t H,
                                                  size_t padded, const recurrence *r)
{
    const size_t block = (size_t)UV * VW, blocks = padded / block;
    memset(r->dc, 0, padded * sizeof *r->dc);
    for (size_t t = r->length; t-- > 0;) {
        eng_real *at = r->gates + t * 4 * padded;
        for (size_t j = 0; j < padded; j += VW) {
            V(v) gate[4], dc = V(load)(r->dc + j);
            for (size_t g = 0; g < 4; g++)
                gate[g] = V(load)(at + g * padded + j);
            size_t unit = t * padded + j;
            V(v) before = V(load)(r->c + unit), tanh_c = V(load)(r->tanh_c + unit);
            V(cell_adjoint)(gate, before, tanh_c, V(load)(r->dh + unit), &dc);
            for (size_t g = 0; g < 4; g++)
                V(store)(at + g * padded + j, gate[g]);
            V(store)(r->dc + j, dc);
        }
        bool down = t % 2 != 0;
        for (size_t b = 0; t > 0 && b < blocks; b++) {
            eng_real *dh = r->dh + (t - 1) * padded + b * block;
            V(wide_block_transposed)(UV, CHAINS, H, down, r->w_hh + b * block, at, dh, padded);
        }
    }
}

#undef V
#undef VEC_PASTE
#undef VEC_PASTE2
