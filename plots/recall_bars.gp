# Recall of normal and of abnormal sequences of every series, with error bars where it is a mean.
# Baselines, by the same rule for the threshold, are lines at their anomaly recall: across all series,
# or, of PCA, over each.
# recall_bars.dat: one row a series; columns normal (%), its sd, abnormal (%), its sd, number of trials.
# Bars stand on the scale of their axis where neighbours have room for their numbers, else one after
# the other.
wide = n > 30 ? 52 * n : 1600
room = fitted(wide)
if (n < 2) { scaled = 0 }
scale_of(x) = logarithmic ? log(x) : x
span = scaled ? scale_of(place_of[n]) - scale_of(place_of[1]) : n
least = 1.0
array at_of[n]
do for [i = 1:n] {
    at_of[i] = scaled ? scale_of(place_of[i]) : i
    if (i > 1 && (at_of[i] - at_of[i - 1]) / span < least) { least = (at_of[i] - at_of[i - 1]) / span }
}
if (scaled && least * (room - 250) < 36) {
    scaled = 0
    do for [i = 1:n] { at_of[i] = i }
    span = n
}
unit = scaled ? least * span : 1
if (scaled && unit > span / 5.0) { unit = span / 5.0 }
# Labels too long to stand side by side are turned, and the page grows by what they take.
longest = 0
do for [i = 1:n] { if (strlen(labels[i]) > longest) { longest = strlen(labels[i]) } }
turned = 12.0 * longest * (scaled ? 1 / least : n) > room - 200
below = turned ? 78 + 11.8 * longest : 110.0
# What baselines reach is told in the key, which may take several rows.
n_baselines = n_lines + (pca_title ne '')
baseline_of(k) = 'of '.(k <= n_lines ? line_titles[k] : pca_title).' at '.rule
told_of(recall) = recall.(n_baselines > 0 ? ' of models at '.rule : '')
key_chars = strlen(told_of(anomaly))
do for [k = 1:n_baselines] {
    if (strlen(baseline_of(k)) > key_chars) { key_chars = strlen(baseline_of(k)) }
}
rows = key_rows(2 + n_baselines, wide, key_chars)
# The numbers stand above all bars, where no line and no error bar crosses them: beside each other,
# upright, or where there is not even room for that not at all.
pitch = 0.5 * (room - 160) * unit / (span + (scaled ? 1.2 : 0.2) * unit)
turns = pitch > 66 ? 0 : 1
last_number = pitch > 19 ? 3 : 0
numbers_high = !turns ? 31 : last_number ? 52 : 8
high = (turned ? 890 + below : 1000) + ((rows > 1 ? 11 : 0) + 31.0 * (rows - 1)) / shrinks(wide)
load 'style.gp'
data = name.'.dat'

set rmargin at screen 1 - 30.0 / wide
set tmargin at screen from_top((rows > 1 ? 130 : 119) + 31.0 * rows + numbers_high)
set bmargin at screen below / high
set key at screen 1 - 30.0 / wide, from_top(110) right top horizontal samplen 2.5 \
    maxcols key_columns(wide, key_chars)

set xrange [at_of[1] - 0.6 * unit : at_of[n] + 0.6 * unit]
set yrange [0 : 101]
set ytics 0, 20, 100
set ylabel 'recall (%)'
if (!turned) set xlabel labels_title
if (turned) set label 3 labels_title at screen 0.5, 26.0 / high center textcolor rgb ink
set xtics scale 0 () rotate by (turned ? 90 : 0)
if (turned) set xtics right
do for [i = 1:n] { set xtics add (labels[i] at_of[i]) }
set grid noxtics
set style fill solid 1.0 noborder

# A recall without sequences is no number: it gets no bar and the text n/a.
bar = n < 4 && !scaled ? 0.09 * (n + 0.2) : 0.38 * unit
height(k) = valid(k) ? column(k) : 0
text(k) = valid(k) ? sprintf(column(k) == 100 ? '%.0f' : '%.1f', column(k)) : 'n/a'
at(k) = at_of[int($0) + 1] + (k == 1 ? -0.5 : 0.5) * bar
# Ends of the error bar, which no recall goes beyond.
top(k) = at_most(height(k) + height(k + 1), 100)
foot(k) = height(k + 1) > 0 ? at_least(height(k) - height(k + 1), 0) : NaN
title_of(k) = told_of(k == 1 ? normal : anomaly)
color_of(k) = k == 1 ? blue : orange
text_at(k) = at_of[int($0) + 1] + (k == 1 ? -0.5 : 0.5) * (n < 4 && !scaled ? bar : 0.5 * unit)

place = !turns ? 'center offset 0, 0.7 font font_value' : 'left rotate by 90 offset 0, 0.3 font font_small'
plot for [k = 1:3:2] data using (at(k)):(height(k)):(bar) with boxes linecolor rgb color_of(k) \
         title title_of(k), \
     for [k = 1:3:2] data using (at(k)):(foot(k)):(0):(top(k) - foot(k)) with vectors \
         heads size 0.16 * bar, 90 linecolor rgb ink linewidth 1.5 notitle, \
     for [k = 1:n_lines] lines[k] with lines linewidth 2 linecolor rgb ink dashtype k + 1 \
         title baseline_of(k), \
     data using (at_of[int($0) + 1] - 0.47 * unit):(pca[int($0) + 1]):(0.94 * unit):(0) with vectors nohead \
         linewidth 2.5 linecolor rgb red notitle, \
     for [k = n_lines + 1:n_baselines] keyentry with lines linewidth 2.5 linecolor rgb red title baseline_of(k), \
     for [k = 1:last_number:2] data using (text_at(k)):(101):(text(k)) with labels @place \
         textcolor rgb ink notitle
set output
