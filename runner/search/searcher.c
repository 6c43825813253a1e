/* The registry of searchers: the one list of them, and the check that a table is complete. A new
 * strategy is a table in a file of its own, an entry in run_searcher_at, and a word among those
 * that search.strategy allows. */
#include "runner/search/searcher.h"

#include <string.h>

#include "runner/search/grid.h"
#include "runner/search/random.h"
#include "runner/search/sobol.h"
#include "runner/search/tpe.h"

swp_status run_searcher_validate(const run_searcher *searcher, swp_err *err)
{
    if (searcher->version != RUN_SEARCHER_VERSION)
        return swp_fail(err, SWP_INTERNAL, "searcher %s: expected version %u, found %u",
                        searcher->name ? searcher->name : "without a name", RUN_SEARCHER_VERSION,
                        searcher->version);
    const struct {
        const char *name;
        bool is_there;
    } slots[] = {
        {"name", searcher->name != NULL},       {"algorithm", searcher->algorithm > 0},
        {"open", searcher->open != NULL},       {"propose", searcher->propose != NULL},
        {"observe", searcher->observe != NULL}, {"close", searcher->close != NULL},
    };
    for (size_t i = 0; i < sizeof slots / sizeof slots[0]; i++) {
        if (!slots[i].is_there)
            return swp_fail(err, SWP_INTERNAL, "searcher %s: %s is missing",
                            searcher->name ? searcher->name : "without a name", slots[i].name);
    }
    return SWP_OK;
}

const run_searcher *run_searcher_at(size_t index)
{
    const run_searcher *const registered[] = {run_searcher_grid(), run_searcher_random(),
                                              run_searcher_sobol(), run_searcher_tpe()};
    return index < sizeof registered / sizeof registered[0] ? registered[index] : NULL;
}

swp_status run_searcher_find(const char *name, const run_searcher **out, swp_err *err)
{
    for (size_t i = 0; (*out = run_searcher_at(i)); i++) {
        if (strcmp((*out)->name, name) == 0)
            return run_searcher_validate(*out, err);
    }
    return swp_fail(err, SWP_INTERNAL, "no searcher is called %s", name);
}
