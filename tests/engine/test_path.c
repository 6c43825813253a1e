/* Folders on the way to a file; files that appear whole or not at all. */
#include "engine/base/path.h"

#include <dirent.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/mem.h"
#include "engine/base/str.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/data.h"

static char folder[2048];

static int fresh_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "%s", test_fresh_folder("path"));
    return 0;
}

/* A path in the test's folder; valid until the call after the next. */
static const char *in_folder(const char *name)
{
    static char paths[2][4096];
    static int turn;
    char *path = paths[turn ^= 1];
    snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

static bool is_folder(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

static size_t count_entries(void)
{
    DIR *dir = opendir(folder);
    assert_non_null(dir);
    size_t n = 0;
    while (readdir(dir))
        n++;
    closedir(dir);
    return n - 2; /* "." and ".." */
}

static void assert_holds(const char *name, const char *want)
{
    size_t size;
    char *text = test_read_file(in_folder(name), &size);
    assert_string_equal(text, want);
    free(text);
}

static swp_status write_file(const char *path, const char *text, swp_err *err)
{
    swp_file file;
    swp_status status = swp_file_create(path, &file, err);
    if (status != SWP_OK)
        return status;
    swp_file_write(&file, text, strlen(text));
    return swp_file_close(&file, SWP_OK, err);
}

static void folders_are_made(void **state)
{
    (void)state;
    swp_err err;
    assert_int_equal(swp_make_folders(in_folder("a/b//c/file"), &err), SWP_OK);
    assert_true(is_folder(in_folder("a/b/c")));
    assert_false(is_folder(in_folder("a/b/c/file")));
    assert_int_equal(swp_make_folders(in_folder("a/d/"), &err), SWP_OK);
    assert_true(is_folder(in_folder("a/d")));
    static const char *const nothing_to_do[] = {"", "file", "/", "/file", "//file", "./file"};
    for (size_t i = 0; i < sizeof nothing_to_do / sizeof nothing_to_do[0]; i++)
        assert_int_equal(swp_make_folders(nothing_to_do[i], &err), SWP_OK);
}

static void folders_that_cannot_be(void **state)
{
    (void)state;
    swp_err err;
    test_write_text(in_folder("file"), "in the way");
    assert_int_equal(swp_make_folders(in_folder("file/below/x"), &err), SWP_IO);
    assert_non_null(strstr(err.text, "/file/below/x: cannot make the folder "));
    assert_int_equal(swp_make_folders("/proc/below/x", &err), SWP_IO);
    swp_mem_fail_at(1);
    assert_int_equal(swp_make_folders("a/b", &err), SWP_NOMEM);
}

static void files_are_replaced_when_whole(void **state)
{
    (void)state;
    swp_err err;
    swp_file file;
    test_write_text(in_folder("x"), "old");
    assert_int_equal(swp_file_create(in_folder("x"), &file, &err), SWP_OK);
    swp_file_write(&file, "new", 3);
    assert_holds("x", "old");
    assert_int_equal(swp_file_close(&file, SWP_OK, &err), SWP_OK);
    assert_holds("x", "new");
    assert_int_equal(write_file(in_folder("y"), "first", &err), SWP_OK);
    assert_holds("y", "first");
    assert_int_equal(count_entries(), 2);
}

static void a_callers_failure_leaves_the_old_file(void **state)
{
    (void)state;
    swp_err err;
    swp_file file;
    test_write_text(in_folder("x"), "old");
    assert_int_equal(swp_file_create(in_folder("x"), &file, &err), SWP_OK);
    swp_file_write(&file, "new", 3);
    assert_int_equal(swp_file_close(&file, SWP_NUMERIC, &err), SWP_NUMERIC);
    assert_holds("x", "old");
    assert_int_equal(count_entries(), 1);
}

/* A limit on the size of files stands for a full disk. */
static void a_full_disk_leaves_the_old_file(void **state)
{
    (void)state;
    static char large[1 << 16];
    memset(large, 'x', sizeof large - 1);
    struct rlimit saved, tight;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &saved), 0);
    tight = (struct rlimit){.rlim_cur = 5000, .rlim_max = saved.rlim_max};
    test_write_text(in_folder("x"), "old");
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
    swp_err err;
    swp_status status = write_file(in_folder("x"), large, &err);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &saved), 0);
    signal(SIGXFSZ, SIG_DFL);
    assert_int_equal(status, SWP_IO);
    assert_non_null(strstr(err.text, "/x: File too large"));
    assert_holds("x", "old");
    assert_int_equal(count_entries(), 1);
}

