/* The SQLite store: everything that a run writes. Domain verbs only; SQL stays inside this folder.
 *
 * One process writes at a time; readers never block it (WAL). Every verb is one transaction, so the
 * file is always at an epoch boundary. Finished rows never change. Times are UTC, ISO 8601.
 *
 * experiment   a name revision     one set of settings under that name; other settings make another
 * revision run          one start of a revision; the revision of the last run is the latest
 * evaluation        one grid point: a trial read at an epoch count and a threshold */
#ifndef RES_STORE_H
#define RES_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/err.h"
#include "results/stats/detection.h"

typedef struct res_store res_store;

typedef enum res_mode {
    RES_READ,  /* must exist; what it holds never changes */
    RES_WRITE, /* made when missing, folder included; migrated when older */
    RES_SHARD  /* as RES_WRITE, for one process only: between two verbs the file alone is the whole
                  store, and may be copied. It does not outlive a power cut. */
} res_mode;

#define RES_UNLIMITED 2147483647u /* budget of a trial that ends by itself */
#define RES_KEY_SIZE  65          /* hexadecimal SHA-256 with its NUL */

/* Prefix of keys in the settings of a revision: the path of a command's file follows, the value is
 * its SHA-256. */
#define RES_SCRIPT_KEY "sha256 of "

/* In the environment of a run: the folder from which its trials were collected. */
#define RES_SHARED_KEY "shared folder"

/* A named value, both borrowed. */
typedef struct res_pair {
    const char *key, *value;
} res_pair;

/* errors   IO missing (the hint says how to make one), unreadable, unwritable, an empty path
 *          DB not a database, another program's, a newer or (RES_READ) older schema, damaged
 *          BUSY, NOMEM; all but the last name the path, and the file is as it was
 * owns     *out: res_store_close */
SWP_CHECKED swp_status res_store_open(const char *path, res_mode mode, res_store **out,
                                      swp_err *err);
void res_store_close(res_store *store); /* NULL allowed */
const char *res_store_path(const res_store *store);

/* How long writing waits for another process that writes to the store; 2 s unless set. */
void res_store_set_patience(res_store *store, unsigned seconds);

typedef struct res_revision_spec {
    const char *name;         /* of the experiment */
    const char *ini_path;     /* as given on the command line */
    const res_pair *settings; /* (n_settings) canonical dump without [run]; decides "the same" */
    size_t n_settings;
    const res_pair *environment; /* (n_environment) program version, compiler, CPU, device ... */
    size_t n_environment;
    bool fresh; /* start a new generation, which uses nothing that was stored before */
} res_revision_spec;

/* Start a run and make its revision the experiment's latest: the present one when its settings are
 * the same and fresh is off, an older one of the same generation when that had these settings, else
 * a new one. The settings are the same when the SHA-256 over their lines key=value is.
 * errors   BUSY, IO, DB   out   revision id; *is_new tells whether a revision was added */
SWP_CHECKED swp_status res_revision_begin(res_store *store, const res_revision_spec *spec,
                                          int64_t *revision, bool *is_new, swp_err *err);

/* A data set and split that the revision's trials use. */
typedef struct res_data_spec {
    const char *name, *source;
    const char *fingerprint; /* SHA-256 */
    bool synthetic;
    size_t n_rows, length;
    size_t n_train, n_val, n_test, n_anomaly;
    const res_pair *classes; /* (n_classes) label and count */
    size_t n_classes;
    const float *class_means; /* (n_classes, length) per time step; NULL: not known */
    const float *class_sds;   /* (n_classes, length) standard deviations (n - 1), likewise */
} res_data_spec;

/* Find or add, or add what an older program left out. errors DB, NOMEM */
SWP_CHECKED swp_status res_data_ensure(res_store *store, const res_data_spec *spec, int64_t *data,
                                       swp_err *err);

/* Parts of a split that are held out from training. */
typedef enum res_subset { RES_VAL, RES_TEST, RES_ANOMALY, RES_SUBSETS } res_subset;

/* The sequences of a subset, in the order of its errors. */
typedef struct res_held_out {
    const uint32_t *rows;    /* (n) of the data set, from 0 */
    const uint32_t *classes; /* (n) index into the data set's classes */
    size_t n;
} res_held_out;

