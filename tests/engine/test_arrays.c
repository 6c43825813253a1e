/* Kinds of files that people have: what is read from each, and what is refused with which hint.
 * Each was rewritten from a kind of file found in public; the values are made up. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"
#include "engine/data/dataset.h"
#include "tests/engine/arrays.h"
#include "tests/engine/reads.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/data.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static int make_folder(void **state)
{
    (void)state;
    test_reads_begin("arrays");
    return 0;
}

static const float numbers[6] = {0.5f, 1.25f, 0.75f, 2.5f, 0.5f, 2.25f};
static const int64_t classes[2] = {9007199254740992, 9007199254740993};

#define ROWS "9007199254740992:0.5,1.25,0.75 9007199254740993:2.5,0.5,2.25"

static void assert_arrays(const test_array *x, const test_array *y, const char *want)
{
    unsigned char bytes[2000];
    size_t n = test_npy(x, bytes, sizeof bytes);
    char pair[9000];
    eng_dataset *set = NULL;
    swp_err err = {0};
    snprintf(pair, sizeof pair, "%s", test_put("X.npy", bytes, n));
    n = test_npy(y, bytes, sizeof bytes);
    snprintf(pair + strlen(pair), sizeof pair - strlen(pair), ":%s", test_put("y.npy", bytes, n));
    swp_status status = eng_dataset_load(pair, &set, &err);
    test_assert_set(set, status, &err, x->type, want);
    for (int deflated = 0; deflated < 2; deflated++) {
        const test_array both[] = {*x, *y};
        n = test_npz(both, 2, deflated, bytes, sizeof bytes);
        status = eng_dataset_load(test_put("a.npz", bytes, n), &set, &err);
        test_assert_set(set, status, &err, x->type, want);
    }
}

static void numpy_types_are_read(void **state)
{
    (void)state;
    test_array y = {"y", "<i8", false, "(2,)", classes, sizeof classes};
    assert_arrays(&(test_array){"X", "<f4", false, "(2, 3)", numbers, sizeof numbers}, &y, ROWS);
    assert_arrays(&(test_array){"X", "<f4", false, "(2, 1, 3)", numbers, sizeof numbers}, &y, ROWS);
    assert_arrays(&(test_array){"X", "<f4", false, "(2, 3, 1)", numbers, sizeof numbers}, &y, ROWS);
    static const float by_column[6] = {0.5f, 2.5f, 1.25f, 0.5f, 0.75f, 2.25f};
    assert_arrays(&(test_array){"X", "<f4", true, "(2, 3)", by_column, sizeof by_column}, &y, ROWS);
    double wide[6];
    unsigned char turned[24];
    for (size_t i = 0; i < 6; i++) {
        wide[i] = (double)numbers[i];
        for (size_t k = 0; k < 4; k++)
            turned[4 * i + k] = ((const unsigned char *)numbers)[4 * i + 3 - k];
    }
    assert_arrays(&(test_array){"X", "<f8", false, "(2, 3)", wide, sizeof wide}, &y, ROWS);
    assert_arrays(&(test_array){"X", ">f4", false, "(2, 3)", turned, sizeof turned}, &y, ROWS);
    static const uint16_t halves[6] = {0x3800, 0x3d00, 0x3a00, 0x4100, 0x3800, 0x4080};
    assert_arrays(&(test_array){"X", "<f2", false, "(2, 3)", halves, sizeof halves}, &y, ROWS);
    static const int8_t small[6] = {1, -2, 3, 127, -128, 0};
    assert_arrays(&(test_array){"X", "|i1", false, "(2, 3)", small, sizeof small}, &y,
                  "9007199254740992:1,-2,3 9007199254740993:127,-128,0");
    static const uint16_t counts[6] = {1, 2, 65535, 0, 256, 3};
    assert_arrays(&(test_array){"X", "<u2", false, "(2, 3)", counts, sizeof counts}, &y,
                  "9007199254740992:1,2,65535 9007199254740993:0,256,3");
    test_array x = {"X", "<f4", false, "(2, 3)", numbers, sizeof numbers};
    static const uint32_t letters[6] = {'n', 0, 0, 0xe4, 0x1f600, 0};
    assert_arrays(&x, &(test_array){"y", "<U3", false, "(2,)", letters, sizeof letters},
                  "n:0.5,1.25,0.75 \xc3\xa4\xf0\x9f\x98\x80:2.5,0.5,2.25");
    assert_arrays(&x, &(test_array){"y", "|S2", false, "(2,)", "n\0ab", 4},
                  "n:0.5,1.25,0.75 ab:2.5,0.5,2.25");
    assert_arrays(&x, &(test_array){"y", "|b1", false, "(2, 1)", "\1\0", 2},
                  "1:0.5,1.25,0.75 0:2.5,0.5,2.25");
    static const double reals[2] = {1, -1};
    assert_arrays(&x, &(test_array){"y", "<f8", false, "(2,)", reals, sizeof reals},
                  "1:0.5,1.25,0.75 -1:2.5,0.5,2.25");
}

static void arrays_in_archives(void **state)
{
    (void)state;
    unsigned char bytes[4000];
    eng_dataset *set = NULL;
    swp_err err = {0};
    static const int32_t labels[2] = {1, 2};
    const test_array parts[] = {
        {"y_test", "<i4", false, "(2,)", labels, sizeof labels},
        {"X_test", "<f4", false, "(2, 1)", numbers + 2, 8},
        {"X_train", "<f4", false, "(2, 1)", numbers, 8},
        {"y_train", "<i4", false, "(2,)", labels, sizeof labels},
    };
    size_t n = test_npz(parts, 4, true, bytes, sizeof bytes);
    swp_status status = eng_dataset_load(test_put("a.npz", bytes, n), &set, &err);
    test_assert_set(set, status, &err, "train and test", "1:0.5 2:1.25 1:0.75 2:2.5");
    const test_array named[] = {{"beats", "<f4", false, "(2, 3)", numbers, sizeof numbers},
                                {"kinds", "<i4", false, "(2,)", labels, sizeof labels}};
    n = test_npz(named, 2, false, bytes, sizeof bytes);
    status = eng_dataset_load(test_put("a.npz", bytes, n), &set, &err);
    test_assert_set(set, status, &err, "by shape", "1:0.5,1.25,0.75 2:2.5,0.5,2.25");
    const test_array more[] = {named[0], named[1], {"mean", "<f4", false, "(3,)", numbers, 12}};
    n = test_npz(more, 3, false, bytes, sizeof bytes);
    test_assert_refused(test_put("a.npz", bytes, n), NULL, "beats (2, 3) of <f4", "X=X, y=y");

    /* A column of labels in an array of its own; detect needs none. */
    static const float table[8] = {1, 0.5f, 1.5f, 2.5f, 2, 3.5f, 4.5f, 5.5f};
    n = test_npy(&(test_array){"", "<f4", false, "(2, 4)", table, sizeof table}, bytes,
                 sizeof bytes);
    status = eng_dataset_load(test_put("a.npy", bytes, n), &set, &err);
    test_assert_set(set, status, &err, "a column", "1:0.5,1.5,2.5 2:3.5,4.5,5.5");
    status =
        eng_dataset_load_as(test_put("a.npy", bytes, n),
                            &(eng_reading){.label_column = "1", .columns = "3..4"}, &set, &err);
    test_assert_set(set, status, &err, "a column", "1:1.5,2.5 2:4.5,5.5");
    n = test_npy(&(test_array){"", "<f4", true, "(4, 2)", table, sizeof table}, bytes,
                 sizeof bytes);
    status = eng_series_load(test_put("a.npy", bytes, n), 2, &set, &err);
    test_assert_set(set, status, &err, "bare", ":1,2 :0.5,3.5 :1.5,4.5 :2.5,5.5");
}

