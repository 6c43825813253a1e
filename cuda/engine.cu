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

/* Oldest one whose cuBLAS knows TF32: 8.0. */
static const int OLDEST_TF32 = 80;

/* "13.0" of 13000. */
struct version_text {
    char text[16];
};

static version_text version_of(int number)
{
    version_text v;
    snprintf(v.text, sizeof v.text, "%d.%d", number / 1000, number % 1000 / 10);
    return v;
}

static int capability_of(const cudaDeviceProp *device)
{
    return device->major * 10 + device->minor;
}

/* Say whether the driver or the device is missing or too old, and what to do about it. */
static swp_status no_device(cudaError_t code, swp_err *err)
{
    int driver = 0, runtime = 0;
    (void)cudaDriverGetVersion(&driver);
    (void)cudaRuntimeGetVersion(&runtime);
    (void)cudaGetLastError();
    const version_text served = version_of(driver), needed = version_of(runtime);
    swp_status status;
    if (driver == 0) {
        status = swp_fail(err, SWP_UNAVAILABLE, "NVIDIA's driver is not installed");
        swp_hint(err, "install NVIDIA's driver; --device cpu trains on the processor");
    } else if (code == cudaErrorInsufficientDriver) {
        status = swp_fail(err, SWP_UNAVAILABLE,
                          "the driver is too old: it supports CUDA %s, the plug-in needs CUDA %s",
                          served.text, needed.text);
        swp_hint(err, "update NVIDIA's driver, or build with the toolkit of CUDA %s", served.text);
    } else if (code == cudaErrorNoDevice) {
        status = swp_fail(err, SWP_UNAVAILABLE,
                          "there is no GPU: the driver (for CUDA %s) sees none", served.text);
        swp_hint(err, "nvidia-smi lists GPUs, CUDA_VISIBLE_DEVICES may hide them; --device cpu "
                      "trains on the processor");
    } else {
        status = swp_fail(err, SWP_UNAVAILABLE, "no GPU can be used: %s: %s",
                          cudaGetErrorName(code), cudaGetErrorString(code));
        swp_hint(err, "nvidia-smi may say more; --device cpu trains on the processor");
    }
    return status;
}

static swp_status find_device(cudaDeviceProp *out, swp_err *err)
{
    int count = 0;
    cudaError_t code = cudaGetDeviceCount(&count);
    if (code == cudaSuccess && count == 0)
        code = cudaErrorNoDevice;
    if (code == cudaSuccess)
        code = cudaGetDeviceProperties(out, DEVICE);
    if (code == cudaSuccess)
        code = cudaSetDevice(DEVICE);
    if (code != cudaSuccess)
        return no_device(code, err);
    if (capability_of(out) >= OLDEST)
        return SWP_OK;
    swp_status status =
        swp_fail(err, SWP_UNAVAILABLE, "%s has compute capability %d.%d, expected %d.%d or later",
                 out->name, out->major, out->minor, OLDEST / 10, OLDEST % 10);
    swp_hint(err, "CUDA_VISIBLE_DEVICES chooses another GPU; --device cpu trains on the processor");
    return status;
}

static void describe(const cudaDeviceProp *device, bool tf32, eng_info *info)
{
    int driver = 0, runtime = 0;
    (void)cudaDriverGetVersion(&driver);
    (void)cudaRuntimeGetVersion(&runtime);
    *info = {};
    snprintf(info->engine, sizeof info->engine, "cuda");
    snprintf(info->device, sizeof info->device, "%.100s", device->name);
    snprintf(info->isa, sizeof info->isa, "sm_%d%s", capability_of(device),
             tf32 && capability_of(device) >= OLDEST_TF32 ? "+tf32" : "");
    snprintf(info->blas, sizeof info->blas, "cuBLAS of CUDA %s", version_of(runtime).text);
    snprintf(info->capability, sizeof info->capability, "%hhd.%hhd", (signed char)device->major,
             (signed char)device->minor);
    snprintf(info->driver, sizeof info->driver, "CUDA %s", version_of(driver).text);
    info->memory = device->totalGlobalMem;
}

static void cuda_close(eng_engine *engine)
{
    if (!engine)
        return;
    engcu_queue_deinit(&engine->queue);
    swp_free(engine);
}

/* Create the queue, and let kernels use the device's shared memory. */
static swp_status prepare(eng_engine *engine, bool tf32, swp_err *err)
{
    swp_status status = engcu_queue_init(&engine->queue, tf32, err);
    if (status != SWP_OK)
        return status;
    engcu_recur_prepare(&engine->queue, engine->shared_most);
    size_t all;
    engcu_check(&engine->queue, cudaMemGetInfo(&engine->info.free_memory, &all), "cudaMemGetInfo");
    return engine->queue.status;
}

static swp_status cuda_open(const eng_options *options, eng_engine **out, swp_err *err)
{
    const bool tf32 = options && options->tf32;
    cudaDeviceProp device;
    swp_status status = find_device(&device, err);
    if (status != SWP_OK)
        return status;
    eng_engine *engine = static_cast<eng_engine *>(swp_alloc(1, sizeof *engine));
    if (!engine)
        return swp_fail(err, SWP_NOMEM, "no memory for the GPU engine");
    engine->shared_most = device.sharedMemPerBlockOptin;
    describe(&device, tf32, &engine->info);
    status = prepare(engine, tf32, err);
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

static size_t cuda_list_devices(const eng_engine *engine, eng_info *out, size_t most)
{
    int count = 0;
    if (cudaGetDeviceCount(&count) != cudaSuccess || count < 1)
        count = 1;
    for (size_t i = 0; i < (size_t)count && i < most; i++) {
        cudaDeviceProp device;
        if ((int)i == DEVICE)
            out[i] = engine->info;
        else if (cudaGetDeviceProperties(&device, (int)i) == cudaSuccess)
            describe(&device, false, &out[i]);
        else
            return i;
    }
    return (size_t)count;
}

/* A resident recurrence takes one block for each model and is bound by latency, so as many models
 * run at once as an H100 holds: each of its 132 multiprocessors has registers for 14, 6, 2 or 1
 * blocks. Wider layers go through cuBLAS, one model after the other. */
static size_t cuda_cohort_width(eng_shape shape, size_t batch_size)
{
    const size_t widest = shape.arch == ENG_STACKED ? 2 * shape.embedding_dim : shape.embedding_dim;
    const size_t blocks = 132 * (widest <= 16 ? 14 : widest <= 32 ? 6 : widest <= 64 ? 2 : 1);
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
    api.list_devices = cuda_list_devices;
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
