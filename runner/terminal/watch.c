/* The progress of an experiment, from the store. A trial is under way when the lock of the
 * experiment is held and it has steps of the present run; the time left comes from the pace of the
 * steps that the run has recorded. Nothing here knows a parameter or a metric by name: trials are
 * ordered by the objective of the study, and evaluations by the metric table. */
#include "runner/terminal/watch.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine/base/mem.h"
#include "results/query/metric.h"
#include "runner/process/lock.h"
#include "runner/terminal/forecast.h"

#define MOST_EXPECTED 100000
#define SMALL_MODEL   2700 /* weights whose products take as long as a step waits */

static bool is_over(const res_trial *t)
{
    return t->state != RES_WAITING && t->state != RES_RUNNING;
}

/* When the last run began, and, once it is over, ended; 0 for neither. */
static swp_status find_run(res_store *store, int64_t revision, double *begun_s, double *ended_s,
                           swp_err *err)
{
    res_event *events;
    size_t n;
    *begun_s = *ended_s = 0;
    swp_status status = res_events_list(store, revision, &events, &n, err);
    if (status != SWP_OK)
        return status;
    for (size_t i = 0; i < n; i++) {
        const char *kind = events[i].kind;
        if (strcmp(kind, "started") == 0) {
            *begun_s = events[i].at_s;
            *ended_s = 0;
        } else if (strcmp(kind, "ended") == 0 || strcmp(kind, "interrupted") == 0 ||
                   strcmp(kind, "stopped") == 0) {
            *ended_s = events[i].at_s;
        }
    }
    res_events_free(events, n);
    return SWP_OK;
}

/* What the steps of the present run tell. */
typedef struct run_spans {
    res_span *list; /* (n) of this run only, by the time they began */
    size_t n;
    size_t workers; /* the largest number among them */
} run_spans;

static swp_status load_spans(res_store *store, int64_t revision, double begun_s, run_spans *out,
                             swp_err *err)
{
    *out = (run_spans){0};
    size_t n, kept = 0;
    swp_status status = res_spans_list(store, revision, &out->list, &n, err);
    for (size_t i = 0; status == SWP_OK && i < n; i++) {
        if (out->list[i].begun_s < begun_s)
            continue;
        if (out->list[i].worker > out->workers)
            out->workers = out->list[i].worker;
        out->list[kept++] = out->list[i];
    }
    out->n = kept;
    return status;
}

/* Mean seconds of a step beside others, of the trials under way; and which those are. */
static void set_under_way(run_watch *w, const run_spans *spans, run_pace *paces, size_t *n_seen)
{
    for (size_t i = 0; i < spans->n && w->running; i++) {
        size_t at = res_study_trial(&w->study, spans->list[i].trial_number);
        if (at == SIZE_MAX || is_over(&w->study.trials[at]))
            continue;
        double wall_s = spans->list[i].ended_s - spans->list[i].begun_s;
        w->is_under_way[at] = true;
        paces[at].wall_s += (wall_s - paces[at].wall_s) / (double)++n_seen[at];
    }
}

bool run_watch_is_open(const res_trial *trial)
{
    return trial->budget >= RES_UNLIMITED;
}

/* The cost of a step grows with the weights of the model; small models take about equally long,
 * since they wait more than they multiply. Where the weights are not known, all steps cost the
 * same. */
static void set_paces(const run_watch *w, run_pace *paces)
{
    bool knows_weights = true;
    for (size_t i = 0; i < w->study.n_trials; i++)
        knows_weights &= w->study.trials[i].weights > 0;
    for (size_t i = 0; i < w->study.n_trials; i++) {
        const res_trial *t = &w->study.trials[i];
        double seconds = 0;
        for (size_t k = 0; k < t->n_steps; k++)
            seconds += t->train_s[k] + t->eval_s[k];
        paces[i] = (run_pace){
            .cost = knows_weights ? SMALL_MODEL + (double)t->weights : 1,
            .left = is_over(t) ? 0 : t->budget - t->n_steps,
            .epoch_s = t->n_steps > 0 ? seconds / (double)t->n_steps : 0,
        };
        if (run_watch_is_open(t))
            paces[i] = (run_pace){
                .cost = 1, .left = is_over(t) ? 0 : 1, .epoch_s = is_over(t) ? seconds : 0};
    }
}

