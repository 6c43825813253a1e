# Confusion matrices, one panel a series: counts, and below them shares of the actual class.
# confusion.dat: block i - 1 holds series i, a row for each cell; columns actual, judged (0 normal, 1
# abnormal), count, its sd, share of the actual class (%), its sd.
wide = n == 1 ? 1000 : 1600
columns = fitting_columns(n <= 4 ? n : n <= 6 ? 3 : 4, wide, 165)
rows = ceil(n / (columns * 1.0))
high = is_slim(wide) ? (n == 1 ? 600 : (204 * rows + 265) / shrinks(wide)) \
    : n == 1 ? 900 : rows == 1 ? (n == 2 ? 960 : n == 3 ? 740 : 640) : 320 * rows + 220
load 'style.gp'
data = name.'.dat'

edge_left = 150.0
edge_top = 165.0
edge_bottom = 100.0
gap_x = 40.0
gap_y = 64.0
# Small cells get small texts, and no deviations.
cell = panel_wide(columns) / 2
numbers = cell > (spread ? 260 : 190) ? font_heading : cell > (spread ? 180 : 125) ? font_text : cell > (spread ? 135 : 75) ? font_note : font_small
tic_font = cell > 110 ? font_text : cell > 80 ? font_note : font_small
set tics font tic_font
deviates = spread && cell > 140
whole(v) = v == floor(v) ? sprintf('%.0f', v) : sprintf('%.1f', v)
count(k) = whole(column(k)).(deviates ? sprintf(' ± %.1f', column(k + 1)) : '')
share(k) = !valid(k) ? 'n/a' \
    : sprintf(deviates ? '%.1f ± %.1f %%' : '%.1f %%', column(k), column(k + 1))
text(k) = count(k)."\n".share(k + 2)

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
    set lmargin at screen panel_left(i)
    set rmargin at screen panel_right(i)
    series = panel_title(i, panel_wide(columns))
    if (n > 1) { set title series font title_font(series, panel_wide(columns)) offset 0, -0.7 }
    set xtics ('' 0)
    if (i > n - columns) { set xtics ('normal' 0, 'abnormal' 1) }
    set ytics ('' 0)
    if ((i - 1) % columns == 0) { set ytics ('normal' 0, 'abnormal' 1) }
    plot data index i - 1 using 2:1:(0.5):(0.5):(valid(5) ? share_rgb($5) : blank) with boxxyerror \
             linecolor rgb variable, \
         data index i - 1 using 2:(valid(5) && is_dark_share($5) ? $1 : NaN):(text(3)) \
             with labels font numbers textcolor rgb '#ffffff', \
         data index i - 1 using 2:(valid(5) && is_dark_share($5) ? NaN : $1):(text(3)) \
             with labels font numbers textcolor rgb '#000000'
    do for [m = 1:4] { unset label m }
}
unset multiplot
set output
