/* [command] and [params]: their meaning, and every mistake. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/mem.h"
#include "tests/runner/config.h"
#include "tests/support/cmocka_all.h"

/* Seven lines. */
#define HEAD                                                                                       \
    "[experiment]\nname = t\n[command]\nrun = sh train.sh ${args}\n[search]\nobjective = acc\n"    \
    "goal = maximize\n"

static int setup(void **state)
{
    (void)state;
    config_enter_folder("cfg_command");
    FILE *file = fopen("train.sh", "w");
    fputs("echo acc: 1\n", file);
    fclose(file);
    return 0;
}

/* The parameters of a grid point as "name=value name=value". */
static const char *point(const cfg *config, size_t index)
{
    static char text[256];
    cfg_settings settings;
    run_param *params;
    cfg_evaluation_at(config, index, &settings);
    assert_int_equal(cfg_params_list(&settings, &params, NULL), SWP_OK);
    text[0] = '\0';
    for (size_t i = 0; i < cfg_param_count(&settings); i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s=%s", i > 0 ? " " : "",
                 params[i].name, params[i].value);
    swp_free(params);
    return text;
}

static void test_names_are_the_users_own(void **state)
{
    (void)state;
    cfg *config = config_make(HEAD "[params]\nlayers = 2\n"
                                   "[sweep]\noptimizer.lr = 1e-3, 0.010\ntrain.epochs = 1..3\n",
                              NULL);
    assert_int_equal(cfg_evaluation_count(config), 6);
    assert_string_equal(point(config, 0), "layers=2 optimizer.lr=1e-3 train.epochs=1");
    assert_string_equal(point(config, 5), "layers=2 optimizer.lr=0.010 train.epochs=3");
    assert_string_equal(cfg_axis_key(config, 0), "optimizer.lr");
    cfg_destroy(config);
}

static run_param_kind kind_of(const char *value)
{
    char text[512];
    run_param *params;
    cfg_settings settings;
    snprintf(text, sizeof text, HEAD "[params]\nx = %s\n", value);
    cfg *config = config_make(text, NULL);
    cfg_evaluation_at(config, 0, &settings);
    assert_int_equal(cfg_params_list(&settings, &params, NULL), SWP_OK);
    run_param_kind kind = params[0].kind;
    swp_free(params);
    cfg_destroy(config);
    return kind;
}

/* A number keeps its text; what is not a number in JSON is text. */
static void test_kinds(void **state)
{
    static const char *const numbers[] = {"1", "-0.0", "1e-5", "1.10", "12E+3", "0"};
    static const char *const texts[] = {"007", "nan",  "inf",  ".5", "1.",
                                        "1e",  "0x10", "adam", "1_0"};
    (void)state;
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        assert_int_equal(kind_of(numbers[i]), RUN_PARAM_NUMBER);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        assert_int_equal(kind_of(texts[i]), RUN_PARAM_TEXT);
    assert_int_equal(kind_of("true"), RUN_PARAM_BOOL);
    assert_int_equal(kind_of("flag"), RUN_PARAM_FLAG);
}

static void test_flags_are_absent_or_present(void **state)
{
    (void)state;
    cfg *config = config_make(HEAD "[sweep]\nbidir = flag\n", NULL);
    assert_int_equal(cfg_evaluation_count(config), 2);
    assert_string_equal(point(config, 0), "bidir=false");
    assert_string_equal(point(config, 1), "bidir=true");
    cfg_destroy(config);
    config = config_make(HEAD "[sweep]\nbidir = flag\n", "bidir=true");
    assert_int_equal(cfg_evaluation_count(config), 1);
    assert_string_equal(point(config, 0), "bidir=true");
    cfg_destroy(config);
}

/* Numbers may be ranges; a path with dots is not a range. */
static void test_lists(void **state)
{
    (void)state;
    cfg *config = config_make(HEAD "[sweep]\nlr = log(1e-4, 1e-2, 3)\nn = 2..6..2\n"
                                   "path = ../a, b..c\n",
                              NULL);
    assert_int_equal(cfg_evaluation_count(config), 18);
    assert_string_equal(point(config, 3), "lr=0.0001 n=4 path=b..c");
    cfg_destroy(config);
}

