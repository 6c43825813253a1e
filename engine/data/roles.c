/* What each column of a table is for: a value, the label, or left out. The user's settings decide
 * first, then the names of a header, then the values at both ends. Where no rule decides, the file
 * is refused: nobody should train on a guess. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "engine/base/mem.h"
#include "engine/base/str.h"
#include "engine/data/roles_priv.h"
#include "engine/data/source_priv.h"

static swp_status unclear_header(const eng_survey *s, const eng_lines *lines, swp_err *err)
{
    size_t at = 0;
    while (at + 1 < s->n_fields && eng_kind_of(s->top.at[at]) != ENG_TEXT)
        at++;
    swp_status status = eng_lines_fail(lines, err,
                                       "expected numbers and one label, found what seems a header "
                                       "without a label column: \"%.40s\" in column %zu",
                                       s->top.at[at], at + 1);
    swp_hint(err,
             "call the first or the last column label, class, target or y, or say which it is: "
             "data.label_column = NAME; data.has_header = no if the first line is a row");
    return status;
}

/* --- columns left out ------------------------------------------------------------------------- */

static void leave_out(const eng_survey *s, eng_roles *d, size_t index, const char *why)
{
    d->roles[index] = ENG_ROLE_LEFT_OUT;
    if (d->left_out.length > 300)
        return;
    bool named = d->header && *s->top.at[index];
    swp_buf_printf(&d->left_out, "%scolumn %zu%s%.60s%s (%s)", d->left_out.length ? "; " : "",
                   index + 1, named ? ", \"" : "", named ? s->top.at[index] : "", named ? "\"" : "",
                   why);
}

/* Columns that number or date the rows, by their names in a header. */
static void leave_out_named(const eng_survey *s, eng_roles *d, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const char *name = s->top.at[i];
        bool is_time, index = eng_is_index_word(name, &is_time);
        if (!index || (*name == '\0' && i > 0))
            continue;
        leave_out(s, d, i, is_time ? "dates the rows" : "numbers the rows");
        d->has_time |= is_time;
    }
}

static void find_ends_in_use(const eng_survey *s, eng_roles *d)
{
    d->first = 0;
    d->last = s->n_fields - 1;
    while (d->first < d->last && d->roles[d->first] == ENG_ROLE_LEFT_OUT)
        d->first++;
    while (d->last > d->first && d->roles[d->last] == ENG_ROLE_LEFT_OUT)
        d->last--;
}

/* --- the label -------------------------------------------------------------------------------- */

static void set_label(eng_roles *d, size_t index)
{
    d->label = index;
    d->roles[index] = ENG_ROLE_LABEL;
}

/* Line in which a column shows that it holds no labels; 0: it may hold them. */
static size_t misfit_line(const eng_survey *s, const eng_roles *d, size_t index)
{
    const eng_column *c = eng_survey_column(s, index);
    eng_field_kind top = eng_kind_of(s->top.at[index]);
    if (!d->header && (top == ENG_GAP || top == ENG_FRACTION))
        return s->first_line;
    return c ? c->misfit : s->first_line;
}

/* Texts in the first row, or, below a header, in most rows: a single text may be a damaged number.
 */
static bool holds_texts(const eng_survey *s, const eng_roles *d, size_t index)
{
    const eng_column *c = eng_survey_column(s, index);
    if (!d->header)
        return eng_kind_of(s->top.at[index]) == ENG_TEXT;
    return c && 2 * c->n_texts > s->n_below;
}

static bool repeats(const eng_survey *s, const eng_roles *d, size_t index)
{
    const eng_column *c = eng_survey_column(s, index);
    return c && (c->repeats || (!d->header && c->top_occurs));
}

static size_t rows_of(const eng_survey *s, const eng_roles *d)
{
    return s->n_below + !d->header;
}

/* Does the column count 0, 1, 2, ... or 1, 2, 3, ... from row to row, over enough rows? */
static bool counts_rows(const eng_survey *s, const eng_roles *d, size_t index)
{
    enum { LEAST_ROWS = 4 };
    const eng_column *c = eng_survey_column(s, index);
    double first = c ? c->first : -1, top;
    if (!c || !c->counts || rows_of(s, d) < LEAST_ROWS)
        return false;
    if (!d->header) {
        if (!swp_parse_double(s->top.at[index], &top) || top + 1 != first)
            return false;
        first = top;
    }
    return first == 0 || first == 1;
}

