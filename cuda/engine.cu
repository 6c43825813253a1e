/* The GPU engine: the device, and the table of its functions. */
#include <stdio.h>

#include "cuda/api.h"
#include "cuda/cohort.cuh"
#include "cuda/net.cuh"
#include "cuda/recurrence.cuh"
#include "engine/base/mem.h"

/* The first device that CUDA shows: CUDA_VISIBLE_DEVICES chooses another. */
static const int DEVICE = 0;

/* Oldest compute capability that the kernels are compiled for: 7.5. */
static const int OLDEST = 75;

static swp_status find_device(cudaDeviceProp *out, swp_err *err)
{
    int count = 0;
    cudaError_t code = cudaGetDeviceCount(&count);
    if (code == cudaSuccess && count > 0)
        code = cudaGetDeviceProperties(out, DEVICE);
    if (code == cudaSuccess && count == 0)
        code = cudaErrorNoDevice;
    if (code == cudaSuccess)
        code = cudaSetDevice(DEVICE);
    if (code != cudaSuccess) {
        (void)cudaGetLastError();
        return swp_fail(err, SWP_UNAVAILABLE, "no GPU can be used: %s: %s", cudaGetErrorName(code),
                        cudaGetErrorString(code));
    }
    if (out->major * 10 + out->minor < OLDEST)
        return swp_fail(err, SWP_UNAVAILABLE,
                        "%s has compute capability %d.%d, expected %d.%d or later", out->name,
                        out->major, out->minor, OLDEST / 10, OLDEST % 10);
    return SWP_OK;
}

static void describe(const cudaDeviceProp *device, eng_info *info)
{
    int driver = 0, runtime = 0;
    (void)cudaDriverGetVersion(&driver);
    (void)cudaRuntimeGetVersion(&runtime);
    snprintf(info->engine, sizeof info->engine, "cuda");
    snprintf(info->device, sizeof info->device, "%.100s (%.0f GiB)", device->name,
             (double)device->totalGlobalMem / (1 << 30));
    snprintf(info->isa, sizeof info->isa, "sm_%d%d", device->major, device->minor);
    snprintf(info->blas, sizeof info->blas, "cuBLAS of CUDA %d.%d, driver for CUDA %d.%d",
             runtime / 1000, runtime % 1000 / 10, driver / 1000, driver % 1000 / 10);
}

static void cuda_close(eng_engine *engine)
{
    if (!engine)
        return;
    engcu_queue_deinit(&engine->queue);
    swp_free(engine);
}

static swp_status cuda_open(const char *isa, eng_engine **out, swp_err *err)
{
    (void)isa;
    cudaDeviceProp device;
    swp_status status = find_device(&device, err);
    if (status != SWP_OK)
        return status;
    eng_engine *engine = static_cast<eng_engine *>(swp_alloc(1, sizeof *engine));
    if (!engine)
        return swp_fail(err, SWP_NOMEM, "no memory for the GPU engine");
    engine->shared_most = device.sharedMemPerBlockOptin;
    describe(&device, &engine->info);
    status = engcu_queue_init(&engine->queue, err);
    if (status == SWP_OK) {
        engcu_recur_prepare(&engine->queue, engine->shared_most);
        status = engine->queue.status;
    }
    if (status == SWP_OK)
        *out = engine;
    else
        cuda_close(engine);
    return status;
}

static void cuda_get_info(const eng_engine *engine, eng_info *out)
{
    *out = engine->info;
}

/* Resident recurrences take a block for each model, and a block or two for each processor keep a
 * device busy. Wider layers go through cuBLAS one model after the other. */
static size_t cuda_cohort_width(eng_shape shape, size_t batch_size)
{
    const size_t blocks = 256;
    const size_t widest = shape.arch == ENG_STACKED ? 2 * shape.embedding_dim : shape.embedding_dim;
    if (widest > ENGCU_RESIDENT_MOST || batch_size >= blocks)
        return 1;
    return blocks / batch_size;
}

static eng_api make_api()
{
    eng_api api = {};
    api.version = ENG_API_VERSION;
    api.name = "cuda";
    api.open = cuda_open;
    api.close = cuda_close;
    api.get_info = cuda_get_info;
    api.cohort_width = cuda_cohort_width;
    api.cohort_bytes = engcu_cohort_bytes;
    api.cohort_create = engcu_cohort_create;
    api.cohort_destroy = engcu_cohort_destroy;
    api.set_state = engcu_set_state;
    api.get_state = engcu_get_state;
    api.train_epoch = engcu_train_epoch;
    api.evaluate = engcu_evaluate;
    api.gradient = engcu_gradient;
    api.reconstruct = engcu_reconstruct;
    return api;
}

const eng_api *sweep_cuda_api(void)
{
    static const eng_api api = make_api();
    return &api;
}
