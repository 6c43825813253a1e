#include "engine/cpu/pace.h"

#include <stdbool.h>
#include <time.h>

#define RUN_STEPS 16
#define PATIENCE  64 /* runs after which the slower way is timed again, at first */

static double clock_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* A run is over after its steps, or when it lasts longer than it would have on one thread. */
static bool is_over(const pace *p, double now)
{
    double alone = p->step_s[1];
    return p->steps == RUN_STEPS ||
           (p->threads > 1 && alone > 0 && now - p->since > RUN_STEPS * alone);
}

/* One thread first. Then what is faster, and now and then the other, ever more rarely if it is
 * still slower. */
static size_t choose(pace *p, size_t most)
{
    if (most < TEAM_MOST || p->step_s[1] <= 0)
        return 1;
    double shared = p->step_s[TEAM_MOST];
    size_t faster = shared > 0 && p->step_s[1] <= shared ? 1 : TEAM_MOST;
    if (faster != p->faster) {
        p->faster = faster;
        p->patience = PATIENCE;
        p->runs = 0;
    }
    if (shared <= 0 || ++p->runs < p->patience)
        return faster;
    p->runs = 0;
    p->patience *= 2;
    return TEAM_MOST + 1 - faster;
}

size_t pace_next(pace *p, size_t most)
{
    double now = clock_s();
    if (p->threads > 0 && p->threads <= most && !is_over(p, now)) {
        p->steps++;
        return p->threads;
    }
    if (p->steps > 0)
        p->step_s[p->threads] = (now - p->since) / (double)p->steps;
    p->threads = choose(p, most);
    p->since = now;
    p->steps = 1;
    return p->threads;
}
