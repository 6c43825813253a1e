/* Properties of random configurations: the grid is the product of the axes, the canonical dump
 * loads to the same configuration, and evaluations share a trial when only epochs and threshold
 * differ. */
#include "runner/config/cfg.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"
#include "engine/data/rng.h"
#include "tests/runner/config.h"
#include "tests/support/cmocka_all.h"

/* Values of each setting, all different, most of them not in canonical form. */
static const struct {
    const char *key, *values[4];
} samples[] = {
    {"data.path", {"a", "builtin:ecg", "x:y", "p/../q"}},
    {"data.normal_class", {"1.0", "N", "-3", "1e1"}},
    {"data.shuffle_seed", {"none", "0", "007", "4294967295"}},
    {"data.split", {"test_val", "val_test"}},
    {"data.split_seed", {"1", "2", "03", "4"}},
    {"data.anomalies", {"all", "match", "1", "10000000"}},
    {"model.arch", {"stacked", "single"}},
    {"model.embedding_dim", {"512", "1", "+7", "64"}},
    {"train.epochs", {"3", "1000000", "2", "1"}},
    {"train.learning_rate", {"1e-3", ".5", "123456789.123", "5e-324"}},
    {"train.batch_size", {"2", "65536", "1"}},
    {"train.loss", {"mse", "l1"}},
    {"train.optimizer", {"adam"}},
    {"train.seed", {"9", "0", "8", "77"}},
    {"train.init_stream", {"grid", "each"}},
    {"eval.threshold", {"p050", "best_f1", "0.10", "youden"}},
    {"data.cuts", {"0.5, .25", "1e-3, 0.999"}},
    {"train.init_after", {"none", "1..3", "512", "4, 4"}},
};

#define N_SAMPLES      (sizeof samples / sizeof samples[0])
#define N_AXIS_SAMPLES (N_SAMPLES - 2)

static unsigned below(eng_rng *rng, unsigned n)
{
    return eng_rng_next(rng) % n;
}

static unsigned count_of(size_t sample)
{
    unsigned n = 0;
    while (n < 4 && samples[sample].values[n])
        n++;
    return n;
}

static void put_fixed(swp_buf *out, eng_rng *rng, size_t sample, bool when)
{
    const char *key = samples[sample].key;
    const char *dot = strchr(key, '.');
    const char *value = samples[sample].values[below(rng, count_of(sample))];
    if (when)
        swp_buf_printf(out, "%s = %s\n", key, value);
    else
        swp_buf_printf(out, "[%.*s]\n%s = %s\n", (int)(dot - key), key, dot + 1, value);
}

/* A random valid configuration: up to six axes, up to two [when] sections. */
static swp_buf random_text(eng_rng *rng)
{
    swp_buf out = {0};
    size_t axis = SIZE_MAX;
    bool is_axis[N_SAMPLES] = {false};
    swp_buf_puts(&out, "[experiment]\nname = t\n[data]\npath = z\n");
    for (unsigned i = below(rng, 7); i > 0; i--) {
        size_t next = below(rng, N_AXIS_SAMPLES);
        if (is_axis[next])
            continue;
        axis = next;
        is_axis[axis] = true;
        swp_buf_printf(&out, "[sweep]\n%s = %s", samples[axis].key, samples[axis].values[0]);
        for (unsigned k = 1; k < count_of(axis) && below(rng, 2); k++)
            swp_buf_printf(&out, ", %s", samples[axis].values[k]);
        swp_buf_puts(&out, "\n");
    }
    for (size_t i = 1; i < N_SAMPLES; i++) { /* data.path is given above */
        if (below(rng, 3) == 0)
            put_fixed(&out, rng, i, false);
    }
    if (axis == SIZE_MAX)
        return out;
    swp_buf_printf(&out, "[when %s = %s]\n", samples[axis].key, samples[axis].values[0]);
    for (size_t i = 0; i < N_SAMPLES; i++) {
        if (!is_axis[i] && below(rng, 4) == 0)
            put_fixed(&out, rng, i, true);
    }
    return out;
}

