/* One number per worker in memory that is shared with the children: the parent stores, workers
 * load. The numbers do not depend on each other, so relaxed atomics suffice. */
/* MAP_ANONYMOUS is not POSIX. */
#define _DEFAULT_SOURCE
#include "runner/process/share.h"

#include <errno.h>
#include <stdatomic.h>
#include <sys/mman.h>

#include "engine/base/mem.h"
#include "runner/process/host.h"

struct run_share {
    size_t n;
    atomic_size_t *counts; /* (n) shared with children */
    size_t n_helpers;      /* cores that help busy workers */
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

/* The busy worker with the first job from number `job` on, or SIZE_MAX. */
static size_t next_busy(const run_slot *slots, size_t n, size_t job)
{
    size_t found = SIZE_MAX;
    for (size_t i = 0; i < n; i++) {
        const run_slot *slot = &slots[i];
        if (slot->pid && slot->n > 0 && slot->job >= job &&
            (found == SIZE_MAX || slot->job < slots[found].job))
            found = i;
    }
    return found;
}

void run_share_spread(run_share *share, const run_slot *slots, size_t n, size_t cores,
                      size_t waiting)
{
    size_t n_busy = 0;
    for (size_t i = 0; i < n; i++)
        n_busy += slots[i].pid && slots[i].n > 0;
    /* An estimate of runnable threads of other programs: without this process, workers and their
     * helpers, some of which may sleep at a barrier. */
    size_t runnable = run_runnable(), ours = 1 + n_busy + share->n_helpers;
    size_t others = runnable > ours ? runnable - ours : 0;
    size_t n_free = n - n_busy;
    size_t wanted = n_busy + (waiting < n_free ? waiting : n_free) + others;
    cores = cores < run_cores() ? cores : run_cores();
    size_t idle = cores > wanted ? cores - wanted : 0;
    share->n_helpers = n_busy > 0 ? idle : 0;
    for (size_t job = 0, slot; (slot = next_busy(slots, n, job)) != SIZE_MAX; n_busy--) {
        size_t helpers = (idle + n_busy - 1) / n_busy;
        run_share_set(share, slot, 1 + helpers);
        idle -= helpers;
        job = slots[slot].job + 1;
    }
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
