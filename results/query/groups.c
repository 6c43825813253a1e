/* In which parameters trials differ, and which trials agree: tables average them and charts draw
 * them as one line. */
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

/* Whether trials that agree in `within` (NULL: all of them) differ in a parameter. Chance makes few
 * trials of a search agree: then the answer is yes. */
static swp_status find_difference(const res_study *study, const bool *use, const res_param *p,
                                  const res_param *within, bool *out, swp_err *err)
{
    size_t n = within ? within->n_values : 1, n_trials = 0, n_seen = 0;
    size_t *seen = swp_alloc(n, sizeof *seen); /* value + 1 of the first trial */
    *out = false;
    if (!seen)
        return swp_fail(err, SWP_NOMEM, "out of memory");
    for (size_t t = 0; t < study->n_trials && !*out; t++) {
        if (!use[t])
            continue;
        size_t *value = &seen[within ? within->of[t] : 0];
        *out = *value != 0 && *value != p->of[t] + (size_t)1;
        n_seen += *value == 0;
        n_trials++;
        *value = p->of[t] + (size_t)1;
    }
    *out = *out || (study->is_search && within && n_trials < 2 * n_seen);
    swp_free(seen);
    return SWP_OK;
}

swp_status res_axes_find(const res_study *study, const bool *use, res_axes *out, swp_err *err)
{
    *out = (res_axes){.list = swp_alloc(study->n_params, sizeof *out->list)};
    swp_status status = out->list ? SWP_OK : swp_fail(err, SWP_NOMEM, "out of memory");
    for (int seeds = 0; seeds < 2; seeds++) {
        for (size_t p = 0; p < study->n_params && status == SWP_OK; p++) {
            const res_param *param = &study->params[p];
            bool differs = param->differs && param->is_seed == (seeds == 1);
            if (differs)
                status = find_difference(study, use, param, NULL, &differs, err);
            for (size_t i = 0; i < out->n_all && differs && status == SWP_OK; i++)
                status =
                    find_difference(study, use, param, &study->params[out->list[i]], &differs, err);
            if (differs)
                out->list[out->n_all++] = p;
        }
        out->n = seeds == 0 ? out->n_all : out->n;
    }
    return status;
}

void res_axes_deinit(res_axes *axes)
{
    swp_free(axes->list);
    *axes = (res_axes){0};
}
