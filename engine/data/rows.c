/* Rows from any format: numbers, gaps, labels, classes and lengths mean the same in all of them.
 * Values lie in one growing block, classes in a hash table until they are sorted at the end. */
#include "engine/data/rows_priv.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "engine/base/mem.h"
#include "engine/base/str.h"

#define SLOTS (2 * ENG_MAX_CLASSES) /* a power of two; half of them stay free */

bool eng_is_missing(const char *field)
{
    return *field == '\0' || strcmp(field, "?") == 0 || strcasecmp(field, "nan") == 0;
}

bool eng_is_label_word(const char *name)
{
    static const char *const words[] = {"label", "class", "target", "y"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcasecmp(name, words[i]) == 0)
            return true;
    }
    return false;
}

bool eng_is_index_word(const char *name, bool *is_time)
{
    static const char *const times[] = {"time", "timestamp", "date", "datetime", "date_time"};
    static const char *const numbers[] = {"index", "idx", "id", "row", "row_id", "rowid", ""};
    *is_time = false;
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++)
        *is_time |= strcasecmp(name, times[i]) == 0;
    if (*is_time)
        return true;
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        if (strcasecmp(name, numbers[i]) == 0)
            return true;
    }
    return strncasecmp(name, "unnamed:", 8) == 0;
}

bool eng_is_declared(const eng_fields *declared, const char *label)
{
    char name[SWP_LABEL_SIZE], other[SWP_LABEL_SIZE];
    for (size_t i = 0; i < declared->n; i++) {
        if (strcmp(declared->at[i], label) == 0)
            return true;
    }
    if (!swp_label_name(label, name, sizeof name))
        return false;
    for (size_t i = 0; i < declared->n; i++) {
        if (swp_label_name(declared->at[i], other, sizeof other) && strcmp(name, other) == 0)
            return true;
    }
    return false;
}

static swp_status no_memory(const eng_lines *lines, swp_err *err)
{
    return swp_fail(err, SWP_NOMEM, "no memory for the rows of %s", lines->path);
}

swp_status eng_note(char **note, swp_err *err, const char *fmt, ...)
{
    if (*note)
        return SWP_OK;
    char text[512];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    *note = swp_strdup(text);
    return *note ? SWP_OK : swp_fail(err, SWP_NOMEM, "no memory to describe the data");
}

void eng_hint_channels(swp_err *err)
{
    swp_hint(err, "a model takes one channel for now: write one channel to a file of its own, one "
                  "sequence a line with its label");
}

void eng_hint_lengths(swp_err *err)
{
    swp_hint(err, "sequences of unequal length cannot be used for now: cut all to one length, or "
                  "pad them (with the last value, say), and write them again");
}

swp_status eng_refuse_series(const char *path, size_t n_rows, swp_err *err)
{
    swp_status status = swp_fail(err, SWP_FORMAT,
                                 "%s: expected a sequence on each line, found one long series: "
                                 "%zu lines, each with one value",
                                 path, n_rows);
    swp_hint(err, "cut the series into windows and write a window a line with its label (numpy: "
                  "sliding_window_view(x, W)[::S]); if each line really is a sequence of length "
                  "1, say which column it is: data.columns = N");
    return status;
}

/* Is the text UTF-8 without control characters? */
static bool is_plain(const char *text)
{
    for (size_t n; *text; text += n) {
        n = swp_utf8_length(text);
        if (n == 0)
            return false;
    }
    return true;
}

static bool has_high_byte(const char *text)
{
    for (; *text; text++) {
        if ((unsigned char)*text >= 0x80)
            return true;
    }
    return false;
}

/* A label's name: numbers in shortest form, so that every way to write one is the same class. */
static swp_status label_name(const eng_lines *lines, const char *label, char name[], swp_err *err)
{
    size_t length = strlen(label);
    if (length == 1 && *label >= '0' && *label <= '9') { /* the usual label, only faster */
        memcpy(name, label, 2);
        return SWP_OK;
    }
    if (eng_is_missing(label))
        return eng_lines_fail(lines, err, "expected a label, found \"%s\"", label);
    if (length > ENG_MAX_LABEL || !swp_label_name(label, name, ENG_MAX_LABEL + 1))
        return eng_lines_fail(lines, err, "expected a label of at most %d bytes, found %zu",
                              ENG_MAX_LABEL, length);
    if (has_high_byte(label) && !is_plain(label)) {
        swp_status status =
            eng_lines_fail(lines, err, "expected a label in UTF-8, found \"%.40s\"", label);
        swp_hint(err, "the file seems to be in Latin-1 or another code of one byte a letter: iconv "
                      "-f LATIN1 -t UTF-8 OLD >NEW");
        return status;
    }
    return SWP_OK;
}