static void test_scales(void **state)
{
    (void)state;
    cfg *config = config_make(HEAD "[sweep]\nlr = 1e-4, 1e-3, 1e-2\nn = 1, 2\nopt = adam, 1\n"
                                   "seed = 1, 10, 100\n",
                              NULL);
    assert_int_equal(cfg_axis_scale(config, 0), CFG_LOG);
    assert_int_equal(cfg_axis_scale(config, 1), CFG_LINEAR);
    assert_int_equal(cfg_axis_scale(config, 2), CFG_CATEGORICAL);
    assert_int_equal(cfg_axis_scale(config, 3), CFG_LINEAR);
    cfg_destroy(config);
}

static void test_when(void **state)
{
    (void)state;
    cfg *config = config_make(HEAD "[when opt = sgd]\nlr = 0.1\n[params]\nlr = 0.001\n"
                                   "[sweep]\nopt = adam, sgd\n",
                              NULL);
    assert_string_equal(point(config, 0), "opt=adam lr=0.001");
    assert_string_equal(point(config, 1), "opt=sgd lr=0.1");
    cfg_destroy(config);
}

static void test_overrides(void **state)
{
    (void)state;
    const char *text = HEAD "[params]\nlayers = 2\n[sweep]\nlr = 1, 2\n";
    static const struct {
        const char *override, *want;
        size_t n;
    } cases[] = {
        {"lr=5", "layers=2 lr=5", 1},
        {"params.lr=5", "layers=2 lr=5", 1},
        {"sweep.lr=5,6", "layers=2 lr=5", 2},
        {"layers=7", "layers=7 lr=1", 2},
        {"sweep.layers=7,8", "layers=7 lr=1", 4},
        {"params.new=x", "layers=2 lr=1 new=x", 2},
        {"command.args=${name}=${value}", "layers=2 lr=1", 2},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        cfg *config = config_make(text, cases[i].override);
        assert_string_equal(point(config, 0), cases[i].want);
        assert_int_equal(cfg_evaluation_count(config), cases[i].n);
        cfg_destroy(config);
    }
}

static char *trial_text(const char *text)
{
    cfg *config = config_make(text, NULL);
    cfg_settings settings;
    swp_buf out = {0};
    cfg_evaluation_at(config, 0, &settings);
    cfg_trial_text(&settings, &out);
    cfg_destroy(config);
    return out.text;
}

/* The key of a trial depends neither on the order of lines nor on which parameters are axes. */
static void test_trial_text(void **state)
{
    (void)state;
    char *a = trial_text(HEAD "[params]\nb = 2\n[sweep]\na = 1, 3\n");
    char *b = trial_text(HEAD "[sweep]\nb = 2\n[params]\na = 1\n");
    assert_string_equal(a, "command.run = sh train.sh ${args}\na = 1\nb = 2\n");
    assert_string_equal(a, b);
    swp_free(a);
    swp_free(b);
    a = trial_text(HEAD "[params]\nb = flag\n[command]\nargs = ${name}=${value}\ngrace = 5s\n");
    assert_string_equal(a, "command.run = sh train.sh ${args}\n"
                           "command.args = ${name}=${value}\nb = true (flag)\n");
    swp_free(a);
}

static const char *pair_of(const cfg *config, const char *key)
{
    const res_pair *pairs;
    size_t n;
    cfg_canonical(config, &pairs, &n);
    for (size_t i = 0; i < n; i++)
        if (strcmp(pairs[i].key, key) == 0)
            return pairs[i].value;
    return NULL;
}

