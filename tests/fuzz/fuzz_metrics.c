/* Lines of a command's metrics file and standard output. Whatever they are, names are valid, steps
 * grow, and values are finite. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "runner/metrics/series.h"
#include "tests/fuzz/fuzz.h"

static const run_command command = {.step = "epoch", .objective = "val_loss"};

static void check_step(run_series *series, size_t before)
{
    res_step step;
    swp_err err = {0};
    if (run_series_read(series, &step, &err) != SWP_OK) {
        fuzz_check_refusal(err.status, &err, (const swp_status[]){SWP_NUMERIC}, 1);
        return;
    }
    FUZZ_CHECK(step.step > before && step.n_values <= RUN_MOST_METRICS);
    for (size_t i = 0; i < step.n_values; i++) {
        size_t n = strlen(step.values[i].name);
        FUZZ_CHECK(isfinite(step.values[i].value) && n > 0 && n < RUN_METRIC_NAME_SIZE);
        FUZZ_CHECK(strspn(step.values[i].name,
                          "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                          "0123456789_./-") == n);
    }
    run_series *again;
    FUZZ_CHECK(run_series_create(&command, step.step, step.state, step.state_bytes, &again, &err) ==
               SWP_OK);
    run_series_destroy(again);
}

static void try_lines(const char *text, bool is_file)
{
    run_series *series;
    bool complete;
    swp_err err;
    char *lines = strdup(text);
    if (run_series_create(&command, 0, NULL, 0, &series, &err) != SWP_OK)
        abort();
    for (char *line = lines, *next; line; line = next) {
        run_metric_line found;
        next = strchr(line, '\n');
        if (next)
            *next++ = '\0';
        if (!(is_file ? run_metric_line_of_file(line, "epoch", &found)
                      : run_metric_line_of_output(line, "epoch", &found)))
            continue;
        size_t before = run_series_steps(series);
        FUZZ_CHECK(found.n <= RUN_MOST_METRICS);
        FUZZ_CHECK(run_series_add(series, &found, &complete, &err) == SWP_OK);
        if (complete)
            check_step(series, before);
    }
    size_t before = run_series_steps(series);
    run_series_end(series, &complete);
    if (complete)
        check_step(series, before);
    while (run_series_note(series))
        continue;
    run_series_destroy(series);
    free(lines);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    char *text = fuzz_text(bytes, size);
    try_lines(text, true);
    try_lines(text, false);
    free(text);
    return 0;
}
