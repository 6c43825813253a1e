/* Lines of a text and fields of a line. The bytes come from an input, which unpacks gzip files;
 * UTF-16 with a byte order mark is turned into UTF-8 on the way. The current line is a piece of the
 * buffer, which grows up to the longest line that is allowed. */
#include "engine/data/lines_priv.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/mem.h"
#include "engine/data/dataset.h"

#define FIRST_BUFFER ((size_t)1 << 18)
#define LEAST_ROOM   16                 /* two characters of UTF-16 and a NUL */
#define LAST_BUFFER  (ENG_MAX_LINE + 2) /* a line, its end, and a NUL for a last one without */
#define MOST_FIELDS  ((size_t)ENG_MAX_LENGTH + 1)

swp_status eng_lines_open(eng_lines *lines, eng_input *input, swp_err *err)
{
    *lines = (eng_lines){.path = input->path, .input = input};
    lines->buffer = swp_resize(NULL, FIRST_BUFFER, 1);
    if (!lines->buffer)
        return swp_fail(err, SWP_NOMEM, "no memory to read %s", lines->path);
    lines->capacity = FIRST_BUFFER;
    return eng_lines_rewind(lines, err);
}

void eng_lines_close(eng_lines *lines)
{
    swp_free(lines->buffer);
    *lines = (eng_lines){0};
}

/* Look for a byte order mark of UTF-16. */
static swp_status look_for_mark(eng_lines *lines, swp_err *err)
{
    unsigned char mark[2];
    size_t n;
    swp_status status = eng_input_read(lines->input, mark, sizeof mark, &n, err);
    lines->utf16 = ENG_NOT_UTF16;
    if (status == SWP_OK && n == 2 && mark[0] == 0xff && mark[1] == 0xfe)
        lines->utf16 = ENG_UTF16_LITTLE;
    else if (status == SWP_OK && n == 2 && mark[0] == 0xfe && mark[1] == 0xff)
        lines->utf16 = ENG_UTF16_BIG;
    else if (status == SWP_OK)
        status = eng_input_rewind(lines->input, err);
    return status;
}

swp_status eng_lines_rewind(eng_lines *lines, swp_err *err)
{
    swp_status status = eng_input_rewind(lines->input, err);
    lines->number = lines->start = lines->end = 0;
    lines->n_kept = 0;
    lines->at_end = false;
    return status == SWP_OK ? look_for_mark(lines, err) : status;
}

swp_status eng_lines_fail(const eng_lines *lines, swp_err *err, const char *fmt, ...)
{
    char text[sizeof err->text];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    return swp_fail(err, SWP_FORMAT, "%s:%zu: %s%s", lines->path, lines->number, text,
                    lines->cut ? "; the file ends in this line: was it cut short?" : "");
}

static swp_status refuse_nul(eng_lines *lines, const char *nul, swp_err *err)
{
    for (const char *c = lines->buffer + lines->start; c < nul; c++)
        lines->number += *c == '\n';
    lines->number++;
    swp_status status = eng_lines_fail(lines, err, "expected text, found a NUL byte");
    swp_hint(err, "the file is binary or UTF-16 without a byte order mark: convert it to text "
                  "(UTF-16: iconv -f UTF-16LE -t UTF-8)");
    return status;
}

static swp_status grow(eng_lines *lines, swp_err *err)
{
    if (lines->capacity == LAST_BUFFER) {
        lines->number++;
        return eng_lines_fail(lines, err, "expected lines of at most %zu MB, found a longer one",
                              ENG_MAX_LINE >> 20);
    }
    size_t capacity = lines->capacity * 2;
    if (capacity > LAST_BUFFER)
        capacity = LAST_BUFFER;
    char *buffer = swp_resize(lines->buffer, capacity, 1);
    if (!buffer)
        return swp_fail(err, SWP_NOMEM, "no memory to read %s", lines->path);
    lines->buffer = buffer;
    lines->capacity = capacity;
    return SWP_OK;
}

/* UTF-8 of one character. Returns its bytes. */
static size_t encode(uint32_t code, char *to)
{
    if (code < 0x80) {
        to[0] = (char)code;
        return 1;
    }
    size_t n = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (size_t i = n - 1; i > 0; i--, code >>= 6)
        to[i] = (char)(0x80 | (code & 0x3f));
    static const unsigned char first[] = {[2] = 0xc0, [3] = 0xe0, [4] = 0xf0};
    to[0] = (char)(first[n] | code);
    return n;
}

static uint32_t unit_at(const eng_lines *lines, const unsigned char *bytes)
{
    return lines->utf16 == ENG_UTF16_LITTLE ? bytes[0] | (uint32_t)bytes[1] << 8
                                            : bytes[1] | (uint32_t)bytes[0] << 8;
}

