/* Compiled with -ffp-contract=off, and without libm's exp, cos or log: IEEE arithmetic alone gives
 * the same bits everywhere. */
#include "engine/data/synth.h"

#include <math.h>
#include <string.h>

#include "engine/base/mem.h"
#include "engine/base/str.h"
#include "engine/data/rng.h"

/* The difficulty of the set: standard deviations between beats of one class. Larger ones make
 * normal beats harder to learn, and anomalies harder to tell from them. */
#define SPREAD_AMPLITUDE 0.22  /* of each wave, in units of the beat before z-normalisation */
#define SPREAD_CENTRE    0.9   /* of each wave, in samples */
#define SPREAD_WIDTH     0.12  /* of each wave, as a share of its width */
#define SPREAD_STRETCH   0.012 /* of the whole beat, as a share of its length */
#define SPREAD_WANDER    0.15  /* of the baseline's slope and bend, at the ends of the beat */
#define NOISE            0.06  /* of each sample */
#define ROUGH_SHARE      0.15  /* share of beats whose spreads are ROUGH_FACTOR times as large */
#define ROUGH_FACTOR     2.5

typedef struct wave {
    double amplitude, centre, width; /* centre and width in samples */
} wave;

enum { CLASSES = 5, WAVES = 8, LENGTH = ENG_SYNTH_LENGTH };

typedef struct beat_class {
    const char *name;
    size_t share;  /* of 5000 beats */
    double spread; /* factor on all spreads */
    wave waves[WAVES];
} beat_class;

/* Waves in the order of time: R (its end), S, T, the slow rise that follows, P, Q, R, S (its
 * beginning). */
static const beat_class classes[CLASSES] = {
    {"1",
     2919,
     1.0,
     {{1.4, -0.5, 1.2},
      {-3.9, 3.7, 2.7},
      {-0.5, 36, 7},
      {0.75, 79, 14},
      {1.45, 105, 4.5},
      {-0.35, 119, 5},
      {1.0, 131, 4},
      {-1.0, 142, 4}}},
    {"2",
     1767,
     1.0,
     {{1.0, -0.5, 1.4},
      {-2.5, 5.3, 3.5},
      {0.45, 23, 10},
      {0.35, 85, 20},
      {0.6, 108, 12},
      {0.3, 124, 6},
      {0.1, 131, 3},
      {-4.2, 142, 5}}},
    {"3",
     96,
     1.3,
     {{1.0, -0.5, 1.4},
      {-1.9, 4.0, 3.8},
      {-0.15, 34, 9},
      {0.4, 84, 18},
      {0.55, 108, 11},
      {0.2, 126, 5},
      {0.2, 132, 3},
      {-3.2, 142, 4}}},
    {"4",
     194,
     1.2,
     {{1.0, -0.5, 1.4},
      {-3.0, 4.7, 3.6},
      {-0.25, 54, 11},
      {0.4, 92, 16},
      {0.5, 112, 10},
      {0.4, 127, 6},
      {0.2, 132, 3},
      {-1.8, 142, 5}}},
    {"5",
     24,
     2.0,
     {{1.0, -0.5, 1.4},
      {-2.2, 3.7, 3.2},
      {-0.35, 38, 9},
      {0.6, 84, 16},
      {0.5, 106, 7},
      {0.1, 122, 6},
      {0.3, 131, 4},
      {-1.6, 142, 5}}},
};

/* exp(-u) for u >= 0 as (1 - u/n)^n with n = 256, which is 0 from u = n on; off by less than 0.002.
 * The true exponential's last bits differ between math libraries. */
static double bell(double u)
{
    double power = u < 256 ? 1 - u / 256 : 0;
    for (int i = 0; i < 8; i++)
        power *= power;
    return power;
}

static double uniform(eng_rng *rng)
{
    return eng_rng_next(rng) * 0x1p-32;
}

/* Nearly a normal deviate, bounded by 6: the sum of 12 uniform numbers (Irwin-Hall). */
static double deviate(eng_rng *rng)
{
    double sum = -6;
    for (int i = 0; i < 12; i++)
        sum += uniform(rng);
    return sum;
}

static void add_wave(double beat[LENGTH], const wave *w)
{
    for (int i = 0; i < LENGTH; i++) {
        double x = (i - w->centre) / w->width;
        beat[i] += w->amplitude * bell(x * x / 2);
    }
}

/* A slope and a bend: Legendre's second and third polynomials over the beat. */
static void add_wander(double beat[LENGTH], double slope, double bend)
{
    for (int i = 0; i < LENGTH; i++) {
        double t = 2.0 * i / (LENGTH - 1) - 1;
        beat[i] += slope * t + bend * (3 * t * t - 1) / 2;
    }
}

