/* Evaluation of wide layers on the tiles of Intel's AMX, which multiply bf16 numbers and add up in
 * float. Each float is the sum of three bf16, so that six products of parts, all but those below
 * its last bit, make one of floats (Henry, Tang, Heinecke 2019, "Leveraging the bfloat16 Artificial
 * Intelligence Datatype For Higher-Precision Computations"): at more than twice the rate of
 * multiply-adds in vectors, and of no less precision.
 *
 * Weights are split once, when their copy is refreshed; hidden states at each time step. All that a
 * layer sees is one row, [input | hidden states | zeros], and its weights likewise. A row's sums do
 * not depend on the rows beside it. */
#ifndef NET_TILES_H
#define NET_TILES_H

#include <string.h>

#include "engine/cpu/recur.h"

#ifndef __AMX_BF16__

/* Without tiles no layer is theirs. */
static inline bool tile_fits(const net *n, size_t l)
{
    (void)n, (void)l;
    return false;
}

static inline size_t tile_copy_at(const net *n, size_t l)
{
    (void)l;
    return n->total_fwd;
}

static inline void tile_layer(const net *n, size_t l, const eng_real *weights, eng_real *copy)
{
    (void)n, (void)l, (void)weights, (void)copy;
}

#else

#define TILE_SIDE       16 /* rows, and columns of floats, of a tile */
#define TILE_UNITS      32 /* columns of bf16, which go in pairs in a tile of weights */
#define TILE_ROWS       (2 * TILE_SIDE) /* sequences that share a load of the weights */
#define TILE_PARTS      3
/* Of the widest layer with its input: the second of a stacked decoder. */
#define TILE_UNITS_MOST (3 * ENG_MAX_EMBEDDING_DIM)

typedef uint16_t bf16;

/* Parts of some rows, (TILE_PARTS, TILE_ROWS, units). */
typedef struct tile_rows {
    size_t n, units; /* units is a multiple of TILE_UNITS */
    _Alignas(64) bf16 parts[TILE_PARTS * TILE_ROWS * TILE_UNITS_MOST];
} tile_rows;

/* Units from which tiles are faster. */
#define TILE_LEAST      64

static inline bool tile_fits(const net *n, size_t l)
{
    return n->layers[l].padded >= TILE_LEAST;
}

static inline size_t tile_inputs(const net *n, size_t l)
{
    return net_has_inner_input(n, l) ? n->layers[l].in_padded : 0;
}

/* Numbers in a row of all that a layer sees, in whole tiles. */
static inline size_t tile_units(const net *n, size_t l)
{
    const size_t units = tile_inputs(n, l) + n->layers[l].padded;
    return (units + TILE_UNITS - 1) / TILE_UNITS * TILE_UNITS;
}

/* Numbers (eng_real) of the parts of a layer's weights: (4 padded / TILE_SIDE, units / TILE_UNITS,
 * TILE_PARTS) tiles. */
static inline size_t tile_copy_size(const net *n, size_t l)
{
    const size_t tile = TILE_SIDE * TILE_UNITS * sizeof(bf16) / sizeof(eng_real);
    return 4 * n->layers[l].padded / TILE_SIDE * (tile_units(n, l) / TILE_UNITS) * TILE_PARTS *
           tile;
}

/* Where the parts of layer l begin in a forward copy, or end for the number of layers: behind what
 * other passes use. */
static inline size_t tile_copy_at(const net *n, size_t l)
{
    size_t at = n->total_fwd;
    for (size_t below = 0; below < l; below++)
        at += tile_fits(n, below) ? tile_copy_size(n, below) : 0;
    return at;
}

/* The parts of 32 numbers. Each is rounded to what bf16 holds, halves away from zero, so the next
 * takes what is left exactly. */
static inline ALWAYS_INLINE void tile_split(__m512 low, __m512 high, __m512i out[TILE_PARTS])
{
    const __m512i half = _mm512_set1_epi32(0x8000), upper = _mm512_set1_epi32(-0x10000);
    const __m512i odd = _mm512_add_epi16(
        _mm512_set1_epi16(1),
        _mm512_set_epi16(62, 60, 58, 56, 54, 52, 50, 48, 46, 44, 42, 40, 38, 36, 34, 32, 30, 28, 26,
                         24, 22, 20, 18, 16, 14, 12, 10, 8, 6, 4, 2, 0));
    __m512 left[2] = {low, high};
    for (int part = 0; part < TILE_PARTS; part++) {
        __m512i rounded[2];
        for (int i = 0; i < 2; i++) {
            const __m512i bits = _mm512_castps_si512(left[i]);
            rounded[i] = _mm512_and_epi32(_mm512_add_epi32(bits, half), upper);
            if (part == 0) /* a NaN of all ones would become 0 */
                rounded[i] = _mm512_mask_mov_epi32(
                    rounded[i], _mm512_cmp_ps_mask(left[i], left[i], _CMP_UNORD_Q), bits);
            left[i] = _mm512_sub_ps(left[i], _mm512_castsi512_ps(rounded[i]));
        }
        out[part] = _mm512_permutex2var_epi16(rounded[0], odd, rounded[1]);
    }
}

