#include "runner/process/wire.h"

#include <fcntl.h>
#include <math.h>
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
    swp_buf frames = {0};
    run_put_ready(&frames, &info);
    run_put_failed(&frames, 7, &odd);
    assert_int_equal(run_send(l.to, &frames, &err), SWP_OK);
    run_message message = receive(&l);
    assert_int_equal(message.kind, RUN_READY);
    assert_string_equal(message.info.isa, "avx512");
    message = receive(&l);
    assert_int_equal(message.kind, RUN_FAILED);
    assert_int_equal(message.trial, 7);
    assert_int_equal(message.status, SWP_NUMERIC);
    assert_string_equal(message.text, "odd");
    assert_string_equal(message.hint, "even");
    assert_int_equal(run_failure_of(&message, &err), SWP_NUMERIC);
    assert_string_equal(err.text, "odd");
    assert_string_equal(err.hint, "even");
    close_line(&l);
}

static void test_job(void **state)
{
    (void)state;
    line l = open_line();
    swp_err err;
    swp_buf frames = {0};
    const run_job_item items[] = {
        {.trial = 4,
         .params = "a = 1\nb = 2\n",
         .steps = 20,
         .split = 3,
         .start = "weights",
         .start_bytes = 7,
         .state = "abc",
         .state_bytes = 3,
         .best_val_loss = 0.5},
        {.trial = 9, .params = "", .steps = 13, .best_val_loss = (double)INFINITY}};
    run_put_job(&frames, 12, items, 2);
    assert_int_equal(run_send(l.to, &frames, &err), SWP_OK);
    run_message message = receive(&l);
    assert_int_equal(message.kind, RUN_JOB);
    assert_int_equal(message.job.steps_done, 12);
    assert_int_equal(message.job.n, 2);
    run_job_item item;
    assert_int_equal(run_job_next(&message.job, &item, &err), SWP_OK);
    assert_int_equal(item.trial, 4);
    assert_string_equal(item.params, "a = 1\nb = 2\n");
    assert_int_equal(item.steps, 20);
    assert_int_equal(item.split, 3);
    assert_int_equal(item.start_bytes, 7);
    assert_memory_equal(item.start, "weights", 7);
    assert_int_equal(item.state_bytes, 3);
    assert_memory_equal(item.state, "abc", 3);
    assert_true(item.best_val_loss == 0.5);
    assert_int_equal(run_job_next(&message.job, &item, &err), SWP_OK);
    assert_int_equal(item.trial, 9);
    assert_string_equal(item.params, "");
    assert_int_equal(item.start_bytes, 0);
    assert_int_equal(item.state_bytes, 0);
    assert_true(isinf(item.best_val_loss));
    assert_int_equal(run_job_next(&message.job, &item, &err), SWP_INTERNAL);
    close_line(&l);
}

static void test_stops_and_budgets(void **state)
{
    (void)state;
    line l = open_line();
    swp_err err;
    swp_buf frames = {0};
    run_put_stop(&frames, 5);
    run_put_budget(&frames, 6, 70);
    run_put_ended(&frames, 7, RUN_END_AGAIN, "exit code 75");
    run_put_note(&frames, 8, "odd");
    assert_int_equal(run_send(l.to, &frames, &err), SWP_OK);
    run_message message = receive(&l);
    assert_int_equal(message.kind, RUN_STOP);
    assert_int_equal(message.trial, 5);
    message = receive(&l);
    assert_int_equal(message.kind, RUN_BUDGET);
    assert_int_equal(message.trial, 6);
    assert_int_equal(message.steps, 70);
    message = receive(&l);
    assert_int_equal(message.kind, RUN_ENDED);
    assert_int_equal(message.trial, 7);
    close_line(&l);
}

#define STATE_BYTES ((size_t)3000001)

/* The messages of a worker: a failure with a text of odd length before a step, to test alignment.
 */
