/* Recurrences of layers whose units fit one vector (padded == VW). A template like vec.h: the
 * matrix has a compile-time size, so that weights stay in registers and loops unroll. Time steps of
 * several models take turns: a processor begins one while another waits for its activations.
 *
 * Forward copy of W_hh: (VW, 4, VW): for each input unit k the four gate columns. */

#define VEC_PASTE2(name, width) name##_##width
#define VEC_PASTE(name, width)  VEC_PASTE2(name, width)
#define V(name)                 VEC_PASTE(name, VW)

/* Lane k of x in every lane. Across the halves of 8 lanes it is one shuffle where there is AVX2;
 * gcc would take two of the same port. */
static inline V(v) V(spread)(V(v) x, const int k)
{
#if defined(__AVX2__) && VW == 8 && !defined(ENG_DOUBLE)
    return (V(v))_mm256_permutevar8x32_ps((__m256)x, _mm256_set1_epi32(k));
#elif VW == 16
    return (V(v))_mm512_permutexvar_ps(_mm512_set1_epi32(k), (__m512)x);
#else
    return V(splat)(x[k]);
#endif
}

/* gate += W_hh h, which is in memory, too. Odd units go into a second sum, which halves the chain
 * of dependent additions. Of 16 units the first six are spread at once; the others are there by the
 * time that a load has spread them, which leaves the one port of shuffles alone. */
static inline void V(narrow_product)(int H, const eng_real *w_fwd, const eng_real *h_stored, V(v) h,
                                     V(v) gate[4])
{
    V(v) odd[4] = {{0}};
#pragma GCC unroll 16
    for (int k = 0; k < H; k++) {
        V(v) hk = VW == 16 && k >= 6 ? V(splat)(h_stored[k]) : V(spread)(h, k);
        for (int g = 0; g < 4; g++) {
            V(v) w = V(load)(w_fwd + (k * 4 + g) * VW);
            if (k % 2 == 0)
                gate[g] = V(fma)(w, hk, gate[g]);
            else
                odd[g] = V(fma)(w, hk, odd[g]);
        }
    }
    if (H > 1)
        for (int g = 0; g < 4; g++)
            gate[g] += odd[g];
}

static inline ALWAYS_INLINE void V(narrow_forward)(const int H, const int COUNT,
                                                   const recurrence *r)
{
    V(v) h[NET_PAIR] = {{0}}, c[NET_PAIR] = {{0}};
    for (size_t t = 0; t < r->length; t++)
        for (int n = 0; n < COUNT; n++) {
            eng_real *at = r[n].gates + t * 4 * VW;
            V(v) gate[4], tanh_c;
            for (size_t g = 0; g < 4; g++)
                gate[g] = V(given)(&r[n], t, g * VW);
            V(narrow_product)(H, r[n].w_fwd, r[n].h + t * VW, h[n], gate);
            h[n] = V(cell)(gate, &c[n], &tanh_c);
            for (int g = 0; g < 4; g++)
                V(store)(at + g * VW, gate[g]);
            V(store)(r[n].c + (t + 1) * VW, c[n]);
            V(store)(r[n].tanh_c + t * VW, tanh_c);
            V(store)(r[n].h + (t + 1) * VW, h[n]);
        }
}

/* The cells of one time step on the way back: gradients d of their pre-activations, from dh, what
 * the step after sends. */
static inline ALWAYS_INLINE void V(step_back)(const recurrence *r, size_t t, V(v) dh, V(v) * dc,
                                              V(v) d[4])
{
    eng_real *at = r->gates + t * 4 * VW;
    for (int g = 0; g < 4; g++)
        d[g] = V(load)(at + g * VW);
    dh += V(given_back)(r, t, 0);
    V(cell_adjoint)(d, V(load)(r->c + t * VW), V(load)(r->tanh_c + t * VW), dh, dc);
    for (int g = 0; g < 4; g++)
        V(store)(at + g * VW, d[g]);
}

/* W_hh^T d, one sum per gate. */
static inline ALWAYS_INLINE V(v)
    V(narrow_product_transposed)(int H, const eng_real *w_hh, V(v) d[4])
{
    V(v) sum[4] = {{0}};
    for (int j = 0; j < H; j++)
        for (int g = 0; g < 4; g++) {
            V(v) w = V(load)(w_hh + (g * VW + j) * VW), dj = V(spread)(d[g], j);
            sum[g] = V(fma)(w, dj, sum[g]);
        }
    return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

static inline ALWAYS_INLINE void V(narrow_backward)(const int H, const int count,
                                                    const recurrence *all)
{
    V(v) dh[NET_PAIR], dc[NET_PAIR] = {{0}};
    for (int i = 0; i < count; i++)
        dh[i] = V(load)(all[i].last);
    for (size_t t = all->length; t-- > 0;)
        for (int i = 0; i < count; i++) {
            V(v) d[4];
            V(step_back)(&all[i], t, dh[i], &dc[i], d);
            dh[i] = V(narrow_product_transposed)(H, all[i].w_hh, d);
        }
}

#undef V
#undef VEC_PASTE
#undef VEC_PASTE2
