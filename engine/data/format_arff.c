/* ARFF: attributes, then rows of their values, dense or sparse ("{0 0.5, 2 B}": attributes not
 * named are 0, or the first label of a nominal attribute).
 *
 * The class is the attribute that the user names, or one called class, target or label, or else the
 * last one if it is nominal, a string, or called y. All others are values and must be numbers, but
 * for those that number or date the rows, which are left out. Weights of instances are ignored.
 *
 * source   Weka's attribute-relation file format; relational attributes are refused */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "engine/base/mem.h"
#include "engine/data/format_priv.h"

typedef enum attribute_kind { NUMBER, NOMINAL, STRING, DATE } attribute_kind;

typedef enum attribute_role { VALUE, LABEL, LEFT_OUT } attribute_role;

typedef struct attribute {
    char *name;
    char *list; /* the labels of a nominal one, as written */
    attribute_kind kind;
    attribute_role role;
    size_t line;
} attribute;

typedef struct arff {
    attribute *attributes;
    size_t n, capacity;
    bool has_class;
    size_t class;        /* index of the class attribute */
    char *list;          /* the text that `declared` points into */
    eng_fields declared; /* the labels that a nominal class allows; none: any */
    size_t n_values;
    size_t *columns; /* (n_values) numbers of their attributes, from 1 */
    char **values;   /* (n_values) of the current row */
    char **cells;    /* (n) of the current sparse row */
    eng_fields fields;
    bool weighted;
} arff;

static bool knows(const char *line)
{
    line += strspn(line, " \t");
    return strncasecmp(line, "@relation", 9) == 0 || strncasecmp(line, "@attribute", 10) == 0;
}

/* Does the line begin with this keyword? If so, *rest is what comes after it. */
static bool is_keyword(char *text, const char *keyword, char **rest)
{
    size_t n = strlen(keyword);
    text += strspn(text, " \t");
    if (strncasecmp(text, keyword, n) != 0 || (text[n] && !strchr(" \t", text[n])))
        return false;
    *rest = text + n + strspn(text + n, " \t");
    return true;
}

static swp_status no_memory(const eng_lines *lines, swp_err *err)
{
    return swp_fail(err, SWP_NOMEM, "no memory to read %s", lines->path);
}

/* The } that ends a list: the first outside of quotes, which open where an item begins. */
static char *find_close(char *text)
{
    char quote = '\0';
    bool at_start = true;
    for (; *text; text++) {
        if (quote) {
            if (*text == '\\' && text[1])
                text++;
            else if (*text == quote)
                quote = '\0';
        } else if (at_start && (*text == '"' || *text == '\'')) {
            quote = *text;
        } else if (*text == '}') {
            return text;
        }
        at_start = *text == ',' || (at_start && (*text == ' ' || *text == '\t')) ||
                   (!quote && (*text == ' ' || *text == '\t'));
    }
    return NULL;
}

/* Split "name type" in place. The name may be quoted; a nominal type needs no blank before it. */
static bool split_attribute(char *text, char **name, char **type)
{
    bool quoted = *text == '"' || *text == '\'';
    const char close[] = {*text, '\0'};
    *name = text + quoted;
    char *end = *name + strcspn(*name, quoted ? close : " \t{");
    if (*end == '\0')
        return false;
    *type = end + quoted;
    *type += strspn(*type, " \t");
    if (**type == '{' && end == *type) { /* "name{a,b}": make room for the name's end */
        memmove(*name - 1, *name, (size_t)(end - *name));
        --*name;
        --end;
    }
    *end = '\0';
    return **type != '\0';
}

static swp_status add_attribute(arff *a, const eng_lines *lines, attribute added, swp_err *err)
{
    if (a->n == (size_t)ENG_MAX_LENGTH + 1)
        return eng_lines_fail(lines, err, "expected at most %zu attributes, found more", a->n);
    if (a->n == a->capacity) {
        size_t capacity = a->capacity ? 2 * a->capacity : 64;
        attribute *list = swp_resize(a->attributes, capacity, sizeof *list);
        if (!list)
            return no_memory(lines, err);
        a->attributes = list;
        a->capacity = capacity;
    }
    a->attributes[a->n++] = added;
    return SWP_OK;
}

