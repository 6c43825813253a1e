/* The words of a command line, one a line: parsed for the command that the first names, and the
 * values of its --set applied to a small INI file. Nothing is run. */
#include <stdlib.h>
#include <string.h>

#include "runner/cli/cli.h"
#include "runner/config/cfg.h"
#include "tests/fuzz/fuzz.h"

enum { MOST_WORDS = 32 };

static const char ini[] = "[experiment]\nname = x\n[data]\npath = builtin:ecg\n"
                          "[sweep]\nmodel.embedding_dim = 2, 4\n[when model.embedding_dim = 4]\n"
                          "train.seed = 1\n";

static void check(swp_status status, const swp_err *err)
{
    static const swp_status refusals[] = {SWP_USAGE, SWP_CONFIG};
    if (status != SWP_OK)
        fuzz_check_refusal(status, err, refusals, 2);
}

static void read_values(const cli_call *call)
{
    cfg_override overrides[MOST_WORDS];
    size_t n = 0, number;
    cfg *config;
    swp_err err = {0};
    for (const char *text; (text = cli_value_at(call, "set", n)) != NULL; n++)
        overrides[n] = text;
    const char *path = fuzz_file("x.ini", (const uint8_t *)ini, sizeof ini - 1);
    check(cfg_load(path, overrides, n, &config, &err), &err);
    cfg_destroy(config);
    for (size_t i = 0; i < call->n_given; i++) {
        if (call->given[i].value)
            check(cli_number(call, call->given[i].option->name, 1, 1024, 1, &number, &err), &err);
    }
    res_threshold threshold;
    for (size_t i = 0; cli_value_at(call, "threshold", i); i++)
        check(res_threshold_parse(cli_value_at(call, "threshold", i), &threshold, &err), &err);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    char *text = fuzz_text(bytes, size), *words[MOST_WORDS + 1] = {text};
    int n = 1;
    for (char *end = strchr(text, '\n'); end && n < MOST_WORDS; end = strchr(end + 1, '\n')) {
        *end = '\0';
        words[n++] = end + 1;
    }
    swp_err err = {0};
    cli_call call = {.command = cli_command_find(words[0])};
    if (!call.command) {
        check(cli_unknown_command(words[0], &err), &err);
    } else {
        swp_status status = cli_parse(&call, n - 1, words + 1, &err);
        check(status, &err);
        if (status == SWP_OK)
            read_values(&call);
        cli_call_deinit(&call);
    }
    free(text);
    return 0;
}
