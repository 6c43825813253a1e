/* Several sequences side by side: one time step, and the weight gradient of all of them. A template
 * like vec.h.
 *
 * Tiles of rows by columns of the result stay in registers, and a row's sums do not depend on the
 * rows beside it. Forward, a tile holds all four gates of one vector of units, and the cells follow
 * at once; weights come as forward copies in blocks of one vector (see wide.h). A part of such a
 * block that fits the first-level cache serves all rows before the next part. */

#define VEC_PASTE2(name, width) name##_##width
#define VEC_PASTE(name, width)  VEC_PASTE2(name, width)
#define V(name)                 VEC_PASTE(name, VW)

/* Units that one vector's tiles go over at a time. */
#define BATCH_UNITS (BATCH_BYTES / (4 * VW * sizeof(eng_real)))

/* A register of the widest vector holds several rows of a narrow layer, whose units are one vector:
 * then a product and the cells, which cost most, fill it. Elsewhere a register is a vector of one
 * row. A last register may have n < REGISTER_ROWS rows. */
#if VW < WIDEST

#define REGISTER(name) WIDE(name)
#define REGISTER_ROWS  (WIDEST / VW)

static inline ALWAYS_INLINE WIDE(v) V(join)(const V(v) part[REGISTER_ROWS])
{
#if WIDEST == 16 && VW == 8
    return (WIDE(v))_mm512_insertf32x8(_mm512_castps256_ps512((__m256)part[0]), (__m256)part[1], 1);
#elif WIDEST == 16
    __m512 out = _mm512_castps128_ps512((__m128)part[0]);
    out = _mm512_insertf32x4(out, (__m128)part[1], 1);
    out = _mm512_insertf32x4(out, (__m128)part[2], 2);
    return (WIDE(v))_mm512_insertf32x4(out, (__m128)part[3], 3);
#else
    return (WIDE(v))_mm256_insertf128_ps(_mm256_castps128_ps256((__m128)part[0]), (__m128)part[1],
                                         1);
#endif
}

/* The same vector for every row. */
static inline ALWAYS_INLINE WIDE(v) V(repeat)(const eng_real *at)
{
#if WIDEST == 16 && VW == 8
    return (WIDE(v))_mm512_broadcast_f32x8(_mm256_loadu_ps(at));
#elif WIDEST == 16
    return (WIDE(v))_mm512_broadcast_f32x4(_mm_loadu_ps(at));
#else
    return (WIDE(v))_mm256_broadcast_ps((const __m128 *)at);
#endif
}

/* A vector of each of n rows, ld apart. */
static inline ALWAYS_INLINE WIDE(v) V(rows)(const int n, const eng_real *at, size_t ld)
{
    V(v) part[REGISTER_ROWS];
    for (int i = 0; i < REGISTER_ROWS; i++)
        part[i] = V(load)(at + (size_t)(i < n ? i : n - 1) * ld);
    return V(join)(part);
}

/* A number of each of n rows, in all lanes of the row. */
static inline ALWAYS_INLINE WIDE(v) V(numbers)(const int n, const eng_real *at, size_t ld)
{
    V(v) part[REGISTER_ROWS];
    for (int i = 0; i < REGISTER_ROWS; i++)
        part[i] = V(splat)(at[(size_t)(i < n ? i : n - 1) * ld]);
    return V(join)(part);
}

#else

#define REGISTER(name) V(name)
#define REGISTER_ROWS  1

static inline ALWAYS_INLINE V(v) V(repeat)(const eng_real *at)
{
    return V(load)(at);
}

static inline ALWAYS_INLINE V(v) V(rows)(const int n, const eng_real *at, size_t ld)
{
    (void)n, (void)ld;
    return V(load)(at);
}

static inline ALWAYS_INLINE V(v) V(numbers)(const int n, const eng_real *at, size_t ld)
{
    (void)n, (void)ld;
    return V(splat)(*at);
}

#endif

/* Vectors of n rows that lie side by side. */
static inline ALWAYS_INLINE REGISTER(v) V(take)(const int n, const eng_real *at)
{
    REGISTER(v) out = {0};
    memcpy(&out, at, (size_t)n * sizeof(V(v)));
    return out;
}

static inline ALWAYS_INLINE void V(put)(const int n, eng_real *at, REGISTER(v) x)
{
    memcpy(at, &x, (size_t)n * sizeof(V(v)));
}

/* Vectors of n rows into rows ld apart. */
static inline ALWAYS_INLINE void V(put_rows)(const int n, eng_real *at, size_t ld, REGISTER(v) x)
{
    V(v) part[REGISTER_ROWS];
    memcpy(part, &x, sizeof part);
    for (int i = 0; i < n; i++)
        V(store)(at + (size_t)i * ld, part[i]);
}

