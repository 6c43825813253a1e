#include "runner/process/slot.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/mem.h"
#include "runner/process/host.h"

swp_status run_slot_start(run_slot *slot, const run_slot *slots, size_t n_slots,
                          const run_worker_spec *spec, swp_err *err)
{
    size_t n = 0;
    int *others = swp_alloc(n_slots, sizeof *others);
    if (!others)
        return swp_fail(err, SWP_NOMEM, "out of memory for %zu workers", n_slots);
    for (size_t i = 0; i < n_slots; i++) {
        if (slots[i].pid)
            others[n++] = slots[i].fd;
    }
    *slot = (run_slot){.number = (size_t)(slot - slots) + 1, .started = run_clock()};
    swp_status status = run_worker_fork(spec, others, n, &slot->pid, &slot->fd, err);
    if (status != SWP_OK)
        slot->pid = 0;
    swp_free(others);
    return status;
}

void run_slot_close(run_slot *slot)
{
    if (!slot->closing)
        shutdown(slot->fd, SHUT_WR);
    slot->closing = true;
}

void run_slot_kill(run_slot *slot, swp_status why, const char *verdict)
{
    slot->why = why;
    snprintf(slot->verdict, sizeof slot->verdict, "%s", verdict);
    kill(slot->pid, SIGKILL);
}

int run_slot_reap(run_slot *slot)
{
    int wait_status = 0;
    /* One that has closed its socket is ending, or will never be heard of again. */
    kill(slot->pid, SIGKILL);
    while (waitpid(slot->pid, &wait_status, 0) < 0 && errno == EINTR)
        continue;
    close(slot->fd);
    run_inbox_deinit(&slot->inbox);
    swp_free(slot->trials);
    *slot = (run_slot){0};
    return wait_status;
}

bool run_slot_forget(run_slot *slot, size_t trial)
{
    for (size_t i = 0; i < slot->n; i++) {
        if (slot->trials[i] == trial) {
            slot->trials[i] = slot->trials[--slot->n];
            return true;
        }
    }
    return false;
}
