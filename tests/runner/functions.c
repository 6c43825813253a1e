#include "tests/runner/functions.h"

#include <math.h>
#include <string.h>

#include "runner/search/random.h"
#include "tests/support/cmocka_all.h"

static double sphere5(const double *x)
{
    static const double centre[] = {1, -2, .5, 3, -1.5};
    double sum = 0;
    for (size_t i = 0; i < 5; i++)
        sum += (x[i] - centre[i]) * (x[i] - centre[i]);
    return sum;
}

static double branin(const double *p)
{
    const double pi = 3.14159265358979323846;
    double x = p[0], y = p[1];
    double a = y - 5.1 * x * x / (4 * pi * pi) + 5 * x / pi - 6;
    return a * a + 10 * (1 - 1 / (8 * pi)) * cos(x) + 10;
}

static double hartmann6(const double *x)
{
    static const double a[] = {1, 1.2, 3, 3.2};
    static const double A[4][6] = {{10, 3, 17, 3.5, 1.7, 8},
                                   {.05, 10, 17, .1, 8, 14},
                                   {3, 3.5, 1.7, 10, 17, 8},
                                   {17, 8, .05, 10, .1, 14}};
    static const double P[4][6] = {{1312, 1696, 5569, 124, 8283, 5886},
                                   {2329, 4135, 8307, 3736, 1004, 9991},
                                   {2348, 1451, 3522, 2883, 3047, 6650},
                                   {4047, 8828, 8732, 5743, 1091, 381}};
    double sum = 0;
    for (size_t i = 0; i < 4; i++) {
        double inner = 0;
        for (size_t j = 0; j < 6; j++)
            inner += A[i][j] * (x[j] - P[i][j] * 1e-4) * (x[j] - P[i][j] * 1e-4);
        sum -= a[i] * exp(-inner);
    }
    return sum;
}

static double mixed5(const double *p)
{
    static const double act[] = {.05, 0, .02};
    double l = log10(p[4]), h = log2(p[2]), o = -2.5 - 0.15 * (h - 5);
    return .10 + .05 * (l - o) * (l - o) + .03 * (h - 5) * (h - 5) + act[(size_t)p[0]] +
           .02 * fabs(p[3] - 2) + .2 * (p[1] - .1) * (p[1] - .1);
}

#define X(name_, low_, high_)                                                                      \
    {                                                                                              \
        .name = (name_), .kind = RUN_FLOAT, .low = (low_), .high = (high_)                         \
    }

static run_dim of_sphere5[] = {X("x0", -5, 5), X("x1", -5, 5), X("x2", -5, 5), X("x3", -5, 5),
                               X("x4", -5, 5)};
static run_dim of_branin[] = {X("x", -5, 10), X("y", 0, 15)};
static run_dim of_hartmann6[] = {X("x0", 0, 1), X("x1", 0, 1), X("x2", 0, 1),
                                 X("x3", 0, 1), X("x4", 0, 1), X("x5", 0, 1)};
static run_dim of_mixed5[] = {
    {.name = "act", .kind = RUN_CATEGORICAL, .n = 3},
    {.name = "drop", .kind = RUN_FLOAT, .low = 0, .high = 0.5},
    {.name = "hidden", .kind = RUN_INT, .low = 2, .high = 128, .log = true},
    {.name = "layers", .kind = RUN_INT, .low = 1, .high = 3},
    {.name = "lr", .kind = RUN_FLOAT, .low = 1e-5, .high = 1e-1, .log = true}};

static const function functions[] = {{"sphere5", {of_sphere5, 5}, sphere5, 0},
                                     {"branin", {of_branin, 2}, branin, 0},
                                     {"hartmann6", {of_hartmann6, 6}, hartmann6, 0},
                                     {"mixed5", {of_mixed5, 5}, mixed5, 0.02}};

void functions_init(void)
{
    swp_err err;
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(run_dim_check(&of_sphere5[i], &err), SWP_OK);
        assert_int_equal(run_dim_check(&of_mixed5[i], &err), SWP_OK);
        assert_int_equal(run_dim_check(&of_hartmann6[i], &err), SWP_OK);
    }
    assert_int_equal(run_dim_check(&of_hartmann6[5], &err), SWP_OK);
    assert_int_equal(run_dim_check(&of_branin[0], &err), SWP_OK);
    assert_int_equal(run_dim_check(&of_branin[1], &err), SWP_OK);
}

const function *function_find(const char *name)
{
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
        if (strcmp(functions[i].name, name) == 0)
            return &functions[i];
    }
    return NULL;
}

/* source   the polar method of Marsaglia, as RandomState's legacy gauss: the second of the pair */
double function_normal(uint32_t stream)
{
    eng_rng rng;
    double x, y, square;
    eng_rng_seed(&rng, stream);
    do {
        x = 2 * run_draw(&rng) - 1;
        y = 2 * run_draw(&rng) - 1;
        square = x * x + y * y;
    } while (square >= 1 || square == 0);
    return y * sqrt(-2 * log(square) / square);
}

double function_observe(const function *f, const double *point, uint64_t seed, size_t trial)
{
    uint32_t stream = (uint32_t)((100003 * seed + 7919 * (uint64_t)trial + 17) % 0x80000000u);
    return f->value(point) + (f->noise > 0 ? f->noise * function_normal(stream) : 0);
}
