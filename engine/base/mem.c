#include "engine/base/mem.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define ALIGNMENT 64

static unsigned long fail_countdown;

void swp_mem_fail_at(unsigned long n)
{
    fail_countdown = n;
}

static int should_fail(void)
{
    return fail_countdown > 0 && --fail_countdown == 0;
}

/* 1 and the product, or 0 on overflow. */
static int product(size_t count, size_t size, size_t *bytes)
{
    return !__builtin_mul_overflow(count, size, bytes) && *bytes <= PTRDIFF_MAX - ALIGNMENT;
}

void *swp_alloc(size_t count, size_t size)
{
    size_t bytes;
    if (should_fail() || !product(count, size, &bytes))
        return NULL;
    /* aligned_alloc wants a multiple of the alignment. */
    bytes = (bytes + ALIGNMENT) / ALIGNMENT * ALIGNMENT;
    void *block = aligned_alloc(ALIGNMENT, bytes);
    if (block)
        memset(block, 0, bytes);
    return block;
}

void *swp_resize(void *block, size_t count, size_t size)
{
    size_t bytes;
    if (should_fail() || !product(count, size, &bytes))
        return NULL;
    return realloc(block, bytes ? bytes : 1);
}

char *swp_strdup(const char *text)
{
    size_t n = strlen(text) + 1;
    char *copy = swp_resize(NULL, n, 1);
    if (copy)
        memcpy(copy, text, n);
    return copy;
}

void swp_free(void *block)
{
    free(block);
}
