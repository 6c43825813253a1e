/* Device memory: visible to the processor only while kernels run.
 *
 * One range of addresses holds it. Every allocation is a file in memory, mapped twice: in the
 * range, where the program sees it, without any permission while host code runs; and elsewhere, for
 * copies. All else in the range maps an empty file, which gives SIGBUS whatever its permission, so
 * that one mprotect over the range opens the allocations and not the gaps. An allocation ends at
 * the end of its last page, up to 256-byte alignment; it is filled with poison, and the bytes
 * before and after it are checked at every synchronisation. Addresses are never reused, so that
 * freed ones are recognised. */
#include <cstdio>
#include <cstring>
#include <map>
#include <new>
#include <set>
#include <sys/mman.h>
#include <unistd.h>

#include "standin_priv.h"

namespace standin
{
namespace
{
constexpr size_t PAGE = 4096, ALIGNMENT = 256;
constexpr size_t STRETCH = DEVICE_STRETCH;

struct allocation {
    int file;
    char *region, *view; /* whole pages: the mapping for the device, and that for copies */
    size_t region_size;
    size_t front, size;   /* bytes before it in its region; its size */
    unsigned long number; /* 1 for the first cudaMalloc */
    bool freed;
};

char *stretch, *top;
int empty_file = -1;
std::map<const char *, allocation> allocations; /* by start of the region; freed ones stay */
std::set<const allocation *> live;
std::map<const char *, size_t> pinned_blocks;
size_t live_bytes, peak_bytes;
unsigned long made;
int depth; /* device_access objects alive */

void reserve()
{
    if (stretch)
        return;
    empty_file = memfd_create("nothing", MFD_CLOEXEC);
    void *at = mmap(nullptr, STRETCH, PROT_NONE, MAP_SHARED | MAP_NORESERVE, empty_file, 0);
    if (empty_file < 0 || at == MAP_FAILED)
        fault("cannot reserve address space for device memory");
    stretch = top = static_cast<char *>(at);
}

size_t round_up(size_t n, size_t unit)
{
    return (n + unit - 1) / unit * unit;
}

allocation *find(const void *address)
{
    auto next = allocations.upper_bound(static_cast<const char *>(address));
    if (next == allocations.begin())
        return nullptr;
    return &std::prev(next)->second;
}

/* Files of freed allocations, by size, for reuse of their pages. */
struct spare {
    int file;
    char *view;
};
std::multimap<size_t, spare> spares;
size_t spare_bytes;
constexpr size_t MOST_SPARE = (size_t)1 << 29;

bool make_file(allocation *a)
{
    a->file = memfd_create("device memory", MFD_CLOEXEC);
    void *view = a->file < 0 || ftruncate(a->file, (off_t)a->region_size) != 0
                     ? MAP_FAILED
                     : mmap(nullptr, a->region_size, PROT_READ | PROT_WRITE,
                            MAP_SHARED | MAP_NORESERVE, a->file, 0);
    if (view == MAP_FAILED)
        close(a->file);
    a->view = static_cast<char *>(view);
    return view != MAP_FAILED;
}

/* Map both views of a new allocation; false if the machine itself is out of memory. */
bool map_views(allocation *a)
{
    auto found = spares.find(a->region_size);
    if (found != spares.end()) {
        a->file = found->second.file;
        a->view = found->second.view;
        spare_bytes -= a->region_size;
        spares.erase(found);
    } else if (!make_file(a)) {
        return false;
    }
    return mmap(a->region, a->region_size, PROT_NONE, MAP_SHARED | MAP_FIXED | MAP_NORESERVE,
                a->file, 0) != MAP_FAILED;
}

void drop_spares()
{
    for (const auto &entry : spares) {
        munmap(entry.second.view, entry.first);
        close(entry.second.file);
    }
    spares.clear();
    spare_bytes = 0;
}

/* Unmap a freed allocation from its address. */
void unmap_views(const allocation &a)
{
    mmap(a.region, a.region_size, PROT_NONE, MAP_SHARED | MAP_FIXED | MAP_NORESERVE, empty_file,
         a.region - stretch);
    if (spare_bytes + a.region_size > MOST_SPARE)
        drop_spares();
    spares.insert({a.region_size, {a.file, a.view}});
    spare_bytes += a.region_size;
}

void check_red_zone(const allocation &a, const char *when)
{
    char *start = a.view + a.front, *end = start + a.size;
    const char *changed = find_changed(a.view, start);
    if (!changed)
        changed = find_changed(end, a.view + a.region_size);
    if (!changed)
        return;
    char what[200];
    describe_address(a.region + (changed - a.view), what, sizeof what);
    fault("at %s: somebody wrote %s", when, what);
}
} // namespace

void fill_poison(void *memory, size_t size)
{
    /* Allocations are large: fill by doubling. */
    char *to = static_cast<char *>(memory);
    memcpy(to, &poison, std::min(size, sizeof poison));
    for (size_t n = sizeof poison; n < size; n *= 2)
        memcpy(to + n, to, std::min(n, size - n));
}

const char *find_changed(const char *from, const char *end)
{
    unsigned char bytes[sizeof poison];
    memcpy(bytes, &poison, sizeof poison);
    for (; from < end; from++)
        if ((unsigned char)*from != bytes[(uintptr_t)from % sizeof poison])
            return from;
    return nullptr;
}

device_access::device_access()
{
    if (depth++ == 0 && stretch)
        mprotect(stretch, (size_t)(top - stretch), PROT_READ | PROT_WRITE);
}

device_access::~device_access()
{
    if (--depth == 0 && stretch)
        mprotect(stretch, (size_t)(top - stretch), PROT_NONE);
}

bool on_device()
{
    return depth > 0;
}

bool is_device_address(const void *address, size_t *offset)
{
    const char *at = static_cast<const char *>(address);
    if (offset)
        *offset = (size_t)(at - stretch);
    return stretch && at >= stretch && at < stretch + STRETCH;
}

void *host_view(const void *address, size_t size)
{
    const char *at = static_cast<const char *>(address);
    const allocation *a = find(address);
    if (!a || a->freed || at < a->region + a->front)
        return nullptr;
    size_t offset = (size_t)(at - a->region) - a->front;
    if (offset > a->size || size > a->size - offset)
        return nullptr;
    return a->view + a->front + offset;
}

bool is_pinned(const void *address, size_t size)
{
    const char *at = static_cast<const char *>(address);
    auto next = pinned_blocks.upper_bound(at);
    if (next == pinned_blocks.begin())
        return false;
    auto block = std::prev(next);
    return at + size <= block->first + block->second;
}

void check_red_zones(const char *when)
{
    for (const allocation *a : live)
        check_red_zone(*a, when);
}

void describe_address(const void *address, char *out, size_t size)
{
    const char *at = static_cast<const char *>(address);
    const allocation *a = find(address);
    auto after = allocations.upper_bound(at);
    /* Bytes between two allocations belong to the nearer one. */
    if (after != allocations.end() && (!a || after->first - at < at - (a->region + a->region_size)))
        a = &after->second;
    if (!a) {
        snprintf(out, size, "%p, where nothing was allocated", address);
        return;
    }
    long offset = (long)(at - (a->region + a->front));
    const char *state = a->freed ? "freed " : "";
    if (offset < 0)
        snprintf(out, size,
                 "%ld bytes before the start of the %sallocation of %zu bytes by cudaMalloc %lu",
                 -offset, state, a->size, a->number);
    else if ((size_t)offset >= a->size)
        snprintf(out, size,
                 "byte %ld past the end of the %sallocation of %zu bytes by cudaMalloc %lu",
                 offset - (long)a->size, state, a->size, a->number);
    else
        snprintf(out, size, "byte %ld of the %sallocation of %zu bytes by cudaMalloc %lu", offset,
                 state, a->size, a->number);
}
} // namespace standin

