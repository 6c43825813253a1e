# Curves by epoch, losses or recalls, on one scale: two panels beside each other, or, where curves
# differ in several parameters, two rows of them with a column for each facet.
# NAME.dat: block i - 1 holds series i; columns epoch, left, its sd, right, its sd. Block n holds the
# selected epochs of series that are one trial; columns series, epoch, left, right.
# Colours are by the tone of a series, of n_tones; facet_of says in which column it stands.
wide = 1600
n_columns = n_facets > 0 ? n_facets : 2
n_lines = n_facets > 0 ? n_tones : n
legend = n_facets > 0 ? tones_title : labels_title
line_name(i) = n_facets > 0 ? tones[i] : labels[i]
tone(i) = color(n_facets > 0 ? tone_of[i] : i, n_lines)
here(i, facet) = n_facets == 0 || facet_of[i] == facet
mark(i) = shape(n_facets > 0 ? tone_of[i] : i)

# The legend stands right of the panels; its width follows its longest label. On a narrow page, which it
# would fill, it stands below.
longest = strlen(legend) > 8 ? strlen(legend) : 8 # 'selected'
do for [i = 1:n_lines] { if (strlen(line_name(i)) > longest) { longest = strlen(line_name(i)) } }
columns = ceil(n_lines / 26.0)
legend_wide = 48.0 + columns * (80 + 13.1 * longest)
slim = fitted(wide) < legend_wide + 560
legend_rows = slim ? key_rows(n_lines + 1, wide, longest) : 26
legend_high = slim ? 31.0 * (legend_rows + 2) : 0
high = slim ? ((n_facets > 0 ? 900 : 650) + legend_high) / shrinks(wide) : n_facets > 0 ? 1200 : 1000
load 'style.gp'
data = name.'.dat'
right = 1 - (slim ? 30.0 : legend_wide) / wide
left = 136.0 / wide
top = from_top(160)
bottom = (110.0 + legend_high) / high
apart = (n_facets > 0 ? 30.0 : 48.0) / wide
across = (right - left - (n_columns - 1) * apart) / n_columns
upright = n_facets > 0 ? (top - bottom - 60.0 / high) / 2 : top - bottom

# Bands may leave the scale of shares, but not that of losses.
set yrange [-2 : 102]
numbers = '%h'
if (!shares) {
    numbers = number_format(value_low, value_high)
    # Of losses that differ by orders of magnitude a linear axis would show the largest alone.
    if (value_low > 0 && value_high > 100 * value_low) {
        set logscale y
        set yrange [value_low / 1.2 : value_high * 1.2]
    } else {
        set yrange [padded(value_low, value_high, -0.04) : padded(value_low, value_high, 0.04)]
    }
}
set xrange [0.5 : epochs + 0.5]
set xtics whole_step(epochs, wide * across / 55)
# Points tell the lines apart in grey; eight a line are enough.
set style data linespoints
every_n = ceil(epochs / 8.0)
set style fill transparent solid 0.12 noborder

value_at(i, epoch, value) = \
    sprintf('%s%sepoch %d: %.4g', labels_prefix, labels[i].', ', epoch, value)

set multiplot
if (n_facets == 0) {
    set label 3 fit(unit, slim ? (top - bottom) * high : high - 200) at screen 29.0 / wide, (top + bottom) / 2 \
        center rotate by 90 textcolor rgb ink
}
set label 4 'epoch' at screen (left + right) / 2, (30.0 + legend_high) / high center textcolor rgb ink
rows = n_facets > 0 ? 2 : 1
do for [k = 1:2] {
    y = 2 * k
    do for [c = 1 : n_facets > 0 ? n_facets : 1] {
        place = n_facets > 0 ? c : k
        row = n_facets > 0 ? k : 1
        members = ''
        do for [i = 1:n] { if (here(i, c)) { members = members.' '.i } }
        set lmargin at screen left + (place - 1) * (across + apart)
        set rmargin at screen left + (place - 1) * (across + apart) + across
        set tmargin at screen top - (row - 1) * (upright + 60.0 / high)
        set bmargin at screen top - (row - 1) * (upright + 60.0 / high) - upright
        if (n_facets == 0) { set title panels[k] offset 0, -0.5 }
        if (n_facets > 0 && k == 1) {
            above = 9.0 * strlen(facets[c]) > wide * (across + apart) ? values_of(facets[c]) : facets[c]
            set title above font title_font(above, wide * across) offset 0, -0.5
        }
        if (n_facets > 0 && k == 2) { unset title }
        if (n_facets > 0 && c == 1) {
            set label 3 fit(panels[k].(shares ? ' (%)' : ' ('.fit(unit, 0).')'), upright * high) at screen 29.0 / wide, \
                top - (k - 1) * (upright + 60.0 / high) - upright / 2 \
                center rotate by 90 textcolor rgb ink
        }
        set format y (place == 1 ? numbers : '')
        set key off
        if (!slim && k == 2 && (n_facets == 0 || c == n_facets)) {
            set key on title legend left at screen right + 24.0 / wide, top left top vertical \
                maxrows 26
        }
        plot for [m in members] for [b = 1:bands] data index int(m) - 1 \
                 using 1:(column(y) - column(y + 1)):(column(y) + column(y + 1)) \
                 with filledcurves linecolor rgb tone(int(m)) notitle, \
             for [m in members] data index int(m) - 1 using 1:y linewidth 1.8 \
                 linecolor rgb tone(int(m)) pointtype mark(int(m)) pointsize 1.5 * dot \
                 pointinterval every_n notitle, \
             for [i = 1:n_lines] keyentry with linespoints linewidth 1.8 linecolor rgb color(i, n_lines) \
                 pointtype shape(i) pointsize 1.5 * dot title line_name(i), \
             data index n using (strstrt(members.' ', sprintf(' %d ', $1)) > 0 ? $2 : NaN):k + 2 \
                 with points linewidth 2 linecolor rgb red pointtype 6 pointsize 2.4 * dot \
                 title n_selected > 0 ? 'selected' : '', \
             for [i = 1 : tips ? n : 0] data index i - 1 \
                 using 1:(here(i, c) ? column(y) : NaN):(value_at(i, $1, column(y))) with @tip
        do for [i = 1:4] { unset label i }
    }
}
if (slim) {
    unset border
    unset tics
    unset grid
    unset title
    unset xlabel
    unset ylabel
    unset logscale
    unset arrow
    set yrange [0 : 1]
    set tmargin at screen from_top(165)
    set bmargin at screen 20.0 / high
    set key on title legend left at screen 60.0 / wide, screen (legend_high - 5) / high left top vertical \
        maxrows legend_rows
    plot for [i = 1:n_lines] NaN with linespoints linewidth 1.8 linecolor rgb color(i, n_lines) \
             pointtype shape(i) pointsize 1.5 * dot title line_name(i), \
         NaN with points linewidth 2 linecolor rgb red pointtype 6 pointsize 2.4 * dot \
             title n_selected > 0 ? 'selected' : ''
}
unset multiplot
set output
