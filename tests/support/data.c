#include "tests/support/data.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/cmocka_all.h"

static char found[4096];

static const char *in_folder(const char *folder, size_t length, const char *name)
{
    struct stat info;
    int n = snprintf(found, sizeof found, "%.*s/%s", (int)length, folder, name);
    if (n < 0 || n >= (int)sizeof found || stat(found, &info) != 0 || !S_ISDIR(info.st_mode))
        return NULL;
    return found;
}

static const char *in_list(const char *folders, const char *name)
{
    while (folders && *folders) {
        size_t length = strcspn(folders, ":");
        const char *path = length > 0 ? in_folder(folders, length, name) : NULL;
        if (path)
            return path;
        folders += length + (folders[length] == ':');
    }
    return NULL;
}

const char *test_data_folder(const char *name)
{
    char home[4096] = "";
    if (getenv("XDG_DATA_HOME"))
        snprintf(home, sizeof home, "%s/sweep", getenv("XDG_DATA_HOME"));
    const char *path = in_list(getenv("SWEEP_DATA"), name);
    if (!path)
        path = in_list(TEST_SOURCE_DIR "/data:" TEST_SOURCE_DIR "/../shared/data", name);
    return path ? path : in_list(home, name);
}

static void empty_folder(const char *path)
{
    DIR *dir = opendir(path);
    assert_non_null(dir);
    for (struct dirent *entry = readdir(dir); entry; entry = readdir(dir)) {
        char inner[4096];
        int n = snprintf(inner, sizeof inner, "%s/%s", path, entry->d_name);
        assert_true(n > 0 && n < (int)sizeof inner);
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (remove(inner) != 0) { /* a folder that is not empty */
            empty_folder(inner);
            assert_int_equal(remove(inner), 0);
        }
    }
    closedir(dir);
}

const char *test_fresh_folder(const char *name)
{
    static char path[4096];
    snprintf(path, sizeof path, "%s/%s", TEST_BINARY_DIR, name);
    mkdir(path, 0777);
    empty_folder(path);
    return path;
}

void test_write_bytes(const char *path, const void *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

void test_write_text(const char *path, const char *text)
{
    test_write_bytes(path, text, strlen(text));
}

char *test_read_file(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    long end = ftell(file);
    assert_true(end >= 0);
    rewind(file);
    char *text = malloc((size_t)end + 1);
    assert_non_null(text);
    *size = fread(text, 1, (size_t)end, file);
    assert_int_equal(*size, end);
    text[*size] = '\0';
    fclose(file);
    return text;
}