/* A held-out sequence that is shown beside its reconstructions. */
typedef struct res_sample {
    res_subset subset;   /* RES_TEST or RES_ANOMALY */
    size_t index;        /* in the subset: where its row, class and error are */
    const float *series; /* (length of the data set) */
} res_sample;

/* Which rows of a data set are held out, and which of them are shown. */
typedef struct res_split_spec {
    int64_t data;
    res_held_out held_out[RES_SUBSETS];
    res_held_out tune;         /* anomalies of the tuning part; none of n 0 */
    const res_sample *samples; /* (n_samples) normal ones first, then class by class */
    size_t n_samples, length;
} res_split_spec;

/* Find or add. errors DB, NOMEM */
SWP_CHECKED swp_status res_split_ensure(res_store *store, const res_split_spec *spec,
                                        int64_t *split, swp_err *err);

typedef enum res_baseline_method {
    RES_BASELINE_MEAN, /* Euclidean distance to the mean training sequence */
    RES_BASELINE_PCA,  /* ... to what principal components of the training sequences make of it */
    RES_BASELINE_NEIGHBOUR /* ... to the nearest training sequence */
} res_baseline_method;

/* Errors of a split's held-out sequences by a method without training. */
typedef struct res_baseline_spec {
    res_baseline_method method;
    size_t components; /* of PCA; else 0 */
    res_errors errors; /* of all held-out sequences, finite */
} res_baseline_spec;

/* Whether a split has this baseline. errors DB */
SWP_CHECKED swp_status res_baseline_is_known(res_store *store, int64_t split,
                                             const res_baseline_spec *baseline, bool *out,
                                             swp_err *err);

/* Add a baseline that the split does not have. errors DB, NOMEM */
SWP_CHECKED swp_status res_baseline_add(res_store *store, int64_t split,
                                        const res_baseline_spec *baseline, swp_err *err);

/* A parameter that is a column of the revision's exports and views. */
typedef struct res_axis_spec {
    const char *key;   /* "train.learning_rate" */
    const char *scale; /* "linear", "log" (numbers), "categorical" (words) */
    bool is_seed;      /* trials that differ in it alone repeat one configuration */
} res_axis_spec;

/* Record the axes of a revision, in the order of columns, and make the four views of its experiment
 * ("NAME.trials" and so on) anew. A column is the key without its section where that is unique;
 * names compare without case; one that a fixed column of any export has becomes param.NAME.
 * errors   DB, NOMEM */
SWP_CHECKED swp_status res_axes_record(res_store *store, int64_t revision,
                                       const res_axis_spec *axes, size_t n, swp_err *err);

/* What trials of the experiment record at their steps. */
typedef struct res_metric_spec {
    const char *name;
    bool maximize;
} res_metric_spec;

/* Find or add the metrics of a revision's experiment. errors CONFIG (known with the other
 * direction), DB */
SWP_CHECKED swp_status res_metrics_ensure(res_store *store, int64_t revision,
                                          const res_metric_spec *metrics, size_t n, swp_err *err);

/* Find or add a metric that a command records. A direction that the user said holds from now on; a
 * guess only until another is declared. errors DB */
SWP_CHECKED swp_status res_metric_declare(res_store *store, int64_t revision,
                                          const res_metric_spec *metric, bool is_guess,
                                          swp_err *err);

typedef struct res_trial_spec {
    const char *key; /* SHA-256 over everything that determines its bits (not epochs, threshold) */
    int64_t data;    /* 0: of a command */
    int64_t split;   /* of this data; 0: not known */
    size_t weights;  /* numbers that are trained; 0: not known */
    size_t code;     /* size of the code of a sequence; 0: not known */
    const res_pair *params; /* (n_params) all its parameters, epochs and threshold left out */
    size_t n_params;
    size_t budget;   /* most steps that this revision asks for; may change in a later run */
    bool is_confirm; /* of the confirm stage of a search */
} res_trial_spec;

typedef enum res_state {
    RES_WAITING, /* steps are still to be done */
    RES_RUNNING, /* a worker has it, or had it when the run was killed */
    RES_STOPPED, /* by a stopper; may continue when it is promoted */
    RES_DONE,
    RES_FAILED
} res_state;

/* "waiting", "running", "stopped", "done", "failed" */
const char *res_state_name(res_state state);

/* How far a trial has come. */
typedef struct res_trial_status {
    int64_t id;
    size_t steps_done;
    double best_val_loss; /* the smallest of these steps; INFINITY when there are none */
    res_state state;      /* relative to spec.budget */
} res_trial_status;

