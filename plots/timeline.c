/* Which worker trained what, and when.
 *
 * Spans, one for each epoch of a trial, come by the time they began. Those of one trial that follow
 * each other on one worker are one bar, and so are trials that ran side by side. Times in which no
 * worker was busy are pauses, which the axis leaves out. */
#include <math.h>
#include <string.h>

#include "engine/base/mem.h"
#include "plots/charts_priv.h"
#include "plots/text_priv.h"

/* A row takes 40 pixels or more of a page. */
enum { MOST_WORKERS = 300 };

/* Of more bars, those of one colour that follow each other are drawn as one. */
enum { MOST_BARS = 1000 };

/* Epochs of one trial, or of several side by side, that follow each other on one worker. */
typedef struct bar {
    size_t worker, number; /* of the first trial */
    size_t n;              /* trials side by side */
    size_t epochs;
    double begun, ended;  /* seconds on the axis */
    const res_span *last; /* first span of the last epoch */
    size_t in_last;       /* trials found in it */
} bar;

/* A time in which some worker was busy; pauses between such times are left out of the axis. */
typedef struct stretch {
    double begun, ended; /* instants */
    double at;           /* seconds on the axis */
} stretch;

typedef struct timeline {
    res_span *spans; /* (n_spans) by the time they began */
    size_t n_spans;
    stretch *stretches; /* (n_stretches) */
    size_t n_stretches;
    bar *bars; /* (n_bars) */
    size_t n_bars;
    size_t n_workers;
    double pause;   /* what a pause takes on the axis */
    double seconds; /* of all stretches */
    double busy;    /* of all workers */
} timeline;

static void timeline_deinit(timeline *t)
{
    swp_free(t->spans);
    swp_free(t->stretches);
    swp_free(t->bars);
}

/* A pause is as long as a twentieth of all the time between the first and the last epoch in which
 * some worker was busy, and a second at least: the time that a worker needs between two trials is
 * no pause. */
static double shortest_pause(const timeline *t)
{
    double busy = 0, until = 0;
    for (size_t i = 0; i < t->n_spans; i++) {
        const res_span *s = &t->spans[i];
        double from = s->begun_s > until ? s->begun_s : until;
        busy += s->ended_s > from ? s->ended_s - from : 0;
        until = s->ended_s > until ? s->ended_s : until;
    }
    return busy > 20 ? busy / 20 : 1;
}

static swp_status find_stretches(timeline *t, swp_err *err)
{
    double pause = shortest_pause(t);
    t->stretches = swp_alloc(t->n_spans, sizeof *t->stretches);
    if (!t->stretches)
        return swp_fail(err, SWP_NOMEM, "out of memory");
    for (size_t i = 0; i < t->n_spans; i++) {
        const res_span *span = &t->spans[i];
        stretch *last = t->n_stretches > 0 ? &t->stretches[t->n_stretches - 1] : NULL;
        if (!last || span->begun_s > last->ended + pause) {
            last = &t->stretches[t->n_stretches++];
            *last = (stretch){.begun = span->begun_s, .ended = span->ended_s};
        }
        if (span->ended_s > last->ended)
            last->ended = span->ended_s;
    }
    for (size_t i = 0; i < t->n_stretches; i++)
        t->seconds += t->stretches[i].ended - t->stretches[i].begun;
    t->pause = t->seconds / (double)(40 + t->n_stretches);
    for (size_t i = 1; i < t->n_stretches; i++) {
        const stretch *before = &t->stretches[i - 1];
        t->stretches[i].at = before->at + before->ended - before->begun + t->pause;
    }
    return SWP_OK;
}

/* The last one that began by then, or the first. */
static const stretch *stretch_of(const timeline *t, double instant)
{
    size_t low = 0, high = t->n_stretches;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (t->stretches[middle].begun <= instant)
            low = middle;
        else
            high = middle;
    }
    return &t->stretches[low];
}

/* Add a span to the bar that is open on its worker, or say that it needs a new one. */
static bool extend(bar *open, const res_span *span, const stretch *in)
{
    if (!open || open->begun < in->at)
        return false;
    if (open->last->begun_s == span->begun_s && open->last->ended_s == span->ended_s) {
        open->in_last++;
        open->n = open->in_last > open->n ? open->in_last : open->n;
        return true;
    }
    if (open->number != span->trial_number)
        return false;
    open->epochs++;
    open->in_last = 1;
    open->last = span;
    open->ended = span->ended_s - in->begun + in->at;
    return true;
}

