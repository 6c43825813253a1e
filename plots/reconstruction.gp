# Samples and what the model of one trial makes of them: a row a class, its error in each title.
# NAME.dat: block i - 1 holds sample i; columns sample, original, reconstruction.
# Fewer of each class: gnuplot -e "most=1" NAME.gp; one of each stand in rows of three.
if (!exists("most")) most = n_columns
is_shown(i) = columns_of[i] <= fitting
wide = 1600
slim = is_slim(wide)
# A narrow page has two panels in a row, and their titles in two lines.
fitting = fitting_columns(most, wide, 180)
single = fitting == 1 || n_columns == 1
columns = !single ? at_most(fitting, n_columns) : fitting_columns(at_most(n_rows, 3), wide, 180)
rows = single ? ceil(n_rows / (columns * 1.0)) : n_rows
key_chars = 14 # 'reconstruction'
above = 31.0 * (key_rows(3, wide, key_chars) - 1)
high = slim ? (237 * rows + 245 + above) / shrinks(wide) : rows <= 2 ? 240 + 330 * rows : 195 + 235 * rows
load 'style.gp'
data = name.'.dat'
edge_top = 195.0 + above
if (slim) { gap_y = 84.0; edge_top = 217.0 + above }

stats data using 2 nooutput name 'original'
stats data using 3 nooutput name 'model'
low = original_min < model_min ? original_min : model_min
peak = original_max > model_max ? original_max : model_max
pad = peak > low ? 0.04 * (peak - low) : 1
# A single sample is a point in the middle.
set xrange [length > 1 ? 1 : 0.5 : length > 1 ? length : 1.5]
drawn = length > 1 ? 'lines' : 'points pointtype 7'
set yrange [low - pad : peak + pad]
set xtics whole_step(length, panel_wide(columns) / 75)
set ytics step_above((peak - low) / 5)
edge_left = 100.0
set key off
place(i) = single ? rows_of[i] : (rows_of[i] - 1) * columns + columns_of[i]
n_places = single ? n_rows : rows * columns
set multiplot
set label 3 'value' at screen 25.0 / wide, (panel_bottom(n_places) + panel_top(1)) / 2 \
    center rotate by 90 textcolor rgb ink
set label 4 'sample' at screen 0.5, 25.0 / high center textcolor rgb ink
do for [i = 1:n] {
    if (is_shown(i)) {
        p = place(i)
        set lmargin at screen panel_left(p)
        set rmargin at screen panel_right(p)
        set tmargin at screen panel_top(p)
        set bmargin at screen panel_bottom(p)
        title = titles[i]
        at = strstrt(title, ': ')
        broken = at > 0 && 0.7 * small * strlen(title) > panel_wide(columns)
        if (broken) { title = title[1:at - 1]."\n".title[at + 2:*] }
        set title title font broken ? font_small : title_font(title, panel_wide(columns)) offset 0, -0.7
        lowest = 1
        do for [j = i + 1:n] { if (is_shown(j) && place(j) == p + columns) { lowest = 0 } }
        set format x (lowest ? '%g' : '')
        set format y ((p - 1) % columns == 0 ? '%g' : '')
        plot data index i - 1 using 1:2:3 with filledcurves fillstyle solid 1 noborder \
                 linecolor rgb pale, \
             data index i - 1 using 1:2 with @drawn linewidth 2.2 linecolor rgb blue, \
             data index i - 1 using 1:3 with @drawn linewidth 2.2 linecolor rgb red dashtype (8, 3)
        do for [k = 1:4] { unset label k }
    }
}
# The legend: a plot of nothing, as wide as the page, so that it fits in one line.
set lmargin at screen edge_left / wide
set rmargin at screen 1 - edge_right / wide
unset border
unset tics
unset grid
unset title
set key on at screen 1 - edge_right / wide, from_top(115) right top horizontal maxcols key_columns(wide, key_chars)
plot NaN with lines linewidth 2.2 linecolor rgb blue title 'original', \
     NaN with lines linewidth 2.2 linecolor rgb red dashtype (8, 3) title 'reconstruction', \
     NaN with boxes fillstyle solid 1 noborder linecolor rgb pale title 'error'
unset multiplot
set output
