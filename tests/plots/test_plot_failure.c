/* gnuplot missing or failing, folders that cannot be written, memory that runs out. */
#include "plots/plot.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/mem.h"
#include "tests/plots/checks.h"
#include "tests/plots/files.h"
#include "tests/plots/made_up.h"
#include "tests/results/failing.h"
#include "tests/support/cmocka_all.h"

static const size_t dims[] = {2, 8};
static const made_up small = {.name = "small",
                              .dims = dims,
                              .n_dims = 2,
                              .n_seeds = 2,
                              .epochs = 3,
                              .thresholds = {"45", "60"}};

/* The number of its charts, with those of two parameters and two of each trial. */
enum { PICTURES = SHARED + 2 + 4 * EACH };

static char saved_path[4096];

/* Put a shell script in place of gnuplot; NULL: no gnuplot in PATH. */
static const char *fake_gnuplot(const char *folder_name, const char *script)
{
    const char *folder = test_folder(folder_name);
    if (script) {
        test_write(test_path(folder, "gnuplot"), script);
        assert_int_equal(chmod(test_path(folder, "gnuplot"), 0755), 0);
    }
    assert_int_equal(setenv("PATH", folder, 1), 0);
    return folder;
}

static int save_path(void **state)
{
    (void)state;
    snprintf(saved_path, sizeof saved_path, "%s", getenv("PATH"));
    return 0;
}

static int restore_path(void **state)
{
    (void)state;
    return setenv("PATH", saved_path, 1);
}

/* Count pictures in *written. */
static void count(const char *path, void *written)
{
    (void)path;
    ++*(size_t *)written;
}

/* Plot the small study into `folder` with this many processes. */
static swp_status plot_by(size_t processes, const char *folder, size_t *written, swp_err *err)
{
    *err = (swp_err){0};
    *written = 0;
    res_store *store = made_up_store(test_path(TEST_BINARY_DIR, "failure.db"), &small);
    plot_options options = {
        .folder = folder, .processes = processes, .written = count, .context = written};
    swp_status status = plot_experiment(store, "small", &options, err);
    res_store_close(store);
    return status;
}

static swp_status plot_small(const char *folder, size_t *written, swp_err *err)
{
    return plot_by(0, folder, written, err);
}

static void test_missing_gnuplot_says_what_to_install(void **state)
{
    (void)state;
    fake_gnuplot("fake_none", NULL);
    const char *folder = test_folder("failure_missing");
    size_t written;
    swp_err err;
    assert_int_equal(plot_small(folder, &written, &err), SWP_UNAVAILABLE);
    assert_string_equal(err.text, "charts need gnuplot, and there is none in PATH");
    assert_non_null(strstr(err.hint, "apt install gnuplot-nox"));
    assert_int_equal(written, 0);
    assert_int_equal(test_count(folder, ".png"), 0);
    assert_int_equal(test_count(folder, ".gp"), PICTURES + 1);
    assert_int_equal(test_count(folder, ".dat"), PICTURES);
}

static void test_failing_gnuplot_is_quoted(void **state)
{
    (void)state;
    fake_gnuplot("fake_failing", "#!/bin/sh\n: > loss_curves.png.part\n"
                                 "printf '\\n\"x.gp\" line 3: no such\\n  thing\\n' >&2\nexit 1\n");
    const char *folder = test_folder("failure_failing");
    size_t written;
    swp_err err;
    test_write(test_path(folder, "loss_curves.png"), "an older picture");
    assert_int_equal(plot_small(folder, &written, &err), SWP_UNAVAILABLE);
    assert_string_equal(err.text, "gnuplot failed with status 1: \"x.gp\" line 3: no such thing");
    assert_non_null(strstr(err.hint, "apt install gnuplot-nox"));
    assert_int_equal(written, 0);
    assert_int_equal(test_count(folder, ".part"), 0);
    char *kept = test_read(test_path(folder, "loss_curves.png"), NULL);
    assert_string_equal(kept, "an older picture");
    free(kept);
}

