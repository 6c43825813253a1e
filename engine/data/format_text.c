/* UCR text and CSV: one row on each line, the label first or last.
 *
 * A file does not say where its labels are, so it is read twice: once to survey the first and the
 * last column, once for the rows. The rule stands in dataset.h. */
#include <math.h>

#include "engine/base/str.h"
#include "engine/data/format_priv.h"
#include "engine/data/source_priv.h"

typedef enum field_kind { GAP, WHOLE, FRACTION, TEXT } field_kind;

/* The first or the last column of a file. */
typedef struct column {
    field_kind top;    /* in the first line */
    bool may_be_named; /* the first line has label, class, ... here, and no other line has */
    size_t n_texts;    /* below the first line */
    size_t misfit;     /* first line below it with a gap or a fraction: no label; 0: none */
} column;

typedef struct survey {
    char delimiter;
    size_t first_line;
    size_t n_fields, n_texts, n_gaps; /* of the first line */
    size_t n_below;                   /* lines below it */
    column first, last;
} survey;

typedef struct dialect {
    bool header;
    eng_label_side side;
} dialect;

static field_kind kind_of(const char *field)
{
    double value;
    if (swp_parse_double(field, &value))
        return value == floor(value) ? WHOLE : FRACTION;
    return eng_is_missing(field) ? GAP : TEXT;
}

static void survey_top(survey *s, const eng_lines *lines, const eng_fields *fields)
{
    const char *first = fields->at[0], *last = fields->at[fields->n - 1];
    s->first_line = lines->number;
    s->n_fields = fields->n;
    for (size_t i = 0; i < fields->n; i++) {
        field_kind kind = kind_of(fields->at[i]);
        s->n_texts += kind == TEXT;
        s->n_gaps += kind == GAP;
    }
    s->first = (column){.top = kind_of(first), .may_be_named = eng_is_label_word(first)};
    s->last = (column){.top = kind_of(last), .may_be_named = eng_is_label_word(last)};
}

static void survey_below(column *c, const eng_lines *lines, const char *field)
{
    field_kind kind = kind_of(field);
    c->n_texts += kind == TEXT;
    if ((kind == GAP || kind == FRACTION) && !c->misfit)
        c->misfit = lines->number;
    if (c->may_be_named && eng_is_label_word(field))
        c->may_be_named = false;
}

static swp_status survey_file(survey *s, eng_lines *lines, eng_fields *fields, swp_err *err)
{
    for (;;) {
        bool more;
        swp_status status = eng_lines_next(lines, "#", &more, err);
        if (status != SWP_OK || !more)
            return status;
        if (s->first_line == 0)
            s->delimiter = eng_fields_delimiter(lines->text);
        status = eng_fields_split(fields, lines, lines->text, s->delimiter, err);
        if (status != SWP_OK)
            return status;
        if (s->first_line == 0) {
            survey_top(s, lines, fields);
            continue;
        }
        s->n_below++;
        survey_below(&s->first, lines, fields->at[0]);
        survey_below(&s->last, lines, fields->at[fields->n - 1]);
    }
}

static swp_status check_header(const survey *s, const eng_lines *lines, swp_err *err)
{
    if (s->first.may_be_named && s->last.may_be_named)
        return eng_lines_fail(lines, err,
                              "expected a header with one label column, found two: the "
                              "first and the last");
    if (s->n_gaps == 0)
        return SWP_OK;
    swp_status status = eng_lines_fail(lines, err,
                                       "expected a name for each column of the header, "
                                       "found %zu without",
                                       s->n_gaps);
    swp_hint(err, "a first column without a name is a row index: write the file without it "
                  "(pandas: to_csv(..., index=False))");
    return status;
}

static swp_status unclear_header(const eng_lines *lines, swp_err *err)
{
    swp_status status = eng_lines_fail(lines, err,
                                       "expected numbers and one label, found what "
                                       "seems a header without a label column");
    swp_hint(err, "call the first or the last column label, class, target or y");
    return status;
}

/* Line in which a column without a header shows that it holds no labels; 0: it may hold them. */
static size_t misfit_line(const survey *s, const column *c)
{
    return c->top == GAP || c->top == FRACTION ? s->first_line : c->misfit;
}

/* No header: both ends of the rows may hold the labels. */
static swp_status place_label(const survey *s, const eng_lines *lines, eng_label_side *side,
                              swp_err *err)
{
    size_t first_misfit = misfit_line(s, &s->first), last_misfit = misfit_line(s, &s->last);
    if (first_misfit && last_misfit)
        return eng_lines_fail(lines, err,
                              "expected whole numbers or texts as labels in the first "
                              "or the last column, found another value in line %zu "
                              "of the first and in line %zu of the last",
                              first_misfit, last_misfit);
    bool last = eng_has_ending(lines->path, ".csv");
    if (first_misfit || last_misfit)
        last = first_misfit;
    else if (s->first.top == TEXT || s->last.top == TEXT)
        last = s->last.top == TEXT;
    *side = last ? ENG_LABEL_LAST : ENG_LABEL_FIRST;
    return SWP_OK;
}

