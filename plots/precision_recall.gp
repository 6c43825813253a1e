# Precision (share of the flagged sequences that are abnormal) against the share of abnormal ones that
# are flagged, at every threshold.
# precision_recall.dat: block i - 1 holds series i; columns flagged abnormal ones (%), precision (%), its
# sd. Block n + i - 1 holds the same two of its evaluations at the chosen threshold, block 2n + k - 1 the
# curve of baseline k.
several = strstrt(areas[1], '±') > 0
longest = strlen(labels_title.' area')
do for [i = 1:n] {
    chars = strlen(labels[i]) + strlen(areas[i]) + 3
    if (chars > longest) { longest = chars }
}
do for [b = 1:n_baselines] {
    if (strlen(baseline_titles[b]) > longest) { longest = strlen(baseline_titles[b]) }
}
high = 1000
wide = 950 + 90 + 12 * longest
if (several && longest < 29) { wide = 950 + 90 + 12 * 29 }
legend_wide = 90.0 + 12 * (longest < 29 && several ? 29 : longest)
# A narrow picture grows with its legend; one that the legend would fill has it below.
slim = fitted(wide) < legend_wide + 480
legend_high = slim ? 31.0 * (n + 4 + n_baselines) : 0
if (slim) {
    high = (650 + legend_high) / shrinks(wide)
    legend_wide = 0.0
}
if (!slim && high * shrinks(wide) < 330 + 31.0 * (n + 3 + n_baselines)) { high = (330 + 31.0 * (n + 3 + n_baselines)) / shrinks(wide) }
load 'style.gp'
data = name.'.dat'

set lmargin at screen 110.0 / wide
room = wide - 135 - legend_wide
set rmargin at screen (110 + room) / wide
set tmargin at screen from_top(140)
set bmargin at screen (90.0 + legend_high) / high
set xrange [0 : 100]
stats data using 2 nooutput name 'precision'
low = precision_min < abnormal ? precision_min : abnormal
set yrange [10 * floor(low / 10.0) : 100]
set xlabel anomaly.' (%)'
set ylabel sprintf('precision (%%), with %.0f %% abnormal', abnormal)
set key off
if (!slim) {
    set key on title (labels_title eq '' ? '' : labels_title.':  ').'area' left
    set key at screen (135 + room) / wide, from_top(140) left top vertical maxrows 26
}
set arrow 1 from 0, abnormal to 100, abnormal nohead linecolor rgb grey linewidth 1 \
    dashtype (6, 6) back
value_at(i, x, y) = labels_prefix.labels[i].': ' \
    .sprintf('recall %.1f %%, precision %.1f %%', x, y)
at_threshold = 'at '.chosen.(each == 1 ? ', each trial' : each == 2 ? ', mean' : '')
set style fill transparent solid 0.10 noborder
set multiplot
plot for [i = 1 : each ? n : 0] data index i - 1 using 1:($2 - $3):($2 + $3) with filledcurves \
         linecolor rgb color(i, n) notitle, \
     for [i = 1:n] data index i - 1 using 1:2 with fsteps linewidth 2 linecolor rgb color(i, n) \
         notitle, \
     for [i = 1:n] data index n + i - 1 using 1:2 with points linewidth 2 \
         linecolor rgb color(i, n) pointtype shape(i) pointsize 1.8 * dot notitle, \
     for [b = 1:n_baselines] data index 2 * n + b - 1 using 1:2 with fsteps linewidth 2 \
         linecolor rgb red dashtype b + 1 notitle, \
     for [i = 1:n] NaN with linespoints linewidth 2 linecolor rgb color(i, n) \
         pointtype shape(i) pointsize 1.8 * dot title labels[i].':  '.areas[i], \
     NaN with points linewidth 2 linecolor rgb ink pointtype 6 pointsize 1.8 * dot title at_threshold, \
     for [b = 1:n_baselines] NaN with lines linewidth 2 linecolor rgb red dashtype b + 1 \
         title baseline_titles[b], \
     NaN with lines linewidth 1 linecolor rgb grey dashtype (6, 6) title 'all flagged', \
     for [i = 1 : tips ? n : 0] data index n + i - 1 using 1:2:(value_at(i, $1, $2)) with @tip
if (slim) {
    do for [i = 1:3] { unset label i }
    unset border
    unset tics
    unset grid
    unset xlabel
    unset ylabel
    unset arrow
    set yrange [0 : 1]
    set tmargin at screen from_top(140)
    set bmargin at screen 20.0 / high
    set key on title (labels_title eq '' ? '' : labels_title.':  ').'area' left
    set key at screen 60.0 / wide, screen (legend_high - 5) / high left top vertical maxrows 26
    plot for [i = 1:n] NaN with linespoints linewidth 2 linecolor rgb color(i, n) \
             pointtype shape(i) pointsize 1.8 * dot title labels[i].':  '.areas[i], \
         NaN with points linewidth 2 linecolor rgb ink pointtype 6 pointsize 1.8 * dot title at_threshold, \
         for [b = 1:n_baselines] NaN with lines linewidth 2 linecolor rgb red dashtype b + 1 \
             title baseline_titles[b], \
         NaN with lines linewidth 1 linecolor rgb grey dashtype (6, 6) title 'all flagged'
}
unset multiplot
set output
