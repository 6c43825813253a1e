/* Commands run by a worker of the command backend, for tests: one job, and all messages that come
 * back. */
#ifndef TEST_COMMANDS_H
#define TEST_COMMANDS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "runner/process/wire.h"
#include "runner/process/worker.h"

#define COMMANDS_MOST 16

/* The result of a job. */
typedef struct outcome {
    size_t steps[COMMANDS_MOST], n_steps; /* the first ones */
    char values[COMMANDS_MOST][200];      /* "val_loss=0.5 acc=1" */
    char state[64];                       /* after the last */
    char notes[600];
    bool failed;       /* FAILED came, else ENDED */
    swp_status status; /* of FAILED */
    run_end end;       /* of ENDED */
    char text[1024];   /* of either */
    double seconds;
    double last_step_s; /* when it arrived */
} outcome;

/* A worker that waits for jobs. */
typedef struct commands {
    pid_t pid;
    int fd;
    run_inbox inbox;
    run_command command; /* what the worker runs; borrowed texts */
} commands;

/* A command line for a shell, with a grace of 0.3 s and nothing else set. */
run_command commands_shell(const char *text);

/* Fork a worker in slot `slot`. Caller: commands_close. */
void commands_open(commands *c, const run_command *command, size_t slot);

/* Likewise, for a search that decides by recorded steps, which must not change. */
void commands_open_keeping(commands *c, const run_command *command);

/* Close the worker's socket and wait for it; it must exit with 0, and leave nothing of its
 * commands. */
void commands_close(commands *c);

/* Wait until the worker is ready for a job, and send one: the trial in folder `folder`, with one
 * parameter x = 1. */
void commands_send(commands *c, const run_job_item *item, size_t steps_done);

/* Take messages until the job is over. `on_step` (may be NULL) is called after each step. */
void commands_receive(commands *c, outcome *out, void (*on_step)(commands *, const outcome *));

/* One job of one worker from start to end; attempt 1, no budget. */
outcome commands_run(const run_command *command);

/* The number of processes whose environment names the folder of a trial below the working folder.
 */
size_t commands_alive(void);

/* Assert that the trial ended by itself, with success. */
void commands_expect_done(const outcome *o);

/* The text of a small file. free() it. */
char *commands_read(const char *path);

void commands_sleep(double seconds);

#endif
