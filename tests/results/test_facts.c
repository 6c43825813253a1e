/* What the store keeps besides losses and errors: classes, held-out rows, samples, models, and
 * which worker did what when. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/mem.h"
#include "results/query/study.h"
#include "tests/results/fixture.h"
#include "tests/support/cmocka_all.h"

#define OK(call) assert_int_equal((call), SWP_OK)

enum { LENGTH = 3 };

static res_data_spec small_data(void)
{
    static const res_pair classes[] = {{"1", "7"}, {"odd", "1"}};
    static const float means[] = {1, 2, 3, 4, 5, 6}, sds[] = {0.5f, 0.25f, 0, NAN, NAN, NAN};
    return (res_data_spec){.name = "d",
                           .source = "d.txt",
                           .fingerprint = "f",
                           .n_rows = 8,
                           .length = LENGTH,
                           .n_train = 4,
                           .n_val = 1,
                           .n_test = 2,
                           .n_anomaly = 1,
                           .classes = classes,
                           .n_classes = 2,
                           .class_means = means,
                           .class_sds = sds};
}

static void test_classes_have_profiles(void **state)
{
    fixture *f = *state;
    swp_err err;
    res_data_spec spec = small_data();
    const float *means = spec.class_means, *sds = spec.class_sds;
    int64_t data, again;
    res_class *classes;
    size_t n;

    spec.class_means = NULL; /* as an older program left it */
    OK(res_data_ensure(f->store, &spec, &data, &err));
    OK(res_classes_list(f->store, data, &classes, &n, &err));
    assert_int_equal(n, 2);
    assert_int_equal(classes[1].length, 0);
    assert_null(classes[1].mean);
    res_classes_free(classes, n);

    spec.class_means = means;
    for (int i = 0; i < 2; i++)
        OK(res_data_ensure(f->store, &spec, &again, &err));
    assert_int_equal(again, data);
    OK(res_classes_list(f->store, data, &classes, &n, &err));
    assert_int_equal(n, 2);
    assert_string_equal(classes[1].label, "odd");
    assert_int_equal(classes[0].count, 7);
    assert_int_equal(classes[0].length, LENGTH);
    for (size_t i = 0; i < 2; i++) {
        assert_memory_equal(classes[i].mean, means + i * LENGTH, LENGTH * sizeof *means);
        assert_memory_equal(classes[i].sd, sds + i * LENGTH, LENGTH * sizeof *sds);
    }
    res_classes_free(classes, n);
}

/* Rows 4 | 0, 6 | 5 of the data set, two of them shown. */
static res_split_spec small_split(int64_t data)
{
    static const uint32_t rows[] = {4, 0, 6, 5}, classes[] = {0, 0, 0, 1};
    static const float series[] = {1, 2, 3, 4, 5, 6};
    static const res_sample samples[] = {{RES_TEST, 1, series}, {RES_ANOMALY, 0, series + LENGTH}};
    return (res_split_spec){
        .data = data,
        .held_out = {{rows, classes, 1}, {rows + 1, classes + 1, 2}, {rows + 3, classes + 3, 1}},
        .samples = samples,
        .n_samples = 2,
        .length = LENGTH};
}

static void test_held_out_rows_come_back(void **state)
{
    fixture *f = *state;
    swp_err err;
    const res_data_spec data_spec = small_data();
    int64_t data, split, again, other;
    OK(res_data_ensure(f->store, &data_spec, &data, &err));
    res_split_spec spec = small_split(data);
    OK(res_split_ensure(f->store, &spec, &split, &err));
    OK(res_split_ensure(f->store, &spec, &again, &err));
    assert_int_equal(again, split);

    res_held_out held_out[RES_SUBSETS];
    void *block;
    OK(res_held_out_load(f->store, split, held_out, &block, &err));
    for (int i = 0; i < RES_SUBSETS; i++) {
        const res_held_out *want = &spec.held_out[i];
        assert_int_equal(held_out[i].n, want->n);
        assert_memory_equal(held_out[i].rows, want->rows, want->n * sizeof *want->rows);
        assert_memory_equal(held_out[i].classes, want->classes, want->n * sizeof *want->classes);
    }
    swp_free(block);

    res_samples samples;
    OK(res_samples_load(f->store, split, &samples, &err));
    assert_int_equal(samples.n, 2);
    assert_int_equal(samples.length, LENGTH);
    assert_int_equal(samples.list[0].subset, RES_TEST);
    assert_int_equal(samples.list[0].index, 1);
    assert_int_equal(samples.list[1].subset, RES_ANOMALY);
    assert_true(samples.list[1].series[0] == 4);
    res_samples_deinit(&samples);

    /* The same rows, divided elsewhere, are another split. */
    spec.held_out[RES_VAL].n = 2;
    spec.held_out[RES_TEST] = (res_held_out){
        .rows = spec.held_out[RES_TEST].rows + 1, .classes = spec.held_out[0].classes, .n = 1};
    spec.n_samples = 0;
    OK(res_split_ensure(f->store, &spec, &other, &err));
    assert_int_not_equal(other, split);
    OK(res_samples_load(f->store, other, &samples, &err));
    assert_int_equal(samples.n, 0);

    assert_int_equal(res_held_out_load(f->store, 0, held_out, &block, &err), SWP_CONFIG);
    assert_non_null(strstr(err.hint, "sweep run"));
}

