/* Labels of parameters: short, unique, and with the words that they share in the title. */
#include "results/query/labels.h"

#include <math.h>
#include <string.h>

#include "engine/base/mem.h"
#include "tests/support/cmocka_all.h"

enum { MOST = 8 };

/* A parameter with these texts, numbers where they are numbers, labelled. */
static res_param label(const char *const *texts, size_t n)
{
    res_param p = {.key = swp_strdup("group.name"),
                   .name = swp_strdup("name"),
                   .values = swp_alloc(n, sizeof *p.values),
                   .n_values = n,
                   .scale = RES_LINEAR};
    for (size_t v = 0; v < n; v++) {
        p.values[v].text = swp_strdup(texts[v]);
        if (!swp_parse_double(texts[v], &p.values[v].number)) {
            p.values[v].number = (double)NAN;
            p.scale = RES_CATEGORICAL;
        }
    }
    assert_true(res_param_label(&p));
    return p;
}

static void release(res_param *p)
{
    for (size_t v = 0; v < p->n_values; v++) {
        swp_free(p->values[v].text);
        swp_free(p->values[v].label);
    }
    swp_free(p->values);
    swp_free(p->key);
    swp_free(p->name);
    swp_free(p->title);
}

static void check(const char *const *texts, const char *const *labels, size_t n, const char *title)
{
    res_param p = label(texts, n);
    for (size_t v = 0; v < n; v++)
        assert_string_equal(p.values[v].label, labels[v]);
    assert_string_equal(p.title, title);
    release(&p);
}

static void test_numbers_are_short(void **state)
{
    (void)state;
    static const char *const texts[] = {"0.0001", "0.000316227766", "0.001",  "0.05", "8",
                                        "128",    "2481",           "1000000"};
    static const char *const labels[] = {"1e-4", "3.16e-4", "1e-3", "0.05",
                                         "8",    "128",     "2481", "1e6"};
    check(texts, labels, MOST, "name");
}

static void test_close_numbers_keep_their_digits(void **state)
{
    (void)state;
    static const char *const texts[] = {"0.10001", "0.10002", "31"};
    static const char *const labels[] = {"0.10001", "0.10002", "31"};
    check(texts, labels, 3, "name");
}

static void test_one_number_in_two_texts(void **state)
{
    (void)state;
    static const char *const texts[] = {"1e-3", "0.001"};
    check(texts, texts, 2, "name");
}

static void test_words_lose_what_they_share(void **state)
{
    (void)state;
    static const char *const paths[] = {"data/set_a.csv", "data/set_b.csv"};
    static const char *const short_paths[] = {"a.csv", "b.csv"};
    check(paths, short_paths, 2, "name (data/set_...)");
    static const char *const words[] = {"single", "stacked", ""};
    static const char *const labels[] = {"single", "stacked", "none"};
    check(words, labels, 3, "name");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers_are_short),
        cmocka_unit_test(test_close_numbers_keep_their_digits),
        cmocka_unit_test(test_one_number_in_two_texts),
        cmocka_unit_test(test_words_lose_what_they_share),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