static void damaged_arrays_are_refused(void **state)
{
    (void)state;
    static const double fractions[2] = {0.25, 1.5};
    static const struct {
        test_array array;
        const char *place, *way;
    } cases[] = {
        {{"", "|O", false, "(2, 3)", numbers, 24}, "pickled Python objects", "numpy.savez"},
        {{"", "<c8", false, "(2, 3)", numbers, 24}, "elements of type \"<c8\"", "astype"},
        {{"", "<f4", false, "(2, 3)", numbers, 23}, "found fewer", "cut short"},
        {{"", "<f4", false, "(2, 2)", numbers, 24}, "found more", ""},
        {{"", "<f4", false, "(4000000000, 4000000000)", numbers, 24}, "found fewer", ""},
        {{"", "<f4", false, "(2, 3, 1, 1, 1)", numbers, 24}, "more than 4 dimensions", ""},
        {{"", "<f4", false, "(1, 2, 3)", numbers, 24}, "one channel", "one channel"},
        {{"", "<f4", false, "(6,)", numbers, 24}, "one long series", "windows"},
        {{"", "<f4", false, "()", numbers, 4}, "a single number", ""},
        {{"", "<f4", false, "(0, 3)", numbers, 0}, "an empty array", ""},
        {{"", "<f4", false, "(2, 3", numbers, 24}, "expected a header", ""},
        {{"", "<f4", false, "(2, 3)", numbers, 24}, "neither the first nor the last", "y=y"},
        {{"", "<i4", false, "(2, 3)", numbers, 24},
         "more than one may be the label",
         "data.label_column"},
    };
    unsigned char bytes[2000];
    for (size_t i = 0; i < COUNT(cases); i++) {
        size_t n = test_npy(&cases[i].array, bytes, sizeof bytes);
        test_assert_refused(test_put("a.npy", bytes, n), NULL, cases[i].place, cases[i].way);
    }
    const float infinite[6] = {0.5f, 1.5f, 2.5f, 0.5f, INFINITY, 1.5f};
    const test_array x = {"X", "<f4", false, "(2, 3)", infinite, sizeof infinite};
    test_array pair[] = {x, {"y", "<f8", false, "(2,)", fractions, sizeof fractions}};
    size_t n = test_npz(pair, 2, false, bytes, sizeof bytes);
    test_assert_refused(test_put("a.npz", bytes, n), NULL, "a target of a regression",
                        "whole numbers");
    pair[1] = (test_array){"y", "<i8", false, "(2,)", classes, sizeof classes};
    n = test_npz(pair, 2, false, bytes, sizeof bytes);
    test_assert_refused(test_put("a.npz", bytes, n), NULL,
                        "a.npz:2: value 2: expected a finite float", "");
    for (size_t cut = 1; cut < n; cut += 7) {
        eng_dataset *set;
        assert_int_equal(eng_dataset_load(test_put("b.npz", bytes, n - cut), &set, NULL),
                         SWP_FORMAT);
    }
    bytes[200] ^= 1; /* in the data of X: the CRC differs */
    test_assert_refused(test_put("a.npz", bytes, n), NULL, "a.npz", "");
}

