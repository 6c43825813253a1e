/* The recurrences of one LSTM layer, forwards and back through time, of M models on B sequences. */
#ifndef ENGCU_RECURRENCE_CUH
#define ENGCU_RECURRENCE_CUH

#include "cuda/device.cuh"
#include "cuda/net.cuh"
#include "cuda/queue.cuh"

/* One layer's part in a pass, as its kernels see it. Pointers to weights are those of the first
 * model; the others follow at `stride`. */
struct engcu_recurrence {
    uint32_t length, batch, hidden, n_models; /* T, B, H, M */
    uint32_t t;                               /* the step, if the recurrence runs step by step */
    engcu_input input;
    engcu_above above;
    bool keep; /* the backward pass will follow */
    size_t stride;
    const float *w_ih, *w_hh, *b_ih, *b_hh;
    const float
        *w_above;    /* the read-out's weights (H), or w_ih (4H, H) of the first decoder layer */
    engcu_rows rows; /* ENGCU_SAMPLES */
    /* All of the first model, the others at work_stride: */
    const float *code; /* ENGCU_CODE: (B, H) */
    engcu_work::engcu_history history;
    const float *dy; /* (T B) */
    float *sums;     /* (B, n_sums) */
    size_t work_stride;
    uint32_t n_sums, sum_at, sum_above, sum_samples;
};

/* Forward: history->h, and with `keep` gates and c. ENGCU_STATES finds its share of the
 * pre-activations, without biases, in history->gates. */
void engcu_recur_forward(engcu_queue *queue, const engcu_recurrence *r);

/* Backward: gradients of the pre-activations in history->gates, and the sums over time.
 * ENGCU_CODE's adjoint is found in `sums` of the layer above, ENGCU_STATES' in history->dh. */
void engcu_recur_backward(engcu_queue *queue, const engcu_recurrence *r);

/* The same step by step, for layers whose weights do not fit one block. */
void engcu_steps_forward(engcu_queue *queue, const engcu_recurrence *r);
void engcu_steps_backward(engcu_queue *queue, const engcu_recurrence *r);

/* Allow the resident kernels as much shared memory as this device gives to one block. */
void engcu_recur_prepare(engcu_queue *queue, size_t shared_most);

#endif
