/* Recurrences, over one sequence or several, by the code that is made for the size of a layer. The
 * templates are put together here, for the vectors of the instruction set that is compiled for. */
#ifndef NET_RECUR_H
#define NET_RECUR_H

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#ifdef __SSE__
#include <immintrin.h>
#endif

#include "engine/cpu/net.h"
#include "engine/cpu/tanh_pieces.h"

/* Vectors never cross a function that is not inlined, so their calling convention does not matter.
 */
#pragma GCC diagnostic ignored "-Wpsabi"

#define ALWAYS_INLINE __attribute__((always_inline))
#define UV_MOST       4 /* vectors that a block of units takes for each gate, at most */
/* Of weights that stay in the first-level cache while the rows of a batch go over them. */
#define BATCH_BYTES 32768

/* Widest vector; vectors of a block of units for each gate, rows of a gradient tile, and sequences
 * of a tile with all gates, by the number of registers: 32 with AVX-512, 16 else. */
#if defined(__AVX512F__) && !defined(ENG_DOUBLE)
#define WIDEST        16
#define BLOCK_VECTORS 4
#define OUTER_ROWS    8
#define BATCH_ROWS    4
#elif defined(__AVX2__) && !defined(ENG_DOUBLE)
#define WIDEST        8
#define BLOCK_VECTORS 2
#define OUTER_ROWS    4
#define BATCH_ROWS    3
#else
#define WIDEST        4
#define BLOCK_VECTORS 2
#define OUTER_ROWS    4
#define BATCH_ROWS    2
#endif

/* Some units, or columns: from <= number < to. */
typedef struct span {
    size_t from, to;
} span;

/* One layer's recurrence over one sequence. */
typedef struct recurrence {
    size_t length;         /* T */
    const eng_real *w_hh;  /* (4 padded, padded) */
    const eng_real *w_fwd; /* its forward copy */
    /* What of the pre-activations at time t is not recurrent: base[t stride] + x[t] w. */
    const eng_real *base, *w; /* (4 padded), one or T of it; (4 padded), zeros for another input */
    const eng_real *x;        /* (T) */
    size_t stride;            /* 0 for a base that stays */
    eng_real *gates;  /* (T, 4 padded): forward i f g o out; backward those in, gradients of the
                         pre-activations out */
    eng_real *c, *h;  /* (T + 1, padded) */
    eng_real *tanh_c; /* (T, padded) */
    /* Gradient of the hidden states at time t from above: above[t above_stride] + dy[t] w_out, and
     * `last` (padded) at the last step. */
    const eng_real *above, *w_out; /* (padded), zeros for none; of `above` one, or T */
    const eng_real *dy;            /* (T) */
    size_t above_stride;
    const eng_real *last;
    eng_real *dh, *dc; /* (padded) scratch: gradients of one time step's states */
    eng_real *beside;  /* (4 padded) scratch: sums over the half that is not on top */
    span own;          /* units of this thread, whose rows of weights no other needs */
    const team_share *share;
} recurrence;

/* Where the upper half of a layer's units begins. */
static inline size_t half_of(size_t padded, size_t block)
{
    return padded / block / NET_HALVES * block;
}

/* Units of the other thread. */
static inline span others_of(const recurrence *r, size_t padded)
{
    return r->own.from > 0 ? (span){0, r->own.from} : (span){r->own.to, padded};
}

/* A piece of a product: what one half of a layer's units (all of them where HALVES is 1) sends to
 * one block of units. It goes on top of what is there, or beside it, to be added later: any order
 * of the pieces gives the same bits. */
typedef struct piece {
    size_t unit; /* first of the block */
    bool upper;  /* sent by the upper half */
    bool on_top; /* the half that the block is in */
} piece;

/* Pieces of one thread alone, in the order of memory, or back. */
static inline ALWAYS_INLINE piece piece_alone(size_t block, const size_t HALVES, size_t middle,
                                              size_t at)
{
    size_t unit = at / HALVES * block;
    bool upper = at % HALVES == 1;
    return (piece){unit, upper, HALVES == 1 || upper == (unit >= middle)};
}

