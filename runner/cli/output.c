#include "runner/cli/output.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/mem.h"
#include "engine/base/str.h"

/* Whether the name can be replaced by a rename: not a device, pipe or link. */
static bool is_replaceable(const char *path)
{
    struct stat st;
    if (lstat(path, &st) != 0)
        return errno == ENOENT;
    return S_ISREG(st.st_mode);
}

swp_status cli_output_open(cli_output *output, const char *path, swp_err *err)
{
    if (!path || strcmp(path, "-") == 0) {
        *output = (cli_output){.file = stdout};
        return SWP_OK;
    }
    *output = (cli_output){.path = path};
    if (is_replaceable(path)) {
        swp_buf name = {0};
        swp_buf_printf(&name, "%s.%ld.tmp", path, (long)getpid());
        if (name.failed) {
            swp_buf_deinit(&name);
            return swp_fail(err, SWP_NOMEM, "out of memory");
        }
        output->temporary = name.text;
    }
    output->file = fopen(output->temporary ? output->temporary : path, "w");
    if (!output->file)
        return swp_fail_errno(err, SWP_IO, errno, "cannot write %s", path);
    return SWP_OK;
}

swp_status cli_output_close(cli_output *output, swp_status status, swp_err *err)
{
    if (!output->path)
        return status;
    if (output->file) {
        /* The errno of a write that failed before is lost, unless writing the rest fails alike. */
        int reason = ferror(output->file) ? EIO : 0;
        if (fflush(output->file) != 0)
            reason = errno;
        if (fclose(output->file) != 0 && !reason)
            reason = errno;
        if (status == SWP_OK && reason)
            status = swp_fail_errno(err, SWP_IO, reason, "cannot write %s", output->path);
        if (output->temporary && status == SWP_OK && rename(output->temporary, output->path) != 0)
            status = swp_fail_errno(err, SWP_IO, errno, "cannot write %s", output->path);
        if (output->temporary && status != SWP_OK)
            unlink(output->temporary);
    }
    swp_free(output->temporary);
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

swp_status cli_print_json(cJSON *value, swp_err *err)
{
    char *text = value ? cJSON_Print(value) : NULL;
    cJSON_Delete(value);
    if (!text)
        return swp_fail(err, SWP_NOMEM, "out of memory");
    puts(text);
    cJSON_free(text);
    return SWP_OK;
}
