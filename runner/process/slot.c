/* The slot of a worker: its process, its socket with pending messages in both directions, and its
 * job. The socket does not block, so that a worker that does not read never stops the parent. */
#include "runner/process/slot.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/mem.h"
#include "runner/command/supervisor.h"

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
    *slot =
        (run_slot){.number = (size_t)(slot - slots) + 1, .supervises = spec->backend->supervises};
    swp_status status = run_worker_fork(spec, others, n, &slot->pid, &slot->fd, err);
    if (status != SWP_OK)
        slot->pid = 0;
    else
        fcntl(slot->fd, F_SETFL, O_NONBLOCK);
    swp_free(others);
    return status;
}

swp_status run_slot_flush(run_slot *slot, swp_err *err)
{
    bool had_frames = !run_outbox_is_empty(&slot->outbox);
    swp_status status = run_outbox_flush(&slot->outbox, slot->fd, err);
    if (status == SWP_IO) {
        run_slot_kill(slot, SWP_DEVICE, "");
        run_outbox_deinit(&slot->outbox);
        return SWP_OK;
    }
    if (had_frames && slot->closing && run_outbox_is_empty(&slot->outbox))
        shutdown(slot->fd, SHUT_WR);
    return status;
}

void run_slot_close(run_slot *slot)
{
    if (!slot->closing && run_outbox_is_empty(&slot->outbox))
        shutdown(slot->fd, SHUT_WR);
    slot->closing = true;
}

void run_slot_kill(run_slot *slot, swp_status why, const char *reason)
{
    slot->kill_why = why;
    snprintf(slot->kill_reason, sizeof slot->kill_reason, "%s", reason);
    kill(slot->pid, slot->supervises ? RUN_AT_ONCE : SIGKILL);
    if (slot->supervises)
        run_slot_close(slot);
}

int run_slot_reap(run_slot *slot)
{
    int wait_status = 0;
    /* A worker that has closed its socket is ending, or hangs. One that supervises may wait for the
     * parent to read. */
    close(slot->fd);
    if (!slot->supervises)
        kill(slot->pid, SIGKILL);
    while (waitpid(slot->pid, &wait_status, 0) < 0 && errno == EINTR)
        continue;
    run_inbox_deinit(&slot->inbox);
    run_outbox_deinit(&slot->outbox);
    swp_free(slot->trials);
    *slot = (run_slot){0};
    return wait_status;
}

bool run_slot_has(const run_slot *slot, size_t trial)
{
    for (size_t i = 0; i < slot->n; i++) {
        if (slot->trials[i] == trial)
            return true;
    }
    return false;
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
