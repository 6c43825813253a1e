/* A command under its supervisor: what it reports, how it ends, and that no process of it is left.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "runner/command/log.h"
#include "runner/command/supervisor.h"
#include "runner/process/host.h"
#include "tests/runner/commands.h"
#include "tests/runner/config.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/data.h"

static outcome run_shell(const char *text)
{
    run_command c = commands_shell(text);
    return commands_run(&c);
}

/* --- what it reports ----------------------------------------------------------------------------
 */

static void lines_of_output_are_steps(void **state)
{
    (void)state;
    outcome o = run_shell("echo val_loss: 0.5; echo hello; printf 'val_loss: 1e-5'");
    commands_expect_done(&o);
    assert_int_equal(o.n_steps, 2);
    assert_string_equal(o.values[0], "val_loss=0.5");
    assert_string_equal(o.values[1], "val_loss=1e-05"); /* without a final newline */
    assert_string_equal(o.text, "exit code 0");
    /* Progress bars return to the start of their line. */
    o = run_shell("printf 'Epoch 1/2\\r10%%\\rval_loss: 3\\b\\b\\bval_loss: 2\\rEpoch 2/2\\r'; "
                  "printf 'loss: 1 - val_loss: 1\\r\\n'");
    commands_expect_done(&o);
    assert_int_equal(o.n_steps, 2);
    assert_string_equal(o.values[0], "val_loss=2");
    assert_string_equal(o.values[1], "val_loss=1 loss=1");
}

static void lines_of_the_file_are_steps(void **state)
{
    (void)state;
    outcome o =
        run_shell("echo val_loss: 9\n"
                  "echo '{\"epoch\": 10, \"val_loss\": -0.0, \"x\": 1e400}' >> $SWEEP_METRICS\n"
                  "echo '{\"epoch\": 20, \"val_loss\": 0.1}' >> $SWEEP_METRICS\n"
                  "echo '[1]' >> $SWEEP_METRICS\n"
                  "printf '{\"epoch\": 30, \"val_l' >> $SWEEP_METRICS\n");
    commands_expect_done(&o);
    assert_int_equal(o.n_steps, 2); /* with a metrics file, printed lines do not count */
    assert_int_equal(o.steps[0], 10);
    assert_string_equal(o.values[0], "val_loss=-0");
    assert_string_equal(o.values[1], "val_loss=0.1");
    assert_non_null(strstr(o.notes, "not finite"));
    assert_non_null(strstr(o.notes, "no JSON object"));
    assert_non_null(strstr(o.notes, "no end"));
}

static void the_source_can_be_said(void **state)
{
    (void)state;
    run_command c = commands_shell("echo val_loss: 1; echo '{\"val_loss\": 2}' >> $SWEEP_METRICS");
    c.metrics = RUN_METRICS_STDOUT;
    outcome o = commands_run(&c);
    assert_string_equal(o.values[0], "val_loss=1");
    c.metrics = RUN_METRICS_FILE;
    o = commands_run(&c);
    assert_int_equal(o.n_steps, 1);
    assert_string_equal(o.values[0], "val_loss=2");
}

static void steps_come_while_it_runs(void **state)
{
    (void)state;
    outcome o = run_shell("echo val_loss: 2; echo val_loss: 1; sleep 1");
    commands_expect_done(&o);
    /* The last step ends when the command ends, the one before does not. */
    assert_true(o.seconds >= 1);
    o = run_shell("for i in 1 2; do echo \"{\\\"epoch\\\": $i, \\\"val_loss\\\": 1}\" >> "
                  "$SWEEP_METRICS; done; sleep 0.7; kill -9 $$");
    assert_int_equal(o.n_steps, 2);
    assert_int_equal(o.end, RUN_END_BROKEN);
}

