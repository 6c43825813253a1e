/* Vectors of VW eng_real. A template: define VW, include, and every
 * name ends in that width (v_16, sigmoid_16). No include guard, since it is included per width. */

#ifndef VW
#error "define VW, the number of lanes, before including vec.h"
#endif

/* Every product and sum is written out, and the compiler must not fuse others (-ffp-contract=off):
 * one model alone and the same model in a cohort then take the very same roundings, though
 * different code computes them. */

/* Integers as wide as an eng_real, for shuffles. */
#ifdef ENG_DOUBLE
#define V_INDEX int64_t
#else
#define V_INDEX int32_t
#endif

/* Whether there are estimates of 1 / x and 1 / sqrt(x) good enough for one step of Newton. */
#undef VEC_ESTIMATES
#if defined(__AVX512F__) && !defined(ENG_DOUBLE)
#define VEC_ESTIMATES 1
#else
#define VEC_ESTIMATES 0
#endif

/* The intrinsic function and type of this width. */
#if VW == 4
#define MM(name)  _mm_##name
#define MM_VECTOR __m128
#elif VW == 8
#define MM(name)  _mm256_##name
#define MM_VECTOR __m256
#else
#define MM(name)  _mm512_##name
#define MM_VECTOR __m512
#endif

#define VEC_PASTE2(name, width) name##_##width
#define VEC_PASTE(name, width)  VEC_PASTE2(name, width)
#define V(name)                 VEC_PASTE(name, VW)

typedef eng_real V(v) __attribute__((vector_size(VW * sizeof(eng_real))));
typedef V(v) V(v_in_memory) __attribute__((may_alias));

static inline V(v) V(load)(const eng_real *at)
{
    return *(const V(v_in_memory) *)at;
}

static inline void V(store)(eng_real *at, V(v) x)
{
    *(V(v_in_memory) *)at = x;
}

static inline V(v) V(splat)(eng_real x)
{
    return x - (V(v)){0};
}

/* a b + c, in one rounding where the instruction set can. */
static inline V(v) V(fma)(V(v) a, V(v) b, V(v) c)
{
#if defined(ENG_DOUBLE) || !defined(__FMA__)
    return a * b + c;
#else
    return (V(v))MM(fmadd_ps)((MM_VECTOR)a, (MM_VECTOR)b, (MM_VECTOR)c);
#endif
}

static inline V(v) V(sqrt)(V(v) x)
{
    for (int i = 0; i < VW; i++)
#ifdef ENG_DOUBLE
        x[i] = sqrt(x[i]);
#else
        x[i] = sqrtf(x[i]);
#endif
    return x;
}

#if VEC_ESTIMATES

/* a / b, to about one unit in the last place: AVX-512 corrects the estimate of 1 / b by one step of
 * Newton, since its divider takes 10 cycles and more for a wide vector. */
static inline V(v) V(quotient)(V(v) a, V(v) b)
{
    V(v) estimate = (V(v))MM(rcp14_ps)((MM_VECTOR)b), q = a * estimate;
    return V(fma)(q, V(fma)(-b, estimate, V(splat)(1)), q);
}

/* sqrt(x) for x >= 0, likewise; of numbers below the least normal one, the root of that. */
static inline V(v) V(root)(V(v) x)
{
    x = (V(v))MM(max_ps)(MM(set1_ps)(FLT_MIN), (MM_VECTOR)x); /* keeps a NaN */
    V(v) estimate = (V(v))MM(rsqrt14_ps)((MM_VECTOR)x), root = x * estimate;
    return V(fma)(root * 0.5f, V(fma)(-root, estimate, V(splat)(1)), root);
}

#else

static inline V(v) V(quotient)(V(v) a, V(v) b)
{
    return a / b;
}

static inline V(v) V(root)(V(v) x)
{
    return V(sqrt)(x);
}

#endif

typedef V_INDEX V(index) __attribute__((vector_size(VW * sizeof(eng_real))));

/* -1, 0 or 1; 0 for NaN. */
static inline V(v) V(sign)(V(v) x)
{
    V(v) one = V(splat)(1);
    V(index) above = x > 0, below = x < 0;
    return (V(v))((V(index))one & above) - (V(v))((V(index))one & below);
}

/* Lanes of a, then of b, by number. */
static inline V(v) V(shuffle)(V(v) a, V(v) b, V(index) lanes)
{
#ifdef __clang__ /* its own builtin wants literal numbers */
    V(v) out;
    for (int i = 0; i < VW; i++)
        out[i] = lanes[i] < VW ? a[lanes[i]] : b[lanes[i] - VW];
    return out;
#else
    return __builtin_shuffle(a, b, lanes);
#endif
}

/* Transpose VW rows of VW lanes: log2(VW) rounds of interleaving row i with row i + VW / 2. */
static inline void V(transpose)(V(v) rows[VW])
{
    V(index) low, high;
    for (int i = 0; i < VW; i++) {
        low[i] = i / 2 + i % 2 * VW;
        high[i] = low[i] + VW / 2;
    }
    for (int width = VW; width > 1; width /= 2) {
        V(v) from[VW];
        memcpy(from, rows, sizeof from);
        for (int i = 0; i < VW / 2; i++) {
            rows[2 * i] = V(shuffle)(from[i], from[i + VW / 2], low);
            rows[2 * i + 1] = V(shuffle)(from[i], from[i + VW / 2], high);
        }
    }
}

static inline eng_real V(sum)(V(v) x)
{
    eng_real part[VW];
    memcpy(part, &x, sizeof part);
    for (int half = VW / 2; half > 0; half /= 2)
        for (int i = 0; i < half; i++)
            part[i] += part[i + half];
    return part[0];
}

#undef MM
#undef MM_VECTOR
#undef V
#undef V_INDEX
#undef VEC_PASTE
#undef VEC_PASTE2
