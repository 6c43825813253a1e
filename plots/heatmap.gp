# Metrics over two axes, dark to light from the least to the largest value, as a bar beside each shows.
# heatmap.dat: columns x, y (numbers of values), evaluations, and the metrics in the order of that array.
# Other metrics, by their numbers in it: gnuplot -e "shown='2 8'" heatmap.gp
n = words(shown)
columns = n <= 1 ? 1 : 2
rows = ceil(n / (columns * 1.0))
wide = 1600
high = 270 + rows * (ny <= 4 ? 330 : ny <= 9 ? 430 : 44 * ny + 40)
load 'style.gp'
data = name.'.dat'

longest = 0
do for [i = 1:ny] { if (strlen(y_values[i]) > longest) { longest = strlen(y_values[i]) } }
edge_left = 75.0 + 11.5 * longest
edge_top = 160.0
edge_bottom = 100.0
edge_right = 120.0
gap_x = 150.0
gap_y = 64.0
# Of many values only some are named; numbers stand in the cells where they fit.
cell_wide = panel_wide(columns) / nx
longest = 0
do for [i = 1:nx] { if (strlen(x_values[i]) > longest) { longest = strlen(x_values[i]) } }
step_x = ceil((11.5 * longest + 10) / cell_wide)
step_y = ceil(22.0 * ny / panel_high(rows))
numbers = cell_wide > 42 && step_y == 1
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
set label 3 y_name at screen 25.0 / wide, 0.5 * (panel_bottom(n) + panel_top(1)) \
    center rotate by 90 textcolor rgb ink
set label 4 x_name at screen 0.5, 25.0 / high center textcolor rgb ink
share(v) = most > least ? (v - least) / (most - least) : 0.5
# As many decimals for all numbers of a panel, fewer in small cells; but for nothing and all.
decimals(v) = v >= 1e5 ? '%.1e' : v >= 1000 ? '%.0f' : v > 2 ? '%.1f' : cell_wide > 52 ? '%.3f' : '%.2f'
number(v) = v == 100 || v == 0 ? sprintf('%.0f', v) \
    : sprintf(decimals(abs(most) > abs(least) ? abs(most) : abs(least)), v)
# Of column k; a metric that is not defined has no colour and no number.
is_dark(k) = valid(k) && is_dark_rgb(ramp(share(column(k))))
text(k) = valid(k) ? number(column(k)) : 'n/a'
set palette @ramp_palette
set colorbox user
set cbtics font font_note offset -0.7, 0
do for [i = 1:n] {
    m = int(word(shown, i))
    set lmargin at screen panel_left(i)
    set rmargin at screen panel_right(i)
    set tmargin at screen panel_top(i)
    set bmargin at screen panel_bottom(i)
    least = leasts[i]
    most = mosts[i]
    set title metrics[m] offset 0, -0.7
    set cbrange [least : most > least ? most : least + 1e-9 * (1 + abs(least))]
    set colorbox user origin screen panel_right(i) + 14.0 / wide, screen panel_bottom(i) \
        size screen 16.0 / wide, screen panel_top(i) - panel_bottom(i)
    set format cb number_format(abs(most) > abs(least) ? abs(most) : abs(least))
    set cbtics autofreq
    if (most == least) { set cbtics (number(least) least) }
    set xtics ('' 1)
    if (i > n - columns) { do for [k = 1:nx:step_x] { set xtics add (x_values[k] k) } }
    set ytics ('' 1)
    if ((i - 1) % columns == 0) { do for [k = 1:ny:step_y] { set ytics add (y_values[k] k) } }
    plot data using 1:(valid(3 + m) ? NaN : $2):(0.49):(0.48) with boxxyerror linecolor rgb blank, \
         data using 1:2:(0.49):(0.48):3 + m with boxxyerror linecolor palette, \
         data using 1:(numbers && is_dark(3 + m) ? $2 : NaN):(text(3 + m)) \
             with labels font font_number textcolor rgb '#ffffff', \
         data using 1:(numbers && !is_dark(3 + m) ? $2 : NaN):(text(3 + m)) \
             with labels font font_number textcolor rgb '#000000'
    do for [k = 1:4] { unset label k }
}
unset multiplot
set output