/* Trials that a search will still propose, as far as they are counted here. */
static size_t count_expected(const run_watch *w)
{
    const res_study *s = &w->study;
    size_t n = s->n_planned > s->n_trials ? s->n_planned - s->n_trials : 0;
    return n < MOST_EXPECTED ? n : MOST_EXPECTED;
}

/* They are assumed to be as large and as long as finished ones on average. */
static void set_expected(const run_watch *w, run_pace *paces)
{
    size_t n = w->study.n_trials, n_over = 0;
    double cost = 0, steps = 0;
    for (size_t i = 0; i < n; i++) {
        if (!is_over(&w->study.trials[i]))
            continue;
        cost += paces[i].cost;
        steps += (double)w->study.trials[i].n_steps;
        n_over++;
    }
    for (size_t i = 0; i < count_expected(w) && n_over > 0; i++)
        paces[n + i] =
            (run_pace){.cost = cost / (double)n_over, .left = (size_t)ceil(steps / (double)n_over)};
}

static void set_share(run_watch *w, const run_pace *paces)
{
    double done = 0, left = 0;
    for (size_t i = 0; i < w->study.n_trials; i++) {
        const res_trial *t = &w->study.trials[i];
        done += paces[i].cost * (run_watch_is_open(t) ? is_over(t) : (double)t->n_steps);
    }
    for (size_t i = 0; i < w->study.n_trials + count_expected(w); i++)
        left += paces[i].cost * (double)paces[i].left;
    w->share = done + left > 0 ? done / (done + left) : 1;
}

/* The first step metric that was recorded, and the objective; before the first step, the first one.
 */
static void set_shown(run_watch *w)
{
    const res_study *s = &w->study;
    const res_trial *begun = NULL;
    for (size_t i = 0; i < s->n_trials && !begun; i++)
        if (s->trials[i].n_steps > 0)
            begun = &s->trials[i];
    for (size_t m = 0; m < s->n_step_metrics && w->n_shown == 0; m++)
        if (m != s->objective && (!begun || !isnan(res_series(begun, m)[0])))
            w->shown[w->n_shown++] = m;
    w->shown[w->n_shown++] = s->objective;
}

double run_watch_best(const run_watch *watch, size_t trial, size_t *step)
{
    const res_study *study = &watch->study;
    const res_trial *t = &study->trials[trial];
    return res_trial_best(study, t, study->objective, t->n_steps, step);
}

/* Sort record of a trial. */
typedef struct placed {
    size_t index;
    bool is_under_way;
    double value; /* smaller is better */
} placed;

static int compare_placed(const void *a, const void *b)
{
    const placed *x = a, *y = b;
    if (x->is_under_way != y->is_under_way)
        return x->is_under_way ? -1 : 1;
    if (!x->is_under_way && x->value != y->value)
        return x->value < y->value ? -1 : 1;
    return (x->index > y->index) - (x->index < y->index);
}

static swp_status set_order(run_watch *w, swp_err *err)
{
    size_t n = w->study.n_trials, step;
    placed *list = swp_alloc(n, sizeof *list);
    if (!list)
        return swp_fail(err, SWP_NOMEM, "out of memory for %zu trials", n);
    for (size_t i = 0; i < n; i++) {
        double best = run_watch_best(w, i, &step);
        bool maximize = w->study.step_metrics[w->study.objective].maximize;
        list[i] = (placed){i, w->is_under_way[i],
                           step == 0  ? (double)INFINITY
                           : maximize ? -best
                                      : best};
    }
    if (n > 0)
        qsort(list, n, sizeof *list, compare_placed);
    for (size_t i = 0; i < n; i++)
        w->order[i] = list[i].index;
    swp_free(list);
    return SWP_OK;
}

