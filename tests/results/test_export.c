/* Exports: columns, and numbers that read back to the same bits. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cJSON.h>

#include "engine/base/mem.h"
#include "tests/results/fixture.h"
#include "tests/support/cmocka_all.h"

#define OK(call) assert_int_equal((call), SWP_OK)

typedef struct request {
    res_store *store;
    res_export_what what;
    res_format format;
} request;

static swp_status write_export(FILE *out, void *context, swp_err *err)
{
    request *r = context;
    return res_export_write(r->store, NULL, r->what, r->format, out, err);
}

static char *export_text(res_store *store, res_export_what what, res_format format)
{
    request r = {store, what, format};
    return capture(write_export, &r);
}

/* Doubles and floats whose shortest texts need all digits. */
static double awkward(size_t i)
{
    return sqrt((double)i + 2) * pow(10, (double)(i % 30) - 15);
}

static float awkward_float(size_t i)
{
    return (float)awkward(i);
}

#define EPOCHS 40

static void awkward_study(res_store *store)
{
    study s = {.name = "awkward, \"quoted\"",
               .dims = {8},
               .n_dims = 1,
               .seeds = {4294967295u},
               .n_seeds = 1,
               .epochs = {EPOCHS},
               .n_epochs = 1,
               .thresholds = {"0.1", "45", "p99.5", "1e-7"},
               .n_thresholds = 4};
    swp_err err;
    OK(study_plan(store, &s, &err));
    for (size_t e = 1; e <= EPOCHS; e++) {
        float errors[3] = {awkward_float(e), awkward_float(e + 1), awkward_float(e + 2)};
        const res_epoch epoch = {.epoch = e,
                                 .train_loss = awkward(e),
                                 .val_loss = awkward(e + 7),
                                 .train_s = awkward(e + 13),
                                 .errors = {errors, errors + 1, errors + 2, 1, 1, 1},
                                 .state = "s",
                                 .state_bytes = 1};
        OK(res_epoch_record(store, s.trials[0].id, &epoch, &err));
    }
}

/* The field after `comma` commas of a line; no field here holds a comma but the quoted first. */
static double field(const char *line, int comma)
{
    const char *at = strstr(line, "\",") + 1;
    while (comma-- > 1)
        at = strchr(at + 1, ',');
    return strtod(at + 1, NULL);
}

static const char *next_line(const char *text)
{
    return strchr(text, '\n') + 1;
}

static void test_csv_round_trip(void **state)
{
    fixture *f = *state;
    awkward_study(f->store);
    char *text = export_text(f->store, RES_EXPORT_EPOCHS, RES_CSV);
    const char *begin = "experiment,trial,arch,embedding_dim,seed,epoch,train_loss,val_loss,"
                        "train_s,eval_s\n\"awkward, \"\"quoted\"\"\",1,single,8,4294967295,1,";
    assert_memory_equal(text, begin, strlen(begin));
    const char *line = text;
    for (size_t e = 1; e <= EPOCHS; e++) {
        line = next_line(line);
        assert_true(field(line, 6) == awkward(e));
        assert_true(field(line, 7) == awkward(e + 7));
        assert_true(field(line, 8) == awkward(e + 13));
    }
    free(text);
}

static void test_errors_round_trip(void **state)
{
    fixture *f = *state;
    awkward_study(f->store);
    char *text = export_text(f->store, RES_EXPORT_ERRORS, RES_CSV);
    const char *begin = "experiment,trial,arch,embedding_dim,seed,epoch,subset,position,error\n";
    assert_memory_equal(text, begin, strlen(begin));
    const char *line = text;
    for (size_t e = 1; e <= EPOCHS; e++)
        for (size_t k = 0; k < 3; k++) {
            line = next_line(line);
            assert_true((float)field(line, 8) == awkward_float(e + k));
        }
    free(text);
}