/* Find or add the trial of this key in the revision's generation, and link it to the revision as
 * its number-th (1-based). One that another revision's run left running is waiting again. errors
 * CONFIG when the revision has another trial under that number, which means that the data changed
 * while the settings stayed (the hint names --fresh); IO, DB */
SWP_CHECKED swp_status res_trial_ensure(res_store *store, int64_t revision, size_t number,
                                        const res_trial_spec *spec, res_trial_status *out,
                                        swp_err *err);

typedef struct res_evaluation_spec {
    size_t number; /* 1-based, grid order */
    int64_t trial;
    size_t epochs;
    res_threshold threshold;
} res_evaluation_spec;

/* Add the revision's missing evaluations, in one transaction, and score the existing steps of their
 * trials at new thresholds. errors DB, NOMEM
 * out   *n_done counts the evaluations whose trials have enough steps */
SWP_CHECKED swp_status res_evaluations_ensure(res_store *store, int64_t revision,
                                              const res_evaluation_spec *evaluations,
                                              size_t n_evaluations, size_t *n_done, swp_err *err);

/* Everything up to commit is one transaction, for planning, which adds many rows. A verb that fails
 * in between undoes only itself, unless the disk is full or broken: then commit fails too.
 * errors   BUSY, IO, DB */
SWP_CHECKED swp_status res_store_begin(res_store *store, swp_err *err);
SWP_CHECKED swp_status res_store_commit(res_store *store, swp_err *err);
void res_store_rollback(res_store *store);

/* A named value of a trial at a step. */
typedef struct res_named_value {
    const char *name; /* of a metric of the experiment */
    double value;     /* finite */
} res_named_value;

/* What a trial knows after a step. */
typedef struct res_step {
    size_t step;                   /* 1-based; of a command there may be gaps */
    const res_named_value *values; /* (n_values); of the lstm backend train_loss and val_loss */
    size_t n_values;
    double train_s, eval_s;   /* seconds */
    size_t worker;            /* which trained it, from 1; 0: not known */
    double begun_s, ended_s;  /* instants, seconds since 1970 UTC; ignored without a worker */
    const res_errors *errors; /* of held-out sequences; NULL of a command */
    const void *state;        /* to continue from, opaque; replaces the one before; NULL for none */
    size_t state_bytes;
    const void *weights; /* .safetensors file, opaque; NULL unless this is the best step so far */
    size_t weights_bytes;
    const float *reconstructions; /* (samples of the split, length), likewise */
    size_t n_reconstructions;     /* numbers */
} res_step;

/* Record the next step in one transaction: values, errors, AUROC and AUPRC, the score at every
 * threshold that an evaluation of the trial plans, and the state after it. A trial that has reached
 * a revision's budget is done there. Weights and reconstructions are kept for the steps that
 * evaluations of any revision select, and for the best step so far; others are dropped. errors
 * NUMERIC when a value or an error is not finite (nothing is written), BUSY when another process
 * has recorded this step, INTERNAL when a step was left out or a metric is unknown, CONFIG when a
 * threshold has no errors to be chosen from, IO, DB, NOMEM */
SWP_CHECKED swp_status res_step_record(res_store *store, int64_t trial, const res_step *step,
                                       swp_err *err);

/* Drop the steps of a command's trial after step `after`: it is run again from there. errors
 * INTERNAL (the trial is done, or no command's), DB */
SWP_CHECKED swp_status res_steps_drop(res_store *store, int64_t trial, size_t after, swp_err *err);

/* Drop the steps of a command's trial after step `after`, where a search has paused it; those of a
 * trial that is done in another revision stay. *last is then the last step; 0: none. errors DB */
SWP_CHECKED swp_status res_steps_take_back(res_store *store, int64_t trial, size_t after,
                                           size_t *last, swp_err *err);

/* The state after the last recorded step; NULL if there is none. errors DB, NOMEM
 * owns     *state: swp_free */
SWP_CHECKED swp_status res_state_load(res_store *store, int64_t trial, void **state,
                                      size_t *state_bytes, swp_err *err);

/* Record that a trial of a revision runs, waits again, stopped or failed. A failure holds for all
 * revisions in which the trial is not done, and keeps its steps; `reason` is shown in reports (NULL
 * for running and waiting). errors INTERNAL (no such trial), DB */
