/* Trials packed into tasks that are worth a place in a queue. */
#ifndef RUN_PACK_H
#define RUN_PACK_H

#include "runner/cluster/manifest.h"

/* The longest trials make the first tasks; neighbours in a task may go side by side.
 * shapes   members (plan->n_trials), first (n_tasks + 1), as in run_manifest
 * errors   as run_estimate_trials   owns *members, *first: swp_free */
SWP_CHECKED swp_status run_pack(const run_plan *plan, const run_packing *packing, size_t **members,
                                size_t **first, size_t *n_tasks, swp_err *err);

/* The same from the task of every trial, task_of (n). Tasks without trials are allowed. */
SWP_CHECKED swp_status run_unpack(const size_t *task_of, size_t n, size_t **members, size_t **first,
                                  size_t *n_tasks, swp_err *err);

#endif
