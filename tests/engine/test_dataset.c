/* From a path to a set: folders, pairs, built-in data, fingerprints, saving, lack of memory. */
#include "engine/data/dataset.h"

#include <dirent.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/mem.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/data.h"

static char folder[2048];

static int fresh_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "%s", test_fresh_folder("dataset"));
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

static void put(const char *name, const char *text)
{
    test_write_text(in_folder(name), text);
}

static eng_dataset *loaded(const char *path)
{
    eng_dataset *set;
    swp_err err;
    if (eng_dataset_load(path, &set, &err) != SWP_OK)
        fail_msg("%s", err.text);
    return set;
}

static void assert_refused(const char *path, swp_status status, const char *want)
{
    eng_dataset *set;
    swp_err err = {0};
    assert_int_equal(eng_dataset_load(path, &set, &err), status);
    assert_null(set);
    if (!strstr(err.text, want) && !strstr(err.hint, want))
        fail_msg("expected \"%s\", found \"%s\", hint \"%s\"", want, err.text, err.hint);
}

/* ECG5000 as its README counts it; the fingerprint is tests/reference/make_splits.py's. */
static void ecg5000_is_read(void **state)
{
    (void)state;
    static const size_t counts[] = {2919, 1767, 96, 194, 24};
    const char *path = test_data_folder("ECG5000");
    if (!path)
        skip();
    eng_dataset *set = loaded(path);
    assert_string_equal(set->name, "ECG5000");
    assert_false(set->synthetic);
    assert_int_equal(set->n_rows, 5000);
    assert_int_equal(set->length, 140);
    assert_int_equal(set->n_missing, 0);
    assert_null(set->first_missing);
    assert_int_equal(set->n_classes, 5);
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(set->classes[i].count, counts[i]);
    assert_true(set->values[0] == -0.11252183f);
    assert_true(set->values[5000 * 140 - 1] == 1.3093816f);
    assert_string_equal(set->fingerprint,
                        "5e490fd93c8be988de43c179b9a964cb89ec269485bec946142e2293fa6ff161");
    eng_dataset_destroy(set);
}

/* printf '\2\0\0\0\0\0\0\0\2\0\0\0\0\0\0\0\0\0\0\77\0\0\0\300\0\0\200\100\0\0\300\1771\0b\0' |
 * sha256sum: 2 rows of 2 values, 0.5 -2 4 NaN, labels 1 and b. */
static const char known_fingerprint[] =
    "adb4b9a23bf54d4053fd3be1e01e032c4a376a3b9e29f5ca3f0d3b25a679d58d";

static void fingerprint_is_of_the_rows_alone(void **state)
{
    (void)state;
    static const char *const files[][2] = {
        {"x.arff", "@relation x\n@attribute a real\n@attribute b real\n"
                   "@attribute k {1,b}\n@data\n0.5,-2,1\n4,?,b\n"},
        {"x.ts", "@univariate true\n@data\n5e-1,-2.0:1\n4,NaN:b\n"},
        {"x.txt", "1.0000000e+00  5.0e-01 -2\nb  4  nan\n"},
        {"x.tsv", "1\t0.5\t-2\nb\t4\t\n"},
        {"x.csv", "u,v,label\n0.5,-2,1\n4,,b\n"},
    };
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        put(files[i][0], files[i][1]);
        eng_dataset *set = loaded(in_folder(files[i][0]));
        assert_string_equal(set->fingerprint, known_fingerprint);
        assert_string_equal(set->name, "x");
        eng_dataset_destroy(set);
    }
    put("y_TRAIN.txt", "1 0.5 -2\n");
    put("y_TEST.txt", "b 4 ?\n");
    char pair[8300];
    snprintf(pair, sizeof pair, "%s:%s", in_folder("y_TRAIN.txt"), in_folder("y_TEST.txt"));
    eng_dataset *set = loaded(pair);
    assert_string_equal(set->fingerprint, known_fingerprint);
    eng_dataset_destroy(set);
}

static void fingerprint_sees_every_change(void **state)
{
    (void)state;
    static const char *const others[] = {
        "1 0.5 -2\nb 4 4\n",          "1 0.5 2\nb 4 NaN\n",    "1 4 NaN\nb 0.5 -2\n",
        "1 0.5 -2\nB 4 NaN\n",        "1 0.5 -2 4\nb 4 4 NaN", "1 0.5 -2\n",
        "1 0.5 -2\nb 4 NaN\n1 1 1\n", "1 0.5 -2\n1 4 NaN",
    };
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        put("x.txt", others[i]);
        eng_dataset *set = loaded(in_folder("x.txt"));
        assert_string_not_equal(set->fingerprint, known_fingerprint);
        eng_dataset_destroy(set);
    }
}

