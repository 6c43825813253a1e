/* Statistics against values of scipy 1.17.1 (the calls stand beside them) and published ones. */
#include "results/stats/stats.h"

#include <math.h>

#include "tests/support/cmocka_all.h"

#define OK(call) assert_int_equal((call), SWP_OK)

static void near(double got, double want)
{
    if (!(fabs(got - want) <= 1e-12 * fmax(1e-3, fabs(want))))
        fail_msg("got %.17g, want %.17g", got, want);
}

static void test_t_quantiles(void **state)
{
    (void)state;
    /* scipy.stats.t.ppf(0.975, n) */
    near(res_t_quantile(1), 12.706204736174694);
    near(res_t_quantile(4), 2.7764451051977934);
    near(res_t_quantile(30), 2.0422724563012378);
    near(res_t_quantile(31), 2.039513446396408);
    near(res_t_quantile(40), 2.021075390306273);
    assert_true(fabs(res_t_quantile(41) - 2.0195409704413767) < 2e-8);
    assert_true(fabs(res_t_quantile(100) - 1.9839715185235518) < 2e-10);
    near(res_t_quantile(1000), 1.9623390808264083);
    assert_true(isnan(res_t_quantile(0)));
    for (size_t n = 1; n < 200; n++)
        assert_true(res_t_quantile(n) > res_t_quantile(n + 1));
}

static void test_samples(void **state)
{
    (void)state;
    /* scipy.stats.t.ppf(0.975, 3) * scipy.stats.sem(x); unknown values do not count */
    const double values[] = {93.43, (double)NAN, 80.07, 76.01, 73.61};
    res_spread spread = res_spread_of(values, 5);
    assert_int_equal(spread.n, 4);
    near(spread.mean, 80.78);
    near(spread.sd, 8.844742317708679);
    near(spread.ci95, 14.073958755089222);
    spread = res_spread_of(values, 2);
    assert_int_equal(spread.n, 1);
    near(spread.mean, 93.43);
    assert_true(isnan(spread.sd) && isnan(spread.ci95));
    spread = res_spread_of(values + 1, 1);
    assert_true(spread.n == 0 && isnan(spread.mean) && isnan(spread.sd));
}

/* The interval computed on the logit scale stays within the bounds. */
static void test_bounded_means(void **state)
{
    (void)state;
    const double shares[] = {0.9, 0.95, 0.97, 0.99};
    res_spread spread = res_spread_within(shares, 4, 0, 1);
    near(spread.interval.low, 0.8375377561433545);
    near(spread.interval.high, 0.9873416627922265);
    const double ends[] = {0, 0, 1};
    spread = res_spread_within(ends, 3, 0, 1);
    assert_true(spread.interval.low > 0 && spread.interval.high < 1);
    assert_true(spread.mean - spread.ci95 < 0);
    const double correlations[] = {-0.9, -1, -0.8};
    spread = res_spread_within(correlations, 3, -1, 1);
    assert_true(spread.interval.low > -1 && spread.interval.high < 0);
}

/* Equal values, or one, do not show the spread: there is no interval, instead of one of width 0. */
static void test_no_interval(void **state)
{
    (void)state;
    const double same[] = {0.1, 0.1, 0.1, (double)NAN};
    res_spread spread = res_spread_within(same, 4, 0, 1);
    assert_true(spread.n == 3 && spread.mean == 0.1 && spread.sd == 0);
    assert_true(isnan(spread.ci95) && isnan(spread.interval.low) && isnan(spread.interval.high));
    spread = res_spread_of(same, 1);
    assert_true(spread.n == 1 && isnan(spread.interval.low));
}

/* statsmodels.stats.proportion.proportion_confint(k, n, method="wilson") */
static void test_share_interval(void **state)
{
    (void)state;
    res_interval i = res_share_interval(61, 145);
    near(i.low, 0.34340113080607193);
    near(i.high, 0.5020720311594556);
    i = res_share_interval(0, 1);
    assert_true(i.low == 0);
    near(i.high, 0.7934506856227627);
    i = res_share_interval(145, 145);
    near(i.low, 0.9741909354347176);
    assert_true(i.high == 1);
    assert_true(isnan(res_share_interval(0, 0).low));
}

