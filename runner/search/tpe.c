/* TPE: sort the finished trials, build one density of the best tenth and one of the others, draw
 * candidates from the first, and take the one whose ratio of both is the largest. */
#include "runner/search/tpe.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"
#include "runner/search/parzen.h"
#include "runner/search/random.h"
#include "runner/search/sobol.h"

#define N_STARTUP    10u /* finished trials before the model begins */
#define N_CANDIDATES 24u
#define MOST_BELOW   25u
#define MOST_ROUNDS  8u /* draws of candidates, which may all be known points */

struct run_search {
    run_history history;
    uint64_t seed;
    run_walk walk;
    size_t *which; /* dimensions with more than one value, by name */
    size_t n_which;
    bool is_exact; /* as Optuna; the fields below are used only then */
    run_tpe_optuna options;
    eng_rng random, model;
};

static void tpe_close(run_search *search)
{
    if (!search)
        return;
    run_history_deinit(&search->history);
    swp_free(search->which);
    swp_free(search);
}

/* The dimensions for the model: by name, or in the space's order. */
static swp_status choose_dims(run_search *search, bool by_name, swp_err *err)
{
    const run_space *space = search->history.space;
    search->which = swp_alloc(space->n, sizeof *search->which);
    if (!search->which)
        return swp_fail(err, SWP_NOMEM, "out of memory for a search");
    for (size_t i = 0; i < space->n; i++) {
        if (run_dim_count(&space->dims[i]) == 1)
            continue;
        size_t at = search->n_which++;
        for (; by_name && at > 0; at--) {
            size_t before = search->which[at - 1];
            if (strcmp(space->dims[before].name, space->dims[i].name) <= 0)
                break;
            search->which[at] = before;
        }
        search->which[at] = i;
    }
    return SWP_OK;
}

static swp_status open_search(const run_space *space, uint64_t seed, bool by_name,
                              const run_proposal *history, size_t n, run_search **out, swp_err *err)
{
    run_search *search = swp_alloc(1, sizeof *search);
    if (!search)
        return swp_fail(err, SWP_NOMEM, "out of memory for a search");
    search->seed = seed;
    run_sobol_init(&search->walk.sobol, seed);
    swp_status status = run_history_init(&search->history, space, history, n, err);
    if (status == SWP_OK)
        status = choose_dims(search, by_name, err);
    if (status == SWP_OK)
        *out = search;
    else
        tpe_close(search);
    return status;
}

static swp_status tpe_open(const run_space *space, uint64_t seed, const run_proposal *history,
                           size_t n, run_search **out, swp_err *err)
{
    return open_search(space, seed, true, history, n, out, err);
}

swp_status run_tpe_open_as_optuna(const run_space *space, uint32_t seed, run_tpe_optuna options,
                                  const run_proposal *history, size_t n, run_search **out,
                                  swp_err *err)
{
    swp_status status = open_search(space, seed, !options.is_independent, history, n, out, err);
    if (status != SWP_OK)
        return status;
    (*out)->is_exact = true;
    (*out)->options = options;
    eng_rng_seed(&(*out)->random, seed);
    eng_rng_seed(&(*out)->model, seed);
    return SWP_OK;
}

/* --- good and bad ----------------------------------------------------------------------------- */

/* Whether finished trial a is better than b; of equal ones, the earlier. */
static bool is_better(const run_history *history, size_t a, size_t b)
{
    int order = run_outcome_compare(&history->outcomes[a], &history->outcomes[b]);
    return order != 0 ? order < 0 : a < b;
}

static size_t count_finished(const run_history *history)
{
    size_t n = 0;
    for (size_t i = 0; i < history->n; i++)
        n += run_outcome_is_finished(&history->outcomes[i]);
    return n;
}

/* Proposal numbers of the good and the bad, both ascending. */
typedef struct parted {
    size_t *below, *above; /* one block, at `below` */
    size_t n_below, n_above;
} parted;

