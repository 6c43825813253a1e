/* Tables in every form that programs write, with known contents: each is read correctly or refused,
 * never misread. Forms are drawn from a seeded stream, so that many pairs of them occur; a failure
 * prints what was drawn. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "engine/base/str.h"
#include "engine/data/dataset.h"
#include "engine/data/rng.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/data.h"

enum { DIALECTS = 3000, MOST_ROWS = 24, MOST_LENGTH = 12, LARGEST = 1 << 17 };

typedef enum numbers { PLAIN, EXPONENTS, SIGNS, SAVETXT, BARE_POINTS, N_NUMBERS } numbers;

typedef enum header { NO_HEADER, FROM_0, FROM_1, OWN, NAMES, QUOTED_NAMES, N_HEADERS } header;

typedef enum index_kind {
    NO_INDEX,
    EMPTY_NAME,
    UNNAMED,
    ID,
    TIMESTAMP,
    COUNTED,
    N_INDEXES
} index_kind;

typedef enum labels {
    WHOLE,
    NEGATIVE,
    WITH_POINT,
    WORDS,
    WORDS_AND_BLANKS,
    LONG_IDS,
    N_LABELS
} labels;

typedef enum mark { NO_MARK, UTF8, UTF16_LITTLE, UTF16_BIG, N_MARKS } mark;

typedef struct way {
    char delimiter; /* ' ' writes several blanks */
    bool decimal_comma, crlf, cut_end, blanks, quoted, trailing, comment, sep_line, gzip;
    numbers numbers;
    header header;
    index_kind index;
    labels labels;
    mark mark;
    bool label_first, csv;
} way;

typedef struct truth {
    size_t n, length;
    float values[MOST_ROWS][MOST_LENGTH];
    char labels[MOST_ROWS][64]; /* as the set names them */
} truth;

typedef struct text {
    char bytes[LARGEST];
    size_t n;
} text;

static size_t below(eng_rng *rng, size_t n)
{
    return eng_rng_next(rng) % n;
}

static void put(text *t, const char *fmt, ...) SWP_PRINTF(2, 3);

static void put(text *t, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(t->bytes + t->n, LARGEST - t->n, fmt, args);
    va_end(args);
    assert_true(n >= 0 && t->n + (size_t)n < LARGEST);
    t->n += (size_t)n;
}

static way draw_way(eng_rng *rng)
{
    static const char delimiters[] = ",,,;\t ";
    way w = {.delimiter = delimiters[below(rng, 6)],
             .crlf = below(rng, 2),
             .cut_end = below(rng, 4) == 0,
             .blanks = below(rng, 4) == 0,
             .quoted = below(rng, 5) == 0,
             .comment = below(rng, 5) == 0,
             .gzip = below(rng, 5) == 0,
             .numbers = (numbers)below(rng, N_NUMBERS),
             .header = (header)below(rng, N_HEADERS),
             .index = (index_kind)below(rng, N_INDEXES),
             .labels = (labels)below(rng, N_LABELS),
             .mark = (mark)below(rng, 2) ? NO_MARK : (mark)below(rng, N_MARKS),
             .label_first = below(rng, 2),
             .csv = below(rng, 2)};
    w.decimal_comma = (w.delimiter == ';' || w.delimiter == '\t') && below(rng, 2);
    w.sep_line = w.delimiter != ' ' && w.delimiter != '\t' && below(rng, 8) == 0;
    w.trailing = w.delimiter != ' ' && below(rng, 6) == 0;
    if (w.index != NO_INDEX && w.index != COUNTED && w.header != NAMES && w.header != QUOTED_NAMES)
        w.index = w.header == NO_HEADER ? COUNTED : EMPTY_NAME;
    if (w.index == COUNTED && w.header != NO_HEADER)
        w.index = EMPTY_NAME;
    if (w.delimiter == ' ') { /* an empty name cannot be written between blanks */
        w.index = w.index == EMPTY_NAME || w.index == UNNAMED ? NO_INDEX : w.index;
        w.quoted |= w.labels == WORDS_AND_BLANKS || w.index == TIMESTAMP;
    }
    return w;
}

static const char *separator(const way *w)
{
    static char between[4];
    snprintf(between, sizeof between, "%s%c%s", w->blanks && w->delimiter != '\t' ? " " : "",
             w->delimiter, w->blanks || w->delimiter == ' ' ? " " : "");
    return between;
}

static void put_end(text *t, const way *w)
{
    put(t, "%s%s", w->trailing ? separator(w) : "", w->crlf ? "\r\n" : "\n");
}

