/* Metric lines: which lines count, and the steps that they make. */
#include "runner/metrics/metric_line.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "runner/metrics/series.h"
#include "tests/support/cmocka_all.h"

/* The line as "STEP name=value name=value", "-" for a line that does not count. */
static const char *describe(const run_metric_line *line, bool counts)
{
    static char text[512];
    char number[SWP_NUMBER_SIZE];
    size_t n = 0;
    if (!counts)
        return "-";
    text[0] = '\0';
    if (line->has_step)
        n += (size_t)snprintf(text, sizeof text, "%llu", (unsigned long long)line->step);
    for (size_t i = 0; i < line->n; i++) {
        double value = line->values[i].value;
        const char *shown = isnan(value)   ? "nan"
                            : isinf(value) ? (value < 0 ? "-inf" : "inf")
                                           : swp_format_double(value, number);
        n += (size_t)snprintf(text + n, sizeof text - n, "%s%.*s=%s", n > 0 ? " " : "",
                              (int)line->values[i].length, line->values[i].name, shown);
    }
    if (line->refused > 0)
        snprintf(text + n, sizeof text - n, " !");
    return text;
}

static void lines_of_standard_output(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"val_loss: 0.12", "val_loss=0.12"},
        {"val_loss=0.12", "val_loss=0.12"},
        {"  val_loss : 1e-5", "val_loss=1e-05"},
        {"val.loss/a-b_1: -.5", "val.loss/a-b_1=-0.5"},
        {"zero: -0.0", "zero=-0"},
        {"x: 1e400", "x=inf"},
        {"x: -1e400", "x=-inf"},
        {"x: 1e-400", "x=0"},
        {"x: nan", "x=nan"},
        {"x: -Inf", "x=-inf"},
        {"x: Infinity", "x=inf"},
        {"x: +3", "x=3"},
        {"val_loss: 0.12 (step 3)", "3 val_loss=0.12"},
        {"val_loss: 0.12 (epoch 3), acc: 0.5", "3 val_loss=0.12 acc=0.5"},
        {"epoch=3 val_loss=0.12", "3 val_loss=0.12"},
        {"epoch: 3 val_loss: 0.12 acc: 0.5", "3 val_loss=0.12 acc=0.5"},
        {"Epoch 3/10", "3"},
        {"Epoch 3/10 - loss: 0.5", "3 loss=0.5"},
        {"[Epoch 3] loss: 0.5, acc: 1", "3 loss=0.5 acc=1"},
        {"epoch: 3/10, loss: 0.5", "3 loss=0.5"},
        {"45/45 [=====] - 1s 5ms/step - accuracy: 0.87 - loss: 0.43 - val_loss: 0.3",
         "accuracy=0.87 loss=0.43 val_loss=0.3"},
        {"a: 1 | b: 2", "a=1 b=2"},
        {"12:00:01 INFO loss=0.5 acc=0.2", "loss=0.5 acc=0.2"},
        {"loss: 1, loss: 2", "loss=2"},
        {"epoch: 1.5 loss: 2", "loss=2 !"},
        {"epoch: -1", " !"},
        {"seen loss=0.5", "-"},
        {"Learning rate: 0.1", "-"},
        {"took: 3s", "-"},
        {"acc: 95%", "-"},
        {"version: 1.2.3", "-"},
        {"time: 12:30:11", "-"},
        {"loss: 0.1abc", "-"},
        {"loss: ", "-"},
        {"loss", "-"},
        {": 1", "-"},
        {"3: 1", "-"},
        {"loss: 0x10", "-"},
        {"http://x.y:80", "-"},
        {"Epochs 3", "-"},
        {"Epoch three", "-"},
        {"", "-"},
        {"\xff\xfe", "-"},
    };
    run_metric_line line;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        bool counts = run_metric_line_of_output(cases[i][0], "epoch", &line);
        assert_string_equal(describe(&line, counts), cases[i][1]);
    }
    assert_true(run_metric_line_of_output("iter=7 loss=2", "iter", &line));
    assert_string_equal(describe(&line, true), "7 loss=2");
}

