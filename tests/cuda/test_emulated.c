/* The suites that every engine must pass, on the CUDA engine carried out by the stand-in. usage:
 * test_cuda_emulated conformance|reference SEED [SHARED] SEED decides in which order threads,
 * blocks and streams advance; SHARED is the most shared memory that a block may have, in bytes:
 * with little of it, models are trained as those too large for a block. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cuda/api.h"
#include "standin.h"
#include "tests/engine/conformance.h"
#include "tests/engine/reference.h"

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: %s conformance|reference SEED [SHARED]\n", argv[0]);
        return 2;
    }
    standin_device device = standin_h100;
    if (argc > 3)
        device.shared = strtoul(argv[3], NULL, 10);
    standin_set_device(&device);
    standin_seed((uint32_t)strtoul(argv[2], NULL, 10));
    int failed = strcmp(argv[1], "reference") == 0 ? reference_run(sweep_cuda_api(), NULL)
                                                   : conformance_run(sweep_cuda_api(), NULL, true);
    if (standin_leaks(1) > 0)
        failed = 1;
    printf("%lu kernels, %lu calls, at most %zu bytes on the device\n", standin_calls("kernel"),
           standin_calls(NULL), standin_peak_bytes());
    return failed;
}
