/* UCR text and CSV: one row on each line, the label first, last, or in a column that is named.
 *
 * A file does not say where its labels are, so it is read twice: once to survey it (survey.c), once
 * for the rows. In between each column is given a role: a value, the label, or left out. The rules
 * stand in dataset.h; what the user says goes before them. Rows are parsed straight from the line;
 * one that this does not understand is split into fields, which also gives the messages. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "engine/base/mem.h"
#include "engine/base/str.h"
#include "engine/data/format_priv.h"
#include "engine/data/source_priv.h"
#include "engine/data/survey_priv.h"

typedef enum role { VALUE, LABEL, LEFT_OUT } role;

#define NO_COLUMN SIZE_MAX

typedef struct dialect {
    bool header;
    bool counting_header;   /* it is numbers that count: pandas' default names */
    role *roles;            /* (n_fields) */
    size_t *columns;        /* (n_values) numbers from 1 */
    char **values;          /* (n_values) of the current row */
    size_t n_values, label; /* label: index or NO_COLUMN */
    size_t first, last;     /* the columns at the ends that are not left out */
    swp_buf left_out;       /* for people */
    bool has_time;          /* a column of dates or times was left out */
} dialect;

/* --- the header ------------------------------------------------------------------------------- */

/* The longest run of numbers c, c + 1, ... in a line that begins at `from`; c is 0 or 1. Returns
 * what is behind it, or `from`. */
static size_t count_from(const eng_fields *line, size_t from, bool any_start)
{
    size_t i = from;
    double before = 0;
    for (double number; i < line->n && swp_parse_double(line->at[i], &number); i++) {
        bool fits = i == from ? number == floor(number) && (any_start || number == 0 || number == 1)
                              : number == before + 1;
        if (!fits)
            break;
        before = number;
    }
    return i;
}

/* What kind of header the first line could be. */
typedef enum counting { NO_COUNT, COUNT_ALONE, COUNT_AND_NUMBER, COUNT_AND_TEXT } counting;

/* Does the first line count from one end to the other, but for one field at each end? */
static counting find_count(const eng_survey *s, size_t n, size_t bare)
{
    for (size_t from = 0; from < n && from <= 2; from++) {
        size_t behind = count_from(&s->top, from, false);
        if (behind + 1 < n || behind <= from)
            continue;
        behind = behind > n ? n : behind;
        size_t n_numbers = 0, n_texts = 0, n_fractions = 0;
        for (size_t i = 0; i < n; i++) {
            if (i >= from && i < behind)
                continue;
            eng_field_kind kind = eng_kind_of(s->top.at[i]);
            n_numbers += kind == ENG_WHOLE;
            n_fractions += kind == ENG_FRACTION;
            n_texts += kind == ENG_TEXT || kind == ENG_GAP;
        }
        size_t run = behind - from;
        bool next_counts = s->second.n == s->top.n && count_from(&s->second, from, true) >= behind;
        if (n_fractions > 0)
            continue;
        if (n_texts > 0 && n_numbers == 0 && run >= (n_texts == 1 ? 1 : 2))
            return COUNT_AND_TEXT;
        if (n_texts == 0 && n_numbers == 0 && !next_counts && (run >= 3 || (run == 2 && bare == n)))
            return COUNT_ALONE;
        if (n_numbers > 0 && run >= 4 && !next_counts)
            return COUNT_AND_NUMBER;
    }
    return NO_COUNT;
}

static bool has_texts_below(const eng_survey *s, size_t index)
{
    const eng_column *c = eng_survey_column(s, index);
    return c && c->n_texts > 0;
}

static bool is_evenly_spaced(const eng_survey *s, size_t n)
{
    double before = 0, step = 0;
    size_t k = 0;
    for (size_t i = 0; i < n; i++) {
        double number;
        if (!swp_parse_double(s->top.at[i], &number))
            continue;
        if (k == 1)
            step = number - before;
        else if (k > 1 && fabs(number - before - step) > 1e-6 * fabs(step))
            return false;
        before = number;
        k++;
    }
    return k >= 3 && step != 0;
}

