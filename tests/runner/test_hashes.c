/* Hashes and keys that stores of the first version hold: if they changed, stored trials would be
 * trained again. The expected ones come from stores of version 0.1.0. */
#include <stdio.h>
#include <string.h>

#include "engine/base/digest.h"
#include "runner/config/cfg_priv.h"
#include "runner/plan/plan.h"
#include "tests/runner/config.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/data.h"

static const struct {
    const char *name;
    const char *revision; /* SHA-256 of the lines key=value of its settings */
    size_t n_trials;
    const char *first, *last; /* trial keys */
    bool is_synthetic;
} experiments[] = {
    {"published", "3f2ee877612285d13e14c2aef33cb692e077bc6317928a2593ac5834645a97fb", 4,
     "a3df729251af457e072f314b466908895c1e0098836f8b98fdcf4ea3e78cf952",
     "a627339f4f2062f939c2d486fda4078d24e12d5ad7d1cbb65424228c58bcc97c", false},
    {"embedding", "d241b85ec18cbc2af995a85fd876b03e1920343e499f55eb4a26ea4e4c483ecf", 9,
     "1cb85ea05671a6c53247587bdfbfadac6afc4db459bc709a714e001825e953f8",
     "ff444808daa36521747b41b1065a88eebe320ccfecaed1b1d484cf57e33c750d", false},
    {"published_seeds", "b0ac77ef00d978fab91544b145ca63c261c630452955502dc34b6d150a5349a4", 40,
     "cebe8e3a1336412eee971b69e11f021dc959bacc3b7a47be9018d075ea0034c3",
     "5248fe06a3505620d2527990ae8c5f54470a502eba1ffdb2cdc0a335f400d816", false},
    {"quickstart", "7d6c80dd7a75622d5aa6c1b47f04f958732e7cb456a53b4ef341b8d3d7a44704", 3,
     "712e581039d25d1860efa352ba1caf4e5ebbe64e65a1748c5542de716b9722ae",
     "49a8464623ae5290dc510ade97464a8c7e462d798818645fdac3254e388faf93", true},
    {"seeds", "827d0cb2ec01ba9bece613ba867f1ee1942b3505b0c0a978c4dfe20f795340dc", 112,
     "cebe8e3a1336412eee971b69e11f021dc959bacc3b7a47be9018d075ea0034c3",
     "f950a840181b1e0ac279641c348f6387e70aeb10955d12f5885b5d33f62d030f", false},
    {"heartbeat", "0daf9e7835de57fda665eb6966a5cf4900b25c60e3d36b0ff61f772a5a923125", 1,
     "23223eca5860b58d35e675fc94d29ef1ba8e11726f3386a2bc066af92f61cc6f",
     "23223eca5860b58d35e675fc94d29ef1ba8e11726f3386a2bc066af92f61cc6f", false},
};

#define N_EXPERIMENTS (sizeof experiments / sizeof experiments[0])

static cfg *load(const char *name, const char *override)
{
    char path[512];
    cfg *config;
    swp_err err;
    snprintf(path, sizeof path, TEST_SOURCE_DIR "/experiments/%s.ini", name);
    if (cfg_load(path, &override, override != NULL, &config, &err) != SWP_OK)
        fail_msg("%s", err.text);
    return config;
}

static void revisions_keep_their_hashes(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_EXPERIMENTS; i++) {
        cfg *config = load(experiments[i].name, NULL);
        const res_pair *pairs;
        size_t n;
        swp_buf text = {0};
        char hash[RES_KEY_SIZE];
        cfg_canonical(config, &pairs, &n);
        for (size_t k = 0; k < n; k++)
            swp_buf_printf(&text, "%s=%s\n", pairs[k].key, pairs[k].value);
        swp_digest_of(text.text, text.length, hash);
        if (strcmp(hash, experiments[i].revision) != 0)
            fail_msg("%s: %s of\n%s", experiments[i].name, hash, text.text);
        swp_buf_deinit(&text);
        cfg_destroy(config);
    }
}

static void trials_keep_their_keys(void **state)
{
    (void)state;
    const char *folder = test_data_folder("ECG5000");
    for (size_t i = 0; i < N_EXPERIMENTS; i++) {
        char data[4200];
        snprintf(data, sizeof data, "data.path=%s", folder ? folder : "");
        if (!folder && !experiments[i].is_synthetic)
            continue;
        cfg *config = load(experiments[i].name, experiments[i].is_synthetic ? NULL : data);
        run_plan plan;
        swp_err err;
        if (run_plan_init(&plan, config, &err) != SWP_OK)
            fail_msg("%s", err.text);
        assert_int_equal(plan.n_trials, experiments[i].n_trials);
        assert_string_equal(plan.trials[0].key, experiments[i].first);
        assert_string_equal(plan.trials[plan.n_trials - 1].key, experiments[i].last);
        run_plan_deinit(&plan);
        cfg_destroy(config);
    }
    if (!folder) {
        print_message("ECG5000 is not here\n");
        skip();
    }
}

/* An option that the first version did not have is written only if it differs from its default. */
static void new_options_are_written_when_they_matter(void **state)
{
    (void)state;
    const cfg_option number = {
        .info = {.key = "x.y", .default_value = "0.5"}, .type = CFG_NUMBER, .is_new = true};
    const cfg_option old = {.info = {.key = "x.y", .default_value = "0.5"}, .type = CFG_NUMBER};
    const cfg_value usual = {.numbers = {0.5}}, other = {.numbers = {0.25}};
    assert_false(cfg_value_is_written(&number, &usual));
    assert_true(cfg_value_is_written(&number, &other));
    assert_true(cfg_value_is_written(&old, &usual));
    assert_true(cfg_value_is_written(&old, &other));

    cfg *config = config_make(CONFIG_MINIMAL "[search]\nstrategy = grid\n", NULL);
    const res_pair *pairs;
    size_t n;
    cfg_canonical(config, &pairs, &n);
    for (size_t i = 0; i < n; i++)
        assert_string_not_equal(pairs[i].key, "search.strategy");
    cfg_destroy(config);
}

static int enter_folder(void **state)
{
    (void)state;
    config_enter_folder("hashes");
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(revisions_keep_their_hashes),
        cmocka_unit_test(trials_keep_their_keys),
        cmocka_unit_test(new_options_are_written_when_they_matter),
    };
    return cmocka_run_group_tests(tests, enter_folder, NULL);
}
