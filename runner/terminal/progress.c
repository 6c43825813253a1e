/* Progress of a run. Every item (a trial) is a line while it runs; the bar counts the cost of all
 * steps, those of earlier runs too, and the time left is forecast from the pace of the steps of
 * this run. On a terminal a frame is redrawn in place a few times a second; elsewhere each step is
 * one line. */
#include "runner/terminal/progress.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/mem.h"
#include "engine/base/str.h"
#include "runner/process/host.h"
#include "runner/terminal/forecast.h"
#include "runner/terminal/screen.h"

#define INTERVAL_S 0.2

typedef struct item {
    run_progress_item info;
    bool running, was_stopped;
    double started, last; /* when this process began it; when its last step arrived */
    size_t n_own;         /* steps done since then */
    bool is_open;         /* its number of steps is not known: it counts as one when it ends */
    bool has_ended;       /* open ones: it is counted */
    double own_s;         /* seconds of a worker that they took */
    char values[96];      /* "train_loss 12.3  val_loss 14.5" of the last step */
} item;

struct run_progress {
    run_screen screen;
    bool holds;
    swp_buf held; /* lines that run_progress_release shows */
    run_progress_mode mode;
    bool colour;
    size_t workers;
    item *items;
    run_pace *paces; /* room for one of each item */
    size_t n, total;
    double started, drawn; /* clock */
    double cost_total;     /* of all epochs */
    double cost_done;      /* of those done, by earlier runs too */
    const char *objective; /* of run_progress_look, and its best value so far */
    bool maximize;
    double best;
    size_t best_trial;
};

/* Progress is a courtesy: a terminal that went away must not stop the work. */
static void write_buf(const run_progress *p, swp_buf *buf)
{
    run_screen_write(p->screen.fd, buf);
}

/* The pace of a trial that is as good as one step. */
static run_pace pace_of_open(const item *t, double now)
{
    return (run_pace){
        .cost = t->info.cost,
        .left = t->has_ended ? 0 : 1,
        .epoch_s = t->has_ended ? t->last - t->started : 0,
        .wall_s = t->running ? now - t->started : 0,
    };
}

/* 0 for a trial that is stopped, or that has more steps than were asked for: another revision
 * wanted them. */
static size_t epochs_left(const item *t)
{
    bool has_more = t->info.max_epochs > t->info.epochs_done && t->info.state != RES_STOPPED;
    return has_more ? t->info.max_epochs - t->info.epochs_done : 0;
}

static double cost_left(const item *t)
{
    if (t->is_open)
        return t->has_ended ? 0 : t->info.cost;
    return (double)epochs_left(t) * t->info.cost;
}

/* Count a new trial: what is left of it, and what earlier runs did. */
static void count_cost(run_progress *p, const item *t)
{
    size_t most = t->is_open ? 1 : t->info.max_epochs;
    size_t done = t->is_open ? t->has_ended : t->info.epochs_done;
    double cost = (double)(done < most ? done : most) * t->info.cost;
    p->cost_done += cost;
    p->cost_total += cost + cost_left(t);
}

/* Seconds until all is done, by the epochs of this run; NAN before the first. */
static double time_left(const run_progress *p, double now)
{
    for (size_t i = 0; i < p->n; i++) {
        const item *t = &p->items[i];
        if (t->is_open) {
            p->paces[i] = pace_of_open(t, now);
            continue;
        }
        double n_own = (double)t->n_own;
        p->paces[i] = (run_pace){
            .cost = t->info.cost,
            .left = epochs_left(t),
            .epoch_s = t->n_own > 0 ? t->own_s / n_own : 0,
            .wall_s = t->n_own > 0 && t->running ? (t->last - t->started) / n_own : 0,
        };
        /* The epoch that runs takes at least as long as it has run. */
        if (t->running && t->n_own == 0 && t->info.max_epochs > t->info.epochs_done)
            p->paces[i].wall_s = now - t->started;
    }
    return run_forecast(p->paces, p->n, p->workers);
}