/* A first line with one text, at an end, and numbers that do not count. */
static bool is_header_with(const eng_survey *s, size_t n, size_t at, bool *unclear)
{
    const char *name = s->top.at[at];
    const eng_column *c = eng_survey_column(s, at);
    bool is_time, word = eng_is_label_word(name) && !c->word_again;
    if (s->n_below == 0)
        return false;
    if (!has_texts_below(s, at)) { /* numbers below a text: it names them */
        *unclear = !word && !eng_is_index_word(name, &is_time);
        return true;
    }
    if (!word)
        return false;
    /* Texts below a word that may be a name or one of them: y and class are labels, too. */
    return is_evenly_spaced(s, n) || strcasecmp(name, "label") == 0 ||
           strcasecmp(name, "target") == 0;
}

/* Is the first line names? *unclear: it is no row, but no names that are understood either. */
static bool find_header(const eng_survey *s, size_t n, size_t bare, bool *counts, bool *unclear)
{
    size_t n_texts = 0, inside = 0, text_at = NO_COLUMN, n_gaps = 0;
    for (size_t i = 0; i < n; i++) {
        eng_field_kind kind = eng_kind_of(s->top.at[i]);
        n_gaps += kind == ENG_GAP;
        if (kind != ENG_TEXT)
            continue;
        n_texts++;
        text_at = i;
        inside += i > 0 && i + 1 < n;
    }
    *unclear = *counts = false;
    counting count = find_count(s, n, bare);
    bool below = n_texts == 1 && has_texts_below(s, text_at);
    if (count == COUNT_AND_TEXT && below) {
        /* "label,0,1" above texts is a header; "y,1,2" or "a,1,2" above "n,3,4" may be a row. */
        const eng_column *c = eng_survey_column(s, text_at);
        bool is_time, next_counts = count_from(&s->second, text_at == 0, true) + (text_at > 0) >= n;
        bool index = eng_is_index_word(s->top.at[text_at], &is_time);
        count = index || (eng_is_label_word(s->top.at[text_at]) && !c->word_again && !next_counts)
                    ? count
                    : NO_COUNT;
    } else if (count == COUNT_AND_TEXT && n_texts == 1) {
        bool is_time;
        const char *name = s->top.at[text_at];
        *unclear = !eng_is_label_word(name) && !eng_is_index_word(name, &is_time) && bare == 0;
        return s->n_below > 0 || eng_is_label_word(name);
    } else if (count == COUNT_AND_TEXT && n_texts == 0) {
        /* an empty field and numbers: an index without a name, or a gap in a short row */
        count = *s->top.at[0] == '\0' &&
                        (n > 3 || s->second.n == 0 || eng_kind_of(s->second.at[0]) != ENG_GAP)
                    ? count
                    : NO_COUNT;
    }
    if (count != NO_COUNT) {
        *counts = n_texts == 0;
        return true;
    }
    if (n_texts == 0)
        return false;
    if (inside > 0) {
        size_t numbers = 0, fractions = 0;
        for (size_t i = 0; i < n; i++) {
            eng_field_kind kind = eng_kind_of(s->top.at[i]);
            numbers += kind == ENG_WHOLE || kind == ENG_FRACTION;
            fractions += kind == ENG_FRACTION;
        }
        bool is_time, word = eng_is_label_word(s->top.at[text_at]) ||
                             eng_is_index_word(s->top.at[text_at], &is_time);
        if (n_texts == 1 && fractions > 0 && !word)
            return false; /* a row with a value that is no number */
        *unclear = numbers > 0 && !(n_texts == 1 && word) && (n_texts < 2 || numbers > n_texts);
        return true;
    }
    if (n_texts == 1)
        return is_header_with(s, n, text_at, unclear);
    /* Texts at both ends: an id and a label, or names. */
    if (n > 2 && has_texts_below(s, 0) && has_texts_below(s, n - 1) && n_gaps == 0)
        return false;
    double number;
    *unclear = n > 2 && swp_parse_double(s->top.at[1], &number) &&
               !eng_is_label_word(s->top.at[0]) && !eng_is_label_word(s->top.at[n - 1]);
    return true;
}

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

