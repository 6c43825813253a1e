/* The part of the CUDA runtime that cuda/ uses, implemented on the CPU: what the compiler knows
 * about kernels, and what the host calls. standin.h says what is checked, README.md how it works.
 *
 * Names and numbers are the runtime's own, so that the unchanged sources of cuda/ compile against
 * this header with a C++ compiler. Do not use there what is missing here (static __shared__,
 * <<<>>>, managed memory). */
#ifndef CUDA_STANDIN_RUNTIME_H
#define CUDA_STANDIN_RUNTIME_H

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <tuple>
#include <type_traits>
#include <utility>

#define CUDART_VERSION 13000

/* ---- what the compiler knows ---- */

#define __host__
#define __device__
#define __global__
#define __forceinline__ inline __attribute__((always_inline))
#define __launch_bounds__(...)
#define __align__(n) __attribute__((aligned(n)))

struct uint3 {
    unsigned x, y, z;
};
struct dim3 {
    unsigned x, y, z;
    constexpr dim3(unsigned x_ = 1, unsigned y_ = 1, unsigned z_ = 1) : x(x_), y(y_), z(z_)
    {
    }
};
struct __align__(8) float2
{
    float x, y;
};
struct __align__(16) float4
{
    float x, y, z, w;
};
struct __align__(8) uint2
{
    unsigned x, y;
};

inline float2 make_float2(float x, float y)
{
    return {x, y};
}
inline float4 make_float4(float x, float y, float z, float w)
{
    return {x, y, z, w};
}
inline uint2 make_uint2(unsigned x, unsigned y)
{
    return {x, y};
}

extern uint3 threadIdx, blockIdx;
extern dim3 blockDim, gridDim;
constexpr int warpSize = 32;

/* Start of the running block's dynamic shared memory: 16-byte aligned, nothing mapped after it. */
extern "C" void *cuda_standin_shared(void);

namespace standin
{
/* What a thread waits for. Threads that wait together must wait for the same. */
enum class wait { none, block, warp, shuffle, vote };

void wait_block(const char *file, int line);
void wait_warp(unsigned mask, const char *file, int line);
/* The bits of lane `source` of the warp. */
uint64_t shuffle(unsigned mask, uint64_t bits, unsigned source, const char *file, int line);
/* Bit n is set where lane n's predicate held. */
unsigned vote(unsigned mask, bool predicate, const char *file, int line);
[[noreturn]] void trap(const char *file, int line);
unsigned lane();

template <typename T>
T shuffle_value(unsigned mask, T value, unsigned source, const char *file, int line)
{
    static_assert(sizeof(T) <= sizeof(uint64_t), "a shuffle moves at most 8 bytes");
    uint64_t bits = 0;
    std::memcpy(&bits, &value, sizeof value);
    bits = shuffle(mask, bits, source, file, line);
    std::memcpy(&value, &bits, sizeof value);
    return value;
}
} // namespace standin

#define STANDIN_AT const char *file = __builtin_FILE(), int line = __builtin_LINE()

inline void __syncthreads(STANDIN_AT)
{
    standin::wait_block(file, line);
}
inline void __syncwarp(unsigned mask = 0xffffffffu, STANDIN_AT)
{
    standin::wait_warp(mask, file, line);
}
template <typename T>
T __shfl_sync(unsigned mask, T value, int source, int width = warpSize, STANDIN_AT)
{
    unsigned w = (unsigned)width, base = standin::lane() & ~(w - 1);
    return standin::shuffle_value(mask, value, base + ((unsigned)source & (w - 1)), file, line);
}
template <typename T>
T __shfl_up_sync(unsigned mask, T value, unsigned delta, int width = warpSize, STANDIN_AT)
{
    unsigned self = standin::lane(), in_part = self & ((unsigned)width - 1);
    return standin::shuffle_value(mask, value, in_part >= delta ? self - delta : self, file, line);
}
template <typename T>
T __shfl_down_sync(unsigned mask, T value, unsigned delta, int width = warpSize, STANDIN_AT)
{
    unsigned self = standin::lane(), in_part = self & ((unsigned)width - 1);
    bool inside = in_part + delta < (unsigned)width;
    return standin::shuffle_value(mask, value, inside ? self + delta : self, file, line);
}
template <typename T>
T __shfl_xor_sync(unsigned mask, T value, int lane_mask, int width = warpSize, STANDIN_AT)
{
    unsigned self = standin::lane(), other = self ^ (unsigned)lane_mask;
    bool inside = (other & ~((unsigned)width - 1)) <= (self & ~((unsigned)width - 1));
    return standin::shuffle_value(mask, value, inside ? other : self, file, line);
}
inline unsigned __ballot_sync(unsigned mask, int predicate, STANDIN_AT)
{
    return standin::vote(mask, predicate != 0, file, line);
}
inline int __any_sync(unsigned mask, int predicate, STANDIN_AT)
{
    return standin::vote(mask, predicate != 0, file, line) != 0;
}
inline int __all_sync(unsigned mask, int predicate, STANDIN_AT)
{
    return standin::vote(mask, predicate == 0, file, line) == 0;
}
[[noreturn]] inline void __trap(STANDIN_AT)
{
    standin::trap(file, line);
}

