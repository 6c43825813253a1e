#include "plots/gnuplot_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

#include "engine/base/mem.h"
#include "engine/base/str.h"
#include "plots/text_priv.h"

/* What the child says before it becomes gnuplot: that it could not. */
typedef struct child_failure {
    int step; /* 0 folder, 1 gnuplot itself */
    int error;
} child_failure;

/* A child with the read ends of its stderr and of its failure report. */
typedef struct child {
    pid_t pid;
    int messages[2];
    int failure[2];
} child;

static void close_end(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static void become_gnuplot(const char *folder, char **argv, const child *c)
{
    child_failure failure = {.step = 0};
#ifdef __linux__
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* nobody would give its pictures their names */
#endif
    int null = open("/dev/null", O_RDWR);
    if (null >= 0 && dup2(null, 0) == 0 && dup2(null, 1) == 1 && dup2(c->messages[1], 2) == 2 &&
        chdir(folder) == 0) {
        failure.step = 1;
        execvp(argv[0], argv);
    }
    failure.error = errno;
    ssize_t written = write(c->failure[1], &failure, sizeof failure);
    (void)written; /* nobody is left to be told */
    _exit(127);
}

static swp_status start(child *c, const char *folder, char **argv, swp_err *err)
{
    if (pipe(c->messages) != 0 || pipe(c->failure) != 0)
        return swp_fail_errno(err, SWP_IO, errno, "making a pipe to gnuplot");
    fcntl(c->messages[0], F_SETFD, FD_CLOEXEC);
    fcntl(c->messages[1], F_SETFD, FD_CLOEXEC);
    fcntl(c->failure[0], F_SETFD, FD_CLOEXEC);
    fcntl(c->failure[1], F_SETFD, FD_CLOEXEC);
    c->pid = fork();
    if (c->pid < 0)
        return swp_fail_errno(err, SWP_IO, errno, "starting gnuplot");
    if (c->pid == 0)
        become_gnuplot(folder, argv, c);
    close_end(&c->messages[1]);
    close_end(&c->failure[1]);
    return SWP_OK;
}

static ssize_t read_some(int fd, void *into, size_t size)
{
    ssize_t n;
    do {
        n = read(fd, into, size);
    } while (n < 0 && errno == EINTR);
    return n;
}

/* All of stderr, so that the child never waits for a reader; only its beginning is kept. */
static void read_messages(int fd, swp_buf *out)
{
    char part[1024];
    ssize_t n;
    while ((n = read_some(fd, part, sizeof part)) > 0)
        if (out->length < 16 * sizeof part)
            swp_buf_add(out, part, (size_t)n);
}

/* gnuplot spreads a message over several lines and points with a caret: make it one line. */
static void squeeze(const char *messages, swp_buf *out)
{
    for (const char *s = messages; *s;) {
        s += strspn(s, " \t\r\n^");
        size_t n = strcspn(s, " \t\r\n");
        if (n > 0 && out->length > 0)
            swp_buf_puts(out, " ");
        swp_buf_add(out, s, n);
        s += n;
    }
}

static swp_status judge(int ended, const char *messages, swp_err *err)
{
    if (WIFEXITED(ended) && WEXITSTATUS(ended) == 0)
        return SWP_OK;
    swp_buf line = {0}, clean = {0};
    squeeze(messages, &line);
    plot_text_add(&clean, line.length > 0 ? line.text : "it printed nothing", 500);
    const char *text = clean.failed ? "out of memory" : clean.text;
    swp_status status =
        WIFSIGNALED(ended)
            ? swp_fail(err, SWP_UNAVAILABLE, "gnuplot died of signal %d: %s", WTERMSIG(ended), text)
            : swp_fail(err, SWP_UNAVAILABLE, "gnuplot failed with status %d: %s",
                       WEXITSTATUS(ended), text);
    swp_buf_deinit(&line);
    swp_buf_deinit(&clean);
    return status;
}

static swp_status explain(const child_failure *failure, const char *folder, swp_err *err)
{
    if (failure->step == 0)
        return swp_fail_errno(err, SWP_IO, failure->error, "starting gnuplot in %s", folder);
    swp_status status = swp_fail_errno(err, SWP_UNAVAILABLE, failure->error, "starting gnuplot");
    if (failure->error == ENOENT)
        status = swp_fail(err, SWP_UNAVAILABLE, "charts need gnuplot, and there is none in PATH");
    swp_hint(err, "apt install gnuplot-nox; the scripts and data in %s are ready for it", folder);
    return status;
}

static swp_status finish(child *c, const char *folder, swp_err *err)
{
    swp_buf messages = {0};
    child_failure failure;
    read_messages(c->messages[0], &messages);
    ssize_t n = read_some(c->failure[0], &failure, sizeof failure);
    int ended = 0;
    while (waitpid(c->pid, &ended, 0) < 0)
        if (errno != EINTR) {
            swp_buf_deinit(&messages);
            return swp_fail_errno(err, SWP_IO, errno, "waiting for gnuplot");
        }
    swp_status status = n == (ssize_t)sizeof failure
                            ? explain(&failure, folder, err)
                            : judge(ended, messages.length > 0 ? messages.text : "", err);
    swp_buf_deinit(&messages);
    return status;
}

swp_status plot_gnuplot_run(const char *folder, char *const *scripts, size_t n, swp_err *err)
{
    /* -d: without the user's own settings; part: the suffix of a picture in the making. */
    static char program[] = "gnuplot", plain[] = "-d", run[] = "-e", part[] = "part = '.part'";
    char *const first[] = {program, plain, run, part};
    size_t n_first = sizeof first / sizeof first[0];
    char **argv = swp_alloc(n_first + n + 1, sizeof *argv);
    if (!argv)
        return swp_fail(err, SWP_NOMEM, "out of memory");
    memcpy(argv, first, sizeof first);
    memcpy(argv + n_first, scripts, n * sizeof *argv);
    child c = {.messages = {-1, -1}, .failure = {-1, -1}};
    swp_status status = start(&c, folder, argv, err);
    if (status == SWP_OK)
        status = finish(&c, folder, err);
    for (int i = 0; i < 2; i++) {
        close_end(&c.messages[i]);
        close_end(&c.failure[i]);
    }
    swp_free(argv);
    return status;
}
