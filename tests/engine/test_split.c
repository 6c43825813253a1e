/* Splits, row for row. The numbers were printed by tests/reference/make_splits.py, which computes
 * them with NumPy. */
#include "engine/data/split.h"

#include <math.h>
#include <string.h>

#include "engine/base/digest.h"
#include "engine/base/mem.h"
#include "engine/data/rng.h"
#include "engine/data/synth.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/data.h"

static const eng_split_spec embedding = {
    .normal_class = "1",
    .shuffle = true,
    .shuffle_seed = 42,
    .order = ENG_SPLIT_VAL_TEST,
    .cuts = {0.15, 0.33},
    .split_seed = 42,
    .anomalies = ENG_ANOMALIES_MATCH,
};

static const eng_split_spec heartbeat = {
    .normal_class = "1",
    .order = ENG_SPLIT_TEST_VAL,
    .cuts = {0.1, 0.1},
    .split_seed = 23,
    .anomalies = ENG_ANOMALIES_ALL,
};

static eng_dataset *ecg5000; /* NULL if it is not on this machine */
static eng_dataset *beats;   /* synthetic */

static int load(void **state)
{
    (void)state;
    const char *folder = test_data_folder("ECG5000");
    swp_err err;
    if (folder && eng_dataset_load(folder, &ecg5000, &err) != SWP_OK)
        return -1;
    return eng_synth_ecg(500, 1, &beats, &err) == SWP_OK ? 0 : -1;
}

static int unload(void **state)
{
    (void)state;
    eng_dataset_destroy(ecg5000);
    eng_dataset_destroy(beats);
    return 0;
}

typedef struct want_part {
    size_t n;
    uint32_t first[4];
    const char *sha256; /* over all rows as little-endian 32-bit numbers */
} want_part;

static void assert_part(const want_part *want, const uint32_t *rows, size_t n)
{
    assert_int_equal(n, want->n);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(rows[i], want->first[i]);
    swp_digest sha;
    swp_digest_init(&sha);
    for (size_t i = 0; i < n; i++) {
        const uint8_t bytes[4] = {(uint8_t)rows[i], (uint8_t)(rows[i] >> 8),
                                  (uint8_t)(rows[i] >> 16), (uint8_t)(rows[i] >> 24)};
        swp_digest_add(&sha, bytes, sizeof bytes);
    }
    char found[SWP_DIGEST_SIZE];
    swp_digest_end(&sha, found);
    assert_string_equal(found, want->sha256);
}

/* Parts in the order train, val, test, anomaly. */
static void assert_split(const eng_dataset *set, const eng_split_spec *spec,
                         const want_part want[4])
{
    if (!set)
        skip();
    eng_split split;
    swp_err err;
    assert_int_equal(eng_split_init(&split, set, spec, &err), SWP_OK);
    assert_part(&want[0], split.train, split.n_train);
    assert_part(&want[1], split.val, split.n_val);
    assert_part(&want[2], split.test, split.n_test);
    assert_part(&want[3], split.anomaly, split.n_anomaly);
    eng_split_deinit(&split);
}

static void embedding_study_row_for_row(void **state)
{
    (void)state;
    static const want_part want[4] = {
        {2481,
         {2103, 503, 3053, 769},
         "66f131d661a6bdf48205dc9e778fa9f3b8ca3069f6b33d1edbe72f59add86f98"},
        {293,
         {209, 1859, 925, 1572},
         "d1d38f5d2fe15b0296e7174d06fffa841ec6efb63325949eff756aef0229ddcb"},
        {145,
         {1598, 245, 875, 1617},
         "4910812072e983a59b88f5fd2780c7b142ce7879610a97fa1ac2773297b06580"},
        {145,
         {3543, 3351, 4767, 4066},
         "4d4c06ef51d455b03992c3f6a39866d4de22b9a1e026e21fbf62b76cf63122bc"},
    };
    assert_split(ecg5000, &embedding, want);
}

