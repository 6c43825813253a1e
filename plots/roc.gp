# ROC curves: the share of abnormal sequences flagged against that of normal ones, at every threshold;
# beside them the left edge, where few false alarms are tolerated.
# roc.dat: block i - 1 holds series i; columns false alarms (%), flagged abnormal ones (%), its sd. Block
# n + i - 1 holds the same two of its evaluations at the chosen threshold, block 2n + k - 1 the curve of
# baseline k.
at_threshold = 'at '.chosen.(each == 1 ? ', each trial' : each == 2 ? ', mean' : '')
longest = strlen(labels_title.' AUC')
do for [i = 1:n] {
    chars = strlen(labels[i]) + strlen(areas[i]) + 3
    if (chars > longest) { longest = chars }
}
do for [b = 1:n_baselines] {
    if (strlen(baseline_titles[b]) > longest) { longest = strlen(baseline_titles[b]) }
}
if (strlen(at_threshold) > longest) { longest = strlen(at_threshold) }
high = 850
legend_wide = 90 + 11.2 * longest
wide = 1250 + legend_wide
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

# The first panel is as wide as high where the page allows it, the second is narrower.
edge = 20 # where the second ends, in %
panels = wide > 1000 && !slim ? 2 : 1
room = wide - 110.0 - 45.0 - 20.0 - legend_wide
across = panels == 2 ? 0.58 * room : room
set tmargin at screen from_top(165)
set bmargin at screen (90.0 + legend_high) / high
set yrange [0 : 100]
value_at(i, x, y) = labels_prefix.labels[i].': ' \
    .sprintf('%.1f %% false alarms, recall %.1f %%', x, y)
set style fill transparent solid 0.10 noborder
set multiplot
set label 3 (panels == 2 ? 'false alarms: normal sequences flagged (%)' : 'false alarms (%)') \
    at screen (110.0 + room / 2) / wide, (30.0 + legend_high) / high center textcolor rgb ink
do for [k = 1:panels] {
    set lmargin at screen (k == 1 ? 110.0 : 170.0 + across) / wide
    set rmargin at screen (k == 1 ? 110.0 + across : 140.0 + room) / wide
    set xrange [0 : k == 1 ? 100 : edge]
    set xtics k == 1 ? 20 : 5
    set title k == 1 ? 'all thresholds' : sprintf('up to %d %% false alarms', edge) offset 0, -0.7
    set ylabel k == 1 ? anomaly.' (%)' : ''
    set format y (k == 1 ? '%h' : '')
    set key off
    if (k == panels && !slim) {
        set key on title (labels_title eq '' ? '' : labels_title.':  ').'AUC' left
        set key at screen (160.0 + room) / wide, from_top(165) left top vertical maxrows 26
    }
    set arrow 1 from 0, 0 to (k == 1 ? 100 : edge), (k == 1 ? 100 : edge) nohead \
        linecolor rgb grey linewidth 1 dashtype (6, 6) back
    plot for [i = 1 : each ? n : 0] data index i - 1 using 1:($2 - $3):($2 + $3) with filledcurves \
             linecolor rgb color(i, n) notitle, \
         for [i = 1:n] data index i - 1 using 1:2 with steps linewidth 2 linecolor rgb color(i, n) \
             notitle, \
         for [i = 1:n] data index n + i - 1 using 1:2 with points linewidth 2 \
             linecolor rgb color(i, n) pointtype shape(i) pointsize 1.6 * dot notitle, \
         for [b = 1:n_baselines] data index 2 * n + b - 1 using 1:2 with steps linewidth 2 \
             linecolor rgb red dashtype b + 1 notitle, \
         for [i = 1:n] keyentry with linespoints linewidth 2 linecolor rgb color(i, n) \
             pointtype shape(i) pointsize 1.6 * dot title labels[i].':  '.areas[i], \
         keyentry with points linewidth 2 linecolor rgb ink pointtype 6 pointsize 1.6 * dot \
             title at_threshold, \
         for [b = 1:n_baselines] keyentry with lines linewidth 2 linecolor rgb red dashtype b + 1 \
             title baseline_titles[b], \
         keyentry with lines linewidth 1 linecolor rgb grey dashtype (6, 6) title 'chance', \
         for [i = 1 : tips ? n : 0] data index n + i - 1 using 1:2:(value_at(i, $1, $2)) with @tip
    do for [i = 1:3] { unset label i }
}
if (slim) {
    unset border
    unset tics
    unset grid
    unset title
    unset xlabel
    unset ylabel
    unset logscale
    unset arrow
    set yrange [0 : 1]
    set tmargin at screen from_top(165)
    set bmargin at screen 20.0 / high
    set key on title (labels_title eq '' ? '' : labels_title.':  ').'AUC' left
    set key at screen 60.0 / wide, screen (legend_high - 5) / high left top vertical maxrows 26
    plot for [i = 1:n] NaN with linespoints linewidth 2 linecolor rgb color(i, n) \
             pointtype shape(i) pointsize 1.6 * dot title labels[i].':  '.areas[i], \
         NaN with points linewidth 2 linecolor rgb ink pointtype 6 pointsize 1.6 * dot \
             title at_threshold, \
         for [b = 1:n_baselines] NaN with lines linewidth 2 linecolor rgb red dashtype b + 1 \
             title baseline_titles[b], \
         NaN with lines linewidth 1 linecolor rgb grey dashtype (6, 6) title 'chance'
}
unset multiplot
set output
