/* Studies of commands: metrics of any names, steps with gaps, no data set and no thresholds. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "results/query/metric.h"
#include "tests/results/fixture.h"
#include "tests/results/rows.h"
#include "tests/support/cmocka_all.h"

#define OK(call) assert_int_equal((call), SWP_OK)

/* Accuracy by step of four trials, lr x seed; steps 1, 2, 4. The best of the first trial is its
 * second step; of equal ones the first counts. */
static const size_t steps[] = {1, 2, 4};
static const double accuracy[4][3] = {
    {0.5, 0.75, 0.625}, {0.25, 0.5, 0.5}, {0.25, 0.125, 0.375}, {0.5, 0.5, 0.25}};

enum { N_TRIALS = 4, N_STEPS = 3 };

typedef struct plan {
    int64_t revision;
    res_trial_status trials[N_TRIALS];
} plan;

/* Enrol a revision with this goal; "": no goal. */
static plan enrol(res_store *store, const char *objective, size_t budget)
{
    static const char *const rates[] = {"1e-3", "1e-2"}, *const seeds[] = {"1", "2"};
    static const char *const keys[] = {"a", "b", "c", "d"};
    const res_pair settings[] = {{"command.run", "./train"}, {"search.objective", objective}};
    const res_revision_spec spec = {
        .name = "own", .ini_path = "own.ini", .settings = settings, .n_settings = 2};
    const res_axis_spec axes[] = {{"lr", "log", false}, {"seed", "linear", true}};
    const res_metric_spec metric = {"acc", true};
    swp_err err;
    plan p;
    bool is_new;
    OK(res_revision_begin(store, &spec, &p.revision, &is_new, &err));
    OK(res_metric_declare(store, p.revision, &metric, false, &err));
    for (size_t i = 0; i < N_TRIALS; i++) {
        const res_pair params[] = {{"lr", rates[i / 2]}, {"seed", seeds[i % 2]}};
        const res_trial_spec trial = {
            .key = keys[i], .params = params, .n_params = 2, .budget = budget};
        OK(res_trial_ensure(store, p.revision, i + 1, &trial, &p.trials[i], &err));
    }
    OK(res_axes_record(store, p.revision, axes, 2, &err));
    return p;
}

static swp_status record(res_store *store, int64_t trial, size_t step, double value, swp_err *err)
{
    const res_named_value values[] = {{"acc", value}, {"loss", 1 - value}};
    const res_step recorded = {.step = step, .values = values, .n_values = step == 4 ? 1 : 2};
    return res_step_record(store, trial, &recorded, err);
}

static plan fill(res_store *store)
{
    swp_err err;
    plan p = enrol(store, "acc", RES_UNLIMITED);
    const res_metric_spec loss = {"loss", false};
    OK(res_metric_declare(store, p.revision, &loss, true, &err));
    for (size_t i = 0; i < N_TRIALS; i++) {
        for (size_t k = 0; k < N_STEPS; k++)
            OK(record(store, p.trials[i].id, steps[k], accuracy[i][k], &err));
        OK(res_trial_set_state(store, p.revision, p.trials[i].id, RES_DONE, NULL, &err));
    }
    return p;
}

typedef struct request {
    res_store *store;
    res_export_what what;
    res_report_options options;
} request;

static swp_status write_export(FILE *out, void *context, swp_err *err)
{
    const request *r = context;
    return res_export_write(r->store, "own", r->what, RES_CSV, out, err);
}

static swp_status write_report(FILE *out, void *context, swp_err *err)
{
    const request *r = context;
    return res_report_write(r->store, "own", &r->options, out, err);
}

static swp_status write_show(FILE *out, void *context, swp_err *err)
{
    const request *r = context;
    return res_show_write(r->store, "own", 1, r->options.format, out, err);
}

static void test_exports(void **state)
{
    fixture *f = *state;
    fill(f->store);
    request r = {.store = f->store, .what = RES_EXPORT_TRIALS};
    char *csv = capture(write_export, &r);
    csv_check_head(csv,
                   "experiment,trial,stage,state,lr,seed,epochs_done,selected_epoch,train_loss,"
                   "val_loss,seconds,failure,acc,loss");
    assert_true(csv_number(csv, 0, "epochs_done") == 4);
    assert_true(csv_number(csv, 0, "selected_epoch") == 2);
    assert_true(csv_number(csv, 0, "acc") == 0.75);
    assert_true(csv_number(csv, 0, "loss") == 0.25);
    assert_true(csv_number(csv, 1, "selected_epoch") == 2);
    assert_true(csv_number(csv, 2, "selected_epoch") == 4);
    assert_true(csv_number(csv, 2, "loss") == 0.875); /* the last reported value */
    free(csv);
    r.what = RES_EXPORT_EPOCHS;
    csv = capture(write_export, &r);
    assert_int_equal(csv_rows(csv), N_TRIALS * N_STEPS);
    csv_check_head(csv, "experiment,trial,lr,seed,epoch,acc,loss");
    assert_true(csv_number(csv, 2, "epoch") == 4);
    assert_string_equal(csv_text(csv, 2, "loss"), "");
    free(csv);
    r.what = RES_EXPORT_EVALUATIONS;
    csv = capture(write_export, &r);
    assert_int_equal(csv_rows(csv), N_TRIALS);
    assert_true(csv_number(csv, 3, "epochs") == 4);
    assert_true(csv_number(csv, 3, "selected_epoch") == 1);
    assert_string_equal(csv_text(csv, 3, "threshold"), "");
    assert_string_equal(csv_text(csv, 3, "normal_total"), "");
    free(csv);
}

