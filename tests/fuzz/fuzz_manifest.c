/* The plan.json of a shared folder, which is untrusted: every field of an accepted plan is safe in
 * a batch script. */
#include <string.h>

#include "runner/cluster/manifest.h"
#include "runner/cluster/script.h"
#include "tests/fuzz/fuzz.h"

static const char ini[] = "[experiment]\nname = x\n[data]\npath = builtin:ecg?rows=60\n"
                          "[sweep]\nmodel.embedding_dim = 2, 3\n";

/* A plan's fields add no lines to a script. */
static size_t count_lines(const char *text)
{
    size_t n = 0;
    for (; *text; text++)
        n += *text == '\n';
    return n;
}

static void check_taken(const run_manifest *manifest)
{
    static const run_resources resources = {.cpus = 1};
    static size_t usual;
    swp_buf script = {0}, command = {0};
    swp_err err = {0};
    FUZZ_CHECK(strspn(manifest->id, "0123456789abcdef") == 8 && strlen(manifest->id) == 8);
    FUZZ_CHECK(manifest->n_tasks >= 1 && manifest->n_tasks <= manifest->plan.n_trials);
    FUZZ_CHECK(manifest->first[manifest->n_tasks] == manifest->plan.n_trials);
    FUZZ_CHECK(run_script_format(manifest, &resources, &script, &err) == SWP_OK);
    FUZZ_CHECK(run_script_command(manifest, 0, false, &command, &err) == SWP_OK);
    usual = usual ? usual : count_lines(script.text);
    FUZZ_CHECK(count_lines(script.text) == usual && count_lines(command.text) == 1);
    swp_buf_deinit(&script);
    swp_buf_deinit(&command);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const swp_status refusals[] = {SWP_CONFIG, SWP_IO};
    static bool written;
    if (!written)
        fuzz_file("plan.ini", (const uint8_t *)ini, sizeof ini - 1);
    written = true;
    run_manifest manifest;
    swp_err err = {0};
    swp_status status = run_manifest_load(&manifest, fuzz_file("plan.json", bytes, size), &err);
    if (status == SWP_OK)
        check_taken(&manifest);
    else
        fuzz_check_refusal(status, &err, refusals, 2);
    run_manifest_deinit(&manifest);
    return 0;
}
