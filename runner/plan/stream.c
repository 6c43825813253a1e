/* Where each trial stands in its stream of initial weights, and its key. */
#include <sha256.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"
#include "runner/plan/plan_priv.h"

/* Draws after which the stream's state is kept: some milliseconds' work, 2.5 kB each. */
#define CHECKPOINT_DRAWS ((size_t)1 << 20)

_Static_assert(RES_KEY_SIZE == SHA256_DIGEST_STRING_LENGTH, "a key is a hexadecimal SHA-256");

/* One grid stream: the trials with init_stream = grid and the same seed, in grid order. */
typedef struct stream {
    const eng_shape *shapes; /* what was drawn so far */
    size_t n;
    SHA2_CTX digest;                  /* over all of it */
    const run_checkpoint *checkpoint; /* the last, or NULL */
    size_t n_skipped;                 /* models before the checkpoint */
    size_t draws;                     /* since the checkpoint */
} stream;

static void digest_shape(SHA2_CTX *digest, const eng_shape *shape)
{
    char text[64];
    int n =
        snprintf(text, sizeof text, "%s %zu\n", eng_arch_name(shape->arch), shape->embedding_dim);
    SHA256Update(digest, (const uint8_t *)text, (size_t)n);
}

/* Key of a trial whose drawn_before has this digest, which is used up. */
static swp_status make_key(const run_plan *plan, run_trial *trial, SHA2_CTX *drawn, swp_err *err)
{
    const run_data *data = &plan->data[plan->splits[trial->split].data];
    char drawn_hex[SHA256_DIGEST_STRING_LENGTH];
    SHA256End(drawn, drawn_hex);
    swp_buf text = {0};
    cfg_trial_text(&trial->settings, &text);
    swp_buf_printf(&text, "data = %s\ndrawn before = %zu, %s\n", data->set->fingerprint,
                   trial->n_drawn_before, drawn_hex);
    if (!text.failed)
        SHA256Data((const uint8_t *)text.text, text.length, trial->key);
    bool failed = text.failed;
    swp_buf_deinit(&text);
    return failed ? swp_fail(err, SWP_NOMEM, "out of memory") : SWP_OK;
}

/* A trial that starts its own stream, after the models of init_after. Returns behind them. */
static swp_status lay_own(const run_plan *plan, run_trial *trial, eng_shape **room, swp_err *err)
{
    const cfg_settings *settings = &trial->settings;
    SHA2_CTX digest;
    SHA256Init(&digest);
    trial->drawn_before = *room;
    trial->n_drawn_before = settings->n_init_after;
    for (size_t i = 0; i < settings->n_init_after; i++) {
        **room = (eng_shape){settings->shape.arch, settings->init_after[i]};
        digest_shape(&digest, *room);
        (*room)++;
    }
    return make_key(plan, trial, &digest, err);
}

static void draw_and_drop(eng_rng *rng, const eng_shape *shapes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        eng_layout layout = eng_layout_of(shapes[i]);
        eng_init_weights(&layout, rng, NULL);
    }
}

static void start_rng(eng_rng *rng, const run_checkpoint *checkpoint, uint32_t seed)
{
    if (checkpoint)
        *rng = checkpoint->rng;
    else
        eng_rng_seed(rng, seed);
}

static swp_status make_checkpoint(run_plan *plan, stream *s, uint32_t seed, swp_err *err)
{
    run_checkpoint *next = swp_alloc(1, sizeof *next);
    if (!next)
        return swp_fail(err, SWP_NOMEM, "out of memory");
    start_rng(&next->rng, s->checkpoint, seed);
    draw_and_drop(&next->rng, s->shapes + s->n_skipped, s->n - s->n_skipped);
    next->before = plan->checkpoints;
    plan->checkpoints = next;
    s->checkpoint = next;
    s->n_skipped = s->n;
    s->draws = 0;
    return SWP_OK;
}

