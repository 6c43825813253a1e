/* sweep help: the program, one command, or a topic. */
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "runner/cli/cmds.h"
#include "runner/cli/inputs.h"
#include "runner/cli/output.h"
#include "runner/cli/topics.h"
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
    printf("\ntopics:\n");
    for (const cli_topic *t = cli_topics(); t->name; t++)
        printf("  %-*s %s\n", COLUMN, t->name, t->summary);
    printf(
        "\n`sweep help COMMAND` and `sweep help TOPIC` explain one. `sweep --version` prints the\n"
        "version.\n");
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
    for (size_t i = 0; i < cfg_option_count(); i++) {
        cfg_option_info option = cfg_option_at(i);
        size_t length;
        const char *name = cfg_option_name(&option, &length);
        if (cfg_option_begins_section(i))
            printf("\n[%.*s]\n", (int)length, option.key);
        printf("%c %s = %s\n      %s\n      %s\n", option.can_be_axis ? '*' : ' ', name,
               option.default_value ? option.default_value : "(required)", option.help,
               option.allowed);
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

static void print_glossary(void)
{
    enum { WORD_COLUMNS = 16 };
    for (const cli_word *w = cli_glossary(); w->word; w++) {
        const char *line = w->meaning;
        for (const char *left = w->word; line; left = "") {
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

static void print_experiments(const cli_topic *topic)
{
    char share[PATH_MAX];
    printf("%s", topic->text);
    if (cli_share_folder(share, sizeof share))
        printf("\n  cp -r %s/experiments .\n", share);
}

static bool takes_operand(const cli_topic *topic)
{
    return strcmp(topic->name, "man") == 0 || strcmp(topic->name, "completion") == 0;
}

static swp_status help_topic(const cli_call *call, const cli_topic *topic, const char *operand,
                             swp_err *err)
{
    if (strcmp(topic->name, "experiments") == 0)
        print_experiments(topic);
    else if (topic->text)
        printf("%s", topic->text);
    else if (strcmp(topic->name, "config") == 0)
        return help_config(call, err);
    else if (strcmp(topic->name, "glossary") == 0)
        print_glossary();
    else if (strcmp(topic->name, "man") == 0)
        return cli_print_man(operand ? operand : "sweep", err);
    else
        return cli_print_completion(operand ? operand : "", err);
    return SWP_OK;
}

static swp_status run(cli_call *call, swp_err *err)
{
    const char *first = cli_operand(call, 0), *second = cli_operand(call, 1);
    if (!first) {
        cli_help(NULL);
        return SWP_OK;
    }
    const cli_topic *topic = cli_topic_find(first);
    if (topic && (!second || takes_operand(topic)))
        return help_topic(call, topic, second, err);
    char name[64];
    snprintf(name, sizeof name, "%s%s%s", first, second ? " " : "", second ? second : "");
    const cli_command *command = cli_command_find(name);
    if (!command)
        return cli_unknown_command(name, err);
    cli_help(command);
    return SWP_OK;
}

static const cli_option options[] = {{.name = "format",
                                      .argument = "FORMAT",
                                      .help = "of `help config`: table or json",
                                      .values = "table, json"},
                                     CLI_OPTION_END};

const cli_command cmd_help = {
    .name = "help",
    .operands = "[TOPIC]",
    .max_operands = 2,
    .summary = "Explain a command or a topic",
    .options = options,
    .run = run,
};
