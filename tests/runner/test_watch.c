/* The progress of an experiment in the store: unfinished, run by another process, finished. */
#include "runner/terminal/watch.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "results/store/search.h"
#include "results/store/sql.h"
#include "runner/process/lock.h"
#include "tests/results/fixture.h"
#include "tests/support/cmocka_all.h"

#define OK(call) assert_int_equal((call), SWP_OK)

static study make_study(void)
{
    return (study){.name = "watched",
                   .dims = {2, 4},
                   .n_dims = 2,
                   .seeds = {1, 2},
                   .n_seeds = 2,
                   .epochs = {4},
                   .n_epochs = 1,
                   .thresholds = {"20", "p90"},
                   .n_thresholds = 2};
}

static void add_text(const char *text, void *context)
{
    swp_buf *all = context;
    swp_buf_puts(all, text);
    swp_buf_puts(all, "\n");
}

static void check_picture(const run_watch *w, size_t rows, const char *want)
{
    swp_err err;
    swp_buf all = {0};
    const run_watch_look look = {.columns = 80, .rows = rows, .ascii = true};
    OK(run_watch_draw(w, &look, add_text, &all, &err));
    assert_string_equal(all.text, want);
    swp_buf_deinit(&all);
}

static void record(fixture *f, study *s, size_t trial, size_t n)
{
    swp_err err;
    for (size_t e = 1; e <= n; e++)
        OK(study_record(f->store, s->trials[trial].id, trial, e, &err));
}

static void test_unfinished(void **state)
{
    fixture *f = *state;
    swp_err err;
    study s = make_study();
    OK(study_plan(f->store, &s, &err));
    record(f, &s, 0, 4);
    record(f, &s, 1, 2);
    OK(res_trial_set_state(f->store, s.revision, s.trials[3].id, RES_FAILED, "out of memory",
                           &err));
    run_watch w = {0};
    OK(run_watch_look_at(f->store, NULL, &w, &err));
    assert_false(w.running);
    assert_true(isnan(w.left_s));
    check_picture(
        &w, 24,
        "watched@1: not running; `sweep run experiments/test.ini` continues\n"
        "[##########..........]  48%  trials 1/4, 1 FAILED, evaluations 2/8\n"
        "\n"
        "  trial                      epochs train_loss   val_loss             best  val_loss\n"
        "  embedding_dim=2 seed=2        2/4         55         50           50 @ 2  #_\n"
        "  embedding_dim=2 seed=1        4/4      102.5      95.31        93.75 @ 3  #+_+\n"
        "  embedding_dim=4 seed=1        0/4          -          -                -\n"
        "  embedding_dim=4 seed=2        0/4          -          -                -\n"
        "\n"
        "best evaluation so far by balanced acc, chosen on the test set: 1 (trial 1, "
        "embedding_dim=2 seed=1, epochs=4, threshold=20)\n"
        "  normal recall 75.00%, anomaly recall 95.00%, balanced acc 0.8500\n"
        "FAILED: trial 4 (embedding_dim=4 seed=2) after 0 epochs: out of memory\n");
    run_watch_deinit(&w);
}

/* Stopped trials are marked, and a line shows the state of the search. */
static void test_search(void **state)
{
    fixture *f = *state;
    swp_err err;
    study s = make_study();
    OK(study_plan(f->store, &s, &err));
    record(f, &s, 0, 1);
    record(f, &s, 1, 2);
    record(f, &s, 2, 1);
    OK(res_trial_set_state(f->store, s.revision, s.trials[0].id, RES_STOPPED, "rung 1", &err));
    OK(res_trial_set_state(f->store, s.revision, s.trials[2].id, RES_STOPPED, "rung 1", &err));
    run_watch w = {0};
    OK(run_watch_look_at(f->store, NULL, &w, &err));
    swp_buf all = {0};
    const run_watch_look look = {.columns = 80, .rows = 24, .ascii = true};
    OK(run_watch_draw(&w, &look, add_text, &all, &err));
    const char *line =
        strstr(all.text, "\nsearch: 4 of 4 trials, 2 stopped, 1 promoted; best val_loss ");
    assert_non_null(line);
    assert_non_null(strstr(all.text, "\n- embedding_dim=2 seed=1        1/4 "));
    assert_non_null(strstr(all.text, "\n- embedding_dim=4 seed=1        1/4 "));
    assert_true(strcspn(line + 1, "\n") <= 80);
    double share = w.share;
    swp_buf_deinit(&all);
    run_watch_deinit(&w);
    /* What is still to be proposed counts, too. */
    const res_search_spec search = {.strategy = "tpe",
                                    .objective = "val_loss",
                                    .stop = "halving",
                                    .max_steps = 4,
                                    .trials = 40};
    size_t slots;
    OK(res_search_ensure(f->store, s.revision, &search, &slots, &err));
    OK(run_watch_look_at(f->store, NULL, &w, &err));
    assert_int_equal(w.study.n_planned, 40);
    assert_true(w.share < share / 2);
    run_watch_deinit(&w);
    /* The median rule promotes nothing. */
    assert_int_equal(run_sql(f->path, "UPDATE search SET stop = 'median'"), 0);
    OK(run_watch_look_at(f->store, NULL, &w, &err));
    all = (swp_buf){0};
    OK(run_watch_draw(&w, &look, add_text, &all, &err));
    assert_non_null(strstr(all.text, "\nsearch: 4 of 40 trials, 2 stopped; best val_loss "));
    swp_buf_deinit(&all);
    run_watch_deinit(&w);
}

