/* A study: one revision of an experiment, read whole. It is the one description of trials,
 * parameters and metrics that reports, exports, charts, the page and `watch` share: none of them
 * knows a parameter or a metric by name. */
#ifndef RES_STUDY_H
#define RES_STUDY_H

#include "engine/base/str.h"
#include "results/query/query.h"

/* How a parameter's values are drawn. */
typedef enum res_scale { RES_CATEGORICAL, RES_LINEAR, RES_LOG } res_scale;

/* One value that a parameter has in the study. */
typedef struct res_value {
    char *text;    /* as stored: "0.000316227766"; "" of trials that do not have the parameter */
    char *label;   /* short, for people: "3.16e-4"; unique among the parameter's labels */
    double number; /* NAN when it is not a number */
} res_value;

typedef struct res_param {
    char *key;         /* "train.learning_rate", or a name of the user's own */
    char *name;        /* its column in exports, unique: "learning_rate" */
    char *title;       /* of a chart's axis: the name, and the prefix that all labels lost */
    res_scale scale;   /* RES_CATEGORICAL unless all values are numbers */
    bool differs;      /* between trials of the study */
    bool is_seed;      /* trials that differ in it alone repeat one configuration */
    res_value *values; /* (n_values) distinct; numbers ascending, words in the order of trials */
    size_t n_values;
    uint32_t *of; /* (trials of the study) index of each trial's value */
} res_param;

/* The metrics that a trial of the lstm backend records at every step, in this order; those of a
 * command follow, in the order of their names. */
enum { RES_STEP_TRAIN_LOSS, RES_STEP_VAL_LOSS, RES_STEP_AUROC, RES_STEP_AUPRC, RES_STEP_BUILT_IN };

typedef struct res_step_metric {
    char *name;
    bool maximize;
} res_step_metric;

/* Which step of a command's trial is read: its best by the objective, its last, or a given one. */
typedef struct res_reading {
    enum { RES_AT_BEST, RES_AT_LAST, RES_AT_STEP } at;
    size_t step;
} res_reading;

typedef struct res_study {
    res_experiment experiment;
    res_trial *trials; /* (n_trials) by number, which need not be without gaps */
    size_t n_trials;
    res_param *params; /* (n_params) first the axes of exports, then all others that trials have */
    size_t n_params;
    size_t n_axes;                 /* the first of params: columns of every export */
    res_step_metric *step_metrics; /* (n_step_metrics) */
    size_t n_step_metrics;
    bool of_command;     /* its trials have no data set, and no thresholds */
    bool is_search;      /* trials were proposed by a searcher other than grid */
    bool promotes;       /* a stopped trial may go on: with every stopper but median */
    size_t n_planned;    /* trials that there are to be, of a search as many as it may propose */
    size_t objective;    /* of step_metrics: what the revision optimises, and what tells a command's
                            best step */
    res_reading reading; /* how evaluations are made from now on; the caller may change it */
} res_study;

/* errors   as res_experiment_find; DB (damaged), NOMEM   owns   *out: res_study_deinit, after a
 *          failure too */
SWP_CHECKED swp_status res_study_load(res_store *store, const char *experiment, res_study *out,
                                      swp_err *err);
void res_study_deinit(res_study *study);

/* Who is told of every new step that a worker did, or nobody. */
typedef struct res_seen {
    void (*step)(const res_span *span, void *context);
    void *context;
} res_seen;

/* Read what was recorded since a study was loaded: the states of its trials and the steps after
 * those it has, and no others. *same turns false if trials, metrics or the revision changed, or
 * steps were taken back: then load the study again.
 * errors   as res_experiment_find; DB (damaged), NOMEM */
SWP_CHECKED swp_status res_study_update(res_store *store, const char *experiment, res_study *study,
                                        const res_seen *seen, bool *same, swp_err *err);

/* The values of a metric by step: (trial->n_steps), NAN where it was not recorded. */
const double *res_series(const res_trial *trial, size_t step_metric);

/* The number of a trial's step, given its place among those recorded (from 1): a command may leave
 * gaps. And how many steps were recorded up to a number. */
size_t res_step_number(const res_trial *trial, size_t place);
size_t res_steps_up_to(const res_trial *trial, size_t number);

/* The number of the last step that was recorded; 0: none. */
size_t res_last_step(const res_trial *trial);

/* The best value of a metric in the first `n` steps of a trial, and the number of the step where it
 * was first reached (*at may be NULL; 0: nowhere); NAN where none was recorded. */
double res_trial_best(const res_study *study, const res_trial *trial, size_t step_metric, size_t n,
                      size_t *at);

/* What `n` steps of its trials are called, without the number: epochs, of a command steps. */
const char *res_step_name(const res_study *study, size_t n);

/* Index of the trial with this number, or SIZE_MAX. Constant or logarithmic time. */
size_t res_study_trial(const res_study *study, size_t number);

/* Index of the parameter called `name` (its key, or its name without case), or SIZE_MAX. */
size_t res_study_param(const res_study *study, const char *name);

/* The value of a parameter in a trial. */
const res_value *res_study_value(const res_study *study, size_t param, size_t trial);

/* The parameters in which trials differ, in the order of the study; those that follow from one of
 * them before are left out. In a search, a parameter with a value of its own for most trials tells
 * nothing of the others. */
typedef struct res_axes {
    size_t *list;    /* (n_all) seeds last */
    size_t n, n_all; /* without seeds, and with them */
} res_axes;

/* Of the trials whose `use` is set. errors   NOMEM   owns   *out: res_axes_deinit, after a failure
 * too */
SWP_CHECKED swp_status res_axes_find(const res_study *study, const bool *use, res_axes *out,
                                     swp_err *err);
void res_axes_deinit(res_axes *axes);

/* Trials that agree in some parameters. */
typedef struct res_groups {
    size_t n;
    size_t *of;    /* (trials) index of the group of each trial */
    size_t *first; /* (n) its first trial, by number */
    size_t *size;  /* (n) how many trials */
} res_groups;

/* Partition the trials by the values of `params` (n_params indexes); groups come in the order of
 * these values, the first parameter varying slowest. With no parameter all trials are one group.
 * errors   NOMEM   owns   *out: res_groups_deinit, after a failure too */
SWP_CHECKED swp_status res_groups_make(const res_study *study, const size_t *params,
                                       size_t n_params, res_groups *out, swp_err *err);
void res_groups_deinit(res_groups *groups);

/* Add "learning_rate=1e-3 seed=42": the values of these parameters in a trial. */
void res_study_label(const res_study *study, const size_t *params, size_t n_params, size_t trial,
                     swp_buf *out);

#endif