static swp_status refuse_utf16(eng_lines *lines, swp_err *err)
{
    for (const char *c = lines->buffer + lines->start; c < lines->buffer + lines->end; c++)
        lines->number += *c == '\n';
    lines->number++;
    return eng_lines_fail(lines, err,
                          "expected UTF-16 as the byte order mark says, found half a character");
}

/* Read some UTF-16 and append it to the unread bytes as UTF-8; *got counts these. */
static swp_status read_utf16(eng_lines *lines, size_t room, size_t *got, swp_err *err)
{
    unsigned char bytes[4096];
    size_t want = room / 2 < sizeof bytes ? room / 2 : sizeof bytes, n, at = 0;
    memcpy(bytes, lines->kept, lines->n_kept);
    swp_status status =
        eng_input_read(lines->input, bytes + lines->n_kept, want - lines->n_kept, &n, err);
    if (status != SWP_OK)
        return status;
    bool at_end = n < want - lines->n_kept;
    n += lines->n_kept;
    char *to = lines->buffer + lines->end;
    while (n - at >= 2) {
        uint32_t code = unit_at(lines, bytes + at);
        if (code >= 0xd800 && code < 0xdc00) { /* the first of two units */
            if (n - at < 4)
                break;
            uint32_t low = unit_at(lines, bytes + at + 2);
            if (low < 0xdc00 || low > 0xdfff)
                return refuse_utf16(lines, err);
            code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
            at += 2;
        } else if (code >= 0xdc00 && code <= 0xdfff) {
            return refuse_utf16(lines, err);
        }
        at += 2;
        to += encode(code, to);
    }
    lines->n_kept = n - at;
    memcpy(lines->kept, bytes + at, lines->n_kept);
    *got = (size_t)(to - lines->buffer) - lines->end;
    return at_end && lines->n_kept > 0 ? refuse_utf16(lines, err) : SWP_OK;
}

/* Move the unread bytes to the front and append more. */
static swp_status refill(eng_lines *lines, swp_err *err)
{
    lines->end -= lines->start;
    memmove(lines->buffer, lines->buffer + lines->start, lines->end);
    lines->start = 0;
    if (lines->capacity - lines->end < (lines->utf16 ? LEAST_ROOM : 2)) {
        swp_status status = grow(lines, err);
        if (status != SWP_OK)
            return status;
    }
    size_t got, room = lines->capacity - lines->end - 1;
    swp_status status =
        lines->utf16 ? read_utf16(lines, room, &got, err)
                     : eng_input_read(lines->input, lines->buffer + lines->end, room, &got, err);
    if (status != SWP_OK)
        return status;
    const char *nul = memchr(lines->buffer + lines->end, '\0', got);
    lines->end += got;
    lines->at_end = got == 0;
    return nul ? refuse_nul(lines, nul, err) : SWP_OK;
}

/* Find the end of the next line, reading as much as that takes. NULL: the bytes end first. */
static swp_status find_end(eng_lines *lines, char **line_end, swp_err *err)
{
    size_t seen = 0;
    for (;;) {
        size_t unread = lines->end - lines->start;
        if (unread > seen)
            *line_end = memchr(lines->buffer + lines->start + seen, '\n', unread - seen);
        if (*line_end || lines->at_end)
            return SWP_OK;
        seen = unread;
        swp_status status = refill(lines, err);
        if (status != SWP_OK)
            return status;
    }
}

/* Line ends of the old Macintosh would make the whole file one line. */
static swp_status refuse_lone_cr(const eng_lines *lines, swp_err *err)
{
    if (!memchr(lines->text, '\r', lines->size))
        return SWP_OK;
    swp_status status =
        eng_lines_fail(lines, err, "expected lines that end with LF or CR LF, found CR alone");
    swp_hint(err, "convert the line ends: tr '\\r' '\\n' <OLD >NEW");
    return status;
}

/* The next line, whatever it holds. */
static swp_status next_line(eng_lines *lines, bool *more, swp_err *err)
{
    char *line_end = NULL;
    swp_status status = find_end(lines, &line_end, err);
    if (status != SWP_OK)
        return status;
    *more = line_end || lines->start < lines->end;
    if (!*more)
        return SWP_OK;

    lines->cut = !line_end;
    if (lines->cut)
        line_end = lines->buffer + lines->end;
    lines->text = lines->buffer + lines->start;
    lines->start = (size_t)(line_end - lines->buffer) + !lines->cut;
    *line_end = '\0';
    if (line_end > lines->text && line_end[-1] == '\r')
        *--line_end = '\0';
    if (lines->number == 0 && strncmp(lines->text, "\xef\xbb\xbf", 3) == 0)
        lines->text += 3;
    lines->size = (size_t)(line_end - lines->text);
    lines->number++;
    return lines->number == 1 ? refuse_lone_cr(lines, err) : SWP_OK;
}

