/* tanh in pieces: 32 polynomials of degree 5. AVX-512 looks up the coefficients of any 16 of them
 * in two registers at once, which takes neither exp nor a division, the longest chain of a cell. */
#ifndef NET_TANH_PIECES_H
#define NET_TANH_PIECES_H

#ifdef __AVX512F__
#include <immintrin.h>
#include <stdbool.h>
#include <stdint.h>
#endif

enum { TANH_COEFFICIENTS = 6, TANH_PIECES = 32 };

/* Coefficients by power of t, then piece k: tanh(9/32 k + t) for |t| <= 9/64, in the last piece 1.
 */
extern const float tanh_pieces[TANH_COEFFICIENTS][TANH_PIECES];

#ifdef __AVX512F__

/* One coefficient of 16 pieces, of whose numbers the last five bits count. */
static inline __m512 tanh_coefficient(int power, __m512i piece)
{
    const float *row = tanh_pieces[power];
    return _mm512_permutex2var_ps(_mm512_load_ps(row), piece, _mm512_load_ps(row + 16));
}

/* At most 2.3e-7 relative from double libm; NaN stays. Clamping first takes one operation less, but
 * is one more in the chain; bits are the same. */
static inline __m512 tanh_by_pieces(__m512 x, const bool clamp_first)
{
    /* Adding 1.5 * 2^23 rounds to a whole number, which the last bits of the sum are. */
    const __m512 magic = _mm512_set1_ps(12582912.0f);
    const __m512 limit = _mm512_set1_ps(8.75f); /* in the last piece */
    const __m512i sign = _mm512_set1_epi32(INT32_MIN);
    __m512 y = _mm512_abs_ps(x);
    const __mmask16 within = clamp_first ? 0xffff : _mm512_cmp_ps_mask(y, limit, _CMP_NGT_UQ);
    if (clamp_first)
        y = _mm512_min_ps(limit, y);
    __m512 shifted = _mm512_fmadd_ps(y, _mm512_set1_ps(32 / 9.0f), magic);
    __m512 t = _mm512_fmadd_ps(_mm512_sub_ps(shifted, magic), _mm512_set1_ps(-9 / 32.0f), y);

    /* In pairs of coefficients, which makes a short chain. */
    __m512i piece = _mm512_castps_si512(shifted);
    __m512 pair[TANH_COEFFICIENTS / 2], t2 = _mm512_mul_ps(t, t);
    for (int i = 0; i < TANH_COEFFICIENTS / 2; i++)
        pair[i] =
            _mm512_fmadd_ps(tanh_coefficient(2 * i + 1, piece), t, tanh_coefficient(2 * i, piece));
    __m512i size =
        _mm512_castps_si512(_mm512_fmadd_ps(_mm512_fmadd_ps(pair[2], t2, pair[1]), t2, pair[0]));

    /* With the sign of x; beyond the limit 1. */
    __m512i from = _mm512_castps_si512(x), one = _mm512_castps_si512(_mm512_set1_ps(1));
    if (!clamp_first)
        from = _mm512_ternarylogic_epi32(one, from, sign, 0xf8); /* a | (b & c) */
    return _mm512_castsi512_ps(
        _mm512_mask_ternarylogic_epi32(from, within, sign, size, 0xea)); /* (a & b) | c */
}

#endif

#endif
