/* Lines out of a stream of bytes, with a fixed amount of memory. */
#ifndef RUN_LINES_H
#define RUN_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "engine/base/err.h"

#define RUN_LONGEST_LINE 65536u /* bytes; what is longer is dropped */

/* Zero-initialise, but for `ends`. */
typedef struct run_lines {
    const char *ends; /* the characters that end a line */
    char *bytes;
    size_t begin, end; /* of what was not taken yet */
    size_t seen;       /* up to here there is no end of a line */
    bool is_skipping;  /* the rest of a long line is dropped */
    size_t too_long;   /* lines that were dropped */
} run_lines;

/* errors NOMEM   owns   run_lines_deinit */
SWP_CHECKED swp_status run_lines_init(run_lines *lines, const char *ends, swp_err *err);
void run_lines_deinit(run_lines *lines);

/* Read once from a descriptor after what is there. Returns what read returned; *part and *n are
 * the bytes that came. Called when no line is left. */
ssize_t run_lines_read(run_lines *lines, int fd, const char **part);

/* The next line, NUL-terminated and without its end, or NULL. Borrowed until the next read. */
char *run_lines_next(run_lines *lines);

/* Forget what is there. */
void run_lines_drop(run_lines *lines);

/* What is left without an end, or NULL. */
char *run_lines_rest(run_lines *lines);

#endif
