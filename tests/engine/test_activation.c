/* Vectorised sigmoid and tanh against libm in double: the errors that vec.h states, at every width.
 * Built once per instruction set, as the passes are; test_activation_main.c calls it. */
#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#ifdef __SSE__
#include <immintrin.h>
#endif

#include "engine/cpu/tanh_pieces.h"
#include "engine/model.h"
#include "tests/support/cmocka_all.h"

#define VW 4
#include "engine/cpu/vec.h"

#include "engine/cpu/act.h"
#undef VW
/* The widest vectors clamp first, as lanes.c does: test_widths holds that this changes no bit. */
#define VW 8
#ifndef __AVX512F__
#define VEC_CLAMP_FIRST
#endif
#include "engine/cpu/vec.h"

#include "engine/cpu/act.h"
#undef VW
#ifdef __AVX512F__
#define VW 16
#define VEC_CLAMP_FIRST
#include "engine/cpu/vec.h"

#include "engine/cpu/act.h"
#undef VW
#endif

static double worst_relative(int is_tanh, double most)
{
    double worst = 0;
    for (double x = -most; x <= most; x += most / 400000) {
        v_4 in = splat_4((float)x);
        v_4 got = is_tanh ? tanh_4(in) : sigmoid_4(in);
        double exact = (double)(float)x;
        double want = is_tanh ? tanh(exact) : 1 / (1 + exp(-exact));
        if (want != 0)
            worst = fmax(worst, fabs((double)got[0] - want) / fabs(want));
    }
    return worst;
}

static void test_sigmoid(void **state)
{
    (void)state;
    double worst = worst_relative(0, 30);
    print_message("sigmoid: %.2e relative\n", worst);
    assert_true(worst < 3e-7);
}

static void test_tanh(void **state)
{
    (void)state;
    double worst = worst_relative(1, 30);
    print_message("tanh: %.2e relative\n", worst);
    assert_true(worst < 3e-7);
    assert_true(tanh_4(splat_4(0))[0] == 0.0f);
}

static void test_ends(void **state)
{
    (void)state;
    const float inf = HUGE_VALF;
    assert_true(tanh_4(splat_4(1e30f))[0] == 1.0f && tanh_4(splat_4(-1e30f))[0] == -1.0f);
    assert_true(tanh_4(splat_4(inf))[0] == 1.0f && tanh_4(splat_4(-inf))[0] == -1.0f);
    assert_true(sigmoid_4(splat_4(200))[0] == 1.0f && sigmoid_4(splat_4(-200))[0] < 1e-37f);
    assert_true(sigmoid_4(splat_4(inf))[0] == 1.0f && isfinite(sigmoid_4(splat_4(-inf))[0]));
    assert_true(isnan(tanh_4(splat_4(NAN))[0]) && isnan(sigmoid_4(splat_4(NAN))[0]));
}

/* Neither jumps at the limit beyond which it is a constant. */
static void test_limits(void **state)
{
    (void)state;
    for (float sign = -1; sign <= 1; sign += 2) {
        float at = sign * 87, past = sign * nextafterf(87, 88);
        assert_true(sigmoid_4(splat_4(at))[0] == sigmoid_4(splat_4(past))[0]);
        at = sign * 10;
        past = sign * nextafterf(10, 11);
        assert_true(tanh_4(splat_4(at))[0] == tanh_4(splat_4(past))[0]);
    }
}

/* Every lane of every width gives the bits of width 4. One bit pattern in 1,021, of all exponents.
 */
static void test_widths(void **state)
{
    (void)state;
    for (uint64_t bits = 0; bits < (uint64_t)1 << 32; bits += 1021) {
        uint32_t pattern = (uint32_t)bits;
        float x;
        memcpy(&x, &pattern, sizeof x);
        if (isnan(x))
            continue;
        v_4 s4 = sigmoid_4(splat_4(x)), t4 = tanh_4(splat_4(x));
        v_8 s8 = sigmoid_8(splat_8(x)), t8 = tanh_8(splat_8(x));
        for (int i = 0; i < 8; i++)
            assert_true(s8[i] == s4[i % 4] && t8[i] == t4[i % 4]);
#ifdef __AVX512F__
        v_16 s16 = sigmoid_16(splat_16(x)), t16 = tanh_16(splat_16(x));
        for (int i = 0; i < 16; i++)
            assert_true(s16[i] == s4[i % 4] && t16[i] == t4[i % 4]);
#endif
    }
}

int test_activation(void);

int test_activation(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sigmoid), cmocka_unit_test(test_tanh),   cmocka_unit_test(test_ends),
        cmocka_unit_test(test_limits),  cmocka_unit_test(test_widths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