static swp_status parse_kind(const eng_lines *lines, char *type, attribute_kind *kind, swp_err *err)
{
    static const struct {
        const char *word;
        attribute_kind kind;
    } kinds[] = {{"numeric", NUMBER},
                 {"real", NUMBER},
                 {"integer", NUMBER},
                 {"string", STRING},
                 {"date", DATE}};
    type[strcspn(type, " \t%")] = '\0';
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strcasecmp(type, kinds[i].word) == 0) {
            *kind = kinds[i].kind;
            return SWP_OK;
        }
    }
    bool relational = strcasecmp(type, "relational") == 0;
    swp_status status = eng_lines_fail(lines, err,
                                       "expected a type numeric, real, integer, string, date or "
                                       "{...}, found \"%.40s\"%s",
                                       type, relational ? ": sequences of several channels" : "");
    if (relational)
        eng_hint_channels(err);
    return status;
}

static swp_status read_attribute(arff *a, const eng_lines *lines, char *text, swp_err *err)
{
    char *name, *type;
    if (!split_attribute(text, &name, &type))
        return eng_lines_fail(lines, err, "expected a name and a type after @attribute");
    attribute added = {.line = lines->number};
    if (*type == '{') {
        char *close = find_close(++type);
        if (!close)
            return eng_lines_fail(lines, err, "expected a closing } after the labels");
        *close = '\0';
        added.kind = NOMINAL;
    } else {
        swp_status status = parse_kind(lines, type, &added.kind, err);
        if (status != SWP_OK)
            return status;
    }
    added.name = swp_strdup(name);
    added.list = added.kind == NOMINAL ? swp_strdup(type) : NULL;
    swp_status status = added.name && (added.list || added.kind != NOMINAL)
                            ? add_attribute(a, lines, added, err)
                            : no_memory(lines, err);
    if (status != SWP_OK) {
        swp_free(added.name);
        swp_free(added.list);
    }
    return status;
}

/* The attributes of a .tsf file look like those of ARFF, its rows do not. */
static swp_status refuse_tsf(const eng_lines *lines, swp_err *err)
{
    swp_status status = eng_lines_fail(lines, err,
                                       "expected @attribute or @data, found \"%.40s\": series for "
                                       "forecasting (.tsf)",
                                       lines->text);
    swp_hint(err, "cut the series into windows and write a window a line with its label (numpy: "
                  "sliding_window_view(x, W)[::S])");
    return status;
}

/* Read up to and including the @data line. */
static swp_status read_head(arff *a, eng_lines *lines, swp_err *err)
{
    for (;;) {
        bool more;
        char *rest;
        swp_status status = eng_lines_next(lines, "%", &more, err);
        if (status != SWP_OK)
            return status;
        if (!more)
            return eng_lines_fail(lines, err, "expected a line @data, found the end of the file");
        if (is_keyword(lines->text, "@data", &rest))
            return SWP_OK;
        if (is_keyword(lines->text, "@attribute", &rest))
            status = read_attribute(a, lines, rest, err);
        else if (is_keyword(lines->text, "@frequency", &rest) ||
                 is_keyword(lines->text, "@horizon", &rest))
            status = refuse_tsf(lines, err);
        else if (!is_keyword(lines->text, "@relation", &rest) && *lines->text != '#')
            status = eng_lines_fail(lines, err, "expected @attribute or @data, found \"%.40s\"",
                                    lines->text);
        if (status != SWP_OK)
            return status;
    }
}

/* The attribute that the user names as the label. */
static swp_status find_named(arff *a, const eng_lines *lines, const char *wanted, swp_err *err)
{
    int64_t number;
    for (size_t i = 0; i < a->n; i++) {
        if (strcmp(a->attributes[i].name, wanted) == 0) {
            a->class = i;
            a->has_class = true;
            return SWP_OK;
        }
    }
    a->has_class = swp_parse_int(wanted, 1, (int64_t)a->n, &number);
    if (a->has_class) {
        a->class = (size_t)number - 1;
        return SWP_OK;
    }
    return eng_lines_fail(lines, err,
                          "expected an attribute called \"%.40s\" as data.label_column says, or a "
                          "number up to %zu",
                          wanted, a->n);
}

static swp_status find_class(arff *a, const eng_lines *lines, const eng_rows *rows, swp_err *err)
{
    if (rows->how.label_column)
        return find_named(a, lines, rows->how.label_column, err);
    const attribute *last = &a->attributes[a->n - 1];
    size_t n_named = 0, named = 0;
    for (size_t i = 0; i < a->n; i++) {
        const char *name = a->attributes[i].name;
        if (eng_is_label_word(name) && strcasecmp(name, "y") != 0) {
            named = i;
            n_named++;
        }
    }
    bool last_fits = last->kind == NOMINAL || last->kind == STRING || eng_is_label_word(last->name);
    if (n_named == 1) {
        a->class = named;
        a->has_class = true;
    } else if (last_fits) {
        a->class = a->n - 1;
        a->has_class = true;
    } else if (n_named > 1) {
        return eng_lines_fail(lines, err, "expected one class attribute, found %zu", n_named);
    }
    return SWP_OK;
}

