/* The streams of initial weights: which models draw after which.
 *
 * Trials of one seed with init_stream = grid share a list of shapes, of which each sees the part
 * before it; init_after lists follow them in the same block. The digest over a list grows with
 * it, so that all keys of a stream cost one pass. Checkpoints are made where more than
 * CHECKPOINT_DRAWS numbers would have to be drawn again. */
#include "runner/backend/stream.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/digest.h"
#include "engine/base/mem.h"

/* Draws after which the stream's state is kept: some milliseconds' work, 2.5 kB each. */
#define CHECKPOINT_DRAWS ((size_t)1 << 20)

_Static_assert(RES_KEY_SIZE == SWP_DIGEST_SIZE, "a key is a hexadecimal SHA-256");

typedef struct checkpoint {
    eng_rng rng;
    struct checkpoint *before; /* the one made before this */
} checkpoint;

struct run_streams {
    eng_shape *shapes; /* all that starts' `before` point into */
    checkpoint *checkpoints;
};

/* The stream of one seed while its trials are passed in grid order. */
typedef struct stream {
    const eng_shape *shapes; /* what was drawn so far */
    size_t n;
    swp_digest digest;  /* over all of it */
    const eng_rng *rng; /* of the last checkpoint, or NULL */
    size_t n_skipped;   /* models before the checkpoint */
    size_t draws;       /* since the checkpoint */
} stream;

static void digest_shape(swp_digest *digest, const eng_shape *shape)
{
    char text[64];
    int n =
        snprintf(text, sizeof text, "%s %zu\n", eng_arch_name(shape->arch), shape->embedding_dim);
    swp_digest_add(digest, text, (size_t)n);
}

/* weights   NULL to draw and drop */
static void draw(eng_rng *rng, eng_shape shape, eng_real *weights)
{
    eng_layout layout = eng_layout_of(shape);
    eng_init_weights(&layout, rng, weights);
}

/* A trial with a stream of its own, after the models of init_after, which are put into *room. */
static void begin_stream(const run_streamed *trial, eng_shape **room)
{
    const cfg_settings *settings = trial->settings;
    swp_digest digest;
    swp_digest_init(&digest);
    *trial->start = (run_start){.before = *room, .n_before = settings->n_init_after};
    for (size_t i = 0; i < settings->n_init_after; i++) {
        **room = (eng_shape){settings->shape.arch, settings->init_after[i]};
        digest_shape(&digest, *room);
        (*room)++;
    }
    swp_digest_end(&digest, trial->start->digest);
}

static swp_status make_checkpoint(run_streams *streams, stream *s, uint32_t seed, swp_err *err)
{
    checkpoint *next = swp_alloc(1, sizeof *next);
    if (!next)
        return swp_fail(err, SWP_NOMEM, "out of memory");
    if (s->rng)
        next->rng = *s->rng;
    else
        eng_rng_seed(&next->rng, seed);
    for (size_t i = s->n_skipped; i < s->n; i++)
        draw(&next->rng, s->shapes[i], NULL);
    next->before = streams->checkpoints;
    streams->checkpoints = next;
    s->rng = &next->rng;
    s->n_skipped = s->n;
    s->draws = 0;
    return SWP_OK;
}

/* A trial that continues the stream of its seed. */
static swp_status continue_stream(run_streams *streams, const run_streamed *trial, stream *s,
                                  swp_err *err)
{
    swp_status status = SWP_OK;
    if (s->draws >= CHECKPOINT_DRAWS)
        status = make_checkpoint(streams, s, trial->settings->seed, err);
    *trial->start = (run_start){
        .before = s->shapes, .n_before = s->n, .rng = s->rng, .n_skipped = s->n_skipped};
    swp_digest digest = s->digest;
    swp_digest_end(&digest, trial->start->digest);
    return status;
}

static int compare_seeds(const void *a, const void *b)
{
    const run_streamed *const *x = a;
    const run_streamed *const *y = b;
    uint32_t s = (*x)->settings->seed, t = (*y)->settings->seed;
    if (s != t)
        return s < t ? -1 : 1;
    return (*x > *y) - (*x < *y); /* grid order: both lie in one array */
}

/* Trials of shared streams, sorted by seed, then by grid order. Models of init_after go to another
 * part of the room, so that the shapes of a stream stay together; a trial with them still has its
 * place in the stream, for those that come after it. */
static swp_status assign_shared(run_streams *streams, const run_streamed **sorted, size_t n,
                                eng_shape **own_room, swp_err *err)
{
    swp_status status = SWP_OK;
    eng_shape *room = streams->shapes;
    stream s = {0};
    for (size_t i = 0; i < n && status == SWP_OK; i++, room++) {
        const cfg_settings *settings = sorted[i]->settings;
        if (i == 0 || settings->seed != sorted[i - 1]->settings->seed) {
            s = (stream){.shapes = room};
            swp_digest_init(&s.digest);
        }
        if (settings->n_init_after > 0)
            begin_stream(sorted[i], own_room);
        else
            status = continue_stream(streams, sorted[i], &s, err);
        *room = settings->shape;
        digest_shape(&s.digest, room);
        s.draws += eng_layout_of(*room).total;
        s.n++;
    }
    return status;
}

