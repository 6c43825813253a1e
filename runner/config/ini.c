/* INI files, split into sections and entries by inih.
 *
 * inih 55 cuts what it cannot hold (long lines, long section names, text behind a NUL byte), says
 * nothing about it and nothing about sections without keys. So it is fed by a reader that looks at
 * every line first. As Debian builds it, inih takes its limits from variables. */
#include <errno.h>
#include <fcntl.h>
#include <ini.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/path.h"
#include "runner/config/cfg_priv.h"

#define MAX_LINE 1048576 /* with line end and NUL: room for an axis of CFG_MAX_AXIS_VALUES */

typedef struct ini_source {
    const char *path;
    FILE *file;
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

/* Look at "[name]", and deliver the name without the space around it. */
static swp_status check_section(ini_source *source, const char *line)
{
    const char *name = skip_space(line + 1);
    size_t n = strcspn(name, "]");
    if (name[n] == '\0')
        return swp_fail(source->err, SWP_CONFIG,
                        "%s:%zu: expected ] behind the section, found \"%s\"", source->path,
                        source->line, source->shown.text);
    const char *rest = skip_space(name + n + 1);
    if (*rest != '\0' && *rest != ';' && *rest != '#')
        return swp_fail(source->err, SWP_CONFIG, "%s:%zu: expected nothing behind ], found \"%s\"",
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

/* Read a line without its end. False at the end of the file, and after a failure, which
 * source->status tells. */
static bool get_line(ini_source *source, char *out, size_t size)
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
        else if (n + 2 >= size)
            source->status =
                swp_fail(source->err, SWP_CONFIG, "%s:%zu: expected a line of at most %zu bytes",
                         source->path, source->line, size - 2);
        if (source->status != SWP_OK)
            return false;
        out[n++] = (char)c;
    }
    if (n > 0 && out[n - 1] == '\r')
        n--;
    out[n] = '\0';
    return true;
}

/* inih's fgets. Lines are handed over without space in front: inih would take an indented one for
 * the continuation of the value above. */
static char *read_line(char *out, int size, void *stream)
{
    static const char utf8_mark[] = "\xef\xbb\xbf";
    ini_source *source = stream;
    if (source->status != SWP_OK || !get_line(source, out, (size_t)size))
        return NULL;
    const char *text = out;
    if (source->line == 1 && strncmp(text, utf8_mark, strlen(utf8_mark)) == 0)
        text += strlen(utf8_mark);
    text = skip_space(text);
    memmove(out, text, strlen(text) + 1);
    source->shown = cfg_quote(out);
    if (*out == '[')
        source->status = check_section(source, out);
    return source->status == SWP_OK ? out : NULL;
}

static int on_entry(void *user, const char *section, const char *key, const char *value)
{
    ini_source *source = user;
    (void)section; /* known from check_section */

    /* inih sees a comment only behind space. */
    const char *text = *value == ';' ? "" : value;
    source->status = source->sink->entry(source->sink->user, source->line, key, text, source->err);
    return source->status == SWP_OK;
}

static void configure_inih(void)
{
    ini_use_stack = false;
    ini_initial_alloc = MAX_LINE;
    ini_max_line = MAX_LINE;
    ini_allow_multiline = false;
    ini_stop_on_first_error = true;
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
    configure_inih();
    errno = 0;
    int result = ini_parse_stream(read_line, &source, on_entry, &source);
    swp_status status = source.status;
    if (status == SWP_OK && ferror(source.file))
        status = swp_fail_errno(err, SWP_IO, errno, "%s", path);
    else if (status == SWP_OK && result < 0)
        status = swp_fail(err, SWP_NOMEM, "out of memory");
    else if (status == SWP_OK && result > 0)
        status = swp_fail(err, SWP_CONFIG,
                          "%s:%d: expected [section], key = value or a comment, found \"%s\"", path,
                          result, source.shown.text);
    fclose(source.file);
    return status;
}
