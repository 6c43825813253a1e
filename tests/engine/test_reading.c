/* Kinds of files that people have: what is read from each, and what is refused with which hint.
 * Each was rewritten from a kind of file found in public; the values are made up. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "engine/base/mem.h"
#include "engine/data/dataset.h"
#include "tests/engine/reads.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/data.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static int make_folder(void **state)
{
    (void)state;
    test_reads_begin("reading");
    return 0;
}

static void assert_read(const char *name, const char *text, const eng_reading *how,
                        const char *want)
{
    eng_dataset *set = NULL;
    swp_err err = {0};
    swp_status status = eng_dataset_load_as(test_put(name, text, strlen(text)), how, &set, &err);
    test_assert_set(set, status, &err, text, want);
}

static void assert_series(const char *name, const char *text, size_t length, const char *want)
{
    eng_dataset *set = NULL;
    swp_err err = {0};
    swp_status status = eng_series_load(test_put(name, text, strlen(text)), length, &set, &err);
    test_assert_set(set, status, &err, text, want);
}

static void assert_text_refused(const char *name, const char *text, const char *place,
                                const char *way)
{
    test_assert_refused(test_put(name, text, strlen(text)), NULL, place, way);
}

/* --- tables ----------------------------------------------------------------------------------- */

typedef struct example {
    const char *name, *text, *want;
} example;

static void headers_that_count(void **state)
{
    (void)state;
    static const example examples[] = {
        {"a.csv", "0,1,2,3\n0.5,1.5,2.5,1\n3.5,4.5,5.5,0\n", "1:0.5,1.5,2.5 0:3.5,4.5,5.5"},
        {"a.csv", "1,2,3,4\n0.5,1.5,2.5,1\n3.5,4.5,5.5,0\n", "1:0.5,1.5,2.5 0:3.5,4.5,5.5"},
        {"a.txt", "0 1 2 3\n1 0.5 1.5 2.5\n0 3.5 4.5 5.5\n", "1:0.5,1.5,2.5 0:3.5,4.5,5.5"},
        {"a.csv", ",0,1,2,3\n0,0.5,1.5,2.5,1\n1,3.5,4.5,5.5,0\n", "1:0.5,1.5,2.5 0:3.5,4.5,5.5"},
        {"a.csv", "0,0,1,2,3\n1,0.5,1.5,2.5,3.5\n0,4.5,5.5,6.5,7.5\n",
         "1:0.5,1.5,2.5,3.5 0:4.5,5.5,6.5,7.5"},
        {"a.csv", "0,1,2,3,0\n0.5,1.5,2.5,3.5,1\n4.5,5.5,6.5,7.5,0\n",
         "1:0.5,1.5,2.5,3.5 0:4.5,5.5,6.5,7.5"},
        {"a.csv", "0,1,2,label\n0.5,1.5,2.5,b\n3.5,4.5,5.5,a\n", "b:0.5,1.5,2.5 a:3.5,4.5,5.5"},
        {"a.csv", "0.0,1.0,2.0,3.0\n0.5,1.5,2.5,1\n", "1:0.5,1.5,2.5"},
        {"a.csv", "1,2,3,0\n0.5,1.5,2.5,1\n3.5,4.5,5.5,0\n", "1:0.5,1.5,2.5 0:3.5,4.5,5.5"},
        {"a.csv", "3,0,1,2\n1,0.5,1.5,2.5\n0,3.5,4.5,5.5\n", "1:0.5,1.5,2.5 0:3.5,4.5,5.5"},
        {"a.csv", "0,0,1,2\n1,0.5,1.5,2.5\n0,3.5,4.5,5.5\n", "1:0.5,1.5,2.5 0:3.5,4.5,5.5"},
        /* Whole numbers only: the first row is data, too. */
        {"a.txt", "1 0 1 2 3\n2 7 5 9 4\n1 3 3 8 2\n", "1:0,1,2,3 2:7,5,9,4 1:3,3,8,2"},
        /* If the rows below count, too, the data is a ramp and the first row not a header. */
        {"a.txt", "1,2,3,4\n2,3,4,5\n", "1:2,3,4 2:3,4,5"},
        {"a.txt", "7,8,9,10\n2,0.5,1.5,2.5\n", "7:8,9,10 2:0.5,1.5,2.5"},
    };
    for (size_t i = 0; i < COUNT(examples); i++)
        assert_read(examples[i].name, examples[i].text, NULL, examples[i].want);
    assert_series("a.csv", "0,1,2\n0.5,1.5,2.5\n", 3, ":0.5,1.5,2.5");
    assert_series("a.csv", "0,1,2,3\n0.5,1.5,2.5,1\n3.5,4.5,5.5,0\n", 3,
                  "1:0.5,1.5,2.5 0:3.5,4.5,5.5");
    assert_series("a.csv", ",0,1,2\n0,0.5,1.5,2.5\n1,0.5,1.5,2.5\n", 3,
                  ":0.5,1.5,2.5 :0.5,1.5,2.5");
}

