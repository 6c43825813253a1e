/* sweep_bench --peers: runs peers.py, which starts this program again with --serve, as one of the
 * three programs that it measures in turns. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "engine/base/str.h"
#include "tests/bench/bench.h"

swp_status bench_peers(const bench_options *options, swp_err *err)
{
    char self[4096];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    if (n <= 0)
        return swp_fail(err, SWP_UNAVAILABLE, "cannot tell where this program is");
    self[n] = '\0';
    swp_buf command = {0};
    swp_buf_printf(&command, "python3 '%s' --bench '%s' --venv '%s/peers'%s", BENCH_PEERS_SCRIPT,
                   self, BENCH_WORK_FOLDER, options->quick ? " --quick" : "");
    if (options->isa)
        swp_buf_printf(&command, " --isa '%s'", options->isa);
    if (options->only)
        swp_buf_printf(&command, " --only '%s'", options->only);
    if (options->out)
        swp_buf_printf(&command, " -o '%s'", options->out);
    swp_status status = SWP_OK;
    if (command.failed)
        status = swp_fail(err, SWP_NOMEM, "out of memory");
    else if (system(command.text) != 0)
        status = swp_fail(err, SWP_UNAVAILABLE, "%s did not measure", BENCH_PEERS_SCRIPT);
    swp_buf_deinit(&command);
    return status;
}