static void it_knows_all_it_may_need(void **state)
{
    (void)state;
    setenv("CUDA_VISIBLE_DEVICES", "4,GPU-5", 1);
    unsetenv("OMP_NUM_THREADS");
    run_command c = commands_shell("env > $SWEEP_DIR/env; cat $SWEEP_PARAMS > $SWEEP_DIR/copy; "
                                   "ls -d $SWEEP_CHECKPOINT && ! read line && echo val_loss=${x}");
    c.per_gpu = 2;
    for (size_t slot = 0; slot < 3; slot++) {
        commands w;
        outcome o;
        commands_open(&w, &c, slot);
        commands_send(&w, &(run_job_item){.trial = 6, .steps = 9}, 0);
        commands_receive(&w, &o, NULL);
        commands_expect_done(&o);
        assert_string_equal(o.values[0], "val_loss=1");
        commands_close(&w);
        char *env = commands_read("trial/env");
        assert_non_null(strstr(env, "SWEEP_TRIAL=7\n"));
        assert_non_null(strstr(env, "SWEEP_BUDGET=9\n"));
        assert_non_null(strstr(env, "SWEEP_RESUME=0\n"));
        assert_non_null(strstr(env, "OMP_NUM_THREADS=2\n"));
        assert_non_null(
            strstr(env, slot == 1 ? "CUDA_VISIBLE_DEVICES=GPU-5\n" : "CUDA_VISIBLE_DEVICES=4\n"));
        free(env);
        char *params = commands_read("trial/copy");
        assert_non_null(strstr(params, "\"x\": 1"));
        free(params);
    }
    c.gpus = "none";
    outcome o = commands_run(&c);
    commands_expect_done(&o);
    char *env = commands_read("trial/env");
    assert_non_null(strstr(env, "CUDA_VISIBLE_DEVICES=\n"));
    free(env);
    unsetenv("CUDA_VISIBLE_DEVICES");
}

/* A supervisor does not need more memory for more output, of which it keeps the start and the end.
 */
static void output_costs_no_memory(void **state)
{
    (void)state;
    run_command c = commands_shell("echo first; yes 0123456789abcdef | head -c 100000000; echo; "
                                   "head -c 200000 /dev/zero | tr '\\0' x; echo; echo last >&2; "
                                   "echo val_loss: 1; sleep 0.3");
    commands w;
    outcome o;
    commands_open(&w, &c, 0);
    commands_send(&w, &(run_job_item){.trial = 0}, 0);
    commands_sleep(0.2);
    size_t before = run_resident_bytes(w.pid);
    commands_receive(&w, &o, NULL);
    size_t after = run_resident_bytes(w.pid);
    commands_expect_done(&o);
    assert_true(after < before + (4u << 20));
    assert_non_null(strstr(o.notes, "64 KiB"));
    commands_close(&w);

    char *text;
    size_t size;
    swp_err err;
    FILE *out = open_memstream(&text, &size);
    assert_int_equal(run_log_print("trial", out, &err), SWP_OK);
    fclose(out);
    assert_in_range(size, 8u << 20, 13u << 20);
    assert_memory_equal(text, "[attempt 1]\nfirst\n", 18);
    assert_non_null(strstr(text, "bytes are left out here]\n"));
    assert_non_null(strstr(text + size - 100, "last\n"));
    assert_non_null(strstr(text + size - 100, "val_loss: 1\n"));
    free(text);
}

static void a_full_disk_ends_the_log_only(void **state)
{
    (void)state;
    struct rlimit before, limit = {.rlim_cur = 1u << 16, .rlim_max = RLIM_INFINITY};
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before);
    limit.rlim_max = before.rlim_max;
    setrlimit(RLIMIT_FSIZE, &limit);
    outcome o = run_shell("yes | head -c 200000; echo val_loss: 1");
    setrlimit(RLIMIT_FSIZE, &before);
    commands_expect_done(&o);
    assert_string_equal(o.values[0], "val_loss=1");
    assert_non_null(strstr(o.notes, "log"));
}

/* --- how it ends --------------------------------------------------------------------------------
 */

static void exit_codes_have_meanings(void **state)
{
    (void)state;
    outcome o = run_shell("echo val_loss: 1; exit 3");
    assert_int_equal(o.end, RUN_END_BROKEN);
    assert_string_equal(o.text, "exit code 3");
    assert_int_equal(o.n_steps, 1);
    o = run_shell("exit 77");
    assert_int_equal(o.end, RUN_END_IMPOSSIBLE);
    o = run_shell("echo val_loss: 1; exit 75");
    assert_int_equal(o.end, RUN_END_AGAIN);
    o = run_shell("echo x > $SWEEP_CHECKPOINT/c; exit 75");
    assert_int_equal(o.end, RUN_END_AGAIN);
    o = run_shell("exit 75"); /* neither a step nor a checkpoint */
    assert_int_equal(o.end, RUN_END_BROKEN);
    o = run_shell("kill -SEGV $$");
    assert_int_equal(o.end, RUN_END_BROKEN);
    assert_non_null(strstr(o.text, "signal 11"));
    o = run_shell("printf 'val_loss: 0.1'; exit 1"); /* half a line is not a value */
    assert_int_equal(o.n_steps, 0);
}