static swp_status add_class(eng_rows *rows, const eng_lines *lines, const char *name, swp_err *err)
{
    if (rows->n_classes == ENG_MAX_CLASSES)
        return eng_lines_fail(lines, err, "expected at most %u classes, found another: \"%s\"",
                              ENG_MAX_CLASSES, name);
    if (rows->n_classes == rows->class_capacity) {
        size_t capacity = rows->class_capacity ? rows->class_capacity * 2 : 16;
        eng_class *classes = swp_resize(rows->classes, capacity, sizeof *classes);
        if (!classes)
            return no_memory(lines, err);
        rows->classes = classes;
        rows->class_capacity = capacity;
    }
    char *copy = swp_strdup(name);
    if (!copy)
        return no_memory(lines, err);
    rows->classes[rows->n_classes++] = (eng_class){.name = copy};
    return SWP_OK;
}

/* Index of the class called `label`, which is added when it is new. */
static swp_status find_class(eng_rows *rows, const eng_lines *lines, const char *label,
                             uint32_t *index, swp_err *err)
{
    char name[ENG_MAX_LABEL + 1] = "";
    swp_status status = SWP_OK;
    if (rows->n > 0 && (label != NULL) == rows->unlabelled)
        return eng_lines_fail(lines, err, "expected %s as in %s:%zu, found %s",
                              label ? "no label" : "a label", rows->first_path, rows->first_line,
                              label ? "one" : "none");
    rows->unlabelled = !label;
    if (label)
        status = label_name(lines, label, name, err);
    if (status != SWP_OK)
        return status;
    if (rows->n > 0 && strcmp(rows->classes[rows->last_class].name, name) == 0) {
        *index = rows->last_class;
        return SWP_OK;
    }
    size_t slot = swp_hash(name, strlen(name), SWP_HASH_START) % SLOTS;
    while (rows->slots[slot] && strcmp(rows->classes[rows->slots[slot] - 1].name, name) != 0)
        slot = (slot + 1) % SLOTS;
    if (!rows->slots[slot]) {
        status = add_class(rows, lines, name, err);
        if (status != SWP_OK)
            return status;
        rows->slots[slot] = (uint32_t)rows->n_classes;
    }
    *index = rows->last_class = rows->slots[slot] - 1;
    return SWP_OK;
}

swp_status eng_rows_note_missing(eng_rows *rows, const eng_lines *lines, size_t at, swp_err *err)
{
    rows->n_missing++;
    if (rows->first_missing)
        return SWP_OK;
    swp_buf place = {0};
    swp_buf_printf(&place, "%s:%zu: value %zu", lines->path, lines->number, at + 1);
    rows->first_missing = place.text;
    return place.failed ? no_memory(lines, err) : SWP_OK;
}

static size_t column_of(const eng_rows *rows, size_t value)
{
    return rows->columns ? rows->columns[value] : 0;
}

/* "digits,digits": a number as it is written where the comma is the decimal sign. */
static bool has_decimal_comma(const char *field)
{
    double whole, rest;
    const char *comma = swp_scan_double(field, &whole);
    return comma && *comma == ',' && comma[1] >= '0' && comma[1] <= '9' &&
           swp_parse_double(comma + 1, &rest);
}

static const char *hint_about(const char *field)
{
    if (strstr(field, "\xe2\x88\x92") || strstr(field, "\xe2\x80\x93"))
        return "its minus is the typographic sign, not \"-\": replace it (sed "
               "'s/\\xe2\\x88\\x92/-/g')";
    if (strstr(field, "\xc2\xa0"))
        return "it holds a no-break space: replace it by nothing or a plain space";
    if (has_decimal_comma(field))
        return "numbers with a decimal comma are read where semicolons or tabs separate them; else "
               "write them with a decimal point";
    if (strchr(field, ' ') || strchr(field, ';') || strchr(field, '|'))
        return "one sign separates fields in all lines: comma, semicolon, tab or blanks; numbers "
               "with "
               "a decimal comma are read where semicolons or tabs separate them";
    if (strcasecmp(field, "inf") == 0 || strcasecmp(field + 1, "inf") == 0 ||
        strncasecmp(field, "infinity", 8) == 0)
        return "infinite values cannot be trained on: write NaN, or leave the row out";
    if (strcasecmp(field, "na") == 0 || strcasecmp(field, "null") == 0 ||
        strcasecmp(field, "none") == 0 || strcasecmp(field, "n/a") == 0)
        return "fill the gap or leave the row out (NaN, ? or nothing mark a gap)";
    return NULL;
}

