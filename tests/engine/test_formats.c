/* Every file format: what is read, and what is refused with which message. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/data/dataset.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/data.h"

static char folder[4096];

static int make_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "%s", test_fresh_folder("formats"));
    return 0;
}

static swp_status load_bytes(const char *name, const void *bytes, size_t size, eng_dataset **set,
                             swp_err *err)
{
    char path[4200];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    test_write_bytes(path, bytes, size);
    *err = (swp_err){0};
    return eng_dataset_load(path, set, err);
}

/* The set that a file with this text holds. */
static eng_dataset *loaded(const char *name, const char *text)
{
    eng_dataset *set;
    swp_err err;
    if (load_bytes(name, text, strlen(text), &set, &err) != SWP_OK)
        fail_msg("%s", err.text);
    return set;
}

/* "label:value,value label:value,value", for comparison. */
static void assert_set(const char *name, const char *text, const char *want)
{
    eng_dataset *set = loaded(name, text);
    char found[512] = "";
    size_t at = 0;
    for (size_t row = 0; row < set->n_rows; row++) {
        const char *label = set->classes[set->labels[row]].name;
        at += (size_t)snprintf(found + at, sizeof found - at, "%s%s:", row ? " " : "", label);
        for (size_t i = 0; i < set->length; i++)
            at += (size_t)snprintf(found + at, sizeof found - at, "%s%g", i ? "," : "",
                                   (double)set->values[row * set->length + i]);
    }
    eng_dataset_destroy(set);
    assert_string_equal(found, want);
}

typedef struct refusal {
    const char *name, *text, *want; /* the message after the folder, or a part of the hint */
} refusal;

static void assert_refused(const refusal *cases, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        eng_dataset *set;
        swp_err err;
        swp_status status =
            load_bytes(cases[i].name, cases[i].text, strlen(cases[i].text), &set, &err);
        if (status != SWP_FORMAT || set)
            fail_msg("\"%s\" is not refused: %s", cases[i].text, swp_status_name(status));
        if (!strstr(err.text, cases[i].want) && !strstr(err.hint, cases[i].want))
            fail_msg("\"%s\": expected \"%s\", found \"%s\", hint \"%s\"", cases[i].text,
                     cases[i].want, err.text, err.hint);
    }
}

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

#define ARFF                                                                                       \
    "% note\n@RELATION beats\n\n@attribute 'value 1' numeric\n@Attribute b REAL % unit\n"          \
    "@attribute\tc\tinteger\n@attribute target {1,2,\"R on T\"}\n@data\n"

static void arff_is_read(void **state)
{
    (void)state;
    assert_set("a.arff", ARFF "1,2.5,-3,1\n\n% note\n 4 , 5e-1 , 6 , 'R on T'\n7,8,9,2.0\n",
               "1:1,2.5,-3 R on T:4,0.5,6 2:7,8,9");
    assert_set("any.name", ARFF "1 2 3 1\n", "1:1,2,3");
    assert_set("a.arff", ARFF "1\t2\t3\t1", "1:1,2,3");
    assert_set("a.arff", "@relation x\n@attribute a real\n@attribute class{a,b}\n@DATA\n1,a\n2,b\n",
               "a:1 b:2");
    assert_set("a.arff", "@relation x\n@attribute a real\n@attribute k string\n@data\n1,it's\n",
               "it's:1");
    assert_set("a.arff", "@relation x\n@attribute a real\n@attribute Class numeric\n@data\n1,2\n",
               "2:1");
}

