/* Grid search: every combination of lists, the last one varying fastest. It depends neither on the
 * seed nor on outcomes: a history only says how many points were proposed before. */
#include "runner/search/grid.h"

#include "engine/base/mem.h"

struct run_search {
    const run_space *space;
    size_t n_proposed;
};

static swp_status grid_open(const run_space *space, uint64_t seed, const run_proposal *history,
                            size_t n, run_search **out, swp_err *err)
{
    (void)seed, (void)history;
    for (size_t i = 0; i < space->n; i++) {
        const run_dim *dim = &space->dims[i];
        if (dim->kind == RUN_ORDINAL || dim->kind == RUN_CATEGORICAL)
            continue;
        swp_status status =
            swp_fail(err, SWP_CONFIG, "%s: expected a list for a grid, found a range", dim->name);
        swp_hint(err, "write the values, or set strategy = random, sobol or tpe under [search]");
        return status;
    }
    *out = swp_alloc(1, sizeof **out);
    if (!*out)
        return swp_fail(err, SWP_NOMEM, "out of memory for a search");
    **out = (run_search){.space = space, .n_proposed = n};
    return SWP_OK;
}

static swp_status grid_propose(run_search *search, double *point, bool *found, swp_err *err)
{
    (void)err;
    size_t rest = search->n_proposed;
    for (size_t i = search->space->n; i-- > 0; rest /= search->space->dims[i].n)
        point[i] = (double)(rest % search->space->dims[i].n);
    *found = rest == 0;
    search->n_proposed += *found;
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
        .algorithm = 1,
        .open = grid_open,
        .propose = grid_propose,
        .observe = grid_observe,
        .close = grid_close,
    };
    return &grid;
}
