/* sktime's .ts: @ lines, then one univariate series on each line, a colon and its label. A file
 * that says @classLabel false or @targetLabel false has none, and may end its lines with the colon,
 * as aeon writes them.
 *
 * source   sktime, "Loading data into sktime": the .ts file format; time stamps, several dimensions
 *          and regression targets are refused */
#include <string.h>
#include <strings.h>

#include "engine/base/mem.h"
#include "engine/base/str.h"
#include "engine/data/format_priv.h"

typedef struct ts_head {
    size_t length;       /* of every series; 0: not said */
    bool bare;           /* it says that it has no labels */
    char *labels;        /* the text that `declared` points into */
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

/* Keep the labels that follow "@classLabel true". */
static swp_status declare(ts_head *head, const eng_lines *lines, const char *labels, swp_err *err)
{
    swp_free(head->labels);
    head->labels = swp_strdup(labels);
    if (!head->labels)
        return swp_fail(err, SWP_NOMEM, "no memory to read %s", lines->path);
    for (char *c = head->labels; *c; c++)
        *c = *c == ',' || *c == '\t' ? ' ' : *c;
    return eng_fields_split(&head->declared, lines, head->labels, ' ', err);
}

/* A label may contain blanks, which the list of labels cannot express: then its words must be
 * listed. */
static bool is_declared(const ts_head *head, const char *label)
{
    if (head->declared.n == 0 || eng_is_declared(&head->declared, label))
        return true;
    char words[SWP_LABEL_SIZE];
    if (!strpbrk(label, " ,\t") || strlen(label) >= sizeof words)
        return false;
    size_t n = strlen(label) + 1;
    for (size_t i = 0; i < n; i++)
        words[i] = label[i] == ',' || label[i] == '\t' ? ' ' : label[i];
    bool is_text = false; /* "1 2" is two labels */
    for (char *word = words, *end; *word; word = end) {
        double number;
        end = word + strcspn(word, " ");
        if (*end)
            *end++ = '\0';
        if (*word && !eng_is_declared(&head->declared, word))
            return false;
        is_text |= *word && !swp_parse_double(word, &number);
    }
    return is_text;
}

static swp_status read_label_tag(ts_head *head, const eng_lines *lines, bool target,
                                 const char *value, const char *rest, swp_err *err)
{
    if (strcasecmp(value, "false") == 0) {
        head->bare |= !(target && head->labels); /* it may have classes without targets */
        return SWP_OK;
    }
    if (strcasecmp(value, "true") != 0)
        return eng_lines_fail(lines, err, "expected %s true or false, found \"%.40s\"",
                              target ? "@targetLabel" : "@classLabel", value);
    if (target) {
        swp_status status =
            eng_lines_fail(lines, err,
                           "expected class labels, found @targetLabel true: the numbers after the "
                           "colons are targets of a regression");
        swp_hint(err, "anomalies are told from classes: write @classLabel true LABELS and a class "
                      "after each series");
        return status;
    }
    head->bare = false;
    return declare(head, lines, rest, err);
}

/* Tags whose other value would mean data that this program cannot use. */
static swp_status check_tag(const eng_lines *lines, const char *tag, const char *value,
                            swp_err *err)
{
    static const struct {
        const char *tag, *needed, *found;
        void (*hint)(swp_err *err);
    } needs[] = {
        {"@univariate", "true", "several channels", eng_hint_channels},
        {"@timeStamps", "false", "a time stamp at each value", NULL},
        {"@equalLength", "true", "sequences of unequal length", eng_hint_lengths},
    };
    for (size_t i = 0; i < sizeof needs / sizeof needs[0]; i++) {
        if (strcasecmp(tag, needs[i].tag) != 0 || strcasecmp(value, needs[i].needed) == 0)
            continue;
        swp_status status = eng_lines_fail(lines, err, "expected %s %s, found \"%.40s\": %s",
                                           needs[i].tag, needs[i].needed, value, needs[i].found);
        if (needs[i].hint)
            needs[i].hint(err);
        else
            swp_hint(err, "write the values alone, at equal distances in time");
        return status;
    }
    return SWP_OK;
}

static swp_status read_tag(ts_head *head, const eng_lines *lines, const char *tag, char *rest,
                           swp_err *err)
{
    const char *value = next_word(&rest);
    bool target = strcasecmp(tag, "@targetLabel") == 0;
    if (target || strcasecmp(tag, "@classLabel") == 0)
        return read_label_tag(head, lines, target, value, rest, err);
    int64_t number;
    if (strcasecmp(tag, "@seriesLength") == 0) {
        if (!swp_parse_int(value, 0, ENG_MAX_LENGTH, &number))
            return eng_lines_fail(lines, err, "expected @seriesLength 1..%u, found \"%.40s\"",
                                  ENG_MAX_LENGTH, value);
        head->length = (size_t)number;
    }
    bool dimensions = strcasecmp(tag, "@dimension") == 0 || strcasecmp(tag, "@dimensions") == 0;
    if (dimensions && swp_parse_int(value, 2, INT64_MAX, &number)) {
        swp_status status =
            eng_lines_fail(lines, err, "expected 1 channel, found %s %.40s", tag, value);
        eng_hint_channels(err);
        return status;
    }
    return check_tag(lines, tag, value, err);
}

/* Read up to and including the @data line. */
static swp_status read_head(ts_head *head, eng_lines *lines, swp_err *err)
{
    for (;;) {
        bool more;
        swp_status status = eng_lines_next(lines, "#%", &more, err);
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
    if (!colon && head->bare)
        return SWP_OK;
    if (!colon)
        return eng_lines_fail(lines, err, "expected a colon and a label after the values");
    char *text = colon + 1 + strspn(colon + 1, " \t");
    char *end = text + strlen(text);
    while (end > text && (end[-1] == ' ' || end[-1] == '\t'))
        *--end = '\0';
    if (strchr(text, ':')) {
        swp_status status = eng_lines_fail(lines, err,
                                           "expected one series and one label, found \"%.40s\" "
                                           "after the first colon: several channels",
                                           text);
        eng_hint_channels(err);
        return status;
    }
    if (head->bare && *text)
        return eng_lines_fail(lines, err,
                              "expected no label as the file says, found \"%.40s\" after the colon",
                              text);
    *colon = '\0';
    *label = head->bare ? NULL : text;
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
    if (head->length > 0 && fields->n != head->length) {
        status = eng_lines_fail(lines, err, "expected %zu values as @seriesLength says, found %zu",
                                head->length, fields->n);
        eng_hint_lengths(err);
        return status;
    }
    if (label && !is_declared(head, label))
        return eng_lines_fail(lines, err,
                              "expected one of the %zu labels of @classLabel, found \"%.40s\"",
                              head->declared.n, label);
    return eng_rows_add(rows, lines, fields->at, fields->n, label, err);
}

static swp_status read_ts(eng_lines *lines, eng_rows *rows, swp_err *err)
{
    ts_head head = {0};
    eng_fields fields = {0};
    swp_status status = eng_refuse_columns(rows, lines->path, "a .ts file", err);
    if (status == SWP_OK)
        status = read_head(&head, lines, err);
    if (status == SWP_OK && head.bare && rows->bare == 0) {
        status = eng_lines_fail(lines, err, "expected labels, found a file that says it has none");
        swp_hint(err,
                 "to train, some rows must be called normal: write @classLabel true LABELS and "
                 "a label after each series; to judge rows, `sweep detect` takes the file");
    }
    if (status == SWP_OK && !head.bare)
        status = eng_note(&rows->label_place, err, "after the colon");
    for (bool more = true; status == SWP_OK && more;) {
        status = eng_lines_next(lines, "#%", &more, err);
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