/* Another process that runs the experiment, until it is killed. */
static pid_t start_runner(const char *path)
{
    int pipe_fds[2];
    char ready;
    assert_int_equal(pipe(pipe_fds), 0);
    pid_t pid = fork();
    if (pid == 0) {
        run_lock lock;
        swp_err err;
        bool taken = run_lock_take(&lock, path, "watched", &err) == SWP_OK;
        if (taken && write(pipe_fds[1], "x", 1) == 1)
            pause();
        _exit(1);
    }
    assert_int_equal(read(pipe_fds[0], &ready, 1), 1);
    close(pipe_fds[0]);
    close(pipe_fds[1]);
    return pid;
}

static void test_running(void **state)
{
    fixture *f = *state;
    swp_err err;
    study s = make_study();
    OK(study_plan(f->store, &s, &err));
    const res_event_spec started = {.kind = "started", .text = "4 trials"};
    OK(res_event_add(f->store, s.revision, &started, &err));
    pid_t runner = start_runner(f->path);
    run_watch w = {0};
    OK(run_watch_look_at(f->store, "watched", &w, &err));
    assert_true(w.running);
    assert_true(isnan(w.left_s)); /* nothing was measured yet */
    run_watch_deinit(&w);
    record(f, &s, 0, 4);
    record(f, &s, 1, 2);
    OK(run_watch_look_at(f->store, "watched", &w, &err));
    char holder[32];
    snprintf(holder, sizeof holder, "process %ld on ", (long)runner);
    assert_memory_equal(w.holder, holder, strlen(holder));
    assert_true(w.elapsed_s >= 0 && w.elapsed_s < 600);
    assert_true(isfinite(w.left_s) && w.left_s > 0);
    run_watch_deinit(&w);
    kill(runner, SIGKILL);
    waitpid(runner, NULL, 0);
    OK(run_watch_look_at(f->store, "watched", &w, &err));
    assert_false(w.running);
    run_watch_deinit(&w);
}

/* More trials than lines: the text around them stays. */
static void test_few_lines(void **state)
{
    fixture *f = *state;
    swp_err err;
    study s = make_study();
    study_run(f->store, &s);
    run_watch w = {0};
    OK(run_watch_look_at(f->store, "watched", &w, &err));
    swp_buf all = {0};
    size_t n_lines = 0;
    const run_watch_look look = {.columns = 80, .rows = 9, .ascii = true};
    OK(run_watch_draw(&w, &look, add_text, &all, &err));
    for (const char *c = all.text; *c; c++)
        n_lines += *c == '\n';
    assert_int_equal(n_lines, 9);
    assert_memory_equal(all.text, "watched@1: finished\n", 20);
    assert_non_null(strstr(all.text, "embedding_dim=4 seed=2 "));
    assert_null(strstr(all.text, "embedding_dim=2 seed=2 "));
    assert_non_null(strstr(all.text, "and 3 more"));
    assert_non_null(strstr(all.text, "normal recall 75.00%, anomaly recall 95.00%"));
    swp_buf_deinit(&all);
    run_watch_deinit(&w);
}

/* Update `w`, and compare with a first look. */
static void check_look(fixture *f, run_watch *w)
{
    swp_err err;
    run_watch first = {0};
    swp_buf want = {0};
    const run_watch_look look = {.columns = 100, .rows = 200, .ascii = true};
    OK(run_watch_look_at(f->store, "watched", &first, &err));
    OK(run_watch_draw(&first, &look, add_text, &want, &err));
    OK(run_watch_look_at(f->store, "watched", w, &err));
    swp_buf found = {0};
    OK(run_watch_draw(w, &look, add_text, &found, &err));
    assert_string_equal(found.text, want.text);
    assert_int_equal(w->study.experiment.n_evaluations_done,
                     first.study.experiment.n_evaluations_done);
    swp_buf_deinit(&found);
    swp_buf_deinit(&want);
    run_watch_deinit(&first);
}

/* Remove the steps of a trial after one of them, with all that was recorded of them, as when a
 * command starts again. */
