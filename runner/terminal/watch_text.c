/* The progress of an experiment as lines of text: a heading, a bar, one line per trial with a curve
 * of the objective, the best evaluation, failures. Lines that do not fit are counted instead. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/str.h"
#include "results/query/metric.h"
#include "runner/terminal/screen.h"
#include "runner/terminal/watch.h"

enum {
    LABEL_COLUMNS = 24,
    NUMBER_COLUMNS = 49, /* between label and curve */
    LEAST_CURVE = 8,
    MOST_CURVE = 60,
    BAR_COLUMNS = 20,
    MOST_FAILURES = 5
};

/* Where lines go. */
typedef struct drawing {
    const run_watch *watch;
    const run_watch_look *look;
    void (*line)(const char *text, void *context);
    void *context;
    size_t n; /* lines so far */
    bool failed;
} drawing;

SWP_PRINTF(2, 3)
static void put(drawing *d, const char *fmt, ...)
{
    char text[1024];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    swp_show_unseen(text);
    if (d->n++ < d->look->rows)
        d->line(text, d->context);
}

void run_watch_curve(const double *values, size_t n, size_t width, bool ascii, swp_buf *out)
{
    /* Lower one eighth block to full block. */
    static const char *const blocks[] = {"\xe2\x96\x81", "\xe2\x96\x82", "\xe2\x96\x83",
                                         "\xe2\x96\x84", "\xe2\x96\x85", "\xe2\x96\x86",
                                         "\xe2\x96\x87", "\xe2\x96\x88"};
    static const char *const signs[] = {"_", ".", "-", "=", "+", "*", "%", "#"};
    const char *const *heights = ascii ? signs : blocks;
    double least = (double)INFINITY, most = (double)-INFINITY;
    for (size_t i = 0; i < n; i++) {
        least = fmin(least, values[i]); /* which leave out what is not a number */
        most = fmax(most, values[i]);
    }
    size_t columns = n < width ? n : width;
    for (size_t c = 0; c < columns; c++) {
        size_t from = c * n / columns, to = (c + 1) * n / columns;
        double sum = 0;
        for (size_t i = from; i < to; i++)
            sum += values[i];
        double level = most > least ? (sum / (double)(to - from) - least) / (most - least) : 0;
        swp_buf_puts(out, isnan(sum) ? " " : heights[(size_t)fmin(7, floor(8 * level))]);
    }
}

/* All trials that there are to be were proposed, and none waits. */
static bool is_over(const res_study *study)
{
    for (size_t i = 0; i < study->n_trials; i++)
        if (study->trials[i].state == RES_WAITING || study->trials[i].state == RES_RUNNING)
            return false;
    return study->n_trials >= study->n_planned;
}

static void put_head(drawing *d)
{
    const run_watch *w = d->watch;
    const res_experiment *e = &w->study.experiment;
    if (w->running)
        put(d, "%s@%zu: run by %s", e->name, e->revision, w->holder);
    else if (is_over(&w->study))
        put(d, "%s@%zu: finished", e->name, e->revision);
    else
        put(d, "%s@%zu: not running; `sweep run %s` continues", e->name, e->revision, e->ini_path);
}

static void put_bar(drawing *d)
{
    const run_watch *w = d->watch;
    const res_experiment *e = &w->study.experiment;
    char bar[BAR_COLUMNS + 1], failed[32] = "", elapsed[32], left[32], times[96] = "";
    size_t full = (size_t)(w->share * BAR_COLUMNS + 0.5);
    for (size_t i = 0; i < BAR_COLUMNS; i++)
        bar[i] = i < full ? '#' : '.';
    bar[BAR_COLUMNS] = '\0';
    if (e->n_trials_failed > 0)
        snprintf(failed, sizeof failed, ", %zu FAILED", e->n_trials_failed);
    if (isfinite(w->elapsed_s))
        snprintf(times, sizeof times, "; %s",
                 run_format_duration(w->elapsed_s, elapsed, sizeof elapsed));
    if (isfinite(w->left_s))
        snprintf(times + strlen(times), sizeof times - strlen(times), ", %s left",
                 run_format_duration(w->left_s, left, sizeof left));
    char readings[64] = "";
    if (!w->study.of_command)
        snprintf(readings, sizeof readings, ", evaluations %zu/%zu", e->n_evaluations_done,
                 e->n_evaluations);
    put(d, "[%s] %3.0f%%  trials %zu/%zu%s%s%s", bar, floor(100 * w->share), e->n_trials_done,
        e->n_trials, failed, readings, times);
}