static void columns_that_number_rows(void **state)
{
    (void)state;
    static const char *const names[] = {"Unnamed: 0", "index", "ID", "time",
                                        "Timestamp",  "date",  ""};
    char text[200];
    for (size_t i = 0; i < COUNT(names); i++) {
        snprintf(text, sizeof text, "%s,t0,t1,label\n0,0.5,1.5,1\n1,2.5,3.5,2\n", names[i]);
        assert_read("a.csv", text, NULL, "1:0.5,1.5 2:2.5,3.5");
    }
    static const example examples[] = {
        {"a.csv", "date,v,w,class\n2014-02-14,0.5,1.5,a\n2014-02-15,2.5,3.5,b\n",
         "a:0.5,1.5 b:2.5,3.5"},
        {"a.csv", "Time,V1,V2,Class\n0,0.5,1.5,0\n0,2.5,3.5,1\n", "0:0.5,1.5 1:2.5,3.5"},
        {"a.csv", "class,id,v,w\na,7,0.5,1.5\nb,8,2.5,3.5\n", "a:0.5,1.5 b:2.5,3.5"},
        /* Unique texts first, repeated labels last. */
        {"a.csv", "rec1,0.5,1.5,0\nrec2,2.5,3.5,1\nrec3,4.5,5.5,0\n",
         "0:0.5,1.5 1:2.5,3.5 0:4.5,5.5"},
        {"a.txt", "rec1,0.5,1.5,N\nrec2,2.5,3.5,V\nrec3,4.5,5.5,N\n",
         "N:0.5,1.5 V:2.5,3.5 N:4.5,5.5"},
        /* A column without a name that counts over all rows. */
        {"a.csv", "0,0.5,1.5,0\n1,2.5,3.5,1\n2,4.5,5.5,0\n3,6.5,7.5,1\n",
         "0:0.5,1.5 1:2.5,3.5 0:4.5,5.5 1:6.5,7.5"},
        {"a.csv", "0,a,0.5,1.5\n1,b,2.5,3.5\n2,a,4.5,5.5\n3,b,6.5,7.5\n",
         "a:0.5,1.5 b:2.5,3.5 a:4.5,5.5 b:6.5,7.5"},
    };
    for (size_t i = 0; i < COUNT(examples); i++)
        assert_read(examples[i].name, examples[i].text, NULL, examples[i].want);
    assert_text_refused("a.csv", "0,0.5,1.5\n1,2.5,3.5\n2,4.5,5.5\n3,6.5,7.5\n",
                        "a.csv:1: expected labels", "data.label_column");
}