static void take_back(fixture *f, int64_t trial, size_t after)
{
    static const char *const tables[] = {"value",   "score",          "error_blob", "state",
                                         "weights", "reconstruction", "step"};
    char text[256];
    assert_int_equal(sqlite3_exec(f->store->db, "PRAGMA foreign_keys = OFF", NULL, NULL, NULL), 0);
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        snprintf(text, sizeof text, "DROP TRIGGER IF EXISTS %s_stays", tables[i]);
        assert_int_equal(sqlite3_exec(f->store->db, text, NULL, NULL, NULL), 0);
        snprintf(text, sizeof text, "DELETE FROM %s WHERE trial_id = %lld AND step > %zu",
                 tables[i], (long long)trial, after);
        assert_int_equal(sqlite3_exec(f->store->db, text, NULL, NULL, NULL), 0);
    }
    snprintf(text, sizeof text,
             "UPDATE revision_trial SET state = 'waiting', reason = NULL "
             "WHERE trial_id = %lld",
             (long long)trial);
    assert_int_equal(sqlite3_exec(f->store->db, text, NULL, NULL, NULL), 0);
    assert_int_equal(sqlite3_exec(f->store->db, "PRAGMA foreign_keys = ON", NULL, NULL, NULL), 0);
}

/* However a study continues, an update shows what a first look would. */
static void test_further_looks(void **state)
{
    fixture *f = *state;
    swp_err err;
    run_watch w = {0};
    study s = make_study();
    OK(study_plan(f->store, &s, &err));
    check_look(f, &w);
    for (size_t i = 0; i < s.n_trials; i++) {
        for (size_t e = 1; e <= 4; e++) {
            OK(study_record(f->store, s.trials[i].id, i, e, &err));
            if ((e + i) % 2 == 0)
                check_look(f, &w);
        }
    }
    OK(res_trial_set_state(f->store, s.revision, s.trials[3].id, RES_FAILED, "out of memory",
                           &err));
    check_look(f, &w);
    take_back(f, s.trials[3].id, 2);
    check_look(f, &w);
    assert_int_equal(w.study.trials[3].n_steps, 2);
    /* Removed and done again, with other values, between two looks. */
    take_back(f, s.trials[3].id, 0);
    for (size_t e = 1; e <= 2; e++)
        OK(study_record(f->store, s.trials[3].id, 5, e, &err));
    assert_int_equal(sqlite3_exec(f->store->db,
                                  "DROP TRIGGER step_is_final; "
                                  "UPDATE step SET train_s = train_s + 0.125 WHERE step = 2",
                                  NULL, NULL, NULL),
                     0);
    check_look(f, &w);
    s.rate = "0.5"; /* another revision, with more trials */
    s.seeds[s.n_seeds++] = 3;
    OK(study_plan(f->store, &s, &err));
    check_look(f, &w);
    assert_int_equal(w.study.n_trials, 6);
    run_watch_deinit(&w);
}

/* An update reads the states of trials and new steps, but no old steps and no evaluations. */
static void test_further_looks_read_little(void **state)
{
    fixture *f = *state;
    swp_err err;
    run_watch w = {0};
    study s = study_many("watched");
    study_run(f->store, &s);
    assert_int_equal(s.n_evaluations, 7 * 7 * 8 * 8);
    fixture_count_work(f->store);
    OK(run_watch_look_at(f->store, "watched", &w, &err));
    size_t first = fixture_count_work(f->store);
    OK(run_watch_look_at(f->store, "watched", &w, &err));
    size_t second = fixture_count_work(f->store);
    assert_true(first > 10 * s.n_evaluations);
    assert_true(second < 20 * s.n_trials + 1000);
    assert_int_equal(w.study.experiment.n_evaluations_done, s.n_evaluations);
    run_watch_deinit(&w);
}

static void check_curve(const double *values, size_t n, size_t width, bool ascii, const char *want)
{
    swp_buf out = {0};
    swp_buf_puts(&out, "");
    run_watch_curve(values, n, width, ascii, &out);
    assert_string_equal(out.text, want);
    swp_buf_deinit(&out);
}

static void test_curves(void **state)
{
    (void)state;
    const double falling[] = {8, 7, 6, 5, 4, 3, 2, 1}, flat[] = {3, 3, 3};
    check_curve(falling, 8, 20, true, "#%*+=-._");
    check_curve(falling, 8, 4, true, "#*-_");
    check_curve(falling, 8, 1, true, "+");
    check_curve(flat, 3, 20, true, "___");
    check_curve(NULL, 0, 20, true, "");
    check_curve(falling, 8, 2, false, "\xe2\x96\x87\xe2\x96\x82");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_unfinished, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_search, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_running, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_few_lines, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_further_looks, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_further_looks_read_little, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test(test_curves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
