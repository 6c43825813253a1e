/* Runs of a few steps are timed on one thread and on two. The faster way is kept, and the other is
 * timed again now and then, ever more rarely as long as it stays slower. */
#include "engine/cpu/pace.h"

#include <stdbool.h>

#define RUN_STEPS     16
#define PATIENCE      8    /* runs after which the slower way is timed again, at first */
#define PATIENCE_MOST 1024 /* and at last */

/* A run is over after its steps, or when it lasts longer than it would have on one thread. */
static bool is_over(const pace *p, double now)
{
    double alone = p->step_s[1];
    return p->steps == RUN_STEPS ||
           (p->threads > 1 && alone > 0 && now - p->since > RUN_STEPS * alone);
}

/* The first run after a change does not count, since threads wake up and find their cores in it.
 * The second replaces what was known of this way; later ones move it, by an eighth at most, so that
 * no single disturbance decides. */
static void record(pace *p, double now)
{
    double step_s = (now - p->since) / (double)p->steps, *known = &p->step_s[p->threads];
    if (p->runs == 1)
        *known = step_s;
    else if (p->runs > 1)
        *known = 0.75 * *known + 0.25 * (step_s < 1.5 * *known ? step_s : 1.5 * *known);
    p->runs++;
}

/* One thread first. Then what is faster, and now and then the other, ever more rarely if it is
 * still slower. */
static size_t choose(pace *p, size_t most)
{
    double alone = p->step_s[1], shared = p->step_s[NET_HALVES];
    if (p->threads > 0 && p->threads <= most && p->runs < 2)
        return p->threads;
    if (most < NET_HALVES || alone <= 0)
        return 1;
    size_t faster = shared > 0 && alone <= shared ? 1 : NET_HALVES;
    if (faster != p->faster) {
        p->faster = faster;
        p->patience = PATIENCE;
    }
    if (p->threads != faster || shared <= 0 || p->runs < p->patience)
        return faster;
    p->patience = p->patience < PATIENCE_MOST ? 2 * p->patience : PATIENCE_MOST;
    return NET_HALVES + 1 - faster;
}

size_t pace_next(pace *p, size_t most, double now)
{
    if (p->threads > 0 && p->threads <= most && !is_over(p, now)) {
        p->steps++;
        return p->threads;
    }
    if (p->steps > 0)
        record(p, now);
    size_t threads = choose(p, most);
    if (threads != p->threads)
        p->runs = 0;
    p->threads = threads;
    p->since = now;
    p->steps = 1;
    return p->threads;
}