/* One row of weights into the tiles of its 16 rows: pairs of units below each other. */
static inline void tile_weights(const eng_real *row, size_t units, size_t column, bf16 *out)
{
    for (size_t k = 0; k < units; k += TILE_UNITS) {
        __m512i parts[TILE_PARTS];
        tile_split(_mm512_loadu_ps(row + k), _mm512_loadu_ps(row + k + TILE_SIDE), parts);
        for (size_t part = 0; part < TILE_PARTS; part++, out += TILE_SIDE * TILE_UNITS) {
            uint32_t pairs[TILE_SIDE];
            memcpy(pairs, &parts[part], sizeof pairs);
            for (size_t i = 0; i < TILE_SIDE; i++)
                memcpy(out + (i * TILE_SIDE + column) * 2, &pairs[i], sizeof pairs[i]);
        }
    }
}

/* Parts of all weights of a layer. */
static inline void tile_layer(const net *n, size_t l, const eng_real *weights, eng_real *copy)
{
    const net_layer *layer = &n->layers[l];
    const size_t units = tile_units(n, l), padded = layer->padded;
    const size_t in = tile_inputs(n, l);
    const size_t size = units / TILE_UNITS * TILE_PARTS * TILE_SIDE * TILE_UNITS;
    eng_real row[TILE_UNITS_MOST + TILE_UNITS] = {0};
    for (size_t r = 0; r < 4 * padded; r++) {
        memcpy(row, weights + layer->w_ih + r * in, in * sizeof *row);
        memcpy(row + in, weights + layer->w_hh + r * padded, padded * sizeof *row);
        tile_weights(row, units, r % TILE_SIDE, (bf16 *)copy + r / TILE_SIDE * size);
    }
}

/* Vector k of what a layer sees, [x | h], in row r; zeros beyond it. */
static inline ALWAYS_INLINE __m512 tile_source(const batch_source from[2], size_t r, size_t k)
{
    if (k < from[0].ld)
        return _mm512_loadu_ps(from[0].x + r * from[0].ld + k);
    k -= from[0].ld;
    return k < from[1].ld ? _mm512_loadu_ps(from[1].x + r * from[1].ld + k) : _mm512_setzero_ps();
}

/* Parts of n rows; rows up to the next tile are zeros. */
static inline void tile_sources(size_t n, const batch_source from[2], tile_rows *out)
{
    const size_t units = out->units, plane = TILE_ROWS * units;
    const size_t end = (n + TILE_SIDE - 1) / TILE_SIDE * TILE_SIDE;
    out->n = n;
    for (size_t k = 0; k < units; k += TILE_UNITS)
        for (size_t r = 0; r < n; r++) {
            __m512i parts[TILE_PARTS];
            tile_split(tile_source(from, r, k), tile_source(from, r, k + TILE_SIDE), parts);
            for (size_t part = 0; part < TILE_PARTS; part++)
                _mm512_storeu_si512(out->parts + part * plane + r * units + k, parts[part]);
        }
    for (size_t part = 0; n < end && part < TILE_PARTS; part++)
        memset(out->parts + part * plane + n * units, 0, (end - n) * units * sizeof(bf16));
}

/* Tiles are registers: sums (2, 2) in 0 to 3, rows in 4 and 5, weights in 6 and 7. */
#define TILE_LOAD_ROWS(part)                                                                       \
    do {                                                                                           \
        _tile_loadd(4, a + (part)*TILE_ROWS * units, units * sizeof(bf16));                        \
        if (R > 1)                                                                                 \
            _tile_loadd(5, a + ((part)*TILE_ROWS + TILE_SIDE) * units, units * sizeof(bf16));      \
    } while (0)

#define TILE_LOAD_WEIGHTS(part)                                                                    \
    do {                                                                                           \
        _tile_loadd(6, w[0] + (part)*TILE_SIDE * TILE_UNITS, TILE_UNITS * sizeof(bf16));           \
        _tile_loadd(7, w[1] + (part)*TILE_SIDE * TILE_UNITS, TILE_UNITS * sizeof(bf16));           \
    } while (0)

#define TILE_MULTIPLY()                                                                            \
    do {                                                                                           \
        _tile_dpbf16ps(0, 4, 6);                                                                   \
        _tile_dpbf16ps(1, 4, 7);                                                                   \
        if (R > 1) {                                                                               \
            _tile_dpbf16ps(2, 5, 6);                                                               \
            _tile_dpbf16ps(3, 5, 7);                                                               \
        }                                                                                          \
    } while (0)

