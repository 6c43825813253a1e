/* The emulated machine, errors, and calls that fail on demand. */
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>
#include <unistd.h>

#include "cublas_v2.h"
#include "standin_priv.h"

constexpr size_t GIB = (size_t)1 << 30;
const standin_device standin_h100 = {"Stand-in H100", 1, 13000, 9, 0, GIB, 232448, 132};
const standin_device standin_t4 = {"Stand-in T4", 1, 13000, 7, 5, GIB, 65536, 40};

namespace standin
{
tally streams = {"streams", 0}, events = {"events", 0}, graphs = {"graphs", 0},
      graph_execs = {"instantiated graphs", 0}, handles = {"cuBLAS handles", 0},
      pinned = {"blocks of pinned memory", 0};

namespace
{
standin_device machine = standin_h100;
bool machine_set;
uint32_t seed;
std::map<std::string, unsigned long> calls;
unsigned long all_calls;
cudaError_t last_error = cudaSuccess;
pid_t owner; /* the process that made the first call */

struct injection {
    std::string call; /* empty = any */
    unsigned long left;
    bool for_good;
    cudaError_t gone; /* what every call returns once the device is lost */
    std::string failed;
} injection;

void read_environment()
{
    const char *name = getenv("CUDA_STANDIN_DEVICE"), *bytes = getenv("CUDA_STANDIN_MEMORY");
    const char *order = getenv("CUDA_STANDIN_SEED"), *failing = getenv("CUDA_STANDIN_FAIL");
    if (name && !machine_set) {
        machine = strcmp(name, "t4") == 0 ? standin_t4 : standin_h100;
        if (strcmp(name, "none") == 0)
            machine.count = 0;
        if (strcmp(name, "nodriver") == 0)
            machine.count = machine.driver = 0;
        if (strcmp(name, "olddriver") == 0)
            machine.driver = 12020;
        if (strcmp(name, "two") == 0)
            machine.count = 2;
    }
    if (bytes)
        machine.memory = strtoull(bytes, nullptr, 10);
    if (order)
        seed = (uint32_t)strtoul(order, nullptr, 10);
    const char *colon = failing ? strchr(failing, ':') : nullptr;
    if (colon)
        injection.call.assign(failing, colon), injection.left = strtoul(colon + 1, nullptr, 10);
}
} // namespace

const standin_device &device()
{
    return machine;
}

uint32_t current_seed()
{
    return seed;
}

void count_launch()
{
    calls["kernel"]++;
}

cudaError_t fail(cudaError_t error)
{
    last_error = error;
    return error;
}

cudaError_t enter(const char *call, cudaError_t injected)
{
    if (!owner) {
        owner = getpid();
        read_environment();
    }
    watch_memory_faults();
    all_calls++;
    calls[call]++;
    if (owner != getpid())
        return fail(cudaErrorInitializationError);
    if (injection.gone != cudaSuccess)
        return fail(injection.gone);
    if (injection.left > 0 && (injection.call.empty() || injection.call == call) &&
        --injection.left == 0) {
        injection.failed = call;
        if (injection.for_good)
            injection.gone = cudaErrorIllegalAddress;
        return fail(injection.for_good ? injection.gone : injected);
    }
    if (on_device())
        fault("%s is called from a kernel", call);
    return cudaSuccess;
}
} // namespace standin

using namespace standin;

void standin_set_device(const standin_device *device)
{
    machine = *device;
    machine_set = true;
}

void standin_seed(uint32_t new_seed)
{
    seed = new_seed;
}

void standin_fail_at(const char *call, unsigned long n)
{
    injection.call = call ? call : "";
    injection.left = n;
    injection.gone = cudaSuccess;
    injection.failed.clear();
}

void standin_fail_for_good(int on)
{
    injection.for_good = on != 0;
    injection.gone = cudaSuccess;
}