/* A number too large for a float, or for a double. */
static bool is_too_large(const char *field)
{
    double number;
    int64_t exponent;
    if (swp_parse_double(field, &number))
        return true; /* else it would not be refused */
    const char *e = strpbrk(field, "eE");
    return e && swp_scan_double(field, &number) == NULL &&
           strspn(field, "+-.0123456789eE") == strlen(field) &&
           swp_parse_int(e + 1, 1, INT32_MAX, &exponent);
}

swp_status eng_value_fail(const eng_lines *lines, size_t value, size_t column, const char *field,
                          swp_err *err)
{
    char place[48] = "";
    if (column > 0)
        snprintf(place, sizeof place, " in column %zu", column);
    const char *hint = hint_about(field);
    swp_status status;
    if (is_too_large(field)) {
        status = eng_lines_fail(lines, err, "value %zu: expected a float, found %.40s%s", value + 1,
                                field, place);
        hint = "the largest float is 3.4e38: scale the data";
    } else {
        status = eng_lines_fail(lines, err, "value %zu: expected a number, found \"%.40s\"%s",
                                value + 1, field, place);
    }
    if (!hint && column > 0)
        hint =
            "if the column holds no values, say which do: data.columns = 2..65 leaves out column 1";
    if (hint)
        swp_hint(err, "%s", hint);
    return status;
}

static swp_status parse_values(eng_rows *rows, const eng_lines *lines, char *const *values,
                               float *out, swp_err *err)
{
    for (size_t i = 0; i < rows->length; i++) {
        double value;
        if (swp_parse_double(values[i], &value)) {
            out[i] = (float)value;
            if (!isfinite(out[i]))
                return eng_value_fail(lines, i, column_of(rows, i), values[i], err);
        } else if (eng_is_missing(values[i])) {
            out[i] = NAN;
            swp_status status = eng_rows_note_missing(rows, lines, i, err);
            if (status != SWP_OK)
                return status;
        } else {
            return eng_value_fail(lines, i, column_of(rows, i), values[i], err);
        }
    }
    return SWP_OK;
}

/* The first row decides the form of all others. */
static swp_status begin(eng_rows *rows, const eng_lines *lines, size_t length, swp_err *err)
{
    if (length == 0)
        return eng_lines_fail(lines, err, "expected a label and at least 1 value, found 1 field");
    if (length > ENG_MAX_LENGTH)
        return eng_lines_fail(lines, err, "expected at most %u values, found %zu", ENG_MAX_LENGTH,
                              length);
    rows->slots = swp_alloc(SLOTS, sizeof *rows->slots);
    if (!rows->slots)
        return no_memory(lines, err);
    rows->length = length;
    rows->first_path = lines->path;
    rows->first_line = lines->number;
    return SWP_OK;
}

static swp_status resize(eng_rows *rows, const eng_lines *lines, size_t capacity, swp_err *err)
{
    float *values = swp_resize(rows->values, capacity, rows->length * sizeof *values);
    if (!values)
        return no_memory(lines, err);
    rows->values = values;
    uint32_t *labels = swp_resize(rows->labels, capacity, sizeof *labels);
    if (!labels)
        return no_memory(lines, err);
    rows->labels = labels;
    rows->capacity = capacity;
    return SWP_OK;
}

static swp_status too_many(const eng_lines *lines, swp_err *err)
{
    return eng_lines_fail(lines, err, "expected at most %u rows, found more", ENG_MAX_ROWS);
}

static swp_status make_room(eng_rows *rows, const eng_lines *lines, swp_err *err)
{
    if (rows->n < rows->capacity)
        return SWP_OK;
    if (rows->n == ENG_MAX_ROWS)
        return too_many(lines, err);
    /* From one row upwards: a single row may already be large. */
    return resize(rows, lines, rows->capacity ? rows->capacity * 2 : 1, err);
}

/* Before a row of `length` values is added. */
static swp_status check_length(eng_rows *rows, const eng_lines *lines, size_t length, swp_err *err)
{
    if (rows->length == 0)
        return begin(rows, lines, length, err);
    if (length == rows->length)
        return SWP_OK;
    swp_status status = eng_lines_fail(lines, err, "expected %zu values as in %s:%zu, found %zu",
                                       rows->length, rows->first_path, rows->first_line, length);
    eng_hint_lengths(err);
    return status;
}

swp_status eng_rows_reserve(eng_rows *rows, const eng_lines *lines, size_t more, size_t length,
                            swp_err *err)
{
    swp_status status = check_length(rows, lines, length, err);
    if (status == SWP_OK && (more > ENG_MAX_ROWS || rows->n + more > ENG_MAX_ROWS))
        status = too_many(lines, err);
    if (status == SWP_OK && rows->n + more > rows->capacity)
        status = resize(rows, lines, rows->n + more, err);
    return status;
}