/* A unique text or number at the start of each row, and labels at its end. */
static bool is_id(const eng_survey *s, const eng_roles *d, size_t index, size_t other)
{
    enum { LEAST_ROWS = 3 };
    return index != other && !misfit_line(s, d, other) && repeats(s, d, other) &&
           (counts_rows(s, d, index) ||
            (holds_texts(s, d, index) && !repeats(s, d, index) && rows_of(s, d) >= LEAST_ROWS));
}

/* Too many different whole numbers for labels, as measurements have. */
static bool is_no_class(const eng_survey *s, const eng_roles *d, size_t label)
{
    enum { MOST_CLASSES = 32, LEAST_ROWS_EACH = 16 };
    size_t n = eng_survey_distinct(s, label);
    return n > MOST_CLASSES && n * LEAST_ROWS_EACH > rows_of(s, d);
}

/* Nothing names the labels: both ends of the rows may hold them. */
static swp_status place_label(const eng_survey *s, const eng_lines *lines, eng_roles *d,
                              swp_err *err)
{
    if (d->last - d->first >= 2 && is_id(s, d, d->first, d->last)) {
        leave_out(s, d, d->first, "numbers or names the rows");
        set_label(d, d->last);
        return SWP_OK;
    }
    if (d->last - d->first >= 2 && holds_texts(s, d, d->last) && is_id(s, d, d->last, d->first)) {
        leave_out(s, d, d->last, "names the rows");
        set_label(d, d->first);
        return SWP_OK;
    }
    size_t first_misfit = misfit_line(s, d, d->first), last_misfit = misfit_line(s, d, d->last);
    if (first_misfit && last_misfit) {
        swp_status status = eng_lines_fail(lines, err,
                                           "expected whole numbers or texts as labels in the first "
                                           "or the last column, found another value in line %zu "
                                           "of the first and in line %zu of the last",
                                           first_misfit, last_misfit);
        swp_hint(err, "write a label into each row, first or last, or say where it is: "
                      "data.label_column = N");
        return status;
    }
    if (last_misfit && d->last - d->first >= 2 && is_id(s, d, d->first, d->first + 1)) {
        leave_out(s, d, d->first, "numbers or names the rows");
        set_label(d, ++d->first);
        return SWP_OK;
    }
    if (last_misfit && counts_rows(s, d, d->first)) {
        swp_status status =
            eng_lines_fail(lines, err,
                           "expected labels, found only a first column that numbers "
                           "the rows");
        swp_hint(err, "write a label into each row; to judge rows without labels, `sweep detect` "
                      "takes the file; data.label_column = 1 if these numbers are classes");
        return status;
    }
    bool first_texts = holds_texts(s, d, d->first), last_texts = holds_texts(s, d, d->last);
    bool first_repeats = repeats(s, d, d->first), last_repeats = repeats(s, d, d->last);
    bool last = eng_has_ending(lines->path, ".csv") || eng_has_ending(lines->path, ".csv.gz");
    if (first_misfit || last_misfit)
        last = first_misfit != 0;
    else if (first_texts != last_texts)
        last = last_texts;
    else if (first_texts)
        return unclear_header(s, lines, err);
    else if (rows_of(s, d) >= 4 && first_repeats != last_repeats)
        last = last_repeats;
    bool either = !first_misfit && !last_misfit && !first_texts && !last_texts;
    if (either && is_no_class(s, d, d->first) && is_no_class(s, d, d->last)) {
        swp_status status = eng_lines_fail(lines, err,
                                           "expected one column of labels, found whole numbers at "
                                           "both ends, %zu different ones in the %s",
                                           eng_survey_distinct(s, last ? d->last : d->first),
                                           last ? "last" : "first");
        swp_hint(err, "say which column it is: data.label_column = N");
        return status;
    }
    set_label(d, last ? d->last : d->first);
    return SWP_OK;
}

/* Columns that a header calls label, class or target, or, at an end, y. */
static swp_status find_label_word(const eng_survey *s, const eng_lines *lines, eng_roles *d,
                                  swp_err *err)
{
    size_t strong = ENG_NO_COLUMN, weak = ENG_NO_COLUMN, n_strong = 0, n_weak = 0;
    for (size_t i = d->first; i <= d->last; i++) {
        const char *name = s->top.at[i];
        if (d->roles[i] != ENG_ROLE_VALUE || !eng_is_label_word(name))
            continue;
        if (strcasecmp(name, "y") != 0) {
            strong = i;
            n_strong++;
        } else if (i == d->first || i == d->last) {
            weak = i;
            n_weak++;
        }
    }
    if (n_strong > 1 || (n_strong == 0 && n_weak > 1)) {
        swp_status status =
            eng_lines_fail(lines, err, "expected a header with one label column, found two");
        swp_hint(err, "say which it is: data.label_column = NAME");
        return status;
    }
    if (n_strong + n_weak > 0)
        set_label(d, n_strong ? strong : weak);
    return SWP_OK;
}