static swp_buf point_text(const cfg *config, size_t index)
{
    cfg_settings s;
    swp_buf out = {0};
    char threshold[RES_THRESHOLD_TEXT_SIZE];
    cfg_evaluation_at(config, index, &s);
    cfg_trial_text(&s, &out);
    swp_buf_printf(&out, "%s %zu %s", s.data_path, s.epochs,
                   res_threshold_format(s.threshold, threshold));
    assert_false(out.failed);
    return out;
}

static int compare_texts(const void *a, const void *b)
{
    return strcmp(((const swp_buf *)a)->text, ((const swp_buf *)b)->text);
}

/* The grid has exactly the product of points, none twice. */
static void check_grid(const cfg *config)
{
    size_t product = 1, n = cfg_evaluation_count(config);
    for (size_t i = 0; i < cfg_axis_count(config); i++)
        product *= cfg_axis_length(config, i);
    assert_int_equal(n, product);
    swp_buf *points = swp_alloc(n, sizeof *points);
    assert_non_null(points);
    for (size_t i = 0; i < n; i++)
        points[i] = point_text(config, i);
    qsort(points, n, sizeof *points, compare_texts);
    for (size_t i = 1; i < n; i++)
        assert_string_not_equal(points[i - 1].text, points[i].text);
    for (size_t i = 0; i < n; i++)
        swp_buf_deinit(&points[i]);
    swp_free(points);
}

/* A dump reads back to the same grid and the same dump. */
static void check_dump(const cfg *config)
{
    swp_buf text = config_dump(config);
    cfg *again = config_make(text.text, NULL);
    swp_buf second = config_dump(again);
    assert_string_equal(text.text, second.text);
    assert_int_equal(cfg_evaluation_count(config), cfg_evaluation_count(again));
    for (size_t i = 0; i < cfg_evaluation_count(config); i++) {
        swp_buf a = point_text(config, i), b = point_text(again, i);
        assert_string_equal(a.text, b.text);
        swp_buf_deinit(&a);
        swp_buf_deinit(&b);
    }
    cfg_destroy(again);
    swp_buf_deinit(&text);
    swp_buf_deinit(&second);
}

/* Two points are the same trial if their texts are equal, and then their hashes agree. */
static void check_same(const cfg *config, eng_rng *rng)
{
    unsigned n = (unsigned)cfg_evaluation_count(config);
    for (int i = 0; i < 20; i++) {
        cfg_settings s[2];
        swp_buf text[2] = {{0}, {0}};
        for (int k = 0; k < 2; k++) {
            cfg_evaluation_at(config, below(rng, n), &s[k]);
            cfg_trial_text(&s[k], &text[k]);
        }
        bool same = strcmp(text[0].text, text[1].text) == 0;
        assert_int_equal(cfg_trial_same(&s[0], &s[1]), same);
        assert_int_equal(cfg_trial_hash(&s[0]) == cfg_trial_hash(&s[1]), same);
        swp_buf_deinit(&text[0]);
        swp_buf_deinit(&text[1]);
    }
}

static void random_configurations_keep_their_properties(void **state)
{
    (void)state;
    eng_rng rng;
    eng_rng_seed(&rng, 20251124);
    for (int i = 0; i < 150; i++) {
        swp_buf text = random_text(&rng);
        assert_false(text.failed);
        cfg *config = config_make(text.text, NULL);
        check_grid(config);
        check_dump(config);
        check_same(config, &rng);
        cfg_destroy(config);
        swp_buf_deinit(&text);
    }
}

static int enter_folder(void **state)
{
    (void)state;
    config_enter_folder("cfg_property");
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_configurations_keep_their_properties),
    };
    return cmocka_run_group_tests(tests, enter_folder, NULL);
}
