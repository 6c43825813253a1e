/* Where a model's initial weights come from: a place in a stream of random numbers.
 *
 * A trial begins a stream of its own (train.init_stream = each), perhaps after models that are
 * drawn and dropped (train.init_after), or continues the stream that all trials of one seed share
 * in grid order (grid). Both are what notebooks do that seed once and build models one after the
 * other. A long stream is cut by checkpoints: a trial deep in it starts from the last one. */
#ifndef RUN_STREAM_H
#define RUN_STREAM_H

#include "engine/base/str.h"
#include "engine/data/rng.h"
#include "runner/config/cfg.h"

typedef struct run_start {
    const eng_shape *before; /* (n_before) models drawn and dropped first; shared between trials */
    size_t n_before;
    const eng_rng *rng; /* the stream after the first n_skipped of them; NULL: from its beginning */
    size_t n_skipped;
    char digest[RES_KEY_SIZE]; /* SHA-256 over all of them, for the trial's key */
} run_start;

/* A trial that is given its place. */
typedef struct run_streamed {
    const cfg_settings *settings;
    run_start *start;
} run_streamed;

typedef struct run_streams run_streams; /* the memory that starts point into */

/* Give every trial its start; `trials` (n) are in grid order.
 * errors   NOMEM   owns   *out: run_streams_destroy; all starts are void then */
SWP_CHECKED swp_status run_streams_assign(const run_streamed *trials, size_t n, run_streams **out,
                                          swp_err *err);
void run_streams_destroy(run_streams *streams); /* NULL allowed */

/* Draw the weights of a model of this shape from the stream of a seed.
 * shapes   weights (layout total of the shape) */
void run_start_draw(const run_start *start, uint32_t seed, eng_shape shape, eng_real *weights);

/* The same in another process: what is left to be drawn, as bytes (none for the beginning of a
 * stream), and from them. errors INTERNAL (they are not what pack wrote) */
void run_start_pack(const run_start *start, swp_buf *out);
SWP_CHECKED swp_status run_start_draw_packed(const void *packed, size_t size, uint32_t seed,
                                             eng_shape shape, eng_real *weights, swp_err *err);

#endif
