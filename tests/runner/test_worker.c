#include "runner/process/worker.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/mem.h"
#include "runner/backend/lstm.h"
#include "runner/plan/plan.h"
#include "runner/process/wire.h"
#include "tests/runner/config.h"
#include "tests/runner/fake_engine.h"
#include "tests/support/cmocka_all.h"

/* Two trials that fit into one cohort. */
#define INI                                                                                        \
    "[experiment]\nname = t\n[data]\npath = builtin:ecg?rows=60\n[train]\nepochs = 3\n[sweep]\n"   \
    "train.seed = 1, 2\n"
#define N_EPOCHS 3u

typedef struct peer {
    cfg *config;
    run_plan plan;
    pid_t pid;
    int fd;
    run_inbox inbox;
} peer;

/* Two trials. The worker's n-th allocation fails; 0 = none. */
static void start_peer(peer *p, const char *ini, unsigned long n)
{
    swp_err err;
    *p = (peer){.config = config_make(ini, NULL)};
    if (run_plan_init(&p->plan, p->config, &err) != SWP_OK)
        fail_msg("%s", err.text);
    const run_worker_spec spec = {
        .backend = run_backend_lstm(),
        .setup = {.engine = fake_api(), .inputs = run_plan_inputs(&p->plan)},
    };
    swp_mem_fail_at(n);
    assert_int_equal(run_worker_fork(&spec, NULL, 0, &p->pid, &p->fd, &err), SWP_OK);
    swp_mem_fail_at(0);
}

static void open_peer(peer *p)
{
    start_peer(p, INI, 0);
}

/* Returns the worker's wait status. */
static int close_peer(peer *p)
{
    int wait_status;
    shutdown(p->fd, SHUT_WR);
    while (waitpid(p->pid, &wait_status, 0) < 0 && errno == EINTR)
        continue;
    close(p->fd);
    run_inbox_deinit(&p->inbox);
    run_plan_deinit(&p->plan);
    cfg_destroy(p->config);
    return wait_status;
}

/* An item that is sent as given, with its trial's part filled in from the plan. */
static void put_job(peer *p, swp_buf *frames, size_t steps_done, const run_job_item *items,
                    size_t n)
{
    run_job_item full[2];
    swp_buf params[2] = {{0}};
    for (size_t i = 0; i < n; i++) {
        const run_trial *trial = &p->plan.trials[items[i].trial];
        cfg_trial_text(&trial->settings, &params[i]);
        full[i] = items[i];
        full[i].params = params[i].text;
        full[i].steps = items[i].steps ? items[i].steps : trial->max_epochs;
        full[i].split = trial->split;
    }
    run_put_job(frames, steps_done, full, n);
    for (size_t i = 0; i < n; i++)
        swp_buf_deinit(&params[i]);
}

static swp_status send_job(peer *p, size_t steps_done, const run_job_item *items, size_t n)
{
    swp_buf frames = {0};
    swp_err err;
    put_job(p, &frames, steps_done, items, n);
    return run_send(p->fd, &frames, &err);
}

static double val_loss_of(const res_step *step)
{
    assert_int_equal(step->n_values, 2);
    assert_string_equal(step->values[1].name, "val_loss");
    return step->values[1].value;
}

static run_message receive(peer *p, run_message_kind kind)
{
    run_message message;
    bool eof;
    swp_err err;
    assert_int_equal(run_inbox_wait(&p->inbox, p->fd, &message, &eof, &err), SWP_OK);
    assert_false(eof);
    assert_int_equal(message.kind, kind);
    return message;
}

/* Train trials in one job; losses (2, N_EPOCHS) receives the results. */
static void do_job(const size_t *trials, size_t n, double losses[2][N_EPOCHS])
{
    peer p;
    run_job_item items[2] = {{0}};
    open_peer(&p);
    receive(&p, RUN_READY);
    for (size_t i = 0; i < n; i++)
        items[i] = (run_job_item){.trial = trials[i], .best_val_loss = (double)INFINITY};
    assert_int_equal(send_job(&p, 0, items, n), SWP_OK);
    for (size_t i = 0; i < n * N_EPOCHS; i++) {
        run_message message = receive(&p, RUN_STEP);
        assert_int_equal(message.step.step, i / n + 1);
        losses[message.trial][i / n] = val_loss_of(&message.step);
        if (message.step.step == N_EPOCHS)
            assert_int_equal(receive(&p, RUN_ENDED).trial, trials[i % n]);
    }
    receive(&p, RUN_READY);
    assert_int_equal(close_peer(&p), 0);
}