/* Decide what each attribute is for; with exactly `bare` values no class is needed. */
static swp_status assign_roles(arff *a, const eng_lines *lines, eng_rows *rows, swp_err *err)
{
    for (size_t i = 0; i < a->n; i++) {
        attribute *at = &a->attributes[i];
        bool is_time;
        bool chosen = !rows->how.columns || eng_columns_hold(rows->how.columns, i + 1);
        if (a->has_class && i == a->class)
            at->role = LABEL;
        else if (!chosen || at->kind == DATE ||
                 (!rows->how.columns && eng_is_index_word(at->name, &is_time)))
            at->role = LEFT_OUT;
        else if (at->kind != NUMBER)
            break;
        a->n_values += at->role == VALUE;
    }
    for (size_t i = 0; i < a->n; i++) {
        const attribute *at = &a->attributes[i];
        if (at->role != VALUE || at->kind == NUMBER)
            continue;
        swp_status status = swp_fail(err, SWP_FORMAT,
                                     "%s:%zu: expected numeric attributes and one class called "
                                     "class, target or label, or the last one; found \"%.40s\", "
                                     "which is not a number",
                                     lines->path, at->line, at->name);
        swp_hint(err, "data.label_column = NAME says which attribute is the class, data.columns = "
                      "A..B which are the values");
        return status;
    }
    if (a->has_class || (a->n_values > 0 && a->n_values == rows->bare))
        return SWP_OK;
    swp_status status = eng_lines_fail(lines, err,
                                       "expected the last attribute to be the class: nominal, a "
                                       "string, or called label, class, target or y");
    swp_hint(err, "data.label_column = NAME says which attribute is the class");
    return status;
}

static swp_status describe(const arff *a, eng_rows *rows, swp_err *err)
{
    swp_status status = SWP_OK;
    swp_buf text = {0};
    if (a->has_class)
        status = eng_note(&rows->label_place, err, "attribute %zu, \"%.60s\"", a->class + 1,
                          a->attributes[a->class].name);
    for (size_t i = 0; i < a->n && text.length < 300; i++) {
        if (a->attributes[i].role == LEFT_OUT)
            swp_buf_printf(&text, "%sattribute %zu, \"%.60s\" (%s)", text.length ? "; " : "", i + 1,
                           a->attributes[i].name,
                           rows->how.columns ? "not in data.columns" : "numbers or dates the rows");
    }
    if (status == SWP_OK && text.length > 0)
        status = eng_note(&rows->left_out, err, "%s", text.text);
    if (status == SWP_OK && text.failed)
        status = swp_fail(err, SWP_NOMEM, "no memory to describe the data");
    swp_buf_deinit(&text);
    return status;
}

static swp_status prepare(arff *a, const eng_lines *lines, eng_rows *rows, swp_err *err)
{
    if (a->n == 0)
        return eng_lines_fail(lines, err, "expected @attribute lines before @data, found none");
    swp_status status = find_class(a, lines, rows, err);
    if (status == SWP_OK)
        status = assign_roles(a, lines, rows, err);
    if (status != SWP_OK)
        return status;
    a->columns = swp_alloc(a->n, sizeof *a->columns);
    a->values = swp_alloc(a->n, sizeof *a->values);
    a->cells = swp_alloc(a->n, sizeof *a->cells);
    if (!a->columns || !a->values || !a->cells)
        return no_memory(lines, err);
    for (size_t i = 0, k = 0; i < a->n; i++)
        if (a->attributes[i].role == VALUE)
            a->columns[k++] = i + 1;
    if (a->has_class && a->attributes[a->class].kind == NOMINAL) {
        a->list = swp_strdup(a->attributes[a->class].list);
        if (!a->list)
            return no_memory(lines, err);
        status = eng_fields_split(&a->declared, lines, a->list, ',', err);
    }
    return status == SWP_OK ? describe(a, rows, err) : status;
}

/* Is this what a weight looks like: {2.5}? */
static bool is_weight(const char *text)
{
    double weight;
    if (*text != '{')
        return false;
    text += 1 + strspn(text + 1, " \t");
    const char *end = swp_scan_double(text, &weight);
    return end && end[strspn(end, " \t")] == '}' && end[strspn(end, " \t") + 1] == '\0';
}

/* Cells of "{0 0.5, 2 B}" with the defaults of attributes that are not named; `text` is after the
 * {. */
