/* Slurm, asked through its own commands. */
#ifndef RUN_SLURM_H
#define RUN_SLURM_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/err.h"

/* The job that this process is part of. */
typedef struct run_slurm_job {
    char name[48];   /* what Slurm's commands call it, "12_3"; "" outside of Slurm */
    size_t restarts; /* how often it was requeued */
} run_slurm_job;

run_slurm_job run_slurm_job_get(void);

/* Put the job that this process is part of back into the queue. Slurm ends it soon after.
 * errors   UNAVAILABLE */
SWP_CHECKED swp_status run_slurm_requeue(const run_slurm_job *job, swp_err *err);

/* One more than the largest index that a job array may have: what the site allows.
 * errors   UNAVAILABLE (no Slurm; the hint says what to do), IO, NOMEM */
SWP_CHECKED swp_status run_slurm_array_size(size_t *out, swp_err *err);

/* What Slurm says of a task. */
typedef struct run_slurm_task {
    size_t task;
    bool running;
    bool held;    /* could not be started, and is held until it is submitted again */
    char job[48]; /* "12_3" */
} run_slurm_task;

/* The user's tasks of the plan of this id that are queued or running. errors as above
 * owns     *out: swp_free */
SWP_CHECKED swp_status run_slurm_queue(const char *id, run_slurm_task **out, size_t *n,
                                       swp_err *err);

/* Take a task out of the queue. errors UNAVAILABLE */
SWP_CHECKED swp_status run_slurm_cancel(const run_slurm_task *task, swp_err *err);

/* Tasks to be submitted as one array: those of `tasks` less `offset` are its indexes. */
typedef struct run_slurm_array {
    const char *folder;  /* the shared folder, with its batch.sh */
    const char *id;      /* of the plan */
    const size_t *tasks; /* (n) ascending */
    size_t n;
    size_t offset;
    size_t at_once;    /* most that run at a time; 0 = no limit */
    const char *after; /* job that must end first, or NULL */
    bool retry_failed;
} run_slurm_array;

/* errors   UNAVAILABLE with what sbatch says; NOMEM   out   job: the array's number as text */
SWP_CHECKED swp_status run_slurm_submit(const run_slurm_array *array, char job[32], swp_err *err);

#endif