/* Products of R tiles of rows with two strips of weights, into sums (TILE_SIDE R, 4, TILE_SIDE) of
 * two gates. The order of parts needs the fewest loads. The intrinsics do not tell the compiler
 * that they read and write memory. */
static inline ALWAYS_INLINE void tile_products(const int R, const tile_rows *rows,
                                               const bf16 *const strips[2], eng_real *sums)
{
    const size_t units = rows->units, ld = 4 * TILE_SIDE;
    const bf16 *a = rows->parts, *w[2] = {strips[0], strips[1]};
    __asm__ volatile("" ::: "memory");
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
    for (size_t k = 0; k < units; k += TILE_UNITS, a += TILE_UNITS) {
        TILE_LOAD_ROWS(0);
        TILE_LOAD_WEIGHTS(2);
        TILE_MULTIPLY();
        TILE_LOAD_WEIGHTS(1);
        TILE_MULTIPLY();
        TILE_LOAD_WEIGHTS(0);
        TILE_MULTIPLY();
        TILE_LOAD_ROWS(2);
        TILE_MULTIPLY();
        TILE_LOAD_ROWS(1);
        TILE_MULTIPLY();
        TILE_LOAD_WEIGHTS(1);
        TILE_MULTIPLY();
        w[0] += TILE_PARTS * TILE_SIDE * TILE_UNITS;
        w[1] += TILE_PARTS * TILE_SIDE * TILE_UNITS;
    }
    _tile_stored(0, sums, ld * sizeof *sums);
    _tile_stored(1, sums + TILE_SIDE, ld * sizeof *sums);
    if (R > 1) {
        _tile_stored(2, sums + TILE_SIDE * ld, ld * sizeof *sums);
        _tile_stored(3, sums + TILE_SIDE * ld + TILE_SIDE, ld * sizeof *sums);
    }
    __asm__ volatile("" ::: "memory");
}

#undef TILE_LOAD_ROWS
#undef TILE_LOAD_WEIGHTS
#undef TILE_MULTIPLY

/* The cells of R rows of one vector of units: what does not come from other units, and the sums
 * (R, 4, TILE_SIDE). */
static inline ALWAYS_INLINE void tile_cells(const int R, size_t padded, const eng_real *sums,
                                            const batch_rows *at)
{
    v_16 gate[BATCH_ROWS][4];
    batch_begin_16(R, 1, padded, true, at, gate);
    for (int r = 0; r < R; r++)
        for (int g = 0; g < 4; g++)
            gate[r][g] += load_16(sums + (r * 4 + g) * TILE_SIDE);
    batch_cells_16(R, 1, padded, at, gate);
}

/* One time step of n <= TILE_ROWS rows: rows and their parts as of batch_step, `down` from the last
 * units to the first. */
static inline void tile_step(size_t n, size_t padded, const eng_real *copy, bool down,
                             const batch_rows *at, const tile_rows *rows)
{
    const size_t size = rows->units * TILE_PARTS * TILE_SIDE;
    _Alignas(64) eng_real sums[TILE_ROWS * 4 * TILE_SIDE];
    for (size_t i = 0; i < padded; i += TILE_SIDE) {
        const size_t j = down ? padded - TILE_SIDE - i : i;
        const bf16 *w[4];
        for (size_t g = 0; g < 4; g++)
            w[g] = (const bf16 *)copy + (g * padded + j) / TILE_SIDE * size;
        for (size_t g = 0; g < 4; g += 2)
            if (n > TILE_SIDE)
                tile_products(2, rows, w + g, sums + g * TILE_SIDE);
            else
                tile_products(1, rows, w + g, sums + g * TILE_SIDE);
        size_t row = 0;
        for (; row + BATCH_ROWS <= n; row += BATCH_ROWS) {
            const batch_rows to = batch_rows_at(at, padded, row, j);
            tile_cells(BATCH_ROWS, padded, sums + row * 4 * TILE_SIDE, &to);
        }
        for (; row < n; row++) {
            const batch_rows to = batch_rows_at(at, padded, row, j);
            tile_cells(1, padded, sums + row * 4 * TILE_SIDE, &to);
        }
    }
}

/* Tiles are as large as they can be; those that a thread holds cost each of its system calls, so it
 * gives them up. */
static inline void tile_begin(void)
{
    struct {
        uint8_t palette, start, reserved[14];
        uint16_t row_bytes[16];
        uint8_t rows[16];
    } shape = {.palette = 1};
    for (int i = 0; i < 8; i++) {
        shape.row_bytes[i] = 64;
        shape.rows[i] = TILE_SIDE;
    }
    _tile_loadconfig(&shape);
}

static inline void tile_end(void)
{
    _tile_release();
}

#endif

#endif
