/* One number per worker in memory that is shared with the children: the parent stores, workers
 * load. There is nothing to wait for and nothing to order, so relaxed atomics do. */
/* MAP_ANONYMOUS is not POSIX. */
#define _DEFAULT_SOURCE
#include "runner/process/share.h"

#include <errno.h>
#include <stdatomic.h>
#include <sys/mman.h>

#include "engine/base/mem.h"

struct run_share {
    size_t n;
    atomic_size_t *counts; /* (n) shared with children */
};

swp_status run_share_create(size_t n, run_share **out, swp_err *err)
{
    run_share *share = swp_alloc(1, sizeof *share);
    if (!share)
        return swp_fail(err, SWP_NOMEM, "out of memory for %zu workers", n);
    void *shared = mmap(NULL, n * sizeof *share->counts, PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED) {
        swp_free(share);
        return swp_fail_errno(err, SWP_NOMEM, errno, "cannot share memory with workers");
    }
    share->n = n;
    share->counts = shared;
    for (size_t i = 0; i < n; i++)
        run_share_set(share, i, 1);
    *out = share;
    return SWP_OK;
}

void run_share_destroy(run_share *share)
{
    if (!share)
        return;
    munmap(share->counts, share->n * sizeof *share->counts);
    swp_free(share);
}

void run_share_set(run_share *share, size_t i, size_t count)
{
    atomic_store_explicit(&share->counts[i], count, memory_order_relaxed);
}

static size_t count(const void *context)
{
    const atomic_size_t *of = context;
    return atomic_load_explicit(of, memory_order_relaxed);
}

eng_cores run_share_of(const run_share *share, size_t i)
{
    return (eng_cores){count, &share->counts[i]};
}