/* Rows and samples are never outside of the data set. */
static void test_damaged_facts_are_reported(void **state)
{
    fixture *f = *state;
    static const char *const damages[] = {
        "PRAGMA ignore_check_constraints = ON; DROP TRIGGER held_out_is_final; "
        "UPDATE held_out SET classes = x'03000000' WHERE subset = 'val'",
        "PRAGMA ignore_check_constraints = ON; DROP TRIGGER held_out_is_final; "
        "UPDATE held_out SET classes = x'' WHERE subset = 'test'",
        "DROP TRIGGER sample_is_final; UPDATE sample SET held_out_index = 2",
        "DROP TRIGGER sample_is_final; UPDATE sample SET series = x'00000000'",
    };
    swp_err err;
    const res_data_spec data_spec = small_data();
    int64_t data, split;
    OK(res_data_ensure(f->store, &data_spec, &data, &err));
    const res_split_spec spec = small_split(data);
    OK(res_split_ensure(f->store, &spec, &split, &err));
    for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
        char path[128];
        snprintf(path, sizeof path, "%s/damaged.db", f->folder);
        unlink(path);
        char into[192];
        snprintf(into, sizeof into, "VACUUM INTO '%s'", path);
        assert_int_equal(run_sql(f->path, into), 0);
        assert_int_equal(run_sql(path, damages[i]), 0);
        res_store *store;
        res_held_out held_out[RES_SUBSETS];
        res_samples samples;
        void *block;
        OK(res_store_open(path, RES_READ, &store, &err));
        if (i < 2)
            assert_int_equal(res_held_out_load(store, split, held_out, &block, &err), SWP_DB);
        else
            assert_int_equal(res_samples_load(store, split, &samples, &err), SWP_DB);
        assert_non_null(strstr(err.text, "damaged"));
        res_store_close(store);
        unlink(path);
    }
}

static study two_epoch_counts(void)
{
    return (study){.name = "kept",
                   .dims = {2},
                   .n_dims = 1,
                   .seeds = {42},
                   .n_seeds = 1,
                   .epochs = {2, 6},
                   .n_epochs = 2,
                   .thresholds = {"20"},
                   .n_thresholds = 1};
}

/* Bit e is set if the model after epoch e is kept, for a trial up to epoch 8. */
static unsigned kept(res_store *store, int64_t trial)
{
    unsigned found = 0;
    for (size_t epoch = 1; epoch <= 8; epoch++) {
        void *weights = NULL;
        float *series = NULL;
        size_t n_bytes, n;
        swp_err err;
        char want[32];
        swp_status status = res_weights_load(store, trial, epoch, &weights, &n_bytes, &err);
        assert_int_equal(res_reconstructions_load(store, trial, epoch, &series, &n, &err), status);
        if (status == SWP_OK) {
            found |= 1u << epoch;
            snprintf(want, sizeof want, "weights %zu", epoch);
            assert_int_equal(n_bytes, strlen(want));
            assert_memory_equal(weights, want, n_bytes);
            assert_int_equal(n, STUDY_SAMPLES * STUDY_LENGTH);
            assert_true(series[1] == (float)epoch);
        } else {
            assert_int_equal(status, SWP_CONFIG);
            assert_non_null(strstr(err.text, "no reconstructions of trial"));
        }
        swp_free(weights);
        swp_free(series);
    }
    return found;
}

