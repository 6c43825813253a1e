# Train and validation loss of every series, side by side on one scale.
# loss_curves.dat: block i - 1 holds series i; columns epoch, train loss, validation loss, and the
# standard deviation of both, where a series is a mean. The array selected holds the epoch whose
# weights are used, 0 where a series is a mean.
wide = 1600
high = 1000
load 'style.gp'
data = name.'.dat'

# The legend stands right of the panels; its width follows its longest label.
longest = strlen(labels_title) > 8 ? strlen(labels_title) : 8 # 'selected'
do for [i = 1:n] { if (strlen(labels[i]) > longest) { longest = strlen(labels[i]) } }
columns = ceil(n / 26.0)
right = 1 - (48.0 + columns * (80 + 13.1 * longest)) / wide
left = 136.0 / wide
middle = left + (right - left) / 2
top = 1 - 160.0 / high
apart = 24.0 / wide

stats data using ($2 - $4) nooutput name 'train_foot'
stats data using ($3 - $5) nooutput name 'val_foot'
stats data using ($2 + $4) nooutput name 'train_top'
stats data using ($3 + $5) nooutput name 'val_top'
low = train_foot_min < val_foot_min ? train_foot_min : val_foot_min
peak = train_top_max > val_top_max ? train_top_max : val_top_max
pad = peak > low ? 0.04 * (peak - low) : 0.1 * abs(peak) + 1e-9
set xrange [0.5 : epochs + 0.5]
set yrange [low - pad : peak + pad]
set xtics whole_step(epochs, wide * (middle - left) / 55)
set xlabel 'epoch'
set tmargin at screen top
set bmargin at screen 110.0 / high
# Points tell the lines apart in grey; eight a line are enough.
set style data linespoints
every_n = ceil(epochs / 8.0)
set style fill transparent solid 0.12 noborder
band = bands ? n : 0

by_dim = labels_prefix ne ''
value_at(i, epoch, loss) = \
    sprintf('%sepoch %d: %.4g', by_dim ? labels_prefix.labels[i].', ' : '', epoch, loss)

set multiplot
set label 3 fit(unit, high - 200) at screen 29.0 / wide, (top + 110.0 / high) / 2 center rotate by 90 textcolor rgb ink
set title 'trial' offset 0, -0.5
set lmargin at screen left
set rmargin at screen middle - apart
set key off
plot for [i = 1:band] data index i - 1 using 1:($2 - $4):($2 + $4) with filledcurves \
         linecolor rgb color(i, n) notitle, \
     for [i = 1:n] data index i - 1 using 1:2 linewidth 1.8 linecolor rgb color(i, n) \
    pointtype shape(i) pointsize 1.5 * dot pointinterval every_n, \
     for [i = 1 : tips ? n : 0] data index i - 1 using 1:2:(value_at(i, $1, $2)) with @tip

do for [i = 1:3] { unset label i }
set format y ''
set title 'validation'
set lmargin at screen middle + apart
set rmargin at screen right
set key title labels_title left at screen right + apart, top left top vertical maxrows 26
plot for [i = 1:band] data index i - 1 using 1:($3 - $5):($3 + $5) with filledcurves \
         linecolor rgb color(i, n) notitle, \
     for [i = 1:n] data index i - 1 using 1:3 linewidth 1.8 linecolor rgb color(i, n) \
    pointtype shape(i) pointsize 1.5 * dot pointinterval every_n title labels[i], \
     for [i = 1 : bands ? 0 : n] data index i - 1 using ($1 == selected[i] ? $1 : NaN):3 \
         with points linewidth 2 linecolor rgb red pointtype 6 pointsize 2.4 * dot notitle, \
     for [i = 1 : bands ? 0 : 1] NaN with points linewidth 2 linecolor rgb red pointtype 6 \
         pointsize 2.4 * dot title 'selected', \
     for [i = 1 : tips ? n : 0] data index i - 1 using 1:3:(value_at(i, $1, $3)) with @tip
unset multiplot
set output
