/* sweep help: the program, one command, or the options of an INI file. */
#include <cJSON.h>
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
           "Trains the LSTM autoencoders that an INI file names, keeps every epoch in a store,\n"
           "and reports how well each tells normal sequences from anomalies.\n\ncommands:\n");
    for (const cli_command *const *c = cli_commands(); *c; c++) {
        char text[64];
        snprintf(text, sizeof text, "%s %s", (*c)->name, (*c)->operands);
        printf("  %-*s %s\n", COLUMN, text, (*c)->summary);
    }
    printf("\n`sweep help COMMAND` tells more, `sweep help config` lists what an INI file may "
           "say.\n`sweep --version` prints the version.\n");
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
    cJSON *list = cJSON_CreateArray();
    for (size_t i = 0; i < cfg_option_count(); i++) {
        cfg_option_info option = cfg_option_at(i);
        cJSON *entry = cJSON_CreateObject();
        cJSON_AddStringToObject(entry, "key", option.key);
        if (option.default_value)
            cJSON_AddStringToObject(entry, "default", option.default_value);
        else
            cJSON_AddNullToObject(entry, "default");
        cJSON_AddStringToObject(entry, "allowed", option.allowed);
        cJSON_AddStringToObject(entry, "help", option.help);
        cJSON_AddBoolToObject(entry, "can_be_axis", option.can_be_axis);
        cJSON_AddItemToArray(list, entry);
    }
    return cli_print_json(list, err);
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
    .operands = "[COMMAND]",
    .max_operands = 2,
    .summary = "Explain the program, a command, or (`help config`) the INI file",
    .options = options,
    .run = run,
};
