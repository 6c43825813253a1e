/* The interface of what trains trials: an engine in a worker (lstm), or the user's
 * command.
 *
 * The parent asks which trials may share a job and what a step costs; a worker opens the backend,
 * starts a job of one or more trials and advances them step by step. Trials of a job do not
 * influence each other: each gives the bits that it would give alone. */
#ifndef RUN_BACKEND_H
#define RUN_BACKEND_H

#include "engine/engine.h"
#include "results/store/store.h"
#include "runner/command/command.h"
#include "runner/config/cfg.h"
#include "runner/plan/inputs.h"

#define RUN_BACKEND_VERSION 2

/* What a backend works with, in the parent as in a worker. */
typedef struct run_backend_setup {
    const eng_api *engine; /* of lstm */
    run_inputs inputs;
    uint64_t memory; /* most bytes of a worker; 0 = no limit */
    uint64_t cohort; /* bytes that a job is planned to take at most; 0 = no limit */
    eng_cores cores; /* that the worker may keep busy */
    bool tf32;       /* see eng_options */

    const run_command *command; /* of command */
    bool keeps_steps; /* of command: a recorded step stays as it is when a trial is run again */
    size_t slot;      /* of the worker, from 0 */
    size_t threads;   /* for one command: cores / workers, at least 1 */
    int parent;       /* a worker's socket: readable when the parent sends a message */
} run_backend_setup;

/* One trial of a job. Borrowed from the caller that made it. */
typedef struct run_job_item {
    size_t trial;       /* by which parent and worker speak of it */
    const char *params; /* what cfg_trial_text writes */
    size_t steps;       /* its budget: it ends after this step */
    size_t split;       /* index into inputs.splits */
    const void *start;  /* what run_start_pack writes */
    size_t start_bytes;
    const void *state; /* after the job's steps_done; ignored when that is 0 */
    size_t state_bytes;
    double best_val_loss; /* the smallest of those steps; INFINITY when there are none */
    size_t number;        /* of command: within the study, from 1 */
    size_t attempt;       /* of command: from 1, over all runs */
    const char *folder;   /* of command: the trial's own */
    bool clears_folder;   /* of command: empty it, the files there are of a deleted trial */
} run_job_item;

/* How a trial left a job that it did not fail. */
typedef enum run_end {
    RUN_END_TOLD,      /* at its budget, or because it was told to stop */
    RUN_END_DONE,      /* by itself, with success: there is no more to do */
    RUN_END_AGAIN,     /* by itself: it is to be run again, at no attempt */
    RUN_END_BROKEN,    /* its program failed, which costs an attempt */
    RUN_END_IMPOSSIBLE /* these parameters cannot work */
} run_end;

/* What a step came to. */
typedef struct run_advance {
    enum { RUN_STEPPED, RUN_WOKEN, RUN_OVER } what; /* see step */
    run_end end;                                    /* OVER */
    const char *text; /* OVER: how, in words ("exit code 1"); borrowed; NULL: none */
} run_advance;

typedef struct run_trainer run_trainer;   /* an open backend */
typedef struct run_training run_training; /* a job under way */

/* A backend. Every slot that is not marked optional is required; run_backend_validate checks
 * that. */
typedef struct run_backend {
    unsigned version; /* RUN_BACKEND_VERSION */
    const char *name;
    /* Optional: parameters that are columns of exports even where they do not differ, ended by
     * NULL; and the one that repeats a configuration, NULL for none. */
    const char *const *axes;
    const char *seed;
    /* Its worker ends what it started before it goes, and is therefore asked, never killed. Such a
     * job has one trial, which leaves it by itself: stop asks it to, and later steps are its last.
     */
    bool supervises;

    /* --- in the parent ---------------------------------------------------------------------- */

    /* Predicted cost of one step over `n_rows` sequences of this length, in any unit common to the
     * trials of a study; it depends on the parameters only, so that what it decides is repeatable.
     */
    double (*cost)(const cfg_settings *params, size_t n_rows, size_t length);

    /* An order of kinds of trials: 0 when two of one split may share a job. */
    int (*compare)(const cfg_settings *a, const cfg_settings *b);

    /* How many trials of this kind share a job at most; at least 1. */
    size_t (*together)(const run_backend_setup *setup, const cfg_settings *params, size_t split);

    /* --- in a worker ------------------------------------------------------------------------ */

    /* errors   UNAVAILABLE with a hint, NOMEM, DEVICE   owns   *out: close; borrows setup */
    swp_status (*open)(const run_backend_setup *setup, run_trainer **out, swp_err *err);
    void (*close)(run_trainer *trainer); /* NULL allowed; trainings must have ended before */

    /* What it trains on, the device in use first, as eng_api.list_devices. */
    size_t (*list_devices)(const run_trainer *trainer, eng_info *out, size_t most);

    /* Begin with trials of one kind and split that have all done `steps_done` steps. Items are not
     * needed afterwards.
     * errors   FORMAT, CONFIG (a state of another size or engine), NOMEM, DEVICE, INTERNAL
     * owns     *out: end */
    swp_status (*start)(run_trainer *trainer, const run_job_item *items, size_t n,
                        size_t steps_done, run_training **out, swp_err *err);

    /* Advance every trial that was not stopped by one step (STEPPED). One that supervises may
     * return without a step: the parent sent a message (WOKEN), or the trial has left (OVER).
     * errors   DEVICE, NOMEM: none has it; of a trial that failed by itself any other */
    swp_status (*step)(run_training *training, run_advance *out, swp_err *err);

    /* What item k knows after the step: metrics, artifacts, and the state to go on from. Borrowed
     * until the next call. errors   NUMERIC (a metric is not finite), NOMEM, DEVICE */
    swp_status (*read)(run_training *training, size_t k, res_step *out, swp_err *err);

    /* Item k takes part in no further step. */
    void (*stop)(run_training *training, size_t k);
    void (*end)(run_training *training); /* NULL allowed */

    /* Optional: a note about item k, once for each kind; NULL when there is none. Borrowed. */
    const char *(*note)(run_training *training, size_t k);
} run_backend;

/* errors   INTERNAL, naming the missing function or the version */
SWP_CHECKED swp_status run_backend_validate(const run_backend *backend, swp_err *err);

#define RUN_BACKEND_LSTM    "lstm"
#define RUN_BACKEND_COMMAND "command"

/* The registered backend of this name, which is whole.
 * errors   INTERNAL (no such backend, or as validate) */
SWP_CHECKED swp_status run_backend_find(const char *name, const run_backend **out, swp_err *err);

#endif
