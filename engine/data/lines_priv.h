/* The lines of a text file, one after the other, and the fields of a line.
 *
 * Memory is bounded by the longest line, and that by ENG_MAX_LINE. CRLF ends and a UTF-8 mark are
 * removed, UTF-16 with a mark is decoded; a NUL byte is refused. All messages begin with
 * "file:line: ". */
#ifndef ENG_LINES_PRIV_H
#define ENG_LINES_PRIV_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/err.h"
#include "engine/data/input_priv.h"

#define ENG_MAX_LINE ((size_t)64 << 20) /* bytes */

typedef enum eng_utf16 { ENG_NOT_UTF16, ENG_UTF16_LITTLE, ENG_UTF16_BIG } eng_utf16;

typedef struct eng_lines {
    const char *path; /* borrowed; named in messages */
    size_t number;    /* of the current line; the first is 1 */
    char *text;       /* the current line without its end; NUL-terminated, may be changed */
    size_t size;      /* its bytes */
    bool cut;         /* the file ends right after this line, without a line end */
    eng_input *input; /* borrowed */
    eng_utf16 utf16;
    unsigned char kept[4]; /* the start of a UTF-16 character whose rest was not read yet */
    size_t n_kept;
    char *buffer; /* unread bytes are [start, end) */
    size_t capacity, start, end;
    bool at_end; /* the input has no more bytes */
} eng_lines;

/* Begin with the first line of an open input.
 * errors   IO, FORMAT (a damaged gzip file), NOMEM
 * owns     *lines is the caller's storage: eng_lines_close, also after an error */
SWP_CHECKED swp_status eng_lines_open(eng_lines *lines, eng_input *input, swp_err *err);
void eng_lines_close(eng_lines *lines);

/* Go to the next line that is neither blank nor begins with one of the characters of `comment`.
 * *more is false when there is none.
 * errors   IO, FORMAT (NUL byte, line too long), NOMEM */
SWP_CHECKED swp_status eng_lines_next(eng_lines *lines, const char *comment, bool *more,
                                      swp_err *err);

/* Go back to the first line. */
SWP_CHECKED swp_status eng_lines_rewind(eng_lines *lines, swp_err *err);

/* Record a FORMAT error at the current line. When the file stops in the middle of this line, the
 * text says so: a download that was cut short shows up as a damaged last row. */
SWP_CHECKED swp_status eng_lines_fail(const eng_lines *lines, swp_err *err, const char *fmt, ...)
    SWP_PRINTF(3, 4);

/* The fields of one line, as pointers into it. Zero-initialise. */
typedef struct eng_fields {
    char **at;
    size_t n, capacity;
    char comment; /* begins a comment after a blank or a delimiter; 0: there are no comments */
} eng_fields;

/* What separates the fields of `text`: a comma, else a tab, else ' ' for runs of blanks. */
char eng_fields_delimiter(const char *text);

/* Split `text`, a part of the current line, in place. Blanks around a field are dropped. A field in
 * single or double quotes may hold the delimiter; in it a doubled quote is a quote, and a backslash
 * escapes a quote or a backslash.
 * errors   FORMAT (open quote, too many fields), NOMEM */
SWP_CHECKED swp_status eng_fields_split(eng_fields *fields, const eng_lines *lines, char *text,
                                        char delimiter, swp_err *err);

/* Read the first field of *text, as eng_fields_split would, and move *text past it. *more is false
 * after the last one. NULL when a quote stays open or is followed by more text. */
char *eng_fields_take(char **text, char delimiter, bool *more);
void eng_fields_deinit(eng_fields *fields);

#endif
