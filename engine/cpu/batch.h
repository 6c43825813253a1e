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

/* Add to the gates of R rows of one vector of units what n units k send: x (., ldx), and `w`, that
 * vector's block of a forward copy. */
static inline ALWAYS_INLINE void V(batch_sums)(const int R, size_t n, const eng_real *w,
                                               const eng_real *x, size_t ldx,
                                               V(v) gate[BATCH_ROWS][4])
{
    for (size_t k = 0; k < n; k++) {
        V(v) column[4];
        for (size_t g = 0; g < 4; g++)
            column[g] = V(load)(w + (k * 4 + g) * VW);
        for (int r = 0; r < R; r++) {
            V(v) xk = V(splat)(x[(size_t)r * ldx + k]);
            for (int g = 0; g < 4; g++)
                gate[r][g] = V(fma)(column[g], xk, gate[r][g]);
        }
    }
}

/* R rows of one vector of units over H units k, and their cells. Rows `at` begin with that vector.
 */
static inline ALWAYS_INLINE void V(batch_cells)(const int R, size_t H, size_t padded,
                                                const eng_real *w, const eng_real *h_before,
                                                const batch_rows *at)
{
    V(v) gate[BATCH_ROWS][4];
    for (int r = 0; r < R; r++)
        for (size_t g = 0; g < 4; g++)
            gate[r][g] = V(load)(at->gates + ((size_t)r * 4 + g) * padded);
    V(batch_sums)(R, H, w, h_before, padded, gate);
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

/* R rows of the gates (., 4 padded) of one vector of units: `base` and what n units below send. */
static inline ALWAYS_INLINE void V(batch_input)(const int R, size_t n, size_t padded,
                                                const eng_real *w, const eng_real *x, size_t ldx,
                                                const eng_real *base, eng_real *gates)
{
    V(v) gate[BATCH_ROWS][4];
    for (int r = 0; r < R; r++)
        for (size_t g = 0; g < 4; g++)
            gate[r][g] = V(load)(base + g * padded);
    V(batch_sums)(R, n, w, x, ldx, gate);
    for (int r = 0; r < R; r++)
        for (size_t g = 0; g < 4; g++)
            V(store)(gates + ((size_t)r * 4 + g) * padded, gate[r][g]);
}

/* Pre-activations of some units, but for the recurrent part, in many rows: base + x W_ih^T for x
 * (rows, ldx), of which n columns count, and the forward copy of W_ih in blocks of one vector. */
static inline void V(batch_inputs)(size_t rows, size_t n, size_t padded, span units,
                                   const eng_real *w_in, const eng_real *x, size_t ldx,
                                   const eng_real *base, eng_real *gates)
{
    for (size_t j = units.from; j < units.to; j += VW) {
        const eng_real *w = w_in + j * 4 * ldx;
        size_t row = 0;
        for (; row + BATCH_ROWS <= rows; row += BATCH_ROWS)
            V(batch_input)
        (BATCH_ROWS, n, padded, w, x + row * ldx, ldx, base + j, gates + row * 4 * padded + j);
        for (; row < rows; row++)
            V(batch_input)
        (1, n, padded, w, x + row * ldx, ldx, base + j, gates + row * 4 * padded + j);
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

/* R rows by UV vectors of dh += d W, for d (., n), W (n, ld), dh (., ld). */
static inline ALWAYS_INLINE void V(batch_tile)(const int R, const int UV, size_t n, size_t ld,
                                               const eng_real *d, const eng_real *w, eng_real *dh)
{
    V(v) sum[2 * BATCH_ROWS][2];
    for (int r = 0; r < R; r++)
        for (int u = 0; u < UV; u++)
            sum[r][u] = V(load)(dh + (size_t)r * ld + (size_t)u * VW);
    for (size_t j = 0; j < n; j++) {
        V(v) wj[2];
        for (int u = 0; u < UV; u++)
            wj[u] = V(load)(w + j * ld + (size_t)u * VW);
        for (int r = 0; r < R; r++) {
            V(v) dj = V(splat)(d[(size_t)r * n + j]);
            for (int u = 0; u < UV; u++)
                sum[r][u] = V(fma)(wj[u], dj, sum[r][u]);
        }
    }
    for (int r = 0; r < R; r++)
        for (int u = 0; u < UV; u++)
            V(store)(dh + (size_t)r * ld + (size_t)u * VW, sum[r][u]);
}

static inline ALWAYS_INLINE void V(batch_tiles)(const int UV, size_t rows, size_t n, size_t ld,
                                                const eng_real *d, const eng_real *w, eng_real *dh)
{
    size_t row = 0;
    for (; row + 2 * BATCH_ROWS <= rows; row += 2 * BATCH_ROWS)
        V(batch_tile)(2 * BATCH_ROWS, UV, n, ld, d + row * n, w, dh + row * ld);
    for (; row + 2 <= rows; row += 2)
        V(batch_tile)(2, UV, n, ld, d + row * n, w, dh + row * ld);
    for (; row < rows; row++)
        V(batch_tile)(1, UV, n, ld, d + row * n, w, dh + row * ld);
}

/* Some columns of dh (rows, ld) += d W, for d (rows, n), W (n, ld). */
static inline void V(batch_product)(size_t rows, size_t n, size_t ld, span columns,
                                    const eng_real *d, const eng_real *w, eng_real *dh)
{
    size_t c = columns.from;
    for (; c + 2 * VW <= columns.to; c += 2 * VW)
        V(batch_tiles)(2, rows, n, ld, d, w + c, dh + c);
    for (; c < columns.to; c += VW)
        V(batch_tiles)(1, rows, n, ld, d, w + c, dh + c);
}

#undef V
#undef VEC_PASTE
#undef VEC_PASTE2