swp_status eng_lines_next(eng_lines *lines, const char *comment, bool *more, swp_err *err)
{
    for (;;) {
        swp_status status = next_line(lines, more, err);
        if (status != SWP_OK || !*more)
            return status;
        char first = lines->text[strspn(lines->text, " \t")];
        if (first != '\0' && !strchr(comment, first))
            return SWP_OK;
    }
}

char eng_fields_delimiter(const char *text)
{
    if (strchr(text, ','))
        return ',';
    return strchr(text, '\t') ? '\t' : ' ';
}

/* Where a comment at the end of the line begins: at its character after a blank or a delimiter. */
static void cut_comment(char *text, char comment, char delimiter)
{
    char quote = '\0';
    bool at_start = true;
    for (; *text; text++) {
        bool separates = *text == ' ' || *text == '\t' || *text == delimiter;
        if (quote) {
            if (*text == '\\' && text[1])
                text++;
            else if (*text == quote)
                quote = '\0';
        } else if (at_start && (*text == '"' || *text == '\'')) {
            quote = *text;
        } else if (at_start && *text == comment) {
            *text = '\0';
            return;
        }
        at_start = separates;
    }
}

static bool is_blank(char c, char delimiter)
{
    return c == ' ' || (c == '\t' && delimiter != '\t');
}

static bool ends_field(char c, char delimiter)
{
    return c == '\0' || c == delimiter || (delimiter == ' ' && c == '\t');
}

/* Remove the quotes of the field that begins at `text`. Returns the byte after the closing quote,
 * or NULL when there is none. */
static char *unquote(char *text)
{
    char quote = *text;
    char *to = text;
    for (char *from = text + 1; *from; from++) {
        bool escapes = *from == '\\' && (from[1] == quote || from[1] == '\\');
        bool doubled = *from == quote && from[1] == quote;
        if (escapes || doubled) {
            from++;
        } else if (*from == quote) {
            *to = '\0';
            return from + 1;
        }
        *to++ = *from;
    }
    return NULL;
}

static swp_status add_field(eng_fields *fields, const eng_lines *lines, char *field, swp_err *err)
{
    if (fields->n == MOST_FIELDS)
        return eng_lines_fail(lines, err, "expected at most %zu fields, found more", MOST_FIELDS);
    if (fields->n == fields->capacity) {
        size_t capacity = fields->capacity ? fields->capacity * 2 : 256;
        char **at = swp_resize(fields->at, capacity, sizeof *at);
        if (!at)
            return swp_fail(err, SWP_NOMEM, "no memory to read %s", lines->path);
        fields->at = at;
        fields->capacity = capacity;
    }
    fields->at[fields->n++] = field;
    return SWP_OK;
}

/* Terminate the field that begins at `field`. Returns where it ended, at a delimiter or the line's
 * NUL; NULL when a quote stays open or is followed by more text. */
static char *field_end(char *field, char delimiter)
{
    char *end = field;
    if (*field == '"' || *field == '\'') {
        end = unquote(field);
        while (end && delimiter != ' ' && is_blank(*end, delimiter))
            end++;
        return end && ends_field(*end, delimiter) ? end : NULL;
    }
    while (!ends_field(*end, delimiter))
        end++;
    return end;
}

char *eng_fields_take(char **text, char delimiter, bool *more)
{
    char *field = *text;
    while (is_blank(*field, delimiter))
        field++;
    bool quoted = *field == '"' || *field == '\'';
    char *end = field_end(field, delimiter);
    if (!end)
        return NULL;
    *more = *end != '\0';
    *text = end + *more;
    char *trimmed = end;
    while (trimmed > field && is_blank(trimmed[-1], delimiter))
        trimmed--;
    if (!quoted)
        *trimmed = '\0';
    return field;
}

swp_status eng_fields_split(eng_fields *fields, const eng_lines *lines, char *text, char delimiter,
                            swp_err *err)
{
    fields->n = 0;
    if (fields->comment && strchr(text, fields->comment))
        cut_comment(text, fields->comment, delimiter);
    for (bool more = true; more;) {
        if (delimiter == ' ' && text[strspn(text, " \t")] == '\0')
            break;
        char *field = eng_fields_take(&text, delimiter, &more);
        if (!field)
            return eng_lines_fail(lines, err, "field %zu: expected a closing quote and then \"%c\"",
                                  fields->n + 1, delimiter);
        swp_status status = add_field(fields, lines, field, err);
        if (status != SWP_OK)
            return status;
    }
    return SWP_OK;
}

void eng_fields_deinit(eng_fields *fields)
{
    swp_free(fields->at);
    *fields = (eng_fields){0};
}