/* The dump of a command has its files, and no options of the built-in backend. */
static void test_canonical(void **state)
{
    (void)state;
    cfg *config = config_make(HEAD "[params]\nlayers = 2\nv = flag\n[sweep]\nlr = 1, 2\n", NULL);
    assert_null(pair_of(config, "train.epochs"));
    assert_null(pair_of(config, "data.path"));
    assert_string_equal(pair_of(config, "params.layers"), "2");
    assert_string_equal(pair_of(config, "params.v"), "flag");
    assert_string_equal(pair_of(config, "sweep.lr"), "1, 2");
    assert_string_equal(pair_of(config, "search.objective"), "acc");
    assert_string_equal(pair_of(config, "search.goal"), "maximize");
    const char *digest = pair_of(config, RES_SCRIPT_KEY "train.sh");
    assert_non_null(digest);
    assert_int_equal(strlen(digest), 64);
    const res_pair old[] = {{RES_SCRIPT_KEY "train.sh", "abc"}, {RES_SCRIPT_KEY "other", "def"}};
    assert_int_equal(cfg_take_stored_scripts(config, old, 2, NULL), SWP_OK);
    assert_string_equal(pair_of(config, RES_SCRIPT_KEY "train.sh"), "abc");
    assert_null(pair_of(config, RES_SCRIPT_KEY "other"));
    assert_string_equal(pair_of(config, "sweep.lr"), "1, 2");
    cfg_destroy(config);
}

static void test_description(void **state)
{
    (void)state;
    cfg *config = config_make(HEAD "[command]\nwatch = acc , loss\nstep = it\n"
                                   "stop = file\ngrace = 2m\n"
                                   "metrics = file\nshell = yes\n"
                                   "[run]\n"
                                   "idle = 10s\ngpus = 0, 2\nper_gpu = 3\n"
                                   "timeout = 1h\nmemory = 2G\n",
                              NULL);
    cfg_description d;
    assert_int_equal(cfg_describe(config, &d, NULL), SWP_OK);
    const run_command *c = &d.command;
    assert_int_equal(c->n_watch, 2);
    assert_string_equal(c->watch[0], "acc");
    assert_string_equal(c->watch[1], "loss");
    assert_string_equal(c->step, "it");
    assert_string_equal(c->objective, "acc");
    assert_true(c->shell && c->stop_by_file && c->grace_s == 120 && c->idle_s == 10);
    assert_true(c->timeout_s == 3600 && c->memory == (uint64_t)2 << 30 && c->per_gpu == 3);
    assert_int_equal(c->metrics, RUN_METRICS_FILE);
    assert_string_equal(c->gpus, "0, 2");
    cfg_description_deinit(&d);
    cfg_destroy(config);
    config = config_make(HEAD, "search.objective=max(val.acc)");
    assert_int_equal(cfg_describe(config, &d, NULL), SWP_OK);
    assert_string_equal(d.command.objective, "val.acc");
    assert_int_equal(d.command.n_watch, 0);
    cfg_description_deinit(&d);
    cfg_destroy(config);
}

/* Messages contain these facts, in this order. */
static void check_error(const char *text, const char *override, swp_status want,
                        const char *const *facts, size_t n)
{
    swp_err err = {0};
    cfg *config = NULL;
    swp_status status = config_try(text, override, &config, &err);
    if (status != want)
        fail_msg("expected status %d, found %d: %s\n%s", want, status, err.text, text);
    const char *at = err.text;
    for (size_t i = 0; i < n && facts[i]; i++) {
        at = strstr(at, facts[i]);
        if (!at)
            fail_msg("expected \"%s\" in \"%s\"", facts[i], err.text);
    }
    cfg_destroy(config);
}

