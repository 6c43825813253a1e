# Every metric of a command over a parameter, a panel each with its own scale.
# metric_axis.dat: block (i - 1) * n_panels + k - 1 holds metric k of series i; columns value, mean,
# its sd, trials.
columns = n_panels == 1 ? 1 : n_panels <= 4 ? 2 : 3
rows = ceil(n_panels / (columns * 1.0))
wide = 1600
high = rows <= 2 ? 1000 : 400 * rows + 200
load 'style.gp'
data = name.'.dat'

legend_wide = 0
if (n > 1) {
    longest = strlen(labels_title)
    do for [i = 1:n] { if (strlen(labels[i]) > longest) { longest = strlen(labels[i]) } }
    legend_wide = 80 + 13.1 * longest
}
edge_left = 110.0
edge_right = 40.0 + legend_wide
edge_top = 165.0
edge_bottom = 100.0
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
    set title panels[k] font title_font(panels[k], panel_wide(columns)) offset 0, -0.7
    if (k > n_panels - columns) { set xlabel x_title } else { unset xlabel }
    if (k == 1 && n > 1) {
        set key on title labels_title left at screen 1 - (20.0 + legend_wide) / wide, \
            panel_top(1) left top vertical maxrows 26
    } else {
        set key off
    }
    plot for [i = 1:n] data index block(i, k) using (shift($1, apart(i))):2:3 with yerrorlines \
             linewidth 2 linecolor rgb color(i, n) pointtype shape(i) pointsize 1.6 * dot \
             title labels[i], \
         for [i = 1 : tips ? n : 0] data index block(i, k) using (shift($1, apart(i))):2: \
             (sprintf('%s %.6g: %.4g', x_title, $1, $2)) with @tip
    unset label 1
    unset label 2
}
unset multiplot
set output
