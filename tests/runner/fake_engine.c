#include "tests/runner/fake_engine.h"

#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/mem.h"
#include "runner/process/wire.h"

#define MAX_ENTRIES 8u

/* Forked workers inherit the script; they share the tokens of its pipe, so "once" means once in all
 * processes together. */
typedef struct entry {
    size_t embedding_dim, epoch;
    fake_fault fault;
    int tokens[2];
} entry;

static entry entries[MAX_ENTRIES];
static size_t n_entries;
static bool refuses_open, dies_in_open, leaves_in_open, hangs_in_open;
static size_t claimed_bytes;
static size_t fake_width;
static double pace;

struct eng_engine {
    int unused;
};

typedef struct model {
    uint64_t step;
    eng_real *weights, *m, *v;
} model;

struct eng_cohort {
    eng_cohort_spec spec;
    size_t total;
    model *models;
};

void fake_reset(void)
{
    for (size_t i = 0; i < n_entries; i++) {
        close(entries[i].tokens[0]);
        close(entries[i].tokens[1]);
    }
    n_entries = 0;
    refuses_open = dies_in_open = leaves_in_open = hangs_in_open = false;
    claimed_bytes = 0;
    fake_width = 1;
    pace = 0;
}

void fake_expect(size_t embedding_dim, size_t epoch, fake_fault fault, size_t times)
{
    entry *e = &entries[n_entries++];
    *e = (entry){.embedding_dim = embedding_dim, .epoch = epoch, .fault = fault};
    if (n_entries > MAX_ENTRIES || pipe(e->tokens) != 0 ||
        fcntl(e->tokens[0], F_SETFL, O_NONBLOCK) != 0)
        abort();
    while (times-- > 0) {
        if (write(e->tokens[1], "t", 1) != 1)
            abort();
    }
}

void fake_refuse_open(void)
{
    refuses_open = true;
}

void fake_die_in_open(void)
{
    dies_in_open = true;
}

void fake_leave_in_open(void)
{
    leaves_in_open = true;
}

void fake_hang_in_open(void)
{
    hangs_in_open = true;
}

void fake_set_width(size_t width)
{
    fake_width = width;
}

void fake_set_pace(double seconds)
{
    pace = seconds;
}

void fake_claim_bytes(size_t bytes)
{
    claimed_bytes = bytes;
}

static void hang(void)
{
    for (;;)
        pause();
}

/* The epoch must last until the parent has reacted, and two signals at once would count as one. */
static void interrupt_parent(void)
{
    kill(getppid(), SIGINT);
    nanosleep(&(struct timespec){.tv_nsec = 300000000}, NULL);
}

/* A worker has one socket: that to its parent. */
static void intrude(void)
{
    enum { MOST = 64 };
    static const float errors[MOST];
    const res_errors held_out = {.val = errors, .test = errors, .anomaly = errors};
    const res_step step = {.step = 1, .errors = &held_out, .state = "state", .state_bytes = 5};
    swp_buf frame = {0};
    for (int fd = 0; fd < MOST; fd++) {
        struct stat info;
        if (fstat(fd, &info) != 0 || !S_ISSOCK(info.st_mode))
            continue;
        run_put_step(&frame, 0, &step);
        if (run_send(fd, &frame, NULL) != SWP_OK)
            _exit(4);
    }
}

static swp_status cause_fault(fake_fault fault, double *loss, swp_err *err)
{
    switch (fault) {
    case FAKE_DIE:
        kill(getpid(), SIGKILL);
        break;
    case FAKE_EXIT:
        _exit(3);
    case FAKE_HANG:
        hang();
        break;
    case FAKE_DIVERGE:
        *loss = (double)NAN;
        break;
    case FAKE_BREAK:
        return swp_fail(err, SWP_DEVICE, "the device broke");
    case FAKE_GROW:
        memset(swp_alloc(FAKE_GROWS_BY, 1), 1, FAKE_GROWS_BY);
        hang();
        break;
    case FAKE_INTERRUPT:
        interrupt_parent();
        break;
    case FAKE_INTERRUPT_TWICE:
        interrupt_parent();
        kill(getppid(), SIGINT);
        hang();
        break;
    case FAKE_INTRUDE:
        intrude();
        break;
    case FAKE_STOP:
        raise(SIGSTOP);
        break;
    case FAKE_SLEEP:
        nanosleep(&(struct timespec){.tv_nsec = 300000000}, NULL);
        break;
    }
    return SWP_OK;
}

