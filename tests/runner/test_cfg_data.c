/* Where a data set is looked for. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/mem.h"
#include "tests/runner/config.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/data.h"

static cfg *config;

/* Folders that hold a file "in_" and their name each. The INI file is "ini/t.ini". */
static int enter_folder(void **state)
{
    (void)state;
    static const char *const folders[] = {"ini", "data", "one", "two", "home", "xdg", "xdg/sweep"};
    mkdir(TEST_BINARY_DIR "/cfg_data", 0777); /* may be left from the last run */
    assert_int_equal(chdir(TEST_BINARY_DIR "/cfg_data"), 0);
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        mkdir(folders[i], 0777);
        char file[64];
        snprintf(file, sizeof file, "%s/in_%s", folders[i],
                 strrchr(folders[i], '/') ? "xdg" : folders[i]);
        test_write_text(file, "");
    }
    test_write_text("here", "");
    test_write_text("ini/here", "");
    test_write_text("two/in_one", "");
    test_write_text("ini/t.ini", CONFIG_MINIMAL);
    setenv("SWEEP_DATA", ":one::two:", 1);
    setenv("XDG_DATA_HOME", "xdg", 1);
    setenv("HOME", "/nowhere/home", 1);
    swp_err err;
    return cfg_load("ini/t.ini", NULL, 0, &config, &err) == SWP_OK ? 0 : -1;
}

static int leave_folder(void **state)
{
    (void)state;
    cfg_destroy(config);
    return 0;
}

static void expect_found(const char *path, const char *expected)
{
    char *found;
    swp_err err;
    if (cfg_find_data(config, path, &found, &err) != SWP_OK)
        fail_msg("%s", err.text);
    assert_string_equal(found, expected);
    swp_free(found);
}

static void expect_missing(const char *path, swp_status status, const char *text, const char *hint)
{
    char *found;
    swp_err err;
    assert_int_equal(cfg_find_data(config, path, &found, &err), status);
    assert_null(found);
    assert_string_equal(err.text, text);
    assert_string_equal(err.hint, hint);
}

static void places_are_tried_in_order(void **state)
{
    (void)state;
    expect_found("here", "here"); /* also in ini/ */
    expect_found("in_ini", "ini/in_ini");
    expect_found("in_one", "one/in_one"); /* also in two/ */
    expect_found("in_two", "two/in_two");
    expect_found("in_data", "data/in_data");
    expect_found("in_xdg", "xdg/sweep/in_xdg");
    expect_found("two/in_two", "two/in_two");
    expect_found("../cfg_data/here", "../cfg_data/here");
}

static void the_home_folder_stands_in_for_xdg(void **state)
{
    (void)state;
    unsetenv("XDG_DATA_HOME");
    unsetenv("SWEEP_DATA");
    expect_missing("x", SWP_CONFIG,
                   "found no \"x\"; looked at x, ini/x, data/x, ../shared/data/x, "
                   "/nowhere/home/.local/share/sweep/x",
                   "put it into data/, or name its folder in $SWEEP_DATA");
    setenv("XDG_DATA_HOME", "xdg", 1);
    setenv("SWEEP_DATA", ":one::two:", 1);
}

/* Hints for paths that do not exist. */
static void hints_know_how_paths_are_miswritten(void **state)
{
    (void)state;
    static const char *const cases[][2] = {{"~/x", "what ~ is"},
                                           {"\"x\"", "quotes"},
                                           {"'x'", "quotes"},
                                           {"a,b", "colon"},
                                           {"x", "data/"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *found;
        swp_err err;
        assert_int_equal(cfg_find_data(config, cases[i][0], &found, &err), SWP_CONFIG);
        assert_non_null(strstr(err.hint, cases[i][1]));
    }
}

static void pairs_and_builtin_sets(void **state)
{
    (void)state;
    expect_found("builtin:ecg?rows=9", "builtin:ecg?rows=9");
    expect_found("here:in_two", "here:two/in_two");
    expect_missing("here:", SWP_CONFIG, "expected two files A:B, found \"here:\"", "");
    expect_missing(":here", SWP_CONFIG, "expected two files A:B, found \":here\"", "");
    test_write_text("with:colon", "");
    expect_found("with:colon", "with:colon");
}

static void every_place_is_named(void **state)
{
    (void)state;
    expect_missing(
        "ECG5000", SWP_CONFIG,
        "found no \"ECG5000\"; looked at ECG5000, ini/ECG5000, one/ECG5000, "
        "two/ECG5000, data/ECG5000, ../shared/data/ECG5000, xdg/sweep/ECG5000",
        "download ECG5000.zip from https://timeseriesclassification.com (data set ECG5000) and "
        "unpack it to data/ECG5000/, or name its folder in $SWEEP_DATA");
    expect_missing("/nowhere/x", SWP_CONFIG, "found no \"/nowhere/x\"; looked at /nowhere/x",
                   "put it into data/, or name its folder in $SWEEP_DATA");
    expect_missing("here:gone", SWP_CONFIG,
                   "found no \"gone\"; looked at gone, ini/gone, one/gone, two/gone, "
                   "data/gone, ../shared/data/gone, xdg/sweep/gone",
                   "put it into data/, or name its folder in $SWEEP_DATA");
}

static void memory_may_run_out_anywhere(void **state)
{
    (void)state;
    static const char *const paths[] = {"here:in_xdg", "builtin:ecg", "in_data"};
    for (size_t k = 0; k < 3; k++) {
        swp_status status = SWP_NOMEM;
        for (unsigned long i = 1; status != SWP_OK; i++) {
            char *found;
            swp_err err;
            swp_mem_fail_at(i);
            status = cfg_find_data(config, paths[k], &found, &err);
            swp_mem_fail_at(0);
            if (status == SWP_OK)
                swp_free(found);
            else if (status != SWP_NOMEM)
                fail_msg("%s, allocation %lu: %s", paths[k], i, err.text);
            assert_true(i < 1000);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(places_are_tried_in_order),
        cmocka_unit_test(the_home_folder_stands_in_for_xdg),
        cmocka_unit_test(hints_know_how_paths_are_miswritten),
        cmocka_unit_test(pairs_and_builtin_sets),
        cmocka_unit_test(every_place_is_named),
        cmocka_unit_test(memory_may_run_out_anywhere),
    };
    return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
