# Every metric of a command by step, a panel each with its own scale.
# metric_curves.dat: block (i - 1) * n_panels + k - 1 holds metric k of series i; columns step, mean,
# its sd.
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

# The legend stands right of the panels, where there is more than one series.
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

set xrange [0.5 : last + 0.5]
set xtics whole_step(last, panel_wide(columns) / 70)
set style fill transparent solid 0.12 noborder
every_n = ceil(last / 8.0)
block(i, k) = (i - 1) * n_panels + k - 1
band = bands ? n : 0
value_at(i, step, value) = sprintf('%s%sstep %g: %.4g', labels_prefix, labels[i].', ', step, value)

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
    if (k > n_panels - columns) { set xlabel 'step' } else { unset xlabel }
    set key off
    plot for [i = 1:band] data index block(i, k) using 1:(is_log[k] && $2 <= $3 ? $2 : $2 - $3):($2 + $3) with filledcurves \
             linecolor rgb color(i, n) notitle, \
         for [i = 1:n] data index block(i, k) using 1:2 with linespoints linewidth 1.8 \
             linecolor rgb color(i, n) pointtype shape(i) pointsize 1.5 * dot \
             pointinterval every_n notitle, \
         for [i = 1 : tips ? n : 0] data index block(i, k) using 1:2:(value_at(i, $1, $2)) with @tip
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
