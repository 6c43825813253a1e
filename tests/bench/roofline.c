#include "tests/bench/roofline.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/mem.h"
#include "tests/bench/measure.h"
#include "tests/bench/peaks.h"

#define PEAK_BUDGET_S 0.03
#define PEAK_ROUNDS   20000
#define READ_BYTES    ((size_t)4 << 20) /* at least, per repetition */

extern const peaks_ops peaks_ops_portable;
#ifdef BENCH_X86
extern const peaks_ops peaks_ops_avx2, peaks_ops_avx512;
#endif

/* What an instruction set can do. Tiles are no part of a step's roof: `amx` trains as `avx512`
 * does.
 */
static const peaks_ops *find(const char *isa)
{
    static const peaks_ops *const all[] = {
        &peaks_ops_portable,
#ifdef BENCH_X86
        &peaks_ops_avx2,
        &peaks_ops_avx512,
#endif
    };
    if (strcmp(isa, "amx") == 0)
        isa = "avx512";
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if (strcmp(all[i]->isa, isa) == 0)
            return all[i];
    return NULL;
}

/* One of the loops, with all arguments of each. */
typedef struct loop {
    const peaks_ops *ops;
    enum { MADDS, DIVIDES, READ } what;
    const float *from;
    size_t n, passes;
    volatile float sink; /* keeps the loops from being optimised away */
} loop;

static swp_status run_loop(void *context, swp_err *err)
{
    (void)err;
    loop *l = context;
    if (l->what == MADDS)
        l->sink = l->ops->madds(PEAK_ROUNDS);
    else if (l->what == DIVIDES)
        l->sink = l->ops->divides(PEAK_ROUNDS);
    else
        l->sink = l->ops->read(l->from, l->n, l->passes);
    return SWP_OK;
}

static swp_status least_us(loop *l, double *out, swp_err *err)
{
    bench_times times;
    swp_status status = bench_measure(run_loop, l, PEAK_BUDGET_S, &times, err);
    if (status == SWP_OK)
        *out = times.min_us;
    return status;
}

static double cache_bytes(int name, double otherwise)
{
    long size = sysconf(name);
    return size > 0 ? (double)size : otherwise;
}

/* Bandwidth of each level, from a buffer that fills half of it. */
static swp_status measure_read(loop *l, roofline *out, swp_err *err)
{
    float *buffer = swp_alloc((size_t)out->size[ROOF_LEVELS - 1], 1);
    if (!buffer)
        return swp_fail(err, SWP_NOMEM, "no memory to measure bandwidth");
    l->what = READ;
    l->from = buffer;
    swp_status status = SWP_OK;
    for (size_t level = 0; level < ROOF_LEVELS && status == SWP_OK; level++) {
        double us = 0;
        l->n = (size_t)out->size[level] / 2 / sizeof *buffer / PEAKS_READ_STEP * PEAKS_READ_STEP;
        l->passes = READ_BYTES / (l->n * sizeof *buffer) + 1;
        status = least_us(l, &us, err);
        out->read[level] = (double)(l->n * l->passes * sizeof *buffer) / us;
    }
    swp_free(buffer);
    return status;
}

swp_status roofline_measure(const char *isa, roofline *out, swp_err *err)
{
    loop l = {.ops = find(isa), .what = MADDS};
    if (!l.ops)
        return swp_fail(err, SWP_INTERNAL, "no loops are compiled for '%s'", isa);
    const double operations = (double)(PEAK_ROUNDS * PEAKS_CHAINS * l.ops->width);
    *out = (roofline){.registers = (double)(l.ops->registers * l.ops->width * sizeof(float))};
    out->size[0] = cache_bytes(_SC_LEVEL1_DCACHE_SIZE, 32 << 10);
    out->size[1] = cache_bytes(_SC_LEVEL2_CACHE_SIZE, 512 << 10);
    out->size[2] = 16 * out->size[1];

    double us = 0;
    swp_status status = least_us(&l, &us, err);
    out->madds = operations / us;
    if (status == SWP_OK) {
        l.what = DIVIDES;
        status = least_us(&l, &us, err);
        out->divides = operations / us;
    }
    return status == SWP_OK ? measure_read(&l, out, err) : status;
}

