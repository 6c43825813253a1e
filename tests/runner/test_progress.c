/* for pseudo-terminals */
#define _XOPEN_SOURCE 700

#include "runner/terminal/progress.h"

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "runner/terminal/screen.h"
#include "tests/support/cmocka_all.h"

static const run_progress_item items[] = {
    {.label = "embedding_dim=2", .max_epochs = 4, .epochs_done = 0, .cost = 1},
    {.label = "", .max_epochs = 4, .epochs_done = 2, .cost = 3},
};

typedef struct screen {
    int fd;
    run_progress *progress;
} screen;

static screen open_screen(run_progress_mode mode)
{
    char name[] = "screen-XXXXXX";
    swp_err err;
    screen s = {.fd = mkstemp(name)};
    assert_true(s.fd >= 0);
    unlink(name);
    const run_progress_look look = {.fd = s.fd, .mode = mode, .workers = 1};
    assert_int_equal(run_progress_create(&look, items, 2, &s.progress, &err), SWP_OK);
    return s;
}

/* End the display and return what was written. The caller frees it. */
static char *close_screen(screen *s)
{
    run_progress_destroy(s->progress);
    off_t size = lseek(s->fd, 0, SEEK_END);
    char *text = calloc((size_t)size + 1, 1);
    assert_int_equal(pread(s->fd, text, (size_t)size, 0), size);
    close(s->fd);
    return text;
}

static void record(screen *s, size_t trial, size_t epoch)
{
    const res_named_value values[] = {{"train_loss", 60.123}, {"val_loss", 58.9}, {"more", 1}};
    const res_step e = {
        .step = epoch, .values = values, .n_values = 3, .train_s = 1.25, .eval_s = 0.125};
    run_progress_start(s->progress, trial);
    run_progress_epoch(s->progress, trial, &e);
}

static void test_plain_lines(void **state)
{
    (void)state;
    screen s = open_screen(RUN_PROGRESS_PLAIN);
    record(&s, 0, 1);
    record(&s, 1, 3);
    run_progress_note_trial(s.progress, 1, "failed: odd");
    run_progress_note(s.progress, "note");
    run_progress_draw(s.progress);
    char *text = close_screen(&s);
    assert_string_equal(
        text, "trial 1/2 embedding_dim=2: epoch 1/4 train_loss 60.123  val_loss 58.9 (1.4 s)\n"
              "trial 2/2: epoch 3/4 train_loss 60.123  val_loss 58.9 (1.4 s)\n"
              "trial 2/2: failed: odd\n"
              "note\n");
    free(text);
}

/* Lines are held back until their content is recorded, and dropped if it never is. */
static void test_lines_wait_for_the_record(void **state)
{
    (void)state;
    screen s = open_screen(RUN_PROGRESS_PLAIN);
    run_progress_hold(s.progress);
    record(&s, 0, 1);
    run_progress_note(s.progress, "note");
    assert_int_equal(lseek(s.fd, 0, SEEK_END), 0);
    run_progress_release(s.progress, true);
    run_progress_hold(s.progress);
    record(&s, 0, 2);
    run_progress_release(s.progress, false);
    run_progress_hold(s.progress);
    run_progress_note(s.progress, "never released");
    char *text = close_screen(&s);
    assert_string_equal(
        text, "trial 1/2 embedding_dim=2: epoch 1/4 train_loss 60.123  val_loss 58.9 (1.4 s)\n"
              "note\n");
    free(text);
}

static void test_held_lines_stand_above_the_bar(void **state)
{
    (void)state;
    screen s = open_screen(RUN_PROGRESS_TERMINAL);
    off_t drawn = lseek(s.fd, 0, SEEK_END);
    run_progress_hold(s.progress);
    run_progress_note(s.progress, "one");
    run_progress_note(s.progress, "two");
    assert_int_equal(lseek(s.fd, 0, SEEK_END), drawn);
    run_progress_release(s.progress, true);
    char *text = close_screen(&s);
    assert_non_null(strstr(text, "\x1b[1A\rone\x1b[J\ntwo\x1b[J\n[####"));
    free(text);
}

