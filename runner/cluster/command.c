#include "runner/cluster/command.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

#define MOST_SAID 400 /* bytes of a message that are passed on */

/* The program's standard output and error go to files, which can be read when it has ended. */
static int spawn(char *const *argv, FILE *out, FILE *said, pid_t *pid)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t all;
    sigfillset(&all);
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, fileno(out), 1);
    posix_spawn_file_actions_adddup2(&actions, fileno(said), 2);
    /* The signals that this program counts are not the other's business. */
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
    int failure = posix_spawnp(pid, argv[0], &actions, &attributes, argv, environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return failure;
}

static int wait_for(pid_t pid)
{
    int ended = 0;
    while (waitpid(pid, &ended, 0) < 0 && errno == EINTR) {
    }
    return ended;
}

static void read_back(FILE *file, swp_buf *out)
{
    char part[4096];
    size_t n;
    rewind(file);
    while ((n = fread(part, 1, sizeof part, file)) > 0)
        swp_buf_add(out, part, n);
}

/* What it said, on one line. */
static swp_status refuse(const char *name, FILE *said, swp_err *err)
{
    swp_buf text = {0};
    read_back(said, &text);
    while (text.length > 0 && text.text[text.length - 1] == '\n')
        text.text[--text.length] = '\0';
    if (text.length > MOST_SAID)
        text.text[MOST_SAID] = '\0';
    for (char *c = text.text; c && *c; c++)
        if (*c == '\n')
            *c = ' ';
    if (text.text)
        swp_make_plain(text.text);
    swp_status status = swp_fail(err, SWP_UNAVAILABLE, "%s failed: %s", name,
                                 text.length > 0 ? text.text : "it printed nothing");
    swp_buf_deinit(&text);
    return status;
}

swp_status run_command(char *const *argv, swp_buf *out, swp_err *err)
{
    swp_status status = SWP_OK;
    pid_t pid = 0;
    FILE *stream = tmpfile(), *said = tmpfile();
    if (!stream || !said) {
        status = swp_fail_errno(err, SWP_IO, errno, "cannot make a temporary file");
        goto done;
    }
    int failure = spawn(argv, stream, said, &pid);
    if (failure == ENOENT)
        status = swp_fail(err, SWP_UNAVAILABLE, "there is no %s in PATH", argv[0]);
    else if (failure != 0)
        status = swp_fail_errno(err, SWP_UNAVAILABLE, failure, "cannot start %s", argv[0]);
    else if (wait_for(pid) != 0)
        status = refuse(argv[0], said, err);
    else if (out)
        read_back(stream, out);
    if (status == SWP_OK && out && out->failed)
        status = swp_fail(err, SWP_NOMEM, "out of memory");
done:
    if (stream)
        fclose(stream);
    if (said)
        fclose(said);
    return status;
}
