/* sweep data info, sweep data synth: look into a data set, write a synthetic one. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/mem.h"
#include "engine/data/dataset.h"
#include "engine/data/synth.h"
#include "runner/cli/cmds.h"
#include "runner/cli/output.h"
#include "runner/config/cfg.h"
#include "runner/terminal/watch.h"

static void make_labels_plain(eng_dataset *set)
{
    for (size_t i = 0; i < set->n_classes; i++)
        swp_make_plain(set->classes[i].name);
}

#define CURVE 60 /* points of a curve at most */

/* The means of up to CURVE pieces of a row. Returns how many. */
static size_t make_curve(const eng_dataset *set, size_t row, double curve[CURVE])
{
    const float *values = set->values + row * set->length;
    size_t n = set->length < CURVE ? set->length : CURVE;
    for (size_t i = 0; i < n; i++) {
        size_t from = i * set->length / n, to = (i + 1) * set->length / n;
        curve[i] = 0;
        for (size_t t = from; t < to; t++)
            curve[i] += (double)values[t] / (double)(to - from);
    }
    return n;
}

/* A sequence as one line, from its least to its greatest value, with its label. */
static void print_curve(const char *name, const eng_dataset *set, size_t row)
{
    double curve[CURVE], least = (double)INFINITY, most = (double)-INFINITY;
    size_t n = make_curve(set, row, curve);
    for (size_t i = 0; i < n; i++) {
        least = fmin(least, curve[i]);
        most = fmax(most, curve[i]);
    }
    for (size_t i = 0; i < n; i++)
        curve[i] = isnan(curve[i]) ? least : curve[i];
    swp_buf text = {0};
    run_watch_curve(curve, n, CURVE, !cli_has_utf8(), &text);
    printf("%-12s %s", name, text.failed ? "" : text.text);
    swp_buf_deinit(&text);
    if (most >= least)
        printf("  from %.4g to %.4g", least, most);
    printf(", class %s\n", set->classes[set->labels[row]].name);
}

static void put_curve(swp_json *json, const char *key, const eng_dataset *set, size_t row)
{
    double curve[CURVE];
    size_t n = make_curve(set, row, curve);
    swp_json_list(json, key);
    for (size_t i = 0; i < n; i++)
        swp_json_real(json, NULL, (double)(float)curve[i]);
    swp_json_end_list(json);
}

/* How the file was read; NULL where there is nothing to say. */
typedef struct note {
    const char *name, *key, *text;
} note;

static void list_notes(const eng_dataset *set, note notes[3])
{
    notes[0] = (note){"label", "label_place", set->label_place};
    notes[1] = (note){"header", "header", set->header};
    notes[2] = (note){"left out", "left_out", set->left_out};
}

static swp_status print_json(const eng_dataset *set, swp_err *err)
{
    note notes[3];
    swp_json json = {0};
    list_notes(set, notes);
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
    for (size_t i = 0; i < 3; i++)
        if (notes[i].text)
            swp_json_text(&json, notes[i].key, notes[i].text);
    put_curve(&json, "first", set, 0);
    put_curve(&json, "last", set, set->n_rows - 1);
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
    note notes[3];
    list_notes(set, notes);
    for (size_t i = 0; i < 3; i++)
        if (notes[i].text)
            printf("%-12s %s\n", notes[i].name, notes[i].text);
    print_curve("first", set, 0);
    print_curve("last", set, set->n_rows - 1);
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
    .notes =
        "Also prints how the file was read: where the labels were, whether there was a header,\n"
        "what was left out and why. If that is wrong, set data.columns, data.label_column or\n"
        "data.has_header in the INI file.\n"
        "PATH is looked up as written, then in the data path: $SWEEP_DATA, data/,\n"
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
