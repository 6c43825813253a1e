/* fork and exec. The child reports its own failure through a pipe that exec closes. */
#include "runner/command/spawn.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

#include "engine/base/mem.h"

extern char **environ;

enum { OUT, MESSAGES, FAILURE, PIPES };

/* What went wrong before exec. */
typedef struct start_failure {
    bool in_folder; /* the folder, else the program */
    int error;
} start_failure;

void run_close(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

void run_close_on_exec(void)
{
    DIR *dir = opendir("/proc/self/fd");
    for (const struct dirent *e; dir && (e = readdir(dir));) {
        int64_t fd;
        if (swp_parse_int(e->d_name, 3, INT32_MAX, &fd))
            fcntl((int)fd, F_SETFD, FD_CLOEXEC);
    }
    if (dir)
        closedir(dir);
}

/* Whether both lines set the same variable. */
static bool is_same_name(const char *a, const char *b)
{
    size_t n = strcspn(a, "=");
    return strncmp(a, b, n) == 0 && b[n] == '=';
}

/* Our environment with another's lines instead of ours. Only the list is new. owns swp_free */
static char **merge_environment(char *const *lines, size_t n)
{
    size_t n_ours = 0, total = 0;
    while (environ[n_ours])
        n_ours++;
    char **merged = swp_alloc(n_ours + n + 1, sizeof *merged);
    for (size_t i = 0; merged && i < n_ours + n; i++) {
        char *line = i < n_ours ? environ[i] : lines[i - n_ours];
        size_t k = i < n_ours ? 0 : i - n_ours + 1;
        while (k < n && !is_same_name(line, lines[k]))
            k++;
        if (k == n)
            merged[total++] = line;
    }
    return merged;
}

/* Signals as a program expects them that a shell starts. */
static void reset_signals(void)
{
    const int changed[] = {SIGINT,  SIGTERM, SIGHUP,  SIGUSR1, SIGUSR2,
                           SIGCHLD, SIGPIPE, SIGQUIT, SIGTSTP};
    sigset_t none;
    for (size_t i = 0; i < sizeof changed / sizeof changed[0]; i++)
        signal(changed[i], SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static void become(char *const *words, char **environment, const char *folder, pid_t parent,
                   int pipes[PIPES][2])
{
    start_failure failure = {.error = 0};
    setpgid(0, 0);
    reset_signals();
#ifdef __linux__
    prctl(PR_SET_PDEATHSIG, SIGTERM);
#endif
    if (getppid() != parent)
        _exit(127);
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    bool is_ready = null >= 0 && dup2(null, 0) == 0 && dup2(pipes[OUT][1], 1) == 1 &&
                    dup2(pipes[MESSAGES][1], 2) == 2;
    if (is_ready && folder && chdir(folder) != 0) {
        failure.in_folder = true;
        is_ready = false;
    }
    if (is_ready) {
        environ = environment;
        execvp(words[0], words);
    }
    failure.error = errno;
    (void)!write(pipes[FAILURE][1], &failure, sizeof failure);
    _exit(127);
}

static swp_status make_pipes(int pipes[PIPES][2], swp_err *err)
{
    for (int i = 0; i < PIPES; i++) {
        if (pipe(pipes[i]) != 0)
            return swp_fail_errno(err, SWP_IO, errno, "making a pipe to a command");
        for (int end = 0; end < 2; end++)
            fcntl(pipes[i][end], F_SETFD, FD_CLOEXEC);
    }
    return SWP_OK;
}

/* Wait until the child is its program, or could not become it. */
static swp_status await_exec(int fd, const char *name, const char *folder, swp_err *err)
{
    start_failure failure;
    ssize_t n;
    while ((n = read(fd, &failure, sizeof failure)) < 0 && errno == EINTR)
        continue;
    if (n != (ssize_t)sizeof failure)
        return SWP_OK;
    if (failure.in_folder)
        return swp_fail_errno(err, SWP_CONFIG, failure.error, "cannot start %s in %s", name,
                              folder);
    return swp_fail_errno(err, SWP_CONFIG, failure.error, "cannot start %s", name);
}

swp_status run_spawn(const run_invocation *invocation, const char *folder, run_child *out,
                     swp_err *err)
{
    int pipes[PIPES][2] = {{-1, -1}, {-1, -1}, {-1, -1}};
    char **environment = merge_environment(invocation->environment, invocation->n_environment);
    *out = (run_child){.pid = -1, .out = -1, .messages = -1};
    pid_t parent = getpid();
    swp_status status =
        environment ? make_pipes(pipes, err) : swp_fail(err, SWP_NOMEM, "out of memory");
    if (status == SWP_OK) {
        out->pid = fork();
        if (out->pid < 0)
            status = swp_fail_errno(err, SWP_IO, errno, "starting %s", invocation->words[0]);
        if (out->pid == 0)
            become(invocation->words, environment, folder, parent, pipes);
    }
    for (int i = 0; i < PIPES; i++)
        run_close(&pipes[i][1]);
    if (out->pid > 0) {
        setpgid(out->pid, out->pid); /* the child does the same: either may be first */
        status = await_exec(pipes[FAILURE][0], invocation->words[0], folder, err);
        out->out = pipes[OUT][0];
        out->messages = pipes[MESSAGES][0];
        fcntl(out->out, F_SETFL, O_NONBLOCK);
        fcntl(out->messages, F_SETFL, O_NONBLOCK);
        pipes[OUT][0] = pipes[MESSAGES][0] = -1;
    }
    for (int i = 0; i < PIPES; i++)
        run_close(&pipes[i][0]);
    swp_free(environment);
    return status;
}
