#include "tests/plots/checks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/plots/files.h"
#include "tests/support/cmocka_all.h"

void count_picture(const char *path, void *context)
{
    assert_true(test_exists(path));
    ++*(size_t *)context;
}

static void refuse_other_notes(const char *text, void *context)
{
    (void)context;
    if (strncmp(text, "left out: ", 10) != 0)
        fail_msg("expected a note of what was left out, found \"%s\"", text);
}

void count_written(const char *path, void *context)
{
    outcome *o = context;
    assert_true(test_exists(path));
    o->written++;
}

void keep_note(const char *text, void *context)
{
    outcome *o = context;
    assert_int_equal(o->written, 0);
    o->notes++;
    snprintf(o->note, sizeof o->note, "%s", text);
}

const char *plot_charts_of(const char *only, const char *name, const made_up *what,
                           plot_format format, size_t pictures)
{
    const char *folder = test_folder(name);
    res_store *store = made_up_store(test_path(folder, "sweep.db"), what);
    size_t written = 0;
    plot_options options = {.folder = folder,
                            .only = only,
                            .format = format,
                            .written = count_picture,
                            .note = refuse_other_notes,
                            .context = &written};
    swp_err err = {0};
    if (plot_experiment(store, NULL, &options, &err) != SWP_OK)
        fail_msg("%s", err.text);
    res_store_close(store);
    assert_int_equal(written, pictures);
    assert_int_equal(test_count(folder, ".part"), 0);
    return folder;
}

const char *plot_study_of(const char *name, const made_up *what, plot_format format,
                          size_t pictures)
{
    return plot_charts_of(NULL, name, what, format, pictures);
}

static unsigned long big_endian(const unsigned char *bytes)
{
    return (unsigned long)bytes[0] << 24 | (unsigned long)bytes[1] << 16 |
           (unsigned long)bytes[2] << 8 | bytes[3];
}

void expect_png(const char *folder, const char *name, unsigned long wide, unsigned long high)
{
    size_t size;
    char *text = test_read(test_path(folder, name), &size);
    const unsigned char *bytes = (const unsigned char *)text;
    assert_true(size > 12000);
    assert_memory_equal(bytes, "\x89PNG\r\n\x1a\n", 8);
    assert_int_equal(big_endian(bytes + 16), wide);
    assert_int_equal(big_endian(bytes + 20), high);
    free(text);
}

void expect_contains(const char *path, const char *part)
{
    char *text = test_read(path, NULL);
    if (!strstr(text, part))
        fail_msg("%s: expected to find \"%s\" in:\n%s", path, part, text);
    free(text);
}

/* The text against tests/plots/golden/NAME; UPDATE=1 in the environment rewrites the file. */
static void expect_golden(const char *text, const char *name)
{
    const char *golden = test_path(TEST_SOURCE_DIR "/tests/plots/golden", name);
    if (getenv("UPDATE"))
        test_write(golden, text);
    char *want = test_read(golden, NULL);
    if (strcmp(text, want) != 0)
        fail_msg("%s: expected\n%s\nfound\n%s", name, want, text);
    free(want);
}

void expect_golden_script(const char *folder, const char *name, const char *source)
{
    char file[64];
    snprintf(file, sizeof file, "%s.gp", name);
    char *text = test_read(test_path(folder, file), NULL);
    snprintf(file, sizeof file, "%s.gp", source);
    char *body = test_read(test_path(TEST_SOURCE_DIR "/plots", file), NULL);
    size_t n = strlen(text), n_body = strlen(body);
    assert_true(n > n_body);
    assert_string_equal(text + n - n_body, body);
    text[n - n_body] = '\0';
    snprintf(file, sizeof file, "%s.head", name);
    expect_golden(text, file);
    free(text);
    free(body);
}

void expect_golden_data(const char *folder, const char *name)
{
    char file[64];
    snprintf(file, sizeof file, "%s.dat", name);
    char *text = test_read(test_path(folder, file), NULL);
    expect_golden(text, file);
    free(text);
}

void skip_without_gnuplot(void)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        fclose(stdout);
        execlp("gnuplot", "gnuplot", "-e", "exit", (char *)NULL);
        _exit(127);
    }
    int ended;
    assert_int_equal(waitpid(child, &ended, 0), child);
    if (!WIFEXITED(ended) || WEXITSTATUS(ended) != 0)
        skip();
}

int run_by_hand(const char *folder, const char *script)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        if (chdir(folder) == 0)
            execlp("gnuplot", "gnuplot", script, (char *)NULL);
        _exit(127);
    }
    int ended;
    assert_int_equal(waitpid(child, &ended, 0), child);
    return WIFEXITED(ended) ? WEXITSTATUS(ended) : -1;
}