static void long_series_are_refused(void **state)
{
    (void)state;
    char text[4000];
    static const char *const heads[] = {"Data,Label", "timestamp,value", "value", ""};
    for (size_t i = 0; i < COUNT(heads); i++) {
        size_t n = (size_t)snprintf(text, sizeof text, "%s%s", heads[i], *heads[i] ? "\n" : "");
        for (size_t row = 0; row < 60; row++) {
            if (i == 1)
                n += (size_t)snprintf(text + n, sizeof text - n, "2014-04-01 00:%02zu:00,%zu.5\n",
                                      row, row % 7);
            else if (i == 2)
                n += (size_t)snprintf(text + n, sizeof text - n, "%zu.5\n", row % 7);
            else
                n += (size_t)snprintf(text + n, sizeof text - n, "%zu.5,%d\n", row % 7, row > 50);
        }
        assert_text_refused("a.csv", text, "one long series: 60 lines", "windows");
    }
    /* Unless the user says so. */
    const eng_reading how = {.columns = "1", .label_column = "Label"};
    assert_read(
        "a.csv",
        "Data,Label\n1.5,0\n2.5,1\n3.5,0\n4.5,0\n5.5,0\n6.5,0\n7.5,0\n8.5,0\n9.5,0\n10.5,0\n", &how,
        "0:1.5 1:2.5 0:3.5 0:4.5 0:5.5 0:6.5 0:7.5 0:8.5 0:9.5 0:10.5");
    /* A time, and several channels. */
    size_t n = (size_t)snprintf(text, sizeof text, "time,a,b,label\n");
    for (size_t row = 0; row < 120; row++)
        n += (size_t)snprintf(text + n, sizeof text - n, "%zu,0.5,1.5,%d\n", row, row > 50);
    assert_text_refused("a.csv", text, "2 channels", "one channel");
}

static void labels_in_tables(void **state)
{
    (void)state;
    static const example examples[] = {
        {"a.csv", "0.5,0.25,9007199254740992\n0.5,0.75,9007199254740993\n",
         "9007199254740992:0.5,0.25 9007199254740993:0.5,0.75"},
        {"a.csv", "y,0.5,1.25\nn,2.5,0.5\nn,1.5,0.5\n", "y:0.5,1.25 n:2.5,0.5 n:1.5,0.5"},
        {"a.csv", "0.5,1.25,class\n2.5,0.5,other\n", "class:0.5,1.25 other:2.5,0.5"},
        {"a.csv", "a,target,b\n0.5,2,1.5\n2.5,1,3.5\n", "2:0.5,1.5 1:2.5,3.5"},
        {"a.csv", "0,label,2\n0.5,1,2.5\n", "1:0.5,2.5"},
        {"a.csv", "y,a,b,label\n0.5,1.5,2.5,1\n", "1:0.5,1.5,2.5"},
    };
    for (size_t i = 0; i < COUNT(examples); i++)
        assert_read(examples[i].name, examples[i].text, NULL, examples[i].want);
    assert_text_refused("a.csv", "label,0.5\n", "a.csv:1", "");
    assert_text_refused("a.csv", "label,v,class\n1,2,3\n", "found two", "data.label_column");
    char all_whole[4000] = "";
    for (int i = 0; i < 100; i++)
        snprintf(all_whole + strlen(all_whole), sizeof all_whole - strlen(all_whole), "%d,7,%d\n",
                 i % 40, i % 41);
    assert_text_refused("a.csv", all_whole, "41 different ones in the last", "data.label_column");
    assert_text_refused("a.txt", all_whole, "40 different ones in the first", "data.label_column");
    char text[400] = "v,w,target\n";
    for (int i = 0; i < 12; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "0.5,1.5,%d.25\n", i);
    assert_text_refused("a.csv", text, "a target of a regression", "data.label_column");
}

