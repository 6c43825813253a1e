/* Vectors of VW eng_real and the activations on them. A template: define VW, include, and every
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
#elif VW == 4
    return (V(v))_mm_fmadd_ps((__m128)a, (__m128)b, (__m128)c);
#elif VW == 8
    return (V(v))_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c);
#else
    return (V(v))_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c);
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

/* a / b, to about one unit in the last place where VEC_NEWTON is defined: wide vectors of AVX-512
 * then correct the estimate of 1 / b by one step of Newton, since their divider takes 16 cycles. */
static inline V(v) V(quotient)(V(v) a, V(v) b)
{
#if defined(VEC_NEWTON) && defined(__AVX512F__) && VW == 16
    V(v) estimate = (V(v))_mm512_rcp14_ps((__m512)b), q = a * estimate;
    return V(fma)(q, V(fma)(-b, estimate, V(splat)(1)), q);
#else
    return a / b;
#endif
}

/* sqrt(x) for x >= 0, likewise; of numbers below the least normal one, the root of that. */
static inline V(v) V(root)(V(v) x)
{
#if defined(VEC_NEWTON) && defined(__AVX512F__) && VW == 16
    x = (V(v))_mm512_max_ps(_mm512_set1_ps(FLT_MIN), (__m512)x); /* keeps a NaN */
    V(v) estimate = (V(v))_mm512_rsqrt14_ps((__m512)x), root = x * estimate;
    return V(fma)(root * 0.5f, V(fma)(-root, estimate, V(splat)(1)), root);
#else
    return V(sqrt)(x);
#endif
}

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

/* 1 / (1 + exp(-x)); at most 3e-7 relative from double libm for |x| <= 30 (tests/engine). */
static inline V(v) V(sigmoid)(V(v) x)
{
    V(exp_parts) e = V(exp_split)(V(approach)(x, 87.0f), -1.0f);
    V(v) first = V(fma)(e.power_s, e.u, 1.0f - e.power_s);
    V(v) within = V(quotient)(V(splat)(1), V(fma)(e.power_s * e.u2, e.q, first));
    return V(settle)(x, 87.0f, within, SIGMOID_LEAST, 1.0f);
}

/* expm1(2x) / (expm1(2x) + 2), which keeps its relative precision near 0; at most 3e-7 relative. */
static inline V(v) V(tanh)(V(v) x)
{
    V(exp_parts) e = V(exp_split)(V(approach)(x, 10.0f), 2.0f);
    V(v) first = V(fma)(e.power_s, e.u, V(fma)(e.power_s, V(splat)(0.5f), V(splat)(-1)));
    V(v) second = e.power_s * e.u2;
    V(v) within = V(quotient)(V(fma)(second, e.q, first), V(fma)(second, e.q, first + 2.0f));
    return V(settle)(x, 10.0f, within, -1.0f, 1.0f);
}

#endif

/* One LSTM cell for VW units, in two halves: pre-activations become gates; c is replaced. */
static inline void V(cell_state)(V(v) gate[3], V(v) * c)
{
    gate[0] = V(sigmoid)(gate[0]);
    gate[1] = V(sigmoid)(gate[1]);
    gate[2] = V(tanh)(gate[2]);
    *c = V(fma)(gate[0], gate[2], gate[1] * *c); /* tanh is what comes last */
}

/* Returns the hidden state. */
static inline V(v) V(cell_output)(V(v) * gate, V(v) c, V(v) * tanh_c)
{
    *gate = V(sigmoid)(*gate);
    *tanh_c = V(tanh)(c);
    return *gate * *tanh_c;
}

static inline V(v) V(cell)(V(v) gate[4], V(v) * c, V(v) * tanh_c)
{
    V(cell_state)(gate, c);
    return V(cell_output)(&gate[3], *c, tanh_c);
}

/* Its adjoint: gates in, gradients of the pre-activations out. dc carries the cell's gradient from
 * one step to the one before. */
static inline void V(cell_adjoint)(V(v) gate[4], V(v) c_before, V(v) tanh_c, V(v) dh, V(v) * dc)
{
    V(v) i = gate[0], f = gate[1], g = gate[2], o = gate[3];
    V(v) one = V(splat)(1);
    V(v) dct = V(fma)(dh, o * V(fma)(-tanh_c, tanh_c, one), *dc);
    gate[0] = dct * (g * (i * (1 - i)));
    gate[1] = dct * (c_before * (f * (1 - f)));
    gate[2] = dct * (i * V(fma)(-g, g, one));
    gate[3] = dh * (tanh_c * (o * (1 - o)));
    *dc = dct * f;
}

#undef SIGMOID_LEAST
#undef V
#undef V_INDEX
#undef VEC_PASTE
#undef VEC_PASTE2