static void test_failing_with_a_changed_style_blames_it(void **state)
{
    (void)state;
    fake_gnuplot("fake_style", "#!/bin/sh\nexit 3\n");
    const char *folder = test_folder("failure_style");
    size_t written;
    swp_err err;
    test_write(test_path(folder, "style.gp"), "set terminal nonsense\n");
    assert_int_equal(plot_small(folder, &written, &err), SWP_UNAVAILABLE);
    assert_string_equal(err.text, "gnuplot failed with status 3: it printed nothing");
    assert_non_null(strstr(err.hint, "style.gp was changed by hand"));
}

static void test_gnuplot_that_dies_or_draws_nothing(void **state)
{
    (void)state;
    const char *folder = test_folder("failure_odd");
    size_t written;
    swp_err err;
    fake_gnuplot("fake_killed", "#!/bin/sh\nkill -9 $$\n");
    assert_int_equal(plot_small(folder, &written, &err), SWP_UNAVAILABLE);
    assert_string_equal(err.text, "gnuplot died of signal 9: it printed nothing");
    fake_gnuplot("fake_lazy", "#!/bin/sh\nexit 0\n");
    assert_int_equal(plot_small(folder, &written, &err), SWP_UNAVAILABLE);
    assert_non_null(strstr(err.text, "gnuplot ended well but wrote no "));
    fake_gnuplot("fake_chatty", "#!/bin/sh\ni=0\nwhile [ $i -lt 20000 ]; do\n"
                                "echo many words to fill a pipe >&2; i=$((i+1)); done\nexit 2\n");
    assert_int_equal(plot_small(folder, &written, &err), SWP_UNAVAILABLE);
    assert_non_null(strstr(err.text, "status 2: many words to fill a pipe many words"));
    assert_int_equal(written, 0);
}

static void test_folders_that_cannot_be(void **state)
{
    (void)state;
    fake_gnuplot("fake_unused", NULL);
    const char *folder = test_folder("failure_folder");
    size_t written;
    swp_err err;
    test_write(test_path(folder, "file"), "in the way");
    assert_int_equal(plot_small(test_path(folder, "file"), &written, &err), SWP_IO);
    assert_non_null(strstr(err.text, "failure_folder/file"));
    assert_int_equal(plot_small(test_path(folder, "file/below"), &written, &err), SWP_IO);
    assert_non_null(strstr(err.text, "cannot make the folder"));
    /* A folder has the name of a file to be written. */
    mkdir(test_path(folder, "taken"), 0777);
    mkdir(test_path(folder, "taken/loss_curves.dat"), 0777);
    assert_int_equal(plot_small(test_path(folder, "taken"), &written, &err), SWP_IO);
    assert_non_null(strstr(err.text, "taken/loss_curves.dat"));
    assert_int_equal(test_count(test_path(folder, "taken"), ".part"), 0);
}

/* gnuplot draws it, but a folder has the picture's name. */
static void test_picture_that_cannot_have_its_name(void **state)
{
    (void)state;
    fake_gnuplot("fake_drawing", "#!/bin/sh\nfor s; do case $s in *.gp)\n"
                                 "printf 'IEND\\256B`\\202' > ${s%.gp}.png.part;; esac; done\n");
    const char *folder = test_folder("failure_name");
    size_t written;
    swp_err err;
    mkdir(test_path(folder, "loss_curves.png"), 0777);
    assert_int_equal(plot_small(folder, &written, &err), SWP_IO);
    assert_non_null(strstr(err.text, "failure_name/loss_curves.png: "));
    assert_int_equal(test_count(folder, ".part"), 0);
}

/* Each script is drawn once, and no process draws more than its share. A process ends when the
 * others have begun. */
