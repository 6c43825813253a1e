/* sigmoid and tanh. A template like vec.h, after it. VEC_CLAMP_FIRST and ACT_NO_DIVISION choose
 * between ways of the same precision: see approach and sigmoid. */

#define VEC_PASTE2(name, width) name##_##width
#define VEC_PASTE(name, width)  VEC_PASTE2(name, width)
#define V(name)                 VEC_PASTE(name, VW)

#ifdef ENG_DOUBLE

static inline V(v) V(sigmoid)(V(v) x)
{
    for (int i = 0; i < VW; i++)
        x[i] = 1 / (1 + exp(-x[i]));
    return x;
}

static inline V(v) V(tanh)(V(v) x)
{
    for (int i = 0; i < VW; i++)
        x[i] = tanh(x[i]);
    return x;
}

#elif VW == 8 && !defined(__AVX__)

/* Such a vector takes two registers, and gcc would take its comparisons apart to single numbers: by
 * halves. VW = 4 must have been included before. */
#define BY_HALVES(name)                                                                            \
    static inline v_8 name##_8(v_8 x)                                                              \
    {                                                                                              \
        v_4 half[2];                                                                               \
        memcpy(half, &x, sizeof x);                                                                \
        half[0] = name##_4(half[0]);                                                               \
        half[1] = name##_4(half[1]);                                                               \
        memcpy(&x, half, sizeof x);                                                                \
        return x;                                                                                  \
    }
BY_HALVES(sigmoid)
BY_HALVES(tanh)
#undef BY_HALVES

#else

typedef int32_t V(vi) __attribute__((vector_size(VW * sizeof(int32_t))));

/* min and max keep a NaN of x, so that a diverged model shows. */
static inline V(v) V(clamp)(V(v) x, float low, float high)
{
#if defined(__AVX512F__) && VW == 16
    return (V(v))_mm512_max_ps((__m512)V(splat)(low),
                               _mm512_min_ps((__m512)V(splat)(high), (__m512)x));
#elif defined(__AVX__) && VW == 8
    return (V(v))_mm256_max_ps((__m256)V(splat)(low),
                               _mm256_min_ps((__m256)V(splat)(high), (__m256)x));
#elif defined(__SSE__) && VW == 4
    return (V(v))_mm_max_ps((__m128)V(splat)(low), _mm_min_ps((__m128)V(splat)(high), (__m128)x));
#else
    V(vi) above = x > high, below = x < low;
    V(vi) top = (V(vi))V(splat)(high), bottom = (V(vi))V(splat)(low);
    return (V(v))(((V(vi))x & ~(above | below)) | (top & above) | (bottom & below));
#endif
}

/* exp(scale x) = (power + power_s u) + power_s u^2 q, with power = 2^n, power_s = scale power and
 * |scale u| <= ln 2 / 2, for |scale x| <= 87. q makes it a degree-6 minimax polynomial (1.4e-8
 * relative). `scale` is -1 or 2, so that its powers in the coefficients round nothing. The parts
 * come apart because what is built from them shortens the chain of dependent operations, which is
 * what a recurrence waits for. */
typedef struct V(exp_parts) {
    V(v) power_s, u, u2, q;
} V(exp_parts);

static inline V(exp_parts) V(exp_split)(V(v) x, const float scale)
{
    /* Adding 1.5 * 2^23 rounds to a whole number; what is added to it makes sign and exponent of
     * power_s from the last nine bits of the sum. */
    const float s = scale, exponent = s < 0 ? 256 + 127 : 128;
    const V(v) magic = V(splat)(12582912.0f + exponent);
    V(v) shifted = V(fma)(x, V(splat)(s * 1.44269504f), magic);
    V(v) n = shifted - magic;
#ifdef __FMA__
    V(v) u = V(fma)(n, V(splat)(-0.693147182f / s), x);
#else
    V(v) u = (x - n * (0.693145752f / s)) - n * (1.42860677e-6f / s); /* exact first product */
#endif
    V(v) u2 = u * u;
    V(v) low = V(fma)(u, V(splat)(s * s * 0.166665435f), V(splat)(s * 0.49999997f));
    V(v)
    middle =
        V(fma)(u, V(splat)(s * s * s * s * 0.00836654752f), V(splat)(s * s * s * 0.0416672006f));
    V(v) high = V(fma)(u2, V(splat)(s * s * s * s * s * 0.00138825167f), middle);
    return (V(exp_parts)){(V(v))((V(vi))shifted << 23), u, u2, V(fma)(u2, high, low)};
}

