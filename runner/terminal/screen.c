/* Redrawing the last lines of a terminal: the cursor goes up over the frame before, lines are
 * overwritten and cleared to their ends. Lines are cut to the width, because a wrapped line could
 * not be overwritten. */
#include "runner/terminal/screen.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

char *run_format_duration(double seconds, char *out, size_t size)
{
    long s = (long)ceil(seconds);
    if (seconds < 9.95)
        snprintf(out, size, "%.1f s", seconds);
    else if (s < 60)
        snprintf(out, size, "%ld s", s);
    else if (s < 3600)
        snprintf(out, size, "%ld:%02ld", s / 60, s % 60);
    else if (s < 86400)
        snprintf(out, size, "%ld:%02ld:%02ld", s / 3600, s / 60 % 60, s % 60);
    else
        snprintf(out, size, "%ld d %02ld:%02ld", s / 86400, s / 3600 % 24, s / 60 % 60);
    return out;
}

void run_screen_write(int fd, swp_buf *buf)
{
    size_t done = 0;
    if (buf->text) {
        swp_show_unseen(buf->text);
        buf->length = strlen(buf->text);
    }
    while (!buf->failed && done < buf->length) {
        ssize_t n = write(fd, buf->text + done, buf->length - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            break;
        done += (size_t)n;
    }
    swp_buf_deinit(buf);
}

static void measure(run_screen *screen)
{
    struct winsize size;
    if (ioctl(screen->fd, TIOCGWINSZ, &size) != 0)
        size = (struct winsize){0};
    screen->rows = size.ws_row ? size.ws_row : 24;
    screen->columns = size.ws_col ? size.ws_col : 80;
}

/* A terminal that became narrower since has wrapped the lines that are longer. */
static size_t rows_taken(const run_screen *screen)
{
    size_t rows = 0;
    for (size_t i = 0; i < screen->n; i++)
        rows += 1 + (screen->widths[i] > 0 ? (screen->widths[i] - 1) / screen->columns : 0);
    return rows;
}

void run_screen_begin(run_screen *screen, swp_buf *frame)
{
    measure(screen);
    size_t up = rows_taken(screen);
    if (up > 0)
        swp_buf_printf(frame, "\x1b[%zuA\r", up);
    screen->n = 0;
}

size_t run_screen_room(const run_screen *screen)
{
    size_t most = screen->rows > 2 ? screen->rows - 1 : 1;
    if (most > RUN_SCREEN_LINES)
        most = RUN_SCREEN_LINES;
    return most - screen->n;
}

/* Bytes of a colour at `text`, or 0. */
static size_t colour_length(const char *text)
{
    if (text[0] != '\x1b' || text[1] != '[')
        return 0;
    size_t n = 2;
    while (text[n] && text[n] != 'm')
        n++;
    return text[n] ? n + 1 : n;
}

/* Counted in UTF-8 sequences, and never at the last column, where some terminals wrap. */
void run_screen_add(run_screen *screen, swp_buf *frame, const char *text)
{
    size_t columns = 0;
    bool is_cut = false;
    if (run_screen_room(screen) == 0)
        return;
    while (*text) {
        size_t colour = colour_length(text), step = colour ? colour : 1;
        bool begins = colour == 0 && ((unsigned char)*text & 0xc0) != 0x80;
        is_cut |= begins && columns + 1 >= screen->columns;
        if (!is_cut || colour > 0)
            swp_buf_add(frame, text, step);
        columns += begins && !is_cut;
        text += step;
    }
    swp_buf_puts(frame, "\x1b[K\n");
    screen->widths[screen->n++] = columns;
}

void run_screen_end(run_screen *screen, swp_buf *frame)
{
    swp_buf_puts(frame, "\x1b[J");
    run_screen_write(screen->fd, frame);
}
