/* Blocks of threads: one block after the other, its threads in turn from one barrier to the next.
 *
 * The seed decides the order of blocks and threads: a missing barrier, or a block that needs
 * another one's result, gives wrong numbers in some orders. Threads of a warp do not run in step,
 * as on every GPU since Volta. */
#include <cstdio>
#include <cstring>
#include <numeric>
#include <sys/mman.h>

#include "fiber.h"
#include "standin_priv.h"

uint3 threadIdx, blockIdx;
dim3 blockDim, gridDim;

namespace standin
{
namespace
{
constexpr unsigned WARP = 32;
constexpr size_t PAGE = 4096, RED_ZONE = 256;

struct thread {
    fiber *self; /* from its first turn to its end */
    uint3 index;
    wait waiting;
    bool done;
    const char *file;
    int line;
    unsigned mask;
    uint64_t bits;   /* the argument of a shuffle or vote, and its result */
    unsigned source; /* lane that a shuffle reads */
};

thread threads[MOST_THREADS];
fiber fibers[MOST_THREADS], *free_fibers[MOST_THREADS];
unsigned n_fibers, n_free_fibers;
fiber host;
thread *current;
unsigned n_threads, n_done, n_at_barrier;
uint32_t n_launches, n_blocks_ever, block_number, epoch, warp_epochs[MOST_THREADS / WARP];

/* The next thread, how many threads are left in this round, and the stride of turns. */
unsigned turn, turns_left, step;

const launch *running;
char *shared_room; /* SHARED_ROOM bytes and a guard page */
char *shared_base;

uint32_t random_state;

uint32_t draw(uint32_t below)
{
    random_state = random_state * 1664525u + 1013904223u;
    return (uint32_t)(((uint64_t)random_state * below) >> 32);
}

void shuffle_order(unsigned *items, unsigned n)
{
    std::iota(items, items + n, 0u);
    if (current_seed() == 0)
        return;
    if (current_seed() == 1) {
        std::reverse(items, items + n);
        return;
    }
    for (unsigned i = n; i > 1; i--)
        std::swap(items[i - 1], items[draw(i)]);
}

/* Begin another round of turns: at any thread, forwards or backwards, sometimes with a larger
 * stride, but rarely, since that misses the caches. */
void new_round()
{
    turns_left = n_threads;
    if (current_seed() < 2)
        return;
    turn = draw(n_threads);
    step = draw(2) && n_threads > 1 ? n_threads - 1 : 1;
    if (draw(8) > 0)
        return;
    do
        step = 1 + draw(n_threads);
    while (std::gcd(step, n_threads) != 1);
}

const char *name_of(wait kind)
{
    switch (kind) {
    case wait::block:
        return "__syncthreads";
    case wait::warp:
        return "__syncwarp";
    case wait::shuffle:
        return "a shuffle";
    case wait::vote:
        return "a vote";
    default:
        return "nothing";
    }
}

/* Describe the barrier for which the threads of a block wait in vain. */
[[noreturn]] void fault_divergence()
{
    const thread *at = nullptr, *other = nullptr;
    for (unsigned i = 0; i < n_threads; i++) {
        const thread &t = threads[i];
        if (!t.done && !at)
            at = &t;
        else if (at &&
                 (t.done || t.waiting != at->waiting || t.line != at->line || t.file != at->file))
            other = &t;
    }
    if (!other)
        other = &threads[0];
    current = nullptr;
    char where[512];
    describe_code(running->kernel, where, sizeof where);
    if (other->done)
        fault(
            "kernel %s, block (%u,%u,%u): thread (%u,%u,%u) waits at %s (%s:%d), thread (%u,%u,%u) "
            "has ended",
            where, blockIdx.x, blockIdx.y, blockIdx.z, at->index.x, at->index.y, at->index.z,
            name_of(at->waiting), at->file, at->line, other->index.x, other->index.y,
            other->index.z);
    fault(
        "kernel %s, block (%u,%u,%u): thread (%u,%u,%u) waits at %s (%s:%d), thread (%u,%u,%u) at "
        "%s (%s:%d)",
        where, blockIdx.x, blockIdx.y, blockIdx.z, at->index.x, at->index.y, at->index.z,
        name_of(at->waiting), at->file, at->line, other->index.x, other->index.y, other->index.z,
        name_of(other->waiting), other->file, other->line);
}

/* All wait at the block's barrier: it must be the same one, and no thread may have ended. */
void release_block()
{
    for (unsigned i = 0; i < n_threads; i++) {
        thread &t = threads[i];
        if (t.done || t.line != threads[0].line || t.file != threads[0].file)
            fault_divergence();
    }
    for (unsigned i = 0; i < n_threads; i++)
        threads[i].waiting = wait::none;
    n_at_barrier = 0;
    epoch++;
}

/* Exchange the arguments of the lanes of a mask, and let them continue. */
void exchange(thread *lanes, unsigned mask, wait kind)
{
    uint64_t brought[WARP] = {};
    warp_epochs[(lanes - threads) / WARP]++;
    unsigned votes = 0;
    for (unsigned i = 0; i < WARP; i++) {
        if (!(mask >> i & 1))
            continue;
        brought[i] = lanes[i].bits;
        votes |= (unsigned)(lanes[i].bits != 0) << i;
    }
    for (unsigned i = 0; i < WARP; i++) {
        if (!(mask >> i & 1))
            continue;
        if (kind == wait::shuffle && !(lanes[i].source < WARP && (mask >> lanes[i].source & 1))) {
            current = &lanes[i];
            fault("lane %u reads lane %u in a shuffle (%s:%d), which is not in the mask %#x", i,
                  lanes[i].source, lanes[i].file, lanes[i].line, mask);
        }
        lanes[i].waiting = wait::none;
        lanes[i].bits = kind == wait::shuffle ? brought[lanes[i].source] : votes;
    }
}

/* Let the lanes of `t`'s mask continue if all of them have arrived. Returns whether they have. */
bool try_release_warp(thread *t)
{
    unsigned first = (unsigned)(t - threads) / WARP * WARP;
    thread *lanes = threads + first;
    for (unsigned i = 0; i < WARP; i++) {
        if (!(t->mask >> i & 1))
            continue;
        const thread &l = lanes[i];
        if (first + i >= n_threads || l.done)
            fault("waits at %s (%s:%d) for lane %u, which %s", name_of(t->waiting), t->file,
                  t->line, i, first + i >= n_threads ? "the block does not have" : "has ended");
        if (l.waiting != t->waiting || l.line != t->line || l.file != t->file || l.mask != t->mask)
            return false;
    }
    exchange(lanes, t->mask, t->waiting);
    return true;
}

/* The next thread that can run; there is one unless all are done. */
thread *next_thread()
{
    for (bool fresh = false;; fresh = true) {
        while (turns_left > 0) {
            thread *t = &threads[turn];
            turns_left--;
            turn += turn + step < n_threads ? step : step - n_threads;
            if (t->waiting == wait::none && !t->done)
                return t;
        }
        if (n_done == n_threads)
            return nullptr;
        if (n_at_barrier > 0 && n_at_barrier + n_done == n_threads)
            release_block();
        else if (fresh)
            fault_divergence();
        new_round();
    }
}

void thread_main();

/* The current thread; at its first turn it gets a fiber. */
void enter_thread(thread *t)
{
    current = t;
    threadIdx = t->index;
    if (t->self)
        return;
    if (n_free_fibers == 0) {
        fiber_init(&fibers[n_fibers], n_fibers);
        free_fibers[n_free_fibers++] = &fibers[n_fibers++];
    }
    t->self = free_fibers[--n_free_fibers];
    fiber_start(t->self, thread_main);
}

/* Let the others run until this thread's turn comes again. */
void give_way()
{
    thread *self = current, *next = next_thread();
    if (next != self) {
        enter_thread(next);
        fiber_switch(self->self, next->self, false);
        enter_thread(self);
    }
}

/* One thread after the other, on the same stack while the next one has not begun: without barriers,
 * a whole block runs on one stack, which stays in the cache. */
void thread_main()
{
    fiber *own = current->self;
    fiber_arrive(own);
    thread *next;
    for (;;) {
        running->body();
        current->done = true;
        n_done++;
        next = next_thread();
        if (!next || next->self)
            break;
        next->self = own;
        enter_thread(next);
    }
    free_fibers[n_free_fibers++] = own;
    if (next)
        enter_thread(next);
    fiber_switch(own, next ? next->self : &host, true);
    __builtin_unreachable();
}

void wait_here(wait kind, unsigned mask, const char *file, int line)
{
    current->waiting = kind;
    current->mask = mask;
    current->file = file;
    current->line = line;
    if (kind == wait::block)
        n_at_barrier++;
    else if (mask == 0 || !(mask >> lane() & 1))
        fault("%s (%s:%d) with mask %#x, which lacks lane %u", name_of(kind), file, line, mask,
              lane());
    else
        try_release_warp(current);
    give_way();
}

/* The running block's shared memory ends at an unmapped page; before it is a red zone. */
void prepare_shared(size_t size)
{
    if (!shared_room) {
        void *at = mmap(nullptr, SHARED_ROOM + PAGE, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (at == MAP_FAILED || mprotect((char *)at + SHARED_ROOM, PAGE, PROT_NONE) != 0)
            fault("no memory for shared memory");
        shared_room = static_cast<char *>(at);
    }
    shared_base = shared_room + SHARED_ROOM - (size + 15) / 16 * 16;
    fill_poison(shared_base - RED_ZONE,
                (size_t)(shared_room + SHARED_ROOM - shared_base) + RED_ZONE);
}

void check_shared(size_t size)
{
    const char *end = shared_base + size;
    const char *before = find_changed(shared_base - RED_ZONE, shared_base);
    const char *behind = find_changed(end, shared_room + SHARED_ROOM);
    if (before)
        fault("somebody wrote %td bytes before the shared memory", shared_base - before);
    if (behind)
        fault("somebody wrote byte %td past the %zu bytes of shared memory", behind - end, size);
}

void run_block(const launch &what)
{
    dim3 b = what.block;
    n_threads = b.x * b.y * b.z;
    n_done = n_at_barrier = epoch = 0;
    std::fill_n(warp_epochs, MOST_THREADS / WARP, 0u);
    prepare_shared(what.shared);
    for (unsigned i = 0; i < n_threads; i++) {
        thread &t = threads[i];
        t = {};
        t.index = {i % b.x, i / b.x % b.y, i / b.x / b.y};
    }
    turn = current_seed() == 1 ? n_threads - 1 : 0;
    step = current_seed() == 1 && n_threads > 1 ? n_threads - 1 : 1;
    new_round();
    thread *first = next_thread();
    enter_thread(first);
    fiber_switch(&host, first->self, false);
    check_shared(what.shared);
    current = nullptr;
}

} // namespace

unsigned lane()
{
    return (unsigned)(current - threads) % WARP;
}

void wait_block(const char *file, int line)
{
    wait_here(wait::block, 0, file, line);
}

void wait_warp(unsigned mask, const char *file, int line)
{
    wait_here(wait::warp, mask, file, line);
}

uint64_t shuffle(unsigned mask, uint64_t bits, unsigned source, const char *file, int line)
{
    thread *self = current;
    self->bits = bits;
    self->source = source;
    wait_here(wait::shuffle, mask, file, line);
    return self->bits;
}

unsigned vote(unsigned mask, bool predicate, const char *file, int line)
{
    thread *self = current;
    self->bits = predicate;
    wait_here(wait::vote, mask, file, line);
    return (unsigned)self->bits;
}

bool current_place(place *out)
{
    if (!current)
        return false;
    unsigned self = (unsigned)(current - threads);
    *out = {n_launches, block_number, self, n_blocks_ever, epoch, warp_epochs[self / WARP]};
    return true;
}

void give_way_sometimes()
{
    if (current_seed() >= 2 && draw(64) == 0)
        give_way();
}

bool is_shared_address(const void *address, size_t *offset)
{
    const char *at = static_cast<const char *>(address);
    *offset = (size_t)(at - shared_room);
    return shared_room && at >= shared_room && at < shared_room + SHARED_ROOM;
}

void trap(const char *file, int line)
{
    fault("__trap (%s:%d)", file, line);
}

void describe_thread(char *out, size_t size)
{
    out[0] = '\0';
    if (!running || !current)
        return;
    char kernel[256];
    describe_code(running->kernel, kernel, sizeof kernel);
    const uint3 &t = current->index;
    snprintf(out, size, "kernel %s, block (%u,%u,%u), thread (%u,%u,%u)", kernel, blockIdx.x,
             blockIdx.y, blockIdx.z, t.x, t.y, t.z);
}

bool describe_block_memory(const void *address, char *out, size_t size)
{
    const char *at = static_cast<const char *>(address);
    if (shared_room && at >= shared_base && at < shared_base + running->shared) {
        snprintf(out, size, "byte %td of its shared memory", at - shared_base);
        return true;
    }
    if (shared_room && at >= shared_room + SHARED_ROOM && at < shared_room + SHARED_ROOM + PAGE) {
        snprintf(out, size, "byte %td past the end of its %zu bytes of shared memory",
                 at - shared_base - (ptrdiff_t)running->shared, running->shared);
        return true;
    }
    if (current && at < current->self->stack && at >= current->self->stack - PAGE) {
        snprintf(out, size, "what lies behind its stack of %zu bytes", FIBER_STACK);
        return true;
    }
    return false;
}

void run_kernel(const launch &what)
{
    running = &what;
    gridDim = what.grid;
    blockDim = what.block;
    random_state = current_seed();
    n_launches++;
    unsigned n_blocks = what.grid.x * what.grid.y * what.grid.z;
    std::vector<unsigned> blocks(n_blocks);
    shuffle_order(blocks.data(), n_blocks);
    for (unsigned block : blocks) {
        blockIdx = {block % gridDim.x, block / gridDim.x % gridDim.y,
                    block / gridDim.x / gridDim.y};
        block_number = block;
        n_blocks_ever++;
        run_block(what);
    }
    running = nullptr;
}

} // namespace standin

void *cuda_standin_shared(void)
{
    return standin::shared_base;
}
