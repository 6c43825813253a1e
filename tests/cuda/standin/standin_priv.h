/* What the parts of the stand-in share. */
#ifndef CUDA_STANDIN_PRIV_H
#define CUDA_STANDIN_PRIV_H

#include <functional>
#include <vector>

#include "standin.h"
#include <cuda_runtime.h>

namespace standin
{
/* ---- api.cc: the machine, calls that fail on demand ---- */

const standin_device &device();

/* Every function of the API begins with this: it counts the call and says whether it must fail. */
cudaError_t enter(const char *call, cudaError_t injected = cudaErrorUnknown);
/* Remember for cudaGetLastError. Returns `error`. */
cudaError_t fail(cudaError_t error);
void count_launch();
uint32_t current_seed();

/* A kind of object that the host must free. */
struct tally {
    const char *what;
    size_t live;
};
extern tally streams, events, graphs, graph_execs, handles, pinned;

/* ---- memory.cc: device memory ---- */

/* Device memory can be touched by the processor while one of these lives: kernels and cuBLAS run.
 */
class device_access
{
  public:
    device_access();
    ~device_access();
    device_access(const device_access &) = delete;
    device_access &operator=(const device_access &) = delete;
};

bool on_device();
/* Whether an address is in the range of device memory; its offset there. */
constexpr size_t DEVICE_STRETCH = (size_t)1 << 40;
bool is_device_address(const void *address, size_t *offset = nullptr);
/* The same bytes at an address that the host may access, or NULL unless all are in one live
 * allocation. */
void *host_view(const void *address, size_t size);
bool is_pinned(const void *address, size_t size);
/* A fault if bytes around an allocation were written. */
void check_red_zones(const char *when);
/* "byte 16 past the end of an allocation of 400 bytes (the 3rd cudaMalloc)". */
void describe_address(const void *address, char *out, size_t size);

constexpr unsigned poison = 0x7fa5a5a5u; /* a signalling NaN; as an index, far out of every array */
void fill_poison(void *memory, size_t size); /* from a multiple of 4 */
/* The first byte that is no longer poison, or NULL. */
const char *find_changed(const char *from, const char *end);

/* ---- stream.cc: queues ---- */

struct operation {
    const char *call;
    std::function<void()> run; /* runs with device access */
};

bool is_stream(cudaStream_t stream);
/* Queue, or record if the stream is being captured. */
cudaError_t enqueue(cudaStream_t stream, operation op);
bool is_capturing(cudaStream_t stream);
/* Whether any stream is being captured; then calls that are not allowed end the capture. */
bool refuse_in_capture();
void run_everything();

/* ---- block.cc: kernels ---- */

constexpr unsigned MOST_THREADS = 1024;
constexpr size_t SHARED_ROOM = 256 * 1024;

/* The position of the running thread in the order of execution. */
struct place {
    uint32_t launch, block, thread; /* launches count from 1 */
    uint32_t block_ever;            /* blocks of all launches, counted from 1 */
    uint32_t epoch, warp_epoch;     /* barriers passed by the block, by the warp */
};
/* False on the host. */
bool current_place(place *out);
/* Let another thread continue, at some of the calls. */
void give_way_sometimes();
bool is_shared_address(const void *address, size_t *offset);

void run_kernel(const launch &what);
/* "kernel name, block (0,0,0), thread (3,0,0)", or empty on the host. */
void describe_thread(char *out, size_t size);
/* Whether an address is one of a kernel's stack or shared memory; says which. */
bool describe_block_memory(const void *address, char *out, size_t size);

/* ---- launch.cc ---- */

/* Name of the function at an address, if the linker knows it. */
void describe_code(const void *code, char *out, size_t size);

/* ---- fault.cc ---- */

[[noreturn]] void fault(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Handle SIGSEGV and SIGBUS. Called repeatedly, since test frameworks install their own handlers.
 */
void watch_memory_faults();
} // namespace standin

#endif