static void test_views_agree_with_exports(void **state)
{
    fixture *f = *state;
    fill(f->store);
    assert_int_equal(query_int(f->path, "SELECT count(*) FROM \"own.trials\" WHERE trial = 3 AND "
                                        "selected_epoch = 4 AND acc = 0.375 AND loss = 0.875 "
                                        "AND epochs_done = 4 AND lr = 1e-2"),
                     1);
    assert_int_equal(query_int(f->path, "SELECT sum(selected_epoch) FROM v_trials"), 2 + 2 + 4 + 1);
    assert_int_equal(query_int(f->path,
                               "SELECT count(*) FROM \"own.evaluations\" WHERE "
                               "threshold IS NULL AND normal_total IS NULL AND epochs = 4"),
                     N_TRIALS);
    assert_int_equal(query_int(f->path, "SELECT group_concat(name) = 'experiment,trial,lr,seed,"
                                        "epoch,acc,loss' FROM pragma_table_info('own.epochs')"),
                     1);
    assert_int_equal(query_int(f->path, "SELECT count(*) FROM \"own.epochs\" WHERE epoch = 4 AND "
                                        "loss IS NULL AND acc > 0"),
                     N_TRIALS);
}

/* Words that only reports of studies with a data set may use. */
static void check_no_thresholds(const char *text)
{
    static const char *const words[] = {"hreshold", "recall", "anomal", "balanced", "sequence"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strstr(text, words[i]))
            fail_msg("%s in:\n%s", words[i], text);
}

static void test_reports_have_no_thresholds(void **state)
{
    fixture *f = *state;
    fill(f->store);
    for (res_format format = RES_TABLE; format <= RES_LATEX; format++) {
        request r = {.store = f->store, .options = {.format = format}};
        char *text = capture(write_report, &r);
        check_no_thresholds(text);
        assert_non_null(strstr(text, "acc"));
        free(text);
        text = capture(write_show, &r);
        check_no_thresholds(text);
        free(text);
    }
}

static void test_groups_of_seeds(void **state)
{
    fixture *f = *state;
    fill(f->store);
    request r = {.store = f->store, .options = {.format = RES_CSV}};
    char *csv = capture(write_report, &r);
    assert_int_equal(csv_rows(csv), 2);
    assert_true(csv_number(csv, 0, "n") == 2);
    assert_true(csv_number(csv, 0, "acc") == 0.625); /* of 0.75 and 0.5 */
    assert_true(csv_number(csv, 1, "acc") == 0.4375);
    free(csv);
    r.options.reading.at = RES_AT_LAST;
    csv = capture(write_report, &r);
    assert_true(csv_number(csv, 0, "acc") == (0.625 + 0.5) / 2);
    free(csv);
    r.options.reading = (res_reading){RES_AT_STEP, 1};
    csv = capture(write_report, &r);
    assert_true(csv_number(csv, 0, "acc") == (0.5 + 0.25) / 2);
    free(csv);
    r.options.reading = (res_reading){RES_AT_BEST, 0};
    r.options.best = "acc";
    csv = capture(write_report, &r);
    assert_int_equal(csv_rows(csv), 1);
    assert_true(csv_number(csv, 0, "lr") == 1e-3);
    free(csv);
}

static void test_thresholds_are_refused(void **state)
{
    fixture *f = *state;
    swp_err err;
    fill(f->store);
    const res_threshold threshold = {RES_THRESHOLD_VALUE, 45};
    FILE *out = tmpfile();
    res_report_options options = {.filter = {.thresholds = &threshold, .n_thresholds = 1}};
    assert_int_equal(res_report_write(f->store, "own", &options, out, &err), SWP_USAGE);
    options = (res_report_options){.reading = {RES_AT_STEP, 5}};
    assert_int_equal(res_report_write(f->store, "own", &options, out, &err), SWP_CONFIG);
    assert_non_null(strstr(err.text, "1 to 4"));
    fclose(out);
}

