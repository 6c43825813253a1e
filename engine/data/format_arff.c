/* ARFF, as the time series archive ships it: one numeric attribute for each value, the class last.
 *
 * source   Weka's attribute-relation file format; relational, date and sparse data are refused */
#include <string.h>
#include <strings.h>

#include "engine/base/mem.h"
#include "engine/data/format_priv.h"

typedef struct arff_head {
    size_t n_attributes;
    bool has_class;      /* the last attribute may hold labels ... */
    bool class_is_text;  /* ... and nothing else: it is nominal or a string */
    char *nominal;       /* text behind `declared` */
    eng_fields declared; /* the labels that a nominal class allows; none: any */
} arff_head;

typedef struct arff_attribute {
    char *name;
    char *type; /* a word, or the list behind the opening brace */
    bool nominal;
} arff_attribute;

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

/* Split "name type" in place. The name may be quoted; a nominal type needs no blank before it. */
static bool split_attribute(char *text, arff_attribute *out)
{
    bool quoted = *text == '"' || *text == '\'';
    const char close[] = {*text, '\0'};
    out->name = text + quoted;
    char *end = out->name + strcspn(out->name, quoted ? close : " \t{");
    if (*end == '\0')
        return false;
    out->type = end + quoted;
    out->type += strspn(out->type, " \t");
    out->nominal = *out->type == '{';
    *end = '\0';
    if (out->nominal)
        out->type++;
    else
        out->type[strcspn(out->type, " \t%")] = '\0';
    return out->nominal || *out->type != '\0';
}

static bool is_numeric(const char *type)
{
    static const char *const words[] = {"numeric", "real", "integer"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcasecmp(type, words[i]) == 0)
            return true;
    }
    return false;
}

/* Keep the labels of "1,2,3}". */
static swp_status declare(arff_head *head, const eng_lines *lines, char *list, swp_err *err)
{
    char *close = strrchr(list, '}');
    if (!close)
        return eng_lines_fail(lines, err, "expected a closing } behind the labels");
    *close = '\0';
    head->nominal = swp_strdup(list);
    if (!head->nominal)
        return swp_fail(err, SWP_NOMEM, "no memory to read %s", lines->path);
    return eng_fields_split(&head->declared, lines, head->nominal, ',', err);
}

static swp_status read_attribute(arff_head *head, const eng_lines *lines, char *text, swp_err *err)
{
    arff_attribute attribute;
    if (!split_attribute(text, &attribute))
        return eng_lines_fail(lines, err, "expected a name and a type behind @attribute");
    if (head->class_is_text)
        return eng_lines_fail(lines, err,
                              "expected the class, which is not a number, to be the "
                              "last attribute, found another behind it");
    head->n_attributes++;
    head->class_is_text = attribute.nominal || strcasecmp(attribute.type, "string") == 0;
    head->has_class = head->class_is_text || eng_is_label_word(attribute.name);
    if (attribute.nominal)
        return declare(head, lines, attribute.type, err);
    if (!head->class_is_text && !is_numeric(attribute.type))
        return eng_lines_fail(lines, err,
                              "expected a type numeric, real, integer, string or {...}, "
                              "found \"%.40s\"",
                              attribute.type);
    return SWP_OK;
}

/* Read up to and including the @data line. Without a class, just `bare` attributes will do. */
static swp_status read_head(arff_head *head, eng_lines *lines, size_t bare, swp_err *err)
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
            break;
        if (is_keyword(lines->text, "@attribute", &rest))
            status = read_attribute(head, lines, rest, err);
        else if (!is_keyword(lines->text, "@relation", &rest))
            status = eng_lines_fail(lines, err, "expected @attribute or @data, found \"%.40s\"",
                                    lines->text);
        if (status != SWP_OK)
            return status;
    }
    if (!head->has_class && head->n_attributes != bare)
        return eng_lines_fail(lines, err,
                              "expected the last attribute to be the class: nominal, a "
                              "string, or called label, class, target or y");
    return SWP_OK;
}

static swp_status read_rows(const arff_head *head, eng_lines *lines, eng_rows *rows,
                            eng_fields *fields, swp_err *err)
{
    for (;;) {
        bool more;
        swp_status status = eng_lines_next(lines, "%", &more, err);
        if (status != SWP_OK || !more)
            return status;
        status =
            eng_fields_split(fields, lines, lines->text, eng_fields_delimiter(lines->text), err);
        if (status != SWP_OK)
            return status;
        if (fields->n != head->n_attributes)
            return eng_lines_fail(lines, err,
                                  "expected %zu fields, one for each @attribute, found %zu",
                                  head->n_attributes, fields->n);
        const char *label = head->has_class ? fields->at[fields->n - 1] : NULL;
        if (label && head->declared.n > 0 && !eng_is_declared(&head->declared, label))
            return eng_lines_fail(lines, err,
                                  "expected one of the %zu labels of the class "
                                  "attribute, found \"%.40s\"",
                                  head->declared.n, label);
        status = eng_rows_add(rows, lines, fields->at, fields->n - head->has_class, label, err);
        if (status != SWP_OK)
            return status;
    }
}

static swp_status read_arff(eng_lines *lines, eng_rows *rows, swp_err *err)
{
    arff_head head = {0};
    eng_fields fields = {0};
    swp_status status = read_head(&head, lines, rows->bare, err);
    if (status == SWP_OK)
        status = read_rows(&head, lines, rows, &fields, err);
    eng_fields_deinit(&fields);
    eng_fields_deinit(&head.declared);
    swp_free(head.nominal);
    return status;
}

const eng_format eng_format_arff = {
    .endings = {".arff"},
    .knows = knows,
    .read = read_arff,
};