/* Whether the study says something of a search: trials were proposed, or some were stopped. */
static bool is_search(const run_watch *w)
{
    bool found = w->study.is_search;
    for (size_t i = 0; i < w->study.n_trials && !found; i++)
        found = w->study.trials[i].state == RES_STOPPED;
    return found;
}

/* Trials that went on beyond the first step count where others were stopped. */
static size_t count_promoted(const res_study *study)
{
    size_t first = SIZE_MAX, n = 0;
    for (size_t i = 0; i < study->n_trials; i++)
        if (study->trials[i].state == RES_STOPPED && study->trials[i].n_steps < first)
            first = study->trials[i].n_steps;
    for (size_t i = 0; i < study->n_trials; i++)
        n += study->trials[i].n_steps > first && !study->trials[i].is_confirm;
    return n;
}

/* "search: 31 of 40 trials, 9 stopped, 3 promoted; best val_loss 12.21 @ 25 (trial 17)". */
static void put_search(drawing *d)
{
    const res_study *study = &d->watch->study;
    const res_standing *standing = &d->watch->standing;
    size_t n_stopped = 0;
    char best[96] = "", promoted[48] = "";
    if (!is_search(d->watch))
        return;
    if (study->promotes)
        snprintf(promoted, sizeof promoted, ", %zu promoted", count_promoted(study));
    for (size_t i = 0; i < study->n_trials; i++)
        n_stopped += study->trials[i].state == RES_STOPPED;
    if (standing->n > 0) {
        size_t t = standing->order[0];
        snprintf(best, sizeof best, "; best %.24s %.5g @ %zu (trial %zu)",
                 res_objective_name(study), standing->of[t], standing->at[t],
                 study->trials[t].number);
    }
    put(d, "search: %zu of %zu trials, %zu stopped%s%s", study->n_trials, study->n_planned,
        n_stopped, promoted, best);
}

/* The last bytes of a name are those in which neighbours differ. */
static const char *end_of(const char *name, size_t most)
{
    size_t length = strlen(name);
    return length <= most ? name : name + length - most;
}

static const char *metric_name(const run_watch *w, size_t i)
{
    return i < w->n_shown ? w->study.step_metrics[w->shown[i]].name : "";
}

static void put_titles(drawing *d)
{
    const run_watch *w = d->watch;
    const char *objective = w->study.step_metrics[w->study.objective].name;
    put(d, "%s", "");
    put(d, "  %-*s %8s %10s %10s %16s  %s", LABEL_COLUMNS, "trial", "epochs",
        end_of(metric_name(w, 0), 10), end_of(metric_name(w, 1), 10), "best", objective);
}

static void put_trial(drawing *d, size_t i)
{
    const run_watch *w = d->watch;
    const res_trial *t = &w->study.trials[i];
    char epochs[48], numbers[2][SWP_NUMBER_SIZE] = {"", ""}, best[64] = "-", label[64];
    size_t columns = d->look->columns, beside = 2 + LABEL_COLUMNS + NUMBER_COLUMNS, step;
    size_t width = columns > beside + LEAST_CURVE ? columns - beside : LEAST_CURVE;
    swp_buf curve = {0};
    swp_buf_puts(&curve, "");
    if (run_watch_is_open(t))
        snprintf(epochs, sizeof epochs, "%zu", t->n_steps);
    else
        snprintf(epochs, sizeof epochs, "%zu/%zu", t->n_steps, t->budget);
    snprintf(label, sizeof label, "trial %zu", t->number);
    for (size_t k = 0; k < w->n_shown; k++) {
        double last = t->n_steps > 0 ? res_series(t, w->shown[k])[t->n_steps - 1] : (double)NAN;
        snprintf(numbers[k], sizeof numbers[k], isnan(last) ? "-" : "%.4g", last);
    }
    double value = run_watch_best(w, i, &step);
    if (step > 0) {
        snprintf(best, sizeof best, "%.4g @ %zu", value, step);
        run_watch_curve(res_series(t, w->study.objective), t->n_steps,
                        width < MOST_CURVE ? width : MOST_CURVE, d->look->ascii, &curve);
    }
    d->failed |= curve.failed;
    if (!curve.failed)
        put(d, "%s %-*s %8s %10s %10s %16s%s%s",
            w->is_under_way[i]        ? ">"
            : t->state == RES_STOPPED ? "-"
                                      : " ",
            LABEL_COLUMNS, *t->label ? end_of(t->label, LABEL_COLUMNS) : label, epochs, numbers[0],
            numbers[1], best, curve.length > 0 ? "  " : "", curve.text);
    swp_buf_deinit(&curve);
}