static void test_processes_share_the_scripts(void **state)
{
    (void)state;
    enum { PROCESSES = 3, MOST = 3 + (PICTURES + PROCESSES - 1) / PROCESSES };
    fake_gnuplot("fake_shared", "#!/bin/sh\n: > begun.$$\necho $# > words.$$\n"
                                "for s; do case $s in *.gp) echo >> drawn.$s;\n"
                                "printf 'IEND\\256B`\\202' > ${s%.gp}.png.part;; esac; done\n"
                                "set begun.*\nwhile [ $# -lt 3 ]; do set begun.*; done\n");
    const char *folder = test_folder("shared");
    size_t written;
    swp_err err;
    assert_int_equal(plot_by(PROCESSES, folder, &written, &err), SWP_OK);
    assert_int_equal(written, PICTURES);
    char pattern[512];
    glob_t found;
    snprintf(pattern, sizeof pattern, "%s/words.*", folder);
    assert_int_equal(glob(pattern, 0, NULL, &found), 0);
    assert_int_equal(found.gl_pathc, PROCESSES);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        char *words = test_read(found.gl_pathv[i], NULL);
        assert_in_range(atoi(words), 3 + PICTURES / PROCESSES, MOST);
        free(words);
    }
    globfree(&found);
    snprintf(pattern, sizeof pattern, "%s/drawn.*", folder);
    assert_int_equal(glob(pattern, 0, NULL, &found), 0);
    assert_int_equal(found.gl_pathc, PICTURES);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        size_t n;
        free(test_read(found.gl_pathv[i], &n));
        assert_int_equal(n, 1);
    }
    globfree(&found);
}

/* One of several processes fails: its message is shown, and nothing is half drawn. */
static void test_one_process_fails(void **state)
{
    (void)state;
    fake_gnuplot("fake_one_fails", "#!/bin/sh\necho \"no $4\" >&2; exit 5\n");
    const char *folder = test_folder("one_fails");
    size_t written;
    swp_err err;
    assert_int_equal(plot_by(4, folder, &written, &err), SWP_UNAVAILABLE);
    assert_string_equal(err.text, "gnuplot failed with status 5: no split.gp");
    assert_int_equal(written, 0);
    assert_int_equal(test_count(folder, ".part"), 0);
    fake_gnuplot("fake_none", NULL);
    assert_int_equal(plot_by(4, folder, &written, &err), SWP_UNAVAILABLE);
    assert_non_null(strstr(err.text, "there is none in PATH"));
}

/* gnuplot exits with 0 on a full disk, and leaves a picture cut short. */
static void test_picture_cut_short(void **state)
{
    (void)state;
    fake_gnuplot("fake_full",
                 "#!/bin/sh\nfor s; do case $s in *.gp)\n"
                 "printf 'the beginning of a picture' > ${s%.gp}.png.part;; esac; done\n");
    const char *folder = test_folder("failure_full");
    size_t written;
    swp_err err;
    test_write(test_path(folder, "loss_curves.png"), "an older picture");
    assert_int_equal(plot_small(folder, &written, &err), SWP_IO);
    assert_non_null(strstr(err.text, "gnuplot left only a part of it"));
    assert_non_null(strstr(err.hint, "the disk is full"));
    assert_int_equal(written, 0);
    assert_int_equal(test_count(folder, ".part"), 0);
    char *kept = test_read(test_path(folder, "loss_curves.png"), NULL);
    assert_string_equal(kept, "an older picture");
    free(kept);
}

/* Links in place of charts are replaced, and their targets are not touched. */
static void test_links_are_not_followed(void **state)
{
    (void)state;
    static const char *const links[] = {"loss_curves.gp", "loss_curves.dat", "loss_curves.png.part",
                                        "loss_curves.png"};
    fake_gnuplot("fake_linked", "#!/bin/sh\nfor s; do case $s in *.gp)\n"
                                "printf 'IEND\\256B`\\202' > ${s%.gp}.png.part;; esac; done\n");
    const char *folder = test_folder("failure_links");
    size_t written;
    swp_err err;
    test_write(test_path(folder, "victim"), "mine");
    for (size_t i = 0; i < sizeof links / sizeof links[0]; i++)
        assert_int_equal(symlink("victim", test_path(folder, links[i])), 0);
    assert_int_equal(plot_small(folder, &written, &err), SWP_OK);
    char *kept = test_read(test_path(folder, "victim"), NULL);
    assert_string_equal(kept, "mine");
    free(kept);
}

