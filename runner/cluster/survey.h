/* How far a cluster study has come, from the files in its folder and from Slurm's queue. */
#ifndef RUN_SURVEY_H
#define RUN_SURVEY_H

#include "runner/cluster/manifest.h"
#include "runner/cluster/slurm.h"

typedef struct run_survey_trial {
    size_t epochs; /* most that a shard holds */
    bool is_done;  /* of a command: it ended by itself */
    char *failure; /* a reason that it ended early, or NULL; void once the epochs are there */
} run_survey_trial;

/* An attempt that has begun and not ended cleanly. */
typedef struct run_survey_attempt {
    size_t task;
    char *name;      /* as that of its shard */
    char *who;       /* "process 12 on n1 since ..." */
    double silent_s; /* since its last heartbeat */
} run_survey_attempt;

typedef struct run_survey {
    const run_manifest *manifest; /* borrowed */
    run_survey_trial *trials;     /* (manifest->plan.n_trials) */
    size_t n_shards;
    char **bad; /* (n_bad) shards that cannot be used, and why */
    size_t n_bad;
    run_survey_attempt *attempts; /* (n_attempts) by task */
    size_t n_attempts;
    run_slurm_task *queue; /* (n_queue) what Slurm has */
    size_t n_queue;
} run_survey;

/* Look at the folder; the queue is left empty. errors IO, NOMEM
 * owns     run_survey_deinit, also on failure */
SWP_CHECKED swp_status run_survey_init(run_survey *out, const run_manifest *manifest, swp_err *err);
void run_survey_deinit(run_survey *survey);

/* Whether all epochs of a trial are there; whether it failed. */
bool run_survey_is_done(const run_survey *survey, size_t trial);
bool run_survey_has_failed(const run_survey *survey, size_t trial);

/* Whether a task has something left to do, failed trials counting as `retry_failed` says. */
bool run_survey_is_open(const run_survey *survey, size_t task, bool retry_failed);

/* What Slurm has of a task and will do, or NULL. */
const run_slurm_task *run_survey_queued(const run_survey *survey, size_t task);

#endif
