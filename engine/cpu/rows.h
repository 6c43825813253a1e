/* Products and sums over rows of padded units. A template like vec.h; `padded` is a multiple of VW.
 */

#define VEC_PASTE2(name, width) name##_##width
#define VEC_PASTE(name, width)  VEC_PASTE2(name, width)
#define V(name)                 VEC_PASTE(name, VW)

/* Adjoints of the LSTM cells of n rows: gates (n, 4 padded), the others (n, padded). */
static inline void V(cell_rows_adjoint)(size_t n, size_t padded, eng_real *gates,
                                        const eng_real *c_before, const eng_real *tanh_c,
                                        const eng_real *dh, eng_real *dc)
{
    for (size_t row = 0; row < n; row++)
        for (size_t j = 0; j < padded; j += VW) {
            eng_real *at = gates + row * 4 * padded + j;
            size_t unit = row * padded + j;
            V(v) gate[4], dct = V(load)(dc + unit);
            for (size_t g = 0; g < 4; g++)
                gate[g] = V(load)(at + g * padded);
            V(v) before = V(load)(c_before + unit), tanh_ct = V(load)(tanh_c + unit);
            V(cell_adjoint)(gate, before, tanh_ct, V(load)(dh + unit), &dct);
            for (size_t g = 0; g < 4; g++)
                V(store)(at + g * padded, gate[g]);
            V(store)(dc + unit, dct);
        }
}

/* out[r] = sum over columns of a[r][.] x[.], for n rows. */
static inline void V(row_dots)(size_t n, size_t padded, const eng_real *a, const eng_real *x,
                               eng_real *out)
{
    for (size_t row = 0; row < n; row++) {
        V(v) sum = {0};
        for (size_t j = 0; j < padded; j += VW)
            sum = V(fma)(V(load)(a + row * padded + j), V(load)(x + j), sum);
        out[row] = V(sum)(sum);
    }
}

