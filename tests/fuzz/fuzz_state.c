/* The stored state of a model with three weights. An accepted state packs to the same bytes, except
 * for fields that version 1 did not have. */
#include <stdlib.h>
#include <string.h>

#include "runner/backend/state.h"
#include "tests/fuzz/fuzz.h"

enum { WEIGHTS = 3 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const swp_status refusals[] = {SWP_FORMAT, SWP_CONFIG};
    const eng_info info = {.engine = "cpu", .isa = "avx512"};
    run_state state;
    swp_err err = {0};
    FUZZ_CHECK(run_state_init(&state, WEIGHTS, &info, &err) == SWP_OK);
    swp_status status = run_state_unpack(&state, bytes, size, &err);
    if (status == SWP_OK) {
        uint8_t *packed = malloc(run_state_size(WEIGHTS));
        bool is_first = bytes[8] == 1; /* its version */
        FUZZ_CHECK(packed && size == run_state_size(WEIGHTS) - (is_first ? 8 : 0));
        run_state_pack(&state, packed);
        FUZZ_CHECK(is_first ? memcmp(packed + 12, bytes + 12, size - 12) == 0
                            : memcmp(packed, bytes, size) == 0);
        free(packed);
    } else {
        fuzz_check_refusal(status, &err, refusals, 2);
    }
    run_state_deinit(&state);
    return 0;
}