static swp_status read_sparse(arff *a, const eng_lines *lines, char *text, swp_err *err)
{
    static char zero[] = "0";
    char *close = find_close(text);
    if (!close)
        return eng_lines_fail(lines, err, "expected a closing } after the values");
    char *behind = close + 1 + strspn(close + 1, " \t");
    if (*behind == ',') {
        behind += 1 + strspn(behind + 1, " \t");
        char *end = behind + strlen(behind);
        while (end > behind && (end[-1] == ' ' || end[-1] == '\t'))
            *--end = '\0';
        a->weighted |= is_weight(behind);
    }
    if (*behind != '\0' && *behind != '%' && !is_weight(behind))
        return eng_lines_fail(lines, err, "expected the end of the line after }, found \"%.40s\"",
                              behind);
    *close = '\0';
    for (size_t i = 0; i < a->n; i++)
        a->cells[i] = zero;
    if (a->declared.n > 0)
        a->cells[a->class] = a->declared.at[0];
    bool more = text[strspn(text, " \t")] != '\0';
    while (more) {
        text += strspn(text, " \t");
        char *end = text + strspn(text, "0123456789");
        size_t index = 0;
        for (const char *c = text; c < end && index <= ENG_MAX_LENGTH; c++)
            index = index * 10 + (size_t)(*c - '0');
        if (end == text || index >= a->n || !strchr(" \t", *end) || *end == '\0')
            return eng_lines_fail(lines, err,
                                  "expected the number of an attribute, from 0 to %zu, and its "
                                  "value, found \"%.40s\"",
                                  a->n - 1, text);
        text = end;
        a->cells[index] = eng_fields_take(&text, ',', &more);
        if (!a->cells[index])
            return eng_lines_fail(lines, err,
                                  "attribute %zu: expected a closing quote and then "
                                  "\",\"",
                                  index);
    }
    return SWP_OK;
}

static swp_status read_dense(arff *a, eng_lines *lines, swp_err *err)
{
    swp_status status =
        eng_fields_split(&a->fields, lines, lines->text, eng_fields_delimiter(lines->text), err);
    if (status != SWP_OK)
        return status;
    size_t n = a->fields.n;
    if (n == a->n + 1 && is_weight(a->fields.at[n - 1])) {
        a->weighted = true;
        n--;
    }
    if (n != a->n)
        return eng_lines_fail(lines, err, "expected %zu fields, one for each @attribute, found %zu",
                              a->n, n);
    memcpy(a->cells, a->fields.at, n * sizeof *a->cells);
    return SWP_OK;
}

static swp_status read_rows(arff *a, eng_lines *lines, eng_rows *rows, swp_err *err)
{
    rows->columns = a->columns;
    for (;;) {
        bool more;
        swp_status status = eng_lines_next(lines, "%", &more, err);
        if (status != SWP_OK || !more)
            return status;
        char *start = lines->text + strspn(lines->text, " \t");
        status = *start == '{' ? read_sparse(a, lines, start + 1, err) : read_dense(a, lines, err);
        if (status != SWP_OK)
            return status;
        const char *label = a->has_class ? a->cells[a->class] : NULL;
        if (label && a->declared.n > 0 && !eng_is_declared(&a->declared, label))
            return eng_lines_fail(lines, err,
                                  "expected one of the %zu labels of the class "
                                  "attribute, found \"%.40s\"",
                                  a->declared.n, label);
        for (size_t i = 0; i < a->n_values; i++)
            a->values[i] = a->cells[a->columns[i] - 1];
        status = eng_rows_add(rows, lines, a->values, a->n_values, label, err);
        if (status != SWP_OK)
            return status;
    }
}

static void deinit(arff *a)
{
    for (size_t i = 0; i < a->n; i++) {
        swp_free(a->attributes[i].name);
        swp_free(a->attributes[i].list);
    }
    swp_free(a->attributes);
    swp_free(a->columns);
    swp_free(a->values);
    swp_free(a->cells);
    swp_free(a->list);
    eng_fields_deinit(&a->declared);
    eng_fields_deinit(&a->fields);
}

static swp_status read_arff(eng_lines *lines, eng_rows *rows, swp_err *err)
{
    arff a = {.fields.comment = '%'};
    swp_status status = read_head(&a, lines, err);
    if (status == SWP_OK)
        status = prepare(&a, lines, rows, err);
    if (status == SWP_OK)
        status = read_rows(&a, lines, rows, err);
    if (status == SWP_OK && a.weighted)
        status = eng_note(&rows->left_out, err, "the weights of the rows");
    rows->columns = NULL;
    deinit(&a);
    return status;
}

const eng_format eng_format_arff = {
    .endings = {".arff"},
    .knows = knows,
    .read = read_arff,
};