static void test_json_round_trip(void **state)
{
    fixture *f = *state;
    awkward_study(f->store);
    char *text = export_text(f->store, RES_EXPORT_EPOCHS, RES_JSON);
    cJSON *list = cJSON_Parse(text);
    assert_int_equal(cJSON_GetArraySize(list), EPOCHS);
    size_t e = 0;
    const cJSON *row;
    cJSON_ArrayForEach(row, list)
    {
        e++;
        assert_string_equal(cJSON_GetObjectItem(row, "experiment")->valuestring,
                            "awkward, \"quoted\"");
        assert_true(cJSON_GetObjectItem(row, "seed")->valuedouble == 4294967295.0);
        assert_true(cJSON_GetObjectItem(row, "train_loss")->valuedouble == awkward(e));
        assert_true(cJSON_GetObjectItem(row, "val_loss")->valuedouble == awkward(e + 7));
    }
    cJSON_Delete(list);
    free(text);
}

static void test_evaluations(void **state)
{
    fixture *f = *state;
    awkward_study(f->store);
    char *text = export_text(f->store, RES_EXPORT_EVALUATIONS, RES_CSV);
    const char *head = "experiment,evaluation,trial,arch,embedding_dim,epochs,threshold,seed,"
                       "selected_epoch,train_loss,val_loss,normal_correct,normal_total,"
                       "anomaly_correct,anomaly_total\n";
    assert_memory_equal(text, head, strlen(head));
    assert_non_null(strstr(text, ",40,0.1,4294967295,"));
    assert_non_null(strstr(text, ",40,p99.5,4294967295,"));
    assert_non_null(strstr(text, ",40,1e-07,4294967295,"));
    free(text);

    text = export_text(f->store, RES_EXPORT_EVALUATIONS, RES_JSON);
    cJSON *list = cJSON_Parse(text);
    const cJSON *first = cJSON_GetArrayItem(list, 0), *third = cJSON_GetArrayItem(list, 2);
    assert_true(cJSON_GetObjectItem(first, "threshold")->valuedouble == 0.1);
    assert_string_equal(cJSON_GetObjectItem(third, "threshold")->valuestring, "p99.5");
    cJSON_Delete(list);
    free(text);
}

static void test_unfinished_evaluations_are_empty(void **state)
{
    fixture *f = *state;
    swp_err err;
    study s = {.name = "s",
               .dims = {2},
               .n_dims = 1,
               .seeds = {1},
               .n_seeds = 1,
               .epochs = {3},
               .n_epochs = 1,
               .thresholds = {"45"},
               .n_thresholds = 1};
    OK(study_plan(f->store, &s, &err));
    char *text = export_text(f->store, RES_EXPORT_EVALUATIONS, RES_CSV);
    assert_non_null(strstr(text, "\ns,1,1,single,2,3,45,1,,,,,,,\n"));
    free(text);
    text = export_text(f->store, RES_EXPORT_EVALUATIONS, RES_JSON);
    assert_non_null(strstr(text, "\"selected_epoch\":null"));
    free(text);
    text = export_text(f->store, RES_EXPORT_EPOCHS, RES_JSON);
    assert_string_equal(text, "[]\n");
    free(text);
}

static void test_wrong_words(void **state)
{
    fixture *f = *state;
    swp_err err;
    res_export_what what;
    OK(res_export_parse("errors", &what, &err));
    assert_int_equal(what, RES_EXPORT_ERRORS);
    assert_int_equal(res_export_parse("weights", &what, &err), SWP_USAGE);
    assert_int_equal(res_export_write(f->store, NULL, RES_EXPORT_EVALUATIONS, RES_MD, stderr, &err),
                     SWP_USAGE);
    assert_int_equal(
        res_export_write(f->store, "none", RES_EXPORT_EVALUATIONS, RES_CSV, stderr, &err),
        SWP_CONFIG);
}

#define WITH_STORE(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_STORE(test_csv_round_trip),
        WITH_STORE(test_errors_round_trip),
        WITH_STORE(test_json_round_trip),
        WITH_STORE(test_evaluations),
        WITH_STORE(test_unfinished_evaluations_are_empty),
        WITH_STORE(test_wrong_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
