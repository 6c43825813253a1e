# Recall of normal and of abnormal sequences against the threshold, one panel a series.
# recall_threshold.dat: block i - 1 holds series i; columns threshold, normal (%), abnormal (%). Block n + i - 1 holds its planned thresholds; columns threshold, 1 for the one of the
# bar chart and 0 for the others.
wide = 1600
columns = fitting_columns(panel_columns(n), wide, 180)
rows = ceil(n / (columns * 1.0))
key_chars = strlen(chosen) > strlen(anomaly) ? strlen(chosen) : strlen(anomaly)
above = 31.0 * (key_rows(planned > 1 ? 4 : 3, wide, key_chars) - 1)
slim = is_slim(wide)
high = slim ? (215 * rows + 225 + above) / shrinks(wide) : rows <= 3 ? 1000 : 290 * rows + 170
load 'style.gp'
data = name.'.dat'
edge_top = 195.0 + above

# Logarithmic: a few sequences err far more than all others. Tics at 1, 2, 5 while there is room.
set logscale x
set xrange [first : last]
array steps[5] = [1, 2, 3, 5, 7]
decades = log10(last / first)
finest = decades < 0.8 ? 5 : decades < 3 ? 3 : 1
set yrange [-2 : 102]
set ytics 0, 25, 100
set key off
set multiplot
set label 3 'recall (%)' at screen 25.0 / wide, (panel_bottom(n) + panel_top(1)) / 2 center rotate by 90 textcolor rgb ink
set label 4 fit('threshold: '.unit, wide - 100) at screen 0.5, 25.0 / high center textcolor rgb ink
do for [i = 1:n] {
    set lmargin at screen panel_left(i)
    set rmargin at screen panel_right(i)
    set tmargin at screen panel_top(i)
    set bmargin at screen panel_bottom(i)
    series = panel_title(i, panel_wide(columns))
    set title series font title_font(series, panel_wide(columns)) offset 0, -0.7
    # Every step has a tic; its label only where there is room since the last one.
    set xtics ()
    last_end = -1.0
    do for [power10 = floor(log10(first)) : ceil(log10(last))] {
        do for [k = 1:5] {
            if (finest == 1 && k > 1 || finest == 3 && (k == 3 || k == 5)) { continue }
            tic = steps[k] * 10.0 ** power10
            label = sprintf('%g', tic)
            place = log10(tic / first) / decades * panel_wide(columns)
            half = 0.5 * (11.5 * strlen(label) + 8)
            fits = tic >= first && tic <= last && place - half > last_end
            if (fits) { last_end = place + half }
            set xtics add ((fits && i > n - columns ? label : '') tic)
        }
    }
    set format y ((i - 1) % columns == 0 ? '%g' : '')
    plot data index n + i - 1 using 1:($2 == 0 ? 102 : NaN) with impulses linewidth 1 \
             linecolor rgb '#bbbbbb', \
         data index n + i - 1 using 1:($2 == 1 ? 102 : NaN) with impulses linewidth 1.5 \
             linecolor rgb ink dashtype (3, 3), \
         data index i - 1 using 1:2 with lines linewidth 2.5 linecolor rgb blue, \
         data index i - 1 using 1:3 with lines linewidth 2.5 linecolor rgb orange \
             dashtype (8, 4)
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
plot NaN with lines linewidth 2.5 linecolor rgb blue title normal, \
     NaN with lines linewidth 2.5 linecolor rgb orange dashtype (8, 4) title anomaly, \
     NaN with lines linewidth 1.5 linecolor rgb ink dashtype (3, 3) title chosen, \
     NaN with lines linewidth 1 linecolor rgb '#bbbbbb' \
         title planned > 1 ? 'other planned' : ''
unset multiplot
set output
