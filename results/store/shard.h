/* Shards: stores that hold a part of an experiment, made elsewhere, and merged into the store of
 * the whole. What a trial computes is the same bits wherever it is done, so merging inserts what is
 * missing and compares what is there already. */
#ifndef RES_SHARD_H
#define RES_SHARD_H

#include "results/store/store.h"

/* The bytes of a store that was opened as RES_SHARD and closed, or copied between two verbs. */
typedef struct res_shard {
    const char *name; /* for messages */
    void *bytes;      /* (n_bytes) as they were read */
    size_t n_bytes;
} res_shard;

/* One trial of a shard. */
typedef struct res_shard_trial {
    int64_t id; /* in the shard */
    char key[RES_KEY_SIZE];
    size_t epochs;
    bool is_done;  /* in a revision there; a command may end by itself */
    char *failure; /* why it ended early, or NULL */
} res_shard_trial;

/* errors   FORMAT, naming the shard, if it is not valid: foreign, newer, older, damaged (a page, or
 *          an impossible row: table, row, column); NOMEM owns     *out: res_shard_trials_free */
SWP_CHECKED swp_status res_shard_trials_list(const res_shard *shard, res_shard_trial **out,
                                             size_t *n, swp_err *err);
void res_shard_trials_free(res_shard_trial *list, size_t n);

/* Result of a merge, and callbacks for copies that differ. */
typedef struct res_merge {
    size_t n_trials;  /* that the shard and the revision have in common */
    size_t n_new;     /* epochs that were missing */
    size_t n_known;   /* epochs that were there already, with the same bits */
    size_t n_clashes; /* trials of which nothing was taken: see `clash` */
    /* A fact of this trial differs from the store's; `what` says which. NULL = not called. */
    void (*clash)(void *context, const char *key, const char *what);
    void *context;
    /* Whether these bytes are a model, or the state of one. NULL = not checked. */
    bool (*is_model)(const void *bytes, size_t n);
    bool (*is_state)(const void *bytes, size_t n);
    bool (*is_command_state)(const void *bytes, size_t n); /* of a command's trial */
} res_merge;

/* Add what the shard knows of the revision's trials and finish the evaluations that waited for it.
 * A trial with any fact that differs from the store's is left out whole, and reported. Adds to the
 * counts of *merge. One transaction; merging a shard again changes nothing.
 * errors   FORMAT as above, and then nothing was merged; as the store fails */
SWP_CHECKED swp_status res_shard_merge(res_store *store, int64_t revision, const res_shard *shard,
                                       res_merge *merge, swp_err *err);

#endif
