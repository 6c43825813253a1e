/* An engine's table of functions is checked when it is registered: a missing function is named. */
#include "engine/engine.h"

#include <stddef.h>
#include <string.h>

#include "tests/support/cmocka_all.h"

static void test_a_whole_table_is_taken(void **state)
{
    (void)state;
    swp_err err = {0};
    assert_int_equal(eng_api_validate(eng_cpu_api(), &err), SWP_OK);
}

static void test_missing_functions_are_named(void **state)
{
    (void)state;
    static const char *const names[] = {
        "open",         "close",         "get_info",       "list_devices", "cohort_width",
        "cohort_bytes", "cohort_create", "cohort_destroy", "set_state",    "get_state",
        "train_epoch",  "evaluate",      "gradient",       "reconstruct"};
    const size_t first = offsetof(eng_api, open), size = sizeof eng_cpu_api()->open;
    assert_int_equal((sizeof(eng_api) - first) / size, sizeof names / sizeof names[0]);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        eng_api api = *eng_cpu_api();
        swp_err err = {0};
        memset((char *)&api + first + i * size, 0, size);
        assert_int_equal(eng_api_validate(&api, &err), SWP_INTERNAL);
        assert_non_null(strstr(err.text, names[i]));
    }
}

static void test_versions_and_names(void **state)
{
    (void)state;
    eng_api api = *eng_cpu_api();
    swp_err err = {0};
    api.version++;
    assert_int_equal(eng_api_validate(&api, &err), SWP_INTERNAL);
    assert_non_null(strstr(err.text, "version"));
    api = *eng_cpu_api();
    api.name = NULL;
    assert_int_equal(eng_api_validate(&api, &err), SWP_INTERNAL);
}

static void test_instruction_sets_are_named(void **state)
{
    (void)state;
    eng_engine *engine = NULL;
    swp_err err = {0};
    const eng_options unknown = {.isa = "sse9"}, portable = {.isa = "portable"};
    assert_int_equal(eng_cpu_api()->open(&unknown, &engine, &err), SWP_UNAVAILABLE);
    assert_non_null(strstr(err.text, "sse9"));
    assert_int_equal(eng_cpu_api()->open(&portable, &engine, &err), SWP_OK);
    eng_info info;
    eng_cpu_api()->get_info(engine, &info);
    assert_string_equal(info.isa, "portable");
    eng_cpu_api()->close(engine);
    eng_cpu_api()->close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_whole_table_is_taken),
        cmocka_unit_test(test_missing_functions_are_named),
        cmocka_unit_test(test_versions_and_names),
        cmocka_unit_test(test_instruction_sets_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
