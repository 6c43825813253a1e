/* The manifest: which trials a study consists of and which task does which, written down once
 * in the shared folder, so that machines and days apart agree.
 *
 * FOLDER/plan.json   index, key, epochs and task of every trial; overrides, device, program
 * FOLDER/plan.ini    the INI file as it was
 * FOLDER/shards/     what attempts at tasks have published: shards.h
 * FOLDER/running/    which attempts have begun and not ended cleanly: attempt.h
 * FOLDER/log/        what Slurm writes of each task
 * FOLDER/trials/     the folders of a command's trials, under their keys
 * FOLDER/batch.sh    the batch script: script.h */
#ifndef RUN_MANIFEST_H
#define RUN_MANIFEST_H

#include "runner/cluster/files.h"
#include "runner/plan/plan.h"

#define RUN_TRIAL_FOLDERS "trials"
#define RUN_MOST_PER_TASK 256 /* trials */

typedef struct run_manifest {
    char *folder;             /* absolute */
    char id[RUN_RANDOM_SIZE]; /* tells plans apart in Slurm's queue */
    char *ini;                /* path of the INI file, absolute: data is looked for beside it */
    char **overrides;         /* (n_overrides) */
    size_t n_overrides;
    char device[16];     /* as --device */
    char isa[32];        /* instruction set that every task uses; "" = what the device has */
    char *program;       /* which wrote it: only the same may go on */
    run_script *scripts; /* (n_scripts) of a command, as they were */
    size_t n_scripts;
    bool has_changed; /* one of them has changed since */
    cfg *config;
    run_plan plan;
    size_t *members; /* (plan.n_trials) trials, task by task, ascending within one */
    size_t *first;   /* (n_tasks + 1) where a task's trials begin in members */
    size_t n_tasks;
} run_manifest;

/* How trials become tasks. */
typedef struct run_packing {
    size_t per_task;    /* trials of one task; 0 = as many as fit task_s */
    double task_s;      /* work of one task */
    const eng_api *api; /* to measure by; NULL with per_task */
} run_packing;

typedef struct run_manifest_spec {
    const char *folder; /* made when missing */
    const char *ini;
    const char *const *overrides; /* (n_overrides) */
    size_t n_overrides;
    const char *device, *isa;
    run_packing packing;
} run_manifest_spec;

/* Make a plan; nothing is written yet. Opens the engine in this process.
 * errors   as cfg_load, run_plan_init, run_estimate_trials   owns   run_manifest_deinit, also on
 *          failure */
SWP_CHECKED swp_status run_manifest_make(run_manifest *out, const run_manifest_spec *spec,
                                         swp_err *err);

/* Write plan and folders. errors IO, NOMEM */
SWP_CHECKED swp_status run_manifest_save(const run_manifest *manifest, swp_err *err);

/* Read the plan of a folder, given as the folder or as its plan.json, with its configuration and
 * data. errors IO, NOMEM; CONFIG when it is none, is from another format, or when the data is not
 * what it was   owns as above */
SWP_CHECKED swp_status run_manifest_load(run_manifest *out, const char *path, swp_err *err);
void run_manifest_deinit(run_manifest *manifest);

/* Whether a configuration gives the same plan: same settings, same trials. */
bool run_manifest_same(const run_manifest *manifest, const run_plan *plan);

/* errors   CONFIG when another program wrote it, or a script of its command has changed: its
 *          bits may be others */
SWP_CHECKED swp_status run_manifest_check_program(const run_manifest *manifest, swp_err *err);

#endif