#define EPOCH(e) (1u << (e))

/* Epoch 3 is the best of all; evaluations end at 2 and at 6. */
static void test_models_that_evaluations_select_are_kept(void **state)
{
    fixture *f = *state;
    swp_err err;
    static const unsigned want[] = {EPOCH(1), EPOCH(2), EPOCH(2) | EPOCH(3)};
    study s = two_epoch_counts();
    OK(study_plan(f->store, &s, &err));
    for (size_t epoch = 1; epoch <= 6; epoch++) {
        OK(study_record(f->store, s.trials[0].id, 0, epoch, &err));
        assert_int_equal(kept(f->store, s.trials[0].id), want[epoch < 3 ? epoch - 1 : 2]);
    }
}

/* An evaluation of an older revision still reads the epoch that it selected. */
static void test_models_of_older_revisions_are_kept(void **state)
{
    fixture *f = *state;
    swp_err err;
    study s = two_epoch_counts(), more = two_epoch_counts();
    s.n_epochs = 1;
    study_run(f->store, &s);
    more.epochs[0] = 4;
    OK(study_plan(f->store, &more, &err));
    assert_true(more.is_new);
    assert_true(more.trials[0].best_val_loss == study_val_loss(0, 2));
    for (size_t epoch = 3; epoch <= 6; epoch++)
        OK(study_record(f->store, s.trials[0].id, 2, epoch, &err));
    /* Of salt 2, epoch 5 is the best; 4 is the best up to 4. */
    assert_int_equal(kept(f->store, s.trials[0].id), EPOCH(2) | EPOCH(4) | EPOCH(5));
}

static void test_spans(void **state)
{
    fixture *f = *state;
    swp_err err;
    study s = two_epoch_counts();
    s.dims[1] = 3;
    s.n_dims = 2;
    study_run(f->store, &s);
    res_span *spans;
    size_t n;
    OK(res_spans_list(f->store, s.revision, &spans, &n, &err));
    assert_int_equal(n, 12);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(spans[i].epoch, i / 2 + 1);
        assert_int_equal(spans[i].worker, i % 2 + 1);
        assert_int_equal(spans[i].trial_number, i % 2 + 1);
        assert_int_equal(spans[i].trial, s.trials[i % 2].id);
        assert_true(spans[i].begun_s == STUDY_BEGUN_S + (double)(i / 2 + 1));
        assert_true(spans[i].ended_s - spans[i].begun_s == 0.5);
    }
    swp_free(spans);
}

static void test_events_are_listed(void **state)
{
    fixture *f = *state;
    swp_err err;
    study s = two_epoch_counts();
    OK(study_plan(f->store, &s, &err));
    const res_event_spec started = {.kind = "started", .text = "1 trial"};
    const res_event_spec failed = {
        .kind = "failed", .text = "died", .trial = s.trials[0].id, .worker = 2};
    OK(res_event_add(f->store, s.revision, &started, &err));
    OK(res_event_add(f->store, s.revision, &failed, &err));
    assert_int_equal(run_sql(f->path, "INSERT INTO event (revision_id, at, kind, text) VALUES "
                                      "(1, '2001-09-09T01:46:40Z', 'ended', 'by an older sweep')"),
                     0);
    res_event *events;
    size_t n;
    OK(res_events_list(f->store, s.revision, &events, &n, &err));
    assert_int_equal(n, 3);
    assert_string_equal(events[0].kind, "started");
    assert_int_equal(events[0].trial_number, 0);
    assert_int_equal(events[0].worker, 0);
    assert_int_equal(events[1].trial, s.trials[0].id);
    assert_int_equal(events[1].trial_number, 1);
    assert_int_equal(events[1].worker, 2);
    assert_string_equal(events[1].text, "died");
    int64_t now = query_int(f->path, "SELECT strftime('%s', 'now')");
    assert_true(fabs(events[1].at_s - (double)now) < 60);
    assert_true(events[2].at_s == 1e9);
    res_events_free(events, n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_classes_have_profiles, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(test_held_out_rows_come_back, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(test_damaged_facts_are_reported, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(test_models_that_evaluations_select_are_kept, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(test_models_of_older_revisions_are_kept, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(test_spans, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_events_are_listed, fixture_setup, fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