static void delimiters_and_codes(void **state)
{
    (void)state;
    static const example examples[] = {
        {"a.csv", "a;b;label\n0.5;1.25;1\n2.5;0.5;2\n", "1:0.5,1.25 2:2.5,0.5"},
        {"a.csv", "a;b;label\n0,5;1,25;1\n2,5;0,5;2\n", "1:0.5,1.25 2:2.5,0.5"},
        {"a.tsv", "1\t0,5\t1,25\n2\t2,5\t0,5\n", "1:0.5,1.25 2:2.5,0.5"},
        {"a.csv", "sep=,\n0.5,1.25,1\n2.5,0.5,2\n", "1:0.5,1.25 2:2.5,0.5"},
        {"a.csv", "sep=;\r\n0,5;1,25;1\r\n2,5;0,5;2\r\n", "1:0.5,1.25 2:2.5,0.5"},
        {"a.csv",
         "0.5,1.25,a\xe2\x80\x8d"
         "b\n2.5,0.5,c\n",
         "a\xe2\x80\x8d"
         "b:0.5,1.25 c:2.5,0.5"},
        {"a.csv", "0.5,1.25,1,\n2.5,0.5,2,\n", "1:0.5,1.25 2:2.5,0.5"},
        {"a.csv", "a,b,label,,\n0.5,1.25,1,,\n2.5,0.5,2,,\n", "1:0.5,1.25 2:2.5,0.5"},
        {"a.txt", "% one\n# two\n1 0.5 1.25\n% three\n2 2.5 0.5\n", "1:0.5,1.25 2:2.5,0.5"},
    };
    for (size_t i = 0; i < COUNT(examples); i++)
        assert_read(examples[i].name, examples[i].text, NULL, examples[i].want);
    static const unsigned char wide[] = {0xff, 0xfe, '0',  0, '.',  0, '5',  0,
                                         ',',  0,    0xe4, 0, '\r', 0, '\n', 0};
    eng_dataset *set = NULL;
    swp_err err = {0};
    swp_status status = eng_dataset_load(test_put("a.csv", wide, sizeof wide), &set, &err);
    test_assert_set(set, status, &err, "UTF-16", "\xc3\xa4:0.5");
    test_assert_refused(test_put("a.csv", wide, sizeof wide - 1), NULL, "a.csv:1: expected UTF-16",
                        "");
    /* Halves of a surrogate pair alone, after a line feed: the error names the second line. */
    static const unsigned char halves[][10] = {
        {0xff, 0xfe, '\n', 0, 0x3d, 0xd8, '1', 0, '\n', 0},
        {0xff, 0xfe, '\n', 0, 0x00, 0xde, '1', 0, '\n', 0},
        {0xff, 0xfe, '\n', 0, '1', 0, '\n', 0, 0x3d, 0xd8},
    };
    for (size_t i = 0; i < COUNT(halves); i++)
        test_assert_refused(test_put("a.csv", halves[i], sizeof halves[i]), NULL, "expected UTF-16",
                            "");
}

static void what_the_user_says(void **state)
{
    (void)state;
    static const char text[] = "1,0.5,7,2.5\n2,1.5,7,3.5\n1,0.5,8,4.5\n";
    assert_read("a.csv", text, &(eng_reading){.label_column = "3"},
                "7:1,0.5,2.5 7:2,1.5,3.5 8:1,0.5,4.5");
    assert_read("a.csv", text, &(eng_reading){.columns = "2, 4", .label_column = "1"},
                "1:0.5,2.5 2:1.5,3.5 1:0.5,4.5");
    assert_read("a.csv", text, &(eng_reading){.columns = "2..4"},
                "1:0.5,7,2.5 2:1.5,7,3.5 1:0.5,8,4.5");
    assert_read("a.csv", "0,1,2,3\n0.5,1.5,2.5,1\n", &(eng_reading){.has_header = ENG_HEADER_NO},
                "3:0,1,2 1:0.5,1.5,2.5");
    assert_read("a.csv", "5,6,7,9\n0.5,1.5,2.5,1\n", &(eng_reading){.has_header = ENG_HEADER_YES},
                "1:0.5,1.5,2.5");
    assert_read("a.csv", "a,b,kind\n0.5,1.5,2\n", &(eng_reading){.label_column = "kind"},
                "2:0.5,1.5");
    assert_read("a.csv", "a,time,kind\n0.5,1.5,2\n",
                &(eng_reading){.columns = "1..2", .label_column = "kind"}, "2:0.5,1.5");
    assert_read("a.arff",
                "@relation r\n@attribute kind {x,y}\n@attribute a real\n@attribute b real\n@data\n"
                "x,0.5,1.5\ny,2.5,3.5\n",
                &(eng_reading){.label_column = "kind"}, "x:0.5,1.5 y:2.5,3.5");
    static const char arff[] = "@relation r\n@attribute a real\n@attribute k {1}\n@data\n0.5,1\n";
    test_assert_refused(test_put("a.arff", arff, strlen(arff)),
                        &(eng_reading){.label_column = "kind"}, "called \"kind\"", "");
    assert_read("a.csv", "0.5,k,1.5\n", &(eng_reading){.columns = "1,3"}, "k:0.5,1.5");
    assert_read("a.csv", "a,label,b,c\n0.5,1,1.5,7\n", &(eng_reading){.columns = "1,3"},
                "1:0.5,1.5");
    static const char open[] = "k,0.5,1.5,n\nl,2.5,3.5,m\n";
    test_assert_refused(test_put("a.csv", open, strlen(open)), &(eng_reading){.columns = "2,3"},
                        "expected a label column beside data.columns, found 2",
                        "data.label_column");
    const char *path = test_put("a.csv", text, strlen(text));
    test_assert_refused(path, &(eng_reading){.label_column = "5"}, "number up to 4", "");
    test_assert_refused(path, &(eng_reading){.label_column = "kind"}, "\"kind\"", "");
    test_assert_refused(path, &(eng_reading){.columns = "2..5"}, "expected 5 columns", "");
    static const char ts[] = "@univariate true\n@data\n1,2:x\n";
    test_assert_refused(test_put("a.ts", ts, strlen(ts)), &(eng_reading){.columns = "1..2"},
                        "data.columns", "");
    static const char *const valid[] = {"1", "2..141", "1..70, 72", " 1 .. 2 ,4"};
    static const char *const invalid[] = {"",  "0",   "2..1", "1,1",     "1..3,2",
                                          "a", "1..", "1,",   "12345678"};
    for (size_t i = 0; i < COUNT(valid); i++)
        assert_true(eng_columns_valid(valid[i]));
    for (size_t i = 0; i < COUNT(invalid); i++)
        assert_false(eng_columns_valid(invalid[i]));
}