/* Two seeds of each of four splits are four means, not eight. */
static void test_clusters(void **state)
{
    (void)state;
    const double values[] = {2, 4, 3, 5, 6, 6, 9, 5}, means[] = {3, 4, 6, 7};
    const uint32_t of[] = {0, 0, 1, 1, 2, 2, 3, 3};
    double room[8];
    res_clusters clusters = {.of = of, .n = 4, .room = room};
    res_spread got = res_spread_clustered(values, 8, &clusters, 0, 0);
    const res_spread want = res_spread_of(means, 4);
    assert_int_equal(got.n, 8);
    near(got.mean, 5);
    near(got.ci95, want.ci95);
    near(got.interval.low, want.interval.low);
    assert_true(got.sd != want.sd);
    /* scipy.stats.t.ppf(0.975, 3) * std(means, ddof=1) * sqrt(1 / 4 + 0.05) */
    clusters.overlap = 0.05;
    got = res_spread_clustered(values, 8, &clusters, 0, 0);
    near(got.ci95, 3.1824463052837073);
    clusters.n = 1;
    const uint32_t one[8] = {0};
    clusters.of = one;
    got = res_spread_clustered(values, 8, &clusters, 0, 0);
    assert_true(got.n == 8 && isnan(got.ci95) && isnan(got.interval.low));
}

/* statsmodels.stats.multitest.multipletests(p, method="holm") */
static void test_holm(void **state)
{
    (void)state;
    double p[] = {0.01, 0.04, (double)NAN, 0.03, 0.005, 0.5};
    OK(res_holm(p, 6, NULL));
    near(p[0], 0.04);
    near(p[1], 0.09);
    assert_true(isnan(p[2]));
    near(p[3], 0.09);
    near(p[4], 0.025);
    near(p[5], 0.5);
}

/* scipy.stats.mannwhitneyu(b, a).statistic / 20, scipy.stats.pearsonr */
static void test_two_sides(void **state)
{
    (void)state;
    const double a[] = {1, 2, 3, 4}, b[] = {2, 3, 3, 9, 1};
    near(res_probability_larger(a, 4, b, 5), 0.55);
    assert_true(isnan(res_probability_larger(a, 0, b, 5)));
    const double c[] = {1, 2, 4, 8}, d[] = {3, 1, 5, 9}, flat[] = {1, 1, 1, 1};
    near(res_correlation(c, d, 4), 0.9299702793621387);
    assert_true(isnan(res_correlation(c, flat, 4)));
}

/* Darwin's maize, 15 pairs: scipy.stats.wilcoxon(d, method="exact") */
static void test_exact(void **state)
{
    (void)state;
    const double d[] = {6, 8, 14, 16, 23, 24, 28, 29, 41, -48, 49, 56, 60, -67, 75};
    swp_err err;
    res_signed_rank r;
    OK(res_signed_rank_test(d, 15, 75, &r, &err));
    assert_true(r.exact && r.n == 15 && r.n_zeros == 0 && r.n_tied == 0);
    assert_int_equal(r.n_positive, 13);
    near(r.w_plus, 96);
    near(r.w_minus, 24);
    near(r.p, 0.041259765625);
    near(r.effect, 72.0 / 120);
    near(r.least_p, 2.0 / 32768);
}

/* Ties and zeros: scipy.stats.permutation_test over the sum of positive ranks, all 1024 sign
 * patterns of the ten differences that are not 0. */
static void test_ties_and_zeros(void **state)
{
    (void)state;
    const double d[] = {1.5, -0.5, 2, 2, -2, 3, 0, 4.5, -1, 3, 0, 2.5};
    swp_err err;
    res_signed_rank r;
    OK(res_signed_rank_test(d, 12, 4.5, &r, &err));
    assert_true(r.exact && r.n == 10 && r.n_zeros == 2 && r.n_tied == 5);
    near(r.w_plus, 47);
    near(r.w_minus, 8);
    near(r.p, 0.048828125);
}