static void leave_out(const eng_survey *s, dialect *d, size_t index, const char *why)
{
    d->roles[index] = LEFT_OUT;
    if (d->left_out.length > 300)
        return;
    bool named = d->header && *s->top.at[index];
    swp_buf_printf(&d->left_out, "%scolumn %zu%s%.60s%s (%s)", d->left_out.length ? "; " : "",
                   index + 1, named ? ", \"" : "", named ? s->top.at[index] : "", named ? "\"" : "",
                   why);
}

/* Columns that a header says to number or date the rows. */
static void leave_out_named(const eng_survey *s, dialect *d, size_t n)
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

static void find_ends_in_use(const eng_survey *s, dialect *d)
{
    d->first = 0;
    d->last = s->n_fields - 1;
    while (d->first < d->last && d->roles[d->first] == LEFT_OUT)
        d->first++;
    while (d->last > d->first && d->roles[d->last] == LEFT_OUT)
        d->last--;
}

/* --- the label -------------------------------------------------------------------------------- */

static void set_label(dialect *d, size_t index)
{
    d->label = index;
    d->roles[index] = LABEL;
}

/* Line in which a column shows that it holds no labels; 0: it may hold them. */
static size_t misfit_line(const eng_survey *s, const dialect *d, size_t index)
{
    const eng_column *c = eng_survey_column(s, index);
    eng_field_kind top = eng_kind_of(s->top.at[index]);
    if (!d->header && (top == ENG_GAP || top == ENG_FRACTION))
        return s->first_line;
    return c ? c->misfit : s->first_line;
}

/* Texts in the first row, or, below a header, in most: a single one may be a damaged number. */
static bool holds_texts(const eng_survey *s, const dialect *d, size_t index)
{
    const eng_column *c = eng_survey_column(s, index);
    if (!d->header)
        return eng_kind_of(s->top.at[index]) == ENG_TEXT;
    return c && 2 * c->n_texts > s->n_below;
}

static bool repeats(const eng_survey *s, const dialect *d, size_t index)
{
    const eng_column *c = eng_survey_column(s, index);
    return c && (c->repeats || (!d->header && c->top_occurs));
}

static size_t rows_of(const eng_survey *s, const dialect *d)
{
    return s->n_below + !d->header;
}

/* Does the column count 0, 1, 2, ... or 1, 2, 3, ... from row to row, over enough rows? */
static bool counts_rows(const eng_survey *s, const dialect *d, size_t index)
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

/* A text or a number in front of each row that none shares with another, and labels behind. */
static bool is_id(const eng_survey *s, const dialect *d, size_t index, size_t other)
{
    enum { LEAST_ROWS = 3 };
    return index != other && !misfit_line(s, d, other) && repeats(s, d, other) &&
           (counts_rows(s, d, index) ||
            (holds_texts(s, d, index) && !repeats(s, d, index) && rows_of(s, d) >= LEAST_ROWS));
}

/* Nothing names the labels: both ends of the rows may hold them. */
static swp_status place_label(const eng_survey *s, const eng_lines *lines, dialect *d, swp_err *err)
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
    set_label(d, last ? d->last : d->first);
    return SWP_OK;
}