static void lines_of_the_file(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"{\"epoch\": 3, \"val_loss\": 0.12}", "3 val_loss=0.12"},
        {" { \"a\":1e-5 , \"b\":-0.0 } ", "a=1e-05 b=-0"},
        {"{\"a\": NaN, \"b\": Infinity, \"c\": -Infinity}", "a=nan b=inf c=-inf"},
        {"{\"a\": 1e400}", "a=inf"},
        {"{\"a\": 0.1, \"s\": \"x \\\" y\", \"l\": [1, {\"b\": 2}, []], \"t\": true, \"n\": null}",
         "a=0.1"},
        {"{\"\\u0061b\": 1}", "ab=1"},
        {"{\"a\": 1, \"a\": 2}", "a=2"},
        {"{\"val loss\": 1, \"b\": 2}", "b=2 !"},
        {"{\"\": 1}", " !"},
        {"{\"epoch\": \"3\", \"b\": 2}", "b=2 !"},
        {"{\"epoch\": 1.5, \"b\": 2}", "b=2 !"},
        {"{}", ""},
        {"{\"a\": 1", "-"},
        {"{\"a\": 1}}", "-"},
        {"{\"a\" 1}", "-"},
        {"{a: 1}", "-"},
        {"{\"a\": 1,}", "-"},
        {"{\"a\": +1}", "-"},
        {"{\"a\": .5}", "-"},
        {"{\"a\": \"\\x\"}", "-"},
        {"{\"a\": \"\\u12\"}", "-"},
        {"{\"a\": \"", "-"},
        {"{\"a\": \"\\", "-"},
        {"[1]", "-"},
        {"0.5", "-"},
        {"val_loss: 0.5", "-"},
        {"", "-"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[256];
        run_metric_line line;
        snprintf(text, sizeof text, "%s", cases[i][0]);
        bool counts = run_metric_line_of_file(text, "epoch", &line);
        assert_string_equal(describe(&line, counts), cases[i][1]);
    }
}

static void deep_json_ends(void **state)
{
    (void)state;
    static char text[1 << 16];
    run_metric_line line;
    memset(text, '[', sizeof text - 1);
    memcpy(text, "{\"a\":", 5);
    assert_false(run_metric_line_of_file(text, "epoch", &line));
}

/* Feed lines of standard output; the steps as "1 loss=0.5; 2 loss=0.4". */
static const char *steps_of(const run_command *command, size_t done, const char *before,
                            const char *const *lines, run_series **kept)
{
    static char text[1024];
    swp_err err = {0};
    run_series *s;
    size_t n = 0;
    bool complete = false, is_over = false;
    text[0] = '\0';
    assert_int_equal(
        run_series_create(command, done, before, before ? strlen(before) : 0, &s, &err), SWP_OK);
    for (size_t i = 0; !is_over; i++) {
        run_metric_line line;
        is_over = lines[i] == NULL;
        if (is_over)
            run_series_end(s, &complete);
        else if (run_metric_line_of_output(lines[i], command->step, &line))
            assert_int_equal(run_series_add(s, &line, &complete, &err), SWP_OK);
        if (!complete)
            continue;
        complete = false;
        res_step step;
        char number[SWP_NUMBER_SIZE];
        if (run_series_read(s, &step, &err) != SWP_OK) {
            assert_int_equal(err.status, SWP_NUMERIC);
            n += (size_t)snprintf(text + n, sizeof text - n, "failed;");
            break;
        }
        n += (size_t)snprintf(text + n, sizeof text - n, "%zu", step.step);
        for (size_t k = 0; k < step.n_values; k++)
            n += (size_t)snprintf(text + n, sizeof text - n, " %s=%s", step.values[k].name,
                                  swp_format_double(step.values[k].value, number));
        n += (size_t)snprintf(text + n, sizeof text - n, ";");
    }
    if (kept)
        *kept = s;
    else
        run_series_destroy(s);
    return text;
}

#define LINES(...) ((const char *const[]){__VA_ARGS__, NULL})

static const run_command command = {.step = "epoch", .objective = "val"};

static void steps_are_said_or_counted(void **state)
{
    (void)state;
    const run_command *c = &command;
    assert_string_equal(steps_of(c, 0, NULL, LINES("val: 3", "val: 2", "val: 1"), NULL),
                        "1 val=3;2 val=2;3 val=1;");
    assert_string_equal(steps_of(c, 0, NULL, LINES("a: 9", "val: 3", "a: 8", "val: 2"), NULL),
                        "1 a=9 val=3;2 a=8 val=2;");
    assert_string_equal(steps_of(c, 0, NULL, LINES("val: 3", "a: 9", "val: 2", "a: 8"), NULL),
                        "1 val=3 a=9;2 val=2 a=8;");
    /* Of values printed in every batch, the last. */
    assert_string_equal(steps_of(c, 0, NULL,
                                 LINES("a: 9", "a: 8", "a: 7", "val: 3", "a: 6", "a: 5", "val: 2"),
                                 NULL),
                        "1 a=7 val=3;2 a=5 val=2;");
    assert_string_equal(steps_of(c, 0, NULL, LINES("val: 3", "val: 2", "test: 7"), NULL),
                        "1 val=3;2 val=2 test=7;");
    assert_string_equal(steps_of(c, 0, NULL,
                                 LINES("Epoch 1/2", "a: 1", "val: 3", "Epoch 2/2", "a: 2", "a: 3"),
                                 NULL),
                        "1 a=1 val=3;2 a=3;");
    assert_string_equal(
        steps_of(c, 0, NULL, LINES("epoch=10 val=3", "epoch=20 val=2", "epoch=20 val=1"), NULL),
        "10 val=3;20 val=1;");
    assert_string_equal(steps_of(c, 0, NULL, LINES("hello"), NULL), "");
    /* A script that continues from its checkpoint without printing the step. */
    assert_string_equal(
        steps_of(c, 4, "command 1 0 1\n", LINES("a: 9", "a: 8", "val: 3", "val: 2"), NULL),
        "5 a=8 val=3;6 val=2;");
}

