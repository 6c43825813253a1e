/* The suites that every engine must pass, on the GPU engine as the program loads it: on a GPU, or
 * emulated where $SWEEP_PLUGINS says so.
 * usage: test_cuda_plugin conformance|reference [PATTERN of cases] */
#include <stdio.h>
#include <string.h>

#include "runner/backend/plugin.h"
#include "tests/engine/conformance.h"
#include "tests/engine/reference.h"
#include "tests/support/cmocka_all.h"

int main(int argc, char **argv)
{
    const eng_api *api;
    swp_err err = {0};
    if (argc < 2 || argc > 3) {
        fprintf(stderr, "usage: %s conformance|reference [PATTERN]\n", argv[0]);
        return 2;
    }
    if (argc == 3)
        cmocka_set_test_filter(argv[2]);
    if (run_plugin_load("cuda", &api, &err) != SWP_OK) {
        fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    return strcmp(argv[1], "reference") == 0 ? reference_run(api, NULL)
                                             : conformance_run(api, NULL, false);
}
