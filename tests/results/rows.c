#include "tests/results/rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/cmocka_all.h"

/* Copy the field at `at` without its quotes; returns what follows it: ",", a line end, or "". */
static const char *read_field(const char *at, char *out, size_t size)
{
    size_t n = 0;
    if (*at == '"') {
        for (at++; *at && (*at != '"' || at[1] == '"'); at++) {
            at += *at == '"';
            assert_true(n + 1 < size);
            out[n++] = *at;
        }
        at++;
    } else {
        for (; *at && !strchr(",\n", *at); at++) {
            assert_true(n + 1 < size);
            out[n++] = *at;
        }
    }
    out[n] = '\0';
    return at;
}

size_t csv_rows(const char *csv)
{
    size_t lines = 0;
    for (const char *c = csv; *c; c++)
        lines += *c == '\n';
    assert_true(lines > 0);
    return lines - 1;
}

const char *csv_text(const char *csv, size_t row, const char *column)
{
    static char field[512];
    size_t index = 0;
    const char *at = csv;
    for (;; index++) {
        at = read_field(at, field, sizeof field);
        if (strcmp(field, column) == 0)
            break;
        if (*at != ',')
            fail_msg("no column %s", column);
        at++;
    }
    at = csv;
    for (size_t i = 0; i <= row; i++)
        at = strchr(at, '\n') + 1;
    for (size_t i = 0;; i++) {
        at = read_field(at, field, sizeof field);
        if (i == index)
            return field;
        assert_int_equal(*at++, ',');
    }
}

double csv_number(const char *csv, size_t row, const char *column)
{
    const char *text = csv_text(csv, row, column);
    char *end;
    double value = strtod(text, &end);
    if (*text == '\0')
        return (double)NAN;
    if (*end != '\0')
        fail_msg("%s is no number: %s", column, text);
    return value;
}

void csv_check_head(const char *csv, const char *want)
{
    size_t length = strcspn(csv, "\n");
    if (strlen(want) != length || strncmp(csv, want, length) != 0)
        fail_msg("expected %s\nfound %.*s", want, (int)length, csv);
}