template <typename T> T __ldg(const T *from)
{
    return *from;
}
inline float __fmaf_rn(float a, float b, float c)
{
    return fmaf(a, b, c);
}
inline float rsqrtf(float x)
{
    return 1.0f / sqrtf(x);
}
inline int __float_as_int(float x)
{
    int bits;
    std::memcpy(&bits, &x, sizeof bits);
    return bits;
}
inline float __int_as_float(int bits)
{
    float x;
    std::memcpy(&x, &bits, sizeof x);
    return x;
}
inline unsigned __float_as_uint(float x)
{
    return (unsigned)__float_as_int(x);
}
inline float __uint_as_float(unsigned bits)
{
    return __int_as_float((int)bits);
}
inline unsigned atomicAdd(unsigned *at, unsigned value)
{
    return __atomic_fetch_add(at, value, __ATOMIC_RELAXED);
}
using std::max;
using std::min;

/* ---- what the host calls ---- */

typedef enum cudaError {
    cudaSuccess = 0,
    cudaErrorInvalidValue = 1,
    cudaErrorMemoryAllocation = 2,
    cudaErrorInitializationError = 3,
    cudaErrorInvalidConfiguration = 9,
    cudaErrorInvalidMemcpyDirection = 21,
    cudaErrorInsufficientDriver = 35,
    cudaErrorInvalidDeviceFunction = 98,
    cudaErrorNoDevice = 100,
    cudaErrorInvalidDevice = 101,
    cudaErrorInvalidResourceHandle = 400,
    cudaErrorNotReady = 600,
    cudaErrorIllegalAddress = 700,
    cudaErrorLaunchOutOfResources = 701,
    cudaErrorLaunchFailure = 719,
    cudaErrorStreamCaptureUnsupported = 900,
    cudaErrorStreamCaptureInvalidated = 901,
    cudaErrorUnknown = 999
} cudaError_t;

typedef struct CUstream_st *cudaStream_t;
typedef struct CUevent_st *cudaEvent_t;
typedef struct CUgraph_st *cudaGraph_t;
typedef struct CUgraphExec_st *cudaGraphExec_t;

enum cudaMemcpyKind {
    cudaMemcpyHostToHost = 0,
    cudaMemcpyHostToDevice = 1,
    cudaMemcpyDeviceToHost = 2,
    cudaMemcpyDeviceToDevice = 3
};
enum cudaStreamCaptureMode {
    cudaStreamCaptureModeGlobal = 0,
    cudaStreamCaptureModeThreadLocal = 1,
    cudaStreamCaptureModeRelaxed = 2
};
enum cudaFuncAttribute {
    cudaFuncAttributeMaxDynamicSharedMemorySize = 8,
    cudaFuncAttributePreferredSharedMemoryCarveout = 9
};
enum cudaDeviceAttr {
    cudaDevAttrMaxThreadsPerBlock = 1,
    cudaDevAttrMaxSharedMemoryPerBlock = 8,
    cudaDevAttrWarpSize = 10,
    cudaDevAttrMaxRegistersPerBlock = 12,
    cudaDevAttrMultiProcessorCount = 16,
    cudaDevAttrMaxThreadsPerMultiProcessor = 39,
    cudaDevAttrComputeCapabilityMajor = 75,
    cudaDevAttrComputeCapabilityMinor = 76,
    cudaDevAttrMaxSharedMemoryPerMultiprocessor = 81,
    cudaDevAttrMaxRegistersPerMultiprocessor = 82,
    cudaDevAttrMaxSharedMemoryPerBlockOptin = 97,
    cudaDevAttrReservedSharedMemoryPerBlock = 111
};

#define cudaStreamDefault      0x00
#define cudaStreamNonBlocking  0x01
#define cudaEventDefault       0x00
#define cudaEventDisableTiming 0x02

typedef struct cudaDeviceProp {
    char name[256];
    size_t totalGlobalMem;
    size_t sharedMemPerBlock;
    int regsPerBlock;
    int warpSize;
    int maxThreadsPerBlock;
    int maxThreadsDim[3];
    int maxGridSize[3];
    int major, minor;
    int multiProcessorCount;
    int l2CacheSize;
    int maxThreadsPerMultiProcessor;
    size_t sharedMemPerMultiprocessor;
    int regsPerMultiprocessor;
    size_t sharedMemPerBlockOptin;
    size_t reservedSharedMemPerBlock;
} cudaDeviceProp;

typedef struct cudaFuncAttributes {
    size_t sharedSizeBytes, constSizeBytes, localSizeBytes;
    int maxThreadsPerBlock, numRegs, ptxVersion, binaryVersion, cacheModeCA;
    int maxDynamicSharedSizeBytes;
} cudaFuncAttributes;

