/* Counts stop signals. A handler only counts; callers poll the count where they can act on it. */
#include "runner/process/stop.h"

#include <signal.h>
#include <stddef.h>

static const int stop_signals[] = {SIGINT, SIGTERM, SIGHUP, SIGUSR1};
#define N_STOP_SIGNALS (sizeof stop_signals / sizeof stop_signals[0])

static volatile sig_atomic_t n_seen, first_seen;
static struct sigaction before[N_STOP_SIGNALS];
static int depth; /* of nested catches */

static void count_signal(int number)
{
    if (n_seen == 0)
        first_seen = number;
    if (n_seen < 2)
        n_seen++;
}

void run_stop_catch(void)
{
    struct sigaction action = {.sa_handler = count_signal};
    sigemptyset(&action.sa_mask);
    if (depth++ > 0)
        return;
    n_seen = first_seen = 0;
    for (size_t i = 0; i < N_STOP_SIGNALS; i++) {
        sigaction(stop_signals[i], NULL, &before[i]);
        /* nohup ignores SIGHUP on purpose. A shell without job control ignores SIGINT for what it
         * starts in the background, where it is still the way to stop a run. */
        if (stop_signals[i] != SIGHUP || before[i].sa_handler != SIG_IGN)
            sigaction(stop_signals[i], &action, NULL);
    }
}

void run_stop_release(void)
{
    if (--depth > 0)
        return;
    for (size_t i = 0; i < N_STOP_SIGNALS; i++)
        sigaction(stop_signals[i], &before[i], NULL);
}

int run_stop_count(void)
{
    return n_seen;
}

int run_stop_signal(void)
{
    return first_seen;
}
