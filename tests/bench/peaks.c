/* peaks_ops. Compiled once per instruction set: CMake sets PEAKS_ISA and the flags. */
#include "tests/bench/peaks.h"

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#ifdef __SSE__
#include <immintrin.h>
#endif

#include "engine/model.h"

#if defined(__AVX512F__)
#define VW        16
#define REGISTERS 32
#elif defined(__AVX2__)
#define VW        8
#define REGISTERS 16
#else
#define VW        4
#define REGISTERS 16
#endif
#include "engine/cpu/vec.h"

#define PEAKS2(name, suffix) name##_##suffix
#define PEAKS1(name, suffix) PEAKS2(name, suffix)
#define V(name)              PEAKS1(name, VW)

typedef V(v) vec;

static float total(const vec *x, int n)
{
    vec sum = {0};
    for (int i = 0; i < n; i++)
        sum += x[i];
    return V(sum)(sum);
}

static float madds(size_t rounds)
{
    const vec half = V(splat)(0.5f), one = V(splat)(1);
    vec x[PEAKS_CHAINS];
    for (int i = 0; i < PEAKS_CHAINS; i++)
        x[i] = V(splat)((float)i);
    for (size_t round = 0; round < rounds; round++)
        for (int i = 0; i < PEAKS_CHAINS; i++)
            x[i] = V(fma)(x[i], half, one);
    return total(x, PEAKS_CHAINS);
}

static float divides(size_t rounds)
{
    const vec two = V(splat)(2);
    vec x[PEAKS_CHAINS];
    for (int i = 0; i < PEAKS_CHAINS; i++)
        x[i] = V(splat)((float)(i + 1));
    for (size_t round = 0; round < rounds; round++)
        for (int i = 0; i < PEAKS_CHAINS; i++)
            x[i] = two / x[i];
    return total(x, PEAKS_CHAINS);
}

static float read_all(const float *from, size_t n, size_t passes)
{
    enum { SUMS = 8 };
    vec sum[SUMS] = {{0}};
    for (size_t pass = 0; pass < passes; pass++)
        for (size_t at = 0; at < n; at += SUMS * VW)
            for (size_t i = 0; i < SUMS; i++)
                sum[i] += V(load)(from + at + i * VW);
    return total(sum, SUMS);
}

#define PEAKS_STRING2(text) #text
#define PEAKS_STRING(text)  PEAKS_STRING2(text)
#define PEAKS_OPS           PEAKS1(peaks_ops, PEAKS_ISA)

extern const peaks_ops PEAKS_OPS;
const peaks_ops PEAKS_OPS = {
    .isa = PEAKS_STRING(PEAKS_ISA),
    .width = VW,
    .registers = REGISTERS,
    .madds = madds,
    .divides = divides,
    .read = read_all,
};