/* Time to read a block again after it was used: each cache level delivers the part that it still
 * holds, the next one the rest. */
static double read_us(const roofline *r, double bytes)
{
    double us = bytes / r->read[0];
    for (size_t level = 1; level < ROOF_LEVELS; level++)
        us = fmax(us, (bytes - r->size[level - 1]) / r->read[level]);
    return us;
}

/* One phase of a step. Phases follow each other; within one, computing and reading overlap. */
static double phase_us(const roofline *r, double madds, double divides, double memory_us)
{
    return fmax(memory_us, fmax(madds / r->madds, divides / r->divides));
}

/* Operations of one cell of one unit in one time step, counted in engine/cpu/act.h and cell.h:
 * three sigmoids of 15 and a division, two tanh of 18 (with AVX-512; without it they divide, too),
 * and 3; its adjoint; Adam of one weight, whose root and quotient are corrected estimates where
 * that is faster. A multiply-add counts once. */
#define CELL_MADDS     84
#define CELL_DIVIDES   3
#define ADJOINT_MADDS  19
#define ADAM_MADDS     8
#define ADAM_BYTES     24 /* reads weight, m, v; writes them */
#define HISTORY_FLOATS 6  /* of one unit and time step: four gates, c, tanh c */

/* One layer, `side` sequences or models at a time, forward and back.
 *
 * The recurrence is 4 H^2 multiply-adds a time step forward, as many back and as many for the
 * gradient of W_hh: 24 H^2 T FLOP, for the two layers of `single` 48 E^2 T. Each time step reads
 * W_hh forward and back (16 H^2 bytes a model), free of charge where the registers hold it. The
 * history is written forward, read and written back, and read for the gradient. */
static double layer_us(const roofline *r, const roof_step *step, double H)
{
    double T = (double)step->length, side = (double)(step->batch * step->models);
    double weights = 16 * H * H * (double)step->models;
    double product = side * T * 4 * H * H, cells = side * T * H;
    double weights_us = weights > r->registers ? T * read_us(r, weights) : 0;
    double history_us = read_us(r, HISTORY_FLOATS * (double)sizeof(float) * cells);
    double forward =
        phase_us(r, product + CELL_MADDS * cells, CELL_DIVIDES * cells, weights_us + history_us);
    double back = phase_us(r, product + ADJOINT_MADDS * cells, 0, weights_us + history_us);
    double gradient = phase_us(r, product + 4 * cells, 0, history_us * 5 / HISTORY_FLOATS);
    return forward + back + gradient;
}

/* Multiply-adds of a layer's input forward, back and for its weights' gradient, a sequence: a
 * scalar (nothing goes back), the code that is the same at all T steps, or the layer below. */
static double input_madds(const eng_layout *layout, size_t l, double T)
{
    double once = 4 * (double)(layout->layers[l].hidden * layout->layers[l].in);
    if (l == 0)
        return 2 * T * once;
    return l == layout->n_encoder ? 3 * once : 3 * T * once;
}

double roofline_step_us(const roofline *own, const roof_step *step)
{
    eng_layout layout = eng_layout_of(step->shape);
    double T = (double)step->length, side = (double)(step->batch * step->models), us = 0;
    for (size_t l = 0; l < layout.n_layers; l++) {
        us += layer_us(own, step, (double)layout.layers[l].hidden);
        us += phase_us(own, side * input_madds(&layout, l, T), 0, 0);
    }
    us += phase_us(own, side * 3 * T * (double)layout.out_features, 0, 0); /* the read-out */
    double weights = (double)(layout.total * step->models);
    return us + phase_us(own, ADAM_MADDS * weights, 0,
                         read_us(own, 3 * (double)sizeof(float) * weights) * ADAM_BYTES / 12);
}