/* As many fields as there are to be values: there is no label if a header says so, or if neither
 * end can hold one. */
static swp_status decide_bare(const survey *s, const eng_lines *lines, dialect *out, swp_err *err)
{
    out->side = ENG_LABEL_NONE;
    out->header = s->n_texts == s->n_fields && s->n_below > 0;
    if (out->header || (misfit_line(s, &s->first) && misfit_line(s, &s->last)))
        return SWP_OK;
    swp_status status =
        eng_lines_fail(lines, err,
                       "expected %zu values, or as many and a label, found %zu fields of which the "
                       "%s may be a label",
                       s->n_fields, s->n_fields, misfit_line(s, &s->first) ? "last" : "first");
    swp_hint(err,
             "a first line of column names without label, class, target or y says that there is "
             "none");
    return status;
}

/* Tell header and label column from the survey; `lines` stands on the first line. Rows of `bare`
 * fields have no label. */
static swp_status decide(const survey *s, const eng_lines *lines, size_t bare, dialect *out,
                         swp_err *err)
{
    out->header = s->first.may_be_named || s->last.may_be_named;
    if (out->header) {
        out->side = s->last.may_be_named ? ENG_LABEL_LAST : ENG_LABEL_FIRST;
        return check_header(s, lines, err);
    }
    if (s->n_fields == bare)
        return decide_bare(s, lines, out, err);
    size_t end_texts = (size_t)(s->first.top == TEXT) + (size_t)(s->last.top == TEXT);
    bool lone_first = s->first.top == TEXT && s->first.n_texts == 0 && s->n_below > 0;
    bool lone_last = s->last.top == TEXT && s->last.n_texts == 0 && s->n_below > 0;
    if (s->n_texts > 1 || s->n_texts > end_texts || lone_first || lone_last)
        return unclear_header(lines, err);
    return place_label(s, lines, &out->side, err);
}

/* Both files of a set must have their labels at the same end, or a guess was wrong. */
static swp_status check_side(eng_rows *rows, const eng_lines *lines, eng_label_side side,
                             swp_err *err)
{
    static const char *const places[] = {[ENG_LABEL_FIRST] = "in the first column",
                                         [ENG_LABEL_LAST] = "in the last column",
                                         [ENG_LABEL_NONE] = "nowhere"};
    if (rows->label_side != ENG_LABEL_UNKNOWN && rows->label_side != side) {
        swp_status status =
            eng_lines_fail(lines, err, "expected the label %s as in %s, found it %s",
                           places[rows->label_side], rows->first_path, places[side]);
        swp_hint(err, "give both files a header that calls the label column label");
        return status;
    }
    rows->label_side = side;
    return SWP_OK;
}

static swp_status read_row(const survey *s, const dialect *d, eng_lines *lines, eng_rows *rows,
                           eng_fields *fields, swp_err *err)
{
    swp_status status = eng_fields_split(fields, lines, lines->text, s->delimiter, err);
    if (status != SWP_OK)
        return status;
    if (fields->n != s->n_fields)
        return eng_lines_fail(lines, err, "expected %zu fields as in line %zu, found %zu",
                              s->n_fields, s->first_line, fields->n);
    if (d->side == ENG_LABEL_NONE)
        return eng_rows_add(rows, lines, fields->at, fields->n, NULL, err);
    bool last = d->side == ENG_LABEL_LAST;
    const char *label = fields->at[last ? fields->n - 1 : 0];
    return eng_rows_add(rows, lines, fields->at + !last, fields->n - 1, label, err);
}

static swp_status read_surveyed(const survey *s, eng_lines *lines, eng_rows *rows,
                                eng_fields *fields, swp_err *err)
{
    dialect d = {0};
    bool more;
    swp_status status = eng_lines_next(lines, "#", &more, err);
    if (status == SWP_OK)
        status = decide(s, lines, rows->bare, &d, err);
    if (status == SWP_OK)
        status = check_side(rows, lines, d.side, err);
    if (status == SWP_OK && d.header)
        status = eng_lines_next(lines, "#", &more, err);
    while (status == SWP_OK && more) {
        status = read_row(s, &d, lines, rows, fields, err);
        if (status == SWP_OK)
            status = eng_lines_next(lines, "#", &more, err);
    }
    return status;
}

static swp_status read_text(eng_lines *lines, eng_rows *rows, swp_err *err)
{
    survey s = {0};
    eng_fields fields = {0};
    swp_status status = survey_file(&s, lines, &fields, err);
    if (status == SWP_OK)
        status = eng_lines_rewind(lines, err);
    if (status == SWP_OK)
        status = read_surveyed(&s, lines, rows, &fields, err);
    eng_fields_deinit(&fields);
    return status;
}

const eng_format eng_format_text = {
    .endings = {".txt", ".tsv", ".csv", ""},
    .read = read_text,
};
