/* The lines of a text file, one after the other, and the fields of a line.
 *
 * Memory is bounded by the longest line, and that by ENG_MAX_LINE. CRLF ends and a UTF-8 mark are
 * taken off; a NUL byte is refused. All messages begin with "file:line: ". */
#ifndef ENG_LINES_PRIV_H
#define ENG_LINES_PRIV_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/err.h"

#define ENG_MAX_LINE       ((size_t)64 << 20) /* bytes */
#define ENG_STANDARD_INPUT "standard input"   /* its path in messages */

typedef struct eng_lines {
    const char *path; /* borrowed; named in messages */
    size_t number;    /* of the current line; the first is 1 */
    char *text;       /* the current line without its end; NUL-terminated, may be changed */
    bool cut;         /* the file ends right after this line, without a line end */
    int file;         /* descriptor; -1 when closed */
    char *buffer;     /* unread bytes are [start, end) */
    size_t capacity, start, end;
    bool at_end; /* the descriptor has no more bytes */
} eng_lines;

/* Open a regular file and stand before its first line.
 * errors   IO (missing, no permission, not a regular file), NOMEM
 * owns     *lines is the caller's storage: eng_lines_close, also after an error */
SWP_CHECKED swp_status eng_lines_open(eng_lines *lines, const char *path, swp_err *err);

/* The same of standard input, of which a copy is made in an unnamed temporary file, since text is
 * read twice. errors IO (unreadable, or no room for the copy), NOMEM */
SWP_CHECKED swp_status eng_lines_open_input(eng_lines *lines, swp_err *err);
void eng_lines_close(eng_lines *lines);

/* Go to the next line that is neither blank nor begins with one of the characters of `comment`.
 * *more is false when there is none.
 * errors   IO, FORMAT (NUL byte, line too long), NOMEM */
SWP_CHECKED swp_status eng_lines_next(eng_lines *lines, const char *comment, bool *more,
                                      swp_err *err);

/* Stand before the first line again. */
SWP_CHECKED swp_status eng_lines_rewind(eng_lines *lines, swp_err *err);

/* Record a FORMAT error at the current line. When the file stops in the middle of this line, the
 * text says so: a download that was cut short shows up as a damaged last row. */
SWP_CHECKED swp_status eng_lines_fail(const eng_lines *lines, swp_err *err, const char *fmt, ...)
    SWP_PRINTF(3, 4);

/* The fields of one line, as pointers into it. Zero-initialise. */
typedef struct eng_fields {
    char **at;
    size_t n, capacity;
} eng_fields;

/* What separates the fields of `text`: a comma, else a tab, else ' ' for runs of blanks. */
char eng_fields_delimiter(const char *text);

/* Split `text`, a part of the current line, in place. Blanks around a field are dropped. A field in
 * single or double quotes may hold the delimiter; in it a doubled quote is a quote, and a backslash
 * takes the next quote or backslash as it is.
 * errors   FORMAT (open quote, too many fields), NOMEM */
SWP_CHECKED swp_status eng_fields_split(eng_fields *fields, const eng_lines *lines, char *text,
                                        char delimiter, swp_err *err);
void eng_fields_deinit(eng_fields *fields);

#endif