/* Piece i of a product forward. Each of two threads receives, first from its own half. */
static inline ALWAYS_INLINE piece piece_in(const recurrence *r, size_t block, const size_t HALVES,
                                           size_t middle, size_t i, size_t n, bool down)
{
    if (HALVES == 1 || r->share->parts == 1)
        return piece_alone(block, HALVES, middle, down ? n - 1 - i : i);
    bool on_top = i < n / 2;
    size_t at = i % (n / 2), unit = r->own.from + (down ? n / 2 - 1 - at : at) * block;
    return (piece){unit, on_top == (unit >= middle), on_top};
}

/* Piece i of a product back. Each of two threads sends, first to the other. */
static inline ALWAYS_INLINE piece piece_out(const recurrence *r, size_t block, const size_t HALVES,
                                            size_t middle, size_t i, size_t n, bool down)
{
    if (HALVES == 1 || r->share->parts == 1)
        return piece_alone(block, HALVES, middle, down ? n - 1 - i : i);
    const bool upper = r->share->part > 0;
    size_t others = n - (r->own.to - r->own.from) / block;
    size_t at = i < others ? i : i - others, last = (i < others ? others : n - others) - 1;
    size_t from = i < others ? others_of(r, n * block).from : r->own.from;
    return (piece){from + (down ? last - at : at) * block, upper, i >= others};
}

/* What one time step of several sequences reads and writes, each row one sequence. */
typedef struct batch_rows {
    /* Pre-activations begin with base + x w: base (4 padded) for a stride of 0, or (B, 4 padded);
     * w (4 padded) and x (B) of a scalar input, else x is NULL. */
    const eng_real *base, *w, *x;
    size_t base_stride;
    eng_real *gates;          /* (B, 4 padded) scratch; gates out with `keep` */
    const eng_real *c_before; /* (B, padded) */
    eng_real *c, *h;          /* (B, padded) */
    eng_real *tanh_c;         /* (B, padded), with `keep` */
    bool keep;
} batch_rows;

/* The same from one row and unit on. */
static inline batch_rows batch_rows_at(const batch_rows *rows, size_t padded, size_t row,
                                       size_t unit)
{
    size_t at = row * padded + unit;
    return (batch_rows){
        .base = rows->base + row * rows->base_stride + unit,
        .w = rows->w + unit,
        .x = rows->x ? rows->x + row : NULL,
        .base_stride = rows->base_stride,
        .gates = rows->gates + row * 4 * padded + unit,
        .c_before = rows->c_before + at,
        .c = rows->c + at,
        .h = rows->h + at,
        .tanh_c = rows->tanh_c + at,
        .keep = rows->keep,
    };
}

/* Units that send to the gates of several rows: x (B, ld), of which n columns count, and the
 * forward copy of the weights in blocks of one vector. */
typedef struct batch_source {
    const eng_real *x;
    size_t ld, n;
    const eng_real *w;
} batch_source;

/* Units from <= number < to of a source, which come after `before` others, for the vector of
 * `width` units from j on. */
static inline batch_source batch_source_part(const batch_source *all, size_t before, size_t j,
                                             size_t width, size_t from, size_t to)
{
    const size_t first = from > before ? from - before : 0;
    const size_t end = to < before ? 0 : to - before < all->n ? to - before : all->n;
    if (first >= end)
        return (batch_source){0};
    const eng_real *w = all->w + j * 4 * all->ld + first * 4 * width;
    return (batch_source){all->x + first, all->ld, end - first, w};
}

/* The same from one row on. */
static inline batch_source batch_source_at(const batch_source *from, size_t row)
{
    return (batch_source){from->n ? from->x + row * from->ld : NULL, from->ld, from->n, from->w};
}

#define VW 4
#include "engine/cpu/vec.h"

#include "engine/cpu/act.h"

#include "engine/cpu/cell.h"

#include "engine/cpu/rows.h"

#include "engine/cpu/given.h"

#include "engine/cpu/narrow.h"
#if WIDEST == 4
#include "engine/cpu/wide.h"
#endif
#undef VW

#define VW 8
#include "engine/cpu/vec.h"

#include "engine/cpu/act.h"

#include "engine/cpu/cell.h"

