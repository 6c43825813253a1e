/* The confirm stage: the last fits of a search train its best trials again with fresh seeds. The
 * winner is chosen by the fresh values alone, because the best of many noisy values is better than
 * what it stands for. Pure functions; values are minimised. */
#ifndef RUN_CONFIRM_H
#define RUN_CONFIRM_H

#include "runner/search/searcher.h"

/* n_seeds fits of each of the n_best trials; both 0: no confirm stage. */
typedef struct run_confirm {
    size_t n_best, n_seeds;
} run_confirm;

/* confirm = auto: 5 x 4 for an adaptive search of 60 trials or more, else none. */
run_confirm run_confirm_auto(size_t trials, bool is_adaptive);

/* Fits of the stage, which are the last of all; the others are left to the search.
 * errors   CONFIG when fewer trials than candidates would be left to the search */
SWP_CHECKED swp_status run_confirm_fits(run_confirm plan, size_t trials, size_t *fits,
                                        swp_err *err);

/* The trials that are confirmed: done ones by value, then stopped ones by how far they came; the
 * smaller number wins a tie. Returns how many there are, n_best at most.
 * shapes   candidates (plan.n_best), best first */
size_t run_confirm_candidates(run_confirm plan, const run_outcome *outcomes, size_t n,
                              size_t *candidates);

/* What the fresh values say. */
typedef struct run_confirmed {
    size_t winner;    /* index of the candidate with the smallest mean */
    size_t n;         /* fresh values of the winner */
    double mean;      /* of them */
    double low, high; /* 95 % interval of the winner's true mean; NAN when no spread is known */
} run_confirmed;

/* Choose the winner; false without a single value. The interval is Student's, of the standard
 * deviation pooled over all candidates or the winner's own, whichever is larger, and holds for all
 * candidates at once (Bonferroni), because the winner was chosen by these very values.
 * shapes   values (n_candidates, n_seeds), NAN = failed */
bool run_confirm_judge(const double *values, size_t n_candidates, size_t n_seeds,
                       run_confirmed *out);

#endif
