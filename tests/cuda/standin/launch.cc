/* Launches with their arguments, and attributes of kernels. */
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <cxxabi.h>
#include <dlfcn.h>
#include <map>

#include "standin_priv.h"

namespace standin
{
namespace
{
constexpr size_t SHARED_DEFAULT = 49152;

std::map<const void *, int> dynamic_limits; /* by kernel, if it was raised */

cudaError_t check_launch(const launch &what)
{
    const dim3 &g = what.grid, &b = what.block;
    if (!g.x || !g.y || !g.z || !b.x || !b.y || !b.z || b.x > 1024 || b.y > 1024 || b.z > 64 ||
        (uint64_t)b.x * b.y * b.z > MOST_THREADS || g.x > 2147483647u || g.y > 65535 || g.z > 65535)
        return cudaErrorInvalidConfiguration;
    auto limit = dynamic_limits.find(what.kernel);
    size_t most = limit == dynamic_limits.end() ? SHARED_DEFAULT : (size_t)limit->second;
    return what.shared > most ? cudaErrorInvalidValue : cudaSuccess;
}
} // namespace

void describe_code(const void *code, char *out, size_t size)
{
    Dl_info info = {};
    if (!dladdr(code, &info) || !info.dli_sname) {
        snprintf(out, size, "%s+%#tx", info.dli_fname ? info.dli_fname : "?",
                 (const char *)code - (const char *)info.dli_fbase);
        return;
    }
    int status;
    char *plain = abi::__cxa_demangle(info.dli_sname, nullptr, nullptr, &status);
    snprintf(out, size, "%.*s", (int)strcspn(plain ? plain : info.dli_sname, "("),
             plain ? plain : info.dli_sname);
    free(plain);
}

cudaError_t enqueue_launch(const launch &what, cudaStream_t stream)
{
    cudaError_t error = enter("cudaLaunchKernel", cudaErrorLaunchFailure);
    if (error != cudaSuccess)
        return error;
    error = check_launch(what);
    if (error != cudaSuccess)
        return fail(error);
    count_launch();
    return enqueue(stream, {"cudaLaunchKernel", [what] { run_kernel(what); }});
}

void check_argument(const void *kernel, unsigned index, const void *pointer)
{
    if (!pointer || is_device_address(pointer))
        return;
    char name[256];
    describe_code(kernel, name, sizeof name);
    fault("kernel %s is given a pointer to host memory as argument %u", name, index);
}

void missing_arguments(const void *kernel)
{
    char name[256];
    describe_code(kernel, name, sizeof name);
    fault("kernel %s is launched without its arguments", name);
}

cudaError_t func_set_attribute(const void *kernel, cudaFuncAttribute attr, int value)
{
    cudaError_t error = enter("cudaFuncSetAttribute");
    if (error != cudaSuccess)
        return error;
    if (attr == cudaFuncAttributePreferredSharedMemoryCarveout)
        return value >= -1 && value <= 100 ? cudaSuccess : fail(cudaErrorInvalidValue);
    if (attr != cudaFuncAttributeMaxDynamicSharedMemorySize || value < 0 ||
        (size_t)value > device().shared)
        return fail(cudaErrorInvalidValue);
    dynamic_limits[kernel] = value;
    return cudaSuccess;
}

cudaError_t func_get_attributes(cudaFuncAttributes *out, const void *kernel)
{
    cudaError_t error = enter("cudaFuncGetAttributes");
    if (error != cudaSuccess)
        return error;
    auto limit = dynamic_limits.find(kernel);
    *out = {};
    out->maxThreadsPerBlock = (int)MOST_THREADS;
    out->numRegs = 64;
    out->ptxVersion = out->binaryVersion = device().major * 10 + device().minor;
    out->maxDynamicSharedSizeBytes =
        limit == dynamic_limits.end() ? (int)SHARED_DEFAULT : limit->second;
    return cudaSuccess;
}

cudaError_t occupancy(int *blocks, const void *, int n, size_t shared)
{
    cudaError_t error = enter("cudaOccupancyMaxActiveBlocksPerMultiprocessor");
    if (error != cudaSuccess)
        return error;
    if (n < 1 || n > (int)MOST_THREADS || shared > device().shared)
        return fail(cudaErrorInvalidValue);
    size_t by_threads = (size_t)(device().major == 7 ? 1024 : 2048) / (size_t)n;
    size_t by_shared = shared ? (device().shared + 1024) / (shared + 1024) : 32;
    *blocks = (int)std::min({by_threads, by_shared, (size_t)32});
    return cudaSuccess;
}
} // namespace standin
