/* Sobol's sequence: the published integers, balance, and that the shift keeps the balance. */
#include "runner/search/sobol.h"

#include <math.h>

#include <zlib.h>

#include "tests/support/cmocka_all.h"

#define N_POINTS 1024u
#define N_DIMS   20u

static void the_integers_are_joe_and_kuos(void **state)
{
    (void)state;
    static const uint32_t at_1000[] = {235929600, 103809024, 556793856, 726663168, 300941312};
    static run_sobol sobol;
    run_sobol_init(&sobol, 0);
    for (size_t d = 0; d < 5; d++)
        assert_int_equal(run_sobol_integer(&sobol, d, 1000), at_1000[d]);
    unsigned long crc = crc32(0, NULL, 0);
    for (size_t i = 0; i < N_POINTS; i++) {
        for (size_t d = 0; d < N_DIMS; d++) {
            uint32_t x = run_sobol_integer(&sobol, d, i);
            const unsigned char bytes[] = {(unsigned char)x, (unsigned char)(x >> 8),
                                           (unsigned char)(x >> 16), (unsigned char)(x >> 24)};
            crc = crc32(crc, bytes, 4);
        }
    }
    assert_int_equal(crc, 0xa09a3bd0);
}

static void every_dimension_has_the_same_sum(void **state)
{
    (void)state;
    static run_sobol sobol;
    run_sobol_init(&sobol, 0);
    for (size_t d = 0; d < RUN_SOBOL_DIMS; d++) {
        uint64_t sum = 0;
        for (size_t i = 0; i < N_POINTS; i++)
            sum += run_sobol_integer(&sobol, d, i);
        assert_true(sum == UINT64_C(549218942976));
    }
}

/* Scrambled points in the unit cube of `n` dimensions. shapes out (count, n) */
static void unit_points(uint64_t seed, size_t n, size_t count, double *out)
{
    static run_sobol sobol;
    run_dim dims[RUN_SOBOL_DIMS + 2];
    for (size_t d = 0; d < n; d++)
        dims[d] = (run_dim){.name = "u", .kind = RUN_FLOAT, .low = 0, .high = 1};
    const run_space space = {dims, n};
    run_sobol_init(&sobol, seed);
    for (size_t i = 0; i < count; i++)
        run_sobol_point(&sobol, &space, i, &out[i * n]);
}

/* In each dimension every interval of width 2^-m holds exactly one of the first 2^m points. */
static void the_shift_keeps_points_balanced(void **state)
{
    (void)state;
    static double points[N_POINTS * RUN_SOBOL_DIMS];
    for (uint64_t seed = 0; seed < 3; seed++) {
        unit_points(seed, RUN_SOBOL_DIMS, N_POINTS, points);
        for (size_t count = 2; count <= N_POINTS; count *= 2) {
            for (size_t d = 0; d < RUN_SOBOL_DIMS; d++) {
                bool hit[N_POINTS] = {false};
                for (size_t i = 0; i < count; i++) {
                    size_t cell = (size_t)(points[i * RUN_SOBOL_DIMS + d] * (double)count);
                    assert_false(hit[cell]);
                    hit[cell] = true;
                }
            }
        }
    }
}

/* source   Hickernell (1998), Mathematics of Computation 67(221) */
static double centred_discrepancy(const double *points, size_t n, size_t dims)
{
    double first = 0, second = 0;
    for (size_t i = 0; i < n; i++) {
        double product = 1;
        for (size_t d = 0; d < dims; d++) {
            double a = fabs(points[i * dims + d] - 0.5);
            product *= 1 + a / 2 - a * a / 2;
        }
        first += product;
        for (size_t j = 0; j < n; j++) {
            product = 1;
            for (size_t d = 0; d < dims; d++) {
                double x = points[i * dims + d], y = points[j * dims + d];
                product *= 1 + (fabs(x - 0.5) + fabs(y - 0.5) - fabs(x - y)) / 2;
            }
            second += product;
        }
    }
    double count = (double)n;
    return pow(13.0 / 12, (double)dims) - 2 / count * first + second / (count * count);
}

static void points_fill_the_cube_evenly(void **state)
{
    (void)state;
    double points[128 * 5];
    for (uint64_t seed = 0; seed < 5; seed++) {
        unit_points(seed, 5, 128, points);
        double discrepancy = centred_discrepancy(points, 128, 5);
        assert_true(discrepancy < 0.0014); /* random points: about 0.012 */
    }
}

static void dimensions_beyond_the_table_are_padded(void **state)
{
    (void)state;
    const size_t n = RUN_SOBOL_DIMS + 2;
    double points[8 * (RUN_SOBOL_DIMS + 2)];
    unit_points(1, n, 8, points);
    for (size_t i = 0; i < 8; i++) {
        for (size_t d = RUN_SOBOL_DIMS; d < n; d++) {
            assert_true(points[i * n + d] >= 0 && points[i * n + d] < 1);
            assert_true(i == 0 || points[i * n + d] != points[(i - 1) * n + d]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_integers_are_joe_and_kuos),
        cmocka_unit_test(every_dimension_has_the_same_sum),
        cmocka_unit_test(the_shift_keeps_points_balanced),
        cmocka_unit_test(points_fill_the_cube_evenly),
        cmocka_unit_test(dimensions_beyond_the_table_are_padded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