const char *standin_failed_call(void)
{
    return injection.failed.empty() ? nullptr : injection.failed.c_str();
}

unsigned long standin_calls(const char *call)
{
    return call ? calls[call] : all_calls;
}

void standin_adopt_process(void)
{
    owner = getpid();
}

/* Whether there is a driver and a device, which the calls below need. */
static cudaError_t need_device(int number)
{
    if (device().driver / 1000 < CUDART_VERSION / 1000)
        return fail(cudaErrorInsufficientDriver);
    if (device().count == 0)
        return fail(cudaErrorNoDevice);
    return number >= 0 && number < device().count ? cudaSuccess : fail(cudaErrorInvalidDevice);
}

cudaError_t cudaGetDeviceCount(int *count)
{
    cudaError_t error = enter("cudaGetDeviceCount", cudaErrorUnknown);
    *count = 0;
    if (error == cudaSuccess)
        error = need_device(0);
    if (error == cudaSuccess)
        *count = device().count;
    return error;
}

/* A second device is a T4, whatever the first one is. */
static void describe_device(cudaDeviceProp *prop, int number)
{
    const standin_device &d = number == 0 ? device() : standin_t4;
    *prop = {};
    snprintf(prop->name, sizeof prop->name, "%s", d.name);
    prop->totalGlobalMem = d.memory;
    prop->sharedMemPerBlock = 49152;
    prop->regsPerBlock = prop->regsPerMultiprocessor = 65536;
    prop->warpSize = 32;
    prop->maxThreadsPerBlock = prop->maxThreadsDim[0] = prop->maxThreadsDim[1] = 1024;
    prop->maxThreadsDim[2] = 64;
    prop->maxGridSize[0] = 2147483647;
    prop->maxGridSize[1] = prop->maxGridSize[2] = 65535;
    prop->major = d.major;
    prop->minor = d.minor;
    prop->multiProcessorCount = d.processors;
    prop->l2CacheSize = 50 << 20;
    prop->maxThreadsPerMultiProcessor = d.major == 7 ? 1024 : 2048;
    prop->reservedSharedMemPerBlock = d.major == 7 ? 0 : 1024;
    prop->sharedMemPerBlockOptin = d.shared;
    prop->sharedMemPerMultiprocessor = d.shared + prop->reservedSharedMemPerBlock;
}

cudaError_t cudaGetDeviceProperties(cudaDeviceProp *prop, int number)
{
    cudaError_t error = enter("cudaGetDeviceProperties");
    if (error == cudaSuccess)
        error = need_device(number);
    if (error == cudaSuccess)
        describe_device(prop, number);
    return error;
}

cudaError_t cudaDeviceGetAttribute(int *value, cudaDeviceAttr attr, int number)
{
    cudaDeviceProp prop;
    cudaError_t error = enter("cudaDeviceGetAttribute");
    if (error == cudaSuccess)
        error = need_device(number);
    if (error != cudaSuccess)
        return error;
    describe_device(&prop, number);
    switch (attr) {
    case cudaDevAttrMaxThreadsPerBlock:
        *value = prop.maxThreadsPerBlock;
        break;
    case cudaDevAttrMaxSharedMemoryPerBlock:
        *value = (int)prop.sharedMemPerBlock;
        break;
    case cudaDevAttrWarpSize:
        *value = prop.warpSize;
        break;
    case cudaDevAttrMaxRegistersPerBlock:
        *value = prop.regsPerBlock;
        break;
    case cudaDevAttrMultiProcessorCount:
        *value = prop.multiProcessorCount;
        break;
    case cudaDevAttrMaxThreadsPerMultiProcessor:
        *value = prop.maxThreadsPerMultiProcessor;
        break;
    case cudaDevAttrComputeCapabilityMajor:
        *value = prop.major;
        break;
    case cudaDevAttrComputeCapabilityMinor:
        *value = prop.minor;
        break;
    case cudaDevAttrMaxSharedMemoryPerMultiprocessor:
        *value = (int)prop.sharedMemPerMultiprocessor;
        break;
    case cudaDevAttrMaxRegistersPerMultiprocessor:
        *value = prop.regsPerMultiprocessor;
        break;
    case cudaDevAttrMaxSharedMemoryPerBlockOptin:
        *value = (int)prop.sharedMemPerBlockOptin;
        break;
    case cudaDevAttrReservedSharedMemoryPerBlock:
        *value = (int)prop.reservedSharedMemPerBlock;
        break;
    default:
        return fail(cudaErrorInvalidValue);
    }
    return cudaSuccess;
}