static void without_an_objective_it_fails(void **state)
{
    (void)state;
    outcome o = run_shell("true");
    assert_true(o.failed);
    assert_int_equal(o.status, SWP_FORMAT);
    assert_non_null(strstr(o.text, "val_loss"));
    o = run_shell("echo loss: 1, acc: 2");
    assert_non_null(strstr(o.text, "loss, acc"));
    o = run_shell("echo val_loss: 1; echo val_loss: nan; echo val_loss: 2; sleep 20");
    assert_true(o.failed);
    assert_int_equal(o.status, SWP_NUMERIC);
    assert_int_equal(o.n_steps, 1);
    assert_true(o.seconds < 10);
}

static void what_cannot_start_says_so(void **state)
{
    (void)state;
    run_command c = commands_shell("no-such-program-here");
    c.shell = false;
    outcome o = commands_run(&c);
    assert_true(o.failed);
    assert_int_equal(o.status, SWP_CONFIG);
    assert_non_null(strstr(o.text, "no-such-program-here"));
    c.run = "sh -c true";
    c.folder = "nowhere";
    o = commands_run(&c);
    assert_non_null(strstr(o.text, "nowhere"));
}

static void limits_end_it(void **state)
{
    (void)state;
    run_command c = commands_shell("while :; do echo val_loss: 1; sleep 0.1; done");
    c.timeout_s = 0.5;
    outcome o = commands_run(&c);
    assert_true(o.failed);
    assert_int_equal(o.status, SWP_CANCELLED);
    assert_string_equal(o.text, "timeout after 0.5 s");
    assert_true(o.n_steps >= 1 && o.seconds < 5);

    c = commands_shell("echo val_loss: 1; while :; do echo busy; sleep 0.1; done");
    c.idle_s = 0.5;
    o = commands_run(&c);
    assert_int_equal(o.status, SWP_CANCELLED);
    assert_non_null(strstr(o.text, "no metric line"));
    c = commands_shell("for i in 1 2 3 4 5 6; do echo val_loss: 1; sleep 0.2; done");
    c.idle_s = 0.6;
    o = commands_run(&c);
    commands_expect_done(&o);

    /* Memory is counted over all processes together. */
    c = commands_shell("for i in 1 2; do head -c 60000000 /dev/zero | tail -c 60000000 | "
                       "{ sleep 20; cat; } > /dev/null & done; wait");
    c.memory = 100u << 20;
    o = commands_run(&c);
    assert_true(o.failed);
    assert_int_equal(o.status, SWP_NOMEM);
    assert_true(o.seconds < 15);
}

/* --- being stopped -------------------------------------------------------------------------------
 */

static void stop_now(commands *c, const outcome *o)
{
    swp_buf frames = {0};
    swp_err err;
    if (o->n_steps == 1) {
        run_put_stop(&frames, 0);
        assert_int_equal(run_send(c->fd, &frames, &err), SWP_OK);
    }
}

static outcome run_and_stop(const run_command *command)
{
    commands c;
    outcome o;
    commands_open(&c, command, 0);
    commands_send(&c, &(run_job_item){.trial = 0}, 0);
    commands_receive(&c, &o, stop_now);
    assert_int_equal(commands_alive(), 0);
    commands_close(&c);
    return o;
}

static void a_stop_ends_it_soon(void **state)
{
    (void)state;
    run_command c = commands_shell("echo val_loss: 2; echo val_loss: 1; sleep 60");
    outcome o = run_and_stop(&c);
    assert_false(o.failed);
    assert_int_equal(o.end, RUN_END_TOLD);
    assert_true(o.seconds < 5);
    c.run = "trap '' TERM; echo val_loss: 2; echo val_loss: 1; while :; do sleep 1; done";
    o = run_and_stop(&c);
    assert_int_equal(o.end, RUN_END_TOLD);
    assert_true(o.seconds >= 0.3 && o.seconds < 5);
}