swp_status eng_rows_next(eng_rows *rows, const eng_lines *lines, size_t length, float **out,
                         swp_err *err)
{
    swp_status status = check_length(rows, lines, length, err);
    if (status == SWP_OK)
        status = make_room(rows, lines, err);
    if (status == SWP_OK)
        *out = rows->values + rows->n * rows->length;
    return status;
}

swp_status eng_rows_commit(eng_rows *rows, const eng_lines *lines, const char *label, swp_err *err)
{
    uint32_t class;
    swp_status status = find_class(rows, lines, label, &class, err);
    if (status != SWP_OK)
        return status;
    rows->classes[class].count++;
    rows->labels[rows->n++] = class;
    return SWP_OK;
}

swp_status eng_rows_add(eng_rows *rows, const eng_lines *lines, char *const *values, size_t n,
                        const char *label, swp_err *err)
{
    float *out;
    swp_status status = eng_rows_next(rows, lines, n, &out, err);
    if (status == SWP_OK)
        status = parse_values(rows, lines, values, out, err);
    return status == SWP_OK ? eng_rows_commit(rows, lines, label, err) : status;
}

typedef struct ranked_class {
    eng_class class;
    bool is_number;
    double number;
    uint32_t met; /* index before sorting */
} ranked_class;

/* Numbers in numeric order first, then texts in byte order. */
static int compare_classes(const void *a, const void *b)
{
    const ranked_class *left = a, *right = b;
    if (left->is_number != right->is_number)
        return left->is_number ? -1 : 1;
    if (left->is_number && left->number != right->number)
        return left->number < right->number ? -1 : 1;
    return strcmp(left->class.name, right->class.name);
}

/* Sort the classes and renumber the labels to match. */
static swp_status sort_classes(eng_rows *rows, swp_err *err)
{
    ranked_class *ranked = swp_alloc(rows->n_classes, sizeof *ranked);
    if (!ranked)
        return swp_fail(err, SWP_NOMEM, "no memory to sort %zu classes", rows->n_classes);
    for (uint32_t i = 0; i < rows->n_classes; i++) {
        ranked[i].class = rows->classes[i];
        ranked[i].is_number = swp_parse_double(ranked[i].class.name, &ranked[i].number);
        ranked[i].met = i;
    }
    qsort(ranked, rows->n_classes, sizeof *ranked, compare_classes);
    uint32_t *rank = rows->slots; /* of each class by its old index; reuses the table */
    for (uint32_t i = 0; i < rows->n_classes; i++) {
        rows->classes[i] = ranked[i].class;
        rank[ranked[i].met] = i;
    }
    for (size_t i = 0; i < rows->n; i++)
        rows->labels[i] = rank[rows->labels[i]];
    swp_free(ranked);
    return SWP_OK;
}

swp_status eng_rows_finish(eng_rows *rows, eng_dataset *set, swp_err *err)
{
    if (rows->length == 1 && rows->n >= ENG_SERIES_ROWS && rows->bare != 1 && !rows->single_values)
        return eng_refuse_series(rows->first_path, rows->n, err);
    swp_status status = sort_classes(rows, err);
    if (status != SWP_OK)
        return status;
    /* Free the unused part of the last doubling; a failure changes nothing. */
    float *values = swp_resize(rows->values, rows->n, rows->length * sizeof *values);
    rows->values = values ? values : rows->values;
    set->n_rows = rows->n;
    set->length = rows->length;
    set->values = rows->values;
    set->labels = rows->labels;
    set->n_classes = rows->n_classes;
    set->classes = rows->classes;
    set->n_missing = rows->n_missing;
    set->first_missing = rows->first_missing;
    set->unlabelled = rows->unlabelled;
    set->header = rows->header;
    set->label_place = rows->label_place;
    set->left_out = rows->left_out;
    swp_free(rows->slots);
    *rows = (eng_rows){0};
    eng_dataset_seal(set);
    return SWP_OK;
}

void eng_rows_deinit(eng_rows *rows)
{
    for (size_t i = 0; i < rows->n_classes; i++)
        swp_free(rows->classes[i].name);
    swp_free(rows->classes);
    swp_free(rows->values);
    swp_free(rows->labels);
    swp_free(rows->slots);
    swp_free(rows->first_missing);
    swp_free(rows->header);
    swp_free(rows->label_place);
    swp_free(rows->left_out);
    *rows = (eng_rows){0};
}
