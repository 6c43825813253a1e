/* A command that runs: its processes, what they write, and their end.
 *
 * The supervisor is the worker process itself. It is the subreaper of all that a command starts:
 * a process that forks, leaves the process group or loses its parent stays below it, and a command
 * is over when nothing is left below. It is asked to end, never killed: when its parent is gone it
 * ends what it started first.
 *
 *   running -> (stop file, grace) -> SIGTERM, grace -> SIGKILL until nothing is left -> over
 *
 * The end of the command's first process ends all others. */
#ifndef RUN_SUPERVISOR_H
#define RUN_SUPERVISOR_H

#include <signal.h>
#include <stdbool.h>

#include "runner/command/command.h"

#define RUN_AT_ONCE SIGUSR2 /* to a supervisor: no more grace */

/* Become the supervisor of what this process starts. Descriptors that are open now are not passed
 * on. errors IO */
SWP_CHECKED swp_status run_supervisor_init(swp_err *err);
void run_supervisor_deinit(void);

typedef struct run_process run_process;

typedef struct run_process_spec {
    const run_command *command;
    const run_invocation *invocation;
    const char *folder;  /* of the trial: stdout and stderr are kept in its log */
    const char *header;  /* a line of the log in front of what this attempt prints */
    const char *metrics; /* the file of metric lines */
    const char *stop;    /* the file that asks a script to stop */
    int parent;          /* becoming readable is news; -1: none */
} run_process_spec;

/* errors   CONFIG (it cannot be started), IO, NOMEM   owns   *out: run_process_destroy; borrows
 *          all of the spec but the invocation */
SWP_CHECKED swp_status run_process_start(const run_process_spec *spec, run_process **out,
                                         swp_err *err);

/* End what is left of it, with grace. NULL allowed. */
void run_process_destroy(run_process *process);

typedef enum run_news_kind {
    RUN_NEWS_FILE,   /* a line of the metrics file */
    RUN_NEWS_OUTPUT, /* a line of standard output */
    RUN_NEWS_PARENT, /* the parent sent a message, or is gone */
    RUN_NEWS_OVER    /* nothing is left, and nothing is left to read */
} run_news_kind;

typedef struct run_news {
    run_news_kind kind;
    char *line; /* borrowed until the next news; may be written to */
} run_news;

/* Wait for news. */
void run_process_wait(run_process *process, run_news *out);

/* A line counted as a metric: the command is not idle. */
void run_process_touch(run_process *process);

/* Ask it to end, as the command says. Later calls do nothing. */
void run_process_stop(run_process *process);

/* How it ended. */
typedef struct run_process_end {
    bool was_asked;   /* by run_process_stop */
    swp_status limit; /* OK, or of the limit that ended it: CANCELLED (time), NOMEM */
    int wait_status;  /* of its first process */
    const char *text; /* "exit code 1", "timeout after 5 s"; borrowed */
} run_process_end;
run_process_end run_process_end_of(const run_process *process); /* when it is over */

/* A note, once for each kind; NULL when there is none. */
const char *run_process_note(run_process *process);

#endif
