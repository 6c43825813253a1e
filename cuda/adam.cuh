/* The end of a training step: counting it, and Adam on all weights of all models. */
#ifndef ENGCU_ADAM_CUH
#define ENGCU_ADAM_CUH

#include "cuda/queue.cuh"
#include "engine/engine.h"

/* Adam's numbers of one step, bias corrections included; rounded from double, as PyTorch's are. */
struct engcu_adam_step {
    float beta1, beta2, one_minus_beta1, one_minus_beta2;
    float step_size; /* learning rate / (1 - beta1^t) */
    float scale;     /* 1 / sqrt(1 - beta2^t) */
    float eps;
};

struct engcu_training {
    uint32_t n_models, batch; /* sequences of this step */
    size_t total, stride;     /* weights of a model; from one model to the next */
    const eng_adam *settings; /* (M), no defaults left */
    engcu_adam_step *numbers; /* (M) scratch */
    uint64_t *steps;          /* (M) Adam steps done */
    uint32_t *cursor;         /* (1) rows done in this epoch */
    const double *losses;     /* (M, loss_stride) of the sequences of this step */
    size_t loss_stride;
    double *epoch_loss; /* (M) sum of all losses of this epoch */
    const float *gradient;
    float *weights, *m, *v;
};

void engcu_adam(engcu_queue *queue, const engcu_training *training);

#endif
