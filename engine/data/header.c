/* Whether the first line of a table is names. Texts are, and numbers that count: pandas writes 0,
 * 1, 2, ... over columns without names. A text at an end may be the label of a first row instead;
 * then the values below it decide. */
#include <math.h>
#include <string.h>
#include <strings.h>

#include "engine/base/str.h"
#include "engine/data/survey_priv.h"

#define NO_COLUMN SIZE_MAX

/* The longest run of numbers c, c + 1, ... in a line that begins at `from`; c is 0 or 1. Returns
 * the index after it, or `from`. */
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

/* Are the columns of a run, which are whole in the first line, measurements below it? */
static bool has_fractions_below(const eng_survey *s, size_t from, size_t behind)
{
    size_t n = 0;
    for (size_t i = from; i < behind; i++) {
        const eng_column *c = eng_survey_column(s, i);
        n += c ? c->n_fractions : 0;
    }
    return n > 0;
}

/* "1,2,3,0" and "3,0,1,2": the label's column was the first or the last of all, and moved. */
static bool is_rotated(const eng_survey *s, size_t n, size_t from, size_t behind)
{
    double first, last, other;
    if (behind - from + 1 != n || !swp_parse_double(s->top.at[from], &first) ||
        !swp_parse_double(s->top.at[behind - 1], &last) ||
        !swp_parse_double(s->top.at[from > 0 ? 0 : n - 1], &other))
        return false;
    return from > 0 ? other == last + 1 : other == first - 1;
}

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
        if (n_numbers > 0 && !next_counts &&
            (run >= 5 || (run >= 3 && (is_rotated(s, n, from, behind) ||
                                       has_fractions_below(s, from, behind)))))
            return COUNT_AND_NUMBER;
    }
    return NO_COUNT;
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

/* Whether the name in the first line occurs again below it. Only columns at the ends are surveyed;
 * for others the answer is no. */
static bool is_word_again(const eng_survey *s, size_t at)
{
    const eng_column *c = eng_survey_column(s, at);
    return c && c->word_again;
}

/* A first line with one text and numbers that do not count. */
static bool is_header_with(const eng_survey *s, size_t n, size_t at, bool *unclear)
{
    const char *name = s->top.at[at];
    bool is_time, word = eng_is_label_word(name) && !is_word_again(s, at);
    if (s->n_below == 0)
        return word;
    if (!eng_survey_has_texts(s, at)) { /* numbers below a text: it names them */
        *unclear = !word && !eng_is_index_word(name, &is_time);
        return true;
    }
    if (!word)
        return false;
    /* Texts below a word that may be a name or one of them: y and class are labels, too. */
    return is_evenly_spaced(s, n) || strcasecmp(name, "label") == 0 ||
           strcasecmp(name, "target") == 0;
}

bool eng_header_find(const eng_survey *s, size_t n, size_t bare, bool *counts, bool *unclear)
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
    bool below = n_texts == 1 && eng_survey_has_texts(s, text_at);
    if (count == COUNT_AND_TEXT && below) {
        /* "label,0,1" above texts is a header; "y,1,2" or "a,1,2" above "n,3,4" may be a row. */
        bool is_time, next_counts = count_from(&s->second, text_at == 0, true) + (text_at > 0) >= n;
        bool index = eng_is_index_word(s->top.at[text_at], &is_time);
        count = index || (eng_is_label_word(s->top.at[text_at]) && !is_word_again(s, text_at) &&
                          !next_counts)
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
            return false; /* a row with a value that is not a number */
        *unclear = numbers > 0 && !(n_texts == 1 && word) && (n_texts < 2 || numbers > n_texts);
        return true;
    }
    if (n_texts == 1)
        return is_header_with(s, n, text_at, unclear);
    /* Texts at both ends: an id and a label, or names. */
    if (n > 2 && eng_survey_has_texts(s, 0) && eng_survey_has_texts(s, n - 1) && n_gaps == 0)
        return false;
    double number;
    *unclear = n > 2 && swp_parse_double(s->top.at[1], &number) &&
               !eng_is_label_word(s->top.at[0]) && !eng_is_label_word(s->top.at[n - 1]);
    return true;
}
