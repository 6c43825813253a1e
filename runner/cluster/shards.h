/* What attempts have published: FOLDER/shards/TASK-JOB-rRESTARTS-RANDOM-CHECKSUM.shard
 *
 * Every attempt at a task has its own, and replaces it by a newer one; an attempt never writes
 * another's. The checksum is the beginning of the SHA-256 of the bytes. */
#ifndef RUN_SHARDS_H
#define RUN_SHARDS_H

#include "results/store/shard.h"
#include "runner/cluster/manifest.h"

#define RUN_SHARD_NAME_SIZE 160
#define RUN_SHARD_SUFFIX    ".shard"
#define RUN_ALL_TASKS       SIZE_MAX

#define RUN_MOST_SHARD ((size_t)1 << 32) /* bytes of one that are read */

/* The name under which an attempt (its name is `stem`) publishes these bytes. */
void run_shard_name(const char *stem, const void *bytes, size_t n, char out[RUN_SHARD_NAME_SIZE]);

/* Task at the beginning of a name; false when there is none. */
bool run_shard_task(const char *name, size_t *task);

/* Callbacks of run_shards_visit. FORMAT from `visit` means that this shard cannot be used: it is
 * passed to `bad`, as are files that are not whole; every other failure ends the visit. */
typedef struct run_shard_visitor {
    swp_status (*visit)(void *context, const res_shard *shard, swp_err *err);
    void (*bad)(void *context, const char *text);
    void *context;
} run_shard_visitor;

/* Whether these bytes are weights as .safetensors: for res_merge. */
bool run_shard_is_model(const void *bytes, size_t n);

/* Visit the shards of a task, or all. One that its owner replaces meanwhile may be left out.
 * errors   IO, NOMEM, those of visit */
SWP_CHECKED swp_status run_shards_visit(const run_manifest *manifest, size_t task,
                                        const run_shard_visitor *visitor, swp_err *err);

#endif