enum { MOST_BAR = 30, LEAST_BAR = 10, BESIDE_BAR = 45 };

static size_t bar_width(size_t columns)
{
    if (columns < BESIDE_BAR + LEAST_BAR)
        return LEAST_BAR;
    return columns > BESIDE_BAR + MOST_BAR ? MOST_BAR : columns - BESIDE_BAR;
}

static void format_bar(const run_progress *p, double now, char *out, size_t size)
{
    char bar[MOST_BAR + 1], left[32] = "", elapsed[32];
    double share = p->cost_total > 0 ? p->cost_done / p->cost_total : 1;
    size_t width = bar_width(p->screen.columns), full = (size_t)(share * (double)width + 0.5);
    for (size_t i = 0; i < width; i++)
        bar[i] = i < full ? '#' : '.';
    bar[width] = '\0';
    double seconds = p->cost_done < p->cost_total ? time_left(p, now) : (double)NAN;
    if (isfinite(seconds))
        run_format_duration(seconds, left, sizeof left);
    snprintf(out, size, "%s[%s] %3.0f%%  %s elapsed%s%s%s%s", p->colour ? "\x1b[32m" : "", bar,
             floor(share * 100), run_format_duration(now - p->started, elapsed, sizeof elapsed),
             *left ? ", " : "", left, *left ? " left" : "", p->colour ? "\x1b[0m" : "");
}

static void format_item(const run_progress *p, size_t i, char *out, size_t size)
{
    const item *t = &p->items[i];
    if (t->is_open) {
        snprintf(out, size, "  %zu/%zu %s%sstep %zu  %s", i + 1, p->total, t->info.label,
                 *t->info.label ? "  " : "", t->info.epochs_done, t->values);
        return;
    }
    int n = snprintf(out, size, "  %zu/%zu %s%sepoch %zu/%zu", i + 1, p->total, t->info.label,
                     *t->info.label ? "  " : "", t->info.epochs_done, t->info.max_epochs);
    if (t->n_own == 0 || n < 0 || n >= (int)size)
        return;
    char left[32];
    double wall_s = (t->last - t->started) / (double)t->n_own;
    double rest = (double)(t->info.max_epochs - t->info.epochs_done) * wall_s;
    snprintf(out + n, size - (size_t)n, "%s%s  %s left", *t->values ? "  " : "", t->values,
             run_format_duration(rest, left, sizeof left));
}

/* "  12/40 done, 9 stopped, 3 promoted, 1 failed; best val_loss 12.21 (trial 17)": within 80
 * columns. */
static void format_tally(const run_progress *p, char *out, size_t size)
{
    size_t n_done = 0, n_stopped = 0, n_promoted = 0, n_failed = 0;
    for (size_t i = 0; i < p->n; i++) {
        const item *t = &p->items[i];
        n_done += t->info.state == RES_DONE;
        n_stopped += t->info.state == RES_STOPPED;
        n_failed += t->info.state == RES_FAILED;
        n_promoted += t->was_stopped && t->info.state != RES_STOPPED;
    }
    swp_buf text = {0};
    swp_buf_printf(&text, "  %zu/%zu done", n_done, p->total);
    if (n_stopped > 0)
        swp_buf_printf(&text, ", %zu stopped", n_stopped);
    if (n_promoted > 0)
        swp_buf_printf(&text, ", %zu promoted", n_promoted);
    if (n_failed > 0)
        swp_buf_printf(&text, ", %zu failed", n_failed);
    if (!isnan(p->best))
        swp_buf_printf(&text, "; best %.24s %.5g (trial %zu)", p->objective, p->best,
                       p->best_trial + 1);
    snprintf(out, size, "%s", text.failed ? "" : text.text);
    swp_buf_deinit(&text);
}

static size_t count_running(const run_progress *p)
{
    size_t n = 0;
    for (size_t i = 0; i < p->n; i++)
        n += p->items[i].running;
    return n;
}