static void heartbeat_study_row_for_row(void **state)
{
    (void)state;
    static const want_part want[4] = {
        {2364,
         {1297, 2336, 2655, 561},
         "5c35e72a92be4ec1bd6c470d6a022b49d938a90bc0eefe436c5a098c7174e679"},
        {263,
         {1762, 1766, 3103, 915},
         "f7859d3f054287067939eab0157a00bd9828402ff5b5a7180ea652b1cd039347"},
        {292,
         {46, 2840, 1121, 1961},
         "666e8b20b71272cadf32ba1f856b9f75ed0f8c22587885cac1b29678770b31d8"},
        {2081,
         {292, 293, 294, 295},
         "97bea018231451416b86a081ce39c354b1cfc974c73b139633da098e94bce758"},
    };
    assert_split(ecg5000, &heartbeat, want);
}

/* The same for synthetic beats, which every machine has. */
static void synthetic_beats_row_for_row(void **state)
{
    (void)state;
    static const want_part as_embedding[4] = {
        {249,
         {258, 385, 342, 79},
         "8bb819691427daf0959a1b88efac7adb970a1943269eabae435e2217ee4991dd"},
        {30,
         {433, 55, 135, 154},
         "82a79dc3f9299cb73ea802504240882ce7eb2048326370a1e48dd35f602b779e"},
        {15,
         {270, 29, 331, 17},
         "c9acd8d6db99983b35492e7fb94073d2024cc465c3782a88e229ce11ed03bc5b"},
        {15,
         {155, 104, 377, 68},
         "4ba3f54ca4d227256a2d04555931db3e270a09ec59b5b6a24099eeaad9bf742e"},
    };
    static const want_part as_heartbeat[4] = {
        {237,
         {44, 379, 66, 13},
         "c8b6ee11f946d642cb38691cbd85c6433265d6b068357b4d948a5d028d0d3d42"},
        {27,
         {449, 38, 98, 370},
         "b17531c9ccd0001cd99642e773a7bb1d5d1e2ce122d3450ffbe42ebdea3dcb75"},
        {30,
         {343, 107, 23, 466},
         "2419f61f9972639f3f6c27ffa272cc4839505571b5622f99285ab5153b635842"},
        {206, {1, 2, 3, 7}, "573bd43c7d2f5b7afe19ebc27897148ec59eaac5500ba3ba2b5742df8fbc5575"},
    };
    assert_split(beats, &embedding, as_embedding);
    assert_split(beats, &heartbeat, as_heartbeat);
}

/* The first rows that the published embedding study prints, counted inside TEST. */
static void shuffled_rows_are_the_published_ones(void **state)
{
    (void)state;
    if (!ecg5000)
        skip();
    static const uint32_t published[] = {1001, 2086, 2153, 555, 205};
    static const float first_values[] = {1.4697557f, -1.998602f, -1.1877716f, 0.60496866f,
                                         -1.197203f};
    uint32_t *order = swp_alloc(ecg5000->n_rows, sizeof *order);
    eng_rng rng;
    eng_rng_seed(&rng, 42);
    eng_rng_numpy_permutation(&rng, order, ecg5000->n_rows);
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(order[i], published[i] + 500);
        assert_true(ecg5000->values[order[i] * ecg5000->length] == first_values[i]);
    }
    swp_free(order);
}

static void mark(const eng_dataset *set, unsigned char *seen, const uint32_t *rows, size_t n,
                 bool normal)
{
    assert_true(n > 0);
    for (size_t i = 0; i < n; i++) {
        assert_true(rows[i] < set->n_rows);
        assert_int_equal(seen[rows[i]]++, 0);
        assert_int_equal(strcmp(set->classes[set->labels[rows[i]]].name, "1") == 0, normal);
    }
}

static void parts_are_disjoint_and_complete(void **state)
{
    (void)state;
    unsigned trials = 0;
    for (uint32_t seed = 0; seed < 40; seed++) {
        eng_split_spec spec = seed % 2 ? embedding : heartbeat;
        spec.anomalies = ENG_ANOMALIES_ALL;
        spec.shuffle = seed % 3 > 0;
        spec.shuffle_seed = spec.split_seed = seed;
        spec.cuts[0] = 0.05 + 0.02 * seed;
        spec.cuts[1] = 0.9 - 0.02 * seed;
        eng_split split;
        assert_int_equal(eng_split_init(&split, beats, &spec, NULL), SWP_OK);
        unsigned char *seen = swp_alloc(beats->n_rows, 1);
        mark(beats, seen, split.train, split.n_train, true);
        mark(beats, seen, split.val, split.n_val, true);
        mark(beats, seen, split.test, split.n_test, true);
        mark(beats, seen, split.anomaly, split.n_anomaly, false);
        for (size_t i = 0; i < beats->n_rows; i++)
            assert_int_equal(seen[i], 1);
        swp_free(seen);
        eng_split_deinit(&split);
        trials++;
    }
    assert_int_equal(trials, 40);
}