static void notes_say_how(void **state)
{
    (void)state;
    static const char text[] = "Unnamed: 0,t0,t1,label,\n0,0.5,1.5,1,\n1,2.5,3.5,2,\n";
    eng_dataset *set = NULL;
    assert_int_equal(eng_dataset_load(test_put("a.csv", text, strlen(text)), &set, NULL), SWP_OK);
    assert_string_equal(set->header, "line 1");
    assert_non_null(strstr(set->label_place, "column 4"));
    assert_non_null(strstr(set->left_out, "column 1, \"Unnamed: 0\""));
    assert_non_null(strstr(set->left_out, "column 5"));
    eng_dataset_destroy(set);
}

/* --- ARFF and .ts ----------------------------------------------------------------------------- */

#define HEAD "@relation r\n@attribute a numeric\n@attribute b numeric\n"

static void arff_as_weka_reads_it(void **state)
{
    (void)state;
    static const example examples[] = {
        {"a.arff", HEAD "@attribute label {-1,1} %{<=50K, >50K}\n@data\n0.5,1.25,-1\n2.5,0.5,1\n",
         "-1:0.5,1.25 1:2.5,0.5"},
        {"a.arff",
         HEAD "@attribute class {A,B}\n@data\n{0 0.5, 1 1.25, 2 B}\n{1 0.5, 2 B}\n{0 1}\n",
         "B:0.5,1.25 B:0,0.5 A:1,0"},
        {"a.arff", HEAD "@attribute class {'a, }',B}\n@data\n{0 0.5, 2 'a, }'}, {2}\n{}\n",
         "a, }:0.5,0 a, }:0,0"},
        {"a.arff", HEAD "@attribute class {A,B}\n@data\n0.5,1.25,A,{2.5}\n2.5,0.5,B\n",
         "A:0.5,1.25 B:2.5,0.5"},
        {"a.arff",
         HEAD "@attribute class string\n@data\n0.5,1.25,A % first\n2.5,0.5,'B % b' % second\n",
         "A:0.5,1.25 B % b:2.5,0.5"},
        {"a.arff",
         "@relation r\n@attribute target {A,B}\n@attribute a real\n@attribute b real\n@data\n"
         "A,0.5,1.25\nB,2.5,0.5\n",
         "A:0.5,1.25 B:2.5,0.5"},
        {"a.arff",
         "@relation r\n@attribute id string\n@attribute d date\n" HEAD
         "@attribute kind {A,B}\n@data\nx1,2014-02-14,0.5,1.25,A\n",
         "A:0.5,1.25"},
    };
    for (size_t i = 0; i < COUNT(examples); i++)
        assert_read(examples[i].name, examples[i].text, NULL, examples[i].want);
}