/* A function that is constant beyond a limit takes the values `low` and `high` there; NaN stays.
 * Blending them in at the end is beside the chain of dependent operations, where a clamp of x would
 * come first in it. VEC_CLAMP_FIRST clamps, which takes fewer operations, where much else is there
 * to do meanwhile. Bits are the same. */
static inline V(v) V(approach)(V(v) x, float limit)
{
#ifdef VEC_CLAMP_FIRST
    return V(clamp)(x, -limit, limit);
#else
    (void)limit;
    return x;
#endif
}

static inline V(v) V(settle)(V(v) x, float limit, V(v) within, float low, float high)
{
#ifdef VEC_CLAMP_FIRST
    (void)x, (void)limit, (void)low, (void)high;
    return within;
#else
    V(vi) out = (V(v))((V(vi))x & 0x7fffffff) > limit, beyond = (V(vi))V(clamp)(x, low, high);
    return (V(v))(((V(vi))within & ~out) | (beyond & out));
#endif
}

/* What sigmoid gives at -87 and stays at below. */
#ifdef __FMA__
#define SIGMOID_LEAST 1.64581187e-38f
#else
#define SIGMOID_LEAST 1.64581145e-38f
#endif

/* 1 / (1 + exp(-x)); at most 3e-7 relative from double libm for |x| <= 30 (tests/engine). A divider
 * of wide vectors that are all waited for is slower than a quotient by other means. */
static inline V(v) V(sigmoid)(V(v) x)
{
    V(exp_parts) e = V(exp_split)(V(approach)(x, 87.0f), -1.0f);
    V(v) first = V(fma)(e.power_s, e.u, 1.0f - e.power_s);
    V(v) below = V(fma)(e.power_s * e.u2, e.q, first);
#ifdef ACT_NO_DIVISION
    V(v) within = V(quotient)(V(splat)(1), below);
#else
    V(v) within = 1 / below;
#endif
    return V(settle)(x, 87.0f, within, SIGMOID_LEAST, 1.0f);
}

#ifdef __AVX512F__

#ifdef VEC_CLAMP_FIRST
#define CLAMP_FIRST true
#else
#define CLAMP_FIRST false
#endif

/* In a vector of 16 at every width, whose other lanes are not used. */
static inline V(v) V(tanh)(V(v) x)
{
#if VW == 4
    __m512 wide = tanh_by_pieces(_mm512_castps128_ps512((__m128)x), CLAMP_FIRST);
    return (v_4)_mm512_castps512_ps128(wide);
#elif VW == 8
    __m512 wide = tanh_by_pieces(_mm512_castps256_ps512((__m256)x), CLAMP_FIRST);
    return (v_8)_mm512_castps512_ps256(wide);
#else
    return (v_16)tanh_by_pieces((__m512)x, CLAMP_FIRST);
#endif
}

#undef CLAMP_FIRST

#else

/* expm1(2x) / (expm1(2x) + 2), which keeps its relative precision near 0; at most 3e-7 relative. */
static inline V(v) V(tanh)(V(v) x)
{
    V(exp_parts) e = V(exp_split)(V(approach)(x, 10.0f), 2.0f);
    V(v) first = V(fma)(e.power_s, e.u, V(fma)(e.power_s, V(splat)(0.5f), V(splat)(-1)));
    V(v) second = e.power_s * e.u2;
    V(v) within = V(fma)(second, e.q, first) / V(fma)(second, e.q, first + 2.0f);
    return V(settle)(x, 10.0f, within, -1.0f, 1.0f);
}

#endif

#endif

#undef SIGMOID_LEAST
#undef V
#undef VEC_PASTE
#undef VEC_PASTE2