/* This many of the best finished trials, the best first. shapes out (most) */
static void find_best(const run_history *history, size_t most, size_t *out)
{
    size_t n = 0;
    for (size_t i = 0; i < history->n; i++) {
        if (!run_outcome_is_finished(&history->outcomes[i]) ||
            (n == most && (most == 0 || !is_better(history, i, out[n - 1]))))
            continue;
        size_t at = n < most ? n++ : n - 1;
        for (; at > 0 && is_better(history, i, out[at - 1]); at--)
            out[at] = out[at - 1];
        out[at] = i;
    }
}

static swp_status part(const run_search *search, parted *out, swp_err *err)
{
    const run_history *history = &search->history;
    size_t best[MOST_BELOW], n = (count_finished(history) + 9) / 10;
    bool *is_below = swp_alloc(history->n, sizeof *is_below);
    *out = (parted){.below = swp_alloc(2 * history->n, sizeof(size_t))};
    if (!is_below || !out->below) {
        swp_free(is_below);
        return swp_fail(err, SWP_NOMEM, "out of memory for %zu trials", history->n);
    }
    out->above = out->below + history->n;
    n = n < MOST_BELOW ? n : MOST_BELOW;
    find_best(history, n, best);
    for (size_t i = 0; i < n; i++)
        is_below[best[i]] = true;
    for (size_t i = 0; i < history->n; i++) {
        bool is_running = history->outcomes[i].state == RUN_OUTCOME_RUNNING;
        if (is_below[i])
            out->below[out->n_below++] = i;
        else if (run_outcome_is_finished(&history->outcomes[i]) ||
                 (is_running && !search->options.ignores_running))
            out->above[out->n_above++] = i;
    }
    swp_free(is_below);
    return SWP_OK;
}

/* --- candidates ------------------------------------------------------------------------------- */

/* Both densities over some dimensions. */
typedef struct model {
    run_parzen below, above;
} model;

static void model_deinit(model *m)
{
    run_parzen_deinit(&m->below);
    run_parzen_deinit(&m->above);
}

static swp_status model_init(model *out, const run_history *history, run_dims dims,
                             const parted *groups, swp_err *err)
{
    *out = (model){0};
    swp_status status =
        run_parzen_init(&out->below, history, dims, groups->below, groups->n_below, err);
    if (status == SWP_OK)
        status = run_parzen_init(&out->above, history, dims, groups->above, groups->n_above, err);
    return status;
}

/* Candidates and how good they are.
 * shapes   points (N_CANDIDATES, dims.n), scores (N_CANDIDATES) */
static swp_status draw_candidates(const model *m, eng_rng *rng, double *points, double *scores,
                                  swp_err *err)
{
    for (size_t i = 0; i < N_CANDIDATES; i++)
        scores[i] = 0;
    swp_status status = run_parzen_draw(&m->below, rng, points, N_CANDIDATES, err);
    if (status == SWP_OK)
        status = run_parzen_add_log_density(&m->below, points, N_CANDIDATES, 1, scores, err);
    if (status == SWP_OK)
        status = run_parzen_add_log_density(&m->above, points, N_CANDIDATES, -1, scores, err);
    return status;
}

/* Put the values of one candidate into a point. */
static void set_values(run_dims dims, const double *candidate, double *point)
{
    for (size_t d = 0; d < dims.n; d++)
        point[dims.which[d]] = candidate[d];
}

/* Put the best candidate into a point: of those that the history does not know, or of all. False
 * when there is none. */
static bool take_best(const run_history *history, run_dims dims, const double *points,
                      double *scores, bool may_be_known, double *point)
{
    for (size_t tries = 0; tries < N_CANDIDATES; tries++) {
        size_t best = 0;
        for (size_t i = 1; i < N_CANDIDATES; i++) {
            if (scores[i] > scores[best])
                best = i;
        }
        set_values(dims, &points[best * dims.n], point);
        if (may_be_known || run_history_find(history, point) == history->n)
            return true;
        scores[best] = (double)-INFINITY;
    }
    return false;
}

