#include "cuda/queue.cuh"

/* cuBLAS must not allocate while a graph is captured, and gives the same bits from run to run only
 * in a workspace that is its own; the size is what NVIDIA recommends for Hopper. */
static const size_t BLAS_WORKSPACE = (size_t)32 << 20;

void engcu_queue_begin(engcu_queue *queue, swp_err *err)
{
    queue->status = SWP_OK;
    queue->err = err;
}

void engcu_check(engcu_queue *queue, cudaError_t code, const char *call)
{
    if (code == cudaSuccess || queue->status != SWP_OK)
        return;
    /* Clear the runtime's record of the error; a sticky error stays. */
    (void)cudaGetLastError();
    queue->status = swp_fail(queue->err, code == cudaErrorMemoryAllocation ? SWP_NOMEM : SWP_DEVICE,
                             "%s: %s: %s", call, cudaGetErrorName(code), cudaGetErrorString(code));
}

void engcu_check_blas(engcu_queue *queue, cublasStatus_t code, const char *call)
{
    if (code == CUBLAS_STATUS_SUCCESS || queue->status != SWP_OK)
        return;
    queue->status =
        swp_fail(queue->err, code == CUBLAS_STATUS_ALLOC_FAILED ? SWP_NOMEM : SWP_DEVICE,
                 "%s: status %d: %s", call, (int)code, cublasGetStatusString(code));
}

swp_status engcu_queue_init(engcu_queue *out, bool tf32, swp_err *err)
{
    *out = {};
    engcu_queue_begin(out, err);
    engcu_check(out, cudaStreamCreateWithFlags(&out->stream, cudaStreamNonBlocking),
                "cudaStreamCreateWithFlags");
    if (out->status == SWP_OK)
        engcu_check_blas(out, cublasCreate(&out->blas), "cublasCreate");
    if (out->status == SWP_OK)
        engcu_check_blas(out, cublasSetStream(out->blas, out->stream), "cublasSetStream");
    if (out->status == SWP_OK)
        engcu_check(out, cudaMalloc(&out->blas_workspace, BLAS_WORKSPACE), "cudaMalloc");
    if (out->status == SWP_OK)
        engcu_check_blas(out, cublasSetWorkspace(out->blas, out->blas_workspace, BLAS_WORKSPACE),
                         "cublasSetWorkspace");
    const cublasMath_t mode = tf32 ? CUBLAS_TF32_TENSOR_OP_MATH : CUBLAS_PEDANTIC_MATH;
    if (out->status == SWP_OK)
        engcu_check_blas(out, cublasSetMathMode(out->blas, mode), "cublasSetMathMode");
    return out->status;
}

void engcu_queue_deinit(engcu_queue *queue)
{
    if (queue->blas)
        (void)cublasDestroy(queue->blas);
    if (queue->blas_workspace)
        (void)cudaFree(queue->blas_workspace);
    if (queue->stream)
        (void)cudaStreamDestroy(queue->stream);
    *queue = {};
}

void engcu_upload(engcu_queue *queue, void *device, const void *host, size_t bytes)
{
    if (queue->status == SWP_OK)
        engcu_check(queue,
                    cudaMemcpyAsync(device, host, bytes, cudaMemcpyHostToDevice, queue->stream),
                    "cudaMemcpyAsync to the device");
}

void engcu_download(engcu_queue *queue, void *host, const void *device, size_t bytes)
{
    if (queue->status == SWP_OK)
        engcu_check(queue,
                    cudaMemcpyAsync(host, device, bytes, cudaMemcpyDeviceToHost, queue->stream),
                    "cudaMemcpyAsync from the device");
}

void engcu_zero(engcu_queue *queue, void *device, size_t bytes)
{
    if (queue->status == SWP_OK)
        engcu_check(queue, cudaMemsetAsync(device, 0, bytes, queue->stream), "cudaMemsetAsync");
}

swp_status engcu_wait(engcu_queue *queue)
{
    /* After a failure too: nothing may still write to the caller's memory. */
    engcu_check(queue, cudaStreamSynchronize(queue->stream), "cudaStreamSynchronize");
    return queue->status;
}
