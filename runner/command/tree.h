/* The processes below a process: children, their children, and so on. Where there is no /proc none
 * are found. */
#ifndef RUN_TREE_H
#define RUN_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Whether there is a /proc to find them in. */
bool run_tree_is_known(void);

/* Send a signal to all processes below `root` but those of a process group; 0: of none. Returns how
 * many there were. */
size_t run_tree_signal(pid_t root, int signal, pid_t group);

/* Bytes that they hold in core together. */
size_t run_tree_bytes(pid_t root);

/* Whether a process is stopped (SIGSTOP, Ctrl-Z). */
bool run_is_stopped(pid_t pid);

#endif
