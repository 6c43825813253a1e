/* Sequences that need no labels: when they are taken to have none, and standard input. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/mem.h"
#include "engine/data/dataset.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/data.h"

enum { LENGTH = 3 };

static char folder[4096];

static int make_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "%s", test_fresh_folder("series"));
    return 0;
}

static const char *write_text(const char *name, const char *text)
{
    static char path[4200];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    test_write_text(path, text);
    return path;
}

/* "label:value,value" of each row; a set without labels has none. */
static void assert_series(const char *path, const char *want)
{
    eng_dataset *set;
    swp_err err;
    if (eng_series_load(path, LENGTH, &set, &err) != SWP_OK)
        fail_msg("%s", err.text);
    char found[512] = "";
    size_t at = 0;
    assert_int_equal(set->length, LENGTH);
    for (size_t row = 0; row < set->n_rows; row++) {
        const char *label = set->classes[set->labels[row]].name;
        at += (size_t)snprintf(found + at, sizeof found - at, "%s%s:", row ? " " : "", label);
        assert_int_equal(*label == '\0', set->unlabelled);
        for (size_t i = 0; i < set->length; i++)
            at += (size_t)snprintf(found + at, sizeof found - at, "%s%g", i ? "," : "",
                                   (double)set->values[row * set->length + i]);
    }
    assert_string_equal(found, want);
    eng_dataset_destroy(set);
}

static void test_rows_without_labels(void **state)
{
    (void)state;
    static const char *const want = ":1,2.5,3 :4,5,6";
    assert_series(write_text("a.csv", "1.5,2,3\n4,5,6.5\n"), ":1.5,2,3 :4,5,6.5");
    assert_series(write_text("a.txt", "1.5 2 3.5"), ":1.5,2,3.5");
    assert_series(write_text("b.csv", "t0,t1,t2\n1,2.5,3\n4,5,6\n"), want);
    assert_series(
        write_text("a.ts", "@univariate true\n@classLabel false\n@data\n1,2.5,3\n4,5,6\n"), want);
    assert_series(write_text("a.arff", "@relation r\n@attribute a numeric\n@attribute b numeric\n"
                                       "@attribute c real\n@data\n1,2.5,3\n4,5,6\n"),
                  want);
}

static void test_rows_with_labels(void **state)
{
    (void)state;
    static const char *const want = "7:1,2.5,3 8:4,5,6";
    assert_series(write_text("a.csv", "1,2.5,3,7\n4,5,6,8\n"), want);
    assert_series(write_text("a.txt", "7 1 2.5 3\n8 4 5 6"), want);
    assert_series(write_text("b.csv", "a,b,c,label\n1,2.5,3,7\n4,5,6,8\n"), want);
    assert_series(write_text("a.ts", "@classLabel true 7 8\n@data\n1,2.5,3:7\n4,5,6:8\n"), want);
    assert_series(
        write_text("a.arff",
                   "@relation r\n@attribute a numeric\n@attribute b numeric\n"
                   "@attribute c real\n@attribute class {7,8}\n@data\n1,2.5,3,7\n4,5,6,8\n"),
        want);
}

/* A file that declares labels keeps them, even if the rest is then too short. */
static void test_a_named_label_is_one(void **state)
{
    (void)state;
    eng_dataset *set;
    swp_err err;
    assert_int_equal(eng_series_load(write_text("a.csv", "label,a,b\n1,2,3\n"), LENGTH, &set, &err),
                     SWP_OK);
    assert_int_equal(set->length, 2);
    assert_false(set->unlabelled);
    eng_dataset_destroy(set);
}

