/* A cohort of the CPU engine: what cpu.c and cohort_lanes.c share. */
#ifndef CPU_COHORT_H
#define CPU_COHORT_H

#include "engine/cpu/lanes.h"
#include "engine/cpu/net.h"
#include "engine/cpu/pace.h"
#include "engine/cpu/team.h"

#define COHORT_PART_MOST 32 /* sequences of a batch that a thread works on at once */

/* One model of a cohort: padded blocks. */
typedef struct cohort_model {
    uint64_t step;
    eng_adam adam;
    eng_real *weights, *m, *v;
} cohort_model;

/* Memory of one thread, and what it leaves of its part of a batch. */
typedef struct cohort_slot {
    net_work work;
    eng_real *gradient;              /* (net.total); NULL for batches of one */
    eng_real *pair;                  /* cohort_pair_size numbers: a gradient, forward copies */
    double losses[COHORT_PART_MOST]; /* (n) */
    size_t n;                        /* sequences of the part */
} cohort_slot;

struct eng_cohort {
    const net_ops *ops;
    net net;
    eng_loss loss;
    size_t batch_size, n_models;
    eng_series series;
    cohort_model *models; /* (n_models) */
    eng_real *block;      /* weights and moments of all models */
    eng_real *gradient, *fwd;
    cohort_slot slots[TEAM_MOST]; /* by thread; those beyond the first when they are wanted */
    team *team;
    pace pace;
    eng_cores cores;
    /* For shapes that fit lanes, else NULL: blocks of one group of models, or of one model's copies
     * when sequences fill the lanes. */
    struct {
        eng_real *weights, *m, *v; /* (total, width) */
        eng_real *plain;           /* (total) one model on its way in or out */
        eng_real *x;               /* (T, width) */
        eng_real *work;
    } lanes;
};

/* Count one more step of the model; its numbers, bias corrections included. */
net_adam cohort_next_step(cohort_model *one);

/* Sequences of the given rows into a workspace, time-major. */
void cohort_load_rows(const eng_cohort *cohort, const uint32_t *rows, size_t B, net_work *work);

bool cohort_fits_lanes(eng_shape shape);

/* Fewest models that are faster side by side: a full vector of them costs about as much as E one
 * by one (measured on each instruction set: 0.9 to 1.1 E). */
size_t cohort_fewest_in_lanes(eng_shape shape);

/* Numbers that cohort->lanes takes; 0 for shapes that do not fit. */
size_t cohort_lanes_size(const net_ops *ops, const net *n);

/* errors   NOMEM   owns   cohort->lanes.weights, one block of all: free it */
SWP_CHECKED swp_status cohort_allocate_lanes(eng_cohort *cohort, swp_err *err);

/* One padded block of a model into every lane. */
void cohort_into_all_lanes(eng_cohort *cohort, const eng_real *padded, eng_real *lanes);

/* Whether batches of n sequences are processed in lanes. */
bool cohort_has_wide_batches(const eng_cohort *cohort, size_t n);

/* Gradient of a batch for the model in all lanes, a vector of sequences at a time, in lanes.plain.
 * Returns the sum of losses. */
double cohort_batch_gradient(eng_cohort *cohort, const uint32_t *rows, size_t n);

/* An epoch on batches; the mean loss. */
double cohort_train_batches(eng_cohort *cohort, cohort_model *one, const uint32_t *order, size_t n);

/* How many of `left` models to train side by side. */
size_t cohort_group_size(const eng_cohort *cohort, size_t left);

/* An epoch of `count` models side by side; lanes left over repeat the first model. */
void cohort_train_group(eng_cohort *cohort, cohort_model *group, size_t count,
                        const uint32_t *order, size_t n, double *mean_loss);

/* Threads that can work side by side now, each with a slot, for so many parts of a job. */
size_t cohort_free_threads(eng_cohort *cohort, size_t parts);

/* Numbers that a thread takes for steps of two models beside a workspace; 0 for none. */
size_t cohort_pair_size(const net_ops *ops, const net *n, size_t batch_size, size_t n_models);

/* An epoch of the first of `left` models, two on each idle core. Returns how many; 0 for shapes
 * that do not fit, and for a single model. */
size_t cohort_train_pairs(eng_cohort *cohort, cohort_model *models, size_t left,
                          const uint32_t *order, size_t n, double *mean_loss);

/* Errors of a model on n rows, a vector of sequences at a time. */
void cohort_evaluate_lanes(eng_cohort *cohort, const cohort_model *one, const uint32_t *rows,
                           size_t n, float *errors);

#endif
