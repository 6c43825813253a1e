/* The way back through layers of exactly one vector of units (padded == VW), for vectors of 16. A
 * template like vec.h, after narrow.h.
 *
 * As W_hh^T d in columns of W_hh, each number of d would have to be spread over a vector for one
 * multiplication. Here the four gates of a unit lie side by side instead: spread in fours over a
 * vector, they serve four multiplications, each for the four gates of four units. */

#define VEC_PASTE2(name, width) name##_##width
#define VEC_PASTE(name, width)  VEC_PASTE2(name, width)
#define V(name)                 VEC_PASTE(name, VW)

/* Transpose each 4 by 4 numbers of four vectors: out[q][4 l + g] = in[g][4 l + q]. */
static inline ALWAYS_INLINE void V(turn_fours)(const V(v) in[4], V(v) out[4])
{
    const __m512 a = (__m512)in[0], b = (__m512)in[1], c = (__m512)in[2], d = (__m512)in[3];
    __m512 front = _mm512_unpacklo_ps(a, b), back = _mm512_unpacklo_ps(c, d);
    out[0] = (V(v))_mm512_shuffle_ps(front, back, 0x44);
    out[1] = (V(v))_mm512_shuffle_ps(front, back, 0xee);
    front = _mm512_unpackhi_ps(a, b), back = _mm512_unpackhi_ps(c, d);
    out[2] = (V(v))_mm512_shuffle_ps(front, back, 0x44);
    out[3] = (V(v))_mm512_shuffle_ps(front, back, 0xee);
}

/* Four numbers again and again. */
static inline V(v) V(spread_four)(const eng_real *x)
{
    return (V(v))_mm512_broadcast_f32x4(_mm_load_ps(x));
}

/* W_hh^T d for the gradients d[g][j] of gate g of unit j. w[j][q][4 l + g] is the weight from unit
 * 4 l + q; `fours` (4, VW) is scratch for d[.][4 l + q] at 16 q + 4 l. Units take turns at two
 * sums, which halves the chain of dependent additions. */
static inline ALWAYS_INLINE V(v) V(snug_product)(V(v) w[VW][4], const V(v) d[4], eng_real *fours)
{
    V(v) sum[2][4] = {{{0}}}, turned[4];
    V(turn_fours)(d, turned);
    for (int q = 0; q < 4; q++)
        V(store)(fours + q * VW, turned[q]);
    __asm__("" : "+r"(fours)); /* a load spreads for nothing, but gcc would shuffle a register */
#pragma GCC unroll 16
    for (int at = 0; at < VW; at++) {
        const int j = at % 4 * 4 + at / 4;
        V(v) dj = V(spread_four)(fours + at * 4);
        for (int q = 0; q < 4; q++)
            sum[at % 2][q] = V(fma)(w[j][q], dj, sum[at % 2][q]);
    }
    for (int q = 0; q < 4; q++)
        sum[0][q] += sum[1][q];
    V(turn_fours)(sum[0], turned);
    return (turned[0] + turned[1]) + (turned[2] + turned[3]);
}

static inline ALWAYS_INLINE void V(snug_backward)(const int count, const recurrence *all)
{
    V(v) dh[NET_PAIR], dc[NET_PAIR] = {{0}}, w[NET_PAIR][VW][4];
    for (int i = 0; i < count; i++) {
        dh[i] = V(load)(all[i].last);
        for (size_t j = 0; j < VW; j++) {
            V(v) row[4];
            for (size_t g = 0; g < 4; g++)
                row[g] = V(load)(all[i].w_hh + (g * VW + j) * VW);
            V(turn_fours)(row, w[i][j]);
        }
    }
    for (size_t t = all->length; t-- > 0;)
        for (int i = 0; i < count; i++) {
            V(v) d[4];
            V(step_back)(&all[i], t, dh[i], &dc[i], d);
            dh[i] = V(snug_product)(w[i], d, all[i].beside);
        }
}

#undef V
#undef VEC_PASTE
#undef VEC_PASTE2