static int set_up(void **state)
{
    (void)state;
    fake_reset();
    config_enter_folder("worker");
    return 0;
}

static void test_cohort_gives_what_single_trials_give(void **state)
{
    (void)state;
    static const size_t both[] = {0, 1}, second[] = {1};
    double together[2][N_EPOCHS] = {{0}}, alone[2][N_EPOCHS] = {{0}};
    do_job(both, 2, together);
    do_job(both, 1, alone);
    do_job(second, 1, alone);
    assert_memory_equal(together, alone, sizeof alone);
    assert_true(alone[0][0] != alone[1][0]);
}

/* Every epoch that is better than all before, including those done by another worker, brings its
 * model. */
static void test_best_epochs_bring_their_model(void **state)
{
    (void)state;
    for (int far = 0; far < 2; far++) {
        peer p;
        double best = far ? 0 : (double)INFINITY; /* no loss is smaller than 0 */
        size_t n_models = 0;
        open_peer(&p);
        receive(&p, RUN_READY);
        const run_job_item item = {.trial = 1, .best_val_loss = best};
        assert_int_equal(send_job(&p, 0, &item, 1), SWP_OK);
        for (size_t i = 0; i < N_EPOCHS; i++) {
            run_message message = receive(&p, RUN_STEP);
            const res_step *step = &message.step;
            bool is_best = val_loss_of(step) < best;
            assert_int_equal(step->weights != NULL, is_best);
            assert_int_equal(step->n_reconstructions,
                             is_best ? p.plan.splits[0].n_samples * 140 : 0);
            best = is_best ? val_loss_of(step) : best;
            n_models += is_best;
            assert_true(step->ended_s > step->begun_s);
        }
        receive(&p, RUN_ENDED);
        assert_int_equal(n_models > 0, !far);
        receive(&p, RUN_READY);
        assert_int_equal(close_peer(&p), 0);
    }
}

/* Read a worker's messages about a job whose n-th allocation fails, until it ends or is ready
 * again: count steps, and note whether a trial failed. */
typedef struct account {
    size_t steps[2];
    bool failed[2], ended;
} account;

static void take_word(account *a, const run_message *message)
{
    if (message->trial == RUN_NO_TRIAL) { /* it could not open its backend, and ends */
        assert_int_equal(message->kind, RUN_FAILED);
        assert_int_equal(message->status, SWP_NOMEM);
        return;
    }
    assert_in_range(message->trial, 0, 1);
    assert_false(a->failed[message->trial]);
    if (message->kind == RUN_ENDED) {
        assert_int_equal(a->steps[message->trial], N_EPOCHS);
        return;
    }
    assert_true(a->steps[message->trial] < N_EPOCHS); /* no step follows the last one */
    if (message->kind == RUN_STEP) {
        assert_int_equal(message->step.step, ++a->steps[message->trial]);
        return;
    }
    assert_int_equal(message->kind, RUN_FAILED);
    assert_int_equal(message->status, SWP_NOMEM);
    a->failed[message->trial] = true;
}

static account do_job_without_memory(unsigned long n)
{
    peer p;
    swp_err err;
    account a = {.ended = false};
    const run_job_item items[2] = {{.trial = 0}, {.trial = 1}};
    start_peer(&p, INI, n);
    a.ended = send_job(&p, 0, items, 2) != SWP_OK;
    bool ready = false;
    run_message message;
    /* ready, the job, ready again */
    for (size_t n_ready = 0; n_ready < 2 && !a.ended; n_ready += ready) {
        assert_int_equal(run_inbox_wait(&p.inbox, p.fd, &message, &a.ended, &err), SWP_OK);
        ready = !a.ended && message.kind == RUN_READY;
        if (!a.ended && !ready)
            take_word(&a, &message);
    }
    assert_int_equal(close_peer(&p), 0);
    return a;
}

/* Each trial of a job is done, is reported as failed, or its worker has ended. */
static void test_every_allocation_may_fail(void **state)
{
    (void)state;
    size_t n_failed = 0, n_ended = 0;
    unsigned long n = 1;
    for (bool failing = true; failing && n < 1000; n++) {
        account a = do_job_without_memory(n);
        failing = a.ended;
        for (size_t i = 0; i < 2; i++) {
            assert_true(a.ended || a.failed[i] || a.steps[i] == N_EPOCHS);
            failing |= a.failed[i];
            n_failed += a.failed[i];
        }
        n_ended += a.ended;
    }
    assert_in_range(n, 20, 999);
    assert_true(n_failed > 10 && n_ended > 3);
}

