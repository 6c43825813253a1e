/* Results go to standard output or to the file of -o, which appears whole or not at all; the folder
 * of an experiment is named after it in letters that every file system takes. */
#include "runner/cli/output.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "engine/base/str.h"

swp_status cli_output_open(cli_output *output, const char *path, swp_err *err)
{
    *output = (cli_output){.file = stdout};
    if (!path || strcmp(path, "-") == 0)
        return SWP_OK;
    swp_status status = swp_file_create(path, &output->named, err);
    output->file = output->named.stream;
    return status;
}

swp_status cli_output_close(cli_output *output, swp_status status, swp_err *err)
{
    status = swp_file_close(&output->named, status, err);
    *output = (cli_output){0};
    return status;
}

swp_status cli_wants_json(const cli_call *call, bool *out, swp_err *err)
{
    const char *format = cli_value(call, "format", "table");
    *out = strcmp(format, "json") == 0;
    if (*out || strcmp(format, "table") == 0)
        return SWP_OK;
    return swp_fail(err, SWP_USAGE, "%s: --format: expected table or json, found \"%s\"",
                    call->command->name, format);
}

swp_status cli_print_json(swp_json *value, swp_err *err)
{
    bool failed = value->text.failed;
    if (!failed)
        puts(value->text.text);
    swp_buf_deinit(&value->text);
    return failed ? swp_fail(err, SWP_NOMEM, "out of memory") : SWP_OK;
}

/* Bytes that are safe in a folder's name on any system. */
static bool is_safe(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c && strchr("-_.", c));
}

void cli_make_safe(char *name)
{
    for (char *c = name; *c; c++) {
        bool hides = *c == '.' && c == name;
        if (!is_safe(*c) || hides)
            *c = '_';
    }
}

/* Names that are not safe as they are get a mark of their own: "a b" and "a:b" differ. */
static void add_mark(const char *name, swp_buf *out)
{
    swp_buf safe = {0};
    swp_buf_puts(&safe, name);
    if (!safe.failed)
        cli_make_safe(safe.text);
    if (safe.failed)
        out->failed = true;
    else if (strcmp(safe.text, name) != 0)
        swp_buf_printf(out, "-%08x", (unsigned)swp_hash(name, strlen(name), SWP_HASH_START));
    swp_buf_deinit(&safe);
}

swp_status cli_default_folder(res_store *store, const char *name, const char *parent, char **out,
                              swp_err *err)
{
    res_experiment experiment;
    swp_status status = res_experiment_find(store, name, &experiment, err);
    if (status != SWP_OK)
        return status;
    swp_buf folder = {0};
    swp_buf_printf(&folder, "%s%s", parent, experiment.name);
    add_mark(experiment.name, &folder);
    res_experiment_deinit(&experiment);
    if (folder.failed) {
        swp_buf_deinit(&folder);
        return swp_fail(err, SWP_NOMEM, "out of memory");
    }
    cli_make_safe(folder.text + strlen(parent));
    *out = folder.text;
    return SWP_OK;
}

bool cli_has_utf8(void)
{
    static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *value = getenv(names[i]);
        if (!value || !*value)
            continue;
        const char *charset = strchr(value, '.');
        return charset &&
               (strncasecmp(charset, ".utf-8", 6) == 0 || strncasecmp(charset, ".utf8", 5) == 0);
    }
    return false;
}