/* One field, in quotes if the table has quotes; `*first` is false from the second on. */
static void put_field(text *t, const way *w, bool *first, const char *field, bool quoted)
{
    put(t, "%s%s%s%s", *first ? "" : separator(w), quoted ? "\"" : "", field, quoted ? "\"" : "");
    *first = false;
}

static float put_number(text *t, const way *w, bool *first, eng_rng *rng, bool fraction)
{
    static const int digits[] = {3, 7, 4, 18, 2};
    char number[64];
    double value = (double)(int)below(rng, 20000) / 1000 - 10;
    if (fraction && value == floor(value))
        value += 0.25;
    const int n = digits[w->numbers];
    if (w->numbers == EXPONENTS || w->numbers == SAVETXT)
        snprintf(number, sizeof number, "%.*e", n, value);
    else
        snprintf(number, sizeof number, w->numbers == SIGNS ? "%+.*f" : "%.*f", n, value);
    char *written = number;
    if (w->numbers == BARE_POINTS && strncmp(number, "0.", 2) == 0)
        written++;
    double parsed = strtod(written, NULL);
    if (fraction && parsed == floor(parsed)) {
        snprintf(number, sizeof number, "0.25");
        written = number;
        parsed = 0.25;
    }
    char *point = strchr(written, '.');
    if (w->decimal_comma && point)
        *point = ',';
    put_field(t, w, first, written, w->quoted);
    return (float)parsed;
}

static void put_label(text *t, const way *w, bool *first, size_t class, char name[64])
{
    static const char *const written[N_LABELS][3] = {
        [WHOLE] = {"1", "2", "0"},
        [NEGATIVE] = {"-1", "1", "0"},
        [WITH_POINT] = {"1.0", "2.0", "1.0000000e+01"},
        [WORDS] = {"normal", "abnormal", "y"},
        [WORDS_AND_BLANKS] = {"R on T", "normal beat", "it's"},
        [LONG_IDS] = {"9007199254740992", "9007199254740993", "9007199254740994"},
    };
    static const char *const points[] = {"1", "2", "10"};
    const char *text_of = written[w->labels][class];
    char field[64];
    snprintf(field, sizeof field, "%s", text_of);
    snprintf(name, 64, "%s", w->labels == WITH_POINT ? points[class] : text_of);
    if (w->decimal_comma && strchr(field, '.'))
        *strchr(field, '.') = ',';
    put_field(t, w, first, field, w->quoted || w->labels == WORDS_AND_BLANKS);
}

static void put_header(text *t, const way *w, size_t length)
{
    static const char *const indexes[] = {"", "", "Unnamed: 0", "id", "timestamp", ""};
    if (w->header == NO_HEADER)
        return;
    bool first = true, names = w->header == NAMES || w->header == QUOTED_NAMES;
    bool quoted = w->header == QUOTED_NAMES || w->quoted;
    char name[32];
    size_t number = w->header == FROM_1;
    if (w->index != NO_INDEX)
        put_field(t, w, &first, indexes[w->index], quoted && *indexes[w->index]);
    for (size_t i = 0; i <= length; i++) {
        bool label = w->label_first ? i == 0 : i == length;
        if (names)
            snprintf(name, sizeof name, label ? "class" : "t%zu", i);
        else
            snprintf(name, sizeof name, "%zu", w->header == OWN && label ? 0 : number++);
        put_field(t, w, &first, name, quoted);
    }
    put_end(t, w);
}

static void put_row(text *t, const way *w, eng_rng *rng, size_t row, truth *out)
{
    bool first = true;
    char field[64];
    size_t class = row < 6 ? row % 3 : below(rng, 3);
    snprintf(field, sizeof field, "%zu", row);
    if (w->index == TIMESTAMP)
        snprintf(field, sizeof field, "2014-02-14 14:%02zu:00", row);
    if (w->index != NO_INDEX)
        put_field(t, w, &first, field, w->quoted);
    if (w->label_first)
        put_label(t, w, &first, class, out->labels[row]);
    for (size_t i = 0; i < out->length; i++)
        out->values[row][i] = put_number(t, w, &first, rng, row == 1);
    if (!w->label_first)
        put_label(t, w, &first, class, out->labels[row]);
    put_end(t, w);
}