static void fewer_anomalies_are_the_first_ones(void **state)
{
    (void)state;
    eng_split_spec all = embedding, some = embedding;
    all.anomalies = ENG_ANOMALIES_ALL;
    some.anomalies = ENG_ANOMALIES_COUNT;
    some.anomaly_count = 7;
    eng_split a, b;
    assert_int_equal(eng_split_init(&a, beats, &all, NULL), SWP_OK);
    assert_int_equal(eng_split_init(&b, beats, &some, NULL), SWP_OK);
    assert_int_equal(b.n_anomaly, 7);
    assert_memory_equal(a.anomaly, b.anomaly, 7 * sizeof *a.anomaly);
    assert_memory_equal(a.train, b.train, a.n_train * sizeof *a.train);
    eng_split_deinit(&a);
    eng_split_deinit(&b);
}

/* The tuning part takes nothing from the other parts: its anomalies follow those of the test. */
static void the_tuning_part_follows(void **state)
{
    (void)state;
    eng_split plain, tuned;
    eng_split_spec spec = embedding;
    assert_int_equal(eng_split_init(&plain, beats, &spec, NULL), SWP_OK);
    assert_int_equal(plain.n_tune, 0);
    spec.n_tune = 9;
    assert_int_equal(eng_split_init(&tuned, beats, &spec, NULL), SWP_OK);
    assert_int_equal(tuned.n_tune, 9);
    assert_int_equal(tuned.n_anomaly, plain.n_anomaly);
    assert_memory_equal(tuned.anomaly, plain.anomaly, plain.n_anomaly * sizeof *plain.anomaly);
    assert_memory_equal(tuned.val, plain.val, plain.n_val * sizeof *plain.val);
    for (size_t i = 0; i < tuned.n_tune; i++)
        for (size_t j = 0; j < tuned.n_anomaly; j++)
            assert_true(tuned.tune[i] != tuned.anomaly[j]);
    eng_split_deinit(&plain);
    eng_split_deinit(&tuned);
    spec.anomalies = ENG_ANOMALIES_ALL;
    assert_int_equal(eng_split_init(&tuned, beats, &spec, NULL), SWP_OK);
    assert_int_equal(tuned.n_anomaly, 206 - 9);
    eng_split_deinit(&tuned);
}

/* A set with fewer anomalies than normal test rows is tested on all of them. */
static void match_takes_what_there_is(void **state)
{
    (void)state;
    eng_split_spec spec = embedding;
    eng_split split;
    assert_int_equal(eng_split_init(&split, beats, &spec, NULL), SWP_OK);
    assert_int_equal(split.n_anomaly, split.n_test);
    assert_false(split.fewer_anomalies);
    eng_split_deinit(&split);
    /* The same beats, six of them labelled abnormal. */
    eng_class classes[2] = {{.name = beats->classes[0].name, .count = beats->n_rows - 6},
                            {.name = beats->classes[1].name, .count = 6}};
    uint32_t *labels = swp_alloc(beats->n_rows, sizeof *labels);
    for (size_t i = 0; i < 6; i++)
        labels[i * 40] = 1;
    eng_dataset set = *beats;
    set.labels = labels;
    set.classes = classes;
    set.n_classes = 2;
    assert_int_equal(eng_split_init(&split, &set, &spec, NULL), SWP_OK);
    assert_true(split.n_test > 6);
    assert_int_equal(split.n_anomaly, 6);
    assert_true(split.fewer_anomalies);
    eng_split_deinit(&split);
    swp_free(labels);
}

static void assert_refused(const eng_dataset *set, const eng_split_spec *spec, const char *field,
                           const char *text)
{
    swp_status status = field ? SWP_CONFIG : SWP_FORMAT;
    eng_split split;
    swp_err err = {0};
    assert_int_equal(eng_split_init(&split, set, spec, &err), status);
    if (!strstr(err.text, text) && !strstr(err.hint, text))
        fail_msg("expected \"%s\" in \"%s\" or its hint \"%s\"", text, err.text, err.hint);
    assert_null(split.train);
    assert_null(split.anomaly);
    if (field)
        assert_string_equal(split.blamed, field);
    else
        assert_null(split.blamed);
}

