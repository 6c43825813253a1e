/* What gnuplot writes as SVG, made fit for a page that holds several pictures. */
#ifndef PLOT_SVG_PRIV_H
#define PLOT_SVG_PRIV_H

#include "engine/base/str.h"

/* Add the picture `svg` of the chart `name` to `out`, changed in four ways:
 *   names of markers and filters, the same in all pictures of gnuplot, begin with "NAME_";
 *   the titles of plots ("NAME_plot_1"), which a browser shows at the pointer, are gone;
 *   texts at points (`labels hypertext`), which need a script of gnuplot's, become such titles;
 *   paths are relative and in tenths, empty groups and attributes that SVG assumes are gone, and
 *   groups that follow each other with the same attributes are one.
 * Texts that are shown stay as they are. */
void plot_svg_tidy(const char *svg, const char *name, swp_buf *out);

#endif
