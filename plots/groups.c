/* Which trials share a curve or a bar, and what it is called. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"
#include "plots/study_priv.h"
#include "plots/text_priv.h"

/* Length of the "name=value" at the start of a label; a value may hold blanks, so the wanted one is
 * compared whole. 0 if the label goes on differently. */
static size_t match(const char *label, const char *pair)
{
    size_t n = strlen(pair);
    bool whole = strncmp(label, pair, n) == 0 && (label[n] == ' ' || label[n] == '\0');
    return whole ? n : 0;
}

char *plot_trial_label(const res_trial *t, bool with_seed)
{
    char dim[64], seed[64];
    snprintf(dim, sizeof dim, "embedding_dim=%zu", t->embedding_dim);
    snprintf(seed, sizeof seed, "seed=%lu", (unsigned long)t->seed);
    swp_buf out = {0};
    swp_buf_puts(&out, "");
    for (const char *s = t->label; *s;) {
        size_t n_dim = match(s, dim), n_seed = with_seed ? 0 : match(s, seed);
        size_t n = n_dim + n_seed > 0 ? n_dim + n_seed : strcspn(s, " ");
        if (n_seed == 0 && out.length > 0)
            swp_buf_puts(&out, " ");
        if (n_dim > 0)
            swp_buf_printf(&out, "E=%zu", t->embedding_dim);
        else if (n_seed == 0)
            swp_buf_add(&out, s, n);
        s += n;
        s += *s == ' ';
    }
    if (!out.failed)
        return out.text;
    swp_buf_deinit(&out);
    return NULL;
}

/* What the trials of a group have in common; NULL without memory. */
static char *group_key(const res_trial *t, plot_level level)
{
    if (level != PLOT_DIMS)
        return plot_trial_label(t, level == PLOT_EACH);
    swp_buf out = {0};
    if (strncmp(t->label, "arch=", 5) == 0 || strstr(t->label, " arch="))
        swp_buf_printf(&out, "%s ", t->arch);
    swp_buf_printf(&out, "E=%zu", t->embedding_dim);
    if (!out.failed)
        return out.text;
    swp_buf_deinit(&out);
    return NULL;
}

static int compare_dims(const void *a, const void *b)
{
    const res_trial *x = *(const res_trial *const *)a, *y = *(const res_trial *const *)b;
    int arch = strcmp(x->arch, y->arch);
    if (arch != 0)
        return arch;
    if (x->embedding_dim != y->embedding_dim)
        return x->embedding_dim < y->embedding_dim ? -1 : 1;
    return (x->number > y->number) - (x->number < y->number);
}

/* Put one trial into its group, a new one if need be. Takes `key`. */
static void place(plot_groups *out, char *key, size_t trial)
{
    size_t g = 0;
    while (g < out->n && strcmp(out->labels[g], key) != 0)
        g++;
    if (g == out->n)
        out->labels[out->n++] = key;
    else
        swp_free(key);
    out->of[trial] = g;
    out->sizes[g]++;
    if (out->sizes[g] > out->largest)
        out->largest = out->sizes[g];
}

static swp_status group(const plot_study *study, const bool *use, plot_level level,
                        plot_groups *out, swp_err *err)
{
    *out = (plot_groups){
        .labels = swp_alloc(study->n, sizeof *out->labels),
        .sizes = swp_alloc(study->n, sizeof *out->sizes),
        .of = swp_alloc(study->n, sizeof *out->of),
        .level = level,
    };
    const res_trial **sorted = swp_alloc(study->n, sizeof *sorted);
    bool ok = out->labels && out->sizes && out->of && sorted;
    for (size_t i = 0; i < study->n && ok; i++) {
        sorted[i] = &study->trials[i];
        out->of[i] = PLOT_NO_GROUP;
    }
    if (ok)
        qsort(sorted, study->n, sizeof *sorted, compare_dims);
    for (size_t i = 0; i < study->n && ok; i++) {
        size_t trial = (size_t)(sorted[i] - study->trials);
        if (!use[trial])
            continue;
        char *key = group_key(sorted[i], level);
        ok = key != NULL;
        if (ok)
            place(out, key, trial);
    }
    swp_free(sorted);
    return ok ? SWP_OK : swp_fail(err, SWP_NOMEM, "out of memory");
}

/* The dimension in a label that is nothing else ("E=8"), or NULL. */
static const char *pure_dim(const char *label)
{
    const char *digits = label + 2;
    bool pure = strncmp(label, "E=", 2) == 0 && digits[strspn(digits, "0123456789")] == '\0';
    return pure ? digits : NULL;
}

/* Where the dimension is all that varies, or nothing does, labels are bare dimensions. */
static swp_status shorten_labels(const plot_study *study, plot_groups *groups, swp_err *err)
{
    groups->by_dim = true;
    for (size_t g = 0; g < groups->n; g++)
        groups->by_dim &= groups->labels[g][0] == '\0' || pure_dim(groups->labels[g]);
    for (size_t i = 0; i < study->n && groups->by_dim; i++) {
        if (groups->of[i] == PLOT_NO_GROUP)
            continue;
        swp_buf dim = {0};
        swp_buf_printf(&dim, "%zu", study->trials[i].embedding_dim);
        if (dim.failed)
            return swp_fail(err, SWP_NOMEM, "out of memory");
        char **label = &groups->labels[groups->of[i]];
        swp_free(*label);
        *label = dim.text;
    }
    return SWP_OK;
}

swp_status plot_groups_make(const plot_study *study, const bool *use, plot_level level, size_t most,
                            plot_groups *out, swp_err *err)
{
    swp_status status = group(study, use, level, out, err);
    while (status == SWP_OK && out->n > most && out->level < PLOT_DIMS) {
        level = out->level + 1;
        plot_groups_deinit(out);
        status = group(study, use, level, out, err);
    }
    return status == SWP_OK ? shorten_labels(study, out, err) : status;
}

void plot_groups_deinit(plot_groups *groups)
{
    for (size_t i = 0; i < groups->n; i++)
        swp_free(groups->labels[i]);
    swp_free(groups->labels);
    swp_free(groups->sizes);
    swp_free(groups->of);
    *groups = (plot_groups){0};
}

void plot_groups_head(const plot_groups *groups, swp_buf *out)
{
    swp_buf_printf(out, "n = %zu\narray labels[%zu] = [", groups->n, groups->n);
    for (size_t g = 0; g < groups->n; g++) {
        swp_buf_puts(out, g > 0 ? ", " : "");
        plot_text_quote(out, groups->labels[g], PLOT_LABEL_CHARS);
    }
    swp_buf_printf(out, "]\nlabels_prefix = '%s'\n", groups->by_dim ? "E = " : "");
}

void plot_groups_label(const plot_groups *groups, size_t g, const char *what, swp_buf *out)
{
    swp_buf_puts(out, "# ");
    plot_text_add(out, groups->labels[g], PLOT_LABEL_CHARS);
    swp_buf_printf(out, ": %s\n", what);
}
