/* One attempt at a task: its name, its heartbeat, and what it publishes. */
#ifndef RUN_ATTEMPT_H
#define RUN_ATTEMPT_H

#include "engine/base/temporary.h"
#include "runner/cluster/shards.h"

#define RUN_RUNNING_SUFFIX ".attempt"
#define RUN_MOST_WHO       4096 /* bytes of what an attempt says of itself */

/* Seconds without a heartbeat after which an attempt counts as lost: more than a living one ever
 * lets pass, and than clocks of hosts usually differ. */
#define RUN_SILENT_S 900.0

typedef struct run_attempt {
    const run_manifest *manifest;
    char stem[96];                       /* TASK-JOB-rRESTARTS-RANDOM */
    swp_temporary scratch;               /* a folder of its own on this machine */
    char *local;                         /* the shard in it */
    char *shards;                        /* where it publishes */
    char *life;                          /* FOLDER/running/STEM.attempt */
    char published[RUN_SHARD_NAME_SIZE]; /* what it has published last; "" = nothing */
    char known[RUN_SHARD_NAME_SIZE];     /* name of what is published, or came from others */
    double tried;                        /* clock: when it last published, or could not */
    double beat;                         /* clock: its last heartbeat */
    int signals;                         /* stop signals answered by publishing */
    bool troubled;                       /* it could not publish, and that was said */
    bool holds_news;                     /* the scratch folder has what could not be published */
} run_attempt;

/* Name the attempt after the Slurm job that this is, if it is one; make the scratch folder in
 * `scratch` (NULL: $TMPDIR, else /tmp), and leave a heartbeat in the shared folder.
 * errors   IO, NOMEM   owns   run_attempt_end, also on failure; manifest is borrowed */
SWP_CHECKED swp_status run_attempt_begin(run_attempt *out, const run_manifest *manifest,
                                         size_t task, const char *scratch, swp_err *err);

/* Whether an attempt that says this of itself ("process 17 on HOST since ...") was killed: on this
 * machine, and there is no such process. */
bool run_attempt_is_gone(const char *who);

/* Seconds since the heartbeat in this file, by this machine's clock; 0 where it cannot be told. */
double run_attempt_silence(const char *path);

/* What the shard holds now is known to others: there is nothing to publish until it changes. */
void run_attempt_mark(run_attempt *attempt);

/* Publish the shard, between two verbs of its store, unless it is as it was. errors IO, NOMEM */
SWP_CHECKED swp_status run_attempt_publish(run_attempt *attempt, swp_err *err);

/* For run_sched_options.after_round: publish now and then, and when a stop signal has come. What
 * cannot be published is tried again later. Each minute the heartbeat is renewed. */
void run_attempt_tend(void *attempt);

/* Publish what is left; while the shared folder fails, try again for some minutes.
 * errors   IO naming the shard, which then stays in the scratch folder */
SWP_CHECKED swp_status run_attempt_deliver(run_attempt *attempt, swp_err *err);

/* Take the heartbeat back, and the scratch folder unless it holds what could not be published.
 */
void run_attempt_end(run_attempt *attempt);

#endif
