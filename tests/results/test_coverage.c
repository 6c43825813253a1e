/* How often the 95 % intervals cover the true value, in 2,000 simulated studies of each kind:
 * between 93 and 99 of 100. */
#include <math.h>
#include <stdint.h>

#include "results/stats/bootstrap.h"
#include "tests/support/cmocka_all.h"

enum { RUNS = 2000, MOST_VALUES = 64, MOST_ROWS = 20, MODELS = 10 };

static uint64_t state;

/* Uniform in (0, 1). */
static double uniform(void)
{
    uint64_t z = state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return ((double)((z ^ (z >> 31)) >> 11) + 0.5) / 9007199254740992.0;
}

static double normal(void)
{
    return sqrt(-2 * log(uniform())) * cos(2 * 3.14159265358979323846 * uniform());
}

static size_t binomial(size_t n, double p)
{
    size_t hits = 0;
    for (size_t i = 0; i < n; i++)
        hits += uniform() < p;
    return hits;
}

static int covers(res_interval interval, double truth)
{
    return interval.low <= truth && truth <= interval.high;
}

static void check_coverage(const char *what, size_t n, int covered)
{
    double share = (double)covered / RUNS;
    print_message("%s, n = %zu: %.2f %%\n", what, n, 100 * share);
    if (share < 0.93 || share > 0.99)
        fail_msg("%s, n = %zu: %.2f %%", what, n, 100 * share);
}

static void test_counts(void **unused)
{
    (void)unused;
    static const struct {
        size_t n;
        double p;
    } cases[] = {{10, 0.5}, {20, 0.8}, {145, 0.5}, {145, 0.9}, {145, 0.97}, {2081, 0.99}};
    state = 1;
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        int covered = 0;
        for (int run = 0; run < RUNS; run++)
            covered += covers(res_share_interval(binomial(cases[c].n, cases[c].p), cases[c].n),
                              cases[c].p);
        check_coverage("Wilson, counts", cases[c].n, covered);
    }
}

static void test_means(void **unused)
{
    (void)unused;
    static const size_t sizes[] = {3, 5, 10, 30};
    double values[MOST_VALUES];
    state = 2;
    for (size_t c = 0; c < sizeof sizes / sizeof sizes[0]; c++) {
        int covered = 0;
        for (int run = 0; run < RUNS; run++) {
            for (size_t i = 0; i < sizes[c]; i++)
                values[i] = 40 + 5 * normal();
            covered += covers(res_spread_of(values, sizes[c]).interval, 40);
        }
        check_coverage("Student, means", sizes[c], covered);
    }
}

/* Recalls of different models, each with 145 rows and its own logit. The mean recall is the average
 * over many models. */
static double one_recall(double centre, double sd)
{
    return (double)binomial(145, 1 / (1 + exp(-centre - sd * normal()))) / 145;
}

static void test_shares(void **unused)
{
    (void)unused;
    static const struct {
        size_t n;
        double centre, sd;
    } cases[] = {{5, 0, 0.5}, {10, 2, 0.5}, {10, 3, 0.3}, {30, 2, 0.8}};
    double values[MOST_VALUES];
    state = 3;
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        double truth = 0;
        int covered = 0;
        for (int i = 0; i < 20000; i++)
            truth += one_recall(cases[c].centre, cases[c].sd) / 20000;
        for (int run = 0; run < RUNS; run++) {
            for (size_t i = 0; i < cases[c].n; i++)
                values[i] = one_recall(cases[c].centre, cases[c].sd);
            res_spread spread = res_spread_within(values, cases[c].n, 0, 1);
            assert_true(spread.interval.low >= 0 && spread.interval.high <= 1);
            covered += covers(spread.interval, truth);
        }
        check_coverage("logit, shares", cases[c].n, covered);
    }
}

/* Three seeds of each split; splits depend on each other as Nadeau and Bengio assume: by the share
 * `test / (test + train)` of their variance. Intervals that ignore splits cover too rarely. */
static void check_splits(size_t n_splits, double overlap)
{
    double values[MOST_VALUES], room[2 * MOST_VALUES];
    uint32_t of[MOST_VALUES];
    double common = overlap / (1 + overlap);
    int covered = 0, naive = 0;
    const res_clusters clusters = {.of = of, .n = n_splits, .overlap = overlap, .room = room};
    for (int run = 0; run < RUNS; run++) {
        double all = sqrt(common) * normal();
        for (size_t s = 0; s < n_splits; s++) {
            double split = all + sqrt(1 - common) * normal();
            for (size_t k = 0; k < 3; k++) {
                of[3 * s + k] = (uint32_t)s;
                values[3 * s + k] = 90 + split + 0.5 * normal();
            }
        }
        covered += covers(res_spread_clustered(values, 3 * n_splits, &clusters, 0, 0).interval, 90);
        naive += covers(res_spread_of(values, 3 * n_splits).interval, 90);
    }
    check_coverage(overlap > 0 ? "splits that overlap" : "splits", n_splits, covered);
    assert_true((double)naive / RUNS < 0.9);
}

static void test_splits(void **unused)
{
    (void)unused;
    state = 4;
    check_splits(5, 0);
    check_splits(8, 0);
    check_splits(8, 145.0 / 2481);
    check_splits(20, 145.0 / 2481);
}

/* Errors of models whose separation differs, on rows some of which are harder for all models. */
typedef struct simulated {
    float test[MODELS][MOST_ROWS], anomaly[MODELS][MOST_ROWS];
    res_errors errors[MODELS];
} simulated;

static void simulate(simulated *s, size_t n_models, double separation, double rows[2][MOST_ROWS])
{
    for (size_t k = 0; k < n_models; k++) {
        double shift = separation + 0.3 * normal();
        for (size_t i = 0; i < MOST_ROWS; i++) {
            s->test[k][i] = (float)(rows[0][i] + 0.5 * normal());
            s->anomaly[k][i] = (float)(rows[1][i] + shift + 0.5 * normal());
        }
        s->errors[k] = (res_errors){.test = s->test[k],
                                    .anomaly = s->anomaly[k],
                                    .n_test = MOST_ROWS,
                                    .n_anomaly = MOST_ROWS};
    }
}

static double auroc_of(double separation)
{
    return erfc(-separation / sqrt(2 * (1 + 0.25) + 0.09) / sqrt(2.0)) / 2;
}

static void test_areas(void **unused)
{
    (void)unused;
    static simulated a, b;
    double rows[2][MOST_ROWS];
    int covered = 0, differences = 0;
    state = 5;
    for (int run = 0; run < RUNS; run++) {
        res_areas one, two;
        for (size_t i = 0; i < 2 * MOST_ROWS; i++)
            rows[i / MOST_ROWS][i % MOST_ROWS] = normal();
        simulate(&a, MODELS, 1.5, rows);
        simulate(&b, MODELS, 1, rows);
        assert_int_equal(res_bootstrap_areas(a.errors, NULL, MODELS, 100, &one, NULL), SWP_OK);
        assert_int_equal(res_bootstrap_areas(a.errors, b.errors, MODELS, 100, &two, NULL), SWP_OK);
        covered += covers(one.auroc, auroc_of(1.5));
        differences += covers(two.auroc, auroc_of(1.5) - auroc_of(1));
    }
    check_coverage("bootstrap, AUROC", MODELS, covered);
    check_coverage("bootstrap, difference of AUROC", MODELS, differences);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts), cmocka_unit_test(test_means), cmocka_unit_test(test_shares),
        cmocka_unit_test(test_splits), cmocka_unit_test(test_areas),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