using namespace standin;

cudaError_t cudaMalloc(void **out, size_t size)
{
    cudaError_t error = enter("cudaMalloc", cudaErrorMemoryAllocation);
    if (error != cudaSuccess)
        return error;
    if (!out)
        return fail(cudaErrorInvalidValue);
    if (refuse_in_capture())
        return fail(cudaErrorStreamCaptureUnsupported);
    *out = nullptr;
    made++;
    if (size == 0)
        return cudaSuccess;
    if (size > device().memory || live_bytes > device().memory - size)
        return fail(cudaErrorMemoryAllocation);
    reserve();
    size_t whole = round_up(size, ALIGNMENT), region_size = round_up(whole, PAGE);
    allocation a = {-1, top + PAGE, nullptr, region_size, region_size - whole, size, made, false};
    if (a.region + region_size + PAGE > stretch + STRETCH || !map_views(&a))
        return fail(cudaErrorMemoryAllocation);
    top = a.region + region_size + PAGE;
    fill_poison(a.view, region_size);
    live.insert(&(allocations[a.region] = a));
    live_bytes += size;
    peak_bytes = std::max(peak_bytes, live_bytes);
    *out = a.region + a.front;
    return cudaSuccess;
}

/* When the call itself is made to fail, still free the memory: on a lost device it is gone. */
static cudaError_t release(void *memory)
{
    run_everything();
    allocation *a = find(memory);
    if (!a || memory != a->region + a->front)
        return fail(cudaErrorInvalidValue);
    if (a->freed)
        fault("cudaFree of memory that was freed before (cudaMalloc %lu)", a->number);
    check_red_zone(*a, "cudaFree");
    unmap_views(*a);
    a->freed = true;
    live.erase(a);
    live_bytes -= a->size;
    return cudaSuccess;
}

