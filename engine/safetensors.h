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

/* A model as its file has it. */
typedef struct eng_saved {
    eng_shape shape;
    eng_real *weights; /* (total of the shape's layout), all finite */
    eng_note *notes;   /* (n_notes) as swp_make_plain leaves them */
    size_t n_notes;
} eng_saved;

/* shapes   weights (layout->total)
 * errors   NOMEM   owns *bytes: swp_free   repeat  the same bytes for the same input */
SWP_CHECKED swp_status eng_safetensors_encode(const eng_layout *layout, const eng_real *weights,
                                              const eng_note *notes, size_t n_notes, void **bytes,
                                              size_t *n_bytes, swp_err *err);

/* Read what encode wrote with the notes arch and embedding_dim, or another program that knows the
 * same names. Strict: each tensor of the model once and none besides, of its very shape, together
 * all that is behind the header; finite numbers; no key twice.
 * errors   FORMAT with what was expected and found, NOMEM   owns   eng_saved_deinit */
SWP_CHECKED swp_status eng_safetensors_decode(const void *bytes, size_t n_bytes, eng_saved *out,
                                              swp_err *err);

/* Text of a note, or NULL. */
const char *eng_saved_note(const eng_saved *saved, const char *key);
void eng_saved_deinit(eng_saved *saved);

#ifdef __cplusplus
}
#endif
#endif
