/* Words of a run line, and the places in them that are replaced. */
#ifndef RUN_WORDS_H
#define RUN_WORDS_H

#include <stddef.h>

#include "engine/base/str.h"

typedef struct run_words {
    char **words; /* (n), ended by NULL */
    size_t n;
} run_words;

/* Split a line as a shell does: blanks between words; '...' as it is; "..." with \" and \\;
 * \ before a character outside of quotes. Nothing is replaced. errors CONFIG (a quote does not
 * end), NOMEM owns   *out: run_words_deinit, also after an error */
SWP_CHECKED swp_status run_words_split(const char *line, run_words *out, swp_err *err);
void run_words_deinit(run_words *words);

/* Add a copy of a word. errors NOMEM */
SWP_CHECKED swp_status run_words_add(run_words *words, const char *text, size_t length,
                                     swp_err *err);

/* What follows in a text up to the next ${name}: `plain` bytes ("$${" counts as two: the caller
 * drops the first), then the name. */
typedef struct run_place {
    const char *name; /* NULL: the text ends without one */
    size_t plain, name_length;
    const char *rest; /* after the brace */
} run_place;

/* Find the next ${name}. errors CONFIG (a brace does not end) */
SWP_CHECKED swp_status run_place_find(const char *text, run_place *out, swp_err *err);

/* Add text without the first of the two dollars of "$${". */
void run_place_add_plain(swp_buf *out, const char *text, size_t length);

#endif
