/* Sobol's sequence, point by point from its number, and the search along it. */
#include "runner/search/sobol.h"

#include "engine/base/mem.h"
#include "runner/search/random.h"

/* Indexes that may lead to known points before the grid is searched for an unknown one. */
#define MOST_SKIPPED 1000

/* Degree, polynomial with its leading and trailing 1, initial numbers of dimensions 2.. */
static const struct {
    unsigned degree, polynomial, first[7];
} primitive[RUN_SOBOL_DIMS - 1] = {
    {1, 3, {1}},
    {2, 7, {1, 3}},
    {3, 11, {1, 3, 1}},
    {3, 13, {1, 1, 1}},
    {4, 19, {1, 1, 3, 3}},
    {4, 25, {1, 3, 5, 13}},
    {5, 37, {1, 1, 5, 5, 17}},
    {5, 41, {1, 1, 5, 5, 5}},
    {5, 47, {1, 1, 7, 11, 19}},
    {5, 55, {1, 1, 5, 1, 1}},
    {5, 59, {1, 1, 1, 3, 11}},
    {5, 61, {1, 3, 5, 5, 31}},
    {6, 67, {1, 3, 3, 9, 7, 49}},
    {6, 91, {1, 1, 1, 15, 21, 21}},
    {6, 97, {1, 3, 1, 13, 27, 49}},
    {6, 103, {1, 1, 1, 15, 7, 5}},
    {6, 109, {1, 3, 1, 15, 13, 25}},
    {6, 115, {1, 1, 5, 5, 19, 61}},
    {7, 131, {1, 3, 7, 11, 23, 15, 103}},
    {7, 137, {1, 3, 7, 13, 13, 15, 69}},
};

/* The numbers m_k of dimension `dim`, k from 0. */
static void numbers_of(size_t dim, uint32_t m[RUN_SOBOL_BITS])
{
    if (dim == 0) {
        for (size_t k = 0; k < RUN_SOBOL_BITS; k++)
            m[k] = 1;
        return;
    }
    size_t degree = primitive[dim - 1].degree;
    for (size_t k = 0; k < RUN_SOBOL_BITS; k++) {
        if (k < degree) {
            m[k] = primitive[dim - 1].first[k];
            continue;
        }
        m[k] = m[k - degree] ^ m[k - degree] << degree;
        for (size_t j = 1; j < degree; j++) {
            if (primitive[dim - 1].polynomial >> (degree - j) & 1)
                m[k] ^= m[k - j] << j;
        }
    }
}

void run_sobol_init(run_sobol *out, uint64_t seed)
{
    eng_rng rng;
    run_stream_seed(&rng, seed, 0, RUN_DRAW_SHIFT);
    out->seed = seed;
    for (size_t d = 0; d < RUN_SOBOL_DIMS; d++) {
        uint32_t m[RUN_SOBOL_BITS];
        numbers_of(d, m);
        for (size_t k = 0; k < RUN_SOBOL_BITS; k++)
            out->directions[d][k] = m[k] << (RUN_SOBOL_BITS - 1 - k);
        out->shift[d] = eng_rng_next(&rng) >> (32 - RUN_SOBOL_BITS);
    }
}

uint32_t run_sobol_integer(const run_sobol *sobol, size_t dim, size_t index)
{
    uint32_t integer = 0;
    size_t gray = index ^ index >> 1;
    for (size_t bit = 0; bit < RUN_SOBOL_BITS; bit++) {
        if (gray >> bit & 1)
            integer ^= sobol->directions[dim][bit];
    }
    return integer;
}

void run_sobol_point(const run_sobol *sobol, const run_space *space, size_t index, double *point)
{
    eng_rng padding;
    run_stream_seed(&padding, sobol->seed, index, RUN_DRAW_PADDING);
    for (size_t i = 0; i < space->n; i++) {
        double u = i < RUN_SOBOL_DIMS ? (run_sobol_integer(sobol, i, index) ^ sobol->shift[i]) *
                                            (1.0 / (1u << RUN_SOBOL_BITS))
                                      : run_draw(&padding);
        point[i] = run_dim_from_unit(&space->dims[i], u);
    }
}

/* Go to the next index whose point is not among the first `n` proposals. False: it took too long.
 */
static bool skip_known(run_walk *walk, const run_history *history, size_t n, double *point)
{
    for (size_t i = 0; i < MOST_SKIPPED; i++, walk->index++) {
        run_sobol_point(&walk->sobol, history->space, walk->index, point);
        if (run_history_find(history, point) >= n)
            return true;
    }
    return false;
}

void run_walk_next(run_walk *walk, const run_history *history, double *point)
{
    for (; walk->n < history->n; walk->n++) {
        if (skip_known(walk, history, walk->n, point))
            walk->index++;
    }
    if (!skip_known(walk, history, history->n, point)) {
        walk->index -= MOST_SKIPPED; /* this proposal skips it again */
        run_history_first_unknown(history, point);
    }
}

struct run_search {
    run_history history;
    run_walk walk;
};

static void sobol_close(run_search *search)
{
    if (search)
        run_history_deinit(&search->history);
    swp_free(search);
}

static swp_status sobol_open(const run_space *space, uint64_t seed, const run_proposal *history,
                             size_t n, run_search **out, swp_err *err)
{
    run_search *search = swp_alloc(1, sizeof *search);
    if (!search)
        return swp_fail(err, SWP_NOMEM, "out of memory for a search");
    run_sobol_init(&search->walk.sobol, seed);
    swp_status status = run_history_init(&search->history, space, history, n, err);
    if (status == SWP_OK)
        *out = search;
    else
        sobol_close(search);
    return status;
}

static swp_status sobol_propose(run_search *search, double *point, bool *found, swp_err *err)
{
    *found = !run_history_is_full(&search->history);
    if (!*found)
        return SWP_OK;
    run_walk_next(&search->walk, &search->history, point);
    return run_history_add(&search->history, point, err);
}

static swp_status sobol_observe(run_search *search, size_t index, const run_outcome *outcome,
                                swp_err *err)
{
    return run_history_observe(&search->history, index, outcome, err);
}

const run_searcher *run_searcher_sobol(void)
{
    static const run_searcher sobol = {
        .version = RUN_SEARCHER_VERSION,
        .name = "sobol",
        .algorithm = 1,
        .takes_ranges = true,
        .open = sobol_open,
        .propose = sobol_propose,
        .observe = sobol_observe,
        .close = sobol_close,
    };
    return &sobol;
}