static void write_text(text *t, const way *w, eng_rng *rng, truth *out)
{
    *out = (truth){.n = 6 + below(rng, MOST_ROWS - 5), .length = 2 + below(rng, MOST_LENGTH - 1)};
    if (w->header == OWN && out->length < 3) /* "0,0,1" may be a row */
        out->length = 3;
    t->n = 0;
    if (w->sep_line)
        put(t, "sep=%c%s", w->delimiter, w->crlf ? "\r\n" : "\n");
    if (w->comment)
        put(t, "%s%s", w->label_first ? "# written by hand" : "% from Weka",
            w->crlf ? "\r\n" : "\n");
    put_header(t, w, out->length);
    for (size_t row = 0; row < out->n; row++)
        put_row(t, w, rng, row, out);
    if (w->cut_end)
        t->n -= w->crlf ? 2 : 1;
}

/* UTF-16 of an ASCII text. */
static void widen(text *t, bool big)
{
    static text wide;
    wide.n = 0;
    wide.bytes[wide.n++] = big ? '\xfe' : '\xff';
    wide.bytes[wide.n++] = big ? '\xff' : '\xfe';
    for (size_t i = 0; i < t->n; i++) {
        wide.bytes[wide.n++] = big ? '\0' : t->bytes[i];
        wide.bytes[wide.n++] = big ? t->bytes[i] : '\0';
    }
    memcpy(t->bytes, wide.bytes, wide.n);
    t->n = wide.n;
}

static void save(text *t, const way *w, const char *path)
{
    if (w->mark == UTF8) {
        memmove(t->bytes + 3, t->bytes, t->n);
        memcpy(t->bytes, "\xef\xbb\xbf", 3);
        t->n += 3;
    } else if (w->mark != NO_MARK) {
        widen(t, w->mark == UTF16_BIG);
    }
    if (!w->gzip) {
        test_write_bytes(path, t->bytes, t->n);
        return;
    }
    gzFile file = gzopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(gzwrite(file, t->bytes, (unsigned)t->n), (int)t->n);
    assert_int_equal(gzclose(file), Z_OK);
}

static bool is_truth(const eng_dataset *set, const truth *want)
{
    if (set->n_rows != want->n || set->length != want->length || set->n_missing > 0)
        return false;
    for (size_t row = 0; row < want->n; row++) {
        if (strcmp(set->classes[set->labels[row]].name, want->labels[row]) != 0)
            return false;
        if (memcmp(set->values + row * set->length, want->values[row],
                   want->length * sizeof(float)) != 0)
            return false;
    }
    return true;
}

static void print_way(const way *w, const text *t)
{
    print_message("delimiter '%c' decimal_comma %d crlf %d blanks %d quoted %d trailing %d sep %d "
                  "gzip %d numbers %d header %d index %d labels %d mark %d first %d csv %d\n%.*s\n",
                  w->delimiter, w->decimal_comma, w->crlf, w->blanks, w->quoted, w->trailing,
                  w->sep_line, w->gzip, w->numbers, w->header, w->index, w->labels, w->mark,
                  w->label_first, w->csv, (int)(t->n < 500 ? t->n : 500), t->bytes);
}

static void dialects_are_read_or_refused(void **state)
{
    (void)state;
    static text t;
    static truth want;
    char folder[4096], path[4200];
    snprintf(folder, sizeof folder, "%s", test_fresh_folder("dialects"));
    eng_rng rng;
    eng_rng_seed(&rng, 18);
    size_t n_read = 0, n_refused = 0, n_wrong = 0;
    for (size_t i = 0; i < DIALECTS; i++) {
        way w = draw_way(&rng);
        write_text(&t, &w, &rng, &want);
        snprintf(path, sizeof path, "%s/x.%s%s", folder, w.csv ? "csv" : "txt",
                 w.gzip ? ".gz" : "");
        static text plain;
        plain = t;
        save(&t, &w, path);
        eng_dataset *set;
        swp_err err;
        if (eng_dataset_load(path, &set, &err) != SWP_OK) {
            n_refused++;
            if (n_refused <= 5) {
                print_message("refused: %s\n", err.text);
                print_way(&w, &plain);
            }
            continue;
        }
        n_read++;
        if (!is_truth(set, &want) && ++n_wrong <= 5)
            print_way(&w, &plain);
        eng_dataset_destroy(set);
    }
    print_message("%d dialects: %zu read, %zu refused, %zu misread\n", DIALECTS, n_read, n_refused,
                  n_wrong);
    assert_int_equal(n_wrong, 0);
    assert_true(n_refused <= DIALECTS / 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(dialects_are_read_or_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