static void damaged_arff_is_refused(void **state)
{
    (void)state;
    static const refusal cases[] = {
        {"a.arff", ARFF, "a.arff:8: expected rows of data, found the end of the file"},
        {"a.arff", "@relation x\n@attribute a real\n",
         "a.arff:2: expected a line @data, found the end of the file"},
        {"a.arff", ARFF "1,2,3,1\n1,2,1\n",
         "a.arff:10: expected 4 fields, one for each @attribute, found 3"},
        {"a.arff", ARFF "1,2,3,1\n1,2", "found 2; the file ends in this line: was it cut short?"},
        {"a.arff", ARFF "1,2,3,1\n1,x,3,1\n", "a.arff:10: value 2: expected a number, found \"x\""},
        {"a.arff", ARFF "1,2,3,4\n", "expected one of the 3 labels of the class attribute, found"},
        {"a.arff", ARFF "1,2,3,?\n", "found \"?\""},
        {"a.arff", ARFF "{0 1, 4 2}\n",
         "a.arff:9: expected the number of an attribute, from 0 to 3"},
        {"a.arff", ARFF "{0 1, 3 2\n", "a.arff:9: expected a closing }"},
        {"a.arff", ARFF "{0 1, 3 2} 7\n", "a.arff:9: expected the end of the line after }"},
        {"a.arff", ARFF "1,2,3,'R on T\n", "a.arff:9: field 4: expected a closing quote"},
        {"a.arff", "@relation x\n@attribute a real\n@attribute b real\n@data\n1,2\n",
         "a.arff:4: expected the last attribute to be the class"},
        {"a.arff", "@relation x\n@attribute k {1}\n@attribute b real\n@data\n1,2\n",
         "a.arff:2: expected numeric attributes and one class"},
        {"a.arff", "@relation x\n@attribute k {1}\n@attribute b {2}\n@data\n1,2\n",
         "a.arff:2: expected numeric attributes and one class"},
        {"a.arff", "@relation x\n@attribute s relational\n", "found \"relational\""},
        {"a.arff", "@relation x\n@attribute s relational\n", "channel"},
        {"a.arff", "@relation x\n@attribute s\n", "expected a name and a type after @attribute"},
        {"a.arff", "@relation x\n@attribute 's\n", "expected a name and a type after @attribute"},
        {"a.arff", "@relation x\n@attribute k {1,2\n", "expected a closing }"},
        {"a.arff", "@relation x\n1,2,3\n", "expected @attribute or @data, found \"1,2,3\""},
        {"a.arff", "@relation x\n@data\n1,2,3\n", "expected @attribute lines before @data"},
        {"a.arff",
         "@relation x\n@attribute class real\n@attribute label real\n@attribute a real\n@data\n",
         "expected one class attribute, found 2"},
    };
    assert_refused(cases, COUNT(cases));
}

#define TS                                                                                         \
    "# note\n@problemName beats\n@timeStamps false\n@univariate true\n@equalLength true\n"         \
    "@seriesLength 3\n@classLabel true 1 2 odd\n@data\n"

static void ts_is_read(void **state)
{
    (void)state;
    assert_set("a.ts", TS "1,2.5,-3:1\n4, 5 ,6 : odd \n7,8,9:2.0\n",
               "1:1,2.5,-3 odd:4,5,6 2:7,8,9");
    assert_set("a.ts", "@data\n1,2:x\n", "x:1,2");
    assert_set("a.txt", "@UNIVARIATE true\n@DATA\n1,2:x\n3,?:x", "x:1,2 x:3,nan");
}

static void damaged_ts_is_refused(void **state)
{
    (void)state;
    static const refusal cases[] = {
        {"a.ts", TS, "a.ts:8: expected rows of data"},
        {"a.ts", "@problemName x\n", "a.ts:1: expected a line @data"},
        {"a.ts", "@problemName x\n1,2:3\n", "a.ts:2: expected a line @data before the rows"},
        {"a.ts", TS "1,2,3\n", "a.ts:9: expected a colon and a label after the values"},
        {"a.ts", TS "1,2,3:\n", "a.ts:9: expected one of the 3 labels"},
        {"a.ts", "@data\n1,2,3:\n", "a.ts:2: expected a label, found \"\""},
        {"a.ts", TS "1,2,3:4,5,6:1\n", "expected one series and one label, found"},
        {"a.ts", TS "1,2,3:4,5,6:1\n", "channel"},
        {"a.ts", TS "1,2,3:1 2\n", "expected one of the 3 labels of @classLabel, found \"1 2\""},
        {"a.ts", TS "1,2:1\n", "a.ts:9: expected 3 values as @seriesLength says, found 2"},
        {"a.ts", "@data\n1,2:1\n3:1", "expected 2 values as in"},
        {"a.ts", "@data\n1,2:1\n3:1", "a.ts:2, found 1; the file ends in this line"},
        {"a.ts", TS "1,2,3:7\n", "expected one of the 3 labels of @classLabel, found \"7\""},
        {"a.ts", "@univariate false\n", "expected @univariate true, found \"false\""},
        {"a.ts", "@timestamps true\n", "expected @timeStamps false, found \"true\""},
        {"a.ts", "@classlabel perhaps\n", "expected @classLabel true or false, found \"perhaps\""},
        {"a.ts", "@classlabel false\n@data\n1,2\n", "a.ts:2: expected labels, found"},
        {"a.ts", "@equalLength false\n", "sequences of unequal length"},
        {"a.ts", "@dimensions 3\n", "expected 1 channel, found @dimensions 3"},
        {"a.ts", "@seriesLength many\n", "expected @seriesLength 1..1000000, found \"many\""},
    };
    assert_refused(cases, COUNT(cases));
}

