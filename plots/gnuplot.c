/* gnuplot, run once for all scripts of a sheet in the folder that they lie in. It dies with this
 * process: nobody would give its pictures their names. */
#include "plots/gnuplot_priv.h"

#include <string.h>

#include "engine/base/child.h"
#include "engine/base/mem.h"

swp_status plot_gnuplot_run(const char *folder, char *const *scripts, size_t n, bool *missing,
                            swp_err *err)
{
    /* -d: without the user's own settings; part: the suffix of a picture that is being drawn. */
    static char program[] = "gnuplot", plain[] = "-d", run[] = "-e", part[] = "part = '.part'";
    char *const first[] = {program, plain, run, part};
    size_t n_first = sizeof first / sizeof first[0];
    *missing = false;
    char **argv = swp_alloc(n_first + n + 1, sizeof *argv);
    if (!argv)
        return swp_fail(err, SWP_NOMEM, "out of memory");
    memcpy(argv, first, sizeof first);
    memcpy(argv + n_first, scripts, n * sizeof *argv);
    swp_child child = {.argv = argv, .folder = folder, .dies_with_us = true};
    swp_status status = swp_child_run(&child, err);
    *missing = child.is_missing;
    if (child.is_missing) {
        status = swp_fail(err, SWP_UNAVAILABLE, "charts need gnuplot, and there is none in PATH");
        swp_hint(err, "apt install gnuplot-nox; the scripts and data in %s are ready for it",
                 folder);
    }
    swp_free(argv);
    return status;
}
