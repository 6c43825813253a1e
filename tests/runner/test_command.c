/* How a command is expanded: words, environment, JSON; and what is refused before anything runs. */
#include "runner/command/command.h"

#include <cJSON.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runner/command/words.h"
#include "tests/runner/config.h"
#include "tests/support/cmocka_all.h"

static const run_param two[] = {{"lr", "1e-3", RUN_PARAM_NUMBER},
                                {"opt.name", "sgd", RUN_PARAM_TEXT}};

static run_invocation expand(const run_command *command, const run_param *params, size_t n)
{
    run_invocation out;
    swp_err err = {0};
    const run_command_attempt attempt = {.trial = 7,
                                         .number = 2,
                                         .folder = "/tmp/t 7",
                                         .steps_done = 3,
                                         .budget = 9,
                                         .gpu = "1",
                                         .threads = 4};
    swp_status status = run_command_expand(command, params, n, &attempt, &out, &err);
    if (status != SWP_OK)
        fail_msg("%s", err.text);
    return out;
}

static void expect_words(const run_command *command, const run_param *params, size_t n,
                         const char *const *words)
{
    run_invocation out = expand(command, params, n);
    size_t i = 0;
    for (; words[i]; i++) {
        assert_true(i < out.n_words);
        assert_string_equal(out.words[i], words[i]);
    }
    assert_int_equal(out.n_words, i);
    assert_null(out.words[i]);
    run_invocation_deinit(&out);
}

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void every_style_of_arguments(void **state)
{
    (void)state;
    run_command c = {.run = "python3 train.py ${args} -v", .args = RUN_ARGS_ARGPARSE};
    expect_words(&c, two, 2, WORDS("python3", "train.py", "--lr=1e-3", "--opt.name=sgd", "-v"));
    c.args = RUN_ARGS_HYDRA;
    expect_words(&c, two, 2, WORDS("python3", "train.py", "lr=1e-3", "opt.name=sgd", "-v"));
    c.args = RUN_ARGS_WORDS;
    expect_words(&c, two, 2,
                 WORDS("python3", "train.py", "--lr", "1e-3", "--opt.name", "sgd", "-v"));
    expect_words(&c, NULL, 0, WORDS("python3", "train.py", "-v"));
    /* Parameters that the line names are not repeated in ${args}. */
    c.run = "train -l${lr} ${args} --to ${SWEEP_BUDGET}";
    expect_words(&c, two, 2, WORDS("train", "-l1e-3", "--opt.name", "sgd", "--to", "9"));
}

static void flags_are_there_or_not(void **state)
{
    (void)state;
    const run_param on = {"bidir", "true", RUN_PARAM_FLAG},
                    off = {"bidir", "false", RUN_PARAM_FLAG},
                    value = {"bidir", "true", RUN_PARAM_BOOL};
    run_command c = {.run = "t ${args}", .args = RUN_ARGS_ARGPARSE};
    expect_words(&c, &on, 1, WORDS("t", "--bidir"));
    expect_words(&c, &off, 1, WORDS("t"));
    expect_words(&c, &value, 1, WORDS("t", "--bidir=true"));
    c.args = RUN_ARGS_WORDS;
    expect_words(&c, &on, 1, WORDS("t", "--bidir"));
    expect_words(&c, &off, 1, WORDS("t"));
    c.args = RUN_ARGS_HYDRA;
    expect_words(&c, &on, 1, WORDS("t", "bidir=true"));
    expect_words(&c, &off, 1, WORDS("t", "bidir=false"));
}

/* Values with special characters must not break the command line. */
static const char *const hard[] = {
    "a b  c",
    "it's \"so\"",
    "line\nfeed",
    "$(touch pwned)",
    "`id`",
    "100%s%n",
    "na\xc3\xafve \xe2\x88\x82x \xf0\x9f\x8c\x8d",
    "\\",
    "${lr}",
    "-v",
    "",
    "a;b&c|d>e",
    "$HOME",
    "* ?",
};

static void values_stay_in_their_word(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof hard / sizeof hard[0]; i++) {
        const run_param p = {"x", hard[i], RUN_PARAM_TEXT};
        char word[64];
        run_command c = {.run = "t '${x}' \"b ${x}\" ${args}", .args = RUN_ARGS_ARGPARSE};
        snprintf(word, sizeof word, "b %s", hard[i]);
        expect_words(&c, &p, 1, WORDS("t", hard[i], word));
        c.run = "t ${args}";
        snprintf(word, sizeof word, "--x=%s", hard[i]);
        expect_words(&c, &p, 1, WORDS("t", word));
    }
}