/* Load the test's folder; compare the set's name and the value that identifies the file. */
static void assert_picked(const char *name, float value)
{
    eng_dataset *set = loaded(folder);
    assert_string_equal(set->name, name);
    assert_true(set->values[0] == value);
    eng_dataset_destroy(set);
}

static void pairs_are_found_in_a_folder(void **state)
{
    (void)state;
    put("README.md", "1 9.5\n");
    put("A.txt", "about A\n");
    put("A_TRAIN", "1 1.5\n");
    put("A_TEST", "1 1.5\n");
    assert_picked("A", 1.5f);
    put("A_TRAIN.csv", "2.5,1\n");
    put("A_TEST.csv", "2.5,1\n");
    assert_picked("A", 2.5f);
    put("A_TRAIN.txt", "1 3.5\n");
    put("A_TEST.txt", "1 3.5\n");
    put("A_TRAIN.ts", "not with a TEST\n");
    assert_picked("A", 3.5f);
    put("A_TEST.ts", "@data\n4.5:1\n");
    put("A_TRAIN.ts", "@data\n4.5:1\n");
    assert_picked("A", 4.5f);
    put("A_train.ARFF", "@relation x\n@attribute a real\n@attribute k {1}\n@data\n5.5,1\n");
    put("A_test.arff", "@relation x\n@attribute a real\n@attribute k {1}\n@data\n5.5,1\n");
    assert_picked("A", 5.5f);

    put("B_TRAIN.txt", "1 6.5\n");
    put("B_TEST.txt", "1 6.5\n");
    assert_refused(folder, SWP_IO, "expected one set, NAME_TRAIN and NAME_TEST");
    put("dataset_TRAIN.txt", "1 7.5\n"); /* the folder's own name */
    put("dataset_TEST.txt", "1 8.5\n");
    assert_picked("dataset", 7.5f);

    eng_dataset *set = loaded(in_folder("/")); /* slashes at the end change nothing */
    assert_int_equal(set->n_rows, 2);
    assert_true(set->values[1] == 8.5f);
    const char *middle = strstr(set->source, "dataset_TRAIN.txt, ");
    assert_non_null(middle);
    assert_non_null(strstr(middle, "dataset_TEST.txt"));
    eng_dataset_destroy(set);
}

static void single_files_are_found_in_a_folder(void **state)
{
    (void)state;
    put("README.md", "1 9.5\n");
    assert_refused(folder, SWP_IO, "a single data file, found README.md");
    put("beats.csv", "1.5,1\n");
    put(".hidden.csv", "9.5,1\n");
    assert_int_equal(mkdir(in_folder("inner.csv"), 0777), 0);
    assert_picked("beats", 1.5f);
    put("beats.txt", "1 2.5\n");
    assert_picked("beats", 2.5f);
    put("other.csv", "3.5,1\n");
    assert_refused(folder, SWP_IO, "found README.md, beats.csv, beats.txt, other.csv");
    assert_refused(folder, SWP_IO, "name the file");
}

static void half_a_pair_is_refused(void **state)
{
    (void)state;
    assert_refused(folder, SWP_IO, "found no files");
    put("A_TRAIN.txt", "1 1.5\n");
    assert_refused(folder, SWP_IO, "found A_TRAIN.txt");
    put("A_TEST.csv", "1.5,1\n");
    assert_refused(folder, SWP_IO, "found A_TEST.csv, A_TRAIN.txt");
    for (int i = 0; i < 9; i++) {
        const char name[] = {'n', (char)('0' + i), '\0'};
        put(name, "");
    }
    assert_refused(folder, SWP_IO, "n5 and 3 more");
    eng_dataset *set = loaded(in_folder("A_TRAIN.txt")); /* named directly, it is a whole set */
    assert_string_equal(set->name, "A_TRAIN");
    eng_dataset_destroy(set);
}

static void pairs_must_agree(void **state)
{
    (void)state;
    put("A_TRAIN.txt", "1 1.5 2.5\n");
    put("A_TEST.txt", "1 1.5\n");
    assert_refused(folder, SWP_FORMAT, "A_TEST.txt:1: expected 2 values as in ");
    put("A_TEST.txt", "1.5 2.5 1\n");
    assert_refused(folder, SWP_FORMAT,
                   "A_TEST.txt:1: expected the label in the first column as in ");
    assert_refused(folder, SWP_FORMAT, "A_TRAIN.txt, found it in the last");
    put("A_TEST.txt", "");
    assert_refused(folder, SWP_FORMAT, "A_TEST.txt:1: expected rows, found an empty file");
}

