/* Which trials get a picture of their own: of each setting that is repeated with several seeds the
 * best, the median and the worst by plot_rank, else all; if there are too many, the best of the
 * best settings. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"
#include "plots/charts_priv.h"

/* A trial of a setting. */
typedef struct candidate {
    size_t trial;
    double rank;
} candidate;

static int compare_candidates(const void *a, const void *b)
{
    const candidate *x = a, *y = b;
    if (x->rank < y->rank || x->rank > y->rank)
        return x->rank < y->rank ? -1 : 1;
    return (x->trial > y->trial) - (x->trial < y->trial);
}

/* Choose from one setting. `list` (n) is scratch. Returns how many. */
static size_t choose_of_setting(const plot_task *task, const size_t *members, size_t n,
                                candidate *list, const char **roles)
{
    for (size_t i = 0; i < n; i++)
        list[i] = (candidate){members[i], plot_rank(task, members[i])};
    qsort(list, n, sizeof *list, compare_candidates);
    for (size_t i = 0; i < n && n <= 3; i++)
        roles[list[i].trial] = "";
    if (n <= 3)
        return n;
    roles[list[0].trial] = "best";
    roles[list[(n - 1) / 2].trial] = "median";
    roles[list[n - 1].trial] = "worst";
    return 3;
}

/* Keep the best of those that were chosen. */
static void thin(const plot_task *task, size_t most, candidate *list, const char **roles)
{
    size_t n = 0;
    for (size_t t = 0; t < task->study.n_trials; t++)
        if (roles[t] && strcmp(roles[t], "median") != 0 && strcmp(roles[t], "worst") != 0)
            list[n++] = (candidate){t, plot_rank(task, t)};
    qsort(list, n, sizeof *list, compare_candidates);
    for (size_t t = 0; t < task->study.n_trials; t++)
        roles[t] = NULL;
    for (size_t i = 0; i < n && i < most; i++)
        roles[list[i].trial] = "";
}

swp_status plot_singles_choose(const plot_task *task, const bool *use, const char **roles,
                               swp_err *err)
{
    static const plot_limits all = {.most = SIZE_MAX};
    plot_groups settings;
    size_t n = 0;
    plot_task plain = *task; /* by all parameters, whatever the charts are by */
    plain.n_by = 0;
    swp_status status = plot_groups_make(&plain, use, &all, SIZE_MAX, &settings, err);
    candidate *list = swp_alloc(task->study.n_trials, sizeof *list);
    if (status == SWP_OK && !list)
        status = swp_fail(err, SWP_NOMEM, "out of memory");
    for (size_t t = 0; t < task->study.n_trials; t++)
        roles[t] = NULL;
    for (size_t g = 0; g < settings.n && status == SWP_OK; g++)
        n += choose_of_setting(task, settings.members + settings.begin[g],
                               plot_group_size(&settings, g), list, roles);
    size_t most = task->options->singles;
    if (status == SWP_OK && n > (most > 0 ? most : PLOT_SINGLES))
        thin(task, most > 0 ? most : PLOT_SINGLES_OF_MANY, list, roles);
    swp_free(list);
    plot_groups_deinit(&settings);
    return status;
}

void plot_single_name(const plot_task *task, const char *what, size_t trial, char out[64])
{
    int n = snprintf(out, 64, "%s_%03zu", what, task->study.trials[trial].number);
    for (size_t p = 0; p < task->study.n_params; p++) {
        const res_param *param = &task->study.params[p];
        const char *text = param->values[param->of[trial]].text;
        bool digits = *text && strspn(text, "0123456789") == strlen(text);
        if (!param->is_seed || !param->differs || !digits || n + 6 + (int)strlen(text) >= 64)
            continue;
        n += snprintf(out + n, 64 - (size_t)n, "_seed_%s", text);
    }
}
