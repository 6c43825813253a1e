# Share of the sequences of each class that are judged correctly: a row a series, a column a class.
# class_recall.dat: columns series, class, judged correctly (%), its sd, of how many.
longest = 0
do for [i = 1:n] { if (strlen(labels[i]) > longest) { longest = strlen(labels[i]) } }
wide = n_classes <= 10 ? 1600 : 150 * n_classes + 200
slim = is_slim(wide)
high = slim ? (345 + 40 * n) / shrinks(wide) : 300 + 76 * n
load 'style.gp'
data = name.'.dat'

# The parameter's name stands before its values, on a narrow page above them.
shown_prefix = 12.0 * strlen(labels_prefix) > 0.15 * wide ? '' : labels_prefix
side = 70 + 12 * (longest + strlen(shown_prefix))
if (shown_prefix ne labels_prefix) { side = at_least(side, 36 + 0.7 * small * strlen(labels_title)) }
cell = (wide - side - 40.0) / n_classes
font_class = cell > 180 ? font_text : font_small
is_dark(k) = valid(k) && is_dark_share(column(k))
percent(v) = sprintf(v == 100 || v == 0 ? '%.0f' : '%.1f', v)
deviation(k) = spread && cell > 170 ? sprintf(' ± %.1f', column(k + 1)) : ''
font_cell = cell > 85 ? font_text : font_small
count(k) = cell > 250 ? sprintf(', of %d', column(k + 2)) : ''
text(k) = !valid(k) ? 'n/a' : percent(column(k)).deviation(k).' %'.count(k)

unset border
unset grid
set tics scale 0
set key off
set xrange [0.5 : n_classes + 0.5]
set yrange [n + 0.5 : 0.5]
set lmargin at screen side / wide
set rmargin at screen 1 - 40.0 / wide
set tmargin at screen from_top(170)
set bmargin at screen (slim ? 80.0 : 60.0) / high
set ytics ()
do for [i = 1:n] { set ytics add (shown_prefix.labels[i] i) }
if (shown_prefix ne labels_prefix) { set label 4 labels_title at screen 20.0 / wide, from_top(157) left font font_small textcolor rgb ink }
unset xtics
set x2tics () font font_class
set x2range [0.5 : n_classes + 0.5]
# A name that is wider than its column is broken before what it has in brackets.
do for [c = 1:n_classes] {
    at = 11.5 * strlen(classes[c]) > cell ? strstrt(classes[c], ' (') : 0
    set x2tics add ((at > 0 ? classes[c][1:at - 1]."\n".classes[c][at + 1:*] : classes[c]) c)
}
set label 3 (slim ? "normal: share up to the threshold\nabnormal: share above it" \
    : 'normal: share up to the threshold; abnormal: share above it') at screen 0.5, (slim ? 44.0 : 25.0) / high \
    center font font_note textcolor rgb grey
set style fill solid 1 border rgb '#cccccc'
plot data using 2:1:(0.5):(0.5):(valid(3) ? share_rgb($3) : blank) with boxxyerror \
         linecolor rgb variable, \
     data using 2:(is_dark(3) ? $1 : NaN):(text(3)) with labels font font_cell \
         textcolor rgb '#ffffff', \
     data using 2:(is_dark(3) ? NaN : $1):(text(3)) with labels font font_cell textcolor rgb '#000000'
set output
