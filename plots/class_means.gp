# Mean of every class at each sample, with a band of two standard deviations to both sides, one panel
# a class.
# class_means.dat: block i - 1 holds class i; columns sample, mean, standard deviation.
wide = 1600
columns = fitting_columns(panel_columns(n), wide, 180)
rows = ceil(n / (columns * 1.0))
key_chars = 15
above = 31.0 * (key_rows(normal > 0 ? 4 : 3, wide, key_chars) - 1)
slim = is_slim(wide)
high = slim ? (237 * rows + 225 + above) / shrinks(wide) : rows <= 3 ? 1000 : 290 * rows + 170
load 'style.gp'
data = name.'.dat'
edge_top = 195.0 + above

# One scale for all panels. A class of one sequence has no standard deviation and no band.
spread(k) = valid(k) ? 2 * column(k) : 0
stats data using ($2 - spread(3)) nooutput name 'foot'
stats data using ($2 + spread(3)) nooutput name 'top'
pad = top_max > foot_min ? 0.04 * (top_max - foot_min) : 1
# A single sample is a point in the middle.
set xrange [length > 1 ? 1 : 0.5 : length > 1 ? length : 1.5]
drawn = length > 1 ? 'lines' : 'points pointtype 7'
set yrange [foot_min - pad : top_max + pad]
set xtics whole_step(length, panel_wide(columns) / 75)
edge_left = 100.0
if (slim) { gap_y = 84.0; edge_top = 217.0 + above }
set style fill transparent solid 0.3 noborder
set key off
set multiplot
set label 3 'value' at screen 25.0 / wide, (panel_bottom(n) + panel_top(1)) / 2 \
    center rotate by 90 textcolor rgb ink
set label 4 'sample' at screen 0.5, 25.0 / high center textcolor rgb ink
do for [i = 1:n] {
    set lmargin at screen panel_left(i)
    set rmargin at screen panel_right(i)
    set tmargin at screen panel_top(i)
    set bmargin at screen panel_bottom(i)
    series = sprintf('%s, %d sequence%s', labels[i], counts[i], counts[i] == 1 ? '' : 's')
    broken = 0.7 * small * strlen(series) > panel_wide(columns)
    if (broken) { series = sprintf("%s\n%d sequence%s", labels[i], counts[i], counts[i] == 1 ? '' : 's') }
    set title series font broken ? font_small : title_font(series, panel_wide(columns)) offset 0, -0.7
    set format x (i > n - columns ? '%g' : '')
    set format y ((i - 1) % columns == 0 ? '%g' : '')
    tone = i == normal ? blue : orange
    plot data index i - 1 using 1:($2 - spread(3)):($2 + spread(3)) with filledcurves \
             linecolor rgb tone, \
         for [k = 1 : normal > 0 && i != normal ? 1 : 0] data \
             index (normal > 0 ? normal - 1 : 0) using 1:2 with @drawn linewidth 1.5 \
             linecolor rgb grey dashtype (6, 4), \
         data index i - 1 using 1:2 with @drawn linewidth 2.2 linecolor rgb ink
    do for [k = 1:4] { unset label k }
}
# The legend: a plot of nothing, as wide as the page, so that it fits in one line.
set lmargin at screen edge_left / wide
set rmargin at screen 1 - edge_right / wide
unset border
unset tics
unset grid
unset title
set key on at screen 1 - edge_right / wide, from_top(115) right top horizontal maxcols key_columns(wide, key_chars)
plot NaN with lines linewidth 2.2 linecolor rgb ink title 'mean', \
     NaN with lines linewidth 1.5 linecolor rgb grey dashtype (6, 4) \
         title normal > 0 && n > 1 ? 'normal mean' : '', \
     NaN with boxes linecolor rgb blue title normal > 0 ? '2 sd, normal' : '', \
     NaN with boxes linecolor rgb orange title normal > 0 ? '2 sd, abnormal' : '2 sd'
unset multiplot
set output