/* Columns that a header calls label, class or target, or, at an end, y. */
static swp_status find_label_word(const eng_survey *s, const eng_lines *lines, dialect *d,
                                  swp_err *err)
{
    size_t strong = NO_COLUMN, weak = NO_COLUMN, n_strong = 0, n_weak = 0;
    for (size_t i = d->first; i <= d->last; i++) {
        const char *name = s->top.at[i];
        if (d->roles[i] != VALUE || !eng_is_label_word(name))
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

/* The column that the user calls the label. */
static swp_status find_said_label(const eng_survey *s, const eng_lines *lines, const char *wanted,
                                  dialect *d, swp_err *err)
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

/* As many columns as there are to be values: there is no label if a header says so, or if neither
 * end can hold one. */
static swp_status check_bare(const eng_survey *s, const eng_lines *lines, const dialect *d,
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

static size_t count_role(const eng_survey *s, const dialect *d, role wanted)
{
    size_t n = 0;
    for (size_t i = 0; i < s->n_fields; i++)
        n += d->roles[i] == wanted;
    return n;
}

/* --- deciding --------------------------------------------------------------------------------- */

static swp_status choose_columns(const eng_survey *s, const eng_lines *lines, const char *columns,
                                 dialect *d, swp_err *err)
{
    size_t last = eng_columns_last(columns), n_others = 0, other = 0;
    if (last > s->n_fields)
        return eng_lines_fail(lines, err, "expected %zu columns as data.columns says, found %zu",
                              last, s->n_fields);
    for (size_t i = 0; i < s->n_fields; i++) {
        if (d->roles[i] == VALUE && !eng_columns_hold(columns, i + 1)) {
            other = i;
            n_others++;
        }
    }
    /* Of the others one is the label: the only one, the one with the right name, or an end. */
    if (d->label == NO_COLUMN && n_others == 1)
        set_label(d, other);
    for (size_t i = 0; d->label == NO_COLUMN && d->header && i < s->n_fields; i++) {
        if (!eng_columns_hold(columns, i + 1) && eng_is_label_word(s->top.at[i]))
            set_label(d, i);
    }
    size_t ends[] = {d->first, d->last};
    for (size_t i = 0; d->label == NO_COLUMN && i < 2; i++) {
        size_t end = ends[i], opposite = ends[1 - i];
        if (!eng_columns_hold(columns, end + 1) && eng_columns_hold(columns, opposite + 1) &&
            !misfit_line(s, d, end))
            set_label(d, end);
    }
    if (d->label == NO_COLUMN) {
        swp_status status = eng_lines_fail(lines, err,
                                           "expected a label column beside data.columns, found %zu "
                                           "that may be it",
                                           n_others);
        swp_hint(err, "say which it is: data.label_column = N");
        return status;
    }
    for (size_t i = 0; i < s->n_fields; i++) {
        if (d->roles[i] == VALUE && !eng_columns_hold(columns, i + 1))
            leave_out(s, d, i, "not in data.columns");
    }
    return SWP_OK;
}

/* One value on each line, or few beside a time: a long series, or several. */
static swp_status refuse_time_steps(const eng_survey *s, const eng_lines *lines, const dialect *d,
                                    const eng_rows *rows, swp_err *err)
{
    enum { MOST_CHANNELS = 8, LEAST_STEPS = 100 };
    size_t n = count_role(s, d, VALUE), n_rows = rows_of(s, d);
    bool single = n == 1 || (d->label == NO_COLUMN && n == 2 && rows->bare == 0 &&
                             counts_rows(s, d, d->first));
    if (rows->how.columns || rows->bare == n || rows->single_values)
        return SWP_OK;
    if (single && n_rows >= (d->has_time ? 3 : ENG_SERIES_ROWS))
        return eng_refuse_series(lines->path, n_rows, err);
    if (!d->has_time || n == 1 || n > MOST_CHANNELS || n_rows < LEAST_STEPS)
        return SWP_OK;
    swp_status status = swp_fail(err, SWP_FORMAT,
                                 "%s: expected a sequence on each line, found a time step on each: "
                                 "%zu channels in columns beside the time, over %zu lines",
                                 lines->path, n, n_rows);
    eng_hint_channels(err);
    return status;
}

/* A label that is a number with a fraction, another in almost every row, is no class. */
static swp_status refuse_regression(const eng_survey *s, const eng_lines *lines, const dialect *d,
                                    swp_err *err)
{
    enum { LEAST_ROWS = 10 };
    const eng_column *c = d->label == NO_COLUMN ? NULL : eng_survey_column(s, d->label);
    if (!c || rows_of(s, d) < LEAST_ROWS || c->repeats || 2 * c->n_fractions < s->n_below)
        return SWP_OK;
    swp_status status = eng_lines_fail(lines, err,
                                       "expected class labels in column %zu, found a different "
                                       "number in each row: a target of a regression",
                                       d->label + 1);
    swp_hint(err, "write a class into each row, or say which column it is: data.label_column = N");
    return status;
}

/* The label of a file with nothing said about it. */
static swp_status find_label(const eng_survey *s, const eng_lines *lines, dialect *d,
                             const eng_rows *rows, swp_err *err)
{
    size_t bare = rows->bare;
    if (d->header) {
        swp_status status = find_label_word(s, lines, d, err);
        if (status != SWP_OK || d->label != NO_COLUMN)
            return status;
    }
    size_t n = count_role(s, d, VALUE);
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

static swp_status check_names(const eng_survey *s, const eng_lines *lines, const dialect *d,
                              swp_err *err)
{
    size_t n_gaps = 0;
    for (size_t i = 0; i < s->n_fields; i++)
        n_gaps += d->roles[i] != LEFT_OUT && eng_kind_of(s->top.at[i]) == ENG_GAP;
    if (n_gaps == 0 || !d->header)
        return SWP_OK;
    swp_status status = eng_lines_fail(lines, err,
                                       "expected a name for each column of the header, "
                                       "found %zu without",
                                       n_gaps);
    swp_hint(err, "only a first column may be without a name: it is taken for a row index");
    return status;
}

/* Give each column its role; `lines` stands on the first line. */
static swp_status decide(const eng_survey *s, const eng_lines *lines, const eng_rows *rows,
                         dialect *d, swp_err *err)
{
    const eng_reading *how = &rows->how;
    size_t n = s->n_fields;
    bool unclear = false;
    d->label = NO_COLUMN;
    d->roles = swp_alloc(n, sizeof *d->roles);
    if (!d->roles)
        return swp_fail(err, SWP_NOMEM, "no memory to read %s", lines->path);
    /* Delimiters at the ends of all lines. */
    while (n > 2 && eng_survey_column(s, n - 1) && eng_survey_column(s, n - 1)->empty)
        leave_out(s, d, --n, "empty");
    bool header = find_header(s, n, rows->bare, &d->counting_header, &unclear);
    bool forced = how->label_column || how->has_header != ENG_HEADER_AUTO;
    d->header = how->has_header == ENG_HEADER_AUTO ? header : how->has_header == ENG_HEADER_YES;
    if (!d->header)
        d->counting_header = false;
    if (!how->columns && d->header)
        leave_out_named(s, d, n);
    if (count_role(s, d, VALUE) == 0)
        return eng_lines_fail(lines, err, "expected values, found only columns to leave out");
    find_ends_in_use(s, d);
    swp_status status = SWP_OK;
    if (how->label_column)
        status = find_said_label(s, lines, how->label_column, d, err);
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

/* Both files of a set must have their labels at the same end, or a guess was wrong. */
static swp_status check_side(eng_rows *rows, const eng_lines *lines, const dialect *d, swp_err *err)
{
    static const char *const places[] = {[ENG_LABEL_FIRST] = "in the first column",
                                         [ENG_LABEL_LAST] = "in the last column",
                                         [ENG_LABEL_INSIDE] = "between the values",
                                         [ENG_LABEL_NONE] = "nowhere"};
    eng_label_side side = d->label == NO_COLUMN  ? ENG_LABEL_NONE
                          : d->label == d->last  ? ENG_LABEL_LAST
                          : d->label == d->first ? ENG_LABEL_FIRST
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

static swp_status describe(const eng_survey *s, const dialect *d, eng_rows *rows, swp_err *err)
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
    if (status == SWP_OK && d->label != NO_COLUMN)
        status = eng_note(&rows->label_place, err, d->header ? "%s%s, \"%.60s\"" : "%s%s", place,
                          number, d->header ? s->top.at[d->label] : "");
    if (status == SWP_OK && d->left_out.length > 0)
        status = eng_note(&rows->left_out, err, "%s", d->left_out.text);
    return status;
}

/* Number the columns of the values, and make room for a row of them. */
static swp_status list_values(const eng_survey *s, const eng_lines *lines, dialect *d, swp_err *err)
{
    d->columns = swp_alloc(s->n_fields, sizeof *d->columns);
    d->values = swp_alloc(s->n_fields, sizeof *d->values);
    if (!d->columns || !d->values)
        return swp_fail(err, SWP_NOMEM, "no memory to read %s", lines->path);
    for (size_t i = 0; i < s->n_fields; i++)
        if (d->roles[i] == VALUE)
            d->columns[d->n_values++] = i + 1;
    return SWP_OK;
}

/* --- rows ------------------------------------------------------------------------------------- */

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
static bool parse_plain(const eng_survey *s, const dialect *d, const eng_lines *lines, float *out,
                        const char **label, size_t *label_size)
{
    const char delimiter = s->delimiter;
    const char *c = lines->text;
    for (size_t i = 0; i < s->n_fields; i++) {
        c = skip_blanks(c, delimiter);
        if (*c == '"' || *c == '\'')
            return false;
        const char *start = c;
        if (d->roles[i] == VALUE) {
            double value;
            c = swp_scan_double(c, &value);
            *out = (float)value;
            if (!c || !isfinite(*out++))
                return false;
        } else {
            while (*c && *c != delimiter && !(delimiter == ' ' && *c == '\t'))
                c++;
            if (d->roles[i] == LABEL) {
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

static swp_status read_fields(const eng_survey *s, const dialect *d, eng_lines *lines,
                              eng_rows *rows, eng_fields *fields, swp_err *err)
{
    swp_status status = eng_fields_split(fields, lines, lines->text, s->delimiter, err);
    if (status != SWP_OK)
        return status;
    if (fields->n != s->n_fields)
        return eng_lines_fail(lines, err, "expected %zu fields as in line %zu, found %zu",
                              s->n_fields, s->first_line, fields->n);
    for (size_t i = 0, k = 0; i < s->n_fields; i++) {
        if (s->decimal_comma && d->roles[i] != LEFT_OUT && !eng_decimal_point(fields->at[i]))
            return eng_lines_fail(lines, err,
                                  "column %zu: expected a decimal comma as in other fields, found "
                                  "\"%.40s\"",
                                  i + 1, fields->at[i]);
        if (d->roles[i] == VALUE)
            d->values[k++] = fields->at[i];
    }
    const char *label = d->label == NO_COLUMN ? NULL : fields->at[d->label];
    return eng_rows_add(rows, lines, d->values, d->n_values, label, err);
}

static swp_status read_row(const eng_survey *s, const dialect *d, eng_lines *lines, eng_rows *rows,
                           eng_fields *fields, swp_err *err)
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

static swp_status read_rows(const eng_survey *s, const dialect *d, eng_lines *lines, eng_rows *rows,
                            swp_err *err)
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
    dialect d = {0};
    bool more;
    swp_status status = eng_survey_line(s, lines, &more, err);
    if (status == SWP_OK && !more)
        return eng_lines_fail(lines, err, "expected rows of data, found the end of the file");
    if (status == SWP_OK)
        status = decide(s, lines, rows, &d, err);
    if (status == SWP_OK)
        status = check_side(rows, lines, &d, err);
    if (status == SWP_OK)
        status = list_values(s, lines, &d, err);
    if (status == SWP_OK)
        status = describe(s, &d, rows, err);
    if (status == SWP_OK) {
        rows->single_values |= rows->how.columns != NULL;
        status = read_rows(s, &d, lines, rows, err);
    }
    swp_buf_deinit(&d.left_out);
    swp_free(d.roles);
    swp_free(d.columns);
    swp_free(d.values);
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