static void test_quiet_shows_notes_only(void **state)
{
    (void)state;
    screen s = open_screen(RUN_PROGRESS_QUIET);
    record(&s, 0, 1);
    run_progress_note_trial(s.progress, 0, "failed: odd");
    run_progress_draw(s.progress);
    char *text = close_screen(&s);
    assert_string_equal(text, "trial 1/2 embedding_dim=2: failed: odd\n");
    free(text);
}

static void test_terminal_frames(void **state)
{
    (void)state;
    screen s = open_screen(RUN_PROGRESS_TERMINAL);
    assert_true(run_progress_interval(s.progress) > 0);
    record(&s, 1, 3);
    run_progress_note(s.progress, "note");
    run_progress_end(s.progress, 1);
    char *text = close_screen(&s);
    /* The cursor is hidden first and shown last; the bar begins where an earlier run
     * ended, at 6 of 16, and what is left is the bar at 9 of 16. */
    assert_memory_equal(text, "\x1b[?25l[####", 11);
    assert_non_null(strstr(text, "\x1b[1A\rnote\x1b[J\n[#################...."));
    assert_non_null(strstr(text, "]  56%  "));
    assert_non_null(strstr(text, "  2/2 epoch 3/4  train_loss 60.123  val_loss 58.9  "));
    size_t n = strlen(text);
    assert_string_equal(text + n - 9, "\x1b[J\x1b[?25h");
    free(text);
}

/* A second line shows decisions, and the best value so far. */
static void test_tally(void **state)
{
    (void)state;
    run_progress_item many[40];
    for (size_t i = 0; i < 40; i++)
        many[i] = (run_progress_item){
            .label = "x", .max_epochs = 1, .cost = 1, .state = i < 9 ? RES_STOPPED : RES_WAITING};
    char name[] = "screen-XXXXXX";
    swp_err err;
    screen s = {.fd = mkstemp(name)};
    assert_true(s.fd >= 0);
    unlink(name);
    const run_progress_look look = {.fd = s.fd,
                                    .mode = RUN_PROGRESS_TERMINAL,
                                    .workers = 1,
                                    .objective = "val_loss",
                                    .best = 61.5,
                                    .best_trial = 4};
    assert_int_equal(run_progress_create(&look, many, 40, &s.progress, &err), SWP_OK);
    run_progress_note(s.progress, "first");
    record(&s, 16, 1);
    run_progress_decide(s.progress, 3, RES_RUNNING);
    run_progress_decide(s.progress, 39, RES_FAILED);
    char *text = close_screen(&s);
    assert_non_null(strstr(text, "\n  0/40 done, 9 stopped; best val_loss 61.5 (trial 5)"));
    const char *last =
        "\n  1/40 done, 8 stopped, 1 promoted, 1 failed; best val_loss 58.9 (trial 17)";
    assert_non_null(strstr(text, last));
    assert_true(strlen(last) <= 80);
    free(text);
}

/* A terminal of 6 lines: its end for the program and its end for the reader. */
static int open_terminal(int *reader)
{
    const struct winsize size = {.ws_row = 6, .ws_col = 80};
    *reader = posix_openpt(O_RDWR | O_NOCTTY);
    if (*reader < 0 || grantpt(*reader) != 0 || unlockpt(*reader) != 0)
        skip();
    int fd = open(ptsname(*reader), O_RDWR | O_NOCTTY);
    assert_true(fd >= 0);
    assert_int_equal(ioctl(fd, TIOCSWINSZ, &size), 0);
    return fd;
}

