#include "engine/data/rows_priv.h"

#include <math.h>
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

bool eng_is_declared(const eng_fields *declared, const char *label)
{
    for (size_t i = 0; i < declared->n; i++) {
        if (strcmp(declared->at[i], label) == 0)
            return true;
    }
    double value;
    if (!swp_parse_double(label, &value))
        return false;
    for (size_t i = 0; i < declared->n; i++) {
        double other;
        if (swp_parse_double(declared->at[i], &other) && other == value)
            return true;
    }
    return false;
}

static swp_status no_memory(const eng_lines *lines, swp_err *err)
{
    return swp_fail(err, SWP_NOMEM, "no memory for the rows of %s", lines->path);
}

/* A label's name: numbers in shortest form, so that every way to write one is the same class. */
static swp_status label_name(const eng_lines *lines, const char *label, char name[], swp_err *err)
{
    size_t length = strlen(label);
    double value;
    if (eng_is_missing(label))
        return eng_lines_fail(lines, err, "expected a label, found \"%s\"", label);
    if (length > ENG_MAX_LABEL)
        return eng_lines_fail(lines, err, "expected a label of at most %d bytes, found %zu",
                              ENG_MAX_LABEL, length);
    if (swp_parse_double(label, &value))
        swp_format_double(value == 0 ? 0 : value, name); /* -0 is 0 */
    else
        memcpy(name, label, length + 1);
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
    size_t slot = swp_hash(name, strlen(name), SWP_HASH_START) % SLOTS;
    while (rows->slots[slot] && strcmp(rows->classes[rows->slots[slot] - 1].name, name) != 0)
        slot = (slot + 1) % SLOTS;
    if (!rows->slots[slot]) {
        status = add_class(rows, lines, name, err);
        if (status != SWP_OK)
            return status;
        rows->slots[slot] = (uint32_t)rows->n_classes;
    }
    *index = rows->slots[slot] - 1;
    return SWP_OK;
}

static swp_status note_missing(eng_rows *rows, const eng_lines *lines, size_t at, swp_err *err)
{
    rows->n_missing++;
    if (rows->first_missing)
        return SWP_OK;
    swp_buf place = {0};
    swp_buf_printf(&place, "%s:%zu: value %zu", lines->path, lines->number, at + 1);
    rows->first_missing = place.text;
    return place.failed ? no_memory(lines, err) : SWP_OK;
}

static swp_status parse_values(eng_rows *rows, const eng_lines *lines, char *const *values,
                               float *out, swp_err *err)
{
    for (size_t i = 0; i < rows->length; i++) {
        double value;
        if (swp_parse_double(values[i], &value)) {
            out[i] = (float)value;
            if (!isfinite(out[i]))
                return eng_lines_fail(lines, err, "value %zu: expected a float, found %.40s", i + 1,
                                      values[i]);
        } else if (eng_is_missing(values[i])) {
            out[i] = NAN;
            swp_status status = note_missing(rows, lines, i, err);
            if (status != SWP_OK)
                return status;
        } else {
            return eng_lines_fail(lines, err, "value %zu: expected a number, found \"%.40s\"",
                                  i + 1, values[i]);
        }
    }
    return SWP_OK;
}

/* The first row decides what all others must be. */
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

static swp_status make_room(eng_rows *rows, const eng_lines *lines, swp_err *err)
{
    if (rows->n < rows->capacity)
        return SWP_OK;
    if (rows->n == ENG_MAX_ROWS)
        return eng_lines_fail(lines, err, "expected at most %u rows, found more", ENG_MAX_ROWS);
    /* From one row upwards: a single row may already be large. */
    size_t capacity = rows->capacity ? rows->capacity * 2 : 1;
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

swp_status eng_rows_add(eng_rows *rows, const eng_lines *lines, char *const *values, size_t n,
                        const char *label, swp_err *err)
{
    swp_status status = SWP_OK;
    if (rows->length == 0)
        status = begin(rows, lines, n, err);
    else if (n != rows->length)
        status = eng_lines_fail(lines, err, "expected %zu values as in %s:%zu, found %zu",
                                rows->length, rows->first_path, rows->first_line, n);
    if (status != SWP_OK)
        return status;
    status = make_room(rows, lines, err);
    if (status != SWP_OK)
        return status;
    status = parse_values(rows, lines, values, rows->values + rows->n * rows->length, err);
    if (status != SWP_OK)
        return status;
    uint32_t class;
    status = find_class(rows, lines, label, &class, err);
    if (status != SWP_OK)
        return status;
    rows->classes[class].count++;
    rows->labels[rows->n++] = class;
    return SWP_OK;
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
    uint32_t *rank = rows->slots; /* of each class by its old index; the table has done its work */
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
    swp_status status = sort_classes(rows, err);
    if (status != SWP_OK)
        return status;
    set->n_rows = rows->n;
    set->length = rows->length;
    set->values = rows->values;
    set->labels = rows->labels;
    set->n_classes = rows->n_classes;
    set->classes = rows->classes;
    set->n_missing = rows->n_missing;
    set->first_missing = rows->first_missing;
    set->unlabelled = rows->unlabelled;
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
    *rows = (eng_rows){0};
}