/* Add to the gates of R registers of rows what a source sends. */
static inline ALWAYS_INLINE void V(batch_sums)(const int R, const int n, const batch_source *from,
                                               REGISTER(v) gate[BATCH_ROWS][4])
{
    const eng_real *x = from->x;
    const size_t ld = from->ld;
    for (size_t k = 0; k < from->n; k++) {
        REGISTER(v) column[4];
        for (size_t g = 0; g < 4; g++)
            column[g] = V(repeat)(from->w + (k * 4 + g) * VW);
        for (int r = 0; r < R; r++) {
            REGISTER(v) xk = V(numbers)(n, x + (size_t)r * REGISTER_ROWS * ld + k, ld);
            for (int g = 0; g < 4; g++)
                gate[r][g] = REGISTER(fma)(column[g], xk, gate[r][g]);
        }
    }
}

/* What the gates of R registers begin with: what does not depend on other units, or, after the
 * first part of a block, the sums so far. */
static inline ALWAYS_INLINE void V(batch_begin)(const int R, const int n, size_t padded, bool first,
                                                const batch_rows *at,
                                                REGISTER(v) gate[BATCH_ROWS][4])
{
    for (size_t r = 0; r < (size_t)R; r++)
        for (size_t g = 0; g < 4; g++) {
            const size_t row = r * REGISTER_ROWS;
            if (!first)
                gate[r][g] = V(rows)(n, at->gates + (row * 4 + g) * padded, 4 * padded);
            else if (at->x)
                gate[r][g] =
                    REGISTER(fma)(V(repeat)(at->w + g * padded), V(numbers)(n, at->x + row, 1),
                                  V(repeat)(at->base + g * padded));
            else
                gate[r][g] =
                    V(rows)(n, at->base + row * at->base_stride + g * padded, at->base_stride);
        }
}

/* The cells of R registers of one vector of units. */
static inline ALWAYS_INLINE void V(batch_cells)(const int R, const int n, size_t padded,
                                                const batch_rows *at,
                                                REGISTER(v) gate[BATCH_ROWS][4])
{
    for (size_t r = 0; r < (size_t)R; r++) {
        const size_t row = r * REGISTER_ROWS * padded;
        REGISTER(v) tanh_c, c = V(take)(n, at->c_before + row);
        REGISTER(v) h = REGISTER(cell)(gate[r], &c, &tanh_c);
        V(put)(n, at->c + row, c);
        V(put)(n, at->h + row, h);
        if (!at->keep)
            continue;
        V(put)(n, at->tanh_c + row, tanh_c);
        for (size_t g = 0; g < 4; g++)
            V(put_rows)(n, at->gates + row * 4 + g * padded, 4 * padded, gate[r][g]);
    }
}

/* R registers of rows of one vector of units, with which `at` begins: a part of what two sources
 * send, and after the last the cells, or else the sums. */
static inline ALWAYS_INLINE void V(batch_tile)(const int R, const int n, size_t padded,
                                               const batch_source from[2], bool first, bool cells,
                                               const batch_rows *at)
{
    REGISTER(v) gate[BATCH_ROWS][4];
    V(batch_begin)(R, n, padded, first, at, gate);
    V(batch_sums)(R, n, &from[0], gate);
    V(batch_sums)(R, n, &from[1], gate);
    if (cells) {
        V(batch_cells)(R, n, padded, at, gate);
        return;
    }
    for (size_t r = 0; r < (size_t)R; r++)
        for (size_t g = 0; g < 4; g++) {
            eng_real *sums = at->gates + (r * REGISTER_ROWS * 4 + g) * padded;
            V(put_rows)(n, sums, 4 * padded, gate[r][g]);
        }
}

/* Tiles of R registers of n rows from `row` on, as many as B rows have, for the vector of units
 * from j on. Returns the row after them. */
static inline ALWAYS_INLINE size_t V(batch_tiles)(const int R, const int n, size_t B, size_t row,
                                                  size_t padded, const batch_source part[2],
                                                  bool first, bool cells, const batch_rows *rows,
                                                  size_t j)
{
    const size_t height = (size_t)R * (size_t)n;
    for (; row + height <= B; row += height) {
        const batch_source at[2] = {batch_source_at(&part[0], row), batch_source_at(&part[1], row)};
        const batch_rows to = batch_rows_at(rows, padded, row, j);
        V(batch_tile)(R, n, padded, at, first, cells, &to);
    }
    return row;
}

/* Some rows of one time step, of some units: the pre-activations from the sources, one after the
 * other, and the cells, if they are wanted. See batch_rows for what comes in and out. */