static void ucr_text_is_read(void **state)
{
    (void)state;
    assert_set("a.txt", "1 2.5 -3\n2 4 5\n", "1:2.5,-3 2:4,5");
    assert_set("a.txt", "   1.0000000e+00  -1.1e-01   2\n  -1.0  3  4  \n", "1:-0.11,2 -1:3,4");
    assert_set("a.tsv", "1\t2.5\t-3\n2\t4\tNaN\n", "1:2.5,-3 2:4,nan");
    assert_set("a", "1,2.5,-3\n2,4,5\n", "1:2.5,-3 2:4,5");
    assert_set("a.txt", "# made by hand\n\n3,2.5\n\n1,4.5\n", "3:2.5 1:4.5");
    assert_set("a.txt", "normal beat,1,2\nodd,3,4\nodd,5,6\n", "normal beat:1,2 odd:3,4 odd:5,6");
}

static void csv_is_read(void **state)
{
    (void)state;
    assert_set("a.csv", "0.5,1.5,1\n2.5,3.5,0\n", "1:0.5,1.5 0:2.5,3.5");
    assert_set("a.csv", "1,2,3\n4,5,6\n", "3:1,2 6:4,5"); /* all whole: last in a .csv ... */
    assert_set("a.txt", "1,2,3\n4,5,6\n", "1:2,3 4:5,6"); /* ... and first elsewhere */
    assert_set("a.csv", "1,2.5,3.5\n2,3.5,4.5\n",
               "1:2.5,3.5 2:3.5,4.5");                               /* first may hold labels */
    assert_set("a.csv", "1,2,0\n3,4,\n", "1:2,0 3:4,nan");           /* a gap is not a label */
    assert_set("a.csv", "a,2,0\n3,4,1\na,1,1", "a:2,0 3:4,1 a:1,1"); /* texts are labels */
    assert_set("a.csv", "t0,t1,label\n0.5,1,2\n1,2,1\n", "2:0.5,1 1:1,2");
    assert_set("a.csv", "Target,0,1\n2,0.5,1\n1,1,2\n", "2:0.5,1 1:1,2");
    assert_set("a.csv", "\"0\",\"1\",\"Y\"\n0.5,1,\"no, never\"\n1,2,\"say \"\"no\"\"\"\n",
               "no, never:0.5,1 say \"no\":1,2");
    assert_set("a.csv", "y,1,2\nn,3,4\ny,5,6\n", "y:1,2 n:3,4 y:5,6"); /* y again: no header */
}