static swp_status apply_faults(size_t embedding_dim, size_t epoch, double *loss, swp_err *err)
{
    for (size_t i = 0; i < n_entries; i++) {
        char token;
        if (entries[i].embedding_dim == embedding_dim && entries[i].epoch == epoch &&
            read(entries[i].tokens[0], &token, 1) == 1)
            return cause_fault(entries[i].fault, loss, err);
    }
    return SWP_OK;
}

static swp_status fake_open(const eng_options *options, eng_engine **out, swp_err *err)
{
    static eng_engine only;
    (void)options;
    *out = NULL;
    if (dies_in_open)
        kill(getpid(), SIGKILL);
    if (leaves_in_open)
        _exit(0);
    if (hangs_in_open)
        hang();
    if (refuses_open) {
        swp_status status = swp_fail(err, SWP_UNAVAILABLE, "no such device");
        swp_hint(err, "plug it in");
        return status;
    }
    *out = &only;
    return SWP_OK;
}

static void fake_close(eng_engine *engine)
{
    (void)engine;
}

static void fake_get_info(const eng_engine *engine, eng_info *out)
{
    (void)engine;
    *out = (eng_info){.engine = "fake", .device = "toy", .isa = "none", .blas = "none"};
}

static size_t fake_list_devices(const eng_engine *engine, eng_info *out, size_t most)
{
    if (most > 0)
        fake_get_info(engine, out);
    return 1;
}

static size_t fake_cohort_width(eng_shape shape, size_t batch_size)
{
    (void)shape;
    (void)batch_size;
    return fake_width;
}

static size_t fake_cohort_bytes(const eng_engine *engine, const eng_cohort_spec *spec)
{
    (void)engine;
    return spec->n_models * claimed_bytes;
}

static void fake_cohort_destroy(eng_cohort *cohort)
{
    if (!cohort)
        return;
    swp_free(cohort->models[0].weights);
    swp_free(cohort->models);
    swp_free(cohort);
}

static swp_status fake_cohort_create(eng_engine *engine, const eng_cohort_spec *spec,
                                     eng_cohort **out, swp_err *err)
{
    (void)engine;
    size_t total = eng_layout_of(spec->shape).total;
    *out = NULL;
    eng_cohort *cohort = swp_alloc(1, sizeof *cohort);
    model *models = swp_alloc(spec->n_models, sizeof *models);
    eng_real *block = swp_alloc(spec->n_models, 3 * total * sizeof *block);
    if (!cohort || !models || !block) {
        swp_free(cohort);
        swp_free(models);
        swp_free(block);
        return swp_fail(err, SWP_NOMEM, "the toy is out of memory");
    }
    for (size_t k = 0; k < spec->n_models; k++) {
        models[k].weights = block + 3 * k * total;
        models[k].m = models[k].weights + total;
        models[k].v = models[k].m + total;
    }
    *cohort = (eng_cohort){.spec = *spec, .total = total, .models = models};
    *out = cohort;
    return SWP_OK;
}

static swp_status fake_set_state(eng_cohort *cohort, size_t k, const eng_state *state, swp_err *err)
{
    (void)err;
    model *one = &cohort->models[k];
    size_t bytes = cohort->total * sizeof *one->weights;
    one->step = state->step;
    memcpy(one->weights, state->weights, bytes);
    memcpy(one->m, state->m, bytes);
    memcpy(one->v, state->v, bytes);
    return SWP_OK;
}

static swp_status fake_get_state(eng_cohort *cohort, size_t k, eng_state *state, swp_err *err)
{
    (void)err;
    const model *one = &cohort->models[k];
    size_t bytes = cohort->total * sizeof *one->weights;
    state->step = one->step;
    memcpy(state->weights, one->weights, bytes);
    memcpy(state->m, one->m, bytes);
    memcpy(state->v, one->v, bytes);
    return SWP_OK;
}

