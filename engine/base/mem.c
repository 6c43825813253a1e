/* Every allocation of the program: sizes are multiplied with a check, blocks are zeroed and
 * aligned, and a test can make the n-th allocation fail. */
#define _DEFAULT_SOURCE /* madvise */

#include "engine/base/mem.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define ALIGNMENT 64
#define HUGE_PAGE ((size_t)2 << 20)
#ifdef __SANITIZE_ADDRESS__
#define HUGE_FROM SIZE_MAX /* so that ASan sees where a block ends */
#else
#define HUGE_FROM (HUGE_PAGE / 4)
#endif

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
    return !__builtin_mul_overflow(count, size, bytes) && *bytes <= PTRDIFF_MAX - HUGE_PAGE;
}

/* Memory of a big block, in huge pages if the system has any: a training step that reads megabytes
 * otherwise waits for address translation. */
static void *aligned(size_t bytes)
{
    if (bytes < HUGE_FROM)
        return aligned_alloc(ALIGNMENT, (bytes + ALIGNMENT) / ALIGNMENT * ALIGNMENT);
    bytes = (bytes + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
    void *block = aligned_alloc(HUGE_PAGE, bytes);
#ifdef MADV_HUGEPAGE
    if (block)
        (void)madvise(block, bytes, MADV_HUGEPAGE);
#endif
    return block;
}

void *swp_alloc(size_t count, size_t size)
{
    size_t bytes;
    if (should_fail() || !product(count, size, &bytes))
        return NULL;
    void *block = aligned(bytes);
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

void *swp_grow(void *block, size_t n, size_t size)
{
    /* Capacities are powers of two, so there is room unless n is one. */
    if (n > 0 && (n & (n - 1)) != 0)
        return block;
    return swp_resize(block, n > 0 ? 2 * n : 1, size);
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
