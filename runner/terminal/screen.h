/* A few lines at the end of a terminal that are drawn over again and again. */
#ifndef RUN_SCREEN_H
#define RUN_SCREEN_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/str.h"

#define RUN_SCREEN_LINES 32u

/* Zero-initialise, but for fd. */
typedef struct run_screen {
    int fd;
    size_t columns, rows;            /* of the terminal when the frame was begun */
    size_t n;                        /* lines on the screen */
    size_t widths[RUN_SCREEN_LINES]; /* columns that each takes */
} run_screen;

/* Begin a frame over the one before; what is added to `frame` takes its place. */
void run_screen_begin(run_screen *screen, swp_buf *frame);

/* Lines that still fit: one more, where the cursor rests, and the terminal would scroll, so that
 * the first line could not be reached again. */
size_t run_screen_room(const run_screen *screen);

/* Add a line, cut to the terminal; nothing when there is no room. Colours are not counted. */
void run_screen_add(run_screen *screen, swp_buf *frame, const char *text);

/* Clear what the previous frame had below, write, and free the frame. */
void run_screen_end(run_screen *screen, swp_buf *frame);

/* Write and free; a terminal that went away is no failure. */
void run_screen_write(int fd, swp_buf *buf);

/* "3.4 s", "43 s", "1:23", "2:03:04" or "1 d 02:03". Returns `out`. */
char *run_format_duration(double seconds, char *out, size_t size);

#endif
