/* Loads an engine from a shared library, libsweep_NAME.so in $SWEEP_PLUGINS, in ../lib/sweep, in
 * ../lib or beside the program, and checks that it is of this version and whole. */
#include "runner/backend/plugin.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runner/process/host.h"

#define PLUGIN_PATH_SIZE (PATH_MAX + 64)

/* `out` is the first of the places that has the file, or the last one. Returns whether one has. */
static bool find(const char *name, char *out, size_t size)
{
    const char *given = getenv("SWEEP_PLUGINS");
    if (given && *given) {
        snprintf(out, size, "%s/libsweep_%s.so", given, name);
        return access(out, F_OK) == 0;
    }
    static const char *const places[] = {"/../lib/sweep", "/../lib", ""};
    char folder[PATH_MAX];
    if (!run_program_folder(folder, sizeof folder))
        snprintf(folder, sizeof folder, ".");
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        snprintf(out, size, "%s%s/libsweep_%s.so", folder, places[i], name);
        if (access(out, F_OK) == 0)
            return true;
    }
    return false;
}

bool run_plugin_exists(const char *name)
{
    char path[PLUGIN_PATH_SIZE];
    return find(name, path, sizeof path);
}

static swp_status no_plugin(const char *name, const char *path, swp_err *err)
{
    swp_status status =
        swp_fail(err, SWP_UNAVAILABLE, "there is no %s engine: %s is missing", name, path);
    swp_hint(err,
             "-DSWEEP_%s=ON builds it where the toolkit is; --device cpu trains on the processor",
             strcmp(name, "cuda") == 0 ? "CUDA" : name);
    return status;
}

swp_status run_plugin_load(const char *name, const eng_api **out, swp_err *err)
{
    char path[PLUGIN_PATH_SIZE], symbol[64];
    if (!find(name, path, sizeof path))
        return no_plugin(name, path, err);
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        swp_status status =
            swp_fail(err, SWP_UNAVAILABLE, "cannot load the %s engine: %s", name, dlerror());
        swp_hint(err, "ldd %s names a missing library; otherwise it is from another build", path);
        return status;
    }
    snprintf(symbol, sizeof symbol, "sweep_%s_api", name);
    /* ISO C can turn an object's address into a function's only by copying its bytes. */
    const eng_api *(*get_api)(void) = NULL;
    void *address = dlsym(library, symbol);
    memcpy(&get_api, &address, sizeof get_api);
    if (!get_api)
        return swp_fail(err, SWP_UNAVAILABLE, "%s has no %s", path, symbol);
    *out = get_api();
    if (eng_api_validate(*out, err) != SWP_OK) {
        (void)!swp_err_set(err, SWP_UNAVAILABLE);
        swp_hint(err, "it was built with another version of sweep");
        return swp_wrap(err, "%s", path);
    }
    return SWP_OK;
}