static void make_beat(eng_rng *rng, const beat_class *class, double beat[LENGTH])
{
    double spread = class->spread * (uniform(rng) < ROUGH_SHARE ? ROUGH_FACTOR : 1);
    double stretch = 1 + spread * SPREAD_STRETCH * deviate(rng);
    memset(beat, 0, LENGTH * sizeof *beat);
    for (int i = 0; i < WAVES; i++) {
        wave w = class->waves[i];
        w.amplitude += spread * SPREAD_AMPLITUDE * deviate(rng);
        w.centre = w.centre * stretch + spread * SPREAD_CENTRE * deviate(rng);
        /* Division keeps a width positive however far the deviate lies out. */
        double widening = spread * SPREAD_WIDTH * deviate(rng);
        w.width *= widening < 0 ? 1 / (1 - widening) : 1 + widening;
        add_wave(beat, &w);
    }
    double slope = spread * SPREAD_WANDER * deviate(rng);
    add_wander(beat, slope, spread * SPREAD_WANDER * deviate(rng));
    for (int i = 0; i < LENGTH; i++)
        beat[i] += NOISE * deviate(rng);
}

/* Scale to mean 0 and standard deviation 1. */
static void normalise(const double beat[LENGTH], float out[LENGTH])
{
    double mean = 0, square = 0;
    for (int i = 0; i < LENGTH; i++)
        mean += beat[i] / LENGTH;
    for (int i = 0; i < LENGTH; i++)
        square += (beat[i] - mean) * (beat[i] - mean) / LENGTH;
    double scale = 1 / sqrt(square);
    for (int i = 0; i < LENGTH; i++)
        out[i] = (float)((beat[i] - mean) * scale);
}

/* Rows of each class. */
static void share_out(size_t rows, size_t counts[CLASSES])
{
    counts[0] = rows;
    for (int i = 1; i < CLASSES; i++) {
        counts[i] = rows * classes[i].share / 5000;
        counts[i] += counts[i] == 0;
        counts[0] -= counts[i];
    }
}

static bool describe(eng_dataset *set, uint32_t seed)
{
    swp_buf source = {0};
    swp_buf_printf(&source, "synthetic, seed %u", seed);
    set->source = source.text;
    set->name = swp_strdup("builtin:ecg");
    return !source.failed && set->name;
}

/* Allocate everything, and name the classes. */
static bool prepare(eng_dataset *set, size_t rows)
{
    set->synthetic = true;
    set->n_rows = rows;
    set->length = LENGTH;
    set->values = swp_alloc(rows, LENGTH * sizeof *set->values);
    set->labels = swp_alloc(rows, sizeof *set->labels);
    set->classes = swp_alloc(CLASSES, sizeof *set->classes);
    if (!set->values || !set->labels || !set->classes)
        return false;
    size_t counts[CLASSES];
    share_out(rows, counts);
    for (; set->n_classes < CLASSES; set->n_classes++) {
        eng_class *class = &set->classes[set->n_classes];
        class->name = swp_strdup(classes[set->n_classes].name);
        class->count = counts[set->n_classes];
        if (!class->name)
            return false;
    }
    return true;
}

/* Labels in shuffled order. */
static bool shuffle_labels(eng_dataset *set, eng_rng *rng)
{
    uint32_t *order = swp_alloc(set->n_rows, sizeof *order);
    if (!order)
        return false;
    eng_rng_numpy_permutation(rng, order, set->n_rows);
    size_t at = 0;
    for (uint32_t class = 0; class < CLASSES; class ++) {
        for (size_t i = 0; i < set->classes[class].count; i++)
            set->labels[order[at++]] = class;
    }
    swp_free(order);
    return true;
}

swp_status eng_synth_ecg(size_t rows, uint32_t seed, eng_dataset **out, swp_err *err)
{
    *out = NULL;
    if (rows < ENG_SYNTH_MIN_ROWS || rows > ENG_MAX_ROWS)
        return swp_fail(err, SWP_CONFIG, "expected %d to %u synthetic beats, found %zu",
                        ENG_SYNTH_MIN_ROWS, ENG_MAX_ROWS, rows);
    eng_rng rng;
    eng_rng_seed(&rng, seed);
    eng_dataset *set = swp_alloc(1, sizeof *set);
    if (!set || !describe(set, seed) || !prepare(set, rows) || !shuffle_labels(set, &rng)) {
        eng_dataset_destroy(set);
        return swp_fail(err, SWP_NOMEM, "no memory for %zu synthetic beats", rows);
    }
    for (size_t row = 0; row < rows; row++) {
        double beat[LENGTH];
        make_beat(&rng, &classes[set->labels[row]], beat);
        normalise(beat, set->values + row * LENGTH);
    }
    eng_dataset_seal(set);
    *out = set;
    return SWP_OK;
}
