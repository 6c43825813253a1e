/* Heap memory with checked sizes. All allocations go through here, so that tests can fail the n-th.
 */
#ifndef SWP_MEM_H
#define SWP_MEM_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* `count` zeroed elements of `size` bytes, 64-byte aligned (one cache line, one AVX-512 vector);
 * big blocks begin and end on a huge page. Returns NULL when the product overflows or memory is
 * short; a request for 0 bytes gives a valid pointer. The caller frees with swp_free. */
void *swp_alloc(size_t count, size_t size);

/* Change a block to `count` elements of `size` bytes; new bytes are not zeroed and alignment is
 * malloc's. NULL leaves the old block untouched. Only for blocks that began as NULL. */
void *swp_resize(void *block, size_t count, size_t size);

/* Such a block with room for one more element after the first n, for lists that grow one by one:
 * its size doubles. NULL leaves the old block untouched. */
void *swp_grow(void *block, size_t n, size_t size);

/* Copy of a string, or NULL. The caller frees with swp_free. */
char *swp_strdup(const char *text);

/* Release a block of any function above; NULL is allowed. */
void swp_free(void *block);

/* Test hook: let the n-th allocation from now fail (1 = the next). 0 turns it off. */
void swp_mem_fail_at(unsigned long n);

#ifdef __cplusplus
}
#endif
#endif
