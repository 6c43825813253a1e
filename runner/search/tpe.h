/* The searcher that models good and bad points: a tree-structured Parzen estimator.
 *
 * Joint over all dimensions, trials under way count as bad ("constant liar"), Sobol points until
 * ten trials are finished, and no point twice.
 *
 * source   Bergstra et al. 2011 (NeurIPS); Watanabe 2023 (arXiv 2304.11127); Optuna 5.0.0, whose
 *          defaults are the same but for the start and for known points */
#ifndef RUN_TPE_H
#define RUN_TPE_H

#include "runner/search/searcher.h"

const run_searcher *run_searcher_tpe(void);

/* How Optuna's sampler is set up. */
typedef struct run_tpe_optuna {
    bool is_independent;  /* multivariate = False: each dimension alone, in the space's order */
    bool ignores_running; /* constant_liar = False */
} run_tpe_optuna;

/* A search that proposes exactly what Optuna's TPESampler(seed) does, to compare the two: a random
 * start, known points again, and two generators that keep their state from proposal to proposal, so
 * it does not continue a stored history as Optuna's sampler would. Points that are equal in a
 * dimension are sorted stably there. Use and close it like a search of run_searcher_tpe().
 * errors   as run_searcher.open */
SWP_CHECKED swp_status run_tpe_open_as_optuna(const run_space *space, uint32_t seed,
                                              run_tpe_optuna options, const run_proposal *history,
                                              size_t n, run_search **out, swp_err *err);

#endif
