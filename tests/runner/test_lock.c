#include "runner/process/lock.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/runner/config.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/data.h"

static int set_up(void **state)
{
    (void)state;
    config_enter_folder("lock");
    test_write_text("a.db", "a store");
    return 0;
}

static void take(const char *store, const char *experiment)
{
    run_lock lock;
    swp_err err;
    if (run_lock_take(&lock, store, experiment, &err) != SWP_OK)
        fail_msg("%s", err.text);
    run_lock_release(&lock);
}

static void expect_busy(const char *store, const char *experiment, pid_t holder)
{
    run_lock lock;
    swp_err err;
    char want[128];
    assert_int_equal(run_lock_take(&lock, store, experiment, &err), SWP_BUSY);
    snprintf(want, sizeof want, "%s: experiment \"%s\" is being run by process %ld on ", store,
             experiment, (long)holder);
    assert_memory_equal(err.text, want, strlen(want));
    const char *since = strstr(err.text, " since 2");
    assert_non_null(since);
    assert_int_equal(strlen(since), strlen(" since 2000-01-01T00:00:00Z"));
    assert_string_equal(err.hint, "wait for it, or stop it");
    run_lock_release(&lock);
}

/* A process that holds the lock, and a child of it that outlives it. */
typedef struct holder {
    pid_t pid, child;
} holder;

static holder hold(const char *store, const char *experiment)
{
    int pipe_ends[2];
    holder h;
    assert_int_equal(pipe(pipe_ends), 0);
    h.pid = fork();
    if (h.pid == 0) {
        run_lock lock;
        if (run_lock_take(&lock, store, experiment, NULL) != SWP_OK)
            _exit(1);
        pid_t child = fork();
        if (child > 0 && write(pipe_ends[1], &child, sizeof child) != sizeof child)
            _exit(1);
        for (;;)
            pause();
    }
    close(pipe_ends[1]);
    assert_int_equal(read(pipe_ends[0], &h.child, sizeof h.child), sizeof h.child);
    close(pipe_ends[0]);
    return h;
}

static void test_one_at_a_time(void **state)
{
    (void)state;
    holder h = hold("a.db", "x");
    expect_busy("a.db", "x", h.pid);
    expect_busy("a.db", "x", h.pid);
    kill(h.pid, SIGKILL);
    waitpid(h.pid, NULL, 0);
    take("a.db", "x"); /* though the child still has the file open */
    kill(h.child, SIGKILL);
}

static void test_other_experiments_are_free(void **state)
{
    (void)state;
    take("a.db", "xx");
    holder h = hold("a.db", "x"), other = hold("a.db", "y");
    take("a.db", "xx");
    take("a.db", "z");
    expect_busy("a.db", "x", h.pid);
    expect_busy("a.db", "y", other.pid);
    kill(h.child, SIGKILL);
    kill(other.child, SIGKILL);
    kill(h.pid, SIGKILL);
    kill(other.pid, SIGKILL);
    waitpid(h.pid, NULL, 0);
    waitpid(other.pid, NULL, 0);
}

static void test_a_link_to_the_store_is_the_store(void **state)
{
    (void)state;
    assert_int_equal(symlink("a.db", "link.db"), 0);
    holder h = hold("a.db", "x");
    expect_busy("link.db", "x", h.pid);
    kill(h.child, SIGKILL);
    kill(h.pid, SIGKILL);
    waitpid(h.pid, NULL, 0);
}

static void test_longest_name(void **state)
{
    (void)state;
    char name[CFG_MAX_NAME + 1], other[CFG_MAX_NAME + 1];
    memset(name, 'n', CFG_MAX_NAME);
    name[CFG_MAX_NAME] = '\0';
    memcpy(other, name, sizeof other);
    other[CFG_MAX_NAME - 1] = 'o';
    holder h = hold("a.db", name);
    expect_busy("a.db", name, h.pid);
    take("a.db", other);
    kill(h.child, SIGKILL);
    kill(h.pid, SIGKILL);
    waitpid(h.pid, NULL, 0);
}

/* Looking shows the holder of this line only, and takes no lock. */
static void test_looking(void **state)
{
    (void)state;
    char found[256], want[64];
    swp_err err;
    take("a.db", "w");
    holder h = hold("a.db", "x");
    assert_int_equal(run_lock_look("a.db", "x", found, sizeof found, &err), SWP_OK);
    snprintf(want, sizeof want, "process %ld on ", (long)h.pid);
    assert_memory_equal(found, want, strlen(want));
    expect_busy("a.db", "x", h.pid);
    assert_int_equal(run_lock_look("a.db", "w", found, sizeof found, &err), SWP_OK);
    assert_string_equal(found, "");
    kill(h.child, SIGKILL);
    kill(h.pid, SIGKILL);
    waitpid(h.pid, NULL, 0);
    assert_int_equal(run_lock_look("a.db", "x", found, sizeof found, &err), SWP_OK);
    assert_string_equal(found, "");
}

static void test_file_that_cannot_be_opened(void **state)
{
    (void)state;
    run_lock lock;
    swp_err err;
    test_write_text("b.db", "a store");
    assert_int_equal(symlink("nowhere/file", "b.db-run"), 0);
    assert_int_equal(run_lock_take(&lock, "b.db", "x", &err), SWP_IO);
    assert_non_null(strstr(err.text, "b.db-run: expected a file, found a link"));
    unlink("b.db-run");
    assert_int_equal(mkfifo("b.db-run", 0600), 0); /* does not block */
    assert_int_equal(run_lock_take(&lock, "b.db", "x", &err), SWP_IO);
    assert_non_null(strstr(err.text, "b.db-run: expected a file"));
    unlink("b.db-run");
    assert_int_equal(mkdir("b.db-run", 0700), 0);
    assert_int_equal(run_lock_take(&lock, "b.db", "x", &err), SWP_IO);
    rmdir("b.db-run");
    assert_int_equal(run_lock_take(&lock, "none.db", "x", &err), SWP_IO);
    run_lock_release(&lock);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_one_at_a_time, set_up),
        cmocka_unit_test_setup(test_other_experiments_are_free, set_up),
        cmocka_unit_test_setup(test_a_link_to_the_store_is_the_store, set_up),
        cmocka_unit_test_setup(test_longest_name, set_up),
        cmocka_unit_test_setup(test_looking, set_up),
        cmocka_unit_test_setup(test_file_that_cannot_be_opened, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
