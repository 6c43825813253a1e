/* Means and standard deviations of each class at each time step, in two passes over the values. */
#include "engine/data/profile.h"

#include <math.h>

#include "engine/base/mem.h"

static void add_values(const eng_dataset *set, double *sums)
{
    for (size_t i = 0; i < set->n_rows; i++)
        for (size_t t = 0; t < set->length; t++)
            sums[set->labels[i] * set->length + t] += (double)set->values[i * set->length + t];
}

static void add_squares(const eng_dataset *set, const double *means, double *sums)
{
    for (size_t i = 0; i < set->n_rows; i++)
        for (size_t t = 0; t < set->length; t++) {
            size_t at = set->labels[i] * set->length + t;
            double away = (double)set->values[i * set->length + t] - means[at];
            sums[at] += away * away;
        }
}

swp_status eng_profile_init(eng_profile *out, const eng_dataset *set, swp_err *err)
{
    size_t n = set->n_classes * set->length;
    double *means = swp_alloc(n, sizeof *means);
    double *squares = swp_alloc(n, sizeof *squares);
    *out = (eng_profile){.mean = swp_alloc(n, sizeof(float)), .sd = swp_alloc(n, sizeof(float))};
    swp_status status = SWP_OK;
    if (!means || !squares || !out->mean || !out->sd) {
        status = swp_fail(err, SWP_NOMEM, "out of memory for the profile of %zu classes",
                          set->n_classes);
        goto done;
    }
    add_values(set, means);
    for (size_t i = 0; i < n; i++)
        means[i] /= (double)set->classes[i / set->length].count;
    add_squares(set, means, squares);
    for (size_t i = 0; i < n; i++) {
        double count = (double)set->classes[i / set->length].count;
        out->mean[i] = (float)means[i];
        out->sd[i] = count > 1 ? (float)sqrt(squares[i] / (count - 1)) : NAN;
    }
done:
    swp_free(squares);
    swp_free(means);
    return status;
}

void eng_profile_deinit(eng_profile *profile)
{
    swp_free(profile->mean);
    swp_free(profile->sd);
    *profile = (eng_profile){0};
}