/* Each process gets one SIGTERM, inside the group or not. */
static void sigterm_comes_once(void **state)
{
    (void)state;
    run_command c = commands_shell("trap 'echo a >> $SWEEP_DIR/terms' TERM\n"
                                   "setsid sh -c \"trap 'echo b >> $SWEEP_DIR/terms' TERM; "
                                   "while :; do sleep 0.05; done\" &\n"
                                   "sleep 0.3; echo val_loss: 2; echo val_loss: 1\n"
                                   "while :; do sleep 0.05; done");
    c.grace_s = 1;
    outcome o = run_and_stop(&c);
    assert_int_equal(o.end, RUN_END_TOLD);
    char *terms = commands_read("trial/terms");
    assert_int_equal(strlen(terms), 4);
    assert_true(strchr(terms, 'a') && strchr(terms, 'b'));
    free(terms);
}

static void a_script_may_see_that_it_is_to_stop(void **state)
{
    (void)state;
    run_command c = commands_shell("echo val_loss: 2; echo val_loss: 1; trap 'exit 9' TERM\n"
                                   "while [ ! -e $SWEEP_STOP ]; do sleep 0.05; done\n"
                                   "echo val_loss: 0.5; touch $SWEEP_DIR/seen");
    c.stop_by_file = true;
    c.grace_s = 10;
    outcome o = run_and_stop(&c);
    assert_int_equal(o.end, RUN_END_TOLD);
    assert_string_equal(o.text, "exit code 0");
    assert_int_equal(o.n_steps, 3); /* what it still reports counts */
    assert_int_equal(access("trial/seen", F_OK), 0);
    c.run = "echo val_loss: 2; echo val_loss: 1; sleep 60";
    c.grace_s = 0.3;
    o = run_and_stop(&c);
    assert_true(o.seconds >= 0.3 && o.seconds < 5);
}

static void the_budget_ends_it(void **state)
{
    (void)state;
    run_command c = commands_shell("i=0; while [ $i -lt 50 ]; do i=$((i+1)); "
                                   "echo epoch=$i val_loss=$i; sleep 0.05; done");
    commands w;
    outcome o;
    commands_open(&w, &c, 0);
    commands_send(&w, &(run_job_item){.trial = 0, .steps = 3}, 0);
    commands_receive(&w, &o, NULL);
    assert_int_equal(o.end, RUN_END_TOLD);
    assert_int_equal(o.n_steps, 3);
    commands_close(&w);
    /* A command that knows its budget ends by itself, and continues from there. */
    c.run = "i=$(cat $SWEEP_CHECKPOINT/i || echo 0); while [ $i -lt $SWEEP_BUDGET ]; do "
            "i=$((i+1)); echo $i > $SWEEP_CHECKPOINT/i; echo epoch=$i val_loss=$i; done";
    commands_open(&w, &c, 0);
    commands_send(&w, &(run_job_item){.trial = 0, .steps = 3}, 0);
    commands_receive(&w, &o, NULL);
    assert_int_equal(o.end, RUN_END_TOLD);
    assert_int_equal(o.n_steps, 3);
    char before[64];
    snprintf(before, sizeof before, "%s", o.state);
    commands_send(
        &w,
        &(run_job_item){
            .trial = 0, .steps = 5, .attempt = 2, .state = before, .state_bytes = strlen(before)},
        3);
    commands_receive(&w, &o, NULL);
    assert_int_equal(o.end, RUN_END_TOLD);
    assert_int_equal(o.n_steps, 2);
    assert_int_equal(o.steps[0], 4);
    commands_close(&w);
}

/* --- nothing is left
 * ------------------------------------------------------------------------------ */

