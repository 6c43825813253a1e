/* The table of commands, and the way from a command line to an exit code: find the command, parse
 * its words, run it, print its error. Every status has one exit code. */
#include "runner/cli/cli.h"

#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/path.h"
#include "engine/base/str.h"
#include "runner/backend/plugin.h"
#include "runner/cli/cmds.h"
#include "runner/version.h"

/* In the order in which help lists them. */
static const cli_command *const commands[] = {
    &cmd_run,     &cmd_watch,     &cmd_report,     &cmd_compare, &cmd_plot,   &cmd_list,
    &cmd_delete,  &cmd_rename,    &cmd_note,       &cmd_copy,    &cmd_show,   &cmd_export,
    &cmd_detect,  &cmd_check,     &cmd_submit,     &cmd_work,    &cmd_status, &cmd_collect,
    &cmd_devices, &cmd_data_info, &cmd_data_synth, &cmd_init,    &cmd_help,   NULL,
};

const cli_command *const *cli_commands(void)
{
    return commands;
}

const cli_command *cli_command_find(const char *name)
{
    for (size_t i = 0; commands[i]; i++) {
        if (strcmp(commands[i]->name, name) == 0)
            return commands[i];
    }
    return NULL;
}

/* Whether this is a command of two words that begins with this one: "data". */
static bool begins_with(const cli_command *command, const char *word)
{
    size_t length = strlen(word);
    return strncmp(command->name, word, length) == 0 && command->name[length] == ' ';
}

static bool begins_any(const char *word)
{
    for (size_t i = 0; commands[i]; i++) {
        if (begins_with(commands[i], word))
            return true;
    }
    return false;
}

static void hint_beginning(const char *word, swp_err *err)
{
    swp_buf names = {0};
    for (size_t i = 0; commands[i]; i++) {
        if (begins_with(commands[i], word))
            swp_buf_printf(&names, "%s`sweep %s`", names.length > 0 ? " or " : "",
                           commands[i]->name);
    }
    if (!names.failed)
        swp_hint(err, "did you mean %s?", names.text);
    swp_buf_deinit(&names);
}

swp_status cli_unknown_command(const char *name, swp_err *err)
{
    swp_nearest nearest = {.found = name};
    for (size_t i = 0; commands[i]; i++)
        swp_nearest_offer(&nearest, commands[i]->name);
    swp_status status = swp_fail(err, SWP_USAGE, "unknown command \"%s\"", name);
    if (begins_any(name))
        hint_beginning(name, err);
    else if (nearest.name)
        swp_hint(err, "did you mean `sweep %s`?", nearest.name);
    else
        swp_hint(err, "`sweep help` lists the commands");
    return status;
}

/* Find the command in argv; *n_words tells how many words its name took. */
static swp_status find_command(char *const *argv, const cli_command **out, size_t *n_words,
                               swp_err *err)
{
    char name[64];
    bool two_words = argv[1] && argv[1][0] != '-' && begins_any(argv[0]);
    int n = two_words ? snprintf(name, sizeof name, "%s %s", argv[0], argv[1])
                      : snprintf(name, sizeof name, "%s", argv[0]);
    bool whole = n > 0 && n < (int)sizeof name;
    *out = whole ? cli_command_find(name) : NULL;
    *n_words = two_words ? 2 : 1;
    return *out ? SWP_OK : cli_unknown_command(name, err);
}

static cli_exit exit_code(swp_status status)
{
    switch (status) {
    case SWP_OK:
        return CLI_EXIT_OK;
    case SWP_USAGE:
        return CLI_EXIT_USAGE;
    case SWP_CONFIG:
    case SWP_FORMAT:
        return CLI_EXIT_CONFIG;
    case SWP_IO:
    case SWP_DB:
    case SWP_BUSY:
        return CLI_EXIT_FILE;
    case SWP_UNAVAILABLE:
    case SWP_DEVICE:
        return CLI_EXIT_UNAVAILABLE;
    case SWP_NUMERIC:
        return CLI_EXIT_SOME_FAILED;
    case SWP_CANCELLED:
        return CLI_EXIT_INTERRUPTED;
    case SWP_NOMEM:
    case SWP_INTERNAL:
        break;
    }
    return CLI_EXIT_INTERNAL;
}