/* The column that the user names as the label. */
static swp_status find_said_label(const eng_survey *s, const eng_lines *lines, const char *wanted,
                                  eng_roles *d, swp_err *err)
{
    int64_t number;
    for (size_t i = 0; d->header && i < s->n_fields; i++) {
        if (strcmp(s->top.at[i], wanted) == 0) {
            set_label(d, i);
            return SWP_OK;
        }
    }
    if (swp_parse_int(wanted, 1, (int64_t)s->n_fields, &number)) {
        set_label(d, (size_t)number - 1);
        return SWP_OK;
    }
    return eng_lines_fail(lines, err,
                          "expected a column called \"%.40s\" as data.label_column says, or a "
                          "number up to %zu; found no such name in the %s",
                          wanted, s->n_fields, d->header ? "header" : "file, which has no header");
}

/* With as many columns as values are expected: there is no label if a header says so, or if neither
 * end can hold one. */
static swp_status check_bare(const eng_survey *s, const eng_lines *lines, const eng_roles *d,
                             size_t bare, swp_err *err)
{
    if (d->header || (misfit_line(s, d, d->first) && misfit_line(s, d, d->last)))
        return SWP_OK;
    swp_status status =
        eng_lines_fail(lines, err,
                       "expected %zu values, or as many and a label, found %zu fields of which the "
                       "%s may be a label",
                       bare, bare, misfit_line(s, d, d->first) ? "last" : "first");
    swp_hint(err,
             "a first line of column names without label, class, target or y says that there is "
             "none");
    return status;
}

static size_t count_role(const eng_survey *s, const eng_roles *d, eng_role wanted)
{
    size_t n = 0;
    for (size_t i = 0; i < s->n_fields; i++)
        n += d->roles[i] == wanted;
    return n;
}

/* --- deciding --------------------------------------------------------------------------------- */

static swp_status choose_columns(const eng_survey *s, const eng_lines *lines, const char *columns,
                                 eng_roles *d, swp_err *err)
{
    size_t last = eng_columns_last(columns), n_others = 0, other = 0;
    if (last > s->n_fields)
        return eng_lines_fail(lines, err, "expected %zu columns as data.columns says, found %zu",
                              last, s->n_fields);
    for (size_t i = 0; i < s->n_fields; i++) {
        if (d->roles[i] == ENG_ROLE_VALUE && !eng_columns_hold(columns, i + 1)) {
            other = i;
            n_others++;
        }
    }
    /* Of the others one is the label: the only one, the one with the right name, or an end. */
    if (d->label == ENG_NO_COLUMN && n_others == 1)
        set_label(d, other);
    for (size_t i = 0; d->label == ENG_NO_COLUMN && d->header && i < s->n_fields; i++) {
        if (!eng_columns_hold(columns, i + 1) && eng_is_label_word(s->top.at[i]))
            set_label(d, i);
    }
    size_t ends[] = {d->first, d->last};
    for (size_t i = 0; d->label == ENG_NO_COLUMN && i < 2; i++) {
        size_t end = ends[i], opposite = ends[1 - i];
        if (!eng_columns_hold(columns, end + 1) && eng_columns_hold(columns, opposite + 1) &&
            !misfit_line(s, d, end))
            set_label(d, end);
    }
    if (d->label == ENG_NO_COLUMN) {
        swp_status status = eng_lines_fail(lines, err,
                                           "expected a label column beside data.columns, found %zu "
                                           "that may be it",
                                           n_others);
        swp_hint(err, "say which it is: data.label_column = N");
        return status;
    }
    for (size_t i = 0; i < s->n_fields; i++) {
        if (d->roles[i] == ENG_ROLE_VALUE && !eng_columns_hold(columns, i + 1))
            leave_out(s, d, i, "not in data.columns");
    }
    return SWP_OK;
}

