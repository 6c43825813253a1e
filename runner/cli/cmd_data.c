/* sweep data info, sweep data synth: look into a data set, write a synthetic one. */
#include <stdio.h>
#include <string.h>

#include "engine/base/mem.h"
#include "engine/data/dataset.h"
#include "engine/data/synth.h"
#include "runner/cli/cmds.h"
#include "runner/cli/output.h"
#include "runner/config/cfg.h"

static void make_labels_plain(eng_dataset *set)
{
    for (size_t i = 0; i < set->n_classes; i++)
        swp_make_plain(set->classes[i].name);
}

static swp_status print_json(const eng_dataset *set, swp_err *err)
{
    swp_json json = {0};
    swp_json_object(&json, NULL);
    swp_json_text(&json, "name", set->name);
    swp_json_text(&json, "source", set->source);
    swp_json_bool(&json, "synthetic", set->synthetic);
    swp_json_size(&json, "rows", set->n_rows);
    swp_json_size(&json, "length", set->length);
    swp_json_list(&json, "classes");
    for (size_t i = 0; i < set->n_classes; i++) {
        swp_json_object(&json, NULL);
        swp_json_text(&json, "label", set->classes[i].name);
        swp_json_size(&json, "rows", set->classes[i].count);
        swp_json_end_object(&json);
    }
    swp_json_end_list(&json);
    swp_json_size(&json, "missing", set->n_missing);
    if (set->first_missing)
        swp_json_text(&json, "first_missing", set->first_missing);
    swp_json_text(&json, "fingerprint", set->fingerprint);
    swp_json_end_object(&json);
    return cli_print_json(&json, err);
}

static void print_text(const eng_dataset *set)
{
    printf("name         %s%s\nsource       %s\nrows         %zu\nlength       %zu\n", set->name,
           set->synthetic ? " (synthetic)" : "", set->source, set->n_rows, set->length);
    for (size_t i = 0; i < set->n_classes; i++)
        printf("class        %s: %zu rows\n", set->classes[i].name, set->classes[i].count);
    printf("missing      %zu%s%s\nfingerprint  %s\n", set->n_missing,
           set->first_missing ? ", first at " : "", set->first_missing ? set->first_missing : "",
           set->fingerprint);
}

static swp_status run_info(cli_call *call, swp_err *err)
{
    bool json;
    char *path = NULL;
    eng_dataset *set = NULL;
    swp_status status = cli_wants_json(call, &json, err);
    if (status == SWP_OK)
        status = cfg_find_data(NULL, call->operands[0], &path, err);
    if (status == SWP_OK)
        status = eng_dataset_load(path, &set, err);
    if (status == SWP_OK)
        make_labels_plain(set);
    if (status == SWP_OK && json)
        status = print_json(set, err);
    else if (status == SWP_OK)
        print_text(set);
    eng_dataset_destroy(set);
    swp_free(path);
    return status;
}

static swp_status run_synth(cli_call *call, swp_err *err)
{
    const char *path = cli_value(call, "output", NULL);
    size_t rows, seed;
    eng_dataset *set = NULL;
    if (!path)
        return swp_fail(err, SWP_USAGE, "data synth: -o FILE says where to write");
    if (strcmp(path, "-") == 0)
        return swp_fail(err, SWP_USAGE, "data synth: -o: expected a file, found \"-\"");
    swp_status status = cli_number(call, "rows", 50, ENG_MAX_ROWS, 5000, &rows, err);
    if (status == SWP_OK)
        status = cli_number(call, "seed", 0, UINT32_MAX, 1, &seed, err);
    if (status == SWP_OK)
        status = eng_synth_ecg(rows, (uint32_t)seed, &set, err);
    if (status == SWP_OK)
        status = eng_dataset_save(set, path, err);
    if (status == SWP_OK && !call->quiet)
        fprintf(stderr, "%s: %zu synthetic heartbeats of %zu samples\n", path, set->n_rows,
                set->length);
    eng_dataset_destroy(set);
    return status;
}

static const cli_option info_options[] = {CLI_OPTION_FORMAT("table or json"), CLI_OPTION_END};

const cli_command cmd_data_info = {
    .name = "data info",
    .operands = "PATH",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "Describe a data set: rows, classes, missing values",
    .notes = "PATH is looked up as written, then in the data path: $SWEEP_DATA, data/,\n"
             "../shared/data/, $XDG_DATA_HOME/sweep/.",
    .options = info_options,
    .run = run_info,
};

static const cli_option synth_options[] = {
    {.name = "output", .letter = 'o', .argument = "FILE", .help = "where to write (required)"},
    {.name = "rows", .argument = "N", .help = "heartbeats (5000)"},
    {.name = "seed", .argument = "N", .help = "of the random stream (1)"},
    CLI_OPTION_END,
};

const cli_command cmd_data_synth = {
    .name = "data synth",
    .operands = "-o FILE",
    .summary = "Write a synthetic heartbeat data set",
    .notes = "For trying the program without recorded data. The set is the same as\n"
             "builtin:ecg?rows=N&seed=N in an INI file.",
    .options = synth_options,
    .run = run_synth,
};