#include "engine/cpu/rows.h"

#include "engine/cpu/given.h"

#include "engine/cpu/narrow.h"
#if WIDEST == 8
#include "engine/cpu/wide.h"
#endif
#undef VW

#if WIDEST == 16
#define VW 16
#define ACT_NO_DIVISION
#include "engine/cpu/vec.h"

#include "engine/cpu/act.h"

#include "engine/cpu/cell.h"

#include "engine/cpu/rows.h"

#include "engine/cpu/given.h"

#include "engine/cpu/narrow.h"
#include "engine/cpu/snug.h"
#include "engine/cpu/wide.h"
#undef VW
#endif

#define WIDE2(name, width) name##_##width
#define WIDE1(name, width) WIDE2(name, width)
#define WIDE(name)         WIDE1(name, WIDEST)

#define VW 4
#include "engine/cpu/batch.h"
#undef VW
#define VW 8
#include "engine/cpu/batch.h"
#undef VW
#if WIDEST == 16
#define VW 16
#include "engine/cpu/batch.h"
#undef VW
#endif

/* Call the template of the width that fits `padded` units. */
#define BY_WIDTH(padded, name, ...)                                                                \
    do {                                                                                           \
        if ((padded) == 4)                                                                         \
            name##_4(__VA_ARGS__);                                                                 \
        else if ((padded) == 8)                                                                    \
            name##_8(__VA_ARGS__);                                                                 \
        else                                                                                       \
            WIDE(name)(__VA_ARGS__);                                                               \
    } while (0)

/* Vectors of a block of units for each gate; the forward copy is laid out in such blocks. */
static inline size_t block_vectors(size_t padded)
{
    size_t vectors = padded / WIDEST;
    if (vectors % BLOCK_VECTORS == 0)
        return BLOCK_VECTORS;
    return vectors % 2 == 0 ? 2 : 1;
}

static inline size_t block_units(size_t padded)
{
    return padded <= 8 ? padded : block_vectors(padded) * WIDEST;
}

/* Call a template for the sizes whose units fit a narrow vector. */
#define NARROW_CASES(name, ...)                                                                    \
    case 1:                                                                                        \
        name##_4(1, __VA_ARGS__);                                                                  \
        break;                                                                                     \
    case 2:                                                                                        \
        name##_4(2, __VA_ARGS__);                                                                  \
        break;                                                                                     \
    case 3:                                                                                        \
        name##_4(3, __VA_ARGS__);                                                                  \
        break;                                                                                     \
    case 4:                                                                                        \
        name##_4(4, __VA_ARGS__);                                                                  \
        break;                                                                                     \
    case 5:                                                                                        \
        name##_8(5, __VA_ARGS__);                                                                  \
        break;                                                                                     \
    case 6:                                                                                        \
        name##_8(6, __VA_ARGS__);                                                                  \
        break;                                                                                     \
    case 7:                                                                                        \
        name##_8(7, __VA_ARGS__);                                                                  \
        break;                                                                                     \
    case 8:                                                                                        \
        name##_8(8, __VA_ARGS__);                                                                  \
        break

/* The code for H hidden units, known to the compiler for the sizes that the studies use. Pieces of
 * a product are halves where a team could share it, that is, where there are two blocks. */
#define WIDE_FORWARD(UV, H, padded, r)                                                             \
    do {                                                                                           \
        if ((padded) < NET_HALVES * (size_t)(UV)*WIDEST)                                           \
            WIDE(wide_forward)(UV, 1, H, padded, r);                                               \
        else                                                                                       \
            WIDE(wide_forward)(UV, NET_HALVES, H, padded, r);                                      \
    } while (0)

#define VECTORS_OF_32 (32 / WIDEST < BLOCK_VECTORS ? 32 / WIDEST : BLOCK_VECTORS)

