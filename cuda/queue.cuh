/* Work for the device, in order, and the first failure among it.
 *
 * After a failure every further call does nothing, so that a sequence of launches reads as one and
 * is checked once, where it ends. */
#ifndef ENGCU_QUEUE_CUH
#define ENGCU_QUEUE_CUH

#include <stddef.h>

#include <cublas_v2.h>
#include <cuda_runtime.h>

#include "engine/base/err.h"

struct engcu_queue {
    cudaStream_t stream;
    cublasHandle_t blas;
    void *blas_workspace;
    swp_status status; /* of all that was queued since engcu_queue_begin */
    swp_err *err;      /* where the first failure is recorded; may be NULL */
    size_t launches;   /* of kernels and of cuBLAS, so far */
};

/* Stream, cuBLAS handle and its workspace on the current device; with `tf32` cuBLAS may round the
 * factors of its products. errors   NOMEM, DEVICE   owns   out: engcu_queue_deinit, after a failure
 * too
 */
SWP_CHECKED swp_status engcu_queue_init(engcu_queue *out, bool tf32, swp_err *err);
void engcu_queue_deinit(engcu_queue *queue);

/* Forget the last failure; the next is recorded in `err`. */
void engcu_queue_begin(engcu_queue *queue, swp_err *err);

/* Record the status of a CUDA or cuBLAS call unless something failed before. Memory that ran out is
 * NOMEM, all else DEVICE, with the call, the name of the error and its text. */
void engcu_check(engcu_queue *queue, cudaError_t code, const char *call);
void engcu_check_blas(engcu_queue *queue, cublasStatus_t code, const char *call);

/* Copies and zeroes; host memory must stay as it is until engcu_wait. */
void engcu_upload(engcu_queue *queue, void *device, const void *host, size_t bytes);
void engcu_download(engcu_queue *queue, void *host, const void *device, size_t bytes);
void engcu_zero(engcu_queue *queue, void *device, size_t bytes);

/* Wait until all is done. Returns the status of everything since engcu_queue_begin. */
SWP_CHECKED swp_status engcu_wait(engcu_queue *queue);

/* Launch `kernel`, which takes one struct by value. */
template <typename P>
void engcu_launch(engcu_queue *queue, const char *name, void (*kernel)(P), const P &params,
                  dim3 grid, dim3 block, size_t shared)
{
    if (queue->status != SWP_OK)
        return;
    P copy = params;
    void *args[] = {&copy};
    queue->launches++;
    engcu_check(queue, cudaLaunchKernel(kernel, grid, block, args, shared, queue->stream), name);
}

#endif