static void unclear_text_is_refused(void **state)
{
    (void)state;
    static const refusal cases[] = {
        {"a.csv", "t0,t1,kind\n0.5,1,2\n", "a.csv:1: expected numbers and one label, found what"},
        {"a.csv", "t0,t1,kind\n0.5,1,2\n", "call the first or the last column label, class"},
        {"a.csv", "0,1,kind\n0.5,1,2\n", "a.csv:1: expected numbers and one label, found what"},
        {"a.csv", "label,0,class\n1,2,3\n", "expected a header with one label column, found two"},
        {"a.csv", "t0,,label\n0,0.5,1\n", "expected a name for each column of the header, found 1"},
        {"a.csv", "0,1,label\n", "a.csv:1: expected rows of data"},
        {"a.csv", "0,1,label\n1,2\n", "a.csv:2: expected 3 fields as in line 1, found 2"},
        {"a.csv", "0.5,1.5\n1,2\n1,2.5\n", "in line 1 of the first and in line 1 of the last"},
        {"a.csv", "1,1\n1,2\n1.5,2\n1,\n", "in line 3 of the first and in line 4 of the last"},
        {"a.txt", "1 2 3\n1 2\n", "a.txt:2: expected 3 fields as in line 1, found 2"},
        {"a.txt", "1 2.5 3\n1 x 4.5\n", "a.txt:2: value 1: expected a number, found \"x\""},
        {"a.txt", "1 2.5 3\n1 inf 4.5\n", "a.txt:2: value 1: expected a number, found \"inf\""},
        {"a.txt", "1 2.5 3\n1 0x10 4.5\n", "found \"0x10\""},
        {"a.txt", "1 2.5 3\n1 1e39 4.5\n", "a.txt:2: value 1: expected a float, found 1e39"},
        {"a.txt", "1 2.5 3\n1 1e999 4.5\n", "a.txt:2: value 1: expected a float, found 1e999"},
        {"a.txt", "1 2.5 0\n1 1.5 0.0e", "a.txt:2: value 2: expected a number, found \"0.0e\""},
        {"a.txt", "1 2.5 3.5\n1 1.5 1e-", "found \"1e-\" in column 3; the file ends in this"},
        {"a.txt", "1\n2\n", "a.txt:1: expected a label and at least 1 value, found 1 field"},
        {"a.txt", "1 2.5 3\n2 \x1b[31m 3.5\n", "found \"?[31m\""},
        {"a.csv", "1,2.5,3\n1,\"2.5,4\n",
         "a.csv:2: field 2: expected a closing quote and then \",\""},
        {"a.csv", "1,2.5,3\n1,\"2\"5,4\n", "a.csv:2: field 2: expected a closing quote"},
    };
    assert_refused(cases, COUNT(cases));
}

static void empty_files_are_refused(void **state)
{
    (void)state;
    static const refusal cases[] = {
        {"a.txt", "", "a.txt:1: expected rows, found an empty file"},
        {"a.arff", "", "a.arff:1: expected rows, found an empty file"},
        {"a.txt", "\n \n\t\n", "a.txt:1: expected rows, found only comments and blank lines"},
        {"a.arff", "% nothing\n", "found only comments and blank lines"},
        {"a.arff", "\xef\xbb\xbf", "a.arff:1: expected rows, found only comments and blank lines"},
    };
    assert_refused(cases, COUNT(cases));
}

static void line_ends_and_marks_do_not_matter(void **state)
{
    (void)state;
    assert_set("a.csv", "\xef\xbb\xbflabel,0\r\n1,0.5\r\n2,1.5\r\n", "1:0.5 2:1.5");
    assert_set(
        "a.arff",
        "\xef\xbb\xbf@relation x\r\n@attribute a real\r\n@attribute k {a,b}\r\n@data\r\n1,a\r\n",
        "a:1");
    assert_set("a.ts", "\xef\xbb\xbf@univariate true\r\n@data\r\n1,2:x\r\n", "x:1,2");
    assert_set("a.txt", "1 0.5\r\n2 1.5\r", "1:0.5 2:1.5");
}

static void labels_are_numbers_or_texts(void **state)
{
    (void)state;
    eng_dataset *set = loaded("a.txt", "2.0 0.5\nb 1.5\n1.0000e+01 2.5\nB 3.5\n-0 4.5\n2 5.5\n");
    static const char *const want[] = {"0", "2", "10", "B", "b"};
    assert_int_equal(set->n_classes, COUNT(want));
    for (size_t i = 0; i < COUNT(want); i++) {
        assert_string_equal(set->classes[i].name, want[i]);
        assert_int_equal(set->classes[i].count, i == 1 ? 2 : 1);
        assert_int_equal(eng_dataset_class(set, want[i]), i);
    }
    assert_int_equal(eng_dataset_class(set, "2.0"), set->n_classes);
    assert_int_equal(set->labels[0], 1);
    assert_int_equal(set->labels[2], 2);
    eng_dataset_destroy(set);
}