static inline void wide_forward(size_t hidden, size_t padded, const recurrence *r)
{
    if (hidden == 16)
        WIDE_FORWARD(16 / WIDEST < BLOCK_VECTORS ? 1 : BLOCK_VECTORS, 16, 16, r);
    else if (hidden == 32)
        WIDE_FORWARD(VECTORS_OF_32, 32, 32, r);
    else if (hidden == 64)
        WIDE_FORWARD(BLOCK_VECTORS, 64, 64, r);
    else if (hidden == 128)
        WIDE_FORWARD(BLOCK_VECTORS, 128, 128, r);
    else if (hidden == 256)
        WIDE_FORWARD(BLOCK_VECTORS, 256, 256, r);
    else if (block_vectors(padded) == BLOCK_VECTORS)
        WIDE_FORWARD(BLOCK_VECTORS, hidden, padded, r);
    else if (block_vectors(padded) == 2)
        WIDE_FORWARD(2, hidden, padded, r);
    else
        WIDE_FORWARD(1, hidden, padded, r);
}

#define WIDE_BACKWARD(UV, CHAINS, H, padded, r)                                                    \
    do {                                                                                           \
        if ((padded) < NET_HALVES * (size_t)(UV)*WIDEST)                                           \
            WIDE(wide_backward)(UV, 1, CHAINS, H, padded, r);                                      \
        else                                                                                       \
            WIDE(wide_backward)(UV, NET_HALVES, CHAINS, H, padded, r);                             \
    } while (0)

static inline void wide_backward(size_t hidden, size_t padded, const recurrence *r)
{
#if WIDEST == 16
    if (padded == 16)
        snug_backward_16(1, r);
#else
    if (hidden == 16)
        WIDE_BACKWARD(BLOCK_VECTORS, 4, 16, 16, r);
#endif
    else if (hidden == 32)
        WIDE_BACKWARD(VECTORS_OF_32, VECTORS_OF_32 == BLOCK_VECTORS ? 2 : 4, 32, 32, r);
    else if (hidden == 64)
        WIDE_BACKWARD(BLOCK_VECTORS, 2, 64, 64, r);
    else if (hidden == 128)
        WIDE_BACKWARD(BLOCK_VECTORS, 2, 128, 128, r);
    else if (hidden == 256)
        WIDE_BACKWARD(BLOCK_VECTORS, 2, 256, 256, r);
    else if (block_vectors(padded) == BLOCK_VECTORS)
        WIDE_BACKWARD(BLOCK_VECTORS, 2, hidden, padded, r);
    else if (block_vectors(padded) == 2)
        WIDE_BACKWARD(2, 4, hidden, padded, r);
    else
        WIDE_BACKWARD(1, 4, hidden, padded, r);
}

/* Whether the compiler knows the units of a layer, and they fit one vector: its recurrence then may
 * be interleaved with another's. */
static inline bool recur_is_narrow(size_t hidden)
{
    return hidden <= 8 || (hidden == 16 && WIDEST == 16);
}

/* COUNT such layers. */
static inline ALWAYS_INLINE void narrow_forward(const int COUNT, size_t hidden, const recurrence *r)
{
    switch (hidden) {
        NARROW_CASES(narrow_forward, COUNT, r);
#if WIDEST == 16
    default:
        narrow_forward_16(16, COUNT, r);
#endif
    }
}

static inline ALWAYS_INLINE void narrow_backward(const int COUNT, size_t hidden,
                                                 const recurrence *r)
{
    switch (hidden) {
        NARROW_CASES(narrow_backward, COUNT, r);
#if WIDEST == 16
    default:
        snug_backward_16(COUNT, r);
#endif
    }
}

static inline void recur_forward(size_t hidden, size_t padded, const recurrence *r)
{
    if (recur_is_narrow(hidden))
        narrow_forward(1, hidden, r);
    else
        wide_forward(hidden, padded, r);
}

static inline void recur_backward(size_t hidden, size_t padded, const recurrence *r)
{
    if (recur_is_narrow(hidden))
        narrow_backward(1, hidden, r);
    else
        wide_backward(hidden, padded, r);
}

/* A narrow layer of two models, interleaved: the same bits as one by one. */
static inline void recur_forward_pair(size_t hidden, const recurrence pair[NET_PAIR])
{
    narrow_forward(NET_PAIR, hidden, pair);
}

static inline void recur_backward_pair(size_t hidden, const recurrence pair[NET_PAIR])
{
    narrow_backward(NET_PAIR, hidden, pair);
}

#endif
