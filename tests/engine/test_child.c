/* Running other programs: what they print, how they fail, where they run. */
#include "engine/base/child.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/cmocka_all.h"

/* Run a shell script; its standard output is in `out`. */
static swp_status run_script(const char *script, swp_buf *out, swp_err *err)
{
    static char shell[] = "sh", option[] = "-c";
    char text[512];
    snprintf(text, sizeof text, "%s", script);
    char *const argv[] = {shell, option, text, NULL};
    swp_child child = {.argv = argv, .out = out};
    return swp_child_run(&child, err);
}

static void output_is_taken(void **state)
{
    (void)state;
    swp_err err;
    swp_buf out = {0};
    assert_int_equal(run_script("echo one; echo two >&2", &out, &err), SWP_OK);
    assert_string_equal(out.text, "one\n");
    swp_buf_deinit(&out);
    assert_int_equal(run_script("echo dropped; read x || true", NULL, &err), SWP_OK);
}

/* Both streams at once, each longer than a pipe holds. */
static void long_output_does_not_block(void **state)
{
    (void)state;
    swp_err err;
    swp_buf out = {0};
    const char *script =
        "i=0; while [ $i -lt 3000 ]; do echo 0123456789012345678901234567890123456789;"
        " echo 0123456789012345678901234567890123456789 >&2; i=$((i + 1)); done";
    assert_int_equal(run_script(script, &out, &err), SWP_OK);
    assert_int_equal(out.length, 3000 * 41);
    swp_buf_deinit(&out);
}

static void failures_carry_the_messages(void **state)
{
    (void)state;
    swp_err err;
    assert_int_equal(run_script("printf 'a\\n  ^\\n\\tb\\033\\n' >&2; exit 7", NULL, &err),
                     SWP_UNAVAILABLE);
    assert_string_equal(err.text, "sh failed with status 7: a b?");
    assert_int_equal(run_script("kill -9 $$", NULL, &err), SWP_UNAVAILABLE);
    assert_non_null(strstr(err.text, "signal 9"));
    assert_int_equal(run_script("printf %0999d 1 >&2; exit 1", NULL, &err), SWP_UNAVAILABLE);
    assert_true(strlen(err.text) < 600);
}

static void missing_programs_are_told_apart(void **state)
{
    (void)state;
    swp_err err;
    static char none[] = "no-such-program-anywhere", ls[] = "ls";
    char *const missing[] = {none, NULL}, *const there[] = {ls, NULL};
    swp_child child = {.argv = missing};
    assert_int_equal(swp_child_run(&child, &err), SWP_UNAVAILABLE);
    assert_true(child.is_missing);
    assert_non_null(strstr(err.text, none));
    child = (swp_child){.argv = there, .folder = "/no/such/folder"};
    assert_int_equal(swp_child_run(&child, &err), SWP_IO);
    assert_false(child.is_missing);
    assert_non_null(strstr(err.text, "/no/such/folder"));
}

static void it_runs_in_the_folder(void **state)
{
    (void)state;
    swp_err err;
    swp_buf out = {0};
    static char pwd[] = "pwd";
    char *const argv[] = {pwd, NULL};
    swp_child child = {.argv = argv, .folder = "/", .dies_with_us = true, .out = &out};
    assert_int_equal(swp_child_run(&child, &err), SWP_OK);
    assert_string_equal(out.text, "/\n");
    swp_buf_deinit(&out);
}

/* The first ends after the second has begun, and prints much meanwhile. */
static void two_run_side_by_side(void **state)
{
    (void)state;
    swp_err err;
    static char shell[] = "sh", option[] = "-c", name[] = "sh",
                folder[] = "/tmp/sweep-child-XXXXXX";
    static char first[] = "while [ ! -e \"$1/begun\" ]; do echo waiting >&2; done; echo first",
                second[] = ": > \"$1/begun\"; echo second; exit 3";
    assert_non_null(mkdtemp(folder));
    char *const argvs[][6] = {{shell, option, first, name, folder},
                              {shell, option, second, name, folder}};
    swp_buf outs[2] = {{0}};
    swp_child children[] = {{.argv = argvs[0], .out = &outs[0]},
                            {.argv = argvs[1], .out = &outs[1]}};
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(swp_child_start(&children[i], &err), SWP_OK);
    assert_int_equal(swp_child_wait(&children[0], &err), SWP_OK);
    assert_int_equal(swp_child_wait(&children[1], &err), SWP_UNAVAILABLE);
    assert_string_equal(outs[0].text, "first\n");
    assert_string_equal(outs[1].text, "second\n");
    char begun[64];
    snprintf(begun, sizeof begun, "%s/begun", folder);
    assert_int_equal(unlink(begun), 0);
    assert_int_equal(rmdir(folder), 0);
    for (size_t i = 0; i < 2; i++)
        swp_buf_deinit(&outs[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(output_is_taken),
        cmocka_unit_test(long_output_does_not_block),
        cmocka_unit_test(failures_carry_the_messages),
        cmocka_unit_test(missing_programs_are_told_apart),
        cmocka_unit_test(it_runs_in_the_folder),
        cmocka_unit_test(two_run_side_by_side),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
