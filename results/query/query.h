/* Queries of the store: the latest revision of an experiment, as plain rows.
 *
 * An experiment is named "NAME" (its latest revision) or "NAME@REVISION". NULL names the experiment
 * that was run last. */
#ifndef RES_QUERY_H
#define RES_QUERY_H

#include "results/store/store.h"

struct res_study; /* results/query/study.h */

typedef struct res_experiment {
    int64_t revision_id;
    char *name;
    size_t revision; /* 1-based within the experiment */
    char *created;   /* UTC */
    char *ini_path;
    char *data_name;
    char *data_source;
    char *fingerprint;
    bool synthetic;
    size_t n_data_sets; /* the data fields are those of the first trial's set */
    int64_t data_set;   /* its id; 0: the revision has no trials */
    size_t n_rows, length;
    size_t n_train, n_val, n_test, n_anomaly;
    size_t n_trials, n_trials_done, n_trials_failed;
    size_t n_evaluations, n_evaluations_done;
    size_t n_revisions; /* of the experiment; of res_experiments_list, as what follows */
    size_t bytes;       /* of errors, states, weights and reconstructions of all its trials */
    char *note;         /* of this revision; "" without one */
} res_experiment;

/* The id of the revision that "NAME", "NAME@REVISION" or NULL, the last run, means.
 * errors   as res_experiment_find */
SWP_CHECKED swp_status res_revision_find(res_store *store, const char *name, int64_t *revision,
                                         swp_err *err);

/* errors   CONFIG (no such experiment; the hint names those there are), DB, NOMEM
 * owns     res_experiment_deinit */
SWP_CHECKED swp_status res_experiment_find(res_store *store, const char *name, res_experiment *out,
                                           swp_err *err);
void res_experiment_deinit(res_experiment *experiment);

/* All experiments, the last run first. owns *out: res_experiments_free */
SWP_CHECKED swp_status res_experiments_list(res_store *store, res_experiment **out, size_t *n,
                                            swp_err *err);
void res_experiments_free(res_experiment *list, size_t n);

/* One trial with its steps. */
typedef struct res_trial {
    int64_t id;
    size_t number;           /* within the revision: what `sweep show` takes */
    int64_t data_set, split; /* 0: of a command, or recorded by an older program and not known */
    char *
        label; /* parameters that differ within the revision: "learning_rate=1e-3 seed=42"; or "" */
    bool is_confirm; /* its stage is confirm, not search */
    size_t confirms; /* number of the trial that it repeats with a fresh seed; 0: none */
    res_state state;
    char *reason; /* why it stopped or failed, or NULL */
    size_t budget;
    size_t n_steps;           /* recorded, at most budget: more belong to another revision */
    uint32_t *steps;          /* (n_steps) their numbers; NULL: 1, 2, 3 ... */
    double *values;           /* (step metrics of the study, n_steps): see res_series */
    double *train_s, *eval_s; /* (n_steps) */
    uint32_t *best_steps; /* (n_steps) place from 1 of the selected step of the first step, of the
                             first two ...: of a command the best by the objective */
    size_t weights;       /* numbers that are trained; 0: not known */
    size_t code;          /* numbers that a sequence is compressed to; 0: not known */
    uint32_t n_normal, n_anomaly; /* held-out sequences that it is judged by */
    uint32_t n_train;             /* sequences that it is trained on; 0 of a command */
    bool has_tune;                /* its split has a tuning part */
} res_trial;

#define RES_MOST_STEPS   100000000u /* of one trial: more is damage */
#define RES_MOST_WORKERS 65536u     /* of a run, likewise */

/* A class of a data set. */
typedef struct res_class {
    char *label;      /* as in the file */
    size_t count;     /* sequences */
    size_t length;    /* time steps; 0 when an older program did not record what follows */
    float *mean, *sd; /* (length) per time step; sd with n - 1, NAN of a single sequence */
} res_class;

/* Classes of a data set, in its order. errors DB, NOMEM   owns *out: res_classes_free */
SWP_CHECKED swp_status res_classes_list(res_store *store, int64_t data_set, res_class **out,
                                        size_t *n, swp_err *err);
void res_classes_free(res_class *list, size_t n);

/* Rows and classes (indexes into res_classes_list) of the held-out sequences of a split, in the
 * order of res_errors: out[RES_ANOMALY].classes[i] is that of errors.anomaly[i].
 * errors   CONFIG (no such split: 0, an older program's), DB (damaged), NOMEM
 * owns     out points into *block: swp_free(block) */
SWP_CHECKED swp_status res_held_out_load(res_store *store, int64_t split,
                                         res_held_out out[RES_SUBSETS], void **block, swp_err *err);

/* The samples of a split: normal test sequences first, then anomalies class by class. */
typedef struct res_samples {
    res_sample *list; /* (n) */
    size_t n;         /* 0 of an older program's split (0) */
    size_t length;    /* of every series */
    void *block;      /* of all series */
} res_samples;

/* errors DB (damaged), NOMEM   owns res_samples_deinit */
SWP_CHECKED swp_status res_samples_load(res_store *store, int64_t split, res_samples *out,
                                        swp_err *err);
void res_samples_deinit(res_samples *samples);

/* How the model of a trial after an epoch reconstructs the samples of its split.
 * shapes   *out (samples, length)
 * errors   CONFIG (not kept: no evaluation selects this epoch, or an older program recorded it),
 * DB, NOMEM   owns *out: swp_free */
