#include "engine/data/format_priv.h"

const eng_format *const eng_formats[] = {&eng_format_arff, &eng_format_ts, &eng_format_text, NULL};

static swp_status read_lines(eng_lines *lines, eng_rows *rows, swp_err *err)
{
    bool more;
    swp_status status = eng_lines_next(lines, "%#", &more, err);
    if (status != SWP_OK)
        return status;
    if (!more)
        return swp_fail(err, SWP_FORMAT, "%s:1: expected rows, found %s", lines->path,
                        lines->number == 0 ? "an empty file" : "only comments and blank lines");
    const eng_format *const *format = eng_formats;
    while ((*format)->knows && !(*format)->knows(lines->text))
        format++;
    status = eng_lines_rewind(lines, err);
    if (status != SWP_OK)
        return status;

    size_t before = rows->n;
    status = (*format)->read(lines, rows, err);
    if (status == SWP_OK && rows->n == before)
        return eng_lines_fail(lines, err, "expected rows of data, found the end of the file");
    return status;
}

swp_status eng_format_read(const char *path, eng_rows *rows, swp_err *err)
{
    eng_lines lines;
    swp_status status =
        path ? eng_lines_open(&lines, path, err) : eng_lines_open_input(&lines, err);
    if (status == SWP_OK)
        status = read_lines(&lines, rows, err);
    eng_lines_close(&lines);
    return status;
}