/* A trial that continues the grid's stream. */
static swp_status lay_next(run_plan *plan, run_trial *trial, stream *s, swp_err *err)
{
    if (s->draws >= CHECKPOINT_DRAWS) {
        swp_status status = make_checkpoint(plan, s, trial->settings.seed, err);
        if (status != SWP_OK)
            return status;
    }
    trial->drawn_before = s->shapes;
    trial->n_drawn_before = s->n;
    trial->checkpoint = s->checkpoint;
    trial->n_skipped = s->n_skipped;
    SHA2_CTX digest = s->digest;
    return make_key(plan, trial, &digest, err);
}

/* The trial's own model, which all later ones of the stream come after. */
static void extend(stream *s, const run_trial *trial, eng_shape **room)
{
    **room = trial->settings.shape;
    digest_shape(&s->digest, *room);
    s->draws += eng_layout_of(**room).total;
    s->n++;
    (*room)++;
}

static bool follows_grid(const run_trial *trial)
{
    return trial->settings.init_stream == CFG_INIT_GRID;
}

static int compare_seeds(const void *a, const void *b)
{
    const run_trial *const *x = a;
    const run_trial *const *y = b;
    uint32_t s = (*x)->settings.seed, t = (*y)->settings.seed;
    if (s != t)
        return s < t ? -1 : 1;
    return (*x > *y) - (*x < *y); /* grid order: both lie in plan.trials */
}

/* Lay the streams of trials that are sorted by seed, then by grid order. Models of init_after go
 * to another part of the room, so that a stream's shapes stay together. */
static swp_status lay_grid(run_plan *plan, run_trial **sorted, size_t n, eng_shape *room,
                           eng_shape **own_room, swp_err *err)
{
    swp_status status = SWP_OK;
    stream s = {0};
    for (size_t i = 0; i < n && status == SWP_OK; i++) {
        run_trial *trial = sorted[i];
        if (i == 0 || trial->settings.seed != sorted[i - 1]->settings.seed) {
            s = (stream){.shapes = room};
            SHA256Init(&s.digest);
        }
        if (trial->settings.n_init_after > 0)
            status = lay_own(plan, trial, own_room, err);
        else
            status = lay_next(plan, trial, &s, err);
        extend(&s, trial, &room);
    }
    return status;
}

swp_status run_streams_lay(run_plan *plan, swp_err *err)
{
    size_t n_shapes = 0, n_grid = 0;
    for (size_t i = 0; i < plan->n_trials; i++) {
        n_shapes += plan->trials[i].settings.n_init_after;
        n_grid += follows_grid(&plan->trials[i]);
    }
    run_trial **sorted = swp_alloc(n_grid, sizeof *sorted);
    plan->drawn = swp_alloc(n_grid + n_shapes, sizeof *plan->drawn);
    swp_status status = SWP_OK;
    if (!sorted || !plan->drawn) {
        status = swp_fail(err, SWP_NOMEM, "out of memory");
        goto done;
    }
    eng_shape *own_room = plan->drawn + n_grid;
    size_t n = 0;
    for (size_t i = 0; i < plan->n_trials && status == SWP_OK; i++) {
        if (follows_grid(&plan->trials[i]))
            sorted[n++] = &plan->trials[i];
        else
            status = lay_own(plan, &plan->trials[i], &own_room, err);
    }
    qsort(sorted, n, sizeof *sorted, compare_seeds);
    if (status == SWP_OK)
        status = lay_grid(plan, sorted, n, plan->drawn, &own_room, err);
done:
    swp_free(sorted);
    return status;
}

void run_trial_init(const run_trial *trial, eng_real *weights)
{
    eng_rng rng;
    start_rng(&rng, trial->checkpoint, trial->settings.seed);
    draw_and_drop(&rng, trial->drawn_before + trial->n_skipped,
                  trial->n_drawn_before - trial->n_skipped);
    eng_layout layout = eng_layout_of(trial->settings.shape);
    eng_init_weights(&layout, &rng, weights);
}
