#include "engine/base/err.h"

#include <errno.h>
#include <string.h>

#include "tests/support/cmocka_all.h"

static void a_failure_is_recorded(void **state)
{
    (void)state;
    swp_err err = {.hint = "left over"};
    assert_int_equal(swp_fail(&err, SWP_FORMAT, "line %d: %s", 4, "bad"), SWP_FORMAT);
    assert_int_equal(err.status, SWP_FORMAT);
    assert_string_equal(err.text, "line 4: bad");
    assert_string_equal(err.hint, "");
}

static void the_system_explains_errno(void **state)
{
    (void)state;
    swp_err err;
    assert_int_equal(swp_fail_errno(&err, SWP_IO, ENOENT, "cannot open %s", "x"), SWP_IO);
    assert_string_equal(err.text, "cannot open x: No such file or directory");
}

static void context_goes_in_front(void **state)
{
    (void)state;
    swp_err err;
    assert_int_equal(swp_fail(&err, SWP_IO, "inner"), SWP_IO);
    swp_hint(&err, "do %d", 7);
    assert_int_equal(swp_wrap(&err, "middle %d", 2), SWP_IO);
    assert_int_equal(swp_wrap(&err, "outer"), SWP_IO);
    assert_string_equal(err.text, "outer: middle 2: inner");
    assert_string_equal(err.hint, "do 7");
}

static void no_record_is_allowed(void **state)
{
    (void)state;
    assert_int_equal(swp_fail(NULL, SWP_DB, "x"), SWP_DB);
    assert_int_equal(swp_fail_errno(NULL, SWP_IO, EIO, "x"), SWP_IO);
    swp_hint(NULL, "x");
}

static void assert_cut(const char *text, size_t size)
{
    assert_int_equal(strlen(text), size - 1);
    assert_string_equal(text + size - 4, "...");
}

static void long_texts_are_cut_visibly(void **state)
{
    (void)state;
    char text[2000];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    swp_err err;
    assert_int_equal(swp_fail(&err, SWP_IO, "%s", text), SWP_IO);
    assert_cut(err.text, sizeof err.text);
    swp_hint(&err, "%s", text);
    assert_cut(err.hint, sizeof err.hint);
    assert_int_equal(swp_wrap(&err, "outer"), SWP_IO);
    assert_cut(err.text, sizeof err.text);
    assert_memory_equal(err.text, "outer: xxx", 10);
    assert_int_equal(swp_wrap(&err, "%s", text), SWP_IO);
    assert_cut(err.text, sizeof err.text);

    /* The text of errno is cut, too, wherever the room ends. */
    for (int length = (int)sizeof err.text - 30; length < (int)sizeof err.text + 3; length++) {
        assert_int_equal(swp_fail_errno(&err, SWP_IO, ENOENT, "%.*s", length, text), SWP_IO);
        assert_true(strlen(err.text) < sizeof err.text);
        if ((size_t)length + 2 + strlen(strerror(ENOENT)) >= sizeof err.text)
            assert_cut(err.text, sizeof err.text);
    }
}

static void every_status_has_a_name(void **state)
{
    (void)state;
    for (int i = SWP_OK; i <= SWP_INTERNAL; i++) {
        assert_string_not_equal(swp_status_name((swp_status)i), "unknown");
        for (int j = SWP_OK; j < i; j++)
            assert_string_not_equal(swp_status_name((swp_status)i), swp_status_name((swp_status)j));
    }
    assert_string_equal(swp_status_name(SWP_CANCELLED), "cancelled");
    assert_string_equal(swp_status_name((swp_status)(SWP_INTERNAL + 1)), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_failure_is_recorded),      cmocka_unit_test(the_system_explains_errno),
        cmocka_unit_test(context_goes_in_front),      cmocka_unit_test(no_record_is_allowed),
        cmocka_unit_test(long_texts_are_cut_visibly), cmocka_unit_test(every_status_has_a_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