/* Not even root may write to /proc. */
static void test_read_only_folder(void **state)
{
    (void)state;
    size_t written;
    swp_err err;
    assert_int_equal(plot_small("/proc", &written, &err), SWP_IO);
    assert_non_null(strstr(err.text, "cannot write /proc/style.gp: "));
    assert_int_equal(plot_small("/proc/charts", &written, &err), SWP_IO);
    assert_non_null(strstr(err.text, "cannot make the folder /proc/charts: "));
}

static void test_folders_are_made(void **state)
{
    (void)state;
    fake_gnuplot("fake_maker", NULL);
    const char *folder = test_folder("failure_made");
    char deep[2048];
    snprintf(deep, sizeof deep, "%s/a%ld//b/", folder, (long)getpid());
    size_t written;
    swp_err err;
    assert_int_equal(plot_small(deep, &written, &err), SWP_UNAVAILABLE);
    assert_true(test_exists(test_path(deep, "style.gp")));
}

static void test_nothing_to_plot(void **state)
{
    (void)state;
    made_up empty = small;
    empty.fails = 1;
    empty.n_dims = 1;
    empty.n_seeds = 1;
    empty.epochs = 1; /* the trial fails before its first epoch */
    res_store *store = made_up_store(test_path(TEST_BINARY_DIR, "empty.db"), &empty);
    plot_options options = {.folder = test_folder("failure_empty")};
    swp_err err = {0};
    assert_int_equal(plot_experiment(store, "small", &options, &err), SWP_CONFIG);
    assert_string_equal(err.text, "experiment small: no epoch is recorded yet");
    assert_int_equal(plot_experiment(store, "smal", &options, &err), SWP_CONFIG);
    assert_int_equal(test_count(options.folder, ".gp"), 0);
    res_store_close(store);
}

/* Draw one kind of chart repeatedly, each time with another allocation failing, until all have
 * failed once. Returns how many there were. */
static unsigned long fail_each(res_store *store, plot_options *options)
{
    swp_status status = SWP_NOMEM;
    unsigned long n = 0;
    size_t *written = options->context;
    while (status != SWP_OK && n < 5000) {
        swp_err err = {0};
        *written = 0;
        swp_mem_fail_at(++n);
        status = plot_experiment(store, "small", options, &err);
        swp_mem_fail_at(0);
        assert_int_equal(test_count(options->folder, ".part"), 0);
        if (status != SWP_OK && status != SWP_NOMEM)
            fail_msg("%s, allocation %lu: %s: %s", options->only, n, swp_status_name(status),
                     err.text);
    }
    assert_int_equal(status, SWP_OK);
    return n - 1;
}

/* One kind at a time: each repeats the common steps, and all together would take long. */
static void test_every_allocation_may_fail(void **state)
{
    (void)state;
    /* A gnuplot that writes a picture for each script, so that all steps are reached. */
    fake_gnuplot("fake_quick", "#!/bin/sh\nfor s; do case $s in *.gp)\n"
                               "echo '</svg>' > ${s%.gp}.svg.part;; esac; done\n");
    res_store *store = made_up_store(test_path(TEST_BINARY_DIR, "memory.db"), &small);
    char kinds[] = PLOT_CHARTS, *rest = kinds;
    size_t written = 0, total = 0;
    plot_options options = {.folder = test_folder("failure_memory"),
                            .format = PLOT_SVG,
                            .written = count,
                            .context = &written};
    for (char *kind; (kind = strtok_r(rest, ", \n", &rest));) {
        swp_err err = {0};
        options.only = kind;
        if (plot_experiment(store, "small", &options, &err) == SWP_CONFIG)
            continue; /* a chart of searches: needs more trials */
        assert_true(fail_each(store, &options) > 30);
        total += written;
    }
    assert_int_equal(total, PICTURES);
    res_store_close(store);

    /* If more parameters differ, some charts do more. */
    static const char *const rates[] = {"0.01", "0.001", "1e-4"}, *const batches[] = {"1", "8"};
    made_up wide = small;
    wide.rates = rates;
    wide.n_rates = 3;
    wide.batches = batches;
    wide.n_batches = 2;
    wide.thresholds[1] = NULL;
    store = made_up_store(test_path(TEST_BINARY_DIR, "memory_wide.db"), &wide);
    static const char *const more[] = {"loss_curves", "final_loss", "recall_bars",
                                       "heatmap",     "parallel",   "timeline",
                                       "history",     "slice",      "importance"};
    for (size_t i = 0; i < sizeof more / sizeof more[0]; i++) {
        options.only = more[i];
        assert_true(fail_each(store, &options) > 30);
        assert_int_equal(written, i == 1 ? 3 : 1); /* a picture for each parameter */
    }
    res_store_close(store);
}

