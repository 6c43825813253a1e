/* Attempts at a trial: one after the other, each continuing the steps of the ones before; and time
 * while the run is stopped. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runner/metrics/replay.h"
#include "runner/process/host.h"
#include "tests/runner/commands.h"
#include "tests/runner/config.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/data.h"

/* A new attempt waits until the attempt of the killed run has ended. */
static void attempts_do_not_overlap(void **state)
{
    (void)state;
    run_command c = commands_shell("trap 'sleep 0.5; echo end >> $SWEEP_DIR/order; exit 1' TERM; "
                                   "echo begin >> $SWEEP_DIR/order; echo val_loss: 1; "
                                   "[ $SWEEP_ATTEMPT = 2 ] || sleep 60 & wait");
    c.grace_s = 5;
    pid_t parent = fork();
    if (parent == 0) {
        commands w;
        outcome o;
        commands_open(&w, &c, 0);
        commands_send(&w, &(run_job_item){.trial = 0}, 0);
        commands_receive(&w, &o, NULL);
        _exit(1);
    }
    for (double until = run_clock() + 20; access("trial/order", F_OK) != 0 && run_clock() < until;)
        commands_sleep(0.01);
    commands_sleep(0.1);
    kill(parent, SIGKILL);
    waitpid(parent, NULL, 0);
    commands w;
    outcome o;
    commands_open(&w, &c, 0);
    commands_send(&w, &(run_job_item){.trial = 0, .attempt = 2}, 0);
    commands_receive(&w, &o, NULL);
    commands_expect_done(&o);
    commands_close(&w);
    char *order = commands_read("trial/order");
    assert_string_equal(order, "begin\nend\nbegin\n");
    free(order);
}

static size_t claim(const char *folder, size_t from)
{
    swp_err err;
    assert_int_equal(run_replay_claim(folder, &from, &err), SWP_OK);
    return from;
}

/* Steps that were reported after the run was killed reach the next attempt, whose script reports no
 * more. */
static void what_a_killed_run_missed_is_not_lost(void **state)
{
    (void)state;
    static const char *const reports[] = {
        "echo \"{\\\"epoch\\\": $i, \\\"val_loss\\\": 0.$i}\" >> $SWEEP_METRICS",
        "echo epoch=$i val_loss=0.$i",
        "echo val_loss=0.$i",
    };
    for (size_t i = 0; i < sizeof reports / sizeof reports[0]; i++) {
        char text[512], folder[32], begun[64];
        snprintf(folder, sizeof folder, "missed/%zu", i);
        snprintf(begun, sizeof begun, "%s/checkpoint/i", folder);
        snprintf(text, sizeof text,
                 "trap '' TERM; i=$(cat $SWEEP_CHECKPOINT/i || echo 0); while [ $i -lt 4 ]; do "
                 "i=$((i+1)); %s; echo $i > $SWEEP_CHECKPOINT/i; sleep 0.02; done",
                 reports[i]);
        run_command c = commands_shell(text);
        commands w;
        outcome o;
        c.grace_s = 20;
        commands_open(&w, &c, 0);
        commands_send(&w, &(run_job_item){.trial = 0, .folder = folder}, 0);
        for (double until = run_clock() + 20; access(begun, F_OK) != 0 && run_clock() < until;)
            commands_sleep(0.005);
        commands_close(&w); /* nothing reads what it reports */
        assert_int_equal(claim(folder, 1), 2);
        commands_open(&w, &c, 0);
        commands_send(&w, &(run_job_item){.trial = 0, .folder = folder, .attempt = 2}, 0);
        commands_receive(&w, &o, NULL);
        commands_expect_done(&o);
        assert_int_equal(o.n_steps, 4);
        for (size_t k = 0; k < 4; k++) {
            snprintf(text, sizeof text, "val_loss=0.%zu", k + 1);
            assert_int_equal(o.steps[k], k + 1);
            assert_string_equal(o.values[k], text);
        }
        /* Recorded steps are not sent again. */
        const run_job_item third = {.trial = 0,
                                    .folder = folder,
                                    .attempt = 3,
                                    .state = "command 1 0 1\n",
                                    .state_bytes = 14};
        commands_send(&w, &third, 3);
        commands_receive(&w, &o, NULL);
        commands_expect_done(&o);
        assert_int_equal(o.n_steps, 1);
        assert_int_equal(o.steps[0], 4);
        commands_close(&w);
    }
}

/* A number is given once, even if only the folder shows that it was used, and whatever else is in
 * the folder. */
static void numbers_are_given_once(void **state)
{
    (void)state;
    assert_int_equal(claim("shared/key", 1), 1);
    assert_int_equal(claim("shared/key", 1), 2);
    assert_int_equal(claim("shared/key", 2), 3);
    test_write_text("shared/key/metrics-4.jsonl", "{}\n");
    assert_int_equal(mkfifo("shared/key/metrics-5.jsonl", 0666), 0);
    assert_int_equal(symlink("nowhere", "shared/key/output-6.txt"), 0);
    assert_int_equal(mkdir("shared/key/output-7.txt", 0777), 0);
    assert_int_equal(claim("shared/key", 1), 8);
    assert_int_not_equal(access("shared/key/nowhere", F_OK), 0);
    test_write_text("shared/key/metrics-99999999999999999999.jsonl", "{}\n");
    test_write_text("shared/key/output-9223372036854775807.txt", "");
    test_write_text("shared/key/metrics-9.jsonl.bak", "");
    test_write_text("shared/key/output-40.txt", "");
    assert_int_equal(claim("shared/key", 1), 9);
    assert_int_equal(claim("shared/key", 20), 20); /* the store has later ones */
    assert_int_equal(claim("shared/key", 1), 10);
    test_write_text("shared/file", "");
    swp_err err;
    size_t number = 1;
    assert_int_equal(run_replay_claim("shared/file", &number, &err), SWP_IO);
}