/* One value on each line, or a few beside a time: one long series, or several. */
static swp_status refuse_time_steps(const eng_survey *s, const eng_lines *lines, const eng_roles *d,
                                    const eng_rows *rows, swp_err *err)
{
    enum { LEAST_STEPS = 100 };
    size_t n = count_role(s, d, ENG_ROLE_VALUE), n_rows = rows_of(s, d);
    bool single = n == 1 || (d->label == ENG_NO_COLUMN && n == 2 && rows->bare == 0 &&
                             counts_rows(s, d, d->first));
    if (rows->how.columns || rows->bare == n || rows->single_values)
        return SWP_OK;
    if (single && n_rows >= (d->has_time ? 3 : ENG_SERIES_ROWS))
        return eng_refuse_series(lines->path, n_rows, err);
    size_t most_channels = d->label == ENG_NO_COLUMN ? 64 : 8;
    if (!d->has_time || n == 1 || n > most_channels || n_rows < LEAST_STEPS)
        return SWP_OK;
    swp_status status = swp_fail(err, SWP_FORMAT,
                                 "%s: expected a sequence on each line, found a time step on each: "
                                 "%zu channels in columns beside the time, over %zu lines",
                                 lines->path, n, n_rows);
    eng_hint_channels(err);
    return status;
}

/* A number with a fraction that differs in almost every row is not a class. */
static swp_status refuse_regression(const eng_survey *s, const eng_lines *lines, const eng_roles *d,
                                    swp_err *err)
{
    enum { LEAST_ROWS = 10 };
    const eng_column *c = d->label == ENG_NO_COLUMN ? NULL : eng_survey_column(s, d->label);
    if (!c || rows_of(s, d) < LEAST_ROWS || c->repeats || 2 * c->n_fractions < s->n_below)
        return SWP_OK;
    swp_status status = eng_lines_fail(lines, err,
                                       "expected class labels in column %zu, found a different "
                                       "number in each row: a target of a regression",
                                       d->label + 1);
    swp_hint(err, "write a class into each row, or say which column it is: data.label_column = N");
    return status;
}

/* Find the label of a file without a header or a setting. */
static swp_status find_label(const eng_survey *s, const eng_lines *lines, eng_roles *d,
                             const eng_rows *rows, swp_err *err)
{
    size_t bare = rows->bare;
    if (d->header) {
        swp_status status = find_label_word(s, lines, d, err);
        if (status != SWP_OK || d->label != ENG_NO_COLUMN)
            return status;
    }
    size_t n = count_role(s, d, ENG_ROLE_VALUE);
    if (n == bare)
        return check_bare(s, lines, d, bare, err);
    swp_status status = refuse_time_steps(s, lines, d, rows, err);
    if (status != SWP_OK)
        return status;
    if (d->header && !d->counting_header && rows->how.has_header != ENG_HEADER_YES)
        return unclear_header(s, lines, err);
    if (n == bare + 1 && bare > 0 && counts_rows(s, d, d->first) && misfit_line(s, d, d->last)) {
        leave_out(s, d, d->first, "numbers the rows");
        return SWP_OK;
    }
    return place_label(s, lines, d, err);
}

static swp_status check_names(const eng_survey *s, const eng_lines *lines, const eng_roles *d,
                              swp_err *err)
{
    size_t n_gaps = 0;
    for (size_t i = 0; i < s->n_fields; i++)
        n_gaps += d->roles[i] != ENG_ROLE_LEFT_OUT && eng_kind_of(s->top.at[i]) == ENG_GAP;
    if (n_gaps == 0 || !d->header)
        return SWP_OK;
    swp_status status = eng_lines_fail(lines, err,
                                       "expected a name for each column of the header, "
                                       "found %zu without",
                                       n_gaps);
    swp_hint(err, "only a first column may be without a name: it is taken for a row index");
    return status;
}

