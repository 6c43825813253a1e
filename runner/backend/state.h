/* The state of one model as bytes: what the store keeps so that a trial can go on, bit for bit.
 *
 * Layout, little-endian: "SWPSTATE", version (u32), bytes per number (u32), numbers per array
 * (u64), Adam steps (u64), origin (48 bytes), then weights, first moments and second moments as
 * float32; in version 2 the checksum of all these bytes (u64, FNV-1a). Version 1 is read as well.
 */
#ifndef RUN_STATE_H
#define RUN_STATE_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/engine.h"

/* Engine and instruction set, NUL-padded: "cpu avx512". */
#define RUN_ORIGIN_SIZE 48

/* A model's state with its own memory. */
typedef struct run_state {
    eng_state values; /* arrays of `total` numbers in one block */
    size_t total;
    char origin[RUN_ORIGIN_SIZE]; /* what computed it, or will */
} run_state;

/* All zeros. `info` names the engine that the state is for. errors NOMEM   owns run_state_deinit */
SWP_CHECKED swp_status run_state_init(run_state *state, size_t total, const eng_info *info,
                                      swp_err *err);
void run_state_deinit(run_state *state);

/* Bytes of a packed state of `total` numbers per array. */
size_t run_state_size(size_t total);

/* Whether these bytes are the state of some model, as it was packed. */
bool run_state_is_whole(const void *bytes, size_t size);

/* shapes   out (run_state_size(state->total)) bytes */
void run_state_pack(const run_state *state, void *out);

/* errors   FORMAT when the bytes are not a state of this size, or have changed since it was packed;
 * CONFIG when another engine or instruction set computed it, since what went on from there would be
 * the bits of neither
 */
SWP_CHECKED swp_status run_state_unpack(run_state *state, const void *bytes, size_t size,
                                        swp_err *err);

#endif