/* A step that was cut off is completed from both attempts; an attempt that continues after it need
 * not repeat it; and repeated metrics are not a new step. */
static void a_step_that_was_cut_off_is_finished_by_the_next_attempt(void **state)
{
    (void)state;
    static const char *const seconds[] = {
        "echo epoch=2 acc=2 val_loss=0.2; echo epoch=3 val_loss=0.3", /* its checkpoint is of 1 */
        "echo epoch=3 val_loss=0.3",                                  /* its checkpoint is of 2 */
        "echo epoch=1 val_loss=9; echo epoch=2 acc=2; echo epoch=3 val_loss=0.3", /* restarts */
    };
    static const char *const values[] = {"val_loss=0.2 acc=2", "val_loss=0.7 acc=7",
                                         "val_loss=0.7 acc=2"};
    for (size_t i = 0; i < sizeof seconds / sizeof seconds[0]; i++) {
        char text[512], folder[32];
        snprintf(text, sizeof text,
                 "if [ $SWEEP_ATTEMPT = 1 ]; then echo epoch=1 val_loss=0.1; "
                 "echo epoch=2 acc=7 val_loss=0.7; exit 1; fi; %s",
                 seconds[i]);
        snprintf(folder, sizeof folder, "trial/%zu", i);
        const run_command c = commands_shell(text);
        commands w;
        outcome o;
        commands_open_keeping(&w, &c);
        commands_send(&w, &(run_job_item){.trial = 0, .folder = folder}, 0);
        commands_receive(&w, &o, NULL);
        assert_int_equal(o.end, RUN_END_BROKEN);
        assert_int_equal(o.n_steps, 1);
        const run_job_item again = {.trial = 0,
                                    .folder = folder,
                                    .attempt = 2,
                                    .state = "command 1 0 1\n",
                                    .state_bytes = 14};
        commands_send(&w, &again, 1);
        commands_receive(&w, &o, NULL);
        commands_expect_done(&o);
        commands_close(&w);
        assert_int_equal(o.n_steps, 2);
        assert_int_equal(o.steps[0], 2);
        assert_string_equal(o.values[0], values[i]);
        assert_int_equal(o.steps[1], 3);
        assert_string_equal(o.notes, "");
    }
}

/* A script that knows its budget ends there by itself, another is ended; steps after the budget do
 * not count. */
static void a_budget_is_the_last_step(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "i=0; while [ $i -lt $SWEEP_BUDGET ]; do i=$((i+1)); echo epoch=$i val_loss=$i; done",
        "i=0; while [ $i -lt 1000 ]; do i=$((i+1)); echo epoch=$i val_loss=$i; done; sleep 60",
        "trap '' TERM; i=0; while [ $i -lt 90 ]; do i=$((i+1)); echo epoch=$i val_loss=$i; done",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        const run_command c = commands_shell(texts[i]);
        commands w;
        outcome o;
        commands_open_keeping(&w, &c);
        commands_send(&w, &(run_job_item){.trial = 0, .steps = 3}, 0);
        commands_receive(&w, &o, NULL);
        commands_close(&w);
        assert_false(o.failed);
        assert_int_equal(o.end, RUN_END_TOLD);
        assert_int_equal(o.n_steps, 3);
        assert_int_equal(o.steps[2], 3);
    }
}

/* Time while the run is stopped does not count. */
static void a_stopped_run_takes_no_time(void **state)
{
    (void)state;
    run_command c = commands_shell("sleep 4; echo val_loss: 1");
    commands w;
    outcome o;
    c.timeout_s = 5;
    c.idle_s = 5;
    commands_open(&w, &c, 0);
    commands_send(&w, &(run_job_item){.trial = 0}, 0);
    commands_sleep(0.5);
    kill(w.pid, SIGSTOP);
    commands_sleep(3);
    kill(w.pid, SIGCONT);
    commands_receive(&w, &o, NULL);
    commands_expect_done(&o);
    commands_close(&w);

    c.run = "sleep 60";
    c.timeout_s = 2;
    double began = run_clock();
    commands_open(&w, &c, 0);
    commands_send(&w, &(run_job_item){.trial = 0}, 0);
    commands_sleep(0.5);
    kill(w.pid, SIGSTOP);
    commands_sleep(3);
    kill(w.pid, SIGCONT);
    commands_receive(&w, &o, NULL);
    assert_int_equal(o.status, SWP_CANCELLED);
    assert_true(run_clock() - began >= 4);
    commands_close(&w);
}

static int enter_folder(void **state)
{
    (void)state;
    config_enter_folder("attempts");
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(attempts_do_not_overlap),
        cmocka_unit_test(what_a_killed_run_missed_is_not_lost),
        cmocka_unit_test(numbers_are_given_once),
        cmocka_unit_test(a_step_that_was_cut_off_is_finished_by_the_next_attempt),
        cmocka_unit_test(a_budget_is_the_last_step),
        cmocka_unit_test(a_stopped_run_takes_no_time),
    };
    return cmocka_run_group_tests(tests, enter_folder, NULL);
}
