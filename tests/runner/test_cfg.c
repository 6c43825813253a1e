/* Configurations as a whole: defaults, syntax of the file, overrides, [when], the canonical dump.
 */
#include "runner/config/cfg.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"
#include "tests/runner/config.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/data.h"

/* --- reading ---------------------------------------------------------------------------------- */

static void defaults_are_those_of_the_manual(void **state)
{
    (void)state;
    cfg *config = config_make(CONFIG_MINIMAL, NULL);
    cfg_settings s;
    assert_int_equal(cfg_evaluation_count(config), 1);
    assert_int_equal(cfg_axis_count(config), 0);
    cfg_evaluation_at(config, 0, &s);
    assert_string_equal(cfg_path(config), "t.ini");
    assert_string_equal(cfg_name(config), "t");
    assert_string_equal(s.data_path, "builtin:ecg");
    assert_string_equal(s.split.normal_class, "1");
    assert_true(s.split.shuffle);
    assert_int_equal(s.split.shuffle_seed, 42);
    assert_int_equal(s.split.order, ENG_SPLIT_VAL_TEST);
    assert_true(s.split.cuts[0] == 0.15 && s.split.cuts[1] == 0.33);
    assert_int_equal(s.split.split_seed, 42);
    assert_int_equal(s.split.anomalies, ENG_ANOMALIES_MATCH);
    assert_int_equal(s.shape.arch, ENG_SINGLE);
    assert_int_equal(s.shape.embedding_dim, 8);
    assert_int_equal(s.epochs, 25);
    assert_true(s.learning_rate == 0.001);
    assert_int_equal(s.batch_size, 1);
    assert_int_equal(s.loss, ENG_L1);
    assert_int_equal(s.optimizer, CFG_ADAM);
    assert_int_equal(s.seed, 42);
    assert_int_equal(s.init_stream, CFG_INIT_EACH);
    assert_int_equal(s.n_init_after, 0);
    assert_int_equal(s.threshold.kind, RES_THRESHOLD_VALUE);
    assert_true(s.threshold.value == 45);
    const cfg_run *run = cfg_run_of(config);
    assert_string_equal(run->device, "auto");
    assert_int_equal(run->tf32, CFG_OFF);
    assert_int_equal(run->workers, 0);
    assert_true(run->timeout_s == 0);
    assert_int_equal(run->memory, 0);
    assert_int_equal(run->retries, 1);
    assert_int_equal(run->max_failures, 0);
    cfg_destroy(config);
}

static void every_key_reaches_its_field(void **state)
{
    (void)state;
    cfg *config = config_make(
        "[experiment]\nname = a 'b' \"c\" \xc3\xa9\n"
        "[data]\npath = x:y\nnormal_class = N\nshuffle_seed = none\nsplit = test_val\n"
        "cuts = 0.2, 0.5\nsplit_seed = 7\nanomalies = 12\n"
        "columns = 2..141\nlabel_column = kind\nhas_header = yes\n"
        "[model]\narch = stacked\nembedding_dim = 512\n"
        "[train]\nepochs = 3\nlearning_rate = 1e-2\nbatch_size = 16\nloss = mse\n"
        "optimizer = adam\nseed = 4294967295\ninit_stream = grid\ninit_after = 2..6..2, 4\n"
        "[eval]\nthreshold = p99.5\n"
        "[run]\ndevice = cuda\ntf32 = on\nworkers = 3\ntimeout = 1.5h\nmemory = 500M\nretries = 0\n"
        "max_failures = 9\n",
        NULL);
    cfg_settings s;
    cfg_evaluation_at(config, 0, &s);
    assert_string_equal(cfg_name(config), "a 'b' \"c\" \xc3\xa9");
    assert_string_equal(s.data_path, "x:y");
    assert_string_equal(s.split.normal_class, "N");
    assert_string_equal(s.reading.columns, "2..141");
    assert_string_equal(s.reading.label_column, "kind");
    assert_int_equal(s.reading.has_header, ENG_HEADER_YES);
    assert_false(s.split.shuffle);
    assert_int_equal(s.split.order, ENG_SPLIT_TEST_VAL);
    assert_true(s.split.cuts[0] == 0.2 && s.split.cuts[1] == 0.5);
    assert_int_equal(s.split.split_seed, 7);
    assert_int_equal(s.split.anomalies, ENG_ANOMALIES_COUNT);
    assert_int_equal(s.split.anomaly_count, 12);
    assert_int_equal(s.shape.arch, ENG_STACKED);
    assert_int_equal(s.shape.embedding_dim, 512);
    assert_int_equal(s.epochs, 3);
    assert_true(s.learning_rate == 0.01);
    assert_int_equal(s.batch_size, 16);
    assert_int_equal(s.loss, ENG_MSE);
    assert_int_equal(s.seed, 4294967295u);
    assert_int_equal(s.init_stream, CFG_INIT_GRID);
    assert_int_equal(s.n_init_after, 4);
    static const size_t after[] = {2, 4, 6, 4};
    assert_memory_equal(s.init_after, after, sizeof after);
    assert_int_equal(s.threshold.kind, RES_THRESHOLD_PERCENTILE);
    assert_true(s.threshold.value == 99.5);
    const cfg_run *run = cfg_run_of(config);
    assert_string_equal(run->device, "cuda");
    assert_int_equal(run->tf32, CFG_ON);
    assert_int_equal(run->workers, 3);
    assert_true(run->timeout_s == 5400);
    assert_int_equal(run->memory, 500u << 20);
    assert_int_equal(run->retries, 0);
    assert_int_equal(run->max_failures, 9);
    cfg_destroy(config);
}

