/* How many cores each worker may keep busy: memory that the parent writes and its workers read. */
#ifndef RUN_SHARE_H
#define RUN_SHARE_H

#include <stddef.h>

#include "runner/process/slot.h"

typedef struct run_share run_share;

/* For n workers, one core each. errors NOMEM   owns   *out: run_share_destroy */
SWP_CHECKED swp_status run_share_create(size_t n, run_share **out, swp_err *err);
void run_share_destroy(run_share *share); /* NULL allowed */

/* Set the core count of worker i, which need not be forked yet. */
void run_share_set(run_share *share, size_t i, size_t count);

/* Give idle cores to the workers in these slots (n) that have work, the longest job first. `cores`
 * is what they may keep busy together; `waiting` jobs will need one each. */
void run_share_spread(run_share *share, const run_slot *slots, size_t n, size_t cores,
                      size_t waiting);

/* The count as an engine reads it. */
eng_cores run_share_of(const run_share *share, size_t i);

#endif