static inline void V(batch_step)(size_t B, span units, size_t padded, const batch_source from[2],
                                 bool cells, const batch_rows *rows)
{
    const size_t all = from[0].n + from[1].n;
    for (size_t j = units.from; j < units.to; j += VW) {
        size_t done = 0;
        do {
            const size_t end = all - done > BATCH_UNITS ? done + BATCH_UNITS : all;
            const bool finish = cells && end == all;
            const batch_source part[2] = {batch_source_part(&from[0], 0, j, VW, done, end),
                                          batch_source_part(&from[1], from[0].n, j, VW, done, end)};
            const int full = REGISTER_ROWS;
            const bool first = done == 0;
            size_t row =
                V(batch_tiles)(BATCH_ROWS, full, B, 0, padded, part, first, finish, rows, j);
            row = V(batch_tiles)(2, full, B, row, padded, part, first, finish, rows, j);
            row = V(batch_tiles)(1, full, B, row, padded, part, first, finish, rows, j);
            if (row < B)
                (void)V(batch_tiles)(1, (int)(B - row), B, row, padded, part, first, finish, rows,
                                     j);
            done = end;
        } while (done < all);
    }
}

#undef BATCH_UNITS
#undef REGISTER
#undef REGISTER_ROWS

/* R rows by UV vectors of the weight gradient out (., ldo) (+)= a^T b, for n rows of a (n,
 * NET_STRIP) and of b (n, UV VW). */
static inline ALWAYS_INLINE void V(strip_tile)(const int R, const int UV, size_t n,
                                               const eng_real *a, const eng_real *b, bool add,
                                               eng_real *out, size_t ldo)
{
    V(v) sum[2 * OUTER_ROWS];
    for (int r = 0; r < R; r++)
        for (int u = 0; u < UV; u++)
            sum[r * UV + u] = add ? V(load)(out + (size_t)r * ldo + (size_t)u * VW) : V(splat)(0);
    for (size_t row = 0; row < n; row++)
        for (int u = 0; u < UV; u++) {
            V(v) x = V(load)(b + (row * (size_t)UV + (size_t)u) * VW);
            for (int r = 0; r < R; r++)
                sum[r * UV + u] =
                    V(fma)(x, V(splat)(a[row * NET_STRIP + (size_t)r]), sum[r * UV + u]);
        }
    for (int r = 0; r < R; r++)
        for (int u = 0; u < UV; u++)
            V(store)(out + (size_t)r * ldo + (size_t)u * VW, sum[r * UV + u]);
}

/* The gradient of NET_STRIP rows of weights (., columns) (+)= a^T b, for n rows of a (n, NET_STRIP)
 * and b as pack_columns leaves it. */
static inline void V(strip_product)(size_t n, size_t columns, const eng_real *a, const eng_real *b,
                                    bool add, eng_real *out)
{
    size_t c = 0;
    for (; c + 2 * VW <= columns; c += 2 * VW, b += n * 2 * VW)
        for (size_t r = 0; r < NET_STRIP; r += OUTER_ROWS)
            V(strip_tile)(OUTER_ROWS, 2, n, a + r, b, add, out + r * columns + c, columns);
    for (; c < columns; c += VW, b += n * VW)
        for (size_t r = 0; r < NET_STRIP; r += 2 * OUTER_ROWS)
            V(strip_tile)(2 * OUTER_ROWS, 1, n, a + r, b, add, out + r * columns + c, columns);
}

/* n rows of a (n, columns) in panels of two vectors, the last of one if their number is odd. */
static inline void V(pack_columns)(size_t n, size_t columns, const eng_real *a, eng_real *out)
{
    for (size_t c = 0, wide; c < columns; c += wide) {
        wide = c + 2 * VW <= columns ? 2 * VW : VW;
        for (size_t row = 0; row < n; row++)
            for (size_t u = 0; u < wide; u += VW, out += VW)
                V(store)(out, V(load)(a + row * columns + c + u));
    }
}

/* R rows by UV vectors of dh += d W, for d (., n), W (n, ld), dh (., ld). */
static inline ALWAYS_INLINE void V(back_tile)(const int R, const int UV, size_t n, size_t ld,
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

static inline ALWAYS_INLINE void V(back_tiles)(const int UV, size_t rows, size_t n, size_t ld,
                                               const eng_real *d, const eng_real *w, eng_real *dh)
{
    size_t row = 0;
    for (; row + 2 * BATCH_ROWS <= rows; row += 2 * BATCH_ROWS)
        V(back_tile)(2 * BATCH_ROWS, UV, n, ld, d + row * n, w, dh + row * ld);
    for (; row + 2 <= rows; row += 2)
        V(back_tile)(2, UV, n, ld, d + row * n, w, dh + row * ld);
    for (; row < rows; row++)
        V(back_tile)(1, UV, n, ld, d + row * n, w, dh + row * ld);
}

/* Some columns of dh (rows, ld) += d W, for d (rows, n), W (n, ld). */
static inline void V(batch_product)(size_t rows, size_t n, size_t ld, span columns,
                                    const eng_real *d, const eng_real *w, eng_real *dh)
{
    size_t c = columns.from;
    for (; c + 2 * VW <= columns.to; c += 2 * VW)
        V(back_tiles)(2, rows, n, ld, d, w + c, dh + c);
    for (; c < columns.to; c += VW)
        V(back_tiles)(1, rows, n, ld, d, w + c, dh + c);
}

#undef V
#undef VEC_PASTE
#undef VEC_PASTE2
