/* Rows of a data set into parts that train, validate and test, as scikit-learn cuts them. */
#include "engine/data/split.h"

#include "engine/base/mem.h"
#include "engine/base/str.h"
#include "engine/data/rng.h"

typedef struct part {
    uint32_t *rows;
    size_t n;
} part;

static bool part_alloc(part *p, size_t most)
{
    p->rows = swp_alloc(most, sizeof *p->rows);
    return p->rows;
}

static swp_status no_memory(size_t n_rows, swp_err *err)
{
    return swp_fail(err, SWP_NOMEM, "no memory to split %zu rows", n_rows);
}

static swp_status no_such_class(const eng_dataset *set, const char *name, swp_err *err)
{
    swp_status status = swp_fail(err, SWP_CONFIG, "%s has no class \"%s\"", set->name, name);
    swp_buf names = {0};
    for (size_t i = 0; i < set->n_classes && names.length < 400; i++)
        swp_buf_printf(&names, "%s%s (%zu)", i ? ", " : "", set->classes[i].name,
                       set->classes[i].count);
    if (!names.failed)
        swp_hint(err, "its classes and their rows: %s", names.text);
    swp_buf_deinit(&names);
    return status;
}

static swp_status check(const eng_dataset *set, const eng_split_spec *spec, swp_err *err)
{
    if (set->n_missing > 0) {
        swp_status status =
            swp_fail(err, SWP_FORMAT, "%s: missing; %s has %zu missing value%s and models need all",
                     set->first_missing, set->name, set->n_missing, set->n_missing == 1 ? "" : "s");
        swp_hint(err, "fill the gaps or remove these rows from the file");
        return status;
    }
    if (eng_dataset_class(set, spec->normal_class) == set->n_classes)
        return no_such_class(set, spec->normal_class, err);
    return SWP_OK;
}

/* All rows in the study's order, normal ones and anomalies apart. */
static swp_status sort_rows(const eng_dataset *set, const eng_split_spec *spec, part *normal,
                            part *anomaly, swp_err *err)
{
    part all = {0};
    if (!part_alloc(&all, set->n_rows) || !part_alloc(normal, set->n_rows) ||
        !part_alloc(anomaly, set->n_rows)) {
        swp_free(all.rows);
        return no_memory(set->n_rows, err);
    }
    for (size_t i = 0; i < set->n_rows; i++)
        all.rows[i] = (uint32_t)i;
    if (spec->shuffle) {
        eng_rng rng;
        eng_rng_seed(&rng, spec->shuffle_seed);
        eng_rng_numpy_permutation(&rng, all.rows, set->n_rows);
    }
    size_t normal_class = eng_dataset_class(set, spec->normal_class);
    for (size_t i = 0; i < set->n_rows; i++) {
        uint32_t row = all.rows[i];
        part *side = set->labels[row] == normal_class ? normal : anomaly;
        side->rows[side->n++] = row;
    }
    swp_free(all.rows);
    return SWP_OK;
}

/* Cut `whole` in two new parts. */
static swp_status cut(const part *whole, double fraction, uint32_t seed, part *rest, part *taken,
                      swp_err *err)
{
    if (!part_alloc(rest, whole->n) || !part_alloc(taken, whole->n))
        return no_memory(whole->n, err);
    swp_status status =
        eng_rng_train_test_split(whole->n, fraction, seed, rest->rows, taken->rows, &taken->n, err);
    if (status != SWP_OK)
        return status;
    rest->n = whole->n - taken->n;
    for (size_t i = 0; i < rest->n; i++)
        rest->rows[i] = whole->rows[rest->rows[i]];
    for (size_t i = 0; i < taken->n; i++)
        taken->rows[i] = whole->rows[taken->rows[i]];
    return SWP_OK;
}

