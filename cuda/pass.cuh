/* Forward and backward passes of M models over B sequences each. */
#ifndef ENGCU_PASS_CUH
#define ENGCU_PASS_CUH

#include "cuda/device.cuh"
#include "cuda/net.cuh"
#include "cuda/queue.cuh"

struct engcu_pass {
    const engcu_net *net;
    engcu_work work;
    uint32_t n_models, batch; /* M, B */
    engcu_rows rows;
    eng_loss loss;
    bool keep;            /* the backward pass will follow */
    const float *weights; /* of the first model, the others at net->stride; so with all of them */
    float *gradient;
    double *losses; /* of each sequence: model m's at m loss_stride + b; or NULL */
    size_t loss_stride;
    float *errors; /* (M, B) the same in float, or NULL */
};

/* Reconstructions work.y, losses and errors; with `keep` also the gradient of the loss. */
void engcu_forward(engcu_queue *queue, const engcu_pass *pass);

/* Gradient of the summed loss, back through the full length of time; `add` adds to what is there.
 * Destroys the history. */
void engcu_backward(engcu_queue *queue, const engcu_pass *pass, bool add);

#endif