/* Whichever statement or row cannot be read, it is reported and no file is left behind. */
static size_t fail_each_read(res_store *store, plot_options *options, failing_what what)
{
    size_t n_told = 0, *written = options->context;
    int failed = 1;
    for (size_t n = 1; failed; n += 1 + n / (what == FAILING_ROW ? 4 : 8)) {
        swp_err err = {0};
        *written = 0;
        failing_at(n, what);
        swp_status status = plot_experiment(store, "small", options, &err);
        failed = failing_has_failed();
        failing_at(0, what);
        assert_int_equal(test_count(options->folder, ".part"), 0);
        if (status != SWP_OK && (status != SWP_DB || !failed))
            fail_msg("%zu: %s: %s", n, swp_status_name(status), err.text);
        n_told += status != SWP_OK;
        assert_true(n < 100000);
    }
    return n_told;
}

static void test_every_read_may_fail(void **state)
{
    (void)state;
    fake_gnuplot("fake_read", "#!/bin/sh\nfor s; do case $s in *.gp)\n"
                              "echo '</svg>' > ${s%.gp}.svg.part;; esac; done\n");
    made_up halved = small;
    halved.halved = true;
    size_t written = 0;
    plot_options options = {.folder = test_folder("failure_reads"),
                            .format = PLOT_SVG,
                            .written = count,
                            .context = &written};
    const made_up *const kinds[] = {&small, &halved};
    for (size_t i = 0; i < 2; i++) {
        res_store *store = made_up_store(test_path(TEST_BINARY_DIR, "reads.db"), kinds[i]);
        assert_true(fail_each_read(store, &options, FAILING_STATEMENT) > 20);
        assert_true(fail_each_read(store, &options, FAILING_ROW) > 5);
        assert_true(fail_each_read(store, &options, FAILING_BRACKET) > 0);
        assert_true(written > 10);
        res_store_close(store);
    }
}

/* A chart that cannot be drawn is named, and the others are there. */
static void test_one_failure_takes_no_other_chart_with_it(void **state)
{
    (void)state;
    fake_gnuplot("fake_partly",
                 "#!/bin/sh\n"
                 "for s; do case $s in roc.gp) echo 'no roc' >&2; exit 1;; "
                 "*.gp) printf 'IEND\\256B`\\202' > ${s%.gp}.png.part;; esac; done\n");
    const char *folder = test_folder("failure_partly");
    outcome got = {0};
    swp_err err = {0};
    res_store *store = made_up_store(test_path(TEST_BINARY_DIR, "partly.db"), &small);
    plot_options options = {
        .folder = folder, .only = "loss_curves,roc,confusion", .note = keep_note, .context = &got};
    assert_int_equal(plot_experiment(store, NULL, &options, &err), SWP_OK);
    res_store_close(store);
    assert_non_null(strstr(got.note, "could not draw roc: "));
    assert_non_null(strstr(got.note, "no roc"));
    assert_true(test_exists(test_path(folder, "loss_curves.png")));
    assert_true(test_exists(test_path(folder, "confusion.png")));
    assert_false(test_exists(test_path(folder, "roc.png")));
    assert_int_equal(test_count(folder, ".part"), 0);
}