static void durations_and_sizes(void **state)
{
    (void)state;
    static const struct {
        const char *override;
        double seconds;
        uint64_t bytes;
    } cases[] = {
        {"run.timeout=90s", 90, 0},        {"run.timeout=10m", 600, 0},
        {"run.timeout=2h", 7200, 0},       {"run.timeout=0.5s", 0.5, 0},
        {"run.timeout=none", 0, 0},        {"run.memory=1K", 0, 1024},
        {"run.memory=2G", 0, 2147483648u}, {"run.memory=0.5T", 0, 549755813888u},
        {"run.memory=none", 0, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        cfg *config = config_make(CONFIG_MINIMAL, cases[i].override);
        assert_true(cfg_run_of(config)->timeout_s == cases[i].seconds);
        assert_int_equal(cfg_run_of(config)->memory, cases[i].bytes);
        cfg_destroy(config);
    }
}

static void the_syntax_of_the_file_is_lenient_where_that_is_clear(void **state)
{
    (void)state;
    cfg *config = config_make("\xef\xbb\xbf; a comment\r\n"
                              "# another\r\n\r\n"
                              " [ experiment ] ; here too\r\n"
                              "\tname = a;b#c ; cut\r\n"
                              "[data]\r\n"
                              "path=p q\r\n"
                              "    ; indented comment\r\n"
                              "[train]\r\n"
                              "  epochs : 7\r\n"
                              "    seed=3\r\n"
                              "[data]\r\n"
                              "anomalies = all",
                              NULL);
    cfg_settings s;
    cfg_evaluation_at(config, 0, &s);
    assert_string_equal(cfg_name(config), "a;b#c");
    assert_string_equal(s.data_path, "p q");
    assert_int_equal(s.epochs, 7);
    assert_int_equal(s.seed, 3);
    assert_int_equal(s.split.anomalies, ENG_ANOMALIES_ALL);
    cfg_destroy(config);
}

static void names_are_data(void **state)
{
    (void)state;
    static const char *const names[] = {
        "x",
        "...",
        "-rf",
        "'; DROP TABLE evaluation; --",
        "\xe5\xbf\x83\xe9\x9b\xbb\xe5\x9b\xb3",
        "0123456789012345678901234567890123456789012345678901234567890123"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char override[128];
        snprintf(override, sizeof override, "experiment.name=%s", names[i]);
        cfg *config = config_make(CONFIG_MINIMAL, override);
        assert_string_equal(cfg_name(config), names[i]);
        cfg_destroy(config);
    }
    static const char *const refused[] = {
        "01234567890123456789012345678901234567890123456789012345678901234",
        ".",
        "a\tb",
        "\xc2\x85",
        "\xed\xa0\x80",
        "\xc0\xaf",
        "\xf9\x80\x80\x80",
        "a\xe5\xbf"};
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        char override[128];
        cfg *config;
        swp_err err;
        snprintf(override, sizeof override, "experiment.name=%s", refused[i]);
        assert_int_equal(config_try(CONFIG_MINIMAL, override, &config, &err), SWP_CONFIG);
    }
}

/* --- grid ------------------------------------------------------------------------------------- */