/* What arrives at a terminal, up to and including `last`; it may come in parts. */
static void read_terminal(int reader, const char *last, char *text, size_t size)
{
    size_t n = 0;
    struct pollfd in = {.fd = reader, .events = POLLIN};
    text[0] = '\0';
    while (!strstr(text, last)) {
        assert_int_equal(poll(&in, 1, 5000), 1);
        ssize_t got = read(reader, text + n, size - 1 - n);
        assert_true(got > 0);
        n += (size_t)got;
        text[n] = '\0';
    }
}

/* A frame higher than the screen would scroll, and leave a copy with every redraw. */
static void test_frames_fit_the_terminal(void **state)
{
    (void)state;
    enum { MANY = 40 };
    run_progress_item many[MANY];
    for (size_t i = 0; i < MANY; i++)
        many[i] = (run_progress_item){.label = "x", .max_epochs = 4, .cost = 1};
    int reader, fd = open_terminal(&reader);
    run_progress *progress;
    swp_err err;
    const run_progress_look look = {.fd = fd, .mode = RUN_PROGRESS_TERMINAL, .workers = 2};
    assert_int_equal(run_progress_create(&look, many, MANY, &progress, &err), SWP_OK);
    for (size_t i = 0; i < MANY; i++)
        run_progress_start(progress, i);
    run_progress_note(progress, "first"); /* draws all that fits, ... */
    run_progress_note(progress, "last");  /* ... and this goes back to its first line */
    char text[4096];
    read_terminal(reader, "\x1b[5A\rlast", text, sizeof text);
    run_progress_destroy(progress);
    close(fd);
    close(reader);
    assert_non_null(strstr(text, "  3/40 x  epoch 0/4"));
    assert_non_null(strstr(text, "  and 37 more running"));
    assert_null(strstr(text, "  4/40 x  epoch 0/4"));
}

/* A terminal that became narrower has wrapped the frame: the redraw goes back over all of it. */
static void test_narrower_terminal(void **state)
{
    (void)state;
    int reader, fd = open_terminal(&reader);
    run_progress *progress;
    swp_err err;
    const run_progress_look look = {.fd = fd, .mode = RUN_PROGRESS_TERMINAL, .workers = 2};
    assert_int_equal(run_progress_create(&look, items, 2, &progress, &err), SWP_OK);
    run_progress_start(progress, 0);
    run_progress_note(progress, "wide"); /* a bar of 51 columns, an item of 31 */
    const struct winsize narrow = {.ws_row = 6, .ws_col = 25};
    assert_int_equal(ioctl(fd, TIOCSWINSZ, &narrow), 0);
    run_progress_note(progress, "narrow");
    char text[4096];
    read_terminal(reader, "\x1b[5A\rnarrow", text, sizeof text);
    run_progress_note(progress, "again"); /* nothing is wider than the terminal now */
    read_terminal(reader, "\x1b[2A\ragain", text, sizeof text);
    run_progress_destroy(progress);
    close(fd);
    close(reader);
}

static void test_durations(void **state)
{
    (void)state;
    char text[32];
    assert_string_equal(run_format_duration(0, text, sizeof text), "0.0 s");
    assert_string_equal(run_format_duration(9.94, text, sizeof text), "9.9 s");
    assert_string_equal(run_format_duration(9.96, text, sizeof text), "10 s");
    assert_string_equal(run_format_duration(59.1, text, sizeof text), "1:00");
    assert_string_equal(run_format_duration(83, text, sizeof text), "1:23");
    assert_string_equal(run_format_duration(7384, text, sizeof text), "2:03:04");
    assert_string_equal(run_format_duration(93780, text, sizeof text), "1 d 02:03");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain_lines),
        cmocka_unit_test(test_lines_wait_for_the_record),
        cmocka_unit_test(test_held_lines_stand_above_the_bar),
        cmocka_unit_test(test_quiet_shows_notes_only),
        cmocka_unit_test(test_terminal_frames),
        cmocka_unit_test(test_frames_fit_the_terminal),
        cmocka_unit_test(test_narrower_terminal),
        cmocka_unit_test(test_durations),
        cmocka_unit_test(test_tally),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