static void ts_as_aeon_writes_it(void **state)
{
    (void)state;
    static const example examples[] = {
        {"a.ts",
         "% cut down\n@univariate true\n@classLabel true 1 2\n@data\n# a\n0.5,1.25:1\n% "
         "b\n2.5,0.5:2\n",
         "1:0.5,1.25 2:2.5,0.5"},
        {"a.ts", "@classLabel true 1,2\n@data\n0.5,1.25:1\n2.5,0.5:2\n", "1:0.5,1.25 2:2.5,0.5"},
        {"a.ts",
         "@classLabel true R on T normal\n@targetlabel false\n@data\n0.5,1.25:R on "
         "T\n2.5,0.5:normal\n",
         "R on T:0.5,1.25 normal:2.5,0.5"},
        {"a.ts",
         "@classLabel true 9007199254740992 "
         "9007199254740993\n@data\n0.5:9007199254740992\n0.5:9007199254740993\n",
         "9007199254740992:0.5 9007199254740993:0.5"},
    };
    for (size_t i = 0; i < COUNT(examples); i++)
        assert_read(examples[i].name, examples[i].text, NULL, examples[i].want);
    assert_series("a.ts",
                  "@seriesLength 3\n@targetlabel false\n@data\n0.5,1.25,0.75:\n2.5,0.5,2.25:\n", 3,
                  ":0.5,1.25,0.75 :2.5,0.5,2.25");
    assert_text_refused("a.ts", "@univariate true\n@targetLabel true\n@data\n0.5,1.25:0.0021\n",
                        "a.ts:2: expected class labels", "");
    assert_text_refused("a.ts", "@univariate false\n@data\n", "a.ts:1", "one channel");
    assert_text_refused("a.ts", "@equalLength false\n@data\n", "a.ts:1", "unequal length");
    assert_text_refused("a.ts", "@data\n1,2:3,4:a\n", "a.ts:2", "one channel");
}

/* --- files that are not data sets ------------------------------------------------------------- */

static void foreign_files_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *text, *place, *way;
    } files[] = {
        {"version https://git-lfs.github.com/spec/v1\noid sha256:01\nsize 7\n", "a git-lfs pointer",
         "git lfs pull"},
        {"<!DOCTYPE html>\n<html>\n", "a web page", "download"},
        {"<html><body>", "a web page", "download"},
        {"PAR1\x15\x04", "a Parquet file", "read_parquet"},
        {"\x80\x04\x95\x10", "a Python pickle", "numpy.savez"},
        {"\x89HDF\r\n\x1a\n", "an HDF5 file", "numpy.savez"},
        {"BZh91AY", "a bzip2 file", "bunzip2"},
        {"1,2\r2,3\r", "a.csv:1: expected lines that end", "tr "},
        {"1,0.5,\xe2\x88\x92"
         "1.5\n",
         "a.csv:1: value 2: expected a number, found \"\xe2\x88\x92"
         "1.5\"",
         "minus"},
        {"1,0.5,2.5\n1,0.5,x\n", "a.csv:2: value 2: expected a number, found \"x\" in column 3",
         "data.columns"},
        {"1,0.5,1e39,1.5\n", "a.csv:1: value 2: expected a float, found 1e39 in column 3", "scale"},
        {"1 0,5 1,5\n2 0,5 1,5\n", "a.csv:1: ", "decimal comma"},
        {"1,0.5,inf\n", "found \"inf\" in column 3", "infinite"},
        {"1,0.5,1.5\n2,NA,1.5\n", "found \"NA\" in column 2", "gap"},
        {"0.5,1.5,\xe4\n", "expected a label in UTF-8", "LATIN1"},
        {"a;b;label\n0,5;1.5;1\n0,5;1,5;1\n", "a.csv:2: column 2: expected a decimal comma", ""},
        {"@relation r\n# note\n@attribute a string\n@frequency yearly\n@data\nT1:1:2,3\n",
         "a.csv:4: expected @attribute or @data", "windows"},
        {"1,0.5,2.5\n1,0.5\n", "a.csv:2: expected 3 fields as in line 1, found 2",
         "unequal length"},
    };
    for (size_t i = 0; i < COUNT(files); i++)
        assert_text_refused("a.csv", files[i].text, files[i].place, files[i].way);
}

/* --- gzip ------------------------------------------------------------------------------------- */

