#include "engine/data/synth.h"

#include <math.h>
#include <string.h>

#include "engine/base/mem.h"
#include "tests/support/cmocka_all.h"

static eng_dataset *made(size_t rows, uint32_t seed)
{
    eng_dataset *set;
    assert_int_equal(eng_synth_ecg(rows, seed, &set, NULL), SWP_OK);
    return set;
}

static void classes_have_ecg5000s_proportions(void **state)
{
    (void)state;
    static const size_t want[] = {2919, 1767, 96, 194, 24};
    eng_dataset *set = made(5000, 1);
    assert_int_equal(set->n_rows, 5000);
    assert_int_equal(set->length, 140);
    assert_int_equal(set->n_classes, 5);
    assert_int_equal(set->n_missing, 0);
    assert_true(set->synthetic);
    assert_string_equal(set->name, "builtin:ecg");
    assert_string_equal(set->source, "synthetic, seed 1");
    size_t found[5] = {0};
    for (size_t i = 0; i < set->n_rows; i++)
        found[set->labels[i]]++;
    for (size_t i = 0; i < 5; i++) {
        const char name[] = {(char)('1' + i), '\0'};
        assert_string_equal(set->classes[i].name, name);
        assert_int_equal(set->classes[i].count, want[i]);
        assert_int_equal(found[i], want[i]);
    }
    eng_dataset_destroy(set);
}

static void small_sets_have_every_class(void **state)
{
    (void)state;
    eng_dataset *set = made(ENG_SYNTH_MIN_ROWS, 3);
    size_t sum = 0;
    for (size_t i = 0; i < 5; i++) {
        assert_true(set->classes[i].count >= 1);
        sum += set->classes[i].count;
    }
    assert_int_equal(sum, ENG_SYNTH_MIN_ROWS);
    eng_dataset_destroy(set);
}

static void rows_are_z_normalised(void **state)
{
    (void)state;
    eng_dataset *set = made(200, 2);
    for (size_t row = 0; row < set->n_rows; row++) {
        double mean = 0, square = 0;
        for (size_t i = 0; i < set->length; i++) {
            double value = (double)set->values[row * set->length + i];
            mean += value / (double)set->length;
            square += value * value / (double)set->length;
        }
        assert_true(fabs(mean) < 1e-6);
        assert_true(fabs(square - 1) < 1e-6);
    }
    eng_dataset_destroy(set);
}

/* If these change, earlier results of builtin:ecg are no longer comparable: do not just update the
 * numbers. */
static void bits_never_change(void **state)
{
    (void)state;
    static const struct {
        size_t rows;
        uint32_t seed;
        const char *fingerprint;
    } want[] = {
        {5000, 1, "dc56c60adae1e422d50905469acf183f6d4e02b5733b57fd9ff8d273b202be8f"},
        {50, 4294967295u, "e1f5b2dd8d7a87a4a771cb15b7551e1461abe69de4d1f056a62a328bc2950d2c"},
    };
    for (size_t i = 0; i < sizeof want / sizeof want[0]; i++) {
        eng_dataset *set = made(want[i].rows, want[i].seed);
        assert_string_equal(set->fingerprint, want[i].fingerprint);
        eng_dataset_destroy(set);
    }
}

/* Share of anomalies whose distance to the mean normal beat exceeds that of nine normal beats in
 * ten: neither trivial nor impossible. ECG5000 gives 0.99 in this measure, these 0.97. */
static void classes_overlap_but_differ(void **state)
{
    (void)state;
    eng_dataset *set = made(5000, 1);
    double mean[ENG_SYNTH_LENGTH] = {0};
    for (size_t i = 0; i < set->n_rows * set->length; i++) {
        if (set->labels[i / set->length] == 0)
            mean[i % set->length] += (double)set->values[i] / 2919;
    }
    enum { BINS = 1000 };
    size_t normal[BINS] = {0}, anomaly[BINS] = {0};
    for (size_t row = 0; row < set->n_rows; row++) {
        double distance = 0;
        for (size_t i = 0; i < set->length; i++)
            distance += fabs((double)set->values[row * set->length + i] - mean[i]);
        size_t bin = distance < BINS - 1 ? (size_t)distance : BINS - 1;
        (set->labels[row] == 0 ? normal : anomaly)[bin]++;
    }
    size_t bin = 0, below = 0, caught = 2081;
    for (; below < 2919 * 9 / 10; bin++) {
        below += normal[bin];
        caught -= anomaly[bin];
    }
    assert_in_range(caught, 2081 * 90 / 100, 2081 * 99 / 100);
    eng_dataset_destroy(set);
}

static void impossible_sizes_are_refused(void **state)
{
    (void)state;
    eng_dataset *set;
    swp_err err;
    assert_int_equal(eng_synth_ecg(49, 1, &set, &err), SWP_CONFIG);
    assert_null(set);
    assert_string_equal(err.text, "expected 50 to 10000000 synthetic beats, found 49");
    assert_int_equal(eng_synth_ecg((size_t)ENG_MAX_ROWS + 1, 1, &set, &err), SWP_CONFIG);
}

static void lack_of_memory_is_survived(void **state)
{
    (void)state;
    swp_status status = SWP_NOMEM;
    unsigned long n = 1;
    for (; status == SWP_NOMEM; n++) {
        eng_dataset *set;
        swp_mem_fail_at(n);
        status = eng_synth_ecg(50, 1, &set, NULL);
        swp_mem_fail_at(0);
        eng_dataset_destroy(set);
    }
    assert_int_equal(status, SWP_OK);
    assert_true(n > 12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(classes_have_ecg5000s_proportions),
        cmocka_unit_test(small_sets_have_every_class),
        cmocka_unit_test(rows_are_z_normalised),
        cmocka_unit_test(bits_never_change),
        cmocka_unit_test(classes_overlap_but_differ),
        cmocka_unit_test(impossible_sizes_are_refused),
        cmocka_unit_test(lack_of_memory_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