/* One model of the cohort fails; the other continues. */
static void test_failed_model_leaves_its_cohort(void **state)
{
    (void)state;
    peer p;
    fake_expect(8, 2, FAKE_DIVERGE, 1); /* the cohort's first model takes the token */
    open_peer(&p);
    receive(&p, RUN_READY);
    const run_job_item items[] = {{.trial = 0}, {.trial = 1}};
    assert_int_equal(send_job(&p, 0, items, 2), SWP_OK);
    receive(&p, RUN_STEP);
    receive(&p, RUN_STEP);
    run_message message = receive(&p, RUN_FAILED);
    assert_int_equal(message.trial, 0);
    assert_string_equal(message.text, "non-finite train loss at epoch 2");
    assert_int_equal(receive(&p, RUN_STEP).trial, 1);
    assert_int_equal(receive(&p, RUN_STEP).trial, 1);
    assert_int_equal(receive(&p, RUN_ENDED).trial, 1);
    receive(&p, RUN_READY);
    assert_int_equal(close_peer(&p), 0);
}

/* What is done stays done when the rest of its cohort fails. */
static void test_failing_cohort_of_which_one_is_done(void **state)
{
    (void)state;
    peer p;
    swp_err err;
    fake_expect(8, 3, FAKE_BREAK, 1);
    start_peer(&p, INI "[when train.seed = 1]\ntrain.epochs = 2\n", 0);
    receive(&p, RUN_READY);
    const run_job_item items[] = {{.trial = 0}, {.trial = 1}};
    assert_int_equal(send_job(&p, 0, items, 2), SWP_OK);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(receive(&p, RUN_STEP).trial, i % 2);
    assert_int_equal(receive(&p, RUN_ENDED).trial, 0);
    assert_int_equal(receive(&p, RUN_STEP).trial, 1);
    assert_int_equal(receive(&p, RUN_FAILED).trial, 1);
    run_message message;
    bool eof;
    assert_int_equal(run_inbox_wait(&p.inbox, p.fd, &message, &eof, &err), SWP_OK);
    assert_true(eof);
    assert_int_equal(close_peer(&p), 0);
}

/* A trial that is done is not trained further: the fault of the third step hits the remaining one.
 */
static void test_done_model_leaves_its_cohort(void **state)
{
    (void)state;
    peer p;
    fake_expect(8, 3, FAKE_DIVERGE, 1);
    open_peer(&p);
    receive(&p, RUN_READY);
    const run_job_item items[] = {{.trial = 0, .steps = 2}, {.trial = 1}};
    assert_int_equal(send_job(&p, 0, items, 2), SWP_OK);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(receive(&p, RUN_STEP).trial, i % 2);
    assert_int_equal(receive(&p, RUN_ENDED).trial, 0);
    assert_int_equal(receive(&p, RUN_STEP).trial, 1);
    assert_int_equal(receive(&p, RUN_FAILED).trial, 1);
    receive(&p, RUN_READY);
    assert_int_equal(close_peer(&p), 0);
}

static void test_state_that_is_none(void **state)
{
    (void)state;
    peer p;
    open_peer(&p);
    receive(&p, RUN_READY);
    const run_job_item item = {.trial = 0, .state = "junk", .state_bytes = 4};
    assert_int_equal(send_job(&p, 1, &item, 1), SWP_OK);
    run_message message = receive(&p, RUN_FAILED);
    assert_int_equal(message.status, SWP_FORMAT);
    assert_string_equal(message.text, "stored state: not a model's state (4 bytes)");
    receive(&p, RUN_READY);
    assert_int_equal(close_peer(&p), 0);
}

/* Train a job of two trials with a message for the first right after the job message; compare their
 * losses and numbers of steps. */
static void run_told(void (*tell)(swp_buf *frames, size_t trial, size_t steps), size_t steps,
                     double losses[2][N_EPOCHS], size_t n_steps[2])
{
    peer p;
    swp_err err;
    swp_buf frames = {0};
    const run_job_item items[] = {{.trial = 0, .steps = 2}, {.trial = 1}};
    bool ended[2] = {false, false};
    open_peer(&p);
    receive(&p, RUN_READY);
    put_job(&p, &frames, 0, items, 2);
    tell(&frames, 0, steps);
    assert_int_equal(run_send(p.fd, &frames, &err), SWP_OK);
    while (!ended[0] || !ended[1]) {
        run_message message;
        bool eof;
        assert_int_equal(run_inbox_wait(&p.inbox, p.fd, &message, &eof, &err), SWP_OK);
        assert_false(eof || ended[message.trial]);
        if (message.kind == RUN_STEP)
            losses[message.trial][n_steps[message.trial]++] = val_loss_of(&message.step);
        else
            ended[message.trial] = message.kind == RUN_ENDED;
    }
    receive(&p, RUN_READY);
    assert_int_equal(close_peer(&p), 0);
}