/* The same through a real shell, which must print the value. */
static void a_shell_gets_values_in_quotes(void **state)
{
    (void)state;
    const run_command c = {
        .run = "printf '%s|' ${x} \"${x}\" '${x}' ${args}", .args = RUN_ARGS_WORDS, .shell = true};
    for (size_t i = 0; i < sizeof hard / sizeof hard[0]; i++) {
        const run_param p[] = {{"x", hard[i], RUN_PARAM_TEXT}, {"y", hard[i], RUN_PARAM_TEXT}};
        char expected[256], found[256];
        run_invocation out = expand(&c, p, 2);
        assert_int_equal(out.n_words, 3);
        int ends[2];
        assert_int_equal(pipe(ends), 0);
        pid_t pid = fork();
        if (pid == 0) {
            dup2(ends[1], 1);
            execvp(out.words[0], out.words);
            _exit(127);
        }
        close(ends[1]);
        ssize_t n = 0;
        for (ssize_t part; (part = read(ends[0], found + n, sizeof found - (size_t)n - 1)) > 0;)
            n += part;
        found[n] = '\0';
        close(ends[0]);
        snprintf(expected, sizeof expected, "%s|%s|%s|--y|%s|", hard[i], hard[i], hard[i], hard[i]);
        assert_string_equal(found, expected);
        run_invocation_deinit(&out);
    }
    assert_int_not_equal(access("pwned", F_OK), 0);
}

static void lines_are_split_as_shells_do(void **state)
{
    (void)state;
    run_command c = {.args = RUN_ARGS_ARGPARSE};
    c.run = "  a\\ b 'c \"d\\' \"e 'f\\\"\\\\\" g'h'\"i\" '' $${x} $1 $$ awk '{print $1}'\t";
    expect_words(
        &c, NULL, 0,
        WORDS("a b", "c \"d\\", "e 'f\"\\", "ghi", "", "${x}", "$1", "$$", "awk", "{print $1}"));
}

static void expect_refused(const run_command *command, const run_param *params, size_t n,
                           const char *fact, const char *hint)
{
    swp_err err = {0};
    assert_int_equal(run_command_check(command, params, n, &err), SWP_CONFIG);
    assert_non_null(strstr(err.text, fact));
    if (hint)
        assert_non_null(strstr(err.hint, hint));
}