SWP_CHECKED swp_status res_reconstructions_load(res_store *store, int64_t trial, size_t epoch,
                                                float **out, size_t *n_numbers, swp_err *err);

/* The weights of a trial after an epoch, a .safetensors file. errors and owns as above */
SWP_CHECKED swp_status res_weights_load(res_store *store, int64_t trial, size_t epoch, void **out,
                                        size_t *n_bytes, swp_err *err);

/* Which worker trained an epoch, and when. Instants are seconds since 1970 UTC; trials that ran
 * side by side have the same two. */
typedef struct res_span {
    size_t trial_number; /* within the revision */
    int64_t trial;
    size_t epoch, worker; /* from 1 */
    double begun_s, ended_s;
} res_span;

/* All epochs of a revision's trials of which that is known, by the time they began; also those
 * that another revision had done before. errors DB, NOMEM   owns *out: swp_free */
SWP_CHECKED swp_status res_spans_list(res_store *store, int64_t revision, res_span **out, size_t *n,
                                      swp_err *err);

/* A line of a revision's history. Kinds: started, ended, interrupted, stopped; of one trial:
 * retried (an attempt failed), failed (the last one did). */
typedef struct res_event {
    char *kind, *text;
    double at_s;         /* instant, seconds since 1970 UTC; whole ones of an older program */
    int64_t trial;       /* 0: of none */
    size_t trial_number; /* within the revision, 0: of none */
    size_t worker;       /* from 1, 0: of none */
} res_event;

/* In the order in which they happened. errors DB, NOMEM   owns *out: res_events_free */
SWP_CHECKED swp_status res_events_list(res_store *store, int64_t revision, res_event **out,
                                       size_t *n, swp_err *err);
void res_events_free(res_event *list, size_t n);

#define RES_ALL_STEPS UINT32_MAX /* as res_evaluation.epochs: a command's trial, read whole */

/* One evaluation with what it found: 64 bytes, since there may be a million of them. */
typedef struct res_evaluation {
    uint32_t trial;  /* index into the study's trials */
    uint32_t number; /* within the revision; 0 when it was not planned */
    uint32_t epochs;
    uint32_t selected_epoch; /* its place from 1; 0: not known yet, and what follows is void */
    res_threshold threshold;
    double threshold_value;
    uint32_t normal_correct, normal_total, anomaly_correct, anomaly_total;
} res_evaluation;

res_counts res_evaluation_counts(const res_evaluation *evaluation);

/* How a trial stands after a step at a threshold that some evaluation plans. */
typedef struct res_score {
    size_t step;
    res_threshold threshold;
    double threshold_value;
    size_t normal_correct, anomaly_correct;
} res_score;

/* The scores of the study's trial with this index up to its budget: at one threshold, or (only =
 * NULL) at all that the revision plans for it; by step, then in the order of thresholds.
 * errors   DB, NOMEM   owns   *out: swp_free */
SWP_CHECKED swp_status res_scores_list(res_store *store, const struct res_study *study,
                                       size_t trial, const res_threshold *only, res_score **out,
                                       size_t *n, swp_err *err);

/* Evaluations to show. Thresholds and epoch counts that were not planned are computed from the
 * stored errors: nothing is retrained; repeated ones count once. Zero-initialise for "as planned",
 * which comes in grid order; else evaluations come by trial, then epochs, then threshold. */
typedef struct res_evaluation_filter {
    const res_threshold *thresholds;
    size_t n_thresholds; /* 0 = the planned ones */
    const size_t *epochs;
    size_t n_epochs; /* 0 = the planned ones */
} res_evaluation_filter;

/* A command's trial has one evaluation, read whole, or one for each epoch count that is asked for.
 * shapes   *out (n)   owns *out: swp_free
 * errors   CONFIG (an epoch count beyond what is recorded; a command's study has no thresholds),
 * DB, NOMEM */
SWP_CHECKED swp_status res_evaluations_list(res_store *store, const struct res_study *study,
                                            const res_evaluation_filter *filter,
                                            res_evaluation **out, size_t *n, swp_err *err);

/* Read those of a list of planned evaluations that could not be read before and can be by now,
 * since the study was brought up to date. *same turns false where the revision plans others by now.
 * errors   DB, NOMEM */
SWP_CHECKED swp_status res_evaluations_update(res_store *store, const struct res_study *study,
                                              res_evaluation *evaluations, size_t n, bool *same,
                                              swp_err *err);

/* Settings or environment of a revision, or settings of a trial, in stored order.
 * owns     *out: res_pairs_free */
SWP_CHECKED swp_status res_settings_list(res_store *store, int64_t revision, res_pair **out,
                                         size_t *n, swp_err *err);
/* What an INI file says for the same results: the settings, and those beside them that may grow
 * within a revision (a search's trials, steps and confirm stage), at what was asked for last. */
SWP_CHECKED swp_status res_ini_settings_list(res_store *store, int64_t revision, res_pair **out,
                                             size_t *n, swp_err *err);
SWP_CHECKED swp_status res_environment_list(res_store *store, int64_t revision, res_pair **out,
                                            size_t *n, swp_err *err);
SWP_CHECKED swp_status res_trial_params_list(res_store *store, int64_t trial, res_pair **out,
                                             size_t *n, swp_err *err);

/* A trial's key and the folder that it was collected from, a pair for each folder, the latest
 * first. errors, owns as above */
SWP_CHECKED swp_status res_trial_sources_list(res_store *store, int64_t trial, res_pair **out,
                                              size_t *n, swp_err *err);
void res_pairs_free(res_pair *list, size_t n);

#endif
