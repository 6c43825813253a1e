# The look that all charts share. `sweep plot` keeps this file once it was changed; delete it to get
# the original back.
#
# A chart script sets name, format, heading, subheading and note before it loads this file, and the
# size of its page, wide and high. The note joins the subheading, or where there is no room takes
# lines of its own, for which the page grows: tops are from_top(...) of a page without them. Lengths
# in the scripts are in units of that page, as if the text had 17 points: where width, height or
# font_size ask for another size, wide and high change with them.

reset
set encoding utf8
if (!exists("part")) part = ''
if (!exists("width")) width = 0
if (!exists("height")) height = 0
if (!exists("font_name")) font_name = 'DejaVu Sans'
if (!exists("font_size")) font_size = 0
if (!exists("titled")) titled = 1
page_wide = width > 0 ? width : wide
scale = font_size > 0 ? font_size / 17.0 : page_wide / (wide * 1.0)
narrower = page_wide / scale / wide
wide = page_wide / scale

# What stands below the heading is broken into lines that fit: none is cut.
told_chars = wide > 400 ? int((wide - 64) / 10.4) : 35
array told_texts[2] = [subheading, note]
if (note ne '' && subheading ne '' && strlen(subheading.note) + 2 <= told_chars) {
    told_texts[1] = subheading.'; '.note
    told_texts[2] = ''
}
told = ''
told_lines = 0
do for [k = 1:2] {
    told_rest = told_texts[k]
    while (told_rest ne '') {
        told_cut = strlen(told_rest)
        if (told_cut > told_chars) {
            told_cut = told_chars
            while (told_cut > 1 && told_rest[told_cut:told_cut] ne ' ') { told_cut = told_cut - 1 }
            if (told_cut == 1) { told_cut = told_chars }
        }
        told = told.(told_lines > 0 ? "\n" : '').told_rest[1:told_cut]
        told_rest = told_rest[told_cut + 1:*]
        told_lines = told_lines + 1
    }
}
# A heading that is longer than the page is written smaller, if need be as small as the note, and what
# is longer even then has two lines.
heading_size = 24.0
if (19.0 * strlen(heading) > wide - 64) { heading_size = 24.0 * (wide - 64) / (19.0 * strlen(heading)) }
headings = 1
if (heading_size < 15) {
    heading_size = 15.0
    heading_cut = int((wide - 64) / 10.6)
    if (heading_cut < strlen(heading)) {
        while (heading_cut > 1 && heading[heading_cut:heading_cut] ne ' ') { heading_cut = heading_cut - 1 }
        if (heading_cut > 1) {
            heading = heading[1:heading_cut - 1]."\n".heading[heading_cut + 1:*]
            headings = 2
        }
    }
}

# A picture without titles ends where they would begin. Narrow ones are nearly square.
extra = titled ? (told_lines > 1 ? 8 + 26.0 * (told_lines - 1) : 0.0) + 26.0 * (headings - 1) : -72.0
high = high * (narrower < 0.6 ? 0.6 : narrower) + extra
page_high = height > 0 ? height : int(high * scale + 0.5)
high = page_high / scale
from_top(y) = 1 - (y + extra) / high

# A PDF has 160 pixels in an inch, and is measured in points.
is_pdf = format eq 'pdf'
unit_pt = is_pdf ? 72 / 160.0 : 1
sized(size) = sprintf('%s,%.4g', font_name, size * scale * unit_pt)
font_text = sized(17)
font_heading = sized(heading_size)
font_note = sized(15)
font_value = sized(16)
# In print nothing is below 6 points, where text has 7.
small = narrower < 0.6 ? 14.6 : 12
font_small = sized(small)
# Names are data: with noenhanced, _ ^ { } @ are shown as they are.
if (format eq 'png') set terminal pngcairo noenhanced size page_wide, page_high font font_text \
    linewidth 1.5 * scale pointscale scale background '#ffffff'
# The name keeps the names inside apart from those of other pictures in one page.
if (format eq 'svg') set terminal svg noenhanced size page_wide, page_high font font_text \
    fontscale 1.33 linewidth 1.5 * scale background '#ffffff' name name
if (is_pdf && !strstrt(GPVAL_TERMINALS, ' pdfcairo ')) exit error \
    'this gnuplot cannot write PDF (it has no terminal pdfcairo): apt install gnuplot-nox'
if (is_pdf) set terminal pdfcairo noenhanced size page_wide / 160.0, page_high / 160.0 \
    font font_text fontscale 1 linewidth 0.9 * scale pointscale 0.45 * scale background '#ffffff'
# Values shown at the pointer: `sweep plot` makes them fit for any viewer. In use: with @tip.
tips = format eq 'svg' && part ne ''
tip = 'labels hypertext point pointtype 7 pointsize 1.2 linecolor rgb "#ffffffff" notitle'
# One point size for all: SVG draws points larger.
dot = format eq 'svg' ? 0.6 : 1
set output name.'.'.format.part

ink = '#222222'
grey = '#666666'
pale = '#e4e4e4'
blank = 15658734 # colour of a cell without a number: #eeeeee
# Okabe and Ito: told apart by colour-blind readers, and in grey.
blue = '#0072b2'
orange = '#e69f00'
red = '#d55e00'

# Ordered series go from dark to light, so that their order survives in grey. The stops are those
# of viridis from 0 to 0.75: its end is too pale for a white page.
array ramp_r[5] = [ 68,  67,  45,  31,  90]
array ramp_g[5] = [  1,  62, 112, 154, 200]
array ramp_b[5] = [ 84, 133, 142, 138, 100]
mix(a, b, u) = int(a + (b - a) * u + 0.5)
ramp_rgb(k, u) = mix(ramp_r[k], ramp_r[k + 1], u) * 65536 \
               + mix(ramp_g[k], ramp_g[k + 1], u) * 256 \
               + mix(ramp_b[k], ramp_b[k + 1], u)
