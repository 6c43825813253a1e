# Two panels of curves by epoch on one scale: losses, or recalls.
# NAME.dat: block i - 1 holds series i; columns epoch, left, its sd, right, its sd. Block n holds the
# selected epochs of series that are one trial; columns series, epoch, left, right.
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
top = from_top(160)
apart = 24.0 / wide

# Bands may leave the scale of shares, but not that of losses.
set yrange [-2 : 102]
if (!shares) {
    set yrange [padded(value_low, value_high, -0.04) : padded(value_low, value_high, 0.04)]
}
set xrange [0.5 : epochs + 0.5]
set xtics whole_step(epochs, wide * (middle - left) / 55)
set xlabel 'epoch'
set tmargin at screen top
set bmargin at screen 110.0 / high
# Points tell the lines apart in grey; eight a line are enough.
set style data linespoints
every_n = ceil(epochs / 8.0)
set style fill transparent solid 0.12 noborder
band = bands ? n : 0

value_at(i, epoch, value) = \
    sprintf('%s%sepoch %d: %.4g', labels_prefix, labels[i].', ', epoch, value)

set multiplot
set label 3 fit(unit, high - 200) at screen 29.0 / wide, (top + 110.0 / high) / 2 \
    center rotate by 90 textcolor rgb ink
do for [k = 1:2] {
    y = 2 * k
    set title panels[k] offset 0, -0.5
    set lmargin at screen k == 1 ? left : middle + apart
    set rmargin at screen k == 1 ? middle - apart : right
    if (k == 1) { set key off }
    if (k == 2) {
        set key on title labels_title left at screen right + apart, top left top vertical maxrows 26
        set format y ''
    }
    plot for [i = 1:band] data index i - 1 using 1:(column(y) - column(y + 1)): \
             (column(y) + column(y + 1)) with filledcurves linecolor rgb color(i, n) notitle, \
         for [i = 1:n] data index i - 1 using 1:y linewidth 1.8 linecolor rgb color(i, n) \
             pointtype shape(i) pointsize 1.5 * dot pointinterval every_n title labels[i], \
         data index n using 2:k + 2 with points linewidth 2 linecolor rgb red pointtype 6 \
             pointsize 2.4 * dot title n_selected > 0 ? 'selected' : '', \
         for [i = 1 : tips ? n : 0] data index i - 1 using 1:y:(value_at(i, $1, column(y))) with @tip
    do for [i = 1:3] { unset label i }
}
unset multiplot
set output