/* Give each column its role; `lines` is at the first line. */
static swp_status decide(const eng_survey *s, const eng_lines *lines, const eng_rows *rows,
                         eng_roles *d, swp_err *err)
{
    const eng_reading *how = &rows->how;
    size_t n = s->n_fields;
    bool unclear = false;
    d->label = ENG_NO_COLUMN;
    d->roles = swp_alloc(n, sizeof *d->roles);
    if (!d->roles)
        return swp_fail(err, SWP_NOMEM, "no memory to read %s", lines->path);
    /* Delimiters at the ends of all lines. */
    while (n > 2 && eng_survey_column(s, n - 1) && eng_survey_column(s, n - 1)->empty)
        leave_out(s, d, --n, "empty");
    bool header = eng_header_find(s, n, rows->bare, &d->counting_header, &unclear);
    bool forced = how->label_column || how->has_header != ENG_HEADER_AUTO;
    d->header = how->has_header == ENG_HEADER_AUTO ? header : how->has_header == ENG_HEADER_YES;
    if (!d->header)
        d->counting_header = false;
    if (!how->columns && d->header)
        leave_out_named(s, d, n);
    if (count_role(s, d, ENG_ROLE_VALUE) == 0)
        return eng_lines_fail(lines, err, "expected values, found only columns to leave out");
    find_ends_in_use(s, d);
    swp_status status = SWP_OK;
    if (how->label_column)
        status = find_said_label(s, lines, how->label_column, d, err);
    if (status == SWP_OK && unclear && !forced) /* "one long series" says more */
        status = refuse_time_steps(s, lines, d, rows, err);
    if (status == SWP_OK && unclear && !forced && !how->columns && !d->has_time)
        status = unclear_header(s, lines, err);
    if (status == SWP_OK && how->columns)
        status = choose_columns(s, lines, how->columns, d, err);
    else if (status == SWP_OK && !how->label_column)
        status = find_label(s, lines, d, rows, err);
    if (status == SWP_OK && !forced)
        status = check_names(s, lines, d, err);
    if (status == SWP_OK)
        status = refuse_time_steps(s, lines, d, rows, err);
    return status == SWP_OK ? refuse_regression(s, lines, d, err) : status;
}

/* Both files of a set must have their labels at the same end; else one was read wrongly. */
static swp_status check_side(eng_rows *rows, const eng_lines *lines, const eng_roles *d,
                             swp_err *err)
{
    static const char *const places[] = {[ENG_LABEL_FIRST] = "in the first column",
                                         [ENG_LABEL_LAST] = "in the last column",
                                         [ENG_LABEL_INSIDE] = "between the values",
                                         [ENG_LABEL_NONE] = "nowhere"};
    eng_label_side side = d->label == ENG_NO_COLUMN ? ENG_LABEL_NONE
                          : d->label == d->last     ? ENG_LABEL_LAST
                          : d->label == d->first    ? ENG_LABEL_FIRST
                                                    : ENG_LABEL_INSIDE;
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

static swp_status describe(const eng_survey *s, const eng_roles *d, eng_rows *rows, swp_err *err)
{
    swp_status status = SWP_OK;
    const char *place = d->label == 0                 ? "first column"
                        : d->label + 1 == s->n_fields ? "last column"
                                                      : "column";
    char number[24] = "";
    if (strcmp(place, "column") == 0)
        snprintf(number, sizeof number, " %zu", d->label + 1);
    if (d->left_out.failed)
        return swp_fail(err, SWP_NOMEM, "no memory to describe the data");
    if (d->header)
        status = eng_note(&rows->header, err, "line %zu", s->first_line);
    if (status == SWP_OK && d->label != ENG_NO_COLUMN)
        status = eng_note(&rows->label_place, err, d->header ? "%s%s, \"%.60s\"" : "%s%s", place,
                          number, d->header ? s->top.at[d->label] : "");
    if (status == SWP_OK && d->left_out.length > 0)
        status = eng_note(&rows->left_out, err, "%s", d->left_out.text);
    return status;
}

/* Number the columns of the values, and make room for a row of them. */
static swp_status list_values(const eng_survey *s, const eng_lines *lines, eng_roles *d,
                              swp_err *err)
{
    d->columns = swp_alloc(s->n_fields, sizeof *d->columns);
    d->values = swp_alloc(s->n_fields, sizeof *d->values);
    if (!d->columns || !d->values)
        return swp_fail(err, SWP_NOMEM, "no memory to read %s", lines->path);
    for (size_t i = 0; i < s->n_fields; i++)
        if (d->roles[i] == ENG_ROLE_VALUE)
            d->columns[d->n_values++] = i + 1;
    return SWP_OK;
}

swp_status eng_roles_init(eng_roles *d, const eng_survey *s, const eng_lines *lines, eng_rows *rows,
                          swp_err *err)
{
    *d = (eng_roles){0};
    swp_status status = decide(s, lines, rows, d, err);
    if (status == SWP_OK)
        status = check_side(rows, lines, d, err);
    if (status == SWP_OK)
        status = list_values(s, lines, d, err);
    return status == SWP_OK ? describe(s, d, rows, err) : status;
}

void eng_roles_deinit(eng_roles *d)
{
    swp_buf_deinit(&d->left_out);
    swp_free(d->roles);
    swp_free(d->columns);
    swp_free(d->values);
    *d = (eng_roles){0};
}