SWP_CHECKED swp_status res_trial_set_state(res_store *store, int64_t revision, int64_t trial,
                                           res_state state, const char *reason, swp_err *err);

/* An attempt at a trial of a command: what is run. */
typedef struct res_attempt_spec {
    size_t number; /* over all runs, from 1 */
    const char *host, *folder;
    const char *argv;    /* a JSON list */
    const char *scripts; /* a JSON object: SHA-256 by path */
    const char *commit;  /* of git; NULL: none */
    bool is_dirty;       /* files differ from that commit */
} res_attempt_spec;

/* Record an attempt at a trial. errors DB */
SWP_CHECKED swp_status res_attempt_begin(res_store *store, int64_t trial,
                                         const res_attempt_spec *spec, swp_err *err);

/* The number of the last attempt at a trial; 0: none. There may be fewer rows, since an attempt
 * whose task was killed is in no shard. errors DB */
SWP_CHECKED swp_status res_attempts_last(res_store *store, int64_t trial, size_t *n, swp_err *err);

/* Record how the last attempt at a trial ended, unless that is recorded. errors DB */
SWP_CHECKED swp_status res_attempt_end(res_store *store, int64_t trial, const char *outcome,
                                       swp_err *err);

/* A dated line of a revision's history ("started", "interrupted", "worker died: signal 9"). */
typedef struct res_event_spec {
    const char *kind, *text;
    int64_t trial; /* the trial that it is about; 0: none */
    size_t worker; /* the worker that met it, from 1; 0: none */
} res_event_spec;

/* errors DB */
SWP_CHECKED swp_status res_event_add(res_store *store, int64_t revision, const res_event_spec *spec,
                                     swp_err *err);

/* Until the matching end, all reads see the store at one moment, whatever is written meanwhile. May
 * be nested; every query does this itself. errors DB, BUSY */
SWP_CHECKED swp_status res_snapshot_begin(res_store *store, swp_err *err);
void res_snapshot_end(res_store *store);

/* Held-out errors of a trial after an epoch. errors DB (none stored, damaged), NOMEM
 * owns     *out points into *block: swp_free(block) */
SWP_CHECKED swp_status res_errors_load(res_store *store, int64_t trial, size_t epoch,
                                       res_errors *out, void **block, swp_err *err);

/* --- whole experiments and revisions ----------------------------------------------------------
 * Nobody may be running the experiment: the caller holds its lock. */

/* Longest name that rename and copy give, in bytes. */
#define RES_NAME_MOST 200

/* Whether there is a trial of this id. errors DB */
SWP_CHECKED swp_status res_trial_find(res_store *store, int64_t trial, bool *found, swp_err *err);

/* Delete a revision, or with `whole` all of its experiment, with everything that no other revision
 * uses. The file keeps its size. errors BUSY, IO, DB, NOMEM */
SWP_CHECKED swp_status res_revision_delete(res_store *store, int64_t revision, bool whole,
                                           swp_err *err);

/* Rename the experiment of a revision. errors USAGE (no name), CONFIG (another experiment has it,
 * whatever its case), BUSY, IO, DB, NOMEM */
SWP_CHECKED swp_status res_experiment_rename(res_store *store, int64_t revision, const char *to,
                                             swp_err *err);

/* Copy a revision, or with `whole` all of its experiment, to a new experiment; data sets and splits
 * are shared. errors as res_experiment_rename */
SWP_CHECKED swp_status res_revision_copy(res_store *store, int64_t revision, bool whole,
                                         const char *to, swp_err *err);

/* A command's trial, and its copy in another experiment. */
typedef struct res_trial_copy {
    int64_t original, copy;
} res_trial_copy;

/* The commands' trials of an experiment that have the keys of those of a revision's experiment.
 * errors DB, NOMEM   owns *out: swp_free */
SWP_CHECKED swp_status res_trial_copies_list(res_store *store, int64_t revision, const char *to,
                                             res_trial_copy **out, size_t *n, swp_err *err);

/* Replace the note of a revision; "" removes it. errors BUSY, IO, DB, NOMEM */
SWP_CHECKED swp_status res_note_set(res_store *store, int64_t revision, const char *text,
                                    swp_err *err);

/* Rewrite the file without unused space. errors BUSY, IO (no room), DB */
SWP_CHECKED swp_status res_store_compact(res_store *store, swp_err *err);

#endif
