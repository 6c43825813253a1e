/* Grid search: the points of a configuration in grid order, epochs and thresholds included. They
 * depend neither on the seed nor on outcomes; a history says how many were proposed before. */
#include "runner/search/grid.h"

#include "engine/base/mem.h"

struct run_search {
    const cfg *space;
    size_t n_proposed;
};

static swp_status grid_open(const cfg *space, uint64_t seed, const run_outcome *history, size_t n,
                            run_search **out, swp_err *err)
{
    (void)seed, (void)history;
    *out = swp_alloc(1, sizeof **out);
    if (!*out)
        return swp_fail(err, SWP_NOMEM, "out of memory for a search");
    **out = (run_search){.space = space, .n_proposed = n};
    return SWP_OK;
}

static swp_status grid_propose(run_search *search, cfg_settings *out, bool *found, swp_err *err)
{
    (void)err;
    *found = search->n_proposed < cfg_evaluation_count(search->space);
    if (*found)
        cfg_evaluation_at(search->space, search->n_proposed++, out);
    return SWP_OK;
}

static swp_status grid_observe(run_search *search, size_t index, const run_outcome *outcome,
                               swp_err *err)
{
    (void)outcome;
    if (index >= search->n_proposed)
        return swp_fail(err, SWP_INTERNAL, "point %zu was not proposed", index);
    return SWP_OK;
}

static void grid_close(run_search *search)
{
    swp_free(search);
}

const run_searcher *run_searcher_grid(void)
{
    static const run_searcher grid = {
        .version = RUN_SEARCHER_VERSION,
        .name = "grid",
        .open = grid_open,
        .propose = grid_propose,
        .observe = grid_observe,
        .close = grid_close,
    };
    return &grid;
}