static void gaps_are_counted_and_placed(void **state)
{
    (void)state;
    static const struct {
        const char *name, *text, *place;
    } cases[] = {
        {"a.csv", "1,0.5,2.5\n2,?,nan\n1,,1\n", "/a.csv:2: value 1"},
        {"a.arff", ARFF "1,2,3,1\n1,2,?,1\n?,NaN,1,2\n", "/a.arff:10: value 3"},
        {"a.ts", "@data\n1,2:x\n3,NAN:x\n?,:x\n", "/a.ts:3: value 2"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        eng_dataset *set = loaded(cases[i].name, cases[i].text);
        assert_int_equal(set->n_missing, 3);
        assert_non_null(strstr(set->first_missing, cases[i].place));
        assert_int_equal(strncmp(set->first_missing, folder, strlen(folder)), 0);
        eng_dataset_destroy(set);
    }
}

static void nul_bytes_are_refused(void **state)
{
    (void)state;
    eng_dataset *set;
    swp_err err;
    static const char text[] = "1 2.5\n1 3.5\n1 \0 4\n";
    assert_int_equal(load_bytes("a.txt", text, sizeof text - 1, &set, &err), SWP_FORMAT);
    assert_non_null(strstr(err.text, "a.txt:3: expected text, found a NUL byte"));
    static const char zip[] = "PK\3\4\24\0\0\0\10\0";
    assert_int_equal(load_bytes("a.txt", zip, sizeof zip - 1, &set, &err), SWP_FORMAT);
    assert_non_null(
        strstr(err.text, "a.txt: expected a whole zip archive, found none of its directory"));
    static const char pipe[] = "PK\5\6\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
    assert_int_equal(load_bytes("a.txt", pipe, sizeof pipe - 1, &set, &err), SWP_FORMAT);
    assert_non_null(strstr(err.text, "a.txt:1: expected a data set, found a compressed archive"));
}

/* One byte over the limit is refused; a line at the limit is not. */
static void long_lines_are_refused(void **state)
{
    (void)state;
    static const struct {
        size_t length;
        const char *want;
    } cases[] = {
        {((size_t)64 << 20) + 1, "a.txt:2: expected lines of at most 64 MB, found a longer one"},
        {(size_t)64 << 20, "a.txt:2: expected at most 1000001 fields, found more"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        size_t size = cases[i].length + 6;
        char *text = malloc(size);
        assert_non_null(text);
        memset(text, '1', size);
        memcpy(text, "1 2.5\n", 6);
        for (size_t at = 7; at < size; at += 2)
            text[at] = ' ';
        eng_dataset *set;
        swp_err err;
        assert_int_equal(load_bytes("a.txt", text, size, &set, &err), SWP_FORMAT);
        if (!strstr(err.text, cases[i].want))
            fail_msg("expected \"%s\", found \"%s\"", cases[i].want, err.text);
        free(text);
    }
}

static void limits_are_enforced(void **state)
{
    (void)state;
    char *text = malloc(4097 * 16 + 400);
    assert_non_null(text);
    size_t at = 0;
    for (unsigned i = 0; i <= 4096; i++)
        at += (size_t)snprintf(text + at, 32, "%u 0.5 1.5\n", 2 * i);
    eng_dataset *set;
    swp_err err;
    assert_int_equal(load_bytes("a.txt", text, at, &set, &err), SWP_FORMAT);
    assert_non_null(strstr(err.text, "a.txt:4097: expected at most 4096 classes, found another"));

    memset(text, 'x', 256);
    memcpy(text + 256, " 0.5\n", 5);
    assert_int_equal(load_bytes("a.txt", text, 261, &set, &err), SWP_FORMAT);
    assert_non_null(strstr(err.text, "expected a label of at most 255 bytes, found 256"));
    assert_int_equal(load_bytes("a.txt", text + 1, 260, &set, &err), SWP_OK);
    eng_dataset_destroy(set);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arff_is_read),
        cmocka_unit_test(damaged_arff_is_refused),
        cmocka_unit_test(ts_is_read),
        cmocka_unit_test(damaged_ts_is_refused),
        cmocka_unit_test(ucr_text_is_read),
        cmocka_unit_test(csv_is_read),
        cmocka_unit_test(unclear_text_is_refused),
        cmocka_unit_test(empty_files_are_refused),
        cmocka_unit_test(line_ends_and_marks_do_not_matter),
        cmocka_unit_test(labels_are_numbers_or_texts),
        cmocka_unit_test(gaps_are_counted_and_placed),
        cmocka_unit_test(nul_bytes_are_refused),
        cmocka_unit_test(long_lines_are_refused),
        cmocka_unit_test(limits_are_enforced),
    };
    return cmocka_run_group_tests(tests, make_folder, NULL);
}