static void paths_with_colons(void **state)
{
    (void)state;
    put("a:b.txt", "1 1.5\n");
    put("c.x", "1 2.5\n");
    eng_dataset *set = loaded(in_folder("a:b.txt"));
    assert_string_equal(set->name, "a:b");
    eng_dataset_destroy(set);

    char pair[8300];
    snprintf(pair, sizeof pair, "%s:%s", in_folder("a:b.txt"), in_folder("c.x"));
    set = loaded(pair);
    assert_int_equal(set->n_rows, 2);
    assert_true(set->values[1] == 2.5f);
    eng_dataset_destroy(set);

    snprintf(pair, sizeof pair, "%s:%s", in_folder("c.x"), in_folder("none.txt"));
    assert_refused(pair, SWP_IO, "No such file");
    assert_refused(pair, SWP_IO, "of TRAIN:TEST both must be files");
}

static void unreadable_paths_are_refused(void **state)
{
    (void)state;
    assert_refused(in_folder("none"), SWP_IO, "dataset/none: No such file or directory");
    assert_refused("", SWP_IO, "cannot open");
    assert_refused("/dev/null", SWP_IO, "/dev/null: expected a file, found something else");
    put("shut.txt", "1 1.5\n");
    assert_int_equal(chmod(in_folder("shut.txt"), 0), 0);
    if (geteuid() != 0) /* root may read everything */
        assert_refused(in_folder("shut.txt"), SWP_IO, "shut.txt: Permission denied");
}

static void builtin_data_is_made(void **state)
{
    (void)state;
    eng_dataset *set = loaded("builtin:ecg");
    assert_int_equal(set->n_rows, 5000);
    assert_string_equal(set->source, "synthetic, seed 1");
    eng_dataset_destroy(set);
    set = loaded("builtin:ecg?rows=60&seed=7");
    assert_int_equal(set->n_rows, 60);
    assert_true(set->synthetic);
    assert_string_equal(set->source, "synthetic, seed 7");
    char first[ENG_FINGERPRINT_SIZE];
    memcpy(first, set->fingerprint, sizeof first);
    eng_dataset_destroy(set);
    set = loaded("builtin:ecg?seed=8&rows=60");
    assert_string_not_equal(set->fingerprint, first);
    eng_dataset_destroy(set);

    assert_refused("builtin:", SWP_CONFIG, "expected builtin:ecg, found builtin:");
    assert_refused("builtin:eeg", SWP_CONFIG, "expected builtin:ecg, found builtin:eeg");
    static const char *const bad[] = {"?",        "?rows=49", "?rows=10000001",   "?rows=60&",
                                      "?rows=6x", "?seed=-1", "?seed=4294967296", "?beats=60"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char path[64];
        snprintf(path, sizeof path, "builtin:ecg%s", bad[i]);
        assert_refused(path, SWP_CONFIG, "expected rows=50..10000000 or seed=0..4294967295, found");
    }
}

static void saved_sets_read_back_the_same(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "1 0.1 -2.5e-30\n2 3.4028235e38 NaN\n",
        "\"a, b\",1,2\n'say \"no\"',3,4\nback\\slash\\,5,6\n\"#1\",0,7\n@x,1,1\n% ,1,1\n",
        "1.5,2.5,label\n0.25,0.5,7\n1,2,it's\n",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        put("in.txt", texts[i]);
        eng_dataset *set = loaded(in_folder("in.txt"));
        swp_err err;
        assert_int_equal(eng_dataset_save(set, in_folder("out.txt"), &err), SWP_OK);
        eng_dataset *again = loaded(in_folder("out.txt"));
        assert_string_equal(again->fingerprint, set->fingerprint);
        assert_int_equal(again->n_missing, set->n_missing);
        eng_dataset_destroy(again);
        eng_dataset_destroy(set);
    }
    put("in.txt", "1 0.5\n");
    eng_dataset *small = loaded(in_folder("in.txt"));
    assert_int_equal(eng_dataset_save(small, "/dev/full", NULL), SWP_IO); /* noticed on closing */
    eng_dataset_destroy(small);

    eng_dataset *beats = loaded("builtin:ecg?rows=50");
    assert_int_equal(eng_dataset_save(beats, in_folder("out.csv"), NULL), SWP_OK);
    eng_dataset *again = loaded(in_folder("out.csv"));
    assert_string_equal(again->fingerprint, beats->fingerprint);
    eng_dataset_destroy(again);

    swp_err err;
    assert_int_equal(eng_dataset_save(beats, in_folder("no/out.txt"), &err), SWP_IO);
    assert_non_null(strstr(err.text, "cannot write"));
    assert_int_equal(eng_dataset_save(beats, "/dev/full", &err), SWP_IO);
    assert_string_equal(err.text, "cannot write /dev/full: No space left on device");
    eng_dataset_destroy(beats);
}

