/* The rules for every searcher, run on each registered one. */
#include "runner/search/searcher.h"

#include <math.h>
#include <string.h>

#include "engine/base/mem.h"
#include "tests/support/cmocka_all.h"

/* A space of lists, which every searcher takes, and one of all kinds of dimensions. */
#define N_DIMS   5u
#define N_LISTED 24u /* points of the space of lists */

static run_dim listed[] = {{.name = "b", .kind = RUN_ORDINAL, .n = 3},
                           {.name = "a", .kind = RUN_CATEGORICAL, .n = 2},
                           {.name = "one", .kind = RUN_CATEGORICAL, .n = 1},
                           {.name = "d", .kind = RUN_ORDINAL, .n = 4}};
static run_dim mixed[] = {
    {.name = "act", .kind = RUN_CATEGORICAL, .n = 3},
    {.name = "drop", .kind = RUN_FLOAT, .low = 0, .high = 0.5},
    {.name = "hidden", .kind = RUN_INT, .low = 2, .high = 128, .log = true},
    {.name = "layers", .kind = RUN_INT, .low = 1, .high = 3},
    {.name = "lr", .kind = RUN_FLOAT, .low = 1e-5, .high = 1e-1, .log = true}};
static const run_space lists = {listed, 4}, ranges = {mixed, 5};

#define MOST 60u

typedef struct record {
    double points[MOST][N_DIMS];
    run_proposal proposals[MOST];
    size_t n;
    bool is_done; /* the searcher reported that there are no more points */
} record;

/* The outcome of a proposal in these tests: some fail, some are stopped, some keep running. */
static run_outcome outcome_of(const run_space *space, const double *point, size_t number)
{
    double value = 0;
    for (size_t i = 0; i < space->n; i++)
        value += fabs(run_dim_scale(&space->dims[i], point[i] + 1) - 1.5);
    switch (number % 7) {
    case 3:
        return (run_outcome){.state = RUN_OUTCOME_FAILED};
    case 5:
        return (run_outcome){RUN_OUTCOME_STOPPED, number % 2 ? value : (double)NAN, number % 4};
    case 6:
        return (run_outcome){.state = RUN_OUTCOME_RUNNING};
    default:
        return (run_outcome){.state = RUN_OUTCOME_DONE, .value = value};
    }
}

/* Take proposals until there are `most` after those of the record, reporting each outcome. */
static void propose(const run_searcher *searcher, const run_space *space, uint64_t seed,
                    size_t most, record *r)
{
    run_search *search;
    swp_err err;
    bool found = true;
    assert_int_equal(searcher->open(space, seed, r->proposals, r->n, &search, &err), SWP_OK);
    while (r->n < most) {
        double *point = r->points[r->n];
        assert_int_equal(searcher->propose(search, point, &found, &err), SWP_OK);
        if (!found)
            break;
        run_outcome outcome = outcome_of(space, point, r->n);
        assert_int_equal(searcher->observe(search, r->n, &outcome, &err), SWP_OK);
        assert_int_equal(searcher->observe(search, r->n + 1, &outcome, &err), SWP_INTERNAL);
        r->proposals[r->n++] = (run_proposal){point, outcome};
    }
    r->is_done = !found;
    searcher->close(search);
}

static bool same_points(const run_space *space, const double *a, const double *b)
{
    return memcmp(a, b, space->n * sizeof *a) == 0;
}

