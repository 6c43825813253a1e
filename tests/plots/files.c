#include "tests/plots/files.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/cmocka_all.h"

const char *test_path(const char *folder, const char *name)
{
    static char paths[4][1024];
    static size_t turn;
    char *path = paths[turn++ % 4];
    snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

static bool ends_with(const char *name, const char *ending)
{
    size_t n = strlen(name), m = strlen(ending);
    return n >= m && strcmp(name + n - m, ending) == 0;
}

const char *test_folder(const char *name)
{
    static char folders[32][1024];
    char path[1024];
    size_t i = 0;
    snprintf(path, sizeof path, "%s/%s", TEST_BINARY_DIR, name);
    while (i + 1 < 32 && *folders[i] && strcmp(folders[i], path) != 0)
        i++;
    assert_true(!*folders[i] || strcmp(folders[i], path) == 0);
    char *folder = memcpy(folders[i], path, sizeof path);
    mkdir(folder, 0777);
    chmod(folder, 0777);
    DIR *dir = opendir(folder);
    assert_non_null(dir);
    for (const struct dirent *entry; (entry = readdir(dir)) != NULL;)
        if (entry->d_name[0] != '.')
            unlink(test_path(folder, entry->d_name));
    closedir(dir);
    return folder;
}

char *test_read(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        fail_msg("cannot read %s", path);
    size_t n = 0, room = 1 << 22;
    char *text = malloc(room + 1);
    assert_non_null(text);
    n = fread(text, 1, room, file);
    assert_true(feof(file));
    fclose(file);
    text[n] = '\0';
    if (size)
        *size = n;
    return text;
}

void test_write(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

bool test_exists(const char *path)
{
    return access(path, F_OK) == 0;
}

size_t test_count(const char *folder, const char *ending)
{
    DIR *dir = opendir(folder);
    assert_non_null(dir);
    size_t n = 0;
    for (const struct dirent *entry; (entry = readdir(dir)) != NULL;)
        n += ends_with(entry->d_name, ending);
    closedir(dir);
    return n;
}
