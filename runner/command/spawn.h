/* Starting a program whose output is read while it runs. */
#ifndef RUN_SPAWN_H
#define RUN_SPAWN_H

#include <sys/types.h>

#include "runner/command/command.h"

typedef struct run_child {
    pid_t pid;         /* also of its process group */
    int out, messages; /* its standard output and error; they do not block; run_close */
} run_child;

/* Start it in a process group of its own, with nothing to read, and with signals as a shell gives
 * them. It gets SIGTERM when this process dies.
 * errors   CONFIG (it cannot be started), IO   owns   the descriptors; the pid: waitpid */
SWP_CHECKED swp_status run_spawn(const run_invocation *invocation, const char *folder,
                                 run_child *out, swp_err *err);

/* Close a descriptor, unless it is -1, and set it to -1. */
void run_close(int *fd);

/* Let no descriptor that is open now, but the first three, be passed on to other programs. */
void run_close_on_exec(void);

#endif
