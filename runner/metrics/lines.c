/* A buffer that holds twice the longest line: what is left of one is moved to the front before more
 * is read. */
#include "runner/metrics/lines.h"

#include <string.h>
#include <unistd.h>

#include "engine/base/mem.h"

#define ROOM (2 * (size_t)RUN_LONGEST_LINE)

swp_status run_lines_init(run_lines *lines, const char *ends, swp_err *err)
{
    *lines = (run_lines){.ends = ends, .bytes = swp_alloc(ROOM + 1, 1)};
    return lines->bytes ? SWP_OK : swp_fail(err, SWP_NOMEM, "out of memory for lines");
}

void run_lines_deinit(run_lines *lines)
{
    swp_free(lines->bytes);
    *lines = (run_lines){.ends = lines->ends};
}

ssize_t run_lines_read(run_lines *lines, int fd, const char **part)
{
    size_t left = lines->end - lines->begin;
    if (lines->is_skipping || left > RUN_LONGEST_LINE) {
        lines->too_long += !lines->is_skipping;
        lines->is_skipping = true;
        left = 0;
    }
    memmove(lines->bytes, lines->bytes + lines->end - left, left);
    lines->begin = 0;
    lines->seen = lines->end = left;
    ssize_t n = read(fd, lines->bytes + left, ROOM - left);
    *part = lines->bytes + left;
    if (n > 0)
        lines->end += (size_t)n;
    return n;
}

/* The first of several characters, as memchr. */
static char *find_end(const run_lines *lines, size_t from)
{
    char *first = NULL;
    size_t n = lines->end - from;
    for (const char *c = lines->ends; *c; c++) {
        char *at = n > 0 ? memchr(lines->bytes + from, *c, n) : NULL;
        if (at) {
            first = at;
            n = (size_t)(at - lines->bytes) - from;
        }
    }
    return first;
}

char *run_lines_next(run_lines *lines)
{
    for (char *end; (end = find_end(lines, lines->seen));) {
        char *line = lines->bytes + lines->begin;
        bool is_rest = lines->is_skipping;
        *end = '\0';
        lines->begin = lines->seen = (size_t)(end - lines->bytes) + 1;
        lines->is_skipping = false;
        if (!is_rest && (size_t)(end - line) <= RUN_LONGEST_LINE)
            return line;
        lines->too_long += !is_rest;
    }
    lines->seen = lines->end;
    return NULL;
}

void run_lines_drop(run_lines *lines)
{
    lines->begin = lines->seen = lines->end;
    lines->is_skipping = false;
}

char *run_lines_rest(run_lines *lines)
{
    size_t n = lines->end - lines->begin;
    if (n == 0 || n > RUN_LONGEST_LINE || lines->is_skipping)
        return NULL;
    char *rest = lines->bytes + lines->begin;
    rest[n] = '\0';
    lines->begin = lines->seen = lines->end;
    return rest;
}
