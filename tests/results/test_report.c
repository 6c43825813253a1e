/* Reports against golden texts, byte for byte. UPDATE=1 in the environment rewrites them; the diff
 * is then the review. */
#include "results/report.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "tests/results/fixture.h"
#include "tests/support/cmocka_all.h"

#define OK(call) assert_int_equal((call), SWP_OK)

/* Make every 2024-01-01T12:34:56Z a row of zeros. */
static void hide_times(char *text)
{
    static const char shape[] = "0000-00-00T00:00:00Z";
    for (char *at = text; *at; at++) {
        size_t n = 0;
        while (shape[n] && (shape[n] == '0' ? isdigit((unsigned char)at[n]) : at[n] == shape[n]))
            n++;
        if (!shape[n])
            memcpy(at, shape, n);
    }
}

static void check_golden(const char *name, char *text)
{
    char path[512];
    snprintf(path, sizeof path, "%s/tests/results/golden/%s", TEST_SOURCE_DIR, name);
    hide_times(text);
    const char *update = getenv("UPDATE");
    FILE *file = fopen(path, update ? "wb" : "rb");
    assert_non_null(file);
    if (update) {
        assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
    } else {
        char *want = calloc(1, 1 << 20);
        assert_true(fread(want, 1, (1 << 20) - 1, file) > 0);
        assert_string_equal(text, want);
        free(want);
    }
    fclose(file);
    free(text);
}

typedef struct request {
    res_store *store;
    const char *experiment;
    res_report_options options;
    int64_t training;
} request;

static swp_status write_report(FILE *out, void *context, swp_err *err)
{
    request *r = context;
    return res_report_write(r->store, r->experiment, &r->options, out, err);
}

static swp_status write_list(FILE *out, void *context, swp_err *err)
{
    request *r = context;
    return res_list_write(r->store, r->options.format, out, err);
}

static swp_status write_show(FILE *out, void *context, swp_err *err)
{
    request *r = context;
    return res_show_write(r->store, r->training, r->options.format, out, err);
}

static const char *const endings[] = {"txt", "md", "csv", "json"};

static void check_formats(const char *name, writer *write, request *r)
{
    for (int format = RES_TABLE; format <= RES_JSON; format++) {
        char golden[64];
        snprintf(golden, sizeof golden, "%s.%s", name, endings[format]);
        r->options.format = (res_format)format;
        check_golden(golden, capture(write, r));
    }
}

static study make_study(void)
{
    return (study){.name = "embedding",
                   .dims = {2, 4, 8},
                   .n_dims = 3,
                   .seeds = {42},
                   .n_seeds = 1,
                   .epochs = {2, 6},
                   .n_epochs = 2,
                   .thresholds = {"20", "30.5", "p90"},
                   .n_thresholds = 3};
}

static void test_plain(void **state)
{
    fixture *f = *state;
    study s = make_study();
    study_run(f->store, &s);
    request r = {.store = f->store};
    check_formats("plain", write_report, &r);
    r.options.wide = true;
    check_formats("wide", write_report, &r);
}

static void test_unfinished_failed_synthetic(void **state)
{
    fixture *f = *state;
    swp_err err;
    study s = make_study();
    s.synthetic = true;
    OK(study_plan(f->store, &s, &err));
    for (size_t e = 1; e <= 3; e++)
        OK(study_record(f->store, s.trainings[1].id, 1, e, &err));
    OK(res_training_fail(f->store, s.trainings[1].id, "non-finite train loss at epoch 4", &err));
    request r = {.store = f->store, .experiment = "embedding@1"};
    check_formats("failed", write_report, &r);
}

static void test_seeds(void **state)
{
    fixture *f = *state;
    study s = make_study();
    s.seeds[1] = 43;
    s.seeds[2] = 44;
    s.n_seeds = 3;
    study_run(f->store, &s);
    request r = {.store = f->store};
    r.options.format = RES_TABLE;
    check_golden("seeds.txt", capture(write_report, &r));
    r.options.format = RES_CSV;
    char *csv = capture(write_report, &r);
    assert_non_null(strstr(csv, "embedding_dim,epochs,n,selected_epoch_mean,selected_epoch_sd,"));
    free(csv);
}

/* Seeds that are not all done: n differs between rows and gets a column. */
static void test_seeds_unfinished(void **state)
{
    fixture *f = *state;
    swp_err err;
    study s = make_study();
    s.seeds[1] = 43;
    s.n_seeds = 2;
    OK(study_plan(f->store, &s, &err));
    for (size_t t = 0; t < 3; t++)
        for (size_t e = 1; e <= 6; e++)
            OK(study_record(f->store, s.trainings[t].id, t, e, &err));
    request r = {.store = f->store};
    check_golden("seeds_unfinished.txt", capture(write_report, &r));
}

