/* Trials that agree in some parameters: what tables average and charts draw as one line. */
#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"
#include "results/query/study.h"

/* A trial with the indexes of its values; the place of the keys is common to all that are sorted.
 */
typedef struct keyed {
    const uint32_t *key; /* (n) */
    size_t n, trial;
} keyed;

static int compare_keys(const keyed *a, const keyed *b)
{
    for (size_t i = 0; i < a->n; i++)
        if (a->key[i] != b->key[i])
            return a->key[i] < b->key[i] ? -1 : 1;
    return 0;
}

static int compare_keyed(const void *a, const void *b)
{
    const keyed *x = a, *y = b;
    int order = compare_keys(x, y);
    return order ? order : (x->trial > y->trial) - (x->trial < y->trial);
}

swp_status res_groups_make(const res_study *study, const size_t *params, size_t n_params,
                           res_groups *out, swp_err *err)
{
    size_t n = study->n_trials;
    *out = (res_groups){.of = swp_alloc(n, sizeof *out->of),
                        .first = swp_alloc(n, sizeof *out->first),
                        .size = swp_alloc(n, sizeof *out->size)};
    keyed *sorted = swp_alloc(n, sizeof *sorted);
    uint32_t *keys = swp_alloc(n * n_params, sizeof *keys);
    swp_status status = SWP_OK;
    if (!out->of || !out->first || !out->size || !sorted || !keys) {
        status = swp_fail(err, SWP_NOMEM, "out of memory for %zu trials", n);
        goto done;
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t p = 0; p < n_params; p++)
            keys[i * n_params + p] = study->params[params[p]].of[i];
        sorted[i] = (keyed){.key = keys + i * n_params, .n = n_params, .trial = i};
    }
    qsort(sorted, n, sizeof *sorted, compare_keyed);
    for (size_t i = 0; i < n; i++) {
        if (i == 0 || compare_keys(&sorted[i - 1], &sorted[i]) != 0)
            out->first[out->n++] = sorted[i].trial;
        out->of[sorted[i].trial] = out->n - 1;
        out->size[out->n - 1]++;
    }
done:
    swp_free(keys);
    swp_free(sorted);
    return status;
}

void res_groups_deinit(res_groups *groups)
{
    swp_free(groups->of);
    swp_free(groups->first);
    swp_free(groups->size);
    *groups = (res_groups){0};
}
