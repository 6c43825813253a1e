#include "engine/base/str.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"
#include "tests/support/cmocka_all.h"

static void numbers_are_parsed_whole(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        double value;
    } good[] = {{"0", 0},       {"-0", 0},      {"+5", 5},       {"-.5", -.5},       {"5.", 5},
                {"1e-3", 1e-3}, {"1E+3", 1000}, {"007.50", 7.5}, {"5e-324", 5e-324}, {"1e-999", 0}};
    static const char *const bad[] = {"",   " 1",  "1 ",  "1x",    "0x10",  "inf",  "nan",
                                      "1e", "1e+", "1,5", "1e999", "--1",   "1-2",  ".",
                                      "e5", "-",   "1\t", "1_0",   "1.2.3", "-inf", "1e5.5"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        double value = 77;
        assert_true(swp_parse_double(good[i].text, &value));
        assert_true(value == good[i].value);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        double value = 77;
        if (swp_parse_double(bad[i], &value))
            fail_msg("\"%s\" was taken for %g", bad[i], value);
        assert_true(value == 77);
    }
}

static void whole_numbers_are_in_range(void **state)
{
    (void)state;
    int64_t value = 77;
    assert_true(swp_parse_int("-3", -3, 5, &value));
    assert_int_equal(value, -3);
    assert_true(swp_parse_int("+5", -3, 5, &value));
    assert_int_equal(value, 5);
    assert_true(swp_parse_int("010", 0, 10, &value));
    assert_int_equal(value, 10);
    assert_true(swp_parse_int("9223372036854775807", 0, INT64_MAX, &value));
    assert_true(value == INT64_MAX);
    static const char *const bad[] = {"",
                                      "-4",
                                      "6",
                                      "1.0",
                                      "1e0",
                                      " 1",
                                      "1 ",
                                      "0x1",
                                      "-",
                                      "+-1",
                                      "9223372036854775808",
                                      "-9223372036854775809"};
    value = 77;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(swp_parse_int(bad[i], -3, 5, &value));
    assert_false(swp_parse_int("9223372036854775808", INT64_MIN, INT64_MAX, &value));
    assert_int_equal(value, 77);
}

