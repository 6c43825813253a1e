/* A plan enrolled in a store: its revision, and how far each of its trials has come. */
#ifndef RUN_STUDY_H
#define RUN_STUDY_H

#include "engine/base/digest.h"
#include "results/store/store.h"
#include "runner/plan/plan.h"
#include "runner/plan/queue.h"

typedef struct run_search_study run_search_study; /* runner/plan/search_study.h */

typedef struct run_study {
    run_plan *plan;   /* borrowed; a search adds to it */
    res_store *store; /* borrowed */
    int64_t revision;
    bool is_new;              /* the store had no revision with these settings */
    res_trial_status *trials; /* (plan->n_trials) */
    size_t n_evaluations_done;
    run_search_study *search;       /* NULL: all trials were planned at once */
    int64_t data, split;            /* of a search, in the store */
    char (*fixed)[SWP_DIGEST_SIZE]; /* (n_fixed) of the distinct parameters of its trials, without
                                       those that the search chooses */
    size_t n_fixed;
    bool has_new_fixed; /* since the axes were recorded */
    int64_t *splits;    /* (plan->n_splits) the plan's, in the store */
} run_study;

typedef struct run_study_spec {
    const res_pair *environment; /* (n_environment) */
    size_t n_environment;
    bool fresh;        /* use nothing that was stored before */
    bool retry_failed; /* failed trials wait again */
} run_study_spec;

/* Add what the store lacks of the plan, in one transaction; after a failure the store is as it was.
 * Of a search whose plan has no trials yet: the trials that are stored, and all that can be
 * proposed before any of them is trained. errors   as the store's verbs   owns   run_study_deinit,
 * also on failure */
SWP_CHECKED swp_status run_study_init(run_study *out, run_plan *plan, res_store *store,
                                      const run_study_spec *spec, swp_err *err);
void run_study_deinit(run_study *study);

/* Read the progress of the trials again, after shards were merged into the store. errors as above
 */
SWP_CHECKED swp_status run_study_refresh(run_study *study, bool retry_failed, swp_err *err);

/* Enrol the plan's last trial and its readings, as the number of its place in the plan. For
 * searches. errors as the store's verbs */
SWP_CHECKED swp_status run_study_enrol_last(run_study *study, bool is_confirm, swp_err *err);

/* Record the domains of a search's axes again, if new trials have other values: of keys of [when],
 * and seeds. Domains that the search chooses from are known before. errors as the store's verbs */
SWP_CHECKED swp_status run_study_update_axes(run_study *study, swp_err *err);

/* Group the trials that still have epochs to do into cohorts as the engine wants them, each of
 * at most `memory` bytes (0 = no limit), in the order in which they are to be trained.
 * errors NOMEM   owns *out: run_cohorts_free */
SWP_CHECKED swp_status run_study_cohorts(const run_study *study, const eng_api *api,
                                         uint64_t memory, run_cohort **out, size_t *n,
                                         swp_err *err);

#endif
