# ROC curves: the share of abnormal sequences flagged against that of normal ones, at every threshold.
# roc.dat: block i - 1 holds series i; columns false alarms (%), flagged abnormal ones (%). Block n + i - 1
# holds the same of its evaluations at the chosen threshold.
several = strstrt(areas[1], '±') > 0
longest = strlen(labels_title.' AUC')
do for [i = 1:n] {
    chars = strlen(labels[i]) + strlen(areas[i]) + 3
    if (chars > longest) { longest = chars }
}
high = 1000
wide = 950 + 90 + 12 * longest
if (several && longest < 29) { wide = 950 + 90 + 12 * 29 }
if (wide < 60 + 11 * strlen(subheading)) { wide = 60 + 11 * strlen(subheading) }
if (wide < 60 + 17.5 * strlen(heading)) { wide = 60 + 17.5 * strlen(heading) }
load 'style.gp'
data = name.'.dat'

set lmargin at screen 110.0 / wide
set rmargin at screen (110 + high - 230) / wide
set tmargin at screen from_top(140)
set bmargin at screen 90.0 / high
set xrange [0 : 100]
set yrange [0 : 100]
set xlabel 'false alarms: normal sequences flagged (%)'
set ylabel anomaly.' (%)'
set key title (labels_title eq '' ? '' : labels_title.':  ').'AUC' left
set key at screen (135 + high - 230) / wide, from_top(140) left top vertical maxrows 26
set arrow 1 from 0, 0 to 100, 100 nohead linecolor rgb grey linewidth 1 dashtype (6, 6) back
value_at(i, x, y) = labels_prefix.labels[i].': ' \
    .sprintf('%.1f %% false alarms, recall %.1f %%', x, y)
at_threshold = 'at '.chosen.(each == 1 ? ', each trial' : each == 2 ? ', mean' : '')
plot for [i = 1:n] data index i - 1 using 1:2 with steps linewidth 2 linecolor rgb color(i, n) \
         notitle, \
     for [i = 1:n] data index n + i - 1 using 1:2 with points linewidth 2 \
         linecolor rgb color(i, n) pointtype shape(i) pointsize 1.8 * dot notitle, \
     for [i = 1:n] NaN with linespoints linewidth 2 linecolor rgb color(i, n) \
         pointtype shape(i) pointsize 1.8 * dot title labels[i].':  '.areas[i], \
     NaN with points linewidth 2 linecolor rgb ink pointtype 6 pointsize 1.8 * dot title at_threshold, \
     NaN with lines linewidth 1 linecolor rgb grey dashtype (6, 6) title 'chance', \
     for [i = 1 : tips ? n : 0] data index n + i - 1 using 1:2:(value_at(i, $1, $2)) with @tip
set output
