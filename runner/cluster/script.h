/* What runs a task: the batch script for Slurm, or a command line to run by hand. */
#ifndef RUN_SCRIPT_H
#define RUN_SCRIPT_H

#include "runner/cluster/manifest.h"

#define RUN_SCRIPT_NAME "batch.sh"

/* What a task requests from Slurm; NULL and 0 request nothing. */
typedef struct run_resources {
    double time_s;    /* wall time of one attempt */
    const char *time; /* the same as Slurm writes it, if it was given that way */
    const char *mem;  /* of a task, as 2G */
    size_t cpus;      /* of a task, and workers in it; at least 1 */
    size_t gpus;      /* generic resource gpu */
    const char *partition, *account;
    const char *const *sbatch_args; /* (n_sbatch_args) as they are */
    size_t n_sbatch_args;
} run_resources;

/* Append the batch script. It takes the array's offset and options for `sweep work`.
 * errors   USAGE when a text holds a line break or another control character; IO; NOMEM */
SWP_CHECKED swp_status run_script_format(const run_manifest *manifest,
                                         const run_resources *resources, swp_buf *out,
                                         swp_err *err);

/* Append the command line of one task, for a POSIX shell on any machine that sees the folder.
 * errors   IO, NOMEM */
SWP_CHECKED swp_status run_script_command(const run_manifest *manifest, size_t task,
                                          bool retry_failed, swp_buf *out, swp_err *err);

#endif
