/* One time step of several sequences side by side, for layers wider than one narrow vector. A
 * template like vec.h, included once with the widest vector of the instruction set.
 *
 * Tiles of rows by columns of the result stay in registers, and a row's sums do not depend on the
 * rows beside it. Forward, a tile holds all four gates of one vector of units, so that the cells
 * follow at once; W_hh comes as its forward copy in blocks of one vector (see wide.h), each of
 * which stays in the first-level cache while all rows go over it. */

#define VEC_PASTE2(name, width) name##_##width
#define VEC_PASTE(name, width)  VEC_PASTE2(name, width)
#define V(name)                 VEC_PASTE(name, VW)

/* R rows of one vector of units over H units k, and their cells. `w` is that vector's block of the
 * forward copy; rows `at` begin with that vector. */
static inline ALWAYS_INLINE void V(batch_cells)(const int R, size_t H, size_t padded,
                                                const eng_real *w, const eng_real *h_before,
                                                const batch_rows *at)
{
    V(v) gate[BATCH_ROWS][4];
    for (int r = 0; r < R; r++)
        for (size_t g = 0; g < 4; g++)
            gate[r][g] = V(load)(at->gates + ((size_t)r * 4 + g) * padded);
    for (size_t k = 0; k < H; k++) {
        V(v) column[4];
        for (size_t g = 0; g < 4; g++)
            column[g] = V(load)(w + (k * 4 + g) * VW);
        for (int r = 0; r < R; r++) {
            V(v) hk = V(splat)(h_before[(size_t)r * padded + k]);
            for (int g = 0; g < 4; g++)
                gate[r][g] = V(fma)(column[g], hk, gate[r][g]);
        }
    }
    for (int r = 0; r < R; r++) {
        size_t row = (size_t)r * padded;
        V(v) tanh_c, c = V(load)(at->c_before + row);
        V(v) h = V(cell)(gate[r], &c, &tanh_c);
        V(store)(at->c + row, c);
        V(store)(at->h + row, h);
        if (!at->keep)
            continue;
        V(store)(at->tanh_c + row, tanh_c);
        for (size_t g = 0; g < 4; g++)
            V(store)(at->gates + row * 4 + g * padded, gate[r][g]);
    }
}

/* One time step of B rows: pre-activations but for the recurrent part in, which is all there is
 * with H = 0; see batch_rows for what comes out. */
static inline void V(batch_step)(size_t B, size_t H, size_t padded, const eng_real *w_fwd,
                                 const eng_real *h_before, const batch_rows *rows)
{
    for (size_t j = 0; j < padded; j += VW) {
        const eng_real *w = w_fwd + j * 4 * padded;
        size_t row = 0;
        for (; row + BATCH_ROWS <= B; row += BATCH_ROWS) {
            const batch_rows at = batch_rows_at(rows, padded, row, j);
            V(batch_cells)(BATCH_ROWS, H, padded, w, h_before + row * padded, &at);
        }
        for (; row < B; row++) {
            const batch_rows at = batch_rows_at(rows, padded, row, j);
            V(batch_cells)(1, H, padded, w, h_before + row * padded, &at);
        }
    }
}

/* R rows by UV vectors of dh += d W_hh, for d (., 4 padded). */
static inline ALWAYS_INLINE void V(batch_tile)(const int R, const int UV, size_t padded,
                                               const eng_real *d, const eng_real *w_hh,
                                               eng_real *dh)
{
    V(v) sum[2 * BATCH_ROWS][2];
    for (int r = 0; r < R; r++)
        for (int u = 0; u < UV; u++)
            sum[r][u] = V(load)(dh + (size_t)r * padded + (size_t)u * VW);
    for (size_t j = 0; j < 4 * padded; j++) {
        V(v) w[2];
        for (int u = 0; u < UV; u++)
            w[u] = V(load)(w_hh + j * padded + (size_t)u * VW);
        for (int r = 0; r < R; r++) {
            V(v) dj = V(splat)(d[(size_t)r * 4 * padded + j]);
            for (int u = 0; u < UV; u++)
                sum[r][u] = V(fma)(w[u], dj, sum[r][u]);
        }
    }
    for (int r = 0; r < R; r++)
        for (int u = 0; u < UV; u++)
            V(store)(dh + (size_t)r * padded + (size_t)u * VW, sum[r][u]);
}

static inline ALWAYS_INLINE void V(batch_tiles)(const int UV, size_t B, size_t padded,
                                                const eng_real *d, const eng_real *w_hh,
                                                eng_real *dh)
{
    size_t row = 0;
    for (; row + 2 * BATCH_ROWS <= B; row += 2 * BATCH_ROWS)
        V(batch_tile)(2 * BATCH_ROWS, UV, padded, d + row * 4 * padded, w_hh, dh + row * padded);
    for (; row + 2 <= B; row += 2)
        V(batch_tile)(2, UV, padded, d + row * 4 * padded, w_hh, dh + row * padded);
    for (; row < B; row++)
        V(batch_tile)(1, UV, padded, d + row * 4 * padded, w_hh, dh + row * padded);
}

/* dh (B, padded) += d W_hh. */
static inline void V(batch_product)(size_t B, size_t padded, const eng_real *d,
                                    const eng_real *w_hh, eng_real *dh)
{
    size_t c = 0;
    for (; c + 2 * VW <= padded; c += 2 * VW)
        V(batch_tiles)(2, B, padded, d, w_hh + c, dh + c);
    for (; c < padded; c += VW)
        V(batch_tiles)(1, B, padded, d, w_hh + c, dh + c);
}

#undef V
#undef VEC_PASTE
#undef VEC_PASTE2
