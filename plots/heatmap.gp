# Metrics over two axes, dark to light from the least to the largest value, as a bar beside each shows.
# heatmap.dat: columns x, y (numbers of values), evaluations, and the metrics in the order of that array;
# a block for each facet.
# Other metrics, by their numbers in it: gnuplot -e "shown='2 8'" heatmap.gp
n = words(shown)
columns = n_facets > 1 && fitted(1600) < 1000 ? 1 : n_facets > 1 ? (n_facets == 3 || n_facets > 4 ? 3 : 2) : n <= 1 ? 1 : 2
# Rows that a metric takes; panels of a metric begin a row where there are facets.
deep = ceil(n_facets / (columns * 1.0))
rows = n_facets > 1 ? n * deep : ceil(n / (columns * 1.0))
spot(i, f) = n_facets > 1 ? (i - 1) * deep * columns + f : i
is_lowest(i, f) = n_facets > 1 ? i == n && f + columns > n_facets : i > n - columns
wide = 1600
slim = is_slim(wide)
high = 270 + rows * (ny <= 4 ? 330 : ny <= 9 ? 430 : 44 * ny + 40)
load 'style.gp'
data = name.'.dat'

longest = 0
do for [i = 1:ny] { if (strlen(y_values[i]) > longest) { longest = strlen(y_values[i]) } }
edge_left = 75.0 + 11.5 * longest
edge_top = 160.0
edge_bottom = 100.0
edge_right = 120.0
gap_x = slim ? 110.0 : 150.0
gap_y = 64.0
# Of many values only some are named; numbers stand in the cells where they fit.
cell_wide = panel_wide(columns) / nx
longest = 0
do for [i = 1:nx] { if (strlen(x_values[i]) > longest) { longest = strlen(x_values[i]) } }
step_x = ceil((11.5 * longest + 4) / cell_wide)
step_y = ceil(22.0 * ny / panel_high(rows))
numbers = cell_wide > 3.5 * small && step_y == 1
font_number = cell_wide > 66 ? font_note : font_small

array leasts[n]
array mosts[n]
do for [i = 1:n] {
    stats data using 3 + int(word(shown, i)) nooutput name 'metric'
    leasts[i] = metric_min
    mosts[i] = metric_max
}

unset border
unset grid
set tics scale 0
set key off
set xrange [0.5 : nx + 0.5]
set yrange [0.5 : ny + 0.5]
set style fill solid 1 noborder
set multiplot
set label 3 y_name at screen 25.0 / wide, 0.5 * (panel_bottom(rows * columns) + panel_top(1)) \
    center rotate by 90 textcolor rgb ink
set label 4 x_name at screen 0.5, 25.0 / high center textcolor rgb ink
share(v) = most > least ? (v - least) / (most - least) : 0.5
# As many decimals for all numbers of a panel as tell them apart: three digits of their range, as far as
# they fit; but for nothing and all.
size = 0 # of the largest number
whole_digits(v) = v >= 10 ? 1 + floor(log10(0.9999 * v)) : 1 # 100 has no decimals anyway
told_digits(range) = range > 0 ? 2 - floor(log10(range)) : 3
most_digits(v) = int(cell_wide / (cell_wide > 66 ? 10 : 0.66 * small)) - 1 - whole_digits(v)
least_of(a, b) = a < b ? a : b
decimals(range, v) = told_digits(range) < 0 || most_digits(v) < 1 ? 0 \
    : least_of(told_digits(range), least_of(most_digits(v), 6))
is_lost(v) = abs(v) < 0.5 * 10.0 ** -decimals(most - least, size)
number(v) = v == 100 || v == 0 ? sprintf('%.0f', v) \
    : is_lost(v) && cell_wide > 66 ? sprintf('%.0e', v) \
    : size >= 1e5 || (size > 0 && size < 1e-3) ? sprintf('%.1e', v) \
    : sprintf(sprintf('%%.%df', decimals(most - least, size)), v)
# Of column k; a metric that is not defined has no colour and no number.
is_dark(k) = valid(k) && is_dark_rgb(ramp(share(column(k))))
text(k) = valid(k) ? number(column(k)) : 'n/a'
set palette @ramp_palette
set colorbox user
set cbtics font font_note offset -0.7, 0
do for [i = 1:n] { do for [f = 1:n_facets] {
    m = int(word(shown, i))
    q = spot(i, f)
    set lmargin at screen panel_left(q)
    set rmargin at screen panel_right(q)
    set tmargin at screen panel_top(q)
    set bmargin at screen panel_bottom(q)
    least = leasts[i]
    most = mosts[i]
    size = abs(most) > abs(least) ? abs(most) : abs(least)
    panel_title = metrics[m].(n_facets > 1 ? ': '.facet_titles[f] : '')
    set title panel_title font title_font(panel_title, panel_wide(columns)) offset 0, -0.7
    set cbrange [least : most > least ? most : least + 1e-9 * (1 + abs(least))]
    set colorbox user origin screen panel_right(q) + 14.0 / wide, screen panel_bottom(q) \
        size screen 16.0 / wide, screen panel_top(q) - panel_bottom(q)
    set format cb number_format(least, most)
    if (panel_high(rows) < 280 && most > least) { set cbtics step_above((most - least) / 4.0) } else { set cbtics autofreq }
    if (most == least) { set cbtics (number(least) least) }
    set xtics ('' 1)
    if (is_lowest(i, f)) { do for [k = 1:nx:step_x] { set xtics add (x_values[k] k) } }
    set ytics ('' 1)
    if ((q - 1) % columns == 0) { do for [k = 1:ny:step_y] { set ytics add (y_values[k] k) } }
    plot data index f - 1 using 1:(valid(3 + m) ? NaN : $2):(0.49):(0.48) with boxxyerror linecolor rgb blank, \
         data index f - 1 using 1:2:(0.49):(0.48):3 + m with boxxyerror linecolor palette, \
         data index f - 1 using 1:(numbers && is_dark(3 + m) ? $2 : NaN):(text(3 + m)) \
             with labels font font_number textcolor rgb '#ffffff', \
         data index f - 1 using 1:(numbers && !is_dark(3 + m) ? $2 : NaN):(text(3 + m)) \
             with labels font font_number textcolor rgb '#000000'
    do for [k = 1:4] { unset label k }
} }
unset multiplot
set output
