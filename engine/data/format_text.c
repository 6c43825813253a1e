/* UCR text and CSV: one row on each line, the label first, last, or in a column that is named.
 *
 * A file does not say where its labels are, so it is read twice: once to survey it (survey.c), from
 * which each column is given a role (roles.c, header.c), once for the rows. Rows are parsed
 * straight from the line; one that this does not understand is split into fields, which also gives
 * the messages. */
#include <math.h>
#include <string.h>

#include "engine/base/str.h"
#include "engine/data/roles_priv.h"

static bool is_blank(char c, char delimiter)
{
    return c == ' ' || (c == '\t' && delimiter != '\t');
}

static const char *skip_blanks(const char *c, char delimiter)
{
    while (is_blank(*c, delimiter))
        c++;
    return c;
}

/* Parse the current line without changing it. False where it is not plain: quotes, gaps, texts
 * among the values, another number of fields. *label is a piece of the line. */
static bool parse_plain(const eng_survey *s, const eng_roles *d, const eng_lines *lines, float *out,
                        const char **label, size_t *label_size)
{
    const char delimiter = s->delimiter;
    const char *c = lines->text;
    for (size_t i = 0; i < s->n_fields; i++) {
        double value;
        if (d->roles[i] == ENG_ROLE_VALUE) { /* the usual field: a number and then the delimiter */
            const char *behind = swp_scan_double(c, &value);
            if (behind && *behind == delimiter && delimiter != ' ' && i + 1 < s->n_fields) {
                *out = (float)value;
                if (!isfinite(*out++))
                    return false;
                c = behind + 1;
                continue;
            }
        }
        c = skip_blanks(c, delimiter);
        if (*c == '"' || *c == '\'')
            return false;
        const char *start = c;
        if (d->roles[i] == ENG_ROLE_VALUE) {
            c = swp_scan_double(c, &value);
            *out = (float)value;
            if (!c || !isfinite(*out++))
                return false;
        } else {
            while (*c && *c != delimiter && !(delimiter == ' ' && *c == '\t'))
                c++;
            if (d->roles[i] == ENG_ROLE_LABEL) {
                *label = start;
                *label_size = (size_t)(c - start);
                while (*label_size > 0 && is_blank(start[*label_size - 1], delimiter))
                    --*label_size;
            }
        }
        const char *end = c;
        c = skip_blanks(c, delimiter);
        bool last = i + 1 == s->n_fields;
        if (last ? *c != '\0' : delimiter == ' ' ? c == end || *c == '\0' : *c != delimiter)
            return false;
        c += !last && delimiter != ' ';
    }
    return true;
}

static swp_status read_fields(const eng_survey *s, const eng_roles *d, eng_lines *lines,
                              eng_rows *rows, eng_fields *fields, swp_err *err)
{
    swp_status status = eng_fields_split(fields, lines, lines->text, s->delimiter, err);
    if (status != SWP_OK)
        return status;
    if (fields->n != s->n_fields)
        return eng_lines_fail(lines, err, "expected %zu fields as in line %zu, found %zu",
                              s->n_fields, s->first_line, fields->n);
    for (size_t i = 0, k = 0; i < s->n_fields; i++) {
        if (s->decimal_comma && d->roles[i] != ENG_ROLE_LEFT_OUT &&
            !eng_decimal_point(fields->at[i]))
            return eng_lines_fail(lines, err,
                                  "column %zu: expected a decimal comma as in other fields, found "
                                  "\"%.40s\"",
                                  i + 1, fields->at[i]);
        if (d->roles[i] == ENG_ROLE_VALUE)
            d->values[k++] = fields->at[i];
    }
    const char *label = d->label == ENG_NO_COLUMN ? NULL : fields->at[d->label];
    return eng_rows_add(rows, lines, d->values, d->n_values, label, err);
}

static swp_status read_row(const eng_survey *s, const eng_roles *d, eng_lines *lines,
                           eng_rows *rows, eng_fields *fields, swp_err *err)
{
    char name[SWP_LABEL_SIZE];
    const char *label = NULL;
    size_t n = 0;
    float *out = NULL;
    if (s->decimal_comma || (rows->length > 0 && rows->length != d->n_values) || d->n_values == 0)
        return read_fields(s, d, lines, rows, fields, err);
    swp_status status = eng_rows_next(rows, lines, d->n_values, &out, err);
    if (status != SWP_OK)
        return status;
    if (!parse_plain(s, d, lines, out, &label, &n) || n >= sizeof name)
        return read_fields(s, d, lines, rows, fields, err);
    if (label) {
        memcpy(name, label, n);
        name[n] = '\0';
    }
    return eng_rows_commit(rows, lines, label ? name : NULL, err);
}

static swp_status read_rows(const eng_survey *s, const eng_roles *d, eng_lines *lines,
                            eng_rows *rows, swp_err *err)
{
    eng_fields fields = {0};
    bool more = true;
    swp_status status = SWP_OK;
    rows->columns = d->columns;
    if (d->header)
        status = eng_survey_line(s, lines, &more, err);
    while (status == SWP_OK && more) {
        status = read_row(s, d, lines, rows, &fields, err);
        if (status == SWP_OK)
            status = eng_survey_line(s, lines, &more, err);
    }
    rows->columns = NULL;
    eng_fields_deinit(&fields);
    return status;
}

static swp_status read_surveyed(const eng_survey *s, eng_lines *lines, eng_rows *rows, swp_err *err)
{
    eng_roles d = {0};
    bool more;
    swp_status status = eng_survey_line(s, lines, &more, err);
    if (status == SWP_OK && !more)
        return eng_lines_fail(lines, err, "expected rows of data, found the end of the file");
    if (status == SWP_OK)
        status = eng_roles_init(&d, s, lines, rows, err);
    if (status == SWP_OK) {
        rows->single_values |= rows->how.columns != NULL;
        status = read_rows(s, &d, lines, rows, err);
    }
    eng_roles_deinit(&d);
    return status;
}

static swp_status read_text(eng_lines *lines, eng_rows *rows, swp_err *err)
{
    eng_survey s;
    swp_status status = eng_survey_init(&s, lines, err);
    if (status == SWP_OK)
        status = eng_lines_rewind(lines, err);
    if (status == SWP_OK)
        status = read_surveyed(&s, lines, rows, err);
    eng_survey_deinit(&s);
    return status;
}

const eng_format eng_format_text = {
    .endings = {".txt", ".tsv", ".csv", ""},
    .read = read_text,
};