static void assert_kept(const char *name, const char *text)
{
    size_t size, n = 0;
    char *kept = test_read_file(in_folder(name), &size);
    assert_string_equal(kept, text);
    free(kept);
    DIR *dir = opendir(folder);
    assert_non_null(dir);
    while (readdir(dir))
        n++;
    closedir(dir);
    assert_int_equal(n, 3); /* ".", ".." and the file */
}

/* A limit on the size of files stands for a full disk. */
static void a_failed_save_keeps_what_was_there(void **state)
{
    (void)state;
    eng_dataset *beats = loaded("builtin:ecg?rows=50");
    put("out.txt", "precious");
    swp_err err;
    for (unsigned long n = 1; n <= 4; n++) {
        swp_mem_fail_at(n);
        swp_status status = eng_dataset_save(beats, in_folder("out.txt"), &err);
        swp_mem_fail_at(0);
        assert_int_equal(status, SWP_NOMEM);
        assert_kept("out.txt", "precious");
    }
    struct rlimit saved, tight;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &saved), 0);
    tight = (struct rlimit){.rlim_cur = 20000, .rlim_max = saved.rlim_max};
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
    swp_status status = eng_dataset_save(beats, in_folder("out.txt"), &err);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &saved), 0);
    signal(SIGXFSZ, SIG_DFL);
    assert_int_equal(status, SWP_IO);
    assert_non_null(strstr(err.text, "out.txt: File too large"));
    assert_kept("out.txt", "precious");
    eng_dataset_destroy(beats);
}

/* Let every allocation fail once; each time the load ends with NOMEM and leaks nothing (ASan). */
static void assert_survives_lack_of_memory(const char *path)
{
    swp_status status = SWP_NOMEM;
    unsigned long n = 1;
    for (; status == SWP_NOMEM; n++) {
        eng_dataset *set;
        swp_err err;
        swp_mem_fail_at(n);
        status = eng_dataset_load(path, &set, &err);
        swp_mem_fail_at(0);
        assert_true((status == SWP_OK) == (set != NULL));
        if (status != SWP_OK && status != SWP_NOMEM)
            fail_msg("allocation %lu: %s", n, err.text);
        eng_dataset_destroy(set);
    }
    assert_true(n > 12);
}

static void lack_of_memory_is_survived(void **state)
{
    (void)state;
    static const char *const files[][2] = {
        {"x.arff", "@relation x\n@attribute a real\n@attribute b real\n@attribute k {1,b}\n@data\n"
                   "0.5,-2,1\n4,?,b\n1,2,1\n"},
        {"x.ts", "@univariate true\n@classLabel true 1 b\n@data\n5e-1,-2.0:1\n4,NaN:b\n1,2:1\n"},
        {"x.txt", "1 0.5 -2\nb 4 ?\n1 2 3\n"},
        {"x.csv", "u,v,label\n0.5,-2,1\n4,?,b\n1,2,1\n"},
    };
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        put(files[i][0], files[i][1]);
        assert_survives_lack_of_memory(in_folder(files[i][0]));
    }
    put("dataset_TRAIN.txt", files[2][1]);
    put("dataset_TEST.txt", files[2][1]);
    assert_survives_lack_of_memory(folder);
    char pair[8300];
    snprintf(pair, sizeof pair, "%s:%s", in_folder("dataset_TRAIN.txt"), in_folder("x.txt"));
    assert_survives_lack_of_memory(pair);
    assert_survives_lack_of_memory("builtin:ecg?rows=50");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ecg5000_is_read),
        cmocka_unit_test_setup(fingerprint_is_of_the_rows_alone, fresh_folder),
        cmocka_unit_test_setup(fingerprint_sees_every_change, fresh_folder),
        cmocka_unit_test_setup(pairs_are_found_in_a_folder, fresh_folder),
        cmocka_unit_test_setup(single_files_are_found_in_a_folder, fresh_folder),
        cmocka_unit_test_setup(half_a_pair_is_refused, fresh_folder),
        cmocka_unit_test_setup(pairs_must_agree, fresh_folder),
        cmocka_unit_test_setup(paths_with_colons, fresh_folder),
        cmocka_unit_test_setup(unreadable_paths_are_refused, fresh_folder),
        cmocka_unit_test(builtin_data_is_made),
        cmocka_unit_test_setup(saved_sets_read_back_the_same, fresh_folder),
        cmocka_unit_test_setup(a_failed_save_keeps_what_was_there, fresh_folder),
        cmocka_unit_test_setup(lack_of_memory_is_survived, fresh_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
