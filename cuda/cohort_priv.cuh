/* What cohort.cu, which owns a cohort's memory, shares with train.cu, which works in it. */
#ifndef ENGCU_COHORT_PRIV_CUH
#define ENGCU_COHORT_PRIV_CUH

#include "cuda/adam.cuh"
#include "cuda/cohort.cuh"
#include "cuda/graph.cuh"
#include "cuda/net.cuh"

/* A training step on batches of one size. */
struct engcu_step {
    size_t batch;      /* 0: no step was done yet */
    size_t launches;   /* that it takes */
    engcu_graph graph; /* recorded at the second step */
};

struct eng_cohort {
    engcu_queue *queue; /* borrowed from the engine */
    engcu_net net;
    eng_loss loss;
    size_t batch_size, n_models, n_rows;
    size_t part;            /* sequences of a batch that are processed at once */
    size_t items;           /* most models times sequences that are evaluated at once */
    size_t most_order;      /* row numbers that `order` holds */
    engcu_step whole, rest; /* a full batch, and the smaller one that ends an epoch */

    unsigned char *block;              /* device memory that holds all below */
    float *weights, *m, *v, *gradient; /* (K, net.stride) */
    float *series;                     /* (n_rows, T) */
    uint32_t *order, *cursor;          /* see engcu_rows */
    uint64_t *steps;                   /* (K) */
    eng_adam *settings;                /* (K) */
    engcu_adam_step *numbers;          /* (K) */
    double *losses;                    /* (K, batch_size) of the current step */
    double *epoch_loss;                /* (K) */
    float *errors;                     /* (items) */
    unsigned char *work;               /* an engcu_work, of training or of evaluation */
    size_t work_bytes;
};

#endif
