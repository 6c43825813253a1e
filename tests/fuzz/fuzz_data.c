/* Data files. The first lines of a file decide its format; its name only decides where labels are
 * in text without a header. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/data/dataset.h"
#include "engine/data/split.h"
#include "tests/fuzz/fuzz.h"

static const swp_status refusals[] = {SWP_FORMAT};

static void check_set(const eng_dataset *set)
{
    size_t missing = 0, *counts = calloc(set->n_classes, sizeof *counts);
    FUZZ_CHECK(counts && set->n_rows > 0 && set->length > 0 && set->n_classes > 0);
    FUZZ_CHECK(strlen(set->fingerprint) == ENG_FINGERPRINT_SIZE - 1);
    for (size_t i = 0; i < set->n_rows * set->length; i++) {
        FUZZ_CHECK(!isinf(set->values[i]));
        missing += isnan(set->values[i]) != 0;
    }
    FUZZ_CHECK(missing == set->n_missing && (missing > 0) == (set->first_missing != NULL));
    for (size_t i = 0; i < set->n_rows; i++) {
        FUZZ_CHECK(set->labels[i] < set->n_classes);
        counts[set->labels[i]]++;
    }
    for (size_t i = 0; i < set->n_classes; i++)
        FUZZ_CHECK(counts[i] == set->classes[i].count &&
                   (set->unlabelled || set->classes[i].name[0]));
    free(counts);
}

/* Split with the last class as the normal one: valid parts, or a refusal. */
static void check_split(const eng_dataset *set)
{
    const eng_split_spec spec = {.normal_class = set->classes[set->n_classes - 1].name,
                                 .shuffle = true,
                                 .cuts = {0.5, 0.5},
                                 .anomalies = ENG_ANOMALIES_ALL};
    static const swp_status kinds[] = {SWP_CONFIG, SWP_FORMAT};
    eng_split split;
    swp_err err = {0};
    swp_status status = eng_split_init(&split, set, &spec, &err);
    if (status != SWP_OK)
        fuzz_check_refusal(status, &err, kinds, 2);
    for (size_t i = 0; status == SWP_OK && i < split.n_train; i++)
        FUZZ_CHECK(set->labels[split.train[i]] == set->n_classes - 1);
    for (size_t i = 0; status == SWP_OK && i < split.n_anomaly; i++)
        FUZZ_CHECK(set->labels[split.anomaly[i]] != set->n_classes - 1);
    eng_split_deinit(&split);
}

/* The same file, read without labels. */
static void read_series(const char *path, size_t length)
{
    eng_dataset *set;
    swp_err err = {0};
    swp_status status = eng_series_load(path, length, &set, &err);
    if (status == SWP_OK)
        check_set(set);
    else
        fuzz_check_refusal(status, &err, refusals, 1);
    eng_dataset_destroy(set);
}

/* The same file, with settings of its columns. */
static void read_columns(const char *path)
{
    static const eng_reading ways[] = {
        {.columns = "2..3", .label_column = "1"},
        {.label_column = "a", .has_header = ENG_HEADER_YES},
        {.columns = "1, 3", .has_header = ENG_HEADER_NO},
    };
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        eng_dataset *set;
        swp_err err = {0};
        swp_status status = eng_dataset_load_as(path, &ways[i], &set, &err);
        if (status == SWP_OK)
            check_set(set);
        else
            fuzz_check_refusal(status, &err, refusals, 1);
        eng_dataset_destroy(set);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const char *const names[] = {FUZZ_NAMES};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        eng_dataset *set;
        swp_err err = {0};
        const char *path = fuzz_file(names[i], bytes, size);
        swp_status status = eng_dataset_load(path, &set, &err);
        if (status == SWP_OK) {
            check_set(set);
            check_split(set);
            read_series(path, set->length + 1);
        } else {
            fuzz_check_refusal(status, &err, refusals, 1);
            read_series(path, 3);
        }
        eng_dataset_destroy(set);
        read_columns(path);
    }
    return 0;
}
