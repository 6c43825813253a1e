/* Result of the confirm stage of a search: which of the best trials wins with fresh seeds, and by
 * what value. */
#ifndef RES_WINNER_H
#define RES_WINNER_H

#include "results/query/standing.h"
#include "results/stats/confirm.h"

typedef struct res_winner {
    size_t trial;        /* of study->trials, the one that was repeated */
    size_t n_candidates; /* trials that were repeated */
    res_confirmed fresh; /* of the objective at the best steps of its fits, not negated */
} res_winner;

/* The winner, once all fits of the stage have ended; *found is false without a stage, before that,
 * and when all fits have failed. errors NOMEM */
SWP_CHECKED swp_status res_winner_find(const res_study *study, const res_standing *standing,
                                       res_winner *out, bool *found, swp_err *err);

/* A trial that was repeated, with the results of its fits so far: of the objective, not negated. */
typedef struct res_candidate {
    size_t trial; /* of study->trials */
    res_confirmed fresh;
} res_candidate;

/* All of them, the best mean first; those without a finished fit come last. None without a confirm
 * stage. errors   NOMEM   owns   *out (n): swp_free */
SWP_CHECKED swp_status res_candidates_list(const res_study *study, const res_standing *standing,
                                           res_candidate **out, size_t *n, swp_err *err);

#endif
