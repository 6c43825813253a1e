/* Texts and numbers for gnuplot. Names are data: whatever an experiment is called, it must neither
 * end a string nor run a command nor break a line. */
#ifndef PLOT_TEXT_PRIV_H
#define PLOT_TEXT_PRIV_H

#include "engine/base/str.h"

/* Add `text` as one line of UTF-8: control characters become spaces, bytes that are not UTF-8
 * become question marks, what goes beyond `most` characters becomes "...". */
void plot_text_add(swp_buf *out, const char *text, size_t most);

/* The same between single quotes, inner ones doubled. gnuplot expands neither backquotes nor @ nor
 * backslashes between single quotes. */
void plot_text_quote(swp_buf *out, const char *text, size_t most);

/* Add the line "VARIABLE = 'TEXT'". The text is released; its failure becomes that of `out`. */
void plot_text_assign(swp_buf *out, const char *variable, swp_buf *text);

/* Add the line "VARIABLE = 'TEXT'" with at most `most` characters. */
void plot_text_set(swp_buf *out, const char *variable, const char *text, size_t most);

/* Add "array NAME[n] = [", then item `i` in quotes, whose text is released as above. The caller
 * ends the line with "]\n". */
void plot_array_begin(swp_buf *out, const char *name, size_t n);
void plot_array_text(swp_buf *out, size_t i, swp_buf *text);

/* Add the line "array NAME[n] = [1, 2]". */
void plot_array_counts(swp_buf *out, const char *name, const size_t *counts, size_t n);

/* Add the line "VARIABLE = 0.5". */
void plot_number_set(swp_buf *out, const char *variable, double value);

/* Add the shortest text that reads back to the same number ("nan" for none), a blank before it
 * unless it begins a line. */
void plot_number_add(swp_buf *out, double value);

#endif