/* Where the screen has no room for all that run, the last line says how many are not shown. */
static void draw(run_progress *p, bool with_items)
{
    char text[512];
    swp_buf frame = {0};
    double now = run_clock();
    size_t n_hidden = with_items ? count_running(p) : 0;
    run_screen_begin(&p->screen, &frame);
    format_bar(p, now, text, sizeof text);
    run_screen_add(&p->screen, &frame, text);
    if (p->objective) {
        format_tally(p, text, sizeof text);
        run_screen_add(&p->screen, &frame, text);
    }
    for (size_t i = 0; i < p->n && n_hidden > 0; i++) {
        size_t room = run_screen_room(&p->screen);
        if (!p->items[i].running)
            continue;
        if (room == 0 || (room == 1 && n_hidden > 1))
            break;
        format_item(p, i, text, sizeof text);
        run_screen_add(&p->screen, &frame, text);
        n_hidden--;
    }
    if (n_hidden > 0 && run_screen_room(&p->screen) > 0) {
        snprintf(text, sizeof text, "  and %zu more running", n_hidden);
        run_screen_add(&p->screen, &frame, text);
    }
    run_screen_end(&p->screen, &frame);
    p->drawn = now;
}

swp_status run_progress_create(const run_progress_look *look, const run_progress_item *items,
                               size_t n, run_progress **out, swp_err *err)
{
    run_progress *p = swp_alloc(1, sizeof *p);
    item *copies = swp_alloc(n, sizeof *copies);
    run_pace *paces = swp_alloc(n, sizeof *paces);
    if (!p || !copies || !paces) {
        swp_free(p);
        swp_free(copies);
        swp_free(paces);
        return swp_fail(err, SWP_NOMEM, "out of memory for %zu trials", n);
    }
    *p = (run_progress){.screen = {.fd = look->fd},
                        .mode = look->mode,
                        .colour = look->colour,
                        .workers = look->workers,
                        .items = copies,
                        .paces = paces,
                        .n = n,
                        .total = look->total > n ? look->total : n,
                        .started = run_clock(),
                        .objective = look->objective,
                        .maximize = look->maximize,
                        .best = look->objective ? look->best : (double)NAN,
                        .best_trial = look->best_trial};
    for (size_t i = 0; i < n; i++) {
        p->items[i].info = items[i];
        p->items[i].was_stopped = items[i].state == RES_STOPPED;
        p->items[i].is_open = items[i].max_epochs == RES_UNLIMITED;
        p->items[i].has_ended = p->items[i].is_open && items[i].state == RES_DONE;
        count_cost(p, &p->items[i]);
    }
    if (p->mode == RUN_PROGRESS_TERMINAL) {
        swp_buf hide = {0};
        swp_buf_puts(&hide, "\x1b[?25l");
        write_buf(p, &hide);
        draw(p, true);
    }
    *out = p;
    return SWP_OK;
}

swp_status run_progress_add(run_progress *p, const run_progress_item *info, swp_err *err)
{
    item *items = swp_resize(p->items, p->n + 1, sizeof *items);
    p->items = items ? items : p->items;
    run_pace *paces = swp_resize(p->paces, p->n + 1, sizeof *paces);
    p->paces = paces ? paces : p->paces;
    if (!items || !paces)
        return swp_fail(err, SWP_NOMEM, "out of memory for %zu trials", p->n + 1);
    items[p->n] = (item){.info = *info, .was_stopped = info->state == RES_STOPPED};
    count_cost(p, &items[p->n++]);
    p->total = p->total > p->n ? p->total : p->n;
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
    swp_buf_deinit(&p->held);
    swp_free(p->items);
    swp_free(p->paces);
    swp_free(p);
}

/* Show lines above the bar, now or when they are released. */
static void show_lines(run_progress *p, swp_buf *lines)
{
    bool redraws = p->mode == RUN_PROGRESS_TERMINAL && !p->holds;
    swp_buf frame = {0}, *out = p->holds ? &p->held : &frame;
    if (redraws)
        run_screen_begin(&p->screen, out);
    swp_buf_add(out, lines->text, lines->length);
    swp_buf_deinit(lines);
    write_buf(p, &frame);
    if (redraws)
        draw(p, true);
}