/* A fixed stream of bits, so that failures repeat. */
static uint64_t next_bits(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* The fast parsing of short decimals against strtod, bit for bit. */
static void decimals_are_read_as_strtod_reads_them(void **state)
{
    (void)state;
    uint64_t bits = 1;
    for (int i = 0; i < 200000; i++) {
        char text[64];
        uint64_t digits = next_bits(&bits) >> (next_bits(&bits) % 64);
        int n = snprintf(text, sizeof text, "%s%llu", next_bits(&bits) % 2 ? "-" : "",
                         (unsigned long long)digits);
        size_t point = (size_t)n - next_bits(&bits) % 20 % (size_t)n;
        memmove(text + point + 1, text + point, (size_t)n + 1 - point);
        text[point] = '.';
        if (next_bits(&bits) % 2)
            snprintf(text + n + 1, sizeof text - (size_t)n - 1, "e%d",
                     (int)(next_bits(&bits) % 60) - 30);
        double want = strtod(text, NULL), found = 77;
        if (!swp_parse_double(text, &found))
            fail_msg("\"%s\" was refused", text);
        assert_memory_equal(&found, &want, sizeof want);
    }
}

static void numbers_read_back_to_the_same(void **state)
{
    (void)state;
    uint64_t bits = 88172645463325252u;
    unsigned tried = 0;
    for (int i = 0; i < 20000; i++) {
        uint64_t wide = next_bits(&bits);
        uint32_t narrow = (uint32_t)(wide >> 32);
        double d, back;
        float f;
        memcpy(&d, &wide, sizeof d);
        memcpy(&f, &narrow, sizeof f);
        char text[SWP_NUMBER_SIZE];
        if (isfinite(d)) {
            assert_true(swp_parse_double(swp_format_double(d, text), &back));
            assert_true(back == d);
            tried++;
        }
        if (isfinite(f)) {
            assert_true(swp_parse_double(swp_format_float(f, text), &back));
            assert_true((float)back == f);
        }
    }
    assert_true(tried > 19000);
}

/* The fast formatting of usual sizes against printf with more and more digits, as text. */
static void numbers_are_written_as_printf_does(void **state)
{
    (void)state;
    uint64_t bits = 88172645463325252u;
    for (int i = 0; i < 200000; i++) {
        char text[SWP_NUMBER_SIZE], want[SWP_NUMBER_SIZE];
        uint64_t digits = next_bits(&bits);
        double value = (double)(digits >> (digits % 64)) * pow(10, (double)(digits % 25) - 20);
        if (i % 4 == 1)
            value = ldexp((double)(digits >> 11), (int)(digits % 64) - 68);
        else if (i % 4 == 2) /* near a power of ten or two */
            value = nextafter(i % 8 == 2 ? pow(10, (double)(digits % 22) - 6)
                                         : ldexp(1, (int)(digits % 64) - 16),
                              i % 16 == 2 ? 0 : 1e30);
        value = digits % 2 ? -value : value;
        for (int n = 15; n <= 17; n++) {
            snprintf(want, sizeof want, "%.*g", n, value);
            if (strtod(want, NULL) == value)
                break;
        }
        assert_string_equal(swp_format_double(value, text), want);
    }
}

static void numbers_are_short(void **state)
{
    (void)state;
    static const struct {
        double value;
        const char *as_double, *as_float;
    } cases[] = {
        {0.1, "0.1", "0.1"},
        {1, "1", "1"},
        {-45, "-45", "-45"},
        {1e-3, "0.001", "0.001"},
        {1e22, "1e+22", "1e+22"},
        {0.30000000000000004, "0.30000000000000004", "0.3"},
        {1.0 / 3, "0.3333333333333333", "0.33333334"},
        {16777216, "16777216", "16777216"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[SWP_NUMBER_SIZE];
        assert_string_equal(swp_format_double(cases[i].value, text), cases[i].as_double);
        assert_string_equal(swp_format_float((float)cases[i].value, text), cases[i].as_float);
    }
    char text[SWP_NUMBER_SIZE];
    assert_true(strlen(swp_format_double(-DBL_MIN, text)) < SWP_NUMBER_SIZE - 1);
}

static void buffers_grow(void **state)
{
    (void)state;
    swp_buf buf = {0};
    assert_null(buf.text);
    swp_buf_puts(&buf, "");
    assert_string_equal(buf.text, "");
    for (int i = 0; i < 1000; i++)
        swp_buf_printf(&buf, "%03d,", i);
    swp_buf_add(&buf, "endless", 3);
    assert_false(buf.failed);
    assert_int_equal(buf.length, 4003);
    assert_int_equal(strlen(buf.text), 4003);
    assert_memory_equal(buf.text, "000,001,", 8);
    assert_string_equal(buf.text + 3996, "999,end");
    swp_buf_deinit(&buf);
    assert_null(buf.text);
    assert_int_equal(buf.length, 0);
}

static void a_failed_buffer_stays_failed(void **state)
{
    (void)state;
    swp_buf buf = {0};
    swp_buf_puts(&buf, "kept");
    char large[1000];
    memset(large, 'x', sizeof large);
    swp_mem_fail_at(1);
    swp_buf_add(&buf, large, sizeof large);
    assert_true(buf.failed);
    swp_buf_puts(&buf, "not added");
    swp_buf_printf(&buf, "%d", 1);
    assert_string_equal(buf.text, "kept");
    swp_buf_deinit(&buf);
    assert_false(buf.failed);
}

static void characters_that_can_be_shown(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t length;
    } cases[] = {
        {"", 0},
        {" ", 1},
        {"~x", 1},
        {"\x1f", 0},
        {"\x7f", 0},
        {"\xc2\xa0", 2},
        {"\xc2\x9f", 0}, /* a control character */
        {"\xdf\xbf", 2},
        {"\xc1\xbf", 0}, /* overlong */
        {"\xe0\xa0\x80", 3},
        {"\xe0\x9f\xbf", 0},
        {"\xed\x9f\xbf", 3},
        {"\xed\xa0\x80", 0}, /* surrogates */
        {"\xed\xbf\xbf", 0},
        {"\xee\x80\x80", 3},
        {"\xef\xbf\xbd", 3},
        {"\xef\xbf\xbe", 0}, /* noncharacters */
        {"\xef\xbf\xbf", 0},
        {"\xf0\x9f\xbf\xbf", 0},
        {"\xf0\x90\x80\x80", 4},
        {"\xf0\x8f\xbf\xbf", 0},
        {"\xf4\x8f\xbf\xbd", 4},
        {"\xf4\x90\x80\x80", 0}, /* beyond Unicode */
        {"\xf5\x80\x80\x80", 0},
        {"\x80", 0}, /* a continuation byte alone, first bytes without continuation */
        {"\xc3", 0},
        {"\xe2\x82", 0},
        {"\xe2\x82 ", 0},
        {"\xff", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        if (swp_utf8_length(cases[i].text) != cases[i].length)
            fail_msg("case %zu: expected %zu, found %zu", i, cases[i].length,
                     swp_utf8_length(cases[i].text));
    /* Invisible: overrides and isolates of direction, joiners, a soft hyphen, ends of lines, a byte
     * order mark, a tag. */
    static const char *const unseen[] = {"\xe2\x80\xaa", "\xe2\x80\xae", "\xe2\x81\xa6",
                                         "\xe2\x81\xa9", "\xe2\x80\x8b", "\xe2\x80\x8f",
                                         "\xc2\xad",     "\xe2\x80\xa8", "\xef\xbb\xbf",
                                         "\xe1\xa0\x8e", "\xef\xbf\xb9", "\xf3\xa0\x81\xa1"};
    for (size_t i = 0; i < sizeof unseen / sizeof unseen[0]; i++) {
        assert_int_equal(swp_utf8_length(unseen[i]), strlen(unseen[i]));
        assert_int_equal(swp_shown_length(unseen[i]), 0);
        assert_int_equal(swp_unseen_length(unseen[i]), strlen(unseen[i]));
    }
    /* Visible: a hyphen, an Arabic number sign, an emoji and the selector of its colour. */
    static const char *const seen[] = {"\xe2\x80\x90", "\xd8\x80", "\xe2\x9d\xa4", "\xef\xb8\x8f"};
    for (size_t i = 0; i < sizeof seen / sizeof seen[0]; i++)
        assert_int_equal(swp_shown_length(seen[i]), strlen(seen[i]));
    assert_int_equal(swp_shown_length("\xc3\xa4"), 2);
    assert_int_equal(swp_unseen_length("\xc3\xa4"), 0);
    assert_int_equal(swp_unseen_length(""), 0);
    char text[] = "a\xe2\x80\xae"
                  "b\xc3\xa4\xef\xbb\xbf\xff";
    swp_show_unseen(text);
    assert_string_equal(text, "a?b\xc3\xa4?\xff");
}

/* source   test vectors of Noll's reference code */
static void hashes_are_fnv(void **state)
{
    (void)state;
    assert_true(swp_hash("", 0, SWP_HASH_START) == UINT64_C(0xcbf29ce484222325));
    assert_true(swp_hash("a", 1, SWP_HASH_START) == UINT64_C(0xaf63dc4c8601ec8c));
    uint64_t whole = swp_hash("foobar", 6, SWP_HASH_START);
    assert_true(whole == UINT64_C(0x85944171f73967e8));
    assert_true(swp_hash("bar", 3, swp_hash("foo", 3, SWP_HASH_START)) == whole);
}

static void edit_distances(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        size_t distance;
    } cases[] = {
        {"", "", 0},
        {"epochs", "epochs", 0},
        {"", "abc", 3},
        {"epoch", "epochs", 1},
        {"epohcs", "epochs", 1},
        {"tarin", "train", 1},
        {"threshhold", "threshold", 1},
        {"ca", "abc", 3}, /* optimal string alignment: no edits between swapped letters */
        {"kitten", "sitting", 3},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(swp_edit_distance(cases[i].a, cases[i].b), cases[i].distance);
        assert_int_equal(swp_edit_distance(cases[i].b, cases[i].a), cases[i].distance);
    }
    char most[64], more[65];
    memset(most, 'a', sizeof most);
    memset(more, 'a', sizeof more);
    most[63] = more[64] = '\0';
    assert_int_equal(swp_edit_distance(most, "a"), 62);
    assert_true(swp_edit_distance(more, "a") == SIZE_MAX);
    assert_true(swp_edit_distance("a", more) == SIZE_MAX);
}

static void the_nearest_name_is_kept(void **state)
{
    (void)state;
    const char *const names[] = {"train", "trials", "trial", "trail"};
    swp_nearest nearest = {.found = "trial"};
    for (size_t i = 0; i < 4; i++)
        swp_nearest_offer(&nearest, names[i]);
    assert_string_equal(nearest.name, "trial");
    nearest = (swp_nearest){.found = "traik"};
    for (size_t i = 0; i < 4; i++)
        swp_nearest_offer(&nearest, names[i]);
    assert_string_equal(nearest.name, "train"); /* trail is as near, but not first */
    nearest = (swp_nearest){.found = "seed"};
    assert_false(swp_nearest_offer(&nearest, "epochs"));
    assert_null(nearest.name);
    nearest = (swp_nearest){.found = "a"};
    assert_true(swp_nearest_offer(&nearest, "b"));
    assert_false(swp_nearest_offer(&nearest, "bcd"));
}

/* The fast ways of parsing give the bits of strtod. */
static void numbers_are_rounded_as_strtod_does(void **state)
{
    (void)state;
    uint64_t random = 18;
    char text[64];
    for (int i = 0; i < 400000; i++) {
        random = random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        uint64_t digits = random >> (random >> 59); /* of any length up to 20 digits */
        double value, unit = (double)(random >> 11) * 0x1p-53;
        switch (i % 5) {
        case 0:
            snprintf(text, sizeof text, "%llue-%d", (unsigned long long)digits, i / 5 % 45);
            break;
        case 1:
            snprintf(text, sizeof text, "%.17g", unit * 20 - 10);
            break;
        case 2:
            snprintf(text, sizeof text, "%.18e", unit * 1e-9);
            break;
        case 3: /* halfway between two doubles, or next to it */
            snprintf(text, sizeof text, "%llu%s",
                     (unsigned long long)((UINT64_C(1) << 53) | digits >> 11) * 2 + 1,
                     i % 2   ? ".0"
                     : i % 3 ? ""
                             : ".5");
            break;
        default:
            snprintf(text, sizeof text, "-%.*f", i / 5 % 20, unit * 100);
            break;
        }
        assert_true(swp_parse_double(text, &value));
        double want = strtod(text, NULL);
        if (memcmp(&value, &want, sizeof want) != 0)
            fail_msg("%s: expected %a, found %a", text, want, value);
    }
}

static void a_number_ends_where_it_ends(void **state)
{
    (void)state;
    static const struct {
        const char *text, *rest;
        double value;
    } cases[] = {{"1.5,2", ",2", 1.5}, {"-.5e1x", "x", -5}, {"1e", "e", 1},
                 {"1.", "", 1},        {"12e+", "e+", 12},  {"0x10", "x10", 0},
                 {"1..2", ".2", 1},    {"+7 ", " ", 7},     {"1e5,", ",", 1e5}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        double value;
        const char *rest = swp_scan_double(cases[i].text, &value);
        assert_non_null(rest);
        assert_string_equal(rest, cases[i].rest);
        assert_true(value == cases[i].value);
    }
    static const char *const none[] = {"",   "-",   ".",   "e5",    "-.e5",
                                       " 1", "nan", "inf", "1e999", "1e999,"};
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        double value;
        assert_null(swp_scan_double(none[i], &value));
    }
}

static void labels_have_one_name(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"1", "1"},
        {"+1.0e+00", "1"},
        {"-0", "0"},
        {"0.10000000000000001", "0.1"},
        {"9007199254740992", "9007199254740992"},
        {"9007199254740993", "9007199254740993"},
        {"-09007199254740993.00", "-9007199254740993"},
        {"9.007199254740993e15", "9007199254740993"},
        {"68739955140067328", "68739955140067328"},
        {"0068739955140067328.0", "68739955140067328"},
        {"68739955140067328.5", "68739955140067330"},
        {"1e39", "1e+39"},
        {"1e999", "1e999"},
        {"R on T", "R on T"},
    };
    char name[SWP_LABEL_SIZE];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_true(swp_label_name(cases[i][0], name, sizeof name));
        assert_string_equal(name, cases[i][1]);
        assert_true(swp_label_name(cases[i][1], name, sizeof name));
        assert_string_equal(name, cases[i][1]);
    }
    assert_false(swp_label_name("abc", name, 3));
    assert_false(swp_label_name("9007199254740993", name, 16));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_rounded_as_strtod_does),
        cmocka_unit_test(a_number_ends_where_it_ends),
        cmocka_unit_test(labels_have_one_name),
        cmocka_unit_test(numbers_are_parsed_whole),
        cmocka_unit_test(whole_numbers_are_in_range),
        cmocka_unit_test(decimals_are_read_as_strtod_reads_them),
        cmocka_unit_test(numbers_read_back_to_the_same),
        cmocka_unit_test(numbers_are_written_as_printf_does),
        cmocka_unit_test(numbers_are_short),
        cmocka_unit_test(buffers_grow),
        cmocka_unit_test(a_failed_buffer_stays_failed),
        cmocka_unit_test(characters_that_can_be_shown),
        cmocka_unit_test(hashes_are_fnv),
        cmocka_unit_test(edit_distances),
        cmocka_unit_test(the_nearest_name_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
