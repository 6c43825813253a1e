/* Random search. Each proposal has a stream of its own and draws from it until the point is new; in
 * a small space where that takes too long, the first unknown point in grid order is taken. */
#include "runner/search/random.h"

#include "engine/base/mem.h"
#include "runner/search/history.h"

/* Draws that may hit known points before the grid is searched for an unknown one. */
#define MOST_DRAWS 1000

struct run_search {
    run_history history;
    uint64_t seed;
};

/* source   the finaliser of SplitMix64 (Steele, Lea & Flood 2014) */
static uint64_t mix(uint64_t x)
{
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

void run_stream_seed(eng_rng *rng, uint64_t seed, uint64_t number, run_purpose purpose)
{
    const uint64_t golden = UINT64_C(0x9e3779b97f4a7c15);
    uint64_t mixed = mix(mix(mix(seed + golden) + number + golden) + (uint64_t)purpose + golden);
    eng_rng_seed(rng, (uint32_t)(mixed >> 32));
}

double run_draw(eng_rng *rng)
{
    uint32_t high = eng_rng_next(rng) >> 5, low = eng_rng_next(rng) >> 6;
    return (high * 0x1p26 + low) * 0x1p-53;
}

static double draw_category(eng_rng *rng, size_t n)
{
    size_t best = 0;
    double largest = -1;
    for (size_t i = 0; i < n; i++) {
        double drawn = run_draw(rng);
        if (drawn > largest)
            largest = drawn, best = i;
    }
    return (double)best;
}

void run_random_point(const run_space *space, eng_rng *rng, double *point)
{
    for (size_t i = 0; i < space->n; i++) {
        const run_dim *dim = &space->dims[i];
        if (run_dim_count(dim) == 1)
            point[i] = dim->low;
        else if (dim->kind == RUN_CATEGORICAL)
            point[i] = draw_category(rng, dim->n);
        else
            point[i] = run_dim_from_unit(dim, run_draw(rng));
    }
}

static void random_close(run_search *search)
{
    if (search)
        run_history_deinit(&search->history);
    swp_free(search);
}

static swp_status random_open(const run_space *space, uint64_t seed, const run_proposal *history,
                              size_t n, run_search **out, swp_err *err)
{
    run_search *search = swp_alloc(1, sizeof *search);
    if (!search)
        return swp_fail(err, SWP_NOMEM, "out of memory for a search");
    search->seed = seed;
    swp_status status = run_history_init(&search->history, space, history, n, err);
    if (status == SWP_OK)
        *out = search;
    else
        random_close(search);
    return status;
}

static swp_status random_propose(run_search *search, double *point, bool *found, swp_err *err)
{
    run_history *history = &search->history;
    *found = !run_history_is_full(history);
    if (!*found)
        return SWP_OK;
    eng_rng rng;
    run_stream_seed(&rng, search->seed, history->n, RUN_DRAW_POINT);
    bool is_new = false;
    for (size_t i = 0; i < MOST_DRAWS && !is_new; i++) {
        run_random_point(history->space, &rng, point);
        is_new = run_history_find(history, point) == history->n;
    }
    if (!is_new)
        run_history_first_unknown(history, point);
    return run_history_add(history, point, err);
}

static swp_status random_observe(run_search *search, size_t index, const run_outcome *outcome,
                                 swp_err *err)
{
    return run_history_observe(&search->history, index, outcome, err);
}

const run_searcher *run_searcher_random(void)
{
    static const run_searcher random = {
        .version = RUN_SEARCHER_VERSION,
        .name = "random",
        .algorithm = 1,
        .takes_ranges = true,
        .open = random_open,
        .propose = random_propose,
        .observe = random_observe,
        .close = random_close,
    };
    return &random;
}
