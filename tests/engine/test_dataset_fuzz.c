/* Damaged variants of small valid files do no harm, which the sanitizers of the dev build check. A
 * variant that is still a valid set must be consistent. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine/data/dataset.h"
#include "engine/data/rng.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/data.h"

enum { LARGEST = 4096, LEAST_ROUNDS = 200, SECONDS = 2 };

typedef struct variant {
    char bytes[LARGEST];
    size_t size;
} variant;

static const char *const seeds[] = {
    "% c\n@relation x\n@attribute 'a b' numeric\n@attribute b REAL\n@attribute class {1,2,'R T'}\n"
    "@data\n0.5,-2e3,1\n1,?,'R T'\n3,4,2\n",
    "# c\n@problemName x\n@timeStamps false\n@univariate true\n@seriesLength 3\n"
    "@classLabel true 1 b\n@data\n1,2.5,-3:1\n4,NaN,6:b\n",
    "   1.0000000e+00  -1.1e-01   2.5\n   2.0000000e+00   3.1   4.5\n",
    "\xef\xbb\xbft0,t1,label\r\n0.5,1,\"a, \"\"b\"\"\"\r\n1.5,,c\r\n2,3,c\r\n",
    "1\t0.5\t1.5\n2\t2.5\tNaN\n1\t1\t1\n",
};

/* Bytes with a meaning in some format. */
static const char meaningful[] = ",\t :'\"\\@%#{}?\r\n.-e0\0\xef\xbb\xbf";

static size_t below(eng_rng *rng, size_t n)
{
    return eng_rng_next(rng) % n;
}

static void flip_byte(variant *v, eng_rng *rng)
{
    v->bytes[below(rng, v->size)] ^= (char)(1u << below(rng, 8));
}

static void replace_byte(variant *v, eng_rng *rng)
{
    v->bytes[below(rng, v->size)] = meaningful[below(rng, sizeof meaningful - 1)];
}

static void cut_end(variant *v, eng_rng *rng)
{
    v->size = below(rng, v->size);
}

static void remove_part(variant *v, eng_rng *rng)
{
    size_t at = below(rng, v->size), n = 1 + below(rng, v->size - at);
    memmove(v->bytes + at, v->bytes + at + n, v->size - at - n);
    v->size -= n;
}

static void double_part(variant *v, eng_rng *rng)
{
    size_t at = below(rng, v->size), n = 1 + below(rng, v->size - at);
    if (v->size + n > LARGEST)
        return;
    memmove(v->bytes + at + n, v->bytes + at, v->size - at);
    v->size += n;
}

static void damage(variant *v, eng_rng *rng)
{
    static void (*const ways[])(variant *, eng_rng *) = {flip_byte, replace_byte, replace_byte,
                                                         cut_end,   remove_part,  double_part};
    for (size_t n = 1 + below(rng, 4); n > 0 && v->size > 0; n--)
        ways[below(rng, sizeof ways / sizeof ways[0])](v, rng);
}

static void assert_sound(const eng_dataset *set)
{
    assert_true(set->n_rows >= 1 && set->length >= 1 && set->n_classes >= 1);
    size_t missing = 0, *counts = calloc(set->n_classes, sizeof *counts);
    for (size_t i = 0; i < set->n_rows * set->length; i++)
        missing += isnan(set->values[i]) != 0;
    assert_int_equal(missing, set->n_missing);
    assert_int_equal(missing > 0, set->first_missing != NULL);
    for (size_t i = 0; i < set->n_rows; i++) {
        assert_true(set->labels[i] < set->n_classes);
        counts[set->labels[i]]++;
    }
    for (size_t i = 0; i < set->n_classes; i++)
        assert_int_equal(counts[i], set->classes[i].count);
    free(counts);
}

/* Load the variant as `path`: it is a sound set, or refused with a one-line message. */
static bool load(const variant *v, const char *path)
{
    test_write_bytes(path, v->bytes, v->size);
    eng_dataset *set;
    swp_err err = {0};
    swp_status status = eng_dataset_load(path, &set, &err);
    if (status == SWP_OK) {
        assert_sound(set);
        eng_dataset_destroy(set);
        return true;
    }
    assert_int_equal(status, SWP_FORMAT);
    assert_null(set);
    for (const char *c = err.text; *c; c++)
        assert_false((unsigned char)*c < ' ');
    assert_non_null(strstr(err.text, path));
    return false;
}

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void damaged_files_do_no_harm(void **state)
{
    (void)state;
    const char *folder = test_fresh_folder("dataset_fuzz");
    static const char *const names[] = {"x.txt", "x.csv"};
    eng_rng rng;
    eng_rng_seed(&rng, 20);
    double end = seconds() + SECONDS;
    size_t rounds = 0, read = 0;
    for (; rounds < LEAST_ROUNDS || seconds() < end; rounds++) {
        variant v;
        const char *seed = seeds[rounds % (sizeof seeds / sizeof seeds[0])];
        v.size = strlen(seed);
        memcpy(v.bytes, seed, v.size);
        damage(&v, &rng);
        char path[4200];
        snprintf(path, sizeof path, "%s/%s", folder, names[below(&rng, 2)]);
        read += load(&v, path);
    }
    print_message("%zu damaged files, %zu of them still data sets\n", rounds, read);
    assert_true(read > 0 && read < rounds);
}

static void seeds_are_valid(void **state)
{
    (void)state;
    char path[4200];
    snprintf(path, sizeof path, "%s/x.txt", test_fresh_folder("dataset_fuzz"));
    for (size_t i = 0; i < sizeof seeds / sizeof seeds[0]; i++) {
        variant v = {.size = strlen(seeds[i])};
        memcpy(v.bytes, seeds[i], v.size);
        assert_true(load(&v, path));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(seeds_are_valid),
        cmocka_unit_test(damaged_files_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
