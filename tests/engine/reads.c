#include "tests/engine/reads.h"

#include <stdio.h>
#include <string.h>

#include "tests/support/cmocka_all.h"
#include "tests/support/data.h"

static char folder[4096];

void test_reads_begin(const char *name)
{
    snprintf(folder, sizeof folder, "%s", test_fresh_folder(name));
}

const char *test_put(const char *name, const void *bytes, size_t size)
{
    static char paths[2][4200];
    static int turn;
    char *path = paths[turn ^= 1];
    snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    test_write_bytes(path, bytes, size);
    return path;
}

/* "label:value,value label:value,value" */
static void describe(const eng_dataset *set, char *out, size_t size)
{
    size_t at = 0;
    *out = '\0';
    for (size_t row = 0; row < set->n_rows; row++) {
        at += (size_t)snprintf(out + at, size - at, "%s%s:", row ? " " : "",
                               set->classes[set->labels[row]].name);
        for (size_t i = 0; i < set->length; i++)
            at += (size_t)snprintf(out + at, size - at, "%s%g", i ? "," : "",
                                   (double)set->values[row * set->length + i]);
    }
}

void test_assert_set(eng_dataset *set, swp_status status, const swp_err *err, const char *about,
                     const char *want)
{
    char found[1024];
    if (status != SWP_OK)
        fail_msg("\"%s\" is refused: %s", about, err->text);
    describe(set, found, sizeof found);
    if (strcmp(found, want) != 0)
        fail_msg("\"%s\": expected %s, found %s", about, want, found);
    eng_dataset_destroy(set);
}

void test_assert_refused(const char *path, const eng_reading *how, const char *place,
                         const char *way)
{
    eng_dataset *set = NULL;
    swp_err err = {0};
    swp_status status = eng_dataset_load_as(path, how, &set, &err);
    if (status != SWP_FORMAT || set)
        fail_msg("%s is not refused: %s", path, swp_status_name(status));
    if (!strstr(err.text, place) || !strstr(err.hint, way))
        fail_msg("expected \"%s\" and \"%s\", found \"%s\", hint \"%s\"", place, way, err.text,
                 err.hint);
}