cudaError_t cudaFree(void *memory)
{
    cudaError_t error = enter("cudaFree");
    if (refuse_in_capture())
        return fail(cudaErrorStreamCaptureUnsupported);
    cudaError_t done = memory ? release(memory) : cudaSuccess;
    return error != cudaSuccess ? error : done;
}

cudaError_t cudaMallocHost(void **out, size_t size)
{
    cudaError_t error = enter("cudaMallocHost", cudaErrorMemoryAllocation);
    if (error != cudaSuccess)
        return error;
    if (refuse_in_capture())
        return fail(cudaErrorStreamCaptureUnsupported);
    *out = operator new(std::max(size, (size_t)1), std::align_val_t(PAGE));
    fill_poison(*out, size);
    pinned_blocks[static_cast<char *>(*out)] = size;
    pinned.live++;
    return cudaSuccess;
}

cudaError_t cudaFreeHost(void *memory)
{
    cudaError_t error = enter("cudaFreeHost");
    if (refuse_in_capture())
        return fail(cudaErrorStreamCaptureUnsupported);
    if (!memory)
        return error;
    run_everything();
    if (pinned_blocks.erase(static_cast<char *>(memory)) == 0)
        return fail(cudaErrorInvalidValue);
    operator delete(memory, std::align_val_t(PAGE));
    pinned.live--;
    return error;
}

cudaError_t cudaMemGetInfo(size_t *free_bytes, size_t *total)
{
    cudaError_t error = enter("cudaMemGetInfo");
    if (error != cudaSuccess)
        return error;
    *total = device().memory;
    *free_bytes = device().memory - std::min(live_bytes, device().memory);
    return cudaSuccess;
}

size_t standin_bytes(void)
{
    return live_bytes;
}

size_t standin_peak_bytes(void)
{
    size_t peak = peak_bytes;
    peak_bytes = live_bytes;
    return peak;
}

size_t standin_leaks(int tell)
{
    size_t n = 0;
    for (const allocation *a : live) {
        n++;
        if (tell)
            fprintf(stderr, "cuda stand-in: not freed: %zu bytes of cudaMalloc %lu\n", a->size,
                    a->number);
    }
    for (const tally *t : {&streams, &events, &graphs, &graph_execs, &handles, &pinned}) {
        n += t->live;
        if (t->live && tell)
            fprintf(stderr, "cuda stand-in: not freed: %zu %s\n", t->live, t->what);
    }
    return n;
}