static void print_error(const cli_call *call, const swp_err *err)
{
    const char *red = call->colour ? "\x1b[1;31m" : "";
    const char *plain = call->colour ? "\x1b[0m" : "";
    fprintf(stderr, "%ssweep:%s %s\n", red, plain, err->text);
    if (err->hint[0])
        fprintf(stderr, "hint: %s\n", err->hint);
}

/* Whether the reader of standard output went away, as in `sweep report | head`. */
static bool reader_left(void)
{
    struct pollfd out = {.fd = STDOUT_FILENO, .events = POLLOUT};
    return poll(&out, 1, 0) > 0 && (out.revents & POLLERR);
}

/* Empty stdout's buffer. A reader that left early has what it wanted: that is no failure. */
static swp_status finish_output(swp_status status, swp_err *err)
{
    int failure = swp_stream_flush(stdout);
    if (!failure)
        return status;
    if (reader_left())
        return status == SWP_IO ? SWP_OK : status;
    if (status != SWP_OK)
        return status;
    return swp_fail_errno(err, SWP_IO, failure, "cannot write standard output");
}

static bool wants_colour(void)
{
    const char *no_color = getenv("NO_COLOR");
    const char *term = getenv("TERM");
    return isatty(STDERR_FILENO) && !(no_color && *no_color) && !(term && !strcmp(term, "dumb"));
}

static swp_status run_words(cli_call *call, int argc, char **argv, swp_err *err)
{
    size_t n_words;
    swp_status status = find_command(argv, &call->command, &n_words, err);
    if (status == SWP_OK)
        status = cli_parse(call, argc, argv + n_words, err);
    if (status != SWP_OK)
        return status;
    if (call->help) {
        cli_help(call->command);
        return SWP_OK;
    }
    return call->command->run(call, err);
}

static void print_version(void)
{
    printf("sweep %s\ncommit    %s\ncompiler  %s, %s\nfeatures  cpu %s%s\n", SWEEP_VERSION,
           SWEEP_COMMIT, SWEEP_COMPILER, SWEEP_BUILD, SWEEP_FEATURES,
           run_plugin_exists("cuda") ? ", cuda" : "");
}

/* What stands where a command should: --help, --version, nothing, or a stray option. */
static swp_status run_bare(const char *word, swp_err *err)
{
    if (word && (strcmp(word, "--version") == 0 || strcmp(word, "-V") == 0)) {
        print_version();
        return SWP_OK;
    }
    if (word && (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0)) {
        cli_help(NULL);
        return SWP_OK;
    }
    swp_status status = word ? swp_fail(err, SWP_USAGE, "expected a command, found \"%s\"", word)
                             : swp_fail(err, SWP_USAGE, "expected a command, found nothing");
    swp_hint(err, "`sweep help` lists the commands; options follow the command");
    return status;
}

int cli_main(const cli_engine *engines, int argc, char **argv)
{
    swp_err err = {0};
    cli_call call = {.engines = engines, .colour = wants_colour()};
    /* A broken pipe shows as a failed write, so that a run outlives the reader of its progress. */
    signal(SIGPIPE, SIG_IGN);
    /* So does a file that meets the limit of `ulimit -f`, which would kill silently. */
    signal(SIGXFSZ, SIG_IGN);

    bool bare = argc < 2 || argv[1][0] == '-';
    swp_status status =
        bare ? run_bare(argc < 2 ? NULL : argv[1], &err) : run_words(&call, argc, argv + 1, &err);
    status = finish_output(status, &err);
    if (status != SWP_OK)
        print_error(&call, &err);
    cli_exit code = exit_code(status);
    if (code == CLI_EXIT_OK && call.some_failed)
        code = CLI_EXIT_SOME_FAILED;
    cli_call_deinit(&call);
    return (int)code;
}
