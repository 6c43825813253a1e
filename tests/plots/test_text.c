/* Whatever a name contains, gnuplot and SVG get one line of plain text. */
#include "plots/text_priv.h"

#include <math.h>

#include "tests/support/cmocka_all.h"

static void expect_quoted(const char *text, size_t most, const char *want)
{
    swp_buf out = {0};
    plot_text_quote(&out, text, most);
    assert_false(out.failed);
    assert_string_equal(out.text, want);
    swp_buf_deinit(&out);
}

static void test_plain(void **state)
{
    (void)state;
    expect_quoted("", 10, "''");
    expect_quoted("embedding", 10, "'embedding'");
    expect_quoted("E=8 h\xc3\xa9 \xe2\x80\x94 \xf0\x9f\x98\x80", 99,
                  "'E=8 h\xc3\xa9 \xe2\x80\x94 \xf0\x9f\x98\x80'");
}

static void test_quotes_are_doubled(void **state)
{
    (void)state;
    expect_quoted("it's", 10, "'it''s'");
    expect_quoted("'; system 'x", 99, "'''; system ''x'");
    expect_quoted("\"`$@{}_^\\", 99, "'\"`$@{}_^\\'");
}

static void test_line_breaks_become_blanks(void **state)
{
    (void)state;
    expect_quoted("a\nb\tc\r\x1b\x7f", 99, "'a b c   '");
}

static void test_what_is_not_utf8_becomes_question_marks(void **state)
{
    (void)state;
    expect_quoted("\xff\xc3(\xe2\x82", 99, "'\?\?(\?\?'");
    expect_quoted("\xc0\xaf", 99, "'\?\?'");             /* overlong */
    expect_quoted("\xed\xa0\x80", 99, "'\?\?\?'");       /* a surrogate */
    expect_quoted("\xef\xbf\xbf", 99, "'\?\?\?'");       /* a noncharacter */
    expect_quoted("\xc2\x85", 99, "'\?\?'");             /* a control character */
    expect_quoted("\xf4\x90\x80\x80", 99, "'\?\?\?\?'"); /* beyond Unicode */
}

static void test_long_names_are_cut_between_characters(void **state)
{
    (void)state;
    expect_quoted("abcd", 4, "'abcd'");
    expect_quoted("abcde", 4, "'abcd...'");
    expect_quoted("\xc3\xa9\xc3\xa9\xc3\xa9", 2, "'\xc3\xa9\xc3\xa9...'");
    expect_quoted("'''", 2, "'''''...'");
}

static void test_numbers(void **state)
{
    (void)state;
    swp_buf out = {0};
    plot_number_add(&out, 0.1);
    plot_number_add(&out, 1.0 / 3.0);
    swp_buf_puts(&out, "\n");
    plot_number_add(&out, (double)NAN);
    plot_number_add(&out, -5);
    assert_string_equal(out.text, "0.1 0.3333333333333333\nnan -5");
    swp_buf_deinit(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain),
        cmocka_unit_test(test_quotes_are_doubled),
        cmocka_unit_test(test_line_breaks_become_blanks),
        cmocka_unit_test(test_what_is_not_utf8_becomes_question_marks),
        cmocka_unit_test(test_long_names_are_cut_between_characters),
        cmocka_unit_test(test_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