void run_progress_hold(run_progress *p)
{
    p->holds = true;
}

void run_progress_release(run_progress *p, bool is_recorded)
{
    p->holds = false;
    if (is_recorded && p->held.length > 0)
        show_lines(p, &p->held);
    else
        swp_buf_deinit(&p->held);
}

void run_progress_start(run_progress *p, size_t trial)
{
    item *t = &p->items[trial];
    t->running = true;
    t->started = t->last = run_clock();
    t->n_own = 0;
    t->own_s = 0;
    if (t->has_ended)
        p->cost_done -= t->info.cost;
    t->has_ended = false;
}

static void add_name(const run_progress *p, size_t trial, swp_buf *line)
{
    const char *label = p->items[trial].info.label;
    swp_buf_printf(line, "trial %zu/%zu%s%s: ", trial + 1, p->total, *label ? " " : "", label);
}

/* The first two values of a step by name: more do not fit beside the rest. */
static void format_values(const res_step *step, char *out, size_t size)
{
    size_t n = step->n_values < 2 ? step->n_values : 2, length = 0;
    *out = '\0';
    for (size_t i = 0; i < n && length < size; i++)
        length += (size_t)snprintf(out + length, size - length, "%s%.24s %.5g", i > 0 ? "  " : "",
                                   step->values[i].name, step->values[i].value);
}

static void track_best(run_progress *p, size_t trial, const res_step *step)
{
    for (size_t i = 0; p->objective && i < step->n_values; i++) {
        double value = step->values[i].value;
        bool is_better = isnan(p->best) || (p->maximize ? value > p->best : value < p->best);
        if (!is_better || strcmp(step->values[i].name, p->objective) != 0)
            continue;
        p->best = value;
        p->best_trial = trial;
    }
}

void run_progress_epoch(run_progress *p, size_t trial, const res_step *step)
{
    item *t = &p->items[trial];
    t->info.epochs_done = step->step;
    format_values(step, t->values, sizeof t->values);
    t->last = run_clock();
    t->own_s += step->train_s + step->eval_s;
    t->n_own++;
    track_best(p, trial, step);
    if (t->info.epochs_done >= t->info.max_epochs)
        t->info.state = RES_DONE;
    p->cost_done += t->is_open ? 0 : t->info.cost;
    if (p->mode != RUN_PROGRESS_PLAIN)
        return;
    swp_buf line = {0};
    add_name(p, trial, &line);
    if (t->is_open)
        swp_buf_printf(&line, "step %zu", step->step);
    else
        swp_buf_printf(&line, "epoch %zu/%zu", step->step, t->info.max_epochs);
    swp_buf_printf(&line, " %s%s(%.1f s)\n", t->values, *t->values ? " " : "",
                   step->train_s + step->eval_s);
    show_lines(p, &line);
}

void run_progress_end(run_progress *p, size_t trial)
{
    item *t = &p->items[trial];
    if (t->is_open && t->running && !t->has_ended) {
        t->last = run_clock();
        t->has_ended = true;
        p->cost_done += t->info.cost;
    }
    t->running = false;
}

void run_progress_decide(run_progress *p, size_t trial, res_state state)
{
    item *t = &p->items[trial];
    double before = cost_left(t);
    t->info.state = state;
    p->cost_total += cost_left(t) - before;
    t->was_stopped = t->was_stopped || state == RES_STOPPED;
}

void run_progress_note(run_progress *p, const char *text)
{
    swp_buf line = {0};
    swp_buf_printf(&line, "%s%s\n", text, p->mode == RUN_PROGRESS_TERMINAL ? "\x1b[J" : "");
    show_lines(p, &line);
}

void run_progress_note_trial(run_progress *p, size_t trial, const char *text)
{
    swp_buf line = {0};
    add_name(p, trial, &line);
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