cudaError_t cudaSetDevice(int number)
{
    cudaError_t error = enter("cudaSetDevice");
    return error != cudaSuccess ? error : need_device(number);
}

cudaError_t cudaDriverGetVersion(int *version)
{
    cudaError_t error = enter("cudaDriverGetVersion");
    *version = device().driver;
    return error;
}

cudaError_t cudaRuntimeGetVersion(int *version)
{
    cudaError_t error = enter("cudaRuntimeGetVersion");
    *version = CUDART_VERSION;
    return error;
}

cudaError_t cudaGetLastError(void)
{
    cudaError_t error = cudaPeekAtLastError();
    last_error = injection.gone;
    return error;
}

cudaError_t cudaPeekAtLastError(void)
{
    return last_error;
}

static const struct {
    cudaError_t error;
    const char *name, *text;
} errors[] = {
    {cudaSuccess, "cudaSuccess", "no error"},
    {cudaErrorInvalidValue, "cudaErrorInvalidValue", "invalid argument"},
    {cudaErrorMemoryAllocation, "cudaErrorMemoryAllocation", "out of memory"},
    {cudaErrorInitializationError, "cudaErrorInitializationError", "initialization error"},
    {cudaErrorInvalidConfiguration, "cudaErrorInvalidConfiguration",
     "invalid configuration argument"},
    {cudaErrorInvalidMemcpyDirection, "cudaErrorInvalidMemcpyDirection",
     "invalid copy direction for memcpy"},
    {cudaErrorInsufficientDriver, "cudaErrorInsufficientDriver",
     "CUDA driver version is insufficient for CUDA runtime version"},
    {cudaErrorInvalidDeviceFunction, "cudaErrorInvalidDeviceFunction", "invalid device function"},
    {cudaErrorNoDevice, "cudaErrorNoDevice", "no CUDA-capable device is detected"},
    {cudaErrorInvalidDevice, "cudaErrorInvalidDevice", "invalid device ordinal"},
    {cudaErrorInvalidResourceHandle, "cudaErrorInvalidResourceHandle", "invalid resource handle"},
    {cudaErrorNotReady, "cudaErrorNotReady", "device not ready"},
    {cudaErrorIllegalAddress, "cudaErrorIllegalAddress",
     "an illegal memory access was encountered"},
    {cudaErrorLaunchOutOfResources, "cudaErrorLaunchOutOfResources",
     "too many resources requested for launch"},
    {cudaErrorLaunchFailure, "cudaErrorLaunchFailure", "unspecified launch failure"},
    {cudaErrorStreamCaptureUnsupported, "cudaErrorStreamCaptureUnsupported",
     "operation not permitted when stream is capturing"},
    {cudaErrorStreamCaptureInvalidated, "cudaErrorStreamCaptureInvalidated",
     "operation failed due to a previous error during capture"},
    {cudaErrorUnknown, "cudaErrorUnknown", "unknown error"},
};

const char *cudaGetErrorName(cudaError_t error)
{
    for (const auto &e : errors)
        if (e.error == error)
            return e.name;
    return "unrecognized error code";
}

const char *cudaGetErrorString(cudaError_t error)
{
    for (const auto &e : errors)
        if (e.error == error)
            return e.text;
    return "unrecognized error code";
}