static swp_status make_bars(timeline *t, swp_err *err)
{
    bar **open = swp_alloc(t->n_workers + 1, sizeof *open);
    t->bars = swp_alloc(t->n_spans, sizeof *t->bars);
    for (size_t i = 0; open && t->bars && i < t->n_spans; i++) {
        const res_span *span = &t->spans[i];
        const stretch *in = stretch_of(t, span->begun_s);
        if (extend(open[span->worker], span, in))
            continue;
        open[span->worker] = &t->bars[t->n_bars++];
        *open[span->worker] = (bar){
            .worker = span->worker,
            .number = span->trial_number,
            .n = 1,
            .epochs = 1,
            .begun = span->begun_s - in->begun + in->at,
            .ended = span->ended_s - in->begun + in->at,
            .last = span,
            .in_last = 1,
        };
    }
    bool ok = open && t->bars;
    swp_free(open);
    for (size_t b = 0; ok && b < t->n_bars; b++)
        t->busy += t->bars[b].ended - t->bars[b].begun;
    return ok ? SWP_OK : swp_fail(err, SWP_NOMEM, "out of memory");
}

/* Unit of the axis: its name and its seconds. */
static double unit_of(const timeline *t, const char **name)
{
    double seconds = t->seconds > 7200 ? 3600 : t->seconds > 240 ? 60 : 1;
    *name = seconds > 60 ? "hours" : seconds > 1 ? "minutes" : "seconds";
    return seconds;
}

static size_t series_of(const plot_task *task, const plot_groups *groups, const bar *b)
{
    size_t trial = res_study_trial(&task->study, b->number);
    return trial < task->study.n_trials ? groups->of[trial] : 0;
}

/* Join bars of one worker and colour that hardly have a gap between them. Bars come by the time
 * they began, so that the one to join is the worker's last. */
static swp_status join_bars(const plot_task *task, const plot_groups *groups, timeline *t,
                            swp_err *err)
{
    size_t n = 0, *last = swp_alloc(t->n_workers + 1, sizeof *last); /* bar + 1 */
    if (!last)
        return swp_fail(err, SWP_NOMEM, "out of memory");
    for (size_t i = 0; i < t->n_bars; i++) {
        const bar *b = &t->bars[i];
        bar *before = last[b->worker] > 0 ? &t->bars[last[b->worker] - 1] : NULL;
        if (before && series_of(task, groups, before) == series_of(task, groups, b) &&
            b->begun - before->ended < t->seconds / MOST_BARS) {
            before->ended = b->ended;
            before->n += b->n;
            before->epochs += b->epochs;
        } else {
            t->bars[n++] = *b;
            last[b->worker] = n;
        }
    }
    t->n_bars = n;
    swp_free(last);
    return SWP_OK;
}

static void add_head(const plot_task *task, const timeline *t, const plot_groups *groups,
                     bool joined, swp_buf *out)
{
    const char *unit;
    double second = 1 / unit_of(t, &unit);
    size_t n = task->study.n_trials;
    swp_buf text = {0}, note = {0};
    swp_buf_printf(&text, "%zu trial%s on %zu worker%s, busy %.0f %% of %.4g %s", n,
                   n == 1 ? "" : "s", t->n_workers, t->n_workers == 1 ? "" : "s",
                   100 * t->busy / (t->seconds * (double)t->n_workers), t->seconds * second, unit);
    if (t->n_stretches > 1)
        swp_buf_printf(&text, "; %zu pause%s left out", t->n_stretches - 1,
                       t->n_stretches > 2 ? "s" : "");
    if (groups->n_by > 0)
        swp_buf_puts(&note, "colours by ");
    plot_groups_title(&task->study, groups, &note);
    if (joined)
        swp_buf_printf(&note, "%strials of one colour joined", groups->n_by > 0 ? "; " : "");
    plot_heading(task, "Work by time", out);
    plot_text_assign(out, "subheading", &text);
    plot_text_assign(out, "note", &note);
    plot_groups_head(&task->study, groups, NULL, out);
    const stretch *last = &t->stretches[t->n_stretches - 1];
    swp_buf_printf(out, "n_workers = %zu\nn_bars = %zu\nn_pauses = %zu\nunit = '%s'\nlast = %.6g\n",
                   t->n_workers, t->n_bars, t->n_stretches - 1, unit,
                   (last->at + last->ended - last->begun) * second);
}