static void files_are_put_whole(void **state)
{
    (void)state;
    swp_err err;
    assert_int_equal(swp_file_put(in_folder("x"), "a\0b", 3, &err), SWP_OK);
    assert_int_equal(swp_file_put(in_folder("x"), "new", 3, &err), SWP_OK);
    assert_holds("x", "new");
    assert_int_equal(count_entries(), 1);
    assert_int_equal(swp_file_put(in_folder("no/x"), "new", 3, &err), SWP_IO);
}

/* The temporary name of a file written by a process of this host. */
static void name_part(char *out, size_t size, const char *base, long pid, const char *counter)
{
    char host[256] = "";
    gethostname(host, sizeof host - 1);
    snprintf(out, size, "%s.%ld%s.%016llx.part", base, pid, counter,
             (unsigned long long)swp_hash(host, strlen(host), SWP_HASH_START));
}

/* A link under the temporary name is not followed: the text goes to another new file. */
static void planted_links_are_not_followed(void **state)
{
    (void)state;
    char name[64];
    swp_err err;
    test_write_text(in_folder("victim"), "mine");
    name_part(name, sizeof name, "x", (long)getpid(), "");
    assert_int_equal(symlink("victim", in_folder(name)), 0);
    assert_int_equal(swp_file_put(in_folder("x"), "new", 3, &err), SWP_OK);
    assert_holds("x", "new");
    assert_holds("victim", "mine");
}

static void files_are_read_whole(void **state)
{
    (void)state;
    swp_err err;
    void *text;
    size_t n;
    assert_int_equal(swp_file_put(in_folder("x"), "a\0bc", 4, &err), SWP_OK);
    assert_int_equal(swp_file_read(in_folder("x"), 4, &text, &n, &err), SWP_OK);
    assert_int_equal(n, 4);
    assert_memory_equal(text, "a\0bc", 5);
    swp_free(text);
    assert_int_equal(swp_file_put(in_folder("x"), "", 0, &err), SWP_OK);
    assert_int_equal(swp_file_read(in_folder("x"), 0, &text, &n, &err), SWP_OK);
    assert_string_equal(text, "");
    swp_free(text);
}

/* None of them blocks, either. */
static void other_things_are_not_read(void **state)
{
    (void)state;
    swp_err err;
    void *text;
    size_t n;
    test_write_text(in_folder("x"), "12345");
    assert_int_equal(mkfifo(in_folder("pipe"), 0600), 0);
    assert_int_equal(symlink("pipe", in_folder("link")), 0);
    const char *const names[] = {"no", "x", "pipe", "link", "."};
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(swp_file_read(in_folder(names[i]), 4, &text, &n, &err), SWP_IO);
        assert_non_null(strstr(err.text, in_folder(names[i])));
        assert_null(text);
    }
    assert_int_equal(swp_file_read("/dev/null", 4, &text, &n, &err), SWP_IO);
    swp_mem_fail_at(1);
    assert_int_equal(swp_file_read(in_folder("x"), 5, &text, &n, &err), SWP_NOMEM);
}

/* The next writer on a host removes what a killed one left there; files of living writers stay, and
 * those of other hosts, even if no process here has their number. */
static void stale_parts_are_removed(void **state)
{
    (void)state;
    enum { N_STALE = 2, N_OTHERS = 7 };
    char stale[N_STALE][96], own[96], other_file[96];
    name_part(stale[0], sizeof stale[0], "a.csv", 999999999, "");
    name_part(stale[1], sizeof stale[1], "a.csv", 2147483647, "-1");
    name_part(own, sizeof own, "a.csv", (long)getppid(), "");
    name_part(other_file, sizeof other_file, "b.csv", 999999999, "");
    const char *const others[N_OTHERS] = {own,
                                          other_file,
                                          "a.csv.part",
                                          "a.csv..part",
                                          "a.csv.x1.part",
                                          "a.csv.999999999.part",
                                          "a.csv.999999999.0123456789abcdef.part"};
    for (size_t i = 0; i < N_STALE; i++)
        fclose(fopen(in_folder(stale[i]), "w"));
    for (size_t i = 0; i < N_OTHERS; i++)
        fclose(fopen(in_folder(others[i]), "w"));
    swp_file file = {0};
    assert_int_equal(swp_file_create(in_folder("a.csv"), &file, NULL), SWP_OK);
    assert_int_equal(swp_file_close(&file, SWP_OK, NULL), SWP_OK);
    for (size_t i = 0; i < N_OTHERS; i++)
        assert_int_equal(access(in_folder(others[i]), F_OK), 0);
    assert_int_equal(count_entries(), N_OTHERS + 1);
}

