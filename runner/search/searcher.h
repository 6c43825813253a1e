/* The interface of searchers, which propose points of a space.
 *
 * A search proposes one point after the other and gets their outcomes. What it proposes next
 * depends on the space, the seed and the history only: a search that is opened with a history
 * continues like the one that made it. Proposals are numbered from 0, points of the history that
 * came from elsewhere (a configuration to start with) included. */
#ifndef RUN_SEARCHER_H
#define RUN_SEARCHER_H

#include <stdint.h>

#include "runner/search/space.h"

#define RUN_SEARCHER_VERSION 2

typedef enum run_outcome_state {
    RUN_OUTCOME_RUNNING, /* nothing is known yet */
    RUN_OUTCOME_DONE,
    RUN_OUTCOME_STOPPED, /* by a stopper, before its last step */
    RUN_OUTCOME_FAILED
} run_outcome_state;

/* The outcome of a proposal. Values are minimised: negate an objective that is maximised. */
typedef struct run_outcome {
    run_outcome_state state;
    double value;     /* DONE: of the objective, finite; STOPPED: after last_step, may be NAN */
    size_t last_step; /* STOPPED: the last that was reported, from 1; 0 = none */
} run_outcome;

/* A proposal that was made. */
typedef struct run_proposal {
    const double *point; /* (space->n) */
    run_outcome outcome;
} run_proposal;

typedef struct run_search run_search; /* an open search */

/* A strategy: every function is required; run_searcher_validate checks that. */
typedef struct run_searcher {
    unsigned version;   /* RUN_SEARCHER_VERSION */
    const char *name;   /* the word of [search] strategy */
    unsigned algorithm; /* from 1; grows when the same history leads to other proposals */
    bool is_adaptive;   /* outcomes decide what is proposed, not only which points are known */
    bool takes_ranges;  /* it searches FLOAT and INT dimensions too */

    /* Search a space after the `n` proposals of `history`, in their order.
     * errors   CONFIG (a dimension that this strategy cannot search; a point outside the space),
     *          NOMEM
     * owns     *out: close; borrows space, copies the history */
    swp_status (*open)(const run_space *space, uint64_t seed, const run_proposal *history, size_t n,
                       run_search **out, swp_err *err);

    /* The next point, which enters the history as running; *found is false when the space has no
     * more. shapes point (space->n) errors NOMEM */
    swp_status (*propose)(run_search *search, double *point, bool *found, swp_err *err);

    /* Report the outcome of proposal number `index`; may be repeated when it changes.
     * errors   INTERNAL (it was not made, or a value is not finite where it must be) */
    swp_status (*observe)(run_search *search, size_t index, const run_outcome *outcome,
                          swp_err *err);
    void (*close)(run_search *search); /* NULL allowed */
} run_searcher;

/* errors   INTERNAL, naming the missing function or the version */
SWP_CHECKED swp_status run_searcher_validate(const run_searcher *searcher, swp_err *err);

/* The registered searcher of this name, validated.
 * errors   INTERNAL (no such searcher, or as validate) */
SWP_CHECKED swp_status run_searcher_find(const char *name, const run_searcher **out, swp_err *err);

/* The registered searchers by index; NULL after the last. */
const run_searcher *run_searcher_at(size_t index);

#endif
