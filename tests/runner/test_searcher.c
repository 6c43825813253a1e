/* What every searcher must keep to: run on each registered one. */
#include "runner/search/searcher.h"

#include <math.h>
#include <string.h>

#include "tests/runner/config.h"
#include "tests/support/cmocka_all.h"

/* A registered searcher by its name; a new one adds a line, and an INI with a space for it. `n` is
 * the number of points that it proposes there, if that has an end. */
static const struct {
    const char *name, *ini;
    size_t n;
} searchers[] = {
    {"grid",
     CONFIG_MINIMAL "[sweep]\nmodel.embedding_dim = 2, 4, 8\ntrain.epochs = 5, 10\n"
                    "train.learning_rate = log(1e-4, 1e-2, 3)\neval.threshold = 45, p99\n",
     36},
};

#define N_SEARCHERS (sizeof searchers / sizeof searchers[0])
#define MOST        36u

/* A point as text: what decides its trial, and how that is read. */
static void describe(const cfg_settings *settings, swp_buf *out)
{
    char threshold[RES_THRESHOLD_TEXT_SIZE];
    cfg_trial_text(settings, out);
    swp_buf_printf(out, "%zu %s", settings->epochs,
                   res_threshold_format(settings->threshold, threshold));
    assert_false(out->failed);
}

typedef struct record {
    run_outcome outcomes[MOST];
    swp_buf texts[MOST];
    size_t n;
} record;

static void drop(record *r)
{
    for (size_t i = 0; i < r->n; i++)
        swp_buf_deinit(&r->texts[i]);
}

/* Take proposals until there are `most`, telling what became of each, and go on behind a history.
 */
static void propose(const run_searcher *searcher, const cfg *space, uint64_t seed, size_t most,
                    record *r)
{
    run_search *search;
    swp_err err;
    bool found = true;
    assert_int_equal(searcher->open(space, seed, r->outcomes, r->n, &search, &err), SWP_OK);
    while (r->n < most && found) {
        run_outcome *outcome = &r->outcomes[r->n];
        assert_int_equal(searcher->propose(search, &outcome->settings, &found, &err), SWP_OK);
        if (!found)
            break;
        outcome->value = r->n % 5 == 3 ? (double)NAN : 1.0 / (double)(r->n + 1);
        assert_int_equal(searcher->observe(search, r->n, outcome, &err), SWP_OK);
        assert_int_equal(searcher->observe(search, r->n + 1, outcome, &err), SWP_INTERNAL);
        describe(&outcome->settings, &r->texts[r->n++]);
    }
    searcher->close(search);
}

static void a_table_without_a_function_is_refused(void **state)
{
    (void)state;
    swp_err err;
    const run_searcher *whole;
    for (size_t i = 0; i < N_SEARCHERS; i++) {
        assert_int_equal(run_searcher_find(searchers[i].name, &whole, &err), SWP_OK);
        assert_string_equal(whole->name, searchers[i].name);
        run_searcher part;
#define EXPECT_REFUSED(slot)                                                                       \
    part = *whole;                                                                                 \
    part.slot = 0;                                                                                 \
    assert_int_equal(run_searcher_validate(&part, &err), SWP_INTERNAL);                            \
    assert_non_null(strstr(err.text, #slot))
        EXPECT_REFUSED(version);
        EXPECT_REFUSED(name);
        EXPECT_REFUSED(open);
        EXPECT_REFUSED(propose);
        EXPECT_REFUSED(observe);
        EXPECT_REFUSED(close);
    }
    assert_int_equal(run_searcher_find("oracle", &whole, &err), SWP_INTERNAL);
}

/* Nothing but space, seed and outcomes decides: the same again, in one go and after any restart. */
static void proposals_are_repeatable(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_SEARCHERS; i++) {
        const run_searcher *searcher;
        swp_err err;
        cfg *space = config_make(searchers[i].ini, NULL);
        record whole = {.n = 0};
        assert_int_equal(run_searcher_find(searchers[i].name, &searcher, &err), SWP_OK);
        propose(searcher, space, 7, MOST, &whole);
        assert_int_equal(whole.n, searchers[i].n);
        for (size_t cut = 0; cut <= whole.n; cut += 5) {
            record parts = {.n = 0};
            propose(searcher, space, 7, cut, &parts);
            propose(searcher, space, 7, MOST, &parts);
            assert_int_equal(parts.n, whole.n);
            for (size_t k = 0; k < whole.n; k++)
                assert_string_equal(parts.texts[k].text, whole.texts[k].text);
            drop(&parts);
        }
        drop(&whole);
        cfg_destroy(space);
    }
}

/* No point comes twice, and all lie in the space: fixed settings are the configuration's. */
static void proposals_differ(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_SEARCHERS; i++) {
        const run_searcher *searcher;
        swp_err err;
        cfg *space = config_make(searchers[i].ini, NULL);
        record r = {.n = 0};
        assert_int_equal(run_searcher_find(searchers[i].name, &searcher, &err), SWP_OK);
        propose(searcher, space, 7, MOST, &r);
        for (size_t k = 0; k < r.n; k++) {
            assert_int_equal(r.outcomes[k].settings.batch_size, 1);
            for (size_t j = 0; j < k; j++)
                assert_string_not_equal(r.texts[j].text, r.texts[k].text);
        }
        drop(&r);
        cfg_destroy(space);
    }
}

/* The grid's own order: the last axis varies fastest. */
static void the_grid_is_in_order(void **state)
{
    (void)state;
    const run_searcher *searcher;
    swp_err err;
    cfg *space = config_make(searchers[0].ini, NULL);
    record r = {.n = 0};
    assert_int_equal(run_searcher_find("grid", &searcher, &err), SWP_OK);
    propose(searcher, space, 0, MOST, &r);
    static const size_t dims[] = {2, 4, 8}, epochs[] = {5, 10};
    for (size_t k = 0; k < r.n; k++) {
        const cfg_settings *s = &r.outcomes[k].settings;
        assert_int_equal(s->shape.embedding_dim, dims[k / 12]);
        assert_int_equal(s->epochs, epochs[k / 6 % 2]);
        assert_int_equal(s->threshold.kind, k % 2 ? RES_THRESHOLD_PERCENTILE : RES_THRESHOLD_VALUE);
    }
    drop(&r);
    cfg_destroy(space);
}

static int enter_folder(void **state)
{
    (void)state;
    config_enter_folder("searcher");
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_table_without_a_function_is_refused),
        cmocka_unit_test(proposals_are_repeatable),
        cmocka_unit_test(proposals_differ),
        cmocka_unit_test(the_grid_is_in_order),
    };
    return cmocka_run_group_tests(tests, enter_folder, NULL);
}
