/* Mutated INI texts and lists: each is accepted or refused with a message, without leaks or reads
 * out of bounds (checked by the sanitizers). Seeded, bounded to about a second. */
#include <stdio.h>
#include <string.h>

#include "engine/base/mem.h"
#include "engine/data/rng.h"
#include "runner/config/cfg_priv.h"
#include "tests/runner/config.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/data.h"

enum { INI_ROUNDS = 1500, LIST_ROUNDS = 30000, ROOM = 2048 };

static const char *const texts[] = {
    CONFIG_MINIMAL "[model]\narch = stacked ; c\nembedding_dim = 8\n[train]\nepochs = 25\n"
                   "learning_rate = 1e-3\ninit_after = 2, 4\n[eval]\nthreshold = p99\n",
    CONFIG_MINIMAL
    "cuts = 0.1, 0.2\n[search]\nstrategy = grid\n[sweep]\nmodel.embedding_dim = 2..8, 64\n"
    "train.epochs = 5..25..5\n[when model.embedding_dim = 4]\ntrain.seed = 1\n",
    CONFIG_MINIMAL "[sweep]\ntrain.learning_rate = log(1e-4, 1e-2, 5), 0.1..0.5..0.1\n"
                   "eval.threshold = 45, best_f1\n[run]\ntimeout = 10m\nmemory = 2G\n",
};

static const char *const lists[] = {
    "2..8, 64, 128", "20..70..5", "log(1e-4, 1e-2, 5)", "8..2..-2", "0.1..0.5..0.1", "l1, mse", "1",
};

/* Bytes with a meaning, and pieces that have broken parsers. */
static const char *const pieces[] = {
    "[",           "]",
    "=",           ";",
    "#",           "\n",
    "\r\n",        " ",
    ",",           "..",
    "...",         "log(",
    ")",           "-",
    "1e9",         "e",
    "0",           "9",
    ".",           "\t",
    "\"",          "%s",
    "%n",          "\xff",
    "none",        "when ",
    "1e308",       "-1e308",
    "1..1e5",      "[when train.seed = 1]",
    "\n[sweep]\n", "train.seed = 1..3\n",
};

static size_t below(eng_rng *rng, size_t n)
{
    return eng_rng_next(rng) % n;
}

/* Replace up to 3 bytes at a random place by a random piece or byte, in place. */
static void mutate(eng_rng *rng, char *text)
{
    size_t n = strlen(text);
    size_t at = below(rng, n + 1);
    size_t cut = below(rng, 4) < n - at ? below(rng, 4) % (n - at + 1) : 0;
    char byte[2] = {(char)(1 + below(rng, 255)), '\0'};
    const char *piece = below(rng, 3) ? pieces[below(rng, sizeof pieces / sizeof *pieces)] : byte;
    char out[ROOM];
    int length = snprintf(out, sizeof out, "%.*s%s%s", (int)at, text, piece, text + at + cut);
    assert_in_range(length, 0, ROOM - 1);
    memcpy(text, out, (size_t)length + 1);
}

static void check_taken(const cfg *config)
{
    cfg_settings s;
    size_t n = cfg_evaluation_count(config);
    assert_in_range(n, 1, CFG_MAX_EVALUATIONS);
    cfg_evaluation_at(config, n - 1, &s);
    assert_in_range(s.shape.embedding_dim, 1, ENG_MAX_EMBEDDING_DIM);
    assert_in_range(s.epochs, 1, 1000000);
    assert_true(s.learning_rate > 0);
    assert_true(s.split.cuts[0] > 0 && s.split.cuts[1] < 1);
}

static void check_refused(swp_status status, const swp_err *err)
{
    if (status != SWP_CONFIG || err->text[0] == '\0')
        fail_msg("status %s: %s", swp_status_name(status), err->text);
    for (const char *at = err->text; *at; at++)
        assert_true((unsigned char)*at >= 0x20 && *at != 0x7f);
}

static void mutated_files(void **state)
{
    (void)state;
    eng_rng rng;
    eng_rng_seed(&rng, 1);
    size_t taken = 0;
    for (int i = 0; i < INI_ROUNDS; i++) {
        char text[ROOM];
        cfg *config;
        swp_err err;
        snprintf(text, sizeof text, "%s", texts[below(&rng, sizeof texts / sizeof *texts)]);
        for (size_t k = below(&rng, 4); k > 0; k--)
            mutate(&rng, text);
        swp_status status = config_try(text, NULL, &config, &err);
        if (status != SWP_OK) {
            check_refused(status, &err);
            continue;
        }
        check_taken(config);
        cfg_destroy(config);
        taken++;
    }
    assert_in_range(taken, INI_ROUNDS / 10, INI_ROUNDS - INI_ROUNDS / 10);
}

static void mutated_lists(void **state)
{
    (void)state;
    static const char *const keys[] = {"model.embedding_dim", "train.learning_rate", "train.loss",
                                       "eval.threshold",      "data.path",           "train.seed"};
    eng_rng rng;
    eng_rng_seed(&rng, 2);
    for (int i = 0; i < LIST_ROUNDS; i++) {
        cfg_pool pool = {0};
        char text[ROOM];
        cfg_value *values;
        size_t n;
        swp_err err;
        const cfg_option *option = cfg_option_find(keys[below(&rng, sizeof keys / sizeof *keys)]);
        snprintf(text, sizeof text, "%s", lists[below(&rng, sizeof lists / sizeof *lists)]);
        for (size_t k = below(&rng, 4); k > 0; k--)
            mutate(&rng, text);
        swp_status status = cfg_list_parse(&pool, option, text, 1000, &values, &n, &err);
        if (status == SWP_OK)
            assert_in_range(n, 1, 1000);
        else
            check_refused(status, &err);
        swp_free(values);
        cfg_pool_deinit(&pool);
    }
}

static int enter_folder(void **state)
{
    (void)state;
    config_enter_folder("cfg_fuzz");
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mutated_files),
        cmocka_unit_test(mutated_lists),
    };
    return cmocka_run_group_tests(tests, enter_folder, NULL);
}