swp_status run_streams_assign(const run_streamed *trials, size_t n, run_streams **out, swp_err *err)
{
    size_t n_own = 0, n_shared = 0;
    for (size_t i = 0; i < n; i++) {
        n_own += trials[i].settings->n_init_after;
        n_shared += trials[i].settings->init_stream == CFG_INIT_GRID;
    }
    run_streams *streams = *out = swp_alloc(1, sizeof *streams);
    const run_streamed **sorted = swp_alloc(n_shared, sizeof(run_streamed *));
    if (streams)
        streams->shapes = swp_alloc(n_shared + n_own, sizeof *streams->shapes);
    swp_status status = SWP_OK;
    if (!streams || !streams->shapes || !sorted) {
        status = swp_fail(err, SWP_NOMEM, "out of memory");
    } else {
        eng_shape *own_room = streams->shapes + n_shared;
        size_t n_sorted = 0;
        for (size_t i = 0; i < n; i++) {
            if (trials[i].settings->init_stream == CFG_INIT_GRID)
                sorted[n_sorted++] = &trials[i];
            else
                begin_stream(&trials[i], &own_room);
        }
        qsort(sorted, n_sorted, sizeof(run_streamed *), compare_seeds);
        status = assign_shared(streams, sorted, n_sorted, &own_room, err);
    }
    swp_free(sorted);
    return status;
}

void run_streams_destroy(run_streams *streams)
{
    if (!streams)
        return;
    while (streams->checkpoints) {
        checkpoint *before = streams->checkpoints->before;
        swp_free(streams->checkpoints);
        streams->checkpoints = before;
    }
    swp_free(streams->shapes);
    swp_free(streams);
}

void run_start_draw(const run_start *start, uint32_t seed, eng_shape shape, eng_real *weights)
{
    eng_rng rng;
    if (start->rng)
        rng = *start->rng;
    else
        eng_rng_seed(&rng, seed);
    for (size_t i = start->n_skipped; i < start->n_before; i++)
        draw(&rng, start->before[i], NULL);
    draw(&rng, shape, weights);
}

/* Packed: a header, the stream's state if it has one, the shapes. Only processes of one program
 * image exchange it, so numbers travel as they lie in memory. */
typedef struct header {
    uint64_t has_rng, n_shapes;
} header;

typedef struct packed_shape {
    uint64_t arch, dim;
} packed_shape;

void run_start_pack(const run_start *start, swp_buf *out)
{
    const header h = {start->rng != NULL, start->n_before - start->n_skipped};
    if (!h.has_rng && h.n_shapes == 0)
        return;
    swp_buf_add(out, (const char *)&h, sizeof h);
    if (start->rng)
        swp_buf_add(out, (const char *)start->rng, sizeof *start->rng);
    for (size_t i = start->n_skipped; i < start->n_before; i++) {
        const packed_shape shape = {start->before[i].arch, start->before[i].embedding_dim};
        swp_buf_add(out, (const char *)&shape, sizeof shape);
    }
}

swp_status run_start_draw_packed(const void *packed, size_t size, uint32_t seed, eng_shape shape,
                                 eng_real *weights, swp_err *err)
{
    const char *at = packed;
    header h = {0, 0};
    eng_rng rng;
    eng_rng_seed(&rng, seed);
    if (size >= sizeof h)
        memcpy(&h, at, sizeof h);
    size_t rng_size = h.has_rng ? sizeof rng : 0;
    if (size > 0 && (size < sizeof h + rng_size ||
                     (size - sizeof h - rng_size) / sizeof(packed_shape) != h.n_shapes ||
                     (size - sizeof h - rng_size) % sizeof(packed_shape) != 0))
        return swp_fail(err, SWP_INTERNAL, "malformed start of a model: %zu bytes", size);
    if (h.has_rng)
        memcpy(&rng, at + sizeof h, sizeof rng);
    at += sizeof h + rng_size;
    for (size_t i = 0; i < h.n_shapes; i++, at += sizeof(packed_shape)) {
        packed_shape before;
        memcpy(&before, at, sizeof before);
        if (before.arch > ENG_STACKED || before.dim == 0 || before.dim > ENG_MAX_EMBEDDING_DIM)
            return swp_fail(err, SWP_INTERNAL, "malformed start of a model: no such shape");
        draw(&rng, (eng_shape){(eng_arch)before.arch, (size_t)before.dim}, NULL);
    }
    draw(&rng, shape, weights);
    return SWP_OK;
}