static void test_widths(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        plot_format format;
        size_t width;
    } good[] = {{"1600", PLOT_PNG, 1600}, {"3.5in", PLOT_PDF, 560}, {"3.5in", PLOT_PNG, 1050},
                {"89mm", PLOT_PNG, 1051}, {"178mm", PLOT_SVG, 673}, {"200", PLOT_SVG, 200}};
    static const char *const wrong[] = {"", "in", "20", "3.5", "3.5cm", "-3in", "1e3", "900in"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        plot_options options = {.format = good[i].format};
        assert_int_equal(plot_width_parse(good[i].text, &options, NULL), SWP_OK);
        assert_int_equal(options.width, good[i].width);
        bool length = strlen(good[i].text) != strspn(good[i].text, "0123456789");
        assert_int_equal(options.font.size > 0, length);
    }
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        plot_options options = {0};
        swp_err err = {0};
        assert_int_equal(plot_width_parse(wrong[i], &options, &err), SWP_USAGE);
    }
}

static void test_formats(void **state)
{
    (void)state;
    plot_format format;
    swp_err err = {0};
    assert_int_equal(plot_format_parse("png", &format, &err), SWP_OK);
    assert_int_equal(format, PLOT_PNG);
    assert_int_equal(plot_format_parse("svg", &format, &err), SWP_OK);
    assert_int_equal(format, PLOT_SVG);
    assert_int_equal(plot_format_parse("pdf", &format, &err), SWP_OK);
    assert_int_equal(format, PLOT_PDF);
    assert_int_equal(plot_format_parse("PNG", &format, &err), SWP_USAGE);
    assert_string_equal(err.text, "format: expected png, svg or pdf, found 'PNG'");
}

static void test_fonts(void **state)
{
    (void)state;
    plot_font font;
    swp_err err = {0};
    assert_int_equal(plot_font_parse("Liberation Sans", &font, &err), SWP_OK);
    assert_string_equal(font.name, "Liberation Sans");
    assert_true(font.size <= 0);
    assert_int_equal(plot_font_parse("Mono,12.5", &font, &err), SWP_OK);
    assert_string_equal(font.name, "Mono");
    assert_float_equal(font.size, 12.5, 0);
    assert_int_equal(plot_font_parse(",20", &font, &err), SWP_OK);
    assert_string_equal(font.name, "");
    static const char *const wrong[] = {"", "Mono,", "Mono,x", "Mono,3", "Mono,201", "Mono,12,3"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_int_equal(plot_font_parse(wrong[i], &font, &err), SWP_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_missing_gnuplot_says_what_to_install, restore_path),
        cmocka_unit_test_teardown(test_failing_gnuplot_is_quoted, restore_path),
        cmocka_unit_test_teardown(test_failing_with_a_changed_style_blames_it, restore_path),
        cmocka_unit_test_teardown(test_gnuplot_that_dies_or_draws_nothing, restore_path),
        cmocka_unit_test_teardown(test_folders_that_cannot_be, restore_path),
        cmocka_unit_test_teardown(test_picture_that_cannot_have_its_name, restore_path),
        cmocka_unit_test_teardown(test_processes_share_the_scripts, restore_path),
        cmocka_unit_test_teardown(test_one_process_fails, restore_path),
        cmocka_unit_test_teardown(test_picture_cut_short, restore_path),
        cmocka_unit_test_teardown(test_links_are_not_followed, restore_path),
        cmocka_unit_test_teardown(test_read_only_folder, restore_path),
        cmocka_unit_test_teardown(test_folders_are_made, restore_path),
        cmocka_unit_test_teardown(test_nothing_to_plot, restore_path),
        cmocka_unit_test_teardown(test_every_allocation_may_fail, restore_path),
        cmocka_unit_test_teardown(test_every_read_may_fail, restore_path),
        cmocka_unit_test_teardown(test_one_failure_takes_no_other_chart_with_it, restore_path),
        cmocka_unit_test(test_widths),
        cmocka_unit_test(test_formats),
        cmocka_unit_test(test_fonts),
    };
    failing_init();
    return cmocka_run_group_tests(tests, save_path, NULL);
}
