/* Who is below whom, from /proc/PID/stat. The table is read again each time: a process may have any
 * number of new children the next moment, and callers ask again until none are left. */
#include "runner/command/tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/mem.h"
#include "engine/base/str.h"

typedef struct process {
    pid_t pid, parent, group;
    char state;
    size_t pages; /* in core */
} process;

typedef struct table {
    process *rows; /* (n) */
    size_t n, room;
} table;

/* Read the fields of one process. False when it is gone. */
static bool read_process(const char *pid, process *out)
{
    char path[64], text[1024];
    snprintf(path, sizeof path, "/proc/%s/stat", pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t n = read(fd, text, sizeof text - 1);
    close(fd);
    if (n <= 0)
        return false;
    text[n] = '\0';
    /* The second field is the program's name in brackets, and may hold anything. */
    const char *rest = strrchr(text, ')');
    int own, parent, group;
    long pages;
    char state;
    if (!rest || sscanf(text, "%d", &own) != 1 ||
        sscanf(rest + 1,
               " %c %d %d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %*u %*u "
               "%ld",
               &state, &parent, &group, &pages) != 4)
        return false;
    *out = (process){
        .pid = own, .parent = parent, .group = group, .state = state, .pages = (size_t)pages};
    return true;
}

static bool add_row(table *t, const process *row)
{
    if (t->n == t->room) {
        size_t room = t->room > 0 ? 2 * t->room : 256;
        process *more = swp_resize(t->rows, room, sizeof *more);
        if (!more)
            return false;
        t->rows = more;
        t->room = room;
    }
    t->rows[t->n++] = *row;
    return true;
}

/* Move the rows below `root` to the front, parents before their children. Returns how many. */
static size_t gather(table *t, pid_t root)
{
    size_t n = 0;
    pid_t parent = root;
    for (size_t next = 0;; parent = t->rows[next++].pid) {
        for (size_t i = n; i < t->n; i++) {
            if (t->rows[i].parent != parent)
                continue;
            process row = t->rows[i];
            t->rows[i] = t->rows[n];
            t->rows[n++] = row;
        }
        if (next == n)
            return n;
    }
}

/* The processes below `root`, in front of all others. Returns how many. */
static size_t read_tree(pid_t root, table *t)
{
    DIR *dir = opendir("/proc");
    for (const struct dirent *e; dir && (e = readdir(dir));) {
        process row;
        if (e->d_name[0] >= '1' && e->d_name[0] <= '9' && read_process(e->d_name, &row) &&
            !add_row(t, &row))
            break;
    }
    if (dir)
        closedir(dir);
    return gather(t, root);
}

bool run_tree_is_known(void)
{
    char name[32];
    process row;
    snprintf(name, sizeof name, "%ld", (long)getpid());
    return read_process(name, &row);
}

size_t run_tree_signal(pid_t root, int signal, pid_t group)
{
    table t = {.n = 0};
    size_t n = read_tree(root, &t);
    for (size_t i = 0; i < n; i++) {
        if (group == 0 || t.rows[i].group != group)
            kill(t.rows[i].pid, signal);
    }
    swp_free(t.rows);
    return n;
}

size_t run_tree_bytes(pid_t root)
{
    table t = {.n = 0};
    size_t n = read_tree(root, &t), pages = 0;
    for (size_t i = 0; i < n; i++)
        pages += t.rows[i].pages;
    swp_free(t.rows);
    return pages * (size_t)sysconf(_SC_PAGESIZE);
}

bool run_is_stopped(pid_t pid)
{
    char name[32];
    process row;
    snprintf(name, sizeof name, "%ld", (long)pid);
    return read_process(name, &row) && (row.state == 'T' || row.state == 't');
}
