/* Memory for libraries that take and return small blocks all the time, as SQLite does: with
 * AddressSanitizer's own allocator a search would spend most of its time there. A block's end is
 * watched as it is there, and a block that was returned until it is given out again. */
#ifndef TEST_FUZZ_POOL_H
#define TEST_FUZZ_POOL_H

#include <stddef.h>

/* aligned to 16 bytes; NULL when memory ran out */
void *pool_alloc(size_t size);
void *pool_resize(void *block, size_t size);
void pool_free(void *block); /* NULL is allowed */
size_t pool_size(const void *block);

#endif