static void put_large_step(swp_buf *frames)
{
    static const float val[] = {1, 2, 3}, test[] = {4}, anomaly[] = {5, 6};
    static const res_named_value values[] = {{"train_loss", 0.1}, {"val_loss", 0.2}, {"x", -1}};
    static const res_errors errors = {
        .val = val, .test = test, .anomaly = anomaly, .n_val = 3, .n_test = 1, .n_anomaly = 2};
    unsigned char *packed = malloc(STATE_BYTES);
    for (size_t i = 0; i < STATE_BYTES; i++)
        packed[i] = (unsigned char)(i * 7 % 251);
    const res_step step = {
        .step = 3,
        .values = values,
        .n_values = 3,
        .train_s = 0.3,
        .eval_s = 0.4,
        .begun_s = 1e9,
        .ended_s = 1e9 + 0.25,
        .errors = &errors,
        .state = packed,
        .state_bytes = STATE_BYTES,
        .weights = "weights",
        .weights_bytes = 7,
        .reconstructions = anomaly,
        .n_reconstructions = 2,
    };
    run_put_failed(frames, 1, &(swp_err){SWP_DEVICE, "ab", ""});
    run_put_step(frames, 5, &step);
    free(packed);
}

static void expect_large_step(line *l)
{
    assert_int_equal(receive(l).kind, RUN_FAILED);
    run_message message = receive(l);
    assert_int_equal(message.kind, RUN_STEP);
    assert_int_equal(message.trial, 5);
    const res_step *step = &message.step;
    assert_int_equal(step->step, 3);
    assert_int_equal(step->n_values, 3);
    assert_string_equal(step->values[0].name, "train_loss");
    assert_string_equal(step->values[2].name, "x");
    assert_true(step->values[0].value == 0.1 && step->values[1].value == 0.2);
    assert_true(step->values[2].value == -1);
    assert_true(step->train_s == 0.3 && step->eval_s == 0.4);
    assert_true(step->begun_s == 1e9 && step->ended_s == 1e9 + 0.25);
    assert_int_equal(step->errors->n_val, 3);
    assert_int_equal(step->errors->n_test, 1);
    assert_int_equal(step->errors->n_anomaly, 2);
    assert_true(step->errors->val[2] == 3.0f && step->errors->anomaly[1] == 6.0f);
    assert_int_equal((uintptr_t)step->errors->test % sizeof(float), 0);
    assert_int_equal(step->state_bytes, STATE_BYTES);
    const unsigned char *packed = step->state;
    for (size_t i = 0; i < STATE_BYTES; i++)
        assert_int_equal(packed[i], i * 7 % 251);
    assert_int_equal(step->weights_bytes, 7);
    assert_memory_equal(step->weights, "weights", 7);
    assert_int_equal(step->n_reconstructions, 2);
    assert_true(step->reconstructions[1] == 6.0f);
}

/* Far more than a socket holds: written and read in pieces. */
static void test_large_step_in_pieces(void **state)
{
    (void)state;
    line l = open_line();
    pid_t child = fork();
    if (child == 0) {
        swp_buf frames = {0};
        swp_err err;
        put_large_step(&frames);
        _exit((int)run_send(l.to, &frames, &err));
    }
    close(l.to);
    l.to = -1;
    expect_large_step(&l);
    bool eof;
    swp_err err;
    run_message message;
    assert_int_equal(run_inbox_wait(&l.inbox, l.from, &message, &eof, &err), SWP_OK);
    assert_true(eof);
    int wait_status;
    waitpid(child, &wait_status, 0);
    assert_int_equal(wait_status, 0);
    close_line(&l);
}

