/* sweep detect: judge sequences by a trained model. */
#include <stdio.h>
#include <string.h>

#include "engine/base/mem.h"
#include "engine/base/str.h"
#include "runner/backend/detector.h"
#include "runner/cli/cmds.h"
#include "runner/cli/inputs.h"
#include "runner/cli/output.h"
#include "runner/config/cfg.h"

/* DATA, looked up as in an INI file; "-" is standard input. */
static swp_status load_data(const cli_call *call, size_t length, eng_dataset **out, swp_err *err)
{
    const char *operand = cli_operand(call, 0);
    if (strcmp(operand, "-") == 0)
        return eng_series_load(operand, length, out, err);
    char *path = NULL;
    swp_status status = cfg_find_data(NULL, operand, &path, err);
    if (status == SWP_OK)
        status = eng_series_load(path, length, out, err);
    swp_free(path);
    return status;
}

static void announce(const run_detector *d, const eng_dataset *set, const float *errors)
{
    size_t n_anomalies = 0;
    char threshold[SWP_NUMBER_SIZE];
    const char *data = eng_saved_note(&d->model, "data");
    const char *synthetic = eng_saved_note(&d->model, "synthetic");
    for (size_t i = 0; i < set->n_rows; i++)
        n_anomalies += (double)errors[i] > d->threshold;
    if (set->synthetic || (synthetic && strcmp(synthetic, "true") == 0))
        fprintf(stderr, "SYNTHETIC: %s\n", set->synthetic ? set->name : data ? data : "the model");
    fprintf(stderr, "%s: %zu of %zu %s have an error above %s\n", d->title, n_anomalies,
            set->n_rows, set->unlabelled ? "rows without labels" : "rows",
            swp_format_double(d->threshold, threshold));
}

static double percent(size_t part, size_t whole)
{
    return whole > 0 ? 100 * (double)part / (double)whole : 100;
}

/* How many sequences of each kind are judged right, where their labels are known. */
static void announce_recall(const run_detector *d, const eng_dataset *set, const float *errors)
{
    const char *normal = eng_saved_note(&d->model, RUN_NORMAL_CLASS_NOTE);
    size_t class = normal ? eng_dataset_class(set, normal) : set->n_classes;
    res_counts counts = {0};
    if (set->unlabelled || class == set->n_classes || set->n_classes < 2)
        return;
    for (size_t i = 0; i < set->n_rows; i++) {
        bool above = (double)errors[i] > d->threshold;
        if (set->labels[i] == class) {
            counts.normal_total++;
            counts.normal_correct += above ? 0 : 1;
        } else {
            counts.anomaly_total++;
            counts.anomaly_correct += above ? 1 : 0;
        }
    }
    size_t alarms = counts.normal_total - counts.normal_correct;
    size_t misses = counts.anomaly_total - counts.anomaly_correct;
    fprintf(stderr,
            "class \"%s\" is normal: normal recall %zu/%zu %.2f%%, anomaly recall %zu/%zu %.2f%%\n"
            "confusion: %zu normal as normal, %zu as anomaly; %zu abnormal as normal, %zu as "
            "anomaly\n",
            normal, counts.normal_correct, counts.normal_total,
            percent(counts.normal_correct, counts.normal_total), counts.anomaly_correct,
            counts.anomaly_total, percent(counts.anomaly_correct, counts.anomaly_total),
            counts.normal_correct, alarms, misses, counts.anomaly_correct);
}

static swp_status print(const cli_call *call, const run_detector *d, eng_dataset *set,
                        const float *errors, res_format format, swp_err *err)
{
    const char **labels = NULL;
    if (!set->unlabelled) {
        labels = swp_alloc(set->n_rows, sizeof *labels);
        if (!labels)
            return swp_fail(err, SWP_NOMEM, "out of memory for %zu rows", set->n_rows);
        for (size_t i = 0; i < set->n_classes; i++)
            swp_make_plain(set->classes[i].name);
        for (size_t i = 0; i < set->n_rows; i++)
            labels[i] = set->classes[set->labels[i]].name;
    }
    const res_verdicts verdicts = {
        .errors = errors, .labels = labels, .n = set->n_rows, .threshold = d->threshold};
    cli_output output;
    swp_status status = cli_output_open(&output, cli_value(call, "output", NULL), err);
    if (status == SWP_OK)
        status = res_verdicts_write(&verdicts, format, output.file, err);
    status = cli_output_close(&output, status, err);
    swp_free(labels);
    return status;
}

static swp_status run(cli_call *call, swp_err *err)
{
    const char *model = cli_value(call, "model", NULL);
    res_format format;
    run_detector detector = {0};
    eng_dataset *set = NULL;
    float *errors = NULL;
    if (!model)
        return swp_fail(err, SWP_USAGE, "detect: --model FILE says which model judges");
    swp_status status = cli_format(call, RES_CSV, RES_LATEX, &format, err);
    if (status == SWP_OK && format != RES_CSV && format != RES_JSON)
        status = swp_fail(err, SWP_USAGE, "detect: --format: expected csv or json, found \"%s\"",
                          cli_value(call, "format", NULL));
    if (status == SWP_OK)
        status = run_detector_init(&detector, model, cli_value(call, "threshold", NULL), err);
    if (status == SWP_OK)
        status = load_data(call, detector.length, &set, err);
    if (status == SWP_OK) {
        errors = swp_alloc(set->n_rows, sizeof *errors);
        status = errors ? run_detector_judge(&detector, set, errors, err)
                        : swp_fail(err, SWP_NOMEM, "out of memory for %zu rows", set->n_rows);
    }
    if (status == SWP_OK)
        status = print(call, &detector, set, errors, format, err);
    if (status == SWP_OK && !call->quiet)
        announce(&detector, set, errors);
    if (status == SWP_OK && !call->quiet)
        announce_recall(&detector, set, errors);
    swp_free(errors);
    eng_dataset_destroy(set);
    run_detector_deinit(&detector);
    return status;
}

static const cli_option options[] = {
    {.name = "model", .argument = "FILE", .help = "a model of `sweep export --what weights`"},
    {.name = "threshold",
     .argument = "T",
     .help = "a number, pNN or cNN of its validation errors, or one of the model's by name"},
    CLI_OPTION_FORMAT("csv (default) or json"),
    CLI_OPTION_OUTPUT,
    CLI_OPTION_END,
};

const cli_command cmd_detect = {
    .name = "detect",
    .operands = "DATA",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "Judge sequences by a trained model",
    .notes =
        "Prints row (from 0), label, error and verdict (normal, or anomaly if the error is above\n"
        "the threshold); with labels, also recall and confusion on standard error. DATA is a file\n"
        "or folder in any format that can be trained on, or - for standard input. Its rows must\n"
        "be as long as those that the model was trained on. Labels are optional.",
    .options = options,
    .run = run,
};
