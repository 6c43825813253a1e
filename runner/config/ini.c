/* INI files, split into sections and entries by inih.
 *
 * inih cuts what it cannot hold (long lines, long section names, text after a NUL byte), says
 * nothing about it and nothing about sections without keys. Its limits are set when it is built,
 * 200 bytes a line upstream. So it is fed by a reader that looks at every line first, keeps the
 * value, and hands over the key alone. */
#include <errno.h>
#include <fcntl.h>
#include <ini.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/mem.h"
#include "engine/base/path.h"
#include "runner/config/cfg_priv.h"

#define MAX_LINE 1048576 /* with line end and NUL: room for an axis of CFG_MAX_AXIS_VALUES */
#define SPACE    " \t\v\f\r"

typedef struct ini_source {
    const char *path;
    FILE *file;
    char *text;        /* (MAX_LINE) the line last read */
    const char *value; /* in it; NULL: the line has none */
    bool is_pending;  /* the line must come to on_entry, else inih takes it for none of its kinds */
    size_t line;      /* number of the line last read, from 1 */
    cfg_quoted shown; /* the start of that line */
    const cfg_ini_sink *sink;
    swp_status status; /* the first failure of the reader or the sink */
    swp_err *err;
} ini_source;

static const char *skip_space(const char *text)
{
    return text + strspn(text, " \t");
}

/* Where the comment begins: at a ; after a space. The end of the text if there is none. */
static const char *find_comment(const char *text)
{
    const char *c = text;
    while (*c && !(*c == ';' && c > text && strchr(SPACE, c[-1])))
        c++;
    return c;
}

/* Look at "[name]", and deliver the name without the space around it. */
static swp_status check_section(ini_source *source, const char *line)
{
    const char *name = skip_space(line + 1);
    size_t n = strcspn(name, "]");
    if (name + n >= find_comment(line + 1))
        return swp_fail(source->err, SWP_CONFIG,
                        "%s:%zu: expected ] after the section, found \"%s\"", source->path,
                        source->line, source->shown.text);
    const char *rest = skip_space(name + n + 1);
    if (*rest != '\0' && *rest != ';' && *rest != '#')
        return swp_fail(source->err, SWP_CONFIG, "%s:%zu: expected nothing after ], found \"%s\"",
                        source->path, source->line, cfg_quote(rest).text);
    while (n > 0 && (name[n - 1] == ' ' || name[n - 1] == '\t'))
        n--;
    if (n > CFG_MAX_SECTION)
        return swp_fail(source->err, SWP_CONFIG,
                        "%s:%zu: expected a section name of at most %d bytes, found %zu",
                        source->path, source->line, CFG_MAX_SECTION, n);
    char copy[CFG_MAX_SECTION + 1];
    memcpy(copy, name, n);
    copy[n] = '\0';
    return source->sink->section(source->sink->user, source->line, copy, source->err);
}

/* Read a line without its end into source->text. False at the end of the file, and after a failure,
 * which source->status tells. */
static bool get_line(ini_source *source)
{
    size_t n = 0;
    int c = getc(source->file);
    if (c == EOF)
        return false;
    source->line++;
    for (; c != EOF && c != '\n'; c = getc(source->file)) {
        if (c == '\0')
            source->status = swp_fail(source->err, SWP_CONFIG, "%s:%zu: expected text, found NUL",
                                      source->path, source->line);
        else if (n + 2 >= MAX_LINE)
            source->status =
                swp_fail(source->err, SWP_CONFIG, "%s:%zu: expected a line of at most %d bytes",
                         source->path, source->line, MAX_LINE - 2);
        if (source->status != SWP_OK)
            return false;
        source->text[n++] = (char)c;
    }
    if (n > 0 && source->text[n - 1] == '\r')
        n--;
    source->text[n] = '\0';
    return true;
}

/* The value without the space around it, and without a comment, which may also begin at its start.
 */
static const char *trim_value(char *value)
{
    char *end = value + (find_comment(value) - value);
    while (end > value && strchr(SPACE, end[-1]))
        end--;
    *end = '\0';
    value += strspn(value, SPACE);
    return *value == ';' ? "" : value;
}

/* inih's fgets: "key=", or an empty line for a section or a comment. What is neither is handed over
 * as far as it fits: inih has the word on it. No line begins with space, which inih may take for
 * the continuation of the value above, or is as long as inih takes, which it may cut. */
static char *read_line(char *out, int size, void *stream)
{
    static const char utf8_mark[] = "\xef\xbb\xbf";
    ini_source *source = stream;
    if (source->is_pending || source->status != SWP_OK || !get_line(source))
        return NULL;
    char *text = source->text;
    if (source->line == 1 && strncmp(text, utf8_mark, strlen(utf8_mark)) == 0)
        text += strlen(utf8_mark);
    text += strspn(text, SPACE);
    source->shown = cfg_quote(text);
    *out = '\0';
    if (*text == '[')
        source->status = check_section(source, text);
    if (strchr("[;#", *text))
        return source->status == SWP_OK ? out : NULL;
    char *separator = strpbrk(text, "=:");
    if (separator && separator > find_comment(text))
        separator = NULL;
    size_t n = separator ? (size_t)(separator + 1 - text) : strlen(text);
    size_t most = (size_t)size - 2;
    if (separator && n > most)
        source->status =
            swp_fail(source->err, SWP_CONFIG, "%s:%zu: expected a key of at most %zu bytes",
                     source->path, source->line, most - 1);
    if (source->status != SWP_OK)
        return NULL;
    snprintf(out, most + 1, "%.*s", (int)(n < most ? n : most), text);
    source->value = separator ? trim_value(separator + 1) : NULL;
    source->is_pending = true;
    return out;
}

static int on_entry(void *user, const char *section, const char *key, const char *value)
{
    ini_source *source = user;
    (void)section; /* known from check_section */
    (void)value;
    if (!source->value)
        return 0;
    source->is_pending = false;
    source->status =
        source->sink->entry(source->sink->user, source->line, key, source->value, source->err);
    return source->status == SWP_OK;
}

swp_status cfg_ini_read(const char *path, const char *source_path, const cfg_ini_sink *sink,
                        swp_err *err)
{
    ini_source source = {.path = path, .sink = sink, .err = err};
    int fd = swp_open_regular(source_path, O_RDONLY);
    if (fd < 0 && errno == EINVAL)
        return swp_fail(err, SWP_IO, "%s: expected a file, found a pipe or device", source_path);
    source.file = fd >= 0 ? fdopen(fd, "rb") : NULL;
    if (!source.file) {
        swp_status failed = swp_fail_errno(err, SWP_IO, errno, "%s", source_path);
        if (fd >= 0)
            close(fd);
        return failed;
    }
    source.text = swp_alloc(1, MAX_LINE);
    if (!source.text) {
        fclose(source.file);
        return swp_fail(err, SWP_NOMEM, "out of memory");
    }
    errno = 0;
    int result = ini_parse_stream(read_line, &source, on_entry, &source);
    swp_status status = source.status;
    if (status == SWP_OK && ferror(source.file))
        status = swp_fail_errno(err, SWP_IO, errno, "%s", path);
    else if (status == SWP_OK && result < 0)
        status = swp_fail(err, SWP_NOMEM, "out of memory");
    else if (status == SWP_OK && result > 0)
        status = swp_fail(err, SWP_CONFIG,
                          "%s:%zu: expected [section], key = value or a comment, found \"%s\"",
                          path, source.line, source.shown.text);
    swp_free(source.text);
    fclose(source.file);
    return status;
}
