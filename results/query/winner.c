/* The fits of a confirm stage as a table, one row for each trial that they repeat. */
#include "results/query/winner.h"

#include <math.h>
#include <stdlib.h>

#include "engine/base/mem.h"

typedef struct fits {
    size_t *row_of;     /* (trials of the study) from 1; 0: it is not repeated */
    size_t *n_of;       /* (trials of the study) its fits */
    size_t *candidates; /* (n) trials, in the order in which they were repeated */
    size_t n, most;     /* rows; fits of one trial */
    double *values;     /* (n, most) minimised; NAN of failed fits */
} fits;

static void fits_deinit(fits *f)
{
    swp_free(f->row_of);
    swp_free(f->n_of);
    swp_free(f->candidates);
    swp_free(f->values);
}

/* The trial that a fit repeats, or SIZE_MAX. */
static size_t repeated_by(const res_study *study, size_t fit)
{
    size_t number = study->trials[fit].confirms;
    for (size_t t = 0; t < fit && number > 0; t++)
        if (study->trials[t].number == number)
            return t;
    return SIZE_MAX;
}

static swp_status count_fits(const res_study *study, fits *f, swp_err *err)
{
    size_t n = study->n_trials;
    *f = (fits){.row_of = swp_alloc(n, sizeof *f->row_of),
                .n_of = swp_alloc(n, sizeof *f->n_of),
                .candidates = swp_alloc(n, sizeof *f->candidates)};
    if (!f->row_of || !f->n_of || !f->candidates)
        return swp_fail(err, SWP_NOMEM, "out of memory for %zu trials", n);
    for (size_t i = 0; i < n; i++) {
        size_t t = repeated_by(study, i);
        if (t == SIZE_MAX)
            continue;
        if (f->row_of[t] == 0) {
            f->candidates[f->n++] = t;
            f->row_of[t] = f->n;
        }
        if (++f->n_of[t] > f->most)
            f->most = f->n_of[t];
    }
    f->values = swp_alloc(f->n * f->most, sizeof *f->values);
    return f->values ? SWP_OK : swp_fail(err, SWP_NOMEM, "out of memory for %zu fits", n);
}

static void fill_values(const res_study *study, const res_standing *standing, double sign, fits *f)
{
    for (size_t k = 0; k < f->n * f->most; k++)
        f->values[k] = (double)NAN;
    for (size_t i = 0; i < study->n_trials; i++) {
        size_t t = repeated_by(study, i);
        if (t != SIZE_MAX)
            f->values[(f->row_of[t] - 1) * f->most + --f->n_of[t]] = sign * standing->of[i];
    }
}

static bool has_ended(const res_study *study)
{
    for (size_t i = 0; i < study->n_trials; i++) {
        const res_trial *t = &study->trials[i];
        if (t->confirms > 0 && t->state != RES_DONE && t->state != RES_FAILED)
            return false;
    }
    return true;
}

static res_confirmed negate(const res_confirmed *c)
{
    return (res_confirmed){c->candidate, c->n, -c->mean, -c->high, -c->low};
}

swp_status res_winner_find(const res_study *study, const res_standing *standing, res_winner *out,
                           bool *found, swp_err *err)
{
    *found = false;
    if (!has_ended(study))
        return SWP_OK;
    fits f;
    swp_status status = count_fits(study, &f, err);
    if (status == SWP_OK) {
        bool maximize = study->step_metrics[study->objective].maximize;
        res_confirmed fresh;
        fill_values(study, standing, maximize ? -1 : 1, &f);
        *found = res_confirm(f.values, f.n, f.most, &fresh);
        *out = (res_winner){.n_candidates = f.n, .fresh = fresh};
        if (*found)
            out->trial = f.candidates[fresh.candidate];
        if (maximize)
            out->fresh = negate(&fresh);
    }
    fits_deinit(&f);
    return status;
}

/* Values are still minimised. */
static int compare_candidates(const void *a, const void *b)
{
    const res_candidate *x = a, *y = b;
    bool known[] = {x->fresh.n > 0, y->fresh.n > 0};
    if (known[0] != known[1])
        return known[0] ? -1 : 1;
    if (known[0] && (x->fresh.mean < y->fresh.mean || x->fresh.mean > y->fresh.mean))
        return x->fresh.mean < y->fresh.mean ? -1 : 1;
    return (x->trial > y->trial) - (x->trial < y->trial);
}

swp_status res_candidates_list(const res_study *study, const res_standing *standing,
                               res_candidate **out, size_t *n, swp_err *err)
{
    fits f;
    bool maximize = study->step_metrics[study->objective].maximize;
    *n = 0;
    *out = NULL;
    swp_status status = count_fits(study, &f, err);
    if (status == SWP_OK && !(*out = swp_alloc(f.n, sizeof **out)))
        status = swp_fail(err, SWP_NOMEM, "out of memory for %zu trials", f.n);
    if (status == SWP_OK) {
        fill_values(study, standing, maximize ? -1 : 1, &f);
        for (*n = 0; *n < f.n; ++*n)
            (*out)[*n] =
                (res_candidate){f.candidates[*n], res_confirm_one(f.values, f.n, f.most, *n)};
        qsort(*out, *n, sizeof **out, compare_candidates);
        for (size_t i = 0; maximize && i < *n; i++)
            (*out)[i].fresh = negate(&(*out)[i].fresh);
    }
    fits_deinit(&f);
    return status;
}
