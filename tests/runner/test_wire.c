#include "runner/process/wire.h"

#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/cmocka_all.h"

typedef struct line {
    int from, to; /* what is written to `to` is read at `from` */
    run_inbox inbox;
} line;

static line open_line(void)
{
    int ends[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    return (line){.from = ends[0], .to = ends[1]};
}

static void close_line(line *l)
{
    run_inbox_deinit(&l->inbox);
    close(l->from);
    if (l->to >= 0)
        close(l->to);
}

static run_message receive(line *l)
{
    run_message message;
    swp_err err = {0};
    bool eof;
    if (run_inbox_wait(&l->inbox, l->from, &message, &eof, &err) != SWP_OK)
        fail_msg("%s", err.text);
    assert_false(eof);
    return message;
}

static void test_ready_and_failed(void **state)
{
    (void)state;
    line l = open_line();
    swp_err err;
    const eng_info info = {.engine = "cpu", .isa = "avx512"};
    const swp_err odd = {SWP_NUMERIC, "odd", "even"};
    assert_int_equal(run_send_ready(l.to, &info, &err), SWP_OK);
    assert_int_equal(run_send_failed(l.to, 7, &odd, &err), SWP_OK);
    run_message message = receive(&l);
    assert_int_equal(message.kind, RUN_READY);
    assert_string_equal(message.info.isa, "avx512");
    message = receive(&l);
    assert_int_equal(message.kind, RUN_FAILED);
    assert_int_equal(message.trial, 7);
    assert_int_equal(message.status, SWP_NUMERIC);
    assert_string_equal(message.text, "odd");
    assert_string_equal(message.hint, "even");
    assert_int_equal(run_fail_as_told(&message, &err), SWP_NUMERIC);
    assert_string_equal(err.text, "odd");
    assert_string_equal(err.hint, "even");
    close_line(&l);
}

static void test_job(void **state)
{
    (void)state;
    line l = open_line();
    swp_err err;
    const run_job_item items[] = {{4, "abc", 3, 0.5}, {9, NULL, 0, (double)INFINITY}};
    assert_int_equal(run_send_job(l.to, 12, items, 2, &err), SWP_OK);
    run_message message = receive(&l);
    assert_int_equal(message.kind, RUN_JOB);
    assert_int_equal(message.job.epochs_done, 12);
    assert_int_equal(message.job.n, 2);
    run_job_item item;
    assert_int_equal(run_job_next(&message.job, &item, &err), SWP_OK);
    assert_int_equal(item.trial, 4);
    assert_int_equal(item.state_bytes, 3);
    assert_memory_equal(item.state, "abc", 3);
    assert_true(item.best_val_loss == 0.5);
    assert_int_equal(run_job_next(&message.job, &item, &err), SWP_OK);
    assert_int_equal(item.trial, 9);
    assert_int_equal(item.state_bytes, 0);
    assert_true(isinf(item.best_val_loss));
    assert_int_equal(run_job_next(&message.job, &item, &err), SWP_INTERNAL);
    close_line(&l);
}

#define STATE_BYTES ((size_t)3000001)

static void send_epoch(int fd)
{
    static const float val[] = {1, 2, 3}, test[] = {4}, anomaly[] = {5, 6};
    swp_err err;
    unsigned char *packed = malloc(STATE_BYTES);
    for (size_t i = 0; i < STATE_BYTES; i++)
        packed[i] = (unsigned char)(i * 7 % 251);
    const res_epoch epoch = {
        .epoch = 3,
        .train_loss = 0.1,
        .val_loss = 0.2,
        .train_s = 0.3,
        .eval_s = 0.4,
        .begun_s = 1e9,
        .ended_s = 1e9 + 0.25,
        .errors =
            {.val = val, .test = test, .anomaly = anomaly, .n_val = 3, .n_test = 1, .n_anomaly = 2},
        .state = packed,
        .state_bytes = STATE_BYTES,
        .weights = "weights",
        .weights_bytes = 7,
        .reconstructions = anomaly,
        .n_reconstructions = 2,
    };
    /* An odd length before, so that alignment is put to the test. */
    swp_status status = run_send_failed(fd, 1, &(swp_err){SWP_DEVICE, "ab", ""}, &err);
    if (status == SWP_OK)
        status = run_send_epoch(fd, 5, &epoch, &err);
    free(packed);
    _exit((int)status);
}

/* Far more than a socket holds: written and read in pieces. */
static void test_large_epoch_in_pieces(void **state)
{
    (void)state;
    line l = open_line();
    pid_t child = fork();
    if (child == 0)
        send_epoch(l.to);
    close(l.to);
    l.to = -1;
    assert_int_equal(receive(&l).kind, RUN_FAILED);
    run_message message = receive(&l);
    assert_int_equal(message.kind, RUN_EPOCH);
    assert_int_equal(message.trial, 5);
    const res_epoch *epoch = &message.epoch;
    assert_int_equal(epoch->epoch, 3);
    assert_true(epoch->train_loss == 0.1 && epoch->val_loss == 0.2);
    assert_true(epoch->train_s == 0.3 && epoch->eval_s == 0.4);
    assert_true(epoch->begun_s == 1e9 && epoch->ended_s == 1e9 + 0.25);
    assert_int_equal(epoch->errors.n_val, 3);
    assert_int_equal(epoch->errors.n_test, 1);
    assert_int_equal(epoch->errors.n_anomaly, 2);
    assert_true(epoch->errors.val[2] == 3.0f && epoch->errors.anomaly[1] == 6.0f);
    assert_int_equal((uintptr_t)epoch->errors.test % sizeof(float), 0);
    assert_int_equal(epoch->state_bytes, STATE_BYTES);
    const unsigned char *packed = epoch->state;
    for (size_t i = 0; i < STATE_BYTES; i++)
        assert_int_equal(packed[i], i * 7 % 251);
    assert_int_equal(epoch->weights_bytes, 7);
    assert_memory_equal(epoch->weights, "weights", 7);
    assert_int_equal(epoch->n_reconstructions, 2);
    assert_true(epoch->reconstructions[1] == 6.0f);

    bool eof;
    swp_err err;
    assert_int_equal(run_inbox_wait(&l.inbox, l.from, &message, &eof, &err), SWP_OK);
    assert_true(eof);
    int wait_status;
    waitpid(child, &wait_status, 0);
    assert_int_equal(wait_status, 0);
    close_line(&l);
}

/* Send raw bytes and take what comes of them. */
static swp_status receive_raw(const void *bytes, size_t size, bool *found)
{
    line l = open_line();
    swp_err err;
    run_message message;
    bool eof;
    assert_int_equal(write(l.to, bytes, size), size);
    assert_int_equal(run_inbox_fill(&l.inbox, l.from, &eof, &err), SWP_OK);
    swp_status status = run_inbox_next(&l.inbox, &message, found, &err);
    close_line(&l);
    return status;
}

static void test_nonsense_is_refused(void **state)
{
    (void)state;
    bool found;
    char noise[64];
    memset(noise, 'x', sizeof noise);
    assert_int_equal(receive_raw(noise, sizeof noise, &found), SWP_INTERNAL);
}

static void test_part_of_a_message_waits(void **state)
{
    (void)state;
    line l = open_line();
    swp_err err;
    unsigned char frame[256];
    assert_int_equal(run_send_failed(l.to, 1, &(swp_err){SWP_NOMEM, "short", ""}, &err), SWP_OK);
    size_t size = (size_t)read(l.from, frame, sizeof frame);
    for (size_t part = 0; part < size; part++) {
        bool found;
        if (part == 0)
            continue;
        assert_int_equal(receive_raw(frame, part, &found), SWP_OK);
        assert_false(found);
    }
    close_line(&l);
}

/* A payload with room for one number more than its message has. */
static void test_longer_than_the_message(void **state)
{
    (void)state;
    line l = open_line();
    swp_err err;
    unsigned char frame[256] = {0};
    assert_int_equal(run_send_failed(l.to, 1, &(swp_err){SWP_NOMEM, "short", ""}, &err), SWP_OK);
    size_t size = (size_t)read(l.from, frame, sizeof frame);
    close_line(&l);
    bool found = false;
    assert_int_equal(receive_raw(frame, size, &found), SWP_OK);
    assert_true(found);
    frame[8] += 8; /* behind magic and kind: the length, in 64 bits */
    assert_int_equal(receive_raw(frame, size + 8, &found), SWP_INTERNAL);
}

/* Whatever one byte of a frame becomes: a message, a wait or an error, never a crash. */
static void test_damaged_frames(void **state)
{
    (void)state;
    line l = open_line();
    swp_err err;
    unsigned char frame[512];
    static const float val[] = {1, 2, 3};
    const res_epoch epoch = {
        .epoch = 1,
        .errors =
            {.val = val, .test = val, .anomaly = val, .n_val = 3, .n_test = 3, .n_anomaly = 3},
        .state = "state",
        .state_bytes = 5,
    };
    assert_int_equal(run_send_epoch(l.to, 1, &epoch, &err), SWP_OK);
    size_t size = (size_t)read(l.from, frame, sizeof frame);
    close_line(&l);
    size_t n_refused = 0;
    for (size_t i = 0; i < size; i++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            bool found;
            frame[i] ^= (unsigned char)(1u << bit);
            n_refused += receive_raw(frame, size, &found) != SWP_OK;
            frame[i] ^= (unsigned char)(1u << bit);
        }
    }
    assert_in_range(n_refused, 1, size * 8 - 1);
}

static void test_other_end_gone(void **state)
{
    (void)state;
    line l = open_line();
    swp_err err;
    close(l.from);
    assert_int_equal(run_send_failed(l.to, 1, &(swp_err){SWP_NOMEM, "x", ""}, &err), SWP_IO);
    close(l.to);
}

static int ignore_broken_pipes(void **state)
{
    (void)state;
    signal(SIGPIPE, SIG_IGN);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ready_and_failed),        cmocka_unit_test(test_job),
        cmocka_unit_test(test_large_epoch_in_pieces),   cmocka_unit_test(test_nonsense_is_refused),
        cmocka_unit_test(test_part_of_a_message_waits), cmocka_unit_test(test_damaged_frames),
        cmocka_unit_test(test_longer_than_the_message), cmocka_unit_test(test_other_end_gone),
    };
    return cmocka_run_group_tests(tests, ignore_broken_pipes, NULL);
}