/* scipy.stats.wilcoxon(d, method="approx", zero_method="wilcox", correction=False) */
static void test_normal(void **state)
{
    (void)state;
    double d[40];
    for (int i = 0; i < 40; i++)
        d[i] = (double)((i * 37) % 61 - 25) / 4;
    swp_err err;
    res_signed_rank r;
    OK(res_signed_rank_test(d, 40, 9, &r, &err));
    assert_true(!r.exact && r.n == 39 && r.n_zeros == 1 && r.n_tied == 16);
    near(r.w_plus, 491);
    near(r.w_minus, 289);
    near(r.p, 0.15866017587668102);
}

/* Equal in decimal, not in binary: 0.3 - 0.2 and 0.2 - 0.1; 0.1 + 0.2 - 0.3. */
static void test_rounding_is_no_difference(void **state)
{
    (void)state;
    const double d[] = {0.3 - 0.2, 0.2 - 0.1, 0.1 + 0.2 - 0.3};
    assert_true(d[0] != d[1] && d[2] != 0);
    swp_err err;
    res_signed_rank r;
    OK(res_signed_rank_test(d, 3, 0.3, &r, &err));
    assert_true(r.n == 2 && r.n_zeros == 1 && r.n_tied == 2);
    near(r.w_plus, 3);
    near(r.p, 0.5);
}

static void test_few_pairs(void **state)
{
    (void)state;
    const double d[] = {0, 0, 1, 2, 3, 4, 5};
    swp_err err;
    res_signed_rank r;
    OK(res_signed_rank_test(d, 2, 1, &r, &err));
    assert_true(r.n == 0 && r.n_zeros == 2 && isnan(r.p) && isnan(r.effect) && isnan(r.least_p));
    OK(res_signed_rank_test(d, 3, 1, &r, &err));
    near(r.p, 1);
    near(r.least_p, 1);
    near(r.effect, 1);
    OK(res_signed_rank_test(d, 7, 5, &r, &err)); /* five of one sign: 2 / 32 */
    near(r.p, 0.0625);
    near(r.least_p, 0.0625);
}

/* scipy.stats.wilcoxon(range(1, 27), method="approx", correction=False) */
static void test_least_p_is_of_the_test_used(void **state)
{
    (void)state;
    double d[RES_EXACT_PAIRS + 1];
    swp_err err;
    res_signed_rank r;
    for (int i = 0; i <= RES_EXACT_PAIRS; i++)
        d[i] = i + 1;
    OK(res_signed_rank_test(d, RES_EXACT_PAIRS, RES_EXACT_PAIRS, &r, &err));
    assert_true(r.exact && r.p == r.least_p && r.p == ldexp(2, -RES_EXACT_PAIRS));
    OK(res_signed_rank_test(d, RES_EXACT_PAIRS + 1, RES_EXACT_PAIRS, &r, &err));
    assert_true(!r.exact && r.p == r.least_p);
    near(r.least_p, 8.29809930635731e-06);
}

/* One more pair than these can be significant after correction; these cannot. */
static void test_pairs_needed(void **state)
{
    (void)state;
    static const size_t tests[] = {1, 2, 10, 45, 4950};
    for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++) {
        double d[64];
        swp_err err;
        res_signed_rank r;
        const size_t needed = res_signed_rank_needed(0, tests[i], 0.05);
        for (size_t k = 0; k < needed; k++)
            d[k] = -(double)(k + 1);
        OK(res_signed_rank_test(d, needed, (double)needed, &r, &err));
        assert_true(r.p * (double)tests[i] < 0.05);
        OK(res_signed_rank_test(d, needed - 1, (double)needed, &r, &err));
        assert_true(r.p * (double)tests[i] >= 0.05);
    }
    assert_int_equal(res_signed_rank_needed(0, 1, 0.05), 6);
    assert_int_equal(res_signed_rank_needed(2, 10, 0.05), 9);
    /* The normal approximation for 26 pairs cannot show what the exact test for 25 can. */
    assert_true(res_signed_rank_needed(26, 19900, 0.05) > 27);
}