static void scripts_may_count_from_zero(void **state)
{
    (void)state;
    run_series *s;
    assert_string_equal(
        steps_of(&command, 0, NULL, LINES("epoch=0 val=3", "epoch=1 val=2", "epoch=0 val=1"), &s),
        "1 val=3;2 val=2;");
    assert_non_null(run_series_note(s)); /* a step before the current one */
    assert_null(run_series_note(s));
    run_series_destroy(s);
    /* The attempt that continues after step 2 counts steps as the one before did. */
    assert_string_equal(
        steps_of(&command, 0, "command 1 1 1\n", LINES("epoch=1 val=9", "epoch=2 val=1"), &s),
        "2 val=9;3 val=1;");
    assert_null(run_series_note(s));
    assert_true(run_series_has_objective(s));
    run_series_destroy(s);
}

static void what_is_no_number_is_no_value(void **state)
{
    (void)state;
    run_series *s;
    assert_string_equal(steps_of(&command, 0, NULL,
                                 LINES("epoch=1 val=3", "epoch=2 val=nan", "epoch=3 val=1"), NULL),
                        "1 val=3;failed;");
    assert_string_equal(
        steps_of(&command, 0, NULL, LINES("epoch=1 val=3 a=inf", "epoch=2 a=nan"), &s), "1 val=3;");
    assert_non_null(run_series_note(s));
    run_series_destroy(s);
    /* The last value of a step is what counts. */
    assert_string_equal(
        steps_of(&command, 0, NULL, LINES("epoch=1 val=nan", "epoch=1 val=2"), NULL), "1 val=2;");
}

static void watched_names_alone_count(void **state)
{
    (void)state;
    const char *const watch[] = {"a", "b"};
    run_command c = command;
    c.watch = watch;
    c.n_watch = 2;
    assert_string_equal(steps_of(&c, 0, NULL, LINES("epoch=1 a=1 c=2 val=3", "c: 5"), NULL),
                        "1 a=1 val=3;");
}

static void names_have_a_limit(void **state)
{
    (void)state;
    run_series *s;
    swp_err err;
    bool complete;
    res_step step;
    assert_int_equal(run_series_create(&command, 0, NULL, 0, &s, &err), SWP_OK);
    for (int i = 0; i < 300; i++) {
        char text[64];
        run_metric_line line;
        snprintf(text, sizeof text, "epoch=1 name%d=%d", i, i);
        assert_true(run_metric_line_of_output(text, "epoch", &line));
        assert_int_equal(run_series_add(s, &line, &complete, &err), SWP_OK);
    }
    run_series_end(s, &complete);
    assert_true(complete);
    assert_int_equal(run_series_read(s, &step, &err), SWP_OK);
    assert_int_equal(step.n_values, RUN_MOST_METRICS);
    assert_non_null(strstr(run_series_note(s), "200"));
    run_series_destroy(s);
}

static void a_state_of_another_kind_is_refused(void **state)
{
    (void)state;
    run_series *s;
    swp_err err;
    const char *const bad[] = {"x", "command 1 2 0\n", "command 1 0 0", "command 2 0 0\n"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(run_series_create(&command, 1, bad[i], strlen(bad[i]), &s, &err),
                         SWP_FORMAT);
        run_series_destroy(s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_of_standard_output),
        cmocka_unit_test(lines_of_the_file),
        cmocka_unit_test(deep_json_ends),
        cmocka_unit_test(steps_are_said_or_counted),
        cmocka_unit_test(scripts_may_count_from_zero),
        cmocka_unit_test(what_is_no_number_is_no_value),
        cmocka_unit_test(watched_names_alone_count),
        cmocka_unit_test(names_have_a_limit),
        cmocka_unit_test(a_state_of_another_kind_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