static void what_means_nothing_is_refused(void **state)
{
    (void)state;
    run_command c = {.args = RUN_ARGS_ARGPARSE};
    swp_err err;
    const char *const bad[][2] = {
        {"t ${args} ${lrr}", "lrr"},
        {"t ${SWEEP_BUGDET}", "SWEEP_BUGDET"},
        {"t 'x", "quote"},
        {"t ${lr", "brace"},
        {" \t", "empty"},
        {"t --all=${args}", "word of its own"},
        {"t ${HOME}", "HOME"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        c.run = bad[i][0];
        expect_refused(&c, two, 2, bad[i][1], NULL);
    }
    c.run = "t ${lrr}";
    expect_refused(&c, two, 2, "lrr", "${lr}");
    c.run = "t ${args}";
    c.args = "--${name}=${vlaue}";
    expect_refused(&c, two, 2, "vlaue", NULL);
    c.args = "--fixed";
    expect_refused(&c, two, 2, "${name}", NULL);
    c = (run_command){.run = "echo \"${args}\"", .args = RUN_ARGS_WORDS, .shell = true};
    expect_refused(&c, two, 2, "word of its own", NULL);
    c.run = "";
    expect_refused(&c, two, 2, "empty", NULL);
    c = (run_command){.run = "t ${args} ${opt.name}", .args = RUN_ARGS_ARGPARSE};
    assert_int_equal(run_command_check(&c, two, 2, &err), SWP_OK);
}

static const char *variable(const run_invocation *invocation, const char *name)
{
    const char *found = NULL;
    for (size_t i = 0; i < invocation->n_environment; i++) {
        if (strncmp(invocation->environment[i], name, strlen(name)) == 0 &&
            invocation->environment[i][strlen(name)] == '=')
            found = invocation->environment[i] + strlen(name) + 1;
    }
    return found;
}

static void the_environment_says_all(void **state)
{
    (void)state;
    const res_pair own = {"MODE", "fast"};
    const run_command c = {
        .run = "t", .args = RUN_ARGS_ARGPARSE, .environment = &own, .n_environment = 1};
    const run_param params[] = {{"seed", "3", RUN_PARAM_NUMBER}, {"-", "17", RUN_PARAM_SEED}};
    unsetenv("OMP_NUM_THREADS");
    run_invocation out = expand(&c, params, 1);
    assert_string_equal(variable(&out, "SWEEP_TRIAL"), "7");
    assert_string_equal(variable(&out, "SWEEP_DIR"), "/tmp/t 7");
    assert_string_equal(variable(&out, "SWEEP_PARAMS"), "/tmp/t 7/params.json");
    assert_string_equal(variable(&out, "SWEEP_METRICS"), "/tmp/t 7/metrics-2.jsonl");
    assert_string_equal(variable(&out, "SWEEP_CHECKPOINT"), "/tmp/t 7/checkpoint");
    assert_string_equal(variable(&out, "SWEEP_STOP"), "/tmp/t 7/stop");
    assert_string_equal(variable(&out, "SWEEP_ATTEMPT"), "2");
    assert_string_equal(variable(&out, "SWEEP_RESUME"), "1");
    assert_string_equal(variable(&out, "SWEEP_SEED"), "3");
    assert_string_equal(variable(&out, "SWEEP_BUDGET"), "9");
    assert_string_equal(variable(&out, "CUDA_VISIBLE_DEVICES"), "1");
    assert_string_equal(variable(&out, "OMP_NUM_THREADS"), "4");
    assert_string_equal(variable(&out, "MODE"), "fast");
    run_invocation_deinit(&out);

    setenv("OMP_NUM_THREADS", "2", 1);
    const run_command_attempt first = {
        .trial = 1, .number = 1, .folder = "/t", .budget = RUN_UNLIMITED, .threads = 4};
    swp_err err;
    assert_int_equal(run_command_expand(&c, params, 2, &first, &out, &err), SWP_OK);
    assert_null(variable(&out, "OMP_NUM_THREADS"));
    assert_null(variable(&out, "CUDA_VISIBLE_DEVICES"));
    assert_string_equal(variable(&out, "SWEEP_BUDGET"), "");
    assert_string_equal(variable(&out, "SWEEP_RESUME"), "0");
    assert_string_equal(variable(&out, "SWEEP_SEED"), "17");
    assert_null(strstr(out.params, "17")); /* the script does not use the seed */
    run_invocation_deinit(&out);
    unsetenv("OMP_NUM_THREADS");
}

static void parameters_are_a_json_object(void **state)
{
    (void)state;
    const run_param params[] = {
        {"lr", "1e-05", RUN_PARAM_NUMBER},   {"n", "64", RUN_PARAM_NUMBER},
        {"zero", "-0.0", RUN_PARAM_NUMBER},  {"big", "9007199254740993", RUN_PARAM_NUMBER},
        {"odd", "nan", RUN_PARAM_NUMBER},    {"bidir", "true", RUN_PARAM_FLAG},
        {"bias", "false", RUN_PARAM_BOOL},   {"text", "a \"b\"\n\\ \xe2\x88\x82", RUN_PARAM_TEXT},
        {"number", "1e-05", RUN_PARAM_TEXT},
    };
    const run_command c = {.run = "t", .args = RUN_ARGS_ARGPARSE};
    run_invocation out = expand(&c, params, sizeof params / sizeof params[0]);
    cJSON *json = cJSON_Parse(out.params);
    assert_non_null(json);
    assert_true(cJSON_GetObjectItem(json, "lr")->valuedouble == 1e-5);
    assert_int_equal(cJSON_GetObjectItem(json, "n")->valueint, 64);
    assert_non_null(strstr(out.params, "-0.0"));
    assert_non_null(strstr(out.params, "9007199254740993"));
    assert_string_equal(cJSON_GetObjectItem(json, "odd")->valuestring, "nan");
    assert_true(cJSON_IsTrue(cJSON_GetObjectItem(json, "bidir")));
    assert_true(cJSON_IsFalse(cJSON_GetObjectItem(json, "bias")));
    assert_string_equal(cJSON_GetObjectItem(json, "text")->valuestring, "a \"b\"\n\\ \xe2\x88\x82");
    assert_string_equal(cJSON_GetObjectItem(json, "number")->valuestring, "1e-05");
    cJSON_Delete(json);
    run_invocation_deinit(&out);
}

static void parameters_travel_as_text(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof hard / sizeof hard[0]; i++) {
        const run_param sent[] = {{"x = y", "1", RUN_PARAM_NUMBER},
                                  {"x", hard[i], RUN_PARAM_TEXT},
                                  {"n", "\\n\\", RUN_PARAM_SEED}};
        swp_buf text = {0};
        run_param *found;
        size_t n;
        swp_err err;
        run_params_put(&sent[1], 2, &text);
        assert_int_equal(run_params_parse(text.text, &found, &n, &err), SWP_OK);
        assert_int_equal(n, 2);
        for (size_t k = 0; k < n; k++) {
            assert_string_equal(found[k].name, sent[k + 1].name);
            assert_string_equal(found[k].value, sent[k + 1].value);
            assert_int_equal(found[k].kind, sent[k + 1].kind);
        }
        run_params_free(found);
        swp_buf_deinit(&text);
    }
    const char *const bad[] = {"x",           "text x\n",       "word x = 1\n",
                               "text  = 1\n", "text x = \\q\n", "text x = \\\n",
                               "text x = 1"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        run_param *found;
        size_t n;
        swp_err err;
        assert_int_equal(run_params_parse(bad[i], &found, &n, &err), SWP_FORMAT);
        assert_null(found);
    }
}

