/* Streams against what NumPy and PyTorch printed: tests/reference/rng.json. */
#include "engine/data/rng.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/data.h"

static cJSON *reference;

static int load_reference(void **state)
{
    (void)state;
    size_t size;
    char *text = test_read_file(TEST_SOURCE_DIR "/tests/reference/rng.json", &size);
    reference = cJSON_Parse(text);
    free(text);
    return reference ? 0 : -1;
}

static int free_reference(void **state)
{
    (void)state;
    cJSON_Delete(reference);
    return 0;
}

static eng_rng seeded(uint32_t seed)
{
    eng_rng rng;
    eng_rng_seed(&rng, seed);
    return rng;
}

static int number(const cJSON *object, const char *key)
{
    const cJSON *item = cJSON_GetObjectItem(object, key);
    assert_non_null(item);
    return item->valueint;
}

static void assert_numbers(const cJSON *want, const uint32_t *found)
{
    assert_true(cJSON_GetArraySize(want) > 0);
    for (int i = 0; i < cJSON_GetArraySize(want); i++)
        assert_int_equal(found[i], cJSON_GetArrayItem(want, i)->valueint);
}

/* First and 10000th output of mt19937 with its default seed 5489, as the C++ standard demands. */
static void first_words_are_mt19937(void **state)
{
    (void)state;
    eng_rng rng = seeded(5489);
    assert_int_equal(eng_rng_next(&rng), 3499211612u);
    for (int i = 2; i < 10000; i++)
        eng_rng_next(&rng);
    assert_int_equal(eng_rng_next(&rng), 4123659995u);
}

static void uniform_is_torch_bit_for_bit(void **state)
{
    (void)state;
    const cJSON *streams = cJSON_GetObjectItem(reference, "torch_uniform");
    assert_int_equal(cJSON_GetArraySize(streams), 3);
    const cJSON *want;
    cJSON_ArrayForEach(want, streams)
    {
        eng_rng rng = seeded((uint32_t)strtoul(want->string, NULL, 10));
        float out[8];
        assert_int_equal(cJSON_GetArraySize(want), 8);
        eng_rng_torch_uniform(&rng, -0.5f, 0.5f, out, 8);
        for (int i = 0; i < 8; i++) {
            float value = (float)cJSON_GetArrayItem(want, i)->valuedouble;
            assert_memory_equal(&out[i], &value, sizeof value);
        }
    }
}

static void permutation_is_numpys(void **state)
{
    (void)state;
    const cJSON *streams = cJSON_GetObjectItem(reference, "numpy_permutation");
    assert_int_equal(cJSON_GetArraySize(streams), 3);
    const cJSON *want;
    cJSON_ArrayForEach(want, streams)
    {
        eng_rng rng = seeded((uint32_t)strtoul(want->string, NULL, 10));
        size_t n = (size_t)number(want, "n");
        uint32_t *out = swp_alloc(n, sizeof *out);
        eng_rng_numpy_permutation(&rng, out, n);
        assert_numbers(cJSON_GetObjectItem(want, "first"), out);
        const cJSON *last = cJSON_GetObjectItem(want, "last");
        assert_numbers(last, out + n - (size_t)cJSON_GetArraySize(last));
        swp_free(out);
    }
}

static void permutation_of_few(void **state)
{
    (void)state;
    eng_rng rng = seeded(0), fresh = rng;
    uint32_t out[2] = {7, 7};
    eng_rng_numpy_permutation(&rng, out, 0);
    assert_int_equal(out[0], 7);
    eng_rng_numpy_permutation(&rng, out, 1);
    assert_int_equal(out[0], 0);
    assert_memory_equal(&rng, &fresh, sizeof rng); /* neither draws */
}

static void split_is_scikit_learns(void **state)
{
    (void)state;
    const cJSON *want;
    cJSON_ArrayForEach(want, cJSON_GetObjectItem(reference, "train_test_split"))
    {
        size_t n = (size_t)number(want, "n"), n_test = 0;
        uint32_t *train = swp_alloc(n, sizeof *train), *test = swp_alloc(n, sizeof *test);
        double fraction = cJSON_GetObjectItem(want, "test_size")->valuedouble;
        assert_int_equal(eng_rng_train_test_split(n, fraction, (uint32_t)number(want, "seed"),
                                                  train, test, &n_test, NULL),
                         SWP_OK);
        assert_int_equal(n_test, number(want, "n_test"));
        assert_numbers(cJSON_GetObjectItem(want, "test_first"), test);
        assert_numbers(cJSON_GetObjectItem(want, "train_first"), train);

        unsigned char *seen = swp_alloc(n, 1);
        for (size_t i = 0; i < n; i++)
            seen[i < n_test ? test[i] : train[i - n_test]]++;
        for (size_t i = 0; i < n; i++)
            assert_int_equal(seen[i], 1);
        swp_free(seen);
        swp_free(train);
        swp_free(test);
    }
}

static void split_refuses_an_empty_side(void **state)
{
    (void)state;
    static const struct {
        size_t n;
        double fraction;
    } bad[] = {{0, 0.5}, {1, 0.5}, {10, 0}, {10, -0.1}, {10, 1}, {10, 0.95}, {10, 2}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        uint32_t train[10], test[10];
        size_t n_test;
        swp_err err = {0};
        assert_int_equal(
            eng_rng_train_test_split(bad[i].n, bad[i].fraction, 1, train, test, &n_test, &err),
            SWP_CONFIG);
        assert_non_null(strstr(err.text, "empty"));
    }
}

static void split_survives_lack_of_memory(void **state)
{
    (void)state;
    uint32_t train[4], test[4];
    size_t n_test;
    swp_err err = {0};
    swp_mem_fail_at(1);
    assert_int_equal(eng_rng_train_test_split(4, 0.5, 1, train, test, &n_test, &err), SWP_NOMEM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_words_are_mt19937),
        cmocka_unit_test(uniform_is_torch_bit_for_bit),
        cmocka_unit_test(permutation_is_numpys),
        cmocka_unit_test(permutation_of_few),
        cmocka_unit_test(split_is_scikit_learns),
        cmocka_unit_test(split_refuses_an_empty_side),
        cmocka_unit_test(split_survives_lack_of_memory),
    };
    return cmocka_run_group_tests(tests, load_reference, free_reference);
}