#define BAD(text, override, status, ...)                                                           \
    check_error(text, override, status, (const char *const[]){__VA_ARGS__},                        \
                sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

static void test_sections_of_the_other_kind(void **state)
{
    (void)state;
    BAD(HEAD "[train]\nepochs = 3\n", NULL, SWP_CONFIG, "t.ini:8:", "[train]", "[command]",
        "line 3");
    BAD("[experiment]\nname = t\n[data]\npath = x\n[command]\nrun = sh\n", NULL, SWP_CONFIG,
        "t.ini:3:", "[data]", "line 5");
    BAD("[experiment]\nname = t\n[data]\npath = x\n", "command.run=sh", SWP_CONFIG,
        "t.ini:3:", "[data]", "--set");
    BAD(HEAD, "model.arch=single", SWP_CONFIG, "--set model.arch", "[model]");
    BAD(CONFIG_MINIMAL "[params]\nx = 1\n", NULL, SWP_CONFIG, "t.ini:5:", "[params]", "[command]");
    BAD(CONFIG_MINIMAL, "params.x=1", SWP_CONFIG, "--set params.x", "[command]");
}

static void test_parameters_that_cannot_be(void **state)
{
    (void)state;
    BAD(HEAD "[params]\nlr = 1\n[sweep]\nlr = 1, 2\n", NULL, SWP_CONFIG, "t.ini:11:", "lr", "both",
        "line 9");
    BAD(HEAD "[sweep]\nlr = 1, 2\n[params]\nlr = 1\n", NULL, SWP_CONFIG, "t.ini:11:", "lr", "both",
        "line 9");
    BAD(HEAD "[params]\nlr = 1\nlr = 2\n", NULL, SWP_CONFIG, "t.ini:10:", "lr", "once", "line 9");
    BAD(HEAD "[sweep]\nlr = 1, 1\n", NULL, SWP_CONFIG, "t.ini:9:", "lr", "once", "1");
    BAD(HEAD "[params]\na b = 1\n", NULL, SWP_CONFIG, "t.ini:9:", "blanks", "a b");
    BAD(HEAD "[params]\nargs = 1\n", NULL, SWP_CONFIG, "t.ini:9:", "args");
    BAD(HEAD "[sweep]\nopt = a, b\n[when opt = a]\nlr = 1\n", NULL, SWP_CONFIG, "lr", "[params]",
        "[when]");
    BAD(HEAD "[sweep]\nopt = a, b\n[when opt = c]\nopt2 = 1\n[params]\nopt2 = 0\n", NULL,
        SWP_CONFIG, "t.ini:11", "[when opt]", "does not have");
    BAD(HEAD "[sweep]\nlr = log(1, 2)\n", NULL, SWP_CONFIG, "t.ini:9:", "lr", "log(");
}

/* How other tools write axes; any word may be a command's value. */
static void test_axes_of_other_tools(void **state)
{
    (void)state;
    static const char *const bad[] = {"[8, 16]",
                                      "{8,16}",
                                      "a, [8, 16]",
                                      "choice(8, 16)",
                                      "tune.choice([8, 16])",
                                      "range(2, 9)",
                                      "randint(2, 9)",
                                      "loguniform(1, 2)",
                                      "linspace(0,1,3)",
                                      "\"a\", \"b\"",
                                      "a, 'b c'"};
    char text[512];
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        snprintf(text, sizeof text, HEAD "[sweep]\nx = %s\n", bad[i]);
        BAD(text, NULL, SWP_CONFIG, "t.ini:9:", "x", "between commas", bad[i]);
    }
    cfg *config =
        config_make(HEAD "[sweep]\nx = relu(1, 2), [8], {a}, choice, choices(2), it's\n", NULL);
    assert_int_equal(cfg_evaluation_count(config), 6);
    assert_string_equal(point(config, 0), "x=relu(1, 2)");
    cfg_destroy(config);
}

/* Under [params] a range would become a word. */
static void test_ranges_are_axes(void **state)
{
    (void)state;
    static const char *const bad[] = {"1..7", "0 .. 1 .. 0.5", "log(1, 100, 3)",
                                      "log(1e-4 .. 1e-1)", "int(2 .. 8)"};
    char text[512];
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        snprintf(text, sizeof text, HEAD "[params]\nx = %s\n", bad[i]);
        BAD(text, NULL, SWP_CONFIG, "t.ini:9:", "x", "one value", bad[i]);
    }
    BAD(HEAD "[sweep]\nx = 1, 2\n", "x=1..7", SWP_CONFIG, "--set", "x", "one value");
    cfg *config = config_make(HEAD "[params]\nx = ../data\ny = 64,32\nz = log(x)\n", NULL);
    assert_int_equal(cfg_evaluation_count(config), 1);
    cfg_destroy(config);
}