static void impossible_splits_are_refused(void **state)
{
    (void)state;
    eng_split_spec spec = embedding;
    spec.normal_class = "normal";
    assert_refused(beats, &spec, "normal_class", "builtin:ecg has no class \"normal\"");
    assert_refused(beats, &spec, "normal_class", "1 (294), 2 (176), 3 (9), 4 (19), 5 (2)");

    spec = embedding;
    spec.cuts[1] = 1;
    assert_refused(beats, &spec, "cuts", "cut 2: expected a fraction between 0 and 1, found 1");
    spec.cuts[1] = (double)NAN;
    assert_refused(beats, &spec, "cuts", "cut 2");
    spec.cuts[0] = 0;
    assert_refused(beats, &spec, "cuts", "cut 1");
    spec = embedding;
    spec.cuts[0] = 0.999;
    assert_refused(beats, &spec, "cuts", "empty");

    spec = embedding;
    spec.anomalies = ENG_ANOMALIES_COUNT;
    spec.anomaly_count = 207;
    assert_refused(beats, &spec, "anomalies", "expected 207 rows outside class \"1\", found 206");
    assert_refused(beats, &spec, "anomalies", "at most 206");
    spec.anomaly_count = 200;
    spec.n_tune = 7;
    assert_refused(beats, &spec, "tune_anomalies",
                   "expected at most 6 of the 206 anomalies, found 7");
    spec.anomalies = ENG_ANOMALIES_ALL;
    spec.n_tune = 206;
    assert_refused(beats, &spec, "tune_anomalies", "expected at most 205");
    spec.anomalies = ENG_ANOMALIES_COUNT;
    spec.n_tune = 0;
    spec.anomaly_count = 0;
    assert_refused(beats, &spec, "anomalies", "at least 1 anomaly");
    spec = embedding;
    spec.normal_class = "5"; /* the 2 rows of the smallest class cannot be cut twice */
    assert_refused(beats, &spec, "cuts", "empty");
}

static void a_single_class_has_no_anomalies(void **state)
{
    (void)state;
    eng_class class = {.name = beats->classes[0].name, .count = beats->n_rows};
    uint32_t *labels = swp_alloc(beats->n_rows, sizeof *labels);
    eng_dataset set = *beats;
    set.labels = labels;
    set.classes = &class;
    set.n_classes = 1;
    assert_refused(&set, &heartbeat, "normal_class", "no anomalies: all rows are of class \"1\"");
    swp_free(labels);
}

static void gaps_are_refused_with_their_place(void **state)
{
    (void)state;
    char place[] = "x.csv:4: value 17";
    eng_dataset set = *beats;
    set.n_missing = 2;
    set.first_missing = place;
    assert_refused(&set, &embedding, NULL, "x.csv:4: value 17");
    assert_refused(&set, &embedding, NULL, "2 missing values");
}

static void lack_of_memory_is_survived(void **state)
{
    (void)state;
    swp_status status = SWP_NOMEM;
    unsigned long n = 1;
    for (; status == SWP_NOMEM; n++) {
        eng_split split;
        swp_err err = {0};
        swp_mem_fail_at(n);
        status = eng_split_init(&split, beats, n % 2 ? &embedding : &heartbeat, &err);
        swp_mem_fail_at(0);
        eng_split_deinit(&split);
    }
    assert_int_equal(status, SWP_OK);
    assert_true(n > 9); /* sorting takes 3 allocations, each of the two cuts 3 more */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(embedding_study_row_for_row),
        cmocka_unit_test(heartbeat_study_row_for_row),
        cmocka_unit_test(synthetic_beats_row_for_row),
        cmocka_unit_test(shuffled_rows_are_the_published_ones),
        cmocka_unit_test(parts_are_disjoint_and_complete),
        cmocka_unit_test(fewer_anomalies_are_the_first_ones),
        cmocka_unit_test(the_tuning_part_follows),
        cmocka_unit_test(match_takes_what_there_is),
        cmocka_unit_test(impossible_splits_are_refused),
        cmocka_unit_test(a_single_class_has_no_anomalies),
        cmocka_unit_test(gaps_are_refused_with_their_place),
        cmocka_unit_test(lack_of_memory_is_survived),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
