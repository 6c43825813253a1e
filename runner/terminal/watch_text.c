/* A picture of how an experiment goes, in lines of text. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/str.h"
#include "runner/terminal/screen.h"
#include "runner/terminal/watch.h"

enum {
    LABEL_COLUMNS = 24,
    FIGURE_COLUMNS = 45, /* between label and curve */
    LEAST_CURVE = 8,
    MOST_CURVE = 60,
    BAR_COLUMNS = 20,
    MOST_FAILURES = 5
};

/* Lines on their way to the one who wants them. */
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
        least = fmin(least, values[i]);
        most = fmax(most, values[i]);
    }
    size_t columns = n < width ? n : width;
    for (size_t c = 0; c < columns; c++) {
        size_t from = c * n / columns, to = (c + 1) * n / columns;
        double sum = 0;
        for (size_t i = from; i < to; i++)
            sum += values[i];
        double level = most > least ? (sum / (double)(to - from) - least) / (most - least) : 0;
        swp_buf_puts(out, heights[(size_t)fmin(7, floor(8 * level))]);
    }
}

static void put_head(drawing *d)
{
    const run_watch *w = d->watch;
    const res_experiment *e = &w->experiment;
    bool is_over = e->n_trials_done + e->n_trials_failed == e->n_trials;
    if (w->running)
        put(d, "%s@%zu: run by %s", e->name, e->revision, w->holder);
    else if (is_over)
        put(d, "%s@%zu: finished", e->name, e->revision);
    else
        put(d, "%s@%zu: not running; `sweep run %s` continues", e->name, e->revision, e->ini_path);
}

static void put_bar(drawing *d)
{
    const run_watch *w = d->watch;
    const res_experiment *e = &w->experiment;
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
    put(d, "[%s] %3.0f%%  trials %zu/%zu%s, evaluations %zu/%zu%s", bar, floor(100 * w->share),
        e->n_trials_done, e->n_trials, failed, e->n_evaluations_done, e->n_evaluations, times);
}

static void put_titles(drawing *d)
{
    put(d, "%s", "");
    put(d, "  %-*s %8s %8s %8s %14s  %s", LABEL_COLUMNS, "trial", "epochs", "train", "val",
        "least val", "val loss");
}

/* The last bytes of a label are those in which neighbours differ. */
static const char *end_of(const char *label)
{
    size_t length = strlen(label);
    return length <= LABEL_COLUMNS ? label : label + length - LABEL_COLUMNS;
}

static void put_trial(drawing *d, size_t i)
{
    const run_watch *w = d->watch;
    const res_trial *t = &w->trials[i];
    char epochs[48], train[SWP_NUMBER_SIZE] = "-", val[SWP_NUMBER_SIZE] = "-", least[64] = "-";
    size_t columns = d->look->columns, beside = 2 + LABEL_COLUMNS + FIGURE_COLUMNS;
    size_t width = columns > beside + LEAST_CURVE ? columns - beside : LEAST_CURVE;
    swp_buf curve = {0};
    swp_buf_puts(&curve, "");
    snprintf(epochs, sizeof epochs, "%zu/%zu", t->n_epochs, t->max_epochs);
    if (t->n_epochs > 0) {
        size_t best = res_selected_epoch(t->val_loss, t->n_epochs);
        snprintf(train, sizeof train, "%.4g", t->train_loss[t->n_epochs - 1]);
        snprintf(val, sizeof val, "%.4g", t->val_loss[t->n_epochs - 1]);
        snprintf(least, sizeof least, "%.4g @ %zu", t->val_loss[best - 1], best);
        run_watch_curve(t->val_loss, t->n_epochs, width < MOST_CURVE ? width : MOST_CURVE,
                        d->look->ascii, &curve);
    }
    d->failed |= curve.failed;
    if (!curve.failed)
        put(d, "%s %-*s %8s %8s %8s %14s%s%s", w->is_under_way[i] ? ">" : " ", LABEL_COLUMNS,
            *t->label ? end_of(t->label) : t->arch, epochs, train, val, least,
            curve.length > 0 ? "  " : "", curve.text);
    swp_buf_deinit(&curve);
}

static void put_best(drawing *d)
{
    const run_watch *w = d->watch;
    const res_evaluation *t = &w->best;
    char threshold[RES_THRESHOLD_TEXT_SIZE];
    if (!w->has_best)
        return;
    put(d, "%s", "");
    put(d, "best evaluation so far, chosen on the test set: %zu (%s, epochs=%zu, threshold=%s)",
        t->number, *t->label ? t->label : t->arch, t->epochs,
        res_threshold_format(t->threshold, threshold));
    put(d, "  balanced accuracy %.4f, normal recall %.2f%%, anomaly recall %.2f%%",
        res_balanced_accuracy(&t->counts), 100 * res_normal_recall(&t->counts),
        100 * res_anomaly_recall(&t->counts));
}

static void put_failures(drawing *d)
{
    const run_watch *w = d->watch;
    size_t n = 0;
    for (size_t i = 0; i < w->n; i++) {
        const res_trial *t = &w->trials[i];
        if (t->status != RES_FAILED || n++ >= MOST_FAILURES)
            continue;
        put(d, "FAILED: trial %lld (%s) after %zu epochs: %s", (long long)t->id,
            *t->label ? t->label : t->arch, t->n_epochs, t->failure);
    }
    if (n > MOST_FAILURES)
        put(d, "... and %zu more", n - MOST_FAILURES);
}

/* Lines that stand around the trials. */
static size_t count_others(const run_watch *w)
{
    size_t n_failed = w->experiment.n_trials_failed;
    size_t failures = n_failed > MOST_FAILURES ? MOST_FAILURES + 1 : n_failed;
    return 4u + (w->has_best ? 3u : 0u) + failures;
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
    put_titles(&d);
    for (size_t i = 0; i < watch->n && i < room; i++) {
        bool cut = i + 1 == room && watch->n > room;
        if (cut)
            put(&d, "  ... and %zu more", watch->n - i);
        else
            put_trial(&d, watch->order[i]);
    }
    put_best(&d);
    put_failures(&d);
    return d.failed ? swp_fail(err, SWP_NOMEM, "out of memory") : SWP_OK;
}
