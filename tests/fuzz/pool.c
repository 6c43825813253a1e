#include "tests/fuzz/pool.h"

#include <sanitizer/asan_interface.h>
#include <stdlib.h>
#include <string.h>

/* Each block has its size before it and a poisoned gap after it. Freed blocks of one class, up to
 * 2^(FIRST + class) bytes, wait in a queue: a longer queue watches freed blocks for longer. */
enum { FIRST = 5, CLASSES = 16, CHUNK = 1 << 16, GAP = 16 };

typedef struct head {
    struct head *next; /* while it waits */
    size_t size;       /* requested size */
} head;

static struct {
    head *first, **last;
} waiting[CLASSES];

static size_t class_of(size_t size)
{
    size_t bits = size > 1 ? 64 - (size_t)__builtin_clzl(size - 1) : 0;
    size_t class = bits > FIRST ? bits - FIRST : 0;
    return class < CLASSES ? class : CLASSES;
}

static void append(size_t class, head *block)
{
    block->next = NULL;
    if (!waiting[class].first)
        waiting[class].last = &waiting[class].first;
    *waiting[class].last = block;
    waiting[class].last = &block->next;
}

/* Cut new memory into blocks of this class. */
static void add_blocks(size_t class)
{
    size_t size = sizeof(head) + ((size_t)1 << (FIRST + class)) + GAP;
    size_t n = size < CHUNK ? CHUNK / size : 1;
    char *memory = malloc(n * size);
    for (size_t i = 0; memory && i < n; i++) {
        ASAN_POISON_MEMORY_REGION(memory + i * size + sizeof(head), size - sizeof(head));
        append(class, (head *)(void *)(memory + i * size));
    }
}

void *pool_alloc(size_t size)
{
    size_t class = class_of(size);
    head *block = NULL;
    if (class == CLASSES) {
        block = malloc(sizeof *block + size);
    } else {
        if (!waiting[class].first)
            add_blocks(class);
        block = waiting[class].first;
        if (block)
            waiting[class].first = block->next;
    }
    if (!block)
        return NULL;
    block->size = size;
    ASAN_UNPOISON_MEMORY_REGION(block + 1, size);
    return block + 1;
}

void pool_free(void *memory)
{
    if (!memory)
        return;
    head *block = (head *)memory - 1;
    size_t class = class_of(block->size);
    if (class == CLASSES) {
        free(block);
        return;
    }
    ASAN_POISON_MEMORY_REGION(memory, block->size);
    append(class, block);
}

size_t pool_size(const void *memory)
{
    return ((const head *)memory - 1)->size;
}

void *pool_resize(void *memory, size_t size)
{
    void *larger = pool_alloc(size);
    if (larger && memory) {
        size_t old = pool_size(memory);
        memcpy(larger, memory, old < size ? old : size);
        pool_free(memory);
    }
    return larger;
}
