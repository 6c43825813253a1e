#include "tests/fuzz/fuzz.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/str.h"

enum { MOST_FILES = 8 };

static char folder[256];
static char files[MOST_FILES][300];

void fuzz_stop(const char *file, int line, const char *what)
{
    fprintf(stderr, "%s:%d: expected %s\n", file, line, what);
    abort();
}

static void clean_up(void)
{
    for (size_t i = 0; i < MOST_FILES && files[i][0]; i++)
        unlink(files[i]);
    rmdir(folder);
}

static void make_folder(void)
{
    const char *parent = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/sweep-fuzz-XXXXXX", parent ? parent : "/tmp");
    if (!mkdtemp(folder) || atexit(clean_up) != 0)
        fuzz_stop(__FILE__, __LINE__, "a temporary folder");
}

static const char *path_of(const char *name)
{
    if (!folder[0])
        make_folder();
    char path[sizeof files[0]];
    snprintf(path, sizeof path, "%s/%.40s", folder, name);
    for (size_t i = 0; i < MOST_FILES; i++) {
        if (!files[i][0])
            memcpy(files[i], path, sizeof path);
        if (strcmp(files[i], path) == 0)
            return files[i];
    }
    fuzz_stop(__FILE__, __LINE__, "fewer files");
}

const char *fuzz_file(const char *name, const uint8_t *bytes, size_t size)
{
    const char *path = path_of(name);
    int fd = open(path, O_RDWR | O_CREAT, 0600);
    ssize_t written = fd < 0 ? -1 : pwrite(fd, bytes, size, 0);
    if (written != (ssize_t)size || ftruncate(fd, (off_t)size) != 0 || close(fd) != 0)
        fuzz_stop(__FILE__, __LINE__, "a file that can be written");
    return path;
}

char *fuzz_text(const uint8_t *bytes, size_t size)
{
    char *text = malloc(size + 1);
    if (!text)
        fuzz_stop(__FILE__, __LINE__, "memory");
    if (size > 0)
        memcpy(text, bytes, size);
    text[size] = '\0';
    return text;
}

static void check_line(const char *text)
{
    for (size_t n; *text; text += n) {
        n = swp_utf8_length(text);
        FUZZ_CHECK(n > 0);
    }
}

void fuzz_check_refusal(swp_status status, const swp_err *err, const swp_status *kinds, size_t n)
{
    size_t i = 0;
    while (i < n && kinds[i] != status)
        i++;
    if (i == n)
        fprintf(stderr, "%s: %s\n", swp_status_name(status), err->text);
    FUZZ_CHECK(i < n);
    FUZZ_CHECK(err->status == status && err->text[0]);
    check_line(err->text);
    check_line(err->hint);
}
