/* Memory for libraries that allocate small blocks all the time, as SQLite does: a search would
 * spend most of its time in AddressSanitizer's own allocator. Accesses after a block's end are
 * found as there, and those to a freed block until it is used again. */
#ifndef TEST_FUZZ_POOL_H
#define TEST_FUZZ_POOL_H

#include <stddef.h>

/* aligned to 16 bytes; NULL when memory ran out */
void *pool_alloc(size_t size);
void *pool_resize(void *block, size_t size);
void pool_free(void *block); /* NULL is allowed */
size_t pool_size(const void *block);

#endif
