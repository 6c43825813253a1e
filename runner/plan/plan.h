/* The plan: a configuration's grid points as evaluations, the trials that they share, and the data
 * sets and splits that those need.
 *
 * Evaluations that differ in epochs or threshold only share one trial, which runs once to the
 * largest epoch count asked for. */
#ifndef RUN_PLAN_H
#define RUN_PLAN_H

#include "engine/data/dataset.h"
#include "engine/data/split.h"
#include "runner/config/cfg.h"

typedef struct run_data {
    const char *path; /* as configured; the first of those with this content */
    eng_dataset *set;
} run_data;

/* A held-out sequence that is shown beside its reconstructions. */
typedef struct run_sample {
    bool is_anomaly; /* or a normal test sequence */
    size_t index;    /* in split.anomaly or split.test */
    uint32_t row;    /* of the data set: what is there */
} run_sample;

typedef struct run_split {
    size_t data; /* index into plan.data */
    eng_split_spec spec;
    eng_split split;
    run_sample *samples; /* (n_samples) the first normal ones, then the first of each class */
    size_t n_samples;
} run_split;

/* The state of an init stream somewhere on its way: a trial deep in a long stream starts from
 * the last one before it instead of drawing everything again. */
typedef struct run_checkpoint {
    eng_rng rng;
    struct run_checkpoint *before; /* the one made before this */
} run_checkpoint;

/* One trial and where it stands in the init stream. */
typedef struct run_trial {
    cfg_settings settings; /* of its first evaluation; epochs and threshold do not matter */
    size_t split;          /* index into plan.splits */
    size_t max_epochs;
    const eng_shape *drawn_before; /* (n_drawn_before) models drawn from its stream and dropped
                                      first; belongs to the plan, shared between trials */
    size_t n_drawn_before;
    const run_checkpoint *checkpoint; /* after the first n_skipped of them, or NULL */
    size_t n_skipped;
    char key[RES_KEY_SIZE]; /* SHA-256 over all that determines its bits */
    double cost;            /* of one epoch, for longest first: see run_epoch_cost */
} run_trial;

typedef struct run_evaluation {
    size_t trial; /* index into plan.trials */
    size_t epochs;
    res_threshold threshold;
} run_evaluation;

/* Trials of one shape, data and batch size that an engine may advance side by side. */
typedef struct run_cohort {
    size_t *trials; /* (n) indexes into plan.trials */
    size_t n;
    double cost; /* of one epoch of all */
} run_cohort;

typedef struct run_plan {
    const cfg *config; /* borrowed */
    run_data *data;
    size_t n_data;
    run_split *splits;
    size_t n_splits;
    run_trial *trials; /* grid order */
    size_t n_trials;
    run_evaluation *evaluations; /* grid order */
    size_t n_evaluations;
    eng_shape *drawn; /* all that trials' drawn_before point into */
    run_checkpoint *checkpoints;
} run_plan;

/* Enumerate the grid, load the data sets and cut the splits. Each distinct content is loaded once,
 * each distinct split cut once; trials are found by hashing, so large grids are cheap.
 * errors   CONFIG, IO, FORMAT, NOMEM   owns   *out is the caller's: run_plan_deinit */
SWP_CHECKED swp_status run_plan_init(run_plan *out, const cfg *config, swp_err *err);
void run_plan_deinit(run_plan *plan);

/* Leave nothing in the plan but these trials (ascending indexes) and their evaluations. */
void run_plan_restrict(run_plan *plan, const size_t *trials, size_t n);

/* Estimated multiply-adds of one epoch: per row, time step and LSTM layer 3 * 4H(in + H) (forward
 * and, twice as much, backward) and 4,000 for what does not depend on H: the latency of the
 * activations, measured as about 40 ns where 100 multiply-adds take 1 ns. */
double run_epoch_cost(eng_shape shape, size_t n_rows, size_t length);

/* What cohorts are formed by. */
typedef struct run_cohort_rules {
    size_t (*width)(eng_shape shape, size_t batch_size); /* most models; eng_api.cohort_width */
    const size_t *epochs_done; /* (plan.n_trials) already recorded; NULL for none */
    size_t (*bytes)(const eng_engine *engine,
                    const eng_cohort_spec *spec); /* eng_api.cohort_bytes */
    uint64_t memory; /* most bytes of a cohort of more than one model; 0 = no limit */
} run_cohort_rules;

/* Group trials (indexes into plan.trials) into cohorts of models with equal shape, loss,
 * batch size, split and epochs done, the one with the most work left first. errors NOMEM   owns
 * *out: run_cohorts_free */
SWP_CHECKED swp_status run_cohorts_form(const run_plan *plan, const size_t *trials, size_t n,
                                        const run_cohort_rules *rules, run_cohort **out,
                                        size_t *n_cohorts, swp_err *err);
void run_cohorts_free(run_cohort *cohorts, size_t n);

/* Bytes that a cohort may take where `workers` of them share a device: most of what it has free,
 * and what one worker may have (run.memory; 0 = any) if that is less. 0 = no limit. */
uint64_t run_cohort_memory(const eng_info *device, size_t workers, uint64_t worker_memory);

/* Draw a trial's initial weights: from a stream seeded with train.seed, after drawn_before.
 * shapes weights (layout total of its shape) */
void run_trial_init(const run_trial *trial, eng_real *weights);

#endif
