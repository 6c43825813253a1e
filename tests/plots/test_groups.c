/* Groups of trials by parameters that differ in nearly every trial, as in a search of ranges: there
 * is a group for each trial, not for each pair of values. */
#include "plots/groups_priv.h"
#include "tests/support/cmocka_all.h"

#define N_TRIALS 200000u
#define N_VALUES (N_TRIALS / 2)

static void pairs_of_values_share_groups_in_their_order(void **state)
{
    (void)state;
    static uint32_t first[N_TRIALS], second[N_TRIALS];
    static bool use[N_TRIALS];
    const size_t params[] = {0, 1}, places[] = {N_VALUES, N_VALUES};
    res_param list[] = {{.n_values = N_VALUES, .of = first}, {.n_values = N_VALUES, .of = second}};
    res_study study = {.n_trials = N_TRIALS, .params = list, .n_params = 2};
    plot_groups groups;
    swp_err err;
    for (uint32_t t = 0; t < N_TRIALS; t++) {
        first[t] = (N_TRIALS - 1 - t) / 2;
        second[t] = t / 2;
        use[t] = t != 7;
    }
    assert_int_equal(plot_groups_by(&study, use, params, places, 2, &groups, &err), SWP_OK);
    assert_int_equal(groups.n, N_VALUES);
    assert_int_equal(groups.largest, 2);
    assert_int_equal(groups.of[7], PLOT_NO_GROUP);
    for (size_t t = 0; t < N_TRIALS; t++)
        assert_true(t == 7 || groups.of[t] == first[t]);
    plot_groups_deinit(&groups);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pairs_of_values_share_groups_in_their_order)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