static void tell_stop(swp_buf *frames, size_t trial, size_t steps)
{
    (void)steps;
    run_put_stop(frames, trial);
    run_put_stop(frames, trial);     /* a second time is ignored, */
    run_put_stop(frames, trial + 7); /* so is a trial that is not in the job */
}

/* Told to stop, or given another budget, a trial leaves its cohort; the other gives the same bits.
 */
static void test_messages_change_a_job(void **state)
{
    (void)state;
    static const size_t both[] = {0, 1};
    double want[2][N_EPOCHS] = {{0}};
    do_job(both, 2, want);
    static const struct {
        void (*tell)(swp_buf *frames, size_t trial, size_t steps);
        size_t steps, n_steps;
    } cases[] = {{tell_stop, 0, 0}, {run_put_budget, 1, 1}, {run_put_budget, 3, 3}};
    for (size_t i = 0; i < 3; i++) {
        double losses[2][N_EPOCHS] = {{0}};
        size_t n_steps[2] = {0, 0};
        run_told(cases[i].tell, cases[i].steps, losses, n_steps);
        assert_int_equal(n_steps[0], cases[i].n_steps);
        assert_int_equal(n_steps[1], N_EPOCHS);
        assert_memory_equal(losses[0], want[0], cases[i].n_steps * sizeof(double));
        assert_memory_equal(losses[1], want[1], sizeof want[1]);
    }
}

/* Messages about a trial after the end of its job are ignored, and the next job is taken. */
static void test_late_messages_are_ignored(void **state)
{
    (void)state;
    peer p;
    swp_err err;
    swp_buf frames = {0};
    const run_job_item first = {.trial = 0, .steps = 1}, second = {.trial = 1, .steps = 1};
    open_peer(&p);
    receive(&p, RUN_READY);
    assert_int_equal(send_job(&p, 0, &first, 1), SWP_OK);
    receive(&p, RUN_STEP);
    receive(&p, RUN_ENDED);
    receive(&p, RUN_READY);
    run_put_budget(&frames, 0, 9);
    run_put_stop(&frames, 0);
    put_job(&p, &frames, 0, &second, 1);
    assert_int_equal(run_send(p.fd, &frames, &err), SWP_OK);
    assert_int_equal(receive(&p, RUN_STEP).trial, 1);
    assert_int_equal(receive(&p, RUN_ENDED).trial, 1);
    receive(&p, RUN_READY);
    assert_int_equal(close_peer(&p), 0);
}

static void test_signals_are_the_parents_business(void **state)
{
    (void)state;
    peer p;
    open_peer(&p);
    receive(&p, RUN_READY);
    kill(p.pid, SIGINT);
    kill(p.pid, SIGTERM);
    kill(p.pid, SIGHUP);
    assert_int_equal(close_peer(&p), 0);
}

static void test_probe(void **state)
{
    (void)state;
    eng_info info;
    size_t n;
    swp_err err;
    assert_int_equal(run_worker_probe(fake_api(), false, 20, &info, 1, &n, &err), SWP_OK);
    assert_int_equal(n, 1);
    assert_string_equal(info.engine, "fake");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_cohort_gives_what_single_trials_give, set_up),
        cmocka_unit_test_setup(test_best_epochs_bring_their_model, set_up),
        cmocka_unit_test_setup(test_every_allocation_may_fail, set_up),
        cmocka_unit_test_setup(test_failed_model_leaves_its_cohort, set_up),
        cmocka_unit_test_setup(test_failing_cohort_of_which_one_is_done, set_up),
        cmocka_unit_test_setup(test_done_model_leaves_its_cohort, set_up),
        cmocka_unit_test_setup(test_state_that_is_none, set_up),
        cmocka_unit_test_setup(test_messages_change_a_job, set_up),
        cmocka_unit_test_setup(test_late_messages_are_ignored, set_up),
        cmocka_unit_test_setup(test_signals_are_the_parents_business, set_up),
        cmocka_unit_test_setup(test_probe, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
