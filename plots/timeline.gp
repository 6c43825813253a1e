# Which worker trained what when. Trials side by side are one bar.
# timeline.dat: block 0 holds the bars; columns worker, begun, ended, trial, trials side by
# side, epochs, series. Block 1 holds the places of pauses, which are left out of the axis. Block 2
# holds failed attempts; columns worker, time, trial.
longest = strlen(labels_title) > 6 ? strlen(labels_title) : 6 # 'failed'
do for [i = 1:n] { if (strlen(labels[i]) > longest) { longest = strlen(labels[i]) } }
legend = n > 1 || n_failures > 0 ? 90 + 12 * longest : 0
wide = 1600
bars_high = (n_workers <= 8 ? 90 : 40) * n_workers
# The legend stands right of the bars; on a narrow page, which it would fill, below.
legend_rows = at_most(n + 1 + (n_failures > 0), 26)
slim = legend && fitted(wide) < legend + 560
if (slim) { legend_rows = 1 + key_rows(legend_rows - 1, wide, longest) }
legend_high = slim ? 34.0 * legend_rows + 10 : 0
if (slim) { legend = 0 }
# gnuplot begins another column of the legend where it is higher than the plot.
high = is_slim(wide) ? (250 + at_least(legend_high + bars_high, legend ? 20 + 34 * legend_rows : 0)) / shrinks(wide) : 250 + at_least(bars_high, legend ? 20 + 34 * legend_rows : 0)
load 'style.gp'
data = name.'.dat'

plot_wide = wide - 160.0 - 40.0 - legend
set lmargin at screen 160.0 / wide
set rmargin at screen (160.0 + plot_wide) / wide
set tmargin at screen from_top(130)
set bmargin at screen (100.0 + legend_high) / high
set xrange [0 : last]
set yrange [n_workers + 0.5 : 0.5]
set xlabel unit
set xtics step_above(last / (plot_wide / 100))
set ytics scale 0 ()
do for [w = 1:n_workers] { set ytics add (sprintf('worker %d', w) w) }
set grid noytics
if (n_bars <= 200) { set style fill solid 1 border rgb '#ffffff' }
if (n_bars > 200) { set style fill solid 1 noborder }
set key off

# Dark to light by series; white text on the dark half. Only what fits is written.
is_dark(i) = n == 1 || (i - 1.0) / (n - 1) < 0.45
own(i) = n > 1 ? labels[int(i)] : ''
long_name(i, trial, side) = own(i).(n > 1 ? ', ' : '') \
    .(side > 1 ? sprintf('%d trials', side) : sprintf('trial %d', trial))
short_name(i, trial, side) = side > 1 ? sprintf('%s x %d', own(i), side) : own(i)
room(begun, ended, text) = (ended - begun) / last * plot_wide > 10.5 * strlen(text) + 8
text(begun, ended, i, trial, side) = \
    room(begun, ended, long_name(i, trial, side)) ? long_name(i, trial, side) \
    : room(begun, ended, short_name(i, trial, side)) ? short_name(i, trial, side) : ''
value_at(trial, side, i, epochs, seconds) = \
    sprintf('%s: %d epochs, %.3g %s', long_name(i, trial, side), epochs, seconds, unit)
set multiplot
plot data index 0 using (($2 + $3) / 2):1:(($3 - $2) / 2):(0.36):(color($7, n)) with boxxyerror \
         linecolor rgb variable notitle, \
     data index 0 using (is_dark($7) ? ($2 + $3) / 2 : NaN):1:(text($2, $3, $7, $4, $5)) \
         with labels textcolor rgb '#ffffff' notitle, \
     data index 0 using (is_dark($7) ? NaN : ($2 + $3) / 2):1:(text($2, $3, $7, $4, $5)) \
         with labels textcolor rgb ink notitle, \
     for [i = 1 : n_pauses > 0 ? 1 : 0] data index 1 using 1:(0.5):(0):(n_workers) with vectors \
         nohead linecolor rgb grey linewidth 1 dashtype (6, 6) notitle, \
     for [i = 1 : n_failures > 0 ? 1 : 0] data index 2 using 2:1 with points linewidth 3 \
         linecolor rgb red pointtype 2 pointsize 2 * dot, \
     for [i = 1 : tips ? 1 : 0] data index 0 using (($2 + $3) / 2):1: \
         (value_at($4, $5, $7, $6, $3 - $2)) with @tip
# The legend has the height of the page.
if (n > 1 || n_failures > 0) {
    do for [i = 1:2] { unset label i }
    unset border
    unset tics
    unset grid
    unset xlabel
    set yrange [0 : 1]
    set tmargin at screen from_top(125)
    set bmargin at screen 20.0 / high
    set key on title labels_title left
    set key at screen slim ? 60.0 / wide : (175.0 + plot_wide) / wide, \
        screen slim ? (legend_high + 5) / high : from_top(125) left top vertical \
        maxrows slim ? legend_rows - 1 : 26
    plot for [i = 1 : n > 1 ? n : 0] NaN with boxes linecolor rgb color(i, n) title labels[i], \
         for [i = 1 : n_failures > 0 ? 1 : 0] NaN with points linewidth 3 linecolor rgb red \
             pointtype 2 pointsize 2 * dot title 'failed'
}
unset multiplot
set output