static void the_last_axis_varies_fastest(void **state)
{
    (void)state;
    cfg *config = config_make(CONFIG_MINIMAL "[sweep]\ntrain.loss = mse, l1\n"
                                             "model.embedding_dim = 4, 2, 8\n",
                              NULL);
    static const struct {
        eng_loss loss;
        size_t dim;
    } expected[] = {{ENG_MSE, 4}, {ENG_MSE, 2}, {ENG_MSE, 8},
                    {ENG_L1, 4},  {ENG_L1, 2},  {ENG_L1, 8}};
    assert_int_equal(cfg_axis_count(config), 2);
    assert_string_equal(cfg_axis_key(config, 0), "train.loss");
    assert_string_equal(cfg_axis_key(config, 1), "model.embedding_dim");
    assert_int_equal(cfg_axis_length(config, 1), 3);
    assert_int_equal(cfg_evaluation_count(config), 6);
    for (size_t i = 0; i < 6; i++) {
        cfg_settings s;
        cfg_evaluation_at(config, i, &s);
        assert_int_equal(s.loss, expected[i].loss);
        assert_int_equal(s.shape.embedding_dim, expected[i].dim);
    }
    cfg_destroy(config);
}

static void an_axis_wins_over_the_fixed_setting(void **state)
{
    (void)state;
    cfg *config =
        config_make(CONFIG_MINIMAL "[sweep]\ntrain.epochs = 5, 6\n[train]\nepochs = 9\n", NULL);
    cfg_settings s;
    assert_int_equal(cfg_evaluation_count(config), 2);
    cfg_evaluation_at(config, 0, &s);
    assert_int_equal(s.epochs, 5);
    cfg_destroy(config);
}

static void a_required_key_may_be_an_axis(void **state)
{
    (void)state;
    cfg *config = config_make("[experiment]\nname = t\n[sweep]\ndata.path = a, b\n", NULL);
    cfg_settings s;
    cfg_evaluation_at(config, 1, &s);
    assert_string_equal(s.data_path, "b");
    cfg_destroy(config);
}

/* --- overrides -------------------------------------------------------------------------------- */

#define AXES CONFIG_MINIMAL "[sweep]\nmodel.embedding_dim = 2, 4\ntrain.epochs = 5, 10\n"

static void overrides_replace_axes_and_settings(void **state)
{
    (void)state;
    static const struct {
        const char *override, *dump;
    } cases[] = {
        {"model.embedding_dim=4", "sweep.model.embedding_dim = 4; sweep.train.epochs = 5, 10; "},
        {"sweep.model.embedding_dim=2..4",
         "sweep.model.embedding_dim = 2, 3, 4; sweep.train.epochs = 5, 10; "},
        {" train.seed = 7 ", "sweep.model.embedding_dim = 2, 4; sweep.train.epochs = 5, 10; "},
        {"sweep.train.seed=7,8", "sweep.model.embedding_dim = 2, 4; sweep.train.epochs = 5, 10; "
                                 "sweep.train.seed = 7, 8; "},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        cfg *config = config_make(AXES, cases[i].override);
        const res_pair *pairs;
        size_t n;
        char dump[512] = "";
        cfg_canonical(config, &pairs, &n);
        for (size_t k = 0; k < n; k++) {
            size_t at = strlen(dump);
            if (strncmp(pairs[k].key, "sweep.", 6) == 0 && strcmp(pairs[k].key, "sweep.strategy"))
                snprintf(dump + at, sizeof dump - at, "%s = %s; ", pairs[k].key, pairs[k].value);
        }
        assert_string_equal(dump, cases[i].dump);
        cfg_destroy(config);
    }
}

static void the_last_override_wins(void **state)
{
    (void)state;
    static const cfg_override overrides[] = {"sweep.train.seed=1..3", "train.seed=5",
                                             "run.workers=2", "run.workers=4",
                                             "experiment.name=other"};
    cfg *config;
    swp_err err;
    test_write_text("t.ini", AXES);
    assert_int_equal(cfg_load("t.ini", overrides, 5, &config, &err), SWP_OK);
    cfg_settings s;
    cfg_evaluation_at(config, 0, &s);
    assert_int_equal(s.seed, 5);
    assert_int_equal(cfg_evaluation_count(config), 4);
    assert_int_equal(cfg_run_of(config)->workers, 4);
    assert_string_equal(cfg_name(config), "other");
    cfg_destroy(config);
}

/* --- [when] ----------------------------------------------------------------------------------- */