extern "C" {
cudaError_t cudaGetDeviceCount(int *count);
cudaError_t cudaGetDeviceProperties(cudaDeviceProp *prop, int device);
cudaError_t cudaDeviceGetAttribute(int *value, cudaDeviceAttr attr, int device);
cudaError_t cudaSetDevice(int device);
cudaError_t cudaDriverGetVersion(int *version);
cudaError_t cudaRuntimeGetVersion(int *version);
cudaError_t cudaMemGetInfo(size_t *free, size_t *total);
cudaError_t cudaGetLastError(void);
cudaError_t cudaPeekAtLastError(void);
const char *cudaGetErrorName(cudaError_t error);
const char *cudaGetErrorString(cudaError_t error);

cudaError_t cudaMalloc(void **out, size_t size);
cudaError_t cudaFree(void *memory);
cudaError_t cudaMallocHost(void **out, size_t size);
cudaError_t cudaFreeHost(void *memory);
cudaError_t cudaMemcpyAsync(void *to, const void *from, size_t size, cudaMemcpyKind kind,
                            cudaStream_t stream = nullptr);
cudaError_t cudaMemsetAsync(void *to, int value, size_t size, cudaStream_t stream = nullptr);

cudaError_t cudaStreamCreateWithFlags(cudaStream_t *out, unsigned flags);
cudaError_t cudaStreamDestroy(cudaStream_t stream);
cudaError_t cudaStreamSynchronize(cudaStream_t stream);
cudaError_t cudaStreamBeginCapture(cudaStream_t stream, cudaStreamCaptureMode mode);
cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t *out);
cudaError_t cudaDeviceSynchronize(void);
cudaError_t cudaGraphInstantiate(cudaGraphExec_t *out, cudaGraph_t graph,
                                 unsigned long long flags = 0);
cudaError_t cudaGraphLaunch(cudaGraphExec_t exec, cudaStream_t stream);
cudaError_t cudaGraphExecDestroy(cudaGraphExec_t exec);
cudaError_t cudaGraphDestroy(cudaGraph_t graph);
cudaError_t cudaEventCreateWithFlags(cudaEvent_t *out, unsigned flags);
cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream = nullptr);
cudaError_t cudaEventSynchronize(cudaEvent_t event);
cudaError_t cudaEventDestroy(cudaEvent_t event);
}

template <typename T> cudaError_t cudaMalloc(T **out, size_t size)
{
    return cudaMalloc((void **)out, size);
}
template <typename T> cudaError_t cudaMallocHost(T **out, size_t size, unsigned flags = 0)
{
    (void)flags;
    return cudaMallocHost((void **)out, size);
}

namespace standin
{
struct launch {
    const void *kernel;
    dim3 grid, block;
    size_t shared;
    std::function<void()> body; /* what one thread does */
};
cudaError_t enqueue_launch(const launch &what, cudaStream_t stream);
/* A GPU cannot follow a pointer to host memory: such an argument is a fault. */
void check_argument(const void *kernel, unsigned index, const void *pointer);
[[noreturn]] void missing_arguments(const void *kernel);

cudaError_t func_set_attribute(const void *kernel, cudaFuncAttribute attr, int value);
cudaError_t func_get_attributes(cudaFuncAttributes *out, const void *kernel);
cudaError_t occupancy(int *blocks, const void *kernel, int threads, size_t shared);

/* One argument as the kernel will see it; padding between the fields of a struct is not a pointer.
 */
template <typename T> T copy_argument(const void *kernel, unsigned index, const void *given)
{
    static_assert(std::is_trivially_copyable_v<T>, "arguments are copied byte by byte");
    T value;
    std::memcpy(&value, given, sizeof value);
    if constexpr (std::is_pointer_v<T>)
        check_argument(kernel, index, value);
    return value;
}

template <typename... P, size_t... I>
std::tuple<std::decay_t<P>...> copy_arguments(const void *kernel, void **args,
                                              std::index_sequence<I...>)
{
    if (sizeof...(P) > 0 && !args)
        missing_arguments(kernel);
    return {copy_argument<std::decay_t<P>>(kernel, (unsigned)I, args[I])...};
}
} // namespace standin

template <typename... P>
cudaError_t cudaLaunchKernel(void (*kernel)(P...), dim3 grid, dim3 block, void **args,
                             size_t shared = 0, cudaStream_t stream = nullptr)
{
    const void *key = reinterpret_cast<const void *>(kernel);
    auto values = standin::copy_arguments<P...>(key, args, std::index_sequence_for<P...>{});
    return standin::enqueue_launch(
        {key, grid, block, shared, [kernel, values] { std::apply(kernel, values); }}, stream);
}
template <typename... P>
cudaError_t cudaFuncSetAttribute(void (*kernel)(P...), cudaFuncAttribute attr, int value)
{
    return standin::func_set_attribute(reinterpret_cast<const void *>(kernel), attr, value);
}
template <typename... P>
cudaError_t cudaFuncGetAttributes(cudaFuncAttributes *out, void (*kernel)(P...))
{
    return standin::func_get_attributes(out, reinterpret_cast<const void *>(kernel));
}
template <typename... P>
cudaError_t cudaOccupancyMaxActiveBlocksPerMultiprocessor(int *blocks, void (*kernel)(P...),
                                                          int threads, size_t shared)
{
    return standin::occupancy(blocks, reinterpret_cast<const void *>(kernel), threads, shared);
}

#endif
