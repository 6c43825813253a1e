/* Folders of one process: made for it alone, removed with it or by the next. */
#include "engine/base/temporary.h"

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/cmocka_all.h"
#include "tests/support/data.h"

static char parent[2048];

static int fresh_folder(void **state)
{
    (void)state;
    snprintf(parent, sizeof parent, "%s", test_fresh_folder("temporary"));
    return 0;
}

static void write_in(const swp_temporary *folder)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/file", folder->path);
    test_write_text(path, "x");
}

static void a_folder_goes_with_what_is_in_it(void **state)
{
    (void)state;
    swp_temporary folder;
    swp_err err;
    char path[4096];
    struct stat info;
    assert_int_equal(swp_temporary_make(parent, "work", &folder, &err), SWP_OK);
    write_in(&folder);
    snprintf(path, sizeof path, "%s", folder.path);
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0700);
    swp_temporary_remove(&folder);
    assert_int_not_equal(access(path, F_OK), 0);
    swp_temporary_remove(&folder); /* removing twice does no harm */
}

/* The path of a folder whose process was killed in it, or ended and kept it. */
static void leave_folder(char path[4096], bool keep)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t pid = fork();
    if (pid == 0) {
        swp_temporary folder;
        if (swp_temporary_make(parent, "work", &folder, NULL) != SWP_OK)
            _exit(1);
        write_in(&folder);
        (void)!write(ends[1], folder.path, strlen(folder.path));
        if (keep)
            swp_temporary_keep(&folder);
        raise(SIGKILL);
    }
    close(ends[1]);
    ssize_t n = read(ends[0], path, 4095);
    assert_true(n > 0);
    path[n] = '\0';
    close(ends[0]);
    waitpid(pid, NULL, 0);
    assert_int_equal(access(path, F_OK), 0);
}

static void what_a_killed_process_left_is_removed(void **state)
{
    (void)state;
    char killed[4096], kept[4096];
    swp_temporary mine, folder;
    leave_folder(kept, true);
    leave_folder(killed, false);
    assert_int_equal(swp_temporary_make(parent, "work", &mine, NULL), SWP_OK);
    assert_int_equal(swp_temporary_make(parent, "work", &folder, NULL), SWP_OK);
    assert_int_not_equal(access(killed, F_OK), 0);
    assert_int_equal(access(kept, F_OK), 0);
    assert_int_equal(access(mine.path, F_OK), 0); /* its owner lives */
    swp_temporary_remove(&mine);
    swp_temporary_remove(&folder);
}

static void folders_that_cannot_be(void **state)
{
    (void)state;
    swp_temporary folder;
    swp_err err;
    assert_int_equal(swp_temporary_make("/proc", "work", &folder, &err), SWP_IO);
    assert_non_null(strstr(err.text, "cannot make /proc/work-"));
    assert_null(folder.path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_folder_goes_with_what_is_in_it, fresh_folder),
        cmocka_unit_test_setup(what_a_killed_process_left_is_removed, fresh_folder),
        cmocka_unit_test_setup(folders_that_cannot_be, fresh_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
