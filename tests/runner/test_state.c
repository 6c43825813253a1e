#include "runner/backend/state.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"
#include "tests/support/cmocka_all.h"

#define TOTAL 5u

static const eng_info here = {.engine = "cpu", .isa = "avx2"};

static run_state make_state(void)
{
    run_state state;
    swp_err err;
    assert_int_equal(run_state_init(&state, TOTAL, &here, &err), SWP_OK);
    state.values.step = 0x123456789abcULL;
    for (size_t i = 0; i < TOTAL; i++) {
        state.values.weights[i] = 1.5f * (float)i;
        state.values.m[i] = -1.0f / (float)(i + 1);
        state.values.v[i] = 1e-38f * (float)i;
    }
    state.values.weights[2] = -0.0f;
    return state;
}

static void test_round_trip(void **unused)
{
    (void)unused;
    run_state state = make_state(), copy;
    swp_err err;
    unsigned char bytes[256];
    assert_in_range(run_state_size(TOTAL), 1, sizeof bytes);
    run_state_pack(&state, bytes);
    assert_int_equal(run_state_init(&copy, TOTAL, &here, &err), SWP_OK);
    assert_int_equal(run_state_unpack(&copy, bytes, run_state_size(TOTAL), &err), SWP_OK);
    assert_true(copy.values.step == state.values.step);
    size_t size = TOTAL * sizeof(eng_real);
    assert_memory_equal(copy.values.weights, state.values.weights, size);
    assert_memory_equal(copy.values.m, state.values.m, size);
    assert_memory_equal(copy.values.v, state.values.v, size);
    run_state_deinit(&copy);
    run_state_deinit(&state);
}

/* The layout must not change: existing stores have it. */
static void test_layout(void **unused)
{
    (void)unused;
    run_state state;
    swp_err err;
    assert_int_equal(run_state_init(&state, 1, &here, &err), SWP_OK);
    state.values.step = 258;
    state.values.weights[0] = 1.0f;
    state.values.m[0] = -2.0f;
    state.values.v[0] = 0.5f;
    static const unsigned char want[] =
        "SWPSTATE\2\0\0\0\4\0\0\0\1\0\0\0\0\0\0\0\2\1\0\0\0\0\0\0"
        "cpu avx2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
        "\0\0\x80\x3f\0\0\0\xc0\0\0\0\x3f"
        "\x9b\x18\x2f\xd9\x3f\x8c\x96\xe1";
    unsigned char got[sizeof want - 1];
    assert_int_equal(run_state_size(1), sizeof got);
    run_state_pack(&state, got);
    assert_memory_equal(got, want, sizeof got);
    run_state_deinit(&state);
}

/* The layout in stores of older programs. */
static void test_version_1_is_read(void **unused)
{
    (void)unused;
    run_state state = make_state(), copy;
    swp_err err;
    unsigned char bytes[256];
    run_state_pack(&state, bytes);
    bytes[8] = 1;
    assert_int_equal(run_state_init(&copy, TOTAL, &here, &err), SWP_OK);
    assert_int_equal(run_state_unpack(&copy, bytes, run_state_size(TOTAL) - 8, &err), SWP_OK);
    assert_memory_equal(copy.values.weights, state.values.weights, 3 * TOTAL * sizeof(eng_real));
    assert_int_equal(run_state_unpack(&copy, bytes, run_state_size(TOTAL), &err), SWP_FORMAT);
    assert_true(run_state_is_whole(bytes, run_state_size(TOTAL) - 8));
    run_state_deinit(&copy);
    run_state_deinit(&state);
}

static void expect_refused(const void *bytes, size_t size, const char *part)
{
    run_state state;
    swp_err err;
    assert_int_equal(run_state_init(&state, TOTAL, &here, &err), SWP_OK);
    assert_int_equal(run_state_unpack(&state, bytes, size, &err), SWP_FORMAT);
    assert_false(run_state_is_whole(bytes, size));
    assert_non_null(strstr(err.text, part));
    run_state_deinit(&state);
}

static void test_wrong_bytes_are_refused(void **unused)
{
    (void)unused;
    run_state state = make_state();
    unsigned char bytes[256];
    size_t size = run_state_size(TOTAL);
    run_state_pack(&state, bytes);
    run_state_deinit(&state);
    for (size_t n = 0; n < size; n++)
        expect_refused(bytes, n, "stored state: ");
    expect_refused(bytes, size + 1, "expected 5 weights");
    bytes[8] = 3;
    expect_refused(bytes, size, "found version 3");
    bytes[8] = 2;
    bytes[16] = 6;
    expect_refused(bytes, size, "found 6 in");
    bytes[0] = 'X';
    expect_refused(bytes, size, "not a model's state");
}

/* A bit may flip on a disk. */
static void test_every_flipped_bit_is_seen(void **unused)
{
    (void)unused;
    run_state state = make_state();
    unsigned char bytes[256];
    size_t size = run_state_size(TOTAL);
    run_state_pack(&state, bytes);
    assert_true(run_state_is_whole(bytes, size));
    for (size_t bit = 0; bit < 8 * size; bit++) {
        bytes[bit / 8] ^= (unsigned char)(1u << bit % 8);
        expect_refused(bytes, size, "stored state: ");
        bytes[bit / 8] ^= (unsigned char)(1u << bit % 8);
    }
    run_state_deinit(&state);
}

/* Continuing with another engine would give bits that no uninterrupted run gives. */
static void test_other_origin_is_refused(void **unused)
{
    (void)unused;
    const eng_info elsewhere = {.engine = "cpu", .isa = "avx512"};
    run_state state = make_state(), other;
    unsigned char bytes[256];
    swp_err err;
    run_state_pack(&state, bytes);
    assert_int_equal(run_state_init(&other, TOTAL, &elsewhere, &err), SWP_OK);
    assert_int_equal(run_state_unpack(&other, bytes, run_state_size(TOTAL), &err), SWP_CONFIG);
    assert_string_equal(err.text, "its epochs were trained by cpu avx2, this is cpu avx512; go on "
                                  "with SWEEP_ISA=avx2 and --retry-failed, or start over with "
                                  "--fresh");
    run_state_deinit(&other);
    run_state_deinit(&state);
}

static void test_no_memory(void **unused)
{
    (void)unused;
    run_state state;
    swp_err err;
    swp_mem_fail_at(1);
    assert_int_equal(run_state_init(&state, TOTAL, &here, &err), SWP_NOMEM);
    run_state_deinit(&state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_layout),
        cmocka_unit_test(test_version_1_is_read),
        cmocka_unit_test(test_every_flipped_bit_is_seen),
        cmocka_unit_test(test_other_origin_is_refused),
        cmocka_unit_test(test_wrong_bytes_are_refused),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
