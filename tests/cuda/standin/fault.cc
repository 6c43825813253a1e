/* Ends a process after an error that is undefined on a GPU. */
#include <csignal>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <sys/mman.h>
#include <unistd.h>

#include "standin_priv.h"

namespace standin
{
void fault(const char *format, ...)
{
    char what[512], where[512];
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    describe_thread(where, sizeof where);
    char line[1100];
    int n =
        snprintf(line, sizeof line, "cuda stand-in: %s%s%s\n", where, where[0] ? ": " : "", what);
    ssize_t ignored = write(STDERR_FILENO, line, (size_t)n);
    (void)ignored;
    _Exit(STANDIN_EXIT);
}

static struct sigaction before[2];

/* Not async-signal-safe by the standard, but the process ends here, and the interrupted code is a
 * kernel or a test. */
static void on_memory_fault(int number, siginfo_t *info, void *context)
{
    char what[256];
    if (on_device() && describe_block_memory(info->si_addr, what, sizeof what))
        fault("touches %s", what);
    if (is_device_address(info->si_addr)) {
        describe_address(info->si_addr, what, sizeof what);
        if (on_device())
            fault("touches %s", what);
        fault("host code touches device memory: %s", what);
    }
    if (on_device())
        fault("touches %p, which is neither device nor shared memory", info->si_addr);
    const struct sigaction &old = before[number == SIGBUS];
    if (old.sa_flags & SA_SIGINFO)
        old.sa_sigaction(number, info, context);
    /* Return with the old action restored: the same instruction faults again. */
    sigaction(number, &old, nullptr);
}

void watch_memory_faults()
{
    /* A separate stack: the kernel thread's may have overflowed. */
    constexpr size_t size = 1 << 16;
    static stack_t stack;
    if (!stack.ss_sp) {
        stack.ss_sp =
            mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        stack.ss_size = size;
        sigaltstack(&stack, nullptr);
    }
    struct sigaction action = {};
    action.sa_sigaction = on_memory_fault;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    for (int number : {SIGSEGV, SIGBUS}) {
        struct sigaction old;
        sigaction(number, &action, &old);
        if (!(old.sa_flags & SA_SIGINFO) || old.sa_sigaction != on_memory_fault)
            before[number == SIGBUS] = old;
    }
}
} // namespace standin