/* Scripts that leave processes behind: children that fork, leave the group or ignore SIGTERM. */
static const char *const leavers[] = {
    "sleep 60 & echo val_loss: 1",
    "trap '' TERM; (while :; do sleep 1; done) & (trap '' TERM; sleep 60) & echo val_loss: 1",
    "(setsid sh -c 'trap \"\" TERM; (sleep 60 & sleep 60) & sleep 60' &) ; echo val_loss: 1",
    "(setsid sh -c 'setsid sh -c \"sleep 60 & sleep 60\" & exit' &); sleep 0.1; echo val_loss: 1",
};
#define N_LEAVERS (sizeof leavers / sizeof leavers[0])

static void the_end_of_the_command_ends_all(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_LEAVERS; i++) {
        outcome o = run_shell(leavers[i]);
        commands_expect_done(&o);
        assert_true(o.seconds < 10);
    }
}

/* Wait until no process of a test is left; returns how many are after some seconds. */
static size_t wait_for_end(double seconds)
{
    size_t n = commands_alive();
    for (double until = run_clock() + seconds; n > 0 && run_clock() < until; n = commands_alive())
        commands_sleep(0.02);
    return n;
}

/* Stops at random moments. SWEEP_TEST_STOPS sets how many. */
static void stopped_at_any_moment_nothing_is_left(void **state)
{
    (void)state;
    const char *count = getenv("SWEEP_TEST_STOPS");
    int64_t n = 24;
    if (count)
        assert_true(swp_parse_int(count, 1, 1000000, &n));
    srand((unsigned)n);
    for (int64_t i = 0; i < n; i++) {
        commands w;
        char text[512];
        snprintf(text, sizeof text, "%s; %s; sleep 60", leavers[(size_t)i % N_LEAVERS],
                 leavers[(size_t)(i / 4) % N_LEAVERS]);
        run_command c = commands_shell(text);
        c.grace_s = 0.02;
        commands_open(&w, &c, 0);
        commands_send(&w, &(run_job_item){.trial = 0}, 0);
        commands_sleep(rand() % 1000 * 4e-5);
        if (i % 3 == 1)
            kill(w.pid, RUN_AT_ONCE);
        commands_close(&w); /* nothing is left */
    }
}

/* The parent is killed: its supervisors end what they started. */
static void a_killed_parent_leaves_nothing(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_LEAVERS; i++) {
        pid_t parent = fork();
        if (parent == 0) {
            commands w;
            char text[256];
            outcome o;
            snprintf(text, sizeof text, "%s; echo val_loss: 1; sleep 60", leavers[i]);
            run_command c = commands_shell(text);
            commands_open(&w, &c, 0);
            commands_send(&w, &(run_job_item){.trial = 0}, 0);
            commands_receive(&w, &o, NULL);
            _exit(1);
        }
        for (double until = run_clock() + 20; commands_alive() == 0 && run_clock() < until;)
            commands_sleep(0.01);
        commands_sleep(0.1);
        assert_true(commands_alive() > 0);
        kill(parent, SIGKILL);
        waitpid(parent, NULL, 0);
        assert_int_equal(wait_for_end(20), 0);
    }
}

static int enter_folder(void **state)
{
    (void)state;
    config_enter_folder("supervisor");
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_of_output_are_steps),
        cmocka_unit_test(lines_of_the_file_are_steps),
        cmocka_unit_test(the_source_can_be_said),
        cmocka_unit_test(steps_come_while_it_runs),
        cmocka_unit_test(it_knows_all_it_may_need),
        cmocka_unit_test(output_costs_no_memory),
        cmocka_unit_test(a_full_disk_ends_the_log_only),
        cmocka_unit_test(exit_codes_have_meanings),
        cmocka_unit_test(without_an_objective_it_fails),
        cmocka_unit_test(what_cannot_start_says_so),
        cmocka_unit_test(limits_end_it),
        cmocka_unit_test(a_stop_ends_it_soon),
        cmocka_unit_test(sigterm_comes_once),
        cmocka_unit_test(a_script_may_see_that_it_is_to_stop),
        cmocka_unit_test(the_budget_ends_it),
        cmocka_unit_test(the_end_of_the_command_ends_all),
        cmocka_unit_test(stopped_at_any_moment_nothing_is_left),
        cmocka_unit_test(a_killed_parent_leaves_nothing),
    };
    cmocka_set_test_filter(getenv("SWEEP_TEST_ONLY")); /* NULL: all */
    return cmocka_run_group_tests_name("supervisor", tests, enter_folder, NULL);
}
