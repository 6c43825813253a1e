#include "runner/progress.h"

#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "engine/base/mem.h"
#include "engine/base/str.h"
#include "runner/host.h"

#define INTERVAL_S 0.2
#define MAX_LINES  32u /* of a frame: the bar and the trainings that run */
#define BAR_WIDTH  30u

typedef struct item {
    run_progress_item info;
    bool running;
    double started;  /* when this process began with it */
    double own_cost; /* of the epochs done since then */
    double train_loss, val_loss;
} item;

struct run_progress {
    int fd;
    run_progress_mode mode;
    bool colour;
    item *items;
    size_t n;
    double started, drawn; /* clock */
    double cost_total;     /* of all epochs that were still to do */
    double cost_done;      /* of those done since */
    size_t n_drawn;        /* lines on the screen, to be drawn over */
};

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

/* Progress is a courtesy: a terminal that went away must not stop the work. */
static void write_buf(const run_progress *p, swp_buf *buf)
{
    size_t done = 0;
    while (!buf->failed && done < buf->length) {
        ssize_t n = write(p->fd, buf->text + done, buf->length - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            break;
        done += (size_t)n;
    }
    swp_buf_deinit(buf);
}

static struct winsize terminal_size(const run_progress *p)
{
    struct winsize size;
    if (ioctl(p->fd, TIOCGWINSZ, &size) != 0)
        size = (struct winsize){0};
    size.ws_row = size.ws_row ? size.ws_row : 24;
    size.ws_col = size.ws_col ? size.ws_col : 80;
    return size;
}

/* Lines that a frame may have: one more, where the cursor rests, and the screen would scroll, so
 * that its first line could not be reached again. */
static size_t most_lines(struct winsize size)
{
    size_t most = size.ws_row > 2 ? size.ws_row - 1u : 1;
    return most < MAX_LINES ? most : MAX_LINES;
}

/* One line, cut to the width: counted in UTF-8 sequences, and never at the last column, where some
 * terminals wrap. */
static void add_line(swp_buf *frame, const char *text, size_t width)
{
    size_t columns = 0, n = 0;
    for (; text[n]; n++) {
        bool begins = ((unsigned char)text[n] & 0xc0) != 0x80;
        if (begins && ++columns >= width)
            break;
    }
    swp_buf_add(frame, text, n);
    swp_buf_puts(frame, "\x1b[K\n");
}

/* Seconds until all is done: at the rate so far, but not before the longest running training. */
static double time_left(const run_progress *p, double now)
{
    if (p->cost_done <= 0 || p->cost_done >= p->cost_total)
        return (double)NAN;
    double left = (p->cost_total - p->cost_done) * (now - p->started) / p->cost_done;
    for (size_t i = 0; i < p->n; i++) {
        const item *t = &p->items[i];
        if (!t->running || t->own_cost <= 0)
            continue;
        double rest = (double)(t->info.max_epochs - t->info.epochs_done) * t->info.cost;
        left = fmax(left, rest * (now - t->started) / t->own_cost);
    }
    return left;
}

static void format_bar(const run_progress *p, double now, char *out, size_t size)
{
    char bar[BAR_WIDTH + 1], left[32] = "", elapsed[32];
    double share = p->cost_total > 0 ? p->cost_done / p->cost_total : 1;
    size_t full = (size_t)(share * BAR_WIDTH + 0.5);
    for (size_t i = 0; i < BAR_WIDTH; i++)
        bar[i] = i < full ? '#' : '.';
    bar[BAR_WIDTH] = '\0';
    double seconds = time_left(p, now);
    if (isfinite(seconds))
        run_format_duration(seconds, left, sizeof left);
    snprintf(out, size, "[%s] %3.0f%%  %s elapsed%s%s%s", bar, floor(share * 100),
             run_format_duration(now - p->started, elapsed, sizeof elapsed), *left ? ", " : "",
             left, *left ? " left" : "");
}

static void format_item(const run_progress *p, size_t i, double now, char *out, size_t size)
{
    const item *t = &p->items[i];
    int n = snprintf(out, size, "  %zu/%zu %s%sepoch %zu/%zu", i + 1, p->n, t->info.label,
                     *t->info.label ? "  " : "", t->info.epochs_done, t->info.max_epochs);
    if (t->own_cost <= 0 || n < 0 || n >= (int)size)
        return;
    char left[32];
    double rest = (double)(t->info.max_epochs - t->info.epochs_done) * t->info.cost;
    snprintf(out + n, size - (size_t)n, "  train %.4g  val %.4g  %s left", t->train_loss,
             t->val_loss,
             run_format_duration(rest * (now - t->started) / t->own_cost, left, sizeof left));
}

/* Go back to the frame's first line; what is drawn next covers it. */
static void begin_frame(const run_progress *p, swp_buf *frame)
{
    if (p->n_drawn > 0)
        swp_buf_printf(frame, "\x1b[%zuA\r", p->n_drawn);
}

static void draw(run_progress *p, bool with_items)
{
    char text[512];
    swp_buf frame = {0};
    double now = run_clock();
    struct winsize size = terminal_size(p);
    size_t width = size.ws_col, n_lines = 1;
    begin_frame(p, &frame);
    format_bar(p, now, text, sizeof text);
    swp_buf_puts(&frame, p->colour ? "\x1b[32m" : "");
    add_line(&frame, text, width);
    swp_buf_puts(&frame, p->colour ? "\x1b[0m" : "");
    for (size_t i = 0; i < p->n && with_items && n_lines < most_lines(size); i++) {
        if (!p->items[i].running)
            continue;
        format_item(p, i, now, text, sizeof text);
        add_line(&frame, text, width);
        n_lines++;
    }
    swp_buf_puts(&frame, "\x1b[J");
    write_buf(p, &frame);
    p->n_drawn = n_lines;
    p->drawn = now;
}

swp_status run_progress_create(int fd, run_progress_mode mode, bool colour,
                               const run_progress_item *items, size_t n, run_progress **out,
                               swp_err *err)
{
    run_progress *p = swp_alloc(1, sizeof *p);
    item *copies = swp_alloc(n, sizeof *copies);
    if (!p || !copies) {
        swp_free(p);
        swp_free(copies);
        return swp_fail(err, SWP_NOMEM, "out of memory for %zu trainings", n);
    }
    *p = (run_progress){.fd = fd, .mode = mode, .colour = colour, .items = copies, .n = n};
    p->started = run_clock();
    for (size_t i = 0; i < n; i++) {
        p->items[i].info = items[i];
        p->cost_total += (double)(items[i].max_epochs - items[i].epochs_done) * items[i].cost;
    }
    if (mode == RUN_PROGRESS_TERMINAL) {
        swp_buf hide = {0};
        swp_buf_puts(&hide, "\x1b[?25l");
        write_buf(p, &hide);
        draw(p, true);
    }
    *out = p;
    return SWP_OK;
}

void run_progress_destroy(run_progress *p)
{
    if (!p)
        return;
    if (p->mode == RUN_PROGRESS_TERMINAL) {
        draw(p, false);
        swp_buf show = {0};
        swp_buf_puts(&show, "\x1b[?25h");
        write_buf(p, &show);
    }
    swp_free(p->items);
    swp_free(p);
}

void run_progress_start(run_progress *p, size_t training)
{
    item *t = &p->items[training];
    t->running = true;
    t->started = run_clock();
    t->own_cost = 0;
}

static void add_name(const run_progress *p, size_t training, swp_buf *line)
{
    const char *label = p->items[training].info.label;
    swp_buf_printf(line, "training %zu/%zu%s%s: ", training + 1, p->n, *label ? " " : "", label);
}

static void print_plain(const run_progress *p, size_t training, const res_epoch *epoch)
{
    swp_buf line = {0};
    add_name(p, training, &line);
    swp_buf_printf(&line, "epoch %zu/%zu train %.2f val %.2f (%.1f s)\n", epoch->epoch,
                   p->items[training].info.max_epochs, epoch->train_loss, epoch->val_loss,
                   epoch->train_s + epoch->eval_s);
    write_buf(p, &line);
}

void run_progress_epoch(run_progress *p, size_t training, const res_epoch *epoch)
{
    item *t = &p->items[training];
    t->info.epochs_done = epoch->epoch;
    t->train_loss = epoch->train_loss;
    t->val_loss = epoch->val_loss;
    t->own_cost += t->info.cost;
    p->cost_done += t->info.cost;
    if (p->mode == RUN_PROGRESS_PLAIN)
        print_plain(p, training, epoch);
}

void run_progress_end(run_progress *p, size_t training)
{
    p->items[training].running = false;
}

void run_progress_note(run_progress *p, const char *text)
{
    swp_buf line = {0};
    begin_frame(p, &line);
    swp_buf_printf(&line, "%s%s\n", text, p->mode == RUN_PROGRESS_TERMINAL ? "\x1b[J" : "");
    write_buf(p, &line);
    p->n_drawn = 0;
    if (p->mode == RUN_PROGRESS_TERMINAL)
        draw(p, true);
}

void run_progress_note_training(run_progress *p, size_t training, const char *text)
{
    swp_buf line = {0};
    add_name(p, training, &line);
    swp_buf_puts(&line, text);
    if (!line.failed)
        run_progress_note(p, line.text);
    swp_buf_deinit(&line);
}

void run_progress_draw(run_progress *p)
{
    if (p->mode == RUN_PROGRESS_TERMINAL && run_clock() - p->drawn >= INTERVAL_S)
        draw(p, true);
}

double run_progress_interval(const run_progress *p)
{
    return p->mode == RUN_PROGRESS_TERMINAL ? INTERVAL_S : 0;
}
