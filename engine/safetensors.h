/* Weights as a .safetensors file, which PyTorch's users load with
 * model.load_state_dict(safetensors.torch.load_file(path)): an 8-byte length, a JSON header, the
 * tensors as float32, little-endian, in the order of the model's layout.
 * source   https://github.com/huggingface/safetensors#format */
#ifndef ENG_SAFETENSORS_H
#define ENG_SAFETENSORS_H

#include "engine/model.h"

#ifdef __cplusplus
extern "C" {
#endif

/* One entry of the file's __metadata__, both borrowed; what they mean is the caller's business. */
typedef struct eng_note {
    const char *key, *value;
} eng_note;

/* shapes   weights (layout->total)
 * errors   NOMEM   owns *bytes: swp_free   repeat  the same bytes for the same input */
SWP_CHECKED swp_status eng_safetensors_encode(const eng_layout *layout, const eng_real *weights,
                                              const eng_note *notes, size_t n_notes, void **bytes,
                                              size_t *n_bytes, swp_err *err);

#ifdef __cplusplus
}
#endif
#endif
