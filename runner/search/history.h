/* What a search remembers: the points that were proposed, what became of them, and which points of
 * the space are known. */
#ifndef RUN_HISTORY_H
#define RUN_HISTORY_H

#include "runner/search/searcher.h"

/* Whether an outcome can be learned from: done or stopped. */
bool run_outcome_is_finished(const run_outcome *outcome);

/* Order of finished outcomes, as qsort wants it: done ones by value, then stopped ones by how far
 * they came and the value there, those without a report last. */
int run_outcome_compare(const run_outcome *a, const run_outcome *b);

typedef struct run_history {
    const run_space *space; /* borrowed */
    double *points;         /* (n, space->n) */
    run_outcome *outcomes;  /* (n) */
    size_t n, room;
    size_t *slots; /* (mask + 1) open addressing: number of a proposal + 1, 0 = empty */
    size_t mask;
    size_t n_known; /* different points among the n */
} run_history;

/* errors   CONFIG (a point outside the space, a value that is not finite), NOMEM
 * owns     *out: run_history_deinit, after a failure too */
SWP_CHECKED swp_status run_history_init(run_history *out, const run_space *space,
                                        const run_proposal *proposals, size_t n, swp_err *err);
void run_history_deinit(run_history *history);

/* Add a proposal that is running. errors NOMEM */
SWP_CHECKED swp_status run_history_add(run_history *history, const double *point, swp_err *err);

/* errors   INTERNAL (no such proposal, or DONE without a finite value) */
SWP_CHECKED swp_status run_history_observe(run_history *history, size_t index,
                                           const run_outcome *outcome, swp_err *err);

const double *run_history_point(const run_history *history, size_t index); /* (space->n) */

/* The number of the first proposal of this point, n if there is none; whether all points of the
 * space were proposed. */
size_t run_history_find(const run_history *history, const double *point);
bool run_history_is_full(const run_history *history);

/* The first point in grid order, the last dimension varying fastest, that was not proposed. Only
 * where the space is finite and not full. */
void run_history_first_unknown(const run_history *history, double *point);

#endif
