/* JSON text: its exact form, and that cJSON reads back what was written. */
#include "engine/base/json.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include <cJSON.h>

#include "engine/base/mem.h"
#include "tests/support/cmocka_all.h"

static void write_sample(swp_json *json)
{
    swp_json_object(json, NULL);
    swp_json_text(json, "name", "a\"b");
    swp_json_list(json, "list");
    swp_json_size(json, NULL, 1);
    swp_json_object(json, NULL);
    swp_json_real(json, "x", 0.1);
    swp_json_end_object(json);
    swp_json_list(json, NULL);
    swp_json_end_list(json);
    swp_json_end_list(json);
    swp_json_bool(json, "yes", true);
    swp_json_null(json, "none");
    swp_json_end_object(json);
}

static void indented(void **state)
{
    (void)state;
    swp_json json = {0};
    write_sample(&json);
    assert_string_equal(json.text.text,
                        "{\n  \"name\": \"a\\\"b\",\n  \"list\": [\n    1,\n    {\n      \"x\": "
                        "0.1\n    },\n    []\n  ],\n  \"yes\": true,\n  \"none\": null\n}");
    swp_buf_deinit(&json.text);
}

static void compact(void **state)
{
    (void)state;
    swp_json json = {.compact = true};
    write_sample(&json);
    assert_string_equal(
        json.text.text,
        "{\"name\":\"a\\\"b\",\"list\":[1,{\"x\":0.1},[]],\"yes\":true,\"none\":null}");
    swp_buf_deinit(&json.text);
}

/* Every byte that a text may hold, as cJSON reads it and as it writes it. */
static void texts_read_back(void **state)
{
    (void)state;
    char all[256];
    for (int i = 0; i < 255; i++)
        all[i] = (char)(i + 1);
    all[255] = '\0';
    all[0x7f] = '\0'; /* only ASCII: later bytes are not UTF-8 */
    const char *const texts[] = {"", all, "\xc3\xa9\xe4\xb8\xad", "a\\u0041\\", "</script>"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        swp_buf out = {0};
        swp_json_quote(&out, texts[i]);
        cJSON *read = cJSON_Parse(out.text), *made = cJSON_CreateString(texts[i]);
        char *printed = cJSON_PrintUnformatted(made);
        assert_string_equal(cJSON_GetStringValue(read), texts[i]);
        assert_string_equal(out.text, printed);
        cJSON_free(printed);
        cJSON_Delete(read);
        cJSON_Delete(made);
        swp_buf_deinit(&out);
    }
}

static void numbers_read_back(void **state)
{
    (void)state;
    const double numbers[] = {0.1, 1e300, -1.0 / 3, 5e-324, 9007199254740993.0, 0, -0.5};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        swp_json json = {0};
        swp_json_real(&json, NULL, numbers[i]);
        cJSON *read = cJSON_Parse(json.text.text);
        assert_true(cJSON_GetNumberValue(read) == numbers[i]);
        cJSON_Delete(read);
        swp_buf_deinit(&json.text);
    }
    swp_json json = {.compact = true};
    swp_json_list(&json, NULL);
    swp_json_real(&json, NULL, (double)NAN);
    swp_json_real(&json, NULL, (double)-INFINITY);
    swp_json_text(&json, NULL, NULL);
    swp_json_size(&json, NULL, SIZE_MAX);
    swp_json_end_list(&json);
    char want[64];
    snprintf(want, sizeof want, "[null,null,null,%zu]", SIZE_MAX);
    assert_string_equal(json.text.text, want);
    swp_buf_deinit(&json.text);
}

static void memory_may_run_out(void **state)
{
    (void)state;
    swp_json json = {0};
    swp_mem_fail_at(1);
    write_sample(&json);
    assert_true(json.text.failed);
    swp_buf_deinit(&json.text);
}

static void numbers_as_they_are_written(void **state)
{
    (void)state;
    const char *const good[] = {"0", "-0.0", "1e-05", "9007199254740993", "1.5E+3", "10"};
    const char *const bad[] = {"", "-", "01", "+1", ".5", "1.", "1e", "1e+", "nan", "0x1", "1 "};
    swp_json json = {.compact = true};
    swp_json_list(&json, NULL);
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_true(swp_json_number(&json, NULL, good[i]));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(swp_json_number(&json, NULL, bad[i]));
    swp_json_end_list(&json);
    assert_string_equal(json.text.text, "[0,-0.0,1e-05,9007199254740993,1.5E+3,10]");
    swp_buf_deinit(&json.text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(indented),
        cmocka_unit_test(compact),
        cmocka_unit_test(texts_read_back),
        cmocka_unit_test(numbers_read_back),
        cmocka_unit_test(numbers_as_they_are_written),
        cmocka_unit_test(memory_may_run_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