static void a_table_without_a_function_is_refused(void **state)
{
    (void)state;
    swp_err err;
    const run_searcher *whole;
    for (size_t i = 0; (whole = run_searcher_at(i)); i++) {
        const run_searcher *found;
        assert_int_equal(run_searcher_find(whole->name, &found, &err), SWP_OK);
        assert_ptr_equal(found, whole);
        run_searcher part;
#define EXPECT_REFUSED(slot)                                                                       \
    part = *whole;                                                                                 \
    part.slot = 0;                                                                                 \
    assert_int_equal(run_searcher_validate(&part, &err), SWP_INTERNAL);                            \
    assert_non_null(strstr(err.text, #slot))
        EXPECT_REFUSED(version);
        EXPECT_REFUSED(name);
        EXPECT_REFUSED(algorithm);
        EXPECT_REFUSED(open);
        EXPECT_REFUSED(propose);
        EXPECT_REFUSED(observe);
        EXPECT_REFUSED(close);
    }
    assert_int_equal(run_searcher_find("oracle", &whole, &err), SWP_INTERNAL);
}

/* Each searcher on each space that it can search. */
static void on_each(void (*check)(const run_searcher *searcher, const run_space *space))
{
    const run_searcher *searcher;
    for (size_t i = 0; (searcher = run_searcher_at(i)); i++) {
        check(searcher, &lists);
        if (searcher->takes_ranges)
            check(searcher, &ranges);
    }
}

/* Only space, seed and history decide: proposals are the same in one pass and after any restart. */
static void check_repeatable(const run_searcher *searcher, const run_space *space)
{
    record whole = {.n = 0};
    propose(searcher, space, 7, MOST, &whole);
    for (size_t cut = 0; cut <= whole.n; cut++) {
        record parts = {.n = 0};
        propose(searcher, space, 7, cut, &parts);
        assert_int_equal(parts.n, cut);
        propose(searcher, space, 7, MOST, &parts);
        assert_int_equal(parts.n, whole.n);
        for (size_t k = 0; k < whole.n; k++)
            assert_true(same_points(space, parts.points[k], whole.points[k]));
    }
}

static void proposals_are_repeatable(void **state)
{
    (void)state;
    on_each(check_repeatable);
}

/* No point comes twice, all lie in the space, and a finite space ends when all were proposed. */
static void check_different(const run_searcher *searcher, const run_space *space)
{
    record r = {.n = 0};
    propose(searcher, space, 11, MOST, &r);
    assert_int_equal(r.n, space == &lists ? N_LISTED : MOST);
    assert_int_equal(r.is_done, space == &lists);
    for (size_t k = 0; k < r.n; k++) {
        assert_true(run_space_holds(space, r.points[k]));
        for (size_t j = 0; j < k; j++)
            assert_false(same_points(space, r.points[j], r.points[k]));
    }
}

static void proposals_differ(void **state)
{
    (void)state;
    on_each(check_different);
}

/* Another seed makes another search, except for a grid. */
static void seeds_differ(void **state)
{
    (void)state;
    const run_searcher *searcher;
    for (size_t i = 0; (searcher = run_searcher_at(i)); i++) {
        if (!searcher->takes_ranges)
            continue;
        record one = {.n = 0}, other = {.n = 0};
        propose(searcher, &ranges, 1, 5, &one);
        propose(searcher, &ranges, 2, 5, &other);
        for (size_t k = 0; k < 5; k++)
            assert_false(same_points(&ranges, one.points[k], other.points[k]));
    }
}

/* Outcomes matter only to adaptive searchers. */
static void adaptive_searchers_say_so(void **state)
{
    (void)state;
    const run_searcher *searcher;
    for (size_t i = 0; (searcher = run_searcher_at(i)); i++) {
        if (!searcher->takes_ranges)
            continue;
        record r = {.n = 0}, other = {.n = 0};
        propose(searcher, &ranges, 3, 30, &r);
        other = r;
        for (size_t k = 0; k < r.n; k++) {
            other.proposals[k].point = r.proposals[k].point;
            other.proposals[k].outcome.value = -r.proposals[k].outcome.value;
        }
        propose(searcher, &ranges, 3, 31, &r);
        propose(searcher, &ranges, 3, 31, &other);
        assert_int_equal(same_points(&ranges, r.points[30], other.points[30]),
                         !searcher->is_adaptive);
    }
}

static void bad_histories_are_refused(void **state)
{
    (void)state;
    const run_searcher *searcher;
    const double outside[] = {0, 0.6, 2, 1, 1e-3}, inside[] = {0, 0.5, 2, 1, 1e-3};
    for (size_t i = 0; (searcher = run_searcher_at(i)); i++) {
        run_search *search = NULL;
        swp_err err;
        if (!searcher->takes_ranges) {
            assert_int_equal(searcher->open(&ranges, 0, NULL, 0, &search, &err), SWP_CONFIG);
            assert_non_null(strstr(err.text, "drop"));
            continue;
        }
        run_proposal proposal = {outside, {.state = RUN_OUTCOME_DONE, .value = 1}};
        assert_int_equal(searcher->open(&ranges, 0, &proposal, 1, &search, &err), SWP_CONFIG);
        proposal = (run_proposal){inside, {.state = RUN_OUTCOME_DONE, .value = (double)NAN}};
        assert_int_equal(searcher->open(&ranges, 0, &proposal, 1, &search, &err), SWP_INTERNAL);
    }
}

/* Whichever allocation fails, nothing leaks and the next search works. */
static void failing_memory_is_reported(void **state)
{
    (void)state;
    const run_searcher *searcher;
    for (size_t i = 0; (searcher = run_searcher_at(i)); i++) {
        record r = {.n = 0};
        propose(searcher, &lists, 5, 20, &r);
        swp_status status = SWP_NOMEM;
        for (unsigned long n = 1; status == SWP_NOMEM; n++) {
            run_search *search = NULL;
            double point[N_DIMS];
            bool found;
            swp_err err;
            swp_mem_fail_at(n);
            status = searcher->open(&lists, 5, r.proposals, r.n, &search, &err);
            if (status == SWP_OK)
                status = searcher->propose(search, point, &found, &err);
            swp_mem_fail_at(0);
            searcher->close(search);
        }
        assert_int_equal(status, SWP_OK);
    }
}

/* The grid's own order: the last list varies fastest. */
static void the_grid_is_in_order(void **state)
{
    (void)state;
    const run_searcher *grid;
    swp_err err;
    record r = {.n = 0};
    assert_int_equal(run_searcher_find("grid", &grid, &err), SWP_OK);
    propose(grid, &lists, 0, MOST, &r);
    for (size_t k = 0; k < r.n; k++) {
        const double expected[] = {(double)(k / 8), (double)(k / 4 % 2), 0, (double)(k % 4)};
        assert_true(same_points(&lists, r.points[k], expected));
    }
}

/* A space without dimensions is one point. */
static void nothing_to_search_is_one_point(void **state)
{
    (void)state;
    const run_space none = {NULL, 0};
    const run_searcher *searcher;
    for (size_t i = 0; (searcher = run_searcher_at(i)); i++) {
        record r = {.n = 0};
        propose(searcher, &none, 0, MOST, &r);
        assert_int_equal(r.n, 1);
    }
}

static int check_spaces(void **state)
{
    (void)state;
    swp_err err;
    for (size_t i = 0; i < lists.n; i++)
        assert_int_equal(run_dim_check(&listed[i], &err), SWP_OK);
    for (size_t i = 0; i < ranges.n; i++)
        assert_int_equal(run_dim_check(&mixed[i], &err), SWP_OK);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_table_without_a_function_is_refused),
        cmocka_unit_test(proposals_are_repeatable),
        cmocka_unit_test(proposals_differ),
        cmocka_unit_test(seeds_differ),
        cmocka_unit_test(adaptive_searchers_say_so),
        cmocka_unit_test(bad_histories_are_refused),
        cmocka_unit_test(failing_memory_is_reported),
        cmocka_unit_test(the_grid_is_in_order),
        cmocka_unit_test(nothing_to_search_is_one_point),
    };
    return cmocka_run_group_tests(tests, check_spaces, NULL);
}
