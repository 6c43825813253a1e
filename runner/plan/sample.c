/* Which held-out sequences are shown beside their reconstructions. */
#include "engine/base/mem.h"
#include "runner/plan/plan_priv.h"

#define MOST_OF_CLASS 3
#define MOST_SAMPLES  48 /* of anomalies, when there are many classes */

/* A class among the anomalies. */
typedef struct share {
    size_t count;        /* anomalies */
    size_t quota, begin; /* samples, and where they begin among all */
    size_t taken;
} share;

/* One of each class, then a second, then a third, while there is room. */
static size_t set_quotas(share *shares, size_t n_classes)
{
    size_t total = 0, at = 0;
    for (size_t round = 1; round <= MOST_OF_CLASS; round++)
        for (size_t c = 0; c < n_classes && total < MOST_SAMPLES; c++)
            if (shares[c].count >= round) {
                shares[c].quota++;
                total++;
            }
    for (size_t c = 0; c < n_classes; c++) {
        shares[c].begin = at;
        at += shares[c].quota;
    }
    return total;
}

static void take_anomalies(const eng_split *s, const eng_dataset *set, share *shares,
                           run_sample *samples)
{
    for (size_t i = 0; i < s->n_anomaly; i++) {
        share *of = &shares[set->labels[s->anomaly[i]]];
        if (of->taken < of->quota)
            samples[of->begin + of->taken++] =
                (run_sample){.is_anomaly = true, .index = i, .row = s->anomaly[i]};
    }
}

swp_status run_samples_pick(run_split *split, const eng_dataset *set, swp_err *err)
{
    const eng_split *s = &split->split;
    size_t n_normal = s->n_test < MOST_OF_CLASS ? s->n_test : MOST_OF_CLASS;
    share *shares = swp_alloc(set->n_classes, sizeof *shares);
    split->samples = swp_alloc(n_normal + MOST_SAMPLES, sizeof *split->samples);
    if (!shares || !split->samples) {
        swp_free(shares);
        return swp_fail(err, SWP_NOMEM, "out of memory for the samples of a split");
    }
    for (size_t i = 0; i < n_normal; i++)
        split->samples[i] = (run_sample){.index = i, .row = s->test[i]};
    for (size_t i = 0; i < s->n_anomaly; i++)
        shares[set->labels[s->anomaly[i]]].count++;
    split->n_samples = n_normal + set_quotas(shares, set->n_classes);
    take_anomalies(s, set, shares, split->samples + n_normal);
    swp_free(shares);
    return SWP_OK;
}
