#include "tests/results/golden.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/cmocka_all.h"

/* Replace the digits of every time, 2024-01-01T12:34:56Z, by zeros. */
static void hide_times(char *text)
{
    static const char shape[] = "0000-00-00T00:00:00Z";
    for (char *at = text; *at; at++) {
        size_t n = 0;
        while (shape[n] && (shape[n] == '0' ? isdigit((unsigned char)at[n]) : at[n] == shape[n]))
            n++;
        if (!shape[n])
            memcpy(at, shape, n);
    }
}

void check_golden(const char *name, char *text)
{
    char path[512];
    snprintf(path, sizeof path, "%s/tests/results/golden/%s", TEST_SOURCE_DIR, name);
    hide_times(text);
    const char *update = getenv("UPDATE");
    FILE *file = fopen(path, update ? "wb" : "rb");
    assert_non_null(file);
    if (update) {
        assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
    } else {
        char *want = calloc(1, 1 << 20);
        assert_true(fread(want, 1, (1 << 20) - 1, file) > 0);
        assert_string_equal(text, want);
        free(want);
    }
    fclose(file);
    free(text);
}
