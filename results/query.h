/* What readers of the store may ask: the latest revision of an experiment, as plain rows.
 *
 * An experiment is named "NAME" (its latest revision) or "NAME@REVISION". NULL names the experiment
 * that was run last. */
#ifndef RES_QUERY_H
#define RES_QUERY_H

#include "results/store.h"

/* Until the matching end, all that is read is of one moment, whatever is written meanwhile. May be
 * nested; every query below does it by itself. errors DB, BUSY */
SWP_CHECKED swp_status res_snapshot_begin(res_store *store, swp_err *err);
void res_snapshot_end(res_store *store);

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
    size_t n_data_sets; /* the data fields are those of the first training's set */
    size_t n_rows, length;
    size_t n_train, n_val, n_test, n_anomaly;
    size_t n_trainings, n_trainings_done, n_trainings_failed;
    size_t n_trials, n_trials_done;
} res_experiment;

/* errors   CONFIG (no such experiment; the hint names those there are), DB, NOMEM
 * owns     res_experiment_deinit */
SWP_CHECKED swp_status res_experiment_find(res_store *store, const char *name, res_experiment *out,
                                           swp_err *err);
void res_experiment_deinit(res_experiment *experiment);

/* All experiments, the last run first. owns *out: res_experiments_free */
SWP_CHECKED swp_status res_experiments_list(res_store *store, res_experiment **out, size_t *n,
                                            swp_err *err);
void res_experiments_free(res_experiment *list, size_t n);

/* One training with its epochs. */
typedef struct res_training {
    int64_t id;
    size_t number; /* within the revision */
    char *arch;
    size_t embedding_dim;
    uint32_t seed;
    char *label; /* settings that differ within the revision: "embedding_dim=8 seed=42"; or "" */
    res_training_status status;
    char *failure; /* reason, or NULL */
    size_t max_epochs;
    size_t n_epochs; /* recorded, at most max_epochs: more belong to another revision */
    double *train_loss, *val_loss, *train_s, *eval_s; /* (n_epochs) */
} res_training;

/* Trainings of a revision in grid order. owns *out: res_trainings_free */
SWP_CHECKED swp_status res_trainings_list(res_store *store, int64_t revision, res_training **out,
                                          size_t *n, swp_err *err);
void res_trainings_free(res_training *list, size_t n);

/* Epoch (1-based) up to `epochs` with the smallest validation loss, the first of equals. */
size_t res_selected_epoch(const double *val_loss, size_t epochs);

/* Held-out errors of a training after an epoch. errors CONFIG (none stored), DB, NOMEM
 * owns     *out points into *block: swp_free(block) */
SWP_CHECKED swp_status res_errors_load(res_store *store, int64_t training, size_t epoch,
                                       res_errors *out, void **block, swp_err *err);

/* One trial with its result. */
typedef struct res_trial {
    size_t number; /* 0 when it was not planned */
    int64_t training;
    size_t training_number;
    char *arch;
    size_t embedding_dim;
    uint32_t seed;
    char *label; /* as res_training's */
    size_t epochs;
    res_threshold threshold;
    bool done; /* the fields below are set */
    size_t selected_epoch;
    double threshold_value;
    double train_loss, val_loss; /* at the selected epoch */
    double train_s;              /* training seconds up to `epochs` */
    res_counts counts;
} res_trial;

/* Trials to show. Thresholds and epoch counts that were not planned are computed from the stored
 * errors: nothing is retrained; repeated ones count once. Zero-initialise for "as planned", which
 * comes in grid order; else trials come by training, then epochs, then threshold. */
typedef struct res_trial_filter {
    const res_threshold *thresholds;
    size_t n_thresholds; /* 0 = the planned ones */
    const size_t *epochs;
    size_t n_epochs; /* 0 = the planned ones */
} res_trial_filter;

/* owns *out: res_trials_free. errors CONFIG (an epoch count beyond what is recorded), DB, NOMEM */
SWP_CHECKED swp_status res_trials_list(res_store *store, int64_t revision,
                                       const res_trial_filter *filter, res_trial **out, size_t *n,
                                       swp_err *err);
void res_trials_free(res_trial *list, size_t n);

/* Settings or environment of a revision, or settings of a training, in stored order.
 * owns     *out: res_pairs_free */
SWP_CHECKED swp_status res_settings_list(res_store *store, int64_t revision, res_pair **out,
                                         size_t *n, swp_err *err);
SWP_CHECKED swp_status res_environment_list(res_store *store, int64_t revision, res_pair **out,
                                            size_t *n, swp_err *err);
SWP_CHECKED swp_status res_training_settings_list(res_store *store, int64_t training,
                                                  res_pair **out, size_t *n, swp_err *err);
void res_pairs_free(res_pair *list, size_t n);

#endif