static void devices_and_links_are_written_in_place(void **state)
{
    (void)state;
    swp_err err;
    assert_int_equal(write_file("/dev/null", "text", &err), SWP_OK);
    assert_int_equal(write_file("/dev/full", "text", &err), SWP_IO); /* noticed on closing */
    assert_string_equal(err.text, "cannot write /dev/full: No space left on device");
    test_write_text(in_folder("target"), "old");
    assert_int_equal(symlink("target", in_folder("link")), 0);
    assert_int_equal(write_file(in_folder("link"), "new", &err), SWP_OK);
    assert_holds("target", "new");
    struct stat info;
    assert_int_equal(lstat(in_folder("link"), &info), 0);
    assert_true(S_ISLNK(info.st_mode));
}

/* Names that the program chooses lie in folders that others may write to. */
static void own_files_replace_links(void **state)
{
    (void)state;
    swp_err err;
    test_write_text(in_folder("victim"), "mine");
    assert_int_equal(symlink("victim", in_folder("link")), 0);
    assert_int_equal(swp_file_put(in_folder("link"), "new", 3, &err), SWP_OK);
    assert_holds("victim", "mine");
    assert_holds("link", "new");
    struct stat info;
    assert_int_equal(lstat(in_folder("link"), &info), 0);
    assert_true(S_ISREG(info.st_mode));
    assert_int_equal(mkfifo(in_folder("pipe"), 0600), 0);
    assert_int_equal(swp_file_put(in_folder("pipe"), "new", 3, &err), SWP_IO);
    assert_int_equal(count_entries(), 3);
}

/* A sparse file of a terabyte is refused for its size. */
static void large_files_are_not_read(void **state)
{
    (void)state;
    swp_err err;
    void *text;
    size_t n;
    test_write_text(in_folder("x"), "1");
    assert_int_equal(truncate(in_folder("x"), (off_t)1 << 40), 0);
    assert_int_equal(swp_file_read(in_folder("x"), 1 << 30, &text, &n, &err), SWP_IO);
    assert_non_null(strstr(err.text, "found 1099511627776"));
}

static void files_that_cannot_be(void **state)
{
    (void)state;
    swp_err err;
    assert_int_equal(write_file(in_folder("no/x"), "text", &err), SWP_IO);
    assert_non_null(strstr(err.text, "no/x: No such file"));
    assert_int_equal(write_file(folder, "text", &err), SWP_IO);
    for (unsigned long n = 1; n <= 2; n++) {
        swp_mem_fail_at(n);
        assert_int_equal(write_file(in_folder("x"), "text", &err), SWP_NOMEM);
    }
    swp_mem_fail_at(0);
    assert_int_equal(count_entries(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(folders_are_made, fresh_folder),
        cmocka_unit_test_setup(folders_that_cannot_be, fresh_folder),
        cmocka_unit_test_setup(files_are_replaced_when_whole, fresh_folder),
        cmocka_unit_test_setup(a_callers_failure_leaves_the_old_file, fresh_folder),
        cmocka_unit_test_setup(a_full_disk_leaves_the_old_file, fresh_folder),
        cmocka_unit_test_setup(files_are_put_whole, fresh_folder),
        cmocka_unit_test_setup(planted_links_are_not_followed, fresh_folder),
        cmocka_unit_test_setup(files_are_read_whole, fresh_folder),
        cmocka_unit_test_setup(other_things_are_not_read, fresh_folder),
        cmocka_unit_test_setup(stale_parts_are_removed, fresh_folder),
        cmocka_unit_test_setup(own_files_replace_links, fresh_folder),
        cmocka_unit_test_setup(large_files_are_not_read, fresh_folder),
        cmocka_unit_test_setup(devices_and_links_are_written_in_place, fresh_folder),
        cmocka_unit_test_setup(files_that_cannot_be, fresh_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
