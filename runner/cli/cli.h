/* The command line: a table of commands, their options, and how a failure becomes an exit code. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/engine.h"

/* What the shell sees. */
typedef enum cli_exit {
    CLI_EXIT_OK = 0,
    CLI_EXIT_SOME_FAILED = 1,  /* some trials failed, the rest is done */
    CLI_EXIT_USAGE = 2,        /* the command line is wrong */
    CLI_EXIT_CONFIG = 3,       /* configuration or data */
    CLI_EXIT_FILE = 4,         /* the store, or a file that cannot be read or written */
    CLI_EXIT_UNAVAILABLE = 5,  /* a device or an external program is missing */
    CLI_EXIT_INTERNAL = 70,    /* a bug, or out of memory */
    CLI_EXIT_INTERRUPTED = 130 /* Ctrl-C or SIGTERM */
} cli_exit;

/* One option of a command. Tables of options end with CLI_OPTION_END. */
typedef struct cli_option {
    const char *name;     /* "db" for --db */
    char letter;          /* 'o' for -o; 0 = none */
    const char *argument; /* what help calls its value; NULL = a flag without one */
    const char *help;
    const char *values; /* the words that it takes, as a list in a sentence; NULL = others */
} cli_option;

/* clang-format off */
#define CLI_OPTION_END    {.name = NULL}
#define CLI_OPTION_DB     {.name = "db", .argument = "FILE", .help = "the store (" CLI_DEFAULT_DB ")"}
#define CLI_OPTION_FORMAT(formats) {.name = "format", .argument = "FORMAT", .help = formats, \
                                    .values = formats}
#define CLI_OPTION_DEVICE {.name = "device", .argument = "DEVICE", .help = "auto, cpu or cuda", \
                           .values = "auto, cpu or cuda"}
#define CLI_OPTION_OUTPUT {.name = "output", .letter = 'o', .argument = "FILE", \
                           .help = "write to FILE instead of standard output"}
/* clang-format on */

#define CLI_DEFAULT_DB "results/sweep.db"

/* An engine to train on. */
typedef struct cli_engine {
    const char *name;   /* what --device calls it */
    const eng_api *api; /* NULL = a plug-in, loaded when it is asked for */
} cli_engine;

typedef struct cli_call cli_call;

typedef struct cli_command {
    const char *name;     /* "run", "data info" */
    const char *operands; /* as the usage line shows them: "FILE.ini" */
    size_t min_operands, max_operands;
    const char *summary; /* one line of `sweep help` */
    const char *notes;   /* paragraph of the command's own help; NULL = none */
    const cli_option *options;
    swp_status (*run)(cli_call *call, swp_err *err);
} cli_command;

/* An option as it was given; value is NULL for a flag. */
typedef struct cli_given {
    const cli_option *option;
    const char *value;
} cli_given;

/* One parsed command line. Texts belong to argv. */
struct cli_call {
    const cli_engine *engines; /* ended by a name of NULL; the first one is what `auto` takes */
    const cli_command *command;
    cli_given *given;
    size_t n_given;
    const char **operands;
    size_t n_operands;
    bool quiet, verbose, help;
    bool colour;      /* standard error is a terminal that wants colour */
    bool some_failed; /* set by a command that did its work, but not all of it succeeded */
};

/* Parse the words that follow the command's name.
 * errors   USAGE with the nearest option, NOMEM   owns   call: cli_call_deinit, also on failure */
SWP_CHECKED swp_status cli_parse(cli_call *call, int argc, char *const *argv, swp_err *err);
void cli_call_deinit(cli_call *call);

/* Value of an option that was given (the last one counts), or `otherwise`. */
const char *cli_value(const cli_call *call, const char *name, const char *otherwise);

/* The index-th value of an option that may be repeated, or NULL. */
const char *cli_value_at(const cli_call *call, const char *name, size_t index);
bool cli_flag(const cli_call *call, const char *name);

/* Whole-number value of an option, or `otherwise` when it was not given. errors USAGE */
SWP_CHECKED swp_status cli_number(const cli_call *call, const char *name, size_t min, size_t max,
                                  size_t otherwise, size_t *out, swp_err *err);

/* Operand `index`, or NULL. */
const char *cli_operand(const cli_call *call, size_t index);

/* The options that every command takes. */
const cli_option *cli_common_options(void);

/* All commands, ended by NULL. */
const cli_command *const *cli_commands(void);

/* The command of this name, or NULL. */
const cli_command *cli_command_find(const char *name);

/* Fail with the nearest command name as a hint. errors USAGE */
SWP_CHECKED swp_status cli_unknown_command(const char *name, swp_err *err);

/* Print the help of a command, or of the program (NULL), on standard output. */
void cli_help(const cli_command *command);

/* The whole program. Returns its exit code. */
int cli_main(const cli_engine *engines, int argc, char **argv);

#endif
