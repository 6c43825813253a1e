/* Core counts that a parent sets reach its workers, even after the fork. */
#include <stdbool.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runner/process/share.h"
#include "tests/support/cmocka_all.h"

static void test_one_core_each_at_first(void **state)
{
    (void)state;
    swp_err err;
    run_share *share;
    assert_int_equal(run_share_create(3, &share, &err), SWP_OK);
    for (size_t i = 0; i < 3; i++) {
        eng_cores cores = run_share_of(share, i);
        assert_int_equal(cores.count(cores.context), 1);
    }
    run_share_destroy(share);
    run_share_destroy(NULL);
}

static void test_a_child_sees_later_counts(void **state)
{
    (void)state;
    swp_err err;
    run_share *share;
    int ends[2], status;
    char byte = 0;
    assert_int_equal(run_share_create(2, &share, &err), SWP_OK);
    assert_int_equal(pipe(ends), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        eng_cores mine = run_share_of(share, 1), other = run_share_of(share, 0);
        bool told = read(ends[0], &byte, 1) == 1;
        _exit(told && mine.count(mine.context) == 4 && other.count(other.context) == 1 ? 0 : 1);
    }
    run_share_set(share, 1, 4);
    assert_int_equal(write(ends[1], &byte, 1), 1);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    close(ends[0]);
    close(ends[1]);
    run_share_destroy(share);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_core_each_at_first),
        cmocka_unit_test(test_a_child_sees_later_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
