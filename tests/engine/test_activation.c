/* Vectorised sigmoid and tanh against double libm: the figures that vec.h states. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#ifdef __SSE__
#include <immintrin.h>
#endif

#include "engine/model.h"
#include "tests/support/cmocka_all.h"

#define VW 4
#include "engine/cpu/vec.h"

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
    assert_true(sigmoid_4(splat_4(200))[0] == 1.0f && sigmoid_4(splat_4(-200))[0] < 1e-37f);
    assert_true(isfinite(sigmoid_4(splat_4(-inf))[0]));
    assert_true(isnan(tanh_4(splat_4(NAN))[0]) && isnan(sigmoid_4(splat_4(NAN))[0]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sigmoid),
        cmocka_unit_test(test_tanh),
        cmocka_unit_test(test_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
