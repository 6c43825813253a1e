/* Limits of workers that train; a worker that supervises a command applies the limits itself. */
#include <stdio.h>

#include "runner/process/host.h"
#include "runner/process/sched_priv.h"

double run_sched_now(const run_scheduler *s)
{
    return run_clock() - s->paused_s;
}

bool run_sched_is_timed(const run_slot *slot)
{
    return slot->pid && !slot->supervises && !slot->ready && !*slot->kill_reason;
}

static void check_time(run_scheduler *s)
{
    char reason[RUN_REASON_SIZE];
    snprintf(reason, sizeof reason, "timeout after %g s", s->options->timeout_s);
    for (size_t i = 0; i < s->options->workers && s->options->timeout_s > 0; i++) {
        run_slot *slot = &s->slots[i];
        if (run_sched_is_timed(slot) && run_sched_now(s) - slot->started >= s->options->timeout_s)
            run_slot_kill(slot, SWP_CANCELLED, reason);
    }
}

static void check_memory(run_scheduler *s)
{
    double at = run_clock();
    if (s->options->memory == 0 || at - s->memory_checked < RUN_MEMORY_CHECK_S)
        return;
    s->memory_checked = at;
    for (size_t i = 0; i < s->options->workers; i++) {
        run_slot *slot = &s->slots[i];
        bool is_limited = slot->pid && slot->n > 0 && !slot->supervises;
        size_t bytes = is_limited ? run_resident_bytes(slot->pid) : 0;
        if (bytes <= s->options->memory || *slot->kill_reason)
            continue;
        char reason[RUN_REASON_SIZE];
        snprintf(reason, sizeof reason, "out of memory: %zu bytes, run.memory is %llu", bytes,
                 (unsigned long long)s->options->memory);
        run_slot_kill(slot, SWP_NOMEM, reason);
    }
}

void run_sched_check_limits(run_scheduler *s)
{
    check_time(s);
    check_memory(s);
}
