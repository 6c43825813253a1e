# Training and validation loss at the selected epoch over an axis, a line for each series.
# final_loss.dat: block i - 1 holds series i; columns place on the axis, training loss, its sd,
# validation loss, its sd, number of trials.
# The legend of the series stands right of the plot; on a narrow page, which it would fill, below.
wide = 1600
longest = strlen(labels_title)
do for [i = 1:n] { if (strlen(labels[i]) > longest) { longest = strlen(labels[i]) } }
legend_wide = n > 1 ? 80 + 13.1 * longest : 0
slim = fitted(wide) < legend_wide + 560
legend_rows = slim ? key_rows(n, wide, longest) : 26
below = slim && n > 1 ? 31.0 * (legend_rows + 1) + 10 : 0
if (slim) { legend_wide = 0 }
high = slim ? (650 + below) / shrinks(wide) : 1000
load 'style.gp'
data = name.'.dat'

stats data using 1 nooutput name 'place'
set format y number_format(value_low, value_high)
set yrange [padded(value_low, value_high, -0.06) : padded(value_low, value_high, 0.06)]

# Every place has a tick; its label only where there is room since the last one.
if (logarithmic) { set logscale x }
scaled(x) = logarithmic ? log(x) : x
unscaled(x) = logarithmic ? exp(x) : x
span = scaled(place_max) - scaled(place_min)
if (span == 0) { span = 1 }
shift(x, share) = unscaled(scaled(x) + share * span)
set xrange [shift(place_min, -0.03) : shift(place_max, 0.03)]
set format x ''
set xtics ()
last_end = -1.0
do for [k = 1:n_places] {
    at = 0.03 + 0.94 * (scaled(x_of[k]) - scaled(place_min)) / span
    half = 0.5 * (11.5 * strlen(places[k]) + 12) / (wide - 175 - legend_wide)
    fits = at - half > last_end
    if (fits) { last_end = at + half }
    set xtics add ((fits ? places[k] : '') x_of[k])
}
set xlabel x_title
set ylabel fit(unit, high - 200 - below)
set rmargin at screen 1 - (50.0 + legend_wide) / wide
set lmargin at screen 125.0 / wide
set tmargin at screen from_top(170)
set bmargin at screen (110.0 + below) / high
set multiplot
# Which line is which loss stands above, which series it is stands right of the plot.
set key at screen 1 - 50.0 / wide, from_top(110) right top horizontal
first = n == 1 ? blue : ink
plot data using 1:2 with points pointtype 0 linecolor rgb '#ffffff' notitle, \
     NaN with linespoints linewidth 2 dashtype (10, 5) linecolor rgb n == 1 ? orange : ink \
         pointtype 4 pointsize 1.4 * dot title 'training', \
     NaN with linespoints linewidth 2 linecolor rgb first pointtype 7 pointsize 1.6 * dot \
         title 'validation'
do for [k = 1:3] { unset label k }
unset xlabel
unset ylabel
unset border
unset tics
unset grid
set key off
# A little apart, so that the bars of one do not hide those of the other.
apart(i, side) = 0.006 * (i - (n + 1) / 2.0) + 0.003 * side
tone(i, alone) = n == 1 ? alone : color(i, n)
joined = scattered ? 'yerrorbars' : 'yerrorlines'
plot for [i = 1:n] data index i - 1 using (shift($1, apart(i, -1))):2:3 with @joined linewidth 2 \
         dashtype (10, 5) linecolor rgb tone(i, orange) pointtype (n == 1 ? 5 : 4) pointsize 1.2 * dot, \
     for [i = 1:n] data index i - 1 using (shift($1, apart(i, 1))):4:5 with @joined linewidth 2 \
         linecolor rgb tone(i, blue) pointtype shape(i) pointsize 1.6 * dot, \
     for [i = 1 : tips && place_records <= 500 ? n : 0] for [k = 2:4:2] data index i - 1 \
         using (shift($1, apart(i, k == 2 ? -1 : 1))):k: \
         (sprintf('%s %.6g: %.4g', x_title, $1, column(k))) with @tip
# The legend has the height of the page: gnuplot makes columns of what is higher than its plot.
if (n > 1) {
    set tmargin at screen from_top(165)
    set bmargin at screen 20.0 / high
    unset logscale
    set yrange [0 : 1]
    set key on title labels_title left at screen slim ? 60.0 / wide : 1 - (20.0 + legend_wide) / wide, \
        screen slim ? (below + 5) / high : from_top(170) left top vertical maxrows legend_rows
    plot for [i = 1:n] NaN with linespoints linewidth 2 linecolor rgb color(i, n) pointtype shape(i) \
             pointsize 1.6 * dot title labels[i]
}
unset multiplot
set output
