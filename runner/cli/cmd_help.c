/* sweep help: the program, one command, the options of an INI file, or the words that reports use.
 */
#include <stdio.h>
#include <string.h>

#include "runner/cli/cmds.h"
#include "runner/cli/output.h"
#include "runner/config/cfg.h"

#define COLUMN 26 /* where descriptions begin */

static void print_option(const cli_option *option)
{
    char text[64];
    snprintf(text, sizeof text, "%s%c%s --%s%s%s", option->letter ? "-" : " ",
             option->letter ? option->letter : ' ', option->letter ? "," : " ", option->name,
             option->argument ? " " : "", option->argument ? option->argument : "");
    printf("  %-*s %s\n", COLUMN, text, option->help);
}

static void print_program_help(void)
{
    printf("usage: sweep COMMAND [OPTION]... [OPERAND]...\n\n"
           "Trains every configuration that an INI file describes, records each epoch in a\n"
           "store, and reports how well each tells normal sequences from anomalies.\n\n"
           "commands:\n");
    for (const cli_command *const *c = cli_commands(); *c; c++) {
        char text[64];
        snprintf(text, sizeof text, "%s %s", (*c)->name, (*c)->operands);
        printf("  %-*s %s\n", COLUMN, text, (*c)->summary);
    }
    printf("\n`sweep help COMMAND` explains one, `sweep help config` lists the options of an INI\n"
           "file, `sweep help glossary` the words that reports use. `sweep --version` prints\n"
           "the version.\n");
}

void cli_help(const cli_command *command)
{
    if (!command) {
        print_program_help();
        return;
    }
    bool has_operands = command->operands[0] != '\0';
    printf("usage: sweep %s [OPTION]...%s%s\n\n%s.\n", command->name, has_operands ? " " : "",
           command->operands, command->summary);
    if (command->notes)
        printf("%s\n", command->notes);
    printf("\noptions:\n");
    for (const cli_option *o = command->options; o->name; o++)
        print_option(o);
    for (const cli_option *o = cli_common_options(); o->name; o++)
        print_option(o);
}

static void print_config_table(void)
{
    printf("Options of an INI file. * = may be an axis under [sweep].\n");
    size_t section_length = 0;
    const char *section = "";
    for (size_t i = 0; i < cfg_option_count(); i++) {
        cfg_option_info option = cfg_option_at(i);
        size_t length = strcspn(option.key, ".");
        if (length != section_length || strncmp(section, option.key, length) != 0)
            printf("\n[%.*s]\n", (int)length, option.key);
        section = option.key;
        section_length = length;
        printf("%c %s = %s\n      %s\n      %s\n", option.can_be_axis ? '*' : ' ',
               option.key + length + 1, option.default_value ? option.default_value : "(required)",
               option.help, option.allowed);
    }
}

static swp_status print_config_json(swp_err *err)
{
    swp_json json = {0};
    swp_json_list(&json, NULL);
    for (size_t i = 0; i < cfg_option_count(); i++) {
        cfg_option_info option = cfg_option_at(i);
        swp_json_object(&json, NULL);
        swp_json_text(&json, "key", option.key);
        swp_json_text(&json, "default", option.default_value);
        swp_json_text(&json, "allowed", option.allowed);
        swp_json_text(&json, "help", option.help);
        swp_json_bool(&json, "can_be_axis", option.can_be_axis);
        swp_json_end_object(&json);
    }
    swp_json_end_list(&json);
    return cli_print_json(&json, err);
}

static const struct {
    const char *word, *meaning;
} words[] = {
    {"experiment", "one INI file under a name"},
    {"revision", "one set of an experiment's settings; changed settings make another"},
    {"parameter", "a named setting that decides what a trial computes: train.learning_rate,\n"
                  "or a name of your own for a command"},
    {"axis", "a parameter with more than one value"},
    {"trial", "one configuration of all parameters, trained once up to its budget. It\n"
              "has a number within the revision and a state: waiting, running,\n"
              "stopped, done or failed"},
    {"budget", "the steps that a revision trains a trial to at most"},
    {"step", "an epoch, or what a command reports as one; counted from 1"},
    {"metric", "a named number of a trial at a step, with a direction: val_loss is\n"
               "minimised, auroc is maximised"},
    {"score", "how many normal and abnormal sequences are on the right side of one\n"
              "threshold after one epoch"},
    {"evaluation", "a trial read at an epoch count N and a threshold: its selected epoch\n"
                   "and the score there. It never trains"},
    {"selected epoch", "the epoch up to N with the smallest validation loss, the first of\n"
                       "equals"},
    {"error", "reconstruction error of one sequence: the sum over time of the absolute\n"
              "differences (l1) or of their squares (mse)"},
    {"threshold", "a sequence whose error is above it counts as abnormal: a number, pNN (a\n"
                  "percentile of the validation errors), cNN (at most 100 - NN % false "
                  "alarms), best_f1 or youden"},
    {"normal recall", "share of normal test sequences with error <= threshold (specificity)"},
    {"anomaly recall", "share of abnormal sequences with error > threshold (sensitivity)"},
    {"cohort", "trials of one shape that an engine trains side by side"},
    {"backend", "what trains trials: lstm (an engine: cpu, cuda) or command"},
    {"searcher", "what proposes trials; grid proposes every combination"},
    {"stopper", "what decides whether a trial goes on"},
};

static void print_glossary(void)
{
    enum { WORD_COLUMNS = 16 };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        const char *line = words[i].meaning;
        for (const char *left = words[i].word; line; left = "") {
            const char *end = strchr(line, '\n');
            int n = end ? (int)(end - line) : (int)strlen(line);
            printf("%-*s%.*s\n", WORD_COLUMNS, left, n, line);
            line = end ? end + 1 : NULL;
        }
    }
}

static swp_status help_config(const cli_call *call, swp_err *err)
{
    bool json;
    swp_status status = cli_wants_json(call, &json, err);
    if (status != SWP_OK)
        return status;
    if (json)
        return print_config_json(err);
    print_config_table();
    return SWP_OK;
}

static swp_status run(cli_call *call, swp_err *err)
{
    const char *first = cli_operand(call, 0), *second = cli_operand(call, 1);
    if (first && strcmp(first, "config") == 0)
        return help_config(call, err);
    if (first && strcmp(first, "glossary") == 0) {
        print_glossary();
        return SWP_OK;
    }
    if (!first) {
        cli_help(NULL);
        return SWP_OK;
    }
    char name[64];
    snprintf(name, sizeof name, "%s%s%s", first, second ? " " : "", second ? second : "");
    const cli_command *command = cli_command_find(name);
    if (!command)
        return cli_unknown_command(name, err);
    cli_help(command);
    return SWP_OK;
}

static const cli_option options[] = {CLI_OPTION_FORMAT("of `help config`: table or json"),
                                     CLI_OPTION_END};

const cli_command cmd_help = {
    .name = "help",
    .operands = "[TOPIC]",
    .max_operands = 2,
    .summary = "Explain a command, config (the INI file) or glossary (the words)",
    .options = options,
    .run = run,
};
