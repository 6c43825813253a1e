# Confusion matrices, one panel a series: counts on the left, shares of the actual class on the
# right.
# confusion.dat: block i - 1 holds series i, a row for each cell; columns actual, judged (0 normal, 1
# abnormal), count, share of the actual class (%).
columns = n <= 2 ? 1 : n <= 4 ? 2 : n <= 9 ? 3 : 4
rows = ceil(n / (columns * 1.0))
wide = 1600
high = n == 1 ? 900 : n == 2 ? 1200 : rows <= 3 ? 1000 : 270 * rows + 190
load 'style.gp'
data = name.'.dat'

edge_left = 180.0
edge_top = 165.0
edge_bottom = 100.0
gap_x = 50.0
gap_y = 64.0
inner = 24.0 # between the two matrices of a panel
half = (panel_wide(columns) - inner) / 2 / wide
left_of(i, k) = panel_left(i) + (k - 1) * (half + inner / wide)

# Small cells get small texts.
cell = half * wide / 2
numbers = cell > 130 ? font_heading : cell > 80 ? font_text : font_small
tic_font = cell > 110 ? font_text : cell > 80 ? font_note : font_small
set tics font tic_font
text(k) = k == 1 ? sprintf('%d', column(3)) : valid(4) ? sprintf('%.1f %%', column(4)) : 'n/a'

unset border
unset grid
set tics scale 0
set key off
set xrange [-0.5 : 1.5]
set yrange [1.5 : -0.5]
set style fill solid 1 border rgb '#cccccc'
set multiplot
set label 3 'actual' at screen 25.0 / wide, 0.5 * (panel_bottom(n) + panel_top(1)) \
    center rotate by 90 textcolor rgb ink
set label 4 'judged' at screen 0.5, 25.0 / high center textcolor rgb ink
do for [i = 1:n] {
    set tmargin at screen panel_top(i)
    set bmargin at screen panel_bottom(i)
    series = labels_prefix.labels[i]
    above = title_font(series, panel_wide(columns))
    if (n > 1) {
        set label 5 series at screen left_of(i, 2) - inner / wide / 2, \
            screen panel_top(i) + 20.0 / high center font above textcolor rgb ink
    }
    do for [k = 1:2] {
        if (n == 1) { set title k == 1 ? 'counts' : '% of actual' offset 0, -0.7 }
        set lmargin at screen left_of(i, k)
        set rmargin at screen left_of(i, k) + half
        set xtics ('' 0)
        if (i > n - columns) { set xtics ('normal' 0, 'abnormal' 1) }
        set ytics ('' 0)
        if (k == 1 && (i - 1) % columns == 0) { set ytics ('normal' 0, 'abnormal' 1) }
        plot data index i - 1 using 2:1:(0.5):(0.5):(valid(4) ? share_rgb($4) : blank) with boxxyerror \
                 linecolor rgb variable, \
             data index i - 1 using 2:(is_dark_share($4) ? $1 : NaN):(text(k)) with labels font numbers \
                 textcolor rgb '#ffffff', \
             data index i - 1 using 2:(is_dark_share($4) ? NaN : $1):(text(k)) with labels font numbers \
                 textcolor rgb ink
        do for [m = 1:5] { unset label m }
    }
}
unset multiplot
set output
