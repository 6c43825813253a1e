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
    const run_worker_spec spec = {.api = fake_api(), .plan = &p->plan};
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

/* Have trials done in one job; losses (2, N_EPOCHS) takes what comes back. */
static void do_job(const size_t *trials, size_t n, double losses[2][N_EPOCHS])
{
    peer p;
    swp_err err;
    run_job_item items[2] = {{0}};
    open_peer(&p);
    receive(&p, RUN_READY);
    for (size_t i = 0; i < n; i++)
        items[i].trial = trials[i];
    assert_int_equal(run_send_job(p.fd, 0, items, n, &err), SWP_OK);
    for (size_t i = 0; i < n * N_EPOCHS; i++) {
        run_message message = receive(&p, RUN_EPOCH);
        assert_int_equal(message.epoch.epoch, i / n + 1);
        losses[message.trial][i / n] = message.epoch.val_loss;
    }
    receive(&p, RUN_READY);
    assert_int_equal(close_peer(&p), 0);
}

static int set_up(void **state)
{
    (void)state;
    fake_reset();
    signal(SIGPIPE, SIG_IGN); /* of workers that are gone */
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

/* A model comes along with every epoch that is better than all before, those of the job's trial
 * that another worker did included. */
static void test_best_epochs_bring_their_model(void **state)
{
    (void)state;
    for (int far = 0; far < 2; far++) {
        peer p;
        swp_err err;
        double best = far ? 0 : (double)INFINITY; /* nothing is better than 0 */
        size_t n_models = 0;
        open_peer(&p);
        receive(&p, RUN_READY);
        const run_job_item item = {.trial = 1, .best_val_loss = best};
        assert_int_equal(run_send_job(p.fd, 0, &item, 1, &err), SWP_OK);
        for (size_t i = 0; i < N_EPOCHS; i++) {
            run_message message = receive(&p, RUN_EPOCH);
            const res_epoch *epoch = &message.epoch;
            bool is_best = epoch->val_loss < best;
            assert_int_equal(epoch->weights != NULL, is_best);
            assert_int_equal(epoch->n_reconstructions,
                             is_best ? p.plan.splits[0].n_samples * 140 : 0);
            best = is_best ? epoch->val_loss : best;
            n_models += is_best;
            assert_true(epoch->ended_s > epoch->begun_s);
        }
        assert_int_equal(n_models > 0, !far);
        receive(&p, RUN_READY);
        assert_int_equal(close_peer(&p), 0);
    }
}

/* What a worker says of a job whose n-th allocation fails, until it ends or is ready again: how
 * many epochs, and whether a trial failed. */
typedef struct account {
    size_t epochs[2];
    bool failed[2], ended;
} account;

static void take_word(account *a, const run_message *message)
{
    assert_true(message->kind == RUN_EPOCH || message->kind == RUN_FAILED);
    assert_in_range(message->trial, 0, 1);
    assert_false(a->failed[message->trial]);
    assert_true(a->epochs[message->trial] < N_EPOCHS); /* nothing follows the last epoch */
    if (message->kind == RUN_EPOCH) {
        assert_int_equal(message->epoch.epoch, ++a->epochs[message->trial]);
        return;
    }
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
    a.ended = run_send_job(p.fd, 0, items, 2, &err) != SWP_OK;
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

/* Each trial of a job is done, or is said to have failed, or its worker is gone. */
static void test_every_allocation_may_fail(void **state)
{
    (void)state;
    size_t n_failed = 0, n_ended = 0;
    unsigned long n = 1;
    for (bool failing = true; failing && n < 1000; n++) {
        account a = do_job_without_memory(n);
        failing = a.ended;
        for (size_t i = 0; i < 2; i++) {
            assert_true(a.ended || a.failed[i] || a.epochs[i] == N_EPOCHS);
            failing |= a.failed[i];
            n_failed += a.failed[i];
        }
        n_ended += a.ended;
    }
    assert_in_range(n, 20, 999);
    assert_true(n_failed > 10 && n_ended > 3);
}

/* One model of the cohort fails; the other goes on. */
static void test_failed_model_leaves_its_cohort(void **state)
{
    (void)state;
    peer p;
    swp_err err;
    fake_expect(8, 2, FAKE_DIVERGE, 1); /* the cohort's first model finds the token */
    open_peer(&p);
    receive(&p, RUN_READY);
    const run_job_item items[] = {{.trial = 0}, {.trial = 1}};
    assert_int_equal(run_send_job(p.fd, 0, items, 2, &err), SWP_OK);
    receive(&p, RUN_EPOCH);
    receive(&p, RUN_EPOCH);
    run_message message = receive(&p, RUN_FAILED);
    assert_int_equal(message.trial, 0);
    assert_string_equal(message.text, "non-finite train loss at epoch 2");
    assert_int_equal(receive(&p, RUN_EPOCH).trial, 1);
    assert_int_equal(receive(&p, RUN_EPOCH).trial, 1);
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
    assert_int_equal(run_send_job(p.fd, 0, items, 2, &err), SWP_OK);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(receive(&p, RUN_EPOCH).trial, i % 2);
    assert_int_equal(receive(&p, RUN_FAILED).trial, 1);
    run_message message;
    bool eof;
    assert_int_equal(run_inbox_wait(&p.inbox, p.fd, &message, &eof, &err), SWP_OK);
    assert_true(eof);
    assert_int_equal(close_peer(&p), 0);
}

static void test_state_that_is_none(void **state)
{
    (void)state;
    peer p;
    swp_err err;
    open_peer(&p);
    receive(&p, RUN_READY);
    const run_job_item item = {.trial = 0, .state = "junk", .state_bytes = 4};
    assert_int_equal(run_send_job(p.fd, 1, &item, 1, &err), SWP_OK);
    run_message message = receive(&p, RUN_FAILED);
    assert_int_equal(message.status, SWP_FORMAT);
    assert_string_equal(message.text, "stored state: not a model's state (4 bytes)");
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
        cmocka_unit_test_setup(test_state_that_is_none, set_up),
        cmocka_unit_test_setup(test_signals_are_the_parents_business, set_up),
        cmocka_unit_test_setup(test_probe, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
