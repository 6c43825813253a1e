/* Options and operands of one command line. Options may stand anywhere; -- ends them; a value
 * follows its option as the next word or after = (long) or at once (letters). */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/mem.h"
#include "engine/base/str.h"
#include "runner/cli/cli.h"

/* What every command takes. */
static const cli_option common[] = {
    {.name = "help", .letter = 'h', .help = "show this help"},
    {.name = "quiet", .letter = 'q', .help = "no progress and no notes; of run, no report either"},
    {.name = "verbose", .letter = 'v', .help = "print details on standard error"},
    CLI_OPTION_END};

const cli_option *cli_common_options(void)
{
    return common;
}

static const cli_option *find_in(const cli_option *options, const char *name, size_t length)
{
    for (; options->name; options++) {
        if (strlen(options->name) == length && memcmp(options->name, name, length) == 0)
            return options;
    }
    return NULL;
}

static const cli_option *find_long(const cli_command *command, const char *name, size_t length)
{
    const cli_option *own = find_in(command->options, name, length);
    return own ? own : find_in(common, name, length);
}

static const cli_option *find_letter(const cli_option *options, char letter)
{
    for (; options->name; options++) {
        if (options->letter == letter)
            return options;
    }
    return NULL;
}

static swp_status unknown_option(const cli_call *call, const char *word, size_t length,
                                 swp_err *err)
{
    char found[64];
    snprintf(found, sizeof found, "%.*s", (int)length, word);
    swp_nearest nearest = {.found = found};
    const cli_option *const tables[] = {call->command->options, common};
    for (size_t t = 0; t < 2; t++) {
        for (const cli_option *o = tables[t]; o->name; o++)
            swp_nearest_offer(&nearest, o->name);
    }
    swp_status status =
        swp_fail(err, SWP_USAGE, "%s: unknown option --%s", call->command->name, found);
    if (nearest.name)
        swp_hint(err, "did you mean --%s?", nearest.name);
    else
        swp_hint(err, "`sweep %s --help` lists its options", call->command->name);
    return status;
}

static void keep(cli_call *call, const cli_option *option, const char *value)
{
    if (option == &common[0])
        call->help = true;
    else if (option == &common[1])
        call->quiet = true;
    else if (option == &common[2])
        call->verbose = true;
    else
        call->given[call->n_given++] = (cli_given){option, value};
}

/* Take an option whose value, if any, was attached to it; else it is the next word. */
static swp_status take(cli_call *call, const cli_option *option, const char *attached,
                       char *const **next, swp_err *err)
{
    if (!option->argument && attached)
        return swp_fail(err, SWP_USAGE, "%s: --%s takes no value, found \"%s\"",
                        call->command->name, option->name, attached);
    if (option->argument && !attached) {
        if (!**next)
            return swp_fail(err, SWP_USAGE, "%s: --%s needs a value: %s", call->command->name,
                            option->name, option->argument);
        attached = *(*next)++;
    }
    keep(call, option, attached);
    return SWP_OK;
}

/* What follows a dash: flags, and perhaps an option with its value: "qv", "oFILE". */
static swp_status take_letters(cli_call *call, const char *letters, char *const **next,
                               swp_err *err)
{
    swp_status status = SWP_OK;
    for (; *letters && status == SWP_OK; letters++) {
        const cli_option *option = find_letter(call->command->options, *letters);
        if (!option)
            option = find_letter(common, *letters);
        if (!option) {
            status =
                swp_fail(err, SWP_USAGE, "%s: unknown option -%c", call->command->name, *letters);
            swp_hint(err, "`sweep %s --help` lists its options", call->command->name);
            return status;
        }
        if (option->argument)
            return take(call, option, letters[1] ? letters + 1 : NULL, next, err);
        status = take(call, option, NULL, next, err);
    }
    return status;
}

/* A word that begins with a dash; `next` is the word after it. */
static swp_status take_option(cli_call *call, const char *word, char *const **next, swp_err *err)
{
    if (word[1] == '-') {
        const char *name = word + 2;
        size_t length = strcspn(name, "=");
        const cli_option *option = find_long(call->command, name, length);
        if (!option)
            return unknown_option(call, name, length, err);
        return take(call, option, name[length] == '=' ? name + length + 1 : NULL, next, err);
    }
    return take_letters(call, word + 1, next, err);
}

static swp_status check_operands(const cli_call *call, swp_err *err)
{
    const cli_command *command = call->command;
    swp_status status = SWP_OK;
    if (call->n_operands < command->min_operands && call->n_operands > 0)
        status = swp_fail(err, SWP_USAGE, "%s: expected %s, found \"%s\" only", command->name,
                          command->operands, call->operands[0]);
    else if (call->n_operands < command->min_operands)
        status = swp_fail(err, SWP_USAGE, "%s: expected %s, found nothing", command->name,
                          command->operands);
    else if (call->n_operands > command->max_operands)
        status = swp_fail(err, SWP_USAGE, "%s: unexpected \"%s\"", command->name,
                          call->operands[command->max_operands]);
    if (status != SWP_OK)
        swp_hint(err, "usage: sweep %s [OPTION]... %s", command->name, command->operands);
    return status;
}

swp_status cli_parse(cli_call *call, int argc, char *const *argv, swp_err *err)
{
    size_t room = (size_t)argc + 1;
    call->given = swp_alloc(room, sizeof *call->given);
    call->operands = swp_alloc(room, sizeof *call->operands);
    if (!call->given || !call->operands)
        return swp_fail(err, SWP_NOMEM, "out of memory");

    swp_status status = SWP_OK;
    bool options_over = false;
    for (char *const *next = argv; *next && status == SWP_OK;) {
        const char *word = *next++;
        if (!options_over && strcmp(word, "--") == 0)
            options_over = true;
        else if (!options_over && word[0] == '-' && word[1])
            status = take_option(call, word, &next, err);
        else
            call->operands[call->n_operands++] = word;
    }
    if (status == SWP_OK && !call->help)
        status = check_operands(call, err);
    return status;
}

void cli_call_deinit(cli_call *call)
{
    swp_free(call->given);
    swp_free(call->operands);
}

static const cli_given *find_given(const cli_call *call, const char *name)
{
    for (size_t i = call->n_given; i-- > 0;) {
        if (strcmp(call->given[i].option->name, name) == 0)
            return &call->given[i];
    }
    return NULL;
}

const char *cli_value(const cli_call *call, const char *name, const char *otherwise)
{
    const cli_given *given = find_given(call, name);
    return given ? given->value : otherwise;
}

const char *cli_value_at(const cli_call *call, const char *name, size_t index)
{
    for (size_t i = 0; i < call->n_given; i++) {
        if (strcmp(call->given[i].option->name, name) == 0 && index-- == 0)
            return call->given[i].value;
    }
    return NULL;
}

bool cli_flag(const cli_call *call, const char *name)
{
    return find_given(call, name) != NULL;
}

swp_status cli_number(const cli_call *call, const char *name, size_t min, size_t max,
                      size_t otherwise, size_t *out, swp_err *err)
{
    const char *text = cli_value(call, name, NULL);
    int64_t value = (int64_t)otherwise;
    if (text && !swp_parse_int(text, (int64_t)min, (int64_t)max, &value))
        return swp_fail(err, SWP_USAGE,
                        "%s: --%s: expected a whole number from %zu to %zu, found \"%s\"",
                        call->command->name, name, min, max, text);
    *out = (size_t)value;
    return SWP_OK;
}

const char *cli_operand(const cli_call *call, size_t index)
{
    return index < call->n_operands ? call->operands[index] : NULL;
}
