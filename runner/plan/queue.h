/* Trials that wait to be trained, and the jobs in which they are handed out.
 *
 * Jobs are formed only when they are asked for: the next is the cohort with the most work left.
 * Trials may be added at any time. */
#ifndef RUN_QUEUE_H
#define RUN_QUEUE_H

#include "runner/backend/backend.h"
#include "runner/plan/plan.h"

/* Trials of one kind, split and number of steps done, which a worker trains side by side. */
typedef struct run_cohort {
    size_t *trials; /* (n) indexes into plan.trials */
    size_t n;
    double cost; /* of one step of all */
} run_cohort;

typedef struct run_queue run_queue;

/* An empty queue. errors NOMEM   owns *out: run_queue_destroy; borrows plan and setup */
SWP_CHECKED swp_status run_queue_create(const run_plan *plan, const run_backend_setup *setup,
                                        run_queue **out, swp_err *err);
void run_queue_destroy(run_queue *queue); /* NULL allowed */

/* Add a waiting trial that has done this many steps. errors NOMEM */
SWP_CHECKED swp_status run_queue_add(run_queue *queue, size_t trial, size_t steps_done,
                                     swp_err *err);

/* The same for many, in any order. steps_done (plan.n_trials), by trial; NULL: none */
SWP_CHECKED swp_status run_queue_add_all(run_queue *queue, const size_t *trials, size_t n,
                                         const size_t *steps_done, swp_err *err);

/* Jobs that could be taken now. */
size_t run_queue_count(const run_queue *queue);

/* The next job; there must be one. errors NOMEM   owns out->trials: swp_free */
SWP_CHECKED swp_status run_queue_take(run_queue *queue, run_cohort *out, swp_err *err);

/* All jobs that these trials (indexes into plan.trials) make, in the order in which they would be
 * taken. errors NOMEM   owns   *out: run_cohorts_free */
SWP_CHECKED swp_status run_cohorts_form(const run_plan *plan, const size_t *trials, size_t n,
                                        const run_backend_setup *setup, const size_t *steps_done,
                                        run_cohort **out, size_t *n_cohorts, swp_err *err);
void run_cohorts_free(run_cohort *cohorts, size_t n);

/* Bytes that a cohort may take where `workers` of them share a device: most of what it has free,
 * and what one worker may have (run.memory; 0 = any) if that is less. 0 = no limit. */
uint64_t run_cohort_memory(const eng_info *device, size_t workers, uint64_t worker_memory);

#endif
