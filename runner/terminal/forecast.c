/* The time left. Trials are grouped by the cost of an epoch; a trial that has not begun is taken to
 * be as fast, for its cost, as the measured group of the nearest cost. The work is divided among
 * the workers, but the slowest trial bounds it from below. */
#include "runner/terminal/forecast.h"

#include <math.h>

enum { MOST_KINDS = 64 };

/* Measured trials of one cost. */
typedef struct kind {
    double cost, epoch_s;
    size_t n;
} kind;

/* Epochs of one cost take about as long as each other; of more kinds the first are kept. */
static size_t gather_kinds(const run_pace *list, size_t n, kind kinds[MOST_KINDS])
{
    size_t n_kinds = 0;
    for (size_t i = 0; i < n; i++) {
        size_t k = 0;
        if (list[i].epoch_s <= 0)
            continue;
        while (k < n_kinds && kinds[k].cost != list[i].cost)
            k++;
        if (k == MOST_KINDS)
            continue;
        if (k == n_kinds)
            kinds[n_kinds++] = (kind){.cost = list[i].cost};
        kinds[k].epoch_s += list[i].epoch_s;
        kinds[k].n++;
    }
    for (size_t k = 0; k < n_kinds; k++)
        kinds[k].epoch_s /= (double)kinds[k].n;
    return n_kinds;
}

static double distance(double a, double b)
{
    return a > b ? a / b : b / a;
}

static double seconds_of(const run_pace *pace, const kind *kinds, size_t n)
{
    const kind *nearest = &kinds[0];
    if (pace->epoch_s > 0)
        return pace->epoch_s;
    for (size_t k = 1; k < n; k++)
        if (distance(kinds[k].cost, pace->cost) < distance(nearest->cost, pace->cost))
            nearest = &kinds[k];
    return nearest->epoch_s * pace->cost / nearest->cost;
}

double run_forecast(const run_pace *list, size_t n, size_t workers)
{
    kind kinds[MOST_KINDS];
    size_t n_kinds = gather_kinds(list, n, kinds);
    double work = 0, longest = 0;
    if (n_kinds == 0)
        return (double)NAN;
    for (size_t i = 0; i < n; i++) {
        double left = (double)list[i].left, epoch_s = seconds_of(&list[i], kinds, n_kinds);
        work += left * epoch_s;
        longest = fmax(longest, left * fmax(epoch_s, list[i].wall_s));
    }
    return fmax(work / (double)(workers > 0 ? workers : 1), longest);
}
