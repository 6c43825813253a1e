/* sweep init: a commented INI file to begin with, made from the table of options. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "runner/cli/cmds.h"
#include "runner/config/cfg.h"

/* What the starter says where it does not leave an option at its default. */
static const struct {
    const char *key, *value;
} chosen[] = {
    {"experiment.name", "starter"},
    {"data.path", "builtin:ecg?rows=1000"},
};

static const char *find_chosen(const char *key)
{
    for (size_t i = 0; i < sizeof chosen / sizeof chosen[0]; i++) {
        if (strcmp(chosen[i].key, key) == 0)
            return chosen[i].value;
    }
    return NULL;
}

/* Every option with its help and limits, section by section; then the axes. */
static void write_starter(FILE *file)
{
    fprintf(file, "; sweep check FILE validates this file, sweep run FILE runs it.\n"
                  "; A setting after `;` has its default.\n");
    const char *section = "";
    size_t section_length = 0;
    for (size_t i = 0; i < cfg_option_count(); i++) {
        cfg_option_info option = cfg_option_at(i);
        size_t length = strcspn(option.key, ".");
        if (strncmp(option.key, "command.", strlen("command.")) == 0)
            continue; /* in place of the built-in backend, never beside it */
        if (length != section_length || strncmp(section, option.key, length) != 0)
            fprintf(file, "\n[%.*s]\n", (int)length, option.key);
        section = option.key;
        section_length = length;
        const char *value = find_chosen(option.key);
        fprintf(file, "; %s\n; Allowed: %s.\n%s%s = %s\n", option.help, option.allowed,
                value ? "" : ";", option.key + length + 1, value ? value : option.default_value);
    }
    fprintf(file,
            "\n[sweep]\n; Axes: every combination of their values is evaluated. Lists and ranges: "
            "2..8, 64 or\n; 2..8..2 or log(1e-4, 1e-2, 5). More epoch counts or thresholds cost no "
            "training.\n%s",
            cfg_starter_axes());
}

static swp_status run(cli_call *call, swp_err *err)
{
    const char *path = cli_operand(call, 0);
    path = path ? path : "sweep.ini";
    /* "x": fails when the file exists, so that no file is overwritten. */
    FILE *file = fopen(path, "wx");
    if (!file) {
        int reason = errno;
        swp_status status = swp_fail_errno(err, SWP_IO, reason, "init: cannot make %s", path);
        if (reason == EEXIST)
            swp_hint(err, "name another file, or remove this one first");
        return status;
    }
    write_starter(file);
    bool failed = ferror(file) != 0;
    failed |= fclose(file) != 0;
    if (failed) {
        swp_status status = swp_fail_errno(err, SWP_IO, errno, "init: cannot write %s", path);
        remove(path);
        return status;
    }
    if (!call->quiet)
        fprintf(stderr, "wrote %s; `sweep run %s` runs it\n", path, path);
    return SWP_OK;
}

static const cli_option options[] = {CLI_OPTION_END};

const cli_command cmd_init = {
    .name = "init",
    .operands = "[FILE.ini]",
    .max_operands = 1,
    .summary = "Write a commented INI file to begin with (sweep.ini)",
    .options = options,
    .run = run,
};
