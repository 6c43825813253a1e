# How many sequences each class has.
# class_counts.dat: one column, a row for each class.
wide = 1600
high = is_slim(wide) ? (240 + 44 * n) / shrinks(wide) : 240 + (n <= 8 ? 92 : 44) * n
load 'style.gp'
data = name.'.dat'

longest = 0
do for [i = 1:n] { if (strlen(labels[i]) > longest) { longest = strlen(labels[i]) } }
stats data using 1 nooutput name 'count'
share(count) = sprintf(' %d  (%.1f %%)', count, 100.0 * count / total)
set key off
# The longest bar leaves room for its number.
across = wide - 50.0 - (60.0 + 12 * longest)
numbers = 11.0 * strlen(share(count_max)) + 10
set xrange [0 : count_max > 0 ? count_max * across / (across - numbers) : 1]
set xtics step_above(count_max / ((across - numbers) / 85))
set yrange [n + 0.6 : 0.4]
set xlabel 'sequences'
set lmargin at screen (60.0 + 12 * longest) / wide
set rmargin at screen 1 - 50.0 / wide
set tmargin at screen from_top(120)
set bmargin at screen 100.0 / high
set ytics scale 0 ()
do for [i = 1:n] { set ytics add (labels[i] i) }
set grid noytics
set style fill solid 1 noborder
plot for [i = 1:n] data using ($1 / 2.0):(i):($1 / 2.0):(0.36) every ::i - 1::i - 1 \
         with boxxyerror linecolor rgb i == normal ? blue : orange, \
     data using 1:($0 + 1):(share($1)) with labels left textcolor rgb ink
set output