static void test_steps(void **state)
{
    fixture *f = *state;
    swp_err err;
    plan p = enrol(f->store, "acc", RES_UNLIMITED);
    const res_metric_spec loss = {"loss", false};
    OK(res_metric_declare(f->store, p.revision, &loss, true, &err));
    int64_t id = p.trials[0].id;
    for (size_t k = 0; k < N_STEPS; k++)
        OK(record(f->store, id, steps[k], accuracy[0][k], &err));
    assert_int_equal(record(f->store, id, 4, 1, &err), SWP_BUSY);
    OK(res_steps_drop(f->store, id, 1, &err));
    assert_int_equal(query_int(f->path, "SELECT max(step) + 10 * count(*) FROM step"), 11);
    OK(record(f->store, id, 3, 0.5, &err));
    OK(res_trial_set_state(f->store, p.revision, id, RES_DONE, NULL, &err));
    assert_int_not_equal(res_steps_drop(f->store, id, 0, &err), SWP_OK);
    assert_int_equal(query_int(f->path, "SELECT count(*) FROM value"), 4);
}

/* Steps that a search takes back are gone, unless the trial is done in another revision. */
static void test_steps_are_taken_back(void **state)
{
    fixture *f = *state;
    swp_err err;
    size_t last = 9;
    plan p = enrol(f->store, "acc", 4);
    const res_metric_spec loss = {"loss", false};
    OK(res_metric_declare(f->store, p.revision, &loss, true, &err));
    int64_t id = p.trials[0].id;
    for (size_t k = 0; k < N_STEPS; k++)
        OK(record(f->store, id, steps[k], accuracy[0][k], &err));
    OK(res_trial_set_state(f->store, p.revision, id, RES_STOPPED, "paused", &err));
    OK(res_steps_take_back(f->store, id, 3, &last, &err));
    assert_int_equal(last, 2);
    assert_int_equal(query_int(f->path, "SELECT count(*) FROM step"), 2);
    assert_int_equal(query_int(f->path, "SELECT max(step) FROM value"), 2);
    OK(res_steps_take_back(f->store, id, 0, &last, &err));
    assert_int_equal(last, 0);
    OK(record(f->store, id, 1, 0.5, &err));
    OK(record(f->store, id, 4, 0.5, &err));
    OK(res_steps_take_back(f->store, id, 1, &last, &err));
    assert_int_equal(last, 4);
}

/* A trial that ended by itself is done in another revision, too, but not for a larger budget. */
static void test_done_is_shared(void **state)
{
    fixture *f = *state;
    fill(f->store);
    plan same = enrol(f->store, "max(acc)", RES_UNLIMITED);
    assert_int_equal(same.trials[2].state, RES_DONE);
    assert_int_equal(same.trials[2].steps_done, 4);
    assert_int_equal(query_int(f->path, "SELECT sum(selected_epoch) FROM v_trials"), 2 + 2 + 4 + 1);
}

static void test_direction_is_what_was_said_last(void **state)
{
    fixture *f = *state;
    swp_err err;
    plan p = fill(f->store);
    const char *sql = "SELECT sum(direction = 'maximize') FROM metric";
    const res_metric_spec acc = {"acc", false}, loss = {"loss", true};
    OK(res_metric_declare(f->store, p.revision, &acc, true, &err));
    assert_int_equal(query_int(f->path, sql), 1);
    OK(res_metric_declare(f->store, p.revision, &loss, false, &err));
    assert_int_equal(query_int(f->path, sql), 2);
}

#define WITH_STORE(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)

static swp_status write_ini(FILE *out, void *context, swp_err *err)
{
    return res_export_best(context, NULL, out, err);
}

/* The winner as an INI file: its parameters are fixed, its objective is kept. */
static void test_best(void **state)
{
    fixture *f = *state;
    fill(f->store);
    char *text = capture(write_ini, f->store);
    assert_string_equal(text,
                        "; trial 1 of own@1: acc = 0.75\n[search]\nobjective = acc\n[command]\n"
                        "run = ./train\n[params]\nlr = 1e-3\nseed = 1\n");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_STORE(test_best),
        WITH_STORE(test_exports),
        WITH_STORE(test_views_agree_with_exports),
        WITH_STORE(test_reports_have_no_thresholds),
        WITH_STORE(test_groups_of_seeds),
        WITH_STORE(test_thresholds_are_refused),
        WITH_STORE(test_steps),
        WITH_STORE(test_steps_are_taken_back),
        WITH_STORE(test_done_is_shared),
        WITH_STORE(test_direction_is_what_was_said_last),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