/* The extremes of half precision, and unsigned labels of 64 bits. */
static void ends_of_the_types(void **state)
{
    (void)state;
    static const uint16_t halves[6] = {0x8000, 0x0001, 0x7bff, 0xfbff, 0x8400, 0x7e00};
    static const uint64_t labels[2] = {UINT64_MAX, 0};
    unsigned char bytes[2000];
    eng_dataset *set = NULL;
    swp_err err = {0};
    test_array parts[] = {{"X", "<f2", false, "(2, 3)", halves, sizeof halves},
                          {"y", "<u8", false, "(2,)", labels, sizeof labels}};
    size_t n = test_npz(parts, 2, false, bytes, sizeof bytes);
    swp_status status = eng_dataset_load(test_put("a.npz", bytes, n), &set, &err);
    test_assert_set(set, status, &err, "halves",
                    "18446744073709551615:-0,5.96046e-08,65504 0:-65504,-6.10352e-05,nan");
    static const uint16_t infinite[6] = {0, 0, 0, 0, 0xfc00, 0};
    parts[0].data = infinite;
    n = test_npz(parts, 2, false, bytes, sizeof bytes);
    test_assert_refused(test_put("a.npz", bytes, n), NULL, "a.npz:2: value 2: expected a finite",
                        "");
}

