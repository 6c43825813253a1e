# Train and validation loss of every series, side by side on one scale.
# loss_curves.dat: block i - 1 holds series i; columns epoch, train loss, validation loss, and the
# standard deviation of both, where a series is a mean.
wide = 1600
high = 1000
load 'style.gp'
data = name.'.dat'

# The legend stands right of the panels; its width follows its longest label.
longest = strlen(labels_title)
do for [i = 1:n] { if (strlen(labels[i]) > longest) { longest = strlen(labels[i]) } }
columns = ceil(n / 26.0)
right = 0.97 - columns * (0.05 + 0.0082 * longest)
left = 0.085
middle = left + (right - left) / 2
top = 0.84

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
set bmargin at screen 0.11
# Points tell the lines apart in grey; eight a line are enough.
set style data linespoints
every_n = ceil(epochs / 8.0)
set style fill transparent solid 0.12 noborder
band = bands ? n : 0

set multiplot
set label 3 unit at screen 0.018, 0.475 center rotate by 90 textcolor rgb ink
set title 'training' offset 0, -0.5
set lmargin at screen left
set rmargin at screen middle - 0.015
set key off
plot for [i = 1:band] data index i - 1 using 1:($2 - $4):($2 + $4) with filledcurves \
         linecolor rgb color(i, n) notitle, \
     for [i = 1:n] data index i - 1 using 1:2 linewidth 1.8 linecolor rgb color(i, n) \
    pointtype shape(i) pointsize 1.5 * dot pointinterval every_n

do for [i = 1:3] { unset label i }
set format y ''
set title 'validation'
set lmargin at screen middle + 0.015
set rmargin at screen right
set key title labels_title left at screen right + 0.015, top left top vertical maxrows 26
plot for [i = 1:band] data index i - 1 using 1:($3 - $5):($3 + $5) with filledcurves \
         linecolor rgb color(i, n) notitle, \
     for [i = 1:n] data index i - 1 using 1:3 linewidth 1.8 linecolor rgb color(i, n) \
    pointtype shape(i) pointsize 1.5 * dot pointinterval every_n title labels[i]
unset multiplot
set output
