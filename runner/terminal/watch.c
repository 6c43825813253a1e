/* The progress of an experiment, from the store. A trial is under way when the lock of the
 * experiment is held and it has steps of the present run; the time left comes from the pace of the
 * steps that the run has recorded. Nothing here knows a parameter or a metric by name: trials are
 * ordered by the objective of the study, and evaluations by the metric table. A further look reads
 * states of trials and new steps only; what follows from them is worked out anew. */
#include "runner/terminal/watch.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"
#include "results/query/metric.h"
#include "runner/process/host.h"
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

/* Note a step, if it is one of the present run. */
static void note_step(const res_span *span, void *watch)
{
    run_watch *w = watch;
    size_t at = res_study_trial(&w->study, span->trial_number);
    if (at == SIZE_MAX || span->begun_s < w->begun_s)
        return;
    run_seen *seen = &w->seen[at];
    seen->wall_s += (span->ended_s - span->begun_s - seen->wall_s) / (double)++seen->n;
    w->workers = span->worker > w->workers ? span->worker : w->workers;
}

static swp_status load_steps_seen(res_store *store, run_watch *w, swp_err *err)
{
    res_span *spans;
    size_t n;
    swp_status status = res_spans_list(store, w->study.experiment.revision_id, &spans, &n, err);
    for (size_t i = 0; status == SWP_OK && i < n; i++)
        note_step(&spans[i], w);
    swp_free(spans);
    return status;
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
    w->n_shown = 0;
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

static void find_best(run_watch *w)
{
    double best = (double)NAN;
    w->ranking = res_metric_ranking(&w->study);
    w->has_best = false;
    bool minimize = res_metric_at(&w->study, w->ranking).minimize;
    for (size_t i = 0; i < w->n_evaluations; i++) {
        double value = res_metric_of(&w->study, &w->evaluations[i], w->ranking);
        if (isnan(value) || (w->has_best && !(minimize ? value < best : value > best)))
            continue;
        best = value;
        w->has_best = true;
        w->best = w->evaluations[i];
    }
}

/* Which trials are under way, how much is done, and when the rest will be. */
static swp_status look_ahead(run_watch *w, swp_err *err)
{
    size_t n = w->study.n_trials, n_all = n + count_expected(w);
    run_pace *paces = swp_alloc(n_all, sizeof *paces);
    if (!paces)
        return swp_fail(err, SWP_NOMEM, "out of memory for %zu trials", n);
    set_paces(w, paces);
    set_expected(w, paces);
    set_share(w, paces);
    for (size_t i = 0; i < n; i++) {
        w->is_under_way[i] = w->running && w->seen[i].n > 0 && !is_over(&w->study.trials[i]);
        paces[i].wall_s = w->is_under_way[i] ? w->seen[i].wall_s : 0;
    }
    double until_s = w->ended_s > 0 ? w->ended_s : run_now();
    w->elapsed_s = w->begun_s > 0 ? until_s - w->begun_s : (double)NAN;
    w->left_s = w->running && w->share < 1 ? run_forecast(paces, n_all, w->workers) : (double)NAN;
    swp_free(paces);
    return SWP_OK;
}

/* Read everything. */
static swp_status load(res_store *store, const char *experiment, run_watch *w, swp_err *err)
{
    const res_evaluation_filter planned = {0};
    swp_status status = res_study_load(store, experiment, &w->study, err);
    if (status != SWP_OK)
        return status;
    size_t n = w->study.n_trials;
    w->order = swp_alloc(n, sizeof *w->order);
    w->is_under_way = swp_alloc(n, sizeof *w->is_under_way);
    w->seen = swp_alloc(n, sizeof *w->seen);
    if (!w->order || !w->is_under_way || !w->seen)
        return swp_fail(err, SWP_NOMEM, "out of memory for %zu trials", n);
    status = find_run(store, w->study.experiment.revision_id, &w->begun_s, &w->ended_s, err);
    if (status == SWP_OK)
        status = load_steps_seen(store, w, err);
    if (status == SWP_OK)
        status = res_evaluations_list(store, &w->study, &planned, &w->evaluations,
                                      &w->n_evaluations, err);
    return status;
}

/* A command's trials have an evaluation each, which follows from the study. */
static swp_status update_evaluations(res_store *store, run_watch *w, bool *same, swp_err *err)
{
    const res_evaluation_filter planned = {0};
    if (!w->study.of_command)
        return res_evaluations_update(store, &w->study, w->evaluations, w->n_evaluations, same,
                                      err);
    swp_free(w->evaluations);
    return res_evaluations_list(store, &w->study, &planned, &w->evaluations, &w->n_evaluations,
                                err);
}

/* Read what is new; *same is false where that is not enough. */
static swp_status update(res_store *store, const char *experiment, run_watch *w, bool *same,
                         swp_err *err)
{
    const res_seen seen = {.step = note_step, .context = w};
    double begun_s = w->begun_s;
    swp_status status =
        find_run(store, w->study.experiment.revision_id, &w->begun_s, &w->ended_s, err);
    *same = status == SWP_OK && w->begun_s <= begun_s && w->begun_s >= begun_s;
    if (*same)
        status = res_study_update(store, experiment, &w->study, &seen, same, err);
    if (status == SWP_OK && *same)
        status = update_evaluations(store, w, same, err);
    return status;
}

/* What follows from what was read. */
static swp_status conclude(res_store *store, run_watch *w, swp_err *err)
{
    res_experiment *e = &w->study.experiment;
    swp_status status =
        run_lock_look(res_store_path(store), e->name, w->holder, sizeof w->holder, err);
    if (status != SWP_OK)
        return status;
    w->running = w->holder[0] != '\0';
    e->n_evaluations_done = 0;
    for (size_t i = 0; i < w->n_evaluations; i++) {
        const res_trial *t = &w->study.trials[w->evaluations[i].trial];
        e->n_evaluations_done +=
            w->study.of_command ? t->state == RES_DONE : w->evaluations[i].epochs <= t->n_steps;
    }
    set_shown(w);
    res_standing_deinit(&w->standing);
    status = res_standing_make(&w->study, NULL, &w->standing, err);
    if (status == SWP_OK)
        status = look_ahead(w, err);
    if (status == SWP_OK)
        status = set_order(w, err);
    find_best(w);
    return status;
}

static swp_status look(res_store *store, const char *experiment, run_watch *w, swp_err *err)
{
    bool same = false;
    swp_status status = w->order ? update(store, experiment, w, &same, err) : SWP_OK;
    if (status == SWP_OK && !same) {
        run_watch_deinit(w);
        status = load(store, experiment, w, err);
    }
    return status == SWP_OK ? conclude(store, w, err) : status;
}

swp_status run_watch_look_at(res_store *store, const char *experiment, run_watch *watch,
                             swp_err *err)
{
    swp_status status = res_snapshot_begin(store, err);
    if (status != SWP_OK)
        return status;
    status = look(store, experiment, watch, err);
    res_snapshot_end(store);
    if (status != SWP_OK)
        run_watch_deinit(watch);
    return status;
}

void run_watch_deinit(run_watch *watch)
{
    res_standing_deinit(&watch->standing);
    res_study_deinit(&watch->study);
    swp_free(watch->evaluations);
    swp_free(watch->seen);
    swp_free(watch->order);
    swp_free(watch->is_under_way);
    *watch = (run_watch){0};
}