static void settings_that_do_not_fit_arrays(void **state)
{
    (void)state;
    static const int32_t labels[3] = {1, 2, 3};
    unsigned char bytes[2000];
    const test_array x = {"X", "<f4", false, "(2, 3)", numbers, sizeof numbers};
    const test_array pair[] = {x, {"y", "<i4", false, "(2,)", labels, 8}};
    const test_array uneven[] = {x, {"y", "<i4", false, "(3,)", labels, 12}};
    static const struct {
        eng_reading how;
        bool has_labels;
        const char *place;
    } cases[] = {
        {{.label_column = "1"}, true, "no data.label_column, since the labels are an array"},
        {{.label_column = "4"}, false, "data.label_column 1..3, found \"4\""},
        {{.columns = "2..4"}, false, "expected 4 columns as data.columns says, found 3"},
        {{.label_column = "2", .columns = "2"}, false, ""},
        {{.has_header = ENG_HEADER_YES}, true, "an array has no header"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        size_t n = test_npz(pair, cases[i].has_labels ? 2 : 1, false, bytes, sizeof bytes);
        test_assert_refused(test_put("a.npz", bytes, n), &cases[i].how, cases[i].place, "");
    }
    size_t n = test_npz(uneven, 2, false, bytes, sizeof bytes);
    test_assert_refused(test_put("a.npz", bytes, n), NULL,
                        "a label for each of the 2 rows, found 3", "");
}

/* The bytes at `offset` from the start of the first `mark`. */
static unsigned char *find(unsigned char *bytes, size_t n, const char *mark, size_t offset)
{
    for (size_t i = 0; i + 4 <= n; i++) {
        if (memcmp(bytes + i, mark, 4) == 0)
            return bytes + i + offset;
    }
    fail_msg("no %s", mark);
    return NULL;
}

#define DIRECTORY "PK\1\2"
#define END       "PK\5\6"

/* Archives of zip programs, each with one number changed. */
static void damaged_archives_are_refused(void **state)
{
    (void)state;
    static const int32_t labels[2] = {1, 2};
    const test_array pair[] = {{"X", "<f4", false, "(2, 3)", numbers, sizeof numbers},
                               {"y", "<i4", false, "(2,)", labels, sizeof labels}};
    static const struct {
        const char *mark;
        size_t offset;
        unsigned char byte;
        const char *place;
    } cases[] = {
        {DIRECTORY, 8, 1, "under a password"},
        {DIRECTORY, 10, 12, "neither stored nor deflated"},
        {DIRECTORY, 28, 255, "a damaged directory"},
        {DIRECTORY, 2, 9, "a damaged directory"},
        {DIRECTORY, 45, 1, "a member beyond its end"},
        {DIRECTORY, 42, 1, "a member where its directory has none"},
        {END, 4, 1, "a directory that does not fit"},
        {END, 15, 1, "a directory that does not fit"},
    };
    unsigned char bytes[2000];
    for (size_t i = 0; i < COUNT(cases); i++) {
        size_t n = test_npz(pair, 2, false, bytes, sizeof bytes);
        *find(bytes, n, cases[i].mark, cases[i].offset) = cases[i].byte;
        test_assert_refused(test_put("a.npz", bytes, n), NULL, cases[i].place, "");
    }
    size_t n = test_npz(pair, 2, false, bytes, sizeof bytes);
    memset(find(bytes, n, END, 10), 0xff, 2);
    test_assert_refused(test_put("a.npz", bytes, n), NULL, "found zip64", "X.npy:y.npy");
    n = test_npz(pair, 2, true, bytes, sizeof bytes);
    memset(find(bytes, n, DIRECTORY, 24), 0x7f, 4);
    test_assert_refused(test_put("a.npz", bytes, n), NULL, "more than 200 times its size", "");
}

/* Headers of .npy files that are not what numpy.save writes. */
static void damaged_headers_are_refused(void **state)
{
    (void)state;
    const test_array x = {"", "<f4", false, "(2, 3)", numbers, sizeof numbers};
    unsigned char bytes[2000];
    size_t n = test_npy(&x, bytes, sizeof bytes);
    bytes[6] = 4;
    test_assert_refused(test_put("a.npy", bytes, n), NULL, "version 1 to 3", "");
    bytes[6] = 2; /* the length has two more bytes, which here begin the header */
    test_assert_refused(test_put("a.npy", bytes, n), NULL, "expected a header of at most", "");
    bytes[6] = 1;
    bytes[20] = '\0';
    test_assert_refused(test_put("a.npy", bytes, n), NULL, "found a NUL byte", "");
    test_assert_refused(test_put("a.npy", bytes, 40), NULL, "found the end", "again");
    memcpy(bytes + 10, "{'descr': [('a','<f4')],", 24);
    test_assert_refused(test_put("a.npy", bytes, n), NULL, "records of several fields", "");
}

static void lack_of_memory_is_survived(void **state)
{
    (void)state;
    unsigned char bytes[2000];
    const test_array both[] = {{"X", "<f4", true, "(2, 3)", numbers, sizeof numbers},
                               {"y", "<i8", false, "(2,)", classes, sizeof classes}};
    const char *path = test_put("a.npz", bytes, test_npz(both, 2, true, bytes, sizeof bytes));
    swp_status status = SWP_NOMEM;
    for (unsigned long n = 1; status == SWP_NOMEM; n++) {
        eng_dataset *set;
        swp_err err;
        swp_mem_fail_at(n);
        status = eng_dataset_load(path, &set, &err);
        swp_mem_fail_at(0);
        if (status != SWP_OK && status != SWP_NOMEM)
            fail_msg("allocation %lu: %s", n, err.text);
        eng_dataset_destroy(set);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numpy_types_are_read),
        cmocka_unit_test(arrays_in_archives),
        cmocka_unit_test(damaged_arrays_are_refused),
        cmocka_unit_test(ends_of_the_types),
        cmocka_unit_test(settings_that_do_not_fit_arrays),
        cmocka_unit_test(damaged_archives_are_refused),
        cmocka_unit_test(damaged_headers_are_refused),
        cmocka_unit_test(lack_of_memory_is_survived),
    };
    return cmocka_run_group_tests(tests, make_folder, NULL);
}