static void test_too_many_axes(void **state)
{
    (void)state;
    swp_buf text = {0};
    swp_buf_puts(&text, HEAD "[sweep]\n");
    for (int i = 0; i <= CFG_MAX_VARIED; i++)
        swp_buf_printf(&text, "p%d = 1\n", i);
    BAD(text.text, NULL, SWP_CONFIG, "t.ini:41:", "p32", "32");
    swp_buf_deinit(&text);
}

static void test_run_lines_that_cannot_run(void **state)
{
    (void)state;
    const char *tail = "[search]\nobjective = acc\n[sweep]\nlr = 1, 2\n";
    char text[512];
    snprintf(text, sizeof text, "[experiment]\nname = t\n[command]\nrun = sh ${rate} ${args}\n%s",
             tail);
    BAD(text, NULL, SWP_CONFIG, "t.ini:4:", "command.run", "rate");
    snprintf(text, sizeof text,
             "[experiment]\nname = t\n[command]\nrun = no-such-program ${args}\n%s", tail);
    BAD(text, NULL, SWP_UNAVAILABLE, "t.ini:4:", "command.run", "no-such-program");
    snprintf(text, sizeof text, "[experiment]\nname = t\n[command]\nrun = ./train.sh ${args}\n%s",
             tail);
    BAD(text, NULL, SWP_UNAVAILABLE, "t.ini:4:", "command.run", "train.sh", "executable");
    snprintf(text, sizeof text, "[experiment]\nname = t\n[command]\nrun = sh 'train.sh ${args}\n%s",
             tail);
    BAD(text, NULL, SWP_CONFIG, "t.ini:4:", "command.run", "quote");
    BAD("[experiment]\nname = t\n[command]\nargs = x\n[search]\nobjective = acc\n", NULL,
        SWP_CONFIG, "t.ini", "command.run", "found nothing");
}

static void test_options_of_commands(void **state)
{
    (void)state;
    BAD("[experiment]\nname = t\n[command]\nrun = sh\n", NULL, SWP_CONFIG, "t.ini:3:", "[command]",
        "objective");
    BAD(HEAD "[run]\ndevice = cuda\n", NULL, SWP_CONFIG, "t.ini:9:", "run.device", "cuda");
    BAD(HEAD "[run]\ngpus = 0, 0\n", NULL, SWP_CONFIG, "t.ini:9:", "run.gpus", "0, 0");
    BAD(HEAD "[run]\ngpus = one\n", NULL, SWP_CONFIG, "t.ini:9:", "run.gpus", "one");
    BAD(HEAD "[command]\nwatch = a b\n", NULL, SWP_CONFIG, "t.ini:9:", "command.watch", "a b");
    BAD(HEAD "[command]\nstep = 1st\n", NULL, SWP_CONFIG, "t.ini:9:", "command.step", "1st");
    BAD(HEAD "[command]\ngrace = 1\n", NULL, SWP_CONFIG, "t.ini:9:", "command.grace", "1");
    BAD(HEAD "[command]\nruns = sh\n", NULL, SWP_CONFIG, "t.ini:9:", "runs");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_are_the_users_own),
        cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_flags_are_absent_or_present),
        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_scales),
        cmocka_unit_test(test_when),
        cmocka_unit_test(test_overrides),
        cmocka_unit_test(test_trial_text),
        cmocka_unit_test(test_canonical),
        cmocka_unit_test(test_description),
        cmocka_unit_test(test_sections_of_the_other_kind),
        cmocka_unit_test(test_parameters_that_cannot_be),
        cmocka_unit_test(test_axes_of_other_tools),
        cmocka_unit_test(test_ranges_are_axes),
        cmocka_unit_test(test_too_many_axes),
        cmocka_unit_test(test_run_lines_that_cannot_run),
        cmocka_unit_test(test_options_of_commands),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