/* One vector of column_sums, four rows at a time: four sums hide the latency of an addition. */
static inline ALWAYS_INLINE V(v)
    V(column_sum)(size_t n, size_t lda, const eng_real *a, const eng_real *weight)
{
    V(v) sum[4] = {{0}};
    size_t row = 0;
    for (; row + 4 <= n; row += 4)
        for (size_t i = 0; i < 4; i++) {
            V(v) x = V(load)(a + (row + i) * lda);
            sum[i] = weight ? V(fma)(x, V(splat)(weight[row + i]), sum[i]) : sum[i] + x;
        }
    for (; row < n; row++) {
        V(v) x = V(load)(a + row * lda);
        sum[0] = weight ? V(fma)(x, V(splat)(weight[row]), sum[0]) : sum[0] + x;
    }
    return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

/* out[c] (+)= sum over n rows of a[.][c] weight[.] for some columns; no weight counts as 1. */
static inline void V(column_sums)(size_t n, size_t lda, size_t columns, const eng_real *a,
                                  const eng_real *weight, bool add, eng_real *out)
{
    for (size_t c = 0; c < columns; c += VW) {
        V(v) total;
        if (weight)
            total = V(column_sum)(n, lda, a + c, weight);
        else
            total = V(column_sum)(n, lda, a + c, NULL);
        if (add)
            total += V(load)(out + c);
        V(store)(out + c, total);
    }
}

/* Some columns of a (n, lda) into rows `ldo` long. */
static inline void V(copy_columns)(size_t n, size_t columns, const eng_real *a, size_t lda,
                                   eng_real *out, size_t ldo)
{
    for (size_t row = 0; row < n; row++)
        for (size_t c = 0; c < columns; c += VW)
            V(store)(out + row * ldo + c, V(load)(a + row * lda + c));
}

/* out[row][c] = weight[row] x[c] for some columns of rows `ldo` long. */
static inline void V(outer_rows)(size_t n, size_t columns, const eng_real *weight,
                                 const eng_real *x, eng_real *out, size_t ldo)
{
    for (size_t row = 0; row < n; row++)
        for (size_t c = 0; c < columns; c += VW)
            V(store)(out + row * ldo + c, V(splat)(weight[row]) * V(load)(x + c));
}

/* out[c] = sum over the rows of some units of all gates of x[.] w[.][c], one sum per gate. */
static inline void V(gate_product)(span units, size_t padded, size_t columns, const eng_real *x,
                                   const eng_real *w, eng_real *out)
{
    for (size_t c = 0; c < columns; c += VW) {
        V(v) sum[4] = {{0}};
        for (size_t j = units.from; j < units.to; j++)
            for (size_t g = 0; g < 4; g++) {
                size_t row = g * padded + j;
                sum[g] = V(fma)(V(load)(w + row * columns + c), V(splat)(x[row]), sum[g]);
            }
        V(store)(out + c, (sum[0] + sum[1]) + (sum[2] + sum[3]));
    }
}

/* Adam on one vector (Kingma & Ba 2015, algorithm 1, rounded as PyTorch does). `scale` is
 * 1 / sqrt(1 - beta2^t). */
static inline ALWAYS_INLINE void V(adam_vector)(const net_adam *s, V(v) scale, V(v) g,
                                                eng_real *weights, eng_real *m, eng_real *v)
{
    V(v) mi = V(fma)(V(splat)(s->one_minus_beta1), g, V(load)(m) * s->beta1);
    V(v) vi = V(fma)(g * s->one_minus_beta2, g, V(load)(v) * s->beta2);
    V(store)(m, mi);
    V(store)(v, vi);
    V(v) step = V(quotient)(mi * s->step_size, V(fma)(V(root)(vi), scale, V(splat)(s->eps)));
    V(store)(weights, V(load)(weights) - step);
}

/* Adam on n numbers, a multiple of VW. */
static inline void V(adam)(size_t n, const net_adam *s, const eng_real *gradient, eng_real *weights,
                           eng_real *m, eng_real *v)
{
    const net_adam numbers = *s;
    const V(v) scale = V(splat)(1 / s->correction_sqrt);
    for (size_t i = 0; i < n; i += VW)
        V(adam_vector)(&numbers, scale, V(load)(gradient + i), weights + i, m + i, v + i);
}

/* Rows of the forward copy of weights w (4 padded, columns): (blocks, columns, 4, block), see
 * wide.h.
 */
static inline void V(reorder)(size_t padded, size_t columns, size_t block, span rows,
                              const eng_real *w, eng_real *out)
{
    for (size_t row = rows.from; row < rows.to; row += VW) {
        size_t gate = row / padded, unit = row % padded;
        eng_real *at = out + (unit / block * columns * 4 + gate) * block + unit % block;
        for (size_t k = 0; k < columns; k += VW) {
            V(v) tile[VW];
            for (size_t i = 0; i < VW; i++)
                tile[i] = V(load)(w + (row + i) * columns + k);
            V(transpose)(tile);
            for (size_t i = 0; i < VW; i++)
                V(store)(at + (k + i) * 4 * block, tile[i]);
        }
    }
}

/* Adam's step of a tile of R rows, ld apart, by UV vectors at offset `at` of a block of weights. */
static inline ALWAYS_INLINE void V(adam_tile)(const int R, const int UV,
                                              V(v) gradient[2 * OUTER_ROWS], size_t ld,
                                              const net_descent *to, size_t at)
{
    const net_adam numbers = *to->adam;
    const V(v) scale = V(splat)(1 / numbers.correction_sqrt);
    eng_real *weights = to->weights + at, *m = to->m + at, *v = to->v + at;
#pragma GCC unroll 16 /* else gcc sends the gradient through memory */
    for (int r = 0; r < R; r++, weights += ld, m += ld, v += ld)
        for (int u = 0; u < UV; u++)
            V(adam_vector)
    (&numbers, scale, gradient[r * UV + u], weights + u * VW, m + u * VW, v + u * VW);
}

/* One tile of R rows by UV vectors of a^T b, into the gradient or at once into Adam's step. `at` is
 * the offset of the tile in a block of weights, ldb its row there. */
static inline ALWAYS_INLINE void V(outer_tile)(const int R, const int UV, size_t n,
                                               const eng_real *a, size_t lda, const eng_real *b,
                                               size_t ldb, const net_descent *to, size_t at)
{
    V(v) sum[2 * OUTER_ROWS];
    for (int r = 0; r < R; r++)
        for (int u = 0; u < UV; u++)
            sum[r * UV + u] = V(splat)(0);
    for (size_t row = 0; row < n; row++)
        for (int u = 0; u < UV; u++) {
            V(v) x = V(load)(b + row * ldb + (size_t)u * VW);
            for (int r = 0; r < R; r++)
                sum[r * UV + u] = V(fma)(x, V(splat)(a[row * lda + (size_t)r]), sum[r * UV + u]);
        }
    if (to->adam)
        V(adam_tile)(R, UV, sum, ldb, to, at);
    else
        for (int r = 0; r < R; r++)
            for (int u = 0; u < UV; u++)
                V(store)(to->gradient + at + (size_t)r * ldb + (size_t)u * VW, sum[r * UV + u]);
}

/* The gradient a^T b (rows, columns) at offset `at` of a block of weights, for a (n, lda) of which
 * `rows` columns count, b (n, columns). OUTER_ROWS divides `rows`, for a single vector of columns,
 * as in all narrow layers, twice: a tile then is twice as long, since it needs as many sums to hide
 * the latency of one. */
static inline void V(outer_sum)(size_t n, size_t rows, size_t columns, const eng_real *a,
                                size_t lda, const eng_real *b, const net_descent *to, size_t at)
{
    if (VW < WIDEST || columns == VW) {
        for (size_t row = 0; row < rows; row += 2 * OUTER_ROWS)
            V(outer_tile)(2 * OUTER_ROWS, 1, n, a + row, lda, b, columns, to, at + row * columns);
        return;
    }
    for (size_t row = 0; row < rows; row += OUTER_ROWS) {
        const size_t first = at + row * columns;
        size_t c = 0;
        for (; c + 2 * VW <= columns; c += 2 * VW)
            V(outer_tile)(OUTER_ROWS, 2, n, a + row, lda, b + c, columns, to, first + c);
        for (; c < columns; c += VW)
            V(outer_tile)(OUTER_ROWS, 1, n, a + row, lda, b + c, columns, to, first + c);
    }
}

#undef V
#undef VEC_PASTE
#undef VEC_PASTE2