/* Each number depends on the whole state, so that a wrong resume shows. */
static double advance(model *one, size_t total, uint32_t row)
{
    one->step++;
    size_t i = one->step % total;
    one->m[i] = 0.5f * one->m[i] + 0.001f * (float)(row % 7);
    one->v[i] = 0.25f * one->v[i] + one->m[i] * one->m[i];
    one->weights[i] = 0.9f * one->weights[i] - one->m[i] + one->v[i];
    return fabs((double)one->weights[i]) + 1.0;
}

/* As the lstm backend predicts it. */
static void take_time(eng_shape shape, uint32_t seed)
{
    eng_layout layout = eng_layout_of(shape);
    double work = 0;
    for (size_t i = 0; i < layout.n_layers; i++) {
        double h = (double)layout.layers[i].hidden, in = (double)layout.layers[i].in;
        work += 12 * h * (in + h) + 4000;
    }
    double error = 0.9 + 0.2 * (double)(seed * 2654435761u) / 4294967296.0;
    double seconds = pace * work / 1e6 * error;
    nanosleep(&(struct timespec){.tv_sec = (time_t)seconds,
                                 .tv_nsec = (long)((seconds - floor(seconds)) * 1e9)},
              NULL);
}

static swp_status fake_train_epoch(eng_cohort *cohort, const uint32_t *order, size_t n,
                                   double *loss, swp_err *err)
{
    swp_status status = SWP_OK;
    if (pace > 0)
        take_time(cohort->spec.shape, (uint32_t)cohort->total);
    for (size_t k = 0; k < cohort->spec.n_models && status == SWP_OK; k++) {
        model *one = &cohort->models[k];
        size_t epoch = one->step / n + 1;
        loss[k] = 0;
        for (size_t i = 0; i < n; i++)
            loss[k] += advance(one, cohort->total, order[i]) / (double)n;
        status = apply_faults(cohort->spec.shape.embedding_dim, epoch, &loss[k], err);
    }
    return status;
}

static swp_status fake_evaluate(eng_cohort *cohort, const uint32_t *rows, size_t n, float *errors,
                                swp_err *err)
{
    (void)err;
    for (size_t k = 0; k < cohort->spec.n_models; k++) {
        const model *one = &cohort->models[k];
        for (size_t i = 0; i < n; i++)
            errors[k * n + i] = 40.0f + one->weights[rows[i] % cohort->total] + (float)(i % 5);
    }
    return SWP_OK;
}

static swp_status fake_gradient(eng_cohort *cohort, size_t k, const uint32_t *rows, size_t n,
                                eng_real *gradient, swp_err *err)
{
    (void)cohort, (void)k, (void)rows, (void)n, (void)gradient;
    return swp_fail(err, SWP_INTERNAL, "the toy has no gradient");
}

static swp_status fake_reconstruct(eng_cohort *cohort, size_t k, uint32_t row, eng_real *y,
                                   swp_err *err)
{
    (void)err;
    const model *one = &cohort->models[k];
    for (size_t t = 0; t < cohort->spec.series.length; t++)
        y[t] = one->weights[(row + t) % cohort->total];
    return SWP_OK;
}

const eng_api *fake_api(void)
{
    static const eng_api api = {
        .version = ENG_API_VERSION,
        .name = "fake",
        .open = fake_open,
        .close = fake_close,
        .get_info = fake_get_info,
        .list_devices = fake_list_devices,
        .cohort_width = fake_cohort_width,
        .cohort_bytes = fake_cohort_bytes,
        .cohort_create = fake_cohort_create,
        .cohort_destroy = fake_cohort_destroy,
        .set_state = fake_set_state,
        .get_state = fake_get_state,
        .train_epoch = fake_train_epoch,
        .evaluate = fake_evaluate,
        .gradient = fake_gradient,
        .reconstruct = fake_reconstruct,
    };
    return &api;
}