static swp_status cut_normal(eng_split *out, const part *normal, const eng_split_spec *spec,
                             swp_err *err)
{
    for (int i = 0; i < 2; i++) {
        if (!(spec->cuts[i] > 0 && spec->cuts[i] < 1))
            return swp_fail(err, SWP_CONFIG,
                            "cut %d: expected a fraction between 0 and 1, found %g", i + 1,
                            spec->cuts[i]);
    }
    bool val_test = spec->order == ENG_SPLIT_VAL_TEST;
    part train = {0}, val = {0}, test = {0}, between = {0};

    swp_status status = val_test
                            ? cut(normal, spec->cuts[0], spec->split_seed, &train, &between, err)
                            : cut(normal, spec->cuts[0], spec->split_seed, &between, &test, err);
    if (status == SWP_OK)
        status = val_test ? cut(&between, spec->cuts[1], spec->split_seed, &val, &test, err)
                          : cut(&between, spec->cuts[1], spec->split_seed, &train, &val, err);
    swp_free(between.rows);
    *out = (eng_split){.train = train.rows,
                       .val = val.rows,
                       .test = test.rows,
                       .n_train = train.n,
                       .n_val = val.n,
                       .n_test = test.n};
    return status;
}

/* The tuning part leaves the test set too few anomalies. */
static swp_status too_few_left(eng_split *out, size_t found, const eng_split_spec *spec,
                               swp_err *err)
{
    size_t most = found > out->n_anomaly ? found - out->n_anomaly : 0;
    if (spec->anomalies != ENG_ANOMALIES_COUNT)
        most = found - 1;
    out->blamed = "tune_anomalies";
    swp_status status =
        swp_fail(err, SWP_CONFIG, "expected at most %zu of the %zu anomalies, found %zu", most,
                 found, spec->n_tune);
    swp_hint(err, "the test set needs the others");
    return status;
}

static swp_status count_anomalies(eng_split *out, size_t found, const eng_split_spec *spec,
                                  swp_err *err)
{
    size_t left = found > spec->n_tune ? found - spec->n_tune : 0;
    switch (spec->anomalies) {
    case ENG_ANOMALIES_MATCH:
        /* A set with few anomalies is still worth a test: take all of them. */
        out->n_anomaly = out->n_test < left ? out->n_test : left;
        out->fewer_anomalies = out->n_anomaly < out->n_test;
        break;
    case ENG_ANOMALIES_ALL:
        out->n_anomaly = left;
        break;
    case ENG_ANOMALIES_COUNT:
        out->n_anomaly = spec->anomaly_count;
        break;
    }
    if (left == 0 || (out->n_anomaly > left && out->n_anomaly <= found))
        return too_few_left(out, found, spec, err);
    if (out->n_anomaly == 0)
        return swp_fail(err, SWP_CONFIG, "expected at least 1 anomaly, found 0 asked for");
    if (out->n_anomaly > found) {
        swp_status status =
            swp_fail(err, SWP_CONFIG, "expected %zu rows outside class \"%s\", found %zu",
                     out->n_anomaly, spec->normal_class, found);
        swp_hint(err, "take all of them, or at most %zu", found);
        return status;
    }
    out->tune = out->anomaly + out->n_anomaly;
    out->n_tune = spec->n_tune;
    return SWP_OK;
}

swp_status eng_split_init(eng_split *out, const eng_dataset *set, const eng_split_spec *spec,
                          swp_err *err)
{
    *out = (eng_split){0};
    part normal = {0}, anomaly = {0};
    const char *field = "normal_class";
    swp_status status = check(set, spec, err);
    if (status != SWP_OK)
        goto done;
    status = sort_rows(set, spec, &normal, &anomaly, err);
    if (status == SWP_OK && anomaly.n == 0)
        status = swp_fail(err, SWP_CONFIG, "no anomalies: all rows are of class \"%s\"",
                          spec->normal_class);
    if (status != SWP_OK)
        goto done;
    field = "cuts";
    status = cut_normal(out, &normal, spec, err);
    if (status != SWP_OK)
        goto done;
    out->anomaly = anomaly.rows;
    anomaly.rows = NULL;
    field = "anomalies";
    status = count_anomalies(out, anomaly.n, spec, err);
done:
    swp_free(anomaly.rows);
    swp_free(normal.rows);
    field = out->blamed ? out->blamed : field;
    if (status != SWP_OK)
        eng_split_deinit(out);
    if (status == SWP_CONFIG)
        out->blamed = field;
    return status;
}

void eng_split_deinit(eng_split *split)
{
    swp_free(split->train);
    swp_free(split->val);
    swp_free(split->test);
    swp_free(split->anomaly);
    *split = (eng_split){0};
}