static size_t gzip(const void *bytes, size_t size, unsigned char *out, size_t room)
{
    z_stream z = {0};
    assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, 31, 9, Z_DEFAULT_STRATEGY), Z_OK);
    memcpy(&z.next_in, &(const void *){bytes}, sizeof z.next_in);
    z.avail_in = (unsigned)size;
    z.next_out = out;
    z.avail_out = (unsigned)room;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    size_t n = z.total_out;
    deflateEnd(&z);
    return n;
}

static void gzip_files_are_unpacked(void **state)
{
    (void)state;
    static const char text[] = "0.5,1.25,1\n2.5,0.5,2\n", more[] = "1.5,1.5,2\n";
    unsigned char bytes[600];
    size_t n = gzip(text, strlen(text), bytes, sizeof bytes), whole = n;
    eng_dataset *set = NULL;
    swp_err err = {0};
    swp_status status = eng_dataset_load(test_put("a.csv.gz", bytes, n), &set, &err);
    test_assert_set(set, status, &err, "gzip", "1:0.5,1.25 2:2.5,0.5");
    n += gzip(more, strlen(more), bytes + n, sizeof bytes - n); /* a second member */
    memset(bytes + n, 0, 20);
    status = eng_dataset_load(test_put("a.csv.gz", bytes, n + 20), &set, &err);
    assert_string_equal(set->name, "a");
    test_assert_set(set, status, &err, "gzip", "1:0.5,1.25 2:2.5,0.5 2:1.5,1.5");
    test_assert_refused(test_put("a.csv.gz", bytes, whole - 9), NULL,
                        "found its end before that of the data", "cut short");
    bytes[whole - 8] ^= 1; /* the checksum */
    test_assert_refused(test_put("a.csv.gz", bytes, whole), NULL, "found damaged data", "again");
    bytes[whole - 8] ^= 1;
    memcpy(bytes + whole, "rest", 4);
    test_assert_refused(test_put("a.csv.gz", bytes, whole + 4), NULL, "other bytes after", "");
}

/* 100 MB of rows in 100 kB. */
static void bombs_are_refused(void **state)
{
    (void)state;
    enum { SIZE = 100000000 };
    char *text = malloc(SIZE);
    unsigned char *bytes = malloc(SIZE / 100);
    assert_true(text && bytes);
    for (size_t i = 0; i < SIZE; i += 10)
        memcpy(text + i, "1,0.5,1.5\n", 10);
    size_t n = gzip(text, SIZE, bytes, SIZE / 100);
    test_assert_refused(test_put("a.csv.gz", bytes, n), NULL, "more than 200 times", "gunzip");
    free(bytes);
    free(text);
}

static void lack_of_memory_is_survived(void **state)
{
    (void)state;
    unsigned char bytes[600];
    static const char text[] = "Unnamed: 0;a;b;label\n0;0,5;1,5;x\n1;0,5;1,5;z\n";
    const char *path = test_put("a.csv.gz", bytes, gzip(text, strlen(text), bytes, sizeof bytes));
    swp_status status = SWP_NOMEM;
    for (unsigned long n = 1; status == SWP_NOMEM; n++) {
        eng_dataset *set;
        swp_err err;
        swp_mem_fail_at(n);
        status = eng_dataset_load(path, &set, &err);
        swp_mem_fail_at(0);
        if (status != SWP_OK && status != SWP_NOMEM)
            fail_msg("allocation %lu: %s", n, err.text);
        eng_dataset_destroy(set);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(headers_that_count),
        cmocka_unit_test(columns_that_number_rows),
        cmocka_unit_test(long_series_are_refused),
        cmocka_unit_test(labels_in_tables),
        cmocka_unit_test(delimiters_and_codes),
        cmocka_unit_test(what_the_user_says),
        cmocka_unit_test(notes_say_how),
        cmocka_unit_test(arff_as_weka_reads_it),
        cmocka_unit_test(ts_as_aeon_writes_it),
        cmocka_unit_test(foreign_files_are_named),
        cmocka_unit_test(gzip_files_are_unpacked),
        cmocka_unit_test(bombs_are_refused),
        cmocka_unit_test(lack_of_memory_is_survived),
    };
    return cmocka_run_group_tests(tests, make_folder, NULL);
}
