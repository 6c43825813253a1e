/* The default threshold and epoch count. */
#include "results/query/defaults.h"

#include <string.h>

#include "results/query/select.h"

bool res_threshold_equal(res_threshold a, res_threshold b)
{
    return a.kind == b.kind && a.value == b.value;
}

bool res_threshold_by_labels(res_threshold threshold)
{
    return threshold.kind == RES_THRESHOLD_BEST_F1 || threshold.kind == RES_THRESHOLD_YOUDEN;
}

/* Of many evaluations three thresholds decide: the first, one that differs from it, and the
 * percentile that is the default among all percentiles. */
res_default res_default_of(const res_evaluation *planned, size_t n)
{
    res_default usual = {.epochs = 0};
    res_threshold few[3] = {{RES_THRESHOLD_VALUE, 0}};
    size_t n_few = 0, percentile = SIZE_MAX;
    for (size_t i = 0; i < n; i++) {
        const res_threshold t = planned[i].threshold;
        usual.epochs = planned[i].epochs > usual.epochs ? planned[i].epochs : usual.epochs;
        if (n_few == 0 || (n_few == 1 && !res_threshold_equal(t, few[0])))
            few[n_few++] = t;
        if (t.kind != RES_THRESHOLD_PERCENTILE)
            continue;
        const res_threshold two[] = {percentile < n ? planned[percentile].threshold : t, t};
        percentile = res_threshold_equal(res_threshold_default(two, 2), t) ? i : percentile;
    }
    if (percentile < n)
        few[n_few++] = planned[percentile].threshold;
    usual.threshold = res_threshold_default(few, n_few);
    for (size_t i = 0; i < n_few; i++)
        usual.is_planned |= res_threshold_equal(usual.threshold, few[i]);
    return usual;
}

bool res_thresholds_differ(const res_evaluation *list, size_t n)
{
    for (size_t i = 1; i < n; i++)
        if (!res_threshold_equal(list[i].threshold, list[0].threshold))
            return true;
    return false;
}

bool res_epochs_differ(const res_evaluation *list, size_t n)
{
    for (size_t i = 1; i < n; i++)
        if (list[i].epochs != list[0].epochs)
            return true;
    return false;
}

size_t res_keep_largest_epochs(res_evaluation *list, size_t n, uint32_t *room, size_t n_trials)
{
    size_t kept = 0;
    memset(room, 0, n_trials * sizeof *room);
    for (size_t i = 0; i < n; i++)
        if (list[i].epochs > room[list[i].trial])
            room[list[i].trial] = list[i].epochs;
    for (size_t i = 0; i < n; i++)
        if (list[i].epochs == room[list[i].trial])
            list[kept++] = list[i];
    return kept;
}

bool res_clauses_name(const res_study *study, const char *const *clauses, size_t n, int key)
{
    swp_err unknown;
    for (size_t i = 0; i < n; i++) {
        int named;
        size_t length = strcspn(clauses[i], "=");
        if (res_key_find(study, clauses[i], length, &named, &unknown) == SWP_OK && named == key)
            return true;
    }
    return false;
}
