/* Running another program: fork, exec, read what it prints on both streams, wait. The child reports
 * a failure of its own before exec through a third pipe, which exec closes, so "there is no such
 * program" differs from "the program failed". Between fork and exec only calls that are safe in a
 * child of a process with threads are made. */
#include "engine/base/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

enum { OUT, MESSAGES, FAILURE, PIPES };

#define MOST_MESSAGES 16384u /* bytes of standard error that are read; the rest is dropped */
#define MOST_SHOWN    500u   /* bytes of it that an error shows */

/* A failure before exec, as the child reports it. */
typedef struct start_failure {
    bool in_folder; /* the folder, else the program */
    int error;
} start_failure;

static void close_end(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static void become(const swp_child *child, int pipes[PIPES][2])
{
    start_failure failure = {0};
    /* This program ignores SIGPIPE; others should not inherit that. */
    signal(SIGPIPE, SIG_DFL);
#ifdef __linux__
    if (child->dies_with_us)
        prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    bool ready = null >= 0 && dup2(null, 0) == 0 &&
                 dup2(child->out ? pipes[OUT][1] : null, 1) == 1 &&
                 dup2(pipes[MESSAGES][1], 2) == 2;
    if (ready && child->folder && chdir(child->folder) != 0) {
        failure.in_folder = true;
        ready = false;
    }
    if (ready)
        execvp(child->argv[0], child->argv);
    failure.error = errno;
    (void)!write(pipes[FAILURE][1], &failure, sizeof failure);
    _exit(127);
}

static void close_all(int pipes[PIPES][2])
{
    for (int i = 0; i < PIPES; i++)
        for (int end = 0; end < 2; end++)
            close_end(&pipes[i][end]);
}

static swp_status make_pipes(const swp_child *child, int pipes[PIPES][2], swp_err *err)
{
    for (int i = 0; i < PIPES; i++) {
        if (pipe(pipes[i]) != 0)
            return swp_fail_errno(err, SWP_IO, errno, "making a pipe to %s", child->argv[0]);
        for (int end = 0; end < 2; end++)
            fcntl(pipes[i][end], F_SETFD, FD_CLOEXEC);
    }
    return SWP_OK;
}

swp_status swp_child_start(swp_child *child, swp_err *err)
{
    int pipes[PIPES][2] = {{-1, -1}, {-1, -1}, {-1, -1}};
    child->is_missing = false;
    swp_status status = make_pipes(child, pipes, err);
    if (status == SWP_OK) {
        child->pid = (int)fork();
        if (child->pid < 0)
            status = swp_fail_errno(err, SWP_IO, errno, "starting %s", child->argv[0]);
    }
    if (status == SWP_OK && child->pid == 0)
        become(child, pipes);
    for (int i = 0; i < PIPES && status == SWP_OK; i++) {
        child->ends[i] = pipes[i][0];
        pipes[i][0] = -1;
    }
    close_all(pipes);
    return status;
}

/* Read both streams to their ends, whichever is ready, so that the child never blocks. */
static void read_streams(const swp_child *child, swp_buf *messages)
{
    char part[4096];
    struct pollfd ends[] = {{.fd = child->ends[OUT], .events = POLLIN},
                            {.fd = child->ends[MESSAGES], .events = POLLIN}};
    while (ends[0].fd >= 0 || ends[1].fd >= 0) {
        if (poll(ends, 2, -1) < 0) {
            if (errno == EINTR)
                continue;
            return;
        }
        for (int i = 0; i < 2; i++) {
            if (ends[i].fd < 0 || ends[i].revents == 0)
                continue;
            ssize_t n = read(ends[i].fd, part, sizeof part);
            if (n == 0 || (n < 0 && errno != EINTR))
                ends[i].fd = -1;
            else if (n > 0 && i == 0 && child->out)
                swp_buf_add(child->out, part, (size_t)n);
            else if (n > 0 && i == 1 && messages->length < MOST_MESSAGES)
                swp_buf_add(messages, part, (size_t)n);
        }
    }
}

/* Make messages one printable line. Carets, which point into the line above, are left out. */
static void squeeze(const swp_buf *messages, swp_buf *out)
{
    for (const char *s = messages->text; s && *s && out->length < MOST_SHOWN;) {
        s += strspn(s, " \t\r\n^");
        size_t n = strcspn(s, " \t\r\n");
        if (n > 0 && out->length > 0)
            swp_buf_puts(out, " ");
        swp_buf_add(out, s, n);
        s += n;
    }
    if (out->length == 0)
        swp_buf_puts(out, "it printed nothing");
    if (out->failed)
        return;
    if (out->length > MOST_SHOWN)
        memcpy(out->text + swp_utf8_cut(out->text, MOST_SHOWN - 3), "...", 4);
    swp_make_plain(out->text);
}

static swp_status explain_start(swp_child *child, const start_failure *failure, swp_err *err)
{
    if (failure->in_folder)
        return swp_fail_errno(err, SWP_IO, failure->error, "starting %s in %s", child->argv[0],
                              child->folder);
    child->is_missing = failure->error == ENOENT;
    if (child->is_missing)
        return swp_fail(err, SWP_UNAVAILABLE, "there is no %s in PATH", child->argv[0]);
    return swp_fail_errno(err, SWP_UNAVAILABLE, failure->error, "cannot start %s", child->argv[0]);
}

static swp_status explain_end(const swp_child *child, int ended, const swp_buf *messages,
                              swp_err *err)
{
    swp_buf line = {0};
    if (WIFEXITED(ended) && WEXITSTATUS(ended) == 0)
        return SWP_OK;
    squeeze(messages, &line);
    const char *text = line.failed ? "out of memory" : line.text;
    swp_status status = WIFSIGNALED(ended)
                            ? swp_fail(err, SWP_UNAVAILABLE, "%s died of signal %d: %s",
                                       child->argv[0], WTERMSIG(ended), text)
                            : swp_fail(err, SWP_UNAVAILABLE, "%s failed with status %d: %s",
                                       child->argv[0], WEXITSTATUS(ended), text);
    swp_buf_deinit(&line);
    return status;
}

swp_status swp_child_wait(swp_child *child, swp_err *err)
{
    int ended = 0;
    swp_buf messages = {0};
    start_failure failure;
    swp_status status = SWP_OK;
    read_streams(child, &messages);
    ssize_t n = read(child->ends[FAILURE], &failure, sizeof failure);
    while (waitpid((pid_t)child->pid, &ended, 0) < 0 && status == SWP_OK)
        if (errno != EINTR)
            status = swp_fail_errno(err, SWP_IO, errno, "waiting for %s", child->argv[0]);
    if (status == SWP_OK)
        status = n == (ssize_t)sizeof failure ? explain_start(child, &failure, err)
                                              : explain_end(child, ended, &messages, err);
    if (status == SWP_OK && child->out && child->out->failed)
        status = swp_fail(err, SWP_NOMEM, "out of memory for the output of %s", child->argv[0]);
    for (int i = 0; i < PIPES; i++)
        close_end(&child->ends[i]);
    swp_buf_deinit(&messages);
    return status;
}

swp_status swp_child_run(swp_child *child, swp_err *err)
{
    swp_status status = swp_child_start(child, err);
    return status == SWP_OK ? swp_child_wait(child, err) : status;
}