static void add_bars(const plot_task *task, const timeline *t, const plot_groups *groups,
                     swp_buf *out)
{
    const char *unit;
    double second = 1 / unit_of(t, &unit);
    swp_buf_printf(out, "# worker, begun, ended (%s), trial, trials side by side, epochs, series\n",
                   unit);
    for (size_t i = 0; i < t->n_bars; i++) {
        const bar *b = &t->bars[i];
        swp_buf_printf(out, "%zu %.6g %.6g %zu %zu %zu %zu\n", b->worker, b->begun * second,
                       b->ended * second, b->number, b->n, b->epochs,
                       series_of(task, groups, b) + 1);
    }
    /* An empty block would not count. */
    swp_buf_printf(out, "\n\n# pauses: place on the axis\n%s", t->n_stretches > 1 ? "" : "nan\n");
    for (size_t i = 1; i < t->n_stretches; i++)
        swp_buf_printf(out, "%.6g\n", (t->stretches[i].at - t->pause / 2) * second);
}

/* Attempts that failed, where it is known on which worker. Returns how many. */
static size_t add_failures(const timeline *t, const res_event *events, size_t n, swp_buf *out)
{
    const char *unit;
    double second = 1 / unit_of(t, &unit);
    size_t n_failures = 0;
    swp_buf_puts(out, "\n\n# failed attempts: worker, time, trial\n");
    for (size_t i = 0; i < n; i++) {
        const res_event *e = &events[i];
        bool failed = strcmp(e->kind, "failed") == 0 || strcmp(e->kind, "retried") == 0;
        if (!failed || e->worker == 0 || e->worker > t->n_workers)
            continue;
        const stretch *in = stretch_of(t, e->at_s);
        double until = e->at_s < in->ended ? e->at_s : in->ended;
        double at = in->at + (until > in->begun ? until - in->begun : 0);
        swp_buf_printf(out, "%zu %.6g %zu\n", e->worker, at * second, e->trial_number);
        n_failures++;
    }
    return n_failures;
}

static swp_status add_chart(plot_task *task, timeline *t, swp_err *err)
{
    const res_study *study = &task->study;
    plot_groups groups = {0};
    res_event *events = NULL;
    size_t n_events = 0;
    bool joined = t->n_bars > MOST_BARS;
    bool *use = swp_alloc(study->n_trials, sizeof *use);
    swp_status status = use ? SWP_OK : swp_fail(err, SWP_NOMEM, "out of memory");
    for (size_t i = 0; i < study->n_trials && use; i++)
        use[i] = true;
    if (status == SWP_OK)
        status = plot_groups_make(task, use, &plot_colours, SIZE_MAX, &groups, err);
    if (status == SWP_OK && joined)
        status = join_bars(task, &groups, t, err);
    if (status == SWP_OK)
        status =
            res_events_list(task->store, study->experiment.revision_id, &events, &n_events, err);
    if (status == SWP_OK) {
        plot_chart chart = {.name = "timeline", .script = plot_timeline_gp};
        add_head(task, t, &groups, joined, &chart.head);
        add_bars(task, t, &groups, &chart.data);
        size_t n_failures = add_failures(t, events, n_events, &chart.data);
        swp_buf_printf(&chart.head, "n_failures = %zu\n", n_failures);
        status = plot_sheet_add(&task->sheet, &chart, err);
    }
    res_events_free(events, n_events);
    plot_groups_deinit(&groups);
    swp_free(use);
    return status;
}

/* Why the spans cannot be drawn, or NULL. */
static const char *why_not(timeline *t)
{
    if (t->n_spans == 0)
        return PLOT_OLD;
    double total = 0;
    for (size_t i = 0; i < t->n_spans; i++) {
        const res_span *s = &t->spans[i];
        if (!isfinite(s->begun_s) || !isfinite(s->ended_s) || s->ended_s < s->begun_s)
            return "an epoch ended before it began";
        t->n_workers = s->worker > t->n_workers ? s->worker : t->n_workers;
        total += s->ended_s - s->begun_s;
    }
    if (t->n_workers > MOST_WORKERS)
        return "there are too many workers";
    return total > 0 ? NULL : "no epoch took any time";
}

swp_status plot_timeline(plot_task *task, swp_err *err)
{
    timeline t = {0};
    swp_status status =
        res_spans_list(task->store, task->study.experiment.revision_id, &t.spans, &t.n_spans, err);
    const char *why = status == SWP_OK ? why_not(&t) : NULL;
    if (why)
        plot_leave_out(task, "timeline", why);
    if (status == SWP_OK && !why)
        status = find_stretches(&t, err);
    if (status == SWP_OK && !why)
        status = make_bars(&t, err);
    if (status == SWP_OK && !why)
        status = add_chart(task, &t, err);
    timeline_deinit(&t);
    return status;
}
