/* Races, for sources compiled with -fsanitize=thread: the compiler then calls a function at every
 * access to memory, and these functions are ours instead of ThreadSanitizer's.
 *
 * Two accesses to a word of device or shared memory race if they come from different threads of one
 * launch, at least one of them writes, and no barrier of their block, or of their warp, lies
 * between them. Nothing orders blocks. A race is a fault, whatever its effect. The same functions
 * sometimes let another thread run between accesses. */
#include <cstdio>
#include <sys/mman.h>

#include "standin_priv.h"

namespace standin
{
namespace
{
constexpr size_t WORD = 4, PAGE = 4096, WORDS = PAGE / WORD;
constexpr uint32_t MANY = UINT32_MAX; /* not one thread, not one warp, not one block */

/* The last accesses to a word that can still race. */
struct toucher {
    uint32_t launch, block, epoch, thread, warp, warp_epoch;
};

struct word {
    toucher writer, reader;
};

/* Pages of words for the range of device memory, allocated at the first access. */
word **device_pages;

word *page_of_words()
{
    void *at = mmap(nullptr, WORDS * sizeof(word), PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (at == MAP_FAILED)
        fault("no memory to look for races");
    return static_cast<word *>(at);
}

word *word_of_device(size_t offset)
{
    if (!device_pages) {
        void *at = mmap(nullptr, DEVICE_STRETCH / PAGE * sizeof(word *), PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (at == MAP_FAILED)
            fault("no memory to look for races");
        device_pages = static_cast<word **>(at);
    }
    word *&page = device_pages[offset / PAGE];
    if (!page)
        page = page_of_words();
    return &page[offset % PAGE / WORD];
}

word *word_of_shared(size_t offset)
{
    static word words[SHARED_ROOM / WORD];
    return &words[offset / WORD];
}

/* The record of an address, or NULL if threads do not share its memory. Records of shared memory
 * are reset with every block, those of device memory with every launch. */
word *word_of(const void *address, place *now)
{
    size_t offset;
    if (is_device_address(address, &offset))
        return word_of_device(offset);
    if (!is_shared_address(address, &offset))
        return nullptr;
    now->launch = now->block_ever;
    return word_of_shared(offset);
}

bool is_ordered(const toucher &before, const place &now)
{
    if (before.launch != now.launch)
        return true;
    if (before.block != now.block)
        return false;
    return before.epoch != now.epoch || before.thread == now.thread ||
           (before.warp == now.thread / 32 && before.warp_epoch != now.warp_epoch);
}

[[noreturn]] void fault_race(const void *address, const toucher &before, bool wrote, bool writes)
{
    char what[256], who[64] = "several threads";
    if (!describe_block_memory(address, what, sizeof what))
        describe_address(address, what, sizeof what);
    if (before.thread != MANY)
        snprintf(who, sizeof who, "thread %u of block %u", before.thread, before.block);
    fault("race: %s %s, which %s %s with no barrier in between", writes ? "writes" : "reads", what,
          who, wrote ? "wrote" : "read");
}

toucher toucher_of(const place &now)
{
    return {now.launch, now.block, now.epoch, now.thread, now.thread / 32, now.warp_epoch};
}

/* Several readers are recorded as one of unknown identity. */
void add_reader(toucher *reader, const place &now)
{
    toucher own = toucher_of(now);
    if (!is_ordered(*reader, now)) {
        own.block = reader->block == own.block ? own.block : MANY;
        own.warp = reader->warp == own.warp ? own.warp : MANY;
        own.thread = MANY;
    }
    *reader = own;
}

void touch_word(const void *address, place now, bool writes)
{
    word *w = word_of(address, &now);
    if (!w)
        return;
    if (!is_ordered(w->writer, now))
        fault_race(address, w->writer, true, writes);
    if (writes && !is_ordered(w->reader, now))
        fault_race(address, w->reader, false, true);
    if (writes)
        w->writer = toucher_of(now);
    else
        add_reader(&w->reader, now);
}

void touch(const void *address, size_t size, bool writes)
{
    place now;
    if (!current_place(&now))
        return;
    const char *at = static_cast<const char *>(address);
    for (size_t i = 0; i < size; i += WORD)
        touch_word(at + i, now, writes);
    give_way_sometimes();
}
} // namespace
} // namespace standin

#define HOOKS(size)                                                                                \
    void __tsan_read##size(void *at)                                                               \
    {                                                                                              \
        standin::touch(at, size, false);                                                           \
    }                                                                                              \
    void __tsan_write##size(void *at)                                                              \
    {                                                                                              \
        standin::touch(at, size, true);                                                            \
    }                                                                                              \
    void __tsan_unaligned_read##size(void *at)                                                     \
    {                                                                                              \
        standin::touch(at, size, false);                                                           \
    }                                                                                              \
    void __tsan_unaligned_write##size(void *at)                                                    \
    {                                                                                              \
        standin::touch(at, size, true);                                                            \
    }

extern "C" {
HOOKS(1)
HOOKS(2)
HOOKS(4)
HOOKS(8)
HOOKS(16)
void __tsan_read_range(void *at, size_t size)
{
    standin::touch(at, size, false);
}
void __tsan_write_range(void *at, size_t size)
{
    standin::touch(at, size, true);
}
void __tsan_init()
{
}
void __tsan_func_entry(void *)
{
}
void __tsan_func_exit()
{
}
void __tsan_vptr_update(void *, void *)
{
}
void __tsan_vptr_read(void *)
{
}
}