ramp_stop(t) = t >= 1 ? 4 : int(4 * t) + 1
ramp(t) = ramp_rgb(ramp_stop(t), 4 * t - (ramp_stop(t) - 1))
# Colour and point shape of the i-th of n series.
color(i, n) = ramp(n == 1 ? 0.3 : (i - 1.0) / (n - 1.0))
array shapes[9] = [7, 4, 9, 2, 6, 11, 13, 1, 5]
shape(i) = shapes[(i - 1) % 9 + 1]

# Shares (%) from white to blue.
share_rgb(share) = mix(255, 0, share / 100.0) * 65536 + mix(255, 90, share / 100.0) * 256 \
    + mix(255, 160, share / 100.0)
# Relative luminance of a colour, as WCAG defines it: text on darker ones than this is white, so that
# its contrast is 4.5 or more.
linear(c) = c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4
luminance(rgb) = 0.2126 * linear(((rgb / 65536) % 256) / 255.0) \
    + 0.7152 * linear(((rgb / 256) % 256) / 255.0) + 0.0722 * linear((rgb % 256) / 255.0)
is_dark_rgb(rgb) = luminance(rgb) < 0.179
is_dark_share(share) = is_dark_rgb(share_rgb(share))
ramp_palette = sprintf('defined (0 "#%06x", 1 "#%06x", 2 "#%06x", 3 "#%06x", 4 "#%06x")', \
    ramp(0), ramp(0.25), ramp(0.5), ramp(0.75), ramp(1))

# How numbers between these are written at an axis: none is long, and neighbours differ.
size_of(least, most) = abs(most) > abs(least) ? abs(most) : abs(least)
decimals(size, range) = range > 0 ? ceil(floor(log10(size)) - log10(range / 10.0)) : 1
mantissa_format(n) = sprintf('%%.%dte%%T', n < 1 ? 1 : n > 6 ? 6 : n)
number_format(least, most) = size_of(least, most) >= 1e5 || (size_of(least, most) > 0 && size_of(least, most) < 1e-3) \
    ? mantissa_format(decimals(size_of(least, most), most - least)) : '%h'

# A text without what it says in brackets, where it is longer than the side it stands at.
fit(text, side) = 12.0 * strlen(text) > side && strstrt(text, ' (') > 0 \
    ? text[1:strstrt(text, ' (') - 1] : text

# "8, 16" of "A = 8, B = 16".
values_of(text) = strstrt(text, ' = ') == 0 ? text : first_value(text[strstrt(text, ' = ') + 3:*])
first_value(text) = strstrt(text, ' = ') == 0 || strstrt(text, ', ') == 0 ? text \
    : text[1:strstrt(text, ', ') + 1].values_of(text[strstrt(text, ', ') + 2:*])

# The title of the panel of series i of n: its label, after the name of the parameter where there is room
# in all panels.
longest_label(n) = n == 0 ? 0 : at_least(strlen(labels[n]), longest_label(n - 1))
panel_title(i, side) = 0.7 * small * (strlen(labels_prefix) + longest_label(n)) > side ? labels[i] \
    : labels_prefix.labels[i]

# A font for a title that stands above a panel of this width.
title_font(text, side) = 12.0 * strlen(text) > side ? font_small : font_text

# An end of an axis that holds low to high with a share of it to spare on one side.
padded(low, high, share) = (share < 0 ? low : high) \
    + share * (high > low ? high - low : 2 * abs(low) + 1e-9)

# Distance of at most `most` tics on an axis of whole numbers up to `last`: 1, 2 or 5 * 10^k.
power(x) = 10 ** floor(log10(x))
step_above(x) = (x <= power(x) ? 1 : x <= 2 * power(x) ? 2 : x <= 5 * power(x) ? 5 : 10) * power(x)
whole_step(last, most) = last <= most ? 1 : step_above(last / most)

set border 3 linewidth 1 linecolor rgb grey
set tics nomirror out scale 0.6 textcolor rgb ink
set grid linecolor rgb pale linewidth 1 linetype 1
set key textcolor rgb ink samplen 2.5 spacing 1.25 Left reverse
set format '%h'
set title textcolor rgb ink
set xlabel textcolor rgb ink
set ylabel textcolor rgb ink
if (titled) set label 1 heading at screen 32.0 / wide, 1 - 38.0 / high left font font_heading textcolor rgb ink
if (titled) set label 2 told at screen 32.0 / wide, 1 - (82.0 + 26 * (headings - 1)) / high left \
    font font_note textcolor rgb grey

# A page of panels, filled row by row from the top left. A script sets columns and rows, and may
# change the edges.
edge_left = 110.0
edge_right = 40.0
edge_top = 195.0
edge_bottom = 90.0
gap_x = 40.0
gap_y = 62.0
panel_wide(columns) = (wide - edge_left - edge_right - (columns - 1) * gap_x) / columns
panel_high(rows) = (high - extra - edge_top - edge_bottom - (rows - 1) * gap_y) / rows
panel_left(i) = (edge_left + ((i - 1) % columns) * (panel_wide(columns) + gap_x)) / wide
panel_right(i) = panel_left(i) + panel_wide(columns) / wide
panel_top(i) = from_top(edge_top + ((i - 1) / columns) * (panel_high(rows) + gap_y))
panel_bottom(i) = panel_top(i) - panel_high(rows) / high
