/* Packs a model's state byte by byte, the same on every machine, and refuses to unpack what another
 * engine or instruction set computed. Stores keep these bytes: a change of the layout needs a new
 * version number, and a reader of the old one. */
#include "runner/backend/state.h"

#include <stdio.h>
#include <string.h>

#include "engine/base/mem.h"
#include "engine/base/str.h"

#define MAGIC      "SWPSTATE"
#define MAGIC_SIZE 8u
#define VERSION    2u
#define HEAD_SIZE  (MAGIC_SIZE + 4u + 4u + 8u + 8u + RUN_ORIGIN_SIZE)
#define REAL_SIZE  4u
#define SUM_SIZE   8u

_Static_assert(sizeof(eng_real) == REAL_SIZE, "a stored state holds float32");

swp_status run_state_init(run_state *state, size_t total, const eng_info *info, swp_err *err)
{
    *state = (run_state){.total = total};
    snprintf(state->origin, sizeof state->origin, "%.15s %.31s", info->engine, info->isa);
    eng_real *block = swp_alloc(total, 3 * sizeof *block);
    if (!block)
        return swp_fail(err, SWP_NOMEM, "out of memory for %zu weights", total);
    state->values = (eng_state){.weights = block, .m = block + total, .v = block + 2 * total};
    return SWP_OK;
}

void run_state_deinit(run_state *state)
{
    swp_free(state->values.weights);
    *state = (run_state){0};
}

/* Without the checksum. */
static size_t body_size(size_t total)
{
    return HEAD_SIZE + 3 * total * REAL_SIZE;
}

size_t run_state_size(size_t total)
{
    return body_size(total) + SUM_SIZE;
}

static unsigned char *put(unsigned char *at, uint64_t value, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        *at++ = (unsigned char)(value >> (8 * i));
    return at;
}

static uint64_t get(const unsigned char **at, size_t bytes)
{
    uint64_t value = 0;
    for (size_t i = 0; i < bytes; i++)
        value |= (uint64_t) * (*at)++ << (8 * i);
    return value;
}

void run_state_pack(const run_state *state, void *out)
{
    unsigned char *at = out;
    memcpy(at, MAGIC, MAGIC_SIZE);
    at = put(at + MAGIC_SIZE, VERSION, 4);
    at = put(at, REAL_SIZE, 4);
    at = put(at, state->total, 8);
    at = put(at, state->values.step, 8);
    memcpy(at, state->origin, RUN_ORIGIN_SIZE);
    at += RUN_ORIGIN_SIZE;
    for (size_t i = 0; i < 3 * state->total; i++) {
        uint32_t bits;
        memcpy(&bits, &state->values.weights[i], sizeof bits);
        at = put(at, bits, 4);
    }
    put(at, swp_hash(out, body_size(state->total), SWP_HASH_START), SUM_SIZE);
}

/* A flipped bit on the disk would be trained on silently. Version 1 had no checksum. */
static swp_status check_sum(const unsigned char *bytes, size_t n, uint64_t version, swp_err *err)
{
    const unsigned char *at = bytes + n;
    if (version == 1 || get(&at, SUM_SIZE) == swp_hash(bytes, n, SWP_HASH_START))
        return SWP_OK;
    swp_status status =
        swp_fail(err, SWP_FORMAT, "stored state: damaged: its checksum does not match");
    swp_hint(err, "--fresh starts over and keeps what is recorded as an older revision");
    return status;
}

bool run_state_is_whole(const void *bytes, size_t size)
{
    const unsigned char *at = bytes;
    if (size < HEAD_SIZE || memcmp(at, MAGIC, MAGIC_SIZE) != 0)
        return false;
    at += MAGIC_SIZE;
    uint64_t version = get(&at, 4), real_size = get(&at, 4), total = get(&at, 8);
    if (version < 1 || version > VERSION || real_size != REAL_SIZE || total > size)
        return false;
    size_t body = body_size((size_t)total);
    return size == (version == 1 ? body : body + SUM_SIZE) &&
           check_sum(bytes, body, version, NULL) == SWP_OK;
}

/* Name the option that lets the trial continue: a failed one runs again only on request. */
static swp_status refuse_origin(const run_state *state, const char *stored, swp_err *err)
{
    char origin[RUN_ORIGIN_SIZE];
    snprintf(origin, sizeof origin, "%.*s", RUN_ORIGIN_SIZE - 1, stored);
    char *isa = strchr(origin, ' ');
    bool cpu = strncmp(origin, "cpu ", 4) == 0;
    return swp_fail(err, SWP_CONFIG,
                    "its epochs were trained by %s, this is %s; go on with %s%s and "
                    "--retry-failed, or start over with --fresh",
                    origin, state->origin, cpu ? "SWEEP_ISA=" : "--device ",
                    cpu && isa ? isa + 1 : "cuda");
}

swp_status run_state_unpack(run_state *state, const void *bytes, size_t size, swp_err *err)
{
    const unsigned char *at = bytes;
    if (size < HEAD_SIZE || memcmp(at, MAGIC, MAGIC_SIZE) != 0)
        return swp_fail(err, SWP_FORMAT, "stored state: not a model's state (%zu bytes)", size);
    at += MAGIC_SIZE;
    uint64_t version = get(&at, 4), real_size = get(&at, 4), total = get(&at, 8);
    if (version < 1 || version > VERSION || real_size != REAL_SIZE)
        return swp_fail(
            err, SWP_FORMAT,
            "stored state: expected version 1 or %u with %u-byte numbers, found version "
            "%llu with %llu-byte numbers",
            VERSION, REAL_SIZE, (unsigned long long)version, (unsigned long long)real_size);
    size_t body = body_size(state->total), expected = version == 1 ? body : body + SUM_SIZE;
    if (total != state->total || size != expected)
        return swp_fail(err, SWP_FORMAT,
                        "stored state: expected %zu weights in %zu bytes, found %llu in %zu",
                        state->total, expected, (unsigned long long)total, size);
    swp_status status = check_sum(bytes, body, version, err);
    if (status != SWP_OK)
        return status;
    state->values.step = get(&at, 8);
    if (memcmp(at, state->origin, RUN_ORIGIN_SIZE) != 0)
        return refuse_origin(state, (const char *)at, err);
    at += RUN_ORIGIN_SIZE;
    for (size_t i = 0; i < 3 * state->total; i++) {
        uint32_t bits = (uint32_t)get(&at, 4);
        memcpy(&state->values.weights[i], &bits, sizeof bits);
    }
    return SWP_OK;
}