static void test_refusals(void **state)
{
    (void)state;
    static const struct {
        const char *name, *text, *want;
    } cases[] = {
        {"a.csv", "1.5,2,3.5\n4,5\n", "a.csv:2: expected 3 fields as in line 1, found 2"},
        {"a.csv", "1.5,x,3.5\n", "a.csv:1: value 2: expected a number, found \"x\""},
        {"a.csv", "a,b,c\n", "a.csv:1: expected rows of data, found the end of the file"},
        {"a.csv", "1.5,2,3\n4.5,5,6\n",
         "a.csv:1: expected 3 values, or as many and a label, found 3 fields of which the last may "
         "be a label"},
        {"a.ts", "@classLabel false\n@data\n1,2,3:7\n",
         "a.ts:3: expected no label as the file says, found \"7\""},
        {"a.arff", "@relation r\n@attribute a numeric\n@data\n1\n",
         "a.arff:3: expected the last attribute to be the class"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        eng_dataset *set;
        swp_err err;
        assert_int_equal(
            eng_series_load(write_text(cases[i].name, cases[i].text), LENGTH, &set, &err),
            SWP_FORMAT);
        if (!strstr(err.text, cases[i].want))
            fail_msg("expected \"%s\", found \"%s\"", cases[i].want, err.text);
    }
    /* To train, labels are needed. */
    eng_dataset *set;
    swp_err err;
    assert_int_equal(
        eng_dataset_load(write_text("b.ts", "@classLabel false\n@data\n1,2,3\n"), &set, &err),
        SWP_FORMAT);
}

static void test_both_files_have_labels_or_none(void **state)
{
    (void)state;
    char pair[9000];
    eng_dataset *set;
    swp_err err;
    write_text("p_TRAIN.txt", "1.5 2.5 3.5\n");
    write_text("p_TEST.txt", "1 2 3.5 4.5\n");
    snprintf(pair, sizeof pair, "%s/p_TRAIN.txt:%s/p_TEST.txt", folder, folder);
    assert_int_equal(eng_series_load(pair, LENGTH, &set, &err), SWP_FORMAT);
    assert_non_null(strstr(err.text, "expected the label nowhere as in "));
    write_text("p_TRAIN.ts", "@classLabel true a\n@data\n1,2,3:a\n");
    write_text("p_TEST.ts", "@classLabel false\n@data\n1,2,3\n");
    snprintf(pair, sizeof pair, "%s/p_TRAIN.ts:%s/p_TEST.ts", folder, folder);
    assert_int_equal(eng_series_load(pair, LENGTH, &set, &err), SWP_FORMAT);
    assert_non_null(strstr(err.text, "expected a label as in "));
}

/* Read a text as standard input, through a pipe, which cannot seek. */
static void test_standard_input(void **state)
{
    (void)state;
    int ends[2], kept = dup(STDIN_FILENO);
    static const char text[] = "1.5 2 3\n4 5 6.5\n";
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], text, sizeof text - 1), sizeof text - 1);
    close(ends[1]);
    assert_int_equal(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
    assert_series("-", ":1.5,2,3 :4,5,6.5");

    eng_dataset *set;
    swp_err err;
    assert_int_equal(eng_series_load("-", LENGTH, &set, &err), SWP_FORMAT); /* nothing is left */
    assert_string_equal(err.text, "standard input:1: expected rows, found an empty file");
    assert_int_equal(eng_dataset_load("-", &set, &err), SWP_IO);
    dup2(kept, STDIN_FILENO);
    close(kept);
    close(ends[0]);
}

static void test_memory_may_run_out(void **state)
{
    (void)state;
    const char *path = write_text("a.csv", "1.5,2.5,3\n4,5,6.5\n");
    int kept = dup(STDIN_FILENO), file = open(path, O_RDONLY);
    assert_true(file >= 0 && dup2(file, STDIN_FILENO) == STDIN_FILENO);
    swp_status status = SWP_NOMEM;
    for (unsigned long i = 1; status == SWP_NOMEM; i++) {
        eng_dataset *set;
        swp_err err;
        lseek(STDIN_FILENO, 0, SEEK_SET);
        swp_mem_fail_at(i);
        status = eng_series_load("-", LENGTH, &set, &err);
        swp_mem_fail_at(0);
        assert_true(status == SWP_OK || status == SWP_NOMEM);
        eng_dataset_destroy(set);
    }
    dup2(kept, STDIN_FILENO);
    close(kept);
    close(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows_without_labels),
        cmocka_unit_test(test_rows_with_labels),
        cmocka_unit_test(test_a_named_label_is_one),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_both_files_have_labels_or_none),
        cmocka_unit_test(test_standard_input),
        cmocka_unit_test(test_memory_may_run_out),
    };
    return cmocka_run_group_tests(tests, make_folder, NULL);
}
