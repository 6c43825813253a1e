/* Model files. An accepted one is valid, and reads the same when it is written again. */
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "engine/base/mem.h"
#include "engine/base/str.h"
#include "engine/safetensors.h"
#include "tests/fuzz/fuzz.h"

static bool is_plain(const char *text)
{
    while (*text) {
        size_t n = swp_utf8_length(text);
        if (n == 0)
            return false;
        text += n;
    }
    return true;
}

static bool same_weights(const eng_saved *a, const eng_saved *b, size_t total)
{
    return memcmp(a->weights, b->weights, total * sizeof *a->weights) == 0;
}

static void check_round_trip(const eng_saved *saved)
{
    eng_layout layout = eng_layout_of(saved->shape);
    eng_saved again;
    void *bytes;
    size_t n;
    swp_err err = {0};
    FUZZ_CHECK(eng_safetensors_encode(&layout, saved->weights, saved->notes, saved->n_notes, &bytes,
                                      &n, &err) == SWP_OK);
    swp_status status = eng_safetensors_decode(bytes, n, &again, &err);
    /* Making keys plain may have made two of them one. */
    FUZZ_CHECK(status == SWP_OK || strstr(err.text, "is there twice"));
    if (status == SWP_OK) {
        FUZZ_CHECK(again.n_notes == saved->n_notes && same_weights(&again, saved, layout.total));
        for (size_t i = 0; i < saved->n_notes; i++)
            FUZZ_CHECK(strcmp(again.notes[i].value, saved->notes[i].value) == 0);
    }
    eng_saved_deinit(&again);
    swp_free(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const swp_status refusals[] = {SWP_FORMAT};
    eng_saved saved;
    swp_err err = {0};
    swp_status status = eng_safetensors_decode(bytes, size, &saved, &err);
    if (status != SWP_OK) {
        fuzz_check_refusal(status, &err, refusals, 1);
        FUZZ_CHECK(!saved.weights && !saved.notes);
        return 0;
    }
    size_t total = eng_layout_of(saved.shape).total;
    for (size_t i = 0; i < total; i++)
        FUZZ_CHECK(isfinite(saved.weights[i]));
    for (size_t i = 0; i < saved.n_notes; i++)
        FUZZ_CHECK(is_plain(saved.notes[i].key) && is_plain(saved.notes[i].value));
    check_round_trip(&saved);
    eng_saved_deinit(&saved);
    return 0;
}
