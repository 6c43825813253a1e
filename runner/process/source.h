/* Where the scheduler gets jobs from.
 *
 * It asks for a job when a worker is free, and repeatedly for the budget of running trials: a
 * budget lets a trial continue, gives it more steps, or stops it. */
#ifndef RUN_SOURCE_H
#define RUN_SOURCE_H

#include "runner/plan/queue.h"
#include "runner/plan/study.h"

typedef struct run_source {
    void *context;

    /* Jobs that could be taken now. */
    size_t (*count)(void *context);

    /* The next job; asked only when there is one. errors NOMEM   owns out->trials: swp_free */
    swp_status (*take)(void *context, run_cohort *out, swp_err *err);

    /* Steps that a trial is to be trained to: asked when it is handed out, and of all that run
     * after steps were recorded. A number that it has already reached stops it after its current
     * step. */
    size_t (*budget)(void *context, size_t trial);

    /* A step was recorded; or (NULL) the trial failed. Called before budget. NULL = not called. */
    void (*observe)(void *context, size_t trial, const res_step *step);

    /* Optional, all four or none: for a source that decides by observed values. */

    /* Decide what follows; trials may be added to the plan. Called in every round before jobs are
     * handed out. A trial that did all steps of its budget, but not of its plan, waits: the source
     * itself records its state. errors as the store's verbs, NOMEM */
    swp_status (*advance)(void *context, swp_err *err);

    /* No worker has the trial any more. It is open again if its budget has grown meanwhile. errors
     * NOMEM */
    swp_status (*leave)(void *context, size_t trial, swp_err *err);
    const char *(*label)(void *context, size_t trial); /* for progress; valid until the source is
                                                        * freed */
    bool (*is_over)(void *context);                    /* nothing is left to train */
} run_source;

/* All waiting trials of a study, longest jobs first, each to its largest planned epoch count.
 * errors NOMEM   owns   *out: run_source_of_study_free; borrows study and setup */
SWP_CHECKED swp_status run_source_of_study(const run_study *study, const run_backend_setup *setup,
                                           run_source *out, swp_err *err);
void run_source_of_study_free(run_source *source);

/* The trials of study->search, as it proposes and continues them. `workers` share the trials that
 * are open at the same time. errors NOMEM   owns   *out: run_source_of_search_free; borrows study
 * and setup */
SWP_CHECKED swp_status run_source_of_search(run_study *study, const run_backend_setup *setup,
                                            size_t workers, run_source *out, swp_err *err);
void run_source_of_search_free(run_source *source);

#endif