static swp_status find_best(res_store *store, run_watch *w, swp_err *err)
{
    const res_evaluation_filter planned = {0};
    res_evaluation *evaluations;
    size_t n;
    double best = (double)NAN;
    w->ranking = res_metric_ranking(&w->study);
    bool minimize = res_metric_at(&w->study, w->ranking).minimize;
    swp_status status = res_evaluations_list(store, &w->study, &planned, &evaluations, &n, err);
    if (status != SWP_OK)
        return status;
    for (size_t i = 0; i < n; i++) {
        double value = res_metric_of(&w->study, &evaluations[i], w->ranking);
        if (isnan(value) || (w->has_best && !(minimize ? value < best : value > best)))
            continue;
        best = value;
        w->has_best = true;
        w->best = evaluations[i];
    }
    swp_free(evaluations);
    return SWP_OK;
}

static swp_status look_ahead(res_store *store, run_watch *w, swp_err *err)
{
    double begun_s, ended_s;
    size_t n = w->study.n_trials, n_all = n + count_expected(w);
    run_spans spans = {0};
    run_pace *paces = swp_alloc(n_all, sizeof *paces);
    size_t *n_seen = swp_alloc(n, sizeof *n_seen);
    swp_status status = SWP_OK;
    if (!paces || !n_seen)
        status = swp_fail(err, SWP_NOMEM, "out of memory for %zu trials", n);
    if (status == SWP_OK)
        status = find_run(store, w->study.experiment.revision_id, &begun_s, &ended_s, err);
    if (status == SWP_OK)
        status = load_spans(store, w->study.experiment.revision_id, begun_s, &spans, err);
    if (status == SWP_OK) {
        set_paces(w, paces);
        set_expected(w, paces);
        set_share(w, paces);
        set_under_way(w, &spans, paces, n_seen);
        struct timespec now;
        clock_gettime(CLOCK_REALTIME, &now);
        double now_s = (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
        w->elapsed_s = begun_s > 0 ? (ended_s > 0 ? ended_s : now_s) - begun_s : (double)NAN;
        w->left_s =
            w->running && w->share < 1 ? run_forecast(paces, n_all, spans.workers) : (double)NAN;
    }
    swp_free(spans.list);
    swp_free(n_seen);
    swp_free(paces);
    return status;
}

static swp_status load(res_store *store, const char *experiment, run_watch *w, swp_err *err)
{
    swp_status status = res_study_load(store, experiment, &w->study, err);
    if (status == SWP_OK)
        status = run_lock_look(res_store_path(store), w->study.experiment.name, w->holder,
                               sizeof w->holder, err);
    if (status != SWP_OK)
        return status;
    w->running = w->holder[0] != '\0';
    w->order = swp_alloc(w->study.n_trials, sizeof *w->order);
    w->is_under_way = swp_alloc(w->study.n_trials, sizeof *w->is_under_way);
    if (!w->order || !w->is_under_way)
        return swp_fail(err, SWP_NOMEM, "out of memory for %zu trials", w->study.n_trials);
    set_shown(w);
    status = res_standing_make(&w->study, NULL, &w->standing, err);
    if (status == SWP_OK)
        status = look_ahead(store, w, err);
    if (status == SWP_OK)
        status = set_order(w, err);
    return status == SWP_OK ? find_best(store, w, err) : status;
}

swp_status run_watch_load(res_store *store, const char *experiment, run_watch *out, swp_err *err)
{
    *out = (run_watch){0};
    swp_status status = res_snapshot_begin(store, err);
    if (status != SWP_OK)
        return status;
    status = load(store, experiment, out, err);
    res_snapshot_end(store);
    if (status != SWP_OK)
        run_watch_deinit(out);
    return status;
}

void run_watch_deinit(run_watch *watch)
{
    res_standing_deinit(&watch->standing);
    res_study_deinit(&watch->study);
    swp_free(watch->order);
    swp_free(watch->is_under_way);
    *watch = (run_watch){0};
}
