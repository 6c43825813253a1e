/* Gradients of the vectors: biases, the first layer's input weights, the read-out. */
#ifndef ENGCU_GRADIENT_CUH
#define ENGCU_GRADIENT_CUH

#include "cuda/net.cuh"
#include "cuda/queue.cuh"

/* Add up what each of B sequences contributed (work->sums).
 * shapes   gradient of the first model, the others at net->stride
 * `add` adds to what is there. */
void engcu_vector_gradients(engcu_queue *queue, const engcu_net *net, const engcu_work *work,
                            size_t n_models, size_t batch, bool add, float *gradient);

#endif
