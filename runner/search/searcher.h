/* The interface behind which trials are proposed.
 *
 * A search gives one point of a space after the other, and is told what became of them. What it
 * proposes next depends on the space, the seed and the outcomes only: a search that is opened with
 * a history goes on as the one would that made it. */
#ifndef RUN_SEARCHER_H
#define RUN_SEARCHER_H

#include "runner/config/cfg.h"

#define RUN_SEARCHER_VERSION 1

/* What became of a proposal. */
typedef struct run_outcome {
    cfg_settings settings;
    double value; /* of the objective; NAN: it failed, or is not known yet */
} run_outcome;

typedef struct run_search run_search; /* one that is open */

/* A strategy: every slot is required; run_searcher_validate checks that. */
typedef struct run_searcher {
    unsigned version; /* RUN_SEARCHER_VERSION */
    const char *name; /* the word of [search] strategy */

    /* Search the space of a configuration, behind the `n` proposals of `history` in their order.
     * errors   NOMEM   owns   *out: close; borrows space, whose texts the proposals use */
    swp_status (*open)(const cfg *space, uint64_t seed, const run_outcome *history, size_t n,
                       run_search **out, swp_err *err);

    /* The next point; *found is false when the space has no more. errors NOMEM */
    swp_status (*propose)(run_search *search, cfg_settings *out, bool *found, swp_err *err);

    /* What became of proposal number `index` (from 0, the history's included).
     * errors   INTERNAL (it was not made), NOMEM */
    swp_status (*observe)(run_search *search, size_t index, const run_outcome *outcome,
                          swp_err *err);
    void (*close)(run_search *search); /* NULL allowed */
} run_searcher;

/* errors   INTERNAL, naming the missing function or the version */
SWP_CHECKED swp_status run_searcher_validate(const run_searcher *searcher, swp_err *err);

/* The registered searcher of this name, which is whole.
 * errors   INTERNAL (no such searcher, or as validate) */
SWP_CHECKED swp_status run_searcher_find(const char *name, const run_searcher **out, swp_err *err);

#endif
