/* What follows the last layer's recurrence: the read-out, the loss and its gradient. */
#ifndef ENGCU_LOSS_CUH
#define ENGCU_LOSS_CUH

#include "cuda/device.cuh"
#include "cuda/net.cuh"
#include "cuda/queue.cuh"

struct engcu_readout {
    uint32_t length, batch, hidden, n_models; /* T, B, H of the last layer, M */
    eng_loss loss;
    engcu_rows rows;
    const float *w_out, *b_out; /* of the first model, the others at stride */
    size_t stride;
    const float *h; /* (T B, H) of the first model, the others at work_stride; so are y, dy, sums */
    float *y;       /* (T B) reconstructions */
    float *dy;      /* (T B) gradient of the loss, or NULL */
    float *sums;    /* (B, n_sums), with dy: its sum over time goes to sum_bias */
    uint32_t n_sums, sum_bias;
    size_t work_stride;
    double *losses; /* loss of each sequence: model m's at m loss_stride + b; or NULL */
    size_t loss_stride;
    float *errors; /* (M, B) the same in float, or NULL */
};

void engcu_read_out(engcu_queue *queue, const engcu_readout *r);

#endif
