#include "engine/data/lines_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/mem.h"
#include "engine/data/dataset.h"

#define FIRST_BUFFER ((size_t)1 << 18)
#define LAST_BUFFER                                                                                \
    (ENG_MAX_LINE + 2) /* a longest line, its end, and a NUL for one without end                   \
                        */
#define MOST_FIELDS ((size_t)ENG_MAX_LENGTH + 1)

static swp_status alloc_buffer(eng_lines *lines, swp_err *err)
{
    lines->buffer = swp_resize(NULL, FIRST_BUFFER, 1);
    if (!lines->buffer)
        return swp_fail(err, SWP_NOMEM, "no memory to read %s", lines->path);
    lines->capacity = FIRST_BUFFER;
    return SWP_OK;
}

swp_status eng_lines_open(eng_lines *lines, const char *path, swp_err *err)
{
    *lines = (eng_lines){.path = path, .file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
    if (lines->file < 0)
        return swp_fail_errno(err, SWP_IO, errno, "cannot open %s", path);
    struct stat info;
    if (fstat(lines->file, &info) != 0)
        return swp_fail_errno(err, SWP_IO, errno, "cannot read %s", path);
    if (!S_ISREG(info.st_mode))
        return swp_fail(err, SWP_IO, "%s: expected a file, found %s", path,
                        S_ISDIR(info.st_mode) ? "a folder" : "something else");
    return alloc_buffer(lines, err);
}

/* Copy standard input to the end of `to`. */
static swp_status copy_input(eng_lines *lines, FILE *to, swp_err *err)
{
    ssize_t got;
    while ((got = read(STDIN_FILENO, lines->buffer, lines->capacity)) != 0) {
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return swp_fail_errno(err, SWP_IO, errno, "cannot read " ENG_STANDARD_INPUT);
        if (fwrite(lines->buffer, 1, (size_t)got, to) < (size_t)got)
            break;
    }
    return fflush(to) == 0 && !ferror(to)
               ? SWP_OK
               : swp_fail_errno(err, SWP_IO, errno,
                                "cannot copy " ENG_STANDARD_INPUT " to a temporary file");
}

swp_status eng_lines_open_input(eng_lines *lines, swp_err *err)
{
    *lines = (eng_lines){.path = ENG_STANDARD_INPUT, .file = -1};
    swp_status status = alloc_buffer(lines, err);
    if (status != SWP_OK)
        return status;
    FILE *copy = tmpfile();
    if (!copy)
        return swp_fail_errno(err, SWP_IO, errno, "cannot make a temporary file");
    status = copy_input(lines, copy, err);
    if (status == SWP_OK)
        lines->file = dup(fileno(copy));
    if (status == SWP_OK && lines->file < 0)
        status = swp_fail_errno(err, SWP_IO, errno, "cannot read " ENG_STANDARD_INPUT);
    fclose(copy);
    return status == SWP_OK ? eng_lines_rewind(lines, err) : status;
}

void eng_lines_close(eng_lines *lines)
{
    if (lines->file >= 0)
        close(lines->file);
    swp_free(lines->buffer);
    *lines = (eng_lines){.file = -1};
}

swp_status eng_lines_rewind(eng_lines *lines, swp_err *err)
{
    if (lseek(lines->file, 0, SEEK_SET) != 0)
        return swp_fail_errno(err, SWP_IO, errno, "cannot read %s again", lines->path);
    lines->number = lines->start = lines->end = 0;
    lines->at_end = false;
    return SWP_OK;
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
    swp_hint(err, "compressed and binary files must be converted to text first");
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

/* Move the unread bytes to the front and read more behind them. */
static swp_status refill(eng_lines *lines, swp_err *err)
{
    lines->end -= lines->start;
    memmove(lines->buffer, lines->buffer + lines->start, lines->end);
    lines->start = 0;
    if (lines->end + 1 == lines->capacity) {
        swp_status status = grow(lines, err);
        if (status != SWP_OK)
            return status;
    }
    ssize_t got;
    do {
        got = read(lines->file, lines->buffer + lines->end, lines->capacity - lines->end - 1);
    } while (got < 0 && errno == EINTR);
    if (got < 0)
        return swp_fail_errno(err, SWP_IO, errno, "cannot read %s", lines->path);
    const char *nul = memchr(lines->buffer + lines->end, '\0', (size_t)got);
    lines->end += (size_t)got;
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
        line_end[-1] = '\0';
    if (lines->number == 0 && strncmp(lines->text, "\xef\xbb\xbf", 3) == 0)
        lines->text += 3;
    lines->number++;
    return SWP_OK;
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

static bool is_blank(char c, char delimiter)
{
    return c == ' ' || (c == '\t' && delimiter != '\t');
}

static bool ends_field(char c, char delimiter)
{
    return c == '\0' || c == delimiter || (delimiter == ' ' && c == '\t');
}

/* Take the quotes off the field that begins at `text`. Returns the byte behind the closing quote,
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

/* Terminate the field that begins at `field`. Returns where it ended, still to be read: a delimiter
 * or the line's NUL; NULL when a quote stays open or is followed by more text. */
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

swp_status eng_fields_split(eng_fields *fields, const eng_lines *lines, char *text, char delimiter,
                            swp_err *err)
{
    fields->n = 0;
    for (bool last = false; !last; text++) {
        while (is_blank(*text, delimiter))
            text++;
        if (*text == '\0' && delimiter == ' ')
            break;
        char *field = text;
        bool quoted = *field == '"' || *field == '\'';
        text = field_end(field, delimiter);
        if (!text)
            return eng_lines_fail(lines, err, "field %zu: expected a closing quote and then \"%c\"",
                                  fields->n + 1, delimiter);
        last = *text == '\0';
        char *trimmed = text;
        while (trimmed > field && is_blank(trimmed[-1], delimiter))
            trimmed--;
        if (!quoted)
            *trimmed = '\0';
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
