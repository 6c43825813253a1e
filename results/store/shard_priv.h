/* What the files that merge shards share. */
#ifndef RES_SHARD_PRIV_H
#define RES_SHARD_PRIV_H

#include "results/store/sql.h"

/* One trial in both: its ids, ?1 and ?2 of a statement. */
typedef struct res_shard_pair {
    int64_t shard, store;
} res_shard_pair;

res_sql res_shard_ask(res_store *store, const char *text, res_shard_pair ids);

/* What is known of both copies of a trial. */
typedef struct res_shard_copies {
    bool of_command, is_done; /* in the store */
    size_t there, here;       /* attempts, in the shard and in the store */
} res_shard_copies;

/* errors DB */
SWP_CHECKED swp_status res_shard_compare(res_store *store, res_shard_pair ids,
                                         res_shard_copies *out, swp_err *err);

/* Declare the metrics that the shard's command reported and the store does not have yet. errors DB
 */
SWP_CHECKED swp_status res_shard_declare_metrics(res_store *store, res_shard_pair ids,
                                                 swp_err *err);

/* Take attempts, and the end of a trial that ended by itself. errors DB */
SWP_CHECKED swp_status res_shard_take_attempts(res_store *store, res_shard_pair ids, swp_err *err);

/* A command may compute other numbers when it is run again: of two copies that differ (`what` says
 * in what) the one with more attempts counts, as if all had been recorded in the store, unless the
 * trial is done there. *is_older: the shard's is the other, and there is nothing to take. Else
 * `what` is cleared, and *n_common 0, when the shard's counts. errors DB */
SWP_CHECKED swp_status res_shard_prefer_newer(res_store *store, res_shard_pair ids,
                                              const res_shard_copies *of, size_t *n_common,
                                              char what[96], bool *is_older, swp_err *err);

#endif
