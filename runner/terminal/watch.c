#include "runner/terminal/watch.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine/base/mem.h"
#include "engine/model.h"
#include "runner/plan/plan.h"
#include "runner/process/lock.h"
#include "runner/terminal/forecast.h"

static bool is_over(const res_trial *t)
{
    return t->status != RES_PENDING;
}

static double cost_of(const res_experiment *e, const res_trial *t)
{
    static const eng_arch archs[] = {ENG_SINGLE, ENG_STACKED};
    bool has_layout = t->embedding_dim >= 1 && t->embedding_dim <= ENG_MAX_EMBEDDING_DIM;
    for (size_t i = 0; has_layout && i < sizeof archs / sizeof archs[0]; i++)
        if (strcmp(eng_arch_name(archs[i]), t->arch) == 0)
            return run_epoch_cost((eng_shape){archs[i], t->embedding_dim}, e->n_train, e->length);
    return 1;
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

/* What the epochs of the present run tell. */
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

static size_t index_of(const run_watch *w, size_t number)
{
    size_t i = 0;
    while (i + 1 < w->n && w->trials[i].number != number)
        i++;
    return i;
}

/* Mean seconds of an epoch beside others, of those under way; and which they are. */
static void set_under_way(run_watch *w, const run_spans *spans, run_pace *paces, size_t *n_seen)
{
    for (size_t i = 0; i < spans->n && w->running; i++) {
        /* Trials are in grid order, so the number is nearly always the place. */
        size_t number = spans->list[i].trial_number;
        bool at_place = number >= 1 && number <= w->n && w->trials[number - 1].number == number;
        size_t at = at_place ? number - 1 : index_of(w, number);
        if (is_over(&w->trials[at]))
            continue;
        double wall_s = spans->list[i].ended_s - spans->list[i].begun_s;
        w->is_under_way[at] = true;
        paces[at].wall_s += (wall_s - paces[at].wall_s) / (double)++n_seen[at];
    }
}

static void set_paces(const run_watch *w, run_pace *paces)
{
    for (size_t i = 0; i < w->n; i++) {
        const res_trial *t = &w->trials[i];
        double seconds = 0;
        for (size_t e = 0; e < t->n_epochs; e++)
            seconds += t->train_s[e] + t->eval_s[e];
        paces[i] = (run_pace){
            .cost = cost_of(&w->experiment, t),
            .left = is_over(t) ? 0 : t->max_epochs - t->n_epochs,
            .epoch_s = t->n_epochs > 0 ? seconds / (double)t->n_epochs : 0,
        };
    }
}

static void set_share(run_watch *w, const run_pace *paces)
{
    double done = 0, left = 0;
    for (size_t i = 0; i < w->n; i++) {
        done += paces[i].cost * (double)w->trials[i].n_epochs;
        left += paces[i].cost * (double)paces[i].left;
    }
    w->share = done + left > 0 ? done / (done + left) : 1;
}

static double least_val_loss(const res_trial *t)
{
    return t->n_epochs > 0 ? t->val_loss[res_selected_epoch(t->val_loss, t->n_epochs) - 1]
                           : (double)INFINITY;
}

/* A trial on its way to its place. */
typedef struct placed {
    size_t index;
    bool is_under_way;
    double loss;
} placed;

static int compare_placed(const void *a, const void *b)
{
    const placed *x = a, *y = b;
    if (x->is_under_way != y->is_under_way)
        return x->is_under_way ? -1 : 1;
    if (!x->is_under_way && x->loss != y->loss)
        return x->loss < y->loss ? -1 : 1;
    return (x->index > y->index) - (x->index < y->index);
}

static swp_status set_order(run_watch *w, swp_err *err)
{
    placed *list = swp_alloc(w->n, sizeof *list);
    if (!list)
        return swp_fail(err, SWP_NOMEM, "out of memory for %zu trials", w->n);
    for (size_t i = 0; i < w->n; i++)
        list[i] = (placed){i, w->is_under_way[i], least_val_loss(&w->trials[i])};
    if (w->n > 0)
        qsort(list, w->n, sizeof *list, compare_placed);
    for (size_t i = 0; i < w->n; i++)
        w->order[i] = list[i].index;
    swp_free(list);
    return SWP_OK;
}

static swp_status find_best(res_store *store, run_watch *w, swp_err *err)
{
    const res_evaluation_filter planned = {0};
    res_evaluation *evaluations;
    size_t n;
    double best = (double)-INFINITY;
    swp_status status =
        res_evaluations_list(store, w->experiment.revision_id, &planned, &evaluations, &n, err);
    if (status != SWP_OK)
        return status;
    for (size_t i = 0; i < n; i++) {
        double value =
            evaluations[i].done ? res_balanced_accuracy(&evaluations[i].counts) : (double)NAN;
        if (!(value > best))
            continue;
        best = value;
        w->has_best = true;
        w->best = evaluations[i];
    }
    if (w->has_best) {
        const res_trial *t = &w->trials[index_of(w, w->best.trial_number)];
        w->best.arch = t->arch;
        w->best.label = t->label;
    }
    res_evaluations_free(evaluations, n);
    return SWP_OK;
}

static swp_status look_ahead(res_store *store, run_watch *w, swp_err *err)
{
    double begun_s, ended_s;
    run_spans spans = {0};
    run_pace *paces = swp_alloc(w->n, sizeof *paces);
    size_t *n_seen = swp_alloc(w->n, sizeof *n_seen);
    swp_status status = SWP_OK;
    if (!paces || !n_seen)
        status = swp_fail(err, SWP_NOMEM, "out of memory for %zu trials", w->n);
    if (status == SWP_OK)
        status = find_run(store, w->experiment.revision_id, &begun_s, &ended_s, err);
    if (status == SWP_OK)
        status = load_spans(store, w->experiment.revision_id, begun_s, &spans, err);
    if (status == SWP_OK) {
        set_paces(w, paces);
        set_share(w, paces);
        set_under_way(w, &spans, paces, n_seen);
        struct timespec now;
        clock_gettime(CLOCK_REALTIME, &now);
        double now_s = (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
        w->elapsed_s = begun_s > 0 ? (ended_s > 0 ? ended_s : now_s) - begun_s : (double)NAN;
        w->left_s =
            w->running && w->share < 1 ? run_forecast(paces, w->n, spans.workers) : (double)NAN;
    }
    swp_free(spans.list);
    swp_free(n_seen);
    swp_free(paces);
    return status;
}

static swp_status load(res_store *store, const char *experiment, run_watch *w, swp_err *err)
{
    swp_status status = res_experiment_find(store, experiment, &w->experiment, err);
    if (status == SWP_OK)
        status = run_lock_look(res_store_path(store), w->experiment.name, w->holder,
                               sizeof w->holder, err);
    w->running = w->holder[0] != '\0';
    if (status == SWP_OK)
        status = res_trials_list(store, w->experiment.revision_id, &w->trials, &w->n, err);
    if (status != SWP_OK)
        return status;
    w->order = swp_alloc(w->n, sizeof *w->order);
    w->is_under_way = swp_alloc(w->n, sizeof *w->is_under_way);
    if (!w->order || !w->is_under_way)
        return swp_fail(err, SWP_NOMEM, "out of memory for %zu trials", w->n);
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
    res_experiment_deinit(&watch->experiment);
    res_trials_free(watch->trials, watch->n);
    swp_free(watch->order);
    swp_free(watch->is_under_way);
    *watch = (run_watch){0};
}