/* scipy.stats.binomtest(a, a + b).pvalue */
static void test_even_split(void **state)
{
    (void)state;
    near(res_even_split_p(3, 10), 0.09228515625);
    near(res_even_split_p(6, 0), 0.03125);
    near(res_even_split_p(5, 5), 1);
    near(res_even_split_p(0, 0), 1);
    assert_true(fabs(res_even_split_p(101, 59) / 0.0011229051962340462 - 1) < 1e-10);
    assert_true(fabs(res_even_split_p(1200, 1000) / 2.1817026407914194e-05 - 1) < 1e-10);
}

/* scipy.stats.t.ppf(p, degrees) */
static void test_t_quantiles_anywhere(void **state)
{
    (void)state;
    static const struct {
        double p;
        size_t degrees;
        double t;
    } cases[] = {{0.975, 1, 12.706204736174694},   {0.995, 3, 5.8409093097333553},
                 {0.995, 15, 2.9467128834752381},  {0.99, 2, 6.9645567342832715},
                 {0.9975, 40, 2.9711712949060805}, {0.75, 7, 0.71114177808178658}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_true(fabs(res_t_quantile_at(cases[i].p, cases[i].degrees) / cases[i].t - 1) < 1e-10);
    assert_true(fabs(res_t_quantile_at(0.975, 12) - res_t_quantile(12)) < 1e-7);
    assert_true(isnan(res_t_quantile_at(0.975, 0)));
}

/* scipy.stats.wilcoxon(d, alternative="greater", zero_method="zsplit") */
static void test_one_sided(void **state)
{
    (void)state;
    static const struct {
        double d[8];
        size_t n;
        double w, p;
    } cases[] = {{{.1, .2, .3}, 3, 6, .125},
                 {{.1, -.2, .3, .4, .5}, 5, 13, .09375},
                 {{0, .1, .2, -.05, .3, .4}, 6, 18.5, .0625},
                 {{1, 2, 3, 4, 5, 6, 7, -8}, 8, 28, .09765625},
                 {{0, 0}, 2, 1.5, 1}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        swp_err err;
        double w, p;
        OK(res_signed_rank_greater(cases[i].d, cases[i].n, &w, &p, &err));
        near(w, cases[i].w);
        near(p, cases[i].p);
    }
}

static void test_scales(void **state)
{
    (void)state;
    enum { MOST = 8 };
    static const struct {
        double numbers[MOST];
        size_t n;
        bool want;
    } cases[] = {
        {{1e-4, 1e-3, 1e-2}, 3, true},    {{1, 2, 3, 4, 5, 6, 7, 8}, 8, false},
        {{2, 4, 8, 16, 32, 64}, 6, true}, {{1e-4, 1e-2}, 2, false},
        {{0, 1, 10, 100}, 4, false},      {{5, 10, 15, 20, 25}, 5, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(res_grows_by_factors(cases[i].numbers, cases[i].n), cases[i].want);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_t_quantiles),    cmocka_unit_test(test_samples),
        cmocka_unit_test(test_bounded_means),  cmocka_unit_test(test_no_interval),
        cmocka_unit_test(test_share_interval), cmocka_unit_test(test_clusters),
        cmocka_unit_test(test_holm),           cmocka_unit_test(test_two_sides),
        cmocka_unit_test(test_exact),          cmocka_unit_test(test_ties_and_zeros),
        cmocka_unit_test(test_normal),         cmocka_unit_test(test_rounding_is_no_difference),
        cmocka_unit_test(test_few_pairs),      cmocka_unit_test(test_even_split),
        cmocka_unit_test(test_one_sided),      cmocka_unit_test(test_t_quantiles_anywhere),
        cmocka_unit_test(test_scales),         cmocka_unit_test(test_least_p_is_of_the_test_used),
        cmocka_unit_test(test_pairs_needed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
