/* Charts of made-up experiments, and assertions about a folder of charts. */
#ifndef TEST_CHECKS_H
#define TEST_CHECKS_H

#include "plots/plot.h"
#include "tests/plots/made_up.h"

/* The number of pictures of a study in which only the embedding dimension varies, without those of
 * trials; and of each finished trial. */
enum { SHARED = 14, EACH = 2 };

void skip_without_gnuplot(void);

/* A `written` of plot_options that counts in a size_t. */
void count_picture(const char *path, void *context);

/* Callbacks of plot_options: `written` and `note`. Notes come before the long part, not after it.
 */
typedef struct outcome {
    size_t written, notes;
    char note[512]; /* the last one */
} outcome;
void count_written(const char *path, void *context);
void keep_note(const char *text, void *context);

/* Fill a store, plot it (`only` these charts) into the folder of that name, and return the folder.
 */
const char *plot_charts_of(const char *only, const char *name, const made_up *what,
                           plot_format format, size_t pictures);
const char *plot_study_of(const char *name, const made_up *what, plot_format format,
                          size_t pictures);

/* Check the signature, the dimensions, and that there are enough bytes for a drawing: an empty page
 * of this size compresses to less than 5,000. */
void expect_png(const char *folder, const char *name, unsigned long wide, unsigned long high);
void expect_contains(const char *path, const char *part);

/* A script is a head, which is compared with a golden text, and the unchanged script of plots/. */
void expect_golden_script(const char *folder, const char *name, const char *source);
void expect_golden_data(const char *folder, const char *name);

/* Run gnuplot as a user does, in the folder and without this program. */
int run_by_hand(const char *folder, const char *script);

#endif
