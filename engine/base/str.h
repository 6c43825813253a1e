/* Text to number and back, a growable text buffer, characters, hashes. All conversions take the
 * whole token, check the range and do not depend on the locale (the program never calls setlocale).
 */
#ifndef SWP_STR_H
#define SWP_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/err.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Longest text that swp_format_double writes, with its NUL. */
#define SWP_NUMBER_SIZE 32

/* Parse a finite decimal number ("1e-3", "-.5"); hexadecimal, inf and nan are refused. */
SWP_CHECKED bool swp_parse_double(const char *text, double *out);

/* The same of a number at the start of a text. Returns what follows it, or NULL where none begins
 * or it is too large. */
SWP_CHECKED const char *swp_scan_double(const char *text, double *out);

/* A whole number from min to max, base 10. */
SWP_CHECKED bool swp_parse_int(const char *text, int64_t min, int64_t max, int64_t *out);

/* Shortest decimal text that reads back to the same double. Returns `out`. */
char *swp_format_double(double value, char out[SWP_NUMBER_SIZE]);

/* Shortest decimal text that reads back to the same float. Returns `out`. */
char *swp_format_float(float value, char out[SWP_NUMBER_SIZE]);

/* Longest name of a class label, with its NUL. */
#define SWP_LABEL_SIZE 256

/* The canonical name of a class label: numbers in shortest form, so that "1.0e+00" and "1" are the
 * same class; whole numbers too long for a double keep all their digits. The name of a name is
 * itself. False when `out` is too small. */
SWP_CHECKED bool swp_label_name(const char *text, char *out, size_t size);

/* Growable text, always NUL-terminated once something was added. Zero-initialise; after an
 * allocation failure `failed` is set and further additions do nothing, so callers check once. */
typedef struct swp_buf {
    char *text; /* NULL until the first addition */
    size_t length;
    size_t capacity;
    bool failed;
} swp_buf;

void swp_buf_add(swp_buf *buf, const char *text, size_t length);
void swp_buf_puts(swp_buf *buf, const char *text);
void swp_buf_printf(swp_buf *buf, const char *fmt, ...) SWP_PRINTF(2, 3);
void swp_buf_deinit(swp_buf *buf);

/* Bytes of the UTF-8 character at `text`, or 0 when there is none that can be shown: malformed, a
 * control character, a surrogate, U+FFFE or U+FFFF of any plane, the end of the text. */
size_t swp_utf8_length(const char *text);

/* The same, and 0 for an invisible one that changes the text around it: of no width, of the
 * direction of writing, or the end of a line. */
size_t swp_shown_length(const char *text);

/* Bytes of such an invisible character at `text`; 0: there is none. */
size_t swp_unseen_length(const char *text);

/* Replace invisible characters by '?', in place. */
void swp_show_unseen(char *text);

/* The most bytes up to n that end with a whole UTF-8 character; the text has at least n. */
size_t swp_utf8_cut(const char *text, size_t n);

/* Make a text fit to be shown, in place: control characters, newlines too, and bytes that are not
 * UTF-8 become '?'. */
void swp_make_plain(char *text);

/* Continue a hash, which begins as SWP_HASH_START, over `n` bytes.
 * source   FNV-1a, 64 bits (Fowler, Noll, Vo) */
#define SWP_HASH_START UINT64_C(14695981039346656037)
uint64_t swp_hash(const void *bytes, size_t n, uint64_t hash);

/* Edit distance with insertions, deletions, replacements and swaps of neighbours each costing 1
 * (optimal string alignment); for "did you mean". Texts over 63 bytes give SIZE_MAX. */
size_t swp_edit_distance(const char *a, const char *b);

/* The nearest of the names that are offered one by one, for "did you mean". Begin with
 * (swp_nearest){.found = text}; `name` is NULL until one is near enough: a third of the text may
 * differ, and one character more. Of equally near names the first is kept. */
typedef struct swp_nearest {
    const char *found;
    const char *name; /* borrowed */
    size_t distance;  /* of `name` */
} swp_nearest;

/* Whether this name is the nearest so far. */
bool swp_nearest_offer(swp_nearest *nearest, const char *name);

#ifdef __cplusplus
}
#endif
#endif
