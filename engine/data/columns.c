/* The columns that a user names for the values: "2..141", "1..70, 72". */
#include <string.h>

#include "engine/data/format_priv.h"

/* Read one part, "N" or "A..B", from *text, which moves past it and a comma. */
static bool next_range(const char **text, size_t *first, size_t *last)
{
    enum { MOST_DIGITS = 7 };
    size_t *ends[] = {first, last};
    const char *c = *text + strspn(*text, " \t");
    for (int i = 0; i < 2; i++) {
        size_t digits = strspn(c, "0123456789"), number = 0;
        if (digits == 0 || digits > MOST_DIGITS)
            return false;
        for (; digits > 0; digits--, c++)
            number = number * 10 + (size_t)(*c - '0');
        *ends[i] = number;
        c += strspn(c, " \t");
        if (i == 0 && strncmp(c, "..", 2) != 0) {
            *last = number;
            break;
        }
        if (i == 0)
            c += 2 + strspn(c + 2, " \t");
    }
    if (*c != '\0' && *c != ',')
        return false;
    *text = c + (*c == ',');
    return *first >= 1 && *first <= *last && (*c == '\0' || **text != '\0');
}

bool eng_columns_valid(const char *text)
{
    size_t first, last, before = 0;
    do {
        if (!next_range(&text, &first, &last) || first <= before)
            return false;
        before = last;
    } while (*text);
    return true;
}

bool eng_columns_hold(const char *text, size_t column)
{
    size_t first, last;
    while (*text && next_range(&text, &first, &last)) {
        if (column >= first && column <= last)
            return true;
    }
    return false;
}

size_t eng_columns_last(const char *text)
{
    size_t first, last = 0;
    while (*text && next_range(&text, &first, &last))
        ;
    return last;
}

swp_status eng_refuse_columns(const eng_rows *rows, const char *path, const char *format,
                              swp_err *err)
{
    const eng_reading *how = &rows->how;
    if (!how->columns && !how->label_column && how->has_header == ENG_HEADER_AUTO)
        return SWP_OK;
    swp_status status = swp_fail(err, SWP_FORMAT, "%s: expected a table for %s, found %s", path,
                                 how->columns        ? "data.columns"
                                 : how->label_column ? "data.label_column"
                                                     : "data.has_header",
                                 format);
    swp_hint(err, "such a file says itself where values and labels are: remove the setting");
    return status;
}
