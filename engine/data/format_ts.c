/* sktime's .ts: @ lines, then one univariate series on each line, a colon and its label.
 *
 * source   sktime, "Loading data into sktime": the .ts file format; time stamps and several
 *          dimensions are refused */
#include <string.h>
#include <strings.h>

#include "engine/base/mem.h"
#include "engine/base/str.h"
#include "engine/data/format_priv.h"

typedef struct ts_head {
    size_t length;       /* of every series; 0: not said */
    bool may_be_bare;    /* the file may say that it has no labels ... */
    bool bare;           /* ... and does */
    char *labels;        /* text behind `declared` */
    eng_fields declared; /* labels that the file allows; none: any */
} ts_head;

static bool knows(const char *line)
{
    return line[strspn(line, " \t")] == '@';
}

/* Cut the first word off *text. */
static char *next_word(char **text)
{
    char *word = *text + strspn(*text, " \t");
    char *end = word + strcspn(word, " \t");
    *text = end + (*end != '\0');
    *end = '\0';
    return word;
}

/* Keep the labels that stand behind "@classLabel true". */
static swp_status declare(ts_head *head, const eng_lines *lines, const char *labels, swp_err *err)
{
    swp_free(head->labels);
    head->labels = swp_strdup(labels);
    if (!head->labels)
        return swp_fail(err, SWP_NOMEM, "no memory to read %s", lines->path);
    return eng_fields_split(&head->declared, lines, head->labels, ' ', err);
}

static swp_status read_tag(ts_head *head, const eng_lines *lines, const char *tag, char *rest,
                           swp_err *err)
{
    /* Tags whose other value would mean data that this program cannot use. */
    static const char *const needed[][2] = {
        {"@univariate", "true"}, {"@timeStamps", "false"}, {"@classLabel", "true"}};
    const char *value = next_word(&rest);
    bool is_label_tag = strcasecmp(tag, "@classLabel") == 0;
    head->bare |= is_label_tag && head->may_be_bare && strcasecmp(value, "false") == 0;
    if (is_label_tag && head->bare)
        return SWP_OK;
    for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++) {
        if (strcasecmp(tag, needed[i][0]) == 0 && strcasecmp(value, needed[i][1]) != 0)
            return eng_lines_fail(lines, err, "expected %s %s, found \"%.40s\"", needed[i][0],
                                  needed[i][1], value);
    }
    if (is_label_tag)
        return declare(head, lines, rest, err);
    int64_t length;
    if (strcasecmp(tag, "@seriesLength") == 0) {
        if (!swp_parse_int(value, 0, ENG_MAX_LENGTH, &length))
            return eng_lines_fail(lines, err, "expected @seriesLength 1..%u, found \"%.40s\"",
                                  ENG_MAX_LENGTH, value);
        head->length = (size_t)length;
    }
    return SWP_OK;
}

/* Read up to and including the @data line. */
static swp_status read_head(ts_head *head, eng_lines *lines, swp_err *err)
{
    for (;;) {
        bool more;
        swp_status status = eng_lines_next(lines, "#", &more, err);
        if (status != SWP_OK)
            return status;
        if (!more)
            return eng_lines_fail(lines, err, "expected a line @data, found the end of the file");
        char *rest = lines->text;
        const char *tag = next_word(&rest);
        if (strcasecmp(tag, "@data") == 0)
            return SWP_OK;
        if (*tag != '@')
            return eng_lines_fail(lines, err, "expected a line @data before the rows");
        status = read_tag(head, lines, tag, rest, err);
        if (status != SWP_OK)
            return status;
    }
}

/* Cut the label off a line. *label is NULL in a file without labels. */
static swp_status cut_label(const ts_head *head, eng_lines *lines, const char **label, swp_err *err)
{
    *label = NULL;
    char *colon = strchr(lines->text, ':');
    if (head->bare && !colon)
        return SWP_OK;
    if (head->bare)
        return eng_lines_fail(lines, err, "expected no label as @classLabel says, found a colon");
    if (!colon)
        return eng_lines_fail(lines, err, "expected a colon and a label behind the values");
    char *rest = colon + 1;
    *label = next_word(&rest);
    if (rest[strspn(rest, " \t")] != '\0' || strchr(*label, ':'))
        return eng_lines_fail(lines, err,
                              "expected one series and one label, found \"%.40s\" "
                              "behind \"%.40s\"",
                              rest, *label);
    *colon = '\0';
    return SWP_OK;
}

static swp_status read_row(const ts_head *head, eng_lines *lines, eng_rows *rows,
                           eng_fields *fields, swp_err *err)
{
    const char *label;
    swp_status status = cut_label(head, lines, &label, err);
    if (status == SWP_OK)
        status = eng_fields_split(fields, lines, lines->text, ',', err);
    if (status != SWP_OK)
        return status;
    if (head->length > 0 && fields->n != head->length)
        return eng_lines_fail(lines, err, "expected %zu values as @seriesLength says, found %zu",
                              head->length, fields->n);
    if (label && head->declared.n > 0 && !eng_is_declared(&head->declared, label))
        return eng_lines_fail(lines, err,
                              "expected one of the %zu labels of @classLabel, found \"%.40s\"",
                              head->declared.n, label);
    return eng_rows_add(rows, lines, fields->at, fields->n, label, err);
}

static swp_status read_ts(eng_lines *lines, eng_rows *rows, swp_err *err)
{
    ts_head head = {.may_be_bare = rows->bare > 0};
    eng_fields fields = {0};
    swp_status status = read_head(&head, lines, err);
    for (bool more = true; status == SWP_OK && more;) {
        status = eng_lines_next(lines, "#", &more, err);
        if (status == SWP_OK && more)
            status = read_row(&head, lines, rows, &fields, err);
    }
    eng_fields_deinit(&fields);
    eng_fields_deinit(&head.declared);
    swp_free(head.labels);
    return status;
}

const eng_format eng_format_ts = {
    .endings = {".ts"},
    .knows = knows,
    .read = read_ts,
};