static void write_file(const char *path, const char *text, mode_t mode)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    chmod(path, mode);
}

static void a_missing_program_is_found_out_first(void **state)
{
    (void)state;
    swp_err err = {0};
    write_file("script.sh", "#!/bin/sh\n", 0644);
    run_command c = {.args = RUN_ARGS_ARGPARSE};
    const char *const bad[] = {"no-such-program-here x", "./script.sh", "./none.sh", "./"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        c.run = bad[i];
        err = (swp_err){0};
        assert_int_equal(run_command_find(&c, &err), SWP_UNAVAILABLE);
        assert_non_null(strstr(err.text, "command"));
    }
    c.run = "./script.sh";
    assert_int_equal(run_command_find(&c, &err), SWP_UNAVAILABLE);
    assert_non_null(strstr(err.hint, "chmod"));
    chmod("script.sh", 0755);
    assert_int_equal(run_command_find(&c, &err), SWP_OK);
    c.run = "sh -c true";
    assert_int_equal(run_command_find(&c, &err), SWP_OK);
    mkdir("elsewhere", 0755);
    c = (run_command){.run = "./script.sh", .args = RUN_ARGS_ARGPARSE, .folder = "elsewhere"};
    assert_int_equal(run_command_find(&c, &err), SWP_UNAVAILABLE);
}

static void scripts_have_digests(void **state)
{
    (void)state;
    run_script *scripts;
    size_t n;
    swp_err err;
    write_file("train.py", "print(1)\n", 0644);
    const run_command c = {.run = "python3 train.py --x ${args} none.py .",
                           .args = RUN_ARGS_ARGPARSE};
    assert_int_equal(run_command_scripts(&c, &scripts, &n, &err), SWP_OK);
    assert_int_equal(n, 1);
    assert_string_equal(scripts[0].path, "train.py");
    assert_string_equal(scripts[0].digest,
                        "cc42155088fca5730758db72b2a5bca33112a941dfaa2d43098ec422ce4ea213");
    run_scripts_free(scripts, n);
}

static void expect_gpus(const char *gpus, const char *visible, const char *const *names)
{
    char **found;
    size_t n, i = 0;
    swp_err err;
    const run_command c = {.gpus = gpus};
    if (visible)
        setenv("CUDA_VISIBLE_DEVICES", visible, 1);
    else
        unsetenv("CUDA_VISIBLE_DEVICES");
    assert_int_equal(run_command_gpus(&c, &found, &n, &err), SWP_OK);
    for (; names[i]; i++) {
        assert_true(i < n);
        assert_string_equal(found[i], names[i]);
    }
    assert_int_equal(n, i);
    run_gpus_free(found, n);
    unsetenv("CUDA_VISIBLE_DEVICES");
}

static void gpus_are_listed(void **state)
{
    (void)state;
    char **found;
    size_t n;
    swp_err err;
    expect_gpus("0,1", NULL, WORDS("0", "1"));
    expect_gpus(" 3 , 1 ", "7", WORDS("3", "1"));
    expect_gpus("auto", "GPU-8f,2", WORDS("GPU-8f", "2"));
    expect_gpus("auto", "", (const char *const[]){NULL});
    expect_gpus("none", "0,1", (const char *const[]){NULL});
    const char *const bad[] = {"0,0", "0,,1", "", "0 1", "0,"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const run_command c = {.gpus = bad[i]};
        assert_int_equal(run_command_gpus(&c, &found, &n, &err), SWP_CONFIG);
        assert_null(found);
    }
}

static int enter_folder(void **state)
{
    (void)state;
    config_enter_folder("command");
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_style_of_arguments),
        cmocka_unit_test(flags_are_there_or_not),
        cmocka_unit_test(values_stay_in_their_word),
        cmocka_unit_test(a_shell_gets_values_in_quotes),
        cmocka_unit_test(lines_are_split_as_shells_do),
        cmocka_unit_test(what_means_nothing_is_refused),
        cmocka_unit_test(the_environment_says_all),
        cmocka_unit_test(parameters_are_a_json_object),
        cmocka_unit_test(parameters_travel_as_text),
        cmocka_unit_test(a_missing_program_is_found_out_first),
        cmocka_unit_test(scripts_have_digests),
        cmocka_unit_test(gpus_are_listed),
    };
    return cmocka_run_group_tests(tests, enter_folder, NULL);
}