/* Fill the dimensions of a model into a point. *found is false when all candidates were known. */
static swp_status suggest(const run_search *search, run_dims dims, const parted *groups,
                          eng_rng *rng, double *point, bool *found, swp_err *err)
{
    double scores[N_CANDIDATES];
    double *points = swp_alloc(N_CANDIDATES * dims.n, sizeof *points);
    if (!points)
        return swp_fail(err, SWP_NOMEM, "out of memory for candidates");
    model m;
    swp_status status = model_init(&m, &search->history, dims, groups, err);
    *found = false;
    for (size_t i = 0; i < MOST_ROUNDS && status == SWP_OK && !*found; i++) {
        status = draw_candidates(&m, rng, points, scores, err);
        if (status == SWP_OK)
            *found = take_best(&search->history, dims, points, scores, search->is_exact, point);
    }
    model_deinit(&m);
    swp_free(points);
    return status;
}

/* Set the dimensions that have a single value. */
static void set_single(const run_space *space, double *point)
{
    for (size_t i = 0; i < space->n; i++) {
        if (run_dim_count(&space->dims[i]) == 1)
            point[i] = space->dims[i].low;
    }
}

static swp_status suggest_all(run_search *search, eng_rng *rng, double *point, bool *found,
                              swp_err *err)
{
    parted groups;
    swp_status status = part(search, &groups, err);
    set_single(search->history.space, point);
    if (!search->options.is_independent && status == SWP_OK) {
        run_dims all = {search->which, search->n_which};
        status = suggest(search, all, &groups, rng, point, found, err);
    }
    for (size_t i = 0; i < search->n_which && search->options.is_independent && status == SWP_OK;
         i++) {
        run_dims one = {&search->which[i], 1};
        status = suggest(search, one, &groups, rng, point, found, err);
    }
    swp_free(groups.below);
    return status;
}

/* --- proposals -------------------------------------------------------------------------------- */

static swp_status propose_as_optuna(run_search *search, double *point, swp_err *err)
{
    bool found;
    if (count_finished(&search->history) >= N_STARTUP)
        return suggest_all(search, &search->model, point, &found, err);
    run_random_point(search->history.space, &search->random, point);
    return SWP_OK;
}

static swp_status propose_unknown(run_search *search, double *point, swp_err *err)
{
    bool found = false;
    swp_status status = SWP_OK;
    if (count_finished(&search->history) >= N_STARTUP) {
        eng_rng rng;
        run_stream_seed(&rng, search->seed, search->history.n, RUN_DRAW_MODEL);
        status = suggest_all(search, &rng, point, &found, err);
    }
    if (!found)
        run_walk_next(&search->walk, &search->history, point);
    return status;
}

static swp_status tpe_propose(run_search *search, double *point, bool *found, swp_err *err)
{
    *found = search->is_exact || !run_history_is_full(&search->history);
    if (!*found)
        return SWP_OK;
    swp_status status = search->is_exact ? propose_as_optuna(search, point, err)
                                         : propose_unknown(search, point, err);
    return status == SWP_OK ? run_history_add(&search->history, point, err) : status;
}

static swp_status tpe_observe(run_search *search, size_t index, const run_outcome *outcome,
                              swp_err *err)
{
    return run_history_observe(&search->history, index, outcome, err);
}

const run_searcher *run_searcher_tpe(void)
{
    static const run_searcher tpe = {
        .version = RUN_SEARCHER_VERSION,
        .name = "tpe",
        .algorithm = 1,
        .is_adaptive = true,
        .takes_ranges = true,
        .open = tpe_open,
        .propose = tpe_propose,
        .observe = tpe_observe,
        .close = tpe_close,
    };
    return &tpe;
}
