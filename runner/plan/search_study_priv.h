/* What the files of a search's study share. */
#ifndef RUN_SEARCH_STUDY_PRIV_H
#define RUN_SEARCH_STUDY_PRIV_H

#include "results/store/search.h"
#include "runner/plan/search_study.h"
#include "runner/search/searcher.h"

/* Find or add the search of a study's revision. in *slots are those wanted, out those that it began
 * with. errors as res_search_ensure */
SWP_CHECKED swp_status run_search_record(run_study *study, size_t *slots, swp_err *err);

/* Check that a stored proposal is the plan's next trial, and the one that the search makes: within
 * 1e-9, and equal in every choice. One of another version of the strategy, or made for other
 * max_steps, need not agree. shapes point (dimensions) errors DB, naming both; NOMEM */
SWP_CHECKED swp_status run_search_check(const run_study *study, const run_searcher *searcher,
                                        const res_proposal *stored, const double *point,
                                        const char *history, swp_err *err);

/* The values of the objective behind the first `from`. A trial of a command has one, when it is
 * done. shapes *values (*n)   errors DB, NOMEM   owns *values: swp_free, after a failure too */
SWP_CHECKED swp_status run_search_values(const run_study *study, size_t trial, size_t from,
                                         double **values, size_t *n, swp_err *err);

#endif