#define WHEN                                                                                       \
    CONFIG_MINIMAL                                                                                 \
    "[train]\nseed = 1\n[sweep]\nmodel.embedding_dim = 2, 4\ntrain.loss = l1, mse\n"               \
    "[when model.embedding_dim = 4]\ntrain.init_after = 2, 4\ntrain.seed = 2\n"                    \
    "[when train.loss=mse]\ntrain.seed = 3\ntrain.epochs = 5\n"

static void when_replaces_settings_where_it_holds(void **state)
{
    (void)state;
    cfg *config = config_make(WHEN, NULL);
    static const struct {
        size_t n_init_after, epochs;
        uint32_t seed;
    } expected[] = {{0, 25, 1}, {0, 5, 3}, {2, 25, 2}, {2, 5, 3}}; /* the later section wins */
    for (size_t i = 0; i < 4; i++) {
        cfg_settings s;
        cfg_evaluation_at(config, i, &s);
        assert_int_equal(s.n_init_after, expected[i].n_init_after);
        assert_int_equal(s.epochs, expected[i].epochs);
        assert_int_equal(s.seed, expected[i].seed);
    }
    const res_pair *pairs;
    size_t n;
    cfg_canonical(config, &pairs, &n);
    assert_string_equal(pairs[n - 4].key, "[when model.embedding_dim = 4] train.init_after");
    assert_string_equal(pairs[n - 4].value, "2, 4");
    assert_string_equal(pairs[n - 1].key, "[when train.loss = mse] train.epochs");
    cfg_destroy(config);
}

static void when_survives_overrides(void **state)
{
    (void)state;
    cfg_settings s;
    cfg *config = config_make(WHEN, "model.embedding_dim=4"); /* still an axis, of one value */
    assert_int_equal(cfg_evaluation_count(config), 2);
    cfg_evaluation_at(config, 0, &s);
    assert_int_equal(s.n_init_after, 2);
    cfg_destroy(config);

    config = config_make(WHEN, "sweep.model.embedding_dim=6, 8"); /* unused, and not in the dump */
    assert_int_equal(cfg_evaluation_count(config), 4);
    cfg_evaluation_at(config, 2, &s);
    assert_int_equal(s.n_init_after, 0);
    swp_buf dump = config_dump(config);
    assert_null(strstr(dump.text, "init_after = 2"));
    swp_buf_deinit(&dump);
    cfg_destroy(config);
}

/* --- canonical form --------------------------------------------------------------------------- */

static void equal_settings_have_equal_dumps(void **state)
{
    (void)state;
    cfg *a = config_make("[experiment]\nname = t\n[data]\npath = p\nnormal_class = 1.0\n"
                         "cuts = .150, 33e-2\n[train]\nlearning_rate = 0.0010\nseed = 042\n"
                         "[eval]\nthreshold = 45.0\n[sweep]\ntrain.epochs = 5..7\n"
                         "[run]\nworkers = 2\n",
                         NULL);
    cfg *b = config_make("[data]\npath = p\n[sweep]\ntrain.epochs = 5, 6, 7\n"
                         "[experiment]\nname = t\n[train]\nlearning_rate = 1e-3\n",
                         NULL);
    swp_buf x = config_dump(a), y = config_dump(b);
    assert_string_equal(x.text, y.text);
    swp_buf_deinit(&x);
    swp_buf_deinit(&y);
    cfg_destroy(a);
    cfg_destroy(b);
}

/* Options that were added later are in the dump, whose hash identifies revisions, only if they are
 * set. */
static void later_options_change_no_dump(void **state)
{
    (void)state;
    static const char *const later[] = {"data.columns", "data.label_column", "data.has_header"};
    static const char *const values[] = {"2..4", "kind", "no"};
    cfg *plain = config_make(CONFIG_MINIMAL, NULL);
    swp_buf want = config_dump(plain);
    cfg_settings s;
    swp_buf key = {0};
    cfg_evaluation_at(plain, 0, &s);
    assert_null(s.reading.columns);
    assert_null(s.reading.label_column);
    cfg_trial_text(&s, &key);
    for (size_t i = 0; i < 3; i++) {
        char override[64];
        assert_null(strstr(want.text, later[i] + strlen("data.")));
        snprintf(override, sizeof override, "%s=auto", later[i]);
        cfg *same = config_make(CONFIG_MINIMAL, override);
        swp_buf found = config_dump(same), text = {0};
        assert_string_equal(found.text, want.text);
        swp_buf_deinit(&found);
        cfg_destroy(same);
        snprintf(override, sizeof override, "%s=%s", later[i], values[i]);
        cfg *other = config_make(CONFIG_MINIMAL, override);
        found = config_dump(other);
        assert_non_null(strstr(found.text, later[i] + strlen("data.")));
        /* The data's fingerprint decides a trial, not its path. */
        cfg_evaluation_at(other, 0, &s);
        cfg_trial_text(&s, &text);
        assert_string_equal(text.text, key.text);
        swp_buf_deinit(&text);
        swp_buf_deinit(&found);
        cfg_destroy(other);
    }
    swp_buf_deinit(&key);
    swp_buf_deinit(&want);
    cfg_destroy(plain);
}

