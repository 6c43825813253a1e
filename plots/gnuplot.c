/* gnuplot, run on the scripts of a sheet in the folder that they lie in: most of its time goes into
 * compressing pictures, so that as many processes as there are cores share them. They die with this
 * process, which would have to rename their pictures. */
#include "plots/gnuplot_priv.h"

#include <string.h>

#include "engine/base/child.h"
#include "engine/base/mem.h"

/* The arguments of one process: every script whose index is `first` modulo `step`. owns it:
 * swp_free
 */
static char **make_argv(char *const *scripts, size_t n, size_t first, size_t step)
{
    /* -d: without the user's own settings; part: the suffix of a picture that is being drawn. */
    static char program[] = "gnuplot", plain[] = "-d", run[] = "-e", part[] = "part = '.part'";
    char *const begin[] = {program, plain, run, part};
    size_t n_words = sizeof begin / sizeof begin[0];
    char **argv = swp_alloc(n_words + n + 1, sizeof *argv);
    if (!argv)
        return NULL;
    memcpy(argv, begin, sizeof begin);
    for (size_t i = first; i < n; i += step)
        argv[n_words++] = scripts[i];
    return argv;
}

static swp_status explain(const swp_child *child, swp_status status, bool *missing, swp_err *err)
{
    if (!child->is_missing)
        return status;
    *missing = true;
    status = swp_fail(err, SWP_UNAVAILABLE, "charts need gnuplot, and there is none in PATH");
    swp_hint(err, "apt install gnuplot-nox; the scripts and data in %s are ready for it",
             child->folder);
    return status;
}

swp_status plot_gnuplot_run(const char *folder, char *const *scripts, size_t n, size_t processes,
                            bool *missing, swp_err *err)
{
    enum { MOST = 16 };
    swp_child children[MOST];
    char **argvs[MOST];
    size_t most = processes < MOST ? processes : MOST, step = n < most ? n : most, n_started = 0;
    swp_status status = SWP_OK;
    *missing = false;
    step = step > 0 ? step : 1;
    for (size_t i = 0; i < step && status == SWP_OK; i++) {
        argvs[i] = make_argv(scripts, n, i, step);
        children[i] = (swp_child){.argv = argvs[i], .folder = folder, .dies_with_us = true};
        status = argvs[i] ? swp_child_start(&children[i], err)
                          : swp_fail(err, SWP_NOMEM, "out of memory");
        if (status == SWP_OK)
            n_started++;
        else
            swp_free(argvs[i]);
    }
    for (size_t i = 0; i < n_started; i++) {
        swp_err why;
        swp_status ended = swp_child_wait(&children[i], &why);
        if (status == SWP_OK && ended != SWP_OK) {
            swp_err_copy(err, &why);
            status = explain(&children[i], ended, missing, err);
        }
        swp_free(argvs[i]);
    }
    return status;
}