static void test_many_rows_are_condensed(void **state)
{
    fixture *f = *state;
    study s = {.name = "grid",
               .dims = {2, 3, 4, 5},
               .n_dims = 4,
               .seeds = {42},
               .n_seeds = 1,
               .epochs = {1, 2, 4},
               .n_epochs = 3,
               .thresholds = {"5", "10", "15", "20", "25", "30"},
               .n_thresholds = 6};
    study_run(f->store, &s);
    request r = {.store = f->store};
    check_golden("condensed.txt", capture(write_report, &r));
    r.options.all = true;
    char *all = capture(write_report, &r);
    r.options.all = false;
    const res_threshold threshold = {RES_THRESHOLD_VALUE, 20};
    r.options.filter = (res_trial_filter){&threshold, 1, NULL, 0};
    check_golden("one_threshold.txt", capture(write_report, &r));
    size_t lines = 0;
    for (const char *c = all; *c; c++)
        lines += *c == '\n';
    assert_int_equal(lines, 4 + 1 + 2 + 72);
    free(all);
}

/* More than 60 (training, epochs): only the largest epoch count is left. */
static void test_very_many_rows(void **state)
{
    fixture *f = *state;
    study s = {.name = "grid",
               .dims = {2, 3, 4, 5, 6, 7, 8, 9},
               .n_dims = 8,
               .seeds = {42},
               .n_seeds = 1,
               .epochs = {1, 2, 3, 4, 5, 6, 7, 8},
               .n_epochs = 8,
               .thresholds = {"5", "10"},
               .n_thresholds = 2};
    study_run(f->store, &s);
    request r = {.store = f->store};
    check_golden("condensed_epochs.txt", capture(write_report, &r));
}

/* A loss that ran away is shortened; 36 digits of it would push the other columns away. */
static void test_huge_losses(void **state)
{
    fixture *f = *state;
    swp_err err;
    study s = make_study();
    s.n_dims = s.n_epochs = s.n_thresholds = 1;
    s.epochs[0] = 1;
    OK(study_plan(f->store, &s, &err));
    float val[STUDY_ERRORS], test[STUDY_ERRORS], anomaly[STUDY_ERRORS];
    study_errors(0, 1, val, test, anomaly);
    const res_epoch record = {
        .epoch = 1,
        .train_loss = 1e33,
        .val_loss = 9999999.5,
        .errors = {val, test, anomaly, STUDY_ERRORS, STUDY_ERRORS, STUDY_ERRORS},
        .state = "",
    };
    OK(res_epoch_record(f->store, s.trainings[0].id, &record, &err));
    request r = {.store = f->store};
    char *text = capture(write_report, &r);
    assert_non_null(strstr(text, "  1e+33  9999999.50  "));
    free(text);
    r.options.format = RES_CSV;
    text = capture(write_report, &r);
    assert_non_null(strstr(text, ",1e+33,9999999.5,"));
    free(text);
}

static void test_list_and_show(void **state)
{
    fixture *f = *state;
    swp_err err;
    request r = {.store = f->store};
    check_golden("list_empty.txt", capture(write_list, &r));
    study s = make_study(), other = make_study();
    study_run(f->store, &s);
    other.name = "quoted, \"name\"";
    other.synthetic = true;
    OK(study_plan(f->store, &other, &err));
    check_formats("list", write_list, &r);
    r.training = s.trainings[1].id;
    check_formats("show", write_show, &r);
    FILE *out = tmpfile();
    assert_int_equal(res_show_write(f->store, 99, RES_TABLE, out, &err), SWP_CONFIG);
    fclose(out);
}

static void test_unwritable_output(void **state)
{
    fixture *f = *state;
    study s = make_study();
    study_run(f->store, &s);
    FILE *full = fopen("/dev/full", "w");
    if (!full)
        skip();
    swp_err err;
    const res_report_options options = {0};
    assert_int_equal(res_report_write(f->store, NULL, &options, full, &err), SWP_IO);
    assert_non_null(strstr(err.text, "No space left"));
    fclose(full);
}

static void test_format_names(void **state)
{
    (void)state;
    swp_err err;
    res_format format;
    OK(res_format_parse("md", &format, &err));
    assert_int_equal(format, RES_MD);
    assert_int_equal(res_format_parse("xml", &format, &err), SWP_USAGE);
    assert_non_null(strstr(err.text, "'xml'"));
}

#define WITH_STORE(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_STORE(test_plain),
        WITH_STORE(test_unfinished_failed_synthetic),
        WITH_STORE(test_seeds),
        WITH_STORE(test_seeds_unfinished),
        WITH_STORE(test_many_rows_are_condensed),
        WITH_STORE(test_very_many_rows),
        WITH_STORE(test_huge_losses),
        WITH_STORE(test_list_and_show),
        WITH_STORE(test_unwritable_output),
        cmocka_unit_test(test_format_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
