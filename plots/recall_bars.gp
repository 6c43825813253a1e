# Normal and anomaly recall of every series, with error bars where it is a mean over seeds.
# recall_bars.dat: one row a series; columns normal recall (%), its sd, anomaly recall (%), its sd,
# number of trials.
crowded = n > 12
wide = n > 30 ? 52 * n : 1600
# Labels too long to stand side by side are turned, and the page grows by what they take.
longest = 0
do for [i = 1:n] { if (strlen(labels[i]) > longest) { longest = strlen(labels[i]) } }
turned = 12.0 * longest * n > wide - 200
below = turned ? 40 + 11.8 * longest : 110.0
high = turned ? 890 + below : 1000
load 'style.gp'
data = name.'.dat'

set rmargin at screen 1 - 30.0 / wide
set tmargin at screen 1 - 170.0 / high
set bmargin at screen below / high
set key at screen 1 - 30.0 / wide, 1 - 110.0 / high right top horizontal samplen 1.5

set xrange [0.4 : n + 0.6]
set yrange [0 : crowded ? 112 : 108]
set ytics 0, 20, 100
set ylabel 'recall (%)'
if (!turned) set xlabel labels_title
set xtics scale 0 () rotate by (turned ? 90 : 0)
if (turned) set xtics right
do for [i = 1:n] { set xtics add (labels[i] i) }
set grid noxtics
set style fill solid 1.0 noborder

# A recall without sequences is no number: it gets no bar and the text n/a.
bar = n < 4 ? 0.09 * (n + 0.2) : 0.38
height(k) = valid(k) ? column(k) : 0
text(k) = valid(k) ? sprintf(column(k) == 100 ? '%.0f' : '%.1f', column(k)) : 'n/a'
at(k) = $0 + 1 + (k == 1 ? -0.5 : 0.5) * bar
# Ends of the error bar.
top(k) = height(k) + height(k + 1)
foot(k) = height(k + 1) > 0 ? height(k) - height(k + 1) : NaN
array titles[3] = ['normal recall', '', 'anomaly recall']
array colors[3] = [blue, '', orange]

# Crowded bars have their numbers upright.
place = crowded ? 'left rotate by 90 offset 0, 0.4 font font_small' \
                : 'center offset 0, 0.7 font font_value'
plot for [k = 1:3:2] data using (at(k)):(height(k)):(bar) with boxes linecolor rgb colors[k] \
         title titles[k], \
     for [k = 1:3:2] data using (at(k)):(foot(k)):(0):(top(k) - foot(k)) with vectors \
         heads size 0.16 * bar, 90 linecolor rgb ink linewidth 1.5 notitle, \
     for [k = 1:3:2] data using (at(k)):(top(k)):(text(k)) with labels @place \
         textcolor rgb ink notitle
set output
