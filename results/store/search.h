/* What a store keeps of searches: spaces, proposals, and fits that repeat trials. */
#ifndef RES_SEARCH_H
#define RES_SEARCH_H

#include "results/store/store.h"

/* A parameter that a search chooses. */
typedef struct res_dimension {
    const char *key;
    const char *kind; /* "float", "int", "ordinal", "categorical" */
    bool is_log;
    double low, high, step; /* of a coordinate; step 0: any number */
    const char *choices;    /* JSON list; NULL of float and int */
} res_dimension;

typedef struct res_search_spec {
    const char *strategy, *objective, *stop;
    bool maximize;
    uint32_t seed;
    size_t slots; /* 0: any number */
    size_t min_steps, max_steps, trials;
    size_t confirm_best, confirm_seeds;
    const res_dimension *dimensions; /* (n_dimensions) */
    size_t n_dimensions;
} res_search_spec;

/* Find or add the search of a revision, and set what may change in a later run. errors DB, NOMEM
 * out   *slots are those of the first run */
SWP_CHECKED swp_status res_search_ensure(res_store *store, int64_t revision,
                                         const res_search_spec *spec, size_t *slots, swp_err *err);

#define RES_NEVER SIZE_MAX

/* A trial as it was proposed. */
typedef struct res_proposal {
    size_t number; /* of the trial within the revision */
    char strategy[32];
    size_t version, max_steps;
    char history[RES_KEY_SIZE];
    double cost;         /* predicted, of one step */
    size_t failed_after; /* steps done when the search took it for failed; RES_NEVER */
    size_t visible;      /* proposals made before the result of its retry became known; RES_NEVER */
    double *point;       /* (dimensions) */
} res_proposal;

/* errors   DB, NOMEM */
SWP_CHECKED swp_status res_proposal_add(res_store *store, int64_t revision,
                                        const res_proposal *proposal, size_t n_dimensions,
                                        swp_err *err);

/* All proposals of a revision in their order. errors DB (damaged: a coordinate is missing), NOMEM
 * owns     *out: res_proposals_free */
SWP_CHECKED swp_status res_proposals_load(res_store *store, int64_t revision, size_t n_dimensions,
                                          res_proposal **out, size_t *n, swp_err *err);
void res_proposals_free(res_proposal *proposals, size_t n);

/* Set failed_after and visible of a proposal. errors INTERNAL (no such proposal), DB */
SWP_CHECKED swp_status res_proposal_set_outcome(res_store *store, int64_t revision,
                                                const res_proposal *proposal, swp_err *err);

/* A fit of the confirm stage. */
typedef struct res_confirmation {
    size_t number;   /* of its trial */
    size_t confirms; /* of the trial that it repeats */
    uint32_t seed;   /* with this one */
} res_confirmation;

/* errors   DB */
SWP_CHECKED swp_status res_confirmation_add(res_store *store, int64_t revision,
                                            const res_confirmation *fit, swp_err *err);

/* Those of a revision, by number. errors DB, NOMEM   owns *out: swp_free */
SWP_CHECKED swp_status res_confirmations_load(res_store *store, int64_t revision,
                                              res_confirmation **out, size_t *n, swp_err *err);

/* Values of a metric at the steps of a trial after `step`, to the last one.
 * errors   DB, NOMEM   owns   *out (n): swp_free; NAN where a step has none */
SWP_CHECKED swp_status res_values_load(res_store *store, int64_t trial, const char *metric,
                                       size_t step, double **out, size_t *n, swp_err *err);

/* Add the evaluations that a trial of a revision lacks, after all existing ones, and score its
 * steps at new thresholds. Numbers of the specs are ignored. errors DB, NOMEM */
SWP_CHECKED swp_status res_evaluations_append(res_store *store, int64_t revision,
                                              const res_evaluation_spec *evaluations, size_t n,
                                              swp_err *err);

/* Count the evaluations of a revision whose trials have enough steps. errors DB */
SWP_CHECKED swp_status res_evaluations_count_done(res_store *store, int64_t revision,
                                                  size_t *n_done, swp_err *err);

#endif