static void trial_text_names_what_decides_a_trial(void **state)
{
    (void)state;
    cfg *config = config_make(CONFIG_MINIMAL "[data]\nanomalies = 12\nshuffle_seed = none\n"
                                             "[train]\ninit_after = 2, 4\n",
                              NULL);
    cfg_settings s;
    swp_buf text = {0};
    cfg_evaluation_at(config, 0, &s);
    cfg_trial_text(&s, &text);
    assert_string_equal(text.text, "data.normal_class = 1\n"
                                   "data.shuffle_seed = none\n"
                                   "data.split = val_test\n"
                                   "data.cuts = 0.15, 0.33\n"
                                   "data.split_seed = 42\n"
                                   "data.anomalies = 12\n"
                                   "model.arch = single\n"
                                   "model.embedding_dim = 8\n"
                                   "train.learning_rate = 0.001\n"
                                   "train.batch_size = 1\n"
                                   "train.loss = l1\n"
                                   "train.optimizer = adam\n"
                                   "train.seed = 42\n"
                                   "train.init_stream = each\n"
                                   "train.init_after = 2, 4\n");

    /* The text reads back to the same trial, which borrows nothing from it. */
    cfg_trial_settings parsed;
    swp_err err;
    assert_int_equal(cfg_trial_parse(text.text, &parsed, &err), SWP_OK);
    swp_buf_deinit(&text);
    assert_true(cfg_trial_same(&s, &parsed.values));
    cfg_trial_settings_deinit(&parsed);
    assert_int_equal(cfg_trial_parse("train.loss = l3\n", &parsed, &err), SWP_CONFIG);
    cfg_trial_settings_deinit(&parsed);
    assert_int_equal(cfg_trial_parse("train.lost = l1\n", &parsed, &err), SWP_CONFIG);
    cfg_trial_settings_deinit(&parsed);
    cfg_destroy(config);
}

static void memory_may_run_out_anywhere(void **state)
{
    (void)state;
    static const cfg_override overrides[] = {"sweep.train.batch_size=1..3",
                                             "model.embedding_dim=4"};
    test_write_text("t.ini", WHEN);
    swp_status status = SWP_NOMEM;
    for (unsigned long i = 1; status != SWP_OK; i++) {
        cfg *config;
        swp_err err;
        swp_mem_fail_at(i);
        status = cfg_load("t.ini", overrides, 2, &config, &err);
        swp_mem_fail_at(0);
        if (status == SWP_OK)
            cfg_destroy(config);
        else if (status != SWP_NOMEM)
            fail_msg("allocation %lu: %s", i, err.text);
        assert_true(i < 1000);
    }
}

static int enter_folder(void **state)
{
    (void)state;
    config_enter_folder("cfg");
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_those_of_the_manual),
        cmocka_unit_test(every_key_reaches_its_field),
        cmocka_unit_test(durations_and_sizes),
        cmocka_unit_test(the_syntax_of_the_file_is_lenient_where_that_is_clear),
        cmocka_unit_test(names_are_data),
        cmocka_unit_test(the_last_axis_varies_fastest),
        cmocka_unit_test(an_axis_wins_over_the_fixed_setting),
        cmocka_unit_test(a_required_key_may_be_an_axis),
        cmocka_unit_test(overrides_replace_axes_and_settings),
        cmocka_unit_test(the_last_override_wins),
        cmocka_unit_test(when_replaces_settings_where_it_holds),
        cmocka_unit_test(when_survives_overrides),
        cmocka_unit_test(equal_settings_have_equal_dumps),
        cmocka_unit_test(trial_text_names_what_decides_a_trial),
        cmocka_unit_test(later_options_change_no_dump),
        cmocka_unit_test(trial_text_names_what_decides_a_trial),
        cmocka_unit_test(memory_may_run_out_anywhere),
    };
    return cmocka_run_group_tests(tests, enter_folder, NULL);
}
