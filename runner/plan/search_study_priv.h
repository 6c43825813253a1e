/* What the files of a search's study share. */
#ifndef RUN_SEARCH_STUDY_PRIV_H
#define RUN_SEARCH_STUDY_PRIV_H

#include "results/store/search.h"
#include "runner/plan/search_study.h"
#include "runner/search/searcher.h"

/* "learning_rate=0.001 batch_size=4", and of a confirm stage the seed; NULL without memory.
 * shapes point (dimensions)   owns swp_free */
char *run_search_label(const cfg *config, const double *point, const uint32_t *seed);

/* Find or add the search of a study's revision. in *slots are those wanted, out those that it began
 * with. errors as res_search_ensure */
SWP_CHECKED swp_status run_search_record(run_study *study, size_t *slots, swp_err *err);

/* Check that a stored proposal is the plan's next trial, and equals the one that the search makes:
 * within 1e-9, and in every choice. One of another version of the strategy, or made for other
 * max_steps, need not agree. shapes point (dimensions) errors DB, naming both; NOMEM */
SWP_CHECKED swp_status run_search_check(const run_study *study, const run_searcher *searcher,
                                        const res_proposal *stored, const double *point,
                                        const char *history, swp_err *err);

/* Whether a trial is judged only when it is done, as if it had one step: a command without a
 * stopper. */
bool run_search_judges_once(const run_study *study);

/* Whether trials run ahead of decisions: a command is ended only at a rung, while a rule that
 * decides at every step follows it. */
bool run_search_runs_ahead(const run_study *study);

/* The values of the objective after the first `from`; of a trial that is judged once, its result.
 * shapes *values (*n)   errors DB, NOMEM   owns *values: swp_free, after a failure too */
SWP_CHECKED swp_status run_search_values(const run_study *study, size_t trial, size_t from,
                                         double **values, size_t *n, swp_err *err);

#endif