/* The metric that made it the best, and those of a plain report that depend on the threshold. */
static void put_best(drawing *d)
{
    const run_watch *w = d->watch;
    const res_evaluation *e = &w->best;
    if (!w->has_best)
        return;
    const res_trial *t = &w->study.trials[e->trial];
    const res_metric_info ranking = res_metric_at(&w->study, w->ranking);
    char threshold[RES_THRESHOLD_TEXT_SIZE], number[SWP_NUMBER_SIZE];
    swp_buf line = {0};
    for (size_t m = 0; m < res_metric_count(&w->study); m++) {
        const res_metric_info info = res_metric_at(&w->study, m);
        bool beside = ranking.needs_threshold && info.needs_threshold && !info.wide;
        if (m != w->ranking && !beside)
            continue;
        res_metric_format(info.style, res_metric_of(&w->study, e, m), false, number);
        swp_buf_printf(&line, "%s%s %s", line.length > 0 ? ", " : "", info.title, number);
    }
    put(d, "%s", "");
    if (w->study.of_command) {
        put(d, "best trial so far by %s: %zu%s%s%s", ranking.title, t->number,
            *t->label ? " (" : "", t->label, *t->label ? ")" : "");
        put(d, "  %s", line.failed ? "" : line.text);
        d->failed |= line.failed;
        swp_buf_deinit(&line);
        return;
    }
    put(d, "best evaluation so far by %s%s: %u (trial %zu%s%s, epochs=%u%s%s)", ranking.title,
        ranking.needs_threshold ? ", chosen on the test set" : "", e->number, t->number,
        *t->label ? ", " : "", t->label, e->epochs, ranking.needs_threshold ? ", threshold=" : "",
        ranking.needs_threshold ? res_threshold_format(e->threshold, threshold) : "");
    put(d, "  %s", line.failed ? "" : line.text);
    d->failed |= line.failed;
    swp_buf_deinit(&line);
}

static void put_failures(drawing *d)
{
    const res_study *s = &d->watch->study;
    size_t n = 0;
    for (size_t i = 0; i < s->n_trials; i++) {
        const res_trial *t = &s->trials[i];
        if (t->state != RES_FAILED || n++ >= MOST_FAILURES)
            continue;
        put(d, "FAILED: trial %zu%s%s%s after %zu %s: %s", t->number, *t->label ? " (" : "",
            t->label, *t->label ? ")" : "", t->n_steps, res_step_name(s, t->n_steps),
            t->reason ? t->reason : "");
    }
    if (n > MOST_FAILURES)
        put(d, "... and %zu more", n - MOST_FAILURES);
}

/* How many lines there are besides the trials. */
static size_t count_others(const run_watch *w)
{
    size_t n_failed = w->study.experiment.n_trials_failed;
    size_t failures = n_failed > MOST_FAILURES ? MOST_FAILURES + 1 : n_failed;
    return 4u + (is_search(w) ? 1u : 0u) + (w->has_best ? 3u : 0u) + failures;
}

swp_status run_watch_draw(const run_watch *watch, const run_watch_look *look,
                          void (*line)(const char *text, void *context), void *context,
                          swp_err *err)
{
    drawing d = {.watch = watch, .look = look, .line = line, .context = context};
    size_t others = count_others(watch);
    size_t room = look->rows > others ? look->rows - others : 0;
    put_head(&d);
    put_bar(&d);
    put_search(&d);
    put_titles(&d);
    size_t n = watch->study.n_trials;
    for (size_t i = 0; i < n && i < room; i++) {
        bool cut = i + 1 == room && n > room;
        if (cut)
            put(&d, "  ... and %zu more", n - i);
        else
            put_trial(&d, watch->order[i]);
    }
    put_best(&d);
    put_failures(&d);
    return d.failed ? swp_fail(err, SWP_NOMEM, "out of memory") : SWP_OK;
}