/* An outbox never blocks: what does not fit in the socket stays, in order. */
static void test_outbox_does_not_block(void **state)
{
    (void)state;
    line l = open_line();
    run_outbox outbox = {.sent = 0};
    swp_err err;
    bool eof;
    assert_true(run_outbox_is_empty(&outbox));
    assert_int_equal(fcntl(l.to, F_SETFL, O_NONBLOCK), 0);
    assert_int_equal(fcntl(l.from, F_SETFL, O_NONBLOCK), 0);
    assert_int_equal(run_inbox_fill(&l.inbox, l.from, &eof, &err), SWP_OK); /* no data yet */
    assert_false(eof);
    put_large_step(&outbox.frames);
    assert_int_equal(run_outbox_flush(&outbox, l.to, &err), SWP_OK);
    assert_false(run_outbox_is_empty(&outbox));
    size_t sent = outbox.sent;
    assert_in_range(sent, 1, STATE_BYTES);
    assert_int_equal(run_outbox_flush(&outbox, l.to, &err), SWP_OK);
    assert_int_equal(outbox.sent, sent);
    run_put_stop(&outbox.frames, 11);
    while (!run_outbox_is_empty(&outbox)) {
        assert_int_equal(run_inbox_fill(&l.inbox, l.from, &eof, &err), SWP_OK);
        assert_false(eof);
        assert_int_equal(run_outbox_flush(&outbox, l.to, &err), SWP_OK);
    }
    assert_int_equal(fcntl(l.from, F_SETFL, 0), 0);
    expect_large_step(&l);
    run_message message = receive(&l);
    assert_int_equal(message.kind, RUN_STOP);
    assert_int_equal(message.trial, 11);

    run_put_stop(&outbox.frames, 1);
    close(l.from);
    assert_int_equal(run_outbox_flush(&outbox, l.to, &err), SWP_IO);
    run_outbox_deinit(&outbox);
    run_inbox_deinit(&l.inbox);
    close(l.to);
}

/* Send raw bytes and receive the resulting message or error. */
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
    swp_buf frames = {0};
    run_put_failed(&frames, 1, &(swp_err){SWP_NOMEM, "short", ""});
    assert_int_equal(run_send(l.to, &frames, &err), SWP_OK);
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
    swp_buf frames = {0};
    run_put_failed(&frames, 1, &(swp_err){SWP_NOMEM, "short", ""});
    assert_int_equal(run_send(l.to, &frames, &err), SWP_OK);
    size_t size = (size_t)read(l.from, frame, sizeof frame);
    close_line(&l);
    bool found = false;
    assert_int_equal(receive_raw(frame, size, &found), SWP_OK);
    assert_true(found);
    frame[8] += 8; /* after magic and kind: the length, in 64 bits */
    assert_int_equal(receive_raw(frame, size + 8, &found), SWP_INTERNAL);
}

/* Whatever one byte is changed to, the result is a message, a wait or an error, never a crash. */
static void test_damaged_frames(void **state)
{
    (void)state;
    line l = open_line();
    swp_err err;
    unsigned char frame[512];
    static const float val[] = {1, 2, 3};
    const res_errors errors = {
        .val = val, .test = val, .anomaly = val, .n_val = 3, .n_test = 3, .n_anomaly = 3};
    const res_named_value value = {"val_loss", 1};
    const res_step step = {.step = 1,
                           .values = &value,
                           .n_values = 1,
                           .errors = &errors,
                           .state = "state",
                           .state_bytes = 5};
    swp_buf frames = {0};
    run_put_step(&frames, 1, &step);
    assert_int_equal(run_send(l.to, &frames, &err), SWP_OK);
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
    swp_buf frames = {0};
    run_put_failed(&frames, 1, &(swp_err){SWP_NOMEM, "x", ""});
    assert_int_equal(run_send(l.to, &frames, &err), SWP_IO);
    close(l.to);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ready_and_failed),        cmocka_unit_test(test_job),
        cmocka_unit_test(test_large_step_in_pieces),    cmocka_unit_test(test_stops_and_budgets),
        cmocka_unit_test(test_outbox_does_not_block),   cmocka_unit_test(test_nonsense_is_refused),
        cmocka_unit_test(test_part_of_a_message_waits), cmocka_unit_test(test_damaged_frames),
        cmocka_unit_test(test_longer_than_the_message), cmocka_unit_test(test_other_end_gone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
