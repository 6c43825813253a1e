/* Which rows of a data set train, validate and test. Only normal rows train and validate; the test
 * set is normal rows plus anomalies. */
#ifndef ENG_SPLIT_H
#define ENG_SPLIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/data/dataset.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Both cuts are scikit-learn's train_test_split with the same random_state. */
typedef enum eng_split_order {
    /* cut 1 of the normal rows is held out; cut 2 of that tests, the rest of it validates */
    ENG_SPLIT_VAL_TEST,
    /* cut 1 of the normal rows tests; cut 2 of what remains validates */
    ENG_SPLIT_TEST_VAL
} eng_split_order;

typedef enum eng_anomalies {
    ENG_ANOMALIES_MATCH, /* as many as there are normal test rows, the first ones, or all there are
                          */
    ENG_ANOMALIES_ALL,
    ENG_ANOMALIES_COUNT /* the first `anomaly_count` */
} eng_anomalies;

typedef struct eng_split_spec {
    const char *normal_class; /* label of the normal rows */
    bool shuffle;             /* permute all rows first (numpy RandomState) */
    uint32_t shuffle_seed;
    eng_split_order order;
    double cuts[2]; /* fractions in (0, 1) */
    uint32_t split_seed;
    eng_anomalies anomalies;
    size_t anomaly_count; /* with ENG_ANOMALIES_COUNT */
    size_t n_tune;        /* anomalies of the tuning part: those that follow the test's; 0: none */
} eng_split_spec;

/* Row numbers of the data set, each part in the order in which the study uses it. */
typedef struct eng_split {
    uint32_t *train, *val, *test, *anomaly;
    size_t n_train, n_val, n_test, n_anomaly; /* each >= 1 */
    const uint32_t *tune; /* (n_tune) anomalies that thresholds and settings may be chosen by */
    size_t n_tune;        /* none of them is in the test set; their normal rows are val */
    bool fewer_anomalies; /* ENG_ANOMALIES_MATCH found fewer than normal test rows */
    const char *blamed;   /* after an error CONFIG the field of the spec that is wrong, else NULL */
} eng_split;

/* errors   CONFIG (no such class, a part would be empty, more anomalies asked for than there are),
 *          FORMAT (missing values in the set), NOMEM
 * owns     *out is the caller's storage: eng_split_deinit, also after an error */
SWP_CHECKED swp_status eng_split_init(eng_split *out, const eng_dataset *set,
                                      const eng_split_spec *spec, swp_err *err);
void eng_split_deinit(eng_split *split);

#ifdef __cplusplus
}
#endif
#endif
