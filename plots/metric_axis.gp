# Every metric of a command over a parameter, a panel each with its own scale.
# metric_axis.dat: block (i - 1) * n_panels + k - 1 holds metric k of series i; columns value, mean,
# its sd, trials.
# A narrow picture has its panels one below the other, and the legend below them.
wide = 1600
slim = fitted(wide) < 1000
columns = n_panels == 1 || slim ? 1 : n_panels <= 4 ? 2 : 3
rows = ceil(n_panels / (columns * 1.0))
longest = strlen(labels_title)
do for [i = 1:n] { if (strlen(labels[i]) > longest) { longest = strlen(labels[i]) } }
legend_rows = slim ? key_rows(n, wide, longest) : 26
legend_high = slim && n > 1 ? 31.0 * (legend_rows + 2) : 0
high = slim ? (350 * rows + 250 + legend_high) / shrinks(wide) : rows <= 2 ? 1000 : 400 * rows + 200
load 'style.gp'
data = name.'.dat'

legend_wide = 0
if (n > 1 && !slim) {
    legend_wide = 80 + 13.1 * longest
}
edge_left = 110.0
edge_right = 40.0 + legend_wide
edge_top = 165.0
edge_bottom = 100.0 + legend_high
gap_x = 110.0
gap_y = 90.0

if (logarithmic) { set logscale x }
scaled(x) = logarithmic ? log(x) : x
unscaled(x) = logarithmic ? exp(x) : x
span = scaled(x_high) - scaled(x_low)
shift(x, share) = unscaled(scaled(x) + share * span)
set xrange [shift(x_low, -0.05) : shift(x_high, 0.05)]
apart(i) = 0.008 * (i - (n + 1) / 2.0)
block(i, k) = (i - 1) * n_panels + k - 1

set multiplot
do for [k = 1:n_panels] {
    set lmargin at screen panel_left(k)
    set rmargin at screen panel_right(k)
    set tmargin at screen panel_top(k)
    set bmargin at screen panel_bottom(k)
    # A metric over many powers of ten has a logarithmic axis.
    if (is_log[k]) {
        set logscale y
        set format y '1e%T'
    } else {
        unset logscale y
        set format y '%h'
    }
    set title panels[k] font title_font(panels[k], panel_wide(columns)) offset 0, -0.7
    if (k > n_panels - columns) { set xlabel x_title } else { unset xlabel }
    set key off
    plot for [i = 1:n] data index block(i, k) using (shift($1, apart(i))):2: \
             (is_log[k] && $2 <= $3 ? $2 : $2 - $3):($2 + $3) with yerrorlines \
             linewidth 2 linecolor rgb color(i, n) pointtype shape(i) pointsize 1.6 * dot \
             notitle, \
         for [i = 1 : tips ? n : 0] data index block(i, k) using (shift($1, apart(i))):2: \
             (sprintf('%s %.6g: %.4g', x_title, $1, $2)) with @tip
    unset label 1
    unset label 2
}
# The legend has the height of all panels: gnuplot makes columns of what is higher than its plot.
if (n > 1) {
    set lmargin at screen panel_left(1)
    set rmargin at screen panel_right(1)
    set tmargin at screen panel_top(1)
    set bmargin at screen 20.0 / high
    unset border
    unset tics
    unset grid
    unset title
    unset xlabel
    unset logscale
    set yrange [0 : 1]
    set key on title labels_title left at screen slim ? 60.0 / wide : 1 - (20.0 + legend_wide) / wide, \
        screen slim ? (legend_high - 5) / high : panel_top(1) left top vertical maxrows legend_rows
    plot for [i = 1:n] NaN with linespoints linewidth 1.8 linecolor rgb color(i, n) pointtype shape(i) \
             pointsize 1.5 * dot title labels[i]
}
unset multiplot
set output
