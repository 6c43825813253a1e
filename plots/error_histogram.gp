# Histogram and density of the reconstruction errors, normal and abnormal, one panel a series. The
# areas are 1.
# error_histogram.dat: block 2 * (i - 1) holds the bars of series i; columns middle, normal,
# abnormal. The block after it holds the densities. Block 2 * n + i - 1 holds the thresholds.
wide = 1600
columns = fitting_columns(panel_columns(n), wide, 180)
rows = ceil(n / (columns * 1.0))
key_chars = strlen(chosen)
above = 31.0 * (key_rows(3, wide, key_chars) - 1)
slim = is_slim(wide)
high = slim ? (215 * rows + 225 + above) / shrinks(wide) : rows <= 3 ? 1000 : 290 * rows + 170
load 'style.gp'
data = name.'.dat'
edge_top = 195.0 + above

set xrange [first : last]
set key off
set style fill transparent solid 0.35 noborder
set boxwidth (last - first) / bins
edge_left = 130.0
set xtics step_above((last - first) / at_most(columns > 1 ? 5 : 12, panel_wide(columns) / 62))

# One scale for all panels.
top = 0.0
do for [i = 1:n] {
    stats data index 2 * (i - 1) using ($2 > $3 ? $2 : $3) nooutput name 'bar'
    if (bar_max > top) { top = bar_max }
}
top = 1.05 * top
set yrange [0 : top]
set ytics step_above(top / (panel_high(rows) > 300 ? 8 : 4))

set multiplot
set label 3 fit('density (share per unit of error)', panel_top(1) * high) at screen 25.0 / wide, \
    (panel_bottom(n) + panel_top(1)) / 2 center rotate by 90 textcolor rgb ink
beyond_note = beyond > 0 ? sprintf('; %d lie beyond the axis', beyond) : ''
set label 4 fit(unit.beyond_note, wide - 100) at screen 0.5, 25.0 / high center textcolor rgb ink
do for [i = 1:n] {
    set lmargin at screen panel_left(i)
    set rmargin at screen panel_right(i)
    set tmargin at screen panel_top(i)
    set bmargin at screen panel_bottom(i)
    series = panel_title(i, panel_wide(columns))
    set title series font title_font(series, panel_wide(columns)) offset 0, -0.7
    set format x (i > n - columns ? '%g' : '')
    set format y ((i - 1) % columns == 0 ? '%g' : '')
    plot data index 2 * (i - 1) using 1:2 with boxes linecolor rgb blue, \
         data index 2 * (i - 1) using 1:3 with boxes linecolor rgb orange, \
         data index 2 * i - 1 using 1:2 with lines linewidth 2 linecolor rgb blue, \
         data index 2 * i - 1 using 1:3 with lines linewidth 2 linecolor rgb orange \
             dashtype (8, 4), \
         data index 2 * n + i - 1 using 1:(top) with impulses linewidth 2 \
             linecolor rgb ink dashtype (3, 3)
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
plot NaN with lines linewidth 2 linecolor rgb blue title 'normal', \
     NaN with lines linewidth 2 linecolor rgb orange dashtype (8, 4) title 'abnormal', \
     NaN with lines linewidth 2 linecolor rgb ink dashtype (3, 3) title chosen
unset multiplot
set output
