# How many sequences each class has.
# class_counts.dat: one column, a row for each class.
wide = 1600
high = 240 + (n <= 8 ? 92 : 44) * n
load 'style.gp'
data = name.'.dat'

longest = 0
do for [i = 1:n] { if (strlen(labels[i]) > longest) { longest = strlen(labels[i]) } }
stats data using 1 nooutput name 'count'
set key off
set xrange [0 : count_max > 0 ? 1.2 * count_max : 1]
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
share(count) = sprintf(' %d  (%.1f %%)', count, 100.0 * count / total)
plot for [i = 1:n] data using ($1 / 2.0):(i):($1 / 2.0):(0.36) every ::i - 1::i - 1 \
         with boxxyerror linecolor rgb i == normal ? blue : orange, \
     data using 1:($0 + 1):(share($1)) with labels left textcolor rgb ink
set output
